package keyring

import (
	"errors"
	"math/rand/v2"
	"testing"

	"vialog/wasm/internal/seal"
)

// Whoever verified the epoch in force needs no more than the news, and the
// changes since, to verify the next one, whatever happened in between.
func TestTheNewsAreEnough(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t)
	patient, lead := w.account(device(1), ""), w.account(device(2), "Dr. Lind")
	team := w.team(lead, "Centre North")
	raw, secret, err := FoundSpace(Centre, patient, AccountRef(patient.Account), []Member{{TeamRef(team.ID()), Treat}}, [32]byte{7}, w.book, noon)
	if err != nil {
		t.Fatal(err)
	}
	space := must(ReplaySpace([]Raw{raw}, w.book))
	away := NewBook()
	for _, by := range []Author{patient, lead} {
		must(away.AddAccount(w.acct(by).Raws()))
	}
	must(away.AddTeam(team.Raws()))
	theirs := must(ReplaySpace([]Raw{raw}, away))

	doctors := []Author{lead}
	next, news := 10, 0
	for epoch := range 12 {
		for range rng.IntN(4) {
			next++
			switch rng.IntN(5) {
			case 0: // a colleague comes
				d := w.account(device(next), "Dr. Ahn")
				r, err := team.AddMember(lead, d.Account, Doctor, at(next))
				team = w.addTeam(team, r, err)
				doctors = append(doctors, d)
			case 1: // and leaves
				if len(doctors) > 1 {
					r, err := team.RemoveMember(lead, doctors[len(doctors)-1].Account, at(next))
					team, doctors = w.addTeam(team, r, err), doctors[:len(doctors)-1]
				}
			case 2: // one gets a device and loses another
				by := doctors[rng.IntN(len(doctors))]
				r, err := w.acct(by).AddDevice(by.Device, device(next).Public(), w.keys(by), at(next))
				w.addAccount(by, r, err)
				r, err = w.acct(by).RemoveDevice(by.Device, device(next).ID(), at(next))
				w.addAccount(by, r, err)
				r, err = team.Rotate(by, at(next))
				team = w.addTeam(team, r, err)
			case 3:
				r, err := w.acct(patient).Rotate(patient.Device, at(next))
				w.addAccount(patient, r, err)
			case 4: // a carer, who has never been heard of
				c := w.account(device(next), "")
				r, e, err := space.AddMember(patient, Member{AccountRef(c.Account), Care}, secret, false, at(next))
				space = w.apply(space, r, e, err)
			}
		}
		by := doctors[rng.IntN(len(doctors))]
		if rng.IntN(3) == 0 {
			by = patient
		}
		list, between := space.News(), space.Since(space.Epoch())
		r, e, err := space.Advance(by, secret, at(next))
		space, secret = w.apply(space, r, e, err), e
		for _, n := range list {
			news += len(n.Raws)
			if n.Team {
				must(away.AddTeam(n.Raws))
			} else {
				must(away.AddAccount(n.Raws))
			}
		}
		for _, c := range append(between, r) {
			if theirs, err = theirs.Apply(c); err != nil {
				t.Fatalf("seed %d, epoch %d: %v", seed, epoch, err)
			}
		}
		if theirs.Head() != space.Head() {
			t.Fatal("another head")
		}
	}
	if all := len(team.Raws()); news < all/2 || news > 12*all {
		t.Errorf("%d changes in the news", news)
	}
	if len(space.News()) > 0 {
		t.Error("news although nothing has happened")
	}
}

// Two colleagues renew the team's key at once, and an epoch is sealed to the key of
// one of them. Whoever has verified that epoch can verify the one that follows on
// both, whichever of the two was to lose.
func TestTheNewsAreEnoughAfterATeamWasRenewedTwiceAtOnce(t *testing.T) {
	for _, loser := range []bool{false, true} {
		w := newWorld(t)
		patient, lead, other := w.account(device(1), ""), w.account(device(2), "Dr. Lind"), w.account(device(3), "Dr. Ahn")
		team := w.team(lead, "Centre North")
		r, err := team.AddMember(lead, other.Account, Doctor, at(1))
		team = w.addTeam(team, r, err)
		raw, secret, err := FoundSpace(Centre, patient, AccountRef(patient.Account), []Member{{TeamRef(team.ID()), Treat}}, [32]byte{7}, w.book, at(2))
		if err != nil {
			t.Fatal(err)
		}
		space := must(ReplaySpace([]Raw{raw}, w.book))

		// Each of the two knows of its own renewals alone.
		first, second := lead, other
		if loser {
			first, second = other, lead
		}
		r, err = w.acct(first).Rotate(first.Device, at(3))
		w.addAccount(first, r, err)
		before := must(w.book.AddTeam(team.Raws()))
		r, err = before.Rotate(first, at(4))
		if err != nil {
			t.Fatal(err)
		}
		sides := NewBook()
		for _, by := range []Author{lead, other} {
			must(sides.AddAccount(w.acct(by).Raws()))
		}
		theirs := must(sides.AddTeam(team.Raws()))
		secondAccount, _ := sides.Account(second.Account)
		change := must(secondAccount.Rotate(second.Device, at(3)))
		must(sides.AddAccount(append(secondAccount.Raws(), change)))
		branch := must(theirs.Rotate(second, at(4)))

		team = w.addTeam(team, r, nil)
		r, e, err := space.Advance(first, secret, at(5))
		space, secret = w.apply(space, r, e, err), e
		away := NewBook()
		for _, by := range []Author{patient, lead, other} {
			must(away.AddAccount(w.acct(by).Raws()))
		}
		must(away.AddTeam(team.Raws()))
		late := must(ReplaySpace(space.Raws(), away))

		w.addAccount(second, change, nil)
		team = must(w.book.AddTeam(append(team.Raws(), branch)))
		if !team.Merging() {
			t.Fatal("there is nothing to merge")
		}
		r, err = team.Rotate(lead, at(6))
		w.addTeam(team, r, err)
		r, _, err = space.Advance(lead, secret, at(7))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range space.News() {
			if n.Team {
				must(away.AddTeam(n.Raws))
			} else {
				must(away.AddAccount(n.Raws))
			}
		}
		if _, err := late.Apply(r); err != nil {
			t.Errorf("the first was to lose: %v: %v", loser, err)
		}
	}
}

func TestALateBeginningFollowsOnlyOnWhatIsKnown(t *testing.T) {
	d, e := seal.DeviceFromSeed(seal.NewSecret()), seal.DeviceFromSeed(seal.NewSecret())
	first := must(FoundAccount(d, "", nil, noon))
	a := must(ReplayAccount([]Raw{first}))
	second := must(a.AddDevice(d, e.Public(), must(a.Keys(d)), noon))
	b := NewBook()
	if _, err := b.AddAccount([]Raw{second}); !errors.Is(err, ErrLink) {
		t.Fatalf("a change that follows on nothing: %v", err)
	}
	must(b.AddAccount([]Raw{first}))
	if b.Knows(false, second) {
		t.Fatal("knows what it was not told")
	}
	if got := must(b.AddAccount([]Raw{second})); !got.HasDevice(e.ID()) || !b.Knows(false, second) {
		t.Fatal("the second change was not taken")
	}
}

func TestADeviceIsReplacedInOneChange(t *testing.T) {
	w := newWorld(t)
	me := w.account(device(1), "")
	r, err := w.acct(me).AddDevice(me.Device, device(2).Public(), w.keys(me), at(1))
	w.addAccount(me, r, err)
	in := device(3).Public()
	r, err = w.acct(me).Replace(me.Device, []seal.DeviceID{device(2).ID()}, &in, at(2))
	a := w.addAccount(me, r, err)
	if a.HasDevice(device(2).ID()) || !a.HasDevice(device(3).ID()) || a.Generation() != 2 {
		t.Fatal("not replaced")
	}
	if keys, err := a.Keys(device(3)); err != nil || !keys.Key(2).Valid() || !keys.Key(1).Valid() {
		t.Fatalf("the new device has no keys: %v", err)
	}
	if keys, err := a.Keys(device(2)); err == nil && keys.Key(2).Valid() {
		t.Fatal("the old device has the new key")
	}
}
