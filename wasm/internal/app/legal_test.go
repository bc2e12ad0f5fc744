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

// What was read when the vault was opened is put into the book afterwards, little by
// little; asked sooner, the book is whole.
func TestBatchesThatWaitAreFiledBeforeAnybodyLooks(t *testing.T) {
	batch := func(i byte) *link.Entry {
		e := &diary.Treatment{Taken: diary.Moment{Ms: 1_000_000, Offset: 60}, Product: "fviii.advate", Amount: diary.Units(2000)}
		e.ID = diary.ID{i}
		r, ok := record.Of(keyring.SpaceID{1}, link.Hash{i}, 1_000_001, e)
		if !ok {
			t.Fatal("a dose is no record")
		}
		return by(typeRecord, keyring.Treat, uint64(i), recordBody(record.Batches([]record.Record{r})[0]))
	}
	c := &Client{legal: legal{book: record.NewBook(), lazy: true}}
	for i := byte(1); i <= 5; i++ {
		c.legal.take(batch(i))
	}
	if c.legal.book.Len() != 0 {
		t.Fatal("unlocking waits for the record")
	}
	c.legal.lazy = false
	c.legal.take(batch(6)) // from a colleague
	if c.fileFor(0) || c.legal.book.Len() != 2 {
		t.Fatalf("%d records after the first step", c.legal.book.Len())
	}
	if n := c.wholeBook().Len(); n != 6 || !c.fileFor(0) {
		t.Fatalf("%d records in the whole book", n)
	}
}
