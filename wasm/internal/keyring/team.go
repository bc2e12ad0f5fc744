package keyring

import (
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/seal"
)

// A Role is what a member may do in a team.
type Role uint8

const (
	Lead   Role = iota + 1 // changes the team
	Doctor                 // treats, may renew keys
	Nurse                  // treats, may renew keys
	Reader                 // reads
)

func (r Role) String() string {
	switch r {
	case Lead:
		return "lead"
	case Doctor:
		return "doctor"
	case Nurse:
		return "nurse"
	case Reader:
		return "reader"
	}
	return "none"
}

// A Team is a centre: the accounts that act for it. It is never changed;
// Apply returns a new one.
type Team struct {
	chain[*teamState]
	book Book
}

type teamState struct {
	id     TeamID
	anchor [32]byte
	name   string
	stints []stint // of members, past ones included
	gens   []*generation
	seen   clock
}

// A stint is a time in which a member had one role, or one right in a space.
type stint struct {
	ref   Ref
	as    uint8
	order uint32 // of joining
	since uint64
	from  uint32 // first generation or epoch
	until uint32 // first one after it; 0: still
}

func current(stints []stint, r Ref) *stint {
	for i := range stints {
		if stints[i].ref == r && stints[i].until == 0 {
			return &stints[i]
		}
	}
	return nil
}

func everIn(stints []stint, r Ref) bool {
	return slices.ContainsFunc(stints, func(s stint) bool { return s.ref == r })
}

// bestIn returns the highest role or right (the smallest number) that r had at
// any time in numbers lo to hi, 0 if none.
func bestIn(stints []stint, r Ref, lo, hi uint32) uint8 {
	var best uint8
	for _, s := range stints {
		if s.ref == r && s.from <= hi && (s.until == 0 || lo < s.until) && (best == 0 || s.as < best) {
			best = s.as
		}
	}
	return best
}

func refs(stints []stint) []Ref {
	var out []Ref
	for _, s := range stints {
		if s.until == 0 {
			out = append(out, s.ref)
		}
	}
	return out
}

// A TeamMember is an account with its role.
type TeamMember struct {
	Account AccountID
	Role    Role
	Since   time.Time
}

func teamRules(b Book) rules[*teamState] {
	return rules[*teamState]{
		kind: TeamChain,
		outcast: func(before *teamState, c *change) *teamState {
			s := *before
			if k := c.key(); k != nil {
				s.gens = append(slices.Clip(s.gens), &generation{*k, c.index, c.time})
			}
			return &s
		},
		faith: b.inFaith, signed: b.signedByAny,
		apply: func(before *teamState, c *change) (*teamState, error) { return applyTeam(b, before, c) },
		rank: func(fork *teamState, a author) uint32 {
			if s := current(fork.stints, AccountRef(a.account)); s != nil {
				return uint32(s.as)<<16 | s.order
			}
			return noRank
		},
		removes: func(after *teamState, c *change, victim author) removal {
			r := AccountRef(victim.account)
			if b.gone(victim, after.seen[r]) {
				return absolute
			}
			for _, o := range c.ops {
				if m, ok := o.(*opRemove); ok && m.ref == r {
					return byRank
				}
			}
			return not
		},
	}
}

func applyTeam(b Book, before *teamState, c *change) (*teamState, error) {
	if err := shape(c, before == nil); err != nil {
		return nil, err
	}
	if c.author.via {
		return nil, ErrFormat
	}
	me := AccountRef(c.author.account)
	s := &teamState{seen: clock{}}
	if before != nil {
		*s = *before
		s.stints, s.gens, s.seen = slices.Clone(s.stints), slices.Clone(s.gens), maps.Clone(s.seen)
	}
	device, err := b.signer(c, s.seen)
	if err != nil {
		return nil, err
	}
	if err := c.verify(device); err != nil {
		return nil, err
	}
	if err := s.seen.cite(b, me, c.author.gen); err != nil {
		return nil, err
	}
	if before == nil {
		f := c.ops[0].(*opFoundTeam)
		s.id, s.anchor, s.name = TeamID(c.hash), anchorOf(c, f.nonce), f.name
		s.stints = []stint{{ref: me, as: uint8(Lead), since: c.time, from: 1}}
	}
	m := current(s.stints, me)
	if m == nil {
		if everIn(s.stints, me) {
			return nil, ErrRetired
		}
		return nil, ErrRight
	}
	role := Role(m.as)
	rotate := false
	for _, o := range c.ops {
		gen := uint32(len(s.gens))
		switch o.(type) {
		case *opMerge:
			continue
		case *opKey:
			if role == Reader {
				return nil, ErrRight
			}
		default:
			if role != Lead {
				return nil, ErrRight
			}
		}
		switch o := o.(type) {
		case *opAdd:
			if current(s.stints, o.ref) != nil {
				return nil, ErrMember
			}
			if len(refs(s.stints)) >= MaxMembers {
				return nil, ErrLimit
			}
			s.stints = append(s.stints, stint{o.ref, o.as, uint32(len(s.stints)), c.time, max(gen, 1), 0})
			if o.wrap != nil {
				if o.wrap.to != o.ref {
					return nil, ErrRecipients
				}
				if err := s.seen.cite(b, o.ref, o.wrap.gen); err != nil {
					return nil, err
				}
				s.gens[gen-1] = s.gens[gen-1].adding(o.wrap)
			}
		case *opRemove:
			if o.ref == me {
				return nil, ErrSelf
			}
			m := current(s.stints, o.ref)
			if m == nil {
				return nil, ErrMember
			}
			m.until = gen + 1
			rotate = true
		case *opSet:
			m := current(s.stints, o.ref)
			if m == nil || m.as == o.as {
				return nil, ErrMember
			}
			n := *m
			n.as, n.since = o.as, c.time
			if o.as > m.as { // less than before: counts from a new generation
				rotate = true
				n.from = gen + 1
			} else {
				n.from = gen
			}
			m.until = n.from
			s.stints = append(s.stints, n)
		case *opRename:
			s.name = o.name
		case *opKey:
			if err := checkKey(o, s.gens, refs(s.stints), true); err != nil {
				return nil, err
			}
			if err := s.seen.sealed(b, c.author, o.wraps); err != nil {
				return nil, err
			}
			s.gens = append(s.gens, &generation{*o, c.index, c.time})
			rotate = false
		}
	}
	if rotate {
		return nil, ErrRotation
	}
	if !slices.ContainsFunc(s.stints, func(m stint) bool { return m.until == 0 && m.as == uint8(Lead) }) {
		return nil, ErrLast
	}
	return s, nil
}

// wrapGen returns to which generation of an account the team's key gen was sealed.
func (t *Team) wrapGen(gen uint32, r Ref) uint32 {
	g := t.head.state.gens
	if gen == 0 || int(gen) > len(g) {
		return 0
	}
	for _, w := range slices.Backward(g[gen-1].wraps) {
		if w.to == r {
			return w.gen
		}
	}
	return 0
}

// FoundTeam returns the first change of a new team with one lead.
func FoundTeam(by *seal.Device, acct *Account, name string, now time.Time) (Raw, error) {
	if !goodName(name) || name == "" {
		return nil, ErrFormat
	}
	f := &opFoundTeam{name: name}
	rand.Read(f.nonce[:])
	c := &change{kind: TeamChain, time: millis(now), author: acct.author(by)}
	to := []recipient{{AccountRef(acct.ID()), acct.Generation(), acct.KEM()}}
	k, err := newKey(teamKeyLabels, anchorOf(c, f.nonce), 1, seal.NewSecret(), seal.Secret{}, to)
	if err != nil {
		return nil, err
	}
	c.ops = []op{f, k}
	raw, err := c.sign(by)
	if err != nil {
		return nil, err
	}
	b := NewBook()
	b.put(acct)
	if _, err := ReplayTeam([]Raw{raw}, b); err != nil {
		return nil, err
	}
	return raw, nil
}

// ReplayTeam verifies a set of changes, in any order. The accounts of all
// members, past ones included, must be in the book.
func ReplayTeam(raws []Raw, b Book) (*Team, error) {
	c, err := replay(teamRules(b), raws)
	if err != nil {
		return nil, err
	}
	return &Team{c, b}, nil
}

// Apply returns the team after one more change. A change that is known
// already changes nothing.
func (t *Team) Apply(r Raw) (*Team, error) {
	c, err := t.with(r)
	if err != nil {
		return nil, err
	}
	return &Team{c, t.book}, nil
}

// Settle is for teams what Account.Settle is for accounts.
func (t *Team) Settle() *Team {
	c := t.chain
	c.settled = c.head
	return &Team{c, t.book}
}

// ID names the team: the hash of its first change.
func (t *Team) ID() TeamID { return t.head.state.id }

// Name is what the team calls itself.
func (t *Team) Name() string { return t.head.state.name }

// Generation is the number of the key in force, from 1.
func (t *Team) Generation() uint32 { return uint32(len(t.head.state.gens)) }

// GenerationTime is when the key in force was introduced, by its author's clock.
func (t *Team) GenerationTime() time.Time {
	g := t.head.state.gens
	return moment(g[len(g)-1].time)
}

// KEM is the public key in force.
func (t *Team) KEM() seal.KEMPublic {
	g := t.head.state.gens
	return *g[len(g)-1].kem
}

// Members lists the members now, in the order they joined.
func (t *Team) Members() []TeamMember {
	var out []TeamMember
	for _, s := range byOrder(t.head.state.stints) {
		out = append(out, TeamMember{AccountID(s.ref.ID), Role(s.as), moment(s.since)})
	}
	return out
}

func byOrder(stints []stint) []stint {
	var out []stint
	for _, s := range stints {
		if s.until == 0 {
			out = append(out, s)
		}
	}
	arrange.By(out, func(a, b stint) int { return int(a.order) - int(b.order) })
	return out
}

// Leads lists the leads now.
func (t *Team) Leads() []AccountID {
	var out []AccountID
	for _, m := range t.Members() {
		if m.Role == Lead {
			out = append(out, m.Account)
		}
	}
	return out
}

// RoleOf returns the role of an account now.
func (t *Team) RoleOf(id AccountID) (Role, bool) {
	s := current(t.head.state.stints, AccountRef(id))
	if s == nil {
		return 0, false
	}
	return Role(s.as), true
}

// NeedsRotation reports that the team's key should be renewed: concurrent
// changes were merged, or a member's account has a newer key (it removed a
// device) than the team's key is sealed to.
func (t *Team) NeedsRotation() bool {
	return len(t.unmerged()) > 0 || t.book.stale(t.head.state.gens, refs(t.head.state.stints))
}

// stale says whether a member has a newer generation than the last key is sealed to.
func (b Book) stale(gens []*generation, members []Ref) bool {
	at := make(map[Ref]uint32)
	for _, w := range gens[len(gens)-1].wraps {
		at[w.to] = max(at[w.to], w.gen)
	}
	for _, m := range members {
		if r, err := b.recipient(m); err == nil && r.gen > at[m] {
			return true
		}
	}
	return false
}

// TeamKeys are the secrets of a team that one member can reach.
type TeamKeys struct{ memberKeys }

// Keys opens the team's keys with a device of a member's account.
func (t *Team) Keys(d *seal.Device, acct *Account) (*TeamKeys, error) {
	keys, err := acct.Keys(d)
	if err != nil {
		return nil, err
	}
	return t.KeysWith(keys)
}

// KeysWith opens the team's keys with the keys of a member's account.
func (t *Team) KeysWith(keys *AccountKeys) (*TeamKeys, error) {
	s := t.head.state
	secrets, err := reach(teamKeyLabels, s.anchor, s.gens, keys.Ref(), keys.Unwrap)
	if err != nil {
		return nil, err
	}
	var void []voidKey
	for _, v := range t.void {
		void = appendVoid(void, teamKeyLabels, s.anchor, v.state.gens, v.index, keys.Ref(), keys.Unwrap)
	}
	return &TeamKeys{memberKeys{ref: TeamRef(s.id), label: seal.LabelTeamKEM, secrets: secrets, gens: s.gens, void: void}}, nil
}

// by returns the author as a change cites it, and its account.
func (b Book) by(a Author) (author, *Account, error) {
	acct := b.b.accounts[a.Account]
	if acct == nil {
		return author{}, nil, ErrUnknown
	}
	return acct.author(a.Device), acct, nil
}

// AddMember adds an account, which can then read everything the team can.
func (t *Team) AddMember(by Author, id AccountID, role Role, now time.Time) (Raw, error) {
	a, acct, err := t.book.by(by)
	if err != nil {
		return nil, err
	}
	keys, err := t.Keys(by.Device, acct)
	if err != nil {
		return nil, err
	}
	gen := t.Generation()
	if !keys.Key(gen).Valid() {
		return nil, ErrNoKey
	}
	to, err := t.book.recipient(AccountRef(id))
	if err != nil {
		return nil, err
	}
	w, err := wrapFor(teamKeyLabels, t.head.state.anchor, gen, to, keys.Key(gen))
	if err != nil {
		return nil, err
	}
	return t.next(by.Device, a, now, &opAdd{to.ref, uint8(role), w})
}

// RemoveMember removes an account and introduces a new key.
func (t *Team) RemoveMember(by Author, id AccountID, now time.Time) (Raw, error) {
	return t.rekey(by, AccountRef(id), now, &opRemove{AccountRef(id)})
}

// SetRole changes what a member may do. A lower role comes with a new key,
// which is how spaces learn of it.
func (t *Team) SetRole(by Author, id AccountID, role Role, now time.Time) (Raw, error) {
	o := &opSet{AccountRef(id), uint8(role)}
	if old, ok := t.RoleOf(id); ok && role > old {
		return t.rekey(by, Ref{}, now, o)
	}
	a, _, err := t.book.by(by)
	if err != nil {
		return nil, err
	}
	return t.next(by.Device, a, now, o)
}

// Rename changes the team's name.
func (t *Team) Rename(by Author, name string, now time.Time) (Raw, error) {
	a, _, err := t.book.by(by)
	if err != nil {
		return nil, err
	}
	return t.next(by.Device, a, now, &opRename{name})
}

// Rotate introduces a new key for the same members.
func (t *Team) Rotate(by Author, now time.Time) (Raw, error) { return t.rekey(by, Ref{}, now) }

func (t *Team) rekey(by Author, without Ref, now time.Time, ops ...op) (Raw, error) {
	a, acct, err := t.book.by(by)
	if err != nil {
		return nil, err
	}
	keys, err := t.Keys(by.Device, acct)
	if err != nil {
		return nil, err
	}
	gen, s := t.Generation(), t.head.state
	if !keys.Key(gen).Valid() {
		return nil, ErrNoKey
	}
	to, err := t.book.recipients(s.stints, without)
	if err != nil {
		return nil, err
	}
	k, err := newKey(teamKeyLabels, s.anchor, gen+1, seal.NewSecret(), keys.Key(gen), to)
	if err != nil {
		return nil, err
	}
	return t.next(by.Device, a, now, append(ops, k)...)
}

func (b Book) recipients(stints []stint, without Ref) ([]recipient, error) {
	var out []recipient
	for _, r := range refs(stints) {
		if r == without {
			continue
		}
		to, err := b.recipient(r)
		if err != nil {
			return nil, err
		}
		out = append(out, to)
	}
	return out, nil
}
