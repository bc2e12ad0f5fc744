//go:build !js

package hub

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

// workerIdle is how long a worker waits for another task.
const workerIdle = 5 * time.Second

// An upgrader makes sockets of requests.
type upgrader struct{ gorilla websocket.Upgrader }

func (u *upgrader) init() {
	u.gorilla = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   1024, // idle connections keep this one
		WriteBufferSize:  1024, // borrowed for a write
		WriteBufferPool:  &sync.Pool{},
		Subprotocols:     subprotocols,
		CheckOrigin:      func(*http.Request) bool { return true }, // ServeHTTP did
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			http.Error(w, "this address speaks WebSocket only", status)
		},
	}
}

// asks reports whether r is for a socket.
func (*upgrader) asks(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// upgrade makes a socket of r, which c can cut while its handshake lasts.
func (u *upgrader) upgrade(w http.ResponseWriter, r *http.Request, c *conn) (socket, error) {
	s := &stream{}
	ws, err := u.gorilla.Upgrade(hijacker{w, c, s}, r, nil)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(wire.MaxFrame + 1024)
	s.ws = ws
	return s, nil
}

// hijacker puts a cork between the socket and the network.
type hijacker struct {
	http.ResponseWriter
	c *conn
	s *stream
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	n, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.s.net.Conn = n
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	h.c.net = n
	return &h.s.net, rw, nil
}

// A stream is a socket on a connection of the network.
type stream struct {
	net cork
	ws  *websocket.Conn
}

func (s *stream) attend(pinged func() error, ponged func()) {
	s.ws.SetPingHandler(func(data string) error {
		if err := pinged(); err != nil {
			return err
		}
		err := s.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		if _, timeout := err.(interface{ Timeout() bool }); timeout {
			return nil
		}
		return err
	})
	s.ws.SetPongHandler(func(string) error { ponged(); return nil })
}

func (s *stream) next() (io.Reader, bool, error) {
	kind, r, err := s.ws.NextReader()
	return r, kind == websocket.BinaryMessage, err
}

func (s *stream) expect(by time.Time) { s.net.SetReadDeadline(by) }

func (s *stream) send(message []byte, by time.Time) error {
	s.ws.SetWriteDeadline(by)
	return s.ws.WriteMessage(websocket.BinaryMessage, message)
}

func (s *stream) lively() bool { return s.ws.Subprotocol() == wire.SubprotocolAlive }

func (s *stream) alive(by time.Time) error {
	s.ws.SetWriteDeadline(by)
	return s.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveAnswer))
}

func (s *stream) ping(by time.Time) error {
	return s.ws.WriteControl(websocket.PingMessage, nil, by)
}

func (s *stream) leave(status int, by time.Time) {
	s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(status, ""), by)
}

func (s *stream) hold()                      { s.net.hold() }
func (s *stream) release(by time.Time) error { return s.net.release(by) }
func (s *stream) Close() error               { return s.net.Close() }
