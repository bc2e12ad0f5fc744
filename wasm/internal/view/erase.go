package view

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Erase is what erasing the diary at the server means, the question, and then the receipt.
type Erase struct {
	Frame
	Asking   bool // for the passphrase
	Others   bool // the diary is somebody else's, who alone may
	Centre   bool // a centre has to be left first
	Problems []Problem
	Erased   *Erased // nil: it is not
}

// An Erased is what became of it.
type Erased struct {
	At     time.Time // when it was asked for
	Done   time.Time // zero: not yet
	Device string    // another device of this person's, on which it was asked for; empty: this one, or it has no name
	No     bool      // the server takes no key of this device
	Others bool      // by somebody else, whose diary it is
}

// Node draws the screen.
func (m Erase) Node() node.Node {
	tick := func(i icon, k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(m.t(k))) }
	card := func(id string, title lang.Key, class string, items ...node.Node) node.Node {
		return node.Section(node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), m.t(title)),
			node.Ul(node.Class("ticks "+class), node.Each(items, func(n node.Node) node.Node { return n })))
	}
	panel := func(tone string, i icon, items ...node.Item) node.Node {
		return node.Div(node.Class("panel "+tone), i.draw(""), node.Div(items...))
	}
	goes := card("erase-goes", lang.EraseGoes, "no", tick(iconClose, lang.EraseGoes1), tick(iconClose, lang.EraseGoes2), tick(iconClose, lang.EraseGoes3))
	stays := card("erase-stays", lang.EraseStays, "yes", tick(iconCheck, lang.EraseStays1), tick(iconCheck, lang.EraseStays2), tick(iconCheck, lang.EraseStays3))
	cancel := m.button(ActBack, "quiet", lang.Cancel)
	page := page{"erase", true, "narrow"}
	title := node.H1(m.t(lang.EraseTitle))
	switch e := m.Erased; {
	case e != nil:
		state := panel("calm", iconClock, node.P(node.Class("strong"), m.t(lang.EraseWaits, "when", m.Lang.When(m.Now, e.At))), m.p("", lang.EraseWaitsText))
		switch {
		case e.Others:
			state = panel("calm", iconAlert, m.p("", lang.EraseOwner, "when", m.Lang.When(m.Now, e.At)))
		case !e.Done.IsZero():
			state = panel("good", iconCheck, node.P(node.Class("strong"), m.t(lang.EraseDone, "when", m.Lang.When(m.Now, e.Done))), m.p("", lang.EraseDoneText))
		case e.No:
			state = panel("alarm", iconAlert, node.P(node.Class("strong"), m.t(lang.EraseNo)), m.p("", lang.EraseNoText))
		}
		return m.inside(page, title,
			node.Div(node.Role("status"), state),
			node.If(e.Device != "", m.p("", lang.EraseOther, "device", e.Device)),
			goes, stays,
			m.p("", lang.EraseThen),
			node.Div(node.Class("actions"), m.button(ActPapers, "", lang.PapersOpen), m.button(ActForget, "alarm", lang.ForgetOpen, node.ID("forget"))))
	case m.Others:
		return m.inside(page, title, panel("calm", iconAlert, m.p("", lang.EraseOthers)), node.Div(node.Class("actions"), m.button(ActBack, "", lang.Back)))
	case m.Centre:
		return m.inside(page, title, m.p("lead", lang.EraseLead),
			panel("calm", iconAlert, m.p("", lang.EraseCentre)), goes, stays,
			node.Div(node.Class("actions"), m.button(ActGoCentre, "primary", lang.EraseCentreDo), cancel))
	case !m.Asking:
		return m.inside(page, title, m.p("lead", lang.EraseLead), goes, stays,
			node.Div(node.Class("actions"), m.button(ActEraseAsk, "alarm", lang.EraseOpen, node.ID("erase-ask")), cancel))
	}
	return m.inside(page, title,
		m.summary(m.Problems),
		panel("alarm", iconAlert, node.P(node.Class("strong"), m.t(lang.EraseSure)), m.p("", lang.EraseSureText)).With(node.ID("erase-sure"), node.Tabindex(-1)),
		form("erase", ActEraseDo, m.currentPass(m.Problems), m.capsLock(),
			node.Div(node.Class("actions"), node.Button(node.Type("submit"), node.Class("btn alarm"), node.Span(m.t(lang.EraseDo))), cancel)))
}
