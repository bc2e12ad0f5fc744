package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A lead and a doctor work on the same things at the same time,
// each in a browser of their own.
func TestTwoDoctorsWorkAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.Start(t)
	w := &teamWalk{walk: &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}}
	w.steps([]step{
		{"a doctor founds a centre", w.found},
		{"a second doctor comes into the team", w.comes},
		{"a patient joins, and both have the same list", func() { w.inviteOne(); w.joinOne(); w.both() }},
		{"what one does with an item the other sees, who was typing about it", w.work},
		{"both write about one patient, and neither loses a word", w.notes},
		{"both sign a plan", w.plans},
		{"both sign a year of the record", w.signs},
		{"one sends the recall that both look at, and the other sees it", w.recalls},
		{"one asks for a study, the other sees who agreed", w.study},
		{"the lead and the patient read who looked", w.looked},
		{"one discharges, the other is told on the page", w.discharges},
		{"one enters that a patient has died, and the other, about to do so, sees it", w.dies},
		{"made a reader with the keyboard alone, the second is offered nothing to write", w.lowered},
		{"removed likewise, the second is told at once and reads nothing more", w.removed},
		{"nothing was told to anybody else", w.quiet},
	})
}

type teamWalk struct {
	*walk
	second *browsertest.Page
}

const secondsWords = "wolke ziegel feder amboss linde kanne"

// comes has a lead invite a doctor, who comes in by the link and six digits.
func (w *teamWalk) comes() {
	d := w.doctor
	d.Click("#place-settings")
	d.Click("#set-team-open")
	d.Click("team.form")
	d.Click("Ärztin oder Arzt")
	d.Fill("passphrase", doctorsWords)
	d.Click("team.invite")
	d.Has(".code-line")
	e := w.browser.Page("second", "de-DE")
	w.second = e
	e.Go(d.Scan())
	w.arrived(e, "Bei "+centre+" mitarbeiten")
	w.comesIn(e, "Dr. Kanarienthal", "Ärztin oder Arzt", secondsWords)
}

// comesIn has somebody who has opened the lead's invitation come into the team by six digits.
func (w *walk) comesIn(p *browsertest.Page, name, role, words string) {
	w.t.Helper()
	d := w.doctor
	p.Fill("personname", w.canary(name))
	p.Click("team.join")
	p.Has("#f-passphrase")
	p.Fill("passphrase", words)
	p.Press(kb.Enter)
	w.arrived(p, "Codes vergleichen")
	d.See(name + " möchte ins Team. Rolle: " + role)
	if a, b := check(d), check(p); a != b {
		w.t.Errorf("the digits are %q and %q", a, b)
	}
	d.Click("team.same")
	d.See(name + " gehört jetzt zum Team")
	p.Has(".sheet-words")
	list := w.sheetWords(p)
	p.Click("sheet.check")
	w.prove(p, list)
	w.arrived(p, "Wer braucht mich jetzt")
}

// both have the patient on their lists.
func (w *teamWalk) both() {
	w.doctor.Click("#place-work")
	w.second.Click("#place-patients")
	w.second.See(w.pseudonym, "Fall 4711-K")
	w.second.Click("#place-work")
	w.arrived(w.second, "Wer braucht mich jetzt")
}

// says has the patient write to the centre.
func (w *teamWalk) says(text string) {
	p := w.patient
	p.Click("#place-centre")
	p.Fill("text", w.canary(text))
	p.Click("message.send")
	p.See(text)
}

func (w *teamWalk) work() {
	d, e := w.doctor, w.second
	w.says("Kanarienfrage eins")
	for _, x := range []*browsertest.Page{d, e} {
		x.See("Eine unbeantwortete Nachricht", "Kanarienfrage eins")
		x.Click("work.acts")
		x.Has("#work-form")
	}
	d.Fill("text", w.canary("Kanarien aus der Klinik"))
	e.Fill("remark", w.canary("Kanarien am Telefon"))
	e.Click("Angerufen")
	e.Click("#work-close button[type=submit]")
	e.See("Für das ganze Team erledigt")
	d.See("Erledigt von Dr. Kanarienthal", "Kanarien am Telefon", "Inzwischen hat sich jemand aus dem Team darum gekümmert")
	if got := d.Value("text"); got != "Kanarien aus der Klinik" {
		w.t.Errorf("when a colleague closed the item, what was being typed became %q", got)
	}
	d.FocusOn("#f-text")
	d.Click("#work-answer button[type=submit]")
	d.See("Gerade braucht Sie niemand")
	w.patient.See("Kanarien aus der Klinik")

	// Answered by the other, it is not on any list.
	w.says("Kanarienfrage zwei")
	for _, x := range []*browsertest.Page{d, e} {
		x.See("Kanarienfrage zwei")
		x.Click("work.acts")
	}
	d.Fill("text", w.canary("Kanarien doppelt"))
	e.Fill("text", w.canary("Kanarien schneller"))
	e.Click("#work-answer button[type=submit]")
	d.See("Beantwortet von Dr. Kanarienthal", "Inzwischen hat sich jemand aus dem Team darum gekümmert")
	d.Click("#work-answer button[type=submit]")
	d.See("Gerade braucht Sie niemand")
	w.patient.See("Kanarien schneller", "Kanarien doppelt")
}

func (w *teamWalk) notes() {
	d, e := w.doctor, w.second
	for _, x := range []*browsertest.Page{d, e} {
		w.page(x, w.pseudonym)
		x.Has("#f-team-text")
	}
	d.Fill("team-text", w.canary("Kanarien der Leitung"))
	e.Fill("team-text", w.canary("Kanarien der Kollegin"))
	e.Click("team.note.save")
	e.See("Kanarien der Kollegin")
	d.See("Kanarien der Kollegin")
	if got := d.Value("team-text"); got != "Kanarien der Leitung" {
		w.t.Errorf("when a colleague's note came, what was being typed became %q", got)
	}
	d.FocusOn("#f-team-text")
	d.Click("team.note.save")
	e.See("Kanarien der Leitung")
	d.Fill("text", w.canary("Kanarien von der einen"))
	e.Fill("text", w.canary("Kanarien von der anderen"))
	d.Click("message.send")
	e.See("Kanarien von der einen")
	if got := e.Value("text"); got != "Kanarien von der anderen" {
		w.t.Errorf("when a colleague's message came, what was being typed became %q", got)
	}
	e.Click("message.send")
	w.patient.See("Kanarien von der einen", "Kanarien von der anderen", "Dr. Wehrmuth", "Dr. Kanarienthal")
}

// plan fills the form of a plan.
func (w *teamWalk) plan(x *browsertest.Page, amount, who string) {
	x.Click("#go-plan")
	x.Click("#plan-new")
	x.Has("form#plan")
	x.Fill("product", "Advate")
	x.Fill("amount", amount)
	x.Click("Prophylaxe")
	x.ClickOn("#f-rhythm")
	x.Fill("every", "2")
	x.Fill("times.0", "07:00")
	x.Fill("clinician", who)
}

func (w *teamWalk) plans() {
	d, e, p := w.doctor, w.second, w.patient
	w.plan(d, "1000", "Dr. Wehrmuth")
	w.plan(e, "1500", "Dr. Kanarienthal")
	d.Click("plan.save")
	d.NotHas("form#plan")
	e.Click("plan.save")
	e.NotHas("form#plan")
	for _, x := range []*browsertest.Page{d, e} {
		x.See("1.000", "1.500", "Dr. Wehrmuth", "Dr. Kanarienthal")
	}
	p.Click("#place-today")
	p.See("1,000", "1,500")
}

func (w *teamWalk) signs() {
	d, e, p := w.doctor, w.second, w.patient
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("amount", "1000")
	p.Click("Bleed")
	p.Fill("lot.0", "KANARI-DUO")
	p.Click("Save treatment")
	w.arrived(p, "Today")
	for _, x := range []*browsertest.Page{d, e} {
		x.Click("#place-patients")
		x.Click("#legal-open")
		x.See("KANARI-DUO")
		x.Click("#legal-years")
		x.Click("legal.year")
		x.Has("#sign")
	}
	d.Fill("note", w.canary("Kanarien geprüft eins"))
	e.Fill("note", w.canary("Kanarien geprüft zwei"))
	d.Click("legal.sign")
	e.See("Kanarien geprüft eins")
	if got := e.Value("note"); got != "Kanarien geprüft zwei" {
		w.t.Errorf("when a colleague signed, what was being typed became %q", got)
	}
	e.Click("legal.sign")
	d.See("Kanarien geprüft zwei")
}

func (w *teamWalk) recalls() {
	d, e, p := w.doctor, w.second, w.patient
	for _, x := range []*browsertest.Page{d, e} {
		x.Click("#place-patients")
		x.Click("#recall-form")
		x.Has("#recall")
		x.Fill("product", "Advate")
		x.Fill("lot.0", "KANARI-DUO")
		x.Click("Betroffene anzeigen")
		x.See("1 Patient hat sie oder hat sie verwendet")
		x.Has("#recall-send")
	}
	d.Click("#recall-send")
	d.See("An 1 Patienten gesendet")
	// The other was about to send, and is told that it is done.
	e.See("Zurückgerufen von Dr. Wehrmuth", "An 1 Patienten gesendet")
	e.NotHas("#recall-send")
	p.Click("#place-today")
	p.See("Advate: do not use lot KANARI-DUO")
	if n := strings.Count(p.Text(), "do not use lot"); n != 1 {
		w.t.Errorf("the patient is told %d times", n)
	}
}

func (w *teamWalk) study() {
	d, e, p := w.doctor, w.second, w.patient
	for _, x := range []*browsertest.Page{d, e} {
		x.Click("#place-patients")
		x.Click("#cohort")
		x.Click("studies")
		x.Has("[data-key=studies]")
	}
	d.Click("study.form")
	d.Fill("study-name", w.canary("Kanarienregister"))
	d.Fill("recipient", w.canary("Kanarienverein"))
	d.Fill("study-what", w.canary("Kanarien zählen"))
	d.Click("study.add")
	e.See("Kanarienregister")
	e.Click("study")
	e.See("Noch keine Antwort")
	p.Click("#place-centre")
	p.Click("consents")
	p.Click("consent")
	p.See("Kanarienregister", "Kanarienverein", "Kanarien zählen")
	p.Click("consent.yes")
	e.Until("that one has agreed", `[...document.querySelectorAll("dt")].some((e) => e.innerText === "Zugestimmt: im Auszug" && e.nextElementSibling.innerText === "1")`)
}

func (w *teamWalk) looked() {
	d, p := w.doctor, w.patient
	d.Click("#place-settings")
	d.Click("#set-log-open")
	d.See("Dr. Kanarienthal", w.pseudonym)
	p.Click("#place-centre")
	p.Click("access.log")
	p.See("Dr. Wehrmuth", "Dr. Kanarienthal")
}

// newcomer is a patient who has joined, with the pseudonym.
func (w *teamWalk) newcomer(note string) (q *browsertest.Page, pseudonym string) {
	d := w.doctor
	link, _ := w.newInvitation(note)
	q = w.browser.Page(note, "en-GB")
	q.Go(link)
	agree(q)
	q.Has("#f-passphrase")
	q.Fill("passphrase", patientsWords)
	q.Click("passphrase.save")
	q.Has("[data-key=joined] p.check")
	pseudonym = browsertest.Eval[string](q, `document.querySelector(".pseudonym").innerText`)
	d.Has("p.check")
	d.Click("join.confirm")
	q.See("Your centre has confirmed the code")
	q.Click("join.seen")
	return q, pseudonym
}

// page opens a patient's page from the list.
func (w *teamWalk) page(x *browsertest.Page, pseudonym string) {
	w.t.Helper()
	x.Click("#place-patients")
	x.Has("[data-key=patients]")
	x.Click(pseudonym)
	x.Has("[data-key^='patient.']")
}

// bothOpen has both look at a patient's page.
func (w *teamWalk) bothOpen(pseudonym string) {
	for _, x := range []*browsertest.Page{w.second, w.doctor} {
		w.page(x, pseudonym)
		x.Has("#composer")
	}
}

func (w *teamWalk) discharges() {
	d, e := w.doctor, w.second
	q, who := w.newcomer("Fall 8")
	w.bothOpen(who)
	e.Fill("text", w.canary("Kanarien zum Abschied"))
	d.Click("part.form")
	w.arrived(d, who+" entlassen?")
	d.Click("#part-do")
	e.Has("#parted")
	e.See("Entlassen")
	e.NotHas("#composer")
	q.Click("#place-centre")
	q.See(centre + " has discharged you")
	w.noProblems(q)
	w.noLeaks(q)
	q.Close()
}

func (w *teamWalk) dies() {
	d, e := w.doctor, w.second
	q, who := w.newcomer("Fall 9")
	w.bothOpen(who)
	e.Click("died.form") // both have learned of it
	w.arrived(e, who+": Tod eintragen")
	d.Click("died.form")
	d.Click("#died-do")
	d.Has("[data-key^='parted.']")
	e.Has("[data-key^='parted.']") // by itself: there is nothing left to enter
	for _, x := range []*browsertest.Page{d, e} {
		x.See("Die Person ist verstorben", "Dr. Wehrmuth")
	}
	q.Click("#place-centre")
	q.Has("#parted")
	if strings.Contains(strings.ToLower(q.Text()), "died") {
		w.t.Error("the family reads of death")
	}
	w.noProblems(q)
	w.noLeaks(q)
	q.Close()
}

// comesTo presses Enter on what a selector finds, as somebody without a mouse does, and
// the focus is on the heading of the screen that it leads to.
func (w *teamWalk) comesTo(p *browsertest.Page, selector, key string) {
	w.t.Helper()
	p.Key(selector, kb.Enter)
	p.Has("main[data-key^='" + key + "']")
	p.FocusOn("main[data-key^='" + key + "'] h1")
}

func (w *teamWalk) lowered() {
	d, e := w.doctor, w.second
	w.page(e, w.pseudonym)
	e.Has("#composer")
	w.comesTo(d, "#place-settings", "settings")
	w.comesTo(d, "#set-team-open", "team")
	w.comesTo(d, "[data-act=colleague]", "colleague.")
	d.Key("[name=teamrole]:checked", kb.ArrowRight)
	d.Press(kb.ArrowRight)
	d.Has("[name=teamrole][value='4']:checked")
	d.Key("#colleague button[type=submit]", kb.Enter)
	d.See("Die Rolle wurde geändert")
	d.Until("the focus somewhere on the screen", `document.activeElement.matches("main *")`)
	e.NotHas("#composer")
	e.NotHas("#f-team-text")
	e.See("Kanarien der Leitung")
}

func (w *teamWalk) removed() {
	d, e, p := w.doctor, w.second, w.patient
	if d.Count("[data-act='colleague.remove']") == 0 {
		w.comesTo(d, "[data-act=colleague]", "colleague.")
	}
	w.comesTo(d, "[data-act='colleague.remove']", "colleague-remove.")
	d.Heading("Dr. Kanarienthal entfernen?")
	d.Key("[data-act='colleague.remove.do']", kb.Enter)
	e.See("Dieses Gerät hat keinen Zugang mehr", "fragen Sie die Leitung", "Kein Zugang")
	d.See("Dr. Kanarienthal wurde entfernt")
	d.Until("the focus somewhere on the screen", `document.activeElement.matches("main *")`)
	for _, act := range []string{"message.send", "team.note.save", "work.acts", "plan.new", "casenote.edit", "part.form"} {
		e.NotHas("[data-act='" + act + "']")
	}
	e.Click("#place-work")
	e.See("Sie gehören nicht mehr zum Team")
	d.NotHas("#team-sealing")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien danach"))
	p.Click("Save note")
	w.page(d, w.pseudonym)
	d.See("Kanarien danach")
	e.Click("expelled.read")
	w.page(e, w.pseudonym)
	e.See("Kanarien der Leitung")
	if strings.Contains(e.Text(), "Kanarien danach") {
		w.t.Error("who was removed reads on")
	}
	w.noProblems(e)
	w.noLeaks(e)
}
