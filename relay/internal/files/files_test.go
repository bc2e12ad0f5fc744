package files

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
)

var (
	page   = []byte("<!doctype html><script src=/a/shell.1f.js integrity=x crossorigin></script>")
	module = bytes.Repeat([]byte("\x00asm of the app "), 4000)
)

func packed(t testing.TB, coding string, b []byte) *fstest.MapFile {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "br":
		w = brotli.NewWriterLevel(&out, 9)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	case "gzip":
		w = gzip.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: out.Bytes()}
}

func app(t testing.TB) fstest.MapFS {
	m := fstest.MapFS{
		"index.html":           {Data: page},
		"sw.js":                {Data: bytes.Repeat([]byte("// worker\n"), 100)},
		"manifest.webmanifest": {Data: []byte(`{"name":"Vialog"}`)},
		"icon.svg":             {Data: []byte("<svg/>")},
		"icon-192.png":         {Data: bytes.Repeat([]byte("png"), 1000)},
		"a/app.2e.wasm":        {Data: module},
		"a/app.2e.wasm.br":     packed(t, "br", module),
		"a/app.2e.wasm.zst":    packed(t, "zstd", module),
		"a/app.2e.wasm.gz":     packed(t, "gzip", module),
		"a/shell.1f.js":        {Data: bytes.Repeat([]byte("\"use strict\";\n"), 100)},
		"a/notes.gz":           {Data: []byte("a file of its own, not a variant")},
		".secret":              {Data: []byte("hidden")},
		".git/config":          {Data: []byte("hidden")},
	}
	list(m, manifest(m, ""))
	return m
}

// manifest lists what is there.
func manifest(fsys fstest.MapFS, relay string) *release.Manifest {
	m := &release.Manifest{Number: 3, Name: "test", Date: "2026-11-26", Policy: 1, Go: "go1", Relay: relay, Headers: release.Common(relay)}
	for _, p := range slices.Sorted(maps.Keys(fsys)) {
		if p[0] == '.' || strings.HasPrefix(p, "a/app.2e.wasm.") || p == "release.txt" {
			continue
		}
		b := fsys[p].Data
		m.Files = append(m.Files, release.File{Path: "/" + p, Hash: sha256.Sum256(b), Size: len(b), Headers: release.Own("/"+p, b)})
	}
	return m
}

func list(fsys fstest.MapFS, m *release.Manifest) {
	fsys["release.txt"] = &fstest.MapFile{Data: []byte(m.Text())}
}

// signer is a key of nobody.
func signer(t testing.TB, name string) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

func serve(t testing.TB, opt Options) http.Handler {
	t.Helper()
	h, err := New(app(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func content(t testing.TB, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codings {
		if c.name != r.Header.Get("Content-Encoding") {
			continue
		}
		x, err := c.expand(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(x); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestEveryFileIsServedWithItsTypeAndLifetime(t *testing.T) {
	h := serve(t, Options{})
	const forever, ask = "public, max-age=31536000, immutable, no-transform", "no-cache, no-transform"
	for _, tt := range []struct{ path, name, mime, cache string }{
		{"/", "index.html", "text/html; charset=utf-8", ask},
		{"/index.html", "index.html", "text/html; charset=utf-8", ask},
		{"/?from=home", "index.html", "text/html; charset=utf-8", ask},
		{"/sw.js", "sw.js", "text/javascript; charset=utf-8", ask},
		{"/manifest.webmanifest", "manifest.webmanifest", "application/manifest+json", ask},
		{"/icon.svg", "icon.svg", "image/svg+xml", ask},
		{"/release.txt", "release.txt", "text/plain; charset=utf-8", ask},
		{"/icon-192.png", "icon-192.png", "image/png", ask},
		{"/a/app.2e.wasm", "a/app.2e.wasm", "application/wasm", forever},
		{"/a/shell.1f.js", "a/shell.1f.js", "text/javascript; charset=utf-8", forever},
		{"/a/notes.gz", "a/notes.gz", "application/octet-stream", forever},
	} {
		for _, accept := range []string{"", "br", "zstd", "gzip", "gzip, deflate, br, zstd"} {
			r := get(h, "GET", tt.path, "Accept-Encoding", accept)
			if r.StatusCode != 200 || r.Header.Get("Content-Type") != tt.mime || r.Header.Get("Cache-Control") != tt.cache {
				t.Errorf("%s: %d, %q, %q", tt.path, r.StatusCode, r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"))
			}
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s varies with %q", tt.path, r.Header.Get("Vary"))
			}
			if got := content(t, r); !bytes.Equal(got, app(t)[tt.name].Data) {
				t.Errorf("%s as %q is another file", tt.path, accept)
			}
		}
	}
}

func TestClientGetsTheCodingItLikesBest(t *testing.T) {
	h := serve(t, Options{})
	const wasm, script, small = "/a/app.2e.wasm", "/sw.js", "/icon.svg"
	for _, tt := range []struct{ claim, path, accept, want string }{
		{"nothing said", wasm, "", ""},
		{"all that browsers know", wasm, "gzip, deflate, br, zstd", "br"},
		{"one only", wasm, "gzip", "gzip"},
		{"an old name", wasm, "x-gzip", "gzip"},
		{"in capitals", wasm, "GZIP;Q=0.5", "gzip"},
		{"liked more although larger", wasm, "br;q=0.5, gzip;q=0.8", "gzip"},
		{"liked the least of all", wasm, "br;q=0.001", "br"},
		{"refused", wasm, "br;q=0, zstd;q=0.000, gzip", "gzip"},
		{"everything", wasm, "*", "br"},
		{"everything but", wasm, "br;q=0, zstd;q=0, *;q=0.1", "gzip"},
		{"unknown ones", wasm, "compress, deflate, sdch", ""},
		{"the file as it is, liked most", wasm, "identity, br;q=0.9", ""},
		{"the file as it is, liked least", wasm, "identity;q=0.1, gzip;q=0.2", "gzip"},
		{"nothing at all accepted", wasm, "*;q=0", ""},
		{"unreadable quality", wasm, "br;q=high, gzip", "gzip"},
		{"quality above one", wasm, "br;q=2, gzip;q=0.1", "gzip"},
		{"negative quality", wasm, "br;q=-1, gzip", "gzip"},
		{"quality in another notation", wasm, "br;q=1e0, zstd;q=NaN, gzip", "gzip"},
		{"another parameter", wasm, "br;level=9, gzip", "gzip"},
		{"spaces everywhere", wasm, " br ; q = 0.1 ,\tgzip ; q = 0.2 ", "gzip"},
		{"empty members", wasm, ",,gzip,,", "gzip"},
		{"not prepared, so compressed at the start", script, "zstd", "zstd"},
		{"not prepared, and not made for it", script, "br", ""},
		{"too small to gain from it", small, "gzip, br, zstd", ""},
		{"a picture is compressed already", "/icon-192.png", "gzip, br, zstd", ""},
	} {
		r := get(h, "GET", tt.path, "Accept-Encoding", tt.accept)
		if got := r.Header.Get("Content-Encoding"); got != tt.want || r.StatusCode != 200 {
			t.Errorf("%s: %q gets %q, want %q", tt.claim, tt.accept, got, tt.want)
		}
	}
	r := get(h, "GET", wasm, "Accept-Encoding", "deflate", "Accept-Encoding", "gzip")
	if got := r.Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("in a second line: got %q", got)
	}
	r = get(h, "GET", wasm, "Accept-Encoding", strings.Repeat("a, b;q=0.5, ", 10_000)+"gzip")
	if r.StatusCode != 200 || !bytes.Equal(content(t, r), module) {
		t.Error("a long list is not answered")
	}
}

func TestTagNamesContentAndCoding(t *testing.T) {
	h := serve(t, Options{})
	seen := map[string]string{}
	for _, accept := range []string{"", "br", "zstd", "gzip"} {
		r := get(h, "GET", "/a/app.2e.wasm", "Accept-Encoding", accept)
		tag := r.Header.Get("ETag")
		if other, ok := seen[tag]; ok || len(tag) < 20 || tag[0] != '"' {
			t.Errorf("%q has the tag %s, as has %q", accept, tag, other)
		}
		seen[tag] = accept
		for _, have := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			r := get(h, "GET", "/a/app.2e.wasm", "Accept-Encoding", accept, "If-None-Match", have)
			if r.StatusCode != http.StatusNotModified || len(content(t, &http.Response{Body: r.Body})) != 0 {
				t.Errorf("%q with %s: %d", accept, have, r.StatusCode)
			}
			if r.Header.Get("ETag") != tag || r.Header.Get("Vary") == "" || r.Header.Get("Cache-Control") == "" {
				t.Errorf("%q with %s: the answer does not renew what is kept", accept, have)
			}
		}
		if r := get(h, "GET", "/a/app.2e.wasm", "Accept-Encoding", accept, "If-None-Match", `"other"`); r.StatusCode != 200 {
			t.Errorf("with another tag: %d", r.StatusCode)
		}
	}
	changed := app(t)
	changed["sw.js"] = &fstest.MapFile{Data: []byte("// other\n")}
	list(changed, manifest(changed, ""))
	after, err := New(changed, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if get(h, "GET", "/sw.js").Header.Get("ETag") == get(after, "GET", "/sw.js").Header.Get("ETag") {
		t.Error("a changed file keeps its tag")
	}
}

func TestHeadSaysWhatGetWould(t *testing.T) {
	h := serve(t, Options{})
	for _, path := range []string{"/", "/a/app.2e.wasm", "/sw.js", "/missing"} {
		a, b := get(h, "GET", path, "Accept-Encoding", "br, gzip"), get(h, "HEAD", path, "Accept-Encoding", "br, gzip")
		if a.StatusCode != b.StatusCode || a.Header.Get("Content-Length") != b.Header.Get("Content-Length") || a.Header.Get("ETag") != b.Header.Get("ETag") {
			t.Errorf("%s: %d %v and %d %v", path, a.StatusCode, a.Header, b.StatusCode, b.Header)
		}
		if body, _ := io.ReadAll(b.Body); len(body) != 0 {
			t.Errorf("%s: HEAD has %d bytes", path, len(body))
		}
	}
}

func TestNoOtherPathLeadsToAnything(t *testing.T) {
	// Over a socket, written by hand: a client library would tidy the path up.
	srv := httptest.NewServer(serve(t, Options{}))
	defer srv.Close()
	for _, path := range []string{
		"/missing", "/a", "/a/", "/a/.", "/.", "/..", "/./", "/../index.html", "/a/../index.html", "/a/..%2findex.html",
		"/%2e%2e/index.html", "//index.html", "/index.html/", "/INDEX.HTML", "/index.html%00", `/a\app.2e.wasm`,
		"/a/app.2e.wasm.br", "/a/app.2e.wasm.zst", "/a/app.2e.wasm.gz", "/a%2fapp.2e.wasm", "/.secret", "/.git/config", "/.git",
		"/etc/passwd", "/index.html;v=1", "/*", "/sw.js/../sw.js",
	} {
		c, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: relay.example\r\nConnection: close\r\n\r\n")
		b, err := io.ReadAll(c)
		c.Close()
		if err != nil {
			t.Fatal(err)
		}
		status, _, _ := strings.Cut(string(b), "\r\n")
		if !strings.Contains(status, " 404 ") && !strings.Contains(status, " 400 ") {
			t.Errorf("%s: %s", path, status)
		}
		if bytes.Contains(b, []byte("hidden")) || bytes.Contains(b, []byte("root:")) || bytes.Contains(b, []byte("<pre>")) {
			t.Errorf("%s shows something", path)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	h := serve(t, Options{})
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
		for _, path := range []string{"/", "/missing"} {
			r := get(h, method, path)
			if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, allowed %q", method, path, r.StatusCode, r.Header.Get("Allow"))
			}
		}
	}
}

func TestEveryAnswerCarriesTheStrictHeaders(t *testing.T) {
	m := app(t)
	list(m, manifest(m, "wss://relay.example"))
	h, err := New(m, Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; " +
			"connect-src 'self' wss://relay.example; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; " +
			"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vialog",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Origin-Agent-Cluster":         "?1",
		"Referrer-Policy":              "no-referrer",
		"Strict-Transport-Security":    "max-age=63072000",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"X-Robots-Tag":                 "noindex, nofollow, noarchive",
	}
	for _, tt := range []struct{ claim, method, path, have string }{
		{"page", "GET", "/", ""},
		{"module", "GET", "/a/app.2e.wasm", ""},
		{"head", "HEAD", "/sw.js", ""},
		{"not modified", "GET", "/", "*"},
		{"missing", "GET", "/missing", ""},
		{"not allowed", "POST", "/", ""},
	} {
		r := get(h, tt.method, tt.path, "If-None-Match", tt.have)
		for k, v := range want {
			if got := r.Header.Values(k); !slices.Equal(got, []string{v}) {
				t.Errorf("%s: %s is %q, want %q", tt.claim, k, got, v)
			}
		}
		permissions := r.Header.Get("Permissions-Policy")
		for _, p := range []string{"clipboard-write=(self)", "camera=(self)", "publickey-credentials-create=(self)", "publickey-credentials-get=(self)", "microphone=()", "geolocation=()", "usb=()", "payment=()"} {
			if !slices.Contains(strings.Split(permissions, ", "), p) {
				t.Errorf("%s: %s is not in %q", tt.claim, p, permissions)
			}
		}
		if r.Header.Get("Cache-Control") == "" || r.Header.Get("Access-Control-Allow-Origin") != "" || r.Header.Get("Server") != "" || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", tt.claim, r.Header)
		}
	}
	if r := get(serve(t, Options{}), "GET", "/"); r.Header.Get("Strict-Transport-Security") != "" {
		t.Error("without TLS browsers are told never to come without")
	}
}

func TestIntegrityIsDemandedOnlyWhereThePageGivesIt(t *testing.T) {
	const policy = "blocked-destinations=(script)"
	h := serve(t, Options{})
	for path, want := range map[string]string{"/": policy, "/index.html": policy, "/sw.js": "", "/a/app.2e.wasm": "", "/missing": ""} {
		if got := get(h, "GET", path).Header.Get("Integrity-Policy"); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestUnsoundFilesStopTheStart(t *testing.T) {
	right, public := signer(t, "publisher.example")
	wrong, _ := signer(t, "publisher.example")
	sign := func(m fstest.MapFS, by note.Signer) {
		b, err := note.Sign(&note.Note{Text: string(m["release.txt"].Data)}, by)
		if err != nil {
			t.Fatal(err)
		}
		m["release.txt"] = &fstest.MapFile{Data: b}
	}
	spoil := func(name string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			b := slices.Clone(m[name].Data)
			b[len(b)/2] ^= 1
			m[name] = &fstest.MapFile{Data: b}
		}
	}
	const wasm = "a/app.2e.wasm"
	for _, tt := range []struct {
		claim, file string
		change      func(fstest.MapFS)
		opt         Options
		want        error // nil: it starts
	}{
		{"as it was built", "", func(fstest.MapFS) {}, Options{}, nil},
		{"no manifest", "release.txt", func(m fstest.MapFS) { delete(m, "release.txt") }, Options{}, ErrMissing},
		{"a manifest of something else", "release.txt", func(m fstest.MapFS) { m["release.txt"] = m["sw.js"] }, Options{}, release.ErrFormat},
		{"no page", "index.html", func(m fstest.MapFS) { delete(m, "index.html") }, Options{}, ErrMissing},
		{"another page", "index.html", spoil("index.html"), Options{}, ErrChanged},
		{"another worker", "sw.js", spoil("sw.js"), Options{}, ErrChanged},
		{"another program", wasm, spoil(wasm), Options{}, ErrChanged},
		{"another icon", "icon.svg", spoil("icon.svg"), Options{}, ErrChanged},
		{"a script more", "a/more.js", func(m fstest.MapFS) { m["a/more.js"] = &fstest.MapFile{Data: []byte("alert(1)")} }, Options{}, ErrExtra},
		{"weaker headers", "release.txt", func(m fstest.MapFS) {
			w := manifest(m, "")
			w.Headers[0].Value += " 'unsafe-inline'"
			list(m, w)
		}, Options{}, ErrHeaders},
		{"signed by the publisher", "", func(m fstest.MapFS) { sign(m, right) }, Options{Signer: public}, nil},
		{"signed, and nobody asks", "", func(m fstest.MapFS) { sign(m, wrong) }, Options{}, nil},
		{"not signed", "release.txt", func(fstest.MapFS) {}, Options{Signer: public}, release.ErrUnsigned},
		{"signed by another of that name", "release.txt", func(m fstest.MapFS) { sign(m, wrong) }, Options{Signer: public}, release.ErrUnsigned},
		{"changed after signing", "release.txt", func(m fstest.MapFS) {
			sign(m, right)
			m["release.txt"].Data = bytes.Replace(m["release.txt"].Data, []byte("number 3"), []byte("number 4"), 1)
		}, Options{Signer: public}, release.ErrSignature},
		{"a file changed after signing", "sw.js", func(m fstest.MapFS) { sign(m, right); spoil("sw.js")(m) }, Options{Signer: public}, ErrChanged},
		{"br of an older file", wasm, func(m fstest.MapFS) { m[wasm+".br"] = packed(t, "br", []byte("older")) }, Options{}, errOther},
		{"zst of an older file", wasm, func(m fstest.MapFS) { m[wasm+".zst"] = packed(t, "zstd", []byte("older")) }, Options{}, errOther},
		{"gz of an older file", wasm, func(m fstest.MapFS) { m[wasm+".gz"] = packed(t, "gzip", []byte("older")) }, Options{}, errOther},
		{"gz of more", wasm, func(m fstest.MapFS) { m[wasm+".gz"] = packed(t, "gzip", append(slices.Clone(module), 0)) }, Options{}, errOther},
		{"br cut off", wasm, func(m fstest.MapFS) { f := m[wasm+".br"]; f.Data = f.Data[:len(f.Data)/2] }, Options{}, errOther},
		{"not a zst", wasm, func(m fstest.MapFS) { m[wasm+".zst"] = &fstest.MapFile{Data: []byte("words")} }, Options{}, errOther},
		{"not a gz", wasm, func(m fstest.MapFS) { m[wasm+".gz"] = &fstest.MapFile{} }, Options{}, errOther},
	} {
		m := app(t)
		tt.change(m)
		h, err := New(m, tt.opt)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: %v", tt.claim, err)
			}
			continue
		}
		var file *FileError
		if h != nil || !errors.Is(err, tt.want) || !errors.As(err, &file) || file.Name != tt.file {
			t.Errorf("%s: got %v", tt.claim, err)
		}
	}
}

// What was checked is what is sent, whatever becomes of the folder.
func TestFilesAreServedFromMemory(t *testing.T) {
	m := app(t)
	h, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(m["sw.js"].Data)
	m["sw.js"].Data = []byte("evil")
	if r := get(h, "GET", "/sw.js"); !bytes.Equal(content(t, r), want) {
		t.Error("sent what was not checked")
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	m := app(t)
	m["a/link.js"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777}
	h, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := get(h, "GET", "/a/link.js"); r.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", r.StatusCode)
	}
}

func FuzzAcceptEncodingNeverBreaksAnAnswer(f *testing.F) {
	for _, s := range []string{"", "br", "gzip;q=0.5, *;q=0", "identity;q=0", ";;;,,=q", "br;q=.5"} {
		f.Add(s)
	}
	h := serve(f, Options{})
	f.Fuzz(func(t *testing.T, accept string) {
		r := get(h, "GET", "/a/app.2e.wasm", "Accept-Encoding", accept)
		if r.StatusCode != 200 || !bytes.Equal(content(t, r), module) {
			t.Errorf("%q: %d", accept, r.StatusCode)
		}
	})
}
