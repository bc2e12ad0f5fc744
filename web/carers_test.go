package web_test

import (
	"testing"
	"time"

	"vialog/web/browsertest"
)

const carersWords = "apfel brunnen distel esel fackel garbe"

// A mother lets the grandmother share a child's diary and in the end hands it
// over, in the real app with a real relay.
func TestAGrandmotherSharesADiary(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	b := browsertest.Start(t)
	c := &caringWalk{walk: &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}}
	c.steps([]step{
		{"a child's diary is kept for a centre", func() { c.found(); c.link, c.code = c.newInvitation("F-7"); c.join() }},
		{"an invitation says what it allows", c.inviteCarer},
		{"a browser that holds a diary keeps it", c.keepsOwn},
		{"the grandmother is let in by six digits", c.letIn},
		{"she records a bleed while the mother's browser is closed", c.bleedAtNight},
		{"the mother sees who wrote it", c.whoWrote},
		{"made a reader, she is offered nothing to record", c.madeReader},
		{"removed, she is told and reads nothing more", c.removed},
		{"the grown child takes the diary over", c.handOver},
		{"nothing was told to anybody else", c.quiet},
	})
}

type caringWalk struct {
	*walk
	oma        *browsertest.Page
	carersLink string
}

func (c *caringWalk) people() {
	p := c.patient
	if !browsertest.Eval[bool](p, `!!document.querySelector("[data-key=people]")`) {
		p.Click("#go-settings")
		p.Has("[data-key=settings]")
		p.Click("go.people")
	}
	p.Has("[data-key=people]")
}

func (c *caringWalk) inviteCarer() {
	p := c.patient
	c.people()
	c.arrived(p, "People who help")
	p.See("Nobody else shares this diary")
	p.Click("carer.form")
	c.arrived(p, "Invite somebody to help")
	p.Fill("personnote", c.canary("Oma aus Kanarien"))
	p.Fill("passphrase", patientsWords)
	p.Click("carer.invite")
	p.FocusOn("#problems") // nothing was chosen
	p.Click("Record and read")
	p.Fill("passphrase", "not the passphrase at all")
	p.Click("carer.invite")
	p.FocusOn("#problems")
	p.Fill("passphrase", patientsWords)
	p.Click("carer.invite")
	p.Has(".code-line")
	c.arrived(p, "Your invitation")
	p.See("may record and read")
	c.shots(p, "carer-link")
	c.carersLink = browsertest.Eval[string](p, `document.querySelector(".code-line").innerText`)
	if got := p.Scan(); got != c.carersLink {
		c.t.Errorf("the QR code says %q, the link %q", got, c.carersLink)
	}
}

// keepsOwn opens the link in the browser of somebody who has a diary.
func (c *caringWalk) keepsOwn() {
	d := c.doctor
	c.unlock(d, doctorsWords, true)
	browsertest.Eval[bool](d, `(location.hash = "`+c.carersLink[len(c.relay.Origin)+1:]+`", true)`)
	d.See("in einem anderen Profil dieses Browsers")
	d.Click("notice.close")
}

func (c *caringWalk) letIn() {
	c.oma = c.browser.Page("grandmother", "de-DE")
	o, p := c.oma, c.patient
	o.Go(c.carersLink)
	c.arrived(o, "Ein Tagebuch teilen")
	c.shots(o, "carer-join")
	o.Fill("personname", "Oma Inge")
	o.Click("carer.join")
	o.Has("#f-passphrase")
	o.Fill("passphrase", carersWords)
	o.Click("passphrase.save")
	o.Has("p.check")
	theirs := browsertest.Eval[string](o, `document.querySelector("p.check").innerText.replace(/\D/g, "")`)
	c.shots(o, "carer-check")
	p.Has("p.check")
	p.See("Oma Inge")
	if mine := browsertest.Eval[string](p, `document.querySelector("p.check").innerText.replace(/\D/g, "")`); mine != theirs || len(mine) != 6 {
		c.t.Errorf("the mother sees %q, the grandmother %q", mine, theirs)
	}
	c.shots(p, "carer-asking")
	p.Click("carer.same")
	p.Has("[data-key=people]")
	p.See("Oma Inge shares your diary now")
	c.shots(p, "people")
	o.Has("[data-key=today]")
	o.See("Sie teilen dieses Tagebuch jetzt")
	// Her way to the centre is made by the mother's browser, once.
	o.Click("#place-centre")
	o.Has("[data-key=centre]")
	o.See(centre)
	o.NotSee("Weiteres Zentrum")
}

func (c *caringWalk) bleedAtNight() {
	o := c.oma
	c.patient.See("Up to date")
	c.patient.Go("about:blank")
	c.begin(o, "record.bleed")
	o.Click("Knie links")
	o.Click("Mittel")
	began := time.Now()
	o.Click("Blutung speichern")
	o.Has("[data-key=today]")
	c.doctorSees(began, "Knie links")
	c.doctor.See("Betreuungsperson")
	c.doctor.NotSee("Oma Inge")
}

func (c *caringWalk) whoWrote() {
	p := c.patient
	c.unlock(p, patientsWords, false)
	p.See("Left knee", "Oma Inge")
	c.shots(p, "by-carer")
}

func (c *caringWalk) madeReader() {
	p, o := c.patient, c.oma
	c.people()
	p.Click("Change or remove Oma Inge")
	c.arrived(p, "Oma Inge")
	p.Click("Only read")
	p.Click("Save")
	p.Has("[data-key=people]")
	p.NotSee("as soon as the server has")
	o.NotHas("#record")
	o.Click("#place-today")
	o.Has("[data-key=today]")
	o.NotHas("[data-act^='bleed.']")
	o.Click("#go-settings")
	o.NotHas("[data-act='sheet.show']")
	o.Click("go.people")
	c.arrived(o, "Vertraute Personen")
	o.NotHas("[data-act='carer.form']")
	c.shots(o, "people-reader")
}

func (c *caringWalk) removed() {
	p, o := c.patient, c.oma
	p.Click("Change or remove Oma Inge")
	p.Click("person.remove")
	c.arrived(p, "Remove Oma Inge?")
	c.shots(p, "person-remove")
	p.Click("person.removed")
	p.Has("[data-key=people]")
	p.NotSee("as soon as the server has")
	c.begin(p, "record.note")
	p.Fill("text", c.canary("Kanarienvogel, zweiter"))
	p.Click("Save note")
	p.Has("[data-key=today]")
	c.doctorSees(time.Now(), "Kanarienvogel, zweiter")
	o.Click("#place-today")
	o.Has("#alarm")
	o.NotSee("Kanarienvogel, zweiter")
	c.shots(o, "carer-removed")
}

func (c *caringWalk) handOver() {
	p := c.patient
	c.people()
	p.See("No longer with you")
	p.Click("handover")
	c.arrived(p, "Hand the diary over")
	p.Fill("personnote", "Lena")
	p.Fill("passphrase", patientsWords)
	p.Click("handover.invite")
	p.Has(".code-line")
	p.See("keeps the diary and decides who shares it")
	link := browsertest.Eval[string](p, `document.querySelector(".code-line").innerText`)
	q := c.browser.Page("child", "en-GB")
	q.Go(link)
	c.arrived(q, "Share a diary")
	q.Fill("personname", "Lena")
	q.Click("carer.join")
	q.Has("#f-passphrase")
	q.Fill("passphrase", carersWords)
	q.Click("passphrase.save")
	q.Has("p.check")
	// A page that is closed while it waits goes on where it was.
	c.unlockWaiting(q)
	p.Has("p.check")
	p.Click("carer.same")
	p.Has("[data-key=people]")

	q.Has("[data-key=today]")
	q.See("hands this diary over to you")
	q.Click("#notice-handover-state")
	c.arrived(q, "The diary is being handed over")
	q.See("Make your own recovery sheet first", "1 of 1")
	c.shots(q, "handed-begun")
	q.Click("handover.sheet")
	q.Has(".sheet-words")
	list := c.sheetWords(q)
	q.Click("sheet.check")
	c.prove(q, list)
	q.Has("[data-key^='handed.']")
	q.Click("Only read")
	q.Click("handover.decide")
	q.See("The diary has been handed over", "may read")
	c.shots(q, "handed-over")
	c.begin(q, "record.note")
	q.Fill("text", c.canary("Kanarienvogel, flügge"))
	q.Click("Save note")
	q.Has("[data-key=today]")
	c.doctorSees(time.Now(), "Kanarienvogel, flügge")

	p.NotHas("#record")
	p.NotHas("[data-act='carer.form']")
	p.Click("handover.state")
	c.arrived(p, "The diary has been handed over")
	p.See("may read")
	p.Click("#place-today")
	p.See("Kanarienvogel, flügge")
}

// unlockWaiting closes a page that waits to be let in, and comes back.
func (c *caringWalk) unlockWaiting(q *browsertest.Page) {
	q.Reload()
	q.Has("[data-key=unlock]")
	q.Fill("passphrase", carersWords)
	q.Click("unlock")
	q.Has("p.check")
}
