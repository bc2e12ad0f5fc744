package passphrase

import (
	"math"
	"strings"
	"unicode"
)

// What counts as how many bits.
const (
	commonWord = 7  // one of the commonest passwords, names and words
	wordAlone  = 11 // a word of up to six letters, as from a list of 2,048
	wordLong   = 13 // a longer one
	rowOrRun   = 4  // a row of keys, of letters or of the same
	yearBits   = 7  // from 1900 to 2099, the likely ones
	dateBits   = 14 // a day within a lifetime
	again      = 1  // what was there before

	mostTyped = 80 // more is not believed of anything typed
)

// rows are neighbours on a keyboard and in order.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "qwertzuiopü", "qwertyuiop", "asdfghjklöä", "yxcvbnm", "zxcvbnm", "1234567890", "01234567890",
}

// Bits is the binary logarithm of the guesses that somebody patient needs, on
// the low side. The spelling of white space does not count.
func Bits(pass string) float64 {
	bits, seen := 0.0, make(map[string]bool)
	for _, w := range strings.FieldsFunc(pass, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '.' || r == ',' || r == '_' }) {
		low := strings.ToLower(w)
		if seen[low] {
			bits += again
			continue
		}
		seen[low] = true
		bits += tokenBits(w)
	}
	if digits := onlyDigits(pass); len(digits) == 6 || len(digits) == 8 {
		bits = min(bits, dateBits) // however it is written, such as 24.12.1985
	}
	return min(bits, mostTyped)
}

// onlyDigits are the digits of something that has nothing else but marks between them.
func onlyDigits(s string) (digits string) {
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits += string(r)
		case unicode.IsLetter(r):
			return ""
		}
	}
	return digits
}

// A class is a kind of character.
type class uint8

const (
	letter class = iota
	digit
	mark
)

func classOf(r rune) class {
	switch {
	case r >= '0' && r <= '9':
		return digit
	case unicode.IsLetter(r):
		return letter
	}
	return mark
}

// tokenBits weighs what stands between spaces.
func tokenBits(w string) float64 {
	if plain := unleet(w); plain != strings.ToLower(w) && (common[plain] || common[strings.TrimRight(plain, "i")]) {
		return commonWord + 2 // such as P@ssw0rd
	}
	var parts []string
	var last class
	for i, r := range w {
		if c := classOf(r); i == 0 || c != last {
			parts, last = append(parts, ""), c
		}
		parts[len(parts)-1] += string(r)
	}
	if len(parts) > 4 {
		return mixedBits(w)
	}
	bits := 0.0
	for _, p := range parts {
		switch classOf([]rune(p)[0]) {
		case letter:
			bits += wordBits(p)
		case digit:
			bits += digitBits(p)
		default:
			bits += 2 + 3*float64(distinct(p)-1)
		}
	}
	return min(bits, mixedBits(w))
}

// mixedBits weighs characters by the kinds there are. What follows from the one
// before, and what was there, does not count.
func mixedBits(w string) float64 {
	var lowers, uppers, digits, others bool
	for _, r := range w {
		switch {
		case classOf(r) == digit:
			digits = true
		case classOf(r) == mark:
			others = true
		case unicode.IsUpper(r):
			uppers = true
		default:
			lowers = true
		}
	}
	size := 0.0
	for _, k := range []struct {
		there bool
		of    float64
	}{{lowers, 26}, {uppers, 26}, {digits, 10}, {others, 12}} {
		if k.there {
			size += k.of
		}
	}
	return math.Log2(size) * float64(steps(w))
}

// steps counts the characters that do not follow from the one before and were not there yet.
func steps(w string) (n int) {
	seen, before := make(map[rune]bool), rune(0)
	for _, r := range strings.ToLower(w) {
		if !seen[r] && !neighbours(before, r) {
			n++
		}
		seen[r], before = true, r
	}
	return n
}

func neighbours(a, b rune) bool {
	if a == 0 {
		return false
	}
	if a == b {
		return true
	}
	for _, row := range rows {
		if strings.Contains(row, string(a)+string(b)) || strings.Contains(row, string(b)+string(a)) {
			return true
		}
	}
	return false
}

func distinct(s string) int {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// wordBits weighs letters only.
func wordBits(w string) float64 {
	runes := []rune(w)
	low := strings.ToLower(w)
	capitals := 0.0
	if low[1:] != w[1:] && low != w && strings.ToUpper(w) != w {
		capitals = 2 // inside
	}
	switch {
	case common[low]:
		return commonWord + capitals
	case len(runes) < 3:
		return mixedBits(w)
	case steps(w) < 3:
		return rowOrRun
	case repeats(low):
		return wordAlone + again
	case !strings.ContainsAny(low, "aeiouyäöü"):
		return mixedBits(w) // no word
	case len(runes) > 6:
		return wordLong + capitals
	}
	return wordAlone + capitals
}

// repeats tells whether w is the same twice or more.
func repeats(w string) bool {
	return len(w) > 3 && strings.Contains((w + w)[1:2*len(w)-1], w)
}

func digitBits(w string) float64 {
	switch {
	case len(w) == 4 && (w[:2] == "19" || w[:2] == "20"):
		return yearBits
	case steps(w) < 3 && len(w) > 2:
		return rowOrRun
	case len(w) == 6 || len(w) == 8:
		return min(dateBits, math.Log2(10)*float64(len(w)))
	}
	return math.Log2(10) * float64(steps(w))
}

// unleet undoes what people put for letters.
func unleet(w string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "1", "i", "!", "i", "$", "s", "5", "s", "7", "t").Replace(strings.ToLower(w))
}
