package sample

import (
	"time"

	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Registries and studies, at a centre and at a patient's.
var studies = []Case{
	{"studies-empty", func(b view.Base) view.Screen {
		return view.Studies{Frame: centre(b, view.PlacePatients), May: true}
	}},
	{"studies", func(b view.Base) view.Screen {
		return view.Studies{Frame: centre(b, view.PlacePatients), List: []view.Study{aStudy(b)}, May: true}
	}},
	{"study-form", func(b view.Base) view.Screen {
		s := aStudy(b)
		return view.StudyForm{Frame: centre(b, view.PlacePatients), Name: s.Name, Recipient: s.Recipient, Problems: []view.Problem{{Field: view.FieldStudyWhat, Key: lang.ProblemEmpty}}}
	}},
	{"study", func(b view.Base) view.Screen { return studyPage(b) }},
	{"study-look", func(b view.Base) view.Screen {
		m := studyPage(b)
		m.Look = &view.ExtractLook{Smallest: 6}
		m.Look.Steps[extract.Full], m.Look.Steps[extract.NoWeight], m.Look.Steps[extract.NoSex], m.Look.Steps[extract.Suppressed] = 21, 12, 8, 3
		return m
	}},
	{"study-few", func(b view.Base) view.Screen {
		m := studyPage(b)
		m.Look, m.Log = &view.ExtractLook{}, nil
		m.Look.Steps[extract.Suppressed] = 3
		return m
	}},
	{"study-nurse", func(b view.Base) view.Screen {
		m := studyPage(b)
		m.May = false
		return m
	}},
	{"studies-ended", func(b view.Base) view.Screen {
		return view.Studies{Frame: centre(b, view.PlacePatients), List: []view.Study{aStudy(b), endedStudy(b)}, May: true}
	}},
	{"study-doctor", func(b view.Base) view.Screen {
		m := studyPage(b)
		m.Lead = false
		return m
	}},
	{"study-ended", func(b view.Base) view.Screen {
		m := studyPage(b)
		m.Study = endedStudy(b)
		return m
	}},
	{"study-end", func(b view.Base) view.Screen {
		return view.StudyEndForm{Frame: centre(b, view.PlacePatients), Study: aStudy(b), Why: endedStudy(b).Ended.Why}
	}},
	{"consents", func(b view.Base) view.Screen {
		return view.Consents{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), List: []view.Consent{{Study: aStudy(b)}, {Study: endedStudy(b), State: view.ConsentYes}}}
	}},
	{"consent", func(b view.Base) view.Screen {
		return view.ConsentPage{Frame: patient(b, view.PlaceCentre), Consent: view.Consent{Study: aStudy(b)}, Centre: centreName(b), May: true}
	}},
	{"consent-given", func(b view.Base) view.Screen {
		return view.ConsentPage{
			Frame: patient(b, view.PlaceCentre), Centre: centreName(b), May: true,
			Consent: view.Consent{
				Study: aStudy(b), State: view.ConsentYes, Noted: true, ByName: "Dr. Anna Reuter", At: at(3, 9, 12), Signed: at(5, 0, 0), Born: 1990, Sex: extract.Male, Receipt: "7F3A-09C1-55DE-B210",
				Remark: "OK", Given: []view.ExtractLine{{At: at(1, 14, 0), By: "Dr. Anna Reuter", First: 2025, Last: 2025}},
			},
		}
	}},
	{"consent-carer", func(b view.Base) view.Screen {
		return view.ConsentPage{Frame: patient(b, view.PlaceCentre), Consent: view.Consent{Study: aStudy(b), State: view.ConsentNo, At: at(3, 9, 12), Own: true}, Centre: centreName(b)}
	}},
	{"consent-ended", func(b view.Base) view.Screen {
		return view.ConsentPage{
			Frame: patient(b, view.PlaceCentre), Centre: centreName(b), May: true,
			Consent: view.Consent{Study: endedStudy(b), State: view.ConsentYes, Own: true, At: at(3, 9, 12), Receipt: "7F3A-09C1-55DE-B210", Given: []view.ExtractLine{{At: at(2, 14, 0), By: "Dr. Anna Reuter", First: 2025, Last: 2025}}},
		}
	}},
	{"consent-ended-centre", func(b view.Base) view.Screen {
		return view.ConsentPage{
			Frame: centre(b, view.PlacePatients), Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", May: true,
			Consent: view.Consent{Study: endedStudy(b), State: view.ConsentYes, Own: true, At: at(3, 9, 12), Named: "X4K-7QMW-9TXA-2HDR-F", Given: []view.ExtractLine{{At: at(2, 14, 0), By: "Dr. Anna Reuter", First: 2025, Last: 2025}}},
		}
	}},
	{"consents-patient", func(b view.Base) view.Screen {
		return view.Consents{Frame: centre(b, view.PlacePatients), ID: "6", Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", List: []view.Consent{{Study: aStudy(b), State: view.ConsentYes}}}
	}},
	{"consent-paper", func(b view.Base) view.Screen {
		return view.ConsentPage{
			Frame: centre(b, view.PlacePatients), Consent: view.Consent{Study: aStudy(b)}, Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", May: true,
			Problems: []view.Problem{{Field: view.FieldSigned, Key: lang.ProblemConsentDate}},
		}
	}},
	{"consent-own", func(b view.Base) view.Screen {
		return view.ConsentPage{Frame: centre(b, view.PlacePatients), Consent: view.Consent{Study: aStudy(b), State: view.ConsentYes, At: at(3, 9, 12), Own: true}, Pseudonym: "T9C-4EHR-8DZM", May: true}
	}},
}

func aStudy(b view.Base) view.Study {
	s := view.Study{
		ID: "00112233445566778899aabbccddeeff", Name: "Haemophilia Registry", Recipient: "Institute for Haemophilia, Example Town", Since: at(40, 10, 0), By: "Dr. Anna Reuter",
		What: "To learn how often people bleed under which treatment.\nThe results are published in tables, never about single people.",
		Yes:  44, No: 3, Silent: 12, Left: 2, Died: 1,
	}
	if b.Lang == lang.German {
		s.Name, s.Recipient = "Hämophilieregister", "Institut für Hämophilie, Musterstadt"
		s.What = "Um zu lernen, wie oft Menschen unter welcher Behandlung bluten.\nDie Ergebnisse erscheinen in Tabellen, nie über einzelne Menschen."
	}
	return s
}

func endedStudy(b view.Base) view.Study {
	s := aStudy(b)
	s.ID, s.Ended = "ffeeddccbbaa99887766554433221100", &view.StudyEnd{At: at(1, 8, 30), By: "Dr. Anna Reuter", Why: in(b, "The study has been evaluated.", "Die Studie ist ausgewertet."), Receipt: "21C4-88AF-03B7-6D5E"}
	return s
}

func studyPage(b view.Base) view.StudyPage {
	return view.StudyPage{
		Frame: centre(b, view.PlacePatients), Study: aStudy(b), May: true, Lead: true, Years: []int{2026, 2025, 2024}, First: 2025, Last: 2025,
		Log: []view.ExtractLine{{At: at(300, 14, 0).Truncate(time.Minute), By: "Dr. Anna Reuter", First: 2024, Last: 2024, Given: 39, Few: 4, Without: 18}},
	}
}
