package diary

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/arrange"
)

// Limits of FORMAT.md.
const (
	MaxBody   = 32 << 10 // bytes
	MaxLots   = 32
	MaxPlaces = 16
	MaxTimes  = 12
	MaxSeen   = 256
	maxAlso   = 16

	maxFields  = 64
	maxProduct = 64  // bytes
	maxBatch   = 32  // bytes
	maxName    = 120 // bytes; names of products and clinicians
	maxReason  = 500 // bytes
	MaxNote    = 4000
	MaxMessage = 8000
	maxPhone   = 40   // bytes
	maxLine    = 1000 // bytes; lists that a person types
)

// A Field is a numbered value of a body.
type Field struct {
	Number uint16
	Value  []byte
}

// Field numbers. 1 to 15 mean the same in every kind.
const (
	fieldID         = 1
	fieldEntered    = 2
	fieldSupersedes = 3
	fieldBecause    = 4
	fieldAlso       = 5
)

// Encode is the body of the statement that carries e. It sorts what is a set and
// keeps each member once.
func Encode(e Entry) ([]byte, error) {
	w := e.fields()
	head := e.Top()
	all := append(w.list, head.Extra...)
	arrange.By(all, func(a, b Field) int { return int(a.Number) - int(b.Number) })
	var b cryptobyte.Builder
	for _, f := range all {
		b.AddUint16(f.Number)
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(f.Value) })
	}
	body, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	if _, err := Decode(e.Kind(), body); err != nil {
		return nil, err
	}
	return body, nil
}

// Decode reads the body of a statement. It refuses what FORMAT.md does not
// allow and keeps fields it does not know. It does not judge: an end before its
// start is read as it was written.
func Decode(k Kind, body []byte) (Entry, error) {
	if !k.Known() {
		return nil, &BodyError{0, "not a kind of entry"}
	}
	e := k.form().make()
	if len(body) > MaxBody {
		return nil, &BodyError{0, "too long"}
	}
	head := e.Top()
	s := cryptobyte.String(body)
	last, n := uint16(0), 0
	for !s.Empty() {
		var number uint16
		var size uint32
		var value []byte
		if !s.ReadUint16(&number) || !s.ReadUint24(&size) || !s.ReadBytes(&value, int(size)) {
			return nil, &BodyError{last, "cut short after it"}
		}
		if number <= last {
			return nil, &BodyError{number, "out of order"}
		}
		if n++; n > maxFields {
			return nil, &BodyError{number, "too many fields"}
		}
		last = number
		known, err := head.setHead(number, value)
		if !known {
			known, err = e.set(number, value)
		}
		if err != nil {
			return nil, &BodyError{number, err.Error()}
		}
		if !known {
			head.Extra = append(head.Extra, Field{number, value})
		}
	}
	switch {
	case head.ID.IsZero():
		return nil, &BodyError{fieldID, "missing"}
	case head.Entered.IsZero():
		return nil, &BodyError{fieldEntered, "missing"}
	case head.Supersedes.IsZero() != (head.Because == ""):
		return nil, &BodyError{fieldBecause, "goes with field 3"}
	case head.Supersedes.IsZero() && len(head.Also) > 0:
		return nil, &BodyError{fieldAlso, "goes with field 3"}
	case head.Supersedes == head.ID:
		return nil, &BodyError{fieldSupersedes, "names itself"}
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return e, nil
}

func (h *Head) setHead(number uint16, v []byte) (bool, error) {
	var err error
	switch number {
	case fieldID:
		h.ID, err = getID(v)
	case fieldEntered:
		h.Entered, err = getMoment(v)
	case fieldSupersedes:
		h.Supersedes, err = getID(v)
	case fieldBecause:
		h.Because, err = getText(v, maxReason, false)
	case fieldAlso:
		h.Also, err = getIDs(v, maxAlso)
	default:
		return false, nil
	}
	return true, err
}

// A writer collects the fields of a body. Empty values have no field.
type writer struct{ list []Field }

func (h *Head) writer() *writer {
	w := new(writer)
	w.id(fieldID, h.ID)
	w.moment(fieldEntered, h.Entered)
	w.id(fieldSupersedes, h.Supersedes)
	w.text(fieldBecause, h.Because)
	w.ids(fieldAlso, h.Also)
	return w
}

func (w *writer) put(n uint16, v []byte) { w.list = append(w.list, Field{n, v}) }

func (w *writer) id(n uint16, id ID) {
	if !id.IsZero() {
		w.put(n, id[:])
	}
}

// ids writes a set of IDs, ascending.
func (w *writer) ids(n uint16, ids []ID) {
	if len(ids) == 0 {
		return
	}
	ids = slices.Clone(ids)
	arrange.By(ids, compareID)
	ids = slices.Compact(ids)
	b := make([]byte, 0, len(ids)*len(ID{}))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	w.put(n, b)
}

func (w *writer) text(n uint16, s string) {
	if s != "" {
		w.put(n, []byte(s))
	}
}

// texts writes a set of texts, ascending, each with its length before it.
func (w *writer) texts(n uint16, list []string) {
	if len(list) == 0 {
		return
	}
	list = slices.Clone(list)
	slices.Sort(list)
	var b []byte
	for _, s := range slices.Compact(list) {
		b = append(b, byte(min(len(s), 255)))
		b = append(b, s...)
	}
	w.put(n, b)
}

func (w *writer) byte(n uint16, v uint8) {
	if v != 0 {
		w.put(n, []byte{v})
	}
}

func (w *writer) uint16(n uint16, v uint16) {
	if v != 0 {
		w.put(n, []byte{byte(v >> 8), byte(v)})
	}
}

func (w *writer) amount(n uint16, a Amount) {
	if a != 0 {
		w.put(n, appendUint64(nil, uint64(a)))
	}
}

func (w *writer) moment(n uint16, m Moment) {
	if !m.IsZero() {
		b := appendUint64(nil, uint64(m.Ms))
		w.put(n, append(b, byte(uint16(m.Offset)>>8), byte(m.Offset)))
	}
}

func (w *writer) date(n uint16, d Date) {
	if !d.IsZero() {
		w.put(n, []byte{byte(d.Year >> 8), byte(d.Year), d.Month, d.Day})
	}
}

// bad is the reason of a BodyError; Decode adds the field.
type bad string

func (b bad) Error() string { return string(b) }

const (
	badLength = bad("wrong length")
	badZero   = bad("zero must be left out")
	badRange  = bad("out of range")
	badText   = bad("not clean text")
	badOrder  = bad("list out of order")
)

func getID(v []byte) (id ID, err error) {
	if len(v) != len(id) {
		return id, badLength
	}
	copy(id[:], v)
	if id.IsZero() {
		return id, badZero
	}
	return id, nil
}

// getIDs reads a list of IDs that must ascend.
func getIDs(v []byte, limit int) ([]ID, error) {
	const size = len(ID{})
	if len(v) == 0 || len(v)%size != 0 || len(v) > limit*size {
		return nil, badLength
	}
	ids := make([]ID, 0, len(v)/size)
	last := ID{} // so a zero ID is out of order, too
	for ; len(v) > 0; v = v[size:] {
		id := ID(v[:size])
		if compareID(id, last) <= 0 {
			return nil, badOrder
		}
		ids = append(ids, id)
		last = id
	}
	return ids, nil
}

func getByte[E ~uint8](v []byte) (E, error) {
	if len(v) != 1 {
		return 0, badLength
	}
	if v[0] == 0 {
		return 0, badZero
	}
	return E(v[0]), nil
}

func getUint16(v []byte) (uint16, error) {
	if len(v) != 2 {
		return 0, badLength
	}
	n := uint16(v[0])<<8 | uint16(v[1])
	if n == 0 {
		return 0, badZero
	}
	return n, nil
}

func getAmount(v []byte) (Amount, error) {
	if len(v) != 8 {
		return 0, badLength
	}
	a := Amount(uint64At(v))
	if a == 0 {
		return 0, badZero
	}
	if a > maxAmount {
		return 0, badRange
	}
	return a, nil
}

func getMoment(v []byte) (Moment, error) {
	if len(v) != 10 {
		return Moment{}, badLength
	}
	m := Moment{int64(uint64At(v)), int16(uint16(v[8])<<8 | uint16(v[9]))}
	if !m.valid() {
		return Moment{}, badRange
	}
	return m, nil
}

func getDate(v []byte, month bool) (Date, error) {
	if len(v) != 4 {
		return Date{}, badLength
	}
	d := Date{uint16(v[0])<<8 | uint16(v[1]), v[2], v[3]}
	if !d.valid() || d.Day == 0 && !month {
		return Date{}, badRange
	}
	return d, nil
}

func getText(v []byte, limit int, lines bool) (string, error) {
	if len(v) == 0 {
		return "", badZero
	}
	if len(v) > limit {
		return "", badLength
	}
	s := string(v)
	if !clean(s, lines) {
		return "", badText
	}
	return s, nil
}

// getTexts reads up to most texts that must ascend.
func getTexts(v []byte, most, limit int) ([]string, error) {
	if len(v) == 0 {
		return nil, badZero
	}
	var list []string
	for s := cryptobyte.String(v); !s.Empty(); {
		var one cryptobyte.String
		if !s.ReadUint8LengthPrefixed(&one) {
			return nil, badLength
		}
		t, err := getText(one, limit, false)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 && t <= list[len(list)-1] {
			return nil, badOrder
		}
		if list = append(list, t); len(list) > most {
			return nil, badLength
		}
	}
	return list, nil
}

func getProduct(v []byte) (ProductID, error) {
	if len(v) == 0 || len(v) > maxProduct {
		return "", badLength
	}
	for _, c := range v {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return "", badText
		}
	}
	return ProductID(v), nil
}

// clean tells whether s is valid UTF-8 without control characters: no C0, DEL
// and C1, no line and paragraph separators, none of the marks that turn the
// direction of what follows. A multi-line text may hold U+000A.
func clean(s string, lines bool) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || forbidden(r) && !(lines && r == '\n') {
			return false
		}
		i += n
	}
	return true
}

func forbidden(r rune) bool {
	return r < 0x20 || r >= 0x7f && r <= 0x9f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// Clean makes typed text fit to be stored: it drops what a body may not hold
// and the white space around it, and keeps line breaks if lines is set. It
// changes nothing else.
func Clean(s string, lines bool) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
		case r == '\n' && lines:
			out = append(out, '\n')
		case r == '\t' || r == '\n':
			out = append(out, ' ')
		case forbidden(r):
		default:
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	for len(out) > 0 && (out[0] == ' ' || out[0] == '\n') {
		out = out[1:]
	}
	for len(out) > 0 && (out[len(out)-1] == ' ' || out[len(out)-1] == '\n') {
		out = out[:len(out)-1]
	}
	return string(out)
}

func appendUint64(b []byte, v uint64) []byte {
	return append(b, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func uint64At(b []byte) (v uint64) {
	for _, c := range b[:8] {
		v = v<<8 | uint64(c)
	}
	return v
}

func compareID(a, b ID) int { return bytes.Compare(a[:], b[:]) }
