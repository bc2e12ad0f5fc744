package e2e

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/view"
)

// questions are those of the patient's only centre, or of the centre to a patient.
func (p *person) questions(n uint32) (list []app.Question) {
	p.Look(func(l app.Look) { list = l.Questions(n) })
	return list
}

func (p *person) question(n uint32, id app.PurposeID) (q app.Question) {
	for _, x := range p.questions(n) {
		if x.ID == id {
			q = x
		}
	}
	return q
}

// agreed counts the patients whose consent is in force, as the centre sees it.
func (p *person) agreed(id app.PurposeID) (n int) {
	p.Look(func(l app.Look) {
		for _, k := range l.Candidates(id) {
			if k.InForce != nil {
				n++
			}
		}
	})
	return n
}

// exported are the pseudonyms of all patients for a purpose, by those of the diary.
func (p *person) exported(id app.PurposeID) map[string]string {
	out := make(map[string]string)
	p.Look(func(l app.Look) {
		for _, k := range l.Patients() {
			if x, ok := l.Exported(id, k.N); ok {
				out[k.Pseudonym] = x.String()
			}
		}
	})
	return out
}

// extracts looks at an extract of one year and saves it, and returns the
// pseudonyms in the file.
func (p *person) extracts(x *tab, id app.PurposeID, year, n int, form string) (names []string, file string) {
	p.t.Helper()
	x.press(view.ActGoPatients)
	x.press(view.ActStudies)
	x.press(view.ActStudy, view.FieldStudy, hex.EncodeToString(id[:]))
	p.reads(x, `id="study-look"`)
	y := strconv.Itoa(year)
	x.press(view.ActStudyLook, view.FieldFirst, y, view.FieldLast, y)
	p.reads(x, strconv.Itoa(n)+" patients would be in the file")
	x.press(view.ActStudySave, view.FieldForm, form)
	p.reads(x, "Logged and saved: ")
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, data := range x.files {
		file = string(data)
		if strings.HasSuffix(name, ".csv") == (form == "bundle") {
			p.t.Errorf("the file is called %s", name)
		}
		if form == "bundle" {
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
		if err != nil {
			p.t.Fatal(err)
		}
		for _, r := range rows[1:] {
			names = append(names, r[0])
		}
	}
	clear(x.files)
	slices.Sort(names)
	return names, file
}

// Two doctors and six patients: questions, answers in the app and on paper, an
// extract, a withdrawal, the next extract; and the names in it, which stay the same
// whoever makes it, also after the centre has lost every browser.
func TestAStudyFromTheQuestionToTheExtractAfterAWithdrawal(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	sheet := doc.onPaper()
	other := doc.employs(r, keyring.Doctor, "Dr. Grau")
	nurse := doc.employs(r, keyring.Nurse, "Schwester Lila")
	year := time.Now().Year() - 1
	when := func(month time.Month) diary.Moment {
		return diary.MomentOf(time.Date(year, month, 5, 12, 0, 0, 0, time.UTC))
	}
	var pats []*person
	for i := range 6 {
		pat, n := doc.patient(r, "bed-"+strconv.Itoa(i))
		for _, e := range []diary.Entry{
			&diary.About{Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Note: "secret words"},
			&diary.Treatment{Taken: when(1), Product: "fviii.kovaltry", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis, Lots: []diary.Lot{{Batch: "SECRETLOT"}}},
			&diary.Bleed{Start: when(8), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint},
		} {
			check(t, only(pat.Record(t.Context(), e)))
		}
		doc.until("the diary is at the centre", func() (all bool) {
			doc.Look(func(l app.Look) { p, _ := l.Patient(n); all = p.Diary.Len() >= 3 })
			return all
		})
		pats = append(pats, pat)
	}
	if _, err := nurse.AddPurpose(t.Context(), "x", "y", "z"); !errors.Is(err, app.ErrNoDoctor) {
		t.Errorf("a nurse begins a study: %v", err)
	}
	id := must(doc.AddPurpose(t.Context(), "Registry", "Institute", "To learn."))(t)
	second := must(other.AddPurpose(t.Context(), "Another study", "University", "To learn more."))(t)

	// Each is asked for both; five agree in the app, one has signed a paper.
	for i, pat := range pats {
		n := pat.firstCentre()
		pat.until("the patient is asked", func() bool { return len(pat.questions(n)) == 2 })
		if i < 5 {
			check(t, pat.SayConsent(t.Context(), n, id, app.Consent{Yes: true, Born: 1990, Sex: extract.Male}))
		}
	}
	check(t, pats[0].SayConsent(t.Context(), pats[0].firstCentre(), second, app.Consent{Yes: true}))
	if err := pats[0].SayConsent(t.Context(), pats[0].firstCentre(), app.PurposeID{1}, app.Consent{Yes: true}); !errors.Is(err, app.ErrPurpose) {
		t.Errorf("an answer to nothing: %v", err)
	}
	other.until("the colleague has all patients and both studies", func() bool {
		both := 0
		other.Look(func(l app.Look) { both = len(l.Purposes()) })
		return other.patientCount() == 6 && both == 2 && other.agreed(id) == 5
	})
	signed := diary.DateOf(time.Now().AddDate(0, 0, -2))
	paper := app.Consent{Yes: true, Born: 1990, Sex: extract.Male, Signed: signed, Remark: "folder 3"}
	sixth := func(p *person) (n uint32) {
		p.Look(func(l app.Look) {
			for _, k := range l.Patients() {
				if k.Note == "bed-5" {
					n = k.N
				}
			}
		})
		return n
	}
	check(t, other.NoteConsent(t.Context(), sixth(other), id, paper))
	doc.until("six agreed", func() bool { return doc.agreed(id) == 6 })
	pats[5].until("the patient reads what was noted", func() bool {
		q := pats[5].question(pats[5].firstCentre(), id)
		return q.InForce && q.Last.ByCentre && q.Last.By == "Dr. Grau" && q.Last.Signed == signed && q.Last.Remark == "folder 3"
	})

	// The first doctor makes an extract.
	x := doc.screen()
	first, file := doc.extracts(x, id, year, 6, "table")
	names := doc.exported(id)
	if len(first) != 6 || len(names) != 6 {
		t.Fatalf("%d in the file, %d patients:\n%s", len(first), len(names), file)
	}
	for diarys, name := range names {
		if !slices.Contains(first, name) || strings.Contains(file, diarys) {
			t.Errorf("%s is not in the file as %s and no other:\n%s", diarys, name, file)
		}
	}
	// Pseudonyms are of digits and capitals without L and O: none of these is there by chance.
	for _, s := range []string{"secret words", "SECRETLOT", "knee", "bed-1", "-08-", "Institute"} {
		if strings.Contains(file, s) {
			t.Errorf("the file says %q", s)
		}
	}
	if !strings.Contains(file, ",full,a,severe,,1990-1999,male,,fviii,") || !strings.Contains(file, ",0,0,1,0,") {
		t.Errorf("the file is\n%s", file)
	}
	if _, file = doc.extracts(x, id, year, 6, "bundle"); strings.Count(file, `"ResearchSubject"`) != 6 {
		t.Errorf("the bundle is\n%.2000s", file)
	}
	pats[0].until("the patient reads who gave it away", func() bool {
		g := pats[0].question(pats[0].firstCentre(), id).Given
		return len(g) == 2 && g[0].By == "Dr. Blau" && g[0].First == year
	})

	// Nobody else has these names, and the two studies have none in common.
	apart := doc.exported(second)
	for diarys, name := range apart {
		for _, n := range names {
			if n == name {
				t.Errorf("%s is %s in both studies", diarys, name)
			}
		}
	}

	// One withdraws in the app. Paper does not override that.
	y := pats[1].screen()
	y.press(view.ActGoCentre)
	pats[1].reads(y, `id="consents"`)
	y.press(view.ActConsents, view.FieldCentre, strconv.Itoa(int(pats[1].firstCentre())))
	pats[1].reads(y, "Another study")
	y.press(view.ActConsent, view.FieldStudy, hex.EncodeToString(id[:]))
	pats[1].reads(y, "Centre A asks: may figures from your diary go to Institute?")
	pats[1].reads(y, "Dr. Blau")
	y.press(view.ActConsentNo)
	pats[1].reads(y, "Not agreed")
	for _, d := range []*person{doc, other} {
		d.until("five are left", func() bool { return d.agreed(id) == 5 })
	}
	var gone, stays uint32
	other.Look(func(l app.Look) {
		for _, k := range l.Patients() {
			switch k.Note {
			case "bed-1":
				gone = k.N
			case "bed-2":
				stays = k.N
			}
		}
	})
	if err := other.NoteConsent(t.Context(), gone, id, paper); !errors.Is(err, app.ErrAnswered) {
		t.Errorf("a paper for who withdrew: %v", err)
	}
	if err := other.LogExtract(t.Context(), app.Extract{Purpose: id, First: year, Last: year, Form: extract.Table}, []uint32{stays, gone}); !errors.Is(err, app.ErrConsent) {
		t.Errorf("an extract with who withdrew: %v", err)
	}
	if err := nurse.LogExtract(t.Context(), app.Extract{Purpose: id, First: year, Last: year, Form: extract.Table}, nil); !errors.Is(err, app.ErrNoDoctor) {
		t.Errorf("a nurse's extract: %v", err)
	}

	// What was typed into an answer is there again behind the lock.
	w := pats[3].screen()
	w.press(view.ActGoCentre)
	w.press(view.ActConsents, view.FieldCentre, strconv.Itoa(int(pats[3].firstCentre())))
	pats[3].reads(w, "Another study")
	w.press(view.ActConsent, view.FieldStudy, hex.EncodeToString(second[:]))
	pats[3].reads(w, "go to University?")
	w.press(view.ActDraft, view.FieldBorn, "1980")
	pats[3].reads(w, `value="1980" selected`)
	w.press(view.ActLock)
	pats[3].reads(w, `data-key="unlock"`)
	w.press(view.ActUnlock, view.FieldPassphrase, string(pass))
	pats[3].reads(w, "go to University?")
	pats[3].reads(w, `value="1980" selected`)
	w.press(view.ActConsentYes, view.FieldBorn, "1980", view.FieldSex, "sex.male")
	pats[3].reads(w, "1980–1989")
	w.press(view.ActBack)
	pats[3].until("the answer is kept", func() bool { return pats[3].question(pats[3].firstCentre(), second).InForce })

	// The colleague's extract has the same names, without that one.
	z := other.screen()
	other.until("the colleague's browser has all of it", func() bool { return other.agreed(id) == 5 })
	next, _ := other.extracts(z, id, year, 5, "table")
	var without string
	other.Look(func(l app.Look) {
		for _, k := range l.Patients() {
			if k.Note == "bed-1" {
				without = names[k.Pseudonym]
			}
		}
	})
	want := slices.DeleteFunc(slices.Clone(first), func(s string) bool { return s == without })
	if !slices.Equal(next, want) {
		t.Errorf("the next extract has %v, want %v", next, want)
	}
	z.press(view.ActGoPatients)
	z.press(view.ActStudies)
	z.press(view.ActStudy, view.FieldStudy, hex.EncodeToString(second[:]))
	z.press(view.ActStudyLook, view.FieldFirst, strconv.Itoa(year), view.FieldLast, strconv.Itoa(year))
	other.reads(z, "Nothing can go out")
	if strings.Contains(z.page(), `id="study-table"`) {
		t.Error("there is a button for nothing")
	}

	// A lead ends the second study, on the screen. A doctor cannot.
	if err := other.EndStudy(t.Context(), second, ""); !errors.Is(err, app.ErrRight) {
		t.Errorf("a doctor ends a study: %v", err)
	}
	z.press(view.ActGoPatients)
	z.press(view.ActStudies)
	z.press(view.ActStudy, view.FieldStudy, hex.EncodeToString(second[:]))
	other.reads(z, "Only leads can end it.")
	x.press(view.ActGoPatients)
	x.press(view.ActStudies)
	x.press(view.ActStudy, view.FieldStudy, hex.EncodeToString(second[:]))
	doc.reads(x, `id="study-end-form"`)
	x.press(view.ActStudyEndForm)
	doc.reads(x, "End for good?")
	x.press(view.ActDraft, view.FieldWhy, "All is evaluated.")
	x.press(view.ActStudyEnd, view.FieldWhy, "All is evaluated.")
	doc.reads(x, `id="study-over"`)
	doc.reads(x, "All is evaluated.")
	other.reads(z, `id="study-over"`)
	other.reads(z, "<dd class=\"num\">2</dd>") // had agreed
	if s := x.page() + z.page(); strings.Contains(s, `id="study-look"`) || strings.Contains(s, `id="study-end-form"`) {
		t.Error("there is more to do for what has ended")
	}
	for _, pat := range pats[:2] { // one agreed, the other never answered
		pat.until("the patient knows that it has ended", func() bool {
			q := pat.question(pat.firstCentre(), second)
			return q.End != nil && q.End.Why == "All is evaluated." && !q.InForce
		})
		if err := pat.SayConsent(t.Context(), pat.firstCentre(), second, app.Consent{Yes: true}); !errors.Is(err, app.ErrStudyEnded) {
			t.Errorf("a yes to what has ended: %v", err)
		}
	}
	w.press(view.ActGoCentre)
	w.press(view.ActConsents, view.FieldCentre, strconv.Itoa(int(pats[3].firstCentre())))
	pats[3].reads(w, "Ended")
	w.press(view.ActConsent, view.FieldStudy, hex.EncodeToString(second[:]))
	pats[3].reads(w, "Your consent ended with it.")
	if strings.Contains(w.page(), `id="consent-no"`) {
		t.Error("there is something to answer still")
	}
	for name, err := range map[string]error{
		"a paper":    other.NoteConsent(t.Context(), stays, second, paper),
		"an extract": doc.LogExtract(t.Context(), app.Extract{Purpose: second, First: year, Last: year, Form: extract.Table}, nil),
	} {
		if !errors.Is(err, app.ErrStudyEnded) {
			t.Errorf("%s for what has ended: %v", name, err)
		}
	}
	if doc.agreed(second)+other.agreed(second) != 0 {
		t.Error("somebody agrees to what has ended")
	}
	check(t, doc.EndStudy(t.Context(), second, "again")) // changes nothing
	// Who goes on begins anew, with other names. Who comes now is asked for that,
	// which is asked last, and not for what has ended.
	third := must(doc.AddPurpose(t.Context(), "Another study", "University", "To learn more."))(t)
	seventh, _ := doc.patient(r, "bed-6")
	seventh.until("the new patient is asked", func() bool { return seventh.question(seventh.firstCentre(), third).Asked })
	if len(seventh.questions(seventh.firstCentre())) != 2 {
		t.Error("a new patient is asked for what has ended")
	}
	for diarys, name := range doc.exported(third) {
		if apart[diarys] == name {
			t.Errorf("%s is %s in what has ended and in what was begun anew", diarys, name)
		}
	}

	// A patient who leaves is in none. All browsers of the centre are lost; the sheet
	// brings the names back.
	left := pats[2].firstCentre()
	check(t, pats[2].LeaveCentre(t.Context(), left, app.PartingMoved))
	pats[2].until("the centre is out", func() bool { return pats[2].ended(left).Shut })
	other.until("four are left", func() bool { return other.agreed(id) == 4 })
	doc.until("and the first doctor knows what the colleague did", func() (known bool) {
		doc.Look(func(l app.Look) { known = len(l.Extracts(id)) == 3 })
		return known
	})
	for _, d := range []*person{doc, other, nurse} {
		d.Lock()
	}
	back := r.back(sheet)
	back.until("the centre is back", func() bool {
		log := 0
		back.Look(func(l app.Look) { log = len(l.Extracts(id)) })
		return back.patientCount() >= 6 && back.agreed(id) == 4 && log == 3 // who left may be gone, or shown as gone
	})
	again := back.exported(id)
	for diarys, name := range again {
		if was, ok := names[diarys]; ok && was != name {
			t.Errorf("%s was %s and is %s", diarys, names[diarys], name)
		}
	}
	if len(again) < 6 {
		t.Errorf("%d have a name", len(again))
	}
	back.Look(func(l app.Look) {
		for _, p := range l.Purposes() {
			if ended := p.End != nil && p.End.Why == "All is evaluated."; ended != (p.ID == second) {
				t.Errorf("after the sheet %s has ended: %v", p.Name, ended)
			}
		}
	})
}
