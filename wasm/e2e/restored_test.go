package e2e

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
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
	p.until("there is "+text, func() bool { return p.count(n, hasMessage(text)) == 1 })
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
	who, seen := doc.colleague("Dr. Rot"), colleague.nth(0)
	colleague.Lock()
	check(t, doc.RemoveColleague(t.Context(), who))
	doc.settled()
	third, k := doc.patient(r, "third")
	third.writes("third after")
	doc.has(k, "third after")
	sheet := third.onPaper()
	for _, p := range []*person{doc, other, phone, laptop, pat, third} {
		p.settled()
	}
	owners, tenants := r.ceded(), r.tenantKeys()
	if owners == 0 {
		t.Fatal("nothing was ceded: there is nothing to do again")
	}

	restore()
	if r.ceded() == owners || maps.Equal(r.tenantKeys(), tenants) {
		t.Fatal("the copy knows of what came after it")
	}
	// Who was removed is back, with keys that the relay takes again until somebody
	// leads it forward.
	colleague.reopen()
	if err := colleague.Say(t.Context(), seen, "from nobody", diary.ID{}); err != nil {
		t.Logf("the colleague was told already: %v", err)
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
		if p.count(0, hasMessage("from nobody")) != 0 {
			t.Error("a removed colleague writes again")
		}
	}
	doc.has(n, "before", "from the tablet", "from the phone", "from the laptop", "today")
	doc.has(k, "third after")
	doc.shows(n, photo)
	pat.has(0, "second before", "second after")
	pat.hears(0, "from the other")
	other.has(m, "second before", "second after")
	third.has(0, "third after")
	colleague.until("the removed colleague is told so", func() bool { return colleague.gone() })
	doc.until("channels and tickets have the keys of today", func() bool {
		return r.ceded() >= owners && maps.Equal(r.tenantKeys(), tenants)
	})
	if colleague.count(seen, hasNote("today")) != 0 {
		t.Error("a removed colleague reads what came after")
	}
	if !phone.status().Alarm || !doc.status().Alarm {
		t.Error("nobody was told that the relay went back")
	}
	// The centre's key is another since the colleague was removed, and its tickets
	// are on their way.
	var id [16]byte
	phone.again("the phone may invite", func() (err error) {
		id, err = phone.Invite(t.Context(), join.Device, "")
		return err
	})
	// Nobody needs the devices of yesterday: who joins now reads it all from the relay.
	for _, p := range []*person{laptop, doc, other, pat} {
		p.Lock()
	}
	late := phone.lets(r, id, "")
	late.has(0, "before", "from the tablet", "from the phone", "from the laptop", "today")
	late.hears(0, "from the doctor")
	late.shows(0, photo)
	// So does who lost everything but the sheet that was put on paper since, once
	// the device that remembers it has filled its locker again.
	var found *person
	third.again("the sheet leads back", func() (err error) {
		fresh := newPerson(t, r)
		if err = fresh.Restore(within(t, 20*time.Second), sheet); err == nil {
			found = fresh
		}
		return err
	})
	found.has(0, "third after")
	// The tablet turns up after all.
	tablet.reopen()
	tablet.until("the removed tablet is told so", func() bool { return tablet.gone() })
	if tablet.count(0, hasNote("today")) != 0 {
		t.Error("a removed device reads what came after")
	}
	check(t, r.sound())
	must(r.held())(t)
	now := r.doors()
	for id, access := range doors {
		if string(now[id]) == string(access) && shared(phone, id) {
			t.Error("a channel of the patient has the key of yesterday")
		}
	}
}

// What is brought back is of before a centre redeemed its code. It reads what to
// do, types the code once more, and everything comes back.
func TestACentreThatTheCopyDoesNotKnowRegistersAgain(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	code := r.tenant("Centre A")
	restore := r.yesterday()
	x := opened(t, r)
	x.founds("Centre A", code)
	doc := &person{Client: x.client, t: t, change: make(chan struct{}, 1)}
	phone, n := doc.patient(r, "")
	phone.writes("before")
	doc.has(n, "before")
	for _, p := range []*person{doc, phone} {
		p.settled()
	}

	restore()
	phone.Lock()
	doc.Wake()
	x.shows(lang.English.T(lang.AlarmUnknownTitle))
	x.press(view.ActCodeForm)
	x.shows(`data-key="code"`)
	x.press(view.ActCodeSave, view.FieldCentreCode, wire.FormatCode(r.tenant("Centre B"))[:10])
	x.shows(lang.English.T(lang.ProblemCode))
	x.press(view.ActCodeSave, view.FieldCentreCode, wire.FormatCode(wire.Code{1, 2, 3}))
	x.shows(lang.English.T(lang.ProblemCentreCode))
	x.press(view.ActCodeSave, view.FieldCentreCode, wire.FormatCode(code))
	x.shows(lang.English.T(lang.NoticeCodeTaken))
	doc.settled()
	phone.reopen()
	phone.Wake()
	phone.writes("after")
	doc.has(n, "before", "after")
	if strings.Contains(x.page(), lang.English.T(lang.AlarmUnknownTitle)) {
		t.Error("the centre is still said to be unknown")
	}
	other, m := doc.patient(r, "")
	other.writes("new")
	doc.has(m, "new")
	check(t, r.sound())
}

// tenantKeys are the keys by which the relay knows its centres.
func (r *relay) tenantKeys() map[string]string {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	rows := must(db.Query("SELECT id, key FROM tenants"))(r.t)
	defer rows.Close()
	out := make(map[string]string)
	for rows.Next() {
		var id, key []byte
		check(r.t, rows.Scan(&id, &key))
		out[string(id)] = string(key)
	}
	check(r.t, rows.Err())
	return out
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
