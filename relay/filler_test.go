package main

import (
	bin "encoding/binary"
	"testing"

	"vialog/shared/wire"
)

// A filler appends boxes that each tell which they are, and knows how many were stored.
type filler struct {
	c      *socket
	ch     wire.Channel
	access [32]byte
	sign   func([]byte) wire.Signature
	stored int
}

const (
	fillBoxes = 4
	fillBytes = 30_000 // of each
)

func (c *socket) filler(t *testing.T) *filler {
	f := &filler{c: c}
	f.ch, f.access, f.sign = c.everyone(t)
	return f
}

func (f *filler) box(n int) wire.Box {
	b := wire.Box{Data: make([]byte, fillBytes)}
	bin.BigEndian.PutUint64(b.ID[:], uint64(n)+1)
	for i := 0; i < fillBytes; i += 8 {
		bin.BigEndian.PutUint64(b.Data[i:], uint64(n)<<24|uint64(i))
	}
	return b
}

// again appends what comes next, or came last and was refused.
func (f *filler) again() *wire.Refused {
	f.c.t.Helper()
	boxes := make([]wire.Box, fillBoxes)
	for i := range boxes {
		boxes[i] = f.box(f.stored + i)
	}
	switch got := f.c.ask(&wire.AppendBoxes{Req: f.c.next(), Channel: f.ch, Boxes: boxes}).(type) {
	case *wire.Appended:
		f.stored += fillBoxes
		if last := got.Positions[fillBoxes-1]; last != uint64(f.stored) {
			f.c.t.Fatalf("position %d, want %d", last, f.stored)
		}
	case *wire.Refused:
		return got
	default:
		f.c.t.Fatalf("%T", got)
	}
	return nil
}

// fill appends until it is refused, so many boxes at most.
func (f *filler) fill(most int) *wire.Refused {
	f.c.t.Helper()
	for f.stored < most {
		if r := f.again(); r != nil {
			return r
		}
	}
	f.c.t.Fatalf("%d boxes and no end", f.stored)
	return nil
}

// reopen goes on over another connection.
func (f *filler) reopen(c *socket) {
	c.t.Helper()
	f.c = c
	if head := c.open(f.ch, f.access, f.sign).Head; head != uint64(f.stored) {
		c.t.Fatalf("the head is %d, %d were stored", head, f.stored)
	}
}

// holds reads all and fails unless it is all that was stored, and nothing else.
func (f *filler) holds() {
	f.c.t.Helper()
	for pos := 0; pos < f.stored; {
		got, ok := f.c.ask(&wire.Read{Req: f.c.next(), Channel: f.ch, After: uint64(pos), MaxBytes: 1 << 20}).(*wire.Boxes)
		if !ok || got.Head != uint64(f.stored) || len(got.Boxes) == 0 {
			f.c.t.Fatalf("reading after %d: %T", pos, got)
		}
		for _, b := range got.Boxes {
			if want := f.box(pos); b.Pos != uint64(pos)+1 || b.ID != want.ID || string(b.Data) != string(want.Data) {
				f.c.t.Fatalf("another box at position %d", b.Pos)
			}
			pos++
		}
	}
}
