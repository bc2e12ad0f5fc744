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
