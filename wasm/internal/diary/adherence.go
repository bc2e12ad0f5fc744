package diary

// Adherence is how planned doses and given doses agree in a period.
//
// Rule, version 1. A planned dose counts once it is due and judged; which
// treatment settles it, and what is on time, says Dose. Doses in silences are
// not counted: nothing is known of them. Doses that the centre advised against
// are not asked for. From the rest:
//   - Number, A_n = given / planned, the measure that Dover et al. 2020 took by
//     the week (PMC7040543);
//   - Amount, A_IU = the mean share of the prescribed dose that was given, 0 for
//     a dose not given; Mizrahi et al. 2016 call it the percentage of the
//     prescribed dose received;
//   - OnTime, A_t = on time / given.
//
// Doses not given with a reason are counted apart from those without a word,
// but both are doses not given.
type Adherence struct {
	Planned  int
	Given    int
	Timely   int // of the given
	NotGiven int // with a reason
	Missed   int // without a word
	Advised  int // against, by the centre; not in Planned
	Silent   int // in silences; not in Planned

	share float64 // sum of given / prescribed
	off   float64 // sum of |given − prescribed| / prescribed, over the given
}

func ratio(a float64, b int) (float64, bool) {
	if b == 0 {
		return 0, false
	}
	return a / float64(b), true
}

// Number is A_n from 0 to 1; false if nothing was planned.
func (a Adherence) Number() (float64, bool) { return ratio(float64(a.Given), a.Planned) }

// Amount is A_IU; above 1 if more was given than prescribed.
func (a Adherence) Amount() (float64, bool) { return ratio(a.share, a.Planned) }

// OnTime is A_t; false if nothing was given.
func (a Adherence) OnTime() (float64, bool) { return ratio(float64(a.Timely), a.Given) }

// Adherence compares plan and doses in p.
func (l *Ledger) Adherence(p Period) (a Adherence) {
	from, to := l.cut(p)
	for _, r := range within(l.planned, planRow.day, from, to) {
		switch {
		case l.silent(r.on, r.on) > 0:
			a.Silent++
			continue
		case r.advised:
			a.Advised++
			continue
		case r.state == DoseMissed:
			a.Missed++
		case r.state == DoseNotGiven:
			a.NotGiven++
		default:
			a.Given++
			if r.state == DoseTaken {
				a.Timely++
			}
			if r.asked > 0 {
				share := float64(r.given) / float64(r.asked)
				a.share += share
				a.off += max(share-1, 1-share)
			}
		}
		a.Planned++
	}
	return a
}

// An AdherenceClass is one of three.
type AdherenceClass uint8

const (
	ClassUnknown AdherenceClass = iota // too few doses were planned
	ClassAdherent
	ClassSuboptimal
	ClassNonAdherent
)

var classKeys = [...]string{"unknown", "adherent", "suboptimal", "nonadherent"}

// Key is the catalogue key, "adherence.suboptimal".
func (c AdherenceClass) Key() string { return "adherence." + classKeys[min(int(c), len(classKeys)-1)] }

// An AdherenceRule classes by the shares of doses that were missed, that differ
// in dose and that differ in time.
type AdherenceRule struct {
	Rule
	LeastPlanned int // doses below which nothing is said (our choice)

	Missed, Dose, Time       float64 // adherent below all three
	MissedAtMost, DoseAtMost float64 // non-adherent above one of them
}

// Dutch are the classes of Schrijvers et al. 2016, which go by missed, timing
// and dose of infusions. The abstract gives no numbers: the cut-offs, and the
// mean deviation from the prescribed dose as "dose", are our reading.
var Dutch = AdherenceRule{
	Rule{"rule.dutch", 1, "Schrijvers et al. 2016, doi 10.1111/bjh.14072"}, 6,
	0.15, 0.10, 0.30, 0.25, 0.25,
}

// Class classes a by rule.
func (a Adherence) Class(r AdherenceRule) AdherenceClass {
	if a.Planned < r.LeastPlanned {
		return ClassUnknown
	}
	given, _ := a.Number()
	missed := 1 - given
	dose, _ := ratio(a.off, a.Given)
	time, _ := ratio(float64(a.Given-a.Timely), a.Given)
	switch {
	case missed > r.MissedAtMost || dose > r.DoseAtMost:
		return ClassNonAdherent
	case missed < r.Missed && dose < r.Dose && time < r.Time:
		return ClassAdherent
	}
	return ClassSuboptimal
}
