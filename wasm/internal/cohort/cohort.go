// Package cohort compares the patients of a centre: their bleeds with what they
// use, in four groups, and how their figures are spread.
//
// A cohort is worked out on the device of somebody at the centre, from the
// diaries that are open there. Whoever cannot be grouped is in it all the same,
// with the reason. The order in which patients come makes no difference.
//
// It has no display text: letters and reasons have keys of the catalogues.
package cohort

import (
	"cmp"
	"slices"
	"strconv"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
)

// A Person is one patient in figures of a period.
type Person struct {
	N         uint32 // the patient's number on this device
	Diagnosis diary.Diagnosis
	Severity  diary.Grade
	Observed  diary.Observed
	All       diary.Rate
	Joint     diary.Rate
	Therapy   diary.Therapy // what they are mainly treated with; zero: nothing
	Given     int           // doses of that therapy; of it alone are:
	PerKg     float64       // units per kg and year
	Weighed   bool          // a weight is known for every dose given
	Doses     diary.Adherence
}

// PersonOf works out the figures of a diary for a period that ends at now.
func PersonOf(n uint32, d *diary.Diary, now diary.Moment, p diary.Period) Person {
	l := d.LedgerSince(now, p.From)
	about, _ := d.AboutPatient()
	rates := l.Rates(p, false)
	out := Person{N: n, Diagnosis: about.Diagnosis, Severity: about.Severity, Observed: l.Observed(p), All: rates.All, Joint: rates.Joint, Doses: l.Adherence(p)}
	out.Therapy, _ = l.Mainstay(p)
	for _, u := range l.Uses(p) {
		if u.Group == out.Therapy.Group && u.Unit == out.Therapy.Unit {
			out.Given, out.Weighed = u.Doses, u.Weighed()
			out.PerKg, _ = u.PerKgYear()
		}
	}
	return out
}

// A Letter is one of the four groups.
type Letter uint8

const (
	Ungrouped Letter = iota
	A                // little used, few joint bleeds: on target
	B                // much used, few joint bleeds: less may do
	C                // much used, many joint bleeds: more alone will not help
	D                // little used, many joint bleeds: more may help
)

var letterKeys = [...]string{"none", "a", "b", "c", "d"}

// Key is the catalogue key of what the group may mean, "cohort.a".
func (l Letter) Key() string { return "cohort." + letterKeys[min(int(l), len(letterKeys)-1)] }

// Letters are the four.
func Letters() []Letter { return []Letter{A, B, C, D} }

// A Why is the reason why somebody is in no group.
type Why uint8

const (
	Grouped     Why = iota
	NoDiagnosis     // the diary does not state it
	NoProduct       // nothing was planned or given
	OneOff          // a gene therapy is given once: there is no use by the year
	ShortlySeen     // fewer than diary.MinObserved days observed
	NoWeight        // a dose without a weight
	TooFewAlike     // fewer than LeastAlike with the same diagnosis and therapy
)

var whyKeys = [...]string{"grouped", "no-diagnosis", "no-product", "one-off", "short", "no-weight", "few"}

// Key is the catalogue key, "cohort.why.no-weight".
func (w Why) Key() string { return "cohort.why." + whyKeys[min(int(w), len(whyKeys)-1)] }

// Whys are the reasons, in the order in which they are asked for.
func Whys() []Why {
	return []Why{NoDiagnosis, NoProduct, OneOff, ShortlySeen, NoWeight, TooFewAlike}
}

// LeastAlike is how many patients a mean is taken of at least (our choice): a
// mean of two says which of them is above it, and nothing else.
const LeastAlike = 5

// Rule is how patients are grouped.
//
// Rule, version 1. The source cuts at the cohort means of yearly factor use and
// of joint bleeds, 2.25 a year there. Here both means are taken among patients
// of one diagnosis and one therapy (our addition): units of different products
// do not compare, nor do products that last longer. Use is per kg. High is above
// the mean, low is not above it, so that where nobody bleeds nobody bleeds much.
var Rule = diary.Rule{Key: "cohort.rule", Version: 1, Source: "doi 10.1055/s-0038-1675575"}

// A Class is who compares with each other.
type Class struct {
	Diagnosis diary.Diagnosis
	Therapy   diary.Therapy
}

func (c Class) compare(d Class) int {
	return cmp.Or(cmp.Compare(c.Diagnosis, d.Diagnosis), cmp.Compare(c.Therapy.Group, d.Therapy.Group), cmp.Compare(c.Therapy.Unit, d.Therapy.Unit))
}

// A Member is a person with their place in the cohort.
type Member struct {
	Person
	Letter Letter
	Why    Why // why in no group
}

// Class is who the member compares with.
func (m Member) Class() Class { return Class{m.Diagnosis, m.Therapy} }

// A Stratum is the members of one class.
type Stratum struct {
	Class
	N       int     // members, those in no group too
	Counted int     // of whom the means are
	Joint   float64 // mean of the joint bleeds a year
	Use     float64 // mean of the units per kg and year
	Groups  [5]int  // members by letter
}

// Cut tells whether the stratum has means to group by.
func (s Stratum) Cut() bool { return s.Counted >= LeastAlike }

// A Cohort is all of them, in the order of their numbers.
type Cohort struct {
	Members []Member
	Strata  []Stratum // the largest first
}

// Of makes a cohort. Everybody is a member.
func Of(people []Person) Cohort {
	people = slices.Clone(people)
	// Sums of fractions depend on their order, and a mean decides about who is at it.
	arrange.By(people, func(a, b Person) int { return cmp.Compare(a.N, b.N) })
	var c Cohort
	at := make(map[Class]int)
	for _, p := range people {
		m := Member{Person: p, Why: p.why()}
		c.Members = append(c.Members, m)
		if !m.Compared() {
			continue
		}
		i, ok := at[m.Class()]
		if !ok {
			i = len(c.Strata)
			at[m.Class()] = i
			c.Strata = append(c.Strata, Stratum{Class: m.Class()})
		}
		s := &c.Strata[i]
		s.N++
		if m.Why == Grouped {
			joint, use := p.measure()
			s.Counted++
			s.Joint += joint
			s.Use += use
		}
	}
	for i := range c.Strata {
		if s := &c.Strata[i]; s.Counted > 0 {
			s.Joint /= float64(s.Counted)
			s.Use /= float64(s.Counted)
		}
	}
	for i := range c.Members {
		m := &c.Members[i]
		if !m.Compared() {
			continue
		}
		s := &c.Strata[at[m.Class()]]
		switch {
		case m.Why != Grouped:
		case !s.Cut():
			m.Why = TooFewAlike
		default:
			m.Letter = letter(m.Person, *s)
		}
		s.Groups[m.Letter]++
	}
	arrange.By(c.Strata, func(a, b Stratum) int { return cmp.Or(cmp.Compare(b.N, a.N), a.compare(b.Class)) })
	return c
}

// why is the reason that lies in the person alone.
func (p Person) why() Why {
	switch {
	case p.Diagnosis == 0:
		return NoDiagnosis
	case p.Therapy.Group == 0:
		return NoProduct
	case p.Therapy.Group == diary.GroupGene:
		return OneOff
	case p.Observed.Days < diary.MinObserved:
		return ShortlySeen
	case p.Given > 0 && !p.Weighed:
		return NoWeight
	}
	return Grouped
}

// measure are the two figures that decide, for whom nothing speaks against it.
func (p Person) measure() (joint, use float64) {
	joint, _ = p.Figure(JointPerYear)
	use, _ = p.Figure(UsePerKg)
	return joint, use
}

// above tells whether v is above a mean by more than sums of fractions are off:
// whoever is like all the others is not above their mean.
func above(v, mean float64) bool { return v > mean*(1+1e-9) }

func letter(p Person, s Stratum) Letter {
	joint, use := p.measure()
	switch much, many := above(use, s.Use), above(joint, s.Joint); {
	case much && many:
		return C
	case many:
		return D
	case much:
		return B
	}
	return A
}

// A Figure is one of a member's.
type Figure uint8

const (
	JointPerYear Figure = iota
	AllPerYear
	UsePerKg // compares within a stratum only
	Adherence
	Completeness
	Figures // how many there are
)

// Figure is the value of f, and whether it is known.
func (p Person) Figure(f Figure) (float64, bool) {
	switch f {
	case JointPerYear:
		return p.Joint.PerYear()
	case AllPerYear:
		return p.All.PerYear()
	case UsePerKg:
		// Nothing given of what is planned is a use of 0.
		p.Diagnosis = cmp.Or(p.Diagnosis, diary.DiagnosisOther)
		return p.PerKg, p.why() == Grouped
	case Adherence:
		return p.Doses.Number()
	case Completeness:
		return p.Observed.Completeness()
	}
	return 0, false
}

// Name is the class in one word of digits and points, for forms.
func (c Class) Name() string {
	return strconv.Itoa(int(c.Diagnosis)) + "." + strconv.Itoa(int(c.Therapy.Group)) + "." + strconv.Itoa(int(c.Therapy.Unit))
}

// Stratum finds the one of a class by its name.
func (c Cohort) Stratum(name string) (Stratum, bool) {
	for _, s := range c.Strata {
		if s.Name() == name {
			return s, true
		}
	}
	return Stratum{}, false
}

// In are the members of a class, those in no group too.
func (c Cohort) In(k Class) (out []Member) {
	for _, m := range c.Members {
		if m.Compared() && m.Class() == k {
			out = append(out, m)
		}
	}
	return out
}

// Apart are the members of no class.
func (c Cohort) Apart() (out []Member) {
	for _, m := range c.Members {
		if !m.Compared() {
			out = append(out, m)
		}
	}
	return out
}

// Compared tells whether the member belongs to a class.
func (m Member) Compared() bool { return m.Why != NoDiagnosis && m.Why != NoProduct }
