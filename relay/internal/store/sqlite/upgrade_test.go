package sqlite

import (
	"path/filepath"
	"testing"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A file that the release before has written is led to this layout, with all
// that is in it, also if that is interrupted.
func TestAFileOfTheFirstLayoutKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := openIn(t, path)
	c := store.Channel{Founding: wire.FoundingKey{7}, Access: wire.AccessKey{8}, Tenant: wire.TenantID{1}}
	c.ID = wire.ChannelOf(c.Founding)
	tenant := store.Tenant{ID: c.Tenant, Name: "Centre", State: store.Active, Open: true}
	if err := s.AddTenant(t.Context(), tenant, store.Audit{Actor: "test", Act: "tenant.add"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), c, store.TicketUse{}); err != nil {
		t.Fatal(err)
	}
	box := wire.Box{ID: wire.BoxID{1}, Data: make([]byte, wire.MinBox)}
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{box}, 0); err != nil {
		t.Fatal(err)
	}
	id := s.ID()
	s.Close()

	raw, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`ALTER TABLE channels DROP COLUMN owner`, `PRAGMA user_version = 1`} {
		if _, err := raw.exec(q); err != nil {
			t.Fatal(err)
		}
	}
	raw.close()

	for range 2 {
		s = openIn(t, path)
		got, err := s.Lookup(t.Context(), c.ID)
		if err != nil || got.Access != c.Access || got.Head != 1 || s.ID() != id {
			t.Fatalf("%+v, %v", got, err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Cede(t.Context(), c.ID, got.Owner(), wire.FoundingKey{9}); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	s = openIn(t, path)
	defer s.Close()
	if got, _ := s.Lookup(t.Context(), c.ID); got.Owner() != (wire.FoundingKey{9}) {
		t.Errorf("owned by %v", got.Owner())
	}
}
