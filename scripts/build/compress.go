package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"vialog/shared/release"
)

// coders are the encodings a server can send without work of its own.
var coders = []struct {
	suffix string
	open   func(io.Writer) (io.WriteCloser, error)
}{
	{".br", func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 11, LGWin: 24}), nil
	}},
	{".zst", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	}},
	{".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }},
}

// compress adds to each file its compressed copies, where they are smaller. What
// was compressed once is kept in build/compressed by its content.
func compress(s *site) error {
	var wg sync.WaitGroup
	var mu sync.Mutex // guards made and failed
	made := make(map[string][]byte)
	var failed error
	for name, b := range s.files {
		if len(b) < 512 || strings.HasSuffix(name, ".png") || "/"+name == release.Path { // the last is still to be signed
			continue
		}
		for _, c := range coders {
			wg.Go(func() {
				small, err := cached(b, c.suffix, c.open)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = fmt.Errorf("%s%s: %w", name, c.suffix, err)
				} else if len(small) < len(b) {
					made[name+c.suffix] = small
				}
			})
		}
	}
	wg.Wait()
	for name, b := range made {
		s.files[name] = b
	}
	return failed
}

func cached(b []byte, suffix string, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	name := filepath.Join("build", "compressed", fmt.Sprintf("%x%s", sha256.Sum256(b), suffix))
	if old, err := os.ReadFile(name); err == nil {
		return old, nil
	}
	var buf bytes.Buffer
	w, err := open(&buf)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	// Written under another name first: a build that is stopped leaves no half file.
	if err := os.WriteFile(name+".new", buf.Bytes(), 0o644); err != nil {
		return nil, err
	}
	return buf.Bytes(), os.Rename(name+".new", name)
}
