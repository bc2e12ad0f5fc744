package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/hub"
	"vialog/relay/internal/store/postgres"
	"vialog/relay/internal/store/sqlite"
)

// A keeper is what the command needs of a store, whichever keeps it.
type keeper interface {
	hub.Log
	admit.Register

	// Observe has f told of every commit: how many changes it made durable, and
	// how long that took.
	Observe(f func(changes int, took time.Duration))
	// Check returns every invariant of the store that does not hold.
	Check(ctx context.Context) error
	// Close waits for what has begun.
	Close() error
}

// openWithin is how long a verb waits for a database.
const openWithin = 30 * time.Second

// open opens the store of a verb other than serve. Only create makes a new one:
// a mistyped name must not look like an empty store.
func (p *program) open(c *config.Config, create bool) (keeper, error) {
	if c.InDatabase() {
		ctx, cancel := context.WithTimeout(context.Background(), openWithin)
		defer cancel()
		s, err := postgres.Open(ctx, c.Store, create)
		if errors.Is(err, postgres.ErrNone) {
			return nil, errors.New("there is no store in this database; begin one with relay serve or relay tenant add")
		}
		if err != nil {
			return nil, err
		}
		return s, nil
	}
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

// openToServe opens a store, of which unlock lets others serve it. A file is
// served by one relay at a time, a database by any number.
func (p *program) openToServe(c *config.Config) (s keeper, unlock func(), err error) {
	unlock = func() {}
	if !c.InDatabase() {
		unlock, err = lock(c.Store + ".serving")
		if errors.Is(err, errServing) {
			return nil, nil, fmt.Errorf("another relay serves %s already: stop it, or give this one its own -store", c.Store)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the store's folder must be there and writable: %w", err)
		}
	}
	if s, err = p.open(c, true); err != nil {
		unlock()
		return nil, nil, err
	}
	return s, unlock, nil
}

// storeName says where the store is, without a password.
func storeName(c *config.Config) string {
	if c.InDatabase() {
		return postgres.Where(c.Store)
	}
	return c.Store
}

// watch has the hub and the desk learn what other nodes do. It returns once ctx
// ends, or with an error if this node cannot go on.
func watch(ctx context.Context, s *postgres.Store, h *hub.Hub, d *admit.Desk, logger *slog.Logger) error {
	return s.Watch(ctx, postgres.Watcher{
		Channel: h.Changed,
		Tenants: d.Changed,
		Blind: func(blind bool) {
			if h.Blind(blind); !blind {
				logger.Info("told of what other nodes do")
			}
		},
		Failed: func(err error) {
			logger.Error("not told of what other nodes do: asking the database each time until it is there again", "err", err)
		},
	})
}
