package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/papers"
)

var update = flag.Bool("update", false, "write the golden files anew")

var until = time.Date(2026, 11, 23, 17, 43, 0, 0, time.FixedZone("CET", 3600))

// A writer makes records of entries.
type writer struct{ list []diary.Record }

func (w *writer) write(t testing.TB, at int64, who diary.Who, name string, e diary.Entry) {
	t.Helper()
	h := e.Top()
	if h.ID.IsZero() {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("id"), uint32(len(w.list))))
		copy(h.ID[:], sum[:])
	}
	if h.Entered.IsZero() {
		h.Entered = diary.Moment{Ms: at, Offset: 60}
	}
	body, err := diary.Encode(e)
	if err != nil {
		t.Fatalf("%T: %v", e, err)
	}
	r := diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who, Name: name}, Written: at, Own: who == diary.Patient}
	r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(body, uint64(at)))
	w.list = append(w.list, r)
}

const hour = int64(3600_000)

// small is a diary of a few days with something of everything in it.
func small(t testing.TB) []diary.Record {
	var w writer
	now := until.UnixMilli()
	at := func(hoursAgo int64) diary.Moment { return diary.Moment{Ms: now - hoursAgo*hour, Offset: 60} }
	home, centre := diary.Patient, diary.Centre

	plan := &diary.Plan{
		Product: "fviii.kovaltry", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: 2026, Month: 11, Day: 2},
		Schedule: diary.Schedule{Weekdays: diary.WeekdaysOf(0, 2, 4), Times: []uint16{7 * 60}}, Clinician: "Dr. Reuter",
	}
	w.write(t, now-480*hour, centre, "Dr. Reuter", plan)
	w.write(t, now-479*hour, centre, "Dr. Reuter", &diary.Plan{
		Product: "fviii.kovaltry", Amount: diary.Units(3000), Reason: diary.ReasonBleed, From: diary.Date{Year: 2026, Month: 11, Day: 2}, Clinician: "Dr. Reuter",
		Note: "Bei Kopfverletzung sofort spritzen, dann anrufen.",
	})
	w.write(t, now-478*hour, home, "", &diary.About{
		Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere, Inhibitor: diary.InhibitorPast, Allergies: "Penicillin", Medicines: "Pantoprazol 20 mg", Note: "Port rechts",
	})
	w.write(t, now-477*hour, home, "", &diary.Card{Contacts: "Tante, 0170 1234567", Phone: "030 1234-0"})
	w.write(t, now-476*hour, centre, "Dr. Reuter", &diary.Contact{Phone: "+49 30 1234-0", Emergency: "+49 30 1234-112", Hours: "Mo-Fr 8-16"})
	w.write(t, now-475*hour, home, "", &diary.Measure{Taken: at(475), What: diary.MeasuredWeight, Value: 72_500})
	w.write(t, now-474*hour, centre, "Dr. Reuter", &diary.Measure{Taken: at(474), What: diary.MeasuredInhibitor, Value: 0, Lab: "Zentrallabor", Note: "nicht nachweisbar"})
	w.write(t, now-473*hour, home, "", &diary.Pack{
		Received: at(473), Product: "fviii.kovaltry", Lots: []diary.Lot{
			{Batch: "KX12345", Expiry: diary.Date{Year: 2028, Month: 8}, Packs: 5, Strength: diary.Units(1000), PZN: "03752864"},
			{Batch: "KX12346", Expiry: diary.Date{Year: 2028, Month: 9, Day: 30}, Packs: 2, Strength: diary.Units(500)},
		}, Vials: 2, Serials: []string{"S1", "S2"}, Note: "Apotheke",
	})
	lots := []diary.Lot{
		{Batch: "KX12345", Expiry: diary.Date{Year: 2028, Month: 8}, Packs: 1, Strength: diary.Units(1000), PZN: "03752864"},
		{Batch: "KX12346", Expiry: diary.Date{Year: 2028, Month: 9, Day: 30}, Packs: 1, Strength: diary.Units(500)},
	}
	wrong := &diary.Treatment{
		Taken: at(300), Product: "fviii.kovaltry", Amount: diary.Units(1000), Lots: lots[:1], Reason: diary.ReasonProphylaxis, Site: diary.SiteVeinArmLeft, GivenBy: diary.GivenSelf,
	}
	w.write(t, now-299*hour, home, "", wrong)
	right := *wrong
	right.Head = diary.Head{Supersedes: wrong.ID, Because: "zweite Flasche vergessen"}
	right.Amount, right.Lots = diary.Units(1500), lots
	w.write(t, now-298*hour, home, "", &right)
	missed := &diary.Treatment{Taken: at(252), Product: "fviii.kovaltry", Reason: diary.ReasonProphylaxis, NotGiven: diary.NotGivenForgotten, Note: "=SUMME(A1:A9)"}
	w.write(t, now-240*hour, home, "", missed)
	bleed := &diary.Bleed{
		Start: diary.Moment{Ms: now - 200*hour + 123, Offset: 120}, Places: []diary.Place{diary.LeftKnee, diary.RightAnkle}, Cause: diary.CauseActivity, Type: diary.BleedJoint,
		Severity: diary.SeverityModerate, Pain: diary.PainOf(0), Signs: diary.SignAura | diary.SignSwelling, Note: "Fußball; dann \"knack\",\nund warm",
	}
	w.write(t, now-199*hour, home, "", bleed)
	w.write(t, now-198*hour, diary.Carer, "", &diary.Treatment{
		Taken: at(199), Product: "fviii.kovaltry", Amount: diary.Units(3000), Reason: diary.ReasonBleed, Bleed: bleed.ID, GivenBy: diary.GivenCarer,
		Lots: []diary.Lot{{Batch: "-1+2", Packs: 3, Strength: diary.Units(1000)}}, Reaction: "rote Stelle",
	})
	over := *bleed
	over.Head = diary.Head{Supersedes: bleed.ID, Because: "vorbei"}
	over.End, over.Response8h, over.Response72h = at(150), diary.ResponseGood, diary.ResponseExcellent
	w.write(t, now-120*hour, home, "", &over)
	w.write(t, now-110*hour, home, "", &diary.Bleed{Start: at(111), Places: []diary.Place{diary.LeftKnee}, Cause: diary.CauseSpontaneous, Type: diary.BleedJoint, Again: bleed.ID})
	note := &diary.Note{Text: "'Physio', Knie freier\n+ Übungen", About: bleed.ID}
	w.write(t, now-100*hour, home, "", note)
	ask := &diary.Message{Text: "Darf ich wieder laufen?", About: bleed.ID}
	w.write(t, now-90*hour, home, "", ask)
	w.write(t, now-80*hour, centre, "Dr. Reuter", &diary.Message{Text: "Ja, langsam.", About: bleed.ID, ReplyTo: ask.ID})
	w.write(t, now-79*hour, centre, "Dr. Reuter", &diary.Seen{Entries: []diary.ID{bleed.ID}})
	w.write(t, now-78*hour, centre, "Dr. Reuter", &diary.Opened{})
	twice := &diary.Treatment{Taken: at(70), Product: "other.iu", ProductName: "Müllers Faktor", Amount: 2_500_500, Reason: diary.ReasonActivity}
	w.write(t, now-69*hour, home, "", twice)
	again := *twice
	again.Head = diary.Head{}
	w.write(t, now-68*hour, home, "", &again)
	w.write(t, now-67*hour, home, "", &diary.Retract{Entry: again.ID, Reason: "doppelt"})
	w.write(t, now-66*hour, home, "", &diary.Removal{At: at(66), Product: "fviii.kovaltry", Lots: []diary.Lot{{Batch: "KX12345", Packs: 1}}, Why: diary.WhyBroken, Note: "heruntergefallen"})
	w.write(t, now-65*hour, centre, "Dr. Reuter", &diary.Recall{Product: "fviii.kovaltry", Lots: []diary.Lot{{Batch: "KX99999"}}, Note: "nicht verwenden"})
	return w.list
}

// patient is the i-th invented patient's diary.
func patient(t testing.TB, seed uint64, i int) []diary.Record {
	var w writer
	for _, s := range sample.Cases(seed, i+1, until, "de")[i].Steps {
		name := ""
		if s.Who == diary.Centre {
			name = "Dr. Reuter"
		}
		w.write(t, s.At, s.Who, name, s.Entry)
	}
	return w.list
}

func order(f papers.Form, list []diary.Record) papers.Order {
	return papers.Order{Form: f, Lang: "de", Now: diary.MomentOf(until), Owner: "VK7-3QMW-9TXA", Version: "test", Records: list}
}

func make_(t testing.TB, o papers.Order) []byte {
	t.Helper()
	raw, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Make(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, file []byte, into []diary.Record) papers.Findings {
	t.Helper()
	o := order(0, into)
	o.File = file
	raw, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	f, err := papers.ParseFindings(out)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// written is a diary after what was found has been written by the patient.
func written(t testing.TB, list []diary.Record, f papers.Findings) []diary.Record {
	t.Helper()
	out := append([]diary.Record{}, list...)
	for i, e := range f.Added {
		r := diary.Record{Kind: e.Kind, Body: e.Body, Author: diary.Author{Who: diary.Patient}, Written: until.UnixMilli() + int64(len(list)+i), Own: true}
		r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(e.Body, uint64(r.Written)))
		out = append(out, r)
	}
	return out
}

func TestFilesAreAsTheGoldenFilesSay(t *testing.T) {
	list := small(t)
	for name, o := range map[string]papers.Order{
		"bundle.json": order(papers.Bundle, list), "treatments.csv": order(papers.Treatments, list), "bleeds.csv": order(papers.Bleeds, list),
		"stock.csv": order(papers.Stock, list), "measures.csv": order(papers.Measures, list), "plans.csv": order(papers.Plans, list), "notes.csv": order(papers.Notes, list),
		"treatments-excel.csv": {Form: papers.Treatments, Excel: true, Now: diary.MomentOf(until), Records: list},
	} {
		got := make_(t, o)
		if again := make_(t, o); !bytes.Equal(got, again) {
			t.Errorf("%s is different the second time", name)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs; look at it and run with -update", file)
		}
	}
}

// standing is what a diary says, for comparing: the plain content of what stands.
func standing(t testing.TB, list []diary.Record, kinds ...diary.Kind) map[diary.ID]string {
	o := order(0, list)
	raw, _ := o.Bytes()
	b, err := open(raw)
	if err != nil {
		t.Fatal(err)
	}
	in := newIntake(b)
	out := make(map[diary.ID]string)
	for _, it := range b.standing(kinds...) {
		out[it.ID] = in.plain(it.Entry)
	}
	return out
}

func TestWhatGoesOutComesInAgain(t *testing.T) {
	diaries := map[string][]diary.Record{"small": small(t)}
	for i := range 6 {
		diaries["patient "+itoa(i)] = patient(t, 7, i)
	}
	forms := append([]papers.Form{papers.Bundle, papers.Archive}, papers.Tables()...)
	for name, list := range diaries {
		for _, form := range forms {
			for _, excel := range []bool{false, true} {
				if excel && !form.Table() {
					continue
				}
				o := order(form, list)
				o.Excel = excel
				file := make_(t, o)
				if f := read(t, file, list); len(f.Added) != 0 || f.Refused != 0 {
					t.Errorf("%s, %s: into the same diary %d are added, %d refused: %v", name, form.Key(), len(f.Added), f.Refused, f.Refusals)
				}
				f := read(t, file, nil)
				if f.Refused != 0 || f.Form != form || len(f.Ignored) != 0 {
					t.Errorf("%s, %s: form %d, %d refused: %v, ignored %v", name, form.Key(), f.Form, f.Refused, f.Refusals, f.Ignored)
				}
				fresh := written(t, nil, f)
				var kinds []diary.Kind
				if tab := tableOf(form); tab != nil {
					kinds = tab.kinds
				} else {
					kinds = []diary.Kind{diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindPlan, diary.KindMeasure}
				}
				want, got := standing(t, list, kinds...), standing(t, fresh, kinds...)
				for id, s := range want {
					if leaves(diary.Kind(s[0])<<8 | diary.Kind(s[1])) {
						delete(want, id)
					} else if got[id] != s {
						t.Errorf("%s, %s: %v came back as\n%x, not\n%x", name, form.Key(), id, got[id], s)
						break
					}
				}
				if len(want) != len(got) {
					t.Errorf("%s, %s: %d came back of %d", name, form.Key(), len(got), len(want))
				}
				if f := read(t, file, fresh); len(f.Added) != 0 || f.Refused != 0 {
					t.Errorf("%s, %s: the second time %d are added, %d refused: %v", name, form.Key(), len(f.Added), f.Refused, f.Refusals)
				}
			}
		}
	}
}

// An archive gives back every entry that home may write, byte for byte, with all
// corrections.
func TestAnArchiveLosesNothing(t *testing.T) {
	for i := range 4 {
		list := patient(t, 11, i)
		f := read(t, make_(t, order(papers.Archive, list)), nil)
		got := make(map[string]bool)
		for _, e := range f.Added {
			got[string(e.Body)] = true
		}
		left := papers.Total(f.Left)
		for _, r := range list {
			if leaves(r.Kind) {
				left--
			} else if !got[string(r.Body)] {
				t.Errorf("an entry of kind %d is lost", r.Kind)
			}
		}
		if left != 0 || len(f.Added)+papers.Total(f.Left) != len(list) {
			t.Errorf("%d added, %d left, %d in all", len(f.Added), papers.Total(f.Left), len(list))
		}
		if f.Owner != "VK7-3QMW-9TXA" || f.Made != until.UnixMilli() {
			t.Errorf("of %q, made %d", f.Owner, f.Made)
		}
	}
}

func TestACellIsNeverAFormula(t *testing.T) {
	for _, tt := range []struct{ text, cell string }{
		{"=1+2", "'=1+2"}, {"+49 30", "'+49 30"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"\tx", "'\tx"}, {"\rx", "'\rx"}, {"\nx", "'\nx"},
		{"＝1", "'＝1"}, {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠x", "'＠x"}, {"'quoted'", "''quoted'"}, {"''", "'''"},
		{"plain", "plain"}, {"1=2", "1=2"}, {" =1", " =1"}, {"", ""}, {"ü", "ü"},
	} {
		got := harmless(tt.text)
		if got != tt.cell {
			t.Errorf("%q becomes %q", tt.text, got)
		}
		if plainly(got) != tt.text {
			t.Errorf("%q comes back as %q", tt.text, plainly(got))
		}
	}
	for _, form := range papers.Tables() {
		for _, excel := range []bool{false, true} {
			o := order(form, small(t))
			o.Excel = excel
			for _, line := range strings.Split(string(make_(t, o)), "\r\n") {
				for _, cell := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' }) {
					if c := strings.TrimPrefix(cell, `"`); c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
						t.Errorf("%s has the cell %q", form.Key(), cell)
					}
				}
			}
		}
	}
}
