package postgres

import (
	"context"
	"time"

	"vialog/relay/internal/store"
)

// Record adds an act that changes nothing else to the audit log.
func (s *Store) Record(ctx context.Context, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
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

// Observe has f told of every commit: how many changes it made durable, and how
// long that took. f must not wait for anything.
func (s *Store) Observe(f func(changes int, took time.Duration)) { s.w.observer.Store(&f) }
