package keyring

import (
	"errors"
	"testing"

	"vialog/wasm/internal/seal"
)

// Accounts and teams fork too. What a space has taken citing a branch that has become void, and
// what was sealed to a key of it, must not be lost, nor keep the diary from opening.

func TestWhatWasSealedToAKeyThatBecameVoidStillOpens(t *testing.T) {
	c := newCast(t)
	// The tablet renews the account's key, and the epoch with it; the phone removes
	// the sheet meanwhile, which is preferred.
	c.addAccount(c.anna, must(c.account.Rotate(c.tablet.Device, at(60))), nil)
	raw, e, err := c.space.Advance(c.tablet, c.secret, at(61))
	s := c.apply2(t, c.space, raw, err)
	a := c.addAccount(c.anna, must(c.account.RemoveDevice(c.anna.Device, c.sheet.Device.ID(), at(60))), nil)
	if a.Generation() != 3 || len(a.Voided()) != 1 {
		t.Fatal("nothing became void: this test shows nothing")
	}
	for _, who := range []Author{c.anna, c.tablet} {
		if got, err := s.OpenEpoch(3, c.keys(who)); err != nil || !got.Equal(e) {
			t.Errorf("the epoch is lost: %v", err)
		}
	}
	// Who was never in that branch opens nothing by it.
	if _, err := s.OpenEpoch(3, c.keys(c.lost)); err == nil {
		t.Error("the lost phone opens it")
	}
	// The answer to the merge makes a new epoch due, and anybody can make it.
	c.addAccount(c.anna, must(a.Rotate(c.anna.Device, at(70))), nil)
	if !s.NeedsRotation() {
		t.Error("no new epoch is due")
	}
	if _, _, err := s.Advance(c.anna, e, at(71)); err != nil {
		t.Error(err)
	}

	// The same in a team: a nurse renews the key while a lead removes the doctor.
	c = newCast(t)
	team := c.team
	c.team = c.addTeam(c.team, must(team.Rotate(c.nurse, at(60))), nil)
	raw, e, err = c.space.Advance(c.nurse, c.secret, at(61))
	s = c.apply2(t, c.space, raw, err)
	c.team = c.addTeam(c.team, must(team.RemoveMember(c.lead, c.doctor.Account, at(60))), nil)
	if len(c.team.Voided()) != 1 {
		t.Fatal("nothing became void: this test shows nothing")
	}
	if got, err := s.OpenEpoch(3, must(c.team.Keys(c.second.Device, c.acct(c.second)))); err != nil || !got.Equal(e) {
		t.Errorf("the centre's epoch is lost: %v", err)
	}
}

func TestADiaryOpensThoughWhoWroteInItWasRemovedMeanwhile(t *testing.T) {
	c := newCast(t)
	// The tablet renews the account's key and the epoch; the phone removes the tablet meanwhile.
	c.addAccount(c.anna, must(c.account.Rotate(c.tablet.Device, at(60))), nil)
	raw, e, err := c.space.Advance(c.tablet, c.secret, at(61))
	s := c.apply2(t, c.space, raw, err)
	after, _, err := s.Advance(c.carer, e, at(62))
	s = c.apply2(t, s, after, err)
	if _, changed := s.Reconsider(); changed {
		t.Error("something changed while nothing was learned")
	}
	c.addAccount(c.anna, must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60))), nil)
	restored := must(ReplaySpace(s.Raws(), c.book))
	late := must(must(c.space.Apply(raw)).Apply(after)) // by who knew of the removal before
	now, changed := s.Reconsider()
	for name, x := range map[string]*Space{"after a restart": restored, "while it runs": now, "who heard of it later": late} {
		if x.Head() != c.space.Head() || len(x.Voided()) != 2 || !x.NeedsRotation() || x.Epoch() != 2 {
			t.Errorf("%s: epoch %d, %d void", name, x.Epoch(), len(x.Voided()))
		}
		// What was sealed under the epochs in between still opens.
		if v := x.OpenVoid(3, c.keys(c.carer)); len(v) != 1 || !v[0].Equal(e) {
			t.Errorf("%s: the void epoch does not open", name)
		}
		// What the tablet signs now is void too, and citing what is in force it is refused.
		a := c.cite(c.tablet, false)
		more := forge(c.tablet.Device, follow(x.chain, a, c.epochKey(3, refs(x.head.state.stints)...)))
		if y, err := x.Apply(more); err != nil || y.Head() != x.Head() || y.InForce(HashOf(more)) {
			t.Errorf("%s: the tablet goes on: %v", name, err)
		}
		var secret seal.Secret = c.secret
		raw, _, err := x.Advance(c.anna, secret, at(80))
		if x = c.apply2(t, x, raw, err); x.NeedsRotation() {
			t.Errorf("%s: the new epoch does not settle it", name)
		}
	}
	if !changed {
		t.Error("nothing is told")
	}
	if _, again := now.Reconsider(); again {
		t.Error("it changes twice")
	}
	// Without a fork of the account there is no good faith: who was removed is refused.
	d := newCast(t)
	forged := d.cite(d.lost, false)
	if _, err := d.space.Apply(forge(d.lost.Device, follow(d.space.chain, forged, d.epochKey(3, refs(d.space.head.state.stints)...)))); !errors.Is(err, ErrRetired) {
		t.Errorf("the lost phone: %v", err)
	}
	// Nor is there for a signature that is nobody's.
	bad := append(Raw(nil), raw...)
	bad[len(bad)-1] ^= 1
	if _, err := c.space.Apply(bad); !errors.Is(err, ErrSignature) {
		t.Errorf("a forged signature: %v", err)
	}
	// What was settled stays as it is.
	if x, changed := s.Settle().Reconsider(); changed || x.Head() != s.Head() {
		t.Error("what was settled became void")
	}
}

func TestATeamIsThereThoughWhoChangedItWasRemovedMeanwhile(t *testing.T) {
	c := newCast(t)
	lead := c.acct(c.lead)
	raw, err := lead.AddDevice(c.lead.Device, device(19).Public(), c.keys(c.lead), at(58))
	lead = c.addAccount(c.lead, raw, err)
	lost := Author{device(19), c.lead.Account}
	before := c.team
	c.addAccount(c.lead, must(lead.Rotate(lost.Device, at(60))), nil)
	c.team = c.addTeam(c.team, must(c.team.Rotate(lost, at(61))), nil)
	raws := c.team.Raws()
	c.addAccount(c.lead, must(lead.RemoveDevice(c.lead.Device, lost.Device.ID(), at(60))), nil)
	if now, _ := c.book.Team(c.team.ID()); now.Head() != before.Head() || !now.NeedsRotation() {
		t.Error("the book does not reconsider the team")
	}
	book := NewBook()
	for _, p := range []Author{c.lead, c.second, c.doctor, c.nurse, c.student, c.gone} {
		must(book.AddAccount(c.acct(p).Raws()))
	}
	if x, err := book.AddTeam(raws); err != nil || x.Head() != before.Head() {
		t.Errorf("after a restart: %v", err)
	}
}
