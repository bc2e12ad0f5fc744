package record

import (
	"bytes"
	"hash/maphash"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
)

// A By says who wrote a batch into the centre's space, and when.
type By struct {
	Account keyring.AccountID
	At      int64    // ms
	Hash    [32]byte // of the statement
}

func (b By) before(o By) bool {
	return b.At < o.At || b.At == o.At && bytes.Compare(b.Hash[:], o.Hash[:]) < 0
}

// A Book is what a set of records amounts to: a function of the set. It only
// grows. It is for one goroutine.
//
// Millions of records are columns of numbers, some 90 bytes each with the two
// tables that find them; what is said often stands once.
type Book struct {
	seed maphash.Seed

	// Columns, one value for each record, in the order of arrival.
	source  []Source
	entry   []diary.ID
	written []int64
	taken   []int64
	amount  []uint64
	patient []uint32
	product []uint32
	by      []uint32
	lots    []uint32 // where its lots begin in lot and packs; they end where the next one's begin
	offset  []int16
	kind    []Kind
	reason  []diary.Reason
	flags   []uint8

	lot   []uint32 // of all records, by their places
	packs []uint16

	of   map[int]diary.ID // what a correction or retraction names
	kids map[named][]int  // the rows that name an entry

	sources, entries table

	patients dict[keyring.SpaceID]
	products dict[Product]
	known    dict[diary.Lot] // Packs is not used
	plain    []string        // of known: the batch without what people write differently
	batches  []By
}

const (
	flagNotGiven = 1 << iota
	flagDiffers      // another record has the same source and says something else
	flagMissing  = 4 // times Missing, which has four bits
	flagsMissing = 15 * flagMissing
	flagCopy     = 64 // another statement of the patient said the same entry before
)

// A named entry is one of one patient: an identifier alone could be another's.
type named struct {
	patient uint32
	id      diary.ID
}

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{seed: maphash.MakeSeed(), of: make(map[int]diary.ID), kids: make(map[named][]int)}
}

// A dict gives each value a number.
type dict[T comparable] struct {
	values []T
	at     map[T]uint32
}

func (d *dict[T]) number(v T) uint32 {
	n, ok := d.at[v]
	if !ok {
		if d.at == nil {
			d.at = make(map[T]uint32)
		}
		n = uint32(len(d.values))
		d.values, d.at[v] = append(d.values, v), n
	}
	return n
}

// A table finds rows by a hash: open addressing, at most three quarters full.
// It holds row + 1; 0 is free.
type table struct {
	slots []uint32
	n     int
}

// each calls f with the rows under a hash, and perhaps others, until it says stop.
func (t *table) each(h uint64, f func(row int) (stop bool)) {
	if len(t.slots) == 0 {
		return
	}
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; t.slots[i] != 0; i = (i + 1) & mask {
		if f(int(t.slots[i] - 1)) {
			return
		}
	}
}

// add puts a row under its hash; hash gives that of the rows there are.
func (t *table) add(row int, hash func(row int) uint64) {
	if 4*(t.n+1) > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]uint32, max(1024, 2*len(old)))
		for _, s := range old {
			if s != 0 {
				t.put(s, hash(int(s-1)))
			}
		}
	}
	t.put(uint32(row+1), hash(row))
	t.n++
}

func (t *table) put(s uint32, h uint64) {
	mask := uint64(len(t.slots) - 1)
	i := h & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (b *Book) hashSource(s Source) uint64   { return maphash.Bytes(b.seed, s[:]) }
func (b *Book) hashEntry(id diary.ID) uint64 { return maphash.Bytes(b.seed, id[:]) }

// Len counts the records, of which those that differ though they copy the same
// count each.
func (b *Book) Len() int { return len(b.source) }

// Has tells whether a statement is recorded.
func (b *Book) Has(s Source) bool { return b.rowOf(s) >= 0 }

func (b *Book) rowOf(s Source) (row int) {
	row = -1
	b.sources.each(b.hashSource(s), func(r int) bool {
		if b.source[r] == s {
			row = r
		}
		return row >= 0
	})
	return row
}

// HasEntry tells whether a dose of a patient, or a version of it, is recorded.
func (b *Book) HasEntry(patient keyring.SpaceID, id diary.ID) bool {
	n, ok := b.patients.at[patient]
	return ok && b.version(named{n, id}) >= 0
}

// version is the row of a dose or a correction with an identifier. Of several
// the one written first counts, as in a diary.
func (b *Book) version(k named) (row int) {
	row = -1
	b.entries.each(b.hashEntry(k.id), func(r int) bool {
		if b.entry[r] == k.id && b.patient[r] == k.patient && (row < 0 || b.newer(row, r)) {
			row = r
		}
		return false
	})
	return row
}

// Add takes the records of a batch in and tells how many were new. The same
// record twice is one, with the earlier By.
func (b *Book) Add(body []byte, by By) (fresh int, err error) {
	records, err := Decode(body)
	if err != nil {
		return 0, err
	}
	n := uint32(len(b.batches))
	b.batches = append(b.batches, by)
	for i := range records {
		if b.add(&records[i], n) {
			fresh++
		}
	}
	return fresh, nil
}

func (b *Book) add(r *Record, by uint32) (fresh bool) {
	known, differs := -1, false
	b.sources.each(b.hashSource(r.Source), func(row int) bool {
		if b.source[row] == r.Source {
			if have := b.record(row); compare(&have, r) == 0 {
				known = row
			} else {
				differs = true
			}
		}
		return known >= 0
	})
	if known >= 0 {
		if b.batches[by].before(b.batches[b.by[known]]) {
			b.by[known] = by
		}
		return false
	}
	row := len(b.source)
	flags := number(r.NotGiven)*flagNotGiven + uint8(r.missing())*flagMissing
	if differs {
		flags |= flagDiffers
		b.sources.each(b.hashSource(r.Source), func(o int) bool {
			if b.source[o] == r.Source {
				b.flags[o] |= flagDiffers
			}
			return false
		})
	}
	patient := b.patients.number(r.Patient)
	var product uint32
	if r.Kind != Retraction {
		product = b.products.number(r.Product)
	}
	b.source, b.entry, b.written, b.taken = append(b.source, r.Source), append(b.entry, r.Entry), append(b.written, r.Written), append(b.taken, r.Taken.Ms)
	b.amount, b.patient, b.product, b.by = append(b.amount, uint64(r.Amount)), append(b.patient, patient), append(b.product, product), append(b.by, by)
	b.lots, b.offset, b.kind = append(b.lots, uint32(len(b.lot))), append(b.offset, r.Taken.Offset), append(b.kind, r.Kind)
	b.reason, b.flags = append(b.reason, r.Reason), append(b.flags, flags)
	for _, l := range r.Lots {
		k := b.known.number(bare(l))
		if int(k) == len(b.plain) {
			b.plain = append(b.plain, diary.PlainBatch(l.Batch))
		}
		b.lot, b.packs = append(b.lot, k), append(b.packs, l.Packs)
	}
	if r.Kind != Use {
		b.of[row] = r.Of
		k := named{patient, r.Of}
		b.kids[k] = append(b.kids[k], row)
	}
	b.sources.add(row, func(i int) uint64 { return b.hashSource(b.source[i]) })
	if r.Kind != Retraction {
		b.markCopies(row, r)
		b.entries.add(row, func(i int) uint64 { return b.hashEntry(b.entry[i]) })
	}
	return true
}

// markCopies compares a new row with those of the same entry: two devices of a
// patient may both have sent it. Of equal ones the one written first stands for
// all; what says something else under the same identifier differs.
func (b *Book) markCopies(row int, r *Record) {
	var others []int
	b.entries.each(b.hashEntry(r.Entry), func(o int) bool {
		if b.entry[o] == r.Entry && b.patient[o] == b.patient[row] {
			others = append(others, o)
		}
		return false
	})
	for _, o := range others {
		have := b.record(o)
		switch {
		case have.Of != r.Of || !same(&have, r):
			b.flags[o] |= flagDiffers
			b.flags[row] |= flagDiffers
		case b.newer(row, o):
			b.flags[row] |= flagCopy
		default:
			b.flags[o] |= flagCopy
		}
	}
}

// lotsOf are the places of a row's lots in lot and packs.
func (b *Book) lotsOf(row int) (from, to int) {
	to = len(b.lot)
	if row+1 < len(b.lots) {
		to = int(b.lots[row+1])
	}
	return int(b.lots[row]), to
}

// record is a row as it was written.
func (b *Book) record(row int) Record {
	r := Record{
		Source: b.source[row], Patient: b.patients.values[b.patient[row]], Kind: b.kind[row], Entry: b.entry[row], Of: b.of[row], Written: b.written[row],
		Taken: diary.Moment{Ms: b.taken[row], Offset: b.offset[row]}, Amount: diary.Amount(b.amount[row]), Reason: b.reason[row],
		NotGiven: b.flags[row]&flagNotGiven != 0,
	}
	if r.Kind != Retraction {
		r.Product = b.products.values[b.product[row]]
	}
	for from, to := b.lotsOf(row); from < to; from++ {
		l := b.known.values[b.lot[from]]
		l.Packs = b.packs[from]
		r.Lots = append(r.Lots, l)
	}
	return r
}

// First is when the first dose was given, in ms; 0: there is none.
func (b *Book) First() (ms int64) {
	for row, at := range b.taken {
		if b.kind[row] != Retraction && (ms == 0 || at < ms) {
			ms = at
		}
	}
	return ms
}

// Products lists what was given.
func (b *Book) Products() []Product { return b.products.values }

// Patients lists whose records there are.
func (b *Book) Patients() []keyring.SpaceID { return b.patients.values }
