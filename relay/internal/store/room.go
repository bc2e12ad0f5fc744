package store

import "vialog/shared/wire"

// A Room is memory for what After returns, which is used again by the next After
// that is given the same Room: what it returned before is gone then. The zero Room
// is ready, and nil is memory for one time.
type Room struct {
	boxes []wire.Stored
	data  []byte
}

const (
	leastRoom = 4 << 10
	mostRoom  = 512 << 10 // that is kept
)

// Empty begins anew, and returns the Room.
func (r *Room) Empty() *Room {
	switch {
	case r == nil:
		return &Room{}
	case cap(r.data) > mostRoom:
		*r = Room{}
	}
	r.boxes, r.data = r.boxes[:0], r.data[:0]
	return r
}

// Add puts a copy of a box behind those that are there.
func (r *Room) Add(pos uint64, id wire.BoxID, data []byte) {
	if len(data) > cap(r.data)-len(r.data) {
		// What has no room any more stays where it is, for this time.
		r.data = make([]byte, 0, max(len(data), 2*cap(r.data), leastRoom))
	}
	at := len(r.data)
	r.data = append(r.data, data...)
	r.boxes = append(r.boxes, wire.Stored{Pos: pos, Box: wire.Box{ID: id, Data: r.data[at:len(r.data):len(r.data)]}})
}

// Boxes returns what is there, nil if nothing is.
func (r *Room) Boxes() []wire.Stored {
	if len(r.boxes) == 0 {
		return nil
	}
	return r.boxes
}
