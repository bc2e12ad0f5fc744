package view_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/view/sample"
)

var update = flag.Bool("update", false, "write the golden files anew")

// english are the samples that have a golden file in English too.
var english = []string{"welcome", "today", "treatment-problems", "bleed-red-flag", "patients", "patient"}

// each runs f for every sample in every language.
func each(t *testing.T, f func(t *testing.T, name string, n node.Node)) {
	t.Helper()
	for _, c := range sample.All {
		for _, l := range lang.All {
			name := c.Name + "." + l.Tag()
			t.Run(name, func(t *testing.T) { f(t, name, c.Model(sample.Base(l)).Node()) })
		}
	}
}

func walk(n node.Node, f func(node.Node)) {
	f(n)
	for _, k := range n.Children() {
		walk(k, f)
	}
}

func attr(n node.Node, name string) string {
	v, _ := n.Attribute(name)
	return v
}

func TestScreensAreDrawnAsTheGoldenFilesSay(t *testing.T) {
	seen := make(map[string]bool)
	each(t, func(t *testing.T, name string, n node.Node) {
		base, tag, _ := strings.Cut(name, ".")
		if tag != "de" && !slices.Contains(english, base) {
			return
		}
		file := filepath.Join("testdata", name+".html")
		seen[filepath.Base(file)] = true
		got := node.HTML(n)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; look at it and run with -update", file)
		}
	})
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("testdata/%s belongs to no sample", f.Name())
		}
	}
}

func TestEveryIDIsThereOnceAndEveryReferenceLeadsSomewhere(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		if err := node.Check(n); err != nil {
			t.Error(err)
		}
		ids := make(map[string]bool)
		walk(n, func(n node.Node) { ids[attr(n, "id")] = true })
		walk(n, func(n node.Node) {
			if href := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("link to %s, which is not there", href)
			}
		})
	})
}

func TestEveryInputHasALabel(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		labels := make(map[string]bool)
		walk(n, func(n node.Node) {
			if n.Tag() == "label" && n.Content() != "" {
				labels[attr(n, "for")] = true
			}
		})
		walk(n, func(n node.Node) {
			switch n.Tag() {
			case "input", "select", "textarea":
				if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
					t.Errorf("%s %s has no label", n.Tag(), attr(n, "name"))
				}
			case "fieldset":
				if len(n.Children()) == 0 || n.Children()[0].Tag() != "legend" || n.Children()[0].Content() == "" {
					t.Errorf("fieldset %s does not begin with its legend", attr(n, "id"))
				}
			}
		})
	})
}

func TestEveryButtonSaysWhatItDoes(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		form := false
		var visit func(n node.Node)
		visit = func(n node.Node) {
			switch n.Tag() {
			case "form":
				form = true
				defer func() { form = false }()
				if attr(n, "data-act") == "" {
					t.Errorf("form %s does nothing", attr(n, "id"))
				}
			case "button":
				if strings.TrimSpace(n.Content()) == "" && attr(n, "aria-label") == "" {
					t.Errorf("button %s has no text", attr(n, "data-act"))
				}
				submits := attr(n, "type") == "submit"
				if submits && !form || !submits && attr(n, "data-act") == "" {
					t.Errorf("button %q does nothing", n.Content())
				}
			case "svg":
				if attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
					t.Error("a drawing is neither hidden nor named")
				}
			}
			for _, k := range n.Children() {
				visit(k)
			}
		}
		visit(n)
	})
}

func TestHeadingsComeInOrder(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		level, tops := 0, 0
		walk(n, func(n node.Node) {
			if len(n.Tag()) != 2 || n.Tag()[0] != 'h' || n.Tag() == "hr" {
				return
			}
			l := int(n.Tag()[1] - '0')
			if l == 1 {
				tops++
			} else if l > level+1 {
				t.Errorf("%s %q after level %d", n.Tag(), n.Content(), level)
			}
			level = l
		})
		if tops != 1 {
			t.Errorf("%d headings of the first level", tops)
		}
		if view.TitleOf(n) == "" {
			t.Error("no title")
		}
	})
}

func TestEveryScreenTellsThePageWhichItIs(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		mains := 0
		walk(n, func(n node.Node) {
			if n.Tag() == "main" {
				mains++
				if attr(n, "id") != "main" || attr(n, "data-key") == "" {
					t.Error("main without id or key")
				}
			}
		})
		if mains != 1 {
			t.Errorf("%d main elements", mains)
		}
	})
}

func TestEveryActionIsListedAndEveryListedActionIsAskedFor(t *testing.T) {
	asked := make(map[string]bool)
	for _, c := range sample.All {
		walk(c.Model(sample.Base(lang.German)).Node(), func(n node.Node) {
			asked[attr(n, "data-act")] = true
			asked[attr(n, "data-live")] = true
		})
	}
	delete(asked, "")
	listed := make(map[string]bool)
	for _, a := range view.Actions {
		if listed[a.Name] {
			t.Errorf("%s is listed twice", a.Name)
		}
		listed[a.Name] = true
		if !asked[a.Name] {
			t.Errorf("no sample asks for %s", a.Name)
		}
	}
	for a := range asked {
		if !listed[a] {
			t.Errorf("%s is not in Actions", a)
		}
	}
}

func TestAProblemIsToldBesideItsFieldAndInTheSummary(t *testing.T) {
	each(t, func(t *testing.T, name string, n node.Node) {
		if strings.HasPrefix(name, "unlock") {
			return // one field, and the focus is in it
		}
		bad := 0
		walk(n, func(n node.Node) {
			if c := attr(n, "class"); c == "bad" {
				bad++
			}
		})
		links := 0
		walk(n, func(n node.Node) {
			if attr(n, "id") == "problems" {
				walk(n, func(n node.Node) {
					if n.Tag() == "li" {
						links++
					}
				})
			}
		})
		if bad != links {
			t.Errorf("%d problems beside fields, %d in the summary", bad, links)
		}
	})
}

// Who listens hears the hint and the problem with the field that they are about.
func TestHintsAndProblemsAreTiedToTheirFields(t *testing.T) {
	each(t, func(t *testing.T, _ string, n node.Node) {
		tied := make(map[string]bool)
		walk(n, func(n node.Node) {
			for _, id := range strings.Fields(attr(n, "aria-describedby")) {
				tied[id] = true
			}
		})
		walk(n, func(n node.Node) {
			if id := attr(n, "id"); strings.HasPrefix(id, "f-") && (strings.HasSuffix(id, "-hint") || strings.HasSuffix(id, "-bad")) && !tied[id] {
				t.Errorf("nothing is described by %s", id)
			}
		})
	})
}

// Words on the screen are in the catalogue: no call that puts text on it has a
// literal with a letter.
func TestNoTextStandsOutsideTheCatalogue(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, args := "", call.Args
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			switch name {
			case "Text", "SVGText", "Placeholder", "Hint", "hidden", "Alt":
			case "Aria":
				if lit, ok := args[0].(*ast.BasicLit); !ok || lit.Value != `"label"` {
					return true
				}
				args = args[1:]
			default:
				return true
			}
			for _, a := range args {
				// Only what is joined to the text counts, not the arguments of calls in it.
				ast.Inspect(a, func(n ast.Node) bool {
					if _, ok := n.(*ast.CallExpr); ok {
						return false
					}
					if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.ContainsFunc(lit.Value, unicode.IsLetter) {
						t.Errorf("%s: %s is not in the catalogue", fset.Position(lit.Pos()), lit.Value)
					}
					return true
				})
			}
			return true
		})
	}
}

func TestEveryClassHasAStyle(t *testing.T) {
	css, err := os.ReadFile("../../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	styled := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(string(css), -1) {
		styled[m[1]] = true
	}
	// Named for tests and for what may come; they look like what they are in.
	plain := map[string]bool{"centre": true, "wide": true, "c-id": true, "what": true, "yes": true}
	each(t, func(t *testing.T, _ string, n node.Node) {
		walk(n, func(n node.Node) {
			for _, c := range strings.Fields(attr(n, "class")) {
				if !styled[c] && !plain[c] {
					t.Errorf("class %s has no style", c)
				}
			}
		})
	})
}

func TestChosenFiltersAndThemesAreReadBack(t *testing.T) {
	if view.FilterOf("2") != view.FilterBleeds || view.FilterOf("9") != view.FilterAll || view.FilterOf("") != view.FilterAll {
		t.Error("filter")
	}
	if view.ThemeOf("2") != view.ThemeDark || view.ThemeOf("-1") != view.ThemeAuto {
		t.Error("theme")
	}
}

// On a device that was removed nothing is offered that would reach nobody.
func TestARemovedDeviceOffersNothingToWrite(t *testing.T) {
	shut := 0
	for _, c := range sample.All {
		n := c.Model(sample.Base(lang.English)).Node()
		if !strings.Contains(node.HTML(n), lang.English.T(lang.AlarmRemovedTitle)) {
			continue
		}
		shut++
		refused := view.Refuses
		if strings.Contains(node.HTML(n), lang.English.T(lang.AlarmRemovedCentre)) {
			refused = func(act string, _ bool) lang.Key { return view.RefusesAtCentre(act, view.TeamReader) }
		}
		walk(n, func(k node.Node) {
			if act := attr(k, "data-act"); act != "" && refused(act, true) != 0 {
				t.Errorf("%s offers %s", c.Name, act)
			}
		})
	}
	if shut < 2 {
		t.Errorf("%d screens of removed devices", shut)
	}
}
