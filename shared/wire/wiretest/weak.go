// Package wiretest holds what tests on both sides attack with.
package wiretest

import (
	"crypto/ed25519"
	"encoding/hex"
)

// A Weak is an Ed25519 public key that nobody must take in.
type Weak struct {
	Name string
	Key  [32]byte
}

// WeakKeys lists every encoding of the eight points of small order that a decoder
// after RFC 8032, section 5.1.3, may be made to accept: both signs of all five
// values of y, and those not reduced that fit into 255 bits: the eight and the six
// of "Taming the Many EdDSAs" (Chalkias, Garillot and Nikolaenko, 2020).
func WeakKeys() []Weak {
	var out []Weak
	for _, y := range []struct{ name, hex string }{
		{"order 1", "0100000000000000000000000000000000000000000000000000000000000000"},
		{"order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{"order 4", "0000000000000000000000000000000000000000000000000000000000000000"},
		{"order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
		{"another of order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
		{"order 4, not reduced", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{"order 1, not reduced", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
	} {
		b, err := hex.DecodeString(y.hex)
		if err != nil {
			panic(err)
		}
		k := [32]byte(b)
		out = append(out, Weak{y.name, k})
		k[31] |= 0x80
		out = append(out, Weak{y.name + ", other sign", k})
	}
	return out
}

// Forge makes a signature over msg that verifies with a key of small order,
// without any secret. For one message in three it finds none; change the message then.
func Forge(key [32]byte, msg []byte) (sig [64]byte, ok bool) {
	for _, w := range WeakKeys() {
		sig = [64]byte{}
		copy(sig[:], w.Key[:]) // R; S is zero
		if ed25519.Verify(key[:], msg, sig[:]) {
			return sig, true
		}
	}
	return sig, false
}
