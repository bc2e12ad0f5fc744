package link

import (
	"context"
	"errors"
	"sync"

	"vialog/shared/wire"
)

// A Living is a Conn that can ask for the sign of life of wire.SubprotocolAlive,
// which a relay's host gives without waking the relay.
type Living interface {
	Conn

	// Alive asks for it and waits for the answer, if the relay agreed to that. It
	// is called by one goroutine at a time, while another receives.
	Alive(ctx context.Context) (agreed bool, err error)
}

// Alive finds out whether the connection still works, in the way that costs the
// relay least.
func (s *Session) Alive(ctx context.Context) error {
	if l, ok := s.conn.(Living); ok {
		if agreed, err := l.Alive(ctx); agreed {
			return err
		}
	}
	_, err := s.Call(ctx, func(req uint32) wire.Frame { return &wire.Ping{Req: req} })
	return err
}

// A Sign is what a Living keeps for it. Make one with NewSign.
type Sign struct {
	come  chan struct{} // holds one value after an answer
	ended chan struct{}
	end   *sync.Once
}

// NewSign returns the sign of a new connection.
func NewSign() Sign {
	return Sign{make(chan struct{}, 1), make(chan struct{}), new(sync.Once)}
}

// Heard takes a text message. Any that is not the answer is an error.
func (s Sign) Heard(text string) error {
	if text != wire.AliveAnswer {
		return errText
	}
	select {
	case s.come <- struct{}{}:
	default:
	}
	return nil
}

var errText = errors.New("link: a text message that no relay sends")

// Ask sends the question and waits until the answer was heard.
func (s Sign) Ask(ctx context.Context, send func(question string) error) error {
	select {
	case <-s.come: // to a question that was given up
	default:
	}
	if err := send(wire.AliveQuestion); err != nil {
		return err
	}
	select {
	case <-s.come:
		return nil
	case <-s.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// End ends what Ask waits for. It may be called several times.
func (s Sign) End() { s.end.Do(func() { close(s.ended) }) }
