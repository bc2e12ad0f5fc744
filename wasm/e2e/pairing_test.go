package e2e

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// linking invites a further device and returns the invitation as it is read.
func (host *person) linking() ([16]byte, join.Invitation) {
	host.t.Helper()
	id := must(host.Invite(host.t.Context(), join.Device, ""))(host.t)
	return id, must(join.ParseCode(host.invitation(id).Code))(host.t)
}

func (host *person) invitation(id [16]byte) (info app.InviteInfo) {
	host.Look(func(l app.Look) { info, _ = l.Invite(id) })
	return info
}

func (p *person) devices() (list []app.Device) {
	p.Look(func(l app.Look) {
		for _, d := range l.Devices() {
			if !d.Sheet {
				list = append(list, d)
			}
		}
	})
	return list
}

// news are the names of the devices that the person should hear of.
func (p *person) news() (names []string) {
	for _, d := range p.devices() {
		if d.News {
			names = append(names, d.Name)
		}
	}
	return names
}

// A further device is named by its person, known to all others, and heard of.
func TestAFurtherDeviceIsNamedAndTheOthersHearOfIt(t *testing.T) {
	for _, who := range []string{"a patient", "a doctor"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			r := startRelay(t)
			phone := r.centre("Centre A")
			if who == "a patient" {
				phone, _ = phone.patient(r, "")
			}
			laptop := phone.admitted(r, join.Device, "Büro-Läppi")
			tablet := phone.admitted(r, join.Device, "Tablet")
			for _, p := range []*person{phone, laptop, tablet} {
				p.until("all devices have their names", func() bool {
					d := p.devices()
					return len(d) == 3 && d[1].Name == "Büro-Läppi" && d[2].Name == "Tablet"
				})
			}
			first := phone.devices()[0]
			for i, d := range laptop.devices() {
				if d.AddedBy != first.ID || d.This != (i == 1) || d.First != (i == 0) || !d.Active() {
					t.Errorf("device %d: %+v", i, d)
				}
				if i > 0 && time.Since(d.Heard) > time.Minute {
					t.Errorf("device %d was heard of at %v", i, d.Heard)
				}
			}
			// The phone added them itself; the tablet found the laptop there.
			if n := len(phone.news()) + len(tablet.news()); n != 0 {
				t.Errorf("%d notices of what is known", n)
			}
			if got := laptop.news(); len(got) != 1 || got[0] != "Tablet" {
				t.Fatalf("the laptop tells of %q", got)
			}
			id := laptop.devices()[2].ID
			laptop.reopen()
			if len(laptop.news()) != 1 {
				t.Error("the notice was gone after unlocking")
			}
			check(t, laptop.KnowDevice(t.Context(), id))
			laptop.reopen()
			if got := laptop.news(); len(got) != 0 {
				t.Errorf("after taking notice the laptop tells of %q", got)
			}
			// Any device of the account may give another name, which counts everywhere.
			check(t, laptop.NameDevice(t.Context(), first.ID, "Händi", app.Phone))
			phone.until("the new name has arrived", func() bool { return phone.devices()[0].Name == "Händi" && phone.devices()[0].Kind == app.Phone })
			// Removed by one, it is told of by the others, under its name.
			check(t, phone.RemoveDevice(t.Context(), laptop.devices()[1].ID))
			tablet.until("the tablet tells of it", func() bool { n := tablet.news(); return len(n) == 1 && n[0] == "Büro-Läppi" })
			if d := tablet.devices()[1]; d.Active() || d.RemovedBy != first.ID {
				t.Errorf("the laptop: %+v", d)
			}
			if len(phone.news()) != 0 {
				t.Error("the phone tells of what it did")
			}
			laptop.until("the laptop knows that it was removed", func() bool { return laptop.status().Removed })
			check(t, tablet.KnowDevice(t.Context(), tablet.devices()[1].ID))
			tablet.reopen()
			if len(tablet.news()) != 0 {
				t.Error("the tablet tells again of what is known")
			}
			for _, bad := range []string{"", " x", "x\ny", strings.Repeat("ä", 31), "\u202egnp"} {
				if phone.NameDevice(t.Context(), first.ID, bad, 0) == nil {
					t.Errorf("the name %q was taken", bad)
				}
			}
		})
	}
}

// Months after joining, any of a patient's devices can add another one.
func TestAFurtherDeviceCanAddAnother(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")
	laptop := phone.admitted(r, join.Device, "laptop")
	laptop.until("the centre is there", func() bool { return laptop.centreCount() == 1 })
	phone.Lock()
	tablet := laptop.admitted(r, join.Device, "tablet")
	tablet.until("the tablet knows all", func() bool { return len(tablet.devices()) == 3 && tablet.devices()[2].Name == "tablet" })
	// The ticket that came with the invitation ends after 37 days; the centre
	// gives new ones.
	laptop.move(60 * 24 * time.Hour)
	check(t, func() error { _, err := laptop.Invite(t.Context(), join.Device, ""); return err }())
}

// A13: an invitation works once, and only while its inviter says so.
func TestADeviceInvitationIsUsedOnceAndInTime(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")

	id, inv := phone.linking()
	if got := time.Until(phone.invitation(id).Expires); got > 10*time.Minute || got < 9*time.Minute {
		t.Errorf("it is valid for %v", got)
	}
	first, second := newPerson(t, r), newPerson(t, r)
	p1, p2 := must(first.Preview(t.Context(), inv))(t), must(second.Preview(t.Context(), inv))(t)
	code := must(first.Ask(within(t, 90*time.Second), p1, "first"))(t)
	if _, err := second.Ask(within(t, 90*time.Second), p2, "second"); err != app.ErrUsed {
		t.Errorf("the second to ask: %v", err)
	}
	if _, err := newPerson(t, r).Preview(t.Context(), inv); err != app.ErrUsed {
		t.Errorf("a third: %v", err)
	}
	phone.until("the phone has a code", func() bool { return phone.invitation(id).Check != "" })
	if got := phone.invitation(id).Check; got != code {
		t.Fatalf("the phone shows %s, the first device %s", got, code)
	}
	check(t, phone.Confirm(t.Context(), id))
	check(t, first.Await(within(t, 90*time.Second)))
	if err := phone.Confirm(t.Context(), id); err != app.ErrRevoked {
		t.Errorf("confirmed again: %v", err)
	}
	if err := second.Await(within(t, 90*time.Second)); err != app.ErrUsed {
		t.Errorf("the second waits: %v", err)
	}

	// Asked in time, confirmed too late; the relay still has the channel.
	id, inv = phone.linking()
	late := newPerson(t, r)
	must(late.Ask(within(t, 90*time.Second), must(late.Preview(t.Context(), inv))(t), "late"))(t)
	phone.until("the phone has a code", func() bool { return phone.invitation(id).Check != "" })
	phone.move(11 * time.Minute)
	if err := phone.Confirm(t.Context(), id); err != join.ErrExpired {
		t.Errorf("confirmed after the end: %v", err)
	}
	// Asked too late by a device whose clock is behind: nobody answers.
	phone.move(0)
	id, inv = phone.linking()
	slow := newPerson(t, r)
	p := must(slow.Preview(t.Context(), inv))(t)
	phone.move(11 * time.Minute)
	check(t, slow.Wish(t.Context(), p, "slow"))
	if err := slow.Await(within(t, 3*time.Second)); !errors.Is(err, t.Context().Err()) && err == nil {
		t.Error("let in after the end")
	}
	if got := phone.invitation(id).Check; got != "" || len(phone.devices()) != 2 {
		t.Errorf("the phone shows %q and has %d devices", got, len(phone.devices()))
	}
	// A device whose clock is right knows that it is over.
	right := newPerson(t, r)
	right.move(11 * time.Minute)
	if _, err := right.Preview(t.Context(), inv); err != join.ErrExpired {
		t.Errorf("after the end: %v", err)
	}
}

// A14: a link to further devices means nothing on a device that has a diary or
// a centre already, whoever sent it; what is there stays what it is.
func TestADeviceLinkDoesNotTakeOverAnEstablishedDevice(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, _ := doc.patient(r, "")
	attacker, _ := doc.patient(r, "")
	for _, victim := range []*person{pat, doc} {
		id, inv := attacker.linking()
		if _, err := victim.Preview(t.Context(), inv); err != app.ErrOwn {
			t.Errorf("the link was read: %v", err)
		}
		// Nor does one that was read before.
		fresh := newPerson(t, r)
		p := must(fresh.Preview(t.Context(), inv))(t)
		if err := victim.Wish(t.Context(), p, "mine"); err != app.ErrOwn {
			t.Errorf("the link was used: %v", err)
		}
		if attacker.invitation(id).Asking {
			t.Error("the attacker was answered")
		}
	}
}

// A15: what a device is called is never taken for what it is.
func TestANameIsNotTakenForADevice(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")
	own := phone.devices()[0].ID
	id, inv := phone.linking()
	thief := newPerson(t, r)
	p := must(thief.Preview(t.Context(), inv))(t)
	mine := must(thief.Ask(within(t, 90*time.Second), p, hex.EncodeToString(own[:30])))(t)
	phone.until("the phone has a code", func() bool { return phone.invitation(id).Check != "" })
	// The code that the phone's person compares is that of the thief's keys, not
	// that of any device the name speaks of: another browser has another.
	id2, inv2 := phone.linking()
	right := newPerson(t, r)
	theirs := must(right.Ask(within(t, 90*time.Second), must(right.Preview(t.Context(), inv2))(t), hex.EncodeToString(own[:30])))(t)
	phone.until("the phone has another code", func() bool { return phone.invitation(id2).Check != "" })
	if mine != phone.invitation(id).Check || theirs != phone.invitation(id2).Check || mine == theirs {
		t.Fatalf("codes %s and %s", mine, theirs)
	}
	check(t, phone.Confirm(t.Context(), id2))
	check(t, right.Await(within(t, 90*time.Second)))
	phone.until("the name has come", func() bool { return len(phone.devices()) == 2 && phone.devices()[1].Name != "" })
	if d := phone.devices()[0]; d.ID != own || !d.This || d.Name != "" {
		t.Errorf("the phone takes itself for %+v", d)
	}
	// Another account says nothing of it.
	other, _ := doc.patient(r, "")
	check(t, other.NameDevice(t.Context(), own, "stolen", 0))
	if got := other.devices(); len(got) != 1 || got[0].Name != "" {
		t.Errorf("another account's device is listed: %+v", got)
	}
}

// A16: who holds two invitations, with the relay's help, cannot join what was
// said in one to the other.
func TestTwoPairingsCannotBeSpliced(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")
	id1, inv1 := phone.linking()
	id2, inv2 := phone.linking()
	rv1, rv2 := inv1.Rendezvous(), inv2.Rendezvous()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	offer := func(inv join.Invitation) (raw []byte, o *join.Offer) {
		rv := inv.Rendezvous()
		must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
		boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
		raw = must(rv.Open(boxes.Boxes[0].Data))(t)
		return raw, must(rv.ReadOffer(raw, inv, keyring.NewBook(), time.Now()))(t)
	}
	raw1, o1 := offer(inv1)
	_, o2 := offer(inv2)
	dev := seal.DeviceFromSeed(seal.NewSecret())
	q := join.Request{Kind: join.Device, By: join.Party{Device: dev.ID(), Account: o1.By.Account}}
	for name, msg := range map[string][]byte{
		"an offer of the other":               raw1,
		"a request to the other's offer":      rv1.Request(q, o1, dev),
		"a request here to the other's offer": rv2.Request(q, o1, dev),
	} {
		must(s.Append(t.Context(), rv2.Channel(), []wire.Box{rv2.Box(msg)}))(t)
		time.Sleep(200 * time.Millisecond)
		if phone.invitation(id2).Asking {
			t.Errorf("%s was taken for an answer", name)
		}
	}
	// One device in both talks: the codes are of each talk alone.
	must(s.Append(t.Context(), rv1.Channel(), []wire.Box{rv1.Box(rv1.Request(q, o1, dev))}))(t)
	must(s.Append(t.Context(), rv2.Channel(), []wire.Box{rv2.Box(rv2.Request(q, o2, dev))}))(t)
	phone.until("both have codes", func() bool { return phone.invitation(id1).Check != "" && phone.invitation(id2).Check != "" })
	if phone.invitation(id1).Check == phone.invitation(id2).Check {
		t.Error("two talks have one code")
	}
}

// The differing code ends it on both sides, and nobody is let in.
func TestADifferingCodeEndsThePairing(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")
	id, inv := phone.linking()
	laptop := newPerson(t, r)
	must(laptop.Ask(within(t, 90*time.Second), must(laptop.Preview(t.Context(), inv))(t), "laptop"))(t)
	phone.until("the phone has a code", func() bool { return phone.invitation(id).Check != "" })
	check(t, phone.Refuse(t.Context(), id))
	if err := laptop.Await(within(t, 90*time.Second)); err != app.ErrDiffer {
		t.Errorf("the laptop hears %v", err)
	}
	if _, waits := laptop.Waiting(t.Context()); waits || len(phone.devices()) != 1 {
		t.Error("somebody still waits, or was let in")
	}
	if err := phone.Confirm(t.Context(), id); err != app.ErrRevoked {
		t.Errorf("confirmed after all: %v", err)
	}
}

// A browser that is closed while it waits goes on where it was.
func TestAWishOutlivesARestart(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, _ := doc.patient(r, "")
	id, inv := phone.linking()
	laptop := newPerson(t, r)
	p := must(laptop.Preview(t.Context(), inv))(t)
	p.Device = app.Computer
	r.kill()
	check(t, laptop.Wish(t.Context(), p, "Läppi")) // no network is needed for it
	laptop.reopen()
	if w, ok := laptop.Waiting(t.Context()); !ok || w.Name != "Läppi" || w.Check != "" {
		t.Fatalf("it waits as %+v", w)
	}
	r.start()
	in := make(chan error, 1)
	go func() { in <- laptop.Await(within(t, 40*time.Second)) }()
	phone.until("the phone has a code", func() bool { return phone.invitation(id).Check != "" })
	laptop.until("and the laptop", func() bool { w, _ := laptop.Waiting(t.Context()); return w.Check == phone.invitation(id).Check })
	laptop.Lock() // ends the waiting
	if err := <-in; err == nil {
		t.Fatal("let in too early")
	}
	laptop.reopen()
	check(t, phone.Confirm(t.Context(), id))
	check(t, laptop.Await(within(t, 90*time.Second)))
	phone.until("the name is there", func() bool {
		d := phone.devices()
		return len(d) == 2 && d[1].Name == "Läppi" && d[1].Kind == app.Computer
	})
	// Given up: nothing waits, and asking again is possible.
	third := newPerson(t, r)
	_, inv = phone.linking()
	check(t, third.Wish(t.Context(), must(third.Preview(t.Context(), inv))(t), "x"))
	check(t, third.GiveUp(t.Context()))
	if _, waits := third.Waiting(t.Context()); waits {
		t.Error("it still waits")
	}
}

// There is room for 32 devices, the recovery sheet among them.
func TestThereIsAnEndToDevices(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("adds 30 devices")
	}
	r := startRelay(t)
	r.tenantForAll()
	phone := newPerson(t, r)
	phone.until("the relay offers a diary", func() bool { return phone.FoundAlone(t.Context()) == nil })
	for len(phone.devices()) < app.MaxDevices-1 {
		phone.admitted(r, join.Device, "d").Lock()
	}
	if _, err := phone.Invite(t.Context(), join.Device, ""); !errors.Is(err, keyring.ErrLimit) {
		t.Errorf("one more: %v", err)
	}
}

// Who helps with a diary has further devices too, which are that helper's and
// nobody else's; the owner's devices read nothing of their invitations.
func TestAHelperUsesASecondDevice(t *testing.T) {
	for name, right := range map[string]keyring.Right{"records": keyring.Care, "reads": keyring.Read} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRelay(t)
			doc := r.centre("Centre A")
			mother, _ := doc.patient(r, "")
			must(mother.Record(t.Context(), note("before")))(t)
			gran := mother.carer(r, right, "Oma Inge")
			tablet := gran.admitted(r, join.Device, "Tablet")
			tablet.until("the tablet has the diary", func() bool { return tablet.sees(0, diary.ID{}, hasNote("before")) })
			tablet.until("the tablet is the helper's", func() bool { d := tablet.devices(); return len(d) == 2 && d[1].Name == "Tablet" && d[1].This })
			if tablet.right() != right {
				t.Errorf("the tablet's right is %v", tablet.right())
			}
			if right == keyring.Care {
				must(tablet.Record(t.Context(), note("from the tablet")))(t)
				mother.until("the mother has it", func() bool { return mother.sees(0, diary.ID{}, hasNote("from the tablet")) })
			}
			if d := mother.devices(); len(d) != 1 {
				t.Errorf("the mother has %d devices", len(d))
			}
			mother.Look(func(l app.Look) {
				for _, i := range l.Invites() {
					if i.Kind == join.Device {
						t.Error("the mother reads the helper's invitation")
					}
				}
			})
			check(t, gran.RemoveDevice(t.Context(), tablet.devices()[1].ID))
			tablet.until("the tablet knows that it was removed", func() bool { return tablet.status().Removed })
			if _, ok := mother.called("Oma Inge"); !ok {
				t.Error("the helper is gone with the tablet")
			}
		})
	}
}
