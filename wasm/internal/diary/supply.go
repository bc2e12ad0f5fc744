package diary

import (
	"cmp"
	"slices"
	"strings"

	"vialog/wasm/internal/arrange"
)

// What is at home follows from the packs received, the treatments and what was
// taken out.
//
// Rule of the stock, version 1. All is counted in vials (pens, tablets and
// sprays count as vials), per product and lot, in the order of the times that
// the entries name:
//
//   - A product is counted from its first pack or count on. What was used
//     before does not matter.
//   - A pack counts from the beginning of the day on which it was received, or
//     from the last count before it: on the day of a delivery, the first dose
//     is often written down before the delivery is.
//   - A treatment takes the vials that it names for a lot. Where it names the lot
//     and no vials, they follow from the amount and the strength. Where it
//     names no lot, it is assumed that it took the lots that expire first, whole
//     vials, with as little left over as the strengths allow.
//   - Of a container for several doses the amount is taken, not the container;
//     nothing, if its strength is not known.
//   - A removal takes vials out, a count says how many are there and ends
//     every shortfall of its product.
//   - Nothing goes below zero. What was taken beyond that is a shortfall of the
//     lot, or of the product, and stays until somebody counts.
//
// Lots are the same if their batches have the same letters and digits and their
// expiry dates, where both are known, the same last day.

// severalDoses are the products whose container holds more than one dose: a pen
// of concizumab serves for days.
var severalDoses = map[ProductID]bool{"nonfactor.alhemo": true}

// A shelf is one lot of the stock.
type shelf struct {
	lot    Lot // as first written; Packs is not used
	batch  string
	vials  int
	opened Amount // what is gone from the first vial of several doses
	short  int    // vials taken that were not there
}

func (s *shelf) amount() Amount { return Amount(s.vials)*s.lot.Strength - s.opened }

// set makes it n vials. Of an opened container more is known than a count says.
func (s *shelf) set(n int) {
	if n != s.vials {
		s.vials, s.opened = n, 0
	}
}

// pour takes an amount from opened containers and returns what was not there.
func (s *shelf) pour(a Amount) Amount {
	there := s.amount()
	if a >= there {
		s.vials, s.opened = 0, 0
		return a - there
	}
	left := there - a
	s.vials = int((left + s.lot.Strength - 1) / s.lot.Strength)
	s.opened = Amount(s.vials)*s.lot.Strength - left
	return 0
}

// A Movement is an entry that changed the stock of a product.
type Movement struct {
	*Item
	Change  int  // vials
	Left    int  // vials of the product after it, usable or not
	Assumed bool // the lots were not named
}

// An account is the stock of one product.
type account struct {
	product  ProductID
	name     string // of a product with Typed set, as last written
	several  bool
	shelves  []*shelf // in the order they came
	byBatch  map[string][]*shelf
	live     []*shelf // those with vials, at least
	short    int      // vials that no lot accounts for
	assumed  int      // vials whose lot was assumed, since the last count
	strength Amount   // of the latest pack
	vials    int
	moves    []Movement
}

// An inventory is the stock as of all that a diary holds. It does not depend on now.
type inventory struct {
	pass     uint64
	accounts map[accountKey]*account
	list     []*account
	serials  map[accountSerial]*Item
}

type accountKey struct {
	product ProductID
	name    string
}

type accountSerial struct {
	product ProductID
	serial  string
}

func keyOf(p ProductID, name string) accountKey {
	return accountKey{p, strings.ToLower(strings.TrimSpace(name))}
}

// bare is a batch without what people write differently.
func bare(batch string) string {
	plain := true
	for i := 0; i < len(batch); i++ {
		c := batch[i]
		plain = plain && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z')
	}
	if plain {
		return batch
	}
	b := make([]byte, 0, len(batch))
	for i := 0; i < len(batch); i++ {
		switch c := batch[i]; {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 0x80:
			b = append(b, c)
		}
	}
	return string(b)
}

// PlainBatch is a batch without what people write differently: case, spaces, dashes.
func PlainBatch(batch string) string { return bare(batch) }

// SameBatch tells whether two batches differ only in case, spaces and dashes.
func SameBatch(a, b string) bool { return bare(a) == bare(b) }

// sameExpiry tells whether two dates mean the same last day, or one is not known.
func sameExpiry(a, b Date) bool { return a.IsZero() || b.IsZero() || a.rank() == b.rank() }

// find is the shelf of a lot, nil if there is none. Of a batch with several
// dates and a lot with none, it is the one that expires first and has vials.
func (a *account) find(l Lot) *shelf {
	var best *shelf
	for _, s := range a.byBatch[bare(l.Batch)] {
		switch {
		case !sameExpiry(s.lot.Expiry, l.Expiry):
		case best == nil,
			best.vials == 0 && s.vials > 0,
			(best.vials == 0) == (s.vials == 0) && s.lot.Expiry.Before(best.lot.Expiry):
			best = s
		}
	}
	return best
}

// named is the shelf that a treatment or removal means. A wrong date does not
// make it another lot, since a batch has one.
func (a *account) named(l Lot) *shelf {
	if s := a.find(l); s != nil {
		return s
	}
	l.Expiry = Date{}
	return a.find(l)
}

// open is the shelf of a lot, made if there is none.
func (a *account) open(l Lot) *shelf {
	s := a.find(l)
	if s == nil {
		s = &shelf{lot: l, batch: bare(l.Batch)}
		s.lot.Packs = 0
		a.shelves = append(a.shelves, s)
		a.byBatch[s.batch] = append(a.byBatch[s.batch], s)
	}
	if s.lot.Expiry.IsZero() {
		s.lot.Expiry = l.Expiry
	}
	if s.lot.Strength == 0 {
		s.lot.Strength = l.Strength
	}
	if s.lot.PZN == "" {
		s.lot.PZN = l.PZN
	}
	if !slices.Contains(a.live, s) {
		a.live = append(a.live, s)
	}
	return s
}

// An event is an entry that moves stock, at the time from which it counts.
type event struct {
	at int64
	it *Item
}

// inventory is the stock of all products. It is worked out again only when
// something was added to the diary.
func (d *Diary) inventory() *inventory {
	d.settle()
	if d.stock != nil && d.stock.pass == d.pass {
		return d.stock
	}
	l := &inventory{pass: d.pass, accounts: make(map[accountKey]*account), serials: make(map[accountSerial]*Item)}
	for _, e := range d.movements() {
		switch x := e.it.Entry.(type) {
		case *Pack:
			l.receive(e.it, x)
		case *Removal:
			l.remove(e.it, x)
		case *Treatment:
			if a := l.accounts[keyOf(x.Product, x.ProductName)]; a != nil {
				d.use(a, e.it, x)
			}
		}
	}
	d.stock = l
	return l
}

// movements are the entries that move stock, in the order in which they count.
func (d *Diary) movements() []event {
	packs, removals := d.items(KindPack), d.items(KindRemoval)
	var out []event
	counts := make(map[accountKey][]*Item)
	for _, it := range removals {
		if it.Retracted != nil {
			continue
		}
		r := it.Entry.(*Removal)
		if r.Why == WhyCounted {
			k := keyOf(r.Product, r.ProductName)
			counts[k] = append(counts[k], it)
		}
		out = append(out, event{it.When.Ms, it})
	}
	for _, it := range packs {
		if it.Retracted != nil {
			continue
		}
		p := it.Entry.(*Pack)
		on, _ := p.Received.Wall()
		at := on.At(0, p.Received.Offset).Ms
		for _, c := range counts[keyOf(p.Product, p.ProductName)] {
			if c.When.Ms < p.Received.Ms || c.When.Ms == p.Received.Ms && c.Began < it.Began {
				at = max(at, c.When.Ms+1)
			}
		}
		out = append(out, event{at, it})
	}
	first := maxMs
	for _, e := range out {
		first = min(first, e.at)
	}
	for _, it := range d.items(KindTreatment) {
		if it.Given() && it.When.Ms >= first {
			out = append(out, event{it.When.Ms, it})
		}
	}
	// Times are typed to the minute: within one, the order of writing counts.
	arrange.By(out, func(a, b event) int {
		if c := cmp.Compare(a.at, b.at); c != 0 {
			return c
		}
		if c := cmp.Compare(a.it.Began, b.it.Began); c != 0 {
			return c
		}
		return compareID(a.it.ID, b.it.ID)
	})
	return out
}

func (l *inventory) account(p ProductID, name string) *account {
	k := keyOf(p, name)
	a := l.accounts[k]
	if a == nil {
		a = &account{product: p, name: name, several: severalDoses[p], byBatch: make(map[string][]*shelf)}
		l.accounts[k] = a
		l.list = append(l.list, a)
	}
	return a
}

func (a *account) moved(it *Item, change int, assumed bool) {
	a.vials += change
	a.moves = append(a.moves, Movement{it, change, a.vials, assumed})
}

func (l *inventory) receive(it *Item, p *Pack) {
	a := l.account(p.Product, p.ProductName)
	a.name = p.ProductName
	n := 0
	for _, lot := range p.Lots {
		s := a.open(lot)
		v := max(1, int(lot.Packs)) * max(1, int(p.Vials))
		s.vials += v
		n += v
		if lot.Strength != 0 {
			a.strength = lot.Strength
		}
	}
	for _, serial := range p.Serials {
		l.serials[accountSerial{p.Product, serial}] = it
	}
	a.moved(it, n, false)
}

func (l *inventory) remove(it *Item, r *Removal) {
	a := l.accounts[keyOf(r.Product, r.ProductName)]
	if a == nil {
		if r.Why != WhyCounted {
			return // of a product that nobody keeps stock of
		}
		a = l.account(r.Product, r.ProductName)
	}
	n := 0
	if r.Why == WhyCounted {
		for _, s := range a.shelves {
			s.short = 0
		}
		a.short, a.assumed = 0, 0
		for _, lot := range r.Lots {
			s := a.open(lot)
			n += int(lot.Packs) - s.vials
			s.set(int(lot.Packs))
		}
		a.moved(it, n, false)
		return
	}
	for _, lot := range r.Lots {
		s := a.named(lot)
		if s == nil {
			continue
		}
		v := s.vials
		if lot.Packs != 0 {
			v = int(lot.Packs)
		}
		s.short += max(0, v-s.vials)
		v = min(v, s.vials)
		n += v
		s.set(s.vials - v)
	}
	a.moved(it, -n, false)
}

// use takes off what a treatment used.
func (d *Diary) use(a *account, it *Item, t *Treatment) {
	a.live = slices.DeleteFunc(a.live, func(s *shelf) bool { return s.vials == 0 })
	before := a.count()
	if len(t.Lots) > 0 {
		a.useNamed(t)
		a.moved(it, a.count()-before, false)
		return
	}
	on, _ := t.Taken.Wall()
	arrange.By(a.live, inOrderOfUse)
	var good, bad []*shelf
	for _, s := range a.live {
		if d.lotState(a.product, s.lot, on, t.Taken.Ms).Usable() {
			good = append(good, s)
		} else {
			bad = append(bad, s)
		}
	}
	left := draw(good, t.Amount, a.several)
	if left = draw(bad, left, a.several); left > 0 && !(a.several && a.strength == 0) {
		a.short += vialsOf(left, a.strength)
	}
	change := a.count() - before
	a.assumed -= change
	a.moved(it, change, true)
}

// count is how many vials there are.
func (a *account) count() (n int) {
	for _, s := range a.live {
		n += s.vials
	}
	return n
}

// useNamed takes off what a treatment used of the lots that it names.
func (a *account) useNamed(t *Treatment) {
	rest := t.Amount
	last := 0 // index of the last lot without vials
	for i, lot := range t.Lots {
		if lot.Packs == 0 || a.several {
			last = i
		} else if s := a.named(lot); s != nil {
			rest -= min(rest, Amount(lot.Packs)*s.lot.Strength)
		}
	}
	for i, lot := range t.Lots {
		s := a.named(lot)
		if s == nil { // never received
			lot.Packs, lot.Strength = 0, cmp.Or(lot.Strength, a.strength)
			s = a.open(lot)
		}
		if a.several {
			if s.lot.Strength == 0 {
				continue // how much is in it, nobody has said
			}
			want := rest
			if i != last {
				want = min(rest, s.amount())
			}
			s.short += vialsOf(s.pour(want), s.lot.Strength)
			rest -= want
			continue
		}
		v := int(t.Lots[i].Packs)
		if v == 0 {
			if v = max(1, vialsOf(rest, s.lot.Strength)); i != last {
				v = max(1, min(v, s.vials))
			}
			rest -= min(rest, Amount(v)*cmp.Or(s.lot.Strength, rest))
		}
		s.short += max(0, v-s.vials)
		s.set(max(0, s.vials-v))
	}
}

// vialsOf is how many vials of a strength hold an amount. One vial of unknown
// strength holds a dose.
func vialsOf(a, strength Amount) int {
	if a == 0 {
		return 0
	}
	if strength == 0 {
		return 1
	}
	return int((a + strength - 1) / strength)
}

// inOrderOfUse has what expires first before what expires later, and what has no
// date last.
func inOrderOfUse(a, b *shelf) int {
	if a.lot.Expiry.IsZero() != b.lot.Expiry.IsZero() {
		if a.lot.Expiry.IsZero() {
			return 1
		}
		return -1
	}
	if c := cmp.Compare(a.lot.Expiry.rank(), b.lot.Expiry.rank()); c != 0 {
		return c
	}
	return strings.Compare(a.batch, b.batch)
}

// draw takes an amount from shelves in the order of use and returns what was
// not there. Whole vials come first, as many as fit; the rest comes from the
// vial that leaves least over.
func draw(list []*shelf, want Amount, several bool) Amount {
	if several {
		for _, s := range list {
			if s.lot.Strength != 0 {
				want = s.pour(want)
			}
		}
		return want
	}
	size := func(s *shelf) Amount { return cmp.Or(s.lot.Strength, want) }
	rest := want
	for _, s := range list {
		if rest == 0 {
			return 0
		}
		n := min(s.vials, int(rest/size(s)))
		s.set(s.vials - n)
		rest -= Amount(n) * size(s)
	}
	for rest > 0 {
		var best *shelf
		for _, s := range list {
			if s.vials == 0 {
				continue
			}
			if best == nil || size(best) < rest && size(s) > size(best) || size(s) >= rest && size(s) < size(best) {
				best = s
			}
		}
		if best == nil {
			break
		}
		best.set(best.vials - 1)
		rest -= min(rest, size(best))
	}
	return rest
}
