package view

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A PersonLink is an invitation for a carer or a colleague, on the screen of who
// made it: first the link, then the digits to compare.
type PersonLink struct {
	ID       string
	State    InviteState
	Refused  bool // over because the digits differed
	Note     string
	QR       QR
	URL      string
	Code     string
	Expires  time.Time
	Name     string // of who asks
	Check    string
	Copied   bool
	Problems []Problem
}

// personWords are what differs between invitations for persons.
type personWords struct {
	page               string
	whom               node.Node // it is for, as what
	check              node.Node // who asks, below the digits
	same, differ, void string    // acts

	again, list         string // acts, when it is over
	againText, listText lang.Key
}

func (f Frame) personLink(l PersonLink, w personWords) node.Node {
	key := w.page + "." + l.ID + "." + [...]string{"waiting", "asking", "used", "expired", "revoked"}[l.State]
	do := func(act, tone string, k lang.Key, i icon) node.Node {
		return f.button(act, tone, k, append(with(FieldInvite, l.ID), i.draw(""))...)
	}
	over := func(text lang.Key) node.Node {
		return f.inside(page{key, true, "narrow"}, node.H1(f.t(lang.CarerLinkOverTitle)), f.p("lead", text),
			node.Div(node.Class("actions"), f.button(w.again, "primary", w.againText, iconInvite.draw("")), f.button(w.list, "", w.listText)))
	}
	switch l.State {
	case InviteAsking:
		return f.inside(page{key, true, "narrow"},
			node.H1(f.t(lang.CheckTitle)), f.summary(l.Problems),
			node.Section(node.Class("card centred"), node.Aria("label", f.Lang.T(lang.CheckLabel)), digits(l.Check), w.check),
			node.Div(node.Class("actions stack"),
				do(w.same, "primary block", lang.CheckSame, iconCheck),
				do(w.differ, "block", lang.CheckDiffer, iconClose)),
			f.p("hint", lang.CarerCheckWhy))
	case InviteUsed:
		return over(lang.CarerLinkUsed)
	case InviteExpired:
		return over(lang.CarerLinkExpired)
	case InviteRevoked:
		if l.Refused {
			return over(lang.CarerLinkRefused)
		}
		return over(lang.CarerOverVoid)
	}
	copied, i := lang.Copy, iconCopy
	if l.Copied {
		copied, i = lang.Copied, iconCheck
	}
	return f.inside(page{key, true, "medium"},
		node.H1(f.t(lang.CarerLinkTitle)), f.p("lead", lang.CarerLinkLead, "when", f.Lang.When(f.Now, l.Expires)),
		w.whom, f.summary(l.Problems),
		node.Div(node.Class("invitation"),
			node.Div(node.Class("card centred"), l.QR.draw(f.Lang.T(lang.InviteQRLabel)),
				node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(f.t(lang.CarerLinkWaiting)))),
			node.Div(node.Class("card"),
				node.H2(f.t(lang.InviteLink)),
				node.P(node.Class("code-line num"), node.Text(l.URL)),
				do(ActInviteCopy, "", copied, i), f.p("hint", lang.CarerLinkHint),
				node.H2(f.t(lang.InviteCode)),
				node.P(node.Class("code-groups num"), node.Each(split(l.Code), func(s string) node.Node { return node.Group(node.Span(node.Text(s)), node.Text(" ")) })),
				do(w.void, "quiet", lang.CarerLinkVoid, iconClose))))
}
