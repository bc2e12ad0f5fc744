package keyring

import (
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"vialog/wasm/internal/seal"
)

// A SpaceKind says whose space it is.
type SpaceKind uint8

const (
	Home      SpaceKind = iota + 1 // the whole diary of a patient
	Centre                         // what a patient shares with one centre
	TeamSpace                      // a centre's own
)

// A Right is what a member may do in a space.
type Right uint8

const (
	Own   Right = iota + 1 // changes the members
	Care                   // writes the diary
	Treat                  // reads, writes plan and messages, signs off
	Read                   // reads
)

func (r Right) String() string {
	switch r {
	case Own:
		return "own"
	case Care:
		return "care"
	case Treat:
		return "treat"
	case Read:
		return "read"
	}
	return "none"
}

// capped is the right that a member of a team has where the team has r.
func capped(r Right, role Role) Right {
	switch {
	case r == 0 || role == 0:
		return 0
	case role == Lead:
		return r
	case role == Reader:
		return Read
	}
	return max(r, Treat)
}

// A Member is an account or a team with its right in a space.
type Member struct {
	Ref   Ref
	Right Right
}

// A Space is a diary, or a part of it, and who may read it. It is never
// changed; Apply returns a new one.
type Space struct {
	chain[*spaceState]
	book     Book
	switches int // of the book, when all changes were last verified
}

type spaceState struct {
	id       SpaceID
	anchor   [32]byte
	kind     SpaceKind
	owner    Ref
	founding [32]byte
	stints   []stint
	epochs   []*generation
	seen     clock
}

func spaceRules(b Book) rules[*spaceState] {
	return rules[*spaceState]{
		kind: SpaceChain,
		outcast: func(before *spaceState, c *change) *spaceState {
			s := *before
			if k := c.key(); k != nil {
				s.epochs = append(slices.Clip(s.epochs), &generation{*k, c.index, c.time})
			}
			return &s
		},
		faith: b.inFaith, signed: b.signedByAny,
		apply: func(before *spaceState, c *change) (*spaceState, error) { return applySpace(b, before, c) },
		rank: func(fork *spaceState, a author) uint32 {
			if s := current(fork.stints, a.ref()); s != nil {
				return uint32(s.as)<<16 | s.order
			}
			return noRank
		},
		removes: func(after *spaceState, c *change, victim author) removal {
			if b.gone(victim, after.seen[AccountRef(victim.account)]) {
				return absolute
			}
			if victim.via {
				if t, seen := b.b.teams[victim.team], after.seen[TeamRef(victim.team)]; t != nil && seen > victim.teamGen {
					me := AccountRef(victim.account)
					if bestIn(t.head.state.stints, me, seen, seen) == 0 || b.gone(victim, t.wrapGen(seen, me)) {
						return absolute
					}
				}
			}
			for _, o := range c.ops {
				if m, ok := o.(*opRemove); ok && m.ref == victim.ref() {
					return byRank
				}
			}
			return not
		},
	}
}

// authority returns the right by which c's author acts, checked against the
// generations that c cites.
func (s *spaceState) authority(b Book, c *change) (Right, error) {
	a, me := c.author, AccountRef(c.author.account)
	if !a.via {
		if m := current(s.stints, me); m != nil {
			return Right(m.as), nil
		}
		if everIn(s.stints, me) {
			return 0, ErrRetired
		}
		return 0, ErrRight
	}
	r := TeamRef(a.team)
	m := current(s.stints, r)
	if m == nil {
		if everIn(s.stints, r) {
			return 0, ErrRetired
		}
		return 0, ErrRight
	}
	role, err := b.roleOf(c)
	if err != nil {
		return 0, err
	}
	return capped(Right(m.as), role), nil
}

// roleOf returns the role of c's author in the team it acts for, in the
// generation it cites.
func (b Book) roleOf(c *change) (Role, error) {
	a, me := c.author, AccountRef(c.author.account)
	t := b.b.teams[a.team]
	if t == nil || a.teamGen > t.Generation() {
		return 0, ErrUnknown
	}
	role := Role(bestIn(t.head.state.stints, me, a.teamGen, a.teamGen))
	if role == 0 {
		if everIn(t.head.state.stints, me) {
			return 0, ErrRetired
		}
		return 0, ErrRight
	}
	if a.gen < t.wrapGen(a.teamGen, me) {
		return 0, ErrRetired
	}
	return role, nil
}

func applySpace(b Book, before *spaceState, c *change) (*spaceState, error) {
	if err := shape(c, before == nil); err != nil {
		return nil, err
	}
	s := &spaceState{seen: clock{}}
	if before != nil {
		*s = *before
		s.stints, s.epochs, s.seen = slices.Clone(s.stints), slices.Clone(s.epochs), maps.Clone(s.seen)
	}
	device, err := b.signer(c, s.seen)
	if err != nil {
		return nil, err
	}
	if c.author.via && c.author.teamGen < s.seen[TeamRef(c.author.team)] {
		return nil, ErrRetired
	}
	if err := c.verify(device); err != nil {
		return nil, err
	}
	if before == nil {
		if err := s.found(b, c); err != nil {
			return nil, err
		}
	}
	right, err := s.authority(b, c)
	if err != nil {
		return nil, err
	}
	if err := s.seen.cite(b, AccountRef(c.author.account), c.author.gen); err != nil {
		return nil, err
	}
	if c.author.via {
		if err := s.seen.cite(b, TeamRef(c.author.team), c.author.teamGen); err != nil {
			return nil, err
		}
	}
	rotate, added := false, false
	for _, o := range c.ops {
		n := uint32(len(s.epochs))
		switch o.(type) {
		case *opMerge:
			continue
		case *opKey:
			if right == Read {
				return nil, ErrRight
			}
		default:
			if right != Own {
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
			if !s.mayHave(o.ref, Right(o.as)) {
				return nil, ErrRight
			}
			from := max(n, 1)
			if o.wrap == nil {
				from = n + 1
			} else {
				if o.wrap.to != o.ref {
					return nil, ErrRecipients
				}
				if err := s.seen.cite(b, o.ref, o.wrap.gen); err != nil {
					return nil, err
				}
				s.epochs[n-1] = s.epochs[n-1].adding(o.wrap)
			}
			s.stints = append(s.stints, stint{o.ref, o.as, uint32(len(s.stints)), c.time, from, 0})
			added = true
		case *opRemove:
			if o.ref == c.author.ref() {
				return nil, ErrSelf
			}
			m := current(s.stints, o.ref)
			if m == nil {
				return nil, ErrMember
			}
			m.until = n + 1
			rotate = true
		case *opSet:
			m := current(s.stints, o.ref)
			if m == nil || m.as == o.as {
				return nil, ErrMember
			}
			if !s.mayHave(o.ref, Right(o.as)) {
				return nil, ErrRight
			}
			k := *m
			k.as, k.since, k.from = o.as, c.time, n
			if o.as > m.as { // less than before: counts from a new epoch
				rotate = true
				k.from = n + 1
			}
			m.until = k.from
			s.stints = append(s.stints, k)
		case *opKey:
			if err := checkKey(o, s.epochs, refs(s.stints), !added); err != nil {
				return nil, err
			}
			if err := s.seen.sealed(b, c.author, o.wraps); err != nil {
				return nil, err
			}
			s.epochs = append(s.epochs, &generation{*o, c.index, c.time})
			rotate = false
		}
	}
	if rotate {
		return nil, ErrRotation
	}
	if !slices.ContainsFunc(s.stints, func(m stint) bool { return m.until == 0 && m.as == uint8(Own) }) {
		return nil, ErrLast
	}
	return s, nil
}

// mayHave says whether a member may be given a right: a team owns only a
// centre's own space.
func (s *spaceState) mayHave(r Ref, right Right) bool {
	return r.Type == ToAccount || right != Own || s.kind == TeamSpace
}

func (s *spaceState) found(b Book, c *change) error {
	f := c.ops[0].(*opFoundSpace)
	if (f.kind == TeamSpace) != (f.owner.Type == ToTeam) {
		return ErrFormat
	}
	if c.author.ref() != f.owner {
		return ErrRight
	}
	if c.author.via {
		role, err := b.roleOf(c)
		if err != nil {
			return err
		}
		if role != Lead {
			return ErrRight
		}
	}
	s.id, s.anchor, s.kind = SpaceID(c.hash), anchorOf(c, f.nonce), f.kind
	s.owner, s.founding = f.owner, f.founding
	s.stints = []stint{{ref: f.owner, as: uint8(Own), since: c.time, from: 1}}
	return nil
}

// FoundSpace returns the first change of a new space and the secret of its
// first epoch. The owner is a member with the right to own; members are the
// others. founding is the founding key of the space's channel.
func FoundSpace(kind SpaceKind, by Author, owner Ref, members []Member, founding [32]byte, bk Book, now time.Time) (Raw, seal.Secret, error) {
	fail := func(err error) (Raw, seal.Secret, error) { return nil, seal.Secret{}, err }
	a, _, err := bk.by(by)
	if err != nil {
		return fail(err)
	}
	if owner.Type == ToTeam {
		t, ok := bk.Team(TeamID(owner.ID))
		if !ok {
			return fail(ErrUnknown)
		}
		a.via, a.team, a.teamGen = true, t.ID(), t.Generation()
	}
	f := &opFoundSpace{kind: kind, owner: owner, founding: founding}
	rand.Read(f.nonce[:])
	c := &change{kind: SpaceChain, time: millis(now), author: a, ops: []op{f}}
	all := []Ref{owner}
	for _, m := range members {
		c.ops = append(c.ops, &opAdd{m.Ref, uint8(m.Right), nil})
		all = append(all, m.Ref)
	}
	var to []recipient
	for _, r := range all {
		one, err := bk.recipient(r)
		if err != nil {
			return fail(err)
		}
		to = append(to, one)
	}
	e := seal.NewSecret()
	k, err := newKey(epochLabels, anchorOf(c, f.nonce), 1, e, seal.Secret{}, to)
	if err != nil {
		return fail(err)
	}
	c.ops = append(c.ops, k)
	raw, err := c.sign(by.Device)
	if err != nil {
		return fail(err)
	}
	if _, err := ReplaySpace([]Raw{raw}, bk); err != nil {
		return fail(err)
	}
	return raw, e, nil
}

// ReplaySpace verifies a set of changes, in any order. The accounts and teams
// of all members, past ones included, must be in the book.
func ReplaySpace(raws []Raw, b Book) (*Space, error) {
	c, err := replay(spaceRules(b), raws)
	if err != nil {
		return nil, err
	}
	return &Space{c, b, b.b.switches}, nil
}

// Reconsider returns the space as it is with what the book knows now, and
// whether that is something else. Call it when accounts or teams have changed.
func (s *Space) Reconsider() (*Space, bool) {
	if s.switches == s.book.b.switches {
		return s, false
	}
	t := &Space{s.chain, s.book, s.book.b.switches}
	if c, err := s.again(); err == nil {
		t.chain = c
	}
	return t, t.Head() != s.Head() || len(t.void) != len(s.void)
}

// Apply returns the space after one more change. A change that is known
// already changes nothing.
func (s *Space) Apply(r Raw) (*Space, error) {
	c, err := s.with(r)
	if err != nil {
		return nil, err
	}
	return &Space{c, s.book, s.switches}, nil
}

// Settle is for spaces what Account.Settle is for accounts.
func (s *Space) Settle() *Space {
	c := s.chain
	c.settled = c.head
	return &Space{c, s.book, s.switches}
}

// ID names the space: the hash of its first change.
func (s *Space) ID() SpaceID { return s.head.state.id }

// Kind says whose space it is.
func (s *Space) Kind() SpaceKind { return s.head.state.kind }

// Owner is who founded the space.
func (s *Space) Owner() Ref { return s.head.state.owner }

// Founding is the founding key of the space's channel.
func (s *Space) Founding() [32]byte { return s.head.state.founding }

// Epoch is the number of the epoch in force, from 1.
func (s *Space) Epoch() uint32 { return uint32(len(s.head.state.epochs)) }

// EpochTime is when the epoch in force was introduced, by its author's clock.
func (s *Space) EpochTime() time.Time {
	e := s.head.state.epochs
	return moment(e[len(e)-1].time)
}

// Members lists the members now, in the order they joined.
func (s *Space) Members() []Member {
	var out []Member
	for _, m := range byOrder(s.head.state.stints) {
		out = append(out, Member{m.ref, Right(m.as)})
	}
	return out
}

// Right resolves what a device may do now: the device must be active in the
// account, and the account a member, or in a team that is. The member through
// which it has the highest right is returned with it.
func (s *Space) Right(dev seal.DeviceID, acct AccountID) (Right, Ref, bool) {
	a := s.book.b.accounts[acct]
	if a == nil || !a.HasDevice(dev) {
		return 0, Ref{}, false
	}
	return s.best(acct, func(m stint) Right {
		if m.until != 0 {
			return 0
		}
		if m.ref.Type == ToAccount {
			return Right(m.as)
		}
		t := s.book.b.teams[TeamID(m.ref.ID)]
		if t == nil {
			return 0
		}
		role, _ := t.RoleOf(acct)
		return capped(Right(m.as), role)
	})
}

// RightIn resolves what a device could do while epoch n was in force: what a
// reader asks of a statement that was written then. For the newest epoch the
// answer includes who was retired since, until a next epoch is introduced.
func (s *Space) RightIn(n uint32, dev seal.DeviceID, acct AccountID) (Right, Ref, bool) {
	a, st := s.book.b.accounts[acct], s.head.state
	if a == nil || n == 0 || int(n) > len(st.epochs) {
		return 0, Ref{}, false
	}
	d := a.head.state.device(dev)
	if d == nil {
		return 0, Ref{}, false
	}
	return s.best(acct, func(m stint) Right {
		if m.from > n || m.until != 0 && m.until <= n {
			return 0
		}
		lo, hi := s.window(n, m.ref)
		if m.ref.Type == ToAccount {
			if d.from > hi || d.until != 0 && d.until <= lo {
				return 0
			}
			return Right(m.as)
		}
		t := s.book.b.teams[TeamID(m.ref.ID)]
		if t == nil {
			return 0
		}
		me := AccountRef(acct)
		if g := t.wrapGen(lo, me); g != 0 && d.until != 0 && d.until <= g {
			return 0
		}
		return capped(Right(m.as), Role(bestIn(t.head.state.stints, me, lo, hi)))
	})
}

// window returns which generations of a member were in force during epoch n,
// as far as the space's changes tell.
func (s *Space) window(n uint32, r Ref) (lo, hi uint32) {
	e := s.head.state.epochs
	gen := func(g *generation) uint32 {
		for _, w := range slices.Backward(g.wraps) {
			if w.to == r {
				return w.gen
			}
		}
		return 0
	}
	lo, hi = gen(e[n-1]), ^uint32(0)
	if int(n) < len(e) {
		if g := gen(e[n]); g != 0 {
			hi = g
		}
	}
	return lo, hi
}

func (s *Space) best(acct AccountID, right func(stint) Right) (Right, Ref, bool) {
	var best Right
	var through Ref
	for _, m := range s.head.state.stints {
		if m.ref.Type == ToAccount && m.ref.ID != [32]byte(acct) {
			continue
		}
		if r := right(m); r != 0 && (best == 0 || r < best) {
			best, through = r, m.ref
		}
	}
	return best, through, best != 0
}

// NeedsRotation reports that an epoch should be introduced: concurrent changes
// were merged, or a member has a newer key (it removed a device or a member)
// than the epoch is sealed to.
func (s *Space) NeedsRotation() bool {
	return len(s.unmerged()) > 0 || s.book.stale(s.head.state.epochs, refs(s.head.state.stints))
}

// Commitment returns the commitment to the secret of epoch n.
func (s *Space) Commitment(n uint32) ([32]byte, bool) {
	e := s.head.state.epochs
	if n == 0 || int(n) > len(e) {
		return [32]byte{}, false
	}
	return e[n-1].commitment, true
}

// CheckEpoch reports whether secret is that of epoch n.
func (s *Space) CheckEpoch(n uint32, secret seal.Secret) error {
	c, ok := s.Commitment(n)
	if !ok || !secret.Valid() || commitment(epochLabels, s.head.state.anchor, n, secret) != c {
		return ErrCommitment
	}
	return nil
}

// OpenEpoch returns the secret of epoch n from the wraps to who, ErrNoKey if
// there is none.
func (s *Space) OpenEpoch(n uint32, who Unwrapper) (seal.Secret, error) {
	if _, ok := s.Commitment(n); !ok {
		return seal.Secret{}, ErrNoKey
	}
	return openWrap(epochLabels, s.head.state.anchor, s.head.state.epochs[n-1], who.Ref(), who.Unwrap)
}

// OpenVoid returns the secrets of epochs with number n that concurrent changes
// made void. Boxes may have been sealed under them in good faith.
func (s *Space) OpenVoid(n uint32, who Unwrapper) []seal.Secret {
	var out []seal.Secret
	for _, v := range s.void {
		e := v.state.epochs
		if n == 0 || int(n) > len(e) || e[n-1].index != v.index {
			continue
		}
		if x, err := openWrap(epochLabels, s.head.state.anchor, e[n-1], who.Ref(), who.Unwrap); err == nil {
			out = append(out, x)
		}
	}
	return out
}

// Back returns the secret of the epoch before n, given that of n. It is false
// where epoch n was introduced without a way back.
func (s *Space) Back(n uint32, secret seal.Secret) (seal.Secret, bool, error) {
	if err := s.CheckEpoch(n, secret); err != nil {
		return seal.Secret{}, false, err
	}
	if s.head.state.epochs[n-1].link == nil {
		return seal.Secret{}, false, nil
	}
	p, err := openLink(epochLabels, s.head.state.anchor, s.head.state.epochs, n, secret)
	return p, err == nil, err
}

// Epochs returns every epoch's secret that who can reach, by wraps and ways back.
func (s *Space) Epochs(who Unwrapper) (map[uint32]seal.Secret, error) {
	return reach(epochLabels, s.head.state.anchor, s.head.state.epochs, who.Ref(), who.Unwrap)
}

// by returns the author as a change cites it: by its own membership or for
// the team through which it has the highest right.
func (s *Space) by(by Author) (author, error) {
	a, _, err := s.book.by(by)
	if err != nil {
		return a, err
	}
	if _, r, ok := s.Right(by.Device.ID(), by.Account); ok && r.Type == ToTeam {
		t := s.book.b.teams[TeamID(r.ID)]
		a.via, a.team, a.teamGen = true, t.ID(), t.Generation()
	}
	return a, nil
}

// AddMember adds a member. With fromNow a new epoch without a way back is
// introduced and returned, so that the member reads nothing older; otherwise
// it receives the current epoch, which leads to all before it.
func (s *Space) AddMember(by Author, m Member, current seal.Secret, fromNow bool, now time.Time) (Raw, seal.Secret, error) {
	fail := func(err error) (Raw, seal.Secret, error) { return nil, seal.Secret{}, err }
	if fromNow {
		return s.rekey(by, current, Ref{}, &m, now, &opAdd{m.Ref, uint8(m.Right), nil})
	}
	a, err := s.by(by)
	if err != nil {
		return fail(err)
	}
	n := s.Epoch()
	if err := s.CheckEpoch(n, current); err != nil {
		return fail(err)
	}
	to, err := s.book.recipient(m.Ref)
	if err != nil {
		return fail(err)
	}
	w, err := wrapFor(epochLabels, s.head.state.anchor, n, to, current)
	if err != nil {
		return fail(err)
	}
	raw, err := s.next(by.Device, a, now, &opAdd{m.Ref, uint8(m.Right), w})
	if err != nil {
		return fail(err)
	}
	return raw, current, nil
}

// RemoveMember removes a member and introduces an epoch it cannot read.
func (s *Space) RemoveMember(by Author, ref Ref, current seal.Secret, now time.Time) (Raw, seal.Secret, error) {
	return s.rekey(by, current, ref, nil, now, &opRemove{ref})
}

// SetRight changes what a member may do. A lower right comes with a new epoch.
func (s *Space) SetRight(by Author, m Member, secret seal.Secret, now time.Time) (Raw, seal.Secret, error) {
	o := &opSet{m.Ref, uint8(m.Right)}
	if old := current(s.head.state.stints, m.Ref); old == nil || uint8(m.Right) > old.as {
		return s.rekey(by, secret, Ref{}, nil, now, o)
	}
	a, err := s.by(by)
	if err != nil {
		return nil, seal.Secret{}, err
	}
	raw, err := s.next(by.Device, a, now, o)
	return raw, secret, err
}

// Advance introduces an epoch for the same members, sealed to their keys now
// in force.
func (s *Space) Advance(by Author, current seal.Secret, now time.Time) (Raw, seal.Secret, error) {
	return s.rekey(by, current, Ref{}, nil, now)
}

func (s *Space) rekey(by Author, current seal.Secret, without Ref, fromNow *Member, now time.Time, ops ...op) (Raw, seal.Secret, error) {
	fail := func(err error) (Raw, seal.Secret, error) { return nil, seal.Secret{}, err }
	a, err := s.by(by)
	if err != nil {
		return fail(err)
	}
	n, st := s.Epoch(), s.head.state
	if err := s.CheckEpoch(n, current); err != nil {
		return fail(err)
	}
	to, err := s.book.recipients(st.stints, without)
	if err != nil {
		return fail(err)
	}
	if fromNow != nil {
		one, err := s.book.recipient(fromNow.Ref)
		if err != nil {
			return fail(err)
		}
		to = append(to, one)
		current = seal.Secret{}
	}
	e := seal.NewSecret()
	k, err := newKey(epochLabels, st.anchor, n+1, e, current, to)
	if err != nil {
		return fail(err)
	}
	raw, err := s.next(by.Device, a, now, append(ops, k)...)
	if err != nil {
		return fail(err)
	}
	return raw, e, nil
}
