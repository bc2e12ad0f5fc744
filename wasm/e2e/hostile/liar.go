// Package hostile is a relay that lies. It stands between clients and an honest
// relay, reads every frame in both directions, and makes of it what a Lie says:
// it withholds, changes, invents, answers itself, or hangs up. Tests alone use it.
//
// It can do whatever an operator could who owns the relay and its line. It has
// no key of any client.
package hostile

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"vialog/shared/wire"
	"vialog/wasm/internal/link"
)

// A Lie is what becomes of frames on their way. What is nil stays true. A
// function returns what goes on in the frame's place, in that order, or nothing.
type Lie struct {
	Ask  func(c *Conn, f wire.Frame) []wire.Frame // from the client
	Tell func(c *Conn, f wire.Frame) []wire.Frame // to the client

	// Up and Down change the bytes, after Ask and Tell. Nil hangs up.
	Up   func(c *Conn, b []byte) []byte
	Down func(c *Conn, b []byte) []byte
}

// A Liar is such a relay. It is for several goroutines.
type Liar struct {
	dial link.Dialer

	mu    sync.Mutex
	lie   *Lie
	conns map[*Conn]bool
	told  int
	boxes map[wire.Channel][]wire.Stored // that any client was shown, by position
	by    map[wire.BoxID]string          // who sent a box
}

// New returns a liar, honest as yet, before the relay that dial reaches.
func New(dial link.Dialer) *Liar {
	return &Liar{
		dial: dial, lie: new(Lie), conns: make(map[*Conn]bool), boxes: make(map[wire.Channel][]wire.Stored), by: make(map[wire.BoxID]string),
	}
}

// Tell begins a lie, nil for honesty, and ends all connections, so that the next
// ones are lied to from their first frame on.
func (l *Liar) Tell(lie *Lie) {
	l.mu.Lock()
	if lie == nil {
		lie = new(Lie)
	}
	l.lie, l.told = lie, 0
	conns := make([]*Conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	l.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

// Told counts the frames that were not what they should have been, since Tell.
func (l *Liar) Told() int { l.mu.Lock(); defer l.mu.Unlock(); return l.told }

// Boxes returns all of a channel that the liar has seen.
func (l *Liar) Boxes(ch wire.Channel) []wire.Stored {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.boxes[ch])
}

// Others returns the boxes that the liar has seen of every other channel.
func (l *Liar) Others(ch wire.Channel) (all []wire.Stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, list := range l.boxes {
		if other != ch {
			all = append(all, list...)
		}
	}
	return all
}

// By tells who sent a box.
func (l *Liar) By(id wire.BoxID) string { l.mu.Lock(); defer l.mu.Unlock(); return l.by[id] }

// lied counts a lie, if it belongs to those of now.
func (l *Liar) lied(lie *Lie) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lie == lie {
		l.told++
	}
}

// As is the way to the liar for somebody: connections tell whose they are.
func (l *Liar) As(who string) link.Dialer {
	return func(ctx context.Context, url string) (link.Conn, error) {
		under, err := l.dial(ctx, url)
		if err != nil {
			return nil, err
		}
		c := &Conn{
			Who: who, liar: l, under: under, asked: make(map[uint32]wire.Frame),
			more: make(chan struct{}, 1), gone: make(chan struct{}),
		}
		l.mu.Lock()
		c.lie = l.lie
		l.conns[c] = true
		l.mu.Unlock()
		go c.pump()
		return c, nil
	}
}

// A Conn is one client's connection.
type Conn struct {
	Who string

	liar  *Liar
	lie   *Lie // for as long as the connection lasts
	under link.Conn
	once  sync.Once
	gone  chan struct{}
	more  chan struct{} // capacity 1: there is something in out

	mu    sync.Mutex
	out   [][]byte              // for the client
	asked map[uint32]wire.Frame // what it asked, by request
	own   uint32                // requests of the liar itself
}

// Asked returns the request of a number.
func (c *Conn) Asked(req uint32) wire.Frame { c.mu.Lock(); defer c.mu.Unlock(); return c.asked[req] }

// Requests lists the numbers under which requests of the given kind were made.
func (c *Conn) Requests(same wire.Frame) (reqs []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for req, f := range c.asked {
		if wire.Append(nil, f)[0] == wire.Append(nil, same)[0] {
			reqs = append(reqs, req)
		}
	}
	slices.Sort(reqs)
	return reqs
}

// Seen returns what the liar has seen of the channel of a request.
func (c *Conn) Seen(req uint32) []wire.Stored { return c.liar.Boxes(c.Channel(req)) }

// SeenIn returns what the liar has seen of a channel, and Elsewhere of all others.
func (c *Conn) SeenIn(ch wire.Channel) []wire.Stored { return c.liar.Boxes(ch) }

// Elsewhere returns what the liar has seen of all channels but one.
func (c *Conn) Elsewhere(ch wire.Channel) []wire.Stored { return c.liar.Others(ch) }

// By tells who sent a box.
func (c *Conn) By(id wire.BoxID) string { return c.liar.By(id) }

// Channel is the channel that a request is about.
func (c *Conn) Channel(req uint32) wire.Channel { return channelOf(c.Asked(req)) }

// Say tells the client something that the relay has not said.
func (c *Conn) Say(frames ...wire.Frame) {
	c.liar.lied(c.lie)
	for _, f := range frames {
		c.push(wire.Append(nil, f))
	}
}

// Put stores boxes of the liar's choice in a channel that the client has open.
func (c *Conn) Put(ch wire.Channel, boxes ...wire.Box) {
	c.liar.lied(c.lie)
	c.mu.Lock()
	c.own++
	req := 1<<31 | c.own
	c.mu.Unlock()
	c.under.Send(wire.Append(nil, &wire.AppendBoxes{Req: req, Channel: ch, Boxes: boxes}))
}

// Hang ends the connection.
func (c *Conn) Hang() { c.liar.lied(c.lie); c.Close() }

// Close ends the connection, from either side.
func (c *Conn) Close() error {
	c.once.Do(func() {
		close(c.gone)
		c.under.Close()
		c.liar.mu.Lock()
		delete(c.liar.conns, c)
		c.liar.mu.Unlock()
	})
	return nil
}

var errGone = errors.New("hostile: the connection was ended")

// Send takes what the client says.
func (c *Conn) Send(b []byte) error {
	select {
	case <-c.gone:
		return errGone
	default:
	}
	f, err := wire.Parse(slices.Clone(b))
	if err != nil {
		panic("hostile: a client sent what is no frame: " + err.Error())
	}
	c.mu.Lock()
	if req := requestOf(f); req != 0 {
		c.asked[req] = f
	}
	c.mu.Unlock()
	if a, ok := f.(*wire.AppendBoxes); ok {
		c.liar.mu.Lock()
		for _, box := range a.Boxes {
			c.liar.by[box.ID] = c.Who
		}
		c.liar.mu.Unlock()
	}
	for _, raw := range c.lies(b, c.lie.Ask, c.lie.Up) {
		if raw == nil {
			c.Close()
			return nil
		}
		if err := c.under.Send(raw); err != nil {
			c.Close()
			return err
		}
	}
	return nil
}

// pump takes what the relay says.
func (c *Conn) pump() {
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		b, err := c.under.Receive(ctx)
		if err != nil {
			return
		}
		f, err := wire.Parse(slices.Clone(b))
		if err != nil {
			panic("hostile: the honest relay sent what is no frame: " + err.Error())
		}
		if req := requestOf(f); req&(1<<31) != 0 {
			continue // an answer to the liar
		}
		if boxes, ok := f.(*wire.Boxes); ok {
			c.liar.remember(c.Channel(boxes.Req), boxes.Boxes)
		}
		for _, raw := range c.lies(b, c.lie.Tell, c.lie.Down) {
			if raw == nil {
				return
			}
			c.push(raw)
		}
	}
}

// lies returns what becomes of a frame, and counts it if that is not the frame.
func (c *Conn) lies(b []byte, frames func(*Conn, wire.Frame) []wire.Frame, change func(*Conn, []byte) []byte) [][]byte {
	out := [][]byte{b}
	if frames != nil {
		f, _ := wire.Parse(slices.Clone(b))
		out = nil
		for _, f := range frames(c, f) {
			out = append(out, wire.Append(nil, f))
		}
	}
	if change != nil {
		for i := range out {
			out[i] = change(c, slices.Clone(out[i]))
		}
	}
	if len(out) != 1 || !bytes.Equal(out[0], b) {
		c.liar.lied(c.lie)
	}
	return out
}

func (l *Liar) remember(ch wire.Channel, boxes []wire.Stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range boxes {
		have := l.boxes[ch]
		if n := len(have); n == 0 || have[n-1].Pos < b.Pos {
			l.boxes[ch] = append(have, b)
		}
	}
}

func (c *Conn) push(b []byte) {
	c.mu.Lock()
	c.out = append(c.out, b)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// Receive gives the client the next frame.
func (c *Conn) Receive(ctx context.Context) ([]byte, error) {
	for {
		c.mu.Lock()
		if len(c.out) > 0 {
			b := c.out[0]
			c.out = c.out[1:]
			c.mu.Unlock()
			return b, nil
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-c.gone:
			return nil, errGone
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// requestOf is the number of a request or of what it is answered with.
func requestOf(f wire.Frame) uint32 {
	if p := number(f); p != nil {
		return *p
	}
	return 0
}

// number finds where a frame has its request's number.
func number(f wire.Frame) *uint32 {
	switch f := f.(type) {
	case *wire.Create:
		return &f.Req
	case *wire.Open:
		return &f.Req
	case *wire.AppendBoxes:
		return &f.Req
	case *wire.Read:
		return &f.Req
	case *wire.Follow:
		return &f.Req
	case *wire.Unfollow:
		return &f.Req
	case *wire.Rotate:
		return &f.Req
	case *wire.Delete:
		return &f.Req
	case *wire.Erase:
		return &f.Req
	case *wire.Cede:
		return &f.Req
	case *wire.Register:
		return &f.Req
	case *wire.Rekey:
		return &f.Req
	case *wire.Ping:
		return &f.Req
	case *wire.Done:
		return &f.Req
	case *wire.Refused:
		return &f.Req
	case *wire.Opened:
		return &f.Req
	case *wire.Moved:
		return &f.Req
	case *wire.Appended:
		return &f.Req
	case *wire.Boxes:
		return &f.Req
	case *wire.Registered:
		return &f.Req
	}
	return nil
}

func channelOf(f wire.Frame) wire.Channel {
	switch f := f.(type) {
	case *wire.Create:
		return wire.ChannelOf(f.Founding)
	case *wire.Open:
		return f.Channel
	case *wire.AppendBoxes:
		return f.Channel
	case *wire.Read:
		return f.Channel
	case *wire.Follow:
		return f.Channel
	case *wire.Unfollow:
		return f.Channel
	case *wire.Rotate:
		return f.Channel
	}
	return wire.Channel{}
}
