//go:build !js

package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func dialNew(t *testing.T) *conn {
	t.Helper()
	c, err := dial(filepath.Join(t.TempDir(), "a file with ? and # in its name"), "journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestValuesComeBackAsTheyWereBound(t *testing.T) {
	c := dialNew(t)
	large := bytes.Repeat([]byte("box"), 1<<20)
	for _, v := range []driver.Value{
		nil, int64(0), int64(1), int64(-1), int64(math.MaxInt64), int64(math.MinInt64),
		[]byte{}, []byte{0}, []byte("ciphertext"), large, []byte("short again"),
		"", "text", "a\x00b", "Müller", strings.Repeat("x", 100_000),
	} {
		var got driver.Value
		if err := c.query(t.Context(), `SELECT ?`, func(r []driver.Value) error { got = r[0]; return nil }, v); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, v) {
			t.Errorf("%.20v (%T) comes back as %.20v (%T)", v, v, got, got)
		}
	}
	// Each keeps to what a column is.
	if err := c.each(t.Context(), `SELECT 7, x'0102', NULL, 'text', 1.5`, func(r row) error {
		if n, ok := r.number(0); n != 7 || !ok || r.null(0) {
			t.Errorf("number: %d %v", n, ok)
		}
		if b, ok := r.blob(1); !bytes.Equal(b, []byte{1, 2}) || !ok {
			t.Errorf("blob: %x %v", b, ok)
		}
		_, blob := r.blob(0)
		_, number := r.number(1)
		_, text := r.blob(3)
		if blob || number || text || !r.null(2) {
			t.Error("a column is taken for another kind")
		}
		if _, err := r.value(4); !errors.Is(err, errRow) {
			t.Errorf("a fraction: %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// What a statement was given stays until it is through, whatever others are given meanwhile.
func TestStatementsRunWithinEachOther(t *testing.T) {
	c := dialNew(t)
	if _, err := c.exec(`CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)`); err != nil {
		t.Fatal(err)
	}
	want := []byte("bound first")
	for range 3 {
		if n, err := c.exec(`INSERT INTO t (b) VALUES (?)`, want); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	seen := 0
	err := c.query(t.Context(), `SELECT b FROM t WHERE b = ?`, func(r []driver.Value) error {
		seen++
		kept := r[0].([]byte)
		for range 100 {
			if n, err := c.number(`SELECT count(*) FROM t WHERE b <> ?`, bytes.Repeat([]byte("other"), seen*100)); n != 3 || err != nil {
				t.Error(n, err)
			}
		}
		if !bytes.Equal(kept, want) {
			t.Errorf("a blob that is the caller's has become %q", kept)
		}
		return nil
	}, want)
	if err != nil || seen != 3 {
		t.Errorf("%d rows: %v", seen, err)
	}
	if n, err := c.exec(`DELETE FROM t WHERE b = ?`, want); n != 3 || err != nil {
		t.Error(n, err)
	}
}

func TestAConnectionGoesOnAfterAnError(t *testing.T) {
	c := dialNew(t)
	for _, q := range []string{``, `-- nothing`, `SELECT 1; SELECT 2`, `SELECT`, `SELECT * FROM nowhere`} {
		if _, err := c.exec(q); err == nil {
			t.Errorf("%q has run", q)
		}
	}
	if _, err := c.exec(`CREATE TABLE t (b BLOB UNIQUE)`); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false} {
		if _, err := c.exec(`INSERT INTO t VALUES (?)`, []byte("once")); (err == nil) != want {
			t.Errorf("insert %d: %v", i, err)
		}
	}
	var e *sqlError
	if c.failed == nil {
		t.Error("an error is forgotten")
	} else if _, err := c.exec(`INSERT INTO t VALUES (?)`, []byte("once")); !errors.As(err, &e) || strings.Contains(e.Error(), "once") {
		t.Errorf("an error that tells values: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	if err := c.query(ctx, `SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3`, func([]driver.Value) error { rows++; cancel(); return nil }); !errors.Is(err, context.Canceled) || rows != 1 {
		t.Errorf("a query goes on although nobody waits for it: %d rows, %v", rows, err)
	}
	if _, err := dial(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if n, err := c.number(`SELECT count(*) FROM t`); n != 1 || err != nil {
		t.Error(n, err)
	}
}
