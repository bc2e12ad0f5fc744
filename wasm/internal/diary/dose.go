package diary

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"vialog/wasm/internal/arrange"
)

// A PlanItem is a regimen in force.
type PlanItem struct {
	*Item
	Plan     *Plan // the version in force, which may not be the latest
	Said     int64 // when that version was written, ms
	Signed   bool  // written by the centre
	Shadowed bool  // a signed plan for the same reason stands above it
}

// Plans lists the regimens in force on the day of at, signed ones first, then
// by name. A newer version of a plan counts from its first day; until then the
// version before it is in force.
func (d *Diary) Plans(at Moment) []PlanItem {
	on := at.wall() / day
	stints := d.regimens()
	var out []PlanItem
	for _, s := range stints {
		if s.has(on) {
			p := s.item
			p.Shadowed = s.shadowed(stints, on)
			out = append(out, p)
		}
	}
	arrange.By(out, func(a, b PlanItem) int {
		if a.Signed != b.Signed {
			return first(a.Signed)
		}
		return compareID(a.ID, b.ID)
	})
	return out
}

// PlanVersions lists the plans whose current version begins after the day of at
// or whose last day is before it: those to come and those that have ended.
func (d *Diary) PlanVersions(at Moment) (ahead, ended []PlanItem) {
	on, _ := at.Wall()
	for _, it := range d.items(KindPlan) {
		if it.Retracted != nil {
			continue
		}
		p := PlanItem{Item: it, Plan: it.Plan(), Said: it.Written, Signed: it.Author.Who == Centre}
		switch {
		case !p.Plan.Until.IsZero() && p.Plan.Until.Before(on):
			ended = append(ended, p)
		case on.Before(p.Plan.From):
			ahead = append(ahead, p)
		}
	}
	return ahead, ended
}

// A Term is the days, from today on, on which one version of a plan is in force.
type Term struct {
	PlanItem
	From, Until Date // Until zero: until further notice
}

// Terms lists what is in force on the day of at and what is to come, those of a
// plan one after the other. What a signed plan stands above when it begins is
// left out.
func (d *Diary) Terms(at Moment) []Term {
	today := at.wall() / day
	all := d.regimens()
	var out []Term
	for _, s := range all {
		if from := max(s.from, today); from <= s.to && !s.shadowed(all, from) {
			t := Term{PlanItem: s.item, From: dayOf(from)}
			if s.to < endless {
				t.Until = dayOf(s.to)
			}
			out = append(out, t)
		}
	}
	arrange.By(out, func(a, b Term) int {
		if c := compareID(a.ID, b.ID); c != 0 {
			return c
		}
		return cmp.Compare(a.From.rank(), b.From.rank())
	})
	return out
}

// endless is the day after all days.
const endless = int64(math.MaxInt32)

// dayOf is the date n days after 1 January 1970.
func dayOf(n int64) Date { return DateOf(time.Unix(n*24*60*60, 0).UTC()) }

func first(yes bool) int {
	if yes {
		return -1
	}
	return 1
}

// A stint is the days on which one version of a plan is in force.
type stint struct {
	item     PlanItem
	from, to int64 // days since 1970, both in it
}

func (s stint) has(on int64) bool { return s.from <= on && on <= s.to }

// regimens lists the stints of all plans that stand, those of a plan from its
// newest version back. A version is in force from its first day to its last, or
// to the day before a version written later begins.
func (d *Diary) regimens() []stint {
	var out []stint
	for _, it := range d.items(KindPlan) {
		if it.Retracted != nil {
			continue
		}
		end := endless
		for s := it.current; s != nil && end >= 0; s = d.parent(s) {
			v := s.holder()
			p := v.entry.(*Plan)
			from, to := p.From.unixDays(), end
			if !p.Until.IsZero() {
				to = min(to, p.Until.unixDays())
			}
			if from <= to {
				out = append(out, stint{PlanItem{Item: it, Plan: p, Said: v.rec.Written, Signed: v.rec.Author.Who == Centre}, from, to})
			}
			end = min(end, from-1)
		}
	}
	return out
}

// shadowed tells whether a signed plan stands above s on a day.
func (s stint) shadowed(all []stint, on int64) bool {
	if s.item.Signed {
		return false
	}
	for _, o := range all {
		if o.item.Signed && o.has(on) && o.item.Plan.Reason == s.item.Plan.Reason && !o.item.Plan.Schedule.OnDemand() {
			return true
		}
	}
	return false
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

// Open tells whether something is still to be done about the dose.
func (s DoseState) Open() bool { return s <= DoseOverdue }

// A Dose is one planned dose and what became of it.
//
// Rule, version 2: planned doses are on the grid of their plan. All plans of one
// product for one reason make one grid, so that phases that follow each other
// and days with different amounts do not claim the same treatment. Each dose
// owns the time from half-way since the one before to half-way to the one
// after. A treatment with that product and reason settles the dose in whose
// time it lies, the nearest one if there are several; doses planned for the same
// minute share them out. It is on time within an eighth of the interval, at most
// 24 hours, either way. But one that would be early settles the dose before it,
// late, if none was given in that one's time: who makes up for a missed dose has
// not had the next.
//
// All times are compared as the clock on the wall showed them where the patient
// was: a dose at seven is on time at seven, in summer, in winter and abroad.
type Dose struct {
	Plan      PlanItem
	Due       Moment // by the clock of now
	State     DoseState
	Treatment *Item // that settles it; nil if none
	Tolerance int64 // ms

	at           int64 // due, on the wall
	since, until int64 // the time it owns, on the wall
}

// wall is the time on the wall, ms, as if the wall were in Greenwich.
func (m Moment) wall() int64 { return m.Ms + int64(m.Offset)*minute }

// A course is what is planned and done with one product for one reason.
type course struct {
	product ProductID
	reason  Reason
}

func (p *Plan) course() course { return course{p.Product, p.Reason} }

// Doses lists the planned doses due in [from, to], ms, oldest first, judged at
// now. Times of the day are taken by the clock of now.
func (d *Diary) Doses(from, to int64, now Moment) []Dose {
	ahead := int64(now.Offset) * minute
	var out []Dose
	for _, c := range d.courses() {
		out = append(out, c.doses(d, from+ahead, to+ahead, now)...)
	}
	arrange.By(out, compareDoses)
	return out
}

func compareDoses(a, b Dose) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return compareID(a.Plan.ID, b.Plan.ID)
}

// A schedule is the stints of one course, with those of all others that may
// shadow them.
type schedule struct {
	course
	stints, all []stint
	longest     int64 // interval, ms
}

// courses sorts the stints of all plans that are not on demand by course.
func (d *Diary) courses() []*schedule {
	all := d.regimens()
	var out []*schedule
	by := make(map[course]*schedule)
	for _, s := range all {
		if s.item.Plan.Schedule.OnDemand() {
			continue
		}
		k := s.item.Plan.course()
		c := by[k]
		if c == nil {
			c = &schedule{course: k, all: all}
			by[k] = c
			out = append(out, c)
		}
		c.stints = append(c.stints, s)
		c.longest = max(c.longest, s.item.Plan.interval())
	}
	return out
}

// doses are those due in [from, to], on the wall.
func (c *schedule) doses(d *Diary, from, to int64, now Moment) []Dose {
	// Two intervals more at each end tell where the outer doses' time ends, and
	// what lies in the time of those beside them.
	grid := c.grid(from-2*c.longest, to+2*c.longest, now.Offset)
	own(grid)
	if len(grid) == 0 {
		return nil
	}
	d.settleDoses(grid, d.treatmentsOf(c.course, grid[0].since, grid[len(grid)-1].until))
	i := sort.Search(len(grid), func(i int) bool { return grid[i].at >= from })
	j := sort.Search(len(grid), func(j int) bool { return grid[j].at > to })
	due := grid[i:j]
	for x := range due {
		due[x].judge(now.wall())
	}
	return due
}

// settleDoses gives the doses of a grid their treatments, which are in order.
func (d *Diary) settleDoses(grid []Dose, given []*Item) {
	var before []Dose // of the minute before
	var had []*Item   // what lay in their time
	for len(grid) > 0 {
		// Doses of one minute stay together.
		n := 1
		for n < len(grid) && grid[n].at == grid[0].at {
			n++
		}
		for len(given) > 0 && given[0].When.wall() < grid[0].since {
			given = given[1:]
		}
		k := 0
		for k < len(given) && given[k].When.wall() < grid[0].until {
			k++
		}
		mine := given[:k]
		lacks := len(before)
		for _, it := range had {
			if it.Given() {
				lacks--
			}
		}
		if lacks > 0 {
			if late := early(mine, grid[0].at-grid[0].Tolerance, lacks); len(late) > 0 {
				share(before, slices.Concat(had, late))
				mine = slices.DeleteFunc(slices.Clone(mine), func(it *Item) bool { return slices.Contains(late, it) })
			}
		}
		share(grid[:n], mine)
		before, had = grid[:n], given[:k]
		given, grid = given[k:], grid[n:]
	}
}

// early are up to most treatments of list, in order, that were given before a time.
func early(list []*Item, time int64, most int) (out []*Item) {
	for _, it := range list {
		if len(out) < most && it.Given() && it.When.wall() < time {
			out = append(out, it)
		}
	}
	return out
}

// grid lists the doses planned in [from, to], on the wall, in order.
func (c *schedule) grid(from, to int64, offset int16) []Dose {
	var out []Dose
	for _, s := range c.stints {
		p := s.item.Plan
		for on := p.next(max(s.from, from/day)); on <= min(s.to, to/day); on = p.next(on + 1) {
			if s.shadowed(c.all, on) {
				continue
			}
			for _, t := range p.Schedule.Times {
				at := on*day + int64(t)*minute
				if at >= from && at <= to {
					out = append(out, Dose{Plan: s.item, Due: Moment{at - int64(offset)*minute, offset}, at: at})
				}
			}
		}
	}
	arrange.By(out, compareDoses)
	return out
}

// own shares the time out among the doses of a grid.
func own(grid []Dose) {
	for i, j := 0, 0; i < len(grid); i = j {
		for j = i; j < len(grid) && grid[j].at == grid[i].at; j++ {
		}
		before, after := int64(0), int64(0)
		if i > 0 {
			before = grid[i].at - grid[i-1].at
		}
		if j < len(grid) {
			after = grid[j].at - grid[i].at
		}
		if after == 0 {
			after = grid[i].Plan.Plan.interval()
		}
		if before == 0 {
			before = after
		}
		for k := i; k < j; k++ {
			g := &grid[k]
			g.Tolerance = min(min(before, after)/8, day)
			g.since, g.until = g.at-before/2, g.at+after/2
		}
	}
}

// treatmentsOf lists the standing treatments of a course in [since, until), on
// the wall, by the time there.
func (d *Diary) treatmentsOf(c course, since, until int64) []*Item {
	const most = maxOffset * minute
	list := d.items(KindTreatment)
	i := sort.Search(len(list), func(i int) bool { return list[i].When.Ms >= since-most })
	var out []*Item
	for ; i < len(list) && list[i].When.Ms < until+most; i++ {
		it := list[i]
		t := it.Treatment()
		if it.Retracted != nil || t.Product != c.product || t.Reason != c.reason {
			continue
		}
		if w := it.When.wall(); w >= since && w < until {
			out = append(out, it)
		}
	}
	arrange.By(out, func(a, b *Item) int { return cmp.Compare(a.When.wall(), b.When.wall()) })
	return out
}

// share gives the doses of one minute the treatments in their time: what was
// given before what was not, the nearest first.
func share(doses []Dose, given []*Item) {
	if len(given) > 1 {
		given = slices.Clone(given)
		arrange.By(given, func(a, b *Item) int {
			if a.Given() != b.Given() {
				return first(a.Given())
			}
			return cmp.Compare(abs(a.When.wall()-doses[0].at), abs(b.When.wall()-doses[0].at))
		})
	}
	for i := range min(len(doses), len(given)) {
		doses[i].Treatment = given[i]
	}
}

// judge says where g stands when the wall shows now.
func (g *Dose) judge(now int64) {
	switch late := now - g.at; {
	case g.Treatment != nil && !g.Treatment.Given():
		g.State = DoseNotGiven
	case g.Treatment != nil:
		switch off := g.Treatment.When.wall() - g.at; {
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
// due, else the next ahead, however far ahead its plan begins. The earliest
// comes first.
func (d *Diary) NextDoses(now Moment) []Dose {
	var out []Dose
	for _, c := range d.courses() {
		to := now.wall() + 2*c.longest
		for _, s := range c.stints {
			if begins := s.from * day; begins > now.wall() {
				to = max(to, begins+c.longest)
			}
		}
		has := make(map[ID]bool)
		for _, g := range c.doses(d, now.wall()-c.longest, to, now) {
			if g.State.Open() && !has[g.Plan.ID] {
				has[g.Plan.ID] = true
				out = append(out, g)
			}
		}
	}
	arrange.By(out, compareDoses)
	return out
}

// NextDose is the first of NextDoses.
func (d *Diary) NextDose(now Moment) (Dose, bool) {
	if all := d.NextDoses(now); len(all) > 0 {
		return all[0], true
	}
	return Dose{}, false
}

// next is the first day from on, in days since 1970, on which p plans doses.
func (p *Plan) next(on int64) int64 {
	if n := int64(p.Schedule.EveryDays); n != 0 {
		if gone := (on - p.From.unixDays()) % n; gone != 0 {
			return on + n - gone
		}
		return on
	}
	for !p.Schedule.Weekdays.Has(int((on%7 + 10) % 7)) {
		on++
	}
	return on
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

// Upcoming lists the first n days on which p plans doses, from on.
func (p *Plan) Upcoming(on Date, n int) []Date {
	if p.Schedule.OnDemand() {
		return nil
	}
	var out []Date
	at := max(on.unixDays(), p.From.unixDays())
	for len(out) < n {
		at = p.next(at)
		day := dayOf(at)
		if !p.Until.IsZero() && p.Until.Before(day) {
			break
		}
		out = append(out, day)
		at++
	}
	return out
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
