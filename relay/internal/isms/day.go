package isms

import (
	"strconv"
	"time"
)

// A Day is written 2027-05-31, and is midnight UTC.
type Day struct{ time.Time }

// DayOf returns the day of a moment.
func DayOf(t time.Time) Day { return Day{t.UTC().Truncate(24 * time.Hour)} }

// UnmarshalJSON reads exactly the form that MarshalJSON writes.
func (d *Day) UnmarshalJSON(b []byte) error {
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return err
	}
	d.Time, err = time.Parse(time.DateOnly, s)
	return err
}

// MarshalJSON writes the day.
func (d Day) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(d.String())), nil }

func (d Day) String() string { return d.Format(time.DateOnly) }

// over reports whether the day is over.
func (d Day) over(now time.Time) bool { return !now.Before(d.AddDate(0, 0, 1)) }
