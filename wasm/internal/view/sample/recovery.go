package sample

import (
	"strings"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

func todayWith(b view.Base, n view.SheetNote) view.Screen {
	f := patient(b, view.PlaceToday)
	f.Sheet = n
	last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
	return view.Today{Frame: f, Planned: true, EntriesEver: 132, HasBleeds: true, LastBleed: at(8, 18, 0), Days: fortnight(8), Last: &last,
		Recent: []view.Entry{last}, Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12)}}}
}

func drill(b view.Base, p ...view.Problem) view.Drill {
	return view.Drill{Frame: patient(b, view.PlaceSettings), Ask: [2]int{7, 19}, Problems: p}
}

// Recovery and the drill.
var recovery = []Case{
	{"today-restored", func(b view.Base) view.Screen {
		m := todayWith(b, view.SheetNote{Matter: view.SheetUsedHere}).(view.Today)
		m.Alarm, m.Restored = view.AlarmUnconfirmed, at(0, 8, 0)
		return m
	}},
	{"today-sheet-used", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetUsed, At: at(1, 22, 10), Device: strings.Repeat("3c", 32)})
	}},
	{"today-sheet-used-gone", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetUsed, At: at(1, 22, 10), Device: strings.Repeat("3c", 32), Gone: true})
	}},
	{"today-drill", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetDue, At: at(190, 0, 0)})
	}},
	{"today-sheet-lost", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetLost, At: at(3, 0, 0)})
	}},
	{"today-sheet-exposed", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetExposed, At: at(1, 0, 0)})
	}},
	{"today-sheet-waiting", func(b view.Base) view.Screen {
		return todayWith(b, view.SheetNote{Matter: view.SheetWaiting})
	}},
	{"patients-restored", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Sheet = view.SheetNote{Matter: view.SheetUsedHere}
		f.Alarm, f.Restored = view.AlarmUnconfirmed, at(0, 8, 0)
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"sheet-after-restore", func(b view.Base) view.Screen {
		return view.Sheet{Base: b, Words: words, QR: Code("VIALOG1:" + pseudonym + pseudonym + pseudonym), Whose: pseudonym, Made: Now, Later: true, Instead: true, Used: true}
	}},
	{"sheet-instead", func(b view.Base) view.Screen {
		return view.Sheet{Base: b, Words: words, QR: Code("VIALOG1:" + pseudonym + pseudonym + pseudonym), Whose: centreName(b), Made: Now, Later: true, Centre: true, Instead: true}
	}},
	{"recovery", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Found: view.SheetTwoWords, FoundAt: at(14, 0, 0)}
	}},
	{"recovery-unmade", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings)}
	}},
	{"recovery-next", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Found: view.SheetNotFound, FoundAt: at(1, 0, 0), Next: true}
	}},
	{"recovery-restored", func(b view.Base) view.Screen {
		return view.Recovery{Frame: centre(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Next: true, Restored: true}
	}},
	{"recovery-placing", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Found: view.SheetWhole, FoundAt: at(30, 0, 0), Next: true, Placing: true}
	}},
	{"recovery-placing-offline", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Link = view.Offline
		return view.Recovery{Frame: f, Made: true, Since: at(200, 0, 0), Next: true, Placing: true, Offline: true}
	}},
	{"recovery-exposed", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Found: view.SheetWhole, FoundAt: at(30, 0, 0), Exposed: at(1, 0, 0)}
	}},
	{"recovery-stuck", func(b view.Base) view.Screen {
		return view.Recovery{Frame: patient(b, view.PlaceSettings), Made: true, Since: at(200, 0, 0), Stuck: true, Thief: true, Exposed: at(1, 0, 0),
			Older: []string{in(b, "Mother’s phone", "Handy von Mama"), b.Lang.T(lang.SheetDeviceUnnamed, "date", b.Lang.Date(at(300, 0, 0)))}}
	}},
	{"drill", func(b view.Base) view.Screen { return drill(b) }},
	{"drill-wrong", func(b view.Base) view.Screen {
		return drill(b, view.Problem{Field: view.FieldWordA, Key: lang.ProblemWord, Args: []string{"n", "7"}})
	}},
	{"drill-whole", func(b view.Base) view.Screen {
		m := drill(b, view.Problem{Field: view.FieldSheetWords, Key: lang.ProblemSheetWordLike, Args: []string{"n", "4", "word", "gahter", "like", "gather"}})
		m.Ask, m.Words = [2]int{}, strings.Join(words[:], " ")
		return m
	}},
	{"again", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Alarm = view.AlarmForked
		return view.Again{Frame: f, Unsent: 2}
	}},
	{"again-offline", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Alarm, f.Link = view.AlarmForked, view.Offline
		f.Notice = &view.Notice{Key: lang.AgainOffline, Bad: true}
		return view.Again{Frame: f}
	}},
	{"welcome-sheet-gone", func(b view.Base) view.Screen {
		return view.Welcome{Base: b, OffersSheet: true, Words: strings.Join(words[:], " "), Problems: []view.Problem{{Field: view.FieldSheetWords, Key: lang.ProblemSheetGone}}}
	}},
}
