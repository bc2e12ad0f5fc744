// Package papers is what the app and its second program say to each other about
// files: a diary goes out as tables, as a FHIR bundle or as an archive, and such
// files come in again.
//
// The files themselves are made and read by package files, in the program
// wasm/extra: it needs encoding/json and archive/zip, which would make every
// phone load what few ask for. This package must not depend on it.
//
// FORMAT.md says what is in the files.
package papers

import (
	"errors"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/diary"
)

// Names of the operations: an Order in; the file out, or Findings.
const (
	OpMake = "papers.make"
	OpRead = "papers.read"
)

const (
	// MaxFile is how large a file to be read can be.
	MaxFile = 32 << 20
	// MaxRecords bounds a diary: ten times what a patient writes in ten years.
	MaxRecords = 200_000

	maxName = 255
)

// A Form is a kind of file.
type Form uint8

const (
	Archive Form = 1 + iota
	Bundle
	Treatments // this and the following are tables
	Bleeds
	Stock
	Measures
	Plans
	Notes
	forms
)

var formKeys = [...]string{"", "archive", "bundle", "treatments", "bleeds", "stock", "measures", "plans", "notes"}

// Key is the catalogue key, "form.treatments".
func (f Form) Key() string {
	if f == 0 || f >= forms {
		return "form.unknown"
	}
	return "form." + formKeys[f]
}

// Name is the word for f in names of files.
func (f Form) Name() string {
	if f >= forms {
		return ""
	}
	return formKeys[f]
}

// Table tells whether f is a table, a CSV file.
func (f Form) Table() bool { return f >= Treatments && f < forms }

// Tables are the forms that are tables.
func Tables() []Form { return []Form{Treatments, Bleeds, Stock, Measures, Plans, Notes} }

// ParseForm is the inverse of Key.
func ParseForm(s string) (Form, bool) {
	for f := Archive; f < forms; f++ {
		if f.Key() == s {
			return f, true
		}
	}
	return 0, false
}

// An Order is a diary with what is wanted of it: a file of that Form, or what
// the file in it would add to the diary.
type Order struct {
	Form    Form // of the file to make
	Excel   bool // a table as a German Excel opens it
	Lang    string
	Now     diary.Moment
	Owner   string // the diary's pseudonym at home
	Version string // of the app
	Records []diary.Record
	File    []byte // to be read

	Pictures []Picture // for an archive
	Missing  int       // pictures that could not be had
}

// A Picture is the JPEG file of a photo's entry.
type Picture struct {
	ID   diary.ID
	Data []byte
}

// MaxPictures is how many bytes of pictures an archive can hold.
const MaxPictures = 40 << 20

var (
	// ErrOrder reports an order that cannot be read.
	ErrOrder = errors.New("papers: not an order")
	// ErrFindings reports findings that cannot be read.
	ErrFindings = errors.New("papers: not findings")
)

// Bytes is the order as ParseOrder reads it.
func (o Order) Bytes() ([]byte, error) {
	b := cryptobyte.NewBuilder(make([]byte, 0, 1024+len(o.File)+256*len(o.Records)))
	b.AddUint8(uint8(o.Form))
	addFlag(b, o.Excel)
	addMoment(b, o.Now)
	addText(b, o.Lang)
	addText(b, o.Owner)
	addText(b, o.Version)
	b.AddUint32(uint32(len(o.Records)))
	for _, r := range o.Records {
		b.AddUint16(uint16(r.Kind))
		b.AddUint8(uint8(r.Author.Who))
		addFlag(b, r.Own)
		b.AddUint64(uint64(r.Written))
		b.AddBytes(r.Hash[:])
		addText(b, r.Author.Name)
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(r.Body) })
	}
	b.AddUint32LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(o.File) })
	b.AddUint16(uint16(len(o.Pictures)))
	for _, p := range o.Pictures {
		b.AddBytes(p.ID[:])
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(p.Data) })
	}
	b.AddUint16(uint16(min(o.Missing, 1<<16-1)))
	return b.Bytes()
}

// ParseOrder reads what Bytes wrote. The bodies and the file are not copied.
func ParseOrder(raw []byte) (o Order, err error) {
	in := cryptobyte.String(raw)
	var form uint8
	var n uint32
	if !in.ReadUint8(&form) || !readFlag(&in, &o.Excel) || !readMoment(&in, &o.Now) ||
		!readText(&in, &o.Lang) || !readText(&in, &o.Owner) || !readText(&in, &o.Version) || !in.ReadUint32(&n) || n > MaxRecords {
		return Order{}, ErrOrder
	}
	o.Form = Form(form)
	for range n {
		var r diary.Record
		var kind uint16
		var who uint8
		var written uint64
		var hash []byte
		var body cryptobyte.String
		if !in.ReadUint16(&kind) || !in.ReadUint8(&who) || !readFlag(&in, &r.Own) || !in.ReadUint64(&written) ||
			!in.ReadBytes(&hash, len(r.Hash)) || !readText(&in, &r.Author.Name) || !in.ReadUint24LengthPrefixed(&body) {
			return Order{}, ErrOrder
		}
		r.Kind, r.Author.Who, r.Written, r.Body = diary.Kind(kind), diary.Who(who), int64(written), body[:len(body):len(body)]
		copy(r.Hash[:], hash)
		o.Records = append(o.Records, r)
	}
	var file []byte
	var pictures, missing uint16
	if !in.ReadUint32(&n) || !in.ReadBytes(&file, int(n)) || !in.ReadUint16(&pictures) {
		return Order{}, ErrOrder
	}
	o.File = file
	for range pictures {
		var p Picture
		var id []byte
		var data cryptobyte.String
		if !in.ReadBytes(&id, len(p.ID)) || !in.ReadUint24LengthPrefixed(&data) {
			return Order{}, ErrOrder
		}
		copy(p.ID[:], id)
		p.Data = data
		o.Pictures = append(o.Pictures, p)
	}
	if !in.ReadUint16(&missing) || !in.Empty() {
		return Order{}, ErrOrder
	}
	o.Missing = int(missing)
	return o, nil
}

func addFlag(b *cryptobyte.Builder, on bool) {
	if on {
		b.AddUint8(1)
	} else {
		b.AddUint8(0)
	}
}

func readFlag(in *cryptobyte.String, on *bool) bool {
	var v uint8
	ok := in.ReadUint8(&v) && v <= 1
	*on = v == 1
	return ok
}

// addText writes a name; one that is too long for its length is cut.
func addText(b *cryptobyte.Builder, s string) {
	b.AddUint8LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(s[:min(len(s), maxName)])) })
}

func readText(in *cryptobyte.String, s *string) bool {
	var t cryptobyte.String
	ok := in.ReadUint8LengthPrefixed(&t)
	*s = string(t)
	return ok
}

func addMoment(b *cryptobyte.Builder, m diary.Moment) {
	b.AddUint64(uint64(m.Ms))
	b.AddUint16(uint16(m.Offset))
}

func readMoment(in *cryptobyte.String, m *diary.Moment) bool {
	var ms uint64
	var offset uint16
	ok := in.ReadUint64(&ms) && in.ReadUint16(&offset)
	*m = diary.Moment{Ms: int64(ms), Offset: int16(offset)}
	return ok
}
