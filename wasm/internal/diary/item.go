package diary

import (
	"bytes"
	"slices"

	"vialog/wasm/internal/arrange"
)

// An Item is an entry as it stands: its current version, with what is known
// about the others. It does not change; a later query may give a newer one.
type Item struct {
	ID      ID     // of its first version; Get takes the ID of any version
	Entry   Entry  // the current version; must not be changed
	When    Moment // the time it is about, its place in the timeline
	Author  Author // of the current version
	Written int64  // of the current version, ms
	Own     bool   // this account wrote the current version

	First     Author      // who wrote the first version
	Began     int64       // when the first version was written, ms
	Versions  int         // that count, 1 if never corrected
	Conflict  []ID        // concurrent corrections the current version won against
	Retracted *Retraction // nil if it stands
	Orphan    bool        // the version it corrects has not arrived

	root, current *slot
}

// Kind is the kind of its entry.
func (it *Item) Kind() Kind { return it.Entry.Kind() }

// Treatment is the entry as a treatment, nil if it is none; so are the others.
func (it *Item) Treatment() *Treatment { e, _ := it.Entry.(*Treatment); return e }
func (it *Item) Bleed() *Bleed         { e, _ := it.Entry.(*Bleed); return e }
func (it *Item) Note() *Note           { e, _ := it.Entry.(*Note); return e }
func (it *Item) Message() *Message     { e, _ := it.Entry.(*Message); return e }
func (it *Item) Plan() *Plan           { e, _ := it.Entry.(*Plan); return e }

// Given tells whether it is a treatment that stands and was given.
func (it *Item) Given() bool {
	t := it.Treatment()
	return t != nil && t.NotGiven == 0 && it.Retracted == nil
}

// A Retraction says who took an entry back, when and why.
type Retraction struct {
	By      Author
	Written int64
	Reason  string

	rec *Record
}

func compareItems(a, b *Item) int {
	switch {
	case a.When.Ms < b.When.Ms:
		return -1
	case a.When.Ms > b.When.Ms:
		return 1
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

// An index holds items by When. What is added waits until it is asked for and
// is then merged in: one late entry costs one pass over pointers, no sort.
type index struct {
	sorted []*Item // may hold items that were replaced since
	added  []*Item
	stale  bool // sorted holds such items
}

func (x *index) add(it *Item) { x.added = append(x.added, it) }

// stands tells whether it is still the item of its root.
func (it *Item) stands() bool { return it.root.item == it }

// items are the standing items, oldest first. The result is good until the
// next settle.
func (x *index) items() []*Item {
	if x.stale {
		replaced := func(it *Item) bool { return !it.stands() }
		x.sorted = slices.DeleteFunc(x.sorted, replaced)
		x.added = slices.DeleteFunc(x.added, replaced)
		x.stale = false
	}
	if len(x.added) > 0 {
		arrange.By(x.added, compareItems)
		x.sorted = merge(x.sorted, x.added)
		clear(x.added)
		x.added = x.added[:0]
	}
	return x.sorted
}

// merge puts b into a from behind; both are sorted.
func merge(a, b []*Item) []*Item {
	i, j := len(a)-1, len(b)-1
	a = append(a, b...)
	for k := len(a) - 1; j >= 0; k-- {
		if i >= 0 && compareItems(a[i], b[j]) > 0 {
			a[k] = a[i]
			i--
		} else {
			a[k] = b[j]
			j--
		}
	}
	return a
}
