package extract

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
)

// K is how many patients look alike at least.
const K = 5

// Rule is how patients are made alike.
//
// Rule, version 1 (our own way to the k-anonymity of Sweeney 2002, doi
// 10.1142/S0218488502001648, by local recoding). All patients begin at the first
// step, with everything. Those who are at least K with the same combination are
// done. The others go one step on, where they say less, and are compared among
// each other again. Who is left after the last step is left out.
var Rule = diary.Rule{Key: "extract.rule", Version: 1, Source: "doi 10.1142/S0218488502001648"}

// A Step is how much is told of a patient; each tells less than the one before.
type Step uint8

const (
	Full          Step = iota // all there is
	NoWeight                  // without the weight
	WideBorn                  // born in twenty years, not in ten
	MainProduct               // of the products only the main group
	NoSex                     // without the sex
	NoInhibitor               // without the inhibitor
	NoBorn                    // without when they were born
	NoSeverity                // without the severity
	DiagnosisOnly             // without the products and what was used of them
	Suppressed                // nothing: not in the extract
	Steps                     // how many there are
)

var stepKeys = [...]string{"full", "no-weight", "wide-born", "main-product", "no-sex", "no-inhibitor", "no-born", "no-severity", "diagnosis", "suppressed"}

// Key is the catalogue key, "step.no-sex".
func (s Step) Key() string {
	if s >= Steps {
		return "step.unknown"
	}
	return "step." + stepKeys[s]
}

// Any stands in a column of which nothing is told. An empty one is not known.
const Any = "*"

// A Class is what others may know of a patient, as far as it is told: a code, ""
// where nothing is known, or Any.
type Class struct{ Diagnosis, Severity, Inhibitor, Born, Sex, Weight, Products string }

// code is the key of an enumeration without its first word.
func code(key string) string {
	_, s, _ := strings.Cut(key, ".")
	if s == "unset" {
		return ""
	}
	return s
}

// band writes a range of whole numbers as 1990-1999.
func band(from, width int) string { return strconv.Itoa(from) + "-" + strconv.Itoa(from+width-1) }

// ClassAt is what is told of p at a step.
func (p *Person) ClassAt(s Step) Class {
	c := Class{
		Diagnosis: code(p.Diagnosis.Key()), Severity: code(p.Severity.Key()), Inhibitor: code(p.Inhibitor.Key()), Sex: code(p.Sex.Key()),
	}
	if p.Born != 0 {
		c.Born = band(p.Born, 10)
	}
	if p.Weight >= 0 {
		c.Weight = band(p.Weight, WeightStep)
	}
	var names []string
	for _, g := range p.products() {
		names = append(names, code(g.Key()))
	}
	c.Products = strings.Join(names, "+")
	if s >= NoWeight {
		c.Weight = Any
	}
	if s >= WideBorn && p.Born != 0 {
		c.Born = band(p.Born/20*20, 20)
	}
	if s >= MainProduct {
		if c.Products = ""; p.Main.Group != 0 {
			c.Products = code(p.Main.Group.Key())
		}
	}
	if s >= NoSex {
		c.Sex = Any
	}
	if s >= NoInhibitor {
		c.Inhibitor = Any
	}
	if s >= NoBorn {
		c.Born = Any
	}
	if s >= NoSeverity {
		c.Severity = Any
	}
	if s >= DiagnosisOnly {
		c.Products = Any
	}
	return c
}

// A Row is one patient as the extract tells of them.
type Row struct {
	Name    string
	OnPaper bool
	Step    Step
	Class   Class
	Years   []Year // without uses that the class does not tell of
}

// Alike makes patients alike and returns those who can be told of, by pseudonym,
// and how many came to which step.
func Alike(people []Person) (rows []Row, steps [Steps]int) {
	left := make([]*Person, len(people))
	for i := range people {
		left[i] = &people[i]
	}
	for s := Full; s < Suppressed && len(left) > 0; s++ {
		classes := make(map[Class][]*Person)
		for _, p := range left {
			c := p.ClassAt(s)
			classes[c] = append(classes[c], p)
		}
		left = nil
		for c, list := range classes {
			if len(list) < K {
				left = append(left, list...)
				continue
			}
			steps[s] += len(list)
			for _, p := range list {
				rows = append(rows, p.row(s, c))
			}
		}
	}
	steps[Suppressed] = len(left)
	arrange.By(rows, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return rows, steps
}

func (p *Person) row(s Step, c Class) Row {
	r := Row{Name: p.Name, OnPaper: p.OnPaper, Step: s, Class: c}
	for _, y := range p.Years {
		y.Uses = slices.DeleteFunc(slices.Clone(y.Uses), func(u Use) bool {
			return s >= DiagnosisOnly || s >= MainProduct && u.Therapy.Group != p.Main.Group
		})
		r.Years = append(r.Years, y)
	}
	return r
}

// Smallest is how many patients the rarest combination has; 0 if there are no rows.
func Smallest(rows []Row) int {
	n := make(map[Class]int)
	for _, r := range rows {
		n[r.Class]++
	}
	least := 0
	for _, k := range n {
		if least == 0 || k < least {
			least = k
		}
	}
	return least
}

// Therapies are the groups and units of which any row tells the use, in order.
func Therapies(rows []Row) (out []diary.Therapy) {
	for _, r := range rows {
		for _, y := range r.Years {
			for _, u := range y.Uses {
				out = append(out, u.Therapy)
			}
		}
	}
	arrange.By(out, compareTherapy)
	return slices.Compact(out)
}
