//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"vialog/shared/wire"
)

// A Finding is something in a store that must not be.
type Finding struct {
	Check string `json:"check"` // its name, which stays the same
	Text  string `json:"text"`  // numbers of rows, never keys or identifiers
}

// A Report is what Examine found.
type Report struct {
	Store     string    `json:"store"`
	Layout    int64     `json:"layout"`
	Restored  string    `json:"restored,omitempty"` // when it went back, and to which moment
	Tenants   int64     `json:"tenants"`
	Channels  int64     `json:"channels"`
	Erased    int64     `json:"erased"` // of the channels, those that their owners erased for good
	Boxes     int64     `json:"boxes"`
	Bytes     int64     `json:"bytes"` // of boxes
	Notes     int64     `json:"notes"`
	Audits    int64     `json:"audits"`
	Unswept   int64     `json:"unswept"` // channels that are deleted and whose rows are still being taken out
	Pages     int64     `json:"pages"`
	FreePages int64     `json:"free_pages"` // that deleted boxes left for new ones
	Findings  []Finding `json:"findings"`
}

// forms are invariants of what clients and operators may put in. A test of the
// store alone may put in other things.
var forms = []invariant{
	{"channel-form", "channel %d has a key or an identifier of a wrong length",
		`SELECT n FROM channels WHERE length(id) <> 32 OR length(founding) <> 32 OR length(access) <> 32 OR length(tenant) <> 16 OR (owner IS NOT NULL AND length(owner) <> 32)`},
	{"channel-number", "channel %d has a number that may be given again",
		`SELECT n FROM channels WHERE n > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'channels')`},
	{"box-form", "box %d has %d bytes, or an identifier of a wrong length",
		`SELECT n, length(data) FROM boxes WHERE length(id) <> 16 OR length(data) < ` + fmt.Sprint(wire.MinBox) + ` OR length(data) > ` + fmt.Sprint(wire.MaxBox)},
	{"note-form", "note %d has %d bytes, or a key of a wrong length",
		`SELECT n, length(note) FROM notes WHERE length(old) <> 32 OR length(note) > ` + fmt.Sprint(wire.MaxNote)},
	{"tenant-form", "tenant %d has a key or an identifier of a wrong length",
		`SELECT n FROM tenants WHERE length(id) <> 16 OR length(key) <> 32 OR (code_hash IS NOT NULL AND length(code_hash) <> 32)`},
	{"tenant-key", "tenant %d is active and has no key",
		`SELECT n FROM tenants WHERE state = 2 AND open = 0 AND key = zeroblob(32)`},
	{"ticket-form", "a ticket of tenant %d has an identifier of a wrong length",
		`SELECT t.n FROM tickets k JOIN tenants t ON t.id = k.tenant WHERE length(k.id) <> 16`},
	{"ticket-tenant", "%d tickets belong to no tenant",
		`SELECT * FROM (SELECT count(*) AS c FROM tickets WHERE tenant NOT IN (SELECT id FROM tenants)) WHERE c > 0`},
	{"grave", "channel %d is said to be deleted and was never there",
		`SELECT ch FROM graves WHERE ch > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'channels')`},
	{"store-id", "the store has an identifier of %d bytes",
		`SELECT length(value) FROM meta WHERE name = 'store' AND (length(value) <> 16 OR value = zeroblob(16))`},
	{"restored", "the note of the restore has %d bytes",
		`SELECT length(value) FROM meta WHERE name = 'restored' AND length(value) <> 32`},
}

// Examine is Check, and looks at the forms of what is stored, the file and who
// may read it as well. Others may be using the store.
func (s *Store) Examine(ctx context.Context) (Report, error) {
	r := Report{Store: s.id.String(), Findings: []Finding{}}
	bad := func(name string, err error) { r.Findings = append(r.Findings, Finding{name, err.Error()}) }
	err := s.Snapshot(ctx, func(x *Snapshot) error {
		if err := check(ctx, x.c, append(invariants[:len(invariants):len(invariants)], forms...), bad); err != nil {
			return err
		}
		if err := x.c.query(ctx, `SELECT n, id, founding FROM channels WHERE access <> zeroblob(32)`, func(row []driver.Value) error {
			var id wire.Channel
			var founding wire.FoundingKey
			if copyExact(id[:], row[1]) && copyExact(founding[:], row[2]) && wire.ChannelOf(founding) != id {
				bad("channel-id", fmt.Errorf("channel %d is not called after its founding key", row[0]))
			}
			return nil
		}); err != nil {
			return err
		}
		for _, one := range []struct {
			to    *int64
			query string
		}{
			{&r.Layout, `PRAGMA user_version`}, {&r.Pages, `PRAGMA page_count`}, {&r.FreePages, `PRAGMA freelist_count`},
			{&r.Tenants, `SELECT count(*) FROM tenants`}, {&r.Channels, `SELECT count(*) FROM channels`},
			{&r.Erased, `SELECT count(*) FROM channels WHERE access = zeroblob(32)`},
			{&r.Boxes, `SELECT count(*) FROM boxes`}, {&r.Bytes, `SELECT coalesce(sum(length(data)), 0) FROM boxes`},
			{&r.Notes, `SELECT count(*) FROM notes`}, {&r.Audits, `SELECT count(*) FROM audits`}, {&r.Unswept, `SELECT count(*) FROM graves`},
		} {
			n, err := x.c.number(one.query)
			if err != nil {
				return err
			}
			*one.to = n
		}
		return x.c.query(ctx, `PRAGMA journal_mode`, func(row []driver.Value) error {
			if row[0] != "wal" {
				bad("journal", fmt.Errorf("the file's journal is %v, not wal: what is acknowledged may not survive a power cut", row[0]))
			}
			return nil
		})
	})
	if err != nil {
		return r, err
	}
	if m, ok, err := s.Restored(ctx); err == nil && ok {
		r.Restored = fmt.Sprintf("%s, to what it was at %s", m.At.Format("2006-01-02 15:04:05Z"), m.Taken.Format("2006-01-02 15:04:05Z"))
	}
	return r, s.modes(bad)
}

// modes looks at who may read the file and what stands beside it.
func (s *Store) modes(bad func(string, error)) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(s.path + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return err
		}
		if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			bad("mode", fmt.Errorf("others than its owner may read or write the store's file%s: mode %o, should be 600", suffix, info.Mode().Perm()))
		}
	}
	return nil
}
