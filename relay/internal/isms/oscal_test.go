package isms

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"vialog/shared/isms"
)

// A schema is what a JSON schema of NIST says, as far as these use it.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Type        string             `json:"type,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Minimum     *float64           `json:"minimum,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  *bool              `json:"additionalProperties,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
	AllOf       []*schema          `json:"allOf,omitempty"`
	OneOf       []*schema          `json:"oneOf,omitempty"`
	Definitions map[string]*schema `json:"definitions,omitempty"`
}

// A validator holds documents against a schema.
type validator struct {
	root *schema
	used map[*schema]map[string]bool // properties that were met
}

func (v *validator) check(s *schema, value any, at string) error {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/definitions/")
		to := v.root.Definitions[name]
		if to == nil {
			return fmt.Errorf("%s: no definition %s", at, name)
		}
		if err := v.check(to, value, at); err != nil {
			return err
		}
	}
	for _, one := range s.AllOf {
		if err := v.check(one, value, at); err != nil {
			return err
		}
	}
	for i, alternatives := range [][]*schema{s.AnyOf, s.OneOf} {
		if len(alternatives) == 0 {
			continue
		}
		var errs []error
		fits := 0
		for _, one := range alternatives {
			if err := v.check(one, value, at); err != nil {
				errs = append(errs, err)
			} else {
				fits++
			}
		}
		if fits == 0 || fits > 1 && i == 1 {
			return fmt.Errorf("%s: %d alternatives fit: %w", at, fits, errors.Join(errs...))
		}
	}
	switch value := value.(type) {
	case map[string]any:
		return v.object(s, value, at)
	case []any:
		if s.Type != "" && s.Type != "array" || len(value) < s.MinItems {
			return fmt.Errorf("%s: a list of %d", at, len(value))
		}
		for i, one := range value {
			if s.Items == nil {
				break
			}
			if err := v.check(s.Items, one, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case string:
		if s.Type != "" && s.Type != "string" || s.Enum != nil && !slices.Contains(s.Enum, value) {
			return fmt.Errorf("%s: %q is not of %s %q", at, value, s.Type, s.Enum)
		}
		if s.Pattern != "" && !pattern(s.Pattern).MatchString(value) {
			return fmt.Errorf("%s: %q is not %s", at, value, s.Pattern)
		}
	case float64:
		whole := value == math.Trunc(value)
		if s.Type != "" && s.Type != "number" && !(s.Type == "integer" && whole) || s.Minimum != nil && value < *s.Minimum {
			return fmt.Errorf("%s: the number %v", at, value)
		}
	case bool:
		if s.Type != "" && s.Type != "boolean" {
			return fmt.Errorf("%s: %v", at, value)
		}
	default:
		return fmt.Errorf("%s: %T", at, value)
	}
	return nil
}

func (v *validator) object(s *schema, value map[string]any, at string) error {
	if s.Type != "" && s.Type != "object" || s.Enum != nil || s.Pattern != "" {
		return fmt.Errorf("%s: an object", at)
	}
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, one := range value {
		p := s.Properties[name]
		if p == nil {
			if s.Additional != nil && !*s.Additional {
				return fmt.Errorf("%s: %s is not known", at, name)
			}
			continue
		}
		if v.used[s] == nil {
			v.used[s] = map[string]bool{}
		}
		v.used[s][name] = true
		if err := v.check(p, one, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func parse(b []byte) (v any, err error) { err = json.Unmarshal(b, &v); return v, err }

var patterns sync.Map

func pattern(s string) *regexp.Regexp {
	if r, ok := patterns.Load(s); ok {
		return r.(*regexp.Regexp)
	}
	r := regexp.MustCompile(s)
	patterns.Store(s, r)
	return r
}

// NIST's schema of all models is no part of any package that tests could fetch.
// So testdata has what it says of the members that we write, one definition a
// line, without its prose and without what we do not use; whoever has the file of
// the release (make oscal SCHEMA=…) holds the documents, and these rules, against it.
const (
	rulesFile  = "testdata/oscal-1.2.1-rules.txt"
	schemaHash = "4fc72e67fd9584895a72c6be5ec7f84f469e46fbd5e7f72e29ff18a9086841ac"
)

var updateRules = flag.Bool("oscal-rules", false, "write the rules anew from VIALOG_OSCAL")

func readRules(t *testing.T) *schema {
	t.Helper()
	b, err := os.ReadFile(rulesFile)
	check1(t, err)
	s := &schema{Definitions: map[string]*schema{}}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, " ")
		d := &schema{}
		check1(t, json.Unmarshal([]byte(rest), d))
		if name == "-" {
			s.OneOf = append(s.OneOf, d)
		} else {
			s.Definitions[name] = d
		}
	}
	return s
}

// rules writes what a validator used of its schema.
func (v *validator) rules() []byte {
	keep := map[string]bool{}
	var prune func(s *schema) *schema
	prune = func(s *schema) *schema {
		if s == nil {
			return nil
		}
		out := *s
		if name := strings.TrimPrefix(s.Ref, "#/definitions/"); s.Ref != "" && !keep[name] {
			keep[name] = true
			prune(v.root.Definitions[name])
		}
		out.Items = prune(s.Items)
		if s.Properties != nil {
			out.Properties = map[string]*schema{}
			for name := range v.used[s] {
				out.Properties[name] = prune(s.Properties[name])
			}
		}
		for _, l := range []*[]*schema{&out.AnyOf, &out.AllOf, &out.OneOf} {
			*l = slices.Clone(*l)
			for i := range *l {
				(*l)[i] = prune((*l)[i])
			}
		}
		return &out
	}
	var b bytes.Buffer
	put := func(name string, s *schema) {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s %s\n", name, text)
	}
	for _, one := range v.root.OneOf {
		if len(v.used[one]) > 0 {
			put("-", prune(one))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(keep)) {
		put(name, prune(v.root.Definitions[name]))
	}
	return b.Bytes()
}

// report is one in which there is something of everything.
func report(t *testing.T, r *isms.Register) *Report {
	t.Helper()
	run := &Run{Cycle: 1, Origin: origin, Version: "v1", Tests: &Tests{Digest: sum("x"), Passed: []string{}, Failed: []string{}}}
	for i, k := range r.Checks {
		run.Results = append(run.Results, Result{k.ID, []State{Passed, Failed, NotEvidenced}[i%3], isms.Text{EN: "What it saw:\n\ttwo lines.", DE: "Was sie sah."}, isms.Text{EN: "See to it.", DE: "Kümmern."}})
	}
	for i, name := range slices.Sorted(maps.Keys(tests(r))) {
		if i == 5 {
			run.Tests.Failed = append(run.Tests.Failed, name)
		} else if i%2 == 0 {
			run.Tests.Passed = append(run.Tests.Passed, name)
		}
	}
	d := declaration(t, r, r.Documents[0].ID, DayOf(noon), Day{})
	d2 := declaration(t, r, r.Documents[len(r.Documents)-1].ID, DayOf(noon), Day{})
	passes := &Run{Cycle: 1, Origin: origin, Version: "v1", Tests: run.Tests}
	for _, k := range run.Results {
		if k.Check == r.Checks[1].ID {
			k.State = Passed
		}
		passes.Results = append(passes.Results, k)
	}
	h := days(Entry{Plan: &Plan{Cycle: 1, Targets: map[string]int{"disk-percent": 5}, Until: DayOf(noon.AddDate(1, 0, 0))}}, Entry{Declaration: &d}, Entry{Declaration: &d2}, Entry{Run: run},
		decided(Decision{Item: "N1", Action: "mend it", Who: "operations", Due: DayOf(noon.AddDate(0, 0, 9))}), Entry{Run: passes}, decided(Decision{Item: "N1", Close: true}))
	out, err := Make(r, h)
	check1(t, err)
	return out
}

func tests(r *isms.Register) map[string]bool {
	names := map[string]bool{}
	for e := range evidence(r) {
		if e.Kind == isms.ByTest {
			names[e.Path+"#"+e.ID] = true
		}
	}
	return names
}

func wholeRegister(t *testing.T) *isms.Register {
	t.Helper()
	r, err := isms.Load()
	check1(t, err)
	return r
}

func TestOSCALIsWhatNISTSays(t *testing.T) {
	files := report(t, wholeRegister(t)).OSCAL()
	if len(files) != 7 {
		t.Errorf("%d documents", len(files))
	}
	bare := report(t, small())
	bare.Items, bare.Gaps = nil, nil
	for name, b := range bare.OSCAL() {
		files["bare/"+name] = b
	}
	hold := func(v *validator) {
		t.Helper()
		for name, b := range files {
			doc, err := parse(b)
			check1(t, err)
			if err := v.check(v.root, doc, name); err != nil {
				t.Error(err)
			}
		}
	}
	if path := os.Getenv("VIALOG_OSCAL"); path != "" {
		b, err := os.ReadFile(path)
		check1(t, err)
		if got := sha256.Sum256(b); hex.EncodeToString(got[:]) != schemaHash {
			t.Fatalf("%s is not the schema of all models of OSCAL %s", path, oscalVersion)
		}
		full := &validator{root: &schema{}, used: map[*schema]map[string]bool{}}
		check1(t, json.Unmarshal(b, full.root))
		hold(full)
		if *updateRules {
			check1(t, os.WriteFile(rulesFile, full.rules(), 0o644))
		}
		if have, err := os.ReadFile(rulesFile); err != nil || !bytes.Equal(have, full.rules()) {
			t.Errorf("%s is not what the schema says (-oscal-rules writes it): %v", rulesFile, err)
		}
	}
	hold(&validator{root: readRules(t), used: map[*schema]map[string]bool{}})
}

// What must not be missing or be something else, and must be noticed.
func TestWhatIsNoOSCALIsNoticed(t *testing.T) {
	files := report(t, wholeRegister(t)).OSCAL()
	v := &validator{root: readRules(t), used: map[*schema]map[string]bool{}}
	for _, b := range []struct {
		file, at string // the first object that has this member
		value    any    // nil: without it
	}{
		{"catalog", "uuid", nil}, {"catalog", "uuid", "6f0a1c1e-0000-3000-8000-000000000000"}, {"catalog", "oscal-version", nil}, {"catalog", "last-modified", "yesterday"},
		{"catalog", "title", ""}, {"catalog", "id", "9.2.1"}, {"catalog", "groups", []any{}}, {"catalog", "parts", "x"}, {"catalog", "prose", 5.0},
		{"profile", "imports", nil}, {"profile", "as-is", "yes"}, {"component-definition", "description", nil}, {"component-definition", "source", nil},
		{"system-security-plan", "system-ids", nil}, {"system-security-plan", "import-profile", nil}, {"system-security-plan", "control-id", nil}, {"system-security-plan", "component-uuid", "x"},
		{"system-security-plan", "authorization-boundary", nil}, {"assessment-plan", "import-ssp", nil}, {"assessment-plan", "reviewed-controls", nil},
		{"assessment-results", "import-ap", nil}, {"assessment-results", "methods", nil}, {"assessment-results", "collected", nil}, {"assessment-results", "target", nil},
		{"assessment-results", "type", "another"}, {"assessment-results", "observation-uuid", "x"},
		{"plan-of-action-and-milestones", "poam-items", []any{}}, {"plan-of-action-and-milestones", "risk-uuid", nil}, {"plan-of-action-and-milestones", "lifecycle", nil},
		{"plan-of-action-and-milestones", "more", "than is known"},
	} {
		doc, err := parse(files[b.file+".json"])
		check1(t, err)
		if b.at == "more" {
			doc.(map[string]any)[b.file].(map[string]any)[b.at] = b.value
		} else if !change(doc, b.at, b.value) {
			t.Errorf("%s has no %s", b.file, b.at)
			continue
		}
		if v.check(v.root, doc, b.file) == nil {
			t.Errorf("%s with %s = %v is taken", b.file, b.at, b.value)
		}
	}
}

// change sets or takes away the first member of a name.
func change(v any, name string, to any) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v[name]; ok {
			if v[name] = to; to == nil {
				delete(v, name)
			}
			return true
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if change(v[k], name, to) {
				return true
			}
		}
	case []any:
		for _, one := range v {
			if change(one, name, to) {
				return true
			}
		}
	}
	return false
}

// What a schema cannot say: references lead somewhere, and names are used once.
func TestReferencesInOSCALLeadSomewhere(t *testing.T) {
	files := report(t, wholeRegister(t)).OSCAL()
	made, asked := map[string]string{}, map[string]string{}
	controls, statements, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var walk func(v any, file string, path []string)
	walk = func(v any, file string, path []string) {
		switch v := v.(type) {
		case map[string]any:
			for k, one := range v {
				s, isText := one.(string)
				switch {
				case k == "uuid":
					content := string(encode(v))
					if other, ok := made[s]; ok && other != content {
						t.Errorf("%s: %s names two things", file, s)
					}
					made[s] = content
				case strings.HasSuffix(k, "-uuid"):
					asked[s] = file + " " + k
				case k == "href" || k == "source":
					if files[s] == nil {
						t.Errorf("%s: there is no %s", file, s)
					}
				case k == "control-id" || k == "target-id":
					used[strings.TrimSuffix(s, "_smt")] = true
					if k == "target-id" && !strings.HasSuffix(s, "_smt") {
						t.Errorf("%s: the target %s", file, s)
					}
				case k == "id" && file == "catalog.json" && slices.Contains(path, "controls") && path[len(path)-1] == "controls":
					if controls[s] {
						t.Errorf("the control %s is there twice", s)
					}
					controls[s] = true
				case k == "id" && file == "catalog.json":
					if statements[s] {
						t.Errorf("%s is there twice", s)
					}
					statements[s] = true
				case isText:
				default:
					walk(one, file, append(slices.Clone(path), k))
				}
			}
		case []any:
			for _, one := range v {
				walk(one, file, path)
			}
		}
	}
	for name, b := range files {
		doc, err := parse(b)
		check1(t, err)
		walk(doc, name, nil)
	}
	for id, where := range asked {
		if made[id] == "" {
			t.Errorf("%s leads nowhere: %s", where, id)
		}
	}
	for id := range used {
		if !controls[id] {
			t.Errorf("there is no control %s", id)
		}
	}
	if len(controls) < 114 || len(used) < 114 || len(asked) == 0 {
		t.Errorf("%d controls, %d used, %d references", len(controls), len(used), len(asked))
	}
	again := report(t, wholeRegister(t))
	once, twice := again.OSCAL(), again.OSCAL()
	for name := range once {
		if !bytes.Equal(once[name], twice[name]) {
			t.Errorf("%s is another when written again", name)
		}
	}
}
