//go:build !js

package hub

import (
	"net"
	"sync"
	"time"
)

// A cork gathers what is written to a connection, so that many frames leave in
// one call to the kernel. Without a hold it writes through.
type cork struct {
	net.Conn

	mu   sync.Mutex // guards the rest, and writes
	held bool
	buf  *[]byte // from corkPool, while there is something in it
	err  error
}

// corkSize is how much is gathered before it is written anyway.
const corkSize = 64 << 10

var corkPool = sync.Pool{New: func() any { b := make([]byte, 0, corkSize); return &b }}

// hold begins to gather.
func (c *cork) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

// release writes what was gathered.
func (c *cork) release(deadline time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	if c.buf == nil {
		return c.err
	}
	if err := c.Conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return c.flush()
}

// flush is called with mu held.
func (c *cork) flush() error {
	if c.buf == nil {
		return c.err
	}
	if c.err == nil {
		_, c.err = c.Conn.Write(*c.buf)
	}
	*c.buf = (*c.buf)[:0]
	corkPool.Put(c.buf)
	c.buf = nil
	return c.err
}

// Write gathers or writes b.
func (c *cork) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if !c.held {
		return c.Conn.Write(b)
	}
	if c.buf != nil && len(*c.buf)+len(b) > corkSize {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	if len(b) >= corkSize {
		n, err := c.Conn.Write(b)
		c.err = err
		return n, err
	}
	if c.buf == nil {
		c.buf = corkPool.Get().(*[]byte)
	}
	*c.buf = append(*c.buf, b...)
	return len(b), nil
}
