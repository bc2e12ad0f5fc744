package hub

import (
	"io"
	"time"
)

// A socket carries messages to and from one client. One goroutine reads, and one
// writes; Close may come at any time, and ends what both wait for.
type socket interface {
	// attend has the reader call pinged when the client pings, before that is
	// answered, and ponged when the client answers a ping. An error ends the
	// connection. Where the host does both, neither is called.
	attend(pinged func() error, ponged func())

	// next waits for a message, and tells whether it is binary. What was not
	// read of the former one is skipped. One that is far above wire.MaxFrame
	// ends the connection.
	next() (r io.Reader, binary bool, err error)

	// lively reports whether the client and we agreed on wire.SubprotocolAlive.
	lively() bool

	// expect ends the connection if nothing is heard of the client by then.
	// A later call moves that. It may be called by the writer once it has left.
	expect(by time.Time)

	// send, alive, ping and leave fail if the client has not taken what they say by
	// then, or go on without it where the host cannot tell. After leave nothing is sent.
	// alive says wire.AliveAnswer.
	send(message []byte, by time.Time) error
	alive(by time.Time) error
	ping(by time.Time) error
	leave(status int, by time.Time)

	// What is sent after hold may wait until release.
	hold()
	release(by time.Time) error

	io.Closer
}

// Why a connection ends, by RFC 6455, section 7.4.1.
const (
	goingAway     = 1001
	protocolError = 1002
)
