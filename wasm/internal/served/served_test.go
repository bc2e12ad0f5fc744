package served

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

func key(t testing.TB, name string) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

// An origin serves files; nil ones are not there.
type origin map[string][]byte

var errGone = errors.New("no network")

func (o origin) fetch(_ context.Context, p string, limit int) ([]byte, error) {
	b := o[p]
	if b == nil {
		return nil, errGone
	}
	return b[:min(len(b), limit)], nil
}

// publish makes the files of a release and signs their manifest.
func publish(t testing.TB, b Build, by ...note.Signer) origin {
	t.Helper()
	n := byte(b.Number)
	o := origin{"/index.html": {'p', n}, "/sw.js": {'s', n}, "/a/app.wasm": {'w', n}, "/icon.svg": {'i'}}
	m := &release.Manifest{Number: b.Number, Name: "n", Date: "2026-11-26", Policy: b.Policy, Go: "go1", Signer: b.Signer}
	for _, p := range []string{"/a/app.wasm", "/icon.svg", "/index.html", "/sw.js"} {
		m.Files = append(m.Files, release.File{Path: p, Hash: sha256.Sum256(o[p]), Size: len(o[p])})
	}
	o[release.Path] = []byte(m.Text())
	if len(by) > 0 {
		signed, err := note.Sign(&note.Note{Text: m.Text()}, by...)
		if err != nil {
			t.Fatal(err)
		}
		o[release.Path] = signed
	}
	return o
}

func integrity(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// memory is a vault that is open.
type memory map[string][]byte

func (m memory) Get(_ context.Context, k string) ([]byte, error) { return m[k], nil }

func (m memory) Write(_ context.Context, puts []vault.Record) error {
	for _, p := range puts {
		m[p.Key] = p.Value
	}
	return nil
}

func TestAnOlderReleaseDoesNotGoOn(t *testing.T) {
	one, signer := key(t, "publisher.example")
	two, next := key(t, "publisher.example")
	build := func(number, policy int, signer string) Build {
		return Build{Number: number, Policy: policy, Signer: signer}
	}
	for _, tt := range []struct {
		claim     string
		had, runs Build
		serves    origin
		want      error
	}{
		{"the first", Build{}, build(7, 1, signer), nil, nil},
		{"the same", build(7, 1, signer), build(7, 1, signer), nil, nil},
		{"a newer one", build(7, 1, signer), build(8, 1, signer), nil, nil},
		{"an older one", build(7, 1, signer), build(6, 1, signer), publish(t, build(6, 1, signer), one), ErrOlder},
		{"an older policy", build(7, 2, signer), build(8, 1, signer), publish(t, build(8, 1, signer), one), ErrOlder},
		{"signed for the first time", build(7, 1, ""), build(8, 1, signer), nil, nil},
		{"not signed any more", build(7, 1, signer), build(8, 1, ""), publish(t, build(8, 1, ""), one), ErrSigner},
		{"by somebody else", build(7, 1, signer), build(8, 1, next), publish(t, build(8, 1, next), two), ErrSigner},
		{"by somebody else, and offline", build(7, 1, signer), build(8, 1, next), nil, ErrSigner},
		{"handed over", build(7, 1, signer), build(8, 1, next), publish(t, build(8, 1, next), one, two), nil},
		{"handed over, but not this one", build(7, 1, signer), build(9, 1, next), publish(t, build(8, 1, next), one, two), ErrSigner},
		{"handed over to a third", build(7, 1, signer), build(8, 1, next), publish(t, build(8, 1, signer), one), ErrSigner},
	} {
		v := memory{}
		if tt.had.Number > 0 {
			if err := Admit(t.Context(), v, tt.had, nil); err != nil {
				t.Fatal(err)
			}
		}
		before := slices.Clone(v[recordKey])
		if err := Admit(t.Context(), v, tt.runs, tt.serves.fetch); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.claim, err)
		}
		want := Floor{uint32(tt.runs.Number), uint32(tt.runs.Policy), tt.runs.Signer}.bytes()
		if tt.want != nil {
			want = before
		}
		if !bytes.Equal(v[recordKey], want) {
			t.Errorf("%s: left %x, want %x", tt.claim, v[recordKey], want)
		}
	}
	if err := Admit(t.Context(), memory{recordKey: {2, 0}}, build(9, 9, signer), nil); !errors.Is(err, ErrOlder) {
		t.Errorf("a record of a newer app: %v", err)
	}
}

func TestWhatIsServedIsHeldAgainstWhatWasSigned(t *testing.T) {
	one, signer := key(t, "publisher.example")
	other, _ := key(t, "publisher.example")
	b := Build{Number: 7, Policy: 1, Signer: signer}
	good := publish(t, b, one)
	loaded := map[string]string{"/a/app.wasm": integrity(good["/a/app.wasm"])}
	with := func(p string, content []byte) origin {
		o := publish(t, b, one)
		o[p] = content
		return o
	}
	newer, older := b, b
	newer.Number, older.Number = 8, 6
	unsigned := b
	unsigned.Signer = ""
	for _, tt := range []struct {
		claim  string
		build  Build
		loaded map[string]string
		serves origin
		want   Verdict
		differ []string
	}{
		{"as published", b, loaded, good, Same, nil},
		{"offline", b, loaded, nil, Unknown, nil},
		{"the network breaks off", b, loaded, with("/sw.js", nil), Unknown, nil},
		{"not signed", b, loaded, publish(t, b), Wrong, nil},
		{"signed by somebody else", b, loaded, publish(t, b, other), Wrong, nil},
		{"no manifest at all", b, loaded, with(release.Path, []byte("<html>")), Wrong, nil},
		{"an older release", b, loaded, publish(t, older, one), Old, nil},
		{"a newer release", b, loaded, publish(t, newer, one), Newer, nil},
		{"another page", b, loaded, with("/index.html", []byte("evil")), Changed, []string{"/index.html"}},
		{"a page with more", b, loaded, with("/index.html", []byte{'p', 7, 'x'}), Changed, []string{"/index.html"}},
		{"another service worker", b, loaded, with("/sw.js", []byte("evil")), Changed, []string{"/sw.js"}},
		{"a program that was not published", b, map[string]string{"/a/app.wasm": integrity([]byte("evil"))}, good, Changed, []string{"/a/app.wasm"}},
		{"a script more", b, map[string]string{"/a/more.js": integrity([]byte("evil"))}, good, Changed, []string{"/a/more.js"}},
		{"nobody's signature asked for", unsigned, loaded, publish(t, unsigned), Unsigned, nil},
	} {
		r := Look(t.Context(), tt.build, tt.loaded, tt.serves.fetch)
		if r.Verdict != tt.want || !slices.Equal(r.Differ, tt.differ) {
			t.Errorf("%s: %v, %q", tt.claim, r.Verdict, r.Differ)
		}
		if r.Verdict == Same && (r.Loaded != 1 || r.Compared != 3) {
			t.Errorf("%s: compared %d and %d", tt.claim, r.Loaded, r.Compared)
		}
	}
}

// The browser says that there is an update. Only a newer release that the
// publisher has signed, and that the origin serves, can be one.
func TestAnUpdateIsTakenOnlyFromThePublisher(t *testing.T) {
	one, signer := key(t, "publisher.example")
	other, _ := key(t, "publisher.example")
	b := Build{Number: 7, Policy: 2, Signer: signer}
	newer := Build{Number: 8, Policy: 2, Signer: signer}
	with := func(p string, content []byte) origin {
		o := publish(t, newer, one)
		o[p] = content
		return o
	}
	for _, tt := range []struct {
		claim  string
		build  Build
		serves origin
		want   Verdict
	}{
		{"a newer release", b, publish(t, newer, one), Newer},
		{"offline", b, nil, Unknown},
		{"not signed", b, publish(t, newer), Wrong},
		{"signed by somebody else", b, publish(t, newer, other), Wrong},
		{"an older release", b, publish(t, Build{Number: 6, Policy: 2, Signer: signer}, one), Old},
		{"an older policy", b, publish(t, Build{Number: 8, Policy: 1, Signer: signer}, one), Old},
		{"the release that runs already, so that the update is none", b, publish(t, b, one), Old},
		{"another service worker than was signed", b, with("/sw.js", []byte("evil")), Changed},
		{"another page than was signed", b, with("/index.html", []byte("evil")), Changed},
		{"a build that asks for nobody", Build{Number: 7, Policy: 1}, publish(t, Build{Number: 7, Policy: 1}), Unsigned},
	} {
		if r := Offer(t.Context(), tt.build, tt.serves.fetch); r.Verdict != tt.want {
			t.Errorf("%s: %v", tt.claim, r.Verdict)
		}
	}
}

func TestTheManifestNamesThePolicyOfTheCode(t *testing.T) {
	if release.Policy != int(seal.Current.Version) {
		t.Errorf("shared/release says %d, seal %d", release.Policy, seal.Current.Version)
	}
}

func FuzzFloor(f *testing.F) {
	f.Add(Floor{1, 1, ""}.bytes())
	f.Add(Floor{7, 2, "a+b+c"}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if floor, err := parseFloor(b); err == nil && !bytes.Equal(floor.bytes(), b) {
			t.Errorf("%x is written in another way", b)
		}
	})
}
