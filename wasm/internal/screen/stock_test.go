package screen

import (
	"crypto/sha256"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/pack"
	"vialog/wasm/internal/view"
)

const advate = diary.ProductID("fviii.advate")

// said puts an entry of the centre into the tab's diary.
func (x *tab) said(e diary.Entry) diary.ID {
	x.t.Helper()
	h := e.Top()
	h.ID, h.Entered = diary.NewID(), diary.MomentOf(x.local(x.watch))
	body, err := diary.Encode(e)
	if err != nil {
		x.t.Fatal(err)
	}
	x.env.Client.Look(func(l app.Look) {
		l.Diary().Add(diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: diary.Centre, Name: "Dr. W."}, Written: x.watch.UnixMilli(), Hash: sha256.Sum256(body)})
	})
	return h.ID
}

func stockLot(batch string, year uint16, month uint8, packs uint16) diary.Lot {
	return diary.Lot{Batch: batch, Expiry: diary.Date{Year: year, Month: month}, Packs: packs, Strength: diary.Units(1000)}
}

// stocked is a tab whose diary has four lots: one good, one expired, one
// recalled, and one that expires first.
func stocked(t *testing.T) *tab {
	x := unlocked(t)
	x.has(&diary.Pack{Received: x.ago(240 * time.Hour), Product: advate, Lots: []diary.Lot{
		stockLot("GOOD", 2028, 6, 5), stockLot("OLD", 2026, 10, 2), stockLot("BACK", 2028, 6, 3), stockLot("SOON", 2027, 2, 1),
	}})
	x.said(&diary.Recall{Product: advate, Lots: []diary.Lot{{Batch: "BACK"}}, Note: "Bring them back."})
	x.goTo(place{name: atToday})
	return x
}

func TestTheStockIsShownWithItsStatesAndWhatIsRecalled(t *testing.T) {
	x := stocked(t)
	x.draw()
	x.shows("Advate: do not use lot BACK")
	x.shows("Recalled by Dr. W.")
	x.shows("Bring them back.")
	x.press(view.ActStock)
	x.shows("Expired: do not use")
	x.shows("Recalled: do not use")
	x.shows("Use first")
	x.shows("6 vials")
	x.hides("Low: order now")
	x.said(&diary.Plan{Product: advate, Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: 2026, Month: 11, Day: 23}, Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{22 * 60}}, Clinician: "Dr. W."})
	x.press(view.ActStock)
	x.shows("6 days")
	x.shows("Low: order now")
	x.press(view.ActGoToday)
	x.shows("Advate: ")
	x.shows("Low: order now")
}

func TestAnEmptyStockSaysWhatToDo(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActStock)
	x.shows("Enter the packs you have at home")
	x.press(view.ActPackIn)
	x.shows("Save packs")
	x.press(view.ActPackSave, view.FieldDate, "2026-11-23", view.FieldTime, "08:30")
	x.shows("Please choose one")
	if !x.has1(view.FieldLot+"0") || !x.has1(view.FieldProduct) {
		t.Errorf("problems are %v", x.problems)
	}
}

func (x *tab) has1(field string) bool { return x.Guide.has(field) }

func TestPacksComeBackFromTheirForm(t *testing.T) {
	at := time.Date(2026, 11, 20, 16, 30, 0, 0, time.FixedZone("", 3600))
	for _, l := range lang.All {
		for what, want := range map[string]*diary.Pack{
			"plain": {Received: diary.MomentOf(at), Product: advate, Lots: []diary.Lot{stockLot("A1", 2028, 6, 3)}},
			"full": {Received: diary.MomentOf(at), Product: advate, Vials: 5, Serials: []string{"S1", "S2"}, GTIN: "04150037528643", Note: "two\nlines", Lots: []diary.Lot{
				{Batch: "A1", Expiry: diary.Date{Year: 2028, Month: 6, Day: 30}, Packs: 3, Strength: diary.Units(500), PZN: "03752864"},
				{Batch: "B 2", Packs: 12, Strength: diary.Units(500), PZN: "03752864"},
			}},
			"typed": {Received: diary.MomentOf(at), Product: "other.mg", ProductName: "Präparat X", Lots: []diary.Lot{{Batch: "X", Strength: 12_500}}},
		} {
			x := unlocked(t)
			x.lang = l
			fields := make(map[string]string)
			if at := x.fillStock(fields, want); at != atPack {
				t.Fatal(at)
			}
			x.form, x.problems = form{fields: fields, lots: max(1, countLots(fields))}, nil
			if got := x.typedPack(); len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: it comes back as\n%+v, not\n%+v, with problems %v", what, l.Tag(), got, want, x.problems)
			}
		}
	}
}

func TestCountsAndWhatIsTakenOutComeBackFromTheirForms(t *testing.T) {
	x := stocked(t)
	for what, want := range map[string]*diary.Removal{
		"a count":          {At: x.ago(time.Hour), Product: advate, Why: diary.WhyCounted, Lots: []diary.Lot{stockLot("GOOD", 2028, 6, 4), stockLot("SOON", 2027, 2, 0)}},
		"a broken vial":    {At: x.ago(time.Hour), Product: advate, Why: diary.WhyBroken, Note: "fell", Lots: []diary.Lot{stockLot("GOOD", 2028, 6, 1)}},
		"of a typed brand": {At: x.ago(time.Hour), Product: "other.iu", ProductName: "Faktor Müller", Why: diary.WhyLost, Lots: []diary.Lot{{Batch: "A", Packs: 2}}},
	} {
		fields := make(map[string]string)
		name := x.fillStock(fields, want)
		x.goTo(place{name: name})
		x.form, x.problems = form{fields: fields, lots: max(1, countLots(fields))}, nil
		x.draw()
		got := x.typedShelf()
		got.At.Ms -= got.At.Ms % 60_000
		want.At.Ms -= want.At.Ms % 60_000
		if len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: it comes back as\n%+v, not\n%+v, with problems %v", what, got, want, x.problems)
		}
	}
}

func TestACountBeginsWithWhatIsThoughtToBeThere(t *testing.T) {
	x := stocked(t)
	x.press(view.ActStockCount, view.FieldStock, string(advate))
	x.shows("How many are there now?")
	got := x.typedShelf()
	n := make(map[string]uint16)
	for _, l := range got.Lots {
		n[l.Batch] = l.Packs
	}
	if want := map[string]uint16{"GOOD": 5, "OLD": 2, "BACK": 3, "SOON": 1}; !reflect.DeepEqual(n, want) {
		t.Errorf("the form holds %v", n)
	}
	// A lot that nobody knew gets the strength of the others.
	x.press(view.ActLotAdd)
	x.press(view.ActShelfSave, view.FieldLot+"4", "NEW", view.FieldExpiry+"4", "01/2029", view.FieldPacks+"4", "2", view.FieldPacks+"0", "")
	if !x.has1(view.FieldPacks + "0") {
		t.Error("a lot that was not counted is passed over")
	}
	x.problems = nil
	if got := x.typedShelf(); got.Lots[4] != (diary.Lot{Batch: "NEW", Expiry: diary.Date{Year: 2029, Month: 1}, Packs: 2, Strength: diary.Units(1000)}) {
		t.Errorf("the new lot is %+v", got.Lots[4])
	}
}

func TestALotThatIsPutAsideIsFilledIn(t *testing.T) {
	x := stocked(t)
	for batch, why := range map[string]diary.Why{"OLD": diary.WhyExpired, "BACK": diary.WhyRecalled} {
		x.press(view.ActStockOut, view.FieldStock, string(advate)+"\n"+batch)
		got := x.typedShelf()
		if len(got.Lots) != 1 || got.Lots[0].Batch != batch || got.Lots[0].Packs == 0 || got.Why != why {
			t.Errorf("%s: %+v", batch, got)
		}
		x.press(view.ActFormCancel)
	}
	x.press(view.ActStockOut, view.FieldStock, string(advate))
	x.press(view.ActShelfSave)
	if !x.has1(view.FieldPacks+"0") || !x.has1(view.FieldRemoval) {
		t.Errorf("problems are %v", x.problems)
	}
}

func TestOneScanAddsOnePack(t *testing.T) {
	code := func(batch, serial string) pack.Code {
		return pack.Code{PZN: "03752864", GTIN: "04150037528643", Batch: batch, Serial: serial, Expiry: diary.Date{Year: 2028, Month: 6}}
	}
	x := unlocked(t)
	x.press(view.ActPackIn)
	x.scannedPack(code("A1", "S1"))
	x.draw()
	x.shows("The code does not say which product this is")
	x.press(view.ActDraft, view.FieldProduct, string(advate), view.FieldPackStrength, "1000")
	x.scannedPack(code("A1", "S2"))
	x.scannedPack(code("B2", "S3"))
	x.draw()
	x.shows("3 packs scanned")
	x.scannedPack(code("A1", "S2"))
	x.draw()
	x.shows("This very pack (S2) is counted already")
	other := code("A1", "S9")
	other.PZN, other.GTIN = "01234562", ""
	x.scannedPack(other)
	x.draw()
	x.shows("Save these first")
	got := x.typedPack()
	if len(got.Lots) != 2 || got.Lots[0].Packs != 2 || got.Lots[1].Packs != 1 || got.Lots[0].PZN != "03752864" || got.GTIN != "04150037528643" ||
		!reflect.DeepEqual(got.Serials, []string{"S1", "S2", "S3"}) || len(x.problems) > 0 {
		t.Errorf("%+v with problems %v", got, x.problems)
	}
	// Once it is in the diary, the code is known, and so is each pack.
	x.has(got)
	x.form = form{fields: x.blank(), lots: 1}
	x.scannedPack(code("C3", "S4"))
	if p, s := x.form.get(view.FieldProduct), x.form.get(view.FieldPackStrength); p != string(advate) || s != "1000" {
		t.Errorf("the code is taken for %q of %q", p, s)
	}
	x.scannedPack(code("B2", "S3"))
	x.draw()
	x.shows("This very pack (S3) is counted already")
	if n := x.form.get(view.FieldPacks + "0"); n != "1" {
		t.Errorf("%s packs", n)
	}
}

func TestTheTreatmentsFormOffersWhatExpiresFirst(t *testing.T) {
	x := stocked(t)
	x.press(view.ActRecordTreatment)
	x.press(view.ActTreatmentShape, view.FieldProduct, string(advate), view.FieldAmount, "2000", view.FieldDate, "2026-11-23", view.FieldTime, "08:30")
	x.shows("From your stock")
	soon, good := strings.Index(x.page.html, "SOON"), strings.Index(x.page.html, "GOOD")
	if soon < 0 || good < soon {
		t.Error("what expires first does not come first")
	}
	x.hides("OLD")
	x.hides("BACK")
	x.press(view.ActLotOffer, view.FieldOffer, "SOON\n2027-02\n1\n1000\n")
	x.press(view.ActLotOffer, view.FieldOffer, "GOOD\n2028-06\n1\n1000\n03752864")
	got := x.typedTreatment()
	if len(got.Lots) != 2 || got.Lots[0].Batch != "SOON" || got.Lots[0].Packs != 1 || got.Lots[0].Expiry != (diary.Date{Year: 2027, Month: 2}) || got.Lots[1].Batch != "GOOD" {
		t.Errorf("%+v", got.Lots)
	}
	x.hides("From your stock")
}

func TestALotThatMustNotBeUsedIsRefusedUntilItIsSaidThatItWasGiven(t *testing.T) {
	for _, tt := range []struct{ batch, says, note string }{
		{"back", "Lot back was recalled (today) by Dr. W.: do not use it.", "was recalled (23"},
		{"OLD", "Lot OLD has expired (10/2026): do not use it.", "has expired (10/2026)"},
	} {
		x := stocked(t)
		x.press(view.ActRecordTreatment)
		fields := []string{view.FieldProduct, string(advate), view.FieldAmount, "2000", view.FieldDate, "2026-11-23", view.FieldTime, "08:30",
			view.FieldReason, diary.ReasonBleed.Key(), view.FieldLot + "0", tt.batch, view.FieldNote, "at night"}
		x.press(view.ActDraft, fields...)
		x.shows(tt.says) // before anything is saved
		x.press(view.ActTreatmentSave, fields...)
		if !x.has1(view.FieldLot + "0") {
			t.Fatalf("%s: it would be saved; problems %v", tt.batch, x.problems)
		}
		if last := x.page.commands[len(x.page.commands)-1]; !strings.HasPrefix(last, "focus id problems") {
			t.Errorf("%s: the focus does not go to the problems: %s", tt.batch, last)
		}
		x.press(view.ActDraft, append(fields, view.FieldGivenAnyway, "1")...)
		x.shows("Please call your centre and tell them")
		x.press(view.ActTreatmentSave, append(fields, view.FieldGivenAnyway, "1")...)
		if x.has1(view.FieldLot + "0") {
			t.Errorf("%s: what was given cannot be recorded: %v", tt.batch, x.problems)
		}
		tr := x.typedTreatment()
		if !x.ownUp(tr) || !strings.HasPrefix(tr.Note, "at night\n") || !strings.Contains(tr.Note, tt.note) || !strings.HasSuffix(tr.Note, "It was given all the same.") {
			t.Errorf("%s: the note is %q", tt.batch, tr.Note)
		}
		// Without the tick it is refused again.
		x.press(view.ActTreatmentSave, fields...)
		if !x.has1(view.FieldLot + "0") {
			t.Errorf("%s: a tick that was taken away still counts", tt.batch)
		}
	}
}

func TestALotIsJudgedByTheTimeOfTheDose(t *testing.T) {
	x := stocked(t)
	x.press(view.ActRecordTreatment)
	x.press(view.ActDraft, view.FieldProduct, string(advate), view.FieldAmount, "2000", view.FieldDate, "2026-10-31", view.FieldTime, "23:50", view.FieldLot+"0", "OLD")
	x.hides("has expired")
	x.press(view.ActDraft, view.FieldDate, "2026-11-01", view.FieldTime, "00:10")
	x.shows("has expired")
}

func TestACorrectionIsNotAskedAgainAboutALotItHad(t *testing.T) {
	x := stocked(t)
	old := &diary.Treatment{Taken: x.ago(48 * time.Hour), Product: advate, Amount: diary.Units(2000), Reason: diary.ReasonBleed, Lots: []diary.Lot{{Batch: "BACK"}}}
	x.has(old)
	x.press(view.ActEntryCorrect, view.FieldEntry, old.ID.String())
	x.hides("was recalled (today)")
	x.press(view.ActDraft, view.FieldLot+"0", "OLD")
	x.shows("has expired")
}

func TestSameAsLastTimeLeavesOutWhatMustNotBeUsed(t *testing.T) {
	x := stocked(t)
	for _, batch := range []string{"BACK", "OLD", "GOOD"} {
		old := &diary.Treatment{Taken: x.ago(48 * time.Hour), Product: advate, Amount: diary.Units(2000), Reason: diary.ReasonBleed, Lots: []diary.Lot{{Batch: batch}}}
		x.has(old)
		x.again(old.ID.String())
		if got := x.typedTreatment().Lots; (len(got) == 1) != (batch == "GOOD") {
			t.Errorf("%s: %+v", batch, got)
		}
	}
}

func TestStockEntriesAreInTheDiaryUnderAFilterOfTheirOwn(t *testing.T) {
	x := stocked(t)
	x.press(view.ActGoDiary)
	x.hides("Packs received: Advate")
	x.press(view.ActDiaryFilter, view.FieldFilter, strconv.Itoa(int(view.FilterStock)))
	x.shows("Packs received: Advate")
	x.shows("Recall: Advate")
	var packs *diary.Item
	x.env.Client.Look(func(l app.Look) {
		packs = l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPack}})[0]
	})
	x.press(view.ActEntryOpen, view.FieldEntry, packs.ID.String())
	x.shows("GOOD, expires 06/2028: 5 packs")
	x.press(view.ActEntryCorrect, view.FieldEntry, packs.ID.String())
	x.shows("Correct received packs")
	x.watch = x.watch.Add(time.Minute)
	e, err := diary.Amend(packs, diary.MomentOf(x.watch), "miscounted")
	if err != nil {
		t.Fatal(err)
	}
	e.(*diary.Pack).Lots[0].Packs = 6
	x.has(e)
	x.press(view.ActEntryOpen, view.FieldEntry, packs.ID.String())
	x.shows("GOOD (06/2028) × 5")
	x.shows("GOOD (06/2028) × 6")
}

func TestARecallThatWasHeardOfComesBackFromItsForm(t *testing.T) {
	x := unlocked(t)
	want := &diary.Recall{Product: advate, Lots: []diary.Lot{{Batch: "A"}, {Batch: "B", Expiry: diary.Date{Year: 2028, Month: 6}}}, Note: "heard at the chemist"}
	fields := make(map[string]string)
	if at := x.fillStock(fields, want); at != atRecall {
		t.Fatal(at)
	}
	x.form, x.problems = form{fields: fields, lots: countLots(fields)}, nil
	if got := x.typedRecall(); len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("it comes back as %+v with problems %v", got, x.problems)
	}
}

func TestADraftOfPacksComesBack(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActPackIn)
	x.press(view.ActDraft, view.FieldLot+"0", "A1")
	x.scannedPack(pack.Code{PZN: "03752864", Batch: "A1", Serial: "S1"})
	x.keepDraft()
	x.form = form{}
	x.home()
	x.bringDraft()
	x.draw()
	x.shows("Your unfinished entry is back")
	x.shows("1 pack scanned")
	if x.form.get(view.FieldLot+"0") != "A1" || !reflect.DeepEqual(x.form.serials(), []string{"S1"}) {
		t.Errorf("the form holds %v", x.form.fields)
	}
}
