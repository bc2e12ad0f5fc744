package e2e

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
)

func (p *person) colleagues() (list []app.Colleague) {
	p.Look(func(l app.Look) { list = l.Colleagues() })
	return list
}

// roleOf is the role of a colleague by name, 0 if there is none of that name.
func (p *person) roleOf(name string) keyring.Role {
	for _, k := range p.colleagues() {
		if k.Name == name {
			return k.Role
		}
	}
	return 0
}

func (p *person) visits() (list []app.Visit) {
	p.Look(func(l app.Look) { list, _ = l.Visits(keyring.AccountID{}, 0, 0) })
	return list
}

// openings are the names in the access log that a patient reads.
func (p *person) openings() (names []string) {
	p.Look(func(l app.Look) {
		for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}}) {
			names = append(names, it.Author.Name)
		}
	})
	return names
}

func (p *person) invites() (list []app.InviteInfo) {
	p.Look(func(l app.Look) { list = l.Invites() })
	return list
}

func hasMessage(text string) func(*diary.Item) bool {
	return func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == text }
}

// A lead, a nurse and somebody who only reads: each may do what their role says,
// on their own device and in the eyes of all others.
func TestRolesOfATeamHoldForEverybody(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	lead := r.centre("Centre A")
	if err := lead.Leave(t.Context()); !errors.Is(err, keyring.ErrLast) {
		t.Fatalf("the only lead leaves: %v", err)
	}
	pat, _ := lead.patient(r, "")
	must(pat.Record(t.Context(), note("before")))(t)
	nurse := lead.employs(r, keyring.Nurse, "Schwester Lila")
	reader := lead.employs(r, keyring.Reader, "Herr Grau")
	everybody := []*person{lead, nurse, reader}
	for _, p := range everybody {
		p.until("everybody knows everybody's role", func() bool {
			return p.roleOf("Dr. Blau") == keyring.Lead && p.roleOf("Schwester Lila") == keyring.Nurse && p.roleOf("Herr Grau") == keyring.Reader
		})
		p.until("the diary is there", func() bool { return p.patientCount() == 1 && p.sees(p.nth(0), diary.ID{}, hasNote("before")) })
	}

	// What they may not do is refused at once, and nothing is left to be sent.
	for what, err := range map[string]error{
		"a nurse invites a colleague":       only(nurse.InviteColleague(t.Context(), keyring.Lead, "")),
		"a nurse makes herself a lead":      nurse.SetRole(t.Context(), nurse.colleague("Herr Grau"), keyring.Lead),
		"a nurse removes the lead":          nurse.RemoveColleague(t.Context(), nurse.colleague("Dr. Blau")),
		"a reader writes":                   reader.Say(t.Context(), reader.nth(0), "from the reader", diary.ID{}),
		"a reader notes something":          reader.SetCaseNote(t.Context(), reader.nth(0), "x"),
		"a reader says how to call":         reader.SetContact(t.Context(), diary.Contact{Phone: "030 1"}),
		"a reader invites a patient":        only(reader.Invite(t.Context(), join.Patient, "")),
		"a reader invites a colleague":      only(reader.InviteColleague(t.Context(), keyring.Reader, "")),
		"a lead invites without a role":     only(lead.Invite(t.Context(), join.Colleague, "")),
		"a reader gives the nurse his role": reader.SetRole(t.Context(), reader.colleague("Schwester Lila"), keyring.Reader),
	} {
		if !errors.Is(err, app.ErrRight) {
			t.Errorf("%s: %v", what, err)
		}
	}

	// Nobody but the lead can use what she wrote down of an invitation to the team or
	// to her own account; one for a patient is for all to see.
	for _, id := range [][16]byte{
		must(lead.InviteColleague(t.Context(), keyring.Lead, ""))(t), must(lead.Invite(t.Context(), join.Device, ""))(t), must(lead.Invite(t.Context(), join.Patient, "for all"))(t),
	} {
		if lead.invitation(id).Code == "" {
			t.Error("the lead does not see her own invitation")
		}
	}
	for _, p := range []*person{nurse, reader} {
		p.until("the invitation of a patient is there", func() bool {
			found := false
			for _, i := range p.invites() {
				found = found || i.Note == "for all"
			}
			return found
		})
		for _, i := range p.invites() {
			if i.Kind != join.Patient {
				t.Errorf("another colleague has the code of an invitation of kind %v", i.Kind)
			}
		}
	}

	// Whoever opens a diary leaves a trace there, whatever their role, once an hour.
	for _, p := range everybody {
		check(t, p.Opened(t.Context(), p.nth(0)))
		check(t, p.Opened(t.Context(), p.nth(0)))
	}
	for name, p := range map[string]*person{"the lead": lead, "the reader": reader} {
		p.until(name+" reads three lines in the log", func() bool { return len(p.visits()) == 3 })
	}
	pat.until("the patient reads who it was", func() bool { return len(pat.openings()) == 3 })
	for _, name := range []string{"Dr. Blau", "Schwester Lila", "Herr Grau"} {
		found := 0
		for _, v := range lead.visits() {
			if v.Name == name && v.Patient == lead.nth(0) && v.Account == lead.colleague(name) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d lines of %s", found, name)
		}
	}

	// A nurse's word counts, and she takes in patients. A reader has further devices.
	check(t, nurse.Say(t.Context(), nurse.nth(0), "from the nurse", diary.ID{}))
	pat.until("the patient believes the nurse", func() bool { return pat.sees(0, diary.ID{}, hasMessage("from the nurse")) })
	second, _ := nurse.patient(r, "")
	must(second.Record(t.Context(), note("second")))(t)
	tablet := reader.admitted(r, join.Device, "")
	tablet.until("a reader's second device reads", func() bool {
		return tablet.patientCount() == 2 && tablet.sees(tablet.nth(0), diary.ID{}, hasNote("before"))
	})
	if got := lead.colleague("Herr Grau"); tablet.teamRole() != keyring.Reader || got != tablet.colleague("Herr Grau") {
		t.Error("the reader's second device is somebody else")
	}

	// Roles change: more at once, less with new keys of everything.
	check(t, lead.SetRole(t.Context(), lead.colleague("Herr Grau"), keyring.Doctor))
	reader.until("the reader is a doctor", func() bool { return reader.teamRole() == keyring.Doctor })
	check(t, reader.Say(t.Context(), reader.nth(0), "from the new doctor", diary.ID{}))
	pat.until("the patient believes the new doctor", func() bool { return pat.sees(0, diary.ID{}, hasMessage("from the new doctor")) })
	for _, p := range everybody {
		p.settled()
	}
	before := lead.epochs()
	check(t, lead.SetRole(t.Context(), lead.colleague("Schwester Lila"), keyring.Reader))
	lead.settled()
	for i, at := range lead.epochs() {
		if !at.After(before[i]) {
			t.Errorf("space %d has its old key", i)
		}
	}
	nurse.until("the nurse only reads", func() bool { return nurse.teamRole() == keyring.Reader })
	if err := nurse.Say(t.Context(), nurse.nth(0), "x", diary.ID{}); !errors.Is(err, app.ErrRight) {
		t.Errorf("who only reads now writes: %v", err)
	}
	must(pat.Record(t.Context(), note("after")))(t)
	nurse.until("and reads on", func() bool { return nurse.sees(nurse.nth(0), diary.ID{}, hasNote("after")) })

	// Who leaves is let go by the lead's browser.
	check(t, nurse.Leave(t.Context()))
	check(t, nurse.Leave(t.Context()))
	nurse.until("who left is out", func() bool { _, out := nurse.removal(); return out })
	lead.settled()
	must(pat.Record(t.Context(), note("after she left")))(t)
	lead.until("the lead reads on", func() bool { return lead.sees(lead.nth(0), diary.ID{}, hasNote("after she left")) })
	if nurse.sees(nurse.nth(0), diary.ID{}, hasNote("after she left")) {
		t.Error("who left reads on")
	}
	lead.Look(func(l app.Look) {
		if f := l.Former(); len(f) != 1 || f[0].Name != "Schwester Lila" || f[0].Left.IsZero() {
			t.Errorf("former colleagues: %+v", f)
		}
	})
	for _, p := range []*person{lead, reader, pat} {
		if p.status().Alarm {
			t.Error("somebody raises an alarm")
		}
	}
}

func only[T any](_ T, err error) error { return err }

func (p *person) teamRole() (r keyring.Role) {
	p.Look(func(l app.Look) { r = l.TeamRole() })
	return r
}

// A lead's browser that is killed again and again while it removes a colleague goes
// on where it was, with nobody else's help, until every patient has new keys.
func TestRemovingAColleagueSurvivesKills(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	r := startRelay(t)
	lead := &device{person: r.centre("Centre A"), name: "lead"}
	const patients = 6
	pats := make([]*person, patients)
	for i := range pats {
		pats[i], _ = lead.person.patient(r, "")
		must(pats[i].Record(t.Context(), note("before")))(t)
		pats[i].settled()
		pats[i].Lock()
	}
	leaves := lead.employs(r, keyring.Doctor, "Dr. Rot")
	leaves.until("all patients are there", func() bool { return leaves.patientCount() == patients })
	leaves.settled()
	leaves.Lock()
	check(t, lead.crash())
	lead.settled()
	before := lead.epochs()
	check(t, lead.RemoveColleague(t.Context(), lead.colleague("Dr. Rot")))
	for range 12 {
		g := lead.gate
		time.Sleep(time.Duration(rng.IntN(50_000)) * time.Microsecond)
		g.killed.Store(true)
		check(t, lead.crash())
		lead.Look(func(l app.Look) {
			if p, busy := l.Renewal(); busy && (p.Shared != patients || p.Sealed > patients) {
				t.Errorf("seed %d: %d of %d", seed, p.Sealed, p.Shared)
			}
		})
	}
	lead.settled()
	for i, at := range lead.epochs() {
		if !at.After(before[i]) {
			t.Errorf("seed %d: space %d has its old key", seed, i)
		}
	}
	check(t, leaves.Unlock(t.Context(), pass))
	leaves.until("the colleague is out", func() bool { rem, out := leaves.removal(); return out && rem.Team })
	for i, p := range pats {
		check(t, p.Unlock(t.Context(), pass))
		must(p.Record(t.Context(), note("after")))(t)
		lead.until("the lead reads on", func() bool { return lead.sees(lead.nth(i), diary.ID{}, hasNote("after")) })
		if leaves.sees(leaves.nth(i), diary.ID{}, hasNote("after")) {
			t.Errorf("seed %d: the colleague reads on", seed)
		}
	}
}

// Two leads remove each other, neither having heard of the other. One of them
// stays, and everybody agrees on who it is.
func TestTwoLeadsThatRemoveEachOther(t *testing.T) {
	r := startRelay(t)
	first := r.centre("Centre A")
	second := first.employs(r, keyring.Lead, "Dr. Grün")
	nurse := first.employs(r, keyring.Nurse, "Schwester Lila")
	pat, _ := first.patient(r, "")
	must(pat.Record(t.Context(), note("before")))(t)
	all := []*person{first, second, nurse, pat}
	for _, p := range all[:3] {
		p.until("all is there", func() bool { return p.patientCount() == 1 && len(p.colleagues()) == 3 })
	}
	for _, p := range all {
		p.settled()
	}
	a, b := first.colleague("Dr. Blau"), first.colleague("Dr. Grün")
	for _, p := range all {
		p.Lock()
	}
	r.kill()
	check(t, first.Unlock(t.Context(), pass))
	check(t, second.Unlock(t.Context(), pass))
	check(t, first.RemoveColleague(t.Context(), b))
	check(t, second.RemoveColleague(t.Context(), a))
	check(t, second.Say(t.Context(), second.nth(0), "from outside", diary.ID{}))
	second.Lock()
	r.start()
	first.Wake()
	first.settled()
	for _, p := range all[1:] {
		check(t, p.Unlock(t.Context(), pass))
	}
	second.until("the other is out, and says so", func() bool {
		st := second.status()
		return st.Removed || st.Refusal == wire.Rotated
	})
	must(pat.Record(t.Context(), note("after")))(t)
	for name, p := range map[string]*person{"the lead who stays": first, "the nurse": nurse} {
		p.until(name+" reads on", func() bool { return p.sees(p.nth(0), diary.ID{}, hasNote("after")) })
		if p.status().Alarm || p.roleOf("Dr. Grün") != 0 || p.roleOf("Dr. Blau") != keyring.Lead || p.sees(p.nth(0), diary.ID{}, hasMessage("from outside")) {
			t.Errorf("%s raises an alarm, or sees another team", name)
		}
	}
	if second.sees(second.nth(0), diary.ID{}, hasNote("after")) || second.status().Waiting == 0 {
		t.Error("the other reads on, or has lost what it had not sent")
	}
}
