package diary

import "testing"

func TestTheMainstayIsWhatIsPlannedForMostDays(t *testing.T) {
	plan := func(g *log, product ProductID, every, fromDay, untilDay int) {
		from, _ := on(fromDay).Wall()
		until, _ := on(untilDay).Wall()
		g.add(&Plan{
			Head: g.head(), Product: product, Amount: Units(100), Reason: ReasonProphylaxis, From: from, Until: until,
			Schedule: Schedule{EveryDays: uint16(every), Times: []uint16{12 * 60}},
		}, centre)
	}
	give := func(g *log, product ProductID, days ...int) {
		for _, n := range days {
			g.add(&Treatment{Head: g.head(), Taken: on(n).Add(hour), Product: product, Amount: Units(100), Reason: ReasonBleed}, patient)
		}
	}
	for name, c := range map[string]struct {
		write func(*log)
		want  Therapy
	}{
		"nothing": {func(g *log) { g.weight(0, 70_000) }, Therapy{}},
		"antibodies every four weeks, and factor for many bleeds": {func(g *log) {
			plan(g, "nonfactor.hemlibra", 28, 0, 400)
			give(g, "fviii.advate", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
		}, Therapy{GroupEmicizumab, UnitMg}},
		"daily for two months, then every week": {func(g *log) {
			give(g, "fviii.advate", 1)
			plan(g, "fviii.advate", 1, 0, 60)
			plan(g, "fix.idelvion", 7, 61, 400)
		}, Therapy{GroupFIXExtended, UnitIU}},
		"weekly for two months, then every day": {func(g *log) {
			give(g, "fviii.advate", 1)
			plan(g, "fix.idelvion", 7, 0, 60)
			plan(g, "fviii.advate", 1, 61, 400)
		}, Therapy{GroupFVIII, UnitIU}},
		"on demand, with tablets beside it": {func(g *log) {
			give(g, "fviii.advate", 1)
			give(g, "adjunct.cyklokapron", 1, 2, 3)
		}, Therapy{GroupFVIII, UnitIU}},
		"a spray and nothing else": {func(g *log) { give(g, "adjunct.octim", 3) }, Therapy{GroupDesmopressin, UnitMcg}},
	} {
		g := new(log)
		c.write(g)
		l := g.ledger(t, 200)
		got, ok := l.Mainstay(l.All())
		if got != c.want || ok != (c.want != Therapy{}) {
			t.Errorf("%s: %v %v, want %v", name, got, ok, c.want)
		}
	}
}
