package link

import (
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// newcomer is somebody who has nothing but what the relay shows.
func (w *world) newcomer(t *testing.T, d *double) *member {
	eve := &member{t: t, dev: w.carl.dev, account: w.carl.account, disk: vault.NewMemory(), book: NewBook()}
	eve.join(w.chains, w.genesis)
	d.online(t, eve)
	settled()
	return eve
}

// contents counts what the relay holds, by what is inside.
func (w *world) contents(t *testing.T, d *double) map[string]int {
	t.Helper()
	out := make(map[string]int)
	for _, b := range d.boxes {
		n, err := seal.BoxEpoch(b.Data)
		if err != nil {
			t.Fatal(err)
		}
		content, ok := w.anna.open(n, b.Data)
		if !ok {
			t.Fatalf("box %d does not open", b.Pos)
		}
		out[string(content)]++
	}
	return out
}

// Dora wrote and is gone for good. The relay is restored from before. Those who
// have what she wrote send it for her, and the relay has it once.
func TestWhatSomebodyWroteWhoIsGoneIsSentForThem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		w.anna.write("a")
		d.online(t, w.anna, w.carl)
		gone := d.online(t, w.dora)
		settled()
		n, access := len(d.boxes), d.access
		w.dora.write("x")
		w.dora.write("y")
		settled()
		w.carl.write("c")
		settled()
		gone()
		d.store = wire.StoreID{2}
		d.restore(n, access, make(map[wire.AccessKey][]byte))
		settled()
		for content, n := range w.contents(t, d) {
			if n != 1 {
				t.Errorf("%d boxes hold %x", n, content[:8])
			}
		}
		if len(d.boxes) != 5 { // the genesis, a, x, y, c
			t.Errorf("%d boxes", len(d.boxes))
		}
		for _, m := range []*member{w.anna, w.carl} {
			if m.Waiting() != 0 || m.meta.resync {
				t.Errorf("%d wait, still comparing: %v", m.Waiting(), m.meta.resync)
			}
		}
		eve := w.newcomer(t, d)
		w.expect(eve, w.dora, "x y")
		w.expect(eve, w.carl, "c")
	})
}

// A device that is closed before it sent what others wrote does so when it is
// opened again, and a relay that lacks more than fits in one go gets it all.
func TestManyStatementsOfSomebodyGoneAreSentInTurns(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		offline := d.online(t, w.anna)
		gone := d.online(t, w.dora)
		settled()
		n, access := len(d.boxes), d.access
		for range atOnce + 10 {
			w.dora.write("x")
		}
		settled()
		gone()
		d.restore(n, access, make(map[wire.AccessKey][]byte))
		offline()
		w.anna.restart()
		d.online(t, w.anna)
		settled()
		if want := n + atOnce + 10; len(d.boxes) != want {
			t.Errorf("%d boxes, want %d", len(d.boxes), want)
		}
		if w.anna.meta.resync || len(w.anna.out) != 0 {
			t.Error("not over")
		}
	})
}

func TestAChannelThatACopyLacksIsCreatedAgainForThoseOfToday(t *testing.T) {
	for _, told := range []bool{true, false} {
		bubble(t, func(t *testing.T, w *world, d *double) {
			d.strict, d.store = true, wire.StoreID{1}
			w.anna.write("a")
			d.online(t, w.anna, w.carl)
			settled()
			if err := w.anna.advance(w.chains...); err != nil {
				t.Fatal(err)
			}
			w.carl.write("b")
			settled()
			before := d.creates
			_, today := w.anna.Epoch()
			d.mu.Lock()
			d.exists = false
			if told {
				d.store = wire.StoreID{2}
			}
			d.mu.Unlock()
			d.restore(0, wire.AccessKey{}, make(map[wire.AccessKey][]byte))
			settled()
			if !told {
				// A channel that is not there may have been deleted by its owner.
				if d.exists || d.creates != before {
					t.Error("created, and the store is the same")
				}
				return
			}
			if !d.exists || d.access != wire.AccessKey(Access(today).Public()) {
				t.Fatalf("there: %v", d.exists)
			}
			if w.anna.Waiting()+w.carl.Waiting() != 0 || w.anna.Store() != d.store {
				t.Errorf("%d and %d wait", w.anna.Waiting(), w.carl.Waiting())
			}
			held := w.contents(t, d)
			if len(held) != 4 || len(d.boxes) != 4 { // two changes, a, b
				t.Errorf("%d boxes with %d contents", len(d.boxes), len(held))
			}
		})
	}
}

// The store is kept with the replica, so that a device which was closed
// meanwhile knows as well.
func TestTheStoreIsRememberedOverARestart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.store = wire.StoreID{7}
		offline := d.online(t, w.anna)
		settled()
		offline()
		w.anna.restart()
		if w.anna.Store() != d.store || !w.anna.storeChanged(wire.StoreID{8}) || w.anna.storeChanged(d.store) {
			t.Errorf("remembers %v", w.anna.Store())
		}
	})
}
