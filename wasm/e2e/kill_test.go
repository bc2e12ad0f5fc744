package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/vault"
)

// Six devices, their browsers and the relay are all killed at random moments
// while everybody writes. What a call has acknowledged must come through.
func TestNothingIsLostOrDoubledWhileTheRelayIsKilled(t *testing.T) {
	t.Parallel()
	kills := 12
	if testing.Short() {
		kills = 8
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := startRelay(t)
	w := assemble(t, r, r, seed)
	w.through(t, seed, kills, 200, func(_ int, rng *rand.Rand) {
		r.kill()
		time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond)
		r.start()
	})
}

// through has everybody write while what they need is killed, and expects the
// world to be whole afterwards, with so many entries in it at least.
func (w *world) through(t *testing.T, seed uint64, kills, least int, kill func(n int, rng *rand.Rand)) {
	t.Helper()
	var writers sync.WaitGroup
	for i := range w.devices {
		writers.Go(func() { w.devices[i].live(&w.over) })
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for n := range kills {
		time.Sleep(time.Duration(200+rng.IntN(1200)) * time.Millisecond)
		kill(n, rng)
		for _, d := range w.devices {
			if rng.IntN(3) > 0 {
				d.wake() // the others find out by themselves
			}
		}
	}
	w.over.Store(true)
	writers.Wait()
	sum, unsure := 0, 0
	for _, d := range w.devices {
		sum += len(d.said)
		unsure += len(d.unsure)
		if d.failed != nil {
			t.Fatalf("%s: %v", d.name, d.failed)
		}
	}
	if err := w.settle(); err != nil {
		t.Fatalf("seed %d: %v", seed, err) // the relay's log follows
	}
	// Once more with nothing in memory.
	for _, d := range w.devices {
		if err := d.crash(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.settle(); err != nil {
		t.Fatalf("seed %d, after opening everything again: %v", seed, err)
	}
	// The invariant itself must be able to fail.
	d := w.devices[len(w.devices)-1]
	last := d.said[len(d.said)-1]
	for what, said := range map[string][]string{
		"an entry that nobody has":   append(slices.Clone(d.said), last+"x"),
		"an entry that nobody wrote": d.said[:len(d.said)-1],
	} {
		kept := d.said
		if d.said = said; w.whole() == nil {
			t.Errorf("%s goes unnoticed", what)
		}
		d.said = kept
	}
	if sum < least {
		t.Fatalf("only %d entries were written", sum)
	}
	t.Logf("%d entries acknowledged, %d interrupted, %d kills of a relay, %d of a browser", sum, unsure, kills, w.crashes.Load())
}

// A world is one centre with two doctors and two patients with two devices
// each, or, without a centre, one person with two devices.
type world struct {
	relay   *relay
	centre  bool
	devices []*device
	over    atomic.Bool
	crashes atomic.Int64
}

// A device is a person's browser that can crash.
type device struct {
	*person
	world   *world
	name    string
	patient int // 0 or 1; -1: a doctor
	rng     *rand.Rand
	said    []string // acknowledged; written by live alone
	unsure  []string // the call failed: kept or not
	failed  error

	mu   sync.Mutex // guards person.Client and gate against wake
	gate *gate
}

// assemble has everybody join: the second doctor and the tablets come by another
// node, if there is one.
func assemble(t *testing.T, r, other *relay, seed uint64) *world {
	w := &world{relay: r, centre: true}
	first := r.centre("Centre A")
	second := first.admitted(other, join.Colleague, "Dr. Grün")
	w.add(first, "first doctor", -1, seed)
	w.add(second, "second doctor", -1, seed)
	for i := range 2 {
		phone, _ := first.patient(r, "Fall "+strconv.Itoa(i))
		tablet := phone.admitted(other, join.Device, "")
		tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
		w.add(phone, "phone "+strconv.Itoa(i), i, seed)
		w.add(tablet, "tablet "+strconv.Itoa(i), i, seed)
	}
	second.until("the colleague has both patients", func() bool { return second.patientCount() == 2 })
	w.guard(t)
	return w
}

func (w *world) add(p *person, name string, patient int, seed uint64) {
	w.devices = append(w.devices, &device{
		person: p, world: w, name: name, patient: patient, rng: rand.New(rand.NewPCG(seed, uint64(len(w.devices))+1)),
	})
}

// guard puts a gate before every disk.
func (w *world) guard(t *testing.T) {
	t.Helper()
	for _, d := range w.devices {
		if err := d.crash(); err != nil {
			t.Fatal(err)
		}
	}
}

var errGone = errors.New("the browser was killed")

// A gate is the way of one browser process to its disk. Killed, nothing more
// comes through, and what was under way gets no answer.
type gate struct {
	vault.Disk
	killed atomic.Bool
}

func (g *gate) Write(ctx context.Context, puts []vault.Record) error {
	if g.killed.Load() {
		return errGone
	}
	err := g.Disk.Write(ctx, puts)
	if g.killed.Load() {
		return errGone
	}
	return err
}

// crash kills the browser, whatever it is doing, and opens it again.
func (d *device) crash() error {
	if d.gate != nil {
		d.gate.killed.Store(true)
	}
	d.Lock()
	g := &gate{Disk: d.disk}
	env := d.env
	env.Disk = g
	c := app.New(env)
	err := c.Unlock(context.Background(), pass)
	d.mu.Lock()
	d.gate, d.Client = g, c
	d.mu.Unlock()
	if d.world != nil {
		d.world.crashes.Add(1)
	}
	return err
}

func (d *device) wake() {
	d.mu.Lock()
	c := d.Client
	d.mu.Unlock()
	c.Wake()
}

// live writes until it is over.
func (d *device) live(over *atomic.Bool) {
	var killers sync.WaitGroup
	defer func() {
		killers.Wait()
		if d.gate.killed.Load() && d.failed == nil {
			d.failed = d.crash()
		}
	}()
	for n := 0; !over.Load() && d.failed == nil; n++ {
		time.Sleep(time.Duration(d.rng.IntN(60)) * time.Millisecond)
		if d.rng.IntN(60) == 0 {
			d.failed = d.crash()
			continue
		}
		if d.rng.IntN(80) == 0 {
			// Killed while it writes: the call may return either way.
			g, after := d.gate, time.Duration(d.rng.IntN(3000))*time.Microsecond
			killers.Go(func() {
				time.Sleep(after)
				g.killed.Store(true)
			})
		}
		if err := d.write(n); err != nil {
			if !errors.Is(err, errGone) {
				d.failed = err
				return
			}
			d.failed = d.crash()
		}
	}
}

// write makes one entry whose text tells where it belongs.
func (d *device) write(n int) (err error) {
	ctx := context.Background()
	about := d.patient
	if about < 0 {
		about = d.rng.IntN(2)
	}
	text := fmt.Sprintf("%d/%s/%d", about, d.name, n)
	switch {
	case d.patient < 0:
		err = d.Say(ctx, d.number(about), text, diary.ID{})
	case d.world.centre && d.rng.IntN(3) == 0:
		var centre uint32
		d.Look(func(l app.Look) { centre = l.Centres()[0].N })
		err = d.Say(ctx, centre, text, diary.ID{})
	default:
		_, err = d.Record(ctx, note(text))
	}
	if err != nil {
		d.unsure = append(d.unsure, text)
		return err
	}
	d.said = append(d.said, text)
	return nil
}

// number is what a doctor's device calls a patient.
func (d *device) number(patient int) (n uint32) {
	d.Look(func(l app.Look) {
		for _, p := range l.Patients() {
			if p.Note == "Fall "+strconv.Itoa(patient) {
				n = p.N
			}
		}
	})
	return n
}

// texts counts what a device shows of one patient, by text.
func (d *device) texts(patient int) map[string]int {
	out := make(map[string]int)
	n := uint32(0)
	if d.patient < 0 {
		n = d.number(patient)
	}
	d.Look(func(l app.Look) {
		show := l.Diary()
		if n != 0 {
			info, _ := l.Patient(n)
			show = info.Diary
		} else if d.patient < 0 {
			return
		}
		for _, it := range show.Timeline(diary.Filter{Retracted: true}) {
			switch e := it.Entry.(type) {
			case *diary.Note:
				out[e.Text]++
			case *diary.Message:
				out[e.Text]++
			}
		}
		for _, v := range show.Ignored() {
			out["ignored "+v.Entry.Kind().Key()]++
		}
	})
	return out
}

// settle waits until the world is whole.
func (w *world) settle() (err error) {
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err = w.whole(); err == nil {
			return nil
		}
		for _, d := range w.devices {
			d.wake()
		}
	}
	return err
}

// whole is the invariant: whatever a call has acknowledged is on every device
// that may see it, once; nothing is there that nobody wrote; nothing waits, is
// missing or raises an alarm; all who share a diary show the same; and the
// relay holds one box for each statement, sound and without a gap.
func (w *world) whole() error {
	said := [2]map[string]bool{{}, {}}
	maybe := [2]map[string]bool{{}, {}}
	for _, d := range w.devices {
		for _, s := range d.said {
			said[s[0]-'0'][s] = true
		}
		for _, s := range d.unsure {
			maybe[s[0]-'0'][s] = true
		}
	}
	boxes := make(map[wire.Channel]int)
	shown := [2]map[string]int{}
	for _, d := range w.devices {
		var st app.Status
		var err error
		d.Look(func(l app.Look) {
			st = l.Status()
			for c, n := range l.Boxes() {
				if have, ok := boxes[c]; ok && have != n {
					err = fmt.Errorf("%s has %d statements where another has %d", d.name, n, have)
				}
				boxes[c] = n
			}
		})
		switch {
		case err != nil:
			return err
		case st.Alarm:
			return fmt.Errorf("%s: an alarm", d.name)
		case st.Removed || st.Refusal != 0 || st.Overdue:
			return fmt.Errorf("%s: %+v", d.name, st)
		case st.Waiting != 0 || st.Missing != 0 || !st.Online || st.Trying:
			return fmt.Errorf("%s: not up to date: %+v", d.name, st)
		}
		for patient := range 2 {
			texts := d.texts(patient)
			if d.patient >= 0 && d.patient != patient {
				continue
			}
			for s := range said[patient] {
				if texts[s] != 1 {
					return fmt.Errorf("%s shows %q %d times", d.name, s, texts[s])
				}
			}
			for s, n := range texts {
				if n != 1 || !said[patient][s] && !maybe[patient][s] {
					return fmt.Errorf("%s shows %q %d times", d.name, s, n)
				}
			}
			if shown[patient] == nil {
				shown[patient] = texts
			} else if !maps.Equal(shown[patient], texts) {
				return fmt.Errorf("%s shows %d entries of patient %d, another device %d", d.name, len(texts), patient, len(shown[patient]))
			}
		}
	}
	if err := w.relay.sound(); err != nil {
		return err
	}
	held, err := w.relay.held()
	if err != nil {
		return err
	}
	for c, n := range boxes {
		if held[c] != n {
			return fmt.Errorf("the relay holds %d boxes of %s, for %d statements", held[c], c, n)
		}
	}
	return nil
}

// sound runs the relay's own check of its store.
func (r *relay) sound() error {
	if r.edge != nil {
		_, err := r.edge.act(r, http.MethodGet, "/operator/check", nil)
		return err
	}
	out, err := exec.Command(r.bin, append([]string{"fsck"}, r.where...)...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("sound")) {
		return fmt.Errorf("fsck: %v\n%s", err, out)
	}
	return nil
}

// held counts the boxes of each channel in the relay's store, where no
// identifier may be twice and no position left out.
func (r *relay) held() (map[wire.Channel]int, error) {
	driver, name := "sqlite", "file:"+r.store+"?mode=ro"
	if r.database != "" {
		driver, name = "pgx", r.database
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(`SELECT c.id, count(*), count(DISTINCT b.id), count(DISTINCT b.data), min(b.pos), max(b.pos)
		FROM boxes b JOIN channels c ON c.n = b.ch GROUP BY c.n`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[wire.Channel]int)
	for rows.Next() {
		var id []byte
		var n, ids, contents, first, last int
		if err := rows.Scan(&id, &n, &ids, &contents, &first, &last); err != nil {
			return nil, err
		}
		c := wire.Channel(id)
		out[c] = n
		if ids == n && contents == n && first == 1 && last == n {
			continue
		}
		return nil, fmt.Errorf("%s: %d boxes, %d identifiers, %d contents, positions %d to %d", c, n, ids, contents, first, last)
	}
	return out, rows.Err()
}
