package wire

import (
	"errors"

	"golang.org/x/crypto/cryptobyte"
)

// What can be wrong with a frame; a ParseError wraps one of them.
var (
	ErrMalformed   = errors.New("malformed frame")
	ErrUnsupported = errors.New("unsupported frame")
	ErrTooLarge    = errors.New("frame above the limits")
)

// A ParseError tells why a frame was refused. It holds no byte of it.
type ParseError struct {
	Err    error  // ErrMalformed, ErrUnsupported or ErrTooLarge
	Reason string // as in the names of testdata
	Req    uint32 // of the refused frame, 0 if it could not be read
}

func (e *ParseError) Error() string { return e.Err.Error() + ": " + e.Reason }
func (e *ParseError) Unwrap() error { return e.Err }

// Refusal is the code that answers the frame.
func (e *ParseError) Refusal() Refusal {
	switch e.Err {
	case ErrUnsupported:
		return Unsupported
	case ErrTooLarge:
		return TooLarge
	}
	return Malformed
}

// Append adds the bytes of f to dst. It panics if f cannot be written at all,
// that is with more boxes or positions than a count can say.
func Append(dst []byte, f Frame) []byte {
	w := &writer{cryptobyte.NewBuilder(dst)}
	w.AddUint8(uint8(f.kind()))
	f.write(w)
	return w.BytesOrPanic()
}

// Parse reads one frame. Byte slices of the frame share memory with b.
// Its error is a *ParseError.
func Parse(b []byte) (Frame, error) {
	r := &reader{s: b}
	if len(b) > MaxFrame {
		r.fail(ErrTooLarge, "frame too long")
		return nil, r.err
	}
	k := kind(r.u8())
	if r.err != nil {
		return nil, r.err
	}
	f := newFrame(k)
	if f == nil {
		if len(b) >= 5 {
			r.req()
		}
		r.err = nil
		r.fail(ErrUnsupported, "unknown kind")
		return nil, r.err
	}
	f.read(r)
	if r.err == nil && !r.s.Empty() {
		r.fail(ErrMalformed, "trailing bytes")
	}
	if r.err != nil {
		return nil, r.err
	}
	return f, nil
}

// A reader keeps the first thing that was wrong.
type reader struct {
	s   cryptobyte.String
	id  uint32
	err error
}

func (r *reader) fail(err error, reason string) {
	if r.err == nil {
		r.err = &ParseError{Err: err, Reason: reason, Req: r.id}
	}
}

func (r *reader) u8() (v uint8) {
	if r.err == nil && !r.s.ReadUint8(&v) {
		r.fail(ErrMalformed, "too short")
	}
	return v
}

func (r *reader) u16() (v uint16) {
	if r.err == nil && !r.s.ReadUint16(&v) {
		r.fail(ErrMalformed, "too short")
	}
	return v
}

func (r *reader) u24() (v uint32) {
	if r.err == nil && !r.s.ReadUint24(&v) {
		r.fail(ErrMalformed, "too short")
	}
	return v
}

func (r *reader) u32() (v uint32) {
	if r.err == nil && !r.s.ReadUint32(&v) {
		r.fail(ErrMalformed, "too short")
	}
	return v
}

// number reads 64 bits that stay exact in a float64.
func (r *reader) number() (v uint64) {
	if r.err == nil && !r.s.ReadUint64(&v) {
		r.fail(ErrMalformed, "too short")
	}
	if v > maxNumber {
		r.fail(ErrMalformed, "number too large")
		return 0
	}
	return v
}

func (r *reader) copy(to []byte) {
	if r.err == nil && !r.s.CopyBytes(to) {
		r.fail(ErrMalformed, "too short")
	}
}

func (r *reader) bytes(n int) []byte {
	var b []byte
	if r.err == nil && !r.s.ReadBytes(&b, n) {
		r.fail(ErrMalformed, "too short")
	}
	return b
}

// req reads a request number that may not be 0.
func (r *reader) req() uint32 {
	r.id = r.u32()
	if r.id == 0 {
		r.fail(ErrMalformed, "request number zero")
	}
	return r.id
}

func (r *reader) code() Refusal {
	c := Refusal(r.u16())
	if c == 0 {
		r.fail(ErrMalformed, "refusal zero")
	}
	return c
}

func (r *reader) note() []byte {
	n := r.u24()
	if n > MaxNote {
		r.fail(ErrTooLarge, "note too long")
		return nil
	}
	return r.bytes(int(n))
}

// count reads how many things of at least size bytes follow.
func (r *reader) count(size int) int {
	n := int(r.u16())
	if n > MaxBatch {
		r.fail(ErrTooLarge, "batch too long")
		return 0
	}
	if r.err == nil && n*size > len(r.s) {
		r.fail(ErrMalformed, "too short")
		return 0
	}
	return n
}

func (r *reader) box() (b Box) {
	r.copy(b.ID[:])
	n := r.u24()
	switch {
	case r.err != nil:
	case n < MinBox:
		r.fail(ErrMalformed, "box too short")
	case n > MaxBox:
		r.fail(ErrTooLarge, "box too long")
	default:
		b.Data = r.bytes(int(n))
	}
	return b
}

func (r *reader) boxes() []Box {
	n := r.count(boxOverhead + MinBox)
	if r.err != nil || n == 0 {
		return nil
	}
	boxes := make([]Box, 0, n)
	for range n {
		boxes = append(boxes, r.box())
		if r.err != nil {
			return nil
		}
	}
	return boxes
}

type writer struct{ *cryptobyte.Builder }

func (w *writer) count(n int) {
	if n > 0xffff {
		panic("wire: more than a count can say")
	}
	w.AddUint16(uint16(n))
}

func (w *writer) bytes24(b []byte) {
	if len(b) > 0xffffff {
		panic("wire: more bytes than a length can say")
	}
	w.AddUint24(uint32(len(b)))
	w.AddBytes(b)
}

func (w *writer) boxes(boxes []Box) {
	w.count(len(boxes))
	for i := range boxes {
		w.AddBytes(boxes[i].ID[:])
		w.bytes24(boxes[i].Data)
	}
}

func (f *Create) write(w *writer) {
	w.AddUint32(f.Req)
	f.signed(w)
	w.AddBytes(f.FoundingSig[:])
	w.AddBytes(f.AccessSig[:])
}

// signed writes the fields that both signatures cover.
func (f *Create) signed(w *writer) {
	w.AddBytes(f.Founding[:])
	w.AddBytes(f.Access[:])
	w.AddUint64(f.Expires)
	w.AddUint8(uint8(f.Admission.Kind))
	switch f.Admission.Kind {
	case ByTicket:
		f.Admission.Ticket.signed(w)
		w.AddBytes(f.Admission.Ticket.Sig[:])
	case ByOpenTenant:
		w.AddBytes(f.Admission.Tenant[:])
	default:
		panic("wire: unknown admission")
	}
}

func (t *Ticket) signed(w *writer) {
	w.AddBytes(t.Tenant[:])
	w.AddBytes(t.ID[:])
	w.AddUint16(t.Channels)
	w.AddUint64(t.Expires)
}

func (f *Create) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Founding[:])
	r.copy(f.Access[:])
	f.Expires = r.number()
	f.Admission.Kind = AdmissionKind(r.u8())
	switch f.Admission.Kind {
	case ByTicket:
		t := &f.Admission.Ticket
		r.copy(t.Tenant[:])
		r.copy(t.ID[:])
		if t.ID == (TicketID{}) {
			r.fail(ErrMalformed, "ticket number zero")
		}
		if t.Channels = r.u16(); t.Channels == 0 {
			r.fail(ErrMalformed, "ticket for nothing")
		}
		t.Expires = r.number()
		r.copy(t.Sig[:])
	case ByOpenTenant:
		r.copy(f.Admission.Tenant[:])
	default:
		r.fail(ErrUnsupported, "unknown admission")
	}
	r.copy(f.FoundingSig[:])
	r.copy(f.AccessSig[:])
}

func (f *Open) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.AddBytes(f.Access[:])
	w.AddBytes(f.Sig[:])
}

func (f *Open) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	r.copy(f.Access[:])
	r.copy(f.Sig[:])
}

func (f *AppendBoxes) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.boxes(f.Boxes)
}

func (f *AppendBoxes) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	f.Boxes = r.boxes()
	if len(f.Boxes) == 0 {
		r.fail(ErrMalformed, "no boxes")
	}
}

func (f *Read) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.AddUint64(f.After)
	w.AddUint32(f.MaxBytes)
}

func (f *Read) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	f.After = r.number()
	f.MaxBytes = r.u32()
}

func (f *Follow) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.AddUint64(f.After)
}

func (f *Follow) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	f.After = r.number()
}

func (f *Unfollow) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
}

func (f *Unfollow) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
}

func (f *Rotate) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.AddBytes(f.Access[:])
	w.AddUint8(uint8(f.Signer))
	f.payload(w)
	w.AddBytes(f.Sig[:])
	w.AddBytes(f.NewSig[:])
}

// payload writes what RotateContext covers by its hash.
func (f *Rotate) payload(w *writer) {
	w.bytes24(f.Note)
	w.boxes(f.Boxes)
}

func (f *Rotate) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	r.copy(f.Access[:])
	f.Signer = Signer(r.u8())
	if f.Signer != ByAccess && f.Signer != ByFounding {
		r.fail(ErrMalformed, "unknown signer")
	}
	f.Note = r.note()
	f.Boxes = r.boxes()
	r.copy(f.Sig[:])
	r.copy(f.NewSig[:])
}

func (f *Delete) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Founding[:])
	w.AddBytes(f.Sig[:])
}

func (f *Delete) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Founding[:])
	r.copy(f.Sig[:])
}

func (f *Erase) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Founding[:])
	w.AddBytes(f.Sig[:])
}

func (f *Erase) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Founding[:])
	r.copy(f.Sig[:])
}

func (f *Register) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Code[:])
	w.AddBytes(f.Key[:])
	w.AddBytes(f.Sig[:])
}

func (f *Register) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Code[:])
	r.copy(f.Key[:])
	r.copy(f.Sig[:])
}

func (f *Rekey) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Tenant[:])
	w.AddBytes(f.New[:])
	w.AddBytes(f.OldSig[:])
	w.AddBytes(f.NewSig[:])
}

func (f *Rekey) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Tenant[:])
	r.copy(f.New[:])
	r.copy(f.OldSig[:])
	r.copy(f.NewSig[:])
}

func (f *Cede) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Channel[:])
	w.AddBytes(f.New[:])
	w.AddBytes(f.OldSig[:])
	w.AddBytes(f.NewSig[:])
}

func (f *Cede) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Channel[:])
	r.copy(f.New[:])
	r.copy(f.OldSig[:])
	r.copy(f.NewSig[:])
}

func (f *Ping) write(w *writer) { w.AddUint32(f.Req) }
func (f *Ping) read(r *reader)  { f.Req = r.req() }

func (f *Hello) write(w *writer) {
	w.AddUint8(f.Version)
	w.AddBytes(f.Nonce[:])
	w.AddBytes(f.Store[:])
	w.AddUint64(f.Time)
	w.AddBytes(f.OpenTenant[:])
	w.AddUint32(f.MaxFrame)
	w.AddUint32(f.MaxBox)
	w.AddUint16(f.MaxBatch)
}

func (f *Hello) read(r *reader) {
	if f.Version = r.u8(); r.err == nil && f.Version != Version {
		r.fail(ErrUnsupported, "unknown version")
	}
	r.copy(f.Nonce[:])
	r.copy(f.Store[:])
	f.Time = r.number()
	r.copy(f.OpenTenant[:])
	f.MaxFrame = r.u32()
	f.MaxBox = r.u32()
	f.MaxBatch = r.u16()
	if r.err == nil && (f.MaxBox < MinBox || f.MaxBox > MaxBox ||
		f.MaxFrame < f.MaxBox+1024 || f.MaxFrame > MaxFrame ||
		f.MaxBatch < 1 || f.MaxBatch > MaxBatch) {
		r.fail(ErrMalformed, "limits out of range")
	}
}

func (f *Done) write(w *writer) { w.AddUint32(f.Req) }
func (f *Done) read(r *reader)  { f.Req = r.req() }

func (f *Refused) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddUint16(uint16(f.Code))
	w.AddUint32(f.RetryAfter)
}

func (f *Refused) read(r *reader) {
	f.Req = r.u32()
	f.Code = r.code()
	f.RetryAfter = r.u32()
}

func (f *Opened) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddUint64(f.Head)
	w.AddUint64(f.Bytes)
	w.AddUint64(f.Expires)
}

func (f *Opened) read(r *reader) {
	f.Req = r.req()
	f.Head = r.number()
	f.Bytes = r.number()
	f.Expires = r.number()
}

func (f *Moved) write(w *writer) {
	w.AddUint32(f.Req)
	w.bytes24(f.Note)
}

func (f *Moved) read(r *reader) {
	f.Req = r.req()
	f.Note = r.note()
}

func (f *Appended) write(w *writer) {
	w.AddUint32(f.Req)
	w.count(len(f.Positions))
	for _, p := range f.Positions {
		w.AddUint64(p)
	}
}

func (f *Appended) read(r *reader) {
	f.Req = r.req()
	n := r.count(8)
	if r.err != nil || n == 0 {
		return
	}
	f.Positions = make([]uint64, n)
	for i := range f.Positions {
		f.Positions[i] = r.position()
	}
}

func (r *reader) position() uint64 {
	p := r.number()
	if p == 0 {
		r.fail(ErrMalformed, "position zero")
	}
	return p
}

func (f *Boxes) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddUint64(f.Head)
	w.count(len(f.Boxes))
	for i := range f.Boxes {
		b := &f.Boxes[i]
		w.AddUint64(b.Pos)
		w.AddBytes(b.ID[:])
		w.bytes24(b.Data)
	}
}

func (f *Boxes) read(r *reader) {
	f.Req = r.req()
	f.Head = r.number()
	n := r.count(8 + boxOverhead + MinBox)
	if r.err != nil || n == 0 {
		return
	}
	f.Boxes = make([]Stored, n)
	last := uint64(0)
	for i := range f.Boxes {
		b := &f.Boxes[i]
		b.Pos = r.position()
		if r.err == nil && b.Pos <= last {
			r.fail(ErrMalformed, "positions not ascending")
		}
		if r.err == nil && b.Pos > f.Head {
			r.fail(ErrMalformed, "position above head")
		}
		last = b.Pos
		b.Box = r.box()
		if r.err != nil {
			return
		}
	}
}

func (f *Registered) write(w *writer) {
	w.AddUint32(f.Req)
	w.AddBytes(f.Tenant[:])
}

func (f *Registered) read(r *reader) {
	f.Req = r.req()
	r.copy(f.Tenant[:])
}

func (f *Closed) write(w *writer) {
	w.AddBytes(f.Channel[:])
	w.AddUint16(uint16(f.Code))
}

func (f *Closed) read(r *reader) {
	r.copy(f.Channel[:])
	f.Code = r.code()
}

func (f *Goodbye) write(w *writer) {
	w.AddUint16(uint16(f.Code))
	w.AddUint32(f.RetryAfter)
}

func (f *Goodbye) read(r *reader) {
	f.Code = r.code()
	f.RetryAfter = r.u32()
}
