package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

// wish is what became of the latest wish with that patient or centre.
func (p *person) wish(n uint32) (r app.Restriction) {
	p.Look(func(l app.Look) {
		if list := l.Restrictions(n); len(list) > 0 {
			r = list[0]
		}
	})
	return r
}

// receipts are those of a diary, the latest first.
func (p *person) receipts() (list []app.Receipt) {
	p.Look(func(l app.Look) { list, _ = l.Receipts(1000) })
	return list
}

// receipt is the latest of a kind.
func (p *person) receipt(k app.ReceiptKind) (r app.Receipt, ok bool) {
	for _, x := range p.receipts() {
		if x.Kind == k {
			return x, true
		}
	}
	return r, false
}

// A patient asks not to use last spring's entries. One of two doctors accepts: both keep
// them and see them no more, extracts and comparison leave the patient out, the legal
// record stays. One looks all the same, with a reason that the patient reads. The end is
// announced before it comes.
func TestAPatientRestrictsTheUseOfEntries(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	second := doc.employs(r, keyring.Doctor, "Dr. Grün")
	nurse := doc.employs(r, keyring.Nurse, "Schwester Lila")
	pat, n := doc.patient(r, "bed 4")
	tablet := pat.admitted(r, join.Device, "")
	centre := pat.firstCentre()
	today := diary.DateOf(time.Now().UTC())
	from, to := today.AddDays(-200), today.AddDays(-190)
	old := &diary.Treatment{Taken: from.At(600, 0), Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis, Lots: []diary.Lot{{Batch: "OLD1", Packs: 1}}, Note: "of the spring"}
	check(t, only(pat.Record(t.Context(), old)))
	check(t, only(pat.Record(t.Context(), note("of today"))))
	spring := func(it *diary.Item) bool { tr := it.Treatment(); return tr != nil && tr.Note == "of the spring" }
	study := must(doc.AddPurpose(t.Context(), "Registry", "Institute", "To learn."))(t)
	pat.until("the patient is asked", func() bool { return len(pat.questions(centre)) == 1 })
	check(t, pat.SayConsent(t.Context(), centre, study, app.Consent{Yes: true}))
	for _, p := range []*person{doc, second, nurse} {
		p.until("the diary is there", func() bool {
			return p.patientCount() == 1 && p.sees(p.nth(0), diary.ID{}, spring) && p.sees(p.nth(0), diary.ID{}, hasNote("of today")) && p.agreed(study) == 1
		})
	}
	doc.KeepRecord()
	doc.until("the dose is recorded", func() bool { return doc.found("OLD1").Doses == 1 })

	home, desk := pat.screen(), second.screen()
	home.press(view.ActGoCentre)
	pat.reads(home, `id="restrictions"`)
	home.press(view.ActRestrictions, view.FieldCentre, strconv.Itoa(int(centre)))
	pat.reads(home, "Nothing has been asked for yet.")
	home.press(view.ActRestrictForm, view.FieldCentre, strconv.Itoa(int(centre)))
	home.press(view.ActRestrictSend, view.FieldRestrictSpan, view.SpanDays, view.FieldRestrictFirst, to.String(), view.FieldRestrictLast, from.String())
	pat.reads(home, "the last not before the first")
	home.press(view.ActRestrictSend, view.FieldRestrictSpan, view.SpanDays, view.FieldRestrictFirst, from.String(), view.FieldRestrictLast, to.String(),
		view.FieldRestrictWhy, "1", view.FieldRestrictWords, "The batches were mixed up.")
	pat.reads(home, "Sent to Centre A")
	pat.reads(home, "Asked for")
	wish := pat.wish(centre)
	if wish.State != app.RestrictAsked || wish.From != from || wish.To != to || wish.Why != app.RestrictDisputed {
		t.Fatalf("asked for %+v", wish)
	}

	// It needs somebody, and only a doctor can answer. Nothing is restricted yet.
	for name, p := range map[string]*person{"doctor": doc, "nurse": nurse} {
		p.until("the "+name+" is told", func() (listed bool) {
			p.Look(func(l app.Look) {
				for _, w := range l.Work(diary.MomentOf(time.Now())) {
					listed = listed || w.Kind == worklist.Restriction
				}
			})
			return listed
		})
		if !p.sees(p.nth(0), diary.ID{}, spring) {
			t.Errorf("for the %s it is restricted before anybody has accepted", name)
		}
	}
	if err := nurse.AnswerRestriction(t.Context(), nurse.nth(0), wish.ID, app.AcceptRestriction, ""); !errors.Is(err, app.ErrNoDoctor) {
		t.Errorf("a nurse answers: %v", err)
	}
	if err := doc.AnswerRestriction(t.Context(), n, wish.ID, app.EndRestriction, "x"); !errors.Is(err, app.ErrMoved) {
		t.Errorf("what was not accepted ends: %v", err)
	}
	second.reads(desk, "Asks not to use entries")
	desk.press(view.ActWorkOpen, view.FieldWork, desk.item())
	second.reads(desk, "The patient asks not to use entries.")
	desk.press(view.ActRestrictions, view.FieldPatient, strconv.Itoa(int(second.nth(0))))
	second.reads(desk, "The batches were mixed up.")
	desk.press(view.ActRestrictAnswerForm, view.FieldWish, hex.EncodeToString(wish.ID[:]))
	desk.press(view.ActRestrictAnswer, view.FieldRestrictAnswer, view.AnswerNo)
	second.reads(desk, `id="problems"`)
	desk.press(view.ActRestrictAnswer, view.FieldRestrictAnswer, view.AnswerYes)
	second.reads(desk, "In force")

	// All colleagues leave it out, also after a restart, and the record stays.
	for name, p := range map[string]*person{"doctor": doc, "second": second, "nurse": nurse} {
		p.until("the "+name+" sees it no more", func() bool { return !p.sees(p.nth(0), diary.ID{}, spring) })
		if !p.sees(p.nth(0), diary.ID{}, hasNote("of today")) {
			t.Errorf("the %s has lost what is not restricted", name)
		}
		if st := p.wish(p.nth(0)); st.State != app.RestrictInForce || st.By != "Dr. Grün" {
			t.Errorf("the %s knows of %+v", name, st)
		}
	}
	doc.reopen()
	doc.settled()
	if doc.sees(n, diary.ID{}, spring) || doc.found("OLD1").Doses != 1 {
		t.Error("after a restart it is shown, or the record has lost it")
	}
	doc.Look(func(l app.Look) {
		if len(l.Whole(n).Timeline(diary.Filter{Match: spring})) != 1 {
			t.Error("it was not kept")
		}
		for _, k := range l.Candidates(study) {
			if !k.Restricted || k.InForce == nil {
				t.Errorf("the study says %+v", k)
			}
		}
	})
	err := doc.LogExtract(t.Context(), app.Extract{Purpose: study, First: today.Time().Year(), Last: today.Time().Year(), Form: 1}, []uint32{n})
	if !errors.Is(err, app.ErrRestricted) {
		t.Errorf("an extract with the patient: %v", err)
	}
	desk.press(view.ActGoPatients)
	desk.press(view.ActCohort)
	second.reads(desk, "1 patient is left out: entries are restricted.")
	pat.until("the patient has the answer", func() bool { return pat.wish(centre).State == app.RestrictInForce })
	home.press(view.ActGoToday)
	pat.reads(home, "Centre A has accepted the restriction.")
	if !pat.sees(0, diary.ID{}, spring) {
		t.Error("the patient's own diary has lost it")
	}

	// An emergency: on this device, for an hour, and the patient reads why.
	there := second.nth(0)
	at := strconv.Itoa(int(there))
	desk.press(view.ActPatientOpen, view.FieldPatient, at)
	second.reads(desk, "Entries are restricted")
	if strings.Contains(desk.page(), "of the spring") {
		t.Error("the page shows what is restricted")
	}
	desk.press(view.ActFiguresOpen, view.FieldPatient, at)
	second.reads(desk, "Figures are not worked out")
	desk.press(view.ActRestrictShowForm, view.FieldPatient, at)
	desk.press(view.ActRestrictShow, view.FieldRestrictWords, "fall")
	second.reads(desk, `id="problems"`)
	desk.press(view.ActRestrictShow, view.FieldRestrictWhy, "2", view.FieldRestrictWords, "fall")
	second.reads(desk, "Restricted entries are shown on this device until")
	second.until("the page shows it", func() bool {
		shown := false
		second.Look(func(l app.Look) {
			p, _ := l.PatientHere(there)
			shown = len(p.Diary.Timeline(diary.Filter{Match: spring})) == 1
		})
		return shown
	})
	if second.sees(second.nth(0), diary.ID{}, spring) || doc.sees(n, diary.ID{}, spring) {
		t.Error("lists or a colleague's device show it too")
	}
	doc.until("the log says why", func() bool {
		for _, v := range doc.visits() {
			if v.Why == app.ShowEmergency && v.Words == "fall" && v.Name == "Dr. Grün" {
				return true
			}
		}
		return false
	})
	home.press(view.ActAccessLog, view.FieldCentre, strconv.Itoa(int(centre)))
	pat.reads(home, "Restricted entries shown: An emergency. fall")
	second.move(2 * time.Hour)
	second.Look(func(l app.Look) {
		if !l.Bared(there).IsZero() {
			t.Error("it is shown for longer than an hour")
		}
	})
	second.move(0)

	// The end is told before it comes, to all.
	check(t, doc.AnswerRestriction(t.Context(), n, wish.ID, app.EndRestriction, "Looked into."))
	for name, p := range map[string]*person{"patient": pat, "tablet": tablet, "second": second} {
		at := p.nth
		if p == pat || p == tablet {
			at = func(int) uint32 { return p.firstCentre() }
		}
		p.until("the "+name+" knows of the end", func() bool { w := p.wish(at(0)); return w.State == app.RestrictEnding && w.Answer == "Looked into." })
		if left := time.Until(p.wish(at(0)).Ends); left < 13*24*time.Hour {
			t.Errorf("for the %s it ends in %v", name, left)
		}
	}
	home.press(view.ActGoToday)
	pat.reads(home, "Centre A will end a restriction on")
	if doc.sees(n, diary.ID{}, spring) {
		t.Error("it is over before the day")
	}
	doc.move(15 * 24 * time.Hour)
	doc.until("it is over", func() bool { return doc.sees(n, diary.ID{}, spring) })

	// Each act has left its line, on every device of the patient.
	for name, p := range map[string]*person{"patient": pat, "tablet": tablet} {
		for kind, by := range map[app.ReceiptKind]string{app.ReceiptAsked: "", app.ReceiptAccepted: "Dr. Grün", app.ReceiptShown: "Dr. Grün", app.ReceiptEnding: "Dr. Blau", app.ReceiptConsent: ""} {
			got, ok := p.receipt(kind)
			if !ok || got.ByCentre != (by != "") || got.ByCentre && got.By != by || len(got.Centres) != 1 || got.Centres[0] != "Centre A" {
				t.Errorf("the %s has %v for %d: %+v", name, ok, kind, got)
			}
		}
	}
}

// A wish can be taken back, and is over when patient and centre have parted: what is in
// force stays.
func TestARestrictionIsTakenBackAndOutlivesAParting(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	carer := pat.lets(r, must(pat.InviteCarer(t.Context(), keyring.Care, ""))(t), "Oma")
	carer.until("the carer has found the centre", func() bool { return carer.centreCount() == 1 })
	centre := pat.firstCentre()
	pat.writes("mine")
	doc.has(n, "mine")
	if err := carer.AskRestriction(t.Context(), carer.firstCentre(), app.RestrictObjected, diary.Date{}, diary.Date{}, ""); !errors.Is(err, app.ErrRight) {
		t.Errorf("a carer asks: %v", err)
	}
	restrict := func() {
		t.Helper()
		check(t, pat.AskRestriction(t.Context(), centre, app.RestrictObjected, diary.Date{}, diary.Date{}, ""))
		wish := pat.wish(centre)
		doc.until("the doctor is asked", func() bool { return doc.wish(n).ID == wish.ID })
		check(t, doc.AnswerRestriction(t.Context(), n, wish.ID, app.AcceptRestriction, ""))
		doc.until("it is restricted", func() bool { return !doc.sees(n, diary.ID{}, hasNote("mine")) })
		pat.until("the patient knows", func() bool { return pat.wish(centre).State == app.RestrictInForce })
	}
	restrict()
	check(t, pat.TakeRestrictionBack(t.Context(), centre, pat.wish(centre).ID))
	if err := pat.TakeRestrictionBack(t.Context(), centre, pat.wish(centre).ID); !errors.Is(err, app.ErrMoved) {
		t.Errorf("taken back twice: %v", err)
	}
	doc.until("it is there again", func() bool { return doc.sees(n, diary.ID{}, hasNote("mine")) })
	carer.until("the carer reads the receipts", func() bool { _, ok := carer.receipt(app.ReceiptWithdrawn); return ok })
	restrict()
	check(t, pat.LeaveCentre(t.Context(), centre, app.PartingWish))
	doc.until("the doctor knows", func() bool { end := doc.ended(n); return end != nil && end.Shut })
	if doc.sees(n, diary.ID{}, hasNote("mine")) {
		t.Error("leaving has ended the restriction")
	}
	if err := doc.AnswerRestriction(t.Context(), n, doc.wish(n).ID, app.EndRestriction, "x"); !errors.Is(err, app.ErrParted) {
		t.Errorf("an end that nobody hears of: %v", err)
	}
	before := len(doc.visits())
	check(t, doc.ShowRestricted(t.Context(), n, app.ShowDuty, "court"))
	doc.Look(func(l app.Look) {
		if p, _ := l.PatientHere(n); len(p.Diary.Timeline(diary.Filter{Match: hasNote("mine")})) != 1 {
			t.Error("it is not shown")
		}
	})
	if v := doc.visits(); len(v) != before+1 || v[0].Why != app.ShowDuty || v[0].Words != "court" {
		t.Errorf("the log says %+v", v)
	}
}

// What somebody does by their rights leaves a line on each of their devices: a file
// with its hash, a correction, what was taken back, a centre that was left.
func TestActsLeaveReceiptsOnAllDevices(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	tablet := pat.admitted(r, join.Device, "")
	first := must(pat.Record(t.Context(), note("first")))(t)
	second := must(pat.Record(t.Context(), note("second")))(t)
	fixed := note("first, corrected")
	fixed.Supersedes, fixed.Because = first, "a slip"
	check(t, only(pat.Record(t.Context(), fixed)))
	check(t, only(pat.Record(t.Context(), &diary.Retract{Entry: second, Reason: "not mine"})))
	doc.has(n, "first, corrected")

	home := pat.screen()
	home.press(view.ActPapers)
	home.press(view.ActPapersSave, view.FieldForm, "form.notes")
	pat.reads(home, "Saved as ")
	var file []byte
	home.mu.Lock()
	for _, data := range home.files {
		file = data
	}
	home.mu.Unlock()
	if len(file) == 0 {
		t.Fatal("no file was saved")
	}
	check(t, pat.LeaveCentre(t.Context(), pat.firstCentre(), app.PartingMoved))
	hash := sha256.Sum256(file)
	tablet.until("the tablet has the lines", func() bool { return len(tablet.receipts()) == 5 })
	for name, p := range map[string]*person{"phone": pat, "tablet": tablet} {
		saved, _ := p.receipt(app.ReceiptSaved)
		if saved.File != hash || saved.Size != int64(len(file)) || saved.Form != 8 || !saved.You {
			t.Errorf("the %s: saved %+v", name, saved)
		}
		fix, ok := p.receipt(app.ReceiptCorrected)
		if !ok || fix.Words != "a slip" || fix.Entry != first || len(fix.Centres) != 1 || fix.Centres[0] != "Centre A" || fix.Delivery != app.Sent {
			t.Errorf("the %s: corrected %+v", name, fix)
		}
		back, ok := p.receipt(app.ReceiptTakenBack)
		if !ok || back.Words != "not mine" || back.Entry != second || fix.Number == back.Number {
			t.Errorf("the %s: taken back %+v", name, back)
		}
		if yes, ok := p.receipt(app.ReceiptAgreed); !ok || yes.Version != sharing.Version || !yes.You || yes.ByCentre || len(yes.Centres) != 1 || yes.Centres[0] != "Centre A" {
			t.Errorf("the %s: agreed %+v", name, yes)
		}
		if left, ok := p.receipt(app.ReceiptParted); !ok || app.PartingReason(left.Why) != app.PartingMoved || left.ByCentre || left.Centres[0] != "Centre A" {
			t.Errorf("the %s: left %+v", name, left)
		}
	}
	home.press(view.ActWhoSees)
	pat.reads(home, `id="seen-receipts"`)
	home.press(view.ActReceipts)
	pat.reads(home, hex.EncodeToString(hash[:]))
	pat.reads(home, "Centre left")
	pat.reads(home, "Agreed that the diary is shared (words 1)")
	if got := doc.receipts(); len(got) != 0 {
		t.Errorf("a centre has the receipts of a patient: %+v", got)
	}
}
