package sample

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// The devices of one person: the list, one of them, adding and removing.
var devices = []Case{
	{"devices-one", func(b view.Base) view.Screen {
		d := phone(b)
		d.Name, d.Kind = "", view.OtherDevice
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{d}, Most: 32}
	}},
	{"devices", func(b view.Base) view.Screen {
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b), laptop(b), lost(b)}, Most: 32}
	}},
	{"devices-link-open", func(b view.Base) view.Screen {
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b)}, Most: 32, Invite: "i1", Expires: Now.Add(6 * time.Minute)}
	}},
	{"devices-renewing", func(b view.Base) view.Screen {
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b), lost(b)}, Most: 32, Renewed: 2, ToRenew: 3}
	}},
	{"devices-sheet-exposed", func(b view.Base) view.Screen {
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b), lost(b)}, Most: 32, Exposed: at(0, 8, 0)}
	}},
	{"devices-sheet-elsewhere", func(b view.Base) view.Screen {
		return view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b), lost(b)}, Most: 32, Exposed: at(0, 8, 0), Stuck: true}
	}},
	{"devices-shut", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceSettings)
		f.Alarm, f.Expelled, f.ReadOnly = view.AlarmRemoved, true, true
		l := lost(b)
		l.This = true
		p := phone(b)
		p.This, p.Heard = false, at(20, 8, 15)
		return view.Devices{Frame: f, List: []view.Device{p, l}, Most: 32, Shut: true}
	}},
	{"devices-added-elsewhere", func(b view.Base) view.Screen {
		l := lost(b)
		l.News = true
		return view.Devices{Frame: centre(b, view.PlaceSettings), List: []view.Device{phone(b), newcomer(b), l}, Most: 32}
	}},
	{"devices-full", func(b view.Base) view.Screen {
		m := view.Devices{Frame: patient(b, view.PlaceSettings), List: []view.Device{phone(b)}, Most: 32, Full: true}
		for i := range 30 {
			d := laptop(b)
			d.ID, d.Name = "n"+strconv.Itoa(i), in(b, "Computer ", "Rechner ")+strconv.Itoa(i+1)
			m.List = append(m.List, d)
		}
		return m
	}},
	{"device", func(b view.Base) view.Screen {
		d := laptop(b)
		return view.DevicePage{Frame: patient(b, view.PlaceSettings), Device: d, TypedName: d.Name, TypedKind: d.Kind}
	}},
	{"device-this", func(b view.Base) view.Screen {
		return view.DevicePage{Frame: patient(b, view.PlaceSettings), Device: phone(b), TypedKind: view.Phone,
			Problems: []view.Problem{{Field: view.FieldDeviceName, Key: lang.ProblemEmpty}}}
	}},
	{"device-remove", func(b view.Base) view.Screen {
		return view.DeviceRemove{Frame: patient(b, view.PlaceSettings), Device: laptop(b)}
	}},
	{"device-remove-no-sheet", func(b view.Base) view.Screen {
		return view.DeviceRemove{Frame: patient(b, view.PlaceSettings), Device: newcomer(b), SheetMissing: true}
	}},
	{"device-add", func(b view.Base) view.Screen { return view.DeviceAdd{Frame: patient(b, view.PlaceSettings)} }},
	{"device-add-wrong", func(b view.Base) view.Screen {
		return view.DeviceAdd{Frame: patient(b, view.PlaceSettings), Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"device-link", func(b view.Base) view.Screen { return deviceLink(b, view.LinkWaiting) }},
	{"device-link-asking", func(b view.Base) view.Screen { return deviceLink(b, view.LinkAsking) }},
	{"device-link-refused", func(b view.Base) view.Screen { return deviceLink(b, view.LinkRefused) }},
	{"device-link-expired", func(b view.Base) view.Screen { return deviceLink(b, view.LinkExpired) }},
	{"welcome-device", func(b view.Base) view.Screen {
		return view.Welcome{Base: b, OffersAlone: true, OffersSheet: true, DeviceCode: link,
			Problems: []view.Problem{{Field: view.FieldDeviceCode, Key: lang.LinkElsewhere, Args: []string{"host", "diary.example"}}}}
	}},
	{"welcome-device-scan", func(b view.Base) view.Screen {
		return view.Welcome{Base: b, OffersAlone: true, OffersSheet: true,
			Scanner: &view.Scanner{Camera: view.CameraOn, Link: true, Problem: &view.Problem{Key: lang.LinkCentre, Args: []string{"way", b.Lang.T(lang.WelcomeInvited)}}}}
	}},
	{"device-join", func(b view.Base) view.Screen {
		return view.DeviceJoin{Base: b, TypedName: in(b, "Laptop at home", "Laptop daheim"), TypedKind: view.Computer, Expires: Now.Add(7 * time.Minute)}
	}},
	{"device-wait", func(b view.Base) view.Screen { return view.DeviceWait{Base: b} }},
	{"device-wait-offline", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Offline: true} }},
	{"device-check", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Check: "482913"} }},
	{"device-check-offline", func(b view.Base) view.Screen {
		return view.DeviceWait{Base: b, Check: "482913", Offline: true}
	}},
	{"device-over-differ", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Over: view.OverDiffer} }},
	{"device-over-used", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Over: view.OverUsed} }},
	{"device-over-void", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Over: view.OverVoid} }},
	{"device-over-expired", func(b view.Base) view.Screen { return view.DeviceWait{Base: b, Over: view.OverExpired} }},
	{"today-device-added", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.News = []view.Device{newcomer(b)}
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-not-removed", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Vain = []view.Unremoved{{ID: "d2", Name: laptop(b).Name}}
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"patients-not-removed", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Vain = []view.Unremoved{{ID: "a1", Name: in(b, "Dr. Green", "Dr. Grün"), Colleague: true}}
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"patients-device-added", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		d, l := newcomer(b), lost(b)
		d.Sheet, l.News = true, true
		f.News = []view.Device{d, l}
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
}

func phone(b view.Base) view.Device {
	return view.Device{ID: "d1", Name: in(b, "Blue phone", "Blaues Telefon"), Kind: view.Phone, This: true, Added: at(200, 9, 30)}
}

func laptop(b view.Base) view.Device {
	return view.Device{ID: "d2", Name: in(b, "Laptop at home", "Laptop daheim"), Kind: view.Computer, Added: at(90, 19, 5), Heard: at(1, 21, 40), By: phone(b).Name}
}

func newcomer(b view.Base) view.Device {
	return view.Device{ID: "d3", Name: in(b, "My tablet", "Mein Tablet"), Kind: view.Tablet, Added: at(0, 17, 40), By: in(b, "Laptop at home", "Laptop daheim"), News: true}
}

func lost(b view.Base) view.Device {
	return view.Device{ID: "d4", Name: in(b, "Old phone with the cracked screen", "Altes Telefon mit gesprungenem Bildschirm"), Kind: view.Phone, Added: at(300, 12, 0),
		By: phone(b).Name, Removed: at(20, 8, 15), RemovedBy: laptop(b).Name}
}

func deviceLink(b view.Base, s view.DeviceLinkState) view.Screen {
	return view.DeviceLink{Frame: patient(b, view.PlaceSettings), ID: "i1", State: s, QR: Code(link), Link: link, Host: "vialog.example", Code: typable,
		Expires: Now.Add(9 * time.Minute), For: 10 * time.Minute, Check: "482913"}
}
