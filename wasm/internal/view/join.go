package view

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Join asks a patient whether to join the centre of an invitation.
type Join struct {
	Base
	Agreeing
	Further bool // another centre is joined already
	Expires time.Time
}

// Joined shows the pseudonym and the check code after joining.
type Joined struct {
	Base
	CentreName string
	Pseudonym  string
	Check      string // six digits; empty: the centre's device has not answered yet
	Confirmed  bool
}

// Node draws the screen.
func (m Join) Node() node.Node {
	return m.bare("join",
		node.H1(m.t(lang.JoinTitle, "centre", m.CentreName)), m.p("lead", lang.JoinLead),
		m.summary(m.Problems),
		m.agree(m.Agreeing, ActJoinAccept, "",
			node.Button(node.ID("join-accept"), node.Type("submit"), node.Class("btn primary block"), node.Span(m.t(lang.JoinAccept))),
			m.button(ActJoinDecline, "quiet block", lang.JoinDecline)),
		node.If(!m.Expires.IsZero(), m.p("hint", lang.JoinUntil, "when", m.Lang.When(m.Now, m.Expires))))
}

// Node draws the screen.
func (m Joined) Node() node.Node {
	var check node.Node
	switch {
	case m.Check == "" && !m.Confirmed:
		check = node.Section(node.Class("card centred"), node.Aria("labelledby", "check-title"),
			node.H2(node.ID("check-title"), m.t(lang.CheckLabel)),
			node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(m.t(lang.JoinedNoCode))))
	case m.Confirmed:
		check = node.P(node.Class("panel good"), node.Role("status"), iconCheck.draw(""), node.Span(m.t(lang.JoinedConfirmed)))
	default:
		check = node.Section(node.Class("card centred"), node.Aria("labelledby", "check-title"),
			node.H2(node.ID("check-title"), m.t(lang.CheckLabel)), digits(m.Check),
			m.p("", lang.JoinedCheckLead), m.p("sub", lang.JoinedCheckWhy))
	}
	return m.bare("joined",
		node.H1(m.t(lang.JoinedTitle)), m.p("lead", lang.JoinedLead, "centre", m.CentreName),
		node.P(node.Class("pseudonym num"), node.Text(m.Pseudonym)),
		check,
		node.If(!m.Confirmed && m.Check != "", node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(m.t(lang.JoinedWaiting)))),
		m.button(ActJoinSeen, "primary block", lang.JoinedGo))
}
