package app

import (
	"slices"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/record"
)

// What a centre's device knows of recalls without reading diaries again: who has
// been warned, has read it, and holds or has used a lot. A thousand diaries cannot
// be asked for each drawing of a page, or for each patient who is written to.

// A Warned is a recall of the centre as it stands in a patient's diary.
type Warned struct {
	ID     diary.ID
	Recall *diary.Recall
	About  string       // RecallKey of it
	By     diary.Author // who said it first
	At     int64        // ms
	Back   bool         // it was taken back, or another entry holds its identifier
	BackAt int64        // ms; 0: it was not taken back
	ReadAt int64        // ms; when somebody at home first saw it as it stands, 0: nobody has
	Told   []Told       // what the centre has written about it
}

// A Told is a message about a recall.
type Told struct {
	ID     diary.ID
	Text   string
	ReadAt int64 // as of Warned
}

// RecallKey names a recall by what it says, since each patient has an entry of
// his or her own: the product and the lots, however they are written.
func RecallKey(r *diary.Recall) string {
	var lots []string
	for _, l := range r.Lots {
		lots = append(lots, diary.PlainBatch(l.Batch)+" "+l.Expiry.String())
	}
	slices.Sort(lots)
	return string(r.Product) + "/" + strings.ToLower(strings.TrimSpace(r.ProductName)) + "/" + strings.Join(slices.Compact(lots), "/")
}

// warned lists the recalls of the centre in a diary.
func warned(d *diary.Diary) (out []Warned) {
	for _, it := range d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindRecall}, Retracted: true}) {
		if it.Author.Who != diary.Centre {
			continue
		}
		r := it.Entry.(*diary.Recall)
		w := Warned{ID: it.ID, Recall: r, About: RecallKey(r), By: it.First, At: it.Began, ReadAt: readAt(d, it)}
		if it.Retracted != nil {
			w.Back, w.BackAt = true, it.Retracted.Written
		}
		for _, m := range d.About(it) {
			if m.Message() != nil && m.Author.Who == diary.Centre {
				w.Told = append(w.Told, Told{m.ID, m.Message().Text, readAt(d, m)})
			}
		}
		out = append(out, w)
	}
	for _, v := range d.Displaced(diary.KindRecall) {
		if v.Author.Who == diary.Centre && !slices.ContainsFunc(out, func(w Warned) bool { return w.ID == v.ID }) {
			r := v.Entry.(*diary.Recall)
			out = append(out, Warned{ID: v.ID, Recall: r, About: RecallKey(r), By: v.Author, At: v.Written, Back: true})
		}
	}
	return out
}

// readAt is when somebody at home first saw an item as it stands.
func readAt(d *diary.Diary, it *diary.Item) int64 {
	for _, s := range d.Sightings(it) {
		if s.By.Who.Home() && s.Current {
			return s.At
		}
	}
	return 0
}

// follow keeps up what is known of a diary with a record that was just added to it:
// what the centre itself says of recalls, to a thousand patients at once, must not
// have all their diaries read again.
func (s *space) follow(rec diary.Record) {
	g := &s.gist
	if rec.Author.Who != diary.Centre || g.batches == nil || g.size+1 != s.diary.Len() {
		if rec.Author.Who == diary.Centre && rec.Kind == diary.KindRecall && s.listed != nil {
			s.listed.entries = -1
		}
		return
	}
	if rec.Kind == diary.KindOpened {
		g.size++
		return
	}
	e, err := diary.Decode(rec.Kind, rec.Body)
	if err != nil || !e.Top().Supersedes.IsZero() {
		return
	}
	of := func(id diary.ID) *Warned {
		if i := slices.IndexFunc(g.recalls, func(w Warned) bool { return w.ID == id }); i >= 0 && !g.recalls[i].Back {
			return &g.recalls[i]
		}
		return nil
	}
	switch e := e.(type) {
	case *diary.Recall:
		again := slices.ContainsFunc(g.recalls, func(w Warned) bool { return w.ID == e.ID })
		if s.listed != nil && (again || s.mayConcern(e)) {
			s.listed.entries = -1
		}
		if again {
			return // two devices said it at once
		}
		g.recalls = append(g.recalls, Warned{ID: e.ID, Recall: e, About: RecallKey(e), By: rec.Author, At: rec.Written})
	case *diary.Message:
		w := of(e.About)
		if w == nil {
			return
		}
		w.Told = append(w.Told, Told{ID: e.ID, Text: e.Text})
		g.entries++
	case *diary.Retract:
		w := of(e.Entry)
		if w == nil {
			return
		}
		w.Back, w.BackAt = true, rec.Written
	default:
		return
	}
	g.size++
}

// mayConcern tells whether a lot of a recall is or was in a diary, by its batch.
func (s *space) mayConcern(r *diary.Recall) bool {
	return slices.ContainsFunc(r.Lots, func(l diary.Lot) bool { return s.gist.batches[diary.PlainBatch(l.Batch)] })
}

// sure is the gist as of all that the diary holds. It is false if that could not
// be read.
func (s *space) sure() (*gist, bool) {
	g := s.brief()
	return g, s.hasGist()
}

// standing is the recall of a name that stands in a diary, nil if none does.
func (g *gist) standing(about string) *Warned {
	if i := slices.IndexFunc(g.recalls, func(w Warned) bool { return !w.Back && w.About == about }); i >= 0 {
		return &g.recalls[i]
	}
	return nil
}

// heldOf lists what the stock has of the lots of a recall.
func (g *gist) heldOf(r *diary.Recall) (out []diary.HeldLot) {
	for _, h := range g.held {
		if r.Means(h.Product, h.Lot) {
			out = append(out, h)
		}
	}
	return out
}

// gistOf is what is known of a diary, and whether that is all there is: a diary that
// rests is read again if there is time.
func (l Look) gistOf(s *space) (g *gist, all bool) {
	if s.hasGist() || l.mayWake(s) {
		return s.sure()
	}
	return &s.gist, false
}

// Warnings calls f for each recall of the centre that stands in the diary of a patient
// who shares it now.
func (l Look) Warnings(f func(n uint32, w *Warned)) {
	for _, s := range l.c.spaces {
		if s.role != rolePatient || l.c.ended(s) != nil {
			continue
		}
		g, _ := l.gistOf(s)
		for i := range g.recalls {
			if w := &g.recalls[i]; !w.Back {
				f(s.n, w)
			}
		}
	}
}

// A Traced is a patient whom a recall concerns, or may.
type Traced struct {
	PatientInfo
	Space keyring.SpaceID
	Has   *Warned         // nil: the patient does not have this recall
	Held  []diary.HeldLot // of its lots, in the stock
	Since []record.Row    // doses that the patient has written down and the record does not have yet
}

// A Tracing is what this device knows of a recall.
type Tracing struct {
	Found   []Traced // of the patients this device has the diary of
	Sent    int      // who have the recall, and share their diary now
	Missing int      // who do not
	Unread  int      // whose diary is still to be read, or read again: what is held there is not known
}

// Trace looks for the lots of a recall in all diaries; recorded are the patients whom
// the centre's record names. No diary has to be read for it.
func (l Look) Trace(r *diary.Recall, recorded map[keyring.SpaceID][]record.Row) (t Tracing) {
	about := RecallKey(r)
	for _, s := range l.c.spaces {
		if s.role != rolePatient {
			continue
		}
		x := Traced{Space: s.replica.Space().ID()}
		g, all := l.gistOf(s)
		if x.Has = g.standing(about); l.c.ended(s) == nil {
			switch {
			case x.Has != nil:
				t.Sent++
			case all:
				t.Missing++
			}
			if !all {
				t.Unread++
			}
		}
		x.Held, x.Since = g.heldOf(r), l.c.usedSince(s, r)
		if len(x.Held)+len(x.Since)+len(recorded[x.Space]) > 0 {
			x.PatientInfo = l.patient(s)
			t.Found = append(t.Found, x)
		}
	}
	left := l.Reachable() - l.PatientCount()
	t.Unread += left
	return t
}

// usedSince lists the doses of recalled lots that a patient has written down and that
// the record does not have yet: every version, as the record lists them.
func (c *Client) usedSince(s *space, r *diary.Recall) (out []record.Row) {
	list, _ := c.toRecord(s)
	for _, x := range list {
		if x.Kind == record.Retraction || !slices.ContainsFunc(x.Lots, func(l diary.Lot) bool { return r.Means(x.Product.ID, l) }) {
			continue
		}
		row := record.Row{Record: x}
		for _, later := range list {
			switch {
			case later.Of != x.Entry:
			case later.Kind == record.Retraction:
				row.State = record.Withdrawn
			case row.State == record.Stands:
				row.State = record.Corrected
			}
		}
		out = append(out, row)
	}
	return out
}
