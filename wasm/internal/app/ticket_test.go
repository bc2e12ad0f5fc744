package app

import (
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A ticket that is not used was given all the same: otherwise one that never
// ends would have the centre give another with every round.
func TestATicketThatIsNotUsedWasGiven(t *testing.T) {
	c, s := told(t, rolePatient)
	for n, expires := range []uint64{1 << 40, 1 << 30} {
		e := by(typeTicket, keyring.Treat, uint64(n+1), ticketBody(wire.Ticket{Expires: expires}, 7))
		e.Time = int64(n + 1)
		c.absorb(s, []*link.Entry{e})
	}
	if s.ticket == nil || s.ticket.admission.Ticket.Expires != 1<<40 || s.ticketGen != 7 || s.ticketAt.UnixMilli() != 2 {
		t.Errorf("used %+v, given of generation %d at %d", s.ticket, s.ticketGen, s.ticketAt.UnixMilli())
	}
}

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
