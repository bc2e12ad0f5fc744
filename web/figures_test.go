package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A patient reads their figures and enters a weight, and the centre sees both,
// in the real app with a real relay.
func TestFiguresAndMeasuredValues(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
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
		{"without entries the figures say what to do", w.figuresEmpty},
		{"a treatment is recorded", w.treat},
		{"the figures are read, and a chart's table opened with the keyboard", w.figures},
		{"a weight is entered and corrected with the keyboard", w.weight},
		{"the centre sees the figures and enters a value", w.figuresAtCentre},
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

func (w *walk) figuresEmpty() {
	p := w.patient
	p.Click("#place-figures")
	w.arrived(p, "Figures")
	p.See("Nothing to count yet")
	p.Click("#place-today")
	w.arrived(p, "Today")
}

func (w *walk) figures() {
	p := w.patient
	p.TabTo("Figures")
	p.Press(kb.Enter)
	w.arrived(p, "Figures")
	p.See("No bleed.", "Yearly figures can be told in 89 days", "Factor VIII: 1,500 IU in all.", "Doses on 1 day")
	w.shots(p, "figures")
	p.TabTo("Show as a table") // of the calendar
	p.Press(kb.Enter)
	p.Has("#calendar-table[open] table caption")
	if browsertest.Eval[string](p, `getComputedStyle(document.querySelector("#calendar-table tbody th")).display`) == "none" {
		w.t.Error("the table is not shown")
	}
	p.TabTo("3 months")
	p.Press(kb.Enter)
	p.Has("#range-1[aria-pressed=true]")
	if got := p.Focused(); got != "3 months" {
		w.t.Errorf("after choosing, the focus is on %q", got)
	}
	p.Has("#calendar-table[open]") // what was opened stays open
	p.TabTo("How is this worked out?")
	p.Press(kb.Enter)
	p.See("Bleeds × 365.25 / observed days")
	p.Size(360, 760)
	if p.Wide() {
		w.t.Error("on a narrow phone the figures have to be scrolled sideways")
	}
	p.Size(1280, 900)
}

// tabToField tabs to a field by its id: words are in the summary of problems too.
func (w *walk) tabToField(p *browsertest.Page, id string) {
	w.t.Helper()
	for range 60 {
		if browsertest.Eval[string](p, `document.activeElement.id`) == id {
			return
		}
		p.Press(kb.Tab)
	}
	w.t.Fatalf("%s cannot be reached with the Tab key", id)
}

func (w *walk) weight() {
	p := w.patient
	p.TabTo("Enter a weight")
	p.Press(kb.Enter)
	w.arrived(p, "Measured value")
	p.TabTo("Save value") // too early
	p.Press(kb.Enter)
	p.FocusOn("#problems")
	w.tabToField(p, "f-what")
	p.Press("Weig")
	p.Has(".unit")
	p.See("kg")
	w.tabToField(p, "f-value")
	p.Press("725")
	p.TabTo("Save value")
	p.Press(kb.Enter)
	p.See("This value is unusual")
	p.FocusOn("#problems")
	w.tabToField(p, "f-value")
	p.Press(kb.End + kb.Backspace + ".5")
	p.TabTo("Save value")
	p.Press(kb.Enter)
	w.arrived(p, "Figures")
	p.See("Saved")
	p.NotSee("Enter a weight") // every dose has one now
	p.Click("measures.open")
	w.arrived(p, "Measured values")
	p.See("72.5")
	p.Click("measure.correct")
	w.arrived(p, "Correct a measured value")
	if got := p.Value("value"); got != "72.5" {
		w.t.Errorf("the value is %q", got)
	}
	p.Fill("value", "73.5")
	p.Click("Save correction")
	p.FocusOn("#problems")
	p.Fill("why", w.canary("Kanarienwaage"))
	p.Click("Save correction")
	w.arrived(p, "Measured values")
	p.See("73.5")
	p.NotSee("72.5")
}

func (w *walk) figuresAtCentre() {
	d := w.doctor
	d.Has("[data-key^='patient.'] .brief")
	d.See("Keine Blutung.", "Kein Gelenk ist ein Zielgelenk.")
	w.shots(d, "patient-figures")
	d.Click("figures.open")
	w.arrived(d, "Zahlen")
	d.See("Dosen an 1 Tag", w.pseudonym)
	d.Click("measures.open")
	w.arrived(d, "Messwerte")
	d.See("73,5")
	d.NotHas("[data-act='measure.correct']") // the patient's own
	d.Click("measure.new")
	w.arrived(d, "Messwert")
	d.Fill("what", "measured.fviii")
	d.Fill("value", "3,5")
	d.Fill("lab", w.canary("Kanarienlabor"))
	d.Click("Wert speichern")
	w.arrived(d, "Messwerte")
	d.See("3,5", "Kanarienlabor")
	d.Has("[data-act='measure.correct']")
	w.patient.See("Kanarienlabor", "Factor VIII")
	d.Back()
	d.Back()
	d.Has("[data-key^='patient.']")
	w.patient.Click("#place-today")
	w.arrived(w.patient, "Today")
}
