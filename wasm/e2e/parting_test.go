package e2e

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// ended is the end with the patient or centre of a number; nil: none.
func (p *person) ended(n uint32) (end *app.Parting) {
	p.Look(func(l app.Look) {
		if i, ok := l.Patient(n); ok {
			end = i.Parting
		}
		for _, i := range l.Centres() {
			if i.N == n {
				end = i.Parting
			}
		}
	})
	return end
}

// A patient leaves a centre: from there on it learns nothing, at the relay and in
// its books, and everybody knows when and why. Home and the other centre go on.
func TestAPatientLeavesACentre(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	reader := doc.employs(r, keyring.Reader, "Herr Grau")
	pat, n := doc.patient(r, "bed 4")
	tablet := pat.admitted(r, join.Device, "")
	tablet.until("it has found the centre", func() bool { return tablet.centreCount() == 1 })
	other := r.centre("Centre B")
	id := must(other.Invite(t.Context(), join.Patient, ""))(t)
	other.accept(pat, id)
	check(t, only(pat.Record(t.Context(), note("before"))))
	doc.until("the note is there", func() bool { return doc.sees(n, diary.ID{}, hasNote("before")) })
	reader.until("the reader has the patient", func() bool { return reader.patientCount() == 1 })
	centre := pat.firstCentre()
	check(t, reader.Opened(t.Context(), reader.nth(0)))
	check(t, doc.Say(t.Context(), n, "come on Monday", diary.ID{}))
	pat.until("patient and doctor have the look at the diary and the message", func() bool {
		return len(pat.openings()) == 1 && len(doc.visits()) == 1 && pat.sees(0, diary.ID{}, hasMessage("come on Monday"))
	})
	doors := r.doors()

	if err := reader.Discharge(t.Context(), reader.nth(0), app.PartingMoved); !errors.Is(err, app.ErrRight) {
		t.Errorf("a reader discharges: %v", err)
	}
	check(t, pat.LeaveCentre(t.Context(), centre, app.PartingOther))
	check(t, pat.LeaveCentre(t.Context(), centre, app.PartingOther)) // again: nothing
	check(t, only(pat.Record(t.Context(), note("after"))))
	for name, p := range map[string]*person{"doctor": doc, "reader": reader} {
		p.until("the "+name+" knows that it is over", func() bool { end := p.ended(p.nth(0)); return end != nil && end.Shut })
		if end := p.ended(p.nth(0)); end.ByCentre || end.Reason != app.PartingOther || time.Since(end.At) > time.Hour {
			t.Errorf("the %s knows this: %+v", name, end)
		}
		if !p.sees(p.nth(0), diary.ID{}, hasNote("before")) {
			t.Errorf("the %s has lost what was shared", name)
		}
	}
	pat.until("the centre is out", func() bool { end := pat.ended(centre); return end != nil && end.Shut })
	tablet.until("the tablet knows", func() bool { end := tablet.ended(tablet.firstCentre()); return end != nil && end.Shut })
	check(t, only(tablet.Record(t.Context(), note("from the tablet"))))
	pat.until("home goes on", func() bool { return pat.sees(0, diary.ID{}, hasNote("from the tablet")) })
	other.until("the other centre as well", func() bool {
		return other.sees(other.nth(0), diary.ID{}, hasNote("from the tablet")) && other.sees(other.nth(0), diary.ID{}, hasNote("after"))
	})
	if err := pat.Say(t.Context(), centre, "hello?", diary.ID{}); !errors.Is(err, app.ErrParted) {
		t.Errorf("a message into the void: %v", err)
	}
	if err := doc.Say(t.Context(), n, "hello?", diary.ID{}); !errors.Is(err, app.ErrParted) {
		t.Errorf("a message into the void: %v", err)
	}
	for name, p := range map[string]*person{"doctor": doc, "patient": pat} {
		p.reopen()
		p.until("all is quiet after a restart", func() bool {
			st := p.status()
			busy := true
			p.Look(func(l app.Look) { _, busy = l.Renewal() })
			return st.Online && !st.Trying && !st.Alarm && !st.Overdue && !busy
		})
		if len(doc.visits()) != 1 || len(pat.openings()) != 1 {
			t.Error("who looked at the diary is forgotten")
		}
		if p.ended(map[bool]uint32{true: centre, false: n}[p == pat]) == nil {
			t.Errorf("the %s has forgotten it", name)
		}
	}

	// What was written before can still be read, and be marked so.
	pat.Look(func(l app.Look) {
		if l.Diary().Unread(diary.Patient) != 1 {
			t.Error("the message is not new")
		}
	})
	var message diary.ID
	pat.Look(func(l app.Look) {
		for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindMessage}}) {
			message = it.Entry.Top().ID
		}
	})
	check(t, pat.Tell(t.Context(), centre, &diary.Seen{Entries: []diary.ID{message}}))
	pat.Look(func(l app.Look) {
		if l.Diary().Unread(diary.Patient) != 0 {
			t.Error("the message stays new for ever")
		}
	})
	doc.Look(func(l app.Look) {
		if now := diary.MomentOf(time.Now()); len(l.WorkOf(n, now)) > 0 || l.WorkCount(now) > 0 || l.PatientCount() > 0 {
			t.Error("there is work on somebody who has left")
		}
	})

	// Who looks at it now is in the centre's log, and the patient learns nothing of it.
	logged := len(doc.visits())
	check(t, doc.Opened(t.Context(), n))
	check(t, doc.Opened(t.Context(), n)) // within the hour
	check(t, reader.Opened(t.Context(), reader.nth(0)))
	for name, p := range map[string]*person{"doctor": doc, "reader": reader} {
		p.until("the "+name+" has the look at a closed diary", func() bool { return len(p.visits()) == logged+1 })
	}
	if v := doc.visits()[0]; v.Patient != n || v.Name != "Dr. Blau" || len(pat.openings()) != 1 {
		t.Errorf("the log says %+v; the patient has %d", v, len(pat.openings()))
	}

	// With the relay's help the centre has the old key of the channel. It is of no use.
	r.collude(doors)
	doc.reopen()
	doc.settled()
	if doc.sees(n, diary.ID{}, hasNote("after")) || doc.sees(n, diary.ID{}, hasNote("from the tablet")) {
		t.Error("the centre reads on")
	}

	// A colleague who comes later hears of the patient by the team alone, and works.
	late := doc.employs(r, keyring.Doctor, "Dr. Spät")
	late.until("the late one knows of the former patient", func() bool {
		var list []app.FormerPatient
		late.Look(func(l app.Look) { list = l.FormerPatients() })
		return len(list) == 1 && list[0].Note == "bed 4" && list[0].Parting.Reason == app.PartingOther && !list[0].Parting.ByCentre
	})

	// The patient comes back, as somebody else to the centre, with the whole diary.
	id = must(doc.Invite(t.Context(), join.Patient, "again"))(t)
	doc.accept(pat, id)
	doc.until("the patient is back", func() bool {
		return doc.patientCount() == 2 && doc.sees(doc.nth(1), diary.ID{}, hasNote("after"))
	})
	if doc.ended(doc.nth(1)) != nil {
		t.Error("the patient who came back has left")
	}
}

// What was recorded after leaving does not go out before the farewell, whatever
// happens to network and browser in between.
func TestLeavingWithoutANetworkHoldsBackEverythingAfterIt(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	centre := pat.firstCentre()
	r.kill()
	check(t, only(pat.Record(t.Context(), note("before"))))
	check(t, pat.LeaveCentre(t.Context(), centre, app.PartingWish))
	check(t, only(pat.Record(t.Context(), note("after"))))
	pat.reopen()
	check(t, only(pat.Record(t.Context(), note("much later"))))
	r.start()
	pat.Wake()
	doc.Wake()
	doc.until("the doctor hears the farewell", func() bool { end := doc.ended(n); return end != nil && end.Shut && end.Reason == app.PartingWish })
	if !doc.sees(n, diary.ID{}, hasNote("before")) || doc.sees(n, diary.ID{}, hasNote("after")) || doc.sees(n, diary.ID{}, hasNote("much later")) {
		t.Error("the doctor has something else than what was recorded before")
	}
	if !pat.sees(0, diary.ID{}, hasNote("much later")) {
		t.Error("the patient lost something")
	}
}

// A centre that is closed when its patient leaves finds in the morning what was
// said before, and why it was left. One that never comes back is shut out all the
// same when its lease is over.
func TestAClosedCentreLearnsOfALeavingInTheMorning(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	second, _ := doc.patient(r, "")
	doc.settled()
	doc.Lock()
	for _, p := range []*person{pat, second} {
		check(t, only(p.Record(t.Context(), note("before"))))
		check(t, p.LeaveCentre(t.Context(), p.firstCentre(), app.PartingMoved))
		p.until("all is sent", func() bool { st := p.status(); return st.Waiting == 0 && st.Online && !st.Trying })
		p.reopen()
		p.settled()
		if end := p.ended(p.firstCentre()); end == nil || end.Shut {
			t.Fatalf("the centre was shut out before it could know: %+v", end)
		}
	}
	second.move(8 * 24 * time.Hour)
	second.reopen()
	second.until("the lease is over", func() bool { return second.ended(second.firstCentre()).Shut })

	check(t, doc.Unlock(t.Context(), pass))
	doc.until("the doctor knows", func() bool { end := doc.ended(n); return end != nil && end.Shut && end.Reason == app.PartingMoved })
	if !doc.sees(n, diary.ID{}, hasNote("before")) {
		t.Error("what was said before is lost for the centre")
	}
	pat.until("the centre is out", func() bool { return pat.ended(pat.firstCentre()).Shut })
}

// A centre discharges: the patient's devices hear it, send nothing more and take
// the centre's keys away. A colleague's device sees it, and a carer cannot do it.
func TestACentreDischargesAPatient(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	nurse := doc.employs(r, keyring.Nurse, "Schwester Lila")
	pat, n := doc.patient(r, "")
	nurse.until("the nurse has the patient", func() bool { return nurse.patientCount() == 1 })
	carer := pat.lets(r, must(pat.InviteCarer(t.Context(), keyring.Care, ""))(t), "Oma")
	carer.until("the carer has found the centre", func() bool { return carer.centreCount() == 1 })
	if err := carer.LeaveCentre(t.Context(), carer.firstCentre(), app.PartingWish); !errors.Is(err, app.ErrRight) {
		t.Errorf("a carer leaves for the patient: %v", err)
	}
	pat.Lock()
	check(t, nurse.Discharge(t.Context(), nurse.nth(0), app.PartingMoved))
	doc.until("the colleague sees it", func() bool { end := doc.ended(n); return end != nil && end.ByCentre && end.By == "Schwester Lila" })
	if doc.ended(n).Shut {
		t.Error("shut out before a device of the patient could do it")
	}
	check(t, pat.Unlock(t.Context(), pass))
	centre := pat.firstCentre()
	pat.until("the patient hears it, and the centre is out", func() bool { end := pat.ended(centre); return end != nil && end.ByCentre && end.Shut })
	check(t, only(pat.Record(t.Context(), note("after"))))
	carer.until("home goes on", func() bool { return carer.sees(0, diary.ID{}, hasNote("after")) })
	doc.until("the centre is out there as well", func() bool { return doc.ended(n).Shut })
	if doc.sees(n, diary.ID{}, hasNote("after")) {
		t.Error("the centre reads on")
	}
}

// The way out by the screens: the question, the receipt, and what both pages say
// from then on.
func TestLeavingAndDischargingOnTheScreens(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "bed 4")
	second, m := doc.patient(r, "bed 5")
	centre, other := strconv.Itoa(int(pat.firstCentre())), strconv.Itoa(int(second.firstCentre()))
	home, gone, desk := pat.screen(), second.screen(), doc.screen()

	home.press(view.ActGoCentre)
	pat.reads(home, `id="part-form"`)
	home.press(view.ActPartForm, view.FieldCentre, centre)
	pat.reads(home, "Leave Centre A?")
	home.press(view.ActPart, view.FieldCentre, centre, view.FieldReason, "1")
	pat.reads(home, "You have left Centre A")
	pat.reads(home, "To another centre")
	pat.reads(home, "keys have been taken away")
	home.press(view.ActGoCentre)
	pat.reads(home, `id="parted"`)
	pat.misses(home, `id="part-form"`)
	if strings.Contains(home.page(), `data-act="`+view.ActMessageSend) {
		t.Error("there still is a place to write")
	}

	desk.press(view.ActPatientOpen, view.FieldPatient, strconv.Itoa(int(n)))
	doc.reads(desk, "The patient has left the centre")
	desk.press(view.ActPatientOpen, view.FieldPatient, strconv.Itoa(int(m)))
	doc.reads(desk, `id="part-form"`)
	desk.press(view.ActPartForm, view.FieldPatient, strconv.Itoa(int(m)))
	doc.reads(desk, "This ends your care")
	desk.press(view.ActPart, view.FieldPatient, strconv.Itoa(int(m)), view.FieldReason, "2")
	doc.reads(desk, "Moved away")
	doc.reads(desk, "bed 5")
	doc.reads(desk, "keys have been taken away")
	// A recall goes to those who are left, and does not fail for those who are not.
	third, _ := doc.patient(r, "bed 6")
	desk.press(view.ActRecallForm)
	doc.reads(desk, `name="`+view.FieldLot+"0")
	desk.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB12")
	doc.reads(desk, "Send to 1 patient")
	desk.press(view.ActRecallMore, view.FieldRecall, app.RecallKey(&diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "AB12"}}}))
	doc.reads(desk, "Sent to 1 patient.")
	third.until("the recall is there", func() (there bool) {
		third.Look(func(l app.Look) {
			there = len(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindRecall}})) == 1
		})
		return there
	})
	gone.press(view.ActGoCentre)
	second.reads(gone, "Centre A has discharged you")
	gone.press(view.ActPartReceipt, view.FieldCentre, other)
	second.reads(gone, "Moved away")
}

// A centre enters that a patient has died: at home nothing is due any more and no
// word hurts, at the centre the record stays. Should it have been a mistake, the
// next entry at home brings everything back.
func TestADeathSilencesADiaryUntilSomebodyWritesInIt(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	second := doc.employs(r, keyring.Doctor, "Dr. Grün")
	pat, n := doc.patient(r, "bed 4")
	second.until("the colleague has the patient", func() bool { return second.patientCount() == 1 })
	yesterday := diary.DateOf(time.Now().UTC().AddDate(0, 0, -1))
	check(t, doc.Tell(t.Context(), n, &diary.Plan{
		Product: "fviii.advate", Amount: diary.Units(1500), Schedule: diary.Schedule{EveryDays: 1, Times: []uint16{0, 6 * 60, 12 * 60, 18 * 60}}, Reason: diary.ReasonProphylaxis, From: yesterday, Clinician: "Dr. Blau",
	}))
	home, desk := pat.screen(), doc.screen()
	pat.reads(home, view.ActDose)

	patient := strconv.Itoa(int(n))
	desk.press(view.ActPatientOpen, view.FieldPatient, patient)
	doc.reads(desk, `id="died-form"`)
	desk.press(view.ActPartForm, view.FieldPatient, patient)
	doc.reads(desk, "This ends your care")
	if strings.Contains(desk.page(), "Died") {
		t.Error("a death is one of the reasons to discharge")
	}
	desk.press(view.ActBack)
	desk.press(view.ActDiedForm, view.FieldPatient, patient)
	doc.reads(desk, "Vialog falls silent")
	died := strconv.Itoa(int(view.PartingDied))
	desk.press(view.ActPart, view.FieldPatient, patient, view.FieldReason, died, view.FieldDate, yesterday.AddDays(8).String())
	doc.reads(desk, "This day has not come yet.")
	if doc.ended(n) != nil {
		t.Fatal("a death of next week was entered")
	}
	desk.press(view.ActPart, view.FieldPatient, patient, view.FieldReason, died, view.FieldDate, yesterday.String())
	doc.reads(desk, "The patient has died")
	doc.reads(desk, "the legal record stays complete")
	doc.reads(desk, lang.English.Date(yesterday.Time()))
	// A colleague knows the day better, then nobody does; it is the same for both.
	day := func(p *person) (d diary.Date) {
		if end := p.ended(p.nth(0)); end != nil {
			d = end.Died
		}
		return d
	}
	second.until("the colleague has the day", func() bool { return day(second) == yesterday })
	check(t, second.SetDeath(t.Context(), second.nth(0), yesterday.AddDays(-3)))
	if err := second.SetDeath(t.Context(), second.nth(0), yesterday.AddDays(3)); !errors.Is(err, app.ErrDay) {
		t.Errorf("a day to come: %v", err)
	}
	doc.reads(desk, lang.English.Date(yesterday.AddDays(-3).Time()))
	desk.press(view.ActDeathForm, view.FieldPatient, patient)
	doc.reads(desk, `value="`+yesterday.AddDays(-3).String())
	desk.press(view.ActDeathSave, view.FieldPatient, patient, view.FieldDate, "")
	doc.reads(desk, "not known")
	second.until("the colleague does not know it either", func() bool { return day(second).IsZero() })
	desk.press(view.ActPatientOpen, view.FieldPatient, patient)
	doc.reads(desk, "Date of death")

	pat.misses(home, view.ActDose)
	home.press(view.ActGoCentre)
	pat.reads(home, "Centre A has ended its care")
	home.press(view.ActPartReceipt, view.FieldCentre, strconv.Itoa(int(pat.firstCentre())))
	pat.reads(home, "Is this a mistake?")
	for _, word := range []string{"Died", "died", "discharged"} {
		if strings.Contains(home.page(), word) {
			t.Errorf("the family reads %q", word)
		}
	}
	if err := doc.Say(t.Context(), n, "hello", diary.ID{}); !errors.Is(err, app.ErrParted) {
		t.Errorf("a message: %v", err)
	}

	must(pat.Record(t.Context(), note("I am well.")))(t)
	home.press(view.ActGoToday)
	pat.reads(home, view.ActDose)
}
