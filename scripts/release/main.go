// Command release makes the key that releases are signed with, signs their
// manifests and checks them. The key belongs on a machine without a network, and
// a copy of it into a safe; it is never kept among the sources.
//
//	go run ./scripts/release keygen -key FILE NAME        makes a key; prints its verifier
//	go run ./scripts/release verifier -key FILE           prints the verifier again
//	go run ./scripts/release sign -key FILE [-out FILE] [-before VERIFIER|nobody] [-force REASON] release.txt
//	go run ./scripts/release verify [-signer VERIFIER] release.txt
//
// NAME is that of the publisher, such as vialog.example.org. Beside the key stands
// a list of what it has signed (FILE.signed): it signs one text for a number and
// relay, and never a lower number after a higher one.
//
// Apps keep the highest number and the signer that they have run, and open for
// nothing else. So sign refuses what would lock them out:
//
//   - a number far above the last one: after a slip such as 20261126 there is no
//     way back to a sensible one;
//
//   - a lower policy than that of the last release;
//
//   - a release that lacks the signature of a signer for whom apps may ask. When
//     one signer follows another, both sign, the one before first:
//
//     go run ./scripts/release sign -key OLD release.txt
//     go run ./scripts/release sign -key NEW -before VERIFIER-OF-OLD release.txt
//
// The list keeps who was before: from then on each release needs both, because an
// app that was closed for a year still knows the old signer only. A key whose
// first release is not number 1 has to be told, -before nobody if so.
//
// -force signs all the same and prints what was refused, with the reason.
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
	"slices"
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

var errUsage = errors.New("usage: release keygen -key FILE NAME | verifier -key FILE | sign -key FILE [-out FILE] [-before VERIFIER|nobody] [-force REASON] release.txt | verify [-signer VERIFIER] release.txt")

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	key := f.String("key", "", "the key file")
	to := f.String("out", "", "where the signed manifest goes; beside where it came from if empty")
	signer := f.String("signer", "", "whose signature there must be")
	before := f.String("before", "", "who signed the releases before the first of this key; nobody: none were published")
	force := f.String("force", "", "why to sign what locks apps out")
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
		return sign(*key, f.Arg(0), *to, *before, *force, out)
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

func sign(key, from, to, before, force string, out io.Writer) error {
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
	done, err := readList(key+".signed", verifier)
	if err != nil {
		return err
	}
	again, err := done.contradicts(m)
	if err != nil {
		return err
	}
	if before == verifier {
		return errors.New("-before names this key itself")
	}
	if l := done.locksOut(m, b, verifier, before); len(l) > 0 {
		if force == "" {
			return fmt.Errorf("apps would be locked out, for good:\n  - %s\n(-force REASON signs it all the same)", strings.Join(l, "\n  - "))
		}
		for _, why := range l {
			fmt.Fprintf(out, "Signed although %s. Reason given: %s\n", why, force)
		}
	}
	if !again {
		if err := done.add(m, verifier, before); err != nil {
			return err
		}
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

// A list is what a key has signed, oldest first. In the file stands a line for
// each release, of number, relay, hash, policy and, unless it is this key, the
// signer whom its app asks for; and one for each signer before, "before VERIFIER".
// Lines without policy are from before it was noted.
type list struct {
	file     string
	releases []signed
	before   []string
}

type signed struct {
	number, policy int
	relay, hash    string
	signer         string // whom its app asks for
}

func relayOf(m *release.Manifest) string {
	if m.Relay == "" {
		return "-"
	}
	return m.Relay
}

func readList(file, verifier string) (*list, error) {
	l := &list{file: file}
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for one := range strings.Lines(string(old)) {
		f := strings.Split(strings.TrimSuffix(one, "\n"), " ")
		if len(f) == 2 && f[0] == "before" {
			if _, err := note.NewVerifier(f[1]); err != nil {
				return nil, fmt.Errorf("%s is damaged", file)
			}
			l.before = append(l.before, f[1])
			continue
		}
		if len(f) < 3 || len(f) > 5 {
			return nil, fmt.Errorf("%s is damaged", file)
		}
		s := signed{relay: f[1], hash: f[2], signer: verifier}
		var errs [2]error
		s.number, errs[0] = strconv.Atoi(f[0])
		if len(f) > 3 {
			s.policy, errs[1] = strconv.Atoi(f[3])
		}
		if len(f) > 4 {
			s.signer = f[4]
		}
		if errors.Join(errs[:]...) != nil {
			return nil, fmt.Errorf("%s is damaged", file)
		}
		l.releases = append(l.releases, s)
	}
	return l, nil
}

// contradicts refuses a release that cannot stand beside those of the list, and
// reports whether it is one of them.
func (l *list) contradicts(m *release.Manifest) (again bool, err error) {
	hash := fmt.Sprintf("%x", m.Hash())
	for _, s := range l.releases {
		switch {
		case s.relay != relayOf(m):
		case s.number == m.Number && s.hash == hash:
			return true, nil
		case s.number == m.Number:
			err = fmt.Errorf("another text was signed as release %d already: raise the number in shared/release/this.go", s.number)
		case s.number > m.Number && err == nil:
			err = fmt.Errorf("release %d was signed already, and apps do not go back to %d: raise the number in shared/release/this.go", s.number, m.Number)
		}
	}
	return false, err
}

// maxJump is how far above the last number the next one may be. Numbers that
// were given out and not published are few.
const maxJump = 1000

// nobody is who signed before the first key of a publisher.
const nobody = "nobody"

// locksOut lists why apps that ran the releases of the list, or of the signer
// before, would not open for this one. b is the manifest with its signatures.
func (l *list) locksOut(m *release.Manifest, b []byte, verifier, before string) (out []string) {
	number, policy := 0, 0
	asked := append([]string{}, l.before...)
	for _, s := range l.releases {
		if s.number > m.Number {
			continue // it is signed again, for a copy
		}
		number, policy = max(number, s.number), max(policy, s.policy)
		asked = append(asked, s.signer)
	}
	if m.Number > number+maxJump {
		if number > 0 {
			out = append(out, fmt.Sprintf("number %d is more than %d above release %d, the last one", m.Number, maxJump, number))
		} else if before == "" || before == nobody {
			out = append(out, fmt.Sprintf("number %d is more than %d, and this key has signed nothing yet", m.Number, maxJump))
		}
	}
	if m.Policy < policy {
		out = append(out, fmt.Sprintf("policy %d is lower than %d, that of an earlier release", m.Policy, policy))
	}
	if m.Signer != verifier {
		return out // the one for whom its app asks signs last, and looks for the others
	}
	switch before {
	case "":
		if len(l.releases) == 0 && m.Number > 1 {
			out = append(out, fmt.Sprintf("this key has signed nothing yet, and nobody said whose signature apps know from before release %d: -before VERIFIER, or -before nobody", m.Number))
		}
	case nobody:
	default:
		asked = append(asked, before)
	}
	slices.Sort(asked)
	for _, v := range slices.Compact(asked) {
		if v == verifier {
			continue
		}
		if _, err := release.Verify(b, v); err != nil {
			out = append(out, fmt.Sprintf("apps that ask for %s do not find its signature (%v): it has to sign first", v, err))
		}
	}
	return out
}

// add notes a release, and who was before, ahead of the signature.
func (l *list) add(m *release.Manifest, verifier, before string) error {
	line := fmt.Sprintf("%d %s %x %d", m.Number, relayOf(m), m.Hash(), m.Policy)
	if m.Signer != verifier {
		line += " " + m.Signer
	} else if before != "" && before != nobody && !slices.Contains(l.before, before) {
		line = "before " + before + "\n" + line
	}
	f, err := os.OpenFile(l.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
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
