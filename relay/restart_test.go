package main

import (
	"bytes"
	"crypto/rand"
	bigend "encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

// A manager stands in for systemd: it keeps the listening socket, hands it to one
// relay after another, and hears how they are.
type manager struct {
	t      *testing.T
	dir    string
	socket *os.File
	port   string
	says   *net.UnixConn
	notify string
}

func newManager(t *testing.T, dir string) *manager {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{t: t, dir: dir, notify: filepath.Join(dir, "notify")}
	_, m.port, _ = net.SplitHostPort(l.Addr().String())
	if m.socket, err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	l.Close() // the file keeps it open; nobody here accepts
	if m.says, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.notify, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.socket.Close(); m.says.Close() })
	return m
}

// hears waits until a relay says so.
func (m *manager) hears(want string) {
	m.t.Helper()
	b := make([]byte, 1024)
	m.says.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		n, err := m.says.Read(b)
		if err != nil {
			m.t.Fatalf("no %s: %v", want, err)
		}
		if string(b[:n]) == want {
			return
		}
	}
}

func (m *manager) start() *exec.Cmd {
	m.t.Helper()
	path, err := binary()
	if err != nil {
		m.t.Fatal(err)
	}
	// Only the process itself knows its number: exec keeps that of the shell.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" serve -app none -origin http://localhost:`+m.port, path)
	cmd.Dir, cmd.ExtraFiles = m.dir, []*os.File{m.socket}
	cmd.Env = []string{"LISTEN_FDS=1", "NOTIFY_SOCKET=" + m.notify, "WATCHDOG_USEC=300000"}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
		if m.t.Failed() {
			m.t.Log(log.String())
		}
	})
	m.hears("READY=1")
	return cmd
}

// A writer appends to a channel of its own for as long as it is told, whatever
// happens to its connections.
type writer struct {
	m                *manager
	founding, access [32]byte
	signF, signA     func([]byte) wire.Signature
	n                uint64
	acked            map[wire.BoxID]uint64 // position by box
	count            *atomic.Int64
	refused          error // a connection that was turned away
}

// call sends a request and returns its answer, or an error if there is none.
func (w *writer) call(c *websocket.Conn, f wire.Frame) (wire.Frame, error) {
	c.SetWriteDeadline(time.Now().Add(time.Minute))
	if err := c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, f)); err != nil {
		return nil, err
	}
	return w.read(c)
}

func (w *writer) read(c *websocket.Conn) (wire.Frame, error) {
	c.SetReadDeadline(time.Now().Add(time.Minute))
	_, b, err := c.ReadMessage()
	if err != nil {
		return nil, err
	}
	f, err := wire.Parse(b)
	if err != nil {
		return nil, err
	}
	if bye, ok := f.(*wire.Goodbye); ok {
		return nil, fmt.Errorf("goodbye: %v", bye.Code)
	}
	return f, nil
}

// dial connects, and makes and opens the channel.
func (w *writer) dial() (*websocket.Conn, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute}
	c, _, err := d.Dial("ws://127.0.0.1:"+w.m.port+wire.Path, nil)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			w.refused = err
		}
		return nil, err
	}
	f, err := w.read(c)
	if err != nil {
		c.Close()
		return nil, err
	}
	hello, origin := f.(*wire.Hello), "http://localhost:"+w.m.port
	create := &wire.Create{Req: 1, Founding: w.founding, Access: w.access, Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: hello.OpenTenant}}
	b := wire.CreateContext(origin, hello.Nonce, create)
	create.FoundingSig, create.AccessSig = w.signF(b), w.signA(b)
	ch := wire.ChannelOf(w.founding)
	for _, f := range []wire.Frame{create, &wire.Open{Req: 2, Channel: ch, Access: w.access, Sig: w.signA(wire.OpenContext(origin, hello.Nonce, ch, w.access))}} {
		if _, err := w.call(c, f); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

func (w *writer) work(stop <-chan struct{}) {
	for {
		c, err := w.dial()
		for err == nil {
			select {
			case <-stop:
				c.Close()
				return
			default:
			}
			var id wire.BoxID
			bigend.BigEndian.PutUint64(id[:], w.n+1)
			data := make([]byte, 512)
			rand.Read(data)
			var f wire.Frame
			f, err = w.call(c, &wire.AppendBoxes{Req: 3, Channel: wire.ChannelOf(w.founding), Boxes: []wire.Box{{ID: id, Data: data}}})
			if a, ok := f.(*wire.Appended); ok {
				w.n++
				w.acked[id] = a.Positions[0]
				w.count.Add(1)
			}
		}
		if c != nil {
			c.Close()
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

func TestARollingRestartLosesNoBoxAndTurnsNobodyAway(t *testing.T) {
	dir := t.TempDir()
	mustRelay(t, dir, "tenant", "add", "-open", "Everyone")
	m := newManager(t, dir)
	relay := m.start()
	m.hears("WATCHDOG=1")
	var count atomic.Int64
	var working sync.WaitGroup
	stop := make(chan struct{})
	writers := make([]*writer, 4)
	for i := range writers {
		w := &writer{m: m, acked: map[wire.BoxID]uint64{}, count: &count}
		w.founding, w.signF = newKey()
		w.access, w.signA = newKey()
		writers[i] = w
		working.Go(func() { w.work(stop) })
	}
	more := func() {
		t.Helper()
		least := count.Load() + 40
		eventually(t, "nothing is acknowledged", func() bool { return count.Load() >= least })
	}
	more()
	for _, how := range []os.Signal{syscall.SIGTERM, os.Kill, syscall.SIGTERM} {
		relay.Process.Signal(how)
		if how == syscall.SIGTERM {
			m.hears("STOPPING=1")
		}
		err := relay.Wait()
		if how == syscall.SIGTERM && err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
		relay = m.start()
		more()
	}
	close(stop)
	working.Wait()

	s := &server{port: m.port, origin: "http://localhost:" + m.port}
	for i, w := range writers {
		if w.refused != nil {
			t.Errorf("writer %d was turned away: %v", i, w.refused)
		}
		c := s.dial(t)
		ch := wire.ChannelOf(w.founding)
		head := c.open(ch, w.access, w.signA).Head
		left := maps.Clone(w.acked)
		for after := uint64(0); after < head; {
			f, ok := c.ask(&wire.Read{Req: c.next(), Channel: ch, After: after, MaxBytes: 1 << 20}).(*wire.Boxes)
			if !ok || len(f.Boxes) == 0 {
				t.Fatalf("read: %T", f)
			}
			for _, b := range f.Boxes {
				after = b.Pos
				if left[b.ID] == b.Pos {
					delete(left, b.ID)
				}
			}
		}
		if len(left) > 0 || len(w.acked) == 0 {
			t.Errorf("writer %d: %d of %d acknowledged boxes are not where they were", i, len(left), len(w.acked))
		}
	}
}

func TestASocketThatWasMeantForAnotherProcessIsLeftAlone(t *testing.T) {
	env := map[string]string{"LISTEN_FDS": "1", "LISTEN_PID": "1"}
	if l, err := passed(func(name string) string { return env[name] }); l != nil || err != nil {
		t.Errorf("%v %v", l, err)
	}
	env["LISTEN_PID"], env["LISTEN_FDS"] = fmt.Sprint(os.Getpid()), "many"
	if _, err := passed(func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), "LISTEN_FDS") {
		t.Error(err)
	}
}
