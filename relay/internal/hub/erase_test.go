package hub

import (
	"testing"

	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

func (c *client) eraseBy(named, by key) wire.Frame {
	c.t.Helper()
	return c.ask(&wire.Erase{Req: c.next(), Founding: named.founding(), Sig: by.sign(wire.EraseContext(origin, c.hello.Nonce, named.channel()))})
}

func TestAnErasedChannelEndsForEveryoneAndNeverComesBack(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	owner, founder, second, access, next := r.dial(), keyOf("f"), keyOf("2"), keyOf("a"), keyOf("b")
	owner.create(r, founder, access)
	ch := founder.channel()
	want[*wire.Opened](t, owner.open(ch, access))
	want[*wire.Appended](t, owner.append(ch, box("b")))
	want[*wire.Appended](t, owner.ask(owner.rotateFrame(ch, wire.ByAccess, access, next, "note")))
	want[*wire.Done](t, owner.cede(ch, founder, second))
	member := r.dial()
	want[*wire.Opened](t, member.open(ch, next))

	// Nobody but its owner may: who founded it and gave it away, who reads it, a
	// stranger, or who heard the owner ask on another connection.
	for _, by := range []key{founder, access, next, keyOf("x")} {
		wantRefused(t, owner.eraseBy(founder, by), wire.NoAccess)
	}
	heard := second.sign(wire.EraseContext(origin, owner.hello.Nonce, ch))
	wantRefused(t, member.ask(&wire.Erase{Req: member.next(), Founding: founder.founding(), Sig: heard}), wire.NoAccess)
	asDelete := second.sign(wire.DeleteContext(origin, member.hello.Nonce, ch))
	wantRefused(t, member.ask(&wire.Erase{Req: member.next(), Founding: founder.founding(), Sig: asDelete}), wire.NoAccess)
	want[*wire.Appended](t, member.append(ch, box("still there")))

	want[*wire.Done](t, owner.eraseBy(founder, second))
	if got := want[*wire.Closed](t, member.unasked()); got.Code != wire.Deleted {
		t.Errorf("closed for %v", got.Code)
	}
	wantRefused(t, member.append(ch, box("c")), wire.Deleted)
	for _, c := range []*client{owner, member, r.dial()} {
		for name, f := range map[string]wire.Frame{
			"erase, whose answer got lost":  c.eraseBy(founder, second),
			"erase by the founder":          c.eraseBy(founder, founder),
			"delete":                        c.deleteBy(founder, second),
			"open with the key of the end":  c.open(ch, next),
			"open with a former key":        c.open(ch, access),
			"create as it was":              c.ask(c.createFrame(r, founder, access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})),
			"create with another key":       c.ask(c.createFrame(r, founder, keyOf("z"), wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})),
			"rotate by the owner":           c.ask(c.rotateFrame(ch, wire.ByFounding, second, keyOf("y"), "")),
			"cede":                          c.cede(ch, second, founder),
			"cede to who would be next":     c.cede(ch, founder, keyOf("w")),
			"erase by whoever knows it was": c.eraseBy(founder, keyOf("x")),
		} {
			if got, ok := f.(*wire.Refused); !ok || got.Code != wire.Deleted {
				t.Errorf("%s: got %T %v, want deleted", name, f, f)
			}
		}
	}
	if got, err := r.log.(*memory.Store).Tenant(t.Context(), r.open); err != nil || got.Channels != 1 || got.Bytes != 0 {
		t.Errorf("the tenant counts %d channels of %d bytes, %v", got.Channels, got.Bytes, err)
	}

	// Of what never was nothing is left, so that nobody fills the disk with it.
	want[*wire.Done](t, owner.eraseBy(keyOf("never"), keyOf("never")))
	wantRefused(t, owner.eraseBy(keyOf("never"), keyOf("x")), wire.NoAccess)
	owner.create(r, keyOf("never"), access)
}

func TestALostAnswerToEraseLeavesItErasedOrAsItWas(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var log *faultyLog
		r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log = &faultyLog{Log: l}; return log })
		c, founder, access := r.dial(), keyOf("f"), keyOf("a")
		c.create(r, founder, access)
		ch := founder.channel()
		want[*wire.Opened](t, c.open(ch, access))
		want[*wire.Appended](t, c.append(ch, box("b")))
		log.fail(keep)
		if keep {
			// The log says that it failed, and has done it: who looks sees that.
			wantRefused(t, c.eraseBy(founder, founder), wire.Deleted)
			wantRefused(t, c.eraseBy(founder, founder), wire.Deleted)
			continue
		}
		wantRefused(t, c.eraseBy(founder, founder), wire.Failed)
		want[*wire.Appended](t, c.append(ch, box("c")))
		want[*wire.Done](t, c.eraseBy(founder, founder))
		wantRefused(t, c.open(ch, access), wire.Deleted)
	}
}

func TestWhatAnotherHubErasedIsErasedHere(t *testing.T) {
	a, b := twoHubs(t)
	c, founder, access := a.dial(), keyOf("f"), keyOf("a")
	c.create(a, founder, access)
	ch := founder.channel()
	want[*wire.Opened](t, c.open(ch, access))
	member := b.dial()
	want[*wire.Opened](t, member.open(ch, access))
	want[*wire.Appended](t, member.append(ch, box("b")))
	want[*wire.Done](t, c.eraseBy(founder, founder))
	// Nothing has told this hub yet.
	wantRefused(t, member.append(ch, box("c")), wire.Deleted)
	wantRefused(t, b.dial().open(ch, access), wire.Deleted)
	wantRefused(t, member.ask(member.createFrame(b, founder, access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: b.open})), wire.Deleted)
	if got := want[*wire.Closed](t, member.unasked()); got.Code != wire.Deleted {
		t.Errorf("closed for %v", got.Code)
	}
}
