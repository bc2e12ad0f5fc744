package postgres

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"vialog/relay/internal/storetest"
	"vialog/relay/postgrestest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgrestest.Stop()
	os.Exit(code)
}

var _ storetest.Store = (*Store)(nil)

func openAt(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// raw is a connection past the store, to what its URL names.
func raw(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	a, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.dial(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// The tests have one schema in turns: emptying it is quicker than a new one.
func TestStoreKeepsItsPromises(t *testing.T) {
	url := postgrestest.Get(t).URL()
	openAt(t, url).Close()
	admin := raw(t, url)
	storetest.Run(t, func(t *testing.T) storetest.Store {
		for _, table := range []string{"tenants", "tickets", "channels", "boxes", "notes", "graves", "audits"} {
			if _, err := admin.Exec(t.Context(), `DELETE FROM `+table); err != nil {
				t.Fatal(err)
			}
		}
		return openAt(t, url)
	})
}
