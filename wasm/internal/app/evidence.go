package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"vialog/shared/evidence"
	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// What a centre can show of how it is run, to an operator who sees no people: a
// lead has this device count it and sign it with the tenant's key. The file stays
// in the centre's space, so that the next one can name it and it can be saved
// again. And that a lead has looked through who has access.

const (
	typeEvidence link.Type = 72 // team: a statement for the operator
	typeReview   link.Type = 73 // team and home: somebody has looked through who has access
)

const (
	fieldEvidenceFile = 130
	fieldReviewPeople = 131
)

// ReviewEvery is after how long who has access is to be looked through again.
const ReviewEvery = 182 * 24 * time.Hour

// An Attested is a statement of this centre, as its operator gets it.
type Attested struct {
	*evidence.Signed
	File []byte
	By   keyring.AccountID
	Name string
}

// A Reviewed says that somebody has looked through who has access.
type Reviewed struct {
	At     time.Time
	By     keyring.AccountID
	Name   string
	People int // who had access then

	hash link.Hash
}

// attested is what the team's space says of these.
type attested struct {
	list    []Attested // by number, then by when they were made, then by hash
	reviews []Reviewed // by when they were made; of the diary, where this is no centre
}

func evidenceBody(file []byte) []byte { return fields{fieldEvidenceFile: file}.bytes() }

func parseEvidence(body []byte) (a Attested, err error) {
	f, err := parseFields(body)
	if err != nil {
		return a, err
	}
	a.File = f[fieldEvidenceFile]
	a.Signed, err = evidence.Parse(a.File)
	return a, err
}

func reviewBody(people int) []byte {
	f := fields{}
	f.setNumber(fieldReviewPeople, uint64(people))
	return f.bytes()
}

func parseReview(body []byte) (people int, err error) {
	f, err := parseFields(body)
	if err != nil {
		return 0, err
	}
	n := f.number(fieldReviewPeople)
	if n == 0 || n >= 1<<31 {
		return 0, errFields
	}
	return int(n), nil
}

func compareAttested(a, b Attested) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), a.Made.Compare(b.Made), bytes.Compare(a.Hash[:], b.Hash[:]))
}

// take adds a statement of the team's space.
func (t *attested) take(e *link.Entry) {
	switch e.Type {
	case typeEvidence:
		a, err := parseEvidence(e.Body)
		if err != nil {
			return
		}
		a.By = e.Account
		if at, found := slices.BinarySearchFunc(t.list, a, compareAttested); !found {
			t.list = slices.Insert(t.list, at, a)
		}
	case typeReview:
		n, err := parseReview(e.Body)
		if err != nil {
			return
		}
		r := Reviewed{At: time.UnixMilli(e.Time), By: e.Account, People: n, hash: e.Hash()}
		at, _ := slices.BinarySearchFunc(t.reviews, r, func(a, b Reviewed) int {
			return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.hash[:], b.hash[:]))
		})
		t.reviews = slices.Insert(t.reviews, at, r)
	}
}

// ofTenant are the statements by the name that the relay knows this centre by. One
// of which those before it are not all here is none: anybody could give it any number.
func (t *attested) ofTenant(id wire.TenantID) (out []Attested) {
	type link struct {
		number uint32
		hash   [32]byte
	}
	whole := map[link]bool{{}: true}
	for _, a := range t.list { // by number
		if a.Tenant == id && whole[link{a.Number - 1, a.Previous}] {
			whole[link{a.Number, a.Hash}] = true
			out = append(out, a)
		}
	}
	return out
}

// last is the statement that the next one names, nil if there is none. One that a
// clock far ahead has dated is passed over: no operator takes it.
func (t *attested) last(id wire.TenantID, now time.Time) *Attested {
	list := t.ofTenant(id)
	for i := range slices.Backward(list) {
		if !list[i].Made.After(now.Add(evidence.Ahead)) {
			return &list[i]
		}
	}
	return nil
}

// Evidence lists the statements of this centre for its operator, newest first.
func (l Look) Evidence() []Attested {
	out := l.c.evidence.ofTenant(l.c.p.tenant)
	slices.Reverse(out)
	for i := range out {
		out[i].Name = l.nameOf(out[i].By)
	}
	return out
}

// Reviewed tells when somebody last looked through who has access.
func (l Look) Reviewed() (r Reviewed, ok bool) {
	list := l.c.evidence.reviews
	if len(list) == 0 {
		return r, false
	}
	r = list[len(list)-1]
	r.Name = l.nameOf(r.By)
	return r, true
}

// ReviewDue reports that a lead should look through who has access.
func (l Look) ReviewDue() bool {
	if l.TeamRole() != keyring.Lead {
		return false
	}
	r, ok := l.Reviewed()
	now := l.c.env.Now()
	if !ok {
		// A centre that has just begun has nothing to look through.
		s := l.c.primary()
		s.book.Lock()
		defer s.book.Unlock()
		team, there := s.book.Team(l.c.p.team)
		if !there {
			return false
		}
		for _, m := range team.Members() {
			if now.Sub(m.Since) > ReviewEvery {
				return true
			}
		}
		return false
	}
	return now.Sub(r.At) > ReviewEvery
}

// leading is the team's space, for what only leads do.
func (c *Client) leading() (*space, error) {
	s, err := c.actingAtCentre()
	if err == nil && c.teamRole() != keyring.Lead {
		err = ErrRight
	}
	return s, err
}

// Review says that this lead has looked through who has access at this centre.
func (c *Client) Review(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.leading()
	if err != nil {
		return err
	}
	s.book.Lock()
	team, ok := s.book.Team(c.p.team)
	people := 0
	if ok {
		people = len(team.Members())
	}
	s.book.Unlock()
	return c.write(ctx, s, typeReview, reviewBody(people))
}

// Attest makes a statement for the operator and keeps it in the centre's space.
// Only leads may, with a connection (ErrOffline): what the others wrote counts, and
// the relay must know the key; and all diaries must be read (ErrReading). release is the number of the app's release, 0 if it
// has none.
func (c *Client) Attest(ctx context.Context, release int) error {
	c.mu.Lock()
	_, err := c.leading()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err := c.freshTenant(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.leading()
	switch {
	case err != nil:
		return err
	case c.p.tenant == wire.TenantID{}:
		return ErrMember // it is not through with the relay yet
	case len(c.reading.left) > 0:
		return ErrReading // it would count too few
	case !c.caughtUp(s):
		return ErrOffline
	}
	signer, err := c.tenantSigner()
	if err != nil {
		return err
	}
	st := c.count(s)
	st.Release = uint32(max(release, 0))
	if err := st.Valid(); err != nil {
		return err // this device's clock may be anywhere
	}
	text := st.Text()
	return c.write(ctx, s, typeEvidence, evidenceBody(evidence.File(text, signer.Sign(evidence.Message(text)))))
}

// count is what there is to state now. The caller holds mu.
func (c *Client) count(s *space) *evidence.Statement {
	now := c.env.Now()
	since := func(t time.Time) evidence.Days { return evidence.DaysSince(t, now) }
	st := &evidence.Statement{
		Tenant: c.p.tenant, Number: 1, Made: now.UTC().Truncate(time.Second), Policy: uint32(seal.Current.Version),
		Sheet: evidence.None, Invitation: evidence.None, Check: evidence.None, Review: evidence.None,
	}
	if last := c.evidence.last(c.p.tenant, now); last != nil {
		st.Number, st.Previous = last.Number+1, last.Hash
		if st.Made.Before(last.Made) {
			st.Made = last.Made // clocks differ
		}
	}

	s.book.Lock()
	if team, ok := s.book.Team(c.p.team); ok {
		for _, m := range team.Members() {
			c.countMember(st, s, m, now)
		}
		for _, id := range team.Accounts() {
			if _, left := team.Left(id); left {
				st.Removed++
			}
		}
		st.TeamKey = since(team.GenerationTime())
		if team.NeedsRotation() {
			st.NotRenewed++
		}
	}
	s.book.Unlock()
	for _, x := range c.spaces {
		sp := x.replica.Space()
		x.book.Lock()
		_, _, in := sp.Right(x.device.ID(), x.account)
		stale := sp.NeedsRotation()
		x.book.Unlock()
		if !in || x.replica.Removed() || x.parting != nil {
			continue // a patient's who has left
		}
		st.OldestKey = max(st.OldestKey, since(sp.EpochTime()))
		if stale {
			st.NotRenewed++
		}
	}
	for _, i := range c.intents.list {
		if !c.inForce(&i) {
			st.NotRenewed++ // somebody is to be removed, and is not yet
		}
	}
	st.NotRenewed += uint32(c.doorsLeft)
	if c.tenantDue() {
		st.NotRenewed++
	}

	for _, i := range c.desk.invites {
		if i.state == InviteOpen && !c.over(i) {
			st.Invitations++
			st.Invitation = max(st.Invitation, since(i.created))
		}
	}
	st.Visits, st.VisitsHash = c.visitsHash()
	st.Records, st.RecordsHash = c.recordsHash(now)
	type year struct {
		patient keyring.SpaceID
		year    int
	}
	checked := make(map[year]bool)
	for _, k := range c.legal.checks {
		checked[year{k.Patient, k.Year}] = true
		st.Check = since(k.At) // they are in order
	}
	st.Checks = uint32(len(checked))
	if list := c.evidence.reviews; len(list) > 0 {
		st.Reviews, st.Review = uint32(len(list)), since(list[len(list)-1].At)
	}
	return st
}

// countMember adds somebody of the team. The caller holds mu and the book's mutex.
func (c *Client) countMember(st *evidence.Statement, s *space, m keyring.TeamMember, now time.Time) {
	people, devices := &st.Readers, &st.ReaderDevices
	switch m.Role {
	case keyring.Lead:
		people, devices = &st.Leads, &st.LeadDevices
	case keyring.Doctor:
		people, devices = &st.Doctors, &st.DoctorDevices
	case keyring.Nurse:
		people, devices = &st.Nurses, &st.NurseDevices
	}
	*people++
	a, ok := s.book.Account(m.Account)
	if !ok {
		st.NoSheet++
		return
	}
	for _, d := range a.Devices() {
		if !d.Active() || d.Sheet {
			continue
		}
		*devices++
		heard := d.Added
		if ms := c.heard[d.ID]; ms != 0 {
			heard = time.UnixMilli(ms)
		}
		if d.ID != s.device.ID() {
			st.Silent = max(st.Silent, evidence.DaysSince(heard, now))
		}
	}
	sheet, ok := a.Sheet()
	of := sheetOf{m.Account, sheet.ID}
	looked := sheet.Added
	drilled, was := c.desk.drills[of]
	if was {
		looked = time.UnixMilli(drilled.at)
	}
	if !ok || was && drilled.result == DrillLost {
		st.NoSheet++
		return
	}
	st.Sheet = max(st.Sheet, evidence.DaysSince(looked, now))
}

// visitsHash counts the lines of the access log, and names them all.
func (c *Client) visitsHash() (n uint32, hash [32]byte) {
	var lines [][]byte
	for _, s := range c.spaces {
		if s.role != rolePatient {
			continue
		}
		id := s.replica.Space().ID()
		for v := range c.visitsOf(s) {
			line := append(append(make([]byte, 0, 72), id[:]...), v.account[:]...)
			lines = append(lines, binary.BigEndian.AppendUint64(line, uint64(v.at)))
		}
	}
	if len(lines) == 0 {
		return 0, hash
	}
	arrange.By(lines, bytes.Compare)
	return uint32(len(lines)), seal.Hash(seal.LabelEvidenceVisits, bytes.Join(lines, nil))
}

// recordsHash counts the statements of the legal record, and names the state of
// each year of each patient.
func (c *Client) recordsHash(now time.Time) (n uint32, hash [32]byte) {
	book := c.wholeBook()
	if book.Len() == 0 {
		return 0, hash
	}
	var lines [][]byte
	for y := time.UnixMilli(book.First()).UTC().Year() - 1; y <= now.UTC().Year()+1; y++ {
		for _, k := range book.Year(y) {
			line := append(append(make([]byte, 0, 66), k.Patient[:]...), byte(y>>8), byte(y))
			lines = append(lines, append(line, k.State[:]...))
		}
	}
	arrange.By(lines, bytes.Compare)
	return uint32(book.Len()), seal.Hash(seal.LabelEvidenceRecords, bytes.Join(lines, nil))
}
