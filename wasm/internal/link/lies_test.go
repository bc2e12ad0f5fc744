package link

import (
	"slices"
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// reads shows a member what the relay chooses to show it, head included.
func (w *world) reads(m *member, shown []wire.Stored, head uint64) Update {
	w.t.Helper()
	if err := m.opened(w.t.Context(), head, m.doors()[0], wire.StoreID{}); err != nil {
		w.t.Fatal(err)
	}
	after := m.from()
	shown = slices.DeleteFunc(slices.Clone(shown), func(s wire.Stored) bool { return s.Pos <= after })
	return must(m.Receive(w.t.Context(), shown))
}

// restarts is every other time of trying the same with a device that was
// switched off in between.
func restarts(t *testing.T, f func(t *testing.T, again func(*member))) {
	t.Run("at once", func(t *testing.T) { f(t, func(*member) {}) })
	t.Run("after a restart", func(t *testing.T) { f(t, func(m *member) { m.restart() }) })
}

func TestWhatTheRelayAcknowledgedAndDidNotKeepIsSentAgain(t *testing.T) {
	for name, keep := range map[string]func(w *world, b wire.Box) (pos uint64){
		"nothing was stored, and the head says so": func(w *world, b wire.Box) uint64 { return uint64(len(w.channel)) + 1 },
		"nothing was stored, and another's stands there": func(w *world, b wire.Box) uint64 {
			w.dora.write("mine")
			w.send(w.dora)
			return uint64(len(w.channel))
		},
		"a changed box was stored": func(w *world, b wire.Box) uint64 {
			b.Data = slices.Clone(b.Data)
			b.Data[len(b.Data)-1] ^= 1
			w.channel = append(w.channel, wire.Stored{Pos: uint64(len(w.channel)) + 1, Box: b})
			return uint64(len(w.channel))
		},
		"another position was named": func(w *world, b wire.Box) uint64 {
			w.channel = append(w.channel, wire.Stored{Pos: uint64(len(w.channel)) + 1, Box: b})
			return 1
		},
		"a position far ahead was named": func(w *world, b wire.Box) uint64 { return 1 << 40 },
	} {
		t.Run(name, func(t *testing.T) {
			restarts(t, func(t *testing.T, again func(*member)) {
				w := newWorld(t)
				w.anna.write("a")
				w.send(w.anna)
				w.read(w.anna)
				w.anna.write("b")
				for _, b := range w.anna.outgoing(256, 1<<20) {
					pos := keep(w, b)
					must(w.anna.acknowledged(t.Context(), []wire.BoxID{b.ID}, []uint64{pos}))
				}
				again(w.anna)
				w.read(w.anna)
				w.send(w.anna)
				w.read(w.anna)
				w.send(w.anna)
				w.read(w.carl)
				w.expect(w.carl, w.anna, "a b")
				if n := w.anna.Waiting(); n != 0 {
					t.Fatalf("%d wait", n)
				}
				w.read(w.anna)
				w.anna.restart()
				if n := w.anna.Waiting(); n != 0 {
					t.Fatalf("%d wait after all was read at the relay", n)
				}
			})
		})
	}
}

func TestAnAcknowledgementThatIsALieRaisesAnAlarm(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.anna)
	if len(w.anna.Alarms()) != 0 {
		t.Fatalf("alarms of an honest relay: %v", w.anna.Alarms())
	}
	w.anna.write("b")
	b := w.anna.outgoing(256, 1<<20)[0]
	u := must(w.anna.acknowledged(t.Context(), []wire.BoxID{b.ID}, []uint64{1}))
	if len(u.Alarms) != 1 || u.Alarms[0].Kind != AlarmRollback || !w.anna.alarmed(AlarmRollback) {
		t.Fatalf("alarms: %v", u.Alarms)
	}
	w.anna.restart()
	if next := w.anna.outgoing(256, 1<<20); len(next) != 1 || next[0].ID == b.ID {
		t.Fatal("it is sent again under a name that the relay has given away")
	}
}

func TestWhatTheRelayLeavesOutIsAskedForAgain(t *testing.T) {
	restarts(t, func(t *testing.T, again func(*member)) {
		w := newWorld(t)
		for _, s := range []string{"a", "b", "c"} {
			w.anna.write(s)
		}
		w.dora.write("d")
		w.send(w.anna, w.dora)
		w.reads(w.carl, slices.Concat(w.channel[:2], w.channel[3:]), 5)
		w.expect(w.carl, w.anna, "a")
		w.expect(w.carl, w.dora, "d") // the rest goes on
		if !w.carl.alarmed(AlarmRollback) || w.carl.Missing() == 0 || w.carl.cursor() >= 5 {
			t.Fatalf("alarms %v, %d missing, read to %d", w.carl.Alarms(), w.carl.Missing(), w.carl.cursor())
		}
		again(w.carl)
		w.read(w.carl)
		w.expect(w.carl, w.anna, "a b c")
		w.expect(w.carl, w.dora, "d")
		if w.carl.Missing() != 0 || w.carl.cursor() != 5 {
			t.Fatalf("%d missing, read to %d", w.carl.Missing(), w.carl.cursor())
		}
	})
}

func TestWhatStoodInTheWrongPlaceIsLookedForAgain(t *testing.T) {
	for name, change := range map[string]func(w *world, shown []wire.Stored){
		"a changed box": func(w *world, shown []wire.Stored) {
			shown[2].Data = slices.Clone(shown[2].Data)
			shown[2].Data[300] ^= 1
		},
		"a box of another channel": func(w *world, shown []wire.Stored) {
			other := newWorld(w.t)
			other.anna.write("elsewhere")
			other.send(other.anna)
			shown[2].Box = other.channel[1].Box
		},
		"the box before it":        func(w *world, shown []wire.Stored) { shown[2].Box = shown[1].Box },
		"the first change":         func(w *world, shown []wire.Stored) { shown[2].Box = shown[0].Box },
		"a statement that is none": func(w *world, shown []wire.Stored) { shown[2].Data = w.seal([]byte{contentStatement, 7}) },
	} {
		t.Run(name, func(t *testing.T) {
			restarts(t, func(t *testing.T, again func(*member)) {
				w := newWorld(t)
				for _, s := range []string{"a", "b", "c"} {
					w.anna.write(s)
				}
				w.send(w.anna)
				shown := slices.Clone(w.channel)
				change(w, shown)
				w.reads(w.carl, shown, 4)
				w.expect(w.carl, w.anna, "a")
				if w.carl.Missing() != 1 {
					t.Fatalf("%d missing", w.carl.Missing())
				}
				if n := len(w.carl.Alarms()); n != 0 {
					t.Fatalf("a member could have put that there: %v", w.carl.Alarms())
				}
				again(w.carl)
				w.read(w.carl)
				w.expect(w.carl, w.anna, "a b c")
				if w.carl.Missing() != 0 || len(w.carl.Alarms()) != 0 {
					t.Fatal("something is missing")
				}
			})
		})
	}
}

// Further back than is looked at with every opening, what is missing tells.
func TestWhatIsMissingIsLookedForFarBack(t *testing.T) {
	w := newWorld(t)
	for range lookBack + 50 {
		w.anna.write("x")
	}
	w.send(w.anna)
	shown := slices.Clone(w.channel)
	shown[2].Data = shown[1].Data
	w.reads(w.carl, shown, uint64(len(shown)))
	if w.carl.Missing() != 1 || len(w.carl.Entries()) != 1 {
		t.Fatalf("%d missing of %d", w.carl.Missing(), len(w.carl.Entries()))
	}
	w.carl.restart()
	w.read(w.carl)
	if w.carl.Missing() != 0 || len(w.carl.Entries()) != lookBack+50 {
		t.Fatalf("%d missing, %d there", w.carl.Missing(), len(w.carl.Entries()))
	}
	if w.carl.meta.doubt != 0 {
		t.Fatal("what was found is still in doubt")
	}
	// Junk of long ago is not read again when nothing is missing.
	w.carl.meta.doubt = 2
	if err := w.carl.opened(t.Context(), uint64(len(w.channel)), w.carl.doors()[0], wire.StoreID{}); err != nil || w.carl.cursor() != uint64(len(w.channel)) {
		t.Fatalf("%v, read to %d", err, w.carl.cursor())
	}
}

// A relay says that it created the channel, and did not.
func TestAChannelThatTheRelayDidNotCreateIsCreatedLater(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		d.lies = func(f wire.Frame) wire.Frame {
			if c, ok := f.(*wire.Create); ok {
				return &wire.Done{Req: c.Req}
			}
			return nil
		}
		w.anna.write("a")
		d.online(t, w.anna)
		settled()
		if d.exists || w.anna.Waiting() == 0 {
			t.Fatal("the relay did not lie")
		}
		w.anna.restart()
		d.honest()
		d.online(t, w.anna, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a")
		if len(w.anna.admission()) != 0 {
			t.Fatal("the admission is kept though the channel exists")
		}
	})
}

// A relay that loses all that it acknowledges is not hammered.
func TestARelayThatKeepsNothingIsNotHammered(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		appends := 0
		d.add([]wire.Box{{ID: wire.BoxID{1}, Data: make([]byte, 1024)}})
		d.lies = func(f wire.Frame) wire.Frame {
			a, ok := f.(*wire.AppendBoxes)
			if !ok {
				return nil
			}
			appends++
			return &wire.Appended{Req: a.Req, Positions: slices.Repeat([]uint64{1}, len(a.Boxes))}
		}
		w.anna.write("a")
		d.online(t, w.anna)
		settled()
		before := appends
		settled()
		if n := appends - before; n == 0 || n > 10 {
			t.Fatalf("%d appends in five minutes", n)
		}
		d.honest()
		d.online(t, w.carl)
		settled()
		w.expect(w.carl, w.anna, "a")
	})
}

// An honest relay goes on with what follows while its client is about to open the
// channel again. That is no gap of the relay's, and nothing is passed over.
func TestWhatIsUnderWayWhileTheChannelIsOpenedAgainProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.carl)
	raw, e2, err := w.anna.Space().Advance(w.anna.author(), w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	w.put(seal.NewBoxKey(e2, w.anna.Space().ID()).Seal(2, changeContent(raw)))
	w.dora.write("b") // has not heard of it yet
	w.dora.write("c")
	w.send(w.dora)
	for i := int(w.carl.cursor()); i < len(w.channel); i++ { // a frame each
		must(w.carl.Receive(t.Context(), w.channel[i:i+1]))
	}
	if len(w.carl.Alarms()) != 0 || w.carl.cursor() != 2 {
		t.Fatalf("alarms %v, read to %d", w.carl.Alarms(), w.carl.cursor())
	}
	note := w.seal(slices.Concat([]byte{contentNote}, ChainsBody(), raw))
	must(w.carl.moved(t.Context(), note))
	w.read(w.carl)
	w.expect(w.carl, w.dora, "b c")
	if len(w.carl.Alarms()) != 0 || w.carl.cursor() != uint64(len(w.channel)) || w.carl.epoch() != 2 {
		t.Fatalf("alarms: %v, read to %d", w.carl.Alarms(), w.carl.cursor())
	}
}
