package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A patient bleeds, and the centre follows it, in the real app with a real relay.
func TestABleedFromItsFirstSignToItsAnswer(t *testing.T) {
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
		{"a bleed is recorded on the map with the keyboard alone", w.bleedByKeys},
		{"every area of the map can be hit with a finger", w.bleedAreas},
		{"a dangerous place brings the telephone", w.bleedRed},
		{"a treatment is begun from the bleed, and the answer is one tap", w.bleedAnswer},
		{"the same bleed again is asked about", w.bleedAgain},
		{"a treatment is untied from a bleed", w.bleedUntied},
		{"a bleed ends in one tap", w.bleedEnds},
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

func pressed(p *browsertest.Page, id string) string {
	return browsertest.Eval[string](p, `document.getElementById("`+id+`").getAttribute("aria-pressed")`)
}

func (w *walk) bleedByKeys() {
	p := w.patient
	p.TabTo("Record")
	p.Press(kb.Enter)
	w.arrived(p, "What would you like to record?")
	p.TabTo("Bleed")
	p.Press(kb.Enter)
	w.arrived(p, "Record a bleed")
	p.TabTo("Head: enlarge")
	for range 20 { // down the figure, as the eye goes
		if strings.Contains(p.Focused(), "knee") {
			break
		}
		before := p.Focused()
		p.Press(kb.ArrowDown)
		if after := p.Focused(); after == before {
			w.t.Fatalf("below %q the arrow leads nowhere", before)
		}
	}
	if p.Focused() == "Right knee" {
		p.Press(kb.ArrowRight)
	}
	if got := p.Focused(); got != "Left knee" {
		w.t.Fatalf("the focus is on %q", got)
	}
	p.Press(" ")
	p.Has(".chosen .toggle")
	if got := p.Focused(); got != "Left knee" {
		w.t.Errorf("after choosing, the focus is on %q", got)
	}
	for _, id := range []string{"map-place.joint.knee.left", "list-place.joint.knee.left"} {
		if got := pressed(p, id); got != "true" {
			w.t.Errorf("%s is pressed: %s", id, got)
		}
	}
	// The list twin in its turn.
	p.TabTo("Choose from a list")
	p.Press(kb.Enter)
	p.TabTo("Left ankle")
	p.Press(kb.Enter)
	p.See("Left ankle")
	if got := pressed(p, "map-place.joint.ankle.left"); got != "true" {
		w.t.Errorf("on the map the ankle is pressed: %s", got)
	}
	p.Press(kb.Enter)
	p.NotSee("Left ankle: take out")
	w.shots(p, "bleed-keys")
	p.TabTo("Save bleed")
	began := time.Now()
	p.Press(kb.Enter)
	p.Has("[data-key=today]")
	p.See("Left knee", "Record a treatment for it")
	w.doctorSees(began, "Knie links")
}

// bleedAreas looks, on a telephone 360 pixels wide, at what a finger in the middle
// of each area would hit.
func (w *walk) bleedAreas() {
	p := w.patient
	w.begin(p, "record.bleed")
	for _, v := range []string{"front", "back", "head", "hands", "feet", "inside"} {
		p.ClickOn("#map-view-" + v)
		p.Has("svg.bodymap[data-kind=" + v + "]")
		bad := browsertest.Eval[[]string](p, `[...document.querySelectorAll("svg.bodymap [data-act]")].flatMap((g) => {
			const c = g.querySelector("circle");
			c.scrollIntoView({block: "center", behavior: "instant"});
			const b = c.getBoundingClientRect();
			const hit = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)?.closest("[data-act]");
			const out = [];
			if (hit !== g) out.push(g.id + " is covered by " + hit?.id);
			if (b.width < 44) out.push(g.id + " is " + b.width + " wide");
			return out;
		})`)
		for _, s := range bad {
			w.t.Errorf("%s: %s", v, s)
		}
		w.shots(p, "bleed-"+v)
	}
	// From the whole figure to the hand, by the finger.
	p.ClickOn("#map-view-front")
	p.ClickOn("svg.bodymap [id$='-to-hands']")
	p.Has("svg.bodymap[data-kind=hands]")
	p.ClickOn("[id='map-place.joint.finger.right'] circle")
	p.See("Right finger")
	p.Click("record.cancel")
	p.NotHas("#bleed")
	p.Click("#go-home")
}

func (w *walk) bleedRed() {
	p := w.patient
	w.begin(p, "record.bleed")
	p.NotHas("#call-now")
	p.ClickOn("#map-view-head")
	p.ClickOn("[id='map-place.head.skull'] circle")
	p.Has("#call-now a[href='tel:112']")
	p.See("Call now")
	p.Until("the telephone in sight", `(({ top }) => top >= 0 && top <= 600)(document.getElementById("call-now").getBoundingClientRect())`)
	w.shots(p, "bleed-red")
	p.Click("record.cancel")
	p.NotHas("#bleed")
	p.Click("#go-home")
}

func (w *walk) bleedAnswer() {
	p, d := w.patient, w.doctor
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	w.begin(p, "record.bleed")
	p.Click("Right ankle")
	p.Has(".chosen .toggle")
	p.Fill("date", yesterday)
	p.Fill("time", "06:00")
	p.Click("Save bleed")
	p.Has("[data-key=today]")
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.Click("Right ankle")
	p.Has("[data-key^='entry.']")
	p.See("Bleeds in the last 12 months", "Course")
	p.Click("bleed.treat")
	w.arrived(p, "Record a treatment")
	if got := browsertest.Eval[string](p, `document.querySelector("[name=reason]:checked")?.value + " " + document.querySelector("[name=bleed]")?.selectedOptions[0]?.text`); !strings.HasPrefix(got, "reason.bleed Right ankle") {
		w.t.Errorf("the treatment is for %q", got)
	}
	p.Fill("product", "Advate")
	p.Fill("amount", "1500")
	p.Fill("date", yesterday)
	p.Fill("time", "07:00")
	p.Click("Save treatment")
	p.Has("[data-key=today]")
	p.See("Right ankle: How was it 8 hours after the first dose?")
	w.shots(p, "today-ask")
	p.Click("Ask me later")
	p.NotSee("8 hours after the first dose")
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.Click("Right ankle")
	p.Has("[data-key^='entry.']")
	p.Click("No better, or worse")
	p.See("Your answer is in the diary: None or worse")
	p.Click("record.undo")
	p.See("8 hours after the first dose?", "Up to date")
	time.Sleep(600 * time.Millisecond) // faster, it would be a double tap
	p.Click("It is gone")
	p.See("Your answer is in the diary: Excellent")
	p.NotSee("8 hours after the first dose?")
	w.shots(p, "entry-bleed")
	d.Click("Sprunggelenk rechts")
	d.Has("[data-key^='entry.']")
	d.See("Ablauf", "Sehr gut", "Antwort: 8 Stunden nach der ersten Dosis")
	w.shots(d, "entry-bleed")
	d.Back()
	d.Has("[data-key^='patient.']")
}

func (w *walk) bleedAgain() {
	p := w.patient
	p.Click("#go-home")
	w.begin(p, "record.bleed")
	p.NotSee("Is it the same bleed again?")
	p.Click("Right ankle")
	p.See("Is it the same bleed again?", "72 hours", "Write it into that bleed instead")
	if got := browsertest.Eval[string](p, `document.querySelector("[name=again]:checked").value`); !strings.HasPrefix(got, "e_") {
		w.t.Errorf("a day after the dose the rule chooses %q", got)
	}
	w.shots(p, "bleed-again")
	began := time.Now()
	p.Click("Save bleed")
	p.Has("[data-key=today]")
	w.doctorSees(began, "dieselbe wieder")
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.Click("same bleed again")
	p.Has("[data-key^='entry.']")
	p.See("This bleed continues:", "Right ankle")
	if got := browsertest.Eval[[]string](p, `[...document.querySelectorAll(".map-list li")].map((e) => e.innerText.replace(/\s+/g, " "))`); strings.Join(got, "; ") != "Left knee 1 bleed; Right ankle 1 bleed" && strings.Join(got, "; ") != "Right ankle 1 bleed; Left knee 1 bleed" {
		w.t.Errorf("a bleed that came back is counted as %q", got)
	}
}

// tied counts the bleeds that the treatment on the page is for.
func tied(p *browsertest.Page) int {
	return browsertest.Eval[int](p, `[...document.querySelectorAll(".facts dt")].filter((e) => e.innerText === "For the bleed").length`)
}

func (w *walk) bleedUntied() {
	p := w.patient
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.ClickOn("[data-kind=treatment] button")
	p.Has("[data-key^='entry.']")
	if n := tied(p); n != 1 {
		w.t.Errorf("the treatment is for %d bleeds", n)
	}
	p.Back()
	w.arrived(p, "Diary")
	p.Click("same bleed again")
	p.See("This bleed continues:")
	p.ClickOn("main .card .link") // to the first bleed
	p.See("It came back:")
	p.Click("entry.correct")
	w.arrived(p, "Correct a bleed")
	p.Click("#more > summary")
	p.Has("[name^='treatment.']:checked")
	p.ClickOn(".lines .chip:has(:checked)")
	p.Fill("why", w.canary("Kanarienspritze war zur Vorbeugung"))
	p.Click("Save correction")
	p.Has("[data-key=today]")
	p.Click("#place-diary")
	w.arrived(p, "Diary")
	p.ClickOn("[data-kind=treatment] button")
	p.Has("[data-key^='entry.']")
	p.See("Treatments for this bleed") // the reason of its correction
	if n := tied(p); n != 0 {
		w.t.Error("the treatment is still for the bleed")
	}
}

func (w *walk) bleedEnds() {
	p := w.patient
	p.Click("#go-home")
	open := func() int { return browsertest.Eval[int](p, `document.querySelectorAll(".doing .bleeding").length`) }
	p.Has(".doing .bleeding")
	before := open()
	p.Click("bleed.stop")
	p.See("marked as stopped")
	if after := open(); after != before-1 {
		w.t.Errorf("%d bleeds were open, %d are", before, after)
	}
	w.shots(p, "bleed-stopped")
	p.Click("#notice-entry-correct")
	w.arrived(p, "Correct a bleed")
	if got := browsertest.Eval[string](p, `document.querySelector("[name=stopped]:checked").value`); got != "yes" {
		w.t.Errorf("the form says stopped: %s", got)
	}
	p.Click("record.cancel")
	p.NotHas("#bleed")
}
