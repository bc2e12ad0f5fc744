package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Message is one message of the conversation.
type Message struct {
	ID    string
	At    time.Time
	Mine  bool
	By    string // name at the centre; empty for the patient
	Text  string
	About string // the entry it belongs to, if any: its title
	Entry string // that entry's ID
	State Delivery
	New   bool // not read before
}

// Filter chooses kinds of entries.
type Filter uint8

const (
	FilterAll Filter = iota
	FilterTreatments
	FilterBleeds
	FilterNotes
	FilterMissed
	FilterStock
)

// PatientPage is one patient at the centre.
type PatientPage struct {
	Frame
	ID          string
	Pseudonym   string
	CaseNote    string
	EditingNote bool
	State       PatientState
	Since       time.Time // joined
	Plan        string    // one line; empty: none
	PlansUnread int       // that the patient has not said to have read
	OpenBleeds  []Entry
	Stock       []StockProduct
	Figures     *Figures // of the last twelve months; nil: none are shown
	Days        []Day
	More        bool
	Filter      Filter
	Messages    []Message
	Draft       string // a message that could not be sent
	Problems    []Problem
	Work        []WorkRow // open items
	Team        TeamNotes
	Parting     *Parting // nil: none
	Studies     bool     // there is something to ask
	Restrict    RestrictHere

	Photos       []PatientPhoto // the newest, newest first
	PhotosMore   int            // that are older
	OpenPhoto    *OpenPhoto     // the one that is shown large
	Acknowledged []Acknowledged // newest first
}

// talk is a list of messages.
func (f Frame) talk(list []Message, title lang.Key) node.Node {
	talk := node.Ol(node.ID("talk"), node.Class("talk"))
	for _, x := range list {
		who, class := f.Lang.T(lang.MessagePatient), ""
		switch {
		case x.Mine:
			who, class = f.Lang.T(lang.MessageYou), "mine"
		case x.By != "":
			who = x.By
		case f.Role == Patient:
			who = f.Lang.T(lang.PlaceCentreName)
		}
		foot := node.P(node.Class("talk-foot"), node.Span(node.Text(who)), node.Text(" · "), node.Span(node.Class("num"), f.when(x.At)))
		if x.Mine {
			foot = foot.With(node.Text(" "), x.State.icon().draw("small"), hidden(f.Lang.T(x.State.text(f.Role))))
		}
		if x.New {
			foot = foot.With(node.Text(" "), badge("accent", f.t(lang.MessageNew)))
		}
		bubble := node.Div(node.Class("bubble"))
		if x.About != "" {
			bubble = bubble.With(node.Button(node.Type("button"), node.Class("about"), node.Act(ActEntryOpen), node.Name(FieldEntry), node.Value(x.Entry), f.t(lang.MessageAbout, "entry", x.About)))
		}
		for _, line := range strings.Split(x.Text, "\n") {
			bubble = bubble.With(node.P(node.Text(line)))
		}
		talk = talk.With(node.Li(node.ID("message-"+x.ID), node.Class(class), bubble, foot))
	}
	// A log of its own says what is new; the list in it stays a list.
	return node.Div(node.Role("log"), node.Aria("label", f.Lang.T(title)), talk)
}

// sent is the key of a field for a text that is sent: it changes with each that was
// sent from here, which empties the field. What others send leaves it alone.
func (f Frame) sent(what string) node.Attr { return node.Key(what + "-" + strconv.Itoa(f.Sent)) }

// messages is the conversation with the place to write.
func (f Frame) messages(list []Message, other, draft string, problems []Problem) node.Node {
	empty := lang.MessagesEmptyPatient
	hiddenField := FieldCentre
	if f.Role == Centre {
		empty, hiddenField = lang.MessagesEmptyCentre, FieldPatient
	}
	talk := f.talk(list, lang.MessagesTitle)
	text := field{Base: f.Base, name: FieldText, label: lang.MessageField, problems: problems}
	var body node.Node
	if len(list) == 0 {
		body = f.p("sub", empty)
	}
	return node.Section(node.Class("card messages"), node.Aria("labelledby", "messages"),
		node.H2(node.ID("messages"), f.t(lang.MessagesTitle)),
		body, node.If(len(list) > 0, node.Div(node.Class("talk-scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "messages"), talk)),
		form("composer", ActMessageSend, node.Class("composer"), node.Live(ActDraft), carry(hiddenField, other),
			text.area(draft, 2, f.sent("message"), node.Maxlength(4000), node.Set("enterkeyhint", "enter")),
			f.submit(lang.MessageSend, iconSend.draw(""))),
		f.p("hint", lang.MessagesEmergency))
}

// Node draws the screen.
func (m PatientPage) Node() node.Node {
	head := node.Div(node.Class("patient-head"), node.H1(node.Class("num"), node.Text(m.Pseudonym)))
	if m.State != PatientActive {
		head = head.With(badge("", m.t(m.State.text())))
	}
	edit := lang.CaseNoteEdit
	if m.CaseNote == "" {
		edit = lang.CaseNoteAdd
	}
	note := node.Div(node.Class("case-note"),
		node.If(m.CaseNote != "", node.P(node.Span(node.Class("sub"), m.t(lang.CaseNote), node.Text(" ")), node.Strong(node.Text(m.CaseNote)))),
		m.button(ActCaseNoteEdit, "quiet", edit, append(with(FieldPatient, m.ID), node.ID("case-note-edit"))...))
	if m.EditingNote {
		f := field{Base: m.Base, name: FieldCaseNote, label: lang.CaseNote, hint: lang.CaseNoteHint, problems: m.Problems}
		note = form("case-note", ActCaseNoteSave, node.Class("case-note editing"), carry(FieldPatient, m.ID),
			f.input(m.CaseNote, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80)),
			node.Div(node.Class("actions"), m.submit(lang.Save), m.button(ActCaseNoteCancel, "quiet", lang.Cancel)))
	}
	plan := m.t(lang.PlanNone)
	if m.Plan != "" {
		plan = node.Text(m.Plan)
	}
	body := m.timeline(m.Days, node.H3, true)
	switch {
	case len(m.Days) == 0 && m.Filter == FilterAll:
		body = node.Div(node.Class("card"), m.p("sub", lang.TimelineEmpty))
	case len(m.Days) == 0:
		body = m.p("sub gap", lang.TimelineNoMatch)
	}
	var open node.Node
	if len(m.OpenBleeds) > 0 {
		open = node.Section(node.Class("panel alarm"), node.Aria("labelledby", "open-bleeds"), node.H2(node.ID("open-bleeds"), iconBleed.draw(""), node.Span(m.t(lang.OpenBleedsTitle))),
			node.Ul(node.Each(m.OpenBleeds, func(e Entry) node.Node {
				return node.Li(m.link(e.ID, e.Title(m.Lang)), node.Text(" "), m.t(lang.OpenBleedSince, "when", m.Lang.When(m.Now, e.At)))
			})))
	}
	var figures node.Node
	if m.Figures != nil {
		figures = m.Figures.brief()
	}
	var ask node.Node
	if m.Studies {
		ask = m.button(ActConsents, "quiet", lang.StudiesTitle, append(with(FieldPatient, m.ID), node.ID("consents"))...)
	}
	talk, over := m.messages(m.Messages, m.ID, m.Draft, m.Problems), node.Node{}
	if m.Restrict.Any {
		ask = node.Group(ask, m.button(ActRestrictions, "quiet", lang.RestrictOpen, append(with(FieldPatient, m.ID), node.ID("restrict-list"))...))
	}
	// What ends the care comes last.
	agreed := m.button(ActSharing, "quiet", lang.SharingOpenCentre, append(with(FieldPatient, m.ID), node.ID("sharing"))...)
	acts := node.Group(ask, agreed,
		m.button(ActPartForm, "quiet", lang.PartGoCentre, append(with(FieldPatient, m.ID), node.ID("part-form"))...),
		m.button(ActDiedForm, "quiet", lang.DiedGo, append(with(FieldPatient, m.ID), node.ID("died-form"))...))
	if m.Parting != nil {
		talk, over, acts = m.said(m.Messages), m.parted(*m.Parting, m.ID, "", m.Pseudonym), agreed
	}
	return m.inside(page{"patient." + m.ID, true, "wide"},
		head, over, m.restricted(), note, node.If(!m.Since.IsZero(), node.P(node.Class("sub since"), m.t(lang.PatientSince, "date", m.Lang.Date(m.Since)))),
		m.todo(), open, figures,
		node.Section(node.Class("card plan-line"), node.Aria("labelledby", "plan-line"), node.H2(node.ID("plan-line"), m.t(lang.PlanLabel)),
			node.P(plan, node.If(m.PlansUnread > 0, node.Group(node.Text(" "), badge("accent", m.t(lang.PlanNotRead))))),
			m.button(ActGoPlan, "quiet", lang.PlanGo, node.ID("go-plan"))),
		m.stock(),
		node.Div(node.Class("columns"),
			node.Section(node.Aria("labelledby", "timeline"),
				node.Div(node.Class("head"), node.H2(node.ID("timeline"), m.t(lang.TimelineTitle)), m.filter(ActPatientFilter, m.Filter)),
				body,
				node.If(m.More, m.button(ActDiaryMore, "block", lang.ShowMore))),
			node.Div(talk, m.acknowledged(), m.gallery(), m.teamNotes(), acts)))
}
