//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"modernc.org/sqlite"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

const readers = 4 // connections for reading

// The data of a commit is synchronised without the time stamps of the file,
// which no recovery needs. Not every system can; all can do without.
var fdatasync = sync.OnceFunc(func() { sqlite.Fdatasync(true) })

// A Store is safe for use by several goroutines.
type Store struct {
	id     wire.StoreID
	path   string
	w      *writer
	reads  chan *conn // the connections nobody is using
	points *checkpointer

	closing sync.Once
	closed  chan struct{}
	err     error // of Close
}

// Open opens the store in the file, which it creates if there is none.
func Open(path string) (*Store, error) {
	s, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	return s, nil
}

func open(path string) (*Store, error) {
	fdatasync()
	if err := create(path); err != nil {
		return nil, err
	}
	var opened []*conn
	fail := func(err error) (*Store, error) {
		for _, c := range opened {
			c.close()
		}
		return nil, err
	}
	w, id, err := dialWriter(path)
	if err != nil {
		return fail(err)
	}
	opened = append(opened, w)
	if err := w.query(context.Background(), `PRAGMA busy_timeout = 0`, func([]driver.Value) error { return nil }); err != nil {
		return fail(err) // from here on tx.begin does the waiting
	}
	s := &Store{id: id, path: path, w: newWriter(w), reads: make(chan *conn, readers), closed: make(chan struct{})}
	for range readers {
		c, err := dial(path, "query_only(on)", "cache_size(-8192)", "temp_store(memory)")
		if err != nil {
			return fail(err)
		}
		opened = append(opened, c)
		s.reads <- c
	}
	c, err := dial(path, "synchronous(full)", "wal_autocheckpoint(0)")
	if err != nil {
		return fail(err)
	}
	s.points = newCheckpointer(c, s.w)
	go s.w.loop()
	go s.points.loop()
	return s, nil
}

// dialWriter opens the connection that writes, and lays the file out if it is
// new. Several processes may do so at once: SQLite then refuses some of them
// without waiting.
func dialWriter(path string) (c *conn, id wire.StoreID, err error) {
	for start := time.Now(); ; time.Sleep(busyPause) {
		c, err = dial(path, "journal_mode(wal)", "synchronous(full)", "wal_autocheckpoint(0)",
			"secure_delete(on)", "cache_size(-16384)", "temp_store(memory)", "foreign_keys(off)")
		if err == nil {
			if id, err = prepareFile(c, path); err == nil {
				return c, id, nil
			}
			c.close()
		}
		if !isBusy(err) || time.Since(start) > busyLimit {
			return nil, id, err
		}
	}
}

// ID returns the identifier that the store got when its file was made.
func (s *Store) ID() wire.StoreID { return s.id }

// Observe has f told of every commit: how many changes it made durable, and how
// long that took. f must not wait for anything.
func (s *Store) Observe(f func(changes int, took time.Duration)) { s.w.observer.Store(&f) }

// Close commits what is pending, waits for those who read, and closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.w.close()
		s.points.close()
		close(s.closed)
		for range readers {
			c := <-s.reads
			s.err = errors.Join(s.err, c.close())
		}
		s.w.tx.checkpoint()
		s.err = errors.Join(s.err, s.w.tx.close())
	})
	return s.err
}

// read lends f a connection. One statement sees one state of the file.
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
	case c := <-s.reads:
		defer func() { s.reads <- c }()
		return f(c)
	}
}

// cutWait is how long others may not write for the log to be emptied.
const cutWait = 100 * time.Millisecond

// ErrRead reports a log that could not be emptied because somebody was reading
// the store, a backup for example.
var ErrRead = errors.New("the store's log could not be emptied while somebody reads the store")

// cutLog copies the whole log into the file and empties it.
func (s *Store) cutLog(ctx context.Context) error {
	c, err := dial(s.path, "synchronous(full)", "wal_autocheckpoint(0)")
	if err != nil {
		return err
	}
	defer c.close()
	// While it waits for readers nobody can write, so it waits a moment only, and
	// lets others have their turn before it tries again.
	if err := c.query(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, cutWait.Milliseconds()), func([]driver.Value) error { return nil }); err != nil {
		return err
	}
	for {
		busy := int64(1)
		err := c.query(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`, func(r []driver.Value) error {
			busy, _ = r[0].(int64)
			return nil
		})
		if err != nil && !isBusy(err) {
			return err
		}
		if err == nil && busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrRead, ctx.Err())
		case <-time.After(2 * cutWait):
		}
	}
}

// Check reads the whole file and returns every invariant that does not hold.
// What it finds tells numbers of rows, never keys or identifiers.
func (s *Store) Check(ctx context.Context) error {
	var bad []error
	err := s.Snapshot(ctx, func(x *Snapshot) error {
		return check(ctx, x.c, invariants, func(_ string, err error) { bad = append(bad, err) })
	})
	if err != nil {
		return err
	}
	return errors.Join(bad...)
}
