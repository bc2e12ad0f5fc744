package diary

// ResponseRule names the rule by which what a person feels and the doses in the
// log become one of the ISTH's categories (Blanchette et al., J Thromb Haemost
// 2014;12:1935-9):
//
//	excellent  full relief within 8 hours after one dose, and none after it within 72 hours
//	good       clear relief within about 8 hours, but more than one dose within 72 hours until it was gone
//	moderate   modest relief, more than one dose within 72 hours, and not gone
//	none       none or minimal relief within about 8 hours, or worse
//
// Version 1 adds: what is gone after 72 hours with one dose is excellent if full
// relief was said at 8 hours, else good; what is better and not gone is moderate.
const ResponseRule = "ISTH 2014, version 1"

// A Relief is how a bleed feels some time after its first dose.
type Relief uint8

const (
	ReliefFull   Relief = 1 + iota // gone
	ReliefClear                    // clearly better
	ReliefSlight                   // a little better
	ReliefNone                     // no better, or worse
	ReliefUnknown
)

var reliefKeys = []string{"full", "clear", "slight", "none", "notknown"}

func (r Relief) Key() string              { return key("relief.", reliefKeys, uint8(r)) }
func Reliefs() []Relief                   { return all[Relief](reliefKeys) }
func ParseRelief(s string) (Relief, bool) { return parse[Relief]("relief.", reliefKeys, s) }

// Respond8h is the category of a bleed that feels so 8 hours after its first dose.
func (b Bleeding) Respond8h(r Relief) Response {
	switch {
	case r == ReliefFull && b.Doses72h <= 1:
		return ResponseExcellent
	case r == ReliefFull, r == ReliefClear:
		return ResponseGood
	}
	return r.rest()
}

// Respond72h is the category of a bleed that feels so 72 hours after its first dose.
func (b Bleeding) Respond72h(r Relief) Response {
	switch {
	case r == ReliefFull && b.Doses72h <= 1 && b.Bleed().Response8h == ResponseExcellent:
		return ResponseExcellent
	case r == ReliefFull:
		return ResponseGood
	case r == ReliefClear:
		return ResponseModerate
	}
	return r.rest()
}

// rest are the answers that mean the same at any time.
func (r Relief) rest() Response {
	switch r {
	case ReliefSlight:
		return ResponseModerate
	case ReliefNone:
		return ResponseNone
	case ReliefUnknown:
		return ResponseUnknown
	}
	return 0
}

// Outcome is the response as it counts now: the later answer where there is one. A
// second dose that was logged after the answer makes an excellent one good.
func (b Bleeding) Outcome() Response {
	r := b.Bleed().Response72h
	if early := b.Bleed().Response8h; r == 0 || r == ResponseUnknown && early != 0 {
		r = early
	}
	if r == ResponseExcellent && b.Doses72h > 1 {
		return ResponseGood
	}
	return r
}
