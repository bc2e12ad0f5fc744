package app

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// Rhythms of upkeep.
const (
	upkeepEvery = 30 * time.Second
	leaseEvery  = 3 * 24 * time.Hour

	mirrorAfter = time.Hour

	// A round that took longer than roundShort is followed by a pause of restOf times as
	// long: where a thousand diaries change all the time it takes a fifth of the time.
	roundShort = 20 * time.Millisecond
	restOf     = 4

	// holdFor is how long a round that looks at many patients keeps everybody waiting.
	holdFor = 30 * time.Millisecond

	// lockerWork is how long upkeep waits for a relay that does not answer what is
	// asked for the recovery sheet. All else waits meanwhile.
	lockerWork = time.Minute
)

// upkeep does what nobody asks for: it finds spaces that other devices have
// founded or taken, answers invitations, leaves the way back for the recovery
// sheet, renews leases and checkpoints. Each chore may be interrupted at any
// point and is done again until it is done.
func (c *Client) upkeep(ctx context.Context) {
	for {
		c.mu.Lock()
		if c.v == nil || ctx.Err() != nil {
			c.mu.Unlock()
			return
		}
		c.held = turns{since: time.Now()}
		c.round(ctx)
		c.settleSheet(ctx)
		took := c.held.before + time.Since(c.held.since)
		locker := c.sheetWork() && c.erasing() == nil
		pause := upkeepEvery
		if s := c.renewals.soon; s > 0 && s < pause {
			pause = s
		}
		c.mu.Unlock()
		if locker {
			for _, chore := range []func(context.Context){c.putLocker, c.replaceSheet, c.dropLockers} {
				ctx, cancel := context.WithTimeout(ctx, lockerWork)
				chore(ctx)
				cancel()
			}
		}
		// A round looks at every patient, and whoever asks something waits for it.
		if took > roundShort {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(restOf*took, upkeepEvery)):
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-time.After(pause):
		}
	}
}

// turns tell how long a round has kept everybody waiting.
type turns struct {
	since  time.Time
	before time.Duration // until it last gave way
}

// slowly yields the spaces one after the other, and lets others use the client in
// between: a centre has a thousand, and who asks something must not wait for all of
// them. What was known of one before may be different with the next. It ends early
// when the vault is closed. The caller holds mu, and does not mind that it is given
// away.
func (c *Client) slowly(ctx context.Context) iter.Seq[*space] {
	return func(yield func(*space) bool) {
		for _, s := range slices.Clone(c.spaces) {
			if c.giveWay(ctx); c.v == nil || ctx.Err() != nil || !yield(s) {
				return
			}
		}
	}
}

// giveWay gives mu away for a moment where it was held for long.
func (c *Client) giveWay(ctx context.Context) {
	took := time.Since(c.held.since)
	if took < holdFor {
		return
	}
	c.mu.Unlock()
	select {
	case <-time.After(took / 4): // in a browser all of it is one thread
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.held.before, c.held.since = c.held.before+took, time.Now()
}

// round does the chores that need no answer. The caller holds mu.
func (c *Client) round(ctx context.Context) {
	if c.stale {
		c.reread()
		c.env.Changed()
	}
	if c.primary() == nil || c.p.role == Centre && !c.registered() {
		return
	}
	c.writeAgain(ctx)
	c.redo(ctx)
	c.host()
	for s := range c.slowly(ctx) {
		// Another space may have taught the book what this one waits for.
		if u, err := s.replica.Settle(ctx); err == nil {
			c.absorb(s, u.Entries)
		}
	}
	c.renew(ctx)
	if c.expelled() {
		return // what is left to do is others' to do
	}
	switch c.p.role {
	case Patient:
		c.partWith(ctx)
		if c.erasing() != nil {
			c.tendErasure()
			break
		}
		c.tendPeople(ctx)
		for _, k := range c.cards() {
			c.enrol(k)
		}
		for _, s := range c.spaces {
			if s.role == roleCentre {
				c.guest(s)
				c.tellAgreed(ctx, s) // again in the next round if it fails
				c.tellHome(ctx, s)
				// What stands there already is known only after reading it all.
				if s.sharing() && c.caughtUp(s) && c.writes(s) {
					c.shareHistory(ctx, s, mirrorAfter)
				}
			}
		}
		c.sendPhotos()
	case Centre:
		c.takeCards(ctx)
		if c.teamRole() != keyring.Reader { // others would not believe it
			c.leases(ctx)
			c.spreadContact(ctx)
			c.spreadInformation(ctx)
			c.askPatients(ctx)
			c.tellEnds(ctx)
			c.keepRecord(ctx)
			c.closeCards(ctx)
		}
	}
	c.tendDoors()
	c.prune(ctx)
	for s := range c.slowly(ctx) {
		// A device whose storage went back has to hear of it before it signs.
		if c.caughtUp(s) {
			c.vouch(ctx, s)
			c.checkpoint(ctx, s)
		}
	}
	c.confirm(ctx)
}

// enrol makes this device a member of a centre's space that another device of
// the account founded. The way in is the persona's paper device, whose seed
// the founder sealed under the account's key. The paper device first reads the
// space: what it adds must follow on the account as it is today. The caller
// holds mu; the work goes on without it.
func (c *Client) enrol(k *centreCard) {
	s := c.spaceAt(k.account)
	if s != nil && !c.ousted(s) {
		c.enrolAgain(s, k)
		return
	}
	way := c.enrolling[k.account]
	if way.busy || !c.caughtUp(c.primary()) {
		return // the paper device of today may be said further on
	}
	if s != nil {
		now := c.env.Now()
		if now.Before(way.next) {
			return
		}
		way.next = now.Add(comeAgain << min(way.tries, 9))
		way.tries++
	}
	paper, chains, ok := c.paper(k)
	if !ok {
		return
	}
	way.busy = true
	c.enrolling[k.account] = way
	probe := &space{role: roleCentre, account: k.account, device: paper, book: link.NewBook()}
	cfg := c.config(probe)
	cfg.Keeper = vault.NewMemory()
	ctx := c.ctx
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		r, err := link.Join(ctx, cfg, chains, k.chain, k.origin)
		if err == nil {
			err = c.restored(ctx, r)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.v == nil {
			return
		}
		if err == nil {
			c.enrolHere(ctx, probe, k, r)
		}
		way.busy = false
		c.enrolling[k.account] = way
	}()
}

// comeAgain is how long a device waits before it comes into a centre's space
// once more that it was shut out of; each time twice as long, up to 85 minutes. A
// relay that holds back its coming until keys were renewed could have it do so
// for ever.
const comeAgain = 10 * time.Second

// A comingIn is how far this device is with coming into a centre's space.
type comingIn struct {
	busy  bool
	tries int       // to come in again
	next  time.Time // not before
}

// enrolHere founds this device's replica of a space that probe has read.
func (c *Client) enrolHere(ctx context.Context, probe *space, k *centreCard, r *link.Replica) {
	chain, sp := r.Chain(), r.Space()
	// A founder numbers its personas from 1; the high bit keeps apart those
	// that this device did not found.
	s := &space{n: c.p.next, role: roleCentre, persona: c.p.next | 1<<31, account: k.account, idKey: k.idKey}
	c.prepare(s)
	probe.book.Lock()
	_, err := addDevice(probe, probe.device, s.device.Public(), c.env.Now())
	var chains []link.Chain
	if err == nil {
		// As they are today: who joined the centre since is in them too.
		chains = chainsOf(probe.book.Book, teamIn(sp), sp.Accounts()...)
	}
	probe.book.Unlock()
	if err != nil {
		return
	}
	if s.replica, err = link.Join(ctx, c.config(s), chains, chain, k.origin); err != nil {
		return
	}
	// Home hears of it first: whoever removes a device meanwhile takes out of
	// the centre's space what nobody at home calls its own.
	if c.write(ctx, c.primary(), typeClaim, claim{s.account, s.device.ID()}.body()) != nil {
		return
	}
	if old := c.spaceAt(k.account); old != nil {
		err = c.replace(ctx, old, s)
	} else {
		c.p.next++
		err = c.add(ctx, s)
	}
	if err == nil {
		c.tellChain(ctx, s)
	}
}

// spaceAt is the space that this device shares as one of an account's, if any.
func (c *Client) spaceAt(account keyring.AccountID) *space {
	for _, s := range c.spaces {
		if s.role == roleCentre && s.account == account {
			return s
		}
	}
	return nil
}

// ousted reports that this device's keys open a centre's space no more, and it is
// a device of the account at home all the same. Whoever removes a device at home
// takes out of the centres' spaces what no device at home has claimed, and may
// not have heard the claim. Whoever renews keys seals them to the devices that it
// knows, and may not have heard of this one. Home decides: it comes in again with
// new keys, unless the account itself is no member any more.
func (c *Client) ousted(s *space) bool {
	home := c.primary()
	if !s.sharing() || s.replica.Forked() || !c.caughtUp(home) {
		return false
	}
	home.book.Lock()
	a, ok := home.book.Account(home.account)
	in := ok && a.HasDevice(home.device.ID())
	home.book.Unlock()
	out, sp := s.replica.Removed(), s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	return in && (retired(s) || out && sp.RightOf(keyring.AccountRef(s.account)) != 0)
}

// replace puts a space with new keys of this device in the place of one whose
// keys were taken out. What this device said there and the centre may not have
// taken in is written again.
func (c *Client) replace(ctx context.Context, old, s *space) error {
	if !c.ousted(old) || c.busyDoors || c.busyPhotos || c.againLeft {
		return errBusy // again later
	}
	s.state, s.heard, s.toAgree = old.state, old.heard, old.toAgree
	var puts []vaultRecord
	since := c.env.Now()
	old.book.Lock()
	if a, ok := old.book.Account(old.account); ok {
		for _, d := range a.Devices() {
			if d.ID == old.device.ID() {
				since = d.Removed
			}
		}
	}
	old.book.Unlock()
	all, err := old.replica.All(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Own && e.Type >= 16 && (old.replica.Queued(e.Hash()) || e.Time > since.Add(-leaseTime).UnixMilli()) {
			f := fields{fieldAgainBody: e.Body}
			f.setNumber(fieldAgainSpace, uint64(s.n))
			f.setNumber(fieldAgainType, uint64(e.Type))
			puts = append(puts, vaultRecord{Key: againPrefix + digits(uint32(len(puts))), Value: f.bytes()})
		}
	}
	left, err := c.v.Scan(ctx, old.prefix())
	if err != nil {
		return err
	}
	for _, rec := range left {
		puts = append(puts, vaultRecord{Key: rec.Key})
	}
	c.p.next++
	if err := c.v.Write(ctx, append(puts, c.p.record(), s.record(), vaultRecord{Key: old.key()})); err != nil {
		c.p.next--
		return err
	}
	c.hangUp(old)
	c.spaces = slices.DeleteFunc(c.spaces, func(o *space) bool { return o == old })
	c.spaces = append(c.spaces, s)
	c.mapCentre(s)
	c.absorb(s, s.replica.Entries())
	c.stale, c.againLeft = true, true
	c.connect(s)
	c.poke()
	c.env.Changed()
	return nil
}

var errBusy = errors.New("app: something else has to end first")

// enrolAgain repeats what lost against another device that enrolled at the
// same moment.
func (c *Client) enrolAgain(s *space, k *centreCard) {
	s.book.Lock()
	account, ok := s.book.Account(s.account)
	lost := ok && !account.HasDevice(s.device.ID())
	if lost {
		for _, d := range account.Devices() {
			lost = lost && d.ID != s.device.ID() // listed: it was removed on purpose
		}
	}
	s.book.Unlock()
	if !lost {
		return
	}
	paper, ok := c.paperIn(k, account)
	if !ok {
		return
	}
	s.book.Lock()
	_, err := addDevice(s, paper, s.device.Public(), c.env.Now())
	s.book.Unlock()
	if err == nil {
		c.tellChain(c.ctx, s)
	}
}

// addDevice adds a device to the account of a space, by one that is in it. The
// caller holds the book's mutex.
func addDevice(s *space, by *seal.Device, pub seal.DevicePublic, now time.Time) (*keyring.Account, error) {
	account, ok := s.book.Account(s.account)
	if !ok || account.HasDevice(pub.ID()) {
		return account, nil
	}
	keys, err := account.Keys(by)
	if err != nil {
		return nil, err
	}
	raw, err := account.AddDevice(by, pub, keys, now)
	if err != nil {
		return nil, err
	}
	return s.book.AddAccount(append(account.Raws(), raw))
}

// tellChain publishes this device's account in a space.
func (c *Client) tellChain(ctx context.Context, s *space) {
	s.book.Lock()
	chains := chainsOf(s.book.Book, keyring.TeamID{}, s.account)
	s.book.Unlock()
	c.write(ctx, s, link.TypeChain, link.ChainsBody(chains...))
}

// leases tells the patients' devices that this is the team's membership today,
// with the chains if they have changed since they were last told.
func (c *Client) leases(ctx context.Context) {
	t := c.standing()
	for s := range c.slowly(ctx) {
		if s.role != rolePatient || s.parting != nil || !c.caughtUp(s) {
			continue // what stands there already is known only after reading it all
		}
		if now := c.standing(); now.head != t.head {
			t = now // nobody is told of the team as it was
		}
		if !s.welcomed && c.write(ctx, s, typeWelcome, nil) != nil {
			return
		}
		c.giveTicket(ctx, s)
		if s.told == t.head && c.env.Now().Sub(s.toldAt) < leaseEvery {
			continue
		}
		if c.lease(ctx, s, t) != nil {
			return
		}
	}
}

// A standing is a centre's team as its patients are to know it.
type standing struct {
	head  keyring.Hash // zero: there is none
	grown bool         // since it was founded: whoever joined knows it as of the offer
	body  []byte       // its chains, once they were asked for
}

func (c *Client) standing() *standing {
	prim := c.primary()
	prim.book.Lock()
	defer prim.book.Unlock()
	team, ok := prim.book.Team(c.p.team)
	if !ok {
		return &standing{}
	}
	return &standing{head: team.Head(), grown: team.Length() > 1}
}

// chainsIn is the body of a statement of a standing's chains.
func (c *Client) chainsIn(t *standing) []byte {
	if t.body == nil {
		prim := c.primary()
		prim.book.Lock()
		defer prim.book.Unlock()
		t.body = link.ChainsBody(chainsOf(prim.book.Book, c.p.team)...)
	}
	return t.body
}

// new reports that the readers of a space may not know the team as it is.
func (t *standing) new(s *space) bool {
	return t.head != s.told && (t.grown || s.told != keyring.Hash{})
}

// lease tells a patient of the team as it is today.
func (c *Client) lease(ctx context.Context, s *space, t *standing) error {
	if t.head == (keyring.Hash{}) {
		return nil
	}
	if t.new(s) {
		if err := c.write(ctx, s, link.TypeChain, c.chainsIn(t)); err != nil {
			return err
		}
	}
	return c.write(ctx, s, link.TypeLease, t.head[:])
}

// checkpoint signs the heads of a space hybrid after a number of own
// statements, or some time after the first, so that those below stay
// unforgeable when Ed25519 falls.
func (c *Client) checkpoint(ctx context.Context, s *space) {
	n, first := s.replica.SincePoint()
	age := c.env.Now().UnixMilli() - first
	if due := &seal.Current.Checkpoint; n < due.Statements && (n == 0 || age < due.Every.Milliseconds()) {
		return
	}
	if c.introduce(ctx, s, link.TypePoint) != nil {
		return
	}
	if u, err := s.replica.Checkpoint(ctx); err == nil {
		c.absorb(s, u.Entries)
	}
}

// putLocker leaves at the relay what the recovery sheet's holder needs.
func (c *Client) putLocker(ctx context.Context) {
	c.mu.Lock()
	sheet, msg := c.p.sheet, c.p.locker
	c.mu.Unlock()
	if !sheet.Valid() || msg == nil {
		return
	}
	s, err := c.env.session(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	if c.LeaveLocker(ctx, s, sheet.Locker(), msg) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil || c.remember(ctx, sheet) != nil {
		return
	}
	was := *c.p
	c.p.locker = nil
	c.dropSheet()
	if c.keep(ctx) != nil {
		*c.p = was
	}
	c.env.Changed()
}

// restored waits until a replica has read everything, as a paper device does
// that has to know the present before it adds anything to it.
func (c *Client) restored(ctx context.Context, r *link.Replica) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	moved := make(chan struct{}, 1)
	p := link.NewPeer(r.Relay(), c.env.Dial, func(*link.Replica, link.Update) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})
	p.Hold = func(*link.Replica) bool { return true }
	p.Add(r)
	// Among the peers, so that Wake reaches it.
	ch := r.Channel()
	group := "probe/" + string(ch[:])
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	c.peers[group] = p
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.peers[group] == p {
			delete(c.peers, group)
		}
	}()
	var run sync.WaitGroup
	run.Go(func() { p.Run(ctx) })
	defer run.Wait() // it uses keys of the vault
	defer cancel()
	for {
		switch st, _ := p.State(r); st {
		case link.Current:
			return nil
		case link.Gone, link.Refused:
			return errors.Join(ErrNoLocker, join.ErrMessage)
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
