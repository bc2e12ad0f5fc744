package browsertest

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// watchFocus has the page note where the focus goes and what is wrong there.
//
// The focus is seen when something about the element, what stands before or behind
// it, its label or its shape is drawn otherwise than without the focus. It is not
// hidden when at least one of its points is on the page and nothing lies over it.
const watchFocus = `
const stops = () => {
	const radios = new Set();
	return [...top.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((e) => {
		if (e.tabIndex < 0 || e.disabled || e.type === "hidden" || !visible(e)) return false;
		const shut = e.closest("details:not([open])");
		if (shut && !(e.localName === "summary" && e.parentNode === shut && !shut.parentElement.closest("details:not([open])"))) return false;
		if (e.type !== "radio") return true;
		const group = e.name + (e.form?.id || "");
		const chosen = [...document.querySelectorAll("input[type=radio]")].find((r) => r.name === e.name && r.form === e.form && r.checked);
		if (chosen ? chosen !== e : radios.has(group)) return false;
		radios.add(group);
		return true;
	});
};
const looks = (e) => [e, e.parentElement, e.nextElementSibling, e.querySelector(".shape")].filter(Boolean)
	.flatMap((x) => [null, "::before", "::after"].map((p) => getComputedStyle(x, p)))
	.map((s) => [s.outlineStyle !== "none" && s.outlineWidth !== "0px" && s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor, s.stroke, s.strokeWidth, s.strokeDasharray].join()).join("|");
const called = (e) => (e.labels?.[0] ? name(e.labels[0]) : "") || name(e).slice(0, 60) || e.id || e.localName;
const hidden = (e) => {
	const b = (["radio", "checkbox", "file"].includes(e.type) ? e.labels?.[0] || e : e).getBoundingClientRect();
	const [x, y, w, h] = [Math.max(b.x, 0), Math.max(b.y, 0), Math.min(b.right, innerWidth) - Math.max(b.x, 0), Math.min(b.bottom, innerHeight) - Math.max(b.y, 0)];
	if (!b.width && !b.height) return ""; // a point of a drawing, of which there can be several in one place
	for (let i = 1; i < 8; i++) for (let j = 1; j < 8; j++) {
		const at = document.elementFromPoint(x + w * i / 8, y + h * j / 8);
		if (w > 0 && h > 0 && at && (e.contains(at) || at.contains(e) && !at.matches("main, body, html, .app, #app") || at.closest("label")?.control === e)) return "";
	}
	return "at " + [b.x, b.y, b.width, b.height].map(Math.round);
};
`

// Stops goes over the screen with the Tab key, from its beginning to its end, and
// returns what is wrong: what cannot be reached, where the focus is not seen or lies
// under something, and what has no name for who does not see it. Chromium only.
func (p *Page) Stops() (wrong []string) {
	p.t.Helper()
	n := Eval[int](p, `(() => {`+finders+watchFocus+`
		document.activeElement.blur();
		const all = stops();
		const before = new Map(all.map((e) => [e, looks(e)]));
		const seen = window.stopped = {list: all.map((e) => [e, called(e)]), met: new Set(), order: [], wrong: []};
		seen.hear = (ev) => {
			const e = ev.target;
			seen.order.push(e);
			if (seen.met.has(e)) return;
			seen.met.add(e);
			const was = before.get(e);
			if (was !== undefined && was === looks(e)) seen.wrong.push("the focus is not seen: " + called(e));
			const why = hidden(e);
			if (why) seen.wrong.push("the focus is hidden: " + called(e) + ": " + why);
		};
		addEventListener("focusin", seen.hear, true);
		all[0].focus();
		// The parts of a date have a stop each, and so has what opens a calendar.
		return all.length + 5 * all.filter((e) => ["date", "time"].includes(e.type)).length;
	})()`)
	p.Press(strings.Repeat(kb.Tab, n-1))
	wrong = Eval[[]string](p, `(() => {
		const s = window.stopped;
		removeEventListener("focusin", s.hear, true);
		for (const [e, what] of s.list) if (!s.met.has(e)) s.wrong.push("not reached with the Tab key: " + what);
		const all = s.list.map(([e]) => e);
		const at = s.order.map((e) => all.indexOf(e));
		for (let i = 1; i < at.length && at[i] !== 0; i++) if (at[i] >= 0 && at[i] < at[i - 1]) s.wrong.push("before the one above it: " + s.list[at[i]][1]);
		return s.wrong;
	})()`)
	return append(wrong, p.nameless()...)
}

// Unseen are the elements that show nothing when they have the focus, or have it
// under something else. It puts the focus on each, without a key. A dialog is opened
// as the app opens it.
func (p *Page) Unseen() []string {
	p.t.Helper()
	return Eval[[]string](p, `(() => {
		const d = document.querySelector("dialog[open]");
		d?.close();
		d?.showModal();
		`+finders+watchFocus+`
		const wrong = [];
		document.activeElement.blur();
		const all = stops(), before = all.map(looks);
		for (const [i, e] of all.entries()) {
			e.focus({focusVisible: true});
			if (document.activeElement !== e) wrong.push("it does not take the focus: " + called(e));
			else if (looks(e) === before[i]) wrong.push("the focus is not seen: " + called(e));
			const why = hidden(e);
			if (why) wrong.push("the focus is hidden: " + called(e) + ": " + why);
		}
		return wrong;
	})()`)
}

// nameless are the elements of the accessibility tree that can have the focus and say
// nothing of what they are.
func (p *Page) nameless() (out []string) {
	p.t.Helper()
	type value struct {
		Value any `json:"value"`
	}
	var tree struct {
		Nodes []struct {
			Ignored    bool `json:"ignored"`
			Role, Name value
			Properties []struct {
				Name  string `json:"name"`
				Value value  `json:"value"`
			}
		} `json:"nodes"`
	}
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return t.Call(ctx, "Accessibility.getFullAXTree", map[string]any{}, &tree)
	}))
	if err != nil {
		p.fail("the accessibility tree: %v", err)
	}
	for i, n := range tree.Nodes {
		for _, q := range n.Properties {
			if q.Name == "focusable" && q.Value.Value == true && !n.Ignored && n.Role.Value != "RootWebArea" && n.Role.Value != "main" && n.Name.Value == "" {
				out = append(out, fmt.Sprintf("no name: %v number %d of the tree", n.Role.Value, i))
			}
		}
	}
	return out
}

// Key puts the focus on what a CSS selector finds, as the Tab key does, and presses
// a key there.
func (p *Page) Key(selector, key string) {
	p.t.Helper()
	p.Has(selector)
	p.until("the focus on "+selector, `(() => {`+finders+`
		const e = [...top.querySelectorAll(`+quote(selector)+`)].find(visible);
		e?.focus({focusVisible: true});
		return !!e && document.activeElement === e;
	})()`)
	p.Press(key)
}
