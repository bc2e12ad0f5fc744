package diary

// What the diary knows about how a person treats.

// LastOf is the latest dose of a product that was given, nil if there is none.
func (d *Diary) LastOf(product ProductID) *Item {
	return d.lastGiven(func(t *Treatment) bool { return t.Product == product })
}

// lastGiven is the latest treatment that was given and that match takes.
func (d *Diary) lastGiven(match func(*Treatment) bool) *Item {
	list := d.items(KindTreatment)
	for i := len(list) - 1; i >= 0; i-- {
		if it := list[i]; it.Given() && match(it.Treatment()) {
			return it
		}
	}
	return nil
}

// usedLately is how many of the latest treatments tell what a person uses.
const usedLately = 200

// Used lists up to n products that were given lately, the last one first.
func (d *Diary) Used(n int) []ProductID {
	var out []ProductID
	list := d.items(KindTreatment)
next:
	for i := len(list) - 1; i >= max(0, len(list)-usedLately) && len(out) < n; i-- {
		if !list[i].Given() {
			continue
		}
		p := list[i].Treatment().Product
		for _, seen := range out {
			if seen == p {
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}

// GeneTherapy is the gene therapy that was given last, nil if none was.
func (d *Diary) GeneTherapy(c *Catalogue) *Item {
	return d.lastGiven(func(t *Treatment) bool {
		p, ok := c.Find(t.Product)
		return ok && p.Group == GroupGene
	})
}

// Weight is the weight measured last before at, in thousandths of a kg; 0 if
// none is known.
func (d *Diary) Weight(at int64) Amount {
	list := d.items(KindMeasure)
	for i := len(list) - 1; i >= 0; i-- {
		if m, ok := list[i].Entry.(*Measure); ok && list[i].Retracted == nil && m.What == MeasuredWeight && m.Taken.Ms <= at {
			return m.Value
		}
	}
	return 0
}

// EmicizumabLasts is for how long after a dose emicizumab counts as in use: its
// half-life is about 27 days, and its label asks for caution for six months.
const EmicizumabLasts = 182 * day

// Emicizumab tells whether emicizumab is in use at a moment: by a plan in force,
// or by a dose of the six months before.
func (d *Diary) Emicizumab(at Moment, c *Catalogue) bool {
	is := func(id ProductID) bool {
		p, ok := c.Find(id)
		return ok && p.Group == GroupEmicizumab
	}
	for _, p := range d.Plans(at) {
		if is(p.Plan.Product) {
			return true
		}
	}
	list := d.items(KindTreatment)
	for i := len(list) - 1; i >= 0 && list[i].When.Ms > at.Ms-EmicizumabLasts; i-- {
		if list[i].Given() && list[i].When.Ms <= at.Ms && is(list[i].Treatment().Product) {
			return true
		}
	}
	return false
}

// An APCC is activated prothrombin complex that meets emicizumab.
//
// Rule, version 1: thrombotic microangiopathy and thrombosis were reported
// when on average more than 100 U/kg of aPCC in 24 hours were given for 24 hours
// or longer to people who use emicizumab (product information of Hemlibra, 4.4).
// What a diary can see is the sum of 24 hours; above 100 U/kg it says so.
type APCC struct {
	Sum   Amount // U in the 24 hours up to the dose, with it
	PerKg Amount // U/kg; 0: no weight is known
	Over  bool   // more than 100 U/kg
}

// mostAPCC is the limit of the rule, in U/kg.
const mostAPCC = Amount(100_000)

// WithEmicizumab tells what a dose of aPCC at a moment amounts to, and whether
// emicizumab is in use then. The dose itself is not looked for in the diary if
// it is a correction of except.
func (d *Diary) WithEmicizumab(at Moment, dose Amount, except ID, c *Catalogue) (APCC, bool) {
	if !d.Emicizumab(at, c) {
		return APCC{}, false
	}
	out := APCC{Sum: dose}
	list := d.items(KindTreatment)
	for i := len(list) - 1; i >= 0 && list[i].When.Ms > at.Ms-day; i-- {
		it := list[i]
		if p, ok := c.Find(it.Treatment().Product); ok && p.APCC && it.Given() && it.When.Ms <= at.Ms && it.ID != except {
			out.Sum += it.Treatment().Amount
		}
	}
	if kg := d.Weight(at.Ms); kg > 0 {
		out.PerKg = out.Sum * 1000 / kg
		out.Over = out.PerKg > mostAPCC
	}
	return out, true
}

// Contents is what the lots of a treatment contain together, as far as it is
// known: 0 if the strength or the number of vials of one is not.
func Contents(lots []Lot) Amount {
	var sum Amount
	for _, l := range lots {
		if l.Strength == 0 || l.Packs == 0 {
			return 0
		}
		sum += l.Strength * Amount(l.Packs)
	}
	return sum
}

// Again is the treatment old once more at now: the same product, amount and
// lots. A planned dose that is due gives its reason and its amount. Lots that have expired, were recalled or
// are used up are left out, and dropped says so. Site, reaction, note and who gave it belong to one dose.
func (d *Diary) Again(old *Treatment, due *Dose, now Moment) (t *Treatment, dropped bool) {
	t = &Treatment{Taken: now, Product: old.Product, ProductName: old.ProductName, Amount: old.Amount, Reason: old.Reason}
	switch {
	case due != nil:
		t.Reason = due.Plan.Plan.Reason
		t.Amount = due.Plan.Plan.Amount
	case old.Reason == ReasonBleed || old.Reason == ReasonFollowUp:
		if b, ok := d.Get(old.Bleed); ok && b.Bleed() != nil && b.Retracted == nil && b.Bleed().End.IsZero() {
			t.Bleed = b.ID
		}
	}
	t.Lots, dropped = d.StillGood(old, now)
	if t.Amount != old.Amount {
		for i := range t.Lots {
			t.Lots[i].Packs = 0 // another number of vials
		}
	}
	return t, dropped
}

// StillGood are the lots of a treatment that may be used again: those that have
// not expired, were not recalled and are not used up.
func (d *Diary) StillGood(t *Treatment, at Moment) (lots []Lot, dropped bool) {
	for _, l := range t.Lots {
		if d.LotState(t.Product, l, at).Usable() && !d.UsedUp(t.Product, t.ProductName, l) {
			lots = append(lots, l)
		} else {
			dropped = true
		}
	}
	return lots, dropped
}

// DueOf is the planned dose of a product that can be given at now: due or overdue.
func (d *Diary) DueOf(product ProductID, now Moment) (Dose, bool) {
	for _, g := range d.NextDoses(now) {
		if g.Plan.Plan.Product == product && (g.State == DoseDue || g.State == DoseOverdue) {
			return g, true
		}
	}
	return Dose{}, false
}
