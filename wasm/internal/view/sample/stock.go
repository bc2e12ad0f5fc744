package sample

import (
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

func iu(b view.Base, n int) string { return b.Lang.Int(n) + "\u00a0" + b.Lang.Label("unit.iu") }

func month(year uint16, m uint8) diary.Date { return diary.Date{Year: year, Month: m} }

// advate is a stock that lasts that many days.
func advate(b view.Base, days, doses int) view.StockProduct {
	return view.StockProduct{
		ID: "fviii.advate", Name: "Advate", Amount: iu(b, 12000), Vials: 12, Next: month(2027, 3), Planned: true, Days: days, Out: at(-days, 12, 0), Doses: doses,
		Low: days < 14,
		Lots: []view.StockLot{
			{Batch: "TH24-0917", Expiry: month(2027, 3), Strength: iu(b, 1000), Vials: 4, First: true},
			{Batch: "TH24-1022", Expiry: month(2028, 8), Strength: iu(b, 1000), Vials: 8},
		},
		Moves: []view.StockMove{
			{ID: "e_01", At: at(2, 7, 40), Kind: view.KindTreatment, Change: -2, Left: 12},
			{ID: "e_06", At: at(4, 7, 58), Kind: view.KindTreatment, Change: -2, Left: 14, Assumed: true},
			{ID: "e_31", At: at(6, 18, 0), Kind: view.KindRemoval, Why: diary.WhyBroken, Change: -1, Left: 16},
			{ID: "e_30", At: at(9, 16, 30), Kind: view.KindPack, Change: 8, Left: 17},
		},
	}
}

func troubled(b view.Base) view.StockProduct {
	p := advate(b, 3, 1)
	p.Vials, p.Amount, p.Reserve, p.Kept, p.Short, p.Assumed = 5, iu(b, 5000), iu(b, 3000), true, 2, 2
	p.More, p.Next = true, month(2026, 12)
	p.Lots = []view.StockLot{
		{Batch: "TH24-1022", Expiry: month(2026, 12), Strength: iu(b, 1000), Vials: 5, Late: 2, Short: 2},
		{Batch: "TH23-0101", Expiry: diary.Date{Year: 2026, Month: 10, Day: 31}, Strength: iu(b, 1000), Vials: 2, Expired: true},
		{Batch: "TH24-0917", Expiry: month(2027, 3), Strength: iu(b, 1000), Vials: 3, Recalled: true},
	}
	return p
}

func recallWarning(b view.Base) view.RecallWarning {
	return view.RecallWarning{
		ID: "e_40", Product: "Advate", Batches: []string{"TH24-0917"}, By: in(b, "Dr Birte Sommer, ", "Dr. Birte Sommer, ") + centreName(b), At: at(1, 11, 0),
		Note: in(b, "Please bring the packs back to us. There is new stock for you.", "Bitte bringen Sie die Packungen zu uns zurück. Ersatz liegt bereit."),
		Held: []view.StockLot{{Batch: "TH24-0917", Vials: 3}}, Used: []view.Linked{{ID: "e_01", Title: "Advate " + iu(b, 1500) + ", " + b.Lang.When(b.Now, at(2, 7, 40))}},
		Phone: "+49 30 1234-0",
	}
}

func packForm(b view.Base) view.PackForm {
	return view.PackForm{
		Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Unit: diary.UnitIU,
		Strengths: []view.Choice{{Value: "500", Label: iu(b, 500)}, {Value: "1000", Label: iu(b, 1000)}}, Strength: "1000",
		Lots: []view.LotField{{Batch: "TH24-0917", Expiry: "08/2028", Packs: "3"}}, Date: "2026-11-23", Time: "17:40",
	}
}

func shelfRows(b view.Base) []view.ShelfRow {
	return []view.ShelfRow{
		{Lot: view.StockLot{Batch: "TH24-0917", Expiry: month(2027, 3), Strength: iu(b, 1000), Vials: 4}, Value: "4"},
		{Lot: view.StockLot{Batch: "TH23-0101", Expiry: month(2026, 10), Strength: iu(b, 1000), Vials: 2, Expired: true}, Value: "2"},
	}
}

func stockEntry(b view.Base, id string, kind view.EntryKind, when time.Time, s view.StockEntry) view.Entry {
	s.Product = "Advate"
	return view.Entry{ID: id, Kind: kind, At: when, Recorded: when, By: view.Writer{You: true}, State: view.Sent, Stock: &s}
}

func guarded(b view.Base, given bool) view.TreatmentForm {
	return view.TreatmentForm{Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Unit: diary.UnitIU, Sites: diary.Sites(),
		Amount: b.Lang.Int(1500), Date: "2026-11-23", Time: "17:40", Reason: diary.ReasonProphylaxis.Key(),
		Lots: []view.LotField{{Batch: "TH24-0917", Expiry: "03/2027"}, {Batch: "TH23-0101"}},
		LotGuard: view.LotGuard{
			Given: given, Phone: "+49 30 1234-0",
			Offers: []view.LotOffer{
				{Value: "A", Lot: view.StockLot{Batch: "TH24-1022", Expiry: month(2028, 8), Vials: 8, First: true}, Use: 2},
				{Value: "B", Lot: view.StockLot{Batch: "TH25-0003", Expiry: month(2028, 11), Vials: 1}, Use: 1},
			},
			Refusals: []view.LotRefusal{
				{Batch: "TH24-0917", Recalled: at(1, 11, 0), By: in(b, "Dr Birte Sommer", "Dr. Birte Sommer")},
				{Batch: "TH23-0101", Expired: month(2026, 10)},
			},
		}}
}

func recallPage(b view.Base) view.RecallPage {
	return view.RecallPage{
		Frame: centre(b, view.PlacePatients), ID: "k", Product: "Advate", Batches: []string{"TH24-0917"}, By: in(b, "Dr Birte Sommer", "Dr. Birte Sommer"), At: at(0, 11, 0),
		Note: in(b, "Please bring the packs back to us.", "Bitte bringen Sie die Packungen zu uns zurück."), Sent: 38,
	}
}

func recallHits(b view.Base) []view.RecallHit {
	use := func(days, hour, minute int, amount int, batches ...string) view.RecallUse {
		return view.RecallUse{At: at(days, hour, minute), Amount: iu(b, amount), Batches: batches}
	}
	return []view.RecallHit{
		{PatientID: "3", Sent: true, Pseudonym: pseudonym, CaseNote: in(b, "Case 12", "Fall 12"), Held: []view.StockLot{{Batch: "TH24-0917", Vials: 3}}, ReadAt: at(0, 12, 5),
			Doses: 9, Sums: []string{iu(b, 13500)}, More: 6, First: at(24, 7, 0),
			Used: []view.RecallUse{use(2, 7, 40, 1500, "TH24-0917", "TH24-1022"), use(5, 7, 58, 1500, "TH24-0917"), use(7, 7, 51, 1500, "TH24-0917")}},
		{PatientID: "8", Sent: true, Pseudonym: "VK2-8HJD-4RWB", Doses: 1, Sums: []string{iu(b, 3000)}, Used: []view.RecallUse{use(80, 20, 0, 3000, "TH24-0917")}},
		{Pseudonym: "R4M-0P2C-7KXJ", Gone: true, Doses: 2, Sums: []string{iu(b, 6000)}, Used: []view.RecallUse{use(400, 20, 0, 3000, "TH24-0917"), use(401, 20, 0, 3000, "TH24-0917")}},
	}
}

// Stock.
var stock = []Case{
	{"stock", func(b view.Base) view.Screen {
		h := advate(b, 24, 12)
		demand := view.StockProduct{ID: "bypass.novoseven", Name: "NovoSeven", Amount: "10\u00a0mg", Vials: 2, Next: month(2028, 1), Reserve: "5\u00a0mg", Kept: true,
			Lots: []view.StockLot{{Batch: "NS7", Expiry: month(2028, 1), Strength: "5\u00a0mg", Vials: 2}}}
		return view.Stock{Frame: patient(b, view.PlaceToday), Ever: true, Products: []view.StockProduct{h, demand}}
	}},
	{"stock-low", func(b view.Base) view.Screen {
		p := troubled(b)
		none := view.StockProduct{ID: "fviii.nuwiq", Name: "Nuwiq", Planned: true, Days: 1, Out: at(-1, 12, 0), Low: true}
		only := view.StockProduct{ID: "fviii.jivi", Name: "Jivi", Planned: true, Vials: 1, Amount: iu(b, 3000), Next: month(2028, 1), Out: at(0, 12, 0), Low: true, Reserve: iu(b, 3000), Kept: true}
		bleed := view.StockProduct{ID: "bypass.feiba", Name: "FEIBA", Vials: 1, Amount: iu(b, 500), Reserve: iu(b, 3000), Low: true, Unsized: 1}
		return view.Stock{Frame: patient(b, view.PlaceToday), Ever: true, Products: []view.StockProduct{p, none, only, bleed}, Warnings: []view.RecallWarning{recallWarning(b)}}
	}},
	{"stock-empty", func(b view.Base) view.Screen { return view.Stock{Frame: patient(b, view.PlaceToday)} }},
	{"stock-used-up", func(b view.Base) view.Screen { return view.Stock{Frame: patient(b, view.PlaceToday), Ever: true} }},
	{"today-stock", func(b view.Base) view.Screen {
		year := view.StockProduct{Name: "Hemlibra", Planned: true, Vials: 60, Days: 396}
		return view.Today{Frame: patient(b, view.PlaceToday), Planned: true, EntriesEver: 12, Days: fortnight(), Stock: []view.StockProduct{advate(b, 24, 12), year},
			Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"today-stock-low", func(b view.Base) view.Screen {
		home := view.RecallWarning{ID: "e_41", Product: "Nuwiq", Batches: []string{"NW1", "NW2"}, At: at(0, 9, 0), Held: []view.StockLot{{Batch: "NW1", Vials: 1}}, Read: true}
		return view.Today{Frame: patient(b, view.PlaceToday), Planned: true, EntriesEver: 12, Days: fortnight(), Stock: []view.StockProduct{troubled(b)},
			Warnings: []view.RecallWarning{recallWarning(b), home}, Centres: []view.CentreKnows{{CentreName: centreName(b)}}}
	}},
	{"pack", func(b view.Base) view.Screen { return packForm(b) }},
	{"pack-scanned", func(b view.Base) view.Screen {
		m := packForm(b)
		m.Scanned, m.Scans, m.PZN = 3, 3, "03752864"
		m.Notice = &view.Notice{Key: lang.PackScannedOne, Args: []string{"serial", "1A2B3C", "lot", "TH24-0917"}}
		m.Lots = append(m.Lots, view.LotField{Batch: "TH24-1022", Expiry: "11/2028", Packs: "1"})
		return m
	}},
	{"pack-problems", func(b view.Base) view.Screen {
		m := packForm(b)
		m.Strengths, m.Strength, m.Typed, m.Other, m.Product = nil, "viel", true, "Faktor Müller", "p.other"
		m.Vials, m.PZN, m.Lots = "x", "12345678", []view.LotField{{Packs: "0"}}
		m.Problems = []view.Problem{
			{Field: view.FieldPackStrength, Key: lang.ProblemStrength}, {Field: view.FieldLot + "0", Diary: diary.Missing},
			{Field: view.FieldPacks + "0", Key: lang.ProblemAmount, Args: []string{"example", "2"}}, {Field: view.FieldVials, Key: lang.ProblemAmount, Args: []string{"example", "5"}},
			{Field: view.FieldPackPZN, Key: lang.ProblemPZN},
		}
		return m
	}},
	{"pack-correct", func(b view.Base) view.Screen {
		m := packForm(b)
		m.Entry, m.Why = "e_30", in(b, "miscounted", "verzählt")
		return m
	}},
	{"count", func(b view.Base) view.Screen {
		rows := append(shelfRows(b), view.ShelfRow{New: true, Batch: "TH25-0003", Until: "11/2028", Value: "1"})
		return view.ShelfForm{Frame: patient(b, view.PlaceRecord), Counting: true, Product: "Advate", Rows: rows, Date: "2026-11-23", Time: "17:40"}
	}},
	{"take-out", func(b view.Base) view.Screen {
		rows := shelfRows(b)
		rows[0].Value = ""
		return view.ShelfForm{Frame: patient(b, view.PlaceRecord), Product: "Advate", Rows: rows, Reason: diary.WhyExpired.Key(), Date: "2026-11-23", Time: "17:40"}
	}},
	{"take-out-problems", func(b view.Base) view.Screen {
		rows := shelfRows(b)
		rows[0].Value, rows[1].Value = "", "two"
		return view.ShelfForm{Frame: patient(b, view.PlaceRecord), Product: "Advate", Rows: rows, Date: "2026-11-23", Time: "17:40", Problems: []view.Problem{
			{Field: view.FieldPacks + "1", Key: lang.ProblemAmount, Args: []string{"example", "2"}}, {Field: view.FieldRemoval, Diary: diary.Missing},
		}}
	}},
	{"entry-pack", func(b view.Base) view.Screen {
		return view.EntryPage{Frame: patient(b, view.PlaceDiary), MayCorrect: true, Entry: stockEntry(b, "e_30", view.KindPack, at(9, 16, 30), view.StockEntry{
			Lots: []view.Lot{{Batch: "TH24-0917", Expiry: month(2027, 3), Packs: 3}, {Batch: "TH24-1022", Packs: 1}}, Vials: 2, Strength: iu(b, 1000), PZN: []string{"03752864"}, Serials: 4})}
	}},
	{"diary-stock", func(b view.Base) view.Screen {
		return view.Diary{Frame: patient(b, view.PlaceDiary), Filter: view.FilterStock, Days: []view.Day{
			{Date: at(1, 0, 0), Entries: []view.Entry{
				stockEntry(b, "e_40", view.KindRecall, at(1, 11, 0), view.StockEntry{Lots: []view.Lot{{Batch: "TH24-0917"}}}),
				retracted(b, stockEntry(b, "e_32", view.KindRemoval, at(1, 10, 0), view.StockEntry{Lots: []view.Lot{{Batch: "TH24-0917"}, {Batch: "TH24-1022", Packs: 2}}, Why: diary.WhyBroken}))}},
			{Date: at(9, 0, 0), Entries: []view.Entry{stockEntry(b, "e_30", view.KindPack, at(9, 16, 30), view.StockEntry{Lots: []view.Lot{{Batch: "TH24-0917", Packs: 3}}})}}}}
	}},
	{"treatment-stock", func(b view.Base) view.Screen {
		m := guarded(b, false)
		m.Lots, m.Refusals = []view.LotField{{}}, nil
		return m
	}},
	{"treatment-refused", func(b view.Base) view.Screen {
		m := guarded(b, false)
		m.Offers = nil
		m.Problems = []view.Problem{{Field: view.FieldLot + "0", Key: lang.ProblemLotRefused, Args: []string{"lot", "TH24-0917"}}, {Field: view.FieldLot + "1", Key: lang.ProblemLotRefused, Args: []string{"lot", "TH23-0101"}}}
		return m
	}},
	{"treatment-given-anyway", func(b view.Base) view.Screen { return guarded(b, true) }},
	{"recall-heard", func(b view.Base) view.Screen {
		return view.RecallForm{Frame: patient(b, view.PlaceRecord), Products: products(), Product: "p.advate", Lots: []view.LotField{{Batch: "TH24-0917"}}}
	}},
	{"recall-correct", func(b view.Base) view.Screen {
		return view.RecallForm{Frame: patient(b, view.PlaceRecord), Entry: "e_41", Products: products(), Product: "p.advate", Lots: []view.LotField{{Batch: "TH24-0917"}},
			Problems: []view.Problem{{Field: view.FieldWhy, Key: lang.ProblemWhy}}}
	}},
	{"recall-centre", func(b view.Base) view.Screen {
		return view.RecallForm{Frame: centre(b, view.PlacePatients), Products: products(), Product: "p.advate", Lots: []view.LotField{{Batch: "TH24-0917"}, {Batch: "TH24-1022", Expiry: "08/2028"}},
			Note:    in(b, "Please bring the packs back to us.", "Bitte bringen Sie die Packungen zu uns zurück."),
			Earlier: []view.RecallRow{{ID: "k", Product: "Elocta", Batches: []string{"EL-77"}, At: at(40, 9, 0), Sent: 37}}}
	}},
	{"recall-found", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Draft, m.Patients, m.Sent, m.By, m.At = true, 1000, 0, "", time.Time{}
		m.Total, m.Doses, m.Sums, m.Holding, m.Vials = 3, 12, []string{iu(b, 24000)}, 1, 3
		m.Hits = recallHits(b)
		for i := range m.Hits {
			m.Hits[i].Sent, m.Hits[i].ReadAt = false, time.Time{}
		}
		return m
	}},
	{"recall-found-reading", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Draft, m.Patients, m.Sent, m.By, m.At, m.Note, m.Unread = true, 1000, 0, "", time.Time{}, "", 612
		m.Read, m.ReadOf = 388, 1000
		m.Total, m.Doses, m.Sums = 1, 1, []string{iu(b, 3000)}
		m.Hits = []view.RecallHit{{Pseudonym: "VK2-8HJD-4RWB", CaseNote: in(b, "Case 31", "Fall 31"), Unread: true, Doses: 1, Sums: []string{iu(b, 3000)},
			Used: []view.RecallUse{{At: at(80, 20, 0), Amount: iu(b, 3000), Batches: []string{"TH24-0917"}}}}}
		return m
	}},
	{"recall-sending", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Sent, m.Sending = 137, &view.RecallSending{Done: 137, Of: 1000}
		m.Total, m.Doses, m.Sums, m.Holding, m.Vials, m.Hits, m.Reached = 70, 12, []string{iu(b, 24000)}, 1, 3, recallHits(b), 2
		return m
	}},
	{"recall-stuck", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Sent, m.Sending, m.Telling = 137, &view.RecallSending{Done: 137, Of: 1000, Failed: true}, &view.RecallSending{Done: 0, Of: 1000}
		return m
	}},
	{"recall-sent", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Missing = 1
		m.Total, m.Doses, m.Sums, m.Holding, m.Vials, m.Hits, m.Reached = 3, 12, []string{iu(b, 24000)}, 1, 3, recallHits(b), 2
		return m
	}},
	{"recall-nobody", func(b view.Base) view.Screen { return recallPage(b) }},
	{"recall-undo", func(b view.Base) view.Screen {
		m := recallPage(b)
		m.Problems = []view.Problem{{Field: view.FieldWhy, Key: lang.ProblemWhy}}
		return m
	}},
	{"patient-stock", func(b view.Base) view.Screen {
		return view.PatientPage{Frame: centre(b, view.PlacePatients), ID: "3", Pseudonym: pseudonym, Since: at(200, 9, 0),
			Stock: []view.StockProduct{troubled(b), advate(b, 24, 12)}}
	}},
}
