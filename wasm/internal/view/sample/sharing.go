package sample

import (
	"strings"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/view"
)

// Sharing a diary with a centre: the words, the agreement, what the centre says.
var sharingCases = []Case{
	{"join", func(b view.Base) view.Screen {
		return view.Join{Base: b, Agreeing: agreeing(b, says(b)), Expires: at(-6, 12, 0)}
	}},
	{"join-problems", func(b view.Base) view.Screen {
		m := view.Join{Base: b, Agreeing: agreeing(b, sharing.Information{Responsible: says(b).Responsible}), Expires: at(-6, 12, 0)}
		m.Problems = []view.Problem{{Field: view.FieldSignatory, Key: lang.ProblemShareWho}, {Field: view.FieldAgree, Key: lang.ProblemShareTick}}
		return m
	}},
	{"share-form", func(b view.Base) view.Screen {
		return view.ShareForm{Frame: patient(b, view.PlaceCentre), Agreeing: agreeing(b, says(b)), ID: "2", Why: view.ShareNew}
	}},
	{"share-form-first", func(b view.Base) view.Screen {
		m := view.ShareForm{Frame: patient(b, view.PlaceCentre), Agreeing: agreeing(b, sharing.Information{}), ID: "2", Why: view.ShareFirst}
		m.By, m.Problems = view.ForChild, []view.Problem{{Field: view.FieldAgree, Key: lang.ProblemShareWords}}
		return m
	}},
	{"sharing", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.Agreed = m.Agreed[:1]
		return m
	}},
	{"sharing-changed", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.Changed, m.Number, m.Says[2].New, m.Says[4].Text, m.Says[4].New = true, 2, true, "", true
		return m
	}},
	{"sharing-first", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.Agreed, m.Says, m.Ask = nil, nil, view.ShareFirst
		return m
	}},
	{"sharing-helper", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.Helper, m.May = true, false
		m.Agreed[0].You, m.Agreed[0].Name = false, in(b, "Grandma Ilse", "Oma Ilse")
		return m
	}},
	{"sharing-left", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.May, m.Over = false, &view.Parting{At: at(1, 9, 12)}
		return m
	}},
	{"sharing-patient", func(b view.Base) view.Screen {
		m := sharingPage(b)
		m.Frame, m.ID, m.Pseudonym, m.CaseNote, m.May, m.Says = centre(b, view.PlacePatients), "p6", "T9C-4EHR-8DZM", "F-0815", false, nil
		return m
	}},
	{"sharing-patient-none", func(b view.Base) view.Screen {
		return view.SharingPage{Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM"}
	}},
	{"today-share", func(b view.Base) view.Screen {
		last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
		return view.Today{Frame: patient(b, view.PlaceToday), EntriesEver: 132, Days: fortnight(), Last: &last, Recent: []view.Entry{last},
			Share:   []view.ShareNote{{ID: "2", Centre: centreName(b), Why: view.ShareFirst}, {ID: "3", Centre: in(b, "Harbour Clinic", "Hafenklinik")}},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12)}}}
	}},
	{"information-form", func(b view.Base) view.Screen {
		return view.InformationForm{Frame: centre(b, view.PlaceSettings)}
	}},
	{"information-form-problems", func(b view.Base) view.Screen {
		s := says(b)
		s.Keeping = ""
		return view.InformationForm{Frame: centre(b, view.PlaceSettings), Says: s, Number: 3, Said: at(40, 8, 0), Problems: []view.Problem{{Field: view.FieldSaysGround, Key: lang.ProblemLong, Args: []string{"n", "12"}}}}
	}},
	{"settings-centre-information", func(b view.Base) view.Screen {
		s := says(b)
		s.Officer, s.Keeping = "", ""
		return view.Settings{Frame: centre(b, view.PlaceSettings), OwnID: centreName(b), Version: "0.1.0", Relay: "vialog.example", Says: s, SaysNumber: 3, Said: at(40, 8, 0)}
	}},
	{"settings-centre-nurse", func(b view.Base) view.Screen {
		f := centre(b, view.PlaceSettings)
		f.Team = view.TeamNurse
		return view.Settings{Frame: f, OwnID: centreName(b), Version: "0.1.0", Relay: "vialog.example", Says: says(b), SaysNumber: 1, Said: at(40, 8, 0)}
	}},
	{"leave-centre-agreed", func(b view.Base) view.Screen {
		return view.PartingForm{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: "VK7-3QMW-9TXA", Agreed: at(200, 9, 0)}
	}},
	{"left-receipt-agreed", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: "VK7-3QMW-9TXA",
			Parting: view.Parting{At: at(0, 9, 12), Reason: view.PartingOther, Agreed: at(200, 9, 0), Receipt: "7F3A-09C1-55DE-B210"},
		}
	}},
}

func says(b view.Base) sharing.Information {
	return sharing.Information{
		Responsible: in(b, "University Hospital of Example Town\n1 Hospital Road, Example Town\nrepresented by its board", "Universitätsklinikum Musterstadt\nKlinikweg 1, Musterstadt\nvertreten durch den Vorstand"),
		Contact:     in(b, "+49 30 1234-0, data@hospital.example", "+49 30 1234-0, daten@klinik.example"),
		Officer:     in(b, "Data protection officer, same address, dpo@hospital.example", "Datenschutzbeauftragte, Anschrift wie oben, dsb@klinik.example"),
		Ground:      in(b, "Your agreement (GDPR article 9 (2) a) and the treatment (article 9 (2) h)", "Ihre Zustimmung (DSGVO Artikel 9 Absatz 2 Buchstabe a) und die Behandlung (Buchstabe h)"),
		Keeping:     in(b, "Ten years after the last treatment, as the patient file", "Zehn Jahre nach der letzten Behandlung, wie die Patientenakte"),
	}
}

func agreeing(b view.Base, says sharing.Information) view.Agreeing {
	return view.Agreeing{CentreName: centreName(b), Text: sharing.Text(b.Lang, centreName(b), says), Words: strings.Repeat("0f3c9a5b", 8)}
}

func sharingPage(b view.Base) view.SharingPage {
	m := view.SharingPage{
		Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: pseudonym, Number: 1, Said: at(240, 8, 0), May: true,
		Agreed: []view.Agreed{
			{At: at(20, 18, 5), You: true, By: view.ForMyself, Version: 1, Language: b.Lang.Name(), Receipt: "7F3A-09C1-55DE-B210", Hash: strings.Repeat("0f3c9a5b", 8), Text: sharing.Text(b.Lang, centreName(b), says(b))},
			{At: at(200, 9, 0), You: true, By: view.ForChild, Version: 1, Language: "fr", Receipt: "21C4-88AF-03B7-6D5E", Hash: strings.Repeat("e1724d88", 8), Text: "# Le journal\nPartagé.\n- tout\n> Centre"},
		},
	}
	for _, x := range says(b).Items() {
		m.Says = append(m.Says, view.Told{Item: x})
	}
	return m
}
