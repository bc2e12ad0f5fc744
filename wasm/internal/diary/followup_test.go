package diary

import "testing"

func TestBloodIsTestedAfterAGeneTherapy(t *testing.T) {
	infusion := now.Add(-100 * day)
	on := func(n int64) string { d, _ := infusion.Add(n * day).Wall(); return d.String() }
	gene := func(p ProductID) Entry {
		return &Treatment{Head: head(1), Taken: infusion, Product: p, Amount: Units(150), Reason: ReasonProphylaxis}
	}
	measure := func(n byte, what Measured, after int64) Entry {
		return &Measure{Head: head(n), Taken: infusion.Add(after * day), What: what, Value: 20_000}
	}
	for _, c := range []struct {
		name    string
		entries []Entry
		at      int64 // days after the infusion
		due     string
		week    int
		overdue bool
	}{
		{"no gene therapy", nil, 0, "", 0, false},
		{"one whose intervals we have not read", []Entry{gene("gene.hemgenix")}, 2, "", 0, false},
		{"nothing measured yet", []Entry{gene("gene.roctavian")}, 2, on(7), 1, false},
		{"three days late is not overdue", []Entry{gene("gene.roctavian")}, 10, on(7), 1, false},
		{"four days late is", []Entry{gene("gene.roctavian")}, 11, on(7), 1, true},
		{"both measured", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 7), measure(3, MeasuredFVIII, 7)}, 9, on(14), 2, false},
		{"the factor alone is half a test", []Entry{gene("gene.roctavian"), measure(3, MeasuredFVIII, 7)}, 9, on(7), 1, false},
		{"the older of the two counts", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 6), measure(3, MeasuredFVIII, 9)}, 10, on(13), 2, false},
		{"the other factor says nothing", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 7), measure(3, MeasuredFIX, 7)}, 8, on(7), 1, false},
		{"a value of before the infusion does not count", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, -3), measure(3, MeasuredFVIII, -3)}, 1, on(7), 1, false},
		{"the last weekly test", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 175), measure(3, MeasuredFVIII, 175)}, 176, on(182), 26, false},
		{"half a year after week 26", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 182), measure(3, MeasuredFVIII, 182)}, 300, on(364), 52, false},
		{"a month's grace then", []Entry{gene("gene.roctavian"), measure(2, MeasuredALT, 182), measure(3, MeasuredFVIII, 182)}, 395, on(364), 52, true},
	} {
		var d Diary
		for i, e := range c.entries {
			body, err := Encode(e)
			if err != nil {
				t.Fatal(c.name, err)
			}
			if err := d.Add(Record{Kind: e.Kind(), Body: body, Author: Author{Who: Patient}, Written: int64(i + 1), Hash: [32]byte{byte(i + 1)}}); err != nil {
				t.Fatal(c.name, err)
			}
		}
		got, ok := d.BloodTest(Products, infusion.Add(c.at*day))
		if ok != (c.due != "") || ok && (got.Due.String() != c.due || got.Week != c.week || got.Overdue != c.overdue) {
			t.Errorf("%s: %v due %s in week %d, overdue %v; want %s, %d, %v", c.name, ok, got.Due, got.Week, got.Overdue, c.due, c.week, c.overdue)
		}
	}
}
