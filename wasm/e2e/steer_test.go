package e2e

import (
	"strconv"
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

// A thief of the invitation waits until the inviter has shown its nonce, then
// makes the rendezvous anew with a request of its own, which it could choose
// to give the code that the patient is looking at.
func TestARequestCannotBeExchangedAfterTheCodeIsKnown(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	var info app.InviteInfo
	doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
	inv := must(join.ParseCode(info.Code))(t)
	pat := newPerson(t, r)
	pat.joins(inv)
	doc.until("the doctor sees a code", func() bool {
		doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
		return info.Check != ""
	})
	doc.Lock()

	rv := inv.Rendezvous()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
	raw := must(rv.Open(boxes.Boxes[0].Data))(t)
	book := keyring.NewBook()
	offer := must(rv.ReadOffer(raw, inv, book, time.Now()))(t)
	check(t, s.Delete(t.Context(), rv.Founding))
	check(t, s.Create(t.Context(), rv.Founding, rv.Access, time.Now().Add(time.Hour), *offer.Admission))
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	must(s.Append(t.Context(), rv.Channel(), []wire.Box{rv.Box(raw), rv.Box(thief(t, rv, offer, r.origin))}))(t)

	doc.reopen()
	doc.until("the invitation is burnt", func() bool {
		doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
		if info.Check != "" && info.State == app.InviteOpen {
			t.Fatal("the doctor is shown a code for another request than the one answered")
		}
		return info.State == app.InviteRefused
	})
	if doc.Confirm(t.Context(), id) == nil || doc.patientCount() != 0 {
		t.Fatal("the thief was let in")
	}
}

// thief makes a request as anybody who holds the invitation can.
func thief(t *testing.T, rv *join.Rendezvous, offer *join.Offer, origin string) []byte {
	dev := seal.DeviceFromSeed(seal.NewSecret())
	raw := must(keyring.FoundAccount(dev, "", nil, time.Now()))(t)
	a := must(keyring.ReplayAccount([]keyring.Raw{raw}))(t)
	return rv.Request(join.Request{
		Kind: join.Patient, Chains: []link.Chain{{Raws: a.Raws()}}, Origin: origin, By: join.Party{Device: dev.ID(), Account: a.ID()},
	}, offer, dev)
}

// A request without a usable space ends the invitation and leaves nothing.
func TestARequestThatBringsNothingIsRefused(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	var info app.InviteInfo
	doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
	inv := must(join.ParseCode(info.Code))(t)
	rv := inv.Rendezvous()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
	offer := must(rv.ReadOffer(must(rv.Open(boxes.Boxes[0].Data))(t), inv, keyring.NewBook(), time.Now()))(t)
	must(s.Append(t.Context(), rv.Channel(), []wire.Box{rv.Box(thief(t, rv, offer, r.origin))}))(t)
	doc.until("the doctor sees a code", func() bool {
		doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
		return info.Check != ""
	})
	if doc.Confirm(t.Context(), id) == nil {
		t.Fatal("confirmed nothing at all")
	}
	doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
	if info.State != app.InviteRefused || doc.patientCount() != 0 {
		t.Fatalf("the invitation is in state %d with %d patients", info.State, doc.patientCount())
	}
}

// Whichever write of joining fails, a second try ends with one shared space,
// which every later device finds, and with what was agreed to.
func TestJoiningSurvivesAFailedWrite(t *testing.T) {
	for n := 1; n <= 11; n++ {
		for _, kept := range []bool{false, true} {
			name := strconv.Itoa(n) + " lost"
			if kept {
				name = strconv.Itoa(n) + " kept, answer lost"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := startRelay(t)
				doc := r.centre("Centre A")
				id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
				var info app.InviteInfo
				doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
				inv := must(join.ParseCode(info.Code))(t)
				pat := newPerson(t, r)
				preview := must(pat.Preview(t.Context(), inv))(t)
				pat.disk.FailIn(n, kept)
				if err := pat.JoinCentre(t.Context(), preview, agreed(preview)); err != nil {
					pat.reopen()
					check(t, pat.JoinCentre(t.Context(), preview, agreed(preview)))
				}
				doc.until("the doctor sees a code", func() bool {
					doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
					return info.Check != ""
				})
				check(t, doc.Confirm(t.Context(), id))
				pat.until("the patient is connected", func() bool {
					connected := 0
					pat.Look(func(l app.Look) {
						for _, c := range l.Centres() {
							if c.State == app.CentreConnected {
								connected++
							}
						}
					})
					return connected == 1 && pat.centreCount() == 1
				})
				tablet := pat.admitted(r, join.Device, "")
				tablet.until("the tablet finds the centre", func() bool { return tablet.centreCount() == 1 })
				must(tablet.Record(t.Context(), note("here")))(t)
				var m uint32
				doc.Look(func(l app.Look) { m = l.Patients()[0].N })
				doc.until("the doctor hears from the tablet", func() bool { return doc.sees(m, diary.ID{}, hasNote("here")) })
				doc.until("the doctor has what was agreed to", func() bool {
					x := doc.sharing(m)
					return len(x.Agreed) == 1 && x.Agreed[0].Text == agreed(preview).Text
				})
			})
		}
	}
}

// Whichever write of confirming fails, the patient is let in by a second try
// and hears of it.
func TestConfirmingSurvivesAFailedWrite(t *testing.T) {
	for n := 1; n <= 6; n++ {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			r := startRelay(t)
			doc := r.centre("Centre A")
			id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
			var info app.InviteInfo
			doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
			inv := must(join.ParseCode(info.Code))(t)
			pat := newPerson(t, r)
			pat.joins(inv)
			sees := func() bool {
				doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
				return info.Check != ""
			}
			doc.until("the doctor sees a code", sees)
			doc.disk.FailIn(n, false)
			if doc.Confirm(t.Context(), id) != nil {
				doc.reopen()
				doc.until("the doctor sees the code again", sees)
				check(t, doc.Confirm(t.Context(), id))
			}
			pat.until("the patient is connected", func() bool {
				ok := false
				pat.Look(func(l app.Look) { ok = l.Centres()[0].State == app.CentreConnected })
				return ok
			})
			doc.until("there is one patient", func() bool { return doc.patientCount() == 1 })
		})
	}
}

func TestACentreCannotJoinItself(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	var info app.InviteInfo
	doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
	inv := must(join.ParseCode(info.Code))(t)
	if _, err := doc.Preview(t.Context(), inv); err != app.ErrOwn {
		t.Fatalf("a centre reads its own invitation: %v", err)
	}
}
