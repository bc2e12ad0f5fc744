package link

import "vialog/wasm/internal/keyring"

// A member whose right was made less stays a member. What it wrote before
// still counts with the right that it had, and what it writes afterwards, under
// whatever epoch, does not. Who reads all of it later must come to the same
// end, so an old epoch in a statement proves nothing: as with members who were
// removed, somebody else must have seen it in time.

// readerOnly marks a claim that no statement of a member who may write makes.
const readerOnly = ^uint32(0)

// witness is the epoch in which the author of a statement has seen what it names.
func witness(s *Statement, right keyring.Right) uint32 {
	switch right {
	case keyring.Own, keyring.Care, keyring.Treat:
		return s.Epoch
	}
	return readerOnly
}

// claims reports that a member has named this very statement.
func (l *line) claims(s *Statement) bool {
	_, ok := l.claimed[place{s.Seq, s.hash}]
	return ok
}

// graded returns how much of a run by an active device is admitted now, and
// with which right. now is what its account may do today.
func (r *Replica) graded(l *line, run []*Statement, now keyring.Right) ([]*Statement, keyring.Right) {
	was := func(i int) keyring.Right {
		if run[i].Epoch < l.epoch {
			return 0 // its device has known a newer epoch
		}
		return r.space.Lowered(run[i].Epoch, run[i].Account)
	}
	old := was(0)
	n := 1
	for n < len(run) && was(n) == old {
		n++
	}
	if old == 0 {
		return run[:n], now
	}
	// As the epoch of the claim is below that in which the right was made less,
	// the member who made the claim had not heard of it.
	for k := n; k > 0; k-- {
		e, ok := l.claimed[place{run[k-1].Seq, run[k-1].hash}]
		if w := r.space.Lowered(e, run[k-1].Account); ok && w != 0 && w <= old {
			return run[:k], old
		}
	}
	// The device itself has heard of it since, and all that it had seen by then
	// is here: nobody has seen this in time.
	if n < len(run) && r.knows(run[n].Heads) {
		if then := was(n); then != 0 {
			now = then
		}
		return run[:n], now
	}
	return nil, now
}

// knows reports that all that these heads name was accepted.
func (r *Replica) knows(heads []Head) bool {
	for _, h := range heads {
		if l := r.lines[h.Device]; l == nil || h.Seq > uint64(len(l.hashes)) {
			return false
		}
	}
	return true
}
