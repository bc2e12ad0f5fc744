package e2e

import (
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
)

// Two doctors and the patient renew everything at the same moment, and come to the
// same keys. A device that was away meanwhile, and through four renewals and a
// removal more, catches up by what was left for it.
func TestRenewingAtOnceConvergesAndWhoWasAwayCatchesUp(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	other := doc.admitted(r, join.Colleague, "Dr. Grün")
	pat, _ := doc.patient(r, "")
	away := pat.admitted(r, join.Device, "")
	away.until("it has found the centre", func() bool { return away.centreCount() == 1 })
	gone := pat.admitted(r, join.Device, "")
	gone.until("it has found the centre", func() bool { return gone.centreCount() == 1 })
	other.until("the colleague has the patient", func() bool { return other.patientCount() == 1 })
	must(pat.Record(t.Context(), note("old history")))(t)
	everybody := []*person{doc, other, pat, away, gone}
	for _, p := range everybody {
		p.settled()
	}
	away.Lock()
	before := pat.epochs()
	for _, p := range []*person{doc, other, pat} {
		check(t, p.RenewKeys(t.Context()))
	}
	for _, p := range []*person{doc, other, pat} {
		p.settled()
	}
	for i, at := range pat.epochs() {
		if !at.After(before[i]) {
			t.Errorf("space %d has its old key", i)
		}
	}
	check(t, pat.RemoveDevice(t.Context(), gone.this()))
	pat.settled()
	for range 3 {
		check(t, pat.RenewKeys(t.Context()))
		pat.settled()
	}
	must(pat.Record(t.Context(), note("new")))(t)
	check(t, other.Say(t.Context(), other.nth(0), "Grüße", diary.ID{}))
	check(t, away.Unlock(t.Context(), pass))
	away.until("it has caught up", func() bool { return away.sees(0, diary.ID{}, hasNote("new")) })
	away.until("at the centre as well", func() bool {
		return away.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == "Grüße" })
	})
	must(away.Record(t.Context(), note("from who was away")))(t)
	for name, p := range map[string]*person{"the doctor": doc, "the colleague": other} {
		p.until(name+" believes it", func() bool { return p.sees(p.nth(0), diary.ID{}, hasNote("from who was away")) })
		if !p.sees(p.nth(0), diary.ID{}, hasNote("old history")) || p.status().Alarm {
			t.Errorf("%s lost history, or raises an alarm", name)
		}
	}
}
