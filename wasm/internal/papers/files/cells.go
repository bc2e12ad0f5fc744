package files

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
)

// Cells reads the rows of one entry and remembers the first thing wrong with them.
type cells struct {
	row    row
	column string // of the problem
	why    papers.Reason
	now    diary.Moment
}

func (c *cells) bad(column string, why papers.Reason) {
	if c.why == "" {
		c.column, c.why = column, why
	}
}

func (c *cells) text(column string) string { return c.row[column] }

func (c *cells) moment(column string) diary.Moment {
	s := c.row[column]
	if s == "" {
		return diary.Moment{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		c.bad(column, papers.NotTime)
		return diary.Moment{}
	}
	if _, sec := t.Zone(); sec%60 != 0 || t.Year() < 1970 || t.Year() > 2199 {
		c.bad(column, papers.NotTime)
		return diary.Moment{}
	}
	return diary.MomentOf(t)
}

func (c *cells) date(column string) (d diary.Date) {
	if s := c.row[column]; s != "" {
		var ok bool
		if d, ok = diary.ParseDate(s); !ok {
			c.bad(column, papers.NotDate)
		}
	}
	return d
}

func (c *cells) amount(column string) (a diary.Amount) {
	if s := c.row[column]; s != "" {
		var ok bool
		if a, ok = diary.ParseAmount(s); !ok {
			c.bad(column, papers.NotNumber)
		}
	}
	return a
}

func (c *cells) count(column string) uint16 {
	s := c.row[column]
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		c.bad(column, papers.NotNumber)
	}
	return uint16(n)
}

func (c *cells) id(column string) (id diary.ID) {
	if s := c.row[column]; s != "" {
		var ok bool
		if id, ok = diary.ParseID(s); !ok || id.IsZero() {
			c.bad(column, papers.NotID)
		}
	}
	return id
}

func enum[E any](c *cells, column, prefix string, parse func(string) (E, bool)) (e E) {
	if s := c.row[column]; s != "" {
		var ok bool
		if e, ok = parse(prefix + "." + s); !ok {
			c.bad(column, papers.NoSuch)
		}
	}
	return e
}

// words reads a list of values with spaces between them.
func words[E any](c *cells, column, prefix string, parse func(string) (E, bool)) (out []E) {
	for _, s := range strings.Fields(c.row[column]) {
		e, ok := parse(prefix + "." + s)
		if !ok {
			c.bad(column, papers.NoSuch)
			return nil
		}
		if out = append(out, e); len(out) > 64 {
			c.bad(column, papers.TooLarge)
			return nil
		}
	}
	return out
}

func (c *cells) head() diary.Head {
	h := diary.Head{ID: c.id("id"), Entered: c.moment("entered_at")}
	if h.Entered.IsZero() {
		h.Entered = c.now
	}
	return h
}

// product reads a product by its key or, without one, by the brand on the pack.
func (c *cells) product() (diary.ProductID, string) {
	id, name := diary.ProductID(c.row["product"]), c.row["product_name"]
	if id == "" && name != "" {
		for _, p := range diary.Products.Products {
			if p.Brand != "" && strings.EqualFold(p.Brand, name) {
				id = p.ID
			}
		}
	}
	p, ok := diary.Products.Find(id)
	switch {
	case id == "":
		c.bad("product", papers.Missing)
	case !ok:
		c.bad("product", papers.NoSuch)
	}
	if u := c.row["unit"]; u != "" && ok && u != code(p.Unit) {
		c.bad("unit", papers.NoSuch)
	}
	if !p.Typed {
		name = ""
	}
	return id, name
}

// lots reads the lots of all rows; a single row without a batch has none.
func (c *cells) lots(rows []row, packs string) (out []diary.Lot) {
	whole := c.row
	defer func() { c.row = whole }()
	for _, r := range rows {
		c.row = r
		l := diary.Lot{Batch: r["batch"], Expiry: c.date("expiry"), Packs: c.count(packs), Strength: c.amount("strength"), PZN: r["pzn"]}
		// Spreadsheets drop a leading zero.
		if n := 8 - len(l.PZN); l.PZN != "" && n > 0 {
			if full := strings.Repeat("0", n) + l.PZN; diary.ValidPZN(full) {
				l.PZN = full
			}
		}
		if l == (diary.Lot{}) && len(rows) == 1 {
			return nil
		}
		if l.Batch == "" {
			c.bad("batch", papers.Missing)
		}
		out = append(out, l)
	}
	return out
}

func treatmentOf(c *cells, rows []row) diary.Entry {
	t := &diary.Treatment{
		Head: c.head(), Taken: c.moment("given_at"), Amount: c.amount("amount"), Lots: c.lots(rows, "packs"),
		Reason: enum(c, "reason", "reason", diary.ParseReason), Site: enum(c, "site", "site", diary.ParseSite),
		GivenBy: enum(c, "given_by", "given", diary.ParseGiven), NotGiven: enum(c, "not_given", "notgiven", diary.ParseNotGiven),
		Reaction: c.text("reaction"), Bleed: c.id("bleed"), Note: c.text("note"),
	}
	t.Product, t.ProductName = c.product()
	return t
}

func bleedOf(c *cells, _ []row) diary.Entry {
	b := &diary.Bleed{
		Head: c.head(), Start: c.moment("started_at"), End: c.moment("ended_at"), Places: words(c, "places", "place", diary.ParsePlace),
		Cause: enum(c, "cause", "cause", diary.ParseCause), Type: enum(c, "type", "bleed", diary.ParseBleedKind),
		Severity: enum(c, "severity", "severity", diary.ParseSeverity), Response8h: enum(c, "response_8h", "response", diary.ParseResponse),
		Response72h: enum(c, "response_72h", "response", diary.ParseResponse), Again: c.id("again"), Note: c.text("note"),
	}
	for _, s := range words(c, "signs", "sign", diary.ParseSign) {
		b.Signs |= s
	}
	if s := c.text("pain_0_to_10"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 10 {
			c.bad("pain_0_to_10", papers.NotNumber)
		}
		b.Pain = diary.PainOf(n)
	}
	slices.Sort(b.Places)
	if b.Type == 0 {
		b.Type = diary.KindOf(b.Places)
	}
	return b
}

func stockOf(c *cells, rows []row) diary.Entry {
	id, name := c.product()
	lots := c.lots(rows, "count")
	switch c.text("stock_event") {
	case "received":
		p := &diary.Pack{Head: c.head(), Received: c.moment("at"), Product: id, ProductName: name, Lots: lots, Vials: c.count("vials_per_pack"), Note: c.text("note")}
		if s := c.text("serials"); s != "" {
			p.Serials = strings.Split(s, "\n")
			if len(p.Serials) > diary.MaxLots {
				c.bad("serials", papers.TooLarge)
			}
			slices.Sort(p.Serials)
			p.Serials = slices.Compact(p.Serials)
		}
		return p
	case "removed":
		return &diary.Removal{Head: c.head(), At: c.moment("at"), Product: id, ProductName: name, Lots: lots, Why: enum(c, "why", "why", diary.ParseWhy), Note: c.text("note")}
	case "recalled":
		return &diary.Recall{Head: c.head(), Product: id, ProductName: name, Lots: lots, Note: c.text("note")}
	}
	c.bad("stock_event", papers.NoSuch)
	return nil
}

func measureOf(c *cells, _ []row) diary.Entry {
	m := &diary.Measure{
		Head: c.head(), Taken: c.moment("measured_at"), What: enum(c, "measured", "measured", diary.ParseMeasured), Value: c.amount("value"),
		Lab: c.text("lab"), Note: c.text("note"),
	}
	if c.text("value") == "" {
		c.bad("value", papers.Missing)
	}
	if u := c.text("unit"); u != "" && m.What != 0 && u != ucumOf(m.What) {
		c.bad("unit", papers.NoSuch)
	}
	return m
}

func planOf(c *cells, _ []row) diary.Entry {
	p := &diary.Plan{
		Head: c.head(), Amount: c.amount("amount"), Reason: enum(c, "reason", "reason", diary.ParseReason), From: c.date("valid_from"), Until: c.date("valid_until"),
		Clinician: c.text("clinician"), Note: c.text("note"), Schedule: diary.Schedule{EveryDays: c.count("every_days")},
	}
	p.Product, _ = c.product()
	for _, d := range words(c, "weekdays", "", parseWeekday) {
		p.Schedule.Weekdays |= diary.WeekdaysOf(d)
	}
	p.Schedule.Times = words(c, "times", "", parseClock)
	slices.Sort(p.Schedule.Times)
	return p
}

func parseWeekday(s string) (int, bool) {
	s = strings.TrimPrefix(s, ".")
	return int(s[0] - '1'), len(s) == 1 && s[0] >= '1' && s[0] <= '7'
}

func parseClock(s string) (uint16, bool) {
	t, err := time.Parse("15:04", strings.TrimPrefix(s, "."))
	return uint16(t.Hour()*60 + t.Minute()), err == nil
}

func noteOf(c *cells, _ []row) diary.Entry {
	switch c.text("note_kind") {
	case "note":
		return &diary.Note{Head: c.head(), About: c.id("about"), Text: c.text("text")}
	case "message":
		return &diary.Message{Head: c.head(), About: c.id("about"), ReplyTo: c.id("reply_to"), Text: c.text("text")}
	}
	c.bad("note_kind", papers.NoSuch)
	return nil
}
