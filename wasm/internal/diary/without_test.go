package diary

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// A diary without some items is the one that never had their records: nothing of
// them is an entry there, neither a version nor a correction that does not count,
// and all others are as they were.
func TestADiaryWithoutSomeItemsKnowsNothingOfThem(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	kept, hidden := 0, 0
	for range 300 {
		var whole, part Diary
		for _, r := range some(rng) {
			whole.Add(r)
		}
		hide := func(it *Item) bool {
			sum := 0
			for _, b := range it.ID {
				sum += int(b)
			}
			return sum%3 == 0
		}
		if rng.IntN(2) == 0 { // it reads the records itself
			all := whole.Records()
			whole.Rest(func(add func(Record)) error {
				for _, r := range all {
					add(r)
				}
				return nil
			})
		}
		part.Rest(whole.Without(hide))
		every := Filter{Retracted: true}
		for k := firstKind; k < firstKind+kinds; k++ {
			every.Kinds = append(every.Kinds, k)
		}
		for _, it := range part.Timeline(every) {
			was, ok := whole.Get(it.ID)
			if !ok || hide(was) {
				t.Fatalf("item %v of kind %v was hidden, or never there", it.ID, it.Kind())
			}
		}
		for _, it := range whole.Timeline(every) {
			got, ok := part.Get(it.ID)
			if ok == hide(it) {
				t.Fatalf("item %v: hidden %v, there %v", it.ID, hide(it), ok)
			}
			if ok {
				kept++
				if got.Versions != it.Versions || got.Entry.Top().ID != it.Entry.Top().ID || (got.Retracted == nil) != (it.Retracted == nil) {
					t.Fatalf("item %v has become another", it.ID)
				}
				continue
			}
			hidden++
			for _, v := range whole.History(it.ID) {
				if x, ok := part.Get(v.ID); ok {
					t.Fatalf("version %v of a hidden item is the entry %v", v.ID, x.ID)
				}
			}
		}
	}
	if kept < 100 || hidden < 100 {
		t.Errorf("%d items kept and %d hidden say little", kept, hidden)
	}
}

// Where the records cannot be read, the other diary says so as well, and does not
// pass for one without entries.
func TestADiaryOnOneThatCannotBeReadRestsOn(t *testing.T) {
	var whole, other Diary
	whole.Rest(func(func(Record)) error { return errors.New("the disk failed") })
	other.Rest(whole.Without(func(*Item) bool { return false }))
	if other.Timeline(Filter{}); !other.Resting() {
		t.Error("it has woken")
	}
}
