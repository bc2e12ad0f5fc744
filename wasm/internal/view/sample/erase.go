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
		return view.Erase{Frame: gone(b), Erased: &view.Erased{At: at(0, 8, 0)}}
	}},
	{"erase-done", func(b view.Base) view.Screen {
		return view.Erase{Frame: gone(b), Erased: &view.Erased{At: at(0, 8, 0), Done: at(0, 8, 1), Device: in(b, "Phone", "Telefon")}}
	}},
	{"erase-no", func(b view.Base) view.Screen {
		return view.Erase{Frame: gone(b), Erased: &view.Erased{At: at(0, 8, 0), No: true}}
	}},
}

func gone(b view.Base) view.Frame {
	f := patient(b, view.PlaceSettings)
	f.Alarm = view.AlarmErased
	return f
}
