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

func TestABoxOfABlobIsNoBoxOfTheSpace(t *testing.T) {
	space, content := [32]byte{2}, []byte("pixels")
	box, media := NewBoxKey(epochSecret(1), space), NewMediaKey(epochSecret(1), space, [16]byte{3})
	for name, c := range map[string]struct {
		key  *BoxKey
		from *BoxKey
		ok   bool
	}{
		"the blob itself":     {media, media, true},
		"read as a box":       {box, media, false},
		"a box read as media": {media, box, false},
		"another blob":        {NewMediaKey(epochSecret(1), space, [16]byte{4}), media, false},
		"another epoch":       {NewMediaKey(epochSecret(2), space, [16]byte{3}), media, false},
		"another space":       {NewMediaKey(epochSecret(1), [32]byte{9}, [16]byte{3}), media, false},
	} {
		got, err := c.key.Open(c.from.Seal(1, content))
		if (err == nil) != c.ok || c.ok && !bytes.Equal(got, content) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
