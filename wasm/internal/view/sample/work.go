package sample

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

// What needs somebody at a centre.
var work = []Case{
	{"work", func(b view.Base) view.Screen {
		m := workList(b)
		m.Asking = []view.InviteRow{{ID: "i1", CaseNote: "F-2208", State: view.InviteAsking, Expires: at(-6, 12, 0)}}
		return m
	}},
	{"work-none", func(b view.Base) view.Screen {
		return view.WorkList{Frame: centre(b, view.PlaceWork), CentreName: centreName(b), Patients: 6}
	}},
	{"work-no-patients", func(b view.Base) view.Screen {
		return view.WorkList{Frame: centre(b, view.PlaceWork), CentreName: centreName(b)}
	}},
	{"work-reading", func(b view.Base) view.Screen {
		m := workList(b)
		m.Read, m.ReadOf = 312, 1000
		return m
	}},
	{"work-reading-none", func(b view.Base) view.Screen {
		m := view.WorkList{Frame: centre(b, view.PlaceWork), CentreName: centreName(b), Patients: 8}
		m.Read, m.ReadOf = 8, 1000
		return m
	}},
	{"reading-all", func(b view.Base) view.Screen {
		m := view.Reading{Frame: centre(b, view.PlacePatients)}
		m.Read, m.ReadOf = 312, 1000
		return m
	}},
	{"work-acts", func(b view.Base) view.Screen {
		m := workList(b)
		m.Rows = m.Rows[:5]
		m.Rows[4].Open = true
		return m
	}},
	{"work-over", func(b view.Base) view.Screen {
		m := workList(b)
		m.Rows, m.Done = m.Rows[:5], nil
		r := &m.Rows[4]
		r.Open, r.Over, r.Form.Draft = true, true, in(b, "Please call us", "Bitte rufen Sie uns an")
		r.Fate = &view.WorkSay{Act: worklist.Closed, By: sommer(b), At: at(0, 12, 50), Reason: worklist.Called}
		return m
	}},
	{"work-mistakes", func(b view.Base) view.Screen {
		m := workList(b)
		m.Rows = m.Rows[:2]
		m.Rows[1].Open = true
		m.Rows[1].Form = view.WorkForm{Draft: in(b, "Please call us", "Bitte rufen Sie uns an"), Until: "2026-11-20", Remark: "F-17", Problems: []view.Problem{{Field: view.FieldPutOff, Key: lang.ProblemWorkDay}, {Field: view.FieldWorkReason, Key: lang.ProblemChoose}}}
		return m
	}},
	{"work-many", func(b view.Base) view.Screen {
		m := workList(b)
		rows := m.Rows
		m.Rows, m.Done = nil, nil
		for i := range 60 {
			r := rows[i%len(rows)]
			r.ID, r.CaseNote = strconv.Itoa(i+1)+r.ID[1:], "F-"+strconv.Itoa(2000+i)
			m.Rows = append(m.Rows, r)
		}
		m.Total, m.Frame.Work = 84, 84
		return m
	}},
	{"work-reader", func(b view.Base) view.Screen {
		m := workList(b)
		m.Frame.ReadOnly, m.Rows, m.Done = true, m.Rows[:3], nil
		return m
	}},
	{"patient-todo", func(b view.Base) view.Screen {
		p := view.PatientPage{Frame: centre(b, view.PlacePatients), ID: "3", Pseudonym: pseudonym, CaseNote: "F-1042", Since: at(200, 0, 0)}
		p.Work = workList(b).Rows[:2]
		p.Work[0].Open = true
		p.Team = view.TeamNotes{May: true, List: []view.TeamNote{
			{ID: "n2", Text: in(b, "Call the mother, not the father.\nShe works at night.", "Die Mutter anrufen, nicht den Vater.\nSie arbeitet nachts."), You: true, At: at(2, 11, 5),
				Old: []view.TeamNote{{ID: "n1", Text: in(b, "Call the mother.", "Die Mutter anrufen."), By: sommer(b), At: at(3, 9, 0)}}},
			{ID: "n0", Text: in(b, "Port was taken out in 2024.", "Port wurde 2024 entfernt."), By: sommer(b), At: at(40, 15, 30)}}}
		return p
	}},
	{"patient-note-corrected", func(b view.Base) view.Screen {
		p := view.PatientPage{Frame: centre(b, view.PlacePatients), ID: "3", Pseudonym: pseudonym, Since: at(200, 0, 0)}
		text := in(b, "Port was taken out in 2024.", "Port wurde 2024 entfernt.")
		p.Team = view.TeamNotes{May: true, List: []view.TeamNote{{ID: "n0", Text: text, By: sommer(b), At: at(40, 15, 30)}}, Editing: "n0", Text: text}
		return p
	}},
	{"limits", func(b view.Base) view.Screen {
		return view.Limits{Frame: centre(b, view.PlaceWork), Fields: limitFields(map[worklist.Limit]string{worklist.MessageHours: "24"})}
	}},
	{"limits-of-one", func(b view.Base) view.Screen {
		return view.Limits{Frame: centre(b, view.PlacePatients), Patient: "3", Pseudonym: pseudonym, Fields: limitFields(map[worklist.Limit]string{worklist.StockDays: "200"}),
			Problems: []view.Problem{{Field: view.LimitName(worklist.StockDays), Key: lang.ProblemLimit, Args: []string{"min", "1", "max", "90"}}}}
	}},
}

func sommer(b view.Base) string { return in(b, "Dr Birte Sommer", "Dr. Birte Sommer") }

func limitFields(typed map[worklist.Limit]string) (out []view.LimitField) {
	for _, x := range worklist.Bounds {
		out = append(out, view.LimitField{Bound: x, Value: typed[x.Limit], Below: x.Default})
	}
	return out
}

// workList has an item of each kind.
func workList(b view.Base) view.WorkList {
	f := centre(b, view.PlaceWork)
	row := func(patient int, k worklist.Kind, u worklist.Urgency, since time.Time) view.WorkRow {
		r := view.WorkRow{ID: strconv.Itoa(patient) + "." + worklist.Ref{Kind: k, What: string(rune('a' + k))}.String(), Patient: strconv.Itoa(patient), Kind: k, Urgency: u, Since: since, Product: "Advate"}
		r.Pseudonym = []string{pseudonym, "8MD-K2RV-5HPC", "C4T-9YWE-2NKQ", "R2H-M8XD-7VBP", "5JN-WQ3T-K6AY"}[patient%5]
		r.CaseNote = []string{"F-1042", "F-0977", "", in(b, "F-1120, study B", "F-1120, Studie B"), "F-1131"}[patient%5]
		return r
	}
	list := []view.WorkRow{
		row(1, worklist.RedFlag, worklist.Now, at(0, 16, 55)),
		row(2, worklist.NoRelief, worklist.Now, at(0, 8, 10)),
		row(3, worklist.LotUsed, worklist.Now, at(0, 7, 40)),
		row(4, worklist.Reaction, worklist.Now, at(1, 19, 15)),
		row(1, worklist.NewBleed, worklist.Today, at(0, 11, 30)),
		row(2, worklist.NewBleed, worklist.Today, at(1, 18, 15)),
		row(5, worklist.LotUsed, worklist.Today, at(2, 6, 30)),
		row(3, worklist.Message, worklist.Today, at(1, 21, 4)),
		row(4, worklist.TargetJoint, worklist.Today, at(0, 0, 0)),
		row(5, worklist.Missed, worklist.Today, at(6, 7, 0)),
		row(6, worklist.Stock, worklist.Soon, at(1, 7, 0)),
		row(7, worklist.Stock, worklist.Soon, at(3, 7, 0)),
		row(8, worklist.NoAnswer, worklist.Soon, at(1, 9, 20)),
		row(9, worklist.Silence, worklist.Soon, at(33, 20, 0)),
		row(10, worklist.Silence, worklist.Soon, at(40, 12, 0)),
		row(11, worklist.YearlyCheck, worklist.Soon, at(2, 0, 0)),
		row(12, 200, worklist.Soon, at(2, 0, 0)),
	}
	list[0].Places = []diary.Place{diary.Place(diary.SkullInside) << 2}
	list[1].Places = []diary.Place{diary.LeftKnee}
	list[1].Hand = &view.WorkSay{Act: worklist.Opened, By: sommer(b), At: at(0, 9, 2)}
	list[2].Recall, list[2].N, list[2].Batch = true, 3, "TH24-0917"
	list[3].Text = in(b, "rash on both arms", "Ausschlag an beiden Armen")
	list[4].Places = []diary.Place{diary.RightElbow, diary.LeftAnkle}
	list[4].Hand = &view.WorkSay{Act: worklist.Answered, You: true, At: at(0, 12, 40)}
	list[5].Places, list[5].Again = []diary.Place{diary.LeftKnee}, true
	list[6].Batch, list[6].N = "TH23-0411", 1
	list[7].N, list[7].Text = 2, in(b, "Done. How long before I can run again? The knee is still warm in the evening, and on Saturday there is a match that I would not like to miss if it can be helped at all.",
		"Erledigt. Wann darf ich wieder laufen? Das Knie ist abends noch warm, und am Samstag ist ein Spiel, das ich nur ungern auslassen würde, wenn es sich irgendwie vermeiden lässt.")
	list[8].Places = []diary.Place{diary.LeftKnee}
	list[9].N = 3
	list[10].N = 9
	list[11].Reserve = true
	list[12].Places = []diary.Place{diary.LeftKnee}
	list[13].N = 33
	list[14].ID = "10." + worklist.Ref{Kind: worklist.Silence, What: "never"}.String()
	done := []view.WorkRow{row(1, worklist.Message, worklist.Today, at(2, 9, 0)), row(2, worklist.Stock, worklist.Soon, at(5, 9, 0)), row(3, worklist.Missed, worklist.Soon, at(9, 9, 0))}
	done[0].N, done[0].Fate = 1, &view.WorkSay{Act: worklist.Snoozed, By: sommer(b), At: at(1, 10, 0), Until: at(-2, 0, 0), Note: in(b, "after the visit", "nach dem Besuch")}
	done[1].N, done[1].Fate = 12, &view.WorkSay{Act: worklist.Closed, You: true, At: at(1, 15, 0), Reason: worklist.Called, Note: in(b, "prescription is in the post", "Rezept ist unterwegs")}
	done[2].N, done[2].Fate = 1, &view.WorkSay{Act: worklist.Closed, At: at(3, 15, 0), Reason: worklist.NotNeeded}
	f.Work = 10
	return view.WorkList{Frame: f, CentreName: centreName(b), Rows: list, Total: len(list), Done: done, Patients: 12}
}
