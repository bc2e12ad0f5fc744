package isms

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/shared/isms"
)

var (
	// ErrDocument reports a document that the register does not ask for.
	ErrDocument = errors.New("the register asks for no document of this name")
	// ErrUntil reports an end of a declaration that is past, or too far away.
	ErrUntil = errors.New("a declaration ends after its day, and at the latest when the register asks for the next")
	// ErrSays reports a declaration without a role or a sentence, or with one that is no single line.
	ErrSays = errors.New("say in one line each who declares it (a role) and what")
	// ErrNote reports a declaration that its key has not signed.
	ErrNote = errors.New("the declaration is not signed by its key")
)

// A Declaration says that a document of an organisation is there and in force.
type Declaration struct {
	Document string `json:"document"` // of the register
	Role     string `json:"role"`     // who answers for it: "head of operations"
	Says     string `json:"says"`
	File     string `json:"file,omitempty"` // SHA-256 in hexadecimal; "": none was given
	Day      Day    `json:"day"`
	Until    Day    `json:"until"`
	Key      string `json:"key"` // the verifier
	Note     string `json:"note"`
}

func (d *Declaration) text() string {
	file := d.File
	if file == "" {
		file = "-"
	}
	return fmt.Sprintf("vialog/isms/v1/declaration\ndocument %s\nrole %s\nsays %s\nfile %s\nday %s\nuntil %s\n",
		d.Document, d.Role, d.Says, file, d.Day, d.Until)
}

// Declare signs that a document is there (ErrDocument, ErrSays, ErrUntil).
func Declare(r *isms.Register, d Declaration, key string, by note.Signer) (Declaration, error) {
	doc := r.Document(d.Document)
	if doc == nil {
		return d, ErrDocument
	}
	for _, s := range []string{d.Role, d.Says} {
		if len(s) == 0 || len(s) > 1000 || strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			return d, ErrSays
		}
	}
	latest := d.Day.AddDate(0, doc.Review, 0)
	if d.Until.IsZero() {
		d.Until = Day{latest}
	}
	if !d.Until.After(d.Day.Time) || d.Until.After(latest) {
		return d, ErrUntil
	}
	signed, err := note.Sign(&note.Note{Text: d.text()}, by)
	if err != nil {
		return d, err
	}
	d.Key, d.Note = key, string(signed)
	return d, d.Verify()
}

// Verify reports whether the key signed exactly this (ErrNote).
func (d *Declaration) Verify() error {
	v, err := note.NewVerifier(d.Key)
	if err != nil {
		return ErrNote
	}
	n, err := note.Open([]byte(d.Note), note.VerifierList(v))
	if err != nil || n.Text != d.text() {
		return ErrNote
	}
	if b, err := hex.DecodeString(d.File); err != nil || len(b) != 0 && len(b) != sha256.Size {
		return ErrNote
	}
	return nil
}

// In reports whether the declaration is in force at a time.
func (d *Declaration) In(now time.Time) bool {
	return d.Verify() == nil && !now.Before(d.Day.Time) && now.Before(d.Until.AddDate(0, 0, 1))
}

// Signer is the name of the key.
func (d *Declaration) Signer() string {
	name, _, _ := strings.Cut(d.Key, "+")
	return name
}
