package app

import (
	"errors"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// ErrOutdated reports that what this release seals with has come to its end: it
// says nothing new, and reads all there is. A newer release is needed.
var ErrOutdated = errors.New("app: the cryptography of this release has come to its end")

// witnessed is how far a device's clock may be ahead of the last that it has
// heard of others, to be believed about the end of an algorithm.
const witnessed = 31 * 24 * time.Hour

// sound is the time that ends of the policy are judged by: this device's, unless
// nobody else has signed anything near it. A clock that is far ahead ends nothing,
// nor does one that nobody stands beside; somebody else's alone does not either.
func (c *Client) sound() time.Time {
	now := c.env.Now()
	if most := time.UnixMilli(c.witness).Add(witnessed); now.After(most) {
		return most
	}
	return now
}

// outdated reports that statements of a type are not to be made any more. What
// takes something away is always taken: a device or person removed, a key
// renewed, a consent withdrawn, a use restricted, a parting, an entry taken back.
func (c *Client) outdated(t link.Type) bool {
	switch t {
	case link.TypeChain, link.TypeLease, typeParting, typeClosed, typeInviteState, typeConsent, typeErased, typeRestriction, link.Type(diary.KindRetract):
		return false
	}
	return seal.Current.Ending(c.sound()) == seal.Over
}

// Ending tells how near the end of what this release seals with is, and its last
// day. Warnings go by this device's clock: the worst that a wrong one does is warn.
func (l Look) Ending() (seal.Ending, time.Time) {
	e := seal.Current.Ending(l.c.sound())
	if own := seal.Current.Ending(l.c.env.Now()); e != seal.Over && own > e {
		e = min(own, seal.Soon)
	}
	return e, seal.Current.Ends()
}
