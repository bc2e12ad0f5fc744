package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"vialog/web/browsertest"
)

// A plan goes from the doctor to the patient, back as read, and into a calendar,
// in the real app with a real relay.
func TestAPlanFromTheDoctorToTheCalendar(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.Start(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	for _, step := range []struct {
		claim string
		do    func()
	}{
		{"a doctor founds a centre", w.found},
		{"the doctor invites", w.inviteOne},
		{"a patient joins", w.joinOne},
		{"a doctor signs a plan, and the patient says to have read it", w.planSigned},
		{"the dose that is due is recorded from its card", w.planDue},
		{"a change has a reason and is to be read again", w.planChanged},
		{"the calendar file says when and nothing else", w.planCalendar},
		{"a plan ends and stays in the list", w.planEnds},
		{"a locked tab reminds, and says nothing of what", w.planReminds},
		{"nothing was told to anybody else", w.quiet},
	} {
		if !t.Run(step.claim, func(t *testing.T) {
			b.Report(t)
			w.t = t
			began := time.Now()
			step.do()
			t.Logf("%.1f s", time.Since(began).Seconds())
		}) {
			break
		}
	}
	b.Report(t)
}

// clock is the time in minutes from now on the page's clock.
func clock(p *browsertest.Page, minutes string) string {
	return browsertest.Eval[string](p, `new Date(Date.now() + 60000 * (`+minutes+`)).toTimeString().slice(0, 5)`)
}

func (w *walk) planSigned() {
	d, p := w.doctor, w.patient
	d.Click(w.pseudonym)
	d.Has("[data-key^='patient.']")
	d.Click("go.plan")
	w.arrived(d, "Der Plan")
	d.See("Zurzeit gilt kein Plan")
	d.Click("plan.new")
	w.arrived(d, "Neuer Plan")
	if got := d.Value("clinician"); got != "Dr. Wehrmuth" {
		w.t.Errorf("the plan is signed by %q", got)
	}
	d.Fill("template", "template.factor.2")
	d.See("Erste Dosen")
	d.Fill("product", "fviii.advate")
	d.Fill("amount", "viel")
	d.Click("plan.save")
	d.FocusOn("#problems")
	w.shots(d, "plan-form-problems")
	d.Fill("amount", "1500")
	d.Fill("times.0", clock(d, "0"))
	d.Fill("note", w.canary("Kanarienhinweis zum Plan"))
	w.shots(d, "plan-form")
	d.Click("plan.save")
	d.Has("[data-key^='plans.']")
	d.See("1.500", "alle 2 Tage", "Noch nicht bestätigt")
	w.shots(d, "plans-centre")

	p.See("Your centre has signed a plan", "Due today")
	w.shots(p, "today-plan")
	p.Click("#read-plan")
	w.arrived(p, "The plan")
	p.See("Kanarienhinweis zum Plan", "Dr. Wehrmuth, signed by the centre")
	w.shots(p, "plans")
	p.Click("#place-centre")
	p.Click("#place-today")
	d.See("Noch nicht bestätigt") // looking is not reading
	p.Click("#read-plan")
	p.Click("plan.read")
	p.See("You confirmed on", "Your centre is told")
	d.See("bestätigt: heute")
	p.Click("#go-home")
	p.NotSee("Your centre has signed a plan")
}

func (w *walk) planDue() {
	p := w.patient
	p.See("Due today")
	p.Click("record.dose")
	w.arrived(p, "Record a treatment")
	if got := p.Value("amount"); got != "1,500" {
		w.t.Errorf("the amount from the plan is %q", got)
	}
	p.TabTo("Save treatment")
	p.Press("\r")
	p.Has("[data-key=today]")
	p.See("Given today", "Next dose")
	p.NotSee("Due today")
	w.shots(p, "today-given")
}

func (w *walk) planChanged() {
	d, p := w.doctor, w.patient
	d.Click("plan.edit")
	w.arrived(d, "Plan ändern")
	d.Fill("amount", "1750")
	d.Click("plan.save")
	d.FocusOn("#problems")
	d.Fill("why", w.canary("Kanarien nahmen zu"))
	d.Click("plan.save")
	d.Has("[data-key^='plans.']")
	p.See("Your centre has signed a plan")
	p.Click("#read-plan")
	p.See("1,750", "I have read it")
	p.Click("All 2 versions")
	p.See("Kanarien nahmen zu")
	w.shots(p, "plans-changed")
}

func (w *walk) planCalendar() {
	p := w.patient
	p.Click("go.reminders")
	w.arrived(p, "Reminders")
	p.See("A closed browser cannot remind you")
	w.shots(p, "reminders")
	browsertest.Eval[bool](p, `(() => {
		window.saved = [];
		const make = URL.createObjectURL;
		URL.createObjectURL = (b) => (b.text().then((t) => saved.push(b.type + "\n" + t)), make.call(URL, b));
		return true;
	})()`)
	p.Fill("word", "Swimming")
	p.Click("calendar.file")
	p.See("The calendar file was saved")
	p.Has("#calendar")
	p.Until("the file", `saved.length > 0`)
	file := browsertest.Eval[string](p, `saved.join("")`)
	if !regexp.MustCompile(`^text/calendar\nBEGIN:VCALENDAR\r\n(?s:.*)SUMMARY:Swimming\r\n(?s:.*)END:VCALENDAR\r\n$`).MatchString(file) ||
		!strings.Contains(file, "RRULE:FREQ=DAILY;INTERVAL=2\r\n") {
		w.t.Errorf("the file is\n%s", file)
	}
	for _, word := range append([]string{"dvate", "1750", "1,750", "ialog", "actor", w.pseudonym}, w.canaries...) {
		if strings.Contains(file, word) {
			w.t.Errorf("the file says %q", word)
		}
	}
}

func (w *walk) planEnds() {
	d, p := w.doctor, w.patient
	d.Click("plan.end")
	w.arrived(d, "Plan beenden")
	d.Fill("why", w.canary("Kanarien sind gesund"))
	d.Click("plan.end.save")
	d.Has("[data-key^='plans.']")
	d.See("Alle 3 Fassungen")
	p.Click("#go-back")
	w.arrived(p, "The plan")
	p.Click("All 3 versions")
	p.See("Kanarien sind gesund")
}

func (w *walk) planReminds() {
	p := w.patient
	p.Grant("notifications")
	p.Click("plan.new")
	w.arrived(p, "Own plan")
	p.Fill("product", "fviii.advate")
	p.Fill("amount", "500")
	p.Click("Immune tolerance")
	p.Click("Every few days")
	p.Has("#f-every")
	p.Fill("every", "1")
	p.See("At what time")
	// A dose of today cannot be due tomorrow.
	time.Sleep(time.Until(browsertest.Eval[time.Time](p, `(() => {
		const now = new Date(), soon = new Date(+now + 180000);
		return (now.getDate() === soon.getDate() ? now : soon).toJSON();
	})()`)))
	due := clock(p, "2")
	p.Fill("times.0", due)
	w.shots(p, "plan-form-own")
	p.Click("plan.save")
	p.Has("[data-key^='plans.']")
	p.See("Saved", "Immune tolerance", due)
	time.Sleep(300 * time.Millisecond) // the strip above changes once it has been sent
	p.Click("go.reminders")
	w.arrived(p, "Reminders")
	p.Click("remind.on")
	p.See("This device reminds you")
	p.Until("the service worker, which shows notes", `navigator.serviceWorker.getRegistration().then((r) => r?.active?.state === "activated")`)
	p.Click("#go-settings")
	p.Click("lock")
	p.Has("#f-passphrase")
	p.Ahead(3 * time.Minute)
	p.Until("a note", `navigator.serviceWorker.getRegistration().then((r) => r.getNotifications()).then((l) => l.length > 0)`)
	notes := browsertest.Eval[[]string](p, `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((l) => l.map((n) => n.title + "|" + n.body))`)
	if len(notes) != 1 || notes[0] != "Something is due|" {
		w.t.Errorf("the notes are %q", notes)
	}
	p.Fill("passphrase", patientsWords)
	p.Click("unlock")
	p.Has("[data-key=today]")
	p.See("Due today")
}
