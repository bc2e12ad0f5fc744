package sample

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Contact, card and access log.
var contact = []Case{
	{"contact-form", func(b view.Base) view.Screen {
		return view.ContactForm{Frame: centre(b, view.PlaceSettings), Phones: phones(b)}
	}},
	{"contact-form-problems", func(b view.Base) view.Screen {
		p := phones(b)
		p.Emergency = in(b, "ask the porter", "beim Pförtner")
		return view.ContactForm{Frame: centre(b, view.PlaceSettings), Phones: p, Problems: []view.Problem{{Field: view.FieldEmergency, Diary: diary.Letters}}}
	}},
	{"code-form", func(b view.Base) view.Screen {
		return view.CodeForm{Frame: centre(b, view.PlaceSettings)}
	}},
	{"code-form-used", func(b view.Base) view.Screen {
		return view.CodeForm{Frame: centre(b, view.PlaceSettings), Code: "K7QM-4ZDN-2XRV-9HTB", Problems: []view.Problem{{Field: view.FieldCentreCode, Key: lang.ProblemCentreCode}}}
	}},
	{"about", func(b view.Base) view.Screen {
		return view.AboutForm{
			Frame: patient(b, view.PlaceSettings), Diagnosis: diary.DiagnosisA.Key(), Severity: diary.GradeSevere.Key(), Inhibitor: diary.InhibitorPast.Key(),
			Allergies: in(b, "Penicillin", "Penicillin"), Note: in(b, "Port under the right collarbone", "Port unter dem rechten Schlüsselbein"),
			Contacts: in(b, "Aunt, 0170 1234567", "Tante, 0170 1234567"), Phone: "030 1234-0",
		}
	}},
	{"about-empty", func(b view.Base) view.Screen {
		return view.AboutForm{Frame: patient(b, view.PlaceSettings), Phone: "12", Problems: []view.Problem{{Field: view.FieldPhone, Diary: diary.Missing}}}
	}},
	{"access", func(b view.Base) view.Screen {
		return view.AccessLog{Frame: patient(b, view.PlaceCentre), CentreName: centreName(b), Since: at(200, 0, 0), More: true, Visits: []view.Visit{
			{By: "Dr. Anke Reuter", At: at(0, 9, 12)}, {By: "S. Yıldız", At: at(1, 15, 40)}, {At: at(9, 8, 3)}}}
	}},
	{"access-none", func(b view.Base) view.Screen {
		return view.AccessLog{Frame: patient(b, view.PlaceCentre), CentreName: centreName(b)}
	}},
	{"centre-phones", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Messages: messages(b, true), Centres: []view.CentreLink{
			{ID: "c1", Name: centreName(b), Pseudonym: pseudonym, State: view.CentreConnected, Since: at(200, 0, 0), SeenUntil: at(0, 9, 12), Phones: phones(b)}}}
	}},
	{"entry-talk", func(b view.Base) view.Screen {
		list := messages(b, true)
		for i := range list {
			list[i].About = ""
		}
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: ended(knee(b, "e_07", at(40, 9, 30)), at(38, 12, 0)), MayCorrect: true,
			Talk: view.Talk{Messages: list, To: []view.Choice{{Value: "1", Label: centreName(b)}}}}
	}},
	{"entry-talk-two-centres", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: treatment(b, "e_01", at(2, 7, 40), view.Seen), MayCorrect: true,
			Talk: view.Talk{To: []view.Choice{{Value: "1", Label: centreName(b)}, {Value: "2", Label: in(b, "University Hospital Lakeside", "Universitätsklinik Seeblick")}}, Chosen: "2",
				Problems: []view.Problem{{Field: view.FieldText, Key: lang.ProblemEmpty}}}}
	}},
	{"settings-centre-phones", func(b view.Base) view.Screen {
		return view.Settings{Frame: centre(b, view.PlaceSettings), OwnID: centreName(b), Version: "0.1.0", Relay: "vialog.example", Phones: phones(b)}
	}},
}

func phones(b view.Base) view.Phones {
	return view.Phones{
		Phone: "+49 30 1234-0", Emergency: "+49 30 1234-112",
		Hours: in(b, "Monday to Friday, 8 to 16", "Montag bis Freitag, 8 bis 16 Uhr"),
		Note:  in(b, "House 5, second floor", "Haus 5, zweiter Stock"),
	}
}
