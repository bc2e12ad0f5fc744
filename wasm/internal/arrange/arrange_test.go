package arrange

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

type pair struct{ key, was int }

func byKey(a, b pair) int { return cmp.Compare(a.key, b.key) }

func TestByIsTheStableOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		got := make([]pair, n)
		for i := range got {
			got[i] = pair{r.IntN(1 + n/3), i}
		}
		want := slices.Clone(got)
		slices.SortStableFunc(want, byKey)
		if By(got, byKey); !slices.Equal(got, want) {
			t.Fatalf("%d: %v, want %v", n, got, want)
		}
	}
}

// What it costs to arrange 5,000 entries, beside the routine of the standard library.
func BenchmarkBy(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]pair, 5000)
	for i := range all {
		all[i] = pair{r.IntN(1000), i}
	}
	for name, sort := range map[string]func([]pair, func(a, b pair) int){
		"arrange": By[[]pair], "slices": slices.SortStableFunc[[]pair],
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sort(slices.Clone(all), byKey)
			}
		})
	}
}
