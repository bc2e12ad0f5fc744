package diary

import "testing"

func TestAMissedDoseIsAnsweredByItsLabelOrByTheCentre(t *testing.T) {
	plan := func(product ProductID, amount int, from Date) *Plan {
		p := threeAWeek(head(1))
		p.Product, p.Amount, p.From, p.Schedule = product, Units(amount), from, Schedule{EveryDays: 7, Times: []uint16{7 * 60}}
		return p
	}
	gave := func(product ProductID, m Moment) Record {
		g := dose(5, m)
		g.Product, g.Amount = product, Units(150)
		return record(g, patient, 0)
	}
	for _, c := range []struct {
		name  string
		plan  *Plan
		given []Record
		want  Missed
	}{
		{"emicizumab", plan("nonfactor.hemlibra", 150, Date{2026, 1, 5}), nil, missedEmicizumab},
		{"marstacimab, nine days after the last", plan("nonfactor.hympavzi", 150, Date{2026, 1, 5}), []Record{gave("nonfactor.hympavzi", at(14, 7, 0))}, missedMarstacimab},
		{"marstacimab, thirteen days after the last", plan("nonfactor.hympavzi", 150, Date{2026, 1, 5}), []Record{gave("nonfactor.hympavzi", at(10, 7, 0))}, missedMarstacimab},
		{"marstacimab, fourteen days after the last", plan("nonfactor.hympavzi", 150, Date{2026, 1, 5}), []Record{gave("nonfactor.hympavzi", at(9, 7, 0))}, missedReload},
		{"marstacimab, none on record", plan("nonfactor.hympavzi", 150, Date{2026, 1, 5}), nil, MissedAsk},
		{"marstacimab 300 mg", plan("nonfactor.hympavzi", 300, Date{2026, 1, 5}), nil, missedMarstacimab300},
		{"concizumab in the third week", plan("nonfactor.alhemo", 20, Date{2026, 11, 5}), nil, missedConcizumab},
		{"concizumab in the second month", plan("nonfactor.alhemo", 20, Date{2026, 10, 5}), nil, MissedAsk},
		{"fitusiran", plan("nonfactor.qfitlia", 50, Date{2026, 10, 5}), nil, MissedAsk},
		{"factor", plan("fviii.advate", 1500, Date{2026, 10, 5}), nil, MissedAsk},
		{"a product nobody knows", plan("fviii.new", 1500, Date{2026, 10, 5}), nil, MissedAsk},
	} {
		d := diaryOf(t, append(c.given, record(c.plan, centre, 0))...)
		g := Dose{Plan: d.Plans(at(23, 12, 0))[0]}
		if got := d.MissedRule(g, at(23, 12, 0)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, r := range MissedRules() {
		if (r.Source == "") != (r == MissedAsk) {
			t.Errorf("%s has the source %q", r.Key, r.Source)
		}
	}
}
