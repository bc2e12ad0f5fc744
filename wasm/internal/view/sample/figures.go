package sample

import (
	"encoding/binary"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Figures and measures. The figures are worked out from diaries that are written
// here, so that what a screen says is what its charts show.
var figures = []Case{
	{"figures", func(b view.Base) view.Screen { return figuresOf(b, view.RangeYear, busyYear()) }},
	{"figures-quarter", func(b view.Base) view.Screen { return figuresOf(b, view.RangeQuarter, busyYear()) }},
	{"figures-ten-years", func(b view.Base) view.Screen { return figuresOf(b, view.RangeAll, tenYears()) }},
	{"figures-early", func(b view.Base) view.Screen { return figuresOf(b, view.RangeYear, firstWeeks()) }},
	{"figures-no-bleeds", func(b view.Base) view.Screen { return figuresOf(b, view.RangeYear, calmYear()) }},
	{"figures-empty", func(b view.Base) view.Screen { return figuresOf(b, view.RangeYear, new(chronicle)) }},
	{"figures-at-centre", func(b view.Base) view.Screen { return figuresAtCentre(b, figuresOf(b, view.RangeYear, busyYear())) }},
	{"figures-empty-at-centre", func(b view.Base) view.Screen { return figuresAtCentre(b, figuresOf(b, view.RangeYear, new(chronicle))) }},
	{"measures", func(b view.Base) view.Screen {
		return view.Measures{Frame: patient(b, view.PlaceFigures), Groups: measuredValues(b, true)}
	}},
	{"measures-empty", func(b view.Base) view.Screen { return view.Measures{Frame: patient(b, view.PlaceFigures)} }},
	{"measures-at-centre", func(b view.Base) view.Screen {
		return view.Measures{Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Patient: "1", Groups: measuredValues(b, false)}
	}},
	{"measure", func(b view.Base) view.Screen {
		return view.MeasureForm{Frame: patient(b, view.PlaceFigures), Date: "2026-11-23", Time: "17:40"}
	}},
	{"measure-problems", func(b view.Base) view.Screen {
		return view.MeasureForm{Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Patient: "1", What: diary.MeasuredWeight.Key(), Value: "7200", Date: "2026-11-23", Time: "17:40",
			Problems: []view.Problem{{Field: view.FieldValue, Diary: diary.Absurd}}}
	}},
	{"measure-correct", func(b view.Base) view.Screen {
		return view.MeasureForm{Frame: patient(b, view.PlaceFigures), Entry: "e_21", What: diary.MeasuredFVIII.Key(), Value: in(b, "3.5", "3,5"), Date: "2026-11-02", Time: "09:15",
			Lab: in(b, "Centre's laboratory", "Labor des Zentrums"), Problems: []view.Problem{{Field: view.FieldWhy, Key: lang.ProblemWhy}}}
	}},
}

func figuresAtCentre(b view.Base, m view.Figures) view.Figures {
	m.Frame, m.Pseudonym, m.Patient = centre(b, view.PlacePatients), pseudonym, "1"
	return m
}

func figuresOf(b view.Base, r view.Range, g *chronicle) view.Figures {
	d := new(diary.Diary)
	for _, rec := range g.records {
		if err := d.Add(rec); err != nil {
			panic(err)
		}
	}
	return view.FiguresOf(patient(b, view.PlaceFigures), r, d.Ledger(diary.MomentOf(Now)), view.ValuesOf(d))
}

func measuredValues(b view.Base, mine bool) []view.MeasuredGroup {
	doctor := view.Writer{Role: view.Centre, Name: in(b, "Dr Birte Sommer", "Dr. Birte Sommer"), You: !mine}
	home := view.Writer{Role: view.Patient, You: mine}
	return []view.MeasuredGroup{
		{What: diary.MeasuredWeight, List: []view.Measured{
			{ID: "e_22", At: at(9, 8, 0), Value: in(b, "72.4", "72,4"), By: home, MayCorrect: mine},
			{ID: "e_23", At: at(260, 9, 30), Value: "71", By: doctor, MayCorrect: !mine}}},
		{What: diary.MeasuredFVIII, List: []view.Measured{
			{ID: "e_21", At: at(21, 9, 15), Value: in(b, "3.5", "3,5"), Lab: in(b, "Centre's laboratory", "Labor des Zentrums"), Note: in(b, "48 hours after the last dose", "48 Stunden nach der letzten Dosis"), By: doctor, MayCorrect: !mine}}},
	}
}

// A chronicle is a diary in the making. Days are counted back from now.
type chronicle struct {
	records []diary.Record
	n       uint32
}

func (g *chronicle) head() diary.Head {
	g.n++
	h := diary.Head{Entered: diary.MomentOf(Now)}
	binary.BigEndian.PutUint32(h.ID[:], 0x5a000000+g.n)
	return h
}

func (g *chronicle) add(who diary.Who, e diary.Entry) diary.ID {
	body, err := diary.Encode(e)
	if err != nil {
		panic(err)
	}
	r := diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who}, Written: Now.UnixMilli() + int64(g.n)}
	binary.BigEndian.PutUint32(r.Hash[:], g.n)
	g.records = append(g.records, r)
	return e.Top().ID
}

func daysBack(back, hour, minute int) diary.Moment { return diary.MomentOf(at(back, hour, minute)) }

func (g *chronicle) plan(back int, product diary.ProductID, units, every int) {
	from, _ := daysBack(back, 12, 0).Wall()
	g.add(diary.Centre, &diary.Plan{Head: g.head(), Product: product, Amount: diary.Units(units), Reason: diary.ReasonProphylaxis, From: from,
		Schedule: diary.Schedule{EveryDays: uint16(every), Times: []uint16{7 * 60}}})
}

func (g *chronicle) dose(back int, product diary.ProductID, units int) {
	g.add(diary.Patient, &diary.Treatment{Head: g.head(), Taken: daysBack(back, 7, 20), Product: product, Amount: diary.Units(units), Reason: diary.ReasonProphylaxis})
}

func (g *chronicle) notGiven(back int, product diary.ProductID, why diary.NotGiven) {
	g.add(diary.Patient, &diary.Treatment{Head: g.head(), Taken: daysBack(back, 7, 0), Product: product, Reason: diary.ReasonProphylaxis, NotGiven: why})
}

// bleed writes a bleed; units is the dose for it, 0 for none.
func (g *chronicle) bleed(back int, place diary.Place, cause diary.Cause, answer diary.Response, units int, again diary.ID) diary.ID {
	id := g.add(diary.Patient, &diary.Bleed{Head: g.head(), Start: daysBack(back, 17, 0), End: daysBack(back-1, 17, 0), Places: []diary.Place{place}, Type: place.Kind(),
		Cause: cause, Response72h: answer, Again: again})
	if units > 0 {
		g.add(diary.Patient, &diary.Treatment{Head: g.head(), Taken: daysBack(back, 18, 10), Product: "fviii.advate", Amount: diary.Units(units), Reason: diary.ReasonBleed, Bleed: id})
	}
	return id
}

func (g *chronicle) measure(back int, what diary.Measured, thousandths diary.Amount) {
	g.add(diary.Centre, &diary.Measure{Head: g.head(), Taken: daysBack(back, 9, 0), What: what, Value: thousandths})
}

const standard = diary.ProductID("fviii.advate")

// every gives the planned doses but for some, in a pattern that repeats.
func (g *chronicle) every(from, step, units, leaveOut, skip int) {
	for back, i := from, 0; back > 0; back, i = back-step, i+1 {
		switch i % leaveOut {
		case skip:
			g.notGiven(back, standard, diary.NotGivenTravel)
		case skip + 4:
		default:
			g.dose(back, standard, units)
		}
	}
}

// busyYear is a year and a quarter with a target joint.
func busyYear() *chronicle {
	g := new(chronicle)
	g.plan(450, standard, 1500, 2)
	g.every(450, 2, 1500, 31, 9)
	g.measure(440, diary.MeasuredWeight, 70_500)
	g.measure(260, diary.MeasuredWeight, 71_000)
	g.measure(90, diary.MeasuredWeight, 73_200)
	g.measure(9, diary.MeasuredWeight, 72_400)
	g.measure(200, diary.MeasuredFVIII, 2_000)
	g.measure(100, diary.MeasuredFVIII, 4_100)
	g.measure(21, diary.MeasuredFVIII, 3_500)
	g.bleed(330, diary.LeftKnee, diary.CauseSpontaneous, diary.ResponseGood, 2000, diary.ID{})
	first := g.bleed(290, diary.LeftKnee, diary.CauseSpontaneous, diary.ResponseModerate, 2000, diary.ID{})
	g.bleed(288, diary.LeftKnee, diary.CauseSpontaneous, diary.ResponseGood, 2000, first)
	g.bleed(221, diary.LeftKnee, diary.CauseSpontaneous, diary.ResponseExcellent, 2000, diary.ID{})
	g.bleed(180, diary.PlaceOf(diary.CalfMuscle, diary.Right), diary.CauseTrauma, diary.ResponseGood, 1500, diary.ID{})
	g.bleed(96, diary.PlaceOf(diary.Nose, diary.NoSide), diary.CauseUnknown, 0, 0, diary.ID{})
	g.bleed(40, diary.RightAnkle, diary.CauseActivity, diary.ResponseExcellent, 2000, diary.ID{})
	return g
}

// firstWeeks is the first weeks of a diary.
func firstWeeks() *chronicle {
	g := new(chronicle)
	g.plan(24, standard, 1500, 2)
	g.every(24, 2, 1500, 99, 5)
	g.bleed(11, diary.LeftElbow, diary.CauseSpontaneous, 0, 1500, diary.ID{})
	return g
}

// calmYear is a year on emicizumab without a bleed.
func calmYear() *chronicle {
	g := new(chronicle)
	g.plan(378, "nonfactor.hemlibra", 210, 14)
	for back := 378; back > 0; back -= 14 {
		g.dose(back, "nonfactor.hemlibra", 210)
	}
	g.measure(300, diary.MeasuredWeight, 70_000)
	return g
}

// tenYears is ten years: 5,000 treatments and 300 bleeds.
func tenYears() *chronicle {
	g := new(chronicle)
	g.plan(3650, standard, 1500, 1)
	for back := 3650; back > 0; back-- {
		if back%29 != 3 && (back < 2000 || back > 2040) {
			g.dose(back, standard, 1500)
		}
	}
	places := []diary.Place{diary.LeftKnee, diary.RightAnkle, diary.LeftElbow, diary.PlaceOf(diary.CalfMuscle, diary.Right), diary.LeftKnee, diary.PlaceOf(diary.Nose, diary.NoSide), diary.RightKnee}
	causes := []diary.Cause{diary.CauseSpontaneous, diary.CauseSpontaneous, diary.CauseTrauma, diary.CauseActivity, diary.CauseUnknown}
	for i := range 300 {
		back := 3645 - i*i/26 // more of them as time goes by
		if back < 2000 || back > 2040 {
			g.bleed(max(back, 2), places[i%len(places)], causes[i%len(causes)], diary.Response(i%5), 1000+500*(i%4), diary.ID{})
		}
	}
	for y := range 10 {
		g.measure(3640-365*y, diary.MeasuredWeight, diary.Amount(30_000+4_200*y))
	}
	return g
}
