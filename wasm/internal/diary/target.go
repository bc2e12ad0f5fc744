package diary

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/arrange"
)

// A TargetRule says when a joint becomes a target joint and when it is one no
// longer. Definitions differ, so they are data.
type TargetRule struct {
	Rule
	Spontaneous bool // only spontaneous bleeds count to become one
	Bleeds      int  // so many of them …
	Months      int  // … within so many consecutive months
	OffAtMost   int  // released with at most so many bleeds of any cause …
	OffMonths   int  // … in so many consecutive months; 0: the source does not say
}

const definitions = "Blanchette et al. 2014, J Thromb Haemost 12:1935"

// The rules this version knows. ISTH2014 is the one that figures use.
var (
	ISTH2014     = TargetRule{Rule{"rule.target.isth", 1, definitions}, true, 3, 6, 2, 12}
	TargetCanada = TargetRule{Rule{"rule.target.canada", 1, "Canadian definition, quoted at second hand"}, false, 3, 3, 0, 0}
	TargetCDC    = TargetRule{Rule{"rule.target.cdc", 1, "CDC Universal Data Collection, quoted at second hand"}, false, 4, 6, 0, 0}
	// TargetOld differs from ISTH2014 in the release only: no bleed for a year.
	TargetOld = TargetRule{Rule{"rule.target.old", 1, "older ISTH and PedNet release, quoted at second hand"}, true, 3, 6, 0, 12}
)

// A TargetJoint is a joint in the time that it was a target joint.
type TargetJoint struct {
	Place Place
	On    Date
	Off   Date // zero: it still is one
	Year  int  // new bleeds of any cause in the twelve months up to Off, or today
}

// TargetJoints lists every time that a joint was a target joint, the latest first.
//
// A joint is one from the day t on which the rule's number of bleeds lies in
// (t − months, t], and no longer from the day t, at least OffMonths later, on
// which no more than OffAtMost bleeds of any cause lie in (t − OffMonths, t],
// all of it observed: nothing is known of a silence. Re-bleeds are no new
// bleeds. ISTH 2014: three spontaneous bleeds within six months; released at
// two or fewer within twelve.
func (l *Ledger) TargetJoints(rule TargetRule) []TargetJoint {
	by := make(map[Place][]bleedRow)
	for _, r := range l.bleeds {
		if r.again {
			continue
		}
		for _, p := range r.item.Bleed().Places {
			if p.Joint() {
				by[p] = append(by[p], r)
			}
		}
	}
	var out []TargetJoint
	for place, list := range by {
		if len(list) >= rule.Bleeds {
			out = append(out, l.target(place, list, rule)...)
		}
	}
	arrange.By(out, func(a, b TargetJoint) int {
		return cmp.Or(cmp.Compare(b.On.rank(), a.On.rank()), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// target follows one joint through its bleeds, which are in order.
func (l *Ledger) target(place Place, list []bleedRow, rule TargetRule) (out []TargetJoint) {
	counts := func(r bleedRow) bool { return !rule.Spontaneous || r.item.Bleed().Cause == CauseSpontaneous }
	free := int64(-1) // a bleed counts to become one after this day
	for i, r := range list {
		if r.on <= free || !counts(r) {
			continue
		}
		since := dateOn(r.on).AddMonths(-rule.Months).unixDays()
		n := 0
		for _, b := range list[:i+1] {
			if b.on > since && b.on > free && counts(b) {
				n++
			}
		}
		if n < rule.Bleeds {
			continue
		}
		t := TargetJoint{Place: place, On: dateOn(r.on)}
		off := l.release(list, r.on, rule)
		end := l.today
		if off <= l.today {
			t.Off, end = dateOn(off), off
		}
		year := dateOn(end).AddMonths(-12).unixDays()
		for _, b := range list {
			if b.on > year && b.on <= end {
				t.Year++
			}
		}
		out = append(out, t)
		if free = off; off > l.today {
			break
		}
	}
	return out
}

// release is the day on which a joint that became a target joint on a day is
// one no longer; after today if that lies ahead or the rule knows none.
func (l *Ledger) release(list []bleedRow, on int64, rule TargetRule) int64 {
	never := l.today + 1
	if rule.OffMonths == 0 {
		return never
	}
	first := dateOn(on).AddMonths(rule.OffMonths).unixDays()
	// Nothing changes but on the days on which a bleed or a silence leaves the window.
	days := []int64{first}
	leaves := func(on int64) {
		if left := dateOn(on).AddMonths(rule.OffMonths).unixDays(); left > first {
			days = append(days, left)
		}
	}
	for _, b := range list {
		leaves(b.on)
	}
	for _, s := range l.silences {
		leaves(s.to)
	}
	slices.Sort(days)
	for _, t := range days {
		if t > l.today {
			break
		}
		from := dateOn(t).AddMonths(-rule.OffMonths).unixDays()
		n := 0
		for _, b := range list {
			if b.on > from && b.on <= t {
				n++
			}
		}
		if n <= rule.OffAtMost && l.silent(from+1, t) == 0 {
			return t
		}
	}
	return never
}
