package screen

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Figures and measured values, of one's own diary or, at a centre, of a
// patient's.

const (
	atFigures placeName = placesFigures + iota
	atMeasures
	atMeasure
)

// figured is the figures drawn last. They are worked out again when the diary
// has changed, at another range, and every few minutes, because doses come due.
type figured struct {
	diary *diary.Diary
	size  int
	at    int64
	span  view.Range
	is    view.Figures
}

const figuredFor = 5 * time.Minute

// figures are those of d at a range.
func (g *Guide) figures(d *diary.Diary, f view.Frame, span view.Range) view.Figures {
	now := diary.MomentOf(f.Now)
	at := now.Ms / figuredFor.Milliseconds()
	if k := &g.figured; k.diary != d || k.size != d.Len() || k.at != at || k.span != span {
		*k = figured{d, d.Len(), at, span, view.FiguresOf(f, span, d.Ledger(now), view.ValuesOf(d))}
	}
	m := g.figured.is
	m.Frame = f
	return m
}

// whose is the diary that a place of this part is about.
func (g *Guide) whose(l app.Look, n uint32) (d *diary.Diary, pseudonym string, ok bool) {
	if n == 0 {
		return l.Diary(), "", l.Role() != app.Centre
	}
	p, ok := l.PatientHere(n)
	return p.Diary, p.Pseudonym, ok
}

// patientField is how screens and forms name a patient; empty at home.
func patientField(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func (g *Guide) figuresScreen(l app.Look, f view.Frame) view.Screen {
	n := g.at.n
	switch g.at.name {
	case atFigures, atMeasures:
	case atMeasure:
		n = number(g.form.get(view.FieldPatient))
	default:
		return nil
	}
	d, pseudonym, ok := g.whose(l, n)
	if !ok {
		return nil
	}
	if f.Place = view.PlaceFigures; n != 0 {
		f.Place = view.PlacePatients
	}
	switch g.at.name {
	case atFigures:
		if p, _ := l.Patient(n); n != 0 && p.Restricted && l.Bared(n).IsZero() {
			return view.Withheld{Frame: f, ID: patientField(n), Pseudonym: pseudonym}
		}
		m := g.figures(d, f, g.span)
		m.Pseudonym, m.Patient = pseudonym, patientField(n)
		return m
	case atMeasures:
		return view.Measures{Frame: f, Pseudonym: pseudonym, Patient: patientField(n), Groups: g.measured(d, n)}
	}
	x := &g.form
	return view.MeasureForm{
		Frame: f, Entry: x.entry, Pseudonym: pseudonym, Patient: patientField(n), What: x.get(view.FieldWhat), Value: x.get(view.FieldValue),
		Date: x.get(view.FieldDate), Time: x.get(view.FieldTime), Lab: x.get(view.FieldLab), Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Problems: g.problems,
	}
}

// briefly are the figures on a patient's page at the centre.
func (g *Guide) briefly(f view.Frame, p app.PatientInfo) *view.Figures {
	m := g.figures(p.Diary, f, view.RangeYear)
	m.Pseudonym, m.Patient = p.Pseudonym, patientField(p.N)
	return &m
}

// measured lists the values by what was measured, newest first.
func (g *Guide) measured(d *diary.Diary, n uint32) []view.MeasuredGroup {
	var out []view.MeasuredGroup
	for _, what := range diary.AllMeasured() {
		group := view.MeasuredGroup{What: what}
		for _, it := range slices.Backward(d.Measures(what)) {
			e := it.Entry.(*diary.Measure)
			group.List = append(group.List, view.Measured{
				ID: it.ID.String(), At: it.When.Time(), Value: g.lang.Milli(int64(e.Value)), Lab: e.Lab, Note: e.Note, By: g.writer(it.First, it.Own, n),
				MayCorrect: mine(it, n),
			})
		}
		if len(group.List) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// mine tells whether this side wrote it and may correct it.
func mine(it *diary.Item, n uint32) bool {
	return it.Retracted == nil && it.First.Who.Home() == (n == 0)
}

func (g *Guide) figuresAct(e node.Event, f map[string]string) bool {
	n := number(f[view.FieldPatient])
	switch e.Act {
	case view.ActGoFigures:
		g.leaveForm()
		g.into(place{name: atFigures})
	case view.ActFiguresOpen:
		g.into(place{name: atFigures, n: n})
	case view.ActFiguresRange:
		g.span = view.RangeOf(f[view.FieldRange])
	case view.ActMeasures:
		g.into(place{name: atMeasures, n: n})
	case view.ActMeasureNew:
		fields := g.blank()
		fields[view.FieldPatient] = f[view.FieldPatient]
		g.beginMeasure("", fields)
	case view.ActMeasureCorrect:
		g.correctMeasure(f[view.FieldEntry])
	case view.ActMeasureShape:
		g.typedIn(f)
	case view.ActMeasureSave:
		g.typedIn(f)
		g.saveMeasure()
	case view.ActMeasureRetract:
		g.typedIn(f)
		g.retractMeasure()
	default:
		return false
	}
	return true
}

// beginMeasure opens the form. What was typed before about the same patient, and
// left, is there again.
func (g *Guide) beginMeasure(entry string, fields map[string]string) {
	g.into(place{name: atMeasure})
	g.form = form{fields: fields, entry: entry, lots: 1}
	if k := g.kept; k.at == atMeasure && k.form.entry == entry && k.form.get(view.FieldPatient) == fields[view.FieldPatient] {
		g.form, g.kept = k.form, kept{}
		g.say(lang.NoticeDraftBack)
	}
}

// measure finds a value that this side may correct, in the diary of the patient
// that the form or the place is about.
func (g *Guide) measure(entry string, n uint32, f func(*diary.Item, *diary.Measure)) {
	id, ok := diary.ParseID(entry)
	if !ok {
		return
	}
	g.env.Client.Look(func(l app.Look) {
		d, _, ok := g.whose(l, n)
		if !ok {
			return
		}
		if it, ok := d.Get(id); ok && mine(it, n) {
			if m, ok := it.Entry.(*diary.Measure); ok {
				f(it, m)
			}
		}
	})
}

func (g *Guide) correctMeasure(entry string) {
	n := g.at.n
	var fields map[string]string
	g.measure(entry, n, func(it *diary.Item, m *diary.Measure) {
		fields = map[string]string{
			view.FieldPatient: patientField(n), view.FieldWhat: m.What.Key(), view.FieldValue: g.lang.Milli(int64(m.Value)), view.FieldLab: m.Lab, view.FieldNote: m.Note,
		}
		g.fillMoment(fields, view.FieldDate, view.FieldTime, m.Taken)
	})
	if fields != nil {
		g.beginMeasure(entry, fields)
	}
}

// typedMeasure reads the form; what cannot be read becomes a problem.
func (g *Guide) typedMeasure(before diary.Moment) *diary.Measure {
	x := &g.form
	m := &diary.Measure{Lab: diary.Clean(x.get(view.FieldLab), false), Note: diary.Clean(x.get(view.FieldNote), true)}
	m.What, _ = diary.ParseMeasured(x.get(view.FieldWhat))
	if m.What == 0 {
		g.bad(view.FieldWhat, lang.ProblemChoose)
	}
	v, ok := g.lang.ParseMilli(x.get(view.FieldValue))
	if !ok {
		g.bad(view.FieldValue, lang.ProblemAmount, "example", g.lang.Milli(72_500))
	}
	m.Value = diary.Amount(v)
	m.Taken = g.moment(view.FieldDate, view.FieldTime, before)
	return m
}

func (g *Guide) saveMeasure() {
	g.problems = nil
	n := number(g.form.get(view.FieldPatient))
	now := diary.MomentOf(g.local(g.now()))
	var head diary.Head
	var before diary.Moment
	corrects := g.form.entry != ""
	if corrects {
		why := diary.Clean(g.form.get(view.FieldWhy), true)
		if why == "" {
			g.bad(view.FieldWhy, lang.ProblemWhy)
		}
		g.measure(g.form.entry, n, func(it *diary.Item, m *diary.Measure) {
			if fixed, err := diary.Amend(it, now, why); err == nil {
				head, before = *fixed.Top(), m.Taken
			}
		})
		if head.ID.IsZero() { // taken back elsewhere in the meantime
			g.dropForm()
			g.out()
			return
		}
	} else {
		head = diary.Head{ID: diary.NewID(), Entered: now}
	}
	m := g.typedMeasure(before)
	m.Head = head
	var wrong diary.FieldErrors
	if errors.As(m.Validate(now, diary.Products), &wrong) {
		for _, p := range wrong {
			field := map[string]string{
				"taken": view.FieldDate, "what": view.FieldWhat, "value": view.FieldValue, "lab": view.FieldLab, "note": view.FieldNote, "because": view.FieldWhy,
			}[p.Field]
			if !g.has(field) && !(field == view.FieldDate && g.has(view.FieldTime)) {
				g.problems, g.lead = append(g.problems, view.Problem{Field: field, Diary: p.Problem}), true
			}
		}
	}
	if len(g.problems) > 0 {
		return
	}
	k := lang.NoticeSaved
	if corrects {
		k = lang.NoticeCorrected
	}
	g.keepMeasure(m, n, k)
}

func (g *Guide) retractMeasure() {
	g.problems = nil
	n := number(g.form.get(view.FieldPatient))
	why := diary.Clean(g.form.get(view.FieldWhy), true)
	if why == "" {
		g.bad(view.FieldWhy, lang.ProblemWhy)
		return
	}
	var r *diary.Retract
	g.measure(g.form.entry, n, func(it *diary.Item, _ *diary.Measure) { r = &diary.Retract{Entry: it.ID, Reason: why} })
	if r == nil {
		g.dropForm()
		g.out()
		return
	}
	g.keepMeasure(r, n, lang.NoticeRetracted)
}

// keepMeasure writes an entry at home and for the centres, or for one patient.
func (g *Guide) keepMeasure(e diary.Entry, n uint32, said lang.Key) {
	var err error
	if n == 0 {
		_, err = g.env.Client.Record(g.ctx, e)
	} else {
		err = g.env.Client.Tell(g.ctx, n, e)
	}
	if err != nil {
		// Nothing was kept; the form still holds everything.
		g.bad("", unkept(err))
		return
	}
	g.dropForm()
	g.out()
	g.say(said)
}
