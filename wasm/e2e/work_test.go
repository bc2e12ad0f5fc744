package e2e

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

// screen opens the device of a person as a page, which goes on with its vault.
func (p *person) screen() *tab {
	p.t.Helper()
	p.Lock()
	x := &tab{t: p.t, events: make(chan node.Event), files: make(map[string][]byte)}
	var guide *screen.Guide
	env := p.env
	env.Changed = func() {
		guide.Changed()
		p.env.Changed()
	}
	env.Read = func(l app.Look, n uint32) { guide.Read(l, n) }
	p.Client = app.New(env)
	x.client = p.Client
	guide = screen.New(screen.Env{
		Page: x, Client: x.client, Disk: p.disk, Zone: func(time.Time) time.Duration { return time.Hour }, Langs: []string{"en-GB"}, Origin: p.env.Origin, Relay: p.env.Origin,
		Lock: func(context.Context) (func(), bool) { return func() {}, true }, Take: func() {}, Now: p.env.Now,
		Extra: second,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		guide.Run(ctx, x.events)
		close(ended)
	}()
	p.t.Cleanup(func() {
		cancel()
		<-ended
		x.keys.kept(p.t)
	})
	x.events <- node.Event{Kind: "start", Fields: map[string]string{"online": "yes"}}
	x.press(view.ActUnlock, view.FieldPassphrase, string(pass))
	p.until("the first page is there", func() bool {
		return strings.Contains(x.page(), `data-key="work"`) || strings.Contains(x.page(), `data-key="today"`)
	})
	return x
}

// reads waits for words on a person's page.
func (p *person) reads(x *tab, words string) {
	p.t.Helper()
	p.until("the page says "+words, func() bool { return strings.Contains(x.page(), words) })
}

// misses waits until words are no more on a person's page.
func (p *person) misses(x *tab, words string) {
	p.t.Helper()
	p.until("the page does not say "+words, func() bool { return !strings.Contains(x.page(), words) })
}

var itemPattern = regexp.MustCompile(`id="work-([0-9]+\.[0-9]+\.[0-9a-f]+)"`)

// item is the first item on the page.
func (x *tab) item() string {
	x.t.Helper()
	m := itemPattern.FindStringSubmatch(x.page())
	if m == nil {
		x.t.Fatalf("no item is on the page:\n%.3000s", x.page())
	}
	return m[1]
}

// number is the only patient's.
func (p *person) number() (n uint32) {
	p.Look(func(l app.Look) {
		for _, x := range l.Patients() {
			n = x.N
		}
	})
	return n
}

func TestWhatOneDoctorDoesWithAnItemTheOtherSees(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, _ := doc.patient(r, "F-17")
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	second.until("the colleague has the patient", func() bool { return second.patientCount() == 1 })
	a, b := doc.screen(), second.screen()
	doc.reads(a, "Nobody needs you right now")

	at := diary.MomentOf(time.Now().Add(-time.Hour))
	must(pat.Record(t.Context(), &diary.Bleed{Start: at, Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint}))(t)
	doc.reads(a, "New bleed: Left knee")
	second.reads(b, "New bleed: Left knee")
	second.reads(b, "F-17")
	if !strings.Contains(a.page(), `<span class="dot">1</span>`) {
		t.Error("the number of items is not beside the place")
	}

	// One opens it: the other sees who has it, and nothing is hidden.
	item := a.item()
	a.press(view.ActWorkOpen, view.FieldWork, item)
	doc.reads(a, "Left knee")
	second.reads(b, "Opened by Dr. Blau")
	a.press(view.ActGoWork)
	doc.reads(a, "Opened by you")

	// Closing needs a reason, and can be taken back at once.
	a.press(view.ActWorkActs, view.FieldWork, item)
	doc.reads(a, `id="work-form"`)
	a.press(view.ActWorkClose, view.FieldWork, item, view.FieldRemark, "half a word")
	doc.reads(a, `id="problems"`)
	a.press(view.ActWorkClose, view.FieldWork, item, view.FieldWorkReason, worklist.Called.Key(), view.FieldRemark, "knee is fine")
	doc.reads(a, "Closed for the whole team.")
	doc.reads(a, "Nobody needs you right now")
	second.reads(b, "Nobody needs you right now")
	second.reads(b, "Closed by Dr. Blau")
	second.reads(b, "Patient called. knee is fine")
	a.press(view.ActWorkAgain, view.FieldWork, item)
	doc.reads(a, "It is open again.")
	second.misses(b, "Nobody needs you right now")

	// Put off by the other, it is hidden for both until that day begins.
	b.press(view.ActWorkActs, view.FieldWork, b.item())
	b.press(view.ActWorkUntil, view.FieldWork, b.item(), view.FieldPutOff, time.Now().Format(time.DateOnly))
	second.reads(b, "Choose a day after today")
	b.press(view.ActWorkLater, view.FieldLater, "3x"+b.item())
	second.reads(b, "Put off until")
	doc.reads(a, "Nobody needs you right now")
	doc.reads(a, "Put off by Dr. Grün")
	doc.move(4 * 24 * time.Hour)
	a.press(view.ActGoWork)
	doc.misses(a, "Nobody needs you right now")
	doc.move(0)

	// A message waits until somebody answers, right there.
	must(pat.Record(t.Context(), note("so that home has something to copy")))(t)
	var centre uint32
	pat.Look(func(l app.Look) { centre = l.Centres()[0].N })
	check(t, pat.Say(t.Context(), centre, "May I run again?", diary.ID{}))
	second.reads(b, "One unanswered message")
	second.reads(b, "May I run again?")
	b.press(view.ActWorkAnswer, view.FieldWork, b.item(), view.FieldText, "Please wait until Friday.")
	second.reads(b, "Your message is on its way.")
	pat.until("the patient reads the answer", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool {
			return it.Message() != nil && it.Message().Text == "Please wait until Friday." && it.Author.Name == "Dr. Grün"
		})
	})
	doc.misses(a, "One unanswered message")

	// All of it is there after the browser was closed.
	second.reopen()
	second.until("what was put off still is", func() (ok bool) {
		second.Look(func(l app.Look) {
			now := diary.MomentOf(time.Now())
			ok = len(l.Work(now)) == 0 && len(l.WorkDone(now)) == 1
		})
		return ok
	})
	// The patient's device has none of the team's words.
	pat.Look(func(l app.Look) {
		if n := l.WorkCount(diary.MomentOf(time.Now())); n != 0 || len(l.Patients()) != 0 {
			t.Errorf("%d items at the patient", n)
		}
	})
}

func TestNotesOfTheTeamAndItsLimitsStayInTheTeam(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, n := doc.patient(r, "F-17")
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	second.until("the colleague has the patient", func() bool { return second.patientCount() == 1 })
	m := second.number()
	notes := func(p *person, n uint32) (out []app.TeamNote) {
		p.Look(func(l app.Look) { out = l.TeamNotes(n) })
		return out
	}
	check(t, doc.AddTeamNote(t.Context(), n, "Call the mother.", [32]byte{}))
	second.until("the colleague reads it", func() bool { return len(notes(second, m)) == 1 })
	first := notes(second, m)[0]
	if first.By != "Dr. Blau" || first.You {
		t.Errorf("it is by %q", first.By)
	}
	check(t, second.AddTeamNote(t.Context(), m, "Call the aunt.", first.Hash))
	doc.until("the correction is there, with what was there before", func() bool {
		list := notes(doc, n)
		return len(list) == 1 && list[0].Text == "Call the aunt." && len(list[0].Old) == 1 && list[0].Old[0].Text == "Call the mother."
	})
	if err := doc.AddTeamNote(t.Context(), n, " \n", [32]byte{}); err == nil {
		t.Error("an empty note is kept")
	}

	// A limit of one patient stands above that of all.
	check(t, doc.SetLimits(t.Context(), 0, worklist.Limits{worklist.MessageHours: 24}))
	check(t, pat.Say(t.Context(), func() (k uint32) { pat.Look(func(l app.Look) { k = l.Centres()[0].N }); return k }(), "hello", diary.ID{}))
	count := func(p *person) (n int) {
		p.Look(func(l app.Look) { n = l.WorkCount(diary.MomentOf(time.Now())) })
		return n
	}
	second.until("the colleague has the message", func() bool {
		return second.sees(m, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil })
	})
	second.until("it may wait a day", func() bool { return count(second) == 0 })
	check(t, second.SetLimits(t.Context(), m, worklist.Limits{worklist.MessageHours: 0}))
	doc.until("of this patient it may not", func() bool { return count(doc) == 1 })

	// A patient can write none of it, and what is said there counts for nothing.
	if err := pat.AddTeamNote(t.Context(), 1, "x", [32]byte{}); err == nil {
		t.Error("a patient keeps a note of the team")
	}
	if err := pat.SetLimits(t.Context(), 0, worklist.Limits{}); err == nil {
		t.Error("a patient sets limits")
	}
}

// A browser locks by itself while somebody thinks: what they had typed about an
// item, about limits and as a note of the team is there when it is opened again,
// and gone once it is kept or left.
func TestWhatIsTypedAboutTheWorkOutlivesALock(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, _ := doc.patient(r, "F-17")
	a := doc.screen()
	must(pat.Record(t.Context(), &diary.Bleed{Start: diary.MomentOf(time.Now().Add(-time.Hour)), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint}))(t)
	doc.reads(a, "New bleed: Left knee")
	lock := func() {
		a.press(view.ActLock)
		doc.reads(a, "Unlock Vialog")
		if strings.Contains(a.page(), "half a") {
			t.Error("it is readable while it is locked")
		}
		a.press(view.ActUnlock, view.FieldPassphrase, string(pass))
		doc.reads(a, `class="app centre`)
	}
	n := strconv.Itoa(int(doc.number()))

	item := a.item()
	a.press(view.ActWorkActs, view.FieldWork, item)
	a.press(view.ActDraft, view.FieldWork, item, view.FieldRemark, "half a remark", view.FieldWorkReason, worklist.Called.Key())
	a.press(view.ActDraft, view.FieldWork, item, view.FieldPutOff, "2039-12-24")
	a.press(view.ActPatientOpen, view.FieldPatient, n)
	a.press(view.ActDraft, view.FieldPatient, n, view.FieldTeamText, "half a note")
	lock()
	doc.reads(a, `value="half a remark"`)
	doc.reads(a, `value="2039-12-24"`)
	doc.reads(a, "Your unfinished entry is back.")
	a.press(view.ActPatientOpen, view.FieldPatient, n)
	doc.reads(a, "half a note")
	a.press(view.ActTeamNoteSave, view.FieldPatient, n, view.FieldTeamText, "half a note is whole")
	doc.reads(a, "half a note is whole")

	// A correction that is under way says which note it is of.
	note := regexp.MustCompile(`id="edit-([0-9a-f]+)"`).FindStringSubmatch(a.page())
	if note == nil {
		t.Fatalf("no note to correct:\n%.3000s", a.page())
	}
	a.press(view.ActTeamNoteEdit, view.FieldTeamNote, note[1])
	a.press(view.ActDraft, view.FieldPatient, n, view.FieldTeamText, "half a correction", view.FieldTeamNote, note[1])
	lock()
	a.press(view.ActPatientOpen, view.FieldPatient, n)

	doc.reads(a, "half a correction")
	a.press(view.ActTeamNoteEdit, view.FieldTeamNote, note[1])
	a.press(view.ActTeamNoteCancel)
	doc.misses(a, "half a correction")

	a.press(view.ActLimits)
	field := view.LimitName(worklist.NewDays)
	a.press(view.ActDraft, field, "11")
	lock()
	doc.reads(a, `data-key="limits"`)
	doc.reads(a, `value="11"`)
	a.press(view.ActBack)
	a.press(view.ActLimits)
	doc.misses(a, `value="11"`)

	// Closed, nothing of it is left.
	a.press(view.ActGoWork)
	a.press(view.ActWorkClose, view.FieldWork, item, view.FieldWorkReason, worklist.Called.Key(), view.FieldRemark, "done")
	doc.reads(a, "Closed for the whole team.")
	if raw, err := a.client.Draft(t.Context()); err != nil || raw != nil {
		t.Errorf("%d bytes are kept, %v", len(raw), err)
	}
}
