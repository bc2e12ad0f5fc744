package diary

import (
	"cmp"
	"slices"
	"sort"
)

// A PlanItem is a regimen in force.
type PlanItem struct {
	*Item
	Plan     *Plan // the version in force, which may not be the latest
	Signed   bool  // written by the centre
	Shadowed bool  // a signed plan for the same reason stands above it
}

// Plans lists the regimens in force on the day of at, signed ones first, then
// by name. A newer version of a plan counts from its first day; until then the
// version before it is in force.
func (d *Diary) Plans(at Moment) []PlanItem {
	on, _ := at.Wall()
	var out []PlanItem
	for _, it := range d.items(KindPlan) {
		if s := d.inForce(it, on); s != nil {
			out = append(out, d.planItem(it, s, on))
		}
	}
	slices.SortFunc(out, func(a, b PlanItem) int {
		if a.Signed != b.Signed {
			if a.Signed {
				return -1
			}
			return 1
		}
		return compareID(a.ID, b.ID)
	})
	return out
}

// planItem is the version s of it, in force on a day.
func (d *Diary) planItem(it *Item, s *slot, on Date) PlanItem {
	out := PlanItem{Item: it, Plan: s.holder().entry.(*Plan), Signed: s.holder().rec.Author.Who == Centre}
	if out.Signed {
		return out
	}
	for _, other := range d.items(KindPlan) {
		if o := d.inForce(other, on); o != nil && o.holder().rec.Author.Who == Centre {
			p := o.holder().entry.(*Plan)
			out.Shadowed = out.Shadowed || p.Reason == out.Plan.Reason && !p.Schedule.OnDemand()
		}
	}
	return out
}

// inForce is the version of a plan that counts on a day, nil if none does.
func (d *Diary) inForce(it *Item, on Date) *slot {
	if it.Retracted != nil {
		return nil
	}
	for s := it.current; s != nil; s = d.parent(s) {
		p := s.holder().entry.(*Plan)
		if on.Before(p.From) {
			continue
		}
		if !p.Until.IsZero() && p.Until.Before(on) {
			return nil
		}
		return s
	}
	return nil
}

// A DoseState is where a planned dose stands.
type DoseState uint8

const (
	DoseAhead    DoseState = iota // not yet due
	DoseDue                       // due now, within the tolerance
	DoseOverdue                   // late, but it can still be given
	DoseMissed                    // nothing was written, and the next one is nearer
	DoseNotGiven                  // not given, and the diary says why
	DoseTaken                     // within the tolerance
	DoseEarly
	DoseLate
)

var doseKeys = [...]string{"ahead", "due", "overdue", "missed", "notgiven", "taken", "early", "late"}

// Key is the catalogue key, "dose.overdue".
func (s DoseState) Key() string { return "dose." + doseKeys[min(int(s), len(doseKeys)-1)] }

// A Dose is one planned dose and what became of it.
//
// Rule, version 1: planned doses are on the grid of the plan, by the patient's
// clock. Each owns the time from half-way since the one before to half-way to
// the one after. A treatment with the plan's product and reason settles the
// dose in whose time it lies, the nearest one if there are several. It is on
// time within an eighth of the interval, at most 24 hours, either way.
type Dose struct {
	Plan      PlanItem
	Due       Moment
	State     DoseState
	Treatment *Item // that settles it; nil if none
	Tolerance int64 // ms

	until int64 // ms; end of the time it owns
}

// Doses lists the planned doses due in [from, to], ms, oldest first, judged at
// now. Times of the day are taken by the clock of now.
func (d *Diary) Doses(from, to int64, now Moment) []Dose {
	var out []Dose
	for _, it := range d.items(KindPlan) {
		if it.Retracted == nil {
			out = d.dosesOf(out, it, from, to, now)
		}
	}
	slices.SortStableFunc(out, compareDoses)
	return out
}

func compareDoses(a, b Dose) int {
	if c := cmp.Compare(a.Due.Ms, b.Due.Ms); c != 0 {
		return c
	}
	return compareID(a.Plan.ID, b.Plan.ID)
}

// dosesOf appends the doses of one plan.
func (d *Diary) dosesOf(out []Dose, it *Item, from, to int64, now Moment) []Dose {
	// One interval more at each end tells where the outer doses' time ends.
	span := longestInterval(it, d)
	first, _ := Moment{from - span, now.Offset}.Wall()
	last, _ := Moment{to + span, now.Offset}.Wall()
	var grid []Dose
	for on := first; !last.Before(on); on = on.AddDays(1) {
		s := d.inForce(it, on)
		if s == nil {
			continue
		}
		p := s.holder().entry.(*Plan)
		if !p.due(on) {
			continue
		}
		plan := d.planItem(it, s, on)
		if plan.Shadowed {
			continue
		}
		for _, t := range p.Schedule.Times {
			grid = append(grid, Dose{Plan: plan, Due: on.At(int(t), now.Offset)})
		}
	}
	for i := range grid {
		g := &grid[i]
		if g.Due.Ms < from || g.Due.Ms > to {
			continue
		}
		before, after := g.Plan.Plan.interval(), g.Plan.Plan.interval()
		if i > 0 {
			before = g.Due.Ms - grid[i-1].Due.Ms
		} else if i+1 < len(grid) {
			before = grid[i+1].Due.Ms - g.Due.Ms
		}
		if i+1 < len(grid) {
			after = grid[i+1].Due.Ms - g.Due.Ms
		}
		g.Tolerance = min(min(before, after)/8, day)
		g.until = g.Due.Ms + after/2
		d.judge(g, g.Due.Ms-before/2, now.Ms)
		out = append(out, *g)
	}
	return out
}

// judge finds the treatment in [since, g.until) that settles g.
func (d *Diary) judge(g *Dose, since, now int64) {
	list := d.items(KindTreatment)
	i := sort.Search(len(list), func(i int) bool { return list[i].When.Ms >= since })
	for ; i < len(list) && list[i].When.Ms < g.until; i++ {
		it := list[i]
		t := it.Treatment()
		if it.Retracted != nil || t.Product != g.Plan.Plan.Product || t.Reason != g.Plan.Plan.Reason {
			continue
		}
		if old := g.Treatment; old != nil {
			if old.Given() != it.Given() {
				if old.Given() {
					continue
				}
			} else if abs(old.When.Ms-g.Due.Ms) <= abs(it.When.Ms-g.Due.Ms) {
				continue
			}
		}
		g.Treatment = it
	}
	switch late := now - g.Due.Ms; {
	case g.Treatment != nil && !g.Treatment.Given():
		g.State = DoseNotGiven
	case g.Treatment != nil:
		switch off := g.Treatment.When.Ms - g.Due.Ms; {
		case off > g.Tolerance:
			g.State = DoseLate
		case off < -g.Tolerance:
			g.State = DoseEarly
		default:
			g.State = DoseTaken
		}
	case late < -g.Tolerance:
		g.State = DoseAhead
	case late <= g.Tolerance:
		g.State = DoseDue
	case now < g.until:
		g.State = DoseOverdue
	default:
		g.State = DoseMissed
	}
}

// NextDoses lists for each regimen the dose to think of now: the one overdue or
// due, else the next ahead, be it of a plan that begins soon. The earliest
// comes first.
func (d *Diary) NextDoses(now Moment) []Dose {
	var out []Dose
	for _, it := range d.items(KindPlan) {
		if it.Retracted != nil {
			continue
		}
		span := longestInterval(it, d)
		for _, g := range d.dosesOf(nil, it, now.Ms-span, now.Ms+2*span, now) {
			if g.State <= DoseOverdue {
				out = append(out, g)
				break
			}
		}
	}
	slices.SortStableFunc(out, compareDoses)
	return out
}

// NextDose is the first of NextDoses.
func (d *Diary) NextDose(now Moment) (Dose, bool) {
	if all := d.NextDoses(now); len(all) > 0 {
		return all[0], true
	}
	return Dose{}, false
}

// due tells whether p plans doses on a day.
func (p *Plan) due(on Date) bool {
	if p.Schedule.EveryDays != 0 {
		return (on.unixDays()-p.From.unixDays())%int64(p.Schedule.EveryDays) == 0
	}
	return p.Schedule.Weekdays.Has(on.Weekday())
}

// interval is the longest time between two doses of p, in ms.
func (p *Plan) interval() int64 {
	switch {
	case p.Schedule.EveryDays != 0:
		return int64(p.Schedule.EveryDays) * day
	case p.Schedule.Weekdays != 0:
		return 7 * day
	}
	return day
}

// longestInterval is the longest interval of any version of a plan.
func longestInterval(it *Item, d *Diary) int64 {
	span := day
	for s := it.current; s != nil; s = d.parent(s) {
		span = max(span, s.holder().entry.(*Plan).interval())
	}
	return span
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
