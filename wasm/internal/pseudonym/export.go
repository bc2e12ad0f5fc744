package pseudonym

import (
	"strings"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

const exportDigits = 15

// An Export is how a patient is called in the extracts of one purpose, such as a
// registry: X-7Q2M-K9TX-4WZC-HB35, fifteen characters of 5 bits and a check
// character. The X tells it from an ID.
//
// Who holds the key of the purpose finds the patient of an Export; who does not
// can tell nothing of it, not even whether those of two purposes are one patient.
type Export struct{ d [exportDigits]byte }

// ForExport returns a patient's pseudonym for a purpose: the first 75 bits of
// HKDF-SHA256 of the purpose's key over the purpose and the patient's space. Two
// of 20,000 patients have the same once in 10^14 registries.
func ForExport(key seal.Secret, purpose [16]byte, space keyring.SpaceID) (x Export) {
	h := key.Derive(seal.LabelExport, purpose[:], space[:]).Bytes()
	var have uint
	var bits uint16
	for i := range x.d {
		if have < 5 {
			bits, h, have = bits<<8|uint16(h[0]), h[1:], have+8
		}
		have -= 5
		x.d[i] = byte(bits>>have) & 31
	}
	return x
}

func (x Export) String() string {
	b := []byte{'X'}
	for i, v := range append(x.d[:], check(x.d[:])) {
		if i%4 == 0 {
			b = append(b, '-')
		}
		b = append(b, alphabet[v])
	}
	return string(b)
}

// ParseExport reads an Export as people type it, as Parse does.
func ParseExport(s string) (Export, error) {
	var x Export
	s, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), "X")
	if !ok || !read(x.d[:], s) {
		return Export{}, ErrFormat
	}
	return x, nil
}
