// Package admit decides who may create channels, and on whose account.
//
// An operator requests a tenant, for example a treatment centre, another
// approves it, and hands it a one-time code. Whoever redeems the code first makes their key the tenant's;
// tickets signed by that key admit channels. An open tenant admits them without
// a ticket.
//
// What holds:
//   - a code is kept only as its hash and works once;
//   - a ticket counts its channels, and a tenant's quota holds, also when many
//     are created at the same time;
//   - nothing can be used before it was approved;
//   - a suspended or leaving tenant creates no channel and appends nothing;
//     what it has stored can be read, re-keyed and deleted;
//   - what a leaving tenant stored is erased when a person says so, not before
//     its grace is over; its identifier is never given again;
//   - every act of the operator and of a tenant's key is in the audit log.
//
// It does not know patients, doctors or devices, and cannot tell how many of
// them stand behind a ticket.
package admit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A Register keeps tenants and the audit log. Each change and its audit entry
// are one step: both are durable on nil, or neither happened.
type Register interface {
	// AddTenant adds t, or returns store.ErrExists for a second open tenant.
	AddTenant(ctx context.Context, t store.Tenant, a store.Audit) error

	// Tenants returns all tenants, removed ones too.
	Tenants(ctx context.Context) ([]store.Tenant, error)

	// Tenant returns one or store.ErrNoTenant.
	Tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error)

	// Redeem gives the tenant of the code its key. The same key again returns
	// the same tenant; anything else that does not fit is store.ErrCode.
	Redeem(ctx context.Context, codeHash [32]byte, key wire.TenantKey, now time.Time, a store.Audit) (store.Tenant, error)

	SetTenantKey(ctx context.Context, id wire.TenantID, key wire.TenantKey, a store.Audit) error

	// ChangeTenant changes a tenant as change says and records what it returns.
	// change may be called more than once; an error of it changes nothing.
	ChangeTenant(ctx context.Context, id wire.TenantID, change func(*store.Tenant) (store.Audit, error)) (store.Tenant, error)

	// Record adds an act that changes nothing else.
	Record(ctx context.Context, a store.Audit) error

	// Audits returns in order up to n records above an index.
	Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error)

	// EraseTenant erases what a leaving tenant stored, and records what act
	// returns for it (store.ErrConflict, store.ErrGrace). WipeTenant sees to it
	// that nothing is left in the files, returns what is, and records a if
	// nothing is. Both may be repeated.
	EraseTenant(ctx context.Context, id wire.TenantID, now time.Time, act func(store.Erasure) store.Audit) (store.Erasure, error)
	WipeTenant(ctx context.Context, id wire.TenantID, now time.Time, a store.Audit) (left store.Erasure, err error)

	// Activity returns how much of each tenant's is still written to.
	Activity(ctx context.Context, before time.Time) ([]store.Activity, error)
}

// CodeLifetime is how long a new tenant has to redeem its code.
const CodeLifetime = 14 * 24 * time.Hour

// stale is how often a Desk looks at the tenants again: another process, the
// operator's command, may have changed them.
const stale = 2 * time.Second

// A Desk admits. Create it with New.
type Desk struct {
	register Register
	known    atomic.Pointer[tenants]
	due      chan struct{} // somebody says that tenants have changed

	mu    sync.Mutex  // held while refreshing; guards the rest
	pause store.Pause // as of the act acts
	acts  uint64      // the newest act that was looked at
}

// tenants is what the Desk answers from memory.
type tenants struct {
	open   wire.TenantID
	barred map[wire.TenantID]bool // suspended, leaving or erased
	erased map[wire.TenantID]bool
	pause  store.Pause
}

// New returns a Desk that knows the tenants of r.
func New(ctx context.Context, r Register) (*Desk, error) {
	d := &Desk{register: r, due: make(chan struct{}, 1)}
	return d, d.Refresh(ctx)
}

// Refresh looks at the tenants again.
func (d *Desk) Refresh(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.readActs(ctx); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	all, err := d.register.Tenants(ctx)
	if err != nil {
		return fmt.Errorf("reading the tenants: %w", err)
	}
	k := &tenants{pause: d.pause, barred: map[wire.TenantID]bool{}, erased: map[wire.TenantID]bool{}}
	for _, t := range all {
		switch {
		case t.State == store.Suspended || t.State == store.Leaving || t.State == store.Erased:
			k.barred[t.ID] = true
			k.erased[t.ID] = t.State == store.Erased
		case t.Open && t.State == store.Active:
			k.open = t.ID
		}
	}
	d.known.Store(k)
	return nil
}

// Run refreshes until ctx ends. Errors are reported once per run of them: the
// Desk goes on with what it knew.
func (d *Desk) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(stale)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.due:
		}
		err := d.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			report(err)
		}
		failing = err != nil
	}
}

// Changed has Run refresh at once. It does not wait for it.
func (d *Desk) Changed() {
	select {
	case d.due <- struct{}{}:
	default:
	}
}

// OpenTenant returns the tenant that admits without a ticket, zero if none.
func (d *Desk) OpenTenant() wire.TenantID { return d.known.Load().open }

// MayAppend reports whether t is neither suspended nor leaving nor erased, as of a few
// seconds ago.
func (d *Desk) MayAppend(t wire.TenantID) bool { return !d.known.Load().barred[t] }

// Erased reports whether all that t stored was erased, as of a few seconds ago
// at most.
func (d *Desk) Erased(t wire.TenantID) bool { return d.known.Load().erased[t] }

// Admit returns the tenant whose account a new channel goes on. Its refusals
// are a wire.Refusal.
func (d *Desk) Admit(ctx context.Context, a *wire.Admission) (wire.TenantID, store.TicketUse, error) {
	switch a.Kind {
	case wire.ByOpenTenant:
		t, err := d.active(ctx, a.Tenant)
		if err == nil && !t.Open {
			err = wire.TicketInvalid
		}
		return t.ID, store.TicketUse{}, err
	case wire.ByTicket:
		k := &a.Ticket
		t, err := d.tenant(ctx, k.Tenant)
		if err != nil {
			return wire.TenantID{}, store.TicketUse{}, err
		}
		// The signature first: only its own bearer learns of a tenant's state.
		// No key yet is a weak one: all zeros.
		if t.Open || wire.WeakKey(t.Key) || !ed25519.Verify(t.Key[:], wire.TicketContext(k), k.Sig[:]) {
			return wire.TenantID{}, store.TicketUse{}, wire.TicketInvalid
		}
		if err := allowed(t); err != nil {
			return wire.TenantID{}, store.TicketUse{}, err
		}
		expires := time.Unix(int64(k.Expires), 0)
		if !time.Now().Before(expires) {
			return wire.TenantID{}, store.TicketUse{}, wire.TicketExpired
		}
		return t.ID, store.TicketUse{ID: k.ID, Max: int(k.Channels), Expires: expires}, nil
	}
	return wire.TenantID{}, store.TicketUse{}, wire.Unsupported
}

func (d *Desk) tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error) {
	t, err := d.register.Tenant(ctx, id)
	if errors.Is(err, store.ErrNoTenant) {
		err = wire.TicketInvalid
	}
	return t, err
}

func (d *Desk) active(ctx context.Context, id wire.TenantID) (store.Tenant, error) {
	t, err := d.tenant(ctx, id)
	if err != nil {
		return store.Tenant{}, err
	}
	return t, allowed(t)
}

func allowed(t store.Tenant) error {
	switch t.State {
	case store.Active:
		return nil
	case store.Suspended, store.Leaving, store.Erased:
		return wire.TenantSuspended
	}
	return wire.TicketInvalid
}

// Redeem makes key the key of the tenant that c was handed to.
func (d *Desk) Redeem(ctx context.Context, c wire.Code, key wire.TenantKey) (wire.TenantID, error) {
	hash := HashOf(c)
	subject := "unknown"
	all, err := d.register.Tenants(ctx)
	if err != nil {
		return wire.TenantID{}, err
	}
	for _, t := range all {
		if t.CodeHash == hash {
			subject = t.ID.String()
		}
	}
	now := time.Now()
	t, err := d.register.Redeem(ctx, hash, key, now, store.Audit{
		Time: now, Actor: "holder of the code", Act: "tenant.redeem", Subject: subject, Detail: "key " + key.String(),
	})
	if err != nil {
		return wire.TenantID{}, err
	}
	return t.ID, d.Refresh(ctx)
}

// Key returns a tenant's current key.
func (d *Desk) Key(ctx context.Context, id wire.TenantID) (wire.TenantKey, error) {
	t, err := d.register.Tenant(ctx, id)
	if err != nil {
		return wire.TenantKey{}, err
	}
	if t.Key == (wire.TenantKey{}) {
		return wire.TenantKey{}, store.ErrNoTenant
	}
	return t.Key, nil
}

// Rekey replaces a tenant's key.
func (d *Desk) Rekey(ctx context.Context, id wire.TenantID, next wire.TenantKey) error {
	return d.register.SetTenantKey(ctx, id, next, store.Audit{
		Time: time.Now(), Actor: "holder of the key", Act: "tenant.rekey", Subject: id.String(), Detail: "key " + next.String(),
	})
}

// HashOf returns what is kept of a code.
func HashOf(c wire.Code) [32]byte {
	return sha256.Sum256(append([]byte("vialog/relay/v1/code\x00"), c[:]...))
}

// ErrAmbiguous reports the beginning of an identifier that several tenants share.
var ErrAmbiguous = errors.New("several tenants have identifiers that begin like this: give more letters")

// Find returns the tenant whose printed identifier begins with s; its prefix
// tenant_ may be left out.
func (d *Desk) Find(ctx context.Context, s string) (store.Tenant, error) {
	s = "tenant_" + strings.ToUpper(strings.TrimPrefix(strings.ToLower(s), "tenant_"))
	all, err := d.register.Tenants(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	var found []store.Tenant
	for _, t := range all {
		if len(s) > len("tenant_") && strings.HasPrefix(t.ID.String(), s) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return store.Tenant{}, store.ErrNoTenant
	case 1:
		return found[0], nil
	}
	return store.Tenant{}, ErrAmbiguous
}
