package e2e

import (
	"errors"
	"html"
	"strconv"
	"strings"
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/view"
)

// agreed is what somebody agrees to who reads the words of an invitation.
func agreed(p *app.Preview) app.Agreement {
	var says sharing.Information
	if i := p.Says; i != nil {
		says = sharing.Information{Responsible: i.Responsible, Contact: i.Contact, Officer: i.Officer, Ground: i.Ground, Keeping: i.Keeping}
	}
	return app.Agreement{Version: sharing.Version, Language: lang.English.Tag(), Text: sharing.Text(lang.English, p.Centre, says), By: app.ForMyself}
}

// joins takes a patient's device through an invitation, up to the code.
func (p *person) joins(inv join.Invitation) {
	p.t.Helper()
	preview := must(p.Preview(p.t.Context(), inv))(p.t)
	check(p.t, p.JoinCentre(p.t.Context(), preview, agreed(preview)))
}

// sharing is how the diary came to be shared with a centre, or with this one.
func (p *person) sharing(n uint32) (x app.Sharing) {
	p.Look(func(l app.Look) { x, _ = l.Sharing(n) })
	return x
}

// From the words of an invitation to the receipt: nothing is shared without an act,
// and everybody who may read the diary can show the words of that day, whatever the
// centre says of itself later.
func TestAPatientAgreesToTheWordsAndTakesItBack(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	nurse := doc.employs(r, keyring.Nurse, "Schwester Lila")
	nurse.until("the nurse is in", func() bool { return nurse.teamRole() == keyring.Nurse })
	first := app.Information{Responsible: "Klinikum Nord\nHafenstraße 1", Ground: "GDPR article 9 (2) a", Keeping: "ten years"}
	if err := nurse.SetInformation(t.Context(), first); !errors.Is(err, app.ErrRight) {
		t.Errorf("a nurse says who the centre is: %v", err)
	}
	check(t, doc.SetInformation(t.Context(), first))

	// The invitation brings what the centre says of itself, and what it does not say.
	id := must(doc.Invite(t.Context(), join.Patient, "bed 4"))(t)
	var inv app.InviteInfo
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	pat := newPerson(t, r)
	s := pat.screens()
	s.shows(`data-key="welcome"`)
	s.press(view.ActJoinCode, view.FieldCode, inv.Code)
	s.shows("Zentrum Nord invites you", "Hafenstraße 1", "ten years", "Data protection officer: the centre has not said this here.", "section 14 of the Transfusion Act", "Ask the centre for what it has not said")
	if page := s.page.shown(); strings.Contains(page, " checked") {
		t.Error("something is chosen before the person has chosen it")
	}
	words := s.value(view.FieldWords)
	mine := strconv.Itoa(int(view.ForChild))
	for _, x := range []struct{ by, yes, words, want string }{
		{"", "", words, "Please say who agrees."},
		{mine, "", words, "Nothing is shared without your agreement."},
		{"", "yes", words, "Please say who agrees."},
		{mine, "yes", strings.Repeat("0", 64), "The words have changed while you were reading."},
	} {
		s.press(view.ActJoinAccept, view.FieldSignatory, x.by, view.FieldAgree, x.yes, view.FieldWords, x.words)
		s.shows(x.want)
	}
	if pat.centreCount() != 0 {
		t.Fatal("something is shared that nobody agreed to")
	}
	s.press(view.ActJoinAccept, view.FieldSignatory, mine, view.FieldAgree, "yes", view.FieldWords, words)
	s.shows("Your pseudonym")
	centre := pat.firstCentre()
	doc.until("the doctor sees a code", func() bool {
		doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		return inv.Check != ""
	})
	check(t, doc.Confirm(t.Context(), id))
	n := doc.nth(0)
	check(t, only(pat.Record(t.Context(), note("before"))))
	doc.until("the note is there", func() bool { return doc.sees(n, diary.ID{}, hasNote("before")) })

	// Both sides have the same words and the same number; so have a carer and a colleague.
	then := pat.sharing(centre)
	if len(then.Agreed) != 1 || then.Agreed[0].By != app.ForChild || !then.Agreed[0].You || then.Agreed[0].Language != "en" || then.Agreed[0].Version != sharing.Version ||
		!strings.Contains(then.Agreed[0].Text, "> Hafenstraße 1") || then.Changed {
		t.Fatalf("the patient has %+v", then)
	}
	oma := pat.carer(r, keyring.Care, "Oma Inge")
	oma.until("grandmother is in the centre's space", func() bool { return oma.centreCount() == 1 && len(oma.sharing(oma.firstCentre()).Agreed) == 1 })
	nurse.until("the nurse has the patient", func() bool { return nurse.patientCount() == 1 && len(nurse.sharing(nurse.nth(0)).Agreed) == 1 })
	for name, got := range map[string]app.Agreed{"doctor": doc.sharing(n).Agreed[0], "nurse": nurse.sharing(nurse.nth(0)).Agreed[0], "grandmother": oma.sharing(oma.firstCentre()).Agreed[0]} {
		if got.Text != then.Agreed[0].Text || got.Receipt != then.Agreed[0].Receipt || got.By != app.ForChild {
			t.Errorf("the %s has other words: %+v", name, got)
		}
	}
	if err := oma.Agree(t.Context(), oma.firstCentre(), then.Agreed[0].Agreement, then.Now.ID()); !errors.Is(err, app.ErrRight) {
		t.Errorf("a carer agrees: %v", err)
	}

	// The centre says more. The diary goes on, the person is told, and says to have read it.
	second := first
	second.Officer, second.Keeping = "Frau Grau, dpo@nord.example", "twelve years"
	check(t, doc.SetInformation(t.Context(), second))
	pat.until("the patient has it", func() bool { x := pat.sharing(centre); return x.Changed && x.Now.Number == 2 })
	check(t, only(pat.Record(t.Context(), note("in between"))))
	doc.until("nothing is held back", func() bool { return doc.sees(n, diary.ID{}, hasNote("in between")) })
	if x := pat.sharing(centre); x.Before == nil || x.Before.Keeping != "ten years" {
		t.Errorf("what it said before is not known: %+v", x.Before)
	}
	s.press(view.ActGoToday)
	s.shows("Zentrum Nord has changed what it says of itself")
	o := oma.screens()
	o.shows(`data-key="today"`)
	if strings.Contains(o.page.shown(), "has changed what it says") {
		t.Error("a carer is asked what only the keeper can answer")
	}
	number := strconv.Itoa(int(centre))
	s.press(view.ActSharing, view.FieldCentre, number)
	s.shows("dpo@nord.example", "twelve years", "How to reach them", "Not said in the app. Ask the centre.", "I have read it", `changed</span>`, "ten years") // the last in the words of then
	s.press(view.ActInformationRead, view.FieldCentre, number)
	s.shows("It is noted that you have read it.")
	if x := pat.sharing(centre); x.Changed || strings.Contains(x.Agreed[0].Text, "twelve") {
		t.Errorf("after reading: %+v", x)
	}
	s.press(view.ActGoToday)
	s.shows(`data-key="today"`)
	if strings.Contains(s.page.shown(), "has changed what it says") {
		t.Error("what was read is still news")
	}

	// Leaving takes the agreement back, by its number, and the words stay.
	s.press(view.ActPartForm, view.FieldCentre, number)
	s.shows("By leaving you take back what was agreed to on")
	s.press(view.ActPart, view.FieldCentre, number, view.FieldReason, strconv.Itoa(int(app.PartingWish)))
	s.shows("You have left Zentrum Nord", "Taken back")
	_, receipt, _ := strings.Cut(s.page.shown(), ", number ")
	receipt = receipt[:min(19, len(receipt))]
	s.press(view.ActSharing, view.FieldCentre, number)
	s.shows("Taken back on", receipt)
	doc.until("the centre knows", func() bool { end := doc.ended(n); return end != nil && end.Withdrew == then.Agreed[0].Receipt })
	d := doc.screens()
	d.shows(`data-key="work"`)
	d.press(view.ActSharing, view.FieldPatient, strconv.Itoa(int(n)))
	d.shows("A parent or guardian of this child", "Taken back on", receipt)
	for _, line := range sharing.Lines(then.Agreed[0].Text) {
		if !strings.Contains(d.page.shown(), html.EscapeString(line.Text)) {
			t.Errorf("the centre does not show: %s", line.Text)
		}
	}
	if err := pat.ReadInformation(t.Context(), centre); !errors.Is(err, app.ErrParted) {
		t.Errorf("who has left goes on reading: %v", err)
	}
}

// Who takes a diary over has agreed to nothing yet. They are asked, and until they
// answer nothing is held back: a bleed at night is recorded and arrives.
func TestWhoTakesADiaryOverIsAskedAndNothingWaits(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	mother, n := doc.patient(r, "")
	id := must(mother.InviteCarer(t.Context(), keyring.Own, "Lena"))(t)
	lena := mother.let(newPerson(t, r), id, "Lena")
	lena.until("the child keeps the diary, at the centre as well", func() bool {
		who, _ := lena.called("Lena")
		return lena.right() == keyring.Own && lena.handover().Yours && who.Centres == 1 && lena.centreCount() == 1
	})
	centre := lena.firstCentre()
	lena.until("the words are there", func() bool { return len(lena.sharing(centre).Agreed) == 1 })
	if x := lena.sharing(centre); x.Lapsed {
		t.Error("the mother's word does not count while she keeps the diary too")
	}
	check(t, lena.TakeOver(t.Context(), lena.handover().From, keyring.Read))
	lena.until("the mother reads only", func() bool { x := lena.sharing(centre); return x.Lapsed && x.May && x.Ready })

	s := lena.screens()
	s.shows("Please read what is shared with Zentrum Süd", "Whoever agreed does not keep this diary any more.")
	check(t, only(lena.Record(t.Context(), bleed())))
	doc.until("the bleed is there", func() bool {
		return doc.sees(n, diary.ID{}, func(it *diary.Item) bool { return it.Bleed() != nil })
	})

	number := strconv.Itoa(int(centre))
	s.press(view.ActShareForm, view.FieldCentre, number)
	s.shows(`data-key="share.`, "Until you decide, it goes on as before.")
	s.press(view.ActShareAgree, view.FieldCentre, number, view.FieldSignatory, strconv.Itoa(int(view.ForMyself)), view.FieldWords, s.value(view.FieldWords))
	s.shows("Nothing is shared without your agreement.")
	s.press(view.ActShareAgree, view.FieldCentre, number, view.FieldSignatory, strconv.Itoa(int(view.ForMyself)), view.FieldAgree, "yes", view.FieldWords, s.value(view.FieldWords))
	s.shows("Your agreement is kept here and goes to your centre.")
	doc.until("the centre has both", func() bool { return len(doc.sharing(n).Agreed) == 2 })
	if x := doc.sharing(n); x.Agreed[0].By != app.ForMyself || x.Agreed[1].By != app.ForMyself || x.Agreed[0].Receipt == x.Agreed[1].Receipt {
		t.Errorf("the centre has %+v", x.Agreed)
	}
	if x := lena.sharing(centre); x.Lapsed || !x.Agreed[0].You {
		t.Errorf("the child has %+v", x)
	}
}
