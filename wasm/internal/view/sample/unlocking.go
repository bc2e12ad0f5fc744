package sample

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

var unlocking = []Case{
	{"passphrase-change", func(b view.Base) view.Screen {
		return view.Passphrase{Base: b, Changing: true, Suggested: in(b, "lantern ribbon harbour pepper window saddle", "laterne hafen pfeffer fenster sattel birke"),
			Strength: view.Fair, Lasts: view.Span{N: 40, Unit: view.Years},
			Problems: []view.Problem{{Field: view.FieldOldPassphrase, Key: lang.ProblemPassOld}}}
	}},
	{"passphrase-short-centre", func(b view.Base) view.Screen {
		return view.Passphrase{Base: b, Centre: true, Strength: view.TooWeak, Lasts: view.Span{Unit: view.Moments},
			Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassLength, Args: []string{"n", "10"}}}}
	}},
	{"unlock-passkey", func(b view.Base) view.Screen { return view.Unlock{Base: b, Passkeys: true} }},
	{"unlock-passkey-asking", func(b view.Base) view.Screen { return view.Unlock{Base: b, Passkeys: true, Asking: true} }},
	{"unlock-passkey-gone", func(b view.Base) view.Screen {
		return view.Unlock{Base: b, Passkeys: true, Problems: []view.Problem{{Field: view.FieldPasskey, Key: lang.ProblemPasskeyNot}}}
	}},
	{"unlock-missed", func(b view.Base) view.Screen {
		return view.Unlock{Base: b, Missed: 3, Shown: true, Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"unlocking", func(b view.Base) view.Screen {
		return view.Unlocking{Frame: patient(b, view.PlaceSettings), Able: true, Mine: true, Hidden: hiddens, Idle: idles, Passkeys: []view.Passkey{
			{ID: "a1b2", Name: in(b, "Fingerprint of this phone", "Fingerabdruck dieses Handys"), Added: at(20, 0, 0)},
			{ID: "c3d4", Name: in(b, "Security key", "Sicherheitsschlüssel"), Added: at(3, 0, 0)}}}
	}},
	{"unlocking-none", func(b view.Base) view.Screen {
		return view.Unlocking{Frame: patient(b, view.PlaceSettings), Able: true, Hidden: hiddens, Idle: idles}
	}},
	{"unlocking-unable", func(b view.Base) view.Screen {
		return view.Unlocking{Frame: centre(b, view.PlaceSettings), Hidden: hiddens, Idle: idles}
	}},
	{"unlocking-full", func(b view.Base) view.Screen {
		m := view.Unlocking{Frame: patient(b, view.PlaceSettings), Able: true, Full: true, Hidden: hiddens, Idle: idles}
		for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			m.Passkeys = append(m.Passkeys, view.Passkey{ID: "0" + n, Name: b.Lang.T(lang.PasskeyUnnamed, "n", n), Added: at(20, 0, 0)})
		}
		return m
	}},
	{"passkey", func(b view.Base) view.Screen {
		return view.PasskeyForm{Frame: patient(b, view.PlaceSettings), Name: b.Lang.T(lang.PasskeyUnnamed, "n", "1"), Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"passkey-asking", func(b view.Base) view.Screen {
		return view.PasskeyForm{Frame: patient(b, view.PlaceSettings), Name: in(b, "Fingerprint", "Fingerabdruck"), Proved: true, Asking: true}
	}},
	{"passkey-again", func(b view.Base) view.Screen {
		return view.PasskeyForm{Frame: patient(b, view.PlaceSettings), Name: in(b, "Fingerprint", "Fingerabdruck"), Proved: true,
			Problems: []view.Problem{{Field: view.FieldPasskeyName, Key: lang.ProblemPasskeyCancelled}}}
	}},
	{"forget", func(b view.Base) view.Screen {
		return view.Forget{Frame: patient(b, view.PlaceSettings), Entries: 132, Passkeys: 2, Unsent: 3, NoSheet: true}
	}},
	{"forget-centre", func(b view.Base) view.Screen {
		return view.Forget{Frame: centre(b, view.PlaceSettings), Entries: 5210}
	}},
	{"forgotten", func(b view.Base) view.Screen {
		return view.Forgotten{Base: b, Known: true, Entries: 132, Unsent: 3, Passkeys: 2, At: Now}
	}},
	{"forgotten-locked", func(b view.Base) view.Screen { return view.Forgotten{Base: b, At: Now} }},
	{"fatal-header", func(b view.Base) view.Screen {
		return view.Fatal{Base: b, Fault: view.FaultHeader, Wiping: true, Detail: "vault: header is not readable"}
	}},
}

var (
	hiddens = view.Minutes{Chosen: 5, Choices: []int{1, 5, 15, 30}}
	idles   = view.Minutes{Chosen: 30, Choices: []int{5, 15, 30, 60, 120}}
)
