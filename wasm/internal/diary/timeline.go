package diary

import (
	"slices"
	"sort"

	"vialog/wasm/internal/arrange"
)

// A Filter chooses items. The zero Filter is all that stands.
type Filter struct {
	Kinds     []Kind // empty: what a person reads: treatments, bleeds, notes, messages, plans
	From, To  int64  // ms: When in [From, To); To 0: without end
	Retracted bool   // also what was taken back
	Match     func(*Item) bool
	Skip      int
	Limit     int // 0: all
}

// readable is what the zero Filter lists.
var readable = [...]Kind{KindTreatment, KindBleed, KindNote, KindMessage, KindPlan}

// Timeline lists items, newest first.
func (d *Diary) Timeline(f Filter) []*Item {
	var out []*Item
	skip := f.Skip
	d.each(f, func(it *Item) bool {
		if skip > 0 {
			skip--
			return true
		}
		out = append(out, it)
		return len(out) != f.Limit
	})
	return out
}

// each calls yield for the items of f, newest first, until it returns false.
func (d *Diary) each(f Filter, yield func(*Item) bool) {
	chosen := f.Kinds
	if len(chosen) == 0 {
		chosen = readable[:]
	}
	var lists [kinds][]*Item
	for k := range lists {
		if slices.Contains(chosen, firstKind+Kind(k)) {
			lists[k] = d.items(firstKind + Kind(k))
			if f.To != 0 {
				list := lists[k]
				lists[k] = list[:sort.Search(len(list), func(i int) bool { return list[i].When.Ms >= f.To })]
			}
		}
	}
	for {
		newest := -1
		for k, list := range lists {
			if len(list) > 0 && (newest < 0 || compareItems(list[len(list)-1], lists[newest][len(lists[newest])-1]) > 0) {
				newest = k
			}
		}
		if newest < 0 {
			return
		}
		list := lists[newest]
		it := list[len(list)-1]
		if it.When.Ms < f.From {
			return
		}
		lists[newest] = list[:len(list)-1]
		if (f.Retracted || it.Retracted == nil) && (f.Match == nil || f.Match(it)) && !yield(it) {
			return
		}
	}
}

// items are the items of a kind, oldest first.
func (d *Diary) items(k Kind) []*Item {
	d.settle()
	return d.indexes[k-firstKind].items()
}

// Get is the item that has a version named id.
func (d *Diary) Get(id ID) (*Item, bool) {
	d.settle()
	it := d.slots[id].owner()
	return it, it != nil
}

// owner is the item that s is a version of.
func (s *slot) owner() *Item {
	if s == nil || s.holder() == nil || s.fate != Counted || s.root == nil {
		return nil
	}
	return s.root.item
}

// A Version is one record in the history of an item.
type Version struct {
	ID      ID
	Entry   Entry // of the item's kind, or a *Retract
	Author  Author
	Written int64
	Because string // why it corrects or retracts
	Fate    Fate
	Current bool
	Own     bool
	Copies  int // how often it was read again from other spaces

	rec *Record
}

// version describes the i-th claim of s.
func (d *Diary) version(s *slot, i int) Version {
	v := s.claims[i]
	out := Version{
		ID: s.id, Entry: v.entry, Author: v.rec.Author, Written: v.rec.Written, Because: v.entry.Top().Because, Fate: s.fate,
		Own: v.rec.Own, Copies: v.copies, rec: &v.rec,
	}
	r, retracts := v.entry.(*Retract)
	if retracts {
		out.Because = r.Reason
	}
	switch {
	case i > 0:
		out.Fate = IDTaken
	case retracts:
		out.Fate = d.takeFate(s)
	default:
		it := s.owner()
		out.Current = it != nil && it.current == s
	}
	return out
}

// History lists all records about the item that has a version named id, in
// the order they were written: versions, retractions, and what was ignored.
func (d *Diary) History(id ID) []Version {
	d.settle()
	s := d.slots[id]
	if s == nil || s.root == nil {
		return nil
	}
	var out []Version
	for _, s := range s.root.tree() {
		for i := range s.claims {
			out = append(out, d.version(s, i))
		}
		for _, t := range s.takes {
			out = append(out, d.version(t, 0))
		}
	}
	sortVersions(out)
	return out
}

func sortVersions(list []Version) {
	arrange.By(list, func(a, b Version) int { return compareRecords(a.rec, b.rec) })
}

// takeFate is the fate of the retraction that holds t.
func (d *Diary) takeFate(t *slot) Fate {
	r := t.holder()
	target := d.slots[r.entry.(*Retract).Entry]
	switch {
	case target.holder() == nil:
		return Waiting
	case target.fate != Counted:
		return target.fate
	case target.root.item == nil:
		return WrongKind
	case !r.rec.Author.mayChange(target.root.holder().rec.Author):
		return WrongAuthor
	}
	return Counted
}

// Ignored lists the records that name an entry they cannot change, whose ID is
// taken or that go in a circle, in the order they were written. What waits for
// an entry that has not arrived is listed with them.
func (d *Diary) Ignored() []Version {
	d.settle()
	var out []Version
	for _, s := range d.slots {
		for i := range s.claims {
			if v := d.version(s, i); v.Fate != Counted {
				out = append(out, v)
			}
		}
	}
	sortVersions(out)
	return out
}

// Displaced lists the records of a kind whose ID another record holds, in the order
// they were written.
func (d *Diary) Displaced(k Kind) (out []Version) {
	d.settle()
	for _, s := range d.slots {
		for i := 1; i < len(s.claims); i++ {
			if s.claims[i].rec.Kind == k {
				out = append(out, d.version(s, i))
			}
		}
	}
	sortVersions(out)
	return out
}

// Unknown lists the records of kinds that this version does not know.
func (d *Diary) Unknown() []Record { d.wake(); return sortedRecords(d.unknown) }

// Unreadable lists the records that Add refused.
func (d *Diary) Unreadable() []Record { d.wake(); return sortedRecords(d.unreadable) }

func sortedRecords(list []Record) []Record {
	out := slices.Clone(list)
	arrange.By(out, func(a, b Record) int { return compareRecords(&a, &b) })
	return out
}

// Len is the number of different records that were added.
func (d *Diary) Len() int {
	if d.Resting() {
		return d.count
	}
	return len(d.hashes)
}

// Amend is a correction of it to be edited and written: a copy of the current
// version with an ID of its own, which also settles a conflict.
func Amend(it *Item, now Moment, because string) (Entry, error) {
	body, err := Encode(it.Entry)
	if err != nil {
		return nil, err
	}
	e, err := Decode(it.Kind(), body)
	if err != nil {
		return nil, err
	}
	h := e.Top()
	h.Supersedes, h.ID = h.ID, NewID()
	h.Entered, h.Because = now, because
	h.Also = it.Conflict[:min(len(it.Conflict), maxAlso)]
	return e, nil
}

// Records lists everything that was added, in the order it was written. Of the
// same entry in several statements it lists the earliest.
func (d *Diary) Records() []Record {
	d.wake()
	out := append(sortedRecords(d.unknown), d.unreadable...)
	for _, s := range d.slots {
		for _, v := range s.claims {
			out = append(out, v.rec)
		}
	}
	return sortedRecords(out)
}

// Hash names the statement of v.
func (v Version) Hash() [32]byte { return v.rec.Hash }
