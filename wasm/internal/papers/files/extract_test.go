package files

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
)

// registry is thirteen patients: six who are alike, six who are once their weights
// and what half of them used besides is not told, and one by herself.
func registry(form extract.Form) extract.Order {
	o := extract.Order{
		Form: form, Purpose: "00112233445566778899aabbccddeeff", Name: `Registry "North" <1>`, Recipient: "=Example Institute", Made: time.Date(2026, 11, 23, 17, 43, 0, 0, time.UTC).UnixMilli(),
	}
	for i := range 13 {
		p := extract.Person{
			Name: "X-0000-0000-0000-0" + strconv.Itoa(100+i), Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Inhibitor: diary.InhibitorNever,
			Born: 1990, Sex: extract.Male, Weight: 60, Main: diary.Therapy{Group: diary.GroupFVIII, Unit: diary.UnitIU}, OnPaper: i == 3,
		}
		switch {
		case i == 12:
			p.Diagnosis, p.Severity, p.Sex, p.Main = diary.DiagnosisFXIII, diary.GradeMild, extract.Female, diary.Therapy{Group: diary.GroupRare, Unit: diary.UnitIU}
		case i >= 6:
			p.Main, p.Weight, p.Born = diary.Therapy{Group: diary.GroupEmicizumab, Unit: diary.UnitMg}, 20*i-100, 0
		}
		for year := 2025; year <= 2026; year++ {
			y := extract.Year{Year: year, Days: 365 - 100*(i%4), Planned: 150, Accounted: 140 - i, Bleeds: i % 3, Joint: i % 3, Spontaneous: i % 3 / 2, Quarters: [4]int{i % 3}}
			y.Uses = []extract.Use{{Therapy: p.Main, Doses: 100 + i, PerKg: 1234.5678, Known: i%4 != 3}}
			if i >= 6 && i < 9 {
				y.Uses = append([]extract.Use{{Therapy: diary.Therapy{Group: diary.GroupBypassing, Unit: diary.UnitMg}, Doses: 2}}, y.Uses...)
			}
			p.Years = append(p.Years, y)
		}
		o.People = append(o.People, p)
	}
	return o
}

func extracted(t testing.TB, o extract.Order) extract.Result {
	t.Helper()
	raw, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Extract(raw)
	if err != nil {
		t.Fatal(err)
	}
	r, err := extract.ParseResult(out)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnExtractIsAsTheGoldenFileSays(t *testing.T) {
	r := extracted(t, registry(extract.Table))
	if r.Given() != 12 || r.Steps[extract.Suppressed] != 1 || r.Steps[extract.Full] != 6 || r.Steps[extract.MainProduct] != 6 || r.Smallest != 6 || !slices.Equal(r.Out, []int{12}) {
		t.Errorf("%+v", r.Steps)
	}
	file := filepath.Join("testdata", "extract.csv")
	if *update {
		if err := os.WriteFile(file, r.File, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.File, want) {
		t.Error("it is another")
	}
}

// A preview has the counts of the file and no file; whoever is left out is in none.
func TestWhoIsLeftOutIsInNoFile(t *testing.T) {
	look := extracted(t, registry(extract.Preview))
	if len(look.File) != 0 {
		t.Error("a preview has a file")
	}
	for _, form := range []extract.Form{extract.Table, extract.Bundle} {
		r := extracted(t, registry(form))
		if r.Steps != look.Steps || r.Smallest != look.Smallest {
			t.Errorf("the preview said %+v, the file has %+v", look, r.Steps)
		}
		for _, s := range []string{"fxiii", "D68.2", "mild", "rare", "X-0000-0000-0000-0112"} {
			if bytes.Contains(r.File, []byte(s)) {
				t.Errorf("a file has %q of the one who was left out", s)
			}
		}
	}
}

// What stands in the table is not rarer than K, whatever its own columns say.
func TestTheTableItselfHasNoRareCombination(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(extracted(t, registry(extract.Table)).File)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(lines[0], name) }
	who := make(map[string]map[string]bool)
	uses := make(map[string]map[string]bool) // by combination, the filled columns of uses
	for _, l := range lines[1:] {
		k := strings.Join(l[at("diagnosis"):at("products")+1], "|")
		if who[k] == nil {
			who[k], uses[k] = make(map[string]bool), make(map[string]bool)
		}
		who[k][l[0]] = true
		for i := at("target_joints") + 1; i < len(l); i++ {
			if l[i] != "" {
				g, _, _ := strings.Cut(lines[0][i], "_")
				uses[k][g] = true
			}
		}
	}
	for k, names := range who {
		if len(names) < extract.K {
			t.Errorf("%s: %d patients", k, len(names))
		}
		for g := range uses[k] {
			if !strings.Contains(k, g) {
				t.Errorf("%s: tells of %s", k, g)
			}
		}
	}
}

func TestTheBundleTellsWhatTheTableTells(t *testing.T) {
	var b struct {
		Entry []struct {
			Resource struct {
				ResourceType string
				Title        string
				BirthDate    string
				Individual   struct{ Reference string }
			}
			FullURL string
		}
	}
	if err := json.Unmarshal(extracted(t, registry(extract.Bundle)).File, &b); err != nil {
		t.Fatal(err)
	}
	n := make(map[string]int)
	for _, e := range b.Entry {
		n[e.Resource.ResourceType]++
		if e.Resource.BirthDate != "" {
			t.Error("a birth date goes out")
		}
	}
	if n["Patient"] != 12 || n["Consent"] != 12 || n["ResearchSubject"] != 12 || n["ResearchStudy"] != 1 || n["Condition"] != 12 {
		t.Errorf("%v", n)
	}
}
