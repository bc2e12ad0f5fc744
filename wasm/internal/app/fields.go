package app

import (
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// errFields reports a record or statement that this app cannot have written.
var errFields = errors.New("app: malformed record")

// fields are numbered values, ascending, each at most once. It is how records
// and the app's own statements are written; unknown numbers are skipped.
type fields map[uint16][]byte

func (f fields) bytes() []byte {
	var ns []uint16
	for n := range f {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	b := cryptobyte.NewBuilder(nil)
	for _, n := range ns {
		b.AddUint16(n)
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(f[n]) })
	}
	return b.BytesOrPanic()
}

func parseFields(raw []byte) (fields, error) {
	f := make(fields)
	in := cryptobyte.String(raw)
	last := -1
	for !in.Empty() {
		var n uint16
		var v cryptobyte.String
		if !in.ReadUint16(&n) || int(n) <= last || !in.ReadUint24LengthPrefixed(&v) {
			return nil, errFields
		}
		last = int(n)
		f[n] = slices.Clone([]byte(v))
	}
	return f, nil
}

func (f fields) number(n uint16) (v uint64) {
	if len(f[n]) > 8 {
		return 0
	}
	for _, b := range f[n] {
		v = v<<8 | uint64(b)
	}
	return v
}

func (f fields) setNumber(n uint16, v uint64) {
	b := make([]byte, 8)
	for i := 7; i >= 0; i-- {
		b[i] = byte(v)
		v >>= 8
	}
	f[n] = b
}

func (f fields) text(n uint16) string { return string(f[n]) }

func copy32(b []byte) (out [32]byte, ok bool) {
	return out, copy(out[:], b) == 32 && len(b) == 32
}
