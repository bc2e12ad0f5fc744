package web_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A browser is where the pages of a walk are.
type browser interface {
	Page(name, lang string) *browsertest.Page
	Report(testing.TB)
}

// A step of a walk makes its claim true.
type step struct {
	claim string
	do    func()
}

// A walk is what happens between a centre and its first patient, in the real
// app, with a real relay. Its steps build on each other.
type walk struct {
	t       *testing.T
	relay   *browsertest.Relay
	browser browser
	doctor  *browsertest.Page
	patient *browsertest.Page

	link, code string // of the invitation in use
	pseudonym  string
	sheet      string // link of the recovery sheet seen last
	printed    []string
	canaries   []string
}

const (
	doctorsWords  = "regen kiesel lampe ofen birke tasse"
	patientsWords = "river pebble lantern oven birch teacup"
	centre        = "Zentrum Süd"
)

func TestACentreAndAPatientWalkThroughTheApp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.Start(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.steps([]step{
		{"a doctor founds a centre", w.found},
		{"an invitation can be revoked", w.invite},
		{"a patient joins and both see the same code", w.join},
		{"a treatment is recorded with the keyboard alone", w.treat},
		{"a bleed is linked, a treatment corrected, a note added", w.record},
		{"without a network nothing is lost", w.offline},
		{"messages go both ways", w.talk},
		{"numbers, facts and questions reach the other side", w.contact},
		{"an entry is taken back, a bleed ends", w.end},
		{"what was typed survives a reload", w.draft},
		{"everything is there after closing and coming back", w.comeBack},
		{"a page that the browser kept does not keep the diary", w.kept},
		{"another tab can take over", w.tabs},
		{"the language can be changed", w.languages},
		{"the recovery sheet brings the diary back", w.restore},
		{"codes that cannot be used are told", w.refused},
		{"a diary can be started alone, and a centre invited later", w.alone},
		{"the passphrase can be changed", w.change},
		{"a device can be made to forget everything", w.forget},
		{"nothing was told to anybody else", w.quiet},
	})
}

// steps takes the steps one after the other, up to the first that fails.
func (w *walk) steps(list []step) {
	t, b := w.t, w.browser
	for _, step := range list {
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

// arrived states what holds on every new screen.
func (w *walk) arrived(p *browsertest.Page, heading string) {
	w.t.Helper()
	p.FocusOn("main[data-key]:not([aria-busy]) h1, [autofocus], dialog *")
	if heading != "" {
		p.Heading(heading)
	}
	got := browsertest.Eval[[]string](p, `(() => {
		const h = document.querySelector("main h1").innerText, a = document.activeElement;
		return [document.title.replace(/^\(\d+\) /, ""), h + " – Vialog", a.localName, location.href, a.getAttribute("name") || a.id || a.innerText || ""];
	})()`)
	if got[0] != got[1] && heading != "" {
		w.t.Errorf("%s: the title of %q is %q", p.Name, heading, got[0])
	}
	if got[2] != "h1" && !browsertest.Eval[bool](p, `document.activeElement.matches("[autofocus], dialog *")`) {
		w.t.Errorf("%s: on %q the focus is on %s %q", p.Name, heading, got[2], got[4])
	}
	if strings.Contains(got[3], "#") {
		w.t.Errorf("%s: the address still has its fragment: %s", p.Name, got[3])
	}
	if p.Wide() {
		w.t.Errorf("%s: %q has to be scrolled sideways", p.Name, heading)
	}
}

// shots takes the pictures of a screen, unless VIALOG_SHOTS is "none".
func (w *walk) shots(p *browsertest.Page, name string) {
	if _, blind := w.browser.(*browsertest.WebKit); blind || os.Getenv("VIALOG_SHOTS") == "none" {
		return
	}
	focus := browsertest.Eval[string](p, `document.documentElement.lang`)
	p.Shots("walk-" + name + "-" + focus)
}

// canary is a text that must never be seen outside.
func (w *walk) canary(s string) string {
	w.canaries = append(w.canaries, s)
	return s
}

func (w *walk) found() {
	t := w.t
	w.relay.Run("tenant", "add", "-open", "Für alle")
	out := w.relay.Run("tenant", "add", centre)
	link := regexp.MustCompile(`http://\S+#register=\S+`).FindString(out)
	if link == "" {
		t.Fatalf("no link in what was printed:\n%s", out)
	}
	p := w.browser.Page("doctor", "de-DE")
	w.doctor = p
	p.Go(link)
	p.Has("#f-passphrase")
	w.shots(p, "passphrase")
	words := browsertest.Eval[string](p, `document.getElementById("suggestion").innerText`)
	if n := len(strings.Fields(words)); n != 6 {
		t.Errorf("%d words are offered", n)
	}
	p.Fill("passphrase", "hallo")
	p.Click("passphrase.save")
	p.Has("#problems")
	p.FocusOn("#problems")
	p.Fill("passphrase", words)
	p.See("Stark")
	p.Fill("passphrase", doctorsWords)
	began := time.Now()
	p.Click("passphrase.save")
	p.Has("#f-name")
	t.Logf("the vault was made in %d ms", time.Since(began).Milliseconds())
	w.arrived(p, "Ihr Zentrum")
	w.shots(p, "found")
	p.Fill("name", w.canary(centre))
	p.Click("centre.found")
	p.FocusOn("#problems")
	if got := p.Value("name"); got != centre {
		t.Errorf("after a mistake the name is %q", got)
	}
	p.Fill("own-name", w.canary("Dr. Wehrmuth"))
	began = time.Now()
	p.Click("centre.found")
	p.Has(".sheet-words")
	t.Logf("the centre was founded in %d ms", time.Since(began).Milliseconds())
	w.arrived(p, "")
	w.shots(p, "sheet")
	list := w.sheetWords(p)
	p.Click("sheet.check")
	w.prove(p, list)
	p.Has("[data-key=work]")
	w.arrived(p, "Wer braucht mich jetzt")
	p.See("Noch keine Patienten")
	w.shots(p, "work-empty")
}

func (w *walk) sheetWords(p *browsertest.Page) []string {
	w.t.Helper()
	list := browsertest.Eval[[]string](p, `[...document.querySelectorAll(".sheet-words strong")].map((e) => e.innerText)`)
	if len(list) != 24 {
		w.t.Errorf("the sheet has %d words", len(list))
	}
	w.sheet = p.Scan()
	if !strings.HasPrefix(w.sheet, w.relay.Origin+"/#sheet=") {
		w.t.Errorf("the QR code of the sheet begins with %.40q", w.sheet)
	}
	w.canaries = append(w.canaries, strings.TrimPrefix(w.sheet, w.relay.Origin+"/"))
	w.printed = list
	return list
}

func (w *walk) prove(p *browsertest.Page, list []string) {
	w.t.Helper()
	p.Has("#f-word-a")
	w.arrived(p, "")
	ask := browsertest.Eval[[]int](p, `["f-word-a", "f-word-b"].map((id) => Number(document.querySelector("label[for=" + id + "]").innerText.match(/\d+/)[0]))`)
	p.Fill("word-a", "falsch")
	p.Fill("word-b", list[ask[1]-1])
	p.Click("sheet.done")
	p.FocusOn("#problems")
	p.Fill("word-a", list[ask[0]-1])
	p.Fill("word-b", list[ask[1]-1])
	p.Click("sheet.done")
}

func (w *walk) newInvitation(note string) (link, code string) {
	p := w.doctor
	p.Click("#place-patients")
	p.Has("[data-key=patients]")
	p.Click("#record")
	p.Has("#f-case-note")
	w.arrived(p, "")
	p.Fill("case-note", note)
	p.Click("#invite button[type=submit]")
	p.Has(".code-line")
	w.arrived(p, "")
	return browsertest.Eval[string](p, `document.querySelector(".code-line").innerText`),
		browsertest.Eval[string](p, `document.querySelector(".code-groups").innerText`)
}

// inviteOne makes the invitation in use.
func (w *walk) inviteOne() { w.link, w.code = w.newInvitation(w.canary("Fall 4711-K")) }

func (w *walk) invite() {
	p := w.doctor
	link, _ := w.newInvitation("zum Widerrufen")
	p.Click("invite.revoke")
	p.Has("[data-key=patients]")
	p.Has("#notice.panel")
	w.canaries = append(w.canaries, link)
	w.inviteOne()
	w.shots(p, "invitation")
	if !strings.Contains(w.link, "#join=") {
		w.t.Errorf("the link is %s", w.link)
	}
	p.See(time.Now().AddDate(0, 0, 7).Format("2. ")) // the day it ends
	if got := p.Scan(); got != w.link {
		w.t.Errorf("the QR code says %q, the link %q", got, w.link)
	}
	// The revoked one is refused.
	q := w.browser.Page("late", "en-GB")
	q.Go(link)
	q.See("made this invitation void")
	q.Close()
}

func (w *walk) join() {
	p := w.browser.Page("patient", "en-GB")
	w.patient = p
	p.Go(w.relay.Origin + "/")
	p.Has("[data-key=welcome]")
	w.shots(p, "welcome")
	p.Go("about:blank")
	w.joinBy(p)
}

// joinOne has a patient join whose first page is that of the invitation.
func (w *walk) joinOne() {
	w.patient = w.browser.Page("patient", "en-GB")
	w.joinBy(w.patient)
}

// agree has a person read the words of an invitation to the end and agree to them.
func agree(p *browsertest.Page) {
	p.Click("#f-signatory")
	p.Click("#f-agree")
	p.Click("join.accept")
}

func (w *walk) joinBy(p *browsertest.Page) {
	t := w.t
	p.Go(w.link)
	p.Heading(centre + " invites you")
	if u := browsertest.Eval[string](p, `location.href`); strings.Contains(u, "#") {
		t.Errorf("the address is %s", u)
	}
	w.shots(p, "join")
	agree(p)
	p.Has("#f-passphrase")
	w.arrived(p, "Choose a passphrase")
	w.shots(p, "passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=joined]")
	w.arrived(p, "Your pseudonym")
	p.Has("p.check")
	w.pseudonym = browsertest.Eval[string](p, `document.querySelector(".pseudonym").innerText`)
	mine := browsertest.Eval[string](p, `document.querySelector("p.check").innerText.replace(/\D/g, "")`)
	w.shots(p, "joined")

	d := w.doctor
	d.Has("p.check")
	d.See(w.pseudonym)
	w.arrived(d, "")
	if theirs := browsertest.Eval[string](d, `document.querySelector("p.check").innerText.replace(/\D/g, "")`); theirs != mine || len(mine) != 6 {
		t.Errorf("the doctor sees %q, the patient %q", theirs, mine)
	}
	w.shots(d, "check")
	d.Click("join.confirm")
	d.Has("[data-key=patients]")
	d.See(w.pseudonym)
	p.See("Your centre has confirmed the code")
	p.Click("join.seen")
	p.Has("[data-key=today]")
	w.arrived(p, "Today")
	p.See("Your diary is ready", "You have no recovery sheet yet")
	w.shots(p, "today-empty")
}

func (w *walk) treat() {
	p := w.patient
	p.TabTo("Record")
	p.Press(kb.Enter)
	w.arrived(p, "What would you like to record?")
	p.TabTo("Treatment")
	p.Press(kb.Enter)
	w.arrived(p, "Record a treatment")
	p.TabTo("Save treatment") // too early
	p.Press(kb.Enter)
	p.FocusOn("#problems")
	w.shots(p, "treatment-problems")
	p.Press(kb.Tab)
	p.Press(kb.Enter) // the first problem leads to its field
	p.FocusOn("#f-product")
	p.Press("Adva")
	p.TabTo("Amount")
	p.Press("1500")
	p.TabTo("Prophylaxis")
	p.Press(" ")
	p.TabTo("Lot number")
	p.Press(w.canary("LOTKANARI77"))
	p.TabTo("Expiry")
	p.Press("08/2029")
	p.TabTo("Save treatment")
	w.shots(p, "treatment")
	p.TabTo("Save treatment")
	began := time.Now()
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
	w.arrived(p, "Today")
	p.See("Saved and sent to your centre", "1,500")
	w.doctorSees(began, "Advate")
}

// doctorSees waits until words are on the doctor's page and tells how long it took.
func (w *walk) doctorSees(since time.Time, words string) {
	w.t.Helper()
	if !browsertest.Eval[bool](w.doctor, `!!document.querySelector("[data-key^='patient.']")`) {
		w.doctor.Click("#place-patients")
		w.doctor.Has("[data-key=patients]")
		w.doctor.See("1 neu")
		w.doctor.Click(w.pseudonym)
		w.doctor.Has("[data-key^='patient.']")
		w.arrived(w.doctor, w.pseudonym)
		w.doctor.See(words)
		return
	}
	w.doctor.See(words)
	w.t.Logf("the doctor saw it after %d ms", time.Since(since).Milliseconds())
}

func (w *walk) record() {
	p, d := w.patient, w.doctor
	w.begin(p, "record.bleed")
	w.arrived(p, "Record a bleed")
	p.Click("Left knee")
	p.Click("Injury")
	p.Click("Moderate")
	p.Click("6")
	p.Click("#more > summary")
	p.Click("Swelling")
	p.Fill("note", w.canary("beim Kanarienvogel gestolpert"))
	w.shots(p, "bleed")
	p.ClickOn(".chips.lines label, .lines .chip")
	began := time.Now()
	p.Click("Save bleed")
	p.Has("[data-key=today]")
	p.See("Knee")
	w.doctorSees(began, "beim Kanarienvogel gestolpert")
	w.shots(p, "today")

	// The treatment is tied to it, and is corrected.
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.Click("Advate")
	p.Has("[data-key^='entry.']")
	w.arrived(p, "")
	p.See("For the bleed", "Knee")
	p.Click("entry.correct")
	w.arrived(p, "Correct a treatment")
	if got := p.Value("amount"); got != "1,500" && got != "1500" {
		w.t.Errorf("the form for the correction says %q", got)
	}
	p.Fill("amount", "2000")
	p.Click("Save correction")
	p.FocusOn("#problems")
	if got := p.Value("amount"); got != "2000" {
		w.t.Errorf("after a mistake the form says %q", got)
	}
	p.Fill("why", w.canary("Kanarienzahl verlesen"))
	began = time.Now()
	p.Click("Save correction")
	p.Has("[data-key=today]")
	p.See("Correction saved", "2,000")
	w.doctorSees(began, "Kanarienzahl verlesen")
	d.See("1.500", "2.000")
	w.shots(d, "patient")

	w.begin(p, "record.note")
	w.arrived(p, "Write a note")
	p.Fill("text", w.canary("Kanarienreise ans Meer"))
	began = time.Now()
	p.Click("Save note")
	p.Has("[data-key=today]")
	w.doctorSees(began, "Kanarienreise ans Meer")

	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.See("Kanarienreise ans Meer", "Advate", "Knee")
	w.shots(p, "diary")
	p.Click("Advate")
	p.Has("[data-key^='entry.']")
	p.See("History", "Kanarienzahl verlesen")
	w.shots(p, "entry")
	p.Back()
	w.arrived(p, "Diary")
	p.Back()
	w.arrived(p, "Today")
}

func (w *walk) offline() {
	p := w.patient
	p.Controlled()
	p.Offline(true)
	w.relay.Stop()
	p.See("Offline")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarienfunkloch"))
	p.Click("Save note")
	p.See("Saved on this device", "1 entry is kept here")
	w.shots(p, "today-offline")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("noch ein Kanarienfunkloch"))
	p.Click("Save note")
	p.See("2 entries are kept here")

	w.unlock(p, patientsWords, true)
	p.See("2 entries are kept here", "Kanarienfunkloch")

	w.relay.Start()
	p.Offline(false)
	began := time.Now()
	p.See("Up to date")
	w.t.Logf("the patient's device had sent it %d ms after the network was back", time.Since(began).Milliseconds())
	w.doctor.See("noch ein Kanarienfunkloch")
	w.t.Logf("the doctor had it %d ms after the network was back", time.Since(began).Milliseconds())
	w.relayWentAway()
}

// relayWentAway forgets what browsers say of connections that we have cut.
func (w *walk) relayWentAway() {
	for _, p := range []*browsertest.Page{w.doctor, w.patient} {
		p.ForgetProblems("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "WebSocket", "Failed to load resource")
	}
}

// unlock loads the page anew and opens the vault.
func (w *walk) unlock(p *browsertest.Page, words string, reload bool) {
	w.t.Helper()
	began := time.Now()
	if reload {
		p.Reload()
	} else {
		p.Go(w.relay.Origin + "/")
	}
	p.Has("[data-key=unlock]")
	w.t.Logf("%s: the form to unlock was there after %d ms", p.Name, time.Since(began).Milliseconds())
	p.Fill("passphrase", words)
	began = time.Now()
	p.Press(kb.Enter)
	p.Has(".app main")
	w.t.Logf("%s: the diary was there %d ms after the passphrase", p.Name, time.Since(began).Milliseconds())
}

func (w *walk) talk() {
	p, d := w.patient, w.doctor
	d.Fill("text", w.canary("Kanarienpost vom Zentrum"))
	d.Click("message.send")
	d.See("Kanarienpost vom Zentrum")
	if got := d.Value("text"); got != "" {
		w.t.Errorf("the field still says %q", got)
	}
	p.See("1 new")
	p.Click("#place-centre")
	w.arrived(p, "Centre")
	p.See("Kanarienpost vom Zentrum", "Dr. Wehrmuth")
	p.Fill("text", w.canary("Kanarienantwort"))
	w.shots(p, "centre")
	p.Click("message.send")
	d.See("Kanarienantwort")
	p.Size(1280, 800)
	p.Size(360, 740)
}

// begin opens the form that the act is for.
func (w *walk) begin(p *browsertest.Page, act string) {
	w.t.Helper()
	p.Click("#record")
	p.Has("[data-key=record]")
	p.Click(act)
	p.NotHas("[data-key=record]")
}

func (w *walk) end() {
	p, d := w.patient, w.doctor
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.ClickOn("[data-kind=note] button")
	p.Has("[data-key^='entry.']")
	p.Click("entry.retract")
	w.arrived(p, "Take this entry back?")
	p.Click("entry.retract.save")
	p.FocusOn("#problems")
	p.Fill("why", w.canary("Kanarien doppelt"))
	p.Click("entry.retract.save")
	p.See("Entry taken back")
	d.See("Kanarien doppelt")
	p.Click("bleed.stop") // one tap
	p.See("marked as stopped", "days without a new bleed")
	d.NotSee("Offene Blutungen")
	w.begin(p, "record.again")
	w.arrived(p, "Record a treatment")
	p.See("Please check the lot")
	if got := p.Value("lot.0"); got != "LOTKANARI77" {
		w.t.Errorf("the lot is %q", got)
	}
	p.Click("#lot-add")
	p.Fill("lot.1", "ZWEITKANARI")
	p.Click("Save treatment")
	w.arrived(p, "Today")
	d.See("ZWEITKANARI")
}

func (w *walk) draft() {
	p := w.patient
	p.Click("#place-today")
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("amount", "1250")
	p.Click("#more > summary")
	p.Fill("note", w.canary("halber Kanariensatz"))
	p.Click("#lot-add")
	p.Has("[name='lot.1']") // acts are done in turn: so the note is sealed
	w.unlock(p, patientsWords, true)
	w.arrived(p, "Record a treatment")
	p.See("Your unfinished entry is back")
	if a, n := p.Value("amount"), p.Value("note"); a != "1250" || n != "halber Kanariensatz" {
		w.t.Errorf("the form says %q and %q", a, n)
	}
	// Left by accident, it waits for the next treatment.
	p.Back()
	p.Has("[data-key=today]")
	w.begin(p, "record.treatment")
	p.See("Your unfinished entry is back")
	if a := p.Value("amount"); a != "1250" {
		w.t.Errorf("the form says %q", a)
	}
	p.Click("record.cancel")
	p.NotSee("Save treatment")
	p.Click("#go-home")
	w.begin(p, "record.treatment")
	w.arrived(p, "Record a treatment")
	if a := p.Value("amount"); a != "" {
		w.t.Errorf("after cancelling the form says %q", a)
	}
	p.Click("record.cancel")
	p.NotSee("Save treatment")
	p.Click("#go-home")

	// So does a message.
	p.Click("#place-centre")
	w.arrived(p, "Centre")
	p.Fill("text", w.canary("halbe Kanarienpost"))
	p.Click("#go-settings")
	w.arrived(p, "Settings") // acts are done in turn: so the message is sealed
	w.unlock(p, patientsWords, true)
	p.Click("#place-centre")
	w.arrived(p, "Centre")
	if got := p.Value("text"); got != "halbe Kanarienpost" {
		w.t.Errorf("the message says %q", got)
	}
	p.Fill("text", "")
}

func (w *walk) comeBack() {
	p, d := w.patient, w.doctor
	d.Go("about:blank")
	// Something arrives meanwhile.
	p.Click("#place-today")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien im Urlaub"))
	p.Click("Save note")
	p.See("Saved and sent")
	p.Go("about:blank")
	d.Go(w.relay.Origin + "/")
	d.Has("[data-key=unlock]")
	w.shots(d, "unlock")
	d.Fill("passphrase", "regen kiesel lampe ofen birke falsch")
	d.Press(kb.Enter)
	d.See("öffnet das Tagebuch nicht")
	d.FocusOn("#f-passphrase")
	w.unlock(d, doctorsWords, false)
	w.arrived(d, "Wer braucht mich jetzt")
	d.See(w.pseudonym)
	w.shots(d, "work")
	d.Click("work.acts")
	d.Has("#work-form")
	w.shots(d, "work-form")
	d.Click("#later-3")
	d.See("Zurückgestellt bis")
	d.Click("#notice-work-again")
	d.See("Es ist wieder offen")
	d.Click("#place-patients")
	d.Has("[data-key=patients]") // what is to be done names patients, too
	d.See(w.pseudonym, "1 neu")
	w.shots(d, "patients")
	d.Click(w.pseudonym)
	d.Has("[data-key^='patient.']")
	d.See("Kanarien im Urlaub", "Kanarienantwort", "2.000", "Fall 4711-K")
	w.unlock(p, patientsWords, false)
	p.See("Kanarien im Urlaub")
	p.Click("#place-centre")
	p.See("Kanarienpost vom Zentrum", "Kanarienantwort")
}

// kept goes away and back. Safari keeps the page meanwhile, with all that was on it.
func (w *walk) kept() {
	p := w.patient
	p.Click("#place-today")
	p.Has("[data-key=today]")
	p.Go("about:blank")
	p.Back()
	p.Has("[data-key=unlock]")
	p.NotSee("Kanarien im Urlaub")
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
}

func (w *walk) tabs() {
	p := w.patient
	q := w.browser.(*browsertest.Browser).Tab(p, "en-GB")
	q.Go(w.relay.Origin + "/")
	q.See("Vialog is open in another tab")
	w.shots(q, "second-tab")
	q.Click("tab.take")
	q.Has("[data-key=unlock]")
	p.See("Vialog is open in another tab")
	q.Fill("passphrase", patientsWords)
	q.Press(kb.Enter)
	q.Has("[data-key=today]")
	p.Click("tab.take")
	p.Has("[data-key=unlock]")
	q.See("Vialog is open in another tab")
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
	w.noProblems(q)
	q.Close()
}

func (w *walk) languages() {
	p := w.patient
	p.Click("#go-settings")
	w.arrived(p, "Settings")
	w.shots(p, "settings")
	p.Click("Deutsch")
	p.Heading("Einstellungen")
	if l := browsertest.Eval[string](p, `document.documentElement.lang`); l != "de" {
		w.t.Errorf("the page's language is %s", l)
	}
	w.shots(p, "settings")
	for _, s := range []struct{ act, key, name string }{
		{"#place-today", "today", "today"}, {"#place-diary", "diary", "diary"}, {"#place-centre", "centre", "centre"},
	} {
		p.Click(s.act)
		p.Has("[data-key=" + s.key + "]")
		w.shots(p, s.name)
	}
	p.Click("#record")
	p.Has("[data-key=record]")
	w.shots(p, "record")
	p.Click("record.bleed")
	p.Has("#f-place")
	w.shots(p, "bleed")
	p.Click("record.cancel")
	p.Click("#go-settings")
	p.Click("English")
	p.Heading("Settings")
	// It is kept for the next start.
	p.Click("Deutsch")
	p.Heading("Einstellungen")
	p.Reload()
	p.Has("[data-key=unlock]")
	p.See("entsperren")
	w.shots(p, "unlock")
	p.Click("English")
	p.Heading("Unlock Vialog")
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
}

func (w *walk) restore() {
	p := w.patient
	p.Click("sheet.show")
	p.Has(".sheet-words")
	list := w.sheetWords(p)
	w.shots(p, "sheet")
	p.Click("sheet.check")
	w.prove(p, list)
	p.See("Recovery sheet made")

	q := w.browser.Page("new-device", "en-GB")
	q.Go(w.relay.Origin + "/")
	q.Has("#way-alone") // the relay has answered, and nothing moves any more
	q.Click("#way-sheet > summary")
	q.Fill("sheet-words", strings.Join(list[:23], " ")+" falsch")
	q.Click("#restore button")
	q.FocusOn("#problems")
	if got := q.Value("sheet-words"); !strings.HasSuffix(got, "falsch") {
		w.t.Errorf("after a mistake the words are %q", got)
	}
	q.Fill("sheet-words", strings.Join(list, " "))
	q.Click("#restore button")
	q.Has("#f-passphrase")
	q.Fill("passphrase", patientsWords)
	began := time.Now()
	q.Click("passphrase.save")
	q.Has("[data-key=sheet]")
	w.arrived(q, "Your recovery sheet")
	q.See("Your data is back", "The old one stays valid until this one is checked")
	w.shots(q, "sheet-restored")
	q.Click("sheet.later")
	q.Has("[data-key=today]")
	q.See("Kanarien im Urlaub")
	w.t.Logf("the diary was back after %d ms", time.Since(began).Milliseconds())
	w.arrived(q, "Today")
	q.NotSee("Please print your new recovery sheet") // until tomorrow
	q.NotSee("not yet confirmed")                    // the other device has seen this one
	p.See("The recovery sheet was used on", "Was that you?")
	w.shots(p, "sheet-used")
	p.Click("sheet.known")
	p.NotSee("The recovery sheet was used on")
	q.Click("#place-diary")
	q.See("Kanarienreise ans Meer", "2,000", "Knee")
	q.Click("#place-centre")
	q.See("Kanarienpost vom Zentrum")
	w.noProblems(q)
	w.noLeaks(q)
	q.Close()

	// The code on the sheet does the same.
	q = w.browser.Page("newer-device", "en-GB")
	q.Go(w.sheet)
	q.Has("#f-passphrase")
	if u := browsertest.Eval[string](q, `location.href`); u != w.relay.Origin+"/" {
		w.t.Errorf("the address is %s", u)
	}
	q.Fill("passphrase", patientsWords)
	q.Click("passphrase.save")
	q.Has("[data-key=sheet]")
	old := w.sheet
	next := w.sheetWords(q)
	q.Click("sheet.check")
	w.prove(q, next)
	q.Has("[data-key=today]")
	q.See("Kanarien im Urlaub", "The new sheet is checked")
	q.Click("#go-settings")
	q.Click("recovery")
	w.arrived(q, "Recovery sheet")
	q.See("Test the sheet")
	q.NotSee("being put in the old one’s place")
	w.shots(q, "recovery")

	// The old sheet leads nowhere, and says so.
	r := w.browser.Page("old-sheet", "en-GB")
	r.Go(old)
	r.Has("#f-passphrase")
	r.Fill("passphrase", patientsWords)
	r.Click("passphrase.save")
	r.See("Most likely it was replaced by a newer one")
	w.noProblems(r)
	r.Close()
	q.Click("#go-home")
	q.Has("[data-key=today]")
	w.begin(q, "record.note")
	q.Fill("text", w.canary("Kanarien vom neuen Gerät"))
	q.Click("Save note")
	q.See("Saved and sent")
	p.See("Kanarien vom neuen Gerät")
	w.doctor.See("Kanarien vom neuen Gerät")
	p.Click("sheet.known")

	// Two words of the new sheet, or all of it, prove that it is still there.
	q.Click("#go-settings")
	q.Click("recovery")
	q.Click("drill")
	w.arrived(q, "Can you still find your recovery sheet?")
	ask := browsertest.Eval[[]int](q, `["f-word-a", "f-word-b"].map((id) => Number(document.querySelector("label[for=" + id + "]").innerText.match(/\d+/)[0]))`)
	q.Fill("word-a", next[ask[0]-1])
	q.Fill("word-b", "falsch")
	q.Click("drill.words")
	q.FocusOn("#problems")
	w.shots(q, "drill")
	q.Fill("word-a", next[ask[0]-1])
	q.Fill("word-b", next[ask[1]-1])
	q.Click("drill.words")
	q.See("That is right", "two words were right")
	q.Click("drill")
	q.Click("#drill-whole > summary")
	q.Fill("sheet-words", strings.Join(list, " "))
	q.Click("drill.sheet")
	q.See("not the one in force")
	q.Fill("sheet-words", strings.Join(next, " "))
	q.Click("drill.sheet")
	q.See("the whole sheet was right")
	w.noProblems(q)
	q.Close()
}

func (w *walk) refused() {
	p := w.browser.Page("stranger", "en-GB")
	p.Go(w.link)
	p.See("has been used already")
	p.FocusOn("#problems")
	p.Fill("code", w.code[:len(w.code)-1])
	p.Click("#join button")
	p.See("does not add up")
	p.Fill("code", w.code)
	p.Click("#join button")
	p.See("has been used already")
	p.Click("#way-centre > summary")
	p.Fill("centre-code", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAA")
	p.Click("#register button")
	p.See("does not add up")
	w.shots(p, "welcome-problems")
	w.noProblems(p)
	p.Close()
}

func (w *walk) alone() {
	p := w.browser.Page("alone", "en-GB")
	p.Go(w.relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	w.arrived(p, "Today")
	p.See("You keep this diary for yourself")
	p.Click("#place-centre")
	p.See("Not connected with a centre")
	w.shots(p, "centre-alone")
	p.Click("#place-today")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien allein"))
	p.Click("Save note")
	p.See("Saved.")

	_, code := w.newInvitation("zum Tippen")
	p.Click("#place-centre")
	w.arrived(p, "Centre")
	p.Fill("code", code[1:])
	p.Click("centre.add")
	p.See("does not add up")
	p.FocusOn("#problems")
	p.Fill("code", strings.ToLower(strings.ReplaceAll(code, " ", "-")))
	p.Click("centre.add")
	w.arrived(p, centre+" invites you")
	agree(p)
	w.arrived(p, "Your pseudonym")
	w.doctor.Has("p.check")
	w.doctor.Click("join.confirm")
	w.doctor.Heading("Patienten")
	p.See("Your centre has confirmed the code")
	p.Click("join.seen")
	p.See("Everything has been sent to " + centre)
	w.noProblems(p)
	w.noLeaks(p)
	p.Close()
}

func (w *walk) change() {
	p := w.patient
	const words = "meadow pebble lantern oven birch teacup"
	w.canaries = append(w.canaries, words)
	p.Click("#go-settings")
	p.Click("unlocking")
	p.Click("passphrase.change")
	w.arrived(p, "Choose a new passphrase")
	p.Fill("old-passphrase", patientsWords)
	p.Fill("passphrase", words)
	p.Press(kb.Enter)
	p.See("Your passphrase has been changed")
	p.Reload()
	p.Has("[data-key=unlock]")
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.See("does not open the diary")
	p.Fill("passphrase", words)
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
}

func (w *walk) forget() {
	p := w.patient
	p.Reload()
	p.Has("[data-key=unlock]")
	p.Click("#forgot > summary")
	p.Click("#wipe")
	p.See("cannot be undone")
	p.Click("#wipe")
	p.Heading("Vialog has forgotten everything here")
	p.Click("reload")
	p.Heading("Welcome to Vialog")
}

func (w *walk) quiet() {
	for _, p := range []*browsertest.Page{w.doctor, w.patient} {
		w.noProblems(p)
		w.noLeaks(p)
		if len(p.Messages()) < 20 {
			w.t.Errorf("%s: only %d messages were captured", p.Name, len(p.Messages()))
		}
	}
}

func (w *walk) noProblems(p *browsertest.Page) {
	w.t.Helper()
	if l := p.Problems(); len(l) > 0 {
		w.t.Errorf("%s complains:\n%s", p.Name, strings.Join(l, "\n"))
	}
	if l := p.Foreign(w.relay.Origins()...); len(l) > 0 {
		w.t.Errorf("%s asked elsewhere: %s", p.Name, l)
	}
	for _, r := range p.Requests() {
		if slices.ContainsFunc(w.canaries, func(c string) bool { return strings.Contains(r, c) && !strings.HasPrefix(r, c) }) {
			w.t.Errorf("%s asked for %s", p.Name, r)
		}
	}
}

func (w *walk) noLeaks(p *browsertest.Page) {
	w.t.Helper()
	if l := p.Leaked(append(w.canaries, w.pseudonym, patientsWords, doctorsWords)...); len(l) > 0 {
		w.t.Errorf("%s sent readable: %s", p.Name, l)
	}
}
