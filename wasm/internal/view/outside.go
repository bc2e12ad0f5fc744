package view

import "vialog/wasm/internal/lang"

// SecondTab says that another tab of this browser works already.
type SecondTab struct{ Base }

// Busy says what is going on when it takes longer than a moment.
type Busy struct {
	Base
	What lang.Key
	Done int
	Of   int // 0: no measure
}

// Fault is why the app cannot go on.
type Fault uint8

const (
	FaultInternal Fault = iota // our own bug
	FaultStorage               // the browser gives no storage, or it is full
	FaultBrowser               // something the app needs is missing in this browser
	FaultVersion               // what is stored is newer than this app
	FaultDamaged               // what is stored does not open
)

// Fatal says that and what to do.
type Fatal struct {
	Base
	Fault  Fault
	Detail string // a position or number for support, never content
}
