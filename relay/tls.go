package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

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

// certificates returns how to speak TLS, nil if a proxy or nobody does, and a
// function that tells when the certificate ends, zero if there is none.
func certificates(c *config.Config) (*tls.Config, func() time.Time, error) {
	if !c.TLS() {
		return nil, func() time.Time { return time.Time{} }, nil
	}
	k := &keyPair{cert: c.TLSCert, key: c.TLSKey}
	if _, err := k.get(nil); err != nil {
		return nil, nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: k.get}, k.until, nil
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
