package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

// What its owner erased stays erased: over a hard end of the relay, in a relay
// that is restored from a backup made later, and, if the old store is named, from
// one made before.
func TestWhatWasErasedDoesNotComeBack(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	path := filepath.Join(dir, "vialog.sqlite")
	mustRelay(t, dir, "tenant", "add", "-open", "Everyone")
	s := serve(t, dir, port)
	recipient := regexp.MustCompile(`age1\S+`).FindString(mustRelay(t, dir, "backup", "keygen", "operator.key"))
	backup := func() { mustRelay(t, dir, "backup", "-to", "copies", "-recipient", recipient) }

	founding, signFounding := newKey()
	access, sign := newKey()
	ch := wire.ChannelOf(founding)
	c := s.dial(t)
	create := func(c *socket) wire.Frame {
		return c.create(founding, access, signFounding, sign, wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant})
	}
	if f := create(c); reqDone(f) == 0 {
		t.Fatalf("create: %#v", f)
	}
	c.open(ch, access, sign)
	for i := range uint16(3) {
		if f, ok := c.append(ch, i).(*wire.Appended); !ok {
			t.Fatalf("append: %#v", f)
		}
	}
	backup() // 1: with the diary

	erase := func(c *socket) wire.Frame {
		return c.ask(&wire.Erase{Req: c.next(), Founding: founding, Sig: signFounding(wire.EraseContext(c.origin, c.hello.Nonce, ch))})
	}
	open := func(c *socket) wire.Frame {
		return c.ask(&wire.Open{Req: c.next(), Channel: ch, Access: access, Sig: sign(wire.OpenContext(c.origin, c.hello.Nonce, ch, access))})
	}
	stays := func(claim string) {
		t.Helper()
		var r sqlite.Report
		if out := mustRelay(t, dir, "fsck", "-json"); json.Unmarshal([]byte(out), &r) != nil || r.Erased != 1 || len(r.Findings) != 0 {
			t.Errorf("%s: fsck:\n%s", claim, out)
		}
	}
	gone := func(claim string) {
		t.Helper()
		s = serve(t, dir, port)
		c := s.dial(t)
		for name, f := range map[string]wire.Frame{"open": open(c), "create": create(c), "erase": erase(c)} {
			if no, ok := f.(*wire.Refused); !ok || no.Code != wire.Deleted {
				t.Errorf("%s: %s got %#v", claim, name, f)
			}
		}
		stays(claim)
	}
	if f := erase(c); reqDone(f) == 0 {
		t.Fatalf("erase: %#v", f)
	}
	s.kill()
	gone("after a hard end")
	backup() // 2: without

	restore := func(args ...string) string {
		t.Helper()
		if s.cmd.ProcessState == nil {
			s.kill()
		}
		if _, err := os.Lstat(filepath.Join(dir, "old")); err != nil {
			if err := os.Rename(path, filepath.Join(dir, "old")); err != nil {
				t.Fatal(err)
			}
			for _, suffix := range []string{"-wal", "-shm"} {
				if err := os.Rename(path+suffix, filepath.Join(dir, "old"+suffix)); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			os.Remove(path + suffix)
		}
		out := mustRelay(t, dir, append([]string{"restore", "copies", "-identity", "operator.key"}, args...)...)
		return out
	}
	restore()
	stays("from the backup after")
	if out := mustRelay(t, dir, "fsck"); !strings.Contains(out, " 0 boxes of 0 bytes") {
		t.Errorf("a backup holds what was erased before it:\n%s", out)
	}

	if out := restore("-number", "1"); !strings.Contains(out, "restore once more with -erased") {
		t.Errorf("restore:\n%s", out)
	}
	s = serve(t, dir, port)
	c = s.dial(t)
	if f, ok := open(c).(*wire.Opened); !ok || f.Head != 3 {
		t.Fatalf("from the backup before, without the old store: %#v", f)
	}
	if f := erase(c); reqDone(f) == 0 { // a device that knows
		t.Fatalf("erase again: %#v", f)
	}
	if out := restore("-number", "1", "-erased", "old"); !strings.Contains(out, "erased here again: 1") {
		t.Errorf("restore:\n%s", out)
	}
	gone("from the backup before")
	if out := mustRelay(t, dir, "audit", "list"); !strings.Contains(out, "1 channels erased again") || strings.Contains(out, ch.String()) {
		t.Errorf("audit list:\n%s", out)
	}
	s.kill()
	if out, err := relay(t, dir, "restore", "copies", "-identity", "operator.key", "-store", "new", "-erased", "operator.key"); err == nil || fileThere(filepath.Join(dir, "new")) {
		t.Errorf("what is no store was taken for one:\n%s", out)
	}
}
