package screen

import (
	"math"
	"strings"
	"time"

	"vialog/wasm/internal/passphrase"
	"vialog/wasm/internal/view"
)

// weighed is what is said about a passphrase that is being typed.
type weighed struct {
	strength view.Strength
	lasts    view.Span
	drawn    int // bits, if it is what was suggested
}

// weighPass says how long a passphrase withstands somebody who has copied the
// browser's storage.
func (g *Guide) weighPass(pass string) weighed {
	pass = strings.Join(strings.Fields(pass), " ")
	if pass == "" {
		return weighed{}
	}
	bits, drawn := passphrase.Bits(pass), 0
	if pass == g.suggest {
		bits = passphrase.DrawnBits()
		drawn = int(bits)
	}
	w := weighed{view.TooWeak, spanOf(bits), drawn}
	switch years := passphrase.Years(bits); {
	case years >= 100:
		w.strength = view.Strong
	case years >= 1:
		w.strength = view.Fair
	case w.lasts.Unit >= view.Days:
		w.strength = view.Weak
	}
	return w
}

// spanOf is the time, rounded down to one digit.
func spanOf(bits float64) view.Span {
	const day = 24 * time.Hour
	down := func(x float64) int {
		p := math.Pow10(int(math.Log10(x)))
		return int(math.Floor(x/p) * p)
	}
	d, years := passphrase.Lasts(bits), passphrase.Years(bits)
	switch {
	case years >= 10_000:
		return view.Span{Unit: view.Ages}
	case years >= 1:
		return view.Span{N: down(years), Unit: view.Years}
	case d >= 60*day:
		return view.Span{N: int(d / (30 * day)), Unit: view.Months}
	case d >= day:
		return view.Span{N: int(d / day), Unit: view.Days}
	case d >= time.Hour:
		return view.Span{Unit: view.Hours}
	}
	return view.Span{Unit: view.Moments}
}
