package e2e

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A ring is how often the keys of a space were made.
type ring struct {
	epoch   uint32
	account uint32 // newest generation of an account in it
	team    uint32 // of the centre; 0 where there is none
}

// rings reads from a person's disk, while the app is closed, what there is of each
// kind of space.
func (p *person) rings() map[keyring.SpaceKind]ring {
	p.t.Helper()
	v := must(vault.Open(p.t.Context(), vault.Host{Disk: p.disk, Binder: p.env.Binder, KDF: p.env.KDF}, pass))(p.t)
	defer v.Lock()
	out := make(map[keyring.SpaceKind]ring)
	book := link.NewBook() // what a patient's space cites at a centre stands in the team's
	for _, rec := range must(v.Scan(p.t.Context(), "s/"))(p.t) {
		prefix, isMeta := strings.CutSuffix(rec.Key, "/m")
		if !isMeta {
			continue
		}
		r := must(link.Load(p.t.Context(), link.Config{
			Keeper: v, Prefix: prefix + "/", Book: book, Device: seal.DeviceFromSeed(seal.NewSecret()), Now: p.env.Now,
			OpenEpoch: func(*keyring.Space, uint32) (seal.Secret, error) {
				return seal.Secret{}, errors.New("not this device's")
			},
			OpenVoid: func(*keyring.Space, uint32) []seal.Secret { return nil },
		}))(p.t)
		sp := r.Space()
		book.Lock()
		g := ring{epoch: sp.Epoch()}
		accounts := sp.Accounts()
		for _, m := range sp.Members() {
			if m.Ref.Type != keyring.ToTeam {
				continue
			}
			if team, ok := book.Team(keyring.TeamID(m.Ref.ID)); ok {
				g.team = team.Generation()
				if sp.Kind() == keyring.TeamSpace {
					for _, c := range team.Members() {
						accounts = append(accounts, c.Account)
					}
				}
			}
		}
		for _, id := range accounts {
			if a, ok := book.Account(id); ok {
				g.account = max(g.account, a.Generation())
			}
		}
		book.Unlock()
		out[sp.Kind()] = g
	}
	return out
}

// days lets time pass with the apps closed. Then everybody opens the app at once,
// a few times within minutes: one renewal by the calendar at a time. It returns
// what each has in the end.
func days(n int, people ...*person) (out []map[keyring.SpaceKind]ring) {
	for minute := range 3 {
		for _, p := range people {
			p.Lock()
		}
		for _, p := range people {
			p.move(time.Duration(n)*24*time.Hour + time.Duration(minute)*time.Minute)
			p.reopen()
		}
		for _, p := range people {
			p.settled()
		}
	}
	for _, p := range people {
		p.Lock()
		out = append(out, p.rings())
		p.reopen()
		p.settled()
	}
	return out
}

func said(text string) func(*diary.Item) bool {
	return func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == text }
}

// fine checks that nobody raises an alarm, or was shut out.
func fine(t *testing.T, when string, people ...*person) {
	t.Helper()
	for _, p := range people {
		p.settled()
		if st := p.status(); st.Alarm || st.Overdue || st.Removed || st.Forked || st.Missing > 0 || st.Refusal != 0 {
			t.Errorf("%s: %+v", when, st)
		}
	}
}

// Keys that nobody asks to renew are renewed all the same: epochs every 30 days,
// the centre's key every 180 and an account's every 365, once, though both devices
// of the patient are opened at the same moment. Nothing is before it is due, and
// all that was written stays readable.
func TestKeysAreRenewedByTheCalendar(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "")
	tablet := phone.admitted(r, join.Device, "")
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })

	// Both ways, from and to every device, with all that was said before.
	var history []string
	talk := func(when string) {
		t.Helper()
		history = append(history, when)
		must(phone.Record(t.Context(), note("phone, "+when)))(t)
		must(tablet.Record(t.Context(), note("tablet, "+when)))(t)
		check(t, doc.Say(t.Context(), n, "doctor, "+when, diary.ID{}))
		for _, p := range []*person{doc, phone, tablet} {
			at := uint32(0)
			if p == doc {
				at = n
			}
			for _, when := range history {
				p.until("all is read, also of "+when, func() bool {
					return p.sees(at, diary.ID{}, said("doctor, "+when)) && p.sees(at, diary.ID{}, hasNote("phone, "+when)) && p.sees(at, diary.ID{}, hasNote("tablet, "+when))
				})
			}
		}
		fine(t, when, doc, phone, tablet)
	}
	pass := func(n int) []map[keyring.SpaceKind]ring {
		t.Helper()
		got := days(n, doc, phone, tablet)
		if !maps.Equal(got[1], got[2]) || got[0][keyring.Centre] != got[1][keyring.Centre] {
			t.Errorf("day %d: the devices differ: %+v", n, got)
		}
		talk("day " + strconv.Itoa(n))
		return got
	}
	talk("the first day")
	doors := r.doors()

	for _, step := range []struct {
		day                int
		home, centre, team ring
	}{
		{19, ring{1, 1, 0}, ring{1, 1, 1}, ring{1, 1, 1}},
		{30, ring{2, 1, 0}, ring{2, 1, 1}, ring{2, 1, 1}},
		{169, ring{3, 1, 0}, ring{3, 1, 1}, ring{3, 1, 1}},
		{180, ring{3, 1, 0}, ring{4, 1, 2}, ring{4, 1, 2}}, // a centre's new key brings new epochs
		{349, ring{4, 1, 0}, ring{5, 1, 2}, ring{5, 1, 2}},
	} {
		got := pass(step.day)
		if got[0][keyring.TeamSpace] != step.team || got[1][keyring.Home] != step.home || got[1][keyring.Centre] != step.centre {
			t.Errorf("day %d: %+v, want %+v", step.day, got, step)
		}
		now := r.doors()
		changed := 0
		for id, access := range doors {
			if !bytes.Equal(access, now[id]) {
				changed++
			}
		}
		// The team's, home and the centre's, with a media channel for each of these two.
		if want := 5; step.day == 19 && changed != 0 || step.day >= 30 && changed != want {
			t.Errorf("day %d: %d of %d channels have new access keys", step.day, changed, len(doors))
		}
	}

	year := pass(365)
	home, centre, team := year[1][keyring.Home], year[1][keyring.Centre], year[0][keyring.TeamSpace]
	// After the jump phone and tablet are due at the same time. If both renew a key of
	// an account, a third takes the place of the two, and brings another epoch.
	once := func(r ring) bool { return r.account == 2 || r.account == 3 }
	if !once(home) || !once(centre) || team.account != 2 || team.team != 3 || home.epoch < 5 || home.account == 2 && home.epoch != 5 || centre.epoch < 6 || team.epoch < 6 {
		t.Errorf("after a year: %+v", year)
	}
	if next := pass(366); !maps.Equal(next[0], year[0]) || !maps.Equal(next[1], year[1]) {
		t.Errorf("a day later: %+v, before %+v", next, year)
	}
}

// Whoever has no connection when keys are due, or is away for weeks, renews them
// on coming back.
func TestTheCalendarWaitsForWhoIsAway(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	must(pat.Record(t.Context(), note("before")))(t)
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("before")) })
	fine(t, "the first day", doc, pat)
	before := pat.epochs()

	// No connection on the day.
	r.kill()
	for _, p := range []*person{doc, pat} {
		p.Lock()
		p.move(31 * 24 * time.Hour)
		p.reopen()
	}
	must(pat.Record(t.Context(), note("without a connection")))(t)
	if !slices.EqualFunc(pat.epochs(), before, time.Time.Equal) {
		t.Error("keys were renewed without the relay")
	}
	r.start()
	for _, p := range []*person{doc, pat} {
		p.Wake()
	}
	pat.until("a key is renewed without opening the app again", func() bool {
		return !slices.EqualFunc(pat.epochs(), before, time.Time.Equal)
	})
	doc.until("what was written meanwhile comes", func() bool { return doc.sees(n, diary.ID{}, hasNote("without a connection")) })
	got := days(31, doc, pat)
	if want := (ring{2, 1, 1}); got[0][keyring.TeamSpace] != want || got[0][keyring.Centre] != want || got[1][keyring.Home] != (ring{2, 1, 0}) {
		t.Errorf("after a month: %+v", got)
	}

	// The patient stays away; the centre renews what is its own and what they share.
	pat.Lock()
	if got = days(62, doc); got[0][keyring.TeamSpace].epoch != 3 || got[0][keyring.Centre].epoch != 3 {
		t.Errorf("without the patient: %+v", got)
	}
	check(t, doc.Say(t.Context(), n, "while you were away", diary.ID{}))
	doc.settled()
	if have := pat.rings(); !maps.Equal(have, map[keyring.SpaceKind]ring{keyring.Home: {2, 1, 0}, keyring.Centre: {2, 1, 1}}) {
		t.Errorf("who is away has %+v", have)
	}
	if got = days(75, doc, pat); got[1][keyring.Home].epoch != 3 || got[1][keyring.Centre] != (ring{3, 1, 1}) || got[0][keyring.Centre] != (ring{3, 1, 1}) {
		t.Errorf("on coming back: %+v", got)
	}
	pat.until("the message is there", func() bool { return pat.sees(0, diary.ID{}, said("while you were away")) })
	must(pat.Record(t.Context(), note("back")))(t)
	for _, text := range []string{"before", "without a connection", "back"} {
		doc.until("the doctor reads "+text, func() bool { return doc.sees(n, diary.ID{}, hasNote(text)) })
	}
	fine(t, "in the end", doc, pat)
}
