package diary

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/arrange"
)

// A Use is what was used of one group of products in a period.
//
// Rule, version 1: the sum of the doses that were given, × 365.25 / days
// observed for a year. Per kg, each dose is divided by the weight valid on its
// day: the last one measured, for two years at most, or before the first one the
// first, for a year at most. If any dose has no weight, nothing is told per kg.
// Groups are kept apart because their units do not compare. The unit IU/kg/year
// is that of the literature, for example Mizrahi et al. 2016, where 7.1 IU/kg a
// day are 2,591 IU/kg a year (of 365 days).
type Use struct {
	Group  Group
	Unit   Unit
	Amount Amount
	Doses  int
	Days   int // observed

	perKg     float64 // units per kg
	unweighed int     // doses without a weight
}

// PerYear is in whole units a year; false if too few days were observed, and for
// a gene therapy, which is given once.
func (u Use) PerYear() (float64, bool) {
	if u.Days < MinObserved || u.Group == GroupGene {
		return 0, false
	}
	return float64(u.Amount) / 1000 * 365.25 / float64(u.Days), true
}

// Weighed tells whether a weight is known for every dose.
func (u Use) Weighed() bool { return u.unweighed == 0 && u.Doses > 0 }

// PerKgYear is in units per kg and year.
func (u Use) PerKgYear() (float64, bool) {
	if _, ok := u.PerYear(); !ok || !u.Weighed() {
		return 0, false
	}
	return u.perKg * 365.25 / float64(u.Days), true
}

// Uses sums up what was used in p, by group and unit, in the order of Groups.
func (l *Ledger) Uses(p Period) []Use {
	from, to := l.cut(p)
	days := l.observedDays(p)
	var out []Use
	for _, r := range within(l.doses, doseRow.day, from, to) {
		i := slices.IndexFunc(out, func(u Use) bool { return u.Group == r.group && u.Unit == r.unit })
		if i < 0 {
			i = len(out)
			out = append(out, Use{Group: r.group, Unit: r.unit, Days: days})
		}
		u := &out[i]
		u.Doses++
		u.Amount += r.amount
		if r.gramme == 0 {
			u.unweighed++
		} else {
			u.perKg += float64(r.amount) / float64(r.gramme)
		}
	}
	arrange.By(out, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

// A Supply is what a plan asked for of one group in a period, and all that was used.
type Supply struct{ Used, Planned Amount }

// Supplies compares use with plan for one group and unit in each period.
// Planned are the doses that came due, those in silences too.
func (l *Ledger) Supplies(periods []Period, g Group, u Unit) []Supply {
	out := make([]Supply, len(periods))
	for i, p := range periods {
		from, to := l.cut(p)
		for _, r := range within(l.doses, doseRow.day, from, to) {
			if r.group == g && r.unit == u {
				out[i].Used += r.amount
			}
		}
		for _, r := range within(l.planned, planRow.day, from, to) {
			if r.group == g && r.unit == u {
				out[i].Planned += r.asked
			}
		}
	}
	return out
}
