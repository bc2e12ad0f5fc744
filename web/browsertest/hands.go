package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// quote writes s as a literal of JavaScript.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("browsertest: " + err.Error()) // strings can be written
	}
	return string(b)
}

// finders are functions that the helpers below use in the page.
const finders = `
const name = (e) => (e.getAttribute("aria-label") || e.innerText || e.textContent || "").replace(/\s+/g, " ").trim();
const top = document.querySelector("dialog[open]") || document;
const visible = (e) => e.checkVisibility() && !e.closest("[inert]");
const pressable = () => [...top.querySelectorAll("button, a[href], summary, [role=button], [role=tab], [data-act]:not(form):not(dialog), label")].filter(visible);
const press = (what) => {
  const all = pressable();
  const low = what.toLowerCase();
  const form = [...top.querySelectorAll("form")].find((f) => f.dataset.act === what);
  return all.find((e) => e.dataset.act === what) || form?.querySelector("[type=submit]") || all.find((e) => name(e) === what) ||
    all.find((e) => name(e).toLowerCase() === low) || all.find((e) => name(e).toLowerCase().startsWith(low)) ||
    all.find((e) => name(e).toLowerCase().includes(low));
};
const field = (what) => {
  const fields = [...top.querySelectorAll("input, select, textarea")].filter((e) => e.type !== "hidden");
  const low = what.toLowerCase();
  const labels = (e) => [e.getAttribute("aria-label") || "", ...[...(e.labels || [])].map(name), e.getAttribute("placeholder") || ""].map((s) => s.toLowerCase());
  return fields.find((e) => e.name === what) || fields.find((e) => e.id === what) ||
    fields.find((e) => labels(e).includes(low)) || fields.find((e) => labels(e).some((s) => s && s.startsWith(low))) ||
    fields.find((e) => labels(e).some((s) => s.includes(low)));
};
`

// Click presses what bears the act or the words: a button, a link, a summary,
// a shape, the label of a box, or what sends the form with the act. It is pressed with the mouse, where it is seen.
// What begins with # is a CSS selector.
func (p *Page) Click(what string) {
	p.t.Helper()
	if strings.HasPrefix(what, "#") {
		p.ClickOn(what)
		return
	}
	p.clickAt(what, `press(`+quote(what)+`)`)
}

// ClickOn presses what a CSS selector finds.
func (p *Page) ClickOn(selector string) {
	p.t.Helper()
	p.clickAt(selector, `[...top.querySelectorAll(`+quote(selector)+`)].find(visible)`)
}

func (p *Page) clickAt(what, find string) {
	p.t.Helper()
	deadline := time.Now().Add(Patience)
	for why := ""; ; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.fail("pressing %s: %s", what, why)
		}
		p.until("something to press: "+what, `(() => {`+finders+`return !!`+find+`})()`)
		place := Eval[[]float64](p, `(async () => {`+finders+aim+`
			const e = `+find+`;
			return e ? await aim(e) : [];
		})()`)
		if len(place) != 2 {
			why = "it is drawn anew all the time"
			continue
		}
		if err := p.engine.press(p.ctx, place[0], place[1]); err != nil {
			why = err.Error() // not where it was
			continue
		}
		if why = p.missed(); why == "" {
			return
		}
	}
}

// aim scrolls to an element and is the point to press. Between that and the
// press the page may move: then something else would be pressed, which nobody
// wants. So a click beside the element is caught before it reaches the page.
const aim = `
const aim = async (e) => {
	e.scrollIntoView({block: "center", behavior: "instant"});
	await new Promise((r) => requestAnimationFrame(r));
	let b = e.getBoundingClientRect();
	const at = b.y + b.height / 2;
	if (at < 0 || at > innerHeight) {
		// Firefox scrolls a drawing, not the shape in it.
		scrollBy({top: at - innerHeight / 2, behavior: "instant"});
		b = e.getBoundingClientRect();
	}
	window.aimed?.off();
	const shot = window.aimed = {what: ""};
	const hear = (ev) => {
		shot.off();
		if (e.contains(ev.target)) return void (shot.what = "hit");
		shot.what = "the click met " + ev.target.localName + " " + (ev.target.id || ev.target.textContent.trim().slice(0, 40));
		ev.preventDefault();
		ev.stopImmediatePropagation();
	};
	shot.off = () => removeEventListener("click", hear, true);
	addEventListener("click", hear, true);
	return [b.x + b.width / 2, b.y + b.height / 2];
};
`

// missed says what the press met in place of what was aimed at, if anything.
// A page that was left by the press was hit.
func (p *Page) missed() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	raw, err := p.engine.eval(ctx, `(async () => {
		const shot = window.aimed;
		// The click can come a moment after the engine has answered.
		for (let n = 0; shot && !shot.what && n < 20; n++) await new Promise((r) => setTimeout(r, 10));
		shot?.off();
		return !shot ? "" : shot.what === "hit" ? "" : shot.what || "no click came";
	})()`)
	var why string
	if err != nil || json.Unmarshal(raw, &why) != nil {
		return ""
	}
	return why
}

// Fill types into the field with that name, id or label, in place of what is there.
func (p *Page) Fill(what, value string) {
	p.t.Helper()
	p.until("a field: "+what, `(() => {`+finders+`return !!field(`+quote(what)+`)})()`)
	kind := Eval[string](p, `(() => {`+finders+`
		const e = field(`+quote(what)+`);
		e.scrollIntoView({block: "center", behavior: "instant"});
		e.focus();
		if (e.localName === "select") {
			const low = `+quote(strings.ToLower(value))+`;
			const o = [...e.options].find((o) => o.value === `+quote(value)+` || o.text.toLowerCase() === low) ||
				[...e.options].find((o) => o.text.toLowerCase().includes(low));
			if (!o) return "no option";
			e.value = o.value;
		} else if (["date", "time", "datetime-local", "month", "range"].includes(e.type)) {
			e.value = `+quote(value)+`;
		} else {
			e.select?.();
			return "type";
		}
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return "";
	})()`)
	switch kind {
	case "no option":
		p.fail("%s has no option %s", what, value)
	case "type":
		if value == "" {
			p.Press(kb.Delete)
			return
		}
		if err := p.engine.insert(p.ctx, value); err != nil {
			p.fail("typing into %s: %v", what, err)
		}
	}
}

// Value is what is in a field.
func (p *Page) Value(what string) string {
	p.t.Helper()
	p.until("a field: "+what, `(() => {`+finders+`return !!field(`+quote(what)+`)})()`)
	return Eval[string](p, `(() => {`+finders+`const e = field(`+quote(what)+`); return e.type === "checkbox" || e.type === "radio" ? String(e.checked) : e.value})()`)
}

// Press presses keys, such as "abc" or kb.Enter.
func (p *Page) Press(keys string) {
	p.t.Helper()
	if err := p.engine.keys(p.ctx, keys); err != nil {
		p.fail("keys: %v", err)
	}
}

// Focused is the name of what has the focus: its words, label or id.
func (p *Page) Focused() string {
	p.t.Helper()
	return Eval[string](p, `(() => {`+finders+`
		const e = document.activeElement;
		if (!e || e === document.body) return "";
		return (e.labels?.length ? name(e.labels[0]) : "") || name(e) || e.getAttribute("name") || e.id;
	})()`)
}

// TabTo presses the Tab key until what has the focus bears the words, or ends
// the test when the focus has gone round without it.
func (p *Page) TabTo(what string) {
	p.t.Helper()
	low := strings.ToLower(what)
	for range 150 {
		if strings.Contains(strings.ToLower(p.Focused()), low) {
			return
		}
		p.Press(kb.Tab)
		time.Sleep(5 * time.Millisecond)
	}
	p.fail("%s cannot be reached with the Tab key", what)
}

// Upload chooses files for a file field.
func (p *Page) Upload(selector string, files ...string) {
	p.t.Helper()
	// Between finding the field and filling it the page may be drawn anew.
	err := errors.New("nothing was tried")
	for deadline := time.Now().Add(Patience); err != nil && time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, Patience/6)
		err = p.engine.choose(ctx, selector, files)
		cancel()
	}
	if err != nil {
		p.fail("choosing files: %v", err)
	}
}

// Small are the visible controls that are smaller than 24 by 24 CSS pixels, which
// WCAG 2.2 asks for at least.
func (p *Page) Small() []string {
	p.t.Helper()
	return Eval[[]string](p, `(() => {`+finders+`return pressable().filter((e) => {
		const b = e.getBoundingClientRect();
		return b.width > 0 && (b.width < 24 || b.height < 24) && e.localName !== "label" && !(e.localName === "a" && e.closest("p, li, dd"));
	}).map((e) => name(e) || e.id || e.localName)})()`)
}

// Torn are the words of the screen that are broken at the end of a line where they
// have no place to break: they do not fit. Where the browser may part words by the
// rules of the language, it depends on its dictionaries, and is not looked at.
func (p *Page) Torn() []string {
	p.t.Helper()
	return Eval[[]string](p, `(() => {
		const out = [], range = document.createRange(), all = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
		while (all.nextNode()) {
			const text = all.currentNode;
			const words = [...text.data.matchAll(/\p{L}{10,}/gu)];
			if (!words.length || !text.parentElement.checkVisibility() || getComputedStyle(text.parentElement).hyphens === "auto") continue;
			for (const word of words) {
				range.setStart(text, word.index);
				range.setEnd(text, word.index + word[0].length);
				const lines = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)));
				if (lines.size > 1) out.push(word[0]);
			}
		}
		return out;
	})()`)
}

// Wide reports whether the page must be scrolled sideways to be read.
func (p *Page) Wide() bool {
	p.t.Helper()
	return Eval[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`)
}
