package wire

// smallOrder lists the y of every point of order 1, 2, 4 and 8 of
// edwards25519, the bit of the sign cleared. There are eight such points: those
// of order 4 differ in their sign only, and those of order 8 are two such pairs.
var smallOrder = [...][32]byte{
	{0: 0x01}, // 1
	minus(1),  // 2
	{},        // 4
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05}, // 8
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}, // 8
}

// minus returns 2^255 - 19 - n for n below 0xed.
func minus(n byte) (b [32]byte) {
	for i := range b {
		b[i] = 0xff
	}
	b[0], b[31] = 0xed-n, 0x7f
	return b
}

// Reduced reports whether b, little-endian and without its top bit, is below
// 2^255 - 19: the one spelling of a coordinate.
func Reduced(b [32]byte) bool {
	b[31] &= 0x7f
	p := minus(0)
	for i := 31; i >= 0; i-- {
		if b[i] != p[i] {
			return b[i] < p[i]
		}
	}
	return false
}

// WeakKey reports an Ed25519 public key that must not be taken from anybody,
// though RFC 8032 and Go accept it. With a key of small order whoever knows no
// secret signs whatever they like, and proves possession of it; and a key that is not
// reduced is a second spelling of another. That a key is on the curve is for the
// verification to find out.
func WeakKey(key [32]byte) bool {
	if !Reduced(key) {
		return true
	}
	key[31] &= 0x7f
	for _, y := range smallOrder {
		if key == y {
			return true
		}
	}
	return false
}
