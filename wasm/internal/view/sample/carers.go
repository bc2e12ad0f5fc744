package sample

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Carers, and a diary that is handed over.
var carers = []Case{
	{"people-none", func(b view.Base) view.Screen {
		return view.People{Frame: patient(b, view.PlaceSettings), List: []view.Person{{ID: "p0", Share: view.ShareOwn, You: true, Keeper: true, Since: at(200, 0, 0), Seen: at(0, 7, 40)}}}
	}},
	{"people", func(b view.Base) view.Screen { return shared(b) }},
	{"people-helper", func(b view.Base) view.Screen {
		m := shared(b)
		m.Frame, m.Invites = helper(b, view.PlaceSettings), nil
		m.List[0].You, m.List[1].You, m.OwnName = false, true, m.List[1].Name
		return m
	}},
	{"people-name-problem", func(b view.Base) view.Screen {
		m := shared(b)
		m.Invites, m.Gone, m.Problems = nil, nil, []view.Problem{{Field: view.FieldPersonName, Key: lang.ProblemEmpty}}
		return m
	}},
	{"people-handed", func(b view.Base) view.Screen {
		m := shared(b)
		m.Handed = []view.HandedOver{{To: "p9", From: in(b, "Mum", "Mama"), ToName: "Lena", Yours: true}, {To: "p8", Done: true}}
		return m
	}},
	{"person", func(b view.Base) view.Screen {
		return view.PersonPage{Frame: patient(b, view.PlaceSettings), Person: oma(b), Chosen: view.ShareCare}
	}},
	{"person-remove", func(b view.Base) view.Screen {
		return view.PersonRemove{Frame: patient(b, view.PlaceSettings), Person: oma(b)}
	}},
	{"carer-form", func(b view.Base) view.Screen { return view.CarerForm{Frame: patient(b, view.PlaceSettings)} }},
	{"carer-form-problems", func(b view.Base) view.Screen {
		return view.CarerForm{Frame: patient(b, view.PlaceSettings), Note: in(b, "Grandma", "Oma"), Shown: true, Problems: []view.Problem{
			{Field: view.FieldRight, Key: lang.ProblemEmpty}, {Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"carer-link", func(b view.Base) view.Screen { return carerLink(b, view.InviteWaiting) }},
	{"carer-link-asking", func(b view.Base) view.Screen { return carerLink(b, view.InviteAsking) }},
	{"carer-link-used", func(b view.Base) view.Screen { return carerLink(b, view.InviteUsed) }},
	{"carer-link-expired", func(b view.Base) view.Screen { return carerLink(b, view.InviteExpired) }},
	{"carer-link-refused", func(b view.Base) view.Screen {
		m := carerLink(b, view.InviteRevoked)
		m.Refused = true
		return m
	}},
	{"carer-link-void", func(b view.Base) view.Screen { return carerLink(b, view.InviteRevoked) }},
	{"carer-join", func(b view.Base) view.Screen { return view.CarerJoin{Base: b, Expires: at(-6, 12, 0)} }},
	{"carer-join-problem", func(b view.Base) view.Screen {
		return view.CarerJoin{Base: b, Expires: at(-6, 12, 0), Problems: []view.Problem{{Field: view.FieldPersonName, Key: lang.ProblemEmpty}}}
	}},
	{"carer-wait", func(b view.Base) view.Screen { return view.CarerWait{Base: b} }},
	{"carer-wait-offline", func(b view.Base) view.Screen { return view.CarerWait{Base: b, Offline: true} }},
	{"carer-check", func(b view.Base) view.Screen { return view.CarerWait{Base: b, Check: "482913"} }},
	{"carer-over", func(b view.Base) view.Screen { return view.CarerWait{Base: b, Over: view.OverDiffer} }},
	{"carer-over-used", func(b view.Base) view.Screen { return view.CarerWait{Base: b, Over: view.OverUsed} }},
	{"handover", func(b view.Base) view.Screen {
		return view.Handover{Frame: patient(b, view.PlaceSettings), Note: "Lena"}
	}},
	{"handed-begun", func(b view.Base) view.Screen {
		m := handed(b)
		m.Known, m.Yours = 1, true
		return m
	}},
	{"handed-ask", func(b view.Base) view.Screen {
		m := handed(b)
		m.Yours, m.Sheet, m.Chosen = true, true, view.ShareRead
		return m
	}},
	{"handed-decided", func(b view.Base) view.Screen {
		m := handed(b)
		m.Frame, m.Sheet, m.Ended, m.Becomes = helper(b, view.PlaceSettings), true, at(0, 12, 10), view.ShareRead
		return m
	}},
	{"handed-over", func(b view.Base) view.Screen {
		m := handed(b)
		m.Yours, m.Sheet, m.Ended, m.Holds = true, true, at(0, 12, 10), true
		return m
	}},
	{"settings-helper", func(b view.Base) view.Screen {
		return view.Settings{Frame: helper(b, view.PlaceSettings), OwnID: pseudonym, Version: "0.1.0", Entries: 132, Bytes: 1_843_000, Persistent: true, LockAfter: 30 * time.Minute, LockHidden: 5 * time.Minute, Relay: "vialog.example"}
	}},
	{"today-reader", func(b view.Base) view.Screen {
		f := helper(b, view.PlaceToday)
		last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
		return view.Today{Frame: f, Planned: true, EntriesEver: 4, Last: &last, Recent: []view.Entry{by(b, knee(b, "e_02", at(1, 18, 15))), treatment(b, "e_01", at(2, 7, 40), view.Seen)},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12)}}, Days: fortnight(1)}
	}},
	{"centre-reader", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: helper(b, view.PlaceCentre), Messages: messages(b, true), Centres: []view.CentreLink{
			{ID: "c1", Name: centreName(b), Pseudonym: pseudonym, State: view.CentreConnected, Since: at(200, 0, 0), SeenUntil: at(0, 9, 12)}}}
	}},
	{"entry-by-carer", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: by(b, knee(b, "e_02", at(1, 3, 15))), MayCorrect: true}
	}},
	{"diary-shared", func(b view.Base) view.Screen {
		list := days(b)
		list[1].Entries[0] = by(b, list[1].Entries[0])
		return view.Diary{Frame: patient(b, view.PlaceDiary), Days: list}
	}},
}

func helper(b view.Base, p view.Place) view.Frame {
	f := patient(b, p)
	f.Helper, f.ReadOnly = true, true
	return f
}

// by makes an entry one of the grandmother's.
func by(b view.Base, e view.Entry) view.Entry {
	e.By = view.Writer{Carer: true, Name: oma(b).Name}
	return e
}

func oma(b view.Base) view.Person {
	return view.Person{ID: "p1", Name: in(b, "Grandma Inge", "Oma Inge"), Share: view.ShareCare, Since: at(40, 0, 0), Seen: at(0, 3, 20), Centres: 2}
}

func shared(b view.Base) view.People {
	return view.People{
		Frame: patient(b, view.PlaceSettings), Centres: 2, OwnName: in(b, "Mum", "Mama"),
		List: []view.Person{
			{ID: "p0", Name: in(b, "Mum", "Mama"), Share: view.ShareOwn, You: true, Keeper: true, Since: at(200, 0, 0), Seen: at(0, 7, 40), Centres: 2},
			oma(b),
			{ID: "p2", Name: in(b, "School nurse Aylin", "Schulkrankenschwester Aylin"), Share: view.ShareCare, Since: at(12, 0, 0), Seen: at(3, 11, 5), Changing: true, Becomes: view.ShareRead, Centres: 2},
			{ID: "p3", Share: view.ShareRead, Since: at(0, 0, 0), Centres: 1},
			{ID: "p4", Name: "Theo", Share: view.ShareRead, Since: at(30, 0, 0), Seen: at(20, 18, 0), Changing: true, Centres: 2},
		},
		Gone:    []view.Person{{ID: "p5", Name: in(b, "Aunt Ruth", "Tante Ruth"), Since: at(120, 0, 0)}},
		Invites: []view.CarerInvite{{ID: "i1", Note: in(b, "Grandpa", "Opa"), Share: view.ShareCare, Expires: at(-6, 12, 0)}, {ID: "i2", Share: view.ShareRead, State: view.InviteAsking, Expires: at(-2, 9, 0)}},
	}
}

func carerLink(b view.Base, s view.InviteState) view.CarerLink {
	return view.CarerLink{
		Frame: patient(b, view.PlaceSettings), Share: view.ShareCare, PersonLink: view.PersonLink{
			ID: "i1", State: s, Note: in(b, "Grandma", "Oma"), QR: Code(link), URL: link, Code: typable, Expires: at(-7, 17, 43),
			Name: in(b, "Grandma Inge", "Oma Inge"), Check: "482913",
		},
	}
}

func handed(b view.Base) view.Handed {
	return view.Handed{
		Frame: patient(b, view.PlaceSettings), From: in(b, "Mum", "Mama"), To: "Lena", FromID: "p0", Begun: at(0, 11, 2), Owns: true, Known: 2, All: 2,
	}
}
