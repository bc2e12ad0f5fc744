package isms_test

import (
	"bufio"
	"fmt"
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

	"golang.org/x/mod/modfile"

	"vialog/shared/isms"
)

// objectives are those of ISO/IEC 27001:2013, annex A, each with its number of
// controls: 35 with 114.
var objectives = []struct {
	number   string
	controls int
}{
	{"5.1", 2}, {"6.1", 5}, {"6.2", 2}, {"7.1", 2}, {"7.2", 3}, {"7.3", 1}, {"8.1", 4}, {"8.2", 3}, {"8.3", 3},
	{"9.1", 2}, {"9.2", 6}, {"9.3", 1}, {"9.4", 5}, {"10.1", 2}, {"11.1", 6}, {"11.2", 9},
	{"12.1", 4}, {"12.2", 1}, {"12.3", 1}, {"12.4", 4}, {"12.5", 1}, {"12.6", 2}, {"12.7", 1}, {"13.1", 3}, {"13.2", 4},
	{"14.1", 3}, {"14.2", 9}, {"14.3", 1}, {"15.1", 3}, {"15.2", 2}, {"16.1", 7}, {"17.1", 3}, {"17.2", 1}, {"18.1", 5}, {"18.2", 3},
}

// Load fails where a control has no owner, a text is missing in a language, or
// evidence does not exist; here it is that everything is there.
func TestTheRegisterIsComplete(t *testing.T) {
	r := load(t)
	var want, got []string
	for _, o := range objectives {
		for i := range o.controls {
			want = append(want, fmt.Sprintf("%s.%d", o.number, i+1))
		}
	}
	for _, c := range r.Controls {
		got = append(got, c.ID)
	}
	if len(want) != 114 || !slices.Equal(want, got) {
		t.Errorf("the controls are not the 114 in their order: %d, %v", len(got), got)
	}
	if len(r.Areas) != 14 || r.Areas[0].Number != 5 {
		t.Errorf("%d areas", len(r.Areas))
	}
	n := 0
	for _, a := range r.Areas {
		n += len(r.In(a.Number))
	}
	if n != 114 {
		t.Errorf("%d controls are in an area", n)
	}
	kinds := map[isms.Kind]int{}
	for _, c := range r.Controls {
		kinds[c.Kind]++
	}
	if kinds[isms.Technical] != 57 || kinds[isms.Partly] != 39 || kinds[isms.Declared] != 18 {
		t.Errorf("what can be shown by a program has changed: %v", kinds)
	}
	for _, table := range r.Tables {
		if len(table.Rows) == 0 {
			t.Errorf("table %s is empty", table.ID)
		}
	}
	said := map[string]bool{}
	everything(r, func(_ string, of []isms.Evidence, _ []isms.Code) {
		for _, e := range of {
			said[e.String()] = true
		}
	})
	for _, d := range r.Documents {
		if !said["document:"+d.ID] {
			t.Errorf("nothing asks for document %s", d.ID)
		}
	}
}

// What nobody may say of a product, and the words that a reader would take for it.
func TestNothingClaimsACertificate(t *testing.T) {
	claims := regexp.MustCompile(`(?i)\b(is|are|was) (certified|compliant)|zertifiziert\b|\bkonform\b|\bcertified\b`)
	files, err := filepath.Glob("data/*.json")
	if err != nil || len(files) < 10 {
		t.Fatal(err, files)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if claims.MatchString(line) {
				t.Errorf("%s:%d: %s", f, i+1, line)
			}
		}
	}
	if !claims.MatchString("Vialog is certified") || !claims.MatchString("Vialog ist zertifiziert") {
		t.Error("a claim is not seen")
	}
}

var threatRow = regexp.MustCompile(`^\| (\d+) \| (.*?)(?: \(A\d+(?:, A\d+)*\))? \|`)

// threats reads the table of threats: number and threat.
func threats(t *testing.T, text string) map[int]string {
	t.Helper()
	_, text, ok := strings.Cut(text, "\n## Threats\n")
	if !ok {
		t.Fatal("there is no table of threats")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	rows := map[int]string{}
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if m := threatRow.FindStringSubmatch(s.Text()); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil || rows[n] != "" {
				t.Fatalf("row %s is there twice", m[1])
			}
			rows[n] = m[2]
		}
	}
	return rows
}

// unassessed lists what threats and risks have that the others have not.
func unassessed(threats map[int]string, risks []isms.Risk) (out []string) {
	left := map[int]bool{}
	for n := range threats {
		left[n] = true
	}
	for _, k := range risks {
		if !left[k.Threat] {
			out = append(out, fmt.Sprintf("risk %d names no threat", k.Threat))
		} else if threats[k.Threat] != k.Title.EN {
			out = append(out, fmt.Sprintf("risk %d is called %q, the threat %q", k.Threat, k.Title.EN, threats[k.Threat]))
		}
		delete(left, k.Threat)
	}
	for n := range left {
		out = append(out, fmt.Sprintf("threat %d (%s) has no risk: assess it in data/risks.json", n, threats[n]))
	}
	slices.Sort(out)
	return out
}

func TestEveryThreatHasARisk(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "shared", "THREATS.md"))
	if err != nil {
		t.Fatal(err)
	}
	r, rows := load(t), threats(t, string(b))
	if len(rows) < 41 {
		t.Fatalf("only %d threats were found", len(rows))
	}
	for _, s := range unassessed(rows, r.Risks) {
		t.Error(s)
	}
	if len(unassessed(rows, r.Risks[1:])) != 1 {
		t.Error("a threat without a risk is not told")
	}
	rows[999] = "one more"
	if len(unassessed(rows, r.Risks)) != 1 {
		t.Error("a new threat is not told")
	}
	delete(rows, 999)
	delete(rows, 1)
	if len(unassessed(rows, r.Risks)) != 1 {
		t.Error("a risk without a threat is not told")
	}
	rows[1] = "something else"
	if len(unassessed(rows, r.Risks)) != 1 {
		t.Error("a threat that became another is not told")
	}
}

// imports calls f for each import of what is not a test: the file from the root of
// the source tree, and the package.
func imports(t *testing.T, f func(file, path string)) {
	t.Helper()
	base, seen := root(t), 0
	for _, dir := range []string{"relay", "shared", "scripts", "wasm", "web"} {
		err := filepath.WalkDir(filepath.Join(base, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			seen++
			name, err := filepath.Rel(base, path)
			if err != nil {
				return err
			}
			for _, i := range file.Imports {
				p, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				f(filepath.ToSlash(name), p)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 300 {
		t.Fatalf("looked at %d files only", seen)
	}
}

// What the programs import is what the policy names, and the other way round.
func TestThePolicyNamesAllCryptographyThatIsThere(t *testing.T) {
	imported := map[string]string{}
	imports(t, func(file, path string) {
		if isms.Cryptographic(path) {
			imported[path] = file
		}
	})
	named := map[string]bool{}
	for _, a := range load(t).Crypto.Algorithms {
		for _, p := range a.Packages {
			named[p] = true
			if imported[p] == "" {
				t.Errorf("%s: %s is imported by nothing", a.ID, p)
			}
		}
	}
	for p, where := range imported {
		if !named[p] {
			t.Errorf("%s imports %s, which the policy does not name: say in data/crypto.json what it is for", where, p)
		}
	}
}

// A simple generator is for what nobody has to guess. Everything else is drawn
// from crypto/rand.
func TestNoSecretComesFromASimpleGenerator(t *testing.T) {
	may := map[string]string{
		"wasm/internal/link/sync.go":           "spreads the times of trying again",
		"wasm/internal/diary/sample/sample.go": "invented patients, the same for the same seed",
		"wasm/e2e/hostile/lies.go":             "lies of a relay that is a test",
		"web/browsertest/serve.go":             "tests",
		"web/browsertest/codes/codes.go":       "tests",
		"relay/internal/storetest/model.go":    "a test of stores",
	}
	imports(t, func(file, path string) {
		if strings.HasPrefix(path, "math/rand") {
			if may[file] == "" {
				t.Errorf("%s imports %s", file, path)
			}
			delete(may, file)
		}
	})
	for file := range may {
		t.Errorf("%s does not import it any more", file)
	}
}

// Whoever replaces a module by a copy of their own says so here, with a reason.
func TestNoModuleIsReplaced(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(b []byte) int {
		f, err := modfile.Parse("go.mod", b, nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(f.Replace)
	}
	if n := replaced(b); n > 0 {
		t.Errorf("%d modules are replaced", n)
	}
	if replaced(append(b, "\nreplace golang.org/x/crypto => ./crypto\n"...)) != 1 {
		t.Error("a replaced module is not seen")
	}
}
