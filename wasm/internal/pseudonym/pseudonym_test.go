package pseudonym

import (
	"bytes"
	"strings"
	"testing"

	"vialog/wasm/internal/keyring"
)

func some() []ID {
	var out []ID
	for i := range 200 {
		out = append(out, Of(keyring.SpaceID(bytes.Repeat([]byte{byte(i)}, 32))))
	}
	return out
}

func TestOneSpaceHasOnePseudonymAndTwoHaveTwo(t *testing.T) {
	seen := make(map[ID]bool)
	for _, id := range some() {
		if seen[id] {
			t.Errorf("%v twice", id)
		}
		seen[id] = true
	}
	// Fixed for ever: centres print these on paper.
	if got := Of(keyring.SpaceID{1, 2, 3}).String(); got != "49S-QP0Y-JY84" {
		t.Errorf("pseudonym of a known space is now %s", got)
	}
}

func TestWhatIsPrintedIsReadBack(t *testing.T) {
	for _, id := range some() {
		s := id.String()
		if len(s) != 13 || s[3] != '-' || s[8] != '-' {
			t.Fatalf("%q has another form", s)
		}
		for _, typed := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), strings.ReplaceAll(s, "-", " "),
			strings.ReplaceAll(s, "0", "O"), strings.ReplaceAll(s, "1", "l"), strings.ReplaceAll(s, "1", "I"), " " + s + " "} {
			if got, err := Parse(typed); err != nil || got != id {
				t.Errorf("%q read as %v, %v", typed, got, err)
			}
		}
	}
}

func TestEveryWrongCharacterIsCaught(t *testing.T) {
	for _, id := range some() {
		s := id.String()
		for i := range s {
			for _, c := range alphabet {
				if s[i] == '-' || rune(s[i]) == c {
					continue
				}
				slip := s[:i] + string(c) + s[i+1:]
				if got, err := Parse(slip); err == nil {
					t.Fatalf("%s for %s is read as %v", slip, s, got)
				}
			}
		}
	}
}

func TestEveryExchangeOfNeighboursIsCaught(t *testing.T) {
	for _, id := range some() {
		s := strings.ReplaceAll(id.String(), "-", "")
		for i := range len(s) - 1 {
			if s[i] == s[i+1] {
				continue
			}
			slip := s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
			if _, err := Parse(slip); err == nil {
				t.Fatalf("%s for %s is read", slip, s)
			}
		}
	}
}

func TestOtherTextIsRefused(t *testing.T) {
	for _, s := range []string{"", "VK7", "VK7-3QMW-9TX", "VK7-3QMW-9TXAA", "U00-0000-0000", "VK7-3QMW-9TX*", strings.Repeat("-", 65)} {
		if _, err := Parse(s); err == nil {
			t.Errorf("%q is read", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("VK7-3QMW-9TXA")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(id.String()); err != nil || again != id {
			t.Fatalf("%q is read as %v but that is not", s, id)
		}
	})
}
