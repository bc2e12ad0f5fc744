package app

import (
	"slices"
	"testing"
	"time"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// voided has two devices of an account remove another each, and returns the key
// that this makes void.
func voided(t *testing.T, s *space) seal.Secret {
	s.book.Lock()
	defer s.book.Unlock()
	now := time.Now()
	tablet, one, two := seal.DeviceFromSeed(seal.NewSecret()), seal.DeviceFromSeed(seal.NewSecret()), seal.DeviceFromSeed(seal.NewSecret())
	for _, d := range []*seal.Device{tablet, one, two} {
		must(addDevice(s, s.device, d.Public(), now))(t)
	}
	a, _ := s.book.Account(s.account)
	theirs := must(a.RemoveDevice(tablet, one.ID(), now))(t)
	branch := must(keyring.ReplayAccount(append(a.Raws(), theirs)))(t)
	void := must(branch.Keys(s.device))(t).Key(2)
	must(s.book.AddAccount(append(a.Raws(), theirs)))(t)
	must(s.book.AddAccount(append(a.Raws(), must(a.RemoveDevice(s.device, two.ID(), now))(t))))(t)
	a, _ = s.book.Account(s.account)
	if len(a.Voided()) != 1 || !void.Valid() {
		t.Fatal("nothing became void: this test shows nothing")
	}
	return void
}

// Two devices remove another each: the channels may have been given to the key
// that became void, whose holder may be the one that was removed.
func TestAChannelIsTakenBackFromAKeyThatBecameVoid(t *testing.T) {
	c, s := told(t, roleHome)
	void := voided(t, s)
	j := doorJob{s: s}
	c.owners(&j)
	if len(j.owners) == 0 {
		t.Fatal("there is nothing to take back")
	}
	has := func(l []*seal.Signer, k *seal.Signer) bool {
		return slices.ContainsFunc(l, func(o *seal.Signer) bool { return o.Public() == k.Public() })
	}
	if !has(j.owners[0].old, foundingKey(void)) {
		t.Error("the key that became void is not tried")
	}
	if s.mediaMade = true; !has(func() []*seal.Signer { c.mu.Unlock(); defer c.mu.Lock(); return c.mediaOwners(s) }(), mediaOwner(void)) {
		t.Error("nor for photos")
	}
}

// The first card of a sheet counts, so one that was sealed to such a key must open.
func TestASheetsCardOpensThoughItsKeyBecameVoid(t *testing.T) {
	c, s := told(t, roleHome)
	void := voided(t, s)
	k := &sheetCard{account: s.account, id: seal.DeviceID{4}, gen: 2}
	root := seal.NewSecret()
	k.locker = seal.SealSecret(void, seal.LabelAppLocker, k.id[:], root)
	if got, ok := c.openCard(k, seal.LabelAppLocker, k.locker); !ok || !got.Equal(root) {
		t.Error("it does not open: the old way back would stay for ever")
	}
	if _, ok := c.openCard(k, seal.LabelAppWords, k.locker); ok {
		t.Error("it opens as something else")
	}
}
