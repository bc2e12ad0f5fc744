package sample

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Scanning codes: the scanner stands over the form of a treatment.
var scanning = []Case{
	{"scan-starting", func(b view.Base) view.Screen { return scanner(b, view.Scanner{}) }},
	{"scan-looking", func(b view.Base) view.Screen { return scanner(b, view.Scanner{Camera: view.CameraOn}) }},
	{"scan-slow", func(b view.Base) view.Screen { return scanner(b, view.Scanner{Camera: view.CameraSlow}) }},
	{"scan-other-code", func(b view.Base) view.Screen {
		return scanner(b, view.Scanner{Camera: view.CameraOn, Problem: &view.Problem{Key: lang.ScanNotMedicine}})
	}},
	{"scan-paused", func(b view.Base) view.Screen { return scanner(b, view.Scanner{Camera: view.CameraPaused}) }},
	{"scan-refused", func(b view.Base) view.Screen { return scanner(b, view.Scanner{Camera: view.CameraRefused}) }},
	{"scan-picture", func(b view.Base) view.Screen {
		return scanner(b, view.Scanner{Camera: view.CameraNone, Reading: true})
	}},
	{"scan-typed-wrong", func(b view.Base) view.Screen {
		return scanner(b, view.Scanner{Camera: view.CameraBusy, Typed: "PZN 03752865", Problem: &view.Problem{Key: lang.ScanCheck}})
	}},
}

func scanner(b view.Base, s view.Scanner) view.Screen {
	f := patient(b, view.PlaceRecord)
	f.Scanner = &s
	return view.TreatmentForm{Frame: f, Products: products(), Product: "p.advate", Unit: diary.UnitIU, Sites: diary.SitesFor(diary.RouteVein),
		Amount: b.Lang.Int(1500), Date: "2026-11-23", Time: "17:40", Lots: []view.LotField{{}}}
}
