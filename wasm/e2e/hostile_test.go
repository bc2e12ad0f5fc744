package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/e2e/hostile"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A scene is where every row of the table begins: a doctor, and a patient with
// a phone and a tablet, who have written to each other and are up to date. It
// is set up once and copied.
type scene struct {
	origin, addr string
	store        map[string][]byte // files
	people       map[string]*person
	patient      uint32          // number at the centre
	centre       [2]uint32       // number at phone and tablet
	said         map[string]bool // true: a message, which all three see
}

// set plays the beginning.
func (s *scene) set(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "")
	tablet := phone.admitted(r, join.Device, "")
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	s.people = map[string]*person{"doctor": doc, "phone": phone, "tablet": tablet}
	s.origin, s.addr, s.patient, s.said = r.origin, r.addr, n, make(map[string]bool)
	p := &play{t: t, scene: s, people: s.people, said: s.said}
	p.numbers()
	p.write("before")
	p.settled("the beginning")
	for _, who := range s.people {
		who.until("the way back is at the relay", func() bool { return !who.status().SheetPending })
		who.Lock()
	}
	r.kill()
	s.store = r.files(t)
}

// A play is one copy of the scene with a liar before its relay.
type play struct {
	*scene
	t      *testing.T
	relay  *relay
	liar   *hostile.Liar
	people map[string]*person
	said   map[string]bool
	rounds int
	others bool // bleeds and photos are shown as well
}

// begin copies the scene and has everybody unlock their device.
func (s *scene) begin(t *testing.T) *play {
	t.Helper()
	dir := t.TempDir()
	store := filepath.Join(dir, "relay.sqlite")
	r := &relay{t: t, bin: must(relayBinary())(t), where: []string{"-store", store}, store: store, origin: s.origin}
	for name, b := range s.store {
		check(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	r.addr = l.Addr().String()
	l.Close()
	r.args = []string{"serve", "-listen", r.addr, "-store", r.store, "-origin", s.origin, "-app", "none"}
	r.start()
	t.Cleanup(r.kill)

	p := &play{scene: s, t: t, relay: r, people: make(map[string]*person), said: maps.Clone(s.said)}
	p.liar = hostile.New(func(ctx context.Context, url string) (link.Conn, error) {
		return dial(ctx, strings.Replace(url, s.addr, r.addr, 1))
	})
	for name, was := range s.people {
		p.people[name] = p.person(name, was.disk.Copy(), was.env.Binder)
	}
	for _, who := range p.people {
		check(t, who.Unlock(t.Context(), pass))
	}
	p.converged("the beginning")
	return p
}

// person is a device whose way to the relay leads past the liar.
func (p *play) person(name string, disk *vault.MemoryDisk, binder vault.Binder) *person {
	who := &person{t: p.t, disk: disk, change: make(chan struct{}, 1), ahead: new(atomic.Int64)}
	who.env = app.Env{
		Disk: disk, Binder: binder, KDF: native.KDF, Params: params, Dial: p.liar.As(name),
		Origin: p.origin, Now: func() time.Time { return time.Now().Add(time.Duration(who.ahead.Load())) },
		OpenRecords: 1,
		Changed: func() {
			select {
			case who.change <- struct{}{}:
			default:
			}
		},
	}
	who.Client = app.New(who.env)
	p.t.Cleanup(func() { who.Lock() })
	return who
}

func (s *scene) numbers() {
	for i, name := range []string{"phone", "tablet"} {
		s.people[name].Look(func(l app.Look) { s.centre[i] = l.Centres()[0].N })
	}
}

// write has everybody write what no relay may take away: a note from either of
// the patient's devices, a message from each side.
func (p *play) write(what string) {
	p.t.Helper()
	p.rounds++
	text := func(who string) string { return who + " " + what + " " + strconv.Itoa(p.rounds) }
	for i, name := range []string{"phone", "tablet"} {
		who := p.people[name]
		must(who.Record(p.t.Context(), note(text(name))))(p.t)
		p.said[text(name)] = false
		check(p.t, who.Say(p.t.Context(), p.centre[i], text("from the "+name), diary.ID{}))
		p.said[text("from the "+name)] = true
	}
	check(p.t, p.people["doctor"].Say(p.t.Context(), p.patient, text("doctor"), diary.ID{}))
	p.said[text("doctor")] = true
}

// shown counts what a device shows.
func (p *play) shown(name string) map[string]int {
	n := make(map[string]int)
	p.people[name].Look(func(l app.Look) {
		d := l.Diary()
		if name == "doctor" {
			info, _ := l.Patient(p.patient)
			d = info.Diary
		}
		for _, it := range d.Timeline(diary.Filter{}) {
			switch {
			case it.Note() != nil:
				n[it.Note().Text]++
			case it.Message() != nil:
				n[it.Message().Text]++
			case !p.others:
				n["something else"]++
			}
		}
	})
	return n
}

// safe is what holds whatever a relay does: nobody is shown anything that
// nobody wrote, or anything twice, or loses what it has written itself; nobody
// is made to believe that they were removed.
func (p *play) safe() error {
	for name, who := range p.people {
		shown := p.shown(name)
		for text, n := range shown {
			if _, written := p.said[text]; !written {
				return fmt.Errorf("%s shows %q, which nobody wrote", name, text)
			}
			if n != 1 {
				return fmt.Errorf("%s shows %q %d times", name, text, n)
			}
		}
		for text, message := range p.said {
			// A device shows its own at once.
			own := strings.HasPrefix(text, name) || strings.HasPrefix(text, "from the "+name)
			if own && shown[text] == 0 {
				return fmt.Errorf("%s has lost %q (message: %v)", name, text, message)
			}
		}
		switch st := who.status(); {
		case st.Removed:
			return fmt.Errorf("%s believes that it was removed", name)
		case st.Forked:
			return fmt.Errorf("%s believes that its storage went back", name)
		}
	}
	return nil
}

// whole is what holds once a relay is honest: everybody has everything.
func (p *play) whole() error {
	if err := p.safe(); err != nil {
		return err
	}
	for name, who := range p.people {
		if missing := len(p.said) - len(p.shown(name)); missing != 0 {
			return fmt.Errorf("%s lacks %d of %d: %v", name, missing, len(p.said), p.lacks(name))
		}
		if st := who.status(); st.Waiting != 0 || st.Unsent != 0 || st.Missing != 0 || !st.Online || st.Trying || st.Refusal != 0 {
			return fmt.Errorf("%s: %+v", name, st)
		}
	}
	return nil
}

func (p *play) lacks(name string) (out []string) {
	shown := p.shown(name)
	for text := range p.said {
		if shown[text] == 0 {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 4)]
}

// settled waits until everybody has everything.
func (p *play) settled(what string) {
	p.t.Helper()
	if err := p.within(90*time.Second, p.whole); err != nil {
		p.t.Fatalf("%s: %v\n%+v\n%v", what, err, p.statuses(), p.alarms())
	}
}

func (p *play) within(d time.Duration, f func() error) (err error) {
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return nil
		}
		p.wake()
	}
	return err
}

func (p *play) wake() {
	for _, who := range p.people {
		who.Wake()
	}
}

// invariant is what every row ends with: the liar is replaced by an honest
// relay, people go on, and everything is there once; then once more with
// nothing in memory.
func (p *play) invariant() {
	p.t.Helper()
	p.liar.Tell(nil)
	p.write("afterwards")
	p.converged("afterwards")
	for _, who := range p.people {
		who.reopen()
	}
	p.converged("after unlocking again")
	check(p.t, p.relay.sound())
}

func (p *play) converged(what string) { p.t.Helper(); p.settled(what) }

// A row is one thing that a relay does to people who know each other.
type row struct {
	name    string
	attacks string // their numbers in THREATS.md
	lie     func(p *play) *hostile.Lie

	// said is what somebody is told while the relay lies. Where it is nil nobody can
	// know yet, and lies is how many have to be told before the relay is replaced.
	said func(p *play) bool
	lies int

	alarm evidence
}

// evidence says whether somebody has an alarm at the end.
type evidence int

const (
	none   evidence = iota // nothing that an honest relay could not have done
	proof                  // the relay is known to have lied
	either                 // depends on what was hit
)

// status asks about one device.
func status(name string, ok func(app.Status) bool) func(*play) bool {
	return func(p *play) bool { return ok(p.people[name].status()) }
}

func alarmed(st app.Status) bool { return st.Alarm }
func missing(st app.Status) bool { return st.Missing > 0 }
func waiting(st app.Status) bool { return st.Waiting > 0 && !st.Removed }
func trying(st app.Status) bool  { return st.Trying }
func offline(st app.Status) bool { return !st.Online }

func refused(code wire.Refusal) func(app.Status) bool {
	return func(st app.Status) bool { return st.Refusal == code }
}

func sentBy(who string) func(l *hostile.Liar, b *wire.Stored) bool {
	return func(l *hostile.Liar, b *wire.Stored) bool { return l.By(b.ID) == who }
}

// onceOf hides the first box that somebody sends, in each channel.
func onceOf(who string) func(l *hostile.Liar, b *wire.Stored) bool {
	var mu sync.Mutex
	first := make(map[wire.BoxID]bool)
	channels := 0
	return func(l *hostile.Liar, b *wire.Stored) bool {
		mu.Lock()
		defer mu.Unlock()
		if !first[b.ID] && channels < 1 && l.By(b.ID) == who {
			first[b.ID] = true
			channels++
		}
		return first[b.ID]
	}
}

var seed = uint64(time.Now().UnixNano())

func fixed(lie *hostile.Lie) func(*play) *hostile.Lie {
	return func(*play) *hostile.Lie { return lie }
}

// copies gives boxes new names, as a relay can.
func copies(boxes []wire.Stored, n int) (out []wire.Box) {
	for i, b := range boxes {
		if i == n {
			break
		}
		id := b.ID
		id[0] ^= 0x55
		out = append(out, wire.Box{ID: id, Data: b.Data})
	}
	return out
}

func table() []row {
	return []row{
		{name: "is honest", lie: fixed(nil), said: func(p *play) bool { return p.whole() == nil }},

		// What is there is not shown.
		{name: "withholds one statement of the phone from the doctor and leaves out its position", attacks: "A30",
			lie:  func(*play) *hostile.Lie { return hostile.Withhold("doctor", hostile.Gap, onceOf("phone")) },
			said: status("doctor", alarmed), alarm: proof},
		{name: "withholds all that the phone says from the doctor, as if there were no more", attacks: "A30 A31",
			lie:  func(*play) *hostile.Lie { return hostile.Withhold("doctor", hostile.Closed, sentBy("phone")) },
			said: status("doctor", missing), alarm: proof},
		{name: "drops the tail", attacks: "A30",
			lie:  func(*play) *hostile.Lie { return hostile.Withhold("doctor", hostile.Tail, sentBy("phone")) },
			said: status("doctor", trying)},
		{name: "drops the tail and says that this is all", attacks: "A30 A36",
			lie:  func(*play) *hostile.Lie { return hostile.Withhold("doctor", hostile.Quiet, sentBy("phone")) },
			lies: 2},
		{name: "shows the patient and the centre two histories, and joins them later", attacks: "A31",
			lie: func(*play) *hostile.Lie {
				a, b := hostile.Withhold("doctor", hostile.Quiet, func(l *hostile.Liar, b *wire.Stored) bool {
					who := l.By(b.ID)
					return who == "phone" || who == "tablet"
				}), hostile.Withhold("phone", hostile.Quiet, sentBy("doctor"))
				return &hostile.Lie{Tell: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
					if c.Who == "doctor" {
						return a.Tell(c, f)
					}
					return b.Tell(c, f)
				}}
			}, lies: 4},
		{name: "answers nothing but its greeting", attacks: "A30",
			lie: fixed(&hostile.Lie{Ask: func(*hostile.Conn, wire.Frame) []wire.Frame { return nil }}), said: status("phone", trying), lies: 3},
		{name: "does not answer who appends", attacks: "A30",
			lie: func(*play) *hostile.Lie { return hostile.Deaf[*wire.AppendBoxes]("") }, said: status("phone", waiting)},
		{name: "answers nobody who follows", attacks: "A30",
			lie: func(*play) *hostile.Lie { return hostile.Silent[*wire.Boxes]("") }, said: status("tablet", trying)},

		// What was sent is not kept.
		{name: "acknowledges what the phone sends and stores nothing", attacks: "A30 A32",
			lie: func(*play) *hostile.Lie { return hostile.Forget("phone", 1) }, lies: 2, alarm: proof},
		{name: "acknowledges for positions that are taken", attacks: "A32",
			lie:  func(*play) *hostile.Lie { return hostile.Forget("phone", 0) },
			said: status("phone", alarmed), alarm: proof},
		{name: "changes what is stored under a name", attacks: "A24",
			lie: func(*play) *hostile.Lie {
				return hostile.Asked("phone", func(_ *hostile.Conn, a *wire.AppendBoxes) {
					for i := range a.Boxes {
						a.Boxes[i].Data[len(a.Boxes[i].Data)/2] ^= 1
					}
				})
			}, said: status("phone", alarmed), alarm: proof},
		{name: "stores boxes in another order", attacks: "A28",
			lie: func(*play) *hostile.Lie {
				return hostile.Asked("", hostile.Reversed)
			}, lies: 1},

		// What is shown is something else.
		{name: "shows boxes in another order", attacks: "A28",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
					for i := range len(b) / 2 {
						b[i].Box, b[len(b)-1-i].Box = b[len(b)-1-i].Box, b[i].Box
					}
				})
			}, lies: 1, alarm: either},
		{name: "shows everything twice and three times", attacks: "A27",
			lie: func(*play) *hostile.Lie { return hostile.Twice() }, lies: 10, alarm: none},
		{name: "replays old boxes behind the new ones", attacks: "A27",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(c *hostile.Conn, m *wire.Boxes) {
					old := c.Seen(m.Req)
					for i := range min(len(old), 5) {
						m.Head++
						m.Boxes = append(m.Boxes, wire.Stored{Pos: m.Head, Box: old[i].Box})
					}
				})
			}, lies: 3, alarm: proof},
		{name: "stores old boxes again under new names", attacks: "A27",
			lie: func(*play) *hostile.Lie {
				return hostile.Store(func(c *hostile.Conn, a *wire.AppendBoxes) []wire.Box { return copies(c.SeenIn(a.Channel), 5) })
			}, lies: 2},
		{name: "stores boxes of other channels", attacks: "A23",
			lie: func(*play) *hostile.Lie {
				return hostile.Store(func(c *hostile.Conn, a *wire.AppendBoxes) []wire.Box { return copies(c.Elsewhere(a.Channel), 5) })
			}, lies: 2},
		{name: "shows boxes of other channels in the place of the true ones", attacks: "A23 A68",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(c *hostile.Conn, ch wire.Channel, b []wire.Stored) {
					other := c.Elsewhere(ch)
					for i := range b {
						if len(other) > 0 {
							b[i].Box = other[i%len(other)].Box
						}
					}
				})
			}, lies: 3, alarm: either},
		{name: "answers with what belongs to another request", attacks: "A68",
			lie: func(*play) *hostile.Lie { return hostile.Crossed() }, lies: 3, alarm: either},
		{name: "shows what it made up", attacks: "A25",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
					for i := range b {
						clear(b[i].Data[6:])
					}
				})
			}, lies: 3, alarm: either},
		{name: "claims that boxes are of a later epoch", attacks: "A49",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
					for i := range b {
						b[i].Data[5] = 99
					}
				})
			}, lies: 3, alarm: either},
		{name: "claims that boxes are of another version", attacks: "A49",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
					for i := range b {
						b[i].Data[0] = 0
					}
				})
			}, lies: 3, alarm: either},
		{name: "claims that boxes are of another suite", attacks: "A49",
			lie: func(*play) *hostile.Lie {
				return hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
					for i := range b {
						b[i].Data[1] = 0
					}
				})
			}, lies: 3, alarm: either},

		// Positions and heads.
		{name: "says that the channel is empty", attacks: "A32",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Opened) { m.Head = 0 })
			}, said: status("doctor", alarmed), alarm: proof},
		{name: "says that there is far more", attacks: "A36",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Opened) { m.Head += 1 << 40 })
			}, said: status("doctor", trying)},
		{name: "moves all positions up", attacks: "A32",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Boxes) {
					m.Head += 7
					for i := range m.Boxes {
						m.Boxes[i].Pos += 7
					}
				})
			}, said: status("doctor", alarmed), alarm: proof},
		{name: "moves all positions down", attacks: "A32",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Boxes) {
					for i := range m.Boxes {
						m.Boxes[i].Pos = uint64(i) + 1
					}
				})
			}, lies: 1, alarm: either},

		// Words about itself.
		{name: "says that it is ten years ago", attacks: "A69",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Hello) { m.Time -= 315_360_000_000 })
			}, said: func(p *play) bool { return p.whole() == nil }},
		{name: "says that ten years have passed", attacks: "A69",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Hello) { m.Time += 315_360_000_000 })
			}, said: func(p *play) bool { return p.whole() == nil }},
		{name: "speaks an older version", attacks: "A49",
			lie: fixed(&hostile.Lie{Down: func(_ *hostile.Conn, b []byte) []byte {
				if b[0] == 0x81 {
					b[1] = 0
				}
				return b
			}}), said: status("phone", offline), lies: 2},
		{name: "takes one small box at a time, it says", attacks: "A64",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Hello) {
					m.MaxBatch, m.MaxBox, m.MaxFrame = 1, wire.MinBox, wire.MinBox+1024
				})
			}, said: func(p *play) bool { return p.whole() == nil }},
		{name: "greets with another nonce", attacks: "A66",
			lie: func(*play) *hostile.Lie {
				return hostile.Told("", func(_ *hostile.Conn, m *wire.Hello) { m.Nonce[7] ^= 1 })
			}, said: status("phone", refused(wire.NoAccess))},

		// Membership, without a key.
		{name: "says that the key was replaced, with a note of its own", attacks: "A1 A6 A11",
			lie: func(*play) *hostile.Lie {
				return moved(func(*hostile.Conn, *wire.Opened) []byte { return make([]byte, 2048) })
			}, said: status("phone", refused(wire.Rotated))},
		{name: "says that the key was replaced, with a box of the channel for a note", attacks: "A6 A11",
			lie: func(*play) *hostile.Lie {
				return moved(func(c *hostile.Conn, m *wire.Opened) []byte {
					if old := c.Seen(m.Req); len(old) > 0 {
						return old[0].Data
					}
					return make([]byte, 2048)
				})
			}, said: status("phone", refused(wire.Rotated))},
		{name: "says again and again that the key was replaced", attacks: "A6",
			lie: func(*play) *hostile.Lie {
				return hostile.Follows("", func(c *hostile.Conn, f wire.Frame) []wire.Frame {
					if b, ok := f.(*wire.Boxes); ok {
						return []wire.Frame{&wire.Closed{Channel: c.Channel(b.Req), Code: wire.Rotated}}
					}
					return nil
				})
			}, lies: 5},
		{name: "says that the channel was deleted", attacks: "A30",
			lie:  func(*play) *hostile.Lie { return closed(wire.Deleted) },
			said: status("phone", refused(wire.Deleted))},
		{name: "says that the channel has expired", attacks: "A30",
			lie:  func(*play) *hostile.Lie { return closed(wire.Expired) },
			said: status("phone", refused(wire.Expired))},

		// The line.
		{name: "hangs up after one frame, after two, after three", attacks: "A30",
			lie: func(*play) *hostile.Lie { return hostile.HangUp() }, lies: 25},
		{name: "cuts frames", attacks: "A26 A63",
			lie: func(*play) *hostile.Lie { return hostile.Cut(0.1, seed) }, lies: 8, alarm: either},
		{name: "flips bits", attacks: "A24",
			lie: func(*play) *hostile.Lie { return hostile.Flip(0.2, seed) }, lies: 25, alarm: either},
		{name: "says goodbye for fifty days", attacks: "A30",
			lie: func(*play) *hostile.Lie {
				return hostile.Follows("", func(_ *hostile.Conn, f wire.Frame) []wire.Frame {
					if _, ok := f.(*wire.Opened); ok {
						return []wire.Frame{&wire.Goodbye{Code: wire.ShuttingDown, RetryAfter: 1<<32 - 1}}
					}
					return nil
				})
			}, said: status("phone", offline), lies: 3},
		{name: "floods", attacks: "A63 A64",
			lie: func(*play) *hostile.Lie {
				return hostile.Follows("", func(c *hostile.Conn, f wire.Frame) (more []wire.Frame) {
					b, ok := f.(*wire.Boxes)
					if !ok {
						return nil
					}
					junk := wire.Stored{Box: wire.Box{Data: make([]byte, 4096)}}
					for i := range 200 {
						junk.Pos = b.Head + uint64(i) + 2
						more = append(more, &wire.Boxes{Req: b.Req, Head: junk.Pos, Boxes: []wire.Stored{junk}},
							&wire.Done{Req: 1 << 20}, &wire.Closed{Channel: wire.Channel{1}, Code: wire.Deleted},
							&wire.Moved{Req: 1<<20 + 1, Note: make([]byte, 1024)})
					}
					return more
				})
			}, lies: 3, alarm: proof},
	}
}

// moved answers whoever opens a channel with a note.
func moved(note func(c *hostile.Conn, m *wire.Opened) []byte) *hostile.Lie {
	return &hostile.Lie{Tell: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
		if m, ok := f.(*wire.Opened); ok {
			return []wire.Frame{&wire.Moved{Req: m.Req, Note: note(c, m)}}
		}
		return []wire.Frame{f}
	}}
}

// closed says after the first boxes of a channel that it is gone.
func closed(code wire.Refusal) *hostile.Lie {
	return hostile.Follows("", func(c *hostile.Conn, f wire.Frame) []wire.Frame {
		if b, ok := f.(*wire.Boxes); ok {
			return []wire.Frame{&wire.Closed{Channel: c.Channel(b.Req), Code: code}}
		}
		return nil
	})
}

func (p *play) run(r row) {
	t := p.t
	t.Helper()
	p.liar.Tell(r.lie(p))
	for range 2 {
		p.write("during")
		time.Sleep(50 * time.Millisecond)
	}
	last := time.Now()
	err := p.within(90*time.Second, func() error {
		if err := p.safe(); err != nil {
			t.Fatal(err)
		}
		told, said := p.liar.Told(), r.said == nil || r.said(p)
		if told >= r.lies && said {
			return nil
		}
		if time.Since(last) > 400*time.Millisecond {
			p.write("meanwhile") // without a word there is nothing to lie about
			last = time.Now()
		}
		if !said {
			return fmt.Errorf("nobody is told: %+v", p.statuses())
		}
		return fmt.Errorf("only %d of %d lies were told", told, r.lies)
	})
	if err != nil {
		t.Fatal(err)
	}
	p.invariant()
	found := p.alarms()
	if len(found) == 0 && r.alarm == proof || len(found) > 0 && r.alarm == none {
		t.Fatalf("alarms: %v", found)
	}
	for name, list := range found {
		for _, a := range list {
			// No relay can make a member look like a liar.
			if a.Kind != link.AlarmRollback {
				t.Fatalf("%s: %+v", name, a)
			}
		}
	}
}

func (p *play) alarms() map[string][]link.Alarm {
	all := make(map[string][]link.Alarm)
	for name, who := range p.people {
		who.Look(func(l app.Look) {
			if found := l.Alarms(); len(found) > 0 {
				all[name] = found
			}
		})
	}
	return all
}

func (p *play) statuses() map[string]app.Status {
	all := make(map[string]app.Status)
	for name, who := range p.people {
		all[name] = who.status()
	}
	return all
}

// refusals has the relay refuse requests of one kind with every code there is,
// one after the other, and with one that there is not. Who is far behind reads without
// following, and then what was written is sent all the same: whether it was shows when
// everybody must have everything, afterwards.
func refusals(p *play, lie func(code func() wire.Refusal, after uint32) *hostile.Lie, sends bool) {
	t, phone := p.t, p.people["phone"]
	for code := wire.Malformed; code <= wire.Failed+1; code++ {
		is := code
		if code > wire.Failed {
			is = 999
		}
		p.liar.Tell(lie(func() wire.Refusal { return is }, 50))
		p.write("refused with " + is.String())
		if err := p.within(90*time.Second, func() error {
			if err := p.safe(); err != nil {
				t.Fatal(err)
			}
			st := phone.status()
			switch {
			case p.liar.Told() == 0:
				return fmt.Errorf("nothing was refused with %v", is)
			case st.Waiting == 0 && !sends:
				return fmt.Errorf("%v: the phone believes that everything was sent", is)
			case is.Advice() != wire.Retry && st.Refusal != is:
				return fmt.Errorf("%v: the phone says %+v", is, st)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	p.invariant()
	if found := p.alarms(); len(found) > 0 {
		t.Errorf("refusing proves nothing: %v", found)
	}
}

// fresh lets a third device of the patient join while the relay shows it what
// the channels held long ago.
func fresh(p *play, closed bool) {
	t := p.t
	var mu sync.Mutex
	old := make(map[wire.Channel]bool)
	p.people["phone"].Look(func(l app.Look) {
		for ch := range l.Boxes() {
			old[ch] = true
		}
	})
	const long = 4 // boxes that there were long ago
	p.liar.Tell(hostile.Told("new", func(c *hostile.Conn, m *wire.Boxes) {
		mu.Lock()
		defer mu.Unlock()
		if !old[c.Channel(m.Req)] {
			return
		}
		kept := m.Boxes[:0]
		for _, b := range m.Boxes {
			if by := c.By(b.ID); b.Pos <= long || closed && by != "" {
				kept = append(kept, b)
			}
		}
		if m.Boxes = kept; closed && len(kept) > 0 {
			for i := range kept { // as if nothing had stood in between
				kept[i].Pos = min(kept[i].Pos, long+1+uint64(i))
			}
		}
		m.Head = long
		if n := len(kept); n > 0 {
			m.Head = max(long, kept[n-1].Pos)
		}
	}))
	p.relay.dial = p.liar.As("new")
	tablet := p.people["phone"].admitted(p.relay, join.Device, "")
	p.people["new"] = tablet
	p.said["new"] = false
	if err := p.safe(); err != nil && !strings.Contains(err.Error(), "lost") {
		t.Fatal(err)
	}
	delete(p.said, "new")
	if len(p.shown("new")) >= len(p.said) {
		t.Fatal("the relay did not hide anything")
	}
	if closed {
		p.write("since then")
		tablet.until("the new device knows that something is missing", func() bool { st := tablet.status(); return st.Missing > 0 || st.Alarm })
	}
	p.invariant()
}

// unheard holds back that a new device came into the centre's space until another
// has renewed all keys, which are not sealed to it: it comes in again.
func unheard(p *play) {
	t, phone, doc := p.t, p.people["phone"], p.people["doctor"]
	shared := make(map[wire.Channel]bool)
	doc.Look(func(l app.Look) {
		for ch := range l.Boxes() {
			shared[ch] = true
		}
	})
	p.liar.Tell(&hostile.Lie{Ask: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
		if a, ok := f.(*wire.AppendBoxes); ok && c.Who == "new" && shared[a.Channel] {
			return nil
		}
		return []wire.Frame{f}
	}})
	p.relay.dial = p.liar.As("new")
	laptop := phone.admitted(p.relay, join.Device, "")
	laptop.until("the new device has found the centre", func() bool { return laptop.centreCount() == 1 })
	must(laptop.Record(t.Context(), note("from the laptop")))(t)
	laptop.until("its coming is held back", func() bool { return p.liar.Told() > 0 })
	before := phone.epochs()
	check(t, phone.RenewKeys(t.Context()))
	phone.until("the keys are new", func() bool {
		for n, at := range phone.epochs() {
			if !at.After(before[n]) {
				return false
			}
		}
		return true
	})
	p.liar.Tell(nil)
	doc.until("the centre reads the new device", func() bool {
		laptop.Wake()
		return doc.count(p.patient, hasNote("from the laptop")) == 1
	})
	p.people["new"] = laptop
	p.said["from the laptop"] = false
	p.settled("with the new device")
	p.write("and after that")
	p.settled("after that")
}

// newcomers has a patient join while the relay lies, and finish when it does not.
func newcomers(p *play, lie *hostile.Lie) {
	t, doc := p.t, p.people["doctor"]
	before := doc.patientCount()
	p.liar.Tell(lie)
	var id [16]byte
	var inv app.InviteInfo
	tries := func(what string, call func() error) bool {
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			done := make(chan error, 1)
			go func() { done <- call() }()
			select {
			case err := <-done:
				cancel()
				if err == nil {
					return true
				}
			case <-ctx.Done():
				cancel()
			}
		}
		p.liar.Tell(nil)
		p.relay.t.Logf("%s was not possible while the relay lied", what)
		doc.again(what, call)
		return false
	}
	tries("inviting", func() (err error) {
		got, err := doc.Invite(within(t, 2*time.Second), join.Patient, "")
		if err == nil {
			id = got
		}
		return err
	})
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	code := must(join.ParseCode(inv.Code))(t)
	pat := p.person("newcomer", vault.NewMemory(), vault.NewSoftware())
	check(t, pat.Create(t.Context(), pass))
	tries("joining", func() error {
		preview, err := pat.Preview(within(t, 2*time.Second), code)
		if err != nil {
			return err
		}
		return pat.JoinCentre(within(t, 2*time.Second), preview, agreed(preview))
	})
	time.Sleep(300 * time.Millisecond)
	state := func() (c app.CentreInfo) {
		pat.Look(func(l app.Look) {
			for _, x := range l.Centres() {
				c = x
			}
		})
		return c
	}
	if pat.centreCount() > 1 || doc.patientCount() != before || state().State == app.CentreConnected {
		t.Fatal("somebody is connected whose code nobody has compared")
	}
	p.liar.Tell(nil)
	doc.reopen()
	pat.reopen()
	pat.until("the patient sees a code", func() bool { pat.Wake(); return state().Check != "" })
	doc.until("the doctor sees a code", func() bool {
		doc.Wake()
		doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		return inv.Check != ""
	})
	if inv.Check != state().Check {
		t.Fatalf("the codes differ: %s and %s", inv.Check, state().Check)
	}
	doc.again("confirming", func() error { return doc.Confirm(t.Context(), id) })
	pat.until("the patient is connected", func() bool { pat.Wake(); return state().State == app.CentreConnected })
	must(pat.Record(t.Context(), note("the newcomer's")))(t)
	doc.until("the doctor reads the newcomer, once", func() bool {
		doc.Wake()
		n := 0
		doc.Look(func(l app.Look) {
			for _, info := range l.Patients() {
				for _, it := range info.Diary.Timeline(diary.Filter{}) {
					if hasNote("the newcomer's")(it) {
						n++
					}
				}
			}
		})
		return n == 1
	})
	if n := doc.patientCount(); n != before+1 {
		t.Fatalf("%d patients became %d", before, n)
	}
	p.invariant()
}

// renewed has the phone renew all its keys while the relay lies about it.
func renewed(p *play, lie *hostile.Lie, lies int) {
	t, phone := p.t, p.people["phone"]
	before := phone.epochs()
	p.liar.Tell(lie)
	check(t, phone.RenewKeys(t.Context()))
	p.write("while keys are renewed")
	if err := p.within(90*time.Second, func() error {
		if told := p.liar.Told(); told < lies {
			return fmt.Errorf("%d lies were told", told)
		}
		return p.safe()
	}); err != nil {
		t.Fatal(err)
	}
	told := p.liar.Told()
	time.Sleep(time.Second)
	if n := p.liar.Told() - told; n > 100 {
		t.Fatalf("the relay was asked %d times in a second", n)
	}
	p.invariant()
	// The relay is told again, and then it is done.
	done := func() error {
		ok := false
		phone.Look(func(l app.Look) { _, ok = l.Renewal() })
		if ok {
			return errors.New("the keys are still being renewed")
		}
		for n, at := range phone.epochs() {
			if !at.After(before[n]) {
				return fmt.Errorf("space %d has its old key", n)
			}
		}
		return p.whole()
	}
	if err := p.within(90*time.Second, done); err != nil {
		t.Fatal(err)
	}
	p.write("under new keys")
	p.settled("under new keys")
}

// away has keys renewed twice while the tablet is away. When it comes back, the
// relay leads it by an old note to where it has been.
func away(p *play) {
	t, phone, tablet := p.t, p.people["phone"], p.people["tablet"]
	tablet.Lock()
	delete(p.people, "tablet")
	for range 2 {
		before := phone.epochs()
		check(t, phone.RenewKeys(t.Context()))
		if err := p.within(90*time.Second, func() error {
			for n, at := range phone.epochs() {
				if !at.After(before[n]) {
					return fmt.Errorf("space %d has its old key", n)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	p.people["tablet"] = tablet
	var mu sync.Mutex
	first := make(map[wire.Channel][]byte)
	p.liar.Tell(hostile.Told("tablet", func(c *hostile.Conn, m *wire.Moved) {
		mu.Lock()
		defer mu.Unlock()
		if ch := c.Channel(m.Req); first[ch] == nil {
			first[ch] = slices.Clone(m.Note)
		} else {
			m.Note = first[ch]
		}
	}))
	check(t, tablet.Unlock(t.Context(), pass))
	tablet.until("the tablet says that it is led in a circle", func() bool { return refused(wire.Rotated)(tablet.status()) })
	p.write("while the tablet is led in a circle")
	if err := p.safe(); err != nil {
		t.Fatal(err)
	}
	p.invariant()
	if found := p.alarms(); len(found) > 0 {
		t.Errorf("alarms: %v", found)
	}
}

// silence withholds the centre from the patient for longer than its lease: it may
// have removed somebody meanwhile. The diary goes on, the centre gets nothing.
func silence(p *play) {
	t, phone, tablet := p.t, p.people["phone"], p.people["tablet"]
	hide := hostile.Withhold("", hostile.Quiet, sentBy("doctor"))
	p.liar.Tell(&hostile.Lie{Tell: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
		if c.Who == "doctor" {
			return []wire.Frame{f}
		}
		return hide.Tell(c, f)
	}})
	const days = 8 * 24 * time.Hour
	phone.move(days)
	tablet.move(days)
	p.write("in the dark")
	overdue := func(st app.Status) bool { return st.Overdue }
	if err := p.within(90*time.Second, func() error {
		switch {
		case !overdue(phone.status()) || !overdue(tablet.status()):
			return fmt.Errorf("nobody is told that the centre is silent: %+v", p.statuses())
		case len(p.lacks("tablet")) > 2: // the doctor's message, and the phone's to the centre
			return fmt.Errorf("the diary at home does not go on: the tablet lacks %v", p.lacks("tablet"))
		}
		return p.safe()
	}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	for text := range p.shown("doctor") {
		if strings.Contains(text, "in the dark") && !strings.HasPrefix(text, "doctor") {
			t.Errorf("a centre that has been silent for eight days was sent %q", text)
		}
	}
	phone.move(0)
	tablet.move(0)
	p.invariant()
}

// photo has the phone take a picture while the relay lies about what it keeps.
// Afterwards the doctor and the tablet see it, whole.
func photo(p *play, lie *hostile.Lie) {
	p.others = true
	p.liar.Tell(lie)
	_, _, content := p.people["phone"].photographs(7)
	p.write("beside a photo")
	if err := p.within(90*time.Second, func() error {
		if p.liar.Told() < 4 {
			return errors.New("hardly a lie was told")
		}
		return p.safe()
	}); err != nil {
		p.t.Fatal(err)
	}
	p.invariant()
	p.people["doctor"].shows(p.patient, content)
	p.people["tablet"].shows(0, content)
}

// acts are what does not fit into a row.
func acts() map[string]func(*play) {
	return map[string]func(*play){
		"refuses to open, with every code":          func(p *play) { refusals(p, hostile.Refuse[*wire.Open], false) },
		"refuses to be followed, with every code":   func(p *play) { refusals(p, hostile.Refuse[*wire.Follow], true) },
		"refuses what is appended, with every code": func(p *play) { refusals(p, hostile.Refuse[*wire.AppendBoxes], false) },

		"shows a new device what was there long ago":               func(p *play) { fresh(p, false) },
		"shows a new device the past and the present, not between": func(p *play) { fresh(p, true) },

		"says that keys were renewed, and renews none": func(p *play) {
			renewed(p, &hostile.Lie{Ask: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
				if r, ok := f.(*wire.Rotate); ok {
					at := make([]uint64, len(r.Boxes))
					for i := range at {
						at[i] = uint64(len(c.SeenIn(r.Channel)) + 1 + i)
					}
					c.Say(&wire.Appended{Req: r.Req, Positions: at})
					return nil
				}
				return []wire.Frame{f}
			}}, 1)
		},
		"does not renew keys": func(p *play) { renewed(p, hostile.Deaf[*wire.Rotate](""), 1) },
		"conflicts with every key": func(p *play) {
			renewed(p, hostile.Refuse[*wire.Rotate](func() wire.Refusal { return wire.Conflict }, 0), 1)
		},
		"is too busy to renew keys": func(p *play) {
			renewed(p, hostile.Refuse[*wire.Rotate](func() wire.Refusal { return wire.Busy }, 100), 1)
		},
		"renews keys and says no": func(p *play) {
			renewed(p, &hostile.Lie{Tell: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
				if m, ok := f.(*wire.Appended); ok {
					if _, rotates := c.Asked(m.Req).(*wire.Rotate); rotates {
						return []wire.Frame{&wire.Refused{Req: m.Req, Code: wire.NoAccess}}
					}
				}
				return []wire.Frame{f}
			}}, 1)
		},
		"withholds the centre for longer than its lease": silence,
		"holds back a new device until keys are renewed": unheard,
		"leads who was away in a circle":                 away,

		"forgets a photo": func(p *play) { photo(p, hostile.Forget("phone", 1)) },
		"changes a photo": func(p *play) {
			photo(p, hostile.Asked("phone", func(_ *hostile.Conn, a *wire.AppendBoxes) {
				for i := range a.Boxes {
					a.Boxes[i].Data[len(a.Boxes[i].Data)/2] ^= 1
				}
			}))
		},
		"crosses answers beside a photo": func(p *play) { photo(p, hostile.Crossed()) },

		"says everything twice while somebody joins": func(p *play) { newcomers(p, hostile.Twice()) },
		"flips bits while somebody joins":            func(p *play) { newcomers(p, hostile.Flip(0.1, seed)) },
		"cuts frames while somebody joins":           func(p *play) { newcomers(p, hostile.Cut(0.1, seed)) },
		"hangs up while somebody joins":              func(p *play) { newcomers(p, hostile.HangUp()) },
		"forgets the request of who joins":           func(p *play) { newcomers(p, hostile.Forget("newcomer", 1)) },
		"crosses answers while somebody joins":       func(p *play) { newcomers(p, hostile.Crossed()) },
		"stores boxes of other channels at the rendezvous": func(p *play) {
			newcomers(p, hostile.Store(func(c *hostile.Conn, a *wire.AppendBoxes) []wire.Box { return copies(c.Elsewhere(a.Channel), 8) }))
		},
		"shows what it made up at the rendezvous": func(p *play) {
			newcomers(p, hostile.Shown("", func(_ *hostile.Conn, _ wire.Channel, b []wire.Stored) {
				for i := range b {
					clear(b[i].Data[60:])
				}
			}))
		},
		"says that the rendezvous is gone": func(p *play) {
			newcomers(p, hostile.Refuse[*wire.Follow](func() wire.Refusal { return wire.NoAccess }, 0))
		},
	}
}

// Whoever has stolen an invitation and owns the relay puts a team of its own in
// the inviter's place, with the same name.
func TestAWholeTeamInThePlaceOfAnotherIsRefused(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	var info app.InviteInfo
	doc.Look(func(l app.Look) { info, _ = l.Invite(id) })
	inv := must(join.ParseCode(info.Code))(t)
	rv := inv.Rendezvous()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
	raw := must(rv.Open(boxes.Boxes[0].Data))(t)
	offer := must(rv.ReadOffer(raw, inv, keyring.NewBook(), time.Now()))(t)

	dev := seal.DeviceFromSeed(seal.NewSecret())
	account := must(keyring.ReplayAccount([]keyring.Raw{must(keyring.FoundAccount(dev, "Dr. Blau", nil, time.Now()))(t)}))(t)
	team := must(keyring.FoundTeam(dev, account, "Centre A", time.Now()))(t)
	own := []link.Chain{{Raws: account.Raws()}, {Team: true, Raws: []keyring.Raw{team}}}
	forged := func(chains ...link.Chain) []byte {
		o := *offer
		o.Chains = chains
		return rv.Offer(o, join.NewNonce(), dev, account.ID())
	}
	foreign := *offer
	foreign.Chains = offer.Chains
	for name, messages := range map[string][][]byte{
		"its own team":                       {forged(own...)},
		"its own team beside the other":      {forged(append(slices.Clone(offer.Chains), own...)...)},
		"the other team, signed by nobody":   {forged(offer.Chains...)},
		"as the inviter's device":            {rv.Offer(foreign, join.NewNonce(), dev, offer.By.Account)},
		"its own team first, then the other": {forged(own...), raw},
	} {
		check(t, s.Delete(t.Context(), rv.Founding))
		check(t, s.Create(t.Context(), rv.Founding, rv.Access, time.Now().Add(time.Hour), *offer.Admission))
		must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
		for _, m := range messages {
			must(s.Append(t.Context(), rv.Channel(), []wire.Box{rv.Box(m)}))(t)
		}
		preview, err := newPerson(t, r).Preview(t.Context(), inv)
		if len(messages) == 1 && err != app.ErrRevoked || len(messages) == 2 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && preview.Centre != "Centre A" {
			t.Errorf("%s: %q invites", name, preview.Centre)
		}
	}
}

// Whatever a relay does, nobody believes it, everybody who can know is told,
// and once it is honest again everything is there, once.
func TestARelayThatLies(t *testing.T) {
	needsMachine(t)
	t.Logf("seed %d", seed)
	s := new(scene)
	s.set(t)
	type job struct {
		name string
		do   func(*play)
	}
	jobs := make(chan job)
	var hands sync.WaitGroup
	for range 8 { // they mostly wait
		hands.Go(func() {
			for j := range jobs {
				t.Run(j.name, func(t *testing.T) { j.do(s.begin(t)) })
			}
		})
	}
	for name, do := range acts() { // these take longest
		jobs <- job{name, do}
	}
	for _, r := range table() {
		jobs <- job{r.name, func(p *play) { p.run(r) }}
	}
	close(jobs)
	hands.Wait()
}

// A relay pretends to redeem the operator's code. The centre is told, and the
// code, which is still good, brings it to the end later.
func TestACentreThatWasOnlySaidToBeRegisteredIsRegisteredLater(t *testing.T) {
	r := startRelay(t)
	liar := hostile.New(dial)
	r.dial = liar.As("doctor")
	doc := newPerson(t, r)
	code := r.tenant("Centre A")
	liar.Tell(&hostile.Lie{Ask: func(c *hostile.Conn, f wire.Frame) []wire.Frame {
		if m, ok := f.(*wire.Register); ok {
			c.Say(&wire.Registered{Req: m.Req, Tenant: wire.TenantID{1, 2, 3}})
			return nil
		}
		return []wire.Frame{f}
	}})
	check(t, doc.BeginCentre(t.Context(), code, "Centre A", "Dr. Blau"))
	check(t, doc.RegisterCentre(t.Context()))
	if liar.Told() == 0 {
		t.Fatal("the relay did not lie")
	}
	liar.Tell(nil)
	doc.until("the centre is told", func() bool { doc.Wake(); return doc.status().Refusal == wire.TicketInvalid })
	check(t, doc.RegisterAgain(t.Context(), code))
	doc.until("everything is sent", func() bool { doc.Wake(); st := doc.status(); return st.Refusal == 0 && st.Waiting == 0 && st.Online })
	pat, n := doc.patient(r, "")
	must(pat.Record(t.Context(), note("here")))(t)
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("here")) })
}

// The lies that depend on chance, with a new seed each time, for as long as
// `make soak` says.
func TestARelayThatLiesSoak(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("VIALOG_SOAK"))
	if err != nil {
		t.Skip("make soak says how long")
	}
	t.Logf("seed %d", seed)
	s := new(scene)
	s.set(t)
	var n atomic.Uint64
	var hands sync.WaitGroup
	end := time.Now().Add(long)
	for range 4 {
		hands.Go(func() {
			for time.Now().Before(end) {
				i := n.Add(1)
				often := 0.02 + rand.New(rand.NewPCG(seed, i)).Float64()*0.4
				lie := hostile.Flip(often, seed+i)
				if i%3 == 0 {
					lie = hostile.Cut(often, seed+i)
				}
				t.Run(fmt.Sprintf("%d, often %.2f", i, often), func(t *testing.T) {
					s.begin(t).run(row{lie: fixed(lie), lies: 10, alarm: either})
				})
			}
		})
	}
	hands.Wait()
	t.Logf("%d plays", n.Load())
}
