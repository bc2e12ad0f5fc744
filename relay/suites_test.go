package main

import (
	"crypto/tls"
	"strings"
	"testing"

	"vialog/shared/isms"
)

func TestTheRegisterNamesTheSuitesOfTLS(t *testing.T) {
	r, err := isms.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Crypto.Algorithms {
		if a.ID != "tls" {
			continue
		}
		for _, s := range suites {
			if !strings.Contains(a.Parameters, tls.CipherSuiteName(s)) {
				t.Errorf("the register does not name %s", tls.CipherSuiteName(s))
			}
		}
		if n := strings.Count(a.Parameters, "TLS_"); n != len(suites) {
			t.Errorf("the register names %d suites, and there are %d", n, len(suites))
		}
		return
	}
	t.Error("the register has no row for TLS")
}
