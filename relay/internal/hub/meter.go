package hub

import (
	"time"

	"vialog/shared/wire"
)

// A Meter counts what happens, for monitoring: numbers, sizes and times, never
// whose. Its methods are called often and by several goroutines.
type Meter interface {
	// Connected counts a client that got its socket.
	Connected()

	// TurnedAway counts one that did not, with the status of HTTP that says why.
	TurnedAway(status int)

	// Received counts a frame from a client, and the boxes in it.
	Received(bytes, boxes int)

	// Sent counts a frame to a client, and the boxes in it.
	Sent(bytes, boxes int)

	// Appended tells how long a client waited for boxes to be durable.
	Appended(took time.Duration)

	// Erased counts a channel that its owner erased for good.
	Erased()

	// Refused counts a request that was answered with a refusal.
	Refused(code wire.Refusal)
}

// unmetered is the Meter of a hub that nobody watches.
type unmetered struct{}

func (unmetered) Connected()             {}
func (unmetered) TurnedAway(int)         {}
func (unmetered) Received(int, int)      {}
func (unmetered) Sent(int, int)          {}
func (unmetered) Appended(time.Duration) {}
func (unmetered) Erased()                {}
func (unmetered) Refused(wire.Refusal)   {}

// boxesOf returns how many boxes a frame carries.
func boxesOf(f wire.Frame) int {
	switch f := f.(type) {
	case *wire.AppendBoxes:
		return len(f.Boxes)
	case *wire.Rotate:
		return len(f.Boxes)
	case *wire.Boxes:
		return len(f.Boxes)
	}
	return 0
}
