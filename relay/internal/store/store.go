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
	"fmt"
	"time"

	"vialog/shared/wire"
)

var (
	// ErrNoChannel reports a channel that was never created, was deleted, or expired.
	ErrNoChannel = errors.New("no such channel")
	// ErrErased reports a channel that its owner erased for good: it does not come
	// back. It is an ErrNoChannel too.
	ErrErased = fmt.Errorf("%w: erased for good", ErrNoChannel)
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
	// ErrNoTenant reports a tenant that was never added, has no key yet, or is leaving.
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
	// ErrGrace reports a tenant whose time to take things away is not over.
	ErrGrace = errors.New("the time to take things away is not over")
	// ErrAuditText reports a text that the audit log does not take.
	ErrAuditText = errors.New("a record of the audit log takes texts of up to 4096 bytes of UTF-8 without control characters")
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

// Erased reports what is left of a channel that its owner erased: its identifier,
// so that it cannot be founded anew, its tenant and the day. No access key is
// zero, because nobody could sign with it.
func (c Channel) Erased() bool { return c.Access == wire.AccessKey{} }

// Tombstone returns what stays of a channel that is erased.
func (c Channel) Tombstone() Channel { return Channel{ID: c.ID, Tenant: c.Tenant} }

// Owner is the key that may rotate and delete the channel whatever its access key is.
func (c Channel) Owner() wire.FoundingKey {
	if c.Ceded != (wire.FoundingKey{}) {
		return c.Ceded
	}
	return c.Founding
}

// A State says what a tenant may do. Its life is
//
//	Requested → Pending → Active ⇄ Suspended → Leaving → Erased
//
// Nothing can be used before somebody approved the request (Pending) and its
// code was redeemed (Active). Leaving follows Active and Suspended. What holds
// nothing, Requested and Pending, becomes Erased at once. Nothing follows
// Erased: its row stays, so that its identifier is never given again.
type State uint8

// The states of a tenant. Their numbers are stored: they never change.
const (
	Pending   State = 1 // approved, code not yet redeemed
	Active    State = 2
	Suspended State = 3 // no new channels, no appends
	Leaving   State = 4 // the same, for good: users take away what is theirs until Ends
	Requested State = 5 // waits for somebody to approve it
	Erased    State = 6 // all it stored is gone
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
	case Leaving:
		return "leaving"
	case Requested:
		return "requested"
	case Erased:
		return "erased"
	}
	return "unknown"
}

// Follows reports whether a tenant in state s may be set to state next. That a
// code was redeemed makes Pending Active besides, and EraseTenant makes Leaving
// Erased.
func (s State) Follows(next State) bool {
	switch next {
	case Pending:
		return s == Requested || s == Pending
	case Active, Suspended:
		return s == Active || s == Suspended
	case Leaving:
		return s == Active || s == Suspended || s == Leaving
	case Requested:
		return s == Requested
	case Erased:
		return s == Requested || s == Pending || s == Erased
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
	Open        bool   // channels need no ticket; a store has at most one such tenant that is not Leaving or Erased
	MaxChannels int    // 0: no limit
	MaxBytes    uint64 // 0: no limit
	Channels    int    // kept by the store
	Bytes       uint64 // kept by the store: the sum over its channels
	Created     time.Time
	CodeExpires time.Time
	CodeHash    [32]byte // zero: no code

	Contact   string    // the role that answers for it, "head of the outpatient clinic"
	Requester string    // which operator entered the request
	Approver  string    // which operator approved it; "": nobody yet, or before this was kept
	Approved  time.Time // zero: the same
	Reviewed  time.Time // when somebody last looked whether it is still needed; zero: never
	Review    time.Time // when that is due next; zero: no date is set
	Ends      time.Time // of Leaving: when its time to take things away is over; zero: no date is set
	Wiped     time.Time // of Erased: when it was seen that nothing is left; zero: not yet
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

// Changed returns what becomes of t when a caller would have it be next, with
// the precision that stores keep. What only stores count, and what identifies
// it, stays (ErrConflict where State.Follows does not allow next's state).
func (t Tenant) Changed(next Tenant) (Tenant, error) {
	opened := t.Open && t.State == Requested && next.State == Active // there is no code to redeem
	if !opened && !t.State.Follows(next.State) {
		return t, ErrConflict
	}
	next.ID, next.Open, next.Created, next.Channels, next.Bytes = t.ID, t.Open, t.Created, t.Channels, t.Bytes
	return next.Rounded(), nil
}

// Overdue reports whether somebody should have looked at the tenant by now.
func (t Tenant) Overdue(now time.Time) bool {
	switch t.State {
	case Pending, Active, Suspended:
		return !now.Before(t.Review) // no date was set: before there was such a date
	}
	return false
}

// MayErase reports why what the tenant stored may not be erased yet, nil if it may.
func (t Tenant) MayErase(now time.Time) error {
	switch {
	case t.State != Leaving:
		return ErrConflict
	case t.Channels > 0 && (t.Ends.IsZero() || now.Before(t.Ends)):
		return ErrGrace
	}
	return nil
}

// Tombstone returns what stays of an erased tenant: what names it, and when
// what happened. It has no key and no code any more.
func (t Tenant) Tombstone() Tenant {
	t.State, t.Key, t.CodeHash, t.CodeExpires, t.Wiped = Erased, wire.TenantKey{}, [32]byte{}, time.Time{}, time.Time{}
	return t
}

// Rounded returns t with its times in whole seconds, in UTC.
func (t Tenant) Rounded() Tenant {
	for _, at := range []*time.Time{&t.Created, &t.CodeExpires, &t.Approved, &t.Reviewed, &t.Review, &t.Ends, &t.Wiped} {
		*at = Seconds(*at)
	}
	return t
}

// Seconds is the precision that stores keep times with. The epoch itself is
// the zero time, which means never.
func Seconds(t time.Time) time.Time {
	if t.IsZero() || t.Unix() == 0 {
		return time.Time{}
	}
	return time.Unix(t.Unix(), 0).UTC()
}

// Day is the precision that stores keep of when a channel was last written to:
// days since the epoch, in UTC.
func Day(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// DayTime returns when a day begins.
func DayTime(day int64) time.Time { return time.Unix(day*24*60*60, 0).UTC() }

// An Activity is how much of a tenant's is still written to.
type Activity struct {
	Tenant   wire.TenantID
	Channels int
	Dormant  int       // of Channels, those that nobody wrote to since a given day
	Last     time.Time // the newest day on which one was written to or created; zero: it has no channel
}

// An Erasure counts what was erased, or what is left.
type Erasure struct {
	Channels, Boxes, Notes, Tickets int
	Bytes                           uint64 // of boxes and notes
}

// A TicketUse says which ticket admits a channel. With a zero ID the channel
// is admitted without one, because its tenant is open.
type TicketUse struct {
	ID      [16]byte
	Max     int       // channels the ticket admits
	Expires time.Time // the count may be forgotten some time after
}
