package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vialog/wasm/internal/seal"
)

// both applies two concurrent changes in both orders and returns the result.
func both(t *testing.T, a *Account, x, y Raw) *Account {
	t.Helper()
	xy := must(must(a.Apply(x)).Apply(y))
	yx := must(must(a.Apply(y)).Apply(x))
	set := must(ReplayAccount(append([]Raw{y, x}, a.Raws()...)))
	if xy.Head() != yx.Head() || xy.Head() != set.Head() {
		t.Fatal("the order of arrival decides")
	}
	return xy
}

func TestOfTwoDevicesThatRemoveEachOtherTheHigherStays(t *testing.T) {
	c := newCast(t)
	x := must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60)))
	y := must(c.account.RemoveDevice(c.tablet.Device, c.anna.Device.ID(), at(60)))
	got := both(t, c.account, x, y)
	if !got.HasDevice(c.anna.Device.ID()) || got.HasDevice(c.tablet.Device.ID()) {
		t.Error("the tablet won")
	}
	if len(got.Voided()) != 1 || !got.NeedsRotation() {
		t.Error("the merge goes unnoticed")
	}
	after := must(got.Apply(must(got.Rotate(c.anna.Device, at(61)))))
	if after.NeedsRotation() || after.Generation() != 4 {
		t.Error("the new key does not settle the merge")
	}
	// The sheet is above both.
	z := must(c.account.RemoveDevice(c.sheet.Device, c.anna.Device.ID(), at(60)))
	if got := both(t, c.account, x, z); got.HasDevice(c.anna.Device.ID()) || !got.HasDevice(c.tablet.Device.ID()) {
		t.Error("the phone won against the sheet")
	}
}

func TestAStolenPhoneThatTheSheetRemovedCannotComeBackByForking(t *testing.T) {
	c := newCast(t)
	removed := must(c.account.Apply(must(c.account.RemoveDevice(c.sheet.Device, c.anna.Device.ID(), at(60)))))
	for i := range 8 { // eight forks, to have small hashes and long branches
		f := must(c.account.Apply(must(c.account.Rotate(c.anna.Device, at(60+i)))))
		f = must(f.Apply(must(f.RemoveDevice(c.anna.Device, c.sheet.Device.ID(), at(70)))))
		for _, r := range f.Raws()[c.account.Length():] {
			removed = must(removed.Apply(r))
		}
	}
	if removed.HasDevice(c.anna.Device.ID()) || !removed.HasDevice(c.sheet.Device.ID()) || len(removed.Voided()) != 16 {
		t.Error("the phone is back")
	}
	if _, err := removed.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(80)); err == nil {
		t.Error("the phone still acts")
	}
	removed = must(removed.Apply(must(removed.Rotate(c.sheet.Device, at(90)))))
	if removed.NeedsRotation() {
		t.Error("eight ends of branches are not answered by one key")
	}
}

// A sheet that gave way to another cannot come back with changes from before,
// whatever it adds and however its branch is ground; the new one has its rank.
func TestASheetThatGaveWayCannotComeBackByForking(t *testing.T) {
	c := newCast(t)
	next := device(101)
	if !c.account.MayReplaceSheet(c.sheet.Device.ID()) || !c.account.MayReplaceSheet(c.anna.Device.ID()) ||
		c.account.MayReplaceSheet(c.tablet.Device.ID()) || c.account.MayReplaceSheet(c.lost.Device.ID()) {
		t.Error("others may replace the sheet than those who can")
	}
	replaced := must(c.account.Apply(must(c.account.ReplaceSheet(c.sheet.Device, next.Public(), at(60)))))
	for i := range 8 {
		f := must(c.account.Apply(must(c.account.AddDevice(c.sheet.Device, device(60+i).Public(), must(c.account.Keys(c.sheet.Device)), at(60+i)))))
		f = must(f.Apply(must(f.RemoveDevice(c.sheet.Device, c.anna.Device.ID(), at(70)))))
		f = must(f.Apply(must(f.RemoveDevice(device(60+i), c.tablet.Device.ID(), at(71)))))
		for _, r := range f.Raws()[c.account.Length():] {
			replaced = must(replaced.Apply(r))
		}
	}
	// So does the highest device, with the sheet it would have liked better.
	replaced = must(replaced.Apply(must(c.account.ReplaceSheet(c.anna.Device, device(102).Public(), at(59)))))
	got, ok := replaced.Sheet()
	if !ok || got.ID != next.ID() || got.Rank != 0 || got.AddedBy != c.sheet.Device.ID() {
		t.Errorf("the sheet is %v of rank %d, added by %v", got.ID, got.Rank, got.AddedBy)
	}
	// What a device signed while it was one is authentic, and it acts no more.
	ghost := device(60).ID()
	if _, ok := replaced.Device(ghost); ok || replaced.HasDevice(ghost) {
		t.Error("a device of a void change is one")
	}
	if pub, ok := replaced.Ever(ghost); !ok || pub.ID() != ghost {
		t.Error("the keys of a device of a void change are forgotten")
	}
	if _, ok := replaced.Ever(device(90).ID()); ok {
		t.Error("a stranger was once a device")
	}
	if !replaced.HasDevice(c.anna.Device.ID()) || !replaced.HasDevice(c.tablet.Device.ID()) || replaced.HasDevice(c.sheet.Device.ID()) {
		t.Error("the sheet that gave way still decides")
	}
	if _, err := replaced.Keys(c.sheet.Device); err != nil {
		t.Error("what it could read before is gone")
	} else if k := must(replaced.Keys(c.sheet.Device)); k.Newest() != c.account.Generation() {
		t.Error("it reads the new key")
	}
	if _, err := replaced.AddDevice(c.sheet.Device, device(70).Public(), must(replaced.Keys(next)), at(90)); !errors.Is(err, ErrRetired) {
		t.Errorf("it still adds devices: %v", err)
	}
	must(replaced.RemoveDevice(next, c.anna.Device.ID(), at(90)))
}

func TestAPhoneThatWasReplacedLongAgoCannotUndoIt(t *testing.T) {
	c := newCast(t)
	handed := must(c.account.Apply(must(c.account.RemoveDevice(c.tablet.Device, c.anna.Device.ID(), at(60)))))
	late := must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(59)))
	if x := must(handed.Apply(late)); x.InForce(handed.Head()) {
		t.Fatal("rank no longer decides: this test shows nothing")
	}
	settled := handed.Settle()
	got, err := settled.Apply(late)
	if !errors.Is(err, ErrSettled) || got != nil {
		t.Errorf("the old phone undid it: %v", err)
	}
	if _, err := settled.Apply(must(settled.Rotate(c.tablet.Device, at(61)))); err != nil {
		t.Errorf("a settled account cannot go on: %v", err)
	}
	// A fork that loses is still merged.
	lost := must(c.account.Rotate(c.tablet.Device, at(59)))
	if x, err := settled.Apply(lost); err != nil || !x.InForce(handed.Head()) {
		t.Errorf("a losing fork: %v", err)
	}
	c.book.b.accounts[c.anna.Account] = handed
	c.book.Settle(func(h Hash) bool { return h == handed.Head() })
	if _, err := c.book.AddAccount(append(handed.Raws(), late)); !errors.Is(err, ErrSettled) {
		t.Errorf("in the book: %v", err)
	}
}

func TestAnEpochThatBecameVoidStillOpens(t *testing.T) {
	c := newCast(t)
	x, ex, err := c.space.Advance(c.anna, c.secret, at(60))
	s := c.apply2(t, c.space, x, err)
	y, ey, err := c.space.Advance(c.carer, c.secret, at(60))
	s = c.apply2(t, s, y, err)
	if e, err := s.OpenEpoch(3, c.keys(c.aunt)); err != nil || !e.Equal(ex) {
		t.Errorf("the owner's epoch is not in force: %v", err)
	}
	if v := s.OpenVoid(3, c.keys(c.aunt)); len(v) != 1 || !v[0].Equal(ey) {
		t.Errorf("%d void epochs open", len(v))
	}
	if v := s.OpenVoid(3, c.keys(c.former)); len(v) != 0 {
		t.Error("a void epoch opens for who was removed")
	}
}

// The model found this: a device of a low rank makes what the highest did void, by a branch in which
// it adds and removes somebody who came later.
func TestALowRankWinsNoForkByRemovingWhoCameLater(t *testing.T) {
	c := newCast(t)
	keys := must(c.account.Keys(c.tablet.Device))
	add := func() Raw { return must(c.account.AddDevice(c.tablet.Device, device(60).Public(), keys, at(61))) }
	for range 4 { // whatever the hashes
		// The sheet removes the phone; the tablet adds a device, which renews the key.
		x := must(c.account.Apply(must(c.account.RemoveDevice(c.sheet.Device, c.anna.Device.ID(), at(60)))))
		x = must(x.Apply(must(x.AddDevice(c.tablet.Device, device(60).Public(), must(x.Keys(c.tablet.Device)), at(61)))))
		x = must(x.Apply(must(x.Rotate(device(60), at(62)))))
		// The tablet signs another history.
		y := must(c.account.Apply(add()))
		y = must(y.Apply(must(y.RemoveDevice(c.tablet.Device, device(60).ID(), at(63)))))
		got := must(ReplayAccount(append(x.Raws(), y.Raws()...)))
		if got.HasDevice(c.anna.Device.ID()) || got.Head() != x.Head() {
			t.Fatal("the sheet's removal is void")
		}
	}
	// Who was a member before the fork still loses with it.
	x := must(c.account.Apply(must(c.account.Rotate(c.sheet.Device, at(60)))))
	x = must(x.Apply(must(x.Rotate(c.tablet.Device, at(61)))))
	y := must(c.account.Apply(must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60)))))
	if got := must(ReplayAccount(append(x.Raws(), y.Raws()...))); got.HasDevice(c.tablet.Device.ID()) {
		t.Error("a removal no longer counts against who was there")
	}
}

func TestOfTwoHarmlessChangesTheHigherDevicesIsInForce(t *testing.T) {
	c := newCast(t)
	for range 5 { // whatever the hashes
		x := must(c.account.Rotate(c.sheet.Device, at(60)))
		y := must(c.account.Rotate(c.anna.Device, at(60)))
		z := must(c.account.Rotate(c.tablet.Device, at(60)))
		if both(t, c.account, x, y).Head() != HashOf(x) || both(t, c.account, y, z).Head() != HashOf(y) {
			t.Fatal("the lower device's is")
		}
	}
}

// merged applies two concurrent changes of the space in both orders.
func (c *cast) merged(t *testing.T, x, y Raw) *Space {
	t.Helper()
	xy := must(must(c.space.Apply(x)).Apply(y))
	if must(must(c.space.Apply(y)).Apply(x)).Head() != xy.Head() {
		t.Fatal("the order of arrival decides")
	}
	return xy
}

func TestAForkByWhoItsTeamOrAccountRemovedLoses(t *testing.T) {
	for _, x := range []struct {
		name   string
		evil   func(c *cast) (Author, func())
		answer func(c *cast) Author
	}{
		{"doctor removed from the team", func(c *cast) (Author, func()) {
			return c.doctor, func() {
				raw, err := c.team.RemoveMember(c.lead, c.doctor.Account, at(61))
				c.team = c.addTeam(c.team, raw, err)
			}
		}, func(c *cast) Author { return c.nurse }},
		{"doctor's lost device", func(c *cast) (Author, func()) {
			lost := Author{device(18), c.doctor.Account}
			raw, err := c.acct(c.doctor).AddDevice(c.doctor.Device, device(18).Public(), c.keys(c.doctor), at(58))
			c.addAccount(c.doctor, raw, err)
			return lost, func() {
				raw, err := c.acct(c.doctor).RemoveDevice(c.doctor.Device, device(18).ID(), at(61))
				c.addAccount(c.doctor, raw, err)
				raw, err = c.team.Rotate(c.nurse, at(61))
				c.team = c.addTeam(c.team, raw, err)
			}
		}, func(c *cast) Author { return c.nurse }},
	} {
		for range 4 { // whatever the hashes
			c := newCast(t)
			by, remove := x.evil(c)
			evil, _, err := c.space.Advance(by, c.secret, at(60))
			if err != nil {
				t.Fatal(err)
			}
			remove()
			good, _, err := c.space.Advance(x.answer(c), c.secret, at(62))
			if err != nil {
				t.Fatal(err)
			}
			if c.merged(t, evil, good).Head() != HashOf(good) {
				t.Errorf("%s: its fork is in force", x.name)
			}
			// And it cannot follow.
			s := must(c.space.Apply(good))
			if _, ok := c.team.RoleOf(by.Account); ok {
				a := c.cite(by, true)
				a.gen--
				k := c.epochKey(4, refs(s.head.state.stints)...)
				if _, err := s.Apply(forge(by.Device, follow(s.chain, a, k))); !errors.Is(err, ErrRetired) {
					t.Errorf("%s follows: %v", x.name, err)
				}
			}
		}
	}
}

func TestAForkOfATeamByALostDeviceLoses(t *testing.T) {
	for range 4 {
		c := newCast(t)
		raw, err := c.acct(c.lead).AddDevice(c.lead.Device, device(19).Public(), c.keys(c.lead), at(58))
		c.addAccount(c.lead, raw, err)
		lost := Author{device(19), c.lead.Account}
		// It throws out the second lead, who is below the founder.
		evil := must(c.team.RemoveMember(lost, c.second.Account, at(60)))
		raw, err = c.acct(c.lead).RemoveDevice(c.lead.Device, device(19).ID(), at(61))
		c.addAccount(c.lead, raw, err)
		if !c.team.NeedsRotation() {
			t.Error("the team does not notice")
		}
		good := must(c.team.Rotate(c.second, at(62)))
		x, y := must(must(c.team.Apply(evil)).Apply(good)), must(must(c.team.Apply(good)).Apply(evil))
		if x.Head() != y.Head() || x.Head() != HashOf(good) {
			t.Error("the lost device's fork is in force")
		}
	}
}

func TestARemovalWinsAgainstConcurrentAdditionBySameDevice(t *testing.T) {
	c := newCast(t)
	keys := must(c.account.Keys(c.anna.Device))
	x := must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60)))
	for i := range 4 {
		y := must(c.account.AddDevice(c.anna.Device, device(60+i).Public(), keys, at(60)))
		if got := both(t, c.account, x, y); got.HasDevice(c.tablet.Device.ID()) {
			t.Fatal("the addition won")
		}
	}
}

func TestALostPhonesForkOfASpaceLosesOnceItsAccountRemovedIt(t *testing.T) {
	c := newCast(t)
	// The tablet's changes of the space, then it is lost and removed.
	evil, _, err := c.space.AddMember(c.tablet, Member{TeamRef(c.centre2.ID()), Treat}, c.secret, false, at(60))
	if err != nil {
		t.Fatal(err)
	}
	evil2, _, err := c.space.Advance(c.tablet, c.secret, at(60))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(61))
	c.addAccount(c.anna, raw, err)
	if !c.space.NeedsRotation() {
		t.Error("nobody is told to advance")
	}
	var good Raw
	for range 5 { // whatever the hashes
		if good, _, err = c.space.Advance(c.anna, c.secret, at(62)); err != nil {
			t.Fatal(err)
		}
		for _, order := range [][]Raw{{good, evil, evil2}, {evil, good, evil2}, {evil2, evil, good}} {
			s := c.space
			for _, r := range order {
				if s, err = s.Apply(r); err != nil {
					t.Fatal(err)
				}
			}
			if s.Head() != HashOf(good) {
				t.Error("the lost tablet's change is in force")
			}
		}
	}
	// After the advance it cannot follow it, whichever generation it cites.
	s := must(c.space.Apply(good))
	for gen := uint32(1); gen <= 3; gen++ {
		a := c.cite(c.tablet, false)
		a.gen = gen
		k := must(newKey(epochLabels, s.head.state.anchor, 4, seal.NewSecret(), c.secret, must(c.book.recipients(s.head.state.stints, Ref{}))))
		if _, err := s.Apply(forge(c.tablet.Device, follow(s.chain, a, k))); !errors.Is(err, ErrRetired) {
			t.Errorf("citing generation %d: %v", gen, err)
		}
	}
}

// A removed device may still sign until the chain has heard of its removal. If it could seal
// its key to the generation after that, the key would look new, nobody would make
// another, and it would read on.
func TestARemovedDeviceCannotMakeAKeyThatLooksNewerThanItsRemoval(t *testing.T) {
	c := newCast(t)
	// The tablet, removed from anna's account.
	raw, err := c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60))
	c.addAccount(c.anna, raw, err)
	a := c.cite(c.tablet, false)
	a.gen--
	all := refs(c.space.head.state.stints)
	if _, err := c.space.Apply(forge(c.tablet.Device, follow(c.space.chain, a, c.epochKey(3, all...)))); !errors.Is(err, ErrRetired) {
		t.Errorf("an epoch: %v", err)
	}
	// Sealed to what it knows, it is taken, and a new one is due.
	k := c.epochKey(3, all...)
	for i, w := range k.wraps {
		if w.to == ref(c.anna) {
			old := recipient{w.to, a.gen, *c.account.head.state.gens[a.gen-1].kem}
			k.wraps[i] = *must(wrapFor(epochLabels, c.space.head.state.anchor, 3, old, seal.NewSecret()))
		}
	}
	if s := must(c.space.Apply(forge(c.tablet.Device, follow(c.space.chain, a, k)))); !s.NeedsRotation() {
		t.Error("an epoch sealed to the old generation passes for new")
	}

	// The doctor's lost device, by itself, and through the team, which has a new key since.
	lost := Author{device(18), c.doctor.Account}
	raw, err = c.acct(c.doctor).AddDevice(c.doctor.Device, device(18).Public(), c.keys(c.doctor), at(61))
	c.addAccount(c.doctor, raw, err)
	raw, err = c.acct(c.doctor).RemoveDevice(c.doctor.Device, device(18).ID(), at(62))
	c.addAccount(c.doctor, raw, err)
	through := c.cite(lost, true)
	through.gen--
	own := through
	own.via, own.team, own.teamGen = false, TeamID{}, 0
	if _, err := c.team.Apply(forge(lost.Device, follow(c.team.chain, own, c.teamKey(3, c.lead, c.second, c.doctor, c.nurse, c.student)))); !errors.Is(err, ErrRetired) {
		t.Errorf("a team's key: %v", err)
	}
	raw, err = c.team.Rotate(c.nurse, at(63))
	c.team = c.addTeam(c.team, raw, err)
	if _, err := c.space.Apply(forge(lost.Device, follow(c.space.chain, through, c.epochKey(3, all...)))); !errors.Is(err, ErrRetired) {
		t.Errorf("an epoch, through the team: %v", err)
	}
}

func TestWhatARetiredDeviceSignedBeforeStaysValid(t *testing.T) {
	c := newCast(t)
	raw, _, err := c.space.Advance(c.tablet, c.secret, at(60))
	if err != nil {
		t.Fatal(err)
	}
	s := must(c.space.Apply(raw))
	x, err := c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(61))
	c.addAccount(c.anna, x, err)
	again, err := ReplaySpace(s.Raws(), c.book)
	if err != nil || again.Head() != s.Head() {
		t.Errorf("after the removal the space does not replay: %v", err)
	}
	if _, _, ok := again.Right(c.tablet.Device.ID(), c.anna.Account); ok {
		t.Error("the retired tablet has a right now")
	}
	if r, _, ok := again.RightIn(3, c.tablet.Device.ID(), c.anna.Account); !ok || r != Own {
		t.Error("what the tablet wrote in epoch 3 has lost its author's right")
	}
}

func TestWhoWasRemovedReadsOldEpochsAndNoLaterOne(t *testing.T) {
	c := newCast(t)
	s, secret := c.space, c.secret
	step := func(raw Raw, e seal.Secret, err error) {
		t.Helper()
		s, secret = c.apply2(t, s, raw, err), e
	}
	step(s.RemoveMember(c.anna, ref(c.aunt), secret, at(60)))  // epoch 3
	step(s.RemoveMember(c.anna, ref(c.carer), secret, at(61))) // epoch 4
	raw, err := c.team.RemoveMember(c.lead, c.doctor.Account, at(62))
	c.team = c.addTeam(c.team, raw, err)
	if !s.NeedsRotation() {
		t.Error("the space does not notice the team's removal")
	}
	step(s.Advance(c.nurse, secret, at(63))) // epoch 5, by the centre itself
	for _, x := range []struct {
		name string
		who  Unwrapper
		last uint32
	}{
		{"former", c.keys(c.former), 1}, {"aunt", c.keys(c.aunt), 2}, {"carer", c.keys(c.carer), 3},
		{"doctor", must(c.team.Keys(c.doctor.Device, c.acct(c.doctor))), 4},
		{"nurse", must(c.team.Keys(c.nurse.Device, c.acct(c.nurse))), 5},
		{"anna", c.keys(c.anna), 5}, {"gone", must(c.team.Keys(c.gone.Device, c.acct(c.gone))), 0},
	} {
		got, err := s.Epochs(x.who)
		if x.last == 0 {
			if err == nil {
				t.Errorf("%s reads %d epochs", x.name, len(got))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		for n := uint32(1); n <= 5; n++ {
			if got[n].Valid() != (n <= x.last) {
				t.Errorf("%s and epoch %d: %v", x.name, n, got[n].Valid())
			}
			e, err := s.OpenEpoch(n, x.who)
			if n > x.last && err == nil || n <= x.last && (err != nil || !e.Equal(got[n])) {
				t.Errorf("%s opens epoch %d: %v", x.name, n, err)
			}
		}
	}
	// A retired device reaches no later account key either.
	lost, err := c.account.Keys(c.lost.Device)
	if err != nil || lost.Newest() != 1 {
		t.Errorf("the lost phone reaches generation %d: %v", lost.Newest(), err)
	}
	if _, err := c.account.Keys(c.guest); !errors.Is(err, ErrNoKey) {
		t.Errorf("a stranger: %v", err)
	}
}

func (c *cast) apply2(t *testing.T, s *Space, raw Raw, err error) *Space {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err = s.Apply(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFromNowOnMeansNothingOlder(t *testing.T) {
	c := newCast(t)
	raw, e, err := c.space.AddMember(c.anna, Member{ref(c.other), Treat}, c.secret, true, at(60))
	s := c.apply2(t, c.space, raw, err)
	raw, e2, err := s.Advance(c.anna, e, at(61))
	s = c.apply2(t, s, raw, err)
	got, err := s.Epochs(c.keys(c.other))
	if err != nil || len(got) != 2 || !got[3].Equal(e) || !got[4].Equal(e2) {
		t.Errorf("the new centre reads %d epochs: %v", len(got), err)
	}
	if _, ok, err := s.Back(3, e); ok || err != nil {
		t.Errorf("there is a way back: %v", err)
	}
	if p, ok, err := s.Back(4, e2); !ok || err != nil || !p.Equal(e) {
		t.Errorf("no way back from 4: %v", err)
	}
	if got, err := s.Epochs(c.keys(c.aunt)); err != nil || len(got) != 4 {
		t.Errorf("who was there before reads %d epochs: %v", len(got), err)
	}
}

func TestAKeyThatDoesNotMatchItsCommitmentIsRefused(t *testing.T) {
	c := newCast(t)
	// The author seals one secret to the team and commits to another.
	lie := func(k *opKey) *opKey {
		s := seal.NewSecret()
		for i, w := range k.wraps {
			to := must(c.book.recipient(w.to))
			k.wraps[i] = *must(wrapFor(epochLabels, c.space.head.state.anchor, 3, to, s))
		}
		return k
	}
	all := refs(c.space.head.state.stints)
	s := must(c.space.Apply(forge(c.anna.Device, follow(c.space.chain, c.cite(c.anna, false), lie(c.epochKey(3, all...))))))
	if _, err := s.OpenEpoch(3, c.keys(c.aunt)); !errors.Is(err, ErrCommitment) {
		t.Errorf("epoch: %v", err)
	}
	if _, _, err := s.Back(3, seal.NewSecret()); !errors.Is(err, ErrCommitment) {
		t.Errorf("way back from another secret: %v", err)
	}
	if _, _, err := c.space.Advance(c.anna, seal.NewSecret(), at(60)); !errors.Is(err, ErrCommitment) {
		t.Errorf("advance with another secret: %v", err)
	}
	// A link to something else than the key before.
	k := c.epochKey(3, all...)
	e := seal.NewSecret()
	k.commitment = commitment(epochLabels, c.space.head.state.anchor, 3, e)
	k.link = seal.SealSecret(e, seal.LabelEpochLink, linkInfo(c.space.head.state.anchor, 3), seal.NewSecret())
	s = must(c.space.Apply(forge(c.anna.Device, follow(c.space.chain, c.cite(c.anna, false), k))))
	if _, _, err := s.Back(3, e); !errors.Is(err, ErrCommitment) {
		t.Errorf("way back to another secret: %v", err)
	}
	// An account key whose public half is another's.
	ak := c.accountKey(3, 1, 2, 100)
	pub, _ := seal.KEMFromSecret(seal.NewSecret(), seal.LabelAccountKEM)
	ak.kem = &pub
	a := must(c.account.Apply(forge(c.anna.Device, follow(c.account.chain, c.cite(c.anna, false), ak))))
	keys := must(a.Keys(c.tablet.Device))
	if _, err := keys.Unwrap(3, seal.LabelEpochWrap, nil, make([]byte, seal.WrapSize)); !errors.Is(err, ErrCommitment) {
		t.Errorf("public half of another key: %v", err)
	}
}

func TestAWrapOpensOnlyWhereItWasMadeFor(t *testing.T) {
	c := newCast(t)
	all := refs(c.space.head.state.stints)
	// The carer's wrap in the aunt's place, and the aunt's of the epoch before.
	for _, from := range []struct {
		name string
		with func(k *opKey) []byte
	}{
		{"another recipient's", func(k *opKey) []byte {
			return k.wraps[slices.IndexFunc(k.wraps, func(w wrap) bool { return w.to == ref(c.carer) })].sealed
		}},
		{"the epoch before's", func(*opKey) []byte {
			g := c.space.head.state.epochs[1]
			return g.wraps[slices.IndexFunc(g.wraps, func(w wrap) bool { return w.to == ref(c.aunt) })].sealed
		}},
	} {
		k := c.epochKey(3, all...)
		k.wraps[slices.IndexFunc(k.wraps, func(w wrap) bool { return w.to == ref(c.aunt) })].sealed = from.with(k)
		s := must(c.space.Apply(forge(c.anna.Device, follow(c.space.chain, c.cite(c.anna, false), k))))
		if _, err := s.OpenEpoch(3, c.keys(c.aunt)); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s wrap: %v", from.name, err)
		}
		if _, err := s.OpenEpoch(3, c.keys(c.carer)); err != nil {
			t.Errorf("the carer's own: %v", err)
		}
	}
	// A nonce copied into a chain of another founder gives another anchor.
	f := c.space.list[0].ops[0].(*opFoundSpace)
	x := &change{kind: SpaceChain, author: c.cite(c.other, false)}
	if anchorOf(x, f.nonce) == c.space.head.state.anchor {
		t.Error("two founders share an anchor")
	}
}

func TestRightsFollowTheTeamAndTheDevicesNow(t *testing.T) {
	c := newCast(t)
	right := func(by Author) Right { r, _, _ := c.space.Right(by.Device.ID(), by.Account); return r }
	for _, x := range []struct {
		name string
		by   Author
		want Right
	}{
		{"phone", c.anna, Own}, {"tablet", c.tablet, Own}, {"sheet", c.sheet, Own}, {"lost", c.lost, 0},
		{"carer", c.carer, Care}, {"aunt", c.aunt, Read}, {"former", c.former, 0}, {"lead", c.lead, Treat},
		{"doctor", c.doctor, Treat}, {"nurse", c.nurse, Treat}, {"student", c.student, Read}, {"gone", c.gone, 0},
		{"other", c.other, 0}, {"doctor's old device", Author{device(17), c.doctor.Account}, 0},
		{"doctor's device in another's name", Author{c.doctor.Device, c.nurse.Account}, 0},
	} {
		if got := right(x.by); got != x.want {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
	raw, err := c.team.SetRole(c.lead, c.doctor.Account, Reader, at(60))
	c.team = c.addTeam(c.team, raw, err)
	if right(c.doctor) != Read {
		t.Error("the space does not see the new role")
	}
	for _, x := range []struct {
		by   Author
		n    uint32
		want Right
	}{
		{c.former, 1, Read}, {c.former, 2, 0}, {c.doctor, 2, Treat}, {c.gone, 2, 0}, {c.lost, 1, 0}, {c.anna, 1, Own},
		{Author{device(17), c.doctor.Account}, 1, 0}, {c.aunt, 9, 0}, {c.aunt, 0, 0},
	} {
		if got, _, _ := c.space.RightIn(x.n, x.by.Device.ID(), x.by.Account); got != x.want {
			t.Errorf("%v in epoch %d: %v, want %v", x.by.Account, x.n, got, x.want)
		}
	}
}

func TestACentresOwnSpaceBelongsToItsLeads(t *testing.T) {
	c := newCast(t)
	team := TeamRef(c.team.ID())
	raw, e, err := FoundSpace(TeamSpace, c.lead, team, nil, [32]byte{7}, c.book, at(60))
	if err != nil {
		t.Fatal(err)
	}
	s := must(ReplaySpace([]Raw{raw}, c.book))
	for _, x := range []struct {
		by   Author
		want Right
	}{{c.second, Own}, {c.doctor, Treat}, {c.student, Read}, {c.anna, 0}} {
		if got, _, _ := s.Right(x.by.Device.ID(), x.by.Account); got != x.want {
			t.Errorf("%v, want %v", got, x.want)
		}
	}
	if _, _, err := s.AddMember(c.doctor, Member{ref(c.other), Read}, e, false, at(61)); !errors.Is(err, ErrRight) {
		t.Errorf("a doctor adds to it: %v", err)
	}
	if _, _, err := s.AddMember(c.second, Member{ref(c.other), Read}, e, false, at(61)); err != nil {
		t.Errorf("a lead cannot add to it: %v", err)
	}
	if _, _, err := FoundSpace(TeamSpace, c.doctor, team, nil, [32]byte{7}, c.book, noon); !errors.Is(err, ErrRight) {
		t.Errorf("a doctor founds one: %v", err)
	}
	if _, _, err := FoundSpace(Home, c.anna, ref(c.carer), nil, [32]byte{7}, c.book, noon); !errors.Is(err, ErrRight) {
		t.Errorf("anna founds the carer's: %v", err)
	}
	if _, _, err := FoundSpace(Home, c.lead, team, nil, [32]byte{7}, c.book, noon); !errors.Is(err, ErrFormat) {
		t.Errorf("a team owns a home: %v", err)
	}
}

func TestLimitsAreCheckedFirst(t *testing.T) {
	if _, err := parse(make(Raw, MaxRaw+1)); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if _, err := ReplayAccount(make([]Raw, MaxChain+1)); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if _, err := ReplayAccount(nil); err == nil {
		t.Error("nothing replays")
	}
	if _, err := FoundAccount(device(1), strings.Repeat("x", MaxName+1), nil, noon); err == nil {
		t.Error("a name of 101 bytes passes")
	}
	// The largest team and space fit into one change.
	w := newWorld(t)
	lead := w.account(device(1), "lead")
	team := w.team(lead, "Large")
	var to []recipient
	ops := []op{}
	for i := range MaxMembers {
		by := w.account(device(1000+i), "x")
		if i < MaxMembers-1 {
			ops = append(ops, &opAdd{ref(by), uint8(Doctor), nil})
		}
		to = append(to, must(w.book.recipient(ref(by))))
	}
	to[MaxMembers-1] = must(w.book.recipient(ref(lead)))
	prev := must(team.Keys(lead.Device, w.acct(lead))).Key(1)
	k := must(newKey(teamKeyLabels, team.head.state.anchor, 2, seal.NewSecret(), prev, to))
	raw := forge(lead.Device, follow(team.chain, w.acct(lead).author(lead.Device), append(ops, k)...))
	team = w.addTeam(team, raw, nil)
	if len(team.Members()) != MaxMembers {
		t.Errorf("%d members", len(team.Members()))
	}
	t.Logf("a change that seals a key to %d members: %d bytes", MaxMembers, len(raw))
	more := w.account(device(5000), "one more")
	if _, err := team.AddMember(lead, more.Account, Doctor, noon); !errors.Is(err, ErrLimit) {
		t.Errorf("member %d: %v", MaxMembers+1, err)
	}
}

func TestABookKeepsWhatItKnowsWhenAChangeIsRefused(t *testing.T) {
	c := newCast(t)
	good := must(c.account.Rotate(c.anna.Device, at(60)))
	bad := append(Raw(nil), good...)
	bad[len(bad)-1] ^= 1
	if _, err := c.book.AddAccount(append(c.account.Raws(), good, bad)); err == nil {
		t.Error("passes")
	}
	if c.acct(c.anna).Head() != c.account.Head() {
		t.Error("half of it was kept")
	}
	if _, err := c.book.AddAccount(append(c.acct(c.carer).Raws(), c.account.Raws()...)); !errors.Is(err, ErrFork) {
		t.Errorf("two beginnings: %v", err)
	}
	// Shorter, older sets change nothing.
	if a, err := c.book.AddAccount(c.account.Raws()[:1]); err != nil || a.Head() != c.account.Head() {
		t.Errorf("the account went back: %v", err)
	}
	if _, err := NewBook().AddTeam(c.team.Raws()); !errors.Is(err, ErrUnknown) {
		t.Errorf("a team of unknown people: %v", err)
	}
	if id, p, ok := c.book.FindDevice(c.lost.Device.ID()); !ok || id != c.anna.Account || p.ID() != c.lost.Device.ID() {
		t.Error("the lost phone is not found")
	}
	// Another account that lists anna's phone does not take it over.
	pub := c.anna.Device.Public()
	raw := must(FoundAccount(c.guest, "", &pub, noon))
	must(c.book.AddAccount([]Raw{raw}))
	if _, _, ok := c.book.FindDevice(c.anna.Device.ID()); ok {
		t.Error("a device that two accounts claim is given to one")
	}
}

func TestEnrolmentProvesTheKeysForOneAccount(t *testing.T) {
	c := newCast(t)
	proof := Enrolment(c.guest, c.anna.Account)
	if err := CheckEnrolment(c.guest.Public(), c.anna.Account, proof); err != nil {
		t.Error(err)
	}
	if CheckEnrolment(c.guest.Public(), c.lead.Account, proof) == nil || CheckEnrolment(c.tablet.Device.Public(), c.anna.Account, proof) == nil {
		t.Error("the proof serves for something else")
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	c := newCast(t)
	k := c.keys(c.anna)
	var b bytes.Buffer
	for _, v := range []any{k, struct{ k *AccountKeys }{k}, c.anna, c.space} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			fmt.Fprintf(&b, verb, v)
		}
	}
	for _, s := range []seal.Secret{k.Key(1), k.Key(2), c.secret} {
		for _, form := range []string{"%x", "%d", "%s"} {
			if strings.Contains(b.String(), strings.Trim(fmt.Sprintf(form, s.Bytes()[:5]), "[]")) {
				t.Errorf("a key is printed with %s", form)
			}
		}
	}
}

// Three devices and the sheet change one account, each seeing only part of
// what the others did. In whatever order the changes arrive: one head, the
// invariants hold, and everybody in force reads the key in force.
func TestRandomHistoriesConvergeInEveryOrder(t *testing.T) {
	sheet := device(100).Public()
	genesis := must(FoundAccount(device(1), "", &sheet, noon))
	start := must(ReplayAccount([]Raw{genesis}))
	for _, n := range []int{2, 3} {
		start = must(start.Apply(must(start.AddDevice(device(1), device(n).Public(), must(start.Keys(device(1))), at(n)))))
	}
	ours := []int{1, 2, 3, 100}
	rapid.Check(t, func(rt *rapid.T) {
		replicas := make([]*Account, len(ours))
		for i := range replicas {
			replicas[i] = start
		}
		all := map[Hash]Raw{}
		next := 200
		for step := range rapid.IntRange(2, 9).Draw(rt, "steps") {
			i := rapid.IntRange(0, len(ours)-1).Draw(rt, "who")
			me, a := device(ours[i]), replicas[i]
			var raw Raw
			var err error
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				j := rapid.IntRange(0, len(ours)-1).Draw(rt, "whom")
				raw, err = a.RemoveDevice(me, device(ours[j]).ID(), at(10+step))
			case 1:
				raw, err = a.Rotate(me, at(10+step))
			case 2:
				var keys *AccountKeys
				if keys, err = a.Keys(me); err == nil {
					raw, err = a.AddDevice(me, device(next).Public(), keys, at(10+step))
					next++
				}
			case 3: // hears of what another knows
				j := rapid.IntRange(0, len(ours)-1).Draw(rt, "from")
				for _, r := range replicas[j].Raws() {
					a = must(a.Apply(r))
				}
				replicas[i] = a
				continue
			}
			if err != nil {
				continue // refused: retired, itself, not a member
			}
			all[HashOf(raw)] = raw
			replicas[i] = must(a.Apply(raw))
		}
		set := start.Raws()
		for _, r := range all {
			set = append(set, r)
		}
		first := must(ReplayAccount(set))
		r := rand.New(rand.NewSource(int64(rapid.IntRange(0, 1<<30).Draw(rt, "order"))))
		for range 3 {
			shuffled := slices.Clone(set)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if got := must(ReplayAccount(shuffled)); got.Head() != first.Head() || len(got.Raws()) != len(set) {
				rt.Fatal("the order of arrival decides")
			}
			// One at a time, later ones waiting for those they follow.
			one := start
			for len(shuffled) > 0 {
				rest := shuffled[:0:0]
				for _, x := range shuffled {
					if a, err := one.Apply(x); err == nil {
						one = a
					} else if errors.Is(err, ErrLink) {
						rest = append(rest, x)
					} else {
						rt.Fatal(err)
					}
				}
				shuffled = rest
			}
			if one.Head() != first.Head() {
				rt.Fatal("one at a time gives another head")
			}
		}
		if first.Length()+len(first.Voided()) != len(set) {
			rt.Fatal("changes were lost")
		}
		var want seal.Secret
		for _, d := range first.Devices() {
			i := slices.IndexFunc(ours, func(n int) bool { return device(n).ID() == d.ID })
			if i < 0 {
				continue
			}
			keys, err := first.Keys(device(ours[i]))
			if !d.Active() {
				if err == nil && keys.Newest() >= first.Generation() {
					rt.Fatal("a retired device reaches the key in force")
				}
				continue
			}
			if err != nil || !keys.Key(first.Generation()).Valid() || len(keys.secrets) != int(first.Generation()) {
				rt.Fatal("an active device does not reach all keys")
			}
			if want.Valid() && !want.Equal(keys.Key(first.Generation())) {
				rt.Fatal("two devices have two keys")
			}
			want = keys.Key(first.Generation())
		}
		// Whoever is active settles the merge with one new key.
		for _, n := range ours {
			if first.HasDevice(device(n).ID()) {
				done := must(first.Apply(must(first.Rotate(device(n), at(99)))))
				if done.NeedsRotation() {
					rt.Fatal("a new key does not settle the merge")
				}
				break
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, raws := range readChains(f, "testdata/cast.txt") {
		for _, r := range raws {
			f.Add([]byte(r))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parse(b)
		if err != nil {
			return
		}
		if again, err := c.encode(); err != nil || !bytes.Equal(append(again, b[len(again):]...), b) || len(again) != c.signed {
			t.Fatal("what was accepted is not written back")
		}
	})
}

// Signed by someone who may: the rules themselves must not fall over.
func FuzzApply(f *testing.F) {
	c := newCast(f)
	for _, r := range rows() {
		raw := r.raw(c)
		f.Add([]byte(raw[:len(raw)-seal.HybridSize]))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > MaxRaw || len(body) < 3 {
			return
		}
		for _, x := range []struct {
			on string
			by Author
			k  ChainKind
		}{{"account", c.anna, AccountChain}, {"team", c.lead, TeamChain}, {"space", c.anna, SpaceChain}} {
			if body[2] == byte(x.k) {
				raw := append(slices.Clone(body), x.by.Device.SignHybrid(x.k.label(), body)...)
				_ = c.apply(x.on, raw)
			}
		}
	})
}

func BenchmarkReplaySpace(b *testing.B) {
	c := newCast(b)
	s, secret := c.space, c.secret
	for i := range 50 {
		raw, e, err := s.Advance(c.anna, secret, at(60+i))
		if err != nil {
			b.Fatal(err)
		}
		s, secret = must(s.Apply(raw)), e
	}
	raws := s.Raws()
	b.ReportMetric(float64(len(raws)), "changes")
	for b.Loop() {
		must(ReplaySpace(raws, c.book))
	}
}
