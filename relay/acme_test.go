package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// An authority gives out certificates by ACME. It is Pebble, the small one that
// those who run Let's Encrypt test clients against, and it looks at the relay by
// the name that it is asked for, on the ports given.
type authority struct {
	directory string
	trust     string // file with what its own address is signed by
	roots     *x509.CertPool
	server    *httptest.Server
}

func newAuthority(t *testing.T, httpPort, tlsPort string) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	number := func(port string) int {
		n, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	store := db.NewMemoryStore()
	signer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "usual"}})
	front := wfe.New(quiet, store, va.New(quiet, number(httpPort), number(tlsPort), true, resolver(t), store), signer, []string{"ca.example"}, true, false, 1, 1)
	a := &authority{server: httptest.NewTLSServer(front.Handler()), trust: filepath.Join(t.TempDir(), "trust.pem"), roots: x509.NewCertPool()}
	t.Cleanup(a.server.Close)
	a.directory = a.server.URL + wfe.DirectoryPath
	a.roots.AddCert(signer.GetRootCert(0).Cert)
	if err := os.WriteFile(a.trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// resolver answers that every name is this machine.
func resolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // Pebble asks by TCP
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	s := &dns.Server{Listener: l, NotifyStartedFunc: sync.OnceFunc(func() { close(started) }), Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		if len(q.Question) == 1 && q.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)})
		}
		w.WriteMsg(m)
	})}
	go s.ActivateAndServe()
	<-started
	t.Cleanup(func() { s.Shutdown() })
	return l.Addr().String()
}

func TestCertificatesAreFetchedKeptAndUsed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		plain bool // only plain HTTP reaches the relay from the authority
	}{{"over TLS", false}, {"over plain HTTP", true}} {
		t.Run(tt.name, func(t *testing.T) {
			dir, port, plainPort := t.TempDir(), freePort(t), freePort(t)
			tlsPort := port
			if tt.plain {
				tlsPort = freePort(t) // nobody is there
			}
			a := newAuthority(t, plainPort, tlsPort)
			start := func() *exec.Cmd {
				path, err := binary()
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(path, "serve", "-app", "none", "-listen", "127.0.0.1:"+port, "-origin", "https://relay.example", "-acme-domain", "relay.example",
					"-acme-directory", a.directory, "-http-listen", "127.0.0.1:"+plainPort)
				if !tt.plain {
					cmd.Args = cmd.Args[:len(cmd.Args)-2]
				}
				cmd.Dir, cmd.Env = dir, []string{"PATH=/nowhere", "SSL_CERT_FILE=" + a.trust}
				out, err := os.Create(filepath.Join(t.TempDir(), "out"))
				if err != nil {
					t.Fatal(err)
				}
				cmd.Stdout, cmd.Stderr = out, out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if cmd.ProcessState == nil {
						cmd.Process.Kill()
						cmd.Wait()
					}
					if b, err := os.ReadFile(out.Name()); t.Failed() && err == nil {
						t.Logf("%s", b)
					}
				})
				return cmd
			}
			serial := func() (n string, version uint16) {
				eventually(t, "no certificate", func() bool {
					c, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", "127.0.0.1:"+port, &tls.Config{ServerName: "relay.example", RootCAs: a.roots})
					if err != nil {
						return false
					}
					defer c.Close()
					n, version = c.ConnectionState().PeerCertificates[0].SerialNumber.String(), c.ConnectionState().Version
					return true
				})
				return n, version
			}
			relay := start()
			first, version := serial()
			if version != tls.VersionTLS13 {
				t.Errorf("version %x", version)
			}
			if got := status(t, dir); got.Certificate.Before(time.Now()) {
				t.Errorf("status: a certificate until %v", got.Certificate)
			}
			if info, err := os.Stat(filepath.Join(dir, "vialog-acme")); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder of the keys: %v %v", info, err)
			}
			// Another name is not asked for.
			if c, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: "other.example", InsecureSkipVerify: true}); err == nil {
				c.Close()
				t.Error("a name that is not ours has a certificate")
			}
			if tt.plain {
				client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				resp, err := client.Get("http://127.0.0.1:" + plainPort + "/a?b=c")
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != "https://relay.example/a?b=c" {
					t.Errorf("plain HTTP: %d to %q", resp.StatusCode, resp.Header.Get("Location"))
				}
			}
			// The next relay uses what was kept, also where the authority is gone.
			relay.Process.Kill()
			relay.Wait()
			a.server.Close()
			start()
			if again, _ := serial(); again != first {
				t.Errorf("certificate %s after a restart, before it was %s", again, first)
			}
		})
	}
}
