package isms

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// copied returns a register of its own.
func copied(t *testing.T) *Register {
	t.Helper()
	r, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Each fault that check is there for is put into sound data, and found.
func TestEveryFaultInTheDataIsFound(t *testing.T) {
	first := func(r *Register, id string) *Control { return r.Control(id) }
	row := func(r *Register, s State) *Requirement {
		for i := range r.Tables {
			for j := range r.Tables[i].Rows {
				if r.Tables[i].Rows[j].State == s {
					return &r.Tables[i].Rows[j]
				}
			}
		}
		t.Fatalf("no row is %s", s)
		return nil
	}
	faults := map[string]func(r *Register){
		"control twice":             func(r *Register) { r.Controls = append(r.Controls, r.Controls[0]) },
		"control without owner":     func(r *Register) { first(r, "9.2.1").Owner = "" },
		"control of no kind":        func(r *Register) { first(r, "9.2.1").Kind = "some" },
		"control without German":    func(r *Register) { first(r, "9.2.1").Does.DE = "" },
		"control without reason":    func(r *Register) { first(r, "9.2.1").Why = Text{} },
		"control of no number":      func(r *Register) { first(r, "9.2.1").ID = "9.2" },
		"control in no edition":     func(r *Register) { first(r, "9.2.1").Edition22 = nil },
		"control shown by nothing":  func(r *Register) { first(r, "12.3.1").Evidence = nil },
		"control declared by none":  func(r *Register) { first(r, "11.1.1").Evidence = nil },
		"declared by the product":   func(r *Register) { first(r, "11.1.1").Owner = Product },
		"partly, without document":  func(r *Register) { first(r, "5.1.1").Evidence = first(r, "5.1.1").Evidence[:1] },
		"not applicable, with more": func(r *Register) { first(r, "11.1.1").Applicable = false },
		"open without a date":       func(r *Register) { first(r, "12.3.1").Open = &Gap{Reason: Text{"a", "b"}} },
		"no such check":             func(r *Register) { first(r, "12.3.1").Evidence = []Evidence{{Kind: ByCheck, ID: "luck"}} },
		"no such document":          func(r *Register) { first(r, "11.1.1").Evidence = []Evidence{{Kind: ByDocument, ID: "luck"}} },
		"evidence twice": func(r *Register) {
			c := first(r, "12.3.1")
			c.Evidence = append(c.Evidence, c.Evidence[0])
		},
		"check without owner":     func(r *Register) { r.Checks[0].Owner = "" },
		"check that never fails":  func(r *Register) { r.Checks[0].Fails = Text{} },
		"document never reviewed": func(r *Register) { r.Documents[0].Review = 0 },
		"asset without owner":     func(r *Register) { r.Assets[0].Owner = "" },
		"table without source":    func(r *Register) { r.Tables[0].Source = "" },
		"row twice":               func(r *Register) { r.Tables[0].Rows = append(r.Tables[0].Rows, r.Tables[0].Rows[0]) },
		"row of no state":         func(r *Register) { row(r, Met).State = "fine" },
		"row met by no code":      func(r *Register) { row(r, Met).Code = nil },
		"row met, shown by none":  func(r *Register) { row(r, Met).Evidence = nil },
		"row met, and open":       func(r *Register) { row(r, Met).Open = &Gap{Text{"a", "b"}, r.Crypto.Review} },
		"row open without reason": func(r *Register) { row(r, Missing).Open = nil },
		"row declared by none":    func(r *Register) { row(r, Organised).Evidence = nil },
		"row of no control":       func(r *Register) { row(r, Met).Controls = []string{"9.9.9"} },
		"row without demand":      func(r *Register) { row(r, Met).Demand.EN = " " },
		"risk twice":              func(r *Register) { r.Risks = append(r.Risks, r.Risks[0]) },
		"risk of nothing":         func(r *Register) { r.Risks[0].Assets = nil },
		"risk of no asset":        func(r *Register) { r.Risks[0].Assets = []string{"fame"} },
		"risk of no level":        func(r *Register) { r.Risks[0].Impact = 6 },
		"risk that grew":          func(r *Register) { r.Risks[0].After.Likelihood, r.Risks[0].Likelihood = 5, 1 },
		"risk accepted and less":  func(r *Register) { r.Risks[0].Treatment = Accept },
		"risk untreated":          func(r *Register) { r.Risks[0].Treatment = "" },
		"levels missing":          func(r *Register) { r.Levels.Impact = r.Levels.Impact[1:] },
		"policy without review":   func(r *Register) { r.Crypto.Review = Date{} },
		"algorithm of no place":   func(r *Register) { r.Crypto.Algorithms[0].Place = "" },
		"algorithm of no kind":    func(r *Register) { r.Crypto.Algorithms[0].Primitive = "magic" },
		"algorithm without end":   func(r *Register) { r.Crypto.Algorithms[0].Until = Date{} },
		"algorithm of no state":   func(r *Register) { r.Crypto.Algorithms[0].State = "" },
		"algorithm unjudged":      func(r *Register) { r.Crypto.Algorithms[0].Verdict = "" },
		"algorithm untested":      func(r *Register) { r.Crypto.Algorithms[0].Evidence = nil },
		"algorithm without code":  func(r *Register) { r.Crypto.Algorithms[0].Code = nil },
		"period without code":     func(r *Register) { r.Crypto.Periods[0].Code = nil },
		"key of no algorithm":     func(r *Register) { r.Crypto.Keys[0].Algorithm = "rot13" },
		"key from nothing":        func(r *Register) { r.Crypto.Keys[0].From = "air" },
		"key from itself":         func(r *Register) { r.Crypto.Keys[0].From = r.Crypto.Keys[0].ID },
		"label of no kind":        func(r *Register) { r.Crypto.Labels[0].Kind = "" },
		"label twice":             func(r *Register) { r.Crypto.Labels = append(r.Crypto.Labels, r.Crypto.Labels[0]) },
		"key without an end":      func(r *Register) { r.Crypto.Keys[0].Ends = Text{} },
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		r := copied(t)
		faults[name](r)
		if r.check() == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestWhatIsNoEvidenceAndNoCodeIsRefused(t *testing.T) {
	for _, s := range []string{
		"", "test", "test:", "test:wasm/e2e", "test:wasm/e2e#", "test:#TestX", "test:wasm/e2e#Benchmark", "check:", "check:a b", "check:a:b", "rumour:x", "document:",
	} {
		var e Evidence
		if err := e.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q was read as %v", s, e)
		}
	}
	for _, s := range []string{"test:wasm/e2e#TestX", "test:shared/wire#FuzzX", "check:tls", "document:roles"} {
		var e Evidence
		if err := e.UnmarshalText([]byte(s)); err != nil || e.String() != s {
			t.Errorf("%q was read as %v: %v", s, e, err)
		}
	}
	for _, s := range []string{"", "#X", "relay#", "relay x"} {
		var c Code
		if err := c.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q was read as %v", s, c)
		}
	}
	for _, s := range []string{"", "2027", "2027-13-01", "01.02.2027", "2027-01-01T00:00:00Z"} {
		var d Date
		if err := json.Unmarshal([]byte(`"`+s+`"`), &d); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
}

func TestAFieldThatNobodyKnowsIsRefused(t *testing.T) {
	for text, good := range map[string]bool{
		`[{"number": 5, "title": {"en": "a", "de": "b"}}]`:             true,
		`[{"number": 5, "title": {"en": "a", "de": "b"}, "extra": 1}]`: false,
		`[{"number": 5, "title": {"en": "a", "fr": "b"}}]`:             false,
		`[] []`: false,
		`[`:     false,
	} {
		var to []Area
		if err := decode(strings.NewReader(text), &to); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
