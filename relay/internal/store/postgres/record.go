package postgres

import (
	"context"

	"vialog/relay/internal/store"
)

// Record adds an act that changes nothing else to the audit log.
func (s *Store) Record(ctx context.Context, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error { return t.record(a) })
}
