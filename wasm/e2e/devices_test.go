package e2e

import (
	"slices"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
)

// admitted takes a second device, or a colleague who becomes a lead, through an invitation.
func (host *person) admitted(r *relay, kind join.Kind, name string) *person {
	host.t.Helper()
	if kind == join.Colleague {
		return host.employs(r, keyring.Lead, name)
	}
	return host.lets(r, must(host.Invite(host.t.Context(), kind, ""))(host.t), name)
}

// employs takes a colleague through an invitation.
func (host *person) employs(r *relay, role keyring.Role, name string) *person {
	host.t.Helper()
	return host.lets(r, must(host.InviteColleague(host.t.Context(), role, ""))(host.t), name)
}

// lets takes a new browser through an invitation.
func (host *person) lets(r *relay, id [16]byte, name string) *person {
	t := host.t
	t.Helper()
	var inv app.InviteInfo
	host.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	guest := newPerson(t, r)
	preview := must(guest.Preview(t.Context(), must(join.ParseCode(inv.Code))(t)))(t)
	theirs := must(guest.Ask(within(t, 90*time.Second), preview, name))(t)
	host.until("the host sees the check code", func() bool {
		host.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		return inv.Check != ""
	})
	if inv.Check != theirs {
		t.Fatalf("the check codes differ: %s and %s", inv.Check, theirs)
	}
	check(t, host.Confirm(t.Context(), id))
	check(t, guest.Await(within(t, 90*time.Second)))
	return guest
}

func (p *person) centreCount() (n int) {
	p.Look(func(l app.Look) { n = len(l.Centres()) })
	return n
}

func (p *person) patientCount() (n int) {
	p.Look(func(l app.Look) { n = len(l.Patients()) })
	return n
}

func note(text string) *diary.Note { return &diary.Note{Text: text} }

func hasNote(text string) func(*diary.Item) bool {
	return func(it *diary.Item) bool { return it.Note() != nil && it.Note().Text == text }
}

func TestASecondDeviceReadsAndWritesTheWholeDiary(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "")
	must(phone.Record(t.Context(), note("before")))(t)
	tablet := phone.admitted(r, join.Device, "")
	tablet.until("the tablet has the diary", func() bool { return tablet.sees(0, diary.ID{}, hasNote("before")) })
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	must(tablet.Record(t.Context(), note("from the tablet")))(t)
	phone.until("the phone sees it", func() bool { return phone.sees(0, diary.ID{}, hasNote("from the tablet")) })
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the tablet")) })
}

func TestAColleagueReadsWhatWasThereBefore(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	must(pat.Record(t.Context(), note("before the colleague")))(t)
	doc.until("the first doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("before the colleague")) })
	doc.Look(func(app.Look) {})
	second := doc.admitted(r, join.Colleague, "Dr. Grün")
	second.until("the colleague has the patient", func() bool { return second.patientCount() == 1 })
	var m uint32
	second.Look(func(l app.Look) { m = l.Patients()[0].N })
	second.until("the colleague reads history", func() bool { return second.sees(m, diary.ID{}, hasNote("before the colleague")) })

	// The first doctor tells the patient's device who the colleague is, so
	// what the colleague writes is believed.
	check(t, second.Say(t.Context(), m, "Grüße", diary.ID{}))
	pat.until("the patient hears from the colleague", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool {
			return it.Message() != nil && it.Author.Name == "Dr. Grün"
		})
	})
	// A patient who joins later is there for both.
	doc.patient(r, "later")
	second.until("the colleague has the later patient", func() bool { return second.patientCount() == 2 })
}

func TestARecoverySheetRestores(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	tablet := pat.admitted(r, join.Device, "") // the account grew after the sheet was printed
	must(pat.Record(t.Context(), note("kept")))(t)
	for _, who := range []*person{doc, pat} {
		var sheet join.Sheet
		who.Look(func(l app.Look) { sheet, _ = l.Sheet() })
		who.until("the way back is at the relay", func() bool {
			left := true
			who.Look(func(l app.Look) { left = l.Status().SheetPending })
			return !left
		})
		typed := must(join.ParseSheet(joinWords(sheet.Words())))(t)
		who.Lock()
		fresh := newPerson(t, r)
		check(t, fresh.Restore(within(t, 90*time.Second), typed))
		if who == doc {
			fresh.until("the patients are there", func() bool { return fresh.patientCount() == 1 })
			var m uint32
			fresh.Look(func(l app.Look) { m = l.Patients()[0].N })
			fresh.until("with their diaries", func() bool { return fresh.sees(m, diary.ID{}, hasNote("kept")) })
			doc, n = fresh, m
			continue
		}
		fresh.until("the diary is there", func() bool { return fresh.sees(0, diary.ID{}, hasNote("kept")) })
		fresh.until("and the centre", func() bool { return fresh.centreCount() == 1 })
		must(fresh.Record(t.Context(), note("and goes on")))(t)
		tablet.until("the tablet believes the new device", func() bool { return tablet.sees(0, diary.ID{}, hasNote("and goes on")) })
		doc.until("and so does the doctor", func() bool { return doc.sees(n, diary.ID{}, hasNote("and goes on")) })
	}
}

func joinWords(w []string) (s string) {
	for _, x := range w {
		s += x + " "
	}
	return s
}

func TestADiaryBegunAloneIsSharedLater(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	pat := newPerson(t, r)
	if err := pat.FoundAlone(t.Context()); err != app.ErrNoAlone {
		t.Fatalf("without an open tenant: %v", err)
	}
	r.run("tenant", "add", "-store", r.store, "-origin", r.origin, "-open", "Patients")
	// A relay that runs hears of a new tenant within seconds.
	pat.until("the relay offers a diary", func() bool { return pat.FoundAlone(t.Context()) == nil })
	first := must(pat.Record(t.Context(), dose("alone")))(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	doc.accept(pat, id)
	var n uint32
	doc.Look(func(l app.Look) { n = l.Patients()[0].N })
	doc.until("the doctor sees what was written before", func() bool {
		return doc.sees(n, diary.ID{}, func(it *diary.Item) bool { return it.Treatment() != nil && it.Treatment().Note == "alone" })
	})
	doc.Look(func(l app.Look) {
		info, _ := l.Patient(n)
		if _, same := info.Diary.Get(first); same {
			t.Error("the centre knows the entry by its identifier at home")
		}
	})
}

func TestAnInvitationWorksOnce(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	id := must(doc.Invite(t.Context(), join.Patient, ""))(t)
	var inv app.InviteInfo
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	code := must(join.ParseCode(inv.Code))(t)
	doc.accept(newPerson(t, r), id)
	if _, err := newPerson(t, r).Preview(t.Context(), code); err != app.ErrUsed {
		t.Fatalf("a used invitation: %v", err)
	}
	id = must(doc.Invite(t.Context(), join.Patient, ""))(t)
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	check(t, doc.Revoke(t.Context(), id))
	if _, err := newPerson(t, r).Preview(t.Context(), must(join.ParseCode(inv.Code))(t)); err != app.ErrRevoked {
		t.Fatalf("a revoked invitation: %v", err)
	}
	bad := doc
	if err := bad.BeginCentre(t.Context(), wire.Code{1}, "x", "y"); err != nil {
		t.Fatal(err)
	}
}

func TestTwoCentresOfOnePatientFindNothingInCommon(t *testing.T) {
	r := startRelay(t)
	a, b := r.centre("Centre A"), r.centre("Centre B")
	pat, n := a.patient(r, "")
	b.accept(pat, must(b.Invite(t.Context(), join.Patient, ""))(t))
	must(pat.Record(t.Context(), note("for both")))(t)
	oma := pat.carer(r, keyring.Care, "Oma Inge")
	oma.until("the carer is in both centres' spaces", func() bool { return oma.centreCount() == 2 })
	must(oma.Record(t.Context(), note("by the carer, for both")))(t)
	_, _, content := pat.photographs(1)
	var m uint32
	b.Look(func(l app.Look) { m = l.Patients()[0].N })
	a.until("the first centre has it", func() bool { return a.sees(n, diary.ID{}, hasNote("for both")) })
	b.until("the second centre has it", func() bool { return b.sees(m, diary.ID{}, hasNote("for both")) })
	a.until("and what the carer wrote", func() bool { return a.sees(n, diary.ID{}, by("", "by the carer, for both")) })
	b.until("and the second too", func() bool { return b.sees(m, diary.ID{}, by("", "by the carer, for both")) })
	a.shows(n, content)
	b.shows(m, content)
	// What one centre said is spoken of to the other, and has another name there.
	check(t, a.Tell(t.Context(), n, &diary.Plan{
		Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: 2026, Month: 1, Day: 5}, Clinician: "Dr. Blau",
		Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{420}},
	}))
	plan := func() (id diary.ID) {
		pat.Look(func(l app.Look) {
			for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}}) {
				id = it.ID
			}
		})
		return id
	}
	pat.until("the plan is there", func() bool { return !plan().IsZero() })
	var second uint32
	pat.Look(func(l app.Look) { second = l.Centres()[1].N })
	check(t, pat.Say(t.Context(), second, "what do you think of it?", plan()))
	var about diary.ID
	b.until("the question is there", func() bool {
		b.Look(func(l app.Look) {
			info, _ := l.Patient(m)
			for _, it := range info.Diary.Messages(0) {
				about = it.Entry.(*diary.Message).About
			}
		})
		return !about.IsZero()
	})
	if slices.Contains(a.Identifiers(n), string(about[:])) {
		t.Error("the second centre was told by which identifier the first knows its plan")
	}
	attached := func() bool {
		ok, id := false, plan()
		pat.Look(func(l app.Look) {
			it, there := l.Diary().Get(id)
			ok = there && len(l.Diary().About(it)) == 1
		})
		return ok
	}
	if !attached() {
		t.Error("at home the question is not about the plan")
	}
	pat.reopen()
	if !attached() {
		t.Error("after unlocking the question is not about the plan")
	}

	seen := make(map[string]string)
	for who, c := range map[string]*person{"A": a, "B": b} {
		number := n
		if c == b {
			number = m
		}
		for _, id := range c.Identifiers(number) {
			if other, ok := seen[id]; ok && other != who {
				t.Errorf("both centres know %s", id)
			}
			if id == "Oma Inge" {
				t.Errorf("centre %s knows the carer's name", who)
			}
			seen[id] = who
		}
	}
	if boxes, channels := r.pictures(); boxes != 3 || channels != 3 {
		t.Fatalf("%d pictures in %d channels, of home and two centres", boxes, channels)
	}
	if len(seen) < 10 {
		t.Fatalf("only %d identifiers were compared", len(seen))
	}
}

func TestANewDeviceDoesNotSendAgainWhatTheCentreHas(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "")
	for range 70 {
		must(phone.Record(t.Context(), dose("")))(t)
	}
	doc.until("the doctor has all", func() bool { return doc.entries(n) == 70 })
	before := doc.Statements(n)
	tablet := phone.admitted(r, join.Device, "")
	tablet.move(2 * time.Hour) // to the tablet all that is old enough to be sent for others
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	must(tablet.Record(t.Context(), note("from the tablet")))(t)
	doc.until("the doctor has that too", func() bool { return doc.sees(n, diary.ID{}, hasNote("from the tablet")) })
	// The note, the tablet's chain, and what the doctor and checkpoints add.
	if after := doc.Statements(n); after > before+6 {
		t.Fatalf("%d statements became %d", before, after)
	}
}

func (p *person) entries(n uint32) (count int) {
	p.Look(func(l app.Look) {
		info, _ := l.Patient(n)
		count = len(info.Diary.Timeline(diary.Filter{}))
	})
	return count
}
