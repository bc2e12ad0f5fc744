// Package record is a centre's legal record of what its patients were treated
// with: what section 14(2) of the German Transfusion Act (TFG) asks to be kept
// for thirty years, for each use of a product for haemophilia.
//
// A Record copies one statement of a patient: a dose, a correction of one, or
// that one was taken back. Records are only ever added; a correction is a record
// of its own that names what it corrects. A Book is what a set of records
// amounts to, whatever their order and whoever wrote them how often.
//
// The package keeps, finds and compares. Whether a record says what the patient
// said is for who writes it to see to; the yearly check compares the two.
// FORMAT.md gives the bytes.
package record

import (
	"bytes"
	"cmp"
	"slices"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A Source names the patient's statement that a record copies: the first half
// of its hash. With it any two devices know that they copy the same.
type Source [16]byte

// SourceOf is the source that a statement is.
func SourceOf(h link.Hash) Source { return Source(h[:16]) }

// A Kind says what a record copies.
type Kind uint8

// Kinds of records.
const (
	Use        Kind = 1 + iota // a dose
	Correction                 // of a dose, by another version of it
	Retraction                 // a dose was taken back
)

// A Product is what was given, in words that outlive the reference data.
type Product struct {
	ID      diary.ProductID
	Name    string // as on the pack
	Company string // empty: not known
	Unit    diary.Unit
}

// A Record copies one statement of a patient. Of a retraction only the first
// six fields are there.
type Record struct {
	Source  Source
	Patient keyring.SpaceID
	Kind    Kind
	Entry   diary.ID // of the statement
	Of      diary.ID // what it corrects or takes back; zero with a Use
	Written int64    // by the patient's device, ms

	Taken    diary.Moment
	Product  Product
	Amount   diary.Amount // in the product's unit; 0: not given
	Reason   diary.Reason
	NotGiven bool // a correction says that there was no such dose
	Lots     []diary.Lot
}

// maxMs is 2^53 - 1: what a statement can say.
const maxMs = 1<<53 - 1

// Of copies an entry of a patient's diary. It is not ok if the entry is none
// that the law asks for: it is no dose, or a dose that was never given.
func Of(patient keyring.SpaceID, h link.Hash, written int64, e diary.Entry) (r Record, ok bool) {
	r = Record{Source: SourceOf(h), Patient: patient, Entry: e.Top().ID, Written: written}
	switch e := e.(type) {
	case *diary.Retract:
		r.Kind, r.Of = Retraction, e.Entry
	case *diary.Treatment:
		r.Kind, r.Of = Use, e.Supersedes
		if !e.Supersedes.IsZero() {
			r.Kind = Correction
		}
		if r.NotGiven = e.NotGiven != 0; r.NotGiven && r.Kind == Use {
			return r, false
		}
		r.Taken, r.Amount, r.Reason, r.Lots = e.Taken, e.Amount, e.Reason, e.Lots
		r.Product = Product{ID: e.Product, Name: e.ProductName}
		if p, known := diary.Products.Find(e.Product); known {
			r.Product.Company, r.Product.Unit = p.Company, p.Unit
			if r.Product.Name == "" {
				r.Product.Name = p.Brand
			}
		}
	default:
		return r, false
	}
	return r, r.valid()
}

// valid tells whether a batch can say it.
func (r *Record) valid() bool {
	if r.Written < 0 || r.Written > maxMs || r.Entry.IsZero() || (r.Kind == Use) != r.Of.IsZero() {
		return false
	}
	switch r.Kind {
	case Retraction:
		return r.Taken.IsZero() && r.Product == (Product{}) && r.Amount == 0 && r.Reason == 0 && !r.NotGiven && len(r.Lots) == 0
	case Use:
		if r.NotGiven {
			return false
		}
	case Correction:
	default:
		return false
	}
	p := &r.Product
	if !r.Taken.Valid() || p.ID == "" || len(p.ID) > 255 || len(p.Name) > 255 || len(p.Company) > 255 || r.Amount > maxAmount || len(r.Lots) > diary.MaxLots {
		return false
	}
	for i := range r.Lots {
		if l := &r.Lots[i]; len(l.Batch) > 255 || l.Strength > maxAmount || len(l.PZN) != 0 && len(l.PZN) != 8 || !l.Expiry.IsZero() && !l.Expiry.Valid() {
			return false
		}
	}
	return true
}

// maxAmount is what five bytes hold.
const maxAmount = 1<<40 - 1

// Missing says what the law asks for and a record does not say.
type Missing uint8

// What may be missing.
const (
	NoLot      Missing = 1 << iota // no batch, or one without a name
	NoAmount                       // how much was given
	NoStrength                     // neither PZN nor strength of a pack
	NoCompany                      // neither PZN nor the company
)

// missing is what a record of a dose does not say. TFG 14(2): the batch; PZN, or
// the product's name with company, amount and strength; date and time.
func (r *Record) missing() (m Missing) {
	if r.Kind == Retraction || r.NotGiven {
		return 0
	}
	if len(r.Lots) == 0 {
		m |= NoLot
	}
	if r.Amount == 0 {
		m |= NoAmount
	}
	pzn := len(r.Lots) > 0
	for _, l := range r.Lots {
		if l.Batch == "" {
			m |= NoLot
		}
		if l.PZN == "" {
			pzn = false
			if l.Strength == 0 {
				m |= NoStrength
			}
		}
	}
	if !pzn && r.Product.Company == "" {
		m |= NoCompany
	}
	return m
}

// compare is an order of records that depends on nothing but what they say.
func compare(a, b *Record) int {
	if c := cmp.Or(bytes.Compare(a.Source[:], b.Source[:]), bytes.Compare(a.Patient[:], b.Patient[:])); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.Entry[:], b.Entry[:]), bytes.Compare(a.Of[:], b.Of[:]), cmp.Compare(a.Written, b.Written),
		cmp.Compare(a.Taken.Ms, b.Taken.Ms), cmp.Compare(a.Taken.Offset, b.Taken.Offset), compareProducts(a.Product, b.Product),
		cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Reason, b.Reason), cmp.Compare(number(a.NotGiven), number(b.NotGiven)),
		slices.CompareFunc(a.Lots, b.Lots, func(a, b diary.Lot) int { return cmp.Or(compareLots(a, b), cmp.Compare(a.Packs, b.Packs)) }))
}

func compareProducts(a, b Product) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Company, b.Company), cmp.Compare(a.Unit, b.Unit))
}

// compareLots leaves out how many packs were used.
func compareLots(a, b diary.Lot) int {
	return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Expiry.Year, b.Expiry.Year), cmp.Compare(a.Expiry.Month, b.Expiry.Month),
		cmp.Compare(a.Expiry.Day, b.Expiry.Day), cmp.Compare(a.Strength, b.Strength), cmp.Compare(a.PZN, b.PZN))
}

func number(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
