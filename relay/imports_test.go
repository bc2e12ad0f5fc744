package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The relay cannot open a box: neither it nor what it shares with clients
// imports anything that decrypts, or anything of the client. (TLS in net/http
// links ciphers of its own; so this looks at our own imports.) One file may
// import age: it encrypts backups, boxes as sealed as they came, to the operator.
func TestNothingHereImportsWhatWouldOpenABox(t *testing.T) {
	barred := []string{"crypto/cipher", "crypto/aes", "crypto/hpke", "crypto/ecdh", "crypto/mlkem", "crypto/rc4", "crypto/des",
		"golang.org/x/crypto/chacha20", "golang.org/x/crypto/nacl", "golang.org/x/crypto/xts", "golang.org/x/crypto/curve25519", "filippo.io/", "vialog/wasm"}
	seen := 0
	for _, root := range []string{".", filepath.Join("..", "shared")} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			seen++
			for _, i := range f.Imports {
				name, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				if name == "filippo.io/age" && path == "backup.go" {
					continue
				}
				for _, b := range barred {
					if strings.HasPrefix(name, b) {
						t.Errorf("%s imports %s", path, name)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 20 {
		t.Errorf("looked at %d files only", seen)
	}
}
