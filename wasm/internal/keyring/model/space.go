package model

import "fmt"

// Accounts around a space, and their devices.
const (
	Owner    = iota // devices 0 and 1
	Carer           // device 2
	Stranger        // device 3
	accounts
)

func account(device int) int { return max(device-1, 0) }

// An OwnerHistory is what happens in the owner's account, which does not fork here. Its last
// device, 1, may be retired.
type OwnerHistory struct {
	Generation int // at the end
	Retired    int // the first generation without device 1; 0: never
}

// OwnerHistories lists them with at most two changes.
var OwnerHistories = []OwnerHistory{{1, 0}, {2, 0}, {2, 2}, {3, 0}, {3, 2}, {3, 3}}

// Ops counts the changes of the account.
func (h OwnerHistory) Ops() int { return h.Generation - 1 }

// A SpaceOp is what a change of a space does.
type SpaceOp uint8

const (
	Advance SpaceOp = iota
	Expel
	Invite
	InviteFromNow
)

// A SpaceChange is what somebody may try to sign.
type SpaceChange struct {
	By    int
	Cite  int // generation of the author's account
	Op    SpaceOp
	Who   int  // account
	Key   bool // introduces an epoch
	Owner int  // generation of the owner to which it is sealed
	Also  Set  // accounts to which it is sealed besides
}

type spaceState struct {
	member [accounts]int // order of joining, from 1; 0: no member
	joined int
	gone   Set // accounts that were removed on the way and are no members
	clock  int // highest generation of the owner that was cited
	sealed int // generation of the owner to which the epoch in force is sealed
	key    int
	epoch  int
}

// A Space is a history of a space.
type Space struct {
	tree
	rules  Rules
	owner  OwnerHistory
	change [maxNodes]SpaceChange
	state  [maxNodes]spaceState
	sealed [maxNodes]Set // devices
}

// NewSpace returns a space of the owner and the carer, founded in the owner's first generation.
func NewSpace(r Rules, h OwnerHistory) *Space {
	s := &Space{rules: r, owner: h}
	s.n = 1
	s.parent[0] = -1
	s.change[0] = SpaceChange{Cite: 1, Key: true, Owner: 1}
	s.state[0] = spaceState{member: [accounts]int{1, 2, 0}, joined: 2, clock: 1, sealed: 1, epoch: 1}
	s.sealed[0] = s.reached(Owner, 1) | s.reached(Carer, 1)
	return s
}

// Len counts the changes.
func (s *Space) Len() int { return s.n }

// Order says in which order the hashes of the changes are.
func (s *Space) Order(hash []int) { copy(s.hash[:], hash) }

func (s *Space) drop() { s.n-- }

// activeIn says whether a device was active in a generation of its account.
func (s *Space) activeIn(d, gen int) bool {
	return d != 1 || s.owner.Retired == 0 || gen < s.owner.Retired
}

// reached says which devices open what is sealed to a generation of an account: the link leads
// to a generation from all that come after it.
func (s *Space) reached(acct, gen int) (out Set) {
	for d := range Devices {
		if account(d) == acct && s.activeIn(d, gen) {
			out |= only(d)
		}
	}
	return out
}

// Try adds a change after at if the rules take it.
func (s *Space) Try(at int, c SpaceChange) bool {
	st, r, me := s.state[at], s.rules, account(c.By)
	known := [accounts]int{s.owner.Generation, 1, 1}
	if c.Cite < 1 || c.Cite > known[me] {
		return false // 14
	}
	if !s.activeIn(c.By, c.Cite) && r&NoOwnKeys == 0 {
		return false // 14
	}
	if st.member[me] == 0 && r&NoActive == 0 {
		return false // 14
	}
	if me == Owner {
		if c.Cite < st.clock && r&NoClock == 0 {
			return false // 15
		}
		st.clock = max(st.clock, c.Cite)
	}
	if c.Op != Advance && me != Owner && r&NoRights == 0 {
		return false // 18
	}
	switch c.Op {
	case Expel:
		if c.Who == Owner || st.member[c.Who] == 0 {
			return false // 9; that an owner remains is not looked at
		}
		if c.Who == me && r&NoSelf == 0 {
			return false // 8
		}
		if !c.Key && r&NoRotation == 0 {
			return false // 7
		}
		st.member[c.Who] = 0
		st.gone |= only(c.Who)
	case Invite, InviteFromNow:
		if st.member[c.Who] != 0 {
			return false // 9
		}
		st.joined++
		st.member[c.Who] = st.joined
		st.gone &^= only(c.Who)
	}
	n := s.n
	s.sealed[n] = 0
	if c.Key {
		if c.Owner < 1 || c.Owner > s.owner.Generation || c.Owner < st.clock && r&NoClock == 0 {
			return false // 15
		}
		if me == Owner && c.Owner != c.Cite && r&NoSameGeneration == 0 {
			return false // 15
		}
		st.clock = max(st.clock, c.Owner)
		to := s.reached(Owner, c.Owner) | only(c.By)
		for a := Carer; a < accounts; a++ {
			if st.member[a] == 0 && c.Also.has(a) && r&NoRecipients == 0 {
				return false // 6
			}
			if st.member[a] != 0 || c.Also.has(a) {
				to |= s.reached(a, 1)
			}
		}
		s.sealed[n] = to
		st.key, st.epoch, st.sealed = n, st.epoch+1, c.Owner // 5
	}
	s.n++
	s.parent[n], s.change[n], s.state[n] = at, c, st
	s.hash[n], s.arrival[n] = n, n
	return true
}

func (s *Space) rank(fork, n int) int {
	acct := account(s.change[n].By)
	order := s.state[fork].member[acct]
	switch {
	case order == 0:
		return lowest
	case acct == Owner:
		return 0
	}
	return order
}

func (s *Space) removes(n, v int) int {
	by := s.change[v].By
	if by == 1 && s.owner.Retired != 0 && s.owner.Retired <= s.state[n].clock {
		return 2
	}
	if s.removal(n) && s.change[n].Who == account(by) {
		return 1
	}
	return 0
}

func (s *Space) removal(n int) bool { return s.change[n].Op == Expel }

// Head is the change in force.
func (s *Space) Head() int { return s.head(s, s.rules) }

// InForce says whether n is not void, where head is the change in force.
func (s *Space) InForce(n, head int) bool { return s.on(n, head) }

// Member, Epoch and KeyOf are what holds after a change.
func (s *Space) Member(n, acct int) bool { return s.state[n].member[acct] != 0 }
func (s *Space) Epoch(n int) int         { return s.state[n].epoch }
func (s *Space) KeyOf(n int) int         { return s.state[n].key }

// Due says that a new epoch should be introduced: changes were merged, or the owner has a newer
// generation than the epoch in force is sealed to.
func (s *Space) Due(head int) bool {
	for n := 1; n < s.n; n++ {
		if !s.on(n, head) && s.rules&NoMerge == 0 {
			return true
		}
	}
	return s.state[head].sealed < s.owner.Generation && s.rules&NoStale == 0
}

// Knows says which devices can reach the key of the epoch that each change introduced.
func (s *Space) Knows() (know [maxNodes]Set) {
	know = s.sealed
	for n := s.n - 1; n > 0; n-- {
		c := &s.change[n]
		before := s.state[s.parent[n]].key
		if c.Op == Invite && !c.Key {
			know[before] |= s.reached(c.Who, 1)
		}
		if c.Key && (c.Op != InviteFromNow || s.rules&NoFromNow != 0) {
			know[before] |= know[n]
		}
	}
	return know
}

// Broken names the first invariant that does not hold, "" if all do.
func (s *Space) Broken() string {
	head := s.Head()
	know, due, st := s.Knows(), s.Due(head), s.state[head]
	void := false
	for n := 1; n < s.n; n++ {
		void = void || !s.on(n, head)
	}
	if void && !due {
		return ForkUnnoticed
	}
	var out, now Set // devices of accounts that were removed, and of members
	for a := range accounts {
		if st.gone.has(a) {
			out |= s.reached(a, 1)
		}
		if st.member[a] != 0 {
			now |= s.reached(a, [accounts]int{s.owner.Generation, 1, 1}[a])
		}
	}
	for n := head; n > 0; n = s.parent[n] {
		c := &s.change[n]
		if c.Op != Advance && account(c.By) != Owner {
			return OwnerOverruled
		}
		// An account that was removed, and that no owner invited again, reaches nothing since then.
		if c.Op == Expel && st.gone.has(c.Who) && !s.invited(n, c.Who) {
			for m := head; m >= n; m = s.parent[m] {
				if know[s.state[m].key]&s.reached(c.Who, 1) != 0 {
					return RemovedReads
				}
			}
		}
		// A device that its account retired reaches no epoch once the space has heard of that.
		if u := s.owner.Retired; c.Key && u != 0 && s.state[s.parent[n]].clock >= u && know[n].has(1) {
			return RemovedReads
		}
		// Who was added from now on, and once only, reads nothing older.
		if c.Op == InviteFromNow && st.joined == s.state[n].joined && !void && know[s.state[s.parent[n]].key]&s.reached(c.Who, 1) != 0 &&
			!s.state[s.parent[n]].gone.has(c.Who) {
			return OldRead
		}
	}
	if know[st.key]&^now != 0 && !due {
		return StrangerReads
	}
	if now&^know[st.key] != 0 {
		return MemberCannotRead
	}
	// Of two changes after the first, one of a retired device and one that has heard of it.
	if u := s.owner.Retired; u != 0 && s.n == 3 && s.parent[1] == 0 && s.parent[2] == 0 {
		for n, m := 1, 2; n <= 2; n, m = n+1, m-1 {
			if s.change[n].By == 1 && s.change[m].By != 1 && s.state[m].clock >= u && head == n {
				return RetiredWins
			}
		}
	}
	return ""
}

// invited says whether an account was invited after n, be it in a void branch.
func (s *Space) invited(n, acct int) bool {
	for m := n + 1; m < s.n; m++ {
		if o := s.change[m].Op; s.on(n, m) && (o == Invite || o == InviteFromNow) && s.change[m].Who == acct {
			return true
		}
	}
	return false
}

// SpaceHistories calls see for every history of a space with at most ops changes, those of the
// owner's account included, in the order of Histories.
func SpaceHistories(r Rules, h OwnerHistory, ops int, see func(*Space) bool) {
	s := NewSpace(r, h)
	all := spaceMoves(r, h)
	var grow func(left int) bool
	grow = func(left int) bool {
		if !see(s) {
			return false
		}
		if left == 0 {
			return true
		}
		for at := s.n - 1; at >= 0; at = s.parent[at] {
			for _, c := range all {
				if !s.Try(at, c) {
					continue
				}
				ok := grow(left - 1)
				s.drop()
				if !ok {
					return false
				}
			}
		}
		return true
	}
	if left := ops - h.Ops(); left >= 0 {
		grow(left)
	}
}

// spaceMoves lists what anybody may try.
func spaceMoves(r Rules, h OwnerHistory) (out []SpaceChange) {
	for by := range Devices {
		for cite := 1; cite <= h.Generation; cite++ {
			if cite > 1 && account(by) != Owner {
				continue
			}
			for to := 1; to <= h.Generation; to++ {
				c := SpaceChange{By: by, Cite: cite, Key: true, Owner: to}
				out = append(out, c)
				if r&NoRecipients != 0 {
					c.Also = only(Carer) | only(Stranger)
					out = append(out, c)
				}
				for who := Carer; who < accounts; who++ {
					c := SpaceChange{By: by, Cite: cite, Key: true, Owner: to, Who: who, Op: Expel}
					out = append(out, c)
					if r&NoRecipients != 0 {
						c.Also = only(who)
						out = append(out, c)
					}
					out = append(out, SpaceChange{By: by, Cite: cite, Key: true, Owner: to, Who: who, Op: InviteFromNow})
				}
			}
			for who := Carer; who < accounts; who++ {
				out = append(out, SpaceChange{By: by, Cite: cite, Who: who, Op: Invite})
				if r&NoRotation != 0 {
					out = append(out, SpaceChange{By: by, Cite: cite, Who: who, Op: Expel})
				}
			}
		}
	}
	return out
}

// String tells a history, for people.
func (s *Space) String() string {
	names := [Devices]string{"the owner", "the owner's second device", "the carer", "the stranger"}
	whom := [accounts]string{"the owner", "the carer", "the stranger"}
	head := s.Head()
	out := fmt.Sprintf("the owner's account comes to generation %d", s.owner.Generation)
	if s.owner.Retired != 0 {
		out += fmt.Sprintf(", and retires the second device in %d", s.owner.Retired)
	}
	out += "\n"
	for n := 1; n < s.n; n++ {
		c := &s.change[n]
		out += fmt.Sprintf("%d after %d: %s, citing %d, ", n, s.parent[n], names[c.By], c.Cite)
		switch c.Op {
		case Expel:
			out += "removes " + whom[c.Who]
		case Invite:
			out += "adds " + whom[c.Who]
		case InviteFromNow:
			out += "adds from now on " + whom[c.Who]
		case Advance:
			out += "makes an epoch"
		}
		if c.Key {
			out += fmt.Sprintf(", sealed to the owner's %d", c.Owner)
		} else if c.Op == Expel {
			out += " without an epoch"
		}
		if c.Also != 0 {
			out += ", and gives the key away"
		}
		if !s.on(n, head) {
			out += " (void)"
		}
		out += "\n"
	}
	return out
}
