package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/relay/internal/backup"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
	"vialog/shared/isms"
	"vialog/shared/release"
	"vialog/shared/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A deployment is a relay that serves in this process, at a pinned time.
type deployment struct {
	t      *testing.T
	dir    string
	port   string
	now    time.Time
	signer string
	roots  *x509.CertPool
	reg    *isms.Register
}

func (d *deployment) program(out io.Writer) *program {
	return &program{out: out, log: io.Discard, env: func(string) string { return "" }, world: world{
		now: func() time.Time { return d.now }, synchronised: func() (bool, error) { return true, nil }, version: "v1.0.0",
		linked: []string{"example.org/m"}, roots: &tls.Config{RootCAs: d.roots}, register: d.reg,
	}}
}

func (d *deployment) path(name string) string { return filepath.Join(d.dir, name) }

func (d *deployment) run(args ...string) (string, error) {
	var out bytes.Buffer
	if args[0] != "backup" || args[1] != "keygen" {
		args = append(args, "-store", d.path("vialog.sqlite"))
	}
	err := d.program(&out).run(d.t.Context(), args)
	return out.String(), err
}

func (d *deployment) must(args ...string) string {
	d.t.Helper()
	out, err := d.run(args...)
	if err != nil {
		d.t.Fatalf("relay %q: %v\n%s", args, err, out)
	}
	return out
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// certificate makes one for diary.example.org that its own authority signs.
func (d *deployment) certificate(from, until time.Time) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(d.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"diary.example.org"}, NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ok(d.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	ok(d.t, err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		ok(d.t, os.WriteFile(d.path(name), pem.EncodeToMemory(block), 0o600))
	}
	cert, err := x509.ParseCertificate(der)
	ok(d.t, err)
	d.roots = x509.NewCertPool()
	d.roots.AddCert(cert)
}

// publish signs the smallest app.
func (d *deployment) publish() {
	private, signer, err := note.GenerateKey(rand.Reader, "publisher.example")
	ok(d.t, err)
	by, err := note.NewSigner(private)
	ok(d.t, err)
	d.signer = signer
	page := []byte("<!doctype html><title>Vialog</title>")
	m := &release.Manifest{Number: 5, Name: "test", Date: "2027-02-26", Policy: 1, Go: "go1", Headers: release.Common(""),
		Files: []release.File{{Path: release.Index, Hash: sha256.Sum256(page), Size: len(page), Headers: release.Own(release.Index, page)}}}
	signed, err := note.Sign(&note.Note{Text: m.Text()}, by)
	ok(d.t, err)
	ok(d.t, os.Mkdir(d.path("app"), 0o700))
	ok(d.t, os.WriteFile(d.path("app/index.html"), page, 0o600))
	ok(d.t, os.WriteFile(d.path("app/release.txt"), signed, 0o600))
}

// tenants are a centre that is in use and one that was left.
func (d *deployment) tenants() (left wire.TenantID) {
	s, err := sqlite.Open(d.path("vialog.sqlite"))
	ok(d.t, err)
	defer s.Close()
	for i, created := range []time.Time{d.now.AddDate(0, 0, -20), d.now.AddDate(0, 0, -200)} {
		t := store.Tenant{ID: wire.TenantID{byte(i + 1)}, Name: "Centre", State: store.Active, MaxChannels: 100, MaxBytes: 1 << 30, Created: created,
			Requester: "jo", Approver: "mira", Approved: created, Review: created.AddDate(1, 0, 0), Key: wire.TenantKey{byte(i + 1)}}
		ok(d.t, s.AddTenant(d.t.Context(), t, store.Audit{Time: created, Actor: "jo", Act: "tenant.add", Subject: t.ID.String()}))
		c := store.Channel{Founding: wire.FoundingKey{byte(i + 1)}, Access: wire.AccessKey{1}, Tenant: t.ID, Created: created}
		c.ID = wire.ChannelOf(c.Founding)
		ok(d.t, s.Create(d.t.Context(), c, store.TicketUse{ID: [16]byte{byte(i + 1)}, Max: 5, Expires: d.now.AddDate(1, 0, 0)}))
		left = t.ID
	}
	return left
}

// taken sets when a backup was taken, and that it was verified after.
func (d *deployment) taken(number int, at time.Time) {
	f := backup.Folder{Dir: d.path("backups")}
	list, err := f.List()
	ok(d.t, err)
	i := slices.IndexFunc(list, func(b backup.Backup) bool { return b.Number == number })
	list[i].Taken = at
	name := filepath.Join(f.Dir, "00000"+string(rune('0'+number)))
	ok(d.t, os.WriteFile(name+".manifest", list[i].Encode(), 0o600))
	ok(d.t, f.Verified(list[i]))
	ok(d.t, os.Chtimes(name+".verified", at.Add(time.Hour), at.Add(time.Hour)))
}

func (d *deployment) file(name string, at time.Time, lines ...string) string {
	ok(d.t, os.WriteFile(d.path(name), []byte(strings.Join(lines, "\n")), 0o600))
	ok(d.t, os.Chtimes(d.path(name), at, at))
	return d.path(name)
}

func newDeployment(t *testing.T) *deployment {
	d := &deployment{t: t, dir: t.TempDir(), port: freePort(t), now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	b, err := os.ReadFile("testdata/isms/register.json")
	ok(t, err)
	d.reg = &isms.Register{}
	ok(t, json.Unmarshal(b, d.reg))
	whole, err := isms.Load()
	ok(t, err)
	// What they are called does not change with the sentences of the register.
	for _, c := range whole.Checks {
		name := strings.ReplaceAll(c.ID, "-", " ")
		d.reg.Checks = append(d.reg.Checks, isms.Check{ID: c.ID, Title: isms.Text{EN: name, DE: name}, Owner: c.Owner})
	}
	slices.SortFunc(d.reg.Checks, func(a, b isms.Check) int { return strings.Compare(a.ID, b.ID) })
	d.certificate(d.now.AddDate(-5, 0, 0), d.now.AddDate(1, 0, 0))
	d.publish()
	return d
}

// serve serves until the test ends.
func (d *deployment) serve() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- d.program(io.Discard).run(ctx, []string{"serve", "-store", d.path("vialog.sqlite"), "-app", d.path("app"), "-listen", "127.0.0.1:" + d.port,
			"-origin", "https://diary.example.org", "-tls-cert", d.path("cert.pem"), "-tls-key", d.path("key.pem"), "-security-contact", "mailto:security@example.org", "-security-key", "https://example.org/security.asc"})
	}()
	d.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
	})
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	eventually(d.t, "it does not serve", func() bool {
		select {
		case err := <-ended:
			ended <- nil
			d.t.Fatal(err)
		default:
		}
		resp, err := client.Get("https://127.0.0.1:" + d.port + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		_, err = os.Stat(d.path("vialog.sqlite.status"))
		return resp.StatusCode == 200 && err == nil
	})
}

func (d *deployment) check() (string, error) {
	day := d.now.Add(-time.Hour)
	scan := d.file("scan.json", day, `{"config":{"scanner_name":"govulncheck","scan_level":"symbol","db_last_modified":"`+day.Format(time.RFC3339)+`"}}`)
	modules := d.file("modules.json", day, `{"Path":"example.org/m"}`, `{"Path":"example.org/tool","Update":{"Version":"v2"}}`)
	tests := d.file("tests.json", day, `{"Time":"`+day.Format(time.RFC3339)+`","Action":"pass","Package":"vialog/relay","Test":"TestACentreIsRegisteredAndDeRegistered"}`,
		`{"Time":"`+day.Format(time.RFC3339)+`","Action":"pass","Package":"vialog/relay","Test":"TestBackupAndRestoreOfARelayThatServes"}`)
	return d.run("isms", "check", "-origin", "https://diary.example.org", "-reach", "127.0.0.1:"+d.port, "-app", d.path("app"), "-signer", d.signer, "-actor", "jo",
		"-backups", d.path("backups"), "-scan", scan, "-modules", modules, "-tests", tests)
}

// chainHash is that of the report before, and of how full this disk was.
var chainHash = regexp.MustCompile(`( (?:mit dem|with the) [Hh]ash) <code>[0-9a-f]{64}</code>`)

var percentFree = regexp.MustCompile(`\d+ (percent|Prozent)( of the disk| des Datenträgers)`)

// golden compares a page with what it was, without its style. How full this disk
// is does not matter.
func golden(t *testing.T, name string, page []byte) {
	t.Helper()
	before, rest, _ := bytes.Cut(page, []byte("<style>"))
	_, after, _ := bytes.Cut(rest, []byte("</style>\n"))
	page = slices.Concat(before, after)
	page = percentFree.ReplaceAll(page, []byte("50 $1$2"))
	page = chainHash.ReplaceAll(page, []byte("$1 <code>…</code>"))
	path := filepath.Join("testdata", "isms", name)
	if *update {
		ok(t, os.WriteFile(path, page, 0o644))
	}
	want, err := os.ReadFile(path)
	ok(t, err)
	if !bytes.Equal(page, want) {
		t.Errorf("%s is another page (go test ./relay -run Cycle -update writes it): it has %d bytes, and %d are expected", name, len(page), len(want))
	}
}

// Twice around: what was found in the first cycle is seen to be gone in the second.
func TestACycleFindsWhatIsWrongAndTheNextSeesItGone(t *testing.T) {
	d := newDeployment(t)
	left := d.tenants()
	d.serve()
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
		if out, err := d.run(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("relay %q: %v, without %q\n%s", args, err, want, out)
		}
	}
	export := func(folder string) map[string][]byte {
		t.Helper()
		d.must("isms", "report", "-to", d.path(folder))
		d.must("isms", "report", "-to", d.path(folder), "-lang", "de")
		files := map[string][]byte{}
		ok(t, fs.WalkDir(os.DirFS(d.path(folder)), ".", func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files[path], err = os.ReadFile(filepath.Join(d.path(folder), path))
			}
			return err
		}))
		return files
	}

	if _, err := d.check(); err == nil || !strings.Contains(err.Error(), "relay isms plan") {
		t.Errorf("checked without a plan: %v", err)
	}
	refused("nothing was checked", "isms", "report", "-to", d.path("none"))
	refused("no target is called", "isms", "plan", "-target", "luck=1")
	says(d.must("isms", "plan", "-actor", "jo", "-target", "disk-percent=1", "-until", "2028-01-31", "-reason", "first look at everything"), "Cycle 1", "disk-percent=1 ")
	refused("not checked yet", "isms", "plan", "-actor", "jo")
	d.must("audit", "key", "diary.example.org/audit")
	refused("there are: hosting-certificate", "isms", "declare", "luck", "-role", "x", "-says", "y")
	refused("-role and -says", "isms", "declare", "hosting-certificate")
	says(d.must("isms", "declare", "hosting-certificate", "-actor", "mira", "-role", "head of operations", "-says", "C5 type 2, valid for both sites.", "-file", d.file("c5.pdf", d.now, "%PDF")), "until 2028-03-01")
	recipient := regexp.MustCompile(`age1[0-9a-z]+`).FindString(d.must("backup", "keygen", d.path("identity")))
	d.must("backup", "-to", d.path("backups"), "-recipient", recipient)
	d.taken(1, d.now.AddDate(0, 0, -9))
	d.must("audit", "head")

	out, err := d.check()
	if !errors.Is(err, errPerson) {
		t.Errorf("ends with %v\n%s", err, out)
	}
	says(out, "FAILED        backup-age: Backup 1 is of 2027-02-20T12:00:00Z", "FAILED        tenants-dormant: Nothing was written for 90 days: "+left.String(), "2 failed",
		"N1 (backup-age) is open: relay isms act N1", "N2 (tenants-dormant) is open")
	refused("later run", "isms", "act", "N1", "-close")
	refused("no open nonconformity", "isms", "act", "N3", "-close")
	refused("-action, -who and -due", "isms", "act", "N1", "-action", "x")
	refused("has passed", "isms", "act", "N1", "-action", "x", "-who", "y", "-due", "2027-02-28")
	d.must("isms", "act", "N1", "-actor", "jo", "-action", "a timer runs relay backup each night", "-who", "operations", "-due", "2027-03-08")
	d.must("isms", "act", "N2", "-actor", "jo", "-action", "ask the centre; remove it if it has ended", "-who", "head of operations", "-due", "2027-03-31")
	first := export("first")
	golden(t, "cycle-1.html", first["report-en.html"])
	page := string(first["report-en.html"])
	says(page, "supports certification", "a timer runs relay backup each night", "11.1.6", "Does not apply")
	if regexp.MustCompile(`(?i)\bcertified\b|<script|https?://[^d]`).MatchString(page) {
		t.Error("the page says that something is certified, or needs something from elsewhere")
	}

	// Both are dealt with.
	d.now = d.now.AddDate(0, 2, 0)
	d.must("backup", "-to", d.path("backups"), "-recipient", recipient, "-full")
	d.taken(2, d.now.Add(-6*time.Hour))
	d.must("tenant", "remove", left.String(), "-actor", "jo", "-reason", "the centre has closed", "-grace", "36500")
	says(d.must("isms", "plan", "-actor", "jo", "-target", "backup-hours=24", "-until", "2028-06-30", "-reason", "backups each night"), "Cycle 2", "disk-percent=1 ", "backup-hours=24 ")
	d.must("isms", "declare", "continuity-plan", "-actor", "mira", "-role", "head of operations", "-says", "Drilled in May.", "-until", "2027-11-30")
	d.must("audit", "head")
	out, err = d.check()
	if err != nil {
		t.Errorf("ends with %v\n%s", err, out)
	}
	says(out, "PASSED        backup-age", "PASSED        tenants-dormant", " 0 failed", "N1 (backup-age) passes again: relay isms act N1 -close")
	d.now = d.now.Add(time.Hour)
	d.must("isms", "act", "N1", "-actor", "mira", "-close", "-reason", "seen in the run of today")
	d.must("isms", "act", "N2", "-actor", "mira", "-close")
	second := export("second")
	golden(t, "cycle-2.html", second["report-en.html"])
	golden(t, "cycle-2-de.html", second["report-de.html"])
	if len(second) != 9 {
		t.Errorf("the report has %d files", len(second))
	}
	says(string(second["plan-of-action-and-milestones.json"]), `"status": "closed"`, `"lifecycle": "completed"`)
	says(string(second["report-en.html"]), "What changed since cycle 1", "N1 (backup age) was closed.", "Target backup-hours: was 48, is 24.", "backup age: was failed, is passed.")
	for name, b := range export("again") {
		if !bytes.Equal(b, second[name]) {
			t.Errorf("%s is another when exported again", name)
		}
	}
	says(d.must("audit", "list"), "isms.plan", "isms.check", "isms.declare", "isms.act", "isms.report")
	d.must("audit", "verify")

	// Both are in the chain once, whichever way they were exported, and as they were.
	says(d.must("isms", "verify"), "2 reports, each naming the one before", "continues the head")
	says(d.must("isms", "verify", "-files", d.path("first")), "9 files", "report 1, of cycle 1")
	says(d.must("isms", "verify", "-files", d.path("again")), "9 files", "report 2, of cycle 2")
	ok(t, os.WriteFile(d.path("first/report-en.html"), bytes.Replace(first["report-en.html"], []byte("operations"), []byte("nobody"), 1), 0o600))
	refused("report-en.html is not as it was ever handed out", "isms", "verify", "-files", d.path("first"))
	ok(t, os.WriteFile(d.path("first/report-en.html"), second["report-en.html"], 0o600))
	refused("are of different reports", "isms", "verify", "-files", d.path("first"))
}

// A cycle that nobody reported is reported when the next begins.
func TestNoCycleGoesByWithoutAReport(t *testing.T) {
	d := newDeployment(t)
	d.serve()
	d.must("isms", "plan")
	d.check()
	d.must("isms", "plan")
	if out := d.must("isms", "verify"); !strings.Contains(out, "1 report, ") {
		t.Error(out)
	}
	d.check()
	d.must("isms", "report", "-to", d.path("report"))
	if out := d.must("isms", "verify", "-files", d.path("report")); !strings.Contains(out, "8 files") || !strings.Contains(out, "report 2, of cycle 2") {
		t.Error(out)
	}
}

func TestTheWholeRegisterIsReported(t *testing.T) {
	d := newDeployment(t)
	d.tenants()
	d.serve()
	d.reg = nil // the one inside
	d.must("isms", "plan")
	d.check()
	for _, lang := range []string{"en", "de"} {
		d.must("isms", "report", "-to", d.path("report"), "-lang", lang)
		b, err := os.ReadFile(d.path("report/report-" + lang + ".html"))
		ok(t, err)
		r, err := isms.Load()
		ok(t, err)
		for _, c := range r.Controls {
			if !bytes.Contains(b, []byte(">"+c.ID+" (")) {
				t.Errorf("%s: %s is not in the report", lang, c.ID)
			}
		}
	}
	if _, err := d.run("isms", "report", "-lang", "fr", "-to", d.path("report")); err == nil {
		t.Error("a report in a language that there is not")
	}
}
