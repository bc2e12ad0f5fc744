package diary

import (
	"testing"
)

// at is a time in Berlin in November 2026; the 23rd is a Monday.
func at(dayOfMonth uint8, h, m int) Moment { return Date{2026, 11, dayOfMonth}.At(h*60+m, 60) }

// threeAWeek is a signed plan for Mondays, Wednesdays and Fridays at 7:00.
func threeAWeek(h Head) *Plan {
	return &Plan{
		Head: h, Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis, From: Date{2026, 11, 2}, Clinician: "Dr. W.",
		Schedule: Schedule{Weekdays: WeekdaysOf(0, 2, 4), Times: []uint16{7 * 60}},
	}
}

func dose(n byte, taken Moment) *Treatment {
	return &Treatment{Head: head(n), Taken: taken, Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis}
}

func TestNextDose(t *testing.T) {
	plan := record(threeAWeek(head(1)), centre, 0)
	notGiven := dose(2, at(23, 7, 0))
	notGiven.NotGiven = NotGivenUnwell
	forBleed := dose(2, at(23, 7, 0))
	forBleed.Reason = ReasonBleed
	other := dose(2, at(23, 7, 0))
	other.Product = "fviii.advate"
	future := threeAWeek(correction(3, 1, "more weight"))
	future.From, future.Amount = Date{2026, 11, 30}, Units(2500)
	ended := threeAWeek(correction(3, 1, "new product"))
	ended.Until = Date{2026, 11, 20}
	home := threeAWeek(head(4))
	home.Schedule.Times = []uint16{12 * 60}
	soon := threeAWeek(head(1))
	soon.From = Date{2026, 11, 24}
	for _, c := range []struct {
		name    string
		now     Moment
		records []Record
		due     Moment
		state   DoseState
	}{
		{"Sunday evening", at(22, 19, 0), []Record{plan}, at(23, 7, 0), DoseAhead},
		{"Monday at two", at(23, 2, 0), []Record{plan}, at(23, 7, 0), DoseDue},
		{"Monday at noon", at(23, 12, 0), []Record{plan}, at(23, 7, 0), DoseDue},
		{"Monday evening", at(23, 19, 0), []Record{plan}, at(23, 7, 0), DoseOverdue},
		{"Tuesday before seven", at(24, 6, 59), []Record{plan}, at(23, 7, 0), DoseOverdue},
		{"Tuesday at seven, nearer to Wednesday", at(24, 7, 0), []Record{plan}, at(25, 7, 0), DoseAhead},
		{"taken on Monday", at(23, 19, 0), []Record{plan, record(dose(2, at(23, 7, 5)), patient, 0)}, at(25, 7, 0), DoseAhead},
		{"taken on Monday, written before the plan came", at(23, 19, 0), []Record{record(dose(2, at(23, 7, 5)), patient, 0), plan}, at(25, 7, 0), DoseAhead},
		{"taken and taken back", at(23, 19, 0), []Record{plan, record(dose(2, at(23, 7, 5)), patient, 0), record(&Retract{Head: head(9), Entry: id(2), Reason: "x"}, patient, 1)}, at(23, 7, 0), DoseOverdue},
		{"not given, with a reason", at(23, 19, 0), []Record{plan, record(notGiven, patient, 0)}, at(25, 7, 0), DoseAhead},
		{"a dose for a bleed is another matter", at(23, 19, 0), []Record{plan, record(forBleed, patient, 0)}, at(23, 7, 0), DoseOverdue},
		{"another product is another matter", at(23, 19, 0), []Record{plan, record(other, patient, 0)}, at(23, 7, 0), DoseOverdue},
		{"the dose is Friday's, given late", at(21, 19, 0), []Record{plan, record(dose(2, at(21, 18, 0)), patient, 0)}, at(23, 7, 0), DoseAhead},
		{"a new version that begins next week", at(23, 19, 0), []Record{plan, record(future, centre, 1)}, at(23, 7, 0), DoseOverdue},
		{"a plan of home beside the signed one", at(23, 19, 0), []Record{plan, record(home, patient, 0)}, at(23, 7, 0), DoseOverdue},
		{"a plan of home alone", at(23, 19, 0), []Record{record(home, patient, 0)}, at(23, 12, 0), DoseOverdue},
		{"a plan that begins tomorrow", at(23, 19, 0), []Record{record(soon, centre, 0)}, at(25, 7, 0), DoseAhead},
		{"a plan that has ended", at(23, 19, 0), []Record{plan, record(ended, centre, 1)}, Moment{}, 0},
		{"a patient cannot end the centre's plan", at(23, 19, 0), []Record{plan, record(ended, patient, 1)}, at(23, 7, 0), DoseOverdue},
		{"a plan on demand", at(23, 19, 0), []Record{record(&Plan{Head: head(1), Product: "fviii.kovaltry", Amount: 1, Reason: ReasonBleed, From: Date{2026, 1, 1}}, centre, 0)}, Moment{}, 0},
		{"no plan", at(23, 19, 0), nil, Moment{}, 0},
	} {
		g, ok := diaryOf(t, c.records...).NextDose(c.now)
		if ok != !c.due.IsZero() || g.Due != c.due || g.State != c.state {
			t.Errorf("%s: %v %s, want %v %s", c.name, g.Due.Time(), g.State.Key(), c.due.Time(), c.state.Key())
		}
	}
}

func TestSeveralRegimensAtOnce(t *testing.T) {
	long := &Plan{Head: head(1), Product: "nonfactor.hemlibra", Amount: Units(150), Reason: ReasonProphylaxis, From: Date{2026, 11, 10}, Clinician: "Dr. W.", Schedule: Schedule{EveryDays: 14, Times: []uint16{18 * 60}}}
	twice := &Plan{Head: head(2), Product: "adjunct.cyklokapron", Amount: Units(1000), Reason: ReasonSurgery, From: Date{2026, 11, 23}, Until: Date{2026, 11, 25}, Clinician: "Dr. W.", Schedule: Schedule{EveryDays: 1, Times: []uint16{8 * 60, 20 * 60}}}
	d := diaryOf(t, record(long, centre, 0), record(twice, centre, 0))
	all := d.NextDoses(at(23, 19, 0))
	if len(all) != 2 || all[0].Due != at(23, 20, 0) || all[1].Due != at(24, 18, 0) || all[0].State != DoseDue || all[1].State != DoseDue {
		t.Errorf("%+v", all)
	}
	if n := len(d.Plans(at(23, 19, 0))); n != 2 {
		t.Errorf("%d plans in force", n)
	}
	if n := len(d.Doses(at(23, 0, 0).Ms, at(27, 0, 0).Ms, at(23, 19, 0))); n != 7 {
		t.Errorf("%d doses from Monday to Thursday, want 7", n)
	}
}

func TestDosesSayWhatBecameOfThem(t *testing.T) {
	missing := dose(5, at(13, 7, 0))
	missing.NotGiven = NotGivenTravel
	d := diaryOf(t, record(threeAWeek(head(1)), centre, 0),
		record(dose(2, at(2, 7, 30)), patient, 0), record(dose(3, at(4, 20, 0)), patient, 0), record(dose(4, at(5, 22, 0)), patient, 0),
		record(missing, patient, 0), record(dose(6, at(16, 6, 0)), patient, 0), record(dose(7, at(16, 7, 10)), patient, 0))
	want := []DoseState{DoseTaken, DoseLate, DoseEarly, DoseMissed, DoseMissed, DoseNotGiven, DoseTaken, DoseMissed, DoseMissed, DoseOverdue, DoseAhead}
	got := d.Doses(at(1, 0, 0).Ms, at(26, 0, 0).Ms, at(23, 19, 0))
	if len(got) != len(want) {
		t.Fatalf("%d doses, want %d", len(got), len(want))
	}
	for i, g := range got {
		if g.State != want[i] {
			t.Errorf("%v: %s, want %s", g.Due.Time(), g.State.Key(), want[i].Key())
		}
	}
	if got[6].Treatment.ID != id(7) {
		t.Error("of two doses the nearer one counts")
	}
}

func TestPlannedTimesStayOnTheWallWhenClocksChange(t *testing.T) {
	summer, winter := Date{2026, 10, 24}.At(19*60, 120), Date{2026, 10, 25}.At(19*60, 60)
	p := threeAWeek(head(1))
	p.From, p.Schedule = Date{2026, 10, 1}, Schedule{EveryDays: 1, Times: []uint16{20 * 60}}
	d := diaryOf(t, record(p, centre, 0))
	for _, now := range []Moment{summer, winter} {
		g, _ := d.NextDose(now)
		on, m := g.Due.Wall()
		if today, _ := now.Wall(); on != today || m != 20*60 {
			t.Errorf("due %s %d", on, m)
		}
	}
}

// states draws doses as one letter each: a ahead, d due, o overdue, m missed, n
// not given, t taken, e early, l late.
func states(list []Dose) string {
	var b []byte
	for _, g := range list {
		b = append(b, "adomntel"[g.State])
	}
	return string(b)
}

// there is a time in the year 2026 under an offset in hours.
func there(month, dayOfMonth uint8, h, m int, offset int16) Moment {
	return Date{2026, month, dayOfMonth}.At(h*60+m, offset*60)
}

func TestDosesGoByTheClockOnTheWallThenAndThere(t *testing.T) {
	daily := threeAWeek(head(1))
	daily.From, daily.Schedule = Date{2026, 1, 1}, Schedule{EveryDays: 1, Times: []uint16{7 * 60}}
	twice := threeAWeek(head(1))
	twice.From, twice.Schedule = Date{2026, 1, 1}, Schedule{EveryDays: 1, Times: []uint16{7 * 60, 19 * 60}}
	early := threeAWeek(head(1))
	early.From, early.Schedule = Date{2026, 1, 1}, Schedule{EveryDays: 1, Times: []uint16{2*60 + 30}}
	for _, c := range []struct {
		name     string
		plan     *Plan
		from, to Moment // of the doses
		now      Moment
		given    []Moment
		want     string
	}{
		// Tolerance of a dose every twelve hours: 90 minutes. An hour off would be late.
		{"a dose of July, looked at in November", twice, there(7, 1, 0, 0, 2), there(7, 1, 12, 0, 2), there(11, 23, 19, 0, 1), []Moment{there(7, 1, 8, 20, 2)}, "t"},
		{"a dose of November, looked at in July of a clock an hour ahead", twice, there(1, 20, 0, 0, 1), there(1, 20, 12, 0, 1), there(7, 1, 19, 0, 2), []Moment{there(1, 20, 5, 40, 1)}, "t"},
		{"the night the clocks go back", daily, there(10, 24, 0, 0, 2), there(10, 26, 12, 0, 1), there(10, 26, 12, 0, 1), []Moment{there(10, 24, 7, 0, 2), there(10, 25, 7, 0, 1), there(10, 26, 7, 0, 1)}, "ttt"},
		{"the night the clocks go forward", daily, there(3, 28, 0, 0, 1), there(3, 30, 12, 0, 2), there(3, 30, 12, 0, 2), []Moment{there(3, 28, 7, 0, 1), there(3, 29, 7, 0, 2), there(3, 30, 7, 0, 2)}, "ttt"},
		{"half past two, which is not there that night", early, there(3, 28, 0, 0, 1), there(3, 30, 12, 0, 2), there(3, 30, 12, 0, 2), []Moment{there(3, 28, 2, 30, 1), there(3, 29, 3, 30, 2), there(3, 30, 2, 30, 2)}, "ttt"},
		{"half past two, which is there twice", early, there(10, 24, 0, 0, 2), there(10, 26, 12, 0, 1), there(10, 26, 12, 0, 1), []Moment{there(10, 24, 2, 30, 2), there(10, 25, 2, 30, 2), there(10, 26, 2, 30, 1)}, "ttt"},
		{"a week in New York, at seven there", daily, there(11, 10, 0, 0, 1), there(11, 13, 12, 0, 1), there(11, 20, 12, 0, 1), []Moment{there(11, 10, 7, 0, 1), there(11, 11, 7, 0, -5), there(11, 12, 7, 0, -5), there(11, 13, 7, 0, 1)}, "tttt"},
		{"now in Tokyo, in the evening there", daily, there(11, 22, 12, 0, 9), there(11, 23, 23, 0, 9), there(11, 23, 18, 0, 9), nil, "o"},
		{"now in Tokyo, seven there", daily, there(11, 22, 12, 0, 9), there(11, 23, 23, 0, 9), there(11, 23, 7, 0, 9), []Moment{there(11, 23, 7, 0, 9)}, "t"},
	} {
		records := []Record{record(c.plan, centre, 0)}
		for i, m := range c.given {
			records = append(records, record(dose(byte(10+i), m), patient, int64(i)))
		}
		got := diaryOf(t, records...).Doses(c.from.Ms, c.to.Ms, c.now)
		if s := states(got); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// reg is a plan of the centre.
func reg(n byte, product ProductID, from, until Date, s Schedule) *Plan {
	return &Plan{Head: head(n), Product: product, Amount: Units(150), Reason: ReasonProphylaxis, From: from, Until: until, Clinician: "Dr. W.", Schedule: s}
}

func TestSchedulesOfSeveralPlans(t *testing.T) {
	const em = ProductID("nonfactor.hemlibra")
	day := func(d uint8) Date { return Date{2026, 11, d} }
	seven := []uint16{7 * 60}
	weekly := func(d int) Schedule { return Schedule{Weekdays: WeekdaysOf(d), Times: seven} }
	gave := func(n byte, product ProductID, m Moment) Record {
		g := dose(n, m)
		g.Product = product
		return record(g, patient, 0)
	}
	not := func(n byte, product ProductID, m Moment) Record {
		g := dose(n, m)
		g.Product, g.NotGiven = product, NotGivenNoProduct
		return record(g, patient, 0)
	}
	each := reg(1, em, day(10), Date{}, Schedule{EveryDays: 1, Times: seven})
	loading := reg(1, em, day(2), day(22), Schedule{EveryDays: 7, Times: seven})                                 // 2, 9, 16
	maintained := reg(2, em, day(23), Date{}, Schedule{EveryDays: 14, Times: seven})                             // 23, 7 December
	monday := reg(1, em, day(2), Date{}, weekly(0))                                                              // 2, 9, 16, 23
	thursday := reg(2, em, day(2), Date{}, weekly(3))                                                            // 5, 12, 19, 26
	every3 := reg(2, em, day(3), day(12), Schedule{EveryDays: 3, Times: []uint16{20 * 60}})                      // 3, 6, 9, 12 in the evening
	other := reg(1, em, day(2), day(8), weekly(0))                                                               // 2
	same := reg(2, em, day(2), day(8), weekly(0))                                                                // 2, at the same minute
	changed := func() *Plan { p := reg(9, em, day(12), Date{}, Schedule{EveryDays: 2, Times: seven}); return p } // from 12: 12, 14, 16
	daily := reg(1, em, day(2), Date{}, Schedule{EveryDays: 3, Times: seven})                                    // 2, 5, 8, 11, then
	change := changed()
	change.Head = correction(9, 1, "more often")
	typo := reg(9, em, day(2), day(9), Schedule{EveryDays: 3, Times: seven})
	typo.Head = correction(9, 1, "ends")
	for _, c := range []struct {
		name    string
		records []Record
		from    Date
		to      Date
		now     Moment
		want    string
	}{
		{"a loading phase and what follows, all given", []Record{record(loading, centre, 0), record(maintained, centre, 0), gave(3, em, at(2, 7, 0)), gave(4, em, at(9, 7, 0)), gave(5, em, at(16, 7, 0)), gave(6, em, at(23, 7, 0))}, day(1), day(24), at(24, 9, 0), "tttt"},
		{"the last dose of the loading phase, two days late, is not the first of what follows", []Record{record(loading, centre, 0), record(maintained, centre, 0), gave(3, em, at(18, 9, 0))}, day(15), day(24), at(23, 9, 0), "ld"},
		{"two plans of one product: one dose settles one", []Record{record(monday, centre, 0), record(thursday, centre, 0), gave(3, em, at(12, 7, 0))}, day(8), day(17), at(16, 9, 0), "mtd"},
		{"a day of the week beside every third day", []Record{record(monday, centre, 0), record(every3, centre, 0), gave(3, em, at(9, 7, 5)), gave(4, em, at(9, 20, 5))}, day(9), day(13), at(13, 7, 0), "tto"},
		{"two doses at one minute, one given", []Record{record(other, centre, 0), record(same, centre, 0), gave(3, em, at(2, 7, 0))}, day(2), day(3), at(12, 9, 0), "tm"},
		{"two doses at one minute, both given", []Record{record(other, centre, 0), record(same, centre, 0), gave(3, em, at(2, 7, 0)), gave(4, em, at(2, 7, 1))}, day(2), day(3), at(12, 9, 0), "tt"},
		{"a change in the middle of an interval", []Record{record(daily, centre, 0), record(change, centre, 1)}, day(2), day(17), at(30, 9, 0), "mmmmmmm"},
		{"until, the last day counts", []Record{record(daily, centre, 0), record(typo, centre, 1)}, day(2), day(30), at(30, 9, 0), "mmm"},
		{"a missed dose is made up for on the fourth day of seven", []Record{record(monday, centre, 0), gave(3, em, at(9, 7, 0)), gave(4, em, at(20, 7, 0))}, day(8), day(24), at(23, 8, 0), "tld"},
		{"so it is after it was written down as not given", []Record{record(monday, centre, 0), gave(3, em, at(9, 7, 0)), not(4, em, at(16, 7, 0)), gave(5, em, at(20, 7, 0))}, day(8), day(24), at(23, 8, 0), "tld"},
		{"what is early but within the tolerance is the next dose", []Record{record(monday, centre, 0), gave(3, em, at(9, 7, 0)), gave(4, em, at(22, 12, 0))}, day(8), day(24), at(23, 8, 0), "tmt"},
		{"every evening after a plan for the morning is early each time", []Record{record(each, centre, 0), gave(3, em, at(9, 20, 0)), gave(4, em, at(10, 20, 0)), gave(5, em, at(11, 20, 0))}, day(10), day(14), at(13, 6, 0), "eeed"},
		{"before it begins there is nothing", []Record{record(maintained, centre, 0)}, day(1), day(22), at(22, 9, 0), ""},
	} {
		got := diaryOf(t, c.records...).Doses(c.from.At(0, 60).Ms, c.to.At(0, 60).Ms, c.now)
		if s := states(got); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		used := make(map[ID]bool)
		for _, g := range got {
			if g.Treatment != nil && used[g.Treatment.ID] {
				t.Errorf("%s: one treatment settles two doses", c.name)
			}
			if g.Treatment != nil {
				used[g.Treatment.ID] = true
			}
		}
	}
}

func TestTheNextDoseIsKnownHoweverFarAheadAPlanBegins(t *testing.T) {
	p := threeAWeek(head(1))
	p.From = Date{2027, 6, 1}
	g, ok := diaryOf(t, record(p, centre, 0)).NextDose(at(23, 19, 0))
	if on, _ := g.Due.Wall(); !ok || on != (Date{2027, 6, 2}) || g.State != DoseAhead {
		t.Errorf("%v %s", g.Due.Time(), g.State.Key())
	}
	ahead, ended := diaryOf(t, record(p, centre, 0)).PlanVersions(at(23, 19, 0))
	if len(ahead) != 1 || len(ended) != 0 {
		t.Errorf("%d ahead, %d ended", len(ahead), len(ended))
	}
}

func TestDaysOfAPlanAreForeseen(t *testing.T) {
	p := threeAWeek(head(1))
	p.Until = Date{2026, 11, 27}
	got := p.Upcoming(Date{2026, 11, 24}, 3)
	if len(got) != 2 || got[0] != (Date{2026, 11, 25}) || got[1] != (Date{2026, 11, 27}) {
		t.Errorf("%v", got)
	}
	p.Schedule = Schedule{}
	if len(p.Upcoming(Date{2026, 11, 24}, 3)) != 0 {
		t.Error("a plan on demand foresees doses")
	}
}

func TestTermsFollowEachOther(t *testing.T) {
	p := threeAWeek(head(1))
	later := threeAWeek(correction(2, 1, "weight"))
	later.From, later.Until = Date{2026, 12, 1}, Date{2026, 12, 31}
	last := threeAWeek(correction(3, 2, "weight"))
	last.From = Date{2026, 12, 14}
	own := threeAWeek(head(9))
	got := diaryOf(t, record(p, centre, 0), record(later, centre, 1), record(last, centre, 2), record(own, patient, 3)).Terms(at(23, 19, 0))
	want := []struct{ from, until Date }{{Date{2026, 11, 23}, Date{2026, 11, 30}}, {Date{2026, 12, 1}, Date{2026, 12, 13}}, {Date{2026, 12, 14}, Date{}}}
	if len(got) != len(want) {
		t.Fatalf("%d terms", len(got))
	}
	for i, w := range want {
		if got[i].From != w.from || got[i].Until != w.until || got[i].ID != id(1) {
			t.Errorf("term %d: %s to %s", i, got[i].From, got[i].Until)
		}
	}
}
