package link

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// A Conn is one WebSocket to a relay. Send may be called by several goroutines
// at once, Receive by one. Close ends both.
type Conn interface {
	Send(b []byte) error
	Receive(ctx context.Context) ([]byte, error)
	Close() error
}

// A Dialer opens a Conn to a WebSocket address with wire's subprotocol.
type Dialer func(ctx context.Context, url string) (Conn, error)

// A Refusal is a relay's numbered no.
type Refusal struct {
	Code  wire.Refusal
	After time.Duration // not before; 0 when the relay gave none
}

func (r *Refusal) Error() string {
	return "link: the relay refused: " + r.Code.String()
}

// A Moved says that the key was replaced; the note tells members the new one.
type Moved struct{ Note []byte }

func (*Moved) Error() string { return "link: the channel's key was replaced" }

// ErrClosed reports a session that has ended; a new one may succeed.
var ErrClosed = errors.New("link: no connection to the relay")

// A Reply is a frame that answers a request, or nil in Frame when the session ended.
type Reply struct {
	Req   uint32
	Frame wire.Frame
}

// A Session is one connection to a relay with its requests under way.
type Session struct {
	Hello  wire.Hello
	origin string
	conn   Conn

	mu      sync.Mutex
	next    uint32                        // guarded by mu
	waiting map[uint32]chan<- Reply       // guarded by mu
	closed  map[wire.Channel]chan<- Reply // guarded by mu: who hears of a Closed
	err     error                         // guarded by mu
	done    chan struct{}

	slow atomic.Int32 // calls under way that carry much
}

// SocketURL gives the WebSocket address of a relay's origin.
func SocketURL(origin string) string {
	switch {
	case strings.HasPrefix(origin, "https://"):
		return "wss://" + origin[len("https://"):] + wire.Path
	case strings.HasPrefix(origin, "http://"):
		return "ws://" + origin[len("http://"):] + wire.Path
	}
	return origin + wire.Path
}

// Dial connects to the relay at origin and waits for its hello.
func Dial(ctx context.Context, dial Dialer, origin string) (*Session, error) {
	if err := wire.CheckOrigin(origin); err != nil {
		return nil, err
	}
	conn, err := dial(ctx, SocketURL(origin))
	if err != nil {
		return nil, err
	}
	first, err := conn.Receive(ctx)
	if err != nil {
		conn.Close()
		return nil, err
	}
	f, err := wire.Parse(first)
	if err != nil {
		conn.Close()
		return nil, err
	}
	hello, ok := f.(*wire.Hello)
	if !ok {
		conn.Close()
		return nil, errors.New("link: the relay did not greet")
	}
	s := &Session{
		Hello: *hello, origin: origin, conn: conn,
		waiting: make(map[uint32]chan<- Reply), closed: make(map[wire.Channel]chan<- Reply),
		done: make(chan struct{}),
	}
	go s.receive()
	return s, nil
}

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Close ends the session.
func (s *Session) Close() { s.fail(ErrClosed) }

func (s *Session) fail(err error) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	s.err = err
	close(s.done)
	s.mu.Unlock()
	s.conn.Close()
}

func (s *Session) receive() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { <-s.done; cancel() }()
	for {
		b, err := s.conn.Receive(ctx)
		if err != nil {
			s.fail(ErrClosed)
			return
		}
		f, err := wire.Parse(b)
		if err != nil {
			s.fail(err)
			return
		}
		var to chan<- Reply
		req := requestOf(f)
		s.mu.Lock()
		switch f := f.(type) {
		case *wire.Closed:
			to = s.closed[f.Channel]
		case *wire.Goodbye:
			s.mu.Unlock()
			s.fail(&Refusal{Code: f.Code, After: time.Duration(f.RetryAfter) * time.Millisecond})
			return
		default:
			to = s.waiting[req]
			if _, stream := f.(*wire.Boxes); !stream {
				delete(s.waiting, req)
			}
		}
		s.mu.Unlock()
		if to == nil {
			continue // an answer nobody waits for any more
		}
		select {
		case to <- Reply{Req: req, Frame: f}:
		case <-s.done:
			return
		}
	}
}

// Request sends the frame that make builds for a fresh request number. Its
// answer goes to the channel, which must be drained until the session is done.
func (s *Session) Request(to chan<- Reply, build func(req uint32) wire.Frame) (uint32, error) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return 0, ErrClosed
	}
	s.next++
	req := s.next
	s.waiting[req] = to
	s.mu.Unlock()
	if err := s.conn.Send(wire.Append(nil, build(req))); err != nil {
		s.fail(ErrClosed)
		return 0, ErrClosed
	}
	return req, nil
}

// forget drops a request whose answers are not wanted any more.
func (s *Session) forget(req uint32) {
	s.mu.Lock()
	delete(s.waiting, req)
	s.mu.Unlock()
}

// hearClosed directs the relay's Closed for ch.
func (s *Session) hearClosed(ch wire.Channel, to chan<- Reply) {
	s.mu.Lock()
	s.closed[ch] = to
	s.mu.Unlock()
}

// Call sends one request and waits for its one answer. A refusal is a *Refusal,
// a replaced key a *Moved.
func (s *Session) Call(ctx context.Context, build func(req uint32) wire.Frame) (wire.Frame, error) {
	to := make(chan Reply, 1)
	req, err := s.Request(to, build)
	if err != nil {
		return nil, err
	}
	defer s.forget(req)
	select {
	case r := <-to:
		return r.Frame, answer(r.Frame)
	case <-s.done:
		return nil, s.why()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Session) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func answer(f wire.Frame) error {
	switch f := f.(type) {
	case *wire.Refused:
		return &Refusal{Code: f.Code, After: time.Duration(f.RetryAfter) * time.Millisecond}
	case *wire.Moved:
		return &Moved{Note: f.Note}
	}
	return nil
}

// open builds the request that proves the access key.
func (s *Session) open(ch wire.Channel, key *seal.Signer) func(uint32) wire.Frame {
	access := wire.AccessKey(key.Public())
	sig := key.Sign(wire.OpenContext(s.origin, s.Hello.Nonce, ch, access))
	return func(req uint32) wire.Frame {
		return &wire.Open{Req: req, Channel: ch, Access: access, Sig: sig}
	}
}

// create builds the request for a new channel.
func (s *Session) create(founding, access *seal.Signer, expires uint64, admission wire.Admission) func(uint32) wire.Frame {
	return func(req uint32) wire.Frame {
		c := &wire.Create{
			Req: req, Founding: wire.FoundingKey(founding.Public()), Access: wire.AccessKey(access.Public()),
			Expires: expires, Admission: admission,
		}
		text := wire.CreateContext(s.origin, s.Hello.Nonce, c)
		c.FoundingSig, c.AccessSig = founding.Sign(text), access.Sign(text)
		return c
	}
}

// rotate builds the request that replaces the access key.
func (s *Session) rotate(ch wire.Channel, old, next *seal.Signer, note []byte, boxes []wire.Box) func(uint32) wire.Frame {
	return s.rotateBy(ch, old, next, wire.ByAccess, note, boxes)
}

func (s *Session) rotateBy(ch wire.Channel, old, next *seal.Signer, by wire.Signer, note []byte, boxes []wire.Box) func(uint32) wire.Frame {
	return func(req uint32) wire.Frame {
		r := &wire.Rotate{
			Req: req, Channel: ch, Access: wire.AccessKey(next.Public()), Signer: by, Note: note, Boxes: boxes,
		}
		text := wire.RotateContext(s.origin, s.Hello.Nonce, r)
		r.Sig, r.NewSig = old.Sign(text), next.Sign(text)
		return r
	}
}

// Create makes a channel; the same keys again are no error.
func (s *Session) Create(ctx context.Context, founding, access *seal.Signer, expires time.Time, admission wire.Admission) error {
	var unix uint64
	if !expires.IsZero() {
		unix = uint64(expires.Unix())
	}
	_, err := s.Call(ctx, s.create(founding, access, unix, admission))
	return err
}

// Open proves the access key of a channel and returns its head.
func (s *Session) Open(ctx context.Context, ch wire.Channel, key *seal.Signer) (*wire.Opened, error) {
	f, err := s.Call(ctx, s.open(ch, key))
	if err != nil {
		return nil, err
	}
	o, ok := f.(*wire.Opened)
	if !ok {
		return nil, errAnswer(f)
	}
	return o, nil
}

// Append adds boxes to an opened channel.
func (s *Session) Append(ctx context.Context, ch wire.Channel, boxes []wire.Box) ([]uint64, error) {
	f, err := s.Call(ctx, func(req uint32) wire.Frame { return &wire.AppendBoxes{Req: req, Channel: ch, Boxes: boxes} })
	if err != nil {
		return nil, err
	}
	a, ok := f.(*wire.Appended)
	if !ok || len(a.Positions) != len(boxes) {
		return nil, errAnswer(f)
	}
	return a.Positions, nil
}

// Read returns the boxes of an opened channel above a position.
func (s *Session) Read(ctx context.Context, ch wire.Channel, after uint64) (*wire.Boxes, error) {
	return s.read(ctx, ch, after, 1<<20)
}

func (s *Session) read(ctx context.Context, ch wire.Channel, after uint64, most uint32) (*wire.Boxes, error) {
	f, err := s.Call(ctx, func(req uint32) wire.Frame {
		return &wire.Read{Req: req, Channel: ch, After: after, MaxBytes: most}
	})
	if err != nil {
		return nil, err
	}
	b, ok := f.(*wire.Boxes)
	if !ok {
		return nil, errAnswer(f)
	}
	return b, nil
}

// Follow streams the boxes of an opened channel above a position.
func (s *Session) Follow(ch wire.Channel, after uint64, to chan<- Reply) (uint32, error) {
	return s.Request(to, func(req uint32) wire.Frame { return &wire.Follow{Req: req, Channel: ch, After: after} })
}

// Cede gives the power that the owner has over a channel to another key, for good.
// It needs no opening; the same again is no error.
func (s *Session) Cede(ctx context.Context, ch wire.Channel, old, next *seal.Signer) error {
	owner := wire.FoundingKey(next.Public())
	text := wire.CedeContext(s.origin, s.Hello.Nonce, ch, owner)
	was, is := old.Sign(text), next.Sign(text)
	_, err := s.Call(ctx, func(req uint32) wire.Frame {
		return &wire.Cede{Req: req, Channel: ch, New: owner, OldSig: was, NewSig: is}
	})
	return err
}

// Rekey replaces the key of a tenant. Tickets signed by the old one are void.
// The same again is no error.
func (s *Session) Rekey(ctx context.Context, t wire.TenantID, old, next *seal.Signer) error {
	key := wire.TenantKey(next.Public())
	text := wire.RekeyContext(s.origin, s.Hello.Nonce, t, key)
	was, is := old.Sign(text), next.Sign(text)
	_, err := s.Call(ctx, func(req uint32) wire.Frame {
		return &wire.Rekey{Req: req, Tenant: t, New: key, OldSig: was, NewSig: is}
	})
	return err
}

// Delete removes the channel that a key founded, for good.
func (s *Session) Delete(ctx context.Context, founding *seal.Signer) error {
	key := wire.FoundingKey(founding.Public())
	sig := founding.Sign(wire.DeleteContext(s.origin, s.Hello.Nonce, wire.ChannelOf(key)))
	_, err := s.Call(ctx, func(req uint32) wire.Frame { return &wire.Delete{Req: req, Founding: key, Sig: sig} })
	return err
}

// Erase removes a channel for good, for the key that owns it. Once it is gone the
// relay refuses with wire.Deleted.
func (s *Session) Erase(ctx context.Context, founding wire.FoundingKey, owner *seal.Signer) error {
	sig := owner.Sign(wire.EraseContext(s.origin, s.Hello.Nonce, wire.ChannelOf(founding)))
	_, err := s.Call(ctx, func(req uint32) wire.Frame { return &wire.Erase{Req: req, Founding: founding, Sig: sig} })
	return err
}

// Register redeems an operator's one-time code for a tenant.
func (s *Session) Register(ctx context.Context, code wire.Code, key *seal.Signer) (wire.TenantID, error) {
	f, err := s.Call(ctx, func(req uint32) wire.Frame {
		public := wire.TenantKey(key.Public())
		return &wire.Register{Req: req, Code: code, Key: public,
			Sig: key.Sign(wire.RegisterContext(s.origin, s.Hello.Nonce, code, public))}
	})
	if err != nil {
		return wire.TenantID{}, err
	}
	r, ok := f.(*wire.Registered)
	if !ok {
		return wire.TenantID{}, errAnswer(f)
	}
	return r.Tenant, nil
}

func errAnswer(f wire.Frame) error {
	if f == nil {
		return ErrClosed
	}
	return errors.New("link: the relay answered with another kind of frame, request " + strconv.Itoa(int(requestOf(f))))
}

// requestOf returns the number of the request that a frame answers.
func requestOf(f wire.Frame) uint32 {
	switch f := f.(type) {
	case *wire.Done:
		return f.Req
	case *wire.Refused:
		return f.Req
	case *wire.Opened:
		return f.Req
	case *wire.Moved:
		return f.Req
	case *wire.Appended:
		return f.Req
	case *wire.Boxes:
		return f.Req
	case *wire.Registered:
		return f.Req
	}
	return 0
}
