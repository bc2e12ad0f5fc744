package view

import (
	"math"
	"slices"
	"testing"

	"vialog/wasm/internal/diary"
)

func TestScalesHoldTheirValuesInFewRoundSteps(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		whole     bool
		want      []float64
	}{
		{0, 2, true, []float64{0, 1, 2}},
		{0, 3, true, []float64{0, 1, 2, 3}},
		{0, 7, true, []float64{0, 2, 4, 6, 8}},
		{0, 29, true, []float64{0, 10, 20, 30}},
		{0, 25_000, false, []float64{0, 10_000, 20_000, 30_000}},
		{71, 73.2, false, []float64{71, 72, 73, 74}},
		{2, 4.1, false, []float64{2, 3, 4, 5}},
		{5, 5, false, []float64{5, 5.5, 6}},
		{0, 0, true, []float64{0, 1}},
	} {
		s := between(c.low, c.high, c.whole)
		got := s.ticks()
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%g to %g: %v", c.low, c.high, got)
		}
	}
	for v := 0.001; v < 1e7; v *= 1.7 {
		s := scaleOf(v, false)
		if n := len(s.ticks()); n < 2 || n > 6 || s.high < v-1e-9 {
			t.Errorf("%g: %+v with %d ticks", v, s, n)
		}
		if y := s.y(v); y < 0 || y > plotHeight || s.y(s.low) <= y {
			t.Errorf("%g stands at %g", v, y)
		}
	}
}

func TestADayShowsWhatMattersMost(t *testing.T) {
	for _, c := range []struct {
		d    diary.DayMark
		want daySign
	}{
		{diary.DayMark{Given: 1, Bleeds: 1, Observed: true}, signBoth},
		{diary.DayMark{NotGiven: 1, Bleeds: 1, Observed: true}, signBled},
		{diary.DayMark{Given: 1, NotGiven: 1, Observed: true}, signGiven},
		{diary.DayMark{NotGiven: 1, Missed: 1, Observed: true}, signNotGiven},
		{diary.DayMark{Missed: 1, Observed: true}, signMissed},
		{diary.DayMark{Missed: 1}, signNone}, // in a silence: nothing is known
		{diary.DayMark{Observed: true}, signNothing},
		{diary.DayMark{}, signNone},
	} {
		if got := signOf(c.d); got != c.want {
			t.Errorf("%+v shows %d", c.d, got)
		}
	}
	// Signs differ in shape, not in colour alone.
	for a := signNothing; a < daySigns; a++ {
		for b := signNothing; b < a; b++ {
			if slices.Equal(strokes[a], strokes[b]) {
				t.Errorf("signs %d and %d look the same", a, b)
			}
		}
	}
}
