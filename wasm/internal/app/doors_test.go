package app

import (
	"slices"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
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

// Nor is an invitation lost, or the way into a centre's space.
func TestWhatIsSealedToAVoidKeyOpens(t *testing.T) {
	c, s := told(t, roleHome)
	void, seed := voided(t, s), seal.NewSecret()
	i := &invite{id: [16]byte{7}, gen: 2}
	i.sealed = seal.SealSecret(void, seal.LabelAppInvited, i.id[:], seed)
	if got, ok := c.openInvite(i); !ok || !got.Equal(seed) {
		t.Error("an invitation does not open: it could not be revoked")
	}
	k := &centreCard{account: keyring.AccountID{5}, paperGen: 2}
	k.paper = seal.SealSecret(void, seal.LabelAppAccount, k.account[:], seed)
	found := false
	c.papers(k, func(d *seal.Device, _ paper) bool {
		found = d.ID() == seal.DeviceFromSeed(seed).ID()
		return found
	})
	if !found {
		t.Error("a paper device is not found: no further device would come in")
	}
	k.account[0]++
	if c.papers(k, func(*seal.Device, paper) bool { return true }) {
		t.Error("it opens for another account")
	}
}

// Who is let in reads all that stands at home, also an invitation that an earlier
// version of the app has written there for its own devices.
func TestNobodyIsLetInToAnInvitationThatTheyCanRead(t *testing.T) {
	c, s := told(t, roleHome)
	add := func(sealed bool) *invite {
		i := &invite{id: [16]byte(seal.NewSecret().Bytes()), created: c.env.Now(), expires: c.env.Now().Add(time.Hour), right: keyring.Care}
		if sealed {
			if err := c.sealInvite(i, join.Carer); err != nil {
				t.Fatal(err)
			}
		} else {
			i.inv = join.New(join.Carer, s.account)
		}
		if err := c.write(t.Context(), s, typeInvitation, i.body()); err != nil {
			t.Fatal(err)
		}
		if i = c.desk.invites[i.id]; i == nil || i.state != InviteOpen {
			t.Fatal("it is not open: this test shows nothing")
		}
		return i
	}
	old, used, kept := add(false), add(false), add(true)
	carer := seal.DeviceFromSeed(seal.NewSecret())
	raw := must(keyring.FoundAccount(carer, "", nil, time.Now()))(t)
	account := must(keyring.ReplayAccount([]keyring.Raw{raw}))(t)
	talk := &talk{request: &join.Request{By: join.Party{Device: carer.ID(), Account: account.ID()}, Chains: []link.Chain{{Raws: []keyring.Raw{raw}}}}}
	if _, err := c.admitCarer(t.Context(), used, talk); err != nil {
		t.Fatal(err)
	}
	if s.replica.Space().RightOf(keyring.AccountRef(account.ID())) != keyring.Care {
		t.Fatal("nobody came in: this test shows nothing")
	}
	if old.state != InviteRevoked {
		t.Errorf("an invitation that the carer reads is in state %d", old.state)
	}
	if used.state != InviteOpen || kept.state != InviteOpen {
		t.Error("others are void too, or the one that the carer came with")
	}
}

// The same at a centre: who comes in finds no open invitation that makes a lead of
// whoever reads it. Those of patients stay.
func TestNoColleagueComesInToAnInvitationThatMakesLeads(t *testing.T) {
	c, _, _ := hanging(t)
	t.Cleanup(c.Lock)
	if err := c.BeginCentre(t.Context(), wire.Code{1}, "Centre North", "Dr. Lind"); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	t.Cleanup(c.mu.Unlock)
	s := c.primary()
	add := func(kind join.Kind) *invite {
		i := &invite{id: [16]byte(seal.NewSecret().Bytes()), created: c.env.Now(), expires: c.env.Now().Add(time.Hour), inv: join.New(kind, c.p.team)}
		if err := c.write(t.Context(), s, typeInvitation, i.body()); err != nil {
			t.Fatal(err)
		}
		if i = c.desk.invites[i.id]; i == nil || i.state != InviteOpen {
			t.Fatal("it is not open: this test shows nothing")
		}
		return i
	}
	old, used, patient := add(join.Colleague), add(join.Colleague), add(join.Patient)
	device := seal.DeviceFromSeed(seal.NewSecret())
	raw := must(keyring.FoundAccount(device, "Herr Grau", nil, time.Now()))(t)
	account := must(keyring.ReplayAccount([]keyring.Raw{raw}))(t)
	talk := &talk{request: &join.Request{By: join.Party{Device: device.ID(), Account: account.ID()}, Chains: []link.Chain{{Raws: []keyring.Raw{raw}}}}}
	if _, err := c.admitColleague(t.Context(), used, talk); err != nil {
		t.Fatal(err)
	}
	if old.state != InviteRevoked || used.state != InviteOpen || patient.state != InviteOpen {
		t.Errorf("the old one is in state %d, the one used in %d, the patient's in %d", old.state, used.state, patient.state)
	}
}
