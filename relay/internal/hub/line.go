package hub

import (
	"container/heap"
	"sync"

	"vialog/shared/wire"
)

// A line is where tenants wait for what the store does one after the other: there
// is one for its only writer, and one for those few that read. So much is in hand
// at a time that the next is ready when one is done; who comes beyond that has a
// turn by start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each turn
// begins, on a clock that counts bytes, where the tenant's last one ends, and the
// earliest goes first. So a tenant that waits gets as many bytes as any other, and
// one that comes anew is behind what the store has in hand, not behind what others
// have waiting.
type line struct {
	mu      sync.Mutex              // guards the rest
	room    int64                   // what may be in hand
	inHand  int64                   // what is
	now     int64                   // start of the turn that came last
	ends    map[wire.TenantID]int64 // of each tenant's turns
	waiting turns
	count   uint64 // turns that have waited, to keep their order
}

// A turn is one call of the store.
type turn struct {
	start, weight int64 // in hand
	order         uint64
	come          chan struct{}
}

const (
	writeRoom = 16 << 20 // bytes: two of the largest groups that a store commits
	readRoom  = 8        // reads: two for each connection of a store that reads
	turnCost  = 4 << 10  // of a box that is written, and of a read, beside the bytes
	maxEnds   = 1024     // tenants that are remembered although their turns may have passed
)

func (l *line) init(room int64) { l.room, l.ends = room, map[wire.TenantID]int64{} }

// enter waits for t's turn with something that costs so much and weighs so much
// while it is in hand, and returns what gives its place to the next.
func (l *line) enter(t wire.TenantID, cost, weight int64) (leave func()) {
	one := &turn{weight: weight}
	l.mu.Lock()
	one.start = max(l.now, l.ends[t])
	l.ends[t] = one.start + cost
	if len(l.waiting) == 0 && l.fits(one) {
		l.begin(one)
		l.mu.Unlock()
	} else {
		one.come = make(chan struct{})
		one.order = l.count
		l.count++
		heap.Push(&l.waiting, one)
		l.mu.Unlock()
		<-one.come
	}
	return func() { l.leave(one) }
}

// fits reports whether there is room for one more. Called with mu held.
func (l *line) fits(one *turn) bool { return l.inHand == 0 || l.inHand+one.weight <= l.room }

func (l *line) begin(one *turn) {
	l.inHand += one.weight
	l.now = max(l.now, one.start)
}

func (l *line) leave(one *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inHand -= one.weight
	for len(l.waiting) > 0 && l.fits(l.waiting[0]) {
		next := heap.Pop(&l.waiting).(*turn)
		l.begin(next)
		close(next.come)
	}
	switch {
	case l.inHand == 0:
		clear(l.ends)
		l.now = 0
	case len(l.ends) > maxEnds:
		for t, end := range l.ends {
			if end <= l.now {
				delete(l.ends, t)
			}
		}
	}
}

// turns is a heap: the first is the one to come.
type turns []*turn

func (t turns) Len() int { return len(t) }
func (t turns) Less(i, j int) bool {
	if t[i].start != t[j].start {
		return t[i].start < t[j].start
	}
	return t[i].order < t[j].order
}
func (t turns) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *turns) Push(x any)   { *t = append(*t, x.(*turn)) }
func (t *turns) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	return last
}
