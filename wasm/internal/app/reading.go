package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"vialog/wasm/internal/link"
)

// A centre's device reads a thousand diaries when it is unlocked, for minutes. It
// reads the team's space and a few of the patients', and is open: the others follow
// beside everything else, one after the other, and are there as soon as they are
// read. Upkeep waits for all of them: what a diary lacks that is not read yet, such
// as the replica for a patient's card, it would make a second time.

const (
	// readAtOnce is how many patients' diaries are read before the vault is open.
	readAtOnce = 8

	// readingShown lies between two looks at how far reading is.
	readingShown = 300 * time.Millisecond

	// readingRest is left to everybody else after each diary: in a browser all of it
	// is one thread.
	readingRest = time.Millisecond
)

// ErrReading reports what needs all diaries while they are still being read.
var ErrReading = errors.New("app: the diaries are still being read")

// A reading is what is left to be read after unlocking.
type reading struct {
	left []*space // without a replica, by their numbers
	of   int      // patients in all
}

// loadSpace reads a space back and takes it among the others. The caller holds mu.
func (c *Client) loadSpace(ctx context.Context, s *space) error {
	c.prepare(s)
	r, err := link.Load(ctx, c.config(s))
	if err != nil {
		return err
	}
	s.replica = r
	c.place(s)
	c.mapCentre(s)
	if s.role == rolePatient && c.openCount() >= c.openLimit {
		s.diary.Rest(c.reader(s)) // it would not stay
	}
	c.absorb(s, r.Entries())
	return nil
}

// place puts a space where its number is among the others: what is founded while
// reading goes on is newer than what is read.
func (c *Client) place(s *space) {
	at, _ := slices.BinarySearchFunc(c.spaces, s, func(a, b *space) int { return cmp.Compare(a.n, b.n) })
	c.spaces = slices.Insert(c.spaces, at, s)
}

// startReading puts the record into its book, reads what is left, and then begins
// upkeep. The caller holds mu.
func (c *Client) startReading() {
	c.work.Add(1)
	ctx, diaries := c.ctx, len(c.reading.left) > 0
	go func() {
		defer c.work.Done()
		for !c.fileNext(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(readingRest):
			}
		}
		if !diaries {
			return
		}
		var toTell atomic.Bool
		for c.readNext(ctx) {
			if !toTell.Swap(true) {
				time.AfterFunc(readingShown, func() {
					toTell.Store(false)
					c.env.Changed()
				})
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(readingRest):
			}
		}
		c.env.Changed()
	}()
}

// fileNext puts a part of the record into its book, and tells whether that was the last.
func (c *Client) fileNext(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.v == nil || ctx.Err() != nil || c.fileFor(holdFor)
}

// readNext reads one diary, and tells whether there are more.
func (c *Client) readNext(ctx context.Context) bool {
	c.mu.Lock()
	if c.v == nil || ctx.Err() != nil {
		c.mu.Unlock()
		return false
	}
	s := c.reading.left[0]
	c.prepare(s)
	cfg := c.config(s)
	c.mu.Unlock()

	r, err := link.Load(ctx, cfg) // the longest part, without mu

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.v == nil || ctx.Err() != nil:
		return false
	case err != nil:
		c.unread = err
		return false
	}
	s.replica = r
	c.place(s)
	c.absorb(s, r.Entries())
	if c.env.Read != nil {
		c.env.Read(newLook(c), s.n) // the diary is in memory now; most rest again with the next
	}
	if c.registered() {
		c.connect(s)
	}
	c.mail.poke()
	if c.reading.left = c.reading.left[1:]; len(c.reading.left) > 0 {
		return true
	}
	c.reading = reading{}
	if c.registered() {
		c.startUpkeep()
	}
	return false
}

// Reading tells how many patients' diaries are still to be read after unlocking,
// and of how many: until then whatever asks all of them has not the whole answer.
func (l Look) Reading() (left, of int) { return len(l.c.reading.left), l.c.reading.of }
