package worklist

// A Limit is one of the numbers that decide what is listed. Its own number is in
// statements.
type Limit uint8

const (
	NewDays             Limit = 1 + iota // a bleed or a reaction is new for so many days
	AnswerDays                           // after its first dose, a bleed waits so many days for word of how the treatment worked
	MissedDoses                          // so many missed doses …
	MissedDays                           // … in so many days
	StockDays                            // a stock that lasts less is low
	ExpiredDays                          // a dose from an expired lot is listed for so many days
	MessageHours                         // a message waits so long for an answer
	SilentDays                           // with a plan, no entry for so many days
	SilentUnplannedDays                  // without one
	limitsEnd
)

// A Bound is what a limit can be.
type Bound struct {
	Limit    Limit
	Default  int
	Min, Max int
	Off      bool // 0 means that nothing is listed for it
}

// Bounds lists the limits, with what holds until a centre says something else.
//
//   - NewDays: so long after the last that was heard of it, an open bleed counts as
//     forgotten (diary.Bleeding, 14 days).
//   - AnswerDays: the response to a treatment is judged at 72 hours (Blanchette et al.
//     2014, J Thromb Haemost 12:1935); one day more to say so.
//   - StockDays: that of the patient's own warning (diary.Holding, 14 days).
//   - SilentDays, SilentUnplannedDays: those of the rule for days that are not
//     observed (diary.Observed, version 1: 28 days and twice the interval of the
//     doses; 365 without planned doses).
//   - The others are our own choice.
var Bounds = []Bound{
	{NewDays, 14, 1, 60, false},
	{AnswerDays, 4, 3, 13, true},
	{MissedDoses, 2, 1, 20, true},
	{MissedDays, 14, 1, 56, false},
	{StockDays, 14, 1, 90, true},
	{ExpiredDays, 30, 1, 365, true},
	{MessageHours, 0, 0, 168, false},
	{SilentDays, 28, 7, 365, true},
	{SilentUnplannedDays, 365, 28, 730, true},
}

// BoundOf is what a limit can be.
func BoundOf(l Limit) (Bound, bool) {
	if l == 0 || l >= limitsEnd {
		return Bound{}, false
	}
	return Bounds[l-1], true
}

// Fits tells whether a limit can be n.
func (b Bound) Fits(n int) bool { return n >= b.Min && n <= b.Max || n == 0 && b.Off }

// Limits are what somebody said of limits; of those that are missing nothing.
type Limits map[Limit]int

// Of is the limit in force: what was said, if it can be that, else the default.
func (l Limits) Of(which Limit) int {
	b, ok := BoundOf(which)
	if !ok {
		return 0
	}
	if n, said := l[which]; said && b.Fits(n) {
		return n
	}
	return b.Default
}

// Over is l where it says something, else what below says.
func (l Limits) Over(below Limits) Limits {
	out := make(Limits)
	for _, b := range Bounds {
		for _, say := range []Limits{l, below} {
			if n, said := say[b.Limit]; said && b.Fits(n) {
				out[b.Limit] = n
				break
			}
		}
	}
	return out
}
