package sample

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

// Printing, export and import.
var papersCases = []Case{
	{"papers", func(b view.Base) view.Screen {
		return view.Papers{Frame: patient(b, view.PlaceSettings)}
	}},
	{"papers-problem", func(b view.Base) view.Screen {
		return view.Papers{Frame: patient(b, view.PlaceSettings), Form: papers.Treatments.Key(), Excel: true, Problems: []view.Problem{{Field: view.FieldForm, Key: lang.ProblemPapersLoad}}}
	}},
	{"visit", visit},
	{"visit-empty", func(b view.Base) view.Screen {
		return view.VisitSummary{Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Months: 3, From: at(91, 0, 0), To: at(0, 0, 0), Facts: []view.Cell{{Label: lang.VisitDays, Value: "0"}}}
	}},
	{"year", func(b view.Base) view.Screen { return year(b, 190) }},
	{"year-empty", func(b view.Base) view.Screen {
		return view.YearRecord{Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Year: 2026, Years: []int{2026}}
	}},
	{"urgent", func(b view.Base) view.Screen { return urgent(b, b.Lang) }},
	{"urgent-both", func(b view.Base) view.Screen { return urgent(b, lang.German, lang.English) }},
	{"urgent-empty", func(b view.Base) view.Screen {
		return view.Urgent{Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Langs: []lang.Lang{b.Lang}, Empty: true}
	}},
	{"import", func(b view.Base) view.Screen { return view.Import{Frame: patient(b, view.PlaceSettings)} }},
	{"import-problem", func(b view.Base) view.Screen {
		return view.Import{Frame: patient(b, view.PlaceSettings), Problems: []view.Problem{{Field: view.FieldFile, Key: lang.ProblemPapersFile}}}
	}},
	{"import-preview", func(b view.Base) view.Screen { return found(b) }},
	{"import-nothing", func(b view.Base) view.Screen {
		m := found(b)
		m.New, m.Refused, m.Refusals, m.Foreign, m.Ignored = nil, 0, nil, false, ""
		return m
	}},
	{"import-not-ours", func(b view.Base) view.Screen {
		return view.Import{Frame: patient(b, view.PlaceSettings), Found: true, File: in(b, "holiday.jpg", "urlaub.jpg"), Refused: 1, Refusals: []papers.Refusal{{Why: papers.NotAFile}}}
	}},
	{"import-done", func(b view.Base) view.Screen {
		m := found(b)
		m.Done, m.Added = true, 341
		return m
	}},
}

func found(b view.Base) view.Import {
	return view.Import{
		Frame: patient(b, view.PlaceSettings), Found: true, Form: papers.Archive, File: "vialog-2026-11-23.zip", Made: at(12, 9, 0), Owner: "QK2-8TTM-3WXP", Foreign: true,
		New:   []view.KindCount{{Kind: "kind.treatment", N: 312}, {Kind: "kind.bleed", N: 12}, {Kind: "kind.plan", N: 2}, {Kind: "kind.note", N: 15}},
		Known: []view.KindCount{{Kind: "kind.treatment", N: 7}}, Left: []view.KindCount{{Kind: "kind.message", N: 44}},
		Refused: 61, Refusals: []papers.Refusal{{Row: 17, Column: "amount", Why: papers.NotNumber}, {Row: 31, Column: "given_at", Why: papers.NotTime}, {Row: 90, Column: "id", Why: papers.Differs}, {Row: 91, Column: "taken", Why: papers.Because(diary.Future)}},
		Ignored: "farbe", Plans: true, Shared: true,
	}
}

func visit(b view.Base) view.Screen {
	l := b.Lang
	return view.VisitSummary{
		Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Months: 12, From: at(365, 0, 0), To: at(0, 0, 0),
		Facts: []view.Cell{
			{Label: lang.VisitDays, Value: "365"}, {Label: lang.VisitBleeds, Value: "4"}, {Label: lang.VisitJointBleeds, Value: "3"}, {Label: lang.VisitSpontaneous, Value: "2"},
			{Label: lang.VisitDoses, Value: "168"}, {Label: lang.VisitMissed, Value: "6"},
		},
		Figures: []view.Line{
			{Head: in(b, "Bleeds a year", "Blutungen im Jahr"), Text: l.Number(4, 1) + in(b, " (joints 3.0, spontaneous 2.0), from 365 days", " (Gelenke 3,0, spontan 2,0), aus 365 Tagen")},
			{Head: l.T(lang.VisitPlanned), Text: l.T(lang.VisitPlannedValue, "taken", "151", "planned", "157", "late", "9")},
		},
		Bleeds: []view.VisitBleed{
			{Start: at(40, 9, 30), Where: l.Label(diary.LeftKnee.Key()), What: l.Label("cause.activity") + ", " + l.Label("severity.moderate"), Pain: "6", Doses: "2 × Kovaltry", Outcome: l.Label("response.good"), Duration: l.Duration(50 * time.Hour)},
			{Start: at(37, 7, 10), Where: l.Label(diary.LeftKnee.Key()), Again: true, What: l.Label("cause.spontaneous"), Pain: "3", Doses: "1 × Kovaltry", Outcome: l.Label("response.excellent"), Duration: l.Duration(9 * time.Hour)},
			{Start: at(1, 18, 15), Where: l.Label(diary.RightAnkle.Key()), What: l.Label("cause.trauma"), Doses: "–"},
		},
		Places:  []view.Line{{Head: l.Label(diary.LeftKnee.Key()), Text: in(b, "3 bleeds, target joint since 4 May 2026", "3 Blutungen, Zielgelenk seit 4. Mai 2026")}, {Head: l.Label(diary.RightAnkle.Key()), Text: "1"}},
		Uses:    []view.VisitUse{{Product: "Kovaltry", Doses: 168, Bleed: 5, Sum: l.Int(252000) + " " + l.Label("unit.iu")}, {Product: "Cyklokapron", Doses: 6, Bleed: 6, Sum: l.Int(6000) + " mg"}},
		Effects: []view.Line{{Head: l.DateShort(at(63, 0, 0)), Text: in(b, "Red spot for two hours", "Rote Stelle, zwei Stunden lang")}},
		Plans: []view.Line{
			{Head: "Kovaltry " + l.Int(1500) + " " + l.Label("unit.iu"), Text: in(b, "Mon, Wed, Fri, 07:00 · Dr Birte Sommer", "Mo, Mi, Fr, 07:00 · Dr. Birte Sommer")},
			{Head: "Kovaltry " + l.Int(3000) + " " + l.Label("unit.iu"), Text: l.T(lang.PlanOnDemand) + " · " + l.Label("reason.bleed")},
		},
		Stock:    []view.StockLine{{Product: "Kovaltry 1.000", Batch: "KX12345", Expiry: "08/2028", Vials: 9}, {Product: "Kovaltry 500", Batch: "KX12346", Expiry: "09/2028", Vials: 4}},
		Measures: []view.Line{{Head: l.Label("measured.weight"), Text: l.Number(72.5, 1) + " kg, " + l.DateShort(at(30, 0, 0))}, {Head: l.Label("measured.inhibitor"), Text: "0 " + l.Label("measuredunit.inhibitor") + ", " + l.DateShort(at(90, 0, 0))}},
		Talk:     []view.Line{{Head: l.DateShort(at(2, 0, 0)) + ", " + in(b, "you", "Sie"), Text: in(b, "Done. How long before I can run again?", "Erledigt. Wann darf ich wieder laufen?")}},
	}
}

func year(b view.Base, n int) view.Screen {
	m := view.YearRecord{Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Year: 2026, Years: []int{2026, 2025, 2024}, NoBatch: 1}
	iu := " " + b.Lang.Label("unit.iu")
	for i := range n {
		d := view.YearDose{
			N: i + 1, At: time.Date(2026, 1, 2+i*41/24, 7, 10+i%7, 0, 0, Now.Location()), Product: "Kovaltry", Company: "Bayer", Amount: b.Lang.Int(1500) + iu, Reason: b.Lang.Label("reason.prophylaxis"),
			Lots: []view.YearLot{{Packs: "1 × " + b.Lang.Int(1000) + iu, Batch: "KX12" + strconv.Itoa(100+i/12), Expiry: "08/2028", PZN: "03752864"}, {Packs: "1 × " + b.Lang.Int(500) + iu, Batch: "KX13" + strconv.Itoa(100+i/15), Expiry: "09/2028", PZN: "03752870"}},
		}
		switch i % 37 {
		case 5:
			d.Corrected = b.Lang.T(lang.YearCorrected, "date", b.Lang.DateShort(d.At.AddDate(0, 0, 1)), "why", in(b, "read the wrong vial", "falsche Flasche abgelesen"))
		case 11:
			d.Lots, d.Reason = nil, b.Lang.Label("reason.bleed")
		}
		m.Doses = append(m.Doses, d)
	}
	m.Not = []view.YearDose{{N: 1, At: at(60, 7, 0), Product: "Kovaltry", Why: b.Lang.Label("notgiven.forgotten")}, {N: 2, At: at(30, 7, 0), Product: "Kovaltry", Why: b.Lang.Label("notgiven.unwell")}}
	m.Taken = []view.Line{{Head: b.Lang.DateShort(at(70, 0, 0)) + ", Kovaltry " + b.Lang.Int(1500) + iu, Text: in(b, "Recorded twice", "Doppelt eingetragen")}}
	m.Sums = []view.Line{{Head: "Kovaltry", Text: in(b, "189 doses, 283,500 IU", "189 Dosen, 283.500 I.E.")}}
	return m
}

func urgent(b view.Base, langs ...lang.Lang) view.Screen {
	return view.Urgent{
		Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Langs: langs,
		About: diary.About{Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Inhibitor: diary.InhibitorPast, Allergies: "Penicillin", Medicines: "Pantoprazol 20 mg",
			Note: in(b, "Port under the right collarbone. No injections into muscles.", "Port unter dem rechten Schlüsselbein. Keine Spritzen in den Muskel.")},
		Doses: []view.UrgentDose{{Product: "Kovaltry", Substance: "octocog alfa", Milli: 3_000_000, Unit: diary.UnitIU, Signed: in(b, "Dr Birte Sommer", "Dr. Birte Sommer"), From: at(200, 0, 0),
			Note: in(b, "With an injury to the head, inject at once, then call.", "Bei Kopfverletzung sofort spritzen, dann anrufen.")}},
		Regular: []view.UrgentDose{{Product: "Hemlibra", Substance: "emicizumab", Milli: 225_000, Unit: diary.UnitMg, When: diary.Schedule{EveryDays: 14, Times: []uint16{18 * 60}}, From: at(200, 0, 0)}},
		Phones:  []view.Telephone{{Name: centreName(b), Phone: "+49 30 1234-0", Emergency: "+49 30 1234-112"}}, Contacts: in(b, "Aunt, 0170 1234567\nFather, 0171 7654321", "Tante, 0170 1234567\nVater, 0171 7654321"),
	}
}
