package diary

import (
	"cmp"
	"maps"
	"slices"

	"vialog/wasm/internal/arrange"
)

// A Rate is a count and the days in which it was counted.
type Rate struct{ Count, Days int }

// PerYear is count × 365.25 / days, and whether the days suffice to say so.
func (r Rate) PerYear() (float64, bool) {
	if r.Days < MinObserved {
		return 0, false
	}
	return float64(r.Count) * 365.25 / float64(r.Days), true
}

// Rates are bleeds by what they were: the annualised bleeding rates ABR, AJBR
// (joints), AsBR (spontaneous) and AtBR (after an injury).
//
// Rule, version 1, after the bleed log of the PhenX Toolkit (910101) and the
// definitions of the ISTH (Blanchette et al. 2014): bleeds
// are counted, never infusions; a bleed counts on the day it began, once,
// however many places it has; a re-bleed that is linked to an earlier bleed is
// no new one (see RebleedRule). A joint bleed has a joint among its places. Spontaneous and
// traumatic are as the writer said; strain from activity counts as traumatic
// (our reading). Bleeds after surgery and of unknown cause are in the total only.
type Rates struct{ All, Joint, Spontaneous, Traumatic Rate }

// Rates counts all bleeds that began in p, or only those that were treated: a
// dose that was given names them.
func (l *Ledger) Rates(p Period, treated bool) Rates {
	n := l.observedDays(p)
	out := Rates{Rate{0, n}, Rate{0, n}, Rate{0, n}, Rate{0, n}}
	for _, r := range l.bleedsIn(p) {
		if treated && !r.treated {
			continue
		}
		out.All.Count++
		if r.tissue == BleedJoint {
			out.Joint.Count++
		}
		switch r.item.Bleed().Cause {
		case CauseSpontaneous:
			out.Spontaneous.Count++
		case CauseTrauma, CauseActivity:
			out.Traumatic.Count++
		}
	}
	return out
}

// bleedsIn are the new bleeds of p.
func (l *Ledger) bleedsIn(p Period) []bleedRow {
	from, to := l.cut(p)
	var out []bleedRow
	for _, r := range within(l.bleeds, bleedRow.day, from, to) {
		if !r.again {
			out = append(out, r)
		}
	}
	return out
}

// Again counts the re-bleeds of p, which no rate counts.
func (l *Ledger) Again(p Period) (n int) {
	from, to := l.cut(p)
	for _, r := range within(l.bleeds, bleedRow.day, from, to) {
		if r.again {
			n++
		}
	}
	return n
}

// Tissues counts new bleeds by where they were.
type Tissues struct{ Joint, Muscle, Other int }

// Tissues counts the new bleeds of each period.
func (l *Ledger) Tissues(periods []Period) []Tissues {
	out := make([]Tissues, len(periods))
	for i, p := range periods {
		for _, r := range l.bleedsIn(p) {
			switch r.tissue {
			case BleedJoint:
				out[i].Joint++
			case BleedMuscle:
				out[i].Muscle++
			default:
				out[i].Other++
			}
		}
	}
	return out
}

// Places counts the new bleeds of p at each place, in the order of the places. A
// bleed with several places counts at each.
func (l *Ledger) Places(p Period) []PlaceCount {
	counts := make(map[Place]PlaceCount)
	for _, r := range l.bleedsIn(p) {
		for _, at := range r.item.Bleed().Places {
			c := counts[at]
			counts[at] = PlaceCount{at, c.Bleeds + 1, max(c.Last, r.item.When.Ms)}
		}
	}
	out := slices.Collect(maps.Values(counts))
	arrange.By(out, func(a, b PlaceCount) int { return cmp.Compare(a.Place, b.Place) })
	return out
}
