package model

import "fmt"

// Devices of the account. Their numbers are their ranks.
const (
	Sheet = iota
	First
	Second
	Third // not in the first change
	Devices
)

// A Set is a set of devices.
type Set uint8

func (s Set) has(d int) bool { return s>>d&1 == 1 }

func only(d int) Set { return 1 << d }

// Has says whether d is in s.
func (s Set) Has(d int) bool { return s.has(d) }

// An Op is what a change does.
type Op uint8

const (
	Rotate Op = iota
	Remove
	Add
)

// A Change of an account, as somebody may try to sign it.
type Change struct {
	By   int
	Op   Op
	Who  int  // whom it removes or adds
	Key  bool // introduces a key, as a rotation always does
	Also Set  // to whom else the key is sealed
	Less Set  // to whom it is not sealed
}

// state is what holds after a change.
type state struct {
	active Set
	gone   Set // were removed on the way
	gen    int
	key    int // the change that introduced the key in force
}

// An Account is a history: the first change and those that follow it, of which each stands
// after the one it follows.
type Account struct {
	tree
	rules  Rules
	change [maxNodes]Change
	state  [maxNodes]state
	sealed [maxNodes]Set // who was given the key of a change when it was introduced, or made it
}

// NewAccount returns an account with the sheet and two devices.
func NewAccount(r Rules) *Account {
	a := &Account{rules: r}
	a.n = 1
	a.parent[0] = -1
	a.change[0] = Change{By: First, Key: true}
	a.state[0] = state{active: only(Sheet) | only(First) | only(Second), gen: 1}
	a.sealed[0] = a.state[0].active
	return a
}

// Len counts the changes.
func (a *Account) Len() int { return a.n }

// Try adds a change after at, with the hash that is the order'th so far, if the rules take it.
func (a *Account) Try(at int, c Change) bool {
	s := a.state[at]
	r := a.rules
	if !s.active.has(c.By) && r&NoActive == 0 {
		return false // 11
	}
	switch c.Op {
	case Remove:
		if !s.active.has(c.Who) {
			return false // 9
		}
		if c.Who == c.By && r&NoSelf == 0 {
			return false // 8
		}
		if !c.Key && r&NoRotation == 0 {
			return false // 7
		}
		s.active &^= only(c.Who)
		s.gone |= only(c.Who)
	case Add:
		if s.active.has(c.Who) {
			return false // 9
		}
		if s.gone.has(c.Who) && r&NoRetired == 0 {
			return false // 12
		}
		s.active |= only(c.Who)
	}
	n := a.n
	a.sealed[n] = 0
	if c.Key {
		if c.Also&^s.active != 0 && r&NoRecipients == 0 {
			return false // 6
		}
		if c.Less != 0 && r&NoEach == 0 {
			return false // 6
		}
		s.gen, s.key = s.gen+1, n // 5
		a.sealed[n] = s.active&^c.Less | c.Also | only(c.By)
	}
	a.n++
	a.parent[n], a.change[n], a.state[n] = at, c, s
	a.hash[n], a.arrival[n] = n, n
	return true
}

// Order says in which order the hashes of the changes are; it is that of their numbers otherwise.
func (a *Account) Order(hash []int) { copy(a.hash[:], hash) }

// drop takes the last change back.
func (a *Account) drop() { a.n-- }

func (a *Account) rank(fork, n int) int {
	if d := a.change[n].By; a.state[fork].active.has(d) {
		return d
	}
	return lowest
}

func (a *Account) removes(n, v int) int {
	if a.removal(n) && a.change[n].Who == a.change[v].By {
		return 1
	}
	return 0
}

func (a *Account) removal(n int) bool { return a.change[n].Op == Remove }

// Head is the change in force.
func (a *Account) Head() int { return a.head(a, a.rules) }

// InForce says whether n is not void, where head is the change in force.
func (a *Account) InForce(n, head int) bool { return a.on(n, head) }

// Active, Generation and KeyOf are what holds after a change; KeyOf is the change that introduced the key.
func (a *Account) Active(n int) Set     { return a.state[n].active }
func (a *Account) Generation(n int) int { return a.state[n].gen }
func (a *Account) KeyOf(n int) int      { return a.state[n].key }

// Due says that concurrent changes were merged, and no new key has answered that.
func (a *Account) Due(head int) bool {
	if a.rules&NoMerge != 0 {
		return false
	}
	for n := 1; n < a.n; n++ {
		if !a.on(n, head) {
			return true
		}
	}
	return false
}

// Knows says who can reach the key that each change introduced: whom it was sealed to, its author,
// who was added while it was in force, and who knows a key that leads to it. Whoever can add may also tell;
// that is not modelled, since nobody can prevent it.
func (a *Account) Knows() (know [maxNodes]Set) {
	know = a.sealed
	leads := func(n int) {
		c := &a.change[n]
		before := a.state[a.parent[n]].key
		if c.Op == Add {
			to := before
			if c.Key {
				to = n
			}
			know[to] |= only(c.Who)
		}
		if c.Key {
			if a.rules&NoWayBack != 0 {
				know[n] |= know[before]
			} else {
				know[before] |= know[n]
			}
		}
	}
	if a.rules&NoWayBack != 0 {
		for n := 1; n < a.n; n++ {
			leads(n)
		}
		return know
	}
	for n := a.n - 1; n > 0; n-- {
		leads(n)
	}
	return know
}

// Broken names the first invariant that does not hold, "" if all do.
func (a *Account) Broken() string {
	head := a.Head()
	// The same set, siblings in the opposite order of arrival.
	for n := range a.n {
		a.arrival[n] = maxNodes - n
	}
	other := a.Head()
	for n := range a.n {
		a.arrival[n] = n
	}
	if other != head {
		return SameState
	}
	know := a.Knows()
	due := a.Due(head)
	s := a.state[head]
	for n := head; n >= 0; n = a.parent[n] {
		// Who was removed at n or before reaches no key since then.
		if since := a.state[n]; since.gone&know[s.key] != 0 || a.change[n].Key && since.gone&know[n] != 0 {
			return RemovedReads
		}
		if a.removal(n) && s.gone&only(a.change[n].Who)&know[a.state[n].key] != 0 {
			return RemovedReads
		}
		if a.change[n].Key && s.active&^know[n] != 0 {
			return MemberCannotRead
		}
	}
	if know[s.key]&^s.active != 0 && !due {
		return StrangerReads
	}
	void := false
	for n := 1; n < a.n; n++ {
		void = void || !a.on(n, head)
	}
	if void != due {
		return ForkUnnoticed
	}
	return a.rankBroken(head)
}

// The invariants.
const (
	RemovedReads     = "who was removed reaches a later key"
	StrangerReads    = "who is no member reaches the key in force, and no new key is due"
	MemberCannotRead = "a member does not reach every key"
	SameState        = "the same set of changes gives two states"
	ForkUnnoticed    = "a fork goes unnoticed"
	RankBroken       = "what the highest device removed is back"
	RemovalLost      = "of an author's two changes the removal is not in force"
	SettledUndone    = "what was settled is undone"
	NoAnswer         = "nobody can answer a merge"
	RetiredWins      = "a fork by a device that its account retired is in force"
	OwnerOverruled   = "who does not own decides who is a member"
	OldRead          = "who was added from now on reads what was before"
)

// rankBroken checks what rank and removals are for, where it can be said in a sentence: what the
// sheet removes after the first change stays removed, whatever others sign, as long as the sheet
// signs nothing beside it; and of two changes after the first by one device, a removal and none, the removal
// is in force if that is all there is.
func (a *Account) rankBroken(head int) string {
	by, sheet := -1, 0
	for n := 1; n < a.n; n++ {
		if a.change[n].By == Sheet {
			if sheet++; a.removal(n) && a.parent[n] == 0 {
				by = n
			}
		}
	}
	if sheet == 1 && by > 0 && a.state[head].active.has(a.change[by].Who) {
		return RankBroken
	}
	if a.n == 3 && a.parent[1] == 0 && a.parent[2] == 0 && a.change[1].By == a.change[2].By && a.removal(1) != a.removal(2) && !a.removal(head) {
		return RemovalLost
	}
	return ""
}

// Undone says whether a reader who settled all of a's changes but the last to come, a leaf, loses by
// it what was in force.
func (a *Account) Undone(last int) bool {
	b := *a
	b.n = 0
	var to [maxNodes]int
	for n := range a.n {
		if n == last {
			continue
		}
		m := b.n
		to[n] = m
		b.parent[m], b.change[m], b.state[m], b.sealed[m] = -1, a.change[n], a.state[n], a.sealed[n]
		if n > 0 {
			b.parent[m] = to[a.parent[n]]
		}
		b.hash[m] = a.hash[n]
		b.n++
	}
	settled := b.head(&b, b.rules)
	if settled >= last {
		settled++ // its number in a
	}
	// Settled changes: what would make it void is refused, so that nothing happens.
	return !a.on(settled, a.Head()) && a.rules&NoSettled != 0
}

// Merged says what is wrong once the merge is answered with a new key, "" if nothing is. An answer can
// itself become void, if its author is one whom a void branch removed; then it is due again. Some
// active device's answer stands.
func (a *Account) Merged() string {
	head := a.Head()
	if a.n == maxNodes || !a.Due(head) {
		return ""
	}
	stands := false
	for d := range Devices {
		if !a.state[head].active.has(d) {
			continue
		}
		b := *a
		if !b.Try(head, Change{By: d, Key: true}) {
			return NoAnswer
		}
		if n := b.n - 1; b.Head() == n {
			stands = true
			if know := b.Knows(); know[n] != b.state[n].active {
				return StrangerReads
			}
		}
	}
	if !stands {
		return NoAnswer
	}
	return ""
}

// Histories calls see for every history of an account with at most ops changes after the
// first. Siblings come in the order of their hashes, so that each set of changes comes once for each order
// that decides anything. If see returns false it ends.
func Histories(r Rules, ops int, see func(*Account) bool) {
	a := NewAccount(r)
	var grow func(from, left int) bool
	grow = func(from, left int) bool {
		if !see(a) {
			return false
		}
		if left == 0 {
			return true
		}
		// A next change follows the last one, or one before it on its way: that is the order in
		// which one walks through a tree, so every tree comes once.
		for at := a.n - 1; at >= 0; at = a.parent[at] {
			for by := range Devices {
				for _, c := range moves(r, by) {
					if !a.Try(at, c) {
						continue
					}
					ok := grow(at, left-1)
					a.drop()
					if !ok {
						return false
					}
				}
			}
		}
		return true
	}
	grow(0, ops)
}

// moves lists what a device may try: what the rules take in some state, and, where a
// rule is taken away, what it refused.
func moves(r Rules, by int) []Change { return allMoves[by][variant(r)] }

func variant(r Rules) int {
	v := 0
	if r&NoRotation != 0 {
		v |= 1
	}
	if r&NoRecipients != 0 {
		v |= 2
	}
	if r&NoEach != 0 {
		v |= 4
	}
	return v
}

var allMoves = func() (out [Devices][8][]Change) {
	for by := range out {
		for v := range out[by] {
			l := []Change{{By: by, Key: true}}
			if v&2 != 0 {
				for d := range Devices {
					l = append(l, Change{By: by, Key: true, Also: only(d)})
				}
			}
			if v&4 != 0 {
				for d := range Devices {
					l = append(l, Change{By: by, Key: true, Less: only(d)})
				}
			}
			for who := range Devices {
				l = append(l, Change{By: by, Op: Remove, Who: who, Key: true}, Change{By: by, Op: Add, Who: who})
				if v&1 != 0 {
					l = append(l, Change{By: by, Op: Remove, Who: who})
				}
				if v&2 != 0 {
					l = append(l, Change{By: by, Op: Remove, Who: who, Key: true, Also: only(who)})
				}
			}
			out[by][v] = l
		}
	}
	return out
}()

// String tells a history, for people.
func (a *Account) String() string {
	names := [Devices]string{"the sheet", "first", "second", "third"}
	head := a.Head()
	out := ""
	for n := 1; n < a.n; n++ {
		c := &a.change[n]
		out += fmt.Sprintf("%d after %d: %s ", n, a.parent[n], names[c.By])
		switch c.Op {
		case Rotate:
			out += "makes a key"
		case Remove:
			out += "removes " + names[c.Who]
		case Add:
			out += "adds " + names[c.Who]
		}
		if !c.Key && c.Op == Remove {
			out += " without a key"
		}
		if c.Also != 0 {
			out += ", and gives the key away"
		}
		if c.Less != 0 {
			out += ", and leaves somebody out"
		}
		if !a.on(n, head) {
			out += " (void)"
		}
		out += "\n"
	}
	return out
}
