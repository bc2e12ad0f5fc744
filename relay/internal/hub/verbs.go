package hub

import (
	"context"
	"errors"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

func (c *conn) dispatch(f wire.Frame) {
	switch f := f.(type) {
	case *wire.AppendBoxes:
		if c.begin(f.Req) {
			c.append(f)
		}
	case *wire.Open:
		if c.begin(f.Req) {
			c.open(f)
		}
	case *wire.Read:
		if c.begin(f.Req) {
			c.readBoxes(f)
		}
	case *wire.Follow:
		if c.begin(f.Req) {
			c.follow(f)
		}
	case *wire.Unfollow:
		if c.begin(f.Req) {
			c.unfollow(f)
		}
	case *wire.Create:
		if c.begin(f.Req) {
			c.create(f)
		}
	case *wire.Rotate:
		if c.begin(f.Req) {
			c.rotate(f)
		}
	case *wire.Cede:
		if c.begin(f.Req) {
			c.cede(f)
		}
	case *wire.Delete:
		if c.begin(f.Req) {
			c.delete(f)
		}
	case *wire.Erase:
		if c.begin(f.Req) {
			c.erase(f)
		}
	case *wire.Register:
		if c.begin(f.Req) {
			c.register(f)
		}
	case *wire.Rekey:
		if c.begin(f.Req) {
			c.rekey(f)
		}
	case *wire.Ping:
		if c.begin(f.Req) {
			c.answer(&wire.Done{Req: f.Req})
		}
	}
}

// member returns the channel as open on c, or refuses req.
func (c *conn) member(req uint32, id wire.Channel) *member {
	c.mu.Lock()
	m := c.members[id]
	c.mu.Unlock()
	if m == nil {
		c.refuse(req, wire.NotOpen, 0)
	}
	return m
}

// drop forgets a member that was closed, so that the next request for it is
// told to open again.
func (c *conn) drop(m *member) {
	c.mu.Lock()
	mine := c.members[m.ch.id] == m
	if mine {
		delete(c.members, m.ch.id)
		c.dismiss(m.tenant)
	}
	c.mu.Unlock()
	if mine {
		m.ch.release()
	}
}

func (c *conn) create(f *wire.Create) {
	if !c.spend(f.Req, costCreate) {
		return
	}
	signed := func(origin string) []byte { return wire.CreateContext(origin, c.nonce, f) }
	if !c.verify(f.Founding, f.FoundingSig, signed) || !c.verify(f.Access, f.AccessSig, signed) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	ctx := context.Background()
	id := wire.ChannelOf(f.Founding)
	// A repeated Create must not fail because its ticket has expired since.
	if had, err := c.h.log.Lookup(ctx, id); err == nil {
		if had.Access != f.Access {
			c.refuse(f.Req, wire.Conflict, 0)
			return
		}
		c.answer(&wire.Done{Req: f.Req})
		return
	} else if errors.Is(err, store.ErrErased) {
		c.refuse(f.Req, wire.Deleted, 0)
		return
	}
	now := c.h.now()
	var expires time.Time
	if f.Expires != 0 {
		if expires = time.Unix(int64(f.Expires), 0); !expires.After(now) {
			c.refuse(f.Req, wire.Expired, 0)
			return
		}
	}
	tenant, use, err := c.h.admission.Admit(ctx, &f.Admission)
	if err == nil {
		err = c.h.log.Create(ctx, store.Channel{
			ID: id, Founding: f.Founding, Access: f.Access, Tenant: tenant, Created: now, Expires: expires,
		}, use)
	}
	if err != nil {
		switch code := c.h.refusalOf(err); code {
		case wire.TicketInvalid:
			c.fail(f.Req, code)
		default:
			c.refuse(f.Req, code, 0)
		}
		return
	}
	c.answer(&wire.Done{Req: f.Req})
}

func (c *conn) open(f *wire.Open) {
	if !c.spend(f.Req, costSignature) {
		return
	}
	if !c.verify(f.Access, f.Sig, func(origin string) []byte {
		return wire.OpenContext(origin, c.nonce, f.Channel, f.Access)
	}) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	ch := c.h.acquire(f.Channel)
	defer ch.release()
	// In the lane, so that a Rotate that is under way has happened or not.
	ch.submit(job{do: func() { c.openNow(ch, f) }}, true)
}

func (c *conn) openNow(ch *channel, f *wire.Open) {
	ch.mu.Lock()
	err := ch.fresh()
	if err != nil && (!errors.Is(err, store.ErrNoChannel) || errors.Is(err, store.ErrErased)) {
		ch.mu.Unlock()
		c.refuse(f.Req, c.h.refusalOf(err), 0)
		return
	}
	if err == nil && ch.info.Access == f.Access {
		defer ch.mu.Unlock()
		if ch.expired(c.h.now()) {
			c.refuse(f.Req, wire.Expired, 0)
			return
		}
		if code := c.hold(ch); code != 0 {
			c.refuse(f.Req, code, 0)
			return
		}
		opened := &wire.Opened{Req: f.Req, Head: ch.info.Head, Bytes: ch.info.Bytes}
		if !ch.info.Expires.IsZero() {
			opened.Expires = uint64(ch.info.Expires.Unix())
		}
		c.answer(opened)
		return
	}
	ch.mu.Unlock()
	// Asked also of a channel that does not exist, to take as long.
	note, err := c.h.log.Note(context.Background(), ch.id, f.Access)
	switch {
	case err == nil:
		c.answer(&wire.Moved{Req: f.Req, Note: note})
	case errors.Is(err, store.ErrNoNote), errors.Is(err, store.ErrNoChannel):
		c.fail(f.Req, wire.NoAccess)
	default:
		c.refuse(f.Req, c.h.refusalOf(err), 0)
	}
}

// hold makes ch a channel that is open on c, or returns why not. Called with ch.mu held.
func (c *conn) hold(ch *channel) wire.Refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return 0 // nobody is told
	}
	old := c.members[ch.id]
	if old != nil && old.closed == 0 {
		return 0
	}
	if old == nil && len(c.members) >= c.h.limits.Channels {
		return wire.TooManyChannels
	}
	if !c.admit(ch.info.Tenant) {
		return wire.Busy
	}
	if c.members == nil {
		c.members = make(map[wire.Channel]*member, 1)
	}
	m := &member{c: c, ch: ch, tenant: ch.info.Tenant}
	c.members[ch.id] = m
	ch.join(m)
	if old != nil {
		ch.refs.Add(-1) // the caller's job keeps it above 0
		c.dismiss(old.tenant)
	}
	return 0
}

func (c *conn) append(f *wire.AppendBoxes) {
	m := c.member(f.Req, f.Channel)
	if m == nil {
		return
	}
	size, ok := c.measure(f.Req, f.Boxes)
	if !ok {
		return
	}
	ch := m.ch
	ch.mu.Lock()
	closed := m.closed
	var wait time.Duration
	now := time.Now()
	if closed == 0 {
		l := &c.h.limits
		wait = ch.rate.take(now, l.Boxes, l.BoxesBurst, float64(len(f.Boxes)))
	}
	ch.mu.Unlock()
	switch {
	case closed != 0:
		c.drop(m)
		c.refuse(f.Req, closed, 0)
		return
	case wait > 0:
		c.refuse(f.Req, wire.RateLimited, wait)
		return
	}
	if wait = c.h.shares.take(m.tenant, size, &c.h.limits); wait > 0 {
		c.refuse(f.Req, wire.RateLimited, wait)
		return
	}
	if !c.h.shares.reserve(m.tenant, size, &c.h.limits) {
		c.refuse(f.Req, wire.Busy, 0)
		return
	}
	ch.submit(job{c: c, m: m, req: f.Req, boxes: f.Boxes, size: size, since: now}, false)
}

// measure returns the bytes of boxes, or refuses req if they are above the limits.
func (c *conn) measure(req uint32, boxes []wire.Box) (size int64, ok bool) {
	l := &c.h.limits
	ok = len(boxes) <= int(l.MaxBatch)
	for i := range boxes {
		n := len(boxes[i].Data)
		ok = ok && n <= int(l.MaxBox)
		size += int64(n)
	}
	if !ok {
		c.refuse(req, wire.TooLarge, 0)
	}
	return size, ok
}

// inLane runs do in the lane of m's channel if m is still open then.
func (c *conn) inLane(req uint32, m *member, do func()) {
	m.ch.submit(job{do: func() {
		m.ch.mu.Lock()
		var err error
		if m.ch.resumed() {
			if err = m.ch.load(); errors.Is(err, store.ErrNoChannel) {
				m.ch.endGone()
				err = nil
			}
		}
		closed := m.closed
		if closed == 0 && err == nil {
			do()
		}
		m.ch.mu.Unlock()
		switch {
		case err != nil:
			c.refuse(req, c.h.refusalOf(err), 0)
		case closed != 0:
			c.drop(m)
			c.refuse(req, closed, 0)
		}
	}}, true)
}

func (c *conn) readBoxes(f *wire.Read) {
	m := c.member(f.Req, f.Channel)
	if m == nil {
		return
	}
	c.inLane(f.Req, m, func() {
		c.put(outgoing{answers: true, read: &pendingRead{m, f.Req, f.After, int(min(f.MaxBytes, wire.MaxRead))}})
	})
}

func (c *conn) follow(f *wire.Follow) {
	m := c.member(f.Req, f.Channel)
	if m == nil {
		return
	}
	ch := m.ch
	c.inLane(f.Req, m, func() {
		ch.unfollow(m)
		m.following, m.first = true, true
		m.req, m.cursor = f.Req, min(f.After, ch.info.Head)
		ch.follows++
		c.wakeFor(m)
	})
}

func (c *conn) unfollow(f *wire.Unfollow) {
	m := c.member(f.Req, f.Channel)
	if m == nil {
		return
	}
	c.inLane(f.Req, m, func() {
		m.ch.unfollow(m)
		c.answer(&wire.Done{Req: f.Req})
	})
}

func (c *conn) rotate(f *wire.Rotate) {
	if !c.spend(f.Req, 2*costSignature) {
		return
	}
	size, ok := c.measure(f.Req, f.Boxes)
	if !ok {
		return
	}
	size += int64(len(f.Note))
	c.mu.Lock()
	m := c.members[f.Channel]
	c.mu.Unlock()
	if f.Signer == wire.ByAccess && m == nil {
		c.refuse(f.Req, wire.NotOpen, 0)
		return
	}
	var tenant wire.TenantID // whose it is, if the channel is not open
	if m != nil {
		tenant = m.tenant
	}
	if !c.h.shares.reserve(tenant, size, &c.h.limits) {
		c.refuse(f.Req, wire.Busy, 0)
		return
	}
	ch := c.h.acquire(f.Channel)
	defer ch.release()
	ch.submit(job{do: func() {
		defer c.h.shares.unreserve(tenant, size)
		c.rotateNow(ch, m, f, size)
	}}, false)
}

func (c *conn) rotateNow(ch *channel, m *member, f *wire.Rotate, size int64) {
	ch.mu.Lock()
	err := ch.fresh()
	info := ch.info
	var closed wire.Refusal
	if m != nil {
		closed = m.closed
	}
	expired := err == nil && ch.expired(c.h.now())
	ch.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrErased):
		c.refuse(f.Req, wire.Deleted, 0)
		return
	case errors.Is(err, store.ErrNoChannel):
		c.fail(f.Req, wire.NoAccess)
		return
	case err != nil:
		c.refuse(f.Req, c.h.refusalOf(err), 0)
		return
	case f.Signer == wire.ByAccess && closed != 0:
		c.drop(m)
		c.refuse(f.Req, closed, 0)
		return
	}
	signer, old := info.Access, info.Access
	if f.Signer == wire.ByFounding {
		signer, old = wire.AccessKey(info.Owner()), wire.AccessKey{}
	}
	signed := func(origin string) []byte { return wire.RotateContext(origin, c.nonce, f) }
	if !c.verify(signer, f.Sig, signed) || !c.verify(f.Access, f.NewSig, signed) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	if expired {
		c.refuse(f.Req, wire.Expired, 0)
		return
	}
	cost := turnCost*int64(1+len(f.Boxes)) + size
	leave := c.h.writing.enter(info.Tenant, cost, cost)
	positions, err := c.h.log.Rotate(context.Background(), ch.id, old, f.Access, f.Note, f.Boxes, c.h.limits.rotateBytes())
	leave()
	if err != nil {
		c.refuse(f.Req, ch.failed(err), 0)
		return
	}
	ch.mu.Lock()
	if ch.info.Access != f.Access {
		if closed != 0 {
			m = nil
		}
		ch.closeMembers(m, wire.Rotated)
		ch.info.Access = f.Access
		ch.info.Bytes += uint64(len(f.Note)) + store.NoteOverhead
	}
	ch.publish(f.Boxes, positions)
	ch.mu.Unlock()
	c.answer(&wire.Appended{Req: f.Req, Positions: positions})
}

func (c *conn) delete(f *wire.Delete) {
	c.remove(f.Req, f.Founding, &f.Sig, wire.DeleteContext, c.h.log.Delete)
}

func (c *conn) erase(f *wire.Erase) {
	c.remove(f.Req, f.Founding, &f.Sig, wire.EraseContext, func(ctx context.Context, id wire.Channel) error {
		err := c.h.log.Erase(ctx, id)
		if err == nil {
			c.h.meter.Erased()
		}
		return err
	})
}

// remove takes a channel away for its owner, who signed what signed returns. Of a
// channel that is not there nobody but its founder can say so.
func (c *conn) remove(req uint32, founding wire.FoundingKey, sig *wire.Signature, signed func(string, wire.Nonce, wire.Channel) []byte,
	do func(context.Context, wire.Channel) error) {
	if !c.spend(req, costSignature) {
		return
	}
	id := wire.ChannelOf(founding)
	ch := c.h.acquire(id)
	defer ch.release()
	ch.submit(job{do: func() {
		owner, err := ch.owner(founding)
		if err != nil {
			c.refuse(req, c.h.refusalOf(err), 0)
			return
		}
		if !c.verify(owner, *sig, func(origin string) []byte { return signed(origin, c.nonce, id) }) {
			c.fail(req, wire.NoAccess)
			return
		}
		if err := do(context.Background(), id); err != nil && !errors.Is(err, store.ErrNoChannel) {
			c.refuse(req, ch.failed(err), 0)
			return
		}
		c.mu.Lock()
		m := c.members[id]
		c.mu.Unlock()
		ch.mu.Lock()
		if m != nil {
			ch.part(m, wire.Deleted) // this connection has the answer
		}
		ch.endLocked(wire.Deleted)
		ch.mu.Unlock()
		c.answer(&wire.Done{Req: req})
	}}, false)
}

func (c *conn) cede(f *wire.Cede) {
	if !c.spend(f.Req, 2*costSignature) {
		return
	}
	ch := c.h.acquire(f.Channel)
	defer ch.release()
	ch.submit(job{do: func() {
		old, err := ch.owner(wire.FoundingKey{})
		if err != nil {
			c.refuse(f.Req, c.h.refusalOf(err), 0)
			return
		}
		signed := func(origin string) []byte { return wire.CedeContext(origin, c.nonce, f.Channel, f.New) }
		// Asked also of a channel that does not exist, to take as long.
		if !c.verify(f.New, f.NewSig, signed) || old != f.New && !c.verify(old, f.OldSig, signed) {
			c.fail(f.Req, wire.NoAccess)
			return
		}
		if err := c.h.log.Cede(context.Background(), f.Channel, old, f.New); err != nil {
			c.refuse(f.Req, ch.failed(err), 0)
			return
		}
		ch.mu.Lock()
		if ch.loaded {
			ch.info.Ceded = f.New
		}
		ch.mu.Unlock()
		c.answer(&wire.Done{Req: f.Req})
	}}, false)
}

// owner returns the key that may rotate and delete the channel, none if there is
// no such channel. Called in the lane.
func (ch *channel) owner(none wire.FoundingKey) (wire.FoundingKey, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	err := ch.fresh()
	switch {
	case errors.Is(err, store.ErrErased):
		return none, err
	case errors.Is(err, store.ErrNoChannel):
		return none, nil
	case err != nil:
		return none, err
	}
	return ch.info.Owner(), nil
}

func (c *conn) register(f *wire.Register) {
	if !c.spend(f.Req, costRegister) {
		return
	}
	if !c.verify(f.Key, f.Sig, func(origin string) []byte {
		return wire.RegisterContext(origin, c.nonce, f.Code, f.Key)
	}) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	tenant, err := c.h.admission.Redeem(context.Background(), f.Code, f.Key)
	if err != nil {
		c.refuse(f.Req, c.h.refusalOf(err), 0)
		return
	}
	c.answer(&wire.Registered{Req: f.Req, Tenant: tenant})
}

func (c *conn) rekey(f *wire.Rekey) {
	if !c.spend(f.Req, costRegister) {
		return
	}
	ctx := context.Background()
	old, err := c.h.admission.Key(ctx, f.Tenant)
	switch {
	case errors.Is(err, store.ErrNoTenant):
		c.fail(f.Req, wire.NoAccess)
		return
	case err != nil:
		c.refuse(f.Req, c.h.refusalOf(err), 0)
		return
	}
	signed := func(origin string) []byte { return wire.RekeyContext(origin, c.nonce, f.Tenant, f.New) }
	if !c.verify(f.New, f.NewSig, signed) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	if old == f.New { // the answer got lost
		c.answer(&wire.Done{Req: f.Req})
		return
	}
	if !c.verify(old, f.OldSig, signed) {
		c.fail(f.Req, wire.NoAccess)
		return
	}
	if err := c.h.admission.Rekey(ctx, f.Tenant, f.New); err != nil {
		c.refuse(f.Req, c.h.refusalOf(err), 0)
		return
	}
	c.answer(&wire.Done{Req: f.Req})
}
