// Package evidence is what a centre's app states to the operator of its relay about
// how the centre is run: numbers, ages and hashes, signed with the tenant's key.
//
// What Parse accepts is written as FORMAT.md says, in the one way there is. That
// is all: Verify tells whether the tenant's key signed it, and nothing tells
// whether the numbers are true.
package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"vialog/shared/wire"
)

// Label begins a file, and what its signature covers.
const Label = "vialog/evidence/v1/statement"

// MaxSize bounds a file, in bytes.
const MaxSize = 4096

// Ahead is how far the clock of who made a statement may be ahead of its reader's.
const Ahead = time.Hour

const (
	maxNumber = 999_999_999
	maxDays   = 99_999
	layout    = "2006-01-02T15:04:05Z"
)

// Days are whole days that have passed.
type Days int32

// None is in place of an age where there is nothing that has one.
const None Days = -1

// DaysSince counts the days from then to now: 0 for what is ahead.
func DaysSince(then, now time.Time) Days {
	return Days(min(max(now.Sub(then)/(24*time.Hour), 0), maxDays))
}

// A Statement is what a centre says. FORMAT.md explains each line.
type Statement struct {
	Tenant   wire.TenantID
	Number   uint32
	Previous [32]byte // zero if Number is 1
	Made     time.Time
	Release  uint32
	Policy   uint32

	Leads, Doctors, Nurses, Readers                         uint32
	LeadDevices, DoctorDevices, NurseDevices, ReaderDevices uint32
	Silent                                                  Days

	TeamKey, OldestKey Days
	NoSheet            uint32
	Sheet              Days
	Removed            uint32
	NotRenewed         uint32
	Invitations        uint32
	Invitation         Days

	Visits      uint32
	VisitsHash  [32]byte // zero if there are none
	Records     uint32
	RecordsHash [32]byte
	Checks      uint32
	Check       Days
	Reviews     uint32
	Review      Days
}

// People is how many are in the team.
func (s *Statement) People() uint32 { return s.Leads + s.Doctors + s.Nurses + s.Readers }

// Devices is how many they have.
func (s *Statement) Devices() uint32 {
	return s.LeadDevices + s.DoctorDevices + s.NurseDevices + s.ReaderDevices
}

// A line is one of the text: exactly one of its pointers is set.
type line struct {
	name  string
	bytes []byte    // as many as there are; zero is "-" where none is allowed
	hash  *[32]byte // "-" if it is zero
	count *uint32
	least uint32
	age   *Days
	none  bool // an age that may be "-"
	time  *time.Time
}

func (s *Statement) lines() []line {
	return []line{
		{name: "tenant", bytes: s.Tenant[:]},
		{name: "number", count: &s.Number, least: 1},
		{name: "previous", hash: &s.Previous},
		{name: "made", time: &s.Made},
		{name: "release", count: &s.Release},
		{name: "policy", count: &s.Policy, least: 1},
		{name: "leads", count: &s.Leads, least: 1},
		{name: "doctors", count: &s.Doctors},
		{name: "nurses", count: &s.Nurses},
		{name: "readers", count: &s.Readers},
		{name: "lead-devices", count: &s.LeadDevices},
		{name: "doctor-devices", count: &s.DoctorDevices},
		{name: "nurse-devices", count: &s.NurseDevices},
		{name: "reader-devices", count: &s.ReaderDevices},
		{name: "silent-days", age: &s.Silent},
		{name: "team-key-days", age: &s.TeamKey},
		{name: "oldest-key-days", age: &s.OldestKey},
		{name: "no-sheet", count: &s.NoSheet},
		{name: "sheet-days", age: &s.Sheet, none: true},
		{name: "removed", count: &s.Removed},
		{name: "not-renewed", count: &s.NotRenewed},
		{name: "invitations", count: &s.Invitations},
		{name: "invitation-days", age: &s.Invitation, none: true},
		{name: "visits", count: &s.Visits},
		{name: "visits-hash", hash: &s.VisitsHash},
		{name: "records", count: &s.Records},
		{name: "records-hash", hash: &s.RecordsHash},
		{name: "checks", count: &s.Checks},
		{name: "check-days", age: &s.Check, none: true},
		{name: "reviews", count: &s.Reviews},
		{name: "review-days", age: &s.Review, none: true},
	}
}

// A FormError tells why a file is no statement. It holds no byte of it.
type FormError struct {
	Reason string // as in the names of testdata
	Line   string // its name; empty: the file as a whole
}

func (e *FormError) Error() string {
	if e.Line == "" {
		return "not a statement of evidence: " + e.Reason
	}
	return "not a statement of evidence: " + e.Line + ": " + e.Reason
}

// ErrSignature reports a statement that the tenant's key has not signed.
var ErrSignature = errors.New("the statement is not signed by the centre's key")

// loose finds a line that does not go with the others.
func (s *Statement) loose() string {
	for _, x := range []struct {
		name  string
		fits  bool
		there bool
	}{
		{"previous", s.Number > 1, s.Previous != [32]byte{}},
		{"sheet-days", s.NoSheet < s.People(), s.Sheet != None},
		{"no-sheet", true, s.NoSheet <= s.People()},
		{"invitation-days", s.Invitations > 0, s.Invitation != None},
		{"visits-hash", s.Visits > 0, s.VisitsHash != [32]byte{}},
		{"records-hash", s.Records > 0, s.RecordsHash != [32]byte{}},
		{"check-days", s.Checks > 0, s.Check != None},
		{"review-days", s.Reviews > 0, s.Review != None},
	} {
		if x.fits != x.there {
			return x.name
		}
	}
	return ""
}

func (l *line) append(b []byte) []byte {
	switch {
	case l.bytes != nil:
		return hex.AppendEncode(b, l.bytes)
	case l.hash != nil && *l.hash == [32]byte{}, l.age != nil && *l.age == None:
		return append(b, '-')
	case l.hash != nil:
		return hex.AppendEncode(b, l.hash[:])
	case l.count != nil:
		return strconv.AppendUint(b, uint64(*l.count), 10)
	case l.age != nil:
		return strconv.AppendInt(b, int64(*l.age), 10)
	}
	return l.time.UTC().AppendFormat(b, layout)
}

// set reads a value and returns what is wrong with it.
func (l *line) set(v string) (wrong string) {
	switch {
	case l.bytes != nil:
		return digits(l.bytes, v)
	case l.hash != nil:
		if v == "-" {
			return ""
		}
		if wrong = digits(l.hash[:], v); wrong == "" && *l.hash == [32]byte{} {
			return "hash of zeros"
		}
		return wrong
	case l.count != nil:
		n, wrong := number(v, maxNumber)
		if wrong == "" && n < l.least {
			return "number too small"
		}
		*l.count = n
		return wrong
	case l.age != nil:
		if v == "-" && l.none {
			*l.age = None
			return ""
		}
		n, wrong := number(v, maxDays)
		*l.age = Days(n)
		return wrong
	}
	at, err := time.Parse(layout, v)
	if err != nil || at.Format(layout) != v || at.Year() < 2020 || at.Year() > 2199 {
		return "not a time"
	}
	*l.time = at
	return ""
}

func digits(to []byte, v string) (wrong string) {
	if len(v) != 2*len(to) {
		return "not so many digits"
	}
	for _, c := range []byte(v) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "not hexadecimal"
		}
	}
	hex.Decode(to, []byte(v))
	return ""
}

func number(v string, most uint32) (n uint32, wrong string) {
	if len(v) == 0 || len(v) > 1 && v[0] == '0' {
		return 0, "not a number"
	}
	for _, c := range []byte(v) {
		if c < '0' || c > '9' {
			return 0, "not a number"
		}
		if n = 10*n + uint32(c-'0'); n > most {
			return 0, "number too large"
		}
	}
	return n, ""
}

func (s *Statement) text() ([]byte, error) {
	b := append(make([]byte, 0, 1536), Label+"\n"...)
	for _, l := range s.lines() {
		b = append(append(b, l.name...), ' ')
		b = append(l.append(b), '\n')
	}
	_, err := read(b)
	return b, err
}

// Valid reports whether a file can say this, a *FormError if not.
func (s *Statement) Valid() error {
	_, err := s.text()
	return err
}

// Text is what is signed, without the signature. It panics if s is not Valid.
func (s *Statement) Text() []byte {
	b, err := s.text()
	if err != nil {
		panic("evidence: " + err.Error())
	}
	return b
}

// Message is what the signature of a text covers.
func Message(text []byte) []byte {
	return append(append(append(make([]byte, 0, len(Label)+1+len(text)), Label...), 0), text...)
}

// File is the text with its signature.
func File(text []byte, sig [64]byte) []byte {
	return append(hex.AppendEncode(append(bytes.Clone(text), "signature "...), sig[:]), '\n')
}

// HashOf names a file, as the next statement does.
func HashOf(file []byte) [32]byte { return sha256.Sum256(file) }

// A Signed is a statement with the signature that came with it.
type Signed struct {
	Statement
	Hash [32]byte // of the file

	text []byte
	sig  [64]byte
}

// Parse reads a file. Its error is a *FormError.
func Parse(file []byte) (*Signed, error) {
	if len(file) > MaxSize {
		return nil, &FormError{Reason: "too long"}
	}
	at := bytes.LastIndexByte(file[:max(len(file)-1, 0)], '\n') + 1 // of the last line
	s, err := read(file[:at])
	if err != nil {
		return nil, err
	}
	out := &Signed{Statement: *s, Hash: HashOf(file), text: bytes.Clone(file[:at])}
	rest, v, err := next(file[at:], "signature")
	if err != nil {
		return nil, err
	}
	if wrong := digits(out.sig[:], v); wrong != "" {
		return nil, &FormError{Reason: wrong, Line: "signature"}
	}
	if len(rest) > 0 {
		panic("evidence: a last line that is not the last")
	}
	return out, nil
}

// next reads one line.
func next(b []byte, name string) (rest []byte, value string, err error) {
	text, rest, ended := bytes.Cut(b, []byte("\n"))
	v, ok := bytes.CutPrefix(text, []byte(name+" "))
	switch {
	case !ok:
		return nil, "", &FormError{Reason: "another line", Line: name}
	case !ended:
		return nil, "", &FormError{Reason: "the line does not end", Line: name}
	}
	return rest, string(v), nil
}

// read reads the lines before the signature.
func read(text []byte) (*Statement, error) {
	b, ok := bytes.CutPrefix(text, []byte(Label+"\n"))
	if !ok {
		return nil, &FormError{Reason: "no such version"}
	}
	s := &Statement{}
	for _, l := range s.lines() {
		rest, v, err := next(b, l.name)
		if err != nil {
			return nil, err
		}
		if wrong := l.set(v); wrong != "" {
			return nil, &FormError{Reason: wrong, Line: l.name}
		}
		b = rest
	}
	if len(b) > 0 {
		return nil, &FormError{Reason: "another line", Line: "signature"}
	}
	if name := s.loose(); name != "" {
		return nil, &FormError{Reason: "does not fit", Line: name}
	}
	return s, nil
}

// Verify reports whether the tenant's key signed the statement (ErrSignature).
func (s *Signed) Verify(key wire.TenantKey) error {
	if wire.WeakKey(key) || !ed25519.Verify(key[:], Message(s.text), s.sig[:]) {
		return ErrSignature
	}
	return nil
}
