package cohort

import (
	"math"
	"slices"
)

// A Spread is how values are distributed.
type Spread struct {
	N                        int
	Min, Q1, Median, Q3, Max float64
	Mean                     float64
}

// SpreadOf sums up values; of none it is zero.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	s := Spread{
		N: len(sorted), Min: sorted[0], Q1: Quantile(sorted, 0.25), Median: Quantile(sorted, 0.5), Q3: Quantile(sorted, 0.75), Max: sorted[len(sorted)-1],
	}
	for _, v := range sorted {
		s.Mean += v / float64(len(sorted))
	}
	return s
}

// Quantile is the p-th quantile of values in ascending order, by definition 7 of
// Hyndman and Fan 1996 (The American Statistician 50:361), the one that R and
// spreadsheets take: the place (n − 1)·p, counted from 0, and between two values
// in proportion.
func Quantile(sorted []float64, p float64) float64 {
	at := float64(len(sorted)-1) * p
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// Bins counts values, none below 0, in bins of a width that begin with 0: a value
// at the edge of two is in the upper one. There are at most most bins; the last
// one has all that is above.
func Bins(values []float64, width float64, most int) []int {
	var out []int
	for _, v := range values {
		// First the limit: a value may be too large for an int.
		i := int(min(math.Floor(v/width), float64(most-1)))
		for len(out) <= i {
			out = append(out, 0)
		}
		out[i]++
	}
	return out
}
