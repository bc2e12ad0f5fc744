package papers

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

// Schedule says when the doses of a plan are due, in one line.
func Schedule(l lang.Lang, s diary.Schedule) string {
	var parts []string
	switch {
	case s.OnDemand():
		return l.T(lang.PlanOnDemand)
	case s.EveryDays == 1:
		parts = append(parts, l.T(lang.PlanDaily))
	case s.EveryDays > 1:
		parts = append(parts, l.T(lang.PlanEvery, "n", l.Int(int(s.EveryDays))))
	}
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := range 7 {
		if s.Weekdays.Has(d) {
			parts = append(parts, l.WeekdayShort(monday.AddDate(0, 0, d)))
		}
	}
	for _, t := range s.Times {
		parts = append(parts, Clock(t))
	}
	return strings.Join(parts, ", ")
}

// Clock writes a minute of the day as 07:40.
func Clock(t uint16) string {
	h, m := int(t)/60, int(t)%60
	return strconv.Itoa(h/10%10) + strconv.Itoa(h%10) + ":" + strconv.Itoa(m/10) + strconv.Itoa(m%10)
}
