package diary

import (
	"slices"

	"vialog/wasm/internal/arrange"
)

const (
	// lowDays: a prescription, its delivery and a holiday between them fit
	// into two weeks.
	lowDays = 14
	// lateDays: so long before its expiry, a pack can usually still be used up
	// or given back.
	lateDays = 60
	// aheadDays is how far the plan is followed: a year and a month.
	aheadDays = 396
)

// A LotLeft is a lot in the stock as it stands on a day.
type LotLeft struct {
	Lot           // Packs is not used
	Name   string // of a product with Typed set
	Vials  int
	Amount Amount // in them; 0: the strength is not known
	Short  int    // vials more were used than received
	State  LotState
	First  bool // to be used before the other lots
	Late   int  // vials that expire within 60 days, and before the plan needs them
}

// A Holding is the stock of one product.
type Holding struct {
	Product ProductID
	Name    string    // of a product with Typed set
	Lots    []LotLeft // in the order of use, then those that must not be used; none that is used up, unless it is short
	Vials   int       // usable
	Amount  Amount    // in them, of those whose strength is known
	Unsized int       // usable vials whose strength is not known
	Next    Date      // the first expiry of a usable lot; zero: none is known
	Short   int       // vials more used than received, in all
	Assumed int       // vials taken off without a lot named, since the last count
	Outlook
}

// An Outlook is how long the stock lasts.
//
// Rule of the outlook, version 1: planned doses of the plans in force are
// taken from the usable lots, what expires first first, in whole vials; a lot
// is usable until its last day. One dose of the on-demand plan with the
// largest dose is kept back for a bleed, from what expires last. The days
// left end on the day of the first dose that cannot be given.
type Outlook struct {
	Planned bool   // doses are due
	Days    int    // until the first planned dose that cannot be given, or as far as the plan was followed
	Out     Date   // the day of that dose; zero: the stock lasts longer than the plan was followed
	Doses   int    // planned doses that can be given
	Reserve Amount // kept back for a bleed; 0: no plan on demand
	Kept    bool   // there is enough for the reserve
}

// Low tells whether packs have to be ordered: less than two weeks of planned
// doses, or less than one dose for a bleed.
func (h Holding) Low() bool {
	return h.Planned && !h.Out.IsZero() && h.Days < lowDays || h.Reserve > 0 && !h.Kept
}

// Supply lists the stock of each product that packs or a count were written
// for: what a plan needs first, what lasts least long before the others, then
// by product. A product that is used up and not in a plan is left out.
func (d *Diary) Supply(now Moment) []Holding {
	var out []Holding
	l := d.inventory()
	if len(l.list) == 0 {
		return nil
	}
	doses, demand := d.needs(now)
	for _, a := range l.list {
		h := d.holding(a, now, doses[a.product], demand[a.product])
		if len(h.Lots) > 0 || h.Short > 0 || h.Planned || h.Reserve > 0 {
			out = append(out, h)
		}
	}
	arrange.By(out, func(a, b Holding) int {
		switch {
		case a.Planned != b.Planned:
			return first(a.Planned)
		case a.Planned && a.Days != b.Days:
			return a.Days - b.Days
		case a.Product != b.Product:
			return slices.Compare([]byte(a.Product), []byte(b.Product))
		}
		return slices.Compare([]byte(a.Name), []byte(b.Name))
	})
	return out
}

// Stocked is every product that packs or a count were ever written for, with
// its history, latest movement first.
type Stocked struct {
	Product ProductID
	Name    string
	Moves   []Movement
}

// Stocked lists the products that stock is or was kept of, in the order in
// which they came.
func (d *Diary) Stocked() []Stocked {
	var out []Stocked
	for _, a := range d.inventory().list {
		moves := slices.Clone(a.moves)
		slices.Reverse(moves)
		out = append(out, Stocked{a.product, a.name, moves})
	}
	return out
}

// needs are the doses ahead, by product, and the largest dose on demand.
func (d *Diary) needs(now Moment) (doses map[ProductID][]Dose, demand map[ProductID]Amount) {
	doses, demand = make(map[ProductID][]Dose), make(map[ProductID]Amount)
	for _, c := range d.courses() {
		// A dose that is late but can still be given is needed too.
		for _, g := range c.doses(d, now.wall()-c.longest, now.wall()+aheadDays*day, now) {
			if g.State.Open() {
				doses[c.product] = append(doses[c.product], g)
			}
		}
	}
	for _, list := range doses {
		arrange.By(list, compareDoses)
	}
	for _, p := range d.Plans(now) {
		if p.Plan.Schedule.OnDemand() && !p.Shadowed {
			demand[p.Plan.Product] = max(demand[p.Plan.Product], p.Plan.Amount)
		}
	}
	return doses, demand
}

// left is a shelf as it stands.
func (d *Diary) left(a *account, s *shelf, now Moment) LotLeft {
	on, _ := now.Wall()
	return LotLeft{Lot: s.lot, Name: a.name, Vials: s.vials, Amount: s.amount(), Short: s.short, State: d.lotState(a.product, s.lot, on, maxMs)}
}

func (d *Diary) holding(a *account, now Moment, doses []Dose, demand Amount) Holding {
	h := Holding{Product: a.product, Name: a.name, Short: a.short, Assumed: a.assumed}
	shelves := slices.Clone(a.shelves)
	arrange.By(shelves, inOrderOfUse)
	var usable []*shelf
	var good, bad []LotLeft
	for _, s := range shelves {
		h.Short += s.short
		if s.vials == 0 && s.short == 0 {
			continue
		}
		l := d.left(a, s, now)
		if !l.State.Usable() || s.vials == 0 {
			bad = append(bad, l)
			continue
		}
		copied := *s
		usable = append(usable, &copied)
		good = append(good, l)
		h.Vials += s.vials
		h.Amount += l.Amount
		if s.lot.Strength == 0 {
			h.Unsized += s.vials
		}
		if h.Next.IsZero() {
			h.Next = s.lot.Expiry
		}
	}
	if len(good) > 1 && !good[0].Expiry.IsZero() {
		good[0].First = true
	}
	var late []int
	h.Outlook, late = outlook(usable, doses, demand, now, a.several)
	for i := range good {
		good[i].Late = late[i]
	}
	h.Lots = append(good, bad...)
	return h
}

// outlook follows the planned doses. It uses the shelves up, and says how many
// vials of each expire soon and before they are needed.
func outlook(shelves []*shelf, doses []Dose, demand Amount, now Moment, several bool) (o Outlook, late []int) {
	today, _ := now.Wall()
	late = make([]int, len(shelves))
	spare := make([]*shelf, len(shelves)) // what is kept back, by shelf
	if o.Reserve = demand; demand > 0 {
		before := make([]shelf, len(shelves))
		reversed := make([]*shelf, len(shelves))
		for i, s := range shelves {
			before[i] = *s
			reversed[len(shelves)-1-i] = s
		}
		o.Kept = draw(reversed, demand, several) == 0
		for i, s := range shelves {
			spare[i] = &shelf{vials: before[i].vials - s.vials}
		}
	}
	o.Planned, o.Days = len(doses) > 0, aheadDays
	there := slices.Clone(shelves)
	for _, g := range doses {
		on, _ := g.Due.Wall()
		there = slices.DeleteFunc(there, func(s *shelf) bool { return !s.lot.Expiry.IsZero() && s.lot.Expiry.Before(on) })
		if draw(there, g.Plan.Plan.Amount, several) > 0 {
			o.Out, o.Days = on, max(0, int(on.unixDays()-today.unixDays()))
			break
		}
		o.Doses++
	}
	limit := today.AddDays(lateDays)
	for i, s := range shelves {
		if s.lot.Expiry.IsZero() || limit.Before(s.lot.Expiry) {
			continue
		}
		late[i] = s.vials
		if spare[i] != nil {
			late[i] += spare[i].vials
		}
	}
	return o, late
}
