package sample

import (
	"strconv"

	"vialog/wasm/internal/cohort"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/view"
)

// A centre's patients, compared. The people are laid out by a fixed sequence, so
// that the drawing looks like one of a real centre and is the same each time.
var cohorts = []Case{
	{"cohort", func(b view.Base) view.Screen { return compared(b, "1.1.1") }},
	{"cohort-group", func(b view.Base) view.Screen {
		m := compared(b, "1.1.1")
		m.Letter, m.Order = cohort.D, view.Order{Column: 2, Down: true}
		return m
	}},
	{"cohort-few", func(b view.Base) view.Screen {
		m := compared(b, "2.4.1")
		m.Severity = diary.GradeSevere
		return m
	}},
	{"cohort-apart", func(b view.Base) view.Screen { return compared(b, view.CohortApart) }},
	{"cohort-empty", func(b view.Base) view.Screen {
		return view.Cohort{Frame: centre(b, view.PlacePatients), Months: 12}
	}},
}

func compared(b view.Base, class string) view.Cohort {
	m := view.Cohort{Frame: centre(b, view.PlacePatients), Months: 12, Class: class, Names: make(map[uint32]view.Named), Order: view.Order{Column: 2, Down: true}, Shown: 25}
	const letters = "23456789ACDEHJKMNPQRTVWXY"
	var people []cohort.Person
	seed := uint32(7)
	draw := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>16) % n
	}
	for i := range 48 {
		p := cohort.Person{N: uint32(i + 1), Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Therapy: diary.Therapy{Group: diary.GroupFVIII, Unit: diary.UnitIU}, Weighed: true, Given: 100 + draw(60)}
		days := 300 + draw(66)
		joints := draw(3) * draw(3)
		if draw(6) == 0 {
			joints += 3
		}
		p.PerKg = float64(1200 + draw(3600))
		switch {
		case i%12 == 3:
			p.Diagnosis, p.Therapy = diary.DiagnosisB, diary.Therapy{Group: diary.GroupFIXExtended, Unit: diary.UnitIU}
		case i%6 == 5:
			p.Therapy, p.PerKg, joints = diary.Therapy{Group: diary.GroupEmicizumab, Unit: diary.UnitMg}, float64(66+draw(20)), draw(2)
		case i == 8:
			days = 60
		case i == 20:
			p.Weighed = false
		case i == 30:
			p.Diagnosis = 0
		}
		p.Observed = diary.Observed{Days: days, Planned: 150, Accounted: 100 + draw(51)}
		p.Joint, p.All = diary.Rate{Count: joints, Days: days}, diary.Rate{Count: joints + draw(3), Days: days}
		p.Doses = diary.Adherence{Planned: 150, Given: 100 + draw(51)}
		people = append(people, p)
		who := make([]byte, 12)
		for k := range who {
			who[k] = letters[draw(len(letters))]
		}
		who[3], who[8] = '-', '-'
		m.Names[p.N] = view.Named{Pseudonym: string(who), CaseNote: "F-" + strconv.Itoa(1001+i*7)}
	}
	m.Is = cohort.Of(people)
	return m
}
