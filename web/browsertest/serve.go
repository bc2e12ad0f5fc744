package browsertest

import (
	"io/fs"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Build makes the site of an app, such as "./wasm", and returns its folder. It
// takes little time when nothing has changed.
func Build(t testing.TB, app string) string {
	t.Helper()
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
