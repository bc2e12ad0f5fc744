package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Activity counts the channels of each tenant that has any.
func (s *Store) Activity(ctx context.Context, before time.Time) (out []store.Activity, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, `SELECT c.tenant, count(*), sum(c.day < ?), max(c.day) FROM channels c JOIN tenants t ON t.id = c.tenant
			WHERE c.access <> zeroblob(32) GROUP BY c.tenant ORDER BY t.n`, func(r []driver.Value) error {
			sc := scanner{row: r}
			var a store.Activity
			sc.blob(a.Tenant[:])
			a.Channels, a.Dormant, a.Last = int(sc.number()), int(sc.number()), store.DayTime(sc.number())
			out = append(out, a)
			return sc.err()
		}, store.Day(before))
	})
	return out, err
}

// EraseTenant puts all that a tenant stored out of reach.
func (s *Store) EraseTenant(ctx context.Context, id wire.TenantID, now time.Time, act func(store.Erasure) store.Audit) (out store.Erasure, err error) {
	err = s.w.do(ctx, 0, func(t *tx) error {
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
		e, err := t.held(id)
		if err != nil {
			return err
		}
		a := act(e)
		if err := a.Check(); err != nil {
			return err
		}
		for _, q := range []string{
			`INSERT INTO graves (ch) SELECT n FROM channels WHERE tenant = ?`,
			`DELETE FROM channels WHERE tenant = ?`,
			`DELETE FROM tickets WHERE tenant = ?`,
		} {
			if _, err := t.exec(q, id[:]); err != nil {
				return err
			}
		}
		t.channels = map[wire.Channel]*channel{}
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

// held counts what belongs to a tenant.
func (t *tx) held(id wire.TenantID) (e store.Erasure, err error) {
	err = t.query(context.Background(), `SELECT
		(SELECT count(*) FROM channels WHERE tenant = ?1),
		(SELECT count(*) FROM channels c JOIN boxes b ON b.ch = c.n WHERE c.tenant = ?1),
		(SELECT count(*) FROM channels c JOIN notes n ON n.ch = c.n WHERE c.tenant = ?1),
		(SELECT count(*) FROM tickets WHERE tenant = ?1),
		(SELECT bytes FROM tenants WHERE id = ?1)`, func(r []driver.Value) error {
		e, err = scanErasure(r)
		return err
	}, id[:])
	if n := t.tenants[id]; n != nil {
		e.Bytes = n.Bytes // with what this group has changed
	}
	return e, err
}

func scanErasure(row []driver.Value) (e store.Erasure, err error) {
	s := scanner{row: row}
	e.Channels, e.Boxes, e.Notes, e.Tickets, e.Bytes = int(s.number()), int(s.number()), int(s.number()), int(s.number()), uint64(s.number())
	return e, s.err()
}

// WipeTenant takes what was erased out of the file and looks whether it is gone.
//
// Rows that are deleted are overwritten (secure_delete), but the log still has
// the pages as they were: it is copied into the file and cut to nothing, for
// which nobody may be reading for a moment. Boxes have no tenant once their
// channel is gone, so all that no channel holds must be gone.
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
	for graves := int64(1); graves > 0; {
		if err := s.w.do(ctx, 0, func(t *tx) (err error) {
			t.buried = true // sweep, also what another process buried
			graves, err = t.number(`SELECT count(*) FROM graves`)
			return err
		}); err != nil {
			return left, err
		}
		if graves == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return left, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := s.cutLog(ctx); err != nil {
		return left, err
	}
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, `SELECT
			(SELECT count(*) FROM channels WHERE tenant = ?1),
			(SELECT count(*) FROM boxes WHERE ch NOT IN (SELECT n FROM channels)),
			(SELECT count(*) FROM notes WHERE ch NOT IN (SELECT n FROM channels)),
			(SELECT count(*) FROM tickets WHERE tenant = ?1),
			(SELECT bytes FROM tenants WHERE id = ?1)`, func(r []driver.Value) (err error) {
			left, err = scanErasure(r)
			return err
		}, id[:])
	})
	if err != nil || left != (store.Erasure{}) {
		return left, err
	}
	_, err = s.ChangeTenant(ctx, id, func(n *store.Tenant) (store.Audit, error) {
		n.Wiped = now
		return a, nil
	})
	return left, err
}
