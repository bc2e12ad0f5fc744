// Package files serves the app's files as their manifest, release.txt, lists them.
//
// All of them are read, checked and compressed once, at the start, and served
// from memory: what was checked is what is sent. Each file must have the hash that the
// manifest gives, none may be missing or more, the headers must be as strict as
// ours, and with a signer given the manifest must be signed by it; or the relay does
// not start. A prepared variant of a file (app.wasm.br, .zst or .gz beside
// app.wasm) must expand to exactly that file. An answer is a look-up in a table
// of exact paths, so there is no path that leads anywhere else, and no listing.
//
// Every answer, whatever its status, carries the headers of the manifest. They
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
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"vialog/shared/release"
)

const (
	maxTotal = 256 << 20 // bytes of all files with their variants: they are kept in memory

	// zstdWindow is the most that a browser must be able to expand (RFC 9659).
	zstdWindow = 8 << 20
)

// Options say whose files are served, and how.
type Options struct {
	Signer string // the verifier whose signature the manifest must have; empty: it may have none
	TLS    bool   // users come over https: browsers are told never to come without
}

// A FileError tells which file stops the start, and why.
type FileError struct {
	Name string // as in the folder
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

var (
	// ErrChanged reports a file with other bytes than the manifest says.
	ErrChanged = errors.New("is not the file that the release was published with")

	// ErrMissing reports a file of the manifest that is not there.
	ErrMissing = errors.New("is missing")

	// ErrExtra reports a file that the manifest does not list.
	ErrExtra = errors.New("does not belong to the release")

	// ErrHeaders reports a manifest with headers that protect less than ours, or
	// that are of another version of the relay.
	ErrHeaders = errors.New("its headers are not those of this relay; use the relay and the app of one release")
)

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

// A variant is a file in one coding.
type variant struct {
	coding string // empty: as it is
	body   []byte
	etag   string
	length string
}

type file struct {
	headers  []release.Header // its own
	shrinks  bool             // compressing it is worth it
	variants []variant
}

// A Handler serves one release.
type Handler struct {
	Release *release.Manifest

	files  map[string]*file
	common http.Header
}

// New reads the files, checks them and returns what serves them.
func New(fsys fs.FS, opt Options) (*Handler, error) {
	raw, err := readAll(fsys)
	if err != nil {
		return nil, fmt.Errorf("reading the app's files: %w", err)
	}
	name := release.Path[1:]
	note, ok := raw[name]
	if !ok {
		return nil, &FileError{name, ErrMissing}
	}
	m, err := open(note, opt.Signer)
	if err != nil {
		return nil, &FileError{name, err}
	}
	h := &Handler{Release: m, files: map[string]*file{}, common: http.Header{}}
	for _, f := range m.Headers {
		h.common.Set(f.Name, f.Value)
	}
	if opt.TLS {
		h.common.Set("Strict-Transport-Security", release.HSTS)
	}
	for _, f := range m.Files {
		body, ok := raw[f.Path[1:]]
		switch {
		case !ok:
			return nil, &FileError{f.Path[1:], ErrMissing}
		case !f.Is(body):
			return nil, &FileError{f.Path[1:], ErrChanged}
		}
		if h.files[f.Path], err = load(raw, f.Path[1:], f.Headers); err != nil {
			return nil, &FileError{f.Path[1:], err}
		}
	}
	if h.files[release.Path], err = load(raw, name, release.Own(release.Path, note)); err != nil {
		return nil, &FileError{name, err}
	}
	for _, p := range slices.Sorted(maps.Keys(raw)) {
		if h.files["/"+p] == nil && !isVariant(raw, p) {
			return nil, &FileError{p, ErrExtra}
		}
	}
	h.files["/"] = h.files[release.Index]
	return h, nil
}

// open reads the manifest and checks all that can be checked without the files.
func open(note []byte, signer string) (m *release.Manifest, err error) {
	if signer != "" {
		m, err = release.Verify(note, signer)
	} else {
		m, err = release.Read(note)
	}
	if err != nil {
		return nil, err
	}
	if l := release.Faults(m); len(l) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrHeaders, strings.Join(l, "; "))
	}
	return m, nil
}

// readAll reads the files of a folder. Those that begin with a dot are none of
// the app's, and a link could lead out of it.
func readAll(fsys fs.FS) (map[string][]byte, error) {
	raw := map[string][]byte{}
	total := 0
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
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
			return nil
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
	return raw, err
}

func isVariant(raw map[string][]byte, p string) bool {
	for _, c := range codings {
		if base, ok := strings.CutSuffix(p, c.suffix); ok && raw[base] != nil {
			return true
		}
	}
	return false
}

func load(raw map[string][]byte, p string, own []release.Header) (*file, error) {
	body := raw[p]
	f := &file{headers: own}
	for _, h := range own {
		f.shrinks = f.shrinks || h.Name == "Content-Type" && shrinks(h.Value)
	}
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
		case c.shrink == nil || !f.shrinks:
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

// ServeHTTP answers as the manifest says.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	for _, own := range f.headers {
		head.Set(own.Name, own.Value)
	}
	head.Set("Vary", "Accept-Encoding")
	head.Set("ETag", v.etag)
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
