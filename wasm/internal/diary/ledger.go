package diary

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/arrange"
)

// A Ledger is a diary laid out for figures: bleeds, doses, planned doses and
// weights by the day on the writer's wall, up to now. It is worked out once and
// answers any period; it does not follow what is added to the diary later.
//
// What was taken back is not in it. A correction counts as it stands now.
type Ledger struct {
	now      Moment
	today    int64      // days since 1970, as are all days here
	first    int64      // the first day observed; after today if there is none
	bleeds   []bleedRow // by day
	doses    []doseRow  // that were given, by day
	planned  []planRow  // that have been due, by day
	kept     []int64    // days with an entry of the home side; ascending, each once
	silences []stretch  // in order
	weights  []weightRow
}

type stretch struct{ from, to int64 } // days, both in it

// A bleedRow is one bleed. A bleed again of an earlier one is no new bleed.
type bleedRow struct {
	on      int64
	item    *Item
	tissue  BleedKind // BleedJoint, BleedMuscle or BleedOther
	treated bool      // a dose that was given names it
	again   bool
	wait    int64 // ms from its start to the first dose, -1 if there is none
}

type doseRow struct {
	on     int64
	group  Group
	unit   Unit
	amount Amount
	gramme int64 // the weight that is valid, in thousandths of a kg; 0: none is
}

type planRow struct {
	on       int64
	state    DoseState
	advised  bool // not given, because the centre said so
	unit     Unit
	asked    Amount
	given    Amount
	group    Group
	interval int64 // ms
}

// Ledger lays the diary out as it stands at now.
func (d *Diary) Ledger(now Moment) *Ledger { return d.LedgerSince(now, Date{}) }

// LedgerSince is a ledger for periods that begin at since or later. Of those it
// says the same as Ledger, in a fraction of the time where the diary is long:
// planned doses are worked out from since on only.
func (d *Diary) LedgerSince(now Moment, since Date) *Ledger {
	l := &Ledger{now: now, today: now.on()}
	l.first = l.today + 1
	l.weigh(d)
	for _, it := range d.items(KindTreatment) {
		on := it.When.on()
		if it.Retracted != nil || on > l.today {
			continue
		}
		l.kept, l.first = append(l.kept, on), min(l.first, on)
		if t := it.Treatment(); t.NotGiven == 0 {
			p, _ := Products.Find(t.Product)
			if p.Group == 0 { // of a newer catalogue
				p.Group = GroupOther
			}
			l.doses = append(l.doses, doseRow{on, p.Group, p.Unit, t.Amount, l.weightOn(on)})
		}
	}
	for _, it := range d.items(KindBleed) {
		on := it.When.on()
		if it.Retracted != nil || on > l.today {
			continue
		}
		l.kept, l.first = append(l.kept, on), min(l.first, on)
		l.bleeds = append(l.bleeds, d.bleedRow(it, on))
	}
	for _, k := range [...]Kind{KindNote, KindMeasure} {
		for _, it := range d.items(k) {
			if on := it.When.on(); it.Retracted == nil && it.First.Who.Home() && on <= l.today {
				l.kept = append(l.kept, on)
			}
		}
	}
	slices.Sort(l.kept)
	l.kept = slices.Compact(l.kept)
	// Moments of different offsets can change places between days.
	arrange.By(l.doses, func(a, b doseRow) int { return cmp.Compare(a.on, b.on) })
	arrange.By(l.bleeds, func(a, b bleedRow) int { return cmp.Compare(a.on, b.on) })
	l.plan(d, l.lastKept(since))
	l.listen()
	return l
}

// lastKept is the last day with an entry before since, or the first observed. A
// silence that reaches into what comes after began the day after it, and how
// long it may be goes by the doses planned in it.
func (l *Ledger) lastKept(since Date) int64 {
	if since.IsZero() {
		return l.first
	}
	i, _ := slices.BinarySearch(l.kept, since.unixDays())
	if i == 0 {
		return l.first
	}
	return max(l.first, l.kept[i-1])
}

func (d *Diary) bleedRow(it *Item, on int64) bleedRow {
	b := it.Bleed()
	r := bleedRow{on: on, item: it, tissue: BleedOther, again: d.continues(it) != nil, wait: -1}
	switch {
	case b.Joint():
		r.tissue = BleedJoint
	case b.Type == BleedMuscle || slices.ContainsFunc(b.Places, func(p Place) bool { return p.Kind() == BleedMuscle }):
		r.tissue = BleedMuscle
	}
	for _, t := range d.referring(it, (*Item).Given) {
		r.treated = true
		if wait := t.When.Ms - b.Start.Ms; wait >= 0 && r.wait < 0 {
			r.wait = wait
		}
	}
	return r
}

// plan enters the planned doses due from a day on that can be judged.
func (l *Ledger) plan(d *Diary, from int64) {
	if l.first > l.today {
		return
	}
	for _, g := range d.Doses((from-1)*day, l.now.Ms, l.now) {
		on := g.Due.on()
		if g.State < DoseMissed || on < from {
			continue
		}
		p := g.Plan.Plan
		product, _ := Products.Find(p.Product)
		r := planRow{on: on, state: g.State, unit: product.Unit, asked: p.Amount, group: product.Group, interval: p.interval()}
		if g.Treatment != nil {
			t := g.Treatment.Treatment()
			r.advised = t.NotGiven == NotGivenAdvised
			if t.NotGiven == 0 {
				r.given = t.Amount
			}
		}
		l.planned = append(l.planned, r)
	}
	arrange.By(l.planned, func(a, b planRow) int { return cmp.Compare(a.on, b.on) })
}

// First is the first day observed, and whether there is one.
func (l *Ledger) First() (Date, bool) {
	if l.first > l.today {
		return Date{}, false
	}
	return dateOn(l.first), true
}

// Today is the day as of which the ledger was made.
func (l *Ledger) Today() Date { return dateOn(l.today) }

// All is the period from the first day observed to today, empty if there is none.
func (l *Ledger) All() Period { return Period{dateOn(l.first), dateOn(l.today)} }

// cut is p without the days before the first observed and after today.
func (l *Ledger) cut(p Period) (from, to int64) {
	from, to = p.days()
	return max(from, l.first), min(to, l.today)
}

// within are the rows of a list sorted by day that lie in [from, to].
func within[T any](list []T, on func(T) int64, from, to int64) []T {
	at := func(n int64) int {
		i, _ := slices.BinarySearchFunc(list, n, func(r T, n int64) int { return cmp.Compare(on(r), n) })
		return i
	}
	if to < from {
		return nil
	}
	return list[at(from):at(to+1)]
}

func (r bleedRow) day() int64 { return r.on }
func (r doseRow) day() int64  { return r.on }
func (r planRow) day() int64  { return r.on }
