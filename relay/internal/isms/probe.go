package isms

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vialog/shared/release"
)

// patience is how long the public address has to answer.
const patience = 15 * time.Second

func (s *Site) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Reach != "" && address == hostPort(s.Origin) {
		address = s.Reach
	}
	return (&net.Dialer{Timeout: patience}).DialContext(ctx, network, address)
}

func (s *Site) tls() *tls.Config {
	c := s.TLS.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	c.Time = func() time.Time { return s.Now }
	return c
}

// hands shakes hands as c says.
func (s *Site) hands(ctx context.Context, u *url.URL, c *tls.Config) (state tls.ConnectionState, reached bool, err error) {
	raw, err := s.dial(ctx, "tcp", hostPort(s.Origin))
	if err != nil {
		return state, false, err
	}
	defer raw.Close()
	c.ServerName = u.Hostname()
	conn := tls.Client(raw, c)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return state, true, err
	}
	return conn.ConnectionState(), true, nil
}

// weak is what nobody should get: old versions, and suites without forward
// secrecy or authenticated encryption.
func weak(c *tls.Config) []*tls.Config {
	old, plain := c.Clone(), c.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	plain.MinVersion, plain.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	plain.CipherSuites = []uint16{
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
		tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
	}
	return []*tls.Config{old, plain}
}

func checkTLS(ctx context.Context, s *Site) Result {
	u, err := url.Parse(s.Origin)
	if err != nil {
		return unread(err)
	}
	if u.Scheme != "https" {
		return fail(both("Give -acme-domain, or -tls-cert and -tls-key, or put a proxy in front.", "Geben Sie -acme-domain an, oder -tls-cert und -tls-key, oder setzen Sie einen Proxy davor."),
			"%s is reached without TLS.", "%s wird ohne TLS erreicht.", s.Origin)
	}
	c := s.tls()
	c.MinVersion = tls.VersionTLS12
	state, reached, err := s.hands(ctx, u, c)
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case err == nil:
	case !reached:
		return unread(err)
	case errors.As(err, &invalid), errors.As(err, &name), errors.As(err, &unknown):
		return fail(both("Get a certificate that browsers take.", "Beschaffen Sie ein Zertifikat, das Browser annehmen."), "The certificate is refused: %v.", "Das Zertifikat wird abgelehnt: %v.", err)
	default:
		return fail(both("Allow TLS 1.2 and 1.3.", "Erlauben Sie TLS 1.2 und 1.3."), "No connection by TLS 1.2 or newer: %v.", "Keine Verbindung über TLS 1.2 oder neuer: %v.", err)
	}
	for _, c := range weak(s.tls()) {
		c.InsecureSkipVerify = true // whoever it is should refuse
		switch old, reached, err := s.hands(ctx, u, c); {
		case err == nil:
			return fail(both("Allow TLS 1.2 and 1.3 alone, with ECDHE and authenticated encryption.", "Erlauben Sie nur TLS 1.2 und 1.3, mit ECDHE und authentisierter Verschlüsselung."),
				"It also agrees to %s with %s.", "Auch %s mit %s wird angenommen.", tls.VersionName(old.Version), tls.CipherSuiteName(old.CipherSuite))
		case !reached:
			return unread(err)
		}
	}
	days, end := s.Plan.Target("certificate-days"), state.PeerCertificates[0].NotAfter.UTC()
	left := int(end.Sub(s.Now).Hours() / 24)
	if left < days {
		return fail(both("Renew it.", "Erneuern Sie es."), "The certificate ends on %s, in %d days.", "Das Zertifikat endet am %s, in %d Tagen.", end.Format(time.DateOnly), left)
	}
	return pass("%s, nothing older or weaker; the certificate ends on %s.", "%s, nichts Älteres oder Schwächeres; das Zertifikat endet am %s.", tls.VersionName(state.Version), end.Format(time.DateOnly))
}

// get fetches a path of an origin.
func (s *Site) get(ctx context.Context, origin, path string, most int64) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+path, nil)
	if err != nil {
		return nil, nil, err
	}
	client := http.Client{Transport: s.transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, most))
	return resp, b, err
}

var noApp = none("This deployment serves no app.", "Dieser Betrieb liefert keine App aus.",
	"Check where the app is served (-app-origin).", "Prüfen Sie dort, wo die App ausgeliefert wird (-app-origin).")

// manifest fetches that of the app that is served.
func (s *Site) manifest(ctx context.Context) ([]byte, *Result) {
	if s.App == "" {
		return nil, &noApp
	}
	resp, b, err := s.get(ctx, s.App, release.Path, release.MaxNote+1)
	if err != nil {
		r := unread(err)
		return nil, &r
	}
	if resp.StatusCode != http.StatusOK {
		r := fail(both("Serve the app of a release.", "Liefern Sie die App einer Ausgabe aus."), "%s has no manifest: status %d.", "%s hat kein Manifest: Status %d.", s.App, resp.StatusCode)
		return nil, &r
	}
	return b, nil
}

func checkHeaders(ctx context.Context, s *Site) Result {
	b, r := s.manifest(ctx)
	if r != nil {
		return *r
	}
	next := both("Serve the app with the headers of its manifest; scripts/checkapp lists every difference.", "Liefern Sie die App mit den Kopfzeilen ihres Manifests aus; scripts/checkapp nennt jeden Unterschied.")
	m, err := release.Read(b)
	if err != nil {
		return fail(next, "The manifest: %v.", "Das Manifest: %v.", err)
	}
	if l := release.Faults(m); len(l) > 0 {
		return fail(next, "The manifest: %s.", "Das Manifest: %s.", strings.Join(l, "; "))
	}
	resp, page, err := s.get(ctx, s.App, "/", release.MaxSize)
	if err != nil {
		return unread(err)
	}
	index := m.File(release.Index)
	want := append(append([]release.Header{}, m.Headers...), index.Headers...)
	if strings.HasPrefix(s.App, "https:") {
		want = append(want, release.Header{Name: "Strict-Transport-Security", Value: release.HSTS})
	}
	for _, h := range want {
		if got := strings.Join(resp.Header.Values(h.Name), ", "); got != h.Value {
			return fail(next, "%s is %q, and not %q.", "%s ist %q und nicht %q.", h.Name, got, h.Value)
		}
	}
	if resp.StatusCode != http.StatusOK || !index.Is(page) {
		return fail(next, "The page is not that of the manifest (status %d).", "Die Seite ist nicht die des Manifests (Status %d).", resp.StatusCode)
	}
	return pass("All %d headers of the page are those of release %d.", "Alle %d Kopfzeilen der Seite sind die von Ausgabe %d.", len(want), m.Number)
}

func checkRelease(ctx context.Context, s *Site) Result {
	if s.App == "" {
		return noApp
	}
	if s.Signer == "" {
		return none("It is not said whose signature the app must have.", "Es ist nicht angegeben, wessen Signatur die App haben muss.",
			"Set signer to the publisher's verifier.", "Setzen Sie signer auf den Prüfschlüssel des Herausgebers.")
	}
	b, r := s.manifest(ctx)
	if r != nil {
		return *r
	}
	next := both("Serve the app of a signed release; scripts/checkapp compares.", "Liefern Sie die App einer signierten Ausgabe aus; scripts/checkapp vergleicht.")
	m, err := release.Verify(b, s.Signer)
	if err != nil {
		return fail(next, "The manifest: %v.", "Das Manifest: %v.", err)
	}
	for i := range m.Files {
		f := &m.Files[i]
		resp, got, err := s.get(ctx, s.App, f.Path, int64(f.Size)+1)
		if err != nil {
			return unread(err)
		}
		if resp.StatusCode != http.StatusOK || !f.Is(got) {
			return fail(next, "%s is not the file that was signed.", "%s ist nicht die signierte Datei.", f.Path)
		}
	}
	return pass("Release %d, signed by %s; files: %d, all as they were signed.", "Ausgabe %d, signiert von %s; Dateien: %d, alle wie signiert.", m.Number, release.SignerName(s.Signer), len(m.Files))
}

// closed are addresses of the operator's plane.
var closed = []string{"/metrics", "/status", "/page.css"}

func checkClosed(ctx context.Context, s *Site) Result {
	for _, path := range closed {
		resp, _, err := s.get(ctx, s.Origin, path, 1<<16)
		if err != nil {
			return unread(err)
		}
		if resp.StatusCode < 300 {
			return fail(both("Let the proxy pass on the relay's own address only.", "Lassen Sie den Proxy nur die öffentliche Adresse des Relays weitergeben."), "%s answers from outside.", "%s antwortet von außen.", path)
		}
	}
	return pass("%s do not answer from outside.", "%s antworten nicht von außen.", fmt.Sprint(strings.Join(closed, ", ")))
}

// hostPort is where an origin is reached, as net/http dials it.
func hostPort(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
