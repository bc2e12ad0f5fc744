// Package files serves the app's files.
//
// All of them are read, checked and compressed once, at the start: an answer
// is a look-up in a table of exact paths, so there is no path that leads
// anywhere else, and no listing. A prepared variant of a file (app.wasm.br,
// .zst or .gz beside app.wasm) must expand to exactly that file, or the relay
// does not start.
//
// Every answer, whatever its status, carries the same strict headers. They
// protect users from other origins and from mistakes in the app; they do not
// protect from whoever runs this server, who could send others.
package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	maxTotal = 256 << 20 // bytes of all files with their variants: they are kept in memory

	// zstdWindow is the most that a browser must be able to expand (RFC 9659).
	zstdWindow = 8 << 20

	// hashed is the folder of files whose names change with their content.
	hashed = "/a/"
)

// Options say where the app may connect to and how it is reached.
type Options struct {
	Origins []string // of relays, as in https://relay.example; its own origin is always allowed
	TLS     bool     // served over https: browsers are told never to come without
}

// A coding is a content coding in the order of preference at equal size.
type coding struct {
	name   string // in Accept-Encoding
	suffix string // of prepared variants
	expand func(io.Reader) (io.Reader, error)
	shrink func([]byte) ([]byte, error) // nil: only prepared
}

var codings = []coding{
	{"br", ".br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }, nil},
	{"zstd", ".zst", func(r io.Reader) (io.Reader, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}, shrinkZstd},
	{"gzip", ".gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, shrinkGzip},
}

var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".pdf":         "application/pdf",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
}

// A variant is a file in one coding.
type variant struct {
	coding string // empty: as it is
	body   []byte
	etag   string
	length string
}

type file struct {
	mime     string
	cache    string
	document bool // every script on it is named with its hash
	variants []variant
}

type handler struct {
	files  map[string]*file
	common http.Header
}

// New reads the files and returns what serves them.
func New(fsys fs.FS, opt Options) (http.Handler, error) {
	common, err := headers(opt)
	if err != nil {
		return nil, err
	}
	raw := map[string][]byte{}
	total := 0
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && p != "." {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil // a link in a folder could lead out of it
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += int(min(info.Size(), maxTotal+1)); total > maxTotal {
			return fmt.Errorf("more than %d MiB of files", maxTotal>>20)
		}
		raw[p], err = fs.ReadFile(fsys, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the app's files: %w", err)
	}
	if raw["index.html"] == nil {
		return nil, errors.New("reading the app's files: there is no index.html")
	}
	h := &handler{files: map[string]*file{}, common: common}
	for _, p := range slices.Sorted(maps.Keys(raw)) {
		if isVariant(raw, p) {
			continue
		}
		f, err := load(raw, p)
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", p, err)
		}
		h.files["/"+p] = f
	}
	h.files["/"] = h.files["/index.html"]
	return h, nil
}

func isVariant(raw map[string][]byte, p string) bool {
	for _, c := range codings {
		if base, ok := strings.CutSuffix(p, c.suffix); ok && raw[base] != nil {
			return true
		}
	}
	return false
}

func load(raw map[string][]byte, p string) (*file, error) {
	body := raw[p]
	f := &file{mime: types[path.Ext(p)], cache: "no-cache, no-transform"}
	if f.mime == "" {
		f.mime = "application/octet-stream"
	}
	if strings.HasPrefix("/"+p, hashed) {
		f.cache = "public, max-age=31536000, immutable, no-transform"
	}
	f.document = path.Ext(p) == ".html" && scriptsHaveIntegrity(body)
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:16])
	add := func(coding string, b []byte) {
		etag := `"` + tag + `"`
		if coding != "" {
			etag = `"` + tag + "-" + coding + `"`
		}
		f.variants = append(f.variants, variant{coding, b, etag, strconv.Itoa(len(b))})
	}
	add("", body)
	for _, c := range codings {
		b, prepared := raw[p+c.suffix]
		switch {
		case prepared:
			if err := same(c, b, body); err != nil {
				return nil, fmt.Errorf("its variant %s: %w", c.suffix, err)
			}
		case c.shrink == nil || !shrinks(f.mime):
			continue
		default:
			var err error
			if b, err = c.shrink(body); err != nil {
				return nil, err
			}
		}
		if len(b) < len(body) {
			add(c.name, b)
		}
	}
	// The smallest first, and in the order above where they are as small.
	slices.SortStableFunc(f.variants, func(a, b variant) int { return len(a.body) - len(b.body) })
	return f, nil
}

var errOther = errors.New("does not expand to the file")

// same reports whether b expands to exactly body.
func same(c coding, b, body []byte) error {
	r, err := c.expand(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("%w: %w", errOther, err)
	}
	if rc, ok := r.(io.Closer); ok {
		defer rc.Close()
	}
	got, err := io.ReadAll(io.LimitReader(r, int64(len(body))+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errOther, err)
	}
	if !bytes.Equal(got, body) {
		return errOther
	}
	return nil
}

// shrinks reports whether compressing this kind of file is worth it.
func shrinks(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.HasPrefix(mime, "application/") && mime != "application/pdf" || mime == "image/svg+xml"
}

func shrinkZstd(b []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(zstdWindow),
		zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.EncodeAll(b, nil), nil
}

func shrinkGzip(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, 7)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	for k, v := range h.common {
		head[k] = v
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	f := h.files[r.URL.Path]
	if f == nil || r.URL.RawPath != "" { // a path that is spelled in another way than ours
		refuse(w, r, http.StatusNotFound)
		return
	}
	v := f.choose(r.Header.Values("Accept-Encoding"))
	head.Set("Cache-Control", f.cache)
	head.Set("Content-Type", f.mime)
	head.Set("Vary", "Accept-Encoding")
	head.Set("ETag", v.etag)
	if f.document {
		// Only for the page: in a worker it would forbid what importScripts loads.
		head.Set("Integrity-Policy", "blocked-destinations=(script)")
	}
	if matches(r.Header.Values("If-None-Match"), v.etag) {
		head.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if v.coding != "" {
		head.Set("Content-Encoding", v.coding)
	}
	head.Set("Content-Length", v.length)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		w.Write(v.body) // fails only when the client has gone
	}
}

func refuse(w http.ResponseWriter, r *http.Request, status int) {
	text := strconv.Itoa(status) + " " + strings.ToLower(http.StatusText(status)) + "\n"
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		io.WriteString(w, text)
	}
}

// matches reports whether a client already has what etag names.
func matches(values []string, etag string) bool {
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == etag {
				return true
			}
		}
	}
	return false
}
