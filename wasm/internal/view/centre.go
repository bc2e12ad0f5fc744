package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// CentreState is how far the connection to a centre is.
type CentreState uint8

const (
	CentreAsked     CentreState = iota // the centre has not answered yet
	CentreUnchecked                    // it has; the codes are still to be compared
	CentreConnected
	CentreRefused // it said the codes differ
	CentreEnded
)

// CentreLink is one centre of a patient.
type CentreLink struct {
	ID        string
	Name      string
	Pseudonym string
	State     CentreState
	Check     string // six digits, while unconfirmed
	Since     time.Time
	SeenUntil time.Time
	Waiting   int
	Unread    int
	Phones    Phones
	Parting   *Parting // nil: none
	Questions int      // about registries and studies
	Open      int      // of them without an answer
	Restrict  string   // what became of the latest restriction; empty: none was asked for
	Share     bool     // there is something to read about sharing
}

// CentrePage is the patient's side of the conversation.
type CentrePage struct {
	Frame
	Centres  []CentreLink
	Open     int // index of the one shown
	Messages []Message
	Draft    string
	Code     string // of another centre's invitation
	Problems []Problem
}

func (s CentreState) text() lang.Key {
	return [...]lang.Key{lang.CentreAskedState, lang.CentreUncheckedState, lang.CentreConnectedState, lang.CentreRefusedState, lang.CentreEndedState}[s]
}

// Node draws the screen.
func (m CentrePage) Node() node.Node {
	code := field{Base: m.Base, name: FieldCode, label: lang.WelcomeCode, hint: lang.WelcomeCodeHint, problems: m.Problems}
	add := form("add-centre", ActCentreAdd, code.input(m.Code, exact("text", "text")...), m.p("hint", lang.WelcomeCodeScan),
		m.submit(lang.WelcomeJoin))
	if len(m.Centres) == 0 {
		return m.inside(page{"centre", false, "narrow"},
			node.H1(m.t(lang.CentreTitle)), m.summary(m.Problems),
			node.Div(node.Class("card"), m.empty(iconCentre, lang.CentreNoneTitle, lang.CentreNoneText), add))
	}
	at := min(max(m.Open, 0), len(m.Centres)-1)
	c := m.Centres[at]
	var tabs node.Node
	if len(m.Centres) > 1 {
		tabs = node.Div(node.Class("filter"), node.Role("group"), node.Aria("label", m.Lang.T(lang.CentresLabel)))
		for i, x := range m.Centres {
			tab := node.Button(node.ID("centre-"+x.ID), node.Type("button"), node.Act(ActCentreOpen), node.Name(FieldCentre), node.Value(x.ID), node.Aria("pressed", strconv.FormatBool(i == at)), node.Text(x.Name))
			if x.Unread > 0 {
				tab = tab.With(node.Text(" "), badge("accent", m.n(lang.UnreadCount, x.Unread)))
			}
			tabs = tabs.With(tab)
		}
	}
	tone, i := "", iconClock
	switch c.State {
	case CentreConnected:
		tone, i = "good", iconCheck
	case CentreRefused, CentreEnded:
		i = iconClose
	}
	about := node.Section(node.Class("card"), node.Aria("labelledby", "centre-name"),
		node.H2(node.ID("centre-name"), node.Text(c.Name)),
		node.P(badge(tone, i.draw("small"), m.t(c.State.text()))))
	if c.State == CentreRefused {
		about = about.With(m.p("", lang.CentreRefusedText))
	}
	if (c.State == CentreUnchecked || c.State == CentreAsked) && c.Check != "" {
		about = about.With(node.Div(node.Class("check-box"), node.H3(m.t(lang.CheckLabel)), digits(c.Check), m.p("sub", lang.JoinedCheckLead)))
	}
	if c.Parting != nil {
		about = about.With(m.parted(*c.Parting, c.ID, c.Name, c.Pseudonym))
	}
	facts := node.Dl(node.Class("facts"), m.fact(lang.CentreKnowsYouAs, node.Class("num"), node.Strong(node.Text(c.Pseudonym))))
	if !c.Since.IsZero() && c.State == CentreConnected {
		facts = facts.With(m.fact(lang.CentreSince, node.Text(m.Lang.Date(c.Since))))
	}
	if !c.SeenUntil.IsZero() {
		facts = facts.With(m.fact(lang.CentreSeen, m.when(c.SeenUntil)))
	}
	if c.Waiting > 0 {
		facts = facts.With(m.fact(lang.DeliveryQueued, node.Class("num"), node.Text(m.Lang.Int(c.Waiting))))
	}
	about = about.With(facts, m.phones(c.Phones))
	if c.State == CentreConnected {
		about = about.With(m.button(ActAccessLog, "quiet", lang.AccessTitle, with(FieldCentre, c.ID)...))
	}
	share := m.button(ActSharing, "quiet", lang.SharingOpen, append(with(FieldCentre, c.ID), node.ID("sharing"))...)
	if c.Share {
		share = share.With(node.Text(" "), badge("accent", m.t(lang.ShareAskGo)))
	}
	about = about.With(share)
	if c.Questions > 0 {
		ask := m.button(ActConsents, "quiet", lang.StudiesTitle, append(with(FieldCentre, c.ID), node.ID("consents"))...)
		if c.Open > 0 {
			ask = ask.With(node.Text(" "), badge("accent", m.t(lang.ConsentsOpen, "n", m.Lang.Int(c.Open))))
		}
		about = about.With(ask)
	}
	if c.Restrict != "" || c.Parting == nil && c.State == CentreConnected && !m.Helper {
		k := lang.RestrictGo
		if c.Restrict != "" {
			k = lang.RestrictOpen
		}
		restrict := m.button(ActRestrictions, "quiet", k, append(with(FieldCentre, c.ID), node.ID("restrictions"))...)
		if c.Restrict != "" {
			restrict = restrict.With(node.Text(" "), badge("accent", node.Text(c.Restrict)))
		}
		about = about.With(restrict)
	}
	if c.Parting == nil && c.State != CentreRefused {
		about = about.With(m.button(ActPartForm, "quiet", lang.PartGoPatient, append(with(FieldCentre, c.ID), node.ID("part-form"))...))
	}
	var talk node.Node
	if c.Parting != nil {
		talk = m.said(m.Messages)
	} else if c.State == CentreConnected || c.State == CentreUnchecked || len(m.Messages) > 0 {
		var mine []Problem
		for _, p := range m.Problems {
			if p.Field == FieldText {
				mine = append(mine, p)
			}
		}
		talk = m.messages(m.Messages, c.ID, m.Draft, mine)
	}
	return m.inside(page{"centre", false, "wide"},
		node.Div(node.Class("head"), node.H1(m.t(lang.CentreTitle)), tabs),
		m.summary(m.Problems),
		node.Div(node.Class("columns turned"), talk,
			node.Div(about,
				node.If(!m.Helper, node.Details(node.ID("another"), node.Class("more card"), node.Open(badIn(m.Problems, FieldCode)), node.Summary(m.t(lang.CentreAdd)),
					m.p("sub", lang.CentreAddText), add)))))
}
