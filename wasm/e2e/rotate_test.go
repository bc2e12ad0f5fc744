package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// this is the identifier of the device that a person holds.
func (p *person) this() (id seal.DeviceID) {
	p.Look(func(l app.Look) {
		for _, d := range l.Devices() {
			if d.This {
				id = d.ID
			}
		}
	})
	return id
}

func (p *person) colleague(name string) (id keyring.AccountID) {
	p.Look(func(l app.Look) {
		for _, m := range l.Colleagues() {
			if m.Name == name {
				id = m.Account
			}
		}
	})
	return id
}

// settled waits until nothing is left to renew and all is sent.
func (p *person) settled() {
	p.t.Helper()
	p.until("all keys are renewed", func() bool {
		busy := true
		p.Look(func(l app.Look) { _, busy = l.Renewal() })
		st := p.status()
		return !busy && st.Waiting == 0 && st.Unsent == 0 && st.Online && !st.Trying
	})
}

// epochs are when the keys of the spaces were made.
func (p *person) epochs() (out []time.Time) {
	p.Look(func(l app.Look) {
		for _, k := range l.KeyTimes() {
			out = append(out, k.At)
		}
	})
	return out
}

// doors are the access keys of the relay's channels, but for rendezvous and sheets.
func (r *relay) doors() map[string][]byte {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	rows := must(db.Query("SELECT id, access FROM channels"))(r.t)
	defer rows.Close()
	out := make(map[string][]byte)
	for rows.Next() {
		var id, access []byte
		check(r.t, rows.Scan(&id, &access))
		out[string(id)] = access
	}
	check(r.t, rows.Err())
	return out
}

// collude puts old access keys back, as a relay could for one it is in league
// with: all ciphertext is there for whoever has them. The notes that were left
// for these keys go, so that it is as if nobody had replaced them. What it
// returns makes the relay honest again: keys and notes as they were.
func (r *relay) collude(doors map[string][]byte) (repent func()) {
	r.t.Helper()
	type note struct{ ch, old, note any }
	set := func(doors map[string][]byte, notes []note) (was map[string][]byte, gone []note) {
		r.t.Helper()
		r.kill()
		was = r.doors()
		db := must(sql.Open("sqlite", "file:"+r.store))(r.t)
		for id, access := range doors {
			rows := must(db.Query("DELETE FROM notes WHERE old = ? AND ch = (SELECT n FROM channels WHERE id = ?) RETURNING ch, old, note", access, []byte(id)))(r.t)
			for rows.Next() {
				var n note
				check(r.t, rows.Scan(&n.ch, &n.old, &n.note))
				gone = append(gone, n)
			}
			check(r.t, rows.Err())
			must(db.Exec("UPDATE channels SET access = ? WHERE id = ?", access, []byte(id)))(r.t)
		}
		for _, n := range notes {
			must(db.Exec("INSERT OR REPLACE INTO notes (ch, old, note) VALUES (?, ?, ?)", n.ch, n.old, n.note))(r.t)
		}
		must(db.Exec("UPDATE channels SET noted = coalesce((SELECT sum(length(note)) FROM notes WHERE ch = channels.n), 0)"))(r.t)
		check(r.t, db.Close())
		r.start()
		return was, gone
	}
	was, gone := set(doors, nil)
	return func() { set(was, gone) }
}

// ceded counts the channels that somebody else owns than their founding key.
func (r *relay) ceded() (n int) {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	check(r.t, db.QueryRow("SELECT count(*) FROM channels WHERE owner IS NOT NULL").Scan(&n))
	return n
}

// tenantKey is the key by which the relay knows its only centre.
func (r *relay) tenantKey() (key []byte) {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	check(r.t, db.QueryRow("SELECT key FROM tenants").Scan(&key))
	return key
}

func (p *person) removal() (rem app.Removal, ok bool) {
	p.Look(func(l app.Look) { rem, ok = l.Removal() })
	return rem, ok
}

// A phone is lost. What is written afterwards stays closed to it: at home, at
// the centre, at the relay, and with all that the relay has.
func TestARemovedDeviceReadsNothingLater(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	tablet, n := doc.patient(r, "")
	phone := tablet.admitted(r, join.Device, "")
	phone.until("the phone has found the centre", func() bool { return phone.centreCount() == 1 })
	laptop := tablet.admitted(r, join.Device, "")
	laptop.until("the laptop has found the centre", func() bool { return laptop.centreCount() == 1 })
	must(phone.Record(t.Context(), note("before")))(t)
	tablet.photographs(1)
	for _, p := range []*person{tablet, laptop} {
		p.until("the entry is there", func() bool { return p.sees(0, diary.ID{}, hasNote("before")) })
		p.sentAll()
	}
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("before")) })
	for _, p := range []*person{phone, doc} {
		p.settled()
	}
	lost := phone.this()
	doors := r.doors()
	phone.Lock()

	before := tablet.epochs()
	check(t, tablet.RemoveDevice(t.Context(), lost))
	must(tablet.Record(t.Context(), note("after")))(t)
	tablet.settled()
	for n, at := range tablet.epochs() {
		if !at.After(before[n]) {
			t.Errorf("space %d still has its old key", n)
		}
	}
	_, _, content := tablet.photographs(2)
	tablet.settled()
	doc.until("the doctor sees what came after", func() bool { return doc.sees(n, diary.ID{}, hasNote("after")) })
	doc.shows(n, content)
	laptop.until("the laptop too", func() bool { return laptop.sees(0, diary.ID{}, hasNote("after")) })
	must(laptop.Record(t.Context(), note("from the laptop")))(t)
	laptop.settled()
	doc.until("and is believed", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the laptop")) })
	spaces := 0
	now := r.doors()
	for id, access := range doors {
		if !bytes.Equal(access, now[id]) {
			spaces++
		}
	}
	if spaces < 4 { // home and centre, with a media channel each
		t.Errorf("%d channels have new access keys", spaces)
	}
	tablet.until("the founding keys, which the phone knows, own nothing any more", func() bool { return r.ceded() == 4 })

	// The phone comes back, writes without a network, and learns that it is out.
	r.kill()
	check(t, phone.Unlock(t.Context(), pass))
	must(phone.Record(t.Context(), note("never sent")))(t)
	r.start()
	phone.until("the phone knows", func() bool { _, out := phone.removal(); return out && phone.status().Removed })
	rem, _ := phone.removal()
	if rem.At.IsZero() || rem.Unsent != 1 {
		t.Errorf("%+v", rem)
	}
	phone.reopen()
	if !phone.sees(0, diary.ID{}, hasNote("never sent")) || phone.sees(0, diary.ID{}, hasNote("after")) {
		t.Error("the phone lost its own entry, or has a later one")
	}
	if _, err := phone.Record(t.Context(), note("x")); err == nil {
		t.Error("a removed device goes on recording")
	}

	// In league with the relay it is let in again, and reads nothing later.
	repent := r.collude(doors)
	phone.Lock()
	check(t, phone.Unlock(t.Context(), pass))
	time.Sleep(2 * time.Second)
	if phone.sees(0, diary.ID{}, hasNote("after")) || phone.sees(0, diary.ID{}, hasNote("from the laptop")) {
		t.Error("with the relay's help the phone reads on")
	}
	for _, p := range []*person{tablet, laptop, doc} {
		if p.sees(0, diary.ID{}, hasNote("never sent")) || p.status().Removed {
			t.Error("others took in what the phone wrote, or are out themselves")
		}
	}
	repent()

	// A new device comes in after that: by the fresh paper device.
	watch := tablet.admitted(r, join.Device, "")
	watch.until("the new device has found the centre", func() bool { return watch.centreCount() == 1 })
	must(watch.Record(t.Context(), note("from the watch")))(t)
	doc.until("and is believed at the centre", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the watch")) })
	watch.until("it reads old history", func() bool { return watch.sees(0, diary.ID{}, hasNote("before")) })
}

// A colleague leaves. The others' browsers renew the keys of the centre and of
// all patients, and the relay takes the centre's new key for tickets.
func TestARemovedColleagueIsShutOutEverywhere(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	lead := r.centre("Centre A")
	other := lead.admitted(r, join.Colleague, "Dr. Grün")
	leaves := lead.admitted(r, join.Colleague, "Dr. Rot")
	pats, ns := make([]*person, 3), make([]uint32, 3)
	for i := range pats {
		pats[i], ns[i] = lead.patient(r, "")
		must(pats[i].Record(t.Context(), note("before")))(t)
	}
	_, _, content := pats[0].photographs(3)
	for _, p := range []*person{other, leaves} {
		p.until("all patients are there", func() bool { return p.patientCount() == 3 })
	}
	for _, p := range append(pats, lead, other, leaves) {
		p.settled()
	}
	other.shows(other.nth(0), content)
	open := must(lead.Invite(t.Context(), join.Patient, "not yet come"))(t)
	lead.sent()
	doors, key := r.doors(), r.tenantKey()
	leaves.Lock()
	if err := lead.RemoveColleague(t.Context(), lead.colleague("Dr. Rot")); err != nil {
		t.Fatal(err)
	}
	other.until("the other knows", func() bool { return other.colleague("Dr. Rot") == keyring.AccountID{} })
	lead.Lock() // the rest is for the other to do
	other.settled()
	for i, p := range pats {
		must(p.Record(t.Context(), note("after")))(t)
		other.until("the other reads on", func() bool { return other.sees(other.nth(i), diary.ID{}, hasNote("after")) })
	}
	changed := 0
	now := r.doors()
	for id, access := range doors {
		if !bytes.Equal(access, now[id]) {
			changed++
		}
	}
	if changed < 5 { // the team, three patients, and where one of them has photos
		t.Errorf("%d channels have new access keys", changed)
	}
	other.until("the relay has the centre's new key", func() bool { return !bytes.Equal(key, r.tenantKey()) })

	// Both the one who is left and new patients get on.
	check(t, lead.Unlock(t.Context(), pass))
	lead.settled()
	lead.Look(func(l app.Look) {
		if i, _ := l.Invite(open); i.State != app.InviteRevoked {
			t.Errorf("an invitation that the colleague knows is in state %d", i.State)
		}
	})
	late, n := lead.patient(r, "late")
	must(late.Record(t.Context(), note("late")))(t)
	lead.until("a patient joins afterwards", func() bool { return lead.sees(n, diary.ID{}, hasNote("late")) })
	pats[1].photographs(4) // a channel is made with a ticket of the new key
	pats[1].sentAll()

	// The colleague finds the door shut, at the relay and in its books.
	check(t, leaves.Unlock(t.Context(), pass))
	leaves.until("the colleague knows", func() bool { rem, out := leaves.removal(); return out && !rem.At.IsZero() })
	r.collude(doors)
	leaves.Lock()
	check(t, leaves.Unlock(t.Context(), pass))
	time.Sleep(2 * time.Second)
	for i := range pats {
		if leaves.patientCount() > i && leaves.sees(leaves.nth(i), diary.ID{}, hasNote("after")) {
			t.Error("with the relay's help the colleague reads on")
		}
	}
}

// nth is what a doctor's device calls the patient who came as the i-th.
func (p *person) nth(i int) (n uint32) {
	p.Look(func(l app.Look) { n = l.Patients()[i].N })
	return n
}

// A doctor loses a device. The account, the team and all spaces follow.
func TestADoctorsLostDeviceIsShutOut(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	second := doc.admitted(r, join.Device, "")
	pat, n := doc.patient(r, "")
	second.until("the second device has the patient", func() bool { return second.patientCount() == 1 })
	for _, p := range []*person{doc, second, pat} {
		p.settled()
	}
	doors := r.doors()
	lost := second.this()
	check(t, doc.RemoveDevice(t.Context(), lost))
	doc.settled()
	must(pat.Record(t.Context(), note("after")))(t)
	doc.until("the doctor reads on", func() bool { return doc.sees(n, diary.ID{}, hasNote("after")) })
	check(t, doc.Say(t.Context(), n, "Grüße", diary.ID{}))
	pat.until("and is believed", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == "Grüße" })
	})
	second.until("the device knows", func() bool { _, out := second.removal(); return out })
	now := r.doors()
	changed := 0
	for id, access := range doors {
		if !bytes.Equal(access, now[id]) {
			changed++
		}
	}
	if changed < 2 { // the team and the patient, and perhaps photos
		t.Errorf("%d channels have new access keys", changed)
	}
	if second.sees(second.nth(0), diary.ID{}, hasNote("after")) {
		t.Error("the lost device reads on")
	}
}

// Two devices remove each other at the same moment, neither having heard of the
// other. Whoever is through with it at the relay first has shut the other out, and
// has its power over the channels: rank decides only while both are in. Everybody
// else follows the one, without an alarm, and the other reads nothing later.
func TestTwoDevicesThatRemoveEachOther(t *testing.T) {
	for _, name := range []string{"the first device", "the second device"} {
		t.Run(name+" meets the relay first", func(t *testing.T) {
			t.Parallel()
			r := startRelay(t)
			doc := r.centre("Centre A")
			old, n := doc.patient(r, "")
			young := old.admitted(r, join.Device, "")
			young.until("it has found the centre", func() bool { return young.centreCount() == 1 })
			witness := old.admitted(r, join.Device, "")
			witness.until("it has found the centre", func() bool { return witness.centreCount() == 1 })
			all := []*person{doc, old, young, witness}
			for _, p := range all {
				p.settled()
			}
			a, b := old.this(), young.this()
			for _, p := range all {
				p.Lock()
			}
			r.kill()
			check(t, old.Unlock(t.Context(), pass))
			check(t, young.Unlock(t.Context(), pass))
			check(t, old.RemoveDevice(t.Context(), b))
			check(t, young.RemoveDevice(t.Context(), a))
			stays, goes := old, young
			if name == "the second device" {
				stays, goes = young, old
			}
			must(goes.Record(t.Context(), note("from outside")))(t)
			goes.Lock()
			r.start()
			stays.Wake()
			stays.settled()
			check(t, witness.Unlock(t.Context(), pass))
			check(t, goes.Unlock(t.Context(), pass))
			check(t, doc.Unlock(t.Context(), pass))
			goes.until("the other is out, and says so", func() bool {
				st := goes.status()
				return st.Removed || st.Refusal == wire.Rotated
			})
			must(stays.Record(t.Context(), note("after")))(t)
			for name, p := range map[string]*person{"a third device": witness, "the doctor": doc} {
				at := uint32(0)
				if p == doc {
					at = n
				}
				p.until(name+" reads on", func() bool { return p.sees(at, diary.ID{}, hasNote("after")) })
				if p.status().Alarm || p.sees(at, diary.ID{}, hasNote("from outside")) {
					t.Errorf("%s raises an alarm, or believes the other", name)
				}
			}
			must(witness.Record(t.Context(), note("from the third")))(t)
			doc.until("the doctor believes the third", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the third")) })
			goes.reopen()
			if goes.sees(0, diary.ID{}, hasNote("after")) || !goes.sees(0, diary.ID{}, hasNote("from outside")) || goes.status().Waiting == 0 {
				t.Error("the other reads on, or lost its own entry")
			}
		})
	}
}

// A browser that is killed at any moment while it removes a device finishes when
// it is opened again.
func TestARemovalSurvivesKills(t *testing.T) {
	t.Parallel()
	kills := 30
	if testing.Short() {
		kills = 10
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	pat.settled()
	d := &device{person: pat, name: "tablet"}
	check(t, d.crash())
	for done := 0; done < kills; {
		lost := d.person.admitted(r, join.Device, "")
		lost.until("it has found the centre", func() bool { return lost.centreCount() == 1 })
		d.person.settled()
		before := d.person.epochs()
		if err := d.RemoveDevice(t.Context(), lost.this()); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			g := d.gate
			time.Sleep(time.Duration(rng.IntN(60_000)) * time.Microsecond)
			g.killed.Store(true)
			check(t, d.crash())
			done++
		}
		d.person.settled()
		for i, at := range d.person.epochs() {
			if !at.After(before[i]) {
				t.Fatalf("seed %d: space %d has its old key", seed, i)
			}
		}
		lost.until("the device is out", func() bool { _, out := lost.removal(); return out })
		text := "after " + strconv.Itoa(done)
		must(d.Record(t.Context(), note(text)))(t)
		doc.until("the doctor reads on", func() bool { return doc.sees(n, diary.ID{}, hasNote(text)) })
		if lost.sees(0, diary.ID{}, hasNote(text)) {
			t.Fatalf("seed %d: the removed device reads on", seed)
		}
	}
}

// A lead without a connection removes a colleague, and is made a doctor meanwhile:
// the removal is void and may not be made again. It is given up, and said.
func TestARemovalThatMayNotBeIsGivenUpAndSaid(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	founder := r.centre("Centre A")
	m := new(muffler)
	r.dial = m.dial
	lead := founder.employs(r, keyring.Lead, "Dr. Grün")
	r.dial = dial
	founder.employs(r, keyring.Nurse, "Schwester Lila")
	lead.until("everybody is there", func() bool { return len(lead.colleagues()) == 3 })
	for _, p := range []*person{founder, lead} {
		p.settled()
	}
	lead.Lock()
	m.away.Store(true)
	lead.reopen()
	check(t, lead.RemoveColleague(t.Context(), lead.colleague("Schwester Lila")))
	if lead.roleOf("Schwester Lila") != 0 {
		t.Fatal("the removal does not begin: this test shows nothing")
	}
	check(t, founder.SetRole(t.Context(), founder.colleague("Dr. Grün"), keyring.Doctor))
	founder.settled()
	lead.Lock()
	m.away.Store(false)
	lead.reopen()
	vain := func() (l []app.Unremoved) { lead.Look(func(k app.Look) { l = k.Unremoved() }); return l }
	lead.until("it says that it came to nothing", func() bool { return len(vain()) == 1 })
	if v := vain()[0]; !v.Colleague || v.Name != "Schwester Lila" || keyring.AccountID(v.ID) != lead.colleague("Schwester Lila") {
		t.Errorf("%+v", v)
	}
	lead.settled() // nothing is left to be done
	for _, p := range []*person{founder, lead} {
		if p.roleOf("Schwester Lila") != keyring.Nurse || p.roleOf("Dr. Grün") != keyring.Doctor {
			t.Error("the colleague is gone, or the role is not changed")
		}
	}
	lead.reopen()
	if len(vain()) != 1 {
		t.Error("it is forgotten before anybody has taken notice")
	}
	check(t, lead.UnremovedSeen(t.Context(), vain()[0].ID))
	lead.reopen()
	lead.settled()
	if len(vain()) != 0 {
		t.Error("it is said again")
	}
}

// A muffler keeps back what somebody appends to one channel, or to any.
type muffler struct {
	mu      sync.Mutex
	channel wire.Channel // zero: no single one
	kept    int
	all     atomic.Bool
	away    atomic.Bool // there is no connection
}

func (m *muffler) on(ch wire.Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.channel = ch
}

func (m *muffler) dial(ctx context.Context, url string) (link.Conn, error) {
	if m.away.Load() {
		return nil, errors.New("no network")
	}
	c, err := dial(ctx, url)
	return muffled{c, m}, err
}

type muffled struct {
	link.Conn
	m *muffler
}

func (c muffled) Send(b []byte) error {
	if f, err := wire.Parse(b); err == nil {
		c.m.mu.Lock()
		a, ok := f.(*wire.AppendBoxes)
		keep := ok && (a.Channel == c.m.channel || c.m.all.Load())
		if keep {
			c.m.kept++
		}
		c.m.mu.Unlock()
		if keep {
			return nil
		}
	}
	return c.Conn.Send(b)
}

// A new tablet is in the centre's space before home has heard that the keys there
// are its own, for the relay keeps that back. The phone, which removes a laptop,
// takes it for a stranger's there. It comes in again by itself, and says again
// what it said meanwhile without a connection.
func TestADeviceTakenOutOfACentreByMistakeComesBack(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var n uint32
	phone, line := r.watch(func() (p *person) { p, n = doc.patient(r, ""); return p })
	laptop := phone.admitted(r, join.Device, "")
	laptop.until("the laptop has found the centre", func() bool { return laptop.centreCount() == 1 })
	for _, p := range []*person{doc, phone, laptop} {
		p.settled()
	}
	line.all()
	must(phone.Record(t.Context(), note("which is home's channel")))(t)
	phone.sentAll()
	shared := phone.Identifiers(phone.firstCentre())
	var home wire.Channel
	for _, s := range line.all() {
		if !slices.Contains(shared, string(s.channel[:])) {
			home = s.channel
		}
	}
	if home == (wire.Channel{}) {
		t.Fatal("home's channel is not found: this test shows nothing")
	}

	m := new(muffler)
	r.dial = m.dial
	m.on(home)
	tablet := phone.admitted(r, join.Device, "")
	r.dial = dial
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	check(t, tablet.Say(t.Context(), tablet.firstCentre(), "before", diary.ID{}))
	doc.until("the doctor believes the tablet", func() bool { return doc.sees(n, diary.ID{}, said("before")) })
	m.mu.Lock()
	kept := m.kept
	m.mu.Unlock()
	if kept == 0 {
		t.Fatal("nothing was kept back: this test shows nothing")
	}
	tablet.Lock()
	m.away.Store(true)
	tablet.reopen()
	check(t, tablet.Say(t.Context(), tablet.firstCentre(), "meanwhile", diary.ID{}))
	must(tablet.Record(t.Context(), note("noted meanwhile")))(t)
	check(t, phone.RemoveDevice(t.Context(), laptop.this()))
	phone.settled()
	m.on(wire.Channel{})
	m.away.Store(false)
	tablet.Wake()
	for _, text := range []string{"before", "meanwhile"} {
		doc.until("the doctor reads "+text, func() bool { return doc.sees(n, diary.ID{}, said(text)) })
	}
	check(t, tablet.Say(t.Context(), tablet.firstCentre(), "after", diary.ID{}))
	doc.until("and what comes after", func() bool { return doc.sees(n, diary.ID{}, said("after")) })
	doc.until("and what was noted", func() bool { return doc.sees(n, diary.ID{}, hasNote("noted meanwhile")) })
	for _, p := range []*person{doc, phone, tablet} {
		p.settled()
		for text, want := range map[string]int{"before": 1, "meanwhile": 1, "after": 1} {
			at := uint32(0)
			if p == doc {
				at = n
			}
			p.until("each message is there once", func() bool { return p.count(at, said(text)) == want })
		}
	}
	tablet.reopen() // with nothing of the old keys left
	if tablet.centreCount() != 1 {
		t.Errorf("%d centres", tablet.centreCount())
	}
}
