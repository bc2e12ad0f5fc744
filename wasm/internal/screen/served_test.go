package screen

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/served"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// aside does what goes on beside, and draws.
func (x *tab) aside() {
	x.t.Helper()
	select {
	case f := <-x.do:
		f()
	case <-time.After(time.Minute):
		x.t.Fatal("it never ends")
	}
	x.draw()
}

// publisher signs a release whose page and service worker are one byte each.
func publisher(t testing.TB) (signer string, publish func(number int) map[string][]byte) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, "publisher.example")
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return public, func(number int) map[string][]byte {
		files := map[string][]byte{"/index.html": {byte(number)}, "/sw.js": {byte(number)}}
		m := &release.Manifest{Number: number, Name: "test", Date: "2026-11-26", Policy: 1, Go: "go1", Signer: public}
		for _, p := range []string{"/index.html", "/sw.js"} {
			m.Files = append(m.Files, release.File{Path: p, Hash: sha256.Sum256(files[p]), Size: 1})
		}
		signed, err := note.Sign(&note.Note{Text: m.Text()}, key)
		if err != nil {
			t.Fatal(err)
		}
		files[release.Path] = signed
		return files
	}
}

func TestAnUpdateStartsOnlyWhenItIsThePublishers(t *testing.T) {
	signer, publish := publisher(t)
	for _, tt := range []struct {
		claim  string
		serves map[string][]byte
		says   string
		taken  bool
	}{
		{"a newer release", publish(8), "A newer version is ready", true},
		{"an older release", publish(6), "The server sends changed app files", false},
		{"none at all", publish(7), "The server sends changed app files", false},
		{"another page than was signed", func() map[string][]byte { f := publish(8); f["/index.html"] = []byte("evil"); return f }(), "The server sends changed app files", false},
		{"not signed", map[string][]byte{release.Path: []byte("words")}, "The server sends changed app files", false},
		{"offline", nil, "could not be reached", false},
	} {
		x := unlocked(t)
		x.env.Build = served.Build{Number: 7, Name: "seven", Policy: 1, Signer: signer}
		x.env.Fetch = func(_ context.Context, p string, _ int) ([]byte, error) {
			if b := tt.serves[p]; b != nil {
				return b, nil
			}
			return nil, errors.New("no network")
		}
		x.tell(node.Event{Kind: "update", Fields: map[string]string{"ready": ""}})
		x.tell(node.Event{Kind: "update", Fields: map[string]string{"ready": "yes"}})
		for x.files.judging {
			x.aside()
		}
		x.press(view.ActServed)
		for x.files.report == nil || x.files.judging {
			x.aside()
		}
		x.shows(tt.says)
		x.page.commands = nil
		x.press(view.ActServedAccept)
		want := "reload accept "
		if tt.taken {
			want += "yes"
		}
		if !slices.Equal(x.page.commands, []string{want}) {
			t.Errorf("%s: %q", tt.claim, x.page.commands)
		}
	}
}

// What was said of one update does not hold for the next that the browser finds.
func TestAnUpdateThatFollowsAGoodOneIsJudgedItself(t *testing.T) {
	signer, publish := publisher(t)
	x := unlocked(t)
	x.env.Build = served.Build{Number: 7, Name: "seven", Policy: 1, Signer: signer}
	var mu sync.Mutex
	serves, changing := publish(8), false
	x.env.Fetch = func(_ context.Context, p string, _ int) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		b := serves[p]
		if changing && p == release.Path {
			serves[p] = []byte("words") // from now on
		}
		return b, nil
	}
	found := func(ready string) { x.tell(node.Event{Kind: "update", Fields: map[string]string{"ready": ready}}) }
	taken := func() bool {
		x.page.commands = nil
		x.press(view.ActServedAccept)
		return slices.Equal(x.page.commands, []string{"reload accept yes"})
	}
	judged := func() {
		for x.files.judging {
			x.aside()
		}
	}
	found("yes")
	judged()
	if !taken() {
		t.Fatal("a good update is not taken")
	}
	// The next comes while the one before is being judged.
	mu.Lock()
	changing = true
	mu.Unlock()
	found("yes")
	found("yes")
	if taken() {
		t.Error("an update was taken before it was judged")
	}
	for x.files.again {
		x.aside()
	}
	if taken() {
		t.Error("an update was taken for the one before it")
	}
	judged()
	if taken() {
		t.Error("an update was taken that nobody signed")
	}
}

func TestWhyThisReleaseMayNotOpenTheDiaryIsSaid(t *testing.T) {
	for err, says := range map[error]string{
		served.ErrOlder:    "This is an older version of Vialog",
		served.ErrSigner:   "is not signed by the publisher",
		errors.New("else"): "Number for support: else",
	} {
		x := open(t, vault.NewMemory(), vault.NewSoftware())
		x.fatalFor(err, view.FaultDamaged)
		x.draw()
		x.shows(says)
		x.shows(view.ActReload)
	}
}
