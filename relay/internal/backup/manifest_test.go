package backup

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

func sample() *Manifest {
	return &Manifest{
		Store: wire.StoreID{1}, Layout: 3, Number: 12, Follows: [32]byte{2}, Taken: time.Date(2026, 11, 26, 21, 15, 9, 0, time.UTC),
		Above: [2]int64{40, 0}, Rows: []Count{{"boxes", 3}, {"meta", 1}}, Holds: [2]int64{43, 0},
		Anchors: [2][]sqlite.Anchor{{{N: 43, Hash: [32]byte{3}}, {N: 42}}, {{N: 7}}},
		Parts:   []Part{{100, [32]byte{4}}, {5, [32]byte{5}}},
	}
}

func TestAManifestIsReadAsItWasWritten(t *testing.T) {
	raw := sample().Encode()
	m, err := ParseManifest(raw)
	if err != nil || !bytes.Equal(m.Encode(), raw) || m.Hash() != sample().Hash() {
		t.Fatalf("%v\n%s", err, raw)
	}
}

func TestAManifestHasOneSpelling(t *testing.T) {
	raw := string(sample().Encode())
	for claim, edit := range map[string][2]string{
		"another version":                 {"backup 1", "backup 2"},
		"a word missing":                  {"relay backup", "backup"},
		"number 0":                        {"number 12", "number 0"},
		"a number with a sign":            {"number 12", "number +12"},
		"a number with a leading zero":    {"number 12", "number 012"},
		"layout 0":                        {"layout 3", "layout 0"},
		"an upper-case hash":              {"follows 02", "follows 0A"},
		"a short hash":                    {"follows 02", "follows 2"},
		"a time with a zone":              {"21:15:09Z", "21:15:09+00:00"},
		"two spaces":                      {"layout 3", "layout  3"},
		"a full one that holds not all":   {"follows 02" + strings.Repeat("00", 31), "follows -"},
		"a negative count":                {"rows meta 1", "rows meta -1"},
		"tables out of order":             {"rows meta 1", "rows audits 1"},
		"a table twice":                   {"rows meta 1", "rows boxes 1"},
		"a table with a name to fear":     {"rows meta 1", "rows meta;drop 1"},
		"anchors that ascend":             {"anchor boxes 42", "anchor boxes 44"},
		"an anchor at 0":                  {"anchor notes 7", "anchor notes 0"},
		"an anchor of another table":      {"anchor notes 7", "anchor tenants 7"},
		"the grown tables in other order": {"above boxes 40\nabove notes 0", "above notes 0\nabove boxes 40"},
		"CR":                              {"layout 3\n", "layout 3\r\n"},
		"an empty line":                   {"layout 3\n", "layout 3\n\n"},
	} {
		t.Run(claim, func(t *testing.T) {
			broken := strings.Replace(raw, edit[0], edit[1], 1)
			if broken == raw {
				t.Fatal("the edit did nothing")
			}
			if _, err := ParseManifest([]byte(broken)); !errors.Is(err, ErrManifest) {
				t.Errorf("accepted (%v)", err)
			}
		})
	}
	for claim, broken := range map[string]string{
		"nothing":           "",
		"no end of line":    strings.TrimSuffix(raw, "\n"),
		"a trailing line":   raw + "part\n",
		"no parts":          raw[:strings.Index(raw, "part ")],
		"cut in the middle": raw[:len(raw)/2] + "\n",
		"too many anchors":  strings.Replace(raw, "anchor notes", strings.Repeat("anchor boxes 1 "+strings.Repeat("00", 32)+"\n", 65)+"anchor notes", 1),
		"too large":         raw + strings.Repeat("x", maxManifest) + "\n",
	} {
		if _, err := ParseManifest([]byte(broken)); !errors.Is(err, ErrManifest) {
			t.Errorf("%s: accepted (%v)", claim, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(sample().Encode())
	full := sample()
	full.Follows, full.Above, full.Anchors = [32]byte{}, [2]int64{}, [2][]sqlite.Anchor{}
	f.Add(full.Encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseManifest(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(m.Encode(), raw) {
			t.Fatalf("read %q and wrote %q", raw, m.Encode())
		}
	})
}
