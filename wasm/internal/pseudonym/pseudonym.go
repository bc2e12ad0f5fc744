// Package pseudonym gives a patient a readable name in one space.
//
// A pseudonym is computed from the identifier of a space and printed as
// VK7-3QMW-9TXA: ten characters of 5 bits and a check character. The same space
// has the same pseudonym on every device; those of two spaces tell nothing of
// each other. The check character catches every wrong character and every
// exchange of two neighbours.
//
// Fifty bits are enough to tell the patients of a centre apart, not to keep an
// attacker from finding a second space with the same pseudonym. It is never used
// to authenticate: the identifier of the space is.
package pseudonym

import (
	"errors"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// alphabet leaves out I, L, O and U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const digits = 10

// ErrFormat reports text that is no pseudonym, or one with a slip.
var ErrFormat = errors.New("not a pseudonym, or mistyped")

// An ID is a pseudonym without its check character.
type ID struct{ d [digits]byte } // values 0 to 31

// Of returns the pseudonym in a space.
func Of(space keyring.SpaceID) ID {
	h := seal.Hash(seal.LabelPseudonym, space[:])
	var id ID
	var bits uint64
	for _, b := range h[:7] { // 56 bits, of which the first 50
		bits = bits<<8 | uint64(b)
	}
	bits >>= 6
	for i := digits - 1; i >= 0; i-- {
		id.d[i] = byte(bits & 31)
		bits >>= 5
	}
	return id
}

// check is a weighted sum in the field of 32 elements. Neighbours have different
// weights and none is zero, so that every single slip and every exchange of
// neighbours, the check character included, changes the sum.
func (id ID) check() byte {
	var sum byte
	for i := digits - 1; i >= 0; i-- {
		sum = double(sum ^ id.d[i]) // after the loop: the sum of d[i] * x^(i+1)
	}
	return sum
}

// double multiplies by x modulo x^5 + x^2 + 1, of which x is a generator.
func double(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}

// String prints the pseudonym as VK7-3QMW-9TXA.
func (id ID) String() string {
	b := make([]byte, 0, digits+3)
	for i := range digits + 1 {
		if i == 3 || i == 7 {
			b = append(b, '-')
		}
		v := id.check()
		if i < digits {
			v = id.d[i]
		}
		b = append(b, alphabet[v])
	}
	return string(b)
}

// Parse reads a pseudonym as people type it: any case, with or without dashes
// and spaces, O for 0, I and L for 1.
func Parse(s string) (ID, error) {
	var v [digits + 1]byte
	n := 0
	if len(s) > 64 {
		return ID{}, ErrFormat
	}
	for _, c := range s {
		if c == '-' || c == ' ' || c == '\u2010' || c == '\u2011' || c == '\u2013' || c == '\u00a0' {
			continue
		}
		d, ok := value(c)
		if !ok || n > digits {
			return ID{}, ErrFormat
		}
		v[n] = d
		n++
	}
	id := ID{[digits]byte(v[:])}
	if n != digits+1 || id.check() != v[digits] {
		return ID{}, ErrFormat
	}
	return id, nil
}

func value(c rune) (byte, bool) {
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
		if rune(alphabet[i]) == c {
			return byte(i), true
		}
	}
	return 0, false
}
