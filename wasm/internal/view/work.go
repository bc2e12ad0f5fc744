package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/worklist"
)

// A WorkRow is one thing that needs somebody.
type WorkRow struct {
	ID        string // what FieldWork says
	Patient   string // ID of the patient
	Pseudonym string
	CaseNote  string
	Kind      worklist.Kind
	Urgency   worklist.Urgency
	Since     time.Time

	Places  []diary.Place
	Again   bool   // the bleed came back
	Product string // its name
	Batch   string
	Recall  bool
	N       int
	Reserve bool
	Text    string // the reaction, or the last message

	Hand *WorkSay // who has it
	Fate *WorkSay // who put it off or closed it; nil: it is open
	Open bool     // what can be done about it is shown
	Over bool     // a colleague has dealt with it while it was open here
	Form WorkForm
}

// A WorkSay is what somebody of the team did.
type WorkSay struct {
	Act    worklist.Act
	By     string // empty: somebody without a name
	You    bool
	At     time.Time
	Until  time.Time
	Reason worklist.Reason
	Note   string
}

// A WorkForm is what is typed about an item.
type WorkForm struct {
	Draft    string // a message
	Reason   string // a worklist.Reason's key
	Remark   string
	Until    string
	Problems []Problem
}

// WorkList is the centre's first screen.
type WorkList struct {
	Frame
	CentreName string
	Rows       []WorkRow // most urgent first
	Total      int       // before cutting off
	Done       []WorkRow // put off or closed
	Asking     []InviteRow
	Patients   int
}

// A LimitField is one limit of a form.
type LimitField struct {
	worklist.Bound
	Value string // as typed; empty: what is below holds
	Below int    // what holds without it
}

// Limits says from when on something is listed.
type Limits struct {
	Frame
	Patient   string // ID; empty: of all
	Pseudonym string
	Fields    []LimitField
	Problems  []Problem
}

// A TeamNote is a note that the patient does not see.
type TeamNote struct {
	ID   string
	Text string
	By   string
	You  bool
	At   time.Time
	Old  []TeamNote
}

// TeamNotes are those of one patient.
type TeamNotes struct {
	List    []TeamNote
	Editing string // ID of the one being corrected
	Text    string // as typed
	May     bool   // to write
}

var workLabels = func() map[string]lang.Key {
	labels := map[string]lang.Key{FieldWorkReason: lang.WorkReasonName, FieldRemark: lang.WorkRemark, FieldPutOff: lang.WorkUntil, FieldTeamText: lang.TeamNoteField}
	for l, k := range limitTexts {
		labels[LimitName(l)] = k[0]
	}
	return labels
}()

// limitTexts are the names of limits and why they are what they are.
var limitTexts = map[worklist.Limit][2]lang.Key{
	worklist.NewDays:             {lang.LimitNew, lang.LimitWhyNew},
	worklist.AnswerDays:          {lang.LimitAnswer, lang.LimitWhyAnswer},
	worklist.MissedDoses:         {lang.LimitDoses, lang.LimitWhyDoses},
	worklist.MissedDays:          {lang.LimitDosesIn, lang.LimitWhyDosesIn},
	worklist.StockDays:           {lang.LimitStock, lang.LimitWhyStock},
	worklist.ExpiredDays:         {lang.LimitExpired, lang.LimitWhyDosesIn},
	worklist.MessageHours:        {lang.LimitMessage, lang.LimitWhyDosesIn},
	worklist.SilentDays:          {lang.LimitSilent, lang.LimitWhySilent},
	worklist.SilentUnplannedDays: {lang.LimitSilentUnplanned, lang.LimitWhySilentUnplanned},
}

// LimitName is the name of the field of a limit.
func LimitName(l worklist.Limit) string { return FieldLimit + strconv.Itoa(int(l)) }

// What says in words what an item is.
func (r WorkRow) What(l lang.Lang) string {
	var places []string
	for _, p := range r.Places {
		places = append(places, l.Label(p.Key()))
	}
	where := strings.Join(places, ", ")
	if where == "" {
		where = l.Label(diary.Place(0).Key())
	}
	again := func(once, again lang.Key) string {
		if r.Again {
			once = again
		}
		return l.T(once, "place", where)
	}
	switch r.Kind {
	case worklist.RedFlag:
		return again(lang.WorkRedFlag, lang.WorkRedFlagAgain)
	case worklist.NoRelief:
		return l.T(lang.WorkNoRelief, "place", where)
	case worklist.NewBleed:
		return again(lang.WorkNewBleed, lang.WorkBleedAgain)
	case worklist.LotUsed:
		if r.Recall {
			return l.N(lang.WorkRecalled, r.N, "product", r.Product, "batch", r.Batch)
		}
		return l.T(lang.WorkExpired, "product", r.Product, "batch", r.Batch)
	case worklist.Reaction:
		return l.T(lang.WorkReaction, "product", r.Product)
	case worklist.Message:
		return l.N(lang.WorkMessages, r.N)
	case worklist.TargetJoint:
		return l.T(lang.WorkTarget, "place", where)
	case worklist.Missed:
		return l.N(lang.WorkMissed, r.N, "product", r.Product)
	case worklist.Stock:
		if r.Reserve {
			return l.T(lang.WorkReserve, "product", r.Product)
		}
		return l.N(lang.WorkStock, r.N, "product", r.Product)
	case worklist.NoAnswer:
		return l.T(lang.WorkNoAnswer, "place", where)
	case worklist.Silence:
		if strings.HasSuffix(r.ID, "."+worklist.Ref{Kind: worklist.Silence, What: "never"}.String()) {
			return l.T(lang.WorkNever)
		}
		return l.N(lang.WorkSilence, r.N)
	case worklist.YearlyCheck:
		return l.T(lang.WorkCheck)
	case worklist.Restriction:
		return l.T(lang.WorkRestriction)
	}
	return l.T(lang.WorkOther)
}

// say is who did something last, and when: the first that is there.
func (b Base) say(list ...*WorkSay) node.Node {
	var s *WorkSay
	for _, x := range list {
		if s == nil {
			s = x
		}
	}
	if s == nil {
		return node.Node{}
	}
	by, you, at := lang.WorkOpenedBy, lang.WorkOpenedYou, s.At
	switch s.Act {
	case worklist.Answered:
		by, you = lang.WorkAnsweredBy, lang.WorkAnsweredYou
	case worklist.Snoozed:
		by, you, at = lang.WorkOffBy, lang.WorkOffYou, s.Until
	case worklist.Closed:
		by, you = lang.WorkClosedBy, lang.WorkClosedYou
	}
	name := s.By
	if name == "" {
		name = b.Lang.T(lang.WorkColleague)
	}
	when := b.Lang.When(b.Now, at)
	if s.Act == worklist.Snoozed {
		when = b.Lang.Day(b.Now, at)
	}
	why := b.Lang.Label(s.Reason.Key())
	if s.Note != "" {
		why += ". " + s.Note
	}
	args := []string{"name", name, "when", when, "why", why}
	if s.You {
		by = you
	}
	text := b.Lang.T(by, args...)
	if s.Act == worklist.Snoozed && s.Note != "" {
		text += ": " + s.Note
	}
	return node.P(node.Class("sub"), node.Text(text))
}

// clipped is the beginning of a text, cut between words.
func clipped(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	cut := strings.LastIndexByte(s[:most], ' ')
	if cut < most/2 {
		for cut = most; cut > 0 && s[cut]&0xc0 == 0x80; cut-- {
		}
	}
	return s[:cut] + " …"
}

func (k WorkRow) icon() icon {
	switch k.Kind {
	case worklist.RedFlag, worklist.NoRelief, worklist.Reaction:
		return iconAlert
	case worklist.NewBleed, worklist.TargetJoint, worklist.NoAnswer:
		return iconBleed
	case worklist.Message:
		return iconMessage
	case worklist.LotUsed, worklist.Stock:
		return iconVial
	case worklist.Missed:
		return iconTreatment
	}
	return iconClock
}

// workRow is one item. On the page of its patient nobody has to be told whose it is.
func (f Frame) workRow(r WorkRow, level func(...node.Item) node.Node, named bool) node.Node {
	id := "work-" + r.ID
	var who node.Node
	if named {
		who = node.Span(node.Class("work-who"), node.Span(node.Class("num"), node.Text(r.Pseudonym)), node.If(r.CaseNote != "", node.Text(" · "+r.CaseNote)))
	}
	open := node.Button(append([]node.Item{node.ID(id), node.Type("button"), node.Class("work-open"), node.Act(ActWorkOpen),
		node.Span(node.Class("work-what"), node.Text(r.What(f.Lang))), who,
		node.If(r.Text != "", node.Span(node.Class("work-text"), node.Text(clipped(r.Text, 160)))),
		node.Span(node.Class("work-since"), f.t(lang.WorkSince, "when", f.Lang.When(f.Now, r.Since)))}, with(FieldWork, r.ID)...)...)
	tone := ""
	if r.Urgency == worklist.Now {
		tone = " urgent"
	}
	li := node.Li(node.Class("work-row"+tone), node.Span(node.Class("entry-icon"), r.icon().draw("")),
		node.Div(node.Class("work-main"), level(open), f.say(r.Fate, r.Hand)))
	if r.Fate != nil && !r.Open {
		return li.With(f.button(ActWorkAgain, "quiet", lang.WorkAgain, append(with(FieldWork, r.ID), node.ID(id+"-again"), node.Aria("describedby", id))...))
	}
	if f.ReadOnly {
		return li
	}
	li = li.With(f.button(ActWorkActs, "quiet", lang.WorkActs, append(with(FieldWork, r.ID), node.ID(id+"-acts"), node.Aria("expanded", strconv.FormatBool(r.Open)), node.Aria("describedby", id))...))
	if r.Open {
		li = li.With(f.workForm(r, named))
	}
	return li
}

// workForm is what can be done about an item. On the page of its patient a place
// to write to them is there already.
func (f Frame) workForm(r WorkRow, answer bool) node.Node {
	in := r.Form
	text := field{Base: f.Base, name: FieldText, label: lang.WorkAnswerField, problems: in.Problems}
	until := field{Base: f.Base, name: FieldPutOff, label: lang.WorkUntil, problems: in.Problems}
	why := field{Base: f.Base, name: FieldWorkReason, label: lang.WorkReasonName, problems: in.Problems}
	remark := field{Base: f.Base, name: FieldRemark, label: lang.WorkRemark, optional: true, problems: in.Problems}
	later := func(days int, k lang.Key) node.Node {
		return f.button(ActWorkLater, "", k, append(with(FieldLater, strconv.Itoa(days)+"x"+r.ID), node.ID("later-"+strconv.Itoa(days)))...)
	}
	box := node.Div(node.Class("work-form"), node.ID("work-form"), f.summary(in.Problems),
		node.If(r.Over, node.P(node.ID("work-over"), node.Class("panel calm"), node.Role("status"), iconCheck.draw(""), node.Span(f.t(lang.WorkOver)))),
		node.If(answer, form("work-answer", ActWorkAnswer, node.Live(ActDraft), carry(FieldWork, r.ID), carry(FieldPatient, r.Patient),
			node.H3(f.t(lang.WorkAnswer)), text.area(in.Draft, 2, node.Maxlength(4000)), f.submit(lang.MessageSend, iconSend.draw("")))))
	if r.Over {
		return box
	}
	return box.With(
		node.Div(node.H3(f.t(lang.WorkLater)),
			node.Div(node.Class("actions"), later(1, lang.WorkTomorrow), later(3, lang.WorkThreeDays), later(7, lang.WorkWeek)),
			form("work-until", ActWorkUntil, node.Live(ActDraft), carry(FieldWork, r.ID), until.input(in.Until, node.Type("date")),
				node.Button(node.Type("submit"), node.Class("btn"), node.Span(f.t(lang.WorkUntilDo))))),
		form("work-close", ActWorkClose, node.Live(ActDraft), carry(FieldWork, r.ID), node.H3(f.t(lang.WorkClose)),
			why.chips("", radios(f.Base, FieldWorkReason, worklist.Reasons(), in.Reason)),
			remark.input(in.Remark, node.Type("text"), node.Autocomplete("off"), node.Maxlength(400)),
			f.submit(lang.WorkCloseDo, iconCheck.draw(""))),
		f.p("hint", lang.WorkTeamSees))
}

var urgencies = [...]lang.Key{lang.WorkNow, lang.WorkToday, lang.WorkSoon}

// Node draws the screen.
func (m WorkList) Node() node.Node {
	head := node.Div(node.Class("head"), node.Div(node.H1(m.t(lang.WorkTitle)), node.If(m.CentreName != "", node.P(node.Class("sub"), node.Text(m.CentreName)))),
		m.button(ActLimits, "quiet", lang.LimitsOpen, node.ID("limits"), iconSettings.draw("small")))
	items := []node.Item{head, m.sheetNote()}
	if len(m.Asking) > 0 {
		items = append(items, Patients{Frame: m.Frame, Invites: m.Asking}.invites())
	}
	switch {
	case m.ReadOf > 0: // nobody knows yet what there is none of
	case m.Patients == 0:
		items = append(items, node.Div(node.Class("card"), m.empty(iconPatients, lang.PatientsEmptyTitle, lang.PatientsEmptyText,
			m.button(ActInviteForm, "primary", lang.InviteButton, iconInvite.draw("")))))
	case len(m.Rows) == 0:
		items = append(items, node.Div(node.Class("card"), m.empty(iconCheck, lang.WorkEmptyTitle, lang.WorkEmptyText)))
	}
	for u, title := range urgencies {
		list := node.Ul(node.Class("work"))
		n := 0
		for _, r := range m.Rows {
			if int(r.Urgency) == u {
				list = list.With(m.workRow(r, node.H3, true))
				n++
			}
		}
		if n > 0 {
			id := "work-" + strconv.Itoa(u)
			items = append(items, node.Section(node.Aria("labelledby", id), node.H2(node.ID(id), node.Class("work-title"), m.t(title), node.Text(" "),
				node.Span(node.Class("count"), m.n(lang.WorkCount, n))), list))
		}
	}
	if m.Total > len(m.Rows) {
		items = append(items, m.button(ActDiaryMore, "block", lang.ShowMoreRows))
	}
	if len(m.Done) > 0 {
		items = append(items, node.Details(node.ID("work-done"), node.Class("more"), node.Summary(m.t(lang.WorkDone)),
			node.Section(node.Aria("labelledby", "work-done-title"), node.H2(node.ID("work-done-title"), node.Class("vh"), m.t(lang.WorkDone)),
				node.Ul(node.Class("work"), node.Each(m.Done, func(r WorkRow) node.Node { return m.workRow(r, node.H3, true) })))))
	}
	return m.inside(page{key: "work", width: "medium"}, items...)
}

// todo are the open items on the patient's page.
func (m PatientPage) todo() node.Node {
	if len(m.Work) == 0 {
		return node.Node{}
	}
	return node.Section(node.Aria("labelledby", "todo"), node.H2(node.ID("todo"), m.t(lang.PlaceWorkName)),
		node.Ul(node.Class("work"), node.Each(m.Work, func(r WorkRow) node.Node { return m.workRow(r, node.H3, false) })))
}

// teamNotes are on the patient's page.
func (m PatientPage) teamNotes() node.Node {
	t := m.Team
	line := func(n TeamNote) node.Node {
		by := n.By
		if n.You {
			by = m.Lang.T(lang.TeamNoteYou)
		} else if by == "" {
			by = m.Lang.T(lang.WorkSomebody)
		}
		return node.Group(node.Each(strings.Split(n.Text, "\n"), func(s string) node.Node { return node.P(node.Text(s)) }),
			node.P(node.Class("sub"), node.Text(by+" · "), m.when(n.At)))
	}
	write := func(label lang.Key, id string) node.Node {
		f := field{Base: m.Base, name: FieldTeamText, label: label, problems: m.Problems}
		items := []node.Item{carry(FieldPatient, m.ID)}
		if id != "" {
			items = append(items, carry(FieldTeamNote, id))
		}
		items = append(items, f.area(t.Text, 2, node.Maxlength(3500), m.sent("note-"+id)),
			node.Div(node.Class("actions"), m.submit(lang.TeamNoteSave), node.If(id != "", m.button(ActTeamNoteCancel, "quiet", lang.Cancel))))
		return form("team-note", ActTeamNoteSave, append([]node.Item{node.Live(ActDraft)}, items...)...)
	}
	list := node.Ul(node.Class("team-notes"))
	for _, n := range t.List {
		if n.ID == t.Editing {
			list = list.With(node.Li(line(n), write(lang.TeamNoteFix, n.ID)))
			continue
		}
		li := node.Li(line(n))
		if len(n.Old) > 0 {
			li = li.With(node.Details(node.ID("note-"+n.ID), node.Class("more"), node.Summary(m.t(lang.TeamNoteOld)), node.Each(n.Old, line)))
		}
		if t.May {
			li = li.With(m.button(ActTeamNoteEdit, "quiet", lang.TeamNoteEdit, append(with(FieldTeamNote, n.ID), node.ID("edit-"+n.ID))...))
		}
		list = list.With(li)
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "team-notes"), node.H2(node.ID("team-notes"), m.t(lang.TeamNotesTitle)),
		m.p("hint", lang.TeamNotesHint), node.If(len(t.List) > 0, list), node.If(t.May && t.Editing == "", write(lang.TeamNoteField, "")),
		m.button(ActLimits, "quiet", lang.LimitsTitle, append(with(FieldPatient, m.ID), node.ID("limits"), iconSettings.draw("small"))...))
}

// Node draws the screen.
func (m Limits) Node() node.Node {
	lead := m.p("lead", lang.LimitsLead)
	key := "limits"
	if m.Patient != "" {
		lead, key = m.p("lead", lang.LimitsLeadOne, "name", m.Pseudonym), "limits."+m.Patient
	}
	items := []node.Item{node.Class("card"), node.Live(ActDraft)}
	if m.Patient != "" {
		items = append(items, carry(FieldPatient, m.Patient))
	}
	for _, x := range m.Fields {
		k := limitTexts[x.Limit]
		hint := lang.LimitRange
		if x.Off && x.Min > 0 {
			hint = lang.LimitRangeOff
		}
		f := field{Base: m.Base, name: LimitName(x.Limit), label: k[0], hint: hint, problems: m.Problems,
			hintArgs: []string{"why", m.Lang.T(k[1]), "n", m.Lang.Int(x.Below), "min", m.Lang.Int(x.Min), "max", m.Lang.Int(x.Max)}}
		items = append(items, f.input(x.Value, append(exact("text", "numeric"), node.Maxlength(4))...))
	}
	items = append(items, node.Div(node.Class("actions"), m.submit(lang.Save), m.button(ActBack, "quiet", lang.Cancel)))
	return m.inside(page{key, true, "narrow"}, node.H1(m.t(lang.LimitsTitle)), lead, m.p("sub", lang.LimitsAlways), m.summary(m.Problems),
		form("limits-form", ActLimitsSave, items...))
}
