package diary

// A Therapy is a group of products, with the unit it is counted in.
type Therapy struct {
	Group Group
	Unit  Unit
}

// Mainstay is what a person is mainly treated with in p; false if no product was
// planned or given.
//
// Rule, version 1 (our own): the group whose planned doses cover the most days
// of the period; a planned dose covers the days to the next one of its group, at
// most the longest interval of its plan. Where nothing was planned, the group of
// which the most doses were given; desmopressin and tranexamic acid count only
// where nothing else was given. Of equals the first in the order of Groups.
func (l *Ledger) Mainstay(p Period) (Therapy, bool) {
	from, to := l.cut(p)
	covered := make(map[Therapy]int64)
	next := make(map[Therapy]int64) // day of the next planned dose
	planned := within(l.planned, planRow.day, from, to)
	for i := len(planned) - 1; i >= 0; i-- {
		r := planned[i]
		if r.group == 0 {
			continue // of a newer catalogue
		}
		t := Therapy{r.group, r.unit}
		until, ok := next[t]
		if !ok {
			until = to + 1
		}
		covered[t] += min(until-r.on, max(1, r.interval/day))
		next[t] = r.on
	}
	if len(covered) == 0 {
		beside := make(map[Therapy]int64)
		for _, r := range within(l.doses, doseRow.day, from, to) {
			if r.group == GroupDesmopressin || r.group == GroupTranexamic {
				beside[Therapy{r.group, r.unit}]++
			} else {
				covered[Therapy{r.group, r.unit}]++
			}
		}
		if len(covered) == 0 {
			covered = beside
		}
	}
	var best Therapy
	for t, n := range covered {
		if most := covered[best]; n > most || n == most && (t.Group < best.Group || t.Group == best.Group && t.Unit < best.Unit) {
			best = t
		}
	}
	return best, best.Group != 0
}
