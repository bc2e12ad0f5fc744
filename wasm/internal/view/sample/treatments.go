package sample

import (
	"strconv"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Treatments and back-filling.
var treatments = []Case{
	{"today-repeated", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Notice = &view.Notice{Key: lang.NoticeRepeated, Args: []string{"what", b.Lang.Int(1500) + "\u00a0" + b.Lang.Label("unit.iu") + " Advate", "time", "17:43"},
			Do: []view.NoticeDo{{Act: view.ActUndo, Label: lang.UndoDo}, {Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: "e_01"}}}
		last := treatment(b, "e_01", at(0, 17, 43), view.Queued)
		return view.Today{Frame: f, Planned: true, EntriesEver: 133, HasBleeds: true, LastBleed: at(8, 18, 0), Days: fortnight(8), Last: &last, Recent: []view.Entry{last},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12), Waiting: 1}}}
	}},
	{"today-first-dose", func(b view.Base) view.Screen {
		f := patient(b, view.PlaceToday)
		f.Notice = &view.Notice{Key: lang.NoticeUndone}
		return view.Today{Frame: f, Planned: true, EntriesEver: 1, Days: fortnight(),
			Due: []view.Due{{Product: "Hemlibra", Amount: "105", Unit: "mg", At: at(0, 18, 0), Plan: "e_p1@1"}}}
	}},
	{"today-apcc", func(b view.Base) view.Screen {
		return view.Today{Frame: patient(b, view.PlaceToday), EntriesEver: 20, Days: fortnight(0), APCC: apcc(b)}
	}},
	{"today-gene-therapy", func(b view.Base) view.Screen {
		e := treatment(b, "e_09", at(95, 10, 0), view.Seen)
		e.Treatment.Product, e.Treatment.Unit, e.Treatment.Amount = "Roctavian", diary.UnitMl, "240"
		return view.Today{Frame: patient(b, view.PlaceToday), EntriesEver: 20, HasBleeds: true, LastBleed: at(280, 9, 0), Days: fortnight(), Gene: &e, Blood: &view.BloodTest{After: "Roctavian", Factor: diary.MeasuredFVIII, Due: at(-3, 12, 0), Week: 14},
			Centres: []view.CentreKnows{{CentreName: centreName(b), SeenUntil: at(0, 9, 12)}}}
	}},
	{"treatment-vials", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Lots = []view.LotField{{Batch: "TH24-0917", Expiry: "08/2028", Packs: "1", Strength: "1000", PZN: "03752864"}, {Batch: "TH24-1022", Packs: "2", Strength: "250"}}
		m.Contents = b.Lang.Int(1500)
		return m
	}},
	{"treatment-vials-differ", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Lots = []view.LotField{{Batch: "TH24-0917", Expiry: "08/2028", Packs: "2", Strength: "1000"}}
		m.Contents, m.Differs = b.Lang.Int(2000), true
		return m
	}},
	{"treatment-under-the-skin", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Product, m.Unit, m.Route, m.Amount, m.Strengths = "p.hemlibra", diary.UnitMg, diary.RouteSkin, "105", nil
		m.Sites, m.LastSite, m.Lots = diary.SitesFor(diary.RouteSkin), diary.SiteAbdomenLeft, []view.LotField{{}}
		return m
	}},
	{"treatment-not-given", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Missed, m.Because = true, diary.NotGivenTravel.Key()
		return m
	}},
	{"treatment-not-given-problems", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Missed, m.Problems = true, []view.Problem{{Field: view.FieldMissed, Key: lang.ProblemChoose}}
		return m
	}},
	{"treatment-apcc", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Product, m.Unit, m.Amount, m.Lots, m.APCC = "p.feiba", diary.UnitU, b.Lang.Int(3000), nil, apcc(b)
		return m
	}},
	{"treatment-apcc-no-weight", func(b view.Base) view.Screen {
		m := treatmentForm(b)
		m.Product, m.Unit, m.Amount, m.Lots, m.APCC = "p.feiba", diary.UnitU, b.Lang.Int(3000), nil, &view.APCCHint{Sum: b.Lang.Int(3000)}
		return m
	}},
	{"entry-not-given", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: notGiven(b), MayCorrect: true}
	}},
	{"diary-not-given", func(b view.Base) view.Screen {
		return view.Diary{Frame: patient(b, view.PlaceDiary), Days: []view.Day{{Date: at(2, 0, 0), Entries: []view.Entry{notGiven(b)}}}, Filter: view.FilterMissed}
	}},
	{"backfill", func(b view.Base) view.Screen { return backfill(b) }},
	{"backfill-problems", func(b view.Base) view.Screen {
		m := backfill(b)
		m.Amount = "viel"
		m.Problems = []view.Problem{
			{Field: view.FieldAmount, Key: lang.ProblemAmount, Args: []string{"example", b.Lang.Int(1500)}},
			{Field: view.FieldDayTime + m.Days[0].Key, Diary: diary.Future},
		}
		return m
	}},
	{"backfill-no-day", func(b view.Base) view.Screen {
		m := backfill(b)
		for i := range m.Days {
			m.Days[i].On = false
		}
		m.Problems = []view.Problem{{Field: view.FieldDay, Key: lang.ProblemNoDay}}
		return m
	}},
	{"backfill-some-saved", func(b view.Base) view.Screen {
		m := backfill(b)
		m.Product, m.Typed, m.Other, m.More = "other.iu", true, "Faktor VIII SDH", false
		m.Problems = []view.Problem{{Field: view.FieldDay, Key: lang.ProblemSomeSaved, Args: []string{"n", "3", "of", "7"}}}
		return m
	}},
}

func treatmentForm(b view.Base) view.TreatmentForm {
	strengths := []view.Choice{}
	for _, n := range []int{250, 500, 1000, 1500} {
		strengths = append(strengths, view.Choice{Value: strconv.Itoa(n), Label: b.Lang.Int(n) + "\u00a0" + b.Lang.Label("unit.iu")})
	}
	groups := append([]view.ProductGroup{{Products: []view.Choice{{Value: "p.hemlibra", Label: "Hemlibra"}}}}, products()...)
	return view.TreatmentForm{Frame: patient(b, view.PlaceRecord), Products: groups, Product: "p.advate", Unit: diary.UnitIU, Route: diary.RouteVein, Sites: diary.SitesFor(diary.RouteVein),
		Strengths: strengths, Amount: b.Lang.Int(1500), Date: "2026-11-23", Time: "17:40", Reason: diary.ReasonProphylaxis.Key()}
}

func apcc(b view.Base) *view.APCCHint {
	return &view.APCCHint{Sum: b.Lang.Int(6000), PerKg: "120", Over: true}
}

func notGiven(b view.Base) view.Entry {
	e := treatment(b, "e_08", at(2, 7, 0), view.Sent)
	e.Treatment.NotGiven, e.Treatment.Lots, e.Treatment.Amount = diary.NotGivenTravel, nil, ""
	return e
}

func backfill(b view.Base) view.Backfill {
	m := view.Backfill{Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Unit: diary.UnitIU, Amount: b.Lang.Int(1500),
		Reason: diary.ReasonProphylaxis.Key(), Time: "07:00", More: true}
	for i := range 14 {
		d := view.BackfillDay{Key: at(i, 0, 0).Format("2006-01-02") + ".0", Date: at(i, 12, 0), Time: "07:00", Planned: i%2 == 0, On: i%2 == 0}
		switch i {
		case 4:
			d.Because = diary.NotGivenTravel.Key()
		case 6:
			d.On, d.Planned, d.Has = false, false, []string{b.Lang.Int(1500) + "\u00a0" + b.Lang.Label("unit.iu") + ", 07:40"}
		}
		m.Days = append(m.Days, d)
	}
	return m
}
