package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

// fill appends beside the relay that serves, as another process may.
func fill(t *testing.T, path string, n int) {
	t.Helper()
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tenant, err := s.OpenTenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := store.Channel{Founding: wire.FoundingKey{7}, Access: wire.AccessKey{7}, Tenant: tenant.ID, Created: time.Now()}
	c.ID = wire.ChannelOf(c.Founding)
	if err := s.Create(t.Context(), c, store.TicketUse{}); err != nil {
		t.Fatal(err)
	}
	head, err := s.Lookup(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		b := wire.Box{ID: wire.BoxID{byte(head.Head) + byte(i) + 1}, Data: make([]byte, wire.MinBox)}
		if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{b}, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBackupAndRestoreOfARelayThatServes(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	s := serve(t, dir, port)
	path := filepath.Join(dir, "vialog.sqlite")
	mustRelay(t, dir, "tenant", "add", "-open", "Everyone")
	fill(t, path, 5)

	out := mustRelay(t, dir, "backup", "keygen", "operator.key")
	recipient := regexp.MustCompile(`age1\S+`).FindString(out)
	if recipient == "" {
		t.Fatalf("keygen printed:\n%s", out)
	}
	if info, err := os.Stat(filepath.Join(dir, "operator.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the identity: %v, %v", info, err)
	}
	mustRelay(t, dir, "backup", "keygen", "other.key")
	if out, err := relay(t, dir, "backup", "keygen", "other.key"); err == nil {
		t.Errorf("a key was written over:\n%s", out)
	}

	first := mustRelay(t, dir, "backup", "-to", "copies", "-recipient", recipient)
	if !strings.Contains(first, "Backup 1 holds everything") {
		t.Errorf("the first backup:\n%s", first)
	}
	fill(t, path, 3)
	second := mustRelay(t, dir, "backup", "-to", "copies", "-recipient", recipient, "-keep", "2")
	if !strings.Contains(second, "Backup 2 holds what is new since backup 1") {
		t.Errorf("the second backup:\n%s", second)
	}
	hash := regexp.MustCompile(`2 ([0-9a-f]{64})`).FindStringSubmatch(second)[1]
	mustRelay(t, dir, "backup", "verify", "copies", "-quick")
	if out := mustRelay(t, dir, "backup", "verify", "copies", "-identity", "operator.key", "-expect", hash); !strings.Contains(out, "1 channels, 8 boxes") {
		t.Errorf("verify:\n%s", out)
	}
	if out := mustRelay(t, dir, "backup", "list", "copies"); strings.Count(out, "\n") != 3 || !strings.Contains(out, hash) || strings.Count(out, "yes") != 1 {
		t.Errorf("list:\n%s", out)
	}
	for _, wrong := range []struct {
		args []string
		says string
	}{
		{[]string{"backup"}, "-to"},
		{[]string{"backup", "-to", "copies"}, "-recipient"},
		{[]string{"backup", "-to", "copies", "-recipient", "age1nobody"}, "-recipient"},
		{[]string{"backup", "-to", "copies", "-recipient", recipient, "-keep", "-1"}, "-keep"},
		{[]string{"backup", "-to", "operator.key", "-recipient", recipient}, "not a directory"},
		{[]string{"backup", "verify", "copies"}, "-identity"},
		{[]string{"backup", "verify", "copies", "-identity", "other.key"}, "somebody else"},
		{[]string{"backup", "verify", "copies", "-identity", "operator.key", "-expect", "00"}, "not the one expected"},
		{[]string{"backup", "list", "nowhere"}, "no such file"},
		{[]string{"restore", "copies", "-identity", "operator.key"}, "is there already"},
		{[]string{"restore", "copies", "-store", "new"}, "-identity"},
		{[]string{"restore", "copies", "-store", "new", "-identity", "other.key"}, "somebody else"},
		{[]string{"restore", "copies", "-store", "new", "-identity", "operator.key", "-number", "7"}, "no backup"},
	} {
		if out, err := relay(t, dir, wrong.args...); err == nil || !strings.Contains(out, wrong.says) {
			t.Errorf("relay %v: %v\n%s", wrong.args, err, out)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "new*")); len(left) != 1 { // the lock
		t.Errorf("restores that failed left %v", left)
	}

	// The machine is lost, with all that was not backed up.
	fill(t, path, 2)
	was := s.dial(t).hello.Store
	s.kill()
	if err := os.Rename(path, filepath.Join(dir, "lost")); err != nil {
		t.Fatal(err)
	}
	if out, err := relay(t, dir, "restore", "copies", "-identity", "operator.key"); err == nil && fileThere(path+"-wal") {
		t.Errorf("restored beside the log of another store:\n%s", out)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(path + suffix)
	}
	if out := mustRelay(t, dir, "restore", "copies", "-identity", "operator.key", "-actor", "anna"); !strings.Contains(out, "8 boxes") {
		t.Errorf("restore:\n%s", out)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the store: %v, %v", info, err)
	}
	for range 2 { // killed hard and started again
		s = serve(t, dir, port)
		if now := s.dial(t).hello.Store; now == was {
			t.Error("clients are told that the store is the one before")
		}
		var r sqlite.Report
		if out := mustRelay(t, dir, "fsck", "-json"); json.Unmarshal([]byte(out), &r) != nil || r.Boxes != 8 || len(r.Findings) != 0 || r.Restored == "" {
			t.Errorf("fsck of a relay that serves:\n%s", out)
		}
		s.kill()
	}
	if out := mustRelay(t, dir, "fsck"); !strings.Contains(out, "sound") || !strings.Contains(out, "restored on") {
		t.Errorf("fsck:\n%s", out)
	}
	if out := mustRelay(t, dir, "audit", "list"); !strings.Contains(out, "anna") || !strings.Contains(out, "restore") || !strings.Contains(out, was.String()) {
		t.Errorf("audit list:\n%s", out)
	}
	// What comes next is another store's: everything once more.
	if out := mustRelay(t, dir, "backup", "-to", "copies", "-recipient", recipient); !strings.Contains(out, "Backup 3 holds everything") {
		t.Errorf("a backup after the restore:\n%s", out)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := relay(t, dir, "fsck", "-json"); err == nil || !strings.Contains(out, `"mode"`) {
		t.Errorf("fsck of a file that all may read: %v\n%s", err, out)
	}
}

func fileThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
