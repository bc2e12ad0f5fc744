package link

import (
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// raise has anna, who owns, give dora another right: a change without an epoch.
func (w *world) raise() {
	w.t.Helper()
	raw, _, err := w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.dora.account), Right: keyring.Care}, w.e1, noon.Add(2))
	if err != nil {
		w.t.Fatal(err)
	}
	must(w.anna.Publish(w.t.Context(), raw))
}

func TestAChangeBetweenTwoEpochsReachesWhoWasAway(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.online(t, w.anna)
		settled()
		w.raise()
		settled()
		if err := w.anna.advance(); err != nil {
			t.Fatal(err)
		}
		settled()
		w.anna.write("after both")
		settled()
		d.online(t, w.carl, w.dora)
		settled()
		for _, m := range []*member{w.carl, w.dora} {
			w.expect(m, w.anna, "after both")
			if m.Space().Head() != w.anna.Space().Head() || len(m.Alarms()) > 0 {
				t.Fatal("another membership, or an alarm")
			}
		}
	})
}

// The relay takes a rotation that loses, by rank, against a change which comes
// a moment later. Its access key is then that of an epoch which is void.
func TestARotationThatLosesAgainstALaterChangeStrandsNobody(t *testing.T) {
	for _, again := range []bool{false, true} {
		bubble(t, func(t *testing.T, w *world, d *double) {
			stop := func(m *member) {
				if again {
					m.restart()
				}
			}
			ctx := t.Context()
			d.online(t, w.anna)
			settled()
			// carl rotates while anna's change, which wins, is on its way.
			raw, _, err := w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.dora.account), Right: keyring.Care}, w.e1, noon.Add(2))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.carl.advance(); err != nil {
				t.Fatal(err)
			}
			d.online(t, w.carl)
			settled()
			if w.carl.epoch() != 2 {
				t.Fatalf("the relay did not take the rotation: epoch %d", w.carl.epoch())
			}
			w.carl.write("under the epoch that loses")
			settled()
			late := &member{t: t, dev: w.anna.dev, account: w.anna.account, disk: w.anna.disk, book: NewBook()}
			// An anna who did not hear of the rotation before she published.
			late.join(w.chains, w.genesis)
			must(late.Publish(ctx, raw))
			w.anna = late
			stop(late)
			d.online(t, late)
			settled()
			w.expect(late, w.carl, "under the epoch that loses")
			if w.carl.epoch() != 1 || !late.Space().NeedsRotation() || !w.carl.Space().NeedsRotation() {
				t.Fatalf("epoch %d; a new epoch is due: %v, %v", w.carl.epoch(), late.Space().NeedsRotation(), w.carl.Space().NeedsRotation())
			}
			// Whoever merges leads the relay out of it.
			if err := w.carl.advance(); err != nil {
				t.Fatal(err)
			}
			settled()
			w.carl.write("and after")
			settled()
			stop(w.dora)
			d.online(t, w.dora) // away since the first epoch
			settled()
			w.dora.write("me too")
			settled()
			for _, m := range []*member{w.anna, w.carl, w.dora} {
				w.expect(m, w.carl, "under the epoch that loses and after")
				w.expect(m, w.dora, "me too")
				if m.Space().Head() != w.carl.Space().Head() || m.epoch() != 2 || m.Space().NeedsRotation() || m.Rotating() {
					t.Fatalf("epoch %d, rotation due %v, under way %v", m.epoch(), m.Space().NeedsRotation(), m.Rotating())
				}
				if len(m.Alarms()) > 0 {
					t.Fatalf("alarms: %v", m.Alarms())
				}
				m.restart()
				w.expect(m, w.dora, "me too")
			}
		})
	}
}

// Somebody whose branch lost, or who holds nothing but an old key, replaced the
// access key by one that no member has. Who owns the channel takes it back.
func TestTheOwnerTakesBackAChannelWhoseKeyLeadsNowhere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		cfg := w.anna.cfg
		cfg.Owners = func() []*seal.Signer { return []*seal.Signer{founding()} }
		w.anna.cfg = cfg
		d.online(t, w.anna, w.carl)
		settled()
		d.mu.Lock()
		d.notes[d.access] = w.seal([]byte{contentNote, 0, 0, 1, 2, 3})
		d.access = wire.AccessKey(Access(seal.NewSecret()).Public())
		for o := range d.conns {
			o.opened, o.follow = false, 0
			o.say(&wire.Closed{Channel: w.anna.Channel(), Code: wire.Rotated})
		}
		d.mu.Unlock()
		settled()
		if w.anna.Removed() || w.carl.Removed() {
			t.Fatal("a note without a change ends somebody's membership")
		}
		if err := w.anna.advance(); err != nil {
			t.Fatal(err)
		}
		settled()
		w.anna.write("mine again")
		settled()
		_, e := w.anna.Epoch()
		if d.access != wire.AccessKey(Access(e).Public()) || w.anna.epoch() != 2 || w.anna.Waiting() > 0 {
			t.Fatalf("epoch %d, %d waiting", w.anna.epoch(), w.anna.Waiting())
		}
	})
}
