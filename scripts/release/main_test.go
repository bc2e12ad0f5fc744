package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vialog/shared/release"
)

func do(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(args, &out)
	return out.String(), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := do(t, args...)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return strings.TrimSpace(out)
}

func write(t *testing.T, file, signer, relay string, number int, page string) {
	t.Helper()
	b := []byte(page)
	m := &release.Manifest{Number: number, Name: "1", Date: "2026-11-26", Policy: 1, Go: "go1", Relay: relay, Signer: signer, Headers: release.Common(relay),
		Files: []release.File{{Path: release.Index, Hash: sha256.Sum256(b), Size: len(b), Headers: release.Own(release.Index, b)}}}
	if err := os.WriteFile(file, []byte(m.Text()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSignedIsVerifiedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	key, text := filepath.Join(dir, "key"), filepath.Join(dir, "release.txt")
	signer := must(t, "keygen", "-key", key, "publisher.example")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	if got := must(t, "verifier", "-key", key); got != signer {
		t.Errorf("%s, then %s", signer, got)
	}
	private, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, text, signer, "", 1, "page")
	if _, err := do(t, "verify", "-signer", signer, text); !errors.Is(err, release.ErrUnsigned) {
		t.Errorf("before signing: %v", err)
	}
	said := must(t, "sign", "-key", key, text)
	if !strings.Contains(said, "release 1") || strings.Contains(said, "PRIVATE") {
		t.Error(said)
	}
	must(t, "verify", "-signer", signer, text)
	signed, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if secret := strings.Split(strings.SplitN(string(private), "\n", 2)[0], "+"); bytes.Contains(signed, []byte(secret[len(secret)-1])) {
		t.Error("the key is in what it signed")
	}
	if err := os.WriteFile(text, bytes.Replace(signed, []byte("number 1"), []byte("number 2"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, "verify", "-signer", signer, text); !errors.Is(err, release.ErrSignature) {
		t.Errorf("after a change: %v", err)
	}
}

func TestOneTextForANumberAndNeverALowerOne(t *testing.T) {
	dir := t.TempDir()
	key, text := filepath.Join(dir, "key"), filepath.Join(dir, "release.txt")
	signer := must(t, "keygen", "-key", key, "publisher.example")
	for _, tt := range []struct {
		claim, relay string
		number       int
		page, says   string
	}{
		{"the first", "", 1, "z", ""},
		{"another number", "", 7, "a", ""},
		{"the same again", "", 7, "a", ""},
		{"another of that number", "", 7, "b", "another text"},
		{"for another relay", "wss://relay.example.org", 7, "b", ""},
		{"a lower one", "", 6, "a", "do not go back"},
		{"a higher one", "", 8, "b", ""},
		{"the older again", "", 7, "a", ""}, // it was published; a copy of it is no harm
	} {
		write(t, text, signer, tt.relay, tt.number, tt.page)
		_, err := do(t, "sign", "-key", key, text)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.claim, err)
		}
	}
}

// Apps of the one before know nobody else, so it signs too, and first, from the
// release on that introduces the next: an app may skip that one.
func TestOneSignerCanFollowAnother(t *testing.T) {
	dir := t.TempDir()
	text, one, two := filepath.Join(dir, "release.txt"), filepath.Join(dir, "old"), filepath.Join(dir, "next")
	old := must(t, "keygen", "-key", one, "publisher.example")
	next := must(t, "keygen", "-key", two, "publisher.example")
	third := must(t, "keygen", "-key", filepath.Join(dir, "third"), "publisher.example")
	write(t, text, old, "", 1, "page")
	must(t, "sign", "-key", one, text)

	for _, tt := range []struct {
		claim  string
		number int
		signer string
		by     [][]string // each is one signing; the last is judged
		says   string
	}{
		{"by the new key alone, which knows of nobody", 2, next, [][]string{{two}}, "-before VERIFIER"},
		{"by the new key alone, which knows of the old", 2, next, [][]string{{two, "-before", old}}, "it has to sign first"},
		{"by both, with another before", 2, next, [][]string{{one}, {two, "-before", third}}, "it has to sign first"},
		{"by both, the old first", 2, next, [][]string{{one}, {two, "-before", old}}, ""},
		{"the same again, built anew, by the new key alone", 2, next, [][]string{{two}}, "it has to sign first"},
		{"the next release, by the new key alone", 3, next, [][]string{{two}}, "it has to sign first"},
		{"the next release, by both", 3, next, [][]string{{one}, {two}}, ""},
		{"back to the old key alone", 4, old, [][]string{{one}}, "it has to sign first"},
		{"back to the old key, by both", 4, old, [][]string{{two}, {one}}, ""},
		{"by the new key alone, on purpose", 5, next, [][]string{{two, "-force", "the old key is lost"}}, ""},
	} {
		write(t, text, tt.signer, "", tt.number, "page")
		before, err := os.ReadFile(two + ".signed")
		if err != nil && tt.number > 2 {
			t.Fatal(err)
		}
		var said string
		for i, by := range tt.by {
			if said, err = do(t, append(append([]string{"sign", "-key"}, by...), text)...); err != nil && i < len(tt.by)-1 {
				t.Fatalf("%s: %v", tt.claim, err)
			}
		}
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.claim, err)
		}
		if after, _ := os.ReadFile(two + ".signed"); err != nil && !bytes.Equal(before, after) {
			t.Errorf("%s: what was refused is in the list", tt.claim)
		}
		if forced := tt.number == 5; forced != strings.Contains(said, "the old key is lost") || forced != strings.Contains(said, "Signed although apps that ask for "+old) {
			t.Errorf("%s: %s", tt.claim, said)
		}
		if err == nil && tt.number < 5 {
			must(t, "verify", "-signer", old, text)
			must(t, "verify", "-signer", next, text)
		}
	}
}

func TestANumberThatLeadsNowhereIsNotSigned(t *testing.T) {
	dir := t.TempDir()
	key, fresh, text := filepath.Join(dir, "key"), filepath.Join(dir, "fresh"), filepath.Join(dir, "release.txt")
	signer := must(t, "keygen", "-key", key, "publisher.example")
	first := must(t, "keygen", "-key", fresh, "publisher.example")
	for _, tt := range []struct {
		claim       string
		key, signer string
		number      int
		policy      int
		with        []string
		says        string
	}{
		{"the first release is a day", fresh, first, 20261126, 1, nil, "more than 1000"},
		{"the first is a day, and nobody was before", fresh, first, 20261126, 1, []string{"-before", "nobody"}, "more than 1000"},
		{"the first has a number of others", fresh, first, 12, 1, nil, "-before nobody"},
		{"and nobody was before", fresh, first, 12, 1, []string{"-before", "nobody"}, ""},
		{"number 1", key, signer, 1, 2, nil, ""},
		{"a day", key, signer, 20261126, 2, nil, "more than 1000 above release 1"},
		{"one too far", key, signer, 1002, 2, nil, "more than 1000 above release 1"},
		{"just within", key, signer, 1001, 2, nil, ""},
		{"for another relay, a day", key, signer, 20261126, 2, nil, "more than 1000 above release 1001"},
		{"an older policy", key, signer, 1002, 1, nil, "policy 1 is lower than 2"},
		{"a day, on purpose", key, signer, 20261126, 2, []string{"-force", "days from now on"}, ""},
		{"the day after", key, signer, 20261127, 2, nil, ""},
	} {
		relay := ""
		if strings.Contains(tt.claim, "another relay") {
			relay = "wss://relay.example.org"
		}
		write(t, text, tt.signer, relay, tt.number, "page")
		b, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.Replace(b, []byte("\npolicy 1\n"), []byte("\npolicy "+string(rune('0'+tt.policy))+"\n"), 1)
		if err := os.WriteFile(text, b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = do(t, append(append([]string{"sign", "-key", tt.key}, tt.with...), text)...)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.claim, err)
		}
	}
}

// Lists that an earlier version of this command has written go on to count.
func TestAListFromBeforeCounts(t *testing.T) {
	dir := t.TempDir()
	key, text := filepath.Join(dir, "key"), filepath.Join(dir, "release.txt")
	signer := must(t, "keygen", "-key", key, "publisher.example")
	if err := os.WriteFile(key+".signed", []byte("7 - "+strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, text, signer, "", 7, "page")
	if _, err := do(t, "sign", "-key", key, text); err == nil || !strings.Contains(err.Error(), "another text") {
		t.Error(err)
	}
	write(t, text, signer, "", 8, "page")
	must(t, "sign", "-key", key, text)
}

func TestKeysAreKeptFromHarm(t *testing.T) {
	dir := t.TempDir()
	key, text := filepath.Join(dir, "key"), filepath.Join(dir, "release.txt")
	signer := must(t, "keygen", "-key", key, "publisher.example")
	if _, err := do(t, "keygen", "-key", key, "publisher.example"); err == nil {
		t.Error("a key was written over")
	}
	if _, err := do(t, "keygen", "-key", "key", "publisher.example"); !errors.Is(err, errInside) {
		t.Errorf("a key among the sources: %v", err)
	}
	if _, err := do(t, "keygen", "-key", filepath.Join(dir, "other"), "a name"); err == nil {
		t.Error("a name with a space")
	}
	write(t, text, signer, "", 1, "page")
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, "sign", "-key", key, text); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, text, "", "", 1, "page")
	if _, err := do(t, "sign", "-key", key, text); err == nil || !strings.Contains(err.Error(), "without a signer") {
		t.Errorf("an app that asks for nobody: %v", err)
	}
	weak := &release.Manifest{Number: 1, Name: "1", Date: "2026-11-26", Policy: 1, Go: "go1", Signer: signer,
		Files: []release.File{{Path: release.Index, Hash: sha256.Sum256(nil)}}}
	if err := os.WriteFile(text, []byte(weak.Text()), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, "sign", "-key", key, text); err == nil || !strings.Contains(err.Error(), "Content-Security-Policy is missing") {
		t.Errorf("an app without headers: %v", err)
	}
	if err := os.WriteFile(key+".signed", []byte("words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, text, signer, "", 1, "page")
	if _, err := do(t, "sign", "-key", key, text); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged list: %v", err)
	}
	if _, err := do(t); !errors.Is(err, errUsage) {
		t.Error(err)
	}
}
