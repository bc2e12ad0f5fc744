package sample

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
)

// pen is the product whose container serves for several doses.
const pen = diary.ProductID("nonfactor.alhemo")

// A batch is a lot of a product.
type batch struct {
	product diary.ProductID
	name    string
}

// A used lot is what the treatments took of it.
type usedLot struct {
	batch
	lot    diary.Lot // of the first treatment; Packs is not used
	first  int64     // ms
	vials  int
	amount diary.Amount // of pens
}

// usage lists the lots of the treatments that stand, in the order of first use.
func usage(steps []Step) []*usedLot {
	stand := make(map[diary.ID]*diary.Treatment)
	for _, s := range steps {
		switch e := s.Entry.(type) {
		case *diary.Treatment:
			delete(stand, e.Supersedes)
			if e.NotGiven == 0 {
				stand[e.ID] = e
			}
		case *diary.Retract:
			delete(stand, e.Entry)
		}
	}
	lots := make(map[batch]*usedLot)
	var out []*usedLot
	for _, s := range steps { // not the map, which has no order
		t, ok := s.Entry.(*diary.Treatment)
		if !ok || stand[t.ID] == nil {
			continue
		}
		for _, l := range t.Lots {
			b := batch{t.Product, l.Batch}
			u := lots[b]
			if u == nil {
				u = &usedLot{batch: b, lot: l, first: t.Taken.Ms}
				lots[b] = u
				out = append(out, u)
			}
			u.first = min(u.first, t.Taken.Ms)
			u.vials += int(l.Packs)
			if t.Product == pen {
				u.amount += t.Amount
				u.vials = vials(u.amount, l.Strength)
			}
		}
	}
	arrange.By(out, func(a, b *usedLot) int { return cmp.Compare(a.first, b.first) })
	return out
}

// Used counts the vials of each lot that the treatments among steps took. What
// was corrected or taken back does not count.
func Used(steps []Step) map[string]int {
	out := make(map[string]int)
	for _, u := range usage(steps) {
		out[u.name] += u.vials
	}
	return out
}

func vials(a, strength diary.Amount) int { return int(max(1, (a+strength-1)/strength)) }

// strength is the largest vial that a dose does not leave half full.
func strength(id diary.ProductID, dose diary.Amount) diary.Amount {
	product, _ := diary.Products.Find(id)
	if id == pen {
		return diary.Units(150)
	}
	out := product.Strengths[0]
	for _, s := range product.Strengths {
		if s <= dose {
			out = s
		}
	}
	return out
}

// receive writes that packs came home.
func (p *patient) receive(at int64, id diary.ProductID, lot diary.Lot, n int) {
	lot.Packs = uint16(n)
	p.write(at, p.home, &diary.Pack{Head: p.head(at), Received: local(at), Product: id, Lots: []diary.Lot{lot}})
}

// fresh invents a lot.
func (p *patient) fresh(at int64, strength diary.Amount) diary.Lot {
	on, _ := local(at + p.between(300, 800)*day).Wall()
	return diary.Lot{Batch: p.batch(), Expiry: diary.Date{Year: on.Year, Month: on.Month}, Strength: strength}
}

// supply writes the packs that the treatments used, and what is left of them: for
// some weeks, or for a few days only. It returns the lot in use, of the regimen
// where there is one.
func (p *patient) supply(start int64, low bool) (in batch, expiry diary.Date) {
	used := usage(p.Steps)
	last := make(map[diary.ProductID]*usedLot)
	for _, u := range used {
		last[u.product] = u
	}
	before := int64(3)
	for _, u := range used {
		n := u.vials
		if u.product != p.reg.product {
			before = 40
		}
		at := max(start, u.first-p.between(before, before+20)*day)
		if u.product != pen && p.chance(0.06) && u != last[u.product] {
			n++
			broke := max(at, u.first) + p.between(6, 90)*hour
			p.write(broke, p.home, &diary.Removal{
				Head: p.head(broke), At: local(broke), Product: u.product, Why: diary.WhyBroken,
				Lots: []diary.Lot{{Batch: u.lot.Batch, Expiry: u.lot.Expiry, Strength: u.lot.Strength, Packs: 1}},
			})
		}
		if u == last[u.product] && !p.outdated(u.lot.Expiry) {
			n += p.rest(u.product, u.lot.Strength, low)
		}
		p.receive(at, u.product, u.lot, n)
	}
	for _, id := range slices.Compact([]diary.ProductID{p.Product, p.rescue}) {
		u := last[id]
		at := start
		switch {
		case u == nil:
			dose := p.amount(id, 1.2)
			lot := p.fresh(p.until, strength(id, dose)) // good until today at least
			p.receive(at, id, lot, p.rest(id, lot.Strength, low))
		case p.outdated(u.lot.Expiry):
			at = max(u.first, p.until-p.between(20, 60)*day)
			p.receive(at, id, p.fresh(at, u.lot.Strength), p.rest(id, u.lot.Strength, low))
		}
	}
	if u := last[p.Product]; u != nil {
		in, expiry = u.batch, u.lot.Expiry
	}
	return in, expiry
}

// outdated tells whether a lot is no use much longer.
func (p *patient) outdated(expiry diary.Date) bool { return expiry.At(0, 60).Ms < p.until+90*day }

// rest is how many vials of a product are at home in the end.
func (p *patient) rest(id diary.ProductID, strength diary.Amount, low bool) int {
	n := 0
	if id == p.reg.product {
		days := p.between(30, 75)
		if low {
			days = 5
		}
		perWeek := 0.0
		if p.reg.every != 0 {
			perWeek = 7 / float64(p.reg.every)
		}
		for d := range 7 {
			if p.reg.weekdays.Has(d) {
				perWeek++
			}
		}
		dose := p.amount(id, 1.1)
		if id == pen {
			n = vials(dose*diary.Amount(days), strength)
		} else {
			n = max(1, int(perWeek*float64(days)/7)) * vials(dose, strength)
		}
	}
	if id == p.rescue {
		n += int(p.between(2, 3)) * vials(p.amount(id, 1.2), strength)
	}
	return n
}

// recall lets the centre recall the lot in use of one of the patients. As in life
// everybody gets it; who has the lot, has received another one by then.
func recall(patients []*patient, holder *patient, in batch, expiry diary.Date) {
	for i, p := range patients {
		p.aside(func() {
			at := p.until - 30*hour + int64(i)*minute
			p.write(at, diary.Centre, &diary.Recall{
				Head: p.head(at), Product: in.product, Lots: []diary.Lot{{Batch: in.name, Expiry: expiry}}, Note: p.words.recall,
			})
			if p == holder {
				came := p.until - 5*day
				s := strength(in.product, p.amount(in.product, 1))
				p.receive(came, in.product, p.fresh(came, s), p.rest(in.product, s, false))
			}
		})
	}
}
