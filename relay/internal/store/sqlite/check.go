package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"vialog/relay/internal/store"
)

type invariant struct{ name, text, query string }

// invariants are queries that yield nothing in a sound store. Each yields the
// numbers that its text reports: of channels and rows, never identifiers.
var invariants = []invariant{
	{"box-gap", "channel %d holds %d boxes at positions %d to %d",
		`SELECT c.n, count(*), min(b.pos), max(b.pos) FROM channels c JOIN boxes b ON b.ch = c.n GROUP BY c.n
		HAVING count(*) <> max(b.pos) OR min(b.pos) <> 1`},
	{"box-bytes", "channel %d says %d bytes at position %d, and holds %d",
		`SELECT ch, held, pos, sum FROM (SELECT ch, held, pos, sum(length(data)) OVER (PARTITION BY ch ORDER BY pos) AS sum FROM boxes
		WHERE ch NOT IN (SELECT ch FROM graves)) WHERE held <> sum`},
	{"note-bytes", "channel %d says %d bytes of notes, and holds %d",
		`SELECT * FROM (SELECT c.n, c.noted AS says,
			(SELECT coalesce(sum(length(note) + ` + fmt.Sprint(store.NoteOverhead) + `), 0) FROM notes WHERE ch = c.n) AS holds
		FROM channels c) WHERE says <> holds`},
	{"channel-tenant", "channel %d belongs to no tenant",
		`SELECT c.n FROM channels c WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = c.tenant)`},
	{"note-in-force", "channel %d left a note for the key that is in force",
		`SELECT c.n FROM channels c WHERE EXISTS (SELECT 1 FROM notes n WHERE n.ch = c.n AND n.old = c.access)`},
	{"channel-deleted", "channel %d was deleted and is still there",
		`SELECT c.n FROM channels c WHERE EXISTS (SELECT 1 FROM graves g WHERE g.ch = c.n)`},
	{"channel-erased", "channel %d was erased, and something of it is kept",
		`SELECT c.n FROM channels c WHERE c.access = zeroblob(32) AND (c.founding <> zeroblob(32) OR c.owner IS NOT NULL OR c.created <> 0 OR c.expires <> 0
			OR EXISTS (SELECT 1 FROM boxes b WHERE b.ch = c.n) OR EXISTS (SELECT 1 FROM notes n WHERE n.ch = c.n))`},
	{"box-channel", "boxes are held for channel %d, which does not exist",
		`SELECT DISTINCT b.ch FROM boxes b WHERE b.ch NOT IN (SELECT n FROM channels) AND b.ch NOT IN (SELECT ch FROM graves)`},
	{"note-channel", "notes are held for channel %d, which does not exist",
		`SELECT DISTINCT n.ch FROM notes n WHERE n.ch NOT IN (SELECT n FROM channels) AND n.ch NOT IN (SELECT ch FROM graves)`},
	{"tenant-counts", "tenant %d says %d channels of %d bytes, and has %d of %d",
		`SELECT * FROM (SELECT t.n, t.channels AS c1, t.bytes AS b1, count(c.n) AS c2,
			coalesce(sum(c.noted + coalesce((SELECT held FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1), 0)), 0) AS b2
		FROM tenants t LEFT JOIN channels c ON c.tenant = t.id GROUP BY t.id) WHERE c1 <> c2 OR b1 <> b2`},
	{"ticket-count", "a ticket of tenant %d counts %d channels",
		`SELECT t.n, k.used FROM tickets k JOIN tenants t ON t.id = k.tenant WHERE k.used < 1`},
}

// check calls bad with what does not hold. It runs in one transaction, so that
// all queries see the same state.
func check(ctx context.Context, c *conn, list []invariant, bad func(name string, err error)) error {
	err := c.query(ctx, integrity, func(r []driver.Value) error {
		if r[0] != "ok" {
			bad("file", fmt.Errorf("file: %v", r[0]))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, inv := range list {
		if err := c.query(ctx, inv.query, func(r []driver.Value) error {
			args := make([]any, len(r))
			for i := range r {
				args[i] = r[i]
			}
			bad(inv.name, fmt.Errorf(inv.text, args...))
			return nil
		}); err != nil {
			return err
		}
	}
	var last store.Audit
	err = c.query(ctx, selectAudits+` ORDER BY n`, func(r []driver.Value) error {
		a, err := scanAudit(r)
		if err != nil {
			return err
		}
		last, err = store.VerifyAudits(last, []store.Audit{a})
		return err
	})
	if errors.Is(err, store.ErrAudit) || errors.Is(err, errRow) {
		bad("audit", err)
		err = nil
	}
	return err
}
