package diary

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A kept is a diary in the making: entries with days and minutes before now.
type kept struct {
	t       testing.TB
	records []Record
	ids     byte
}

func (k *kept) add(e Entry, by Author) ID {
	k.ids++
	h := e.Top()
	h.ID, h.Entered = id(k.ids), now
	k.records = append(k.records, record(e, by, int64(k.ids)))
	return h.ID
}

const product = ProductID("fviii.advate")

func ago(days int) Moment { return now.Add(-int64(days) * day) }

// lot is "A 1000 2027-06 5": batch, strength, expiry, number; "-" where nothing was said.
func lot(t testing.TB, text string) Lot {
	t.Helper()
	f := strings.Fields(text)
	l := Lot{Batch: f[0]}
	for i, s := range f[1:] {
		if s == "-" {
			continue
		}
		n, ok := ParseAmount(s)
		switch {
		case i == 1:
			if l.Expiry, ok = ParseDate(s); ok {
				continue
			}
		case i == 0:
			l.Strength = n
		default:
			l.Packs = uint16(n / 1000)
		}
		if !ok {
			t.Fatal(text)
		}
	}
	return l
}

func lots(t testing.TB, texts []string) (out []Lot) {
	for _, s := range texts {
		out = append(out, lot(t, s))
	}
	return out
}

func (k *kept) packs(days int, vials uint16, list ...string) ID {
	return k.add(&Pack{Received: ago(days), Product: product, Vials: vials, Lots: lots(k.t, list)}, patient)
}

func (k *kept) given(days, units int, list ...string) ID {
	return k.add(&Treatment{Taken: ago(days), Product: product, Amount: Units(units), Reason: ReasonProphylaxis, Lots: lots(k.t, list)}, patient)
}

func (k *kept) out(days int, why Why, list ...string) ID {
	return k.add(&Removal{At: ago(days), Product: product, Why: why, Lots: lots(k.t, list)}, carer)
}

func (k *kept) recall(by Author, list ...string) ID {
	return k.add(&Recall{Product: product, Lots: lots(k.t, list), Note: "bring it back"}, by)
}

func (k *kept) diary() *Diary { return diaryOf(k.t, k.records...) }

// says is the stock of product in short: "A 5, B 3!expired; short 2; assumed 1".
func says(d *Diary, at Moment) string {
	var out []string
	for _, h := range d.Supply(at) {
		var list []string
		for _, l := range h.Lots {
			s := l.Batch + " " + itoa(l.Vials)
			if l.State.Expired {
				s += "!expired"
			}
			if l.State.Recall != nil {
				s += "!recalled"
			}
			if l.Short > 0 {
				s += "-" + itoa(l.Short)
			}
			if l.Late > 0 {
				s += " late " + itoa(l.Late)
			}
			list = append(list, s)
		}
		s := strings.Join(list, ", ")
		if h.Short > 0 {
			s += "; short " + itoa(h.Short)
		}
		if h.Assumed > 0 {
			s += "; assumed " + itoa(h.Assumed)
		}
		out = append(out, s)
	}
	return strings.Join(out, " / ")
}

func itoa(n int) string { return Amount(n * 1000).String() }

func TestTheStockIsWhatCameLessWhatWent(t *testing.T) {
	for _, tt := range []struct {
		claim string
		do    func(*kept)
		want  string
	}{
		{"nothing was ever received", func(k *kept) { k.given(3, 1000); k.out(2, WhyBroken, "A") }, ""},
		{"packs without a number are one", func(k *kept) { k.packs(9, 0, "A 1000 2027-06") }, "A 1"},
		{"a pack holds several vials", func(k *kept) { k.packs(9, 5, "A 1000 2027-06 2") }, "A 10"},
		{"the same lot twice is one lot", func(k *kept) { k.packs(9, 0, "AB-12 1000 2027-06 2"); k.packs(5, 0, "ab12 1000 2027-06-30 3") }, "AB-12 5"},
		{"one batch with two dates is two lots", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 2", "A 1000 2027-07 3") }, "A 2, A 3"},
		{"what expires first stands first", func(k *kept) { k.packs(9, 0, "B 1000 2028-01 2", "C 1000 - 1", "A 1000 2027-06-15 3") }, "A 3, B 2, C 1"},
		{"a treatment takes the vials it names", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5"); k.given(3, 1000, "A - 2027-06 2") }, "A 3"},
		{"without vials, amount and strength say how many", func(k *kept) { k.packs(9, 0, "A 500 2027-06 5"); k.given(3, 1500, "A") }, "A 2"},
		{"a part of a vial is a vial", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5"); k.given(3, 1250, "A") }, "A 3"},
		{"without a strength a dose is a vial", func(k *kept) { k.packs(9, 0, "A - 2027-06 5"); k.given(3, 3000, "A") }, "A 4"},
		{"two lots, vials of one are said", func(k *kept) {
			k.packs(9, 0, "A 500 2027-06 5", "B 1000 2027-07 5")
			k.given(3, 3000, "A - - 2", "B")
		}, "A 3, B 3"},
		{"two lots, nothing is said: each at least one, the first as far as it goes", func(k *kept) {
			k.packs(9, 0, "A 500 2027-06 2", "B 1000 2027-07 5")
			k.given(3, 3000, "A", "B")
		}, "B 3"},
		{"a date that was typed wrongly makes no other lot", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5"); k.given(3, 1000, "A - 2026-06 1") }, "A 4"},
		{"no lot is named: the one that expires first", func(k *kept) {
			k.packs(9, 0, "B 1000 2028-01 5", "A 1000 2027-06 5")
			k.given(3, 2000)
		}, "A 3, B 5; assumed 2"},
		{"no lot is named: what was expired then is left alone", func(k *kept) {
			k.packs(99, 0, "A 1000 2026-10 5", "B 1000 2028-01 5")
			k.given(3, 2000)
		}, "B 3, A 5!expired; assumed 2"},
		{"no lot is named, and there is nothing else: it must have been that", func(k *kept) {
			k.packs(99, 0, "A 1000 2026-10 5")
			k.given(3, 2000)
		}, "A 3!expired; assumed 2"},
		{"no lot is named: strengths are combined", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 3", "B 500 2028-01 3")
			k.given(3, 1500)
		}, "A 2, B 2; assumed 2"},
		{"no lot is named: of two that are too large, the smaller", func(k *kept) {
			k.packs(9, 0, "A 3000 2027-06 3", "B 2000 2028-01 3")
			k.given(3, 1500)
		}, "A 3, B 2; assumed 1"},
		{"what was used before the first pack does not matter", func(k *kept) { k.given(20, 1000, "A"); k.given(19, 1000); k.packs(9, 0, "A 1000 2027-06 5") }, "A 5"},
		{"the first dose of a delivery was written down before the delivery", func(k *kept) {
			k.add(&Treatment{Taken: ago(5).Add(-9 * hour), Product: product, Amount: Units(1000), Reason: ReasonBleed, Lots: lots(k.t, []string{"A"})}, patient)
			k.packs(5, 0, "A 1000 2027-06 5")
		}, "A 4"},
		{"not the dose of the evening before", func(k *kept) {
			k.add(&Treatment{Taken: ago(5).Add(-20 * hour), Product: product, Amount: Units(1000), Reason: ReasonBleed, Lots: lots(k.t, []string{"A"})}, patient)
			k.packs(5, 0, "A 1000 2027-06 5")
		}, "A 5"},
		{"a dose that was not given takes nothing", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Treatment{Taken: ago(3), Product: product, Reason: ReasonProphylaxis, NotGiven: NotGivenForgotten}, patient)
		}, "A 5"},
		{"another product takes nothing", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Treatment{Taken: ago(3), Product: "fviii.nuwiq", Amount: Units(1000), Reason: ReasonProphylaxis, Lots: lots(k.t, []string{"A"})}, patient)
		}, "A 5"},
		{"a broken vial is gone", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5"); k.out(3, WhyBroken, "A - - 1") }, "A 4"},
		{"all that is left of a lot goes back", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5", "B 1000 2027-07 2"); k.out(3, WhyReturned, "A") }, "B 2"},
		{"what nobody has cannot go", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5"); k.out(3, WhyReturned, "X") }, "A 5"},
		{"more used than received", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.given(3, 3000, "A") }, "A 0-2; short 2"},
		{"more used than received, of no lot", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.given(3, 3000) }, "; short 2; assumed 1"},
		{"more taken out than received", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.out(3, WhyBroken, "A - - 2") }, "A 0-1; short 1"},
		{"a lot that was never received", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.given(3, 2000, "X") }, "A 1, X 0-2; short 2"},
		{"a later delivery does not hide a shortfall", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 1")
			k.given(3, 2000, "A")
			k.packs(1, 0, "A 1000 2027-06 5")
		}, "A 5-1; short 1"},
		{"a count sets what it names and ends shortfalls", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5", "B 1000 2027-07 5")
			k.given(6, 9000, "A")
			k.given(5, 20000)
			k.out(2, WhyCounted, "A - 2027-06 3", "B - 2027-07 0")
		}, "A 3"},
		{"a count finds a lot that nobody knew", func(k *kept) { k.out(2, WhyCounted, "C 1000 2027-06 3") }, "C 3"},
		{"a count of a lot that came since leaves the others", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.packs(1, 0, "B 1000 2027-07 2")
			k.out(2, WhyCounted, "A - - 1")
		}, "A 1, B 2"},
		{"a delivery on the day of a count comes after it", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Removal{At: ago(2).Add(-3 * hour), Product: product, Why: WhyCounted, Lots: lots(k.t, []string{"A - - 1"})}, patient)
			k.packs(2, 0, "A 1000 2027-06 5")
		}, "A 6"},
		{"within a minute, the order of writing counts", func(k *kept) {
			k.packs(2, 0, "A 1000 2027-06 5")
			k.out(2, WhyCounted, "A - - 4")
			k.given(2, 1000, "A")
			k.packs(2, 0, "A 1000 2027-06 10")
		}, "A 13"},
		{"expired on the last day of its month, in the evening: not yet", func(k *kept) { k.packs(9, 0, "A 1000 2026-11 1") }, "A 1 late 1"},
		{"expired with the day", func(k *kept) { k.packs(9, 0, "A 1000 2026-11-22 1", "B 1000 2026-11-23 2") }, "B 2 late 2, A 1!expired"},
		{"recalled", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1", "B 1000 2027-06 2"); k.recall(centre, "a") }, "B 2, A 1!recalled"},
		{"recalled with another date", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.recall(centre, "A - 2027-07") }, "A 1"},
		{"recalled, date as a day", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 1"); k.recall(centre, "A - 2027-06-30") }, "A 1!recalled"},
		{"a recall that was taken back", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 1")
			k.add(&Retract{Entry: k.recall(centre, "A"), Reason: "another batch"}, centre)
		}, "A 1"},
		{"a recall by the centre stands against home", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 1")
			k.add(&Retract{Entry: k.recall(centre, "A"), Reason: "no"}, patient)
		}, "A 1!recalled"},
		{"a pack that was entered twice", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Retract{Entry: k.packs(9, 0, "A 1000 2027-06 5"), Reason: "twice"}, carer)
		}, "A 5"},
		{"a pack that was corrected", func(k *kept) {
			old := k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Pack{Head: Head{Supersedes: old, Because: "miscounted"}, Received: ago(9), Product: product, Lots: lots(k.t, []string{"A 1000 2027-06 6"})}, patient)
		}, "A 6"},
		{"a treatment that was taken back", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Retract{Entry: k.given(3, 1000, "A"), Reason: "not given after all"}, patient)
		}, "A 5"},
		{"a count that was taken back", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Retract{Entry: k.out(3, WhyCounted, "A - - 0"), Reason: "looked in the wrong place"}, patient)
		}, "A 5"},
		{"two products are counted apart", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.add(&Pack{Received: ago(9), Product: "other.iu", ProductName: "Faktor Müller", Lots: lots(k.t, []string{"A 500 2027-06 2"})}, patient)
			k.add(&Pack{Received: ago(8), Product: "other.iu", ProductName: "Faktor Meier", Lots: lots(k.t, []string{"A 500 2027-06 7"})}, patient)
			k.add(&Treatment{Taken: ago(3), Product: "other.iu", ProductName: "faktor müller ", Amount: Units(500), Reason: ReasonBleed}, patient)
		}, "A 5 / A 7 / A 1; assumed 1"},
	} {
		k := &kept{t: t}
		tt.do(k)
		if got := says(k.diary(), now); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.claim, got, tt.want)
		}
	}
}

func TestAPenIsUsedUpByAmount(t *testing.T) {
	pen := func(k *kept, lots ...Lot) {
		k.add(&Pack{Received: ago(20), Product: "nonfactor.alhemo", Lots: lots}, patient)
	}
	dose := func(k *kept, days, mg int, lots ...Lot) {
		k.add(&Treatment{Taken: ago(days), Product: "nonfactor.alhemo", Amount: Units(mg), Reason: ReasonProphylaxis, Lots: lots}, patient)
	}
	for _, tt := range []struct {
		claim  string
		do     func(*kept)
		vials  int
		amount int
		short  int
	}{
		{"new pens", func(k *kept) { pen(k, lot(t, "A 60 2027-06 2")) }, 2, 120, 0},
		{"one is open", func(k *kept) { pen(k, lot(t, "A 60 2027-06 2")); dose(k, 3, 12) }, 2, 108, 0},
		{"one is used up", func(k *kept) {
			pen(k, lot(t, "A 60 2027-06 2"))
			for i := range 5 {
				dose(k, 9-i, 12, lot(t, "A - - 1"))
			}
		}, 1, 60, 0},
		{"a dose from two pens", func(k *kept) { pen(k, lot(t, "A 60 2027-06 2")); dose(k, 4, 50); dose(k, 3, 50) }, 1, 20, 0},
		{"two lots", func(k *kept) {
			pen(k, lot(t, "A 60 2027-06 1"), lot(t, "B 60 2027-07 1"))
			dose(k, 4, 50)
			dose(k, 3, 30, Lot{Batch: "A"}, Lot{Batch: "B"})
		}, 1, 40, 0},
		{"more than there was", func(k *kept) { pen(k, lot(t, "A 60 2027-06 1")); dose(k, 4, 50); dose(k, 3, 30, Lot{Batch: "A"}) }, 0, 0, 1},
		{"a count says no more of the open one", func(k *kept) {
			pen(k, lot(t, "A 60 2027-06 2"))
			dose(k, 4, 50)
			k.add(&Removal{At: ago(3), Product: "nonfactor.alhemo", Why: WhyCounted, Lots: []Lot{lot(t, "A - - 2")}}, patient)
		}, 2, 70, 0},
		{"a count of other than thought begins anew", func(k *kept) {
			pen(k, lot(t, "A 60 2027-06 2"))
			dose(k, 4, 50)
			k.add(&Removal{At: ago(3), Product: "nonfactor.alhemo", Why: WhyCounted, Lots: []Lot{lot(t, "A - - 1")}}, patient)
		}, 1, 60, 0},
		{"of unknown strength: nothing is taken off", func(k *kept) { pen(k, lot(t, "A - 2027-06 2")); dose(k, 4, 50); dose(k, 3, 50, Lot{Batch: "A"}) }, 2, 0, 0},
	} {
		k := &kept{t: t}
		tt.do(k)
		h := k.diary().Supply(now)
		if len(h) != 1 || h[0].Vials != tt.vials || h[0].Amount != Units(tt.amount) || h[0].Short != tt.short {
			t.Errorf("%s: %+v", tt.claim, h)
		}
	}
}

func (k *kept) plan(p Plan) {
	p.Product, p.Reason, p.From, p.Clinician = product, ReasonProphylaxis, Date{2026, 1, 6}, "Dr. W."
	if p.Schedule.OnDemand() {
		p.Reason = ReasonBleed
	}
	k.add(&p, centre)
}

// everyOther is due on 24 November next, the day after now, at seven.
var everyOther = Schedule{EveryDays: 2, Times: []uint16{420}}

func TestTheStockLastsAsLongAsThePlanSays(t *testing.T) {
	for _, tt := range []struct {
		claim string
		do    func(*kept)
		want  Outlook
		low   bool
		lots  string
	}{
		{"no plan", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 5") }, Outlook{Days: aheadDays}, false, "A 5"},
		{"five doses, tomorrow and every other day", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: 11, Out: Date{2026, 12, 4}, Doses: 5}, true, "A 5"},
		{"seven doses reach fifteen days: not low", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 7")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: 15, Out: Date{2026, 12, 8}, Doses: 7}, false, "A 7"},
		{"whole vials: two for each dose", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 7")
			k.plan(Plan{Amount: Units(1500), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: 7, Out: Date{2026, 11, 30}, Doses: 3}, true, "A 7"},
		{"nothing is left", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 1")
			k.given(3, 1000, "A")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: 1, Out: Date{2026, 11, 24}}, true, ""},
		{"a lot expires in between", func(k *kept) {
			k.packs(9, 0, "A 1000 2026-11 5", "B 1000 2027-06 1")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		}, Outlook{Planned: true, Days: 11, Out: Date{2026, 12, 4}, Doses: 5}, true, "A 5 late 1, B 1"},
		{"the dose on the last day of a lot is given from it", func(k *kept) {
			k.packs(9, 0, "A 1000 2026-11-24 1")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: 3, Out: Date{2026, 11, 26}, Doses: 1}, true, "A 1"},
		{"expired and recalled lots do not count", func(k *kept) {
			k.packs(99, 0, "A 1000 2026-10 5", "B 1000 2027-06 5", "C 1000 2027-06 1")
			k.recall(centre, "B")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		}, Outlook{Planned: true, Days: 3, Out: Date{2026, 11, 26}, Doses: 1}, true, "C 1, A 5!expired, B 5!recalled"},
		{"enough for more than a year", func(k *kept) {
			k.packs(9, 100, "A 1000 2029-06 3")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
		},
			Outlook{Planned: true, Days: aheadDays, Doses: 198}, false, "A 300"},
		{"one dose is kept back for a bleed", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 5")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
			k.plan(Plan{Amount: Units(3000)})
		}, Outlook{Planned: true, Days: 5, Out: Date{2026, 11, 28}, Doses: 2, Reserve: Units(3000), Kept: true}, true, "A 5"},
		{"the dose for a bleed comes from what expires last", func(k *kept) {
			k.packs(9, 0, "A 1000 2026-12-10 3", "B 1000 2027-06 3")
			k.plan(Plan{Amount: Units(1000), Schedule: everyOther})
			k.plan(Plan{Amount: Units(3000)})
		}, Outlook{Planned: true, Days: 7, Out: Date{2026, 11, 30}, Doses: 3, Reserve: Units(3000), Kept: true}, true, "A 3, B 3"},
		{"only on demand: enough", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 3"); k.plan(Plan{Amount: Units(3000)}) },
			Outlook{Days: aheadDays, Reserve: Units(3000), Kept: true}, false, "A 3"},
		{"only on demand: not one dose", func(k *kept) { k.packs(9, 0, "A 1000 2027-06 2"); k.plan(Plan{Amount: Units(3000)}) },
			Outlook{Days: aheadDays, Reserve: Units(3000)}, true, "A 2"},
		{"without a plan, what expires within 60 days will not be used", func(k *kept) { k.packs(9, 0, "A 1000 2027-01-22 2", "B 1000 2027-01-23 2") },
			Outlook{Days: aheadDays}, false, "A 2 late 2, B 2"},
		{"today's dose was given", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 2")
			k.plan(Plan{Amount: Units(1000), Schedule: Schedule{EveryDays: 1, Times: []uint16{1080}}})
			k.add(&Treatment{Taken: now.Add(-hour), Product: product, Amount: Units(1000), Reason: ReasonProphylaxis, Lots: lots(k.t, []string{"A"})}, patient)
		}, Outlook{Planned: true, Days: 2, Out: Date{2026, 11, 25}, Doses: 1}, true, "A 1"},
		{"today's dose is late", func(k *kept) {
			k.packs(9, 0, "A 1000 2027-06 2")
			k.plan(Plan{Amount: Units(1000), Schedule: Schedule{EveryDays: 1, Times: []uint16{720}}})
		}, Outlook{Planned: true, Days: 2, Out: Date{2026, 11, 25}, Doses: 2}, true, "A 2"},
	} {
		k := &kept{t: t}
		tt.do(k)
		d := k.diary()
		h := d.Supply(now)
		if len(h) != 1 || h[0].Outlook != tt.want || h[0].Low() != tt.low {
			t.Errorf("%s: %+v", tt.claim, h)
		}
		if got := says(d, now); got != tt.lots {
			t.Errorf("%s: %q, want %q", tt.claim, got, tt.lots)
		}
	}
}

func TestTheFirstLotIsToldOnlyWhereThereAreSeveral(t *testing.T) {
	k := &kept{t: t}
	k.packs(99, 0, "A 1000 2026-10 1", "B 1000 2027-06 5", "C 1000 2027-07 5")
	h := k.diary().Supply(now)[0]
	if h.Next != (Date{2027, 6, 0}) || !h.Lots[0].First || h.Lots[0].Batch != "B" || h.Lots[1].First || h.Lots[2].First {
		t.Errorf("%+v", h)
	}
	k = &kept{t: t}
	k.packs(9, 0, "B 1000 2027-06 5")
	if k.diary().Supply(now)[0].Lots[0].First {
		t.Error("the only lot is the first")
	}
}

func TestALotIsJudgedAtTheTimeOfUse(t *testing.T) {
	k := &kept{t: t}
	k.packs(9, 0, "A 1000 2026-11 5", "B 1000 2027-06 5")
	k.recall(centre, "B")
	d := k.diary()
	night := Moment{Date{2026, 11, 30}.At(23*60+59, 60).Ms, 60}
	for _, tt := range []struct {
		what              string
		product           ProductID
		lot               string
		at                Moment
		expired, recalled bool
	}{
		{"good", product, "A - 2026-11", now, false, false},
		{"the last minute of its month", product, "A - 2026-11", night, false, false},
		{"the first of the next", product, "A - 2026-11", night.Add(minute), true, false},
		{"that same minute farther west", product, "A - 2026-11", Moment{night.Ms + minute, 0}, false, false},
		{"the date is known from the stock", product, "a", night.Add(minute), true, false},
		{"recalled", product, "B - 2027-06", now, false, true},
		{"recalled after it was used", product, "B", now.Add(-90 * day), false, true},
		{"the same batch of another product", "fviii.nuwiq", "B", now, false, false},
		{"not known", product, "X", now, false, false},
	} {
		st := d.LotState(tt.product, lot(t, tt.lot), tt.at)
		if st.Expired != tt.expired || (st.Recall != nil) != tt.recalled || st.Usable() != !(tt.expired || tt.recalled) {
			t.Errorf("%s: %+v", tt.what, st)
		}
	}
}

func TestARecallIsTracedAndWarnedOf(t *testing.T) {
	k := &kept{t: t}
	k.packs(99, 0, "A 1000 2027-06 5", "B 1000 2027-06 5")
	k.given(500, 1000, "A")
	first := k.given(30, 1000, "A")
	second := k.given(10, 1000, "B", "A")
	k.add(&Treatment{Taken: ago(9), Product: product, Reason: ReasonProphylaxis, NotGiven: NotGivenChose, Lots: lots(t, []string{"A"})}, patient)
	k.given(8, 1000, "B")
	r := k.recall(centre, "a")
	d := k.diary()
	w := d.Warnings(now)
	if len(w) != 1 || w[0].ID != r || w[0].Seen || len(w[0].Held) != 1 || w[0].Held[0].Vials != 3 || len(w[0].Used) != 2 || w[0].Used[0].ID != second || w[0].Used[1].ID != first {
		t.Fatalf("%+v", w)
	}
	if all := d.Trace(w[0].Trace.Recall, 0, now); len(all.Used) != 3 || !all.Found() {
		t.Errorf("%+v", all)
	}
	// Put aside, the doses remain; read, nothing remains.
	k.out(0, WhyRecalled, "A")
	if w = k.diary().Warnings(now); len(w) != 1 || len(w[0].Held) != 0 {
		t.Errorf("put aside: %+v", w)
	}
	k.add(&Seen{Entries: []ID{r}}, patient)
	if w = k.diary().Warnings(now); len(w) != 0 {
		t.Errorf("read: %+v", w)
	}
	// What was read and is still in the fridge is told.
	k = &kept{t: t}
	k.packs(99, 0, "A 1000 2027-06 5")
	k.add(&Seen{Entries: []ID{k.recall(centre, "A")}}, patient)
	if w = k.diary().Warnings(now); len(w) != 1 || !w[0].Seen {
		t.Errorf("still there: %+v", w)
	}
	// So is what somebody at home heard of.
	k = &kept{t: t}
	k.packs(99, 0, "A 1000 2027-06 5")
	k.recall(carer, "A")
	if w = k.diary().Warnings(now); len(w) != 1 || !w[0].Seen {
		t.Errorf("heard of: %+v", w)
	}
}

func TestEveryMovementIsTold(t *testing.T) {
	k := &kept{t: t}
	k.packs(9, 0, "A 1000 2027-06 5")
	k.given(8, 1000)
	k.given(7, 2000, "A")
	k.out(6, WhyBroken, "A - - 1")
	k.out(5, WhyCounted, "A - - 3")
	s := k.diary().Stocked()
	var got [][3]int
	for _, m := range s[0].Moves {
		got = append(got, [3]int{m.Change, m.Left, map[bool]int{true: 1}[m.Assumed]})
	}
	if want := [][3]int{{2, 3, 0}, {-1, 1, 0}, {-2, 2, 0}, {-1, 4, 1}, {5, 5, 0}}; len(s) != 1 || !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// Whatever the order of arrival, and however often something arrives or is
// asked for in between, the stock is the same.
func TestTheStockDoesNotDependOnTheOrderOfArrival(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 7))
		k := &kept{t: t}
		var made []ID
		name := func() string {
			return string(rune('A'+rng.IntN(3))) + " " + []string{"-", "500", "1000"}[rng.IntN(3)] + " " + []string{"-", "2026-11", "2027-06"}[rng.IntN(3)] + " " + []string{"-", "1", "3"}[rng.IntN(3)]
		}
		for range 4 + rng.IntN(20) {
			days := rng.IntN(20)
			switch rng.IntN(8) {
			case 0, 1:
				made = append(made, k.packs(days, uint16(rng.IntN(3)), name(), name()))
			case 2, 3:
				made = append(made, k.given(days, 500*(1+rng.IntN(4))))
			case 4:
				made = append(made, k.given(days, 500*(1+rng.IntN(4)), name()))
			case 5:
				made = append(made, k.out(days, Whys()[rng.IntN(len(Whys()))], name()))
			case 6:
				made = append(made, k.recall(centre, name()))
			case 7:
				if len(made) > 0 {
					k.add(&Retract{Entry: made[rng.IntN(len(made))], Reason: "no"}, []Author{patient, centre}[rng.IntN(2)])
				}
			}
		}
		state := func(d *Diary) (out [][]any) {
			for _, h := range d.Supply(now) {
				row := []any{h.Product, h.Name, h.Vials, h.Amount, h.Unsized, h.Next, h.Short, h.Assumed, h.Outlook, h.Low()}
				for _, l := range h.Lots {
					row = append(row, l.Lot, l.Vials, l.Short, l.Late, l.State.Expired, l.State.Recall != nil)
					if l.Vials < 0 || l.Short < 0 {
						t.Fatalf("seed %d: below zero: %+v", seed, l)
					}
				}
				out = append(out, row)
			}
			for _, s := range d.Stocked() {
				left := 0
				for _, m := range slices.Backward(s.Moves) {
					if left += m.Change; left != m.Left || left < 0 {
						t.Fatalf("seed %d: movements do not add up: %+v", seed, s.Moves)
					}
					out = append(out, []any{m.ID, m.Change, m.Assumed})
				}
			}
			return out
		}
		want := state(k.diary())
		for range 4 {
			list := slices.Clone(k.records)
			rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			d := new(Diary)
			for i, r := range list {
				d.Add(r)
				d.Add(list[rng.IntN(i+1)])
				if rng.IntN(3) == 0 {
					d.Supply(now)
				}
			}
			if got := state(d); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d:\n%v\nwant\n%v", seed, got, want)
			}
		}
	}
}

// tenYears are 5,000 treatments, a delivery each month, and a count each year.
func tenYears(tb testing.TB) *Diary {
	d := new(Diary)
	n := uint64(0)
	add := func(e Entry, by Author) {
		n++
		h := e.Top()
		h.ID, h.Entered = ID{1, byte(n >> 16), byte(n >> 8), byte(n)}, now
		if err := d.Add(record(e, by, int64(n))); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range 5000 {
		at := ago(3650).Add(int64(i) * 3650 * day / 5000)
		month := i / 41
		batch := Lot{Batch: "LOT" + itoa(month), Expiry: DateOf(at.Time()).AddDays(700), Strength: Units(1000)}
		if i%41 == 0 {
			packs := batch
			packs.Packs = 42
			add(&Pack{Received: at, Product: product, Lots: []Lot{packs}}, patient)
		}
		t := &Treatment{Taken: at, Product: product, Amount: Units(1000), Reason: ReasonProphylaxis}
		if i%3 > 0 {
			t.Lots = []Lot{{Batch: batch.Batch, Expiry: batch.Expiry}}
		}
		add(t, patient)
		if i%500 == 499 {
			add(&Removal{At: at, Product: product, Why: WhyCounted, Lots: []Lot{{Batch: batch.Batch, Expiry: batch.Expiry, Packs: 3}}}, patient)
		}
	}
	add(&Recall{Product: product, Lots: []Lot{{Batch: "OTHER"}}}, centre)
	add(&Plan{Product: product, Amount: Units(1000), Schedule: everyOther, Reason: ReasonProphylaxis, From: Date{2020, 1, 5}, Clinician: "Dr. W."}, centre)
	add(&Plan{Product: product, Amount: Units(3000), Reason: ReasonBleed, From: Date{2020, 1, 5}, Clinician: "Dr. W."}, centre)
	return d
}

func BenchmarkSupplyOf5000Again(b *testing.B) {
	d := tenYears(b)
	d.Supply(now)
	b.ReportAllocs()
	for b.Loop() {
		d.Supply(now)
		d.Warnings(now)
	}
}

func BenchmarkSupplyOf5000AfterAnEntry(b *testing.B) {
	d := tenYears(b)
	d.Supply(now)
	b.ReportAllocs()
	for b.Loop() {
		d.stock = nil
		d.Supply(now)
	}
}

func TestAPackIsKnownAgain(t *testing.T) {
	k := &kept{t: t}
	first := k.add(&Pack{Received: ago(9), Product: product, Lots: []Lot{{Batch: "A", PZN: "03752864"}}, Serials: []string{"S1", "S2"}, GTIN: "04150037528643"}, patient)
	wrong := k.add(&Pack{Received: ago(8), Product: "fviii.nuwiq", Lots: []Lot{{Batch: "B", PZN: "03752864"}}, Serials: []string{"S3"}}, patient)
	k.add(&Retract{Entry: wrong, Reason: "another product"}, patient)
	d := k.diary()
	for what, it := range map[string]*Item{"by serial": d.PackWith(product, "S2"), "by PZN": d.PackLike("03752864", ""), "by GTIN": d.PackLike("", "04150037528643"), "by lot": d.PackHolding(product, Lot{Batch: "a", Expiry: Date{2027, 6, 0}})} {
		if it == nil || it.ID != first {
			t.Errorf("%s: %v", what, it)
		}
	}
	for what, it := range map[string]*Item{
		"a serial of another product": d.PackWith("fviii.nuwiq", "S2"), "of an entry that was taken back": d.PackWith("fviii.nuwiq", "S3"),
		"nothing": d.PackLike("", ""), "a lot of an entry that was taken back": d.PackHolding("fviii.nuwiq", Lot{Batch: "B"}), "a lot of another product": d.PackHolding("fviii.nuwiq", Lot{Batch: "A"}), "another number": d.PackLike("00000000", "00000000000000"),
	} {
		if it != nil {
			t.Errorf("%s is known", what)
		}
	}
}
