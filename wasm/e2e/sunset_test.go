package e2e

import (
	"errors"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// After the last day of what a release seals with, nothing new is said, all is
// read, and access can be taken away. A clock that is wrong by years ends nothing.
func TestWhatAReleaseSealsWithComesToItsEnd(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	mother, n := doc.patient(r, "")
	must(mother.Record(t.Context(), note("in time")))(t)
	doc.until("the doctor reads it", func() bool { return doc.sees(n, diary.ID{}, hasNote("in time")) })
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	oma.until("grandmother reads it", func() bool { return oma.sees(0, diary.ID{}, hasNote("in time")) })

	// The mother's clock alone is far ahead: she writes and is read.
	ahead := time.Until(seal.Current.Ends()) + 3*24*time.Hour
	mother.move(ahead)
	must(mother.Record(t.Context(), note("by a wrong clock")))(t)
	mother.move(0)

	// The day has come for everybody.
	oma.move(ahead)
	must(oma.Record(t.Context(), note("the last")))(t)
	mother.move(ahead)
	mother.until("the mother hears of the new time", func() bool { return mother.sees(0, diary.ID{}, hasNote("the last")) })
	if _, err := mother.Record(t.Context(), note("too late")); !errors.Is(err, app.ErrOutdated) {
		t.Fatalf("a note is written after the end: %v", err)
	}
	if _, err := mother.Invite(t.Context(), join.Device, ""); !errors.Is(err, app.ErrOutdated) {
		t.Errorf("somebody is invited after the end: %v", err)
	}
	mother.reopen()
	if !mother.sees(0, diary.ID{}, hasNote("in time")) || !mother.sees(0, diary.ID{}, hasNote("by a wrong clock")) {
		t.Error("what was written before is not read")
	}
	var says seal.Ending
	mother.Look(func(l app.Look) { says = l.Status().Ending })
	if says != seal.Over {
		t.Errorf("the person is told %d", says)
	}
	who, _ := mother.called("Oma Inge")
	check(t, mother.RemovePerson(t.Context(), who.ID))
	oma.until("grandmother is out", oma.gone)

	// And with the clocks set right it goes on, as if nothing had been.
	mother.move(0)
	must(mother.Record(t.Context(), note("again")))(t)
}
