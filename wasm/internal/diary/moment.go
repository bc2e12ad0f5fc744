package diary

import "time"

// A Moment is a time as its writer lived it: milliseconds since 1970 in UTC and
// the writer's offset from UTC at that moment, in minutes east. The wall clock
// can be shown right anywhere and without a table of time zones.
// The zero Moment means that no time was given.
type Moment struct {
	Ms     int64
	Offset int16
}

const (
	minute = int64(60_000) // ms
	hour   = 60 * minute
	day    = 24 * hour

	// maxMs is the end of the year 2199; a moment is from 1 ms up to it.
	maxMs     = int64(7_258_118_400_000) - 1
	maxOffset = 14 * 60 // minutes
)

// MomentOf is t in the zone t carries.
func MomentOf(t time.Time) Moment {
	_, sec := t.Zone()
	return Moment{t.UnixMilli(), int16(sec / 60)}
}

// Time is the moment in a fixed zone of its offset.
func (m Moment) Time() time.Time {
	return time.UnixMilli(m.Ms).In(time.FixedZone("", int(m.Offset)*60))
}

func (m Moment) IsZero() bool { return m == Moment{} }

// Add is the moment ms later, with the same offset.
func (m Moment) Add(ms int64) Moment { return Moment{m.Ms + ms, m.Offset} }

// Wall is what a clock and a calendar on the wall showed.
func (m Moment) Wall() (d Date, minuteOfDay int) {
	t := m.Time()
	return DateOf(t), t.Hour()*60 + t.Minute()
}

// Valid tells whether it is a moment that an entry can name.
func (m Moment) Valid() bool { return m.valid() }

func (m Moment) valid() bool {
	return m.Ms > 0 && m.Ms <= maxMs && m.Offset >= -maxOffset && m.Offset <= maxOffset
}

// A Date is a day in the calendar. Day 0 means the whole month, as expiry
// dates on packs have it. The zero Date means that no date was given.
type Date struct {
	Year  uint16
	Month uint8
	Day   uint8
}

// DateOf is the calendar day of t in the zone of t.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{uint16(y), uint8(m), uint8(d)}
}

func (d Date) IsZero() bool { return d == Date{} }

// At is the moment at minuteOfDay on d under an offset in minutes.
func (d Date) At(minuteOfDay int, offset int16) Moment {
	return Moment{d.unixDays()*day + (int64(minuteOfDay)-int64(offset))*minute, offset}
}

// AddDays is the date n days later.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(int(d.Year), time.Month(d.Month), int(d.Day)+n, 0, 0, 0, 0, time.UTC))
}

// Before tells whether d is earlier than e; a whole month counts as its last day.
func (d Date) Before(e Date) bool { return d.rank() < e.rank() }

// Weekday is the day of the week; Monday is 0.
func (d Date) Weekday() int {
	return int((d.unixDays()%7 + 10) % 7) // 1 January 1970 was a Thursday
}

// String is the date as 2026-11-23 or 2026-11.
func (d Date) String() string {
	b := []byte{
		'0' + byte(d.Year/1000%10), '0' + byte(d.Year/100%10), '0' + byte(d.Year/10%10), '0' + byte(d.Year%10),
		'-', '0' + d.Month/10%10, '0' + d.Month%10,
	}
	if d.Day != 0 {
		b = append(b, '-', '0'+d.Day/10%10, '0'+d.Day%10)
	}
	return string(b)
}

// ParseDate reads 2026-11-23 or 2026-11.
func ParseDate(s string) (Date, bool) {
	if len(s) != 7 && len(s) != 10 {
		return Date{}, false
	}
	var n [8]int
	k := 0
	for i := 0; i < len(s); i++ {
		if i == 4 || i == 7 {
			if s[i] != '-' {
				return Date{}, false
			}
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			return Date{}, false
		}
		n[k] = int(s[i] - '0')
		k++
	}
	d := Date{uint16(n[0]*1000 + n[1]*100 + n[2]*10 + n[3]), uint8(n[4]*10 + n[5]), uint8(n[6]*10 + n[7])}
	if len(s) == 10 && d.Day == 0 || !d.valid() {
		return Date{}, false
	}
	return d, true
}

// Valid tells whether it is a day or a month that an entry can name.
func (d Date) Valid() bool { return d.valid() }

func (d Date) valid() bool {
	return d.Year >= 1970 && d.Year < 2200 && d.Month >= 1 && d.Month <= 12 && int(d.Day) <= daysIn(d.Year, d.Month)
}

func (d Date) rank() int {
	day := int(d.Day)
	if day == 0 && d.Month != 0 {
		day = daysIn(d.Year, d.Month)
	}
	return int(d.Year)*512 + int(d.Month)*32 + day
}

// unixDays counts days since 1 January 1970 (Howard Hinnant's civil calendar).
func (d Date) unixDays() int64 {
	y, m := int64(d.Year), int64(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(d.Day) - 1 - 719468
}

func daysIn(year uint16, month uint8) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
