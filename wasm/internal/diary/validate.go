package diary

import "strconv"

const (
	// clockSkew is how far ahead of now an event may lie: clocks differ.
	clockSkew = 10 * minute
	// earliestMs is 1 January 1990: back-filled diaries go no further.
	earliestMs = int64(631_152_000_000)
)

// A DoseRange is the range of amounts a single dose can have. The zero range is
// that of the group.
type DoseRange struct{ Least, Most Amount }

// doses is reference data, version 2. The limits are wide: they catch a slip of
// the finger (a zero too many, IU for mg), they do not judge a prescription.
// Desmopressin counts micrograms, bypassing agents units or milligrams.
var doses = [...]DoseRange{
	GroupFVIII:         {Units(25), Units(30_000)},
	GroupFVIIIExtended: {Units(25), Units(30_000)},
	GroupFIX:           {Units(25), Units(30_000)},
	GroupFIXExtended:   {Units(25), Units(30_000)},
	GroupVWF:           {Units(25), Units(30_000)},
	GroupBypassing:     {100, Units(60)}, // mg; units are below
	GroupEmicizumab:    {Units(3), Units(1_200)},
	GroupAntiTFPI:      {Units(1), Units(450)},
	GroupFitusiran:     {Units(5), Units(160)},
	GroupDesmopressin:  {500, Units(600)},
	GroupTranexamic:    {Units(50), Units(6_000)},
	GroupRare:          {Units(1), Units(30_000)},
	GroupGene:          {Units(1), Units(1_000)}, // mL: 2 or 3 for each kg
	GroupOther:         {1, Units(100_000)},
}

// Plausible tells whether a is an amount a single dose of p can have.
func (p Product) Plausible(a Amount) bool {
	if p.Group == 0 || int(p.Group) >= len(doses) {
		return a > 0
	}
	d := doses[p.Group]
	switch {
	case p.Range != DoseRange{}:
		d = p.Range
	case p.Unit == UnitU:
		d = DoseRange{Units(50), Units(25_000)}
	}
	return a >= d.Least && a <= d.Most
}

func (h *Head) validate(e *FieldErrors, now Moment) {
	if h.ID.IsZero() {
		e.add("id", Missing)
	}
	e.time("entered", h.Entered, now)
	if !h.Supersedes.IsZero() {
		e.text("because", h.Because, maxReason, false, true)
	} else if h.Because != "" {
		e.add("because", Misplaced)
	}
}

// time checks a required time of something that has happened.
func (e *FieldErrors) time(field string, m, now Moment) {
	switch {
	case m.IsZero():
		e.add(field, Missing)
	case m.Ms < earliestMs:
		e.add(field, Past)
	case m.Ms > now.Ms+clockSkew:
		e.add(field, Future)
	case !m.valid():
		e.add(field, Absurd)
	}
}

func (e *FieldErrors) text(field, s string, limit int, lines, required bool) {
	switch {
	case required && Clean(s, lines) == "":
		e.add(field, Missing)
	case !clean(s, lines):
		e.add(field, Letters)
	case len(s) > limit:
		e.add(field, Long)
	}
}

// product checks a product and its typed name, and returns what is known of it.
func (e *FieldErrors) product(id ProductID, name string, c *Catalogue) (Product, bool) {
	p, ok := c.Find(id)
	switch {
	case id == "":
		e.add("product", Missing)
	case !ok:
		e.add("product", Unknown)
	}
	e.text("productname", name, maxName, false, p.Typed)
	if !p.Typed && name != "" {
		e.add("productname", Misplaced)
	}
	return p, ok
}

// lots checks a list of lots.
func (e *FieldErrors) lots(lots []Lot, required bool) {
	if len(lots) > MaxLots {
		e.add("lots", Many)
	}
	if required && len(lots) == 0 {
		e.add("lots.0.batch", Missing)
	}
	for i, l := range lots {
		at := "lots." + strconv.Itoa(i)
		e.text(at+".batch", l.Batch, maxBatch, false, true)
		if !l.Expiry.IsZero() && !l.Expiry.valid() {
			e.add(at+".expiry", Absurd)
		}
		if l.Strength > maxAmount {
			e.add(at+".strength", Absurd)
		}
		if l.PZN != "" && !ValidPZN(l.PZN) {
			e.add(at+".pzn", Unknown)
		}
		for _, other := range lots[:i] {
			if other == l {
				e.add(at+".batch", Repeated)
				break
			}
		}
	}
}

// Validate implements Entry. Fields: taken, product, productname, amount,
// lots.N.batch, lots.N.expiry, lots.N.strength, lots.N.pzn, reason, site, givenby,
// reaction, bleed, notgiven, note.
func (t *Treatment) Validate(now Moment, c *Catalogue) error {
	var e FieldErrors
	t.validate(&e, now)
	e.time("taken", t.Taken, now)
	p, ok := e.product(t.Product, t.ProductName, c)
	switch {
	case t.Amount == 0 && t.NotGiven == 0:
		e.add("amount", Zero)
	case t.Amount > maxAmount, t.Amount != 0 && ok && !p.Plausible(t.Amount):
		e.add("amount", Absurd)
	}
	e.lots(t.Lots, false)
	if len(t.Lots) > 0 && t.NotGiven != 0 {
		e.add("lots", Misplaced) // a pack that was wasted is not a dose that was missed
	}
	if t.Reason == 0 {
		e.add("reason", Missing)
	} else if int(t.Reason) > len(reasonKeys) {
		e.add("reason", Unknown)
	}
	if int(t.Site) > len(siteKeys) {
		e.add("site", Unknown)
	}
	if int(t.GivenBy) > len(givenKeys) {
		e.add("givenby", Unknown)
	}
	e.text("reaction", t.Reaction, MaxNote, true, false)
	if int(t.NotGiven) > len(notGivenKeys) {
		e.add("notgiven", Unknown)
	} else if t.NotGiven != 0 && (t.Site != 0 || t.Reaction != "") {
		e.add("notgiven", Misplaced)
	}
	e.text("note", t.Note, MaxNote, true, false)
	return e.err()
}

// Validate implements Entry. Fields: start, end, places, places.N, cause, type,
// severity, pain, signs, response8h, response72h, note.
func (b *Bleed) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	b.validate(&e, now)
	e.time("start", b.Start, now)
	if !b.End.IsZero() {
		e.time("end", b.End, now)
		if e.Of("end") == "" && b.End.Ms < b.Start.Ms {
			e.add("end", Order)
		}
	}
	switch {
	case len(b.Places) == 0:
		e.add("places", Missing)
	case len(b.Places) > MaxPlaces:
		e.add("places", Many)
	}
	for i, p := range b.Places {
		if !p.Known() {
			e.add("places."+strconv.Itoa(i), Unknown)
		}
		for _, other := range b.Places[:i] {
			if other == p {
				e.add("places."+strconv.Itoa(i), Repeated)
				break
			}
		}
	}
	if int(b.Cause) > len(causeKeys) {
		e.add("cause", Unknown)
	}
	if int(b.Type) > len(bleedKindKeys) {
		e.add("type", Unknown)
	}
	if int(b.Severity) > len(severityKeys) {
		e.add("severity", Unknown)
	}
	if b.Pain > 11 {
		e.add("pain", Absurd)
	}
	if b.Signs >= 1<<len(signKeys) {
		e.add("signs", Unknown)
	}
	for _, r := range []struct {
		field string
		r     Response
		after int64
	}{{"response8h", b.Response8h, 0}, {"response72h", b.Response72h, 8 * hour}} {
		switch {
		case int(r.r) > len(responseKeys):
			e.add(r.field, Unknown)
		case r.r != 0 && now.Ms+clockSkew < b.Start.Ms+r.after:
			e.add(r.field, Future)
		}
	}
	e.text("note", b.Note, MaxNote, true, false)
	return e.err()
}

// Validate implements Entry. Field: text.
func (n *Note) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	n.validate(&e, now)
	e.text("text", n.Text, MaxNote, true, true)
	return e.err()
}

// Validate implements Entry. Field: text.
func (m *Message) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	m.validate(&e, now)
	e.text("text", m.Text, MaxMessage, true, true)
	return e.err()
}

// Validate implements Entry. Fields: product, amount, every, weekdays, times,
// times.N, reason, from, until, clinician, note.
func (p *Plan) Validate(now Moment, c *Catalogue) error {
	var e FieldErrors
	p.validate(&e, now)
	product, ok := c.Find(p.Product)
	switch {
	case p.Product == "":
		e.add("product", Missing)
	case !ok:
		e.add("product", Unknown)
	}
	switch {
	case p.Amount == 0:
		e.add("amount", Zero)
	case p.Amount > maxAmount, ok && !product.Plausible(p.Amount):
		e.add("amount", Absurd)
	}
	s := p.Schedule
	if s.EveryDays > maxEveryDays {
		e.add("every", Absurd)
	}
	if s.Weekdays > 0x7f || s.EveryDays != 0 && s.Weekdays != 0 {
		e.add("weekdays", Misplaced)
	}
	switch {
	case s.OnDemand() && len(s.Times) > 0:
		e.add("times", Misplaced)
	case !s.OnDemand() && len(s.Times) == 0:
		e.add("times", Missing)
	case len(s.Times) > MaxTimes:
		e.add("times", Many)
	}
	for i, t := range s.Times {
		if t >= 24*60 {
			e.add("times."+strconv.Itoa(i), Absurd)
		}
		for _, other := range s.Times[:i] {
			if other == t {
				e.add("times."+strconv.Itoa(i), Repeated)
				break
			}
		}
	}
	if p.Reason == 0 {
		e.add("reason", Missing)
	} else if int(p.Reason) > len(reasonKeys) {
		e.add("reason", Unknown)
	}
	switch {
	case p.From.IsZero():
		e.add("from", Missing)
	case !p.From.valid() || p.From.Day == 0:
		e.add("from", Absurd)
	}
	if !p.Until.IsZero() {
		switch {
		case !p.Until.valid() || p.Until.Day == 0:
			e.add("until", Absurd)
		case p.Until.Before(p.From):
			e.add("until", Order)
		}
	}
	e.text("clinician", p.Clinician, maxName, false, true)
	e.text("note", p.Note, MaxNote, true, false)
	return e.err()
}

// Validate implements Entry. Field: entries.
func (s *Seen) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	s.validate(&e, now)
	switch {
	case len(s.Entries) == 0:
		e.add("entries", Missing)
	case len(s.Entries) > MaxSeen:
		e.add("entries", Many)
	}
	return e.err()
}

// Validate implements Entry. Fields: entry, reason.
func (r *Retract) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	r.validate(&e, now)
	if r.Entry.IsZero() {
		e.add("entry", Missing)
	}
	e.text("reason", r.Reason, maxReason, false, true)
	return e.err()
}
