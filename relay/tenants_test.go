package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
)

// A centre is registered, used, looked at again, and de-registered, as two
// operators type it, while a relay serves.
func TestACentreIsRegisteredAndDeRegistered(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	s := serve(t, dir, port)
	run := func(args ...string) string { t.Helper(); return mustRelay(t, dir, args...) }
	says := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("no %q in:\n%s", w, out)
			}
		}
	}
	refused := func(want string, args ...string) {
		t.Helper()
		if out, err := relay(t, dir, args...); err == nil || !strings.Contains(out, want) {
			t.Errorf("relay %v: %v, without %q\n%s", args, err, want, out)
		}
	}
	refused("-contact", "tenant", "request", "My centre", "-actor", "jo", "-reason", "contract 17")
	refused("-reason", "tenant", "request", "My centre", "-actor", "jo", "-contact", "head of the clinic")
	refused("relay tenant request", "tenant", "add", "My centre", "-four-eyes")
	out := run("tenant", "request", "My centre", "-actor", "jo", "-contact", "head of the clinic", "-reason", "contract 17", "-channels", "5")
	id := regexp.MustCompile(`tenant_[0-9A-Z]+`).FindString(out)
	says(out, "relay tenant approve "+id)
	says(run("tenant", "list"), "requested", "My centre waits for approval: relay tenant approve "+id)
	refused("somebody else", "tenant", "approve", id, "-actor", "jo", "-four-eyes")
	refused("is requested: relay tenant approve", "tenant", "suspend", id, "-reason", "x")
	refused("as 2027-01-31", "tenant", "approve", id, "-next", "soon")
	codeIn := func(out string) wire.Code {
		t.Helper()
		typed := regexp.MustCompile(`\n    ([0-9A-Z-]{35})\n`).FindStringSubmatch(out)
		if typed == nil {
			t.Fatalf("no code in:\n%s", out)
		}
		code, err := wire.ParseCode(typed[1])
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	void := codeIn(run("tenant", "approve", id, "-actor", "mira", "-four-eyes", "-bytes", "1000000", "-origin", s.origin))
	code := codeIn(run("tenant", "code", id, "-origin", s.origin))

	c := s.dial(t)
	lead, signLead := newKey()
	register := func(code wire.Code) wire.Frame {
		return c.ask(&wire.Register{Req: c.next(), Code: code, Key: lead, Sig: signLead(wire.RegisterContext(c.origin, c.hello.Nonce, code, lead))})
	}
	if r, ok := register(void).(*wire.Refused); !ok || r.Code != wire.CodeInvalid {
		t.Errorf("a code that was replaced: %+v", r)
	}
	registered, ok := register(code).(*wire.Registered)
	if !ok {
		t.Fatal("the code is not taken")
	}
	refused("no such tenant", "tenant", "approve", id+"X")
	refused("is active", "tenant", "approve", id)
	ticket := wire.Ticket{Tenant: registered.Tenant, ID: wire.TicketID{1}, Channels: 1, Expires: uint64(time.Now().Add(time.Hour).Unix())}
	ticket.Sig = signLead(wire.TicketContext(&ticket))
	founding, signFounding := newKey()
	access, signAccess := newKey()
	if f := c.create(founding, access, signFounding, signAccess, wire.Admission{Kind: wire.ByTicket, Ticket: ticket}); reqDone(f) == 0 {
		t.Fatalf("create: %T", f)
	}
	ch := wire.ChannelOf(founding)
	c.open(ch, access, signAccess)
	secret := bytes.Repeat([]byte("a sealed box of this centre. "), 40)
	if f, ok := c.ask(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{{ID: wire.BoxID{1}, Data: secret}}}).(*wire.Appended); !ok {
		t.Fatalf("append: %T", f)
	}

	says(run("tenant", "show", id), "head of the clinic", "by jo", "by mira", "1 of 5", "of 1000000")
	says(run("tenant", "quota", id, "-channels", "7", "-reason", "more patients"), "7 channels and 1,000,000 bytes")
	says(run("tenant", "review", id, "-next", "2099-01-31"), "2099-01-31")
	says(run("tenant", "list"), "active", "1 of 7", "2099-01-31")
	says(run("tenant", "dormant"), "Nothing is dormant")
	refused("remove it first", "tenant", "erase", id, "-reason", "contract ended")

	says(run("tenant", "remove", id, "-reason", "contract ended"), "is leaving", "relay tenant erase "+id)
	refused("have until", "tenant", "erase", id, "-reason", "contract ended")
	refused("is leaving", "tenant", "resume", id, "-reason", "changed their mind")
	run("tenant", "remove", id, "-grace", "0", "-reason", "they said they have everything")
	says(run("tenant", "list"), "leaving until", "has had its time to leave: relay tenant erase "+id)
	if held(t, dir, secret[:58]) == 0 {
		t.Fatal("the box is not in the file to begin with: the search finds nothing")
	}
	os.WriteFile(filepath.Join(dir, "vialog.sqlite.layout2"), nil, 0o600)
	says(run("tenant", "erase", id, "-reason", "contract ended", "-actor", "mira"), "nothing is left", "1 channels, 1 boxes", "delete the backups", "vialog.sqlite.layout2")
	if n := held(t, dir, secret[:58]); n != 0 {
		t.Errorf("the box is still in the files, %d times", n)
	}
	says(run("tenant", "erase", id, "-reason", "again"), "nothing was left on")
	says(run("tenant", "list"), "erased")
	d := s.dial(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) { // the relay looks every few seconds
		f := d.ask(&wire.Open{Req: d.next(), Channel: ch, Access: access, Sig: signAccess(wire.OpenContext(d.origin, d.hello.Nonce, ch, access))})
		if r, ok := f.(*wire.Refused); ok && r.Code == wire.NoAccess {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the channel of an erased tenant: %T", f)
		}
	}
	if r, ok := register(code).(*wire.Refused); !ok || r.Code != wire.CodeInvalid {
		t.Errorf("the code of an erased tenant: %+v", r)
	}

	list := run("audit", "list")
	for _, act := range []string{"tenant.request", "tenant.approve", "tenant.code", "tenant.redeem", "tenant.quota", "tenant.review", "tenant.remove", "tenant.grace", "tenant.erase", "tenant.wiped", `reason "contract 17"`, `requested by "jo"`} {
		if strings.Count(list, act) != 1 {
			t.Errorf("%s is %d times in:\n%s", act, strings.Count(list, act), list)
		}
	}
	if strings.Contains(list, ch.String()) {
		t.Error("the log names a channel")
	}
	says(run("audit", "verify"), "10 records")
	says(run("fsck"), "sound")
}

// held counts how often a text is in the files of the store.
func held(t *testing.T, dir string, text []byte) (n int) {
	t.Helper()
	for _, name := range []string{"vialog.sqlite", "vialog.sqlite-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(b, text)
	}
	return n
}
