//go:build !js

package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"vialog/shared/wire"
)

// Layout is that of the files this release writes.
const Layout = version

// ErrTable reports rows for a table that this layout does not have.
var ErrTable = errors.New("rows of a table that a store does not have")

// A Restorer fills a new file with what Snapshots gave, oldest first. Nobody
// may use the file before Finish.
type Restorer struct {
	c      *conn
	path   string
	tables map[string][]string // their columns

	last    string // table
	columns []string
	insert  string
}

// NewRestorer makes the file, which must not be there.
func NewRestorer(ctx context.Context, path string) (*Restorer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// Nothing in it counts before the end, so nothing needs to survive a crash.
	c, err := dial(path, "journal_mode(off)", "synchronous(off)", "foreign_keys(off)")
	if err != nil {
		return nil, err
	}
	r := &Restorer{c: c, path: path, tables: make(map[string][]string)}
	if err := layOut(c, path); err != nil {
		c.close()
		return nil, err
	}
	list, err := tablesOf(ctx, c)
	if err != nil {
		c.close()
		return nil, err
	}
	for _, t := range list {
		r.tables[t.Name] = t.Columns
	}
	return r, nil
}

// Begin takes out what a snapshot replaces: of boxes and notes the rows above
// the marks, everything of other tables.
func (r *Restorer) Begin(boxes, notes int64) error {
	if _, err := r.c.exec(`BEGIN`); err != nil {
		return err
	}
	for name := range maps.Keys(r.tables) {
		q, args := `DELETE FROM `+name, []driver.Value(nil)
		switch name {
		case "boxes":
			q, args = q+` WHERE n > ?`, []driver.Value{boxes}
		case "notes":
			q, args = q+` WHERE n > ?`, []driver.Value{notes}
		}
		if _, err := r.c.exec(q, args...); err != nil {
			return err
		}
	}
	return nil
}

// Row adds a row. Values are int64, string, []byte or nil.
func (r *Restorer) Row(t Table, row []driver.Value) error {
	if r.last != t.Name || !slices.Equal(r.columns, t.Columns) {
		columns, ok := r.tables[t.Name]
		// A store that was led here from an older layout has its columns in
		// another order.
		if !ok || !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(t.Columns))) {
			return ErrTable
		}
		r.last, r.columns = t.Name, t.Columns
		r.insert = `INSERT INTO ` + t.Name + ` (` + strings.Join(t.Columns, ", ") + `) VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
	}
	if len(row) != len(t.Columns) {
		return ErrTable
	}
	if t.Name == "sqlite_sequence" {
		// SQLite has written this when the rows came that it counts.
		if _, err := r.c.exec(`DELETE FROM sqlite_sequence WHERE name = ?`, row[slices.Index(t.Columns, "name")]); err != nil {
			return err
		}
	}
	_, err := r.c.exec(r.insert, row...)
	return err
}

// End ends what Begin began: of channels that the snapshot does not have
// nothing is left. It returns how many boxes and notes there are.
func (r *Restorer) End() (boxes, notes int64, err error) {
	for _, q := range []string{`DELETE FROM boxes WHERE ch NOT IN (SELECT n FROM channels)`, `DELETE FROM notes WHERE ch NOT IN (SELECT n FROM channels)`, `COMMIT`} {
		if _, err := r.c.exec(q); err != nil {
			return 0, 0, err
		}
	}
	if boxes, err = r.c.number(`SELECT count(*) FROM boxes`); err == nil {
		notes, err = r.c.number(`SELECT count(*) FROM notes`)
	}
	return boxes, notes, err
}

// A Restored says that a store went back in time: to the moment Taken of a
// store that was called From.
type Restored struct {
	From      wire.StoreID
	Taken, At time.Time
}

// Finish gives the store an identifier of its own, which tells clients that
// positions they remember mean nothing, notes where it comes from, and closes
// the file.
func (r *Restorer) Finish(m Restored) (id wire.StoreID, err error) {
	rand.Read(id[:])
	was := binary.BigEndian.AppendUint64(m.From[:], uint64(m.Taken.Unix()))
	was = binary.BigEndian.AppendUint64(was, uint64(m.At.Unix()))
	if n, err := r.c.exec(`UPDATE meta SET value = ? WHERE name = 'store'`, id[:]); err != nil || n != 1 {
		return id, errors.Join(err, r.Close(), fmt.Errorf("%w: it has no identifier", ErrForeign))
	}
	if _, err := r.c.exec(`INSERT INTO meta (name, value) VALUES ('restored', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, was); err != nil {
		return id, errors.Join(err, r.Close())
	}
	if err := r.Close(); err != nil {
		return id, err
	}
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return id, err
	}
	return id, errors.Join(f.Sync(), f.Close())
}

// Close closes the file as it is.
func (r *Restorer) Close() error { return r.c.close() }

// Restored tells whether and from what the store was restored.
func (s *Store) Restored(ctx context.Context) (m Restored, ok bool, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, `SELECT value FROM meta WHERE name = 'restored'`, func(r []driver.Value) error {
			b, isBlob := r[0].([]byte)
			if !isBlob || len(b) != len(m.From)+16 {
				return errRow
			}
			copy(m.From[:], b)
			m.Taken = time.Unix(int64(binary.BigEndian.Uint64(b[16:])), 0).UTC()
			m.At = time.Unix(int64(binary.BigEndian.Uint64(b[24:])), 0).UTC()
			ok = true
			return nil
		})
	})
	return m, ok, err
}
