package ledger

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrHead reports a text that is no head.
	ErrHead = errors.New("not the head of an audit log")
	// ErrSignature reports a head that the expected key has not signed.
	ErrSignature = errors.New("the head is not signed by this verifier")
	// ErrKeyName reports a name that no key can have.
	ErrKeyName = errors.New("a key is named like relay.example.org/audit: up to 200 characters, no spaces and no +")
	// ErrKeyFile reports a file that is no key, or that others can read.
	ErrKeyFile = errors.New("not a key file of relay audit key, or others can read it (chmod 600)")
)

// A Head stands for the whole log as it was once.
type Head struct {
	Origin string // the name of the key that signs the log
	Size   int64
	Root   tlog.Hash
}

// HeadOf returns the head of a log with this tree (ErrEmpty).
func HeadOf(origin string, t *Tree) (Head, error) {
	if t.size == 0 {
		return Head{}, ErrEmpty
	}
	return Head{origin, t.size, t.Root()}, nil
}

func (h Head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", h.Origin, h.Size, formatHash(h.Root))
}

func formatHash(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

// parseHash takes the one spelling of a hash.
func parseHash(s string) (h tlog.Hash, ok bool) {
	if len(s) != base64.StdEncoding.EncodedLen(len(h)) {
		return h, false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return h, err == nil && copy(h[:], b) == len(b) && formatHash(h) == s
}

// parseNumber takes the one spelling of a number up to maxSize.
func parseNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && n <= maxSize && strconv.FormatInt(n, 10) == s
}

// Sign returns the head as a signed note.
func (h Head) Sign(s note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: h.text()}, s)
}

// OpenHead returns the head in a signed note that v has signed (ErrHead, ErrSignature).
func OpenHead(msg []byte, v note.Verifier) (Head, error) {
	if len(msg) > maxHead {
		return Head{}, ErrHead
	}
	n, err := note.Open(msg, note.VerifierList(v))
	var unknown *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return Head{}, ErrSignature
	case err != nil:
		return Head{}, ErrHead
	}
	h, err := parseHead(n.Text)
	if err == nil && h.Origin != v.Name() {
		err = ErrSignature // of another log with the same key
	}
	return h, err
}

func parseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Head{}, ErrHead
	}
	h := Head{Origin: lines[0]}
	var size, root bool
	h.Size, size = parseNumber(lines[1])
	h.Root, root = parseHash(lines[2])
	if !size || !root || h.Size == 0 {
		return Head{}, ErrHead
	}
	return h, nil
}

// MakeKey makes a key for a log and keeps it in a new file that only its owner
// can read. It returns the verifier, which everybody may know.
func MakeKey(file, name string) (verifier string, err error) {
	if len(name) > 200 {
		return "", ErrKeyName
	}
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", err
	}
	if _, err := note.NewVerifier(public); err != nil {
		return "", ErrKeyName
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(f, private+"\n"+public+"\n")
	return public, errors.Join(err, f.Sync(), f.Close())
}

// ReadKey reads a file that MakeKey wrote (ErrKeyFile).
func ReadKey(file string) (note.Signer, note.Verifier, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 || !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: %w", file, ErrKeyFile)
	}
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, nil, err
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) != 3 || lines[2] != "" {
		return nil, nil, fmt.Errorf("%s: %w", file, ErrKeyFile)
	}
	s, err1 := note.NewSigner(lines[0])
	v, err2 := note.NewVerifier(lines[1])
	if err1 != nil || err2 != nil || s.Name() != v.Name() || s.KeyHash() != v.KeyHash() {
		return nil, nil, fmt.Errorf("%s: %w", file, ErrKeyFile) // without a word of its content
	}
	return s, v, nil
}
