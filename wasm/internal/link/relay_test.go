package link

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A double is as much of a relay as one channel needs. It checks no signatures.
type double struct {
	mu      sync.Mutex
	exists  bool
	access  wire.AccessKey
	notes   map[wire.AccessKey][]byte
	boxes   []wire.Stored
	conns   map[*conn]bool
	refuse  map[string]wire.Refused // by kind of request, once
	lose    string                  // kind of request whose answer is lost, once, with the connection
	creates int
	store   wire.StoreID
	bytes   uint64        // that the channel is said to have
	bye     *wire.Goodbye // ends the first connection
	strict  bool          // a channel is not created again with another access key

	heard []string // kinds of requests, in order

	bend func(wire.Frame, []byte) []byte // changes the bytes of what is said
	lies func(wire.Frame) wire.Frame     // answers instead of the relay, which hears nothing of it; nil: it does
}

// honest ends the lies, and all connections.
func (d *double) honest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = nil
	for c := range d.conns {
		c.Close()
	}
}

type conn struct {
	d      *double
	out    chan []byte
	gone   chan struct{}
	once   sync.Once
	opened bool
	deaf   bool // answers nothing
	follow uint32
	next   uint64
}

func newDouble() *double {
	return &double{notes: make(map[wire.AccessKey][]byte), conns: make(map[*conn]bool), refuse: make(map[string]wire.Refused)}
}

func (d *double) dial(context.Context, string) (Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &conn{d: d, out: make(chan []byte, 4096), gone: make(chan struct{})}
	d.conns[c] = true
	c.say(&wire.Hello{Version: 1, Nonce: wire.Nonce{1}, Store: d.store, MaxFrame: wire.MaxFrame, MaxBox: wire.MaxBox, MaxBatch: 3})
	if d.bye != nil {
		c.say(d.bye)
		d.bye = nil
	}
	return c, nil
}

// say is called with the double's mutex held.
func (c *conn) say(f wire.Frame) {
	b := wire.Append(nil, f)
	if c.d.bend != nil {
		b = c.d.bend(f, b)
	}
	c.out <- b
}

func (d *double) breakAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		c.Close()
		delete(d.conns, c)
	}
}

func (c *conn) Close() error { c.once.Do(func() { close(c.gone) }); return nil }

func (c *conn) Receive(ctx context.Context) ([]byte, error) {
	select {
	case b := <-c.out:
		return b, nil
	case <-c.gone:
		return nil, errors.New("gone")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func kindOf(f wire.Frame) (string, uint32) {
	switch f := f.(type) {
	case *wire.Create:
		return "create", f.Req
	case *wire.Open:
		return "open", f.Req
	case *wire.AppendBoxes:
		return "append", f.Req
	case *wire.Read:
		return "read", f.Req
	case *wire.Follow:
		return "follow", f.Req
	case *wire.Unfollow:
		return "unfollow", f.Req
	case *wire.Rotate:
		return "rotate", f.Req
	case *wire.Ping:
		return "ping", f.Req
	}
	return "", 0
}

func (c *conn) Send(b []byte) error {
	f, err := wire.Parse(b)
	if err != nil {
		return err
	}
	d := c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-c.gone:
		return errors.New("gone")
	default:
	}
	kind, req := kindOf(f)
	d.heard = append(d.heard, kind)
	if no, ok := d.refuse[kind]; ok {
		delete(d.refuse, kind)
		no.Req = req
		c.say(&no)
		return nil
	}
	if c.deaf {
		return nil
	}
	var answer wire.Frame
	if d.lies != nil {
		answer = d.lies(f)
	}
	if answer == nil {
		answer = c.do(f, req)
	}
	if d.lose == kind {
		d.lose = ""
		c.Close()
		return nil
	}
	c.say(answer)
	for c := range d.conns {
		c.push()
	}
	return nil
}

func (c *conn) do(f wire.Frame, req uint32) wire.Frame {
	d := c.d
	switch f := f.(type) {
	case *wire.Create:
		d.creates++
		if d.exists && d.access != f.Access && d.strict {
			return &wire.Refused{Req: req, Code: wire.Conflict}
		}
		if !d.exists {
			d.exists, d.access = true, f.Access
		}
	case *wire.Open:
		if note, ok := d.notes[f.Access]; ok {
			return &wire.Moved{Req: req, Note: note}
		}
		if !d.exists || f.Access != d.access {
			return &wire.Refused{Req: req, Code: wire.NoAccess}
		}
		c.opened = true
		return &wire.Opened{Req: req, Head: uint64(len(d.boxes)), Bytes: d.bytes}
	case *wire.AppendBoxes:
		if !c.opened {
			return &wire.Refused{Req: req, Code: wire.NotOpen}
		}
		return &wire.Appended{Req: req, Positions: d.add(f.Boxes)}
	case *wire.Read:
		if !c.opened {
			return &wire.Refused{Req: req, Code: wire.NotOpen}
		}
		n := min(f.After, uint64(len(d.boxes)))
		return &wire.Boxes{Req: req, Head: uint64(len(d.boxes)), Boxes: d.boxes[n:min(n+1, uint64(len(d.boxes)))]}
	case *wire.Follow:
		c.follow, c.next = req, f.After
		n := min(c.next, uint64(len(d.boxes)))
		c.next = min(n+wire.MaxBatch, uint64(len(d.boxes)))
		return &wire.Boxes{Req: req, Head: uint64(len(d.boxes)), Boxes: d.boxes[n:c.next]}
	case *wire.Unfollow:
		c.follow = 0
	case *wire.Rotate:
		switch {
		case f.Signer == wire.ByFounding && !d.exists:
			return &wire.Refused{Req: req, Code: wire.NoAccess}
		case f.Signer == wire.ByAccess && !c.opened:
			return &wire.Refused{Req: req, Code: wire.Conflict}
		}
		d.notes[d.access] = f.Note
		delete(d.notes, f.Access)
		d.access = f.Access
		pos := d.add(f.Boxes)
		for o := range d.conns {
			if o.opened {
				o.opened, o.follow = false, 0
				if o != c {
					o.say(&wire.Closed{Channel: f.Channel, Code: wire.Rotated})
				}
			}
		}
		return &wire.Appended{Req: req, Positions: pos}
	}
	return &wire.Done{Req: req}
}

func (d *double) add(boxes []wire.Box) (pos []uint64) {
	for _, b := range boxes {
		i := slices.IndexFunc(d.boxes, func(s wire.Stored) bool { return s.ID == b.ID })
		if i < 0 {
			i = len(d.boxes)
			d.boxes = append(d.boxes, wire.Stored{Pos: uint64(i) + 1, Box: b})
		}
		pos = append(pos, uint64(i)+1)
	}
	return pos
}

func (c *conn) push() {
	for head := uint64(len(c.d.boxes)); c.opened && c.follow != 0 && c.next < head; {
		n := min(c.next+wire.MaxBatch, head)
		c.say(&wire.Boxes{Req: c.follow, Head: head, Boxes: c.d.boxes[c.next:n]})
		c.next = n
	}
}

// restore puts the relay back to an earlier state, as from a backup.
func (d *double) restore(n int, access wire.AccessKey, notes map[wire.AccessKey][]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boxes, d.access, d.notes = d.boxes[:n:n], access, notes
	for c := range d.conns {
		c.Close()
	}
}

// online runs each member's peer until the test ends, or offline is called.
func (d *double) online(t *testing.T, ms ...*member) (offline func()) {
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	offline = func() { stop(); wg.Wait() }
	t.Cleanup(offline)
	for _, m := range ms {
		p := NewPeer("https://relay.example", d.dial, func(*Replica, Update) {})
		wg.Go(func() { p.Run(ctx) })
		p.Add(m.Replica)
	}
	return offline
}

func settled() { time.Sleep(5 * time.Minute); synctest.Wait() }

func bubble(t *testing.T, f func(t *testing.T, w *world, d *double)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, d := newWorld(t), newDouble()
		f(t, w, d)
	})
}

// advance has a member begin a rotation for the same members.
func (m *member) advance(chains ...Chain) error {
	_, s := m.Epoch()
	raw, next, err := m.Space().Advance(m.author(), s, noon.Add(time.Minute))
	if err != nil {
		return err
	}
	return m.Advance(m.t.Context(), raw, next, chains...)
}

func (m *member) epoch() uint32 { n, _ := m.Epoch(); return n }

func TestLostAnswersDoubleNothing(t *testing.T) {
	for _, kind := range []string{"create", "open", "append", "read", "follow", "rotate"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world, d *double) {
				d.lose = kind
				if kind == "read" {
					d.bytes = 1 << 30
				}
				for i := range 7 {
					w.anna.write(string(rune('a' + i)))
				}
				if kind == "rotate" {
					if err := w.anna.advance(w.chains...); err != nil {
						t.Fatal(err)
					}
				}
				d.online(t, w.anna, w.carl)
				settled()
				w.expect(w.carl, w.anna, "a b c d e f g")
				want := 8 // and the genesis
				if kind == "rotate" {
					want++
					if w.carl.epoch() != 2 || w.anna.epoch() != 2 {
						t.Fatalf("epochs %d and %d", w.anna.epoch(), w.carl.epoch())
					}
				}
				if len(d.boxes) != want || w.anna.Waiting() != 0 || w.anna.Rotating() {
					t.Fatalf("%d boxes, %d waiting, rotating %v", len(d.boxes), w.anna.Waiting(), w.anna.Rotating())
				}
				if len(w.anna.Alarms())+len(w.carl.Alarms()) != 0 {
					t.Fatal("alarms")
				}
			})
		})
	}
}

func TestRefusalsThatPassLoseNothing(t *testing.T) {
	for _, kind := range []string{"create", "open", "append", "follow", "rotate"} {
		for _, code := range []wire.Refusal{wire.Busy, wire.DiskFull, wire.TenantSuspended, wire.Maintenance} {
			t.Run(kind+" "+code.String(), func(t *testing.T) {
				bubble(t, func(t *testing.T, w *world, d *double) {
					d.refuse[kind] = wire.Refused{Code: code}
					w.anna.write("a")
					if err := w.anna.advance(w.chains...); err != nil {
						t.Fatal(err)
					}
					d.online(t, w.anna, w.carl)
					settled()
					w.expect(w.carl, w.anna, "a")
					if w.carl.epoch() != 2 {
						t.Fatalf("epoch %d: the rotation was lost", w.carl.epoch())
					}
				})
			})
		}
	}
}

// A relay that was told to say "in fifty days" is soon asked again.
func TestNobodyStaysAwayForAsLongAsARelaySays(t *testing.T) {
	for _, kind := range []string{"open", "append", "goodbye"} {
		bubble(t, func(t *testing.T, w *world, d *double) {
			w.anna.write("a")
			if no := (wire.Refused{Code: wire.Busy, RetryAfter: 1<<32 - 1}); kind == "goodbye" {
				d.bye = &wire.Goodbye{Code: wire.ShuttingDown, RetryAfter: no.RetryAfter}
			} else {
				d.refuse[kind] = no
			}
			d.online(t, w.anna, w.carl)
			settled()
			settled()
			w.expect(w.carl, w.anna, "a")
		})
	}
}

// What is there and not shown is not taken for all that there is.
func TestARelayThatNamesMoreThanItShowsIsNotUpToDate(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		p := NewPeer("https://relay.example", d.dial, func(*Replica, Update) {})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { p.Run(ctx) })
		defer run.Wait()
		defer stop()
		p.Add(w.anna.Replica)
		settled()
		if st, _ := p.State(w.anna.Replica); st != Current {
			t.Fatalf("state %d", st)
		}
		d.mu.Lock()
		for c := range d.conns {
			c.say(&wire.Boxes{Req: c.follow, Head: uint64(len(d.boxes)) + 1})
		}
		d.mu.Unlock()
		synctest.Wait()
		if st, _ := p.State(w.anna.Replica); st != Catching {
			t.Fatalf("state %d", st)
		}
	})
}

func TestAMemberWhoWasAwayWalksFromNoteToNote(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		w.anna.write("a")
		d.online(t, w.anna)
		settled()
		for n := uint32(2); n <= 4; n++ {
			if err := w.anna.advance(w.chains...); err != nil {
				t.Fatal(err)
			}
			w.anna.write("in between")
			settled()
			if w.anna.epoch() != n {
				t.Fatalf("epoch %d, want %d", w.anna.epoch(), n)
			}
		}
		w.carl.write("from the past")
		d.online(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a in between in between in between")
		w.expect(w.anna, w.carl, "from the past")
		w.carl.restart()
		if w.carl.epoch() != 4 {
			t.Fatalf("epoch %d", w.carl.epoch())
		}
	})
}

func TestTwoMembersWhoRotateAtOnceConverge(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.online(t, w.anna)
		settled()
		for _, m := range []*member{w.carl, w.dora} {
			if err := m.advance(w.chains...); err != nil {
				t.Fatal(err)
			}
		}
		d.online(t, w.carl, w.dora)
		settled()
		want := w.anna.Space().Head()
		for _, m := range []*member{w.anna, w.carl, w.dora} {
			n, s := m.Epoch()
			if n != 2 || m.Space().Head() != want || m.Space().CheckEpoch(n, s) != nil || m.Rotating() {
				t.Fatalf("epoch %d, rotating %v", n, m.Rotating())
			}
			m.write("here")
		}
		settled()
		for _, m := range []*member{w.anna, w.carl, w.dora} {
			w.expect(m, w.anna, "here")
			w.expect(m, w.dora, "here")
		}
	})
}

func TestARemovedMemberIsShutOutAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.online(t, w.anna, w.carl, w.dora)
		settled()
		w.anna.write("before")
		settled()
		w.remove()
		settled()
		w.anna.write("after")
		settled()
		w.expect(w.carl, w.anna, "before after")
		w.expect(w.dora, w.anna, "before")
		if !w.dora.Removed() || w.carl.Removed() {
			t.Fatalf("removed: %v, %v", w.dora.Removed(), w.carl.Removed())
		}
	})
}

func TestARelayRestoredFromBeforeARotationIsLedForward(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		w.anna.write("a")
		d.online(t, w.anna, w.carl)
		settled()
		n, access := len(d.boxes), d.access
		for range 2 {
			if err := w.anna.advance(w.chains...); err != nil {
				t.Fatal(err)
			}
			settled()
			w.anna.write("b")
			settled()
		}
		d.restore(n, access, make(map[wire.AccessKey][]byte))
		settled()
		w.anna.write("c")
		settled()
		w.expect(w.carl, w.anna, "a b b c")
		eve := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: vault.NewMemory(), book: NewBook()}
		eve.join(w.chains, w.genesis)
		d.online(t, eve)
		settled()
		w.expect(eve, w.anna, "a b b c")
		if eve.epoch() != 3 || !w.carl.alarmed(AlarmRollback) {
			t.Fatalf("epoch %d, alarm %v", eve.epoch(), w.carl.alarmed(AlarmRollback))
		}
	})
}

func TestAnEpochThatDidNotComeByARotationLocksNobodyOut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.online(t, w.anna, w.carl)
		settled()
		raw, _, err := w.dora.Space().Advance(w.dora.author(), w.e1, noon.Add(1))
		if err != nil {
			t.Fatal(err)
		}
		d.mu.Lock()
		d.add([]wire.Box{{ID: newBoxID(), Data: w.seal(changeContent(raw))}})
		d.mu.Unlock()
		w.anna.write("a")
		settled()
		w.anna.write("b")
		settled()
		w.expect(w.carl, w.anna, "a b")
		if w.carl.epoch() != 2 {
			t.Fatalf("epoch %d", w.carl.epoch())
		}
	})
}

func TestBoxesOfAnUnknownEpochAreReadOnceItIsKnown(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.online(t, w.anna, w.carl)
		settled()
		// Junk that says it is of a later epoch stops nobody.
		junk := seal.NewBoxKey(seal.NewSecret(), w.anna.Space().ID()).Seal(2, []byte{1})
		d.mu.Lock()
		d.add([]wire.Box{{ID: newBoxID(), Data: junk}})
		d.mu.Unlock()
		w.anna.write("a")
		settled()
		w.expect(w.carl, w.anna, "a")
		if err := w.anna.advance(w.chains...); err != nil {
			t.Fatal(err)
		}
		w.anna.write("b")
		settled()
		w.expect(w.carl, w.anna, "a b")
	})
}

func TestARotationThatNoLongerFollowsIsDroppedAndTold(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		if err := w.carl.advance(w.chains...); err != nil {
			t.Fatal(err)
		}
		raw, _, err := w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.dora.account), Right: keyring.Care}, w.e1, noon.Add(2))
		if err != nil {
			t.Fatal(err)
		}
		must(w.anna.Publish(t.Context(), raw))
		d.online(t, w.anna)
		settled()
		d.online(t, w.carl)
		settled()
		if w.carl.Rotating() || w.carl.Space().Head() != w.anna.Space().Head() {
			// Whether it was sent before the change was read decides.
			if w.carl.epoch() != w.anna.epoch() {
				t.Fatalf("epochs %d and %d", w.carl.epoch(), w.anna.epoch())
			}
		}
		w.carl.write("still here")
		settled()
		w.expect(w.anna, w.carl, "still here")
	})
}

func TestAnswersComeInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDouble()
		s := must(Dial(t.Context(), d.dial, "https://relay.example"))
		defer s.Close()
		var c *conn
		for c = range d.conns {
		}
		a, b := make(chan Reply, 1), make(chan Reply, 1)
		d.lose = "none"
		quiet := func(req uint32) wire.Frame { return &wire.Ping{Req: req} }
		ra := must(s.Request(a, quiet))
		rb := must(s.Request(b, quiet))
		<-a
		<-b
		s.mu.Lock()
		s.waiting[ra], s.waiting[rb] = a, b
		s.mu.Unlock()
		c.say(&wire.Done{Req: rb})
		c.say(&wire.Done{Req: 77}) // nobody asked
		c.say(&wire.Refused{Req: ra, Code: wire.Busy, RetryAfter: 3000})
		if r := <-b; r.Req != rb {
			t.Fatalf("request %d", r.Req)
		}
		var no *Refusal
		if err := answer((<-a).Frame); !errors.As(err, &no) || no.Code != wire.Busy || no.After != 3*time.Second {
			t.Fatalf("%v", err)
		}
		c.say(&wire.Goodbye{Code: wire.ShuttingDown, RetryAfter: 1000})
		<-s.Done()
		if _, err := s.Call(t.Context(), quiet); !errors.Is(err, ErrClosed) {
			t.Fatalf("%v", err)
		}
		if !errors.As(s.why(), &no) || no.Code != wire.ShuttingDown {
			t.Fatalf("%v", s.why())
		}
	})
}

func TestARelayThatDoesNotSpeakTheProtocolIsLeft(t *testing.T) {
	for name, first := range map[string][]byte{
		"nothing": {}, "noise": {1, 2, 3}, "another frame": wire.Append(nil, &wire.Done{Req: 1}),
	} {
		c := &conn{out: make(chan []byte, 1), gone: make(chan struct{})}
		c.out <- first
		if _, err := Dial(t.Context(), func(context.Context, string) (Conn, error) { return c, nil }, "https://relay.example"); err == nil {
			t.Errorf("%s was taken for a greeting", name)
		}
		select {
		case <-c.gone:
		default:
			t.Errorf("%s: the connection stays open", name)
		}
	}
}
