package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"vialog/shared/wire"
)

// layout counts the layouts of the tables. It is kept in meta.
const layout = 1

var (
	// ErrNewer reports tables that were made by a later release.
	ErrNewer = errors.New("store was written by a newer release")
	// ErrForeign reports a schema with tables that are not a relay's.
	ErrForeign = errors.New("the schema holds something else than a relay's store")
	// ErrNone reports a database without a store, where none was to be made.
	ErrNone = errors.New("there is no store in this database")
)

// schema follows that of package sqlite, where it says why boxes carry the sum
// over all before them and why a channel that was deleted leaves its number in
// graves. Texts are kept as bytes: PostgreSQL's own have no zero byte.
// Ciphertext does not shrink, so nothing tries.
const schema = `
CREATE TABLE meta (
	name  text PRIMARY KEY,
	value bytea NOT NULL
);
CREATE TABLE tenants (
	id           bytea PRIMARY KEY,
	n            bigint NOT NULL UNIQUE,
	name         bytea NOT NULL,
	key          bytea NOT NULL,
	state        bigint NOT NULL,
	open         boolean NOT NULL,
	max_channels bigint NOT NULL,
	max_bytes    bigint NOT NULL,
	channels     bigint NOT NULL,
	bytes        bigint NOT NULL,
	created      bigint NOT NULL,
	code_expires bigint NOT NULL,
	code_hash    bytea UNIQUE,
	contact      bytea NOT NULL DEFAULT '',
	requester    bytea NOT NULL DEFAULT '',
	approver     bytea NOT NULL DEFAULT '',
	approved     bigint NOT NULL DEFAULT 0,
	reviewed     bigint NOT NULL DEFAULT 0,
	review       bigint NOT NULL DEFAULT 0,
	ends         bigint NOT NULL DEFAULT 0,
	wiped        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- counts change with every commit, in place where there is room
CREATE UNIQUE INDEX tenants_open ON tenants (open) WHERE open AND state NOT IN (4, 6);
CREATE TABLE tickets (
	tenant  bytea NOT NULL,
	id      bytea NOT NULL,
	used    bigint NOT NULL,
	expires bigint NOT NULL,
	PRIMARY KEY (tenant, id)
);
CREATE INDEX tickets_expires ON tickets (expires);
CREATE TABLE channels (
	n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id       bytea NOT NULL UNIQUE,
	founding bytea NOT NULL,
	access   bytea NOT NULL,
	tenant   bytea NOT NULL,
	created  bigint NOT NULL,
	expires  bigint NOT NULL,
	noted    bigint NOT NULL, -- bytes of notes
	owner    bytea,           -- who got the founding key's power; NULL: nobody
	day      bigint NOT NULL  -- on which it was last written to, since the epoch
);
CREATE INDEX channels_tenant ON channels (tenant);
CREATE INDEX channels_expires ON channels (expires) WHERE expires <> 0;
CREATE TABLE boxes (
	ch   bigint NOT NULL,
	pos  bigint NOT NULL,
	held bigint NOT NULL, -- bytes of boxes up to this one
	id   bytea NOT NULL,
	data bytea NOT NULL,
	PRIMARY KEY (ch, pos),
	UNIQUE (ch, id)
);
ALTER TABLE boxes ALTER data SET STORAGE EXTERNAL;
CREATE TABLE notes (
	n    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	ch   bigint NOT NULL,
	old  bytea NOT NULL,
	note bytea NOT NULL,
	UNIQUE (ch, old)
);
ALTER TABLE notes ALTER note SET STORAGE EXTERNAL;
CREATE TABLE graves (ch bigint PRIMARY KEY);
CREATE TABLE audits (
	n       bigint PRIMARY KEY,
	time    bigint NOT NULL,
	actor   bytea NOT NULL,
	act     bytea NOT NULL,
	subject bytea NOT NULL,
	detail  bytea NOT NULL,
	prev    bytea NOT NULL,
	hash    bytea NOT NULL
);
`

// prepare makes the tables if there are none and make says so, and returns the
// identifier of the store. Where they are there it only reads: a role that may
// not change the schema can serve.
func prepare(ctx context.Context, c *pgx.Conn, name string, make bool) (id wire.StoreID, err error) {
	if id, err = identify(ctx, c, name); !errors.Is(err, ErrNone) || !make {
		return id, err
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return id, err
	}
	defer tx.Rollback(ctx) // does nothing after Commit
	// Several nodes may begin at once.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockClass); err != nil {
		return id, err
	}
	if id, err = identify(ctx, c, name); !errors.Is(err, ErrNone) {
		return id, err
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regnamespace(quote_ident($1)) IS NOT NULL`, name).Scan(&there); err != nil {
		return id, err
	}
	if !there {
		if _, err := tx.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{name}.Sanitize()); err != nil {
			return id, err
		}
	}
	if _, err := tx.Exec(ctx, schema); err != nil {
		return id, err
	}
	rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	if _, err := tx.Exec(ctx, `INSERT INTO meta (name, value) VALUES ('layout', $1), ('store', $2)`,
		[]byte(strconv.Itoa(layout)), id[:]); err != nil {
		return id, err
	}
	return id, tx.Commit(ctx)
}

// identify refuses tables that this release cannot use, and returns the
// identifier of the store, or ErrNone.
func identify(ctx context.Context, c *pgx.Conn, name string) (id wire.StoreID, err error) {
	var tables, ours int
	if err := c.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE tablename = 'meta') FROM pg_tables WHERE schemaname = $1`, name).Scan(&tables, &ours); err != nil {
		return id, err
	}
	switch {
	case tables == 0:
		return id, ErrNone
	case ours == 0:
		return id, ErrForeign
	}
	var version []byte
	err = c.QueryRow(ctx, `SELECT l.value, s.value FROM meta l, meta s WHERE l.name = 'layout' AND s.name = 'store'`).Scan(&version, exact(id[:]))
	if errors.Is(err, pgx.ErrNoRows) {
		return id, fmt.Errorf("%w: it has no identifier", ErrForeign)
	}
	if err != nil {
		return id, err
	}
	switch v, err := strconv.Atoi(string(version)); {
	case err != nil || v < 1:
		return id, fmt.Errorf("%w: unknown layout", ErrForeign)
	case v > layout:
		return id, fmt.Errorf("%w: layout %d, this one knows up to %d", ErrNewer, v, layout)
	}
	return id, nil
}
