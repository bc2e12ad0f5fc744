package diary

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A diary that has rested, whenever and how often, is the same as one that never
// did: whatever was added meanwhile, in any order, and whatever was asked between.
func TestADiaryThatRestedIsTheSame(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for range 300 {
		all := some(rng)
		seen := make(map[[32]byte]bool)
		all = slices.DeleteFunc(all, func(r Record) bool { was := seen[r.Hash]; seen[r.Hash] = true; return was })
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var rested, other Diary
		fails, given, stirred := false, 0, 0
		for i, r := range all {
			given++
			if err, want := rested.Add(r), other.Add(r); (err == nil) != (want == nil) {
				t.Fatalf("Add says %v, of one that does not rest %v", err, want)
			}
			if rested.Len() != i+1 || other.Len() != i+1 {
				t.Fatalf("%d and %d after %d records", rested.Len(), other.Len(), i+1)
			}
			if r.Author.Who != Centre || r.Kind != KindOpened && r.Kind != KindRecall {
				stirred++
			}
			if rested.Stirred() != stirred || other.Stirred() != stirred {
				t.Fatalf("stirred by %d and %d, not by %d", rested.Stirred(), other.Stirred(), stirred)
			}
			switch rng.IntN(6) {
			case 0:
				rested.Rest(func(add func(Record)) error {
					some := slices.Clone(all[:given]) // with those that came since
					rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
					for i, r := range some {
						if fails && i == len(some)/2 {
							return errors.New("the disk failed")
						}
						add(r)
					}
					return nil
				})
				if !rested.Resting() {
					t.Fatal("it does not rest")
				}
				fails = rng.IntN(4) == 0
			case 1:
				if rested.Resting() && fails {
					if n := len(rested.Timeline(Filter{})); n != 0 || !rested.Resting() || rested.Len() != i+1 {
						t.Fatalf("after the disk failed there are %d of %d, and %d items", rested.Len(), i+1, n)
					}
				}
				fails = false
				if got, want := rested.print(), other.print(); got != want {
					t.Fatalf("after %d of %d records:\n%s\nnot\n%s", i+1, len(all), got, want)
				}
			}
		}
		fails = false
		if got, want := rested.print(), other.print(); got != want {
			t.Fatalf("at the end:\n%s\nnot\n%s", got, want)
		}
		if rested.Resting() || rested.Len() != len(all) {
			t.Fatalf("at the end it rests or has %d of %d", rested.Len(), len(all))
		}
	}
}

// What was answered before a diary rested stays as it was; the hash of an entry's
// statement is told by its ID, and the batches are those that Trace finds.
func TestWhatWasAnsweredStays(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 50 {
		var d Diary
		all := some(rng)
		for _, r := range all {
			d.Add(r)
		}
		items := d.Timeline(Filter{Retracted: true})
		before := make([]string, len(items))
		say := func(it *Item) string {
			s := ""
			for _, x := range d.Sightings(it) {
				s += x.By.Who.Key()
			}
			for _, x := range d.About(it) {
				s += x.ID.String()
			}
			return s + it.ID.String()
		}
		for i, it := range items {
			before[i] = say(it)
			if _, ok := d.Statement(it.ID); !ok {
				t.Fatal("no statement for an item")
			}
		}
		d.Rest(func(add func(Record)) error {
			for _, r := range all {
				add(r)
			}
			return nil
		})
		d.Timeline(Filter{})
		for i, it := range items {
			if got := say(it); got != before[i] {
				t.Fatalf("%q, before %q", got, before[i])
			}
		}
		if _, ok := d.Statement(NewID()); ok {
			t.Fatal("a statement for an ID that nobody used")
		}
	}
}
