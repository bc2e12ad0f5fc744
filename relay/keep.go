package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/hub"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
)

// A keeper is what the command needs of a store, whichever keeps it.
type keeper interface {
	hub.Log
	admit.Register

	// Audits returns in order up to n records above an index.
	Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error)
	// Check returns every invariant of the store that does not hold.
	Check(ctx context.Context) error
	// Close waits for what has begun.
	Close() error
}

// open opens the store of a verb other than serve. Only create makes a new one:
// a mistyped name must not look like an empty store.
func (p *program) open(c *config.Config, create bool) (keeper, error) {
	if _, err := os.Stat(c.Store); err != nil && !create {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no store %s; give its file with -store, or begin one with relay serve or relay tenant add", c.Store)
		}
		return nil, err
	}
	s, err := sqlite.Open(c.Store)
	if err != nil {
		return nil, err
	}
	return s, nil
}
