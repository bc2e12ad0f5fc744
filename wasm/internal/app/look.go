package app

import (
	"context"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/pseudonym"
	"vialog/wasm/internal/seal"
)

// What a screen may look at. A Look is only valid inside the function that
// Client.Look calls with it.
type Look struct {
	c     *Client
	wakes *wakes
}

func newLook(c *Client) Look { return Look{c, &wakes{began: time.Now()}} }

// Nobody can do anything while diaries that rest are read again. One Look does that
// for a few diaries, or as many as take no time, where it can do with what was worked
// out of them before.
const (
	wakesAtLeast = 4
	wakesFor     = 100 * time.Millisecond
)

type wakes struct {
	began time.Time
	n     int
}

// mayWake reports that a diary is in memory, or may be read again now.
func (l Look) mayWake(s *space) bool {
	if !s.diary.Resting() {
		return true
	}
	if l.wakes.n >= wakesAtLeast && time.Since(l.wakes.began) > wakesFor {
		return false
	}
	l.wakes.n++
	return true
}

// Look calls f while nothing changes. It does nothing if the vault is locked.
func (c *Client) Look(f func(Look)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != nil {
		if c.stale {
			c.reread()
		}
		f(newLook(c))
	}
}

// MayWake reports that a patient's diary is in memory, or may be read again within
// this Look. If not, there is to be done with what is known of it.
func (l Look) MayWake(n uint32) bool {
	s := l.c.space(n)
	return s != nil && s.role == rolePatient && l.mayWake(s)
}

// Role is what this device is used for.
func (l Look) Role() Role { return l.c.p.role }

// Founded reports that there is a home or a team to show.
func (l Look) Founded() bool {
	return l.c.primary() != nil && (l.c.p.role != Centre || l.c.registered())
}

// Name is the centre's.
func (l Look) Name() string {
	s := l.c.primary()
	if s == nil || s.role != roleTeam {
		return l.c.p.name
	}
	s.book.Lock()
	defer s.book.Unlock()
	if t, ok := s.book.Team(l.c.p.team); ok {
		return t.Name()
	}
	return l.c.p.name
}

// OwnName is the name that the person gave to their account, which only those
// at a centre do.
func (l Look) OwnName() string {
	s := l.c.primary()
	if s == nil {
		return ""
	}
	s.book.Lock()
	defer s.book.Unlock()
	if a, ok := s.book.Account(s.account); ok {
		return a.Name()
	}
	return ""
}

// OwnID is the short name of this diary at home.
func (l Look) OwnID() string {
	if s := l.c.primary(); s != nil {
		return pseudonym.Of(s.replica.Space().ID()).String()
	}
	return ""
}

// Sheet is the recovery sheet that is not on paper yet.
func (l Look) Sheet() (join.Sheet, bool) {
	if l.c.p.heir.Valid() {
		return l.c.p.heir, true
	}
	return l.c.p.sheet, l.c.p.sheet.Valid()
}

// SheetMade is when the sheet was put on paper; zero: not yet.
func (l Look) SheetMade() time.Time { return l.c.p.sheetMade }

// Diary is the patient's own.
func (l Look) Diary() *diary.Diary { return l.c.own }

// Status is how the device stands with the relay.
type Status struct {
	Online       bool
	Trying       bool // connected, not everything has been read
	Waiting      int  // statements not acknowledged
	Unsent       int  // entries that not all they are meant for can have
	Alarm        bool // the relay showed a history that does not fit
	Overdue      bool // a centre was not heard of for longer than its lease
	Removed      bool
	Erased       bool         // the diary was erased at the relay, or is being
	Refusal      wire.Refusal // why the relay refuses; 0: it does not
	Unknown      bool         // the relay does not take the centre's tickets, nor has what it stored
	Missing      int          // what others have seen and this device has not
	Forked       bool         // this device's storage went back
	Full         bool         // a member sent more than this device takes in
	Entries      int
	Ending       seal.Ending // of what this release seals with
	Ends         time.Time   // its last day
	SheetPending bool        // the way back for the recovery sheet is not at the relay yet

	// Unconfirmed is when this device came back by the recovery sheet, until
	// somebody else has confirmed what the relay showed it.
	Unconfirmed time.Time
}

// Status sums up all spaces.
func (l Look) Status() (st Status) {
	st.Online = len(l.c.spaces) > 0
	for _, s := range l.c.spaces {
		st.Waiting += s.replica.Waiting()
		if n := unsent(s) + l.c.photosWaiting(s); l.c.p.role == Centre {
			st.Unsent += n
		} else {
			st.Unsent = max(st.Unsent, n) // the same entries in every space
		}
		st.Forked = st.Forked || s.replica.Forked()
		for _, al := range s.replica.Alarms() {
			if al.Kind == link.AlarmFull {
				st.Full = true
			} else {
				st.Alarm = true
			}
		}
		st.Overdue = st.Overdue || l.c.silent(s)
		st.Missing += s.replica.Missing()
		if st.Entries += len(s.view.hashes); s.role == rolePatient {
			st.Entries += s.diary.Len()
		}
		p := l.c.peers[l.c.group(s)]
		if p == nil {
			st.Online = false
			continue
		}
		state, why := p.State(s.replica)
		online := p.Online()
		st.Online = st.Online && online
		// One that was added just now has not been asked for yet.
		st.Trying = st.Trying || state == link.Catching || online && state == link.Offline || len(l.c.reading.left) > 0
		switch {
		case s.role == roleCentre && !s.sharing():
			// Nothing is sent there any more; the centre's page says so.
		case s.erased != nil:
			// A notice says what became of it.
		case state == link.Refused, state == link.Gone && why != wire.Rotated:
			st.Refusal = why
			st.Unknown = st.Unknown || s.role == roleTeam && why == wire.TicketInvalid
		}
	}
	st.Removed, st.Erased = l.c.expelled(), l.c.erasing() != nil
	st.SheetPending = l.c.p.locker != nil
	st.Unconfirmed = l.c.p.restored
	st.Ending, st.Ends = l.Ending()
	return st
}

// unsent counts the entries of a space that the relay has not acknowledged.
func unsent(s *space) (n int) {
	left := s.replica.Waiting()
	if left == 0 {
		return 0
	}
	all := s.replica.Entries()
	if s.replica.Forked() { // what was written after a fork may have been let go
		var err error
		if all, err = s.replica.All(context.Background()); err != nil {
			return left // better too many
		}
	}
	for _, e := range slices.Backward(all) {
		if !s.replica.Queued(e.Hash()) {
			continue
		}
		if k := diary.Kind(e.Type); k.Known() && k != diary.KindSeen && k != diary.KindOpened {
			n++
		}
		if left--; left == 0 {
			break
		}
	}
	return n
}

// A CentreInfo is one centre of a patient.
type CentreInfo struct {
	N         uint32
	Name      string
	Pseudonym string
	State     CentreState
	Check     string
	Since     time.Time
	Heard     time.Time
	Waiting   int // entries it cannot have yet
	Overdue   bool
	Parting   *Parting // nil: none
}

// Centres lists the centres that the diary is shared with.
func (l Look) Centres() []CentreInfo {
	var out []CentreInfo
	for _, s := range l.c.spaces {
		if s.role != roleCentre {
			continue
		}
		sp := s.replica.Space()
		info := CentreInfo{
			N: s.n, Pseudonym: pseudonym.Of(sp.ID()).String(), State: s.state, Check: s.check, Heard: s.heard,
			Waiting: unsent(s) + l.c.photosWaiting(s), Overdue: l.c.silent(s),
		}
		if info.Parting = l.parting(s); info.Parting != nil {
			info.Waiting = 0
		}
		s.book.Lock()
		if teams := sp.Teams(); info.Parting != nil && len(teams) > 0 {
			if t, ok := s.book.Team(teams[0]); ok {
				info.Name = t.Name()
			}
		}
		for _, m := range sp.Members() {
			if t, ok := s.book.Team(m.Ref.ID); ok {
				info.Name, info.Since = t.Name(), sp.EpochTime()
			}
		}
		s.book.Unlock()
		out = append(out, info)
	}
	return out
}

// CurrentCentres are those that the diary is shared with now.
func (l Look) CurrentCentres() []CentreInfo {
	return slices.DeleteFunc(l.Centres(), func(c CentreInfo) bool { return c.Parting != nil })
}

// A PatientInfo is one patient of a centre.
type PatientInfo struct {
	N         uint32
	Pseudonym string
	Note      string
	Joined    time.Time
	Invite    [16]byte     // the invitation they came with
	Diary     *diary.Diary // without what is restricted
	Parting   *Parting     // nil: none

	Restricted bool // entries are
}

// Patients lists the centre's patients in the order they joined.
func (l Look) Patients() []PatientInfo {
	var out []PatientInfo
	for _, s := range l.c.spaces {
		if s.role == rolePatient {
			out = append(out, l.patient(s))
		}
	}
	return out
}

// CurrentPatients are those who share their diary with the centre now.
func (l Look) CurrentPatients() []PatientInfo {
	return slices.DeleteFunc(l.Patients(), func(p PatientInfo) bool { return p.Parting != nil })
}

// Diaries calls f for the diary of each patient, and tells whether they have parted
// with the centre. It costs less than Patients.
func (l Look) Diaries(f func(n uint32, d *diary.Diary, parted bool)) {
	for _, s := range l.c.spaces {
		if s.role == rolePatient {
			f(s.n, l.c.shown(s), l.c.ended(s) != nil)
		}
	}
}

func (l Look) patient(s *space) PatientInfo {
	if s.called == "" {
		s.called = pseudonym.Of(s.replica.Space().ID()).String()
	}
	info := PatientInfo{N: s.n, Pseudonym: s.called, Diary: l.c.shown(s), Parting: l.parting(s)}
	info.Restricted = info.Diary != s.diary
	if k := l.c.cardOf(s); k != nil {
		info.Note, info.Joined, info.Invite = k.note, k.joined, k.invite
	}
	return info
}

// PatientCount is how many patients share their diary with the centre now.
func (l Look) PatientCount() (n int) {
	for _, s := range l.c.spaces {
		if s.role == rolePatient && l.c.ended(s) == nil {
			n++
		}
	}
	return n
}

// Patient finds one patient.
func (l Look) Patient(n uint32) (PatientInfo, bool) {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		if !s.diary.Resting() {
			l.c.keepOpen(s)
		}
		return l.patient(s), true
	}
	return PatientInfo{}, false
}

// An InviteInfo is one invitation.
type InviteInfo struct {
	ID        [16]byte
	Kind      join.Kind
	Note      string
	State     InviteState
	Created   time.Time
	Expires   time.Time
	Expired   bool
	Code      string
	Link      string
	Mine      bool          // made on this device: only it lets anybody in
	Asking    bool          // somebody has answered
	Check     string        // the short code to compare
	Pseudonym string        // of who asks
	Right     keyring.Right // that a carer is to have
	Role      keyring.Role  // that a colleague is to have
	Name      string        // of a carer or colleague who asks
}

// Invites lists the invitations, newest first.
func (l Look) Invites() []InviteInfo {
	var out []InviteInfo
	for i := len(l.c.desk.order) - 1; i >= 0; i-- {
		out = append(out, l.invite(l.c.desk.invites[l.c.desk.order[i]]))
	}
	return out
}

// Invite finds one invitation.
func (l Look) Invite(id [16]byte) (InviteInfo, bool) {
	if i := l.c.desk.invites[id]; i != nil {
		return l.invite(i), true
	}
	return InviteInfo{}, false
}

func (l Look) invite(i *invite) InviteInfo {
	info := InviteInfo{
		ID: i.id, Kind: i.inv.Kind(), Note: i.note, State: i.state, Created: i.created, Expires: i.expires,
		Expired: l.c.env.Now().After(i.expires), Code: i.inv.Code(), Link: i.inv.Link(l.c.env.Links), Right: i.right, Role: i.as(),
	}
	if s := l.c.primary(); s != nil {
		info.Mine = i.by == s.device.ID()
	}
	if t := l.c.talks[i.id]; t != nil && t.request != nil {
		info.Asking, info.Check = true, l.c.desk.code(i, t)
		if a, ok := t.book.Account(t.request.By.Account); ok && (i.inv.Kind() == join.Carer || i.inv.Kind() == join.Colleague) {
			info.Name = a.Name()
		}
		if len(t.request.Space) > 0 {
			info.Pseudonym = pseudonym.Of(keyring.SpaceID(keyring.HashOf(t.request.Space[0]))).String()
		}
	}
	return info
}

// Delivery is how far an entry has come.
type Delivery uint8

// Stages of an entry's way.
const (
	Kept   Delivery = iota // with no centre to send it to
	Queued                 // waits for the relay
	Sent                   // the relay has acknowledged it
)

// Delivery tells how far one of the diary's entries has come: to every centre
// it goes to. n is a patient's number at a centre, or 0 at home.
func (l Look) Delivery(n uint32, id diary.ID) Delivery {
	d := Kept
	for _, s := range l.c.spaces {
		local := id
		switch {
		case s.role == rolePatient && s.n == n, s.role == roleHome:
		case s.role == roleCentre:
			local = foreign(s.idKey, id)
			if _, ok := s.hashOf(local); !ok {
				local = id // said to this centre only
			}
		default:
			continue
		}
		h, ok := s.hashOf(local)
		if !ok {
			continue
		}
		if s.replica.Queued(h) {
			return Queued
		}
		if s.role != roleHome {
			d = Sent
		}
	}
	return d
}

// IDAt is the identifier by which a centre of this diary, and nobody else,
// knows one of its entries.
func (l Look) IDAt(n uint32, id diary.ID) diary.ID {
	if s := l.c.space(n); s != nil && s.role == roleCentre {
		return s.away(id)
	}
	return id
}

// SaidBy reports whether an entry of the diary stands in the space of the
// centre with that number: who said it, and to whom it was said.
func (l Look) SaidBy(n uint32, id diary.ID) bool {
	s := l.c.space(n)
	if s == nil {
		return false
	}
	if _, ok := s.hashOf(id); ok {
		return true
	}
	_, ok := s.view.hashes[foreign(s.idKey, id)]
	return ok && s.role == roleCentre
}

// LookedAt is when somebody at a centre last looked at the diary; zero: never.
func (l Look) LookedAt(n uint32) (at time.Time) {
	s := l.c.space(n)
	if s == nil {
		return at
	}
	for _, e := range slices.Backward(s.replica.Entries()) {
		k := diary.Kind(e.Type)
		if e.Right == keyring.Treat && (k == diary.KindSeen || k == diary.KindOpened) ||
			e.Right == keyring.Read && k == diary.KindOpened && l.c.ofCentre(s, e.Account) {
			return time.UnixMilli(e.Time)
		}
	}
	return at
}

// Boxes counts what the channel of each space must hold when all devices have
// sent everything: one box for each statement and each change of membership.
// It is for the test that a relay which is killed keeps nothing twice.
func (l Look) Boxes() map[wire.Channel]int {
	out := make(map[wire.Channel]int)
	for _, s := range l.c.spaces {
		out[s.replica.Channel()] = s.replica.Len() + len(s.replica.Chain())
	}
	return out
}

// Alarms lists the evidence in all spaces, for tests that ask what it shows.
func (l Look) Alarms() (all []link.Alarm) {
	for _, s := range l.c.spaces {
		all = append(all, s.replica.Alarms()...)
	}
	return all
}

// Identifiers lists every identifier and key by which a centre knows a
// patient, for the test that two centres find nothing in common. Those of the
// centre itself are left out.
func (c *Client) Identifiers(n uint32) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.space(n)
	if s == nil {
		return nil
	}
	sp := s.replica.Space()
	ids := []string{pseudonym.Of(sp.ID()).String(), string(idBytes(sp.ID())), string(idBytes(sp.Founding())), string(idBytes(s.replica.Channel()))}
	all, err := s.replica.All(context.Background())
	if err != nil {
		panic(err) // with nothing to compare the test would say nothing
	}
	for _, e := range all {
		if e.Right == keyring.Treat {
			continue
		}
		ids = append(ids, string(idBytes(e.Device)), string(idBytes(e.Account)), string(idBytes(e.Hash())))
	}
	for id := range s.view.hashes {
		ids = append(ids, string(id[:]))
	}
	if s.role == rolePatient {
		for _, r := range s.diary.Records() {
			if e, err := diary.Decode(r.Kind, r.Body); err == nil {
				id := e.Top().ID
				ids = append(ids, string(id[:]))
			}
		}
	}
	for blob, places := range s.places {
		box := link.BoxOf(blob)
		ids = append(ids, string(blob[:]), string(box[:]))
		for _, p := range places {
			ids = append(ids, string(p.Channel[:]))
		}
	}
	s.book.Lock()
	defer s.book.Unlock()
	for _, id := range sp.Accounts() { // carers' among them
		if a, ok := s.book.Account(id); ok {
			ids = append(ids, string(id[:]))
			if a.Name() != "" {
				ids = append(ids, a.Name()) // which a centre must not read
			}
			for _, d := range a.Devices() {
				ids = append(ids, string(d.Public.Sign[:]), string(d.Public.KEM[:]))
			}
		}
	}
	return ids
}

func idBytes[T ~[32]byte](v T) []byte { return v[:] }

// Statements counts all statements of a shared space, for tests and figures.
func (c *Client) Statements(n uint32) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.space(n); s != nil {
		return s.replica.Len()
	}
	return 0
}
