package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// WebKitGTK is driven by WebDriver (W3C Recommendation) through its own driver,
// which knows one session only: a page is a browser of its own, with a driver
// beside it. It has no way without a window; Xvfb gives it one that nobody sees.

// minibrowser is where distributions keep the browser that comes with WebKitGTK.
const minibrowser = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"

// A WebKit is a place for WebKitGTK browsers.
type WebKit struct {
	t       testing.TB
	binary  string
	display string
	dir     string // homes of the browsers, locales
	screen  *exec.Cmd
	pages   []*Page
}

// StartWebKit readies WebKitGTK. Without it the test is skipped.
// VIALOG_WEBKIT is "none" to do without.
func StartWebKit(t testing.TB) *WebKit {
	t.Helper()
	if os.Getenv("VIALOG_BROWSER") == "none" || os.Getenv("VIALOG_WEBKIT") == "none" {
		t.Skip("WebKit is not wanted")
	}
	found, _ := filepath.Glob(minibrowser)
	for _, tool := range []string{"WebKitWebDriver", "Xvfb", "localedef"} {
		if _, err := exec.LookPath(tool); err != nil || len(found) == 0 {
			t.Skip("no WebKitGTK here; install it: apt install webkit2gtk-driver xvfb locales")
		}
	}
	w := &WebKit{t: t, binary: found[0], dir: t.TempDir()}
	r, said, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.screen = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
	w.screen.ExtraFiles = []*os.File{said}
	w.screen.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := w.screen.Start(); err != nil {
		t.Fatalf("starting Xvfb: %v", err)
	}
	said.Close()
	t.Cleanup(w.Close)
	r.SetReadDeadline(time.Now().Add(time.Minute))
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not say which display it is: %v", err)
	}
	w.display = ":" + strings.TrimSpace(number)
	return w
}

// Close ends all browsers and their screen.
func (w *WebKit) Close() {
	for _, p := range w.pages {
		p.cancel()
		p.engine.(*webdriver).end()
	}
	syscall.Kill(-w.screen.Process.Pid, syscall.SIGKILL)
	w.screen.Wait()
}

// Report has what fails from now on fail t.
func (w *WebKit) Report(t testing.TB) {
	w.t = t
	for _, p := range w.pages {
		p.t = t
	}
}

// looks are GTK's settings that leave a window to its page: the bar above it
// would not let it be as narrow as a telephone.
var looks = map[string]string{
	"gtk.css":      "* { font-size: 1px; min-width: 0; min-height: 0; padding: 0; margin: 0; -gtk-icon-transform: scale(0); }\n",
	"settings.ini": "[Settings]\ngtk-enable-animations=0\n", // prefers-reduced-motion
}

// Page opens an empty page in a browser of its own, which keeps what a site
// stores as long as the page is open.
func (w *WebKit) Page(name, lang string) *Page {
	w.t.Helper()
	home := filepath.Join(w.dir, strconv.Itoa(len(w.pages)))
	config := filepath.Join(home, ".config", "gtk-3.0")
	if err := os.MkdirAll(config, 0o700); err != nil {
		w.t.Fatal(err)
	}
	for file, text := range looks {
		if err := os.WriteFile(filepath.Join(config, file), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	port, err := freePort()
	if err != nil {
		w.t.Fatal(err)
	}
	d := &webdriver{at: "http://127.0.0.1:" + port}
	d.driver = exec.Command("WebKitWebDriver", "--port="+port)
	locale := strings.ReplaceAll(lang, "-", "_") + ".UTF-8"
	d.driver.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
		"DISPLAY="+w.display, "LOCPATH="+w.locale(locale), "LC_ALL="+locale, "LANGUAGE="+lang,
		"LIBGL_ALWAYS_SOFTWARE=1", "WEBKIT_DISABLE_DMABUF_RENDERER=1", "NO_AT_BRIDGE=1",
		// Drawn by way of OpenGL in software, Skia has aborted the page's process.
		"WEBKIT_SKIA_ENABLE_CPU_RENDERING=1")
	d.driver.Stdout, d.driver.Stderr = &d.said, &d.said        // the browser's, too
	d.driver.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	if err := d.driver.Start(); err != nil {
		w.t.Fatalf("starting WebKitWebDriver: %v", err)
	}
	p := &Page{Name: name, t: w.t, engine: d}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	context.AfterFunc(p.ctx, d.end)
	w.pages = append(w.pages, p)
	p.asked, p.said = d.asked, d.said.String
	if err := d.begin(w.binary); err != nil {
		w.t.Fatalf("%s: a session with WebKit: %v", name, err)
	}
	p.Size(360, 740)
	return p
}

// locale makes the locale in which a browser speaks, and is the folder with it.
func (w *WebKit) locale(name string) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "locale")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		return dir
	}
	source, charmap, _ := strings.Cut(name, ".")
	if out, err := exec.Command("localedef", "-i", source, "-f", charmap, filepath.Join(dir, name)).CombinedOutput(); err != nil {
		w.t.Fatalf("making the locale %s: %v\n%s", name, err, out)
	}
	return dir
}

// webdriver is an engine by way of WebDriver: one browser with one page.
type webdriver struct {
	driver *exec.Cmd
	at     string // address of the driver, then of the session
	once   sync.Once
	said   tail
}

// A tail keeps the last that was written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// begin waits for the driver and has it start the browser.
func (d *webdriver) begin(binary string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for d.call(ctx, "GET", "/status", nil, nil) != nil {
		if ctx.Err() != nil {
			return errors.New("the driver does not answer")
		}
		time.Sleep(20 * time.Millisecond)
	}
	var session struct {
		ID string `json:"sessionId"`
	}
	err := d.call(ctx, "POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": binary, "args": []string{"--automation"}},
	}}}, &session)
	d.at += "/session/" + session.ID
	return err
}

func (d *webdriver) end() {
	d.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		d.call(ctx, "DELETE", "", nil, nil) // ends the browser
		syscall.Kill(-d.driver.Process.Pid, syscall.SIGKILL)
		d.driver.Wait()
	})
}

// call asks the driver for something and reads what it answers into result.
func (d *webdriver) call(ctx context.Context, method, path string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*Patience)
	defer cancel()
	var body io.Reader
	if method == "POST" {
		raw, err := json.Marshal(params)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.at+path, body)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, answer.Value)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, result)
}

// listening keeps what the page complains of. The protocol does not tell it, so
// it is asked of the page itself: from after its load on.
const listening = `
if (!window.complaints) {
	window.complaints = [];
	const keep = (kind) => (...all) => window.complaints.push(kind + ": " + all.map((a) => a?.stack || a?.message || String(a)).join(" "));
	for (const kind of ["error", "warn"]) {
		const was = console[kind].bind(console), tell = keep(kind);
		console[kind] = (...all) => { was(...all); tell(...all); };
	}
	addEventListener("error", (e) => keep("exception")(e.error || e.message || "a file of the page"), true);
	addEventListener("unhandledrejection", (e) => keep("exception")(e.reason));
	addEventListener("securitypolicyviolation", (e) => keep("policy")(e.violatedDirective + " " + e.blockedURI));
}
`

func (d *webdriver) eval(ctx context.Context, expression string) (json.RawMessage, error) {
	var res struct {
		Value string
		Error string
	}
	script := listening + `
		const done = arguments[arguments.length - 1];
		(async () => JSON.stringify(await (` + strings.TrimRight(expression, "; \n\t") + `)) ?? "null")().then(
			(v) => done({Value: v}), (e) => done({Error: String(e?.stack || e)}));`
	if err := d.call(ctx, "POST", "/execute/async", map[string]any{"script": script, "args": []any{}}, &res); err != nil {
		return nil, err
	}
	if res.Error != "" {
		return nil, errors.New(res.Error)
	}
	return json.RawMessage(res.Value), nil
}

// asked is what the page complains of and which addresses it has asked for.
// What its workers asked for is not among them: this protocol cannot tell.
func (d *webdriver) asked(ctx context.Context) (problems, requests []string) {
	var got struct{ Problems, Requests []string }
	raw, err := d.eval(ctx, `({
		Problems: window.complaints,
		Requests: [location.href, ...performance.getEntriesByType("resource").map((e) => e.name)].map((s) => s.split("#")[0]),
	})`)
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	if err != nil {
		return []string{"the page does not answer: " + err.Error()}, nil
	}
	return got.Problems, got.Requests
}

func (d *webdriver) open(ctx context.Context, url string) error {
	if err := d.call(ctx, "POST", "/url", map[string]any{"url": url}, nil); err != nil {
		return err
	}
	_, err := d.eval(ctx, `0`) // listens
	return err
}

func (d *webdriver) reload(ctx context.Context) error {
	if err := d.call(ctx, "POST", "/refresh", map[string]any{}, nil); err != nil {
		return err
	}
	_, err := d.eval(ctx, `0`)
	return err
}

func (d *webdriver) act(ctx context.Context, sources ...map[string]any) error {
	return d.call(ctx, "POST", "/actions", map[string]any{"actions": sources}, nil)
}

func (d *webdriver) press(ctx context.Context, x, y float64) error { return d.act(ctx, mouse(x, y)) }

func (d *webdriver) keys(ctx context.Context, keys string) error { return d.act(ctx, keyboard(keys)) }

func (d *webdriver) insert(ctx context.Context, text string) error { return d.keys(ctx, text) }

func (d *webdriver) choose(ctx context.Context, selector string, files []string) error {
	var element map[string]string
	if err := d.call(ctx, "POST", "/element", map[string]any{"using": "css selector", "value": selector}, &element); err != nil {
		return err
	}
	for _, id := range element {
		return d.call(ctx, "POST", "/element/"+id+"/value", map[string]any{"text": strings.Join(files, "\n")}, nil)
	}
	return errors.New("no field " + selector)
}

// size gives the window such a size that the page has the one asked for.
func (d *webdriver) size(ctx context.Context, width, height int64) error {
	for range 20 {
		raw, err := d.eval(ctx, `[innerWidth, innerHeight, outerWidth, outerHeight]`)
		if err != nil {
			return err
		}
		var is [4]int64
		if err := json.Unmarshal(raw, &is); err != nil {
			return err
		}
		if is[0] == width && is[1] == height {
			return nil
		}
		rect := map[string]any{"x": 0, "y": 0, "width": width + is[2] - is[0], "height": height + is[3] - is[1]}
		if err := d.call(ctx, "POST", "/window/rect", rect, nil); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the window does not take %d by %d", width, height)
}

// prefer sets the app's own choice: this protocol has no word for the system's.
func (d *webdriver) prefer(ctx context.Context, dark bool) error { return theme(ctx, d, dark) }

// picture is of what is seen. It can hang after the window has changed its
// size, so walks take none here.
func (d *webdriver) picture(ctx context.Context, _ bool) ([]byte, error) {
	var data string
	if err := d.call(ctx, "GET", "/screenshot", nil, &data); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(data)
}
