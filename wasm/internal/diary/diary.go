package diary

import (
	"bytes"
	"slices"

	"vialog/wasm/internal/arrange"
)

// A Diary is what a set of records amounts to. The zero Diary is empty and
// ready. It is a function of the set: order and repetition do not matter.
// It is for one goroutine. Queries may finish work that Add put off.
type Diary struct {
	slots    map[ID]*slot
	spare    []slot // allocated together; a diary never shrinks
	hashes   map[[32]byte]struct{}
	indexes  [kinds]index // of items, by kind
	dirty    []*slot      // holders or references changed since the last settle
	pass     uint64       // number of the current settle
	path     []*slot      // scratch
	stock    *inventory   // nil until it is asked for
	used     map[usedLot][]*Item
	usedPass uint64 // of used

	unknown    []Record // of kinds this version does not know
	unreadable []Record // refused by Decode

	read  func(add func(Record)) error // not nil: it rests
	count int                          // of records, while it rests
	calm  int                          // of records that Stirred leaves out
}

// A slot is all that is known about an ID, which may be only that others name it.
type slot struct {
	id     ID
	claims []*version // records under this ID by precedence; the first holds it
	one    [1]*version
	kids   []*slot // corrections that name it
	refs   []*slot // treatments, bleeds, notes, messages and photos that name it
	seens  []*slot
	takes  []*slot // retractions that name it

	root  *slot  // of its tree of corrections, as of pass
	pass  uint64 // of the settle that found root
	done  uint64 // of the settle that resolved it
	fate  Fate
	item  *Item // only at a root
	dirty bool
}

type version struct {
	rec    Record
	entry  Entry
	copies int // the same entry in other statements, from other spaces
}

func (s *slot) holder() *version {
	if len(s.claims) == 0 {
		return nil
	}
	return s.claims[0]
}

// A Fate is what became of a record.
type Fate uint8

const (
	Counted     Fate = iota // it is an entry, or a version of one
	Waiting                 // it names an entry that has not arrived
	WrongAuthor             // the other side may not correct or take back
	WrongKind               // it names an entry that cannot be corrected by it
	Circular                // corrections that name each other
	IDTaken                 // another record holds its ID
)

var fateKeys = [...]string{"counted", "waiting", "wrongauthor", "wrongkind", "circular", "idtaken"}

// Key is the catalogue key, "fate.wrongauthor".
func (f Fate) Key() string {
	if int(f) >= len(fateKeys) {
		return "fate.unknown"
	}
	return "fate." + fateKeys[f]
}

// Add takes a record in. Its error is Decode's: such a record is kept and
// counted, but it is no entry. A record of an unknown kind is no error.
func (d *Diary) Add(r Record) error {
	if d.Resting() {
		d.count++
		d.calm += calm(&r)
		if !r.Kind.Known() {
			return nil
		}
		_, err := Decode(r.Kind, r.Body)
		return err
	}
	if _, ok := d.hashes[r.Hash]; ok {
		return nil
	}
	if d.slots == nil {
		d.slots = make(map[ID]*slot)
		d.hashes = make(map[[32]byte]struct{})
	}
	d.hashes[r.Hash] = struct{}{}
	d.calm += calm(&r)
	if !r.Kind.Known() {
		d.unknown = append(d.unknown, r)
		return nil
	}
	e, err := Decode(r.Kind, r.Body)
	if err != nil {
		d.unreadable = append(d.unreadable, r)
		return err
	}
	s := d.slot(e.Top().ID)
	v := &version{rec: r, entry: e}
	old := s.holder()
	if !s.claim(v) {
		return nil
	}
	if old != nil {
		d.link(s, old, false)
	}
	d.link(s, s.holder(), true)
	d.touch(s)
	return nil
}

// claim adds v to the claims of s and tells whether the holder changed. An ID
// belongs to the home side before the centre, then to the earlier record: what
// the patient wrote cannot be displaced by the other side. The same entry read
// from two spaces is one claim.
func (s *slot) claim(v *version) bool {
	for i, c := range s.claims {
		if c.rec.Kind == v.rec.Kind && c.rec.Author.sameSide(v.rec.Author) && bytes.Equal(c.rec.Body, v.rec.Body) {
			v.copies = c.copies + 1
			if compareClaims(v, c) > 0 {
				c.copies++
				return false
			}
			s.claims = slices.Delete(s.claims, i, i+1)
			at, _ := slices.BinarySearchFunc(s.claims, v, compareClaims)
			s.claims = slices.Insert(s.claims, at, v)
			return at == 0
		}
	}
	at, _ := slices.BinarySearchFunc(s.claims, v, compareClaims)
	s.claims = slices.Insert(s.claims, at, v)
	return at == 0
}

func compareClaims(a, b *version) int {
	if ah, bh := a.rec.Author.Who.Home(), b.rec.Author.Who.Home(); ah != bh {
		if ah {
			return -1
		}
		return 1
	}
	return compareRecords(&a.rec, &b.rec)
}

func (d *Diary) slot(id ID) *slot {
	s := d.slots[id]
	if s == nil {
		if len(d.spare) == 0 {
			d.spare = make([]slot, 64)
		}
		s = &d.spare[0]
		d.spare = d.spare[1:]
		s.id = id
		s.claims = s.one[:0]
		d.slots[id] = s
	}
	return s
}

func (d *Diary) touch(s *slot) {
	if !s.dirty {
		s.dirty = true
		d.dirty = append(d.dirty, s)
	}
}

// link enters what v, the holder of s, names; or takes it out again.
func (d *Diary) link(s *slot, v *version, in bool) {
	if id := v.entry.Top().Supersedes; !id.IsZero() {
		t := d.slot(id)
		t.kids = change(t.kids, s, in)
		d.touch(t)
	}
	switch e := v.entry.(type) {
	case *Seen:
		for _, id := range e.Entries {
			t := d.slot(id)
			t.seens = change(t.seens, s, in)
		}
	case *Retract:
		t := d.slot(e.Entry)
		t.takes = change(t.takes, s, in)
		d.touch(t)
	default:
		if id := about(v.entry); !id.IsZero() {
			t := d.slot(id)
			t.refs = change(t.refs, s, in)
		}
	}
}

func change(list []*slot, s *slot, in bool) []*slot {
	if in {
		return append(list, s)
	}
	if i := slices.Index(list, s); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// about is the entry that e is attached to.
func about(e Entry) ID {
	switch e := e.(type) {
	case *Treatment:
		return e.Bleed
	case *Bleed:
		return e.Again
	case *Note:
		return e.About
	case *Message:
		return e.About
	case *Photo:
		return e.About
	}
	return ID{}
}

// parent is the slot that the holder of s corrects, nil if there is none yet.
func (d *Diary) parent(s *slot) *slot {
	v := s.holder()
	if v == nil {
		return nil
	}
	if p := d.slots[v.entry.Top().Supersedes]; p != nil && p.holder() != nil {
		return p
	}
	return nil
}

// settle brings items and indexes up to date with what was added.
func (d *Diary) settle() {
	d.wake()
	if len(d.dirty) == 0 {
		return
	}
	d.pass++
	for _, s := range d.dirty {
		s.dirty = false
		if s.holder() == nil {
			continue
		}
		if root := d.findRoot(s); root == nil {
			d.void(s)
		} else if root.done != d.pass {
			d.resolve(root)
		}
	}
	d.dirty = d.dirty[:0]
}

// findRoot walks up from s to the entry that corrects none. It is nil for
// corrections that go round in a circle. Each slot is walked once in a pass.
func (d *Diary) findRoot(s *slot) *slot {
	path := d.path[:0]
	for s.pass != d.pass {
		s.pass, s.root = d.pass, nil
		path = append(path, s)
		p := d.parent(s)
		if p == nil {
			s.root = s
			break
		}
		s = p
	}
	root := s.root
	for _, v := range path {
		v.root = root
	}
	d.path = path
	return root
}

// void takes s and all that hangs from it out of the diary: a circle.
func (d *Diary) void(s *slot) {
	for stack := []*slot{s}; len(stack) > 0; {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.done == d.pass {
			continue
		}
		v.done, v.pass, v.root, v.fate = d.pass, d.pass, nil, Circular
		d.drop(v)
		stack = append(stack, v.kids...)
	}
	if p := d.parent(s); p != nil && p.done != d.pass {
		d.void(p)
	}
}

// drop takes the item of s away; its index finds out when next asked.
func (d *Diary) drop(s *slot) {
	if s.item != nil {
		d.indexes[s.item.Kind()-firstKind].stale = true
		s.item = nil
	}
}

// mark sets the fates of root and its corrections and lists them, each after
// what it corrects.
func (d *Diary) mark(root *slot) []*slot {
	root.fate, root.root, root.pass = Counted, root, d.pass
	list := []*slot{root}
	for i := 0; i < len(list); i++ {
		p := list[i]
		for _, k := range p.kids {
			switch {
			case p.fate != Counted:
				k.fate = p.fate
			case !k.holder().rec.Author.mayChange(p.holder().rec.Author):
				k.fate = WrongAuthor
			case p.holder().rec.Kind != k.holder().rec.Kind:
				k.fate = WrongKind
			default:
				k.fate = Counted
			}
			k.root, k.pass, k.done = root, d.pass, d.pass
			d.drop(k)
			list = append(list, k)
		}
	}
	return list
}

// tree lists s and the corrections below it, whatever their fate.
func (s *slot) tree() []*slot {
	list := []*slot{s}
	if s.root == nil { // a circle has no end
		return list
	}
	for i := 0; i < len(list); i++ {
		list = append(list, list[i].kids...)
	}
	return list
}

// resolve works out the item at root.
func (d *Diary) resolve(root *slot) {
	root.done = d.pass
	versions := d.mark(root)
	first := root.holder()
	d.drop(root)
	if !first.rec.Kind.form().item {
		return
	}
	latest := latestOf(versions)
	current := latest[len(latest)-1]
	now := current.holder()
	it := &Item{
		ID:       root.id,
		Entry:    now.entry,
		Author:   now.rec.Author,
		Written:  now.rec.Written,
		Own:      now.rec.Own,
		First:    first.rec.Author,
		Began:    first.rec.Written,
		Versions: 0,
		Orphan:   !first.entry.Top().Supersedes.IsZero(),
		root:     root,
		current:  current,
	}
	for _, s := range latest[:len(latest)-1] {
		it.Conflict = append(it.Conflict, s.id)
	}
	for _, s := range versions {
		if s.fate != Counted {
			continue
		}
		it.Versions++
		for _, t := range s.takes {
			r := t.holder()
			if r.rec.Author.mayChange(first.rec.Author) && (it.Retracted == nil || compareRecords(&r.rec, it.Retracted.rec) < 0) {
				it.Retracted = &Retraction{By: r.rec.Author, Written: r.rec.Written, Reason: r.entry.(*Retract).Reason, rec: &r.rec}
			}
		}
	}
	if it.When = happened(it.Entry); it.When.IsZero() {
		it.When = first.entry.Top().Entered
	}
	root.item = it
	d.indexes[first.rec.Kind-firstKind].add(it)
}

// latestOf are the counted versions that no other corrects, in the order they
// were written; more than one is a conflict. A version settles those it names
// in Also if it was written after them.
func latestOf(versions []*slot) []*slot {
	if len(versions) == 1 {
		return versions
	}
	var leaves []*slot
	settled := make(map[ID]*Record) // by the latest that names it
	for _, s := range versions {
		if s.fate != Counted {
			continue
		}
		leaf := true
		for _, k := range s.kids {
			leaf = leaf && k.fate != Counted
		}
		if leaf {
			leaves = append(leaves, s)
		}
		v := s.holder()
		for _, id := range v.entry.Top().Also {
			if r := settled[id]; r == nil || compareRecords(r, &v.rec) < 0 {
				settled[id] = &v.rec
			}
		}
	}
	arrange.By(leaves, func(a, b *slot) int { return compareRecords(&a.holder().rec, &b.holder().rec) })
	var open []*slot
	for _, s := range leaves {
		if r := settled[s.id]; r == nil || compareRecords(r, &s.holder().rec) <= 0 {
			open = append(open, s)
		}
	}
	if len(open) == 0 { // they settle each other: as if none did
		return leaves
	}
	return open
}
