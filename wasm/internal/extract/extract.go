// Package extract makes what a centre gives to a registry or a study of those
// patients who consented: figures by the year, under a pseudonym of that purpose.
//
// When Alike has made an extract:
//   - each combination of what others may know of a patient – diagnosis, severity,
//     inhibitor, decade of birth, sex, weight, products – stands there for at least
//     K patients, or for none;
//   - nothing in a row tells more of these than the combination does;
//   - it has no day but the calendar year, no place of the body but joint, muscle
//     and other, no lot, and no text that anybody typed.
//
// It does not promise that nobody is recognised: whoever has several extracts of a
// purpose, or knows how often somebody bled in a year, knows more than one
// extract says. The order in which patients come makes no difference.
//
// Of is worked out beside the diaries, where the keys are. Alike and the files run
// in the second program, which gets nothing but what an Order holds.
package extract

import (
	"cmp"
	"slices"

	"vialog/wasm/internal/diary"
)

// Op is the name of the operation: an Order in, a Result out.
const Op = "extract.make"

const (
	// MaxPeople bounds an extract: five times the largest centre.
	MaxPeople = 5000
	// MaxYears bounds its period.
	MaxYears = 10
)

// Sex is as the patient stated it for this purpose.
type Sex uint8

const (
	Female Sex = 1 + iota
	Male
	OtherSex
	sexes
)

var sexKeys = [...]string{"unset", "female", "male", "other"}

// Key is the catalogue key, "sex.female".
func (s Sex) Key() string {
	if s >= sexes {
		return "sex.unknown"
	}
	return "sex." + sexKeys[s]
}

// Sexes are those that can be stated.
func Sexes() []Sex { return []Sex{Female, Male, OtherSex} }

// Valid tells whether this version knows s; 0 is not stated.
func (s Sex) Valid() bool { return s < sexes }

// Decades in which somebody can have been born. 0 is not stated.
const (
	FirstDecade = 1920
	LastDecade  = 2190
)

// ValidDecade tells whether d is 0 or the first year of a decade.
func ValidDecade(d int) bool {
	return d == 0 || d >= FirstDecade && d <= LastDecade && d%10 == 0
}

// A Person is one patient who consented.
type Person struct {
	Name      string // the pseudonym for the purpose
	OnPaper   bool   // the consent is
	Diagnosis diary.Diagnosis
	Severity  diary.Grade
	Inhibitor diary.Inhibitor
	Born      int // first year of the decade; 0: not stated
	Sex       Sex
	Weight    int           // kg, at the end; from 0 in steps of WeightStep; -1: not known
	Main      diary.Therapy // what they are mainly treated with; zero: nothing
	Years     []Year        // every year of the extract, in order
}

// WeightStep is the width of a band of weights in kg.
const WeightStep = 20

// A Year is what the diary says of one.
type Year struct {
	Year        int
	Days        int // observed
	Silent      int
	Planned     int
	Accounted   int
	Bleeds      int
	Joint       int // of them, in joints
	Muscle      int
	Other       int
	Spontaneous int
	Traumatic   int
	Quarters    [4]int // of Bleeds
	Targets     int    // joints that were target joints at its end
	Uses        []Use
}

// A Use is what was used of one group of products.
type Use struct {
	Therapy diary.Therapy
	Doses   int
	PerKg   float64 // units per kg and year; 0 if it is not known
	Known   bool
}

// Of works out what the diary says of the years from first to last.
func Of(name string, d *diary.Diary, now diary.Moment, first, last int) Person {
	whole := diary.Period{From: diary.Date{Year: uint16(first), Month: 1, Day: 1}, To: diary.Date{Year: uint16(last), Month: 12, Day: 31}}
	l := d.LedgerSince(now, whole.From)
	about, _ := d.AboutPatient()
	p := Person{Name: name, Diagnosis: about.Diagnosis, Severity: about.Severity, Inhibitor: about.Inhibitor, Weight: -1}
	p.Main, _ = l.Mainstay(whole)
	today, _ := now.Wall()
	end := whole.To
	if today.Before(end) {
		end = today
	}
	if kg, ok := l.Weight(end); ok {
		p.Weight = int(kg) / 1000 / WeightStep * WeightStep
	}
	targets := l.TargetJoints(diary.ISTH2014)
	for year := first; year <= last; year++ {
		over := diary.Period{From: diary.Date{Year: uint16(year), Month: 1, Day: 1}, To: diary.Date{Year: uint16(year), Month: 12, Day: 31}}
		o, r := l.Observed(over), l.Rates(over, false)
		t := l.Tissues([]diary.Period{over})[0]
		y := Year{
			Year: year, Days: o.Days, Silent: o.Silent, Planned: o.Planned, Accounted: o.Accounted,
			Bleeds: r.All.Count, Joint: t.Joint, Muscle: t.Muscle, Other: t.Other, Spontaneous: r.Spontaneous.Count, Traumatic: r.Traumatic.Count,
		}
		for i, q := range l.Tissues(over.Quarters()) {
			y.Quarters[i] = q.Joint + q.Muscle + q.Other
		}
		at := over.To
		if today.Before(at) {
			at = today
		}
		for _, j := range targets {
			if !at.Before(j.On) && (j.Off.IsZero() || at.Before(j.Off)) {
				y.Targets++
			}
		}
		for _, u := range l.Uses(over) {
			x := Use{Therapy: diary.Therapy{Group: u.Group, Unit: u.Unit}, Doses: u.Doses}
			x.PerKg, x.Known = u.PerKgYear()
			y.Uses = append(y.Uses, x)
		}
		p.Years = append(p.Years, y)
	}
	return p
}

// products are the groups that somebody used in any of the years, in order.
func (p *Person) products() (out []diary.Group) {
	for _, y := range p.Years {
		for _, u := range y.Uses {
			out = append(out, u.Therapy.Group)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Rate is a count a year, and whether enough days were observed to say so.
func (y Year) Rate(n int) (float64, bool) { return diary.Rate{Count: n, Days: y.Days}.PerYear() }

// Completeness is the share of the planned doses of which the diary says what
// became of them.
func (y Year) Completeness() (float64, bool) {
	return diary.Observed{Planned: y.Planned, Accounted: y.Accounted}.Completeness()
}

func compareTherapy(a, b diary.Therapy) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Unit, b.Unit))
}
