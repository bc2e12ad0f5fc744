//go:build !js

package browser

import (
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/gorilla/websocket"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
	"vialog/web/browsertest"
)

// trial opens the trial app in a new profile.
func trial(t *testing.T) (*browsertest.Page, string) {
	t.Helper()
	t.Parallel()
	b := browsertest.Start(t)
	origin := browsertest.Serve(t, os.DirFS(browsertest.Build(t, "./wasm/internal/browser/trial")))
	p := b.Page("trial", "en-GB")
	p.Go(origin + "/")
	p.See("Screen one", "start")
	return p, origin
}

// quiet fails the test if the page has complained of anything, such as a
// violation of its policy, or has asked for anything elsewhere.
func quiet(t *testing.T, p *browsertest.Page, origins ...string) {
	t.Helper()
	if l := p.Problems(); len(l) > 0 {
		t.Errorf("complaints: %s", strings.Join(l, "\n"))
	}
	if l := p.Foreign(origins...); len(l) > 0 {
		t.Errorf("foreign requests: %s", l)
	}
}

func TestWhatIsTypedSurvivesEveryNewDrawing(t *testing.T) {
	p, origin := trial(t)
	p.Click("tick") // a new drawing every 30 ms, with rows coming and going above
	p.Fill("Name", "Vi")
	for _, c := range "alog" {
		p.Press(string(c))
		time.Sleep(40 * time.Millisecond)
	}
	p.Press(kb.ArrowLeft + kb.ArrowLeft)
	p.See("live name Vialog") // the model is now another text than the field
	p.Press("X")
	if v := p.Value("Name"); v != "VialoXog" && v != "VialXog" {
		t.Errorf("the field has %q", v)
	}
	p.Fill("Text", "some words")
	p.Fill("Kind", "kind c")
	p.Click("Box")
	p.Click("More")
	p.See("inside")
	time.Sleep(200 * time.Millisecond)
	for field, want := range map[string]string{"text": "some words", "kind": "c", "box": "false"} {
		if v := p.Value(field); v != want {
			t.Errorf("%s has %q, want %q", field, v, want)
		}
	}
	if !browsertest.Eval[bool](p, `document.getElementById("more").open`) {
		t.Error("details were closed")
	}
	if f := p.Focused(); f == "" {
		t.Error("the focus was lost")
	}
	p.Click("tick")
	p.Click("Save now")
	p.See("saved form VialXog c now")
	if v := p.Value("text"); v != "first" {
		t.Errorf("a field whose key has changed still has %q", v)
	}
	if v := p.Value("name"); v != "VialXog" {
		t.Errorf("a field whose key has not changed has %q", v)
	}
	quiet(t, p, origin)
}

func TestFormsAreCheckedAndSentWithTheirFiles(t *testing.T) {
	p, _ := trial(t)
	p.Fill("must", "")
	p.Click("Save")
	time.Sleep(100 * time.Millisecond)
	if strings.Contains(p.Text(), "saved") {
		t.Error("sent without a required field")
	}
	p.Fill("must", "y")
	name := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(name, make([]byte, 12345), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Upload("#file", name)
	p.Fill("name", "a")
	p.Press(kb.Enter)
	p.See("saved form a b yes", "file file photo.jpg 12345")
}

func TestTheKeyboardReachesAndPressesEverything(t *testing.T) {
	p, origin := trial(t)
	p.TabTo("left knee")
	p.Press(kb.Enter)
	p.See("shape knee")
	p.TabTo("Ask")
	p.Press(kb.Enter)
	p.See("Are you sure?")
	if f := p.Focused(); f != "No" {
		t.Errorf("the dialog did not take the focus: %q", f)
	}
	p.Press(kb.Escape)
	p.NotSee("Are you sure?")
	if f := p.Focused(); f != "Ask" {
		t.Errorf("the dialog did not give the focus back: %q", f)
	}
	p.TabTo("Next")
	p.Press(kb.Enter)
	p.See("Screen two")
	if f := p.Focused(); f != "Screen two" {
		t.Errorf("the new screen did not take the focus: %q", f)
	}
	quiet(t, p, origin)
}

func TestTheBackButtonIsAnEvent(t *testing.T) {
	p, _ := trial(t)
	p.Click("Next")
	p.See("Screen two")
	browsertest.Eval[bool](p, `(history.back(), true)`)
	p.See("Screen one", "back one")
	p.Click("Link")
	p.See("open diary/2")
}

func TestTheFragmentIsTakenOutOfTheAddressAtOnce(t *testing.T) {
	p, origin := trial(t)
	p.Go("about:blank")
	p.Forget()
	p.Go(origin + "/#join=SECRET")
	p.See("start join=SECRET en-GB " + origin)
	if u := browsertest.Eval[string](p, `location.href`); u != origin+"/" {
		t.Errorf("the address is %s", u)
	}
	for _, r := range p.Requests() {
		if strings.Contains(strings.TrimSuffix(r, origin+"/#join=SECRET"), "SECRET") {
			t.Errorf("requested: %s", r)
		}
	}
	browsertest.Eval[bool](p, `(location.hash = "#other=SECRET", true)`)
	p.See("open other=SECRET")
	if u := browsertest.Eval[string](p, `location.href`); u != origin+"/" {
		t.Errorf("the address is %s", u)
	}
}

func TestTheVaultOutlivesTheTabAndEndsWithAWipe(t *testing.T) {
	p, origin := trial(t)
	p.Click("Vault")
	p.See("vault 0 true")
	p.Reload()
	p.See("Screen one")
	p.Click("Vault")
	p.See("vault 1 true")
	p.Click("Vault")
	p.See("vault 2 true")
	p.Click("Wipe")
	p.See("wiped")
	if n := browsertest.Eval[int](p, `new Promise((yes) => {
		const o = indexedDB.open("vialog");
		o.onsuccess = () => { o.result.transaction("records").objectStore("records").count().onsuccess = (e) => yes(e.target.result) };
	})`); n != 0 {
		t.Errorf("%d records are left", n)
	}
	p.Click("Vault")
	p.See("vault 0 true")
	quiet(t, p, origin)
}

func TestAVaultWhoseKeyIsGoneSaysSo(t *testing.T) {
	p, _ := trial(t)
	p.Click("Vault")
	p.See("vault 0 true")
	browsertest.Eval[bool](p, `new Promise((yes) => {
		const o = indexedDB.open("vialog");
		o.onsuccess = () => {
			const t = o.result.transaction("records", "readwrite");
			t.objectStore("records").delete("bind");
			t.oncomplete = () => yes(true);
		};
	})`)
	p.Click("Vault")
	p.See("the key of this browser is gone")
}

func TestAPassphraseIsStretchedInAWorkerOfItsOwn(t *testing.T) {
	params := seal.Current.Passphrase.Floor
	params.Salt = [16]byte{1}
	want, err := seal.PassphraseKey([]byte("pass"), params)
	if err != nil {
		t.Fatal(err)
	}
	p, origin := trial(t)
	p.Click("Stretch")
	p.See("kdf "+hex.EncodeToString(want.Bytes()), "kdf done")
	quiet(t, p, origin)
}

func TestALockIsHeldByOneAtATime(t *testing.T) {
	p, _ := trial(t)
	p.Click("Lock")
	p.See("first true", "second false", "third true")
}

func TestASocketCarriesBytesBothWaysAndEnds(t *testing.T) {
	up := websocket.Upgrader{Subprotocols: []string{wire.Subprotocol}}
	mux := http.NewServeMux()
	files := os.DirFS(browsertest.Build(t, "./wasm/internal/browser/trial"))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, b, err := c.ReadMessage()
			if err != nil || string(b) == "bye" {
				return
			}
			c.WriteMessage(kind, b)
		}
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	mux.Handle("/", http.FileServerFS(files))
	origin := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	p := browsertest.Start(t).Page("trial", "en")
	p.Go(origin + "/")
	p.Fill("Address", strings.Replace(origin, "http", "ws", 1)+"/echo")
	p.Click("Dial")
	p.See("echoed 1049601")
	quiet(t, p, origin)
	for wait := 0; len(p.Messages()) < 9; wait++ {
		if wait == 3000 { // a minute
			t.Fatalf("%d messages were seen on the socket", len(p.Messages()))
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.Forget()
	p.Fill("Address", "ws://elsewhere.example/")
	p.Click("Dial")
	p.See("dial: browser:")
	if l := p.Messages(); len(l) != 0 {
		t.Error("the policy let a socket out to another origin")
	}
}

func TestTheAppStartsWithoutANetworkOnceItWasThere(t *testing.T) {
	p, _ := trial(t)
	browsertest.Eval[bool](p, `navigator.serviceWorker.ready.then(() => new Promise((yes) => {
		const go = () => navigator.serviceWorker.controller ? yes(true) : setTimeout(go, 20);
		go();
	}))`)
	kept := browsertest.Eval[[]string](p, `caches.keys().then((k) => caches.open(k[0])).then((c) => c.keys()).then((l) => l.map((r) => new URL(r.url).pathname))`)
	if len(kept) != 10 {
		t.Errorf("the cache has %d files: %s", len(kept), kept)
	}
	p.Offline(true)
	p.See("event offline")
	p.Reload()
	p.See("Screen one", "start")
	p.Offline(false)
	p.See("event online")
}

// changed is a site in which some bytes of a file are not those published.
func changed(t *testing.T, suffix string) fs.FS {
	t.Helper()
	dir := os.DirFS(browsertest.Build(t, "./wasm/internal/browser/trial"))
	m := fstest.MapFS{}
	found := false
	err := fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, p)
		if strings.HasSuffix(p, suffix) && strings.HasPrefix(p, "a/") {
			b, found = append(b, ' '), true
		}
		m[p] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil || !found {
		t.Fatalf("no %s, %v", suffix, err)
	}
	return m
}

func TestAChangedFileIsNotRunAndThePageSaysSo(t *testing.T) {
	p := browsertest.Start(t).Page("changed", "de-DE")
	p.Go(browsertest.Serve(t, changed(t, ".wasm")) + "/")
	p.See("Eine Datei kam nicht so an", "Neu laden")
	p.NotSee("could not start")
}

func TestAChangedShellIsNotRun(t *testing.T) {
	p := browsertest.Start(t).Page("changed", "en")
	p.Go(browsertest.Serve(t, changed(t, ".js")) + "/")
	p.See("is loading")
	for end := time.Now().Add(browsertest.Patience); len(p.Problems()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the browser did not complain")
		}
	}
	p.See("is loading")
}

func TestACrashIsSaidOnThePage(t *testing.T) {
	p, _ := trial(t)
	p.Click("Crash")
	p.See("has stopped unexpectedly", "Reload")
	p.Click("Reload")
	p.See("Screen one")
}

// A swap is a site of which one file can be changed for a while.
type swap struct {
	fs.FS
	file string // the beginning of its name
	bad  atomic.Bool
}

func (s *swap) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(s.FS, name)
	if s.bad.Load() && strings.HasPrefix(name, s.file) {
		b = append(b, ' ')
	}
	return b, err
}

func TestTheSecondProgramAnswersAndIsKeptOnlyAsItWasPublished(t *testing.T) {
	site := &swap{FS: os.DirFS(browsertest.Build(t, "./wasm/internal/browser/trial")), file: "a/extra."}
	site.bad.Store(true)
	origin := browsertest.Serve(t, site)
	p := browsertest.Start(t).Page("trial", "en-GB")
	p.Go(origin + "/")
	p.See("Screen one", "start")
	p.Controlled()
	kept := func() int {
		return browsertest.Eval[int](p, `caches.keys().then((k) => caches.open(k[0])).then((c) => c.keys()).then((l) => l.filter((r) => r.url.includes("/a/extra.")).length)`)
	}
	p.Click("Extra")
	p.See("extra not loaded")
	if n := kept(); n != 0 {
		t.Error("a changed file was kept")
	}
	if len(p.Problems()) == 0 {
		t.Error("the browser did not complain")
	}
	p.Forget()
	site.bad.Store(false)
	p.Click("Extra")
	p.See("extra gave 0", "extra browser: scan: scan: not a frame", "extra browser: none: no such operation", "extra cut short: context canceled", "extra again")
	p.NotSee("extra again:")
	if n := kept(); n != 1 {
		t.Errorf("%d files are kept after the first use", n)
	}
	quiet(t, p, origin)
	p.Offline(true)
	p.Reload()
	p.See("Screen one")
	p.Click("Extra")
	p.See("extra gave 0", "extra again")
}
