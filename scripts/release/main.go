// Command release makes the key that releases are signed with, signs their
// manifests and checks them. The key belongs on a machine without a network, and
// a copy of it into a safe; it is never kept among the sources.
//
//	go run ./scripts/release keygen -key FILE NAME        makes a key; prints its verifier
//	go run ./scripts/release verifier -key FILE           prints the verifier again
//	go run ./scripts/release sign -key FILE [-out FILE] release.txt
//	go run ./scripts/release verify [-signer VERIFIER] release.txt
//
// NAME is that of the publisher, such as vialog.example.org. Beside the key stands
// a list of what it has signed (FILE.signed): it signs one text for a number and
// relay, and never a lower number after a higher one.
package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/release"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: release keygen -key FILE NAME | verifier -key FILE | sign -key FILE [-out FILE] release.txt | verify [-signer VERIFIER] release.txt")

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	key := f.String("key", "", "the key file")
	to := f.String("out", "", "where the signed manifest goes; beside where it came from if empty")
	signer := f.String("signer", "", "whose signature there must be")
	if err := f.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w\n%w", err, errUsage)
	}
	named := func(n int) bool { return f.NArg() == n && *key != "" }
	switch {
	case args[0] == "keygen" && named(1):
		return keygen(*key, f.Arg(0), out)
	case args[0] == "verifier" && named(0):
		_, verifier, err := load(*key)
		if err == nil {
			fmt.Fprintln(out, verifier)
		}
		return err
	case args[0] == "sign" && named(1):
		if *to == "" {
			*to = f.Arg(0)
		}
		return sign(*key, f.Arg(0), *to, out)
	case args[0] == "verify" && f.NArg() == 1 && *key == "":
		return verify(*signer, f.Arg(0), out)
	}
	return errUsage
}

// errInside reports a key among the sources.
var errInside = errors.New("the key file would stand inside a source tree (there is a go.mod above it): keep it elsewhere")

// outside refuses a folder from which a key could be published by accident.
func outside(file string) error {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	for {
		for _, sign := range []string{"go.mod", ".git"} {
			if _, err := os.Stat(filepath.Join(dir, sign)); err == nil {
				return errInside
			}
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func keygen(file, name string, out io.Writer) error {
	if err := outside(file); err != nil {
		return err
	}
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	if _, err := note.NewVerifier(public); err != nil {
		return fmt.Errorf("%q cannot be the name of a signer: no spaces and no +", name)
	}
	// An old key is never written over.
	if err := create(file, private+"\n"+public+"\n"); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n", public)
	return nil
}

func create(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Sync(), f.Close())
}

// load reads a key file, which nobody else may be able to read.
func load(file string) (note.Signer, string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, "", fmt.Errorf("%s can be read by others (%o): chmod 600 it", file, info.Mode().Perm())
	}
	if err := outside(file); err != nil {
		return nil, "", err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) != 3 || lines[2] != "" {
		return nil, "", fmt.Errorf("%s is no key file", file)
	}
	s, err := note.NewSigner(lines[0])
	if err != nil {
		return nil, "", fmt.Errorf("%s is no key file", file) // without a word of its content
	}
	v, err := note.NewVerifier(lines[1])
	if err != nil || v.Name() != s.Name() || v.KeyHash() != s.KeyHash() {
		return nil, "", fmt.Errorf("%s holds two keys that do not belong together", file)
	}
	return s, lines[1], nil
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, release.MaxNote+1))
}

func sign(key, from, to string, out io.Writer) error {
	signer, verifier, err := load(key)
	if err != nil {
		return err
	}
	b, err := read(from)
	if err != nil {
		return err
	}
	m, err := release.Read(b)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if l := release.Faults(m); len(l) > 0 {
		return fmt.Errorf("%s: its headers protect less than they should: %s", from, strings.Join(l, "; "))
	}
	n := &note.Note{Text: m.Text()}
	if string(b) != n.Text {
		// Signatures of others, such as the signer before, stay.
		_, err := note.Open(b, note.VerifierList())
		var unverified *note.UnverifiedNoteError
		if !errors.As(err, &unverified) {
			return fmt.Errorf("%s: %w", from, errors.Join(err, release.ErrFormat))
		}
		n.UnverifiedSigs = unverified.Note.UnverifiedSigs
	}
	if m.Signer == "" {
		return fmt.Errorf("%s: the app in it was built without a signer: build it with -signer %s", from, verifier)
	}
	if m.Signer != verifier {
		// So it is while one signer follows another.
		fmt.Fprintf(out, "The app in it asks for a signature of another: %s\n", m.Signer)
	}
	if err := remember(key+".signed", m); err != nil {
		return err
	}
	signed, err := note.Sign(n, signer)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", signed, 0o644); err != nil {
		return err
	}
	if err := os.Rename(to+".new", to); err != nil {
		return err
	}
	fmt.Fprintf(out, "Signed as %s: release %d (%s) of %s, %d files\n%x\n", signer.Name(), m.Number, m.Name, m.Date, len(m.Files), m.Hash())
	return nil
}

// remember notes what is about to be signed, and refuses what contradicts it:
// lines of number, relay and hash.
func remember(file string, m *release.Manifest) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	relay := m.Relay
	if relay == "" {
		relay = "-"
	}
	line := fmt.Sprintf("%d %s %x", m.Number, relay, m.Hash())
	for one := range strings.Lines(string(old)) {
		one = strings.TrimSuffix(one, "\n")
		if one == line {
			return nil // the same again
		}
		number, rest, _ := strings.Cut(one, " ")
		where, _, ok := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		switch {
		case !ok || err != nil:
			return fmt.Errorf("%s is damaged", file)
		case where == relay && n == m.Number:
			return fmt.Errorf("another text was signed as release %d already: raise the number in shared/release/this.go", n)
		case where == relay && n > m.Number:
			return fmt.Errorf("release %d was signed already, and apps do not go back to %d: raise the number in shared/release/this.go", n, m.Number)
		}
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

func verify(signer, file string, out io.Writer) error {
	b, err := read(file)
	if err != nil {
		return err
	}
	var m *release.Manifest
	if signer == "" {
		if m, err = release.Read(b); err == nil {
			fmt.Fprintln(out, "No -signer given: signatures were not looked at.")
		}
	} else {
		m, err = release.Verify(b, signer)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if signer != "" && m.Signer != signer {
		fmt.Fprintf(out, "The app itself asks for another signer: %s\n", m.Signer)
	}
	fmt.Fprintf(out, "Release %d (%s) of %s, policy %d, %s, %d files\n%x\n", m.Number, m.Name, m.Date, m.Policy, m.Go, len(m.Files), m.Hash())
	return nil
}
