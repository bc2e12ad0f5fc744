package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"vialog/shared/wire"
)

// version counts the layouts. It is kept in user_version of a file, and in meta of a Durable Object.
const version = 3

const (
	tenantsOpen    = `CREATE UNIQUE INDEX tenants_open ON tenants (open) WHERE open = 1 AND state NOT IN (4, 6)`
	channelsTenant = `CREATE INDEX channels_tenant ON channels (tenant)`
)

var (
	// ErrNewer reports a file that was written by a later release.
	ErrNewer = errors.New("store was written by a newer release")
	// ErrForeign reports a file that is some other program's database.
	ErrForeign = errors.New("file is not a relay's store")
)

// schema is in the dialect that other SQLite hosts share. Rows of boxes are
// written at the end of their table, whatever channel they belong to; two
// indexes find them by position and by identifier. What a channel holds is told
// by its newest box, which carries the sum over all: so that appending changes
// no row but its own.
//
// A channel that was deleted leaves its number in graves until its rows have
// been taken out, a few at a time, so that deleting a large one holds nobody up.
var schema = []string{
	`CREATE TABLE meta (
		name  TEXT PRIMARY KEY,
		value BLOB NOT NULL
	) WITHOUT ROWID`,
	`CREATE TABLE tenants (
		id           BLOB PRIMARY KEY,
		n            INTEGER NOT NULL UNIQUE,
		name         TEXT NOT NULL,
		key          BLOB NOT NULL,
		state        INTEGER NOT NULL,
		open         INTEGER NOT NULL,
		max_channels INTEGER NOT NULL,
		max_bytes    INTEGER NOT NULL,
		channels     INTEGER NOT NULL,
		bytes        INTEGER NOT NULL,
		created      INTEGER NOT NULL,
		code_expires INTEGER NOT NULL,
		code_hash    BLOB UNIQUE,
		contact      TEXT NOT NULL DEFAULT '',
		requester    TEXT NOT NULL DEFAULT '',
		approver     TEXT NOT NULL DEFAULT '',
		approved     INTEGER NOT NULL DEFAULT 0,
		reviewed     INTEGER NOT NULL DEFAULT 0,
		review       INTEGER NOT NULL DEFAULT 0,
		ends         INTEGER NOT NULL DEFAULT 0,
		wiped        INTEGER NOT NULL DEFAULT 0
	) WITHOUT ROWID`,
	tenantsOpen,
	`CREATE TABLE tickets (
		tenant  BLOB NOT NULL,
		id      BLOB NOT NULL,
		used    INTEGER NOT NULL,
		expires INTEGER NOT NULL,
		PRIMARY KEY (tenant, id)
	) WITHOUT ROWID`,
	`CREATE INDEX tickets_expires ON tickets (expires)`,
	`CREATE TABLE channels (
		n        INTEGER PRIMARY KEY AUTOINCREMENT,
		id       BLOB NOT NULL UNIQUE,
		founding BLOB NOT NULL,
		access   BLOB NOT NULL,
		tenant   BLOB NOT NULL,
		created  INTEGER NOT NULL,
		expires  INTEGER NOT NULL,
		noted    INTEGER NOT NULL, -- bytes of notes
		owner    BLOB,             -- who got the founding key's power; NULL: nobody
		day      INTEGER NOT NULL DEFAULT 0 -- on which it was last written to, since the epoch
	)`,
	channelsTenant,
	`CREATE INDEX channels_expires ON channels (expires) WHERE expires <> 0`,
	`CREATE TABLE boxes (
		n    INTEGER PRIMARY KEY,
		ch   INTEGER NOT NULL,
		pos  INTEGER NOT NULL,
		held INTEGER NOT NULL, -- bytes of boxes up to this one
		id   BLOB NOT NULL,
		data BLOB NOT NULL,
		UNIQUE (ch, pos),
		UNIQUE (ch, id)
	)`,
	`CREATE TABLE notes (
		n    INTEGER PRIMARY KEY,
		ch   INTEGER NOT NULL,
		old  BLOB NOT NULL,
		note BLOB NOT NULL,
		UNIQUE (ch, old)
	)`,
	`CREATE TABLE graves (ch INTEGER PRIMARY KEY)`,
	`CREATE TABLE audits (
		n       INTEGER PRIMARY KEY,
		time    INTEGER NOT NULL,
		actor   TEXT NOT NULL,
		act     TEXT NOT NULL,
		subject TEXT NOT NULL,
		detail  TEXT NOT NULL,
		prev    BLOB NOT NULL,
		hash    BLOB NOT NULL
	)`,
}

// copyExact copies a blob that has exactly the length of dst.
func copyExact(dst []byte, v driver.Value) bool {
	b, ok := v.([]byte)
	return ok && copy(dst, b) == len(dst) && len(b) == len(dst)
}

// storeID reads the identifier that the store got when it was laid out.
func storeID(c *conn) (id wire.StoreID, err error) {
	found := false
	err = c.query(context.Background(), `SELECT value FROM meta WHERE name = 'store'`, func(r []driver.Value) error {
		found = copyExact(id[:], r[0])
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: it has no identifier", ErrForeign)
	}
	return id, err
}
