package web_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
	"vialog/web/browsertest"
)

// engines starts each browser that is here, and tells its name.
var engines = map[string]func(testing.TB) browser{
	"Chromium": func(t testing.TB) browser { return browsertest.Start(t) },
	"Firefox":  func(t testing.TB) browser { return browsertest.StartFirefox(t) },
}

func integrityOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// A host serves the app with the headers of its manifest, and may lie.
type host struct {
	files map[string][]byte // by path
	m     *release.Manifest

	mu    sync.Mutex
	asked map[string]int
}

func newHost(t testing.TB, dir string) *host {
	t.Helper()
	h := &host{files: map[string][]byte{}, asked: map[string]int{}}
	note, err := os.ReadFile(filepath.Join(dir, release.Path))
	if err != nil {
		t.Fatal(err)
	}
	if h.m, err = release.Read(note); err != nil {
		t.Fatal(err)
	}
	h.files[release.Path] = note
	for _, f := range h.m.Files {
		if h.files[f.Path], err = os.ReadFile(filepath.Join(dir, f.Path)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// start serves files, changed as change says, on an origin of their own.
func (h *host) start(t testing.TB, change map[string][]byte) string {
	t.Helper()
	files := maps.Clone(h.files)
	maps.Copy(files, change)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if p == "/" {
			p = release.Index
		}
		h.mu.Lock()
		h.asked[r.Host+p]++
		h.mu.Unlock()
		b, ok := files[p]
		for _, x := range h.m.Headers {
			w.Header().Set(x.Name, x.Value)
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		for _, x := range release.Own(p, h.files[p]) {
			w.Header().Set(x.Name, x.Value)
		}
		w.Write(b)
	}))
	t.Cleanup(srv.Close)
	return strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
}

// find is the path of the file that begins and ends so.
func (h *host) find(t testing.TB, begin, end string) string {
	t.Helper()
	for p := range h.files {
		if strings.HasPrefix(p, begin) && strings.HasSuffix(p, end) {
			return p
		}
	}
	t.Fatalf("no %s…%s", begin, end)
	return ""
}

// Code of somebody else, which tells that it ran.
const foreign = "\n;(self.document ? document.documentElement : self).title = 'foreign';\n"

const ranForeign = `document.documentElement.title === "foreign"`

func TestChangedFilesAreRefused(t *testing.T) {
	t.Parallel()
	dir := browsertest.Build(t, "./wasm")
	h := newHost(t, dir)
	shell, worker, style := h.find(t, "/a/shell.", ".js"), h.find(t, "/a/worker.", ".js"), h.find(t, "/a/app.", ".css")
	app, extra := h.find(t, "/a/app.", ".wasm"), h.find(t, "/a/extra.", ".wasm")
	with := func(p string, more string) map[string][]byte {
		return map[string][]byte{p: append(bytes.Clone(h.files[p]), more...)}
	}
	inHead := func(more string) []byte {
		return bytes.Replace(h.files[release.Index], []byte("</head>"), []byte(more+"</head>"), 1)
	}
	starts := func(p *browsertest.Page) { p.Has("main:not(.boot) h1") }
	said := func(p *browsertest.Page) { p.See("A file did not arrive as it was published, and was not run") }
	// The service worker keeps nothing of a release of which one file is another.
	notKept := func(p *browsertest.Page) {
		if got := browsertest.Eval[string](p, `(async () => {
			const r = await navigator.serviceWorker.register("/sw.js").catch((e) => null);
			for (let n = 0; n < 200; n++) {
				const now = await navigator.serviceWorker.getRegistration();
				if (!now) return "refused";
				if (now.active) return "kept";
				await new Promise((r) => setTimeout(r, 25));
			}
			return "neither";
		})()`); got != "refused" {
			p.Shot("kept")
			t.Errorf("%s: %s", p.Name, got)
		}
	}
	for engine, start := range engines {
		t.Run(engine, func(t *testing.T) {
			b := start(t)
			for _, tt := range []struct {
				claim   string
				change  map[string][]byte
				see     func(*browsertest.Page)
				foreign bool // the code of somebody else runs: browsers do not refuse it
			}{
				{"scripts put into the page, in three ways", map[string][]byte{
					"/index.html": bytes.Replace(inHead("<script>"+foreign+`</script><script src="/a/more.js"></script>`), []byte("<body>"), []byte(`<body><img src="/none" onerror="`+strings.TrimSpace(foreign)+`">`), 1),
					"/a/more.js":  []byte(foreign)}, starts, false},
				{"the shell", with(shell, foreign), func(p *browsertest.Page) { p.See("is loading") }, false},
				{"the worker", with(worker, foreign), said, false},
				{"the program", with(app, "\x00"), said, false},
				{"the style", with(style, "main { display: none }"), func(p *browsertest.Page) {
					starts(p)
					if got := browsertest.Eval[string](p, `getComputedStyle(document.querySelector("main")).display`); got == "none" {
						t.Error("another style is used")
					}
				}, false},
				{"the second program, and nothing else", with(extra, "\x00"), func(p *browsertest.Page) {
					starts(p)
					if got := browsertest.Eval[string](p, `(({ extra, extraIntegrity }) => fetch(extra, { integrity: extraIntegrity }).then(() => "loaded", (e) => e.name))(document.querySelector("script").dataset)`); got != "TypeError" {
						t.Errorf("the second program: %s", got)
					}
				}, false},
				{"an icon", with("/icon.svg", " "), notKept, false},
				{"the manifest of the app", with("/manifest.webmanifest", " "), notKept, false},
				// What remains: THREATS.md, row 17.
				{"the page with a script and its hash", map[string][]byte{"/index.html": inHead(`<script src="/a/more.js" crossorigin="anonymous" integrity="` + integrityOf([]byte(foreign)) + `"></script>`), "/a/more.js": []byte(foreign)},
					func(p *browsertest.Page) { p.Has("html[title=foreign]") }, true},
			} {
				p := b.Page(tt.claim, "en-GB")
				origin := h.start(t, tt.change)
				p.Go(origin + "/")
				tt.see(p)
				if ran := browsertest.Eval[bool](p, ranForeign); ran != tt.foreign {
					t.Errorf("%s: code of somebody else ran: %v", tt.claim, ran)
				}
				p.Close()
			}
		})
	}
}

// What the headers forbid is really forbidden.
func TestThePageIsHardened(t *testing.T) {
	t.Parallel()
	relay := browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))
	h := newHost(t, browsertest.Build(t, "./wasm"))
	if l := release.Faults(h.m); len(l) > 0 {
		t.Errorf("headers: %q", l)
	}
	page := string(h.files[release.Index])
	for _, never := range []string{`property="og:`, `name="twitter:`, `name="description"`, "<base", "<iframe", "http-equiv=\"refresh\""} {
		if strings.Contains(page, never) {
			t.Errorf("a preview of a link, or worse: %s", never)
		}
	}
	for _, always := range []string{`<meta name="robots" content="noindex">`, `<meta name="referrer" content="no-referrer">`, "<title>Vialog</title>"} {
		if !strings.Contains(page, always) {
			t.Errorf("the page lacks %s", always)
		}
	}
	// Frames the app, from another origin.
	framing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>frames</title><iframe src="` + r.URL.Query().Get("of") + `"></iframe>`))
	}))
	defer framing.Close()
	for engine, start := range engines {
		t.Run(engine, func(t *testing.T) {
			b := start(t)
			p := b.Page("hardened", "en-GB")
			p.Go(relay.Origin + "/#join=secret")
			p.Has("main:not(.boot) h1")
			for _, tt := range []struct{ claim, try, want string }{
				{"markup from text", `document.body.innerHTML = "<b>x</b>"`, "TypeError"},
				{"markup beside an element", `document.body.insertAdjacentHTML("beforeend", "<b>x</b>")`, "TypeError"},
				{"a document from text", `new DOMParser().parseFromString("<b>x</b>", "text/html")`, "TypeError"},
				{"writing into the document", `document.write("x")`, "TypeError"},
				{"a script's address", `document.createElement("script").src = "/a/more.js"`, "TypeError"},
				{"a script's text", `document.createElement("script").text = "1"`, "TypeError"},
				{"a worker", `new Worker("/a/more.js")`, "TypeError"},
				{"a policy that lets all through", `trustedTypes.createPolicy("default", { createHTML: (s) => s })`, "TypeError"},
				{"a second policy of our name", `trustedTypes.createPolicy("vialog", { createScriptURL: (s) => s })`, "TypeError"},
				{"eval", `eval("1")`, "EvalError"},
				{"a function from text", `new Function("return 1")()`, "EvalError"},
			} {
				// Later, because what the driver itself evaluates may do more.
				got := browsertest.Eval[string](p, `new Promise((r) => setTimeout(() => { try { `+tt.try+`; r("done") } catch (e) { r(e.name) } }))`)
				if got != tt.want && !(tt.want == "EvalError" && got == "TypeError") { // Trusted Types may be first
					t.Errorf("%s: %s", tt.claim, got)
				}
			}
			for claim, try := range map[string]string{
				"it is isolated from other origins":   `crossOriginIsolated && typeof SharedArrayBuffer === "function"`,
				"an inline script does not run":       `new Promise((r) => setTimeout(() => { const s = document.createElement("script"); try { s.append("document.title = 'ran'"); document.head.append(s) } catch {} r(document.title !== "ran") }))`,
				"another origin cannot be reached":    `fetch("http://127.0.0.1:1/").then(() => false, () => true).then(async (b) => b && await new Promise((r) => { document.addEventListener("securitypolicyviolation", (e) => r(e.effectiveDirective === "connect-src"), { once: true }); fetch("http://127.0.0.1:2/").catch(() => {}) }))`,
				"a picture from elsewhere is refused": `new Promise((r) => { document.addEventListener("securitypolicyviolation", (e) => r(e.effectiveDirective === "img-src"), { once: true }); new Image().src = "http://127.0.0.1:3/x.png" })`,
				"a form goes nowhere":                 `new Promise((r) => { document.addEventListener("securitypolicyviolation", (e) => r(e.effectiveDirective === "form-action"), { once: true }); const f = document.createElement("form"); f.action = "http://127.0.0.1:4/"; f.method = "post"; document.body.append(f); setTimeout(() => f.submit()) })`,
				// Firefox does not know Permissions-Policy; there the browser asks the user.
				"only the camera and the clipboard may be asked for": `!document.featurePolicy || !["geolocation", "microphone", "usb", "payment"].some((f) => document.featurePolicy.allowsFeature(f)) && document.featurePolicy.allowsFeature("camera")`,
				"the fragment is gone from the address":              `location.hash === "" && !location.href.includes("secret")`,
				"no referrer is sent":                                `document.querySelector("meta[name=referrer]").content === "no-referrer" && document.referrer === ""`,
			} {
				if !browsertest.Eval[bool](p, try) {
					t.Errorf("not so: %s", claim)
				}
			}
			p.Close()
			origin := h.start(t, nil)
			q := b.Page("framed", "en-GB")
			q.Go(framing.URL + "/?of=" + origin + "/")
			browsertest.Eval[bool](q, `new Promise((r) => setTimeout(() => r(true), 700))`)
			h.mu.Lock()
			asked, ran := h.asked[strings.TrimPrefix(origin, "http://")+release.Index], h.asked[strings.TrimPrefix(origin, "http://")+h.find(t, "/a/shell.", ".js")]
			h.mu.Unlock()
			if asked == 0 || ran > 0 {
				t.Errorf("in a frame: asked for the page %d times, for its script %d times", asked, ran)
			}
			q.Close()
		})
	}
}

// The app is served by one origin, its relay is another.
func TestTheAppAndItsRelayCanBeApart(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	w := &walk{t: t, browser: browsertest.Start(t), relay: browsertest.StartApart(t, "./wasm")}
	w.steps([]step{
		{"a doctor founds a centre", w.found},
		{"an invitation can be revoked", w.invite},
		{"a patient joins and both see the same code", w.join},
		{"a treatment is recorded with the keyboard alone", w.treat},
	})
}

// testSigner signs releases of tests, always with the same key: what is built
// for it is built once.
func testSigner(t testing.TB) (note.Signer, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, err := note.NewEd25519VerifierKey("publisher.example", private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	k, err := note.NewSigner("PRIVATE+KEY+publisher.example+" + strings.Split(public, "+")[1] + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, private.Seed()...)))
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

// publish copies a built app, changed, and signs it, if anybody does.
func publish(t testing.TB, dir string, by note.Signer, change map[string]string) string {
	t.Helper()
	h := newHost(t, dir)
	out := t.TempDir()
	for p, more := range change {
		b := append(h.files[p], more...)
		h.files[p] = b
		f := h.m.File(p)
		f.Hash, f.Size = sha256.Sum256(b), len(b)
	}
	h.files[release.Path] = []byte(h.m.Text())
	if by != nil {
		signed, err := note.Sign(&note.Note{Text: h.m.Text()}, by)
		if err != nil {
			t.Fatal(err)
		}
		h.files[release.Path] = signed
	}
	for p, b := range h.files {
		f := filepath.Join(out, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestAnAppIsBroughtUpToDateAndNeverBack(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds twice")
	}
	key, signer := testSigner(t)
	older := publish(t, browsertest.Build(t, "./wasm", "-signer", signer, "-number", "900"), key, nil)
	built := browsertest.Build(t, "./wasm", "-signer", signer, "-number", "901")
	// Loading it takes a while, in which the one that nobody signed still waits.
	newer := publish(t, built, key, map[string]string{"/sw.js": `
self.addEventListener("install", (e) => e.waitUntil(new Promise((done) => setTimeout(done, 5000))));
`})
	forged := publish(t, built, nil, map[string]string{"/sw.js": `
self.addEventListener("activate", (e) => e.waitUntil(caches.open("somebody-else")));
`})

	relay := browsertest.StartRelay(t, older)
	relay.Run("tenant", "add", "-open", "Für alle")
	serve := func(dir string, flags ...string) {
		relay.Stop()
		relay.Serve(dir, flags...)
	}
	serve(older, "-signer", signer)
	p := browsertest.Start(t).Page("patient", "en-GB")
	version := func(name string) {
		p.Click("go.settings")
		p.Heading("Settings")
		p.Click("served")
		p.Heading("About this version")
		p.See("release "+name, "publisher.example")
	}
	unlock := func() {
		p.Fill("passphrase", patientsWords)
		p.Click("unlock")
	}
	update := func() {
		browsertest.Eval[bool](p, `navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true, () => true)`)
	}

	p.Go(relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	p.Controlled()
	version("900")
	p.See("As published")
	p.NotSee("The server sends changed app files")

	serve(forged)
	update()
	p.See("The server sends changed app files", "not signed by the publisher")
	p.Shots("version-forged")

	serve(newer, "-signer", signer)
	p.Click("served")
	update()
	p.See("A newer version is ready")
	p.NotSee("The server sends changed app files")
	p.Shots("version-newer")
	p.Click("served.accept")
	p.Has("#f-passphrase")
	unlock()
	p.Has("[data-key=today]")
	if browsertest.Eval[bool](p, `caches.has("somebody-else")`) {
		t.Error("an update was started that nobody signed")
	}
	version("901")
	p.See("As published")

	// Back, by a server that also takes away what the browser had kept of the app.
	serve(older, "-signer", signer)
	browsertest.Eval[bool](p, `(async () => {
		for (const r of await navigator.serviceWorker.getRegistrations()) await r.unregister();
		for (const c of await caches.keys()) await caches.delete(c);
		return true;
	})()`)
	p.Go(relay.Origin + "/")
	unlock()
	p.See("This is an older version of Vialog", "It was not allowed to open the diary")
	p.Shots("fatal-older")
	// The way out is the newer release; the older page takes it, when it is there.
	serve(newer, "-signer", signer)
	for range 5 {
		update()
		for range 100 {
			if browsertest.Eval[bool](p, `new Promise((r) => setTimeout(r, 300)).then(() => navigator.serviceWorker.getRegistration()).then((r) => !!r?.waiting)`) {
				break
			}
		}
		browsertest.Eval[bool](p, `new Promise((r) => setTimeout(() => r(true), 1000))`) // it is judged
		p.Click("reload")
		p.Has("#f-passphrase")
		unlock()
		p.Has("[data-key=today], [data-key=fatal]")
		if browsertest.Eval[bool](p, `!!document.querySelector("[data-key=today]")`) {
			return
		}
	}
	t.Error("the older release stays")
}
