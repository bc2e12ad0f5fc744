package sample

import "vialog/wasm/internal/diary"

// about writes what a stranger must know in an emergency.
func (p *patient) about(at int64) {
	a := &diary.About{Head: p.head(at), Diagnosis: diary.DiagnosisA, Inhibitor: diary.InhibitorNever}
	if p.Factor == "b" {
		a.Diagnosis = diary.DiagnosisB
	}
	switch p.Severity {
	case "severe":
		a.Severity = diary.GradeSevere
	case "moderate":
		a.Severity = diary.GradeModerate
	default:
		a.Severity = diary.GradeMild
	}
	if p.rescue == "bypass.novoseven" {
		a.Inhibitor = diary.InhibitorNow
	}
	if p.chance(0.25) {
		a.Allergies = pick(p, p.words.allergies)
	}
	if p.AgeBand == "40-64" || p.AgeBand == "65+" {
		a.Medicines = pick(p, p.words.medicines)
	}
	if p.AgeBand == "6-11" {
		a.Note = p.words.port
	}
	p.write(at, p.home, a)
}

// weigh writes the weight at the start, at each visit, and when a new one is the
// reason for another dose. It goes from kg to the weight of today.
func (p *patient) weigh(start int64, kg int, change int64) {
	last := p.WeightKg
	if change == 0 {
		grown := p.between(-1, 2)
		if p.AgeBand == "6-11" || p.AgeBand == "12-17" {
			grown = p.between(3, 8)
		}
		last += int(grown)
	}
	at := start
	for at < p.until {
		share := float64(at-start) / float64(p.until-start)
		grams := int64(kg)*1000 + int64(share*float64(last-kg)*1000) + p.between(-4, 4)*100
		who, lab := diary.Centre, p.words.visit
		if at != start && p.chance(0.4) {
			who, lab = p.home, p.words.scales
		}
		p.write(at, who, &diary.Measure{Head: p.head(at), Taken: local(at), What: diary.MeasuredWeight, Value: diary.Amount(grams), Lab: lab})
		next := at + p.between(140, 200)*day
		if at < change && next > change {
			next = change - p.between(1, 3)*hour
			if next <= at {
				next = at + 150*day
			}
		}
		at = next
	}
}

// acknowledge lets home say that it has read a plan.
func (p *patient) acknowledge(plan diary.ID, at int64) {
	p.aside(func() {
		at += p.between(3, 50) * hour
		p.write(at, p.home, &diary.Seen{Head: p.head(at), Entries: []diary.ID{plan}})
	})
}
