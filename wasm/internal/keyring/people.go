package keyring

import (
	"slices"
	"time"
)

// Accounts lists every account that is or was a member of the space: those
// whose chains a reader of the space's chain needs, besides the teams'.
func (s *Space) Accounts() []AccountID {
	var out []AccountID
	for _, m := range s.head.state.stints {
		if id := AccountID(m.ref.ID); m.ref.Type == ToAccount && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Teams lists every team that is or was a member of the space.
func (s *Space) Teams() []TeamID {
	var out []TeamID
	for _, m := range s.head.state.stints {
		if id := TeamID(m.ref.ID); m.ref.Type == ToTeam && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Ever reports that a member is in the space, or was.
func (s *Space) Ever(r Ref) bool { return everIn(s.head.state.stints, r) }

// RightOf is the right of a member itself now, 0 if it is none.
func (s *Space) RightOf(r Ref) Right {
	if m := current(s.head.state.stints, r); m != nil {
		return Right(m.as)
	}
	return 0
}

// Joined is when a member came to the space for the first time, by the clock of
// who added it; zero if it never did.
func (s *Space) Joined(r Ref) time.Time {
	for _, m := range s.head.state.stints {
		if m.ref == r {
			return moment(m.since)
		}
	}
	return time.Time{}
}

// Lowered tells what an account, as a member itself, could do in epoch n, if
// that was more than it may do now: it is 0 otherwise.
func (s *Space) Lowered(n uint32, acct AccountID) Right {
	now := s.RightOf(AccountRef(acct))
	was := Right(bestIn(s.head.state.stints, AccountRef(acct), n, n))
	if now == 0 || was == 0 || was >= now {
		return 0
	}
	return was
}
