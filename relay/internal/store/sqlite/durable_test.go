//go:build !js

package sqlite

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/storetest"
	"vialog/shared/wire"
)

// childEnv makes the test binary write to the store it names until it is killed.
const childEnv = "VIALOG_TEST_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		child(path)
	}
	os.Exit(m.Run())
}

const childChannels = 8

func childChannel(i int) store.Channel {
	c := store.Channel{Founding: wire.FoundingKey{byte(i)}, Access: wire.AccessKey{1, byte(i)}, Tenant: wire.TenantID{1}}
	c.ID = wire.ChannelOf(c.Founding)
	return c
}

// child appends to its channels and prints "channel box position" for each
// acknowledged box. Every box is sent with the one before it once more.
func child(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	seed := rand.Uint64()
	for ch := range childChannels {
		wg.Go(func() {
			var last []wire.Box
			for i := uint64(0); ; i++ {
				box := wire.Box{Data: make([]byte, 300+i%3000)}
				binary.BigEndian.PutUint64(box.ID[:], seed)
				binary.BigEndian.PutUint64(box.ID[8:], i)
				c := childChannel(ch)
				pos, err := s.Append(context.Background(), c.ID, c.Access, append(last, box), 0)
				mu.Lock()
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Printf("%d %x %d\n", ch, box.ID[:], pos[len(pos)-1]) // os.Stdout is not buffered
				mu.Unlock()
				last = []wire.Box{box}
			}
		})
	}
	wg.Wait()
}

func TestAcknowledgedBoxesSurviveAKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddTenant(t.Context(), store.Tenant{ID: wire.TenantID{1}, State: store.Active, Open: true}, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	for i := range childChannels {
		if err := s.Create(t.Context(), childChannel(i), store.TicketUse{}); err != nil {
			t.Fatal(err)
		}
	}
	id := s.ID()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	acknowledged := map[string]string{} // "channel box" to its position
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		fresh := 0
		after := time.Duration(20+rand.IntN(150)) * time.Millisecond
		var timer *time.Timer
		for {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break // what was cut off was not acknowledged
			}
			if err != nil || strings.HasPrefix(line, "error") {
				cmd.Process.Kill()
				t.Fatal(line, err)
			}
			if timer == nil {
				timer = time.AfterFunc(after, func() { cmd.Process.Kill() })
			}
			f := strings.Fields(line)
			acknowledged[f[0]+" "+f[1]] = f[2]
			fresh++
		}
		cmd.Wait()
		if fresh == 0 {
			t.Fatalf("round %d: nothing was acknowledged", round)
		}

		s, err := Open(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if s.ID() != id {
			t.Fatalf("round %d: the store has another identifier", round)
		}
		held := map[string]string{}
		for ch := range childChannels {
			for pos := uint64(0); ; {
				boxes, head, err := s.After(t.Context(), childChannel(ch).ID, pos, 1<<20, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range boxes {
					name := fmt.Sprintf("%d %x", ch, b.ID[:])
					if _, twice := held[name]; twice {
						t.Fatalf("round %d: a box is there twice", round)
					}
					held[name] = fmt.Sprint(b.Pos)
					pos = b.Pos
				}
				if pos == head {
					break
				}
			}
		}
		for name, pos := range acknowledged {
			if held[name] != pos {
				t.Fatalf("round %d: a box acknowledged at %s is at %q", round, pos, held[name])
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d boxes acknowledged in %d lives", len(acknowledged), rounds)
}

// seeded opens a store with one channel.
func seeded(t *testing.T, path string) (*Store, store.Channel) {
	t.Helper()
	s := openIn(t, path)
	c := childChannel(1)
	if err := s.AddTenant(t.Context(), store.Tenant{ID: c.Tenant, State: store.Active, Open: true, Name: "Centre"}, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), c, store.TicketUse{}); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func boxOf(n uint64, size int) wire.Box {
	b := wire.Box{Data: make([]byte, size)}
	binary.BigEndian.PutUint64(b.ID[:], n)
	return b
}

func TestFullDiskRefusesWritingAndKeepsReading(t *testing.T) {
	s, c := seeded(t, filepath.Join(t.TempDir(), "store.sqlite"))
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 300)}, 0); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		err := s.w.do(t.Context(), 0, func(tx *tx) error {
			return tx.query(context.Background(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages), func([]driver.Value) error { return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // no fewer than there are
	big := []wire.Box{boxOf(2, 100), boxOf(3, wire.MaxBox)}
	for range 3 {
		if _, err := s.Append(t.Context(), c.ID, c.Access, big, 0); !errors.Is(err, store.ErrDiskFull) {
			t.Fatalf("got %v, want %v", err, store.ErrDiskFull)
		}
	}
	got, head, err := s.After(t.Context(), c.ID, 0, 1<<20, nil)
	if err != nil || head != 1 || len(got) != 1 {
		t.Fatalf("reading: %d boxes, head %d, %v", len(got), head, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	limit(1 << 20)
	pos, err := s.Append(t.Context(), c.ID, c.Access, big, 0)
	if err != nil || pos[0] != 2 || pos[1] != 3 {
		t.Fatalf("with room again: %d, %v", pos, err)
	}
}

func TestAnotherProcessAdministersWhileThisOneServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	serve, c := seeded(t, path)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range uint64(16) {
		wg.Go(func() {
			for n := w << 32; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := serve.Append(context.Background(), c.ID, c.Access, []wire.Box{boxOf(n, 300)}, 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	start := time.Now()
	for i := range 20 {
		admin, err := Open(path) // as each command does
		if err != nil {
			t.Fatal(err)
		}
		if serve.ID() != admin.ID() {
			t.Error("the same file has two identifiers")
		}
		n := store.Tenant{ID: wire.TenantID{2, byte(i)}, Name: "Another", State: store.Active, MaxChannels: 1}
		if err := admin.AddTenant(t.Context(), n, store.Audit{Act: "add"}); err != nil {
			t.Fatal(err)
		}
		made := store.Channel{Founding: wire.FoundingKey{2, byte(i)}, Access: wire.AccessKey{2}, Tenant: n.ID}
		made.ID = wire.ChannelOf(made.Founding)
		use := store.TicketUse{ID: [16]byte{1}, Max: 9}
		if err := serve.Create(t.Context(), made, use); err != nil {
			t.Fatalf("a tenant just added: %v", err)
		}
		if err := suspend(admin, n.ID); err != nil {
			t.Fatal(err)
		}
		made.Founding[2] = 1
		made.ID = wire.ChannelOf(made.Founding)
		if err := serve.Create(t.Context(), made, use); !errors.Is(err, store.ErrSuspended) {
			t.Fatalf("a tenant just suspended: %v", err)
		}
		if i == 10 {
			if err := admin.Check(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := admin.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%v for each of 20 tenants", time.Since(start)/20)
	close(stop)
	wg.Wait()
	if err := serve.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func suspend(s *Store, id wire.TenantID) error {
	_, err := s.ChangeTenant(context.Background(), id, func(n *store.Tenant) (store.Audit, error) {
		n.State = store.Suspended
		return store.Audit{Actor: "operator", Act: "suspend"}, nil
	})
	return err
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	s, _ := seeded(t, filepath.Join(dir, "store.sqlite"))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("%d files while open, want the store, its log and its index", len(entries))
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, _ = os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files after closing, want 1", len(entries))
	}
}

func TestStrangeFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, what string) string {
		path := filepath.Join(dir, name)
		if what != "" {
			if err := os.WriteFile(path, []byte(what), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	with := func(name string, queries ...string) string {
		path := filepath.Join(dir, name)
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		c, err := dial(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range queries {
			if _, err := c.exec(q); err != nil {
				t.Fatal(err)
			}
		}
		c.close()
		return path
	}
	for _, tt := range []struct {
		claim, path string
		want        error
	}{
		{"a later release", with("newer", fmt.Sprintf(`PRAGMA user_version = %d`, version+1)), ErrNewer},
		{"another program", with("foreign", `PRAGMA application_id = 7`), ErrForeign},
		{"no version", with("bare", `PRAGMA user_version = 0`), ErrForeign},
		{"no identifier", with("anonymous", `DELETE FROM meta`), ErrForeign},
		{"not a database", write("words", strings.Repeat("words ", 1000)), nil},
		{"a folder", dir, nil},
		{"in no folder", filepath.Join(dir, "none", "store"), nil},
	} {
		s, err := Open(tt.path)
		if err == nil || s != nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
	}
	for _, name := range []string{"with space", "ümlaut", "100%41", "quest?ion#s", "semi;colon&x=y"} {
		s, c := seeded(t, filepath.Join(dir, name))
		if _, err := s.Lookup(t.Context(), c.ID); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		s.Close()
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestStoreIsTheSameAfterOpeningAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	boxes := []wire.Box{boxOf(1, 300), boxOf(2, 5000)}
	if _, err := s.Append(t.Context(), c.ID, c.Access, boxes, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), c.ID, c.Access, wire.AccessKey{9}, []byte("note"), nil, 0); err != nil {
		t.Fatal(err)
	}
	was, err := s.Lookup(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := s.ID()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, path)
	if got, err := s.Lookup(t.Context(), c.ID); err != nil || got != was || s.ID() != id {
		t.Errorf("got %+v, want %+v; %v", got, was, err)
	}
	pos, err := s.Append(t.Context(), c.ID, wire.AccessKey{9}, []wire.Box{boxes[1], boxOf(3, 300), boxes[0]}, 0)
	if err != nil || pos[0] != 2 || pos[1] != 3 || pos[2] != 1 {
		t.Errorf("got %d, %v", pos, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ claim, damage, finds string }{
		{"a box is missing", `DELETE FROM boxes WHERE pos = 2`, "positions"},
		{"the first box is missing", `DELETE FROM boxes WHERE pos = 1`, "positions"},
		{"the last box is missing", `DELETE FROM boxes WHERE pos = 3`, "tenant"},
		{"a box was cut", `UPDATE boxes SET data = substr(data, 2) WHERE pos = 2`, "bytes at position"},
		{"a note was cut", `UPDATE notes SET note = x''`, "bytes of notes"},
		{"a tenant counts too little", `UPDATE tenants SET bytes = bytes - 1`, "tenant"},
		{"a tenant counts too many channels", `UPDATE tenants SET channels = channels + 1`, "tenant"},
		{"a tenant is missing", `DELETE FROM tenants`, "no tenant"},
		{"a channel is missing", `DELETE FROM channels`, "does not exist"},
		{"a former key is in force", `UPDATE channels SET access = (SELECT old FROM notes)`, "in force"},
		{"an act was altered", `UPDATE audits SET actor = 'nobody'`, "audit"},
		{"an act is missing", `DELETE FROM audits WHERE n = 1`, "audit"},
		{"an act is of a wrong form", `UPDATE audits SET hash = x'00'`, "form"},
	} {
		path := filepath.Join(t.TempDir(), "store.sqlite")
		s, c := seeded(t, path)
		if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 300), boxOf(2, 300), boxOf(3, 300)}, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Rotate(t.Context(), c.ID, c.Access, wire.AccessKey{9}, []byte("note"), nil, 0); err != nil {
			t.Fatal(err)
		}
		if err := suspend(s, c.Tenant); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%s: before the damage: %v", tt.claim, err)
		}
		other, err := dial(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.exec(tt.damage); err != nil {
			t.Fatal(err)
		}
		other.close()
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), tt.finds) {
			t.Errorf("%s: found %v, want %q", tt.claim, err, tt.finds)
		}
	}
}

func TestDeletedBoxesLeaveTheFileALittleLater(t *testing.T) {
	s, c := seeded(t, filepath.Join(t.TempDir(), "store.sqlite"))
	var boxes []wire.Box
	for i := range 3 * sweepBoxes {
		boxes = append(boxes, boxOf(uint64(i), 300))
	}
	if _, err := s.Append(t.Context(), c.ID, c.Access, boxes, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var left int64
		err := s.read(t.Context(), func(c *conn) (err error) {
			left, err = c.number(`SELECT (SELECT count(*) FROM boxes) + (SELECT count(*) FROM notes) + (SELECT count(*) FROM graves)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows are left", left)
		}
	}
}

func TestLogStaysSmallWhileMuchIsWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MiB")
	}
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	data := make([]byte, 64<<10)
	for i := range uint64(200) {
		var batch []wire.Box
		for j := range uint64(16) {
			b := boxOf(i<<8|j, 0)
			b.Data = data
			batch = append(batch, b)
		}
		if _, err := s.Append(t.Context(), c.ID, c.Access, batch, 0); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 128<<20 {
		t.Errorf("the log has %d MiB", info.Size()>>20)
	}
	t.Logf("the log has %d MiB", info.Size()>>20)
}

var _ storetest.Store = (*Store)(nil)

func TestOneFileIsLaidOutOnceByManyAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	var wg sync.WaitGroup
	var stores [4]*Store
	for i := range stores {
		wg.Go(func() {
			s, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
		})
	}
	wg.Wait()
	for _, s := range stores {
		if s == nil {
			t.FailNow() // not opened, as said above
		}
		defer s.Close()
		if s.ID() != stores[0].ID() {
			t.Error("the file has several identifiers")
		}
	}
}
