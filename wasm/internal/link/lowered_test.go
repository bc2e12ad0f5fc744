package link

import (
	"slices"
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
)

// rightsOf lists with which right a replica accepted what somebody wrote.
func (m *member) rightsOf(of *member) map[string]keyring.Right {
	out := make(map[string]keyring.Right)
	for _, e := range m.Entries() {
		if e.Device == of.dev.ID() && e.Type == text {
			out[string(e.Body)] = e.Right
		}
	}
	return out
}

// ofCarl is 1 if a box of the channel is Carl's.
func (w *world) ofCarl(i int) int {
	n := uint32(1)
	for ; n <= 2; n++ {
		content, ok := w.anna.open(n, w.channel[i].Data)
		if !ok || content[0] != contentStatement {
			continue
		}
		if s, err := ParseStatement(content[1:]); err == nil && s.Device == w.carl.dev.ID() {
			return 1
		}
	}
	return 0
}

// lower makes Carl a reader, as Anna does, and returns the note for who was away.
func (w *world) lower() []byte {
	w.t.Helper()
	w.anna.Checkpoint(w.t.Context())
	w.send(w.anna)
	_, secret := w.anna.Epoch()
	change, next, err := w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.carl.account), Right: keyring.Read}, secret, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.anna.Advance(w.t.Context(), change, next); err != nil {
		w.t.Fatal(err)
	}
	rot := w.anna.rotation
	note, box := w.anna.sealRotation(rot, door{epoch: 1, secret: w.e1})
	must(w.anna.rotated(w.t.Context(), rot))
	w.put(box)
	return note
}

func TestWhatWasWrittenBeforeARightWasLoweredKeepsItAndNothingElseDoes(t *testing.T) {
	w := newWorld(t)
	w.carl.write("seen")
	w.send(w.anna, w.carl)
	w.read(w.anna)
	unseen := w.carl.write("unseen") // offline meanwhile
	note := w.lower()
	// Anna goes on writing and names what Carl sends, whatever right it has.
	w.send(w.carl)
	w.read(w.anna)
	w.anna.write("after")
	w.send(w.anna)
	must(w.carl.moved(t.Context(), note))
	w.read(w.carl)
	w.carl.write("as a reader")
	w.send(w.carl)
	w.read(w.anna)

	want := map[string]keyring.Right{"seen": keyring.Care, "unseen": keyring.Read, "as a reader": keyring.Read}
	check := func(name string, m *member) {
		t.Helper()
		got := m.rightsOf(w.carl)
		for text, right := range want {
			if got[text] != right {
				t.Errorf("%s: %q has the right %v, want %v (hash %v)", name, text, got[text], right, unseen.Hash())
			}
		}
	}
	check("who lowered it", w.anna)
	w.anna.restart()
	check("after a restart", w.anna)

	// A device that is set up later reads the same, in whatever order the relay shows it.
	for name, order := range map[string]func([]int){
		"in order":  func([]int) {},
		"backwards": slices.Reverse[[]int],
		"Carl first": func(o []int) {
			slices.SortStableFunc(o, func(a, b int) int { return w.ofCarl(b) - w.ofCarl(a) })
		},
	} {
		late := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: w.dora.disk, book: NewBook()}
		late.disk.Wipe(t.Context())
		late.join(w.chains, w.anna.Chain()...)
		places := make([]int, len(w.channel))
		for i := range places {
			places[i] = i
		}
		order(places)
		for n, i := range places {
			box := w.channel[i]
			box.Pos = uint64(n) + 1
			must(late.Receive(t.Context(), []wire.Stored{box}))
		}
		must(late.Settle(t.Context()))
		check(name, late)
		if len(late.Alarms()) > 0 {
			t.Errorf("%s: alarms %v", name, late.Alarms())
		}
	}
}

func TestABackDatedStatementOfALoweredMemberHasTheRightOfToday(t *testing.T) {
	for name, then := range map[string]string{"its first after that": "", "after one of the new epoch": "honest"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.carl.write("seen")
			w.send(w.anna, w.carl)
			w.read(w.anna)
			note := w.lower()
			// Carl knows, and claims the old epoch all the same; a reader helps.
			if then != "" {
				must(w.carl.moved(t.Context(), note))
				w.carl.write(then)
				w.send(w.carl)
			}
			own := w.carl.lines[w.carl.dev.ID()]
			raw, s := w.forge(w.carl.dev, func(s *Statement) {
				s.Account, s.Seq, s.Prev, s.Body = w.carl.account, uint64(len(own.hashes))+1, own.hashes[len(own.hashes)-1], []byte("back-dated")
			})
			w.put(raw)
			w.read(w.anna)
			w.anna.write("names it") // of the new epoch: no witness
			w.send(w.anna)
			w.read(w.anna)
			if r, ok := w.anna.rightsOf(w.carl)["back-dated"]; ok && r != keyring.Read {
				t.Fatalf("%v has the right %v", s.Hash(), r)
			}
			if w.anna.rightsOf(w.carl)["seen"] != keyring.Care {
				t.Fatal("what was seen in time lost its right")
			}
		})
	}
}
