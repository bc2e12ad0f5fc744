package seal

import (
	"bytes"
	"testing"
)

func epochSecret(n byte) Secret {
	s, err := SecretFrom(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return s
}

func BenchmarkOpen10000(b *testing.B) {
	k := NewBoxKey(epochSecret(1), [32]byte{2})
	box := k.Seal(1, make([]byte, 600))
	dst := make([]byte, 0, len(box))
	b.SetBytes(10000 * 1024)
	b.ReportAllocs()
	for b.Loop() {
		for range 10000 {
			if _, err := k.OpenInto(dst, box); err != nil {
				b.Fatal(err)
			}
		}
	}
}
