package hub

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A channel is what the hub knows of a channel while somebody uses it.
type channel struct {
	h    *Hub
	id   wire.Channel
	refs atomic.Int64 // members and jobs; at 0 the hub forgets the channel

	mu      sync.Mutex // guards the rest; taken before a connection's
	loaded  bool       // what follows is as the store has it
	info    store.Channel
	mark    mark // of its access key, of members that were resumed and before info was loaded
	members []*member
	follows int // members that follow

	queue   []job
	running bool // a goroutine has the lane
	looking bool // a look is in the queue

	rate bucket

	tail      []wire.Stored // the newest boxes, without a gap up to info.Head; empty unless followed
	tailBytes int
}

// A member is a channel open on a connection.
type member struct {
	c      *conn
	ch     *channel
	tenant wire.TenantID // whose channel it was when it was opened

	// guarded by ch.mu
	at        int          // index in ch.members
	closed    wire.Refusal // why it is no longer open; 0 while it is
	following bool
	first     bool // the first answer to the Follow is due, even without boxes
	req       uint32
	cursor    uint64

	queued bool // in c.ready; guarded by c.mu
}

// A job is what waits in a channel's lane: boxes to append, or something else.
type job struct {
	c     *conn
	m     *member
	req   uint32
	boxes []wire.Box
	size  int64
	since time.Time // when the boxes came
	do    func()
}

// acquire returns the channel's state, which release gives back.
func (h *Hub) acquire(id wire.Channel) *channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := h.channels[id]
	if ch == nil {
		ch = &channel{h: h, id: id}
		h.channels[id] = ch
		h.mark(ch)
	}
	ch.refs.Add(1)
	return ch
}

func (ch *channel) release() {
	if ch.refs.Add(-1) > 0 {
		return
	}
	ch.h.mu.Lock()
	defer ch.h.mu.Unlock()
	if ch.refs.Load() == 0 && ch.h.channels[ch.id] == ch {
		delete(ch.h.channels, ch.id)
		ch.h.unmark(ch)
	}
}

// load makes info what the store has. Called with mu held. That a channel does
// not exist is not remembered: it may be created any time.
func (ch *channel) load() error {
	ch.forgetErased()
	if ch.loaded && !ch.h.blind.Load() {
		return nil
	}
	info, err := ch.h.log.Lookup(context.Background(), ch.id)
	if err != nil {
		return err
	}
	switch {
	case ch.resumed():
		ch.recall(info.Access, info.Head)
	case ch.info.Access != info.Access:
		ch.closeMembers(nil, wire.Rotated)
	case ch.info.Head > info.Head || ch.info.Created != info.Created:
		// Another hub deleted it and it was founded anew, or the log went back
		// in time: who opens it again sees which.
		ch.closeMembers(nil, wire.NotOpen)
	}
	if ch.info.Head != info.Head {
		ch.dropTail()
	}
	ch.info, ch.loaded = info, true
	ch.wake()
	return nil
}

// forgetErased forgets what another process may have erased. Called with mu held.
func (ch *channel) forgetErased() {
	if ch.loaded && ch.h.admission.Erased(ch.info.Tenant) {
		ch.loaded = false
	}
}

// submit puts j in the lane. A quick job runs at once if the lane is free.
func (ch *channel) submit(j job, quick bool) {
	ch.refs.Add(1)
	ch.mu.Lock()
	ch.queue = append(ch.queue, j)
	if ch.running {
		ch.mu.Unlock()
		return
	}
	ch.running = true
	ch.mu.Unlock()
	if !quick {
		ch.h.spawn(ch)
		return
	}
	if ch.step() {
		ch.h.spawn(ch)
	}
}

// run works through the lane until it is empty.
func (ch *channel) run() {
	for ch.step() {
	}
}

// step does the next job, or the next appends together, and reports whether
// the lane has more. If not, the lane is free. The caller has the lane.
func (ch *channel) step() bool {
	ch.mu.Lock()
	n, boxes, size := 0, 0, int64(0)
	for _, j := range ch.queue {
		if n > 0 && (j.do != nil || boxes+len(j.boxes) > maxTogether || size+j.size > wire.MaxFrame) {
			break
		}
		n, boxes, size = n+1, boxes+len(j.boxes), size+j.size
		if j.do != nil {
			break
		}
	}
	jobs := ch.queue[:n:n]
	ch.queue = ch.queue[n:]
	ch.mu.Unlock()

	if jobs[0].do != nil {
		jobs[0].do()
	} else {
		ch.append(jobs)
	}

	ch.mu.Lock()
	more := len(ch.queue) > 0
	if !more {
		ch.queue, ch.running = nil, false
	}
	ch.mu.Unlock()
	for range jobs {
		ch.release()
	}
	return more
}

// maxTogether bounds the boxes of one call to the store.
const maxTogether = 1024

// append stores the boxes of jobs in one go and answers each.
func (ch *channel) append(jobs []job) {
	h := ch.h
	arrived := func() { // the boxes: with the store, or refused
		for _, j := range jobs {
			h.shares.unreserve(j.m.tenant, j.size)
		}
	}
	ch.mu.Lock()
	err := ch.load()
	var refuse wire.Refusal
	switch {
	case errors.Is(err, store.ErrNoChannel):
		refuse = wire.Deleted
	case err != nil:
		refuse = h.refusalOf(err)
	case ch.expired(ch.h.now()):
		refuse = wire.Expired
	case !h.admission.MayAppend(ch.info.Tenant):
		refuse = wire.TenantSuspended
	}
	as, tenant := ch.info.Access, ch.info.Tenant
	live := make([]job, 0, len(jobs))
	for _, j := range jobs {
		switch {
		case j.m.closed != 0:
			j.c.refuse(j.req, j.m.closed, 0)
		case refuse != 0:
			j.c.refuse(j.req, refuse, 0)
		default:
			live = append(live, j)
		}
	}
	ch.mu.Unlock()
	if len(live) == 0 {
		arrived()
		return
	}

	boxes := live[0].boxes
	if len(live) > 1 {
		boxes = nil
		for _, j := range live {
			boxes = append(boxes, j.boxes...)
		}
	}
	positions, err := ch.store(tenant, as, boxes)
	if len(live) > 1 && (errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrQuota)) {
		// Each batch is atomic by itself: some may still fit.
		for i := range live {
			ch.appendOne(live[i], tenant, as)
		}
		arrived()
		return
	}
	arrived()
	ch.finishAppend(live, boxes, positions, err)
}

// store appends boxes when it is the tenant's turn.
func (ch *channel) store(tenant wire.TenantID, as wire.AccessKey, boxes []wire.Box) ([]uint64, error) {
	size := int64(0)
	for i := range boxes {
		size += turnCost + int64(len(boxes[i].Data))
	}
	defer ch.h.writing.enter(tenant, size, size)()
	return ch.h.log.Append(context.Background(), ch.id, as, boxes, ch.h.limits.ChannelBytes)
}

func (ch *channel) appendOne(j job, tenant wire.TenantID, as wire.AccessKey) {
	positions, err := ch.store(tenant, as, j.boxes)
	ch.finishAppend([]job{j}, j.boxes, positions, err)
}

func (ch *channel) finishAppend(jobs []job, boxes []wire.Box, positions []uint64, err error) {
	if err == nil {
		ch.mu.Lock()
		ch.publish(boxes, positions)
		ch.mu.Unlock()
		for _, j := range jobs {
			ch.h.meter.Appended(time.Since(j.since))
			j.c.answer(&wire.Appended{Req: j.req, Positions: positions[:len(j.boxes)]})
			positions = positions[len(j.boxes):]
		}
		return
	}
	code := ch.failed(err)
	for _, j := range jobs {
		why := code
		if code == wire.Conflict {
			ch.mu.Lock()
			if j.m.closed != 0 {
				why = j.m.closed // another hub rotated the key
			}
			ch.mu.Unlock()
		}
		j.c.refuse(j.req, why, 0)
	}
}

// failed returns the code for an error of a write, after which the store may
// have done it or not, and looks again.
func (ch *channel) failed(err error) wire.Refusal {
	code := ch.h.refusalOf(err)
	switch code {
	case wire.Conflict, wire.NoAccess, wire.Failed, wire.Deleted:
		ch.mu.Lock()
		defer ch.mu.Unlock()
		ch.loaded = false
		if err := ch.load(); errors.Is(err, store.ErrNoChannel) {
			ch.endGone()
			return wire.Deleted
		}
		if code == wire.NoAccess {
			return wire.NotOpen // deleted and created again meanwhile
		}
	}
	return code
}

// publish makes boxes that the store has taken visible to followers. Called with mu held.
func (ch *channel) publish(boxes []wire.Box, positions []uint64) {
	size := 0
	for i := range boxes {
		size += len(boxes[i].Data)
	}
	for i, pos := range positions {
		if pos <= ch.info.Head {
			continue // held before
		}
		if pos != ch.info.Head+1 {
			ch.dropTail()
		}
		ch.info.Head = pos
		ch.info.Bytes += uint64(len(boxes[i].Data))
		if ch.follows > 0 {
			b := wire.Stored{Pos: pos, Box: boxes[i]}
			if size > cloneAbove {
				b.Data = bytes.Clone(b.Data)
			}
			ch.keep(b)
		}
	}
	ch.wake()
}

// cloneAbove is the size from which a box in the tail is copied: it would keep
// the whole frame that it came in.
const cloneAbove = 16 << 10

// keep adds a box to the tail within the limits. Called with mu held.
func (ch *channel) keep(b wire.Stored) {
	n := len(b.Data)
	l := &ch.h.limits
	if ch.h.tailBytes.Add(int64(n)) > l.TailBytes || n > l.ChannelTailBytes {
		ch.h.tailBytes.Add(-int64(n))
		ch.dropTail()
		return
	}
	ch.tail = append(ch.tail, b)
	ch.tailBytes += n
	for ch.tailBytes > l.ChannelTailBytes {
		ch.trim(1)
	}
}

// trim drops the n oldest boxes of the tail. Called with mu held. Slices of the
// tail that are being written stay as they are.
func (ch *channel) trim(n int) {
	for _, b := range ch.tail[:n] {
		ch.tailBytes -= len(b.Data)
		ch.h.tailBytes.Add(-int64(len(b.Data)))
	}
	ch.tail = ch.tail[n:]
	if len(ch.tail) == 0 {
		ch.tail = nil
	}
}

func (ch *channel) dropTail() { ch.trim(len(ch.tail)) }

// tidy drops what every follower has, and looks again at a channel whose state is unknown.
func (ch *channel) tidy() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.forgetErased()
	if (!ch.loaded || ch.h.blind.Load()) && len(ch.members) > 0 && !ch.running && !ch.resumed() {
		if err := ch.load(); errors.Is(err, store.ErrNoChannel) {
			ch.endGone()
		}
	}
	if len(ch.tail) == 0 {
		return
	}
	least := ch.info.Head
	for _, m := range ch.members {
		if m.following {
			least = min(least, m.cursor)
		}
	}
	n, _ := slices.BinarySearchFunc(ch.tail, least+1, func(b wire.Stored, pos uint64) int { return int(int64(b.Pos) - int64(pos)) })
	if n > 0 {
		ch.trim(n)
		ch.tail = slices.Clone(ch.tail)
	}
}

// wake tells the followers that are behind. Called with mu held.
func (ch *channel) wake() {
	if ch.follows == 0 {
		return
	}
	for _, m := range ch.members {
		if m.following && m.cursor < ch.info.Head {
			m.c.wakeFor(m)
		}
	}
}

func (ch *channel) expired(now time.Time) bool {
	return !ch.info.Expires.IsZero() && !now.Before(ch.info.Expires)
}

// join adds m. Called with mu held.
func (ch *channel) join(m *member) {
	m.at = len(ch.members)
	ch.members = append(ch.members, m)
	ch.refs.Add(1)
}

// part takes m out, for the reason code. Called with mu held. The connection
// releases the channel when it forgets m.
func (ch *channel) part(m *member, code wire.Refusal) {
	if m.closed != 0 {
		return
	}
	ch.unfollow(m)
	m.closed = code
	last := ch.members[len(ch.members)-1]
	ch.members[m.at] = last
	last.at = m.at
	ch.members[len(ch.members)-1] = nil
	ch.members = ch.members[:len(ch.members)-1]
	if len(ch.members) == 0 {
		ch.members = nil
	}
}

// unfollow ends m's follow. Called with mu held.
func (ch *channel) unfollow(m *member) {
	if !m.following {
		return
	}
	if m.first {
		m.c.answered()
	}
	m.following, m.first = false, false
	if ch.follows--; ch.follows == 0 {
		ch.dropTail()
	}
}

// closeMembers ends the access of all but one and tells them. Called with mu held.
func (ch *channel) closeMembers(but *member, code wire.Refusal) {
	for _, m := range slices.Clone(ch.members) {
		if m != but {
			ch.part(m, code)
			m.c.push(&wire.Closed{Channel: ch.id, Code: code})
		}
	}
}

// end tells all members that the channel is gone.
func (ch *channel) end(code wire.Refusal) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.endLocked(code)
}

func (ch *channel) endLocked(code wire.Refusal) {
	ch.closeMembers(nil, code)
	ch.dropTail()
	ch.loaded, ch.info = false, store.Channel{}
}

// followFrame is how many bytes of boxes a frame to a follower carries.
const followFrame = 128 << 10

// next returns the next frame for the follower m, or nil if there is none now,
// and whether more is waiting. The frame is good until room is used again.
func (m *member) next(room *store.Room) (f *wire.Boxes, more bool) {
	ch := m.ch
	ch.mu.Lock()
	if !m.following || !m.first && m.cursor >= ch.info.Head {
		ch.mu.Unlock()
		return nil, false
	}
	req, cursor, head, first := m.req, m.cursor, ch.info.Head, m.first
	f = &wire.Boxes{Req: req, Head: head}
	known := cursor >= head
	if !known && len(ch.tail) > 0 && cursor+1 >= ch.tail[0].Pos {
		from := ch.tail[cursor+1-ch.tail[0].Pos:]
		f.Boxes, known = from[:fitting(from, followFrame, head)], true
	}
	if !known {
		cost := ch.readCost(cursor, followFrame)
		ch.mu.Unlock()
		boxes, err := m.fetch(cursor, followFrame, cost, room)
		ch.mu.Lock()
		if !m.following || m.req != req || m.cursor != cursor || m.first != first {
			again := m.following
			ch.mu.Unlock()
			return nil, again
		}
		boxes = boxes[:fitting(boxes, followFrame, head)]
		if err != nil || len(boxes) == 0 {
			// A channel that is gone is about to be closed. Anything else must
			// not look like "you are up to date".
			if !errors.Is(err, store.ErrNoChannel) {
				ch.h.logger.Error("store did not give boxes that it has", "err", err)
				ch.unfollowed(m, wire.Failed)
			}
			ch.mu.Unlock()
			return nil, false
		}
		f.Boxes = boxes
	}
	if n := len(f.Boxes); n > 0 {
		m.cursor = f.Boxes[n-1].Pos
	}
	if m.first {
		m.first = false
		m.c.answered()
	}
	more = m.cursor < ch.info.Head
	ch.mu.Unlock()
	return f, more
}

// readCost is about what it costs to read the boxes after a position. Called with mu held.
func (ch *channel) readCost(after uint64, maxBytes int) int64 {
	each := ch.info.Bytes/max(1, ch.info.Head) + 1
	return turnCost + int64(min(uint64(maxBytes), (ch.info.Head-after)*each))
}

// fetch reads boxes from the store when it is the turn of m's tenant.
func (m *member) fetch(after uint64, maxBytes int, cost int64, room *store.Room) ([]wire.Stored, error) {
	defer m.ch.h.reading.enter(m.tenant, cost, 1)()
	boxes, _, err := m.ch.h.log.After(context.Background(), m.ch.id, after, maxBytes, room)
	return boxes, err
}

// unfollowed ends m's follow with a refusal. Called with mu held.
func (ch *channel) unfollowed(m *member, code wire.Refusal) {
	f := &wire.Refused{Req: m.req, Code: code, RetryAfter: 1000}
	ch.unfollow(m)
	ch.h.meter.Refused(code)
	m.c.push(f)
}

// fitting returns how many of boxes go into one frame: up to maxBytes, at least
// one, and none above head.
func fitting(boxes []wire.Stored, maxBytes int, head uint64) int {
	for i, b := range boxes {
		maxBytes -= len(b.Data)
		if i > 0 && maxBytes < 0 || i == wire.MaxBatch || b.Pos > head {
			return i
		}
	}
	return len(boxes)
}
