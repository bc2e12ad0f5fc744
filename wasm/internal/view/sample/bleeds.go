package sample

import (
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// The bleed's form, body map and prompts.
var bleeds = []Case{
	{"bleed", func(b view.Base) view.Screen { return bleedForm(b) }},
	{"bleed-knee", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee, diary.PlaceOf(diary.CalfMuscle, diary.Left))
		m.Date, m.Time, m.Bled = "2026-11-22", "18:15", bled()
		m.Cause, m.Severity, m.Pain = diary.CauseActivity.Key(), diary.SeverityModerate.Key(), "6"
		m.Signs = []string{diary.SignAura.Key(), diary.SignSwelling.Key()}
		return m
	}},
	{"bleed-back", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.Buttock, diary.Right))
		m.View, m.Bled, m.ListOpen = "back", bled(), true
		return m
	}},
	{"bleed-head", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.Nose, diary.NoSide))
		m.View = "head"
		return m
	}},
	{"bleed-hands", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.FingerJoint, diary.Right))
		m.View = "hands"
		return m
	}},
	{"bleed-feet", func(b view.Base) view.Screen { m := bleedForm(b); m.View = "feet"; return m }},
	{"bleed-inside", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.Iliopsoas, diary.Left))
		m.View = "inside"
		return m
	}},
	{"bleed-red-flag", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.SkullInside, diary.NoSide))
		m.View, m.Emergency = "head", "+49 30 0000000"
		return m
	}},
	{"bleed-again", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee)
		m.Same = &view.SameAgain{Entry: "e_02", Place: b.Lang.Label(diary.LeftKnee.Key()), Began: at(2, 18, 15), Dose: at(1, 7, 40), Gap: 34 * time.Hour, Suggest: true, Chosen: true}
		return m
	}},
	{"bleed-again-on-treatment", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee)
		m.Same = &view.SameAgain{Entry: "e_02", Place: b.Lang.Label(diary.LeftKnee.Key()), Began: at(2, 18, 15), Dose: at(0, 17, 41), Gap: -time.Minute, Suggest: true, Chosen: true}
		return m
	}},
	{"bleed-again-new", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee)
		m.Same = &view.SameAgain{Entry: "e_02", Place: b.Lang.Label(diary.LeftKnee.Key()), Began: at(6, 18, 15), Dose: at(5, 7, 40), Ended: at(5, 20, 0), Gap: 130 * time.Hour}
		return m
	}},
	{"bleed-again-untreated", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee)
		m.Same = &view.SameAgain{Entry: "e_02", Place: b.Lang.Label(diary.LeftKnee.Key()), Began: at(3, 18, 15), Ended: at(2, 17, 40), Gap: 48 * time.Hour, Suggest: true, Chosen: true}
		return m
	}},
	{"bleed-again-untreated-new", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.LeftKnee)
		m.Same = &view.SameAgain{Entry: "e_02", Place: b.Lang.Label(diary.LeftKnee.Key()), Began: at(7, 18, 15), Ended: at(5, 17, 40), Gap: 120 * time.Hour}
		return m
	}},
	{"bleed-correct", func(b view.Base) view.Screen {
		m := bleedForm(b, diary.PlaceOf(diary.ThighMuscle, diary.Right))
		m.Entry, m.Stopped, m.EndDate, m.EndTime, m.More, m.Kind = "e_02", true, "2026-11-23", "08:00", true, diary.BleedMuscle.Key()
		m.Ask8h, m.Ask72h, m.Response8h = true, true, diary.ResponseGood.Key()
		m.Note = in(b, "Stumbled on the stairs", "Auf der Treppe gestolpert")
		m.Treatments, m.Linked = []view.Choice{{Value: "e_01", Label: treatment(b, "", Now, view.Sent).Title(b.Lang) + ", " + b.Lang.When(Now, at(0, 7, 40))}}, []string{"e_01"}
		return m
	}},
	{"bleed-problems", func(b view.Base) view.Screen {
		m := bleedForm(b)
		m.Stopped, m.EndDate, m.EndTime = true, "2026-11-22", "08:00"
		m.Problems = []view.Problem{{Field: view.FieldPlace, Key: lang.ProblemChoose}, {Field: view.FieldEndDate, Key: lang.ProblemEndBeforeStart}}
		return m
	}},
	{"today-ask", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Notice = &view.Notice{Key: lang.NoticeBleedStopped, Args: []string{"place", b.Lang.Label(diary.LeftKnee.Key()), "when", b.Lang.When(Now, Now)}, Do: []view.NoticeDo{{Act: view.ActUndo, Label: lang.UndoDo}, {Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: "e_02"}}}
		knee := b.Lang.Label(diary.LeftKnee.Key())
		return view.Today{Frame: f, EntriesEver: 9, HasBleeds: true, LastBleed: at(4, 18, 15), Days: fortnight(4), OpenBleeds: []view.Entry{elbow(b, "e_08", at(1, 18, 15))},
			Asks: []view.Ask{
				{Entry: "e_02", Place: knee, First: at(0, 7, 40), Doses: 1},
				{Entry: "e_07", Place: b.Lang.Label(diary.RightElbow.Key()), Late: true, First: at(4, 7, 40), Doses: 3}}}
	}},
	{"entry-bleed-course", func(b view.Base) view.Screen {
		e := ended(knee(b, "e_07", at(6, 9, 30)), at(3, 12, 0))
		e.Bleed.Again = true
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: e, MayCorrect: true, Course: course(b)}
	}},
	{"entry-bleed-at-centre", func(b view.Base) view.Screen {
		c := course(b)
		c.Ask, c.MayTreat, c.Counts = nil, false, nil
		return view.EntryPage{Frame: centre(b, view.PlacePatients), Entry: asPatient(ended(knee(b, "e_07", at(6, 9, 30)), at(3, 12, 0))), Pseudonym: pseudonym, PatientID: "p1", Course: c}
	}},
	{"entry-bleed-answer", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: elbow(b, "e_08", at(1, 18, 15)), MayCorrect: true, Course: &view.Course{
			Steps:    []view.Step{{Kind: view.StepBegan, At: at(1, 18, 15)}, {Kind: view.StepDose, At: at(1, 19, 0), Text: "Advate 1.500 I.E.", ID: "e_01"}},
			Ask:      &view.Ask{Entry: "e_08", Place: b.Lang.Label(diary.RightElbow.Key()), First: at(1, 19, 0), Doses: 1},
			Doses:    1,
			MayTreat: true}}
	}},
}

func bleedForm(b view.Base, places ...diary.Place) view.BleedForm {
	return view.BleedForm{Frame: patient(b, view.PlaceRecord), Places: places, Date: "2026-11-23", Time: "17:40"}
}

func elbow(b view.Base, id string, when time.Time) view.Entry {
	e := knee(b, id, when)
	e.Bleed.Places = []diary.Place{diary.RightElbow}
	return e
}

// bled is where a patient bled in a year.
func bled() []diary.PlaceCount {
	return []diary.PlaceCount{
		{Place: diary.RightElbow, Bleeds: 1}, {Place: diary.LeftKnee, Bleeds: 4}, {Place: diary.RightAnkle, Bleeds: 2},
		{Place: diary.PlaceOf(diary.CalfMuscle, diary.Right), Bleeds: 1}, {Place: diary.PlaceOf(diary.Nose, diary.NoSide), Bleeds: 11},
	}
}

func course(b view.Base) *view.Course {
	dose := in(b, "Advate 1,500 IU", "Advate 1.500 I.E.")
	return &view.Course{
		Steps: []view.Step{
			{Kind: view.StepBegan, At: at(6, 9, 30)},
			{Kind: view.StepDose, At: at(6, 10, 0), Text: dose, ID: "e_01"},
			{Kind: view.StepAnswer8h, At: at(6, 18, 0), Text: b.Lang.Label(diary.ResponseGood.Key())},
			{Kind: view.StepDose, At: at(5, 10, 0), Text: dose, ID: "e_03"},
			{Kind: view.StepEnd, At: at(3, 12, 0)},
			{Kind: view.StepAgain, At: at(1, 18, 15), Text: b.Lang.Label(diary.LeftKnee.Key()), ID: "e_08"},
		},
		Again:   &view.Linked{ID: "e_06", Title: b.Lang.Label(diary.LeftKnee.Key()) + ", " + b.Lang.When(Now, at(9, 12, 0))},
		Came:    []view.Linked{{ID: "e_08", Title: b.Lang.Label(diary.LeftKnee.Key()) + ", " + b.Lang.When(Now, at(1, 18, 15))}},
		Outcome: diary.ResponseGood, Doses: 2, Counts: bled(), MayTreat: true,
		Ask: &view.Ask{Entry: "e_07", Place: b.Lang.Label(diary.LeftKnee.Key()), Late: true, First: at(6, 10, 0), Doses: 2},
	}
}
