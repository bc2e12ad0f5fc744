package files

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
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

func TestEveryProblemIsToldInAColumn(t *testing.T) {
	for i := range tables {
		for _, field := range []string{
			"product", "productname", "amount", "lots.3.batch", "lots.0.expiry", "lots.0.strength", "lots.0.pzn", "taken", "start", "end", "places.1", "pain", "response8h",
			"received", "at", "vials", "serials.2", "why", "value", "what", "lab", "every", "weekdays", "times.0", "from", "until", "clinician", "text", "note", "reason", "site", "entered",
		} {
			c := tables[i].column(field)
			found := c == ""
			for _, x := range tables {
				found = found || slices.Contains(x.columns, c)
			}
			if !found {
				t.Errorf("the field %s stands in the column %s, which no table has", field, c)
			}
		}
	}
}

func TestPicturesAreInTheArchive(t *testing.T) {
	o := order(papers.Archive, small(t))
	id := diary.ID{9}
	o.Pictures, o.Missing = []papers.Picture{{ID: id, Data: []byte("\xff\xd8\xffpicture")}}, 2
	file := make_(t, o)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]string{"photos/" + id.String() + ".jpg": "picture", "README.txt": "1 pictures; 2 more"} {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(f); !bytes.Contains(b, []byte(words)) {
			t.Errorf("%s: %s", name, b)
		}
	}
}

func TestACellIsNeverAFormula(t *testing.T) {
	for _, tt := range []struct{ text, cell string }{
		{"=1+2", "'=1+2"}, {"+49 30", "'+49 30"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"\tx", "'\tx"}, {"\rx", "'\rx"}, {"\nx", "'\nx"},
		{"＝1", "'＝1"}, {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠x", "'＠x"}, {"'quoted'", "''quoted'"}, {"''", "'''"},
		{"plain", "plain"}, {"1=2", "1=2"}, {" =1", " =1"}, {"", ""}, {"ü", "ü"},
	} {
		got := papers.Harmless(tt.text)
		if got != tt.cell {
			t.Errorf("%q becomes %q", tt.text, got)
		}
		if papers.Plainly(got) != tt.text {
			t.Errorf("%q comes back as %q", tt.text, papers.Plainly(got))
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

func TestWhatIsWrongIsToldByRowAndColumn(t *testing.T) {
	const head = "id,given_at,product,amount,unit,batch,expiry,packs,pzn,reason,note\n"
	const good = ",2026-11-01T07:00:00+01:00,fviii.kovaltry,1000,iu,B1,2028-08,1,,prophylaxis,\n"
	row := func(s string) string { return head + s + "\n" + good }
	for name, tt := range map[string]struct {
		file   string
		row    int
		column string
		why    papers.Reason
		added  int
	}{
		"not a time":            {row(",yesterday,fviii.kovaltry,1000,iu,,,,,prophylaxis,"), 2, "given_at", papers.NotTime, 1},
		"a time without offset": {row(",2026-11-01T07:00:00,fviii.kovaltry,1000,iu,,,,,prophylaxis,"), 2, "given_at", papers.NotTime, 1},
		"in the future":         {row(",2027-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,,,,prophylaxis,"), 2, "given_at", "problem.future", 1},
		"not a number":          {row(",2026-11-01T07:00:00Z,fviii.kovaltry,many,iu,,,,,prophylaxis,"), 2, "amount", papers.NotNumber, 1},
		"no amount":             {row(",2026-11-01T07:00:00Z,fviii.kovaltry,,iu,,,,,prophylaxis,"), 2, "amount", "problem.zero", 1},
		"an absurd amount":      {row(",2026-11-01T07:00:00Z,fviii.kovaltry,900000,iu,,,,,prophylaxis,"), 2, "amount", "problem.absurd", 1},
		"another unit":          {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,mg,,,,,prophylaxis,"), 2, "unit", papers.NoSuch, 1},
		"no such product":       {row(",2026-11-01T07:00:00Z,fviii.nothing,1000,,,,,,prophylaxis,"), 2, "product", papers.NoSuch, 1},
		"no product":            {row(",2026-11-01T07:00:00Z,,1000,,,,,,prophylaxis,"), 2, "product", papers.Missing, 1},
		"no such reason":        {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,,,,fun,"), 2, "reason", papers.NoSuch, 1},
		"not an identifier":     {row("17,2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,,,,prophylaxis,"), 2, "id", papers.NotID, 1},
		"not a date":            {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,B,August,1,,prophylaxis,"), 2, "expiry", papers.NotDate, 1},
		"a lot without a batch": {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,2028-08,1,,prophylaxis,"), 2, "batch", papers.Missing, 1},
		"a wrong PZN":           {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,B,,1,12345679,prophylaxis,"), 2, "pzn", "problem.unknown", 1},
		"control characters":    {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,,,,prophylaxis,a\u0007b"), 2, "note", "problem.letters", 1},
		"rows that contradict": {row("e_00000000000000000000000000000001,2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,B,,1,,prophylaxis,\n" +
			"e_00000000000000000000000000000001,2026-11-01T07:00:00Z,fviii.kovaltry,2000,iu,C,,1,,prophylaxis,"), 3, "amount", papers.Mismatch, 1},
		"a broken quote":     {row(`,2026-11-01T07:00:00Z,"fviii"x,1000,iu,,,,,prophylaxis,`), 2, "", papers.Broken, 1},
		"a cell too large":   {row(",2026-11-01T07:00:00Z,fviii.kovaltry,1000,iu,,,,,prophylaxis," + strings.Repeat("x", maxCell+1)), 2, "", papers.TooLarge, 1},
		"a column twice":     {"given_at,given_at\nx,y\n", 1, "given_at", papers.Twice, 0},
		"another table":      {"a,b,c\n1,2,3\n", 0, "", papers.NotAFile, 0},
		"not a text":         {"given_at\x00\xff", 0, "", papers.NotAFile, 0},
		"nothing":            {"", 0, "", papers.NotAFile, 0},
		"no bundle":          {`{"resourceType":"Patient"}`, 0, "", papers.NotAFile, 0},
		"a broken bundle":    {`{"resourceType":"Bundle","entry":[`, 0, "", papers.Broken, 0},
		"a bundle too deep":  {strings.Repeat(`{"a":`, 5000), 0, "", papers.TooLarge, 0},
		"a dose without end": {`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationAdministration"}}]}`, 1, "product", papers.Missing, 0},
		"a broken archive":   {"PK\x03\x04nothing", 0, "", papers.Broken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, []byte(tt.file), nil)
			if f.Refused == 0 {
				t.Fatal("it was not refused")
			}
			if r := f.Refusals[0]; r.Row != tt.row || r.Column != tt.column || r.Why != tt.why {
				t.Errorf("refused in row %d, column %q: %s; want %d, %q, %s", r.Row, r.Column, r.Why, tt.row, tt.column, tt.why)
			}
			if len(f.Added) != tt.added {
				t.Errorf("%d are added, want %d", len(f.Added), tt.added)
			}
		})
	}
}

// zipped is an archive of these files.
func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, s := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAHostileArchiveIsRefused(t *testing.T) {
	const head = `{"vialog":1,"made":"2026-11-23T17:43:00+01:00","pseudonym":"VK7","entries":1}` + "\n"
	hash := strings.Repeat("00", 32)
	for name, tt := range map[string]struct {
		entries string
		row     int
		column  string
		why     papers.Reason
	}{
		"no title":            {"hello\n", 1, "", papers.NotAFile},
		"nothing":             {"", 1, "", papers.Broken},
		"a later format":      {`{"vialog":2}` + "\n", 1, "", papers.Newer},
		"a line too long":     {head + strings.Repeat("x", maxLine+1), 2, "", papers.Broken},
		"not whole":           {head, 1, "", papers.Broken},
		"not JSON":            {head + "x\n", 2, "", papers.Broken},
		"not base64":          {head + `{"kind":16,"side":"patient","statement":"` + hash + `","body":"!"}` + "\n", 2, "", papers.Broken},
		"nobody's":            {head + `{"kind":16,"side":"relay","statement":"` + hash + `","body":""}` + "\n", 2, "side", papers.NoSuch},
		"of a later kind":     {head + `{"kind":999,"side":"patient","statement":"` + hash + `","body":"AAAA"}` + "\n", 2, "kind", papers.Newer},
		"bytes of no entry":   {head + `{"kind":16,"side":"patient","statement":"` + hash + `","body":"AAAA"}` + "\n", 2, "body", papers.Broken},
		"larger than allowed": {head + strings.Repeat("\n", maxEntries), 0, "", papers.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, zipped(t, map[string]string{entriesName: tt.entries}), nil)
			if f.Refused == 0 {
				t.Fatal("it was not refused")
			}
			if r := f.Refusals[0]; r.Row != tt.row || r.Column != tt.column || r.Why != tt.why {
				t.Errorf("refused in row %d, column %q: %s", r.Row, r.Column, r.Why)
			}
			if len(f.Added) != 0 {
				t.Errorf("%d are added", len(f.Added))
			}
		})
	}
	if f := read(t, zipped(t, map[string]string{"other.txt": "x"}), nil); f.Refused != 1 || f.Refusals[0].Why != papers.NotAFile {
		t.Errorf("another archive: %+v", f)
	}
}

// What the other side wrote and did not count must not count when one person
// takes all of it in.
func TestWhatDidNotCountStaysInTheArchive(t *testing.T) {
	var w writer
	now := until.UnixMilli()
	mine := &diary.Note{Text: "meins"}
	w.write(t, now-9*hour, diary.Patient, "", mine)
	w.write(t, now-8*hour, diary.Centre, "Dr. X", &diary.Retract{Entry: mine.ID, Reason: "weg damit"})
	fixed := &diary.Note{Head: diary.Head{Supersedes: mine.ID, Because: "anders"}, Text: "deins"}
	w.write(t, now-7*hour, diary.Centre, "Dr. X", fixed)
	f := read(t, make_(t, order(papers.Archive, w.list)), nil)
	if len(f.Added) != 1 || f.Added[0].Kind != diary.KindNote || papers.Total(f.Left) != 2 {
		t.Errorf("%d added, %d left", len(f.Added), papers.Total(f.Left))
	}
	// Nor if the file is without what it is about, and the diary has that.
	f = read(t, make_(t, order(papers.Archive, w.list[1:])), w.list[:1])
	if d := diaryOf(written(t, w.list[:1], f)); len(d.Timeline(diary.Filter{})) != 1 || d.Timeline(diary.Filter{})[0].Entry.(*diary.Note).Text != "meins" {
		t.Errorf("%d entries of an archive changed what is in the diary", len(f.Added))
	}
}

func diaryOf(list []diary.Record) *diary.Diary {
	d := new(diary.Diary)
	for _, r := range list {
		d.Add(r)
	}
	return d
}

// An entry that is in the diary with other content is not replaced.
func TestADifferentEntryIsRefusedAndNotReplaced(t *testing.T) {
	list := small(t)
	file := strings.Replace(string(make_(t, order(papers.Treatments, list))), ",3000,iu,", ",2500,iu,", 1)
	f := read(t, []byte(file), list)
	if len(f.Added) != 0 || f.Refused != 1 || f.Refusals[0].Why != papers.Differs || papers.Total(f.Known) != 3 {
		t.Errorf("%+v", f)
	}
}

// A table that somebody wrote by hand: brands, no identifiers, a PZN whose zero is
// gone, and the same dose on two days and twice on one.
func TestATableByHandIsTakenInOnce(t *testing.T) {
	file := []byte("\ufeffgiven_at;product_name;amount;batch;expiry;packs;pzn;reason;note;Farbe\r\n" +
		"2026-11-01T07:00:00+01:00;Kovaltry;1000;A1;2028-08;1;3752864;prophylaxis;;rot\r\n" +
		"2026-11-03T07:00:00+01:00;KOVALTRY;\"1000,5\";A1;2028-08;1;3752864;prophylaxis;'=1;\r\n" +
		";;;;;;;;;\r\n" +
		"2026-11-03T07:00:00+01:00;Kovaltry;1000,5;A1;2028-08;1;3752864;prophylaxis;'=1;\r\n")
	f := read(t, file, nil)
	if len(f.Added) != 3 || f.Refused != 0 || len(f.Ignored) != 1 || f.Ignored[0] != "farbe" {
		t.Fatalf("%+v", f)
	}
	e, err := diary.Decode(f.Added[1].Kind, f.Added[1].Body)
	if err != nil {
		t.Fatal(err)
	}
	x := e.(*diary.Treatment)
	if x.Product != "fviii.kovaltry" || x.Amount != 1_000_500 || x.Lots[0].PZN != "03752864" || x.Note != "=1" {
		t.Errorf("%+v", x)
	}
	if again := read(t, file, written(t, nil, f)); len(again.Added) != 0 || papers.Total(again.Known) != 3 {
		t.Errorf("the second time: %+v", again)
	}
}

// years is a diary of ten years: some 5,000 treatments and 300 bleeds.
func years(t testing.TB) []diary.Record {
	var w writer
	bleeds := 0
	for k := 5; k > 0; k-- {
		for n := uint64(0); n < 2 || bleeds < 60*(6-k); n++ {
			for _, s := range sample.Cases(uint64(100*k)+n, 7, until.AddDate(2-2*k, 0, 0), "de")[6-n%2].Steps {
				kind := s.Entry.Kind()
				if n < 2 && (kind != diary.KindPlan || k == 5 && n == 0) || kind == diary.KindBleed {
					w.write(t, s.At, s.Who, "", s.Entry)
					if kind == diary.KindBleed && s.Entry.Top().Supersedes.IsZero() {
						bleeds++
					}
				}
			}
		}
	}
	return w.list
}

func BenchmarkTenYears(b *testing.B) {
	list := years(b)
	b.Logf("%d records", len(list))
	for _, form := range []papers.Form{papers.Treatments, papers.Bundle, papers.Archive} {
		b.Run("make/"+form.Name(), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(len(make_(b, order(form, list)))), "bytes")
			}
		})
		file := make_(b, order(form, list))
		b.Run("read/"+form.Name(), func(b *testing.B) {
			for b.Loop() {
				read(b, file, list)
			}
		})
	}
}

// Whatever a file holds, reading it ends, and what it adds is entries that can be
// written, none of which the diary has.
func FuzzRead(f *testing.F) {
	list := small(f)
	for _, form := range append([]papers.Form{papers.Bundle}, papers.Tables()...) {
		f.Add(make_(f, order(form, list[12:15])))
	}
	for _, n := range []int{2, 14} { // an archive of the least, without the pages
		o := order(0, list[n:n+1])
		b := &book{Order: o}
		lines, err := b.entries()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(zipped(f, map[string]string{entriesName: string(lines)}))
	}
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","focus":[{"reference":"x"}]}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, into := range [][]diary.Record{nil, list[:10]} {
			found := read(t, file, into)
			seen := make(map[diary.ID]bool)
			for _, r := range into {
				if e, err := diary.Decode(r.Kind, r.Body); err == nil {
					seen[e.Top().ID] = true
				}
			}
			for _, a := range found.Added {
				e, err := diary.Decode(a.Kind, a.Body)
				if err != nil {
					t.Fatal(err)
				}
				if seen[e.Top().ID] {
					t.Fatal("an identifier is added twice")
				}
				seen[e.Top().ID] = true
			}
			if again := read(t, file, written(t, into, found)); len(again.Added) != 0 {
				t.Fatalf("the second time %d are added", len(again.Added))
			}
		}
	})
}
