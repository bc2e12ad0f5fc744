package diary

import (
	"slices"

	"vialog/wasm/internal/arrange"
)

// A Sighting says who has looked at which version of an item, and when.
type Sighting struct {
	By      Author
	At      int64 // ms; the first time
	Version ID
	Current bool
}

// Sightings lists who has looked at it, earliest first, each device once for
// each version.
func (d *Diary) Sightings(it *Item) []Sighting {
	d.settle()
	if it.root.item == nil {
		return nil
	}
	type of struct {
		device  [32]byte
		version ID
	}
	first := make(map[of]*Record)
	for _, s := range it.root.tree() {
		if s.fate != Counted {
			continue
		}
		for _, l := range s.seens {
			r := &l.holder().rec
			k := of{r.Author.Device, s.id}
			if old := first[k]; old == nil || compareRecords(r, old) < 0 {
				first[k] = r
			}
		}
	}
	type found struct {
		rec *Record
		id  ID
	}
	list := make([]found, 0, len(first))
	for k, r := range first {
		list = append(list, found{r, k.version})
	}
	arrange.By(list, func(a, b found) int {
		if c := compareRecords(a.rec, b.rec); c != 0 {
			return c
		}
		return compareID(a.id, b.id)
	})
	out := make([]Sighting, len(list))
	for i, f := range list {
		out[i] = Sighting{f.rec.Author, f.rec.Written, f.id, f.id == it.root.item.current.id}
	}
	return out
}

// A SeenState says whether a side knows an item as it stands.
type SeenState uint8

const (
	NotSeen     SeenState = iota
	SeenEarlier           // an earlier version, not this one
	SeenCurrent
)

// Key is the catalogue key, "seen.current".
func (s SeenState) Key() string {
	return [...]string{"seen.not", "seen.earlier", "seen.current"}[min(s, SeenCurrent)]
}

// Seen tells whether the side of by has seen it. A side has seen what it wrote.
func (d *Diary) Seen(it *Item, by Who) SeenState {
	d.settle()
	side := Author{Who: by}
	if it.Author.sameSide(side) {
		return SeenCurrent
	}
	for _, l := range it.current.seens {
		if l.holder().rec.Author.sameSide(side) {
			return SeenCurrent
		}
	}
	if it.Versions > 1 {
		for _, s := range it.root.tree() {
			for _, l := range s.seens {
				if s.fate == Counted && l.holder().rec.Author.sameSide(side) {
					return SeenEarlier
				}
			}
		}
	}
	return NotSeen
}

// Unseen lists what the side of by has not seen as it stands, newest first.
func (d *Diary) Unseen(by Who, f Filter) []*Item {
	match := f.Match
	f.Match = func(it *Item) bool {
		return (match == nil || match(it)) && d.Seen(it, by) != SeenCurrent
	}
	return d.Timeline(f)
}

// Messages is the conversation in reading order, its last limit lines; 0: all.
func (d *Diary) Messages(limit int) []*Item {
	out := d.Timeline(Filter{Kinds: []Kind{KindMessage}, Limit: limit})
	slices.Reverse(out)
	return out
}

// Unread counts the messages of the other side that the side of by has not seen.
func (d *Diary) Unread(by Who) int {
	n := 0
	for _, it := range d.items(KindMessage) {
		if it.Retracted == nil && d.Seen(it, by) != SeenCurrent {
			n++
		}
	}
	return n
}

// About lists the notes and messages about it, in reading order.
func (d *Diary) About(it *Item) []*Item {
	return d.referring(it, func(r *Item) bool { return r.Kind() == KindNote || r.Kind() == KindMessage })
}

// referring lists the standing items whose current version names a version of
// it, oldest first.
func (d *Diary) referring(it *Item, match func(*Item) bool) []*Item {
	d.settle()
	var out []*Item
	add := func(s *slot) {
		for _, r := range s.refs {
			if o := r.owner(); o != nil && o.current == r && o.Retracted == nil && match(o) {
				out = append(out, o)
			}
		}
	}
	if len(it.root.kids) == 0 {
		add(it.root)
	} else {
		for _, s := range it.root.tree() {
			if s.fate == Counted {
				add(s)
			}
		}
	}
	arrange.By(out, compareItems)
	return out
}
