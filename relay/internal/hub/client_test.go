package hub

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

const origin = "http://localhost:8080"

// A relay is a hub on loopback with a memory store and an open tenant.
type relay struct {
	t    testing.TB
	hub  *Hub
	log  Log
	desk *admit.Desk
	open wire.TenantID
	http *httptest.Server
}

// roomy limits let a test do what it does at full speed.
var roomy = Limits{AddressWork: 1e6, AddressWorkBurst: 1e6, AddressConnections: 10_000, Frames: 1e6, FramesBurst: 1e6, Boxes: 1e6, BoxesBurst: 1e6, TenantBytes: 1e12, TenantBytesBurst: 1e12}

func newRelay(t testing.TB, o Options, wrap ...func(Log) Log) *relay {
	t.Helper()
	mem := memory.New()
	desk, err := admit.New(t.Context(), mem)
	if err != nil {
		t.Fatal(err)
	}
	tenant, _, err := desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "Everyone", Open: true})
	if err != nil {
		t.Fatal(err)
	}
	if o.Origins == nil {
		o.Origins = []string{origin}
	}
	r := &relay{t: t, log: mem, desk: desk, open: tenant.ID}
	for _, w := range wrap {
		r.log = w(r.log)
	}
	r.hub = New(r.log, desk, o)
	r.http = httptest.NewServer(r.hub)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.hub.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		closing, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		r.hub.Shutdown(closing)
		r.http.Close()
	})
	return r
}

// A key is an Ed25519 key pair for tests, made from a name.
type key struct{ ed25519.PrivateKey }

func keyOf(name string) key {
	seed := sha256.Sum256([]byte("test key " + name))
	return key{ed25519.NewKeyFromSeed(seed[:])}
}

func (k key) access() wire.AccessKey     { return wire.AccessKey(k.Public().(ed25519.PublicKey)) }
func (k key) founding() wire.FoundingKey { return wire.FoundingKey(k.Public().(ed25519.PublicKey)) }
func (k key) tenant() wire.TenantKey     { return wire.TenantKey(k.Public().(ed25519.PublicKey)) }
func (k key) sign(b []byte) wire.Signature {
	return wire.Signature(ed25519.Sign(k.PrivateKey, b))
}
func (k key) channel() wire.Channel { return wire.ChannelOf(k.founding()) }

// A client speaks frames. Frames that answer Req 0 or a follow are kept in unasked.
type client struct {
	t      testing.TB
	ws     *websocket.Conn
	hosted *hosted // instead of ws, in some tests
	hello  *wire.Hello
	req    uint32
	kept   []wire.Frame
}

func (r *relay) dial() *client {
	r.t.Helper()
	c, resp, err := r.tryDial(nil)
	if err != nil {
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		r.t.Fatalf("dial: %v (%d)", err, status)
	}
	return c
}

func (r *relay) tryDial(header http.Header) (*client, *http.Response, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 5 * time.Second}
	ws, resp, err := d.Dial("ws"+strings.TrimPrefix(r.http.URL, "http")+wire.Path, header)
	if err != nil {
		return nil, resp, err
	}
	c := &client{t: r.t, ws: ws}
	r.t.Cleanup(func() { ws.Close() })
	f, err := c.receive()
	if err != nil {
		return nil, resp, err
	}
	c.hello = f.(*wire.Hello)
	return c, resp, nil
}

func (c *client) receive() (wire.Frame, error) {
	if c.hosted != nil {
		select {
		case b := <-c.hosted.out:
			return wire.Parse(b)
		case <-time.After(time.Minute):
			return nil, errors.New("nothing came in a minute")
		}
	}
	c.ws.SetReadDeadline(time.Now().Add(time.Minute))
	_, b, err := c.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	return wire.Parse(b)
}

func (c *client) send(f wire.Frame) {
	c.t.Helper()
	if c.hosted != nil {
		c.hosted.in <- wire.Append(nil, f)
		return
	}
	if err := c.ws.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)); err != nil {
		c.t.Errorf("send: %v", err)
	}
}

func (c *client) next() uint32 { c.req++; return c.req }

// await returns the next frame that want accepts; others are kept for later.
func (c *client) await(want func(wire.Frame) bool) wire.Frame {
	c.t.Helper()
	for i, f := range c.kept {
		if want(f) {
			c.kept = append(c.kept[:i:i], c.kept[i+1:]...)
			return f
		}
	}
	for {
		f, err := c.receive()
		if err != nil {
			c.t.Fatalf("receive: %v", err)
			return nil
		}
		if want(f) {
			return f
		}
		c.kept = append(c.kept, f)
	}
}

func reqOf(f wire.Frame) uint32 {
	b := wire.Append(nil, f)
	if b[0] == 0x89 || b[0] == 0x8a || len(b) < 5 {
		return 0
	}
	return binary.BigEndian.Uint32(b[1:])
}

// ask sends f and returns its answer.
func (c *client) ask(f wire.Frame) wire.Frame {
	c.t.Helper()
	c.send(f)
	return c.answer(reqOf(f))
}

func (c *client) answer(req uint32) wire.Frame {
	c.t.Helper()
	return c.await(func(f wire.Frame) bool { return reqOf(f) == req })
}

func (c *client) unasked() wire.Frame {
	c.t.Helper()
	return c.await(func(f wire.Frame) bool { return reqOf(f) == 0 })
}

func (c *client) createFrame(r *relay, founding, access key, a wire.Admission) *wire.Create {
	f := &wire.Create{Req: c.next(), Founding: founding.founding(), Access: access.access(), Admission: a}
	c.sealCreate(f, founding, access)
	return f
}

func (c *client) sealCreate(f *wire.Create, founding, access key) {
	b := wire.CreateContext(origin, c.hello.Nonce, f)
	f.FoundingSig, f.AccessSig = founding.sign(b), access.sign(b)
}

func (c *client) create(r *relay, founding, access key) {
	c.t.Helper()
	want[*wire.Done](c.t, c.ask(c.createFrame(r, founding, access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})))
}

func (c *client) openFrame(ch wire.Channel, access key) *wire.Open {
	return &wire.Open{Req: c.next(), Channel: ch, Access: access.access(),
		Sig: access.sign(wire.OpenContext(origin, c.hello.Nonce, ch, access.access()))}
}

func (c *client) open(ch wire.Channel, access key) wire.Frame {
	c.t.Helper()
	return c.ask(c.openFrame(ch, access))
}

func (c *client) append(ch wire.Channel, boxes ...wire.Box) wire.Frame {
	c.t.Helper()
	return c.ask(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: boxes})
}

func (c *client) cede(ch wire.Channel, by, next key) wire.Frame {
	c.t.Helper()
	b := wire.CedeContext(origin, c.hello.Nonce, ch, next.founding())
	return c.ask(&wire.Cede{Req: c.next(), Channel: ch, New: next.founding(), OldSig: by.sign(b), NewSig: next.sign(b)})
}

func (c *client) deleteBy(named, by key) wire.Frame {
	c.t.Helper()
	return c.ask(&wire.Delete{Req: c.next(), Founding: named.founding(), Sig: by.sign(wire.DeleteContext(origin, c.hello.Nonce, named.channel()))})
}

func (c *client) rotateFrame(ch wire.Channel, signer wire.Signer, by, next key, note string, boxes ...wire.Box) *wire.Rotate {
	f := &wire.Rotate{Req: c.next(), Channel: ch, Access: next.access(), Signer: signer, Note: []byte(note), Boxes: boxes}
	b := wire.RotateContext(origin, c.hello.Nonce, f)
	f.Sig, f.NewSig = by.sign(b), next.sign(b)
	return f
}

func box(name string, size ...int) wire.Box {
	n := wire.MinBox
	if len(size) > 0 {
		n = size[0]
	}
	sum := sha256.Sum256([]byte("box " + name))
	b := wire.Box{ID: wire.BoxID(sum[:16]), Data: make([]byte, n)}
	copy(b.Data, name)
	return b
}

// want returns f as a T.
func want[T wire.Frame](t testing.TB, f wire.Frame) T {
	t.Helper()
	got, ok := f.(T)
	if !ok {
		t.Fatalf("got %T %+v, want %T", f, short(f), *new(T))
	}
	return got
}

func short(f wire.Frame) any {
	if r, ok := f.(*wire.Refused); ok {
		return r.Code.Error()
	}
	return ""
}

func wantRefused(t testing.TB, f wire.Frame, code wire.Refusal) {
	t.Helper()
	r, ok := f.(*wire.Refused)
	if !ok || r.Code != code {
		t.Errorf("got %T %v, want %v", f, short(f), code)
	}
}

// A faultyLog loses answers: writes happen, or do not, and the hub is told that they failed.
type faultyLog struct {
	Log
	mu   sync.Mutex
	lose bool // the next write fails
	keep bool // but happens all the same
}

var errLost = errors.New("the disk did not answer")

func (l *faultyLog) next() (lose, keep bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lose, l.lose = l.lose, false
	return lose, l.keep
}

func (l *faultyLog) fail(keep bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose, l.keep = true, keep
}

func (l *faultyLog) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	lose, keep := l.next()
	if lose && !keep {
		return nil, errLost
	}
	p, err := l.Log.Append(ctx, id, as, boxes, maxBytes)
	if lose && err == nil {
		return nil, errLost
	}
	return p, err
}

func (l *faultyLog) Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, note []byte, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	lose, keep := l.next()
	if lose && !keep {
		return nil, errLost
	}
	p, err := l.Log.Rotate(ctx, id, old, next, note, boxes, maxBytes)
	if lose && err == nil {
		return nil, errLost
	}
	return p, err
}

func (l *faultyLog) Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error {
	lose, keep := l.next()
	if lose && !keep {
		return errLost
	}
	err := l.Log.Cede(ctx, id, old, next)
	if lose && err == nil {
		return errLost
	}
	return err
}

func (l *faultyLog) Erase(ctx context.Context, id wire.Channel) error {
	lose, keep := l.next()
	if lose && !keep {
		return errLost
	}
	err := l.Log.Erase(ctx, id)
	if lose && err == nil {
		return errLost
	}
	return err
}
