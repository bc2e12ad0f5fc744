package e2e

import (
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
)

// phone is the number a patient would call about a dangerous bleed.
func (p *person) phone() (s string) {
	p.Look(func(l app.Look) { s = l.EmergencyPhone() })
	return s
}

func TestACentresNumbersReachEveryPatientWhoeverJoinsWhen(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	first, n := doc.patient(r, "A")
	if _, err := first.Record(t.Context(), &diary.Card{Phone: "030 111", Contacts: "aunt 0170 22"}); err != nil {
		t.Fatal(err)
	}
	if got := first.phone(); got != "030 111" {
		t.Errorf("without the centre's number it is %q", got)
	}
	check(t, doc.SetContact(t.Context(), diary.Contact{Phone: "030 1234", Emergency: "030 1234-112", Hours: "8 to 16"}))
	first.until("the number is there", func() bool { return first.phone() == "030 1234-112" })

	second, _ := doc.patient(r, "B")
	second.until("the number is there for who came later", func() bool { return second.phone() == "030 1234-112" })

	// A new number replaces the old one; the same number is not said twice.
	before := doc.Statements(n)
	check(t, doc.SetContact(t.Context(), diary.Contact{Phone: "030 99"}))
	first.until("the new number is there", func() bool { return first.phone() == "030 99" })
	second.until("and here", func() bool { return second.phone() == "030 99" })
	doc.Wake()
	doc.reopen()
	doc.until("the doctor is back", func() bool {
		online := false
		doc.Look(func(l app.Look) { online = l.Status().Online && !l.Status().Trying })
		return online
	})
	doc.Wake()
	if got := doc.Statements(n); got != before+1 {
		t.Errorf("%d statements instead of one say the new number", got-before)
	}

	// What stays at home stays there.
	doc.Look(func(l app.Look) {
		p, _ := l.Patient(n)
		if c, it := p.Diary.Card(); it != nil {
			t.Errorf("the centre knows whom to call: %v", c)
		}
	})
}

func TestAPatientReadsWhoOpenedTheDiary(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, n := doc.patient(r, "A")
	visits := func() (names []string) {
		pat.Look(func(l app.Look) {
			for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}}) {
				names = append(names, it.Author.Name)
			}
		})
		return names
	}
	check(t, doc.Opened(t.Context(), n))
	check(t, doc.Opened(t.Context(), n)) // within the hour
	check(t, doc.Say(t.Context(), n, "good morning", diary.ID{}))
	pat.until("the message is there", func() bool {
		said := 0
		pat.Look(func(l app.Look) { said = len(l.Diary().Messages(0)) })
		return said == 1
	})
	if got := visits(); len(got) != 1 || got[0] != "Dr. Blau" {
		t.Errorf("opened by %q", got)
	}
	// Nobody can write it in the other's name: what home says is passed over.
	if _, err := pat.Record(t.Context(), new(diary.Opened)); err != nil {
		t.Fatal(err)
	}
	if got := visits(); len(got) != 1 {
		t.Errorf("the patient's own device says that it was opened by %q", got)
	}
}

func TestACentreThatJoinsLaterDoesNotPutItsNumberFirst(t *testing.T) {
	r := startRelay(t)
	a, b := r.centre("Zentrum Nord"), r.centre("Zentrum Süd")
	pat, _ := a.patient(r, "")
	must(pat.Record(t.Context(), &diary.Card{Phone: "030 111"}))(t)
	b.accept(pat, must(b.Invite(t.Context(), join.Patient, ""))(t))
	check(t, b.SetContact(t.Context(), diary.Contact{Emergency: "0900 666"}))
	pat.until("the second centre's number is there", func() (ok bool) {
		pat.Look(func(l app.Look) { _, ok = l.ContactOf(l.Centres()[1].N) })
		return ok
	})
	if got := pat.phone(); got != "030 111" {
		t.Errorf("the second centre's number comes before the patient's own: %q", got)
	}
	check(t, a.SetContact(t.Context(), diary.Contact{Phone: "030 1234"}))
	pat.until("the first centre's number is there", func() bool { return pat.phone() == "030 1234" })
}
