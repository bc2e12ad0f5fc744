package bench

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

var relayBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vialog-bench")
	if err != nil {
		return "", err
	}
	built = dir
	bin := filepath.Join(dir, "relay")
	out, err := exec.Command("go", "build", "-trimpath", "-o", bin, "vialog/relay").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return bin, nil
})

var built string // folder of the relay's program, once there is one

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// A relay is a process with a tenant that is open to all and with limits that
// are out of the way: what is measured is the relay, not its politeness.
type relay struct {
	origin string
	pid    int
}

func startRelay(b *testing.B) *relay {
	b.Helper()
	bin, err := relayBinary()
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	r := &relay{origin: "http://" + addr}
	store := filepath.Join(b.TempDir(), "relay.sqlite")
	if out, err := exec.Command(bin, "tenant", "add", "-open", "-channels", "0", "-bytes", "0", "-store", store, "-origin", r.origin, "Everyone").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin, "serve", "-listen", addr, "-origin", r.origin, "-store", store, "-app", "none",
		"-limit", "connections=100000,address-connections=100000,address-work=1000000,frames=1000000,boxes=1000000")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	r.pid = cmd.Process.Pid
	b.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return r
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatalf("the relay does not listen:\n%s", log.String())
	return nil
}

// A key is both founding and access key of a channel.
type key struct{ ed25519.PrivateKey }

func keyOf(n int) key {
	seed := sha256.Sum256(fmt.Appendf(nil, "bench %d", n))
	return key{ed25519.NewKeyFromSeed(seed[:])}
}

func (k key) public() [32]byte      { return [32]byte(k.Public().(ed25519.PublicKey)) }
func (k key) channel() wire.Channel { return wire.ChannelOf(wire.FoundingKey(k.public())) }
func (k key) sign(text []byte) wire.Signature {
	return wire.Signature(ed25519.Sign(k.PrivateKey, text))
}

// A conn is one connection to the relay.
type conn struct {
	*websocket.Conn
	hello  wire.Hello
	origin string
	req    uint32
	out    []byte
}

func (r *relay) dial(buffer int) (*conn, error) {
	d := websocket.Dialer{
		Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 30 * time.Second, ReadBufferSize: buffer, WriteBufferSize: buffer,
	}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(r.origin, "http")+wire.Path, nil)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: ws, origin: r.origin}
	f, err := c.receive()
	if err != nil {
		return nil, err
	}
	hello, ok := f.(*wire.Hello)
	if !ok {
		return nil, errors.New("the relay did not greet")
	}
	c.hello = *hello
	return c, nil
}

func (c *conn) send(f wire.Frame) error {
	c.out = wire.Append(c.out[:0], f)
	return c.WriteMessage(websocket.BinaryMessage, c.out)
}

func (c *conn) receive() (wire.Frame, error) {
	_, raw, err := c.ReadMessage()
	if err != nil {
		return nil, err
	}
	return wire.Parse(raw)
}

func (c *conn) next() uint32 { c.req++; return c.req }

// call sends a request and returns its answer, which must be a T.
func call[T wire.Frame](c *conn, f wire.Frame) (answer T, err error) {
	if err := c.send(f); err != nil {
		return answer, err
	}
	got, err := c.receive()
	if err != nil {
		return answer, err
	}
	answer, ok := got.(T)
	if !ok {
		return answer, fmt.Errorf("the relay answered %T: %+v", got, got)
	}
	return answer, nil
}

func (c *conn) create(k key) error {
	f := &wire.Create{
		Req: c.next(), Founding: k.public(), Access: k.public(),
		Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant},
	}
	text := wire.CreateContext(c.origin, c.hello.Nonce, f)
	f.FoundingSig, f.AccessSig = k.sign(text), k.sign(text)
	_, err := call[*wire.Done](c, f)
	return err
}

func (c *conn) open(k key) error {
	f := &wire.Open{Req: c.next(), Channel: k.channel(), Access: k.public()}
	f.Sig = k.sign(wire.OpenContext(c.origin, c.hello.Nonce, f.Channel, f.Access))
	_, err := call[*wire.Opened](c, f)
	return err
}
