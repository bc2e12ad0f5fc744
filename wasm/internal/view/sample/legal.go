package sample

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/view"
)

func leading(b view.Base) view.Frame {
	f := centre(b, view.PlacePatients)
	f.Team = view.TeamLead
	return f
}

func legalRecord(b view.Base) view.LegalRecord {
	doctor := in(b, "Dr Birte Sommer", "Dr. Birte Sommer")
	lot := func(batch string, vials int) []view.LegalLot {
		return []view.LegalLot{{Batch: batch, Expiry: month(2028, 6), Strength: iu(b, 1000), PZN: "03752864", Vials: vials}}
	}
	row := func(id, who, note string, days int, lots []view.LegalLot) view.LegalRow {
		return view.LegalRow{PatientID: id, Pseudonym: who, CaseNote: note, At: at(days, 7, 40), Product: "Advate", Company: "Takeda", Amount: iu(b, 2000), Lots: lots, Reason: diary.ReasonProphylaxis, Kept: at(days, 8, 0), By: doctor}
	}
	corrected, back, lacking, gone, differs := row("7", pseudonym, "A 17", 4, lot("TH24-0917", 2)), row("7", pseudonym, "A 17", 9, lot("TH24-0917", 2)), row("8", "VK2-8HJD-4RWB", "", 2, nil), row("", "R4M-0P2C-7KXJ", "", 400, lot("TH23-0101", 2)), row("8", "VK2-8HJD-4RWB", "", 6, lot("TH24-1022", 1))
	corrected.State, corrected.Now = record.Corrected, in(b, "19/11/2026 07:40, Advate, 2,000 IU, TH24-1022 × 2", "19.11.2026 07:40, Advate, 2.000 I.E., TH24-1022 × 2")
	back.State = record.Withdrawn
	lacking.Missing = record.NoLot | record.NoAmount | record.NoCompany
	lacking.Amount, lacking.Company = "", ""
	gone.Lots = []view.LegalLot{{Batch: "TH23-0101", Strength: iu(b, 1000)}}
	gone.Missing, gone.Gone, gone.Death = record.NoStrength, true, in(b, "died on 19/11/2026", "verstorben am 19.11.2026")
	differs.Differs = true
	differs.Lots = append(differs.Lots, view.LegalLot{Vials: 1})
	return view.LegalRecord{
		Frame: leading(b), Records: 1560, Since: at(3650, 7, 0), Patients: 12, Left: 1, Lacking: 3,
		Products: []view.Choice{{Value: "fviii.advate", Label: "Advate"}},
		Found:    1560, Doses: 1552, Of: 12, Sums: []string{iu(b, 3104000)}, Rows: []view.LegalRow{row("7", pseudonym, "A 17", 0, lot("TH24-1022", 2)), lacking, corrected, differs, back, gone}, More: true,
	}
}

func yearCheck(b view.Base) view.YearCheck {
	was, now := in(b, "04/03/2025 07:40, Advate, 2,000 IU, TH24-0917 × 2", "04.03.2025 07:40, Advate, 2.000 I.E., TH24-0917 × 2"), in(b, "04/03/2025 07:40, Advate, 2,000 IU, TH24-1022 × 2", "04.03.2025 07:40, Advate, 2.000 I.E., TH24-1022 × 2")
	return view.YearCheck{
		Frame: leading(b), Space: "01", Patient: "7", Pseudonym: pseudonym, CaseNote: "A 17", Year: 2025, Doses: 152, Lacking: 1, Corrected: 1, Withdrawn: 1, State: "00",
		Findings: []view.YearFinding{
			{Kind: record.Unrecorded, At: at(300, 7, 40), Now: now}, {Kind: record.Gone, At: at(301, 7, 40), Was: was}, {Kind: record.Otherwise, At: at(302, 7, 40), Was: was, Now: now},
			{Kind: record.WasCorrected, At: at(303, 7, 40), Was: was, Now: now}, {Kind: record.WasWithdrawn, At: at(304, 7, 40), Was: was},
			{Kind: record.IsIncomplete, At: at(305, 7, 40), Now: was, Missing: record.NoLot}, {Kind: record.RecordsDiffer, At: at(306, 7, 40), Was: was, Now: was},
		},
	}
}

func years(b view.Base) view.CheckYears {
	doctor := in(b, "Dr Birte Sommer", "Dr. Birte Sommer")
	return view.CheckYears{Frame: leading(b), Year: 2025, Years: []int{2026, 2025, 2024}, Due: 2, Rows: []view.YearRow{
		{Space: "01", Pseudonym: pseudonym, CaseNote: "A 17", Doses: 152, Incomplete: 1},
		{Space: "02", Pseudonym: "VK2-8HJD-4RWB", Doses: 104, State: view.YearChanged, By: doctor, At: at(200, 10, 0)},
		{Space: "03", Pseudonym: "R4M-0P2C-7KXJ", Gone: true, Doses: 12, State: view.YearChecked, By: doctor, At: at(201, 10, 0)},
	}}
}

// The legal record and the yearly check.
var legal = []Case{
	{"legal", func(b view.Base) view.Screen { return legalRecord(b) }},
	{"legal-waiting", func(b view.Base) view.Screen {
		m := legalRecord(b)
		m.Waiting, m.Lacking, m.Left, m.More, m.Found, m.Rows, m.Doses, m.Of, m.Sums = 3, 0, 0, false, 0, nil, 0, 0, nil
		m.Query = view.LegalQuery{Product: "fviii.advate", Batch: "TH24", Patient: "02", From: "2026-02-01", Until: "2026-01-01", Incomplete: true}
		m.Problems = []view.Problem{{Field: view.FieldUntil, Key: lang.ProblemLegalPeriod}}
		return m
	}},
	{"legal-typing", func(b view.Base) view.Screen {
		m := legalRecord(b)
		m.Who = view.Finder{Find: "a 1", Match: 2, Matches: []view.Choice{{Value: "01", Label: pseudonym + " (A 17)"}, {Value: "03", Label: in(b, "R4M-0P2C-7KXJ (A 12), no longer shared", "R4M-0P2C-7KXJ (A 12), nicht mehr geteilt")}}}
		return m
	}},
	{"legal-of-one", func(b view.Base) view.Screen {
		m := legalRecord(b)
		m.Found, m.Doses, m.Of, m.Sums, m.Rows, m.More = 1, 1, 1, []string{iu(b, 2000)}, m.Rows[5:], false
		m.Who = view.Finder{Value: "03", Chosen: in(b, "R4M-0P2C-7KXJ (A 12), no longer shared", "R4M-0P2C-7KXJ (A 12), nicht mehr geteilt")}
		return m
	}},
	{"legal-nobody", func(b view.Base) view.Screen {
		m := legalRecord(b)
		m.Problems = []view.Problem{{Field: view.FieldFind, Key: lang.LogNobody}}
		m.Who = view.Finder{Find: "Z 9", Problems: m.Problems}
		return m
	}},
	{"legal-empty", func(b view.Base) view.Screen { return view.LegalRecord{Frame: leading(b)} }},
	{"years", func(b view.Base) view.Screen { return years(b) }},
	{"years-running", func(b view.Base) view.Screen {
		m := years(b)
		m.Year, m.Due, m.Rows = 2026, 0, m.Rows[:1]
		m.Rows[0].State = view.YearRunning
		return m
	}},
	{"years-none", func(b view.Base) view.Screen {
		return view.CheckYears{Frame: leading(b), Year: 2024, Years: []int{2026, 2025, 2024}}
	}},
	{"year-check", func(b view.Base) view.Screen { return yearCheck(b) }},
	{"year-check-signed", func(b view.Base) view.Screen {
		m := yearCheck(b)
		m.Findings, m.Lacking, m.Team = nil, 0, view.TeamNurse
		doctor := in(b, "Dr Birte Sommer", "Dr. Birte Sommer")
		m.Signed = []view.YearSigned{{By: doctor, At: at(20, 10, 0), Doses: 152, Note: in(b, "Complete.", "Vollständig.")}, {By: doctor, At: at(60, 10, 0), Doses: 150, Found: 3, Changed: true}}
		return m
	}},
	{"year-check-left", func(b view.Base) view.Screen {
		m := yearCheck(b)
		m.Patient, m.CaseNote, m.Unshared, m.Findings = "", "", true, m.Findings[:1]
		for range 200 {
			m.Findings = append(m.Findings, m.Findings[0])
		}
		m.Problems = []view.Problem{{Field: view.FieldNote, Key: lang.ProblemYearMoved}}
		return m
	}},
	{"recall-told", func(b view.Base) view.Screen {
		m := recallPage(b)
		use := func(days int, s record.State) view.RecallUse {
			return view.RecallUse{At: at(days, 7, 40), Amount: iu(b, 1500), Batches: []string{"TH24-0917"}, State: s}
		}
		m.Hits = []view.RecallHit{
			{PatientID: "7", Sent: true, Pseudonym: pseudonym, CaseNote: "A 17", Used: []view.RecallUse{use(2, record.Stands), use(9, record.Corrected)}, Doses: 1, Sums: []string{iu(b, 1500)}, ReadAt: at(0, 12, 5), Told: true, ToldRead: at(0, 13, 0)},
			{PatientID: "8", Sent: true, Pseudonym: "VK2-8HJD-4RWB", Used: []view.RecallUse{use(3, record.Withdrawn)}, Told: true},
			{Pseudonym: "R4M-0P2C-7KXJ", Gone: true, Used: []view.RecallUse{use(400, record.Stands)}, Doses: 1, Sums: []string{iu(b, 1500)}},
		}
		m.Total, m.Doses, m.Sums, m.Reached = 3, 2, []string{iu(b, 3000)}, 2
		m.Text, m.Problems = "", []view.Problem{{Field: view.FieldText, Key: lang.ProblemEmpty}}
		return m
	}},
}
