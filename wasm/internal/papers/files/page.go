package files

import (
	_ "embed"
	"html"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/papers"
)

//go:embed readme.en.txt
var readmeEnglish string

//go:embed readme.de.txt
var readmeGerman string

func (b *book) readme(l lang.Lang) []byte {
	text := readmeEnglish
	if l == lang.German {
		text = readmeGerman
	}
	return []byte(strings.NewReplacer("{id}", b.Owner, "{date}", l.Date(b.Now.Time()), "{n}", l.Int(len(b.Records)), "{version}", b.Version, "{photos}", l.Int(len(b.Pictures)), "{missing}", l.Int(b.Missing), "\n", "\r\n").Replace(text))
}

// look is all the style of the page: it must be readable anywhere, and for ever.
const look = `body{font:16px/1.5 system-ui,sans-serif;max-width:48em;margin:2em auto;padding:0 1em}
h2{margin:2em 0 0;border-bottom:1px solid #999}article{margin:1em 0;break-inside:avoid}h3{margin:0}
dl{display:grid;grid-template-columns:12em 1fr;gap:0 1em;margin:0}dt{color:#555}dd{margin:0;white-space:pre-line}
.gone{text-decoration:line-through}ol{color:#333}.warn{border:1px solid;padding:.5em 1em}`

// page is the whole diary for people, newest first, with its history.
func (b *book) page(l lang.Lang) []byte {
	w := &pageWriter{b: b, l: l}
	title := l.T(lang.PaperDiary, "id", b.Owner)
	w.raw(`<!DOCTYPE html>`, "\n", `<html lang="`, l.Tag(), `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
		`<title>`, html.EscapeString(title), `</title><style>`, look, `</style></head><body>`, "\n")
	w.el("h1", title)
	w.el("p", l.T(lang.PageMade, "date", l.Date(b.Now.Time())))
	w.raw(`<p class="warn">`, html.EscapeString(l.T(lang.PageWarn)), "</p>\n")
	var kinds []diary.Kind
	for k := diary.KindTreatment; k <= diary.KindCard; k++ {
		if k.Known() {
			kinds = append(kinds, k)
		}
	}
	day := ""
	for _, it := range b.d.Timeline(diary.Filter{Kinds: kinds, Retracted: true}) {
		if d := l.Weekday(it.When.Time()) + ", " + l.Date(it.When.Time()); d != day {
			w.el("h2", d)
			day = d
		}
		w.item(it)
	}
	w.raw("</body></html>\n")
	return w.out
}

type pageWriter struct {
	b   *book
	l   lang.Lang
	out []byte
}

func (w *pageWriter) raw(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

func (w *pageWriter) el(tag, text string) {
	w.raw("<", tag, ">", html.EscapeString(text), "</", tag, ">\n")
}

func (w *pageWriter) facts(e diary.Entry) {
	w.raw("<dl>")
	for _, f := range w.b.facts(w.l, e) {
		w.raw("<dt>", html.EscapeString(f[0]), "</dt><dd>", html.EscapeString(f[1]), "</dd>")
	}
	w.raw("</dl>\n")
}

func (w *pageWriter) author(a diary.Author) string {
	if a.Name != "" {
		return a.Name
	}
	return w.l.Label(a.Who.Key())
}

func (w *pageWriter) item(it *diary.Item) {
	w.raw(`<article id="`, it.ID.String(), `"><h3`)
	if it.Retracted != nil {
		w.raw(` class="gone"`)
	}
	w.raw(">", w.l.Clock(it.When.Time()), " ", html.EscapeString(w.l.Label(it.Kind().Key())), "</h3>\n")
	w.facts(it.Entry)
	for _, p := range w.b.Pictures {
		if p.ID == it.ID {
			w.raw(`<p><img src="`, pictureName(p.ID), `" alt="" width="400"></p>`, "\n")
		}
	}
	list := w.b.d.History(it.ID)
	w.raw("<ol>")
	for _, v := range list {
		what := lang.HistoryCorrected
		_, gone := v.Entry.(*diary.Retract)
		switch {
		case gone:
			what = lang.HistoryRetracted
		case v.Because == "":
			what = lang.HistoryFirst
		}
		at := diary.Moment{Ms: v.Written, Offset: v.Entry.Top().Entered.Offset}.Time()
		line := w.l.T(what) + ": " + w.author(v.Author) + ", " + w.l.T(lang.PageWritten, "date", w.l.DateShort(at)+" "+w.l.Clock(at))
		if v.Because != "" {
			line += ". " + w.l.T(lang.HistoryReason, "why", v.Because)
		}
		if v.Fate != diary.Counted {
			line += " (" + w.l.T(lang.PageIgnored) + ")"
		}
		w.raw("<li>", html.EscapeString(line))
		if !v.Current && !gone && len(list) > 1 {
			w.facts(v.Entry)
		}
		w.raw("</li>\n")
	}
	w.raw("</ol></article>\n")
}

// facts are what an entry says, label and words; what it does not say is left out.
func (b *book) facts(l lang.Lang, e diary.Entry) (out [][2]string) {
	add := func(label, s string) {
		if s != "" {
			out = append(out, [2]string{label, s})
		}
	}
	text := func(k lang.Key, s string) { add(l.T(k), s) }
	said := func(k lang.Key, key string) {
		if !strings.HasSuffix(key, ".unset") {
			text(k, l.Label(key))
		}
	}
	when := func(k lang.Key, m diary.Moment) {
		if !m.IsZero() {
			text(k, full(l, m.Time()))
		}
	}
	date := func(d diary.Date) string {
		if d.IsZero() {
			return ""
		}
		return l.Month(int(d.Year), int(d.Month), int(d.Day))
	}
	product := func(id diary.ProductID, name string) diary.Product {
		p, _ := diary.Products.Find(id)
		if name == "" {
			name = p.Brand
		}
		text(lang.FieldProductName, name)
		return p
	}
	lots := func(list []diary.Lot, p diary.Product) {
		var lines []string
		for _, x := range list {
			s := x.Batch
			if x.Packs > 0 {
				s = strconv.Itoa(int(x.Packs)) + " × " + s
			}
			if x.Strength > 0 {
				s += ", " + l.Milli(int64(x.Strength)) + " " + l.Label(p.Unit.Key())
			}
			if !x.Expiry.IsZero() {
				s += ", " + l.T(lang.FactExpiry, "date", date(x.Expiry))
			}
			if x.PZN != "" {
				s += ", PZN " + x.PZN
			}
			lines = append(lines, s)
		}
		text(lang.FactLots, strings.Join(lines, "\n"))
	}
	ref := func(k lang.Key, id diary.ID) {
		if it, ok := b.d.Get(id); ok && !id.IsZero() {
			text(k, l.Label(it.Kind().Key())+", "+full(l, it.When.Time()))
		}
	}
	switch e := e.(type) {
	case *diary.Treatment:
		when(lang.FactWhen, e.Taken)
		p := product(e.Product, e.ProductName)
		if e.Amount != 0 {
			text(lang.FactAmount, l.Milli(int64(e.Amount))+" "+l.Label(p.Unit.Key()))
		}
		said(lang.YearNot, e.NotGiven.Key())
		lots(e.Lots, p)
		said(lang.FieldReasonName, e.Reason.Key())
		ref(lang.FactForBleed, e.Bleed)
		said(lang.FieldSiteName, e.Site.Key())
		said(lang.FieldByName, e.GivenBy.Key())
		text(lang.FieldReactionName, e.Reaction)
		text(lang.FieldNoteName, e.Note)
	case *diary.Bleed:
		when(lang.FactWhen, e.Start)
		when(lang.FieldEndName, e.End)
		var places, signs []string
		for _, p := range e.Places {
			places = append(places, l.Label(p.Key()))
		}
		for _, s := range e.Signs.Each() {
			signs = append(signs, l.Label(s.Key()))
		}
		text(lang.FactPlace, strings.Join(places, ", "))
		said(lang.FieldCauseName, e.Cause.Key())
		said(lang.FactSeverity, e.Severity.Key())
		if n, ok := e.Pain.Score(); ok {
			text(lang.FactPain, l.T(lang.PainValue, "n", strconv.Itoa(n)))
		}
		text(lang.FactSigns, strings.Join(signs, ", "))
		said(lang.FactAfter8h, e.Response8h.Key())
		said(lang.FactAfter72h, e.Response72h.Key())
		ref(lang.VisitRebleed, e.Again)
		text(lang.FieldNoteName, e.Note)
	case *diary.Note:
		ref(lang.EntryBleed, e.About)
		text(lang.FieldNoteName, e.Text)
	case *diary.Message:
		text(lang.EntryMessage, e.Text)
	case *diary.Plan:
		p := product(e.Product, "")
		text(lang.FactAmount, l.Milli(int64(e.Amount))+" "+l.Label(p.Unit.Key()))
		said(lang.FieldReasonName, e.Reason.Key())
		text(lang.PlanLabel, papers.Schedule(l, e.Schedule))
		s := l.T(lang.PaperSpan, "from", date(e.From), "to", date(e.Until))
		if e.Until.IsZero() {
			s = date(e.From) + " –"
		}
		text(lang.VisitPeriod, s)
		text(lang.FactAuthor, e.Clinician)
		text(lang.FieldNoteName, e.Note)
	case *diary.Pack:
		when(lang.FactWhen, e.Received)
		lots(e.Lots, product(e.Product, e.ProductName))
		if e.Vials > 1 {
			text(lang.VisitStockLeft, strconv.Itoa(int(e.Vials)))
		}
		text(lang.FieldNoteName, e.Note)
	case *diary.Removal:
		when(lang.FactWhen, e.At)
		lots(e.Lots, product(e.Product, e.ProductName))
		said(lang.FieldReasonName, e.Why.Key())
		text(lang.FieldNoteName, e.Note)
	case *diary.Recall:
		lots(e.Lots, product(e.Product, e.ProductName))
		text(lang.FieldNoteName, e.Note)
	case *diary.Measure:
		when(lang.FactWhen, e.Taken)
		add(l.Label(e.What.Key()), l.Milli(int64(e.Value))+" "+l.Label(e.What.UnitKey()))
		text(lang.FactAuthor, e.Lab)
		text(lang.FieldNoteName, e.Note)
	case *diary.About:
		said(lang.AboutDiagnosis, e.Diagnosis.Key())
		said(lang.AboutSeverity, e.Severity.Key())
		said(lang.AboutInhibitor, e.Inhibitor.Key())
		text(lang.AboutAllergies, e.Allergies)
		text(lang.AboutMedicines, e.Medicines)
		text(lang.AboutNote, e.Note)
	case *diary.Card:
		text(lang.AboutContacts, e.Contacts)
		text(lang.AboutPhone, e.Phone)
	case *diary.Photo:
		when(lang.FactWhen, e.Taken)
		ref(lang.EntryBleed, e.About)
		text(lang.FieldNoteName, e.Caption)
	case *diary.Contact:
		text(lang.ContactPhone, e.Phone)
		text(lang.ContactEmergency, e.Emergency)
		text(lang.ContactHours, e.Hours)
		text(lang.FieldNoteName, e.Note)
	}
	return out
}

func full(l lang.Lang, t time.Time) string { return l.DateShort(t) + " " + l.Clock(t) }
