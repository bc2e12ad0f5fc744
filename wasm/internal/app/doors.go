package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// The access key of a space's own channel changes in one step with its epoch.
// What else there is at the relay follows here: the access keys of media
// channels, the keys that own channels, and the key that signs a centre's tickets.
// Whoever was shut out has the old ones.

// How long a key that the relay does not take is left alone, at first and at most.
const (
	doorPause = 2 * time.Second // others may be at the same door
	doorLater = time.Hour
)

// A doorJob is what is to be renewed at the relay for one space.
type doorJob struct {
	s     *space
	way   way
	media []wire.Channel // that may still have the key of an older epoch
	epoch uint32

	owners []owned // channels that somebody who was shut out may own
	gen    uint32  // from which their keys are to come
	remake bool    // the media channel among them has to be there first

	tenant []*seal.Signer // the centre's keys, the one to be first, then those that the relay may have

	locker  *join.Rendezvous // of the sheet in force, if the relay may have lost it
	message []byte           // for it
	store   wire.StoreID     // of the relay now
}

// owned is a channel with its owner's key of a generation, and of those before,
// the likeliest first.
type owned struct {
	ch   wire.Channel
	next *seal.Signer
	old  []*seal.Signer
}

// tendDoors renews keys at the relay, without holding mu. It is a chore: the
// caller holds mu now.
func (c *Client) tendDoors() {
	if c.busyDoors {
		return
	}
	ctx := c.ctx
	jobs := c.doorJobs(ctx)
	if len(jobs) == 0 || ctx.Err() != nil {
		return
	}
	c.busyDoors = true
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		for _, j := range jobs {
			if ctx.Err() != nil {
				break
			}
			c.doorSaid(j, c.doDoor(ctx, j))
		}
		c.mu.Lock()
		c.busyDoors = false
		if c.v != nil {
			c.poke() // what has changed meanwhile
		}
		c.mu.Unlock()
		c.env.Changed()
	}()
}

func (c *Client) doorSaid(j doorJob, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return
	}
	if err == nil {
		j.s.doorTries, j.s.doorNext = 0, time.Time{}
		return
	}
	j.s.doorNext = c.env.Now().Add(min(doorPause<<min(j.s.doorTries, 11), doorLater))
	j.s.doorTries++
}

func (c *Client) doorJobs(ctx context.Context) (jobs []doorJob) {
	now := c.env.Now()
	count := 0
	defer func() { c.doorsLeft = count }()
	for s := range c.slowly(ctx) {
		if s.erased != nil {
			continue // nothing there is to be kept any more
		}
		c.storeSeen(s)
		j := doorJob{s: s}
		c.owners(&j)
		if len(j.owners) > 0 {
			count++
		}
		if left := s.doorNext.Sub(now); left > 0 {
			c.lookAgain(left)
			continue
		}
		if !c.mayChange(s) {
			continue
		}
		if j.epoch, _ = s.replica.Epoch(); s.mediaLed < j.epoch {
			j.media = c.mediaOf(s)
		}
		// A relay that was restored may lack the channel, and then nobody can be
		// given it.
		j.remake = len(j.owners) > 0 && s.mediaMade && s.mediaLed == 0 && mediaFounding(s) != nil
		c.tenantJob(&j)
		c.lockerJob(&j)
		if len(j.media)+len(j.owners)+len(j.tenant) == 0 && j.locker == nil {
			continue
		}
		if j.way = c.way(s); j.way.session != nil {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// doDoor does a job. What is done once is not done again.
func (c *Client) doDoor(ctx context.Context, j doorJob) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var err error
	if j.remake {
		_, _, err = j.way.media.Ready(ctx, j.way.session)
	}
	if err == nil {
		err = c.cede(ctx, j)
	}
	if err == nil {
		err = c.rekey(ctx, j)
	}
	if err == nil {
		err = c.leadMedia(ctx, j)
	}
	if err == nil {
		err = c.mendLocker(ctx, j)
	}
	return err
}

/* ---- a relay that was restored from a copy ---- */

// storeSeen has what was done at the relay for a space done again, if the relay
// was restored from a copy since: each is harmless where it was not lost. The
// space's own channel takes care of itself.
func (c *Client) storeSeen(s *space) {
	now := s.replica.Store()
	if now == s.store || now == (wire.StoreID{}) {
		return
	}
	known := s.store != wire.StoreID{}
	s.store = now
	if known {
		s.owned, s.mediaLed, s.mediaSeen = 0, 0, nil
		s.doorTries, s.doorNext = 0, time.Time{}
		if s.role == roleTeam {
			c.p.tenantGen = 0
		}
	}
	// If this fails, the next start finds the old store, and does it all again.
	c.keep(c.ctx, s)
}

// lockerJob fills the locker of the sheet in force again.
func (c *Client) lockerJob(j *doorJob) {
	s := j.s
	if s != c.primary() || s.store == s.lockerAt || c.p.locker != nil {
		return
	}
	if s.lockerAt == (wire.StoreID{}) {
		s.lockerAt = s.store // as far as anybody knows it is whole
		c.keep(c.ctx, s)
		return
	}
	j.store = s.store
	a, sheet, ok := c.sheetNow()
	if !ok {
		return
	}
	k := c.desk.sheets[sheetOf{a.ID(), sheet.ID}]
	if k == nil {
		return
	}
	if key, ok := c.openCard(k, seal.LabelAppLocker, k.locker); ok {
		j.locker, j.message = join.LockerOf(key), c.lockerMessage(nil)
	}
}

// mendLocker puts into the sheet's locker what its holder needs today. It has a
// connection of its own: nothing is to tie a locker to the channels of a diary.
func (c *Client) mendLocker(ctx context.Context, j doorJob) error {
	if j.locker == nil {
		return nil
	}
	session, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	if err := c.LeaveLocker(ctx, session, j.locker, j.message); err != nil {
		return err
	}
	return c.note(ctx, func() { j.s.lockerAt = j.store }, j.s)
}

/* ---- media channels ---- */

// mediaOf lists the media channels of a space that this device knows of.
func (c *Client) mediaOf(s *space) (list []wire.Channel) {
	add := func(ch wire.Channel) {
		if ch != (wire.Channel{}) && !slices.Contains(list, ch) {
			list = append(list, ch)
		}
	}
	if f := mediaFounding(s); f != nil && s.mediaMade {
		add(mediaChannel(f))
	}
	add(c.people.media[s.replica.Space().ID()])
	for _, places := range s.places {
		for _, p := range places {
			add(p.Channel)
		}
	}
	return list
}

// leadMedia shuts the media channels of a space for those who lack its epoch.
func (c *Client) leadMedia(ctx context.Context, j doorJob) error {
	if len(j.media) == 0 {
		return nil
	}
	led := j.epoch
	for _, ch := range j.media {
		n, err := j.way.media.Lead(ctx, j.way.session, ch)
		if err != nil {
			return err
		}
		led = min(led, n)
	}
	return c.note(ctx, func() { j.s.mediaLed = max(led, j.s.mediaLed) }, j.s)
}

// note keeps what was done at the relay.
func (c *Client) note(ctx context.Context, set func(), spaces ...*space) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	set()
	return c.keep(ctx, spaces...) // in memory all the same: the relay says so again
}

/* ---- owners ---- */

// ownKeys are the keys of the account or team that owns a space, with the newest
// generation in force, the newest that shut somebody out, and the secrets that
// became void: the relay may have one of them. Nil if this device's account did
// not found it. The caller holds the book's mutex.
func (c *Client) ownKeys(s *space) (key func(uint32) seal.Secret, gen, shut uint32, void []seal.Secret) {
	switch s.role {
	case roleHome, roleCentre:
		a, ok := s.book.Account(s.account)
		keys, err := accountKeys(s)
		if !ok || err != nil {
			return nil, 0, 0, nil
		}
		key, gen, shut = keys.Key, a.Generation(), a.Shut()
		void = keys.Void()
	case roleTeam:
		t, ok := s.book.Team(c.p.team)
		keys, err := c.teamKeys(s)
		if !ok || err != nil {
			return nil, 0, 0, nil
		}
		key, gen, shut = keys.Key, t.Generation(), t.Shut()
		void = keys.Void()
	}
	if key == nil || !key(1).Valid() || foundingKey(key(1)).Public() != s.replica.Membership().Founding() {
		return nil, 0, 0, nil
	}
	return key, gen, shut, void
}

// shutSince reports that the account or team of a space has shut somebody out
// since its channels were last given to another key.
func (c *Client) shutSince(s *space) bool {
	if s.role == roleTeam {
		t, ok := s.book.Team(c.p.team)
		return ok && t.Shut() > max(s.owned, 1)
	}
	a, ok := s.book.Account(s.account)
	return s.role != rolePatient && ok && a.Shut() > max(s.owned, 1)
}

func mediaOwner(root seal.Secret) *seal.Signer {
	return seal.SignerFromSecret(root.Derive(seal.LabelAppSpace), seal.LabelMediaFounding)
}

// owners lists the channels of a space whose owner's key somebody knows who was
// shut out.
func (c *Client) owners(j *doorJob) {
	s := j.s
	s.book.Lock()
	defer s.book.Unlock()
	if !c.shutSince(s) {
		return // the rule; keys are opened for the exception
	}
	key, gen, shut, void := c.ownKeys(s)
	if key == nil || shut <= max(s.owned, 1) || !key(gen).Valid() {
		return
	}
	add := func(derive func(seal.Secret) *seal.Signer) {
		o := owned{ch: wire.ChannelOf(wire.FoundingKey(derive(key(1)).Public())), next: derive(key(gen))}
		for _, root := range roots(key, before(gen, s.owned), void) {
			o.old = append(o.old, derive(root))
		}
		j.owners = append(j.owners, o)
	}
	add(foundingKey)
	if s.mediaMade {
		add(mediaOwner)
	}
	j.gen = gen
}

// before lists the generations below one, that which was last heard of first and
// then from the newest down.
func before(gen, last uint32) []uint32 {
	last = max(last, 1)
	list := []uint32{last}
	for g := gen - 1; g > 0; g-- {
		if g != last {
			list = append(list, g)
		}
	}
	return list
}

// roots are the secrets of generations, as far as this device has them, and then
// those that became void.
func roots(key func(uint32) seal.Secret, gens []uint32, void []seal.Secret) (list []seal.Secret) {
	for _, g := range gens {
		if k := key(g); k.Valid() {
			list = append(list, k)
		}
	}
	return append(list, void...)
}

// cede gives the channels to the key that nobody has who was shut out.
func (c *Client) cede(ctx context.Context, j doorJob) error {
	if len(j.owners) == 0 {
		return nil
	}
	for _, o := range j.owners {
		err := error(&link.Refusal{Code: wire.NoAccess})
		for _, old := range o.old {
			if err = j.way.session.Cede(ctx, o.ch, old, o.next); !noAccess(err) {
				break
			}
		}
		if noAccess(err) {
			c.note(ctx, func() { j.s.lost = true })
		}
		if err != nil {
			return err
		}
	}
	return c.note(ctx, func() { j.s.owned, j.s.lost = max(j.gen, j.s.owned), false }, j.s)
}

func noAccess(err error) bool {
	var no *link.Refusal
	return errors.As(err, &no) && no.Code == wire.NoAccess
}

// spaceOwners are the keys that may own a space's channel, the newest first. The
// caller holds the book's mutex.
func (c *Client) spaceOwners(s *space) (list []*seal.Signer) {
	key, gen, _, void := c.ownKeys(s)
	if key == nil {
		return nil
	}
	for _, root := range roots(key, before(gen+1, gen), void) {
		list = append(list, foundingKey(root))
	}
	return list
}

// mediaOwners are the keys that may own a space's media channel, the likeliest
// first: nil on devices whose account did not found the space.
func (c *Client) mediaOwners(s *space) (list []*seal.Signer) {
	c.mu.Lock()
	last := s.owned
	c.mu.Unlock()
	s.book.Lock()
	defer s.book.Unlock()
	key, gen, _, void := c.ownKeys(s)
	if key == nil {
		return nil
	}
	for _, root := range roots(key, before(gen+1, last), void) {
		list = append(list, mediaOwner(root))
	}
	return list
}

/* ---- the centre's tickets ---- */

// tenantJob has the relay take another key for the centre's tickets once
// somebody was shut out who has the one before.
func (c *Client) tenantJob(j *doorJob) {
	s := j.s
	if s.role != roleTeam || c.p.tenant == (wire.TenantID{}) {
		return
	}
	if !c.tenantDue() {
		return
	}
	s.book.Lock()
	defer s.book.Unlock()
	key, gen, _, void := c.ownKeys(s)
	if key == nil || !key(gen).Valid() {
		return // another device has the newest
	}
	for _, root := range roots(key, append([]uint32{gen}, before(gen, c.p.tenantGen)...), void) {
		if k, err := tenantKey(root); err == nil {
			j.tenant = append(j.tenant, k)
		}
	}
	j.gen = gen
}

// tenantDue reports that somebody was shut out who has the key of the centre's tickets.
func (c *Client) tenantDue() bool {
	s := c.primary()
	if s == nil || s.role != roleTeam {
		return false
	}
	s.book.Lock()
	defer s.book.Unlock()
	t, ok := s.book.Team(c.p.team)
	return ok && t.Shut() > max(c.p.tenantGen, 1)
}

// freshTenant has the relay know the key that signs the tickets of today, before
// one is handed out.
func (c *Client) freshTenant(ctx context.Context) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	j := doorJob{s: c.primary()}
	if j.s != nil && c.registered() {
		c.tenantJob(&j)
	}
	c.mu.Unlock()
	if len(j.tenant) == 0 {
		return nil
	}
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	j.way.session = s
	return c.rekey(ctx, j)
}

func (c *Client) rekey(ctx context.Context, j doorJob) error {
	if len(j.tenant) < 2 {
		return nil
	}
	c.mu.Lock()
	var tenant wire.TenantID
	if c.v != nil {
		tenant = c.p.tenant
	}
	c.mu.Unlock()
	err := error(&link.Refusal{Code: wire.NoAccess})
	for _, old := range j.tenant[1:] {
		if err = j.way.session.Rekey(ctx, tenant, old, j.tenant[0]); !noAccess(err) {
			break
		}
	}
	if err != nil {
		return err
	}
	return c.note(ctx, func() {
		c.p.tenantGen = max(j.gen, c.p.tenantGen)
		// Its own tickets are void with the key that signed them.
		if t, err := c.ticket(16, c.env.Now().Add(365*24*time.Hour)); err == nil {
			c.p.admission = link.AdmissionBytes(wire.Admission{Kind: wire.ByTicket, Ticket: t})
		}
	})
}

// revokeOpen makes the open invitations void: whoever was shut out knows them.
func (c *Client) revokeOpen(ctx context.Context) error {
	return c.revoke(ctx, func(*invite) bool { return true })
}

// revoke makes void those of the open invitations that are meant.
func (c *Client) revoke(ctx context.Context, meant func(*invite) bool) error {
	for _, i := range c.desk.invites {
		if i.state != InviteOpen || c.over(i) || !meant(i) {
			continue
		}
		if err := c.write(ctx, c.primary(), typeInviteState, inviteStateBody(i.id, InviteRevoked)); err != nil {
			return err
		}
	}
	return nil
}
