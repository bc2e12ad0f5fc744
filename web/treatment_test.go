package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A person treats, in the real app with a real relay: in one tap, twice by
// mistake, not at all, and five days at once.
func TestTreatmentsInOneTapAndSeveralDaysAtOnce(t *testing.T) {
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
		{"a diary is started alone", w.treatAlone},
		{"the same as last time is one tap, and two are one", w.treatAgain},
		{"a dose that was not given says why", w.treatMissed},
		{"five days are added with the keyboard alone", w.treatDays},
		{"on a narrow telephone sixty days fit", w.treatNarrow},
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

func (w *walk) treatAlone() {
	w.relay.Run("tenant", "add", "-open", "For all")
	w.relay.Stop() // it says at once what it offers
	w.relay.Start()
	p := w.browser.Page("treats", "en-GB")
	w.patient = p
	p.Go(w.relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("lot.0", "LOT-A")
	p.Fill("expiry.0", "08/2034")
	p.Fill("packs.0", "2")
	p.Fill("strength.0", "500")
	p.See("In the vials: 1,000")
	if got := p.Value("amount"); got != "1,000" {
		w.t.Errorf("the vials make the amount %q", got)
	}
	p.Click("Prophylaxis")
	p.Fill("date", time.Now().AddDate(0, 0, -8).Format(time.DateOnly))
	p.Fill("time", "07:15")
	w.shots(p, "treatment-vials")
	p.Click("Save treatment")
	p.Has("[data-key=today]")
	p.See("Saved.", "Undo")
}

// entries is how many entries the diary shows, those taken back not counted.
func (w *walk) entries() int {
	p := w.patient
	p.Click("#place-diary")
	p.Has("[data-key=diary]")
	n := browsertest.Eval[int](p, `document.querySelectorAll(".entry:not([data-state=retracted])").length`)
	p.Click("#place-today")
	p.Has("[data-key=today]")
	return n
}

func (w *walk) treatAgain() {
	p := w.patient
	p.See("Same as last time", "Lot LOT-A")
	p.Click("#again")
	p.Click("#again")
	p.See("Nothing was added")
	w.shots(p, "today-again")
	p.Click("record.undo")
	p.See("Taken back. The entry stays in the diary, crossed out.")
	if n := w.entries(); n != 1 {
		w.t.Errorf("%d entries stand", n)
	}
	p.Click("#again")
	p.See("Recorded: 1,000", "Change")
	p.Click("Change")
	w.arrived(p, "Correct a treatment")
	if got := p.Value("lot.0"); got != "LOT-A" {
		w.t.Errorf("the lot is %q", got)
	}
	p.Click("record.cancel")
	p.Click("#place-today")
	if n := w.entries(); n != 2 {
		w.t.Errorf("%d entries stand", n)
	}
}

func (w *walk) treatMissed() {
	p := w.patient
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Click("This dose was not given")
	p.See("Why was it not given?")
	p.NotHas("#lots")
	p.Click("Prophylaxis")
	p.Fill("date", time.Now().AddDate(0, 0, -7).Format(time.DateOnly))
	p.Fill("time", "07:00")
	p.Click("Save treatment")
	p.FocusOn("#problems")
	p.Click("Travelling")
	w.shots(p, "treatment-not-given")
	p.Click("Save treatment")
	p.See("Saved.")
	p.Click("#place-diary")
	p.Has("[data-key=diary]")
	p.Click("#filter-4")
	p.Has("#filter-4[aria-pressed=true]")
	p.See("Travelling")
	if n := browsertest.Eval[int](p, `document.querySelectorAll(".entry").length`); n != 1 {
		w.t.Errorf("%d doses were not given", n)
	}
	w.shots(p, "diary-not-given")
	p.Click("#filter-0")
	p.Click("#place-today")
}

func (w *walk) treatDays() {
	p := w.patient
	p.TabTo("Add several days")
	p.Press(kb.Enter)
	w.arrived(p, "Add several days")
	if a, at := p.Value("amount"), p.Value("time"); a != "1,000" || at == "" {
		w.t.Errorf("the form begins with %q at %q", a, at)
	}
	p.TabTo("Yesterday")
	p.Press(" ")
	p.Has(".day-row select")
	now := time.Now()
	for i := 2; i <= 5; i++ {
		p.TabTo(now.AddDate(0, 0, -i).Format("Mon 2 January"))
		p.Press(" ")
	}
	p.TabTo("Given or not") // of the day ticked last
	for range 5 {
		p.Press(kb.ArrowDown)
	}
	w.shots(p, "backfill")
	p.TabTo("Save 5 days")
	p.Press(kb.Enter)
	p.See("5 entries added.")
	w.arrived(p, "Today")
	if n := w.entries(); n != 8 {
		w.t.Errorf("%d entries stand", n)
	}
	p.TabTo("Add several days")
	p.Press(kb.Enter)
	p.See("In the diary: 1,000", "Not given: Travelling")
	p.TabTo(now.AddDate(0, 0, -9).Format("Mon 2 January"))
	p.Press(" ")
	p.TabTo("Save 1 day")
	p.Press(kb.Enter)
	p.See("Saved.")
	p.TabTo("Undo")
	p.Press(kb.Enter)
	p.See("Taken back")
}

func (w *walk) treatNarrow() {
	p := w.patient
	p.Size(360, 740)
	p.Click("backfill")
	for _, days := range []string{"28", "42", "56", "60"} {
		p.Click("#backfill-more")
		p.Has(".day-row:nth-child(" + days + ")")
	}
	p.NotHas("#backfill-more")
	got := browsertest.Eval[int](p, `document.querySelectorAll(".day-row").length`)
	if got != 60 {
		w.t.Errorf("%d days are shown", got)
	}
	began := time.Now()
	p.ClickOn(".day-row:nth-child(60) label")
	p.Has(".day-row:nth-child(60) select")
	w.t.Logf("of 60 days one was ticked in %d ms", time.Since(began).Milliseconds())
	if p.Wide() {
		w.t.Error("it has to be scrolled sideways")
	}
	if small := p.Small(); len(small) > 0 {
		w.t.Errorf("too small for a finger: %v", small)
	}
	p.Click("record.cancel")
	p.NotHas("[data-key=backfill]")
}
