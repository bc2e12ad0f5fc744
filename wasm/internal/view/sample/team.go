package sample

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// The team of a centre, and who has opened which diary.
var team = []Case{
	{"team-alone", func(b view.Base) view.Screen {
		m := staff(b)
		m.List, m.Gone, m.Invites, m.Alone = m.List[:1], nil, nil, true
		return m
	}},
	{"team", func(b view.Base) view.Screen { return staff(b) }},
	{"team-sealing", func(b view.Base) view.Screen {
		m := staff(b)
		m.Invites, m.List, m.Sealing = nil, m.List[:2], view.Sealing{Busy: true, Done: 412, Shared: 1000}
		return m
	}},
	{"team-nurse", func(b view.Base) view.Screen {
		m := staff(b)
		m.Frame.Team, m.You, m.Invites = view.TeamNurse, view.TeamNurse, nil
		m.List[0].You, m.List[2].You, m.List[2].Leaving, m.Leaving = false, true, true, true
		return m
	}},
	{"colleague", func(b view.Base) view.Screen {
		return view.ColleaguePage{Frame: centre(b, view.PlaceSettings), Colleague: staff(b).List[2], Chosen: view.TeamNurse}
	}},
	{"colleague-last-lead", func(b view.Base) view.Screen {
		return view.ColleaguePage{Frame: centre(b, view.PlaceSettings), Colleague: staff(b).List[1], Chosen: view.TeamLead, Problems: []view.Problem{{Field: view.FieldTeamRole, Key: lang.ProblemLastLead}}}
	}},
	{"colleague-remove", func(b view.Base) view.Screen {
		return view.ColleagueRemove{Frame: centre(b, view.PlaceSettings), Colleague: staff(b).List[2], Patients: 1000}
	}},
	{"team-form", func(b view.Base) view.Screen { return view.TeamForm{Frame: centre(b, view.PlaceSettings)} }},
	{"team-form-problems", func(b view.Base) view.Screen {
		return view.TeamForm{Frame: centre(b, view.PlaceSettings), Note: in(b, "Night nurse", "Nachtdienst"), Shown: true, Problems: []view.Problem{
			{Field: view.FieldTeamRole, Key: lang.ProblemEmpty}, {Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"team-link", func(b view.Base) view.Screen { return teamLink(b, view.InviteWaiting) }},
	{"team-link-asking", func(b view.Base) view.Screen { return teamLink(b, view.InviteAsking) }},
	{"team-link-used", func(b view.Base) view.Screen { return teamLink(b, view.InviteUsed) }},
	{"team-link-refused", func(b view.Base) view.Screen {
		m := teamLink(b, view.InviteRevoked)
		m.Refused = true
		return m
	}},
	{"team-join", func(b view.Base) view.Screen {
		return view.TeamJoin{Base: b, CentreName: centreName(b), Inviter: "Dr. Anke Reuter", Role: view.TeamNurse, Expires: at(-6, 12, 0)}
	}},
	{"team-join-problem", func(b view.Base) view.Screen {
		return view.TeamJoin{Base: b, CentreName: centreName(b), Inviter: "Dr. Anke Reuter", Expires: at(-6, 12, 0), Problems: []view.Problem{{Field: view.FieldPersonName, Key: lang.ProblemEmpty}}}
	}},
	{"team-leave", func(b view.Base) view.Screen { return view.TeamLeave{Frame: centre(b, view.PlaceSettings)} }},
	{"team-leave-last", func(b view.Base) view.Screen {
		return view.TeamLeave{Frame: centre(b, view.PlaceSettings), Last: true}
	}},
	{"team-log", func(b view.Base) view.Screen {
		m := log(b)
		m.Found, m.More, m.Lines = 214, true, []view.LogLine{
			{By: "Dr. Anke Reuter", Pseudonym: pseudonym, CaseNote: "K-1042", At: at(0, 9, 12)},
			{By: "S. Yıldız", Pseudonym: pseudonym, CaseNote: "K-1042", At: at(1, 15, 40)},
			{By: "Dr. Jo Lindqvist", Pseudonym: "QM4-7RWX-2KTA", At: at(9, 8, 3)}}
		return m
	}},
	{"team-log-none", func(b view.Base) view.Screen {
		m := log(b)
		m.Who, m.Patient = "k3", view.Finder{Value: "1", Chosen: pseudonym + " (K-1042)"}
		return m
	}},
	{"expelled-team", func(b view.Base) view.Screen {
		return view.Expelled{Frame: centre(b, view.PlacePatients), At: at(1, 18, 40), Unsent: 1, Team: true}
	}},
	{"settings-centre-alone", func(b view.Base) view.Screen {
		return view.Settings{Frame: centre(b, view.PlaceSettings), OwnID: centreName(b), Version: "0.1.0", Relay: "vialog.example", TeamAlone: true, ReviewDue: true}
	}},
	{"patient-page-expelled", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Alarm, f.Expelled, f.ReadOnly = view.AlarmRemoved, true, true
		return view.PatientPage{Frame: f, ID: "1", Pseudonym: pseudonym, CaseNote: "K-1042", Since: at(200, 0, 0), Messages: messages(b, false)}
	}},
	{"patient-page-reader", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Team, f.ReadOnly = view.TeamReader, true
		return view.PatientPage{Frame: f, ID: "1", Pseudonym: pseudonym, CaseNote: "K-1042", Since: at(200, 0, 0), Messages: messages(b, false)}
	}},
}

func staff(b view.Base) view.Team {
	return view.Team{
		Frame: centre(b, view.PlaceSettings), CentreName: centreName(b), You: view.TeamLead,
		List: []view.Colleague{
			{ID: "k1", Name: "Dr. Anke Reuter", Role: view.TeamLead, Since: at(800, 9, 0), Heard: at(0, 9, 12), Devices: 2, You: true},
			{ID: "k2", Name: "Dr. Jo Lindqvist", Role: view.TeamLead, Since: at(700, 9, 0), Heard: at(2, 16, 30), Devices: 1},
			{ID: "k3", Name: "S. Yıldız", Role: view.TeamNurse, Since: at(120, 9, 0), Heard: at(1, 15, 40), Devices: 1},
			{ID: "k4", Name: in(b, "Quality assurance", "Qualitätssicherung"), Role: view.TeamReader, Since: at(3, 9, 0), Devices: 1, Leaving: true},
		},
		Gone: []view.Colleague{{ID: "k5", Name: "Dr. Pia Sandoval", Left: at(40, 18, 0)}},
		Invites: []view.TeamInvite{
			{ID: "i1", Note: in(b, "Night nurse", "Nachtdienst"), Role: view.TeamNurse, State: view.InviteAsking, Expires: at(-6, 12, 0)},
			{ID: "i2", Role: view.TeamDoctor, Expires: at(-5, 12, 0)}},
	}
}

func teamLink(b view.Base, st view.InviteState) view.TeamLink {
	return view.TeamLink{
		Frame: centre(b, view.PlaceSettings), Role: view.TeamNurse, PersonLink: view.PersonLink{
			ID: "i1", State: st, Note: in(b, "Night nurse", "Nachtdienst"), QR: Code(link), URL: link, Code: typable, Expires: at(-6, 12, 0),
			Name: "S. Yıldız", Check: "482913",
		},
	}
}

func log(b view.Base) view.TeamLog {
	return view.TeamLog{
		Frame: centre(b, view.PlaceSettings), People: []view.Choice{{Value: "k1", Label: "Dr. Anke Reuter"}, {Value: "k3", Label: "S. Yıldız"}},
		Patient: view.Finder{Find: "k-1", Match: 12, Matches: []view.Choice{{Value: "1", Label: pseudonym + " (K-1042)"}, {Value: "2", Label: "QM4-7RWX-2KTA (K-1377)"}}},
	}
}
