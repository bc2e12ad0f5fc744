package diary

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// on is noon of a day of a year, by its number from 1 January 2025.
func on(n int) Moment { return Date{2025, 1, 1}.AddDays(n).At(12*60, 60) }

// A log is a diary for figures in the making; IDs are drawn in order.
type log struct {
	n       int
	records []Record
}

func (g *log) head() Head {
	g.n++
	return Head{ID: ID{0: 0xf0, 13: byte(g.n >> 16), 14: byte(g.n >> 8), 15: byte(g.n)}, Entered: on(0)}
}

func (g *log) add(e Entry, by Author) ID {
	g.records = append(g.records, record(e, by, int64(g.n)))
	return e.Top().ID
}

func (g *log) bleed(day int, cause Cause, places ...Place) ID {
	b := &Bleed{Head: g.head(), Start: on(day), Places: places, Cause: cause}
	if len(places) > 0 {
		b.Type = places[0].Kind()
	}
	return g.add(b, patient)
}

// dose gives kovaltry for prophylaxis at noon.
func (g *log) dose(day int, iu int) ID {
	return g.add(&Treatment{Head: g.head(), Taken: on(day), Product: "fviii.kovaltry", Amount: Units(iu), Reason: ReasonProphylaxis}, patient)
}

func (g *log) forBleed(day int, bleed ID) ID {
	return g.add(&Treatment{Head: g.head(), Taken: on(day).Add(2 * hour), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonBleed, Bleed: bleed}, patient)
}

func (g *log) weight(day int, kg Amount) ID {
	return g.add(&Measure{Head: g.head(), Taken: on(day), What: MeasuredWeight, Value: kg}, centre)
}

func (g *log) missed(day int, why NotGiven) {
	g.add(&Treatment{Head: g.head(), Taken: on(day), Product: "fviii.kovaltry", NotGiven: why, Reason: ReasonProphylaxis}, patient)
}

// every plans kovaltry every so many days at noon, from day 0.
func (g *log) every(days, iu int) {
	from, _ := on(0).Wall()
	g.add(&Plan{
		Head: g.head(), Product: "fviii.kovaltry", Amount: Units(iu), Reason: ReasonProphylaxis, From: from,
		Schedule: Schedule{EveryDays: uint16(days), Times: []uint16{12 * 60}},
	}, centre)
}

// ledger is what it amounts to in the evening of a day.
func (g *log) ledger(t testing.TB, day int) *Ledger {
	t.Helper()
	return diaryOf(t, g.records...).Ledger(on(day).Add(8 * hour))
}

func date(n int) Date { d, _ := on(n).Wall(); return d }

func TestPeriodsAreCutAtTheCalendar(t *testing.T) {
	p := Period{Date{2025, 11, 24}, Date{2026, 11, 23}}
	if p.Days() != 365 || YearBack(p.To) != p {
		t.Errorf("a year back from %v is %v with %d days", p.To, YearBack(p.To), YearBack(p.To).Days())
	}
	if got := DaysBack(p.To, 91); got.Days() != 91 || got.From != (Date{2026, 8, 25}) {
		t.Errorf("91 days back begin on %v", got.From)
	}
	for name, cut := range map[string][]Period{"months": p.Months(), "quarters": p.Quarters(), "weeks": p.Weeks()} {
		want := map[string]int{"months": 13, "quarters": 5, "weeks": 53}[name]
		if len(cut) != want || cut[0].From != p.From || cut[len(cut)-1].To != p.To {
			t.Errorf("%s: %d from %v to %v", name, len(cut), cut[0].From, cut[len(cut)-1].To)
		}
		for i := 1; i < len(cut); i++ {
			if cut[i].From != cut[i-1].To.AddDays(1) {
				t.Errorf("%s: a gap before %v", name, cut[i].From)
			}
		}
	}
	if len((Period{p.To, p.From}).Months())+len((Period{p.To, p.From}).Weeks())+(Period{p.To, p.From}).Days() != 0 {
		t.Error("an empty period has parts")
	}
	for _, c := range []struct {
		d    Date
		n    int
		want Date
	}{
		{Date{2024, 2, 29}, 12, Date{2025, 2, 28}},
		{Date{2024, 2, 29}, -12, Date{2023, 2, 28}},
		{Date{2026, 3, 31}, -1, Date{2026, 2, 28}},
		{Date{2026, 8, 31}, 6, Date{2027, 2, 28}},
		{Date{2026, 1, 15}, -13, Date{2024, 12, 15}},
	} {
		if got := c.d.AddMonths(c.n); got != c.want {
			t.Errorf("%v and %d months is %v", c.d, c.n, got)
		}
	}
	for n := int64(-800); n < 60_000; n += 97 {
		if dateOn(n).unixDays() != n {
			t.Fatalf("day %d is %v", n, dateOn(n))
		}
	}
	// Half past midnight in Berlin is still the day before in UTC.
	if m := (Date{2026, 7, 1}).At(30, 120); m.on() != (Date{2026, 7, 1}).unixDays() {
		t.Error("a day ends in UTC")
	}
	if m := (Moment{-1, 0}); m.on() != -1 {
		t.Error("days before 1970 are rounded up")
	}
}

func TestRatesAreCountsPerObservedYear(t *testing.T) {
	for _, c := range []struct {
		r    Rate
		want float64
		told bool
	}{
		{Rate{3, 365}, 3.00205, true},
		{Rate{3, 366}, 2.99385, true},
		{Rate{1, 90}, 4.05833, true},
		{Rate{1, 89}, 0, false},
		{Rate{0, 365}, 0, true},
		{Rate{12, 731}, 5.99590, true},
		{Rate{0, 0}, 0, false},
	} {
		if got, told := c.r.PerYear(); told != c.told || math.Abs(got-c.want) > 1e-5 {
			t.Errorf("%v is %g a year, %v", c.r, got, told)
		}
	}
}

func TestBleedsAreCountedOnceByWhatTheyWere(t *testing.T) {
	g := new(log)
	g.dose(0, 2000)
	first := g.bleed(10, CauseSpontaneous, LeftKnee)
	g.forBleed(10, first)
	g.forBleed(40, g.bleed(40, CauseTrauma, PlaceOf(ThighMuscle, Left)))
	g.bleed(70, CauseActivity, RightAnkle, PlaceOf(CalfMuscle, Right)) // two places, one bleed
	g.bleed(90, CauseUnknown, PlaceOf(Nose, NoSide))
	g.bleed(95, CauseSurgery, LeftKnee)
	gone := g.bleed(97, CauseSpontaneous, LeftKnee)
	g.add(&Retract{Head: g.head(), Entry: gone, Reason: "x"}, patient)
	unwell := g.bleed(98, CauseSpontaneous, LeftElbow)
	g.add(&Treatment{Head: g.head(), Taken: on(98), Product: "fviii.kovaltry", NotGiven: NotGivenNoVein, Reason: ReasonBleed, Bleed: unwell}, patient)
	g.bleed(200, CauseSpontaneous, LeftKnee) // after today
	again := &Bleed{Head: g.head(), Start: on(12), Places: []Place{LeftKnee}, Type: BleedJoint, Cause: CauseSpontaneous, Again: first}
	g.add(again, patient)
	l := g.ledger(t, 99)

	all := Period{date(0), date(99)}
	if got, want := l.Rates(all, false), (Rates{Rate{6, 100}, Rate{4, 100}, Rate{2, 100}, Rate{2, 100}}); got != want {
		t.Errorf("all: %+v", got)
	}
	if got, want := l.Rates(all, true), (Rates{Rate{2, 100}, Rate{1, 100}, Rate{1, 100}, Rate{1, 100}}); got != want {
		t.Errorf("treated: %+v", got)
	}
	// Days before the diary and after today are not observed.
	if got := l.Rates(Period{date(-300), date(500)}, false).All; got != (Rate{6, 100}) {
		t.Errorf("a wide period: %+v", got)
	}
	if got := l.Rates(Period{date(41), date(99)}, false).All; got != (Rate{4, 59}) {
		t.Errorf("from the 41st day: %+v", got)
	}
	if got, want := l.Tissues([]Period{{date(0), date(39)}, {date(40), date(99)}}), []Tissues{{1, 0, 0}, {3, 1, 1}}; !slices.Equal(got, want) {
		t.Errorf("tissues %+v", got)
	}
	want := []PlaceCount{
		{LeftElbow, 1, on(98).Ms}, {LeftKnee, 2, on(95).Ms}, {RightAnkle, 1, on(70).Ms}, {PlaceOf(ThighMuscle, Left), 1, on(40).Ms},
		{PlaceOf(CalfMuscle, Right), 1, on(70).Ms}, {PlaceOf(Nose, NoSide), 1, on(90).Ms},
	}
	if n := l.Again(all); n != 1 {
		t.Errorf("%d re-bleeds", n)
	}
	if got := l.Places(all); !slices.Equal(got, want) {
		t.Errorf("places %+v", got)
	}
}

func TestADiaryThatIsSilentIsNotObserved(t *testing.T) {
	for _, c := range []struct {
		name         string
		write        func(*log)
		days, silent int
		planned      int
		accounted    int
	}{
		{"a dose every other day", func(g *log) {
			g.every(2, 2000)
			for d := 0; d < 100; d += 2 {
				g.dose(d, 2000)
			}
		}, 100, 0, 50, 50},
		{"four weeks without a word", func(g *log) {
			g.every(2, 2000)
			for d := 0; d < 100; d += 2 {
				if d <= 20 || d >= 49 {
					g.dose(d, 2000)
				}
			}
			g.add(&Note{Head: Head{ID: g.head().ID, Entered: on(49)}, Text: "back"}, patient)
		}, 100, 0, 50, 36},
		{"a day more is a silence", func(g *log) {
			g.every(2, 2000)
			for d := 0; d < 100; d += 2 {
				if d <= 20 || d >= 50 {
					g.dose(d, 2000)
				}
			}
		}, 71, 29, 50, 36},
		{"an entry of the centre ends no silence", func(g *log) {
			g.every(2, 2000)
			for d := 0; d < 100; d += 2 {
				if d <= 20 || d >= 50 {
					g.dose(d, 2000)
				}
			}
			g.weight(35, 70_000)
		}, 71, 29, 50, 36},
		{"one of home does", func(g *log) {
			g.every(2, 2000)
			for d := 0; d < 100; d += 2 {
				if d <= 20 || d >= 50 {
					g.dose(d, 2000)
				}
			}
			g.missed(36, NotGivenUnwell)
		}, 100, 0, 50, 37},
		{"silent until today", func(g *log) {
			g.every(2, 2000)
			g.dose(0, 2000)
		}, 1, 99, 50, 1},
		{"every eight weeks, one dose forgotten", func(g *log) {
			g.every(40, 2000)
			g.dose(0, 2000)
			g.dose(80, 2000)
		}, 100, 0, 3, 2},
		{"on demand, a quiet quarter is no silence", func(g *log) {
			g.bleed(0, CauseTrauma, LeftKnee)
		}, 100, 0, 0, 0},
	} {
		g := new(log)
		c.write(g)
		o := g.ledger(t, 99).Observed(Period{date(-50), date(99)})
		if o.Days != c.days || o.Silent != c.silent || o.Planned != c.planned || o.Accounted != c.accounted {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
	g := new(log)
	g.bleed(0, CauseTrauma, LeftKnee)
	g.bleed(400, CauseTrauma, LeftKnee)
	if o := g.ledger(t, 400).Observed(Period{date(0), date(400)}); o.Silent != 399 || o.Days != 2 || o.Weeks != 58 || o.Written != 2 {
		t.Errorf("on demand, a year and more: %+v", o)
	}
	if o := new(log).ledger(t, 9).Observed(Period{date(0), date(9)}); o != (Observed{}) {
		t.Errorf("an empty diary: %+v", o)
	}
}

// 7.1 IU/kg a day are 2,591 IU/kg a year of 365 days (Mizrahi et al. 2016).
func TestConsumptionIsThatOfThePaper(t *testing.T) {
	g := new(log)
	g.weight(0, 70_000)
	for d := range 365 {
		g.dose(d, 497)
	}
	uses := g.ledger(t, 364).Uses(Period{date(0), date(364)})
	if len(uses) != 1 || uses[0].Group != GroupFVIII || uses[0].Unit != UnitIU || uses[0].Amount != Units(497*365) {
		t.Fatalf("%+v", uses)
	}
	got, ok := uses[0].PerKgYear()
	if !ok || math.Abs(got*365/365.25-2591.5) > 0.5 {
		t.Errorf("%g IU/kg/year", got)
	}
	if got, _ := uses[0].PerYear(); math.Abs(got-497*365.25) > 1e-6 {
		t.Errorf("%g IU/year", got)
	}
}

func TestConsumptionGoesByTheWeightOfTheDay(t *testing.T) {
	mg := func(g *log, day int) {
		g.add(&Treatment{Head: g.head(), Taken: on(day), Product: "nonfactor.hemlibra", Amount: Units(105), Reason: ReasonProphylaxis}, patient)
	}
	for _, c := range []struct {
		name  string
		write func(*log)
		perKg float64 // of factor VIII in a year; 0: not told
	}{
		{"a child that grew", func(g *log) {
			g.weight(0, 20_000)
			g.weight(50, 25_000)
			g.dose(0, 1000)
			g.dose(50, 1000)
			g.dose(99, 1000)
		}, (50 + 40 + 40) * 3.6525},
		{"weighed later that year", func(g *log) { g.weight(99, 50_000); g.dose(0, 1000) }, 20 * 3.6525},
		{"never weighed", func(g *log) { g.dose(0, 1000) }, 0},
		{"a weight of three years ago", func(g *log) { g.weight(-1000, 50_000); g.dose(0, 1000) }, 0},
		{"a weight of last year", func(g *log) { g.weight(-700, 50_000); g.dose(0, 1000) }, 20 * 3.6525},
		{"one dose without a weight", func(g *log) { g.weight(-700, 50_000); g.dose(0, 1000); g.dose(40, 1000) }, 0},
		{"a weight that was taken back", func(g *log) {
			g.dose(0, 1000)
			g.weight(0, 50_000)
			g.add(&Retract{Head: g.head(), Entry: g.weight(1, 5_000), Reason: "x"}, centre)
		}, 20 * 3.6525},
		{"other drugs apart", func(g *log) { g.weight(0, 50_000); g.dose(0, 1000); mg(g, 10) }, 20 * 3.6525},
	} {
		g := new(log)
		c.write(g)
		uses := g.ledger(t, 99).Uses(Period{date(0), date(99)})
		got, ok := uses[0].PerKgYear()
		if ok != (c.perKg != 0) || math.Abs(got-c.perKg) > 1e-9 {
			t.Errorf("%s: %g, %v", c.name, got, ok)
		}
		if c.name == "other drugs apart" && (len(uses) != 2 || uses[1].Group != GroupEmicizumab || uses[1].Unit != UnitMg || uses[1].Amount != Units(105)) {
			t.Errorf("%s: %+v", c.name, uses)
		}
	}
	g := new(log)
	g.every(2, 2000)
	g.dose(0, 2000)
	g.dose(2, 1500)
	g.forBleed(3, g.bleed(3, CauseTrauma, LeftKnee))
	want := []Supply{{Units(5500), Units(4000)}, {0, Units(4000)}}
	if got := g.ledger(t, 7).Supplies([]Period{{date(0), date(3)}, {date(4), date(7)}}, GroupFVIII, UnitIU); !slices.Equal(got, want) {
		t.Errorf("used and planned: %+v", got)
	}
}

func TestAdherence(t *testing.T) {
	for _, c := range []struct {
		name                 string
		write                func(*log)
		want                 Adherence // counts only
		number, amount, time float64
		class                AdherenceClass
	}{
		{"all as planned", func(g *log) {
			for d := 0; d < 20; d += 2 {
				g.dose(d, 2000)
			}
		}, Adherence{Planned: 10, Given: 10, Timely: 10}, 1, 1, 1, ClassAdherent},
		{"one of ten forgotten", func(g *log) {
			for d := 0; d < 18; d += 2 {
				g.dose(d, 2000)
			}
			g.bleed(19, CauseTrauma, LeftKnee) // the diary is kept
		}, Adherence{Planned: 10, Given: 9, Timely: 9, Missed: 1}, 0.9, 0.9, 1, ClassAdherent},
		{"one of ten made up for on the day after", func(g *log) {
			for d := 0; d < 18; d += 2 {
				g.dose(d, 2000)
			}
			g.dose(19, 2000)
		}, Adherence{Planned: 10, Given: 10, Timely: 9}, 1, 1, 0.9, ClassAdherent},
		{"two of ten not given, one with a reason", func(g *log) {
			for d := 0; d < 16; d += 2 {
				g.dose(d, 2000)
			}
			g.missed(16, NotGivenTravel)
			g.bleed(19, CauseTrauma, LeftKnee) // the diary is kept
		}, Adherence{Planned: 10, Given: 8, Timely: 8, NotGiven: 1, Missed: 1}, 0.8, 0.8, 1, ClassSuboptimal},
		{"the centre advised against one", func(g *log) {
			for d := 0; d < 18; d += 2 {
				g.dose(d, 2000)
			}
			g.missed(18, NotGivenAdvised)
		}, Adherence{Planned: 9, Given: 9, Timely: 9, Advised: 1}, 1, 1, 1, ClassAdherent},
		{"three of ten not given", func(g *log) {
			for d := 0; d < 14; d += 2 {
				g.dose(d, 2000)
			}
			g.missed(18, NotGivenForgotten)
		}, Adherence{Planned: 10, Given: 7, Timely: 7, NotGiven: 1, Missed: 2}, 0.7, 0.7, 1, ClassNonAdherent},
		{"always half a dose", func(g *log) {
			for d := 0; d < 20; d += 2 {
				g.dose(d, 1000)
			}
		}, Adherence{Planned: 10, Given: 10, Timely: 10}, 1, 0.5, 1, ClassNonAdherent},
		{"a fifth more each time", func(g *log) {
			for d := 0; d < 20; d += 2 {
				g.dose(d, 2400)
			}
		}, Adherence{Planned: 10, Given: 10, Timely: 10}, 1, 1.2, 1, ClassSuboptimal},
		{"four of ten late by half a day", func(g *log) {
			for d := 0; d < 20; d += 2 {
				at := on(d)
				if d < 8 {
					at = at.Add(7 * hour) // an eighth of two days is six hours
				}
				g.add(&Treatment{Head: g.head(), Taken: at, Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis}, patient)
			}
		}, Adherence{Planned: 10, Given: 10, Timely: 6}, 1, 1, 0.6, ClassSuboptimal},
	} {
		g := new(log)
		g.every(2, 2000)
		c.write(g)
		l := g.ledger(t, 19)
		a := l.Adherence(l.All())
		counts := a
		counts.share, counts.off = 0, 0
		if counts != c.want {
			t.Errorf("%s: %+v", c.name, counts)
		}
		number, _ := a.Number()
		amount, _ := a.Amount()
		timely, _ := a.OnTime()
		if math.Abs(number-c.number)+math.Abs(amount-c.amount)+math.Abs(timely-c.time) > 1e-9 {
			t.Errorf("%s: A_n %g, A_IU %g, A_t %g", c.name, number, amount, timely)
		}
		if got := a.Class(Dutch); got != c.class {
			t.Errorf("%s: %s", c.name, got.Key())
		}
	}
	g := new(log)
	g.every(2, 2000)
	g.dose(0, 2000)
	g.dose(60, 2000)
	l := g.ledger(t, 61)
	if a := l.Adherence(l.All()); a.Planned != 2 || a.Given != 2 || a.Silent != 29 || a.Class(Dutch) != ClassUnknown {
		t.Errorf("with a silence: %+v", a)
	}
	if _, ok := (Adherence{}).Number(); ok {
		t.Error("a share of nothing")
	}
}

// The cut-offs are exclusive below and inclusive above.
func TestAdherenceClassesAtTheirCutOffs(t *testing.T) {
	for _, c := range []struct {
		a    Adherence
		want AdherenceClass
	}{
		{Adherence{Planned: 100, Given: 86, Timely: 86}, ClassAdherent},
		{Adherence{Planned: 100, Given: 85, Timely: 85}, ClassSuboptimal}, // 15 % missed
		{Adherence{Planned: 100, Given: 75, Timely: 75}, ClassSuboptimal}, // 25 %
		{Adherence{Planned: 100, Given: 74, Timely: 74}, ClassNonAdherent},
		{Adherence{Planned: 100, Given: 100, Timely: 71}, ClassAdherent},
		{Adherence{Planned: 100, Given: 100, Timely: 70}, ClassSuboptimal}, // 30 % at another time
		{Adherence{Planned: 100, Given: 100, Timely: 0}, ClassSuboptimal},
		{Adherence{Planned: 100, Given: 100, Timely: 100, off: 9}, ClassAdherent},
		{Adherence{Planned: 100, Given: 100, Timely: 100, off: 10}, ClassSuboptimal},
		{Adherence{Planned: 100, Given: 100, Timely: 100, off: 25}, ClassSuboptimal},
		{Adherence{Planned: 100, Given: 100, Timely: 100, off: 26}, ClassNonAdherent},
		{Adherence{Planned: 5, Given: 5, Timely: 5}, ClassUnknown},
	} {
		if got := c.a.Class(Dutch); got != c.want {
			t.Errorf("%+v: %s", c.a, got.Key())
		}
	}
}

func TestTargetJoints(t *testing.T) {
	type b struct {
		day   int
		cause Cause
	}
	const s, x = CauseSpontaneous, CauseTrauma
	for _, c := range []struct {
		name   string
		rule   TargetRule
		bleeds []b
		today  int
		want   []TargetJoint // of the left knee
	}{
		{"two bleeds are not enough", ISTH2014, []b{{0, s}, {90, s}}, 200, nil},
		{"the third within six months", ISTH2014, []b{{0, s}, {90, s}, {180, s}}, 200, []TargetJoint{{LeftKnee, date(180), Date{}, 3}}},
		// Day 181 is 1 July 2025: half a year before lies day 0, which is outside.
		{"the third a day too late", ISTH2014, []b{{0, s}, {90, s}, {181, s}}, 200, nil},
		{"injuries do not make one", ISTH2014, []b{{0, s}, {20, x}, {40, x}, {60, s}}, 200, nil},
		{"but any cause holds one", ISTH2014, []b{{0, s}, {20, s}, {40, s}, {100, x}, {200, x}, {300, x}}, 410, []TargetJoint{{LeftKnee, date(40), Date{}, 3}}},
		{"released after a year with two", ISTH2014, []b{{0, s}, {20, s}, {40, s}, {200, x}, {300, x}}, 500, []TargetJoint{{LeftKnee, date(40), date(405), 2}}},
		{"released when the third leaves the year", ISTH2014, []b{{0, s}, {20, s}, {40, s}, {100, x}, {200, x}, {300, x}}, 500, []TargetJoint{{LeftKnee, date(40), date(465), 2}}},
		{"and again, counted from the release", ISTH2014, []b{{0, s}, {20, s}, {40, s}, {390, s}, {450, s}, {500, s}, {540, s}}, 600,
			[]TargetJoint{{LeftKnee, date(540), Date{}, 4}, {LeftKnee, date(40), date(405), 1}}},
		{"CDC: four in six months, of any cause", TargetCDC, []b{{0, x}, {50, s}, {100, x}, {150, x}}, 900, []TargetJoint{{LeftKnee, date(150), Date{}, 0}}},
		{"CDC: three are not enough", TargetCDC, []b{{0, x}, {50, s}, {100, x}}, 200, nil},
		{"Canada: three in three months", TargetCanada, []b{{0, x}, {40, s}, {89, x}}, 95, []TargetJoint{{LeftKnee, date(89), Date{}, 3}}},
		{"the older release wants a year without a bleed", TargetOld, []b{{0, s}, {20, s}, {40, s}, {200, x}}, 500, []TargetJoint{{LeftKnee, date(40), Date{}, 1}}},
		{"and then lets go", TargetOld, []b{{0, s}, {20, s}, {40, s}, {200, x}}, 600, []TargetJoint{{LeftKnee, date(40), date(565), 0}}},
	} {
		g := new(log)
		for _, x := range c.bleeds {
			g.bleed(x.day, x.cause, LeftKnee)
		}
		g.bleed(1, s, RightKnee) // another joint is another matter
		g.bleed(2, s, PlaceOf(ThighMuscle, Left))
		g.bleed(3, s, PlaceOf(ThighMuscle, Left))
		g.bleed(4, s, PlaceOf(ThighMuscle, Left))
		for d := 5; d <= c.today; d += 300 { // somebody writes, so no silence
			g.dose(d, 2000)
		}
		if got := g.ledger(t, c.today).TargetJoints(c.rule); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestASilenceDoesNotReleaseATargetJoint(t *testing.T) {
	g := new(log)
	g.every(2, 2000)
	for d := 0; d <= 900; d += 2 {
		if d < 100 || d >= 200 {
			g.dose(d, 2000)
		}
	}
	for _, d := range []int{0, 20, 40} {
		g.bleed(d, CauseSpontaneous, LeftKnee)
	}
	// Days 99 to 199 are silent. The first year after them that is observed
	// throughout ends on day 564; without the silence it had been day 405.
	want := []TargetJoint{{LeftKnee, date(40), date(564), 0}}
	if got := g.ledger(t, 900).TargetJoints(ISTH2014); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := g.ledger(t, 563).TargetJoints(ISTH2014); len(got) != 1 || !got[0].Off.IsZero() {
		t.Errorf("released too early: %+v", got)
	}
}

func TestHowBleedsAnswered(t *testing.T) {
	g := new(log)
	answer := func(day int, at8h, at72h Response, wait int64) {
		b := g.add(&Bleed{Head: g.head(), Start: on(day), Places: []Place{LeftKnee}, Type: BleedJoint, Response8h: at8h, Response72h: at72h}, patient)
		g.add(&Treatment{Head: g.head(), Taken: on(day).Add(wait), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonBleed, Bleed: b}, patient)
	}
	answer(0, ResponseModerate, ResponseExcellent, 30*minute)
	answer(10, ResponseGood, ResponseUnknown, 90*minute)
	answer(20, 0, 0, 4*hour)
	answer(30, ResponseNone, ResponseNone, -hour) // the clock was wrong: no time
	answer(40, 0, Response(99), 10*hour)          // of a newer version
	g.bleed(50, CauseTrauma, LeftKnee)            // not treated
	got := g.ledger(t, 60).Answers(Period{date(0), date(60)})
	if got.Treated != 5 || got.Of != [5]int{2, 1, 1, 0, 1} || got.Known() != 3 {
		t.Errorf("%+v", got)
	}
	if m, ok := got.Median(); !ok || m != (90+240)/2 {
		t.Errorf("median %d minutes", m)
	}
	if n, of := got.Within(120); n != 2 || of != 4 {
		t.Errorf("%d of %d within two hours", n, of)
	}
}

func TestRunsWithoutBleeds(t *testing.T) {
	for _, c := range []struct {
		name    string
		write   func(*log)
		bled    bool
		since   int
		longest Period
	}{
		{"none yet", func(g *log) { g.dose(0, 2000) }, false, 0, Period{date(0), date(99)}},
		{"treated in the middle", func(g *log) { g.dose(0, 2000); g.forBleed(60, g.bleed(60, CauseTrauma, LeftKnee)) }, true, 39, Period{date(0), date(59)}},
		{"not treated: it ends no treated run", func(g *log) { g.dose(0, 2000); g.bleed(60, CauseTrauma, LeftKnee) }, true, 39, Period{date(0), date(99)}},
		{"today", func(g *log) { g.dose(0, 2000); g.forBleed(99, g.bleed(99, CauseTrauma, LeftKnee)) }, true, 0, Period{date(0), date(98)}},
		{"a silence is no run", func(g *log) {
			g.every(2, 2000)
			g.dose(0, 2000)
			g.dose(70, 2000)
			g.forBleed(80, g.bleed(80, CauseTrauma, LeftKnee))
			g.dose(84, 2000)
		}, true, 19, Period{date(81), date(99)}},
	} {
		g := new(log)
		c.write(g)
		f := g.ledger(t, 99).Free()
		if f.Bled != c.bled || f.Since != c.since || f.Longest != c.longest {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestDaysAreMarked(t *testing.T) {
	g := new(log)
	g.every(2, 2000)
	g.dose(0, 2000)
	g.missed(2, NotGivenUnwell)
	b := g.bleed(3, CauseTrauma, LeftKnee)
	g.forBleed(3, b)
	g.forBleed(3, b)
	got := g.ledger(t, 6).Days(Period{date(-1), date(7)})
	want := []DayMark{
		{date(-1), 0, 0, 0, 0, false}, {date(0), 1, 0, 0, 0, true}, {date(1), 0, 0, 0, 0, true}, {date(2), 0, 1, 0, 0, true}, {date(3), 2, 0, 0, 1, true},
		{date(4), 0, 0, 1, 0, true}, {date(5), 0, 0, 0, 0, true}, {date(6), 0, 0, 0, 0, true}, {date(7), 0, 0, 0, 0, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// invented is a year and a half of somebody's diary.
func invented(rng *rand.Rand) *log {
	g := new(log)
	if rng.IntN(4) > 0 {
		g.every(1+rng.IntN(7), 2000)
	}
	if rng.IntN(2) == 0 {
		g.weight(rng.IntN(500), Units(20+rng.IntN(60)))
	}
	for d := 0; d < 540; d++ {
		switch rng.IntN(12) {
		case 0, 1, 2, 3, 4:
			g.dose(d, 1000+250*rng.IntN(5))
		case 5:
			g.missed(d, NotGiven(1+rng.IntN(8)))
		case 6:
			if b := g.bleed(d, Cause(1+rng.IntN(5)), pickPlace(rng)); rng.IntN(2) == 0 {
				g.forBleed(d, b)
			}
		case 7:
			d += rng.IntN(60)
		}
	}
	return g
}

func pickPlace(rng *rand.Rand) Place {
	all := []Place{LeftKnee, LeftKnee, RightAnkle, PlaceOf(CalfMuscle, Left), PlaceOf(Nose, NoSide)}
	return all[rng.IntN(len(all))]
}

// everything is all that a ledger says of a period.
func (l *Ledger) everything(p Period) []any {
	return []any{
		l.Observed(p), l.Rates(p, false), l.Rates(p, true), l.Again(p), l.Tissues(p.Months()), l.Places(p), l.Uses(p), l.Adherence(p), l.Answers(p), l.Free(),
		l.TargetJoints(ISTH2014), l.TargetJoints(TargetCDC), l.Days(p), l.Supplies(p.Months(), GroupFVIII, UnitIU),
		l.Figures(p, Period.Quarters),
	}
}

func TestFiguresDoNotDependOnOrderOrSplitting(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		g := invented(rng)
		l := g.ledger(t, 540)
		p := Period{date(rng.IntN(200)), date(300 + rng.IntN(240))}
		want := l.everything(p)

		shuffled := slices.Clone(g.records)
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		d := new(Diary)
		for i, r := range shuffled {
			d.Add(r)
			if i%40 == 0 {
				d.Ledger(on(540)) // a look in between changes nothing
			}
		}
		if got := d.Ledger(on(540).Add(8 * hour)).everything(p); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: the order of arrival changes figures\n%+v\n%+v", seed, got, want)
		}

		// What is counted in the parts is what is counted in the whole.
		var o Observed
		var r Rates
		var a Adherence
		var amount, used Amount
		for _, m := range p.Months() {
			x, y, z := l.Observed(m), l.Rates(m, false), l.Adherence(m)
			o.Days, o.Silent, o.Planned, o.Accounted = o.Days+x.Days, o.Silent+x.Silent, o.Planned+x.Planned, o.Accounted+x.Accounted
			r.All.Count += y.All.Count
			r.Joint.Count += y.Joint.Count
			a.Planned, a.Given, a.Missed, a.NotGiven, a.Silent = a.Planned+z.Planned, a.Given+z.Given, a.Missed+z.Missed, a.NotGiven+z.NotGiven, a.Silent+z.Silent
			for _, u := range l.Uses(m) {
				amount += u.Amount
			}
		}
		for _, u := range l.Uses(p) {
			used += u.Amount
		}
		x, y, z := l.Observed(p), l.Rates(p, false), l.Adherence(p)
		if o.Days != x.Days || o.Silent != x.Silent || o.Planned != x.Planned || o.Accounted != x.Accounted || r.All.Count != y.All.Count || r.Joint.Count != y.Joint.Count ||
			a.Planned != z.Planned || a.Given != z.Given || a.Missed != z.Missed || a.NotGiven != z.NotGiven || a.Silent != z.Silent || amount != used {
			t.Fatalf("seed %d: the months do not add up", seed)
		}
		if z.Planned != z.Given+z.NotGiven+z.Missed || x.Planned != z.Planned+z.Advised+z.Silent {
			t.Fatalf("seed %d: doses are lost: %+v %+v", seed, x, z)
		}
	}
}

func TestOneMoreBleedNeverLowersARate(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 8))
		g := invented(rng)
		l := g.ledger(t, 540)
		p := l.All()
		before := l.Rates(p, false)
		day := rng.IntN(540)
		if !l.Days(Period{date(day), date(day)})[0].Observed {
			continue // there it would end a silence, and more days count
		}
		g.bleed(day, CauseSpontaneous, LeftKnee)
		after := g.ledger(t, 540).Rates(p, false)
		for i, x := range [][2]Rate{{before.All, after.All}, {before.Joint, after.Joint}, {before.Spontaneous, after.Spontaneous}, {before.Traumatic, after.Traumatic}} {
			was, _ := x[0].PerYear()
			is, _ := x[1].PerYear()
			if is < was || i < 3 && is <= was {
				t.Fatalf("seed %d: rate %d goes from %g to %g", seed, i, was, is)
			}
		}
	}
}

// decade is ten years of a diary: 5,000 treatments and 300 bleeds.
func decade(tb testing.TB) *Diary {
	g := new(log)
	from, _ := on(-3650).Wall()
	for y := range 10 { // a new version of the plan each year
		p := &Plan{
			Head: g.head(), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis, From: from.AddDays(365 * y),
			Schedule: Schedule{EveryDays: 1, Times: []uint16{12 * 60}},
		}
		if y > 0 {
			p.Supersedes, p.Because = ID{0: 0xf0, 14: 0, 15: byte(g.n - 1)}, "new year "+strconv.Itoa(y)
		}
		g.add(p, centre)
	}
	for y := range 10 {
		g.weight(-3650+365*y, Units(40+3*y))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 4700 {
		g.add(&Treatment{Head: g.head(), Taken: on(-3650).Add(int64(i) * 3650 * day / 4700), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis}, patient)
	}
	for i := range 300 {
		d := -3650 + i*12
		g.forBleed(d, g.bleed(d, Cause(1+rng.IntN(5)), pickPlace(rng)))
	}
	return diaryOf(tb, g.records...)
}

func BenchmarkFiguresOfTenYears(b *testing.B) {
	d := decade(b)
	now := on(0)
	all := d.Ledger(now).All()
	if all.Days() != 3651 {
		b.Fatalf("%d days", all.Days())
	}
	if a := d.Ledger(now).Adherence(all); a.Planned != 3650 || a.Given != 3650 {
		b.Fatalf("%+v", a)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Ledger(now).everything(all)
	}
}

func BenchmarkLedgerOfTenYears(b *testing.B) {
	d := decade(b)
	b.ReportAllocs()
	for b.Loop() {
		d.Ledger(on(0))
	}
}
