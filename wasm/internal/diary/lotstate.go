package diary

import "vialog/wasm/internal/arrange"

// A LotState says whether a lot may be used.
type LotState struct {
	Expired bool
	Expiry  Date  // as written with the lot, else as known from the stock
	Recall  *Item // the latest recall of it that stands; nil: none
}

// Usable tells whether nothing speaks against the lot.
func (s LotState) Usable() bool { return !s.Expired && s.Recall == nil }

// LotState tells whether a lot of a product may be used at a time. A lot is
// good until the end of its last day, by the clock of at. A recall counts
// whenever it was said: it may have come after the use.
func (d *Diary) LotState(p ProductID, l Lot, at Moment) LotState {
	if l.Expiry.IsZero() {
		for _, a := range d.inventory().list {
			if a.product == p {
				if s := a.named(l); s != nil {
					l.Expiry = s.lot.Expiry
				}
			}
		}
	}
	on, _ := at.Wall()
	return d.lotState(p, l, on, maxMs)
}

// lotState is the state of a lot on a day, as far as was known at a time in ms.
func (d *Diary) lotState(p ProductID, l Lot, on Date, known int64) LotState {
	st := LotState{Expiry: l.Expiry, Expired: !l.Expiry.IsZero() && l.Expiry.Before(on)}
	for _, it := range d.items(KindRecall) {
		if r := it.Entry.(*Recall); it.Retracted == nil && it.When.Ms <= known && r.Product == p && r.names(l) {
			st.Recall = it
		}
	}
	return st
}

// names tells whether r means a lot. A lot whose expiry date is not known is
// meant with its batch: better a question too many.
func (r *Recall) names(l Lot) bool {
	for _, x := range r.Lots {
		if SameLot(x, l) {
			return true
		}
	}
	return false
}

// Means tells whether r means a lot of a product.
func (r *Recall) Means(p ProductID, l Lot) bool { return r.Product == p && r.names(l) }

// SameLot tells whether two lots have the same batch and, where both are known,
// the same expiry date.
func SameLot(a, b Lot) bool { return SameBatch(a.Batch, b.Batch) && sameExpiry(a.Expiry, b.Expiry) }

// A Trace is where lots of a recall are found in a diary.
type Trace struct {
	Recall *Recall
	Held   []LotLeft // in the stock
	Used   []*Item   // treatments that were given, newest first
}

// Found tells whether the lots are in the stock or were used.
func (t Trace) Found() bool { return len(t.Held) > 0 || len(t.Used) > 0 }

// Trace looks for the lots of r in the stock, and in treatments since a time, in ms.
func (d *Diary) Trace(r *Recall, since int64, now Moment) Trace {
	t := Trace{Recall: r}
	for _, a := range d.inventory().list {
		if a.product != r.Product {
			continue
		}
		for _, s := range a.shelves {
			if s.vials > 0 && r.names(s.lot) {
				t.Held = append(t.Held, d.left(a, s, now))
			}
		}
	}
	seen := make(map[*Item]bool)
	for _, x := range r.Lots {
		for _, it := range d.usedLots()[usedLot{r.Product, bare(x.Batch)}] {
			if it.When.Ms < since || seen[it] {
				continue
			}
			for _, l := range it.Treatment().Lots {
				if r.names(l) {
					t.Used, seen[it] = append(t.Used, it), true
					break
				}
			}
		}
	}
	arrange.By(t.Used, func(a, b *Item) int { return compareItems(b, a) })
	return t
}

// Batches are the batches of all lots that are or were in the stock, or were used,
// as PlainBatch writes them. Trace finds no other.
func (d *Diary) Batches() map[string]bool {
	out := make(map[string]bool)
	for _, a := range d.inventory().list {
		for _, s := range a.shelves {
			out[bare(s.lot.Batch)] = true
		}
	}
	for _, it := range d.items(KindTreatment) {
		for _, l := range it.Treatment().Lots {
			out[bare(l.Batch)] = true
		}
	}
	return out
}

// A HeldLot is what the stock has of a lot.
type HeldLot struct {
	Product ProductID
	Lot     Lot
	Vials   int
}

// HeldLots lists the lots of which there are vials in the stock.
func (d *Diary) HeldLots() (out []HeldLot) {
	for _, a := range d.inventory().list {
		for _, s := range a.shelves {
			if s.vials > 0 {
				out = append(out, HeldLot{a.product, s.lot, s.vials})
			}
		}
	}
	return out
}

// A usedLot is a batch of a product as a key.
type usedLot struct {
	product ProductID
	batch   string
}

// usedLots finds the treatments that were given from a batch. It is worked out
// again only when something was added to the diary.
func (d *Diary) usedLots() map[usedLot][]*Item {
	d.settle()
	if d.used == nil || d.usedPass != d.pass {
		d.used, d.usedPass = make(map[usedLot][]*Item), d.pass
		for _, it := range d.items(KindTreatment) {
			if !it.Given() {
				continue
			}
			t := it.Treatment()
			for _, l := range t.Lots {
				k := usedLot{t.Product, bare(l.Batch)}
				d.used[k] = append(d.used[k], it)
			}
		}
	}
	return d.used
}

// UsedUp tells whether the stock knows a lot and has no vial of it left.
func (d *Diary) UsedUp(p ProductID, name string, l Lot) bool {
	if a := d.inventory().accounts[keyOf(p, name)]; a != nil {
		s := a.named(l)
		return s != nil && s.vials == 0
	}
	return false
}

// traceDays is how long a dose of a recalled lot concerns the patient's first
// screen: the search itself has no end.
const traceDays = 366

// A Warning is a recall that concerns the person who keeps the diary.
type Warning struct {
	*Item
	Trace
	Seen bool // somebody at home wrote it, or has said that it was read
}

// Warnings lists the recalls that stand and whose lots are in the stock or were
// used within a year before now, latest first. A recall that was read is
// listed as long as its lots are in the stock.
func (d *Diary) Warnings(now Moment) []Warning {
	var out []Warning
	list := d.items(KindRecall)
	for i := len(list) - 1; i >= 0; i-- {
		it := list[i]
		if it.Retracted != nil {
			continue
		}
		w := Warning{it, d.Trace(it.Entry.(*Recall), now.Ms-traceDays*day, now), d.Seen(it, Patient) == SeenCurrent}
		if len(w.Held) > 0 || len(w.Used) > 0 && !w.Seen {
			out = append(out, w)
		}
	}
	return out
}

// PackWith is the standing pack entry that holds a single pack by its serial
// number, nil if none does.
func (d *Diary) PackWith(p ProductID, serial string) *Item {
	return d.inventory().serials[accountSerial{p, serial}]
}

// PackLike is the latest pack entry with this PZN or this GTIN: what product a
// code means that the reference data does not know. Nil: nobody has said yet.
func (d *Diary) PackLike(pzn, gtin string) *Item {
	list := d.items(KindPack)
	for i := len(list) - 1; i >= 0; i-- {
		p := list[i].Entry.(*Pack)
		if list[i].Retracted != nil {
			continue
		}
		if gtin != "" && p.GTIN == gtin {
			return list[i]
		}
		for _, l := range p.Lots {
			if pzn != "" && l.PZN == pzn {
				return list[i]
			}
		}
	}
	return nil
}

// PackHolding is the latest pack entry of a product with a lot, nil if there is none.
func (d *Diary) PackHolding(p ProductID, l Lot) *Item {
	list := d.items(KindPack)
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i].Entry.(*Pack)
		if list[i].Retracted != nil || e.Product != p {
			continue
		}
		for _, x := range e.Lots {
			if SameBatch(x.Batch, l.Batch) && sameExpiry(x.Expiry, l.Expiry) {
				return list[i]
			}
		}
	}
	return nil
}
