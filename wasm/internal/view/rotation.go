package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Keys tells when the keys were last renewed, and how far that is.
type Keys struct {
	Frame
	List []Key
	Done int // of what is being renewed
	Of   int // 0: nothing is
}

// A Key is that of one space, or of a centre's patients together.
type Key struct {
	What lang.Key // home, team or patients; 0: the centre with that name
	Name string
	At   time.Time
	Next time.Time // at the latest
	Lost bool      // the relay obeys somebody else
}

// Node draws the screen.
func (m Keys) Node() node.Node {
	row := func(k Key) node.Node {
		name := node.Text(k.Name)
		if k.What != 0 {
			name = m.t(k.What)
		}
		return node.Li(node.Class("card"), node.H2(name),
			node.Dl(node.Class("facts"),
				m.fact(lang.KeysAt, m.when(k.At)),
				m.fact(lang.KeysNext, node.Time(node.Datetime(k.Next.Format("2006-01-02")), node.Text(m.Lang.Date(k.Next))))),
			node.If(k.Lost, node.P(node.Class("panel alarm"), iconAlert.draw(""), node.Span(m.t(lang.KeysLost)))))
	}
	var work node.Node
	if m.Of > 0 {
		work = node.Section(node.ID("keys-work"), node.Class("panel calm"), node.Role("status"),
			node.P(m.t(lang.KeysBusy, "done", m.Lang.Int(m.Done), "of", m.Lang.Int(m.Of))),
			node.Progress(node.ID("keys-progress"), node.Aria("label", m.Lang.T(lang.KeysTitle)), node.Max(strconv.Itoa(m.Of)), node.Value(strconv.Itoa(m.Done))),
			m.p("sub", lang.KeysBusyNote))
	}
	ask := node.Group(m.p("sub", lang.KeysNowText), node.Div(node.Class("actions"), m.button(ActKeysRenew, "", lang.KeysNow, node.ID("keys-renew"))))
	return m.inside(page{key: "keys", back: true, width: "medium"},
		node.H1(m.t(lang.KeysTitle)), m.p("lead", lang.KeysLead),
		work,
		node.Ul(node.Class("devices"), node.Each(m.List, row)),
		node.If(m.Of == 0, ask))
}

// Expelled is what a device has to say that was removed. It is shown in place of
// the first screen until somebody has read it.
type Expelled struct {
	Frame
	At       time.Time // zero: not known
	Unsent   int
	Doubtful int  // sent, and perhaps not taken
	Team     bool // the person was taken out of their centre, not only this device
}

// Node draws the screen.
func (m Expelled) Node() node.Node {
	when := m.p("lead", lang.ExpelledText)
	if !m.At.IsZero() {
		when = m.p("lead", lang.ExpelledWhen, "when", m.Lang.When(m.Now, m.At))
	}
	title, why := lang.ExpelledTitle, lang.ExpelledWhy
	if m.Team {
		title, why = lang.ExpelledTeamTitle, lang.ExpelledTeamWhy
		when = m.p("lead", lang.ExpelledTeamWhen, "when", m.Lang.When(m.Now, m.At))
	}
	left := func(id string, n int, what lang.Plural, do lang.Key) node.Node {
		if n == 0 {
			return node.Node{}
		}
		return node.Section(node.ID(id), node.Class("panel calm"),
			node.P(node.Class("strong"), m.n(what, n)),
			node.If(m.Role == Patient, node.Group(m.p("sub", do), m.button(ActPapers, "", lang.PapersOpen, node.ID(id+"-save"), iconPrint.draw("")))))
	}
	unsent := node.Group(left("expelled-unsent", m.Unsent, lang.ExpelledUnsent, lang.ExpelledSave), left("expelled-doubt", m.Doubtful, lang.ExpelledDoubt, lang.ExpelledDoubtDo))
	if m.Unsent+m.Doubtful == 0 {
		unsent = m.p("", lang.ExpelledNothing)
	}
	return m.inside(page{key: "expelled", width: "medium"},
		node.H1(m.t(title)), when, unsent, m.p("sub", why),
		node.Div(node.Class("actions"), m.button(ActExpelledRead, "primary", lang.ExpelledRead)))
}
