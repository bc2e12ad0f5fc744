package e2e

import (
	"strings"
	"testing"

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
