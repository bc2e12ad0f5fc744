package diary

import "time"

// A Period is a run of whole calendar days; From and To are both in it. It is
// empty if To lies before From.
type Period struct{ From, To Date }

// Days is how many days p has.
func (p Period) Days() int { return max(0, int(p.To.unixDays()-p.From.unixDays())+1) }

// Has tells whether d is in p.
func (p Period) Has(d Date) bool { return !d.Before(p.From) && !p.To.Before(d) }

// DaysBack are the n days that end with to.
func DaysBack(to Date, n int) Period { return Period{to.AddDays(1 - n), to} }

// YearBack are the twelve months that end with to.
func YearBack(to Date) Period { return Period{to.AddMonths(-12).AddDays(1), to} }

// AddMonths is the same day n months later, or the last day of that month if
// it is shorter.
func (d Date) AddMonths(n int) Date {
	m := int(d.Year)*12 + int(d.Month) - 1 + n
	out := Date{uint16(m / 12), uint8(m%12 + 1), d.Day}
	out.Day = min(out.Day, uint8(daysIn(out.Year, out.Month)))
	return out
}

// Months cuts p at the first of each month.
func (p Period) Months() []Period { return p.cut(1) }

// Quarters cuts p at the first of January, April, July and October.
func (p Period) Quarters() []Period { return p.cut(3) }

func (p Period) cut(months int) []Period {
	var out []Period
	for from := p.From; !p.To.Before(from); {
		m := int(from.Month) - 1
		next := Date{from.Year, uint8(m - m%months + 1), 1}.AddMonths(months)
		to := next.AddDays(-1)
		if p.To.Before(to) {
			to = p.To
		}
		out = append(out, Period{from, to})
		from = next
	}
	return out
}

// Weeks cuts p into sevens that end with To; the first may be shorter.
func (p Period) Weeks() []Period {
	n := (p.Days() + 6) / 7
	out := make([]Period, n)
	for i := range out {
		to := p.To.AddDays(-7 * (n - 1 - i))
		out[i] = DaysBack(to, 7)
		if out[i].From.Before(p.From) {
			out[i].From = p.From
		}
	}
	return out
}

// Time is the first minute of the day in UTC, for those who write dates.
func (d Date) Time() time.Time {
	return time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, time.UTC)
}

// dateOn is the date n days after 1 January 1970.
func dateOn(n int64) Date { return DateOf(time.Unix(n*24*60*60, 0).UTC()) }

// on is the day on the writer's wall, in days since 1 January 1970. Unlike Wall
// it allocates nothing.
func (m Moment) on() int64 {
	t := m.Ms + int64(m.Offset)*minute
	n := t / day
	if t%day < 0 {
		n--
	}
	return n
}

// days are the first and the last day of p since 1 January 1970.
func (p Period) days() (from, to int64) { return p.From.unixDays(), p.To.unixDays() }
