package e2e

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// erasure is what a device knows of the end of its diary.
func (p *person) erasure() (e app.Erasure) {
	p.Look(func(l app.Look) { e, _ = l.Erasure() })
	return e
}

// erases erases the own diary at the relay.
func (p *person) erases() {
	p.t.Helper()
	check(p.t, p.EraseDiary(p.t.Context(), must(p.Prove(p.t.Context(), pass))(p.t)))
}

// erasedRows counts the channels that were erased for good, and the boxes of those that do not expire by themselves.
func (r *relay) erasedRows() (stones, boxes int) {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM channels WHERE access = zeroblob(32)), (SELECT count(*) FROM boxes WHERE ch IN (SELECT n FROM channels WHERE expires = 0))`).Scan(&stones, &boxes); err != nil {
		r.t.Fatal(err)
	}
	return stones, boxes
}

// A patient alone, with a second device that is away, erases the diary. The relay is
// killed before it can be done. The second device hears it from the relay, keeps
// what it has, and brings nothing back; nor does a relay of yesterday.
func TestADiaryIsErasedAtTheRelayAndStaysSo(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	r.run("tenant", "add", "-store", r.store, "-origin", r.origin, "-open", "Patients")
	phone := newPerson(t, r)
	phone.until("the relay offers a diary", func() bool { return phone.FoundAlone(t.Context()) == nil })
	tablet := phone.admitted(r, join.Device, "")
	phone.writes("before")
	tablet.has(0, "before")
	tablet.settled()
	phone.settled()
	_, boxes := r.erasedRows()
	if boxes == 0 {
		t.Fatal("there is nothing to erase")
	}
	restore := r.yesterday()
	tablet.Lock()

	if err := phone.EraseDiary(t.Context(), nil); !errors.Is(err, vault.ErrPassphrase) {
		t.Errorf("without the passphrase: %v", err)
	}
	r.kill()
	phone.erases()
	phone.erases() // again: nothing
	if e := phone.erasure(); !e.Here || !e.Own || e.At.IsZero() || !e.Done.IsZero() {
		t.Errorf("the phone says %+v", e)
	}
	phone.move(2 * time.Minute)
	phone.reopen() // and the phone too
	r.start()
	phone.Wake()
	phone.until("it is gone", func() bool { return !phone.erasure().Done.IsZero() })
	if stones, boxes := r.erasedRows(); stones < 1 || boxes != 0 {
		t.Errorf("%d channels are erased, %d boxes are left", stones, boxes)
	}
	if !phone.sees(0, diary.ID{}, hasNote("before")) {
		t.Error("the phone has forgotten the diary by itself")
	}

	// The tablet was away: all it hears is the relay's word.
	must(phone.Record(t.Context(), note("after")))(t)
	check(t, tablet.Unlock(t.Context(), pass))
	tablet.until("the tablet is told", func() bool { return tablet.status().Refusal == wire.Deleted })
	must(tablet.Record(t.Context(), note("from the tablet")))(t)
	if !tablet.sees(0, diary.ID{}, hasNote("before")) || !tablet.sees(0, diary.ID{}, hasNote("from the tablet")) {
		t.Error("the tablet has lost something")
	}
	if stones, boxes := r.erasedRows(); stones < 1 || boxes != 0 {
		t.Errorf("%d channels are erased, %d boxes are there", stones, boxes)
	}
	tablet.Lock()

	// The machine is lost, and with it the memory of the erasure. The phone knows.
	phone.Lock()
	restore()
	if _, boxes := r.erasedRows(); boxes == 0 {
		t.Fatal("the backup does not hold the diary: nothing is tested")
	}
	check(t, phone.Unlock(t.Context(), pass))
	phone.until("it is gone again", func() bool { stones, boxes := r.erasedRows(); return stones > 0 && boxes == 0 })
	check(t, r.sound())
}

// With a centre and a carer. The centre has to be left first, what it has it keeps; a
// carer may not, and is told.
func TestWhatACentreHasStaysAndACarerIsTold(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "bed 4")
	carer := phone.lets(r, must(phone.InviteCarer(t.Context(), keyring.Care, ""))(t), "Oma")
	tablet := phone.admitted(r, join.Device, "")
	phone.writes("before")
	carer.has(0, "before")
	tablet.has(0, "before")
	doc.has(n, "before")
	proof := func(p *person) *vault.Proof { return must(p.Prove(t.Context(), pass))(t) }
	if err := phone.EraseDiary(t.Context(), proof(phone)); !errors.Is(err, app.ErrCentres) {
		t.Errorf("while a centre has it: %v", err)
	}
	if err := carer.EraseDiary(t.Context(), proof(carer)); !errors.Is(err, app.ErrRight) {
		t.Errorf("a carer erases: %v", err)
	}
	check(t, phone.LeaveCentre(t.Context(), phone.firstCentre(), app.PartingWish))
	phone.erases()
	for name, p := range map[string]*person{"tablet": tablet, "carer": carer} {
		p.until("the "+name+" hears of it", func() bool { return !p.erasure().At.IsZero() })
	}
	phone.move(2 * time.Minute)
	phone.reopen()
	for name, p := range map[string]*person{"phone": phone, "tablet": tablet, "carer": carer} {
		p.until("the "+name+" knows that it is gone", func() bool { e := p.erasure(); return !e.At.IsZero() && !e.Done.IsZero() })
		if st := p.status(); st.Refusal != 0 || st.Alarm || st.Removed {
			t.Errorf("the %s is alarmed: %+v", name, st)
		}
		if !p.sees(0, diary.ID{}, hasNote("before")) {
			t.Errorf("the %s has lost the diary", name)
		}
	}
	if e := carer.erasure(); e.Own || e.Here {
		t.Errorf("the carer is told %+v", e)
	}
	if e := tablet.erasure(); !e.Own || e.Here {
		t.Errorf("the tablet is told %+v", e)
	}
	doc.until("the centre knows that it is over", func() bool { end := doc.ended(n); return end != nil && end.Shut })
	if !doc.sees(n, diary.ID{}, hasNote("before")) {
		t.Error("the centre has lost what was shared")
	}
	check(t, r.sound())
}

// On the screens it takes two steps and the passphrase; then it is said on every
// first screen, and nothing has gone from the device.
func TestErasingTakesTwoStepsAndThePassphrase(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	r.run("tenant", "add", "-store", r.store, "-origin", r.origin, "-open", "Patients")
	phone := newPerson(t, r)
	phone.until("the relay offers a diary", func() bool { return phone.FoundAlone(t.Context()) == nil })
	phone.writes("before")
	s := phone.screens()
	none := func() {
		t.Helper()
		if e := phone.erasure(); !e.At.IsZero() {
			t.Fatalf("it is erased: %+v", e)
		}
	}
	s.shows(`data-key="today"`)
	s.press(view.ActEraseDo, view.FieldPassphrase, string(pass)) // from nowhere
	none()
	s.press(view.ActUnlocking)
	s.shows("Deletes your diary at the server, for good.")
	s.press(view.ActErase)
	s.shows("It must keep the record of treatments by law")
	s.press(view.ActEraseDo, view.FieldPassphrase, string(pass)) // before it was asked for
	none()
	s.press(view.ActEraseAsk)
	s.shows("Your passphrase shows that it is you.")
	s.press(view.ActEraseDo, view.FieldPassphrase, "a guess")
	s.shows("does not open")
	none()
	s.press(view.ActEraseDo, view.FieldPassphrase, string(pass))
	s.shows("It is not done yet.", "Nothing has been deleted on this device.")
	if e := phone.erasure(); !e.Here || !e.Own {
		t.Errorf("known is %+v", e)
	}
	s.press(view.ActGoToday)
	s.shows("This diary is deleted at the server, or is just being deleted.")
	s.press(view.ActErase)
	s.shows("It is not done yet.")
}
