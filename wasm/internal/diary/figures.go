package diary

// Figures are what a ledger says of one period, all together.
type Figures struct {
	Period   Period // what was asked for, from the first day observed to today at most; empty if that is nothing
	Observed Observed
	All      Rates
	Treated  Rates
	Again    int
	Uses     []Use
	Doses    Adherence
	Answers  Answers
	Places   []PlaceCount
	Parts    []Part
}

// A Part is a piece of the period, for what goes over time.
type Part struct {
	Period   Period
	Bleeds   Tissues
	Doses    Adherence
	Supplies []Supply // for each of Figures.Uses
}

// Figures works out all of p, and over time by the pieces that cut makes of what
// the diary covers of it.
func (l *Ledger) Figures(p Period, cut func(Period) []Period) Figures {
	from, to := l.cut(p)
	covered := Period{dateOn(from), dateOn(to)}
	f := Figures{
		Period: covered, Observed: l.Observed(p), All: l.Rates(p, false), Treated: l.Rates(p, true), Again: l.Again(p),
		Uses: l.Uses(p), Doses: l.Adherence(p), Answers: l.Answers(p), Places: l.Places(p),
	}
	pieces := cut(covered)
	f.Parts = make([]Part, len(pieces))
	for i, bleeds := range l.Tissues(pieces) {
		f.Parts[i] = Part{Period: pieces[i], Bleeds: bleeds, Doses: l.Adherence(pieces[i])}
	}
	for _, u := range f.Uses {
		for i, s := range l.Supplies(pieces, u.Group, u.Unit) {
			f.Parts[i].Supplies = append(f.Parts[i].Supplies, s)
		}
	}
	return f
}
