package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/mod/sumdb/note"

	"vialog/relay/postgrestest"
	"vialog/shared/release"
	"vialog/shared/wire"
)

// relayPath is where another process of these tests has built the program.
const relayPath = "VIALOG_TEST_RELAY"

var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(relayPath); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "relay")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "relay")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	postgrestest.Stop()
	if path, err := binary(); err == nil && os.Getenv(relayPath) == "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// relay runs a verb of the real program in dir.
func relay(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = dir, []string{"PATH=/nowhere"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustRelay(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := relay(t, dir, args...)
	if err != nil {
		t.Fatalf("relay %v: %v\n%s", args, err, out)
	}
	return out
}

// A server is a relay that serves in a process of its own.
type server struct {
	cmd    *exec.Cmd
	port   string
	origin string
	out    *bytes.Buffer // read after it has ended
	log    *bytes.Buffer
}

func serve(t *testing.T, dir, port string, args ...string) *server {
	t.Helper()
	return serveBelow(t, dir, port, "", args...)
}

// serveBelow serves with what a shell sets before.
func serveBelow(t *testing.T, dir, port, set string, args ...string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{port: port, origin: "http://localhost:" + port, out: &bytes.Buffer{}, log: &bytes.Buffer{}}
	args = append([]string{path, "serve", "-app", "none", "-listen", "127.0.0.1:" + port}, args...)
	if set != "" {
		args = append([]string{"/bin/sh", "-c", set + `; exec "$0" "$@"`}, args...)
	}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Dir, s.cmd.Env = dir, []string{"PATH=/nowhere"}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	})
	for range 3000 {
		resp, err := http.Get("http://127.0.0.1:" + port + "/healthz")
		if err == nil {
			b, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 200 || string(b) != "ok\n" {
				t.Fatalf("healthz: %d %q", resp.StatusCode, b)
			}
			return s
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	t.Fatalf("does not serve\n%s%s", s.out, s.log)
	return nil
}

func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

type socket struct {
	t      *testing.T
	ws     *websocket.Conn
	origin string
	hello  *wire.Hello
	req    uint32
}

func (s *server) dial(t *testing.T) *socket {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}}
	ws, _, err := d.Dial("ws://127.0.0.1:"+s.port+wire.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	c := &socket{t: t, ws: ws, origin: s.origin}
	c.hello = c.receive().(*wire.Hello)
	return c
}

func (c *socket) receive() wire.Frame {
	c.t.Helper()
	c.ws.SetReadDeadline(time.Now().Add(time.Minute))
	_, b, err := c.ws.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	f, err := wire.Parse(b)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func (c *socket) ask(f wire.Frame) wire.Frame {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)); err != nil {
		c.t.Fatal(err)
	}
	return c.receive()
}

func (c *socket) next() uint32 { c.req++; return c.req }

func newKey() (pub [32]byte, sign func([]byte) wire.Signature) {
	p, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return [32]byte(p), func(b []byte) wire.Signature { return wire.Signature(ed25519.Sign(k, b)) }
}

func (c *socket) create(founding, access [32]byte, signFounding, signAccess func([]byte) wire.Signature, a wire.Admission) wire.Frame {
	f := &wire.Create{Req: c.next(), Founding: founding, Access: access, Admission: a}
	b := wire.CreateContext(c.origin, c.hello.Nonce, f)
	f.FoundingSig, f.AccessSig = signFounding(b), signAccess(b)
	return c.ask(f)
}

func (c *socket) open(ch wire.Channel, access [32]byte, sign func([]byte) wire.Signature) *wire.Opened {
	c.t.Helper()
	f := c.ask(&wire.Open{Req: c.next(), Channel: ch, Access: access, Sig: sign(wire.OpenContext(c.origin, c.hello.Nonce, ch, access))})
	opened, ok := f.(*wire.Opened)
	if !ok {
		c.t.Fatalf("open: %T", f)
	}
	return opened
}

func TestEverythingAcknowledgedIsThereAfterAHardKill(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	s := serve(t, dir, port)

	// A tenant is added by another process while the relay serves.
	out := mustRelay(t, dir, "tenant", "add", "My centre", "-channels", "5", "-origin", s.origin)
	typed := regexp.MustCompile(`\n    ([0-9A-Z-]{35})\n`).FindStringSubmatch(out)
	if typed == nil || !strings.Contains(out, s.origin+"/#register="+typed[1]) {
		t.Fatalf("tenant add printed:\n%s", out)
	}
	code, err := wire.ParseCode(typed[1])
	if err != nil {
		t.Fatal(err)
	}

	c := s.dial(t)
	lead, signLead := newKey()
	redeem := func(c *socket) *wire.Registered {
		f := c.ask(&wire.Register{Req: c.next(), Code: code, Key: lead, Sig: signLead(wire.RegisterContext(c.origin, c.hello.Nonce, code, lead))})
		r, ok := f.(*wire.Registered)
		if !ok {
			t.Fatalf("register: %T", f)
		}
		return r
	}
	tenant := redeem(c).Tenant
	ticket := wire.Ticket{Tenant: tenant, ID: wire.TicketID{1}, Channels: 1, Expires: uint64(time.Now().Add(time.Hour).Unix())}
	ticket.Sig = signLead(wire.TicketContext(&ticket))
	admission := wire.Admission{Kind: wire.ByTicket, Ticket: ticket}
	founding, signFounding := newKey()
	access, signAccess := newKey()
	if f, ok := c.create(founding, access, signFounding, signAccess, admission).(*wire.Done); !ok {
		t.Fatalf("create: %T", f)
	}
	ch := wire.ChannelOf(founding)
	c.open(ch, access, signAccess)

	// Append with a window of 16 until the kill; remember what was acknowledged.
	acked := map[uint64]wire.BoxID{}
	var mu sync.Mutex
	sent := map[uint32]wire.BoxID{}
	var reading sync.WaitGroup
	window := make(chan struct{}, 16)
	enough := make(chan struct{})
	reading.Go(func() {
		defer close(window)
		for {
			_, b, err := c.ws.ReadMessage()
			if err != nil {
				return
			}
			f, err := wire.Parse(b)
			a, ok := f.(*wire.Appended)
			if err != nil || !ok {
				t.Errorf("answer: %T %v", f, err)
				return
			}
			mu.Lock()
			acked[a.Positions[0]] = sent[a.Req]
			if len(acked) == 300 {
				close(enough)
			}
			mu.Unlock()
			window <- struct{}{}
		}
	})
	go func() {
		for i := 0; ; i++ {
			if i >= 16 {
				if _, ok := <-window; !ok {
					return
				}
			}
			b := wire.Box{Data: make([]byte, 1024)}
			rand.Read(b.ID[:])
			rand.Read(b.Data)
			req := c.next()
			mu.Lock()
			sent[req] = b.ID
			mu.Unlock()
			if c.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &wire.AppendBoxes{Req: req, Channel: ch, Boxes: []wire.Box{b}})) != nil {
				return
			}
		}
	}()
	select {
	case <-enough:
	case <-time.After(20 * time.Second):
		t.Fatal("appends are not answered")
	}
	s.kill()
	reading.Wait()

	s = serve(t, dir, port)
	c = s.dial(t)
	if got := redeem(c).Tenant; got != tenant {
		t.Errorf("the tenant is another after the restart")
	}
	if f := c.create(founding, access, signFounding, signAccess, admission); reqDone(f) == 0 {
		t.Errorf("create again: %T", f)
	}
	head := c.open(ch, access, signAccess).Head
	if head < uint64(len(acked)) {
		t.Errorf("%d acknowledged, head is %d", len(acked), head)
	}
	after := uint64(0)
	for after < head {
		f, ok := c.ask(&wire.Read{Req: c.next(), Channel: ch, After: after, MaxBytes: 1 << 20}).(*wire.Boxes)
		if !ok || len(f.Boxes) == 0 {
			t.Fatalf("read: %T", f)
		}
		for _, b := range f.Boxes {
			if b.Pos != after+1 {
				t.Fatalf("position %d after %d", b.Pos, after)
			}
			after = b.Pos
			if id, ok := acked[b.Pos]; ok && id != b.ID {
				t.Errorf("another box at %d", b.Pos)
			}
			delete(acked, b.Pos)
		}
	}
	if len(acked) != 0 {
		t.Errorf("%d acknowledged boxes are gone", len(acked))
	}

	// The operator's side.
	if out := mustRelay(t, dir, "tenant", "list"); !strings.Contains(out, "active") || !strings.Contains(out, "1 of 5") || !strings.Contains(out, "My centre") {
		t.Errorf("tenant list:\n%s", out)
	}
	mustRelay(t, dir, "tenant", "suspend", tenant.String(), "-reason", "unpaid")
	deadline := time.Now().Add(8 * time.Second)
	for {
		f := c.ask(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{{ID: wire.BoxID{1}, Data: make([]byte, 256)}}})
		if r, ok := f.(*wire.Refused); ok && r.Code == wire.TenantSuspended {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a suspended tenant still appends: %T", f)
		}
		time.Sleep(100 * time.Millisecond)
	}
	mustRelay(t, dir, "tenant", "resume", tenant.String(), "-reason", "paid")
	if out := mustRelay(t, dir, "audit", "list"); strings.Count(out, "\n") != 5 {
		t.Errorf("audit list:\n%s", out)
	}
	if out := mustRelay(t, dir, "audit", "verify"); !strings.Contains(out, "4 records") {
		t.Errorf("audit verify:\n%s", out)
	}

	// A second relay must not serve the same store.
	if out, err := relay(t, dir, "serve", "-app", "none", "-listen", "127.0.0.1:"+freePort(t)); err == nil || !strings.Contains(out, "another relay serves") {
		t.Errorf("a second relay: %v\n%s", err, out)
	}

	s.cmd.Process.Signal(syscall.SIGTERM)
	bye, ok := c.receive().(*wire.Goodbye)
	if !ok || bye.Code != wire.ShuttingDown {
		t.Errorf("not a goodbye: %T", bye)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, s.log)
	}
	if out := mustRelay(t, dir, "fsck"); !strings.Contains(out, "sound") {
		t.Errorf("fsck:\n%s", out)
	}
	for _, secret := range []string{"127.0.0.1:", ch.String(), fmt.Sprintf("%x", ch[:4]), typed[1]} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q in it", secret)
		}
	}
	if !strings.Contains(s.out.String(), s.origin) {
		t.Errorf("serve printed:\n%s", s.out)
	}
}

func reqDone(f wire.Frame) uint32 {
	if d, ok := f.(*wire.Done); ok {
		return d.Req
	}
	return 0
}

func TestServeSaysWhereItIsAndWhatToDoNext(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	s := serve(t, dir, port)
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	for _, line := range []string{"Vialog relay serves http://localhost:" + port, "relay tenant add -origin http://localhost:" + port + ` "My centre"`, "No TLS"} {
		if !strings.Contains(s.out.String(), line) {
			t.Errorf("no %q in:\n%s", line, s.out)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "vialog.sqlite")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the store can be read by others: %v", err)
	}
}

func TestARenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, cert, key, "first.example")
	k := &keyPair{cert: cert, key: key}
	name := func() string {
		t.Helper()
		k.looked = time.Time{} // a minute has passed
		pair, err := k.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.DNSNames[0]
	}
	if got := name(); got != "first.example" {
		t.Errorf("serves %s", got)
	}
	writePair(t, cert, key, "second.example")
	later := time.Now().Add(time.Hour)
	os.Chtimes(cert, later, later)
	if got := name(); got != "second.example" {
		t.Errorf("serves %s", got)
	}
	os.WriteFile(cert, []byte("half a"), 0o600)
	later = later.Add(time.Hour)
	os.Chtimes(cert, later, later)
	if got := name(); got != "second.example" {
		t.Errorf("with a half-written file it serves %s", got)
	}
	os.WriteFile(cert, nil, 0o600)
	if _, err := (&keyPair{cert: cert, key: key}).get(nil); err == nil {
		t.Error("starts without a certificate")
	}
}

func writePair(t *testing.T, cert, key, name string) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pub, priv)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMistakesAreAnsweredWithWhatToDo(t *testing.T) {
	dir := t.TempDir()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"sevre"}, "relay help"},
		{[]string{"isms"}, "relay isms report"},
		{[]string{"tenant", "ad"}, "needs one of the verbs above"},
		{[]string{"tenant", "list"}, "there is no store"},
		{[]string{"fsck", "-store", "/nowhere/x"}, "there is no store"},
		{[]string{"tenant", "add"}, "usage: relay tenant add [flags] NAME"},
		{[]string{"tenant", "add", "My", "centre"}, "usage"},
		{[]string{"serve", "-app", "/nowhere"}, "-app"},
		{[]string{"serve", "-app", "none", "-listen", busy.Addr().String()}, "choose one with -listen"},
		{[]string{"serve", "-app", "none", "-listen", "127.0.0.1:0", "-store", "/nowhere/x"}, "writable"},
		{[]string{"serve", "-app", "none", "-listen", "127.0.0.1:0", "-tls-cert", "x", "-tls-key", "y"}, "certificate"},
	} {
		out, err := relay(t, dir, tt.args...)
		if err == nil || !strings.Contains(out, tt.says) {
			t.Errorf("relay %v: %v\n%s", tt.args, err, out)
		}
	}
	if out := mustRelay(t, dir, "tenant", "add", "-open", "Everyone"); !strings.Contains(out, "1,000 channels and 10 GiB") {
		t.Errorf("tenant add -open printed:\n%s", out)
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"tenant", "add", "-open", "Everyone else"}, "already"},
		{[]string{"tenant", "suspend", "nobody", "-reason", "x"}, "relay tenant list"},
	} {
		out, err := relay(t, dir, tt.args...)
		if err == nil || !strings.Contains(out, tt.says) {
			t.Errorf("relay %v: %v\n%s", tt.args, err, out)
		}
	}
	if out := mustRelay(t, dir, "help"); !strings.Contains(out, "tenant add NAME") {
		t.Errorf("help:\n%s", out)
	}
	if out := mustRelay(t, dir, "version"); !strings.Contains(out, "protocol 1") {
		t.Errorf("version: %s", out)
	}
}

func TestSettingsComeFromAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "relay.conf")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// What the program prints about itself is a file that it reads.
	write(mustRelay(t, dir, "config", "example"))
	mustRelay(t, dir, "config", "check", "-config", file, "-app", "none")

	write("# ours", "store = here.sqlite", "origin = https://diary.example.org", "app = none")
	if out := mustRelay(t, dir, "config", "check", "-config", file); !strings.Contains(out, "https://diary.example.org from here.sqlite") {
		t.Errorf("config check:\n%s", out)
	}
	if out := mustRelay(t, dir, "tenant", "add", "-config", file, "My centre"); !strings.Contains(out, "https://diary.example.org/#register=") {
		t.Errorf("tenant add:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "here.sqlite")); err != nil {
		t.Error(err)
	}
	write("app = none", "lisen = :8080", "tls-cert = nowhere.pem", "tls-key = nowhere.pem")
	for _, verb := range []string{"config check", "serve"} {
		if out, err := relay(t, dir, append(strings.Fields(verb), "-config", file)...); err == nil || !strings.Contains(out, `line 2: there is no setting "lisen"`) {
			t.Errorf("%s: %v\n%s", verb, err, out)
		}
	}
	write("app = none", "tls-cert = nowhere.pem", "tls-key = nowhere.pem")
	if out, err := relay(t, dir, "config", "check", "-config", file); err == nil || !strings.Contains(out, "nowhere.pem") {
		t.Errorf("a certificate that is not there: %v\n%s", err, out)
	}
}

func TestServeTellsWhereTheAppIsFromAndEndsWithItsContext(t *testing.T) {
	var out bytes.Buffer
	p := &program{out: &out, log: io.Discard, env: func(string) string { return "" }}
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	dir := appFolder(t, "")
	store := filepath.Join(t.TempDir(), "s.sqlite")
	if err := p.run(ctx, []string{"serve", "-app", dir, "-listen", "127.0.0.1:0", "-store", store}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "app    "+dir+": release 5 (test), not signed, hash ") {
		t.Errorf("printed:\n%s", out.String())
	}
}

// appFolder is the smallest app, built for a relay.
func appFolder(t *testing.T, relay string) string {
	t.Helper()
	dir := t.TempDir()
	page := []byte("<!doctype html><title>Vialog</title>")
	m := &release.Manifest{Number: 5, Name: "test", Date: "2026-11-26", Policy: 1, Go: "go1", Relay: relay, Headers: release.Common(relay),
		Files: []release.File{{Path: release.Index, Hash: sha256.Sum256(page), Size: len(page), Headers: release.Own(release.Index, page)}}}
	for name, b := range map[string][]byte{"index.html": page, "release.txt": []byte(m.Text())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAnAppThatIsNotWhatWasPublishedIsNotServed(t *testing.T) {
	dir, app := t.TempDir(), appFolder(t, "")
	_, signer, err := note.GenerateKey(nil, "publisher.example")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(says string, args ...string) {
		t.Helper()
		out, err := relay(t, dir, append([]string{"serve", "-listen", "127.0.0.1:0", "-app", app}, args...)...)
		if err == nil || !strings.Contains(out, says) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	refused("release.txt: not signed by this signer", "-signer", signer)
	refused("not a verifier", "-signer", "nonsense")
	refused("built for a relay on its own origin", "-app-only")
	refused("nothing to serve", "-app-only", "-app", "none")
	if err := os.WriteFile(filepath.Join(app, "index.html"), []byte("<!doctype html><title>Vialok</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("index.html: is not the file that the release was published with")
}

func TestTheAppAloneIsServedWithoutStoreAndSocket(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	s := serve(t, dir, port, "-app", appFolder(t, "wss://relay.example.org"), "-app-only", "-origin", "https://app.example.org")
	for path, want := range map[string]int{"/": 200, "/release.txt": 200, wire.Path: 404} {
		resp, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "connect-src 'self' wss://relay.example.org;") ||
			resp.Header.Get("Strict-Transport-Security") != release.HSTS {
			t.Errorf("%s: %d, %v", path, resp.StatusCode, resp.Header)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	s.kill()
}
