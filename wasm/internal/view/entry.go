package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// EntryKind is what an entry is about.
type EntryKind uint8

const (
	KindTreatment EntryKind = iota
	KindBleed
	KindNote
	KindPlan
	KindMessage
	KindPack
	KindRemoval
	KindRecall
)

// Delivery is how far an entry or message has come.
type Delivery uint8

const (
	Kept   Delivery = iota // only on this device, with no centre to send it to
	Queued                 // waits to be sent
	Sent                   // acknowledged by the relay
	Seen                   // the other side has read it
)

// Writer says who wrote an entry.
type Writer struct {
	You   bool
	Role  Role
	Name  string // may be empty
	Carer bool   // somebody who helps
}

// A Lot is one batch used in a treatment.
type Lot struct {
	Batch  string
	Expiry diary.Date // zero: not given
	Packs  int        // 0: not given
}

// Treatment is what an entry of that kind shows.
type Treatment struct {
	Product  string
	Amount   string // in the user's spelling
	Unit     diary.Unit
	Lots     []Lot
	Reason   diary.Reason
	Site     diary.Site
	GivenBy  diary.Given
	Reaction string
	Bleed    string // the linked bleed: its title
	BleedID  string
	NotGiven diary.NotGiven
}

// Bleed is what an entry of that kind shows.
type Bleed struct {
	Places     []diary.Place
	Kind       diary.BleedKind // 0: that of the places
	Again      bool            // it is an earlier one again
	Cause      diary.Cause
	Severity   diary.Severity
	Pain       diary.Pain
	Signs      diary.Signs
	End        time.Time // zero: open
	Treatments []Linked
	Response8h diary.Response
	Response72 diary.Response
}

// Linked is an entry that another one names.
type Linked struct{ ID, Title string }

// A Change is one field that a correction changed.
type Change struct {
	Label string // of the field, in the user's language
	From  string
	To    string
}

// A Version is one step in an entry's history, newest first.
type Version struct {
	At      time.Time
	By      Writer
	Why     string // empty for the first
	Changes []Change
	Removed bool // this step took the entry back
}

// Entry is one entry as lists and the detail screen show it.
type Entry struct {
	ID        string
	Kind      EntryKind
	At        time.Time
	Recorded  time.Time // when it was written down
	Treatment *Treatment
	Bleed     *Bleed
	Stock     *StockEntry
	Note      string // of any kind; the text itself for notes
	By        Writer
	State     Delivery
	Photos    []Photo
	History   []Version // newest first, down to the first writing; empty: never corrected
	Retracted bool
}

// A Day is the entries of one day, newest first.
type Day struct {
	Date    time.Time
	Entries []Entry
}

// EntryPage shows one entry with its history.
type EntryPage struct {
	Frame
	Photos     Photos
	Entry      Entry
	Course     *Course // of a bleed that stands
	Pseudonym  string  // at a centre: whose; with PatientID
	PatientID  string
	MayCorrect bool
	Emergency  string // telephone of the centre, if it gave one
	Talk       Talk
}

// Retract asks why an entry is taken back.
type Retract struct {
	Frame
	Entry    Entry
	Why      string
	Problems []Problem
}

// Diary is the patient's timeline.
type Diary struct {
	Frame
	Days   []Day
	More   bool
	Filter Filter
}

const nbsp = "\u00a0"

// Title names an entry in a few words, for lists and links.
func (e Entry) Title(l lang.Lang) string {
	switch {
	case e.Treatment != nil:
		return strings.TrimSpace(e.Treatment.Product + " " + e.Treatment.amount(l))
	case e.Bleed != nil:
		return e.Bleed.where(l)
	case e.Stock != nil:
		return l.T(e.Kind.name()) + ": " + e.Stock.Product
	}
	return l.T(e.Kind.name())
}

func (k EntryKind) name() lang.Key {
	return [...]lang.Key{lang.EntryTreatment, lang.EntryBleed, lang.EntryNote, lang.EntryPlan, lang.EntryMessage, lang.EntryPack, lang.EntryRemoval, lang.EntryRecall}[k]
}

func (t *Treatment) amount(l lang.Lang) string {
	if t.Amount == "" {
		return "" // of a dose that was not given
	}
	return t.Amount + nbsp + l.Label(t.Unit.Key())
}

func (t *Treatment) batches() string {
	var out []string
	for _, x := range t.Lots {
		out = append(out, x.Batch)
	}
	return strings.Join(out, ", ")
}

func (b *Bleed) where(l lang.Lang) string {
	if len(b.Places) == 0 {
		return l.T(lang.EntryBleed)
	}
	var out []string
	for _, p := range b.Places {
		out = append(out, l.Label(p.Key()))
	}
	return strings.Join(out, ", ")
}

// Red tells whether one of the places means: call now.
func (b *Bleed) red() bool {
	for _, p := range b.Places {
		if p.RedFlag() {
			return true
		}
	}
	return false
}

func (b *Bleed) kind(l lang.Lang) string {
	k := b.Kind
	if k == 0 {
		k = diary.KindOf(b.Places)
	}
	if k == 0 {
		return ""
	}
	return l.Label(k.Key())
}

// sub is the second line of an entry in a list.
func (b Base) sub(e Entry) string {
	l := b.Lang
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch {
	case e.Treatment != nil:
		if e.Treatment.NotGiven != 0 {
			add(l.Label(e.Treatment.NotGiven.Key()))
		}
		if e.Treatment.Reason != 0 {
			add(l.Label(e.Treatment.Reason.Key()))
		}
		if lots := e.Treatment.batches(); lots != "" {
			add(l.T(lang.EntryLot, "lot", lots))
		}
	case e.Bleed != nil:
		add(e.Bleed.kind(l))
		if e.Bleed.Again {
			add(l.T(lang.FactAgain))
		}
		if e.Bleed.Cause != 0 {
			add(l.Label(e.Bleed.Cause.Key()))
		}
		if n, ok := e.Bleed.Pain.Score(); ok {
			add(l.T(lang.FactPain) + " " + strconv.Itoa(n) + "/10")
		}
	case e.Stock != nil:
		if e.Stock.Why != 0 {
			add(l.Label(e.Stock.Why.Key()))
		}
		add(l.T(lang.EntryLot, "lot", e.Stock.batches()))
	}
	add(e.Note)
	return strings.Join(parts, " · ")
}

func (s Delivery) icon() icon {
	switch s {
	case Queued:
		return iconClock
	case Seen:
		return iconSeen
	}
	return iconCheck
}

// text names a delivery as the side that wrote the entry sees it.
func (s Delivery) text(mine Role) lang.Key {
	switch s {
	case Kept:
		return lang.DeliveryKept
	case Queued:
		return lang.DeliveryQueued
	case Seen:
		if mine == Centre {
			return lang.DeliverySeenPatient
		}
		return lang.DeliverySeenCentre
	}
	return lang.DeliverySent
}

// writer is who wrote something, after what was written: by the patient.
func (b Base) writer(w Writer) string {
	switch {
	case w.You:
		return b.Lang.T(lang.ByYou)
	case w.Name != "":
		return b.Lang.T(lang.EntryBy, "name", w.Name)
	case w.Role == Centre:
		return b.Lang.T(lang.ByCentre)
	}
	return b.Lang.T(lang.ByPatient)
}

// line is an entry in a list; stamp says when.
func (f Frame) line(e Entry, stamp string, changes bool) node.Node {
	l := f.Lang
	title := node.Span(node.Class("entry-title"), node.Text(e.Title(l)))
	if e.Retracted {
		title = title.With(hidden(" (" + l.T(lang.EntryRetracted) + ")"))
	}
	badges := node.Span(node.Class("badges"))
	if e.Bleed != nil && e.Bleed.End.IsZero() && !e.Retracted {
		badges = badges.With(badge("alarm", f.t(lang.EntryOpenBleed)))
	}
	if e.Treatment != nil && e.Treatment.NotGiven != 0 {
		badges = badges.With(badge("", f.t(lang.EntryNotGiven)))
	}
	if !e.By.You && (e.By.Carer || e.By.Name != "" && e.By.Role == Patient) {
		badges = badges.With(badge("", node.Text(f.author(e.By))))
	}
	switch {
	case e.Retracted:
		badges = badges.With(badge("", f.t(lang.EntryRetracted)))
	case len(e.History) > 0:
		badges = badges.With(badge("", f.t(lang.EntryCorrected)))
	}
	side := node.Span(node.Class("entry-side"), node.Time(node.Class("num"), node.Datetime(e.At.Format(time.RFC3339)), node.Text(stamp)))
	if f.Role == Patient && e.By.You {
		side = side.With(e.State.icon().draw("small"), hidden(" "+l.T(e.State.text(Patient))))
	}
	open := node.Button(node.ID("entry-"+e.ID), node.Type("button"), node.Class("entry-open"), node.Act(ActEntryOpen), node.Name(FieldEntry), node.Value(e.ID),
		node.Span(node.Class("entry-icon"), e.Kind.icon().draw(""), hidden(l.T(e.Kind.name()))),
		node.Span(node.Class("entry-main"), title, node.If(len(badges.Children()) > 0, badges)),
		side,
		node.Span(node.Class("entry-sub"), node.Text(f.sub(e)), f.thumb(e)))
	item := node.Li(node.Class("entry"), node.Data("kind", [...]string{"treatment", "bleed", "note", "plan", "message", "pack", "removal", "recall"}[e.Kind]), open)
	if e.Retracted {
		item = item.With(node.Data("state", "retracted"))
	}
	if changes && len(e.History) > 0 {
		item = item.With(f.version(e.History[0], false))
	}
	return item
}

// version is one step of an entry's history: what was changed, by whom, why.
func (f Frame) version(v Version, first bool) node.Node {
	what := lang.HistoryCorrected
	switch {
	case v.Removed:
		what = lang.HistoryRetracted
	case first:
		what = lang.HistoryFirst
	}
	box := node.Div(node.Class("version"),
		node.P(node.Strong(f.t(what)), node.Text(" "+f.writer(v.By)+", "), f.when(v.At)),
		node.If(v.Why != "", node.P(f.t(lang.HistoryReason, "why", v.Why))))
	if len(v.Changes) > 0 {
		value := func(s string) string {
			if s == "" {
				return f.Lang.T(lang.HistoryEmptyValue)
			}
			return s
		}
		box = box.With(node.Dl(node.Class("changes"), node.Each(v.Changes, func(c Change) node.Node {
			return node.Div(node.Dt(node.Text(c.Label)),
				node.Dd(node.Span(node.Class("was"), hidden(f.Lang.T(lang.HistoryBefore)+": "), node.Text(value(c.From))),
					node.Span(node.Class("arrow"), node.Aria("hidden", "true"), iconNext.draw("small")),
					node.Span(node.Class("now"), hidden(f.Lang.T(lang.HistoryAfter)+": "), node.Text(value(c.To)))))
		})))
	}
	return box
}

// timeline is the entries grouped by day, under headings of that level.
func (f Frame) timeline(days []Day, level func(...node.Item) node.Node, changes bool) node.Node {
	return node.Each(days, func(d Day) node.Node {
		id := "day-" + d.Date.Format("2006-01-02")
		return node.Section(node.Class("day"), node.Aria("labelledby", id),
			level(node.ID(id), node.Class("day-title"), node.Text(f.Lang.DayTitle(f.Now, d.Date))),
			node.Ul(node.Class("entries"), node.Each(d.Entries, func(e Entry) node.Node {
				return f.line(e, f.Lang.Clock(e.At.In(f.Now.Location())), changes)
			})))
	})
}

// filter is the row of buttons that chooses kinds of entries.
func (b Base) filter(act string, chosen Filter, also ...node.Item) node.Node {
	row := node.Div(node.Class("filter"), node.Role("group"), node.Aria("label", b.Lang.T(lang.FilterLabel)))
	for i, k := range [...]lang.Key{lang.FilterAllName, lang.FilterTreatmentsName, lang.FilterBleedsName, lang.FilterNotesName, lang.FilterMissedName, lang.FilterStockName} {
		v := strconv.Itoa(i)
		row = row.With(node.Button(node.ID("filter-"+v), node.Type("button"), node.Act(act), node.Name(FieldFilter), node.Value(v),
			node.Aria("pressed", strconv.FormatBool(int(chosen) == i)), b.t(k)))
	}
	return row.With(also...)
}

// fact is one line of what an entry holds.
func (b Base) fact(k lang.Key, value ...node.Item) node.Node {
	return node.Div(node.Dt(b.t(k)), node.Dd(value...))
}

func (f Frame) facts(e Entry) node.Node {
	l := f.Lang
	list := node.Dl(node.Class("facts"), f.fact(lang.FactWhen, f.when(e.At)))
	said := func(k lang.Key, key string) {
		if !strings.HasSuffix(key, ".unset") {
			list = list.With(f.fact(k, node.Text(l.Label(key))))
		}
	}
	text := func(k lang.Key, s string) {
		if s != "" {
			list = list.With(f.fact(k, node.Text(s)))
		}
	}
	if t := e.Treatment; t != nil {
		text(lang.FieldProductName, t.Product)
		said(lang.EntryNotGiven, t.NotGiven.Key())
		if t.Amount != "" {
			list = list.With(f.fact(lang.FactAmount, node.Class("num"), node.Text(t.amount(l))))
		}
		if len(t.Lots) > 0 {
			list = list.With(f.fact(lang.FactLots, node.Each(t.Lots, func(x Lot) node.Node { return node.P(node.Class("num"), node.Text(f.lot(x))) })))
		}
		said(lang.FieldReasonName, t.Reason.Key())
		if t.Bleed != "" {
			list = list.With(f.fact(lang.FactForBleed, f.link(t.BleedID, t.Bleed)))
		}
		said(lang.FieldSiteName, t.Site.Key())
		said(lang.FieldByName, t.GivenBy.Key())
		text(lang.FieldReactionName, t.Reaction)
	}
	if b := e.Bleed; b != nil {
		text(lang.FactPlace, b.where(l))
		text(lang.FieldKindName, b.kind(l))
		if b.End.IsZero() {
			list = list.With(f.fact(lang.FieldEndName, badge("alarm", f.t(lang.FactStillOpen))))
		} else {
			list = list.With(f.fact(lang.FieldEndName, f.when(b.End)), f.fact(lang.FactDuration, node.Text(l.Duration(b.End.Sub(e.At)))))
		}
		said(lang.FieldCauseName, b.Cause.Key())
		said(lang.FactSeverity, b.Severity.Key())
		if n, ok := b.Pain.Score(); ok {
			list = list.With(f.fact(lang.FactPain, node.Class("num"), f.t(lang.PainValue, "n", strconv.Itoa(n))))
		}
		var signs []string
		for _, s := range b.Signs.Each() {
			signs = append(signs, l.Label(s.Key()))
		}
		text(lang.FactSigns, strings.Join(signs, ", "))
		said(lang.FactAfter8h, b.Response8h.Key())
		said(lang.FactAfter72h, b.Response72.Key())
		if len(b.Treatments) > 0 {
			list = list.With(f.fact(lang.FactTreatments, node.Each(b.Treatments, func(x Linked) node.Node { return f.link(x.ID, x.Title) })))
		}
	}
	if e.Stock != nil {
		list = list.With(f.stockFacts(e.Kind, *e.Stock))
	}
	text(lang.FieldNoteName, e.Note)
	list = list.With(f.fact(lang.FactAuthor, node.Text(lang.Title(f.author(e.By)))))
	if !e.Recorded.IsZero() && e.Recorded.Sub(e.At).Abs() > 15*time.Minute {
		list = list.With(f.fact(lang.FactRecorded, f.when(e.Recorded)))
	}
	if e.By.You {
		list = list.With(f.fact(lang.FactDelivery, e.State.icon().draw("small"), node.Text(" "+l.T(e.State.text(f.Role)))))
	}
	return list
}

// author is a writer by name alone.
func (b Base) author(w Writer) string {
	switch {
	case w.You:
		return b.Lang.T(lang.MessageYou)
	case w.Name != "":
		return w.Name
	case w.Role == Centre:
		return b.Lang.T(lang.PlaceCentreName)
	case w.Carer:
		return b.Lang.Label("who.carer")
	}
	return b.Lang.T(lang.MessagePatient)
}

func (b Base) lot(x Lot) string {
	s := x.Batch
	if x.Packs > 1 {
		s = strconv.Itoa(x.Packs) + nbsp + "× " + s
	}
	if !x.Expiry.IsZero() {
		s += ", " + b.Lang.T(lang.FactExpiry, "date", b.Lang.Month(int(x.Expiry.Year), int(x.Expiry.Month), int(x.Expiry.Day)))
	}
	return s
}

func (f Frame) link(id, title string) node.Node {
	return node.Button(node.Type("button"), node.Class("link"), node.Act(ActEntryOpen), node.Name(FieldEntry), node.Value(id), node.Text(title))
}

// Node draws the screen.
func (m EntryPage) Node() node.Node {
	e := m.Entry
	head := node.Div(node.Class("entry-head"), node.Span(node.Class("entry-icon"), e.Kind.icon().draw("")),
		node.Div(node.P(node.Class("sub"), m.t(e.Kind.name()), node.If(m.Pseudonym != "", node.Text(" · "+m.Pseudonym))),
			node.H1(node.Text(m.heading()))))
	if e.Retracted {
		head = head.With(badge("", m.t(lang.EntryRetracted)))
	}
	body := []node.Item{head,
		node.If(e.Bleed != nil && e.Bleed.red() && e.Bleed.End.IsZero() && !e.Retracted && m.Role == Patient, m.callNow(m.Emergency)),
		m.asked(),
		node.Div(node.Class("card"), m.facts(e))}
	if m.MayCorrect && !e.Retracted {
		row := node.Div(node.Class("actions"))
		if e.Bleed != nil && e.Bleed.End.IsZero() {
			row = row.With(m.button(ActBleedEnd, "primary", lang.OpenBleedEnd, with(FieldEntry, e.ID)...))
		}
		if m.Course != nil && m.Course.MayTreat {
			row = row.With(m.button(ActBleedTreat, "", lang.OpenBleedTreat, with(FieldEntry, e.ID)...))
		}
		body = append(body, row.With(m.button(ActEntryCorrect, "", lang.EntryCorrect, with(FieldEntry, e.ID)...),
			m.button(ActEntryRetract, "quiet", lang.EntryRetract, with(FieldEntry, e.ID)...)))
	}
	body = append(body, m.photos(), m.course())
	if len(e.History) > 0 {
		history := node.Section(node.Class("history"), node.Aria("labelledby", "history"),
			node.H2(node.ID("history"), m.t(lang.HistoryTitle)), m.p("sub", lang.HistoryText))
		steps := node.Ol(node.Class("steps"))
		for i, v := range e.History {
			steps = steps.With(node.Li(m.version(v, i == len(e.History)-1)))
		}
		body = append(body, history.With(steps))
	}
	body = append(body, m.about())
	return m.inside(page{"entry." + e.ID, true, "narrow"}, body...)
}

func (m EntryPage) heading() string {
	if m.Entry.Kind == KindNote {
		return lang.Title(m.Lang.When(m.Now, m.Entry.At))
	}
	return m.Entry.Title(m.Lang)
}

// Node draws the screen.
func (m Retract) Node() node.Node {
	why := field{Base: m.Base, name: FieldWhy, label: lang.RetractWhy, hint: lang.RetractWhyHint, problems: m.Problems}
	return m.inside(page{"retract." + m.Entry.ID, true, "narrow"},
		node.H1(m.t(lang.RetractTitle)), m.p("lead", lang.RetractText),
		m.summary(m.Problems),
		node.Div(node.Class("card"), node.P(node.Class("strong"), node.Text(m.Entry.Title(m.Lang))), node.P(node.Class("sub"), m.when(m.Entry.At))),
		form("retract", ActRetractSave, carry(FieldEntry, m.Entry.ID),
			why.area(m.Why, 2, node.Maxlength(500)),
			node.Div(node.Class("actions"), m.submit(lang.RetractDo), m.button(ActBack, "quiet", lang.Cancel))))
}

// Node draws the screen.
func (m Diary) Node() node.Node {
	body := m.timeline(m.Days, node.H2, true)
	switch {
	case len(m.Days) == 0 && m.Filter == FilterAll:
		body = m.empty(iconDiary, lang.DiaryEmptyTitle, lang.DiaryEmptyText, m.button(ActGoRecord, "primary", lang.RecordButton, iconPlus.draw("")))
	case len(m.Days) == 0:
		body = m.p("sub gap", lang.TimelineNoMatch)
	}
	return m.inside(page{"diary", false, "medium"},
		node.Div(node.Class("head"), node.H1(m.t(lang.DiaryTitle)),
			node.If(len(m.Days) > 0 || m.Filter != FilterAll, m.filter(ActDiaryFilter, m.Filter))),
		m.button(ActBackfill, "quiet", lang.BackfillOpen, iconPlus.draw("small")),
		body,
		node.If(m.More, m.button(ActDiaryMore, "block", lang.ShowMore)))
}
