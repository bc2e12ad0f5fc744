package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// A centre compares five patients whose diaries came through a relay, goes to
// the one who bleeds and back, and sees at once what is written meanwhile.
func TestACentreComparesItsPatients(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	now := diary.MomentOf(time.Now().In(time.FixedZone("", 3600)))
	ago := func(days int) diary.Moment { return now.Add(-int64(days) * 24 * time.Hour.Milliseconds()) }
	var last *person
	for i := range 5 {
		pat, n := doc.patient(r, "Bed "+strconv.Itoa(i))
		entries := []diary.Entry{
			&diary.About{Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere},
			&diary.Measure{Taken: ago(200), What: diary.MeasuredWeight, Value: diary.Units(50)},
			&diary.Treatment{Taken: ago(200), Product: "fviii.kovaltry", Amount: diary.Units(1000 * (i + 1)), Reason: diary.ReasonProphylaxis},
		}
		if i == 4 {
			entries = append(entries, &diary.Bleed{Start: ago(100), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint})
		}
		for _, e := range entries {
			e.Top().Entered = now
			must(pat.Record(t.Context(), e))(t)
		}
		doc.until("the diary is at the centre", func() (all bool) {
			doc.Look(func(l app.Look) { p, _ := l.Patient(n); all = p.Diary.Len() >= len(entries) })
			return all
		})
		last = pat
	}
	doc.Lock()
	x := begun(t, r, doc.env)
	x.press(view.ActUnlock, view.FieldPassphrase, string(pass))
	x.shows("Centre A")
	x.press(view.ActCohort)
	x.shows("Haemophilia A · Factor VIII (5)")
	x.shows("Cut at the means of 5 patients: 0.36 joint bleeds a year")
	x.press(view.ActCohortGroup, view.FieldLetter, "3") // C: the last one
	x.shows("1 of 1 patients.")
	x.shows("Bed 4")
	var n uint32
	x.client.Look(func(l app.Look) {
		for _, p := range l.Patients() {
			if p.Note == "Bed 4" {
				n = p.N
			}
		}
	})
	x.events <- node.Event{Kind: "act", Act: view.ActCohortDot, ID: "dot-" + strconv.Itoa(int(n))}
	x.shows(`data-key="patient.` + strconv.Itoa(int(n)) + `"`)
	x.press(view.ActBack)
	x.shows("1 of 1 patients.") // as it was left
	x.press(view.ActCohortSave)
	x.shows("Saved: ")
	x.mu.Lock()
	for name, data := range x.files {
		if rows := strings.Count(string(data), "\r\n"); !strings.HasSuffix(name, "-cohort.csv") || rows != 6 || strings.Count(string(data), ",fviii,iu,C,") != 1 {
			t.Errorf("%s has %d rows:\n%s", name, rows, data)
		}
	}
	if len(x.files) != 1 {
		t.Errorf("%d files", len(x.files))
	}
	x.mu.Unlock()
	must(last.Record(t.Context(), &diary.Bleed{Head: diary.Head{Entered: now}, Start: ago(50), Places: []diary.Place{diary.RightAnkle}, Type: diary.BleedJoint}))(t)
	x.shows("Cut at the means of 5 patients: 0.73 joint bleeds a year")
	x.press(view.ActCohortBy, view.FieldClass, "", view.FieldSeverity, diary.GradeMild.Key(), view.FieldMonths, "12")
	x.shows("0 of 0 patients.")

	// The list: sorted by the note, narrowed, and as it was left after a patient.
	x.press(view.ActGoPatients)
	x.press(view.ActPatientsSort, view.FieldColumn, "2")
	x.press(view.ActPatientsSort, view.FieldColumn, "2")
	x.shows(`aria-sort="descending"`)
	x.press(view.ActPatientsFind, view.FieldFind, "bed 4")
	x.shows("1 of 5 patients.")
	x.press(view.ActPatientOpen, view.FieldPatient, strconv.Itoa(int(n)))
	x.shows(`data-key="patient.`)
	x.press(view.ActBack)
	x.shows("1 of 5 patients.")
	x.press(view.ActPatientsFind, view.FieldFind, "")
	x.shows("Bed 0")
	page := x.page()
	before := -1
	for i := range 5 {
		at := strings.Index(page, "Bed "+strconv.Itoa(4-i))
		if at <= before {
			t.Errorf("Bed %d is out of order", 4-i)
		}
		before = at
	}
	x.press(view.ActPatientsOnly, view.FieldOnly, "1")
	x.shows("1 of 5 patients.")
	if page := x.page(); !strings.Contains(page, "Bed 4") || strings.Contains(page, "Bed 0") {
		t.Error("narrowed to open bleeds, the list has not only the one who bleeds")
	}
	x.press(view.ActLock)
	x.shows(`data-key="unlock"`)
	if strings.Contains(x.page(), "Bed 4") {
		t.Error("the cohort is seen behind the lock")
	}
}
