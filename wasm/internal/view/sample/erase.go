package sample

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

var erase = []Case{
	{"erase", func(b view.Base) view.Screen { return view.Erase{Frame: patient(b, view.PlaceSettings)} }},
	{"erase-centre", func(b view.Base) view.Screen { return view.Erase{Frame: patient(b, view.PlaceSettings), Centre: true} }},
	{"erase-others", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Helper = true
		return view.Erase{Frame: f, Others: true}
	}},
	{"erase-ask", func(b view.Base) view.Screen {
		return view.Erase{Frame: patient(b, view.PlaceSettings), Asking: true}
	}},
	{"erase-wrong", func(b view.Base) view.Screen {
		return view.Erase{Frame: patient(b, view.PlaceSettings), Asking: true, Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"erase-waits", func(b view.Base) view.Screen {
		return view.Erase{Frame: patient(b, view.PlaceSettings), Erased: &view.Erased{At: at(0, 8, 0)}}
	}},
	{"erase-done", func(b view.Base) view.Screen {
		return view.Erase{Frame: patient(b, view.PlaceSettings), Erased: &view.Erased{At: at(0, 8, 0), Done: at(0, 8, 1), Device: in(b, "Phone", "Telefon")}}
	}},
	{"erase-no", func(b view.Base) view.Screen {
		return view.Erase{Frame: patient(b, view.PlaceSettings), Erased: &view.Erased{At: at(0, 8, 0), No: true}}
	}},
	{"erase-carer", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Helper = true
		return view.Erase{Frame: f, Erased: &view.Erased{At: at(0, 8, 0), Others: true}}
	}},
	{"today-erased", func(b view.Base) view.Screen {
		m := todayWith(b, view.SheetNote{}).(view.Today)
		m.Alarm = view.AlarmErased
		return m
	}},
}
