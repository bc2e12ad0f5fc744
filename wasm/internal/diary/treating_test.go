package diary

import (
	"reflect"
	"testing"
)

// given is a dose of a product, in whole units.
func given(n byte, product ProductID, units int, taken Moment) *Treatment {
	return &Treatment{Head: head(n), Taken: taken, Product: product, Amount: Units(units), Reason: ReasonBleed}
}

func weighs(n byte, kg int, taken Moment) *Measure {
	return &Measure{Head: head(n), Taken: taken, What: MeasuredWeight, Value: Units(kg)}
}

func TestAPCCWithEmicizumabIsTold(t *testing.T) {
	now := at(23, 12, 0)
	plan := &Plan{Head: head(1), Product: "nonfactor.hemlibra", Amount: Units(150), Reason: ReasonProphylaxis, From: Date{2026, 11, 1}, Clinician: "Dr. W.", Schedule: Schedule{EveryDays: 14, Times: []uint16{18 * 60}}}
	ended := *plan
	ended.Until = Date{2026, 11, 20}
	weight := record(weighs(9, 50, at(1, 8, 0)), patient, 0)
	notGiven := given(2, "nonfactor.hemlibra", 150, at(2, 18, 0))
	notGiven.NotGiven = NotGivenTravel
	for _, c := range []struct {
		name    string
		records []Record
		dose    int
		told    bool
		want    APCC
	}{
		{"no emicizumab", []Record{weight}, 6000, false, APCC{}},
		{"a plan in force", []Record{record(plan, centre, 0), weight}, 2500, true, APCC{Units(2500), Units(50), false}},
		{"exactly the limit", []Record{record(plan, centre, 0), weight}, 5000, true, APCC{Units(5000), Units(100), false}},
		{"above it", []Record{record(plan, centre, 0), weight}, 5500, true, APCC{Units(5500), Units(110), true}},
		{"above it with the doses of 24 hours", []Record{record(plan, centre, 0), weight, record(given(3, "bypass.feiba", 3000, at(23, 1, 0)), patient, 0), record(given(4, "bypass.feiba", 3000, at(22, 12, 0)), patient, 0)}, 3000, true, APCC{Units(6000), Units(120), true}},
		{"no weight", []Record{record(plan, centre, 0)}, 9000, true, APCC{Sum: Units(9000)}},
		{"a weight measured afterwards", []Record{record(plan, centre, 0), record(weighs(9, 50, at(24, 8, 0)), patient, 0)}, 9000, true, APCC{Sum: Units(9000)}},
		{"a plan that has ended", []Record{record(&ended, centre, 0)}, 9000, false, APCC{}},
		{"a dose five months ago", []Record{record(given(2, "nonfactor.hemlibra", 150, Date{2026, 6, 23}.At(0, 120)), patient, 0)}, 100, true, APCC{Sum: Units(100)}},
		{"a dose seven months ago", []Record{record(given(2, "nonfactor.hemlibra", 150, Date{2026, 4, 23}.At(0, 120)), patient, 0)}, 100, false, APCC{}},
		{"a dose that was not given", []Record{record(notGiven, patient, 0)}, 100, false, APCC{}},
		{"other bypassing agents do not count", []Record{record(plan, centre, 0), record(given(3, "bypass.obizur", 9000, at(23, 1, 0)), patient, 0)}, 100, true, APCC{Sum: Units(100)}},
	} {
		got, told := diaryOf(t, c.records...).WithEmicizumab(now, Units(c.dose), ID{}, Products)
		if told != c.told || got != c.want {
			t.Errorf("%s: %v %+v, want %v %+v", c.name, told, got, c.told, c.want)
		}
	}
	// A correction does not count what it corrects.
	d := diaryOf(t, record(plan, centre, 0), record(given(3, "bypass.feiba", 3000, at(23, 11, 0)), patient, 0))
	if got, _ := d.WithEmicizumab(now, Units(4000), id(3), Products); got.Sum != Units(4000) {
		t.Errorf("%v U", got.Sum)
	}
}

func TestContentsOfLots(t *testing.T) {
	for _, c := range []struct {
		name string
		lots []Lot
		want Amount
	}{
		{"none", nil, 0},
		{"two vials", []Lot{{Batch: "A", Packs: 2, Strength: Units(500)}}, Units(1000)},
		{"of two strengths", []Lot{{Batch: "A", Packs: 1, Strength: Units(1000)}, {Batch: "B", Packs: 2, Strength: Units(250)}}, Units(1500)},
		{"one is not known", []Lot{{Batch: "A", Packs: 1, Strength: Units(1000)}, {Batch: "B", Packs: 2}}, 0},
		{"no number", []Lot{{Batch: "A", Strength: Units(1000)}}, 0},
		{"the most there can be", []Lot{{Batch: "A", Packs: 65535, Strength: maxAmount}}, 65535 * maxAmount},
	} {
		if got := Contents(c.lots); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheSameAgain(t *testing.T) {
	now := at(23, 7, 40)
	bleed := &Bleed{Head: head(8), Start: at(22, 7, 0), Places: []Place{LeftKnee}}
	over := *bleed
	over.End = at(22, 20, 0)
	good, old := Lot{Batch: "A", Expiry: Date{2026, 11, 23}, Packs: 2, Strength: Units(1000), PZN: "03752864"}, Lot{Batch: "B", Expiry: Date{2026, 10, 0}}
	last := &Treatment{Head: head(2), Taken: at(21, 7, 0), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis, Site: SitePort, GivenBy: GivenNurse, Reaction: "x", Note: "y", Lots: []Lot{good, old}}
	forBleed := &Treatment{Head: head(2), Taken: at(22, 8, 0), Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonBleed, Bleed: id(8)}
	more := threeAWeek(head(1))
	more.Amount = Units(3000)
	fewer := good
	fewer.Packs = 0
	for _, c := range []struct {
		name    string
		records []Record
		last    *Treatment
		want    Treatment
		dropped bool
	}{
		{"without what belongs to one dose, and without the expired lot", nil, last,
			Treatment{Reason: ReasonProphylaxis, Amount: Units(2000), Lots: []Lot{good}}, true},
		{"for the open bleed", []Record{record(bleed, patient, 0)}, forBleed, Treatment{Reason: ReasonBleed, Amount: Units(2000), Bleed: id(8)}, false},
		{"the bleed is over", []Record{record(&over, patient, 0)}, forBleed, Treatment{Reason: ReasonBleed, Amount: Units(2000)}, false},
		{"a planned dose is due", []Record{record(bleed, patient, 0), record(threeAWeek(head(1)), centre, 0)}, forBleed, Treatment{Reason: ReasonProphylaxis, Amount: Units(2000)}, false},
		{"the plan says more than last time", []Record{record(more, centre, 0)}, last, Treatment{Reason: ReasonProphylaxis, Amount: Units(3000), Lots: []Lot{fewer}}, true},
	} {
		d := diaryOf(t, c.records...)
		var due *Dose
		if g, ok := d.DueOf(c.last.Product, now); ok {
			due = &g
		}
		got, dropped := d.Again(c.last, due, now)
		c.want.Taken, c.want.Product = now, c.last.Product
		if !reflect.DeepEqual(*got, c.want) || dropped != c.dropped {
			t.Errorf("%s: %+v, dropped %v", c.name, *got, dropped)
		}
	}
}

func TestWhatAPersonUses(t *testing.T) {
	missed := given(6, "fix.benefix", 1000, at(22, 7, 0))
	missed.NotGiven = NotGivenTravel
	d := diaryOf(t, record(given(2, "fviii.advate", 1000, at(1, 7, 0)), patient, 0), record(given(3, "bypass.feiba", 1000, at(2, 7, 0)), patient, 0),
		record(given(4, "fviii.advate", 1500, at(3, 7, 0)), patient, 0), record(given(5, "gene.roctavian", 240, at(4, 7, 0)), patient, 0), record(missed, patient, 0))
	if got := d.Used(2); !reflect.DeepEqual(got, []ProductID{"gene.roctavian", "fviii.advate"}) {
		t.Errorf("%v", got)
	}
	if it := d.LastOf("fviii.advate"); it == nil || it.ID != id(4) {
		t.Errorf("%v", it)
	}
	if d.LastOf("fix.benefix") != nil {
		t.Error("a dose that was not given was used")
	}
	if it := d.GeneTherapy(Products); it == nil || it.ID != id(5) {
		t.Errorf("%v", it)
	}
}

func TestADoseIsPlausibleForItsProduct(t *testing.T) {
	for _, c := range []struct {
		product ProductID
		amount  Amount
		want    bool
	}{
		{"fviii.advate", Units(1500), true}, {"fviii.advate", Units(150_000), false}, {"fviii.advate", Units(2), false},
		{"bypass.novoseven", Units(5), true}, {"bypass.novoseven", Units(500), false}, {"bypass.feiba", Units(2500), true}, {"bypass.feiba", Units(5), false},
		{"nonfactor.alhemo", 14_500, true}, {"nonfactor.alhemo", Units(400), false}, {"nonfactor.hympavzi", Units(300), true}, {"nonfactor.hympavzi", Units(15), false},
		{"gene.roctavian", Units(240), true}, {"gene.hemgenix", Units(160), true}, {"gene.hemgenix", Units(20_000), false},
		{"adjunct.octim.injection", Units(21), true}, {"adjunct.cyklokapron.injection", Units(1000), true}, {"rare.coagadex", Units(1500), true},
	} {
		p, ok := Products.Find(c.product)
		if !ok || p.Plausible(c.amount) != c.want {
			t.Errorf("%s %v: %v, known %v", c.product, c.amount, !c.want, ok)
		}
	}
}
