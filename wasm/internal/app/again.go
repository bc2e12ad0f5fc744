package app

import (
	"context"
	"errors"
	"slices"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// A device whose storage went back cannot go on: what it signs under numbers
// that it has used is dropped by everybody. It is still a member of its account,
// so it can let itself in once more, with new keys, and write again what nobody
// has. The keys before are then removed: a copy of the storage, in whoever's
// hands, is worth nothing after that.

// ErrSound reports a device that has no need to be set up again.
var ErrSound = errors.New("app: this device's storage did not go back")

// againPrefix begins the keys of what is to be written again: fields 1 number of
// the space, 2 type, 3 body. Type 0 removes the device in the body.
const againPrefix = "again/"

const (
	fieldAgainSpace = iota + 1
	fieldAgainType
	fieldAgainBody
)

// SetUpAgain gives a device whose storage went back new keys in place. All
// that the relay has must have been read: it is ErrOffline until then.
func (c *Client) SetUpAgain(ctx context.Context) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	puts, next, err := c.moveOver(ctx)
	if err == nil {
		err = c.v.Write(ctx, puts)
	}
	v := c.v
	if err != nil {
		c.mu.Unlock()
		return err
	}
	// As after unlocking, with the new keys.
	c.stop()
	c.mu.Unlock()
	c.work.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != v {
		return ErrLocked
	}
	c.begin(v, next)
	if err := c.load(ctx); err != nil {
		return err
	}
	c.start()
	c.env.Changed()
	return nil
}

// moveOver prepares new keys for every space of this device: one transaction
// that makes them this device's. The caller holds mu.
func (c *Client) moveOver(ctx context.Context) (puts []vaultRecord, next *profile, err error) {
	forked := false
	for _, s := range c.spaces {
		forked = forked || s.replica.Forked()
		if s.sharing() && !c.caughtUp(s) {
			return nil, nil, ErrOffline
		}
	}
	if !forked {
		return nil, nil, ErrSound
	}
	copied := *c.p
	next = &copied
	next.seed = seal.NewSecret()
	if !next.pictures.Valid() {
		next.pictures = c.p.seed // their records keep their names
	}
	count := uint32(0)
	again := func(n uint32, t link.Type, body []byte) {
		f := fields{fieldAgainBody: body}
		f.setNumber(fieldAgainSpace, uint64(n))
		f.setNumber(fieldAgainType, uint64(t))
		puts = append(puts, vaultRecord{Key: againPrefix + digits(count), Value: f.bytes()})
		count++
	}
	for _, s := range c.spaces {
		moved, err := parseSpace(next.next, s.record().Value)
		if err != nil {
			return nil, nil, err
		}
		next.next++
		moved.device, moved.book = next.device(s.persona), s.book
		sp := s.replica.Space()
		s.book.Lock()
		account, err := addDevice(s, s.device, moved.device.Public(), c.env.Now())
		chains := c.spaceChains(s, sp)
		s.book.Unlock()
		if err != nil {
			return nil, nil, err
		}
		cfg := c.config(moved)
		if moved.replica, err = link.Join(ctx, cfg, chains, s.replica.Chain(), s.replica.Relay()); err != nil {
			return nil, nil, err
		}
		puts = append(puts, moved.record(), vaultRecord{Key: s.key()})
		left, err := c.v.Scan(ctx, s.prefix())
		if err != nil {
			return nil, nil, err
		}
		for _, rec := range left {
			puts = append(puts, vaultRecord{Key: rec.Key})
		}
		again(moved.n, link.TypeChain, link.ChainsBody(link.Chain{Raws: account.Raws()}))
		all, err := s.replica.All(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range all {
			if e.Own && e.Type >= 16 && s.replica.Queued(e.Hash()) {
				again(moved.n, e.Type, e.Body)
			}
		}
		if s == c.primary() { // what becomes of personas follows from that
			old := s.device.ID()
			again(moved.n, 0, old[:])
		}
	}
	return append(puts, next.record()), next, nil
}

// spaceChains lists the chains that the membership of a space refers to. The
// caller holds the book's mutex.
func (c *Client) spaceChains(s *space, sp *keyring.Space) []link.Chain {
	team := c.p.team
	for _, m := range sp.Members() {
		if m.Ref.Type == keyring.ToTeam {
			team = m.Ref.ID
		}
	}
	return chainsOf(s.book.Book, team, append(sp.Accounts(), s.account)...)
}

// writeAgain writes what a device that was set up again had not sent, in the
// order in which it was written. What stands there after all is left out: its
// answer had been lost. The caller holds mu.
func (c *Client) writeAgain(ctx context.Context) {
	if !c.againLeft {
		return
	}
	records, err := c.v.Scan(ctx, againPrefix)
	if err != nil {
		return
	}
	waits := false
	for _, rec := range records {
		f, err := parseFields(rec.Value)
		s := c.space(uint32(f.number(fieldAgainSpace)))
		if err == nil && s != nil {
			t, body := link.Type(f.number(fieldAgainType)), f[fieldAgainBody]
			switch {
			case t == link.TypeChain:
				err = c.write(ctx, s, t, body)
			case !c.caughtUp(s) || t == 0 && (waits || !c.claimed()):
				waits = true
				continue
			case t == 0:
				err = c.dismiss(ctx, body)
			case !c.stands(s, t, body):
				err = c.write(ctx, s, t, body)
			}
			if err != nil {
				return
			}
		}
		if c.v.Write(ctx, []vaultRecord{{Key: rec.Key}}) != nil {
			return
		}
	}
	c.againLeft = waits
}

// claimed reports that home knows this device's keys in every centre's space.
// Whoever hears of the removal of its old keys before would take the new ones
// there for a stranger's. A removal overtakes what still waits for the relay.
func (c *Client) claimed() bool {
	home := c.primary()
	if home.replica.Waiting() > 0 {
		return false
	}
	for _, s := range c.spaces {
		if k := c.card(s); s.role == roleCentre && k != nil && k.by != home.device.ID() &&
			!slices.Contains(c.desk.claims[claim{s.account, s.device.ID()}], home.device.ID()) {
			return false
		}
	}
	return true
}

// stands reports that an entry is in a space already.
func (c *Client) stands(s *space, t link.Type, body []byte) bool {
	e, err := diary.Decode(diary.Kind(t), body)
	if err != nil {
		return false
	}
	_, ok := s.hashOf(e.Top().ID)
	return ok
}

// dismiss removes the keys that this device had before from its account: what
// they could read gets new keys, as after every removal.
func (c *Client) dismiss(ctx context.Context, id []byte) error {
	old, ok := copy32(id)
	a, _, _ := c.sheetNow()
	if !ok || a == nil || !a.HasDevice(old) {
		return nil
	}
	return c.intend(ctx, intent{kind: intentDevice, id: old})
}

// redo lets in again whom a concurrent change of the account kept out: the
// devices that this one had added, or this one itself if its sheet is still
// here. The caller holds mu.
func (c *Client) redo(ctx context.Context) {
	prim := c.primary()
	if prim == nil || !c.caughtUp(prim) || prim.replica.Forked() {
		return
	}
	me := prim.device
	prim.book.Lock()
	a, ok := prim.book.Account(prim.account)
	if !ok || len(a.Voided()) == 0 {
		prim.book.Unlock()
		return
	}
	before := a.Length()
	var err error
	if _, listed := a.Device(me.ID()); !listed && c.byPaper(a) {
		a, err = addDevice(prim, c.p.retiring.Device(), me.Public(), c.env.Now())
	}
	if err == nil && a.HasDevice(me.ID()) {
		for _, pub := range a.Undone(me.ID()) {
			if a, err = addDevice(prim, me, pub, c.env.Now()); err != nil {
				break
			}
		}
	}
	grown := a != nil && a.Length() > before
	prim.book.Unlock()
	if grown {
		c.tellChain(ctx, prim)
	}
}
