package app

import (
	"testing"

	"vialog/shared/wire"
)

// A colleague may be removed in the second in which a ticket was given, and
// tickets say the second at which they end: those of the key before are void all
// the same.
func TestATicketOfTheNewestKeyIsUsed(t *testing.T) {
	of := func(gen uint32, expires uint64) *given {
		return &given{gen: gen, admission: wire.Admission{Kind: wire.ByTicket, Ticket: wire.Ticket{Expires: expires}}}
	}
	for _, c := range []struct {
		name       string
		have, came *given
		want       bool
	}{
		{"the first", nil, of(0, 1), true},
		{"lasts longer", of(1, 1), of(1, 2), true},
		{"lasts less long", of(1, 2), of(1, 1), false},
		{"the same once more", of(1, 1), of(1, 1), false},
		{"of a later key, in the same second", of(1, 1), of(2, 1), true},
		{"of a later key, by a slow clock", of(1, 9), of(2, 1), true},
		{"of an earlier key, by a fast clock", of(2, 1), of(1, 9), false},
		{"of a key that is not said", of(1, 1), of(0, 9), false},
	} {
		if got := c.have.before(c.came); got != c.want {
			t.Errorf("%s: replaced is %v", c.name, got)
		}
	}
}
