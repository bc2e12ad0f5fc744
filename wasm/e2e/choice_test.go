package e2e

import (
	"bytes"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/view"
)

func (p *person) choice() (view []byte) {
	p.Look(func(l app.Look) { view = bytes.Clone(l.Choice()) })
	return view
}

func (p *person) chooses(view ...byte) {
	p.t.Helper()
	check(p.t, p.KeepChoice(p.t.Context(), view))
	check(p.t, p.TellChoice(p.t.Context()))
}

// How a doctor wants to see the list follows to the browsers of that doctor, also
// of one who may only read and of one whose clock is behind, and to nobody else.
func TestAChosenListFollowsADoctorAndNobodyElse(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	tablet := doc.admitted(r, join.Device, "")
	reader := doc.employs(r, keyring.Reader, "Dr. Grün")
	phone := reader.admitted(r, join.Device, "")

	// What is only kept is this browser's, and outlives a lock.
	check(t, doc.KeepChoice(t.Context(), []byte{2, 0, 10, 1, 1, 10, 3}))
	doc.reopen()
	if !bytes.Equal(doc.choice(), []byte{2, 0, 10, 1, 1, 10, 3}) {
		t.Fatalf("what was chosen is %v after a lock", doc.choice())
	}
	check(t, doc.TellChoice(t.Context()))
	tablet.until("the doctor's other browser has it", func() bool { return bytes.Equal(tablet.choice(), doc.choice()) })
	reader.chooses(2, 1, 0, 0, 0)
	phone.until("a reader's other browser has theirs", func() bool { return bytes.Equal(phone.choice(), []byte{2, 1, 0, 0, 0}) })

	// A tablet whose clock is a day behind changes what the computer chose.
	tablet.move(-24 * time.Hour)
	tablet.chooses(2, 0, 0, 0, 1, 5)
	doc.until("the later choice counts, not the later clock", func() bool { return bytes.Equal(doc.choice(), []byte{2, 0, 0, 0, 1, 5}) })
	// Both choose without a network; afterwards both show one of the two.
	doc.Lock()
	tablet.chooses(2, 0, 0, 0, 1, 6)
	tablet.until("it is out", func() bool {
		var waiting int
		tablet.Look(func(l app.Look) { waiting = l.Status().Waiting })
		return waiting == 0
	})
	r.kill()
	check(t, doc.Unlock(t.Context(), pass))
	doc.chooses(2, 0, 0, 0, 1, 7)
	r.start()
	doc.until("both show the same", func() bool { return bytes.Equal(tablet.choice(), []byte{2, 0, 0, 0, 1, 7}) })
	// The usual columns are a choice as well.
	tablet.chooses()
	doc.until("the usual ones are back", func() bool { return len(doc.choice()) == 0 })
	if got := reader.choice(); !bytes.Equal(got, []byte{2, 1, 0, 0, 0}) {
		t.Errorf("a colleague's list is %v", got)
	}

	// On the screens: columns are told when the form is left, without a reload there.
	desk, other := doc.screens(), tablet.screens()
	for _, x := range []*screens{desk, other} {
		x.shows(`data-key="work"`)
	}
	other.press(view.ActGoPatients)
	other.press(view.ActColumns)
	other.shows(`id="columns-shown"`, `id="column-up-3"`)
	desk.press(view.ActGoPatients)
	desk.press(view.ActColumns)
	desk.shows(`id="column-show-9"`)
	desk.press(view.ActColumnShow, view.FieldColumn, "9")
	desk.shows(`id="column-up-9"`)
	desk.press(view.ActGoPatients)
	other.shows(`id="column-up-9"`)
}
