//go:build !js

package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// What was erased cannot be found in any byte of the files, while another
// process serves the same store.
func TestNothingOfAnErasedTenantIsInTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	serving, kept := seeded(t, path)
	gone := store.Channel{Founding: wire.FoundingKey([]byte("the founding key of what is gone")), Access: wire.AccessKey{8}, Tenant: wire.TenantID([]byte("tenant that goes"))}
	gone.ID = wire.ChannelOf(gone.Founding)
	n := store.Tenant{ID: gone.Tenant, Name: "Leaving", State: store.Active, Created: time.Unix(1, 0)}
	if err := serving.AddTenant(t.Context(), n, store.Audit{Act: "add"}); err != nil {
		t.Fatal(err)
	}
	if err := serving.Create(t.Context(), gone, store.TicketUse{ID: wire.TicketID([]byte("the ticket used!")), Max: 1}); err != nil {
		t.Fatal(err)
	}
	marked := func(i uint64, mark string, size int) wire.Box {
		b := boxOf(i, 0)
		b.Data = bytes.Repeat([]byte(mark), size/len(mark)+1)
		return b
	}
	for i := range uint64(40) { // with pages of their own, and several to a page
		for c, b := range map[*store.Channel]wire.Box{&gone: marked(i, "erase this box. ", 100+2500*int(i%4)), &kept: marked(i, "keep this box. ", 700)} {
			if _, err := serving.Append(t.Context(), c.ID, c.Access, []wire.Box{b}, 0); err != nil {
				t.Fatal(err)
			}
		}
		if i == 20 {
			serving.cutLog(t.Context()) // half of it is in the file, the rest in the log
		}
	}
	if _, err := serving.Rotate(t.Context(), gone.ID, gone.Access, wire.AccessKey([]byte("the access key of what is gone..")), []byte("erase this note."), nil, 0); err != nil {
		t.Fatal(err)
	}
	found := func(text string) (n int) {
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(b, []byte(text))
		}
		return n
	}
	secrets := []string{"erase this box. erase", "erase this note.", "the founding key of what", "the access key of what", "the ticket used!", string(gone.ID[:])}
	for _, s := range secrets {
		if found(s) == 0 {
			t.Fatalf("%q is not there to begin with: the search finds nothing", s)
		}
	}
	// Somebody reads and writes all the while.
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := uint64(1000); ctx.Err() == nil; i++ {
			serving.After(ctx, kept.ID, 0, 1<<20, nil)
			serving.Append(ctx, kept.ID, kept.Access, []wire.Box{boxOf(i, 300)}, 0)
		}
	})
	operator := openIn(t, path)
	if _, err := operator.ChangeTenant(t.Context(), n.ID, func(n *store.Tenant) (store.Audit, error) {
		n.State, n.Ends = store.Leaving, time.Unix(100, 0)
		return store.Audit{Act: "remove"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if e, err := operator.EraseTenant(t.Context(), n.ID, time.Unix(100, 0), func(store.Erasure) store.Audit { return store.Audit{Act: "erase"} }); err != nil || e.Boxes != 40 {
		t.Fatalf("erased %+v, %v", e, err)
	}
	if left, err := operator.WipeTenant(t.Context(), n.ID, time.Unix(200, 0), store.Audit{Act: "wipe"}); err != nil || left != (store.Erasure{}) {
		t.Fatalf("%+v is left, %v", left, err)
	}
	stop()
	busy.Wait()
	for _, s := range secrets {
		if n := found(s); n != 0 {
			t.Errorf("%q is still in the files, %d times", s, n)
		}
	}
	if found("keep this box. keep") < 40 {
		t.Error("what was to stay is gone")
	}
	if err := operator.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if tenant, err := serving.Tenant(t.Context(), n.ID); err != nil || tenant.State != store.Erased || tenant.Wiped != time.Unix(200, 0).UTC() {
		t.Errorf("the tenant is %+v, %v", tenant, err)
	}
}

// A process that is killed between erasing and wiping leaves nothing that
// another cannot finish.
func TestAnErasureThatWasInterruptedIsFinishedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 300), boxOf(2, 300)}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeTenant(t.Context(), c.Tenant, func(n *store.Tenant) (store.Audit, error) {
		n.State, n.Ends = store.Leaving, time.Unix(100, 0)
		return store.Audit{Act: "remove"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	// As after a kill: the channel is in its grave, and its rows are there.
	raw, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`INSERT INTO graves SELECT n FROM channels`, `DELETE FROM channels`, `UPDATE tenants SET state = 6, channels = 0, bytes = 0`} {
		if _, err := raw.exec(q); err != nil {
			t.Fatal(err)
		}
	}
	raw.close()
	s = openIn(t, path)
	if left, err := s.WipeTenant(t.Context(), c.Tenant, time.Unix(200, 0), store.Audit{Act: "wipe"}); err != nil || left != (store.Erasure{}) {
		t.Fatalf("%+v is left, %v", left, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Somebody who reads for long, as a backup does, neither stops those who write
// nor is taken for the end.
func TestALongReaderDelaysTheEndOfAnErasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	other := store.Channel{Founding: wire.FoundingKey{77}, Access: wire.AccessKey{7}, Tenant: wire.TenantID{77}}
	other.ID = wire.ChannelOf(other.Founding)
	if err := s.AddTenant(t.Context(), store.Tenant{ID: other.Tenant, State: store.Active}, store.Audit{Act: "add"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), other, store.TicketUse{ID: wire.TicketID{1}, Max: 1}); err != nil {
		t.Fatal(err)
	}
	reader, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.close()
	if _, err := reader.exec(`BEGIN`); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.number(`SELECT count(*) FROM channels`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeTenant(t.Context(), c.Tenant, func(n *store.Tenant) (store.Audit, error) {
		n.State, n.Ends = store.Leaving, time.Unix(100, 0)
		return store.Audit{Act: "remove"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.EraseTenant(t.Context(), c.Tenant, time.Unix(100, 0), func(store.Erasure) store.Audit { return store.Audit{Act: "erase"} }); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	wiped := make(chan error, 1)
	go func() {
		_, err := s.WipeTenant(ctx, c.Tenant, time.Unix(200, 0), store.Audit{Act: "wipe"})
		wiped <- err
	}()
	for i := range uint64(20) {
		if _, err := s.Append(t.Context(), other.ID, other.Access, []wire.Box{boxOf(i, 300)}, 0); err != nil {
			t.Fatalf("while somebody reads: %v", err)
		}
	}
	stop()
	if err := <-wiped; !errors.Is(err, context.Canceled) {
		t.Errorf("while somebody reads: %v", err)
	}
	if n, err := s.Tenant(t.Context(), c.Tenant); err != nil || !n.Wiped.IsZero() {
		t.Errorf("noted as gone while somebody reads: %v", err)
	}
	if _, err := reader.exec(`COMMIT`); err != nil {
		t.Fatal(err)
	}
	if left, err := s.WipeTenant(t.Context(), c.Tenant, time.Unix(200, 0), store.Audit{Act: "wipe"}); err != nil || left != (store.Erasure{}) {
		t.Errorf("%+v is left, %v", left, err)
	}
}

// What should be gone and is not is said, and not noted as gone.
func TestWhatIsLeftIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 300), boxOf(2, 300)}, 0); err != nil {
		t.Fatal(err)
	}
	raw, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`DELETE FROM channels`, `UPDATE tenants SET state = 6, channels = 0, bytes = 0`} {
		if _, err := raw.exec(q); err != nil {
			t.Fatal(err)
		}
	}
	raw.close()
	left, err := s.WipeTenant(t.Context(), c.Tenant, time.Unix(200, 0), store.Audit{Act: "wipe"})
	if err != nil || left.Boxes != 2 {
		t.Errorf("%+v is left, %v", left, err)
	}
	if n, _ := s.Tenant(t.Context(), c.Tenant); !n.Wiped.IsZero() {
		t.Error("noted as gone")
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("check: %v", err)
	}
}
