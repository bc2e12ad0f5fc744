package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extra"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// second carries out operations as the second program does.
func second(_ context.Context, op string, in []byte) ([]byte, error) {
	f := extra.Ops[op]
	if f == nil {
		return nil, errors.New("no such operation")
	}
	return f(in)
}

// A tab is a guide with its page, a client of a real relay.
type tab struct {
	t      testing.TB
	client *app.Client
	events chan node.Event
	extra  func(context.Context, string, []byte) ([]byte, error)

	mu       sync.Mutex
	html     string
	commands []string
	files    map[string][]byte // downloaded
	keys     pressing
}

func (x *tab) Render(n node.Node, _, _ string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.html = node.HTML(n)
	x.keys.drew(n)
}

func (x *tab) Command(name string, fields ...string) {
	x.mu.Lock()
	x.keys.told(name, fields)
	defer x.mu.Unlock()
	x.commands = append(x.commands, name)
}

func (x *tab) Passkey(node.PasskeyRequest) {}

func (x *tab) Download(name, _ string, data []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.files[name] = data
}

// keeping is a tab with a diary of its own at a relay that takes such diaries.
func keeping(t *testing.T, r *relay) *tab {
	t.Helper()
	x := opened(t, r)
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, "river pebble lantern oven birch teacup")
	x.shows(`data-key="today"`)
	return x
}

// opened is a tab of a new browser, at its first screen.
func opened(t *testing.T, r *relay) *tab {
	t.Helper()
	return begun(t, r, app.Env{Disk: vault.NewMemory(), Binder: vault.NewSoftware(), KDF: native.KDF, Params: params, Dial: r.dial, Origin: r.origin, Now: time.Now})
}

// begun is a tab as its page has just come.
func begun(t *testing.T, r *relay, env app.Env) *tab {
	t.Helper()
	x := &tab{t: t, events: make(chan node.Event), extra: second, files: make(map[string][]byte)}
	var guide *screen.Guide
	env.Changed = func() { guide.Changed() }
	x.client = app.New(env)
	guide = screen.New(screen.Env{
		Page: x, Client: x.client, Disk: env.Disk, Zone: func(time.Time) time.Duration { return time.Hour }, Langs: []string{"en-GB"}, Origin: r.origin, Relay: r.origin,
		Lock: func(context.Context) (func(), bool) { return func() {}, true }, Take: func() {}, Now: time.Now,
		Extra: func(ctx context.Context, op string, in []byte) ([]byte, error) { return x.extra(ctx, op, in) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		guide.Run(ctx, x.events)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		x.client.Lock()
		x.keys.kept(t)
	})
	x.events <- node.Event{Kind: "start", Fields: map[string]string{"online": "yes"}}
	return x
}

func (x *tab) press(act string, fields ...string) {
	x.t.Helper()
	x.keys.send(x.events, act, fields...)
}

func (x *tab) page() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.html
}

// shows waits for words on the page.
func (x *tab) shows(words string) {
	x.t.Helper()
	for range 600 {
		if strings.Contains(x.page(), words) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	x.t.Fatalf("%q is not on the page:\n%.3000s", words, x.page())
}

// entries are the records of the diary.
func (x *tab) entries() (list []diary.Record) {
	x.client.Look(func(l app.Look) { list = l.Diary().Records() })
	return list
}

func (x *tab) record(e diary.Entry) diary.ID {
	x.t.Helper()
	id, err := x.client.Record(x.t.Context(), e)
	if err != nil {
		x.t.Fatal(err)
	}
	return id
}

func (x *tab) fill() {
	now := diary.MomentOf(time.Now().In(time.FixedZone("", 3600)))
	x.record(&diary.About{Diagnosis: diary.DiagnosisB, Severity: diary.GradeSevere, Allergies: "Kanarienfedern"})
	x.record(&diary.Card{Contacts: "Tante 0170", Phone: "030 1234-0"})
	x.record(&diary.Plan{Product: "fix.benefix", Amount: diary.Units(3000), Reason: diary.ReasonBleed, From: diary.Date{Year: 2026, Month: 1, Day: 1}, Clinician: "Dr. X", Note: "sofort"})
	bleed := x.record(&diary.Bleed{Start: now.Add(-50 * 3600_000), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseTrauma, Pain: diary.PainOf(7)})
	dose := &diary.Treatment{
		Taken: now.Add(-49 * 3600_000), Product: "fix.benefix", Amount: diary.Units(3000), Reason: diary.ReasonBleed, Bleed: bleed, Reaction: "=rot",
		Lots: []diary.Lot{{Batch: "KANARI1", Expiry: diary.Date{Year: 2028, Month: 8}, Packs: 3, Strength: diary.Units(1000), PZN: "03752864"}},
	}
	id := x.record(dose)
	fixed := *dose
	fixed.Head = diary.Head{Supersedes: id, Because: "Flasche verwechselt"}
	fixed.Lots = []diary.Lot{{Batch: "KANARI2", Packs: 3, Strength: diary.Units(1000)}}
	x.record(&fixed)
	x.record(&diary.Treatment{Taken: now.Add(-3 * 3600_000), Product: "fix.benefix", Reason: diary.ReasonProphylaxis, NotGiven: diary.NotGivenTravel})
}

func TestPapersSayWhatTheDiarySays(t *testing.T) {
	r := startRelay(t)
	r.tenantForAll()
	x := keeping(t, r)
	x.fill()
	x.press(view.ActPapers)
	x.press(view.ActVisit)
	for _, s := range []string{"Left knee", "1\u00a0× BeneFIX", "=rot", "Summary for a visit"} {
		x.shows(s)
	}
	x.press(view.ActVisit, view.FieldMonths, "1")
	x.shows("1 month")
	x.press(view.ActBack)
	x.press(view.ActYear)
	for _, s := range []string{"KANARI2", "3\u00a0× 1,000\u00a0IU", "Flasche verwechselt", "Travelling", "Pfizer"} {
		x.shows(s)
	}
	if strings.Contains(x.page(), "KANARI1") {
		t.Error("the yearly record has the batch from before the correction")
	}
	x.press(view.ActYear, view.FieldYear, "2001")
	x.shows("No treatments in this year")
	x.press(view.ActBack)
	x.press(view.ActUrgent)
	for _, s := range []string{"Haemophilia B", "Kanarienfedern", "Tante 0170", "030 1234-0", "BeneFIX", "3,000", "sofort"} {
		x.shows(s)
	}
	x.press(view.ActUrgent, view.FieldSheetLang, view.UrgentBoth)
	x.shows("Hämophilie B")
	x.shows("Haemophilia B")
	x.press(view.ActSheetPrint)
	x.press(view.ActBack)
	x.shows("Print and export")
	if x.mu.Lock(); !slices.Contains(x.commands, "print") {
		t.Errorf("the commands were %q", x.commands)
	}
	x.mu.Unlock()
}

func (x *tab) save(form string, excel string) (name string, data []byte) {
	x.t.Helper()
	x.press(view.ActNoticeClose)
	x.press(view.ActPapers)
	x.press(view.ActPapersSave, view.FieldForm, form, view.FieldExcel, excel)
	x.shows("The file is not encrypted.</p>")
	return x.file()
}

// file takes the one file that was downloaded.
func (x *tab) file() (name string, data []byte) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.files) != 1 {
		x.t.Fatalf("%d files were saved", len(x.files))
	}
	for name, data = range x.files {
	}
	clear(x.files)
	return name, data
}

func (x *tab) look(name string, data []byte) {
	x.t.Helper()
	x.press(view.ActImport)
	x.events <- node.Event{Kind: "act", Act: view.ActImportLook, Files: []node.File{{Field: view.FieldFile, Name: name, Data: data}}}
}

func TestAFileIsSavedAndTakenInByAFreshDiary(t *testing.T) {
	r := startRelay(t)
	r.tenantForAll()
	x := keeping(t, r)
	x.fill()
	name, csv := x.save("form.treatments", "")
	day := "vialog-" + time.Now().In(time.FixedZone("", 3600)).Format(time.DateOnly)
	if name != day+"-treatments.csv" || !bytes.Contains(csv, []byte("KANARI2")) || !bytes.Contains(csv, []byte("'=rot")) {
		t.Errorf("%s:\n%s", name, csv)
	}
	if _, excel := x.save("form.treatments", "yes"); !bytes.HasPrefix(excel, []byte("\xef\xbb\xbfid;given_at;")) {
		t.Errorf("for Excel it begins with %q", excel[:20])
	}
	if name, bundle := x.save("form.bundle", ""); name != day+"-bundle.json" || !bytes.Contains(bundle, []byte(`"resourceType":"Bundle"`)) {
		t.Errorf("%s: %.100s", name, bundle)
	}
	name, archive := x.save("form.archive", "")
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for file, words := range map[string]string{
		"LIESMICH.txt": "NICHT verschlüsselt", "README.txt": "NOT encrypted", "diary.html": "Flasche verwechselt", "tagebuch.html": "Kanarienfedern", "csv/bleeds.csv": "joint.knee.left",
		"fhir/bundle.json": "MedicationAdministration", "entries.jsonl": `"vialog":1`,
	} {
		f, err := z.Open(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if b, _ := io.ReadAll(f); !bytes.Contains(b, []byte(words)) {
			t.Errorf("%s does not say %q", file, words)
		}
	}

	// Into the same diary nothing comes.
	x.look(name, archive)
	x.shows("There is nothing new in this file")

	y := keeping(t, r)
	y.look(name, archive)
	y.shows("Nothing has been written yet")
	y.shows("Add 7 entries")
	y.shows("This file is from another diary")
	if n := len(y.entries()); n != 0 {
		t.Fatalf("%d entries were written by looking", n)
	}
	y.press(view.ActImportDo)
	y.shows("7 entries were added")
	y.press(view.ActImportReport)
	y.press(view.ActGoDiary)
	y.shows("BeneFIX")
	if name, report := y.file(); name != day+"-import.txt" || !strings.Contains(string(report), "7 entries were added") {
		t.Errorf("the report says %q", report)
	}
	if n := len(y.entries()); n != 8 { // and a note about it
		t.Errorf("%d entries are there", n)
	}
	y.press(view.ActPapers)
	y.press(view.ActYear)
	y.shows("KANARI2")
	y.shows("Flasche verwechselt")
	y.look(name, archive)
	y.shows("There is nothing new in this file")
	y.press(view.ActImportDo) // by a stray event
	if n := len(y.entries()); n != 8 {
		t.Errorf("after the second time %d entries are there", n)
	}
}

func TestWhatGoesWrongWithFilesIsSaid(t *testing.T) {
	r := startRelay(t)
	r.tenantForAll()
	x := keeping(t, r)
	x.look("", nil)
	x.shows("Choose a file first")
	x.look("holiday.jpg", []byte("\xff\xd8\xff"))
	x.shows("Not a file that this app has made")
	x.look("large.zip", make([]byte, 33<<20))
	x.shows("larger than 32 MB")
	x.extra = func(context.Context, string, []byte) ([]byte, error) { return nil, screen.ErrNotLoaded }
	x.press(view.ActPapers)
	x.press(view.ActPapersSave, view.FieldForm, "form.archive")
	x.shows(lang.English.T(lang.ProblemPapersLoad))
	x.extra = func(context.Context, string, []byte) ([]byte, error) { return []byte("?"), nil }
	x.look("a.csv", []byte("a,b"))
	x.shows(lang.English.T(lang.ProblemPapersFailed))
}

// tenantForAll takes patients without a centre.
func (r *relay) tenantForAll() {
	if r.edge == nil { // where it would learn of it a little later
		r.kill()
		defer r.start()
	}
	r.run("tenant", "add", "-store", r.store, "-origin", r.origin, "-open", "Für alle")
}
