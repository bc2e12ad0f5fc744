// Command build makes the files of the app from web/static and the Go in wasm.
//
// The same sources give the same bytes, on any machine with the same Go. Large
// files are named by their content and stand under /a/, so that they can be kept
// for ever; index.html and sw.js name them together with their hashes, and
// release.txt lists every file and header, to be signed (scripts/release), so
// that anyone can check what a server sends (scripts/checkapp).
//
//	go run ./scripts/build [-fast] [-relay wss://relay.example.org] [-signer VERIFIER] [-app PACKAGE] [-out DIR] [-host DIR]
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"vialog/shared/release"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("build: ")
	out := flag.String("out", "web/dist", "where the files go")
	relay := flag.String("relay", "", "origin of the relay, such as wss://relay.example.org, if it is not that of the app")
	app := flag.String("app", "./wasm", "the Go program that is the app")
	signer := flag.String("signer", "", "whose signature the app asks for: the verifier that scripts/release keygen prints")
	number := flag.Int("number", release.Number, "of the release, where it is not that of the sources: for tests")
	host := flag.String("host", "", "where files for other hosts go: nginx, Caddy, WEBCAT, WAICT")
	fast := flag.Bool("fast", false, "without precompressed copies")
	flag.Parse()
	if _, err := os.Stat("go.mod"); err != nil {
		log.Fatal("to be run at the top of the repository")
	}
	id := identity{relay: *relay, signer: *signer, number: *number}
	if err := run(*app, *out, *host, id, *fast); err != nil {
		log.Fatal(err)
	}
}

func run(app, out, host string, id identity, fast bool) error {
	stamp := filepath.Join("build", "stamp-"+strings.NewReplacer("/", "-", `\`, "-", ".", "-").Replace(out))
	inputs, err := hashInputs(app, id, fast)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(stamp); err == nil && string(old) == inputs+" "+hashTree(out)+hashTree(host) {
		return nil
	}
	wasm, err := buildWasm(app, inlining, "-X", "main.signer="+id.signer, "-X", "main.number="+strconv.Itoa(id.number))
	if err != nil {
		return err
	}
	second, err := buildWasm(extra, inliningExtra)
	if err != nil {
		return err
	}
	site, err := assemble(os.DirFS("web/static"), wasm, second, id)
	if err != nil {
		return err
	}
	if !fast {
		if err := compress(site); err != nil {
			return err
		}
	}
	if err := write(out, site.files); err != nil {
		return err
	}
	if host != "" {
		if err := write(host, forHosts(site)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("build", 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(stamp, []byte(inputs+" "+hashTree(out)+hashTree(host)), 0o644); err != nil {
		return err
	}
	report(site)
	return nil
}

// extra is the program that is loaded only when it is needed.
const extra = "./wasm/extra"

// buildWasm compiles a program. Nothing of this machine and of today is in it.
func buildWasm(app string, inlining []string, set ...string) ([]byte, error) {
	if err := os.MkdirAll("build", 0o755); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("build", "wasm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	name := filepath.Join(temp, "app.wasm")
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + strings.Join(append([]string{"-s -w -buildid="}, set...), " "), "-o", name}, inlining...)
	c := exec.Command("go", append(args, app)...)
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0")
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("compiling %s: %w", app, err)
	}
	return os.ReadFile(name)
}

// inlining is left to the packages whose inner loops need it. Everywhere else
// a call is smaller than its copies, and their line tables: 12 % of what a
// phone loads, with no change in the time to open boxes or to verify.
var inlining = []string{
	"-gcflags=all=-l",
	"-gcflags=crypto/...=", "-gcflags=golang.org/x/crypto/...=", "-gcflags=filippo.io/...=",
	"-gcflags=internal/byteorder=", "-gcflags=math/bits=", "-gcflags=encoding/binary=",
}

// inliningExtra is the same for the second program.
var inliningExtra = []string{"-gcflags=all=-l", "-gcflags=vialog/wasm/internal/scan/...="}

// hashInputs is a hash over everything that the files are made of.
func hashInputs(app string, id identity, fast bool) (string, error) {
	c := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{end}}`, app, extra)
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	c.Stderr = os.Stderr
	list, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("listing the sources of the app: %w", err)
	}
	names := strings.Fields(string(list))
	for _, dir := range []string{"web/static", "scripts/build", "shared/release"} {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, p)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	for _, p := range []string{"go.mod", "go.sum", "wasm/default.pgo"} {
		if _, err := os.Stat(p); err == nil {
			names = append(names, p)
		}
	}
	slices.Sort(names)
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), app, id, fast)
	for _, p := range names {
		b, err := os.ReadFile(p)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %x\n", p, sha256.Sum256(b))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashTree is a hash over names, sizes and times of the files in dir.
func hashTree(dir string) string {
	h := sha256.New()
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintln(h, p, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))
}

// write replaces what is in dir, but for .keep.
func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Name() != ".keep" {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	for name, b := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func report(s *site) {
	size := func(name, suffix string) string {
		for f, b := range s.files {
			if strings.HasPrefix(f, "a/"+name+".") && strings.HasSuffix(f, ".wasm"+suffix) {
				return fmt.Sprintf("%d KB", len(b)/1000)
			}
		}
		return "not made"
	}
	fmt.Printf("release %d, %.8x: wasm %s, brotli %s; extra %s, brotli %s; %d files\n", s.manifest.Number, s.manifest.Hash(),
		size("app", ""), size("app", ".br"), size("extra", ""), size("extra", ".br"), len(s.listed))
}
