//go:build !js

package sqlite

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"vialog/shared/wire"
)

// upgrades lead from one layout to the next, beginning with layout 1.
var upgrades = [][]string{
	{`ALTER TABLE channels ADD COLUMN owner BLOB`},
	{
		`ALTER TABLE tenants ADD COLUMN contact TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE tenants ADD COLUMN requester TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE tenants ADD COLUMN approver TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE tenants ADD COLUMN approved INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE tenants ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE tenants ADD COLUMN review INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE tenants ADD COLUMN ends INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE tenants ADD COLUMN wiped INTEGER NOT NULL DEFAULT 0`,
		`DROP INDEX tenants_open`,
		tenantsOpen,
		`ALTER TABLE channels ADD COLUMN day INTEGER NOT NULL DEFAULT 0`,
		// When they were written to before is not known: as if today.
		`UPDATE channels SET day = unixepoch() / 86400`,
		channelsTenant,
	},
}

// application marks the file as ours, in application_id: "Vlog".
const application = 0x566c6f67

// create makes the file if there is none, readable by its owner alone. SQLite
// gives its log beside it the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // must not even be opened: closing it would drop SQLite's locks
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// prepareFile lays the file out if it is new and returns the identifier of the
// store. A file that is in use already is only read: opening it does not wait
// for whoever is writing.
func prepareFile(c *conn, path string) (id wire.StoreID, err error) {
	// In a transaction, or another process could lay it out between two looks.
	if _, err := c.exec(`BEGIN`); err != nil {
		return id, err
	}
	layout, err := examine(c)
	if _, e := c.exec(`COMMIT`); err == nil {
		err = e
	}
	if err == nil && layout < version {
		err = layOut(c, path)
	}
	if err != nil {
		return id, err
	}
	return storeID(c)
}

// examine refuses a file that this release cannot use, and returns the layout of
// others, 0 if it is empty.
func examine(c *conn) (layout int64, err error) {
	var v [3]int64
	for i, q := range []string{`PRAGMA user_version`, `PRAGMA application_id`, `SELECT count(*) FROM sqlite_schema`} {
		if v[i], err = c.number(q); err != nil {
			return 0, err
		}
	}
	layout, app, tables := v[0], v[1], v[2]
	switch {
	case layout == 0 && app == 0 && tables == 0:
		return 0, nil
	case app != application:
		return 0, ErrForeign
	case layout > version:
		return 0, fmt.Errorf("%w: layout %d, this one knows up to %d", ErrNewer, layout, version)
	case layout < 1:
		return 0, fmt.Errorf("%w: unknown layout %d", ErrForeign, layout)
	}
	return layout, nil
}

// layOut makes the tables, or leads an older layout to this one, unless another
// process has just done so. An older file is copied first.
func layOut(c *conn, path string) (err error) {
	if _, err := c.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.exec(`ROLLBACK`)
		}
	}()
	layout, err := examine(c)
	if err != nil {
		return err
	}
	if layout > 0 && layout < version {
		discard, err := copyBefore(path, layout)
		if err != nil {
			return err
		}
		defer func() {
			if err != nil {
				discard()
			}
		}()
		for _, q := range append(slices.Concat(upgrades[layout-1:]...), fmt.Sprintf(`PRAGMA user_version = %d`, version)) {
			if _, err = c.exec(q); err != nil {
				return err
			}
		}
		_, err = c.exec(`COMMIT`)
		return err
	}
	if layout == 0 {
		for _, q := range append(slices.Clone(schema),
			fmt.Sprintf(`PRAGMA application_id = %d`, application),
			fmt.Sprintf(`PRAGMA user_version = %d`, version)) {
			if _, err := c.exec(q); err != nil {
				return err
			}
		}
		var id wire.StoreID
		rand.Read(id[:]) // never fails: crypto/rand ends the process instead
		if _, err := c.exec(`INSERT INTO meta (name, value) VALUES ('store', ?)`, id[:]); err != nil {
			return err
		}
	}
	_, err = c.exec(`COMMIT`)
	return err
}
