package link

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A Keeper is where a replica keeps its records at rest, sealed by its
// implementation. Write is atomic and durable; a nil value deletes.
type Keeper interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Scan(ctx context.Context, prefix string) ([]vault.Record, error)
	Write(ctx context.Context, puts []vault.Record) error
}

// Config is what a replica needs from the device that it lives on.
type Config struct {
	Keeper  Keeper
	Prefix  string // of every key of this replica, such as "s/3/"
	Book    *Book  // its mutex guards the replica
	Device  *seal.Device
	Account keyring.AccountID

	// OpenEpoch opens the secret of an epoch that was wrapped to this device's
	// account or team.
	OpenEpoch func(s *keyring.Space, n uint32) (seal.Secret, error)

	// Founding returns the key that signs the creation of the channel, nil
	// where this device may not. OpenEpoch and Founding are called with the
	// book's mutex held.
	Founding func() *seal.Signer

	Now func() time.Time
}

// An Entry is a statement that the replica has accepted.
type Entry struct {
	*Statement
	Right keyring.Right // the author's, when it was accepted
	Own   bool          // written by this device
}

// An Alarm is evidence that the relay or a member showed two histories.
type Alarm struct {
	Device seal.DeviceID
	Seq    uint64
	Kind   AlarmKind
}

// An AlarmKind tells what the evidence shows.
type AlarmKind uint8

// Kinds of alarm.
const (
	AlarmFork     AlarmKind = 1 // two statements with one number
	AlarmRollback AlarmKind = 2 // the relay forgot what it had acknowledged
	AlarmMember   AlarmKind = 3 // two histories of the membership
)

// An Update tells what a call changed.
type Update struct {
	Entries    []*Entry
	Membership bool // rights, epochs or a book's chains changed
	Alarms     []Alarm
}

func (u *Update) add(v Update) {
	u.Entries = append(u.Entries, v.Entries...)
	u.Membership = u.Membership || v.Membership
	u.Alarms = append(u.Alarms, v.Alarms...)
}

// maxHeld bounds what waits for its author or its predecessors.
const maxHeld = 4096

// A line is what one device wrote in the space, gapless from 1.
type line struct {
	hashes  []Hash
	held    map[uint64]*Statement // above len(hashes): waiting
	claimed map[uint64]Hash       // what others say stands there
	covered uint64                // up to where a member with rights has seen it
	right   keyring.Right         // the last that was in force
}

// A Replica is this device's copy of one space: membership, epochs, and every
// accepted statement. It needs no network. Its methods may be called by
// several goroutines.
type Replica struct {
	cfg Config
	mu  *sync.Mutex // of the book

	// Guarded by mu.
	meta      meta
	raws      []keyring.Raw
	space     *keyring.Space
	keys      map[uint32]*seal.BoxKey
	lines     map[seal.DeviceID]*line
	entries   []*Entry
	told      map[seal.DeviceID]uint64 // heads that own statements have named
	heldN     int
	page      []pageItem     // the last page, not yet full
	dirty     []vault.Record // full pages and chain records not yet saved
	pageDirty bool
	out       []outItem
	rotation  *rotation
	lost      map[Hash]bool // own statements that a relay which went back has not shown yet
	behind    bool          // a box of an unknown epoch stopped the last Receive
	alarms    []Alarm
	changed   chan struct{} // capacity 1: the outbox or a rotation waits
}

// Found makes the replica of a space that this device has just founded. The
// channel is created at the relay with the admission when there is a connection.
func Found(ctx context.Context, cfg Config, chains []Chain, genesis keyring.Raw, e1 seal.Secret, relay string, admission wire.Admission) (*Replica, error) {
	cfg.Book.Lock()
	defer cfg.Book.Unlock()
	r, err := start(cfg, chains, []keyring.Raw{genesis}, relay)
	if err != nil {
		return nil, err
	}
	if admission.Kind != 0 {
		r.meta.admission = AdmissionBytes(admission)
	}
	r.learn(1, e1)
	r.queue(changeContent(genesis))
	return r, r.save(ctx)
}

// Join makes the replica of a space that others founded, from its chain and
// the chains of the accounts and teams in it.
func Join(ctx context.Context, cfg Config, chains []Chain, chain []keyring.Raw, relay string) (*Replica, error) {
	cfg.Book.Lock()
	defer cfg.Book.Unlock()
	r, err := start(cfg, chains, chain, relay)
	if err != nil {
		return nil, err
	}
	if err := r.openEpochs(); err != nil {
		return nil, err
	}
	return r, r.save(ctx)
}

func start(cfg Config, chains []Chain, chain []keyring.Raw, relay string) (*Replica, error) {
	for _, c := range chains {
		if err := c.AddTo(cfg.Book.Book); err != nil {
			return nil, err
		}
	}
	space, err := keyring.ReplaySpace(chain, cfg.Book.Book)
	if err != nil {
		return nil, err
	}
	r := newReplica(cfg)
	r.space = space
	r.dirty = append(r.dirty, vault.Record{Key: cfg.Prefix + "b", Value: ChainsBody(chains...)})
	for _, raw := range chain {
		r.addChange(slices.Clone(raw))
	}
	r.meta.relay = relay
	r.meta.channel = wire.ChannelOf(wire.FoundingKey(space.Founding()))
	return r, nil
}

func newReplica(cfg Config) *Replica {
	return &Replica{
		cfg: cfg, mu: &cfg.Book.Mutex, keys: make(map[uint32]*seal.BoxKey), lines: make(map[seal.DeviceID]*line),
		told: make(map[seal.DeviceID]uint64), meta: meta{epochs: make(map[uint32]seal.Secret)},
		changed: make(chan struct{}, 1),
	}
}

// learn records the secret of an epoch.
func (r *Replica) learn(n uint32, s seal.Secret) {
	r.meta.epochs[n] = s
	r.keys[n] = seal.NewBoxKey(s, r.space.ID())
	if n > r.meta.epoch {
		r.meta.epoch = n
	}
}

// openEpochs opens every epoch of the chain that this device may read: the
// newest by its wrap, older ones by the links.
func (r *Replica) openEpochs() error {
	n := r.space.Epoch()
	var newest error
	for ; n >= 1; n-- {
		if _, ok := r.meta.epochs[n]; ok {
			continue
		}
		if next, ok := r.meta.epochs[n+1]; ok {
			if s, ok, err := r.space.Back(n+1, next); err == nil && ok {
				r.learn(n, s)
				continue
			}
		}
		s, err := r.cfg.OpenEpoch(r.space, n)
		if err == nil {
			r.learn(n, s)
		} else if n == r.space.Epoch() {
			newest = err
		}
	}
	return newest
}

// Space returns the verified membership.
func (r *Replica) Space() *keyring.Space { r.mu.Lock(); defer r.mu.Unlock(); return r.space }

// Chain returns every membership change, for a new member.
func (r *Replica) Chain() []keyring.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.raws)
}

// Relay is the origin of the relay that keeps the channel.
func (r *Replica) Relay() string { return r.meta.relay }

// Channel names the space's channel.
func (r *Replica) Channel() wire.Channel { return r.meta.channel }

// Epoch returns the newest epoch and its secret.
func (r *Replica) Epoch() (uint32, seal.Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.meta.epoch, r.meta.epochs[r.meta.epoch]
}

// Entries returns every accepted statement in the order of acceptance.
func (r *Replica) Entries() []*Entry { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clip(r.entries) }

// Alarms returns the evidence so far.
func (r *Replica) Alarms() []Alarm { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.alarms) }

// Queued reports that a statement of this device waits for the relay.
func (r *Replica) Queued(h Hash) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.out, func(o outItem) bool { return o.hash == h })
}

// SincePoint counts this device's statements since its last checkpoint.
func (r *Replica) SincePoint() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range slices.Backward(r.entries) {
		if e.Own {
			if e.Type == TypePoint {
				break
			}
			n++
		}
	}
	return n
}

// Waiting counts what the relay has not acknowledged yet.
func (r *Replica) Waiting() int { r.mu.Lock(); defer r.mu.Unlock(); return len(r.out) }

// Removed reports that this device's access has ended.
func (r *Replica) Removed() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.removed }

// Missing counts statements that others have seen and this replica has not.
func (r *Replica) Missing() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, l := range r.lines {
		for seq := range l.claimed {
			if seq > uint64(len(l.hashes)) {
				n++
			}
		}
	}
	return n
}

// ErrRemoved reports a write to a space whose membership this device has lost.
var ErrRemoved = errors.New("link: this device is no longer a member")

// Write signs a statement, keeps it durably and queues it for the relay. It
// needs no network. The update holds what readers of this device should see.
func (r *Replica) Write(ctx context.Context, t Type, body []byte) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(ctx, t, body)
}

func (r *Replica) write(ctx context.Context, t Type, body []byte) (Update, error) {
	if r.meta.removed {
		return Update{}, ErrRemoved
	}
	if len(body) > MaxBody {
		return Update{}, errors.New("link: statement too large")
	}
	me := r.cfg.Device.ID()
	own := r.line(me)
	s := &Statement{
		Space: r.space.ID(), Epoch: r.meta.epoch, Device: me, Account: r.cfg.Account,
		Seq: uint64(len(own.hashes)) + 1, Time: r.cfg.Now().UnixMilli(), Type: t, Body: slices.Clone(body),
	}
	if s.Seq > 1 {
		s.Prev = own.hashes[s.Seq-2]
	}
	s.Heads = r.news(me)
	raw := s.sign(r.cfg.Device)

	item := outItem{n: r.meta.nextOut, id: newBoxID(), hash: s.hash, content: append([]byte{contentStatement}, raw...)}
	right, _, _ := r.space.Right(me, r.cfg.Account)

	// Durable first, then visible: a failed write leaves nothing behind.
	kept := pageItem{right: right, raw: raw}
	m := r.meta
	m.nextOut++
	puts := append(slices.Clip(r.dirty), pageRecord(r.cfg.Prefix, m.pages, append(slices.Clip(r.page), kept)),
		item.record(r.cfg.Prefix), m.record(r.cfg.Prefix))
	if err := r.cfg.Keeper.Write(ctx, puts); err != nil {
		return Update{}, err
	}
	r.meta.nextOut++
	r.out = append(r.out, item)
	var u Update
	r.admit(own, s, raw, right, &u)
	r.saved()
	for _, h := range s.Heads {
		r.told[h.Device] = h.Seq
	}
	if t == TypeChain {
		r.applyChain(s.Body, &u)
	}
	r.poke()
	return u, nil
}

// news lists the heads that this device has not named yet.
func (r *Replica) news(me seal.DeviceID) []Head {
	var heads []Head
	for id, l := range r.lines {
		n := uint64(len(l.hashes))
		if id != me && n > r.told[id] {
			heads = append(heads, Head{Device: id, Seq: n, Hash: l.hashes[n-1]})
		}
	}
	slices.SortFunc(heads, func(a, b Head) int { return compare(a.Device, b.Device) })
	return heads[:min(len(heads), maxHeads)]
}

func (r *Replica) line(id seal.DeviceID) *line {
	l := r.lines[id]
	if l == nil {
		l = &line{held: make(map[uint64]*Statement), claimed: make(map[uint64]Hash)}
		r.lines[id] = l
	}
	return l
}

// admit appends an authenticated statement to its line.
func (r *Replica) admit(l *line, s *Statement, raw []byte, right keyring.Right, u *Update) {
	if want, ok := l.claimed[s.Seq]; ok {
		if want != s.hash {
			r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
		}
		delete(l.claimed, s.Seq)
	}
	l.hashes = append(l.hashes, s.hash)
	e := &Entry{Statement: s, Right: right, Own: s.Device == r.cfg.Device.ID()}
	r.entries = append(r.entries, e)
	r.addToPage(pageItem{right: right, raw: raw})
	u.Entries = append(u.Entries, e)
}

func (r *Replica) alarm(u *Update, a Alarm) {
	if slices.Contains(r.alarms, a) || len(r.alarms) >= 64 {
		return
	}
	r.alarms = append(r.alarms, a)
	u.Alarms = append(u.Alarms, a)
}

// Receive takes boxes in the order of their positions and accepts what is
// authentic. What does not open or verify is left out; the rest goes on.
// When it returns nil, all that it accepted is durable.
func (r *Replica) Receive(ctx context.Context, boxes []wire.Stored) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var u Update
	pos := r.meta.cursor
	r.behind = false
	touched := make(map[seal.DeviceID]bool)
	for i := range boxes {
		b := &boxes[i]
		if b.Pos <= pos {
			continue // shown again
		}
		n, err := seal.BoxEpoch(b.Data)
		if err == nil && n > r.meta.epoch && !r.meta.skipUnknown {
			r.behind = true
			break // the change that introduces n comes with the next opening
		}
		pos = b.Pos
		key := r.keys[n]
		if err != nil || key == nil {
			r.meta.unread++
			continue
		}
		content, err := key.Open(b.Data)
		if err != nil || len(content) == 0 {
			r.meta.unread++
			continue
		}
		r.meta.bytes += uint64(len(b.Data))
		switch content[0] {
		case contentStatement:
			if s, err := ParseStatement(content[1:]); err == nil && s.Space == r.space.ID() && s.Epoch <= n {
				r.hold(s, &u)
				touched[s.Device] = true
			} else {
				r.meta.unread++
			}
		case contentChange:
			r.change(keyring.Raw(content[1:]), &u)
		default:
			r.meta.unread++
		}
	}
	r.settle(touched, &u)
	if pos == r.meta.cursor && len(u.Entries) == 0 && !u.Membership {
		return u, nil
	}
	r.meta.cursor = pos
	if len(u.Entries) > 0 || r.rotation != nil {
		r.poke()
	}
	return u, r.save(ctx)
}

// hold keeps a statement until it can be admitted.
func (r *Replica) hold(s *Statement, u *Update) {
	l := r.line(s.Device)
	if s.Seq <= uint64(len(l.hashes)) {
		if l.hashes[s.Seq-1] == s.hash {
			delete(r.lost, s.hash) // the relay has it after all
			return
		}
		if _, pub, ok := r.cfg.Book.FindDevice(s.Device); ok && pub.Verify(seal.LabelStatement, s.hash[:], s.Sig[:]) == nil {
			r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
		}
		return
	}
	if old := l.held[s.Seq]; old != nil && old.hash != s.hash {
		// Two claim one place. Only an authentic one may keep it.
		if _, pub, ok := r.cfg.Book.FindDevice(s.Device); !ok || pub.Verify(seal.LabelStatement, s.hash[:], s.Sig[:]) != nil {
			return
		} else if pub.Verify(seal.LabelStatement, old.hash[:], old.Sig[:]) == nil {
			r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
			return
		}
	} else if old == nil {
		if r.heldN >= maxHeld {
			r.meta.unread++
			return
		}
		r.heldN++
	}
	l.held[s.Seq] = s
	if s.Type == TypeChain {
		// Chains verify themselves, whoever carries them: a new device may
		// bring the change that makes it one.
		if _, _, known := r.cfg.Book.FindDevice(s.Device); !known {
			r.applyChain(s.Body, u)
		}
	}
}

// settle admits what can be admitted, device by device, until nothing moves.
func (r *Replica) settle(touched map[seal.DeviceID]bool, u *Update) {
	for len(touched) > 0 {
		next := make(map[seal.DeviceID]bool)
		for id := range touched {
			r.settleLine(id, next, u)
		}
		touched = next
	}
}

func (r *Replica) settleLine(id seal.DeviceID, next map[seal.DeviceID]bool, u *Update) {
	l := r.line(id)
	account, pub, known := r.cfg.Book.FindDevice(id)
	if !known {
		return // its chain has not arrived yet
	}
	right, _, active := r.space.Right(id, account)
	if active {
		l.right = right
	}
	for {
		run := l.run(account, active)
		if len(run) == 0 {
			return
		}
		good := len(run)
		// The newest signature vouches for all before it, through the hashes.
		for good > 0 && pub.Verify(seal.LabelStatement, run[good-1].hash[:], run[good-1].Sig[:]) != nil {
			good--
			delete(l.held, run[good].Seq)
			r.heldN--
			r.meta.unread++
		}
		for _, s := range run[:good] {
			delete(l.held, s.Seq)
			r.heldN--
			raw := append(s.unsigned(), s.Sig[:]...)
			if !active {
				l.right, _, _ = r.space.RightIn(s.Epoch, id, account)
			}
			r.admit(l, s, raw, l.right, u)
			r.heads(s, active, next, u)
			if s.Type == TypeChain && r.applyChain(s.Body, u) {
				for other, ol := range r.lines {
					if len(ol.held) > 0 {
						next[other] = true
					}
				}
			}
			if s.Type == TypePoint {
				r.point(s, pub, u)
			}
		}
		if good < len(run) {
			return
		}
	}
}

// run returns the held statements that follow on the line without a gap, as
// far as their author may be believed. It drops what contradicts the line.
func (l *line) run(account keyring.AccountID, active bool) []*Statement {
	var run []*Statement
	seq := uint64(len(l.hashes))
	var prev Hash
	if seq > 0 {
		prev = l.hashes[seq-1]
	}
	for {
		seq++
		s := l.held[seq]
		if s == nil || s.Prev != prev || s.Account != account || !active && seq > l.covered {
			return run
		}
		run = append(run, s)
		prev = s.hash
	}
}

// heads compares what an author has seen with what this replica has.
func (r *Replica) heads(s *Statement, active bool, next map[seal.DeviceID]bool, u *Update) {
	for _, h := range s.Heads {
		l := r.line(h.Device)
		if h.Seq <= uint64(len(l.hashes)) {
			if l.hashes[h.Seq-1] != h.Hash {
				r.alarm(u, Alarm{h.Device, h.Seq, AlarmFork})
			}
			continue
		}
		if len(l.claimed) < maxHeads {
			if old, ok := l.claimed[h.Seq]; ok && old != h.Hash {
				r.alarm(u, Alarm{h.Device, h.Seq, AlarmFork})
			}
			l.claimed[h.Seq] = h.Hash
		}
		if active && h.Seq > l.covered {
			l.covered = h.Seq
			next[h.Device] = true
		}
	}
}

// change takes a membership change of the space.
func (r *Replica) change(raw keyring.Raw, u *Update) {
	for _, have := range r.raws {
		if slices.Equal(have, raw) {
			return
		}
	}
	space, err := r.space.Apply(slices.Clone(raw))
	if err != nil {
		r.meta.unread++
		if errors.Is(err, keyring.ErrFork) {
			r.alarm(u, Alarm{Kind: AlarmMember})
		}
		return
	}
	r.addChange(slices.Clone(raw))
	r.space = space
	u.Membership = true
	if err := r.openEpochs(); err != nil && space.Epoch() > r.meta.epoch {
		r.meta.removed = true
	}
	all := make(map[seal.DeviceID]bool)
	for id, l := range r.lines {
		if len(l.held) > 0 {
			all[id] = true
		}
	}
	r.settle(all, u)
}

// applyChain adds published account and team chains to the book.
func (r *Replica) applyChain(body []byte, u *Update) bool {
	chains, err := ParseChains(body)
	if err != nil {
		return false
	}
	changed := false
	for _, c := range chains {
		if err := c.AddTo(r.cfg.Book.Book); err == nil {
			changed = true
		} else if errors.Is(err, keyring.ErrFork) {
			r.alarm(u, Alarm{Kind: AlarmMember})
		}
	}
	u.Membership = u.Membership || changed
	return changed
}

func (r *Replica) poke() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func newBoxID() (id wire.BoxID) {
	rand.Read(id[:])
	return id
}

func changeContent(raw keyring.Raw) []byte { return append([]byte{contentChange}, raw...) }
