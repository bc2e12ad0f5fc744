package main

import (
	"bytes"
	"image/png"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func static(t *testing.T) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{"app.css": {Data: []byte("p{}")}}
	for _, name := range []string{"index.html", "shell.js", "worker.js", "sw.js", "icon.svg", "manifest.webmanifest"} {
		b, err := os.ReadFile("../../web/static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = &fstest.MapFile{Data: b}
	}
	return m
}

func TestTheSameSourcesGiveTheSameFiles(t *testing.T) {
	a, err := assemble(static(t), []byte("wasm"), []byte("extra"), identity{number: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := assemble(static(t), []byte("wasm"), []byte("extra"), identity{number: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.files) != len(b.files) || a.release != b.release {
		t.Fatal("they differ")
	}
	for name := range a.files {
		if !bytes.Equal(a.files[name], b.files[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestAnyChangeIsANewRelease(t *testing.T) {
	first, err := assemble(static(t), []byte("wasm"), []byte("extra"), identity{number: 1})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{first.release: "nothing"}
	for what, change := range map[string]func(m fstest.MapFS, wasm, extra *string){
		"the wasm":  func(_ fstest.MapFS, wasm, _ *string) { *wasm = "other" },
		"the extra": func(_ fstest.MapFS, _, extra *string) { *extra = "other" },
		"the style": func(m fstest.MapFS, _, _ *string) { m["app.css"].Data = []byte("q{}") },
		"sw.js":     func(m fstest.MapFS, _, _ *string) { m["sw.js"].Data = append(m["sw.js"].Data, '\n') },
		"the manifest": func(m fstest.MapFS, _, _ *string) {
			m["manifest.webmanifest"].Data = append(m["manifest.webmanifest"].Data, ' ')
		},
	} {
		wasm, extra := "wasm", "extra"
		m := static(t)
		change(m, &wasm, &extra)
		s, err := assemble(m, []byte(wasm), []byte(extra), identity{number: 1})
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[s.release]; ok {
			t.Errorf("changing %s and %s give the same release", what, other)
		}
		seen[s.release] = what
	}
}

func TestThePageNamesEveryFileWithItsHash(t *testing.T) {
	s, err := assemble(static(t), []byte("wasm"), []byte("extra"), identity{number: 1, relay: "wss://relay.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	page := string(s.files["index.html"])
	for name := range s.files {
		if !strings.HasPrefix(name, "a/") {
			continue
		}
		if !strings.Contains(page, `"/`+name+`"`) || !strings.Contains(page, s.integrity("/"+name)) {
			t.Errorf("the page does not name %s with its hash", name)
		}
	}
	if !strings.Contains(page, "connect-src 'self' wss://relay.example.org;") || !strings.Contains(page, `data-relay="wss://relay.example.org"`) {
		t.Error("the page does not name the relay")
	}
	for _, bad := range []string{"https://x", "wss://x; script-src *", `wss://x" onload="`} {
		if _, err := assemble(static(t), nil, nil, identity{number: 1, relay: bad}); err == nil {
			t.Errorf("%s was taken for a relay", bad)
		}
	}
	keeper := string(s.files["sw.js"])
	for _, addr := range s.listed {
		if !strings.Contains(keeper, `"`+addr+`": "`+s.integrity(addr)+`"`) {
			t.Errorf("the service worker does not keep %s", addr)
		}
	}
	first, later, _ := strings.Cut(keeper, "const LATER")
	if len(s.later) != 1 || !strings.HasPrefix(s.later[0], "/a/extra.") || strings.Contains(first, s.later[0]) ||
		!strings.Contains(later, `"`+s.later[0]+`": "`+s.integrity(s.later[0])+`"`) {
		t.Errorf("the service worker does not keep %s from its first use on", s.later)
	}
	if strings.Contains(keeper, `"/sw.js"`) || strings.Contains(keeper, "@") {
		t.Error("the service worker keeps itself, or was not filled in")
	}
}

func TestAMissingFileIsSaid(t *testing.T) {
	m := static(t)
	delete(m, "app.css")
	if _, err := assemble(m, nil, nil, identity{number: 1}); err == nil || !strings.Contains(err.Error(), "app.css is missing") {
		t.Error(err)
	}
	m = static(t)
	m["index.html"].Data = bytes.ReplaceAll(m["index.html"].Data, []byte("shell.js"), []byte("other.js"))
	if _, err := assemble(m, nil, nil, identity{number: 1}); err == nil {
		t.Error("a page without the shell was built")
	}
}

func TestIconsArePictures(t *testing.T) {
	for _, ic := range icons {
		img, err := png.Decode(bytes.NewReader(draw(ic)))
		if err != nil || img.Bounds().Dx() != ic.size || img.Bounds().Dy() != ic.size {
			t.Fatalf("%s: %v", ic.name, err)
		}
		if _, _, _, a := img.At(0, 0).RGBA(); (a == 0) == ic.mask {
			t.Errorf("%s: its corner is wrong", ic.name)
		}
	}
}

func TestTheScriptsAreFewAndMakeNoMarkup(t *testing.T) {
	lines := 0
	never := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\("|https?://`)
	for _, name := range []string{"shell.js", "worker.js", "sw.js"} {
		b := static(t)[name].Data
		lines += bytes.Count(b, []byte("\n"))
		for _, hit := range never.FindAll(b, -1) {
			if !bytes.Contains(b, []byte(`"http://www.w3.org/2000/svg"`)) || string(hit) != "http://" {
				t.Errorf("%s has %s", name, hit)
			}
		}
	}
	if lines >= 1000 {
		t.Errorf("%d lines", lines)
	}
	page := static(t)["index.html"].Data
	if hit := regexp.MustCompile(`(?i)\s(on[a-z]+|style)=|<style|javascript:|https?://`).Find(page); hit != nil {
		t.Errorf("index.html has %s", hit)
	}
}
