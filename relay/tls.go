package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"vialog/relay/internal/config"
)

// suites are those of TLS 1.2 that agree on a key by ECDHE and authenticate what
// they encrypt. Those of TLS 1.3, which is preferred, cannot be chosen.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// credentials are how a relay speaks TLS.
type credentials struct {
	config *tls.Config                     // nil: a proxy does, or nobody
	until  func() time.Time                // the end of the certificate, zero if there is none
	plain  func(http.Handler) http.Handler // adds to plain HTTP what an authority asks there
	fetch  func() error                    // fetches what is missing; may take minutes
}

// certificates returns how to speak TLS.
func certificates(c *config.Config) (credentials, error) {
	cred := credentials{
		until: func() time.Time { return time.Time{} },
		plain: func(h http.Handler) http.Handler { return h },
		fetch: func() error { return nil },
	}
	switch {
	case len(c.ACMEDomains) > 0:
		return fetched(c, cred)
	case !c.TLS():
		return cred, nil
	}
	k := &keyPair{cert: c.TLSCert, key: c.TLSKey}
	if _, err := k.get(nil); err != nil {
		return cred, fmt.Errorf("reading the certificate: %w", err)
	}
	cred.config, cred.until = &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: k.get}, k.until
	return cred, nil
}

// fetched are certificates that an authority gives out by ACME (RFC 8555). They
// and their keys are kept, for authorities give out few.
func fetched(c *config.Config, cred credentials) (credentials, error) {
	if err := os.MkdirAll(c.ACMECache, 0o700); err != nil {
		return cred, fmt.Errorf("-acme-cache: %w", err)
	}
	if info, err := os.Stat(c.ACMECache); err != nil {
		return cred, fmt.Errorf("-acme-cache: %w", err)
	} else if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return cred, fmt.Errorf("-acme-cache: others can read %s, which keeps the keys: chmod 700 %s", c.ACMECache, c.ACMECache)
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(c.ACMECache),
		HostPolicy: autocert.HostWhitelist(c.ACMEDomains...),
		Email:      c.ACMEEmail,
		Client:     &acme.Client{DirectoryURL: c.ACMEDirectory, UserAgent: "vialog-relay"},
	}
	cred.config = &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: m.GetCertificate,
		NextProtos: []string{"h2", "http/1.1", acme.ALPNProto},
	}
	cred.plain = func(next http.Handler) http.Handler { return withoutPort(m.HTTPHandler(next)) }
	cred.fetch = func() error {
		var errs []error
		for _, d := range c.ACMEDomains {
			_, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: d, CipherSuites: suites})
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	cred.until = func() (first time.Time) {
		for _, d := range c.ACMEDomains {
			if end := keptUntil(m.Cache, d); first.IsZero() || !end.IsZero() && end.Before(first) {
				first = end
			}
		}
		return first
	}
	return cred, nil
}

// withoutPort takes the port from the name that is asked for: autocert knows
// names alone, and the port may be another before it is mapped to ours.
func withoutPort(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			r = r.Clone(r.Context())
			r.Host = host
		}
		next.ServeHTTP(w, r)
	})
}

// keptUntil returns the end of the certificate that the cache has for a domain,
// zero if it has none.
func keptUntil(cache autocert.Cache, domain string) time.Time {
	b, err := cache.Get(context.Background(), domain)
	if err != nil {
		return time.Time{}
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}
		}
		return leaf.NotAfter
	}
	return time.Time{}
}

// sendOn sends what comes by plain HTTP to the same place of origin.
func sendOn(origin string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "use "+origin, http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, origin+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// A keyPair is read again after its files have changed.
type keyPair struct {
	cert, key string

	mu      sync.Mutex // guards the rest
	last    *tls.Certificate
	changed time.Time // of the certificate's file
	looked  time.Time
}

func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last != nil && time.Since(k.looked) < time.Minute {
		return k.last, nil
	}
	k.looked = time.Now()
	info, err := os.Stat(k.cert)
	if err == nil && k.last != nil && info.ModTime().Equal(k.changed) {
		return k.last, nil
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		if k.last != nil {
			return k.last, nil // half written: look again in a minute
		}
		return nil, err
	}
	k.last, k.changed = &pair, time.Time{}
	if info != nil {
		k.changed = info.ModTime()
	}
	return k.last, nil
}

// until returns when the certificate ends.
func (k *keyPair) until() time.Time {
	pair, err := k.get(nil)
	if err != nil || pair.Leaf == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}
