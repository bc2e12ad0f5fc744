package app

import (
	"context"
	"errors"

	"vialog/wasm/internal/diary"
)

// ErrNotOurs reports an entry of a kind that home does not write.
var ErrNotOurs = errors.New("app: not an entry that home writes")

// importable tells whether an entry that comes from a file may be written by
// home: what home writes for itself, not what it says to a centre.
func importable(k diary.Kind) bool {
	return mayWrite(diary.Patient, k) && k != diary.KindMessage && k != diary.KindSeen && k != diary.KindPhoto
}

// Import writes entries that came from a file, under their own identifiers and
// in their order, and tells how many it wrote. Those that the diary has by now
// are left out, so that it can be done again after it was interrupted.
func (c *Client) Import(ctx context.Context, list []diary.Entry) (added int, err error) {
	for _, e := range list {
		if !importable(e.Kind()) {
			return added, ErrNotOurs
		}
		has, err := c.has(e.Top().ID)
		if err != nil {
			return added, err
		}
		if has {
			continue
		}
		if _, err := c.Record(ctx, e); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// has tells whether an identifier is in use at home.
func (c *Client) has(id diary.ID) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	home, err := c.homeSpace()
	if err != nil {
		return false, err
	}
	_, ok := home.view.hashes[id]
	return ok, nil
}
