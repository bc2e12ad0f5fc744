package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A Store keeps channels in the SQLite database of a Durable Object. It is safe
// for use by several goroutines.
type Store struct {
	id      wire.StoreID
	w       *writer
	c       *conn
	closing sync.Once
	closed  chan struct{}
}

// Open opens the store in a Durable Object, whose database it lays out if it is
// empty. Nobody else may use that. The object has two members: its storage, and
// transact, which calls a function in storage.transactionSync and throws there
// when it returns false; for only what throws is undone, and Go cannot throw.
func Open(object js.Value) (*Store, error) {
	c := newConn(object)
	id, err := prepareObject(c)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	s := &Store{id: id, w: newWriter(c), c: c, closed: make(chan struct{})}
	go s.w.loop()
	return s, nil
}

// prepareObject lays the database out if it is empty and returns the identifier
// of the store. The host does not let us set user_version: meta has the layout.
func prepareObject(c *conn) (id wire.StoreID, err error) {
	there, err := c.number(`SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`)
	if err != nil {
		return id, err
	}
	t := &tx{conn: c}
	if there == 0 {
		if err := t.atomically(func() error {
			for _, q := range schema {
				if _, err := c.exec(q); err != nil {
					return err
				}
			}
			rand.Read(id[:]) // never fails: crypto/rand ends the process instead
			_, err := c.exec(`INSERT INTO meta (name, value) VALUES ('store', ?), ('layout', ?)`, id[:], int64(version))
			return err
		}); err != nil {
			return id, err
		}
	}
	layout, err := c.number(`SELECT value FROM meta WHERE name = 'layout'`)
	switch {
	case err != nil:
		return id, err
	case layout > version:
		return id, fmt.Errorf("%w: layout %d, this one knows %d", ErrNewer, layout, version)
	case layout != version: // the first layout here is 3
		return id, fmt.Errorf("%w: unknown layout %d", ErrForeign, layout)
	}
	return storeID(c)
}

// ID returns the identifier that the store got when its database was laid out.
func (s *Store) ID() wire.StoreID { return s.id }

// Observe has f told of every commit: how many changes it made durable, and how
// long that took. f must not wait for anything.
func (s *Store) Observe(f func(changes int, took time.Duration)) { s.w.observer.Store(&f) }

// Close commits what is pending.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.w.close()
		close(s.closed)
	})
	return nil
}

// read lends f the database.
func (s *Store) read(ctx context.Context, f func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.closed:
		return store.ErrClosed
	default:
	}
	select {
	case <-s.closed:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case <-s.c.turn:
		defer func() { s.c.turn <- struct{}{} }()
		return f(s.c)
	}
}

// cutLog waits for the host to have written everything. It may keep former
// states of the database for a time, which is beyond our reach.
func (s *Store) cutLog(context.Context) error { return s.c.sync() }

// Check reads the whole database and returns every invariant that does not
// hold. What it finds tells numbers of rows, never keys or identifiers.
func (s *Store) Check(ctx context.Context) error {
	var bad []error
	err := s.read(ctx, func(c *conn) error {
		return check(ctx, c, invariants, func(_ string, err error) { bad = append(bad, err) })
	})
	if err != nil {
		return err
	}
	return errors.Join(bad...)
}
