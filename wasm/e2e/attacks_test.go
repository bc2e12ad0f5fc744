package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root    = "../.."
	attacks = 82
)

// An attack is one row of the list in shared/THREATS.md.
type attack struct {
	number int
	does   string
	answer string
	tests  []string
}

var quoted = regexp.MustCompile("`([^`]+)`")

// published reads the list.
func published(text string) (rows []attack, bad []string) {
	_, text, found := strings.Cut(text, "\n## Attacks published against systems like this one\n")
	if !found {
		return nil, []string{"there is no such section"}
	}
	text, _, _ = strings.Cut(text, "\n## ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| A") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		if len(cells) != 3 {
			bad = append(bad, "not three cells: "+line)
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(cells[0]), "A"))
		if err != nil {
			bad = append(bad, "no number: "+line)
			continue
		}
		a := attack{number: n, does: strings.TrimSpace(cells[1]), answer: strings.TrimSpace(cells[2])}
		for _, m := range quoted.FindAllStringSubmatch(a.answer, -1) {
			a.tests = append(a.tests, m[1])
		}
		rows = append(rows, a)
	}
	return rows, bad
}

// wrong says what is wrong with the list, given all tests and targets there are.
func wrong(rows []attack, tests, targets map[string]bool) (bad []string) {
	for i, a := range rows {
		name := "A" + strconv.Itoa(a.number)
		if a.number != i+1 {
			bad = append(bad, name+" stands in place "+strconv.Itoa(i+1))
		}
		if len(a.does) < 20 {
			bad = append(bad, name+" does not say what is done")
		}
		reason := ""
		for _, word := range []string{"does not apply: ", "not tested: "} {
			if after, ok := strings.CutPrefix(a.answer, word); ok {
				reason = after
				if len(reason) < 40 {
					bad = append(bad, name+" gives no reason")
				}
			}
		}
		named := 0
		for _, test := range a.tests {
			target, isTarget := strings.CutPrefix(test, "make ")
			switch {
			case isTarget && !targets[target], !isTarget && !tests[test]:
				bad = append(bad, name+" names "+test+", which there is not")
			default:
				named++
			}
		}
		if reason == "" && named == 0 {
			bad = append(bad, name+" names no test")
		}
	}
	if len(rows) != attacks {
		bad = append(bad, strconv.Itoa(len(rows))+" rows")
	}
	return bad
}

// functions lists the tests of the repository.
func functions(t *testing.T) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	check(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == filepath.Join(root, "build") || d.Name() == "testdata" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				all[fn.Name.Name] = true
			}
		}
		return nil
	}))
	return all
}

var (
	target   = regexp.MustCompile(`(?m)^([a-z]+):`)
	numbered = regexp.MustCompile(`A[0-9]+`)
)

// Every attack on the list has a test that is there, or a reason why it has none.
func TestEveryPublishedAttackHasItsAnswer(t *testing.T) {
	text := string(must(os.ReadFile(filepath.Join(root, "shared", "THREATS.md")))(t))
	rows, bad := published(text)
	tests, targets := functions(t), make(map[string]bool)
	for _, m := range target.FindAllStringSubmatch(string(must(os.ReadFile(filepath.Join(root, "Makefile")))(t)), -1) {
		targets[m[1]] = true
	}
	for _, b := range append(bad, wrong(rows, tests, targets)...) {
		t.Error(b)
	}
	if len(tests) < 500 || !targets["test"] {
		t.Fatalf("only %d tests were found", len(tests))
	}
	if t.Failed() {
		return
	}
	// What a relay is made to do here is an answer to the attacks it says.
	for _, r := range table() {
		for _, name := range numbered.FindAllString(r.attacks, -1) {
			n := must(strconv.Atoi(name[1:]))(t)
			if n < 1 || n > len(rows) || !slices.Contains(rows[n-1].tests, "TestARelayThatLies") {
				t.Errorf("%q is about %s, which does not name it", r.name, name)
			}
		}
	}

	t.Run("the check can fail", func(t *testing.T) {
		for name, change := range map[string]func(a []attack) []attack{
			"a row too few":        func(a []attack) []attack { return slices.Delete(a, 7, 8) },
			"a row twice":          func(a []attack) []attack { return slices.Insert(a, 3, a[3]) },
			"a test that is gone":  func(a []attack) []attack { a[2].tests = []string{"TestNothing"}; return a },
			"a target that is not": func(a []attack) []attack { a[2].tests = []string{"make nothing"}; return a },
			"no test": func(a []attack) []attack {
				a[2].answer, a[2].tests = "all is well, believe us: nobody ever did this", nil
				return a
			},
			"no reason":    func(a []attack) []attack { a[2].answer, a[2].tests = "does not apply: no", nil; return a },
			"nothing said": func(a []attack) []attack { a[2].does = "bad"; return a },
		} {
			if len(wrong(change(slices.Clone(rows)), tests, targets)) == 0 {
				t.Errorf("%s goes unnoticed", name)
			}
		}
	})
}
