package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// InviteState is what has become of an invitation.
type InviteState uint8

const (
	InviteWaiting InviteState = iota // nobody has used it
	InviteAsking                     // somebody has, the codes are to be compared
	InviteUsed                       // a patient joined with it
	InviteExpired
	InviteRevoked
)

// PatientState is how a patient stands with the centre.
type PatientState uint8

const (
	PatientActive PatientState = iota
	PatientQuiet               // nothing for longer than usual
	PatientLeft                // no longer shares with the centre
)

// A PatientRow is one line of the list.
type PatientRow struct {
	ID        string // empty: left before this device came to the centre, which has nothing of the diary
	Pseudonym string
	CaseNote  string
	Last      time.Time // zero: nothing yet
	LastKind  EntryKind
	Bleeding  bool        // an open bleed
	Place     diary.Place // where
	Unread    int
	State     PatientState
	Work      int             // open items
	CheckDue  int             // the year whose check is to be signed; 0: none
	Figures   *PatientFigures // nil: not worked out

	Restricted bool // entries are kept and not used
}

// An InviteRow is an invitation that is not used up.
type InviteRow struct {
	ID       string
	CaseNote string
	State    InviteState
	Expires  time.Time
}

// Patients is the centre's first screen.
type Patients struct {
	Frame
	CentreName string
	Rows       []PatientRow // in order, the first of those that match
	Invites    []InviteRow
	Total      int    // before narrowing
	Match      int    // after it
	Find       string // what the list is narrowed to
	Only       Only
	Each       [Onlys]int // how many match each
	Order      Order
	Columns    []int // beside ColumnWho
	Missing    int   // patients whose figures are being worked out
}

// Only narrows the list to patients in a state.
type Only uint8

const (
	OnlyAll Only = iota
	OnlyBleeding
	OnlyNews
	OnlyQuiet
	Onlys // how many there are
)

// OnlyOf is the state that FieldOnly names, all if none.
func OnlyOf(value string) Only { return Only(oneOf(value, int(Onlys)-1)) }

// Has tells whether a row is in the state.
func (o Only) Has(r PatientRow) bool {
	return o == OnlyAll || o == OnlyBleeding && r.Bleeding || o == OnlyNews && r.Unread > 0 || o == OnlyQuiet && r.State == PatientQuiet
}

// Invitation shows one invitation.
type Invitation struct {
	Frame
	ID        string
	State     InviteState
	CaseNote  string
	QR        QR
	Link      string
	Code      string // in groups, as it is typed
	Expires   time.Time
	Pseudonym string // once somebody has used it
	Check     string // six digits
	Copied    bool
	Problems  []Problem
}

// InviteForm asks for the centre's own note before an invitation is made.
type InviteForm struct {
	Frame
	CaseNote string
	Problems []Problem
}

func (s InviteState) text() lang.Key {
	return [...]lang.Key{lang.InviteWaitingState, lang.InviteAskingState, lang.InviteUsedState, lang.InviteExpiredState, lang.InviteRevokedState}[s]
}

func (s PatientState) text() lang.Key {
	return [...]lang.Key{lang.StateActive, lang.StateQuiet, lang.StateLeft}[s]
}

// Node draws the screen.
func (m Patients) Node() node.Node {
	head := node.Div(node.Class("head"), node.Div(node.H1(m.t(lang.PatientsTitle)), node.If(m.CentreName != "", node.P(node.Class("sub"), node.Text(m.CentreName)))))
	if m.Total > 5 || m.Find != "" {
		find := field{Base: m.Base, name: FieldFind, label: lang.PatientsFind}
		head = head.With(form("find", ActPatientsFind, node.Class("find"), node.Role("search"),
			find.input(m.Find, append(exact("search", "search"), node.Live(ActPatientsFind))...)))
	}
	do := node.Div(node.Class("actions"), m.button(ActLegal, "quiet", lang.LegalTitle, node.ID("legal-open"), iconDiary.draw("small")))
	if m.Total > 0 {
		do = do.With(m.button(ActCohort, "quiet", lang.CohortOpen, node.ID("cohort"), iconFigures.draw("small")),
			m.button(ActRecallForm, "quiet", lang.RecallDo, node.ID("recall-form"), iconAlert.draw("small")))
	}
	head = head.With(do)
	items := []node.Item{head, m.sheetNote(), m.invites()}
	switch {
	case m.Total == 0 && len(m.Invites) == 0:
		items = append(items, node.Div(node.Class("card"), m.empty(iconPatients, lang.PatientsEmptyTitle, lang.PatientsEmptyText,
			m.button(ActInviteForm, "primary", lang.InviteButton, iconInvite.draw("")))))
	case len(m.Rows) == 0 && m.Find != "":
		items = append(items, m.only(), node.Div(node.Class("card empty"), m.p("", lang.PatientsNoneFound, "find", m.Find)))
	case len(m.Rows) == 0 && m.Total > 0:
		items = append(items, m.only(), node.Div(node.Class("card empty"), m.p("", lang.PatientsNoneSuch)))
	case len(m.Rows) > 0:
		items = append(items, m.only(), m.table(), node.If(len(m.Rows) < m.Match, m.button(ActDiaryMore, "block", lang.ShowMoreRows, node.ID("patients-more"))))
	}
	return m.inside(page{key: "patients", width: "wide"}, items...)
}

func (m Patients) invites() node.Node {
	if len(m.Invites) == 0 {
		return node.Node{}
	}
	return node.Section(node.Class("invites"), node.Aria("labelledby", "invites"), node.H2(node.ID("invites"), m.t(lang.InvitesTitle)),
		node.Ul(node.Class("entries"), node.Each(m.Invites, func(v InviteRow) node.Node {
			note := v.CaseNote
			if note == "" {
				note = m.Lang.T(lang.InviteNoNote)
			}
			tone, sub := "", m.t(lang.InviteUntil, "when", m.Lang.When(m.Now, v.Expires))
			switch v.State {
			case InviteAsking:
				tone, sub = "accent", m.t(lang.CheckTitle)
			case InviteExpired, InviteRevoked, InviteUsed:
				sub = node.Node{}
			}
			return node.Li(node.Class("entry"), node.Button(node.ID("invite-"+v.ID), node.Type("button"), node.Class("entry-open"), node.Act(ActInviteOpen), node.Name(FieldInvite), node.Value(v.ID),
				node.Span(node.Class("entry-icon"), iconInvite.draw("")),
				node.Span(node.Class("entry-main"), node.Span(node.Class("entry-title"), node.Text(note))),
				node.Span(node.Class("entry-side"), badge(tone, m.t(v.State.text()))),
				node.Span(node.Class("entry-sub"), sub)))
		})))
}

// counted says how many there are, and how many of them are shown.
func (m Patients) counted() node.Node {
	if len(m.Rows) == m.Total {
		return m.n(lang.PatientsCount, m.Total)
	}
	return m.t(lang.CohortCount, "n", m.Lang.Int(len(m.Rows)), "of", m.Lang.Int(m.Total))
}

// Found says how many patients the list is narrowed to, for who does not see it
// become shorter.
func (m Patients) Found() string {
	if m.Match == 0 && m.Find != "" {
		return m.Lang.T(lang.PatientsNoneFound, "find", m.Find)
	}
	return m.Lang.T(lang.CohortCount, "n", m.Lang.Int(m.Match), "of", m.Lang.Int(m.Total))
}

// Sorted says by what the list is sorted.
func (m Patients) Sorted() string {
	return m.sorted(m.Lang.T(columnKinds[m.Order.Column].name), m.Order)
}

// only is the choice of a state.
func (m Patients) only() node.Node {
	if m.Total <= 5 && m.Only == OnlyAll {
		return node.Node{}
	}
	row := node.Div(node.Class("filter"), node.Role("group"), node.Aria("label", m.Lang.T(lang.PatientsOnly)))
	for o, k := range [...]lang.Key{lang.FilterAllName, lang.PatientsBleeding, lang.PatientsNews, lang.StateQuiet} {
		v := strconv.Itoa(o)
		row = row.With(node.Button(node.ID("only-"+v), node.Type("button"), node.Act(ActPatientsOnly), node.Name(FieldOnly), node.Value(v),
			node.Aria("pressed", strconv.FormatBool(m.Only == Only(o))), node.Text(m.Lang.T(k)+" ("+m.Lang.Int(m.Each[o])+")")))
	}
	return row
}

// cell is what a row says in a column.
func (m Patients) cell(r PatientRow, column int) node.Node {
	text := m.PatientText(r, column)
	switch {
	case column == ColumnState && r.Bleeding:
		return badge("alarm", iconBleed.draw("small"), node.Text(text))
	case column == ColumnState && r.State == PatientActive:
		return node.Span(node.Class("quiet-text"), node.Text(text))
	case column == ColumnNews && r.Unread > 0:
		return badge("accent", node.Text(text))
	case column == ColumnLast && !r.Last.IsZero():
		return node.Group(node.Span(node.Class("what"), m.t(r.LastKind.name())), node.Text(" "), node.Span(node.Class("num"), m.when(r.Last)))
	case column == ColumnCheck && r.CheckDue != 0 && r.State != PatientLeft:
		return badge("", node.Text(text))
	case r.Restricted && columnKinds[column].figures:
		return node.Span(node.Class("quiet-text"), m.t(lang.RestrictShort))
	case r.Figures == nil && r.ID != "" && columnKinds[column].figures:
		return node.Span(node.Class("quiet-text"), node.Text("…"), hidden(m.Lang.T(lang.FiguresComing)))
	}
	return node.Text(text)
}

// table is the list of patients: on a phone its rows are cards.
func (m Patients) table() node.Node {
	columns := append([]int{ColumnWho}, m.Columns...)
	head := node.Tr(node.Role("row"))
	var w wide
	for _, c := range columns {
		label := m.Lang.T(columnKinds[c].name)
		w.labels = append(w.labels, label)
		head = head.With(m.sortHead(ActPatientsSort, "patients-by", c, label, m.Order))
	}
	body := node.Tbody(node.Role("rowgroup"))
	for _, r := range m.Rows {
		id, who := r.ID, node.Button(node.ID("patient-"+r.ID), node.Type("button"), node.Class("row-open num"), node.Act(ActPatientOpen), node.Name(FieldPatient), node.Value(r.ID), node.Text(r.Pseudonym))
		if id == "" {
			id, who = r.Pseudonym, node.Span(node.Class("num"), node.Text(r.Pseudonym)) // nothing to open
		}
		row := node.Tr(node.ID("row-"+id), node.Role("row"), w.th(who))
		for i, c := range m.Columns {
			row = row.With(w.td(i+1, columnKinds[c].class, m.cell(r, c)))
		}
		body = body.With(row)
	}
	return node.Section(node.Aria("labelledby", "patients-count"),
		node.Div(node.Class("head"), node.H2(node.ID("patients-count"), node.Class("count"), m.counted()),
			m.button(ActColumns, "quiet", lang.ColumnsTitle, node.ID("columns-open"))),
		node.If(m.Missing > 0, node.P(node.ID("figures-coming"), node.Class("sub"), node.Role("status"), m.n(lang.FiguresMissing, m.Missing))),
		node.Div(node.Class("card scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "patients-count"),
			w.table("patients data", node.Aria("labelledby", "patients-count"), node.Thead(node.Role("rowgroup"), head), body)))
}

// Node draws the screen.
func (m InviteForm) Node() node.Node {
	note := field{Base: m.Base, name: FieldCaseNote, label: lang.CaseNote, hint: lang.CaseNoteHint, optional: true, problems: m.Problems}
	return m.inside(page{"invite-form", true, "narrow"},
		node.H1(m.t(lang.InviteFormTitle)), m.p("lead", lang.InviteFormLead),
		m.summary(m.Problems),
		form("invite", ActInviteNew,
			note.input(m.CaseNote, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80)),
			node.Div(node.Class("actions"), m.submit(lang.InviteMake, iconInvite.draw("")))))
}

// Node draws the screen.
func (m Invitation) Node() node.Node {
	id := with(FieldInvite, m.ID)
	do := func(act, tone string, k lang.Key, i icon) node.Node {
		items := append([]node.Item{}, id...)
		if i != "" {
			items = append(items, i.draw(""))
		}
		return m.button(act, tone, k, items...)
	}
	over := func(title, text lang.Key) []node.Item {
		return []node.Item{node.H1(m.t(title)), m.p("lead", text), m.button(ActInviteForm, "primary", lang.InviteNewDo, iconInvite.draw(""))}
	}
	key := "invite." + m.ID + "." + [...]string{"waiting", "asking", "used", "expired", "revoked"}[m.State]
	var note node.Node
	if m.CaseNote != "" {
		note = node.P(node.Class("sub num"), m.t(lang.CaseNote), node.Text(": "+m.CaseNote))
	}
	switch m.State {
	case InviteAsking:
		return m.inside(page{key, true, "narrow"},
			node.H1(m.t(lang.CheckTitle)), note, m.summary(m.Problems),
			node.Section(node.Class("card centred"), node.Aria("label", m.Lang.T(lang.CheckLabel)), digits(m.Check),
				m.p("", lang.CheckLead, "id", m.Pseudonym)),
			node.Div(node.Class("actions stack"),
				do(ActJoinConfirm, "primary block", lang.CheckSame, iconCheck),
				do(ActJoinDiffer, "block", lang.CheckDiffer, iconClose)),
			m.p("hint", lang.CheckWhy))
	case InviteUsed:
		return m.inside(page{key, true, "narrow"},
			node.H1(m.t(lang.InviteUsedTitle)), note,
			node.P(node.Class("panel good"), iconCheck.draw(""), node.Span(m.t(lang.InviteUsedText, "id", m.Pseudonym))),
			node.Div(node.Class("actions"), do(ActPatientOpen, "primary", lang.InviteOpenPatient, "")))
	case InviteExpired:
		return m.inside(page{key, true, "narrow"}, over(lang.InviteExpiredTitle, lang.InviteExpiredText)...)
	case InviteRevoked:
		return m.inside(page{key, true, "narrow"}, over(lang.InviteRevokedTitle, lang.InviteRevokedText)...)
	}
	copied := lang.Copy
	i := iconCopy
	if m.Copied {
		copied, i = lang.Copied, iconCheck
	}
	return m.inside(page{key, true, "medium"},
		node.H1(m.t(lang.InviteTitle)), note, m.p("lead", lang.InviteLead),
		m.summary(m.Problems),
		node.Div(node.Class("invitation"),
			node.Div(node.Class("card centred"), m.QR.draw(m.Lang.T(lang.InviteQRLabel)),
				node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(m.t(lang.InviteWaiting)))),
			node.Div(node.Class("card"),
				node.H2(m.t(lang.InviteLink)),
				node.P(node.Class("code-line num"), node.Text(m.Link)),
				do(ActInviteCopy, "", copied, i), m.p("hint", lang.InviteLinkHint),
				node.H2(m.t(lang.InviteCode)),
				node.P(node.Class("code-groups num"), node.Each(split(m.Code), func(s string) node.Node { return node.Group(node.Span(node.Text(s)), node.Text(" ")) })),
				m.p("sub", lang.InviteValid, "when", m.Lang.When(m.Now, m.Expires)),
				do(ActInviteRevoke, "quiet", lang.InviteRevoke, iconClose))))
}
