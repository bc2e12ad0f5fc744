package store

import (
	"bytes"
	"testing"

	"vialog/shared/wire"
)

func TestARoomKeepsWhatItWasGivenUntilItIsEmptied(t *testing.T) {
	var r Room
	for round, sizes := range [][]int{{1, 2, 3}, {0, leastRoom, 1, 5 * leastRoom, 7}, {mostRoom + 1, 100}, {3}} {
		r.Empty()
		for i, n := range sizes {
			given := bytes.Repeat([]byte{byte(i + 1)}, n)
			r.Add(uint64(i+1), wire.BoxID{byte(round), byte(i)}, given)
			clear(given) // it is the caller's again
		}
		got := r.Boxes()
		if len(got) != len(sizes) {
			t.Fatalf("round %d: %d boxes", round, len(got))
		}
		for i, n := range sizes {
			if b := got[i]; b.Pos != uint64(i+1) || b.ID != (wire.BoxID{byte(round), byte(i)}) || b.Data == nil || !bytes.Equal(b.Data, bytes.Repeat([]byte{byte(i + 1)}, n)) {
				t.Errorf("round %d: box %d is another one", round, i)
			}
		}
	}
	if cap(r.data) > mostRoom {
		t.Errorf("%d bytes are kept", cap(r.data))
	}
	if r.Empty().Boxes() != nil {
		t.Error("there are boxes in an empty room")
	}
	if allocs := testing.AllocsPerRun(100, func() {
		r.Empty()
		for range 100 {
			r.Add(1, wire.BoxID{}, given512)
		}
	}); allocs != 0 {
		t.Errorf("%v times memory is taken for what has room", allocs)
	}
	var none *Room
	a, b := none.Empty(), none.Empty()
	a.Add(1, wire.BoxID{}, []byte("a"))
	b.Add(1, wire.BoxID{}, []byte("b"))
	if string(a.Boxes()[0].Data) != "a" {
		t.Error("memory for one time is used twice")
	}
}

var given512 = make([]byte, 512)
