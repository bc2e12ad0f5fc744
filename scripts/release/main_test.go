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
	write(t, text, signer, "", 7, "page")
	if _, err := do(t, "verify", "-signer", signer, text); !errors.Is(err, release.ErrUnsigned) {
		t.Errorf("before signing: %v", err)
	}
	said := must(t, "sign", "-key", key, text)
	if !strings.Contains(said, "release 7") || strings.Contains(said, "PRIVATE") {
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
	if err := os.WriteFile(text, bytes.Replace(signed, []byte("number 7"), []byte("number 8"), 1), 0o644); err != nil {
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
		{"the first", "", 7, "a", ""},
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

func TestOneSignerCanFollowAnother(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "release.txt")
	old := must(t, "keygen", "-key", filepath.Join(dir, "old"), "publisher.example")
	next := must(t, "keygen", "-key", filepath.Join(dir, "next"), "publisher.example")
	write(t, text, next, "", 9, "page")
	must(t, "sign", "-key", filepath.Join(dir, "next"), text)
	must(t, "sign", "-key", filepath.Join(dir, "old"), text)
	must(t, "verify", "-signer", old, text)
	must(t, "verify", "-signer", next, text)
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
