// Package native lets the app's code run outside a browser: in tests, in the
// demonstration and in measurements. The wasm binary does not contain it.
package native

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

type conn struct {
	mu    sync.Mutex // one writer at a time
	ws    *websocket.Conn
	alive link.Sign
}

// Dial connects to a relay. It is a link.Dialer.
func Dial(ctx context.Context, url string) (link.Conn, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.SubprotocolAlive, wire.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	ws, resp, err := d.DialContext(ctx, url, http.Header{})
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	switch {
	case err != nil && resp != nil:
		return nil, fmt.Errorf("%w: %s", err, resp.Status)
	case err != nil:
		return nil, err
	}
	ws.SetReadLimit(wire.MaxFrame)
	return &conn{ws: ws, alive: link.NewSign()}, nil
}

func (c *conn) Send(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(20 * time.Second))
	return c.ws.WriteMessage(websocket.BinaryMessage, b)
}

func (c *conn) Receive(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { c.ws.Close() })
	defer stop()
	for {
		kind, b, err := c.ws.ReadMessage()
		if err != nil || kind == websocket.BinaryMessage {
			return b, err
		}
		if err := c.alive.Heard(string(b)); err != nil {
			return nil, err
		}
	}
}

// Alive makes c a link.Living.
func (c *conn) Alive(ctx context.Context) (agreed bool, err error) {
	if c.ws.Subprotocol() != wire.SubprotocolAlive {
		return false, nil
	}
	return true, c.alive.Ask(ctx, func(question string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ws.SetWriteDeadline(time.Now().Add(20 * time.Second))
		return c.ws.WriteMessage(websocket.TextMessage, []byte(question))
	})
}

func (c *conn) Close() error {
	c.alive.End()
	return c.ws.Close()
}

// KDF is Argon2id on this machine. It is a vault.KDF.
func KDF(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	return seal.PassphraseKey(pass, p)
}
