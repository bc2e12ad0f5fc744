package app

import (
	"testing"
	"time"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// Who only helps with a diary, and a device that is going to be removed, could
// otherwise leave no room for the papers that shut them out of centres' spaces.
func TestNobodyLeavesNoRoomForThePapersOfAPersona(t *testing.T) {
	raw := must(keyring.FoundAccount(seal.DeviceFromSeed(seal.NewSecret()), "", nil, time.Now()))(t)
	persona := keyring.AccountID{5}
	junk := paperBody(persona, paper{sealed: make([]byte, seal.SealedSecretSize), gen: 1 << 31, chain: &link.Chain{Raws: []keyring.Raw{raw}}})
	says := func(n uint64, typ link.Type, dev byte, account keyring.AccountID, body []byte) *link.Entry {
		e := by(typ, keyring.Own, n, body)
		e.Device, e.Account = seal.DeviceID{dev}, account
		return e
	}
	for _, x := range []struct {
		name  string
		typ   link.Type
		body  []byte
		other bool // said by another account
	}{
		{"papers of another account", typePaper, junk, true},
		{"papers of one device", typePaper, junk, false},
		{"claims of another account", typeClaim, claim{persona, seal.DeviceID{3}}.body(), true},
	} {
		c, s := told(t, roleHome)
		account := s.account
		if x.other {
			account = keyring.AccountID{9}
		}
		for n := range uint64(maxPapers + 1) {
			c.absorb(s, []*link.Entry{says(n+1, x.typ, 1, account, x.body)})
		}
		if x.other && len(c.desk.papers)+len(c.desk.claims) != 0 {
			t.Errorf("%s were taken", x.name)
		}
		before := len(c.desk.papers[persona])
		c.absorb(s, []*link.Entry{says(1, typePaper, 2, s.account, junk)})
		if len(c.desk.papers[persona]) != before+1 {
			t.Errorf("%s leave no room for that of the account's other device", x.name)
		}
	}
}
