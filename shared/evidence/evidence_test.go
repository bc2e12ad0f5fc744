package evidence

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/shared/wire/wiretest"
)

var vectors = flag.Bool("vectors", false, "add missing vectors")

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func signed(s *Statement) []byte {
	text := s.Text()
	return File(text, [64]byte(ed25519.Sign(key, Message(text))))
}

func public(k ed25519.PrivateKey) wire.TenantKey {
	return wire.TenantKey(k.Public().(ed25519.PublicKey))
}

// full is a centre's third statement.
func full() *Statement {
	return &Statement{
		Tenant: wire.TenantID{1, 2, 3}, Number: 3, Previous: [32]byte{9}, Made: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC), Release: 5, Policy: 1,
		Leads: 2, Doctors: 3, Nurses: 4, Readers: 1, LeadDevices: 3, DoctorDevices: 4, NurseDevices: 4, ReaderDevices: 1, Silent: 12,
		TeamKey: 20, OldestKey: 28, NoSheet: 1, Sheet: 100, Removed: 2, NotRenewed: 0, Invitations: 1, Invitation: 3,
		Visits: 400, VisitsHash: [32]byte{1}, Records: 900, RecordsHash: [32]byte{2}, Checks: 30, Check: 50, Reviews: 1, Review: 40,
	}
}

// first is that of a centre that has just begun.
func first() *Statement {
	return &Statement{
		Tenant: wire.TenantID{1}, Number: 1, Made: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Policy: 1,
		Leads: 1, LeadDevices: 1, NoSheet: 1, Sheet: None, Invitation: None, Check: None, Review: None,
	}
}

func TestAStatementComesBackAsItWas(t *testing.T) {
	for _, s := range []*Statement{full(), first()} {
		file := signed(s)
		got, err := Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Statement != *s || got.Hash != HashOf(file) {
			t.Errorf("read %+v", got.Statement)
		}
		if err := got.Verify(public(key)); err != nil {
			t.Error(err)
		}
		if err := got.Verify(public(ed25519.NewKeyFromSeed(make([]byte, 32)))); !errors.Is(err, ErrSignature) {
			t.Errorf("with another key: %v", err)
		}
	}
	if s := full(); s.People() != 10 || s.Devices() != 12 {
		t.Errorf("%d people, %d devices", s.People(), s.Devices())
	}
}

// Whatever byte is changed, the file is refused or its signature does not hold.
func TestTheSignatureCoversEveryByte(t *testing.T) {
	file := signed(full())
	for i := range file {
		for _, to := range []byte{'0', '7', 'a', '\n', file[i] ^ 1} {
			if to == file[i] {
				continue
			}
			bad := bytes.Clone(file)
			bad[i] = to
			if s, err := Parse(bad); err == nil && s.Verify(public(key)) == nil {
				t.Fatalf("byte %d as %q passes", i, to)
			}
		}
	}
	// Nor does what the key signs for the relay.
	tk := wire.Ticket{Tenant: wire.TenantID{1}, ID: wire.TicketID{1}, Channels: 1}
	text := full().Text()
	for _, msg := range [][]byte{text, wire.TicketContext(&tk), append(wire.TicketContext(&tk), text...)} {
		s, err := Parse(File(text, [64]byte(ed25519.Sign(key, msg))))
		if err != nil || s.Verify(public(key)) == nil {
			t.Errorf("a signature over something else passes (%v)", err)
		}
	}
}

// Whoever knows no secret signs whatever they like with such a key.
func TestAWeakKeySignsNothing(t *testing.T) {
	forged := 0
	for n := range uint32(6) {
		s := full()
		s.Visits += n
		text := s.Text()
		for _, w := range wiretest.WeakKeys() {
			sig, ok := wiretest.Forge(w.Key, Message(text))
			if !ok {
				continue
			}
			forged++
			if got, err := Parse(File(text, sig)); err != nil || got.Verify(wire.TenantKey(w.Key)) == nil {
				t.Errorf("%s: a forged statement passes (%v)", w.Name, err)
			}
		}
	}
	if forged == 0 {
		t.Error("nothing was forged")
	}
}

// What no file can say is not written.
func TestWhatCannotBeSaidIsNotWritten(t *testing.T) {
	for name, change := range map[string]func(s *Statement){
		"a number of ten digits":       func(s *Statement) { s.Visits = maxNumber + 1 },
		"an age that is too high":      func(s *Statement) { s.Silent = maxDays + 1 },
		"an age below none":            func(s *Statement) { s.Review = -2 },
		"no age where there must be":   func(s *Statement) { s.TeamKey = None },
		"no lead":                      func(s *Statement) { s.Leads = 0 },
		"a first one that follows":     func(s *Statement) { s.Number = 1 },
		"a time with fractions":        func(s *Statement) { s.Made = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC) },
		"more without sheet than here": func(s *Statement) { s.NoSheet, s.Sheet = 11, None },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was written", name)
				}
			}()
			s := full()
			change(s)
			if s.Valid() == nil {
				t.Errorf("%s is valid", name)
			}
			s.Text()
		}()
	}
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]Days{0: 0, -time.Hour: 0, 24*time.Hour - 1: 0, 24 * time.Hour: 1, 100_000 * 24 * time.Hour: maxDays} {
		if got := DaysSince(now.Add(-d), now); got != want {
			t.Errorf("%v is %d days", d, got)
		}
	}
}

// set replaces the value of a line.
func set(file []byte, name, value string) []byte {
	before, rest, ok := bytes.Cut(file, []byte("\n"+name+" "))
	if !ok {
		panic(name)
	}
	_, after, _ := bytes.Cut(rest, []byte("\n"))
	return slices.Concat(before, []byte("\n"+name+" "+value+"\n"), after)
}

// cases are the files of testdata; those that are refused are so for the reason in
// their name, after which comes the line.
func cases() map[string][]byte {
	file := signed(full())
	return map[string][]byte{
		"accept-full":                         file,
		"accept-first":                        signed(first()),
		"reject-too-long":                     append(bytes.Clone(file), bytes.Repeat([]byte("x"), MaxSize)...),
		"reject-no-such-version":              bytes.Replace(file, []byte("/v1/"), []byte("/v2/"), 1),
		"reject-no-such-version.empty":        {},
		"reject-another-line.leads":           bytes.Replace(file, []byte("leads "), []byte("heads "), 1),
		"reject-another-line.doctors":         bytes.Replace(file, []byte("doctors 3\n"), nil, 1),
		"reject-another-line.signature":       bytes.Replace(file, []byte("signature "), []byte("more 1\nsignature "), 1),
		"reject-another-line.signature-twice": append(bytes.Clone(file), file[bytes.Index(file, []byte("signature ")):]...),
		"reject-no-such-version.cr":           bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")),
		"reject-the-line-does-not-end":        file[:len(file)-1],
		"reject-not-so-many-digits.tenant":    set(file, "tenant", "0102"),
		"reject-not-so-many-digits.previous":  set(file, "previous", strings.Repeat("0", 66)),
		"reject-not-so-many-digits.signature": set(file, "signature", strings.Repeat("0", 126)),
		"reject-not-hexadecimal.tenant":       set(file, "tenant", strings.Repeat("AB", 16)),
		"reject-not-hexadecimal.signature":    set(file, "signature", strings.Repeat("g0", 64)),
		"reject-hash-of-zeros.previous":       set(file, "previous", strings.Repeat("0", 64)),
		"reject-not-a-number.leads":           set(file, "leads", "02"),
		"reject-not-a-number.nurses":          set(file, "nurses", ""),
		"reject-not-a-number.readers":         set(file, "readers", "-1"),
		"reject-not-a-number.silent-days":     set(file, "silent-days", "-"),
		"reject-not-a-number.visits":          set(file, "visits", "4 "),
		"reject-number-too-large.visits":      set(file, "visits", "1000000000"),
		"reject-number-too-large.silent-days": set(file, "silent-days", "100000"),
		"reject-number-too-small.leads":       set(file, "leads", "0"),
		"reject-number-too-small.number":      set(file, "number", "0"),
		"reject-number-too-small.policy":      set(file, "policy", "0"),
		"reject-not-a-time.made":              set(file, "made", "2027-03-01T12:00:00.5Z"),
		"reject-not-a-time.made-zone":         set(file, "made", "2027-03-01T12:00:00+01:00"),
		"reject-not-a-time.made-year":         set(file, "made", "2019-12-31T23:59:59Z"),
		"reject-not-a-time.made-day":          set(file, "made", "2027-02-29T12:00:00Z"),
		"reject-does-not-fit.previous":        set(file, "previous", "-"),
		"reject-does-not-fit.previous-first":  set(file, "number", "1"),
		"reject-does-not-fit.sheet-days":      set(file, "sheet-days", "-"),
		"reject-does-not-fit.sheet-days-none": set(file, "no-sheet", "10"),
		"reject-does-not-fit.no-sheet":        set(set(file, "no-sheet", "11"), "sheet-days", "-"),
		"reject-does-not-fit.invitation-days": set(file, "invitation-days", "-"),
		"reject-does-not-fit.visits-hash":     set(file, "visits", "0"),
		"reject-does-not-fit.records-hash":    set(file, "records-hash", "-"),
		"reject-does-not-fit.check-days":      set(file, "checks", "0"),
		"reject-does-not-fit.review-days":     set(file, "reviews", "0"),
	}
}

func TestVectors(t *testing.T) {
	all := cases()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := filepath.Join("testdata", name+".txt")
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && *vectors {
			b, err = all[name], os.WriteFile(path, all[name], 0o644)
		}
		if err != nil {
			t.Fatalf("%v (make vectors)", err)
		}
		if !bytes.Equal(b, all[name]) {
			t.Errorf("%s: it would be written otherwise today", name)
		}
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < len(all) {
		t.Fatal(err, len(files))
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(b)
		if strings.HasPrefix(name, "accept-") {
			if err != nil || s.Verify(public(key)) != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		why, where, _ := strings.Cut(strings.TrimPrefix(name, "reject-"), ".")
		var f *FormError
		if !errors.As(err, &f) || strings.ReplaceAll(f.Reason, " ", "-") != why || f.Line != "" && where != "" && !strings.HasPrefix(where, f.Line) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is read is written the same.
func FuzzParse(f *testing.F) {
	for _, b := range cases() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		if again := File(s.Statement.Text(), s.sig); !bytes.Equal(again, b) {
			t.Errorf("read %q, written %q", b, again)
		}
	})
}
