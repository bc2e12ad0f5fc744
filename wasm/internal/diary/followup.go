package diary

// Blood tests after a gene therapy.
//
// Rule, version 1: until the end of week 26 after the infusion ALT and the
// factor's activity are due 7 days after they were measured last, afterwards 6
// months after that; counted from the infusion where nothing was measured since.
// The older of the two values counts. A test is overdue when it is late by more
// than 3 days, or by a month once it is due twice a year. The intervals are those
// of the follow-up of valoctocogene roxaparvovec (Blood Advances, view-large
// 12319643: weekly to week 26, then every 6 to 12 months; we take the shorter).
// Nothing is said of products whose intervals we have not read: there the
// centre's own word counts.

// BloodTestSource is where the intervals come from.
const BloodTestSource = "Blood Advances (ASH), follow-up of valoctocogene roxaparvovec"

const (
	weeklyUntil = 26 * 7 // days after the infusion
	weekly      = 7      // days
	halfYearly  = 182    // days
)

// bloodTests says which factor is measured after which gene therapy.
var bloodTests = map[ProductID]Measured{"gene.roctavian": MeasuredFVIII}

// A BloodTest is the next test of the blood after a gene therapy.
type BloodTest struct {
	Therapy *Item
	Factor  Measured // besides ALT
	Due     Date
	Week    int // in which it is due, after the infusion; the first is 1
	Overdue bool
}

// BloodTest is the next test that follows the gene therapy given last, not ok
// if there is none whose intervals are known.
func (d *Diary) BloodTest(c *Catalogue, now Moment) (t BloodTest, ok bool) {
	it := d.GeneTherapy(c)
	if it == nil {
		return t, false
	}
	factor, ok := bloodTests[it.Treatment().Product]
	if !ok {
		return t, false
	}
	infused, _ := it.When.Wall()
	last := infused
	if alt, activity := d.measuredLast(MeasuredALT, it.When.Ms, now.Ms), d.measuredLast(factor, it.When.Ms, now.Ms); !alt.IsZero() && !activity.IsZero() {
		if last = alt; activity.Before(alt) {
			last = activity
		}
	}
	today, _ := now.Wall()
	t = BloodTest{Therapy: it, Factor: factor, Due: last.AddDays(weekly)}
	grace := 3
	if t.Due.unixDays()-infused.unixDays() > weeklyUntil {
		// The last of the weekly tests is not left out because it is late.
		t.Due, grace = last.AddDays(halfYearly), 30
	}
	t.Week = int((t.Due.unixDays()-infused.unixDays()-1)/7) + 1
	t.Overdue = t.Due.AddDays(grace).Before(today)
	return t, true
}

// measuredLast is the day on which something was measured last in (since, until],
// ms; zero if it was not.
func (d *Diary) measuredLast(what Measured, since, until int64) (on Date) {
	list := d.items(KindMeasure)
	for i := len(list) - 1; i >= 0 && list[i].When.Ms > since; i-- {
		m := list[i].Entry.(*Measure)
		if m.What == what && list[i].Retracted == nil && list[i].When.Ms <= until {
			on, _ = m.Taken.Wall()
			return on
		}
	}
	return on
}
