package isms_test

import (
	"reflect"
	"strings"
	"testing"

	"vialog/shared/isms"
)

func TestThePolicyReadsAsADocumentInBothLanguages(t *testing.T) {
	r := load(t)
	english, german := r.Crypto.Sections("en"), r.Crypto.Sections("de")
	if !reflect.DeepEqual(english, r.Crypto.Sections("en")) {
		t.Error("it differs from one time to the next")
	}
	want := []int{len(r.Crypto.Algorithms), len(r.Crypto.Algorithms), len(r.Crypto.Periods), len(r.Crypto.Keys)}
	for i, s := range english {
		d := german[i]
		if len(s.Rows) != want[i] || len(d.Rows) != want[i] {
			t.Errorf("%s has %d rows and %d in German, not %d", s.Title, len(s.Rows), len(d.Rows), want[i])
		}
		if s.Title == d.Title || s.Text == d.Text {
			t.Errorf("%s is not translated", s.Title)
		}
		for _, in := range []isms.Section{s, d} {
			for _, row := range in.Rows {
				if len(row) != len(in.Columns) {
					t.Errorf("%s: %d cells in %d columns", in.Title, len(row), len(in.Columns))
				}
				for j, cell := range row {
					if cell == "" {
						t.Errorf("%s, %s: nothing in %s", in.Title, row[0], in.Columns[j])
					}
				}
			}
		}
	}
	all := ""
	for _, s := range german {
		for _, row := range s.Rows {
			all += strings.Join(row, "\t") + "\n"
		}
	}
	for _, say := range []string{"Argon2id", "nicht gelistet", "Rotation.Epoch\t720h\t", "Lock.Hidden\t5m\t", "Lock.IdleMost\t2h\t", "2031-12-31"} {
		if !strings.Contains(all, say) {
			t.Errorf("the German document does not say %q", say)
		}
	}
}

func TestFindingsAreAllThatIsOpen(t *testing.T) {
	r := load(t)
	found := r.Findings()
	n, deviations := 0, 0
	for _, c := range r.Controls {
		if c.Open != nil {
			n++
		}
	}
	for _, table := range r.Tables {
		for _, q := range table.Rows {
			switch q.State {
			case isms.Deviates:
				deviations++
				n++
			case isms.Missing:
				n++
			}
		}
	}
	for _, f := range found {
		if f.Deviation {
			deviations--
		}
	}
	if len(found) != n || deviations != 0 {
		t.Errorf("%d findings of %d", len(found), n)
	}
}

// What BSI TR-02102-1 says about how long: classical agreement and TLS 1.2 until the
// end of 2031, classical signatures until the end of 2035, and 120 bits at least.
func TestClassicalMethodsEndWhenTheGuidelineSaysSo(t *testing.T) {
	last := map[string]string{"signature": "2035-12-31", "kem": "2031-12-31", "pke": "2031-12-31", isms.TLS: "2031-12-31"}
	seen := map[string]bool{}
	for _, a := range load(t).Crypto.Algorithms {
		seen[a.Primitive] = true
		if end := last[a.Primitive]; end != "" && a.Until.String() > end {
			t.Errorf("%s ends on %s, after %s", a.ID, a.Until, end)
		}
		if a.Strength != 0 && a.Strength < 120 {
			t.Errorf("%s has %d bits", a.ID, a.Strength)
		}
	}
	for p := range last {
		if !seen[p] {
			t.Errorf("no algorithm is a %s", p)
		}
	}
}
