package screen

import (
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// has puts entries into the tab's diary, as if they had come from another device.
func (x *tab) has(entries ...diary.Entry) {
	x.t.Helper()
	x.env.Client.Look(func(l app.Look) {
		for _, e := range entries {
			h := e.Top()
			if h.ID.IsZero() {
				h.ID = diary.NewID()
			}
			h.Entered = diary.MomentOf(x.watch)
			body, err := diary.Encode(e)
			if err != nil {
				x.t.Fatal(err)
			}
			r := diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: diary.Patient}, Written: x.watch.UnixMilli(), Hash: sha256.Sum256(body), Own: true}
			if err := l.Diary().Add(r); err != nil {
				x.t.Fatal(err)
			}
		}
	})
}

// ago is a moment so long before the tab's now.
func (x *tab) ago(d time.Duration) diary.Moment { return diary.MomentOf(x.local(x.watch.Add(-d))) }

func (x *tab) shape(id string) {
	x.t.Helper()
	act := view.ActBleedPlace
	if strings.Contains(id, "-to-") {
		act = view.ActBleedView
	}
	x.tell(node.Event{Kind: "act", Act: act, ID: id, Fields: map[string]string{view.FieldDate: x.form.get(view.FieldDate), view.FieldTime: x.form.get(view.FieldTime)}})
}

func (x *tab) hides(words string) {
	x.t.Helper()
	if strings.Contains(x.page.html, words) {
		x.t.Fatalf("%q is on the page titled %q", words, x.page.title)
	}
}

func TestEverythingAboutABleedComesBackFromItsForm(t *testing.T) {
	start := time.Date(2026, 11, 20, 18, 5, 0, 0, time.FixedZone("", 3600))
	x := unlocked(t)
	earlier := &diary.Bleed{Start: diary.MomentOf(start.Add(-30 * 24 * time.Hour)), Places: []diary.Place{diary.LeftKnee}}
	x.has(earlier)
	for what, want := range map[string]*diary.Bleed{
		"several places":      {Start: diary.MomentOf(start), Places: []diary.Place{diary.RightAnkle, diary.LeftKnee, diary.PlaceOf(diary.Nose, diary.NoSide)}, Type: diary.BleedJoint},
		"a kind of its own":   {Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedMuscle},
		"both answers":        {Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Response8h: diary.ResponseUnknown, Response72h: diary.ResponseNone},
		"still open":          {Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint},
		"again one long ago":  {Head: diary.Head{ID: diary.NewID()}, Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Again: earlier.ID},
		"again one not here":  {Head: diary.Head{ID: diary.NewID()}, Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Again: diary.NewID()},
		"moved somewhere new": {Head: diary.Head{ID: diary.NewID()}, Start: diary.MomentOf(start), Places: []diary.Place{diary.LeftHip}, Type: diary.BleedJoint, Again: earlier.ID},
	} {
		fields := make(map[string]string)
		x.fillBleed(fields, want)
		x.form, x.problems = form{fields: fields, lots: 1}, nil
		if !want.ID.IsZero() { // a correction
			x.has(want)
			x.form.entry = want.ID.String()
		}
		got := x.typedBleed()
		got.Head = want.Head
		if len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: it comes back as %+v with problems %v", what, got, x.problems)
		}
	}
}

func TestPlacesAreChosenOnTheMapAndInTheListAlike(t *testing.T) {
	x := unlocked(t)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	x.shape("map-place.joint.knee.left")
	x.press(view.ActBleedPlace, view.FieldPlace, "place.joint.ankle.right", view.FieldNote, "stairs")
	if got := x.placesTyped(); !slices.Equal(got, []diary.Place{diary.LeftKnee, diary.RightAnkle}) {
		t.Errorf("chosen are %v", got)
	}
	for _, id := range []string{"map-place.joint.knee.left", "list-place.joint.knee.left", "map-place.joint.ankle.right", "list-place.joint.ankle.right"} {
		_, tag, _ := strings.Cut(x.page.html, `id="`+id+`"`)
		if tag, _, _ = strings.Cut(tag, ">"); !strings.Contains(tag, `aria-pressed="true"`) {
			t.Errorf("%s is not pressed: %s", id, tag)
		}
	}
	x.press(view.ActBleedPlace, view.FieldPlace, "place.joint.knee.left")
	x.shape("map-front-26-to-hands")
	x.shape("map-place.joint.finger.left")
	if got := x.placesTyped(); !slices.Equal(got, []diary.Place{diary.RightAnkle, diary.PlaceOf(diary.FingerJoint, diary.Left)}) {
		t.Errorf("chosen are %v", got)
	}
	if x.form.get(view.FieldNote) != "stairs" {
		t.Error("the note went when a place was chosen")
	}
	x.shape("map-place.joint.knee")
	x.press(view.ActBleedPlace, view.FieldPlace, "place.none")
	if len(x.placesTyped()) != 2 {
		t.Error("what is no place was chosen")
	}
	// It is all in the draft.
	x.leaveForm()
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	if len(x.placesTyped()) != 2 || x.form.get(view.FieldView) != "hands" {
		t.Errorf("the draft has %v in the view %q", x.placesTyped(), x.form.get(view.FieldView))
	}
}

func TestAPlaceThatIsDangerousBringsTheTelephoneFirst(t *testing.T) {
	x := unlocked(t)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	x.hides("call-now")
	x.page.commands = nil
	x.shape("map-place.neck.throat")
	x.shows(`href="tel:112"`)
	if !slices.Contains(x.page.commands, "scroll id call-now") {
		t.Errorf("the page was told %q", x.page.commands)
	}
	if strings.Index(x.page.html, "call-now") > strings.Index(x.page.html, `id="bleed"`) {
		t.Error("the form comes before the telephone")
	}
	x.page.commands = nil
	x.shape("map-place.neck.throat")
	x.hides("call-now")
	if len(x.page.commands) != 0 {
		t.Errorf("the page was told %q", x.page.commands)
	}
}

func TestTheRuleAnswersUntilThePersonDoes(t *testing.T) {
	x := unlocked(t)
	first := &diary.Bleed{Start: x.ago(5 * 24 * time.Hour), Places: []diary.Place{diary.LeftKnee}}
	x.has(first)
	x.has(&diary.Treatment{Taken: x.ago(3 * 24 * time.Hour), Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, Bleed: first.ID})
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	x.hides("Is it the same bleed again?")
	x.shape("map-place.joint.knee.left")
	x.shows("Is it the same bleed again?")
	send := func(clock, again, shown string) *diary.Bleed {
		t.Helper()
		x.press(view.ActDraft, view.FieldDate, "2026-11-23", view.FieldTime, clock, view.FieldAgain, again, view.FieldAgainShown, shown)
		x.problems = nil
		return x.typedBleed()
	}
	old := first.ID.String()
	// The dose was at 09:00 three days ago: 09:00 today is the last minute.
	if b := send("09:00", old, old); b.Again != first.ID {
		t.Error("72 hours after: the rule says the same")
	}
	if b := send("09:01", old, old); !b.Again.IsZero() {
		t.Error("the time moved on, and the rule's answer stayed")
	}
	if b := send("09:01", view.AgainNew, view.AgainNew); !b.Again.IsZero() {
		t.Error("the rule says new")
	}
	if b := send("09:01", old, view.AgainNew); b.Again != first.ID {
		t.Error("the person said the same, and the rule overruled them")
	}
	if b := send("09:00", view.AgainNew, old); !b.Again.IsZero() {
		t.Error("the person said new, and the rule overruled them")
	}
	if b := send("09:00", diary.NewID().String(), view.AgainNew); b.Again != first.ID {
		t.Error("an answer about another bleed counts for this one")
	}
	// Elsewhere, nobody is asked.
	x.shape("map-place.joint.knee.left")
	x.shape("map-place.joint.knee.right")
	x.hides("Is it the same bleed again?")
	if b := send("09:00", old, old); !b.Again.IsZero() {
		t.Error("the other knee is the same bleed")
	}
}

func TestMoreAboutAnOpenBleedTakesAlongWhatWasTyped(t *testing.T) {
	x := unlocked(t)
	first := &diary.Bleed{Start: x.ago(20 * time.Hour), Places: []diary.Place{diary.LeftKnee}, Pain: diary.PainOf(2), Signs: diary.SignWarmth, Note: "on the stairs", Cause: diary.CauseTrauma}
	x.has(first)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	x.shape("map-place.joint.knee.left")
	x.shape("map-place.muscle.calf.left")
	x.shows(view.ActBleedMore)
	x.press(view.ActBleedMore, view.FieldEntry, first.ID.String(), view.FieldDate, "2026-11-23", view.FieldTime, "09:00",
		view.FieldPain, "7", diary.SignSwelling.Key(), "1", view.FieldNote, "now the calf", view.FieldCause, diary.CauseSpontaneous.Key())
	if x.at.name != atBleed || x.form.entry != first.ID.String() || x.form.get(view.FieldWhy) != lang.English.T(lang.MoreWhy) {
		t.Fatalf("the form is %+v", x.form)
	}
	b := x.typedBleed()
	want := &diary.Bleed{
		Start: first.Start, Places: []diary.Place{diary.LeftKnee, diary.PlaceOf(diary.CalfMuscle, diary.Left)}, Type: diary.BleedJoint, Pain: diary.PainOf(7),
		Signs: diary.SignWarmth | diary.SignSwelling, Note: "on the stairs\nnow the calf", Cause: diary.CauseTrauma,
	}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("it is %+v, not %+v", b, want)
	}
	x.press(view.ActFormCancel)
	x.press(view.ActRecordBleed)
	if len(x.placesTyped()) != 0 {
		t.Error("the new bleed is still there")
	}
}

func TestATreatmentForABleedBeginsWithWhatStopsBleeds(t *testing.T) {
	for what, c := range map[string]struct {
		doses   []*diary.Treatment
		product string
	}{
		"nothing before":                 {nil, ""},
		"only what prevents bleeds":      {[]*diary.Treatment{{Product: "nonfactor.hemlibra", Amount: diary.Units(150), Reason: diary.ReasonProphylaxis}}, ""},
		"factor as prophylaxis":          {[]*diary.Treatment{{Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis}}, "fviii.advate"},
		"a bleed before, factor since":   {[]*diary.Treatment{{Product: "bypass.novoseven", Amount: diary.Units(5), Reason: diary.ReasonBleed}, {Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis}}, "bypass.novoseven"},
		"what prevents bleeds came last": {[]*diary.Treatment{{Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis}, {Product: "nonfactor.hemlibra", Amount: diary.Units(150), Reason: diary.ReasonProphylaxis}}, "fviii.advate"},
	} {
		x := unlocked(t)
		b := &diary.Bleed{Start: x.ago(time.Hour), Places: []diary.Place{diary.LeftKnee}}
		x.has(b)
		for i, d := range c.doses {
			d.Taken = x.ago(time.Duration(10-i) * 24 * time.Hour)
			d.Lots = []diary.Lot{{Batch: "A1"}}
			x.has(d)
		}
		x.goTo(place{name: atToday})
		x.press(view.ActBleedTreat, view.FieldEntry, b.ID.String())
		f := x.form
		if x.at.name != atTreatment || f.get(view.FieldBleed) != b.ID.String() || f.get(view.FieldReason) != diary.ReasonBleed.Key() || f.get(view.FieldProduct) != c.product {
			t.Errorf("%s: %v %+v", what, x.at.name, f.fields)
		}
		if f.get(view.FieldLot+"0") != "" {
			t.Errorf("%s: a lot was filled in that nobody read", what)
		}
	}
}

func TestAQuestionThatWasPutOffComesBackWhenTheDiaryIsOpened(t *testing.T) {
	x := unlocked(t)
	b := &diary.Bleed{Start: x.ago(20 * time.Hour), Places: []diary.Place{diary.LeftKnee}}
	x.has(b)
	x.has(&diary.Treatment{Taken: x.ago(19 * time.Hour), Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, Bleed: b.ID})
	x.goTo(place{name: atToday})
	x.draw()
	x.shows("Left knee: How was it 8 hours after the first dose?")
	x.press(view.ActBleedLater, view.FieldEntry, b.ID.String(), view.FieldAfter, "8h")
	x.hides("8 hours after the first dose")
	x.press(view.ActEntryOpen, view.FieldEntry, b.ID.String())
	x.shows("8 hours after the first dose")
	x.lock(true)
	if x.later != nil {
		t.Error("a locked tab remembers the bleed")
	}
}

func TestAReasonThatTheAppGaveIsReadInTheReadersLanguage(t *testing.T) {
	x := unlocked(t)
	for _, c := range []struct{ written, read string }{
		{lang.German.T(lang.Answer8hWhy), lang.English.T(lang.Answer8hWhy)},
		{lang.English.T(lang.OpenBleedEnd), lang.English.T(lang.OpenBleedEnd)},
		{"falsches Knie", "falsches Knie"},
		{"", ""},
	} {
		if got := x.because(c.written); got != c.read {
			t.Errorf("%q is read as %q", c.written, got)
		}
	}
}

func TestABleedsPageTellsItsCourse(t *testing.T) {
	x := unlocked(t)
	first := &diary.Bleed{Start: x.ago(6 * 24 * time.Hour), End: x.ago(4 * 24 * time.Hour), Places: []diary.Place{diary.LeftKnee}, Response8h: diary.ResponseExcellent}
	x.has(first)
	second := &diary.Bleed{Start: x.ago(3 * 24 * time.Hour), Places: []diary.Place{diary.LeftKnee}, Again: first.ID}
	x.has(second)
	for _, h := range []time.Duration{140, 120} {
		x.has(&diary.Treatment{Taken: x.ago(h * time.Hour), Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, Bleed: first.ID})
	}
	x.env.Client.Look(func(l app.Look) {
		it, _ := l.Diary().Get(first.ID)
		c := x.course(l.Diary(), it, true)
		var kinds []view.StepKind
		for _, s := range c.Steps {
			kinds = append(kinds, s.Kind)
		}
		if want := []view.StepKind{view.StepBegan, view.StepDose, view.StepAnswer8h, view.StepDose, view.StepEnd, view.StepAgain}; !slices.Equal(kinds, want) {
			t.Errorf("the steps are %v", kinds)
		}
		if c.Outcome != diary.ResponseGood || c.Doses != 2 || len(c.Came) != 1 || c.Again != nil || c.Ask == nil || !c.Ask.Late {
			t.Errorf("%+v", c)
		}
		if len(c.Counts) != 1 || c.Counts[0].Bleeds != 1 {
			t.Errorf("a bleed that came back is counted %+v", c.Counts)
		}
		it, _ = l.Diary().Get(second.ID)
		if c := x.course(l.Diary(), it, false); c.Again == nil || c.Ask != nil || c.MayTreat {
			t.Errorf("at a centre: %+v", c)
		}
	})
	x.press(view.ActEntryOpen, view.FieldEntry, second.ID.String())
	x.shows("This bleed continues:")
}
