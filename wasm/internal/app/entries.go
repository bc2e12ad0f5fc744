package app

import (
	"bytes"
	"context"
	"errors"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A diaryView is what the statements of one space add to a diary: at home and
// in the centres' spaces to the patient's one diary, at a centre to that
// patient's.
type diaryView struct {
	hashes   map[diary.ID]link.Hash // entries of this space, by their identifier in it; at a centre the diary knows
	back     map[diary.ID]diary.ID  // centre: identifiers here to those at home
	dangling map[diary.ID]bool      // centre: named before the entry at home was known
}

func newDiaryView() diaryView {
	return diaryView{make(map[diary.ID]link.Hash), make(map[diary.ID]diary.ID), make(map[diary.ID]bool)}
}

// who says from which side a member writes.
func who(r keyring.Right) (diary.Who, bool) {
	switch r {
	case keyring.Own:
		return diary.Patient, true
	case keyring.Care:
		return diary.Carer, true
	case keyring.Treat:
		return diary.Centre, true
	}
	return 0, false
}

// mayWrite is the table of who writes what. Readers apply it; the relay cannot.
func mayWrite(w diary.Who, k diary.Kind) bool {
	switch k {
	case diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindPack, diary.KindRemoval, diary.KindAbout, diary.KindPhoto, diary.KindCard:
		return w.Home()
	case diary.KindContact, diary.KindOpened:
		return w == diary.Centre
	case diary.KindMessage, diary.KindSeen, diary.KindRetract, diary.KindPlan, diary.KindRecall, diary.KindMeasure:
		return true
	}
	return false
}

// shared tells whether entries of a kind that home writes are copied to the centres.
func shared(k diary.Kind) bool { return k != diary.KindCard }

// recordOf is what a statement says in the diary that it belongs to, if its author
// may say that.
func (c *Client) recordOf(s *space, e *link.Entry) (rec diary.Record, ok bool) {
	w, ok := who(e.Right)
	kind := diary.Kind(e.Type)
	if kind == diary.KindOpened && e.Right == keyring.Read && c.ofCentre(s, e.Account) {
		w, ok = diary.Centre, true // also who may only read leaves a trace
	}
	if !ok || !mayWrite(w, kind) {
		return rec, false
	}
	if w == diary.Carer && kind == diary.KindSeen && s.role != rolePatient && c.homeRight() == keyring.Own {
		return rec, false // what a carer has read is still new to who keeps the diary
	}
	rec = diary.Record{
		Kind: kind, Body: e.Body, Written: e.Time, Seq: e.Seq, Hash: e.Hash(), Own: e.Account == s.account,
		Author: diary.Author{Who: w, Device: e.Device, Name: c.nameOf(s, e.Account, w)},
	}
	if s.role == rolePatient {
		rec.Body = bytes.Clone(rec.Body) // alone: that of the statement would hold its whole page
	}
	return rec, true
}

// show adds an accepted statement to the diary that it belongs to.
func (c *Client) show(s *space, e *link.Entry) {
	rec, ok := c.recordOf(s, e)
	if !ok {
		return
	}
	w, kind := rec.Author.Who, rec.Kind
	if s.role == rolePatient {
		if s.diary.Add(rec) == nil && kind == diary.KindOpened {
			s.visits = append(s.visits, visit{account: e.Account, at: e.Time})
		}
		s.follow(rec)
		return
	}
	entry, err := diary.Decode(kind, e.Body)
	if err == nil {
		s.view.hashes[entry.Top().ID] = e.Hash()
	}
	switch s.role {
	case roleHome:
		c.own.Add(rec)
		if err == nil {
			c.mapAll(s, entry.Top().ID)
		}
	case roleCentre:
		// What the patient wrote is known from home, but for what is said
		// to this centre only. Nobody but home writes a card.
		if err != nil || w.Home() && kind != diary.KindMessage && kind != diary.KindSeen && !(kind == diary.KindRetract && c.aboutMessage(s, entry)) {
			return
		}
		if w == diary.Centre {
			rec.Author.Centre = s.n
		}
		own := entry.Top().ID
		if entry, err = relabel(entry, s.home); err != nil {
			return
		}
		if entry.Top().ID == own {
			c.mapAll(s, own)
		}
		if rec.Body, err = diary.Encode(entry); err == nil {
			c.own.Add(rec)
		}
	}
}

// nameOf is the name that an author chose, where there is one.
func (c *Client) nameOf(s *space, id keyring.AccountID, w diary.Who) string {
	switch {
	case s.role == roleHome:
		return c.nameOfMember(id)
	case s.role == roleCentre && w.Home():
		return c.nameOfMember(c.people.holders[id])
	case w != diary.Centre:
		return ""
	}
	s.book.Lock()
	defer s.book.Unlock()
	if a, ok := s.book.Account(id); ok {
		return a.Name()
	}
	return ""
}

// home translates an identifier of a centre's space to the one at home.
func (s *space) home(id diary.ID) diary.ID {
	if h, ok := s.view.back[id]; ok {
		return h
	}
	if !id.IsZero() {
		s.view.dangling[id] = true
	}
	return id
}

// away translates an identifier of the diary to the one in a centre's space.
// What was said here, and only here, has one identifier; what home wrote and
// what another centre said has one for this centre.
func (s *space) away(id diary.ID) diary.ID {
	f := foreign(s.idKey, id)
	if _, here := s.view.hashes[id]; here && s.view.back[f] != id {
		return id
	}
	return f
}

// mapAll makes an entry of one space known under its identifier in every other
// centre's. If one has been named before, what was said there is read again.
func (c *Client) mapAll(from *space, id diary.ID) {
	for _, s := range c.spaces {
		if s.role != roleCentre || s == from {
			continue
		}
		f := foreign(s.idKey, id)
		s.view.back[f] = id
		if s.view.dangling[f] {
			c.stale = true
		}
	}
}

// mapCentre makes all entries at home, and what other centres said, known in
// one centre's space.
func (c *Client) mapCentre(s *space) {
	for _, from := range c.spaces {
		if s.role != roleCentre || from == s || from.role != roleHome && from.role != roleCentre {
			continue
		}
		for id := range from.view.hashes {
			if _, mirrored := from.view.back[id]; !mirrored {
				s.view.back[foreign(s.idKey, id)] = id
			}
		}
	}
}

// reread builds the diary again: rare, when a centre's words arrived before
// the entries that they are about.
func (c *Client) reread() {
	c.stale = false
	c.own = new(diary.Diary)
	for _, s := range c.spaces {
		if s.role == roleHome || s.role == roleCentre {
			s.view.dangling = make(map[diary.ID]bool)
			for _, e := range s.replica.Entries() {
				if e.Type >= 16 && e.Type < 32 {
					c.show(s, e)
				}
			}
		}
	}
}

// aboutMessage reports whether a retraction takes back a message of this space.
func (c *Client) aboutMessage(s *space, e diary.Entry) bool {
	r, ok := e.(*diary.Retract)
	if !ok {
		return false
	}
	_, mirrored := s.view.back[r.Entry]
	return !mirrored
}

// ErrNotShared reports a patient or centre that is not known here.
var ErrNotShared = errors.New("app: not shared with this device")

// Record keeps an entry of the patient's diary, at home and for each centre.
// It needs no network. The entry gets its identifier and time here if it has none.
func (c *Client) Record(ctx context.Context, e diary.Entry) (diary.ID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.record(ctx, e)
}

func (c *Client) record(ctx context.Context, e diary.Entry) (diary.ID, error) {
	home, err := c.homeSpace()
	if err != nil {
		return diary.ID{}, err
	}
	if c.homeRight() == keyring.Read {
		return diary.ID{}, ErrRight
	}
	body, err := c.encode(e)
	if err != nil {
		return diary.ID{}, err
	}
	if err := c.write(ctx, home, link.Type(e.Kind()), body); err != nil {
		return diary.ID{}, err
	}
	if e.Kind() == diary.KindRetract {
		c.poke() // perhaps a picture is to be forgotten
	}
	// From here on the entry is kept. A centre's copy that fails now is made
	// by upkeep.
	for _, s := range c.spaces {
		if s.role == roleCentre && s.sharing() && shared(e.Kind()) && c.writes(s) {
			if c.mirror(ctx, s, e) != nil {
				c.poke()
			}
		}
	}
	return e.Top().ID, nil
}

func (c *Client) homeSpace() (*space, error) {
	if c.v == nil {
		return nil, ErrLocked
	}
	s := c.primary()
	if s == nil || s.role != roleHome {
		return nil, errors.New("app: there is no diary on this device")
	}
	return s, nil
}

func (c *Client) encode(e diary.Entry) ([]byte, error) {
	h := e.Top()
	if h.ID.IsZero() {
		h.ID = diary.NewID()
	}
	if h.Entered.IsZero() {
		h.Entered = diary.MomentOf(c.env.Now())
	}
	return diary.Encode(e)
}

// writes reports that what home records may be written in a space.
func (c *Client) writes(s *space) bool {
	r := c.rightIn(s)
	return r == keyring.Own || r == keyring.Care
}

func (s *space) sharing() bool { return s.state < CentreRefused }

// mirror writes an entry of home into a centre's space, under its identifier there.
func (c *Client) mirror(ctx context.Context, s *space, e diary.Entry) error {
	to := func(id diary.ID) diary.ID { return foreign(s.idKey, id) }
	if _, ok := s.view.hashes[to(e.Top().ID)]; ok {
		return nil
	}
	copied, err := relabel(e, to)
	if err != nil {
		return err
	}
	body, err := diary.Encode(copied)
	if err != nil {
		return err
	}
	return c.write(ctx, s, link.Type(copied.Kind()), body)
}

// shareHistory writes what home holds and a centre's space does not: all of it
// after joining, later what a closed browser left undone. Entries of another
// device are given time to come from there.
func (c *Client) shareHistory(ctx context.Context, s *space, late time.Duration) error {
	home, err := c.homeSpace()
	if err != nil {
		return err
	}
	before := c.env.Now().Add(-late).UnixMilli()
	entries := home.replica.Entries()
	done := true // all up to here stands in the centre's space
	for i := s.mirrored; i < len(entries); i++ {
		e := entries[i]
		kind := diary.Kind(e.Type)
		w, ok := who(e.Right)
		switch {
		case e.Type < 16 || e.Type >= 32 || !ok || !mayWrite(w, kind) || !shared(kind):
		case !e.Own && e.Time > before:
			done = false // its own device has time to do it
		default:
			if entry, err := diary.Decode(kind, e.Body); err == nil {
				if err := c.mirror(ctx, s, entry); err != nil {
					return err
				}
			}
		}
		if done {
			s.mirrored = i + 1
		}
	}
	return nil
}

// Say writes a message into a centre's space: at home for the centre with that
// number, at a centre for the patient with that number. about may be zero.
func (c *Client) Say(ctx context.Context, n uint32, text string, about diary.ID) error {
	return c.Tell(ctx, n, &diary.Message{Text: text, About: about})
}

// Tell writes an entry that belongs to one shared space only: messages, plans,
// what was seen. Identifiers in it are those that this client shows.
func (c *Client) Tell(ctx context.Context, n uint32, e diary.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	s := c.space(n)
	if s == nil || s.role != roleCentre && s.role != rolePatient {
		return ErrNotShared
	}
	// What was read of a centre that is out is kept for the patient's own devices.
	if p := c.ended(s); p != nil && !(s.role == roleCentre && p.Shut && e.Kind() == diary.KindSeen) {
		return ErrParted
	}
	if s.role == roleCentre && !c.writes(s) && c.rightIn(s) != 0 {
		return ErrRight
	}
	if _, err := c.encode(e); err != nil {
		return err
	}
	if s.role == roleCentre {
		own := e.Top().ID
		var err error
		if e, err = relabel(e, func(id diary.ID) diary.ID {
			if id == own {
				return id
			}
			return s.away(id)
		}); err != nil {
			return err
		}
	}
	body, err := diary.Encode(e)
	if err != nil {
		return err
	}
	return c.write(ctx, s, link.Type(e.Kind()), body)
}

func (c *Client) space(n uint32) *space {
	for _, s := range c.spaces {
		if s.n == n {
			return s
		}
	}
	return nil
}

// SealDraft keeps a half-filled form over reloads and locking.
func (c *Client) SealDraft(ctx context.Context, draft []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	return c.v.Write(ctx, []vaultRecord{{Key: "draft", Value: draft}})
}

// Draft returns what SealDraft kept, nil if nothing.
func (c *Client) Draft(ctx context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return nil, ErrLocked
	}
	return c.v.Get(ctx, "draft")
}
