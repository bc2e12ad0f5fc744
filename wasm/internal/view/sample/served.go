package sample

import (
	"strings"
	"time"

	"vialog/wasm/internal/view"
)

// What runs here, what the server sends, and what people can do themselves.
var servedFiles = []Case{
	{"safety", func(b view.Base) view.Screen {
		return view.Safety{Frame: patient(b, view.PlaceSettings), LockHidden: 2 * time.Minute, LockAfter: 10 * time.Minute, Relay: "vialog.example.org"}
	}},
	{"safety-centre", func(b view.Base) view.Screen {
		return view.Safety{Frame: centre(b, view.PlaceSettings), LockHidden: 2 * time.Minute, LockAfter: 10 * time.Minute, Relay: "vialog.example.org"}
	}},
	{"version", func(b view.Base) view.Screen {
		m := version(patient(b, view.PlaceSettings), view.FilesSame)
		m.Loaded, m.Compared = 5, 9
		return m
	}},
	{"version-checking", func(b view.Base) view.Screen {
		m := version(patient(b, view.PlaceSettings), view.FilesChecking)
		m.Hash = ""
		return m
	}},
	{"version-newer", func(b view.Base) view.Screen {
		m := version(patient(b, view.PlaceSettings), view.FilesNewer)
		m.Newer, m.Ready = "2027.3", true
		return m
	}},
	{"version-unsigned", func(b view.Base) view.Screen {
		m := version(centre(b, view.PlaceSettings), view.FilesNoSigner)
		m.Signer, m.SignerKey = "", ""
		return m
	}},
	{"version-unreachable", func(b view.Base) view.Screen {
		m := version(patient(b, view.PlaceSettings), view.FilesUnreachable)
		m.Hash = ""
		return m
	}},
	{"version-wrong", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Alarm = view.AlarmFiles
		m := version(f, view.FilesWrong)
		m.Hash = ""
		return m
	}},
	{"version-old", func(b view.Base) view.Screen { return version(patient(b, view.PlaceSettings), view.FilesOld) }},
	{"version-changed", func(b view.Base) view.Screen {
		f := centre(b, view.PlaceSettings)
		f.Alarm = view.AlarmFiles
		m := version(f, view.FilesChanged)
		m.Differ = []string{"/index.html", "/sw.js"}
		return m
	}},
	{"fatal-older", func(b view.Base) view.Screen { return view.Fatal{Base: b, Fault: view.FaultOlder, Detail: "11"} }},
	{"fatal-signer", func(b view.Base) view.Screen { return view.Fatal{Base: b, Fault: view.FaultSigner} }},
}

func version(f view.Frame, s view.FilesState) view.ThisVersion {
	return view.ThisVersion{
		Frame: f, Name: "2027.1", Number: 12, PolicyNo: 2, Signer: "vialog.example.org", SignerKey: "vialog.example.org+0f3c9a51+AVqq0vE3XyPZ7mQ2b8u4kJ5sC9dH1wT6nR0oL7iG3eYx",
		Origin: "https://diary.example.org", State: s, Hash: strings.Repeat("7df656def2fe25b0", 4), Date: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC),
	}
}
