package files

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
)

// A row is the cells of one line by the names of their columns. The same rows
// stand in tables and, as elements, in bundles.
type row map[string]string

// A table is a kind of CSV file.
type table struct {
	form    papers.Form
	kinds   []diary.Kind
	key     string // the column that no other table has
	columns []string
	numbers []string // columns with decimals
	said    []string // columns for people: they are not read
	rows    func(*book, *diary.Item) []row
	entry   func(*cells, []row) diary.Entry
}

var tables = []table{
	{
		papers.Treatments, []diary.Kind{diary.KindTreatment}, "given_at",
		[]string{"id", "given_at", "product", "product_name", "company", "amount", "unit", "batch", "expiry", "packs", "strength", "pzn",
			"reason", "site", "given_by", "not_given", "bleed", "reaction", "note", "entered_at", "author", "author_name"},
		[]string{"amount", "strength"}, []string{"company", "author", "author_name"}, treatmentRows, treatmentOf,
	},
	{
		papers.Bleeds, []diary.Kind{diary.KindBleed}, "started_at",
		[]string{"id", "started_at", "ended_at", "places", "cause", "type", "severity", "pain_0_to_10", "signs", "response_8h", "response_72h",
			"again", "note", "entered_at", "author", "author_name"},
		nil, []string{"author", "author_name"}, bleedRows, bleedOf,
	},
	{
		papers.Stock, []diary.Kind{diary.KindPack, diary.KindRemoval, diary.KindRecall}, "stock_event",
		[]string{"id", "stock_event", "at", "product", "product_name", "company", "batch", "expiry", "count", "strength", "unit", "pzn",
			"vials_per_pack", "serials", "why", "note", "entered_at", "author", "author_name"},
		[]string{"strength"}, []string{"company", "author", "author_name"}, stockRows, stockOf,
	},
	{
		papers.Measures, []diary.Kind{diary.KindMeasure}, "measured",
		[]string{"id", "measured", "measured_at", "value", "unit", "lab", "note", "entered_at", "author", "author_name"},
		[]string{"value"}, []string{"author", "author_name"}, measureRows, measureOf,
	},
	{
		papers.Plans, []diary.Kind{diary.KindPlan}, "valid_from",
		[]string{"id", "product", "product_name", "company", "amount", "unit", "every_days", "weekdays", "times", "reason", "valid_from", "valid_until",
			"clinician", "note", "entered_at", "author", "author_name"},
		[]string{"amount"}, []string{"product_name", "company", "author", "author_name"}, planRows, planOf,
	},
	{
		papers.Notes, []diary.Kind{diary.KindNote, diary.KindMessage}, "note_kind",
		[]string{"id", "note_kind", "entered_at", "about", "reply_to", "text", "author", "author_name"},
		nil, []string{"author", "author_name"}, noteRows, noteOf,
	},
}

// cellOf are the columns of fields that package diary calls otherwise.
var cellOf = map[string]string{
	"productname": "product_name", "givenby": "given_by", "notgiven": "not_given", "start": "started_at", "end": "ended_at", "pain": "pain_0_to_10",
	"response8h": "response_8h", "response72h": "response_72h", "received": "at", "vials": "vials_per_pack", "what": "measured",
	"every": "every_days", "from": "valid_from", "until": "valid_until", "entered": "entered_at",
}

// column is where a field of an entry stands: "lots.0.batch" in "batch".
func (t *table) column(field string) string {
	if s, ok := strings.CutPrefix(field, "lots."); ok {
		_, field, _ = strings.Cut(s, ".")
	}
	field, _, _ = strings.Cut(field, ".")
	if field == "taken" {
		return map[papers.Form]string{papers.Treatments: "given_at", papers.Measures: "measured_at"}[t.form]
	}
	if c := cellOf[field]; c != "" {
		return c
	}
	return field
}

func tableOf(f papers.Form) *table {
	for i := range tables {
		if tables[i].form == f {
			return &tables[i]
		}
	}
	return nil
}

// code is the key of an enumeration without its prefix; nothing for what is not said.
func code[E interface{ Key() string }](e E) string {
	_, s, _ := strings.Cut(e.Key(), ".")
	if s == "unset" {
		return ""
	}
	return s
}

// stamp writes a moment in ISO 8601 with its offset, with milliseconds only where there are any.
func stamp(m diary.Moment) string {
	switch {
	case m.IsZero():
		return ""
	case m.Ms%1000 != 0:
		return m.Time().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return m.Time().Format(time.RFC3339)
}

func day(d diary.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func count(n uint16) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func amount(a diary.Amount) string {
	if a == 0 {
		return ""
	}
	return a.String()
}

// link is the identifier of the item that an entry names, by its first version.
func (b *book) link(id diary.ID) string {
	if id.IsZero() {
		return ""
	}
	if it, ok := b.d.Get(id); ok {
		id = it.ID
	}
	return id.String()
}

// base are the cells that every entry has.
func base(it *diary.Item) row {
	return row{"id": it.ID.String(), "entered_at": stamp(it.Entry.Top().Entered), "author": code(it.First.Who), "author_name": it.First.Name}
}

func (r row) product(id diary.ProductID, name string) diary.Product {
	p, _ := diary.Products.Find(id)
	r["product"], r["product_name"], r["company"], r["unit"] = string(id), p.Brand, p.Company, code(p.Unit)
	if name != "" {
		r["product_name"] = name
	}
	return p
}

func (r row) lot(l diary.Lot, packs string) {
	r["batch"], r["expiry"], r[packs], r["strength"], r["pzn"] = l.Batch, day(l.Expiry), count(l.Packs), amount(l.Strength), l.PZN
}

// perLot gives one row for each lot; what the entry as a whole says of numbers
// stands in the first, so that a column can be summed.
func perLot(first row, lots []diary.Lot, packs string, once ...string) []row {
	if len(lots) == 0 {
		return []row{first}
	}
	var out []row
	for i, l := range lots {
		r := first
		if i > 0 {
			r = make(row, len(first))
			for k, v := range first {
				r[k] = v
			}
			for _, k := range once {
				delete(r, k)
			}
		}
		r.lot(l, packs)
		out = append(out, r)
	}
	return out
}

func treatmentRows(b *book, it *diary.Item) []row {
	t := it.Treatment()
	r := base(it)
	r.product(t.Product, t.ProductName)
	r["given_at"], r["amount"], r["reason"], r["site"] = stamp(t.Taken), amount(t.Amount), code(t.Reason), code(t.Site)
	r["given_by"], r["not_given"], r["bleed"] = code(t.GivenBy), code(t.NotGiven), b.link(t.Bleed)
	r["reaction"], r["note"] = t.Reaction, t.Note
	return perLot(r, t.Lots, "packs", "amount")
}

func bleedRows(b *book, it *diary.Item) []row {
	x := it.Bleed()
	r := base(it)
	r["started_at"], r["ended_at"], r["cause"], r["type"], r["severity"] = stamp(x.Start), stamp(x.End), code(x.Cause), code(x.Type), code(x.Severity)
	r["response_8h"], r["response_72h"], r["again"], r["note"] = code(x.Response8h), code(x.Response72h), b.link(x.Again), x.Note
	if n, ok := x.Pain.Score(); ok {
		r["pain_0_to_10"] = strconv.Itoa(n)
	}
	var places, signs []string
	for _, p := range x.Places {
		places = append(places, code(p))
	}
	for _, s := range x.Signs.Each() {
		signs = append(signs, code(s))
	}
	r["places"], r["signs"] = strings.Join(places, " "), strings.Join(signs, " ")
	return []row{r}
}

func stockRows(b *book, it *diary.Item) []row {
	r := base(it)
	r["at"] = stamp(it.When)
	switch e := it.Entry.(type) {
	case *diary.Pack:
		r.product(e.Product, e.ProductName)
		r["stock_event"], r["vials_per_pack"], r["serials"], r["note"] = "received", count(e.Vials), strings.Join(e.Serials, "\n"), e.Note
		return perLot(r, e.Lots, "count", "serials")
	case *diary.Removal:
		r.product(e.Product, e.ProductName)
		r["stock_event"], r["why"], r["note"] = "removed", code(e.Why), e.Note
		return perLot(r, e.Lots, "count")
	case *diary.Recall:
		r.product(e.Product, e.ProductName)
		r["stock_event"], r["note"] = "recalled", e.Note
		return perLot(r, e.Lots, "count")
	}
	panic("files: not of the stock")
}

func measureRows(b *book, it *diary.Item) []row {
	m := it.Entry.(*diary.Measure)
	r := base(it)
	r["measured"], r["measured_at"], r["value"], r["unit"], r["lab"], r["note"] = code(m.What), stamp(m.Taken), m.Value.String(), ucumOf(m.What), m.Lab, m.Note
	return []row{r}
}

func planRows(b *book, it *diary.Item) []row {
	p := it.Plan()
	r := base(it)
	r.product(p.Product, "")
	r["amount"], r["reason"], r["valid_from"], r["valid_until"] = amount(p.Amount), code(p.Reason), day(p.From), day(p.Until)
	r["every_days"], r["clinician"], r["note"] = count(p.Schedule.EveryDays), p.Clinician, p.Note
	var days, times []string
	for d := range 7 {
		if p.Schedule.Weekdays.Has(d) {
			days = append(days, strconv.Itoa(d+1))
		}
	}
	for _, t := range p.Schedule.Times {
		times = append(times, papers.Clock(t))
	}
	r["weekdays"], r["times"] = strings.Join(days, " "), strings.Join(times, " ")
	return []row{r}
}

func noteRows(b *book, it *diary.Item) []row {
	r := base(it)
	switch e := it.Entry.(type) {
	case *diary.Note:
		r["note_kind"], r["about"], r["text"] = "note", b.link(e.About), e.Text
	case *diary.Message:
		r["note_kind"], r["about"], r["reply_to"], r["text"] = "message", b.link(e.About), b.link(e.ReplyTo), e.Text
	}
	return []row{r}
}
