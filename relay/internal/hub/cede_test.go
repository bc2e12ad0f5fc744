package hub

import (
	"testing"

	"vialog/shared/wire"
)

// Whoever holds the founding key of a channel that was ceded has no power left.
func TestACededChannelObeysItsNewOwnerOnly(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c := r.dial()
	founder, second, third, access := keyOf("f"), keyOf("2"), keyOf("3"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	wantRefused(t, c.cede(ch, access, second), wire.NoAccess)
	wantRefused(t, c.cede(ch, second, second), wire.NoAccess)
	wantRefused(t, c.cede(keyOf("nobody").channel(), founder, second), wire.NoAccess)
	want[*wire.Done](t, c.cede(ch, founder, second)) // without opening

	member := r.dial()
	want[*wire.Opened](t, member.open(ch, access)) // nothing was closed
	want[*wire.Appended](t, member.append(ch, box("kept")))
	want[*wire.Done](t, member.cede(ch, second, third))
	want[*wire.Appended](t, member.append(ch, box("still open")))
	want[*wire.Done](t, c.cede(ch, second, third))  // the answer got lost
	want[*wire.Done](t, c.cede(ch, founder, third)) // whoever says so

	for name, by := range map[string]key{"founder": founder, "second": second, "stranger": keyOf("x")} {
		if name != "stranger" {
			wantRefused(t, c.cede(ch, by, by), wire.NoAccess)
		}
		wantRefused(t, c.cede(ch, by, keyOf("y")), wire.NoAccess)
		wantRefused(t, c.ask(c.rotateFrame(ch, wire.ByFounding, by, keyOf("b"), "")), wire.NoAccess)
		wantRefused(t, c.deleteBy(founder, by), wire.NoAccess)
	}
	// A frame of another connection is worth nothing.
	b := wire.CedeContext(origin, c.hello.Nonce, ch, second.founding())
	wantRefused(t, member.ask(&wire.Cede{Req: member.next(), Channel: ch, New: second.founding(), OldSig: third.sign(b), NewSig: second.sign(b)}), wire.NoAccess)
	// Both have to sign.
	b = wire.CedeContext(origin, c.hello.Nonce, ch, second.founding())
	wantRefused(t, c.ask(&wire.Cede{Req: c.next(), Channel: ch, New: second.founding(), OldSig: third.sign(b), NewSig: third.sign(b)}), wire.NoAccess)

	want[*wire.Done](t, c.ask(c.createFrame(r, founder, access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}))) // a lost answer of long ago
	want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByFounding, third, keyOf("b"), "")))
	want[*wire.Done](t, c.deleteBy(founder, third))
	wantRefused(t, c.deleteBy(founder, third), wire.NoAccess) // it is gone
	want[*wire.Done](t, c.deleteBy(founder, founder))
}

func TestALostAnswerToCedeIsTheSameAgain(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var log *faultyLog
		r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log = &faultyLog{Log: l}; return log })
		c := r.dial()
		founder, next := keyOf("f"), keyOf("n")
		c.create(r, founder, keyOf("a"))
		ch := founder.channel()
		want[*wire.Opened](t, c.open(ch, keyOf("a")))
		log.fail(keep)
		wantRefused(t, c.cede(ch, founder, next), wire.Failed)
		// Whether it happened or not, the relay goes by what it has stored.
		if keep {
			wantRefused(t, c.ask(c.rotateFrame(ch, wire.ByFounding, founder, keyOf("b"), "")), wire.NoAccess)
		}
		want[*wire.Done](t, c.cede(ch, founder, next))
		wantRefused(t, c.deleteBy(founder, founder), wire.NoAccess)
		want[*wire.Done](t, c.deleteBy(founder, next))
	}
}
