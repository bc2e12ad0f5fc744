package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"vialog/shared/release"
)

func hosts(t *testing.T) (*site, map[string][]byte) {
	t.Helper()
	s, err := assemble(static(t), []byte("wasm"), []byte("extra"), identity{number: 1, relay: "wss://relay.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return s, forHosts(s)
}

func TestTheFormsOfOthersNameTheFilesOfTheRelease(t *testing.T) {
	s, host := hosts(t)
	var webcat struct {
		Files map[string]string
		Wasm  []string
		CSP   string `json:"default_csp"`
		Index string `json:"default_index"`
		Lost  string `json:"default_fallback"`
	}
	if err := json.Unmarshal(host["webcat/manifest.json"], &webcat); err != nil {
		t.Fatal(err)
	}
	var waict struct {
		Hashes map[string]string
		Wasm   []string `json:"wasm_hashes"`
	}
	var name string
	for n := range host {
		if strings.HasPrefix(n, "waict/vialog_") {
			name = path.Base(n)
		}
	}
	body := host["waict/"+name]
	line, rest, ok := strings.Cut(string(body), "\n")
	if err := json.Unmarshal([]byte(line), &waict); err != nil || !ok || rest != "\n" {
		t.Fatalf("%v, %q", err, rest)
	}
	sum := sha256.Sum256(body)
	if want := "vialog_" + base64.RawURLEncoding.EncodeToString(sum[:])[:22]; name != want ||
		string(host["waict/header.txt"]) != `Integrity-Policy-WAICT-v1: max-age=0, mode=report, manifest="/.well-known/waict/manifests/`+want+"\"\n" {
		t.Errorf("%s %s", name, host["waict/header.txt"])
	}
	var wasm []string
	for n, b := range s.files {
		if "/"+n == release.Path {
			continue
		}
		sum := sha256.Sum256(b)
		want := base64.RawURLEncoding.EncodeToString(sum[:])
		if webcat.Files["/"+n] != want || waict.Hashes["/"+n] != want {
			t.Errorf("%s: %s and %s, want %s", n, webcat.Files["/"+n], waict.Hashes["/"+n], want)
		}
		if path.Ext(n) == ".wasm" {
			wasm = append(wasm, want)
		}
	}
	slices.Sort(wasm)
	if len(wasm) != 2 || !slices.Equal(webcat.Wasm, wasm) || !slices.Equal(waict.Wasm, wasm) {
		t.Errorf("%q %q, want %q", webcat.Wasm, waict.Wasm, wasm)
	}
	if len(webcat.Files) != len(s.files)-1 || len(waict.Hashes) != len(s.files) || waict.Hashes["/"] != waict.Hashes["/index.html"] {
		t.Errorf("%d and %d files, want %d", len(webcat.Files), len(waict.Hashes), len(s.files))
	}
	// As validators.ts of the extension looks these up.
	if webcat.Files["/"+webcat.Index] == "" || webcat.Files[webcat.Lost] == "" {
		t.Error("the index is not among the files")
	}
}

// WEBCAT's rules for policies (csp.md of webcat-spec, validators.ts), as far as
// they concern directives that we have.
func TestWebcatWouldRefuseOnlyTheWorkerFromMemory(t *testing.T) {
	_, host := hosts(t)
	var webcat struct {
		CSP string `json:"default_csp"`
	}
	if err := json.Unmarshal(host["webcat/manifest.json"], &webcat); err != nil {
		t.Fatal(err)
	}
	rules := map[string][]string{
		"default-src": {"'none'"}, "script-src": {"'none'", "'self'", "'wasm-unsafe-eval'"}, "style-src": {"'none'", "'self'"},
		"object-src": {"'none'"}, "frame-src": {"'none'", "'self'", "blob:", "data:"}, "child-src": {"'none'", "'self'", "blob:", "data:"},
		"worker-src": {"'none'", "'self'"},
	}
	if strings.Contains(webcat.CSP, ",") {
		t.Error("a comma")
	}
	var refused []string
	for directive := range strings.SplitSeq(webcat.CSP, "; ") {
		words := strings.Fields(directive)
		allowed, ruled := rules[words[0]]
		for _, w := range words[1:] {
			if ruled && !slices.Contains(allowed, w) {
				refused = append(refused, words[0]+" "+w)
			}
		}
	}
	if !slices.Equal(refused, []string{"worker-src blob:"}) {
		t.Errorf("refused: %q; if there is nothing, FORMAT.md and THREATS.md are to say so", refused)
	}
}

func TestHostFilesHoldEveryPathWithEveryHeader(t *testing.T) {
	s, host := hosts(t)
	nginx, caddy := string(host["nginx.conf"]), string(host["Caddyfile"])
	for _, a := range answers(s.manifest) {
		_, block, ok := strings.Cut(nginx, "location = "+a.path+" {")
		block, _, _ = strings.Cut(block, "\n}")
		_, other, also := strings.Cut(caddy, " path_regexp ^"+strings.ReplaceAll(a.path, ".", `\.`)+"$\n")
		other, _, _ = strings.Cut(other, "\n\t}\n")
		if !ok || !also {
			t.Errorf("%s is not there", a.path)
			continue
		}
		for _, h := range a.headers {
			if strings.ContainsAny(h.Value, "\"$\\{}") {
				t.Errorf("%s: %s cannot be written so", h.Name, h.Value)
			}
			in := `add_header ` + h.Name + ` "` + h.Value + `" always;`
			if h.Name == "Content-Type" {
				in = `default_type "` + h.Value + `";`
			}
			if !strings.Contains(block, in) {
				t.Errorf("nginx: %s lacks %s", a.path, h.Name)
			}
			if !strings.Contains(other, "\t"+h.Name+` "`+h.Value+`"`) {
				t.Errorf("Caddy: %s lacks %s", a.path, h.Name)
			}
		}
	}
}
