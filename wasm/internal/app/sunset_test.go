package app

import (
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

func TestAnEndNeedsTwoClocks(t *testing.T) {
	const day = 24 * time.Hour
	end := seal.Current.Ends()
	after := end.Add(day)
	for _, c := range []struct {
		what     string
		own      time.Time
		others   time.Time // zero: nobody else has signed anything
		outdated bool
		says     seal.Ending
	}{
		{"long before", end.Add(-1000 * day), end.Add(-1000 * day), false, seal.Far},
		{"two years before", end.Add(-700 * day), end.Add(-701 * day), false, seal.Near},
		{"the last weeks", end.Add(-20 * day), end.Add(-21 * day), false, seal.Soon},
		{"the last day", end.Add(23 * time.Hour), end, false, seal.Soon},
		{"the day after", after, end, true, seal.Over},
		{"the others have stopped when it ended, and a year has gone by", after.Add(365 * day), end.Add(20 * time.Hour), true, seal.Over},
		{"this clock is ten years ahead", end.Add(2000 * day), end.Add(-1500 * day), false, seal.Soon},
		{"this clock is ahead, and nobody else is there", end.Add(2000 * day), time.Time{}, false, seal.Soon},
		{"another's clock is ahead", end.Add(-1500 * day), end.Add(2000 * day), false, seal.Far},
		{"this clock is behind", end.Add(-1500 * day), after.Add(100 * day), false, seal.Far},
	} {
		k := &Client{env: Env{Now: func() time.Time { return c.own }}}
		if !c.others.IsZero() {
			k.witness = c.others.UnixMilli()
		}
		if got := k.outdated(link.Type(diary.KindBleed)); got != c.outdated {
			t.Errorf("%s: outdated %t", c.what, got)
		}
		if got, last := newLook(k).Ending(); got != c.says || !last.Equal(end) {
			t.Errorf("%s: the person is told %d", c.what, got)
		}
		for _, always := range []link.Type{link.TypeChain, link.TypeLease, typeParting, typeClosed, typeInviteState, typeConsent, typeRestriction, link.Type(diary.KindRetract)} {
			if k.outdated(always) {
				t.Errorf("%s: what takes something away is refused, type %d", c.what, always)
			}
		}
	}
}
