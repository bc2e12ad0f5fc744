package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vialog/relay/internal/store"
)

// invariants are queries that yield nothing in a sound store. Each yields the
// numbers that its text reports: of channels and rows, never identifiers.
var invariants = []struct{ text, query string }{
	{"channel %d holds %d boxes at positions %d to %d",
		`SELECT c.n, count(*), min(b.pos), max(b.pos) FROM channels c JOIN boxes b ON b.ch = c.n GROUP BY c.n
		HAVING count(*) <> max(b.pos) OR min(b.pos) <> 1`},
	{"channel %d says %d bytes at position %d, and holds %d",
		`SELECT ch, held, pos, sum::bigint FROM (SELECT ch, held, pos, sum(length(data)) OVER (PARTITION BY ch ORDER BY pos) AS sum FROM boxes b
		WHERE NOT EXISTS (SELECT 1 FROM graves g WHERE g.ch = b.ch)) AS x WHERE held <> sum`},
	{"channel %d says %d bytes of notes, and holds %d",
		`SELECT * FROM (SELECT c.n, c.noted AS says,
			(SELECT coalesce(sum(length(note) + ` + fmt.Sprint(store.NoteOverhead) + `), 0)::bigint FROM notes WHERE ch = c.n) AS holds
		FROM channels c) AS x WHERE says <> holds`},
	{"channel %d belongs to no tenant",
		`SELECT c.n FROM channels c WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = c.tenant)`},
	{"channel %d left a note for the key that is in force",
		`SELECT c.n FROM channels c WHERE EXISTS (SELECT 1 FROM notes n WHERE n.ch = c.n AND n.old = c.access)`},
	{"channel %d was deleted and is still there",
		`SELECT c.n FROM channels c WHERE EXISTS (SELECT 1 FROM graves g WHERE g.ch = c.n)`},
	{"channel %d was erased, and something of it is kept",
		`SELECT c.n FROM channels c WHERE c.access = decode(repeat('00', 32), 'hex') AND (c.founding <> decode(repeat('00', 32), 'hex') OR c.owner IS NOT NULL OR c.created <> 0 OR c.expires <> 0
			OR EXISTS (SELECT 1 FROM boxes b WHERE b.ch = c.n) OR EXISTS (SELECT 1 FROM notes o WHERE o.ch = c.n))`},
	{"boxes are held for channel %d, which does not exist",
		`SELECT DISTINCT b.ch FROM boxes b WHERE NOT EXISTS (SELECT 1 FROM channels c WHERE c.n = b.ch) AND NOT EXISTS (SELECT 1 FROM graves g WHERE g.ch = b.ch)`},
	{"notes are held for channel %d, which does not exist",
		`SELECT DISTINCT o.ch FROM notes o WHERE NOT EXISTS (SELECT 1 FROM channels c WHERE c.n = o.ch) AND NOT EXISTS (SELECT 1 FROM graves g WHERE g.ch = o.ch)`},
	{"tenant %d says %d channels of %d bytes, and has %d of %d",
		`SELECT * FROM (SELECT t.n, t.channels AS c1, t.bytes AS b1, count(c.n) AS c2,
			coalesce(sum(c.noted + coalesce((SELECT held FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1), 0)), 0)::bigint AS b2
		FROM tenants t LEFT JOIN channels c ON c.tenant = t.id GROUP BY t.id) AS x WHERE c1 <> c2 OR b1 <> b2`},
	{"a ticket of tenant %d counts %d channels",
		`SELECT t.n, k.used FROM tickets k JOIN tenants t ON t.id = k.tenant WHERE k.used < 1`},
}

// Check reads all tables, in one state, and returns every invariant that does
// not hold. What it finds tells numbers of rows, never keys or identifiers.
// Whether the server's files are sound is for its own tools to say.
func (s *Store) Check(ctx context.Context) error {
	var bad []error
	err := s.read(ctx, func(c *pgxpool.Conn) error {
		bad = nil
		return pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)`); err != nil {
				return err
			}
			for _, inv := range invariants {
				r, err := tx.Query(ctx, inv.query)
				if err != nil {
					return err
				}
				found, err := pgx.CollectRows(r, func(r pgx.CollectableRow) (error, error) {
					args, err := r.Values()
					return fmt.Errorf(inv.text, args...), err
				})
				if err != nil {
					return err
				}
				bad = append(bad, found...)
			}
			r, err := tx.Query(ctx, selectAudits+` ORDER BY n`)
			if err != nil {
				return err
			}
			defer r.Close()
			var last store.Audit
			for r.Next() {
				a, err := scanAudit(r)
				if err == nil {
					last, err = store.VerifyAudits(last, []store.Audit{a})
				}
				if errors.Is(err, store.ErrAudit) || errors.Is(err, errRow) {
					bad = append(bad, err)
					r.Close()
					return nil
				}
				if err != nil {
					return err
				}
			}
			return r.Err()
		})
	})
	if err != nil {
		return err
	}
	return errors.Join(bad...)
}
