package browsertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// building is held by the test that builds.
var building sync.Mutex

// built are the folders of the apps that have been built, by their flags, and
// the relay's program. Sources do not change while tests run.
var built = make(map[string]string)

// Build makes the site of an app, such as "./wasm", once, and returns its
// folder. Flags are more for scripts/build.
func Build(t testing.TB, app string, flags ...string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	key := strings.Join(append([]string{app}, flags...), " ")
	if out := built[key]; out != "" {
		return out
	}
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
	built[key] = out
	return out
}

// program is the relay's, built once.
func program(t testing.TB) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	const key = "the relay"
	if out := built[key]; out != "" {
		return out
	}
	out := filepath.Join(root(), "build", "test", "relay")
	c := exec.Command("go", "build", "-o", out, "./relay")
	c.Dir = root()
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the relay: %v\n%s", err, b)
	}
	built[key] = out
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

// StartRelay starts the relay on a free port with an empty store.
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

// StartFilled is StartRelay with a store that there is, at the origin where it was
// filled. It works on a copy.
func StartFilled(t testing.TB, app, store, origin string) *Relay {
	t.Helper()
	r := newRelay(t)
	from, err := os.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(r.Store)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(to, from); err == nil {
		err = to.Close()
	}
	if err != nil {
		t.Fatalf("copying %s: %v", store, err)
	}
	r.app, r.Origin = app, origin
	r.Start()
	return r
}

// Fill fills the relay with a centre whose patients have kept diaries for years, and
// returns the recovery sheets of its doctor and of one patient as links. All of them
// write in the language, de or en.
func (r *Relay) Fill(patients, years int, lang string) (doctor, patient string) {
	r.t.Helper()
	fill := exec.Command("go", "run", "./wasm/demo", "-relay", r.Origin, "-store", r.Store,
		"-relaybin", r.binary, "-patients", strconv.Itoa(patients), "-years", strconv.Itoa(years), "-lang", lang)
	fill.Dir = root()
	out, err := fill.CombinedOutput()
	if err != nil {
		r.t.Fatalf("filling the relay: %v\n%s", err, out)
	}
	links := regexp.MustCompile(`http://\S+#\S+`).FindAllString(string(out), -1)
	if len(links) != 2 {
		r.t.Fatalf("no two links in:\n%s", out)
	}
	r.t.Logf("%s", regexp.MustCompile(`\d+ patients, \d+ entries, in \S+`).Find(out))
	return links[0], links[1]
}

// newRelay chooses a port and starts nothing.
func newRelay(t testing.TB) *Relay {
	t.Helper()
	r := &Relay{t: t, Store: filepath.Join(t.TempDir(), "relay.sqlite"), binary: program(t), Origin: free(t)}
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
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + port
}

// freePort is a port at which nothing listens. It is below those that systems
// give to connections (32768 on Linux, 49152 elsewhere): no connection can take
// it before it is listened at, nor while a relay is away.
func freePort() (string, error) {
	for range 1000 {
		port := strconv.Itoa(10000 + rand.IntN(22000))
		l, err := net.Listen("tcp", "localhost:"+port)
		if err == nil {
			return port, l.Close()
		}
	}
	return "", errors.New("no port is free")
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
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		res, err := http.Get(origin + "/healthz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return cmd
		}
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
