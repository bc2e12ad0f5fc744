package main

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"strings"
	"testing"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
	"vialog/shared/evidence"
	"vialog/shared/wire"
)

// What a centre states is taken in, kept, judged, and refused where it is not its own.
func TestAStatementOfACentreIsTakenInAndJudged(t *testing.T) {
	d := newDeployment(t)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	id := wire.TenantID{7}
	s, err := sqlite.Open(d.path("vialog.sqlite"))
	ok(t, err)
	ok(t, s.AddTenant(t.Context(), store.Tenant{ID: id, Name: "Centre", State: store.Active, MaxChannels: 100, MaxBytes: 1 << 30, Created: d.now.AddDate(0, 0, -20),
		Requester: "jo", Approver: "mira", Approved: d.now.AddDate(0, 0, -20), Review: d.now.AddDate(1, 0, 0), Key: wire.TenantKey(key.Public().(ed25519.PublicKey))},
		store.Audit{Time: d.now.AddDate(0, 0, -20), Actor: "jo", Act: "tenant.add", Subject: id.String()}))
	ok(t, s.Close())
	st := &evidence.Statement{
		Tenant: id, Number: 1, Made: d.now.AddDate(0, 0, -1), Policy: 1, Leads: 2, LeadDevices: 2, Sheet: 5, Invitation: evidence.None, Check: evidence.None, Reviews: 1,
	}
	write := func(name string, by ed25519.PrivateKey) string {
		text := st.Text()
		return d.file(name, d.now, string(evidence.File(text, [64]byte(ed25519.Sign(by, evidence.Message(text))))))
	}
	finding := func() string {
		t.Helper()
		out, _ := d.check()
		for line := range strings.Lines(out) {
			if strings.Contains(line, "centre-evidence") {
				return line
			}
		}
		t.Fatalf("nothing is said of it:\n%s", out)
		return ""
	}
	d.must("isms", "plan", "-actor", "jo")
	if got := finding(); !strings.HasPrefix(got, "NOT-EVIDENCED") {
		t.Error(got)
	}
	good := write("good.txt", key)
	changed := d.file("changed.txt", d.now, strings.Replace(read(t, good), "leads 2", "leads 3", 1))
	for want, args := range map[string][]string{
		"key of today":          {changed},
		"not a statement":       {d.file("page.txt", d.now, "<!doctype html>")},
		"is too large":          {d.file("large.txt", d.now, strings.Repeat("x", 2<<20))},
		"no such file":          {d.path("none.txt")},
		"usage: relay isms imp": {good, good},
	} {
		if out, err := d.run(append([]string{"isms", "import"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, without %q\n%s", args, err, want, out)
		}
	}
	if out := d.must("isms", "import", good, "-actor", "jo"); !strings.Contains(out, "Statement 1 of "+id.String()+", made 2027-02-28T12:00:00Z, is taken in: 2 people, 2 devices.") {
		t.Error(out)
	}
	if got := finding(); !strings.HasPrefix(got, "PASSED") {
		t.Error(got)
	}
	if _, err := d.run("isms", "import", good); err == nil || !strings.Contains(err.Error(), "taken in before") {
		t.Error(err)
	}
	st.Number, st.Previous, st.NotRenewed = 2, evidence.HashOf([]byte(read(t, good))), 1
	d.must("isms", "import", write("next.txt", key), "-actor", "jo")
	if got := finding(); !strings.HasPrefix(got, "FAILED") || !strings.Contains(got, "removed still has: 1") {
		t.Error(got)
	}
	d.must("audit", "verify")
	if out := d.must("audit", "list"); strings.Count(out, "isms.import") != 2 {
		t.Error(out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	ok(t, err)
	return string(b)
}
