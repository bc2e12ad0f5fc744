package screen

import (
	"bytes"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

func FuzzDraft(f *testing.F) {
	f.Add(kept{atTreatment, form{lots: 2, again: true, entry: "e", fields: map[string]string{"dose": "1500", "lot": "A1"}}}.bytes(true, map[string]string{"1": "good morning"}))
	f.Add(kept{}.bytes(false, nil))
	f.Add(kept{atBackfill, form{lots: 1, fields: map[string]string{fieldDays: "28", view.FieldDay + "2026-11-22.0": "1", view.FieldDayTime + "2026-11-22.0": "07:00", view.FieldDayMissed + "2026-11-22.0": "notgiven.travel"}}}.bytes(false, nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, left, messages, ok := parseDraft(raw)
		if !ok {
			return
		}
		written := k.bytes(left, messages)
		if len(written) > len(raw) {
			t.Fatal("reading a draft made it longer")
		}
		k, left, messages, ok = parseDraft(written)
		if !ok || !bytes.Equal(k.bytes(left, messages), written) {
			t.Fatal("a draft that was read does not come back as it was")
		}
	})
}

func TestLockingForgetsTheFileThatWasLookedInto(t *testing.T) {
	x := unlocked(t)
	x.papers = papersState{file: "from-the-centre.csv", found: &papers.Findings{Added: []papers.Entry{{Kind: diary.KindNote}}}}
	x.lock(false)
	if x.papers.found != nil || x.papers.file != "" {
		t.Error("what a file says about the diary stays in memory after locking")
	}
}
