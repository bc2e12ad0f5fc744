package seal

import (
	"testing"
	"time"
)

func TestASuiteIsUsedUpToItsLastDayAndWarnedOfBefore(t *testing.T) {
	p := Current
	p.Suites = append([]Suite(nil), p.Suites...)
	p.Suites[0].Sunset = time.Date(2031, 12, 31, 0, 0, 0, 0, time.UTC)
	berlin := time.FixedZone("", 3600)
	for _, c := range []struct {
		at   time.Time
		want Ending
	}{
		{time.Time{}, Far},
		{time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Far},
		{time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC), Far},
		{time.Date(2030, 2, 1, 0, 0, 0, 0, time.UTC), Near},
		{time.Date(2031, 9, 1, 0, 0, 0, 0, time.UTC), Near},
		{time.Date(2031, 11, 1, 0, 0, 0, 0, time.UTC), Soon},
		{time.Date(2031, 12, 31, 23, 59, 59, 0, time.UTC), Soon},
		{time.Date(2032, 1, 1, 0, 30, 0, 0, berlin), Soon}, // it is the day before in UTC
		{time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC), Over},
		{time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), Over},
	} {
		if got := p.Ending(c.at); got != c.want {
			t.Errorf("on %s: %d, not %d", c.at.Format(time.RFC3339), got, c.want)
		}
	}
	if early := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC); p.Ending(early) == Over {
		t.Error("over too early")
	} else if p.Suites[0].State = Read; p.Ending(early) != Over {
		t.Error("a suite that is for reading only is used for new things")
	}
	// Whatever a release ships with: it can be used, and its end is not near.
	if Current.Ending(Current.Issued) != Far {
		t.Error("the policy ends soon after it was issued")
	}
}
