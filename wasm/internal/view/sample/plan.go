package sample

import (
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Plans.
var plan = []Case{
	{"plans", func(b view.Base) view.Screen {
		return view.Plans{Frame: patient(b, view.PlaceToday), Regimens: regimens(b)}
	}},
	{"plans-none", func(b view.Base) view.Screen {
		return view.Plans{Frame: patient(b, view.PlaceToday), Alone: true}
	}},
	{"plans-own", func(b view.Base) view.Screen {
		own := factor(b)
		own.Signed, own.MayEdit, own.Clinician, own.By, own.Read = false, true, b.Lang.T(lang.PlanMyself), view.Writer{You: true}, false
		return view.Plans{Frame: patient(b, view.PlaceToday), Alone: true, Regimens: []view.Regimen{own}}
	}},
	{"plans-at-centre", func(b view.Base) view.Screen {
		list := regimens(b)
		for i := range list {
			list[i].MayEdit = list[i].Signed && list[i].State != view.PlanEnded
		}
		return view.Plans{Frame: centre(b, view.PlacePatients), PatientID: "p1", Pseudonym: pseudonym, Regimens: list}
	}},
	{"plan-form", func(b view.Base) view.Screen {
		m := planForm(b)
		m.Template, m.Filled, m.Source = "template.emicizumab.load", "1", "Hemlibra, US label, 2024-02"
		m.Product, m.Unit, m.PerKg, m.Amount = "p.advate", diary.UnitMg, "3", ""
		m.Sum, m.SumAmount, m.Weighed = "3"+" mg/kg × 35 kg = 105 mg", "105", at(20, 8, 0)
		m.Rhythm, m.Every, m.Until = view.RhythmDays, "7", "2026-12-20"
		m.Next = []time.Time{at(0, 0, 0), at(-7, 0, 0), at(-14, 0, 0)}
		return m
	}},
	{"plan-form-week", func(b view.Base) view.Screen {
		m := planForm(b)
		m.Entry, m.Product, m.Unit, m.Amount, m.PerKg = "e_p1", "p.advate", diary.UnitIU, b.Lang.Int(1500), "30"
		m.Rhythm, m.Weekdays, m.Times = view.RhythmWeek, diary.WeekdaysOf(0, 2, 4), []string{"07:00", "19:00"}
		return m
	}},
	{"plan-form-problems", func(b view.Base) view.Screen {
		m := planForm(b)
		m.Amount, m.Rhythm, m.Every, m.Until, m.Times = "viel", view.RhythmDays, "0", "2026-11-01", []string{""}
		m.Problems = []view.Problem{
			{Field: view.FieldProduct, Diary: diary.Missing}, {Field: view.FieldAmount, Key: lang.ProblemAmount, Args: []string{"example", b.Lang.Int(1500)}},
			{Field: view.FieldEvery, Key: lang.ProblemEvery}, {Field: view.FieldTimes + "0", Key: lang.ProblemTimes}, {Field: view.FieldUntil, Diary: diary.Order}}
		return m
	}},
	{"plan-form-own", func(b view.Base) view.Screen {
		m := planForm(b)
		m.Frame, m.Pseudonym, m.Clinician, m.Rhythm, m.Times = patient(b, view.PlaceToday), "", b.Lang.T(lang.PlanMyself), view.RhythmDemand, nil
		return m
	}},
	{"plan-end", func(b view.Base) view.Screen {
		return view.PlanEnd{Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Regimen: factor(b), Until: "2026-11-23"}
	}},
	{"today-missed", func(b view.Base) view.Screen {
		label := diary.Missed{Key: "missed.emicizumab", Source: "Hemlibra, US label, 2024-02"}
		return view.Today{Frame: patient(b, view.PlaceToday), Planned: true, Regimens: true, EntriesEver: 132, Days: fortnight(8),
			Due: []view.Due{
				{Product: "Hemlibra", Amount: "105", Unit: "mg", At: at(5, 18, 0), State: diary.DoseMissed, Missed: label, Plan: "e_p2@1"},
				{Product: "Hemlibra", Amount: "105", Unit: "mg", At: at(-2, 18, 0), State: diary.DoseAhead}},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12)}}}
	}},
	{"reminders", func(b view.Base) view.Screen {
		return view.Reminders{Frame: patient(b, view.PlaceSettings), Planned: true, Gone: true, Word: b.Lang.T(lang.CalendarWordDefault)}
	}},
	{"reminders-on", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Due = true
		return view.Reminders{Frame: f, On: true, Leave: view.LeaveGiven, Planned: true, Before: 15, Problems: []view.Problem{{Field: view.FieldWord, Key: lang.ProblemEmpty}}}
	}},
	{"reminders-ended", func(b view.Base) view.Screen {
		return view.Reminders{Frame: patient(b, view.PlaceSettings), Gone: true}
	}},
	{"reminders-denied", func(b view.Base) view.Screen {
		return view.Reminders{Frame: patient(b, view.PlaceSettings), Leave: view.LeaveDenied}
	}},
	{"plan-end-ahead", func(b view.Base) view.Screen {
		return view.PlanEnd{Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Regimen: regimens(b)[2],
			Problems: []view.Problem{{Field: view.FieldWhy, Key: lang.ProblemWhy}}}
	}},
}

func planForm(b view.Base) view.PlanForm {
	m := view.PlanForm{
		Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Products: products(), Reason: diary.ReasonProphylaxis.Key(), Rhythm: view.RhythmDays,
		Times: []string{"07:00"}, From: "2026-11-23", Clinician: in(b, "Dr Weather", "Dr. Wehrmuth"),
	}
	for _, t := range diary.Templates {
		m.Templates = append(m.Templates, t.Key)
	}
	return m
}

// factor is a plan three times a week that the patient has read.
func factor(b view.Base) view.Regimen {
	return view.Regimen{
		ID: "e_p1", Product: "Advate", Amount: b.Lang.Int(1500), Unit: b.Lang.Label("unit.iu"), Reason: diary.ReasonProphylaxis,
		Schedule: in(b, "Mon Wed Fri, 07:00", "Mo Mi Fr, 07:00"), From: at(200, 0, 0), Next: at(-2, 7, 0), Clinician: in(b, "Dr Weather", "Dr. Wehrmuth"),
		Note: in(b, "After sport, wait for an hour.", "Nach dem Sport eine Stunde warten."), Signed: true, By: view.Writer{Role: view.Centre}, Written: at(201, 15, 20),
		Read: true, ReadAt: at(200, 8, 12),
		History: []view.Version{
			{At: at(201, 15, 20), By: view.Writer{Role: view.Centre, Name: in(b, "Dr Weather", "Dr. Wehrmuth")}, Why: in(b, "Weight", "Gewicht"),
				Changes: []view.Change{{Label: b.Lang.T(lang.PlanAmount), From: b.Lang.Int(1250) + " " + b.Lang.Label("unit.iu"), To: b.Lang.Int(1500) + " " + b.Lang.Label("unit.iu")}}},
			{At: at(400, 10, 5), By: view.Writer{Role: view.Centre, Name: in(b, "Dr Weather", "Dr. Wehrmuth")}},
		},
	}
}

func regimens(b view.Base) []view.Regimen {
	demand, ahead, ended := factor(b), factor(b), factor(b)
	demand.ID, demand.Amount, demand.Reason, demand.Schedule, demand.Next = "e_p2", b.Lang.Int(2000), diary.ReasonBleed, b.Lang.T(lang.PlanOnDemand), time.Time{}
	demand.Note, demand.Read, demand.History = "", false, nil
	demand.Newer = "Advate " + b.Lang.Int(2500) + " " + b.Lang.Label("unit.iu") + ", " + b.Lang.T(lang.PlanOnDemand)
	ahead.ID, ahead.State, ahead.Product, ahead.Amount, ahead.Unit, ahead.Schedule = "e_p3", view.PlanAhead, "Hemlibra", "105", "mg", b.Lang.T(lang.PlanWeekly)+", 18:00"
	ahead.From, ahead.Until, ahead.Next, ahead.Note, ahead.Read, ahead.History = at(-7, 0, 0), at(-34, 0, 0), at(-7, 18, 0), "", false, nil
	ended.ID, ended.State, ended.Until, ended.Next, ended.Note, ended.History = "e_p4", view.PlanEnded, at(210, 0, 0), time.Time{}, "", nil
	own := factor(b)
	own.ID, own.Signed, own.Shadowed, own.Clinician, own.Next, own.Note, own.History, own.MayEdit = "e_p5", false, true, b.Lang.T(lang.PlanMyself), time.Time{}, "", nil, true
	own.By = view.Writer{You: true}
	return []view.Regimen{factor(b), demand, ahead, ended, own}
}
