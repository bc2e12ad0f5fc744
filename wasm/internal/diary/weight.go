package diary

import "vialog/wasm/internal/arrange"

type weightRow struct {
	on     int64
	gramme int64 // thousandths of a kg
}

// How long a weight counts (our choice): until the next one, but no longer than
// two years; and before the first one, a year back.
const (
	weightAhead = 730
	weightBack  = 365
)

// weigh enters the weights, whoever measured them.
func (l *Ledger) weigh(d *Diary) {
	for _, it := range d.items(KindMeasure) {
		if m := it.Entry.(*Measure); it.Retracted == nil && m.What == MeasuredWeight && m.Value > 0 {
			l.weights = append(l.weights, weightRow{it.When.on(), int64(m.Value)})
		}
	}
	arrange.By(l.weights, func(a, b weightRow) int { return int(a.on - b.on) })
}

// weightOn is the weight that is valid on a day, 0 if none is.
func (l *Ledger) weightOn(on int64) int64 {
	for i := len(l.weights) - 1; i >= 0; i-- {
		w := l.weights[i]
		if w.on <= on {
			if on-w.on > weightAhead {
				return 0
			}
			return w.gramme
		}
	}
	if len(l.weights) > 0 && l.weights[0].on-on <= weightBack {
		return l.weights[0].gramme
	}
	return 0
}

// Weight is the weight in kg that is valid on a day, and whether there is one.
func (l *Ledger) Weight(on Date) (Amount, bool) {
	w := l.weightOn(on.unixDays())
	return Amount(w), w != 0
}

// Measures are the standing values of one thing, oldest first.
func (d *Diary) Measures(what Measured) []*Item {
	var out []*Item
	for _, it := range d.items(KindMeasure) {
		if it.Retracted == nil && it.Entry.(*Measure).What == what {
			out = append(out, it)
		}
	}
	return out
}
