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
	// returns the other, which the host has accepted and keeps while we sleep.
	Accept(subprotocol string) js.Value
}

// host is the state of the Durable Object that we are: of JavaScript's program
// there is one for each object.
var host js.Value

// On says which object the hub is in. It comes before anything else.
func On(object js.Value) {
	host = object
	pair := js.Global().Get("WebSocketRequestResponsePair").New(wire.AliveQuestion, wire.AliveAnswer)
	host.Call("setWebSocketAutoResponse", pair)
}

// workerIdle is how long a worker waits for another task: a timer, which keeps us awake.
const workerIdle = dozeTick / 2

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

// Resume takes over a socket that the host kept while no hub was in memory. One
// with which it kept nothing ends: its client comes back.
func (h *Hub) Resume(ws js.Value, agreed string) error {
	p := newPair(ws, agreed)
	kept := ws.Call("deserializeAttachment")
	if kept.Type() != js.TypeObject {
		p.Close()
		return errMemory
	}
	b := make([]byte, kept.Length())
	js.CopyBytesToGo(b, kept)
	if err := h.resume(p, b); err != nil {
		p.Close()
		return err
	}
	return nil
}

// Message takes what a client sent, a string or an ArrayBuffer. It does not wait.
func Message(ws, data js.Value) {
	if p := pairOf(ws); p != nil {
		p.arrive(data)
	}
}

// Closed takes that a socket has ended. It does not wait.
func Closed(ws js.Value) {
	if p := pairOf(ws); p != nil {
		p.Close()
	}
}

// pairs are the sockets that have not ended, by the number that each has as a
// property. All of this runs on the one thread of JavaScript.
var (
	pairs     = map[int]*pair{}
	pairCount int
)

const pairNumber = "vialog"

func pairOf(ws js.Value) *pair {
	if n := ws.Get(pairNumber); n.Type() == js.TypeNumber {
		return pairs[n.Int()]
	}
	return nil
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

// A pair is a socket that the host holds: a sleeper.
type pair struct {
	ws     js.Value
	agreed string // subprotocol
	number int
	sent   bucket // used by the writer only
	ended  chan struct{}
	come   chan struct{} // holds one value after a message came

	mu    sync.Mutex // guards the rest; nothing is waited for while it is held
	in    []message
	bytes int  // in them
	waits bool // the reader, for the next
	over  bool
	by    time.Time // when something is to be heard of the client
}

type message struct {
	data   []byte
	binary bool
}

func newPair(ws js.Value, agreed string) *pair {
	pairCount++
	p := &pair{ws: ws, agreed: agreed, number: pairCount, ended: make(chan struct{}), come: make(chan struct{}, 1)}
	pairs[p.number] = p
	ws.Set(pairNumber, p.number)
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
			p.waits = false
			p.mu.Unlock()
			return bytes.NewReader(m.data), m.binary, nil
		}
		p.waits = true
		p.mu.Unlock()
		select {
		case <-p.come:
		case <-p.ended:
		}
	}
}

// expect has no timer, which would keep the host from putting us to sleep: check looks.
func (p *pair) expect(by time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by = by
}

func (p *pair) expected() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.by
}

func (p *pair) check(now time.Time, patience time.Duration) {
	p.mu.Lock()
	late := !p.over && now.After(p.by)
	p.mu.Unlock()
	if !late {
		return
	}
	at := hostHeard(p.ws).Add(patience)
	if !at.After(now) {
		p.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.After(p.by) {
		p.by = at
	}
}

// hostHeard is when the host last answered the sign of life in our place.
func hostHeard(ws js.Value) time.Time {
	if at := host.Call("getWebSocketAutoResponseTimestamp", ws); at.Type() == js.TypeObject {
		return time.UnixMilli(int64(at.Call("getTime").Float()))
	}
	return time.Time{}
}

func (p *pair) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits && !p.over && len(p.in) == 0
}

func (p *pair) keep(b []byte) bool {
	if b == nil {
		return p.call("serializeAttachment", js.Null()) == nil
	}
	a := uint8Array.New(len(b))
	js.CopyBytesToJS(a, b)
	return p.call("serializeAttachment", a) == nil
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
	p.mu.Unlock()
	close(p.ended)
	delete(pairs, p.number)
	p.call("close", goingAway)
	return nil
}
