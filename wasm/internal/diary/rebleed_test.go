package diary

import (
	"slices"
	"testing"
)

// knee is a bleed in the left knee that began so long before now.
func knee(h Head, ago int64) *Bleed {
	return &Bleed{Head: h, Start: now.Add(-ago), Places: []Place{LeftKnee}}
}

func doseFor(n, bleed byte, ago int64) *Treatment {
	return &Treatment{Head: head(n), Taken: now.Add(-ago), Product: "fviii.advate", Amount: Units(2000), Reason: ReasonBleed, Bleed: id(bleed)}
}

func TestARebleedIsToldFromANewBleedAsTheISTHDoes(t *testing.T) {
	over := func(b *Bleed, ago int64) *Bleed { b.End = now.Add(-ago); return b }
	again := func(b *Bleed, of byte) *Bleed { b.Again = id(of); return b }
	in := func(b *Bleed, p ...Place) *Bleed { b.Places = p; return b }
	// The bleed in question begins now, in the left knee.
	for _, c := range []struct {
		name  string
		diary []Entry
		of    byte // the earlier bleed that is found; 0: none
		same  bool
	}{
		{"nothing before", nil, 0, false},
		{"worse on treatment", []Entry{knee(head(1), 30*hour), doseFor(10, 1, 29*hour), doseFor(11, 1, 5*hour)}, 1, true},
		{"72 hours after the last dose, to the minute", []Entry{over(knee(head(1), 5*day), 70*hour), doseFor(10, 1, 4*day), doseFor(11, 1, 72*hour)}, 1, true},
		{"a minute more", []Entry{over(knee(head(1), 5*day), 70*hour), doseFor(11, 1, 72*hour+minute)}, 1, false},
		{"the end is later than the last dose, and does not count", []Entry{over(knee(head(1), 6*day), hour), doseFor(10, 1, 5*day)}, 1, false},
		{"a week after: the rule's answer is shown", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 1, 7*day)}, 1, false},
		{"a week and a minute after: nobody is asked", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 1, 7*day+minute)}, 0, false},
		{"another place", []Entry{in(knee(head(1), 30*hour), RightKnee), doseFor(10, 1, 29*hour)}, 0, false},
		{"one of several places", []Entry{in(knee(head(1), 30*hour), LeftElbow, LeftKnee), doseFor(10, 1, 29*hour)}, 1, true},
		{"not treated, ended two days ago", []Entry{over(knee(head(1), 4*day), 2*day)}, 1, true},
		{"not treated, ended four days ago", []Entry{over(knee(head(1), 9*day), 4*day)}, 1, false},
		{"not treated, never ended", []Entry{knee(head(1), 2*day)}, 1, true},
		{"not treated, never ended, three weeks old", []Entry{knee(head(1), 21*day)}, 0, false},
		{"a dose that was not given", []Entry{over(knee(head(1), 9*day), 8*day), func() Entry {
			x := doseFor(10, 1, hour)
			x.NotGiven = NotGivenNoVein
			return x
		}()}, 0, false},
		{"the dose was taken back", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 1, hour), &Retract{Head: head(20), Entry: id(10), Reason: "twice"}}, 0, false},
		{"the dose was corrected to an earlier day", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 1, hour), func() Entry {
			x := doseFor(20, 1, 6*day)
			x.Head = correction(20, 10, "wrong day")
			return x
		}()}, 1, false},
		{"the bleed was taken back", []Entry{knee(head(1), 30*hour), doseFor(10, 1, 29*hour), &Retract{Head: head(20), Entry: id(1), Reason: "no bleed"}}, 0, false},
		{"the dose is of another version of the bleed", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 2, 2*day), func() Entry {
			x := over(knee(correction(2, 1, "pain"), 9*day), 8*day)
			return x
		}()}, 1, true},
		{"a dose from a clock that is a year ahead", []Entry{over(knee(head(1), 9*day), 8*day), doseFor(10, 1, -365*day)}, 0, false},
		{"two before: the one that stopped last", []Entry{over(knee(head(1), 9*day), 5*day), doseFor(10, 1, 5*day), again(over(knee(head(2), 4*day), 3*day), 1), doseFor(11, 2, 3*day)}, 2, true},
		{"it begins later than the one in question", []Entry{knee(head(1), -hour)}, 0, false},
	} {
		d := new(Diary)
		for _, e := range c.diary {
			if err := d.Add(record(e, patient, 0)); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		e, ok := d.Earlier([]Place{LeftKnee}, now, ID{}, now.Ms)
		switch {
		case ok != (c.of != 0):
			t.Errorf("%s: found %v", c.name, ok)
		case ok && (e.ID != id(c.of) || e.Same != c.same):
			t.Errorf("%s: %v, the same %v", c.name, e.ID, e.Same)
		}
	}
}

// 72 hours pass on no clock on the wall: those of the night in which clocks are
// set are counted as they passed, and a writer in another zone changes nothing.
func TestSeventyTwoHoursPassWhateverTheClockShows(t *testing.T) {
	autumn := Date{2026, 10, 23}.At(12*60, 120) // summer time ends in the night to the 25th
	spring := Date{2026, 3, 27}.At(12*60, 60)   // it begins in the night to the 29th
	for _, c := range []struct {
		name  string
		dose  Moment
		start Moment
		same  bool
	}{
		{"autumn, 12:00 to 11:00 three days on", autumn, Date{2026, 10, 26}.At(11*60, 60), true},
		{"autumn, 12:00 to 11:01 three days on", autumn, Date{2026, 10, 26}.At(11*60+1, 60), false},
		{"spring, 12:00 to 13:00 three days on", spring, Date{2026, 3, 30}.At(13*60, 120), true},
		{"spring, 12:00 to 13:01 three days on", spring, Date{2026, 3, 30}.At(13*60+1, 120), false},
		{"from Berlin to Tokyo", autumn, Moment{autumn.Ms + 72*hour, 540}, true},
	} {
		b := &Bleed{Head: head(1), Start: c.dose.Add(-hour), Places: []Place{LeftKnee}}
		x := doseFor(10, 1, 0)
		x.Taken = c.dose
		d := diaryOf(t, record(b, patient, 0), record(x, patient, 0))
		if e, ok := d.Earlier([]Place{LeftKnee}, c.start, ID{}, now.Ms); !ok || e.Same != c.same {
			t.Errorf("%s: found %v, the same %v after %d ms", c.name, ok, e.Same, e.Since)
		}
	}
}

func TestWhatABleedContinuesIsLookedUpEachTime(t *testing.T) {
	second := knee(head(2), day)
	second.Again = id(1)
	third := knee(head(3), hour)
	third.Again = id(2)
	d := new(Diary)
	of := func(n byte) byte {
		t.Helper()
		it, ok := d.Get(id(n))
		if !ok {
			t.Fatalf("bleed %d is not there", n)
		}
		if a := d.Bleeding(it, now.Ms).Again; a != nil {
			return a.ID[15]
		}
		return 0
	}
	chain := func(n byte) (out []byte) {
		it, _ := d.Get(id(n))
		for _, c := range d.Chain(it) {
			out = append(out, c.ID[15])
		}
		return out
	}
	d.Add(record(third, patient, 0))
	d.Add(record(second, patient, 0))
	if of(2) != 0 || of(3) != 2 {
		t.Error("the first has not arrived")
	}
	d.Add(record(knee(head(1), 3*day), patient, 0))
	if of(2) != 1 || !slices.Equal(chain(2), []byte{1, 2, 3}) || !slices.Equal(chain(1), []byte{1, 2, 3}) || !slices.Equal(chain(3), []byte{1, 2, 3}) {
		t.Errorf("%d, %v", of(2), chain(2))
	}
	if n := d.BledPlaces(0, now.Ms); len(n) != 1 || n[0].Bleeds != 1 || n[0].Place != LeftKnee || n[0].Last != third.Start.Ms {
		t.Errorf("one bleed that came back twice is counted as %+v", n)
	}
	if n := d.BledPlaces(now.Ms-2*day, now.Ms); n[0].Bleeds != 1 {
		t.Errorf("a bleed from before that came back in the time counts as %+v", n)
	}
	if c := d.Counters(now.Ms); c.Bleeds30 != 1 || c.Joint30 != 1 {
		t.Errorf("%+v", c)
	}
	// A correction is the same bleed: the link may name either version.
	moved := knee(correction(4, 1, "it was later"), 2*day)
	d.Add(record(moved, patient, 1))
	if of(2) != 1 {
		t.Error("a correction cut the chain")
	}
	// Corrected so that it begins after what continued it, it no longer can.
	after := knee(correction(5, 4, "much later"), 2*hour)
	d.Add(record(after, patient, 2))
	if of(2) != 0 || of(3) != 2 || !slices.Equal(chain(3), []byte{2, 3}) {
		t.Errorf("a bleed continues one that began after it: %v", chain(3))
	}
	back := knee(correction(6, 5, "no, before"), 2*day)
	d.Add(record(back, patient, 3))
	d.Add(record(&Retract{Head: head(20), Entry: id(2), Reason: "was none"}, patient, 4))
	if of(3) != 0 || !slices.Equal(chain(1), []byte{1}) || d.Counters(now.Ms).Bleeds30 != 2 {
		t.Error("what continued a bleed that was taken back counts as its own")
	}
}

func TestBleedsDoNotContinueEachOtherInACircle(t *testing.T) {
	a, b := knee(head(1), day), knee(head(2), hour)
	a.Again, b.Again = id(2), id(1)
	d := diaryOf(t, record(a, patient, 0), record(b, patient, 0))
	x, _ := d.Get(id(1))
	y, _ := d.Get(id(2))
	if d.Bleeding(x, now.Ms).Again != nil || d.Bleeding(y, now.Ms).Again != x || len(d.Chain(x)) != 2 {
		t.Error("the later one continues the earlier, not the other way round")
	}
	b.Start = a.Start // begun at the same time, none is the earlier
	d = diaryOf(t, record(a, patient, 0), record(b, patient, 0))
	x, _ = d.Get(id(1))
	if d.Bleeding(x, now.Ms).Again != nil || len(d.Chain(x)) != 1 {
		t.Error("two bleeds of the same minute continue each other")
	}
	c := knee(head(3), hour)
	c.Again = id(9) // a note
	d = diaryOf(t, record(c, patient, 0), record(note(head(9), "x"), patient, 0))
	if z, _ := d.Get(id(3)); d.Bleeding(z, now.Ms).Again != nil {
		t.Error("a bleed continues a note")
	}
}

func TestTheKindOfABleedIsThatOfItsGravestPlace(t *testing.T) {
	nose, skull := PlaceOf(Nose, NoSide), PlaceOf(SkullInside, NoSide)
	for _, c := range []struct {
		places []Place
		want   BleedKind
	}{
		{nil, 0}, {[]Place{LeftKnee}, BleedJoint}, {[]Place{PlaceOf(CalfMuscle, Left), LeftKnee}, BleedJoint}, {[]Place{nose}, BleedMucosal},
		{[]Place{LeftKnee, nose, skull}, BleedHead}, {[]Place{PlaceOf(Gut, NoSide), LeftHip}, BleedInternal}, {[]Place{9999}, 0},
	} {
		if got := KindOf(c.places); got != c.want {
			t.Errorf("%v: %s", c.places, got.Key())
		}
	}
}
