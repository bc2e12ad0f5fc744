package sample

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// When keys were renewed, and what a removed device says.
var rotation = []Case{
	{"keys", func(b view.Base) view.Screen {
		return view.Keys{Frame: patient(b, view.PlaceSettings), List: []view.Key{
			{What: lang.KeysHome, At: at(12, 9, 30), Next: at(-18, 9, 30)},
			{Name: centreName(b), At: at(3, 14, 5), Next: at(-27, 14, 5)},
		}}
	}},
	{"keys-under-way", func(b view.Base) view.Screen {
		return view.Keys{Frame: centre(b, view.PlaceSettings), Done: 3, Of: 12, List: []view.Key{
			{What: lang.KeysTeam, At: at(0, 8, 2), Next: at(-30, 8, 2), Lost: true},
			{What: lang.KeysPatients, At: at(22, 11, 0), Next: at(-8, 11, 0)},
		}}
	}},
	{"expelled", func(b view.Base) view.Screen {
		return view.Expelled{Frame: patient(b, view.PlaceToday), At: at(1, 18, 40), Unsent: 2}
	}},
	{"expelled-in-flight", func(b view.Base) view.Screen {
		return view.Expelled{Frame: patient(b, view.PlaceToday), Unsent: 2, Doubtful: 1}
	}},
	{"expelled-nothing-unsent", func(b view.Base) view.Screen {
		return view.Expelled{Frame: centre(b, view.PlacePatients)}
	}},
}
