//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// TakeErased erases here what was erased in another store: that which this one,
// which was restored from an older copy of it, is to take the place of. Channels
// that are not here cannot be founded either, unless their tenant is unknown. It
// only reads the other file, and returns how many there are.
func (s *Store) TakeErased(ctx context.Context, path string) (n int, err error) {
	type stone struct {
		id     wire.Channel
		tenant wire.TenantID
		day    int64
	}
	other, err := dial(path, "query_only(on)")
	if err != nil {
		return 0, err
	}
	defer other.close()
	if layout, err := examine(other); err != nil || layout == 0 {
		if err == nil {
			err = ErrForeign
		}
		return 0, err
	}
	var stones []stone
	if err := other.query(ctx, `SELECT id, tenant, day FROM channels WHERE access = zeroblob(32)`, func(r []driver.Value) error {
		var t stone
		sc := scanner{row: r}
		sc.blob(t.id[:])
		sc.blob(t.tenant[:])
		t.day = sc.number()
		stones = append(stones, t)
		return sc.err()
	}); err != nil {
		return 0, err
	}
	for _, one := range stones {
		took := false
		err := s.w.do(ctx, 0, func(t *tx) error {
			took = false
			c, err := t.channel(one.id)
			if err != nil {
				return err
			}
			if c != nil && c.Erased() {
				return nil
			}
			of := one.tenant
			if c != nil {
				of = c.Tenant
			}
			n, err := t.tenant(of)
			if err != nil || n == nil || n.State == store.Erased {
				return err
			}
			if c != nil {
				if err := t.bury(c); err != nil {
					return err
				}
			}
			took = true
			return t.raise(n, one.id, one.day)
		})
		if err != nil {
			return n, err
		}
		if took {
			n++
		}
	}
	return n, nil
}
