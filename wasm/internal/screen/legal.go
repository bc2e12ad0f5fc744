package screen

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/view"
)

// The centre's legal record and the yearly check.

const (
	atLegal placeName = placesRecord + iota
	atYears
	atYearCheck
)

// legalState is what was searched for. It is gone when the vault locks.
type legalState struct {
	query view.LegalQuery
	find  string // a patient, as typed
	year  int    // 0: the one that is due
	note  string // of a check, as typed

	// The last search: the record is long, and drawn again with everything that arrives.
	found record.Hits
	for_  record.Query
	at    int // records then
	lack  int // incomplete ones
	since int64
}

func (g *Guide) legalScreen(l app.Look, f view.Frame) view.Screen {
	if l.Role() != app.Centre {
		return nil
	}
	f.Place = view.PlacePatients
	switch g.at.name {
	case atLegal:
		return g.legalPage(l, f)
	case atYears:
		return g.yearsPage(l, f)
	case atYearCheck:
		if m, ok := g.yearCheck(l, f); ok {
			return m
		}
	}
	return nil
}

func (g *Guide) legalAct(e node.Event, f map[string]string) bool {
	x := &g.legal
	switch e.Act {
	case view.ActLegal:
		x.query, x.find, g.problems = view.LegalQuery{Incomplete: f[view.FieldIncomplete] != ""}, "", nil
		g.into(place{name: atLegal})
		g.env.Client.KeepRecord()
	case view.ActLegalWho:
		x.find = f[view.FieldFind]
	case view.ActLegalFind, view.ActLegalOf, view.ActLegalEverybody:
		g.findLegal(e.Act, f)
	case view.ActLegalSave:
		g.saveLegal()
	case view.ActYears:
		if y := int(number(f[view.FieldYear])); y != 0 {
			x.year = y
		}
		g.into(place{name: atYears})
		g.env.Client.KeepRecord()
	case view.ActYearOpen:
		if _, ok := spaceOf(f[view.FieldSpace]); ok {
			x.note = ""
			g.into(place{name: atYearCheck, id: f[view.FieldSpace]})
		}
	case view.ActYearSign:
		g.signYear(f)
	default:
		return false
	}
	return true
}

// findLegal searches for what was typed: of the patient who was chosen, or of
// whom the typed name is enough to tell.
func (g *Guide) findLegal(act string, f map[string]string) {
	x := &g.legal
	g.problems, g.at.shown = nil, pageSize
	x.query = view.LegalQuery{
		Product: f[view.FieldProduct], Batch: diary.Clean(f[view.FieldBatch], false), Patient: f[view.FieldPatient], From: f[view.FieldFrom], Until: f[view.FieldUntil],
		Incomplete: f[view.FieldIncomplete] != "",
	}
	x.find = f[view.FieldFind]
	switch {
	case act == view.ActLegalEverybody:
		x.query.Patient, x.find = "", ""
		g.focus = view.FieldID(view.FieldFind)
	case x.query.Patient == "" && strings.TrimSpace(x.find) != "":
		var who view.Finder
		g.env.Client.Look(func(l app.Look) { who = g.findRecorded(g.recordedPatients(l)) })
		switch who.Match {
		case 0:
			g.bad(view.FieldFind, lang.LogNobody)
		case 1:
			x.query.Patient = who.Matches[0].Value
		default:
			g.bad(view.FieldFind, lang.ProblemLegalWho, "n", g.lang.Int(who.Match))
		}
	}
	if x.query.Patient != "" {
		x.find = ""
		if act == view.ActLegalOf {
			g.focus = "legal-who-all"
		}
	}
	from, until := g.legalDay(x.query.From, view.FieldFrom), g.legalDay(x.query.Until, view.FieldUntil)
	if !from.IsZero() && !until.IsZero() && until.Before(from) {
		g.bad(view.FieldUntil, lang.ProblemLegalPeriod)
	}
	if len(g.problems) == 0 && g.focus == "" {
		g.scroll = "legal-count"
	}
}

// findRecorded finds who is called as was typed, among all of whom there are records.
func (g *Guide) findRecorded(who map[keyring.SpaceID]app.Recorded) view.Finder {
	find := finding{Finder: view.Finder{Find: g.legal.find, Value: g.legal.query.Patient, Problems: g.problems}}
	list := slices.Collect(maps.Values(who))
	arrange.By(list, func(a, b app.Recorded) int {
		return cmp.Or(cmp.Compare(a.Pseudonym, b.Pseudonym), bytes.Compare(a.Space[:], b.Space[:]))
	})
	for _, r := range list {
		beside := ""
		if r.Gone {
			beside = ", " + cmp.Or(g.deathText(r), g.lang.T(lang.LegalGone))
		}
		find.take(spaceValue(r.Space), r.Pseudonym, r.Note, beside)
	}
	return find.Finder
}

// deathText says of who has died that, and when; it is empty of others.
func (g *Guide) deathText(r app.Recorded) string {
	switch {
	case !r.Dead:
		return ""
	case r.Died.IsZero():
		return g.lang.T(lang.LegalDied)
	}
	return g.lang.T(lang.LegalDiedOn, "date", g.lang.DateShort(r.Died.Time()))
}

// A finding fills a view.Finder.
type finding struct{ view.Finder }

// take looks whether somebody is called as was typed. What is to be said beside
// the name is not searched.
func (m *finding) take(value, name, note, beside string) {
	if note != "" {
		name += " (" + note + ")"
	}
	if value == m.Value {
		m.Chosen = name + beside
	}
	if want := strings.ToLower(strings.TrimSpace(m.Find)); want != "" && strings.Contains(strings.ToLower(name), want) {
		if m.Match++; m.Match <= view.MaxMatches {
			m.Matches = append(m.Matches, view.Choice{Value: value, Label: name + beside})
		}
	}
}

// legalDay reads a day that may be left out.
func (g *Guide) legalDay(s, field string) diary.Date {
	if s == "" {
		return diary.Date{}
	}
	d, ok := diary.ParseDate(s)
	if !ok || d.Day == 0 {
		g.bad(field, lang.ProblemDate)
	}
	return d
}

func spaceOf(s string) (id keyring.SpaceID, ok bool) {
	raw, err := hex.DecodeString(s)
	return id, err == nil && copy(id[:], raw) == len(id) && len(raw) == len(id)
}

func spaceValue(id keyring.SpaceID) string { return hex.EncodeToString(id[:]) }

// legalQuery is what was typed as the record takes it. Days are those of the
// doctor's calendar.
func (g *Guide) legalQuery() (q record.Query) {
	x := &g.legal.query
	q.Batch, q.Incomplete = x.Batch, x.Incomplete
	id, name, _ := strings.Cut(x.Product, "/")
	q.Product, q.Name = diary.ProductID(id), name
	q.Patient, _ = spaceOf(x.Patient)
	day := func(d diary.Date) int64 {
		_, offset := g.local(time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 12, 0, 0, 0, time.UTC)).Zone()
		return d.At(0, int16(offset/60)).Ms
	}
	if d, ok := diary.ParseDate(x.From); ok && d.Day != 0 {
		q.From = day(d)
	}
	if d, ok := diary.ParseDate(x.Until); ok && d.Day != 0 {
		q.To = day(d.AddDays(1))
	}
	return q
}

// search asks the record, unless it is as it was.
func (g *Guide) search(b *record.Book, q record.Query) record.Hits {
	x := &g.legal
	if x.at != b.Len() {
		all := b.Search(record.Query{Limit: 1, Incomplete: true})
		x.lack, x.since = all.Total, b.First()
	}
	same := x.for_.Product == q.Product && x.for_.Name == q.Name && x.for_.Batch == q.Batch && x.for_.Patient == q.Patient && x.for_.From == q.From && x.for_.To == q.To &&
		x.for_.Incomplete == q.Incomplete && x.for_.Limit == q.Limit
	if x.at != b.Len() || !same {
		x.found, x.for_, x.at = b.Search(q), q, b.Len()
	}
	return x.found
}

func (g *Guide) legalPage(l app.Look, f view.Frame) view.Screen {
	b := l.Record()
	q := g.legalQuery()
	q.Limit = g.at.shown
	h := g.search(b, q)
	m := view.LegalRecord{
		Frame: f, Records: b.Len(), Waiting: l.Unrecorded(), Lacking: g.legal.lack, Query: g.legal.query, Found: h.Total, Doses: h.Doses, Of: h.Patients,
		More: h.Total > len(h.Rows), Problems: g.problems,
	}
	if g.legal.since > 0 {
		m.Since = g.local(time.UnixMilli(g.legal.since))
	}
	who := g.recordedPatients(l)
	for _, r := range who {
		m.Patients++
		if r.Gone {
			m.Left++
		}
	}
	m.Who = g.findRecorded(who)
	seen := make(map[string]bool)
	for _, p := range b.Products() {
		c := view.Choice{Value: string(p.ID), Label: p.Name}
		if p.Company == "" { // a product that people name themselves
			c.Value += "/" + p.Name
		}
		if !seen[c.Value] {
			seen[c.Value] = true
			m.Products = append(m.Products, c)
		}
	}
	arrange.By(m.Products, func(a, b view.Choice) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value))
	})
	for _, s := range h.Sums {
		m.Sums = append(m.Sums, g.sized(s.Amount, s.Unit))
	}
	for i := range h.Rows {
		m.Rows = append(m.Rows, g.legalRow(l, &h.Rows[i], who[h.Rows[i].Patient]))
	}
	return m
}

func (g *Guide) recordedPatients(l app.Look) map[keyring.SpaceID]app.Recorded {
	out := make(map[keyring.SpaceID]app.Recorded)
	for _, r := range l.RecordedPatients() {
		out[r.Space] = r
	}
	return out
}

// sized is an amount with its unit; empty for nothing.
func (g *Guide) sized(a diary.Amount, u diary.Unit) string {
	if a == 0 {
		return ""
	}
	s := g.lang.Milli(int64(a))
	if u != 0 {
		s += "\u00a0" + g.lang.Label(u.Key())
	}
	return s
}

func patientID(r app.Recorded) string {
	if r.N == 0 {
		return ""
	}
	return strconv.Itoa(int(r.N))
}

func (g *Guide) legalRow(l app.Look, r *record.Row, who app.Recorded) view.LegalRow {
	m := view.LegalRow{
		PatientID: patientID(who), Gone: who.Gone, Death: g.deathText(who), Pseudonym: who.Pseudonym, CaseNote: who.Note, At: r.Taken.Time(), Product: r.Product.Name, Company: r.Product.Company,
		Amount: g.sized(r.Amount, r.Product.Unit), Reason: r.Reason, State: r.State, Missing: r.Missing, Differs: r.Differs, Kept: g.local(time.UnixMilli(r.By.At)), By: l.RecordedBy(r.By),
	}
	for _, x := range r.Lots {
		m.Lots = append(m.Lots, view.LegalLot{Batch: x.Batch, Expiry: x.Expiry, Strength: g.sized(x.Strength, r.Product.Unit), PZN: x.PZN, Vials: int(x.Packs)})
	}
	if r.Now != nil {
		m.Now = g.legalWords(r.Now)
	}
	return m
}

// legalWords is a dose in one line.
func (g *Guide) legalWords(r *record.Record) string {
	if r == nil {
		return ""
	}
	parts := []string{g.lang.DateShort(r.Taken.Time()) + " " + g.lang.Clock(r.Taken.Time()), r.Product.Name}
	if s := g.sized(r.Amount, r.Product.Unit); s != "" {
		parts = append(parts, s)
	}
	for _, x := range r.Lots {
		s := x.Batch
		if x.Packs > 0 {
			s += " × " + g.lang.Int(int(x.Packs))
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

// saveLegal saves what the search finds, one line for each lot, with what was
// corrected and taken back.
func (g *Guide) saveLegal() {
	sep, out := g.tableHead()
	decimal := func(a diary.Amount) string {
		s := a.String()
		if a == 0 {
			return ""
		}
		if g.lang == lang.German {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
	t := func(k lang.Key) string { return g.lang.T(k) }
	out = papers.Row(out, sep, t(lang.ColPatient), t(lang.ColCaseNote), t(lang.LegalColKind), t(lang.FactWhen), t(lang.FieldProductName), t(lang.LegalColCompany), t(lang.FieldAmountName), t(lang.LegalColUnit),
		t(lang.LegalBatch), t(lang.LegalColExpiry), t(lang.LegalColVials), t(lang.LegalColStrength), "PZN", t(lang.FieldReasonName), t(lang.ColState), t(lang.LegalColMissing),
		t(lang.LegalColKept), t(lang.LegalColBy), t(lang.LegalColID), t(lang.LegalColEntry), t(lang.FactDied))
	g.env.Client.Look(func(l app.Look) {
		who := g.recordedPatients(l)
		for _, r := range l.Record().All(g.legalQuery()) {
			p := who[r.Patient]
			died := "" // in the patient's record, not in a dose
			switch {
			case p.Dead && p.Died.IsZero():
				died = t(lang.DeathUnknown)
			case p.Dead:
				died = p.Died.String()
			}
			kind := [...]string{record.Use: t(lang.LegalKindUse), record.Correction: t(lang.LegalKindCorrection), record.Retraction: t(lang.LegalKindRetraction)}[r.Kind]
			state := [...]string{record.Stands: t(lang.LegalStands), record.Corrected: t(lang.LegalCorrected), record.Withdrawn: t(lang.LegalWithdrawn), record.Copied: t(lang.LegalCopied)}[r.State]
			if r.Differs {
				state = t(lang.LegalDiffers)
			}
			taken, unit, reason, of := "", "", "", r.Entry.String()
			if r.Kind == record.Retraction {
				state, taken = "", g.local(time.UnixMilli(r.Written)).Format(time.RFC3339)
			} else {
				taken, unit = r.Taken.Time().Format(time.RFC3339), ""
				if r.Product.Unit != 0 {
					unit = g.lang.Label(r.Product.Unit.Key())
				}
				if r.Reason != 0 {
					reason = g.lang.Label(r.Reason.Key())
				}
			}
			if !r.Of.IsZero() {
				of = r.Of.String()
			}
			var missing []string
			for _, k := range view.MissingKeys(r.Missing) {
				missing = append(missing, t(k))
			}
			lots := r.Lots
			if len(lots) == 0 {
				lots = []diary.Lot{{}}
			}
			for _, x := range lots {
				expiry, vials := "", ""
				if !x.Expiry.IsZero() {
					expiry = x.Expiry.String()
				}
				if x.Packs > 0 {
					vials = strconv.Itoa(int(x.Packs))
				}
				out = papers.Row(out, sep, p.Pseudonym, p.Note, kind, taken, r.Product.Name, r.Product.Company, decimal(r.Amount), unit, x.Batch, expiry, vials, decimal(x.Strength), x.PZN,
					reason, state, strings.Join(missing, ", "), g.local(time.UnixMilli(r.By.At)).Format(time.RFC3339), l.RecordedBy(r.By), hex.EncodeToString(r.Source[:]), of, died)
			}
		}
	})
	name := "vialog-" + g.local(g.now()).Format(time.DateOnly) + "-record.csv"
	g.env.Page.Download(name, "text/csv;charset=utf-8", out)
	g.say(lang.NoticePapersSaved, "file", name)
}

// yearShown is the year that was chosen, else last year if something is recorded
// of it, else this one.
func (g *Guide) yearShown(b *record.Book) int {
	if g.legal.year != 0 {
		return g.legal.year
	}
	y := g.local(g.now()).Year()
	if len(b.Year(y-1)) > 0 {
		y--
	}
	return y
}

func (g *Guide) yearsPage(l app.Look, f view.Frame) view.Screen {
	b := l.Record()
	this := g.local(g.now()).Year()
	m := view.CheckYears{Frame: f, Year: g.yearShown(b)}
	first := this
	if ms := b.First(); ms > 0 {
		first = min(first, g.local(time.UnixMilli(ms)).Year())
	}
	for y := this; y >= max(first, this-40); y-- {
		m.Years = append(m.Years, y)
	}
	who := g.recordedPatients(l)
	latest := make(map[keyring.SpaceID]app.Check)
	for _, k := range l.Checks(m.Year) {
		latest[k.Patient] = k
	}
	for _, y := range b.Year(m.Year) {
		p := who[y.Patient]
		r := view.YearRow{Space: spaceValue(y.Patient), Pseudonym: p.Pseudonym, CaseNote: p.Note, Gone: p.Gone, Doses: y.Doses, Incomplete: y.Incomplete}
		k, signed := latest[y.Patient]
		switch {
		case signed && k.State == y.State:
			r.State = view.YearChecked
		case signed:
			r.State = view.YearChanged
		case m.Year >= this:
			r.State = view.YearRunning
		}
		if signed {
			r.By, r.At = k.Name, g.local(k.At)
		}
		if r.State == view.YearDue || r.State == view.YearChanged {
			m.Due++
		}
		m.Rows = append(m.Rows, r)
	}
	rank := [...]int{view.YearDue: 0, view.YearChanged: 1, view.YearRunning: 2, view.YearChecked: 3}
	arrange.By(m.Rows, func(a, b view.YearRow) int {
		return cmp.Or(rank[a.State]-rank[b.State], cmp.Compare(a.Pseudonym, b.Pseudonym), cmp.Compare(a.Space, b.Space))
	})
	return m
}

func (g *Guide) yearCheck(l app.Look, f view.Frame) (view.Screen, bool) {
	id, ok := spaceOf(g.at.id)
	if !ok {
		return nil, false
	}
	b := l.Record()
	year := g.yearShown(b)
	y := b.YearOf(id, year)
	p := l.RecordedPatient(id)
	m := view.YearCheck{
		Frame: f, Space: g.at.id, Patient: patientID(p), Pseudonym: p.Pseudonym, CaseNote: p.Note, Year: year, Doses: y.Doses, Lacking: y.Incomplete, Corrected: y.Corrected, Withdrawn: y.Withdrawn,
		Unshared: p.N == 0, State: hex.EncodeToString(y.State[:]), Note: g.legal.note, Problems: g.problems,
	}
	for _, d := range g.yearFindings(l, id, year) {
		x := view.YearFinding{Kind: d.Finding, Was: g.legalWords(d.Was), Now: g.legalWords(d.Now), Missing: d.Missing}
		if d.Was != nil {
			x.At = d.Was.Taken.Time()
		} else {
			x.At = d.Now.Taken.Time()
		}
		m.Findings = append(m.Findings, x)
	}
	for _, k := range l.Checks(year) {
		if k.Patient == id {
			m.Signed = append(m.Signed, view.YearSigned{By: k.Name, At: g.local(k.At), Doses: k.Doses, Found: k.Found, Note: k.Note, Changed: k.State != y.State})
		}
	}
	slices.Reverse(m.Signed)
	return m, true
}

// yearFindings compares the record with the diary, as far as it is shared.
func (g *Guide) yearFindings(l app.Look, id keyring.SpaceID, year int) []record.Difference {
	p := l.RecordedPatient(id)
	diffs := l.Record().Compare(id, year, l.Said(p.N))
	if p.N == 0 {
		diffs = slices.DeleteFunc(diffs, func(d record.Difference) bool { return d.Finding == record.Gone })
	}
	return diffs
}

func (g *Guide) signYear(f map[string]string) {
	g.problems = nil
	id, ok := spaceOf(f[view.FieldSpace])
	state, err := hex.DecodeString(f[view.FieldState])
	g.legal.note = diary.Clean(f[view.FieldNote], true)
	if !ok || err != nil || len(state) != 32 {
		g.bad(view.FieldNote, lang.ProblemYearMoved)
		return
	}
	k := app.Check{Patient: id, Year: int(number(f[view.FieldYear])), State: [32]byte(state), Note: g.legal.note}
	g.env.Client.Look(func(l app.Look) { k.Found = len(g.yearFindings(l, id, k.Year)) })
	switch err := g.env.Client.SignYear(g.ctx, k); {
	case err == nil:
		g.legal.note = ""
		g.say(lang.NoticeYearSigned)
	case errors.Is(err, app.ErrMoved):
		g.bad(view.FieldNote, lang.ProblemYearMoved)
	case errors.Is(err, app.ErrNoDoctor):
		g.bad("", lang.YearlyOnlyDoctors)
	default:
		g.bad(view.FieldNote, unkept(err))
	}
}
