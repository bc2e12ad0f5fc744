package lang

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Characters between digits. Both are what the languages' own style guides ask
// for; a narrow no-break space keeps a number and its unit on one line.
const (
	nbsp  = "\u00a0"
	minus = "\u2212"
)

func (l Lang) point() byte {
	if l == German {
		return ','
	}
	return '.'
}

func (l Lang) group() string {
	if l == German {
		return "."
	}
	return ","
}

// Int writes a whole number with its thousands apart.
func (l Lang) Int(n int) string {
	neg := n < 0
	s := strconv.Itoa(n)
	if neg {
		s = s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + l.group() + s[i:]
	}
	if neg {
		return minus + s
	}
	return s
}

// Number writes v with exactly that many decimals, so that numbers above each
// other line up.
func (l Lang) Number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, part, _ := strings.Cut(s, ".")
	n, _ := strconv.Atoi(whole)
	out := l.Int(n)
	if n == 0 && strings.HasPrefix(whole, "-") && strings.Trim(part, "0") != "" {
		out = minus + out
	}
	if part != "" {
		out += string(l.point()) + part
	}
	return out
}

// Milli writes an amount kept in thousandths with as few decimals as it needs.
func (l Lang) Milli(n int64) string {
	s := l.Number(float64(n)/1000, 3)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), string(l.point()))
}

// ParseMilli reads an amount as people type it, in thousandths. In both
// languages a point or comma before exactly three digits groups thousands when
// it is that language's mark for it; otherwise it is the decimal mark.
func (l Lang) ParseMilli(s string) (int64, bool) {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	point, group := ".", ","
	if l == German {
		point, group = ",", "."
	}
	whole, part, has := strings.Cut(s, point)
	if has && strings.ContainsAny(part, ".,") {
		return 0, false
	}
	if g := strings.Split(whole, group); len(g) > 1 {
		grouped := len(g[0]) >= 1 && len(g[0]) <= 3 && g[0] != "0"
		for _, x := range g[1:] {
			grouped = grouped && len(x) == 3
		}
		switch {
		case grouped:
			whole = strings.Join(g, "")
		case !has && len(g) == 2: // the other language's decimal mark
			whole, part, has = g[0], g[1], true
		default:
			return 0, false
		}
	}
	if whole == "" || len(whole) > 9 || has && (part == "" || len(part) > 3) {
		return 0, false
	}
	var v int64
	for _, c := range whole + (part + "000")[:3] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

// ParseAmount reads an amount like ParseMilli, and takes a unit behind it, as it
// comes with what people paste: 1500 IE, 2,5 mg.
func (l Lang) ParseAmount(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	for _, unit := range units {
		if n := len(s) - len(unit); n > 0 && strings.EqualFold(s[n:], unit) {
			s = s[:n]
			break
		}
	}
	return l.ParseMilli(s)
}

// units are the spellings of units behind an amount, longer ones before those they end with.
var units = [...]string{"I.E.", "I.U.", "I. E.", "I. U.", "IE", "IU", "mcg", "µg", "μg", "ug", "mg", "ml", "E.", "E", "U.", "U"}

// Bytes writes a size in the unit that suits it.
func (l Lang) Bytes(n int64) string {
	switch {
	case n >= 1_000_000:
		return l.Number(float64(n)/1e6, 1) + nbsp + "MB"
	case n >= 1_000:
		return l.Int(int(n/1000)) + nbsp + "kB"
	}
	return l.Int(int(n)) + nbsp + "B"
}

var months = [langs][12]string{
	English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	German:  {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
}

var weekdays = [langs][7]string{
	English: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	German:  {"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
}

// Clock writes the time of day: 07:40.
func (l Lang) Clock(t time.Time) string { return t.Format("15:04") }

// Weekday writes the day of the week in full.
func (l Lang) Weekday(t time.Time) string { return weekdays[l][t.Weekday()] }

// WeekdayShort writes it in two or three letters.
func (l Lang) WeekdayShort(t time.Time) string {
	if l == German {
		return weekdays[l][t.Weekday()][:2]
	}
	return weekdays[l][t.Weekday()][:3]
}

// Date writes a day in full: 23 November 2026, 23. November 2026.
func (l Lang) Date(t time.Time) string {
	return l.DayMonth(t) + " " + strconv.Itoa(t.Year())
}

// DayMonth writes a day without its year: 23 November, 23. November.
func (l Lang) DayMonth(t time.Time) string {
	d := strconv.Itoa(t.Day())
	if l == German {
		d += "."
	}
	return d + nbsp + months[l][t.Month()-1]
}

// DateShort writes a day in figures; in English the month stays a word, since
// 03/04 is two different days in two countries.
func (l Lang) DateShort(t time.Time) string {
	if l == German {
		return t.Format("02.01.2006")
	}
	return strconv.Itoa(t.Day()) + nbsp + months[l][t.Month()-1][:3] + nbsp + strconv.Itoa(t.Year())
}

// MonthShort writes a month in three letters, for the axis of a chart.
func (l Lang) MonthShort(t time.Time) string {
	return string([]rune(months[l][t.Month()-1])[:3])
}

// MonthYear writes a month with its year: November 2026.
func (l Lang) MonthYear(t time.Time) string {
	return months[l][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Percent writes a share from 0 to 1: 96 %, 96%. What is not all is never
// rounded up to all, nor what is not nothing down to nothing.
func (l Lang) Percent(share float64) string {
	n := int(share*100 + 0.5)
	switch {
	case share < 1 && n == 100:
		n = 99
	case share > 0 && n == 0:
		n = 1
	}
	return l.Int(n) + l.PercentSign()
}

// PercentSign follows a number: 96 %, 96%.
func (l Lang) PercentSign() string {
	if l == German {
		return nbsp + "%"
	}
	return "%"
}

// DayShort writes a day without its year, for the axis of a chart: 25.08., 25 Aug.
func (l Lang) DayShort(t time.Time) string {
	if l == German {
		return t.Format("02.01.")
	}
	return strconv.Itoa(t.Day()) + nbsp + l.MonthShort(t)
}

// days is how many calendar days t lies before now, in now's zone.
func days(now, t time.Time) int {
	t = t.In(now.Location())
	a := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	b := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int(a.Sub(b) / (24 * time.Hour))
}

// Day writes a day as people say it: today, yesterday, tomorrow, a weekday
// within the week around now, and otherwise the date.
func (l Lang) Day(now, t time.Time) string {
	t = t.In(now.Location())
	switch d := days(now, t); {
	case d == 0:
		return l.T(DayToday)
	case d == 1:
		return l.T(DayYesterday)
	case d == -1:
		return l.T(DayTomorrow)
	case t.Year() == now.Year() || d > -90 && d < 90:
		return l.WeekdayShort(t) + nbsp + l.DayMonth(t)
	}
	return l.DateShort(t)
}

// DayTitle is Day as a heading: always with the weekday in full.
func (l Lang) DayTitle(now, t time.Time) string {
	t = t.In(now.Location())
	date := l.Weekday(t) + ", " + l.DayMonth(t)
	if t.Year() != now.Year() {
		date = l.Weekday(t) + ", " + l.Date(t)
	}
	switch d := days(now, t); d {
	case 0, 1, -1:
		return Title(l.Day(now, t)) + ", " + date
	}
	return date
}

// When writes a day and a time: today, 07:40.
func (l Lang) When(now, t time.Time) string {
	t = t.In(now.Location())
	return l.Day(now, t) + ", " + l.Clock(t)
}

// Ago writes how many days ago something was, in whole days.
func (l Lang) Ago(now, t time.Time) string {
	switch d := days(now, t); {
	case d <= 0:
		return l.T(DayToday)
	case d == 1:
		return l.T(DayYesterday)
	default:
		return l.N(DaysAgo, d)
	}
}

// Days is how many calendar days ago t was, never negative.
func Days(now, t time.Time) int { return max(0, days(now, t)) }

// Duration writes a span in its largest two units: 2 h 15 min.
func (l Lang) Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.T(UnderAMinute)
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + nbsp + "min"
	case d < 48*time.Hour:
		s := strconv.Itoa(int(d/time.Hour)) + nbsp + "h"
		if m := int(d % time.Hour / time.Minute); m > 0 {
			s += " " + strconv.Itoa(m) + nbsp + "min"
		}
		return s
	}
	return l.N(DaysLong, int(d/(24*time.Hour)))
}

// Title writes the first letter of a text large, for the start of a line.
func Title(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

// Month writes an expiry date; day 0 means the whole month, as on packs.
func (l Lang) Month(year, month, day int) string {
	if month < 1 || month > 12 {
		return strconv.Itoa(year)
	}
	if day != 0 {
		return l.DateShort(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
	}
	s := strconv.Itoa(month) + "/" + strconv.Itoa(year)
	if month < 10 {
		s = "0" + s
	}
	return s
}
