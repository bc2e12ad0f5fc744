//go:build linux

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os/exec"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

// vialog is our relay, with its limits for one address and one channel out of the way.
type vialog struct {
	program string
	port    string
	origin  string
}

func (v *vialog) name() string { return "vialog" }

func (v *vialog) start(dir string) (*exec.Cmd, error) {
	var err error
	if v.port, err = freePort(); err != nil {
		return nil, err
	}
	v.origin = "http://localhost:" + v.port
	store := []string{"-store", dir + "/store.sqlite"}
	add := exec.Command(v.program, append([]string{"tenant", "add", "-open", "-channels", "0", "-bytes", "0", "Everyone"}, store...)...)
	if out, err := add.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	cmd := exec.Command(v.program, append([]string{"serve", "-app", "none", "-listen", "127.0.0.1:" + v.port, "-origin", v.origin, "-log-level", "error", "-status-socket", "none",
		"-limit", "address-connections=20000,address-work=1000000,frames=1000000,boxes=1000000,tenant-bytes=1000000000000"}, store...)...)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := answers("127.0.0.1:" + v.port); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, err
	}
	return cmd, nil
}

// key is that of a channel: founding and access key are the same here.
func key(channel int) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("bench channel " + fmt.Sprint(channel)))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(k ed25519.PrivateKey) [32]byte { return [32]byte(k.Public().(ed25519.PublicKey)) }

func (v *vialog) connect() (*socket, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, ReadBufferSize: clientBuffer, WriteBufferSize: 1024}
	ws, _, err := d.Dial("ws://127.0.0.1:"+v.port+wire.Path, nil)
	if err != nil {
		return nil, err
	}
	c := &socket{ws: ws}
	f, err := c.receive()
	if err != nil {
		return nil, err
	}
	c.hello = f.(*wire.Hello)
	return c, nil
}

func (v *vialog) prepare(channels int) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range min(channels, 32) {
		wg.Go(func() {
			c, err := v.connect()
			for err == nil {
				i := int(next.Add(1)) - 1
				if i >= channels {
					c.close()
					return
				}
				k := key(i)
				f := &wire.Create{Req: 1, Founding: public(k), Access: public(k), Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: c.hello.OpenTenant}}
				b := wire.CreateContext(v.origin, c.hello.Nonce, f)
				f.FoundingSig = wire.Signature(ed25519.Sign(k, b))
				f.AccessSig = f.FoundingSig
				err = c.ask(f)
			}
			failed.Store(&err)
		})
	}
	wg.Wait()
	if e := failed.Load(); e != nil {
		return *e
	}
	return nil
}

func (v *vialog) dial(channel int) (client, error) {
	c, err := v.connect()
	if err != nil {
		return nil, err
	}
	k := key(channel)
	c.channel = wire.ChannelOf(public(k))
	sig := ed25519.Sign(k, wire.OpenContext(v.origin, c.hello.Nonce, c.channel, public(k)))
	if err := c.ask(&wire.Open{Req: 1, Channel: c.channel, Access: public(k), Sig: wire.Signature(sig)}); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

type socket struct {
	ws      *websocket.Conn
	hello   *wire.Hello
	channel wire.Channel
	in      bytes.Buffer
	buf     []byte
}

var boxIDs atomic.Uint64 // no two boxes of a run are the same

func (c *socket) receive() (wire.Frame, error) {
	_, r, err := c.ws.NextReader()
	if err != nil {
		return nil, err
	}
	c.in.Reset()
	if _, err := c.in.ReadFrom(r); err != nil {
		return nil, err
	}
	f, err := wire.Parse(c.in.Bytes()) // good until the next one
	if r, ok := f.(*wire.Refused); ok && err == nil {
		return nil, r.Code
	}
	return f, err
}

func (c *socket) write(f wire.Frame) error {
	c.buf = wire.Append(c.buf[:0], f)
	return c.ws.WriteMessage(websocket.BinaryMessage, c.buf)
}

func (c *socket) ask(f wire.Frame) error {
	if err := c.write(f); err != nil {
		return err
	}
	_, err := c.receive()
	return err
}

var content = make([]byte, size)

func (c *socket) send(messages, _ int) error {
	f := &wire.AppendBoxes{Req: 2, Channel: c.channel, Boxes: make([]wire.Box, messages)}
	for i := range f.Boxes {
		f.Boxes[i].Data = content
		binary.BigEndian.PutUint64(f.Boxes[i].ID[:], boxIDs.Add(1))
	}
	return c.write(f)
}

func (c *socket) acked() error {
	f, err := c.receive()
	if err != nil {
		return err
	}
	if _, ok := f.(*wire.Appended); !ok {
		return fmt.Errorf("an append is answered with %T", f)
	}
	return nil
}

func (c *socket) follow(after bool) error {
	if err := c.write(&wire.Follow{Req: 3, Channel: c.channel}); err != nil || after {
		return err
	}
	f, err := c.receive()
	if b, ok := f.(*wire.Boxes); err == nil && (!ok || len(b.Boxes) != 0) {
		err = fmt.Errorf("a follow of an empty channel is answered with %T", f)
	}
	return err
}

func (c *socket) next() (int, error) {
	f, err := c.receive()
	if err != nil {
		return 0, err
	}
	b, ok := f.(*wire.Boxes)
	if !ok {
		return 0, fmt.Errorf("a follower gets %T", f)
	}
	return len(b.Boxes), nil
}

func (c *socket) close() { c.ws.Close() }
