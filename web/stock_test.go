package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// Packs come, doses take them, a centre recalls a lot: in the real app with a
// real relay.
func TestTheStockFromTheFirstPackToARecall(t *testing.T) {
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
		{"packs are received by typing", w.stockIn},
		{"a code typed from the pack adds one pack, and not twice", w.stockCode},
		{"a dose takes off what it used", w.stockUse},
		{"a plan makes days of it, and low is told", w.stockLow},
		{"a lot that has expired is refused, and what was given can be recorded", w.stockExpired},
		{"a count puts right what does not add up", w.stockCount},
		{"a centre recalls a lot, and sees who has and used it", w.stockRecall},
		{"a recalled lot is put aside and refused", w.stockAside},
		{"the centre takes the recall back", w.stockRecallBack},
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

func (w *walk) stockIn() {
	p := w.patient
	w.begin(p, "pack.in")
	w.arrived(p, "Packs received")
	p.Click("Save packs") // too early
	p.FocusOn("#problems")
	p.Fill("product", "Advate")
	p.Has("select[name=pack-strength]")
	p.Fill("pack-strength", "1,000")
	p.Fill("lot.0", w.canary("KANARI-GUT"))
	p.Fill("expiry.0", "08/2033")
	p.Fill("packs.0", "4")
	p.Click("#lot-add")
	p.Has("#f-lot-1")
	p.Fill("lot.1", w.canary("KANARI-ALT"))
	p.Fill("expiry.1", "03/2020")
	p.Fill("packs.1", "1")
	w.shots(p, "pack")
	p.Click("Save packs")
	p.Has("[data-key=stock]")
	w.arrived(p, "Stock at home")
	p.See("Saved and sent to your centre", "KANARI-GUT", "4 vials", "Expired: do not use", "There is no plan for this product")
	w.shots(p, "stock")
	w.doctor.Click(w.pseudonym)
	w.doctor.Has("[data-key^='patient.']")
	w.doctor.See("Vorrat zu Hause", "4 verwendbare Flaschen")
}

func (w *walk) stockCode() {
	p := w.patient
	// The code of a pack as a scanner types it: GTIN, expiry, batch, serial number.
	const code = "(01)04150037528643(17)330831(10)KANARI-GUT(21)KANARI0001"
	w.canaries = append(w.canaries, "KANARI0001")
	enter := func() {
		p.Click("#pack-scan")
		p.Has("#scan-type")
		p.See("no camera that the app can use")
		p.Fill("scan-text", code)
		p.Press(kb.Enter)
		p.NotHas("#scan")
		time.Sleep(600 * time.Millisecond) // sooner, the same form is taken for a double tap
	}
	p.Click("#pack-in")
	w.arrived(p, "Packs received")
	enter()
	p.See("of lot KANARI-GUT added")
	if got := p.Value("product") + " " + p.Value("pack-strength") + " " + p.Value("lot.0") + " " + p.Value("packs.0"); got != "fviii.advate 1000 KANARI-GUT 1" {
		w.t.Errorf("the form says %q", got)
	}
	enter()
	p.See("is counted already")
	p.Click("Save packs")
	p.Has("[data-key=stock]")
	p.See("5 vials")
	p.Click("#pack-in")
	w.arrived(p, "Packs received")
	enter()
	p.See("is counted already")
	p.Click("record.cancel")
	p.Has("[data-key=stock]")
}

func (w *walk) stockUse() {
	p := w.patient
	w.begin(p, "record.treatment")
	w.arrived(p, "Record a treatment")
	browsertest.Eval[bool](p, `document.getElementById("f-lot-0").marked = true`)
	p.Fill("product", "Advate")
	p.See("From your stock")
	p.NotSee("KANARI-ALT")
	if !browsertest.Eval[bool](p, `document.getElementById("f-lot-0").marked === true`) {
		w.t.Error("what the stock offers takes the place of the field, and of what is being typed into it")
	}
	p.Fill("amount", "2000")
	p.Click("Bleed")
	p.Fill("time", "00:01") // before the packs were entered, on the same day
	p.See("use 2")
	p.ClickOn("#offer-0")
	p.NotHas(".offers")
	if got := p.Value("lot.0") + " " + p.Value("expiry.0") + " " + p.Value("packs.0"); got != "KANARI-GUT 31 Aug 2033 2" && got != "KANARI-GUT 2033-08-31 2" && got != "KANARI-GUT 08/2033 2" {
		w.t.Errorf("the form says %q", got)
	}
	w.shots(p, "treatment-stock")
	p.Click("Save treatment")
	w.arrived(p, "Today")
	p.Click("#go-stock")
	w.arrived(p, "Stock at home")
	p.See("3 vials")
	p.Click("#moves-0 > summary")
	p.See("Treatment")
}

func (w *walk) stockLow() {
	p := w.patient
	w.planDaily()
	p.Click("#place-today")
	p.See("Advate: 3 days", "Low: order now")
	w.shots(p, "today-low")
	w.doctor.See("3 Tage", "Knapp: jetzt bestellen")
}

// planDaily has the doctor plan 1,000 IU every day at a minute to midnight.
func (w *walk) planDaily() {
	d := w.doctor
	d.Click("#go-plan")
	d.Click("#plan-new")
	d.Has("form#plan")
	d.Fill("product", "Advate")
	d.Fill("amount", "1000")
	d.Click("Prophylaxe")
	d.ClickOn("#f-rhythm")
	d.Fill("every", "1")
	d.Fill("times.0", "23:59")
	d.Fill("clinician", "Dr. Wehrmuth")
	d.Click("plan.save")
	d.NotHas("form#plan")
	d.Back()
	d.Has("[data-key^='patient.']")
}

func (w *walk) stockExpired() {
	p := w.patient
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("amount", "1000")
	p.Click("Bleed")
	p.Fill("lot.0", "kanari alt")
	p.See("Lot kanari alt has expired (03/2020): do not use it.")
	p.Click("Save treatment")
	p.FocusOn("#problems")
	p.See("must not be used, see below")
	w.shots(p, "treatment-refused")
	p.Click("It was given all the same")
	p.See("Please call your centre and tell them")
	p.Click("Save treatment")
	w.arrived(p, "Today")
	p.See("Please call your centre")
	w.doctor.See("has expired (03/2020)", "It was given all the same")
	// "Same as last time" does not take it again.
	w.begin(p, "record.again")
	w.arrived(p, "Record a treatment")
	if got := p.Value("lot.0"); got != "" {
		w.t.Errorf("the lot is %q", got)
	}
	p.See("was left out")
	p.Click("record.cancel")
	p.Click("#go-home")
}

func (w *walk) stockCount() {
	p := w.patient
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("amount", "5000")
	p.Click("Bleed")
	p.Fill("lot.0", "KANARI-GUT")
	p.Click("Save treatment")
	w.arrived(p, "Today")
	p.Click("#go-stock")
	p.See("2 vials more were used than received")
	w.shots(p, "stock-short")
	p.Click("#count-0")
	w.arrived(p, "How many are there now?")
	p.Fill("packs.0", "5")
	w.shots(p, "count")
	p.Click("Save count")
	p.Has("[data-key=stock]")
	p.NotSee("more were used than received")
	p.See("5 vials")
	// It can be taken back at once.
	p.Click("undo")
	p.See("2 vials more were used than received")
	p.Click("#count-0")
	p.Has("#f-packs-0")
	p.Fill("packs.0", "6")
	p.Click("Save count")
	p.See("6 vials")
}

func (w *walk) stockRecall() {
	d, p := w.doctor, w.patient
	d.Click("#place-patients")
	w.arrived(d, "Patienten")
	d.Click("#recall-form")
	w.arrived(d, "Chargen zurückrufen")
	d.Fill("product", "Advate")
	d.Fill("lot.0", "kanari gut")
	d.Fill("note", w.canary("Kanarienpackungen zurückbringen"))
	w.shots(d, "recall")
	d.Click("Betroffene anzeigen")
	d.Has("[data-key=recalled]")
	w.arrived(d, "")
	d.See("Es wurde noch nichts gesendet", "1 Patient hat sie oder hat sie verwendet", w.pseudonym, "KANARI-GUT: 6 Flaschen")
	w.shots(d, "recall-found")
	began := time.Now()
	d.Click("An 1 Patienten senden")
	d.Has("#recall-undo")
	d.See("An 1 Patienten gesendet", "1 Patient hat sie oder hat sie verwendet", w.pseudonym, "KANARI-GUT: 6 Flaschen", "noch nicht")
	d.See("I.E., KANARI-GUT")
	w.shots(d, "recall-sent")
	p.Click("#place-today")
	p.See("Advate: do not use lot kanari gut")
	w.t.Logf("the patient saw the recall after %d ms", time.Since(began).Milliseconds())
	p.See("Dr. Wehrmuth, "+centre, "Kanarienpackungen zurückbringen", "You have 6 vials of it at home")
	w.shots(p, "today-recall")
}

func (w *walk) stockAside() {
	p, d := w.patient, w.doctor
	w.begin(p, "record.treatment")
	p.Fill("product", "Advate")
	p.Fill("amount", "1000")
	p.Click("Bleed")
	p.Fill("lot.0", "KANARI-GUT")
	p.See("was recalled (today) by Dr. Wehrmuth, " + centre + ": do not use it.")
	p.Click("Save treatment")
	p.FocusOn("#problems")
	p.Click("record.cancel")
	p.Click("#go-home")
	p.Click("recall.aside")
	p.See("Taken out of the stock")
	p.NotSee("You have 6 vials")
	d.NotSee("KANARI-GUT: 6 Flaschen")
	p.Click("recall.read")
	p.NotSee("do not use lot")
	d.NotSee("noch nicht")
}

func (w *walk) stockRecallBack() {
	p, d := w.patient, w.doctor
	d.Click("#recall-undo > summary")
	d.Click("recall.undo")
	d.FocusOn("#problems")
	d.Fill("why", w.canary("Kanarien verwechselt"))
	d.Click("recall.undo")
	d.See("zurückgenommen")
	p.Click("#place-diary")
	p.Click("#filter-5")
	p.See("Recall: Advate", "Taken back", "Packs received: Advate")
	if text := p.Text(); !strings.Contains(text, "Taken out of the stock") {
		w.t.Error("what was put aside is not in the diary")
	}
	w.shots(p, "diary-stock")
}
