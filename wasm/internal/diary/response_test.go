package diary

import "testing"

func TestResponsesAreTheCategoriesOfTheISTH(t *testing.T) {
	for _, c := range []struct {
		name   string
		relief Relief
		doses  int
		early  Response // at 8 hours
		at8h   Response
		at72h  Response
	}{
		{"gone within 8 hours after one dose, none later", ReliefFull, 1, ResponseExcellent, ResponseExcellent, ResponseExcellent},
		{"gone, but a second dose was needed", ReliefFull, 2, ResponseExcellent, ResponseGood, ResponseGood},
		{"gone after 3 days with one dose, better at 8 hours", ReliefFull, 1, ResponseGood, ResponseExcellent, ResponseGood},
		{"gone after 3 days with one dose, nobody said how it was at 8 hours", ReliefFull, 1, 0, ResponseExcellent, ResponseGood},
		{"clearly better", ReliefClear, 1, 0, ResponseGood, ResponseModerate},
		{"a little better", ReliefSlight, 3, 0, ResponseModerate, ResponseModerate},
		{"no better, or worse", ReliefNone, 1, 0, ResponseNone, ResponseNone},
		{"not known", ReliefUnknown, 1, 0, ResponseUnknown, ResponseUnknown},
		{"not answered", 0, 1, 0, 0, 0},
	} {
		b := Bleeding{Item: &Item{Entry: &Bleed{Response8h: c.early}}, Doses72h: c.doses}
		if got := b.Respond8h(c.relief); got != c.at8h {
			t.Errorf("%s, at 8 hours: %s", c.name, got.Key())
		}
		if got := b.Respond72h(c.relief); got != c.at72h {
			t.Errorf("%s, at 72 hours: %s", c.name, got.Key())
		}
	}
}

func TestTheOutcomeIsTheLaterAnswerAndFollowsTheLog(t *testing.T) {
	for _, c := range []struct {
		name       string
		at8h, at72 Response
		doses      int
		want       Response
	}{
		{"nobody said", 0, 0, 1, 0},
		{"only the early answer", ResponseNone, 0, 1, ResponseNone},
		{"the later answer", ResponseExcellent, ResponseModerate, 1, ResponseModerate},
		{"the later one is not known", ResponseGood, ResponseUnknown, 1, ResponseGood},
		{"none is known", 0, ResponseUnknown, 1, ResponseUnknown},
		{"excellent, until a second dose was logged", ResponseExcellent, 0, 2, ResponseGood},
	} {
		b := Bleeding{Item: &Item{Entry: &Bleed{Response8h: c.at8h, Response72h: c.at72}}, Doses72h: c.doses}
		if got := b.Outcome(); got != c.want {
			t.Errorf("%s: %s", c.name, got.Key())
		}
	}
}

func TestAResponseIsAskedForWhenItIsTimeAndNotForever(t *testing.T) {
	early := func(b *Bleed) *Bleed { b.Response8h = ResponseGood; return b }
	for _, c := range []struct {
		name      string
		diary     []Entry
		ask8, ask bool // ask: at 72 hours
	}{
		{"no dose", []Entry{knee(head(1), 4*day)}, false, false},
		{"8 hours less a minute after the first dose", []Entry{knee(head(1), day), doseFor(10, 1, 8*hour-minute)}, false, false},
		{"8 hours", []Entry{knee(head(1), day), doseFor(10, 1, 8*hour)}, true, false},
		{"the hours are those of the first dose", []Entry{knee(head(1), day), doseFor(10, 1, 8*hour), doseFor(11, 1, hour)}, true, false},
		{"72 hours less a minute", []Entry{early(knee(head(1), 4*day)), doseFor(10, 1, 72*hour-minute)}, false, false},
		{"72 hours", []Entry{early(knee(head(1), 4*day)), doseFor(10, 1, 72*hour)}, false, true},
		{"both, the earlier first", []Entry{knee(head(1), 4*day), doseFor(10, 1, 72*hour)}, true, true},
		{"the later one was answered: the earlier no longer matters", []Entry{func() Entry {
			b := knee(head(1), 5*day)
			b.Response72h = ResponseGood
			return b
		}(), doseFor(10, 1, 4*day)}, false, false},
		{"asked, and not known", []Entry{func() Entry {
			b := knee(head(1), day)
			b.Response8h = ResponseUnknown
			return b
		}(), doseFor(10, 1, 9*hour)}, false, false},
		{"a minute before two weeks are over", []Entry{knee(head(1), 14*day), doseFor(10, 1, 14*day-minute)}, true, true},
		{"two weeks", []Entry{knee(head(1), 15*day), doseFor(10, 1, 14*day)}, false, false},
		{"the first dose was taken back", []Entry{knee(head(1), day), doseFor(10, 1, 9*hour), doseFor(11, 1, hour), &Retract{Head: head(20), Entry: id(10), Reason: "twice"}}, false, false},
		{"the bleed was taken back", []Entry{knee(head(1), day), doseFor(10, 1, 9*hour), &Retract{Head: head(20), Entry: id(1), Reason: "none"}}, false, false},
		{"the dose was corrected to an hour ago", []Entry{knee(head(1), day), doseFor(10, 1, 9*hour), func() Entry {
			x := doseFor(20, 1, hour)
			x.Head = correction(20, 10, "wrong time")
			return x
		}()}, false, false},
		{"a dose from a clock that is a year ahead", []Entry{knee(head(1), day), doseFor(10, 1, -365*day)}, false, false},
		{"such a dose beside a right one", []Entry{knee(head(1), day), doseFor(10, 1, 9*hour), doseFor(11, 1, -365*day)}, true, false},
	} {
		d := new(Diary)
		for _, e := range c.diary {
			if err := d.Add(record(e, patient, 0)); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		list := d.Prompts(now.Ms)
		if n := len(list); n > 1 || (n == 1) != (c.ask8 || c.ask) {
			t.Errorf("%s: %d prompts", c.name, n)
			continue
		}
		if len(list) == 1 && (list[0].Ask8h != c.ask8 || list[0].Ask72h != c.ask) {
			t.Errorf("%s: 8 h %v, 72 h %v", c.name, list[0].Ask8h, list[0].Ask72h)
		}
	}
}

// Eight hours are eight hours in the night in which clocks are set, too.
func TestEightHoursPassWhateverTheClockShows(t *testing.T) {
	first := Date{2026, 10, 24}.At(23*60, 120)
	b := &Bleed{Head: head(1), Start: first, Places: []Place{LeftKnee}}
	x := doseFor(10, 1, 0)
	x.Taken = first
	d := diaryOf(t, record(b, patient, 0), record(x, patient, 0))
	it, _ := d.Get(id(1))
	if at := (Date{2026, 10, 25}).At(6*60, 60); !d.Bleeding(it, at.Ms).Ask8h || d.Bleeding(it, at.Ms-1).Ask8h {
		t.Error("in the night when summer time ends, 23:00 and eight hours is 06:00")
	}
}
