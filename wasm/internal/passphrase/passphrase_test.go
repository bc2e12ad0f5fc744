package passphrase

import (
	"math"
	"strings"
	"testing"
)

func TestWhatIsTypedIsWeighedByWhatPeopleDo(t *testing.T) {
	for _, row := range []struct {
		pass     string
		from, to float64
	}{
		{"", 0, 0},
		{"passwort", 1, 10},
		{"P@ssw0rd", 1, 10},
		{"Passwort123!", 1, 22},
		{"Sommer2024!", 1, 20},
		{"qwertzuiop", 1, 8},
		{"asdfghjkl1234567890", 1, 12},
		{"aaaaaaaaaaaaaaaaaaaaaaaa", 1, 6},
		{"hallohallohallo", 1, 14},
		{"anna anna anna anna anna", 1, 14},
		{"abcabcabcabcabcabc", 1, 14},
		{"24.12.1985", 1, 15},
		{"24121985", 1, 15},
		{"1234567890", 1, 6},
		{"Michael Sabine Lukas", 15, 25},
		{"ich liebe dich mein Schatz", 20, 40},
		{"Haustür Kaffeetasse", 22, 30},
		{"regen kiesel lampe", 30, 38},
		{"regen kiesel lampe ofen birke tasse", 60, 70},
		{"kT9xQp2zWm4e", 55, 80},
		{"xq7#Lm2$Vb9!", 55, 80},
		{strings.Repeat("nonsense words without any end to them ", 20), 40, mostTyped},
	} {
		if got := Bits(row.pass); got < row.from || got > row.to {
			t.Errorf("%q: %.1f bits, want %v to %v", row.pass, got, row.from, row.to)
		}
	}
}

func TestMoreIsNeverLess(t *testing.T) {
	for _, pass := range []string{"regen", "Sommer2024", "kT9xQp2zWm4e", "passwort"} {
		for _, more := range []string{" zaunkönig", " 83", " x"} {
			if Bits(pass+more) < Bits(pass) {
				t.Errorf("%q is %.1f, %q is %.1f", pass, Bits(pass), pass+more, Bits(pass+more))
			}
		}
	}
}

func TestWhiteSpaceDoesNotCount(t *testing.T) {
	if a, b := Bits("regen kiesel lampe"), Bits("  regen\u00a0kiesel   lampe\n"); a != b {
		t.Errorf("%.1f and %.1f", a, b)
	}
}

func TestWhatIsDrawnIsKnownToTheBitAndNeverCalledWeak(t *testing.T) {
	if b := DrawnBits(); b < 64 || b > 66 {
		t.Errorf("%.2f bits from %d words", b, len(drawable))
	}
	seen := make(map[string]bool)
	for range 500 {
		p := Draw()
		words := strings.Fields(p)
		if len(words) != Words || seen[p] {
			t.Fatalf("%q", p)
		}
		seen[p] = true
		different := make(map[string]bool)
		for _, w := range words {
			different[w] = true
		}
		if len(different) != Words || Bits(p) < Words*wordAlone {
			t.Fatalf("%q: %.1f bits", p, Bits(p))
		}
	}
}

func TestAThiefNeedsHalfOfAllGuesses(t *testing.T) {
	if d := Lasts(22); d.Seconds() < 1.04 || d.Seconds() > 1.05 { // 2^21 guesses at 2,000,000 a second
		t.Error(d)
	}
	if d := Lasts(200); d != math.MaxInt64 {
		t.Error(d)
	}
	if y := Years(66); y < 500_000 || y > 600_000 {
		t.Error(y)
	}
}

func FuzzBitsAreFiniteForEverything(f *testing.F) {
	f.Add("regen kiesel")
	f.Add("\xff\x00 \u0308")
	f.Fuzz(func(t *testing.T, s string) {
		if b := Bits(s); !(b >= 0 && b <= mostTyped) {
			t.Fatal(b)
		}
	})
}
