package sample

import (
	"slices"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// All are the samples, in the order in which a user meets the screens.
var All = slices.Concat(main, treatments, bleeds, photos, scanning, stock, plan, figures, papersCases, contact, devices, carers, unlocking, erase, recovery, servedFiles, rotation, evidenceCases, parting, team, work, legal, cohorts, studies, seen, rights, sharingCases)

var main = []Case{
	{"welcome", func(b view.Base) view.Screen { return view.Welcome{Base: b, OffersAlone: true, OffersSheet: true} }},
	{"welcome-wrong-code", func(b view.Base) view.Screen {
		return view.Welcome{Base: b, Code: "4T9WQ-2KX7M-B3H6", Problems: []view.Problem{{Field: view.FieldCode, Key: lang.ProblemCode}}}
	}},
	{"welcome-centre", func(b view.Base) view.Screen {
		return view.Welcome{Base: b, CentreCode: "H6RDZ-8YVNC-5PAJ4", Offline: true}
	}},
	{"passphrase", func(b view.Base) view.Screen {
		return view.Passphrase{Base: b, Suggested: in(b, "lantern ribbon harbour pepper window saddle", "laterne hafen pfeffer fenster sattel birke"), Strength: view.Unweighed}
	}},
	{"passphrase-weak", func(b view.Base) view.Screen {
		return view.Passphrase{Base: b, Strength: view.Weak, Lasts: view.Span{N: 3, Unit: view.Days}, Shown: true, Sure: true,
			Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassSure, Args: []string{"time", b.Span(view.Span{N: 3, Unit: view.Days})}}}}
	}},
	{"passphrase-strong-centre", func(b view.Base) view.Screen {
		return view.Passphrase{Base: b, Suggested: in(b, "lantern ribbon harbour pepper window saddle", "laterne hafen pfeffer fenster sattel birke"), Strength: view.Strong, Lasts: view.Span{Unit: view.Ages}, Drawn: 66, Centre: true}
	}},
	{"busy", func(b view.Base) view.Screen { return view.Busy{Base: b, What: lang.BusyKeys} }},
	{"busy-measured", func(b view.Base) view.Screen {
		return view.Busy{Base: b, What: lang.BusyFetching, Done: 1280, Of: 3400}
	}},
	{"joined", func(b view.Base) view.Screen {
		return view.Joined{Base: b, CentreName: centreName(b), Pseudonym: pseudonym, Check: "482913"}
	}},
	{"joined-confirmed", func(b view.Base) view.Screen {
		return view.Joined{Base: b, CentreName: centreName(b), Pseudonym: pseudonym, Check: "482913", Confirmed: true}
	}},
	{"sheet", func(b view.Base) view.Screen {
		return view.Sheet{Base: b, Words: words, QR: Code("VIALOG1:" + pseudonym + pseudonym + pseudonym), Whose: pseudonym, Made: Now, Later: true}
	}},
	{"sheet-centre", func(b view.Base) view.Screen {
		return view.Sheet{Base: b, Words: words, QR: Code("VIALOG1:" + pseudonym + pseudonym + pseudonym), Whose: centreName(b), Made: Now, Centre: true}
	}},
	{"sheet-proof", func(b view.Base) view.Screen {
		return view.Sheet{Base: b, Stage: view.SheetProof, Words: words, Ask: [2]int{7, 19}, Later: true, Problems: []view.Problem{{Field: view.FieldWordB, Key: lang.ProblemWord, Args: []string{"n", "19"}}}}
	}},
	{"unlock", func(b view.Base) view.Screen { return view.Unlock{Base: b, Idle: true, Draft: true} }},
	{"unlock-wrong", func(b view.Base) view.Screen {
		return view.Unlock{Base: b, Problems: []view.Problem{{Field: view.FieldPassphrase, Key: lang.ProblemPassWrong}}}
	}},
	{"second-tab", func(b view.Base) view.Screen { return view.SecondTab{Base: b} }},
	{"fatal", func(b view.Base) view.Screen {
		return view.Fatal{Base: b, Fault: view.FaultInternal, Detail: "view/3 at 214"}
	}},
	{"fatal-storage", func(b view.Base) view.Screen { return view.Fatal{Base: b, Fault: view.FaultStorage} }},

	{"today", func(b view.Base) view.Screen {
		last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
		return view.Today{Frame: patient(b, view.PlaceToday), Planned: true, Regimens: true, PlansUnread: 1, EntriesEver: 132, HasBleeds: true, LastBleed: at(8, 18, 0),
			Due:  []view.Due{{Product: "Advate", Amount: b.Lang.Int(1500), Unit: b.Lang.Label("unit.iu"), At: at(-1, 7, 0)}},
			Days: fortnight(8), Last: &last, Recent: []view.Entry{last, note(b, "e_03", at(3, 20, 5))},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12), Unread: 1}}}
	}},
	{"today-empty", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Sheet = view.SheetNote{Matter: view.SheetUnmade}
		return view.Today{Frame: f, Centres: []view.CentreKnows{{CentreName: centreName(b), Unconfirmed: true}}}
	}},
	{"today-alone", func(b view.Base) view.Screen {
		last := treatment(b, "e_01", at(2, 7, 40), view.Kept)
		return view.Today{Frame: patient(b, view.PlaceToday), EntriesEver: 3, Days: fortnight(), Last: &last, Recent: []view.Entry{last}}
	}},
	{"today-access", func(b view.Base) view.Screen {
		last := treatment(b, "e_01", at(2, 7, 40), view.Kept)
		return view.Today{Frame: patient(b, view.PlaceToday), EntriesEver: 300, Days: fortnight(), Last: &last, Recent: []view.Entry{last}, AccessDue: true}
	}},
	{"today-overdue", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Link, f.Waiting, f.Unread = view.Offline, 2, 1
		f.Notice = &view.Notice{Key: lang.NoticeSavedWaiting, Do: []view.NoticeDo{{Act: view.ActUndo, Label: lang.UndoDo}}}
		last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
		return view.Today{Frame: f, Planned: true, EntriesEver: 132, HasBleeds: true, LastBleed: at(1, 18, 15),
			Due: []view.Due{
				{Product: "Advate", Amount: b.Lang.Int(1500), Unit: b.Lang.Label("unit.iu"), At: at(0, 7, 0), State: diary.DoseOverdue, Missed: diary.MissedAsk, Plan: "e_p1@1", Last: &last},
				{Product: "Hemlibra", Amount: "105", Unit: "mg", At: at(0, 8, 0), State: diary.DoseTaken},
				{Product: "Cyklokapron", Amount: b.Lang.Int(1000), Unit: "mg", At: at(0, 8, 0), State: diary.DoseNotGiven, NotGiven: diary.NotGivenUnwell}},
			OpenBleeds: []view.Entry{knee(b, "e_02", at(1, 18, 15))},
			Days:       fortnight(8, 1),
			Centres:    []view.CentreKnows{{CentreName: centreName(b), Waiting: 2, SeenUntil: at(1, 9, 12)}}}
	}},
	{"today-alarm", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Waiting = view.AlarmHistory, 1
		return view.Today{Frame: f, Planned: true, EntriesEver: 1, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-refused", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Refusal, f.Waiting = view.AlarmRefused, view.Refusal{Key: lang.RefusalFull}, 3
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b), Waiting: 3}}}
	}},
	{"today-maintenance", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Waiting = view.AlarmMaintenance, 2
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b), Waiting: 2}}}
	}},
	{"today-outdated", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Restored = view.AlarmOutdated, at(-1864, 0, 0)
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-ending", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Restored = view.AlarmEnding, at(-40, 0, 0)
		return view.Today{Frame: f, EntriesEver: 3, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-missing", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm = view.AlarmMissing
		return view.Today{Frame: f, EntriesEver: 1, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-forked", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Alarm, f.Waiting = view.AlarmForked, 1
		return view.Today{Frame: f, EntriesEver: 1, Days: fortnight(), Centres: []view.CentreKnows{{CentreName: centreName(b), Waiting: 1}}}
	}},
	{"record", func(b view.Base) view.Screen {
		last := treatment(b, "e_01", at(2, 7, 40), view.Seen)
		return view.Record{Frame: patient(b, view.PlaceRecord), Last: &last, Open: []view.Entry{knee(b, "e_02", at(1, 18, 15))}}
	}},
	{"treatment", func(b view.Base) view.Screen {
		return view.TreatmentForm{Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Unit: diary.UnitIU, Sites: diary.SitesFor(diary.RouteVein),
			Amount: b.Lang.Int(1500), Date: "2026-11-23", Time: "17:40", Reason: diary.ReasonProphylaxis.Key(), Lots: []view.LotField{{Batch: "TH24-0917", Expiry: "08/2028"}}, Again: true}
	}},
	{"treatment-problems", func(b view.Base) view.Screen {
		return view.TreatmentForm{Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Unit: diary.UnitIU, Sites: diary.SitesFor(diary.RouteVein),
			Amount: "viel", Date: "2026-11-23", Time: "17:40", Reason: diary.ReasonBleed.Key(), Lots: []view.LotField{{Batch: "TH24-0917", Expiry: "08/2028", Packs: "1"}, {Batch: "TH24-1022"}},
			Bleeds: []view.Choice{{Value: "e_02", Label: knee(b, "", Now).Title(b.Lang) + ", " + b.Lang.When(Now, at(1, 18, 15))}}, Bleed: "e_02", More: true,
			Problems: []view.Problem{{Field: view.FieldAmount, Key: lang.ProblemAmount, Args: []string{"example", b.Lang.Int(1500)}}, {Field: view.FieldExpiry + "1", Diary: diary.Missing}}}
	}},
	{"treatment-correct", func(b view.Base) view.Screen {
		return view.TreatmentForm{Frame: patient(b, view.PlaceRecord), Entry: "e_04", Products: products(), Typed: true, Other: "Faktor VIII SDH", Unit: diary.UnitIU, Sites: diary.SitesFor(diary.RouteVein),
			Amount: b.Lang.Int(1500), Date: "2026-11-20", Time: "07:55", Reason: diary.ReasonProphylaxis.Key(), Lots: []view.LotField{{Batch: "TH24-0917"}},
			Problems: []view.Problem{{Field: view.FieldWhy, Key: lang.ProblemWhy}}}
	}},
	{"note", func(b view.Base) view.Screen {
		return view.NoteForm{Frame: patient(b, view.PlaceRecord)}
	}},
	{"diary", func(b view.Base) view.Screen {
		return view.Diary{Frame: patient(b, view.PlaceDiary), Days: days(b), More: true}
	}},
	{"diary-empty", func(b view.Base) view.Screen { return view.Diary{Frame: patient(b, view.PlaceDiary)} }},
	{"diary-no-match", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceDiary)
		f.Link = view.Connecting
		return view.Diary{Frame: f, Filter: view.FilterNotes}
	}},
	{"entry-treatment", func(b view.Base) view.Screen {
		e := corrected(b, treatment(b, "e_04", at(3, 7, 55), view.Seen))
		e.Treatment.Site, e.Treatment.GivenBy = diary.SiteVeinArmLeft, diary.GivenSelf
		e.Treatment.Lots = append(e.Treatment.Lots, view.Lot{Batch: "TH24-1022", Packs: 2})
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: e, MayCorrect: true}
	}},
	{"entry-open-bleed", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: knee(b, "e_02", at(1, 18, 15)), MayCorrect: true}
	}},
	{"entry-retracted", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: retracted(b, treatment(b, "e_05", at(5, 8, 2), view.Seen)), MayCorrect: true}
	}},
	{"entry-at-centre", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: centre(b, view.PlacePatients), Entry: asPatient(ended(knee(b, "e_07", at(40, 9, 30)), at(38, 12, 0))), Pseudonym: pseudonym, PatientID: "p1"}
	}},
	{"retract", func(b view.Base) view.Screen {
		return view.Retract{Frame: patient(b, view.PlaceDiary), Entry: treatment(b, "e_05", at(5, 8, 2), view.Seen)}
	}},
	{"centre", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Messages: messages(b, true), Centres: []view.CentreLink{
			{Questions: 2, Open: 1, ID: "c1", Name: centreName(b), Pseudonym: pseudonym, State: view.CentreConnected, Since: at(200, 0, 0), SeenUntil: at(0, 9, 12)}}}
	}},
	{"centre-none", func(b view.Base) view.Screen { return view.CentrePage{Frame: patient(b, view.PlaceCentre)} }},
	{"centre-unchecked", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Open: 1, Centres: []view.CentreLink{
			{ID: "c1", Name: centreName(b), Pseudonym: pseudonym, State: view.CentreConnected, Unread: 1},
			{ID: "c2", Name: in(b, "University Hospital Lakeside", "Universitätsklinik Seeblick"), Pseudonym: "8MD-K2RV-5HPC", State: view.CentreUnchecked, Check: "482913", Waiting: 2}}}
	}},
	{"centre-refused", func(b view.Base) view.Screen {
		return view.CentrePage{Frame: patient(b, view.PlaceCentre), Code: "4T9WQ", Problems: []view.Problem{{Field: view.FieldCode, Key: lang.ProblemCodeUsed}}, Centres: []view.CentreLink{
			{ID: "c1", Name: centreName(b), Pseudonym: pseudonym, State: view.CentreRefused}}}
	}},
	{"settings", func(b view.Base) view.Screen {
		return view.Settings{Frame: patient(b, view.PlaceSettings), SheetState: view.SheetMissing, OwnID: pseudonym, PolicyNo: 1, Version: "0.1.0", Entries: 132, ReviewDue: true, Bytes: 1_843_000, LockAfter: 30 * time.Minute, LockHidden: 5 * time.Minute, Relay: "vialog.example",
			Policy: policyRows}
	}},

	{"found", func(b view.Base) view.Screen { return view.Found{Base: b} }},
	{"patients", func(b view.Base) view.Screen { return patients(b) }},
	{"patients-empty", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Unread = 0
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"patients-columns", func(b view.Base) view.Screen {
		m := patients(b)
		m.Columns = nil
		for c := view.ColumnDiagnosis; c < view.PatientColumns; c++ {
			m.Columns = append(m.Columns, c)
		}
		m.Missing, m.Order = 1, view.Order{Column: view.ColumnAJBR, Down: true}
		for i := range m.Rows[:2] {
			m.Rows[i].Work, m.Rows[i].CheckDue = 3-i, 2025
			m.Rows[i].Figures = &view.PatientFigures{
				Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Product: "Advate", Plan: in(b, "Advate 1,500 IU, every 2 days, 07:00", "Advate 1.500 I.E., alle 2 Tage, 07:00"),
				ABR: diary.Rate{Count: 4, Days: 360}, AJBR: diary.Rate{Count: 2 - 2*i, Days: 360}, Targets: 1 - i, LastBleed: diary.MomentOf(at(1, 18, 15)),
				Doses: diary.Adherence{Planned: 180, Given: 171}, Stocked: true, StockDays: 23 + i*400,
			}
		}
		m.Rows[1].Figures.StockDays, m.Rows[1].CheckDue = view.MaxStockDays, 0
		return m
	}},
	{"columns", func(b view.Base) view.Screen {
		return view.ColumnsForm{Frame: centre(b, view.PlacePatients), Chosen: []int{view.ColumnNote, view.ColumnState, view.ColumnAJBR, view.ColumnStock}}
	}},
	{"columns-none", func(b view.Base) view.Screen {
		return view.ColumnsForm{Frame: centre(b, view.PlacePatients), Chosen: []int{}}
	}},
	{"patients-sorted", func(b view.Base) view.Screen {
		m := patients(b)
		m.Total, m.Match, m.Each, m.Order, m.Only = 312, 190, [view.Onlys]int{312, 4, 190, 31}, view.Order{Column: view.ColumnLast, Down: true}, view.OnlyNews
		m.Rows = m.Rows[:2]
		return m
	}},
	{"patients-none-such", func(b view.Base) view.Screen {
		return view.Patients{Frame: centre(b, view.PlacePatients), CentreName: centreName(b), Total: 41, Only: view.OnlyBleeding, Each: [view.Onlys]int{41, 0, 3, 2}}
	}},
	{"patients-none-found", func(b view.Base) view.Screen {
		return view.Patients{Frame: centre(b, view.PlacePatients), CentreName: centreName(b), Total: 41, Find: "4711"}
	}},
	{"patients-refused", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Alarm, f.Refusal = view.AlarmRefused, view.Refusal{Key: lang.RefusalOther, Args: []string{"code", "refusal 40"}}
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"patients-unknown", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Alarm, f.Waiting = view.AlarmUnknownCentre, 4
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"patients-full", func(b view.Base) view.Screen {
		f := centre(b, view.PlacePatients)
		f.Alarm = view.AlarmFull
		return view.Patients{Frame: f, CentreName: centreName(b)}
	}},
	{"invite-form", func(b view.Base) view.Screen { return view.InviteForm{Frame: centre(b, view.PlacePatients)} }},
	{"invitation", func(b view.Base) view.Screen { return invitation(b, view.InviteWaiting) }},
	{"invitation-asking", func(b view.Base) view.Screen { return invitation(b, view.InviteAsking) }},
	{"invitation-used", func(b view.Base) view.Screen { return invitation(b, view.InviteUsed) }},
	{"invitation-expired", func(b view.Base) view.Screen { return invitation(b, view.InviteExpired) }},
	{"invitation-revoked", func(b view.Base) view.Screen { return invitation(b, view.InviteRevoked) }},
	{"patient", func(b view.Base) view.Screen { return patientPage(b) }},
	{"patient-photo-open", func(b view.Base) view.Screen {
		p := patientPage(b)
		p.OpenPhoto = &view.OpenPhoto{Photo: p.Photos[0].Photo, Picture: picture(1, 480, 360), Added: at(1, 18, 50)}
		return p
	}},
	{"patient-editing", func(b view.Base) view.Screen {
		p := patientPage(b)
		p.EditingNote, p.State, p.Filter, p.Days, p.OpenBleeds, p.Plan = true, view.PatientQuiet, view.FilterNotes, nil, nil, ""
		return p
	}},
	{"patient-empty", func(b view.Base) view.Screen {
		return view.PatientPage{Frame: centre(b, view.PlacePatients), ID: "p1", Pseudonym: pseudonym, Since: Now}
	}},
	{"settings-centre", func(b view.Base) view.Screen {
		f := centre(b, view.PlaceSettings)
		f.Alarm = view.AlarmUnprotected
		return view.Settings{Frame: f, Theme: view.ThemeDark, SheetState: view.SheetMade, SheetMadeAt: at(20, 0, 0), SheetExposed: at(2, 0, 0), OwnID: centreName(b), Version: "0.1.0", Entries: 5210, Bytes: 48_120_000, Persistent: true, LockAfter: 30 * time.Minute, LockHidden: 5 * time.Minute, Relay: "vialog.example"}
	}},
}

func patients(b view.Base) view.Patients {
	return view.Patients{Frame: centre(b, view.PlacePatients), CentreName: centreName(b), Columns: view.UsualColumns, Total: 7, Match: 7, Each: [view.Onlys]int{7, 1, 2, 1},
		Invites: []view.InviteRow{
			{ID: "i1", CaseNote: "F-2208", State: view.InviteAsking, Expires: at(-6, 12, 0)},
			{ID: "i2", State: view.InviteWaiting, Expires: at(-3, 9, 0)}},
		Rows: []view.PatientRow{
			{ID: "p1", Pseudonym: pseudonym, CaseNote: "F-1042", Last: at(0, 7, 40), LastKind: view.KindBleed, Bleeding: true, Place: diary.LeftKnee, Unread: 1},
			{ID: "p2", Pseudonym: "8MD-K2RV-5HPC", CaseNote: "F-0977", Last: at(0, 6, 55), LastKind: view.KindTreatment, Unread: 2},
			{ID: "p3", Pseudonym: "C4T-9YWE-2NKQ", Last: at(1, 21, 10), LastKind: view.KindTreatment},
			{ID: "p4", Pseudonym: "R2H-M8XD-7VBP", CaseNote: in(b, "F-1120, study B", "F-1120, Studie B"), Last: at(19, 8, 0), LastKind: view.KindNote, State: view.PatientQuiet},
			{ID: "p5", Pseudonym: "5JN-WQ3T-K6AY", CaseNote: "F-1131"},
			{ID: "p6", Pseudonym: "T9C-4EHR-8DZM", CaseNote: "F-0815", Last: at(260, 8, 0), LastKind: view.KindTreatment, State: view.PatientLeft}, {Pseudonym: "H2D-7MQX-3KVA", CaseNote: "F-0333", State: view.PatientLeft}}}
}

func invitation(b view.Base, s view.InviteState) view.Invitation {
	return view.Invitation{Frame: centre(b, view.PlacePatients), ID: "i1", State: s, CaseNote: "F-2208", QR: Code(link), Link: link, Code: typable, Expires: at(-7, 17, 43), Pseudonym: pseudonym, Check: "482913"}
}

func patientPage(b view.Base) view.PatientPage {
	p := view.PatientPage{Frame: centre(b, view.PlacePatients), ID: "p1", Pseudonym: pseudonym, CaseNote: "F-1042", Since: at(200, 0, 0), More: true, Studies: true,
		Plan:       in(b, "Advate 1,500 IU, every 2 days at 07:00", "Advate 1.500 I.E., alle 2 Tage um 07:00"),
		OpenBleeds: []view.Entry{asPatient(knee(b, "e_02", at(1, 18, 15)))},
		Messages:   messages(b, false)}
	for _, d := range days(b) {
		for i := range d.Entries {
			d.Entries[i] = asPatient(d.Entries[i])
		}
		p.Days = append(p.Days, d)
	}
	f := figuresAtCentre(b, figuresOf(b, view.RangeYear, busyYear()))
	p.Figures = &f
	for _, x := range photosOf(b)[:2] {
		x.State = view.PhotoFine
		p.Photos = append(p.Photos, view.PatientPhoto{Photo: x, Of: asPatient(knee(b, "e_02", at(1, 18, 15)))})
	}
	p.PhotosMore = 3
	p.Acknowledged = []view.Acknowledged{
		{What: in(b, "Please call us tomorrow about the knee.", "Bitte rufen Sie uns morgen wegen des Knies an."), Written: at(0, 9, 5)},
		{Version: 2, What: p.Plan, Written: at(30, 10, 0), Read: at(29, 20, 15), By: in(b, "Mother", "Mutter")},
		{Version: 1, What: in(b, "Advate 1,000 IU, every 2 days at 07:00", "Advate 1.000 I.E., alle 2 Tage um 07:00"), Written: at(200, 9, 0), Read: at(199, 19, 40), By: b.Lang.T(lang.MessagePatient)},
	}
	return p
}
