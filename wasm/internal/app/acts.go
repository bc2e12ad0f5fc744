package app

import (
	"context"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
)

// SheetDone notes that the recovery sheet is on paper. The seed goes from this
// device as soon as the relay holds what the sheet leads to.
func (c *Client) SheetDone(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	return c.keepProfile(ctx, func(p *profile) {
		if p.heir.Valid() {
			p.heirMade = c.env.Now()
			return
		}
		p.sheetMade = c.env.Now()
		c.dropSheet()
	})
}

// dropSheet forgets a seed that is on paper and has led its way.
func (c *Client) dropSheet() {
	if !c.p.sheetMade.IsZero() && c.p.locker == nil {
		c.p.sheet = join.Sheet{}
	}
}

// SetCaseNote writes the centre's own note on a patient.
func (c *Client) SetCaseNote(ctx context.Context, n uint32, note string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	s := c.space(n)
	if s == nil || s.card == nil {
		return ErrNotShared
	}
	f := fields{fieldCardOf: s.card.id[:], fieldCardNote: []byte(note)}
	return c.write(ctx, c.primary(), typeCaseNote, f.bytes())
}

// OffersAlone asks the relay whether it offers diaries without a centre.
func (c *Client) OffersAlone(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := c.env.session(ctx)
	if err != nil {
		return false
	}
	defer s.Close()
	return s.Hello.OpenTenant != wire.TenantID{}
}
