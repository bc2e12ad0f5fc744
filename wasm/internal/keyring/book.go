package keyring

import (
	"slices"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/seal"
)

// A Book holds everything known about accounts and teams. It is a handle:
// copies share what they hold, and teams and spaces that were replayed with a
// book see what is added to it later. A book is for one goroutine.
type Book struct{ b *book }

type book struct {
	accounts map[AccountID]*Account
	teams    map[TeamID]*Team
	devices  map[seal.DeviceID][]AccountID
	switches int // how often what was in force became void, in accounts and teams
}

// NewBook returns an empty book.
func NewBook() Book {
	return Book{&book{make(map[AccountID]*Account), make(map[TeamID]*Team), make(map[seal.DeviceID][]AccountID), 0}}
}

// AddAccount merges a set of changes into what is known of their account. The
// first change need not be among them if the account is known. If one is refused
// nothing is changed.
func (b Book) AddAccount(raws []Raw) (*Account, error) {
	id, raws, err := sorted(raws)
	if err != nil {
		return nil, err
	}
	a := b.b.accounts[AccountID(id)]
	if id == ([32]byte{}) {
		if a = follows(b.b.accounts, raws); a == nil {
			return nil, &ChangeError{0, ErrLink}
		}
	}
	if a == nil {
		if a, err = ReplayAccount(raws); err != nil {
			return nil, err
		}
	} else {
		c, err := a.merge(raws)
		if err != nil {
			return nil, err
		}
		before := a
		a = &Account{c}
		b.put(a)
		if !a.InForce(before.Head()) {
			b.switched()
		}
		return a, nil
	}
	b.put(a)
	return a, nil
}

// switched reconsiders the teams after what was in force in an account or
// team has become void.
func (b Book) switched() {
	b.b.switches++
	for id, t := range b.b.teams {
		if c, err := t.again(); err == nil {
			b.b.teams[id] = &Team{c, b}
		}
	}
}

func (b Book) put(a *Account) {
	b.b.accounts[a.ID()] = a
	for _, d := range a.head.state.devices {
		if l := b.b.devices[d.id]; !slices.Contains(l, a.ID()) {
			b.b.devices[d.id] = append(l, a.ID())
		}
	}
}

// AddTeam merges a set of changes into what is known of their team. The
// accounts of its members must be in the book: ErrUnknown otherwise.
func (b Book) AddTeam(raws []Raw) (*Team, error) {
	id, raws, err := sorted(raws)
	if err != nil {
		return nil, err
	}
	t := b.b.teams[TeamID(id)]
	if id == ([32]byte{}) {
		if t = follows(b.b.teams, raws); t == nil {
			return nil, &ChangeError{0, ErrLink}
		}
	}
	if t == nil {
		if t, err = ReplayTeam(raws, b); err != nil {
			return nil, err
		}
	} else {
		c, err := t.merge(raws)
		if err != nil {
			return nil, err
		}
		before := t
		t = &Team{c, b}
		if !t.InForce(before.Head()) {
			defer b.switched()
		}
	}
	b.b.teams[t.ID()] = t
	return t, nil
}

// Settle settles what is in force now of every account and team for which ok
// says so: see Account.Settle.
func (b Book) Settle(ok func(head Hash) bool) {
	for id, a := range b.b.accounts {
		if ok(a.Head()) {
			b.b.accounts[id] = a.Settle()
		}
	}
	for id, t := range b.b.teams {
		if ok(t.Head()) {
			b.b.teams[id] = t.Settle()
		}
	}
}

// follows finds the chain on which changes without a first one follow.
func follows[ID comparable, C interface{ Has(Hash) bool }](chains map[ID]C, raws []Raw) (none C) {
	if len(raws) == 0 {
		return none
	}
	if _, _, prev, err := KindOf(raws[0]); err == nil {
		for _, c := range chains {
			if c.Has(prev) {
				return c
			}
		}
	}
	return none
}

// Knows says whether a change of an account or a team is known already.
func (b Book) Knows(team bool, r Raw) bool {
	h := HashOf(r)
	if team {
		for _, t := range b.b.teams {
			if t.Has(h) {
				return true
			}
		}
		return false
	}
	for _, a := range b.b.accounts {
		if a.Has(h) {
			return true
		}
	}
	return false
}

// sorted puts changes in order, and finds the chain's identifier if the first
// change is among them.
func sorted(raws []Raw) ([32]byte, []Raw, error) {
	if len(raws) > MaxChain {
		return [32]byte{}, nil, &ChangeError{MaxChain, ErrLimit}
	}
	type at struct {
		raw   Raw
		index uint32
	}
	var list []at
	for i, r := range raws {
		_, index, _, err := KindOf(r)
		if err != nil {
			return [32]byte{}, nil, &ChangeError{i, err}
		}
		list = append(list, at{r, index})
	}
	arrange.By(list, func(a, b at) int { return int(a.index) - int(b.index) })
	var id [32]byte
	out := make([]Raw, len(list))
	for i, l := range list {
		out[i] = l.raw
		if l.index == 0 {
			h := HashOf(l.raw)
			if id != [32]byte{} && id != h {
				return id, nil, &ChangeError{0, ErrFork}
			}
			id = h
		}
	}
	return id, out, nil
}

// Account returns what is known of an account.
func (b Book) Account(id AccountID) (*Account, bool) {
	a, ok := b.b.accounts[id]
	return a, ok
}

// Team returns what is known of a team.
func (b Book) Team(id TeamID) (*Team, bool) {
	t, ok := b.b.teams[id]
	return t, ok
}

// FindDevice tells whose device it is, active or retired. If several accounts
// claim it there is no answer: what a device signs must name its account.
func (b Book) FindDevice(id seal.DeviceID) (AccountID, seal.DevicePublic, bool) {
	l := b.b.devices[id]
	if len(l) != 1 {
		return AccountID{}, seal.DevicePublic{}, false
	}
	p, ok := b.b.accounts[l[0]].Device(id)
	return l[0], p, ok
}

// recipient returns the key in force of a member.
func (b Book) recipient(r Ref) (recipient, error) {
	switch r.Type {
	case ToAccount:
		if a := b.b.accounts[AccountID(r.ID)]; a != nil {
			return recipient{r, a.Generation(), a.KEM()}, nil
		}
	case ToTeam:
		if t := b.b.teams[TeamID(r.ID)]; t != nil {
			return recipient{r, t.Generation(), t.KEM()}, nil
		}
	}
	return recipient{}, ErrUnknown
}

// clock remembers, inside a chain, the highest generation of each member that
// any change has cited. It only moves forward, so that a device or member that
// was retired before that generation cannot sign any more.
type clock map[Ref]uint32

// cite moves the clock to gen, which must be known and not go back.
func (c clock) cite(b Book, r Ref, gen uint32) error {
	known, err := b.recipient(r)
	switch {
	case err != nil:
		return err
	case gen > known.gen:
		return ErrUnknown
	case gen < c[r] || gen == 0:
		return ErrRollback
	}
	c[r] = gen
	return nil
}

// sealed moves the clock to the generations that a key of an author is sealed to.
func (c clock) sealed(b Book, by author, wraps []wrap) error {
	for _, w := range wraps {
		if err := c.cite(b, w.to, w.gen); err != nil {
			return err
		}
		if by.ahead(w) {
			return ErrRetired
		}
	}
	return nil
}

// ahead says whether a key that a introduces is sealed to its own account or team in a
// later generation than it cites. A device that was removed knows a key it made: were that
// sealed to the generation after its removal, nobody would see that a new one is due.
func (a author) ahead(w wrap) bool {
	return w.to == AccountRef(a.account) && w.gen > a.gen || a.via && w.to == TeamRef(a.team) && w.gen > a.teamGen
}

// signer finds the device that signed c and checks that it was active in the
// generation it cites, and that this is not older than what c's chain has seen.
func (b Book) signer(c *change, seen clock) (*seal.DevicePublic, error) {
	a := b.b.accounts[c.author.account]
	if a == nil || c.author.gen > a.Generation() {
		return nil, ErrUnknown
	}
	d := a.head.state.device(c.author.device)
	if d == nil {
		return nil, ErrSigner
	}
	if !d.activeIn(c.author.gen) || c.author.gen < seen[AccountRef(c.author.account)] {
		return nil, ErrRetired
	}
	return d.public, nil
}

// inFaith says whether c, refused, cites a generation that a void branch of its
// author's account or team has, and that the branch in force has not, or
// with another right.
func (b Book) inFaith(c *change, refused error) bool {
	a := b.b.accounts[c.author.account]
	if a == nil {
		return false
	}
	active := func(s *accountState) bool {
		d, gen := s.device(c.author.device), c.author.gen
		return d != nil && gen > 0 && int(gen) <= len(s.gens) && d.activeIn(gen)
	}
	inForce, known := active(a.head.state), slices.ContainsFunc(a.list, func(n *node[*accountState]) bool { return active(n.state) })
	if c.author.via {
		t := b.b.teams[c.author.team]
		if t == nil {
			return false
		}
		member := func(s *teamState) bool {
			gen := c.author.teamGen
			return gen > 0 && int(gen) <= len(s.gens) && bestIn(s.stints, AccountRef(c.author.account), gen, gen) != 0
		}
		inForce = inForce && member(t.head.state) && (refused != ErrRight || len(t.void) == 0)
		known = known && slices.ContainsFunc(t.list, func(n *node[*teamState]) bool { return member(n.state) })
	}
	return known && !inForce
}

// signedByAny checks the signature of c by a device that its account ever
// listed, in a void branch or not.
func (b Book) signedByAny(c *change) error {
	a := b.b.accounts[c.author.account]
	if a == nil {
		return ErrUnknown
	}
	for _, n := range a.list {
		if d := n.state.device(c.author.device); d != nil {
			return c.verify(d.public)
		}
	}
	return ErrSigner
}

// gone says whether victim's device was retired in its account at or before
// generation gen.
func (b Book) gone(victim author, gen uint32) bool {
	a := b.b.accounts[victim.account]
	if a == nil {
		return false
	}
	d := a.head.state.device(victim.device)
	return d != nil && d.until != 0 && d.until <= gen
}

// An Author signs changes of teams and spaces.
type Author struct {
	Device  *seal.Device
	Account AccountID
}
