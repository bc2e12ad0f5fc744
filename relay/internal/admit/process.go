package admit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// ReviewEvery is when a tenant is looked at again if its operator names no date.
const ReviewEvery = 365 * 24 * time.Hour

var (
	// ErrName reports a name for a tenant that an operator could not read back.
	ErrName = errors.New("the name needs 1 to 100 printable characters")
	// ErrActor reports an act without somebody who does it.
	ErrActor = errors.New("who does this? The audit log takes 1 to 100 printable characters (-actor)")
	// ErrNoReason reports an act without a reason, or one that is no single line.
	ErrNoReason = errors.New("why? The audit log takes up to 500 printable characters (-reason)")
	// ErrContact reports a request without a role that answers for the tenant.
	ErrContact = errors.New("who answers for it? Name a role in up to 200 printable characters (-contact)")
	// ErrSamePerson reports an approval by whoever made the request.
	ErrSamePerson = errors.New("whoever requested a tenant does not approve it: somebody else has to")
	// ErrReviewDate reports a review that would be due in the past.
	ErrReviewDate = errors.New("the date of the next review has passed already")
	// ErrLeft reports an erasure after which something was still there.
	ErrLeft = errors.New("something is still there after erasing")
)

// printable trims a text and reports whether it has up to most characters that
// an operator can read back, and if it must, any at all.
func printable(s *string, most int, must bool) bool {
	*s = strings.TrimSpace(*s)
	n := utf8.RuneCountInString(*s)
	return utf8.ValidString(*s) && n <= most && (n > 0 || !must) && !strings.ContainsFunc(*s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// An Act is who does something to a tenant, and why.
type Act struct {
	Actor  string
	Reason string
}

func (a *Act) check(needsReason bool) error {
	switch {
	case !printable(&a.Actor, 100, true):
		return ErrActor
	case !printable(&a.Reason, 500, needsReason):
		return ErrNoReason
	}
	return nil
}

// record is the act as the audit log has it. The reason goes last: it is what
// people wrote.
func (a Act) record(now time.Time, name string, t wire.TenantID, detail string, args ...any) store.Audit {
	detail = fmt.Sprintf(detail, args...)
	if a.Reason != "" {
		if detail != "" {
			detail += ", "
		}
		detail += fmt.Sprintf("reason %q", a.Reason)
	}
	return store.Audit{Time: now, Actor: a.Actor, Act: name, Subject: t.String(), Detail: detail}
}

// A Quota bounds what a tenant may hold. Zero fields do not.
type Quota struct {
	Channels int
	Bytes    uint64
}

// An Application asks for a tenant.
type Application struct {
	Name    string
	Contact string // the role that answers for it: "head of the outpatient clinic"
	Open    bool   // admits anybody
	Quota   Quota
	Review  time.Time // zero: in a year
}

func (a *Application) check(now time.Time) error {
	switch {
	case !printable(&a.Name, 100, true):
		return ErrName
	case !printable(&a.Contact, 200, false):
		return ErrContact
	}
	return reviewDate(&a.Review, now)
}

func reviewDate(t *time.Time, now time.Time) error {
	if t.IsZero() {
		*t = now.Add(ReviewEvery)
	}
	if !t.After(now) {
		return ErrReviewDate
	}
	return nil
}

// Request notes that somebody asks for a tenant. Nothing can be used before it
// is approved.
func (d *Desk) Request(ctx context.Context, by Act, a Application) (store.Tenant, error) {
	now := time.Now()
	if err := errors.Join(by.check(true), a.check(now)); err != nil {
		return store.Tenant{}, err
	}
	if a.Contact == "" {
		return store.Tenant{}, ErrContact
	}
	t := store.Tenant{Name: a.Name, Contact: a.Contact, State: store.Requested, Open: a.Open, MaxChannels: a.Quota.Channels, MaxBytes: a.Quota.Bytes, Created: now, Requester: by.Actor}
	return d.enter(ctx, t, by, now, "tenant.request")
}

// Add requests and approves in one: the short way for an operator who is alone.
// An open tenant has no code: it can be used at once.
func (d *Desk) Add(ctx context.Context, by Act, a Application) (store.Tenant, wire.Code, error) {
	now := time.Now()
	if err := errors.Join(by.check(false), a.check(now)); err != nil {
		return store.Tenant{}, wire.Code{}, err
	}
	t := store.Tenant{
		Name: a.Name, Contact: a.Contact, Open: a.Open, MaxChannels: a.Quota.Channels, MaxBytes: a.Quota.Bytes, Created: now,
		Requester: by.Actor, Approver: by.Actor, Approved: now, Review: a.Review,
	}
	c := admitted(&t, now)
	t, err := d.enter(ctx, t, by, now, "tenant.add")
	return t, c, err
}

// enter adds a tenant under an identifier whose printed beginning no other has
// or had.
func (d *Desk) enter(ctx context.Context, t store.Tenant, by Act, now time.Time, act string) (store.Tenant, error) {
	all, err := d.register.Tenants(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	for {
		rand.Read(t.ID[:]) // never fails: crypto/rand ends the process instead
		if !slices.ContainsFunc(all, func(has store.Tenant) bool { return has.ID.String() == t.ID.String() }) {
			break
		}
	}
	detail := fmt.Sprintf("name %q, open %t, channels %d, bytes %d", t.Name, t.Open, t.MaxChannels, t.MaxBytes)
	if t.Contact != "" {
		detail += fmt.Sprintf(", contact %q", t.Contact)
	}
	if t.State != store.Requested {
		detail += fmt.Sprintf(", requested and approved in one, review %s", t.Review.Format(time.DateOnly))
	}
	if err := d.register.AddTenant(ctx, t, by.record(now, act, t.ID, "%s", detail)); err != nil {
		return store.Tenant{}, err
	}
	return t, d.Refresh(ctx)
}

// admitted makes an approved tenant of t, with a code unless it is open.
func admitted(t *store.Tenant, now time.Time) (c wire.Code) {
	if t.Open {
		t.State = store.Active
		return c
	}
	t.State = store.Pending
	rand.Read(c[:])
	t.CodeHash, t.CodeExpires = HashOf(c), now.Add(CodeLifetime)
	return c
}

// change does one act to one tenant.
func (d *Desk) change(ctx context.Context, id wire.TenantID, change func(*store.Tenant) (store.Audit, error)) (store.Tenant, error) {
	t, err := d.register.ChangeTenant(ctx, id, change)
	if err != nil {
		return store.Tenant{}, err
	}
	return t, d.Refresh(ctx)
}

// An Approval is what the approver decides.
type Approval struct {
	Quota    func(Quota) Quota // what becomes of the quota that was asked for; nil: nothing
	Review   time.Time         // zero: in a year
	FourEyes bool              // by another person than the requester
}

// Approve approves a request. The code is zero for an open tenant
// (store.ErrConflict if it is no request, ErrSamePerson).
func (d *Desk) Approve(ctx context.Context, by Act, id wire.TenantID, a Approval) (store.Tenant, wire.Code, error) {
	now := time.Now()
	if err := errors.Join(by.check(false), reviewDate(&a.Review, now)); err != nil {
		return store.Tenant{}, wire.Code{}, err
	}
	var c wire.Code
	t, err := d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		switch {
		case t.State != store.Requested:
			return store.Audit{}, store.ErrConflict
		case a.FourEyes && strings.EqualFold(t.Requester, by.Actor):
			return store.Audit{}, ErrSamePerson
		}
		if a.Quota != nil {
			q := a.Quota(Quota{t.MaxChannels, t.MaxBytes})
			t.MaxChannels, t.MaxBytes = q.Channels, q.Bytes
		}
		c = admitted(t, now)
		t.Approver, t.Approved, t.Review = by.Actor, now, a.Review
		return by.record(now, "tenant.approve", id, "requested by %q, channels %d, bytes %d, review %s",
			t.Requester, t.MaxChannels, t.MaxBytes, t.Review.Format(time.DateOnly)), nil
	})
	return t, c, err
}

// NewCode makes another code for a tenant that has not redeemed its own, which
// is void from then on (store.ErrConflict).
func (d *Desk) NewCode(ctx context.Context, by Act, id wire.TenantID) (store.Tenant, wire.Code, error) {
	if err := by.check(false); err != nil {
		return store.Tenant{}, wire.Code{}, err
	}
	now := time.Now()
	var c wire.Code
	t, err := d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		if t.State != store.Pending {
			return store.Audit{}, store.ErrConflict
		}
		c = admitted(t, now)
		return by.record(now, "tenant.code", id, "the code before is void"), nil
	})
	return t, c, err
}

// SetQuota changes how much a tenant may hold. Below what it holds, it keeps
// that and gets no more (store.ErrConflict once it is leaving).
func (d *Desk) SetQuota(ctx context.Context, by Act, id wire.TenantID, quota func(Quota) Quota) (store.Tenant, error) {
	if err := by.check(true); err != nil {
		return store.Tenant{}, err
	}
	return d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		if t.State == store.Leaving || t.State == store.Erased {
			return store.Audit{}, store.ErrConflict
		}
		was := Quota{t.MaxChannels, t.MaxBytes}
		q := quota(was)
		t.MaxChannels, t.MaxBytes = q.Channels, q.Bytes
		return by.record(time.Now(), "tenant.quota", id, "channels %d to %d, bytes %d to %d", was.Channels, q.Channels, was.Bytes, q.Bytes), nil
	})
}

// Review notes that somebody looked whether a tenant is still needed and what is
// noted of it right, and when that is due next (store.ErrConflict once it is leaving).
func (d *Desk) Review(ctx context.Context, by Act, id wire.TenantID, next time.Time) (store.Tenant, error) {
	now := time.Now()
	if err := errors.Join(by.check(false), reviewDate(&next, now)); err != nil {
		return store.Tenant{}, err
	}
	return d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		if t.State == store.Leaving || t.State == store.Erased {
			return store.Audit{}, store.ErrConflict
		}
		t.Reviewed, t.Review = now, next
		return by.record(now, "tenant.review", id, "next %s", next.Format(time.DateOnly)), nil
	})
}

// Suspend stops a tenant creating and appending; Resume lets it again. Of a
// tenant that is so already, they do and record nothing (store.ErrConflict).
func (d *Desk) Suspend(ctx context.Context, by Act, id wire.TenantID) (store.Tenant, error) {
	return d.setState(ctx, by, id, store.Suspended, "tenant.suspend")
}

// Resume ends a suspension.
func (d *Desk) Resume(ctx context.Context, by Act, id wire.TenantID) (store.Tenant, error) {
	return d.setState(ctx, by, id, store.Active, "tenant.resume")
}

func (d *Desk) setState(ctx context.Context, by Act, id wire.TenantID, to store.State, act string) (store.Tenant, error) {
	if err := by.check(true); err != nil {
		return store.Tenant{}, err
	}
	return d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		if t.State == store.Requested {
			return store.Audit{}, store.ErrConflict // an open one would become Active unapproved
		}
		t.State = to
		return by.record(time.Now(), act, id, ""), nil
	})
}

// Remove de-registers a tenant. Its users can take away and delete what is
// theirs until the grace is over; of one that is leaving it sets another end.
// What was never in use ends at once (store.ErrConflict if it is erased).
func (d *Desk) Remove(ctx context.Context, by Act, id wire.TenantID, grace time.Duration) (store.Tenant, error) {
	if err := by.check(true); err != nil {
		return store.Tenant{}, err
	}
	now := time.Now()
	return d.change(ctx, id, func(t *store.Tenant) (store.Audit, error) {
		act, detail := "tenant.remove", ""
		switch t.State {
		case store.Erased:
			return store.Audit{}, store.ErrConflict
		case store.Requested, store.Pending:
			*t = t.Tombstone()
			t.Ends, t.Wiped = now, now
			detail = "it was never in use"
		default:
			if t.State == store.Leaving {
				act = "tenant.grace"
			}
			t.State, t.Ends = store.Leaving, now.Add(grace)
			detail = "may be erased from " + t.Ends.Format(time.DateOnly)
		}
		return by.record(now, act, id, "%s", detail), nil
	})
}

// Erase erases all that a leaving tenant stored, looks whether anything is left,
// and notes that nothing is. An erasure that was interrupted goes on
// (store.ErrConflict, store.ErrGrace, ErrLeft).
func (d *Desk) Erase(ctx context.Context, by Act, id wire.TenantID) (store.Erasure, error) {
	if err := by.check(true); err != nil {
		return store.Erasure{}, err
	}
	gone, err := d.register.EraseTenant(ctx, id, time.Now(), func(e store.Erasure) store.Audit {
		return by.record(time.Now(), "tenant.erase", id, "channels %d, boxes %d, notes %d, tickets %d, bytes %d", e.Channels, e.Boxes, e.Notes, e.Tickets, e.Bytes)
	})
	if err != nil {
		return store.Erasure{}, err
	}
	if err := d.Refresh(ctx); err != nil {
		return gone, err
	}
	left, err := d.register.WipeTenant(ctx, id, time.Now(), Act{Actor: by.Actor}.record(time.Now(), "tenant.wiped", id, "nothing is left"))
	if err == nil && left != (store.Erasure{}) {
		err = fmt.Errorf("%w: channels %d, boxes %d, notes %d, tickets %d, bytes %d", ErrLeft, left.Channels, left.Boxes, left.Notes, left.Tickets, left.Bytes)
	}
	return gone, err
}
