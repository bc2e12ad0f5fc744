package e2e

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen"
	"vialog/wasm/internal/view"
)

// A page is what a person sees, as HTML.
type page struct {
	mu   sync.Mutex
	html string
	file string // the last that was saved
	keys pressing
}

func (p *page) Render(n node.Node, _, _ string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.html = node.HTML(n)
	p.keys.drew(n)
}

func (p *page) Command(name string, fields ...string) { p.keys.told(name, fields) }
func (p *page) Passkey(node.PasskeyRequest)           {}

func (p *page) Download(_, _ string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.file = string(data)
}

func (p *page) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.html
}

func (p *page) saved() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.file
}

// A screens is a person's device with its screens.
type screens struct {
	*person
	page   *page
	events chan node.Event
}

// screens opens a person's vault again, with screens around it.
func (p *person) screens() *screens {
	p.t.Helper()
	p.Lock()
	s := &screens{p, new(page), make(chan node.Event)}
	env := p.env
	var g *screen.Guide
	env.Changed = func() { g.Changed(); p.env.Changed() }
	p.Client = app.New(env)
	g = screen.New(screen.Env{
		Page: s.page, Client: p.Client, Disk: p.disk, Zone: func(time.Time) time.Duration { return 0 }, Langs: []string{"en"}, Origin: env.Origin, Relay: env.Origin,
		Lock: func(context.Context) (func(), bool) { return func() {}, true }, Take: func() {}, Now: env.Now,
		Blob: func(_ string, data []byte) (string, func()) { return "blob:" + strconv.Itoa(len(data)), func() {} },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { g.Run(ctx, s.events) })
	p.t.Cleanup(func() { cancel(); run.Wait(); s.page.keys.kept(p.t) })
	s.events <- node.Event{Kind: "start", Fields: map[string]string{"online": "yes"}}
	s.shows("Unlock")
	s.press(view.ActUnlock, view.FieldPassphrase, string(pass))
	return s
}

func (s *screens) press(act string, fields ...string) { s.page.keys.send(s.events, act, fields...) }

// shows waits until all of the words are on the page.
func (s *screens) shows(words ...string) {
	s.t.Helper()
	s.until("the page shows "+strings.Join(words, ", "), func() bool {
		html := s.page.shown()
		for _, w := range words {
			if !strings.Contains(html, w) {
				return false
			}
		}
		return true
	})
}

// value is what a field that the page carries along holds.
func (s *screens) value(name string) string {
	s.t.Helper()
	_, rest, ok := strings.Cut(s.page.shown(), `name="`+name+`" value="`)
	if !ok {
		s.t.Fatalf("no %s on the page", name)
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// A doctor finds a lot, saves the record, signs a year, recalls the lot, writes
// to who used it, and sees who has read it.
func TestADoctorWorksWithTheLegalRecord(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Zentrum Nord")
	pat, n := doc.patient(r, "=Fall 17")
	wrong := must(pat.Record(t.Context(), used("AB-12")))(t)
	fix := used("AB-13")
	fix.Supersedes, fix.Because = wrong, "the other pack"
	must(pat.Record(t.Context(), fix))(t)
	bare := must(pat.Record(t.Context(), dose("")))(t)
	s := doc.screens()
	s.shows("Patients")
	s.until("the doses are there", func() bool {
		versions := 0
		doc.Look(func(l app.Look) {
			p, _ := l.Patient(n)
			for _, it := range p.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}}) {
				versions += it.Versions
			}
		})
		return versions == 3
	})
	s.press(view.ActLegal)
	s.shows("Legal record", "All that was received is recorded.", "3 records", "1 dose lacks something")

	s.press(view.ActLegalFind, view.FieldBatch, "ab 12")
	s.shows("1 record, 1 patient; 0 valid doses", "corrected later", "AB-13")
	s.press(view.ActLegalFind, view.FieldFrom, "2026-02-30")
	s.shows("Please check")
	s.press(view.ActLegal)
	s.shows("3 records")
	// A patient is found by typing: nobody, then one, whose name is enough to search by.
	s.press(view.ActLegalWho, view.FieldFind, "fall 18")
	s.shows("No patient is called that.")
	s.press(view.ActLegalFind, view.FieldFind, "fall 18")
	s.shows(`id="problems"`)
	s.press(view.ActLegalWho, view.FieldFind, " FALL 1")
	s.shows(`id="legal-who-patient-`)
	s.press(view.ActLegalFind, view.FieldFind, "fall 17", view.FieldBatch, "ab 12")
	s.shows(`id="legal-who-chosen"`, "1 record, 1 patient; 0 valid doses")
	whose := s.value(view.FieldPatient)
	s.press(view.ActLegalEverybody, view.FieldPatient, whose)
	s.shows(`id="`+view.FieldID(view.FieldFind)+`"`, "3 records")
	s.press(view.ActLegalOf, view.FieldPatient, whose)
	s.shows(`id="legal-who-chosen"`, "3 records")
	s.press(view.ActLegalSave)
	s.shows("vialog-")
	rows := must(csv.NewReader(strings.NewReader(s.page.saved())).ReadAll())(t)
	lines := make(map[string][]string) // by the batch
	for _, row := range rows[1:] {
		lines[row[8]] = row
	}
	if len(rows) != 4 || len(lines) != 3 || lines["AB-12"] == nil || lines["AB-13"] == nil || lines[""] == nil {
		t.Fatalf("the file says %q", rows)
	}
	if lines["AB-12"][1] != "'=Fall 17" || lines["AB-12"][2] != "dose" || lines["AB-13"][2] != "correction" || lines[""][15] == "" {
		t.Errorf("the file says %q", rows)
	}

	// The year: open, look, sign; a later dose shows.
	year := strconv.Itoa(time.Now().Year())
	s.press(view.ActYears, view.FieldYear, year)
	s.shows("Yearly check", "year not over")
	s.press(view.ActYearOpen, view.FieldSpace, s.value(view.FieldSpace))
	s.shows("Check of "+year, "corrected by the patient", "batch missing", "Sign this check")
	sign := []string{view.FieldSpace, s.value(view.FieldSpace), view.FieldYear, year, view.FieldState, s.value(view.FieldState), view.FieldNote, "batch asked for"}
	s.press(view.ActYearSign, sign...)
	s.shows("The check was signed.", "batch asked for", "Dr. Blau")
	must(pat.Record(t.Context(), &diary.Retract{Entry: bare, Reason: "twice"}))(t)
	s.until("the retraction is recorded", func() bool {
		doc.KeepRecord()
		html := s.page.shown()
		return strings.Contains(html, "changed since the check") && strings.Contains(html, "taken back by the patient")
	})
	s.press(view.ActYearSign, sign...)
	s.shows("The record has changed meanwhile.")

	// The recall concerns the patient by what was corrected, too.
	s.press(view.ActRecallForm)
	s.shows("Recall")
	s.press(view.ActRecallSave, view.FieldProduct, "fviii.advate", view.FieldLot+"0", "AB12")
	s.shows("Nothing has been sent yet", "1 patient has", "later corrected")
	s.press(view.ActRecallMore, view.FieldRecall, s.value(view.FieldRecall))
	s.shows("Recall of Advate", "1 patient has", "later corrected", "not yet")
	s.press(view.ActRecallTell, view.FieldRecall, s.value(view.FieldRecall), view.FieldText, "Please call us.")
	s.shows("The message was sent.", "sent, not yet read")
	var told []diary.ID
	pat.until("the patient has the message", func() bool {
		told = nil
		pat.Look(func(l app.Look) {
			for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindMessage, diary.KindRecall}}) {
				told = append(told, it.ID)
			}
		})
		return len(told) == 2
	})
	var at uint32
	pat.Look(func(l app.Look) { at = l.Centres()[0].N })
	for _, id := range told {
		check(t, pat.Tell(t.Context(), at, &diary.Seen{Entries: []diary.ID{id}}))
	}
	s.until("it is said to be read", func() bool {
		html := s.page.shown()
		return strings.Contains(html, ">read ") && !strings.Contains(html, "not yet")
	})
}
