package hub

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"vialog/shared/wire"
)

// Some hosts take a program from memory when nothing of it is under way, not even
// a timer, and keep its sockets; whoever writes to one of them has the program
// started again. So a hub there dozes whenever all is quiet: it has the host keep,
// with each socket, what it knows of that connection, and waits without a timer.
// A hub that starts takes the sockets over with it, and asks nobody to prove
// again what was proved.
//
// What is kept is the host's memory of ours, which no client can write. It counts
// while it is true: it is taken back before anything of the connection changes, so
// that a program that ended without having dozed leaves none, and such a socket is
// ended. It names the channel's key, in case that was replaced and the program
// ended before it could say so.
//
// A hub does not doze while a limit remembers what somebody did.

// A sleeper is a socket that its host can keep while the hub is not in memory.
type sleeper interface {
	socket

	// idle reports whether the reader waits, and nothing has come for it.
	idle() bool

	// keep has the host keep b with the socket, or nothing if it is nil. It
	// reports whether the host can keep that much.
	keep(b []byte) bool

	// expected is the time that expect was told last.
	expected() time.Time

	// check ends the connection if nothing was heard of the client by the time
	// that was expected, nor since by what the host answered in our place: that
	// counts for so long as patience says.
	check(now time.Time, patience time.Duration)
}

const (
	dozeTick   = time.Second // between looks whether all is quiet
	sweepTicks = 10
)

// RunDozing is Run where the host keeps sockets while the hub is not in memory.
// stirred has a value after anything was handed over.
func (h *Hub) RunDozing(ctx context.Context, stirred <-chan struct{}) {
	var expired time.Time
	for {
		tick := time.NewTicker(dozeTick)
		for n := 1; ; n++ {
			if now := time.Now(); now.Sub(expired) > 30*time.Second {
				expired = now
				h.expire(ctx)
			}
			now := <-tick.C
			if n%sweepTicks == 1 { // the first time at once: perhaps we were woken for it
				h.sweep(now)
			}
			select {
			case <-stirred:
			default:
			}
			if h.doze(now) {
				break
			}
		}
		tick.Stop()
		select {
		case <-stirred:
		case <-ctx.Done():
			return
		}
	}
}

// doze has the host keep what the hub knows, if all is quiet, and reports whether it did.
func (h *Hub) doze(now time.Time) bool {
	if !h.addresses.quiet(now, &h.limits) || !h.shares.quiet(now, &h.limits) {
		return false
	}
	h.mu.Lock()
	conns := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		conns = append(conns, c)
	}
	channels := make([]*channel, 0, len(h.channels))
	for _, ch := range h.channels {
		channels = append(channels, ch)
	}
	h.mu.Unlock()
	for _, ch := range channels {
		if !ch.quiet(now) {
			return false
		}
	}
	for _, c := range conns {
		if !c.doze(now) {
			return false
		}
	}
	return true
}

// quiet reports whether nobody has anything in hand or has used of a budget.
func (a *addresses) quiet(now time.Time, l *Limits) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.known {
		if one.arriving != 0 || !one.work.full(now, l.AddressWork, l.AddressWorkBurst) {
			return false
		}
	}
	return true
}

func (s *shares) quiet(now time.Time, l *Limits) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.tenants {
		if one.waiting != 0 || !one.bytes.full(now, l.TenantBytes, l.TenantBytesBurst) {
			return false
		}
	}
	return true
}

func (ch *channel) quiet(now time.Time) bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return !ch.running && len(ch.queue) == 0 && ch.rate.full(now, ch.h.limits.Boxes, ch.h.limits.BoxesBurst)
}

// doze has the host keep what c is, if c is quiet.
func (c *conn) doze(now time.Time) bool {
	c.mu.Lock()
	if c.kept {
		c.mu.Unlock()
		return true
	}
	s, ok := c.ws.(sleeper)
	quiet := ok && s.idle() && !c.writing && !c.dead && c.pending == 0 && c.closing == 0 &&
		len(c.out) == 0 && len(c.ready) == 0 && c.frames.full(now, c.h.limits.Frames, c.h.limits.FramesBurst)
	members := make([]*member, 0, len(c.members))
	for _, m := range c.members {
		members = append(members, m)
	}
	c.kept = quiet
	c.mu.Unlock()
	if !quiet {
		return false
	}
	b := c.remember(members)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = c.kept && s.keep(b)
	return c.kept
}

// stir takes back what the host keeps of c, which is about to change. Called with mu held.
func (c *conn) stir() {
	if c.kept {
		c.kept = false
		c.ws.(sleeper).keep(nil)
	}
}

// What is kept of a connection:
//
//	version u8 | nonce 32 | key of addresses 32 | address 16 | since u64 (ms) | expected u64 (ms) | count u16 | count × member
//	member: channel 32 | beginning of its access key 8 | tenant 16 | following u8 | request u32 | cursor u64
//
// The host keeps it in memory, as long as the socket: no address comes to a disk.
const (
	memoryVersion = 2
	memoryHead    = 1 + 32 + 32 + 16 + 8 + 8 + 2
	memoryMember  = 32 + 8 + 16 + 1 + 4 + 8
)

// A mark is what an access key begins with.
type mark [8]byte

func beginning(k wire.AccessKey) mark { return mark(k[:8]) }

func (c *conn) remember(members []*member) []byte {
	b := make([]byte, 0, memoryHead+len(members)*memoryMember)
	b = append(b, memoryVersion)
	b = append(b, c.nonce[:]...)
	b = append(b, c.h.addresses.key[:]...)
	b = append(b, c.addr.key[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.since.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(c.ws.(sleeper).expected().UnixMilli()))
	at := len(b)
	b = append(b, 0, 0)
	n := 0
	for _, m := range members {
		m.ch.mu.Lock()
		key := m.ch.mark
		if m.ch.info.Access != (wire.AccessKey{}) {
			key = beginning(m.ch.info.Access)
		}
		open, following, req, cursor := m.closed == 0, byte(0), m.req, m.cursor
		if m.following {
			following = 1
		}
		m.ch.mu.Unlock()
		if !open {
			continue // the client was told
		}
		n++
		b = append(b, m.ch.id[:]...)
		b = append(b, key[:]...)
		b = append(b, m.tenant[:]...)
		b = append(b, following)
		b = binary.BigEndian.AppendUint32(b, req)
		b = binary.BigEndian.AppendUint64(b, cursor)
	}
	binary.BigEndian.PutUint16(b[at:], uint16(n))
	return b
}

var errMemory = errors.New("the host kept something else with a socket than what it was given")

// resume takes over a socket that the host kept, with what it kept with it.
func (h *Hub) resume(ws sleeper, b []byte) error {
	if len(b) < memoryHead || b[0] != memoryVersion {
		return errMemory
	}
	take := func(to []byte) { b = b[copy(to, b):] }
	var key [32]byte
	var addr addressKey
	c := &conn{h: h}
	c.room.L = &c.mu
	b = b[1:]
	take(c.nonce[:])
	take(key[:])
	take(addr[:])
	c.since = time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	c.deadline = time.UnixMilli(int64(binary.BigEndian.Uint64(b[8:]))) // what was heard before does not count anew
	n := int(binary.BigEndian.Uint16(b[16:]))
	if b = b[18:]; len(b) != n*memoryMember {
		return errMemory
	}
	if c.addr = h.addresses.resume(key, addr); c.addr == nil {
		return errMemory
	}
	h.mu.Lock()
	h.conns[c] = struct{}{}
	h.ended.Add(1)
	h.mu.Unlock()
	c.net, c.ws, c.pinged = ws, ws, time.Now()
	c.members = make(map[wire.Channel]*member, n)
	for range n {
		var id wire.Channel
		var as mark
		var t wire.TenantID
		take(id[:])
		take(as[:])
		take(t[:])
		ch := h.acquire(id)
		m := &member{c: c, ch: ch, tenant: t, req: binary.BigEndian.Uint32(b[1:]), cursor: binary.BigEndian.Uint64(b[5:])}
		m.following = b[0] == 1
		b = b[13:]
		c.readmit(t)
		c.members[id] = m
		ch.mu.Lock()
		ch.join(m)
		if m.following {
			ch.follows++
		}
		same := len(ch.members) == 1 || ch.mark == as
		ch.mark = as
		ch.mu.Unlock()
		ch.release()
		if !same || m.following && m.req == 0 {
			c.forget()
			return errMemory
		}
	}
	c.kept = true // as it is
	ws.expect(c.deadline)
	go func() {
		defer c.forget()
		c.listen()
	}()
	return nil
}

// resume counts a connection of an address that was known by its hash under key.
func (a *addresses) resume(key [32]byte, k addressKey) *address {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) == 0 {
		a.key = key
	}
	if a.key != key {
		return nil
	}
	one := a.known[k]
	if one == nil {
		one = &address{key: k}
		a.known[k] = one
	}
	one.conns++
	return one
}

// readmit counts a channel of t that was open on c.
func (c *conn) readmit(t wire.TenantID) {
	for i := range c.tenants {
		if c.tenants[i].tenant == t {
			c.tenants[i].channels++
			return
		}
	}
	c.h.shares.reconnect(t)
	c.tenants = append(c.tenants, held{t, 1})
}

// reconnect counts a connection on which a channel of t was open.
func (s *shares) reconnect(t wire.TenantID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(t).conns++
	s.conns++
}

// resumed reports whether info is not loaded since the hub began, although the
// channel is open. Called with mu held.
func (ch *channel) resumed() bool { return len(ch.members) > 0 && ch.info.Access == (wire.AccessKey{}) }

// recall ends what the store contradicts of what was kept: the program ended
// between a change and the news of it. Called with mu held, before info is loaded
// for the first time.
func (ch *channel) recall(access wire.AccessKey, head uint64) {
	if ch.mark != beginning(access) {
		ch.closeMembers(nil, wire.Rotated)
	}
	for _, m := range ch.members {
		if m.following && m.cursor > head {
			ch.closeMembers(nil, wire.NotOpen)
			break
		}
	}
	ch.mark = mark{}
}
