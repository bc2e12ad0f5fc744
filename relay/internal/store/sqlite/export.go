//go:build !js

package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"vialog/shared/wire"
)

// MaxAnchors is how many rows of a table are remembered as anchors.
const MaxAnchors = 64

// An Anchor remembers a row, to tell later whether it has been there all the
// time. Channels' numbers are never given twice and positions never refilled,
// so another row under its number has another hash.
type Anchor struct {
	N    int64
	Hash [32]byte
}

// grown are the tables whose rows are only ever added, under numbers above
// those that are there, and taken out with their channel; with the columns that
// tell one row from all others.
var grown = map[string][2]string{"boxes": {"pos", "id"}, "notes": {"0", "old"}}

// A Snapshot is the store as it was at one moment, while others go on writing.
type Snapshot struct {
	c  *conn
	id wire.StoreID
}

// Snapshot calls f with the store as it is now. Until f returns the log beside
// the file grows with what is written meanwhile.
func (s *Store) Snapshot(ctx context.Context, f func(*Snapshot) error) error {
	return s.read(ctx, func(c *conn) error {
		if _, err := c.exec(`BEGIN`); err != nil {
			return err
		}
		defer c.exec(`COMMIT`)
		x := &Snapshot{c: c}
		// The first look at the file is what fixes the moment.
		found := false
		err := c.query(ctx, `SELECT value FROM meta WHERE name = 'store'`, func(r []driver.Value) error {
			found = copyExact(x.id[:], r[0])
			return nil
		})
		if err == nil && !found {
			err = errRow
		}
		if err != nil {
			return err
		}
		return f(x)
	})
}

// ID is that of the store.
func (x *Snapshot) ID() wire.StoreID { return x.id }

// Layout is that of the file.
func (x *Snapshot) Layout() (int, error) {
	n, err := x.c.number(`PRAGMA user_version`)
	return int(n), err
}

// A Table names what is to be copied.
type Table struct {
	Name    string
	Columns []string
}

// IsName reports a name that a table or a column may have.
func IsName(s string) bool {
	return len(s) > 0 && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
}

// Tables lists every table that a copy needs, in order of name.
func (x *Snapshot) Tables(ctx context.Context) ([]Table, error) { return tablesOf(ctx, x.c) }

func tablesOf(ctx context.Context, c *conn) (list []Table, err error) {
	err = c.query(ctx, `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name <> 'graves' AND (t.name NOT LIKE 'sqlite\_%' ESCAPE '\' OR t.name = 'sqlite_sequence') ORDER BY t.name, c.cid`, func(r []driver.Value) error {
		s := scanner{row: r}
		name, column := s.text(), s.text()
		if s.bad || !IsName(name) || !IsName(column) {
			return errRow
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			list = append(list, Table{Name: name})
		}
		t := &list[len(list)-1]
		t.Columns = append(t.Columns, column)
		return nil
	})
	return list, err
}

// Rows calls row for each row of a table. Of boxes and notes these are the ones
// with numbers above a mark whose channel is there. The slice is reused.
func (x *Snapshot) Rows(ctx context.Context, t Table, above int64, row func([]driver.Value) error) error {
	q := `SELECT ` + strings.Join(t.Columns, ", ") + ` FROM ` + t.Name
	if _, ok := grown[t.Name]; ok {
		return x.c.query(ctx, q+` WHERE n > ? AND ch IN (SELECT n FROM channels) ORDER BY n`, row, above)
	}
	return x.c.query(ctx, q, row)
}

// Count counts what a copy of boxes or notes holds.
func (x *Snapshot) Count(table string) (int64, error) {
	return x.c.number(`SELECT count(*) FROM ` + mustGrow(table) + ` WHERE ch IN (SELECT n FROM channels)`)
}

func mustGrow(table string) string {
	if _, ok := grown[table]; !ok {
		panic("sqlite: no anchors in " + table)
	}
	return table
}

func (x *Snapshot) anchors(ctx context.Context, table, where string, args ...driver.Value) (list []Anchor, err error) {
	key := grown[mustGrow(table)]
	err = x.c.query(ctx, fmt.Sprintf(`SELECT n, ch, %s, %s FROM %s %s`, key[0], key[1], table, where), func(r []driver.Value) error {
		s := scanner{row: r[:3]}
		a := Anchor{N: s.number()}
		b := append([]byte("vialog/relay/v1/anchor\x00"+table), 0)
		b = binary.BigEndian.AppendUint64(b, uint64(s.number()))
		if pos := s.number(); key[0] != "0" {
			b = binary.BigEndian.AppendUint64(b, uint64(pos))
		}
		id, ok := r[3].([]byte)
		if s.bad || !ok {
			return errRow
		}
		a.Hash = sha256.Sum256(append(b, id...))
		list = append(list, a)
		return nil
	}, args...)
	return list, err
}

// Anchors returns those of boxes or of notes: the newest row, and others ever
// further back.
func (x *Snapshot) Anchors(ctx context.Context, table string) (list []Anchor, err error) {
	for back := int64(0); len(list) < MaxAnchors; back = 2*back + 1 {
		at := int64(1<<63 - 1)
		if len(list) > 0 {
			at = list[0].N - back
		}
		one, err := x.anchors(ctx, table, `WHERE n <= ? ORDER BY n DESC LIMIT 1`, at)
		if err != nil || len(one) == 0 {
			return list, err
		}
		if len(list) == 0 || list[len(list)-1].N > one[0].N {
			list = append(list, one[0])
		}
		if back > list[0].N {
			break
		}
	}
	return list, nil
}

// Mark returns the number above which everything is that came after the anchors
// were noted; false if that cannot be told.
func (x *Snapshot) Mark(ctx context.Context, table string, anchors []Anchor) (int64, bool, error) {
	for _, a := range anchors {
		now, err := x.anchors(ctx, table, `WHERE n = ?`, a.N)
		if err != nil {
			return 0, false, err
		}
		if slices.Contains(now, a) {
			return a.N, true, nil
		}
	}
	return 0, len(anchors) == 0, nil // nothing was there: all that is came after
}
