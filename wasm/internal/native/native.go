// Package native lets the app's code run outside a browser: in tests, in the
// demonstration and in measurements. The wasm binary does not contain it.
package native

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

type conn struct {
	mu sync.Mutex // one writer at a time
	ws *websocket.Conn
}

// Dial connects to a relay. It is a link.Dialer.
func Dial(ctx context.Context, url string) (link.Conn, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	ws, resp, err := d.DialContext(ctx, url, http.Header{})
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(wire.MaxFrame)
	return &conn{ws: ws}, nil
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
	_, b, err := c.ws.ReadMessage()
	return b, err
}

func (c *conn) Close() error { return c.ws.Close() }

// KDF is Argon2id on this machine. It is a vault.KDF.
func KDF(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	return seal.PassphraseKey(pass, p)
}
