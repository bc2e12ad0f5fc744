// Package queue collects changes that are pending, so that a store commits many
// of them together and only then answers.
package queue

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"vialog/relay/internal/store"
)

// An Op is one change that somebody waits for. H tells the committer what the
// change will need.
type Op[T, H any] struct {
	Hint  H
	Size  int           // bytes of box data
	run   func(T) error // refuses before it changes anything
	state atomic.Int32  // waiting, then taken or abandoned
	err   error         // set before done is closed
	done  chan struct{}
}

const (
	waiting int32 = iota
	taken
	abandoned
)

// Run runs the change in t and reports true, unless nobody waits for it any more.
func (o *Op[T, H]) Run(t T) bool {
	if !o.state.CompareAndSwap(waiting, taken) {
		return false
	}
	o.err = o.run(t)
	return true
}

// Finish answers: with err if it is not nil, otherwise with what Run returned.
func (o *Op[T, H]) Finish(err error) {
	// One that is still waiting was not reached before the store failed.
	o.state.CompareAndSwap(waiting, taken)
	if err != nil {
		o.err = err
	}
	close(o.done)
}

// A Queue is used by many who call Do and one who receives and collects.
type Queue[T, H any] struct {
	ops      chan *Op[T, H]
	maxBytes int

	mu     sync.RWMutex // held for reading while sending to ops
	closed bool         // guarded by mu
}

// New returns a queue whose groups have up to so many changes, and take no
// further one in beyond so many bytes.
func New[T, H any](maxOps, maxBytes int) *Queue[T, H] {
	return &Queue[T, H]{ops: make(chan *Op[T, H], maxOps), maxBytes: maxBytes}
}

// Do has run executed and committed. When it returns the error of ctx, run was
// not executed and never will be.
func (q *Queue[T, H]) Do(ctx context.Context, size int, hint H, run func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &Op[T, H]{Hint: hint, run: run, Size: size, done: make(chan struct{})}
	q.mu.RLock()
	if q.closed {
		q.mu.RUnlock()
		return store.ErrClosed
	}
	select {
	case q.ops <- o:
		q.mu.RUnlock()
	case <-ctx.Done():
		q.mu.RUnlock()
		return ctx.Err()
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
	}
	if o.state.CompareAndSwap(waiting, abandoned) {
		return ctx.Err()
	}
	<-o.done // already on its way to the disk: say what became of it
	return o.err
}

// Close lets nothing more in. What is pending can still be collected.
func (q *Queue[T, H]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.ops)
	}
}

// Next gives one pending change after another, and is closed once the queue is
// closed and empty. Who receives one collects with it.
func (q *Queue[T, H]) Next() <-chan *Op[T, H] { return q.ops }

// Collect returns first, in group's memory, with those that wait beside it. Those
// who are about to ask, because the last group was answered just now, may do so
// before: a group of one costs nearly as much as one of many.
func (q *Queue[T, H]) Collect(group []*Op[T, H], first *Op[T, H]) []*Op[T, H] {
	group = append(group[:0], first)
	before, yields := 0, 0
	for size := first.Size; len(group) < cap(q.ops) && size < q.maxBytes; {
		select {
		case o, ok := <-q.ops:
			if !ok {
				return group
			}
			size += o.Size
			group = append(group, o)
		default:
			if len(group) == before || yields == mostYields {
				return group // nobody came while others had their turn
			}
			before = len(group)
			yields++
			runtime.Gosched()
		}
	}
	return group
}

const mostYields = 8 // each is short, unless the machine is busy
