package e2e

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
)

// again calls until the call succeeds, as a person does who presses the button
// once more.
func (p *person) again(what string, call func() error) {
	p.t.Helper()
	var err error
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		p.Wake()
		if err = call(); err == nil {
			return
		}
	}
	p.t.Fatalf("%s: %v", what, err)
}

// A patient, a device and a colleague join while the relay is killed again and
// again, and the browsers of both sides are closed in between.
func TestJoiningSurvivesAKilledRelay(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := startRelay(t)
	doc := r.centre("Centre A")

	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		rng := rand.New(rand.NewPCG(seed, 0))
		var starting time.Duration // one that starts slowly also serves slowly
		for {
			select {
			case <-stop:
				return
			case <-time.After(starting + 3*lag + time.Duration(100+rng.IntN(600))*time.Millisecond):
			}
			r.kill()
			time.Sleep(time.Duration(rng.IntN(200)) * time.Millisecond)
			began := time.Now()
			r.start()
			starting = time.Since(began)
		}
	})
	calm := sync.OnceFunc(func() { close(stop); killer.Wait() })
	t.Cleanup(calm)

	invited := func(host *person, kind join.Kind) (id [16]byte, inv app.InviteInfo) {
		host.again("inviting", func() (err error) {
			if kind == join.Colleague {
				id, err = host.InviteColleague(t.Context(), keyring.Nurse, "")
			} else {
				id, err = host.Invite(t.Context(), kind, "")
			}
			return err
		})
		host.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		return id, inv
	}
	checked := func(host *person, id [16]byte) (code string) {
		host.until("the host sees the check code", func() bool {
			host.Wake()
			host.Look(func(l app.Look) { inv, _ := l.Invite(id); code = inv.Check })
			return code != ""
		})
		return code
	}

	// A patient.
	id, inv := invited(doc, join.Patient)
	pat := newPerson(t, r)
	var preview *app.Preview
	pat.again("reading the invitation", func() (err error) {
		preview, err = pat.Preview(t.Context(), must(join.ParseCode(inv.Code))(t))
		return err
	})
	check(t, pat.JoinCentre(t.Context(), preview, agreed(preview)))
	pat.reopen()
	state := func() (c app.CentreInfo) {
		pat.Look(func(l app.Look) { c = l.Centres()[0] })
		return c
	}
	pat.until("the patient sees the check code", func() bool { pat.Wake(); return state().Check != "" })
	doc.reopen()
	if code := checked(doc, id); code != state().Check {
		t.Fatalf("the check codes differ: %s and %s", code, state().Check)
	}
	check(t, doc.Confirm(t.Context(), id))
	doc.reopen()
	pat.until("the patient is connected", func() bool { pat.Wake(); return state().State == app.CentreConnected })

	// A device and a colleague. Only the side that was there before is closed:
	// the other has shown its code and waits.
	guests := make(map[join.Kind]*person)
	for _, kind := range []join.Kind{join.Device, join.Colleague} {
		host, name := pat, ""
		if kind == join.Colleague {
			host, name = doc, "Dr. Grün"
		}
		id, inv := invited(host, kind)
		guest := newPerson(t, r)
		guests[kind] = guest
		guest.again("reading the invitation", func() (err error) {
			preview, err = guest.Preview(t.Context(), must(join.ParseCode(inv.Code))(t))
			return err
		})
		var theirs string
		guest.again("asking", func() (err error) {
			theirs, err = guest.Ask(within(t, 90*time.Second), preview, name)
			return err
		})
		host.reopen()
		if code := checked(host, id); code != theirs {
			t.Fatalf("the check codes differ: %s and %s", code, theirs)
		}
		check(t, host.Confirm(t.Context(), id))
		host.reopen()
		guest.again("waiting to be let in", func() error { return guest.Await(within(t, 90*time.Second)) })
		guest.reopen()
	}
	calm()

	tablet, second := guests[join.Device], guests[join.Colleague]
	// Everybody has learnt to be patient with this relay, but the network is
	// said to be back.
	back := func() {
		for _, p := range []*person{doc, pat, tablet, second} {
			p.Wake()
		}
	}
	must(pat.Record(t.Context(), note("from the phone")))(t)
	tablet.until("the tablet has found the centre", func() bool { back(); return tablet.centreCount() == 1 })
	must(tablet.Record(t.Context(), note("from the tablet")))(t)
	second.until("the colleague has the patient", func() bool { back(); return second.patientCount() == 1 })
	var n, m uint32
	doc.Look(func(l app.Look) { n = l.Patients()[0].N })
	second.Look(func(l app.Look) { m = l.Patients()[0].N })
	check(t, second.Say(t.Context(), m, "Grüße", diary.ID{}))
	for who, p := range map[*person]uint32{doc: n, second: m, pat: 0, tablet: 0} {
		for _, text := range []string{"from the phone", "from the tablet"} {
			who.until("everybody has what was written "+text, func() bool { back(); return who.sees(p, diary.ID{}, hasNote(text)) })
		}
		who.until("everybody hears from the colleague", func() bool {
			back()
			return who.sees(p, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil })
		})
		who.until("everything is sent", func() bool {
			back()
			st := who.status()
			return st.Waiting == 0 && st.Missing == 0 && !st.Alarm
		})
	}
	check(t, r.sound())
}
