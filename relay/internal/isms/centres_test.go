package isms

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	statement "vialog/shared/evidence"
	"vialog/shared/wire"
)

// signer is the key of a centre at some time.
func signer(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func keyOf(n byte) wire.TenantKey { return wire.TenantKey(signer(n).Public().(ed25519.PublicKey)) }

// ofCentre is a statement in which everything is well, after another one.
func ofCentre(number uint32, before *statement.Statement) *statement.Statement {
	s := &statement.Statement{
		Tenant: wire.TenantID{1}, Number: number, Made: noon.AddDate(0, 0, -int(10-number)), Release: 5, Policy: 1,
		Leads: 2, Doctors: 3, LeadDevices: 2, DoctorDevices: 4, Silent: 9, TeamKey: 20, OldestKey: 28, Sheet: 100, Removed: 1, Invitation: statement.None,
		Visits: 400, VisitsHash: [32]byte{1}, Records: 900, RecordsHash: [32]byte{2}, Checks: 30, Check: 50, Reviews: 1, Review: 40,
	}
	if before != nil {
		s.Previous = statement.HashOf(file(1, before))
	}
	return s
}

func file(key byte, s *statement.Statement) []byte {
	text := s.Text()
	return statement.File(text, [64]byte(ed25519.Sign(signer(key), statement.Message(text))))
}

// stating is that a statement was taken in while the centre's key was the first.
func stating(key byte, s *statement.Statement) Entry {
	k := keyOf(1)
	return Entry{Time: noon.Add(-time.Hour), Import: &Import{Key: hex.EncodeToString(k[:]), File: string(file(key, s))}}
}

// said are the statements that were taken in, signed by a key.
func said(key byte, list ...*statement.Statement) func(d *demo) {
	return func(d *demo) {
		d.site.History = &History{}
		for _, s := range list {
			d.site.History.Entries = append(d.site.History.Entries, stating(key, s))
		}
	}
}

// off is a statement in which one thing is not well.
func off(change func(s *statement.Statement)) func(d *demo) {
	return func(d *demo) {
		s := ofCentre(1, nil)
		change(s)
		said(1, s)(d)
	}
}

// A statement is taken in if the key of today signed it, or if one that was taken
// in vouches for it.
func TestOnlyStatementsOfACentreAreTakenIn(t *testing.T) {
	one := ofCentre(1, nil)
	two := ofCentre(2, one)
	three := ofCentre(3, two)
	other := ofCentre(1, nil)
	other.Tenant = wire.TenantID{2}
	late := ofCentre(1, nil)
	late.Made = noon.Add(2 * time.Hour)
	unlike := ofCentre(2, one)
	unlike.Visits++
	tenants := []store.Tenant{{ID: wire.TenantID{1}, Key: keyOf(2), State: store.Active}, {ID: wire.TenantID{3}, Open: true, State: store.Active}, {ID: wire.TenantID{2}, State: store.Erased}}
	h := &History{}
	var numbers []uint32
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"a key that is not in force any more", file(1, two), statement.ErrSignature},
		{"another tenant", file(2, other), ErrTenant},
		{"a time that has not come", file(2, late), ErrAhead},
		{"the newest", file(2, three), nil},
		{"the same again", file(2, three), ErrKnown},
		{"the one before it, signed by the key of then", file(1, two), nil},
		{"another in its place", file(1, unlike), statement.ErrSignature},
	} {
		taken, s, err := h.Import(c.file, tenants, noon)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			h.Entries = append(h.Entries, Entry{Time: noon, Import: taken})
			numbers = append(numbers, s.Number)
		}
	}
	var bad *statement.FormError
	if _, _, err := h.Import([]byte("x"), tenants, noon); !errors.As(err, &bad) {
		t.Errorf("something else: %v", err)
	}

	taken, _, err := h.Import(file(1, one), tenants, noon)
	check1(t, err)
	h.Entries = append(h.Entries, Entry{Time: noon, Import: taken})
	if !slices.Equal(numbers, []uint32{3, 2}) {
		t.Errorf("taken in: %d", numbers)
	}
	sound, others := h.stated(wire.TenantID{1})
	if list, faults := chain(sound); len(list) != 3 || others || len(faults) != 0 {
		t.Errorf("%d in the chain, %v", len(list), faults)
	}
	// Without the one that vouches they are nothing.
	h.Entries = h.Entries[1:]
	if sound, others := h.stated(wire.TenantID{1}); len(sound) != 0 || !others {
		t.Errorf("%d are taken for signed", len(sound))
	}
}

func TestAnImportComesBackFromTheLog(t *testing.T) {
	s := memory.New()
	e := stating(1, ofCentre(1, nil))
	check1(t, Add(t.Context(), s, e))
	h, err := Read(t.Context(), s)
	check1(t, err)
	if len(h.Entries) != 1 || h.Entries[0].Import == nil || *h.Entries[0].Import != *e.Import {
		got, _ := json.Marshal(h.Entries)
		t.Errorf("came back as %s", got)
	}
}
