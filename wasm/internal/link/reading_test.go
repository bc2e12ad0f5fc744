package link

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
)

// peered is a peer of a member that runs until the test ends.
func (d *double) peered(t *testing.T, m *member) *Peer {
	ctx, stop := context.WithCancel(t.Context())
	p := NewPeer("https://relay.example", d.dial, func(*Replica, Update) {})
	var wg sync.WaitGroup
	t.Cleanup(func() { stop(); wg.Wait() })
	wg.Go(func() { p.Run(ctx) })
	p.Add(m.Replica)
	return p
}

// longAgo has Anna write what stands in a channel that is said to be long.
func longAgo(t *testing.T, w *world, d *double) {
	t.Helper()
	for i := range 7 {
		w.anna.write(string(rune('a' + i)))
	}
	offline := d.online(t, w.anna)
	settled()
	offline()
	synctest.Wait()
	d.bytes, d.heard = 1<<30, nil
}

// A long channel is asked for page by page, and followed from there.
func TestALongChannelIsReadByPages(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		longAgo(t, w, d)
		p := d.peered(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a b c d e f g")
		want := []string{"open"}
		for range d.boxes {
			want = append(want, "read") // a page of the double is one box
		}
		heard := slices.DeleteFunc(slices.Clone(d.heard), func(kind string) bool { return kind == "ping" || kind == "append" })
		if want = append(want, "follow"); !slices.Equal(heard, want) {
			t.Fatalf("it asked %v", d.heard)
		}
		if st, _ := p.State(w.carl.Replica); st != Current || len(p.readers) != 0 {
			t.Fatalf("it is %d, and %d read", st, len(p.readers))
		}
		w.anna.write("h")
		d.online(t, w.anna)
		settled()
		w.expect(w.carl, w.anna, "a b c d e f g h") // and hears what comes
	})
}

// Who is a little behind follows at once, whatever the channel holds.
func TestAShortWayIsFollowedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		longAgo(t, w, d)
		d.bytes = farOff
		d.online(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a b c d e f g")
		if slices.Contains(d.heard, "read") {
			t.Fatalf("it asked %v", d.heard)
		}
	})
}

// No more channels are read at once than there are places; whoever is done, or is
// refused, or loses the connection gives its place away.
func TestPlacesOfReadersAreGivenBack(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		longAgo(t, w, d)
		d.refuse["read"] = wire.Refused{Code: wire.Busy, RetryAfter: 60_000}
		p := d.peered(t, w.carl)
		for range readers {
			p.readers <- struct{}{}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if slices.Contains(d.heard, "read") || slices.Contains(d.heard, "follow") {
			t.Fatalf("without a place it asked %v", d.heard)
		}
		<-p.readers
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if !slices.Contains(d.heard, "read") || len(p.readers) != readers-1 {
			t.Fatalf("it asked %v, and %d places are taken", d.heard, len(p.readers))
		}
		d.lose = "read" // after a minute
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.expect(w.carl, w.anna, "a b c d e f g")
		if len(p.readers) != readers-1 {
			t.Fatalf("%d places are taken", len(p.readers))
		}
	})
}

// A relay that says that there is more and shows nothing of it is not asked without end.
func TestARelayThatShowsNothingIsNotAskedForEver(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		longAgo(t, w, d)
		d.lies = func(f wire.Frame) wire.Frame {
			if r, ok := f.(*wire.Read); ok {
				return &wire.Boxes{Req: r.Req, Head: 1000, Boxes: d.boxes[:min(1, r.After)]}
			}
			return nil
		}
		p := d.peered(t, w.carl)
		settled()
		reads := 0
		for _, kind := range d.heard {
			if kind == "read" {
				reads++
			}
		}
		if reads != 1 || len(p.readers) != 0 {
			t.Fatalf("it asked %d times, and %d read", reads, len(p.readers))
		}
		w.expect(w.carl, w.anna, "a b c d e f g") // by following
	})
}

// A relay that loses what it had while somebody follows, and then says something new, is
// found out: else that would be taken for what was shown before.
func TestARelayThatFallsBackUnderAFollowerIsFoundOut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		longAgo(t, w, d)
		d.online(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a b c d e f g")
		var c *conn
		var follow uint32
		d.mu.Lock()
		for c = range d.conns {
			follow, c.follow = c.follow, 0 // it hears nothing of what comes
		}
		d.mu.Unlock()
		w.anna.write("h")
		offline := d.online(t, w.anna)
		settled()
		offline()
		d.mu.Lock()
		last := d.boxes[len(d.boxes)-1].Box
		d.boxes = append(d.boxes[:3:3], wire.Stored{Pos: 4, Box: last})
		c.follow, c.next = follow, 3
		c.push()
		d.mu.Unlock()
		settled()
		w.expect(w.carl, w.anna, "a b c d e f g h")
	})
}
