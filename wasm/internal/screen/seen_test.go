package screen

import (
	"encoding/hex"
	"testing"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/view"
)

// What the policy says comes from the table that the code obeys, every row of it,
// in words that people know.
func TestThePolicyIsSaidInPlainWords(t *testing.T) {
	without := func(p *seal.Policy) (n int) {
		for _, r := range policyRows(p) {
			if r.What == 0 {
				n++
			}
		}
		return n
	}
	p := seal.Current
	if n := without(&p); n != 0 {
		t.Errorf("%d uses of the policy have no words: add them to purposes", n)
	}
	p.Suites = append([]seal.Suite(nil), p.Suites...)
	p.Suites[0].Parts = append([]seal.Primitive{{Use: "something new", Name: "ROT13"}}, p.Suites[0].Parts...)
	if without(&p) != 1 {
		t.Error("a new use without words is not noticed")
	}
	x := unlocked(t)
	for _, l := range lang.All {
		x.Guide.lang = l
		x.press(view.ActWhoSees)
		for _, s := range seal.Current.Suites {
			for _, q := range s.Parts {
				x.shows(q.Name)
				x.shows(l.T(purposes[q.Use]))
			}
			x.shows(l.DateShort(s.Sunset))
		}
		hash := seal.Current.Hash()
		x.shows(hex.EncodeToString(hash[:]))
		x.shows(l.Duration(seal.Current.Rotation.Epoch))
		x.shows(l.Duration(seal.Current.Lease))
		x.shows(l.T(lang.SeenCentresNone))
	}
}
