package diary

// Free says how long there was no bleed.
//
// Rule, version 1 (our own): whole days between the day on which a bleed began
// and the next such day, or today; re-bleeds end a run too. The longest run
// goes by treated bleeds, and a silence ends it: nothing is known of it.
type Free struct {
	Bled    bool // there has been a bleed
	Last    Date
	Since   int    // days since the last bleed, 0: today
	Longest Period // without a treated bleed; empty if there is none
}

// Free looks at the whole diary.
func (l *Ledger) Free() Free {
	var f Free
	if n := len(l.bleeds); n > 0 {
		on := l.bleeds[n-1].on
		f.Bled, f.Last, f.Since = true, dateOn(on), int(l.today-on)
	}
	best := stretch{0, -1}
	run := func(from, to int64) {
		if to-from > best.to-best.from {
			best = stretch{from, to}
		}
	}
	from, next := l.first, 0
	stop := func(first, last int64) {
		run(from, first-1)
		from = last + 1
	}
	for _, r := range l.bleeds {
		for ; next < len(l.silences) && l.silences[next].from < r.on; next++ {
			stop(l.silences[next].from, l.silences[next].to)
		}
		if r.treated {
			stop(r.on, r.on)
		}
	}
	for ; next < len(l.silences); next++ {
		stop(l.silences[next].from, l.silences[next].to)
	}
	run(from, l.today)
	f.Longest = Period{dateOn(best.from), dateOn(best.to)}
	return f
}

// A DayMark is what happened on one day.
type DayMark struct {
	Date     Date
	Given    int
	NotGiven int // planned, with a reason
	Missed   int // planned, without a word
	Bleeds   int // that began
	Observed bool
}

// Days marks each day of p.
func (l *Ledger) Days(p Period) []DayMark {
	from, to := p.days()
	if to < from {
		return nil
	}
	out := make([]DayMark, to-from+1)
	for i := range out {
		on := from + int64(i)
		out[i] = DayMark{Date: p.From.AddDays(i), Observed: on >= l.first && on <= l.today && l.silent(on, on) == 0}
	}
	for _, r := range within(l.doses, doseRow.day, from, to) {
		out[r.on-from].Given++
	}
	for _, r := range within(l.planned, planRow.day, from, to) {
		switch r.state {
		case DoseNotGiven:
			out[r.on-from].NotGiven++
		case DoseMissed:
			out[r.on-from].Missed++
		}
	}
	for _, r := range within(l.bleeds, bleedRow.day, from, to) {
		out[r.on-from].Bleeds++
	}
	return out
}
