package keyring

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/seal"
)

// removal says how a change removes somebody.
type removal uint8

const (
	not      removal = iota
	byRank           // counts if the one removed was a member before the fork, and the remover's rank is not lower
	absolute         // the removed one's own account or team says so
)

// noRank is the lowest: that of who is no member.
const noRank = ^uint32(0)

// rules are what differs between accounts, teams and spaces. S is a pointer
// to a state that is never written again once it was returned.
type rules[S any] struct {
	kind ChainKind

	// apply verifies c against the state before it (nil for the first change)
	// and returns the state after it. The verdict depends on nothing but the
	// changes before c and the book.
	apply func(before S, c *change) (S, error)

	// faith says whether a change that was refused was in order by what a void
	// branch of its author's account or team says: others took it in good faith.
	// nil where no book is needed. Such a change is void, with what follows it;
	// outcast returns the state after it, which has nothing new but its key,
	// and signed checks its signature.
	faith   func(c *change, refused error) bool
	outcast func(before S, c *change) S
	signed  func(c *change) error

	// rank of an author at a fork; smaller is higher, noRank if it was no member.
	rank func(fork S, a author) uint32

	// removes says whether c, which led to after, removes victim.
	removes func(after S, c *change, victim author) removal
}

type node[S any] struct {
	*change
	parent  *node[S]
	state   S
	outcast bool // void whatever else there is: see rules.faith
}

// A chain is a set of changes that was verified once. Values share what is
// equal and are never changed.
type chain[S any] struct {
	rules  rules[S]
	nodes  map[Hash]*node[S]
	list   []*node[S] // parents first
	head   *node[S]
	forked bool
	void   []*node[S] // off the path to head

	settled *node[S] // nil: none; may not become void any more
}

func replay[S any](rules rules[S], raws []Raw) (chain[S], error) {
	c := chain[S]{rules: rules, nodes: make(map[Hash]*node[S], min(len(raws), MaxChain))}
	if len(raws) == 0 {
		return c, &ChangeError{0, ErrLink}
	}
	if len(raws) > MaxChain {
		return c, &ChangeError{MaxChain, ErrLimit}
	}
	changes := make([]*change, 0, len(raws))
	for i, r := range raws {
		ch, err := parse(r)
		if err != nil {
			return c, &ChangeError{i, err}
		}
		changes = append(changes, ch)
	}
	// By position, so that parents come first whatever the order of arrival.
	arrange.By(changes, func(a, b *change) int {
		if a.index != b.index {
			return int(a.index) - int(b.index)
		}
		return bytes.Compare(a.hash[:], b.hash[:])
	})
	for _, ch := range changes {
		if err := c.insert(ch); err != nil {
			return c, err
		}
	}
	c.resolve()
	return c, nil
}

// with returns the chain with one more change, verifying only that one.
func (c chain[S]) with(raw Raw) (chain[S], error) {
	ch, err := parse(raw)
	if err != nil {
		return c, &ChangeError{int(c.head.index) + 1, err}
	}
	if c.nodes[ch.hash] != nil {
		return c, nil
	}
	d := c
	d.nodes = maps.Clone(c.nodes)
	d.list = slices.Clip(c.list)
	if err := d.insert(ch); err != nil {
		return c, err
	}
	if !d.forked {
		d.head = d.list[len(d.list)-1]
		return d, nil
	}
	d.resolve()
	if d.settled != nil && !d.inForce(d.settled.hash) {
		return c, &ChangeError{int(ch.index), ErrSettled}
	}
	return d, nil
}

func (c chain[S]) inForce(h Hash) bool {
	n := c.nodes[h]
	return n != nil && !slices.Contains(c.void, n)
}

// InForce says whether a change is known and not void. A caller that applied
// a change sees by it whether what was in force before still is.
func (c chain[S]) InForce(h Hash) bool { return c.inForce(h) }

func (c *chain[S]) insert(ch *change) error {
	fail := func(err error) error { return &ChangeError{int(ch.index), err} }
	if c.nodes[ch.hash] != nil {
		return nil
	}
	if len(c.list) >= MaxChain {
		return fail(ErrLimit)
	}
	if ch.kind != c.rules.kind {
		return fail(ErrKind)
	}
	n := &node[S]{change: ch}
	var before S
	if ch.index == 0 {
		if ch.prev != (Hash{}) {
			return fail(ErrLink)
		}
		if len(c.list) > 0 {
			return fail(ErrFork)
		}
	} else {
		n.parent = c.nodes[ch.prev]
		if n.parent == nil || n.parent.index+1 != ch.index {
			return fail(ErrLink)
		}
		if ch.time < n.parent.time {
			return fail(ErrTime)
		}
		before = n.parent.state
		if len(c.list) > 0 && !c.forked && n.parent != c.list[len(c.list)-1] {
			c.forked = true
		}
	}
	var err error
	if n.parent != nil && n.parent.outcast {
		err = c.rules.signed(ch)
		n.outcast = true
	} else if n.state, err = c.rules.apply(before, ch); err != nil && n.parent != nil && c.rules.faith != nil && c.rules.faith(ch, err) {
		err = c.rules.signed(ch)
		n.outcast = true
	}
	if err != nil {
		return fail(err)
	}
	if n.outcast {
		n.state, c.forked = c.rules.outcast(before, ch), true
	}
	c.nodes[ch.hash] = n
	c.list = append(c.list, n)
	return nil
}

// again returns the chain as it is with what the book knows now. What is settled stays.
func (c chain[S]) again() (chain[S], error) {
	d, err := replay(c.rules, c.Raws())
	if err != nil {
		return c, err
	}
	if c.settled != nil {
		if d.settled = d.nodes[c.settled.hash]; !d.inForce(c.settled.hash) {
			return c, ErrSettled
		}
	}
	return d, nil
}

// resolve finds the head. At a fork it compares whole branches, each already
// resolved in itself, in the order of their hashes: the result depends on the
// set of changes only.
func (c *chain[S]) resolve() {
	if !c.forked {
		c.head = c.list[len(c.list)-1]
		return
	}
	children := make(map[Hash][]*node[S], len(c.list))
	for _, n := range c.list {
		if n.parent != nil {
			children[n.prev] = append(children[n.prev], n)
		}
	}
	// best holds the resolved branch that starts at a node, last change first.
	best := make(map[*node[S]][]*node[S], len(c.list))
	for _, n := range slices.Backward(c.list) {
		kids := children[n.hash]
		arrange.By(kids, func(a, b *node[S]) int { return bytes.Compare(a.hash[:], b.hash[:]) })
		var won []*node[S]
		for _, k := range kids {
			branch := best[k]
			delete(best, k)
			if k.outcast {
				continue
			}
			if won == nil || c.wins(n.state, branch, won) {
				won = branch
			}
		}
		best[n] = append(won, n)
	}
	path := best[c.list[0]]
	c.head = path[0]
	on := make(map[Hash]bool, len(path))
	for _, n := range path {
		on[n.hash] = true
	}
	c.void = nil
	for _, n := range c.list {
		if !on[n.hash] {
			c.void = append(c.void, n)
		}
	}
}

// wins says whether branch a is preferred to branch b at a fork.
func (c *chain[S]) wins(fork S, a, b []*node[S]) bool {
	ra, rb := c.removesAuthor(fork, a, b), c.removesAuthor(fork, b, a)
	if ra != rb {
		return ra > rb
	}
	ta, tb := c.top(fork, a), c.top(fork, b)
	if ta != tb {
		return ta < tb
	}
	da, db := anyRemoves(a), anyRemoves(b)
	if da != db {
		return da
	}
	fa, fb := a[len(a)-1].hash, b[len(b)-1].hash
	return bytes.Compare(fa[:], fb[:]) < 0
}

// removesAuthor says how branch a removes an author of branch b.
func (c *chain[S]) removesAuthor(fork S, a, b []*node[S]) removal {
	out := not
	for _, v := range b {
		for _, n := range a {
			r := c.rules.removes(n.state, n.change, v.author)
			// Who joined after the fork can be added and removed in a branch made for
			// that, by whoever may add: it would let a low rank win.
			if rv := c.rules.rank(fork, v.author); r == byRank && (rv == noRank || c.rules.rank(fork, n.author) > rv) {
				r = not
			}
			out = max(out, r)
		}
	}
	return out
}

func (c *chain[S]) top(fork S, branch []*node[S]) uint32 {
	r := noRank
	for _, n := range branch {
		r = min(r, c.rules.rank(fork, n.author))
	}
	return r
}

func anyRemoves[S any](branch []*node[S]) bool {
	return slices.ContainsFunc(branch, func(n *node[S]) bool { return n.change.removes() })
}

// Head names the newest change in force. Two devices with one head agree on
// everything before it.
func (c chain[S]) Head() Hash { return c.head.hash }

// HeadTime is the time that the author of the newest change claimed.
func (c chain[S]) HeadTime() time.Time { return moment(c.head.time) }

// Length counts the changes in force.
func (c chain[S]) Length() int { return int(c.head.index) + 1 }

// Raws returns all changes, void ones included, parents first: what another
// device needs to come to the same head.
func (c chain[S]) Raws() []Raw {
	out := make([]Raw, len(c.list))
	for i, n := range c.list {
		out[i] = n.raw
	}
	return out
}

// Has says whether a change is known, in force or void.
func (c chain[S]) Has(h Hash) bool { return c.nodes[h] != nil }

// Voided returns the changes that lost against concurrent ones.
func (c chain[S]) Voided() []Raw {
	out := make([]Raw, len(c.void))
	for i, n := range c.void {
		out[i] = n.raw
	}
	return out
}

// unmerged returns the ends of void branches that no change in force has
// answered with a new key.
func (c chain[S]) unmerged() []Hash {
	if len(c.void) == 0 {
		return nil
	}
	open := make(map[Hash]bool)
	for _, n := range c.void {
		open[n.hash] = true
		delete(open, n.prev)
	}
	for n := c.head; n != nil; n = n.parent {
		for _, o := range n.ops {
			if m, ok := o.(*opMerge); ok {
				for _, h := range m.heads {
					delete(open, h)
				}
			}
		}
	}
	out := slices.Collect(maps.Keys(open))
	arrange.By(out, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	return out[:min(len(out), maxMerged)]
}

// next signs a change that follows the head, after checking it as any reader will.
func (c chain[S]) next(d *seal.Device, a author, now time.Time, ops ...op) (Raw, error) {
	ch := &change{kind: c.rules.kind, index: c.head.index + 1, prev: c.head.hash,
		time: max(millis(now), c.head.time), author: a, ops: ops}
	if m := c.unmerged(); ch.key() != nil && len(m) > 0 {
		ch.ops = append(ch.ops, &opMerge{m})
	}
	raw, err := ch.sign(d)
	if err != nil {
		return nil, err
	}
	if _, err := c.with(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// shape checks the order of ops that all kinds share: founding first and only
// there, the new key after all changes of membership, the merge last and only
// with a new key; who is added gets the key in force, or the new one.
func shape(c *change, genesis bool) error {
	var keyed, merged bool
	hasKey := c.key() != nil
	for i, o := range c.ops {
		found := false
		switch o := o.(type) {
		case *opFoundAccount, *opFoundTeam, *opFoundSpace:
			found = true
		case *opKey:
			if keyed || merged {
				return ErrFormat
			}
			keyed = true
		case *opMerge:
			if !keyed || merged || genesis {
				return ErrFormat
			}
			merged = true
		case *opAdd:
			if (o.wrap == nil) != hasKey {
				return ErrRecipients
			}
		case *opAddDevice:
			if (o.wrap == nil) != hasKey {
				return ErrRecipients
			}
		}
		if _, isKey := o.(*opKey); keyed && !isKey && !merged {
			return ErrFormat
		}
		if found != (genesis && i == 0) {
			return ErrFormat
		}
	}
	if genesis && !hasKey {
		return ErrRotation
	}
	return nil
}

// merge returns the chain with all of raws, which are sorted by position.
func (c chain[S]) merge(raws []Raw) (chain[S], error) {
	var err error
	for _, r := range raws {
		if c.nodes[HashOf(r)] != nil {
			continue
		}
		if c, err = c.with(r); err != nil {
			return c, err
		}
	}
	return c, nil
}
