package app

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// Keys are renewed by looking at what there is: an account whose chain says that
// a device has gone has a new key already; a team that is sealed to an older key
// of an account needs one, and so does a space that is sealed to an older key of
// any member. Whatever is interrupted is seen again after the next start, on
// this device and on every other that may do it. What follows from nothing, a
// removal that somebody asked for, is kept as an intent until it is in force.

// Rhythms of renewing.
const (
	// The calendar of an epoch: it is renewed when its space's and this device's
	// turns have come, at the latest after seal.Current.Rotation.Epoch. So neither
	// are all spaces of a centre due on one day, nor two devices in one hour.
	epochSpread  = 8 * 24 * time.Hour
	deviceSpread = 2 * 24 * time.Hour

	// calendarPause lies between two renewals that only the calendar asks for.
	calendarPause = 5 * time.Second

	// others is how long a device waits for those whose renewal it is.
	others       = 5 * time.Minute
	othersSpread = 5 * time.Minute

	// mergeSpread keeps devices apart that see the same two branches.
	mergeSpread = 8 * time.Second

	// renewWork is how long renewing holds up all other chores at a time.
	renewWork = 400 * time.Millisecond
)

// renewals is what this device remembers of renewing, in memory.
type renewals struct {
	first map[[32]byte]time.Time // when a head was first seen that somebody else should renew
	next  time.Time              // no renewal by the calendar before
	soon  time.Duration          // when to look again; 0: with the next upkeep
}

// turn is a share of span that differs from device to device and from number to
// number, and is the same whenever it is asked for.
func turn(span time.Duration, number uint32, parts ...[]byte) time.Duration {
	h := seal.Hash(seal.LabelAppSlot, append(parts, binary.BigEndian.AppendUint32(nil, number))...)
	return time.Duration(uint64(span) / 1024 * uint64(binary.BigEndian.Uint16(h[:])>>6))
}

// waited reports that a head has been in force for a while, as this device saw
// it, and otherwise has upkeep look again when it will have been.
func (c *Client) waited(head keyring.Hash, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	now := c.env.Now()
	first, ok := c.renewals.first[head]
	if !ok {
		if len(c.renewals.first) >= 1<<14 || c.renewals.first == nil {
			c.renewals.first = make(map[[32]byte]time.Time)
		}
		c.renewals.first[head], first = now, now
	}
	left := d - now.Sub(first)
	if left > 0 {
		c.lookAgain(left)
	}
	return left <= 0
}

// lookAgain has upkeep look again before long.
func (c *Client) lookAgain(in time.Duration) {
	if c.renewals.soon == 0 || in < c.renewals.soon {
		c.renewals.soon = in
	}
}

// renew renews what is due. The caller holds mu.
func (c *Client) renew(ctx context.Context) {
	c.renewals.soon = 0
	if c.expelled() {
		return
	}
	if c.p.role == Centre {
		c.letGo(ctx)
	}
	c.carryOut(ctx)
	for _, s := range c.spaces {
		if s.role == roleCentre {
			c.tidyPersona(ctx, s)
		}
	}
	for _, s := range c.spaces {
		if s.role != rolePatient {
			c.renewAccount(ctx, s)
		}
	}
	if c.p.role == Centre {
		c.renewTeam(ctx)
	}
	c.renewEpochs(ctx)
	c.renewed(ctx)
}

// expelled reports that this device was removed from its account, or the account
// from the centre, or that it has lost home for another reason.
func (c *Client) expelled() bool {
	s := c.primary()
	if s == nil {
		return false
	}
	if s.replica.Removed() {
		return true
	}
	s.book.Lock()
	defer s.book.Unlock()
	_, left := c.left(s)
	return left || retired(s)
}

// left tells when this device's account was taken out of the centre. The caller
// holds the book's mutex.
func (c *Client) left(s *space) (time.Time, bool) {
	if s.role != roleTeam {
		return time.Time{}, false
	}
	team, ok := s.book.Team(c.p.team)
	if !ok {
		return time.Time{}, false
	}
	return team.Left(s.account)
}

// retired reports that the account of a space lists its device as removed. The
// caller holds the book's mutex.
func retired(s *space) bool {
	a, ok := s.book.Account(s.account)
	return ok && slices.ContainsFunc(a.Devices(), func(d keyring.DeviceInfo) bool { return d.ID == s.device.ID() && !d.Active() })
}

// mayChange reports that all there is of a space was read, and that nothing of
// this device is on its way.
func (c *Client) mayChange(s *space) bool {
	return c.caughtUp(s) && !s.replica.Rotating() && !s.replica.Removed()
}

// renewAccount renews the key of the account that this device has in a space.
func (c *Client) renewAccount(ctx context.Context, s *space) {
	if !c.mayChange(s) {
		return
	}
	s.book.Lock()
	a, ok := s.book.Account(s.account)
	due := ok && a.HasDevice(s.device.ID())
	if due {
		id, dev := a.ID(), s.device.ID()
		switch at := a.GenerationTime(); {
		case a.NeedsRotation():
			due = c.waited(a.Head(), turn(mergeSpread, a.Generation(), dev[:], id[:]))
		case at.Before(c.intents.renew):
		default:
			due = c.calendar(at, seal.Current.Rotation.AccountGeneration, a.Generation(), dev, id[:])
		}
	}
	var raw keyring.Raw
	var err error
	if due {
		raw, err = a.Rotate(s.device, c.env.Now())
	}
	s.book.Unlock()
	if due && err == nil {
		c.tellChange(ctx, s, a.Raws(), raw)
	}
}

// calendar reports that the time has come for this device to renew what is from
// then, and paces what it says.
func (c *Client) calendar(then time.Time, every time.Duration, number uint32, dev seal.DeviceID, id []byte) bool {
	due := then.Add(every - epochSpread - deviceSpread).Add(turn(epochSpread, number, id)).Add(turn(deviceSpread, number, id, dev[:]))
	now := c.env.Now()
	if now.Before(due) || now.Before(c.renewals.next) {
		return false
	}
	c.renewals.next = now.Add(calendarPause)
	return true
}

// tellChange publishes a change of this device's account in a space. Once it
// returns nil the change is durable and known here.
func (c *Client) tellChange(ctx context.Context, s *space, before []keyring.Raw, raw keyring.Raw) error {
	return c.write(ctx, s, link.TypeChain, link.ChainsBody(link.Chain{Raws: append(slices.Clip(before), raw)}))
}

// maxTold is how many bytes of chains are told in full. Beyond that, only what
// the readers of a space may lack.
const maxTold = 256 << 10

// tellTeam publishes a change of the team among its members.
func (c *Client) tellTeam(ctx context.Context, raw keyring.Raw) error {
	prim := c.primary()
	prim.book.Lock()
	chains := chainsOf(prim.book.Book, c.p.team)
	chains[len(chains)-1].Raws = append(slices.Clip(chains[len(chains)-1].Raws), raw)
	body := link.ChainsBody(chains...)
	if len(body) > maxTold {
		body = link.ChainsBody(append(news(prim.replica.Membership()), link.Chain{Team: true, Raws: []keyring.Raw{raw}})...)
	}
	prim.book.Unlock()
	return c.write(ctx, prim, link.TypeChain, body)
}

// news lists what readers of a space may lack. The caller holds the book's mutex.
func news(sp *keyring.Space) []link.Chain {
	var out []link.Chain
	for _, n := range sp.News() {
		out = append(out, link.Chain{Team: n.Team, Raws: n.Raws})
	}
	return out
}

// renewTeam renews the centre's key. Its leads, doctors and nurses may.
func (c *Client) renewTeam(ctx context.Context) {
	s := c.primary()
	if !c.mayChange(s) {
		return
	}
	s.book.Lock()
	raw := c.nextTeam(s)
	s.book.Unlock()
	if raw != nil {
		c.tellTeam(ctx, raw)
	}
}

func (c *Client) nextTeam(s *space) keyring.Raw {
	team, ok := s.book.Team(c.p.team)
	if !ok {
		return nil
	}
	if role, in := team.RoleOf(s.account); !in || role == keyring.Reader || retired(s) {
		return nil
	}
	id, dev := team.ID(), s.device.ID()
	due := true
	switch at := team.GenerationTime(); {
	case team.Behind(s.account), at.Before(c.intents.renew):
	case team.NeedsRotation():
		due = c.waited(team.Head(), turn(othersSpread, team.Generation(), dev[:], id[:])+others)
		if team.Merging() {
			due = c.waited(team.Head(), turn(mergeSpread, team.Generation(), dev[:], id[:]))
		}
	default:
		due = c.calendar(at, seal.Current.Rotation.TeamGeneration, team.Generation(), dev, id[:])
	}
	if !due {
		return nil
	}
	raw, err := team.Rotate(s.author(), c.env.Now())
	if err != nil {
		return nil
	}
	return raw
}

// renewEpochs renews the epochs of spaces that are sealed to keys which are not
// in force any more, and of those whose time has come.
func (c *Client) renewEpochs(ctx context.Context) {
	began := c.held.before + time.Since(c.held.since)
	for _, s := range c.inTurn() {
		if c.giveWay(ctx); c.v == nil || ctx.Err() != nil {
			return
		}
		if !(c.mayChange(s) || c.astray(s)) || !c.epochDue(s) {
			continue
		}
		if c.held.before+time.Since(c.held.since)-began > renewWork {
			c.poke() // and go on after all else
			return
		}
		c.change(ctx, s, (*keyring.Space).Advance)
	}
}

// inTurn lists the spaces, at a centre for each device in an order of its own: two of
// them do half the work each.
func (c *Client) inTurn() []*space {
	list := slices.Clone(c.spaces)
	if c.p.role != Centre {
		return list
	}
	me := c.primary().device.ID()
	at := make(map[*space]time.Duration, len(list))
	for _, s := range list {
		x := s.replica.Channel()
		at[s] = turn(1<<20, 0, me[:], x[:])
	}
	arrange.By(list, func(a, b *space) int { return cmp.Compare(at[a], at[b]) })
	return list
}

// astray reports that the relay has an access key which leads nowhere, as it is
// after a rotation by somebody whose branch of an account lost. A rotation that
// stands on what is in force is all that helps.
func (c *Client) astray(s *space) bool {
	p := c.peers[c.group(s)]
	if p == nil || s.replica.Rotating() || s.replica.Removed() {
		return false
	}
	st, why := p.State(s.replica)
	return st == link.Refused && why == wire.Rotated
}

// epochDue reports that this device should introduce an epoch in a space now.
func (c *Client) epochDue(s *space) bool {
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	if right, _, ok := sp.Right(s.device.ID(), s.account); !ok || right == keyring.Read {
		return false
	}
	id, dev := sp.ID(), s.device.ID()
	switch {
	case sp.Behind(keyring.AccountRef(s.account)), c.p.role == Centre && sp.Behind(keyring.TeamRef(c.p.team)):
		return true
	case sp.Merging():
		return c.waited(sp.Head(), turn(mergeSpread, sp.Epoch(), dev[:], id[:]))
	case sp.NeedsRotation():
		return c.waited(sp.Head(), others+turn(othersSpread, sp.Epoch(), dev[:], id[:]))
	}
	return c.calendar(sp.EpochTime(), seal.Current.Rotation.Epoch, sp.Epoch(), dev, id[:])
}

// change makes a change of a space's membership. One that introduces an epoch
// goes to the relay together with its access key, before anything else is sent;
// it is in force when the relay has taken it. The caller holds mu.
func (c *Client) change(ctx context.Context, s *space, next func(*keyring.Space, keyring.Author, seal.Secret, time.Time) (keyring.Raw, seal.Secret, error)) (keyring.Hash, error) {
	sp := s.replica.Space()
	_, secret := s.replica.Epoch()
	s.book.Lock()
	raw, e, err := next(sp, s.author(), secret, c.env.Now())
	chains := news(sp)
	s.book.Unlock()
	if err != nil {
		return keyring.Hash{}, err
	}
	if _, ok := keyring.EpochOf(raw); ok {
		return keyring.HashOf(raw), s.replica.Advance(ctx, raw, e, chains...)
	}
	u, err := s.replica.Publish(ctx, raw)
	c.absorb(s, u.Entries)
	return keyring.HashOf(raw), err
}

// exposed reports that what is sent into a space now could be read by somebody
// who was shut out of the account or team that is a member, and that this device
// may change that. Until it has, nothing is sent.
func (c *Client) exposed(s *space) bool {
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	right, _, ok := sp.Right(s.device.ID(), s.account)
	return !ok || right != keyring.Read && sp.NeedsRotation()
}

// A Renewal is how far this device's spaces are with keys that are not in force
// any more.
type Renewal struct {
	Done, Total    int
	Sealed, Shared int // of these, those shared with a patient: done, and all
}

// Renewal tells what is being renewed; false: nothing.
func (l Look) Renewal() (r Renewal, ok bool) {
	c := l.c
	if c.primary() == nil || c.expelled() {
		return r, false
	}
	r.Total = len(c.spaces)
	for _, s := range c.spaces {
		sp := s.replica.Space()
		s.book.Lock()
		stale := sp.NeedsRotation()
		s.book.Unlock()
		done := !stale && !s.replica.Rotating() || s.replica.Removed()
		if done {
			r.Done++
		}
		if s.role == rolePatient && !s.replica.Removed() {
			r.Shared++
			if done {
				r.Sealed++
			}
		}
	}
	return r, r.Done < r.Total || !c.intents.renew.IsZero() || c.pending() || c.doorsLeft > 0 || c.tenantDue()
}

// A KeyTime tells when the key of a space was renewed.
type KeyTime struct {
	Kind    keyring.SpaceKind
	Patient bool   // a patient's, on a centre's device
	Name    string // of the centre
	At      time.Time
	Next    time.Time // at the latest
	Lost    bool      // the relay takes none of this account's keys for the owner's
}

// KeyTimes lists the spaces of this device.
func (l Look) KeyTimes() []KeyTime {
	var out []KeyTime
	for _, s := range l.c.spaces {
		sp := s.replica.Space()
		k := KeyTime{
			Kind: sp.Kind(), Patient: s.role == rolePatient, At: sp.EpochTime(), Next: sp.EpochTime().Add(seal.Current.Rotation.Epoch), Lost: s.lost,
		}
		switch s.role {
		case roleTeam:
			k.Name = l.Name()
		case roleCentre:
			for _, i := range l.Centres() {
				if i.N == s.n {
					k.Name = i.Name
				}
			}
		}
		out = append(out, k)
	}
	return out
}
