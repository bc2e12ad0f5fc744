//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"

	"vialog/relay/internal/store"
)

// A conn is one connection to the store's file with its prepared statements.
// One goroutine at a time uses it, so that SQLite need lock nothing.
//
// It speaks to the library itself. With the driver for database/sql beside it a row
// takes a quarter longer: that locks, boxes and copies each value for itself, and
// looks up each parameter by its name.
type conn struct {
	tls   *libc.TLS
	db    uintptr
	stmts map[string]*stmt
	seen  int64 // data_version that what a tx remembers is of

	// failed is the first error of the disk or of SQL, as opposed to a
	// caller's. What is in the transaction then cannot be trusted.
	failed error
}

// A stmt is a prepared statement, and the library's memory in which the blobs and
// texts are that it was given last.
type stmt struct {
	p      uintptr
	held   uintptr
	size   int // of held
	column int // columns of a row
}

// A sqlError is what the library returned.
type sqlError struct {
	code int32 // extended
	text string
}

func (e *sqlError) Error() string { return fmt.Sprintf("%s (%d)", e.text, e.code) }

func (c *conn) fail(err error) error {
	err = classify(err)
	if c.failed == nil {
		c.failed = err
	}
	return err
}

// dial opens the file and runs pragmas in their order, after one that has it wait
// for others.
func dial(path string, pragmas ...string) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	err := c.open(path)
	for _, p := range append([]string{"busy_timeout(10000)"}, pragmas...) {
		if err == nil {
			err = c.once("PRAGMA " + p)
		}
	}
	if err != nil {
		c.close()
		return nil, classify(err)
	}
	return c, nil
}

func (c *conn) open(path string) error {
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	at := libc.Xcalloc(c.tls, 1, pointer)
	if at == 0 {
		return errMemory
	}
	defer libc.Xfree(c.tls, at)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, at, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = libc.AtomicLoadPUintptr(at)
	if rc != sqlite3.SQLITE_OK {
		return c.errorOf(rc)
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	return nil
}

var errMemory = errors.New("no memory for the store")

// pointer is the size of one, on every platform enough.
const pointer = 8

func (c *conn) errorOf(rc int32) error {
	text := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		if more := libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)); more != text {
			text += ": " + more
		}
	}
	return &sqlError{rc, text}
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		c.finalize(s)
	}
	c.stmts = nil
	var err error
	if c.db != 0 {
		if rc := sqlite3.Xsqlite3_close_v2(c.tls, c.db); rc != sqlite3.SQLITE_OK {
			err = &sqlError{rc, "closing"}
		}
		c.db = 0
	}
	c.tls.Close()
	return err
}

func (c *conn) finalize(s *stmt) {
	sqlite3.Xsqlite3_finalize(c.tls, s.p)
	if s.held != 0 {
		libc.Xfree(c.tls, s.held)
	}
}

// once runs a statement that nobody asks for again.
func (c *conn) once(q string) error {
	s, err := c.compile(q)
	if err != nil {
		return err
	}
	defer c.finalize(s)
	for {
		switch rc := sqlite3.Xsqlite3_step(c.tls, s.p); rc {
		case sqlite3.SQLITE_ROW:
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			return c.errorOf(rc)
		}
	}
}

func (c *conn) compile(q string) (*stmt, error) {
	text, err := libc.CString(q)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	at := libc.Xcalloc(c.tls, 2, pointer)
	if at == 0 {
		return nil, errMemory
	}
	defer libc.Xfree(c.tls, at)
	if rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, at, at+pointer); rc != sqlite3.SQLITE_OK {
		return nil, c.errorOf(rc)
	}
	s := &stmt{p: libc.AtomicLoadPUintptr(at)}
	if s.p == 0 || int(libc.AtomicLoadPUintptr(at+pointer)-text) != len(q) {
		c.finalize(s)
		return nil, errors.New("not one statement")
	}
	s.column = int(sqlite3.Xsqlite3_column_count(c.tls, s.p))
	return s, nil
}

// start binds args to a statement, which the caller resets. Values are int64,
// []byte, string or nil.
func (c *conn) start(q string, args []driver.Value) (s *stmt, err error) {
	s = c.stmts[q]
	if s == nil {
		if s, err = c.compile(q); err != nil {
			return nil, c.fail(err)
		}
		c.stmts[q] = s
	}
	size := 0
	for _, v := range args {
		switch v := v.(type) {
		case []byte:
			size += len(v)
		case string:
			size += len(v)
		}
	}
	if size > math.MaxInt32 {
		return nil, c.fail(errMemory)
	}
	// Whatever was bound before is out of use: it was reset, and is bound anew.
	if size > s.size || s.held == 0 {
		libc.Xfree(c.tls, s.held)
		s.size = max(size, 64)
		if s.held = libc.Xmalloc(c.tls, types.Size_t(s.size)); s.held == 0 {
			return nil, c.fail(errMemory)
		}
	}
	at := s.held
	put := func(n int) uintptr {
		p := at
		at += uintptr(n)
		return p
	}
	for i, v := range args {
		var rc int32
		switch v := v.(type) {
		case int64:
			rc = sqlite3.Xsqlite3_bind_int64(c.tls, s.p, int32(i+1), v)
		case []byte:
			if v == nil {
				rc = sqlite3.Xsqlite3_bind_null(c.tls, s.p, int32(i+1))
				break
			}
			p := put(len(v))
			copy(libc.GoBytes(p, len(v)), v)
			rc = sqlite3.Xsqlite3_bind_blob(c.tls, s.p, int32(i+1), p, int32(len(v)), sqlite3.SQLITE_STATIC)
		case string:
			p := put(len(v))
			copy(libc.GoBytes(p, len(v)), v)
			rc = sqlite3.Xsqlite3_bind_text(c.tls, s.p, int32(i+1), p, int32(len(v)), sqlite3.SQLITE_STATIC)
		case nil:
			rc = sqlite3.Xsqlite3_bind_null(c.tls, s.p, int32(i+1))
		default:
			panic("sqlite: a value of a type that no statement takes")
		}
		if rc != sqlite3.SQLITE_OK {
			return nil, c.fail(c.errorOf(rc))
		}
	}
	return s, nil
}

// exec runs a statement and returns how many rows it changed. Values are
// int64, []byte, string or nil.
func (c *conn) exec(q string, args ...driver.Value) (int64, error) {
	s, err := c.start(q, args)
	if err != nil {
		return 0, err
	}
	rc := sqlite3.Xsqlite3_step(c.tls, s.p)
	for rc == sqlite3.SQLITE_ROW {
		rc = sqlite3.Xsqlite3_step(c.tls, s.p)
	}
	if rc != sqlite3.SQLITE_DONE {
		err = c.fail(c.errorOf(rc))
	}
	sqlite3.Xsqlite3_reset(c.tls, s.p) // says again what the step said
	return int64(sqlite3.Xsqlite3_changes(c.tls, c.db)), err
}

// errStop ends a query early without an error.
var errStop = errors.New("enough rows")

// A row is what each hands over, good until row returns.
type row struct {
	c *conn
	s *stmt
}

func (r row) null(i int) bool {
	return sqlite3.Xsqlite3_column_type(r.c.tls, r.s.p, int32(i)) == sqlite3.SQLITE_NULL
}

// number returns a column that is one.
func (r row) number(i int) (n int64, ok bool) {
	if sqlite3.Xsqlite3_column_type(r.c.tls, r.s.p, int32(i)) != sqlite3.SQLITE_INTEGER {
		return 0, false
	}
	return sqlite3.Xsqlite3_column_int64(r.c.tls, r.s.p, int32(i)), true
}

// blob returns a column that is one: memory of the library, to be copied.
func (r row) blob(i int) (b []byte, ok bool) {
	if sqlite3.Xsqlite3_column_type(r.c.tls, r.s.p, int32(i)) != sqlite3.SQLITE_BLOB {
		return nil, false
	}
	p := sqlite3.Xsqlite3_column_blob(r.c.tls, r.s.p, int32(i))
	n := int(sqlite3.Xsqlite3_column_bytes(r.c.tls, r.s.p, int32(i)))
	if p == 0 || n == 0 {
		return []byte{}, n == 0
	}
	return libc.GoBytes(p, n), true
}

// value returns a column as what exec takes, for the caller to keep.
func (r row) value(i int) (driver.Value, error) {
	switch sqlite3.Xsqlite3_column_type(r.c.tls, r.s.p, int32(i)) {
	case sqlite3.SQLITE_NULL:
		return nil, nil
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_column_int64(r.c.tls, r.s.p, int32(i)), nil
	case sqlite3.SQLITE_TEXT:
		p := sqlite3.Xsqlite3_column_text(r.c.tls, r.s.p, int32(i))
		n := int(sqlite3.Xsqlite3_column_bytes(r.c.tls, r.s.p, int32(i)))
		if p == 0 {
			return nil, errMemory
		}
		return string(libc.GoBytes(p, n)), nil
	case sqlite3.SQLITE_BLOB:
		b, ok := r.blob(i)
		if !ok {
			return nil, errMemory
		}
		return append(make([]byte, 0, len(b)), b...), nil
	}
	return nil, errRow // no statement here has a fraction
}

// each calls f for each row. What a row gives is good until f returns.
func (c *conn) each(ctx context.Context, q string, f func(row) error, args ...driver.Value) error {
	s, err := c.start(q, args)
	if err != nil {
		return err
	}
	defer sqlite3.Xsqlite3_reset(c.tls, s.p)
	done := ctx.Done()
	for {
		switch rc := sqlite3.Xsqlite3_step(c.tls, s.p); rc {
		case sqlite3.SQLITE_ROW:
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			return c.fail(c.errorOf(rc))
		}
		switch err := f(row{c, s}); {
		case err == errStop:
			return nil
		case err != nil:
			return c.fail(err)
		}
		select {
		case <-done:
			return ctx.Err()
		default:
		}
	}
}

// query is each with the columns as values. The slice is reused; the blobs in it are
// the caller's to keep.
func (c *conn) query(ctx context.Context, q string, f func([]driver.Value) error, args ...driver.Value) error {
	var dest []driver.Value
	return c.each(ctx, q, func(r row) error {
		dest = dest[:0]
		for i := range r.s.column {
			v, err := r.value(i)
			if err != nil {
				return err
			}
			dest = append(dest, v)
		}
		return f(dest)
	}, args...)
}

// number returns the one number a query yields, 0 if it yields no row.
func (c *conn) number(q string, args ...driver.Value) (int64, error) {
	var n int64
	err := c.each(context.Background(), q, func(r row) error {
		n, _ = r.number(0)
		return errStop
	}, args...)
	return n, err
}

// isBusy reports that another process is writing to the file.
func isBusy(err error) bool {
	var e *sqlError
	return errors.As(err, &e) && e.code&0xff == sqlite3.SQLITE_BUSY
}

// classify turns what the disk did into an error a caller can decide by.
func classify(err error) error {
	var e *sqlError
	if !errors.As(err, &e) {
		return err
	}
	switch e.code {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE: // the latter: no room for the index of the log
		return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
	}
	return err
}
