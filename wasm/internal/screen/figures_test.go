package screen

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

const aDay = 24 * time.Hour

func TestFiguresSayWhatTheDiaryHolds(t *testing.T) {
	x := unlocked(t)
	x.goTo(place{name: atToday})
	x.press(view.ActGoFigures)
	x.shows("Nothing to count yet")
	x.has(&diary.Treatment{Taken: x.ago(10 * aDay), Product: advate, Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis})
	x.press(view.ActGoFigures)
	x.shows("No bleed. Yearly figures can be told in 79 days, once 90 days have been observed.")
	x.shows("Since 13\u00a0November 2026")
	x.shows("To say this per kg, the diary needs a weight")

	x.has(&diary.Treatment{Taken: x.ago(364 * aDay), Product: advate, Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis},
		&diary.Bleed{Start: x.ago(300 * aDay), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseSpontaneous},
		&diary.Bleed{Start: x.ago(200 * aDay), Places: []diary.Place{diary.PlaceOf(diary.Nose, diary.NoSide)}, Type: diary.BleedMucosal})
	x.draw()
	x.shows("2 bleeds, 1 of them in a joint. That is 2.0 a year.")
	x.shows("The last bleed began 200 days ago.")
	x.has(&diary.Measure{Taken: x.ago(364 * aDay), What: diary.MeasuredWeight, Value: 75_000})
	x.draw()
	x.shows("Factor VIII: 40 IU per kg a year.") // twice 20 IU/kg
	x.press(view.ActFiguresRange, view.FieldRange, "1")
	x.shows("In the last 3 months")
	x.shows("No bleed. That is 0.0 a year.")
	x.press(view.ActGoToday)
	x.press(view.ActGoFigures)
	x.shows("In the last 3 months") // the range stays
	x.lock(false)
	if x.figured.diary != nil || x.figured.size != 0 {
		t.Error("figures stay in memory behind the lock")
	}
}

// A dose that comes due changes figures though nothing was written.
func TestFiguresFollowTheClock(t *testing.T) {
	x := unlocked(t)
	x.has(&diary.Treatment{Taken: x.ago(2 * aDay), Product: advate, Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis})
	x.said(&diary.Plan{Product: advate, Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: 2026, Month: 11, Day: 21}, Schedule: diary.Schedule{EveryDays: 1, Times: []uint16{9 * 60}}})
	x.press(view.ActGoFigures)
	x.shows("50% of the planned doses were given: 1 of 2.")
	x.watch = x.watch.Add(24 * time.Hour)
	x.draw()
	x.shows("33% of the planned doses were given: 1 of 3.")
}

func TestMeasuredValuesAreListedAndOnlyOnesOwnCanBeCorrected(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActMeasures)
	x.shows("No values yet")
	mine := &diary.Measure{Taken: x.ago(aDay), What: diary.MeasuredWeight, Value: 72_500, Note: "after breakfast"}
	x.has(mine)
	theirs := x.said(&diary.Measure{Taken: x.ago(3 * aDay), What: diary.MeasuredFVIII, Value: 3_500, Lab: "Lab South"})
	x.press(view.ActMeasures)
	x.shows("after breakfast")
	x.shows("Lab South")
	if n := strings.Count(x.page.html, view.ActMeasureCorrect); n != 1 {
		t.Errorf("%d values can be corrected", n)
	}
	x.press(view.ActMeasureCorrect, view.FieldEntry, theirs.String())
	if x.at.name == atMeasure {
		t.Error("the centre's value is corrected at home")
	}
	x.press(view.ActMeasureCorrect, view.FieldEntry, mine.ID.String())
	if x.at.name != atMeasure || x.form.get(view.FieldValue) != "72.5" || x.form.get(view.FieldNote) != "after breakfast" {
		t.Errorf("the form has %v", x.form.fields)
	}
	before := x.moment(view.FieldDate, view.FieldTime, mine.Taken)
	if before != mine.Taken {
		t.Errorf("the moment comes back as %v", before)
	}
	x.press(view.ActMeasureSave, view.FieldWhat, diary.MeasuredWeight.Key(), view.FieldValue, "73")
	if !x.Guide.has(view.FieldWhy) {
		t.Error("a correction without a reason")
	}
	x.press(view.ActMeasureRetract)
	if !x.Guide.has(view.FieldWhy) {
		t.Error("taken back without a reason")
	}
}

func TestAMeasuredValueIsReadAsItIsTyped(t *testing.T) {
	for _, c := range []struct {
		lang        lang.Lang
		what, typed string
		want        diary.Amount
		field       string // with a problem
	}{
		{lang.English, "measured.weight", "72.5", 72_500, ""},
		{lang.German, "measured.weight", "72,5", 72_500, ""},
		{lang.German, "measured.weight", "72.5", 72_500, ""},
		{lang.English, "measured.inhibitor", "0", 0, ""},
		{lang.English, "measured.weight", "0", 0, view.FieldValue},
		{lang.English, "measured.weight", "725", 0, view.FieldValue},
		{lang.English, "measured.weight", "a lot", 0, view.FieldValue},
		{lang.English, "measured.weight", "", 0, view.FieldValue},
		{lang.English, "", "72.5", 72_500, view.FieldWhat},
	} {
		x := unlocked(t)
		x.Guide.lang = c.lang
		x.press(view.ActMeasureNew)
		x.press(view.ActMeasureSave, view.FieldWhat, c.what, view.FieldValue, c.typed, view.FieldDate, "2026-11-23", view.FieldTime, "08:30")
		if c.field != "" {
			if len(x.problems) != 1 || x.problems[0].Field != c.field {
				t.Errorf("%q %q: problems %v", c.what, c.typed, x.problems)
			}
			continue
		}
		// There is no diary to write to, and nothing that was typed is lost.
		if len(x.problems) != 1 || x.problems[0].Key != lang.ProblemStorage || x.form.get(view.FieldValue) != c.typed {
			t.Errorf("%q %q: problems %v, form %v", c.what, c.typed, x.problems, x.form.fields)
		}
		x.problems = nil
		if m := x.typedMeasure(diary.Moment{}); m.Value != c.want {
			t.Errorf("%q is read as %d", c.typed, m.Value)
		}
	}
}

func TestATypedValueWaitsForItsPatient(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActMeasureNew)
	x.press(view.ActMeasureShape, view.FieldWhat, diary.MeasuredWeight.Key(), view.FieldValue, "72")
	x.shows("kg")
	x.leaveForm()
	x.beginMeasure("", map[string]string{view.FieldPatient: "7"})
	if x.form.get(view.FieldValue) != "" {
		t.Error("what was typed at home is offered for a patient")
	}
	x.form = form{}
	x.press(view.ActMeasureNew)
	if x.form.get(view.FieldValue) != "72" {
		t.Error("what was typed is lost")
	}
	x.lock(false)
	x.tell(node.Event{Kind: "act", Act: view.ActUnlock, Fields: map[string]string{view.FieldPassphrase: words}})
	x.bringDraft()
	if x.at.name != atMeasure || x.form.get(view.FieldValue) != "72" {
		t.Errorf("after unlocking at %v with %v", x.at.name, x.form.fields)
	}
}

// tenYears fills a diary with 5,000 treatments, 300 bleeds and a plan.
func tenYears(tb testing.TB, now diary.Moment) *diary.Diary {
	d, n := new(diary.Diary), uint32(0)
	ago := func(days int) diary.Moment { return now.Add(-int64(days) * aDay.Milliseconds()) }
	add := func(who diary.Who, e diary.Entry) diary.ID {
		n++
		h := e.Top()
		h.Entered = now
		binary.BigEndian.PutUint32(h.ID[:], n)
		body, err := diary.Encode(e)
		if err != nil {
			tb.Fatal(err)
		}
		d.Add(diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who}, Written: now.Ms, Hash: sha256.Sum256(body)})
		return h.ID
	}
	from, _ := ago(3650).Wall()
	add(diary.Centre, &diary.Plan{Product: advate, Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, From: from, Schedule: diary.Schedule{EveryDays: 1, Times: []uint16{7 * 60}}})
	for i := range 4700 {
		add(diary.Patient, &diary.Treatment{Taken: ago(3650 * (4700 - i) / 4700), Product: advate, Amount: diary.Units(1500 + i%3), Reason: diary.ReasonProphylaxis})
	}
	for i := range 300 {
		b := add(diary.Patient, &diary.Bleed{Start: ago(3640 - 12*i), Places: []diary.Place{diary.Places()[i%17]}, Cause: diary.Cause(1 + i%5)})
		add(diary.Patient, &diary.Treatment{Taken: ago(3640 - 12*i), Product: advate, Amount: diary.Units(2000), Reason: diary.ReasonBleed, Bleed: b})
	}
	for y := range 10 {
		add(diary.Centre, &diary.Measure{Taken: ago(3640 - 365*y), What: diary.MeasuredWeight, Value: diary.Amount(30_000 + 4000*y)})
	}
	return d
}

// The whole screen of ten years: ledger, model, nodes and what goes to the page.
func BenchmarkFiguresScreenOfTenYears(b *testing.B) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	d := tenYears(b, diary.MomentOf(now))
	f := view.Frame{Base: view.Base{Now: now}}
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		m := view.FiguresOf(f, view.RangeAll, d.Ledger(diary.MomentOf(now)), view.ValuesOf(d))
		size = len(node.AppendJSON(nil, m.Node()))
	}
	b.ReportMetric(float64(size)/1000, "KB")
}
