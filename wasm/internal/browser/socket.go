//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"sync"
	"syscall/js"
	"time"

	"vialog/shared/wire"
)

// ErrClosed reports a connection that has ended, by either side or by the network.
var ErrClosed = errors.New("browser: the connection has ended")

const (
	maxUnread = 64 << 20 // bytes received and not yet taken; beyond it the connection is ended
	maxUnsent = 4 << 20  // bytes handed to the browser and not yet on the wire; beyond it Send waits
)

// A Conn is a WebSocket. Send and Receive may be called by one goroutine each.
type Conn struct {
	ws    js.Value
	funcs []js.Func
	heard func(text string) error

	mu     sync.Mutex
	inbox  [][]byte
	unread int
	err    error // why it has ended; nil while it is open
	wake   chan struct{}
	ended  chan struct{} // closed when it has ended
}

// Dial connects to url, which begins with ws:// or wss://, for the subprotocols
// of the relay. Messages that are text go to heard, which must not wait; an error
// ends the connection.
func Dial(ctx context.Context, url string, heard func(text string) error) (*Conn, error) {
	offer := []any{wire.SubprotocolAlive, wire.Subprotocol}
	ws, err := try(func() js.Value { return js.Global().Get("WebSocket").New(url, offer) })
	if err != nil {
		return nil, err
	}
	ws.Set("binaryType", "arraybuffer")
	c := &Conn{ws: ws, heard: heard, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	opened := make(chan struct{})
	c.on("onopen", func(js.Value) { close(opened) })
	c.on("onmessage", func(e js.Value) { c.take(e.Get("data")) })
	c.on("onerror", func(js.Value) { c.fail(ErrClosed) }) // a close need not follow when a policy forbids the address
	c.on("onclose", func(js.Value) { c.end(ErrClosed) })
	select {
	case <-opened:
		return c, nil
	case <-c.ended:
		return nil, ErrClosed
	case <-ctx.Done():
		c.Close()
		return nil, ctx.Err()
	}
}

func (c *Conn) on(name string, f func(js.Value)) {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(first(args))
		return nil
	})
	c.funcs = append(c.funcs, fn)
	c.ws.Set(name, fn)
}

func (c *Conn) take(data js.Value) {
	if data.Type() == js.TypeString {
		if err := c.heard(data.String()); err != nil {
			c.fail(err)
		}
		return
	}
	b := toGo(data)
	if b == nil {
		c.fail(errors.New("browser: a message that is not bytes"))
		return
	}
	c.mu.Lock()
	c.inbox = append(c.inbox, b)
	c.unread += len(b)
	full := c.unread > maxUnread
	c.mu.Unlock()
	if full {
		c.fail(errors.New("browser: too much unread"))
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// fail ends the connection for a reason of ours.
func (c *Conn) fail(err error) {
	c.end(err)
	c.ws.Call("close")
}

// end marks the connection as ended and lets go of the functions, once.
func (c *Conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.ended)
	for _, name := range []string{"onopen", "onmessage", "onerror", "onclose"} {
		c.ws.Set(name, js.Null())
	}
	for _, f := range c.funcs {
		f.Release()
	}
}

// Send hands b to the browser as one message. It waits while much is unsent,
// and nil does not mean that anyone has received it.
func (c *Conn) Send(b []byte) error {
	for {
		c.mu.Lock()
		err := c.err
		c.mu.Unlock()
		if err != nil {
			return err
		}
		if c.ws.Get("bufferedAmount").Int() <= maxUnsent {
			break
		}
		select {
		case <-c.ended:
		case <-time.After(20 * time.Millisecond):
		}
	}
	_, err := try(func() js.Value { return c.ws.Call("send", toJS(b)) })
	return err
}

// Subprotocol is the one of ours that the relay took.
func (c *Conn) Subprotocol() string { return text(c.ws.Get("protocol")) }

// Say sends a text, beside what Send sends. It may be called by any goroutine.
func (c *Conn) Say(text string) error {
	_, err := try(func() js.Value { return c.ws.Call("send", text) })
	return err
}

// Receive returns the next message that is bytes. What came before the end is still returned.
func (c *Conn) Receive(ctx context.Context) ([]byte, error) {
	for {
		c.mu.Lock()
		if len(c.inbox) > 0 {
			b := c.inbox[0]
			c.inbox[0] = nil
			c.inbox = c.inbox[1:]
			c.unread -= len(b)
			c.mu.Unlock()
			return b, nil
		}
		err := c.err
		c.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-c.wake:
		case <-c.ended:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the connection. It may be called twice.
func (c *Conn) Close() error {
	c.end(ErrClosed)
	_, err := try(func() js.Value { return c.ws.Call("close") })
	return err
}
