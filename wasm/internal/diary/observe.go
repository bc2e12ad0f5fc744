package diary

// Observed says how much of a period the diary can speak about.
//
// Rule, version 1 (our own). The diary is observed from the day of the first
// dose or bleed in it. A silence is a run of days without any entry of the home
// side – no dose, no dose noted as not given, no bleed, note or measured value –
// that is longer than 28 days and than twice the interval of the doses that were
// due in it; where none were due, longer than 365 days, because a diary on
// demand may rightly be silent. The days of a silence are not observed: who did
// not write in them may have bled in them.
//
// Completeness is the share of the planned doses of which the diary says what
// became of them, silences included; it is not known where no doses were
// planned. Weeks with an entry stand beside it.
type Observed struct {
	Days      int // observed
	Silent    int // in silences
	Planned   int // doses that were due, silences included
	Accounted int // of which the diary says whether they were given
	Weeks     int // sevens of days counted back from the end of the period, since the first day
	Written   int // of them with an entry
}

// Completeness is a share from 0 to 1, and whether it is known.
func (o Observed) Completeness() (float64, bool) {
	if o.Planned == 0 {
		return 0, false
	}
	return float64(o.Accounted) / float64(o.Planned), true
}

// MinObserved is how many days must be observed before a count is told as a
// yearly rate (our choice): one bleed in ten days is not 36 a year.
const MinObserved = 90

const (
	silentDays    = 28
	silentUnasked = 365
)

// listen finds the silences.
func (l *Ledger) listen() {
	last := l.first
	for _, on := range append(l.kept[:len(l.kept):len(l.kept)], l.today+1) {
		if on <= last {
			continue
		}
		from, to := last+1, on-1
		last = on
		if to-from+1 <= silentDays {
			continue
		}
		limit := int64(0)
		for _, r := range within(l.planned, planRow.day, from, to) {
			limit = max(limit, silentDays, 2*r.interval/day)
		}
		if limit == 0 {
			limit = silentUnasked
		}
		if to-from+1 > limit {
			l.silences = append(l.silences, stretch{from, to})
		}
	}
}

// silent counts the days of [from, to] in silences.
func (l *Ledger) silent(from, to int64) (n int64) {
	for _, s := range l.silences {
		n += max(0, min(to, s.to)-max(from, s.from)+1)
	}
	return n
}

// observedDays counts the days of p that are observed.
func (l *Ledger) observedDays(p Period) int {
	from, to := l.cut(p)
	return int(max(0, to-from+1) - l.silent(from, to))
}

// Observed says what the diary can tell of p.
func (l *Ledger) Observed(p Period) Observed {
	from, to := l.cut(p)
	if to < from {
		return Observed{}
	}
	silent := l.silent(from, to)
	o := Observed{Days: int(to - from + 1 - silent), Silent: int(silent), Weeks: int((to - from + 7) / 7)}
	for _, r := range within(l.planned, planRow.day, from, to) {
		o.Planned++
		if r.state != DoseMissed {
			o.Accounted++
		}
	}
	week := int64(-1)
	for _, on := range within(l.kept, func(n int64) int64 { return n }, from, to) {
		if w := (to - on) / 7; w != week {
			week = w
			o.Written++
		}
	}
	return o
}
