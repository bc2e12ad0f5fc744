package hub

import (
	"encoding/binary"
	"testing"
	"time"

	"vialog/shared/wire"
)

// twoHubs are two on one log. Neither is blind; the test tells them the news.
func twoHubs(t *testing.T) (a, b *relay) {
	t.Helper()
	a = newRelay(t, Options{Limits: roomy, Shared: true})
	b = newRelay(t, Options{Limits: roomy, Shared: true}, func(Log) Log { return a.log })
	a.hub.Blind(false)
	b.hub.Blind(false)
	return a, b
}

func markOf(ch wire.Channel) uint64 { return binary.BigEndian.Uint64(ch[:]) }

// followed opens ch and follows it.
func followed(t *testing.T, c *client, ch wire.Channel, access key) (follow uint32) {
	t.Helper()
	want[*wire.Opened](t, c.open(ch, access))
	follow = c.next()
	want[*wire.Boxes](t, c.ask(&wire.Follow{Req: follow, Channel: ch}))
	return follow
}

func TestWhatAnotherHubStoredReachesFollowersHere(t *testing.T) {
	a, b := twoHubs(t)
	c, founder, access := a.dial(), keyOf("f"), keyOf("a")
	c.create(a, founder, access)
	ch := founder.channel()
	want[*wire.Opened](t, c.open(ch, access))
	member := b.dial()
	follow := followed(t, member, ch, access)

	want[*wire.Appended](t, c.append(ch, box("one"), box("two")))
	b.hub.Changed(markOf(ch))
	checkFollow(t, member, follow, 0, 2, nil)
	// Both write in turns, and neither is told before it does.
	want[*wire.Appended](t, c.append(ch, box("three")))
	if got := want[*wire.Appended](t, member.append(ch, box("four"))); got.Positions[0] != 4 {
		t.Errorf("position %d", got.Positions[0])
	}
	checkFollow(t, member, follow, 2, 4, map[uint64]wire.BoxID{3: box("three").ID, 4: box("four").ID})

	// What happened unheard is there as soon as the hub hears again.
	b.hub.Blind(true)
	want[*wire.Appended](t, c.append(ch, box("five")))
	b.hub.Blind(false)
	checkFollow(t, member, follow, 4, 5, map[uint64]wire.BoxID{5: box("five").ID})
	b.hub.Changed(markOf(keyOf("nobody").channel())) // of no interest here
}

// However late the news is, a key that another hub replaced opens nothing here,
// and who is still open under it gets nothing that came with the removal or after.
func TestARemovedKeyHasNoPowerAtAHubThatHasNotHeardOfIt(t *testing.T) {
	a, b := twoHubs(t)
	c, founder, k1, k2, owner := a.dial(), keyOf("f"), keyOf("1"), keyOf("2"), keyOf("owner")
	c.create(a, founder, k1)
	ch := founder.channel()
	want[*wire.Opened](t, c.open(ch, k1))
	member, reader := b.dial(), b.dial()
	followed(t, member, ch, k1)
	followed(t, reader, ch, k1)

	want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByAccess, k1, k2, "note", box("after"))))
	if got := want[*wire.Boxes](t, reader.ask(&wire.Read{Req: reader.next(), Channel: ch, MaxBytes: 1 << 20})); len(got.Boxes) != 0 {
		t.Error("a removed member read what came with the removal")
	}
	late := b.dial()
	want[*wire.Moved](t, late.open(ch, k1))
	for _, one := range []*client{member, reader} {
		if closed := want[*wire.Closed](t, one.unasked()); closed.Code != wire.Rotated {
			t.Errorf("closed for %v", closed.Code)
		}
		want[*wire.Done](t, one.ask(&wire.Ping{Req: one.next()}))
		for _, f := range one.kept {
			if b, ok := f.(*wire.Boxes); ok && len(b.Boxes) > 0 {
				t.Error("a removed member got boxes")
			}
		}
	}

	// So with the owner's key. Each look brings what was unheard, so there is one before each.
	want[*wire.Opened](t, late.open(ch, k2))
	second, third := keyOf("second"), keyOf("third")
	want[*wire.Done](t, c.cede(ch, founder, owner))
	wantRefused(t, late.ask(late.rotateFrame(ch, wire.ByFounding, founder, keyOf("3"), "")), wire.NoAccess)
	want[*wire.Done](t, c.cede(ch, owner, second))
	wantRefused(t, late.cede(ch, owner, keyOf("3")), wire.NoAccess)
	want[*wire.Done](t, c.cede(ch, second, third))
	wantRefused(t, late.deleteBy(founder, second), wire.NoAccess)
	want[*wire.Done](t, late.deleteBy(founder, third))
}

func TestARemovedKeyAppendsNothingAtAHubThatHasNotHeardOfIt(t *testing.T) {
	a, b := twoHubs(t)
	c, founder, k1, k2 := a.dial(), keyOf("f"), keyOf("1"), keyOf("2")
	c.create(a, founder, k1)
	ch := founder.channel()
	want[*wire.Opened](t, c.open(ch, k1))
	member := b.dial()
	want[*wire.Opened](t, member.open(ch, k1))
	want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByAccess, k1, k2, "note")))
	wantRefused(t, member.append(ch, box("too late")), wire.Rotated)
	if closed := want[*wire.Closed](t, member.unasked()); closed.Code != wire.Rotated {
		t.Errorf("closed for %v", closed.Code)
	}
}

func TestAnEndAtAnotherHubIsTheEndHere(t *testing.T) {
	for _, tt := range []struct {
		claim string
		end   func(c *client, r *relay, founder, access key, ch wire.Channel)
		code  wire.Refusal
	}{
		{"deleted", func(c *client, _ *relay, founder, _ key, _ wire.Channel) {
			want[*wire.Done](t, c.deleteBy(founder, founder))
		}, wire.Deleted},
		{"erased", func(c *client, _ *relay, founder, _ key, _ wire.Channel) {
			want[*wire.Done](t, c.eraseBy(founder, founder))
		}, wire.Deleted},
		{"deleted and founded anew", func(c *client, r *relay, founder, access key, _ wire.Channel) {
			want[*wire.Done](t, c.deleteBy(founder, founder))
			c.create(r, founder, access)
		}, wire.NotOpen},
		{"rotated", func(c *client, _ *relay, founder, _ key, ch wire.Channel) {
			want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByFounding, founder, keyOf("next"), "")))
		}, wire.Rotated},
	} {
		for _, blind := range []bool{false, true} {
			a, b := twoHubs(t)
			c, founder, access := a.dial(), keyOf("f"), keyOf("a")
			c.create(a, founder, access)
			ch := founder.channel()
			want[*wire.Opened](t, c.open(ch, access))
			want[*wire.Appended](t, c.append(ch, box("one")))
			member := b.dial()
			followed(t, member, ch, access)
			if blind {
				b.hub.Blind(true)
			}
			tt.end(c, a, founder, access, ch)
			if blind {
				b.hub.Blind(false)
			} else {
				b.hub.Changed(markOf(ch))
			}
			if closed := want[*wire.Closed](t, member.unasked()); closed.Code != tt.code || closed.Channel != ch {
				t.Errorf("%s (blind before: %t): closed for %v, want %v", tt.claim, blind, closed.Code, tt.code)
			}
		}
	}
}

func TestAHubForgetsTheMarksOfChannelsThatNobodyUses(t *testing.T) {
	a, _ := twoHubs(t)
	c, founder, access := a.dial(), keyOf("f"), keyOf("a")
	c.create(a, founder, access)
	want[*wire.Opened](t, c.open(founder.channel(), access))
	c.ws.Close()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		a.hub.mu.Lock()
		channels, marks := len(a.hub.channels), len(a.hub.marked)
		a.hub.mu.Unlock()
		if channels == 0 && marks == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d channels and %d marks are left", channels, marks)
		}
	}
}
