package app

import (
	"context"
	"time"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// A device that came back by the recovery sheet knows nothing but what the
// relay shows it. A relay that went back, or that lies, would show an old state
// which fits together. The device says so until a statement of somebody else
// names one of its own: who wrote that has seen this device, and everything that
// it had seen by then is named with it, so that what is missing here is noticed.
//
// Whoever sees a device arrive that came later than its account answers with a
// checkpoint, once.

// met notes who wrote in a space, whom this device has named there, and whether
// another has named it.
func (s *space) met(e *link.Entry) {
	me := s.device.ID()
	if e.Device == me {
		s.wrote = true
	} else {
		if _, ok := s.writers[e.Device]; !ok {
			s.writers[e.Device] = e.Account
		}
	}
	for _, h := range e.Heads {
		switch {
		case e.Device == me:
			s.vouched[h.Device] = true
		case h.Device == me:
			s.named = true
		}
	}
}

// vouch answers devices that came later than their account. The caller holds mu.
func (c *Client) vouch(ctx context.Context, s *space) {
	if s.replica.Forked() || s.replica.Removed() {
		return
	}
	answer := false
	for id, account := range s.writers {
		if !s.vouched[id] {
			s.vouched[id] = true // once; the next unlocking finds out whether it was said
			answer = answer || cameLater(s, account, id)
		}
	}
	if !answer || c.introduce(ctx, s, link.TypePoint) != nil {
		return
	}
	if u, err := s.replica.Checkpoint(ctx); err == nil {
		c.absorb(s, u.Entries)
	}
}

// cameLater reports whether a device was added to its account after it was
// founded: by the sheet, or by a device that nobody may have heard of here.
func cameLater(s *space, account keyring.AccountID, id seal.DeviceID) bool {
	s.book.Lock()
	defer s.book.Unlock()
	a, ok := s.book.Account(account)
	if !ok {
		return false
	}
	for i, d := range a.Devices() {
		if d.ID == id {
			return i > 0 && !d.Sheet
		}
	}
	return false
}

// confirm ends the doubt about what the relay showed this device when it came
// back. The caller holds mu.
func (c *Client) confirm(ctx context.Context) {
	if c.p.restored.IsZero() {
		return
	}
	for _, s := range c.spaces {
		if s.named && c.caughtUp(s) && s.replica.Missing() == 0 && len(s.replica.Alarms()) == 0 {
			if c.keepProfile(ctx, func(p *profile) { p.restored = time.Time{} }) == nil {
				c.env.Changed()
			}
			return
		}
	}
}
