package app

import (
	"context"
	"errors"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A person erases their diary at the relay: the channel of home, that of its
// photos, and the lockers of recovery sheets, for good. A statement at home says
// so first. Every device of the owner's account that has read it does what is left,
// and does it again at a relay that went back, so that it does not matter who is
// killed in between. No device forgets anything because of it: what it holds goes
// when its person says so there. What is shared with centres is not touched.
const typeErased link.Type = 92 // home: the diary is erased at the relay

// Rhythms of erasing.
const (
	eraseSent  = time.Minute     // how long others have to hear of it before
	erasePause = 2 * time.Second // after an attempt that failed, at first
	eraseLater = time.Hour       // and at most
	eraseLook  = 6 * time.Hour   // whether the relay has gone back
)

var (
	// ErrErased reports a diary that has been erased at the relay.
	ErrErased = errors.New("app: the diary was erased at the relay")
	// ErrCentres reports a diary that is shared with a centre.
	ErrCentres = errors.New("app: the diary is shared with a centre")
)

// erased is what a device knows of the end of a diary.
type erased struct {
	at     time.Time
	device seal.DeviceID
	hash   link.Hash

	seen  time.Time // when this device read it, since it was unlocked
	next  time.Time // not before
	tries int
	busy  bool
	no    bool // the relay took no key of this device for the owner's
}

// takeErased takes in that a diary is erased, if its owner says so. The first counts.
func (s *space) takeErased(e *link.Entry, now time.Time) {
	if s.replica.Space().Owner() != keyring.AccountRef(e.Account) {
		return
	}
	t, h := time.UnixMilli(e.Time), e.Hash()
	if o := s.erased; o != nil {
		if t.Before(o.at) || t.Equal(o.at) && string(h[:]) < string(o.hash[:]) {
			o.at, o.device, o.hash = t, e.Device, h
		}
		return
	}
	s.erased = &erased{at: t, device: e.Device, hash: h, seen: now}
}

// erasing is home, if its diary has been erased.
func (c *Client) erasing() *space {
	if s := c.primary(); s != nil && s.role == roleHome && s.erased != nil {
		return s
	}
	return nil
}

// shutUp reports that nothing more is sent to a home: all but the device that
// erases it, until it has.
func (s *space) shutUp() bool {
	return s.erased != nil && (s.erased.device != s.device.ID() || !s.erasedDone.IsZero())
}

// mayErase reports why this device may not erase its diary.
func (c *Client) mayErase() error {
	s := c.primary()
	switch {
	case c.v == nil:
		return ErrLocked
	case s == nil || s.role != roleHome:
		return ErrMember
	case c.expelled():
		return link.ErrRemoved
	case c.rightIn(s) != keyring.Own || mediaFounding(s) == nil:
		return ErrRight // helps with somebody else's
	case s.erased != nil:
		return nil
	}
	for _, o := range c.spaces {
		if o.role == roleCentre && o.parting == nil && o.state != CentreRefused && o.state != CentreUsed {
			return ErrCentres
		}
	}
	return nil
}

// EraseDiary erases the own diary at the relay, for good. It takes a proof that the
// passphrase is known: an unlocked screen alone does not do. Look.Erasure tells how
// far it is. The same again is nothing.
func (c *Client) EraseDiary(ctx context.Context, by *vault.Proof) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.mayErase(); err != nil {
		return err
	}
	if !c.v.Proved(by) {
		return vault.ErrPassphrase
	}
	s := c.primary()
	if s.erased != nil {
		return nil
	}
	if err := c.write(ctx, s, typeErased, nil); err != nil {
		return err
	}
	c.poke()
	return nil
}

// goneAt reports that the relay says that a space's channel was deleted.
func (c *Client) goneAt(s *space) bool {
	p := c.peers[c.group(s)]
	if p == nil {
		return false
	}
	state, why := p.State(s.replica)
	return why == wire.Deleted && (state == link.Gone || state == link.Refused)
}

// An eraseJob is what one device does at the relay.
type eraseJob struct {
	s       *space
	owned   []owned            // channels, with the keys that may own them
	found   []wire.FoundingKey // what names each of them
	lockers []*join.Rendezvous
	done    wire.StoreID // from which store it is gone already
}

// tendErasure erases at the relay what is left of a diary. The caller holds mu.
func (c *Client) tendErasure() {
	s := c.erasing()
	if s == nil || s.erased.busy || mediaFounding(s) == nil {
		return // carers have nothing to erase
	}
	now := c.env.Now()
	// The others are told first, those who are there now.
	wait := s.erased.seen.Add(2 * eraseSent).Sub(now)
	if s.erased.device == s.device.ID() {
		wait = min(eraseSent, s.erased.at.Add(eraseSent).Sub(now))
	}
	if !s.erasedDone.IsZero() || c.goneAt(s) {
		wait = 0
	}
	if wait = max(wait, s.erased.next.Sub(now)); wait > 0 {
		c.lookAgain(wait)
		return
	}
	j := eraseJob{s: s}
	if !s.erasedDone.IsZero() {
		j.done = s.erasedIn
	}
	media := mediaFounding(s)
	s.book.Lock()
	key, gen, _, void := c.ownKeys(s)
	if key != nil {
		home, photos := owned{}, owned{}
		for _, root := range roots(key, before(gen+1, gen), void) {
			home.old = append(home.old, foundingKey(root))
			photos.old = append(photos.old, mediaOwner(root))
		}
		j.owned = []owned{home, photos}
		j.found = []wire.FoundingKey{wire.FoundingKey(s.replica.Membership().Founding()), wire.FoundingKey(media.Public())}
	}
	s.book.Unlock()
	if key == nil {
		return
	}
	for _, k := range c.desk.sheets {
		if root, ok := c.openCard(k, seal.LabelAppLocker, k.locker); ok {
			j.lockers = append(j.lockers, join.LockerOf(root))
		}
	}
	for _, o := range c.p.oldLockers {
		j.lockers = append(j.lockers, join.LockerOf(o.root))
	}
	for _, sheet := range []join.Sheet{c.p.sheet, c.p.heir, c.p.retiring} {
		if sheet.Valid() {
			j.lockers = append(j.lockers, sheet.Locker())
		}
	}
	s.erased.busy = true
	ctx := c.ctx
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		store, err := c.eraseAt(ctx, j)
		c.mu.Lock()
		if c.v != nil {
			c.eraseSaid(ctx, s, store, err)
		}
		c.mu.Unlock()
		c.env.Changed()
	}()
}

// eraseAt does a job. Whatever was done before is done again: it does no harm.
func (c *Client) eraseAt(ctx context.Context, j eraseJob) (wire.StoreID, error) {
	ctx, cancel := context.WithTimeout(ctx, lockerWork)
	defer cancel()
	s, err := c.env.session(ctx)
	if err != nil {
		return wire.StoreID{}, err
	}
	defer s.Close()
	store := s.Hello.Store
	if j.done == store {
		return store, nil // it has not gone back
	}
	// Lockers first: they lead to what is erased then. Each has a connection of its
	// own, or the relay would learn to which diary a sheet belongs.
	for _, l := range j.lockers {
		own, err := c.env.session(ctx)
		if err != nil {
			return store, err
		}
		err = own.Delete(ctx, l.Founding)
		own.Close()
		if err != nil && !noAccess(err) {
			return store, err
		}
	}
	for i, o := range j.owned {
		err := error(&link.Refusal{Code: wire.NoAccess})
		for _, by := range o.old {
			if err = s.Erase(ctx, j.found[i], by); !noAccess(err) {
				break
			}
		}
		var no *link.Refusal
		if errors.As(err, &no) && no.Code == wire.Deleted {
			err = nil // the answer got lost, or another device was first
		}
		if err != nil {
			return store, err
		}
	}
	return store, nil
}

// eraseSaid keeps what became of an attempt. The caller holds mu.
func (c *Client) eraseSaid(ctx context.Context, s *space, store wire.StoreID, err error) {
	e, now := s.erased, c.env.Now()
	e.busy, e.no = false, noAccess(err)
	if err != nil {
		e.next = now.Add(min(erasePause<<min(e.tries, 11), eraseLater))
		e.tries++
		c.poke()
		return
	}
	e.tries, e.next = 0, now.Add(eraseLook)
	if s.erasedIn == store && !s.erasedDone.IsZero() {
		return
	}
	s.erasedIn = store
	if s.erasedDone.IsZero() {
		s.erasedDone = time.UnixMilli(now.UnixMilli())
	}
	c.keep(ctx, s) // if it cannot be kept, it is done again
}

// An Erasure is the end of a diary at the relay.
type Erasure struct {
	At     time.Time // when it was asked for
	Device string    // on which device; empty: it has no name, or is another's
	Here   bool      // on this one
	Own    bool      // the diary is this person's
	Done   time.Time // when this device saw that it is gone; zero: not yet
	No     bool      // the relay takes no key of this device
}

// Erasure tells of it, if the diary of this device was erased.
func (l Look) Erasure() (e Erasure, ok bool) {
	s := l.c.erasing()
	if s == nil {
		return e, false
	}
	e = Erasure{At: s.erased.at, Here: s.erased.device == s.device.ID(), Own: mediaFounding(s) != nil, Done: s.erasedDone, No: s.erased.no}
	if e.Own {
		for _, d := range l.Devices() {
			if d.ID == s.erased.device {
				e.Device = d.Name
			}
		}
	} else if l.c.goneAt(s) {
		e.Done = s.erased.at
	}
	return e, true
}

// MayErase reports why this device may not erase its diary at the relay: it helps
// with somebody else's (ErrRight), or a centre has to be left first (ErrCentres).
func (l Look) MayErase() error { return l.c.mayErase() }
