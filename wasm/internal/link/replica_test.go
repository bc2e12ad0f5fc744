package link

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

func TestRepetitionAndOrderDoNotMatter(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 70 { // more than a page
		s := strconv.Itoa(i)
		w.anna.write(s)
		want = append(want, s)
	}
	w.send(w.anna)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	boxes := slices.Concat(w.channel, w.channel)
	rnd.Shuffle(len(boxes), func(i, j int) { boxes[i], boxes[j] = boxes[j], boxes[i] })
	for i := range boxes {
		boxes[i].Pos = uint64(i) + 1
	}
	for len(boxes) > 0 {
		n := min(len(boxes), 1+rnd.IntN(9))
		must(w.carl.Receive(t.Context(), boxes[:n]))
		if rnd.IntN(4) == 0 {
			w.carl.restart()
		}
		boxes = boxes[n:]
	}
	w.expect(w.carl, w.anna, strings.Join(want, " "))
	if n := len(w.carl.Alarms()) + w.carl.Missing(); n != 0 {
		t.Fatalf("%d alarms or gaps", n)
	}
	w.carl.restart()
	w.expect(w.carl, w.anna, strings.Join(want, " "))
}

func TestAGapIsNamedAndClosed(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.carl)
	w.anna.write("b")
	w.send(w.anna)
	withheld := w.channel[len(w.channel)-1]
	w.read(w.dora)
	w.dora.write("I have seen b")
	w.channel = w.channel[:len(w.channel)-1]
	w.send(w.dora)
	w.anna.write("c")
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "a")
	if w.carl.Missing() == 0 {
		t.Fatal("the gap is not named")
	}
	w.carl.restart()
	if w.carl.Missing() == 0 {
		t.Fatal("the gap is forgotten after a restart")
	}
	w.put(withheld.Data)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "a b c")
	if w.carl.Missing() != 0 || len(w.carl.Alarms()) != 0 {
		t.Fatal("the gap is still named")
	}
}

func TestWhatIsNotAuthenticIsLeftOutAndBlocksNobody(t *testing.T) {
	anna := func(w *world) *seal.Device { return w.anna.dev }
	for name, f := range map[string]func(w *world) []byte{
		"signed by a co-reader": func(w *world) []byte {
			b, _ := w.forge(w.dora.dev, func(s *Statement) { s.Device, s.Account = w.anna.dev.ID(), w.anna.account })
			return b
		},
		"of another space": func(w *world) []byte {
			b, _ := w.forge(anna(w), func(s *Statement) { s.Space[0] ^= 1 })
			return b
		},
		"of an epoch above its box's": func(w *world) []byte {
			b, _ := w.forge(anna(w), func(s *Statement) { s.Epoch = 2 })
			return b
		},
		"by a device of nobody": func(w *world) []byte {
			b, _ := w.forge(device(77), func(s *Statement) {})
			return b
		},
		"naming another account": func(w *world) []byte {
			b, _ := w.forge(anna(w), func(s *Statement) { s.Account = w.dora.account })
			return b
		},
		"a relay's own box": func(w *world) []byte { return make([]byte, 1024) },
		"an empty box":      func(w *world) []byte { return w.seal(nil) },
		"an unknown content": func(w *world) []byte {
			return w.seal([]byte{9, 1, 2, 3})
		},
		"a membership change of nobody": func(w *world) []byte { return w.seal([]byte{contentChange, 1, 1, 3}) },
		"the genesis of another space": func(w *world) []byte {
			return w.seal(changeContent(newWorld(w.t).genesis))
		},
		"a body that is cut": func(w *world) []byte {
			_, s := w.forge(anna(w), func(*Statement) {})
			raw := append(s.unsigned(), s.Sig[:]...)
			return w.seal(append([]byte{contentStatement}, raw[:len(raw)-1]...))
		},
		"the right statement with a broken signature": func(w *world) []byte {
			s := *w.anna.Entries()[0].Statement
			s.Sig[5] ^= 1
			return w.seal(slices.Concat([]byte{contentStatement}, s.unsigned(), s.Sig[:]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, first := range []bool{true, false} {
				w := newWorld(t)
				w.anna.write("real")
				box := f(w)
				if first {
					w.put(box)
				}
				w.read(w.carl)
				w.send(w.anna)
				if !first {
					w.put(box)
				}
				w.read(w.carl)
				w.anna.write("and more")
				w.send(w.anna)
				w.read(w.carl)
				w.expect(w.carl, w.anna, "real and more")
				// A device that names two accounts has signed one number twice.
				if w.carl.alarmed(AlarmFork) != (name == "naming another account") || w.carl.alarmed(AlarmMember) {
					t.Fatalf("alarms without evidence: %v", w.carl.Alarms())
				}
				w.carl.restart()
				w.expect(w.carl, w.anna, "real and more")
			}
		})
	}
}

func TestAnAccountThatListsAForeignDeviceDoesNotSilenceIt(t *testing.T) {
	w := newWorld(t)
	w.anna.write("before")
	w.send(w.anna)
	w.read(w.carl)
	// Dora founds an account that claims Anna's phone, and publishes it.
	claim := w.anna.dev.Public()
	raw := must(keyring.FoundAccount(device(50), "", &claim, noon))
	w.read(w.dora)
	must(w.dora.Write(t.Context(), TypeChain, ChainsBody(Chain{Raws: []keyring.Raw{raw}})))
	w.send(w.dora)
	w.read(w.carl)
	w.anna.write("after")
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "before after")
	w.carl.restart()
	w.expect(w.carl, w.anna, "before after")
}

func TestANewDeviceIsBelievedOnceItsChainIsThere(t *testing.T) {
	for _, forged := range []int{0, 1, maxRivals + 3} {
		t.Run(strconv.Itoa(forged)+" forgeries came first", func(t *testing.T) {
			w := newWorld(t)
			tablet := &member{t: t, dev: device(4), account: w.anna.account, disk: vault.NewMemory(), book: NewBook()}
			w.anna.book.Lock()
			acct, _ := w.anna.book.Account(w.anna.account)
			grown := append(acct.Raws(), must(acct.AddDevice(w.anna.dev, tablet.dev.Public(), must(acct.Keys(w.anna.dev)), noon)))
			w.anna.book.Unlock()
			chains := slices.Clone(w.chains)
			chains[0] = Chain{Raws: grown}
			tablet.join(chains, w.genesis)
			for i := range forged {
				b, _ := w.forge(w.dora.dev, func(s *Statement) {
					s.Device, s.Body = tablet.dev.ID(), []byte{byte(i)}
				})
				w.put(b)
			}
			tablet.write("hello")
			w.send(tablet)
			w.read(w.carl)
			w.expect(w.carl, tablet, "")
			must(w.anna.Write(t.Context(), TypeChain, ChainsBody(chains[0])))
			w.send(w.anna)
			w.read(w.carl)
			w.expect(w.carl, tablet, "hello")
			w.carl.restart()
			w.expect(w.carl, tablet, "hello")
		})
	}
}

func TestAFloodOfStrangersLosesNothing(t *testing.T) {
	w := newWorld(t)
	// Devices that nobody has, also named in heads.
	var prev Hash
	for i := range uint64(maxLines/maxHeads + 1) {
		b, s := w.forge(w.dora.dev, func(s *Statement) {
			s.Account, s.Seq, s.Prev = w.dora.account, i+1, prev
			for j := range maxHeads {
				s.Heads = append(s.Heads, Head{seal.DeviceID{0, byte(i), byte(j)}, 1, Hash{1}})
			}
		})
		prev = s.Hash()
		w.put(b)
	}
	for i := range maxStrangers + 50 {
		b, _ := w.forge(w.dora.dev, func(s *Statement) { s.Device = seal.DeviceID{1, byte(i), byte(i >> 8)} })
		w.put(b)
	}
	tablet := &member{t: t, dev: device(4), account: w.anna.account, disk: vault.NewMemory(), book: NewBook()}
	acct, _ := w.anna.book.Account(w.anna.account)
	grown := append(acct.Raws(), must(acct.AddDevice(w.anna.dev, tablet.dev.Public(), must(acct.Keys(w.anna.dev)), noon)))
	chains := slices.Clone(w.chains)
	chains[0] = Chain{Raws: grown}
	tablet.join(chains, w.genesis)
	tablet.write("hello")
	w.send(tablet)
	w.anna.write("mine")
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "mine")
	if w.carl.heldN > maxStrangers || len(w.carl.lines) > maxLines+maxStrangers+3 {
		t.Fatalf("%d statements wait on %d lines", w.carl.heldN, len(w.carl.lines))
	}
	must(w.anna.Write(t.Context(), TypeChain, ChainsBody(chains[0])))
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, tablet, "hello")
}

func TestTwoStatementsWithOneNumberRaiseAnAlarm(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	clone := &member{t: t, dev: w.anna.dev, account: w.anna.account, disk: w.anna.disk.Copy()}
	clone.restart()
	w.anna.write("b")
	clone.write("b of the copy")
	clone.write("c of the copy")
	for _, order := range [][]*member{{w.anna, clone}, {clone, w.anna}} {
		w.channel = nil
		fresh := &member{t: t, dev: w.carl.dev, account: w.carl.account, disk: vault.NewMemory(), book: NewBook()}
		fresh.join(w.chains, w.genesis)
		for _, m := range order {
			for _, b := range m.outgoing(256, 1<<20) {
				w.channel = append(w.channel, wire.Stored{Pos: uint64(len(w.channel)) + 1, Box: wire.Box{ID: newBoxID(), Data: b.Data}})
			}
		}
		w.read(fresh)
		if !fresh.alarmed(AlarmFork) {
			t.Fatal("nobody noticed")
		}
		fresh.restart()
		if !fresh.alarmed(AlarmFork) {
			t.Fatal("the alarm is forgotten")
		}
	}
}

func TestADeviceWhoseStorageWentBackSaysSo(t *testing.T) {
	type story struct {
		name   string
		wrote  string // after it went back, before it learns
		acked  bool   // the relay said that it has it
		first  bool   // the newest of what was lost comes first
		alone  bool   // and nothing else of it
		lost   string
		still  string // what others have of it
		forked bool
	}
	for _, s := range []story{
		{"wrote nothing", "", false, false, false, "b c", "a b c", false},
		{"wrote as much", "x y", false, false, false, "b c", "a b c", true},
		{"wrote less", "x", false, false, false, "b c", "a b c", true},
		{"wrote more", "x y z", false, false, false, "b", "a b", true},
		{"wrote and the relay took it", "x y", true, false, false, "b c", "a b c", true},
		{"the newest comes first", "x", false, true, false, "b c", "a b c", true},
		{"only the newest comes", "x", false, true, true, "b c", "a b c", true},
	} {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			w.anna.write("a")
			w.send(w.anna)
			old := w.anna.disk.Copy()
			for _, text := range strings.Fields(s.lost) {
				w.anna.write(text)
			}
			w.send(w.anna)
			w.read(w.carl)

			w.anna.disk = old
			w.anna.restart()
			var wrote []Hash
			for _, text := range strings.Fields(s.wrote) {
				wrote = append(wrote, w.anna.write(text).Hash())
			}
			if s.acked {
				w.send(w.anna)
			}
			if n := len(w.channel); s.first {
				w.channel[n-1].Box, w.channel[n-2].Box = w.channel[n-2].Box, w.channel[n-1].Box
				if s.alone {
					w.channel = w.channel[:n-1]
				}
			}
			w.read(w.anna)
			for range 2 {
				if w.anna.Forked() != s.forked || w.anna.alarmed(AlarmFork) != s.forked {
					t.Fatalf("forked: %v, alarms %v", w.anna.Forked(), w.anna.Alarms())
				}
				if !s.forked {
					w.expect(w.anna, w.anna, s.still)
					w.anna.write("goes on")
					return
				}
				if _, err := w.anna.Write(t.Context(), text, nil); !errors.Is(err, ErrForked) {
					t.Fatalf("wrote on: %v", err)
				}
				w.expect(w.anna, w.anna, "a "+s.wrote)
				w.send(w.anna)
				for _, h := range wrote {
					if !w.anna.Queued(h) {
						t.Fatal("what nobody accepts is shown as sent")
					}
				}
				if n := w.anna.Waiting(); n != len(wrote) {
					t.Fatalf("%d wait, want %d", n, len(wrote))
				}
				if w.anna.Queued(w.anna.Entries()[0].Hash()) {
					t.Fatal("what was sent before is shown as waiting")
				}
				w.anna.restart()
			}
			w.read(w.carl)
			w.expect(w.carl, w.anna, s.still)
			if w.carl.alarmed(AlarmFork) != s.acked || w.carl.Forked() {
				t.Fatalf("another device: %v", w.carl.Alarms())
			}
			// A relay that went back, too, gets only what was before the fork.
			w.channel = nil
			w.read(w.anna)
			w.send(w.anna)
			eve := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: vault.NewMemory(), book: NewBook()}
			eve.join(w.chains, w.genesis)
			w.read(eve)
			w.expect(eve, w.anna, "a")
		})
	}
}

// What was lost may come when the device has long written past it.
func TestAForkIsFoundBelowWhatWasWrittenSince(t *testing.T) {
	w := newWorld(t)
	old := w.anna.disk.Copy()
	for _, s := range []string{"a", "b", "c"} {
		w.anna.write(s)
	}
	w.send(w.anna)
	w.anna.disk = old
	w.anna.restart()
	all := w.channel
	w.channel = slices.Clone(all[:1])
	w.channel = append(w.channel, all[len(all)-1]) // c alone
	w.channel[1].Pos = 2
	w.read(w.anna)
	if w.anna.Forked() {
		t.Fatal("nothing contradicts yet")
	}
	for _, s := range []string{"w", "x", "y", "z"} {
		w.anna.write(s)
	}
	w.dora.write("d")
	w.send(w.dora)
	w.read(w.anna)
	if !w.anna.Forked() {
		t.Fatal("nobody noticed")
	}
}

func TestHeadsThatDoNotFitRaiseAnAlarm(t *testing.T) {
	for _, early := range []bool{true, false} {
		w := newWorld(t)
		w.anna.write("a")
		if !early {
			w.send(w.anna)
		}
		b, _ := w.forge(w.dora.dev, func(s *Statement) {
			s.Account, s.Heads = w.dora.account, []Head{{w.anna.dev.ID(), 1, Hash{1}}}
		})
		w.put(b)
		w.send(w.anna)
		w.read(w.carl)
		w.expect(w.carl, w.anna, "a")
		if !w.carl.alarmed(AlarmFork) {
			t.Fatalf("nobody noticed; early %v", early)
		}
	}
}

func TestClaimsAreBounded(t *testing.T) {
	w := newWorld(t)
	var prev Hash
	for i := range 300 {
		b, s := w.forge(w.dora.dev, func(s *Statement) {
			s.Account, s.Seq, s.Prev = w.dora.account, uint64(i)+1, prev
			s.Heads = []Head{{w.anna.dev.ID(), uint64(i) + 1000, Hash{1}}}
		})
		prev = s.Hash()
		w.put(b)
	}
	w.read(w.carl)
	if n := w.carl.Missing(); n != maxClaims {
		t.Fatalf("%d claims are kept", n)
	}
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "a")
}

// remove takes Dora out of the space, at everybody who reads.
func (w *world) remove() *rotation {
	raw, e2, err := w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.dora.account), w.e1, noon.Add(1))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.anna.Advance(w.t.Context(), raw, e2, w.chains...); err != nil {
		w.t.Fatal(err)
	}
	t, stale := w.anna.pendingRotation(door{epoch: 1})
	if stale {
		w.t.Fatal("stale")
	}
	return t
}

func TestAWriteOfARemovedMemberCountsOnlyIfItWasSeen(t *testing.T) {
	w := newWorld(t)
	w.dora.write("seen")
	w.send(w.dora)
	w.read(w.anna)
	w.anna.write("I saw it")
	rot := w.remove()
	note, box := w.anna.sealRotation(rot, door{epoch: 1, secret: w.e1})
	must(w.anna.rotated(t.Context(), rot))
	// She signs another history with the relay's help, in the old epoch.
	w.dora.write("back-dated")
	other, _ := w.forge(w.dora.dev, func(s *Statement) { s.Account, s.Body = w.dora.account, []byte("another first") })
	seen := w.channel
	w.channel = nil
	w.put(other)
	w.channel = append(w.channel, wire.Stored{Pos: 2, Box: seen[0].Box})
	w.send(w.dora)
	w.put(box)
	w.send(w.anna)
	must(w.carl.moved(t.Context(), note))
	w.read(w.carl)
	w.expect(w.carl, w.dora, "seen")
	w.expect(w.carl, w.anna, "I saw it")
	w.carl.restart()
	w.expect(w.carl, w.dora, "seen")

	if _, err := w.dora.moved(t.Context(), note); err != ErrRemoved || !w.dora.Removed() {
		t.Fatalf("the removed member was told: %v", err)
	}
	if _, err := w.dora.Write(t.Context(), text, nil); err != ErrRemoved {
		t.Fatalf("the removed member writes: %v", err)
	}
	w.anna.write("later")
	w.send(w.anna)
	for _, b := range w.channel {
		if n, _ := seal.BoxEpoch(b.Data); n > 1 {
			if _, ok := w.dora.open(n, b.Data); ok {
				t.Fatal("the removed member reads on")
			}
		}
	}
	w.dora.restart()
	if !w.dora.Removed() {
		t.Fatal("the removal is forgotten")
	}
}

func TestAStaleOrForgedNoteRemovesNobody(t *testing.T) {
	w := newWorld(t)
	rot := w.remove()
	note, box := w.anna.sealRotation(rot, door{epoch: 1, secret: w.e1})
	must(w.anna.rotated(t.Context(), rot))
	w.put(box)
	must(w.carl.moved(t.Context(), note))
	for name, bad := range map[string][]byte{
		"shown again":  note,
		"not a box":    make([]byte, 2048),
		"another text": w.seal([]byte{contentNote, 0, 0, 1, 2, 3}),
		"a statement":  w.seal([]byte{contentStatement, 0}),
	} {
		if _, err := w.carl.moved(t.Context(), bad); err != errNote || w.carl.Removed() {
			t.Errorf("%s: %v, removed %v", name, err, w.carl.Removed())
		}
	}
	w.carl.write("still here")
}

func TestARotationWhoseChainsCameOnlyWithItsNoteLoadsAgain(t *testing.T) {
	w := newWorld(t)
	// Anna's account has a new generation that nobody has heard of.
	acct, _ := w.anna.book.Account(w.anna.account)
	grown := append(acct.Raws(), must(acct.Rotate(w.anna.dev, noon)))
	must(w.anna.book.AddAccount(grown))
	raw, e2, err := w.anna.Space().Advance(w.anna.author(), w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.anna.Advance(t.Context(), raw, e2, Chain{Raws: grown}); err != nil {
		t.Fatal(err)
	}
	rot, _ := w.anna.pendingRotation(door{epoch: 1})
	note, box := w.anna.sealRotation(rot, door{epoch: 1, secret: w.e1})
	must(w.anna.rotated(t.Context(), rot))
	w.put(box)
	must(w.carl.moved(t.Context(), note))
	w.carl.restart()
	if n, _ := w.carl.Epoch(); n != 2 {
		t.Fatalf("epoch %d", n)
	}
	// Who gets the change without the chain keeps it until the chain comes.
	w.put(w.seal(changeContent(raw)))
	w.channel = w.channel[1:]
	w.channel[0].Pos = 1
	w.read(w.dora)
	w.dora.restart()
	w.read(w.dora)
	if n, _ := w.dora.Epoch(); n != 1 {
		t.Fatalf("epoch %d without the chain", n)
	}
	w.put(w.seal(slices.Concat([]byte{contentStatement}, w.chainStatement(Chain{Raws: grown}))))
	w.read(w.dora)
	if n, _ := w.dora.Epoch(); n != 2 || w.dora.Removed() {
		t.Fatalf("epoch %d with the chain", n)
	}
}

// chainStatement is a statement of Carl's that publishes a chain.
func (w *world) chainStatement(c Chain) []byte {
	_, s := w.forge(w.carl.dev, func(s *Statement) {
		s.Account, s.Type, s.Body = w.carl.account, TypeChain, ChainsBody(c)
	})
	return append(s.unsigned(), s.Sig[:]...)
}

func TestAnEpochThatAMemberCannotOpenIsAnAlarmNotARemoval(t *testing.T) {
	w := newWorld(t)
	raw, _, err := w.anna.Space().Advance(w.anna.author(), w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	cfg := w.carl.cfg
	w.carl.cfg.OpenEpoch = func(*keyring.Space, uint32) (seal.Secret, error) { return seal.Secret{}, keyring.ErrNoKey }
	w.put(w.seal(changeContent(raw)))
	w.read(w.carl)
	w.carl.cfg = cfg
	if w.carl.Removed() || !w.carl.alarmed(AlarmKey) {
		t.Fatalf("removed %v, alarms %v", w.carl.Removed(), w.carl.Alarms())
	}
}

func TestARelayThatWentBackGetsEverythingAgain(t *testing.T) {
	for _, refilled := range []bool{false, true} {
		w := newWorld(t)
		w.anna.write("a")
		w.send(w.anna)
		kept := slices.Clone(w.channel)
		for _, s := range []string{"b", "c"} {
			w.anna.write(s)
		}
		w.send(w.anna)
		w.read(w.anna)
		w.read(w.carl)
		w.channel = kept
		if refilled { // others have written since, up to the old head and beyond
			for range 4 {
				w.dora.write("d")
			}
			w.send(w.dora)
		}
		u := w.read(w.anna)
		if !w.anna.alarmed(AlarmRollback) || !slices.ContainsFunc(u.Alarms, func(a Alarm) bool { return a.Kind == AlarmRollback }) {
			t.Fatalf("nobody noticed; refilled %v", refilled)
		}
		w.anna.restart()
		w.send(w.anna)
		w.read(w.anna)
		if n := w.anna.Waiting(); n != 0 {
			t.Fatalf("%d more to send", n)
		}
		eve := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: vault.NewMemory(), book: NewBook()}
		eve.join(w.chains, w.genesis)
		w.read(eve)
		w.expect(eve, w.anna, "a b c")
		w.read(w.carl)
		w.expect(w.carl, w.anna, "a b c")
	}
}

func TestARelayThatGoesBackAgainAndAgainMakesNothingGrow(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.anna)
	w.channel = nil // claims head 0, and acknowledges nothing from here on
	for n := range 5 {
		w.channel = append(w.channel[:0], wire.Stored{Pos: 1, Box: wire.Box{ID: newBoxID(), Data: []byte{byte(n)}}})
		w.read(w.anna)
		w.channel = w.channel[:0]
		w.read(w.anna)
		if n == 2 {
			w.anna.restart()
		}
	}
	kept := must(w.anna.disk.Scan(t.Context(), "s/1/o/"))
	if n := w.anna.Waiting(); n != 2 || len(kept) != 2 {
		t.Fatalf("%d wait and %d are kept, for one change and one statement", n, len(kept))
	}
	w.send(w.anna)
	w.read(w.carl)
	w.expect(w.carl, w.anna, "a")
}

func TestACheckpointWithABadSignatureRaisesAnAlarm(t *testing.T) {
	for _, bad := range []bool{false, true} {
		w := newWorld(t)
		w.anna.write("a")
		w.anna.Write(t.Context(), text, nil)
		body := w.anna.pointBody(w.anna.dev)
		if bad {
			body[len(body)-1] ^= 1
		}
		must(w.anna.Write(t.Context(), TypePoint, body))
		w.send(w.anna)
		w.read(w.carl)
		if w.carl.alarmed(AlarmFork) != bad {
			t.Fatalf("bad %v: %v", bad, w.carl.Alarms())
		}
		if bad {
			continue
		}
		must(w.anna.Checkpoint(t.Context()))
		if n, first := w.anna.SincePoint(); n != 0 || first != 0 {
			t.Fatalf("%d since the checkpoint, from %d", n, first)
		}
	}
}

func TestACheckpointIsDueByTheOldestStatementSinceTheLast(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	must(w.anna.Checkpoint(t.Context()))
	for n := range 3 {
		w.anna.hours = n
		w.anna.write("b")
	}
	for range 2 {
		if n, first := w.anna.SincePoint(); n != 3 || first != noon.Add(time.Hour).UnixMilli() {
			t.Fatalf("%d since the checkpoint, from %d", n, first)
		}
		w.anna.restart()
	}
}

func TestADiskThatFailsLosesNothingAndDoublesNothing(t *testing.T) {
	for _, kept := range []bool{false, true} {
		name := "write lost"
		if kept {
			name = "write kept, answer lost"
		}
		for _, restart := range []bool{false, true} {
			t.Run(name+" restart "+strconv.FormatBool(restart), func(t *testing.T) {
				w := newWorld(t)
				w.anna.write("a")
				w.anna.disk.FailIn(1, kept)
				if _, err := w.anna.Write(t.Context(), text, []byte("b")); err == nil {
					t.Fatal("the write did not fail")
				}
				if !restart && kept {
					// Something else is saved, and then the browser is closed.
					w.dora.write("d")
					w.send(w.dora)
					w.read(w.anna)
				}
				w.anna.restart()
				if got := w.anna.has(w.anna); got != "a b" {
					w.anna.write("b") // tried again
				}
				w.expect(w.anna, w.anna, "a b")
				w.anna.write("c")
				w.send(w.anna)

				w.carl.disk.FailIn(1, kept)
				if _, err := w.carl.Receive(t.Context(), w.channel); err == nil {
					t.Fatal("receiving did not fail")
				}
				if restart {
					w.carl.restart()
				}
				u := w.read(w.carl)
				w.expect(w.carl, w.anna, "a b c")
				if !restart && len(u.Entries) < 3 {
					t.Fatalf("only %d entries were told", len(u.Entries))
				}
				if w.carl.alarmed(AlarmFork) || w.anna.alarmed(AlarmFork) {
					t.Fatal("a number was given twice")
				}
				w.carl.restart()
				w.expect(w.carl, w.anna, "a b c")
			})
		}
	}
}

func TestLoadRefusesChangedRecords(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.anna.write("b")
	page := must(w.anna.disk.Get(t.Context(), "s/1/p/00000000"))
	if page == nil {
		t.Fatal("no page")
	}
	for i := range page {
		if i == 1 || i >= 4 && i < 5 {
			continue // the right at acceptance is not signed
		}
		bad := slices.Clone(page)
		bad[i] ^= 1
		disk := w.anna.disk.Copy()
		if err := disk.Write(t.Context(), []vault.Record{{Key: "s/1/p/00000000", Value: bad}}); err != nil {
			t.Fatal(err)
		}
		m := &member{t: t, dev: w.anna.dev, account: w.anna.account, disk: disk, book: NewBook()}
		r, err := Load(t.Context(), m.config())
		if err == nil && len(r.Entries()) == 2 && string(r.Entries()[1].Body) == "b" && string(r.Entries()[0].Body) == "a" {
			// Only signatures below the newest and rights are not covered.
			if r.Entries()[0].Hash() != w.anna.Entries()[0].Hash() || r.Entries()[1].Hash() != w.anna.Entries()[1].Hash() {
				t.Fatalf("byte %d", i)
			}
			continue
		}
		if err == nil {
			t.Fatalf("byte %d was changed and nobody noticed", i)
		}
	}
}

func TestLeftOversOfAnEarlierTryAreCleared(t *testing.T) {
	w := newWorld(t)
	disk := vault.NewMemory()
	if err := disk.Write(t.Context(), []vault.Record{{Key: "s/1/c/00000002", Value: []byte{1}}, {Key: "s/2/m", Value: []byte{1}}}); err != nil {
		t.Fatal(err)
	}
	m := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: disk, book: NewBook()}
	m.join(w.chains, w.genesis)
	m.restart()
	if v := must(disk.Get(t.Context(), "s/2/m")); v == nil {
		t.Fatal("another replica's record is gone")
	}
}

func TestAdvanceRefusesWhatCannotBeSent(t *testing.T) {
	w := newWorld(t)
	raw, next, err := w.anna.Space().Advance(w.anna.author(), w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.dora.account), Right: keyring.Care}, w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	long := Chain{Raws: []keyring.Raw{make([]byte, 100<<10), make([]byte, 100<<10), make([]byte, 100<<10)}}
	for name, got := range map[string]error{
		"another secret":      w.anna.Advance(t.Context(), raw, seal.NewSecret()),
		"no epoch":            w.anna.Advance(t.Context(), set, next),
		"another space":       w.carl.Advance(t.Context(), newWorld(t).genesis, next),
		"too much for a note": w.anna.Advance(t.Context(), raw, next, long),
	} {
		if got == nil {
			t.Errorf("%s was begun", name)
		}
	}
	if w.anna.Rotating() {
		t.Error("a rotation waits")
	}
	w.anna.disk.LoseAnswer()
	if err := w.anna.Advance(t.Context(), raw, next, w.chains...); err == nil || w.anna.Rotating() {
		t.Fatalf("the disk failed: %v", err)
	}
	w.anna.write("a") // saved since: the rotation is not begun after a restart
	w.anna.restart()
	if w.anna.Rotating() {
		t.Error("a rotation that was not begun waits after a restart")
	}
	if err := w.anna.Advance(t.Context(), raw, next, w.chains...); err != nil {
		t.Fatal(err)
	}
	w.anna.restart()
	if !w.anna.Rotating() {
		t.Error("a rotation is forgotten")
	}
}
