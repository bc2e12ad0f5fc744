package memory

import (
	"context"

	"vialog/relay/internal/store"
)

// Record adds an act that changes nothing else to the audit log.
func (s *Store) Record(ctx context.Context, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := a.Fits(s.lastAudit()); err != nil {
		return err
	}
	s.record(a)
	return nil
}
