package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/relay/postgrestest"
	"vialog/shared/wire"
)

// nodes are relays in processes of their own, that serve one database.
type nodes struct {
	*postgrestest.Server
	dir  string
	args []string // that name the database
	all  []*server

	channels []wire.Channel // that were used
}

func serveNodes(t *testing.T, n int) *nodes {
	t.Helper()
	s := postgrestest.Get(t)
	c := &nodes{Server: s, dir: t.TempDir(), args: []string{"-store-file", "store"}}
	if err := os.WriteFile(filepath.Join(c.dir, "store"), []byte(s.URL()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := relay(t, c.dir, "tenant", "list", "-store-file", "store"); err == nil || !strings.Contains(out, "begin one") {
		t.Fatalf("a database without a store: %v\n%s", err, out)
	}
	for range n {
		c.all = append(c.all, c.serve(t, freePort(t)))
	}
	return c
}

func (c *nodes) serve(t *testing.T, port string) *server {
	t.Helper()
	return serve(t, c.dir, port, append([]string{"-origin", "http://localhost:" + c.port(port)}, c.args...)...)
}

// port is that of the first node: all are reached under its origin, as behind a balancer.
func (c *nodes) port(own string) string {
	if len(c.all) > 0 {
		return c.all[0].port
	}
	return own
}

func (c *nodes) dial(t *testing.T, i int) *socket {
	t.Helper()
	s := c.all[i].dial(t)
	s.origin = c.all[0].origin
	return s
}

// silent fails if a node said what it must not.
func (c *nodes) silent(t *testing.T, s *server, ch wire.Channel) {
	t.Helper()
	for _, secret := range []string{postgrestest.Password, "battery", "127.0.0.1:", ch.String(), fmt.Sprintf("%x", ch[:4])} {
		if strings.Contains(s.log.String(), secret) || secret != "127.0.0.1:" && strings.Contains(s.out.String(), secret) {
			t.Errorf("a node said %q:\n%s\n%s", secret, s.out, s.log)
		}
	}
}

type keyed struct {
	pub  [32]byte
	sign func([]byte) wire.Signature
}

func newKeyed() keyed {
	pub, sign := newKey()
	return keyed{pub, sign}
}

// found creates a channel of the open tenant.
func (c *socket) found(founding, access keyed) wire.Channel {
	c.t.Helper()
	f := c.create(founding.pub, access.pub, founding.sign, access.sign, wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant})
	if reqDone(f) == 0 {
		c.t.Fatalf("create: %#v", f)
	}
	return wire.ChannelOf(founding.pub)
}

func (c *socket) write(f wire.Frame) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)); err != nil {
		c.t.Fatal(err)
	}
}

func newBox() wire.Box {
	b := wire.Box{Data: make([]byte, 300)}
	rand.Read(b.ID[:])
	rand.Read(b.Data)
	return b
}

func receive[F wire.Frame](c *socket) F {
	c.t.Helper()
	f := c.receive()
	want, ok := f.(F)
	if !ok {
		c.t.Fatalf("got %#v, want %T", f, want)
	}
	return want
}

func TestWhatHappensAtOneNodeHappensAtAll(t *testing.T) {
	c := serveNodes(t, 2)
	mustRelay(t, c.dir, "tenant", "add", "-open", "Everyone", "-store-file", "store")
	a, b := c.dial(t, 0), c.dial(t, 1)
	if a.hello.Store != b.hello.Store {
		t.Error("two nodes name two stores")
	}
	for a.hello.OpenTenant == (wire.TenantID{}) { // the node hears of it while it serves
		time.Sleep(10 * time.Millisecond)
		a = c.dial(t, 0)
	}
	founder, first, second := newKeyed(), newKeyed(), newKeyed()
	ch := a.found(founder, first)
	a.open(ch, first.pub, first.sign)
	b.open(ch, first.pub, first.sign)

	// A box appended at one is given to who follows at the other.
	b.write(&wire.Follow{Req: b.next(), Channel: ch})
	if f := receive[*wire.Boxes](b); len(f.Boxes) != 0 {
		t.Fatalf("an empty channel gives %d boxes", len(f.Boxes))
	}
	boxes := []wire.Box{newBox(), newBox(), newBox()}
	for i, box := range boxes[:2] {
		if f, ok := a.ask(&wire.AppendBoxes{Req: a.next(), Channel: ch, Boxes: []wire.Box{box}}).(*wire.Appended); !ok || f.Positions[0] != uint64(i)+1 {
			t.Fatalf("append: %#v", f)
		}
		if f := receive[*wire.Boxes](b); len(f.Boxes) != 1 || f.Boxes[0].ID != box.ID || f.Boxes[0].Pos != uint64(i)+1 {
			t.Fatalf("followed: %#v", f)
		}
	}

	// Who was removed at one is shut out at the other: told of it, and no box
	// that came with the removal or after.
	rotate := &wire.Rotate{Req: a.next(), Channel: ch, Access: second.pub, Signer: wire.ByAccess, Note: []byte("note"), Boxes: boxes[2:]}
	context := wire.RotateContext(a.origin, a.hello.Nonce, rotate)
	rotate.Sig, rotate.NewSig = first.sign(context), second.sign(context)
	if f, ok := a.ask(rotate).(*wire.Appended); !ok {
		t.Fatalf("rotate: %#v", f)
	}
	late := c.dial(t, 1) // at once, before the news may have come
	if f, ok := late.ask(&wire.Open{Req: late.next(), Channel: ch, Access: first.pub, Sig: first.sign(wire.OpenContext(late.origin, late.hello.Nonce, ch, first.pub))}).(*wire.Moved); !ok {
		t.Fatalf("a removed key opens: %#v", f)
	}
	if f := receive[*wire.Closed](b); f.Code != wire.Rotated || f.Channel != ch {
		t.Fatalf("the member at the other node got %#v", f)
	}
	if f, ok := b.ask(&wire.AppendBoxes{Req: b.next(), Channel: ch, Boxes: []wire.Box{newBox()}}).(*wire.Refused); !ok || f.Code != wire.Rotated && f.Code != wire.NotOpen {
		t.Fatalf("a removed key appends: %#v", f)
	}
	if head := late.open(ch, second.pub, second.sign).Head; head != 3 {
		t.Errorf("head is %d", head)
	}

	// A suspension is known at both at once.
	mustRelay(t, c.dir, "tenant", "suspend", "-reason", "unpaid", a.hello.OpenTenant.String(), "-store-file", "store")
	for _, s := range []*socket{a, late} {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			f := s.ask(&wire.AppendBoxes{Req: s.next(), Channel: ch, Boxes: []wire.Box{newBox()}})
			if r, ok := f.(*wire.Refused); ok && r.Code == wire.TenantSuspended {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("a suspended tenant still appends: %#v", f)
			}
		}
	}

	// A deletion at one ends it at the other.
	gone := &wire.Delete{Req: a.next(), Founding: founder.pub}
	gone.Sig = founder.sign(wire.DeleteContext(a.origin, a.hello.Nonce, ch))
	if f := a.ask(gone); reqDone(f) == 0 {
		t.Fatalf("delete: %#v", f)
	}
	if f := receive[*wire.Closed](late); f.Code != wire.Deleted {
		t.Fatalf("the member at the other node got %#v", f)
	}

	if out := mustRelay(t, c.dir, "fsck", "-store-file", "store"); !strings.Contains(out, "sound") {
		t.Errorf("fsck:\n%s", out)
	}

	// Brought back to an earlier moment, it is another store: nodes that serve
	// it end, and tell clients when they begin anew.
	if out := mustRelay(t, c.dir, "restored", "-actor", "jo", "-store-file", "store"); !strings.Contains(out, "Clients notice") {
		t.Errorf("restored:\n%s", out)
	}
	for _, s := range c.all {
		if err := s.cmd.Wait(); err == nil || !strings.Contains(s.log.String(), "start it again") {
			t.Errorf("a node of another store ended with %v\n%s", err, s.log)
		}
		c.silent(t, s, ch)
	}
	again := c.serve(t, freePort(t))
	if got := again.dial(t).hello.Store; got == a.hello.Store {
		t.Error("the store is called as before")
	}
	again.kill()
	mustRelay(t, c.dir, "isms", "plan", "-store-file", "store")
	if out, err := relay(t, c.dir, "isms", "check", "-app", "none", "-origin", c.all[0].origin, "-store-file", "store"); err == nil || !strings.Contains(out, "PASSED        limits") || !strings.Contains(out, "NOT-EVIDENCED version") {
		t.Errorf("isms check: %v\n%s", err, out)
	}
	mustRelay(t, c.dir, "isms", "act", "N1", "-action", "TLS", "-who", "operations", "-due", "2999-12-31", "-store-file", "store")
	if out := mustRelay(t, c.dir, "isms", "report", "-store-file", "store"); !strings.Contains(out, "cycle 1") {
		t.Errorf("isms report:\n%s", out)
	}
	if out := mustRelay(t, c.dir, "audit", "list", "-store-file", "store"); !strings.Contains(out, "tenant.suspend") || !strings.Contains(out, "store.restored") {
		t.Errorf("audit list:\n%s", out)
	}
	for _, args := range [][]string{{"restored"}, {"restore", "nowhere", "-identity", "none", "-store-file", "store"}, {"backup", "-to", "nowhere", "-recipient", "none", "-store-file", "store"}} {
		if out, err := relay(t, c.dir, args...); err == nil || strings.Contains(out, postgrestest.Password) {
			t.Errorf("relay %v: %v\n%s", args, err, out)
		}
	}
}

// A courier brings boxes to a channel whatever happens, and knows which were acknowledged.
type courier struct {
	c      *nodes
	node   int
	ch     wire.Channel
	key    keyed
	acked  map[uint64]wire.BoxID
	change func(acked int) // called after each
}

// run delivers so many boxes, each until it is acknowledged, over any node that answers.
func (k *courier) run(ctx context.Context, t *testing.T, n int) {
	var s *session
	defer func() { s.close() }()
	for i := range n {
		box := newBox()
		for tries := 0; ; tries++ {
			if ctx.Err() != nil {
				t.Errorf("box %d of %d was not acknowledged in time", i, n)
				return
			}
			if s == nil {
				var err error
				if s, err = k.c.session((k.node+tries)%len(k.c.all), k.ch, k.key); err != nil {
					time.Sleep(20 * time.Millisecond)
					continue
				}
			}
			f, err := s.ask(&wire.AppendBoxes{Req: s.next(), Channel: k.ch, Boxes: []wire.Box{box}})
			if a, ok := f.(*wire.Appended); err == nil && ok {
				if had, twice := k.acked[a.Positions[0]]; twice {
					t.Errorf("position %d was given to %v and %v", a.Positions[0], had, box.ID)
				}
				k.acked[a.Positions[0]] = box.ID
				if k.change != nil {
					k.change(len(k.acked))
				}
				break
			}
			s.close()
			s = nil
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// A session is a socket that returns errors: its node may die.
type session struct {
	ws  *websocket.Conn
	req uint32
}

func (c *nodes) session(i int, ch wire.Channel, key keyed) (*session, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute}
	ws, _, err := d.Dial("ws://127.0.0.1:"+c.all[i].port+wire.Path, nil)
	if err != nil {
		return nil, err
	}
	s := &session{ws: ws}
	f, err := s.receive()
	hello, ok := f.(*wire.Hello)
	if err == nil && !ok {
		err = fmt.Errorf("%T", f)
	}
	if err == nil {
		f, err = s.ask(&wire.Open{Req: s.next(), Channel: ch, Access: key.pub, Sig: key.sign(wire.OpenContext(c.all[0].origin, hello.Nonce, ch, key.pub))})
		if _, ok := f.(*wire.Opened); err == nil && !ok {
			err = fmt.Errorf("%T", f)
		}
	}
	if err != nil {
		ws.Close()
		return nil, err
	}
	return s, nil
}

func (s *session) close() {
	if s != nil {
		s.ws.Close()
	}
}

func (s *session) next() uint32 { s.req++; return s.req }

func (s *session) receive() (wire.Frame, error) {
	s.ws.SetReadDeadline(time.Now().Add(time.Minute))
	_, b, err := s.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	return wire.Parse(b)
}

func (s *session) ask(f wire.Frame) (wire.Frame, error) {
	if err := s.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)); err != nil {
		return nil, err
	}
	return s.receive()
}

// follow reads a channel from its beginning, over any node that answers, until
// it has seen the position that last tells, and returns what it saw.
func (c *nodes) follow(ctx context.Context, t *testing.T, node int, ch wire.Channel, key keyed, last func() uint64) []wire.BoxID {
	var seen []wire.BoxID
	for tries := 0; ; tries++ {
		if ctx.Err() != nil {
			t.Errorf("followed up to %d of %d", len(seen), last())
			return seen
		}
		s, err := c.session((node+tries)%len(c.all), ch, key)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		f, err := s.ask(&wire.Follow{Req: s.next(), Channel: ch, After: uint64(len(seen))})
		for err == nil {
			b, ok := f.(*wire.Boxes)
			if !ok {
				break
			}
			for _, one := range b.Boxes {
				if one.Pos != uint64(len(seen))+1 {
					t.Errorf("position %d after %d", one.Pos, len(seen))
				}
				seen = append(seen, one.ID)
			}
			if want := last(); want != 0 && uint64(len(seen)) >= want {
				s.close()
				return seen
			}
			f, err = s.receive()
		}
		s.close()
	}
}

func TestNothingAcknowledgedIsLostWhenANodeOrTheDatabaseIsKilled(t *testing.T) {
	c := serveNodes(t, 2)
	mustRelay(t, c.dir, "tenant", "add", "-open", "Everyone", "-store-file", "store")
	c.throughKills(t, 60, func(done uint64) {
		switch done {
		case 40: // the database, as by a power cut
			c.Kill()
			if err := c.Start(); err != nil {
				t.Error(err)
			}
		case 120: // a node; the other one goes on
			c.all[1].kill()
		}
	})
	for _, s := range c.all {
		s.kill()
		c.silent(t, s, c.channels[0])
	}
}

// TestSoakNodesAndDatabaseAreKilledAgainAndAgain does so for as long as make soak says.
func TestSoakNodesAndDatabaseAreKilledAgainAndAgain(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("VIALOG_SOAK"))
	if err != nil {
		t.Skip("make soak kills for minutes")
	}
	c := serveNodes(t, 2)
	mustRelay(t, c.dir, "tenant", "add", "-open", "Everyone", "-store-file", "store")
	rounds := 0
	for start := time.Now(); time.Since(start) < long && !t.Failed(); rounds++ {
		cut, node := uint64(5+mathrand.IntN(60)), uint64(70+mathrand.IntN(100))
		t.Logf("round %d: the database is killed at %d, a node at %d", rounds, cut, node)
		c.throughKills(t, 60, func(done uint64) {
			switch done {
			case cut, node + 30:
				c.Kill()
				if err := c.Start(); err != nil {
					t.Error(err)
				}
			case node:
				c.all[1].kill()
			}
		})
		c.all[1] = c.serve(t, freePort(t))
	}
	t.Logf("%d rounds", rounds)
}

// throughKills has couriers at all nodes bring so many boxes each, followed at all
// nodes, while change may kill what it likes after each that was acknowledged.
func (c *nodes) throughKills(t *testing.T, each int, change func(done uint64)) {
	t.Helper()
	a := c.dial(t, 0)
	for a.hello.OpenTenant == (wire.TenantID{}) {
		time.Sleep(10 * time.Millisecond)
		a = c.dial(t, 0)
	}
	founder, access := newKeyed(), newKeyed()
	ch := a.found(founder, access)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	const couriers = 4
	var mu sync.Mutex
	done := uint64(0)
	acked := func(int) {
		mu.Lock()
		defer mu.Unlock()
		done++
		change(done)
	}
	all := make([]*courier, couriers)
	var working, reading sync.WaitGroup
	var head uint64
	for i := range all {
		all[i] = &courier{c: c, node: i % 2, ch: ch, key: access, acked: map[uint64]wire.BoxID{}, change: acked}
		working.Go(func() { all[i].run(ctx, t, each) })
	}
	seen := make([][]wire.BoxID, 2)
	for i := range seen {
		reading.Go(func() {
			seen[i] = c.follow(ctx, t, i, ch, access, func() uint64 { mu.Lock(); defer mu.Unlock(); return head })
		})
	}
	working.Wait()
	mu.Lock()
	head = uint64(couriers * each)
	mu.Unlock()
	// The followers may have seen all before they could know that it was all.
	last := courier{c: c, ch: ch, key: access, acked: map[uint64]wire.BoxID{}}
	last.run(ctx, t, 1)
	reading.Wait()

	taken := map[uint64]wire.BoxID{}
	for _, k := range append(all, &last) {
		for pos, id := range k.acked {
			if had, twice := taken[pos]; twice {
				t.Errorf("position %d was given to %v and %v", pos, had, id)
			}
			taken[pos] = id
		}
	}
	if len(taken) != couriers*each+1 {
		t.Errorf("%d boxes acknowledged, want %d", len(taken), couriers*each+1)
	}
	for _, ids := range seen {
		for i, id := range ids {
			if taken[uint64(i)+1] != id {
				t.Fatalf("a follower saw another box at %d", i+1)
			}
		}
	}
	if out := mustRelay(t, c.dir, "fsck", "-store-file", "store"); !strings.Contains(out, "sound") {
		t.Errorf("fsck:\n%s", out)
	}
	c.channels = append(c.channels, ch)
}
