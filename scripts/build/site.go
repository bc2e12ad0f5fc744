package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
)

// A site is the files as they are served, by name without the first "/".
type site struct {
	files    map[string][]byte
	listed   []string // what the service worker keeps, by address
	later    []string // what it keeps from its first use on
	release  string
	manifest *release.Manifest
}

// identity is what a release is called and stands for.
type identity struct {
	relay  string // origin of the relay; empty: that of the page
	signer string // whose signature the app asks for; empty: nobody's
	number int
}

func (s *site) names() []string { return slices.Sorted(maps.Keys(s.files)) }

// assemble puts the site together from the static files and the two programs.
func assemble(static fs.FS, wasm, extra []byte, id identity) (*site, error) {
	goExec, err := wasmExec()
	if err != nil {
		return nil, err
	}
	s := &site{files: make(map[string][]byte)}
	src := make(map[string][]byte)
	entries, err := fs.ReadDir(static, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if src[e.Name()], err = fs.ReadFile(static, e.Name()); err != nil {
			return nil, err
		}
	}
	need := func(name string) []byte {
		b, ok := src[name]
		if !ok && err == nil {
			err = fmt.Errorf("web/static/%s is missing", name)
		}
		delete(src, name)
		return b
	}

	shell := s.add("shell.js", need("shell.js"))
	worker := s.add("worker.js", slices.Concat(goExec, []byte("\n"), need("worker.js")))
	style := s.add("app.css", need("app.css"))
	module := s.add("app.wasm", wasm)
	second := s.add("extra.wasm", extra)
	page, keeper := need("index.html"), need("sw.js")
	if err != nil {
		return nil, err
	}
	for name, b := range src {
		s.files[name] = b
	}
	for name, b := range drawn() {
		s.files[name] = b
	}

	edits := [][2]string{
		{`<link rel="stylesheet" href="app.css">`, `<link rel="stylesheet" href="` + style + `" integrity="` + s.integrity(style) + `" crossorigin="anonymous">`},
		{`src="shell.js"`, `src="` + shell + `" integrity="` + s.integrity(shell) + `" crossorigin="anonymous"`},
		{`data-worker="worker.js"`, `data-worker="` + worker + `" data-worker-integrity="` + s.integrity(worker) + `"`},
		{`data-wasm="app.wasm"`, `data-wasm="` + module + `" data-wasm-integrity="` + s.integrity(module) + `"`},
		{`data-extra="extra.wasm"`, `data-extra="` + second + `" data-extra-integrity="` + s.integrity(second) + `"`},
	}
	if relay := id.relay; relay != "" {
		if !strings.HasPrefix(relay, "wss://") && !strings.HasPrefix(relay, "ws://") || strings.ContainsAny(relay, " '\"<>;,") {
			return nil, fmt.Errorf("%q is not the origin of a relay", relay)
		}
		edits = append(edits, [2]string{`data-relay=""`, `data-relay="` + relay + `"`},
			[2]string{`connect-src 'self'`, `connect-src 'self' ` + relay})
	}
	if page, err = replace(page, edits); err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	s.files["index.html"] = page

	s.later = []string{second}
	for name := range s.files {
		addr := "/" + name
		if name == "index.html" {
			addr = "/"
		}
		if !slices.Contains(s.later, addr) {
			s.listed = append(s.listed, addr)
		}
	}
	slices.Sort(s.listed)
	keeper, err = s.keeper(keeper)
	if err != nil {
		return nil, fmt.Errorf("sw.js: %w", err)
	}
	s.files["sw.js"] = keeper
	return s, s.list(id)
}

// add puts b under /a/ by its content and returns its address.
func (s *site) add(name string, b []byte) string {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	name = "a/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
	s.files[name] = b
	return "/" + name
}

// integrity is the value by which a browser checks the file at addr.
func (s *site) integrity(addr string) string {
	if addr == "/" {
		addr = "/index.html"
	}
	b, ok := s.files[addr[1:]]
	if !ok {
		panic("build: no file " + addr)
	}
	sum := sha256.Sum256(b) // as in the manifest, so that the app can compare
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// keeper is sw.js with the lists of files it keeps. The release is a hash of the
// lists and of sw.js, so any change of these is a new release.
func (s *site) keeper(src []byte) ([]byte, error) {
	var lists [2][]byte
	for i, addrs := range [...][]string{s.listed, s.later} {
		list := make(map[string]string)
		for _, addr := range addrs {
			list[addr] = s.integrity(addr)
		}
		var err error
		if lists[i], err = json.MarshalIndent(list, "", "  "); err != nil { // sorted by name
			return nil, err
		}
	}
	sum := sha256.Sum256(slices.Concat(lists[0], lists[1], src))
	s.release = hex.EncodeToString(sum[:8])
	return replace(src, [][2]string{{"@release@", s.release}, {"{}; /* @files@ */", string(lists[0]) + ";"}, {"{}; /* @later@ */", string(lists[1]) + ";"}})
}

// list makes the manifest of everything that is there.
func (s *site) list(id identity) error {
	if id.signer != "" {
		if _, err := note.NewVerifier(id.signer); err != nil {
			return fmt.Errorf("-signer: %w", release.ErrVerifier)
		}
	}
	version, err := goVersion()
	if err != nil {
		return err
	}
	s.manifest = &release.Manifest{
		Number: id.number, Name: release.Name, Date: release.Date, Policy: release.Policy, Go: version,
		Relay: id.relay, Signer: id.signer, Headers: release.Common(id.relay),
	}
	for _, name := range s.names() {
		b := s.files[name]
		f := release.File{Path: "/" + name, Hash: sha256.Sum256(b), Size: len(b), Headers: release.Own("/"+name, b)}
		s.manifest.Files = append(s.manifest.Files, f)
	}
	text := []byte(s.manifest.Text())
	if _, err := release.Parse(text); err != nil {
		return err
	}
	if l := release.Faults(s.manifest); len(l) > 0 {
		return fmt.Errorf("the headers: %s", strings.Join(l, "; "))
	}
	s.files[release.Path[1:]] = text
	return nil
}

// goVersion is the toolchain that compiles the app.
func goVersion() (string, error) {
	b, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOVERSION: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// replace makes each edit, which must apply exactly once.
func replace(b []byte, edits [][2]string) ([]byte, error) {
	for _, e := range edits {
		if n := bytes.Count(b, []byte(e[0])); n != 1 {
			return nil, fmt.Errorf("%q is there %d times, not once", e[0], n)
		}
		b = bytes.Replace(b, []byte(e[0]), []byte(e[1]), 1)
	}
	return b, nil
}

// wasmExec is the file of the Go distribution that runs a Go program in a browser.
func wasmExec() ([]byte, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}
