package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"vialog/relay/internal/monitor"
	"vialog/shared/wire"
)

// status asks the relay that serves in dir. What needs a person here is left to
// the tests of monitor: this machine's disk may be short of room.
func status(t *testing.T, dir string) monitor.Status {
	t.Helper()
	out, err := relay(t, dir, "status", "-json")
	var s monitor.Status
	if e := json.Unmarshal([]byte(out), &s); e != nil {
		t.Fatalf("%v %v\n%s", err, e, out)
	}
	if (err != nil) != (len(s.Problems) > 0) {
		t.Errorf("ends with %v and has %d problems", err, len(s.Problems))
	}
	return s
}

// everyone opens a tenant for anybody and returns a channel of it, open on c.
func (c *socket) everyone(t *testing.T) (ch wire.Channel, access [32]byte, sign func([]byte) wire.Signature) {
	t.Helper()
	founding, signFounding := newKey()
	access, sign = newKey()
	if f, ok := c.create(founding, access, signFounding, sign, wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant}).(*wire.Done); !ok {
		t.Fatalf("create: %T", f)
	}
	ch = wire.ChannelOf(founding)
	c.open(ch, access, sign)
	return ch, access, sign
}

func (c *socket) append(ch wire.Channel, n uint16) wire.Frame {
	c.t.Helper()
	return c.ask(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{{ID: wire.BoxID{byte(n >> 8), byte(n)}, Data: make([]byte, 256)}}})
}

// eventually waits for what another process does in its own time.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestMaintenanceTakesNothingNewAndSurvivesAHardKill(t *testing.T) {
	dir, port, local := t.TempDir(), freePort(t), freePort(t)
	mustRelay(t, dir, "tenant", "add", "-open", "Everyone")
	s := serve(t, dir, port, "-metrics", "127.0.0.1:"+local)
	c := s.dial(t)
	ch, access, sign := c.everyone(t)
	if _, ok := c.append(ch, 1).(*wire.Appended); !ok {
		t.Fatal("an append is refused")
	}
	if got := status(t, dir); got.Connections != 1 || got.ChannelsOpen != 1 || got.Appends != 1 || got.Channels != 1 || got.StoredBytes != 256 ||
		got.Tenants["active"] != 1 || got.StoreBytes == 0 || got.Maintenance != nil || !got.Certificate.IsZero() {
		t.Errorf("%+v", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "vialog.sqlite.status")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", info, err)
	}

	for _, args := range [][]string{{"-until", "-2h"}, {"-until", "soon"}, {"-reason", "a\nb"}} {
		if out, err := relay(t, dir, append([]string{"maintenance", "on"}, args...)...); err == nil || !strings.Contains(out, args[0]) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	if out, err := relay(t, dir, "maintenance", "off"); err == nil || !strings.Contains(out, "there is no maintenance") {
		t.Errorf("%v\n%s", err, out)
	}
	mustRelay(t, dir, "maintenance", "on", "-until", "2h", "-reason", "a larger disk", "-actor", "ana")
	n := uint16(1)
	var refused *wire.Refused
	eventually(t, "appends go on", func() bool {
		n++
		var ok bool
		refused, ok = c.append(ch, n).(*wire.Refused)
		return ok
	})
	if left := time.Duration(refused.RetryAfter) * time.Millisecond; refused.Code != wire.Maintenance || left < 100*time.Minute || left > 121*time.Minute {
		t.Errorf("%v, again after %v", refused.Code, left)
	}

	s.kill()
	s = serve(t, dir, port, "-metrics", "127.0.0.1:"+local)
	c = s.dial(t)
	if head := c.open(ch, access, sign).Head; head != uint64(n)-1 {
		t.Errorf("head %d after %d appends", head, n-1)
	}
	if f, ok := c.ask(&wire.Read{Req: c.next(), Channel: ch, MaxBytes: 1 << 20}).(*wire.Boxes); !ok || len(f.Boxes) != int(n)-1 {
		t.Errorf("reading: %T", f)
	}
	founding, signFounding := newKey()
	key, signKey := newKey()
	rotate := &wire.Rotate{Channel: ch, Access: key, Signer: wire.ByAccess}
	rotate.Req = c.next()
	b := wire.RotateContext(c.origin, c.hello.Nonce, rotate)
	rotate.Sig, rotate.NewSig = sign(b), signKey(b)
	for name, f := range map[string]wire.Frame{
		"append": c.append(ch, n),
		"create": c.create(founding, key, signFounding, signKey, wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant}),
		"rotate": c.ask(rotate),
		"delete": c.ask(&wire.Delete{Req: c.next()}),
		"erase":  c.ask(&wire.Erase{Req: c.next()}),
	} {
		if r, ok := f.(*wire.Refused); !ok || r.Code != wire.Maintenance {
			t.Errorf("%s: %T %v", name, f, f)
		}
	}
	got := status(t, dir)
	if m := got.Maintenance; m == nil || m.Reason != "a larger disk" || time.Until(m.Until) < 100*time.Minute {
		t.Errorf("%+v", m)
	}
	resp, err := http.Get("http://127.0.0.1:" + local + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	for _, want := range []string{"\nvialog_relay_maintenance 1\n", "\nvialog_relay_connections 1\n", `refusals_total{code="maintenance"} 5`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, secret := range []string{"127.0.0.1", ch.String(), ch.String()[len(ch.String())-8:], "Everyone"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the metrics say %q", secret)
		}
	}

	mustRelay(t, dir, "maintenance", "off")
	eventually(t, "maintenance does not end", func() bool { _, ok := c.append(ch, n).(*wire.Appended); return ok })
	list := mustRelay(t, dir, "audit", "list")
	for _, act := range []string{"relay.maintenance.on", "relay.maintenance.off", "a larger disk", "ana"} {
		if !strings.Contains(list, act) {
			t.Errorf("no %s in\n%s", act, list)
		}
	}
	mustRelay(t, dir, "audit", "verify")

	recipient := regexp.MustCompile(`age1[0-9a-z]+`).FindString(mustRelay(t, dir, "backup", "keygen", "identity"))
	mustRelay(t, dir, "backup", "-to", filepath.Join(dir, "backups"), "-recipient", recipient)
	if got := status(t, dir); got.Backup.IsZero() || got.Clock.Sub(got.Backup).Abs() > time.Hour {
		t.Errorf("the last backup is of %v", got.Backup)
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	if out, err := relay(t, dir, "status"); err == nil || !strings.Contains(out, "nobody answers at vialog.sqlite.status") {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(s.log.String(), "127.0.0.1:") {
		t.Errorf("the log:\n%s", s.log)
	}
}
