package hostile

import (
	"math/rand/v2"
	"slices"
	"sync"

	"vialog/shared/wire"
)

// What follows are the lies of a relay, each as one rule. who limits a lie to
// the connections of somebody; empty, everybody is lied to.

func to(who string, c *Conn) bool { return who == "" || who == c.Who }

func same(f wire.Frame) []wire.Frame { return []wire.Frame{f} }

// Told changes the frames that clients are sent; f changes one in place.
func Told[T wire.Frame](who string, change func(c *Conn, f T)) *Lie {
	return &Lie{Tell: func(c *Conn, f wire.Frame) []wire.Frame {
		if t, ok := f.(T); ok && to(who, c) {
			change(c, t)
		}
		return same(f)
	}}
}

// Asked likewise changes what clients send.
func Asked[T wire.Frame](who string, change func(c *Conn, f T)) *Lie {
	return &Lie{Ask: func(c *Conn, f wire.Frame) []wire.Frame {
		if t, ok := f.(T); ok && to(who, c) {
			change(c, t)
		}
		return same(f)
	}}
}

// Silent drops the frames of a kind on their way to clients.
func Silent[T wire.Frame](who string) *Lie {
	return &Lie{Tell: func(c *Conn, f wire.Frame) []wire.Frame {
		if _, ok := f.(T); ok && to(who, c) {
			return nil
		}
		return same(f)
	}}
}

// Deaf drops the requests of a kind; nobody answers them.
func Deaf[T wire.Frame](who string) *Lie {
	return &Lie{Ask: func(c *Conn, f wire.Frame) []wire.Frame {
		if _, ok := f.(T); ok && to(who, c) {
			return nil
		}
		return same(f)
	}}
}

// Refuse answers requests of a kind with a refusal; the relay hears nothing.
func Refuse[T wire.Frame](code func() wire.Refusal, after uint32) *Lie {
	return &Lie{Ask: func(c *Conn, f wire.Frame) []wire.Frame {
		if _, ok := f.(T); ok {
			c.Say(&wire.Refused{Req: requestOf(f), Code: code(), RetryAfter: after})
			return nil
		}
		return same(f)
	}}
}

// A Hole is what a relay makes of boxes that it withholds.
type Hole int

// Kinds of holes.
const (
	Gap    Hole = iota // their positions are left out
	Tail               // nothing is shown from the first of them on
	Quiet              // the same, and the head is that of what is shown
	Closed             // the others stand as if there had never been more
)

// Withhold keeps boxes that hide says so of from somebody.
func Withhold(who string, h Hole, hide func(l *Liar, b *wire.Stored) bool) *Lie {
	var mu sync.Mutex
	hidden := make(map[wire.Channel][]uint64) // positions, ascending
	below := func(ch wire.Channel, pos uint64) (n uint64) {
		for _, at := range hidden[ch] {
			if at < pos {
				n++
			}
		}
		return n
	}
	keep := func(c *Conn, ch wire.Channel, head uint64, boxes []wire.Stored) (uint64, []wire.Stored) {
		mu.Lock()
		defer mu.Unlock()
		var shown []wire.Stored
		for _, b := range boxes {
			if hide(c.liar, &b) {
				if !slices.Contains(hidden[ch], b.Pos) {
					hidden[ch] = append(hidden[ch], b.Pos)
				}
				continue
			}
			switch n := below(ch, b.Pos); {
			case h == Closed:
				b.Pos -= n
			case h != Gap && n > 0:
				continue
			}
			shown = append(shown, b)
		}
		switch at := hidden[ch]; {
		case len(at) == 0:
		case h == Quiet:
			head = min(head, at[0]-1)
		case h == Closed:
			head -= below(ch, head+1)
		}
		return head, shown
	}
	return &Lie{
		Ask: func(c *Conn, f wire.Frame) []wire.Frame {
			if m, ok := f.(*wire.Follow); ok && h == Closed && to(who, c) {
				m.After = 0 // it counts otherwise
			}
			return same(f)
		},
		Tell: func(c *Conn, f wire.Frame) []wire.Frame {
			if !to(who, c) {
				return same(f)
			}
			switch m := f.(type) {
			case *wire.Boxes:
				m.Head, m.Boxes = keep(c, c.Channel(m.Req), m.Head, m.Boxes)
			case *wire.Opened:
				m.Head, _ = keep(c, c.Channel(m.Req), m.Head, nil)
			}
			return same(f)
		},
	}
}

// Shown changes the boxes that somebody is shown.
func Shown(who string, change func(c *Conn, ch wire.Channel, boxes []wire.Stored)) *Lie {
	return Told(who, func(c *Conn, m *wire.Boxes) { change(c, c.Channel(m.Req), m.Boxes) })
}

// Forget acknowledges what somebody appends and stores nothing. The position
// named is at above the newest that the liar knows.
func Forget(who string, at uint64) *Lie {
	return &Lie{Ask: func(c *Conn, f wire.Frame) []wire.Frame {
		a, ok := f.(*wire.AppendBoxes)
		if !ok || !to(who, c) {
			return same(f)
		}
		head := uint64(len(c.liar.Boxes(a.Channel)))
		pos := make([]uint64, len(a.Boxes))
		for i := range pos {
			pos[i] = head + at + uint64(i)
		}
		c.Say(&wire.Appended{Req: a.Req, Positions: pos})
		return nil
	}}
}

// Twice sends everything twice, in both directions.
func Twice() *Lie {
	double := func(_ *Conn, f wire.Frame) []wire.Frame {
		if _, ok := f.(*wire.Hello); ok {
			return same(f)
		}
		return []wire.Frame{f, f}
	}
	return &Lie{Ask: double, Tell: double}
}

// Follows adds frames after each that is told.
func Follows(who string, more func(c *Conn, f wire.Frame) []wire.Frame) *Lie {
	return &Lie{Tell: func(c *Conn, f wire.Frame) []wire.Frame {
		if !to(who, c) {
			return same(f)
		}
		return append(same(f), more(c, f)...)
	}}
}

// Crossed answers each request with the number of another, the same way round
// for all of a connection.
func Crossed() *Lie {
	return &Lie{Tell: func(c *Conn, f wire.Frame) []wire.Frame {
		if req := number(f); req != nil && *req > 1 {
			*req--
		}
		return same(f)
	}}
}

// HangUp ends the first connection after one frame, the second after two, and
// so on, counting both directions.
func HangUp() *Lie {
	var mu sync.Mutex
	begun := make(map[*Conn]int)
	left := make(map[*Conn]int)
	end := func(c *Conn, b []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		if begun[c] == 0 {
			begun[c] = len(begun) + 1
			left[c] = begun[c]
		}
		if left[c]--; left[c] < 0 {
			return nil
		}
		return b
	}
	return &Lie{Up: end, Down: end}
}

// Cut cuts the frames that cut says so of, in both directions.
func Cut(often float64, seed uint64) *Lie {
	return damage(often, seed, func(rng *rand.Rand, b []byte) []byte { return b[:rng.IntN(len(b))] })
}

// Flip flips a bit of some frames, in both directions.
func Flip(often float64, seed uint64) *Lie {
	return damage(often, seed, func(rng *rand.Rand, b []byte) []byte {
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		return b
	})
}

func damage(often float64, seed uint64, f func(*rand.Rand, []byte) []byte) *Lie {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 0))
	some := func(_ *Conn, b []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		if rng.Float64() < often {
			return f(rng, b)
		}
		return b
	}
	return &Lie{Up: some, Down: some}
}

// Store has the liar put boxes of its own choice into the store, for each time
// that somebody appends.
func Store(choose func(c *Conn, a *wire.AppendBoxes) []wire.Box) *Lie {
	return &Lie{Ask: func(c *Conn, f wire.Frame) []wire.Frame {
		if a, ok := f.(*wire.AppendBoxes); ok {
			if boxes := choose(c, a); len(boxes) > 0 {
				c.Put(a.Channel, boxes...)
			}
		}
		return same(f)
	}}
}

// Reversed stores the boxes of each append in reverse order.
func Reversed(c *Conn, a *wire.AppendBoxes) { slices.Reverse(a.Boxes) }
