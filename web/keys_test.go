package web_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// Somebody works at a centre with eight patients, and one of these keeps a diary,
// without a mouse and without seeing where the focus jumps.
func TestACentreWorksWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a while")
	}
	b := browsertest.Start(t)
	k := &keysWalk{walk: &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}}
	k.steps([]step{
		{"the centre opens", k.opens},
		{"an item of the work-list is put off, opened again, answered and closed", k.work},
		{"the list of patients is searched, sorted and given other columns", k.list},
		{"a patient has a case note and notes of the team", k.page},
		{"a plan is signed", k.plan},
		{"the record is searched and a year is signed off", k.record},
		{"a colleague is invited and the invitation taken back", k.team},
		{"a statement is made and the access log narrowed", k.log},
		{"a study begins and ends", k.study},
		{"a patient sees who reads, takes a calendar back and is asked before erasing", k.atHome},
		{"nothing was told to anybody else", func() { k.noProblems(k.p) }},
	})
}

type keysWalk struct {
	*walk
	p    *browsertest.Page
	home string // the sheet of a patient, as a link
}

// comes presses Enter on what a selector finds and waits for the screen with the key.
func (k *keysWalk) comes(selector, key string) {
	k.t.Helper()
	k.p.Key(selector, kb.Enter)
	k.p.Has("[data-key^='" + key + "']")
	k.p.FocusOn("main[data-key^='" + key + "'] h1, [autofocus]")
}

// tour goes over all stops of the screen.
func (k *keysWalk) tour(name string) {
	k.t.Helper()
	for _, w := range k.p.Stops() {
		k.t.Errorf("%s: %s", name, w)
	}
}

// refused presses a button too early: the problems take the focus, and lead to
// their fields, which say what is wrong.
func (k *keysWalk) refused(selector string) {
	k.t.Helper()
	p := k.p
	p.Key(selector, kb.Enter)
	p.FocusOn("#problems")
	for _, w := range browsertest.Eval[[]string](p, `[...document.querySelectorAll("#problems a[href]")].flatMap((a) => {
		const e = document.getElementById(a.hash.slice(1));
		if (!e) return [a.hash + " leads nowhere"];
		const at = e.getAttribute("aria-invalid") === "true" ? e : e.closest("fieldset");
		const by = (at?.getAttribute("aria-describedby") || "").split(" ").map((id) => document.getElementById(id));
		return by.some((x) => x?.classList.contains("bad")) ? [] : [a.hash + " does not say what is wrong"];
	})`) {
		k.t.Error(w)
	}
	if !browsertest.Eval[bool](p, `!!document.querySelector("#problems a[href]")`) {
		return
	}
	p.Press(kb.Tab)
	to := browsertest.Eval[string](p, `document.activeElement.hash`)
	p.Press(kb.Enter)
	p.FocusOn(to)
}

// empty is refused where there is one field: that takes the focus itself.
func (k *keysWalk) empty(selector, field string) {
	k.t.Helper()
	k.p.Key(selector, kb.Enter)
	k.p.FocusOn(field + "[aria-invalid=true][aria-describedby]")
}

// said waits for the notice that tells what an act has done.
func (k *keysWalk) said(words string) {
	k.t.Helper()
	k.p.Has("#notice[role=status].panel")
	k.p.See(words)
}

// somewhere tells whether the focus is on something that can be read.
func (k *keysWalk) somewhere() {
	k.t.Helper()
	k.p.Until("the focus somewhere on the screen", `document.activeElement.matches("main *")`)
}

// types types into a field that has the focus or takes it.
func (k *keysWalk) types(selector, text string) {
	k.t.Helper()
	k.p.Key(selector, text)
}

func (k *keysWalk) opens() {
	var doctor string
	doctor, k.home = k.relay.Fill(8, 1, "de")
	p := k.browser.Page("keys", "de-DE")
	k.p, k.doctor, k.patient = p, p, p
	p.Go(doctor)
	p.Has("#f-passphrase")
	p.Fill("passphrase", doctorsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=sheet]")
	k.comes("[data-act='sheet.later']", "work")
	quiet := func() {
		p.NotHas("#reading")
		p.See("Alles aktuell")
		p.Until("nothing comes any more", `new Promise((done) => {
			const look = new MutationObserver(() => (clearTimeout(timer), timer = setTimeout(end, 1500)));
			const end = () => (look.disconnect(), done(true));
			let timer = setTimeout(end, 1500);
			look.observe(document.getElementById("app"), {childList: true, subtree: true, characterData: true});
		})`)
	}
	quiet() // else what arrives moves the list under the finger
	p.Reload()
	p.FocusOn("#f-passphrase")
	p.Press(doctorsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=work]")
	quiet()
}

func (k *keysWalk) work() {
	p := k.p
	k.tour("work-list")
	acts := "[data-act='work.acts']"
	p.Key(acts, kb.Enter)
	p.Has("#work-form")
	p.FocusOn(acts + "[aria-expanded=true]")
	k.tour("item")
	k.refused("#work-until button[type=submit]")
	k.refused("#work-close button[type=submit]")
	p.Key("#later-3", kb.Enter)
	k.said("Zurückgestellt bis")
	p.FocusOn("main :is(h1, h2, h3)")
	p.Key("#notice-work-again", kb.Enter)
	k.said("Es ist wieder offen")
	p.FocusOn("h1")

	p.Key(acts, kb.Enter)
	k.types("#f-text", "Bitte rufen Sie uns an.")
	p.Key("#work-answer button[type=submit]", kb.Enter)
	k.said("Ihre Nachricht ist unterwegs")
	p.FocusOn("main :is(h1, h2, h3)")

	p.Key(acts, kb.Enter)
	p.Key("#f-work-reason", " ")
	p.Key("#work-close button[type=submit]", kb.Enter)
	k.said("Für das ganze Team erledigt")
	p.FocusOn("main :is(h1, h2, h3)")

	k.comes("#limits", "limits")
	k.types("input[id^='f-limit']", "9999")
	k.refused("#limits-form button[type=submit]")
	p.Key("#go-back", kb.Enter)
	p.Has("[data-key=work]")
}

// hears waits for what is read out by itself.
func (k *keysWalk) hears(words string) {
	k.t.Helper()
	k.p.Until("it is said: "+words, `document.getElementById("live").textContent.includes("`+words+`")`)
}

func (k *keysWalk) list() {
	p := k.p
	k.comes("#place-patients", "patients")
	k.tour("patients")
	k.types("#f-find", "niemand")
	k.hears("niemand")
	p.FocusOn("#f-find")
	p.Fill("find", "")
	k.hears("8 von 8")
	p.Key("#patients-by-1", kb.Enter)
	k.hears("aufsteigend")
	p.FocusOn("#patients-by-1")
	p.Key("#only-2", " ")
	k.hears(" von 8")
	p.FocusOn("#only-2")
	p.Key("#only-0", " ")

	k.comes("#columns-open", "columns")
	k.tour("columns")
	p.Key("[data-act='columns.show'][aria-pressed=false]", kb.Enter)
	p.FocusOn("[data-act='columns.show'][aria-pressed=true]")
	k.hears("Platz 5 von 5")
	p.Key("li:last-child > [data-act='columns.up']", kb.Enter)
	p.FocusOn("li:nth-child(4) > [data-act='columns.up']")
	k.hears("Platz 4 von 5")
	k.comes("#columns-done", "patients")
}

func (k *keysWalk) page() {
	p := k.p
	// The first whose diary is longer than what is shown of it.
	for _, row := range browsertest.Eval[[]string](p, `[...document.querySelectorAll(".row-open")].map((e) => "#" + e.id)`) {
		k.comes(row, "patient.")
		if p.Count("[data-act='diary.more']") > 0 {
			break
		}
		k.comes("#go-back", "patients")
	}
	k.tour("patient")
	p.Key("#case-note-edit", kb.Enter)
	p.FocusOn("#f-case-note")
	p.Key("[data-act='casenote.cancel']", kb.Enter)
	p.FocusOn("#case-note-edit")
	p.Press(kb.Enter)
	p.FocusOn("#f-case-note")
	p.Press("7")
	p.Press(kb.Enter)
	k.said("Gespeichert")
	p.FocusOn("#case-note-edit")

	k.empty("#team-note button[type=submit]", "#f-team-text")
	k.types("#f-team-text", "Bitte die Tante anrufen.")
	p.Key("#team-note button[type=submit]", kb.Enter)
	p.Has("[data-act='team.note.edit']")
	p.FocusOn("#team-note button[type=submit]")
	p.Key("[data-act='team.note.edit']", kb.Enter)
	p.FocusOn("#f-team-text")
	p.Key("[data-act='team.note.cancel']", kb.Enter)
	p.FocusOn("[data-act='team.note.edit']")

	k.empty("#composer button[type=submit]", "#f-text")
	k.types("#f-text", "Guten Morgen")
	p.Key("#composer button[type=submit]", kb.Enter)
	p.Has(".talk .mine")
	p.FocusOn("#composer button[type=submit]")
	older := p.Count(".entry-open")
	p.Key("[data-act='diary.more']", kb.Enter)
	p.Until("the focus on the first that was not there", `document.activeElement === document.querySelectorAll(".entry-open")[`+strconv.Itoa(older)+`]`)
}

func (k *keysWalk) plan() {
	p := k.p
	k.comes("#go-plan", "plans.")
	k.tour("plans")
	k.comes("[data-act='plan.new']", "plan.")
	k.refused("main form button[type=submit]")
	k.tour("plan")
	p.Fill("template", "template.factor.2")
	p.See("Erste Dosen")
	p.Fill("product", "fviii.advate")
	p.Fill("amount", "1500")
	p.Fill("times.0", "07:00")
	p.Key("main form button[type=submit]", kb.Enter)
	p.Has("[data-key^='plans.']")
	p.FocusOn("h1")
}

func (k *keysWalk) record() {
	p := k.p
	k.comes("#place-patients", "patients")
	k.comes("#legal-open", "legal")
	k.tour("record")
	k.types("#f-batch", "gibt es nicht")
	p.Press(kb.Enter)
	p.Until("the record says that nothing was found", `/^0 /.test(document.querySelector("#legal-count[role=status]").textContent)`)
	p.FocusOn("#f-batch")
	k.comes("#legal-years", "years")
	k.tour("years")
	k.comes("[data-act='legal.year']", "year.")
	k.tour("year")
	k.types("#f-note", "Gesehen.")
	p.Key("#sign button[type=submit]", kb.Enter)
	p.See("Gesehen.")
	k.somewhere()
}

func (k *keysWalk) team() {
	p := k.p
	k.comes("#place-settings", "settings")
	k.comes("#set-team-open", "team")
	k.tour("team")
	k.comes("[data-act='team.form']", "team-form")
	k.refused("#team button[type=submit]")
	k.types("#f-personnote", "Schwester Agnes")
	p.Key("#f-teamrole", " ")
	p.Press(kb.ArrowRight)
	k.types("#f-passphrase", doctorsWords)
	p.Press(kb.Enter)
	p.Has(".code-line")
	p.FocusOn("h1")
	k.tour("invitation")
	p.Key("[data-act='team.void']", kb.Enter)
	p.Has("#notice.panel")
	k.somewhere()
}

func (k *keysWalk) log() {
	p := k.p
	k.comes("#place-settings", "settings")
	k.comes("#set-team-open", "team")
	k.comes("#team-evidence-open", "evidence")
	k.tour("evidence")
	p.Key("[data-act='evidence.make']", kb.Enter)
	p.Has("#evidence-newest")
	k.somewhere()
	k.comes("#place-settings", "settings")
	k.comes("#set-log-open", "team-log")
	k.tour("access log")
	k.types("#f-find", "-")
	p.Has("[id^='log-patient-']")
	p.Key("[id^='log-patient-']", kb.Enter)
	p.FocusOn("#log-all")
	p.Press(kb.Enter)
	p.FocusOn("#f-find")
}

func (k *keysWalk) study() {
	p := k.p
	k.comes("#place-patients", "patients")
	k.comes("#cohort", "cohort")
	k.comes("[data-act='studies']", "studies")
	k.comes("[data-act='study.form']", "study-form")
	k.refused("#study button[type=submit]")
	k.types("#f-study-name", "Register Nord")
	k.types("#f-recipient", "Verein für Hämophilie")
	k.types("#f-study-what", "Blutungen je Jahr")
	p.Key("#study button[type=submit]", kb.Enter)
	p.See("Register Nord")
	p.FocusOn("h1")
	if !browsertest.Eval[bool](p, `!!document.querySelector("main[data-key^='study.']")`) {
		k.comes("[data-act='study']", "study.")
	}
	k.tour("study")
	k.comes("#study-end-form", "study-end")
	k.tour("end of a study")
	p.Key("main form button[type=submit]", kb.Enter)
	p.Has("#study-over")
	k.somewhere()
}

func (k *keysWalk) atHome() {
	k.noProblems(k.p)
	p := k.browser.Page("keys-home", "de-DE")
	k.p = p
	p.Go(k.home)
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.Has("[data-key=sheet]")
	k.comes("[data-act='sheet.later']", "today")
	k.comes("#go-settings", "settings")
	k.comes("#set-who", "who-sees")
	k.tour("who sees")
	k.comes("#go-settings", "settings")
	k.comes("#set-reminders", "reminders")
	k.tour("reminders")
	p.Key("#calendar-out-all", kb.Enter)
	p.Has("#notice.panel")
	p.FocusOn("#calendar-out-all")
	k.comes("#go-settings", "settings")
	k.comes("#set-unlocking", "unlocking")
	k.comes("#erase", "erase")
	k.tour("erasing")
}
