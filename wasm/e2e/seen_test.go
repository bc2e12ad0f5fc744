package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/view"
)

// What the app says about who can read a diary is what is so, and changes with it.
func TestTheAppSaysWhoCanReadTheDiary(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	nurse := doc.employs(r, keyring.Nurse, "Schwester Lila")
	nurse.until("the nurse is in", func() bool { return nurse.teamRole() == keyring.Nurse })
	mother, n := doc.patient(r, "")
	oma := mother.carer(r, keyring.Read, "Oma Inge")
	oma.until("grandmother is in the centre's space", func() bool { return oma.centreCount() == 1 })

	s := mother.screens()
	s.shows(`data-key="today"`)
	s.press(view.ActWhoSees)
	s.shows("Who can read this diary", "in use now", "Oma Inge", "may read", "Zentrum Nord", "2 people (1 lead, 1 nurse)", "You have agreed to none", "XChaCha20-Poly1305", "31\u00a0Dec\u00a02031")
	centre := mother.firstCentre()
	var pseudonym string
	mother.Look(func(l app.Look) {
		for _, c := range l.Centres() {
			pseudonym = c.Pseudonym
		}
	})
	s.shows(pseudonym)

	// She says that she has checked the page; grandmother sees it, and cannot say so herself.
	due := func(p *person) (due bool) {
		p.Look(func(l app.Look) { due = l.AccessReviewDue() })
		return due
	}
	if due(mother) {
		t.Error("a diary of today is to be looked through again")
	}
	s.shows("Nobody has noted yet that this page was checked.", "I have checked this page")
	s.press(view.ActAccessChecked)
	s.shows("It is noted that you have checked who can read this diary.", "Last checked on")
	o := oma.screens()
	o.shows(`data-key="today"`)
	o.press(view.ActWhoSees)
	o.until("grandmother sees when it was checked", func() bool { return strings.Contains(o.page.shown(), "Last checked on") })
	if strings.Contains(o.page.shown(), "I have checked this page") {
		t.Error("who may only read is asked to check")
	}
	if err := oma.ReviewAccess(t.Context()); !errors.Is(err, app.ErrRight) {
		t.Error("who may only read says that it was checked:", err)
	}

	who, _ := mother.called("Oma Inge")
	check(t, mother.RemovePerson(t.Context(), who.ID))
	s.until("grandmother is not on the page any more", func() bool { return !strings.Contains(s.page.shown(), "Oma Inge") })
	check(t, mother.LeaveCentre(t.Context(), centre, app.PartingWish))
	s.press(view.ActWhoSees)
	s.shows("Nothing new. Zentrum Nord keeps what it has read")
	if strings.Contains(s.page.shown(), "1 nurse") {
		t.Error("the people of a centre that gets nothing any more are listed as readers")
	}
	doc.until("the centre knows", func() bool { return doc.ended(n) != nil })
}

// Once a year whoever owns a diary is reminded, as long as somebody else or a further
// device can read it.
func TestWhoCanReadADiaryIsLookedThroughOnceAYear(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, _ := doc.patient(r, "")
	due := func() (due bool) {
		mother.Look(func(l app.Look) { due = l.AccessReviewDue() })
		return due
	}
	s := mother.screens()
	s.shows(`data-key="today"`)
	const year = 365 * 24 * time.Hour
	mother.move(year - time.Hour)
	if due() {
		t.Error("it is due before the year is over")
	}
	mother.move(year + time.Hour)
	if !due() {
		t.Error("it is not due after a year")
	}
	s.press(view.ActGoToday)
	s.shows("Once a year: check who can read this diary.")
	s.press(view.ActWhoSees)
	s.press(view.ActAccessChecked)
	s.shows("Last checked on")
	if due() {
		t.Error("it is still due")
	}
	mother.move(2*year + 2*time.Hour)
	if !due() {
		t.Error("it is not due a year later")
	}
}
