package lang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/worklist"
)

// names are the constants of keys.go in their order.
func names(t *testing.T) (texts, counts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "keys.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range file.Decls {
		for _, s := range d.(*ast.GenDecl).Specs {
			name := s.(*ast.ValueSpec).Names[0].Name
			if i == 0 {
				texts = append(texts, name)
			} else {
				counts = append(counts, name)
			}
		}
	}
	return texts[1 : len(texts)-1], counts[:len(counts)-1] // without 0 and the ends
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(s string) []string {
	p := placeholder.FindAllString(s, -1)
	slices.Sort(p)
	return slices.Compact(p)
}

func TestBothCataloguesSayEverythingWithTheSamePlaceholders(t *testing.T) {
	texts, counts := names(t)
	for i, name := range texts {
		k := Key(i + 1)
		for l := range langs {
			if s := catalogues[l].texts[k]; s == "" {
				t.Errorf("%s is empty in %s", name, l.Tag())
			} else if s != strings.TrimSpace(s) || strings.Contains(s, "  ") {
				t.Errorf("%s has stray spaces in %s", name, l.Tag())
			}
		}
		if !slices.Equal(placeholders(english[k]), placeholders(german[k])) {
			t.Errorf("%s has %v in English and %v in German", name, placeholders(english[k]), placeholders(german[k]))
		}
	}
	for i, name := range counts {
		e, g := englishPlurals[i], germanPlurals[i]
		for _, s := range []string{e.one, e.other, g.one, g.other} {
			// One may be said without its figure: "this field".
			want := placeholders(e.other)
			if s == e.one || s == g.one {
				want = placeholders(strings.ReplaceAll(e.other, "{n}", ""))
				s = strings.ReplaceAll(s, "{n}", "")
			}
			if !slices.Equal(placeholders(s), want) {
				t.Errorf("%s: %q has other placeholders than %q", name, s, e.other)
			}
		}
	}
	for key := range englishLabels {
		if germanLabels[key] == "" || englishLabels[key] == "" {
			t.Errorf("label %s is missing", key)
		}
	}
	if len(englishLabels) != len(germanLabels) {
		t.Error("a label is in one language only")
	}
}

// Texts whose names begin so are chosen by the application, at run time.
var chosen = regexp.MustCompile(`^(Problem|Notice|Busy)`)

func TestEveryTextIsUsed(t *testing.T) {
	used := make(map[string]bool)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		own := filepath.Dir(path) == "../../internal/lang"
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || own && d.Name() != "format.go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // its own package's tests say so
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "lang" {
					used[n.Sel.Name] = true
				}
			case *ast.Ident:
				if own {
					used[n.Name] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, counts := names(t)
	for _, name := range append(texts, counts...) {
		if !used[name] && !chosen.MatchString(name) {
			t.Errorf("nobody says %s", name)
		}
	}
}

func TestEveryValueOfTheDiaryHasALabel(t *testing.T) {
	var keys []string
	add := func(k string) { keys = append(keys, k) }
	for k := diary.KindTreatment - 1; k <= diary.KindCard+1; k++ {
		add(k.Key())
	}
	for v := range uint8(40) {
		for _, k := range []interface{ Key() string }{
			diary.Who(v), diary.Reason(v), diary.Given(v), diary.NotGiven(v), diary.Site(v), diary.Cause(v), diary.BleedKind(v),
			diary.Severity(v), diary.Response(v), diary.Relief(v), diary.Unit(v), diary.Route(v), diary.Group(v),
			diary.Why(v), diary.Measured(v), diary.Diagnosis(v), diary.Grade(v), diary.Inhibitor(v), worklist.Reason(v),
			extract.Sex(v), extract.Step(v)} {

			add(k.Key())
			if m, ok := k.(diary.Measured); ok {
				add(m.UnitKey())
			}
		}
	}
	for _, s := range append(diary.AllSigns(), 0) {
		add(s.Key())
	}
	for _, r := range []diary.Rule{
		diary.RuleObserved, diary.RuleRate, diary.RuleConsumption, diary.RuleAdherence, diary.RuleResponse, diary.RuleFree, diary.RuleMainstay, diary.Dutch.Rule, diary.ISTH2014.Rule, extract.Rule,
	} {
		add(r.Key)
	}
	for c := diary.ClassUnknown; c <= diary.ClassNonAdherent; c++ {
		add(c.Key())
	}
	for _, s := range []diary.Side{diary.NoSide, diary.Left, diary.Right} {
		add(s.Key())
	}
	for _, p := range append(diary.Places(), 0) {
		add(p.Key())
		add(p.RegionKey())
	}
	for day := range 7 {
		add(diary.WeekdayKey(day))
	}
	for _, r := range diary.MissedRules() {
		add(r.Key)
	}
	for _, t := range diary.Templates {
		add(t.Key)
	}
	for _, p := range []diary.Problem{diary.Missing, diary.Future, diary.Past, diary.Zero, diary.Absurd, diary.Order, diary.Long, diary.Many, diary.Letters, diary.Unknown, diary.Repeated, diary.Misplaced} {
		add(p.Key())
	}
	named := make(map[string]bool)
	for _, key := range keys {
		named[key] = true
		for l := range langs {
			s := l.Label(key)
			if s == "" || !strings.HasSuffix(key, ".unknown") && s == catalogues[l].labels[strings.SplitN(key, ".", 2)[0]+".unknown"] && !strings.HasSuffix(key, ".unset") && !strings.HasPrefix(key, "group.") && !strings.HasSuffix(key, ".other") {
				t.Errorf("%s has no label in %s", key, l.Tag())
			}
		}
	}
	for key := range englishLabels {
		// Those of packages papers and cohort are looked at by their own tests.
		if strings.HasPrefix(key, "cohort.") || strings.HasPrefix(key, "form.") || strings.HasPrefix(key, "refused.") {
			continue
		}
		if !named[key] && !strings.HasSuffix(key, ".unknown") {
			t.Errorf("label %s names nothing of the diary", key)
		}
	}
}

func TestAPlaceIsNamedWithItsSide(t *testing.T) {
	if s := English.Label(diary.LeftKnee.Key()); s != "Left knee" {
		t.Error(s)
	}
	if s := German.Label(diary.RightElbow.Key()); s != "Ellenbogen rechts" {
		t.Error(s)
	}
	if s := German.Label("place.not.there"); s != "Unbekannte Stelle" {
		t.Error(s)
	}
}

func TestGermanAddressesPolitely(t *testing.T) {
	informal := regexp.MustCompile(`\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b`)
	for i, s := range german {
		if informal.MatchString(s) {
			t.Errorf("text %d: %q", i, s)
		}
	}
}

var cet = time.FixedZone("CET", 3600)
var now = time.Date(2026, 11, 23, 17, 43, 0, 0, cet)

func TestDaysAreSaidAsPeopleSayThem(t *testing.T) {
	at := func(days, hour int) time.Time { return time.Date(2026, 11, 23-days, hour, 40, 0, 0, cet) }
	for _, c := range []struct{ got, want string }{
		{German.When(now, at(0, 7)), "heute, 07:40"},
		{German.When(now, at(1, 23)), "gestern, 23:40"},
		{English.When(now, at(-1, 0)), "tomorrow, 00:40"},
		{German.When(now, at(7, 7)), "Mo\u00a016.\u00a0November, 07:40"},
		{English.Day(now, at(3, 7)), "Fri\u00a020\u00a0November"},
		{German.Day(now, at(400, 7)), "19.10.2025"},
		{English.Day(now, at(400, 7)), "19\u00a0Oct\u00a02025"},
		{German.DayTitle(now, at(0, 7)), "Heute, Montag, 23.\u00a0November"},
		{English.DayTitle(now, at(400, 7)), "Sunday, 19\u00a0October 2025"},
		{German.Ago(now, at(2, 7)), "vor 2 Tagen"},
		{German.Ago(now, at(0, 7)), "heute"},
		{German.Month(2028, 8, 0), "08/2028"},
		{German.When(now, time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)), "heute, 00:30"}, // in the reader's zone
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestNumbersFollowTheLanguage(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{German.Int(1500), "1.500"}, {English.Int(1234567), "1,234,567"}, {German.Int(-999), "−999"},
		{German.Number(2.5, 1), "2,5"}, {English.Number(1234.5, 2), "1,234.50"}, {German.Number(-0.25, 2), "−0,25"},
		{German.Milli(1500000), "1.500"}, {German.Milli(2500), "2,5"}, {English.Milli(105), "0.105"},
		{German.Bytes(1843000), "1,8\u00a0MB"}, {English.Bytes(12), "12\u00a0B"},
		{German.Label(diary.UnitIU.Key()), "I.E."}, {English.Label(diary.UnitIU.Key()), "IU"},
		{German.Duration(135 * time.Minute), "2\u00a0h 15\u00a0min"}, {English.Duration(72 * time.Hour), "3 days"}, {German.Duration(time.Second), "weniger als eine Minute"},
		{German.N(StripWaiting, 1), "1 Eintrag wartet auf den Versand"}, {German.N(StripWaiting, 0), "0 Einträge warten auf den Versand"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestSharesAreNeverRoundedToAllOrNothing(t *testing.T) {
	for _, c := range []struct {
		share float64
		want  string
	}{{0, "0%"}, {0.001, "1%"}, {0.5, "50%"}, {0.994, "99%"}, {0.999, "99%"}, {1, "100%"}, {1.2, "120%"}} {
		if got := English.Percent(c.share); got != c.want {
			t.Errorf("%g is %s", c.share, got)
		}
	}
	if got := German.Percent(0.96); got != "96\u00a0%" {
		t.Errorf("96 per cent are %q", got)
	}
	march := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	if German.MonthShort(march) != "Mär" || German.DayShort(march) != "05.03." || English.DayShort(march) != "5\u00a0Mar" || English.MonthYear(march) != "March 2026" {
		t.Error("dates on the axis")
	}
}

func TestTypedAmountsAreReadAsTheLanguageWritesThem(t *testing.T) {
	for _, c := range []struct {
		l    Lang
		in   string
		want int64 // -1: refused
	}{
		{German, "1500", 1500000}, {German, "1.500", 1500000}, {German, "1 500", 1500000}, {German, "2,5", 2500}, {German, "2.5", 2500}, {German, "0.105", 105},
		{English, "1,500", 1500000}, {English, "1.500", 1500}, {English, "2.5", 2500}, {English, "2,5", 2500},
		{German, "1.500,25", 1500250}, {German, "1.50,25", -1}, {German, "", -1}, {German, "viel", -1}, {German, "-1", -1}, {German, "1,", -1}, {German, ",5", -1}, {German, "1.2.3", -1},
	} {
		got, ok := c.l.ParseMilli(c.in)
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s %q is %d, not %d", c.l.Tag(), c.in, got, c.want)
		}
	}
	for l := range langs {
		for _, n := range []int64{1, 105, 2500, 999999, 1500000, 123456789} {
			if got, ok := l.ParseMilli(l.Milli(n)); !ok || got != n {
				t.Errorf("%s: %d is written %q and read %d", l.Tag(), n, l.Milli(n), got)
			}
		}
	}
}

func TestALanguageIsFoundByItsTag(t *testing.T) {
	if l := Pick("fr", "de-AT", "en"); l != German {
		t.Error(l)
	}
	if l := Pick("pt_BR"); l != English {
		t.Error(l)
	}
	if _, ok := Parse("den"); ok {
		t.Error("a tag that only begins like one is taken for it")
	}
}

func TestATextKeepsWhatIsNotAPlaceholder(t *testing.T) {
	if s := fill("{a} and {b} {", []string{"a", "{b}", "b", strconv.Itoa(2)}); s != "{b} and 2 {" {
		t.Errorf("%q", s)
	}
}
