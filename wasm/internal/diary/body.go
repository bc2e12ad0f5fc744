package diary

import (
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// The fields of each kind, in the order and with the numbers of FORMAT.md.

func (t *Treatment) fields() *writer {
	w := t.writer()
	w.moment(16, t.Taken)
	w.text(17, string(t.Product))
	w.text(18, t.ProductName)
	w.lots(19, t.Lots)
	w.amount(20, t.Amount)
	w.byte(21, uint8(t.Reason))
	w.byte(22, uint8(t.Site))
	w.byte(23, uint8(t.GivenBy))
	w.text(24, t.Reaction)
	w.id(25, t.Bleed)
	w.byte(26, uint8(t.NotGiven))
	w.text(27, t.Note)
	return w
}

func (t *Treatment) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		t.Taken, err = getMoment(v)
	case 17:
		t.Product, err = getProduct(v)
	case 18:
		t.ProductName, err = getText(v, maxName, false)
	case 19:
		t.Lots, err = getLots(v)
	case 20:
		t.Amount, err = getAmount(v)
	case 21:
		t.Reason, err = getByte[Reason](v)
	case 22:
		t.Site, err = getByte[Site](v)
	case 23:
		t.GivenBy, err = getByte[Given](v)
	case 24:
		t.Reaction, err = getText(v, MaxNote, true)
	case 25:
		t.Bleed, err = getID(v)
	case 26:
		t.NotGiven, err = getByte[NotGiven](v)
	case 27:
		t.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (t *Treatment) check() error {
	switch {
	case t.Taken.IsZero():
		return &BodyError{16, "missing"}
	case t.Product == "":
		return &BodyError{17, "missing"}
	}
	return nil
}

func (b *Bleed) fields() *writer {
	w := b.writer()
	w.moment(16, b.Start)
	w.moment(17, b.End)
	if len(b.Places) > 0 {
		places := slices.Clone(b.Places)
		slices.Sort(places)
		w.put(18, appendUint16s(slices.Compact(places)))
	}
	w.byte(19, uint8(b.Cause))
	w.byte(20, uint8(b.Type))
	w.byte(21, uint8(b.Severity))
	if n, known := b.Pain.Score(); known {
		w.put(22, []byte{byte(n)})
	}
	w.uint16(23, uint16(b.Signs))
	w.byte(24, uint8(b.Response8h))
	w.byte(25, uint8(b.Response72h))
	w.text(26, b.Note)
	w.id(27, b.Again)
	return w
}

func (b *Bleed) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		b.Start, err = getMoment(v)
	case 17:
		b.End, err = getMoment(v)
	case 18:
		b.Places, err = getUint16s[Place](v, MaxPlaces)
		if err == nil && b.Places[0] == 0 {
			err = badZero
		}
	case 19:
		b.Cause, err = getByte[Cause](v)
	case 20:
		b.Type, err = getByte[BleedKind](v)
	case 21:
		b.Severity, err = getByte[Severity](v)
	case 22:
		if len(v) != 1 {
			return true, badLength
		}
		if v[0] > 10 {
			return true, badRange
		}
		b.Pain = PainOf(int(v[0]))
	case 23:
		var n uint16
		n, err = getUint16(v)
		b.Signs = Signs(n)
	case 24:
		b.Response8h, err = getByte[Response](v)
	case 25:
		b.Response72h, err = getByte[Response](v)
	case 26:
		b.Note, err = getText(v, MaxNote, true)
	case 27:
		b.Again, err = getID(v)
	default:
		return false, nil
	}
	return true, err
}

func (b *Bleed) check() error {
	switch {
	case b.Start.IsZero():
		return &BodyError{16, "missing"}
	case b.Again == b.ID:
		return &BodyError{27, "names itself"}
	}
	return nil
}

func (n *Note) fields() *writer {
	w := n.writer()
	w.text(16, n.Text)
	w.id(17, n.About)
	return w
}

func (n *Note) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		n.Text, err = getText(v, MaxNote, true)
	case 17:
		n.About, err = getID(v)
	default:
		return false, nil
	}
	return true, err
}

func (n *Note) check() error {
	if n.Text == "" {
		return &BodyError{16, "missing"}
	}
	return nil
}

func (m *Message) fields() *writer {
	w := m.writer()
	w.text(16, m.Text)
	w.id(17, m.About)
	w.id(18, m.ReplyTo)
	return w
}

func (m *Message) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		m.Text, err = getText(v, MaxMessage, true)
	case 17:
		m.About, err = getID(v)
	case 18:
		m.ReplyTo, err = getID(v)
	default:
		return false, nil
	}
	return true, err
}

func (m *Message) check() error {
	if m.Text == "" {
		return &BodyError{16, "missing"}
	}
	return nil
}

func (p *Plan) fields() *writer {
	w := p.writer()
	w.text(16, string(p.Product))
	w.amount(17, p.Amount)
	w.uint16(18, p.Schedule.EveryDays)
	w.byte(19, uint8(p.Schedule.Weekdays))
	if len(p.Schedule.Times) > 0 {
		times := slices.Clone(p.Schedule.Times)
		slices.Sort(times)
		w.put(20, appendUint16s(slices.Compact(times)))
	}
	w.byte(21, uint8(p.Reason))
	w.date(22, p.From)
	w.date(23, p.Until)
	w.text(24, p.Clinician)
	w.text(25, p.Note)
	return w
}

func (p *Plan) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		p.Product, err = getProduct(v)
	case 17:
		p.Amount, err = getAmount(v)
	case 18:
		if p.Schedule.EveryDays, err = getUint16(v); err == nil && p.Schedule.EveryDays > maxEveryDays {
			err = badRange
		}
	case 19:
		if p.Schedule.Weekdays, err = getByte[Weekdays](v); err == nil && p.Schedule.Weekdays > 0x7f {
			err = badRange
		}
	case 20:
		p.Schedule.Times, err = getUint16s[uint16](v, MaxTimes)
		if err == nil && p.Schedule.Times[len(p.Schedule.Times)-1] >= 24*60 {
			err = badRange
		}
	case 21:
		p.Reason, err = getByte[Reason](v)
	case 22:
		p.From, err = getDate(v, false)
	case 23:
		p.Until, err = getDate(v, false)
	case 24:
		p.Clinician, err = getText(v, maxName, false)
	case 25:
		p.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

// maxEveryDays bounds an interval: two years hold the longest in use many times.
const maxEveryDays = 730

func (p *Plan) check() error {
	s := p.Schedule
	switch {
	case p.Product == "":
		return &BodyError{16, "missing"}
	case p.Amount == 0:
		return &BodyError{17, "missing"}
	case s.EveryDays != 0 && s.Weekdays != 0:
		return &BodyError{19, "goes not with field 18"}
	case s.OnDemand() != (len(s.Times) == 0):
		return &BodyError{20, "goes with field 18 or 19"}
	case p.From.IsZero():
		return &BodyError{22, "missing"}
	}
	return nil
}

func (s *Seen) fields() *writer {
	w := s.writer()
	w.ids(16, s.Entries)
	return w
}

func (s *Seen) set(number uint16, v []byte) (_ bool, err error) {
	if number != 16 {
		return false, nil
	}
	s.Entries, err = getIDs(v, MaxSeen)
	return true, err
}

func (s *Seen) check() error {
	switch {
	case len(s.Entries) == 0:
		return &BodyError{16, "missing"}
	case !s.Supersedes.IsZero():
		return &BodyError{fieldSupersedes, "not in this kind"}
	}
	return nil
}

func (r *Retract) fields() *writer {
	w := r.writer()
	w.id(16, r.Entry)
	w.text(17, r.Reason)
	return w
}

func (r *Retract) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		r.Entry, err = getID(v)
	case 17:
		r.Reason, err = getText(v, maxReason, false)
	default:
		return false, nil
	}
	return true, err
}

func (r *Retract) check() error {
	switch {
	case r.Entry.IsZero():
		return &BodyError{16, "missing"}
	case r.Reason == "":
		return &BodyError{17, "missing"}
	case !r.Supersedes.IsZero():
		return &BodyError{fieldSupersedes, "not in this kind"}
	}
	return nil
}

// lots are written one after the other: batch (length u8), expiry (0 or 4
// bytes, length u8), packs u16, strength u64, PZN (length u8).
func (w *writer) lots(n uint16, lots []Lot) {
	if len(lots) == 0 {
		return
	}
	var b []byte
	for _, l := range lots {
		b = append(b, byte(min(len(l.Batch), 255)))
		b = append(b, l.Batch...)
		if l.Expiry.IsZero() {
			b = append(b, 0)
		} else {
			b = append(b, 4, byte(l.Expiry.Year>>8), byte(l.Expiry.Year), l.Expiry.Month, l.Expiry.Day)
		}
		b = append(b, byte(l.Packs>>8), byte(l.Packs))
		b = appendUint64(b, uint64(l.Strength))
		b = append(b, byte(min(len(l.PZN), 255)))
		b = append(b, l.PZN...)
	}
	w.put(n, b)
}

func getLots(v []byte) ([]Lot, error) {
	if len(v) == 0 {
		return nil, badZero
	}
	var lots []Lot
	s := cryptobyte.String(v)
	for !s.Empty() {
		var l Lot
		var batch, expiry, pzn cryptobyte.String
		var strength uint64
		if !s.ReadUint8LengthPrefixed(&batch) || !s.ReadUint8LengthPrefixed(&expiry) || !s.ReadUint16(&l.Packs) ||
			!s.ReadUint64(&strength) || !s.ReadUint8LengthPrefixed(&pzn) {
			return nil, badLength
		}
		var err error
		if l.Batch, err = getText(batch, maxBatch, false); err != nil {
			return nil, err
		}
		if len(expiry) > 0 {
			if l.Expiry, err = getDate(expiry, true); err != nil {
				return nil, err
			}
		}
		if l.Strength = Amount(strength); l.Strength > maxAmount {
			return nil, badRange
		}
		if l.PZN = string(pzn); l.PZN != "" && !ValidPZN(l.PZN) {
			return nil, badRange
		}
		if lots = append(lots, l); len(lots) > MaxLots {
			return nil, badLength
		}
	}
	return lots, nil
}

// ValidPZN tells whether s is a German pharmacy number of eight digits with the
// right check digit.
func ValidPZN(s string) bool {
	if len(s) != 8 {
		return false
	}
	sum := 0
	for i := range 8 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		if i < 7 {
			sum += int(s[i]-'0') * (i + 1)
		}
	}
	return sum%11 == int(s[7]-'0')
}

func appendUint16s[E ~uint16](list []E) []byte {
	b := make([]byte, 0, 2*len(list))
	for _, v := range list {
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

// getUint16s reads a list that must ascend.
func getUint16s[E ~uint16](v []byte, limit int) ([]E, error) {
	if len(v) == 0 || len(v)%2 != 0 || len(v) > 2*limit {
		return nil, badLength
	}
	out := make([]E, 0, len(v)/2)
	for i := 0; i < len(v); i += 2 {
		e := E(v[i])<<8 | E(v[i+1])
		if i > 0 && e <= out[len(out)-1] {
			return nil, badOrder
		}
		out = append(out, e)
	}
	return out, nil
}
