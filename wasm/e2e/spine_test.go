package e2e

import (
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
)

// centre founds a centre with its first doctor.
func (r *relay) centre(name string) *person {
	doc := newPerson(r.t, r)
	check(r.t, doc.BeginCentre(r.t.Context(), r.tenant(name), name, "Dr. Blau"))
	check(r.t, doc.RegisterCentre(r.t.Context()))
	return doc
}

// patient invites somebody and confirms the code that both sides see.
func (doc *person) patient(r *relay, note string) (pat *person, number uint32) {
	t := r.t
	id := must(doc.Invite(t.Context(), join.Patient, note))(t)
	pat = newPerson(t, r)
	doc.accept(pat, id)
	doc.Look(func(l app.Look) {
		ps := l.Patients()
		number = ps[len(ps)-1].N
	})
	return pat, number
}

// accept takes a patient's device through an invitation to the end.
func (doc *person) accept(pat *person, id [16]byte) {
	t := doc.t
	t.Helper()
	var inv app.InviteInfo
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	parsed := must(join.ParseCode(inv.Code))(t)
	preview := must(pat.Preview(t.Context(), parsed))(t)
	check(t, pat.JoinCentre(t.Context(), preview, agreed(preview)))
	var theirs, ours string
	pat.until("the patient sees a check code", func() bool {
		pat.Look(func(l app.Look) {
			for _, c := range l.Centres() {
				theirs = c.Check
			}
		})
		return theirs != ""
	})
	doc.until("the doctor sees a check code", func() bool {
		doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		ours = inv.Check
		return ours != ""
	})
	if ours != theirs {
		t.Fatalf("the check codes differ: %s and %s", ours, theirs)
	}
	check(t, doc.Confirm(t.Context(), id))
	pat.until("the patient is connected", func() bool {
		ok := false
		pat.Look(func(l app.Look) {
			for _, c := range l.Centres() {
				ok = c.State == app.CentreConnected
			}
		})
		return ok
	})
}

func dose(text string) *diary.Treatment {
	return &diary.Treatment{
		Taken: diary.MomentOf(time.Now()), Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, Note: text,
	}
}

func bleed() *diary.Bleed {
	return &diary.Bleed{
		Start: diary.MomentOf(time.Now()), Places: []diary.Place{diary.LeftKnee}, Cause: diary.CauseSpontaneous,
		Type: diary.BleedJoint, Severity: diary.SeverityModerate, Pain: diary.PainOf(4),
	}
}

func (p *person) sees(n uint32, id diary.ID, ok func(*diary.Item) bool) bool {
	found := false
	p.Look(func(l app.Look) {
		d := l.Diary()
		if n != 0 {
			info, _ := l.Patient(n)
			d = info.Diary
		}
		if id.IsZero() {
			for _, it := range d.Timeline(diary.Filter{}) {
				found = found || ok(it)
			}
		} else if it, has := d.Get(id); has {
			found = ok(it)
		}
	})
	return found
}

func TestACentreAndAPatientShareADiary(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Zentrum Süd")
	pat, n := doc.patient(r, "Fall 17")

	treated := must(pat.Record(t.Context(), dose("am Morgen")))(t)
	bled := must(pat.Record(t.Context(), bleed()))(t)
	fixed := dose("am Morgen, doch 2000")
	fixed.Amount, fixed.Supersedes, fixed.Because, fixed.Bleed = diary.Units(2000), treated, "verschrieben", bled
	must(pat.Record(t.Context(), fixed))(t)
	doc.until("the doctor sees the correction with its link", func() bool {
		return doc.sees(n, diary.ID{}, func(it *diary.Item) bool {
			tr := it.Treatment()
			return tr != nil && tr.Amount == diary.Units(2000) && it.Versions == 2 && !tr.Bleed.IsZero()
		})
	})

	check(t, doc.Say(t.Context(), n, "Gut so.", diary.ID{}))
	pat.until("the patient sees the message", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == "Gut so." })
	})

	// Both go away; something happens; both come back.
	doc.Lock()
	must(pat.Record(t.Context(), &diary.Note{Text: "während alle fort waren"}))(t)
	pat.until("everything is sent", func() bool {
		waiting := 1
		pat.Look(func(l app.Look) { waiting = l.Status().Waiting })
		return waiting == 0
	})
	pat.reopen()
	doc.reopen()
	doc.until("what arrived meanwhile is there", func() bool {
		return doc.sees(n, diary.ID{}, func(it *diary.Item) bool { return it.Note() != nil })
	})
	if !pat.sees(0, treated, func(it *diary.Item) bool { return it.Versions == 2 }) {
		t.Fatal("the patient's correction is gone after unlocking")
	}
	if !pat.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil }) {
		t.Fatal("the message is gone after unlocking")
	}
}
