package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

// A hosted socket is one that the test keeps, as a host does, while there is no hub.
type hosted struct {
	in, out chan []byte
	gone    chan struct{}
	once    sync.Once

	mu     sync.Mutex
	memory []byte // what is kept with it
	waits  bool
	most   int // bytes that are kept
	by     time.Time
	heard  time.Time // what the host answered in the hub's place
}

func newHosted() *hosted {
	return &hosted{in: make(chan []byte, 64), out: make(chan []byte, 4096), gone: make(chan struct{}), most: 16 << 10}
}

// again is the same socket for another hub.
func (s *hosted) again() *hosted {
	s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return &hosted{in: s.in, out: s.out, gone: make(chan struct{}), memory: s.memory, most: s.most, heard: s.heard}
}

func (s *hosted) next() (io.Reader, bool, error) {
	s.mu.Lock()
	s.waits = true
	s.mu.Unlock()
	select {
	case <-s.gone:
		return nil, false, errors.New("gone")
	default:
	}
	select {
	case b := <-s.in:
		s.mu.Lock()
		s.waits = false
		s.mu.Unlock()
		return bytes.NewReader(b), true, nil
	case <-s.gone:
		return nil, false, errors.New("gone")
	}
}

func (s *hosted) send(b []byte, _ time.Time) error { s.out <- bytes.Clone(b); return nil }

func (s *hosted) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits && len(s.in) == 0
}

func (s *hosted) keep(b []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(b) > s.most {
		return false
	}
	s.memory = b
	return true
}

func (s *hosted) kept() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory
}

func (s *hosted) expect(by time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by = by
}

func (s *hosted) expected() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by
}

func (s *hosted) check(now time.Time, patience time.Duration) {
	s.mu.Lock()
	late := now.After(s.by) && !s.heard.Add(patience).After(now)
	s.mu.Unlock()
	if late {
		s.Close()
	}
}

// asked has the host give a sign of life that the client asks for.
func (s *hosted) asked(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = at
}

func (s *hosted) Close() error              { s.once.Do(func() { close(s.gone) }); return nil }
func (*hosted) attend(func() error, func()) {}
func (*hosted) lively() bool                { return true }
func (*hosted) alive(time.Time) error       { return nil }
func (*hosted) ping(time.Time) error        { return nil }
func (*hosted) leave(int, time.Time)        {}
func (*hosted) hold()                       {}
func (*hosted) release(time.Time) error     { return nil }

// hosted dials over a socket that the test keeps.
func (r *relay) hosted() *client {
	r.t.Helper()
	s := newHosted()
	addr, _ := r.hub.addresses.connect(netip.MustParseAddr("192.0.2.1"), &r.hub.limits)
	c := &conn{h: r.hub, addr: addr, since: time.Now()}
	c.room.L = &c.mu
	r.hub.mu.Lock()
	r.hub.conns[c] = struct{}{}
	r.hub.ended.Add(1)
	r.hub.mu.Unlock()
	go c.serve(s)
	one := &client{t: r.t, hosted: s}
	one.hello = want[*wire.Hello](r.t, one.await(func(wire.Frame) bool { return true }))
	return one
}

// dozes waits until the hub has had everything kept.
func (r *relay) dozes() {
	r.t.Helper()
	eventually(r.t, func() bool { return r.hub.doze(time.Now()) })
}

// restart ends the hub without a word to anybody, and starts another with what is
// kept. It returns how many sockets that has ended.
func (r *relay) restart(all ...*client) (ended int) {
	r.t.Helper()
	sockets := make([]*hosted, len(all))
	for i, c := range all {
		sockets[i] = c.hosted.again()
	}
	r.hub = New(r.log, r.desk, Options{Origins: []string{origin}, Limits: roomy})
	for i, c := range all {
		c.hosted = sockets[i]
		if err := r.hub.resume(sockets[i], sockets[i].kept()); err != nil {
			sockets[i].Close()
			ended++
		}
	}
	return ended
}

func TestAHubThatSleptGoesOnWithEveryConnection(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	founder, access := keyOf("f"), keyOf("a")
	ch := founder.channel()
	a, b, stranger := r.hosted(), r.hosted(), r.hosted()
	a.create(r, founder, access)
	for _, c := range []*client{a, b} {
		want[*wire.Opened](t, c.open(ch, access))
	}
	want[*wire.Appended](t, a.append(ch, box("1")))
	follow := b.next()
	if f := want[*wire.Boxes](t, b.ask(&wire.Follow{Req: follow, Channel: ch})); len(f.Boxes) != 1 {
		t.Fatalf("%d boxes", len(f.Boxes))
	}
	for i, name := range []string{"2", "3", "4"} {
		r.dozes()
		if n := r.restart(a, b, stranger); n != 0 {
			t.Fatalf("%d sockets were ended", n)
		}
		// Nobody proves anything again, no box is lost and none comes twice.
		want[*wire.Appended](t, a.append(ch, box(name)))
		if f := want[*wire.Boxes](t, b.answer(follow)); len(f.Boxes) != 1 || f.Boxes[0].Pos != uint64(i+2) {
			t.Fatalf("after box %s: %d boxes, head %d", name, len(f.Boxes), f.Head)
		}
		wantRefused(t, stranger.append(ch, box("x")), wire.NotOpen)
		if s := r.hub.Stats(); s.Connections != 3 || s.Channels != 1 {
			t.Errorf("%+v", s)
		}
	}
	// The nonce is the one that was signed; positions are asked of the store.
	r.dozes()
	r.restart(a, b, stranger)
	if f := want[*wire.Boxes](t, a.ask(&wire.Read{Req: a.next(), Channel: ch, After: 2, MaxBytes: 1})); len(f.Boxes) != 1 || f.Boxes[0].Pos != 3 || f.Head != 4 {
		t.Errorf("%d boxes, head %d", len(f.Boxes), f.Head)
	}
	r.dozes()
	r.restart(a, b, stranger)
	if f := want[*wire.Boxes](t, a.ask(&wire.Follow{Req: a.next(), Channel: ch, After: 3})); len(f.Boxes) != 1 || f.Boxes[0].Pos != 4 {
		t.Errorf("%d boxes", len(f.Boxes))
	}
	want[*wire.Opened](t, stranger.open(ch, access))
	want[*wire.Appended](t, b.ask(b.rotateFrame(ch, wire.ByAccess, access, keyOf("next"), "note")))
	for _, c := range []*client{a, stranger} {
		if f := want[*wire.Closed](t, c.unasked()); f.Code != wire.Rotated {
			t.Errorf("closed: %v", f.Code)
		}
	}
	r.dozes()
	r.restart(a, b, stranger)
	wantRefused(t, a.append(ch, box("late")), wire.NotOpen)
	want[*wire.Appended](t, b.append(ch, box("5")))
}

// A program can end at any time without having said that something changed.
func TestWhatIsKeptCountsOnlyWhileItIsTrue(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	founder, access := keyOf("f"), keyOf("a")
	ch := founder.channel()
	a, b := r.hosted(), r.hosted()
	a.create(r, founder, access)
	for _, c := range []*client{a, b} {
		want[*wire.Opened](t, c.open(ch, access))
		want[*wire.Boxes](t, c.ask(&wire.Follow{Req: c.next(), Channel: ch}))
	}
	r.dozes()
	stale := b.hosted.kept()
	want[*wire.Appended](t, a.append(ch, box("1"))) // and b gets it: its position is another
	want[*wire.Boxes](t, a.answer(a.req-1))
	want[*wire.Boxes](t, b.answer(b.req))
	if a.hosted.kept() != nil || b.hosted.kept() != nil {
		t.Fatal("what is no longer true is kept")
	}
	if n := r.restart(a, b); n != 2 || r.hub.Stats().Connections != 0 {
		t.Fatalf("%d sockets were ended", n)
	}

	// The key was replaced, and the program ended before it told b.
	other := r.hosted()
	want[*wire.Opened](t, other.open(ch, access))
	want[*wire.Appended](t, other.ask(other.rotateFrame(ch, wire.ByAccess, access, keyOf("next"), "note", box("secret"))))
	b.hosted.keep(stale)
	if n := r.restart(b); n != 0 {
		t.Fatal("not resumed")
	}
	wantRefused(t, b.ask(&wire.Read{Req: b.next(), Channel: ch, MaxBytes: 1 << 20}), wire.Rotated)
	if f := want[*wire.Closed](t, b.unasked()); f.Code != wire.Rotated {
		t.Errorf("closed: %v", f.Code)
	}

	// So it was with the whole channel.
	b.hosted.keep(stale)
	want[*wire.Done](t, r.hosted().deleteBy(founder, founder))
	r.restart(b)
	wantRefused(t, b.ask(&wire.Follow{Req: b.next(), Channel: ch}), wire.Deleted)
}

func TestAHubDoesNotDozeWhileAnythingIsOwedOrALimitRemembers(t *testing.T) {
	l := roomy
	l.Boxes, l.BoxesBurst = 0.001, 10
	gate := make(chan struct{})
	r := newRelay(t, Options{Limits: l}, func(l Log) Log { return &gatedLog{l, gate} })
	founder, access := keyOf("f"), keyOf("a")
	c := r.hosted()
	c.create(r, founder, access)
	want[*wire.Opened](t, c.open(founder.channel(), access))
	r.dozes()
	req := c.next()
	c.send(&wire.AppendBoxes{Req: req, Channel: founder.channel(), Boxes: []wire.Box{box("b")}})
	eventually(t, func() bool { return r.hub.Stats().WaitingBytes > 0 })
	if r.hub.doze(time.Now()) {
		t.Error("it dozes, and an answer is owed")
	}
	close(gate)
	want[*wire.Appended](t, c.answer(req))
	for range 100 {
		if r.hub.doze(time.Now()) {
			t.Fatal("it dozes, and the channel's limit would be forgotten")
		}
	}
	c.hosted.mu.Lock()
	c.hosted.most = 50
	c.hosted.mu.Unlock()
	if r.hub.doze(time.Now().Add(24 * time.Hour)) {
		t.Error("it dozes, and the host did not keep what it was given")
	}
	r.dial() // a socket that no host keeps
	if r.hub.doze(time.Now().Add(24 * time.Hour)) {
		t.Error("it dozes, and somebody would be lost")
	}
}

// A host that wakes us now and then has us look after what nobody speaks of: sockets
// of which nothing is heard, and channels that expire.
func TestAHubThatIsWokenEndsWhatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		desk, err := admit.New(t.Context(), mem)
		if err != nil {
			t.Fatal(err)
		}
		tenant, _, err := desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "Everyone", Open: true})
		if err != nil {
			t.Fatal(err)
		}
		const alarm = 10 * time.Minute
		r := &relay{t: t, log: mem, desk: desk, open: tenant.ID}
		var end context.CancelFunc
		var ended chan struct{}
		stirred := make(chan struct{}, 1)
		run := func() {
			ctx, cancel := context.WithCancel(t.Context())
			end, ended = cancel, make(chan struct{})
			go func() { r.hub.RunDozing(ctx, stirred); close(ended) }()
		}
		// again is what an alarm does to a program that is no longer in memory.
		again := func(all ...*client) {
			end()
			<-ended
			time.Sleep(alarm)
			if n := r.restart(all...); n != 0 {
				t.Fatalf("%d sockets were ended at once", n)
			}
			run()
			time.Sleep(5 * time.Second)
		}
		r.hub = New(r.log, r.desk, Options{Origins: []string{origin}, Limits: roomy})
		run()
		lively, silent := r.hosted(), r.hosted()
		for _, c := range []*client{lively, silent} {
			founder, access := keyOf(fmt.Sprint(c == lively)), keyOf("a")
			c.create(r, founder, access)
			want[*wire.Opened](t, c.open(founder.channel(), access))
		}
		brief := keyOf("brief")
		f := lively.createFrame(r, brief, brief, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})
		f.Expires = uint64(time.Now().Add(alarm / 2).Unix())
		lively.sealCreate(f, brief, brief)
		want[*wire.Done](t, lively.ask(f))
		want[*wire.Opened](t, lively.open(brief.channel(), brief))
		time.Sleep(5 * time.Second)
		if lively.hosted.kept() == nil || silent.hosted.kept() == nil {
			t.Fatal("it does not doze")
		}

		lively.hosted.asked(time.Now().Add(alarm - time.Minute))
		again(lively, silent)
		if s := r.hub.Stats(); s.Connections != 1 {
			t.Errorf("%d connections, of which one is alive", s.Connections)
		}
		if f := want[*wire.Closed](t, lively.unasked()); f.Code != wire.Expired || f.Channel != brief.channel() {
			t.Errorf("closed: %v", f.Code)
		}
		if _, err := mem.Lookup(t.Context(), brief.channel()); !errors.Is(err, store.ErrNoChannel) {
			t.Errorf("what expired is there: %v", err)
		}
		if lively.hosted.kept() == nil {
			t.Error("it does not doze again")
		}

		// It is no other where the program is still in memory.
		lively.hosted.asked(time.Now().Add(alarm - time.Minute))
		time.Sleep(alarm)
		stirred <- struct{}{}
		time.Sleep(5 * time.Second)
		if s := r.hub.Stats(); s.Connections != 1 {
			t.Errorf("%d connections, and it was alive", s.Connections)
		}
		time.Sleep(alarm)
		stirred <- struct{}{}
		time.Sleep(5 * time.Second)
		if s := r.hub.Stats(); s.Connections != 0 {
			t.Errorf("%d connections, and nothing was heard of it", s.Connections)
		}
		end()
		<-ended
		r.hub.Shutdown(t.Context())
	})
}

func FuzzResume(f *testing.F) {
	r := newRelay(f, Options{Limits: roomy})
	c := r.hosted()
	c.create(r, keyOf("f"), keyOf("a"))
	want[*wire.Opened](f, c.open(keyOf("f").channel(), keyOf("a")))
	want[*wire.Boxes](f, c.ask(&wire.Follow{Req: c.next(), Channel: keyOf("f").channel()}))
	r.dozes()
	f.Add(c.hosted.kept())
	f.Add(c.hosted.kept()[:memoryHead])
	f.Fuzz(func(t *testing.T, b []byte) {
		h := New(r.log, r.desk, Options{Origins: []string{origin}, Limits: roomy})
		s := newHosted()
		err := h.resume(s, b)
		if err == nil {
			if h.Stats().Connections != 1 {
				t.Fatal("resumed, and there is none")
			}
			s.Close()
		}
		h.ended.Wait()
		if s := h.Stats(); s.Connections != 0 || s.Channels != 0 {
			t.Fatalf("left behind: %+v", s)
		}
	})
}
