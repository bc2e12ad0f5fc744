package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// ErrMember reports a device or colleague that is not there, or is the caller's own.
var ErrMember = errors.New("app: no such device or colleague, or this one")

// An intent is a removal that somebody asked for at this device. It is kept until the change that carries it out has been in force for
// as long as a lease, and made again if a concurrent change makes it void meanwhile.
type intent struct {
	kind  intentKind
	id    [32]byte     // of the device or account
	by    keyring.Hash // the change, once it is made
	asked time.Time
}

type intentKind uint8

const (
	intentDevice    intentKind = 1
	intentColleague intentKind = 2
)

// intents are what was asked for at this device, in the vault under "keys".
type intents struct {
	renew time.Time // all keys older than this are to be renewed; zero: none
	list  []intent
}

const (
	intentsKey     = "keys"
	intentsVersion = 1
	maxIntents     = 256
)

func (in *intents) record() vault.Record {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(intentsVersion)
	var renew uint64
	if !in.renew.IsZero() {
		renew = uint64(in.renew.UnixMilli())
	}
	b.AddUint64(renew)
	for _, i := range in.list {
		b.AddUint8(uint8(i.kind))
		b.AddBytes(i.id[:])
		b.AddBytes(i.by[:])
		b.AddUint64(uint64(i.asked.UnixMilli()))
	}
	return vault.Record{Key: intentsKey, Value: b.BytesOrPanic()}
}

func parseIntents(raw []byte) (in intents, err error) {
	if raw == nil {
		return in, nil
	}
	s := cryptobyte.String(raw)
	var version uint8
	var renew uint64
	const one = 1 + 32 + 32 + 8
	if !s.ReadUint8(&version) || version != intentsVersion || !s.ReadUint64(&renew) || renew >= 1<<53 || len(s)%one != 0 || len(s) > maxIntents*one {
		return in, errFields
	}
	if renew != 0 {
		in.renew = time.UnixMilli(int64(renew))
	}
	for !s.Empty() {
		var i intent
		var kind uint8
		var asked uint64
		if !s.ReadUint8(&kind) || !s.CopyBytes(i.id[:]) || !s.CopyBytes(i.by[:]) || !s.ReadUint64(&asked) || kind == 0 ||
			kind > uint8(intentColleague) || asked >= 1<<53 {
			return in, errFields
		}
		i.kind, i.asked = intentKind(kind), time.UnixMilli(int64(asked))
		in.list = append(in.list, i)
	}
	return in, nil
}

// intend keeps what was asked for and begins to do it. The caller holds mu.
func (c *Client) intend(ctx context.Context, i intent) error {
	was := c.intents
	i.asked = c.env.Now()
	list := slices.DeleteFunc(slices.Clone(was.list), func(o intent) bool {
		return o.kind == i.kind && o.id == i.id
	})
	if len(list) >= maxIntents {
		return errors.New("app: too many removals at once")
	}
	c.intents.list = append(list, i)
	if err := c.v.Write(ctx, []vaultRecord{c.intents.record()}); err != nil {
		c.intents = was
		return err
	}
	h, err := c.carry(ctx, &i)
	if forbidden(err) {
		c.intents = was
		return errors.Join(err, c.v.Write(ctx, []vaultRecord{c.intents.record()}))
	}
	if err == nil {
		c.intents.list[len(c.intents.list)-1].by = h // kept with the next change
	}
	c.poke()
	return nil
}

// forbidden reports what will never be possible; all else is tried again.
func forbidden(err error) bool {
	for _, e := range []error{keyring.ErrRight, keyring.ErrLast, keyring.ErrMember, keyring.ErrSelf, keyring.ErrLimit, keyring.ErrRetired} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// acting is the primary space, for an act of somebody who is still a member of it.
func (c *Client) acting() (*space, error) {
	s := c.primary()
	switch {
	case c.v == nil:
		return nil, ErrLocked
	case s == nil:
		return nil, ErrMember
	case c.expelled():
		return nil, link.ErrRemoved
	}
	return s, nil
}

// actingAtCentre is acting for those of a centre.
func (c *Client) actingAtCentre() (*space, error) {
	s, err := c.acting()
	if err == nil && s.role != roleTeam {
		err = ErrMember
	}
	return s, err
}

// RemoveDevice removes a device of the own account, for ever. From here on this
// device sends nothing that the other could read; upkeep renews the keys of
// everything that it could read, also on other devices, and goes on after any
// interruption. Look.Renewal tells how far it is.
func (c *Client) RemoveDevice(ctx context.Context, id seal.DeviceID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.acting()
	if err != nil {
		return err
	}
	s.book.Lock()
	a, ok := s.book.Account(s.account)
	there := ok && a.HasDevice(id) && id != s.device.ID()
	s.book.Unlock()
	if !there {
		return ErrMember
	}
	return c.intend(ctx, intent{kind: intentDevice, id: id})
}

// RemoveColleague removes an account from the centre. Only leads may.
func (c *Client) RemoveColleague(ctx context.Context, id keyring.AccountID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.actingAtCentre()
	if err != nil {
		return err
	}
	if id == s.account {
		return ErrMember
	}
	s.book.Lock()
	var mine keyring.Role
	there := false
	if team, ok := s.book.Team(c.p.team); ok {
		mine, _ = team.RoleOf(s.account)
		_, there = team.RoleOf(id)
	}
	s.book.Unlock()
	switch {
	case !there:
		return ErrMember
	case mine != keyring.Lead:
		return ErrRight
	}
	return c.intend(ctx, intent{kind: intentColleague, id: id})
}

// RenewKeys renews every key of this account, and of the centre if it is one.
func (c *Client) RenewKeys(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.acting(); err != nil {
		return err
	}
	was := c.intents.renew
	c.intents.renew = time.UnixMilli(c.env.Now().UnixMilli())
	if err := c.v.Write(ctx, []vaultRecord{c.intents.record()}); err != nil {
		c.intents.renew = was
		return err
	}
	c.poke()
	return nil
}

// carryOut makes the changes that were asked for and are not in force.
func (c *Client) carryOut(ctx context.Context) {
	moved := false
	var vain []intent
	for n := range c.intents.list {
		i := &c.intents.list[n]
		h, err := c.carry(ctx, i)
		switch {
		case err == nil && h != (keyring.Hash{}) && h != i.by:
			i.by, moved = h, true
		case forbidden(err) && c.caughtUp(c.primary()): // before, this device may not have heard why it may
			vain = append(vain, *i)
		}
	}
	if len(vain) > 0 && c.keepProfile(ctx, func(p *profile) {
		for _, i := range vain {
			p.vain = append(slices.DeleteFunc(slices.Clone(p.vain), i.same), inVain{i.kind, i.id})
		}
		p.vain = p.vain[max(0, len(p.vain)-maxVain):]
	}) == nil {
		c.intents.list = slices.DeleteFunc(slices.Clone(c.intents.list), func(i intent) bool {
			return slices.ContainsFunc(vain, func(v intent) bool { return v.kind == i.kind && v.id == i.id })
		})
		moved = true
		c.env.Changed()
	}
	lease := c.env.Now().Add(-leaseTime)
	list := slices.DeleteFunc(slices.Clone(c.intents.list), func(i intent) bool { return i.asked.Before(lease) && c.inForce(&i) })
	if len(list) < len(c.intents.list) {
		c.intents.list, moved = list, true
	}
	if moved {
		c.v.Write(ctx, []vaultRecord{c.intents.record()}) // or with the next change: what is in force is seen
	}
}

// maxVain is how many removals that came to nothing are remembered.
const maxVain = 16

// inVain is a removal that was asked for here and came to nothing: others had
// decided by then that this device, or its account, may not do it.
type inVain struct {
	kind intentKind
	id   [32]byte
}

func (i intent) same(v inVain) bool { return i.kind == v.kind && i.id == v.id }

// An Unremoved device or colleague was to be removed and was not.
type Unremoved struct {
	ID        [32]byte
	Colleague bool
	Name      string // empty: it has none
}

// Unremoved lists removals that were asked for at this device and came to
// nothing, until somebody has taken notice.
func (l Look) Unremoved() (out []Unremoved) {
	for _, v := range l.c.p.vain {
		u := Unremoved{ID: v.id, Colleague: v.kind == intentColleague}
		if u.Colleague {
			for _, k := range l.Colleagues() {
				if k.Account == keyring.AccountID(v.id) {
					u.Name = k.Name
				}
			}
		} else {
			for _, d := range l.Devices() {
				if d.ID == seal.DeviceID(v.id) {
					u.Name = d.Name
				}
			}
		}
		out = append(out, u)
	}
	return out
}

// UnremovedSeen takes notice of a removal that came to nothing.
func (c *Client) UnremovedSeen(ctx context.Context, id [32]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	return c.keepProfile(ctx, func(p *profile) {
		p.vain = slices.DeleteFunc(slices.Clone(p.vain), func(v inVain) bool { return v.id == id })
	})
}

// carry makes the change of an intent, unless it is in force or on its way.
func (c *Client) carry(ctx context.Context, i *intent) (keyring.Hash, error) {
	if c.inForce(i) {
		return keyring.Hash{}, nil
	}
	prim, now := c.primary(), c.env.Now()
	if err := c.revokeOpen(ctx); err != nil {
		return keyring.Hash{}, err
	}
	if i.kind == intentDevice {
		prim.book.Lock()
		a, _ := prim.book.Account(prim.account)
		raw, err := a.RemoveDevice(prim.device, seal.DeviceID(i.id), now)
		prim.book.Unlock()
		if err != nil {
			return keyring.Hash{}, err
		}
		return keyring.HashOf(raw), c.tellChange(ctx, prim, a.Raws(), raw)
	}
	prim.book.Lock()
	team, ok := prim.book.Team(c.p.team)
	if !ok {
		prim.book.Unlock()
		return keyring.Hash{}, ErrMember
	}
	raw, err := team.RemoveMember(prim.author(), keyring.AccountID(i.id), now)
	prim.book.Unlock()
	if err != nil {
		return keyring.Hash{}, err
	}
	return keyring.HashOf(raw), c.tellTeam(ctx, raw)
}

// inForce reports that what was asked for is so. A colleague who came back by a
// later change did so on purpose.
func (c *Client) inForce(i *intent) bool {
	s := c.primary()
	s.book.Lock()
	defer s.book.Unlock()
	if i.kind == intentDevice {
		a, ok := s.book.Account(s.account)
		return ok && !a.HasDevice(seal.DeviceID(i.id))
	}
	team, ok := s.book.Team(c.p.team)
	if !ok {
		return false
	}
	_, in := team.RoleOf(keyring.AccountID(i.id))
	return !in || i.by != (keyring.Hash{}) && team.InForce(i.by)
}

// pending reports that something asked for is not in force yet.
func (c *Client) pending() bool {
	return slices.ContainsFunc(c.intents.list, func(i intent) bool { return !c.inForce(&i) })
}

// renewed forgets that keys were to be renewed once they are.
func (c *Client) renewed(ctx context.Context) {
	then := c.intents.renew
	if then.IsZero() {
		return
	}
	for _, s := range c.spaces {
		if s.replica.Removed() {
			continue // a patient's who has left
		}
		sp, under := s.replica.Space(), s.replica.Rotating()
		s.book.Lock()
		a, ok := s.book.Account(s.account)
		old := under || sp.NeedsRotation() || ok && a.HasDevice(s.device.ID()) && a.GenerationTime().Before(then)
		if team, is := s.book.Team(c.p.team); is && s.role == roleTeam {
			role, _ := team.RoleOf(s.account)
			old = old || role != keyring.Reader && team.GenerationTime().Before(then)
		}
		s.book.Unlock()
		if old {
			return
		}
	}
	c.intents.renew = time.Time{}
	if c.v.Write(ctx, []vaultRecord{c.intents.record()}) != nil {
		c.intents.renew = then
	}
}

// A Removal is what a device that was removed from its account has to say.
type Removal struct {
	At       time.Time // zero: not known
	Unsent   int       // entries that nobody else has
	Doubtful int       // at home, entries that were sent, and nobody is known to have read in time
	Team     bool      // the account was taken out of its centre
}

// inFlight is how long before a removal an entry may have been written that was on its
// way then, by clocks that differ.
const inFlight = time.Hour

// doubtful counts the entries of this device that the relay has and that who removed
// it had perhaps not read: then nobody takes them for a member's.
func doubtful(s *space) (n int) {
	since := s.replica.Space().EpochTime().Add(-inFlight).UnixMilli()
	for _, e := range s.replica.Unconfirmed() {
		if k := diary.Kind(e.Type); k.Known() && k != diary.KindSeen && k != diary.KindOpened && e.Time > since && !s.replica.Queued(e.Hash()) {
			n++
		}
	}
	return n
}

// Removal tells that this device was removed from its account. What it had not
// sent stays on it.
func (l Look) Removal() (r Removal, ok bool) {
	c := l.c
	if !c.expelled() {
		return r, false
	}
	s := c.primary()
	s.book.Lock()
	if at, left := c.left(s); left {
		r.At, r.Team = at, true
	} else if a, known := s.book.Account(s.account); known {
		for _, d := range a.Devices() {
			if d.ID == s.device.ID() {
				r.At = d.Removed
			}
		}
	}
	s.book.Unlock()
	for _, s := range c.spaces {
		n := unsent(s)
		if c.p.role == Centre {
			r.Unsent += n
		} else {
			r.Unsent = max(r.Unsent, n)
		}
	}
	if s.role == roleHome {
		r.Doubtful = doubtful(s)
	}
	return r, true
}
