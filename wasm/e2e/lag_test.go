package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
)

// lag is by how much a connection hears everything later, at most. With
// VIALOG_LAG=800ms it is another device each time that knows least, which shows
// tests that wait for who tells, and not for who is told.
var lag, _ = time.ParseDuration(os.Getenv("VIALOG_LAG"))

// dial connects as the people of these tests do.
func dial(ctx context.Context, url string) (link.Conn, error) {
	conn, err := native.Dial(ctx, url)
	if err != nil || lag <= 0 {
		return conn, err
	}
	return &late{Conn: conn, by: rand.N(lag)}, nil
}

type late struct {
	link.Conn
	by   time.Duration
	last time.Time
}

// Receive holds up what comes after a silence, and with it all that follows.
func (l *late) Receive(ctx context.Context) ([]byte, error) {
	b, err := l.Conn.Receive(ctx)
	if err == nil && time.Since(l.last) > 50*time.Millisecond {
		time.Sleep(l.by)
	}
	l.last = time.Now()
	return b, err
}
