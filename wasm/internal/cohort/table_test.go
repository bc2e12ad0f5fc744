package cohort

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

func TestTheTableHasEverybodyAndNoFormula(t *testing.T) {
	all := people(t, append(slices.Repeat([]written{year(1000, 1)}, 5), written{0, "", 0, 1, 0, 60}))
	notes := []string{"", "=1+1", "with, comma", "-5", "", "@x"}
	c := Of(all)
	p := diary.Period{From: diary.Date{Year: 2025, Month: 11, Day: 24}, To: diary.Date{Year: 2026, Month: 11, Day: 23}}
	rows, err := csv.NewReader(strings.NewReader(string(Table(c, p, func(n uint32) (string, string) { return "P" + string(rune('0'+n)), notes[n-1] })))).ReadAll()
	if err != nil || len(rows) != 7 || !slices.Equal(rows[0], Columns) {
		t.Fatalf("%v: %d rows, columns %v", err, len(rows), rows[0])
	}
	for i, want := range map[int]string{
		1: "P1||2025-11-24|2026-11-23|a|severe|fviii|iu|A||365|1|1|1.001|1.001|200.137|0|0||",
		2: "P2|'=1+1|2025-11-24|2026-11-23|a|severe|fviii|iu|A||365|1|1|1.001|1.001|200.137|0|0||",
		4: "P4|'-5|2025-11-24|2026-11-23|a|severe|fviii|iu|A||365|1|1|1.001|1.001|200.137|0|0||",
		6: "P6|'@x|2025-11-24|2026-11-23||||||no-diagnosis|60|2|1||||0|0||",
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("row %d\n%s\n%s", i, got, want)
		}
	}
}

func TestLettersReasonsAndTheRuleHaveLabels(t *testing.T) {
	keys := []string{Rule.Key}
	for _, l := range append(Letters(), Ungrouped) {
		keys = append(keys, l.Key())
	}
	for _, w := range append(Whys(), Grouped) {
		keys = append(keys, w.Key())
	}
	for _, l := range lang.All {
		for _, k := range keys {
			if s := l.Label(k); s == "" || s == k {
				t.Errorf("%s has no label in %s", k, l.Tag())
			}
		}
	}
}
