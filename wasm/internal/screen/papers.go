package screen

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

// Printing, export and import.

// tableHead begins a CSV file as a spreadsheet of the person's language opens it.
func (g *Guide) tableHead() (sep byte, out []byte) {
	if g.lang == lang.German {
		return ';', []byte("\ufeff")
	}
	return ',', nil
}

const (
	atPapers placeName = placesPapers + iota
	atVisit
	atYear
	atUrgent
	atImport
)

// papersState is what was chosen and found there. It is gone when the vault locks.
type papersState struct {
	form   string
	excel  bool
	months int
	year   int
	langs  string
	file   string // name of the file that was read
	found  *papers.Findings
	done   bool
	added  int
}

func (g *Guide) papersScreen(l app.Look, f view.Frame) view.Screen {
	if l.Role() == app.Centre {
		return nil
	}
	f.Place = view.PlaceSettings
	p := &g.papers
	switch g.at.name {
	case atPapers:
		return view.Papers{Frame: f, Form: p.form, Excel: p.excel, Problems: g.problems}
	case atVisit:
		return g.visitSummary(l, f)
	case atYear:
		return g.yearRecord(l, f)
	case atUrgent:
		return g.urgentSheet(l, f)
	case atImport:
		return g.importScreen(l, f)
	}
	return nil
}

func (g *Guide) papersAct(e node.Event, f map[string]string) bool {
	p := &g.papers
	switch e.Act {
	case view.ActPapers:
		g.into(place{name: atPapers})
	case view.ActPapersSave:
		g.saveFile(f)
	case view.ActVisit:
		if n := int(number(f[view.FieldMonths])); n != 0 && n <= view.VisitPeriods[len(view.VisitPeriods)-1] {
			p.months = n
		}
		g.paper(atVisit)
	case view.ActYear:
		if y := int(number(f[view.FieldYear])); y != 0 {
			p.year = y
		}
		g.paper(atYear)
	case view.ActUrgent:
		if s := f[view.FieldSheetLang]; s != "" {
			p.langs = s
		}
		g.paper(atUrgent)
	case view.ActImport:
		p.found, p.done, p.file = nil, false, ""
		g.into(place{name: atImport})
	case view.ActImportLook:
		g.lookInto(e)
	case view.ActImportDo:
		g.takeIn()
	case view.ActImportReport:
		if p.found != nil {
			g.env.Page.Download("vialog-"+g.local(g.now()).Format(time.DateOnly)+"-import.txt", "text/plain;charset=utf-8", g.importReport())
		}
	default:
		return false
	}
	return true
}

// paper shows a paper, or the same one anew after a choice on it.
func (g *Guide) paper(at placeName) {
	if g.at.name != at {
		g.into(place{name: at})
	}
}

// order is the diary as the second program gets it.
func (g *Guide) order(form papers.Form) (o papers.Order) {
	g.env.Client.Look(func(l app.Look) {
		o = papers.Order{
			Form: form, Lang: g.lang.Tag(), Now: diary.MomentOf(g.local(g.now())), Owner: l.OwnID(), Version: g.env.Version, Records: l.Diary().Records(),
		}
	})
	return o
}

// extra has the second program carry out an order, and says what goes wrong.
func (g *Guide) extra(op string, o papers.Order, field string, what lang.Key, then func([]byte)) {
	g.problems = nil
	var out []byte
	var ids []diary.ID
	if o.Form == papers.Archive {
		ids = g.photoIDs()
	}
	g.elsewhere(what, func(ctx context.Context) error {
		g.addPictures(ctx, &o, ids)
		raw, err := o.Bytes()
		if err == nil {
			out, err = g.env.Extra(ctx, op, raw)
		}
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, ErrNotLoaded):
			g.bad(field, lang.ProblemPapersLoad)
		case err != nil:
			g.bad(field, lang.ProblemPapersFailed)
		default:
			then(out)
		}
	})
}

// photoIDs are the entries of the photos that stand.
func (g *Guide) photoIDs() (ids []diary.ID) {
	g.env.Client.Look(func(l app.Look) {
		for _, it := range l.Diary().AllPhotos() {
			if it.Retracted == nil {
				ids = append(ids, it.ID)
			}
		}
	})
	return ids
}

// addPictures gets what pictures there are, from the device or from the relay,
// as far as there is room and they come in time.
func (g *Guide) addPictures(ctx context.Context, o *papers.Order, ids []diary.ID) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	room := papers.MaxPictures
	for _, id := range ids {
		data, err := g.env.Client.Photo(ctx, 0, id)
		if err != nil || len(data) > room {
			o.Missing++
			continue
		}
		room -= len(data)
		o.Pictures = append(o.Pictures, papers.Picture{ID: id, Data: data})
	}
}

// media are the endings and types of files.
func media(f papers.Form) (ending, mime string) {
	switch {
	case f == papers.Archive:
		return ".zip", "application/zip"
	case f == papers.Bundle:
		return ".json", "application/fhir+json"
	}
	return ".csv", "text/csv;charset=utf-8"
}

func (g *Guide) saveFile(f map[string]string) {
	p := &g.papers
	p.form, p.excel = f[view.FieldForm], f[view.FieldExcel] != ""
	form, ok := papers.ParseForm(p.form)
	if !ok {
		form = papers.Archive
	}
	o := g.order(form)
	o.Excel = p.excel && form.Table()
	ending, mime := media(form)
	name := "vialog-" + o.Now.Time().Format(time.DateOnly) + "-" + form.Name() + ending
	g.extra(papers.OpMake, o, view.FieldForm, lang.BusyPapersMake, func(out []byte) {
		g.env.Page.Download(name, mime, out)
		g.keepReceipt(form, name, out)
	})
}

func (g *Guide) lookInto(e node.Event) {
	g.problems = nil
	var file node.File
	for _, f := range e.Files {
		if f.Field == view.FieldFile && f.Name != "" {
			file = f
		}
	}
	switch {
	case file.Name == "":
		g.bad(view.FieldFile, lang.ProblemPapersFile)
		return
	case len(file.Data) > papers.MaxFile:
		g.bad(view.FieldFile, lang.ProblemPapersLarge)
		return
	}
	o := g.order(0)
	o.File = file.Data
	g.extra(papers.OpRead, o, view.FieldFile, lang.BusyPapersRead, func(out []byte) {
		found, err := papers.ParseFindings(out)
		if err != nil {
			g.bad(view.FieldFile, lang.ProblemPapersFailed)
			return
		}
		p := &g.papers
		p.found, p.done, p.added, p.file = &found, false, 0, diary.Clean(file.Name, false)
	})
}

// takeIn writes what is new, and a note that says where it came from.
func (g *Guide) takeIn() {
	p := &g.papers
	if p.found == nil || p.done {
		return
	}
	g.problems = nil
	found := p.found
	var list []diary.Entry
	for _, x := range found.Added {
		e, err := diary.Decode(x.Kind, x.Body)
		if err != nil {
			g.bad("", lang.ProblemPapersFailed)
			return
		}
		list = append(list, e)
	}
	l := g.lang
	var added int
	g.elsewhere(lang.BusyPapersTake, func(ctx context.Context) (err error) {
		added, err = g.env.Client.Import(ctx, list)
		if added > 0 {
			_, noted := g.env.Client.Record(ctx, &diary.Note{Text: l.T(lang.ImportNote, "form", l.Label(found.Form.Key()), "mark", found.Mark,
				"added", l.Int(added), "known", l.Int(papers.Total(found.Known)), "refused", l.Int(found.Refused))})
			if err == nil {
				err = noted
			}
		}
		return err
	}, func(err error) {
		p.done, p.added = true, added
		if err != nil {
			g.bad("", lang.ProblemPapersPart)
		}
	})
}

// kindCounts counts entries by kind, in the order of the kinds.
func kindCounts(list []papers.Count) (out []view.KindCount) {
	for _, c := range list {
		out = append(out, view.KindCount{Kind: c.Kind.Key(), N: c.N})
	}
	return out
}

func (g *Guide) importScreen(l app.Look, f view.Frame) view.Screen {
	p := &g.papers
	m := view.Import{Frame: f, Problems: g.problems}
	x := p.found
	if x == nil {
		return m
	}
	m.Found, m.Form, m.File, m.Owner, m.Done, m.Added = true, x.Form, p.file, x.Owner, p.done, p.added
	m.Foreign = x.Owner != "" && x.Owner != l.OwnID() && len(x.Added) > 0
	if x.Made != 0 {
		m.Made = g.local(time.UnixMilli(x.Made))
	}
	counts := make(map[diary.Kind]int)
	for _, e := range x.Added {
		counts[e.Kind]++
	}
	for k := diary.KindTreatment; k <= diary.KindCard; k++ {
		if counts[k] > 0 {
			m.New = append(m.New, view.KindCount{Kind: k.Key(), N: counts[k]})
		}
	}
	m.Plans = counts[diary.KindPlan] > 0
	m.Known, m.Left, m.Refused, m.Refusals, m.Ignored = kindCounts(x.Known), kindCounts(x.Left), x.Refused, x.Refusals, strings.Join(x.Ignored, ", ")
	m.Shared = len(l.CurrentCentres()) > 0
	return m
}

// importReport is the preview as a text, with every refusal that was told.
func (g *Guide) importReport() []byte {
	p, l := &g.papers, g.lang
	x := p.found
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "\t") + "\r\n") }
	line(l.T(lang.PapersTake), l.Date(g.local(g.now())))
	line(l.T(lang.ImportField), p.file, x.Mark)
	line(l.T(lang.ImportIs), l.Label(x.Form.Key()))
	if p.done {
		line(l.N(lang.ImportAdded, p.added))
	}
	line(l.T(lang.ImportNew), l.Int(len(x.Added)))
	for _, part := range []struct {
		k    lang.Key
		list []papers.Count
	}{{lang.ImportKnown, x.Known}, {lang.ImportLeft, x.Left}} {
		for _, c := range part.list {
			line(l.T(part.k), l.Label(c.Kind.Key()), l.Int(c.N))
		}
	}
	line(l.N(lang.ImportRefused, x.Refused))
	for _, r := range x.Refusals {
		line(l.T(lang.ImportRow)+" "+strconv.Itoa(r.Row), r.Column, l.Label(string(r.Why)))
	}
	if n := x.Refused - len(x.Refusals); n > 0 {
		line(l.N(lang.ImportMore, n))
	}
	return []byte(b.String())
}

// knownAs is the identifier to print: by which the one centre knows the patient,
// else that of the diary at home. Two centres' pseudonyms never stand on one paper.
func knownAs(l app.Look) string {
	id, n := l.OwnID(), 0
	for _, c := range l.Centres() {
		if c.State == app.CentreConnected || c.State == app.CentreUnchecked {
			id = c.Pseudonym
			n++
		}
	}
	if n != 1 {
		return l.OwnID()
	}
	return id
}

// named is a product with its name.
func named(id diary.ProductID, typed string) (string, diary.Product) {
	p, _ := diary.Products.Find(id)
	if typed != "" || p.Brand == "" {
		return typed, p
	}
	return p.Brand, p
}
