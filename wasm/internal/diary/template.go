package diary

// A Template fills the form of a plan. It is reference data: the clinician who
// signs the plan answers for it, and may change everything.
type Template struct {
	Key     string    // "template.emicizumab.load"
	Product ProductID // empty: to be chosen
	PerKg   Amount    // of a dose, thousandths of the unit per kg; 0: not by weight
	Amount  Amount    // of a dose; 0: by weight or to be chosen
	Reason  Reason

	EveryDays uint16
	Weekdays  Weekdays
	Doses     uint16 // after which it ends; 0: until further notice

	Source string // the label, and of when; empty: a rhythm only, the label is not quoted
}

// Until is the last day of a plan of t that begins on from: the day before the
// next dose would be due. It is zero if there is no last dose.
func (t Template) Until(from Date) Date {
	if t.Doses == 0 || t.EveryDays == 0 {
		return Date{}
	}
	return from.AddDays(int(t.Doses)*int(t.EveryDays) - 1)
}

const (
	hemlibraLabel = "Hemlibra, US label, 2024-02"
	alhemoLabel   = "Alhemo, EU SmPC 4.2, 2025"
	hympavziLabel = "Hympavzi, US label 2.1, 2026"
	qfitliaLabel  = "Qfitlia, US label, 2025-05"
)

// Templates are version 1. A loading phase is a plan of its own, with an end; the
// plan that follows it is another. "Every two months" stands as 61 days.
var Templates = []Template{
	{Key: "template.factor.3", Reason: ReasonProphylaxis, Weekdays: WeekdaysOf(0, 2, 4)},
	{Key: "template.factor.2", Reason: ReasonProphylaxis, EveryDays: 2},
	{Key: "template.factor.half", Reason: ReasonProphylaxis, EveryDays: 4},
	{Key: "template.factor.week", Reason: ReasonProphylaxis, EveryDays: 7},
	{Key: "template.demand", Reason: ReasonBleed},
	{Key: "template.activity", Reason: ReasonActivity},
	{Key: "template.iti", Reason: ReasonImmuneTolerance, EveryDays: 1},
	{Key: "template.emicizumab.load", Product: "nonfactor.hemlibra", PerKg: 3000, Reason: ReasonProphylaxis, EveryDays: 7, Doses: 4, Source: hemlibraLabel},
	{Key: "template.emicizumab.1", Product: "nonfactor.hemlibra", PerKg: 1500, Reason: ReasonProphylaxis, EveryDays: 7, Source: hemlibraLabel},
	{Key: "template.emicizumab.2", Product: "nonfactor.hemlibra", PerKg: 3000, Reason: ReasonProphylaxis, EveryDays: 14, Source: hemlibraLabel},
	{Key: "template.emicizumab.4", Product: "nonfactor.hemlibra", PerKg: 6000, Reason: ReasonProphylaxis, EveryDays: 28, Source: hemlibraLabel},
	{Key: "template.concizumab.load", Product: "nonfactor.alhemo", PerKg: 1000, Reason: ReasonProphylaxis, EveryDays: 1, Doses: 1, Source: alhemoLabel},
	{Key: "template.concizumab", Product: "nonfactor.alhemo", PerKg: 200, Reason: ReasonProphylaxis, EveryDays: 1, Source: alhemoLabel},
	{Key: "template.marstacimab.load", Product: "nonfactor.hympavzi", Amount: 300_000, Reason: ReasonProphylaxis, EveryDays: 7, Doses: 1, Source: hympavziLabel},
	{Key: "template.marstacimab", Product: "nonfactor.hympavzi", Amount: 150_000, Reason: ReasonProphylaxis, EveryDays: 7, Source: hympavziLabel},
	{Key: "template.fitusiran", Product: "nonfactor.qfitlia", Amount: 50_000, Reason: ReasonProphylaxis, EveryDays: 61, Source: qfitliaLabel},
}

// FindTemplate is the template with that key.
func FindTemplate(key string) (Template, bool) {
	for _, t := range Templates {
		if t.Key == key {
			return t, true
		}
	}
	return Template{}, false
}

// PerKg is the dose for a weight in thousandths of a kg, in thousandths of the
// unit, rounded down.
func PerKg(perKg, weight Amount) Amount {
	if perKg > maxAmount || weight > 1000*1000 {
		return 0
	}
	return perKg * weight / 1000
}
