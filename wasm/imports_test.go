package main_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// modules are what the wasm may contain besides Go's own library and this
// module. Each is here for one reason.
var modules = []string{
	"filippo.io/mldsa",            // the half of hybrid signatures that will outlast Ed25519
	"golang.org/x/crypto/",        // Argon2id, BLAKE2b, XChaCha20-Poly1305, strict reading of bytes
	"golang.org/x/mod/sumdb/note", // signed manifests of releases
	"rsc.io/qr/",                  // codes of invitations and recovery sheets
}

// forbidden, and what is below it, would make a phone load what no screen
// needs, or would bring in a second way to do what one package is there for.
var forbidden = map[string]string{
	"crypto/tls":                  "the browser does it",
	"crypto/x509":                 "the browser does it",
	"encoding/gob":                "formats are written by hand",
	"encoding/json":               "formats are written by hand; it costs a phone 180 KB",
	"encoding/xml":                "formats are written by hand",
	"go":                          "for tools",
	"html/template":               "screens are nodes; it costs a phone 700 KB",
	"text/template":               "screens are nodes; it costs a phone 440 KB",
	"log":                         "nothing is logged in a browser",
	"net":                         "package browser has the sockets; net/http costs a phone 1.2 MB",
	"regexp":                      "input is parsed by hand",
	"testing":                     "for tests",
	"time/tzdata":                 "the browser knows its zone",
	"compress":                    "what is sealed is never compressed",
	"github.com":                  "for the relay and for tests",
	"modernc.org":                 "for the relay",
	"vialog/relay":                "the relay must stay blind, and the app must not trust it",
	"vialog/web":                  "for the relay and for tests",
	"vialog/scripts":              "for building",
	"vialog/wasm/demo":            "for demonstrations",
	"vialog/wasm/bench":           "for measuring",
	"vialog/wasm/e2e":             "for tests",
	"vialog/wasm/internal/native": "what stands in for the browser outside of it",
}

// extraModules are what the second program, which is loaded only when it is
// needed, may contain.
var extraModules = []string{
	"github.com/makiuchi-d/gozxing",  // reads codes
	"golang.org/x/text/",             // of gozxing: character sets of QR codes
	"golang.org/x/xerrors",           // of gozxing
	"golang.org/x/crypto/cryptobyte", // strict reading of bytes; no ciphers are in it
}

// forbiddenInExtra, and what is below it: the second program works on what it is
// given and gives it back. It can neither open, sign nor send anything.
var forbiddenInExtra = map[string]string{
	// crypto/cipher itself, which only declares what ciphers are, comes with
	// crypto/rand and crypto/sha256.
	"crypto/aes":                   "it holds no keys",
	"golang.org/x/crypto/chacha20": "it holds no keys",
	"crypto/ecdh":                  "it holds no keys",
	"crypto/ed25519":               "it holds no keys",
	"crypto/hpke":                  "it holds no keys",
	"crypto/mlkem":                 "it holds no keys",
	"filippo.io":                   "it holds no keys",
	"vialog/wasm/internal/seal":    "it holds no keys",
	"vialog/wasm/internal/keyring": "it holds no keys",
	"vialog/wasm/internal/vault":   "it holds no keys, and keeps nothing",
	"vialog/wasm/internal/join":    "it holds no keys, and speaks to nobody",
	"vialog/wasm/internal/link":    "it speaks to nobody",
	"vialog/shared/wire":           "it speaks to nobody",
	"vialog/wasm/internal/app":     "it works for the app and has none in it",
	"vialog/wasm/internal/screen":  "it works for the app and has none in it",
	"vialog/wasm/internal/view":    "it shows nothing",
	"vialog/wasm/internal/native":  "what stands in for the browser outside of it",
	"net":                          "it speaks to nobody",
	"crypto/tls":                   "it speaks to nobody",
	"os/exec":                      "there is nothing to start",
	"html/template":                "nothing is shown by it",
	"testing":                      "for tests",
	"modernc.org":                  "for the relay",
	"vialog/relay":                 "the relay must stay blind, and the app must not trust it",
	"vialog/web":                   "for the relay and for tests",
	"vialog/scripts":               "for building",
}

func TestTheWasmHoldsOnlyWhatItMay(t *testing.T) {
	holdsOnly(t, "vialog/wasm", modules, forbidden)
}

func TestTheSecondProgramHoldsNoKeysAndNoNetwork(t *testing.T) {
	holdsOnly(t, "vialog/wasm/extra", extraModules, forbiddenInExtra)
}

func holdsOnly(t *testing.T, program string, modules []string, forbidden map[string]string) {
	t.Helper()
	c := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}}", program)
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 50 {
		t.Fatalf("only %d packages", len(lines))
	}
	for _, line := range lines {
		p, standard, _ := strings.Cut(line, " ")
		for above, why := range forbidden {
			if strings.HasPrefix(p+"/", above+"/") {
				t.Errorf("%s is in %s: %s", p, program, why)
			}
		}
		if standard == "true" || p == program || strings.HasPrefix(p, "vialog/wasm/internal/") || strings.HasPrefix(p, "vialog/shared/") {
			continue
		}
		if !slices.ContainsFunc(modules, func(m string) bool { return strings.HasPrefix(p, m) }) {
			t.Errorf("%s is in %s; is there a good reason?", p, program)
		}
	}
}

func TestOnePackageReachesJavaScriptAndOneTheCiphers(t *testing.T) {
	c := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Imports}}{{end}}", "vialog/wasm", "vialog/wasm/extra")
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		p, imports, _ := strings.Cut(line, " ")
		list := strings.Fields(strings.Trim(strings.TrimSpace(imports), "[]"))
		if slices.Contains(list, "syscall/js") && p != "vialog/wasm/internal/browser" && p != "vialog/wasm/internal/browser/ops" {
			t.Errorf("%s imports syscall/js", p)
		}
		for _, aead := range []string{"crypto/aes", "crypto/cipher", "crypto/hpke", "golang.org/x/crypto/chacha20poly1305", "golang.org/x/crypto/argon2", "filippo.io/mldsa"} {
			if slices.Contains(list, aead) && strings.HasPrefix(p, "vialog/") && p != "vialog/wasm/internal/seal" {
				t.Errorf("%s imports %s; only seal does", p, aead)
			}
		}
	}
}

// The generic sorts of the standard library are compiled for each type anew.
func TestTheWasmIsSortedByOneRoutine(t *testing.T) {
	c := exec.Command("go", "list", "-deps", "-f", `{{$d := .Dir}}{{if not .Standard}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`, "vialog/wasm")
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for file := range strings.FieldsSeq(string(out)) {
		if !strings.Contains(file, "/wasm/internal/") || strings.Contains(file, "/wasm/internal/arrange/") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, sort := range []string{"SortFunc(", "SortStableFunc(", "SortedFunc(", "SortedStableFunc("} {
			if strings.Contains(string(text), "slices."+sort) {
				t.Errorf("%s has slices.%s…): package arrange sorts in less code", file, sort)
			}
		}
	}
	if read < 100 {
		t.Fatalf("only %d files", read)
	}
}
