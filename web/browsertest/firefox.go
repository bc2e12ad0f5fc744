package browsertest

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/gorilla/websocket"
)

// Firefox speaks WebDriver BiDi (W3C draft) itself, without a driver beside it.

// A Firefox is a running Firefox without a window.
type Firefox struct {
	t     testing.TB
	cmd   *exec.Cmd
	conn  *websocket.Conn
	pages []*Page

	mu      sync.Mutex
	last    int
	waiting map[int]chan reply
	byID    map[string]*Page // by browsing context
	front   string           // the browsing context that is seen
	gone    chan struct{}    // closed with the connection
}

type reply struct {
	ID     int             `json:"id"`
	Type   string          `json:"type"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
	Words  string          `json:"message"`
	Method string          `json:"method"` // of an event
	Params json.RawMessage `json:"params"`
}

// StartFirefox starts Firefox with a profile that is deleted with the test.
// Without Firefox the test is skipped. VIALOG_FIREFOX names one that must be
// used, or "none" to do without.
func StartFirefox(t testing.TB) *Firefox {
	t.Helper()
	if os.Getenv("VIALOG_BROWSER") == "none" {
		t.Skip("no browsers are wanted")
	}
	path := os.Getenv("VIALOG_FIREFOX")
	if path == "none" {
		t.Skip("Firefox is not wanted")
	}
	for _, name := range []string{"firefox-esr", "firefox"} {
		if p, err := exec.LookPath(name); path == "" && err == nil {
			path = p
		}
	}
	if path == "" {
		t.Skip("no Firefox here; install it (apt install firefox-esr) or name it in VIALOG_FIREFOX")
	}
	profile := t.TempDir()
	// No request of the browser itself may be in the way of ours.
	prefs := `user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "http://localhost:1");
user_pref("toolkit.telemetry.enabled", false);
user_pref("ui.prefersReducedMotion", 1);
`
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(prefs), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &Firefox{t: t, waiting: make(map[int]chan reply), byID: make(map[string]*Page), gone: make(chan struct{})}
	f.cmd = exec.Command(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0")
	f.cmd.Env = append(os.Environ(), "MOZ_HEADLESS=1", "HOME="+profile)
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	said, err := f.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	t.Cleanup(f.Close)
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if _, at, ok := strings.Cut(lines.Text(), "BiDi listening on "); ok {
				address <- strings.TrimSpace(at)
			}
		}
	}()
	var at string
	select {
	case at = <-address:
	case <-time.After(time.Minute):
		t.Fatal("Firefox does not say where it listens")
	}
	if f.conn, _, err = websocket.DefaultDialer.Dial(at+"/session", nil); err != nil {
		t.Fatalf("speaking to Firefox: %v", err)
	}
	go f.hear()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := f.call(ctx, "session.new", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		t.Fatalf("a session with Firefox: %v", err)
	}
	events := []string{"log.entryAdded", "network.beforeRequestSent"}
	if err := f.call(ctx, "session.subscribe", map[string]any{"events": events}, nil); err != nil {
		t.Fatalf("listening to Firefox: %v", err)
	}
	return f
}

// Close ends Firefox and what it has started.
func (f *Firefox) Close() {
	if f.conn != nil {
		f.conn.Close()
	}
	syscall.Kill(-f.cmd.Process.Pid, syscall.SIGKILL)
	f.cmd.Wait()
}

// Report has what fails from now on fail t.
func (f *Firefox) Report(t testing.TB) {
	f.t = t
	for _, p := range f.pages {
		p.t = t
	}
}

// Page opens an empty page in a new container, which is a device of its own.
func (f *Firefox) Page(name, lang string) *Page {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var container struct {
		ID string `json:"userContext"`
	}
	var tab struct {
		ID string `json:"context"`
	}
	if err := f.call(ctx, "browser.createUserContext", map[string]any{}, &container); err != nil {
		f.t.Fatalf("%s: a container: %v", name, err)
	}
	if err := f.call(ctx, "browsingContext.create", map[string]any{"type": "tab", "userContext": container.ID}, &tab); err != nil {
		f.t.Fatalf("%s: opening a page: %v", name, err)
	}
	if err := f.call(ctx, "emulation.setLocaleOverride", map[string]any{"locale": lang, "contexts": []string{tab.ID}}, nil); err != nil {
		f.t.Fatalf("%s: language: %v", name, err)
	}
	p := &Page{Name: name, t: f.t, engine: &bidi{f, tab.ID}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	f.mu.Lock()
	f.byID[tab.ID] = p
	f.mu.Unlock()
	f.pages = append(f.pages, p)
	p.Size(360, 740)
	return p
}

// call asks Firefox for something and reads what it answers into result.
func (f *Firefox) call(ctx context.Context, method string, params, result any) error {
	f.mu.Lock()
	f.last++
	id := f.last
	got := make(chan reply, 1)
	f.waiting[id] = got
	err := f.conn.WriteJSON(map[string]any{"id": id, "method": method, "params": params})
	f.mu.Unlock()
	if err != nil {
		return err
	}
	defer func() {
		f.mu.Lock()
		delete(f.waiting, id)
		f.mu.Unlock()
	}()
	select {
	case r := <-got:
		if r.Type == "error" {
			return fmt.Errorf("%s: %s: %s", method, r.Error, r.Words)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(r.Result, result)
	case <-f.gone:
		return errors.New("Firefox has ended")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hear takes answers to those who wait for them, and keeps what pages do.
func (f *Firefox) hear() {
	defer close(f.gone)
	for {
		var r reply
		if f.conn.ReadJSON(&r) != nil {
			return
		}
		f.mu.Lock()
		if r.Type != "event" {
			if w := f.waiting[r.ID]; w != nil {
				w <- r
			}
			f.mu.Unlock()
			continue
		}
		var e struct {
			Context string `json:"context"` // of a request
			Level   string `json:"level"`
			Text    string `json:"text"`
			Source  struct {
				Context string `json:"context"`
			} `json:"source"`
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
		}
		json.Unmarshal(r.Params, &e)
		p := f.byID[e.Context+e.Source.Context]
		f.mu.Unlock()
		if p == nil {
			continue // a page of the browser's own
		}
		p.mu.Lock()
		switch r.Method {
		case "network.beforeRequestSent":
			// The protocol shows the fragment too, which no request carries.
			url, _, _ := strings.Cut(e.Request.URL, "#")
			p.requests = append(p.requests, url)
		case "log.entryAdded":
			// That a policy names what only other browsers know is no fault.
			if (e.Level == "error" || e.Level == "warn") && !strings.Contains(e.Text, "Unknown policy") && !strings.Contains(e.Text, "unknown directive") {
				p.problems = append(p.problems, e.Level+": "+e.Text)
			}
		}
		p.mu.Unlock()
	}
}

// bidi is an engine by way of WebDriver BiDi: one page of a Firefox.
type bidi struct {
	f  *Firefox
	id string // browsing context
}

// front brings the page's tab to the front, as a person does who looks at it:
// nothing is drawn behind.
func (b *bidi) front(ctx context.Context) error {
	b.f.mu.Lock()
	same := b.f.front == b.id
	b.f.front = b.id
	b.f.mu.Unlock()
	if same {
		return nil
	}
	return b.f.call(ctx, "browsingContext.activate", map[string]any{"context": b.id}, nil)
}

func (b *bidi) eval(ctx context.Context, expression string) (json.RawMessage, error) {
	if err := b.front(ctx); err != nil {
		return nil, err
	}
	var res struct {
		Type   string `json:"type"`
		Result struct {
			Type  string `json:"type"`
			Value string `json:"value"`
		} `json:"result"`
		Details struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	err := b.f.call(ctx, "script.evaluate", map[string]any{
		"expression":   "(async () => JSON.stringify(await (" + strings.TrimRight(expression, "; \n\t") + ")) ?? \"null\")()",
		"target":       map[string]any{"context": b.id},
		"awaitPromise": true,
	}, &res)
	if err != nil {
		return nil, err
	}
	if res.Type == "exception" {
		return nil, errors.New(res.Details.Text)
	}
	return json.RawMessage(res.Result.Value), nil
}

func (b *bidi) open(ctx context.Context, url string) error {
	return b.f.call(ctx, "browsingContext.navigate", map[string]any{"context": b.id, "url": url, "wait": "complete"}, nil)
}

func (b *bidi) reload(ctx context.Context) error {
	return b.f.call(ctx, "browsingContext.reload", map[string]any{"context": b.id, "wait": "complete"}, nil)
}

func (b *bidi) act(ctx context.Context, sources ...map[string]any) error {
	return b.f.call(ctx, "input.performActions", map[string]any{"context": b.id, "actions": sources}, nil)
}

func (b *bidi) press(ctx context.Context, x, y float64) error {
	return b.act(ctx, mouse(x, y))
}

// mouse is a press of the mouse as WebDriver's actions say it, and BiDi's.
func mouse(x, y float64) map[string]any {
	return map[string]any{"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"}, "actions": []map[string]any{
		{"type": "pointerMove", "x": int(x), "y": int(y)}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0},
	}}
}

// special are the keys without a letter, as WebDriver numbers them.
var special = map[string]string{
	kb.Tab: "\uE004", kb.Enter: "\uE007", kb.Escape: "\uE00C", kb.Delete: "\uE017", kb.Backspace: "\uE003", kb.ArrowLeft: "\uE012", kb.ArrowUp: "\uE013",
	kb.ArrowRight: "\uE014", kb.ArrowDown: "\uE015", kb.Home: "\uE011", kb.End: "\uE010",
}

func (b *bidi) keys(ctx context.Context, keys string) error { return b.act(ctx, keyboard(keys)) }

// keyboard is the press of keys, one after the other, as mouse is of the mouse.
func keyboard(keys string) map[string]any {
	var list []map[string]any
	for _, k := range keys {
		key := string(k)
		if s, ok := special[key]; ok {
			key = s
		}
		list = append(list, map[string]any{"type": "keyDown", "value": key}, map[string]any{"type": "keyUp", "value": key})
	}
	return map[string]any{"type": "key", "id": "keyboard", "actions": list}
}

func (b *bidi) insert(ctx context.Context, text string) error { return b.keys(ctx, text) }

func (b *bidi) choose(ctx context.Context, selector string, files []string) error {
	var found struct {
		Nodes []struct {
			SharedID string `json:"sharedId"`
		} `json:"nodes"`
	}
	if err := b.f.call(ctx, "browsingContext.locateNodes", map[string]any{
		"context": b.id, "locator": map[string]any{"type": "css", "value": selector}, "maxNodeCount": 1,
	}, &found); err != nil {
		return err
	}
	if len(found.Nodes) == 0 {
		return errors.New("no field " + selector)
	}
	return b.f.call(ctx, "input.setFiles", map[string]any{
		"context": b.id, "element": map[string]any{"sharedId": found.Nodes[0].SharedID}, "files": files,
	}, nil)
}

func (b *bidi) size(ctx context.Context, width, height int64) error {
	return b.f.call(ctx, "browsingContext.setViewport", map[string]any{
		"context": b.id, "viewport": map[string]any{"width": width, "height": height},
	}, nil)
}

// prefer sets the app's own choice: this protocol has no word for the system's.
func (b *bidi) prefer(ctx context.Context, dark bool) error { return theme(ctx, b, dark) }

func theme(ctx context.Context, e engine, dark bool) error {
	name := map[bool]string{false: "light", true: "dark"}[dark]
	_, err := e.eval(ctx, `(document.documentElement.dataset.theme = `+quote(name)+`, true)`)
	return err
}

func (b *bidi) picture(ctx context.Context, beyond bool) ([]byte, error) {
	var res struct {
		Data string `json:"data"`
	}
	origin := map[bool]string{false: "viewport", true: "document"}[beyond]
	if err := b.f.call(ctx, "browsingContext.captureScreenshot", map[string]any{"context": b.id, "origin": origin}, &res); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(res.Data)
}
