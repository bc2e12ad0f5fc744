package app

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/pseudonym"
	"vialog/wasm/internal/record"
)

// The legal record. What a patient's devices say of doses is copied into the
// centre's own space by whoever of the team receives it, so that it is there for
// thirty years, whatever the patient does. Package record says what it amounts to.

const (
	typeRecord link.Type = 75 // team: a batch of records
	typeCheck  link.Type = 80 // team: somebody has checked a patient's year
)

const (
	fieldRecordBatch = 75

	fieldCheckPatient    = 80
	fieldCheckYear       = 81
	fieldCheckState      = 82
	fieldCheckDoses      = 83
	fieldCheckIncomplete = 84
	fieldCheckFound      = 85
	fieldCheckNote       = 86
)

const (
	// Doses wait for each other, since a box of one takes as much as one of ten;
	// and devices wait for each other, since one is enough to write them down.
	recordAfter  = 10 * time.Minute
	recordSpread = 10 * time.Minute

	// recordAtOnce bounds what one round of upkeep writes, in batches.
	recordAtOnce = 16

	maxCheckNote = 2000 // bytes
)

// An unrecorded statement is one that is to be copied.
type unrecorded struct {
	record.Record
	at int64 // ms; when it was said or came here, what was first
}

// A Check is a doctor's word that a patient's year was looked through.
type Check struct {
	Patient    keyring.SpaceID
	Year       int
	State      [32]byte // of the record then
	Doses      int      // that stood
	Incomplete int      // of them
	Found      int      // differences that were shown
	Note       string
	By         keyring.AccountID
	Name       string
	At         time.Time

	hash link.Hash
}

// legal is what the team's space says of the record.
//
// The record of thirty years takes long to be put into the book, and somebody who
// unlocks waits for the work-list and not for that. So what is read from the disk then
// is filed afterwards, before anything else is read; whoever asks the book sooner
// waits for it. What patients said is held against the whole book only.
type legal struct {
	book    *record.Book
	unfiled []*link.Entry // batches that are not in the book yet
	held    []statement   // what may have to be recorded, once the book is whole
	lazy    bool          // batches wait

	checks []Check // by when they were signed
	asked  bool    // what waits is to be written without waiting
}

// A statement is what stands in a space.
type statement struct {
	s *space
	e *link.Entry
}

func recordBody(batch []byte) []byte { return fields{fieldRecordBatch: batch}.bytes() }

func (k *Check) body() []byte {
	f := fields{fieldCheckPatient: k.Patient[:], fieldCheckState: k.State[:]}
	f.setNumber(fieldCheckYear, uint64(k.Year))
	f.setNumber(fieldCheckDoses, uint64(k.Doses))
	f.setNumber(fieldCheckIncomplete, uint64(k.Incomplete))
	f.setNumber(fieldCheckFound, uint64(k.Found))
	if k.Note != "" {
		f[fieldCheckNote] = []byte(k.Note)
	}
	return f.bytes()
}

func parseCheck(body []byte) (k Check, err error) {
	f, err := parseFields(body)
	if err != nil {
		return k, err
	}
	patient, one := copy32(f[fieldCheckPatient])
	state, two := copy32(f[fieldCheckState])
	year := f.number(fieldCheckYear)
	doses, incomplete, found := f.number(fieldCheckDoses), f.number(fieldCheckIncomplete), f.number(fieldCheckFound)
	if !one || !two || year < 1970 || year > 2199 || max(doses, incomplete, found) >= 1<<31 || len(f[fieldCheckNote]) > maxCheckNote {
		return k, errFields
	}
	return Check{Patient: patient, State: state, Year: int(year), Doses: int(doses), Incomplete: int(incomplete), Found: int(found), Note: f.text(fieldCheckNote)}, nil
}

// take adds a statement of the team's space.
func (g *legal) take(e *link.Entry) {
	switch e.Type {
	case typeRecord:
		if g.lazy {
			g.unfiled = append(g.unfiled, e)
		} else {
			g.file(e)
		}
	case typeCheck:
		k, err := parseCheck(e.Body)
		if err != nil {
			return
		}
		k.By, k.At, k.hash = e.Account, time.UnixMilli(e.Time), e.Hash()
		at, _ := slices.BinarySearchFunc(g.checks, k, func(a, b Check) int {
			if c := a.At.Compare(b.At); c != 0 {
				return c
			}
			return bytes.Compare(a.hash[:], b.hash[:])
		})
		g.checks = slices.Insert(g.checks, at, k)
	}
}

// file puts a batch into the book. What is no batch adds nothing.
func (g *legal) file(e *link.Entry) {
	if f, err := parseFields(e.Body); err == nil {
		g.book.Add(f[fieldRecordBatch], record.By{Account: e.Account, At: e.Time, Hash: e.Hash()})
	}
}

// fileFor puts batches that wait into the book, for a while, and tells whether it is whole.
// The caller holds mu.
func (c *Client) fileFor(d time.Duration) bool {
	g := &c.legal
	for began := time.Now(); len(g.unfiled) > 0; {
		g.file(g.unfiled[0])
		g.unfiled[0] = nil
		if g.unfiled = g.unfiled[1:]; len(g.unfiled) > 0 && time.Since(began) > d {
			return false
		}
	}
	held := g.held
	g.unfiled, g.held = nil, nil
	for _, h := range held {
		c.recordable(h.s, h.e)
	}
	return true
}

// wholeBook is the book with all that is known. The caller holds mu.
func (c *Client) wholeBook() *record.Book {
	c.fileFor(math.MaxInt64)
	return c.legal.book
}

// recordable notes a patient's statement that is to be recorded.
func (c *Client) recordable(s *space, e *link.Entry) {
	kind := diary.Kind(e.Type)
	w, ok := who(e.Right)
	if !ok || !w.Home() || kind != diary.KindTreatment && kind != diary.KindRetract {
		return
	}
	if len(c.legal.unfiled) > 0 {
		c.legal.held = append(c.legal.held, statement{s, e})
		return
	}
	if c.legal.book.Has(record.SourceOf(e.Hash())) {
		return
	}
	entry, err := diary.Decode(kind, e.Body)
	if err != nil {
		return
	}
	if r, ok := record.Of(s.replica.Space().ID(), e.Hash(), e.Time, entry); ok {
		s.unrecorded = append(s.unrecorded, unrecorded{r, min(e.Time, c.env.Now().UnixMilli())})
	}
}

// toRecord lists what a space still has to be recorded of. What takes something
// else back than a dose waits in case the dose is still to come.
func (c *Client) toRecord(s *space) (out []record.Record, oldest int64) {
	book := c.wholeBook()
	if len(s.unrecorded) == 0 {
		return nil, 0
	}
	s.unrecorded = slices.DeleteFunc(s.unrecorded, func(u unrecorded) bool { return book.Has(u.Source) })
	versions := make(map[diary.ID]bool)
	for _, u := range s.unrecorded {
		if u.Kind != record.Retraction {
			versions[u.Entry] = true
		}
	}
	for _, u := range s.unrecorded {
		if u.Kind == record.Retraction && !versions[u.Of] && !book.HasEntry(u.Patient, u.Of) {
			continue
		}
		if len(out) == 0 || u.at < oldest {
			oldest = u.at
		}
		out = append(out, u.Record)
	}
	return out, oldest
}

// keepRecord copies what the patients' spaces hold and the team's does not: when
// its time has come on this device, which is another on each, or when somebody
// asks for it. The caller holds mu.
func (c *Client) keepRecord(ctx context.Context) {
	prim := c.primary()
	if !c.caughtUp(prim) {
		return // perhaps a colleague has done it
	}
	var all []record.Record
	oldest := c.env.Now().UnixMilli()
	for s := range c.slowly(ctx) {
		if s.role != rolePatient {
			continue
		}
		list, at := c.toRecord(s)
		if len(list) > 0 {
			oldest = min(oldest, at)
		}
		all = append(all, list...)
	}
	dev := prim.device.ID()
	due := time.UnixMilli(oldest).Add(recordAfter + turn(recordSpread, 0, dev[:]))
	if len(all) == 0 || !c.legal.asked && c.env.Now().Before(due) {
		c.legal.asked = false
		return
	}
	for i, batch := range record.Batches(all) {
		if i == recordAtOnce {
			c.poke()
			return
		}
		if c.write(ctx, prim, typeRecord, recordBody(batch)) != nil {
			return // the next round tries again
		}
	}
	c.legal.asked = false
	c.env.Changed()
}

// KeepRecord asks that what was received is recorded without waiting for more.
func (c *Client) KeepRecord() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != nil && c.p.role == Centre {
		c.legal.asked = true
		c.poke()
	}
}

// ErrNoDoctor reports a check by somebody who may not sign one.
var ErrNoDoctor = errors.New("app: only doctors sign that a diary was checked")

// ErrMoved reports that the record has changed since it was shown.
var ErrMoved = errors.New("app: the record has changed meanwhile")

// SignYear says that this doctor has looked through a patient's year, as the
// record was in the given state.
func (c *Client) SignYear(ctx context.Context, k Check) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	if prim == nil || prim.role != roleTeam {
		return ErrNotShared
	}
	if role := c.teamRole(); role != keyring.Lead && role != keyring.Doctor {
		return ErrNoDoctor
	}
	y := c.wholeBook().YearOf(k.Patient, k.Year)
	if y.State != k.State {
		return ErrMoved
	}
	k.Doses, k.Incomplete = y.Doses, y.Incomplete
	if _, err := parseCheck(k.body()); err != nil {
		return err
	}
	return c.write(ctx, prim, typeCheck, k.body())
}

// Record is the centre's legal record. It may only be read.
func (l Look) Record() *record.Book { return l.c.wholeBook() }

// Unrecorded counts what was received and is not recorded yet.
func (l Look) Unrecorded() (n int) {
	for _, s := range l.c.spaces {
		if s.role == rolePatient {
			list, _ := l.c.toRecord(s)
			n += len(list)
		}
	}
	return n
}

// Checks lists the checks of a year that were signed, the earliest first.
func (l Look) Checks(year int) (out []Check) {
	for _, k := range l.c.legal.checks {
		if k.Year == year {
			k.Name = l.nameOf(k.By)
			out = append(out, k)
		}
	}
	return out
}

// nameOf is what somebody of the centre is called.
func (l Look) nameOf(id keyring.AccountID) string {
	if s := l.c.primary(); s != nil {
		return l.c.nameOf(s, id, diary.Centre)
	}
	return ""
}

// RecordedBy is who wrote a record.
func (l Look) RecordedBy(by record.By) string { return l.nameOf(by.Account) }

// A Recorded is somebody of whom there are records.
type Recorded struct {
	Space     keyring.SpaceID
	Pseudonym string
	N         uint32 // as a patient; 0: this device has nothing of the diary
	Note      string
	Gone      bool       // the diary is not shared any more
	Unread    bool       // it is shared, and this device is still to read it
	Dead      bool       // because the patient has died
	Died      diary.Date // when; zero: not known
}

// RecordedPatient tells who a patient in the record is, also one who has left.
func (l Look) RecordedPatient(id keyring.SpaceID) Recorded {
	for _, s := range l.c.spaces {
		if s.role == rolePatient && s.replica.Space().ID() == id {
			return l.recorded(id, l.patient(s))
		}
	}
	return l.recorded(id, PatientInfo{})
}

// recorded is somebody of whom this device has the diary, or not: then the team's
// space tells what it does.
func (l Look) recorded(id keyring.SpaceID, p PatientInfo) Recorded {
	r := Recorded{Space: id, Pseudonym: pseudonym.Of(id).String(), N: p.N, Note: p.Note, Gone: p.N == 0 || p.Parting != nil}
	if k := l.c.desk.bySpace[id]; k != nil && p.N == 0 {
		r.Note = k.note
		r.Unread = len(l.c.reading.left) > 0 && l.c.desk.closed[k.id] == nil
		r.Gone = !r.Unread
	}
	if end := p.Parting; r.Gone {
		if end == nil {
			end = l.c.desk.endOf(id)
		}
		if end != nil && end.Reason == PartingDied {
			r.Dead, r.Died = true, end.Died
		}
	}
	return r
}

// RecordedPatients lists everybody of whom there are records.
func (l Look) RecordedPatients() (out []Recorded) {
	numbers := make(map[keyring.SpaceID]PatientInfo)
	for _, s := range l.c.spaces {
		if s.role == rolePatient {
			numbers[s.replica.Space().ID()] = l.patient(s)
		}
	}
	for _, id := range l.c.wholeBook().Patients() {
		out = append(out, l.recorded(id, numbers[id]))
	}
	return out
}

// SpaceOf names a patient's space as the record does.
func (l Look) SpaceOf(n uint32) (id keyring.SpaceID, ok bool) {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		return s.replica.Space().ID(), true
	}
	return id, false
}

// Said are the doses of a patient's diary as they stand, for a check.
func (l Look) Said(n uint32) (out []record.Said) {
	s := l.c.space(n)
	if s == nil || s.role != rolePatient {
		return nil
	}
	id := s.replica.Space().ID()
	for _, it := range s.diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Retracted: true}) {
		// The first version of a dose that was not given is no record; a
		// correction to it is one.
		e := *it.Treatment()
		if e.Supersedes.IsZero() && e.NotGiven != 0 {
			continue
		}
		if r, ok := record.Of(id, link.Hash{}, it.Written, &e); ok {
			out = append(out, record.Said{Record: r, First: it.ID, Back: it.Retracted != nil})
		}
	}
	return out
}
