package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/view"
)

// A doctor sees on the patient's page which version of a plan and which message
// somebody at home has read, and opens the patient's photos one at a time.
func TestAPatientsPageShowsWhatWasAcknowledgedAndThePhotos(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, n := doc.patient(r, "")
	today, _ := diary.MomentOf(time.Now()).Wall()
	plan := diary.Plan{
		Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis, From: today,
		Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{420}}, Clinician: "Dr. Blau",
	}
	check(t, doc.Tell(t.Context(), n, &plan))
	check(t, doc.Say(t.Context(), n, "Please call us.\nIt is about the knee.", diary.ID{}))

	var centre uint32
	var told []diary.ID
	pat.until("the plan and the message are there", func() bool {
		told = nil
		pat.Look(func(l app.Look) {
			centre = l.Centres()[0].N
			for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan, diary.KindMessage}}) {
				told = append(told, it.ID)
			}
		})
		return len(told) == 2
	})

	s := doc.screens()
	s.shows("Patients")
	s.press(view.ActPatientOpen, view.FieldPatient, strconv.Itoa(int(n)))
	s.shows("Acknowledged at home", "2 plan versions and messages", "Not acknowledged")
	for _, id := range told {
		check(t, pat.Tell(t.Context(), centre, &diary.Seen{Entries: []diary.ID{id}}))
	}
	s.until("both are acknowledged", func() bool {
		html := s.page.shown()
		return strings.Count(html, "by Patient") == 2 && !strings.Contains(html, "Not acknowledged")
	})

	// The plan changes: that its first version was read stays on the page.
	var first diary.ID
	doc.Look(func(l app.Look) {
		p, _ := l.Patient(n)
		first = p.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}})[0].ID
	})
	next := plan
	next.Head = diary.Head{Supersedes: first, Because: "more sport"}
	next.Amount = diary.Units(1500)
	check(t, doc.Tell(t.Context(), n, &next))
	s.shows("3 plan versions and messages", "Plan, version 2: Advate 1,500 IU", "Plan, version 1: Advate 1,000 IU", "Message: Please call us.…")
	if html := s.page.shown(); strings.Count(html, "by Patient") != 2 || strings.Count(html, "Not acknowledged") != 1 {
		t.Error("reading one version is not reading the next")
	}

	// One photo more than the page shows at once, and one that is taken back.
	bled := must(pat.Record(t.Context(), bleed()))(t)
	var last diary.ID
	for seed := range uint64(14) {
		blob := must(pat.KeepPhoto(t.Context(), app.Shot{Content: jpegOf(t, seed, 64, 48, 60), Preview: jpegOf(t, seed, 16, 12, 60), Taken: time.Now()}))(t)
		last = must(pat.AddPhoto(t.Context(), bled, blob, "picture "+strconv.Itoa(int(seed))))(t)
	}
	photos := func() int { return strings.Count(s.page.shown(), `class="photo"`) }
	s.shows("picture 13", "Show older photos")
	check(t, func() error {
		_, err := pat.Record(t.Context(), &diary.Retract{Entry: last, Reason: "the wrong one"})
		return err
	}())
	s.until("the photo is gone", func() bool { return photos() == 12 && !strings.Contains(s.page.shown(), "picture 13") })
	s.press(view.ActPhotosMore)
	s.until("all are shown", func() bool { return photos() == 13 && !strings.Contains(s.page.shown(), "Show older photos") })

	pat.sentAll()
	_, rest, _ := strings.Cut(s.page.shown(), `id="photo-`)
	id, _, _ := strings.Cut(rest, `"`)
	s.press(view.ActPhotoOpen, view.FieldPhoto, id)
	s.shows(`id="photo-large"`, `src="blob:`)
	if strings.Contains(s.page.shown(), view.ActPhotoRemove) {
		t.Error("a centre may not remove what a patient photographed")
	}
	s.press(view.ActPhotoClose)
	s.until("the photo is closed", func() bool { return !strings.Contains(s.page.shown(), "photo-large") })

	// One that cannot be had now is shown when it can.
	r.kill()
	_, rest, _ = strings.Cut(rest, `id="photo-`)
	id, _, _ = strings.Cut(rest, `"`)
	s.press(view.ActPhotoOpen, view.FieldPhoto, id)
	s.shows("photo-problem")
	r.start()
	s.shows(`id="photo-large"`, `src="blob:`)
}
