package e2e

import (
	"strconv"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
)

// carer takes somebody into a diary.
func (owner *person) carer(r *relay, right keyring.Right, name string) *person {
	t := owner.t
	t.Helper()
	return owner.let(newPerson(t, r), must(owner.InviteCarer(t.Context(), right, ""))(t), name)
}

// let takes a guest's device through an invitation to the end.
func (owner *person) let(guest *person, id [16]byte, name string) *person {
	t := owner.t
	t.Helper()
	var inv app.InviteInfo
	owner.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	preview := must(guest.Preview(t.Context(), must(join.ParseCode(inv.Code))(t)))(t)
	theirs := must(guest.Ask(within(t, 90*time.Second), preview, name))(t)
	owner.until("the owner sees the check code", func() bool {
		owner.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		return inv.Check != ""
	})
	if inv.Check != theirs {
		t.Fatalf("the check codes differ: %s and %s", inv.Check, theirs)
	}
	check(t, owner.Confirm(t.Context(), id))
	check(t, guest.Await(within(t, 90*time.Second)))
	return guest
}

func (p *person) called(name string) (who app.Person, ok bool) {
	p.Look(func(l app.Look) {
		for _, x := range l.People() {
			if x.Name == name && !x.Gone {
				who, ok = x, true
			}
		}
	})
	return who, ok
}

func (p *person) right() (r keyring.Right) {
	p.Look(func(l app.Look) { r = l.HomeRight() })
	return r
}

// sent waits until the relay has all.
func (p *person) sent() {
	p.t.Helper()
	p.until("everything is sent", func() bool {
		waiting := 1
		p.Look(func(l app.Look) { waiting = l.Status().Waiting })
		return waiting == 0
	})
}

func by(name string, text string) func(*diary.Item) bool {
	return func(it *diary.Item) bool {
		return hasNote(text)(it) && it.Author.Who == diary.Carer && it.Author.Name == name
	}
}

func TestACarerRecordsWhileTheOwnerIsAway(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	must(mother.Record(t.Context(), note("before grandmother")))(t)
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	oma.until("grandmother has the history", func() bool { return oma.sees(0, diary.ID{}, hasNote("before grandmother")) })
	oma.until("grandmother is in the centre's space", func() bool { return oma.centreCount() == 1 })
	// Who reads home must not learn an open invitation: it could steer the digits.
	must(mother.Invite(t.Context(), join.Device, ""))(t)
	mother.sent()
	mother.Lock()

	bled := must(oma.Record(t.Context(), bleed()))(t)
	must(oma.Record(t.Context(), note("at night")))(t)
	doc.until("the doctor sees it without the mother", func() bool { return doc.sees(n, diary.ID{}, hasNote("at night")) })
	if !doc.sees(n, diary.ID{}, by("", "at night")) {
		t.Fatal("to the centre the author is not a carer without a name")
	}
	var m uint32
	oma.Look(func(l app.Look) { m = l.Centres()[0].N })
	check(t, oma.Say(t.Context(), m, "Soll ich nachspritzen?", bled))
	doc.until("the doctor hears from the carer", func() bool {
		return doc.sees(n, diary.ID{}, func(it *diary.Item) bool {
			return it.Message() != nil && it.Author.Who == diary.Carer && !it.Message().About.IsZero()
		})
	})
	mother.reopen()
	mother.until("the mother sees who wrote it", func() bool { return mother.sees(0, diary.ID{}, by("Oma Inge", "at night")) })
	mother.until("and what was said to the centre, and by whom", func() bool {
		return mother.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Author.Name == "Oma Inge" })
	})
	// Nothing was written twice.
	if got := doc.entries(n); got != 4 {
		t.Fatalf("the centre has %d entries", got)
	}
	// What the mother writes reaches grandmother, and an answer both.
	must(mother.Record(t.Context(), note("back home")))(t)
	oma.until("grandmother sees it", func() bool { return oma.sees(0, diary.ID{}, hasNote("back home")) })
	check(t, doc.Say(t.Context(), n, "Ja, 500.", diary.ID{}))
	for _, p := range []*person{mother, oma} {
		p.until("the answer is there", func() bool {
			return p.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == "Ja, 500." })
		})
	}
	oma.Look(func(l app.Look) {
		if n := len(l.Invites()); n != 0 {
			t.Errorf("a carer reads %d invitations", n)
		}
	})
	oma.reopen()
	if !oma.sees(0, diary.ID{}, hasNote("at night")) || oma.right() != keyring.Care {
		t.Fatal("after unlocking the diary is not there")
	}
}

func TestARightIsLoweredRaisedAndEnded(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	oma.until("grandmother is in the centre's space", func() bool { return oma.centreCount() == 1 })
	must(oma.Record(t.Context(), note("as a carer")))(t)
	for _, p := range []*person{mother} {
		p.until("it is seen", func() bool { return p.sees(0, diary.ID{}, hasNote("as a carer")) })
	}
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("as a carer")) })
	who, _ := mother.called("Oma Inge")
	if who.Right != keyring.Care || who.You || who.Seen.IsZero() {
		t.Fatalf("%+v", who)
	}
	// She writes on while she does not know.
	settled := func(want keyring.Right) func() bool {
		return func() bool {
			who, _ = mother.called("Oma Inge")
			return who.Right == want && !who.Changing && who.Centres == 1
		}
	}
	check(t, mother.SetRight(t.Context(), who.ID, keyring.Read))
	mother.until("she may read, everywhere", settled(keyring.Read))
	oma.until("she hears of it", func() bool { return oma.right() == keyring.Read })
	if _, err := oma.Record(t.Context(), note("as a reader")); err != app.ErrRight {
		t.Fatalf("a reader records: %v", err)
	}
	must(mother.Record(t.Context(), note("for readers")))(t)
	oma.until("she reads on", func() bool { return oma.sees(0, diary.ID{}, hasNote("for readers")) })

	// A device that is set up now comes to the same end.
	laptop := mother.admitted(r, join.Device, "")
	laptop.until("the laptop has what she wrote as a carer, by her", func() bool { return laptop.sees(0, diary.ID{}, by("Oma Inge", "as a carer")) })

	check(t, mother.SetRight(t.Context(), who.ID, keyring.Care))
	mother.until("she may write again, everywhere", settled(keyring.Care))
	oma.until("she hears of it", func() bool { return oma.right() == keyring.Care })
	must(oma.Record(t.Context(), note("again")))(t)
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("again")) })
	// What has not come when she is removed is not hers to say any more.
	mother.until("the mother sees it", func() bool { return mother.sees(0, diary.ID{}, hasNote("again")) })

	check(t, mother.RemovePerson(t.Context(), who.ID))
	mother.until("she is out", func() bool { _, ok := mother.called("Oma Inge"); return !ok })
	oma.until("she is told", func() bool {
		removed := false
		oma.Look(func(l app.Look) { removed = l.Status().Removed })
		return removed
	})
	must(mother.Record(t.Context(), note("after she left")))(t)
	mother.sent()
	doc.until("the doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("after she left")) })
	if oma.sees(0, diary.ID{}, hasNote("after she left")) {
		t.Fatal("who was removed reads on")
	}
	if !mother.sees(0, diary.ID{}, by("Oma Inge", "again")) {
		t.Fatal("what she wrote is gone, or her name")
	}
}

// gone reports that a device's access has ended.
func (p *person) gone() bool {
	removed := false
	p.Look(func(l app.Look) { removed = l.Status().Removed })
	return removed
}

func (p *person) handover() (h app.Handover) {
	p.Look(func(l app.Look) {
		if list := l.Handovers(); len(list) > 0 {
			h = list[0]
		}
	})
	return h
}

// A grown child takes its diary over. Whatever browser is closed after whatever
// step, the diary works and the handing over goes on.
func TestADiaryIsHandedOver(t *testing.T) {
	t.Parallel()
	for name, stays := range map[string]keyring.Right{"and the mother reads on": keyring.Read, "and the mother cares": keyring.Care, "and the mother leaves": 0} {
		t.Run(name, func(t *testing.T) {
			r := startRelay(t)
			doc := r.centre("Zentrum Süd")
			mother, n := doc.patient(r, "")
			must(mother.Record(t.Context(), note("as a child")))(t)
			oma := mother.carer(r, keyring.Care, "Oma Inge")
			check(t, mother.SetOwnName(t.Context(), "Mama"))

			id := must(mother.InviteCarer(t.Context(), keyring.Own, "Lena"))(t)
			lena := mother.let(newPerson(t, r), id, "Lena")
			mother.reopen()
			lena.reopen()
			lena.until("the child keeps the diary", func() bool { return lena.right() == keyring.Own && lena.handover().Yours })
			lena.until("and at the centre as well", func() bool {
				who, _ := lena.called("Lena")
				return who.Centres == 1 && lena.centreCount() == 1
			})
			if lena.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Note() != nil && it.Author.Name != "Mama" }) {
				t.Error("the mother's entries are not hers")
			}

			// The child's own recovery sheet.
			check(t, lena.BeginSheet(t.Context()))
			var sheet join.Sheet
			lena.Look(func(l app.Look) { sheet, _ = l.Sheet() })
			check(t, lena.SheetDone(t.Context()))
			lena.reopen()
			lena.until("the sheet stands", func() bool {
				made := false
				lena.Look(func(l app.Look) { made = l.SheetInfo().Made && !l.SheetInfo().Next })
				return made
			})

			keeper := lena.handover().From
			check(t, lena.TakeOver(t.Context(), keeper, stays))
			lena.reopen() // the decision is said; everything else is upkeep's
			mother.reopen()
			right := func(p *person, id keyring.AccountID) (right keyring.Right, centres int, busy bool) {
				p.Look(func(l app.Look) {
					for _, x := range l.People() {
						if x.ID == id {
							right, centres, busy = x.Right, x.Centres, x.Changing
						}
					}
				})
				return right, centres, busy
			}
			lena.until("it holds everywhere", func() bool {
				now, centres, busy := right(lena, keeper)
				return now == stays && !busy && (stays == 0 || centres == 1)
			})
			if h := lena.handover(); !h.Done || h.Right != stays || h.FromRight != stays || h.ToRight != keyring.Own {
				t.Fatalf("the receipt says %+v", h)
			}
			if stays == 0 {
				mother.until("the mother is told", mother.gone)
			} else {
				mother.until("the mother has the receipt", func() bool { h := mother.handover(); return h.Done && h.You && h.FromRight == stays })
			}
			// She can change nothing any more.
			if _, err := mother.InviteCarer(t.Context(), keyring.Care, ""); err == nil {
				t.Error("who gave the diary away invites")
			}
			if mother.SetRight(t.Context(), lena.handover().To, keyring.Read) == nil {
				t.Error("who gave the diary away lowers the new keeper")
			}
			if id := must(lena.InviteCarer(t.Context(), keyring.Read, "Freund"))(t); id == [16]byte{} {
				t.Error("the new keeper cannot invite")
			}

			// The diary works for those who are left, and reaches the centre.
			must(lena.Record(t.Context(), note("on my own")))(t)
			doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("on my own")) })
			if !doc.sees(n, diary.ID{}, func(it *diary.Item) bool { return hasNote("on my own")(it) && it.Author.Who == diary.Patient }) {
				t.Error("to the centre the new keeper is not the patient")
			}
			oma.until("the grandmother sees it", func() bool { return oma.sees(0, diary.ID{}, hasNote("on my own")) })
			_, err := mother.Record(t.Context(), note("as a mother"))
			if (stays == keyring.Care) != (err == nil) {
				t.Errorf("the mother records: %v", err)
			}
			if stays == keyring.Care {
				lena.until("the child sees it", func() bool { return lena.sees(0, diary.ID{}, by("Mama", "as a mother")) })
			}
			check(t, doc.Say(t.Context(), n, "Willkommen", diary.ID{}))
			lena.until("the centre is heard", func() bool {
				return lena.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == "Willkommen" })
			})

			// A new browser comes back by the child's sheet, with the centre.
			lena.sent()
			lena.Lock()
			fresh := newPerson(t, r)
			check(t, fresh.Restore(within(t, 90*time.Second), sheet))
			fresh.until("the diary is there", func() bool { return fresh.sees(0, diary.ID{}, hasNote("on my own")) && fresh.right() == keyring.Own })
			fresh.until("and the centre", func() bool { return fresh.centreCount() == 1 })
			must(fresh.Record(t.Context(), note("from the new browser")))(t)
			doc.until("the doctor hears from it", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the new browser")) })
		})
	}
}

// What a carer wrote before there was a way to the centre, the owner's device
// sends in its place; and the carer does not send it again.
func TestAnOwnersDeviceSendsForACarerWhoHasNoWayYet(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	id := must(mother.InviteCarer(t.Context(), keyring.Care, ""))(t)
	oma := mother.let(newPerson(t, r), id, "Oma Inge")
	mother.sent()
	mother.Lock()
	must(oma.Record(t.Context(), note("no way yet")))(t)
	oma.sent()
	had := oma.centreCount() // 1 if the mother's device was quick
	oma.Lock()

	mother.env.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	mother.reopen()
	doc.until("the doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("no way yet")) })
	before := doc.entries(n)
	oma.env.Now = mother.env.Now
	oma.reopen()
	oma.until("the carer has her way", func() bool { return oma.centreCount() == 1 })
	must(oma.Record(t.Context(), note("on her own")))(t)
	doc.until("what she writes now arrives", func() bool { return doc.sees(n, diary.ID{}, by("", "on her own")) })
	if got := doc.entries(n); got != before+1 {
		t.Fatalf("%d entries became %d (had a way: %d)", before, got, had)
	}
}

func TestACarersPhotoReachesTheCentreAndTheOwner(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	oma.until("the carer is in the centre's space", func() bool { return oma.centreCount() == 1 })
	_, _, content := oma.photographs(1)
	mother.shows(0, content)
	doc.shows(n, content)
	reader := mother.carer(r, keyring.Read, "")
	reader.shows(0, content)
	if boxes, channels := r.pictures(); boxes != 2 || channels != 2 {
		t.Fatalf("%d pictures in %d channels", boxes, channels)
	}
}

// A carer's second browser finds its way to the centre by itself.
func TestACarerHasASecondBrowser(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	oma.until("the carer is in the centre's space", func() bool { return oma.centreCount() == 1 })
	mother.Lock()
	tablet := oma.admitted(r, join.Device, "")
	tablet.until("the tablet finds the centre", func() bool { return tablet.centreCount() == 1 })
	must(tablet.Record(t.Context(), note("from the tablet")))(t)
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, by("", "from the tablet")) })
}

// Whichever write fails, on either side, in letting the new keeper in and in
// deciding, the diary works and goes over in the end.
func TestHandingOverSurvivesAFailedWrite(t *testing.T) {
	for n := 1; n <= 5; n++ {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			r := startRelay(t)
			doc := r.centre("Zentrum Süd")
			mother, number := doc.patient(r, "")
			id := must(mother.InviteCarer(t.Context(), keyring.Own, ""))(t)
			var inv app.InviteInfo
			mother.Look(func(l app.Look) { inv, _ = l.Invite(id) })
			lena := newPerson(t, r)
			preview := must(lena.Preview(t.Context(), must(join.ParseCode(inv.Code))(t)))(t)
			must(lena.Ask(within(t, 90*time.Second), preview, "Lena"))(t)
			sees := func() bool {
				mother.Look(func(l app.Look) { inv, _ = l.Invite(id) })
				return inv.Check != ""
			}
			mother.until("the code is there", sees)
			mother.disk.FailIn(n, n%2 == 0)
			if mother.Confirm(t.Context(), id) != nil {
				mother.reopen()
				mother.until("the code is there again, or was confirmed", func() bool { return sees() || inv.State == app.InviteUsed })
				if inv.State != app.InviteUsed {
					check(t, mother.Confirm(t.Context(), id))
				}
			}
			lena.disk.FailIn(n, n%2 == 1)
			if lena.Await(within(t, 20*time.Second)) != nil {
				lena.reopen()
				if lena.right() == 0 {
					check(t, lena.Await(within(t, 90*time.Second)))
				}
			}
			lena.until("the child keeps it", func() bool { return lena.right() == keyring.Own && lena.handover().Yours && lena.centreCount() == 1 })
			keeper := lena.handover().From
			lena.disk.FailIn(n, n%2 == 0)
			if lena.TakeOver(t.Context(), keeper, keyring.Read) != nil {
				lena.reopen()
				if !lena.handover().Done {
					check(t, lena.TakeOver(t.Context(), keeper, keyring.Read))
				}
			}
			lena.reopen()
			lena.until("it has gone over", func() bool { h := lena.handover(); return h.Done && h.FromRight == keyring.Read })
			must(lena.Record(t.Context(), note("mine")))(t)
			doc.until("the doctor sees it", func() bool { return doc.sees(number, diary.ID{}, hasNote("mine")) })
			mother.until("the mother reads it", func() bool { return mother.sees(0, diary.ID{}, hasNote("mine")) })
		})
	}
}
