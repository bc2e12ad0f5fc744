package seal

import "time"

// The policy has a date for every suite. Up to it new things are made with the
// suite; from the day after it old ones are opened, and nothing is made. What
// was made stays readable for as long as the state of the suite says so, which
// is a matter of releases and of no clock.

// How long before the end of a suite people are told of it: where they look for it,
// and later on every screen.
const (
	warning = 730 * 24 * time.Hour
	urgent  = 90 * 24 * time.Hour
)

// An Ending is how near the end of what new things are made with is.
type Ending uint8

const (
	Far  Ending = iota
	Near        // it is time to say so
	Soon        // to everybody
	Over        // nothing new is made
)

// Ends is the last day, in UTC, on which this release makes something new.
func (p *Policy) Ends() time.Time {
	for _, s := range p.Suites {
		if s.Number == suite && s.State == Write {
			return s.Sunset
		}
	}
	return time.Time{}
}

// Ending tells how near that is at a time.
func (p *Policy) Ending(now time.Time) Ending {
	switch ends := p.Ends(); {
	case !now.Before(ends.AddDate(0, 0, 1)):
		return Over
	case now.After(ends.Add(-urgent)):
		return Soon
	case now.After(ends.Add(-warning)):
		return Near
	}
	return Far
}
