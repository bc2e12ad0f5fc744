//go:build !js

package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// sound fills a store with something of everything.
func sound(t *testing.T, path string) *Store {
	t.Helper()
	s := openIn(t, path)
	n := store.Tenant{ID: wire.TenantID{1}, Key: wire.TenantKey{2}, Name: "Centre", State: store.Active, MaxChannels: 10}
	if err := s.AddTenant(t.Context(), n, store.Audit{Actor: "operator", Act: "add"}); err != nil {
		t.Fatal(err)
	}
	for i := range byte(2) {
		c := store.Channel{Founding: wire.FoundingKey{i + 1}, Access: wire.AccessKey{i + 1}, Tenant: n.ID}
		c.ID = wire.ChannelOf(c.Founding)
		if err := s.Create(t.Context(), c, store.TicketUse{ID: [16]byte{3}, Max: 5}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 300), boxOf(2, 400), boxOf(3, 500)}, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Rotate(t.Context(), c.ID, c.Access, wire.AccessKey{i + 11}, []byte("note"), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestEveryInvariantIsMissedWhenItIsBroken(t *testing.T) {
	tests := []struct{ check, claim, damage string }{
		{"box-gap", "a box is missing", `DELETE FROM boxes WHERE n = 2`},
		{"box-bytes", "a box was cut", `UPDATE boxes SET data = substr(data, 2) WHERE n = 2`},
		{"note-bytes", "a note was cut", `UPDATE notes SET note = x'' WHERE n = 1`},
		{"channel-tenant", "a tenant is missing", `DELETE FROM tenants`},
		{"note-in-force", "a former key is in force", `UPDATE channels SET access = (SELECT old FROM notes WHERE ch = channels.n)`},
		{"channel-deleted", "a deleted channel is there", `INSERT INTO graves VALUES (1)`},
		{"channel-erased", "an erased channel has boxes", `UPDATE channels SET access = zeroblob(32), founding = zeroblob(32), created = 0 WHERE n = 1`},
		{"box-channel", "a channel is missing that has boxes", `DELETE FROM channels WHERE n = 1`},
		{"note-channel", "a channel is missing that has notes", `DELETE FROM channels WHERE n = 1`},
		{"tenant-counts", "a tenant counts too little", `UPDATE tenants SET bytes = bytes - 1`},
		{"ticket-count", "a ticket counts nothing", `UPDATE tickets SET used = 0`},
		{"audit", "an act was altered", `UPDATE audits SET actor = 'nobody'`},
		{"channel-form", "a key was cut", `UPDATE channels SET access = x'00' WHERE n = 1`},
		{"channel-number", "numbers begin again", `UPDATE sqlite_sequence SET seq = 1`},
		{"channel-id", "a channel has another's founding key", `UPDATE channels SET founding = x'` + "ff00000000000000000000000000000000000000000000000000000000000000" + `' WHERE n = 1`},
		{"box-form", "a box is shorter than any that was ever taken", `UPDATE boxes SET data = x'00' WHERE n = 6`},
		{"note-form", "a note is longer than any that was ever taken", `UPDATE notes SET note = zeroblob(300000) WHERE n = 1`},
		{"tenant-form", "a tenant's key was cut", `UPDATE tenants SET key = x'00'`},
		{"tenant-key", "a tenant is active without a key", `UPDATE tenants SET key = zeroblob(32)`},
		{"ticket-form", "a ticket's identifier was cut", `UPDATE tickets SET id = x'00'`},
		{"ticket-tenant", "a ticket is of nobody", `UPDATE tickets SET tenant = x'00'`},
		{"grave", "a channel was deleted that never was", `INSERT INTO graves VALUES (99)`},
		{"store-id", "the identifier is gone", `UPDATE meta SET value = zeroblob(16) WHERE name = 'store'`},
		{"restored", "the note of a restore was cut", `INSERT INTO meta VALUES ('restored', x'00')`},
	}
	for _, inv := range append(slices.Clone(invariants), forms...) {
		if !slices.ContainsFunc(tests, func(tt struct{ check, claim, damage string }) bool { return tt.check == inv.name }) {
			t.Errorf("nothing breaks %s", inv.name)
		}
	}
	for _, tt := range tests {
		t.Run(tt.check, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.sqlite")
			s := sound(t, path)
			if r, err := s.Examine(t.Context()); err != nil || len(r.Findings) > 0 || r.Boxes != 6 || r.Channels != 2 || r.Notes != 2 || r.Bytes != 2400 {
				t.Fatalf("before the damage: %+v, %v", r, err)
			}
			other, err := dial(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.exec(tt.damage); err != nil {
				t.Fatal(err)
			}
			other.close()
			if tt.check == "store-id" {
				// The identifier is read when a store is opened.
				s.Close()
				s = openIn(t, path)
			}
			r, err := s.Examine(t.Context())
			if err != nil || !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Check == tt.check }) {
				t.Errorf("%s: %+v, %v", tt.claim, r.Findings, err)
			}
		})
	}
}

func TestTheFileItselfIsLookedAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s := sound(t, path)
	if err := os.Chmod(path+"-wal", 0o640); err != nil {
		t.Fatal(err)
	}
	r, err := s.Examine(t.Context())
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Check != "mode" {
		t.Errorf("readable by a group: %+v, %v", r.Findings, err)
	}
	if err := os.Chmod(path+"-wal", 0o600); err != nil {
		t.Fatal(err)
	}
	s.Close()

	// On a disk that cannot share memory SQLite keeps another journal than it
	// was told. Here a connection to such a file stands in.
	s = openIn(t, path)
	x := <-s.reads
	x.close()
	c, err := dial(filepath.Join(t.TempDir(), "other"), "journal_mode(delete)")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range append(slices.Clone(schema), `INSERT INTO meta VALUES ('store', x'01000000000000000000000000000000')`) {
		if _, err := c.exec(q); err != nil {
			t.Fatal(err)
		}
	}
	for range readers - 1 {
		(<-s.reads).close()
	}
	s.reads <- c
	r, err = s.Examine(context.Background())
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Check != "journal" {
		t.Errorf("another journal: %+v, %v", r.Findings, err)
	}
	for range readers - 1 {
		one, err := dial(path)
		if err != nil {
			t.Fatal(err)
		}
		s.reads <- one
	}
}

func TestABrokenPageIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s := sound(t, path)
	s.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The root of an index is on a page of its own: zeros are no page at all.
	c, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	root, err := c.number(`SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_boxes_1'`)
	size, err2 := c.number(`PRAGMA page_size`)
	if err != nil || err2 != nil || root == 0 {
		t.Fatal(root, err, err2)
	}
	c.close()
	if _, err := f.WriteAt(make([]byte, size), (root-1)*size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s = openIn(t, path)
	r, err := s.Examine(t.Context())
	if err == nil && !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Check == "file" }) {
		t.Errorf("%+v", r.Findings)
	}
}
