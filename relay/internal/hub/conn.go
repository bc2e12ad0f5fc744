package hub

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A conn is one client. Its reader goroutine lives as long as it; a worker
// writes when there is something to write.
type conn struct {
	h     *Hub
	addr  *address
	since time.Time
	nonce wire.Nonce

	// used by the reader only
	frames   bucket
	deadline time.Time // of reading, as last set
	midway   bool      // a frame is being read: no pong moves its deadline

	mu      sync.Mutex // guards the rest
	net     io.Closer  // nil before the handshake
	ws      socket     // nil before that is through
	room    sync.Cond  // less is waiting to be written, or dead
	members map[wire.Channel]*member
	tenants []held // of members
	out     []outgoing
	outSize int
	ready   []*member // followers that may have a next frame
	pending int       // requests without an answer
	writing bool      // a worker has the connection, or is about to
	ping    bool
	pinged  time.Time
	closing wire.Refusal // say goodbye once nothing is pending; 0: go on
	retry   time.Duration
	dead    bool
	kept    bool // the host keeps what c is; see sleep.go
}

// An outgoing frame is ready to be written, or a read that is carried out when
// its turn comes, so that answers nobody takes cost no memory.
type outgoing struct {
	frame   []byte
	alive   bool // instead of a frame, the sign of life
	read    *pendingRead
	answers bool // a request
}

type pendingRead struct {
	m        *member
	req      uint32
	after    uint64
	maxBytes int
}

// Beyond these the reader waits until the client has taken its answers.
const (
	outFrames = 4 * wire.MaxPending
	outBytes  = 1 << 20
)

// serve greets the client and takes its frames until the connection ends.
func (c *conn) serve(ws socket) {
	defer c.forget()
	c.mu.Lock()
	c.net, c.ws = ws, ws
	c.pinged = time.Now()
	c.mu.Unlock()
	rand.Read(c.nonce[:]) // never fails: crypto/rand ends the process instead
	c.alive()
	c.push(&wire.Hello{
		Version:    wire.Version,
		Nonce:      c.nonce,
		Store:      c.h.log.ID(),
		Time:       uint64(time.Now().UnixMilli()),
		OpenTenant: c.h.admission.OpenTenant(),
		MaxFrame:   c.h.limits.MaxFrame,
		MaxBox:     c.h.limits.MaxBox,
		MaxBatch:   c.h.limits.MaxBatch,
	})
	c.listen()
}

// listen takes the client's frames until the connection ends.
func (c *conn) listen() {
	c.ws.attend(func() error {
		if c.frames.take(time.Now(), c.h.limits.Frames, c.h.limits.FramesBurst, 1) > 0 {
			return errors.New("too many pings")
		}
		return nil
	}, func() {
		if !c.midway {
			c.alive()
		}
	})
	for {
		r, binary, err := c.ws.next()
		if err != nil {
			return
		}
		c.alive()
		c.midway = true
		goesOn := binary && c.receive(r) || !binary && c.hear(r)
		if c.midway = false; !goesOn {
			return
		}
		c.mu.Lock()
		for (len(c.out) > outFrames || c.outSize > outBytes) && !c.dead {
			c.room.Wait()
		}
		dead := c.dead
		c.mu.Unlock()
		if dead {
			return
		}
	}
}

// alive moves the deadline for the client's next sign of life.
func (c *conn) alive() {
	now := time.Now()
	if d := now.Add(c.h.limits.ReadTimeout); d.Sub(c.deadline) > c.h.limits.ReadTimeout/20 {
		c.deadline = d
		c.ws.expect(d)
	}
}

// hear takes what is not a frame: the sign of life, if we agreed on it. It reports
// whether the connection goes on.
func (c *conn) hear(r io.Reader) bool {
	var b [len(wire.AliveQuestion) + 1]byte
	n, err := io.ReadFull(r, b[:])
	switch {
	case !c.ws.lively() || err != io.ErrUnexpectedEOF || string(b[:n]) != wire.AliveQuestion:
		c.finish(wire.Malformed, 0)
		c.drain(r)
		return true
	case c.frames.take(time.Now(), c.h.limits.Frames, c.h.limits.FramesBurst, 1) > 0:
		return false // it has no number by which to refuse it
	}
	c.put(outgoing{alive: true})
	return true
}

func (c *conn) drain(r io.Reader) { io.Copy(io.Discard, io.LimitReader(r, wire.MaxFrame)) }

const scratchSize = 64 << 10

var scratch = sync.Pool{New: func() any { b := make([]byte, scratchSize); return &b }}

// receive reads one frame and does what it says. It reports whether the
// connection goes on.
func (c *conn) receive(r io.Reader) bool {
	pooled := scratch.Get().(*[]byte)
	defer scratch.Put(pooled)
	b := (*pooled)[:0]
	limit := int(c.h.limits.MaxFrame)
	reserved := int64(0) // beyond scratch
	defer func() {
		if reserved > 0 {
			c.h.addresses.arrived(c.addr, reserved)
		}
	}()
	for {
		if len(b) == cap(b) {
			more := int64(cap(b))
			if !c.h.addresses.arrive(c.addr, &c.h.limits, more) {
				c.drain(r)
				c.reject(requestOf(b), wire.Busy, 0)
				return true
			}
			reserved += more
			b = append(make([]byte, 0, 2*cap(b)), b...)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if len(b) > limit {
			c.drain(r)
			c.reject(requestOf(b), wire.TooLarge, 0)
			return true
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false
		}
	}
	if c.isClosing() {
		c.reject(requestOf(b), wire.ShuttingDown, 0)
		return true
	}
	if wait := c.frames.take(time.Now(), c.h.limits.Frames, c.h.limits.FramesBurst, 1); wait > 0 {
		c.reject(requestOf(b), wire.RateLimited, wait)
		return true
	}
	if len(b) > 0 && b[0] >= 0x80 {
		c.reject(requestOf(b), wire.Unsupported, 0) // only a relay sends these
		return true
	}
	if cap(b) <= scratchSize && keeps(b) {
		b = append(make([]byte, 0, len(b)), b...) // its boxes outlive this call
	}
	f, err := wire.Parse(b)
	c.h.meter.Received(len(b), boxesOf(f))
	var p *wire.ParseError
	if errors.As(err, &p) {
		c.reject(p.Req, p.Refusal(), 0)
		if p.Refusal() == wire.Malformed {
			c.finish(wire.Malformed, 0)
		}
		return true
	}
	if left, on := c.h.admission.Maintenance(); on && !reads(f) {
		c.reject(requestOf(b), wire.Maintenance, again(left))
		return true
	}
	if shallow(f) {
		c.dispatch(f)
	} else {
		e := errand{func() { c.dispatch(f) }, make(chan struct{})}
		c.h.spawn(e)
		<-e.done
	}
	return true
}

// An errand is done by a worker while who sent it waits: the stack that it takes
// would stay with a connection's reader, which is to be small while it is idle.
type errand struct {
	do   func()
	done chan struct{}
}

func (e errand) run() {
	e.do()
	close(e.done)
}

// shallow reports whether f takes little stack, and comes too often for an errand.
func shallow(f wire.Frame) bool {
	switch f.(type) {
	case *wire.AppendBoxes, *wire.Ping:
		return true
	}
	return false
}

// reads reports whether f is answered also while nothing new is taken.
func reads(f wire.Frame) bool {
	switch f.(type) {
	case *wire.Open, *wire.Read, *wire.Follow, *wire.Unfollow, *wire.Ping:
		return true
	}
	return false
}

// again is when a client that came during maintenance asks again: when it is
// over or, if nobody knows, in a while, and not everyone at once.
func again(left time.Duration) time.Duration {
	return min(left, maxAgain) + spread(15*time.Second, 45*time.Second)
}

// maxAgain keeps what is left within the milliseconds that a frame can say.
const maxAgain = 30 * 24 * time.Hour

// keeps reports whether the frame in b is of a kind whose parts are kept.
func keeps(b []byte) bool { return len(b) > 0 && (b[0] == kindAppend || b[0] == kindRotate) }

// The kinds of PROTOCOL.md whose boxes are kept after the frame was read.
const (
	kindAppend = 0x03
	kindRotate = 0x07
)

// requestOf returns the request number of a frame that is not parsed.
func requestOf(b []byte) uint32 {
	if len(b) < 5 {
		return 0
	}
	return binary.BigEndian.Uint32(b[1:])
}

// begin counts a request, or refuses it if there are too many without an answer.
func (c *conn) begin(req uint32) bool {
	c.mu.Lock()
	c.stir()
	if c.pending >= c.h.limits.Pending {
		c.mu.Unlock()
		c.h.meter.Refused(wire.Busy)
		c.push(&wire.Refused{Req: req, Code: wire.Busy, RetryAfter: 1000})
		return false
	}
	c.pending++
	c.mu.Unlock()
	return true
}

// reject refuses a request that was not begun.
func (c *conn) reject(req uint32, code wire.Refusal, after time.Duration) {
	if c.begin(req) {
		c.refuse(req, code, after)
	}
}

// answered takes back a begin without a frame.
func (c *conn) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending--
	if c.closing != 0 {
		c.wakeLocked()
	}
}

func (c *conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing != 0
}

func (c *conn) answer(f wire.Frame) { c.put(outgoing{frame: small(f), answers: true}) }
func (c *conn) push(f wire.Frame)   { c.put(outgoing{frame: small(f)}) }

// small encodes a frame that most likely is: of an answer without boxes.
func small(f wire.Frame) []byte { return wire.Append(make([]byte, 0, 48), f) }

func (c *conn) refuse(req uint32, code wire.Refusal, after time.Duration) {
	if after == 0 {
		switch code {
		case wire.Busy, wire.Failed:
			after = time.Second
		case wire.DiskFull:
			after = time.Minute
		}
	}
	c.h.meter.Refused(code)
	c.answer(&wire.Refused{Req: req, Code: code, RetryAfter: uint32(after.Milliseconds())})
}

func (c *conn) put(o outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return
	}
	c.out = append(c.out, o)
	c.outSize += len(o.frame)
	c.wakeLocked()
}

// wakeFor tells that the follower m may have a next frame.
func (c *conn) wakeFor(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.queued || c.dead {
		return
	}
	m.queued = true
	c.ready = append(c.ready, m)
	c.wakeLocked()
}

func (c *conn) wakeLocked() {
	c.stir()
	if c.writing || c.dead || c.ws == nil {
		return
	}
	c.writing = true
	c.h.spawn(c)
}

func (c *conn) pingIfDue(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.ws.(sleeper); ok {
		patience := c.h.limits.ReadTimeout
		if c.dead {
			patience = 0 // we said goodbye
		}
		s.check(now, patience)
		return
	}
	if now.Sub(c.pinged) < c.h.limits.PingEvery || c.ws == nil {
		return
	}
	c.pinged, c.ping = now, true
	c.wakeLocked()
}

// A held tenant is one whose channels are open on a connection.
type held struct {
	tenant   wire.TenantID
	channels int
}

// admit counts a channel of t that is to be open on c, unless t has as many
// connections as it may. Called with mu held.
func (c *conn) admit(t wire.TenantID) bool {
	for i := range c.tenants {
		if c.tenants[i].tenant == t {
			c.tenants[i].channels++
			return true
		}
	}
	if !c.h.shares.connect(t, &c.h.limits) {
		return false
	}
	c.tenants = append(c.tenants, held{t, 1})
	return true
}

// dismiss takes back an admit. Called with mu held.
func (c *conn) dismiss(t wire.TenantID) {
	for i := range c.tenants {
		if one := &c.tenants[i]; one.tenant == t {
			if one.channels--; one.channels == 0 {
				c.tenants = slices.Delete(c.tenants, i, i+1)
				c.h.shares.disconnect(t)
			}
			return
		}
	}
}

// idles reports whether c has had time to open a channel, and has none.
func (c *conn) idles(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.members) == 0 && now.Sub(c.since) > idleMost
}

// idleMost is how long a connection may have no channel while there are many.
const idleMost = 20 * time.Second

// finish says goodbye once all requests are answered; none is taken any more.
func (c *conn) finish(code wire.Refusal, retry time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing != 0 {
		return
	}
	c.closing, c.retry = code, retry
	c.wakeLocked()
}

// run writes until there is nothing to write.
func (c *conn) run() {
	for {
		c.mu.Lock()
		out, ready, ping := c.out, c.ready, c.ping
		c.out, c.ready, c.ping, c.outSize = nil, nil, false, 0
		for _, m := range ready {
			m.queued = false
		}
		for _, o := range out {
			if o.answers {
				c.pending--
			}
		}
		goodbye := c.closing != 0 && c.pending <= 0
		if c.dead || len(out) == 0 && len(ready) == 0 && !ping && !goodbye {
			c.writing = false
			c.mu.Unlock()
			return
		}
		code, retry := c.closing, c.retry
		c.room.Signal()
		c.mu.Unlock()

		err := c.write(out, ready, ping)
		if goodbye && err == nil {
			b := wire.Append(nil, &wire.Goodbye{Code: code, RetryAfter: uint32(retry.Milliseconds())})
			if err = c.send(b, 0); err == nil {
				status := goingAway
				if code == wire.Malformed {
					status = protocolError
				}
				c.ws.leave(status, c.writeBy())
			}
			// The client closes; the reader ends then, or soon after.
			c.ws.expect(time.Now().Add(time.Second))
			c.mu.Lock()
			c.dead = true
			c.room.Broadcast()
			c.mu.Unlock()
			return
		}
		if err != nil {
			c.cut()
			return
		}
	}
}

// What is read of the store is in a room until it is encoded. A client that does not
// take its frame keeps the frame alone.
var (
	rooms   = sync.Pool{New: func() any { return new(store.Room) }}
	encoded = sync.Pool{New: func() any { return new([]byte) }}
)

const mostEncoded = 2 * followFrame // bytes of memory for a frame that are kept

// write sends everything in as few calls to the kernel as fit.
func (c *conn) write(out []outgoing, ready []*member, ping bool) (err error) {
	if len(out)+len(ready) > 1 || ping {
		c.ws.hold()
		defer func() {
			if e := c.ws.release(c.writeBy()); err == nil {
				err = e
			}
		}()
	}
	if ping {
		if err := c.ws.ping(c.writeBy()); err != nil {
			return err
		}
	}
	buf := encoded.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= mostEncoded {
			encoded.Put(buf)
		}
	}()
	for _, o := range out {
		if o.alive {
			if err := c.ws.alive(c.writeBy()); err != nil {
				return err
			}
			continue
		}
		b, boxes := o.frame, 0
		if o.read != nil {
			room := rooms.Get().(*store.Room)
			f := c.read(o.read, room)
			*buf = wire.Append((*buf)[:0], f)
			b, boxes = *buf, boxesOf(f)
			rooms.Put(room)
		}
		if err := c.send(b, boxes); err != nil {
			return err
		}
	}
	for _, m := range ready {
		room := rooms.Get().(*store.Room)
		f, more := m.next(room)
		boxes := 0
		if f != nil {
			*buf = wire.Append((*buf)[:0], f)
			boxes = len(f.Boxes)
		}
		rooms.Put(room)
		if f != nil {
			if err := c.send(*buf, boxes); err != nil {
				return err
			}
		}
		if more {
			c.wakeFor(m)
		}
	}
	return nil
}

func (c *conn) writeBy() time.Time { return time.Now().Add(c.h.limits.WriteTimeout) }

func (c *conn) send(b []byte, boxes int) error {
	c.h.meter.Sent(len(b), boxes)
	return c.ws.send(b, c.writeBy())
}

// read carries out a Read. The frame is good until room is used again.
func (c *conn) read(r *pendingRead, room *store.Room) wire.Frame {
	ch := r.m.ch
	ch.mu.Lock()
	head, cost := ch.info.Head, int64(0)
	if r.after < head {
		cost = ch.readCost(r.after, r.maxBytes)
	}
	ch.mu.Unlock()
	f := &wire.Boxes{Req: r.req, Head: head}
	if r.after < head {
		boxes, err := r.m.fetch(r.after, r.maxBytes, cost, room)
		if err != nil && !errors.Is(err, store.ErrNoChannel) || err == nil && len(boxes) == 0 {
			c.h.logger.Error("store did not give boxes that it has", "err", err)
			c.h.meter.Refused(wire.Failed)
			return &wire.Refused{Req: r.req, Code: wire.Failed, RetryAfter: 1000}
		}
		f.Boxes = boxes[:fitting(boxes, r.maxBytes, head)]
	}
	ch.mu.Lock()
	closed := r.m.closed
	ch.mu.Unlock()
	if closed != 0 {
		c.h.meter.Refused(closed)
		return &wire.Refused{Req: r.req, Code: closed}
	}
	return f
}

// cut ends the connection at once.
func (c *conn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
	c.room.Broadcast()
	if c.net != nil {
		c.net.Close()
	}
}

// forget is the end of the connection.
func (c *conn) forget() {
	c.cut()
	c.mu.Lock()
	members, tenants := c.members, c.tenants
	c.members, c.tenants, c.out, c.ready = nil, nil, nil, nil
	c.mu.Unlock()
	for _, one := range tenants {
		c.h.shares.disconnect(one.tenant)
	}
	for _, m := range members {
		m.leave()
	}
	c.h.mu.Lock()
	delete(c.h.conns, c)
	c.h.mu.Unlock()
	c.h.addresses.disconnect(c.addr)
	c.h.ended.Done()
}

// leave takes m out of its channel and lets the channel go.
func (m *member) leave() {
	m.ch.mu.Lock()
	m.ch.part(m, wire.NotOpen)
	m.ch.mu.Unlock()
	m.ch.release()
}

// verify reports whether sig is pub's signature over context for one of the
// relay's origins. With a weak key it could be anybody's.
func (c *conn) verify(pub [32]byte, sig wire.Signature, context func(origin string) []byte) bool {
	if wire.WeakKey(pub) {
		return false
	}
	for _, origin := range c.h.origins {
		if ed25519.Verify(pub[:], context(origin), sig[:]) {
			return true
		}
	}
	return false
}

// spend takes from the budget of the address, or refuses req.
func (c *conn) spend(req uint32, cost float64) bool {
	if wait := c.h.addresses.spend(c.addr, &c.h.limits, cost); wait > 0 {
		c.refuse(req, wire.RateLimited, wait)
		return false
	}
	return true
}

// fail refuses req for a proof that failed, which costs the address.
func (c *conn) fail(req uint32, code wire.Refusal) {
	c.h.addresses.charge(c.addr, &c.h.limits, costFailure)
	c.refuse(req, code, 0)
}
