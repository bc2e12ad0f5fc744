package isms_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vialog/shared/isms"
)

// root returns where the source tree is.
func root(t *testing.T) string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("where this file is cannot be found out")
	}
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// A tree tells what is declared in packages of the source tree.
type tree struct {
	root string
	has  map[string]map[string]bool // by package: tests, and symbols as Name or Type.Name
}

// declares reports what the package at path declares, or nil if there is none. With
// tests it is what the test files declare, else what the others do.
func (w *tree) declares(t *testing.T, path string, tests bool) map[string]bool {
	key := path
	if tests {
		key += " tests"
	}
	if has, ok := w.has[key]; ok {
		return has
	}
	var has map[string]bool
	files, _ := filepath.Glob(filepath.Join(w.root, path, "*.go"))
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") != tests {
			continue
		}
		if has == nil {
			has = map[string]bool{}
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				has[receiver(d)+d.Name.Name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						has[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range s.Names {
							has[n.Name] = true
						}
					}
				}
			}
		}
	}
	w.has[key] = has
	return has
}

// receiver returns "Type." of a method, and "" of a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	return t.(*ast.Ident).Name + "."
}

// missing reports whether what is named is not there.
func (w *tree) missing(t *testing.T, path, symbol string, tests bool) bool {
	if path != filepath.ToSlash(filepath.Clean(path)) || strings.HasPrefix(path, "..") || strings.HasPrefix(path, "/") {
		return true
	}
	if symbol == "" {
		info, err := os.Stat(filepath.Join(w.root, path))
		return err != nil || info.IsDir()
	}
	return !w.declares(t, path, tests)[symbol]
}

func newTree(t *testing.T) *tree { return &tree{root(t), map[string]map[string]bool{}} }

// everything calls f for each place in which the register names evidence or code.
func everything(r *isms.Register, f func(where string, of []isms.Evidence, in []isms.Code)) {
	for _, c := range r.Controls {
		f("control "+c.ID, c.Evidence, nil)
	}
	for _, t := range r.Tables {
		for _, q := range t.Rows {
			f(t.ID+" "+q.ID, q.Evidence, q.Code)
		}
	}
	for _, k := range r.Risks {
		f("risk "+k.Title.EN, k.Evidence, nil)
	}
	for _, a := range r.Crypto.Algorithms {
		f("algorithm "+a.ID, a.Evidence, a.Code)
	}
	for _, p := range r.Crypto.Periods {
		f("period "+p.ID, nil, p.Code)
	}
	for _, k := range r.Crypto.Keys {
		f("key "+k.ID, nil, k.Code)
	}
}

func load(t *testing.T) *isms.Register {
	t.Helper()
	r, err := isms.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsNamedIsThere(t *testing.T) {
	w := newTree(t)
	n := 0
	everything(load(t), func(where string, of []isms.Evidence, in []isms.Code) {
		for _, e := range of {
			if e.Kind == isms.ByTest {
				n++
				if w.missing(t, e.Path, e.ID, true) {
					t.Errorf("%s: there is no test %s in %s", where, e.ID, e.Path)
				}
			}
		}
		for _, c := range in {
			n++
			if w.missing(t, c.Path, c.Symbol, false) {
				t.Errorf("%s: there is no %s", where, c)
			}
		}
	})
	if n == 0 {
		t.Error("nothing is named")
	}
}

// What the test above asks of the tree has to be answered with no as well.
func TestWhatIsNotThereIsMissed(t *testing.T) {
	w := newTree(t)
	for _, c := range []struct {
		path, symbol string
		tests        bool
		missing      bool
	}{
		{"shared/isms", "Load", false, false},
		{"shared/isms", "Register.Control", false, false},
		{"shared/isms", "TestWhatIsNotThereIsMissed", true, false},
		{"shared/isms/load.go", "", false, false},
		{"shared/isms", "Load", true, true},
		{"shared/isms", "TestWhatIsNotThereIsMissed", false, true},
		{"shared/isms", "Control", true, true},
		{"shared/isms", "Lode", false, true},
		{"shared/isms", "Control.Lode", false, true},
		{"shared/nowhere", "Load", false, true},
		{"shared/isms/nowhere.go", "", false, true},
		{"shared/isms", "", false, true},
		{"../shared/isms", "Load", false, true},
	} {
		if got := w.missing(t, c.path, c.symbol, c.tests); got != c.missing {
			t.Errorf("%s %s: missing %t", c.path, c.symbol, got)
		}
	}
}
