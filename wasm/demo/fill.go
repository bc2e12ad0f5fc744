package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/vault"
)

// patience is how long one step of a dialogue may take: on a machine that does other
// things too, with a centre of a thousand patients, minutes.
const patience = 15 * time.Minute

// made is what a filled relay holds.
type made struct {
	entries   int
	took      time.Duration
	doctor    join.Sheet
	patient   join.Sheet
	counts    map[string]int // entries by the pseudonym of a patient
	note      string         // the patient's case note
	pseudonym string
}

// A clock says now, unless it was set to a time of the diary.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time {
	if ms := c.ms.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Now()
}

// at runs do while the clock shows a time.
func (c *clock) at(ms int64, do func() error) error {
	c.ms.Store(ms)
	defer c.ms.Store(0)
	return do()
}

// dial connects, and waits where the relay turns away for a while: so many come from
// this address.
func dial(ctx context.Context, url string) (link.Conn, error) {
	for {
		c, err := native.Dial(ctx, url)
		if !errors.Is(err, websocket.ErrBadHandshake) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}

// whenLet does a step of a dialogue, once more where the relay has had too much from
// this address.
func whenLet(ctx context.Context, step func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := step()
		var no *link.Refusal
		if !errors.As(err, &no) || no.Code != wire.RateLimited {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(max(no.After, time.Second)):
		}
	}
}

// A device is a client with its clock.
type device struct {
	*app.Client
	clock
	changed chan struct{} // capacity 1
}

func newDevice(ctx context.Context, origin string) (*device, error) {
	d := &device{changed: make(chan struct{}, 1)}
	d.Client = app.New(app.Env{
		Disk: vault.NewMemory(), Binder: vault.NewSoftware(), KDF: native.KDF, Dial: dial, Origin: origin, Now: d.now,
		Params: func() seal.KDFParams {
			p := seal.NewKDFParams()
			p.MiB, p.Time = seal.Current.Passphrase.Floor.MiB, seal.Current.Passphrase.Floor.Time
			return p
		},
		Changed: func() {
			select {
			case d.changed <- struct{}{}:
			default:
			}
		},
	})
	// Nothing of it outlives this program: the passphrase guards nothing.
	return d, d.Create(ctx, seal.NewSecret().Bytes())
}

// until waits for what other devices or the relay bring about.
func (d *device) until(ctx context.Context, what string, ok func(app.Look) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		done := false
		d.Look(func(l app.Look) { done = ok(l) })
		if done {
			return nil
		}
		select {
		case <-d.changed:
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			var st app.Status
			d.Look(func(l app.Look) { st = l.Status() })
			if st.Refusal != 0 {
				return fmt.Errorf("waiting %s: %w", what, &link.Refusal{Code: st.Refusal})
			}
			return fmt.Errorf("waiting %s: %w; connected: %t, not all read: %t, %d statements not acknowledged, %d missing, alarm: %t",
				what, ctx.Err(), st.Online, st.Trying, st.Waiting, st.Missing, st.Alarm)
		}
	}
}

func sent(l app.Look) bool { st := l.Status(); return st.Waiting == 0 && !st.SheetPending }

// A desk is the doctor, of whom there is one for all workers.
type desk struct {
	*device
	mu sync.Mutex // guards the clock
}

// at runs do at a time of the diary, alone.
func (d *desk) at(ms int64, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.device.at(ms, do)
}

// invite invites now: an invitation ends by the relay's clock too.
func (d *desk) invite(ctx context.Context, note string) ([16]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Invite(ctx, join.Patient, note)
}

// fill makes the centre and its patients.
func fill(ctx context.Context, o options, code wire.Code, out io.Writer) (*made, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begun := time.Now()
	cases := sample.Of(max(o.years, sample.Years), o.seed, o.patients, begun, o.lang)
	from := begun.AddDate(-o.years, 0, 0)
	total := o.patients // each gets the centre's numbers
	for i := range cases {
		cases[i].Steps = since(cases[i].Steps, from.UnixMilli())
		total += len(cases[i].Steps)
	}
	doc, err := openCentre(ctx, o, code, from)
	if err != nil {
		return nil, err
	}
	defer doc.Lock()

	m := &made{entries: total, counts: make(map[string]int)}
	var mu sync.Mutex // guards m and failed
	var failed error
	p := newProgress(out, o.patients, total)
	todo := make(chan int)
	var wg sync.WaitGroup
	chosen := choose(cases)
	for range min(o.workers, len(cases)) {
		wg.Go(func() {
			for i := range todo {
				one, err := live(ctx, o, doc, cases[i], from, p)
				mu.Lock()
				if err != nil {
					if failed == nil {
						failed = fmt.Errorf("%s: %w", cases[i].Note(o.lang), err)
					}
					cancel()
				} else {
					m.counts[one.pseudonym] = len(cases[i].Steps) + 1
					if i == chosen {
						m.patient, m.note, m.pseudonym = one.sheet, cases[i].Note(o.lang), one.pseudonym
					}
				}
				mu.Unlock()
			}
		})
	}
	for i := range cases {
		select {
		case todo <- i:
		case <-ctx.Done():
		}
	}
	close(todo)
	wg.Wait()
	p.end()
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil {
		return nil, failed
	}
	if err := doc.until(ctx, "for the doctor's entries to be acknowledged", sent); err != nil {
		return nil, err
	}
	doc.Look(func(l app.Look) { m.doctor, _ = l.Sheet() })
	m.took = time.Since(begun)
	return m, nil
}

// since leaves out what is older, and what refers to that. Plans stay; what was
// said about the patient, the weights and the packs that were left are entered
// on the first day.
func since(steps []sample.Step, from int64) []sample.Step {
	kept := make(map[diary.ID]bool)
	have := func(ids ...diary.ID) bool {
		return !slices.ContainsFunc(ids, func(id diary.ID) bool { return !id.IsZero() && !kept[id] })
	}
	var out []sample.Step
	var packs []*diary.Pack
	gone := make(map[string]int) // vials that were taken out before, by lot
	on := diary.MomentOf(time.UnixMilli(from))
	for _, s := range steps {
		ok := s.At >= from
		if !ok {
			switch e := s.Entry.(type) {
			case *diary.About:
				x := *e
				x.Entered = on
				s, ok = sample.Step{At: from, Who: s.Who, Entry: &x}, true
			case *diary.Measure:
				x := *e
				x.Entered = on
				s, ok = sample.Step{At: from, Who: s.Who, Entry: &x}, true
			case *diary.Pack:
				x := *e
				x.Entered, x.Received, x.Lots = on, on, slices.Clone(e.Lots)
				packs = append(packs, &x)
				s, ok = sample.Step{At: from, Who: s.Who, Entry: &x}, true
			case *diary.Removal:
				gone[e.Lots[0].Batch] += int(e.Lots[0].Packs)
			}
		}
		h := s.Entry.Top()
		ok = ok && have(h.Supersedes) && have(h.Also...)
		switch e := s.Entry.(type) {
		case *diary.Plan:
			ok = true
		case *diary.Bleed:
			ok = ok && have(e.Again)
		case *diary.Treatment:
			ok = ok && have(e.Bleed)
		case *diary.Note:
			ok = ok && have(e.About)
		case *diary.Message:
			ok = ok && have(e.About, e.ReplyTo)
		case *diary.Retract:
			ok = ok && have(e.Entry)
		case *diary.Seen:
			ok = ok && have(e.Entries...)
		}
		if ok {
			kept[h.ID] = true
			out = append(out, s)
		}
	}
	// Of the packs from before there is what was not used up before.
	before, after := sample.Used(steps), sample.Used(out)
	for _, p := range packs {
		n := int(p.Lots[0].Packs) - gone[p.Lots[0].Batch] - before[p.Lots[0].Batch] + after[p.Lots[0].Batch]
		p.Lots[0].Packs = uint16(max(0, n))
	}
	return slices.DeleteFunc(out, func(s sample.Step) bool {
		p, ok := s.Entry.(*diary.Pack)
		return ok && p.Lots[0].Packs == 0
	})
}

// choose finds the patient who has most to show: prophylaxis, and a joint that
// bleeds again and again.
func choose(cases []sample.Case) int {
	best, most := 0, -1
	for i, c := range cases {
		if c.Regimen == 0 || len(c.Places) == 0 {
			continue
		}
		n := 0
		for _, s := range c.Steps {
			if s.Entry.Kind() == diary.KindBleed && s.Entry.Top().Supersedes.IsZero() {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

// openCentre founds the centre with its doctor, before the first diary begins.
func openCentre(ctx context.Context, o options, code wire.Code, from time.Time) (*desk, error) {
	d, err := newDevice(ctx, o.origin)
	if err != nil {
		return nil, err
	}
	doctor := map[string]string{"de": "Dr. Petersen", "en": "Dr. Parker"}[o.lang]
	err = d.at(from.AddDate(0, 0, -30).UnixMilli(), func() error { return d.BeginCentre(ctx, code, o.name, doctor) })
	if err != nil {
		return nil, err
	}
	var no *link.Refusal
	err = d.RegisterCentre(ctx)
	switch {
	case errors.As(err, &no) && o.code == "":
		return nil, fmt.Errorf("%w: does the relay at %s serve the file %s? Name the right one with -store, or give a code with -code", err, o.origin, o.store)
	case errors.As(err, &no):
		return nil, fmt.Errorf("%w: a code works once; make another with relay tenant add", err)
	case err != nil:
		return nil, fmt.Errorf("%w; is the relay at %s running?", err, o.origin)
	}
	if err := d.until(ctx, "for the centre's space", sent); err != nil {
		return nil, err
	}
	if err := d.SetInformation(ctx, informations[o.lang]); err != nil {
		return nil, err
	}
	return &desk{device: d}, d.SetContact(ctx, contacts[o.lang])
}

// informations are what the invented centres say of themselves.
var informations = map[string]app.Information{
	"de": {
		Responsible: "Klinikum am Hafen, Kaistraße 1, Musterstadt", Contact: "daten@hafen.example", Officer: "dsb@hafen.example",
		Ground: "Ihre Zustimmung (DSGVO Artikel 9 Absatz 2 Buchstabe a) und die Behandlung (Buchstabe h)", Keeping: "Zehn Jahre nach der letzten Behandlung",
	},
	"en": {
		Responsible: "Harbour Hospital, 1 Quay Street, Exampleton", Contact: "data@harbour.example", Officer: "dpo@harbour.example",
		Ground: "Your agreement (GDPR article 9 (2) a) and the treatment (article 9 (2) h)", Keeping: "Ten years after the last treatment",
	},
}

// agreed is what an invented patient agrees to.
func agreed(p *app.Preview) app.Agreement {
	var says sharing.Information
	if i := p.Says; i != nil {
		says = sharing.Information{Responsible: i.Responsible, Contact: i.Contact, Officer: i.Officer, Ground: i.Ground, Keeping: i.Keeping}
	}
	return app.Agreement{Version: sharing.Version, Language: lang.German.Tag(), Text: sharing.Text(lang.German, p.Centre, says), By: app.ForMyself}
}

// contacts are numbers that are kept free for invented people, the German ones by
// the Bundesnetzagentur, the British ones by Ofcom.
var contacts = map[string]diary.Contact{
	"de": {Phone: "+49 40 66969 120", Emergency: "+49 40 66969 121", Hours: "Montag bis Freitag, 8 bis 16 Uhr"},
	"en": {Phone: "+44 1632 960120", Emergency: "+44 1632 960121", Hours: "Monday to Friday, 8 am to 4 pm"},
}

// A life is what is left of a patient whose diary is at the relay.
type life struct {
	sheet     join.Sheet
	pseudonym string
}

// live takes a patient in and lets all its entries be written.
func live(ctx context.Context, o options, doc *desk, c sample.Case, from time.Time, p *progress) (*life, error) {
	pat, err := newDevice(ctx, o.origin)
	if err != nil {
		return nil, err
	}
	defer pat.Lock()
	here, there, one, err := meet(ctx, doc, pat, c.Note(o.lang), from)
	if err != nil {
		return nil, err
	}
	home := make(map[diary.ID]bool) // entries that the centre knows by another identifier
	at := func(id diary.ID) diary.ID {
		if home[id] {
			pat.Look(func(l app.Look) { id = l.IDAt(here, id) })
		}
		return id
	}
	for _, s := range c.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case s.Who == diary.Centre:
			err = doc.at(s.At, func() error { return doc.Tell(ctx, there, relabel(s.Entry, at)) })
		case s.Entry.Kind() == diary.KindMessage, s.Entry.Kind() == diary.KindSeen:
			err = pat.at(s.At, func() error { return pat.Tell(ctx, here, s.Entry) })
		default:
			home[s.Entry.Top().ID] = true
			err = pat.at(s.At, func() error { _, err := pat.Record(ctx, s.Entry); return err })
		}
		if err != nil {
			return nil, fmt.Errorf("writing the entry of %s: %w", time.UnixMilli(s.At).Format(time.DateTime), err)
		}
		p.entry()
	}
	if err := pat.until(ctx, "for the relay to acknowledge", sent); err != nil {
		return nil, err
	}
	err = doc.until(ctx, "for the doctor to have read the diary", func(l app.Look) bool {
		info, ok := l.Patient(there)
		return ok && info.Diary.Len() == len(c.Steps)+1
	})
	if err != nil {
		return nil, err
	}
	err = pat.until(ctx, "for the centre's numbers", func(l app.Look) bool { _, ok := l.ContactOf(here); return ok })
	p.entry()
	p.patient()
	return one, err
}

// meet takes a patient through an invitation. Both are set up as they would
// have been when the diary began.
func meet(ctx context.Context, doc *desk, pat *device, note string, from time.Time) (here, there uint32, one *life, err error) {
	fail := func(err error) (uint32, uint32, *life, error) { return 0, 0, nil, fmt.Errorf("joining: %w", err) }
	var id [16]byte
	err = whenLet(ctx, func() (err error) {
		id, err = doc.invite(ctx, note)
		return err
	})
	if err != nil {
		return fail(err)
	}
	var inv app.InviteInfo
	doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
	code, err := join.ParseCode(inv.Code)
	if err != nil {
		return fail(err)
	}
	var preview *app.Preview
	err = whenLet(ctx, func() (err error) {
		preview, err = pat.Preview(ctx, code)
		return err
	})
	if err != nil {
		return fail(err)
	}
	err = whenLet(ctx, func() error {
		return pat.at(from.UnixMilli(), func() error { return pat.JoinCentre(ctx, preview, agreed(preview)) })
	})
	if err != nil {
		return fail(err)
	}
	var mine app.CentreInfo
	centre := func(ok func() bool) func(app.Look) bool {
		return func(l app.Look) bool {
			for _, c := range l.Centres() {
				mine = c
			}
			return ok()
		}
	}
	if err := pat.until(ctx, "for the check code", centre(func() bool { return mine.Check != "" })); err != nil {
		return fail(err)
	}
	err = doc.until(ctx, "for the patient's answer", func(l app.Look) bool {
		inv, _ = l.Invite(id)
		return inv.Check != ""
	})
	if err != nil {
		return fail(err)
	}
	if inv.Check != mine.Check {
		return fail(errors.New("the check codes differ"))
	}
	if err := doc.at(from.UnixMilli(), func() error { return doc.Confirm(ctx, id) }); err != nil {
		return fail(err)
	}
	if err := pat.until(ctx, "for the centre", centre(func() bool { return mine.State == app.CentreConnected })); err != nil {
		return fail(err)
	}
	doc.Look(func(l app.Look) {
		for _, p := range l.Patients() {
			if p.Pseudonym == mine.Pseudonym {
				there = p.N
			}
		}
	})
	one = &life{pseudonym: mine.Pseudonym}
	pat.Look(func(l app.Look) { one.sheet, _ = l.Sheet() })
	return mine.N, there, one, nil
}

// relabel is an entry of the centre with the identifiers that it knows.
func relabel(e diary.Entry, at func(diary.ID) diary.ID) diary.Entry {
	switch e := e.(type) {
	case *diary.Message:
		m := *e
		m.About, m.ReplyTo = at(e.About), at(e.ReplyTo)
		return &m
	case *diary.Seen:
		s := *e
		s.Entries = nil
		for _, id := range e.Entries {
			s.Entries = append(s.Entries, at(id))
		}
		slices.SortFunc(s.Entries, func(a, b diary.ID) int { return slices.Compare(a[:], b[:]) })
		return &s
	}
	return e
}

// verify opens what was made with the sheets alone, and counts.
func (m *made) verify(ctx context.Context, o options, out io.Writer) error {
	fmt.Fprintln(out, "Opening the centre and a diary with their sheets …")
	begun := time.Now()
	open := func(s join.Sheet, what string, ok func(app.Look) bool) error {
		d, err := newDevice(ctx, o.origin)
		if err != nil {
			return err
		}
		defer d.Lock()
		if err := d.Restore(ctx, s); err != nil {
			return fmt.Errorf("restoring %s: %w", what, err)
		}
		return d.until(ctx, "for "+what, ok)
	}
	err := open(m.doctor, "the centre", func(l app.Look) bool {
		ps, whole := l.Patients(), 0
		for _, p := range ps {
			if p.Diary.Len() == m.counts[p.Pseudonym] && p.Note != "" {
				whole++
			}
		}
		st := l.Status()
		return len(ps) == o.patients && whole == o.patients && !st.Alarm && st.Missing == 0
	})
	if err != nil {
		return err
	}
	took := time.Since(begun)
	err = open(m.patient, "the patient's diary", func(l app.Look) bool {
		st := l.Status()
		return len(l.Centres()) == 1 && l.Diary().Len() == m.counts[m.pseudonym] && !st.Overdue && !st.Alarm && st.Missing == 0
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Both are whole: %d patients with %d entries in %s, one of them with %d.\n",
		o.patients, m.entries, took.Round(100*time.Millisecond), m.counts[m.pseudonym])
	return nil
}

// A progress tells how far it is.
type progress struct {
	out             io.Writer
	entries, people atomic.Int64
	total, patients int
	begun           time.Time
	stop, stopped   chan struct{}
}

func newProgress(out io.Writer, patients, total int) *progress {
	p := &progress{out: out, total: total, patients: patients, begun: time.Now(), stop: make(chan struct{}), stopped: make(chan struct{})}
	every, line := 5*time.Second, "%s\n"
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			every, line = time.Second/2, "\r%s\x1b[K"
		}
	}
	go func() {
		defer close(p.stopped)
		for {
			select {
			case <-p.stop:
				fmt.Fprintf(out, line, p.String())
				if line[0] == '\r' {
					fmt.Fprintln(out)
				}
				return
			case <-time.After(every):
				fmt.Fprintf(out, line, p.String())
			}
		}
	}()
	return p
}

func (p *progress) entry()   { p.entries.Add(1) }
func (p *progress) patient() { p.people.Add(1) }
func (p *progress) end()     { close(p.stop); <-p.stopped }

func (p *progress) String() string {
	n, took := p.entries.Load(), time.Since(p.begun).Seconds()
	s := fmt.Sprintf("%d of %d patients, %d of %d entries", p.people.Load(), p.patients, n, p.total)
	if n == 0 || took < 1 {
		return s
	}
	rate := float64(n) / took
	s += fmt.Sprintf(", %.0f per second", rate)
	if left := float64(p.total-int(n)) / rate; left >= 1 {
		s += ", " + (time.Duration(left) * time.Second).String() + " left"
	}
	return s
}
