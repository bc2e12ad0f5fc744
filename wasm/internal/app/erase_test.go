package app

import (
	"testing"
	"time"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// Only who owns a diary can say that it is erased: another owner of its keys'
// account cannot, whatever right it has. The earliest counts, in any order.
func TestOnlyWhoOwnsADiaryCanSayThatItIsErased(t *testing.T) {
	c, s := told(t, roleHome)
	for _, right := range []keyring.Right{0, keyring.Own, keyring.Care, keyring.Treat, keyring.Read} {
		c.absorb(s, []*link.Entry{by(typeErased, right, 1, nil)})
		if s.erased != nil || c.founding(s) == nil || c.erasing() != nil {
			t.Fatalf("a guest with the right to %v says it", right)
		}
	}
	first, second := by(typeErased, keyring.Own, 1, nil), by(typeErased, keyring.Own, 2, nil)
	first.Account, second.Account = s.account, s.account
	second.Time = first.Time + 60_000
	less := *second
	less.Right = keyring.Care
	if c.absorb(s, []*link.Entry{&less}); s.erased != nil {
		t.Error("who may not any more says it")
	}
	c.absorb(s, []*link.Entry{second, first, second})
	if c.erasing() != s || !s.erased.at.Equal(time.UnixMilli(first.Time)) || s.erased.device != first.Device {
		t.Errorf("known is %+v", s.erased)
	}
	if !s.shutUp() {
		t.Error("this device sends on")
	}
	if c.founding(s) != nil {
		t.Error("this device can bring the channel back")
	}
}

// What a device has done is kept, so that it does not tell twice when.
func TestWhatWasErasedIsKept(t *testing.T) {
	_, s := told(t, roleHome)
	s.erasedDone, s.erasedIn = time.UnixMilli(1234567), [16]byte{7}
	again, err := parseSpace(s.n, s.record().Value)
	if err != nil || !again.erasedDone.Equal(s.erasedDone) || again.erasedIn != s.erasedIn {
		t.Errorf("came back as %v, %v, %v", again.erasedDone, again.erasedIn, err)
	}
}
