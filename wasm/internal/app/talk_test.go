package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
)

// A relayConn is one connection to a relay that opens everything and may stop
// to answer pings.
type relayConn struct {
	out  chan []byte
	gone chan struct{}
	dead bool
}

func (c *relayConn) Close() error {
	select {
	case <-c.gone:
	default:
		close(c.gone)
	}
	return nil
}

func (c *relayConn) Receive(ctx context.Context) ([]byte, error) {
	select {
	case b := <-c.out:
		return b, nil
	case <-c.gone:
		return nil, errors.New("gone")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *relayConn) Send(b []byte) error {
	f, err := wire.Parse(b)
	if err != nil {
		return err
	}
	switch f := f.(type) {
	case *wire.Open:
		c.out <- wire.Append(nil, &wire.Opened{Req: f.Req})
	case *wire.Follow:
		c.out <- wire.Append(nil, &wire.Boxes{Req: f.Req})
	case *wire.Ping:
		if !c.dead {
			c.out <- wire.Append(nil, &wire.Done{Req: f.Req})
		}
	}
	return nil
}

func TestListeningNoticesADeadConnectionAndTriesAgainWhatFailed(t *testing.T) {
	for _, dead := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			conn := &relayConn{out: make(chan []byte, 8), gone: make(chan struct{}), dead: dead}
			conn.out <- wire.Append(nil, &wire.Hello{Version: 1, MaxFrame: wire.MaxFrame, MaxBox: wire.MaxBox, MaxBatch: 1})
			c := New(Env{Origin: "https://relay.example", Dial: func(context.Context, string) (link.Conn, error) { return conn, nil }})
			began, steps := time.Now(), 0
			over, err := c.listenOnce(t.Context(), join.New(join.Patient, [32]byte{1}).Rendezvous(), func([][]byte) bool {
				steps++
				return steps == 3
			})
			if dead && (err == nil || time.Since(began) > time.Minute) {
				t.Errorf("a dead connection was kept for %v: %v", time.Since(began), err)
			}
			if !dead && (!over || err != nil) {
				t.Errorf("what failed is not tried again: %v", err)
			}
		})
	}
}
