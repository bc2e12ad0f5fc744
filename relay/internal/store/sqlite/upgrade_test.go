//go:build !js

package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// undo leads a file back to the layout before, as the release of then wrote it.
var undo = map[int64][]string{
	2: {`ALTER TABLE channels DROP COLUMN owner`, `PRAGMA user_version = 1`},
	3: {`DROP INDEX channels_tenant`, `ALTER TABLE channels DROP COLUMN day`, `DROP INDEX tenants_open`,
		`CREATE UNIQUE INDEX tenants_open ON tenants (open) WHERE open = 1 AND state <> 4`,
		`ALTER TABLE tenants DROP COLUMN contact`, `ALTER TABLE tenants DROP COLUMN requester`, `ALTER TABLE tenants DROP COLUMN approver`,
		`ALTER TABLE tenants DROP COLUMN approved`, `ALTER TABLE tenants DROP COLUMN reviewed`, `ALTER TABLE tenants DROP COLUMN review`,
		`ALTER TABLE tenants DROP COLUMN ends`, `ALTER TABLE tenants DROP COLUMN wiped`, `PRAGMA user_version = 2`},
}

// aged makes a store of an older layout with a channel, a removed tenant and their acts in it.
func aged(t *testing.T, path string, layout int64) (c store.Channel, id wire.StoreID) {
	t.Helper()
	s := openIn(t, path)
	c = store.Channel{Founding: wire.FoundingKey{7}, Access: wire.AccessKey{8}, Tenant: wire.TenantID{1}}
	c.ID = wire.ChannelOf(c.Founding)
	for _, n := range []store.Tenant{
		{ID: wire.TenantID{2}, Name: "Gone", State: store.Leaving, Open: true, Created: time.Unix(1, 0)},
		{ID: c.Tenant, Name: "Centre", State: store.Active, Open: true, MaxBytes: 1 << 20, Created: time.Unix(2, 0)},
	} {
		if err := s.AddTenant(t.Context(), n, store.Audit{Actor: "test", Act: "tenant.add"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Create(t.Context(), c, store.TicketUse{}); err != nil {
		t.Fatal(err)
	}
	box := wire.Box{ID: wire.BoxID{1}, Data: bytes.Repeat([]byte("sealed"), 50)}
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{box}, 0); err != nil {
		t.Fatal(err)
	}
	id = s.ID()
	s.Close()
	raw, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.close()
	for from := int64(version); from > layout; from-- {
		for _, q := range undo[from] {
			if _, err := raw.exec(q); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c, id
}

// A file that an earlier release has written is led to this layout, with all
// that is in it, and as it was a copy stays beside it.
func TestAFileOfAnEarlierLayoutKeepsEverything(t *testing.T) {
	for layout := int64(1); layout < version; layout++ {
		path := filepath.Join(t.TempDir(), "store")
		c, id := aged(t, path, layout)
		copyName := path + ".layout" + string(rune('0'+layout))
		for range 2 {
			s := openIn(t, path)
			got, err := s.Lookup(t.Context(), c.ID)
			if err != nil || got.Access != c.Access || got.Head != 1 || s.ID() != id {
				t.Fatalf("%+v, %v", got, err)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			tenants, err := s.Tenants(t.Context())
			if err != nil || len(tenants) != 2 || tenants[0].State != store.Leaving || tenants[1].Channels != 1 || tenants[1].MaxBytes != 1<<20 || !tenants[1].Review.IsZero() {
				t.Errorf("tenants %+v, %v", tenants, err)
			}
			audits, err := s.Audits(t.Context(), 0, 10)
			if _, e := store.VerifyAudits(store.Audit{}, audits); err != nil || e != nil || len(audits) != 2 {
				t.Errorf("%d acts, %v, %v", len(audits), err, e)
			}
			// When it was written to before is not known: it is not dormant yet.
			active, err := s.Activity(t.Context(), time.Now().AddDate(0, 0, -2))
			if err != nil || len(active) != 1 || active[0].Dormant != 0 || active[0].Channels != 1 {
				t.Errorf("activity %+v, %v", active, err)
			}
			if err := s.Cede(t.Context(), c.ID, got.Owner(), wire.FoundingKey{9}); err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		s := openIn(t, path)
		if got, _ := s.Lookup(t.Context(), c.ID); got.Owner() != (wire.FoundingKey{9}) {
			t.Errorf("owned by %v", got.Owner())
		}
		s.Close()

		if info, err := os.Stat(copyName); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy: %v", err)
		}
		old, err := dial(copyName)
		if err != nil {
			t.Fatal(err)
		}
		for q, want := range map[string]int64{`PRAGMA user_version`: layout, `PRAGMA application_id`: application, `SELECT count(*) FROM boxes`: 1, `SELECT count(*) FROM audits`: 2} {
			if n, err := old.number(q); err != nil || n != want {
				t.Errorf("in the copy, %s: %d, %v", q, n, err)
			}
		}
		old.close()
		if more, _ := filepath.Glob(path + ".layout*"); len(more) != 1 {
			t.Errorf("copies: %q", more)
		}
	}
}

func TestACopyIsNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	aged(t, path, 2)
	for _, name := range []string{".layout2", ".layout2-2", ".layout2.part"} {
		if err := os.WriteFile(path+name, []byte("of another time"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openIn(t, path).Close()
	for name, want := range map[string]bool{".layout2": true, ".layout2-2": true, ".layout2-3": false} {
		if b, err := os.ReadFile(path + name); err != nil || (string(b) == "of another time") != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(path + ".layout2.part"); err == nil {
		t.Error("what a killed process had begun is still there")
	}
}

func TestWithoutACopyNothingIsChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	c, _ := aged(t, path, 2)
	inTheWay := filepath.Join(path+".layout2.part", "x")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(path); !errors.Is(err, ErrNoCopy) {
		t.Fatalf("opened %v, %v", s, err)
	}
	raw, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := raw.number(`PRAGMA user_version`); n != 2 || err != nil {
		t.Errorf("layout %d, %v", n, err)
	}
	raw.close()
	if err := os.RemoveAll(path + ".layout2.part"); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, path)
	defer s.Close()
	if got, err := s.Lookup(t.Context(), c.ID); err != nil || got.Head != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Two layouts that should be the same are: a file led here has the tables and
// indexes of a new one.
func TestALedFileIsLaidOutLikeANewOne(t *testing.T) {
	shape := func(path string) (out []string) {
		s := openIn(t, path)
		defer s.Close()
		err := s.read(context.Background(), func(c *conn) error {
			for _, table := range []string{"tenants", "channels", "boxes", "notes", "tickets", "audits", "graves", "meta"} {
				if err := c.query(context.Background(), `SELECT m.name || ' ' || x.name || ' ' || x.type || ' ' || x."notnull" || ' ' || x.pk FROM sqlite_schema m, pragma_table_info(m.name) x WHERE m.name = '`+table+`'`, collect(&out)); err != nil {
					return err
				}
			}
			return c.query(context.Background(), `SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE type = 'index'`, collect(&out))
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	fresh := shape(filepath.Join(t.TempDir(), "new"))
	for layout := int64(1); layout < version; layout++ {
		path := filepath.Join(t.TempDir(), "store")
		aged(t, path, layout)
		if led := shape(path); !slices.Equal(led, fresh) {
			t.Errorf("from layout %d:\n%q\nnew:\n%q", layout, led, fresh)
		}
	}
}

func collect(out *[]string) func([]driver.Value) error {
	return func(r []driver.Value) error {
		text, _ := r[0].(string)
		*out = append(*out, text)
		return nil
	}
}
