package sample

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// A patient and a centre part: the question, the receipt, and the pages after it.
var parting = []Case{
	{"leave-centre", func(b view.Base) view.Screen {
		return view.PartingForm{Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: "VK7-3QMW-9TXA"}
	}},
	{"discharge", func(b view.Base) view.Screen {
		return view.PartingForm{Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM"}
	}},
	{"died", func(b view.Base) view.Screen {
		return view.DeathForm{Frame: centre(b, view.PlacePatients), ID: "p6", Pseudonym: "T9C-4EHR-8DZM"}
	}},
	{"died-future", func(b view.Base) view.Screen {
		return view.DeathForm{Frame: centre(b, view.PlacePatients), ID: "p6", Pseudonym: "T9C-4EHR-8DZM", Date: "2027-01-01", Problems: []view.Problem{{Field: view.FieldDate, Key: lang.ProblemDeathAhead}}}
	}},
	{"death-date", func(b view.Base) view.Screen {
		return view.DeathForm{Frame: centre(b, view.PlacePatients), ID: "p6", Pseudonym: "T9C-4EHR-8DZM", Date: "2026-11-19", Dating: true}
	}},
	{"died-receipt-unknown", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM",
			Parting: view.Parting{At: at(3, 9, 12), Reason: view.PartingDied, ByCentre: true, By: "Dr. Anna Reuter", Shut: true},
		}
	}},
	{"patient-died", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Over = true
		return view.PatientPage{Frame: f, ID: "p6", Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", State: view.PatientLeft, Since: at(260, 8, 0),
			Parting: &view.Parting{At: at(3, 9, 12), Reason: view.PartingDied, ByCentre: true, Shut: true, Died: diary.Date{Year: 2026, Month: 11, Day: 19}}}
	}},
	{"died-receipt", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815",
			Parting: view.Parting{At: at(3, 9, 12), Reason: view.PartingDied, ByCentre: true, By: "Dr. Anna Reuter", Shut: true, Died: diary.Date{Year: 2026, Month: 11, Day: 19}},
		}
	}},
	{"died-receipt-home", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: "VK7-3QMW-9TXA",
			Parting: view.Parting{At: at(3, 9, 12), Reason: view.PartingDied, ByCentre: true, By: "Dr. Anna Reuter", Shut: true},
		}
	}},
	{"left-receipt", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: patient(b, view.PlaceCentre), ID: "2", Centre: centreName(b), Pseudonym: "VK7-3QMW-9TXA",
			Parting: view.Parting{At: at(0, 9, 12), Reason: view.PartingOther},
		}
	}},
	{"discharged-receipt", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815",
			Parting: view.Parting{At: at(3, 9, 12), Reason: view.PartingMoved, ByCentre: true, By: "Dr. Anna Reuter", Shut: true},
		}
	}},
	{"left-soon", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM", Parting: view.Parting{At: at(0, 9, 12)},
		}
	}},
	{"discharged-soon", func(b view.Base) view.Screen {
		return view.PartingReceipt{
			Frame: centre(b, view.PlacePatients), ID: "p6", Centre: centreName(b), Pseudonym: "T9C-4EHR-8DZM", Parting: view.Parting{At: at(0, 9, 12), ByCentre: true},
		}
	}},
	{"centre-ended", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Centres: []view.CentreLink{{
			ID: "2", Name: centreName(b), Pseudonym: "VK7-3QMW-9TXA", State: view.CentreEnded, Since: at(260, 8, 0),
			Parting: &view.Parting{At: at(3, 9, 12), Reason: view.PartingMoved, ByCentre: true, By: "Dr. Anna Reuter", Shut: true},
		}}, Messages: []view.Message{{ID: "m1", At: at(40, 10, 0), By: "Dr. Anna Reuter", Text: "OK"}}}
	}},
	{"patient-left", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Over = true
		return view.PatientPage{Frame: f, ID: "p6", Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", State: view.PatientLeft, Since: at(260, 8, 0),
			Parting: &view.Parting{At: at(3, 9, 12), Reason: view.PartingOther, Shut: true}}
	}},
}
