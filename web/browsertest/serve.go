package browsertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// building is held by the test that builds.
var building sync.Mutex

// Build makes the site of an app, such as "./wasm", and returns its folder. It
// takes little time when nothing has changed. Flags are more for scripts/build.
func Build(t testing.TB, app string, flags ...string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	name := filepath.Join("build", "test", strings.Trim(strings.NewReplacer("/", "-", ".", "").Replace(app), "-"))
	if len(flags) > 0 {
		sum := sha256.Sum256([]byte(strings.Join(flags, " ")))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	out := filepath.Join(root(), name)
	c := exec.Command("go", append([]string{"run", "./scripts/build", "-fast", "-app", app, "-out", name}, flags...)...)
	c.Dir = root()
	c.Env = append(os.Environ(), "GOOS=", "GOARCH=")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the app: %v\n%s", err, b)
	}
	return out
}

// Serve serves files without a relay, and returns the origin. It has no headers
// of its own: the policy in the page has to do.
func Serve(t testing.TB, files fs.FS) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		kind := mime.TypeByExtension(path.Ext(name))
		if path.Ext(name) == ".wasm" {
			kind = "application/wasm"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(b)
	}))
	srv.Start()
	t.Cleanup(srv.Close)
	return strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
}

// A Relay is a relay that runs beside the test and serves the app.
type Relay struct {
	Origin string // of the app, such as http://localhost:40123
	Store  string // its file, for the other verbs of the program

	t      testing.TB
	app    string
	flags  []string // more for serve
	own    string   // of the relay, where another origin serves the app; else empty
	binary string
	cmd    *exec.Cmd
	host   *exec.Cmd // serves the app, where the relay does not
}

// Origins are those that a page may speak to.
func (r *Relay) Origins() []string {
	if r.own == "" {
		return []string{r.Origin}
	}
	return []string{r.Origin, r.own}
}

// StartRelay builds the relay and starts it on a free port with an empty store.
// App is the folder of the app's files.
func StartRelay(t testing.TB, app string) *Relay {
	t.Helper()
	r := newRelay(t)
	r.app = app
	r.Start()
	return r
}

// StartApart is a relay on an origin of its own; another process serves the app
// that was built for it, at Origin.
func StartApart(t testing.TB, app string) *Relay {
	t.Helper()
	r := newRelay(t)
	r.own = free(t)
	r.app, r.flags = "none", []string{"-app-origin", r.Origin}
	dir := Build(t, app, "-relay", strings.Replace(r.own, "http", "ws", 1))
	r.Start()
	r.host = r.run(r.Origin, "-app-only", "-app", dir, "-origin", r.Origin)
	return r
}

// newRelay builds the relay, chooses a port and starts nothing.
func newRelay(t testing.TB) *Relay {
	t.Helper()
	dir := t.TempDir()
	r := &Relay{t: t, Store: filepath.Join(dir, "relay.sqlite"), binary: filepath.Join(dir, "relay"), Origin: free(t)}
	c := exec.Command("go", "build", "-o", r.binary, "./relay")
	c.Dir = root()
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the relay: %v\n%s", err, b)
	}
	t.Cleanup(func() {
		r.Stop()
		if r.host != nil {
			r.host.Process.Kill()
			r.host.Wait()
		}
	})
	return r
}

// free is an origin at which nothing listens.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// Start starts the relay again after Stop, on the same port and store.
func (r *Relay) Start() {
	r.t.Helper()
	at := r.Origins()[len(r.Origins())-1]
	r.cmd = r.run(at, append([]string{"-store", r.Store, "-origin", at, "-app", r.app}, r.flags...)...)
}

// Serve starts it again with another app and other flags.
func (r *Relay) Serve(app string, flags ...string) {
	r.t.Helper()
	r.app, r.flags = app, flags
	r.Start()
}

// run starts a process that serves at an origin, and waits until it does.
func (r *Relay) run(origin string, flags ...string) *exec.Cmd {
	r.t.Helper()
	cmd := exec.Command(r.binary, append([]string{"serve", "-listen", strings.TrimPrefix(origin, "http://")}, flags...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	for range 200 {
		res, err := http.Get(origin + "/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return cmd
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	r.t.Fatalf("the relay did not start:\n%s", said.String())
	return nil
}

// Stop ends the relay, as when its machine is shut down.
func (r *Relay) Stop() {
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Signal(os.Interrupt)
	r.cmd.Wait()
	r.cmd = nil
}

// Run runs another verb of the relay's program, such as "tenant", "add", "North",
// on the same store, and returns what it prints.
func (r *Relay) Run(verb ...string) string {
	r.t.Helper()
	at := len(verb)
	for i, v := range verb {
		if i > 0 && (i > 1 || verb[0] != "tenant" && verb[0] != "audit") || strings.HasPrefix(v, "-") {
			at = i
			break
		}
	}
	flags := []string{"-store", r.Store}
	if verb[0] == "tenant" && at > 1 && verb[1] == "add" {
		flags = append(flags, "-origin", r.Origin)
	}
	args := slices.Concat(verb[:at], flags, verb[at:])
	b, err := exec.Command(r.binary, args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("relay %s: %v\n%s", strings.Join(args, " "), err, b)
	}
	return string(b)
}
