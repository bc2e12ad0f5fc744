//go:build js

package hub

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"vialog/shared/wire"
)

// A Doorway is a response that can become a socket, as a host of JavaScript has it.
type Doorway interface {
	http.ResponseWriter

	// Accept answers with one end of a WebSocketPair, in a subprotocol, and
	// returns the other, to which nothing was done yet.
	Accept(subprotocol string) js.Value
}

// An upgrader makes sockets of requests.
type upgrader struct{}

func (*upgrader) init() {}

// asks reports whether r is for a socket.
func (*upgrader) asks(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// upgrade makes a socket of r. There is no handshake to wait for.
func (*upgrader) upgrade(w http.ResponseWriter, r *http.Request, _ *conn) (socket, error) {
	agreed := chosen(r)
	return newPair(w.(Doorway).Accept(agreed), agreed), nil
}

// What the host hands over comes whole, and whether we take it or not; so does
// what we hand to the host go, whether the client takes it or not. Hence these.
const (
	inFrames  = 8 * wire.MaxPending // that wait to be read
	inBytes   = 4 * wire.MaxFrame   // the same, in bytes
	paceBurst = 16 << 20            // bytes that are sent at once
	pace      = 4 << 20             // bytes per second beyond
)

var errEnded = errors.New("the connection has ended")

// A pair is a socket that the host holds.
type pair struct {
	ws       js.Value
	agreed   string             // subprotocol
	handlers map[string]js.Func // of its events
	sent     bucket             // used by the writer only
	ended    chan struct{}
	come     chan struct{} // holds one value after a message came

	mu    sync.Mutex // guards the rest; nothing is waited for while it is held
	in    []message
	bytes int // in them
	over  bool
	timer *time.Timer
}

type message struct {
	data   []byte
	binary bool
}

func newPair(ws js.Value, agreed string) *pair {
	p := &pair{ws: ws, agreed: agreed, handlers: map[string]js.Func{}, ended: make(chan struct{}), come: make(chan struct{}, 1)}
	on := func(event string, do func(js.Value)) {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any { do(args[0]); return nil })
		p.handlers[event] = f
		ws.Call("addEventListener", event, f)
	}
	on("message", func(e js.Value) { p.arrive(e.Get("data")) })
	on("close", func(js.Value) { p.Close() })
	on("error", func(js.Value) { p.Close() })
	ws.Set("binaryType", "arraybuffer")
	ws.Call("accept")
	return p
}

var uint8Array = js.Global().Get("Uint8Array")

// arrive takes what the host hands over, and ends the connection of a client
// that sends more than it may have waiting.
func (p *pair) arrive(data js.Value) {
	var m message
	if data.Type() == js.TypeString {
		m.data = []byte(data.String())
	} else {
		a := uint8Array.New(data)
		n := a.Length()
		if n > wire.MaxFrame+1024 {
			p.Close()
			return
		}
		m.data, m.binary = make([]byte, n), true
		js.CopyBytesToGo(m.data, a)
	}
	p.mu.Lock()
	p.in = append(p.in, m)
	p.bytes += len(m.data)
	tooMuch := len(p.in) > inFrames || p.bytes > inBytes
	p.mu.Unlock()
	if tooMuch {
		p.Close()
		return
	}
	select {
	case p.come <- struct{}{}:
	default:
	}
}

// attend has nothing to do: the host answers pings, and cannot be told to ping.
func (*pair) attend(func() error, func()) {}

func (p *pair) next() (io.Reader, bool, error) {
	for {
		p.mu.Lock()
		if p.over {
			p.mu.Unlock()
			return nil, false, errEnded
		}
		if len(p.in) > 0 {
			m := p.in[0]
			p.in[0] = message{}
			p.in = p.in[1:]
			p.bytes -= len(m.data)
			p.mu.Unlock()
			return bytes.NewReader(m.data), m.binary, nil
		}
		p.mu.Unlock()
		select {
		case <-p.come:
		case <-p.ended:
		}
	}
}

func (p *pair) expect(by time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over:
	case p.timer == nil:
		p.timer = time.AfterFunc(time.Until(by), func() { p.Close() })
	default:
		p.timer.Reset(time.Until(by))
	}
}

// send hands message to the host, at a pace: nobody tells us what waits there
// for a client that does not take it.
func (p *pair) send(message []byte, _ time.Time) error {
	for {
		wait := p.sent.take(time.Now(), pace, paceBurst, float64(len(message)))
		if wait == 0 {
			break
		}
		select {
		case <-time.After(wait):
		case <-p.ended:
			return errEnded
		}
	}
	a := uint8Array.New(len(message))
	js.CopyBytesToJS(a, message)
	return p.call("send", a)
}

// call calls a method of the socket, which throws where it has ended.
func (p *pair) call(method string, args ...any) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case js.Error:
			err = errEnded
		default:
			panic(r)
		}
	}()
	p.ws.Call(method, args...)
	return nil
}

func (p *pair) lively() bool { return p.agreed == wire.SubprotocolAlive }

func (p *pair) alive(time.Time) error { return p.call("send", wire.AliveAnswer) }

// ping does nothing: clients say Ping when they have nothing else to say.
func (*pair) ping(time.Time) error { return nil }

func (p *pair) leave(status int, _ time.Time) { p.call("close", status) }

func (*pair) hold()                   {}
func (*pair) release(time.Time) error { return nil }

func (p *pair) Close() error {
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return nil
	}
	p.over, p.in, p.bytes = true, nil, 0
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	close(p.ended)
	// Not now: this may be one of them. What else the host has to say is lost.
	go func() {
		p.call("close", goingAway)
		for event, f := range p.handlers {
			p.ws.Call("removeEventListener", event, f)
			f.Release()
		}
	}()
	return nil
}
