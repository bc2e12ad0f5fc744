package main

import (
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"vialog/shared/release"
)

func TestCompressedCopiesAreTheFilesAgain(t *testing.T) {
	t.Chdir(t.TempDir()) // what was compressed is kept in build
	words := []byte(strings.Repeat("the same words again and again; ", 200))
	noise := make([]byte, 4000)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	files := map[string][]byte{
		"index.html": words, "a/app.wasm": append(slices.Clone(noise), words...), "a/noise": noise, "small.txt": words[:500],
		"icon.png": words, strings.TrimPrefix(release.Path, "/"): words,
	}
	open := map[string]func(io.Reader) (io.Reader, error){
		".br":  func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		".zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		".gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	}
	var want []string
	for name := range files {
		want = append(want, name)
	}
	for _, name := range []string{"index.html", "a/app.wasm"} {
		for suffix := range open {
			want = append(want, name+suffix)
		}
	}
	slices.Sort(want)
	for _, how := range []string{"compressed", "taken from what was kept"} {
		s := &site{files: maps.Clone(files)}
		if err := compress(s); err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(s.files)); !slices.Equal(got, want) {
			t.Fatalf("%s: the site has %q, want %q", how, got, want)
		}
		for _, name := range []string{"index.html", "a/app.wasm"} {
			for suffix, open := range open {
				r, err := open(bytes.NewReader(s.files[name+suffix]))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, files[name]) {
					t.Errorf("%s: %s%s is %d bytes of something else (%v)", how, name, suffix, len(got), err)
				}
			}
		}
	}
}

func TestTestsAreCompiledAsTheAppIs(t *testing.T) {
	b, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, flags, ok := strings.Cut(strings.ReplaceAll(string(b), "\\\n", ""), "\nJS_FLAGS := ")
	flags, _, _ = strings.Cut(flags, "\n")
	if got := strings.Fields(flags); !ok || !slices.Equal(got, append([]string{"-trimpath"}, inlining...)) {
		t.Errorf("the Makefile has %q, not those with which the app is built: -trimpath %q", got, inlining)
	}
}
