package screen

import (
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

// Places of the centre's work.
const (
	atWork placeName = placesWork + iota
	atLimits
)

// working is what is under way on the work-list and beside it.
type working struct {
	count    int            // open items, for the title of the page
	open     string         // the item whose possibilities are shown
	problems []view.Problem // with what was typed about it
	editing  string         // the note of the team that is being corrected
	drawn    time.Time      // when the list was shown last
	held     view.WorkRow   // the open item as it was shown last
	heldAt   int            // and where
}

// What is typed about items, limits and notes of the team is sealed with the
// messages under way, under names that no message has.
func workKey(item, field string) string     { return "work/" + item + "/" + field }
func limitKey(patient, field string) string { return "limit/" + patient + "/" + field }
func teamNoteKey(n uint32, note string) string {
	return "team/" + strconv.Itoa(int(n)) + "/" + note
}

// typedWork keeps what is being typed about the work, and tells whether it is that.
func (g *Guide) typedWork(f map[string]string) bool {
	put := func(key, text string) {
		if g.draft[key] = text; strings.TrimSpace(text) == "" {
			delete(g.draft, key)
		}
	}
	_, note := f[view.FieldTeamText]
	_, until := f[view.FieldPutOff]
	_, remark := f[view.FieldRemark]
	switch {
	case note:
		put(teamNoteKey(number(f[view.FieldPatient]), f[view.FieldTeamNote]), f[view.FieldTeamText])
	case g.at.name == atLimits:
		for _, b := range worklist.Bounds {
			name := view.LimitName(b.Limit)
			g.draft[limitKey(f[view.FieldPatient], name)] = f[name] // an empty one is typed too
		}
	case until:
		put(workKey(f[view.FieldWork], view.FieldPutOff), f[view.FieldPutOff])
	case remark:
		for _, name := range [...]string{view.FieldRemark, view.FieldWorkReason} {
			put(workKey(f[view.FieldWork], name), f[name])
		}
	default:
		return false
	}
	g.keepDraft()
	return true
}

// dropTyped forgets what was typed under names with a beginning.
func (g *Guide) dropTyped(prefix string) {
	maps.DeleteFunc(g.draft, func(key, _ string) bool { return strings.HasPrefix(key, prefix) })
	g.keepDraft()
}

// bringWork shows what was being typed when the vault was locked.
func (g *Guide) bringWork() {
	for _, key := range slices.Sorted(maps.Keys(g.draft)) {
		switch part := strings.Split(key, "/"); part[0] {
		case "work":
			g.work.open = part[1]
			g.say(lang.NoticeDraftBack)
		case "limit":
			if g.at.name != atLimits {
				g.into(place{name: atLimits, n: number(part[1])})
				g.say(lang.NoticeDraftBack)
			}
		}
	}
}

// leave forgets what was typed at a place that is left.
func (w *working) leave() { *w = working{count: w.count} }

// workClock shows the list again now and then: what was put off comes back, and
// what may wait has waited long enough.
func (g *Guide) workClock() {
	if g.open && g.busy == 0 && (g.at.name == atWork || g.at.name == atPatients) && g.hidden.IsZero() && g.now().Sub(g.work.drawn) >= time.Minute {
		g.draw()
	}
}

// itemID is how a page names an item: the patient's number, a dot, its Ref.
func itemID(n uint32, r worklist.Ref) string { return strconv.Itoa(int(n)) + "." + r.String() }

func parseItemID(s string) (n uint32, r worklist.Ref, ok bool) {
	patient, rest, _ := strings.Cut(s, ".")
	n = number(patient)
	r, ok = worklist.ParseRef(rest)
	return n, r, ok && n != 0
}

func (g *Guide) workScreen(l app.Look, f view.Frame) view.Screen {
	if l.Role() != app.Centre {
		return nil
	}
	switch g.at.name {
	case atWork:
		return g.workList(l, f)
	case atLimits:
		return g.limitsForm(l, f)
	}
	return nil
}

func mayWork(l app.Look) bool { return l.TeamRole() != keyring.Reader }

func (g *Guide) workList(l app.Look, f view.Frame) view.Screen {
	now := diary.MomentOf(f.Now)
	f.Place = view.PlaceWork
	f.ReadOnly = f.ReadOnly || !mayWork(l)
	g.work.drawn = g.now()
	m := view.WorkList{Frame: f, CentreName: l.Name(), Patients: l.PatientCount()}
	list := l.Work(now)
	m.Total = len(list)
	for i, w := range list {
		if i < g.at.shown || itemID(w.N, w.Ref) == g.work.open {
			m.Rows = append(m.Rows, g.workRow(l, w.N, w.Item))
		}
	}
	m.Rows = g.hold(l, m.Rows)
	done := l.WorkDone(now)
	for _, w := range done[:min(len(done), 30)] {
		if r := g.workRow(l, w.N, w.Item); !slices.ContainsFunc(m.Rows, func(x view.WorkRow) bool { return x.ID == r.ID }) {
			m.Done = append(m.Done, r)
		}
	}
	for _, i := range l.Invites() {
		if i.Kind == join.Patient && inviteState(i) == view.InviteAsking {
			m.Asking = append(m.Asking, view.InviteRow{ID: hex.EncodeToString(i.ID[:]), CaseNote: i.Note, State: view.InviteAsking, Expires: g.local(i.Expires)})
		}
	}
	return m
}

// workRow is an item as screens show it.
func (g *Guide) workRow(l app.Look, n uint32, it worklist.Item) view.WorkRow {
	p, _ := l.Patient(n)
	r := view.WorkRow{
		ID: itemID(n, it.Ref), Patient: strconv.Itoa(int(n)), Pseudonym: p.Pseudonym, CaseNote: p.Note, Kind: it.Kind, Urgency: it.Urgency,
		Since: g.local(time.UnixMilli(it.Since)), Places: it.Places, Again: it.Again, Product: brand(it.Product, it.Name), Batch: it.Batch, Recall: it.Recall,
		N: it.N, Reserve: it.Reserve, Text: it.Text, Hand: g.workSay(l, it.Mark.Hand),
	}
	if it.Hidden(g.now().UnixMilli()) {
		r.Fate = g.workSay(l, it.Mark.Fate)
	}
	if r.Open = r.ID == g.work.open && r.Fate == nil; r.Open {
		r.Form = g.workForm(r)
	}
	return r
}

func (g *Guide) workForm(r view.WorkRow) view.WorkForm {
	return view.WorkForm{
		Draft: g.draft[r.Patient], Reason: g.draft[workKey(r.ID, view.FieldWorkReason)], Remark: g.draft[workKey(r.ID, view.FieldRemark)],
		Until: g.draft[workKey(r.ID, view.FieldPutOff)], Problems: g.work.problems,
	}
}

// hold keeps the open item among rows when a colleague has dealt with it: what
// somebody is typing about it does not go away under the hand.
func (g *Guide) hold(l app.Look, rows []view.WorkRow) []view.WorkRow {
	w := &g.work
	if at := slices.IndexFunc(rows, func(r view.WorkRow) bool { return r.Open }); at >= 0 {
		w.held, w.heldAt = rows[at], at
		return rows
	}
	n, ref, ok := parseItemID(w.open)
	if p, _ := l.Patient(n); !ok || w.held.ID != w.open || p.Parting != nil {
		return rows
	}
	r, m := w.held, l.Marked(n, ref)
	r.Over, r.Fate, r.Hand = true, nil, g.workSay(l, m.Hand)
	if f := m.Fate; f != nil && f.Act != worklist.Reopened && (m.Hand == nil || m.Hand.At <= f.At) {
		r.Hand = g.workSay(l, f)
	}
	for _, it := range l.WorkOf(n, diary.MomentOf(g.local(g.now()))) {
		if it.Ref == ref && it.Mark.Fate != nil {
			r.Fate = g.workSay(l, it.Mark.Fate)
		}
	}
	r.Form = g.workForm(r)
	return slices.Insert(rows, min(w.heldAt, len(rows)), r)
}

func (g *Guide) workSay(l app.Look, s *worklist.Say) *view.WorkSay {
	if s == nil {
		return nil
	}
	by, you := l.Member(s.By)
	out := &view.WorkSay{Act: s.Act, By: by, You: you, At: g.local(time.UnixMilli(s.At)), Reason: s.Reason, Note: s.Note}
	if s.Until != 0 {
		out.Until = g.local(time.UnixMilli(s.Until))
	}
	return out
}

// patientWork is what the page of a patient shows of the team's work.
func (g *Guide) patientWork(l app.Look, m *view.PatientPage, n uint32) {
	now := diary.MomentOf(m.Now)
	for _, it := range l.WorkOf(n, now) {
		if !it.Hidden(now.Ms) {
			m.Work = append(m.Work, g.workRow(l, n, it))
		}
	}
	if of, _, ok := parseItemID(g.work.open); ok && of == n {
		m.Work = g.hold(l, m.Work)
	}
	m.Frame.ReadOnly = m.Frame.ReadOnly || !mayWork(l)
	m.Team = view.TeamNotes{May: mayWork(l)}
	var note func(x app.TeamNote) view.TeamNote
	note = func(x app.TeamNote) view.TeamNote {
		v := view.TeamNote{ID: hex.EncodeToString(x.Hash[:]), Text: x.Text, By: x.By, You: x.You, At: g.local(x.At)}
		for _, old := range x.Old {
			v.Old = append(v.Old, note(old))
		}
		return v
	}
	for _, x := range l.TeamNotes(n) {
		v := note(x)
		if _, typed := g.draft[teamNoteKey(n, v.ID)]; v.ID == g.work.editing || typed && m.Team.Editing == "" && g.work.editing == "" {
			m.Team.Editing, m.Team.Text = v.ID, v.Text
		}
		m.Team.List = append(m.Team.List, v)
	}
	if text, typed := g.draft[teamNoteKey(n, m.Team.Editing)]; typed {
		m.Team.Text = text
	}
}

// findItem is an item as it stands, and whether it is there.
func (g *Guide) findItem(id string) (n uint32, it worklist.Item, ok bool) {
	n, r, ok := parseItemID(id)
	if !ok {
		return n, it, false
	}
	ok = false
	g.env.Client.Look(func(l app.Look) {
		for _, x := range l.WorkOf(n, diary.MomentOf(g.local(g.now()))) {
			if x.Ref == r {
				it, ok = x, true
			}
		}
	})
	return n, it, ok
}

func (g *Guide) workAct(e node.Event, f map[string]string) bool {
	id := f[view.FieldWork]
	switch e.Act {
	case view.ActGoWork:
		g.leaveForm()
		g.home()
	case view.ActWorkOpen:
		g.openItem(id)
	case view.ActWorkActs:
		if g.work.problems, g.problems = nil, nil; g.work.open == id {
			id = ""
		}
		g.work.open = id
	case view.ActWorkAnswer:
		g.answerItem(id, f[view.FieldText])
	case view.ActWorkLater:
		days, item, _ := strings.Cut(f[view.FieldLater], "x")
		if n := number(days); n > 0 && n <= 366 {
			g.putOff(item, diary.DateOf(g.local(g.now())).AddDays(int(n)))
		}
	case view.ActWorkUntil:
		g.typedWork(f)
		g.work.problems, g.problems = nil, nil
		day, ok := diary.ParseDate(strings.TrimSpace(f[view.FieldPutOff]))
		if today := diary.DateOf(g.local(g.now())); !ok || day.Day == 0 || !today.Before(day) {
			g.badWork(view.FieldPutOff, lang.ProblemWorkDay)
			return true
		}
		g.putOff(id, day)
	case view.ActWorkClose:
		g.typedWork(f)
		g.closeItem(id, f[view.FieldWorkReason], f[view.FieldRemark])
	case view.ActWorkAgain:
		if g.sayItem(id, worklist.Say{Act: worklist.Reopened}) {
			g.say(lang.NoticeWorkAgain)
		}
	case view.ActLimits:
		g.into(place{name: atLimits, n: number(f[view.FieldPatient])})
	case view.ActLimitsSave:
		g.saveLimits(f)
	case view.ActTeamNoteEdit:
		g.work.editing, g.problems = f[view.FieldTeamNote], nil
		g.focus = view.FieldID(view.FieldTeamText)
	case view.ActTeamNoteCancel:
		delete(g.draft, teamNoteKey(g.at.n, g.work.editing))
		g.keepDraft()
		g.focus = "edit-" + g.work.editing
		g.work.editing, g.problems = "", nil
	case view.ActTeamNoteSave:
		g.saveTeamNote(number(f[view.FieldPatient]), f[view.FieldTeamText], f[view.FieldTeamNote])
	default:
		return false
	}
	return true
}

// badWork says what is wrong with what was typed about an item.
func (g *Guide) badWork(field string, k lang.Key, args ...string) {
	g.work.problems = append(g.work.problems, view.Problem{Field: field, Key: k, Args: args})
	g.bad(field, k, args...) // takes the focus there
}

// wroteWork tells whether the team's space took a statement, and says why not.
func (g *Guide) wroteWork(err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, app.ErrRight):
		g.notice = &view.Notice{Key: lang.RoleOnlyReads, Bad: true}
	default:
		g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
	}
	return false
}

func (g *Guide) sayItem(id string, s worklist.Say) bool {
	n, r, ok := parseItemID(id)
	return ok && g.wroteWork(g.env.Client.SayWork(g.ctx, n, r, s))
}

// openItem shows what an item is about, behind it the patient's page, and tells
// the team who has it in hand.
func (g *Guide) openItem(id string) {
	n, it, ok := g.findItem(id)
	if !ok {
		return // a colleague was faster, and the list shows it
	}
	var may bool
	g.env.Client.Look(func(l app.Look) { may = mayWork(l) })
	if may {
		g.sayItem(id, worklist.Say{Act: worklist.Opened})
	}
	if g.at.name != atPatient || g.at.n != n {
		g.into(place{name: atPatient, n: n})
	}
	if year := int(number(it.What)); it.Kind == worklist.YearlyCheck && year != 0 {
		var id keyring.SpaceID
		g.env.Client.Look(func(l app.Look) { id, _ = l.SpaceOf(n) })
		g.legal.year, g.legal.note = year, ""
		g.into(place{name: atYearCheck, id: spaceValue(id)})
	}
	if !it.Entry.IsZero() {
		g.into(place{name: atEntry, n: n, id: it.Entry.String()})
	}
	switch it.Kind {
	case worklist.Message:
		g.scroll = "messages"
	case worklist.Missed:
		g.scroll = "plan-line"
	case worklist.Stock:
		g.scroll = "stock"
	case worklist.Silence:
		g.scroll = "timeline"
	}
	g.seenHere()
}

// undoItem says what was done and offers to take it back.
func (g *Guide) undoItem(id string, k lang.Key, args ...string) {
	g.dropTyped(workKey(id, ""))
	g.work.leave()
	g.problems = nil
	g.notice = &view.Notice{Key: k, Args: args, Do: []view.NoticeDo{{Act: view.ActWorkAgain, Label: lang.UndoDo, Field: view.FieldWork, Value: id}}}
}

// putOff hides an item until a day begins.
func (g *Guide) putOff(id string, day diary.Date) {
	at := day.At(0, 0).Ms
	at -= int64(g.env.Zone(time.UnixMilli(at)) / time.Millisecond)
	if g.sayItem(id, worklist.Say{Act: worklist.Snoozed, Until: at}) {
		g.undoItem(id, lang.NoticeWorkOff, "when", g.lang.Day(g.local(g.now()), g.local(time.UnixMilli(at))))
	}
}

func (g *Guide) closeItem(id, reason, remark string) {
	g.work.problems, g.problems = nil, nil
	why, ok := worklist.ParseReason(reason)
	if !ok {
		g.badWork(view.FieldWorkReason, lang.ProblemChoose)
		return
	}
	remark = diary.Clean(remark, false)
	if over := len(remark) - 500; over > 0 {
		g.badWork(view.FieldRemark, lang.ProblemLong, "n", g.lang.Int(over))
		return
	}
	if g.sayItem(id, worklist.Say{Act: worklist.Closed, Reason: why, Note: remark}) {
		g.undoItem(id, lang.NoticeWorkClosed)
	}
}

// answerItem writes to the patient, about the entry that the item is about; also
// when a colleague has dealt with it.
func (g *Guide) answerItem(id, text string) {
	n, it, listed := g.findItem(id)
	if n == 0 {
		return
	}
	key := strconv.Itoa(int(n))
	g.work.problems, g.problems = nil, nil
	text = diary.Clean(text, true)
	if text == "" {
		g.badWork(view.FieldText, lang.ProblemEmpty)
		return
	}
	g.draft[key] = text
	if over := len(text) - diary.MaxMessage; over > 0 {
		g.badWork(view.FieldText, lang.ProblemLong, "n", g.lang.Int(over))
		return
	}
	m := &diary.Message{Text: text, About: it.Entry}
	if !g.wroteWork(g.env.Client.Tell(g.ctx, n, m)) {
		return
	}
	delete(g.draft, key)
	g.keepDraft()
	g.work.leave()
	if !listed || g.sayItem(id, worklist.Say{Act: worklist.Answered}) {
		g.say(lang.NoticeWorkSent)
	}
}

func (g *Guide) limitsForm(l app.Look, f view.Frame) view.Screen {
	own, all := l.Limits(g.at.n)
	m := view.Limits{Frame: f, Problems: g.problems}
	m.Place = view.PlaceWork
	said, below := all, worklist.Limits(nil)
	if g.at.n != 0 {
		p, ok := l.Patient(g.at.n)
		if !ok {
			return nil
		}
		m.Place, m.Patient, m.Pseudonym = view.PlacePatients, strconv.Itoa(int(p.N)), p.Pseudonym
		said, below = own, all
	}
	for _, b := range worklist.Bounds {
		x := view.LimitField{Bound: b, Below: below.Of(b.Limit)}
		if n, ok := said[b.Limit]; ok {
			x.Value = strconv.Itoa(n)
		}
		if text, typed := g.draft[limitKey(m.Patient, view.LimitName(b.Limit))]; typed {
			x.Value = text
		}
		m.Fields = append(m.Fields, x)
	}
	return m
}

func (g *Guide) saveLimits(f map[string]string) {
	g.problems = nil
	l := make(worklist.Limits)
	for _, b := range worklist.Bounds {
		name := view.LimitName(b.Limit)
		text := strings.TrimSpace(f[name])
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || !b.Fits(n) {
			g.bad(name, lang.ProblemLimit, "min", g.lang.Int(b.Min), "max", g.lang.Int(b.Max))
			continue
		}
		l[b.Limit] = n
	}
	if g.typedWork(f); len(g.problems) > 0 {
		return
	}
	if !g.wroteWork(g.env.Client.SetLimits(g.ctx, number(f[view.FieldPatient]), l)) {
		return
	}
	g.dropTyped(limitKey(f[view.FieldPatient], ""))
	g.out()
	g.say(lang.NoticeSaved)
}

func (g *Guide) saveTeamNote(n uint32, text, corrects string) {
	g.problems = nil
	key := teamNoteKey(n, corrects)
	g.draft[key] = text
	text = diary.Clean(text, true)
	if text == "" {
		g.bad(view.FieldTeamText, lang.ProblemEmpty)
		return
	}
	if over := len(text) - app.MaxTeamNote; over > 0 {
		g.bad(view.FieldTeamText, lang.ProblemLong, "n", g.lang.Int(over))
		return
	}
	var before link.Hash
	if b, err := hex.DecodeString(corrects); err == nil && len(b) == len(before) {
		before = link.Hash(b)
	}
	if !g.wroteWork(g.env.Client.AddTeamNote(g.ctx, n, text, before)) {
		return
	}
	g.sent++
	delete(g.draft, key)
	g.keepDraft()
	g.work.editing = ""
	g.say(lang.NoticeTeamNote)
}
