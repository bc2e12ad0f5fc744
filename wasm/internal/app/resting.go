package app

import (
	"context"
	"slices"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/link"
)

// A centre has up to a thousand patients with diaries of ten years. In memory a
// record takes a kilobyte, so that only some of the diaries are there; the others
// rest, and are read again from the vault when they are asked something.

// openRecords is how many records of diaries are in memory at most, besides those
// of one diary: some 100 MB. Of those with ten years these are forty; what lists need of
// the others is kept when they are read.
const openRecords = 100_000

// reader reads the records of a patient's diary again.
func (c *Client) reader(s *space) func(add func(diary.Record)) error {
	return func(add func(diary.Record)) error {
		all, err := s.replica.All(context.WithoutCancel(c.ctx))
		if err != nil {
			c.unread = err
			go c.env.Changed()
			return err
		}
		for _, e := range all {
			if e.Type >= 16 && e.Type < 32 {
				if rec, ok := c.recordOf(s, e); ok {
					add(rec)
				}
			}
		}
		c.keepOpen(s)
		return nil
	}
}

// openCount counts the records in memory.
func (c *Client) openCount() (n int) {
	for _, s := range c.open {
		n += s.inMemory()
	}
	return n
}

// inMemory counts the records of a patient's diary, and of what is shown of it.
func (s *space) inMemory() int {
	n := s.diary.Len()
	if d := s.less.diary; d != nil && !d.Resting() {
		n += d.Len()
	}
	return n
}

// keepOpen notes that a patient's diary was just asked, and lets those rest that
// were asked last longest ago, as long as there are too many records in memory.
func (c *Client) keepOpen(s *space) {
	if i := slices.Index(c.open, s); i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	}
	c.open = append(c.open, s)
	n := c.openCount()
	c.open = slices.DeleteFunc(c.open, func(o *space) bool {
		// What was accepted and is not shown yet would be counted twice.
		if o == s || n <= c.openLimit || o.absorbed != o.replica.Len() {
			return false
		}
		n -= o.inMemory()
		o.diary.Rest(c.reader(o))
		if o.less.diary != nil {
			o.less.diary.Rest(o.less.read)
		}
		return true
	})
}

// hashOf is the statement that an entry of this space stands in.
func (s *space) hashOf(id diary.ID) (h link.Hash, ok bool) {
	if s.role == rolePatient {
		return s.diary.Statement(id)
	}
	h, ok = s.view.hashes[id]
	return h, ok
}

// A gist is what is asked of every diary again and again. It is worked out when the
// diary has another record.
type gist struct {
	size    int // records of the diary then
	entries int
	contact diary.Contact
	told    bool            // a contact
	gone    []diary.ID      // pictures of photos that were taken back
	recalls []Warned        // what the centre called back, also what it took back again
	held    []diary.HeldLot // in the stock
	batches map[string]bool // of the lots that were used or are in the stock
}

// briefsAtOnce bounds how many diaries one round of upkeep reads again for it, while
// everybody else waits.
const briefsAtOnce = 20

// knows reports that the gist is known, or can be for little: left counts the diaries
// that may still be read again. It is false where there was none left.
func (s *space) knows(left *int) bool {
	if s.diary.Resting() && !s.hasGist() {
		*left--
	}
	return *left >= 0
}

func (s *space) hasGist() bool { return s.gist.batches != nil && s.gist.size == s.diary.Len() }

func (s *space) brief() *gist {
	d := s.diary
	if s.hasGist() {
		return &s.gist
	}
	g := gist{size: d.Len(), batches: d.Batches(), held: d.HeldLots(), recalls: warned(d)}
	g.entries = len(d.Timeline(diary.Filter{}))
	have, it := d.Contact(nil)
	g.contact, g.told = have, it != nil
	for _, it := range d.AllPhotos() {
		if it.Retracted != nil {
			g.gone = append(g.gone, it.Photo().Blob)
		}
	}
	if d.Resting() {
		return &g // it could not be read: see Unread
	}
	s.gist = g
	return &s.gist
}

// EntryCount is how many entries a patient's diary has for a reader.
func (l Look) EntryCount(n uint32) int {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		return s.brief().entries
	}
	return 0
}

// Unread is why a diary could not be read again from this device's disk; nil: all
// could. What was shown of it since is not whole.
func (l Look) Unread() error { return l.c.unread }
