package screen

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/view"
)

// inside draws the places of an open vault. Of the client it only reads.
func (g *Guide) inside(l app.Look, b view.Base) view.Screen {
	f := g.frame(l, b)
	if s := g.expelledScreen(l, f); s != nil {
		return s
	}
	if left, _ := l.Reading(); left > 0 && needsAll(g.at.name) {
		return view.Reading{Frame: f}
	}
	switch g.at.name {
	case atSheet:
		return g.sheetScreen(l, b)
	case atJoined:
		for _, c := range l.Centres() {
			if c.N == g.at.n {
				return view.Joined{Base: b, CentreName: c.Name, Pseudonym: c.Pseudonym, Check: c.Check, Confirmed: c.State == app.CentreConnected}
			}
		}
	case atDiary:
		days, more := g.days(l, l.Diary(), 0, false)
		return view.Diary{Frame: f, Days: days, More: more, Filter: g.at.filter}
	case atCentre:
		return g.centrePage(l, f)
	case atRecord:
		m := view.Record{Frame: f, Last: g.last(l)}
		for _, o := range l.Diary().OpenBleeds(g.now().UnixMilli()) {
			m.Open = append(m.Open, g.entry(l, l.Diary(), 0, o.Item))
		}
		return m
	case atTreatment:
		return g.treatmentForm(l, f)
	case atBleed:
		return g.bleedForm(l, f)
	case atNote:
		return view.NoteForm{
			Frame: f, Entry: g.form.entry, Text: g.form.get(view.FieldText), Why: g.form.get(view.FieldWhy), Problems: g.problems,
		}
	case atEntry:
		if m, ok := g.entryPage(l, f); ok {
			return m
		}
	case atRetract:
		if id, ok := diary.ParseID(g.at.id); ok {
			if it, ok := l.Diary().Get(id); ok {
				return view.Retract{Frame: f, Entry: g.entry(l, l.Diary(), 0, it), Problems: g.problems}
			}
		}
	case atInviteForm:
		return view.InviteForm{Frame: f, CaseNote: g.note, Problems: g.problems}
	case atInvite:
		if i, ok := l.Invite(inviteID(g.at.id)); ok {
			return g.invitation(l, f, i)
		}
	case atPatient:
		if p, ok := l.PatientHere(g.at.n); ok {
			return g.patientPage(l, f, p)
		}
	case atSettings:
		return g.settings(l, f)
	}
	for _, p := range parts() {
		if p.screen == nil {
			continue
		}
		if s := p.screen(g, l, f); s != nil {
			return s
		}
	}
	if l.Role() == app.Centre {
		f.Place = view.PlacePatients
		return g.patients(l, f)
	}
	f.Place = view.PlaceToday
	return g.today(l, f)
}

var placeOf = map[placeName]view.Place{
	atToday: view.PlaceToday, atDiary: view.PlaceDiary, atCentre: view.PlaceCentre, atRecord: view.PlaceRecord, atTreatment: view.PlaceRecord,
	atBleed: view.PlaceRecord, atNote: view.PlaceRecord, atPatients: view.PlacePatients, atPatient: view.PlacePatients, atInvite: view.PlacePatients,
	atInviteForm: view.PlacePatients, atSettings: view.PlaceSettings,
}

func (g *Guide) frame(l app.Look, b view.Base) view.Frame {
	st := l.Status()
	f := view.Frame{Base: b, Place: placeOf[g.at.name], Waiting: st.Unsent, Notice: g.notice, Scanner: g.scannerModel(), Sent: g.sent}
	if l.Role() == app.Centre {
		f.Role, f.Team = view.Centre, view.TeamRole(l.TeamRole())
		p, ok := l.Patient(g.at.n)
		f.Over = ok && p.Parting != nil
		g.progress(l, &f)
	} else {
		f.Unread = l.Diary().Unread(diary.Patient)
	}
	f.News, f.Vain = g.deviceNews(l), g.vain(l)
	switch {
	case !g.online || !st.Online:
		f.Link = view.Offline
	case st.Trying:
		f.Link = view.Connecting
	default:
		f.Link = view.Online
	}
	g.stillRefused(&st)
	f.Alarm, f.Refusal = alarm(st, f.Link)
	f.Restored = g.local(st.Unconfirmed)
	if f.Alarm == view.AlarmOutdated || f.Alarm == view.AlarmEnding {
		f.Restored = st.Ends
	}
	if g.files.trouble() {
		f.Alarm = view.AlarmFiles
	}
	if f.Notice != nil && (f.Notice.Key == lang.NoticeSavedSent || f.Notice.Key == lang.NoticeSavedWaiting) {
		// What the notice says changes as the entry goes its way.
		n := *f.Notice
		switch {
		case st.Unsent == 0:
			n.Key = lang.NoticeSavedSent
		case f.Link == view.Offline:
			n.Key = lang.NoticeSavedWaiting
		default:
			n.Key = lang.NoticeSaved
		}
		f.Notice = &n
	}
	if l.Diary().Len() != g.bell.known {
		g.foresee(l)
	}
	f.Due = g.bell.due(g.now()) > 0
	f.Expelled = st.Removed
	if f.Helper, f.ReadOnly = helps(l); f.ReadOnly || f.Team == view.TeamReader || f.Expelled {
		f.ReadOnly = true
		f.Unread = 0 // a reader cannot say what was seen
	}
	if g.at.name == atToday && (f.Notice == nil || f.Notice.Key == lang.NoticeCarerWelcome) {
		if n := g.handedNotice(l); n != nil {
			f.Notice = n
		}
	}
	f.Sheet = g.sheetNote(l)
	return f
}

// alarm is the first of what a person has to know, with the reason of a refusal.
func alarm(st app.Status, l view.Link) (view.Alarm, view.Refusal) {
	switch {
	case st.Forked: // before the history, which does not fit either then
		return view.AlarmForked, view.Refusal{}
	case st.Unknown && !st.Removed: // before a history that went back: something can be done
		return view.AlarmUnknownCentre, view.Refusal{}
	case st.Alarm:
		return view.AlarmHistory, view.Refusal{}
	case st.Removed:
		return view.AlarmRemoved, view.Refusal{}
	case st.Erased:
		return view.AlarmErased, view.Refusal{}
	case st.Ending == seal.Over:
		return view.AlarmOutdated, view.Refusal{}
	case st.Full:
		return view.AlarmFull, view.Refusal{}
	case st.Refusal == wire.Maintenance:
		return view.AlarmMaintenance, view.Refusal{}
	case st.Refusal != 0:
		return view.AlarmRefused, refusal(st.Refusal)
	case st.Overdue:
		return view.AlarmStale, view.Refusal{}
	case st.Missing > 0 && l == view.Online:
		return view.AlarmMissing, view.Refusal{}
	case !st.Unconfirmed.IsZero():
		return view.AlarmUnconfirmed, view.Refusal{}
	case st.Ending == seal.Soon:
		return view.AlarmEnding, view.Refusal{}
	}
	return view.NoAlarm, view.Refusal{}
}

// stillRefused keeps a refusal while the relay is asked again, so that its
// alarm does not go and come back with every attempt.
func (g *Guide) stillRefused(st *app.Status) {
	if st.Refusal != 0 || !st.Trying {
		g.refused, g.strange = st.Refusal, st.Unknown
	}
	st.Refusal, st.Unknown = g.refused, g.strange
}

var refusals = map[wire.Refusal]lang.Key{
	wire.NoAccess: lang.RefusalAccess, wire.ChannelFull: lang.RefusalFull, wire.TenantSuspended: lang.RefusalSuspended, wire.TenantFull: lang.RefusalTenantFull,
	wire.TicketInvalid: lang.RefusalInvitation, wire.TicketUsedUp: lang.RefusalInvitation, wire.TicketExpired: lang.RefusalInvitation,
	wire.DiskFull: lang.RefusalDisk, wire.Maintenance: lang.RefusalMaintenance, wire.Deleted: lang.RefusalDeleted, wire.Expired: lang.RefusalExpired,
}

// refusal says a code of the relay as people do. What only engineers can put
// right keeps the protocol's name, so that they can be told.
func refusal(code wire.Refusal) view.Refusal {
	if k := refusals[code]; k != 0 {
		return view.Refusal{Key: k}
	}
	return view.Refusal{Key: lang.RefusalOther, Args: []string{"code", code.String()}}
}

func (g *Guide) sheetScreen(l app.Look, b view.Base) view.Screen {
	s, ok := l.Sheet()
	if !ok {
		return g.settings(l, g.frame(l, b))
	}
	i := l.SheetInfo()
	m := view.Sheet{
		Base: b, Instead: i.Next, Used: i.Restored, Stage: g.sheet, QR: qr(s.Link(g.env.Origin)), Made: b.Now, Ask: g.ask, Later: l.Role() == app.Patient || i.Next, Centre: l.Role() == app.Centre, Problems: g.problems,
	}
	copy(m.Words[:], s.Words())
	m.Whose = l.Name()
	if l.Role() == app.Patient {
		m.Whose = l.OwnID()
	}
	return m
}

// last is the treatment that a form would be filled from.
func (g *Guide) last(l app.Look) *view.Entry {
	it := l.Diary().LastTreatment(0)
	if it == nil {
		return nil
	}
	e := g.entry(l, l.Diary(), 0, it)
	return &e
}

// offered is what one tap would record, with the entry that the tap names.
func (g *Guide) offered(d *diary.Diary, due *diary.Dose, now diary.Moment) *view.Entry {
	old, t, _ := asLast(d, due, now)
	if old == nil {
		return nil
	}
	return &view.Entry{ID: old.ID.String(), Kind: view.KindTreatment, At: now.Time(), Treatment: g.treatment(d, t)}
}

func (g *Guide) today(l app.Look, f view.Frame) view.Screen {
	d := l.Diary()
	now := diary.MomentOf(f.Now)
	m := view.Today{Frame: f, Planned: len(d.Plans(now)) > 0, Last: g.offered(d, nil, now), EntriesEver: d.Len()}
	quiet := mourned(l)
	if !quiet {
		g.due(&m, d, now)
	}
	if !quiet {
		m.Restrict = g.restrictNews(l)
	}
	if !f.ReadOnly {
		m.PlansUnread, m.AccessDue = plansUnread(d, now), l.AccessReviewDue()
		if !quiet {
			m.Share = shareNotes(l)
		}
	}
	m.Regimens = len(d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}, Limit: 1})) > 0
	if !m.Planned {
		if it := d.GeneTherapy(diary.Products); it != nil {
			e := g.entry(l, d, 0, it)
			m.Gene = &e
		}
	}
	if t, ok := d.BloodTest(diary.Products, now); ok && !quiet {
		p, _ := diary.Products.Find(t.Therapy.Treatment().Product)
		m.Blood = &view.BloodTest{After: p.Brand, Factor: t.Factor, Due: t.Due.At(12*60, now.Offset).Time(), Week: t.Week, Overdue: t.Overdue}
	}
	m.APCC = g.apcc(d, now, 0, diary.ID{})
	if !quiet {
		m.Stock, m.Warnings = g.stockCard(d, now), g.warnings(l, f)
	}
	bleeds := d.Bleeds(diary.Filter{Limit: 1}, now.Ms)
	if len(bleeds) > 0 {
		m.HasBleeds, m.LastBleed = true, g.local(bleeds[0].When.Time())
	}
	for _, o := range d.OpenBleeds(now.Ms) {
		m.OpenBleeds = append(m.OpenBleeds, g.entry(l, d, 0, o.Item))
	}
	if !f.ReadOnly && !quiet {
		m.Asks = g.asks(d)
	}
	if m.EntriesEver > 0 {
		m.Days = g.fortnight(d, f.Now)
	}
	for _, it := range d.Timeline(diary.Filter{Limit: 4, Match: notMessage}) {
		m.Recent = append(m.Recent, g.entry(l, d, 0, it))
	}
	for _, c := range l.CurrentCentres() {
		m.Centres = append(m.Centres, view.CentreKnows{
			CentreName: c.Name, Unconfirmed: c.State != app.CentreConnected, Waiting: c.Waiting,
			SeenUntil: g.seenUntil(l, c.N), Unread: g.unreadFrom(l, c.N),
		})
	}
	return m
}

func notMessage(it *diary.Item) bool { return it.Kind() != diary.KindMessage }

// seenUntil is the last time somebody at a centre looked.
func (g *Guide) seenUntil(l app.Look, n uint32) time.Time { return g.local(l.LookedAt(n)) }

func (g *Guide) unreadFrom(l app.Look, n uint32) int {
	d := l.Diary()
	return len(d.Unseen(diary.Patient, diary.Filter{
		Kinds: []diary.Kind{diary.KindMessage}, Match: func(it *diary.Item) bool { return l.SaidBy(n, it.ID) },
	}))
}

// fortnight marks the last fourteen days.
func (g *Guide) fortnight(d *diary.Diary, now time.Time) []view.DayMark {
	y, mo, day := now.Date()
	first := time.Date(y, mo, day-13, 0, 0, 0, 0, now.Location())
	marks := make([]view.DayMark, 14)
	for i := range marks {
		marks[i].Date = first.AddDate(0, 0, i)
	}
	for _, it := range d.Timeline(diary.Filter{From: first.UnixMilli(), Kinds: []diary.Kind{diary.KindTreatment, diary.KindBleed}}) {
		i := int(it.When.Time().In(now.Location()).Sub(first) / (24 * time.Hour))
		if i < 0 || i >= len(marks) {
			continue
		}
		if it.Bleed() != nil {
			marks[i].Bleeds++
		} else if it.Given() {
			marks[i].Treatments++
		}
	}
	return marks
}

// days groups a timeline by day, newest first.
func (g *Guide) days(l app.Look, d *diary.Diary, n uint32, plans bool) (days []view.Day, more bool) {
	f := diary.Filter{Limit: g.at.shown + 1, Retracted: true}
	missed := func(it *diary.Item) bool { return it.Treatment().NotGiven != 0 }
	switch g.at.filter {
	case view.FilterTreatments:
		f.Kinds = []diary.Kind{diary.KindTreatment}
	case view.FilterMissed:
		f.Kinds, f.Match = []diary.Kind{diary.KindTreatment}, missed
	case view.FilterBleeds:
		f.Kinds = []diary.Kind{diary.KindBleed}
	case view.FilterNotes:
		f.Kinds = []diary.Kind{diary.KindNote}
	case view.FilterStock:
		f.Kinds = []diary.Kind{diary.KindPack, diary.KindRemoval, diary.KindRecall}
	default:
		f.Kinds = []diary.Kind{diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindPlan}
	}
	items := d.Timeline(f)
	if more = len(items) > g.at.shown; more {
		items = items[:g.at.shown]
	}
	for _, it := range items {
		e := g.entry(l, d, n, it)
		date := time.Date(e.At.Year(), e.At.Month(), e.At.Day(), 0, 0, 0, 0, e.At.Location())
		if k := len(days); k == 0 || days[k-1].Date.Format(time.DateOnly) != date.Format(time.DateOnly) {
			days = append(days, view.Day{Date: date})
		}
		k := len(days) - 1
		days[k].Entries = append(days[k].Entries, e)
	}
	return days, more
}

// entry is a diary's item as screens show it. n is the patient at a centre.
func (g *Guide) entry(l app.Look, d *diary.Diary, n uint32, it *diary.Item) view.Entry {
	e := view.Entry{
		ID: it.ID.String(), At: it.When.Time(), Recorded: g.local(time.UnixMilli(it.Began)), By: g.writer(it.First, it.Own, n),
		Retracted: it.Retracted != nil,
	}
	switch x := it.Entry.(type) {
	case *diary.Treatment:
		e.Kind, e.Note, e.Treatment = view.KindTreatment, x.Note, g.treatment(d, x)
	case *diary.Bleed:
		e.Kind, e.Note = view.KindBleed, x.Note
		b := d.Bleeding(it, g.now().UnixMilli())
		e.Bleed = &view.Bleed{
			Places: x.Places, Kind: x.Type, Again: b.Again != nil, Cause: x.Cause, Severity: x.Severity, Pain: x.Pain, Signs: x.Signs, Response8h: x.Response8h, Response72: x.Response72h,
		}
		if !x.End.IsZero() {
			e.Bleed.End = x.End.Time()
		}
		for _, t := range b.Treatments {
			e.Bleed.Treatments = append(e.Bleed.Treatments, view.Linked{ID: t.ID.String(), Title: g.title(d, t)})
		}
	case *diary.Note:
		e.Kind, e.Note = view.KindNote, x.Text
	case *diary.Plan:
		e.Kind, e.Note = view.KindPlan, planLine(g.lang, x)
	case *diary.Message:
		e.Kind, e.Note = view.KindMessage, x.Text
	default:
		e.Kind, e.Stock, e.Note = g.stockEntry(x)
	}
	for _, p := range d.Photos(it) {
		e.Photos = append(e.Photos, g.photo(l, n, p, &e))
	}
	switch l.Delivery(n, it.Entry.Top().ID) {
	case app.Queued:
		e.State = view.Queued
	case app.Sent:
		e.State = view.Sent
		if n == 0 && d.Seen(it, diary.Centre) == diary.SeenCurrent {
			e.State = view.Seen
		}
	}
	if it.Versions > 1 || it.Retracted != nil {
		e.History = g.history(d, it, n)
	}
	return e
}

func (g *Guide) writer(a diary.Author, own bool, n uint32) view.Writer {
	w := view.Writer{You: own, Name: a.Name}
	switch a.Who {
	case diary.Centre:
		w.Role = view.Centre
	case diary.Carer:
		w.Carer = true
	}
	if n != 0 && a.Who.Home() {
		w.You = false
	}
	return w
}

func (g *Guide) treatment(d *diary.Diary, t *diary.Treatment) *view.Treatment {
	p, _ := diary.Products.Find(t.Product)
	out := &view.Treatment{
		Product: p.Brand, Amount: g.amountText(t.Amount), Unit: p.Unit, Reason: t.Reason, Site: t.Site, GivenBy: t.GivenBy, Reaction: t.Reaction, NotGiven: t.NotGiven,
	}
	if out.Product == "" {
		out.Product = t.ProductName
	}
	for _, x := range t.Lots {
		out.Lots = append(out.Lots, view.Lot{Batch: x.Batch, Expiry: x.Expiry, Packs: int(x.Packs)})
	}
	if !t.Bleed.IsZero() {
		if b, ok := d.Get(t.Bleed); ok {
			out.Bleed, out.BleedID = g.title(d, b), b.ID.String()
		}
	}
	return out
}

// title names an item in links and choices, with its time.
func (g *Guide) title(d *diary.Diary, it *diary.Item) string {
	var e view.Entry
	switch x := it.Entry.(type) {
	case *diary.Treatment:
		p, _ := diary.Products.Find(x.Product)
		e.Treatment = &view.Treatment{Product: p.Brand, Amount: g.amountText(x.Amount), Unit: p.Unit}
		if p.Brand == "" {
			e.Treatment.Product = x.ProductName
		}
	case *diary.Bleed:
		e.Bleed = &view.Bleed{Places: x.Places}
		e.Kind = view.KindBleed
	case *diary.Note:
		e.Kind = view.KindNote
	default:
		e.Kind, e.Stock, _ = g.stockEntry(x)
	}
	return e.Title(g.lang) + ", " + g.lang.When(g.local(g.now()), it.When.Time())
}

// history lists what changed from version to version, newest first.
func (g *Guide) history(d *diary.Diary, it *diary.Item, n uint32) []view.Version {
	var out []view.Version
	var before diary.Entry
	for _, v := range d.History(it.ID) {
		if v.Fate != diary.Counted {
			continue
		}
		x := view.Version{At: g.local(time.UnixMilli(v.Written)), By: g.writer(v.Author, v.Own, n), Why: g.because(v.Because)}
		if _, retract := v.Entry.(*diary.Retract); retract {
			x.Removed = true
		} else {
			x.Changes = g.changes(d, before, v.Entry)
			before = v.Entry
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

// changes compares two versions field by field, in words.
func (g *Guide) changes(d *diary.Diary, a, b diary.Entry) []view.Change {
	if a == nil {
		return nil
	}
	from, to := g.facts(d, a), g.facts(d, b)
	var out []view.Change
	for i := range to {
		if i < len(from) && from[i].Text != to[i].Text {
			out = append(out, view.Change{Label: g.lang.T(to[i].Label), From: from[i].Text, To: to[i].Text})
		}
	}
	return out
}

type fact struct {
	Label lang.Key
	Text  string
}

// facts are an entry's fields in words, always in the same order.
func (g *Guide) facts(d *diary.Diary, e diary.Entry) []fact {
	l := g.lang
	when := func(m diary.Moment) string {
		if m.IsZero() {
			return ""
		}
		return l.When(g.local(g.now()), m.Time())
	}
	ref := func(id diary.ID) string {
		if it, ok := d.Get(id); ok && !id.IsZero() {
			return g.title(d, it)
		}
		return ""
	}
	switch x := e.(type) {
	case *diary.Treatment:
		t := g.treatment(d, x)
		var lots []string
		for _, lot := range x.Lots {
			s := lot.Batch
			if !lot.Expiry.IsZero() {
				s += " (" + g.expiryText(lot.Expiry) + ")"
			}
			if lot.Packs > 0 {
				s += " × " + strconv.Itoa(int(lot.Packs))
			}
			lots = append(lots, s)
		}
		return []fact{
			{lang.FactWhen, when(x.Taken)}, {lang.FieldProductName, t.Product}, {lang.EntryNotGiven, label(l, x.NotGiven)}, {lang.FactAmount, g.withUnit(x.Amount, t.Unit)},
			{lang.FactLots, strings.Join(lots, ", ")}, {lang.FieldReasonName, label(l, x.Reason)}, {lang.FactForBleed, ref(x.Bleed)},
			{lang.FieldSiteName, label(l, x.Site)}, {lang.FieldByName, label(l, x.GivenBy)}, {lang.FieldReactionName, x.Reaction}, {lang.FieldNoteName, x.Note},
		}
	case *diary.Bleed:
		var places, signs []string
		for _, p := range x.Places {
			places = append(places, l.Label(p.Key()))
		}
		for _, s := range x.Signs.Each() {
			signs = append(signs, l.Label(s.Key()))
		}
		pain := ""
		if n, ok := x.Pain.Score(); ok {
			pain = strconv.Itoa(n) + "/10"
		}
		return []fact{
			{lang.FieldStartName, when(x.Start)}, {lang.FieldEndName, when(x.End)}, {lang.FactPlace, strings.Join(places, ", ")}, {lang.FieldKindName, label(l, x.Type)}, {lang.FactContinues, ref(x.Again)}, {lang.FieldCauseName, label(l, x.Cause)},
			{lang.FactSeverity, label(l, x.Severity)}, {lang.FactPain, pain}, {lang.FactSigns, strings.Join(signs, ", ")},
			{lang.FactAfter8h, label(l, x.Response8h)}, {lang.FactAfter72h, label(l, x.Response72h)}, {lang.FieldNoteName, x.Note},
		}
	case *diary.Note:
		return []fact{{lang.FieldNoteName, x.Text}}
	case *diary.Plan:
		return g.planFacts(x)
	}
	return g.stockFacts(e, when)
}

func label[T interface {
	~uint8
	Key() string
}](l lang.Lang, v T) string {
	if v == 0 {
		return ""
	}
	return l.Label(v.Key())
}

func (g *Guide) entryPage(l app.Look, f view.Frame) (view.Screen, bool) {
	id, ok := diary.ParseID(g.at.id)
	if !ok {
		return nil, false
	}
	d, n := l.Diary(), g.at.n
	m := view.EntryPage{Frame: f, MayCorrect: n == 0}
	m.Place = view.PlaceDiary
	if n != 0 {
		p, ok := l.PatientHere(n)
		if !ok {
			return nil, false
		}
		d, m.Pseudonym, m.PatientID, m.Place = p.Diary, p.Pseudonym, strconv.Itoa(int(n)), view.PlacePatients
	}
	it, ok := d.Get(id)
	if !ok {
		return nil, false
	}
	m.MayCorrect = m.MayCorrect && it.Retracted == nil && it.Author.Who.Home() && it.Kind() != diary.KindMessage
	m.Entry = g.entry(l, d, n, it)
	m.Course = g.course(d, it, n == 0)
	m.Emergency = l.EmergencyPhone()
	m.Talk = g.talkAbout(l, d, n, it)
	m.Photos = g.photosOf(l, d, n, it, m.MayCorrect)
	return m, true
}

func (g *Guide) messages(l app.Look, d *diary.Diary, n uint32, mine diary.Who, of func(*diary.Item) bool) []view.Message {
	var out []view.Message
	for _, it := range d.Messages(200) {
		if !of(it) || it.Retracted != nil {
			continue
		}
		x := it.Message()
		m := view.Message{ID: it.ID.String(), At: it.When.Time(), Mine: it.Author.Who == mine || mine == diary.Patient && it.Author.Who.Home(), Text: x.Text}
		if !m.Mine || !it.Own {
			if m.By = it.Author.Name; m.By == "" && it.Author.Who == diary.Carer {
				m.By = g.lang.Label(diary.Carer.Key())
			}
		}
		if about, ok := d.Get(x.About); ok && !x.About.IsZero() {
			m.About, m.Entry = g.title(d, about), about.ID.String()
		}
		other := diary.Centre
		if mine == diary.Centre {
			other = diary.Patient
		}
		switch l.Delivery(n, it.Entry.Top().ID) {
		case app.Queued:
			m.State = view.Queued
		case app.Sent:
			m.State = view.Sent
			if d.Seen(it, other) == diary.SeenCurrent {
				m.State = view.Seen
			}
		}
		m.New = !m.Mine && d.Seen(it, mine) != diary.SeenCurrent
		out = append(out, m)
	}
	return out
}

func (g *Guide) centrePage(l app.Look, f view.Frame) view.Screen {
	m := view.CentrePage{Frame: f, Code: g.code, Problems: g.problems}
	notes := shareNotes(l)
	for i, c := range l.Centres() {
		asked, open := openQuestions(l, c.N)
		st := view.CentreAsked
		switch c.State {
		case app.CentreUnchecked:
			st = view.CentreUnchecked
		case app.CentreConnected:
			st = view.CentreConnected
		case app.CentreRefused, app.CentreUsed:
			st = view.CentreRefused
		case app.CentreLeft, app.CentreDischarged:
			st = view.CentreEnded
		}
		m.Centres = append(m.Centres, view.CentreLink{
			ID: strconv.Itoa(int(c.N)), Name: c.Name, Pseudonym: c.Pseudonym, State: st, Check: c.Check, Since: g.local(c.Since),
			SeenUntil: g.seenUntil(l, c.N), Waiting: c.Waiting, Unread: g.unreadFrom(l, c.N), Phones: phonesOf(l.ContactOf(c.N)), Parting: g.parting(c.Parting),
			Questions: asked, Open: open, Restrict: g.restrictOf(l, c.N), Share: slices.ContainsFunc(notes, func(n view.ShareNote) bool { return n.ID == strconv.Itoa(int(c.N)) }),
		})
		if c.N == g.at.n {
			m.Open = i
		}
	}
	if len(m.Centres) > 0 {
		n := number(m.Centres[m.Open].ID)
		m.Messages = g.messages(l, l.Diary(), n, diary.Patient, func(it *diary.Item) bool { return l.SaidBy(n, it.ID) })
		m.Draft = g.draft[m.Centres[m.Open].ID]
	}
	return m
}

func inviteState(i app.InviteInfo) view.InviteState {
	switch {
	case i.State == app.InviteUsed:
		return view.InviteUsed
	case i.State != app.InviteOpen:
		return view.InviteRevoked
	case i.Expired:
		return view.InviteExpired
	case i.Asking && i.Check != "":
		return view.InviteAsking
	}
	return view.InviteWaiting
}

func (g *Guide) invitation(l app.Look, f view.Frame, i app.InviteInfo) view.Screen {
	return view.Invitation{
		Frame: f, ID: hex.EncodeToString(i.ID[:]), State: inviteState(i), CaseNote: i.Note, QR: qr(i.Link), Link: i.Link, Code: i.Code,
		Expires: g.local(i.Expires), Pseudonym: i.Pseudonym, Check: i.Check, Copied: g.copied, Problems: g.problems,
	}
}

func (g *Guide) patientPage(l app.Look, f view.Frame, p app.PatientInfo) view.Screen {
	id := strconv.Itoa(int(p.N))
	m := view.PatientPage{
		Frame: f, ID: id, Pseudonym: p.Pseudonym, CaseNote: p.Note, EditingNote: g.editing, Since: g.local(p.Joined), Filter: g.at.filter,
		Draft: g.draft[id], Problems: g.problems, Parting: g.parting(p.Parting),
	}
	if m.Parting != nil {
		m.State = view.PatientLeft
	}
	now := diary.MomentOf(f.Now)
	for i, pl := range p.Diary.Plans(now) {
		if i > 0 {
			m.Plan += "; "
		}
		m.Plan += planLine(g.lang, pl.Plan)
	}
	m.PlansUnread = plansUnread(p.Diary, now)
	for _, o := range p.Diary.OpenBleeds(now.Ms) {
		if !o.Stale {
			m.OpenBleeds = append(m.OpenBleeds, g.entry(l, p.Diary, p.N, o.Item))
		}
	}
	m.Restrict = g.restrictHere(l, p)
	if !m.Restrict.Holds || !m.Restrict.Bared.IsZero() { // else they would say what is not so
		m.Stock = g.stockCard(p.Diary, now)
		m.Figures = g.briefly(f, p)
	}
	m.Days, m.More = g.days(l, p.Diary, p.N, true)
	m.Messages = g.messages(l, p.Diary, p.N, diary.Centre, func(*diary.Item) bool { return true })
	g.patientWork(l, &m, p.N)
	m.Studies = len(l.Purposes()) > 0
	g.gallery(l, &m, p)
	m.Acknowledged = g.acknowledged(p.Diary)
	return m
}

func (g *Guide) settings(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	p := seal.Current
	m := view.Settings{
		Frame: f, Theme: g.theme, SheetMadeAt: g.local(l.SheetInfo().Since), OwnID: l.OwnID(), PolicyNo: int(p.Version), Version: g.env.Version,
		Entries: len(l.Diary().Timeline(diary.Filter{})), Bytes: g.used, Persistent: g.persistent, LockAfter: g.keys.after.Idle, LockHidden: g.keys.after.Hidden, Relay: host(g.env.Relay),
	}
	if i := l.SheetInfo(); i.Made {
		m.SheetState, m.SheetExposed = view.SheetMade, g.local(i.Exposed)
	}
	if l.Role() == app.Centre {
		m.Phones, m.TeamAlone, m.ReviewDue = phonesOf(l.Contact()), soleLead(l), l.ReviewDue()
		m.OwnID, m.Entries = l.Name(), 0
		if i := l.Information(); i != nil {
			m.Says, m.SaysNumber, m.Said = says(i), int(i.Number), g.local(i.Said)
		}
		for _, p := range l.Patients() {
			m.Entries += l.EntryCount(p.N)
		}
	}
	if l.Role() == app.Patient {
		m.ReviewDue = l.AccessReviewDue()
	}
	m.Policy = policyRows(&p)
	if e, ends := l.Ending(); e != seal.Far {
		m.Ends = ends
	}
	return m
}

func host(origin string) string {
	_, h, ok := strings.Cut(origin, "://")
	if !ok {
		return origin
	}
	return h
}
