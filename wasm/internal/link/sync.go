package link

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A State tells how a replica stands with its relay.
type State uint8

// States of a replica, in words for people elsewhere.
const (
	Offline  State = iota // no connection
	Catching              // connected, not everything has been read
	Current               // everything the relay has was read
	Refused               // the relay refuses; Why says what to do
	Gone                  // the channel was deleted or this device removed
)

// A Peer connects replicas with one relay over one connection and keeps doing
// so: it reconnects with growing pauses, opens each channel, sends what waits
// and follows what comes. Replicas of spaces that must not be linked belong to
// different peers.
type Peer struct {
	Origin string
	Dial   Dialer

	// Notify hears of every change, from several goroutines. It must not block
	// for long.
	Notify func(r *Replica, u Update)

	// Hold may stop the sending of a replica's statements; reading goes on. Once it
	// does not any more, Resume sends them.
	Hold func(r *Replica) bool

	mu       sync.Mutex
	replicas map[*Replica]State        // guarded by mu
	why      map[*Replica]wire.Refusal // guarded by mu
	session  *Session                  // guarded by mu; nil when offline
	readers  chan struct{}             // one in it for each channel that is being read
	wake     chan struct{}             // capacity 1: try again now
	added    chan struct{}             // capacity 1: there are new replicas
}

// NewPeer returns a peer without replicas; Run makes it work.
func NewPeer(origin string, dial Dialer, notify func(*Replica, Update)) *Peer {
	return &Peer{
		Origin: origin, Dial: dial, Notify: notify, replicas: make(map[*Replica]State), why: make(map[*Replica]wire.Refusal),
		readers: make(chan struct{}, readers), wake: make(chan struct{}, 1), added: make(chan struct{}, 1),
	}
}

// Add puts a replica in the peer's care.
func (p *Peer) Add(r *Replica) {
	p.mu.Lock()
	if _, ok := p.replicas[r]; ok {
		p.mu.Unlock()
		return
	}
	p.replicas[r] = Offline
	p.mu.Unlock()
	select {
	case p.added <- struct{}{}:
	default:
	}
}

// State tells how a replica stands, and the relay's reason if it refuses.
func (p *Peer) State(r *Replica) (State, wire.Refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.replicas[r], p.why[r]
}

// Online reports whether there is a connection.
func (p *Peer) Online() bool { return p.Session() != nil }

// Session returns the connection, or nil.
func (p *Peer) Session() *Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

// Wake ends a pause between tries: the network is said to be back.
func (p *Peer) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Resume looks again at what Hold has kept back.
func (p *Peer) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for r := range p.replicas {
		r.poke()
	}
}

// Pauses between tries to connect.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second

	// longestWait is how long a relay may tell a client to stay away. A relay
	// that is honest again would wait in vain for who was told "fifty days".
	longestWait = 5 * time.Minute
)

// Run works until ctx ends.
func (p *Peer) Run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		after := p.connect(ctx)
		if time.Since(began) > 2*pause {
			pause = firstPause // it was a connection, not a failed try
		}
		// Jitter keeps a restarted relay from meeting everybody at once.
		wait := max(min(after, longestWait), pause/2+rand.N(pause))
		pause = min(pause*2, lastPause)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		case <-p.wake:
			pause = firstPause
		}
	}
}

func (p *Peer) connect(ctx context.Context) (after time.Duration) {
	dialCtx, cancel := context.WithTimeout(ctx, 15*time.Second)
	s, err := Dial(dialCtx, p.Dial, p.Origin)
	cancel()
	if err != nil {
		return 0
	}
	defer s.Close()
	p.mu.Lock()
	p.session = s
	p.mu.Unlock()

	var wg sync.WaitGroup
	running := make(map[*Replica]bool)
	start := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for r := range p.replicas {
			if running[r] {
				continue
			}
			running[r] = true
			wg.Go(func() { (&follower{peer: p, s: s, r: r, inbox: make(chan Reply, 8)}).run(ctx) })
		}
	}
	start()
	wg.Go(func() { keepAlive(ctx, s) })
	for alive := true; alive; {
		select {
		case <-p.added:
			start()
		case <-s.Done():
			alive = false
		case <-ctx.Done():
			s.Close()
			alive = false
		}
	}
	p.mu.Lock()
	p.session = nil
	for r, st := range p.replicas {
		if st != Gone && st != Refused {
			p.replicas[r] = Offline
		}
	}
	p.mu.Unlock()
	wg.Wait()
	for r := range running {
		p.Notify(r, Update{})
	}
	var no *Refusal
	if errors.As(s.why(), &no) {
		return no.After
	}
	return 0
}

// keepAlive finds out when a connection has died silently: an answer is missing.
func keepAlive(ctx context.Context, s *Session) {
	ping := time.NewTicker(25 * time.Second)
	defer ping.Stop()
	for {
		select {
		case <-ping.C:
			wait := 10 * time.Second
			if s.slow.Load() > 0 {
				wait = mediaCall // the answer stands in line behind a photo
			}
			c, cancel := context.WithTimeout(ctx, wait)
			err := s.Alive(c)
			cancel()
			if err != nil {
				s.Close()
				return
			}
		case <-s.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

func (p *Peer) set(r *Replica, st State, why wire.Refusal) {
	p.mu.Lock()
	same := p.replicas[r] == st && p.why[r] == why
	p.replicas[r], p.why[r] = st, why
	p.mu.Unlock()
	if !same {
		p.Notify(r, Update{})
	}
}

// A browser's WebSocket takes all that comes and cannot be told to wait. A thousand
// channels followed from their beginning would fill the memory faster than anybody
// reads. So who is far behind asks for one page after the other, a few channels of a
// peer at a time, and follows from there.
const (
	readers  = 6
	readPage = 512 << 10 // bytes
	farOff   = 16 << 10  // bytes, as far as one can tell from the channel's size
)

// A follower takes one replica through one session: create if need be, open,
// read, follow, append. It waits for nothing but its inbox, so that the session's
// reader never waits for it in a circle.
type follower struct {
	peer  *Peer
	s     *Session
	r     *Replica
	inbox chan Reply

	tried    door              // whose key was last tried
	stream   uint32            // the request of the follow, or of the page that is read
	want     chan<- struct{}   // to be one of the peer's readers; nil: no wish
	reading  bool              // it is one of them
	after    uint64            // where the page under way begins
	pending  map[uint32]string // what the other requests under way are for
	sent     []wire.BoxID      // the batch under way
	rotating *rotation         // the rotation under way
	door     int               // which of the replica's doors is tried
	owner    int               // which of the owner's keys is tried next
	admit    int               // which admission is tried to create the channel once more
	created  bool              // the relay says that the channel exists
	target   uint32            // epoch of the last rotation that was sent
	again    int               // how often that epoch was sent before
	rested   bool              // before it is sent again
	opened   bool
	current  bool   // all that the relay had and that there is room for was read since the opening
	full     bool   // no more is read
	head     uint64 // newest position that the relay named
	retry    <-chan time.Time
	others   <-chan time.Time // when to look at what others wrote and the relay lacks
	attempts int
}

func (f *follower) run(ctx context.Context) {
	defer f.readNoMore()
	f.pending = make(map[uint32]string)
	f.s.hearClosed(f.r.Channel(), f.inbox)
	f.begin()
	for {
		f.flush()
		select {
		case rep := <-f.inbox:
			f.take(ctx, rep)
		case f.want <- struct{}{}:
			f.want, f.reading = nil, true
			f.read()
		case <-f.r.changed:
			if f.opened && f.r.stalled() {
				f.opened, f.stream = false, 0
				f.begin()
			}
		case <-f.retry:
			f.retry = nil
			if !f.opened {
				f.begin()
			}
		case <-f.others:
			f.others = nil
			if f.opened && f.current {
				if err := f.r.sendOthers(ctx); err != nil {
					f.s.Close()
					return
				}
			}
			f.forOthers(nextOthers)
		case <-f.s.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

func (f *follower) request(what string, build func(uint32) wire.Frame) {
	if req, err := f.s.Request(f.inbox, build); err == nil {
		f.pending[req] = what
	}
}

// begin creates or opens the channel.
func (f *follower) begin() {
	f.readNoMore()
	if f.r.Removed() {
		f.peer.set(f.r, Gone, 0)
		return
	}
	f.peer.set(f.r, Catching, 0)
	if admission := f.r.admission(); len(admission) > 0 && !f.created {
		a, ok := ParseAdmission(admission)
		if founding := f.r.founding(); ok && founding != nil {
			_, e1 := f.r.Epoch()
			f.request("create", f.s.create(founding, Access(e1), 0, a))
			return
		}
	}
	doors := f.r.doors()
	if len(doors) == 0 {
		f.peer.set(f.r, Gone, 0)
		return
	}
	if f.door >= len(doors) {
		f.door = 0
	}
	f.tried = doors[f.door]
	f.request("open", f.s.open(f.r.Channel(), Access(f.tried.secret)))
}

// Access derives the channel's access key from the secret of an epoch.
func Access(epoch seal.Secret) *seal.Signer {
	return seal.SignerFromSecret(epoch, seal.LabelChannelAccess)
}

func (f *follower) take(ctx context.Context, rep Reply) {
	what := f.pending[rep.Req]
	delete(f.pending, rep.Req)
	switch m := rep.Frame.(type) {
	case *wire.Boxes:
		if rep.Req != f.stream {
			f.s.forget(rep.Req)
			return
		}
		page := f.reading
		f.boxes(ctx, m)
		if page {
			f.readOn(rep.Req, m)
		}
	case *wire.Done:
		if what == "create" {
			f.created = true
			f.begin()
		}
	case *wire.Opened:
		f.attempts = 0
		if err := f.r.opened(ctx, m.Head, f.tried, f.s.Hello.Store); err != nil {
			f.later(time.Second)
			return
		}
		f.opened, f.current, f.full, f.head = true, false, false, m.Head
		f.after = f.r.from()
		if behind := m.Head - min(m.Head, f.after); m.Bytes/max(m.Head, 1)*behind > farOff {
			f.stream, f.want = 0, f.peer.readers
			return
		}
		f.follow()
	case *wire.Moved:
		u, err := f.r.moved(ctx, m.Note)
		f.peer.Notify(f.r, u)
		switch {
		case err == nil:
			f.door = 0
			f.begin()
		case errors.Is(err, ErrRemoved):
			f.peer.set(f.r, Gone, wire.Rotated)
		case errors.Is(err, errNote) && f.nextVoid():
			f.begin() // perhaps the relay is with an epoch that is void
		case errors.Is(err, errNote) && f.takeBack():
		default:
			f.door = 0
			f.peer.set(f.r, Refused, wire.Rotated)
			f.later(2 * time.Second << min(f.attempts, 6))
			f.attempts++
		}
	case *wire.Appended:
		if what == "rotate" || what == "take" {
			f.owner = 0
			u, err := f.r.rotated(ctx, f.rotating)
			if err != nil {
				f.s.Close()
				return
			}
			f.peer.Notify(f.r, u)
			f.opened, f.door = false, 0
			f.begin() // the follow goes on under the new key
			return
		}
		ids := f.sent
		f.sent = nil
		if what != "append" || len(m.Positions) != len(ids) {
			f.s.Close() // not an answer to what was asked
			return
		}
		f.attempts = 0
		u, err := f.r.acknowledged(ctx, ids, m.Positions)
		if err != nil {
			f.s.Close() // sent again after the next connection: same box, same position
			return
		}
		f.peer.Notify(f.r, u)
		f.astray()
	case *wire.Closed:
		f.readNoMore()
		f.opened = false
		switch m.Code {
		case wire.Deleted, wire.Expired:
			f.peer.set(f.r, Gone, m.Code)
		default:
			f.begin()
		}
	case *wire.Refused:
		if rep.Req == f.stream {
			what = "follow"
		}
		f.refused(ctx, what, m)
	}
}

func (f *follower) follow() {
	if req, err := f.s.Follow(f.r.Channel(), f.r.from(), f.inbox); err == nil {
		f.stream = req
	}
}

// read asks for the next page.
func (f *follower) read() {
	req, err := f.s.Request(f.inbox, func(req uint32) wire.Frame {
		return &wire.Read{Req: req, Channel: f.r.Channel(), After: f.after, MaxBytes: readPage}
	})
	if err == nil {
		f.stream = req
	}
}

// readOn goes on after a page that was taken in: with the next one, or by following.
func (f *follower) readOn(req uint32, m *wire.Boxes) {
	f.s.forget(req)
	last := f.after
	if n := len(m.Boxes); n > 0 {
		last = m.Boxes[n-1].Pos
	}
	switch {
	case !f.opened || f.stream != req: // it is opened again, now or after a pause
	case f.full:
		f.readNoMore()
	case last > f.after && f.r.cursor() < f.head:
		f.after = last
		f.read()
	default:
		f.readNoMore()
		f.follow() // also if the relay shows less than it says that it has
	}
}

// readNoMore lets another channel be read.
func (f *follower) readNoMore() {
	if f.want = nil; f.reading {
		f.reading = false
		<-f.peer.readers
	}
}

// takeBack has the owner replace an access key that leads nowhere: it belongs to a
// branch of the membership that lost, and that this device cannot read. It needs
// a rotation that stands on what is in force.
func (f *follower) takeBack() bool {
	old, owners := f.r.newestDoor(), f.r.owners()
	rot, stale := f.r.pendingRotation(old)
	if rot == nil || stale || f.owner >= len(owners) {
		f.owner = 0
		return false
	}
	note, box := f.r.sealRotation(rot, old)
	f.rotating = rot
	f.request("take", f.s.rotateBy(f.r.Channel(), owners[f.owner], Access(rot.secret), wire.ByFounding, note, []wire.Box{{ID: rot.id, Data: box}}))
	f.owner++
	return true
}

// nextVoid goes on to the next door that leads nowhere else.
func (f *follower) nextVoid() bool {
	doors := f.r.doors()
	if f.door+1 < len(doors) && doors[f.door+1].void {
		f.door++
		return true
	}
	return false
}

func (f *follower) refused(ctx context.Context, what string, m *wire.Refused) {
	after := min(time.Duration(m.RetryAfter)*time.Millisecond, longestWait)
	switch {
	case what == "append" && m.Code == wire.NotOpen:
		f.sent, f.opened = nil, false
		f.begin()
		return
	case what == "follow":
		f.readNoMore()
		f.sent, f.opened = nil, false // opened again after a pause
	case what == "append":
		f.sent = nil
	case what == "take" && m.Code == wire.NoAccess && f.takeBack():
		return
	case what == "rotate" && (m.Code == wire.NotOpen || m.Code == wire.Rotated):
		f.opened = false
		f.begin()
		return
	case what == "rotate" && (m.Code == wire.Conflict || m.Code == wire.NoAccess || m.Code.Advice() == wire.Stop):
		// Somebody else was faster, or we are out: opening again tells.
		f.r.dropRotation(ctx, f.rotating)
		f.peer.Notify(f.r, Update{Membership: true})
		f.opened = false
		f.begin()
		return
	case what == "create" && m.Code == wire.Conflict:
		f.created = true // it exists, and its key is another by now
		f.begin()
		return
	case what == "open" && m.Code == wire.NoAccess && f.door+1 < len(f.r.doors()):
		f.door++
		f.begin()
		return
	case what == "create" && m.Code.Advice() != wire.Retry && f.admit > 0 && f.createAgain():
		return // with another admission
	case what == "open":
		f.door, f.created = 0, false
		f.admit = 0
		if m.Code == wire.NoAccess && f.r.storeChanged(f.s.Hello.Store) && f.createAgain() {
			return
		}
	}
	if m.Code.Advice() != wire.Retry || m.Code == wire.Maintenance {
		f.peer.set(f.r, Refused, m.Code)
	}
	if after == 0 {
		after = 2 * time.Second << min(f.attempts, 6)
	}
	f.later(after)
	f.attempts++
}

// createAgain creates a channel that a relay which was restored from a copy does
// not know, with the key of today: who was removed since has not got it.
func (f *follower) createAgain() bool {
	founding := f.r.founding()
	if founding == nil || f.r.cfg.Admissions == nil || wire.ChannelOf(wire.FoundingKey(founding.Public())) != f.r.Channel() {
		return false
	}
	list := f.r.cfg.Admissions(f.s.Hello.OpenTenant)
	_, epoch := f.r.Epoch()
	if f.admit >= len(list) || !epoch.Valid() {
		return false
	}
	f.request("create", f.s.create(founding, Access(epoch), 0, list[f.admit]))
	f.admit++
	return true
}

func (f *follower) later(d time.Duration) { f.retry = time.After(d) }

// How long after a comparison with a relay that went back a device sends what
// others wrote and have not sent. Not all do at once: who comes first spares the
// others the work.
const (
	firstOthers = 10 * time.Second
	spread      = 30 * time.Second
	nextOthers  = 3 * time.Second
)

// forOthers sets the time to look at what others wrote, if anything is missing.
func (f *follower) forOthers(after time.Duration) {
	if f.others != nil || f.r.othersLost() == 0 {
		return
	}
	if after == firstOthers {
		after += rand.N(spread)
	}
	f.others = time.After(after)
}

// astray sends no faster than the relay loses.
func (f *follower) astray() {
	if n := f.r.lostTwice(); n > 0 && f.retry == nil {
		f.later(2 * time.Second << min(n-1, 6))
	}
}

func (f *follower) boxes(ctx context.Context, m *wire.Boxes) {
	f.head = max(f.head, m.Head)
	before := f.r.cursor()
	if m.Head < before {
		// What this device has read was never there, or is not any more: what comes would be
		// taken for shown again. The opening tells.
		f.readNoMore()
		f.opened, f.stream = false, 0
		f.later(2 * time.Second)
		return
	}
	u, err := f.r.Receive(ctx, m.Boxes)
	if err != nil {
		// The store of this device refused. What was read comes again.
		f.s.Close()
		return
	}
	f.peer.Notify(f.r, u)
	if f.r.stalled() {
		f.opened, f.stream = false, 0 // what is under way follows on what was left
		f.begin()                     // a newer epoch: its key, or the note that leads to it
		return
	}
	if f.r.gapped() {
		f.readNoMore()
		f.opened, f.stream = false, 0
		f.later(2 * time.Second) // then what was left out is asked for again
		return
	}
	f.astray()
	done := f.r.cursor() >= f.head
	if f.r.full() && !f.full {
		// The rest would come for nothing. A member who filled the space can
		// still be removed: the relay refuses a rotation that comes too late.
		f.full = true
		if !f.reading {
			f.request("unfollow", func(req uint32) wire.Frame { return &wire.Unfollow{Req: req, Channel: f.r.Channel()} })
		}
	}
	if done || f.full {
		if err := f.r.caughtUp(ctx); err != nil {
			f.s.Close()
			return
		}
		f.current = true
		f.forOthers(firstOthers)
	}
	switch {
	case done:
		f.peer.set(f.r, Current, 0)
	case f.r.cursor() == before && !f.full:
		f.peer.set(f.r, Catching, 0) // there is more, says the relay, and shows nothing of it
	}
}

// maxBatchBytes keeps an append below the frame limit.
const maxBatchBytes = 1 << 20

// flush sends what waits, one batch at a time.
func (f *follower) flush() {
	if !f.opened || f.sent != nil || f.retry != nil {
		return
	}
	for _, what := range f.pending {
		if what == "rotate" {
			return
		}
	}
	rot, stale := f.r.pendingRotation(f.tried)
	if rot != nil && !f.current {
		return // another change may stand before it
	}
	if stale {
		f.r.dropRotation(context.Background(), rot)
		f.peer.Notify(f.r, Update{Membership: true})
	} else if rot != nil {
		if rot.epoch != f.target {
			f.again = 0
		} else if !f.rested {
			// A relay that takes a key and does not have it, or always knows of
			// somebody faster, is not asked without a pause.
			f.rested = true
			f.later(time.Second << min(f.again, 8))
			f.again++
			return
		}
		note, box := f.r.sealRotation(rot, f.tried)
		f.rotating, f.target, f.rested = rot, rot.epoch, false
		f.request("rotate", f.s.rotate(f.r.Channel(), Access(f.tried.secret), Access(rot.secret), note, []wire.Box{{ID: rot.id, Data: box}}))
		return
	}
	if f.peer.Hold != nil && f.peer.Hold(f.r) {
		return
	}
	boxes := f.r.outgoing(int(f.s.Hello.MaxBatch), maxBatchBytes)
	if len(boxes) == 0 {
		return
	}
	f.sent = make([]wire.BoxID, len(boxes))
	for i := range boxes {
		f.sent[i] = boxes[i].ID
	}
	f.request("append", func(req uint32) wire.Frame {
		return &wire.AppendBoxes{Req: req, Channel: f.r.Channel(), Boxes: boxes}
	})
}

// What follows is the replica's side of the conversation.

func (r *Replica) admission() []byte { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.admission }

func (r *Replica) founding() *seal.Signer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg.Founding == nil {
		return nil
	}
	return r.cfg.Founding()
}

func (r *Replica) owners() []*seal.Signer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg.Owners == nil {
		return nil
	}
	return r.cfg.Owners()
}

// newestDoor is the newest epoch in force.
func (r *Replica) newestDoor() door {
	n, s := r.Epoch()
	return door{epoch: n, secret: s}
}

func (r *Replica) cursor() uint64 { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.cursor }

// from is where following begins: with the last box that was read, which tells
// whether it still is the same.
func (r *Replica) from() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.meta.cursor > 0 && r.meta.mark != ([32]byte{}) {
		return r.meta.cursor - 1
	}
	return r.meta.cursor
}

func (r *Replica) full() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.cut }

func (r *Replica) stalled() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.behind || r.reread }

// Admit says with what admission the channel is to be created.
func (r *Replica) Admit(ctx context.Context, a wire.Admission) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.meta.admission = AdmissionBytes(a)
	return r.save(ctx)
}

func (r *Replica) gapped() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.gap }

// lostTwice is how often at most something that waits was not where the relay
// said that it stands.
func (r *Replica) lostTwice() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.out {
		if o.pos == 0 {
			n = max(n, o.tries)
		}
	}
	return n
}

// opened notes the relay's head and which store it has. A head below the cursor
// means that the relay lost what it had acknowledged: everything is read again, and
// what the relay no longer has is sent again.
func (r *Replica) opened(ctx context.Context, head uint64, d door, store wire.StoreID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The key of our newest epoch opens the channel, so boxes of a higher one
	// are nothing that a member wrote.
	r.meta.skipUnknown = r.behind && d.epoch >= r.meta.epoch
	r.reread, r.behind, r.gap = false, false, false
	changed := len(r.meta.admission) > 0 || r.meta.store != store
	r.meta.admission = nil // it exists, for who came in
	r.meta.store = store
	far := r.meta.cursor
	for _, o := range r.out {
		far = max(far, o.pos)
	}
	switch back := r.meta.cursor - min(r.meta.doubt, r.meta.cursor); {
	case head < far:
		r.wentBack(head, &r.owed)
	case r.meta.doubt > 0 && (r.missing() > 0 || back < lookBack):
		// What is missing may stand where the relay showed something else.
		r.again(r.meta.doubt - 1)
	case !changed:
		return nil
	}
	r.reread = false
	return r.save(ctx)
}

// lookBack is how many boxes are read again with every opening if one of them
// was of no use, even if nothing is known to be missing.
const lookBack = 256

// wentBack begins a comparison with a relay that lost what it had acknowledged.
func (r *Replica) wentBack(pos uint64, u *Update) {
	r.alarm(u, Alarm{Kind: AlarmRollback, Seq: pos})
	r.meta.resync = true
	for i := range r.out {
		r.out[i].pos = 0
	}
	r.rewind()
}

func (r *Replica) rewind() {
	r.again(0)
	r.lost, r.lostRaws = make(map[Hash]bool), make(map[keyring.Hash]bool)
	for _, l := range r.lines {
		for _, h := range l.hashes {
			r.lost[h] = true
		}
	}
	for _, raw := range r.raws {
		r.lostRaws[keyring.HashOf(raw)] = true
	}
}

// caughtUp queues, of what a relay that went back has not shown, this device's
// own statements and the membership. What others wrote they send themselves, if
// they still can; who finds it missing later sends it for them: see sendOthers.
func (r *Replica) caughtUp(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.meta.resync {
		return nil
	}
	all, err := r.all(ctx)
	if err != nil {
		return err
	}
	r.spareWaiting()
	for _, raw := range r.raws {
		if h := keyring.HashOf(raw); r.lostRaws[h] {
			delete(r.lostRaws, h)
			r.queueAgain(changeContent(raw))
		}
	}
	forked := r.meta.forked
	for _, e := range all {
		if !e.Own || !r.lost[e.hash] {
			continue
		}
		delete(r.lost, e.hash)
		if forked == 0 || e.Seq < forked {
			r.queueAgain(e.content())
		}
	}
	if r.cut {
		r.lost = nil // nobody can tell what stands where this device does not read
	}
	r.compared()
	return r.save(ctx)
}

// spareWaiting takes what waits already out of what is to be queued: a relay may
// go back as often as it likes and never acknowledge anything.
func (r *Replica) spareWaiting() {
	for _, o := range r.out {
		if o.content[0] == contentChange {
			delete(r.lostRaws, keyring.HashOf(o.content[1:]))
		} else {
			delete(r.lost, o.hash)
		}
	}
}

// compared ends a comparison of which nothing is left.
func (r *Replica) compared() {
	if len(r.lost) == 0 && len(r.lostRaws) == 0 {
		r.lost, r.lostRaws, r.meta.resync = nil, nil, false
	}
}

// othersLost counts what others wrote, and a relay that went back has not shown.
func (r *Replica) othersLost() int { r.mu.Lock(); defer r.mu.Unlock(); return len(r.lost) }

// atOnce bounds what is queued for others in one go.
const atOnce = 256

// sendOthers queues statements of others that a relay which went back still
// lacks: of devices that are gone, or that have not been heard of since.
func (r *Replica) sendOthers(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.meta.resync || len(r.out) > atOnce {
		return nil
	}
	all, err := r.all(ctx)
	if err != nil {
		return err
	}
	r.spareWaiting()
	n := 0
	for _, e := range all {
		if n < atOnce && r.lost[e.hash] {
			delete(r.lost, e.hash)
			r.queueAgain(e.content())
			n++
		}
	}
	r.compared()
	r.poke()
	return r.save(ctx)
}

// content is what a box with this statement holds.
func (e *Entry) content() []byte {
	return append(append([]byte{contentStatement}, e.unsigned()...), e.Sig[:]...)
}

// storeChanged reports that the relay has another store than when it last opened
// the channel: it was restored from a copy, says its operator.
func (r *Replica) storeChanged(now wire.StoreID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.meta.store != wire.StoreID{} && r.meta.store != now
}

// Store is that of the relay when it last opened the channel; zero if that is
// not known. Another one than before means that the relay was restored from a copy, and
// has forgotten what was done there since.
func (r *Replica) Store() wire.StoreID { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.store }

// errNote reports a note that leads nowhere: the relay has lost the newer ones,
// or what the change needs has not arrived.
var errNote = errors.New("link: the note left for the old key leads nowhere")

// moved takes the note that a rotation left for members who were away. Only a
// change that verifies can tell this device that it is out.
func (r *Replica) moved(ctx context.Context, note []byte) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := seal.BoxEpoch(note)
	content, ok := r.open(n, note)
	if err != nil || !ok || content[0] != contentNote {
		return Update{}, errNote
	}
	in := cryptobyte.String(content[1:])
	chains, err := readChains(&in, 2)
	if err != nil {
		return Update{}, errNote
	}
	raw := keyring.Raw(in)
	if _, ok := keyring.EpochOf(raw); !ok {
		return Update{}, errNote
	}
	u, before, had := r.owed, r.ways(), r.space.Has(keyring.HashOf(raw))
	isSpace := func(c Chain) bool { return c.space }
	// What does not verify is missed by the change.
	others := slices.DeleteFunc(slices.Clone(chains), isSpace)
	learned := r.applyChain(ChainsBody(others...), true, &u)
	for _, c := range chains {
		if isSpace(c) {
			for _, between := range c.Raws {
				r.change(between, &u)
			}
		}
	}
	r.change(raw, &u)
	if t := r.rotation; t != nil && slices.Equal(t.change, raw) {
		r.adopt(t) // it was this device's own; the answer was lost
	}
	if !learned && len(others) > 0 && !had && r.space.Has(keyring.HashOf(raw)) {
		// Another space of the book knew them already. It may be loaded after this one.
		r.keepChains(ChainsBody(others...))
	}
	isNew := func(d door) bool {
		return !slices.ContainsFunc(before, func(o door) bool { return o.secret.Equal(d.secret) })
	}
	switch {
	case slices.ContainsFunc(r.ways(), isNew):
		// Another member was faster than a rotation of this device.
		r.forgetRotation()
		u.Membership = true
		return r.tell(ctx, u)
	case r.meta.removed:
		u.Membership = true
		if u, err = r.tell(ctx, u); err == nil {
			err = ErrRemoved
		}
		return u, err
	}
	if u, err = r.tell(ctx, u); err == nil {
		err = errNote
	}
	return u, err
}

func (r *Replica) forgetRotation() {
	if r.rotation != nil {
		r.rotation = nil
		r.dirty = append(r.dirty, vault.Record{Key: r.cfg.Prefix + "r"})
	}
}

// adopt learns the epoch of a rotation whose change is in force.
func (r *Replica) adopt(t *rotation) {
	if r.space.CheckEpoch(t.epoch, t.secret) == nil && !r.meta.epochs[t.epoch].Valid() {
		r.learn(t.epoch, t.secret)
		r.meta.removed = false
	}
}

// acknowledged notes where the relay says that boxes stand. They are kept until
// they were read there: what nobody can read was not sent. A device that reads
// no more has to take the relay's word.
func (r *Replica) acknowledged(ctx context.Context, ids []wire.BoxID, at []uint64) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.owed
	where := r.sent()
	var read []int
	for n, id := range ids {
		if i, ok := where[id]; ok {
			r.out[i].pos = at[n]
			read = append(read, i)
		}
	}
	if r.cut {
		r.delivered(read)
	} else {
		r.astray(&u)
	}
	if len(r.dirty) == 0 && len(u.Alarms) == 0 {
		return u, nil
	}
	return r.tell(ctx, u)
}

// outgoing seals what waits under the newest epoch. A box keeps its identifier
// over retries, so the relay stores it once. What was written after a fork stays.
func (r *Replica) outgoing(n, bytes int) []wire.Box {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.keys[r.meta.epoch]
	if key == nil {
		return nil // the only epoch within reach is void
	}
	var boxes []wire.Box
	void := r.forkedOff()
	for _, o := range r.out {
		if o.pos > 0 || slices.Contains(void, o.hash) {
			continue
		}
		box := wire.Box{ID: o.id, Data: key.Seal(r.meta.epoch, o.content)}
		if len(boxes) > 0 && (len(boxes) == n || bytes < len(box.Data)) {
			break
		}
		bytes -= len(box.Data)
		boxes = append(boxes, box)
	}
	return boxes
}

// ErrNoteSize reports chains that are too long for the note of a rotation.
var ErrNoteSize = errors.New("link: too many chains for the note of a rotation")

// Advance publishes a membership change that introduces an epoch. The relay's
// access key is replaced with it, in one request; until that is acknowledged
// the old epoch is in force. If another change comes first, the rotation is
// dropped: an update with Membership set says that it is time to look again.
//
// The chains are those that a member who was away needs to verify the change.
func (r *Replica) Advance(ctx context.Context, change keyring.Raw, next seal.Secret, chains ...Chain) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	chains = append(slices.Clip(chains), r.between(r.meta.epoch, change)...)
	t := &rotation{change: change, chains: ChainsBody(chains...), epoch: r.meta.epoch + 1, secret: next, id: newBoxID()}
	space, err := r.space.Apply(slices.Clone(change))
	if err != nil {
		return err
	}
	if err := space.CheckEpoch(t.epoch, next); err != nil || !r.follows(t) {
		return errors.New("link: the change does not follow on the membership")
	}
	if note, box := r.sealBoth(t, r.keys[r.meta.epoch], r.meta.epoch); len(note) > wire.MaxNote || len(box) > wire.MaxBox {
		return ErrNoteSize
	}
	if err := r.cfg.Keeper.Write(ctx, []vault.Record{t.record(r.cfg.Prefix)}); err != nil {
		// It may be there all the same.
		r.dirty = append(r.dirty, vault.Record{Key: r.cfg.Prefix + "r"})
		return err
	}
	r.rotation = t
	r.dirty = slices.DeleteFunc(r.dirty, func(rec vault.Record) bool { return rec.Key == r.cfg.Prefix+"r" })
	r.poke()
	return nil
}

// follows reports that a rotation stands on the membership as it is now.
func (r *Replica) follows(t *rotation) bool {
	_, _, prev, err := keyring.KindOf(t.change)
	n, ok := keyring.EpochOf(t.change)
	return err == nil && ok && prev == r.space.Head() && n == t.epoch && t.epoch == r.meta.epoch+1
}

// Rotating reports that a rotation waits for the relay.
func (r *Replica) Rotating() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.rotation != nil }

// Publish adds a membership change that introduces no epoch.
func (r *Replica) Publish(ctx context.Context, change keyring.Raw) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var u Update
	n := len(r.raws)
	r.change(change, &u)
	if len(r.raws) == n {
		return u, errors.New("link: the change does not follow on the membership")
	}
	r.queue(changeContent(change))
	r.poke()
	return u, r.save(ctx)
}

// pendingRotation returns what is to be sent to a relay that was opened with
// the key of an epoch: the change that leads on from there if the relay is
// behind or with an epoch that is void, or else the one that this device has begun.
func (r *Replica) pendingRotation(opened door) (t *rotation, stale bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to := opened.epoch + 1
	if opened.void {
		to = opened.epoch // another with this number is in force, or will be
	}
	for ; to <= r.meta.epoch; to++ {
		next := r.meta.epochs[to]
		for _, raw := range slices.Backward(r.raws) {
			if n, ok := keyring.EpochOf(raw); ok && n == to && next.Valid() && r.space.InForce(keyring.HashOf(raw)) {
				return r.lead(to-1, raw, next), false
			}
		}
		if !opened.void {
			return nil, false
		}
	}
	return r.rotation, r.rotation != nil && !r.follows(r.rotation)
}

// lead makes the rotation that leads on from an epoch by a change that is in
// force already, with all that somebody who has only that epoch may lack: what
// this device has said of it since was sealed under the next.
func (r *Replica) lead(from uint32, change keyring.Raw, next seal.Secret) *rotation {
	between := r.between(from, change)
	var chains []Chain
	for _, n := range r.space.NewsSince(from) {
		chains = append(chains, Chain{Team: n.Team, Raws: n.Raws})
	}
	t := &rotation{change: change, chains: ChainsBody(append(chains, between...)...), epoch: from + 1, secret: next, id: newBoxID()}
	if len(t.chains)+len(change) > wire.MaxNote*7/8 { // sealing adds an eighth at most
		t.chains = ChainsBody(between...) // the chains stand in the channel, for who comes in
	}
	return t
}

// between lists the changes of the space that stand between an epoch and a
// change, for who was away: they were sent under a key that opens nothing any more.
func (r *Replica) between(epoch uint32, change keyring.Raw) []Chain {
	_, at, _, err := keyring.KindOf(change)
	if err != nil {
		return nil
	}
	raws := slices.DeleteFunc(r.space.Since(epoch), func(raw keyring.Raw) bool {
		_, n, _, err := keyring.KindOf(raw)
		return err != nil || n >= at && r.space.InForce(keyring.HashOf(raw))
	})
	if len(raws) == 0 {
		return nil
	}
	return []Chain{{space: true, Raws: raws}}
}

// A door is an epoch whose key may open the channel.
type door struct {
	epoch  uint32
	secret seal.Secret
	void   bool // it lost against concurrent changes after the relay had taken its key
}

// doors lists the newest epoch, those that are void, and older ones in case the
// relay was restored from before a rotation.
func (r *Replica) doors() []door {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ways()
}

func (r *Replica) ways() []door {
	var ds []door
	for n := r.meta.epoch; n > 0; n-- {
		if s := r.meta.epochs[n]; s.Valid() {
			ds = append(ds, door{epoch: n, secret: s})
		}
		if n == r.meta.epoch {
			ds = append(ds, r.strays...)
		}
	}
	return ds
}

// secret returns that of an epoch.
func (r *Replica) secret(n uint32) seal.Secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.meta.epochs[n]
}

// sealRotation seals the change twice: for those who have only the key that is
// replaced, and for those who will have only the new one.
func (r *Replica) sealRotation(t *rotation, old door) (note, box []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sealBoth(t, seal.NewBoxKey(old.secret, r.space.ID()), old.epoch)
}

func (r *Replica) sealBoth(t *rotation, old *seal.BoxKey, epoch uint32) (note, box []byte) {
	note = slices.Concat([]byte{contentNote}, t.chains, t.change)
	note = old.Seal(epoch, note)
	box = seal.NewBoxKey(t.secret, r.space.ID()).Seal(t.epoch, changeContent(t.change))
	return note, box
}

func (r *Replica) rotated(ctx context.Context, t *rotation) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.owed
	r.change(t.change, &u)
	r.adopt(t)
	if r.rotation == t {
		r.forgetRotation()
	}
	return r.tell(ctx, u)
}

func (r *Replica) dropRotation(ctx context.Context, t *rotation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rotation == t {
		r.forgetRotation()
		r.save(ctx) // or with the next save; sent again it is refused again
	}
}

// Checkpoint states the heads of all devices under a hybrid signature.
func (r *Replica) Checkpoint(ctx context.Context) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(ctx, TypePoint, r.pointBody(r.cfg.Device))
}

func sortHeads(h []Head) {
	arrange.By(h, func(a, b Head) int { return compare(a.Device, b.Device) })
}
