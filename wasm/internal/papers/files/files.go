// Package files makes and reads the files of package papers: tables, a FHIR R4
// bundle, and an archive of everything. It is part of the second program.
//
// What holds:
//   - the same order gives the same file, byte for byte;
//   - what is written is read back: an archive gives the very entries, a table or
//     a bundle the entries as they stand, under the same identifiers;
//   - reading a file a second time, after what it adds has been written, adds nothing;
//   - a hostile file is refused within the limits of FORMAT.md, and one bad row
//     does not keep the others out.
//
// Reading writes nothing: it only says what would be added.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/papers"
)

// A book is an order with its diary.
type book struct {
	papers.Order
	l lang.Lang
	d *diary.Diary
}

func open(raw []byte) (*book, error) {
	o, err := papers.ParseOrder(raw)
	if err != nil {
		return nil, err
	}
	b := &book{Order: o, l: lang.Pick(o.Lang), d: new(diary.Diary)}
	for _, r := range o.Records {
		b.d.Add(r) // what cannot be read is kept all the same
	}
	return b, nil
}

// Make is the operation papers.OpMake.
func Make(raw []byte) ([]byte, error) {
	b, err := open(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case b.Form.Table():
		return b.table(b.Form), nil
	case b.Form == papers.Bundle:
		return b.bundle()
	case b.Form == papers.Archive:
		return b.archive()
	}
	return nil, errors.New("papers: no such form")
}

// Read is the operation papers.OpRead. A file that is none of ours is no error:
// the findings say so.
func Read(raw []byte) ([]byte, error) {
	b, err := open(raw)
	if err != nil {
		return nil, err
	}
	return b.read().Bytes()
}

func (b *book) read() papers.Findings {
	in := newIntake(b)
	sum := sha256.Sum256(b.File)
	in.f.Mark = hex.EncodeToString(sum[:6])
	switch {
	case len(b.File) > papers.MaxFile:
		in.refuse(0, "", papers.TooLarge)
	case isZip(b.File):
		in.f.Form = papers.Archive
		in.archive()
	case isJSON(b.File):
		in.f.Form = papers.Bundle
		in.bundle()
	default:
		in.tables()
	}
	return in.done()
}

// standing lists the items of kinds that stand, oldest first.
func (b *book) standing(kinds ...diary.Kind) []*diary.Item {
	list := b.d.Timeline(diary.Filter{Kinds: kinds})
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}
