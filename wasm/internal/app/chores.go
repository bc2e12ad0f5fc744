package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// Rhythms of upkeep.
const (
	upkeepEvery = 30 * time.Second
	leaseEvery  = 3 * 24 * time.Hour

	mirrorAfter = time.Hour
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
		c.round(ctx)
		locker := c.p.locker != nil && !c.busyLocker
		if locker {
			c.busyLocker = true
		}
		c.mu.Unlock()
		if locker {
			c.putLocker(ctx)
			c.mu.Lock()
			c.busyLocker = false
			c.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-time.After(upkeepEvery):
		}
	}
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
	c.host()
	switch c.p.role {
	case Patient:
		for _, k := range c.desk.centres {
			c.enrol(ctx, k)
		}
		for _, s := range c.spaces {
			if s.role == roleCentre {
				c.guest(s)
				if s.sharing() {
					c.shareHistory(ctx, s, mirrorAfter)
				}
			}
		}
	case Centre:
		for _, k := range c.desk.cards {
			if !slices.ContainsFunc(c.spaces, func(s *space) bool { return s.card != nil && s.card.id == k.id }) {
				c.takeCard(ctx, k) // again in the next round if it fails
			}
		}
		for _, s := range c.spaces {
			if s.role == rolePatient {
				c.lease(ctx, s)
			}
		}
	}
	for _, s := range c.spaces {
		c.checkpoint(ctx, s)
	}
}

// enrol makes this device a member of a centre's space that another device of
// the account founded. The way in is the persona's paper device, whose seed
// the founder sealed under the account's key.
func (c *Client) enrol(ctx context.Context, k *centreCard) {
	for _, s := range c.spaces {
		if s.role == roleCentre && s.account == k.account {
			return
		}
	}
	home := c.primary()
	home.book.Lock()
	keys, err := accountKeys(home)
	home.book.Unlock()
	if err != nil {
		return
	}
	seed, err := seal.OpenSecret(keys.Key(k.paperGen), seal.LabelAppAccount, k.account[:], k.paper)
	if err != nil {
		return
	}
	s := &space{n: c.p.next, role: roleCentre, persona: k.persona, account: k.account, idKey: k.idKey, state: CentreAsked}
	// Personas are numbered per device; the number only has to be unused here.
	s.persona = c.p.next | 1<<31
	c.prepare(s)
	for _, ch := range k.chains {
		if err := ch.AddTo(s.book.Book); err != nil {
			return
		}
	}
	account, ok := s.book.Account(k.account)
	if !ok {
		return
	}
	paper := seal.DeviceFromSeed(seed)
	if !account.HasDevice(s.device.ID()) {
		pkeys, err := account.Keys(paper)
		if err != nil {
			return
		}
		raw, err := account.AddDevice(paper, s.device.Public(), pkeys, c.env.Now())
		if err != nil {
			return
		}
		if account, err = s.book.AddAccount(append(account.Raws(), raw)); err != nil {
			return
		}
	}
	grown := link.Chain{Raws: account.Raws()}
	chains := slices.Clone(k.chains)
	for i := range chains {
		if !chains[i].Team && keyring.AccountID(keyring.HashOf(chains[i].Raws[0])) == k.account {
			chains[i] = grown
		}
	}
	if s.replica, err = link.Join(ctx, c.config(s), chains, k.chain, k.origin); err != nil {
		return
	}
	c.p.next++
	if c.add(ctx, s) != nil {
		return
	}
	c.write(ctx, s, link.TypeChain, link.ChainsBody(grown))
}

// lease tells a patient's devices that this is the team's membership today,
// with the chains if they have changed since they were last told.
func (c *Client) lease(ctx context.Context, s *space) {
	prim := c.primary()
	prim.book.Lock()
	team, ok := prim.book.Team(c.p.team)
	var head keyring.Hash
	var chains []link.Chain
	if ok {
		head = team.Head()
		chains = chainsOf(prim.book.Book, c.p.team)
	}
	prim.book.Unlock()
	if !ok {
		return
	}
	var told keyring.Hash
	var when time.Time
	for _, e := range slices.Backward(s.replica.Entries()) {
		if e.Type == link.TypeLease && e.Right == keyring.Treat || e.Type == link.TypeLease && e.Own {
			copy(told[:], e.Body)
			when = time.UnixMilli(e.Time)
			break
		}
	}
	if told == head && c.env.Now().Sub(when) < leaseEvery {
		return
	}
	if told != head && told != (keyring.Hash{}) {
		if c.write(ctx, s, link.TypeChain, link.ChainsBody(chains...)) != nil {
			return
		}
	}
	c.write(ctx, s, link.TypeLease, head[:])
}

// checkpoint signs the heads of a space hybrid after a number of own
// statements, so that those below stay unforgeable when Ed25519 falls.
func (c *Client) checkpoint(ctx context.Context, s *space) {
	if s.replica.SincePoint() < int(seal.Current.Checkpoint.Statements) {
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
	admission, ok := c.admission()
	c.mu.Unlock()
	if !sheet.Valid() || !ok {
		return
	}
	rv := sheet.Locker()
	s, err := c.env.session(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	if s.Create(ctx, rv.Founding, rv.Access, time.Time{}, admission) != nil {
		return
	}
	if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
		return
	}
	if _, err := s.Append(ctx, rv.Channel(), []wire.Box{rv.Box(msg)}); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return
	}
	c.p.locker = nil
	if c.keep(ctx) != nil {
		c.p.locker = msg
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
	go p.Run(ctx)
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
