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
	"slices"

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

// check is a weighted sum in the field of 32 elements. Up to 30 digits have
// different weights, none of them 0 or 1, the weight of the check itself, so that
// every single slip and every exchange of neighbours changes the sum.
func check(d []byte) byte {
	var sum byte
	for _, v := range slices.Backward(d) {
		sum = double(sum ^ v) // after the loop: the sum of d[i] * x^(i+1)
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
	for i, v := range append(id.d[:], check(id.d[:])) {
		if i == 3 || i == 7 {
			b = append(b, '-')
		}
		b = append(b, alphabet[v])
	}
	return string(b)
}

// Parse reads a pseudonym as people type it: any case, with or without dashes
// and spaces, O for 0, I and L for 1.
func Parse(s string) (ID, error) {
	var id ID
	if !read(id.d[:], s) {
		return ID{}, ErrFormat
	}
	return id, nil
}

// read fills d with the digits of a text, of which the check character is the last.
func read(d []byte, s string) bool {
	n := 0
	if len(s) > 64 {
		return false
	}
	for _, c := range s {
		if c == '-' || c == ' ' || c == '\u2010' || c == '\u2011' || c == '\u2013' || c == '\u00a0' {
			continue
		}
		v, ok := value(c)
		switch {
		case !ok || n > len(d):
			return false
		case n == len(d):
			if check(d) != v {
				return false
			}
		default:
			d[n] = v
		}
		n++
	}
	return n == len(d)+1
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
