// Package storetest tests that a store keeps its promises. They are the
// comments of Store; every store runs the same tests.
//
// Surviving a power cut is promised too, but cannot be tested from within the
// process: the disk store has a test of its own for it.
package storetest

import (
	"context"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A Store keeps channels, tenants and the audit log.
//
// It is safe for use by several goroutines. Every change is atomic and, once
// its method has returned nil, durable. A method that returns an error has
// changed nothing. It may return the error of ctx, and then has not begun.
// After Close every method returns store.ErrClosed.
//
// Times are kept to the second, those of audits to the millisecond, all in UTC.
type Store interface {
	// Create adds an empty channel to its tenant and counts it: against the
	// tenant's channels (ErrQuota) and against those of the ticket
	// (ErrTicketUsed), which must be named unless the tenant is open. The
	// tenant must be active (ErrNoTenant, ErrSuspended). A channel that is
	// there with the same keys and tenant is left as it is and not counted
	// again; with others, this is ErrExists.
	Create(ctx context.Context, c store.Channel, use store.TicketUse) error

	// Lookup returns a channel, expired or not (ErrNoChannel).
	Lookup(ctx context.Context, id wire.Channel) (store.Channel, error)

	// Append adds boxes at the end of a channel in their order, all or none,
	// and returns the position of each, from 1 and without gaps. A box whose
	// identifier the channel already holds, or that came earlier in boxes, is
	// not added again: its first position is returned. The access key must be
	// the one in force (ErrConflict). Boxes that are new must not take the
	// channel beyond maxBytes (ErrFull; 0: no limit) nor the tenant beyond its
	// bytes (ErrQuota). The store does not keep boxes' memory.
	Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error)

	// After returns in order the boxes of a channel above pos whose data fits
	// in maxBytes, but at least one if there is one, and the position of the
	// newest box of all (ErrNoChannel). What it returns is the caller's until room
	// is used again; for good if there is none.
	After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, room *store.Room) (boxes []wire.Stored, head uint64, err error)

	// Rotate replaces the access key old, which must be in force, by next,
	// keeps note for those who come with old, and appends boxes, all or none.
	// With old zero it replaces whatever key is in force. A next that is or
	// was an access key of the channel is ErrConflict, except that a
	// repetition of the newest rotation, whose answer was lost, returns its
	// positions again.
	//
	// The tenant's bytes are counted but do not hinder it: a reader can be
	// locked out even where the quota is used up. maxBytes does (ErrFull).
	Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, note []byte, boxes []wire.Box, maxBytes uint64) ([]uint64, error)

	// Cede replaces the owner's key old, which must be in force, by next; next
	// already in force is nil (ErrNoChannel, ErrConflict). Nothing else changes.
	Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error

	// Note returns what the rotation that replaced old left, for as long as
	// the channel lives (ErrNoChannel, ErrNoNote).
	Note(ctx context.Context, id wire.Channel, old wire.AccessKey) ([]byte, error)

	// Delete removes a channel with its boxes and notes, and gives back what
	// it counted against its tenant (ErrNoChannel). Its ticket stays used.
	Delete(ctx context.Context, id wire.Channel) error

	// Erase is Delete for good: the channel cannot be created again
	// (ErrNoChannel, ErrErased). What stays is its identifier, which counts as
	// a channel of its tenant, without bytes, until the tenant is erased, and the
	// day. Every method that is asked for it later returns ErrErased, Create
	// too, or at least ErrNoChannel; Activity leaves it out.
	Erase(ctx context.Context, id wire.Channel) error

	// Expire deletes the channels that expire at or before now and returns
	// them, in any order.
	Expire(ctx context.Context, now time.Time) ([]wire.Channel, error)

	// AddTenant adds a tenant and records a. Its identifier and code must be
	// new, and there is at most one open tenant that is not leaving or erased
	// (ErrExists). An identifier stays taken for ever.
	AddTenant(ctx context.Context, t store.Tenant, a store.Audit) error
	// Tenants returns all tenants, erased ones too, in the order they were added.
	Tenants(ctx context.Context) ([]store.Tenant, error)
	// Tenant returns one tenant, even an erased one (ErrNoTenant).
	Tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error)
	// OpenTenant returns the open tenant that is not leaving or erased (ErrNoTenant).
	OpenTenant(ctx context.Context) (store.Tenant, error)

	// Redeem gives key to the pending tenant with this code, makes it active
	// and records a. With the key it already has, it returns the tenant again,
	// records nothing, and expiry does not matter. All else is ErrCode.
	Redeem(ctx context.Context, codeHash [32]byte, key wire.TenantKey, now time.Time, a store.Audit) (store.Tenant, error)

	// SetTenantKey replaces the key of an active tenant and records a
	// (ErrNoTenant, ErrSuspended). The key it already has records nothing.
	SetTenantKey(ctx context.Context, id wire.TenantID, key wire.TenantKey, a store.Audit) error

	// ChangeTenant changes a tenant as change says, which may be called more
	// than once, and records what it returns (ErrNoTenant, and any error of
	// change). store.Tenant.Changed says what may change (ErrConflict). A code
	// must be new (ErrExists). A change of nothing records nothing. It returns
	// the tenant as it is then.
	ChangeTenant(ctx context.Context, id wire.TenantID, change func(*store.Tenant) (store.Audit, error)) (store.Tenant, error)

	// Activity returns, in the order of Tenants, how many channels each tenant
	// with channels has, how many of them were neither created nor appended to
	// nor rotated since the day of before, and the newest day of any. Days are
	// UTC; nothing finer is kept of when a channel was written to.
	Activity(ctx context.Context, before time.Time) ([]store.Activity, error)

	// EraseTenant removes all channels, boxes, notes and tickets of a tenant
	// that store.Tenant.MayErase allows it for (ErrNoTenant, ErrConflict,
	// ErrGrace), makes it Erased, without key and code, and records what act
	// returns for what was removed. Of an erased tenant it does nothing and
	// returns zero.
	EraseTenant(ctx context.Context, id wire.TenantID, now time.Time, act func(store.Erasure) store.Audit) (store.Erasure, error)

	// WipeTenant sees to it that nothing of what was erased is left in the
	// store's files, looks, and returns what there still is: of the tenant, and
	// boxes and notes that no channel holds. If that is nothing it sets Wiped
	// and records a. Once Wiped is set it does nothing (ErrNoTenant,
	// ErrConflict if the tenant is not erased).
	WipeTenant(ctx context.Context, id wire.TenantID, now time.Time, a store.Audit) (left store.Erasure, err error)

	// Record adds a to the audit log and changes nothing else: at the place that
	// its Index asks for, if it asks for one, or not at all (ErrConflict).
	Record(ctx context.Context, a store.Audit) error

	// Audits returns in order up to n records above an index, at most
	// store.MaxAudits at once. They verify with store.VerifyAudits. A record
	// that store.Audit.Check refuses is refused with its act (ErrAuditText).
	Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error)

	// ID returns an identifier that no other store has.
	ID() wire.StoreID
	// Check returns every invariant of the store that does not hold.
	Check(ctx context.Context) error
	// Close waits for what has begun. A second Close does nothing.
	Close() error
}
