package hub

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// centre adds a tenant and returns what its tickets look like.
func (r *relay) centre(c *client, name string) func(id byte) wire.Admission {
	r.t.Helper()
	tenant, code, err := r.desk.Add(r.t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: name})
	if err != nil {
		r.t.Fatal(err)
	}
	lead := keyOf("lead of " + name)
	want[*wire.Registered](r.t, c.ask(&wire.Register{Req: c.next(), Code: code, Key: lead.tenant(),
		Sig: lead.sign(wire.RegisterContext(origin, c.hello.Nonce, code, lead.tenant()))}))
	return func(id byte) wire.Admission {
		a := wire.Admission{Kind: wire.ByTicket, Ticket: wire.Ticket{Tenant: tenant.ID, ID: wire.TicketID{id}, Channels: 1000, Expires: uint64(time.Now().Add(time.Hour).Unix())}}
		a.Ticket.Sig = lead.sign(wire.TicketContext(&a.Ticket))
		return a
	}
}

// channels creates and opens n channels on c.
func (c *client) channels(r *relay, a wire.Admission, name string, n int) (all []wire.Channel) {
	c.t.Helper()
	for i := range n {
		founder := keyOf(fmt.Sprint(name, i))
		want[*wire.Done](c.t, c.ask(c.createFrame(r, founder, keyOf(name), a)))
		want[*wire.Opened](c.t, c.open(founder.channel(), keyOf(name)))
		all = append(all, founder.channel())
	}
	return all
}

// A steppedLog says which append has come, and carries it out when it is told to.
type steppedLog struct {
	Log
	came chan wire.Channel
	step chan struct{}
}

func (l *steppedLog) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	l.came <- id
	<-l.step
	return l.Log.Append(ctx, id, as, boxes, maxBytes)
}

func (l *line) inLine() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// narrow lets one through at a time.
func (l *line) narrow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.room = 1
}

func TestATenantThatAppendsAllItCanKeepsNoOtherFromIt(t *testing.T) {
	log := &steppedLog{came: make(chan wire.Channel, 1000), step: make(chan struct{})}
	l := roomy
	l.Pending, l.WaitingBytes = 1000, 600*wire.MinBox
	r := newRelay(t, Options{Limits: l}, func(l Log) Log { log.Log = l; return log })
	r.hub.writing.narrow()

	greedy, other := r.dial(), r.dial()
	const many, each, few = 50, 8, 5
	taken := greedy.channels(r, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}, "greedy", many)
	mine := other.channels(r, r.centre(other, "A centre")(1), "other", few)

	type sent struct {
		channel wire.Channel
		box     wire.Box
	}
	requests := map[uint32]sent{}
	for i := range each {
		for _, ch := range taken {
			req, b := greedy.next(), box(fmt.Sprint(i, ch))
			requests[req] = sent{ch, b}
			greedy.send(&wire.AppendBoxes{Req: req, Channel: ch, Boxes: []wire.Box{b}})
		}
	}
	// The answer to a ping comes after everything before it was looked at.
	want[*wire.Done](t, greedy.ask(&wire.Ping{Req: greedy.next()}))
	eventually(t, func() bool { return r.hub.writing.inLine() == many-1 })
	if n := r.hub.Stats().WaitingBytes; n != l.WaitingBytes/2 {
		t.Errorf("one tenant has %d bytes waiting of %d", n, l.WaitingBytes)
	}

	var reqs []uint32
	for _, ch := range mine {
		reqs = append(reqs, other.next())
		other.send(&wire.AppendBoxes{Req: other.req, Channel: ch, Boxes: []wire.Box{box("mine")}})
	}
	want[*wire.Done](t, other.ask(&wire.Ping{Req: other.next()}))
	eventually(t, func() bool { return r.hub.writing.inLine() == many-1+few })

	<-log.came // it was with the store before the other came
	for turn, got := 0, 0; got < few; turn++ {
		log.step <- struct{}{}
		if slices.Contains(mine, <-log.came) {
			got++
		}
		if got < (turn+1)/2 {
			t.Fatalf("after %d turns, the other has had %d", turn+1, got)
		}
	}
	close(log.step)
	for _, req := range reqs {
		want[*wire.Appended](t, other.answer(req)) // and not Busy
	}

	// Of the greedy one, what was refused is not there, and the rest is once.
	kept := map[wire.Channel]map[wire.BoxID]bool{}
	busy := 0
	for req, s := range requests {
		switch f := greedy.answer(req).(type) {
		case *wire.Appended:
			if kept[s.channel] == nil {
				kept[s.channel] = map[wire.BoxID]bool{}
			}
			kept[s.channel][s.box.ID] = true
		default:
			wantRefused(t, f, wire.Busy)
			busy++
		}
	}
	if busy != many*each-300 {
		t.Errorf("%d of %d were refused", busy, many*each)
	}
	for _, ch := range taken {
		got := want[*wire.Boxes](t, greedy.ask(&wire.Read{Req: greedy.next(), Channel: ch, MaxBytes: 1 << 20}))
		if len(got.Boxes) != len(kept[ch]) {
			t.Fatalf("%d boxes, %d acknowledged", len(got.Boxes), len(kept[ch]))
		}
		for _, b := range got.Boxes {
			if !kept[ch][b.ID] {
				t.Fatal("a box is there that was refused")
			}
		}
	}
	if s := r.hub.Stats(); s.WaitingBytes != 0 {
		t.Errorf("%d bytes still counted", s.WaitingBytes)
	}
}

// A steppedReads says which read has come, and carries it out when it is told to.
type steppedReads struct {
	Log
	came chan wire.Channel
	step chan struct{}
}

func (l *steppedReads) After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, room *store.Room) ([]wire.Stored, uint64, error) {
	l.came <- id
	<-l.step
	return l.Log.After(ctx, id, pos, maxBytes, room)
}

func TestATenantWhoseDevicesAllCatchUpKeepsNoOtherFromReading(t *testing.T) {
	log := &steppedReads{came: make(chan wire.Channel, 1000), step: make(chan struct{})}
	r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log.Log = l; return log })
	r.hub.reading.narrow()

	// Each frame to a follower has one of these boxes in it.
	const devices, boxes, few = 30, 4, 5
	big := func(i int) wire.Box { return box(fmt.Sprint(i), followFrame*3/4) }
	owner := r.dial()
	ch := owner.channels(r, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}, "greedy", 1)[0]
	mine := owner.channels(r, r.centre(owner, "A centre")(1), "other", 1)[0]
	for i := range boxes {
		want[*wire.Appended](t, owner.append(ch, big(i)))
		want[*wire.Appended](t, owner.append(mine, big(i)))
	}
	dial := func(ch wire.Channel, access string) *client {
		c := r.dial()
		want[*wire.Opened](t, c.open(ch, keyOf(access)))
		return c
	}
	var greedy, others []*client
	for range devices {
		c := dial(ch, "greedy")
		c.send(&wire.Follow{Req: c.next(), Channel: ch})
		greedy = append(greedy, c)
	}
	eventually(t, func() bool { return r.hub.reading.inLine() == devices-1 })
	for range few {
		c := dial(mine, "other")
		c.send(&wire.Read{Req: c.next(), Channel: mine, MaxBytes: followFrame})
		others = append(others, c)
	}
	eventually(t, func() bool { return r.hub.reading.inLine() == devices-1+few })

	<-log.came // it was with the store before the other came
	for turn, got := 0, 0; got < few; turn++ {
		log.step <- struct{}{}
		if <-log.came == mine {
			got++
		}
		if got < (turn+1)/2 {
			t.Fatalf("after %d turns, the other has had %d", turn+1, got)
		}
	}
	close(log.step)
	for _, c := range others {
		if f := want[*wire.Boxes](t, c.answer(c.req)); len(f.Boxes) != 1 || f.Head != boxes {
			t.Errorf("%d boxes, head %d", len(f.Boxes), f.Head)
		}
	}
	// Nobody is left out.
	for _, c := range greedy {
		for i := range boxes {
			if f := want[*wire.Boxes](t, c.answer(c.req)); len(f.Boxes) != 1 || f.Boxes[0].ID != big(i).ID {
				t.Fatalf("frame %d has %d boxes", i, len(f.Boxes))
			}
		}
	}
	eventually(t, func() bool {
		l := &r.hub.reading
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.inHand == 0 && len(l.ends) == 0
	})
}

func TestTurnsAreSharedByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l line
		l.init(0)
		l.room = 1
		large, small := wire.TenantID{1}, wire.TenantID{2}
		first := l.enter(large, 1<<20, 1<<20)
		order := make(chan wire.TenantID, 100)
		enter := func(t wire.TenantID, n int, cost int64) {
			for range n {
				go func() {
					leave := l.enter(t, cost, cost)
					order <- t
					leave()
				}()
			}
			synctest.Wait()
		}
		enter(large, 10, 1<<20)
		enter(small, 50, 5<<10)
		first()
		synctest.Wait()
		before := 0
		for range 50 {
			for <-order == large {
				before++
			}
		}
		// All the small ones together cost a quarter of a large one.
		if before > 1 {
			t.Errorf("%d large turns before the last small one", before)
		}
		synctest.Wait()
		if l.inHand != 0 || len(l.waiting) != 0 || len(l.ends) != 0 || len(order) != 10-before {
			t.Errorf("left: %+v", &l)
		}
	})
}

func TestWhoeverComesNextFindsSomethingFree(t *testing.T) {
	for others := range 20 {
		var s shares
		l := Limits{WaitingBytes: 1 << 20, Connections: 1000}
		for i := range others {
			for s.reserve(wire.TenantID{1, byte(i)}, 256, &l) {
			}
			for s.connect(wire.TenantID{1, byte(i)}, &l) {
			}
		}
		next := wire.TenantID{2}
		// Those who came first have the most; in the end each has the same.
		if left := l.WaitingBytes - s.waiting; others > 0 && left < l.WaitingBytes>>others-256 {
			t.Errorf("%d others left %d bytes", others, left)
		}
		if others < 10 && !s.reserve(next, 256, &l) {
			t.Errorf("%d others left no bytes", others)
		}
		if !s.connect(next, &l) {
			t.Errorf("%d others left no connection", others)
		}
		s.disconnect(next)
		if others == 0 {
			continue
		}
		one := wire.TenantID{1}
		if was := s.tenants[one].waiting; was > l.WaitingBytes/2 || s.tenants[one].conns > 750 {
			t.Errorf("the first has %d bytes and %d connections", was, s.tenants[one].conns)
		}
	}
}

func TestATenantLeavesConnectionsForOthers(t *testing.T) {
	l := roomy
	l.Connections = 40
	r := newRelay(t, Options{Limits: l})
	owner := r.dial()
	ch := owner.channels(r, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}, "greedy", 1)[0]
	mine := owner.channels(r, r.centre(owner, "A centre")(1), "other", 1)[0]
	open := 1
	for range 30 {
		if f := r.dial().open(ch, keyOf("greedy")); open < 29 {
			want[*wire.Opened](t, f)
			open++
		} else {
			wantRefused(t, f, wire.Busy)
		}
	}
	c := r.dial()
	want[*wire.Opened](t, c.open(mine, keyOf("other")))
	want[*wire.Appended](t, c.append(mine, box("b")))

	// With that many connections, those without a channel make room.
	r.hub.sweep(time.Now().Add(idleMost + time.Second))
	eventually(t, func() bool { return r.hub.Stats().Connections == open+1 })
	want[*wire.Appended](t, c.append(mine, box("c")))
	// Whose connections have ended is not counted any more.
	owner.ws.Close()
	c.ws.Close()
	eventually(t, func() bool {
		r.hub.shares.mu.Lock()
		defer r.hub.shares.mu.Unlock()
		return r.hub.shares.conns == open-1
	})
}

func TestBytesPerSecondAreEachTenantsOwn(t *testing.T) {
	l := roomy
	l.TenantBytes, l.TenantBytesBurst = 0.01, 4*wire.MinBox
	r := newRelay(t, Options{Limits: l})
	c := r.dial()
	theirs := c.channels(r, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}, "theirs", 2)
	mine := c.channels(r, r.centre(c, "A centre")(1), "mine", 1)[0]
	for i, ch := range []wire.Channel{theirs[0], theirs[1], theirs[0], theirs[1]} {
		want[*wire.Appended](t, c.append(ch, box(fmt.Sprint(i))))
	}
	f := c.append(theirs[0], box("more"))
	wantRefused(t, f, wire.RateLimited)
	if f.(*wire.Refused).RetryAfter == 0 {
		t.Error("it does not say when to come back")
	}
	want[*wire.Appended](t, c.append(mine, box("mine")))
}
