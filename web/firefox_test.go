package web_test

import (
	"testing"

	"vialog/web/browsertest"
)

// The main tasks, in Firefox. What needs a hand on the browser's network or a
// second tab of one profile is walked in Chromium only.
func TestTheMainTasksWorkInFirefox(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.StartFirefox(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.steps(w.mainTasks())
}

// mainTasks are what every browser has to do.
func (w *walk) mainTasks() []step {
	return []step{
		{"a doctor founds a centre", w.found},
		{"an invitation can be revoked", w.invite},
		{"a patient joins and both see the same code", w.join},
		{"a treatment is recorded with the keyboard alone", w.treat},
		{"a bleed is linked, a treatment corrected, a note added", w.record},
		{"messages go both ways", w.talk},
		{"numbers, facts and questions reach the other side", w.contact},
		{"an entry is taken back, a bleed ends", w.end},
		{"what was typed survives a reload", w.draft},
		{"everything is there after closing and coming back", w.comeBack},
		{"a page that the browser kept does not keep the diary", w.kept},
		{"the language can be changed", w.languages},
		{"the recovery sheet brings the diary back", w.restore},
	}
}
