// Package store says what the relay keeps: channels, the tenants that may
// create them, and the record of every administrative act.
//
// The stores themselves are in its sub-packages; storetest holds the promises
// that each of them keeps. A store knows sealed boxes by position and size. It
// has no key that would open one, and it does not judge signatures: whoever
// calls it has done so.
package store

import (
	"errors"
	"time"

	"vialog/shared/wire"
)

var (
	// ErrNoChannel reports a channel that was never created, was deleted, or expired.
	ErrNoChannel = errors.New("no such channel")
	// ErrExists reports a channel, or an open tenant, that is already there with other keys.
	ErrExists = errors.New("exists already")
	// ErrFull reports boxes that would take a channel beyond its bytes.
	ErrFull = errors.New("channel is full")
	// ErrTicketUsed reports a ticket that has admitted as many channels as it may.
	ErrTicketUsed = errors.New("ticket is used up")
	// ErrConflict reports a key or a state that changed before the caller's change arrived.
	ErrConflict = errors.New("changed meanwhile")
	// ErrNoNote reports a key that no rotation of the channel has replaced.
	ErrNoNote = errors.New("no note for this key")
	// ErrNoTenant reports a tenant that was never added, has no key yet, or was removed.
	ErrNoTenant = errors.New("no such tenant")
	// ErrSuspended reports a tenant that may not create channels until it is resumed.
	ErrSuspended = errors.New("tenant is suspended")
	// ErrCode reports a one-time code that is unknown, expired, or redeemed with another key.
	ErrCode = errors.New("code is not valid")
	// ErrQuota reports a tenant that has as many channels or bytes as it may.
	ErrQuota = errors.New("tenant's quota is used up")
	// ErrDiskFull reports that nothing was written because there was no room.
	// What was acknowledged before is safe, and reading goes on.
	ErrDiskFull = errors.New("disk is full")
	// ErrClosed reports a call after Close.
	ErrClosed = errors.New("store is closed")
)

// NoteOverhead is what the former key itself adds to the bytes of a channel
// for each rotation, beside its note.
const NoteOverhead = 32

// A Channel is an append-only sequence of sealed boxes.
type Channel struct {
	ID       wire.Channel
	Founding wire.FoundingKey
	Access   wire.AccessKey // the key in force
	Tenant   wire.TenantID
	Created  time.Time
	Expires  time.Time // zero: never
	Head     uint64    // position of the newest box; 0: none yet
	Bytes    uint64    // data of all boxes, and of all notes with NoteOverhead each

	Ceded wire.FoundingKey // who got the founding key's power; zero: nobody
}

// Owner is the key that may rotate and delete the channel whatever its access key is.
func (c Channel) Owner() wire.FoundingKey {
	if c.Ceded != (wire.FoundingKey{}) {
		return c.Ceded
	}
	return c.Founding
}

// A State says what a tenant may do.
//
// Active and Suspended follow each other; Removed follows any state and none
// follows it. A Pending tenant becomes Active by redeeming its code.
type State uint8

// The states of a tenant. Their numbers are stored: they never change.
const (
	Pending   State = 1 // added, code not yet redeemed
	Active    State = 2
	Suspended State = 3 // no new channels; those it has go on
	Removed   State = 4 // for good; those it has go on until deleted
)

// String returns the word an operator sees.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Active:
		return "active"
	case Suspended:
		return "suspended"
	case Removed:
		return "removed"
	}
	return "unknown"
}

// Follows reports whether a tenant in state s may be set to state next.
func (s State) Follows(next State) bool {
	switch next {
	case Active, Suspended:
		return s == Active || s == Suspended
	case Removed:
		return s == Pending || s == Active || s == Suspended
	}
	return false
}

// A Tenant is whoever may create channels here: a treatment centre, or, when
// Open, anybody.
type Tenant struct {
	ID          wire.TenantID
	Name        string
	Key         wire.TenantKey // zero until the code is redeemed; always zero for an open tenant
	State       State
	Open        bool   // channels need no ticket; a store has at most one such tenant that is not removed
	MaxChannels int    // 0: no limit
	MaxBytes    uint64 // 0: no limit
	Channels    int    // kept by the store
	Bytes       uint64 // kept by the store: the sum over its channels
	Created     time.Time
	CodeExpires time.Time
	CodeHash    [32]byte // zero: no code
}

// May reports why the tenant may not create a channel, nil if it may.
func (t Tenant) May() error {
	switch t.State {
	case Active:
		return nil
	case Suspended:
		return ErrSuspended
	}
	return ErrNoTenant
}

// A TicketUse says which ticket admits a channel. With a zero ID the channel
// is admitted without one, because its tenant is open.
type TicketUse struct {
	ID      [16]byte
	Max     int       // channels the ticket admits
	Expires time.Time // the count may be forgotten some time after
}
