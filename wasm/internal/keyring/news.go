package keyring

import (
	"slices"
	"time"
)

// News are changes of one account or team, in order. Where they do not begin
// with the first, whoever they are for knows what stands before them.
type News struct {
	Team bool
	Raws []Raw
}

// News lists what somebody who has verified the epoch in force may not know yet
// of the accounts and teams of the members, and needs to verify a change that
// follows: accounts before the teams they are in.
//
// The epoch was sealed to a generation of each member, and a team's generation
// to generations of its accounts. Who verified that knows the chains up to there.
// Of a chain with concurrent changes everything is listed: which branch somebody
// knows nobody can tell.
func (s *Space) News() []News { return s.NewsSince(s.Epoch()) }

// NewsSince is News for who has verified epoch n, which may be an older one.
func (s *Space) NewsSince(n uint32) []News {
	var out []News
	st := s.head.state
	if n == 0 || int(n) > len(st.epochs) {
		return nil
	}
	known := s.sealedTo(n)
	accounts := make(map[AccountID]bool)
	account := func(id AccountID, gen uint32) {
		a := s.book.b.accounts[id]
		if a == nil || accounts[id] {
			return
		}
		accounts[id] = true
		if raws := a.after(a.head.state.gens, gen); len(raws) > 0 {
			out = append(out, News{Raws: raws})
		}
	}
	for _, m := range st.stints {
		if m.until != 0 && m.until <= n {
			continue
		}
		if m.ref.Type == ToAccount {
			account(AccountID(m.ref.ID), known[m.ref])
			continue
		}
		t := s.book.b.teams[TeamID(m.ref.ID)]
		if t == nil {
			continue
		}
		ts, gen := t.head.state, known[m.ref]
		var of map[Ref]uint32
		if gen > 0 {
			of = t.sealedTo(gen)
		}
		for _, a := range ts.stints {
			if a.until == 0 || a.until > gen {
				account(AccountID(a.ref.ID), of[a.ref])
			}
		}
		if raws := t.after(ts.gens, gen); len(raws) > 0 {
			out = append(out, News{Team: true, Raws: raws})
		}
	}
	return out
}

// sealedTo tells to which generation of each member at least the key with a number
// was sealed, by the very change that introduced it. Of concurrent changes a reader
// may have known any one: the lowest generation counts, and none if one of them
// was not sealed to the member.
func (c chain[S]) sealedTo(number uint32) map[Ref]uint32 {
	var at map[Ref]uint32
	for _, n := range c.list {
		k := n.key()
		if k == nil || k.number != number {
			continue
		}
		here := make(map[Ref]uint32, len(k.wraps))
		for _, w := range k.wraps {
			if gen, ok := at[w.to]; ok || at == nil {
				here[w.to] = w.gen
				if ok {
					here[w.to] = min(gen, w.gen)
				}
			}
		}
		at = here
	}
	return at
}

// after returns the changes above the one that introduced a generation: all if
// the generation is 0, or if there are concurrent changes.
func (c chain[S]) after(gens []*generation, gen uint32) []Raw {
	all := c.Raws()
	if gen == 0 || int(gen) > len(gens) || len(c.void) > 0 {
		return all
	}
	return all[min(int(gens[gen-1].index)+1, len(all)):]
}

// Since returns the changes of the space that somebody who has the key of epoch n,
// and nothing that was sent under it, may not know: those that stand above the
// change which introduced it, void ones included.
func (s *Space) Since(n uint32) []Raw {
	e := s.head.state.epochs
	if n == 0 || int(n) > len(e) {
		return s.Raws()
	}
	at := e[n-1].index
	for _, v := range s.void {
		if v.index <= at {
			at = min(at, v.index-1)
		}
	}
	var out []Raw
	for _, c := range s.list {
		if c.index > at {
			out = append(out, slices.Clone(c.raw))
		}
	}
	return out
}

// VoidEpochs lists the numbers of epochs that lost against concurrent changes.
func (s *Space) VoidEpochs() []uint32 {
	var out []uint32
	for _, v := range s.void {
		if k := v.key(); k != nil && !slices.Contains(out, k.number) {
			out = append(out, k.number)
		}
	}
	slices.Sort(out)
	return out
}

// Behind reports that a member's account has a newer key than the team's is sealed to.
func (t *Team) Behind(id AccountID) bool {
	if _, ok := t.RoleOf(id); !ok {
		return false
	}
	return t.book.stale(t.head.state.gens, []Ref{AccountRef(id)})
}

// Behind reports that a member has a newer key than the epoch is sealed to.
func (s *Space) Behind(r Ref) bool {
	return current(s.head.state.stints, r) != nil && s.book.stale(s.head.state.epochs, []Ref{r})
}

// Merging reports that concurrent changes were merged and no new key has
// answered that yet.
func (t *Team) Merging() bool { return len(t.unmerged()) > 0 }

// Merging is for spaces what Team.Merging is for teams.
func (s *Space) Merging() bool { return len(s.unmerged()) > 0 }

// Shut is the newest generation that shut somebody out: a device that was removed
// holds none from there on. It is 1 if nobody was.
func (a *Account) Shut() uint32 {
	n := uint32(1)
	for _, d := range a.head.state.devices {
		n = max(n, d.until)
	}
	return n
}

// Shut is the newest generation that shut somebody out, a colleague or a device
// of one: 1 if nobody was.
func (t *Team) Shut() uint32 {
	s := t.head.state
	n := uint32(1)
	for _, m := range s.stints {
		if current(s.stints, m.ref) == nil {
			n = max(n, m.until)
		}
		a := t.book.b.accounts[AccountID(m.ref.ID)]
		if a == nil {
			continue
		}
		for _, d := range a.head.state.devices {
			if d.until == 0 {
				continue
			}
			// The first generation that is sealed to a key which the device lacks.
			for g := uint32(1); g <= uint32(len(s.gens)); g++ {
				if w := t.wrapGen(g, m.ref); w >= d.until {
					n = max(n, g)
					break
				}
			}
		}
	}
	return n
}

// generationSince is when a generation was introduced, by its author's clock.
func (t *Team) generationSince(n uint32) (time.Time, bool) {
	g := t.head.state.gens
	if n == 0 || int(n) > len(g) {
		return time.Time{}, false
	}
	return moment(g[n-1].time), true
}

// Left tells when an account that is not in the team any more was taken out of it,
// by the clock of who did it; false for members, and for who never was one.
func (t *Team) Left(id AccountID) (time.Time, bool) {
	s := t.head.state
	var until uint32
	for _, m := range s.stints {
		if m.ref == AccountRef(id) {
			if m.until == 0 {
				return time.Time{}, false
			}
			until = max(until, m.until)
		}
	}
	return t.generationSince(until)
}
