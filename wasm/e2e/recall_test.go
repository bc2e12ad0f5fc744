package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// packed has three packs of a lot come to a patient.
func (p *person) packed(batch string) {
	p.t.Helper()
	must(p.Record(p.t.Context(), &diary.Pack{
		Received: diary.MomentOf(p.env.Now().Add(-time.Hour)), Product: "fviii.advate", Lots: []diary.Lot{{Batch: batch, Packs: 3, Strength: diary.Units(1000)}},
	}))(p.t)
	p.sent()
}

func recallOf(batch string) *diary.Recall {
	return &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: batch}}, Note: "Bring it back."}
}

// warnings counts the recalls that stand in a patient's own diary, as people see them,
// and the statements in which they came.
func (p *person) warnings() (stand, said int) {
	p.Look(func(l app.Look) {
		stand = len(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindRecall}}))
		for _, r := range l.Diary().Records() {
			if r.Kind == diary.KindRecall {
				said++
			}
		}
	})
	return stand, said
}

// warned counts the patients who have a recall, as a centre's device sees it.
func (p *person) warned(r *diary.Recall) (t app.Tracing) {
	p.Look(func(l app.Look) { t = l.Trace(r, nil) })
	return t
}

func (p *person) mailing() (n int) {
	p.Look(func(l app.Look) { n = len(l.Mailings()) })
	return n
}

// A doctor sees whom a lot concerns before anything is sent, and can leave it at that.
func TestARecallIsLookedAtBeforeItIsSent(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	holds, _ := doc.patient(r, "has it")
	uses, _ := doc.patient(r, "used it")
	other, _ := doc.patient(r, "neither")
	holds.packed("AB-12")
	must(uses.Record(t.Context(), used("ab12")))(t)
	uses.sent()
	doc.until("all of it is there", func() bool {
		got := 0
		doc.Look(func(l app.Look) { got = len(l.Trace(recallOf("AB12"), nil).Found) })
		return got == 2
	})
	x := doc.screen()
	x.press(view.ActRecallForm)
	doc.reads(x, "Show who is concerned")
	x.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB12", view.FieldNote, "Bring it back.")
	for _, words := range []string{"who has it", "Nothing has been sent yet", "Send to 3 patients", "2 patients have or have used it", "has it", "used it", "AB-12: 3 vials", "1 dose, ", "At home: 3 vials (1 patient)."} {
		doc.reads(x, words)
	}
	if p := x.page(); strings.Contains(p, "neither") || strings.Contains(p, `id="recall-tell"`) || strings.Contains(p, `id="recall-undo"`) {
		t.Fatalf("what was not sent cannot be undone, nor said more about, and concerns only two:\n%s", p)
	}
	// Back: what was typed is still there. Again, and away: nothing was sent.
	x.press(view.ActBack)
	doc.reads(x, `value="AB12"`)
	doc.reads(x, "Bring it back.")
	x.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB 12", view.FieldNote, "Bring it back.")
	doc.reads(x, "Nothing has been sent yet")
	x.press(view.ActGoWork)
	doc.reads(x, `data-key="work"`)
	if got := doc.warned(recallOf("AB12")); got.Sent != 0 || doc.mailing() != 0 {
		t.Fatalf("it was only looked at, and was sent to %d", got.Sent)
	}
	x.press(view.ActRecallForm)
	doc.reads(x, "Your unfinished entry is back")
	x.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB12", view.FieldNote, "Bring it back.")
	doc.reads(x, "Nothing has been sent yet")
	x.press(view.ActRecallMore, view.FieldRecall, app.RecallKey(recallOf("ab 12")))
	doc.reads(x, "Sent to 3 patients.")
	for _, p := range []*person{holds, uses, other} {
		p.until("the patient is warned", func() bool { stand, _ := p.warnings(); return stand == 1 })
	}
	x.press(view.ActRecallTell, view.FieldRecall, app.RecallKey(recallOf("ab 12")), view.FieldText, "Please call.")
	doc.reads(x, "The message was sent.")
	for _, p := range []*person{holds, uses} {
		p.until("the message is there", func() bool { return len(p.messages()) == 1 })
	}
	x.press(view.ActRecallTell, view.FieldRecall, app.RecallKey(recallOf("ab 12")), view.FieldText, "Please call.")
	doc.until("nothing is under way", func() bool { return doc.mailing() == 0 })
	doc.settled()
	if a, b, c := len(holds.messages()), len(uses.messages()), len(other.messages()); a != 1 || b != 1 || c != 0 {
		t.Fatalf("%d, %d and %d messages", a, b, c)
	}
	x.press(view.ActRecallForm)
	doc.reads(x, "Earlier recalls")
	x.press(view.ActRecallOpen, view.FieldRecall, app.RecallKey(recallOf("ab 12")))
	x.press(view.ActRecallUndo, view.FieldRecall, app.RecallKey(recallOf("ab 12")), view.FieldWhy, "another lot")
	doc.reads(x, "The recall has been taken back.")
	for _, p := range []*person{holds, uses, other} {
		p.until("the warning is gone", func() bool { stand, _ := p.warnings(); return stand == 0 })
	}
	// It can be sent again, and stands then.
	check(t, doc.SendRecall(t.Context(), recallOf("AB12")))
	for _, p := range []*person{holds, uses, other} {
		p.until("the patient is warned again", func() bool { stand, said := p.warnings(); return stand == 1 && said == 2 })
	}
}

func (p *person) messages() (out []string) {
	p.Look(func(l app.Look) {
		for _, it := range l.Diary().Messages(0) {
			out = append(out, it.Message().Text)
		}
	})
	return out
}

// What a diary that is still being read holds comes later; the record is whole at once.
// A warning sent meanwhile reaches that patient too, also if the browser ends before the
// diary was read, and nobody gets it twice.
func TestARecallReachesADiaryThatIsNotReadYet(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var pats []*person
	var last uint32
	for i := range 3 {
		pat, n := doc.patient(r, fmt.Sprint("F-220", i))
		must(pat.Record(t.Context(), used("AB12")))(t)
		pat.packed("AB12")
		pats, last = append(pats, pat), n
	}
	doc.until("the doses are there", func() bool { return len(doc.warned(recallOf("AB12")).Found) == 3 })
	doc.KeepRecord()
	doc.until("they are recorded", func() (done bool) {
		doc.Look(func(l app.Look) { done = l.Unrecorded() == 0 && l.Record().Len() == 3 })
		return done
	})
	doc.settled()

	shut := shutDisk{doc.disk, fmt.Sprintf("s/%08x/", last), make(chan struct{})}
	doc.env.ReadAtOnce, doc.env.Disk = 1, shut
	x := doc.screen()
	doc.reads(x, "2 of 3 diaries are read")
	x.press(view.ActRecallForm)
	doc.reads(x, "Show who is concerned")
	x.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB12")
	for _, words := range []string{"3 patients have or have used it", "1 diary is still being read", "3 doses", "(2 patients).</p>", "F-2202", "Send to 3 patients"} {
		doc.reads(x, words)
	}
	if p := x.page(); strings.Contains(p, "no longer shares") {
		t.Fatalf("who is still to be read is taken for gone:\n%s", p)
	}
	x.press(view.ActRecallMore, view.FieldRecall, app.RecallKey(recallOf("AB12")))
	doc.reads(x, "The warning is being sent: 2 of 3 patients.")
	for _, p := range pats[:2] {
		p.until("the patient is warned", func() bool { stand, _ := p.warnings(); return stand == 1 })
	}

	// The browser is gone, with the diary unread; and once more when nothing is in the way.
	x.events <- node.Event{Kind: "act", Act: view.ActLock}
	doc.reads(x, `data-key="unlock"`)
	doc.env.Disk = doc.disk
	doc.reopen()
	pats[2].until("the last is warned", func() bool { stand, _ := pats[2].warnings(); return stand == 1 })
	doc.until("nothing is under way", func() bool { return doc.mailing() == 0 && doc.warned(recallOf("AB12")).Sent == 3 })
	doc.reopen()
	doc.settled()
	for i, p := range pats {
		if stand, said := p.warnings(); stand != 1 || said != 1 {
			t.Errorf("patient %d has %d warnings from %d statements", i, stand, said)
		}
	}
	if left := must(doc.disk.Scan(t.Context(), "mail/"))(t); len(left) != 0 {
		t.Errorf("%d mailings are left on the disk", len(left))
	}
}

// Two doctors who do not know of each other send one recall: each patient is warned
// once, whoever is first, and one of them can take it back for both.
func TestTwoDoctorsSendOneRecall(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var pats []*person
	for range 3 {
		pat, _ := doc.patient(r, "")
		pat.packed("AB12")
		pats = append(pats, pat)
	}
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	for _, p := range []*person{doc, second} {
		p.until("all packs are there", func() bool { return len(p.warned(recallOf("AB12")).Found) == 3 })
		p.settled()
	}
	r.kill()
	for _, p := range []*person{doc, second} {
		check(t, p.SendRecall(t.Context(), recallOf(map[*person]string{doc: "AB-12", second: "ab 12"}[p])))
		p.until("it is sent", func() bool { return p.warned(recallOf("AB12")).Sent == 3 && p.mailing() == 0 })
	}
	r.start()
	for _, p := range []*person{doc, second} {
		p.Wake()
	}
	for _, p := range pats {
		p.until("both have arrived", func() bool { _, said := p.warnings(); return said == 2 })
		if stand, _ := p.warnings(); stand != 1 {
			t.Errorf("%d warnings", stand)
		}
	}
	for _, p := range []*person{doc, second} {
		p.settled()
		if got := p.warned(recallOf("AB12")); got.Sent != 3 || got.Missing != 0 {
			t.Errorf("%d have it, %d do not", got.Sent, got.Missing)
		}
	}
	check(t, second.UndoRecall(t.Context(), recallOf("AB12"), "a mistake"))
	for _, p := range pats {
		p.until("it is taken back", func() bool { stand, _ := p.warnings(); return stand == 0 })
	}
	doc.until("the other sees it", func() bool { return doc.warned(recallOf("AB12")).Sent == 0 })
	check(t, doc.SendRecall(t.Context(), recallOf("AB12")))
	for _, p := range pats {
		p.until("it stands again", func() bool { stand, _ := p.warnings(); return stand == 1 })
	}
}

// What is being sent when somebody takes it back is not sent to those who are left.
func TestARecallThatWasTakenBackIsNotSentOn(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var pats []*person
	var last uint32
	for range 2 {
		pat, n := doc.patient(r, "")
		pat.packed("AB12")
		pats, last = append(pats, pat), n
	}
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	for _, p := range []*person{doc, second} {
		p.until("all packs are there", func() bool { return len(p.warned(recallOf("AB12")).Found) == 2 })
		p.settled()
	}
	doc.env.ReadAtOnce, doc.env.Disk = 1, shutDisk{doc.disk, fmt.Sprintf("s/%08x/", last), make(chan struct{})}
	doc.reopen()
	check(t, doc.SendRecall(t.Context(), recallOf("AB12")))
	second.until("the colleague sees it", func() bool { return second.warned(recallOf("AB12")).Sent == 1 })
	check(t, second.UndoRecall(t.Context(), recallOf("AB12"), "a mistake"))
	doc.until("it is not under way any more", func() bool { return doc.mailing() == 0 })
	doc.env.Disk = doc.disk
	doc.reopen()
	doc.settled()
	if _, said := pats[1].warnings(); said != 0 || doc.warned(recallOf("AB12")).Sent != 0 {
		t.Fatal("it was sent on")
	}
	// While it is being taken back here, it is not sent again.
	check(t, doc.SendRecall(t.Context(), recallOf("AB12")))
	doc.until("it is sent", func() bool { return doc.mailing() == 0 })
	doc.env.Disk = shutDisk{doc.disk, fmt.Sprintf("s/%08x/", last), make(chan struct{})}
	doc.reopen()
	check(t, doc.UndoRecall(t.Context(), recallOf("AB12"), "a mistake"))
	if err := doc.SendRecall(t.Context(), recallOf("AB12")); err != app.ErrMailing {
		t.Fatalf("sending it meanwhile: %v", err)
	}
	doc.env.Disk = doc.disk
	doc.reopen()
	for _, p := range pats {
		p.until("it is taken back", func() bool { stand, said := p.warnings(); return stand == 0 && said > 0 })
	}
}

// A disk that refuses, or whose answer is lost, makes nobody be left out or warned twice.
func TestARecallOutlivesADiskThatFails(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var pats []*person
	for range 2 {
		pat, _ := doc.patient(r, "")
		pats = append(pats, pat)
	}
	doc.settled()
	for i, keep := range []bool{false, true} {
		what := recallOf([]string{"FAIL", "LOST"}[i])
		r.kill() // nothing else is written meanwhile
		doc.until("it is offline", func() bool { return !doc.status().Online })
		doc.disk.FailIn(2, keep) // the first is what was asked for
		check(t, doc.SendRecall(t.Context(), what))
		doc.until("the disk failed", func() (failed bool) {
			doc.Look(func(l app.Look) {
				failed = slices.ContainsFunc(l.Mailings(), func(m app.Mailing) bool { return m.Failed != nil })
			})
			return failed
		})
		if keep {
			doc.reopen() // with all of it on the disk
		}
		r.start()
		doc.Wake()
		for _, p := range pats {
			p.until("the patient is warned", func() bool { stand, said := p.warnings(); return stand == i+1 && said == i+1 })
		}
		doc.until("nothing is under way", func() bool { return doc.mailing() == 0 })
	}
	doc.settled()
	for _, p := range pats {
		if stand, said := p.warnings(); stand != 2 || said != 2 {
			t.Errorf("%d warnings from %d statements", stand, said)
		}
	}
}
