package link

import (
	"slices"
	"strings"
	"testing"
)

const roomy = 64 << 10 // bytes

// flood has a member write three times what others keep.
func (m *member) flood() {
	for range 3 * roomy / 4096 {
		m.write(strings.Repeat("f", 4096))
	}
}

func (m *member) kept() (n int) {
	for _, e := range m.Entries() {
		n += len(e.Body)
	}
	return n
}

func TestAMemberWhoFillsTheChannelFillsNoDisk(t *testing.T) {
	w := newWorld(t)
	w.carl.max = roomy
	w.carl.restart()
	w.anna.write("a")
	w.send(w.anna)
	w.dora.flood()
	// In several pieces, as a relay sends them.
	w.send(w.dora)
	for n := 1; n <= len(w.channel); n += 3 {
		must(w.carl.Receive(t.Context(), slices.Clone(w.channel[:n])))
	}
	at := w.carl.cursor()
	for range 3 {
		if !w.carl.alarmed(AlarmFull) || len(w.carl.Alarms()) != 1 {
			t.Fatalf("alarms: %v", w.carl.Alarms())
		}
		if n := w.carl.kept(); n < roomy/2 || n > roomy+3*4096 {
			t.Fatalf("%d bytes are kept of %d", n, roomy)
		}
		w.expect(w.carl, w.anna, "a")
		w.carl.write("still writes")
		w.send(w.carl)
		w.carl.restart()
		if u := w.read(w.carl); len(u.Entries) != 0 || w.carl.cursor() != at {
			t.Fatalf("%d more were read", len(u.Entries))
		}
	}
	w.carl.max = 0
	w.carl.restart()
	w.read(w.carl)
	if n := w.carl.kept(); n < 3*roomy {
		t.Fatalf("%d bytes are read with more room", n)
	}
}

func TestReadingAgainFillsNothing(t *testing.T) {
	w := newWorld(t)
	w.carl.max = roomy
	w.carl.restart()
	for range 6 {
		w.anna.write(strings.Repeat("a", 4096))
	}
	w.send(w.anna)
	all := w.channel
	for range 10 {
		w.channel = all
		w.read(w.carl)
		w.channel = nil
		w.read(w.carl)
	}
	if w.carl.alarmed(AlarmFull) {
		t.Fatal("full of what it had already")
	}
}

// However many other alarms somebody has raised before.
func TestTheAlarmOfAFullChannelIsAlwaysRaised(t *testing.T) {
	w := newWorld(t)
	w.carl.max = roomy
	w.carl.restart()
	for n := range uint64(100) {
		w.carl.alarm(&Update{}, Alarm{w.dora.dev.ID(), n, AlarmFork})
	}
	w.dora.flood()
	w.send(w.dora)
	must(w.carl.Receive(t.Context(), w.channel[:20]))
	must(w.carl.Receive(t.Context(), w.channel[20:]))
	w.carl.restart()
	if !w.carl.alarmed(AlarmFull) {
		t.Fatal("nobody was told")
	}
}

func TestAMemberWhoFilledTheChannelCanBeRemoved(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		w.anna.max = roomy
		w.anna.restart()
		w.anna.write("a")
		d.online(t, w.anna, w.dora)
		settled()
		for range 5 { // in several frames
			w.dora.flood()
			settled()
		}
		if !w.anna.alarmed(AlarmFull) || w.anna.kept() > 5*roomy {
			t.Fatalf("%d bytes are kept, alarms %v", w.anna.kept(), w.anna.Alarms())
		}
		d.restore(len(d.boxes), d.access, d.notes) // only the connection is lost
		settled()
		w.remove()
		w.anna.write("b")
		settled()
		if !w.dora.Removed() || w.anna.epoch() != 2 || w.anna.Waiting() != 0 {
			t.Fatalf("removed %v, epoch %d, %d wait", w.dora.Removed(), w.anna.epoch(), w.anna.Waiting())
		}
		w.carl.restart()
		d.online(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a b")
	})
}
