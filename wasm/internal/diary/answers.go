package diary

import "slices"

// Answers says how treated bleeds answered and how soon they were treated.
//
// Rule, version 1: the four categories are those of the ISTH (Blanchette et
// al. 2014). The answer at 72 hours counts, where there is none the one
// at 8 hours. The time to the first dose goes from the start of the bleed as
// written to the first dose that names it and is not before it.
type Answers struct {
	Treated int
	Of      [5]int // by Response; 0: not asked or not known
	waits   []int64
}

// Known is how many treated bleeds have an answer.
func (r Answers) Known() int { return r.Treated - r.Of[0] }

// Median is the median time to the first dose in minutes; false if there is none.
func (r Answers) Median() (int, bool) {
	n := len(r.waits)
	if n == 0 {
		return 0, false
	}
	return int((r.waits[(n-1)/2] + r.waits[n/2]) / 2 / minute), true
}

// Within counts the bleeds that were treated within so many minutes, of those
// with a time.
func (r Answers) Within(minutes int) (n, of int) {
	for _, w := range r.waits {
		if w <= int64(minutes)*minute {
			n++
		}
	}
	return n, len(r.waits)
}

// Answers sums up the treated bleeds of p.
func (l *Ledger) Answers(p Period) (out Answers) {
	for _, r := range l.bleedsIn(p) {
		if !r.treated {
			continue
		}
		out.Treated++
		b := r.item.Bleed()
		answer := told(b.Response72h)
		if answer == 0 {
			answer = told(b.Response8h)
		}
		out.Of[answer]++
		if r.wait >= 0 {
			out.waits = append(out.waits, r.wait)
		}
	}
	slices.Sort(out.waits)
	return out
}

// told is r if it is one of the four categories, else 0: not known, or of a
// later version.
func told(r Response) Response {
	if r > ResponseNone {
		return 0
	}
	return r
}
