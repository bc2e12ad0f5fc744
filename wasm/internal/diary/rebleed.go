package diary

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/arrange"
)

// RebleedRule names the rule that tells a re-bleed from a new bleed, for
// screens and papers to cite. The ISTH's words (Blanchette et al., "Definitions in
// hemophilia", J Thromb Haemost 2014;12:1935-9): a re-bleed is a worsening on
// treatment or within 72 hours after it was stopped; a new bleed is one that
// occurs more than 72 hours after that.
//
// Version 1 adds what the paper leaves open: treatment ends with the last dose
// that is tied to the bleed; of a bleed without a dose the end stands in for it.
const RebleedRule = "ISTH 2014, version 1"

const (
	rebleedWithin = 72 * hour
	// askSame is how long after an earlier bleed a person is asked at all: beyond
	// the rule, so that they see that the rule says "new".
	askSame = 7 * day
)

// An Earlier is a bleed that came before another one in the same place.
type Earlier struct {
	Bleeding
	Last  *Item // its last dose; nil: it was not treated
	Since int64 // ms from that dose, or from the end without one, to the other bleed; not positive: it still went on
	Same  bool  // by the rule the other is the same bleed again
}

// Earlier is the bleed that one which begins at start in some of places might be
// again, judged at now in ms. It leaves out the bleed that has a version named
// not. There is none if nothing happened there in the week before.
func (d *Diary) Earlier(places []Place, start Moment, not ID, now int64) (Earlier, bool) {
	self, _ := d.Get(not)
	var best Earlier
	var stopped int64 // of best
	if start.IsZero() {
		return best, false
	}
	d.each(Filter{Kinds: []Kind{KindBleed}, From: start.Ms - 180*day, To: start.Ms}, func(it *Item) bool {
		if it == self || !shares(it.Bleed().Places, places) {
			return true
		}
		e, stop := d.before(it, start.Ms, now)
		if best.Item == nil || stop > stopped {
			best, stopped = e, stop
		}
		return true
	})
	return best, best.Item != nil && best.Since <= askSame
}

// before judges the bleed it, which began before start, and says when it or its
// treatment stopped.
func (d *Diary) before(it *Item, start, now int64) (e Earlier, stop int64) {
	b := it.Bleed()
	e = Earlier{Bleeding: d.Bleeding(it, now)}
	if doses := known(e.Treatments, now); len(doses) > 0 {
		e.Last = doses[len(doses)-1]
		stop = e.Last.When.Ms
	} else if stop = b.End.Ms; b.End.IsZero() {
		// Nobody did anything and nobody said that it is over.
		if stop = start; start-it.When.Ms > staleBleed {
			stop = it.When.Ms
		}
	}
	e.Since = start - stop
	e.Same = e.Since <= rebleedWithin
	return e, stop
}

// After judges whether a bleed that begins at start can be the bleed from again. It
// cannot if from does not stand or began no earlier.
func (d *Diary) After(from *Item, start Moment, now int64) (Earlier, bool) {
	if from.Bleed() == nil || from.Retracted != nil || from.When.Ms >= start.Ms {
		return Earlier{}, false
	}
	e, _ := d.before(from, start.Ms, now)
	return e, true
}

// known are the doses up to now: one from a clock that is ahead does not count.
func known(doses []*Item, now int64) []*Item {
	n := len(doses)
	for n > 0 && doses[n-1].When.Ms > now+clockSkew {
		n--
	}
	return doses[:n]
}

func shares(a, b []Place) bool {
	return slices.ContainsFunc(a, func(p Place) bool { return slices.Contains(b, p) })
}

// continues is the bleed that the bleed it is again, nil if it is a new one. The
// earlier one must have arrived, stand, and have begun before: so no bleed
// continues itself, by whatever way round.
func (d *Diary) continues(it *Item) *Item {
	b := it.Bleed()
	if b == nil || b.Again.IsZero() {
		return nil
	}
	from, ok := d.Get(b.Again)
	if !ok || from.Bleed() == nil || from.Retracted != nil || from.When.Ms >= it.When.Ms {
		return nil
	}
	return from
}

// Chain is the bleed it with all that it continues and that continues it,
// oldest first. Of a bleed that stands alone it is the bleed itself.
func (d *Diary) Chain(it *Item) []*Item {
	first := it
	for from := d.continues(first); from != nil; from = d.continues(first) {
		first = from
	}
	out := []*Item{first}
	for i := 0; i < len(out); i++ {
		out = append(out, d.referring(out[i], func(r *Item) bool { return d.continues(r) == out[i] })...)
	}
	arrange.By(out, compareItems)
	return out
}

// A PlaceCount is how often a place bled.
type PlaceCount struct {
	Place  Place
	Bleeds int
	Last   int64 // ms; when the latest of them began
}

// BledPlaces counts the bleeds that began in [from, to), ms, at each place, in the
// order of the places. A re-bleed is not counted again where the bleed that it
// continues has been counted.
func (d *Diary) BledPlaces(from, to int64) []PlaceCount {
	found := make(map[Place]*PlaceCount)
	d.each(Filter{Kinds: []Kind{KindBleed}, From: from, To: to}, func(it *Item) bool {
		for _, p := range it.Bleed().Places {
			c := found[p]
			if c == nil {
				c = &PlaceCount{Place: p}
				found[p] = c
			}
			c.Last = max(c.Last, it.When.Ms)
			if e := d.continues(it); e == nil || e.When.Ms < from || !slices.Contains(e.Bleed().Places, p) {
				c.Bleeds++
			}
		}
		return true
	})
	out := make([]PlaceCount, 0, len(found))
	for _, c := range found {
		out = append(out, *c)
	}
	arrange.By(out, func(a, b PlaceCount) int { return cmp.Compare(a.Place, b.Place) })
	return out
}
