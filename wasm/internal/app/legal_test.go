package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/record"
)

// oneRecord is a batch with one dose.
func oneRecord() []byte {
	e := &diary.Treatment{Taken: diary.Moment{Ms: 1_000_000, Offset: 60}, Product: "fviii.advate", Amount: diary.Units(2000), Lots: []diary.Lot{{Batch: "A1", Packs: 2, Strength: diary.Units(1000)}}}
	e.ID = diary.ID{7}
	r, ok := record.Of(keyring.SpaceID{1}, link.Hash{2}, 1_000_001, e)
	if !ok {
		panic("a dose is no record")
	}
	return record.Batches([]record.Record{r})[0]
}

// The latest check of a year counts, whatever the order in which they came.
func TestChecksAreInTheirOrderWhateverTheOrderOfArrival(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var all []*link.Entry
	for i := range 6 {
		e := by(typeCheck, keyring.Treat, uint64(i+1), (&Check{Patient: keyring.SpaceID{byte(i % 2)}, Year: 2025, Note: fmt.Sprint(i)}).body())
		e.Time = int64(1000 + i*10)
		all = append(all, e)
	}
	var want string
	for n := range 30 {
		g := legal{book: record.NewBook()}
		for _, i := range rng.Perm(len(all)) {
			g.take(all[i])
		}
		got := fmt.Sprint(g.checks)
		if n == 0 {
			want = got
			if !slices.IsSortedFunc(g.checks, func(a, b Check) int { return a.At.Compare(b.At) }) {
				t.Fatalf("not by time: %v", g.checks)
			}
		}
		if got != want {
			t.Fatalf("%s\n%s", got, want)
		}
	}
}
