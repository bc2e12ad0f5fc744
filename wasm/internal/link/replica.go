package link

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
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

	// OpenVoid opens the secrets of the epochs with number n that concurrent
	// changes made void: the relay may hold the key of one of them.
	OpenVoid func(s *keyring.Space, n uint32) []seal.Secret

	// Founding returns the key that signs the creation of the channel, nil
	// where this device may not. OpenEpoch, OpenVoid and Founding are called with
	// the book's mutex held.
	Founding func() *seal.Signer

	// Owners returns the keys that may own the channel at the relay, the likeliest
	// first; nil where this device's account does not. With one of them it takes
	// back a channel whose access key leads nowhere. Called as OpenEpoch is.
	Owners func() []*seal.Signer

	// Admissions returns what the channel may be created with once more, best
	// first, by a device that has its founding key: a relay that was restored from
	// a copy may never have heard of it. Called without the book's mutex.
	Admissions func(open wire.TenantID) []wire.Admission

	Now func() time.Time

	// MaxBytes is how much of the channel is kept, with what this device wrote.
	// Beyond it nothing more is read. 0: 256 MiB.
	MaxBytes uint64
}

const defaultMaxBytes = 256 << 20

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
	AlarmRollback AlarmKind = 2 // the relay forgot or leaves out what it had
	AlarmMember   AlarmKind = 3 // a change came that would undo what is settled
	AlarmKey      AlarmKind = 4 // an epoch was not sealed to this device, although it is a member, or leads to no older one
	AlarmFull     AlarmKind = 5 // there is more than is kept; nothing more is read
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

// Bounds of what waits. Beyond them a statement or change is left out, and the
// channel is read again when that may help.
const (
	maxHeldLine  = 1024     // statements of one known device above a gap
	maxStrangers = 1024     // statements of devices whose chain has not arrived
	maxHeldBytes = 16 << 20 // of both
	maxRivals    = 4        // for one place of a line
	maxClaims    = 256      // of one line
	maxLines     = 4096
	maxWaiting   = 64 // membership changes
)

// A place is a statement that somebody has seen.
type place struct {
	seq  uint64
	hash Hash
}

// A line is what one device wrote in the space, gapless from 1.
type line struct {
	account keyring.AccountID // that its statements name
	hashes  []Hash
	held    map[uint64][]*Statement // above len(hashes): waiting, rivals for one place
	heldN   int
	claimed map[place]uint32 // above len(hashes): what accepted statements name, with the first epoch of one by who may write
	epoch   uint32           // the newest that an accepted statement names
	right   keyring.Right    // the last that was in force
	dropped bool             // more waited than is held
}

// A Replica is this device's copy of one space: membership, epochs, and every
// accepted statement. It needs no network. Its methods may be called by
// several goroutines.
type Replica struct {
	cfg Config
	mu  *sync.Mutex // of the book

	// Guarded by mu.
	meta       meta
	raws       []keyring.Raw
	space      *keyring.Space
	keys       map[uint32]*seal.BoxKey
	lines      map[seal.DeviceID]*line
	entries    []*Entry                 // without the first ones, which were let go
	let        int                      // go: the pages have them
	told       map[seal.DeviceID]uint64 // heads that own statements have named
	heldN      int
	heldBytes  int
	heldDirty  bool
	waiting    []keyring.Raw             // changes that wait for a chain or another change
	books      uint32                    // records of chains learned besides statements
	owed       Update                    // accepted, but not told because the disk failed
	old        map[uint32][]*seal.BoxKey // of epochs that lost against concurrent ones
	strays     []door                    // their access keys, newest first
	page       []pageItem                // the last page, not yet full
	later      []Chain                   // while loading: that need others
	dirty      []vault.Record            // full pages and chain records not yet saved
	pageDirty  bool
	out        []outItem
	sincePoint int   // own statements since the last checkpoint
	firstSince int64 // unix ms of the first of them
	rotation   *rotation
	lost       map[Hash]bool         // statements that a relay which went back has not shown yet
	lostRaws   map[keyring.Hash]bool // membership changes likewise
	behind     bool                  // a box of an unknown epoch stopped the last Receive
	reread     bool                  // the cursor went back
	gap        bool                  // the last Receive left out positions
	top        uint64                // the highest position that was ever read

	seen    map[wire.BoxID]uint64 // positions of the changes that were read since loading
	cut     bool                  // there was no room for all of the last Receive
	alarms  []Alarm
	changed chan struct{} // capacity 1: the outbox or a rotation waits
}

// Found makes the replica of a space that this device has just founded. The
// channel is created at the relay with the admission when there is a connection.
func Found(ctx context.Context, cfg Config, chains []Chain, genesis keyring.Raw, e1 seal.Secret, relay string, admission wire.Admission) (*Replica, error) {
	cfg.Book.Lock()
	defer cfg.Book.Unlock()
	r, err := start(ctx, cfg, chains, []keyring.Raw{genesis}, relay)
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
	r, err := start(ctx, cfg, chains, chain, relay)
	if err != nil {
		return nil, err
	}
	if err := r.openEpochs(); err != nil {
		return nil, err
	}
	return r, r.save(ctx)
}

func start(ctx context.Context, cfg Config, chains []Chain, chain []keyring.Raw, relay string) (*Replica, error) {
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
	// An earlier try may have left records behind.
	left, err := cfg.Keeper.Scan(ctx, cfg.Prefix)
	if err != nil {
		return nil, err
	}
	for _, rec := range left {
		r.dirty = append(r.dirty, vault.Record{Key: rec.Key})
	}
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
		old: make(map[uint32][]*seal.BoxKey), seen: make(map[wire.BoxID]uint64), changed: make(chan struct{}, 1),
	}
}

// learn records the secret of an epoch.
func (r *Replica) learn(n uint32, s seal.Secret) {
	r.meta.epochs[n] = s
	r.keys[n] = seal.NewBoxKey(s, r.space.ID())
	if n > r.meta.epoch {
		r.meta.epoch = n
		if r.meta.skipped > 0 {
			r.again(r.meta.skipped - 1) // perhaps these were of this epoch
			r.meta.skipped = 0
		}
	}
}

// again has the relay show everything above pos once more. What is known
// already changes nothing.
func (r *Replica) again(pos uint64) {
	if pos < r.meta.cursor {
		r.meta.cursor, r.meta.mark = pos, [32]byte{}
		r.reread = true
		if r.meta.doubt > pos {
			r.meta.doubt = 0
		}
	}
}

// openEpochs opens every epoch of the chain that this device may read: the
// newest by its wrap, older ones by the links.
func (r *Replica) openEpochs() error {
	n := r.space.Epoch()
	var newest error
	if r.meta.epoch > n {
		// Concurrent changes: the epochs above are void, and so is writing under them.
		for m := r.meta.epoch; m > n; m-- {
			r.void(m)
		}
		for r.meta.epoch = n; r.meta.epoch > 1 && !r.meta.epochs[r.meta.epoch].Valid(); {
			r.meta.epoch--
		}
	}
	defer r.openVoid()
	for ; n >= 1; n-- {
		if have, ok := r.meta.epochs[n]; ok {
			if r.space.CheckEpoch(n, have) == nil {
				continue
			}
			// Concurrent changes: another epoch with this number is in force.
			r.void(n)
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

// void puts an epoch aside. Boxes may have been sealed under it in good faith, and
// the relay may have its key.
func (r *Replica) void(n uint32) {
	if s := r.meta.epochs[n]; s.Valid() {
		r.stray(n, s)
	}
	delete(r.meta.epochs, n)
	delete(r.keys, n)
}

func (r *Replica) stray(n uint32, s seal.Secret) {
	if !slices.ContainsFunc(r.strays, func(d door) bool { return d.epoch == n && d.secret.Equal(s) }) {
		r.strays = append(r.strays, door{n, s, true})
		r.old[n] = append(r.old[n], seal.NewBoxKey(s, r.space.ID()))
	}
}

// openVoid opens what concurrent changes made void.
func (r *Replica) openVoid() {
	if r.cfg.OpenVoid != nil {
		for _, n := range r.space.VoidEpochs() {
			for _, s := range r.cfg.OpenVoid(r.space, n) {
				r.stray(n, s)
			}
		}
	}
	// One that is in force after all is no stray.
	r.strays = slices.DeleteFunc(r.strays, func(d door) bool { return d.secret.Equal(r.meta.epochs[d.epoch]) })
	arrange.By(r.strays, func(a, b door) int { return int(b.epoch) - int(a.epoch) })
}

// Space returns the verified membership.
func (r *Replica) Space() *keyring.Space { r.mu.Lock(); defer r.mu.Unlock(); return r.space }

// Membership is Space for callers that hold the book's mutex.
func (r *Replica) Membership() *keyring.Space { return r.space }

// Chain returns every membership change, for a new member.
func (r *Replica) Chain() []keyring.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.raws), func(raw keyring.Raw) bool { return !r.space.Has(keyring.HashOf(raw)) })
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

// Entries returns the accepted statements in memory, in the order of acceptance:
// every one, or where LetGo was called those that came since.
func (r *Replica) Entries() []*Entry { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clip(r.entries) }

// All returns every accepted statement in the order of acceptance. Those that were
// let go are read again.
func (r *Replica) All(ctx context.Context) ([]*Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all(ctx)
}

func (r *Replica) all(ctx context.Context) ([]*Entry, error) {
	if r.let == 0 {
		return slices.Clip(r.entries), nil
	}
	pages, err := r.cfg.Keeper.Scan(ctx, r.cfg.Prefix+"p/")
	if err != nil {
		return nil, err
	}
	me := r.cfg.Device.ID()
	out := make([]*Entry, 0, r.let+len(r.entries))
	for _, p := range pages {
		items, err := parsePage(p.Value)
		if err != nil {
			return nil, err
		}
		statements, entries := make([]Statement, len(items)), make([]Entry, len(items))
		for i, it := range items[:min(len(items), r.let-len(out))] {
			s := &statements[i]
			if !s.parse(it.raw) {
				return nil, ErrDamaged
			}
			// The hashes have been followed to a signature when they were taken in.
			if l := r.lines[s.Device]; l == nil || s.Seq-1 >= uint64(len(l.hashes)) || l.hashes[s.Seq-1] != s.hash {
				return nil, ErrDamaged
			}
			entries[i] = Entry{Statement: s, Right: it.right, Own: s.Device == me}
			out = append(out, &entries[i])
		}
	}
	if len(out) < r.let {
		return nil, ErrDamaged
	}
	return append(out, r.entries...), nil
}

// Len counts the accepted statements.
func (r *Replica) Len() int { r.mu.Lock(); defer r.mu.Unlock(); return r.let + len(r.entries) }

// LetGo takes the accepted statements out of memory, which are on the disk and are
// most of what a replica holds. Their hashes stay: what comes is judged as before.
// It does nothing while something is not saved.
func (r *Replica) LetGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.dirty) == 0 && !r.pageDirty {
		r.let += len(r.entries)
		r.entries = nil
	}
}

// Alarms returns the evidence so far.
func (r *Replica) Alarms() []Alarm { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.alarms) }

// Queued reports that a statement of this device waits for the relay, or was
// written after a fork: then nobody accepts it, whatever the relay has said.
func (r *Replica) Queued(h Hash) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.out, func(o outItem) bool { return o.pos == 0 && o.hash == h }) || slices.Contains(r.forkedOff(), h)
}

// Unconfirmed returns the statements of this device in memory that nobody else has said
// to have seen. Whoever removes a member says first what was seen of them.
func (r *Replica) Unconfirmed() []*Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	me, seen := r.cfg.Device.ID(), uint64(0)
	var own []*Entry
	for _, e := range r.entries {
		if e.Own {
			own = append(own, e)
		}
		for _, h := range e.Heads {
			if h.Device == me {
				seen = max(seen, h.Seq)
			}
		}
	}
	at, _ := slices.BinarySearchFunc(own, seen, func(e *Entry, n uint64) int { return cmp.Compare(e.Seq, n+1) })
	return own[at:]
}

// Forked reports that this device's storage went back, and that it wrote again
// under numbers that it had used before.
func (r *Replica) Forked() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.forked > 0 }

// forkedOff lists the own statements from the fork on.
func (r *Replica) forkedOff() []Hash {
	own := r.lines[r.cfg.Device.ID()]
	if r.meta.forked == 0 || own == nil || r.meta.forked > uint64(len(own.hashes)) {
		return nil
	}
	return own.hashes[r.meta.forked-1:]
}

// SincePoint counts this device's statements since its last checkpoint, and
// tells when the first of them was written, in unix ms.
func (r *Replica) SincePoint() (n int, first int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sincePoint, r.firstSince
}

// count keeps SincePoint.
func (r *Replica) count(s *Statement, own bool) {
	switch {
	case own && s.Type == TypePoint:
		r.sincePoint, r.firstSince = 0, 0
	case own:
		if r.sincePoint == 0 {
			r.firstSince = s.Time
		}
		r.sincePoint++
	}
}

// Waiting counts what the relay has not acknowledged yet, and what was written
// after a fork.
func (r *Replica) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	void := r.forkedOff()
	n := len(void)
	for _, o := range r.out {
		if o.pos == 0 && !slices.Contains(void, o.hash) { // not twice
			n++
		}
	}
	return n
}

// Removed reports that this device's access has ended.
func (r *Replica) Removed() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.meta.removed }

// Missing counts statements that others have seen, or that later ones of their
// author follow on, and this replica has not.
func (r *Replica) Missing() int { r.mu.Lock(); defer r.mu.Unlock(); return r.missing() }

func (r *Replica) missing() int {
	n := 0
	for id, l := range r.lines {
		seqs := make(map[uint64]bool)
		for c := range l.claimed {
			seqs[c.seq] = true
		}
		if next := uint64(len(l.hashes)) + 1; l.heldN > 0 && len(l.held[next]) == 0 {
			for _, list := range l.held {
				if _, _, active := r.space.Right(id, list[0].Account); active {
					seqs[next] = true
				}
				break
			}
		}
		n += len(seqs)
	}
	return n
}

// ErrRemoved reports a write to a space whose membership this device has lost.
var ErrRemoved = errors.New("link: this device is no longer a member")

// ErrForked reports a write by a device whose storage is older than what it has
// written. What it adds to its line would be dropped by everybody else.
var ErrForked = errors.New("link: this device's storage went back; set it up again")

// Write signs a statement, keeps it durably and queues it for the relay. It
// needs no network. The update holds what readers of this device should see.
func (r *Replica) Write(ctx context.Context, t Type, body []byte) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(ctx, t, body)
}

func (r *Replica) write(ctx context.Context, t Type, body []byte) (Update, error) {
	w, err := r.prepare(t, body)
	if err != nil {
		return Update{}, err
	}
	if err := r.cfg.Keeper.Write(ctx, w.puts); err != nil {
		w.undo()
		return Update{}, err
	}
	return w.done(), nil
}

// A Draft is a statement that is to be written in a replica.
type Draft struct {
	Replica *Replica
	Type    Type
	Body    []byte
}

// ErrTwice reports two drafts for one replica: the second follows on the first.
var ErrTwice = errors.New("link: two statements for one space at once")

// WriteAll is Write for many replicas of one book and keeper, no two of them the same. All
// of the statements are kept, or none; then err says why. What one replica refuses has an
// error in its place in refused, and keeps back no other.
func WriteAll(ctx context.Context, drafts []Draft) (updates []Update, refused []error, err error) {
	if len(drafts) == 0 {
		return nil, nil, nil
	}
	first := drafts[0].Replica
	first.mu.Lock()
	defer first.mu.Unlock()
	updates, refused = make([]Update, len(drafts)), make([]error, len(drafts))
	ready, seen := make([]*writing, len(drafts)), make(map[*Replica]bool)
	var puts []vault.Record
	for i, d := range drafts {
		if d.Replica.mu != first.mu || d.Replica.cfg.Keeper != first.cfg.Keeper {
			panic("link: replicas of several books are written in at once")
		}
		if refused[i] = ErrTwice; !seen[d.Replica] {
			ready[i], refused[i] = d.Replica.prepare(d.Type, d.Body)
		}
		if seen[d.Replica] = true; refused[i] == nil {
			puts = append(puts, ready[i].puts...)
		}
	}
	if len(puts) > 0 {
		err = first.cfg.Keeper.Write(ctx, puts)
	}
	for i, w := range ready {
		switch {
		case w == nil:
		case err != nil:
			w.undo()
		default:
			updates[i] = w.done()
		}
	}
	return updates, refused, err
}

// A writing is a signed statement that is not kept yet.
type writing struct {
	r    *Replica
	s    *Statement
	kept pageItem
	item outItem
	puts []vault.Record
}

// prepare signs a statement. Durable first, then visible: nothing of the replica has
// changed yet.
func (r *Replica) prepare(t Type, body []byte) (*writing, error) {
	if r.meta.removed {
		return nil, ErrRemoved
	}
	if r.meta.forked > 0 {
		return nil, ErrForked
	}
	if len(body) > MaxBody {
		return nil, errors.New("link: statement too large")
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
	right, _, _ := r.space.Right(me, r.cfg.Account)
	w := &writing{
		r: r, s: s, kept: pageItem{right: right, raw: raw},
		item: outItem{n: r.meta.nextOut, id: newBoxID(), hash: s.hash, content: append([]byte{contentStatement}, raw...)},
	}
	m := r.meta
	m.nextOut++
	m.alarms = r.alarms
	w.puts = append(slices.Clip(r.dirty), pageRecord(r.cfg.Prefix, m.pages, append(slices.Clip(r.page), w.kept)),
		w.item.record(r.cfg.Prefix), m.record(r.cfg.Prefix))
	return w, nil
}

// undo is for a statement that the disk refused. It may be there all the same:
// whatever is saved next takes it away, or a restart would send a number that is
// given to another statement.
func (w *writing) undo() {
	w.r.dirty = append(w.r.dirty, vault.Record{Key: w.item.record(w.r.cfg.Prefix).Key})
	w.r.pageDirty = true
}

// done takes in a statement that is kept.
func (w *writing) done() Update {
	r := w.r
	r.meta.nextOut++
	r.out = append(r.out, w.item)
	r.saved()
	u := r.owed
	r.owed = Update{}
	r.admit(r.line(w.s.Device), w.s, w.kept.raw, w.kept.right, &u)
	r.pageDirty = false
	for _, h := range w.s.Heads {
		r.told[h.Device] = h.Seq
	}
	if w.s.Type == TypeChain {
		r.applyChain(w.s.Body, false, &u)
	}
	r.poke()
	return u
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
	arrange.By(heads, func(a, b Head) int { return compare(a.Device, b.Device) })
	return heads[:min(len(heads), maxHeads)]
}

func newLine() *line {
	return &line{held: make(map[uint64][]*Statement), claimed: make(map[place]uint32)}
}

func (r *Replica) line(id seal.DeviceID) *line {
	l := r.lines[id]
	if l == nil {
		l = newLine()
		r.lines[id] = l
	}
	return l
}

// admit appends an authenticated statement to its line.
func (r *Replica) admit(l *line, s *Statement, raw []byte, right keyring.Right, u *Update) {
	for c := range l.claimed {
		if c.seq == s.Seq {
			if c.hash != s.hash {
				r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
			}
			delete(l.claimed, c)
		}
	}
	l.account, l.right, l.epoch = s.Account, right, max(l.epoch, s.Epoch)
	l.hashes = append(l.hashes, s.hash)
	r.meta.bytes += uint64(len(raw))
	e := &Entry{Statement: s, Right: right, Own: s.Device == r.cfg.Device.ID()}
	r.count(s, e.Own)
	r.entries = append(r.entries, e)
	r.addToPage(pageItem{right: right, raw: raw})
	u.Entries = append(u.Entries, e)
}

func (r *Replica) alarm(u *Update, a Alarm) {
	if slices.Contains(r.alarms, a) || len(r.alarms) >= 64 && a.Kind != AlarmFull {
		return
	}
	r.alarms = append(r.alarms, a)
	u.Alarms = append(u.Alarms, a)
}

// fork notes that a device gave one number to two statements. If it is this
// one, from is the first number that is known to be lost.
func (r *Replica) fork(s *Statement, from uint64, u *Update) {
	r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
	if s.Device == r.cfg.Device.ID() && (r.meta.forked == 0 || from < r.meta.forked) {
		r.meta.forked = from
	}
}

// Receive takes boxes in the order of their positions and accepts what is
// authentic. What does not open or verify is left out; the rest goes on.
// When it returns nil, all that it accepted is durable. It reads no more than
// Config.MaxBytes allow: the rest stays where it is.
func (r *Replica) Receive(ctx context.Context, boxes []wire.Stored) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.owed
	pos, read, mark := r.meta.cursor, r.meta.cursor, r.meta.mark
	stale := r.behind || r.reread || r.gap // what comes before the channel is opened again
	r.cut, r.gap = false, false
	mine := r.sent()
	var arrived []int
	for i := range boxes {
		b := &boxes[i]
		if b.Pos == pos && pos == r.meta.cursor && r.meta.mark != ([32]byte{}) && markOf(b) != r.meta.mark {
			// Where the last box stood there is another: the relay went back
			// and has been written to since.
			r.wentBack(pos, &u)
			return r.tell(ctx, u)
		}
		if b.Pos <= pos {
			continue // shown again
		}
		if r.cut = r.isFull(); r.cut {
			r.alarm(&u, Alarm{Kind: AlarmFull})
			break
		}
		n, err := seal.BoxEpoch(b.Data)
		if err == nil && n > r.meta.epoch && len(r.old[n]) == 0 && !r.meta.skipUnknown {
			r.behind = true
			break // the change that introduces n comes with the next opening
		}
		if b.Pos > pos+1 && !r.gap {
			// A relay has no gaps. What it shows is taken in all the same, but
			// what it left out is asked for again.
			if r.gap = true; !stale {
				r.alarm(&u, Alarm{Kind: AlarmRollback, Seq: pos + 1})
			}
		}
		if pos = b.Pos; !r.gap {
			read, mark = pos, markOf(b)
		}
		if err == nil && n > r.meta.epoch && len(r.old[n]) == 0 && r.meta.skipped == 0 {
			r.meta.skipped = pos
		}
		content, ok := r.open(n, b.Data)
		if err != nil || !ok {
			r.meta.unread++
			r.doubt(pos)
			continue
		}
		if i, sent := mine[b.ID]; sent && slices.Equal(content, r.out[i].content) {
			arrived = append(arrived, i)
		}
		again := false
		switch content[0] {
		case contentStatement:
			if s, err := ParseStatement(content[1:]); err == nil && s.Space == r.space.ID() && s.Epoch <= n {
				held := r.heldN
				r.hold(s, &u)
				again = r.heldN == held && s.Device != r.cfg.Device.ID()
			} else {
				r.meta.unread++
				again = true
			}
		case contentChange:
			at, seen := r.seen[b.ID]
			if again = seen && at != pos; !seen && len(r.seen) < keyring.MaxChain {
				r.seen[b.ID] = pos
			}
			if len(r.lostRaws) > 0 {
				delete(r.lostRaws, keyring.HashOf(content[1:]))
			}
			r.change(keyring.Raw(content[1:]), &u)
		default:
			r.meta.unread++
			again = true
		}
		if again && pos > r.top {
			r.doubt(pos)
		}
	}
	r.settle(r.holding(), &u)
	r.delivered(arrived)
	if read == r.meta.cursor && len(u.Entries) == 0 && len(u.Alarms) == 0 && !u.Membership && len(r.dirty) == 0 {
		return u, nil
	}
	if !r.reread {
		r.meta.cursor, r.meta.mark = read, mark
		r.top = max(r.top, read)
		r.astray(&u)
	}
	if len(u.Entries) > 0 || r.rotation != nil {
		r.poke()
	}
	return r.tell(ctx, u)
}

// doubt notes the first position where something stood that was of no use.
// A relay may have put it in the place of something else; see opened.
func (r *Replica) doubt(pos uint64) {
	if r.meta.doubt == 0 || pos < r.meta.doubt {
		r.meta.doubt = pos
	}
}

// sent finds what waits by the identifier of its box.
func (r *Replica) sent() map[wire.BoxID]int {
	if len(r.out) == 0 {
		return nil
	}
	ids := make(map[wire.BoxID]int, len(r.out))
	for i := range r.out {
		ids[r.out[i].id] = i
	}
	return ids
}

// delivered takes out of what waits what was read at the relay.
func (r *Replica) delivered(arrived []int) {
	if len(arrived) == 0 {
		return
	}
	for _, i := range arrived {
		r.dirty = append(r.dirty, vault.Record{Key: r.out[i].record(r.cfg.Prefix).Key})
		r.out[i].content = nil
	}
	r.out = slices.DeleteFunc(r.out, func(o outItem) bool { return o.content == nil })
}

// astray finds what was acknowledged for a position where it does not stand,
// and sends it again under another identifier: the relay has something else
// under the first.
func (r *Replica) astray(u *Update) {
	for i := range r.out {
		o := &r.out[i]
		if o.pos == 0 || o.pos > r.meta.cursor {
			continue
		}
		r.alarm(u, Alarm{Kind: AlarmRollback, Seq: o.pos})
		o.id, o.pos = newBoxID(), 0
		o.tries++
		r.dirty = append(r.dirty, o.record(r.cfg.Prefix))
	}
}

// isFull reports that no more is read. What waits counts: it may be kept.
func (r *Replica) isFull() bool {
	limit := r.cfg.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	return r.meta.bytes+uint64(r.heldBytes) >= limit
}

// tell saves, and returns what callers may be told of: nothing that a failing
// disk could lose. What is owed comes with the next update.
func (r *Replica) tell(ctx context.Context, u Update) (Update, error) {
	if err := r.save(ctx); err != nil {
		r.owed = u
		return Update{}, err
	}
	r.owed = Update{}
	return u, nil
}

func markOf(b *wire.Stored) [32]byte { return seal.Hash(seal.LabelContent, b.ID[:], b.Data) }

// open tries the key of an epoch, and those that lost against it.
func (r *Replica) open(n uint32, box []byte) ([]byte, bool) {
	keys := r.old[n]
	if k := r.keys[n]; k != nil {
		keys = append([]*seal.BoxKey{k}, keys...)
	}
	for _, k := range keys {
		if content, err := k.Open(box); err == nil && len(content) > 0 {
			return content, true
		}
	}
	return nil, false
}

// Settle looks again at what waits, after the book has learned something from
// elsewhere. Whoever shares a book between replicas calls it.
func (r *Replica) Settle(ctx context.Context) (Update, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.heldN == 0 && len(r.waiting) == 0 && !r.meta.dropped {
		return Update{}, nil
	}
	u, forked := r.owed, r.meta.forked
	r.retry(&u)
	r.settle(r.holding(), &u)
	if r.meta.forked == forked && len(u.Entries) == 0 && len(u.Alarms) == 0 && !u.Membership && !r.reread {
		return u, nil
	}
	r.poke()
	return r.tell(ctx, u)
}

func (r *Replica) holding() map[seal.DeviceID]bool {
	all := make(map[seal.DeviceID]bool)
	for id, l := range r.lines {
		if l.heldN > 0 {
			all[id] = true
		}
	}
	return all
}

// key returns the key that a statement must be signed with, if the account it
// names is known to have that device, or to have had it in a change that lost
// against a concurrent one. The identifier of a device is the hash of its keys,
// so an account that lists a foreign device gains nothing.
func (r *Replica) key(s *Statement) (seal.DevicePublic, bool) {
	a, ok := r.cfg.Book.Account(s.Account)
	if !ok {
		return seal.DevicePublic{}, false
	}
	return a.Ever(s.Device)
}

func authentic(pub seal.DevicePublic, s *Statement) bool {
	return pub.Verify(seal.LabelStatement, s.hash[:], s.Sig[:]) == nil
}

// hold keeps a statement until it can be admitted.
func (r *Replica) hold(s *Statement, u *Update) {
	l := r.lines[s.Device]
	if l == nil {
		l = newLine() // one of this replica's only once something is held
	}
	pub, known := r.key(s)
	if s.Seq <= uint64(len(l.hashes)) {
		if l.hashes[s.Seq-1] == s.hash {
			delete(r.lost, s.hash) // the relay has it after all
		} else if known && authentic(pub, s) {
			r.fork(s, s.Seq, u)
		} else {
			r.meta.unread++
		}
		return
	}
	if len(l.hashes) > 0 && s.Account != l.account {
		r.meta.unread++ // a line is of one account
		return
	}
	for _, old := range l.held[s.Seq] {
		if old.hash == s.hash && old.Sig == s.Sig {
			return
		}
	}
	size := len(s.Body) + len(s.Heads)*72 + 256
	switch rivals := l.held[s.Seq]; {
	case !known:
		// Nobody can tell yet which of several is authentic.
		if len(rivals) >= maxRivals || r.strangers() >= maxStrangers || r.heldBytes+size > maxHeldBytes {
			r.drop(nil)
			return
		}
	case len(rivals) == 0 && (s.Seq == uint64(len(l.hashes))+1 || len(l.held[s.Seq-1]) > 0) && l.heldN < maxHeldLine:
		// Follows what is there: verified with the newest of its run.
	case !authentic(pub, s):
		r.meta.unread++
		return
	case len(rivals) > 0:
		// Two claim one place. Only authentic ones may keep it.
		r.sift(l, s.Seq, pub)
		for _, old := range l.held[s.Seq] {
			if old.hash == s.hash {
				return
			}
			r.fork(s, s.Seq, u)
		}
		if len(l.held[s.Seq]) >= maxRivals {
			return // evidence enough
		}
	case l.heldN >= maxHeldLine || r.heldBytes+size > maxHeldBytes:
		r.drop(l)
		return
	}
	r.lines[s.Device] = l
	l.held[s.Seq] = append(l.held[s.Seq], s)
	l.heldN++
	r.heldN++
	r.heldBytes += size
	r.heldDirty = true
	if s.Type == TypeChain && !known {
		// Chains verify themselves, whoever carries them: a new device may
		// bring the change that makes it one.
		r.applyChain(s.Body, true, u)
	}
}

// drop notes that something was left out for want of room.
func (r *Replica) drop(l *line) {
	r.meta.unread++
	r.meta.dropped = true
	if l != nil {
		l.dropped = true
	}
}

// strangers counts what waits for devices of which nothing was accepted.
func (r *Replica) strangers() (n int) {
	for _, l := range r.lines {
		if len(l.hashes) == 0 {
			n += l.heldN
		}
	}
	return n
}

// unhold takes a statement out of what waits.
func (r *Replica) unhold(l *line, s *Statement) {
	rest := slices.DeleteFunc(l.held[s.Seq], func(o *Statement) bool { return o == s })
	if len(rest) == 0 {
		delete(l.held, s.Seq)
	} else {
		l.held[s.Seq] = rest
	}
	l.heldN--
	r.heldN--
	r.heldBytes -= len(s.Body) + len(s.Heads)*72 + 256
	r.heldDirty = true
}

// sift takes away what its device did not sign.
func (r *Replica) sift(l *line, seq uint64, pub seal.DevicePublic) {
	for _, s := range slices.Clone(l.held[seq]) {
		if !authentic(pub, s) {
			r.unhold(l, s)
			r.meta.unread++
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
	l := r.lines[id]
	if l == nil {
		return
	}
	for l.heldN > 0 {
		r.leftovers(l, u)
		firsts, pub := r.firsts(l, u)
		if len(firsts) == 0 {
			return
		}
		account := firsts[0].Account
		right, _, active := r.space.Right(id, account)
		var run []*Statement
		for _, first := range firsts {
			for _, s := range l.run(first)[1:] {
				if len(l.held[s.Seq]) > 1 {
					r.sift(l, s.Seq, pub)
				}
			}
			run = l.run(first)
			if active {
				run, right = r.graded(l, run, right)
				break
			}
			// Only what a member has seen, by its very hash, and what is below.
			n := len(run)
			for n > 0 && !l.claims(run[n-1]) {
				n--
			}
			if run = run[:n]; n > 0 {
				break
			}
		}
		if len(run) == 0 {
			return
		}
		// The newest signature vouches for all before it, through the hashes.
		good := len(run)
		for ; good > 0 && !authentic(pub, run[good-1]); good-- {
			r.unhold(l, run[good-1])
			r.meta.unread++
		}
		for _, s := range run[:good] {
			r.unhold(l, s)
			if !active {
				right, _, _ = r.space.RightIn(s.Epoch, id, account)
			}
			r.admit(l, s, append(s.unsigned(), s.Sig[:]...), right, u)
			r.heads(s, next, u)
			if s.Type == TypeChain && r.applyChain(s.Body, false, u) {
				for other := range r.holding() {
					next[other] = true
				}
				break // what follows may have another right now
			}
			if s.Type == TypePoint {
				r.point(s, pub, u)
			}
		}
		r.leftovers(l, u)
		if l.heldN == 0 && l.dropped {
			l.dropped = false
			r.again(0)
		}
	}
}

// leftovers takes away what waits for a place that is taken.
func (r *Replica) leftovers(l *line, u *Update) {
	for seq, list := range l.held {
		if seq > uint64(len(l.hashes)) {
			continue
		}
		for _, s := range slices.Clone(list) {
			r.unhold(l, s)
			as := *s
			as.Account = l.account // whose device it is, whatever account it names
			if pub, known := r.key(&as); known && s.hash != l.hashes[seq-1] && authentic(pub, s) {
				r.fork(s, seq, u)
			}
		}
	}
}

// firsts finds the statement that stands next on a line and may be authentic:
// the only one there, or those that its device did sign.
func (r *Replica) firsts(l *line, u *Update) (out []*Statement, pub seal.DevicePublic) {
	seq := uint64(len(l.hashes)) + 1
	var prev Hash
	if seq > 1 {
		prev = l.hashes[seq-2]
	}
	for _, s := range slices.Clone(l.held[seq]) {
		key, known := r.key(s)
		if !known {
			continue // its chain has not arrived yet
		}
		if seq > 1 && s.Account != l.account || len(l.held[seq]) > 1 && !authentic(key, s) {
			r.unhold(l, s)
			r.meta.unread++
			continue
		}
		if s.Prev != prev {
			if authentic(key, s) {
				r.fork(s, seq-1, u) // it names another before it
			}
			r.unhold(l, s)
			continue
		}
		if len(out) == 0 || s.Account == out[0].Account {
			out, pub = append(out, s), key
		}
	}
	return out, pub
}

// run returns first and the held statements that follow on it without a gap.
func (l *line) run(first *Statement) []*Statement {
	run := []*Statement{first}
	for {
		last := run[len(run)-1]
		i := slices.IndexFunc(l.held[last.Seq+1], func(s *Statement) bool {
			return s.Prev == last.hash && s.Account == first.Account
		})
		if i < 0 {
			return run
		}
		run = append(run, l.held[last.Seq+1][i])
	}
}

// heads compares what an author has seen with what this replica has. Only
// accepted statements get here, so what they name was seen by a member.
func (r *Replica) heads(s *Statement, next map[seal.DeviceID]bool, u *Update) {
	for _, h := range s.Heads {
		if r.lines[h.Device] == nil && len(r.lines) >= maxLines {
			continue
		}
		l := r.line(h.Device)
		if h.Seq <= uint64(len(l.hashes)) {
			if l.hashes[h.Seq-1] != h.Hash {
				r.alarm(u, Alarm{h.Device, h.Seq, AlarmFork})
			}
			continue
		}
		l.claim(place{h.Seq, h.Hash}, witness(s, r.lines[s.Device].right), func() { r.alarm(u, Alarm{h.Device, h.Seq, AlarmFork}) })
		if l.heldN > 0 {
			next[h.Device] = true
		}
	}
}

// claim notes what somebody has seen on a line. Of too many the nearest stay.
func (l *line) claim(c place, epoch uint32, fork func()) {
	far := c
	for old := range l.claimed {
		if old.seq == c.seq && old.hash != c.hash {
			fork()
		}
		if old.seq > far.seq {
			far = old
		}
	}
	had, claimed := l.claimed[c]
	if !claimed && len(l.claimed) >= maxClaims {
		if far == c {
			return
		}
		delete(l.claimed, far)
	}
	if !claimed || epoch < had {
		l.claimed[c] = epoch
	}
}

// change takes a membership change of the space. One that needs a chain or
// another change first waits for it.
func (r *Replica) change(raw keyring.Raw, u *Update) {
	raw = slices.Clone(raw)
	err := r.apply(raw, u)
	switch {
	case err == nil:
		r.retry(u)
		r.settle(r.holding(), u)
	case waits(err):
		if slices.ContainsFunc(r.waiting, func(w keyring.Raw) bool { return slices.Equal(w, raw) }) {
			return
		}
		if len(r.waiting) < maxWaiting {
			r.waiting = append(r.waiting, raw)
		} else {
			r.meta.dropped = true
		}
	case errors.Is(err, keyring.ErrSettled):
		r.alarm(u, Alarm{Kind: AlarmMember})
	default:
		r.meta.unread++
	}
}

// waits reports that what was refused may be in order once more is known.
func waits(err error) bool {
	return errors.Is(err, keyring.ErrUnknown) || errors.Is(err, keyring.ErrLink) || errors.Is(err, keyring.ErrSigner)
}

// retry applies what has waited and now can be.
func (r *Replica) retry(u *Update) {
	for again := true; again; {
		again = false
		for _, raw := range slices.Clone(r.waiting) {
			if err := r.apply(raw, u); !waits(err) {
				r.waiting = slices.DeleteFunc(r.waiting, func(w keyring.Raw) bool { return slices.Equal(w, raw) })
				again = true
			}
		}
	}
}

func (r *Replica) apply(raw keyring.Raw, u *Update) error {
	if r.space.Has(keyring.HashOf(raw)) {
		return nil
	}
	space, err := r.space.Apply(raw)
	if err != nil {
		return err
	}
	r.addChange(raw)
	r.space = space
	u.Membership = true
	r.access(u)
	return nil
}

// access opens what the membership, as it is now, lets this device read.
func (r *Replica) access(u *Update) {
	err := r.openEpochs()
	_, _, member := r.space.Right(r.cfg.Device.ID(), r.cfg.Account)
	shut := err != nil && !r.meta.epochs[r.space.Epoch()].Valid()
	r.meta.removed = shut && !member
	if shut && member {
		r.alarm(u, Alarm{Device: r.cfg.Device.ID(), Seq: uint64(r.space.Epoch()), Kind: AlarmKey})
	}
	// Who joins later has only this way to what is older.
	if n := r.space.Epoch(); r.meta.epochs[n].Valid() {
		if _, _, err := r.space.Back(n, r.meta.epochs[n]); err != nil {
			r.alarm(u, Alarm{Device: r.cfg.Device.ID(), Seq: uint64(n), Kind: AlarmKey})
		}
	}
}

// applyChain adds published account and team chains to the book, and reports
// whether it learned anything. Those that no accepted statement carries are
// kept besides.
func (r *Replica) applyChain(body []byte, keep bool, u *Update) bool {
	chains, err := ParseChains(body)
	if err != nil {
		return false
	}
	changed := false
	for _, c := range chains {
		new, err := c.learn(r.cfg.Book.Book)
		changed = changed || new
		if errors.Is(err, keyring.ErrSettled) {
			r.alarm(u, Alarm{Kind: AlarmMember})
		}
	}
	if !changed {
		return false
	}
	u.Membership = true
	if keep {
		r.keepChains(body)
	}
	if r.meta.dropped {
		r.meta.dropped = false
		r.again(0) // what was left out may be by somebody who is known now
	}
	if r.space == nil {
		return true // still being read from the disk
	}
	var other bool
	if r.space, other = r.space.Reconsider(); other {
		r.access(u) // an account forked, and the branch of somebody who wrote here was not preferred
	}
	r.retry(u)
	return true
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
