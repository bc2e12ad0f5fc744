package record

import (
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
)

// ErrBatch reports bytes that are no batch of records.
var ErrBatch = errors.New("record: malformed batch")

// Bounds of a batch.
const (
	MaxBatch   = 64 << 10 // bytes
	MaxRecords = 1000     // records
)

const (
	version = 1
	least   = 16 + 16 + 1 + 6 + 2 + 16 // bytes of a retraction, the shortest record
)

// Batches writes records into as few batches as their bounds allow.
func Batches(records []Record) (out [][]byte) {
	for len(records) > 0 {
		n := min(len(records), MaxRecords)
		b := encode(records[:n])
		for len(b) > MaxBatch { // 64 KiB hold any two records, so this ends
			n = max(1, n*MaxBatch/len(b)*9/10)
			b = encode(records[:n])
		}
		out = append(out, b)
		records = records[n:]
	}
	return out
}

// dictionary is the distinct values of a batch in order.
func dictionary[T any](all []T, compare func(a, b T) int) []T {
	arrange.By(all, compare)
	return slices.CompactFunc(all, func(a, b T) bool { return compare(a, b) == 0 })
}

func place[T any](dict []T, v T, compare func(a, b T) int) uint16 {
	i, _ := slices.BinarySearchFunc(dict, v, compare)
	return uint16(i)
}

func comparePatients(a, b keyring.SpaceID) int { return slices.Compare(a[:], b[:]) }

// bare is a lot without the number of packs, which belongs to the use.
func bare(l diary.Lot) diary.Lot { l.Packs = 0; return l }

// encode writes one batch. It panics at records that Of does not make.
func encode(records []Record) []byte {
	records = dictionary(slices.Clone(records), func(a, b Record) int { return compare(&a, &b) })
	var patients []keyring.SpaceID
	var products []Product
	var lots []diary.Lot
	for i := range records {
		r := &records[i]
		if !r.valid() {
			panic("record: a record that is none")
		}
		patients = append(patients, r.Patient)
		if r.Kind != Retraction {
			products = append(products, r.Product)
			for _, l := range r.Lots {
				lots = append(lots, bare(l))
			}
		}
	}
	patients, products, lots = dictionary(patients, comparePatients), dictionary(products, compareProducts), dictionary(lots, compareLots)
	b := cryptobyte.NewBuilder(make([]byte, 0, 64+len(patients)*32+len(records)*70))
	text := func(s string) {
		b.AddUint8LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(s)) })
	}
	b.AddUint8(version)
	b.AddUint16(uint16(len(patients)))
	for _, p := range patients {
		b.AddBytes(p[:])
	}
	b.AddUint16(uint16(len(products)))
	for _, p := range products {
		text(string(p.ID))
		text(p.Name)
		text(p.Company)
		b.AddUint8(uint8(p.Unit))
	}
	b.AddUint16(uint16(len(lots)))
	for _, l := range lots {
		text(l.Batch)
		b.AddUint16(l.Expiry.Year)
		b.AddUint8(l.Expiry.Month)
		b.AddUint8(l.Expiry.Day)
		add40(b, uint64(l.Strength))
		text(l.PZN)
	}
	b.AddUint16(uint16(len(records)))
	for i := range records {
		r := &records[i]
		b.AddBytes(r.Source[:])
		b.AddBytes(r.Entry[:])
		b.AddUint8(uint8(r.Kind))
		b.AddUint48(uint64(r.Written))
		b.AddUint16(place(patients, r.Patient, comparePatients))
		if r.Kind != Use {
			b.AddBytes(r.Of[:])
		}
		if r.Kind == Retraction {
			continue
		}
		b.AddUint48(uint64(r.Taken.Ms))
		b.AddUint16(uint16(r.Taken.Offset))
		b.AddUint16(place(products, r.Product, compareProducts))
		add40(b, uint64(r.Amount))
		b.AddUint8(uint8(r.Reason))
		b.AddUint8(number(r.NotGiven))
		b.AddUint8(uint8(len(r.Lots)))
		for _, l := range r.Lots {
			b.AddUint16(place(lots, bare(l), compareLots))
			b.AddUint16(l.Packs)
		}
	}
	return b.BytesOrPanic()
}

func add40(b *cryptobyte.Builder, v uint64) {
	b.AddUint8(uint8(v >> 32))
	b.AddUint32(uint32(v))
}

// A reader reads a batch; after the first thing wrong it reads zeros.
type reader struct {
	in  cryptobyte.String
	bad bool
}

func (r *reader) must(ok bool) { r.bad = r.bad || !ok }

func (r *reader) u8() (v uint8) {
	r.must(r.in.ReadUint8(&v))
	return v
}

func (r *reader) u16() (v uint16) {
	r.must(r.in.ReadUint16(&v))
	return v
}

func (r *reader) u40() uint64 {
	var low uint32
	high := r.u8()
	r.must(r.in.ReadUint32(&low))
	return uint64(high)<<32 | uint64(low)
}

func (r *reader) u48() int64 {
	var v uint64
	r.must(r.in.ReadUint48(&v))
	return int64(v)
}

func (r *reader) copy(out []byte) { r.must(r.in.CopyBytes(out)) }

func (r *reader) text() string {
	var s cryptobyte.String
	r.must(r.in.ReadUint8LengthPrefixed(&s))
	return string(s)
}

// list reads a dictionary, whose values must ascend, each once.
func list[T any](r *reader, least int, read func() T, compare func(a, b T) int) []T {
	n := int(r.u16())
	if r.must(n*least <= len(r.in)); r.bad {
		return nil
	}
	out := make([]T, 0, n)
	for range n {
		v := read()
		r.must(len(out) == 0 || compare(out[len(out)-1], v) < 0)
		out = append(out, v)
	}
	return out
}

// pick is the value at a place of a dictionary, and notes that it is used.
func pick[T any](r *reader, dict []T, used []bool) (v T) {
	i := int(r.u16())
	if r.must(i < len(dict)); r.bad {
		return v
	}
	used[i] = true
	return dict[i]
}

// Decode reads a batch. It accepts one spelling of each set of records.
func Decode(body []byte) ([]Record, error) {
	if len(body) > MaxBatch {
		return nil, ErrBatch
	}
	r := &reader{in: body}
	r.must(r.u8() == version)
	patients := list(r, 32, func() (p keyring.SpaceID) { r.copy(p[:]); return p }, comparePatients)
	products := list(r, 4, func() (p Product) {
		p.ID, p.Name, p.Company = diary.ProductID(r.text()), r.text(), r.text()
		p.Unit = diary.Unit(r.u8())
		return p
	}, compareProducts)
	lots := list(r, 11, func() (l diary.Lot) {
		l.Batch = r.text()
		l.Expiry = diary.Date{Year: r.u16(), Month: r.u8(), Day: r.u8()}
		l.Strength, l.PZN = diary.Amount(r.u40()), r.text()
		return l
	}, compareLots)
	used := [3][]bool{make([]bool, len(patients)), make([]bool, len(products)), make([]bool, len(lots))}
	n := int(r.u16())
	if r.must(n > 0 && n <= MaxRecords && n*least <= len(r.in)); r.bad {
		return nil, ErrBatch
	}
	records := make([]Record, n)
	for i := range records {
		e := &records[i]
		r.copy(e.Source[:])
		r.copy(e.Entry[:])
		e.Kind, e.Written = Kind(r.u8()), r.u48()
		e.Patient = pick(r, patients, used[0])
		if e.Kind != Use {
			r.copy(e.Of[:])
		}
		if e.Kind != Retraction {
			e.Taken.Ms, e.Taken.Offset = r.u48(), int16(r.u16())
			e.Product = pick(r, products, used[1])
			e.Amount, e.Reason = diary.Amount(r.u40()), diary.Reason(r.u8())
			flag := r.u8()
			e.NotGiven = flag == 1
			r.must(flag <= 1)
			if k := int(r.u8()); k > 0 {
				if r.must(k <= diary.MaxLots); r.bad {
					return nil, ErrBatch
				}
				e.Lots = make([]diary.Lot, k)
				for j := range e.Lots {
					e.Lots[j] = pick(r, lots, used[2])
					e.Lots[j].Packs = r.u16()
				}
			}
		}
		if r.must(e.valid() && (i == 0 || compare(&records[i-1], e) < 0)); r.bad {
			return nil, ErrBatch
		}
	}
	for _, u := range used {
		r.must(!slices.Contains(u, false))
	}
	if r.bad || !r.in.Empty() {
		return nil, ErrBatch
	}
	return records, nil
}
