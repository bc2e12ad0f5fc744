package wire_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"vialog/shared/wire"
	"vialog/shared/wire/wiretest"
)

func TestEveryKeyOfSmallOrderIsWeak(t *testing.T) {
	weak := wiretest.WeakKeys()
	if len(weak) != 14 {
		t.Fatalf("%d keys", len(weak))
	}
	usable := 0
	for _, w := range weak {
		if !wire.WeakKey(w.Key) {
			t.Errorf("%s passes", w.Name)
		}
		// Why it matters: anybody signs with it.
		forged := 0
		for i := range byte(60) {
			if _, ok := wiretest.Forge(w.Key, []byte{'m', i}); ok {
				forged++
			}
		}
		if forged > 0 {
			usable++
		}
		t.Logf("%s: %d of 60 messages forged", w.Name, forged)
	}
	if usable != len(weak) {
		t.Errorf("the library takes only %d of them: has it become strict?", usable)
	}
}

func TestNoHonestKeyIsWeak(t *testing.T) {
	for i := range uint32(500) {
		seed := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("honest"), i))
		k := [32]byte(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
		if wire.WeakKey(k) {
			t.Fatalf("key %x", k)
		}
	}
	// Not reduced, and of no small order: y = 2^255 - 19 + 3.
	k := [32]byte{0: 0xf0, 31: 0x7f}
	for i := 1; i < 31; i++ {
		k[i] = 0xff
	}
	if !wire.WeakKey(k) {
		t.Error("a second spelling passes")
	}
	if k[0] = 0xea; wire.WeakKey(k) { // y = p - 3
		t.Error("the largest y of no small order is refused")
	}
}
