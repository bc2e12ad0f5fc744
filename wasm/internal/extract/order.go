package extract

import (
	"errors"
	"math"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/diary"
)

// A Form is what file is made of an extract.
type Form uint8

const (
	Preview Form = iota // none
	Table               // CSV
	Bundle              // FHIR R4
	forms
)

// An Order is what the second program makes an extract of.
type Order struct {
	Form      Form
	Purpose   string // its identifier, as the file names it
	Name      string
	Recipient string
	Made      int64 // ms since 1970
	People    []Person
}

// A Result is what came of it.
type Result struct {
	Steps    [Steps]int // patients
	Smallest int        // the rarest combination's
	Out      []int      // who is left out, by their places in the order, ascending
	File     []byte     // none for a preview
}

// Given is how many patients are in the file.
func (r Result) Given() (n int) {
	for _, k := range r.Steps[:Suppressed] {
		n += k
	}
	return n
}

var (
	// ErrOrder reports an order that cannot be read.
	ErrOrder = errors.New("extract: not an order")
	// ErrResult reports a result that cannot be read.
	ErrResult = errors.New("extract: not a result")
)

func text(b *cryptobyte.Builder, s string) {
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(s)) })
}

func readText(in *cryptobyte.String, s *string) bool {
	var t cryptobyte.String
	ok := in.ReadUint16LengthPrefixed(&t)
	*s = string(t)
	return ok
}

// counts are the numbers of a year, in the order in which they are written.
func (y *Year) counts() []*int {
	return []*int{
		&y.Year, &y.Days, &y.Silent, &y.Planned, &y.Accounted, &y.Bleeds, &y.Joint, &y.Muscle, &y.Other, &y.Spontaneous, &y.Traumatic,
		&y.Quarters[0], &y.Quarters[1], &y.Quarters[2], &y.Quarters[3], &y.Targets,
	}
}

// Bytes is the order as ParseOrder reads it.
func (o Order) Bytes() ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(uint8(o.Form))
	text(b, o.Purpose)
	text(b, o.Name)
	text(b, o.Recipient)
	b.AddUint64(uint64(o.Made))
	b.AddUint16(uint16(len(o.People)))
	for _, p := range o.People {
		text(b, p.Name)
		flag(b, p.OnPaper)
		b.AddBytes([]byte{uint8(p.Diagnosis), uint8(p.Severity), uint8(p.Inhibitor), uint8(p.Sex), uint8(p.Main.Group), uint8(p.Main.Unit)})
		b.AddUint16(uint16(p.Born))
		b.AddUint16(uint16(p.Weight + 1))
		b.AddUint8(uint8(len(p.Years)))
		for _, y := range p.Years {
			for _, n := range y.counts() {
				b.AddUint32(uint32(*n))
			}
			b.AddUint8(uint8(len(y.Uses)))
			for _, u := range y.Uses {
				b.AddBytes([]byte{uint8(u.Therapy.Group), uint8(u.Therapy.Unit)})
				b.AddUint32(uint32(u.Doses))
				flag(b, u.Known)
				b.AddUint64(math.Float64bits(u.PerKg))
			}
		}
	}
	return b.Bytes()
}

// ParseOrder reads what Bytes wrote.
func ParseOrder(raw []byte) (o Order, err error) {
	in := cryptobyte.String(raw)
	var form uint8
	var made uint64
	var people uint16
	if !in.ReadUint8(&form) || form >= uint8(forms) || !readText(&in, &o.Purpose) || !readText(&in, &o.Name) || !readText(&in, &o.Recipient) ||
		!in.ReadUint64(&made) || !in.ReadUint16(&people) || people > MaxPeople {
		return Order{}, ErrOrder
	}
	o.Form, o.Made = Form(form), int64(made)
	for range people {
		p, ok := readPerson(&in)
		if !ok {
			return Order{}, ErrOrder
		}
		o.People = append(o.People, p)
	}
	if !in.Empty() {
		return Order{}, ErrOrder
	}
	return o, nil
}

func readPerson(in *cryptobyte.String) (p Person, ok bool) {
	var small []byte
	var born, weight uint16
	var years uint8
	if !readText(in, &p.Name) || !readFlag(in, &p.OnPaper) || !in.ReadBytes(&small, 6) || !in.ReadUint16(&born) || !in.ReadUint16(&weight) ||
		!in.ReadUint8(&years) || years > MaxYears {
		return p, false
	}
	p.Diagnosis, p.Severity, p.Inhibitor, p.Sex = diary.Diagnosis(small[0]), diary.Grade(small[1]), diary.Inhibitor(small[2]), Sex(small[3])
	p.Main = diary.Therapy{Group: diary.Group(small[4]), Unit: diary.Unit(small[5])}
	p.Born, p.Weight = int(born), int(weight)-1
	for range years {
		var y Year
		for _, n := range y.counts() {
			var v uint32
			if !in.ReadUint32(&v) || v >= 1<<31 {
				return p, false
			}
			*n = int(v)
		}
		var uses uint8
		if !in.ReadUint8(&uses) {
			return p, false
		}
		for range uses {
			var u Use
			var of []byte
			var doses uint32
			var perKg uint64
			if !in.ReadBytes(&of, 2) || !in.ReadUint32(&doses) || doses >= 1<<31 || !readFlag(in, &u.Known) || !in.ReadUint64(&perKg) {
				return p, false
			}
			u.Therapy, u.Doses, u.PerKg = diary.Therapy{Group: diary.Group(of[0]), Unit: diary.Unit(of[1])}, int(doses), math.Float64frombits(perKg)
			if math.IsNaN(u.PerKg) || u.PerKg < 0 || math.IsInf(u.PerKg, 0) {
				return p, false
			}
			y.Uses = append(y.Uses, u)
		}
		p.Years = append(p.Years, y)
	}
	return p, true
}

func flag(b *cryptobyte.Builder, on bool) {
	var v uint8
	if on {
		v = 1
	}
	b.AddUint8(v)
}

func readFlag(in *cryptobyte.String, on *bool) bool {
	var v uint8
	ok := in.ReadUint8(&v) && v <= 1
	*on = v == 1
	return ok
}

// Bytes is the result as ParseResult reads it.
func (r Result) Bytes() ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	for _, n := range r.Steps {
		b.AddUint16(uint16(n))
	}
	b.AddUint16(uint16(r.Smallest))
	b.AddUint16(uint16(len(r.Out)))
	for _, i := range r.Out {
		b.AddUint16(uint16(i))
	}
	b.AddUint32LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(r.File) })
	return b.Bytes()
}

// ParseResult reads what Bytes wrote.
func ParseResult(raw []byte) (r Result, err error) {
	in := cryptobyte.String(raw)
	var n uint16
	for i := range r.Steps {
		if !in.ReadUint16(&n) {
			return Result{}, ErrResult
		}
		r.Steps[i] = int(n)
	}
	if !in.ReadUint16(&n) {
		return Result{}, ErrResult
	}
	r.Smallest = int(n)
	if !in.ReadUint16(&n) || n > MaxPeople {
		return Result{}, ErrResult
	}
	for range n {
		var at uint16
		if !in.ReadUint16(&at) || len(r.Out) > 0 && int(at) <= r.Out[len(r.Out)-1] {
			return Result{}, ErrResult
		}
		r.Out = append(r.Out, int(at))
	}
	var size uint32
	if !in.ReadUint32(&size) || !in.ReadBytes(&r.File, int(size)) || !in.Empty() {
		return Result{}, ErrResult
	}
	return r, nil
}
