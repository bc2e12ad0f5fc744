package web_test

import (
	"regexp"

	"vialog/web/browsertest"
)

// contact: the centre's numbers, what treatment goes by, who has looked, and
// what is said about one entry.
func (w *walk) contact() {
	d, p := w.doctor, w.patient
	d.Click("#place-settings")
	w.arrived(d, "Einstellungen")
	d.Click("contact.edit")
	w.arrived(d, "Telefonnummern für Patienten")
	d.Fill("phone", w.canary("030 5550-0"))
	d.Fill("emergency", "beim Pförtner")
	d.Click("contact.save")
	d.FocusOn("#problems")
	d.Fill("emergency", w.canary("030 5550-112"))
	w.shots(d, "contact-form")
	d.Click("contact.save")
	w.arrived(d, "Einstellungen")
	d.See("030 5550-112")
	d.Click("#place-patients")
	d.Click(w.pseudonym)
	d.Has("[data-key^='patient.']")

	p.Click("#place-centre")
	p.See("030 5550-112")
	if got := browsertest.Eval[string](p, `document.querySelector(".phones a:nth-of-type(2)").getAttribute("href")`); got != "tel:0305550112" {
		w.t.Errorf("the emergency number leads to %q", got)
	}
	p.Click("access.log")
	w.arrived(p, "Who has looked at your diary")
	p.See("Dr. Wehrmuth")
	w.shots(p, "access")
	p.Click("#go-back")

	// What treatment goes by, with the keyboard; the draft survives.
	p.Click("#go-settings")
	p.Click("about.edit")
	w.arrived(p, "About you")
	p.Fill("diagnosis", "Haemophilia A")
	p.Fill("allergies", w.canary("Kanarienallergie"))
	p.Fill("contacts", w.canary("Tante Kanaria 0170 99"))
	p.Click("#go-home")
	p.Click("#go-settings")
	p.Click("about.edit")
	if got := p.Value("allergies"); got != "Kanarienallergie" {
		w.t.Errorf("after leaving the form it says %q", got)
	}
	p.TabTo("Save")
	p.Press("\r")
	p.See("Saved")

	// A question about an entry, answered at the entry.
	p.Click("#place-diary")
	p.ClickOn("[data-kind=treatment] button")
	p.Has("[data-key^='entry.'] #composer")
	p.Fill("text", w.canary("Kanarienfrage zur Dosis"))
	p.Click("message.send")
	p.See("Kanarienfrage zur Dosis")
	d.See("Kanarienfrage zur Dosis")
	d.ClickOn(".bubble .about")
	d.Has("[data-key^='entry.'] #composer")
	d.See("Kanarienfrage zur Dosis")
	d.Fill("text", w.canary("Kanarienrat zur Dosis"))
	w.shots(d, "entry-talk")
	d.Click("message.send")
	p.See("Kanarienrat zur Dosis")
	d.Back()
	d.Has("[data-key^='patient.']")
	if got := p.Text(); !regexp.MustCompile(`(?s)Kanarienfrage.*Kanarienrat`).MatchString(got) {
		w.t.Error("the answer does not stand below the question")
	}
	p.Click("#place-today")
}
