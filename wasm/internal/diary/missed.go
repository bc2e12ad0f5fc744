package diary

// A Missed is what the label of a product says about a dose that was missed, as
// reference data. The text is in the catalogue under its key. Where no label is
// known to say anything, it is MissedAsk: nothing is invented.
type Missed struct {
	Key    string // "missed.emicizumab"
	Source string // the label, and of when; empty for MissedAsk
}

// MissedVersion is the version of the rules below.
const MissedVersion = 1

// The rules, version 1. What a text says is in its source and nowhere else:
//
//   - emicizumab: Hemlibra, US prescribing information, Missed Dose: as soon as
//     possible, then the usual schedule; never two doses on one day.
//   - marstacimab: Hympavzi, US prescribing information 2.1, Missed Doses: on 150 mg
//     as soon as possible before the day of the next dose; more than 13 days after
//     the last dose 300 mg first; on 300 mg as soon as possible, then weekly.
//   - concizumab: Alhemo, dosing information of the holder: who misses a dose in
//     the first four weeks tells the centre and goes on with the daily dose. For
//     later doses no text was at hand.
//   - fitusiran and all factors: no text was at hand.
var (
	MissedAsk            = Missed{Key: "missed.ask"}
	missedEmicizumab     = Missed{"missed.emicizumab", "Hemlibra, US label, 2024-02"}
	missedMarstacimab    = Missed{"missed.marstacimab", "Hympavzi, US label, 2.1, 2026"}
	missedMarstacimab300 = Missed{"missed.marstacimab300", "Hympavzi, US label, 2.1, 2026"}
	missedReload         = Missed{"missed.reload", "Hympavzi, US label, 2.1, 2026"}
	missedConcizumab     = Missed{"missed.concizumab", "Alhemo, US, Novo Nordisk, 2025"}
)

// MissedRules lists every rule.
func MissedRules() []Missed {
	return []Missed{MissedAsk, missedEmicizumab, missedMarstacimab, missedMarstacimab300, missedReload, missedConcizumab}
}

// MissedRule is what to say about a dose that was missed or is overdue at now.
func (d *Diary) MissedRule(g Dose, now Moment) Missed {
	p := g.Plan.Plan
	today := now.wall() / day
	product, _ := Products.Find(p.Product)
	switch product.Substance {
	case "emicizumab":
		return missedEmicizumab
	case "marstacimab":
		last := d.lastGiven(func(t *Treatment) bool { return t.Product == p.Product && t.Taken.Ms <= now.Ms })
		switch {
		case p.Amount == Units(300):
			return missedMarstacimab300
		case p.Amount != Units(150) || last == nil:
			return MissedAsk
		case today-last.When.wall()/day > 13:
			return missedReload
		}
		return missedMarstacimab
	case "concizumab":
		if began, ok := d.beganWith(p.Product); ok && today-began < 28 {
			return missedConcizumab
		}
	}
	return MissedAsk
}

// beganWith is the day, since 1970, on which prophylaxis with a product began by
// the plans.
func (d *Diary) beganWith(product ProductID) (began int64, ok bool) {
	for _, s := range d.regimens() {
		if p := s.item.Plan; p.Product == product && p.Reason == ReasonProphylaxis && (!ok || s.from < began) {
			began, ok = s.from, true
		}
	}
	return began, ok
}
