package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
)

// site is a small app.
var site = map[string]string{
	"/index.html":           `<!doctype html><script src="/a/shell.1f.js" integrity="sha256-x" crossorigin="anonymous" data-wasm="/a/app.2e.wasm"></script><link rel="icon" href="/icon.svg">`,
	"/a/shell.1f.js":        strings.Repeat("start('/sw.js');\n", 100),
	"/a/app.2e.wasm":        strings.Repeat("\x00asm", 2000),
	"/sw.js":                `const FILES = {"/": "sha256-x", "/manifest.webmanifest": "sha256-y"};`,
	"/icon.svg":             "<svg/>",
	"/manifest.webmanifest": `{"icons":[{"src":"/icon.svg"}]}`,
}

func manifest(signer string, number int) *release.Manifest {
	m := &release.Manifest{Number: number, Name: "test", Date: "2026-11-26", Policy: 1, Go: "go1", Signer: signer, Headers: release.Common("")}
	for _, p := range []string{"/a/app.2e.wasm", "/a/shell.1f.js", "/icon.svg", "/index.html", "/manifest.webmanifest", "/sw.js"} {
		b := []byte(site[p])
		m.Files = append(m.Files, release.File{Path: p, Hash: sha256.Sum256(b), Size: len(b), Headers: release.Own(p, b)})
	}
	return m
}

// A lie changes an answer before it is sent: for some requests, its headers or body.
type lie func(r *http.Request, h http.Header, body *[]byte, status *int)

// serve answers as the manifest says, but for the lie.
func serve(m *release.Manifest, text []byte, tell lie) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, status := w.Header(), 200
		p := r.URL.Path
		if p == "/" {
			p = "/index.html"
		}
		body := []byte(site[p])
		own := release.Own(p, body)
		if p == release.Path {
			body = text
		} else if _, ok := site[p]; !ok {
			status, body = 404, []byte("404\n")
			own = []release.Header{{Name: "Content-Type", Value: "text/plain"}}
		}
		for _, l := range [][]release.Header{m.Headers, own} {
			for _, x := range l {
				h.Set(x.Name, x.Value)
			}
		}
		h.Set("Vary", "Accept-Encoding")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", release.HSTS)
		}
		if tell != nil {
			tell(r, h, &body, &status)
		}
		if status == 200 {
			tag := `"` + p + `"`
			coding := ""
			accept := r.Header.Get("Accept-Encoding")
			for _, c := range []string{"br", "zstd", "gzip"} {
				if coding == "" && strings.Contains(accept, c) {
					coding = c
				}
			}
			if coding != "" {
				h.Set("Content-Encoding", coding)
				body = pack(coding, body)
				tag = `"` + p + coding + `"`
			}
			if h.Get("Etag") == "" {
				h.Set("Etag", tag)
			}
			if r.Header.Get("If-None-Match") == tag {
				h.Del("Content-Encoding")
				status, body = 304, nil
			}
		}
		w.WriteHeader(status)
		w.Write(body)
	})
}

func pack(coding string, b []byte) []byte {
	var out bytes.Buffer
	switch coding {
	case "br":
		w := brotli.NewWriterLevel(&out, 1)
		w.Write(b)
		w.Close()
	case "gzip":
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "zstd":
		w, err := zstd.NewWriter(&out)
		if err != nil {
			panic(err)
		}
		w.Write(b)
		w.Close()
	}
	return out.Bytes()
}

func file(t *testing.T, name string, b []byte) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(f, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func check(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code, err := run(t.Context(), args, &out)
	if err != nil {
		out.WriteString(err.Error())
	}
	return code, out.String()
}

// When is a lie for some users only.
func when(on func(*http.Request) bool, tell lie) lie {
	return func(r *http.Request, h http.Header, b *[]byte, s *int) {
		if on(r) {
			tell(r, h, b, s)
		}
	}
}

func at(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path }
}

func head(path, name, has string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path && strings.Contains(r.Header.Get(name), has) }
}

func evil(_ *http.Request, _ http.Header, b *[]byte, _ *int) {
	*b = append(bytes.Clone(*b), "/*evil*/"...)
}

func TestEveryLieIsTold(t *testing.T) {
	for _, tt := range []struct {
		claim    string
		tell     lie
		says     []string // all of it, in what is printed
		targeted bool
	}{
		{"an honest server", nil, nil, false},
		{"a changed page", when(at("/"), evil), []string{"/ is changed: "}, false},
		{"a changed page under its other name", when(at("/index.html"), evil), []string{"/index.html is changed: "}, false},
		{"a changed script", when(at("/a/shell.1f.js"), evil), []string{"/a/shell.1f.js is changed: "}, false},
		{"a changed program", when(at("/a/app.2e.wasm"), func(_ *http.Request, _ http.Header, b *[]byte, _ *int) {
			*b = bytes.Clone(*b)
			(*b)[77] ^= 1
		}), []string{"/a/app.2e.wasm is changed: "}, false},
		{"a changed service worker", when(at("/sw.js"), evil), []string{"/sw.js is changed: "}, false},
		{"for one browser", when(head("/", "User-Agent", "iPhone"), evil), []string{"/ is changed: ", "only for Safari on iPhone"}, true},
		{"for one language", when(head("/", "Accept-Language", "tr"), evil), []string{"/ is changed: ", "only for Chrome on Android, Turkish"}, true},
		{"in one coding", when(head("/sw.js", "Accept-Encoding", "identity"), evil), []string{"/sw.js is changed", "only for Safari, HTTP/1.1, nothing compressed"}, true},
		{"to those who come from a search", when(head("/", "Referer", "search"), evil), []string{"/ is changed", "from a search"}, true},
		{"to those who have been here", when(head("/a/shell.1f.js", "If-None-Match", "older"), evil), []string{"is changed", "only for Chrome, coming again"}, true},
		{"by the version of HTTP", when(func(r *http.Request) bool { return r.URL.Path == "/" && r.ProtoMajor == 2 }, evil), []string{"/ is changed", "Firefox on Linux"}, true},
		{"to all but crawlers", when(func(r *http.Request) bool { return r.URL.Path == "/" && !strings.Contains(r.UserAgent(), "Googlebot") }, evil),
			[]string{"/ is changed", "TARGETED"}, true},
		{"to whom the service worker's own request tells", when(head("/sw.js", "Service-Worker", "script"), evil), []string{"/sw.js is changed"}, false},
		{"a script more", when(at("/"), func(_ *http.Request, _ http.Header, b *[]byte, _ *int) {
			*b = append(bytes.Clone(*b), `<script src="/a/more.js"></script>`...)
		}), []string{"/ is changed", "/a/more.js is named by a changed file, and was not published (status 404"}, false},
		{"a script from elsewhere", when(at("/"), func(_ *http.Request, _ http.Header, b *[]byte, _ *int) {
			*b = append(bytes.Clone(*b), `<script src=https://evil.example/x.js></script>`...)
		}), []string{"https://evil.example/x.js is named by a changed file, and is not of this origin"}, false},
		{"endless bytes", when(at("/icon.svg"), func(_ *http.Request, _ http.Header, b *[]byte, _ *int) { *b = make([]byte, 3<<20) }),
			[]string{"/icon.svg is changed: far more than the 6 bytes"}, false},
		{"a file that is gone", when(at("/icon.svg"), func(_ *http.Request, _ http.Header, _ *[]byte, s *int) { *s = 404 }), []string{"/icon.svg is missing: status 404"}, false},
		{"a way to elsewhere", when(at("/sw.js"), func(_ *http.Request, h http.Header, _ *[]byte, s *int) {
			*s = 302
			h.Set("Location", "https://evil.example/")
		}), []string{"/sw.js is missing: status 302 to https://evil.example/"}, false},
		{"a header dropped", func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Del("Content-Security-Policy") },
			[]string{"/ the header Content-Security-Policy is missing", "(a path that was not published) the header Content-Security-Policy is missing"}, false},
		{"a header dropped where nobody looks", func(_ *http.Request, h http.Header, _ *[]byte, s *int) {
			if *s == 404 {
				h.Del("X-Frame-Options")
			}
		}, []string{"(a path that was not published) the header X-Frame-Options is missing"}, false},
		{"a header softened", when(at("/"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) {
			h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src *")
		}), []string{"/ the header Content-Security-Policy is default-src 'none'"}, false},
		{"a header twice", when(at("/"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Add("X-Frame-Options", "ALLOWALL") }),
			[]string{"the header X-Frame-Options is DENY | ALLOWALL"}, false},
		{"a cookie", when(at("/"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Set("Set-Cookie", "id=7") }),
			[]string{"/ the header Set-Cookie is more than was published: id=7"}, false},
		{"a wider scope", when(at("/sw.js"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Set("Link", "</x.js>; rel=preload") }),
			[]string{"/sw.js the header Link is more"}, false},
		{"a weaker header for one", when(head("/", "User-Agent", "Android"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Del("Integrity-Policy") }),
			[]string{"/ the header Integrity-Policy is missing", "only for Chrome on Android"}, true},
		{"a mark by which a user is known again", when(at("/icon.svg"), func(r *http.Request, h http.Header, _ *[]byte, _ *int) {
			h.Set("Etag", `"`+r.UserAgent()+`"`)
		}), []string{"/icon.svg has another ETag than for others"}, true},
		{"varying with the user", when(at("/"), func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Add("Vary", "User-Agent") }),
			[]string{"/ its answer varies with User-Agent"}, false},
		{"any path answered with a page", func(r *http.Request, h http.Header, b *[]byte, s *int) {
			if *s == 404 && !strings.HasPrefix(r.URL.Path, "/a/") {
				*s = 200
			}
		}, []string{"(a path that was not published) is answered with status 200"}, false},
		{"without transport security", func(_ *http.Request, h http.Header, _ *[]byte, _ *int) {
			h.Set("Strict-Transport-Security", "max-age=60")
		},
			[]string{"Strict-Transport-Security is missing or holds for less than a year"}, false},
		{"another manifest", when(at(release.Path), func(_ *http.Request, _ http.Header, b *[]byte, _ *int) {
			*b = []byte(manifest("", 2).Text())
		}), []string{"/release.txt is changed: it is another manifest"}, false},
		{"no manifest", when(at(release.Path), func(_ *http.Request, _ http.Header, _ *[]byte, s *int) { *s = 404 }), []string{"/release.txt is missing"}, false},
		{"a coding nobody asked for", when(func(r *http.Request) bool { return r.URL.Path == "/sw.js" && r.Header.Get("Accept-Encoding") == "" },
			func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Set("Content-Encoding", "gzip") }), []string{"/sw.js its body cannot be read as \"gzip\"", "a program without a language"}, true},
	} {
		m := manifest("", 1)
		srv := httptest.NewUnstartedServer(serve(m, []byte(m.Text()), tt.tell))
		srv.EnableHTTP2 = true
		srv.StartTLS()
		ca := file(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
		code, said := check(t, "-ca", ca, "-manifest", file(t, "release.txt", []byte(m.Text())), srv.URL)
		srv.Close()
		if want := min(len(tt.says), 1); code != want {
			t.Errorf("%s: ended with %d:\n%s", tt.claim, code, said)
			continue
		}
		for _, s := range tt.says {
			if !strings.Contains(said, s) {
				t.Errorf("%s: does not say %q:\n%s", tt.claim, s, said)
			}
		}
		if tt.targeted != strings.Contains(said, "TARGETED") {
			t.Errorf("%s: targeted or not:\n%s", tt.claim, said)
		}
	}
}

func TestTheServersOwnManifestIsTakenIfItIsSigned(t *testing.T) {
	private, public, err := note.GenerateKey(nil, "publisher.example")
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	m := manifest(public, 4)
	signed, err := note.Sign(&note.Note{Text: m.Text()}, key)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(serve(m, signed, nil))
	defer srv.Close()
	if code, said := check(t, "-signer", public, srv.URL); code != same || !strings.Contains(said, "signed by publisher.example") {
		t.Errorf("%d: %s", code, said)
	}
	if code, said := check(t, "-signer", public, "-least", "5", srv.URL); code != differs || !strings.Contains(said, "release 4 is older than 5") {
		t.Errorf("%d: %s", code, said)
	}
	unsigned := httptest.NewServer(serve(m, []byte(m.Text()), nil))
	defer unsigned.Close()
	if code, said := check(t, "-signer", public, unsigned.URL); code != unknown || !strings.Contains(said, "not signed by this signer") {
		t.Errorf("%d: %s", code, said)
	}
	// Weak headers that somebody has published are still weak.
	weak := manifest("", 4)
	weak.Headers = weak.Headers[1:]
	soft := httptest.NewServer(serve(weak, []byte(weak.Text()), nil))
	defer soft.Close()
	if code, said := check(t, "-manifest", file(t, "m", []byte(weak.Text())), soft.URL); code != differs || !strings.Contains(said, "Content-Security-Policy is missing") {
		t.Errorf("%d: %s", code, said)
	}
}

func TestTwoOriginsAreCompared(t *testing.T) {
	m := manifest("", 1)
	text := []byte(m.Text())
	one := httptest.NewServer(serve(m, text, nil))
	defer one.Close()
	two := httptest.NewServer(serve(m, text, nil))
	defer two.Close()
	code, said := check(t, "-against", one.URL, two.URL)
	if code != same || !strings.Contains(said, "8 files") {
		t.Errorf("%d: %s", code, said)
	}
	other := httptest.NewServer(serve(m, text, when(head("/manifest.webmanifest", "Accept-Language", "ar"), evil)))
	defer other.Close()
	if code, said = check(t, "-against", one.URL, other.URL); code != differs || !strings.Contains(said, "/manifest.webmanifest is changed") || !strings.Contains(said, "TARGETED") {
		t.Errorf("%d: %s", code, said)
	}
	less := httptest.NewServer(serve(m, text, func(_ *http.Request, h http.Header, _ *[]byte, _ *int) { h.Del("Referrer-Policy") }))
	defer less.Close()
	for _, args := range [][]string{{one.URL, less.URL}, {less.URL, one.URL}} {
		if code, said = check(t, "-against", args[0], args[1]); code != differs || !strings.Contains(said, "Referrer-Policy") {
			t.Errorf("%d: %s", code, said)
		}
	}
}

func TestWhatCannotBeFoundOutIsNotCalledSame(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	m := file(t, "release.txt", []byte(manifest("", 1).Text()))
	for _, args := range [][]string{
		{}, {"https://a.example"}, {"-manifest", m}, {"-manifest", m, "-against", "https://a.example", "https://b.example"},
		{"-manifest", m, "ftp://a.example"}, {"-manifest", m, "https://a.example/path"}, {"-manifest", "/nowhere", gone.URL},
		{"-manifest", file(t, "x", []byte("words")), gone.URL}, {"-manifest", m, gone.URL}, {"-against", gone.URL, gone.URL}, {"-ca", m, "-manifest", m, gone.URL},
	} {
		if code, said := check(t, args...); code != unknown {
			t.Errorf("%q: %d %s", args, code, said)
		}
	}
}

func TestLinksOfEachKindOfFileAreFound(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"/":                     {`<a href=x.html><img src='/a.png'><script data-x="/b.js?c#d"></script>`, "/a.png /b.js /x.html"},
		"/a/x.js":               {`import("/c.js"); fetch('https://evil.example/x'); importScripts("./d.js")`, "/a/d.js /c.js https://evil.example/x"},
		"/a/x.css":              {`p{background:url(/e.png)}`, "/e.png"},
		"/release.txt":          {"file " + strings.Repeat("0", 64) + " 5 /f.js\n", "/f.js"},
		"/manifest.webmanifest": {`{"src": "/g.png"}`, "/g.png"},
		"/a/app.wasm":           {`"/h.js"`, ""},
	} {
		if got := strings.Join(links(name, []byte(tt.body)), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
