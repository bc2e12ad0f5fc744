package app

import (
	"context"
	"errors"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// The day on which a patient died, as far as the centre knows it. It stands in
// the team's space only: at home nothing is said of death. It may be learned long
// after the death was entered, so it is a statement of its own, and the last counts.

// typeDeath is when a patient died, or that this is not known.
const typeDeath link.Type = 84

const fieldDied = 130

// ErrDay reports a day that is none, or that has not come.
var ErrDay = errors.New("app: not a day that has come")

// A death is what the team last said of the day.
type death struct {
	saying
	day diary.Date // zero: not known
}

// farthestEast is how far the day is ahead of UTC's anywhere.
const farthestEast = 14 * time.Hour

// come tells whether a day has begun somewhere at a time.
func come(d diary.Date, t time.Time) bool { return !diary.DateOf(t.UTC().Add(farthestEast)).Before(d) }

func deathBody(id keyring.SpaceID, d diary.Date) []byte {
	f := fields{fieldWorkSpace: id[:]}
	if !d.IsZero() {
		f.setNumber(fieldDied, numberOfDay(d))
	}
	return f.bytes()
}

func parseDeath(body []byte) (id keyring.SpaceID, d diary.Date, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, d, err
	}
	raw, ok := copy32(f[fieldWorkSpace])
	if !ok {
		return id, d, errFields
	}
	if f[fieldDied] != nil {
		if d, ok = dayOf(f.number(fieldDied)); !ok {
			return id, d, errFields
		}
	}
	return raw, d, nil
}

// takeDeath keeps what was last said: the latest, then the greater hash. A day
// that had not come anywhere when it was said is none.
func (d *desk) takeDeath(e *link.Entry) {
	id, day, err := parseDeath(e.Body)
	if err != nil || !day.IsZero() && !come(day, time.UnixMilli(e.Time)) {
		return
	}
	k := &death{saying{at: e.Time, hash: e.Hash()}, day}
	if o := d.deaths[id]; o != nil && o.after(k.at, k.hash) {
		return
	}
	if d.deaths == nil {
		d.deaths = make(map[keyring.SpaceID]*death)
	}
	d.deaths[id] = k
}

// diedOn is the day on which somebody died who has parted with the centre in
// that way, zero if it is not known or they have not.
func (d *desk) diedOn(id keyring.SpaceID, p *Parting) diary.Date {
	if k := d.deaths[id]; k != nil && p.Reason == PartingDied {
		return k.day
	}
	return diary.Date{}
}

// SetDeath keeps the day on which a patient died of whom that was entered; zero:
// it is not known. It takes the place of what was said before.
func (c *Client) SetDeath(ctx context.Context, n uint32, day diary.Date) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	s := c.space(n)
	if s == nil || s.role != rolePatient {
		return ErrNotShared
	}
	if p := c.ended(s); p == nil || p.Reason != PartingDied {
		return ErrNotShared
	}
	if !day.IsZero() {
		if d, ok := dayOf(numberOfDay(day)); !ok || d != day || !come(day, c.env.Now()) {
			return ErrDay
		}
	}
	id := s.replica.Space().ID()
	if k := c.desk.deaths[id]; k != nil && k.day == day || k == nil && day.IsZero() {
		return nil
	}
	return c.write(ctx, c.primary(), typeDeath, deathBody(id, day))
}

// endOf is how somebody parted of whom only the team's space tells; nil: it tells
// of no end.
func (d *desk) endOf(id keyring.SpaceID) *Parting {
	k := d.bySpace[id]
	if k == nil || d.closed[k.id] == nil {
		return nil
	}
	p := d.closed[k.id].Parting
	p.Died = d.diedOn(id, &p)
	return &p
}
