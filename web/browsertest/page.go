package browsertest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Patience is how long a page may take for what a test waits for. It costs
// nothing where things work, and a busy machine is no fault of the app.
var Patience = time.Minute

// A Message is what went over a WebSocket.
type Message struct {
	Sent bool // by the page; else received
	Data []byte
}

// A Page is one page with a profile of its own, such as that of a doctor.
type Page struct {
	Name string

	t      testing.TB
	engine engine
	ctx    context.Context
	cancel context.CancelFunc
	// asked is what an engine knows only when it is asked: complaints and
	// addresses of the page that is open. It is nil where both are heard.
	asked func(context.Context) (problems, requests []string)
	// said is the end of what the browser itself has written, where that is kept.
	said func() string

	mu       sync.Mutex
	requests []string
	messages []Message
	problems []string
	workers  map[target.SessionID]context.Context
	offline  bool
	deaf     bool // to what goes over WebSockets
}

// Page opens an empty page in a new profile. Lang is the language it asks for,
// such as "de-DE".
func (b *Browser) Page(name, lang string) *Page {
	b.t.Helper()
	p := &Page{Name: name, t: b.t, engine: chromium{}, workers: make(map[target.SessionID]context.Context)}
	p.ctx, p.cancel = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.hear))
	return b.open(p, lang)
}

// Own opens a page in the browser's own profile, that of StartIn.
func (b *Browser) Own(name, lang string) *Page {
	b.t.Helper()
	p := &Page{Name: name, t: b.t, engine: chromium{}, workers: make(map[target.SessionID]context.Context)}
	p.ctx, p.cancel = chromedp.NewContext(b.ctx, chromedp.WithListener(p.hear))
	return b.open(p, lang)
}

// Tab opens a second tab in the profile of p.
func (b *Browser) Tab(p *Page, lang string) *Page {
	b.t.Helper()
	q := &Page{Name: p.Name + "-tab", t: b.t, engine: chromium{}, workers: make(map[target.SessionID]context.Context)}
	q.ctx, q.cancel = chromedp.NewContext(p.ctx, chromedp.WithListener(q.hear))
	return b.open(q, lang)
}

func (b *Browser) open(p *Page, lang string) *Page {
	b.t.Helper()
	b.pages = append(b.pages, p)
	if err := chromedp.Do(p.ctx); err != nil {
		b.t.Fatalf("%s: opening a page: %v", p.Name, err)
	}
	p.call("Emulation.setLocaleOverride", map[string]any{"locale": lang})
	p.call("Network.setUserAgentOverride", map[string]any{"userAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome", "acceptLanguage": lang})
	p.Size(360, 740)
	return p
}

// Close closes the page, as when its tab is closed.
func (p *Page) Close() { p.cancel() }

// hear keeps what the page and its workers do. It runs in chromedp's own loop.
func (p *Page) hear(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, ev.Request.URL)
	case *network.EventWebSocketCreated:
		p.requests = append(p.requests, ev.URL)
	case *network.EventWebSocketFrameSent:
		p.keep(Message{true, ev.Response.PayloadData})
	case *network.EventWebSocketFrameReceived:
		p.keep(Message{false, ev.Response.PayloadData})
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
		p.problems = append(p.problems, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "warning" || ev.Type == "assert" {
			var words []string
			for _, a := range ev.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			p.problems = append(p.problems, string(ev.Type)+": "+strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		// Which features a policy can name differs between releases of browsers.
		if strings.Contains(ev.Entry.Text, "Permissions-Policy header: Unrecognized feature") {
			break
		}
		if ev.Entry.Level == "error" || ev.Entry.Level == "warning" {
			p.problems = append(p.problems, "log: "+ev.Entry.Text+" "+ev.Entry.URL)
		}
	case *target.EventAttachedToTarget:
		if ev.TargetInfo.Type == "worker" || ev.TargetInfo.Type == "service_worker" {
			go p.adopt(ev.TargetInfo.TargetID, ev.SessionID)
		}
	case *target.EventDetachedFromTarget:
		delete(p.workers, ev.SessionID)
	}
}

// keep keeps what went over a WebSocket. The caller holds mu.
func (p *Page) keep(m Message) {
	if !p.deaf {
		p.messages = append(p.messages, m)
	}
}

// Deaf has nothing of what goes over WebSockets kept from now on, nor told by workers
// that start later: a centre with a thousand patients receives gigabytes.
func (p *Page) Deaf() *Page {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf, p.messages = true, nil
	return p
}

// adopt listens to a worker of the page as to the page.
func (p *Page) adopt(id target.ID, session target.SessionID) {
	ctx, _ := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id), chromedp.WithListener(p.hear))
	if chromedp.Do(ctx) != nil {
		return // it has ended already, as the worker for the passphrase does
	}
	p.mu.Lock()
	p.workers[session] = ctx
	offline, deaf := p.offline, p.deaf
	p.mu.Unlock()
	if offline {
		cut(ctx, true)
	}
	if deaf {
		// Should it have ended, there is nothing to hear.
		_ = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			return t.Call(ctx, "Network.disable", nil, nil)
		}))
	}
}

func (p *Page) call(method string, params any) {
	p.t.Helper()
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return t.Call(ctx, method, params, nil)
	}))
	if err != nil {
		p.fail("%s: %v", method, err)
	}
}

// fail ends the test, with a picture.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	why := fmt.Sprintf(format, args...)
	name := filepath.Join(root(), "build", "screens", "failed-"+p.Name+".png")
	var text string
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	if raw, err := p.engine.eval(ctx, `document.body.innerText`); err != nil {
		text = "nothing: " + err.Error()
	} else {
		json.Unmarshal(raw, &text)
	}
	cancel()
	problems := p.Problems()
	ctx, cancel = context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	if shot, err := p.engine.picture(ctx, false); err == nil {
		os.MkdirAll(filepath.Dir(name), 0o755)
		os.WriteFile(name, shot, 0o644)
	}
	if p.said != nil {
		problems = append(problems, p.said())
	}
	p.t.Fatalf("%s: %s\n(picture in %s)\n--- the page says ---\n%s\n--- it complains of ---\n%s",
		p.Name, why, name, text, strings.Join(problems, "\n"))
}

// Go opens an address.
func (p *Page) Go(url string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if err := p.engine.open(ctx, url); err != nil {
		p.fail("opening %s: %v", url, err)
	}
}

// Reload loads the page anew. A step of the page's own through its history,
// under way at that moment, would win over it; then it is asked for again.
func (p *Page) Reload() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	const began = `performance.timeOrigin`
	before, err := p.engine.eval(ctx, began)
	var failed error
	for err == nil && ctx.Err() == nil {
		failed = p.engine.reload(ctx) // where the step wins, Chromium says that it was aborted
		if after, err := p.engine.eval(ctx, began); err == nil && string(after) != string(before) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.fail("reloading: %v", cmp.Or(err, failed, ctx.Err()))
}

// Eval is the value of an expression in the page, or of the promise it gives.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	var v T
	raw, err := p.engine.eval(ctx, expression)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		p.fail("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true. While another page loads there may
// be nothing to ask; that is not yet a failure. A promise can be lost with the
// page or the worker that it came from, so none is waited for too long.
func (p *Page) until(what, expression string) {
	p.t.Helper()
	said := "it was never asked"
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, Patience/6)
		raw, err := p.engine.eval(ctx, expression)
		cancel()
		if err == nil && string(raw) == "true" {
			return
		}
		if said = string(raw); err != nil {
			said = err.Error()
		}
	}
	p.fail("waited for %s (at last: %s)", what, said)
}

// Until waits until an expression is true in the page. What is for a reader.
func (p *Page) Until(what, expression string) {
	p.t.Helper()
	p.until(what, expression)
}

// Text is all that can be read on the page now.
func (p *Page) Text() string {
	p.t.Helper()
	return Eval[string](p, `document.body?.innerText || ""`)
}

// See waits until each of words can be read on the page.
func (p *Page) See(words ...string) {
	p.t.Helper()
	for _, w := range words {
		p.until("the words "+quote(w), `document.body?.innerText.replace(/\s+/g, " ").toLowerCase().includes(`+quote(strings.ToLower(w))+`)`)
	}
}

// NotSee waits until words cannot be read on the page.
func (p *Page) NotSee(words string) {
	p.t.Helper()
	p.until("the words "+quote(words)+" to go", `document.body && !document.body.innerText.replace(/\s+/g, " ").toLowerCase().includes(`+quote(strings.ToLower(words))+`)`)
}

// Has waits until there is a visible element that a CSS selector finds.
func (p *Page) Has(selector string) {
	p.t.Helper()
	p.until(selector, `[...document.querySelectorAll(`+quote(selector)+`)].some((e) => e.checkVisibility())`)
}

// Count is how many elements a CSS selector finds.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return Eval[int](p, `document.querySelectorAll(`+quote(selector)+`).length`)
}

// Heading waits until the screen has that heading.
func (p *Page) Heading(words string) {
	p.t.Helper()
	p.until("the heading "+quote(words), `document.querySelector("main h1")?.innerText.trim() === `+quote(words))
}

// FocusOn waits until what a CSS selector finds has the focus.
func (p *Page) FocusOn(selector string) {
	p.t.Helper()
	p.until("the focus on "+selector, `!!document.activeElement?.matches(`+quote(selector)+`)`)
}

// Back presses the browser's back button.
func (p *Page) Back() {
	p.t.Helper()
	// Later, so that the answer comes before the page goes.
	Eval[bool](p, `(setTimeout(() => history.back(), 50), true)`)
}

// Controlled waits until the page could be loaded without a network.
func (p *Page) Controlled() {
	p.t.Helper()
	p.until("the service worker", `!!navigator.serviceWorker.controller`)
}

// NotHas waits until there is no element that a CSS selector finds.
func (p *Page) NotHas(selector string) {
	p.t.Helper()
	p.until(selector+" to go", `!!document.body && !document.querySelector(`+quote(selector)+`)`)
}

// ask hears what the engine does not tell by itself.
func (p *Page) ask() {
	if p.asked == nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	problems, requests := p.asked(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range problems {
		if !slices.Contains(p.problems, s) {
			p.problems = append(p.problems, s)
		}
	}
	for _, s := range requests {
		if !slices.Contains(p.requests, s) {
			p.requests = append(p.requests, s)
		}
	}
}

// Problems are errors and warnings on the console, exceptions included.
func (p *Page) Problems() []string {
	p.ask()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Forget empties what was kept of problems, requests and messages.
func (p *Page) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems, p.requests, p.messages = nil, nil, nil
}

// ForgetProblems drops the problems in which one of words stands, because the
// test has caused them.
func (p *Page) ForgetProblems(words ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = slices.DeleteFunc(p.problems, func(s string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
	})
}

// Requests are all addresses asked for, by the page and its workers.
func (p *Page) Requests() []string {
	p.ask()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Foreign are the requests that went to none of the origins. What the page has
// made itself (blob:, data:) goes to nobody.
func (p *Page) Foreign(origins ...string) []string {
	var out []string
	for _, r := range p.Requests() {
		u, err := url.Parse(r)
		if err == nil && (u.Scheme == "blob" || u.Scheme == "data" || u.Scheme == "about") {
			continue
		}
		if err != nil || !slices.Contains(origins, strings.Replace(u.Scheme, "ws", "http", 1)+"://"+u.Host) {
			out = append(out, r)
		}
	}
	return out
}

// Messages are what went over WebSockets, in the order of each direction. What
// a worker sent in its first milliseconds may be missing.
func (p *Page) Messages() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}

// Leaked are the words that stand readable in what was sent.
func (p *Page) Leaked(words ...string) []string {
	var out []string
	for _, m := range p.Messages() {
		for _, w := range words {
			if m.Sent && bytes.Contains(m.Data, []byte(w)) {
				out = append(out, w)
			}
		}
	}
	return out
}

// Offline cuts the page and its workers off the network, or connects them again.
func (p *Page) Offline(off bool) {
	p.t.Helper()
	p.mu.Lock()
	p.offline = off
	all := []context.Context{p.ctx}
	for _, w := range p.workers {
		all = append(all, w)
	}
	p.mu.Unlock()
	for _, ctx := range all {
		if err := cut(ctx, off); err != nil && ctx == p.ctx {
			p.fail("network: %v", err)
		}
	}
}

func cut(ctx context.Context, off bool) error {
	return chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return t.Call(ctx, "Network.emulateNetworkConditions", map[string]any{
			"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
		}, nil)
	}))
}

// Grant has the user allow the page something, by the name of the Permissions API.
func (p *Page) Grant(permission string) {
	p.t.Helper()
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		var at struct {
			TargetInfo struct {
				BrowserContextID string `json:"browserContextId"`
			} `json:"targetInfo"`
		}
		if err := t.Call(ctx, "Target.getTargetInfo", map[string]any{}, &at); err != nil {
			return err
		}
		return t.Call(ctx, "Browser.grantPermissions", map[string]any{
			"permissions": []string{permission}, "browserContextId": at.TargetInfo.BrowserContextID,
		}, nil)
	}))
	if err != nil {
		p.fail("granting %s: %v", permission, err)
	}
}

// Size makes the page so large, in CSS pixels. Narrow pages are those of telephones.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	if err := p.engine.size(p.ctx, width, height); err != nil {
		p.fail("size: %v", err)
	}
}

// Dark sets what the system prefers.
func (p *Page) Dark(on bool) {
	p.t.Helper()
	if err := p.engine.prefer(p.ctx, on); err != nil {
		p.fail("colour scheme: %v", err)
	}
}

// Forced has the page drawn in the system's own colours, as people set it who
// need a high contrast. Chromium only.
func (p *Page) Forced(on bool) {
	p.t.Helper()
	value := map[bool]string{false: "none", true: "active"}[on]
	p.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "forced-colors", "value": value}}})
}

// Shots takes four pictures of the whole page into build/screens: of a
// telephone and of a desk, light and dark. It leaves a telephone in the light.
func (p *Page) Shots(name string) {
	p.t.Helper()
	for _, width := range []int64{1280, 360} {
		p.Size(width, map[int64]int64{360: 740, 1280: 800}[width])
		for _, dark := range []bool{true, false} {
			p.Dark(dark)
			p.Shot(fmt.Sprintf("%s-%d-%s", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
		}
	}
}

// Shot takes one picture of the whole page as it is.
func (p *Page) Shot(name string) {
	p.t.Helper()
	Eval[bool](p, `new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`)
	shot, err := p.engine.picture(p.ctx, true)
	if err != nil {
		p.fail("picture: %v", err)
	}
	dir := filepath.Join(root(), "build", "screens")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.fail("%v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644); err != nil {
		p.fail("%v", err)
	}
}
