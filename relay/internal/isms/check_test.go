package isms

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/relay/internal/backup"
	"vialog/relay/internal/files"
	"vialog/relay/internal/ledger"
	"vialog/relay/internal/monitor"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/relay/internal/store/sqlite"
	statement "vialog/shared/evidence"
	"vialog/shared/isms"
	"vialog/shared/release"
	"vialog/shared/wire"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

const origin = "https://diary.example.org"

// An authority signs certificates for diary.example.org.
type authority struct {
	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	roots *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check1(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: noon.AddDate(-9, 0, 0), NotAfter: noon.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check1(t, err)
	cert, err := x509.ParseCertificate(der)
	check1(t, err)
	a := &authority{key, cert, x509.NewCertPool()}
	a.roots.AddCert(cert)
	return a
}

func (a *authority) issue(t *testing.T, name string, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check1(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	check1(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func check1(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A demo is a deployment in which everything is well; tests break one thing.
type demo struct {
	t         *testing.T
	authority *authority
	cert      tls.Certificate
	tls       *tls.Config
	wrap      func(http.Handler) http.Handler
	status    monitor.Status
	tenants   []store.Tenant
	activity  []store.Activity
	backups   string
	site      *Site
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// aged sets when a backup that is alone in its folder was taken.
func aged(t *testing.T, dir string, taken time.Time) {
	t.Helper()
	list, err := backup.Folder{Dir: dir}.List()
	check1(t, err)
	m := list[0].Manifest
	m.Taken = taken
	check1(t, os.WriteFile(filepath.Join(dir, "000001.manifest"), m.Encode(), 0o600))
	check1(t, os.RemoveAll(filepath.Join(dir, "000001.verified")))
}

func verified(t *testing.T, dir string, at time.Time) {
	t.Helper()
	f := backup.Folder{Dir: dir}
	list, err := f.List()
	check1(t, err)
	check1(t, f.Verified(list[0]))
	check1(t, os.Chtimes(filepath.Join(dir, "000001.verified"), at, at))
}

func written(t *testing.T, at time.Time, values ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "values.json")
	var b []byte
	for _, v := range values {
		one, err := json.Marshal(v)
		check1(t, err)
		b = append(b, one...)
		b = append(b, '\n')
	}
	check1(t, os.WriteFile(path, b, 0o600))
	check1(t, os.Chtimes(path, at, at))
	return path
}

// log is a log of n acts, begun at a time.
func log(t *testing.T, n int, at time.Time) *memory.Store {
	t.Helper()
	s := memory.New()
	for i := range n {
		check1(t, s.Record(t.Context(), store.Audit{Time: at.Add(time.Duration(i) * time.Hour), Actor: "jo", Act: "test", Detail: fmt.Sprint(i)}))
	}
	return s
}

func headOf(t *testing.T, l ledger.Log) *ledger.Head {
	t.Helper()
	tree, err := ledger.Verify(t.Context(), l, nil)
	check1(t, err)
	h, err := ledger.HeadOf("diary.example.org/audit", tree)
	check1(t, err)
	return &h
}

func small() *isms.Register {
	day := func(s string) (d isms.Date) { d.UnmarshalText([]byte(s)); return d }
	r := &isms.Register{
		Areas: []isms.Area{{Number: 11, Title: isms.Text{EN: "Physical", DE: "Physisch"}}},
		Controls: []isms.Control{{ID: "11.1.6", Edition22: []string{"7.2"}, Title: isms.Text{EN: "Delivery", DE: "Anlieferung"}, Owner: isms.Operator, Kind: isms.Declared,
			Why: isms.Text{EN: "Nothing is delivered.", DE: "Nichts wird angeliefert."}}},
		Documents: []isms.Document{{ID: "roles", Title: isms.Text{EN: "Roles", DE: "Rollen"}, Owner: isms.Operator, Review: 12}},
		Crypto: isms.Crypto{Version: 1, Issued: day("2026-11-01"), Review: day("2027-11-01"), Algorithms: []isms.Algorithm{
			{ID: "aead", Name: "XChaCha20-Poly1305", State: "write", Verdict: isms.NotListed, Since: day("2026-11-01"), Until: day("2030-01-01")},
			{ID: "old", Name: "an older one", State: "read", Verdict: isms.Listed, Since: day("2020-11-01"), Until: day("2025-01-01")},
		}},
	}
	for _, c := range checks {
		r.Checks = append(r.Checks, isms.Check{ID: c.id, Title: isms.Text{EN: c.id, DE: c.id}, Owner: isms.Operator})
	}
	return r
}

func declaration(t *testing.T, r *isms.Register, document string, day, until Day) Declaration {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "diary.example.org/audit")
	check1(t, err)
	by, err := note.NewSigner(private)
	check1(t, err)
	d, err := Declare(r, Declaration{Document: document, Role: "head of operations", Says: "All is as written.", Day: day, Until: until}, public, by)
	check1(t, err)
	return d
}

func newDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{t: t, authority: newAuthority(t), wrap: func(h http.Handler) http.Handler { return h }, backups: t.TempDir()}
	d.cert = d.authority.issue(t, "diary.example.org", noon.AddDate(0, 0, 60))
	d.tls = &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
	d.status = monitor.Status{Version: "v1", Protocol: 1, DiskBytes: 1000_000, DiskFreeBytes: 500_000}
	centre := store.Tenant{ID: wire.TenantID{1}, State: store.Active, MaxChannels: 10, MaxBytes: 1_000_000, Created: noon.AddDate(-1, 0, 0),
		Requester: "jo", Approver: "mira", Review: noon.AddDate(0, 6, 0)}
	centre.Key = keyOf(1)
	d.tenants = []store.Tenant{centre}
	d.activity = []store.Activity{{Tenant: centre.ID, Channels: 2, Dormant: 1}}

	s, err := sqlite.Open(filepath.Join(t.TempDir(), "store"))
	check1(t, err)
	defer s.Close()
	_, err = backup.Folder{Dir: d.backups}.Make(t.Context(), s, backup.Options{Seal: func(w io.Writer) (io.WriteCloser, error) { return plain{w}, nil }})
	check1(t, err)
	aged(t, d.backups, noon.Add(-5*time.Hour))
	verified(t, d.backups, noon.Add(-4*time.Hour))

	private, signer, err := note.GenerateKey(rand.Reader, "publisher.example")
	check1(t, err)
	by, err := note.NewSigner(private)
	check1(t, err)
	page := []byte("<!doctype html><title>Vialog</title>")
	m := &release.Manifest{Number: 5, Name: "test", Date: "2027-02-26", Policy: 1, Go: "go1", Headers: release.Common(""),
		Files: []release.File{{Path: release.Index, Hash: sha256.Sum256(page), Size: len(page), Headers: release.Own(release.Index, page)}}}
	signed, err := note.Sign(&note.Note{Text: m.Text()}, by)
	check1(t, err)
	app, err := files.New(fstest.MapFS{"index.html": {Data: page}, "release.txt": {Data: signed}}, files.Options{TLS: true})
	check1(t, err)

	l := log(t, 8, noon.Add(-40*24*time.Hour))
	register := small()
	declared := declaration(t, register, "roles", DayOf(noon.AddDate(0, -1, 0)), Day{})
	d.site = &Site{
		Now: noon, Register: register, Plan: &Plan{Cycle: 1}, Origin: origin, App: origin, Version: "v1", Signer: signer,
		History:  &History{Entries: []Entry{{Time: noon.Add(-time.Hour), Declaration: &declared}, stating(1, ofCentre(1, nil))}},
		Status:   func(context.Context) (monitor.Status, error) { return d.status, nil },
		Tenants:  func(context.Context) ([]store.Tenant, error) { return d.tenants, nil },
		Activity: func(context.Context, time.Time) ([]store.Activity, error) { return d.activity, nil },
		Sound:    func(context.Context) error { return nil },
		Log:      l, Head: headOf(t, l), Backups: d.backups,
		Synchronised: func() (bool, error) { return true, nil },
		Scan: written(t, noon.AddDate(0, 0, -1), map[string]any{"config": map[string]any{"scanner_name": "govulncheck", "scan_level": "symbol", "db_last_modified": noon.AddDate(0, 0, -2)}},
			map[string]any{"finding": map[string]any{"osv": "GO-2027-0001", "trace": []any{map[string]any{"module": "example.org/m"}}}}),
		Modules: written(t, noon.AddDate(0, 0, -1), map[string]any{"Path": "example.org/m", "Time": noon.AddDate(0, 0, -20), "Update": map[string]any{"Version": "v2"}},
			map[string]any{"Path": "example.org/tool", "Time": noon.AddDate(-1, 0, 0), "Update": map[string]any{"Version": "v2"}}),
		Linked: []string{"example.org/m"},
	}
	d.wrap = func(h http.Handler) http.Handler { return h }
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != contactPath {
				app.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, "Contact: mailto:security@example.org\nEncryption: https://example.org/security.asc\nExpires: "+noon.AddDate(0, 0, 20).Format(time.RFC3339)+"\n")
		})).ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := d.tls.Clone()
		c.Certificates = []tls.Certificate{d.cert}
		return c, nil
	}}
	server.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	d.site.Reach = server.Listener.Addr().String()
	d.site.TLS = &tls.Config{RootCAs: d.authority.roots}
	return d
}

// header serves the app with one header set, or without it.
func header(name, value string) func(d *demo) {
	return func(d *demo) {
		d.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				next.ServeHTTP(rec, r)
				for k, v := range rec.Header() {
					w.Header()[k] = v
				}
				w.Header().Del(name)
				if value != "" {
					w.Header().Set(name, value)
				}
				w.WriteHeader(rec.Code)
				w.Write(rec.Body.Bytes())
			})
		}
	}
}

// answers serves a path otherwise.
func answers(path, body string) func(d *demo) {
	return func(d *demo) {
		d.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == path {
					io.WriteString(w, body)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
}

func trouble(code string) func(d *demo) {
	return func(d *demo) {
		d.status.Problems = append(d.status.Problems, monitor.Problem{Code: code, Detail: "so"})
	}
}

func tenant(change func(*store.Tenant)) func(d *demo) {
	return func(d *demo) { change(&d.tenants[0]) }
}

// without makes something that cannot be looked at.
func without(change func(*Site)) func(d *demo) { return func(d *demo) { change(d.site) } }

func away(d *demo) {
	d.site.Status = func(context.Context) (monitor.Status, error) { return monitor.Status{}, errors.New("nobody answers") }
}

func unreadable(d *demo) {
	d.site.Tenants = func(context.Context) ([]store.Tenant, error) { return nil, errors.New("torn") }
	d.site.Activity = func(context.Context, time.Time) ([]store.Activity, error) { return nil, errors.New("torn") }
}

func nobody(d *demo) { d.site.Reach = "127.0.0.1:1" }

// A rewritten log has one record altered.
type rewritten struct{ ledger.Log }

func (l rewritten) Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error) {
	page, err := l.Log.Audits(ctx, after, n)
	for i := range page {
		if page[i].Index == 3 {
			page[i].Actor = "mallory"
		}
	}
	return page, err
}

// What is broken, by check, and what it must say. A check for which nothing can
// be broken would show nothing.
var breakages = []struct {
	check, name string
	broken      func(d *demo)
	want        State
	says        string
}{
	{"tls", "the certificate ends in ten days", func(d *demo) { d.cert = d.authority.issue(d.t, "diary.example.org", noon.AddDate(0, 0, 10)) }, Failed, "in 10 days"},
	{"tls", "the certificate has ended", func(d *demo) { d.cert = d.authority.issue(d.t, "diary.example.org", noon.AddDate(0, 0, -1)) }, Failed, "refused"},
	{"tls", "the certificate is of another name", func(d *demo) { d.cert = d.authority.issue(d.t, "other.example.org", noon.AddDate(1, 0, 0)) }, Failed, "refused"},
	{"tls", "nobody trusts the authority", func(d *demo) { d.cert = newAuthority(d.t).issue(d.t, "diary.example.org", noon.AddDate(1, 0, 0)) }, Failed, "refused"},
	{"tls", "an old version is taken", func(d *demo) { d.tls.MinVersion, d.tls.CipherSuites = tls.VersionTLS10, nil }, Failed, "TLS 1.1"},
	{"tls", "a weak suite is taken", func(d *demo) {
		d.tls.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	}, Failed, "CBC"},
	{"tls", "there is no TLS", without(func(s *Site) { s.Origin = "http://diary.example.org" }), Failed, "without TLS"},
	{"tls", "nobody answers", nobody, NotEvidenced, "refused"},
	{"headers", "the policy is missing", header("Content-Security-Policy", ""), Failed, "Content-Security-Policy"},
	{"headers", "a proxy softens a header", header("X-Frame-Options", "SAMEORIGIN"), Failed, "X-Frame-Options"},
	{"headers", "no HSTS", header("Strict-Transport-Security", ""), Failed, "Strict-Transport-Security"},
	{"headers", "another page", answers("/", "<script>"), Failed, "is \"\""},
	{"headers", "no manifest", answers(release.Path, "x"), Failed, "manifest"},
	{"headers", "no app here", without(func(s *Site) { s.App = "" }), NotEvidenced, "no app"},
	{"headers", "nobody answers", nobody, NotEvidenced, "refused"},
	{"version", "another runs", func(d *demo) { d.status.Version = "v0" }, Failed, "v0 runs"},
	{"version", "no relay answers", away, NotEvidenced, "nobody answers"},
	{"signed-release", "signed by another", without(func(s *Site) {
		_, s.Signer, _ = note.GenerateKey(rand.Reader, "stranger.example")
	}), Failed, "not signed"},
	{"signed-release", "a changed file", answers("/index.html", "<script>"), Failed, "/index.html"},
	{"signed-release", "no signer is known", without(func(s *Site) { s.Signer = "" }), NotEvidenced, "not said"},
	{"signed-release", "nobody answers", nobody, NotEvidenced, "refused"},
	{"security-contact", "there is none", func(d *demo) {
		d.wrap = func(http.Handler) http.Handler { return http.NotFoundHandler() }
	}, Failed, "404"},
	{"security-contact", "a page is there instead", header("Content-Type", "text/html"), Failed, "There is no"},
	{"security-contact", "it names nobody", answers(contactPath, "Expires: 2099-01-01T00:00:00Z\n"), Failed, "no contact"},
	{"security-contact", "it does not end", answers(contactPath, "Contact: mailto:a@example.org\n"), Failed, "until when"},
	{"security-contact", "it has ended", answers(contactPath, "Contact: mailto:a@example.org\nExpires: 2020-01-01T00:00:00Z\n"), Failed, "any more"},
	{"security-contact", "a report cannot be encrypted", answers(contactPath, "Contact: mailto:a@example.org\nExpires: 2099-01-01T00:00:00Z\n"), Failed, "names no key"},
	{"security-contact", "nobody answers", nobody, NotEvidenced, "refused"},
	{"crypto-policy", "its review is overdue", without(func(s *Site) { s.Register.Crypto.Review = s.Register.Crypto.Issued }), Failed, "was due"},
	{"crypto-policy", "an algorithm is past its end", without(func(s *Site) { s.Register.Crypto.Algorithms[1].State = "write" }), Failed, "an older one"},
	{"crypto-policy", "an algorithm ends within a year", without(func(s *Site) {
		s.Register.Crypto.Algorithms[0].Until.UnmarshalText([]byte(noon.AddDate(0, 11, 0).Format(time.DateOnly)))
	}), Failed, "less than a year"},
	{"crypto-policy", "there is none", without(func(s *Site) { s.Register.Crypto.Algorithms = nil }), NotEvidenced, "no algorithms"},
	{"tenants-dormant", "nothing was written to any channel", func(d *demo) { d.activity[0].Dormant = 2 }, Failed, "tenant_"},
	{"tenants-dormant", "it never had a channel", func(d *demo) { d.activity = nil }, Failed, "tenant_"},
	{"tenants-dormant", "the store cannot be read", unreadable, NotEvidenced, "torn"},
	{"tenants-dormant", "there is no tenant", func(d *demo) { d.tenants = nil }, NotEvidenced, "no tenant"},
	{"tenants-review", "its date has passed", tenant(func(t *store.Tenant) { t.Review = noon.Add(-time.Hour) }), Failed, "tenant_"},
	{"tenants-review", "no date was ever set", tenant(func(t *store.Tenant) { t.Review = time.Time{} }), Failed, "tenant_"},
	{"tenants-review", "the store cannot be read", unreadable, NotEvidenced, "torn"},
	{"tenants-leaving", "its grace is over", tenant(func(t *store.Tenant) { t.State, t.Ends = store.Leaving, noon.Add(-time.Hour) }), Failed, "tenant_"},
	{"tenants-leaving", "its erasure was interrupted", tenant(func(t *store.Tenant) { t.State = store.Erased }), Failed, "tenant_"},
	{"tenants-leaving", "the store cannot be read", unreadable, NotEvidenced, "torn"},
	{"four-eyes", "one person did both", tenant(func(t *store.Tenant) { t.Approver = "jo" }), Failed, "tenant_"},
	{"four-eyes", "nothing was approved yet", tenant(func(t *store.Tenant) { t.State = store.Requested }), NotEvidenced, "approved yet"},
	{"audit-log", "a record was altered", without(func(s *Site) { s.Log = rewritten{s.Log} }), Failed, "altered"},
	{"audit-log", "the end was cut off", without(func(s *Site) { s.Head.Size = 9 }), Failed, "cut off"},
	{"audit-log", "the past is another", without(func(s *Site) { s.Head.Root[0] ^= 1 }), Failed, "altered"},
	{"audit-log", "acts are long without a head", without(func(s *Site) {
		s.Log.(*memory.Store).Record(context.Background(), store.Audit{Time: noon.AddDate(0, 0, -32), Actor: "jo", Act: "test"})
	}), Failed, "under none"},
	{"audit-log", "the head is damaged", without(func(s *Site) { s.HeadErr = errors.New("torn") }), Failed, "torn"},
	{"audit-log", "a report tells of other acts", without(func(s *Site) {
		s.History = &History{Reports: []Entry{{Issue: &Issue{Number: 2}}}}
	}), Failed, "chain of reports"},
	{"audit-log", "no head was ever signed", without(func(s *Site) { s.Head = nil }), NotEvidenced, "no signed head"},
	{"backup-age", "the last is of last week", func(d *demo) { aged(d.t, d.backups, noon.AddDate(0, 0, -7)) }, Failed, "48 hours"},
	{"backup-age", "it is of the future", func(d *demo) { aged(d.t, d.backups, noon.AddDate(0, 0, 7)) }, Failed, "48 hours"},
	{"backup-age", "a file was changed", func(d *demo) {
		path := filepath.Join(d.backups, "000001.001.age")
		b, err := os.ReadFile(path)
		check1(d.t, err)
		b[len(b)/2] ^= 1
		check1(d.t, os.WriteFile(path, b, 0o600))
	}, Failed, "cannot be used"},
	{"backup-age", "a file is gone", func(d *demo) { check1(d.t, os.Remove(filepath.Join(d.backups, "000001.001.age"))) }, Failed, "cannot be used"},
	{"backup-age", "there is none", without(func(s *Site) { s.Backups = filepath.Join(s.Backups, "nowhere") }), Failed, "no backup"},
	{"backup-age", "no folder is named", without(func(s *Site) { s.Backups = "" }), NotEvidenced, "No folder"},
	{"restore-test", "none was verified", func(d *demo) { aged(d.t, d.backups, noon) }, Failed, "none was restored"},
	{"restore-test", "that was long ago", func(d *demo) { verified(d.t, d.backups, noon.AddDate(0, 0, -91)) }, Failed, "The last one"},
	{"restore-test", "an old one was verified today", func(d *demo) {
		aged(d.t, d.backups, noon.AddDate(-1, 0, 0))
		verified(d.t, d.backups, noon)
	}, Failed, "The last one"},
	{"restore-test", "no folder is named", without(func(s *Site) { s.Backups = "" }), NotEvidenced, "No folder"},
	{"store", "it contradicts itself", without(func(s *Site) { s.Sound = func(context.Context) error { return errors.New("boxes: 3 and 4") } }), Failed, "3 and 4"},
	{"store", "appends fail", trouble("appends-fail"), Failed, "appends-fail"},
	{"store", "nothing can be written", trouble("read-only"), Failed, "read-only"},
	{"store", "no relay answers", away, NotEvidenced, "nobody answers"},
	{"limits", "a tenant without a quota", tenant(func(t *store.Tenant) { t.MaxBytes = 0 }), Failed, "Without a quota"},
	{"limits", "its channels are nearly used up", tenant(func(t *store.Tenant) { t.Channels = 9 }), Failed, "90 percent"},
	{"limits", "its bytes are nearly used up", tenant(func(t *store.Tenant) { t.Bytes = 900_000 }), Failed, "90 percent"},
	{"limits", "the store cannot be read", unreadable, NotEvidenced, "torn"},
	{"disk", "it is nearly full", func(d *demo) { d.status.DiskFreeBytes = 50_000 }, Failed, "percent"},
	{"disk", "it is not seen", func(d *demo) { d.status.DiskBytes = 0 }, NotEvidenced, "does not see"},
	{"disk", "no relay answers", away, NotEvidenced, "nobody answers"},
	{"clock", "it was set", trouble("clock"), Failed, "was set"},
	{"clock", "no service keeps it", without(func(s *Site) { s.Synchronised = func() (bool, error) { return false, nil } }), Failed, "not synchronised"},
	{"clock", "the system does not say", without(func(s *Site) { s.Synchronised = func() (bool, error) { return false, errors.ErrUnsupported } }), NotEvidenced, "unsupported"},
	{"clock", "no relay answers", away, NotEvidenced, "nobody answers"},
	{"admin-closed", "the metrics are open", answers("/metrics", "vialog_relay_connections 1"), Failed, "/metrics"},
	{"admin-closed", "the status is open", answers("/status", "{}"), Failed, "/status"},
	{"admin-closed", "nobody answers", nobody, NotEvidenced, "refused"},
	{"vulnerabilities", "one is reached", func(d *demo) {
		d.site.Scan = written(d.t, noon, map[string]any{"config": map[string]any{"scanner_name": "govulncheck", "scan_level": "symbol", "db_last_modified": noon}},
			map[string]any{"finding": map[string]any{"osv": "GO-2027-0002", "trace": []any{map[string]any{"function": "Parse"}}}})
	}, Failed, "GO-2027-0002"},
	{"vulnerabilities", "the database is old", func(d *demo) {
		d.site.Scan = written(d.t, noon, map[string]any{"config": map[string]any{"scanner_name": "govulncheck", "scan_level": "symbol", "db_last_modified": noon.AddDate(0, 0, -15)}})
	}, Failed, "14 days"},
	{"vulnerabilities", "the scan is old", func(d *demo) { check1(d.t, os.Chtimes(d.site.Scan, noon.AddDate(0, 0, -15), noon.AddDate(0, 0, -15))) }, Failed, "14 days"},
	{"vulnerabilities", "it looked at modules alone", func(d *demo) {
		d.site.Scan = written(d.t, noon, map[string]any{"config": map[string]any{"scanner_name": "govulncheck", "scan_level": "module", "db_last_modified": noon}})
	}, NotEvidenced, "symbols"},
	{"vulnerabilities", "it is another file", func(d *demo) { d.site.Scan = written(d.t, noon, map[string]any{"Path": "x"}) }, NotEvidenced, "no result"},
	{"vulnerabilities", "there is no file", without(func(s *Site) { s.Scan = "" }), NotEvidenced, "No result"},
	{"dependencies", "an update was not taken", func(d *demo) {
		d.site.Modules = written(d.t, noon, map[string]any{"Path": "example.org/m", "Time": noon.AddDate(0, 0, -91), "Update": map[string]any{"Version": "v2"}})
	}, Failed, "example.org/m"},
	{"dependencies", "the list is old", func(d *demo) {
		check1(d.t, os.Chtimes(d.site.Modules, noon.AddDate(0, 0, -15), noon.AddDate(0, 0, -15)))
	}, Failed, "14 days"},
	{"dependencies", "a module is not named", without(func(s *Site) { s.Linked = append(s.Linked, "example.org/n") }), NotEvidenced, "example.org/n"},
	{"dependencies", "nobody asked for updates", func(d *demo) { d.site.Modules = written(d.t, noon, map[string]any{"Path": "example.org/m"}) }, NotEvidenced, "without -u"},
	{"dependencies", "there is no file", without(func(s *Site) { s.Modules = "" }), NotEvidenced, "No list"},
	{"declarations", "one is past its end", without(func(s *Site) {
		s.Now = noon.AddDate(1, 0, 0)
	}), Failed, "roles"},
	{"declarations", "one was never made", without(func(s *Site) { s.History = &History{} }), NotEvidenced, "roles"},
	{"declarations", "one was altered", without(func(s *Site) { s.History.Entries[0].Declaration.Says = "Something else." }), NotEvidenced, "roles"},
	{"centre-evidence", "none was taken in", without(func(s *Site) { s.History = &History{} }), NotEvidenced, "tenant_"},
	{"centre-evidence", "the other centre has none", func(d *demo) {
		other := d.tenants[0]
		other.ID = wire.TenantID{2}
		d.tenants = append(d.tenants, other)
	}, NotEvidenced, wire.TenantID{2}.String()},
	{"centre-evidence", "no centre is active", tenant(func(t *store.Tenant) { t.State = store.Suspended }), NotEvidenced, "No centre"},
	{"centre-evidence", "the tenants cannot be read", unreadable, NotEvidenced, "torn"},
	{"centre-evidence", "it is old", without(func(s *Site) { s.Now = noon.AddDate(0, 0, 101) }), Failed, "more than 100 days"},
	{"centre-evidence", "it is of a time that has not come", without(func(s *Site) { s.Now = noon.AddDate(0, 0, -10) }), Failed, "not come yet"},
	{"centre-evidence", "another key signed it", said(2, ofCentre(1, nil)), Failed, "not signed"},
	{"centre-evidence", "it was altered in the log", func(d *demo) {
		i := d.site.History.Entries[1].Import
		i.File = strings.Replace(i.File, "not-renewed 0", "not-renewed 1", 1)
	}, Failed, "not signed"},
	{"centre-evidence", "it is no statement any more", func(d *demo) { d.site.History.Entries[1].Import.File = "x" }, Failed, "not signed"},
	{"centre-evidence", "it is of another tenant", func(d *demo) {
		s := ofCentre(1, nil)
		s.Tenant = wire.TenantID{9}
		said(1, s)(d)
	}, NotEvidenced, "tenant_"},
	{"centre-evidence", "one was left out", said(1, ofCentre(3, ofCentre(2, ofCentre(1, nil)))), Failed, "statement 2 is missing"},
	{"centre-evidence", "one before that was left out", func(d *demo) {
		two := ofCentre(2, ofCentre(1, nil))
		said(1, two, ofCentre(3, two))(d)
	}, Failed, "statement 1 is missing"},
	{"centre-evidence", "another one was shown before", func(d *demo) {
		one := ofCentre(1, nil)
		two := ofCentre(2, one)
		one.Visits++
		said(1, one, two)(d)
	}, Failed, "statement 1 is missing"},
	{"centre-evidence", "there are two of one number", func(d *demo) {
		one, other := ofCentre(1, nil), ofCentre(1, nil)
		other.Visits++
		said(1, one, other)(d)
	}, Failed, "two statements with number 1"},
	{"centre-evidence", "it is older than the one before it", func(d *demo) {
		one := ofCentre(1, nil)
		one.Made = noon
		said(1, one, ofCentre(2, one))(d)
	}, Failed, "older than the one before"},
	{"centre-evidence", "an older policy is in force", without(func(s *Site) { s.Register.Crypto.Version = 2 }), Failed, "policy 1 is in force"},
	{"centre-evidence", "somebody removed still has keys", off(func(s *statement.Statement) { s.NotRenewed = 2 }), Failed, "removed still has: 2"},
	{"centre-evidence", "a key is old", off(func(s *statement.Statement) { s.OldestKey = 46 }), Failed, "oldest key: 46"},
	{"centre-evidence", "the team's key is old", off(func(s *statement.Statement) { s.TeamKey = 191 }), Failed, "key of the team: 191"},
	{"centre-evidence", "a device is silent", off(func(s *statement.Statement) { s.Silent = 91 }), Failed, "a device for 91"},
	{"centre-evidence", "somebody has no sheet", off(func(s *statement.Statement) { s.NoSheet = 1 }), Failed, "without a recovery sheet: 1"},
	{"centre-evidence", "nobody looked for a sheet", off(func(s *statement.Statement) { s.Sheet = 401 }), Failed, "not looked for for 401"},
	{"centre-evidence", "an invitation stays open", off(func(s *statement.Statement) { s.Invitations, s.Invitation = 1, 8 }), Failed, "invitation: 8"},
	{"centre-evidence", "nobody looked through the team", off(func(s *statement.Statement) { s.Reviews, s.Review = 0, statement.None }), Failed, "nobody has looked through"},
	{"centre-evidence", "somebody did, long ago", off(func(s *statement.Statement) { s.Review = 191 }), Failed, "before 191"},
	{"centre-evidence", "the record was checked long ago", off(func(s *statement.Statement) { s.Check = 401 }), Failed, "last checked before 401"},
	{"centre-evidence", "the record was never checked", func(d *demo) {
		one := ofCentre(1, nil)
		one.Made, one.Checks, one.Check = noon.AddDate(0, 0, -401), 0, statement.None
		two := ofCentre(2, one)
		two.Checks, two.Check = 0, statement.None
		said(1, one, two)(d)
	}, Failed, "never checked"},
	{"centre-evidence", "the record became less", func(d *demo) {
		one := ofCentre(1, nil)
		two := ofCentre(2, one)
		two.Records--
		said(1, one, two)(d)
	}, Failed, "has 899 statements, and had 900"},
	{"centre-evidence", "a removed colleague was never there", func(d *demo) {
		one := ofCentre(1, nil)
		one.Removed = 2
		said(1, one, ofCentre(2, one))(d)
	}, Failed, "1 people were removed"},
	{"corrective-actions", "nobody decided in time", without(func(s *Site) {
		s.History = &History{Entries: []Entry{{Time: noon.AddDate(0, 0, -15), Run: &Run{Cycle: 1, Results: []Result{{Check: "disk", State: Failed}}}}}}
	}), Failed, "N1"},
	{"corrective-actions", "its date has passed", without(func(s *Site) {
		s.History = &History{Entries: []Entry{{Time: noon.AddDate(0, 0, -9), Run: &Run{Cycle: 1, Results: []Result{{Check: "disk", State: Failed}}}},
			{Time: noon.AddDate(0, 0, -8), Decision: &Decision{Item: "N1", Action: "a larger disk", Who: "ops", Due: DayOf(noon.AddDate(0, 0, -1))}}}}
	}), Failed, "N1"},
}

func TestWhatIsWellPasses(t *testing.T) {
	for _, r := range Check(t.Context(), newDemo(t).site) {
		if r.State != Passed || r.Finding.EN == "" || r.Finding.DE == "" {
			t.Errorf("%s: %s %+v", r.Check, r.State, r.Finding)
		}
	}
}

func TestWhatIsBrokenTurnsItsCheckRed(t *testing.T) {
	red := map[string]bool{}
	for _, b := range breakages {
		red[b.check] = red[b.check] || b.want == Failed
		t.Run(b.check+"/"+b.name, func(t *testing.T) {
			t.Parallel()
			d := newDemo(t)
			b.broken(d)
			i := slices.IndexFunc(checks, func(c check) bool { return c.id == b.check })
			r := checks[i].run(t.Context(), d.site)
			if r.State != b.want || !strings.Contains(r.Finding.EN, b.says) || r.Finding.DE == "" || (r.Next.EN == "") != (r.Next.DE == "") || r.Next.EN == "" {
				t.Errorf("%s %+v → %+v", r.State, r.Finding, r.Next)
			}
		})
	}
	for _, c := range checks {
		if !red[c.id] {
			t.Errorf("nothing turns %s red", c.id)
		}
	}
}

func TestEveryCheckOfTheRegisterIsThere(t *testing.T) {
	r, err := isms.Load()
	check1(t, err)
	for _, k := range r.Checks {
		if !slices.ContainsFunc(checks, func(c check) bool { return c.id == k.ID }) {
			t.Errorf("the register has %s, and no code does it", k.ID)
		}
	}
	for _, c := range checks {
		if r.Check(c.id) == nil {
			t.Errorf("%s is not in the register", c.id)
		}
	}
}

// What go test -json printed shows what it says, and only for a time.
func TestResultsOfTestsAreThoseOfLate(t *testing.T) {
	r := small()
	r.Controls[0].Evidence = []isms.Evidence{{Kind: isms.ByTest, Path: "relay", ID: "TestA"}, {Kind: isms.ByTest, Path: "relay", ID: "TestB"}}
	at := func(now time.Time, action, test string) map[string]any {
		return map[string]any{"Time": now, "Action": action, "Package": "vialog/relay", "Test": test}
	}
	yesterday := noon.AddDate(0, 0, -1)
	for _, c := range []struct {
		what           string
		events         []any
		passed, failed int
	}{
		{"both passed", []any{at(yesterday, "run", "TestA"), at(yesterday, "pass", "TestA"), at(yesterday, "pass", "TestB")}, 2, 0},
		{"one failed", []any{at(yesterday, "pass", "TestA"), at(yesterday, "fail", "TestB")}, 1, 1},
		{"it failed when it ran again", []any{at(yesterday, "pass", "TestA"), at(yesterday, "fail", "TestA")}, 0, 1},
		{"one was skipped", []any{at(yesterday, "pass", "TestA"), at(yesterday, "skip", "TestB")}, 1, 0},
		{"it broke off", []any{at(yesterday, "run", "TestA"), at(yesterday, "run", "TestB"), at(yesterday, "pass", "TestB")}, 1, 0},
		{"another package's test of that name", []any{map[string]any{"Time": yesterday, "Action": "pass", "Package": "vialog/wasm", "Test": "TestA"}}, 0, 0},
		{"they are of last year", []any{at(noon.AddDate(-1, 0, 0), "pass", "TestA"), at(yesterday, "pass", "TestB")}, 1, 0},
		{"they are of next week", []any{at(noon.AddDate(0, 0, 7), "pass", "TestA")}, 0, 0},
		{"nobody knows when", []any{map[string]any{"Action": "pass", "Package": "vialog/relay", "Test": "TestA"}}, 0, 0},
		{"nothing ran", nil, 0, 0},
	} {
		got, err := ReadTests(written(t, noon, c.events...), r, noon)
		if err != nil || len(got.Passed) != c.passed || len(got.Failed) != c.failed {
			t.Errorf("%s: %+v, %v", c.what, got, err)
		}
	}
	broken := written(t, noon, at(yesterday, "pass", "TestA"))
	check1(t, os.WriteFile(broken, []byte(`{"Action":"pass","Pack`), 0o600))
	for _, path := range []string{broken, broken + ".none"} {
		if got, err := ReadTests(path, r, noon); err == nil {
			t.Errorf("%s was read as %+v", path, got)
		}
	}
}
