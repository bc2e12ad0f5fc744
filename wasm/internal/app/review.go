package app

import (
	"context"
	"time"

	"vialog/wasm/internal/keyring"
)

// Who can read a diary is looked through by its owner once a year, as a team is by
// its leads (evidence.go), and noted in home's space with the same statement.

// AccessEvery is after how long an owner is asked again who can read the diary.
const AccessEvery = 365 * 24 * time.Hour

// access counts the others who can read this diary, people and centres, and tells
// since when the first of them, or a further device, can. Zero if there is none.
func (l Look) access() (others int, since time.Time) {
	met := func(at time.Time) {
		if since.IsZero() || at.Before(since) {
			since = at
		}
	}
	for _, p := range l.People() {
		if !p.You && !p.Gone {
			others++
			met(p.Since)
		}
	}
	for _, i := range l.CurrentCentres() {
		if i.State != CentreRefused && i.State != CentreUsed {
			others++
			if t, ok := l.CentreTeam(i.N); ok { // its keys are younger
				met(t.Since)
			}
		}
	}
	for _, d := range l.Devices() {
		if !d.This && !d.Sheet && d.Removed.IsZero() {
			met(d.Added)
		}
	}
	return others, since
}

// MayReviewAccess reports that this person answers for who can read the diary.
func (l Look) MayReviewAccess() bool { return l.Role() == Patient && l.c.homeRight() == keyring.Own }

// AccessReviewDue reports that its owner should look through who can read the diary.
func (l Look) AccessReviewDue() bool {
	if !l.MayReviewAccess() {
		return false
	}
	_, since := l.access()
	if since.IsZero() {
		return false
	}
	if r, ok := l.Reviewed(); ok {
		since = r.At
	}
	return l.c.env.Now().Sub(since) > AccessEvery
}

// ReviewAccess says that the owner has looked through who can read the diary.
func (c *Client) ReviewAccess(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.v == nil:
		return ErrLocked
	case !newLook(c).MayReviewAccess():
		return ErrRight
	}
	others, _ := newLook(c).access()
	return c.write(ctx, c.primary(), typeReview, reviewBody(others+1))
}
