package wire

import (
	"crypto/sha256"
	"errors"
)

// A Code is what an operator hands to a new tenant, once. It is a secret.
type Code [16]byte

func (Code) String() string               { return "wire.Code(hidden)" }
func (Code) GoString() string             { return "wire.Code(hidden)" }
func (Code) MarshalText() ([]byte, error) { return []byte("hidden"), nil }

// ErrCode reports a code that was not typed as it was printed.
var ErrCode = errors.New("this is not a code: compare it with the paper letter by letter")

// alphabet is Crockford's base 32: no I, L, O or U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeChars = 30 // 128 bits of code and 22 of check
	codeGroup = 5
)

// codeCheck returns the 22 check bits in the low end.
func codeCheck(c Code) uint32 {
	sum := sha256.Sum256(append([]byte("vialog/wire/v1/code\x00"), c[:]...))
	return uint32(sum[0])<<14 | uint32(sum[1])<<6 | uint32(sum[2])>>2
}

// FormatCode prints c to be read aloud and typed: six groups of five, the last
// of them mostly check.
func FormatCode(c Code) string {
	check := codeCheck(c)
	var bits [19]byte // 150 bits and 2 to spare
	copy(bits[:], c[:])
	bits[16], bits[17], bits[18] = byte(check>>14), byte(check>>6), byte(check<<2)
	out := make([]byte, 0, codeChars+codeChars/codeGroup-1)
	for i := range codeChars {
		if i > 0 && i%codeGroup == 0 {
			out = append(out, '-')
		}
		out = append(out, alphabet[fiveBits(bits[:], i)])
	}
	return string(out)
}

// fiveBits returns the i-th group of five bits of b.
func fiveBits(b []byte, i int) byte {
	at := i * 5
	v := uint16(b[at/8]) << 8
	if at/8+1 < len(b) {
		v |= uint16(b[at/8+1])
	}
	return byte(v>>(11-at%8)) & 31
}

// ParseCode reads what a person typed: any case, with or without dashes and
// spaces, O for 0 and I or L for 1.
func ParseCode(s string) (Code, error) {
	var bits [19]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		v, ok := digit(c)
		if !ok || n == codeChars {
			return Code{}, ErrCode
		}
		at := n * 5
		w := uint16(v) << (11 - at%8)
		bits[at/8] |= byte(w >> 8)
		if at/8+1 < len(bits) {
			bits[at/8+1] |= byte(w)
		}
		n++
	}
	var c Code
	copy(c[:], bits[:])
	check := uint32(bits[16])<<14 | uint32(bits[17])<<6 | uint32(bits[18])>>2
	if n != codeChars || check != codeCheck(c) {
		return Code{}, ErrCode
	}
	return c, nil
}

func digit(c byte) (byte, bool) {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		c = '0'
	case 'I', 'L':
		c = '1'
	}
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return byte(i), true
		}
	}
	return 0, false
}
