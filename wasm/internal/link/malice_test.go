package link

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// Members who lie have all keys of a member and none of our checks: they sign
// what they like and seal it as anybody would.

// Where a change of a space has its author.
const (
	authorAt = 3 + 4 + 32 + 8
	deviceOf = authorAt
	accountO = authorAt + 32
)

// resign makes another change of one, signed by a device.
func resign(d *seal.Device, raw keyring.Raw, edit func(body []byte) []byte) keyring.Raw {
	body := edit(slices.Clone([]byte(raw[:len(raw)-seal.HybridSize])))
	return append(body, d.SignHybrid(seal.LabelSpaceChange, body)...)
}

// as has a member sign a change that somebody else would have the right to.
func (m *member) as(raw keyring.Raw) keyring.Raw {
	return resign(m.dev, raw, func(body []byte) []byte {
		id := m.dev.ID()
		copy(body[deviceOf:], id[:])
		copy(body[accountO:], m.account[:])
		return body
	})
}

// anchor is that of the space, as keyring/FORMAT.md has it.
func (w *world) anchor() [32]byte {
	nonce := w.genesis[authorAt+32+32+4+1+1+1+3:][:32]
	id := w.anna.dev.ID()
	return seal.Hash(seal.LabelAnchor, []byte{byte(keyring.SpaceChain)}, nonce, id[:], w.anna.account[:])
}

// outsider is somebody who is not in the space.
func (w *world) outsider(n byte) *member {
	m := &member{t: w.t, dev: device(n), disk: vault.NewMemory(), book: NewBook()}
	raw := must(keyring.FoundAccount(m.dev, "", nil, noon))
	m.account = keyring.AccountID(keyring.HashOf(raw))
	for _, o := range []*member{w.anna, w.carl, w.dora} {
		must(o.book.AddAccount([]keyring.Raw{raw}))
	}
	w.chains = append(w.chains, Chain{Raws: []keyring.Raw{raw}})
	return m
}

// unmoved is what holds after a member has lied: the others have the same
// membership as before, everything that was honestly said, nothing else, and go on.
func (w *world) unmoved(before keyring.Hash, said string, ms ...*member) {
	w.t.Helper()
	w.anna.write("and on")
	w.send(w.anna)
	for _, m := range ms {
		for _, again := range []bool{false, true} {
			if again {
				m.restart()
			}
			w.read(m)
			w.expect(m, w.anna, said+" and on")
			if m.Removed() || m.Forked() || m.Missing() != 0 {
				w.t.Fatalf("removed %v, forked %v, %d missing", m.Removed(), m.Forked(), m.Missing())
			}
			if m.Space().Head() != before {
				w.t.Fatal("the membership is another")
			}
		}
	}
}

func TestAMemberCannotDoWhatItHasNoRightTo(t *testing.T) {
	type made struct {
		raw keyring.Raw
		err error
	}
	change := func(raw keyring.Raw, _ seal.Secret, err error) made { return made{raw, err} }
	for name, f := range map[string]func(w *world) keyring.Raw{
		"a doctor removes the carer": func(w *world) keyring.Raw {
			return w.dora.as(change(w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.carl.account), w.e1, noon.Add(1))).raw)
		},
		"a carer removes the doctor": func(w *world) keyring.Raw {
			return w.carl.as(change(w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.dora.account), w.e1, noon.Add(1))).raw)
		},
		"a doctor adds a second centre": func(w *world) keyring.Raw {
			eve := w.outsider(9)
			return w.dora.as(change(w.anna.Space().AddMember(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(eve.account), Right: keyring.Treat}, w.e1, false, noon.Add(1))).raw)
		},
		"a carer adds a carer": func(w *world) keyring.Raw {
			eve := w.outsider(9)
			return w.carl.as(change(w.anna.Space().AddMember(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(eve.account), Right: keyring.Care}, w.e1, false, noon.Add(1))).raw)
		},
		"a carer takes the right to own": func(w *world) keyring.Raw {
			return w.carl.as(change(w.anna.Space().SetRight(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(w.carl.account), Right: keyring.Own}, w.e1, noon.Add(1))).raw)
		},
		"an outsider introduces an epoch": func(w *world) keyring.Raw {
			return w.outsider(9).as(change(w.anna.Space().Advance(w.anna.author(), w.e1, noon.Add(1))).raw)
		},
		"a doctor signs as the patient": func(w *world) keyring.Raw {
			raw := change(w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.carl.account), w.e1, noon.Add(1))).raw
			return resign(w.dora.dev, raw, func(b []byte) []byte { return b })
		},
		"a doctor names the patient's account": func(w *world) keyring.Raw {
			raw := change(w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.carl.account), w.e1, noon.Add(1))).raw
			return resign(w.dora.dev, raw, func(b []byte) []byte {
				id := w.dora.dev.ID()
				copy(b[deviceOf:], id[:])
				return b
			})
		},
		"an epoch is sealed to one of two": func(w *world) keyring.Raw {
			raw := change(w.carl.Space().Advance(w.carl.author(), w.e1, noon.Add(1))).raw
			return resign(w.carl.dev, raw, func(b []byte) []byte {
				// The last wrap goes, and the count and lengths say so.
				const size = 1 + 32 + 4 + 1168
				b = b[:len(b)-size]
				at := len(b) - 2*size - 1
				if b[at] != 3 {
					panic("not the number of wraps")
				}
				b[at] = 2
				return shorten(b, size)
			})
		},
		"an epoch is counted twice": func(w *world) keyring.Raw {
			raw := change(w.carl.Space().Advance(w.carl.author(), w.e1, noon.Add(1))).raw
			return resign(w.carl.dev, raw, func(b []byte) []byte {
				binary.BigEndian.PutUint32(b[keyAt:], 1)
				return b
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.anna.write("a")
			w.send(w.anna)
			for _, m := range []*member{w.anna, w.carl, w.dora} {
				w.read(m)
			}
			before, raw := w.anna.Space().Head(), f(w)
			if _, err := w.anna.Space().Apply(raw); err == nil {
				t.Fatal("it is in order")
			}
			w.put(w.seal(changeContent(raw)))
			for _, m := range []*member{w.anna, w.carl, w.dora} {
				// As a note, as if the relay's key had been replaced with it.
				note := seal.NewBoxKey(w.e1, w.anna.Space().ID()).Seal(1, slices.Concat([]byte{contentNote}, ChainsBody(w.chains...), raw))
				if _, err := m.moved(t.Context(), note); err == nil || err == ErrRemoved {
					t.Fatalf("the note leads somewhere: %v", err)
				}
			}
			w.unmoved(before, "a", w.anna, w.carl, w.dora)
			for _, m := range []*member{w.anna, w.carl, w.dora} {
				if m.epoch() != 1 || m.alarmed(AlarmKey) {
					t.Fatalf("epoch %d, alarms %v", m.epoch(), m.Alarms())
				}
			}
		})
	}
}

// keyAt is where an Advance has the number of its epoch: after the author, the
// count of operations, and the operation's code and length.
const keyAt = authorAt + 32 + 32 + 4 + 1 + 1 + 1 + 3

// shorten makes the length of an Advance's one operation smaller.
func shorten(b []byte, by int) []byte {
	at := keyAt - 3
	n := int(b[at])<<16 | int(b[at+1])<<8 | int(b[at+2]) - by
	b[at], b[at+1], b[at+2] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// A carer may introduce an epoch. It gives one member another secret than the
// others, or a way back that leads elsewhere.
func TestAnEpochThatIsNotTheSameForAllIsNoticed(t *testing.T) {
	advance := func(w *world) (keyring.Raw, seal.Secret) {
		raw, e2, err := w.carl.Space().Advance(w.carl.author(), w.e1, noon.Add(1))
		if err != nil {
			t.Fatal(err)
		}
		return raw, e2
	}
	publish := func(w *world, raw keyring.Raw, e2 seal.Secret) {
		w.put(w.seal(changeContent(raw)))
		for _, m := range []*member{w.anna, w.dora} {
			w.read(m)
		}
		w.carl.change(raw, &Update{})
		w.carl.learn(2, e2)
	}
	begin := func() *world {
		w := newWorld(t)
		w.anna.write("a")
		w.send(w.anna)
		for _, m := range []*member{w.anna, w.carl, w.dora} {
			w.read(m)
		}
		return w
	}
	t.Run("another secret for one member", func(t *testing.T) {
		for what, of := range map[string]func(w *world) []byte{
			"that no commitment knows": func(w *world) []byte {
				keys := must(must2(w.dora.book.Account(w.dora.account)).Keys(w.dora.dev))
				pub, _ := seal.KEMFromSecret(keys.Key(1), seal.LabelAccountKEM)
				anchor := w.anchor()
				info := binary.BigEndian.AppendUint32(anchor[:], 2)
				info = append(append(info, byte(keyring.ToAccount)), w.dora.account[:]...)
				info = binary.BigEndian.AppendUint32(info, 1)
				wrap := must(seal.WrapTo(pub, seal.LabelEpochWrap, info, seal.NewSecret()))
				if _, err := keys.Unwrap(1, seal.LabelEpochWrap, info, wrap); err != nil {
					t.Fatalf("the wrap does not even open: %v", err)
				}
				return wrap
			},
			"nothing at all": func(w *world) []byte { return make([]byte, 1168) },
		} {
			w := begin()
			raw, e2 := advance(w)
			raw = resign(w.carl.dev, raw, func(b []byte) []byte {
				at := bytes.Index(b[keyAt:], append([]byte{byte(keyring.ToAccount)}, w.dora.account[:]...))
				copy(b[keyAt+at+1+32+4:], of(w))
				return b
			})
			publish(w, raw, e2)
			if w.dora.Removed() || !w.dora.alarmed(AlarmKey) || w.anna.alarmed(AlarmKey) {
				t.Fatalf("%s: removed %v, alarms %v and %v", what, w.dora.Removed(), w.dora.Alarms(), w.anna.Alarms())
			}
			w.expect(w.dora, w.anna, "a")
			// An honest epoch makes it good, what was said in between included.
			w.anna.write("in between")
			w.send(w.anna)
			_, s := w.anna.Epoch()
			next, e3, err := w.anna.Space().Advance(w.anna.author(), s, noon.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			w.put(seal.NewBoxKey(s, w.anna.Space().ID()).Seal(2, changeContent(next)))
			note := w.seal(slices.Concat([]byte{contentNote}, ChainsBody(), next))
			if _, err := w.dora.moved(t.Context(), note); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			w.anna.change(next, &Update{})
			w.anna.learn(3, e3)
			w.anna.write("b")
			w.send(w.anna)
			w.read(w.dora)
			w.expect(w.dora, w.anna, "a in between b")
			w.dora.restart()
			if w.dora.epoch() != 3 {
				t.Fatalf("%s: epoch %d", what, w.dora.epoch())
			}
		}
	})
	t.Run("another secret for everybody than the one committed to", func(t *testing.T) {
		w := begin()
		before := w.anna.Space().Head()
		raw, _ := advance(w)
		raw = resign(w.carl.dev, raw, func(b []byte) []byte {
			b[keyAt+4] ^= 1 // the commitment
			return b
		})
		w.put(w.seal(changeContent(raw)))
		for _, m := range []*member{w.anna, w.dora} {
			w.read(m)
			if m.Removed() || !m.alarmed(AlarmKey) || m.epoch() != 1 {
				t.Fatalf("removed %v, alarms %v, epoch %d", m.Removed(), m.Alarms(), m.epoch())
			}
		}
		if before == w.anna.Space().Head() {
			t.Fatal("the change was not even taken in")
		}
	})
	t.Run("a way back that leads elsewhere", func(t *testing.T) {
		w := begin()
		eve := w.outsider(9)
		raw, e2 := advance(w)
		raw = resign(w.carl.dev, raw, func(b []byte) []byte {
			anchor := w.anchor()
			info := binary.BigEndian.AppendUint32(anchor[:], 2)
			copy(b[keyAt+4+32+1:], seal.SealSecret(e2, seal.LabelEpochLink, info, seal.NewSecret()))
			return b
		})
		publish(w, raw, e2)
		for name, m := range map[string]*member{"the patient": w.anna, "the doctor": w.dora} {
			if !m.alarmed(AlarmKey) || m.Removed() || m.epoch() != 2 {
				t.Fatalf("%s does not notice: alarms %v, removed %v, epoch %d", name, m.Alarms(), m.Removed(), m.epoch())
			}
		}
		// Who joins now finds no way to the first epoch, and takes no other key for it.
		add, _, err := w.anna.Space().AddMember(w.anna.author(), keyring.Member{Ref: keyring.AccountRef(eve.account), Right: keyring.Read}, e2, false, noon.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		eve.join(w.chains, w.genesis, raw, add)
		if len(eve.meta.epochs) != 1 || !eve.meta.epochs[2].Equal(e2) {
			t.Fatalf("the newcomer has %d epochs", len(eve.meta.epochs))
		}
		w.anna.change(add, &Update{})
		w.anna.write("b")
		w.send(w.anna)
		w.read(eve)
		w.expect(eve, w.anna, "")
		if eve.Missing() == 0 {
			t.Fatal("nobody tells the newcomer that something is missing")
		}
	})
}

func must2[T any](v T, ok bool) T {
	if !ok {
		panic("not there")
	}
	return v
}

// A doctor passes on in one space what a patient signed in another.
func TestAStatementIsOfOneSpaceOnly(t *testing.T) {
	from, to := newWorld(t), newWorld(t)
	if from.anna.dev.ID() != to.anna.dev.ID() || from.anna.account == to.anna.account {
		t.Fatal("the same device is to be in two spaces")
	}
	from.anna.write("in confidence")
	s := *from.anna.Entries()[0].Statement
	for _, edit := range []func(*Statement){
		func(*Statement) {},
		func(s *Statement) { s.Space = to.anna.Space().ID() },
		func(s *Statement) { s.Space, s.Account = to.anna.Space().ID(), to.anna.account },
	} {
		c := s
		edit(&c)
		to.put(to.seal(slices.Concat([]byte{contentStatement}, c.unsigned(), c.Sig[:])))
	}
	before := to.anna.Space().Head()
	to.unmoved(before, "real", func() *member { to.anna.write("real"); return to.carl }(), to.dora)
	if to.carl.alarmed(AlarmFork) {
		t.Fatal("the patient is taken for a liar")
	}
}

// What a member's device signs may have any body. Nothing that is shown, kept
// or sent breaks by it.
func TestABodyThatIsNoneHarmsNobody(t *testing.T) {
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(1, 2))
	chains, point := ChainsBody(w.chains...), w.carl.pointBody(w.carl.dev)
	bodies := [][]byte{nil, {0}, {255}, make([]byte, 600), bytes.Repeat([]byte{255}, 5000), chains[:len(chains)-1], append(slices.Clone(chains), 0),
		point[:len(point)-1], append(slices.Clone(point), 0), append([]byte{255, 255}, point...), append([]byte{2, 0}, chains[2:]...)}
	for range 60 {
		b := slices.Clone([][]byte{chains, point}[rng.IntN(2)])
		for range 1 + rng.IntN(4) {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		bodies = append(bodies, b)
	}
	var prev Hash
	n := uint64(0)
	for _, kind := range []Type{TypeChain, TypeLease, TypePoint, TypeBlobs, 5, 15, text, 40, 1<<16 - 1} {
		for _, body := range bodies {
			n++
			box, s := w.forge(w.dora.dev, func(s *Statement) {
				s.Account, s.Seq, s.Prev, s.Type, s.Body = w.dora.account, n, prev, kind, body
			})
			prev = s.Hash()
			w.put(box)
		}
	}
	before := w.anna.Space().Head()
	w.anna.write("a")
	w.send(w.anna)
	w.read(w.carl)
	if got := len(w.carl.Entries()); got != int(n)+1 {
		t.Fatalf("%d of %d were accepted", got, n+1)
	}
	w.unmoved(before, "a", w.carl, w.anna)
	for _, a := range w.carl.Alarms() { // of checkpoints that she signed wrongly
		if a.Kind != AlarmFork || a.Device != w.dora.dev.ID() {
			t.Fatalf("an alarm about somebody else: %+v", a)
		}
	}
}

// One who was removed forks from before the removal, with the relay's help.
func TestWhoWasRemovedCannotUndoItFromThePast(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.send(w.anna)
	for _, m := range []*member{w.anna, w.carl, w.dora} {
		w.read(m)
	}
	fork, e2b, err := w.carl.Space().Advance(w.carl.author(), w.e1, noon.Add(2))
	if err != nil {
		t.Fatal(err)
	}
	raw, e2, err := w.anna.Space().RemoveMember(w.anna.author(), keyring.AccountRef(w.carl.account), w.e1, noon.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]keyring.Raw{{raw, fork}, {fork, raw}} {
		w := &world{t: t, chains: w.chains, genesis: w.genesis, e1: w.e1, anna: w.anna, carl: w.carl, dora: w.dora}
		dora := &member{t: t, dev: w.dora.dev, account: w.dora.account, disk: vault.NewMemory(), book: NewBook()}
		dora.join(w.chains, w.genesis)
		for _, r := range order {
			w.put(w.seal(changeContent(r)))
		}
		for range 2 {
			w.read(dora)
			if n, s := dora.Epoch(); n != 2 || !s.Equal(e2) || s.Equal(e2b) {
				t.Fatalf("epoch %d is that of who was removed", n)
			}
			if _, _, in := dora.Space().Right(w.carl.dev.ID(), w.carl.account); in {
				t.Fatal("who was removed is in again")
			}
			dora.restart()
		}
	}
}

// Every bit of a box, of its name and of its position, one at a time.
func TestNoBitOfABoxCanBeFlipped(t *testing.T) {
	w := newWorld(t)
	w.anna.write("a")
	w.anna.write("b")
	w.send(w.anna)
	w.read(w.anna)
	w.reads(w.carl, w.channel[:2], 3)
	w.expect(w.carl, w.anna, "a")
	cursor, mark := w.carl.meta.cursor, w.carl.meta.mark
	frame := wire.Append(nil, &wire.Boxes{Req: 7, Head: 3, Boxes: w.channel[2:3]})
	tried, read := 0, 0
	for i := range frame {
		for bit := range 8 {
			if i > 200 && i < len(frame)-40 && bit != i%8 {
				continue // of the ciphertext's middle one bit of each byte
			}
			bad := slices.Clone(frame)
			bad[i] ^= 1 << bit
			tried++
			f, err := wire.Parse(bad)
			if err != nil {
				continue
			}
			b, ok := f.(*wire.Boxes)
			if !ok {
				continue // another kind of answer: see the next test
			}
			if slices.EqualFunc(b.Boxes, w.channel[2:3], func(x, y wire.Stored) bool { return bytes.Equal(x.Data, y.Data) }) {
				continue // the content is whole; of the rest, the next test
			}
			read++
			u := must(w.carl.Receive(t.Context(), b.Boxes))
			if len(u.Entries) != 0 || u.Membership {
				t.Fatalf("byte %d, bit %d: something was accepted", i, bit)
			}
			w.carl.meta.cursor, w.carl.meta.mark, w.carl.top = cursor, mark, cursor
			w.carl.behind = false
		}
	}
	if tried < 2000 || read < 1000 {
		t.Fatalf("%d bits were flipped, %d boxes read", tried, read)
	}
	w.read(w.carl)
	w.expect(w.carl, w.anna, "a b")
}

// Every bit of every kind of answer, in the middle of a conversation: the
// client goes on, and everything is there.
func TestNoBitOfAnAnswerDoesHarm(t *testing.T) {
	kinds := map[string]func(wire.Frame) bool{
		"hello":    func(f wire.Frame) bool { _, ok := f.(*wire.Hello); return ok },
		"opened":   func(f wire.Frame) bool { _, ok := f.(*wire.Opened); return ok },
		"appended": func(f wire.Frame) bool { _, ok := f.(*wire.Appended); return ok },
		"boxes":    func(f wire.Frame) bool { b, ok := f.(*wire.Boxes); return ok && len(b.Boxes) > 0 },
	}
	for name, is := range kinds {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world, d *double) {
				d.online(t, w.anna, w.carl)
				settled()
				rng := rand.New(rand.NewPCG(3, 4))
				var said []byte
				size, flips := 0, 0
				for i := 0; i == 0 || i < size; i++ {
					bit := rng.IntN(8)
					if i > 120 && i%97 != 0 {
						continue // ciphertext: the test before this one
					}
					d.mu.Lock()
					hit := false
					d.bend = func(f wire.Frame, b []byte) []byte {
						if hit || !is(f) {
							return b
						}
						hit = true
						if size == 0 {
							size = len(b)
						}
						b = slices.Clone(b)
						b[min(i, len(b)-1)] ^= 1 << bit
						return b
					}
					d.mu.Unlock()
					said = append(said, ' ', byte('a'+i%26))
					w.anna.write(string(rune('a' + i%26)))
					d.breakAll()
					time.Sleep(20 * time.Second)
					d.mu.Lock()
					d.bend = nil
					d.mu.Unlock()
					if hit {
						flips++
					}
					if got := w.carl.has(w.anna); !bytes.HasPrefix(said[1:], []byte(got)) {
						t.Fatalf("byte %d, bit %d: not what was said", i, bit)
					}
				}
				w.anna.write("end")
				d.breakAll()
				settled()
				if got := w.carl.has(w.anna); got != string(said[1:])+" end" {
					t.Fatalf("carl has %d bytes of %d", len(got), len(said)+3)
				}
				if w.anna.Waiting() != 0 || w.carl.Missing() != 0 || w.anna.Removed() || w.carl.Removed() {
					t.Fatalf("%d wait, %d missing", w.anna.Waiting(), w.carl.Missing())
				}
				for _, a := range append(w.anna.Alarms(), w.carl.Alarms()...) {
					if a.Kind != AlarmRollback {
						t.Fatalf("the relay made a member look like a liar: %+v", a)
					}
				}
				if flips < min(size, 40) {
					t.Fatalf("only %d bits of %d bytes were flipped", flips, size)
				}
			})
		})
	}
}

// What a client says while it is shown boxes does not depend on whether they
// open: a relay that makes them up learns nothing by it.
func TestABoxThatDoesNotOpenIsAnsweredAsOneThatDoes(t *testing.T) {
	said := func(shown func(w *world, n int) [][]byte) (out []string) {
		bubble(t, func(t *testing.T, w *world, d *double) {
			w.anna.write("a")
			w.send(w.anna)
			d.online(t, w.anna, w.carl)
			settled()
			d.mu.Lock()
			if !slices.Contains(d.heard, "open") || !slices.Contains(d.heard, "follow") {
				t.Fatal("nothing is listened to")
			}
			d.heard = nil
			d.mu.Unlock()
			for n := range 50 {
				d.mu.Lock()
				for _, b := range shown(w, n) {
					d.add([]wire.Box{{ID: newBoxID(), Data: b}})
				}
				for c := range d.conns {
					c.push()
				}
				d.mu.Unlock()
				time.Sleep(time.Second)
			}
			d.mu.Lock()
			out = slices.DeleteFunc(d.heard, func(kind string) bool { return kind == "ping" })
			d.mu.Unlock()
		})
		return out
	}
	rng := rand.New(rand.NewPCG(5, 6))
	prev, number := Hash{}, uint64(0)
	good := said(func(w *world, n int) (boxes [][]byte) {
		if n == 0 {
			prev, number = Hash{}, 0
		}
		for range 20 {
			number++
			b, s := w.forge(w.dora.dev, func(s *Statement) { s.Account, s.Seq, s.Prev = w.dora.account, number, prev })
			prev, boxes = s.Hash(), append(boxes, b)
		}
		return boxes
	})
	for name, bad := range map[string]func(w *world, n int) [][]byte{
		"of zeros": func(*world, int) [][]byte { return slices.Repeat([][]byte{make([]byte, 1024)}, 20) },
		"of chance": func(*world, int) (boxes [][]byte) {
			for range 20 {
				b := make([]byte, 1024)
				for i := range b {
					b[i] = byte(rng.Uint32())
				}
				copy(b, []byte{1, 1, 0, 0, 0, 1})
				boxes = append(boxes, b)
			}
			return boxes
		},
		"changed in one bit": func(w *world, _ int) (boxes [][]byte) {
			for range 20 {
				b, _ := w.forge(w.dora.dev, func(s *Statement) { s.Account = w.dora.account })
				b[rng.IntN(len(b)-6)+6] ^= 1 << rng.IntN(8)
				boxes = append(boxes, b)
			}
			return boxes
		},
	} {
		if got := said(bad); !slices.Equal(got, good) {
			t.Errorf("%s: %v, and of good ones %v", name, got, good)
		}
	}
}
