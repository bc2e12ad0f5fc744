package app

import (
	"math/rand/v2"
	"testing"
	"time"

	"vialog/wasm/internal/keyring"
)

// The access log is cut to what is asked for, newest first, whatever the order
// in which lines have arrived.
func TestTheNewestLinesOfTheLogAreListed(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	c, s := told(t, rolePatient)
	other := *s
	other.n = 100
	c.spaces = append(c.spaces, s, &other)
	who := [2]keyring.AccountID{{1}, {2}}
	const lines = 500
	for _, at := range rng.Perm(lines) {
		to := s
		if at%3 == 0 {
			to = &other
		}
		to.visits = append(to.visits, visit{account: who[at%2], at: int64(at) + 1})
	}
	l := newLook(c)
	for _, x := range []struct {
		account keyring.AccountID
		patient uint32
		step    int64 // between two lines
		first   int64
		found   int
	}{
		{keyring.AccountID{}, 0, 1, lines, lines},
		{who[1], 0, 2, lines, lines / 2},
		{keyring.AccountID{}, 100, 3, lines - 1, 167},
		{who[0], 100, 6, lines - 1, 84},
		{keyring.AccountID{9}, 0, 0, 0, 0},
	} {
		for _, limit := range []int{0, 1, 7, lines, lines + 1} {
			list, found := l.Visits(x.account, x.patient, limit)
			want := x.found
			if limit != 0 {
				want = min(want, limit)
			}
			if found != x.found || len(list) != want {
				t.Fatalf("seed %d: %d of %d lines, want %d of %d", seed, len(list), found, want, x.found)
			}
			at := x.first
			for _, v := range list {
				if v.At.UnixMilli() != at {
					t.Fatalf("seed %d: a line of %d where %d is due", seed, v.At.UnixMilli(), at)
				}
				if at -= x.step; x.account != (keyring.AccountID{}) && v.Account != x.account || x.patient != 0 && v.Patient != x.patient {
					t.Fatalf("seed %d: another's line", seed)
				}
			}
		}
	}
}
