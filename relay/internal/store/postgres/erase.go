package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Activity counts the channels of each tenant that has any.
func (s *Store) Activity(ctx context.Context, before time.Time) ([]store.Activity, error) {
	return query(ctx, s, func(r pgx.CollectableRow) (a store.Activity, err error) {
		var channels, dormant, last int64
		err = r.Scan(exact(a.Tenant[:]), &channels, &dormant, &last)
		a.Channels, a.Dormant, a.Last = int(channels), int(dormant), store.DayTime(last)
		return a, err
	}, `SELECT c.tenant, count(*), count(*) FILTER (WHERE c.day < $1), max(c.day) FROM channels c JOIN tenants t ON t.id = c.tenant
		WHERE c.access <> $2 GROUP BY c.tenant, t.n ORDER BY t.n`, store.Day(before), nobody[:])
}

// EraseTenant puts all that a tenant stored out of reach.
func (s *Store) EraseTenant(ctx context.Context, id wire.TenantID, now time.Time, act func(store.Erasure) store.Audit) (out store.Erasure, err error) {
	err = s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		n, err := t.tenant(id)
		switch {
		case err != nil:
			return err
		case n == nil:
			return store.ErrNoTenant
		case n.State == store.Erased:
			return nil
		}
		if err := n.MayErase(now); err != nil {
			return err
		}
		held, err := rows(t, scanErasure, `SELECT
			(SELECT count(*) FROM channels WHERE tenant = $1),
			(SELECT count(*) FROM channels c JOIN boxes b ON b.ch = c.n WHERE c.tenant = $1),
			(SELECT count(*) FROM channels c JOIN notes n ON n.ch = c.n WHERE c.tenant = $1),
			(SELECT count(*) FROM tickets WHERE tenant = $1)`, id[:])
		if err != nil {
			return err
		}
		e := held[0]
		e.Bytes = n.Bytes
		a := act(e)
		if err := a.Check(); err != nil {
			return err
		}
		gone, err := rows(t, scanID, `WITH gone AS (DELETE FROM channels WHERE tenant = $1 RETURNING n, id), dug AS (INSERT INTO graves (ch) SELECT n FROM gone)
			SELECT id FROM gone`, id[:])
		if err != nil {
			return err
		}
		for _, c := range gone {
			t.channels[c] = nil
			t.told.channel(c)
		}
		if _, err := t.exec(`DELETE FROM tickets WHERE tenant = $1`, id[:]); err != nil {
			return err
		}
		t.buried = true
		t.count(n, -n.Channels, -int64(n.Bytes))
		n.Tenant = n.Tombstone()
		out = e
		return t.set(n, a)
	})
	if err != nil {
		return store.Erasure{}, err
	}
	return out, nil
}

func scanErasure(r pgx.CollectableRow) (e store.Erasure, err error) {
	return e, r.Scan(&e.Channels, &e.Boxes, &e.Notes, &e.Tickets)
}

// errVacuum reports that the server did not take out what was deleted.
var errVacuum = errors.New("the server did not take what was deleted out of its tables: it does so for the role that owns them")

// WipeTenant has the server take out of its tables what was erased, and looks
// whether it is gone. The server's log, and copies of it, hold it until they
// are discarded: that is for whoever keeps them.
func (s *Store) WipeTenant(ctx context.Context, id wire.TenantID, now time.Time, a store.Audit) (left store.Erasure, err error) {
	n, err := s.Tenant(ctx, id)
	switch {
	case err != nil:
		return left, err
	case n.State != store.Erased:
		return left, store.ErrConflict
	case !n.Wiped.IsZero():
		return left, nil
	}
	for {
		// Another node may be at one of them.
		more, err := s.sweep(ctx)
		if err != nil {
			return left, classify(err)
		}
		if more {
			continue
		}
		graves, err := query(ctx, s, pgx.RowTo[int64], `SELECT count(*) FROM graves`)
		if err != nil {
			return left, err
		}
		if graves[0] == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return left, ctx.Err()
		case <-time.After(sweepPause):
		}
	}
	if err := s.vacuum(ctx); err != nil {
		return left, err
	}
	all, err := query(ctx, s, scanErasure, `SELECT
		(SELECT count(*) FROM channels WHERE tenant = $1),
		(SELECT count(*) FROM boxes b WHERE NOT EXISTS (SELECT 1 FROM channels c WHERE c.n = b.ch)),
		(SELECT count(*) FROM notes o WHERE NOT EXISTS (SELECT 1 FROM channels c WHERE c.n = o.ch)),
		(SELECT count(*) FROM tickets WHERE tenant = $1)`, id[:])
	if err != nil {
		return left, err
	}
	if left = all[0]; left != (store.Erasure{}) {
		return left, nil
	}
	_, err = s.ChangeTenant(ctx, id, func(n *store.Tenant) (store.Audit, error) {
		n.Wiped = now
		return a, nil
	})
	return left, err
}

func (s *Store) vacuum(ctx context.Context) error {
	config := s.address.config.ConnConfig.Copy()
	config.RuntimeParams["statement_timeout"] = "0"
	warned := false
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { warned = warned || n.SeverityUnlocalized == "WARNING" }
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return classify(err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, `VACUUM channels, boxes, notes, tickets, tenants, graves`); err != nil {
		return classify(err)
	}
	if warned {
		return errVacuum
	}
	return nil
}
