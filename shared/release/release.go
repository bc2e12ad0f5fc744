// Package release says what the files of the app are: which, with which bytes
// and headers, by whose word. The build writes a manifest, an offline key signs
// it, and the relay, the app and scripts/checkapp hold against it what they see.
//
// When Verify succeeds the text was signed by the given signer. It does not say
// that somebody was served these files; see FORMAT.md, which gives the format.
package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/wire"
)

const (
	// Path is where the manifest is served.
	Path = "/release.txt"

	// Index is the page, which is also the answer to "/".
	Index = "/index.html"

	// MaxText is the most bytes of a manifest, and MaxNote with its signatures.
	MaxText = 256 << 10
	MaxNote = MaxText + 64<<10

	// MaxSize is the most bytes of a file.
	MaxSize = 64 << 20

	maxFiles  = 1000
	maxNumber = 999_999_999
	maxPath   = 200
	maxValue  = 4096
	maxName   = 32
	maxSigner = 255
)

var (
	// ErrFormat reports a text that is no manifest.
	ErrFormat = errors.New("not the manifest of a release")

	// ErrUnsigned reports a manifest without a signature of the wanted signer.
	ErrUnsigned = errors.New("not signed by this signer")

	// ErrSignature reports a signature that is wrong: the text was changed.
	ErrSignature = errors.New("its signature is wrong")

	// ErrVerifier reports what is not a verifier.
	ErrVerifier = errors.New("not a verifier: it looks like name+hash+key")
)

// A Header is one line of an answer's head.
type Header struct{ Name, Value string }

// A File is one file of the app.
type File struct {
	Path    string
	Hash    [sha256.Size]byte
	Size    int
	Headers []Header // besides those of every answer
}

// A Manifest is what a release consists of.
type Manifest struct {
	Number  int
	Name    string
	Date    string // 2026-11-26
	Policy  int
	Go      string
	Relay   string // empty: that of the page's origin
	Signer  string // the verifier inside the app; empty: none
	Headers []Header
	Files   []File
}

// Text is the manifest as it is signed.
func (m *Manifest) Text() string {
	var b strings.Builder
	line := func(key, value string) {
		if value == "" {
			value = "-"
		}
		b.WriteString(key + " " + value + "\n")
	}
	heads := func(list []Header) {
		for _, h := range list {
			line("header", h.Name+": "+h.Value)
		}
	}
	b.WriteString("vialog release v1\n")
	line("number", strconv.Itoa(m.Number))
	line("name", m.Name)
	line("date", m.Date)
	line("policy", strconv.Itoa(m.Policy))
	line("go", m.Go)
	line("relay", m.Relay)
	line("signer", m.Signer)
	heads(m.Headers)
	for _, f := range m.Files {
		line("file", hex.EncodeToString(f.Hash[:])+" "+strconv.Itoa(f.Size)+" "+f.Path)
		heads(f.Headers)
	}
	return b.String()
}

// Hash names the release.
func (m *Manifest) Hash() [sha256.Size]byte { return sha256.Sum256([]byte(m.Text())) }

// File is the one at path, or nil.
func (m *Manifest) File(path string) *File {
	if path == "/" {
		path = Index
	}
	for i := range m.Files {
		if m.Files[i].Path == path {
			return &m.Files[i]
		}
	}
	return nil
}

// Is reports whether b is the file.
func (f *File) Is(b []byte) bool { return len(b) == f.Size && sha256.Sum256(b) == f.Hash }

// Parse reads the text of a manifest, without signatures.
func Parse(text []byte) (*Manifest, error) {
	if len(text) > MaxText {
		return nil, bad(0, "it is too long")
	}
	p := &parser{m: &Manifest{}}
	p.rest = string(text)
	if p.next() != "vialog release v1" {
		return nil, bad(1, "the first line is another")
	}
	m := p.m
	m.Number = p.number("number")
	m.Name = p.word("name")
	m.Date = p.value("date")
	m.Policy = p.number("policy")
	m.Go = p.word("go")
	m.Relay = p.value("relay")
	m.Signer = p.value("signer")
	p.files()
	if p.err == nil {
		p.err = m.check()
	}
	if p.err == nil && m.Text() != string(text) {
		p.err = bad(0, "it is spelled in another way") // nothing else is left
	}
	if p.err != nil {
		return nil, p.err
	}
	return m, nil
}

func bad(line int, what string) error {
	if line == 0 {
		return fmt.Errorf("%w: %s", ErrFormat, what)
	}
	return fmt.Errorf("%w: line %d: %s", ErrFormat, line, what)
}

// check looks at what single lines do not show.
func (m *Manifest) check() error {
	if _, err := time.Parse(time.DateOnly, m.Date); err != nil {
		return bad(0, "its date is none")
	}
	if m.Relay == "-" {
		m.Relay = ""
	} else if !isRelay(m.Relay) {
		return bad(0, "its relay is none")
	}
	if m.Signer == "-" {
		m.Signer = ""
	} else if _, err := note.NewVerifier(m.Signer); err != nil || len(m.Signer) > maxSigner {
		return bad(0, "its signer is none")
	}
	if m.File(Index) == nil {
		return bad(0, "it has no "+Index)
	}
	return nil
}

// isRelay reports whether s is the origin of a relay's socket.
func isRelay(s string) bool {
	rest, ok := strings.CutPrefix(s, "ws")
	return ok && wire.CheckOrigin("http"+rest) == nil
}

type parser struct {
	rest string
	line int
	m    *Manifest
	err  error // the first
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = bad(p.line, what)
	}
}

func (p *parser) next() string {
	p.line++
	line, rest, ok := strings.Cut(p.rest, "\n")
	if !ok {
		p.fail("it ends too early")
	}
	p.rest = rest
	return line
}

func (p *parser) value(key string) string {
	v, ok := strings.CutPrefix(p.next(), key+" ")
	if !ok || v == "" {
		p.fail("there is no " + key)
	}
	return v
}

func (p *parser) word(key string) string {
	v := p.value(key)
	if len(v) > maxName || strings.Trim(v, letters+".-") != "" || v == "-" {
		p.fail("the " + key + " is not one")
	}
	return v
}

func (p *parser) number(key string) int { return p.count(p.value(key), 1, maxNumber) }

// count reads a number of which there is one spelling.
func (p *parser) count(s string, least, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most || strconv.Itoa(n) != s {
		p.fail("a number is wrong")
		return 0
	}
	return n
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// files reads the rest: headers and files.
func (p *parser) files() {
	into := &p.m.Headers
	for p.err == nil && p.rest != "" {
		line := p.next()
		if h, ok := strings.CutPrefix(line, "header "); ok {
			p.header(into, h)
			continue
		}
		f, ok := strings.CutPrefix(line, "file ")
		if !ok {
			p.fail("neither a header nor a file")
			return
		}
		if len(p.m.Files) == maxFiles {
			p.fail("too many files")
			return
		}
		p.file(f)
		if p.err == nil {
			into = &p.m.Files[len(p.m.Files)-1].Headers
		}
	}
}

func (p *parser) header(into *[]Header, line string) {
	name, value, _ := strings.Cut(line, ": ")
	switch list := *into; {
	case !canonical(name):
		p.fail("the name of a header is spelled in another way")
	case !plain(value):
		p.fail("the value of a header cannot be sent")
	case len(list) > 0 && list[len(list)-1].Name >= name:
		p.fail("headers are not in order")
	case into != &p.m.Headers && find(p.m.Headers, name) >= 0:
		p.fail("a header that goes with every answer is there again")
	}
	*into = append(*into, Header{name, value})
}

func (p *parser) file(line string) {
	hash, rest, _ := strings.Cut(line, " ")
	size, path, _ := strings.Cut(rest, " ")
	f := File{Path: path, Size: p.count(size, 0, MaxSize)}
	if n, err := hex.Decode(f.Hash[:], []byte(hash[:min(len(hash), 2*sha256.Size)])); err != nil || n != sha256.Size || len(hash) != 2*n || strings.ToLower(hash) != hash {
		p.fail("a hash is wrong")
	}
	if !isPath(path) || path == Path {
		p.fail("a path is wrong")
	}
	if n := len(p.m.Files); n > 0 && p.m.Files[n-1].Path >= path {
		p.fail("files are not in order")
	}
	p.m.Files = append(p.m.Files, f)
}

func find(list []Header, name string) int {
	for i, h := range list {
		if h.Name == name {
			return i
		}
	}
	return -1
}

// canonical reports whether a header's name is as in Content-Type.
func canonical(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	up := true
	for _, c := range []byte(name) {
		switch {
		case up && 'A' <= c && c <= 'Z', !up && ('a' <= c && c <= 'z' || '0' <= c && c <= '9'):
			up = false
		case !up && c == '-':
			up = true
		default:
			return false
		}
	}
	return !up
}

// plain reports whether a header can have the value.
func plain(s string) bool {
	if s == "" || len(s) > maxValue || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func isPath(s string) bool {
	if len(s) < 2 || len(s) > maxPath || s[0] != '/' || strings.Trim(s, letters+"._-/") != "" {
		return false
	}
	for part := range strings.SplitSeq(s[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// Read reads a manifest with or without signatures, and checks none of them.
func Read(b []byte) (*Manifest, error) {
	if len(b) > MaxNote {
		return nil, bad(0, "it is too long")
	}
	if i := bytes.Index(b, []byte("\n\n")); i >= 0 {
		b = b[:i+1] // a text has no empty line
	}
	return Parse(b)
}

// Verify reads a manifest that must be signed by signer, a verifier.
func Verify(b []byte, signer string) (*Manifest, error) {
	v, err := note.NewVerifier(signer)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", signer, ErrVerifier)
	}
	if len(b) > MaxNote {
		return nil, bad(0, "it is too long")
	}
	n, err := note.Open(b, note.VerifierList(v))
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &wrong):
		return nil, ErrSignature
	case err != nil:
		if _, e := Read(b); e != nil {
			return nil, e
		}
		return nil, ErrUnsigned
	}
	return Parse([]byte(n.Text))
}

// SignerName is the name in a verifier, for people.
func SignerName(signer string) string {
	name, _, _ := strings.Cut(signer, "+")
	return name
}
