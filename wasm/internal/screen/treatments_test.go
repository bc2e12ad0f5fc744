package screen

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// A greeter is a relay that says hello, offers diaries without a centre, and
// then nothing more: enough to found one.
type greeter struct{ said bool }

func (g *greeter) Send([]byte) error { return nil }
func (g *greeter) Close() error      { return nil }
func (g *greeter) Receive(ctx context.Context) ([]byte, error) {
	if !g.said {
		g.said = true
		return wire.Append(nil, &wire.Hello{Version: wire.Version, Nonce: wire.Nonce{1}, OpenTenant: wire.TenantID{1}, MaxFrame: wire.MaxFrame, MaxBox: wire.MaxBox, MaxBatch: 3}), nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// A keeper is a tab with a diary of its own on a disk that can fail.
type keeper struct {
	*tab
	disk *vault.MemoryDisk
}

// keeps founds a diary in a new tab, on 23 November 2026 at 9:00 in Berlin.
func keeps(t testing.TB) *keeper {
	t.Helper()
	k := &keeper{disk: vault.NewMemory()}
	k.tab = openAt(t, k.disk, vault.NewSoftware(), func(context.Context, string) (link.Conn, error) { return new(greeter), nil })
	k.press(view.ActStartAlone)
	k.press(view.ActPassSave, view.FieldPassphrase, words)
	if !k.open || !k.founded() {
		t.Fatalf("no diary was founded: %s", k.page.title)
	}
	return k
}

// writes records entries as if they had been written before.
func (k *keeper) writes(entries ...diary.Entry) {
	k.t.Helper()
	for _, e := range entries {
		if _, err := k.env.Client.Record(k.ctx, e); err != nil {
			k.t.Fatal(err)
		}
	}
	k.home()
	k.draw()
}

// treatments are those that stand, oldest first, and those taken back.
func (k *keeper) treatments() (stand []*diary.Treatment, back int) {
	k.env.Client.Look(func(l app.Look) {
		for _, it := range slices.Backward(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Retracted: true})) {
			if it.Retracted != nil {
				back++
			} else {
				stand = append(stand, it.Treatment())
			}
		}
	})
	return stand, back
}

// offers is the entry that a button on Today names.
func (k *keeper) offers(act string) string {
	k.t.Helper()
	_, rest, ok := strings.Cut(k.page.html, `data-act="`+act+`"`)
	if !ok {
		k.t.Fatalf("%s is not offered", act)
	}
	_, rest, _ = strings.Cut(rest[:strings.Index(rest, ">")], `value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func atBerlin(day, hour, minute int) diary.Moment {
	return diary.Date{Year: 2026, Month: 11, Day: uint8(day)}.At(hour*60+minute, 60)
}

func advateAt(taken diary.Moment, lots ...diary.Lot) *diary.Treatment {
	return &diary.Treatment{Taken: taken, Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, Lots: lots}
}

// everyOther is a plan of home: Advate every other day at seven, today too.
func everyOther() *diary.Plan {
	return &diary.Plan{Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: 2026, Month: 11, Day: 1}, Clinician: "Dr. W.",
		Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{7 * 60}}}
}

func TestTheSameAgainIsOneTap(t *testing.T) {
	k := keeps(t)
	good := diary.Lot{Batch: "GOOD", Expiry: diary.Date{Year: 2028, Month: 8}, Packs: 1, Strength: diary.Units(1500)}
	k.writes(advateAt(atBerlin(20, 7, 0), good, diary.Lot{Batch: "OLD", Expiry: diary.Date{Year: 2026, Month: 10}}))
	k.shows("Same as last time")
	k.shows("Lot GOOD")
	k.press(view.ActRepeat, view.FieldEntry, k.offers(view.ActRepeat))
	k.shows("Recorded: 1,500\u00a0IU Advate, 09:00.")
	list, _ := k.treatments()
	if len(list) != 2 || list[1].Taken != diary.MomentOf(k.local(k.watch)) || list[1].Amount != diary.Units(1500) || !slices.Equal(list[1].Lots, []diary.Lot{good}) {
		t.Fatalf("recorded: %+v", list)
	}
	// A second tap, on the button as it was or as it is now, adds nothing.
	for range 2 {
		k.watch = k.watch.Add(time.Second)
		k.press(view.ActRepeat, view.FieldEntry, k.offers(view.ActRepeat))
		k.shows("Nothing was added")
	}
	if list, _ := k.treatments(); len(list) != 2 {
		t.Fatalf("%d treatments after a double tap", len(list))
	}
	// It can still be taken back.
	k.press(view.ActUndo)
	k.shows("Taken back. The entry stays in the diary, crossed out.")
	if list, back := k.treatments(); len(list) != 1 || back != 1 {
		t.Errorf("%d stand, %d taken back", len(list), back)
	}
	// A second tap on undo has nothing to undo, and leaves the words.
	k.press(view.ActUndo)
	k.shows("Taken back")
	// Hours later it is another dose.
	k.watch = k.watch.Add(12 * time.Hour)
	k.press(view.ActRepeat, view.FieldEntry, k.offers(view.ActRepeat))
	if list, _ := k.treatments(); len(list) != 2 {
		t.Errorf("%d treatments", len(list))
	}
	// Change opens it for a correction.
	k.press(view.ActEntryCorrect, view.FieldEntry, k.offers(view.ActEntryCorrect))
	k.shows("Correct a treatment")
}

func TestOneTapForADoseThatIsDue(t *testing.T) {
	k := keeps(t)
	last := advateAt(atBerlin(19, 7, 0))
	last.Reason = diary.ReasonBleed
	k.writes(everyOther(), last)
	k.shows("Given now")
	k.hides("Same as last time")
	k.press(view.ActRepeat, view.FieldEntry, k.offers(view.ActRepeat))
	list, _ := k.treatments()
	if n := len(list); n != 2 || list[1].Reason != diary.ReasonProphylaxis {
		t.Fatalf("%+v", list)
	}
	k.hides("Given now")
	k.shows("Undo")
}

func TestTheFirstDoseOfAPlanOpensItsForm(t *testing.T) {
	k := keeps(t)
	plan := everyOther()
	plan.From = diary.Date{Year: 2026, Month: 11, Day: 23}
	k.writes(plan)
	k.press(view.ActDose, view.FieldDose, k.offers(view.ActDose))
	k.shows("Record a treatment")
	if f := k.form; f.get(view.FieldProduct) != "fviii.advate" || f.get(view.FieldAmount) != "1,500" || f.get(view.FieldReason) != "reason.prophylaxis" || f.get(view.FieldTime) != "09:00" {
		t.Errorf("%v", f.fields)
	}
}

func TestWhatCannotBeRepeatedAtOnce(t *testing.T) {
	k := keeps(t)
	k.writes(&diary.Treatment{Taken: atBerlin(1, 9, 0), Product: "gene.roctavian", Amount: diary.Units(240), Reason: diary.ReasonProphylaxis})
	k.hides(view.ActRepeat)
	k.shows("Roctavian on 1\u00a0November 2026: no regular doses")
	// An entry that is gone, or no entry at all.
	for _, entry := range []string{"", "e_", diary.NewID().String()} {
		k.press(view.ActRepeat, view.FieldEntry, entry)
	}
	// Even if asked for by its name.
	list, _ := k.treatments()
	k.press(view.ActRepeat, view.FieldEntry, list[0].ID.String())
	k.shows("Record a treatment")
	if list, _ := k.treatments(); len(list) != 1 {
		t.Errorf("%d gene therapies", len(list))
	}
}

func TestADiskThatIsFullLosesNothing(t *testing.T) {
	k := keeps(t)
	k.writes(advateAt(atBerlin(20, 7, 0)))
	k.disk.FailNext()
	k.press(view.ActRepeat, view.FieldEntry, k.offers(view.ActRepeat))
	k.shows("Nothing was recorded. Free some space")
	k.hides("Undo")
	if list, _ := k.treatments(); len(list) != 1 {
		t.Fatalf("%d treatments", len(list))
	}
	// The form keeps what was typed.
	k.press(view.ActRecordTreatment)
	k.disk.FailIn(2, false) // the draft is kept, the entry is not
	fields := []string{view.FieldProduct, "fviii.advate", view.FieldAmount, "1000", view.FieldReason, "reason.bleed", view.FieldDate, "2026-11-23", view.FieldTime, "08:30", view.FieldNote, "typed at 3 a.m."}
	k.press(view.ActTreatmentSave, fields...)
	k.shows("This device could not store the entry")
	k.shows("typed at 3 a.m.")
	k.press(view.ActTreatmentSave, fields...)
	k.shows("Saved.")
	// An undo that fails can be tried again.
	k.disk.FailNext()
	k.press(view.ActUndo)
	k.shows("Not everything could be taken back")
	k.press(view.ActUndo)
	k.shows("Taken back")
	if list, back := k.treatments(); len(list) != 1 || back != 1 {
		t.Errorf("%d stand, %d taken back", len(list), back)
	}
}

func TestEverySaveCanBeUndone(t *testing.T) {
	k := keeps(t)
	k.writes(advateAt(atBerlin(20, 7, 0)))
	list, _ := k.treatments()
	entry := list[0].ID.String()
	// A correction: what stood before stands again, and the history has all three.
	k.press(view.ActEntryCorrect, view.FieldEntry, entry)
	fields := make(map[string]string)
	for n, v := range k.form.fields {
		fields[n] = v
	}
	fields[view.FieldAmount], fields[view.FieldWhy] = "2000", "read the wrong vial"
	k.tell(node.Event{Kind: "act", Act: view.ActTreatmentSave, Fields: fields})
	k.shows("Correction saved")
	if list, _ := k.treatments(); list[0].Amount != diary.Units(2000) {
		t.Fatalf("%v", list[0].Amount)
	}
	k.press(view.ActUndo)
	k.shows("The correction was taken back")
	list, back := k.treatments()
	if len(list) != 1 || back != 0 || list[0].Amount != diary.Units(1500) || list[0].Because != "Undone right after saving" {
		t.Errorf("%+v, %d taken back", list, back)
	}
	// A note.
	k.press(view.ActRecordNote)
	k.press(view.ActNoteSave, view.FieldText, "too soon")
	k.press(view.ActUndo)
	k.shows("Taken back")
	k.env.Client.Look(func(l app.Look) {
		if n := len(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindNote}})); n != 0 {
			t.Errorf("%d notes stand", n)
		}
	})
	// Whatever is done in between ends it.
	k.press(view.ActRecordNote)
	k.press(view.ActNoteSave, view.FieldText, "kept")
	k.press(view.ActGoDiary)
	k.press(view.ActUndo)
	k.env.Client.Look(func(l app.Look) {
		if n := len(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindNote}})); n != 1 {
			t.Errorf("%d notes stand", n)
		}
	})
}

func TestADoseThatWasNotGiven(t *testing.T) {
	k := keeps(t)
	k.writes(everyOther(), advateAt(atBerlin(21, 7, 0)))
	dose := ""
	if _, rest, ok := strings.Cut(k.page.html, `name="dose" value="`); ok {
		dose, _, _ = strings.Cut(rest, `"`)
	}
	for range 2 {
		k.press(view.ActMissed, view.FieldDose, dose, view.FieldMissed, "notgiven.travel")
	}
	k.shows("Nothing was added")
	list, _ := k.treatments()
	if len(list) != 2 || list[1].NotGiven != diary.NotGivenTravel || list[1].Taken != atBerlin(23, 7, 0) || list[1].Amount != diary.Units(1500) {
		t.Fatalf("%+v", list)
	}
	k.press(view.ActGoToday)
	k.hides("Given now")
	k.shows("Not given")
	k.press(view.ActDiaryFilter, view.FieldFilter, "4")
	k.press(view.ActGoDiary)
	k.press(view.ActDiaryFilter, view.FieldFilter, strconv.Itoa(int(view.FilterMissed)))
	k.shows("Travelling")
	k.hides("21\u00a0November")
	for _, bad := range []string{"", "x", dose[:30], dose + "0000", strings.Replace(dose, "@", "@-", 1)} {
		k.press(view.ActMissed, view.FieldDose, bad, view.FieldMissed, "notgiven.travel")
	}
	if list, _ := k.treatments(); len(list) != 2 {
		t.Errorf("%d treatments", len(list))
	}
	// From the form: a reason, and nothing that only a dose has.
	k.press(view.ActRecordTreatment)
	fields := []string{view.FieldProduct, "fviii.advate", view.FieldReason, "reason.prophylaxis", view.FieldDate, "2026-11-22", view.FieldTime, "07:00", view.FieldWasMissed, "1", view.FieldLot + "0", "LOT", view.FieldSite, "site.port"}
	k.press(view.ActTreatmentSave, fields...)
	k.shows("Please choose one.")
	k.press(view.ActTreatmentSave, append(fields, view.FieldMissed, "notgiven.novein")...)
	k.shows("Saved.")
	list, _ = k.treatments()
	if x := list[1]; x.NotGiven != diary.NotGivenNoVein || x.Lots != nil || x.Site != 0 || x.Amount != 0 {
		t.Errorf("%+v", x)
	}
	// Where there is no amount, none is shown.
	k.press(view.ActEntryOpen, view.FieldEntry, list[1].ID.String())
	k.shows("No vein found")
	k.hides("0\u00a0IU")
	// It comes back from its form.
	k.press(view.ActEntryCorrect, view.FieldEntry, list[1].ID.String())
	if k.form.get(view.FieldWasMissed) != "1" || k.form.get(view.FieldMissed) != "notgiven.novein" {
		t.Errorf("%v", k.form.fields)
	}
}

func TestTheAmountFollowsTheVialsUntilItIsTyped(t *testing.T) {
	k := keeps(t)
	k.press(view.ActRecordTreatment)
	fill := func(amount string, lots ...string) {
		fields := []string{view.FieldProduct, "fviii.advate", view.FieldAmount, amount}
		for i := 0; i < len(lots); i += 2 {
			n := strconv.Itoa(i / 2)
			fields = append(fields, view.FieldLot+n, "L"+n, view.FieldPacks+n, lots[i], view.FieldStrength+n, lots[i+1])
		}
		k.press(view.ActDraft, fields...)
	}
	for _, c := range []struct {
		what, amount string
		lots         []string
		want, note   string
	}{
		{"nothing known", "", []string{"2", ""}, "", ""},
		{"two vials", "", []string{"2", "1000"}, "2,000", "In the vials: 2,000\u00a0IU<"},
		{"three vials, the amount was theirs", "2,000", []string{"3", "1000"}, "3,000", "In the vials: 3,000\u00a0IU<"},
		{"typed otherwise", "2500", []string{"3", "1000"}, "2500", "Please check"},
		{"and stays so", "2500", []string{"4", "1000"}, "2500", "In the vials: 4,000\u00a0IU – but what you enter"},
		{"not a number", "lots", []string{"1", "1000"}, "lots", "In the vials: 1,000"},
	} {
		fill(c.amount, c.lots...)
		if got := k.form.get(view.FieldAmount); got != c.want {
			t.Errorf("%s: %q", c.what, got)
		}
		if c.note != "" {
			k.shows(c.note)
		}
	}
	// Another product has other vials.
	k.press(view.ActDraft, view.FieldProduct, "nonfactor.hemlibra", view.FieldAmount, "2500", view.FieldStrength+"0", "1000")
	if k.form.get(view.FieldStrength+"0") != "" {
		t.Error("the strength of the product before is kept")
	}
	k.shows("Injection site")
	// Strength and code of a pack come through a correction.
	lot := diary.Lot{Batch: "X", Packs: 1, Strength: diary.Units(1750), PZN: "03752864"}
	k.press(view.ActFormCancel)
	k.writes(advateAt(atBerlin(20, 7, 0), lot))
	list, _ := k.treatments()
	k.press(view.ActEntryCorrect, view.FieldEntry, list[0].ID.String())
	k.shows("1,750\u00a0IU")
	if got := k.typedTreatment(); !slices.Equal(got.Lots, []diary.Lot{lot}) {
		t.Errorf("%+v", got.Lots)
	}
}

func TestAmountsAreReadAsTheyArePasted(t *testing.T) {
	for _, tt := range []struct {
		l    lang.Lang
		text string
		want int64
		ok   bool
	}{
		{lang.German, "1500 IE", 1500_000, true}, {lang.German, "1.500 I.E.", 1500_000, true}, {lang.English, "1,500 IU", 1500_000, true}, {lang.English, "1500", 1500_000, true},
		{lang.German, "2,5 mg", 2500, true}, {lang.English, "2.5mg", 2500, true}, {lang.English, "2,5 mg", 2500, true}, {lang.German, "150 µg", 150_000, true}, {lang.German, "2500E", 2500_000, true},
		{lang.English, "IU", 0, false}, {lang.English, "1500 IU IU", 0, false}, {lang.English, "two", 0, false}, {lang.German, "1e3", 0, false},
	} {
		if got, ok := tt.l.ParseAmount(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("%s %q: %d, %v", tt.l.Tag(), tt.text, got, ok)
		}
	}
}

func TestTheLastSiteIsShown(t *testing.T) {
	k := keeps(t)
	k.writes(&diary.Treatment{Taken: atBerlin(9, 18, 0), Product: "nonfactor.hemlibra", Amount: diary.Units(105), Reason: diary.ReasonProphylaxis, Site: diary.SiteAbdomenLeft})
	k.press(view.ActRecordTreatment)
	k.press(view.ActDraft, view.FieldProduct, "nonfactor.hemlibra")
	k.shows("Last time: Abdomen, left")
	k.hides("Vein, left arm")
	k.shows("Used last")
	// What is given in two ways has the sites of both.
	k.press(view.ActDraft, view.FieldProduct, "adjunct.octim.injection")
	k.shows("Vein, left arm")
	k.shows("Left thigh")
}

func TestAPCCWithEmicizumabIsToldAndHoldsNobodyBack(t *testing.T) {
	k := keeps(t)
	k.writes(&diary.Treatment{Taken: atBerlin(9, 18, 0), Product: "nonfactor.hemlibra", Amount: diary.Units(105), Reason: diary.ReasonProphylaxis},
		&diary.Measure{Taken: atBerlin(1, 8, 0), What: diary.MeasuredWeight, Value: diary.Units(50)})
	k.press(view.ActRecordTreatment)
	fields := []string{view.FieldProduct, "bypass.feiba", view.FieldAmount, "6000", view.FieldReason, "reason.bleed", view.FieldDate, "2026-11-23", view.FieldTime, "08:30"}
	k.press(view.ActDraft, fields...)
	k.shows("More than 100 U/kg of FEIBA in 24 hours")
	k.shows("6,000 U in 24 hours, 120 U for each kg")
	k.press(view.ActDraft, append(fields, view.FieldAmount, "3000")...)
	k.hides("More than 100")
	k.shows("FEIBA and emicizumab")
	k.press(view.ActDraft, append(fields, view.FieldProduct, "fviii.advate")...)
	k.hides("FEIBA and emicizumab")
	k.press(view.ActTreatmentSave, fields...)
	k.shows("Saved.")
	k.shows("More than 100 U/kg of FEIBA") // and on the first screen, for a day
	k.watch = k.watch.Add(24 * time.Hour)
	k.press(view.ActGoToday)
	k.hides("FEIBA and emicizumab")
	k.hides("More than 100")
}

func TestSeveralDaysAtOnce(t *testing.T) {
	k := keeps(t)
	k.writes(everyOther(), advateAt(atBerlin(17, 7, 30)))
	k.press(view.ActBackfill)
	k.shows("Save 6 days") // of 11, 13, 15, 19, 21 and 23 November; the 17th is there
	k.shows("In the diary: 1,500\u00a0IU, 07:30")
	fields := map[string]string{}
	for n, v := range k.form.fields {
		fields[n] = v
	}
	if fields[view.FieldAmount] != "1,500" || fields[view.FieldTime] != "07:00" || fields[view.FieldReason] != "reason.prophylaxis" {
		t.Errorf("%v", fields)
	}
	save := func() { k.tell(node.Event{Kind: "act", Act: view.ActBackfillSave, Fields: fields}) }
	// What is wrong is told beside each field, all at once, and nothing is written.
	fields[view.FieldAmount], fields[view.FieldDayTime+"2026-11-23.0"], fields[view.FieldDayTime+"2026-11-21.0"] = "lots", "23:00", "later"
	save()
	k.shows("This lies in the future")
	k.shows(`id="problems"`)
	if n := len(k.problems); n != 3 {
		t.Errorf("%d problems: %+v", n, k.problems)
	}
	fields[view.FieldAmount], fields[view.FieldDayTime+"2026-11-23.0"], fields[view.FieldDayTime+"2026-11-21.0"] = "1500 IU", "08:15", "07:00"
	fields[view.FieldDayMissed+"2026-11-19.0"] = "notgiven.travel"
	delete(fields, view.FieldDay+"2026-11-11.0")
	// The disk is full after two: these are said, and stay; the rest is still ticked.
	k.disk.FailIn(4, false) // the draft, two entries
	save()
	k.shows("2 of 5 were saved")
	if list, _ := k.treatments(); len(list) != 3 {
		t.Fatalf("%d treatments", len(list))
	}
	k.shows("Save 3 days")
	for n := range fields {
		if k.form.fields[n] == "" {
			delete(fields, n)
		}
	}
	save()
	k.shows("3 entries added.")
	list, _ := k.treatments()
	var when []string
	for _, x := range list {
		when = append(when, x.Taken.Time().Format("02 15:04"))
	}
	if !slices.Equal(when, []string{"13 07:00", "15 07:00", "17 07:30", "19 07:00", "21 07:00", "23 08:15"}) || list[3].NotGiven != diary.NotGivenTravel || list[3].Lots != nil {
		t.Errorf("%v", when)
	}
	k.press(view.ActUndo)
	k.shows("3 entries taken back")
	if list, back := k.treatments(); len(list) != 3 || back != 3 {
		t.Errorf("%d stand, %d taken back", len(list), back)
	}
}

func TestBackfillingGoesBackSixtyDaysAndOutlivesALock(t *testing.T) {
	k := keeps(t)
	k.writes(advateAt(atBerlin(20, 7, 0)))
	k.press(view.ActBackfill)
	k.shows("Save 0 days")
	rows := func() int { return strings.Count(k.page.html, `class="day-row"`) }
	for _, want := range []int{14, 28, 42, 56, 60} {
		if n := rows(); n != want {
			t.Fatalf("%d rows, not %d", n, want)
		}
		if want < 60 {
			k.press(view.ActBackfillMore, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldTime, "06:30", view.FieldDay+"2026-11-21.0", "1")
		}
	}
	k.hides(view.ActBackfillMore)
	k.press(view.ActBackfillSave, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldTime, "06:30")
	k.shows("tick at least one day")
	k.press(view.ActDraft, view.FieldProduct, "fviii.advate", view.FieldAmount, "1250", view.FieldReason, "reason.prophylaxis", view.FieldTime, "06:30", view.FieldDay+"2026-10-01.0", "1")
	k.lock(true)
	k.draw()
	k.press(view.ActUnlock, view.FieldPassphrase, words)
	k.shows("Your unfinished entry is back")
	if rows() != 60 || k.form.get(view.FieldDay+"2026-10-01.0") != "1" || k.form.get(view.FieldAmount) != "1250" {
		t.Errorf("%d rows, %v", rows(), k.form.fields)
	}
	k.shows("Save 1 day")
}

func TestAClockThatWasWrong(t *testing.T) {
	k := keeps(t)
	k.press(view.ActRecordTreatment)
	k.press(view.ActTreatmentSave, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldDate, "2026-11-26", view.FieldTime, "07:00")
	k.shows("This lies in the future")
	if len(k.problems) != 1 || k.problems[0].Field != view.FieldDate {
		t.Errorf("%+v", k.problems)
	}
	k.press(view.ActFormCancel)
	// The device believes that it is five days later, and writes; then its clock is put right.
	right := k.watch
	k.watch = right.Add(5 * 24 * time.Hour)
	k.press(view.ActRecordTreatment)
	k.press(view.ActTreatmentSave, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldDate, "2026-11-28", view.FieldTime, "07:00")
	k.shows("Saved.")
	k.watch = right
	k.press(view.ActGoToday)
	k.press(view.ActGoDiary)
	k.shows("Advate")
	list, _ := k.treatments()
	k.press(view.ActEntryCorrect, view.FieldEntry, list[0].ID.String())
	k.press(view.ActTreatmentSave, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldDate, "2026-11-23", view.FieldTime, "07:00", view.FieldWhy, "the clock was wrong")
	k.shows("Correction saved")
	list, _ = k.treatments()
	if len(list) != 1 || list[0].Taken != atBerlin(23, 7, 0) {
		t.Errorf("%+v", list)
	}
}

func TestTimesWhenTheClocksChangeAndOnTheWay(t *testing.T) {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	newYork := func(at time.Time) time.Duration { return -5 * time.Hour }
	// A zone whose clocks go forward by an hour at 2:00 UTC+10 on 4 October 2026, and one that skips a day.
	sydney := func(at time.Time) time.Duration {
		if at.Before(time.Date(2026, 10, 3, 16, 0, 0, 0, time.UTC)) {
			return 10 * time.Hour
		}
		return 11 * time.Hour
	}
	samoa := func(at time.Time) time.Duration {
		if at.Before(time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC)) {
			return -10 * time.Hour
		}
		return 14 * time.Hour
	}
	for _, tt := range []struct {
		what        string
		zone        func(time.Time) time.Duration
		date, clock string
		want        string
	}{
		{"the hour that is there twice is the first", berlin(t), "2026-10-25", "02:30", "2026-10-25T02:30:00+02:00"},
		{"just before it", berlin(t), "2026-10-25", "01:59", "2026-10-25T01:59:00+02:00"},
		{"just after it", berlin(t), "2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"},
		{"the hour that is not there, by the clock not yet changed", berlin(t), "2026-03-29", "02:30", "2026-03-29T02:30:00+01:00"},
		{"the first minute of it", berlin(t), "2026-03-29", "02:00", "2026-03-29T02:00:00+01:00"},
		{"the first minute after it", berlin(t), "2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"},
		{"the day before a change", berlin(t), "2026-10-24", "23:59", "2026-10-24T23:59:00+02:00"},
		{"in the south, before", sydney, "2026-10-04", "01:59", "2026-10-04T01:59:00+10:00"},
		{"in the south, after", sydney, "2026-10-04", "03:00", "2026-10-04T03:00:00+11:00"},
		{"abroad", newYork, "2026-11-23", "07:40", "2026-11-23T07:40:00-05:00"},
		{"across the date line, before", samoa, "2011-12-29", "12:00", "2011-12-29T12:00:00-10:00"},
		{"across the date line, after", samoa, "2011-12-31", "12:00", "2011-12-31T12:00:00+14:00"},
	} {
		x.env.Zone = tt.zone
		m, field, _ := x.momentAt(tt.date, tt.clock)
		if got := m.Time().Format(time.RFC3339); field != "" || got != tt.want {
			t.Errorf("%s: %s", tt.what, got)
		}
	}
}

func TestWhatWasWrittenAbroadKeepsItsTime(t *testing.T) {
	k := keeps(t)
	k.env.Zone = func(time.Time) time.Duration { return -5 * time.Hour }
	k.press(view.ActRecordTreatment)
	k.press(view.ActTreatmentSave, view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, "reason.prophylaxis", view.FieldDate, "2026-11-23", view.FieldTime, "02:15")
	k.shows("Saved.")
	k.env.Zone = berlin(t)
	list, _ := k.treatments()
	if got := list[0].Taken.Time().Format(time.RFC3339); got != "2026-11-23T02:15:00-05:00" {
		t.Fatalf("%s", got)
	}
	k.press(view.ActEntryCorrect, view.FieldEntry, list[0].ID.String())
	if k.form.get(view.FieldTime) != "02:15" {
		t.Errorf("the form says %s", k.form.get(view.FieldTime))
	}
}

// BenchmarkDrawing5000 draws screens of a diary of ten years: 5,000 treatments, one in
// fifty not given, and 300 bleeds.
func BenchmarkDrawing5000(b *testing.B) {
	k := keeps(b)
	var all []diary.Entry
	for i := range 5000 {
		t := advateAt(diary.MomentOf(k.watch.Add(-time.Duration(i)*17*time.Hour)), diary.Lot{Batch: "L" + strconv.Itoa(i/40), Expiry: diary.Date{Year: 2028, Month: 8}})
		if i%50 == 7 {
			t.Lots, t.NotGiven = nil, diary.NotGivenTravel
		}
		all = append(all, t)
		if i%17 == 0 && i > 0 {
			start := t.Taken.Add(-3600_000)
			all = append(all, &diary.Bleed{Start: start, End: start.Add(30 * 3600_000), Places: []diary.Place{diary.LeftKnee}})
		}
	}
	k.has(append(all, everyOther())...)
	for _, at := range []struct {
		name string
		p    place
	}{{"today", place{name: atToday}}, {"diary", place{name: atDiary}}, {"diary with 600", place{name: atDiary, shown: 600}}, {"not given", place{name: atDiary, filter: view.FilterMissed}}} {
		b.Run(at.name, func(b *testing.B) {
			k.goTo(at.p)
			b.ReportAllocs()
			for b.Loop() {
				k.draw()
			}
		})
	}
}
