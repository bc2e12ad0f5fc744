// Package passphrase draws passphrases and weighs those that people type.
//
// What Draw returns is known to the bit: words drawn by chance from a list that
// everybody knows. What Bits says of a typed passphrase is a guess on the low
// side: it counts what people do as little as those who guess at passphrases do.
// It knows two hundred of the commonest and no dictionary: a line of a song looks
// as good to it as words drawn by chance, up to a limit.
package passphrase

import (
	"crypto/rand"
	"math"
	"slices"
	"strings"
	"time"

	"vialog/wasm/internal/join"
)

// Words is how many words are drawn.
const Words = 6

// drawable are the words of the list that Bits does not count for less, so
// that what is drawn is never called weak.
var drawable = func() (list []string) {
	for _, w := range join.Words() {
		if wordBits(w) >= wordAlone {
			list = append(list, w)
		}
	}
	return list
}()

// Draw returns different words drawn by chance.
func Draw() string {
	var out []string
	for len(out) < Words {
		if w := drawable[pick(len(drawable))]; !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// DrawnBits is the binary logarithm of the number of passphrases that Draw chooses from.
func DrawnBits() float64 {
	bits := 0.0
	for i := range Words {
		bits += math.Log2(float64(len(drawable) - i))
	}
	return bits
}

// pick draws a number below n, at most 65,536, without bias.
func pick(n int) int {
	limit := 1 << 16 / n * n
	for {
		var b [2]byte
		rand.Read(b[:])
		if v := int(b[0])<<8 | int(b[1]); v < limit {
			return v % n
		}
	}
}

// Rate is how many passphrases a second a thief tries who has copied a vault:
// 2,000 on each of a thousand graphics cards. A guess at 64 MiB and three passes
// moves some 500 MB, and such cards move some 1,000 GB a second.
const Rate = 2000 * 1000

// Lasts is how long a thief needs on average, at most some 290 years.
func Lasts(bits float64) time.Duration {
	seconds := math.Exp2(bits-1) / Rate
	if seconds > math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(seconds * 1e9)
}

// Years is the same in years, without a limit.
func Years(bits float64) float64 { return math.Exp2(bits-1) / Rate / (365.25 * 24 * 3600) }
