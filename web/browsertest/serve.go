package browsertest

import (
	"bytes"
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
// takes little time when nothing has changed.
func Build(t testing.TB, app string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	name := filepath.Join("build", "test", strings.Trim(strings.NewReplacer("/", "-", ".", "").Replace(app), "-"))
	out := filepath.Join(root(), name)
	c := exec.Command("go", "run", "./scripts/build", "-fast", "-app", app, "-out", name)
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
	Origin string // such as http://localhost:40123
	Store  string // its file, for the other verbs of the program

	t      testing.TB
	app    string
	binary string
	cmd    *exec.Cmd
}

// StartRelay builds the relay and starts it on a free port with an empty store.
// App is the folder of the app's files.
func StartRelay(t testing.TB, app string) *Relay {
	t.Helper()
	dir := t.TempDir()
	r := &Relay{t: t, app: app, Store: filepath.Join(dir, "relay.sqlite"), binary: filepath.Join(dir, "relay")}
	c := exec.Command("go", "build", "-o", r.binary, "./relay")
	c.Dir = root()
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the relay: %v\n%s", err, b)
	}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	r.Origin = "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// Start starts the relay again after Stop, on the same port and store.
func (r *Relay) Start() {
	r.t.Helper()
	r.cmd = exec.Command(r.binary, "serve", "-listen", strings.TrimPrefix(r.Origin, "http://"), "-store", r.Store,
		"-origin", r.Origin, "-app", r.app)
	var said bytes.Buffer
	r.cmd.Stdout, r.cmd.Stderr = &said, &said
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	for range 200 {
		res, err := http.Get(r.Origin + "/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	r.t.Fatalf("the relay did not start:\n%s", said.String())
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
