package sqlite

import (
	"context"

	"vialog/relay/internal/store"
)

// Record adds an act that changes nothing else to the audit log.
func (s *Store) Record(ctx context.Context, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	return s.w.do(ctx, 0, func(t *tx) error {
		last, err := t.lastAudit()
		if err != nil {
			return err
		}
		if err := a.Fits(last); err != nil {
			return err
		}
		return t.record(a)
	})
}
