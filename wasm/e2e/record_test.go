package e2e

import (
	"database/sql"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/record"
)

// used is a dose from a lot.
func used(batch string) *diary.Treatment {
	e := dose("")
	e.Lots = []diary.Lot{{Batch: batch, Packs: 1, Strength: diary.Units(1500)}}
	return e
}

// found are the doses of a lot in the legal record.
func (p *person) found(batch string) (h record.Hits) {
	p.Look(func(l app.Look) { h = l.Record().Search(record.Query{Lots: []diary.Lot{{Batch: batch}}}) })
	return h
}

// recorded waits until a lot is recorded so often, and nothing is left to record.
func (p *person) recorded(batch string, versions, stand int) {
	p.t.Helper()
	p.until("lot "+batch+" is recorded", func() bool {
		left := 0
		p.Look(func(l app.Look) { left = l.Unrecorded() })
		h := p.found(batch)
		if h.Total == versions && h.Doses == stand && left == 0 {
			return true
		}
		p.KeepRecord()
		return false
	})
}

// drop deletes a channel with all that is in it, as a patient may.
func (r *relay) drop(of, with *person) {
	r.t.Helper()
	var shared []byte
	of.Look(func(l app.Look) {
		theirs := l.Boxes()
		with.Look(func(m app.Look) {
			for ch := range m.Boxes() {
				if _, ok := theirs[ch]; ok {
					shared = append([]byte(nil), ch[:]...)
				}
			}
		})
	})
	if shared == nil {
		r.t.Fatal("they share no channel")
	}
	r.kill()
	db := must(sql.Open("sqlite", "file:"+r.store))(r.t)
	res := must(db.Exec("DELETE FROM channels WHERE id = ?", shared))(r.t)
	if n, _ := res.RowsAffected(); n != 1 {
		r.t.Fatalf("%d channels were deleted", n)
	}
	check(r.t, db.Close())
	r.start()
}

// The record is the centre's: it outlives the patient's leaving, the deletion of
// what was shared, and every device of the centre.
func TestTheLegalRecordOutlivesPatientsAndStaff(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	pat, n := doc.patient(r, "Fall 17")
	stays, _ := doc.patient(r, "Fall 18")

	plain := must(pat.Record(t.Context(), used("A1")))(t)
	wrong := must(pat.Record(t.Context(), used("B1")))(t)
	fix := used("B2")
	fix.Supersedes, fix.Because = wrong, "the other pack"
	must(pat.Record(t.Context(), fix))(t)
	must(pat.Record(t.Context(), &diary.Retract{Entry: plain, Reason: "not today"}))(t)
	must(pat.Record(t.Context(), used("C-1")))(t)
	must(stays.Record(t.Context(), used("c1")))(t)

	// Two doctors' browsers at once.
	second.until("the colleague has both", func() bool { return second.patientCount() == 2 })
	for _, d := range []*person{doc, second} {
		d.until("the doses have come", func() bool {
			doses := 0
			d.Look(func(l app.Look) {
				for _, p := range l.Patients() {
					doses += len(p.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Retracted: true}))
				}
			})
			return doses == 4
		})
	}
	doc.KeepRecord()
	second.KeepRecord()
	for _, d := range []*person{doc, second} {
		d.recorded("A1", 1, 0)
		d.recorded("B1", 1, 0)
		d.recorded("B2", 1, 1)
		d.recorded("C1", 2, 2)
		if h := d.found("B1"); h.Rows[0].State != record.Corrected || h.Rows[0].Now.Lots[0].Batch != "B2" {
			t.Errorf("the correction is %+v", h.Rows[0])
		}
		if h := d.found("A1"); h.Rows[0].State != record.Withdrawn {
			t.Errorf("what was taken back is %+v", h.Rows[0])
		}
	}

	// After unlocking it is put into the book beside everything else. Whoever asks sooner
	// gets the whole, and nothing seems to be missing in it.
	doc.settled()
	doc.reopen()
	doc.Look(func(l app.Look) {
		if n, left := l.Record().Len(), l.Unrecorded(); n != 6 || left != 0 {
			t.Errorf("just unlocked, %d records are there and %d seem to be missing", n, left)
		}
	})

	// A doctor signs; what is said later shows.
	var space keyring.SpaceID
	year := time.Now().Year()
	doc.Look(func(l app.Look) { space, _ = l.SpaceOf(n) })
	state := func(d *person) (signed, changed bool) {
		d.Look(func(l app.Look) {
			for _, k := range l.Checks(year) {
				if k.Patient == space && k.Name == "Dr. Blau" {
					signed, changed = true, k.State != l.Record().YearOf(space, year).State
				}
			}
		})
		return signed, changed
	}
	var y record.Year
	var diffs []record.Difference
	doc.Look(func(l app.Look) {
		y = l.Record().YearOf(space, year)
		diffs = l.Record().Compare(space, year, l.Said(n))
	})
	if y.Doses != 2 || y.Corrected != 1 || y.Withdrawn != 1 || y.Incomplete != 0 || len(diffs) != 2 {
		t.Errorf("the year is %+v, with %+v", y, diffs)
	}
	stale := app.Check{Patient: space, Year: year, State: [32]byte{1}}
	if err := doc.SignYear(t.Context(), stale); err != app.ErrMoved {
		t.Errorf("a check of what is not there: %v", err)
	}
	check(t, doc.SignYear(t.Context(), app.Check{Patient: space, Year: year, State: y.State, Found: len(diffs), Note: "all well"}))
	second.until("the colleague sees the check", func() bool { signed, changed := state(second); return signed && !changed })
	// Nobody has to think of it: it is recorded when its time has come.
	doc.move(30 * time.Minute)
	must(pat.Record(t.Context(), used("D1")))(t)
	doc.until("the dose is recorded by itself", func() bool { return doc.found("D1").Doses == 1 })
	if signed, changed := state(doc); !signed || !changed {
		t.Errorf("after a further dose: signed %v, changed since %v", signed, changed)
	}

	// The patient goes, with everything; then the centre loses every browser.
	doc.sent()
	sheet := doc.onPaper()
	r.drop(pat, doc)
	check(t, pat.Wipe(t.Context()))
	doc.Lock()
	second.Lock()
	fresh := r.back(sheet)
	fresh.until("the record is back", func() bool { return fresh.found("D1").Doses == 1 })
	got := must(fresh.recallOf("C1"))(t)
	if len(got) != 2 {
		t.Errorf("a recall finds %d patients", len(got))
	}
	gone := 0
	fresh.Look(func(l app.Look) {
		for _, x := range got {
			if p := l.RecordedPatient(x.Patient); x.Patient == space && p.Pseudonym != "" {
				if info, ok := l.Patient(p.N); !ok || len(info.Diary.Timeline(diary.Filter{})) == 0 {
					gone++
				}
			}
		}
		if signed := l.Checks(year); len(signed) != 1 || signed[0].Note != "all well" {
			t.Errorf("checks that came back: %+v", signed)
		}
	})
	if gone != 1 {
		t.Error("the patient whose diary is gone is not found, or the diary is not gone")
	}
	for batch, stand := range map[string]int{"A1": 0, "B1": 0, "B2": 1, "C1": 2, "D1": 1} {
		if h := fresh.found(batch); h.Doses != stand || h.Total == 0 {
			t.Errorf("lot %s came back as %+v", batch, h)
		}
	}
}

func (p *person) recallOf(batch string) (out []record.Recipient, err error) {
	p.Look(func(l app.Look) {
		out = l.Record().Recall(&diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: batch}}})
	})
	return out, nil
}
