package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
)

// yesterday backs the relay up to an operator's key; today brings that back, as
// on another machine: the store that everybody knew is lost.
func (r *relay) yesterday() (today func()) {
	r.t.Helper()
	dir := filepath.Dir(r.store)
	key, copies := filepath.Join(dir, "operator.key"), filepath.Join(dir, "copies")
	recipient := regexp.MustCompile(`age1\S+`).FindString(r.run("backup", "keygen", key))
	r.run("backup", "-store", r.store, "-to", copies, "-recipient", recipient)
	return func() {
		r.t.Helper()
		r.kill()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(r.store + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				r.t.Fatal(err)
			}
		}
		r.run("restore", "-store", r.store, "-identity", key, copies)
		r.start()
	}
}

// writes records a note and waits until the relay has it.
func (p *person) writes(text string) {
	p.t.Helper()
	must(p.Record(p.t.Context(), note(text)))(p.t)
	p.sent()
}

// has waits until a diary shows each of some notes once; n is 0 for the own.
func (p *person) has(n uint32, texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.until("there is "+text, func() bool { return p.count(n, hasNote(text)) == 1 })
	}
}

// hears waits until a message has arrived, once.
func (p *person) hears(n uint32, text string) {
	p.t.Helper()
	p.until("there is "+text, func() bool {
		return p.count(n, func(it *diary.Item) bool { m, ok := it.Entry.(*diary.Message); return ok && m.Text == text }) == 1
	})
}

func (p *person) centreNumber() (n uint32) {
	p.Look(func(l app.Look) { n = l.Centres()[0].N })
	return n
}

// Two centres, their patients, and a relay whose machine is lost. What the
// operator brings back is of yesterday: since then there were entries, messages
// and photos, a new patient and a new device, a device and a colleague were removed. Everything
// comes back from the devices, also what a device wrote that is gone for good;
// who was removed stays out.
func TestARelayRestoredFromYesterdayGetsEverythingAgain(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc, other := r.centre("Centre A"), r.centre("Centre B")
	colleague := doc.admitted(r, join.Colleague, "Dr. Rot")
	phone, n := doc.patient(r, "first")
	tablet := phone.admitted(r, join.Device, "")
	pat, m := other.patient(r, "second")
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	colleague.until("the colleague has the patient", func() bool { return colleague.patientCount() == 1 })
	phone.writes("before")
	pat.writes("second before")
	tablet.has(0, "before")
	doc.has(n, "before")
	for _, p := range []*person{doc, other, colleague, phone, tablet, pat} {
		p.settled()
	}
	doors := r.doors()
	restore := r.yesterday()

	tablet.writes("from the tablet")
	phone.writes("from the phone")
	phone.has(0, "from the tablet")
	doc.has(n, "from the tablet", "from the phone")
	check(t, doc.Say(t.Context(), n, "from the doctor", diary.ID{}))
	check(t, other.Say(t.Context(), m, "from the other", diary.ID{}))
	phone.hears(0, "from the doctor")
	pat.hears(0, "from the other")
	pat.writes("second after")
	_, _, photo := phone.photographs(1)
	phone.sentAll()
	doc.shows(n, photo)
	// The tablet is gone, and does not hear that it is removed.
	phone.until("the phone vouches for the tablet", func() bool { return phone.status().Waiting == 0 })
	lost := tablet.this()
	tablet.Lock()
	check(t, phone.RemoveDevice(t.Context(), lost))
	phone.settled()
	laptop := phone.admitted(r, join.Device, "")
	laptop.has(0, "before", "from the tablet", "from the phone")
	laptop.writes("from the laptop")
	// The colleague neither.
	colleague.settled()
	who := doc.colleague("Dr. Rot")
	colleague.Lock()
	check(t, doc.RemoveColleague(t.Context(), who))
	doc.settled()
	third, k := doc.patient(r, "third")
	third.writes("third after")
	doc.has(k, "third after")
	for _, p := range []*person{doc, other, phone, laptop, pat, third} {
		p.settled()
	}

	restore()
	// Who was removed is back, with keys that the relay takes again until somebody
	// leads it forward.
	for _, p := range []*person{tablet, colleague} {
		p.Client = app.New(p.env)
		check(t, p.Unlock(t.Context(), pass))
	}
	if _, err := tablet.Record(t.Context(), note("from nobody")); err != nil && !errors.Is(err, link.ErrRemoved) {
		t.Fatal(err) // it may have been told already
	}
	everybody := []*person{doc, other, phone, laptop, pat, third}
	for _, p := range everybody {
		p.Wake()
	}
	for _, p := range everybody {
		p.settled()
	}
	phone.writes("today")
	for _, p := range []*person{phone, laptop} {
		p.has(0, "before", "from the tablet", "from the phone", "from the laptop", "today")
		p.hears(0, "from the doctor")
		if p.count(0, hasNote("from nobody")) != 0 {
			t.Error("a removed device writes again")
		}
	}
	doc.has(n, "before", "from the tablet", "from the phone", "from the laptop", "today")
	doc.has(k, "third after")
	doc.shows(n, photo)
	pat.has(0, "second before", "second after")
	pat.hears(0, "from the other")
	other.has(m, "second before", "second after")
	third.has(0, "third after")
	for _, p := range []*person{tablet, colleague} {
		p.until("who was removed is told so", func() bool { return p.gone() })
	}
	if tablet.count(0, hasNote("today")) != 0 {
		t.Error("a removed device reads what came after")
	}
	if !phone.status().Alarm || !doc.status().Alarm {
		t.Error("nobody was told that the relay went back")
	}
	// Nobody needs the devices of yesterday: who joins now reads it all from the relay.
	for _, p := range []*person{laptop, doc, other, pat, third} {
		p.Lock()
	}
	late := phone.admitted(r, join.Device, "")
	late.has(0, "before", "from the tablet", "from the phone", "from the laptop", "today")
	late.hears(0, "from the doctor")
	late.shows(0, photo)
	check(t, r.sound())
	must(r.held())(t)
	now := r.doors()
	for id, access := range doors {
		if string(now[id]) == string(access) && shared(phone, id) {
			t.Error("a channel of the patient has the key of yesterday")
		}
	}
}

// shared reports that a channel is one that a device reads.
func shared(p *person, id string) (ok bool) {
	p.Look(func(l app.Look) {
		for ch := range l.Boxes() {
			ok = ok || string(ch[:]) == id
		}
	})
	return ok
}
