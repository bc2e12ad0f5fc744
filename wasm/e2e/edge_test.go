package e2e

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

// With VIALOG_WORKERD, a folder of npm with workerd, the relay of these tests is
// the Worker of relay/edge in that. make edge runs those that make sense then: what
// is about a file of the machine, or a verb of the command line, does not.

// An edge is how that relay is started.
type edge struct {
	workerd, config, key string
	disk                 string // of the one relay
	more                 string // origins beside its own
}

var edgeBuilt = sync.OnceValues(func() (edge, error) {
	e := edge{key: strings.Repeat("the-key-of-an-operator", 2)}
	found, err := filepath.Glob(filepath.Join(os.Getenv("VIALOG_WORKERD"), "node_modules", "@cloudflare", "workerd-*", "bin", "workerd"))
	if err != nil || len(found) != 1 {
		return e, fmt.Errorf("VIALOG_WORKERD has %d programs workerd: %w", len(found), err)
	}
	e.workerd = found[0]
	dir, err := filepath.Abs("../../build/test/edge")
	if err != nil {
		return e, err
	}
	e.config = filepath.Join(dir, "relay.capnp")
	build := exec.Command("make", "-C", "../..", "--no-print-directory", "worker", "WORKER="+dir)
	out, err := build.CombinedOutput()
	if err != nil {
		return e, fmt.Errorf("%w\n%s", err, out)
	}
	return e, nil
})

// newEdge is where a relay of the tests is that would have been given args.
func newEdge(t testing.TB, args []string) *edge {
	t.Helper()
	e, err := edgeBuilt()
	if err != nil {
		t.Fatal(err)
	}
	if len(args) > 0 {
		t.Skipf("the edge has no %s", args[0])
	}
	e.disk = t.TempDir()
	return &e
}

// command starts the Worker on r's address.
func (e *edge) command(r *relay) *exec.Cmd {
	cmd := exec.Command(e.workerd, "serve", e.config, "--directory-path=disk="+e.disk, "--socket-addr=http="+r.addr)
	cmd.Env = append(os.Environ(), "VIALOG_ORIGINS="+r.origin+" "+e.more, "VIALOG_OPERATOR_KEY="+e.key)
	return cmd
}

// find learns where the Worker keeps what it stores, which is once somebody asked.
func (e *edge) find(r *relay) {
	resp, err := http.Get(r.origin + "/healthz")
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	found, err := filepath.Glob(filepath.Join(e.disk, "vialog-relay", strings.Repeat("[0-9a-f]", 64)+".sqlite"))
	if err != nil || len(found) != 1 || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("the relay answers %s and has %d stores: %v", resp.Status, len(found), err)
	}
	r.store = found[0]
}

// act does what the operator does, and returns the answer.
func (e *edge) act(r *relay, method, path string, form url.Values) (string, error) {
	req, err := http.NewRequest(method, r.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+e.key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, b)
	}
	return string(b), err
}

// run is what relay.run does, where there is no command line.
func (e *edge) run(r *relay, args []string) string {
	r.t.Helper()
	if len(args) < 2 || args[0] != "tenant" {
		r.t.Skipf("the edge has no relay %s", args[0])
	}
	verb, form, subject := args[1], url.Values{}, ""
	for rest := args[2:]; len(rest) > 0; {
		switch name := strings.TrimPrefix(rest[0], "-"); {
		case name == rest[0]:
			subject, rest = name, rest[1:]
		case name == "open":
			form.Set(name, "true")
			rest = rest[1:]
		case name == "store", name == "origin":
			rest = rest[2:]
		default:
			form.Set(name, rest[1])
			rest = rest[2:]
		}
	}
	method, path := http.MethodPost, "/operator/tenants"
	switch verb {
	case "list":
		method = http.MethodGet
	case "add":
		form.Set("name", subject)
	default:
		path += "/" + subject + "/" + verb
	}
	out, err := e.act(r, method, path, form)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// wakingEvery has the Worker be one whose host wakes it so often, rather than once an hour.
func (e *edge) wakingEvery(t *testing.T, d time.Duration) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"relay.capnp", "wasm_exec.js", "relay.wasm", "worker.mjs"} {
		b := must(os.ReadFile(filepath.Join(filepath.Dir(e.config), name)))(t)
		if name == "worker.mjs" {
			hour := []byte("const rest = 3600e3;")
			if bytes.Count(b, hour) != 1 {
				t.Fatal("the Worker's alarm is another")
			}
			b = bytes.Replace(b, hour, fmt.Appendf(nil, "const rest = %d;", d.Milliseconds()), 1)
		}
		check(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	e.config = filepath.Join(dir, "relay.capnp")
}

// needsMachine leaves out what starts relays of this machine by itself.
func needsMachine(t *testing.T) {
	if os.Getenv("VIALOG_WORKERD") != "" {
		t.Skip("this is about a relay on a machine")
	}
}

func needsEdge(t *testing.T) {
	if os.Getenv("VIALOG_WORKERD") == "" {
		t.Skip("needs workerd: make edge")
	}
}

func TestTheEdgeIsClosedToWhoHasNoBusinessThere(t *testing.T) {
	needsEdge(t)
	t.Parallel()
	r := startRelay(t)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}}
	status := func(change func(*http.Request)) int {
		req := must(http.NewRequest(http.MethodGet, r.origin+"/operator/tenants", nil))(t)
		change(req)
		resp := must(client.Do(req))(t)
		resp.Body.Close()
		return resp.StatusCode
	}
	for what, one := range map[string]struct {
		want   int
		change func(*http.Request)
	}{
		"the operator": {http.StatusOK, func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+r.edge.key) }},
		"no key":       {http.StatusUnauthorized, func(*http.Request) {}},
		"another key": {http.StatusUnauthorized, func(q *http.Request) {
			q.Header.Set("Authorization", "Bearer "+strings.ToUpper(r.edge.key))
		}},
		"a name that is not ours": {http.StatusMisdirectedRequest, func(q *http.Request) { q.Host = "elsewhere.example" }},
		"more than an operator says": {http.StatusRequestEntityTooLarge, func(q *http.Request) {
			q.Header.Set("Expect", "100-continue") // it is refused before it is sent
			q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(make([]byte, 1<<20))), 1<<20
		}},
		"a page of another origin": {http.StatusForbidden, func(q *http.Request) {
			q.URL.Path = wire.Path
			q.Header.Set("Origin", "https://elsewhere.example")
		}},
		"no socket": {http.StatusUpgradeRequired, func(q *http.Request) { q.URL.Path = wire.Path }},
	} {
		if got := status(one.change); got != one.want {
			t.Errorf("%s: status %d, want %d", what, got, one.want)
		}
	}
	url := "ws" + strings.TrimPrefix(r.origin, "http") + wire.Path
	if _, resp, err := (&websocket.Dialer{}).Dial(url, nil); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("without the subprotocol: %v", err)
	}
	ws, resp, err := (&websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true}).Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("frames are compressed: %s", got)
	}
	if _, b, err := ws.ReadMessage(); err != nil {
		t.Error(err)
	} else if f, err := wire.Parse(b); err != nil {
		t.Error(err)
	} else if _, ok := f.(*wire.Hello); !ok {
		t.Errorf("the first frame is a %T", f)
	}
	check(t, ws.WriteMessage(websocket.TextMessage, []byte("hello")))
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, websocket.CloseProtocolError) {
				t.Errorf("after a text message: %v", err)
			}
			break
		}
	}
}

// A bare client says frames to the Worker, and reads its answers.
type bare struct {
	*testing.T
	ws     *websocket.Conn
	origin string
	hello  *wire.Hello
}

func (r *relay) bare(t *testing.T, origin string) *bare {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(origin, "http")+wire.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	b := &bare{t, ws, origin, nil}
	b.hello = b.next().(*wire.Hello)
	return b
}

func (b *bare) next() wire.Frame {
	b.Helper()
	b.ws.SetReadDeadline(time.Now().Add(90 * time.Second))
	_, data, err := b.ws.ReadMessage()
	if err != nil {
		b.Fatal(err)
	}
	return must(wire.Parse(data))(b)
}

func (b *bare) say(f wire.Frame) {
	b.Helper()
	check(b, b.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)))
}

// key is a new one.
func (b *bare) key() ed25519.PrivateKey {
	b.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	check(b, err)
	return key
}

// founded is a channel that b made, on the account of the open tenant, and opened.
func (b *bare) founded() wire.Channel { b.Helper(); return b.foundedBy(b.key()) }

func (b *bare) foundedBy(key ed25519.PrivateKey) wire.Channel {
	b.Helper()
	return b.foundedUntil(key, 0)
}

// foundedUntil is one that expires then, in seconds; 0: never.
func (b *bare) foundedUntil(key ed25519.PrivateKey, expires uint64) wire.Channel {
	b.Helper()
	pub := key.Public().(ed25519.PublicKey)
	create := &wire.Create{Req: 1, Founding: wire.FoundingKey(pub), Access: wire.AccessKey(pub), Expires: expires, Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: b.hello.OpenTenant}}
	create.FoundingSig = wire.Signature(ed25519.Sign(key, wire.CreateContext(b.origin, b.hello.Nonce, create)))
	create.AccessSig = create.FoundingSig
	b.say(create)
	if done, ok := b.next().(*wire.Done); !ok {
		b.Fatalf("Create: %v", done)
	}
	id := wire.ChannelOf(create.Founding)
	b.open(id, key)
	return id
}

// open opens a channel by its access key.
func (b *bare) open(id wire.Channel, key ed25519.PrivateKey) {
	b.Helper()
	access := wire.AccessKey(key.Public().(ed25519.PublicKey))
	b.say(&wire.Open{Req: 2, Channel: id, Access: access, Sig: wire.Signature(ed25519.Sign(key, wire.OpenContext(b.origin, b.hello.Nonce, id, access)))})
	if opened, ok := b.next().(*wire.Opened); !ok {
		b.Fatalf("Open: %v", opened)
	}
}

// The host takes whatever the Worker sends, and hands it whatever a client sends.
func TestTheEdgeBoundsWhatOneClientMakesItHold(t *testing.T) {
	needsEdge(t)
	t.Parallel()
	r := startRelay(t)
	r.tenantForAll()
	b := r.bare(t, r.origin)
	id := b.founded()
	const boxes = 26 // of a MiB: what is sent at once, and two and a half seconds' worth
	data := make([]byte, wire.MaxBox)
	for i := range boxes {
		b.say(&wire.AppendBoxes{Req: uint32(10 + i), Channel: id, Boxes: []wire.Box{{ID: wire.BoxID{1, byte(i)}, Data: data}}})
		if f, ok := b.next().(*wire.Appended); !ok {
			t.Fatalf("Append: %v", f)
		}
	}
	start := time.Now()
	for i := range boxes {
		b.say(&wire.Read{Req: uint32(100 + i), Channel: id, After: uint64(i), MaxBytes: wire.MaxRead})
	}
	for i := range boxes {
		if f, ok := b.next().(*wire.Boxes); !ok || len(f.Boxes) != 1 || f.Boxes[0].Pos != uint64(i+1) {
			t.Fatalf("Read %d: %v", i, f)
		}
	}
	if took := time.Since(start); took < 2*time.Second {
		t.Errorf("26 MiB came in %v, as fast as the host takes them", took)
	}

	// Too large a frame is refused, and a message far beyond that ends the connection.
	check(t, b.ws.WriteMessage(websocket.BinaryMessage, make([]byte, wire.MaxFrame+1)))
	if f, ok := b.next().(*wire.Refused); !ok || f.Code != wire.TooLarge {
		t.Errorf("a byte too much: %v", f)
	}
	b.ws.WriteMessage(websocket.BinaryMessage, make([]byte, 2*wire.MaxFrame)) // may be cut off in the middle
	b.ws.SetReadDeadline(time.Now().Add(90 * time.Second))
	if _, _, err := b.ws.ReadMessage(); err == nil || os.IsTimeout(err) {
		t.Errorf("twice a frame: %v", err)
	}
	r.bare(t, r.origin).founded() // others go on
}

func TestTheEdgeHasAStoreForEachOrigin(t *testing.T) {
	needsEdge(t)
	t.Parallel()
	r := startRelay(t)
	r.kill()
	port := r.addr[strings.LastIndexByte(r.addr, ':'):]
	other := "http://localhost" + port
	r.edge.more = other
	r.start()
	a, b, again := r.bare(t, r.origin), r.bare(t, other), r.bare(t, other)
	if a.hello.Store == b.hello.Store || b.hello.Store != again.hello.Store {
		t.Errorf("stores %s, %s and %s", a.hello.Store, b.hello.Store, again.hello.Store)
	}
	r.tenantForAll() // at the first
	if open := r.bare(t, other).hello.OpenTenant; open != (wire.TenantID{}) {
		t.Error("a tenant of one origin is one at another")
	}
	r.bare(t, r.origin).founded()
}
