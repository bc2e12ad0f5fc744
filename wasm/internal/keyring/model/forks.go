package model

// Rules says which rules of FORMAT.md are taken away.
type Rules uint32

const (
	NoRotation       Rules = 1 << iota // 7: a removal comes with a new key
	NoRecipients                       // 6: a key is sealed to exactly the members
	NoSelf                             // 8: nobody removes themselves
	NoRetired                          // 12: who was removed is not added again
	NoActive                           // 11, 14: an author is active where it signs
	NoWayBack                          // Keys: the link leads from a key to the one before it, not to the one after
	NoClock                            // 15: nobody cites or seals to an older generation than was cited
	NoRights                           // 18: only who owns changes members
	NoSameGeneration                   // 15: who introduces a key seals it to its own account in the generation that it cites
	NoOwnKeys                          // 14, 16: an author cites a generation in which its device is active
	NoLoss                             // Forks 1: who is removed in one branch loses with the other
	NoBefore                           // Forks 1: a removal by rank counts against who was a member before the fork
	NoRank                             // Forks 1, 2: rank decides
	NoRemoval                          // Forks 3: a removal is preferred
	NoHash                             // Forks 4, and the order of comparison: the first to arrive wins
	NoFromNow                          // Keys: a link is left out for who is added from now on
	NoEach                             // 6: a key is sealed to every member
	NoStale                            // a new epoch is due when a member has a newer generation
	NoMerge                            // after a merge a new key is due
	NoSettled                          // what is settled does not become void
)

const (
	maxNodes = 8  // the first change and seven more
	lowest   = 99 // rank of who is no member
)

// A tree holds what changes have in common: which one each follows.
type tree struct {
	n       int
	parent  [maxNodes]int
	hash    [maxNodes]int // the order of hashes
	arrival [maxNodes]int // the order in which a reader heard of them
}

// on says whether a is on the way from the first change to n.
func (t *tree) on(a, n int) bool {
	for n > a {
		n = t.parent[n]
	}
	return n == a
}

// first returns the change after fork on the way to end.
func (t *tree) first(fork, end int) int {
	for t.parent[end] != fork {
		end = t.parent[end]
	}
	return end
}

// A judge says what the resolution of forks asks of a chain.
type judge interface {
	// rank of the author of change n in the state after fork; smaller is higher.
	rank(fork, n int) int
	// removes says how change n removes the author of change v: 0 not, 1 if its rank is not lower, 2 absolutely.
	removes(n, v int) int
	// removal says whether n removes anybody.
	removal(n int) bool
}

// head is the section "Forks": the end of the branch in force.
func (t *tree) head(j judge, r Rules) int {
	var best [maxNodes]int // the end of the resolved branch that begins at a change
	for n := t.n - 1; n >= 0; n-- {
		best[n] = n
		order := &t.hash
		if r&NoHash != 0 {
			order = &t.arrival
		}
		won := -1
		for last := -1; ; {
			// The next child in ascending order.
			k := -1
			for m := n + 1; m < t.n; m++ {
				if t.parent[m] == n && order[m] > last && (k < 0 || order[m] < order[k]) {
					k = m
				}
			}
			if k < 0 {
				break
			}
			last = order[k]
			if won < 0 || t.wins(j, r, n, best[k], best[won]) {
				won = k
			}
		}
		if won >= 0 {
			best[n] = best[won]
		}
	}
	return best[0]
}

// wins says whether the branch after fork that ends in a is preferred to the one that ends in b.
func (t *tree) wins(j judge, r Rules, fork, a, b int) bool {
	if r&NoLoss == 0 {
		if ra, rb := t.removesAuthor(j, r, fork, a, b), t.removesAuthor(j, r, fork, b, a); ra != rb {
			return ra > rb
		}
	}
	if r&NoRank == 0 {
		if ta, tb := t.top(j, fork, a), t.top(j, fork, b); ta != tb {
			return ta < tb
		}
	}
	if r&NoRemoval == 0 {
		if da, db := t.anyRemoval(j, fork, a), t.anyRemoval(j, fork, b); da != db {
			return da
		}
	}
	if r&NoHash != 0 {
		return false // the other was there before
	}
	return t.hash[t.first(fork, a)] < t.hash[t.first(fork, b)]
}

func (t *tree) removesAuthor(j judge, r Rules, fork, a, b int) int {
	out := 0
	for v := b; v != fork; v = t.parent[v] {
		for n := a; n != fork; n = t.parent[n] {
			how := j.removes(n, v)
			if how == 1 && r&NoRank == 0 && j.rank(fork, n) > j.rank(fork, v) {
				how = 0
			}
			if how == 1 && r&NoBefore == 0 && j.rank(fork, v) == lowest {
				how = 0
			}
			out = max(out, how)
		}
	}
	return out
}

func (t *tree) top(j judge, fork, end int) int {
	out := lowest
	for n := end; n != fork; n = t.parent[n] {
		out = min(out, j.rank(fork, n))
	}
	return out
}

func (t *tree) anyRemoval(j judge, fork, end int) bool {
	for n := end; n != fork; n = t.parent[n] {
		if j.removal(n) {
			return true
		}
	}
	return false
}

// leaf says whether nothing follows n.
func (t *tree) leaf(n int) bool {
	for m := n + 1; m < t.n; m++ {
		if t.parent[m] == n {
			return false
		}
	}
	return true
}

// Before is the change that n follows.
func (t *tree) Before(n int) int { return t.parent[n] }
