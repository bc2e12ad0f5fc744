package release

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// keys makes the keys of nobody, always the same for a name and seed.
func keys(t testing.TB, name string, seed byte) (note.Signer, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Split(public, "+")[1]
	k, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, private.Seed()...)))
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

func sign(t testing.TB, text string, by ...note.Signer) []byte {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: text}, by...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sample() *Manifest {
	page, code := []byte("<p>words</p>"), []byte("code")
	return &Manifest{
		Number: 12, Name: "2027.1", Date: "2027-01-15", Policy: 1, Go: "go1.26.8",
		Headers: Common(""),
		Files: []File{
			{"/a/shell.1f.js", sha256.Sum256(code), len(code), Own("/a/shell.1f.js", code)},
			{"/index.html", sha256.Sum256(page), len(page), Own("/index.html", page)},
		},
	}
}

// one is the smallest manifest.
const one = `vialog release v1
number 1
name 1
date 2026-11-26
policy 1
go go1.26.8
relay -
signer -
header X-Frame-Options: DENY
file e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 /index.html
header Cache-Control: no-cache
`

const index = "file e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 /index.html\n"

// made are the vectors: a change of one, and its name, which holds the one
// reason why a reader refuses it.
func made(t testing.TB) map[string][]byte {
	out := map[string][]byte{
		"accept-one":    []byte(one),
		"accept-sample": []byte(sample().Text()),
	}
	edit := func(name, old, new string) {
		if strings.Count(one, old) < 1 {
			t.Fatalf("%s: %q is not in it", name, old)
		}
		if _, ok := out[name]; ok {
			t.Fatalf("%s is there twice", name)
		}
		out[name] = []byte(strings.Replace(one, old, new, 1))
	}
	edit("accept-relay", "relay -", "relay wss://relay.example.org")
	_, public := keys(t, "test.example", 1)
	edit("accept-signer", "signer -", "signer "+public)
	edit("reject-the-first-line-is-another", "v1", "v2")
	edit("reject-there-is-no-number", "number", "nummer")
	edit("reject-there-is-no-name", "name 1\n", "")
	edit("reject-a-number-is-wrong.zero", "number 1", "number 01")
	edit("reject-a-number-is-wrong.nought", "number 1", "number 0")
	edit("reject-a-number-is-wrong.large", "number 1", "number 1000000000")
	edit("reject-a-number-is-wrong.sign", "policy 1", "policy +1")
	edit("reject-a-number-is-wrong.size", " 0 /", " 67108865 /")
	edit("reject-the-name-is-not-one.space", "name 1", "name 1 2")
	edit("reject-the-name-is-not-one.long", "name 1", "name "+strings.Repeat("1", 33))
	edit("reject-the-go-is-not-one", "go go", "go +")
	edit("reject-its-date-is-none.day", "11-26", "11-31")
	edit("reject-its-date-is-none.spelling", "2026-11-26", "2026-1-26")
	edit("reject-its-relay-is-none.http", "relay -", "relay https://relay.example.org")
	edit("reject-its-relay-is-none.policy", "relay -", "relay wss://x; script-src *")
	edit("reject-its-signer-is-none", "signer -", "signer "+public[:len(public)-4])
	edit("reject-it-has-no-index", "/index.html", "/page.html")
	edit("reject-neither-a-header-nor-a-file", "header C", "\nheader C")
	edit("reject-it-ends-too-early", "no-cache\n", "no-cache")
	edit("reject-the-name-of-a-header-is-spelled-in-another-way.small", "X-Frame", "x-frame")
	edit("reject-the-name-of-a-header-is-spelled-in-another-way.colon", "X-Frame-Options:", "X-Frame-Options")
	edit("reject-the-name-of-a-header-is-spelled-in-another-way.space", "X-Frame-Options:", "X-Frame-Options :")
	edit("reject-the-value-of-a-header-cannot-be-sent.return", "DENY", "DENY\rSet-Cookie: a")
	edit("reject-the-value-of-a-header-cannot-be-sent.empty", "DENY", "")
	edit("reject-the-value-of-a-header-cannot-be-sent.space", "DENY", "DENY ")
	edit("reject-the-value-of-a-header-cannot-be-sent.long", "DENY", strings.Repeat("x", 4097))
	edit("reject-headers-are-not-in-order.order", "header X", "header Y-A: b\nheader X")
	edit("reject-headers-are-not-in-order.twice", "DENY", "DENY\nheader X-Frame-Options: DENY")
	edit("reject-a-header-that-goes-with-every-answer-is-there-again", "no-cache", "no-cache\nheader X-Frame-Options: DENY")
	edit("reject-a-hash-is-wrong.short", "55 0", "5 0")
	edit("reject-a-hash-is-wrong.long", "55 0", "5555 0")
	edit("reject-a-hash-is-wrong.capital", "e3b0", "E3b0")
	edit("reject-a-hash-is-wrong.letter", "e3b0", "g3b0")
	for n, p := range []string{"a", "/", "/a/../b", "/./a", "/a//b", "/a/", "/a b", "/a?b", "/a%2f", "/release.txt", "/" + strings.Repeat("a", 200)} {
		edit("reject-a-path-is-wrong."+strconv.Itoa(n), index, index+strings.Replace(index, "/index.html", p, 1))
	}
	edit("reject-files-are-not-in-order.order", index, index+strings.Replace(index, "/index", "/andex", 1))
	edit("reject-files-are-not-in-order.twice", index, index+index)
	a, _ := keys(t, "test.example", 1)
	b, _ := keys(t, "other.example", 2)
	forged, _ := keys(t, "test.example", 3)
	out["signed"] = sign(t, one, a)
	out["signed-by-two"] = sign(t, one, b, a)
	out["unsigned-by-another"] = sign(t, one, b)
	out["unsigned-by-another-of-the-name"] = sign(t, one, forged)
	out["unsigned"] = []byte(one)
	out["wrong-text"] = bytes.Replace(out["signed"], []byte("number 1"), []byte("number 2"), 1)
	out["wrong-signature"] = slices.Clone(out["signed"])
	at := len(out["wrong-signature"]) - 10
	out["wrong-signature"][at] = 'A' + (out["wrong-signature"][at]-'A'+1)%26
	return out
}

func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	if *addVectors {
		for name, b := range made(t) {
			f := filepath.Join("testdata", name+".txt")
			if _, err := os.Stat(f); err != nil {
				if err := os.WriteFile(f, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d vectors: %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if out[strings.TrimSuffix(filepath.Base(f), ".txt")], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestVectors also finds vectors that made does not make: those of before.
func TestVectors(t *testing.T) {
	refused := map[string]bool{}
	for name, b := range vectors(t) {
		kind, reason, _ := strings.Cut(name, "-")
		m, err := Parse(b)
		switch kind {
		case "accept":
			if err != nil || m.Text() != string(b) {
				t.Errorf("%s: %v", name, err)
			}
		case "reject":
			if !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			said := err.Error()[strings.LastIndex(err.Error(), ": ")+2:]
			refused[said] = true
			reason, _, _ := strings.Cut(reason, ".")
			if got := strings.ReplaceAll(strings.ReplaceAll(said, " /", "-"), " ", "-"); !strings.HasPrefix(got, reason) {
				t.Errorf("%s: refused because %s", name, said)
			}
		case "signed", "unsigned", "wrong":
			want := map[string]error{"signed": nil, "unsigned": ErrUnsigned, "wrong": ErrSignature}[kind]
			if got, err := Verify(b, testSigner(t)); !errors.Is(err, want) || (err == nil) != (got != nil) {
				t.Errorf("%s: %v", name, err)
			}
			if m, err := Read(b); err != nil || m.Text()+"" != string(b[:len(m.Text())]) {
				t.Errorf("%s cannot be read: %v", name, err)
			}
		default:
			t.Errorf("%s: of no kind", name)
		}
	}
	source, err := os.ReadFile("release.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{`p.fail("`, `bad(0, "`, `bad(1, "`} {
		for part := range strings.SplitSeq(string(source), call) {
			reason, rest, _ := strings.Cut(part, `"`)
			if strings.HasPrefix(part, "//") || !strings.HasPrefix(rest, ")") || reason == "it is too long" || reason == "too many files" ||
				reason == "it is spelled in another way" { // tested below; no text has come this far
				continue
			}
			if !refused[reason] {
				t.Errorf("no vector is refused because %s", reason)
			}
		}
	}
}

func testSigner(t testing.TB) string {
	_, public := keys(t, "test.example", 1)
	return public
}

func TestAManifestIsBounded(t *testing.T) {
	m := sample()
	for n := range maxFiles - len(m.Files) {
		m.Files = append(m.Files, File{Path: "/z/" + string(rune('a'+n/676)) + string(rune('a'+n/26%26)) + string(rune('a'+n%26))})
	}
	if _, err := Parse([]byte(m.Text())); err != nil {
		t.Error(err)
	}
	m.Files = append(m.Files, File{Path: "/zz"})
	if _, err := Parse([]byte(m.Text())); err == nil || !strings.Contains(err.Error(), "too many files") {
		t.Error(err)
	}
	if _, err := Parse(make([]byte, MaxText+1)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Error(err)
	}
	for _, read := range []func([]byte) error{
		func(b []byte) error { _, err := Read(b); return err },
		func(b []byte) error { _, err := Verify(b, testSigner(t)); return err },
	} {
		if err := read(make([]byte, MaxNote+1)); !errors.Is(err, ErrFormat) {
			t.Error(err)
		}
	}
	if _, err := Verify([]byte(one), "nonsense"); !errors.Is(err, ErrVerifier) {
		t.Error(err)
	}
}

func TestEveryChangeOfAByteIsNoticed(t *testing.T) {
	a, public := keys(t, "test.example", 1)
	good := sign(t, one, a)
	for i := range good {
		b := slices.Clone(good)
		b[i] ^= 1
		if m, err := Verify(b, public); err == nil && m.Text() != one {
			t.Fatalf("byte %d can be changed", i)
		}
	}
}

func TestAFileIsFoundByItsPathAndKnownByItsBytes(t *testing.T) {
	m := sample()
	f := m.File("/")
	if f == nil || f.Path != Index || !f.Is([]byte("<p>words</p>")) || f.Is([]byte("<p>wordz</p>")) || f.Is(nil) {
		t.Error(f)
	}
	if m.File("/missing") != nil {
		t.Error("found what is not there")
	}
}

func TestHeadersOfOursHaveNoFaultsAndEveryWeakerOneHas(t *testing.T) {
	m := sample()
	if l := Faults(m); len(l) > 0 {
		t.Errorf("%q", l)
	}
	for i := range m.Headers {
		gone, other := sample(), sample()
		gone.Headers = slices.Delete(gone.Headers, i, i+1)
		other.Headers[i].Value += "x"
		if l := Faults(gone); len(l) != 1 || !strings.Contains(l[0], m.Headers[i].Name+" is missing") {
			t.Errorf("without %s: %q", m.Headers[i].Name, l)
		}
		if l := Faults(other); len(l) != 1 || !strings.Contains(l[0], m.Headers[i].Name) {
			t.Errorf("with another %s: %q", m.Headers[i].Name, l)
		}
	}
	for name, change := range map[string]func(*Manifest){
		"a script without its hash": func(m *Manifest) { m.Files[1].Headers = m.Files[1].Headers[:2] },
		"a cookie":                  func(m *Manifest) { m.Headers = append(m.Headers, Header{"Z-Cookie", "a"}) },
		"a wider scope for a worker": func(m *Manifest) {
			m.Files[0].Headers = append(m.Files[0].Headers, Header{"Service-Worker-Allowed", "/"})
		},
		"a script of unknown type":    func(m *Manifest) { m.Files[0].Headers = nil },
		"a relay it was not made for": func(m *Manifest) { m.Headers = Common("wss://relay.example") },
		"no page":                     func(m *Manifest) { m.Files = m.Files[:1] },
	} {
		m := sample()
		change(m)
		if len(Faults(m)) == 0 {
			t.Errorf("%s is not noticed", name)
		}
	}
}

func TestIntegrityIsDemandedOnlyWhereThePageGivesIt(t *testing.T) {
	for _, tt := range []struct {
		claim, page string
		want        bool
	}{
		{"no script", "<p>words</p>", true},
		{"with its hash", `<script src="a.js" integrity="sha256-x" crossorigin="anonymous"></script>`, true},
		{"a module with its hash", `<script type="module" src="a.js" integrity="sha256-x"></script>`, true},
		{"in capitals", `<SCRIPT SRC="a.js" INTEGRITY="sha256-x" CROSSORIGIN></SCRIPT>`, true},
		{"without a hash", `<script src="a.js"></script>`, false},
		{"without crossorigin", `<script src="a.js" integrity="sha256-x"></script>`, false},
		{"the second without", `<script src="a.js" integrity="x" crossorigin></script><script src="b.js"></script>`, false},
		{"never closed", `<script src="a.js"`, false},
	} {
		if got := scriptsHaveIntegrity([]byte(tt.page)); got != tt.want {
			t.Errorf("%s: got %v", tt.claim, got)
		}
		if got := find(Own("/index.html", []byte(tt.page)), "Integrity-Policy") >= 0; got != tt.want {
			t.Errorf("%s: got a header: %v", tt.claim, got)
		}
	}
	if find(Own("/sw.js", nil), "Integrity-Policy") >= 0 {
		t.Error("a worker could import nothing")
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b)
	}
	_, public := keys(f, "test.example", 1)
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Parse(b); err == nil && m.Text() != string(b) {
			t.Error("written in another way")
		}
		if m, err := Read(b); err == nil && !strings.HasPrefix(string(b), m.Text()) {
			t.Error("read what is not there")
		}
		if m, err := Verify(b, public); err == nil && !strings.HasPrefix(string(b), m.Text()) {
			t.Error("verified what is not there")
		}
	})
}
