package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"vialog/shared/isms"
	"vialog/wasm/internal/seal"
)

// states are those of a suite as the register writes them.
var states = map[seal.SuiteState]string{seal.Write: "write", seal.Read: "read", seal.Refuse: "refuse"}

// differences lists in what the register and the policy of the code differ.
func differences(c *isms.Crypto, p *seal.Policy) (out []string) {
	differ := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.Version != int(p.Version) || !c.Issued.Time().Equal(p.Issued) {
		differ("version %d of %s, in the code %d of %s", c.Version, c.Issued, p.Version, p.Issued.Format(time.DateOnly))
	}
	type in struct {
		suite int
		name  string
	}
	rows := map[in]isms.Algorithm{}
	for _, a := range c.Algorithms {
		if a.Suite == 0 {
			continue // not of the app's formats
		}
		if _, twice := rows[in{a.Suite, a.Name}]; twice {
			differ("%s twice", a.Name)
		}
		rows[in{a.Suite, a.Name}] = a
	}
	for _, s := range p.Suites {
		for _, q := range s.Parts {
			a, ok := rows[in{int(s.Number), q.Name}]
			delete(rows, in{int(s.Number), q.Name})
			switch {
			case !ok:
				differ("%s of suite %d is not in the register", q.Name, s.Number)
			case a.Standard != q.Standard || a.Strength != q.Strength || a.PostQuantum != q.PostQuantum:
				differ("%s is described otherwise: %+v", q.Name, q)
			case a.State != states[s.State] || !a.Until.Time().Equal(s.Sunset):
				differ("%s: %s until %s, in the code %s until %s", q.Name, a.State, a.Until, states[s.State], s.Sunset.Format(time.DateOnly))
			}
		}
	}
	for k := range rows {
		differ("%s is not in suite %d of the code", k.name, k.suite)
	}
	periods := map[string]string{}
	for _, d := range c.Periods {
		periods[d.ID] = d.Value
	}
	numbers(reflect.ValueOf(*p), "", func(name, value string) {
		if periods[name] != value {
			differ("%s is %q, in the code %q", name, periods[name], value)
		}
		delete(periods, name)
	})
	for name := range periods {
		differ("%s is not in the code", name)
	}
	return out
}

// numbers calls f for each number of a policy, by its name.
func numbers(v reflect.Value, name string, f func(name, value string)) {
	switch x := v.Interface().(type) {
	case time.Duration:
		f(name, x.String())
		return
	case seal.KDFParams:
		f(name, fmt.Sprintf("%d MiB, %d passes, %d lanes", x.MiB, x.Time, x.Lanes))
		return
	}
	if v.Kind() != reflect.Struct {
		f(name, fmt.Sprint(v.Interface()))
		return
	}
	for i := range v.NumField() {
		switch field := v.Type().Field(i).Name; {
		case name == "" && (field == "Version" || field == "Issued" || field == "Suites"): // these were compared
		case name == "":
			numbers(v.Field(i), field, f)
		default:
			numbers(v.Field(i), name+"."+field, f)
		}
	}
}

func TestTheRegistersPolicyIsThatOfTheCode(t *testing.T) {
	r, err := isms.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences(&r.Crypto, &seal.Current) {
		t.Error(d)
	}
	// Whatever changes in the code and not in the register is told.
	for name, change := range map[string]func(p *seal.Policy){
		"version":       func(p *seal.Policy) { p.Version++ },
		"date":          func(p *seal.Policy) { p.Issued = p.Issued.AddDate(0, 0, 1) },
		"suite ends":    func(p *seal.Policy) { p.Suites[0].Sunset = p.Suites[0].Sunset.AddDate(1, 0, 0) },
		"suite refused": func(p *seal.Policy) { p.Suites[0].State = seal.Refuse },
		"part added": func(p *seal.Policy) {
			p.Suites[0].Parts = append(p.Suites[0].Parts, seal.Primitive{Name: "ROT13"})
		},
		"part gone":     func(p *seal.Policy) { p.Suites[0].Parts = p.Suites[0].Parts[1:] },
		"part weaker":   func(p *seal.Policy) { p.Suites[0].Parts[0].Strength = 80 },
		"another suite": func(p *seal.Policy) { p.Suites = append(p.Suites, seal.Suite{Number: 2, Parts: p.Suites[0].Parts}) },
		"floor":         func(p *seal.Policy) { p.Passphrase.Floor.MiB-- },
		"epoch":         func(p *seal.Policy) { p.Rotation.Epoch *= 2 },
		"lease":         func(p *seal.Policy) { p.Lease *= 2 },
		"box":           func(p *seal.Policy) { p.Box.Step /= 2 },
	} {
		p := seal.Current
		p.Suites = append([]seal.Suite(nil), p.Suites...)
		p.Suites[0].Parts = append([]seal.Primitive(nil), p.Suites[0].Parts...)
		change(&p)
		if len(differences(&r.Crypto, &p)) == 0 {
			t.Errorf("%s: nothing is told", name)
		}
	}
}

// unclaimed lists in what the register's keys and labels and those of the code differ.
func unclaimed(c *isms.Crypto, labels []string) (out []string) {
	claims := map[string]int{}
	for _, k := range c.Keys {
		for _, l := range k.Labels {
			claims[l]++
		}
	}
	for _, l := range c.Labels {
		claims[l.Label]++
	}
	for _, l := range labels {
		if claims[l] != 1 {
			out = append(out, fmt.Sprintf("%s is %d times in the register: say in data/crypto.json which key it derives, or what else it is for", l, claims[l]))
		}
		delete(claims, l)
	}
	for l := range claims {
		out = append(out, l+" is not in the code")
	}
	return out
}

// Every purpose of the app's one table is that of a kind of key, or of something
// that is none. So no kind of key can be missing from the register.
func TestTheRegisterNamesEveryKindOfKey(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("internal", "seal", "labels.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			s, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			labels = append(labels, s)
		}
		return true
	})
	if len(labels) < 80 {
		t.Fatalf("only %d labels were found", len(labels))
	}
	r, err := isms.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range unclaimed(&r.Crypto, labels) {
		t.Error(s)
	}
	if len(unclaimed(&r.Crypto, append(labels, "vialog/new/v1/key"))) != 1 || len(unclaimed(&r.Crypto, labels[1:])) != 1 {
		t.Error("a key that comes or goes is not told")
	}
}
