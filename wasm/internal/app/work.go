package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/worklist"
)

// The team's words about its work stand in its own space: package worklist says
// what needs a person, these say what became of it. FORMAT.md has the fields.
const (
	typeWorkItem   link.Type = 70 // team: what somebody did with an item
	typeWorkLimits link.Type = 71 // team: from when on something is listed
	typeTeamNote   link.Type = 87 // team: a note that the patient does not see
)

const (
	fieldWorkSpace = iota + 70
	fieldWorkKind
	fieldWorkWhat
	fieldWorkAct
	fieldWorkUntil
	fieldWorkLimits
	fieldWorkReason
	fieldWorkRemark
)

const (
	fieldTeamNote = iota + 87
	fieldTeamNoteCorrects
)

const (
	maxRemark = 500 // bytes

	// MaxTeamNote is how long a note of the team can be, in bytes.
	MaxTeamNote = 4000
)

// works are all such statements, by the identifier of the patient's space; what
// is for all patients is under the zero identifier.
type works struct {
	by   map[keyring.SpaceID]*patientWork
	said int // statements about all patients
}

// A patientWork is what the team said about one patient.
type patientWork struct {
	marks  map[worklist.Ref]*worklist.Mark
	limits worklist.Limits
	at     int64 // of limits
	hash   link.Hash
	notes  map[link.Hash]teamNote
	said   int // statements about items and limits
}

type teamNote struct {
	text     string
	corrects link.Hash // zero: none
	by       keyring.AccountID
	at       int64
}

func (w *works) of(id keyring.SpaceID) *patientWork {
	p := w.by[id]
	if p == nil {
		if w.by == nil {
			w.by = make(map[keyring.SpaceID]*patientWork)
		}
		p = &patientWork{marks: make(map[worklist.Ref]*worklist.Mark), notes: make(map[link.Hash]teamNote)}
		w.by[id] = p
	}
	return p
}

// A said is a statement with who made it, and when.
type said struct {
	typ  link.Type
	body []byte
	by   keyring.AccountID
	at   int64
	hash link.Hash
}

// take adds a statement, in whatever order they come.
func (w *works) take(e said) {
	switch e.typ {
	case typeWorkItem:
		id, ref, say, err := parseWorkItem(e.body)
		if err != nil {
			return
		}
		say.By, say.At, say.Hash = e.by, e.at, e.hash
		p := w.of(id)
		m := p.marks[ref]
		if m == nil {
			m = new(worklist.Mark)
			p.marks[ref] = m
		}
		m.Take(say)
		p.said++
	case typeWorkLimits:
		id, l, err := parseWorkLimits(e.body)
		if err != nil {
			return
		}
		p := w.of(id)
		if p.limits == nil || cmp.Or(cmp.Compare(p.at, e.at), bytes.Compare(p.hash[:], e.hash[:])) < 0 {
			p.limits, p.at, p.hash = l, e.at, e.hash
		}
		p.said++
		if id == (keyring.SpaceID{}) {
			w.said++
		}
	case typeTeamNote:
		if id, n, err := parseTeamNote(e.body); err == nil {
			n.by, n.at = e.by, e.at
			w.of(id).notes[e.hash] = n
		}
	}
}

// goodText tells whether a text is as this app writes it.
func goodText(s string, most int) bool { return len(s) <= most && diary.Clean(s, true) == s }

func workItemBody(id keyring.SpaceID, r worklist.Ref, s worklist.Say) []byte {
	f := fields{fieldWorkSpace: id[:], fieldWorkWhat: []byte(r.What)}
	f.setNumber(fieldWorkKind, uint64(r.Kind))
	f.setNumber(fieldWorkAct, uint64(s.Act))
	if s.Act == worklist.Snoozed {
		f.setNumber(fieldWorkUntil, uint64(s.Until))
	}
	if s.Act == worklist.Closed {
		f.setNumber(fieldWorkReason, uint64(s.Reason))
	}
	if s.Note != "" {
		f[fieldWorkRemark] = []byte(s.Note)
	}
	return f.bytes()
}

func parseWorkItem(body []byte) (id keyring.SpaceID, r worklist.Ref, s worklist.Say, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, r, s, err
	}
	raw, ok := copy32(f[fieldWorkSpace])
	kind, act, reason, until := f.number(fieldWorkKind), f.number(fieldWorkAct), f.number(fieldWorkReason), f.number(fieldWorkUntil)
	_, waits := f[fieldWorkUntil]
	_, why := f[fieldWorkReason]
	s = worklist.Say{Act: worklist.Act(act), Until: int64(until), Reason: worklist.Reason(reason), Note: f.text(fieldWorkRemark)}
	r = worklist.Ref{Kind: worklist.Kind(kind), What: f.text(fieldWorkWhat)}
	switch {
	case !ok, kind == 0 || kind > 255, r.What == "" || len(r.What) > worklist.MaxWhat, act == 0 || act > uint64(worklist.Reopened),
		waits != (s.Act == worklist.Snoozed), waits && (until == 0 || until > 1<<53),
		why != (s.Act == worklist.Closed), why && (reason == 0 || reason > 255),
		s.Note != "" && !waits && !why, !goodText(s.Note, maxRemark):
		return id, r, s, errFields
	}
	return raw, r, s, nil
}

func workLimitsBody(id keyring.SpaceID, l worklist.Limits) []byte {
	var b []byte
	for _, x := range worklist.Bounds {
		if n, ok := l[x.Limit]; ok {
			b = append(b, byte(x.Limit), byte(n>>8), byte(n))
		}
	}
	f := fields{fieldWorkLimits: b}
	if id != (keyring.SpaceID{}) {
		f[fieldWorkSpace] = id[:]
	}
	return f.bytes()
}

func parseWorkLimits(body []byte) (id keyring.SpaceID, l worklist.Limits, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, nil, err
	}
	if b, ok := f[fieldWorkSpace]; ok {
		raw, ok := copy32(b)
		if id = raw; !ok || id == (keyring.SpaceID{}) {
			return id, nil, errFields
		}
	}
	b, ok := f[fieldWorkLimits]
	if !ok || len(b)%3 != 0 {
		return id, nil, errFields
	}
	l = make(worklist.Limits)
	for last := byte(0); len(b) > 0; b = b[3:] {
		if b[0] <= last {
			return id, nil, errFields
		}
		last = b[0]
		n := int(b[1])<<8 | int(b[2])
		if x, known := worklist.BoundOf(worklist.Limit(last)); known && x.Fits(n) {
			l[x.Limit] = n
		}
	}
	return id, l, nil
}

func teamNoteBody(id keyring.SpaceID, n teamNote) []byte {
	f := fields{fieldWorkSpace: id[:], fieldTeamNote: []byte(n.text)}
	if n.corrects != (link.Hash{}) {
		f[fieldTeamNoteCorrects] = n.corrects[:]
	}
	return f.bytes()
}

func parseTeamNote(body []byte) (id keyring.SpaceID, n teamNote, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, n, err
	}
	raw, ok := copy32(f[fieldWorkSpace])
	n.text = f.text(fieldTeamNote)
	if !ok || n.text == "" || !goodText(n.text, MaxTeamNote) {
		return id, n, errFields
	}
	if b, ok := f[fieldTeamNoteCorrects]; ok {
		h, ok := copy32(b)
		if n.corrects = h; !ok || n.corrects == (link.Hash{}) {
			return id, n, errFields
		}
	}
	return raw, n, nil
}

// ErrText reports a text that is empty, too long or not clean.
var ErrText = errors.New("app: not a text that can be kept")

// sayToTeam writes about a patient into the team's space; 0 is all patients. The
// caller holds mu.
func (c *Client) sayToTeam(ctx context.Context, n uint32, t link.Type, body func(keyring.SpaceID) []byte) error {
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	if prim == nil || prim.role != roleTeam {
		return ErrNotShared
	}
	if r := c.rightIn(prim); r != keyring.Own && r != keyring.Treat {
		return ErrRight
	}
	var id keyring.SpaceID
	if n != 0 {
		s := c.space(n)
		if s == nil || s.role != rolePatient {
			return ErrNotShared
		}
		id = s.replica.Space().ID()
	}
	return c.write(ctx, prim, t, body(id))
}

// SayWork says to the team what this member did with an item of a patient. To
// have opened what one has in hand already is not said again.
func (c *Client) SayWork(ctx context.Context, n uint32, r worklist.Ref, s worklist.Say) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !goodText(s.Note, maxRemark) {
		return ErrText
	}
	if p := c.space(n); s.Act == worklist.Opened && p != nil && p.role == rolePatient && c.primary() != nil {
		if m := c.desk.work.of(p.replica.Space().ID()).marks[r]; m != nil && m.Hand != nil && m.Hand.By == c.primary().account && m.Hand.At > m.Since() {
			return nil
		}
	}
	return c.sayToTeam(ctx, n, typeWorkItem, func(id keyring.SpaceID) []byte { return workItemBody(id, r, s) })
}

// SetLimits says from when on something is listed, of a patient or, with 0, of
// all who have no limits of their own. It takes the place of what was said before.
func (c *Client) SetLimits(ctx context.Context, n uint32, l worklist.Limits) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sayToTeam(ctx, n, typeWorkLimits, func(id keyring.SpaceID) []byte { return workLimitsBody(id, l) })
}

// AddTeamNote keeps a note on a patient that the patient does not see. It takes
// the place of the one with the hash corrects, unless that is zero.
func (c *Client) AddTeamNote(ctx context.Context, n uint32, text string, corrects link.Hash) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text == "" || !goodText(text, MaxTeamNote) {
		return ErrText
	}
	if n == 0 {
		return ErrNotShared
	}
	return c.sayToTeam(ctx, n, typeTeamNote, func(id keyring.SpaceID) []byte {
		return teamNoteBody(id, teamNote{text: text, corrects: corrects})
	})
}

// A listed is what one patient needs, as it was worked out.
type listed struct {
	entries   int // of the diary that stir it; -1: it is out of date
	said, all int // by the team: of this patient, of all
	signed    int // yearly checks
	wishes    int // statements about restrictions
	began     int64
	until     int64
	offset    int16
	items     []worklist.Item
}

// WorkOf lists all items of one patient, hidden ones too. It is worked out anew
// only when the diary has another entry, when the team has said something or
// when it can be different because of the time.
func (l Look) WorkOf(n uint32, now diary.Moment) []worklist.Item {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		return l.workOf(s, now)
	}
	return nil
}

// workOf is WorkOf; who has parted needs nothing.
func (l Look) workOf(s *space, now diary.Moment) []worklist.Item {
	if l.c.ended(s) != nil {
		return nil
	}
	if l.c.listedNow(s, now) {
		return s.listed.items
	}
	work := &l.c.desk.work
	p, all := work.of(s.replica.Space().ID()), work.of(keyring.SpaceID{})
	k := &listed{entries: s.diary.Stirred(), said: p.said, all: work.said, signed: len(l.c.legal.checks), wishes: s.restrict.said, began: now.Ms, offset: now.Offset}
	k.items, k.until = worklist.Items(worklist.Patient{
		Diary: s.diary, Joined: l.joined(s), Limits: p.limits.Over(all.limits), Marks: p.marks, More: l.moreWork(s, now),
	}, now)
	if s.diary.Resting() {
		return k.items // it could not be read: see Unread
	}
	k.leaveOut(s, now)
	s.listed = k
	s.brief() // while it is awake
	return k.items
}

// listedNow reports that what a patient needs is worked out and still holds.
func (c *Client) listedNow(s *space, now diary.Moment) bool {
	k, work := s.listed, &c.desk.work
	return k != nil && k.entries == s.diary.Stirred() && k.said == work.of(s.replica.Space().ID()).said && k.all == work.said && k.signed == len(c.legal.checks) && k.wishes == s.restrict.said &&
		now.Ms >= k.began && now.Ms < k.until && now.Offset == k.offset
}

// workNow is workOf, or, where a diary that rests cannot be read again in time, what
// was worked out of it last.
func (l Look) workNow(s *space, now diary.Moment) []worklist.Item {
	switch {
	case l.c.ended(s) != nil:
		return nil
	case l.c.listedNow(s, now) || l.mayWake(s):
		return l.workOf(s, now)
	case s.listed != nil:
		return s.listed.items
	}
	return nil
}

// Behind lists the patients whose work was not worked out for now, and whose diary
// rests: Work has of them what was last, or nothing. WorkOf works it out.
func (l Look) Behind(now diary.Moment) (list []uint32) {
	for _, s := range l.c.spaces {
		if s.role == rolePatient && s.diary.Resting() && l.c.ended(s) == nil && !l.c.listedNow(s, now) {
			list = append(list, s.n)
		}
	}
	return list
}

// leaveOut drops what comes from entries that are restricted, but for what cannot
// wait, lots, messages, and what the law asks for.
func (k *listed) leaveOut(s *space, now diary.Moment) {
	list, until := s.restrict.inForce(now.Ms)
	if len(list) == 0 {
		return
	}
	if until != 0 {
		k.until = min(k.until, until)
	}
	hidden := hides(s.diary, list)
	today, _ := now.Wall()
	lately := slices.ContainsFunc(list, func(p days) bool { return p.meets(days{today.AddDays(-restrictedBack), today}) })
	k.items = slices.DeleteFunc(k.items, func(it worklist.Item) bool {
		switch it.Kind {
		case worklist.LotUsed, worklist.Message, worklist.YearlyCheck, worklist.Restriction:
			return false
		case worklist.TargetJoint, worklist.Missed, worklist.Stock, worklist.Silence:
			return lately
		}
		if it.Urgency == worklist.Now {
			return false
		}
		e, ok := s.diary.Get(it.Entry)
		return ok && hidden(e)
	})
}

// moreWork is what a patient needs that does not follow from the diary alone: a
// wish to restrict the use of entries that nobody has answered.
func (l Look) moreWork(s *space, now diary.Moment) []worklist.Item {
	items := l.yearlyCheck(s, now)
	if list := s.restrict.waiting(now.Ms); len(list) > 0 {
		items = append(items, worklist.Item{Ref: worklist.Ref{Kind: worklist.Restriction, What: string(list[0].hash[:])}, Urgency: worklist.Today, Since: list[0].at, N: len(list)})
	}
	return items
}

// yearlyCheck is a year that is over, in which doses were given and which no doctor
// has signed yet (TFG 14(2a): at least once a year).
func (l Look) yearlyCheck(s *space, now diary.Moment) []worklist.Item {
	today, _ := now.Wall()
	ended := diary.Date{Year: today.Year, Month: 1, Day: 1}.At(0, now.Offset).Ms
	began := diary.Date{Year: today.Year - 1, Month: 1, Day: 1}.At(0, now.Offset).Ms
	id := s.replica.Space().ID()
	for _, k := range l.c.legal.checks {
		if k.Patient == id && k.Year == int(today.Year)-1 {
			return nil
		}
	}
	if len(s.diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, From: began, To: ended, Limit: 1, Match: (*diary.Item).Given})) == 0 {
		return nil
	}
	return []worklist.Item{{Ref: worklist.Ref{Kind: worklist.YearlyCheck, What: strconv.Itoa(int(today.Year) - 1)}, Urgency: worklist.Soon, Since: ended}}
}

// joined is when a patient began to share the diary, in ms; 0: not known yet.
func (l Look) joined(s *space) int64 {
	if k := l.c.cardOf(s); k != nil {
		return k.joined.UnixMilli()
	}
	return 0
}

// A Work is an item of one of the patients.
type Work struct {
	N uint32
	worklist.Item
}

// Work lists the open items of all patients, most urgent first.
func (l Look) Work(now diary.Moment) []Work { return l.work(now, false) }

// WorkDone lists what the team has put off or closed and what still would be
// listed without that, what was said last first.
func (l Look) WorkDone(now diary.Moment) []Work {
	out := l.work(now, true)
	arrange.By(out, func(a, b Work) int { return cmp.Compare(b.Mark.Fate.At, a.Mark.Fate.At) })
	return out
}

func (l Look) work(now diary.Moment, hidden bool) []Work {
	var out []Work
	for _, s := range l.c.spaces {
		if s.role != rolePatient {
			continue
		}
		for _, it := range l.workNow(s, now) {
			if it.Hidden(now.Ms) == hidden {
				out = append(out, Work{s.n, it})
			}
		}
	}
	arrange.By(out, func(a, b Work) int { return worklist.Compare(a.Item, b.Item) })
	return out
}

// WorkCount is how many items are open that cannot wait: in January every
// patient's yearly check is due, and one message must not drown in that.
func (l Look) WorkCount(now diary.Moment) (n int) {
	for _, s := range l.c.spaces {
		if s.role != rolePatient {
			continue
		}
		items := l.workNow(s, now)
		for i := range items {
			if items[i].Urgency != worklist.Soon && !items[i].Hidden(now.Ms) {
				n++
			}
		}
	}
	return n
}

// Marked is what the team said about an item, which need not be listed any more.
func (l Look) Marked(n uint32, r worklist.Ref) (m worklist.Mark) {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		if k := l.c.desk.work.of(s.replica.Space().ID()).marks[r]; k != nil {
			m = *k
		}
	}
	return m
}

// Member is who of the team an account is: the name it chose, and whether it is
// the one of this device.
func (l Look) Member(id keyring.AccountID) (name string, you bool) {
	s := l.c.primary()
	return l.nameOf(id), s != nil && id == s.account
}

// Limits is what was said of limits: of one patient, and of all. With 0 the first
// is nothing.
func (l Look) Limits(n uint32) (own, all worklist.Limits) {
	all = l.c.desk.work.of(keyring.SpaceID{}).limits
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		own = l.c.desk.work.of(s.replica.Space().ID()).limits
	}
	return own, all
}

// A TeamNote is a note of the team on a patient as it stands.
type TeamNote struct {
	Hash link.Hash // of the version shown
	Text string
	By   string
	You  bool
	At   time.Time
	Old  []TeamNote // earlier versions, the latest first
}

// TeamNotes lists the notes on a patient, the newest first.
func (l Look) TeamNotes(n uint32) []TeamNote {
	s := l.c.space(n)
	if s == nil || s.role != rolePatient {
		return nil
	}
	groups := l.c.desk.work.of(s.replica.Space().ID()).noteGroups()
	out := make([]TeamNote, 0, len(groups))
	for _, g := range groups {
		var n TeamNote
		for i, v := range g {
			name, you := l.Member(v.by)
			x := TeamNote{Hash: v.hash, Text: v.text, By: name, You: you, At: time.UnixMilli(v.at)}
			if i == 0 {
				n = x
			} else {
				n.Old = append(n.Old, x)
			}
		}
		out = append(out, n)
	}
	return out
}

type hashedNote struct {
	teamNote
	hash link.Hash
}

func compareNotes(a, b hashedNote) int {
	return cmp.Or(cmp.Compare(b.at, a.at), bytes.Compare(b.hash[:], a.hash[:]))
}

// noteGroups are the versions of each note, the latest first, and the notes by
// their latest version.
func (p *patientWork) noteGroups() [][]hashedNote {
	by := make(map[link.Hash][]hashedNote)
	for h, n := range p.notes {
		root := h
		for at := n; at.corrects != (link.Hash{}); {
			before, ok := p.notes[at.corrects]
			if !ok {
				break
			}
			root, at = at.corrects, before
		}
		by[root] = append(by[root], hashedNote{n, h})
	}
	var out [][]hashedNote
	for _, g := range by {
		arrange.By(g, compareNotes)
		out = append(out, g)
	}
	arrange.By(out, func(a, b []hashedNote) int { return compareNotes(a[0], b[0]) })
	return out
}
