package e2e

import (
	"bytes"
	"database/sql"
	"maps"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
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
func (p *person) epochs() map[uint32]time.Time {
	out := make(map[uint32]time.Time)
	p.Look(func(l app.Look) {
		for _, k := range l.KeyTimes() {
			out[k.N] = k.At
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
// with: all ciphertext is there for whoever has them.
func (r *relay) collude(doors map[string][]byte) {
	r.t.Helper()
	r.kill()
	db := must(sql.Open("sqlite", "file:"+r.store))(r.t)
	for id, access := range doors {
		must(db.Exec("UPDATE channels SET access = ? WHERE id = ?", access, []byte(id)))(r.t)
	}
	check(r.t, db.Close())
	r.start()
}

func (p *person) removal() (rem app.Removal, ok bool) {
	p.Look(func(l app.Look) { rem, ok = l.Removal() })
	return rem, ok
}

// A phone is lost. What is written afterwards stays closed to it: at home, at
// the centre, at the relay, and with all that the relay has.
func TestARemovedDeviceReadsNothingLater(t *testing.T) {
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
	if spaces != 4 { // home and centre, with a media channel each
		t.Errorf("%d channels have new access keys", spaces)
	}

	// The phone comes back, writes, and learns that it is out.
	check(t, phone.Unlock(t.Context(), pass))
	must(phone.Record(t.Context(), note("never sent")))(t)
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
	r.collude(doors)
	phone.Lock()
	stolen := phone.disk
	_ = stolen
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
	r.collude(now)

	// A new device comes in after that: by the fresh paper device.
	watch := tablet.admitted(r, join.Device, "")
	watch.until("the new device has found the centre", func() bool { return watch.centreCount() == 1 })
	must(watch.Record(t.Context(), note("from the watch")))(t)
	doc.until("and is believed at the centre", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the watch")) })
	watch.until("it reads old history", func() bool { return watch.sees(0, diary.ID{}, hasNote("before")) })
	if got := maps.Collect(maps.All(tablet.epochs())); len(got) != 2 {
		t.Errorf("%d spaces", len(got))
	}
}
