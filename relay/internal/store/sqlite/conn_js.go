package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"syscall/js"

	"vialog/relay/internal/store"
)

// A conn is the SQLite database of a Durable Object. One goroutine at a time
// uses it, the one that holds its turn.
type conn struct {
	object js.Value // storage, and transact
	sql    js.Value
	texts  map[string]js.Value // of statements
	turn   chan struct{}       // holds one value while nobody uses the database

	// failed is the first error of the disk or of SQL, as opposed to a
	// caller's. What is in the transaction then cannot be trusted.
	failed error
}

func newConn(object js.Value) *conn {
	c := &conn{object: object, sql: object.Get("storage").Get("sql"), texts: map[string]js.Value{}, turn: make(chan struct{}, 1)}
	c.turn <- struct{}{}
	return c
}

func (c *conn) fail(err error) error {
	if c.failed == nil {
		c.failed = err
	}
	return err
}

// caught turns what JavaScript throws into an error. It says what kind of
// error it is, never values.
func caught(err *error) {
	switch r := recover().(type) {
	case nil:
	case js.Error:
		*err = classify(r)
	default:
		panic(r)
	}
}

// classify turns what the object's storage did into an error a caller can decide by.
func classify(err error) error {
	if s := err.Error(); strings.Contains(s, "SQLITE_FULL") || strings.Contains(s, "database or disk is full") {
		return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
	}
	return err
}

// run starts a statement and returns its cursor.
func (c *conn) run(q string, args []driver.Value) (cursor js.Value, err error) {
	defer caught(&err)
	text, ok := c.texts[q]
	if !ok {
		text = js.ValueOf(q)
		c.texts[q] = text
	}
	in := make([]any, 1, 1+len(args))
	in[0] = text
	for _, v := range args {
		switch v := v.(type) {
		case nil:
			in = append(in, js.Null())
		case int64:
			in = append(in, float64(v))
		case string:
			in = append(in, v)
		case []byte:
			a := uint8Array.New(len(v))
			js.CopyBytesToJS(a, v)
			in = append(in, a)
		default:
			panic("sqlite: a value of a type that no statement takes")
		}
	}
	return c.sql.Call("exec", in...), nil
}

var uint8Array = js.Global().Get("Uint8Array")

// exec runs a statement and returns how many rows it changed. Values are
// int64, []byte, string or nil.
func (c *conn) exec(q string, args ...driver.Value) (int64, error) {
	if _, err := c.run(q, args); err != nil {
		return 0, c.fail(err)
	}
	return c.number(`SELECT changes()`)
}

// errStop ends a query early without an error.
var errStop = errors.New("enough rows")

// A row is what each hands over, good until row returns.
type row struct{ columns []driver.Value }

func (r row) null(i int) bool { return r.columns[i] == nil }

// number returns a column that is one.
func (r row) number(i int) (n int64, ok bool) {
	n, ok = r.columns[i].(int64)
	return n, ok
}

// blob returns a column that is one.
func (r row) blob(i int) (b []byte, ok bool) {
	b, ok = r.columns[i].([]byte)
	return b, ok
}

// each calls f for each row. What a row gives is good until f returns.
func (c *conn) each(ctx context.Context, q string, f func(row) error, args ...driver.Value) error {
	return c.query(ctx, q, func(columns []driver.Value) error { return f(row{columns}) }, args...)
}

// query calls row for each row. The slice is reused; the blobs in it are the
// caller's to keep.
func (c *conn) query(ctx context.Context, q string, row func([]driver.Value) error, args ...driver.Value) error {
	cursor, err := c.run(q, args)
	if err != nil {
		return c.fail(err)
	}
	rows := cursor.Call("raw")
	var dest []driver.Value
	for {
		dest, err = nextRow(rows, dest[:0])
		switch {
		case err != nil:
			return c.fail(err)
		case len(dest) == 0:
			return nil
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

// nextRow appends the columns of the next row, nothing after the last.
func nextRow(rows js.Value, dest []driver.Value) (out []driver.Value, err error) {
	defer caught(&err)
	next := rows.Call("next")
	if next.Get("done").Bool() {
		return dest, nil
	}
	columns := next.Get("value")
	for i := range columns.Length() {
		var v driver.Value
		switch x := columns.Index(i); x.Type() {
		case js.TypeNull:
		case js.TypeNumber:
			v = int64(x.Float())
		case js.TypeString:
			v = x.String()
		default: // an ArrayBuffer
			a := uint8Array.New(x)
			b := make([]byte, a.Length())
			js.CopyBytesToGo(b, a)
			v = b
		}
		dest = append(dest, v)
	}
	return dest, nil
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

// sync waits until what was committed survives a power cut.
func (c *conn) sync() error {
	done := make(chan error, 1)
	kept := js.FuncOf(func(js.Value, []js.Value) any { done <- nil; return nil })
	defer kept.Release()
	lost := js.FuncOf(func(_ js.Value, args []js.Value) any { done <- classify(js.Error{Value: args[0]}); return nil })
	defer lost.Release()
	c.object.Get("storage").Call("sync").Call("then", kept, lost)
	return <-done
}
