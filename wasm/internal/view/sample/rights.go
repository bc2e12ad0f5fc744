package sample

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

func wish(b view.Base, s view.RestrictState) view.Restriction {
	r := view.Restriction{
		ID: "3f52", At: at(20, 19, 4), Why: 1, From: diary.Date{Year: 2026, Month: 5, Day: 1}, To: diary.Date{Year: 2026, Month: 7, Day: 31}, State: s, Due: at(-10, 19, 4),
		Words: in(b, "The batches of those weeks were mixed up at the pharmacy.", "Die Chargen dieser Wochen wurden in der Apotheke verwechselt."), Receipt: "3F52-90C1-7AE4-02BD",
	}
	if s != view.RestrictAsked {
		r.Said, r.By = at(12, 8, 40), "Dr. Anke Reuter"
	}
	switch s {
	case view.RestrictEnding:
		r.Answer, r.Ends = in(b, "We have looked into it with the pharmacy. The batches are right now.", "Wir haben es mit der Apotheke geprüft. Die Chargen stimmen jetzt."), at(-2, 8, 40)
	case view.RestrictRefused:
		r.Answer = in(b, "We need the doses of the last weeks to treat you. Please call us.", "Wir brauchen die Dosen der letzten Wochen, um Sie zu behandeln. Bitte rufen Sie uns an.")
	case view.RestrictBack:
		r.By = ""
	}
	return r
}

func wishes(b view.Base) []view.Restriction {
	all := wish(b, view.RestrictRefused)
	all.ID, all.From, all.To, all.Why, all.Words, all.Receipt = "77aa", diary.Date{}, diary.Date{}, 4, "", "77AA-01BC-5512-EE90"
	old := wish(b, view.RestrictBack)
	old.ID, old.To, old.Words = "90bb", diary.Date{}, ""
	return []view.Restriction{wish(b, view.RestrictEnding), all, old}
}

func restricted(b view.Base) view.PatientPage {
	p := patientPage(b)
	p.Figures, p.OpenBleeds, p.Photos, p.PhotosMore, p.Days, p.More = nil, nil, nil, 0, p.Days[:1], false
	p.Restrict = view.RestrictHere{Any: true, Holds: true}
	return p
}

var rights = []Case{
	{"restrict", func(b view.Base) view.Screen {
		return view.Restrictions{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), List: wishes(b)}
	}},
	{"restrict-none", func(b view.Base) view.Screen {
		return view.Restrictions{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b)}
	}},
	{"restrict-over", func(b view.Base) view.Screen {
		return view.Restrictions{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Over: true, List: []view.Restriction{wish(b, view.RestrictInForce)}}
	}},
	{"restrict-form", func(b view.Base) view.Screen {
		return view.RestrictForm{Frame: patient(b, view.PlaceCentre), Centre: centreName(b), Span: view.SpanAll}
	}},
	{"restrict-form-problems", func(b view.Base) view.Screen {
		return view.RestrictForm{Frame: patient(b, view.PlaceCentre), Centre: centreName(b), Span: view.SpanDays, Problems: []view.Problem{
			{Field: view.FieldRestrictFirst, Key: lang.ProblemRestrictDays}, {Field: view.FieldRestrictWhy, Key: lang.ProblemChoose}}}
	}},
	{"restrict-centre", func(b view.Base) view.Screen {
		asked, force := wish(b, view.RestrictAsked), wish(b, view.RestrictInForce)
		force.ID, force.Why = "41cd", 3
		return view.Restrictions{Frame: centre(b, view.PlacePatients), ID: "p1", Centre: centreName(b), Pseudonym: pseudonym, CaseNote: "F-1042", List: append([]view.Restriction{asked, force}, wishes(b)...)}
	}},
	{"restrict-centre-over", func(b view.Base) view.Screen {
		return view.Restrictions{Frame: centre(b, view.PlacePatients), ID: "p1", Centre: centreName(b), Pseudonym: pseudonym, Over: true, List: []view.Restriction{wish(b, view.RestrictInForce)}}
	}},
	{"restrict-answer", func(b view.Base) view.Screen {
		return view.RestrictAnswer{Frame: centre(b, view.PlacePatients), Restriction: wish(b, view.RestrictAsked), Pseudonym: pseudonym, Chosen: view.AnswerNo,
			Problems: []view.Problem{{Field: view.FieldRestrictReply, Key: lang.ProblemEmpty}}}
	}},
	{"restrict-answer-again", func(b view.Base) view.Screen {
		return view.RestrictAnswer{Frame: centre(b, view.PlacePatients), Restriction: wish(b, view.RestrictRefused), Pseudonym: pseudonym}
	}},
	{"restrict-end", func(b view.Base) view.Screen {
		return view.RestrictAnswer{Frame: centre(b, view.PlacePatients), Restriction: wish(b, view.RestrictInForce), Pseudonym: pseudonym}
	}},
	{"restrict-show", func(b view.Base) view.Screen {
		return view.RestrictShow{Frame: centre(b, view.PlacePatients), Pseudonym: pseudonym, Why: "2"}
	}},
	{"patient-restricted", func(b view.Base) view.Screen { return restricted(b) }},
	{"patient-restrict-asked", func(b view.Base) view.Screen {
		p := patientPage(b)
		p.Restrict = view.RestrictHere{Any: true, Asked: true, Due: at(-10, 19, 4)}
		return p
	}},
	{"patient-bared", func(b view.Base) view.Screen {
		p := restricted(b)
		p.Restrict.Bared = at(0, 19, 30)
		return p
	}},
	{"withheld", func(b view.Base) view.Screen {
		return view.Withheld{Frame: centre(b, view.PlacePatients), ID: "p1", Pseudonym: pseudonym}
	}},
	{"centre-restricted", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Messages: messages(b, true), Centres: []view.CentreLink{{ID: "c1", Name: centreName(b), Pseudonym: pseudonym,
			State: view.CentreConnected, Since: at(200, 0, 0), SeenUntil: at(0, 9, 12), Restrict: b.Lang.T(lang.RestrictIsForce)}}}
	}},
	{"today-restriction", func(b view.Base) view.Screen {
		m := todayWith(b, view.SheetNote{}).(view.Today)
		m.Restrict = []view.RestrictNews{
			{ID: "2", Centre: centreName(b), State: view.RestrictEnding, Ends: at(-9, 0, 0)}, {ID: "3", Centre: in(b, "Clinic South", "Klinik Süd"), State: view.RestrictRefused},
			{ID: "4", Centre: in(b, "Clinic West", "Klinik West"), State: view.RestrictInForce}}
		return m
	}},
	{"access-restricted", func(b view.Base) view.Screen {
		return view.AccessLog{Frame: patient(b, view.PlaceCentre), CentreName: centreName(b), Since: at(200, 0, 0), Visits: []view.Visit{
			{By: "Dr. Anke Reuter", At: at(0, 9, 12), Why: 2, Words: in(b, "Fall from a ladder", "Sturz von der Leiter")}, {By: "Dr. Anke Reuter", At: at(0, 9, 11)}}}
	}},
	{"team-log-restricted", func(b view.Base) view.Screen {
		m := log(b)
		m.Found, m.Lines = 2, []view.LogLine{
			{By: "Dr. Anke Reuter", Pseudonym: pseudonym, CaseNote: "K-1042", At: at(0, 9, 12), Why: 2, Words: in(b, "Fall from a ladder", "Sturz von der Leiter")},
			{By: "Dr. Anke Reuter", Pseudonym: pseudonym, CaseNote: "K-1042", At: at(0, 9, 11)}}
		return m
	}},
	{"work-restriction", func(b view.Base) view.Screen {
		m := workList(b)
		m.Rows = append([]view.WorkRow{{ID: "1.13.3f52", Patient: "p1", Pseudonym: pseudonym, CaseNote: "F-1042", Kind: worklist.Restriction, Urgency: worklist.Today, Since: at(3, 19, 4), N: 1}}, m.Rows[:2]...)
		m.Total = len(m.Rows)
		return m
	}},
	{"receipts", func(b view.Base) view.Screen {
		name, dose := centreName(b), in(b, "Advate 1,500 IU, 21 Nov 2026", "Advate 1.500 I.E., 21.11.2026")
		centre := []string{name}
		return view.Receipts{Frame: patient(b, view.PlaceSettings), Owner: pseudonym, More: true, List: []view.Receipt{
			{At: at(0, 9, 12), What: lang.ReceiptIsSaved, Args: []string{"what", b.Lang.Label("form.archive"), "size", b.Lang.Bytes(184_320)}, You: true,
				File: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Number: "9A01-77C2-0B1E-55F0"},
			{At: at(1, 18, 2), What: lang.ReceiptIsCorrected, Args: []string{"what", dose}, You: true, Centres: centre, Entry: true, State: view.Queued, Words: in(b, "wrong batch", "falsche Charge"), Number: "11D0-5B6E-A2F3-8874"},
			{At: at(2, 7, 40), What: lang.ReceiptIsTakenBack, Args: []string{"what", dose}, By: in(b, "Mother", "Mutter"), Centres: centre, Entry: true, State: view.Sent, Number: "5522-9E00-13AF-C0DE"},
			{At: at(3, 7, 40), What: lang.ReceiptIsCorrected, Args: []string{"what", b.Lang.T(lang.EntryNote)}, Entry: true, Number: "0F3A-11C4-9921-70AB"},
			{At: at(12, 8, 40), What: lang.ReceiptIsAccepted, By: "Dr. Anke Reuter", ByCentre: true, Centres: centre, Number: "AB12-CD34-EF56-0718"},
			{At: at(20, 19, 4), What: lang.ReceiptIsAsked, Args: []string{"what", b.Lang.T(lang.RestrictAll)}, You: true, Centres: centre, Number: "3F52-90C1-7AE4-02BD"},
			{At: at(40, 12, 0), What: lang.ReceiptIsErased, You: true, Erasing: true, Done: at(40, 12, 1), Number: "6610-2F9B-4C4C-00A1"},
			{At: at(41, 12, 0), What: lang.ReceiptIsReviewed, Number: "DE00-1B9B-4C4C-10A7"},
			{At: at(41, 12, 2), What: lang.ReceiptIsInformed, You: true, Centres: centre, Number: "A7E1-20BC-9F41-8D03"},
			{At: at(41, 12, 3), What: lang.ReceiptIsAgreed, Args: []string{"n", "1"}, You: true, Centres: centre, Number: "77B0-6C1A-E2D9-014F"},
			{At: at(42, 12, 0), What: lang.ReceiptIsErased, You: true, Erasing: true, Number: "0010-2F9B-4C4C-00A1"},
		}}
	}},
	{"receipts-none", func(b view.Base) view.Screen {
		return view.Receipts{Frame: patient(b, view.PlaceSettings), Owner: pseudonym}
	}},
}
