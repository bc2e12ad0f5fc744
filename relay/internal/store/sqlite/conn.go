//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vialog/relay/internal/store"
)

// A conn is one connection to the store's file with its prepared statements.
// It speaks to the driver directly: database/sql would cost as much again as
// the insert itself. One goroutine at a time uses it.
type conn struct {
	c     driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue // reused by each call
	seen  int64               // data_version that what a tx remembers is of

	// failed is the first error of the disk or of SQL, as opposed to a
	// caller's. What is in the transaction then cannot be trusted.
	failed error
}

func (c *conn) fail(err error) error {
	err = classify(err)
	if c.failed == nil {
		c.failed = err
	}
	return err
}

// dial opens the file. pragmas are run in order of name, busy_timeout first.
func dial(path string, pragmas ...string) (*conn, error) {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	c, err := (&sqlite.Driver{}).Open("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, classify(err)
	}
	return &conn{c: c, stmts: map[string]driver.Stmt{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, c.c.Close())
	return errors.Join(errs...)
}

func (c *conn) prepare(q string) (driver.Stmt, error) {
	if s, ok := c.stmts[q]; ok {
		return s, nil
	}
	s, err := c.c.(driver.ConnPrepareContext).PrepareContext(context.Background(), q)
	if err != nil {
		return nil, c.fail(err)
	}
	c.stmts[q] = s
	return s, nil
}

func (c *conn) bind(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, v := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args
}

// exec runs a statement and returns how many rows it changed. Values are
// int64, []byte, string or nil.
func (c *conn) exec(q string, args ...driver.Value) (int64, error) {
	s, err := c.prepare(q)
	if err != nil {
		return 0, err
	}
	r, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
	if err != nil {
		return 0, c.fail(err)
	}
	return r.RowsAffected()
}

// errStop ends a query early without an error.
var errStop = errors.New("enough rows")

// query calls row for each row. The slice is reused; the blobs in it are the
// caller's to keep.
func (c *conn) query(ctx context.Context, q string, row func([]driver.Value) error, args ...driver.Value) error {
	s, err := c.prepare(q)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return c.fail(err)
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(dest); {
		case err == io.EOF:
			return nil
		case err != nil:
			return c.fail(err)
		}
		switch err := row(dest); {
		case err == errStop:
			return nil
		case err != nil:
			return c.fail(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// number returns the one number a query yields, 0 if it yields no row.
func (c *conn) number(q string, args ...driver.Value) (int64, error) {
	var n int64
	err := c.query(context.Background(), q, func(r []driver.Value) error {
		n, _ = r[0].(int64)
		return errStop
	}, args...)
	return n, err
}

// isBusy reports that another process is writing to the file.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// classify turns what the disk did into an error a caller can decide by.
func classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE: // the latter: no room for the index of the log
		return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
	}
	return err
}
