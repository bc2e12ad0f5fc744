package hub

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

// holds fails unless the channel holds exactly the boxes of these names, in this
// order, each once.
func (c *client) holds(ch wire.Channel, names ...string) {
	c.t.Helper()
	got := want[*wire.Boxes](c.t, c.ask(&wire.Read{Req: c.next(), Channel: ch, MaxBytes: 1 << 20}))
	if int(got.Head) != len(names) || len(got.Boxes) != len(names) {
		c.t.Fatalf("%d boxes, head %d, want %d", len(got.Boxes), got.Head, len(names))
	}
	for i, b := range got.Boxes {
		if b.Pos != uint64(i+1) || b.ID != box(names[i]).ID {
			c.t.Errorf("position %d is not %q", b.Pos, names[i])
		}
	}
}

// founded returns a client with a channel open.
func founded(r *relay) (*client, wire.Channel, key) {
	c, access := r.dial(), keyOf("a")
	c.create(r, keyOf("f"), access)
	ch := keyOf("f").channel()
	want[*wire.Opened](c.t, c.open(ch, access))
	return c, ch, access
}

func TestASlowDiskHoldsUpNobodyWhoReads(t *testing.T) {
	gate := make(chan struct{})
	slow := &gatedLog{gate: gate}
	r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { slow.Log = l; return slow })
	c, ch, access := founded(r)
	first := c.req + 1
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprint(i))
		c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(names[i])}})
	}
	// The disk has not answered. Everybody reads, and others come.
	other := r.dial()
	want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
	follow := other.next()
	other.create(r, keyOf("g"), access)
	want[*wire.Opened](t, other.open(keyOf("g").channel(), access))
	want[*wire.Done](t, other.ask(&wire.Ping{Req: other.next()}))
	if n := r.hub.Stats().WaitingBytes; n != 40*wire.MinBox {
		t.Errorf("%d bytes wait", n)
	}
	close(gate)
	for i := range uint32(40) { // in order, and each once
		if got := want[*wire.Appended](t, c.answer(first+i)); !slices.Equal(got.Positions, []uint64{uint64(i + 1)}) {
			t.Errorf("append %d is at %v", i, got.Positions)
		}
	}
	c.holds(ch, names...)
	want[*wire.Opened](t, other.open(ch, access))
	if got := want[*wire.Boxes](t, other.ask(&wire.Follow{Req: follow, Channel: ch})); len(got.Boxes) != 40 {
		t.Errorf("a follower gets %d", len(got.Boxes))
	}
	if n := r.hub.Stats().WaitingBytes; n != 0 {
		t.Errorf("%d bytes still counted", n)
	}
}

// frame is a frame of RFC 6455 as a client may send it, or may not.
func frame(first byte, size uint64, mask bool, data []byte) []byte {
	m := byte(0)
	if mask {
		m = 0x80
	}
	b := []byte{first}
	switch {
	case size < 126:
		b = append(b, m|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, m|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, m|127), size)
	}
	if mask {
		b = append(b, 0, 0, 0, 0) // leaves data as it is
	}
	return append(b, data...)
}

func TestFramesThatNobodyMaySendEndTheirConnectionAlone(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 64<<20)) // 64 KiB now
	w.Close()
	piece := make([]byte, 64<<10)
	var endless []byte
	for i := range 2 * wire.MaxFrame / len(piece) {
		first := byte(0) // continues
		if i == 0 {
			first = 2 // binary, and not the end
		}
		endless = append(endless, frame(first, uint64(len(piece)), true, piece)...)
	}
	r := newRelay(t, Options{Limits: roomy})
	good, ch, access := founded(r)
	for name, b := range map[string][]byte{
		"a decompression bomb":          frame(0xc2, uint64(bomb.Len()), true, bomb.Bytes()),
		"a frame of 2^63-1 bytes":       frame(0x82, 1<<63-1, true, piece),
		"a frame of 2^64-1 bytes":       frame(0x82, 1<<64-1, true, piece),
		"a message without an end":      endless,
		"a frame that is not masked":    frame(0x82, 5, false, []byte{9, 0, 0, 0, 1}),
		"a ping of 200 bytes":           frame(0x89, 200, true, piece[:200]),
		"a ping in two pieces":          frame(0x09, 5, true, piece[:5]),
		"a piece of nothing":            frame(0x80, 5, true, piece[:5]),
		"a frame of a kind of its own":  frame(0x83, 5, true, piece[:5]),
		"a message begun within anther": append(frame(0x02, 5, true, piece[:5]), frame(0x82, 5, true, piece[:5])...),
	} {
		bad := r.dial()
		want[*wire.Opened](t, bad.open(ch, access))
		go bad.ws.NetConn().Write(b) // the relay need not read all of it
		for {
			bad.ws.SetReadDeadline(time.Now().Add(time.Minute))
			if _, _, err := bad.ws.ReadMessage(); err != nil {
				if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Errorf("%s: the connection goes on", name)
				}
				break
			}
		}
		bad.ws.Close()
		eventually(t, func() bool { s := r.hub.Stats(); return s.Connections == 1 && s.WaitingBytes == 0 })
		want[*wire.Done](t, good.ask(&wire.Ping{Req: good.next()}))
	}
	want[*wire.Appended](t, good.append(ch, box("b")))
	good.holds(ch, "b")
}

func TestAFloodOfHandshakesKeepsOutNobodyElse(t *testing.T) {
	l := roomy
	l.AddressWork, l.AddressWorkBurst = 0.001, 20*costConnect
	r := newRelay(t, Options{Limits: l, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	from := func(a string) http.Header { return http.Header{"X-Forwarded-For": {a}} }
	lets, turnedAway := 0, 0
	for range 60 {
		c, resp, err := r.tryDial(from("192.0.2.1"))
		switch {
		case err == nil:
			lets++
			c.ws.Close()
		case resp != nil && resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "":
			turnedAway++
		default:
			t.Fatal(err)
		}
	}
	if lets != 20 || turnedAway != 40 {
		t.Errorf("%d let in, %d turned away", lets, turnedAway)
	}
	// Those that break off in the middle are counted too, and nothing of them is left.
	for range 40 {
		n, err := net.Dial("tcp", strings.TrimPrefix(r.http.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(n, "GET %s HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.2\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n", wire.Path, wire.Subprotocol) // and no key
		n.Close()
	}
	eventually(t, func() bool {
		c, _, err := r.tryDial(from("192.0.2.2"))
		if err == nil {
			c.ws.Close()
		}
		return err != nil
	})
	c, _, err := r.tryDial(from("192.0.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	c.ws.Close()
	eventually(t, func() bool {
		if r.hub.Stats().Connections != 0 {
			return false
		}
		r.hub.addresses.mu.Lock()
		defer r.hub.addresses.mu.Unlock()
		for _, one := range r.hub.addresses.known {
			if one.conns != 0 {
				return false
			}
		}
		return true
	})
}

func TestAClockThatJumpsDeletesNothingAndReusesNoTicket(t *testing.T) {
	var ahead atomic.Int64
	r := newRelay(t, Options{Limits: roomy, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	c, access := r.dial(), keyOf("a")
	ticket := r.centre(c, "A centre")(1)
	ticket.Ticket.Channels = 1
	b := wire.TicketContext(&ticket.Ticket)
	ticket.Ticket.Sig = keyOf("lead of A centre").sign(b)
	f := c.createFrame(r, keyOf("f"), access, ticket)
	f.Expires = uint64(time.Now().Add(time.Hour).Unix())
	c.sealCreate(f, keyOf("f"), access)
	want[*wire.Done](t, c.ask(f))
	ch := keyOf("f").channel()
	want[*wire.Opened](t, c.open(ch, access))
	want[*wire.Appended](t, c.append(ch, box("before")))

	for _, by := range []time.Duration{100 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour} {
		ahead.Store(int64(by))
		r.hub.expire(t.Context())
		got := r.dial().open(ch, access)
		if by > 0 {
			wantRefused(t, got, wire.Expired) // by the clock it is
		} else {
			want[*wire.Opened](t, got)
		}
		wantRefused(t, c.ask(c.createFrame(r, keyOf("g"), access, ticket)), wire.TicketUsedUp)
	}
	ahead.Store(0)
	want[*wire.Appended](t, c.append(ch, box("after")))
	c.holds(ch, "before", "after")
	r.hub.expire(t.Context())
	want[*wire.Opened](t, r.dial().open(ch, access))

	// A relay that was started with the clock as it is believes it.
	later := New(r.log, r.desk, Options{Origins: []string{origin}, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})
	later.expire(t.Context())
	if _, err := r.log.Lookup(t.Context(), ch); !errors.Is(err, store.ErrNoChannel) {
		t.Errorf("it does not: %v", err)
	}
}

// pipes is a listener whose connections stay in memory, so that their time can
// be that of synctest.
type pipes struct {
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), end: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.end:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.end) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) dial(string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, nil
}

func TestAFrameThatDripsInIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		desk, err := admit.New(t.Context(), mem)
		if err != nil {
			t.Fatal(err)
		}
		l := roomy
		l.ReadTimeout, l.PingEvery = Usual.ReadTimeout, Usual.PingEvery
		h := New(mem, desk, Options{Origins: []string{origin}, Limits: l})
		p := newPipes()
		server := &http.Server{Handler: h}
		go server.Serve(p)
		running, stop := newRunning(h)
		dial := func() *websocket.Conn {
			d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, NetDial: p.dial}
			ws, _, err := d.Dial("ws://relay"+wire.Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			return ws
		}
		patient := dial() // idle, and answers pings
		ended := make(chan error, 1)
		go func() {
			for {
				if _, _, err := patient.ReadMessage(); err != nil {
					ended <- err
					return
				}
			}
		}()
		ws := dial()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for {
				if _, _, err := ws.ReadMessage(); err != nil {
					return
				}
			}
		}()
		began := time.Now()
		raw := ws.NetConn()
		if _, err := raw.Write(frame(0x02, 100<<10, true, make([]byte, 100<<10))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if h.Stats().WaitingBytes == 0 {
			t.Error("the half of a large frame is not counted")
		}
		for err == nil && time.Since(began) < time.Hour {
			time.Sleep(5 * time.Second)
			// Signs of life, and one more byte.
			_, err = raw.Write(append(frame(0x8a, 0, true, nil), frame(0x00, 1, true, []byte{0})...))
		}
		<-gone
		if took := time.Since(began); took > l.ReadTimeout+10*time.Second {
			t.Errorf("it was waited for %v", took)
		}
		synctest.Wait()
		if s := h.Stats(); s.Connections != 1 || s.WaitingBytes != 0 {
			t.Errorf("%+v", s)
		}
		select {
		case err := <-ended:
			t.Errorf("who answers pings was cut: %v", err)
		default:
		}
		patient.Close()
		<-ended
		stop()
		<-running
		h.Shutdown(t.Context())
		server.Close()
	})
}

func newRunning(h *Hub) (ended chan struct{}, stop func()) {
	ended, quit := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(h.limits.PingEvery / 4)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				h.sweep(now)
			case <-quit:
				return
			}
		}
	}()
	return ended, func() { close(quit) }
}
