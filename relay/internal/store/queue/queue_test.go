package queue

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// Many who ask again as soon as they are answered are committed together each time,
// rather than the first by itself and then the rest.
func TestThoseWhoAskAgainComeIntoOneGroup(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const callers, times = 64, 50
	q := New[*int, struct{}](1024, 1<<20)
	ran, groups := 0, 0
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var group []*Op[*int, struct{}]
		for first := range q.Next() {
			group = q.Collect(group, first)
			groups++
			for _, o := range group {
				if !o.Run(&ran) {
					t.Error("nobody waits for it")
				}
			}
			for _, o := range group {
				o.Finish(nil)
			}
		}
	}()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range times {
				if err := q.Do(t.Context(), 1, struct{}{}, func(n *int) error { *n++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	q.Close()
	<-ended
	if ran != callers*times {
		t.Errorf("%d ran", ran)
	}
	if groups > times*3/2 {
		t.Errorf("%d groups for %d times %d callers", groups, times, callers)
	}
}

// Who asks alone is not kept waiting for others.
func TestWhoAsksAloneIsCommittedAtOnce(t *testing.T) {
	q := New[*int, struct{}](1024, 1<<20)
	go q.Do(t.Context(), 1, struct{}{}, func(*int) error { return nil })
	first := <-q.Next()
	began := time.Now()
	const often = 1000
	for range often {
		if group := q.Collect(nil, first); len(group) != 1 {
			t.Fatalf("a group of %d", len(group))
		}
	}
	if each := time.Since(began) / often; each > 5*time.Millisecond {
		t.Errorf("it waits for %v", each)
	}
	first.Finish(nil)
	q.Close()
}
