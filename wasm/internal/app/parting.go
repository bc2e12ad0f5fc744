package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/pseudonym"
	"vialog/wasm/internal/seal"
)

// A patient and a centre part: the patient leaves, or the centre discharges. One
// statement in their space says so, to all devices of both. From there on nothing
// of the diary is written into the space, and an owner's device takes the team out
// of it, with new keys: what is said later the centre cannot read, and the relay
// does not let it in. What the centre has read, and its record, stay with it.
const (
	typeParting link.Type = 47 // centre: the patient leaves, or is discharged
	typeClosed  link.Type = 90 // team: a patient is the centre's no longer
)

const (
	fieldPartingReason = iota + 1 // of 47
	fieldPartingConsent
)

const (
	fieldClosedReason = iota + 90
	fieldClosedAt
	fieldClosedCentre
)

// PartingReason is why a patient and a centre part.
type PartingReason uint8

// Reasons; other numbers of later versions are read as PartingUnsaid.
const (
	PartingUnsaid PartingReason = iota
	PartingOther                // to another centre
	PartingMoved                // moved away
	PartingWish                 // the patient wishes to stop
	PartingDied
	PartingMistake // should not have been connected
	partingReasons
)

// ErrParted reports a patient and a centre that are not connected any more.
var ErrParted = errors.New("app: patient and centre have parted")

// A Parting is the end between a patient and a centre.
type Parting struct {
	At       time.Time
	Reason   PartingReason
	ByCentre bool
	By       string     // who at the centre, if it discharged
	Shut     bool       // the centre's keys are out of the space
	Died     diary.Date // at a centre, of who died: when; zero: not known
	Withdrew link.Hash  // the agreement that the patient took back; zero: none

	account keyring.AccountID
	hash    link.Hash
}

// partingBody is that of 47, by which the patient also takes back an agreement.
func partingBody(r PartingReason, withdrawn link.Hash) []byte {
	f := make(fields)
	if withdrawn != (link.Hash{}) {
		f[fieldPartingConsent] = withdrawn[:]
	}
	f.setNumber(fieldPartingReason, uint64(r))
	return f.bytes()
}

func parsePartingReason(n uint64) PartingReason {
	if n >= uint64(partingReasons) {
		return PartingUnsaid
	}
	return PartingReason(n)
}

// takeParting keeps the end between a patient and a centre: the first that was
// said counts, whoever said it.
func (s *space) takeParting(e *link.Entry) {
	f, err := parseFields(e.Body)
	if err != nil || e.Right != keyring.Own && e.Right != keyring.Treat {
		return
	}
	p := &Parting{
		At: time.UnixMilli(e.Time), Reason: parsePartingReason(f.number(fieldPartingReason)), ByCentre: e.Right == keyring.Treat,
		account: e.Account, hash: e.Hash(),
	}
	if h, ok := copy32(f[fieldPartingConsent]); ok && !p.ByCentre {
		p.Withdrew = h
	}
	s.answered = s.answered || p.ByCentre
	if o := s.parting; o != nil && (o.At.Before(p.At) || o.At.Equal(p.At) && string(o.hash[:]) <= string(p.hash[:])) {
		return
	}
	s.parting = p
	if s.role == roleCentre {
		s.state = CentreLeft
		if p.ByCentre {
			s.state = CentreDischarged
		}
	}
}

// LeaveCentre ends the sharing with a centre. Nothing goes there from here on. Only
// who owns the diary may.
func (c *Client) LeaveCentre(ctx context.Context, n uint32, why PartingReason) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.parts(n, roleCentre)
	if err != nil {
		return err
	}
	if c.rightIn(s) != keyring.Own {
		return ErrRight
	}
	return c.part(ctx, s, why)
}

// Discharge ends a centre's care for a patient. Readers may not.
func (c *Client) Discharge(ctx context.Context, n uint32, why PartingReason) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.parts(n, rolePatient)
	if err != nil {
		return err
	}
	if c.rightIn(s) != keyring.Treat {
		return ErrRight
	}
	return c.part(ctx, s, why)
}

func (c *Client) parts(n uint32, role spaceRole) (*space, error) {
	if c.v == nil {
		return nil, ErrLocked
	}
	s := c.space(n)
	switch {
	case s == nil || s.role != role:
		return nil, ErrNotShared
	case c.expelled() || s.replica.Removed():
		return nil, link.ErrRemoved
	}
	return s, nil
}

func (c *Client) part(ctx context.Context, s *space, why PartingReason) error {
	if s.parting != nil {
		return nil
	}
	var withdrawn link.Hash
	if k := s.sharings.last(); k != nil && s.role == roleCentre {
		withdrawn = k.hash
	}
	if err := c.write(ctx, s, typeParting, partingBody(why, withdrawn)); err != nil {
		return err
	}
	c.poke()
	return nil
}

// partWith takes the team out of the spaces of centres that this diary was shared
// with. Who leaves waits until a device of the centre has answered, and so has read
// all that was said before: nothing new comes, and the centre has its record to
// keep. It does not wait for longer than a lease. The caller holds mu.
func (c *Client) partWith(ctx context.Context) {
	for _, s := range c.spaces {
		if s.role != roleCentre || s.parting == nil || !c.mayChange(s) || c.rightIn(s) != keyring.Own {
			continue
		}
		team := teamIn(s.replica.Space())
		if team == (keyring.TeamID{}) || !s.answered && c.env.Now().Sub(s.parting.At) <= leaseTime && !c.overdue(s) {
			continue
		}
		c.change(ctx, s, func(sp *keyring.Space, by keyring.Author, current seal.Secret, now time.Time) (keyring.Raw, seal.Secret, error) {
			return sp.RemoveMember(by, keyring.TeamRef(team), current, now)
		}) // again in the next round if it fails
	}
}

// silenced reports that nothing more may go to the centre of a space that was
// parted with, but for the farewell that this device has said.
func (c *Client) silenced(s *space) bool {
	return teamIn(s.replica.Space()) != (keyring.TeamID{}) && (s.parting.ByCentre || c.overdue(s))
}

// closeCards answers who has left, and says in the team's space which patients are
// its own no longer, for colleagues who come later and cannot read the patient's
// space. The caller holds mu.
func (c *Client) closeCards(ctx context.Context) {
	prim := c.primary()
	if !c.caughtUp(prim) {
		return
	}
	for s := range c.slowly(ctx) {
		if s.role != rolePatient || s.card == nil {
			continue
		}
		p := c.ended(s)
		if p == nil {
			continue
		}
		if !s.answered && !p.Shut && c.caughtUp(s) {
			c.write(ctx, s, typeParting, partingBody(p.Reason, link.Hash{}))
		}
		if c.desk.closed[s.card.id] == nil {
			c.write(ctx, prim, typeClosed, closedBody(s.card.id, p))
		}
	}
}

// closed is a patient who is the centre's no longer, as its team says.
type closed struct {
	Parting
	said int64
}

func closedBody(card [32]byte, p *Parting) []byte {
	f := fields{fieldCardOf: card[:]}
	f.setNumber(fieldClosedReason, uint64(p.Reason))
	f.setNumber(fieldClosedAt, uint64(p.At.UnixMilli()))
	if p.ByCentre {
		f.setNumber(fieldClosedCentre, 1)
	}
	return f.bytes()
}

func parseClosed(body []byte) (card [32]byte, p Parting, err error) {
	f, err := parseFields(body)
	if err != nil {
		return card, p, err
	}
	card, ok := copy32(f[fieldCardOf])
	at := f.number(fieldClosedAt)
	if !ok || at == 0 || at >= 1<<53 || f.number(fieldClosedCentre) > 1 {
		return card, p, errFields
	}
	return card, Parting{
		At: time.UnixMilli(int64(at)), Reason: parsePartingReason(f.number(fieldClosedReason)), ByCentre: f.number(fieldClosedCentre) == 1,
	}, nil
}

// takeClosed adds a statement of type 90. Of several the first counts: the
// earliest, then the one with the smaller hash.
func (d *desk) takeClosed(e *link.Entry) {
	card, p, err := parseClosed(e.Body)
	if err != nil {
		return
	}
	p.account, p.hash = e.Account, e.Hash()
	if o := d.closed[card]; o != nil && (o.said < e.Time || o.said == e.Time && string(o.hash[:]) <= string(p.hash[:])) {
		return
	}
	d.closed[card] = &closed{p, e.Time}
}

// ended is the end between the two of a space, nil if there was none. A centre
// that was taken out without a word has heard no reason.
func (c *Client) ended(s *space) *Parting {
	out := s.role == rolePatient && s.replica.Removed() && !c.expelled()
	if s.parting == nil && !out {
		return nil
	}
	p := Parting{At: s.replica.Space().EpochTime()}
	if s.parting != nil {
		p = *s.parting
	}
	p.Shut = out || s.role == roleCentre && teamIn(s.replica.Space()) == (keyring.TeamID{})
	return &p
}

// parting is ended, with a name.
func (l Look) parting(s *space) *Parting {
	p := l.c.ended(s)
	if p == nil {
		return nil
	}
	p.Died = l.c.desk.diedOn(s.replica.Space().ID(), p)
	if p.ByCentre {
		s.book.Lock()
		if a, ok := s.book.Account(p.account); ok {
			p.By = a.Name()
		}
		s.book.Unlock()
	}
	return p
}

// A FormerPatient is one who parted with the centre before this device came to it,
// so that it cannot read what was shared then.
type FormerPatient struct {
	Pseudonym string
	Note      string
	Joined    time.Time
	Parting   Parting
}

// FormerPatients lists the patients that only the team's space tells of, in the order they joined.
func (l Look) FormerPatients() (out []FormerPatient) {
	for _, k := range l.c.desk.cards {
		end := l.c.desk.closed[k.id]
		if end == nil || slices.ContainsFunc(l.c.spaces, func(s *space) bool { return s.card != nil && s.card.id == k.id }) {
			continue
		}
		f := FormerPatient{Pseudonym: pseudonym.Of(k.space()).String(), Note: k.note, Joined: k.joined, Parting: end.Parting}
		f.Parting.Shut, f.Parting.Died = true, l.c.desk.diedOn(k.space(), &f.Parting)
		out = append(out, f)
	}
	return out
}
