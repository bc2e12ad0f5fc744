package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view/sample"
	"vialog/web/browsertest"
)

// A story is a page of the storybook as one person sees it.
type story struct {
	lang  lang.Lang
	theme string
	width int64
}

// stories are the two ways in which every sample is looked at: they differ in
// everything that can differ.
var stories = []story{
	{lang.German, "light", 360},
	{lang.English, "dark", 1280},
}

// wcag are the rules of WCAG 2.2 at levels A and AA, as axe-core names them.
const wcag = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`

// turn turns to a page of the book without loading anew what all pages share,
// the style sheet and the checker. Pages have no scripts that would notice.
func turn(p *browsertest.Page, name string) {
	browsertest.Eval[bool](p, `(async () => {
		const page = new DOMParser().parseFromString(await (await fetch("/`+name+`.html")).text(), "text/html");
		for (const a of page.documentElement.attributes) document.documentElement.setAttribute(a.name, a.value);
		document.title = page.title;
		document.getElementById("app").replaceWith(page.getElementById("app"));
		scrollTo(0, 0);
		await Promise.all([...document.images].map((i) => i.decode().catch(() => 0)));
		return true;
	})()`)
}

// axe is what axe-core finds wrong on the page.
const axe = `(async () => {
	if (!window.axe) await new Promise((yes, no) => {
		const s = document.createElement("script");
		s.src = "/axe.min.js";
		s.onload = yes;
		s.onerror = no;
		document.head.append(s);
	});
	const got = await axe.run(document, { runOnly: ` + wcag + `, resultTypes: ["violations"] });
	return got.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary));
})()`

// written is the folder of the storybook, with the checker in it.
var written = sync.OnceValues(func() (string, error) {
	out, err := os.MkdirTemp("", "vialog-storybook")
	if err != nil {
		return "", err
	}
	if err := write("../../web/static/app.css", out); err != nil {
		return out, err
	}
	script, err := os.ReadFile("../../build/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		return out, fmt.Errorf("axe-core is not there; run make npm: %w", err)
	}
	return out, os.WriteFile(filepath.Join(out, "axe.min.js"), script, 0o644)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if out, _ := written(); out != "" {
		os.RemoveAll(out)
	}
	os.Exit(code)
}

// book serves the storybook.
func book(t *testing.T) string {
	t.Helper()
	out, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return browsertest.Serve(t, os.DirFS(out))
}

func TestEveryScreenMeetsWCAG22AA(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	origin := book(t)
	for _, s := range stories {
		t.Run(s.lang.Tag()+" "+s.theme, func(t *testing.T) {
			t.Parallel()
			p := browsertest.Start(t).Page("story-"+s.lang.Tag(), "de-DE")
			p.Size(s.width, 800)
			p.Go(origin + "/today." + s.lang.Tag() + "." + s.theme + ".html")
			for _, c := range sample.All {
				name := c.Name + "." + s.lang.Tag() + "." + s.theme
				turn(p, name)
				for _, v := range browsertest.Eval[[]string](p, axe) {
					t.Errorf("%s, %d px: %s", name, s.width, v)
				}
			}
		})
	}
}

// The checker finds what it is there for.
func TestTheCheckerSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	p := b.Page("wrong", "de-DE")
	p.Go(book(t) + "/treatment.de.light.html")
	browsertest.Eval[bool](p, `(() => {
		document.querySelector("label[for=f-amount]").remove();
		document.querySelector("h1").style.color = "#ccc";
		return true;
	})()`)
	found := strings.Join(browsertest.Eval[[]string](p, axe), "\n")
	for _, want := range []string{"label: #f-amount", "color-contrast: "} {
		if !strings.Contains(found, want) {
			t.Errorf("nothing is said of %s:\n%s", want, found)
		}
	}
}

// Reflow (WCAG 1.4.10): at 320 px, which is 1280 px at 400 %, and at 640 px, which is
// 200 %, nothing has to be scrolled sideways. Targets have at least 24 px (2.5.8). What
// has the focus shows it (2.4.7) and is not under the bars of a telephone (2.4.11).
func TestScreensReflowAndTargetsAreLarge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.Start(t)
	origin := book(t)
	p := b.Page("narrow", "de-DE")
	p.Go(origin + "/today.de.light.html")
	for _, c := range sample.All {
		turn(p, c.Name+".de.light")
		for _, width := range []int64{320, 640} {
			p.Size(width, 640)
			if p.Wide() {
				t.Errorf("%s has to be scrolled sideways at %d px: %s", c.Name, width, widest(p))
			}
		}
		if small := p.Small(); len(small) > 0 {
			t.Errorf("%s has small targets: %q", c.Name, small)
		}
		p.Size(360, 640)
		if torn := p.Torn(); len(torn) > 0 {
			t.Errorf("%s breaks words that do not fit a telephone: %q", c.Name, torn)
		}
		for _, why := range p.Unseen() {
			t.Errorf("%s: %s", c.Name, why)
		}
	}
}

// widest names the elements that stick out.
func widest(p *browsertest.Page) string {
	return strings.Join(browsertest.Eval[[]string](p, `[...document.querySelectorAll("main *")].filter((e) => {
		const b = e.getBoundingClientRect();
		return b.right > innerWidth + 1 && b.width > 0 && !e.closest(".scroll, [role=region], svg");
	}).slice(0, 3).map((e) => e.localName + "." + e.className + " " + (e.innerText || "").slice(0, 30))`), "; ")
}

// With the system's own colours (forced colours) what is chosen still looks
// chosen, and with reduced motion nothing moves.
func TestChoicesAreSeenInForcedColoursAndNothingMoves(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	origin := book(t)
	p := b.Page("forced", "de-DE")
	p.Forced(true)
	p.Go(origin + "/treatment.de.light.html")
	chips := browsertest.Eval[[]string](p, `[":checked", ":not(:checked)"].map((s) => getComputedStyle(document.querySelector(".chip input" + s + " + span")).backgroundColor)`)
	if chips[0] == chips[1] {
		t.Errorf("a chosen answer looks like the others: %s", chips[0])
	}
	place := browsertest.Eval[[]string](p, `["[aria-current]", ":not([aria-current])"].map((s) => getComputedStyle(document.querySelector(".places li button" + s) || document.querySelector(".places button" + s)).backgroundColor)`)
	if place[0] == place[1] {
		t.Errorf("the place where one is looks like the others: %s", place[0])
	}
	p.Forced(false)
	p.Dark(false) // and prefers reduced motion
	for _, name := range []string{"busy", "today", "bleed"} {
		p.Go(origin + "/" + name + ".de.light.html")
		if n := browsertest.Eval[int](p, `document.getAnimations().filter((a) => a.playState === "running").length`); n > 0 {
			t.Errorf("%d things move in %s", n, name)
		}
	}
}
