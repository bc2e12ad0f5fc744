package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Unlocking is how this browser's vault is opened, when it locks by itself, and
// the way to forget it.
type Unlocking struct {
	Frame
	Passkeys []Passkey
	Able     bool // this browser has passkeys that can open a vault
	Full     bool // there are as many as there can be
	Hidden   Minutes
	Idle     Minutes
	Mine     bool // the diary is this person's, who may erase it at the server
}

// A Passkey opens the vault beside the passphrase.
type Passkey struct {
	ID    string // of the credential, in hex
	Name  string
	Added time.Time
}

// Minutes is a choice of one number of minutes.
type Minutes struct {
	Chosen  int
	Choices []int
}

// PasskeyForm adds a passkey.
type PasskeyForm struct {
	Frame
	Name     string
	Proved   bool // the passphrase has been given
	Asking   bool // the browser asks the person just now
	Problems []Problem
}

// Forget says what is lost when a browser forgets everything, and asks.
type Forget struct {
	Frame
	Entries  int
	Passkeys int
	Unsent   int
	NoSheet  bool // there is no recovery sheet
}

// Forgotten is the receipt.
type Forgotten struct {
	Base
	Known    bool // the vault was open, so that the numbers are known
	Entries  int
	Unsent   int
	Passkeys int
	At       time.Time
}

func (m Minutes) chips(b Base, name string) (list []chip) {
	for _, n := range m.Choices {
		s := strconv.Itoa(n)
		list = append(list, chip{"radio", name, s, b.Lang.Duration(time.Duration(n) * time.Minute), n == m.Chosen, ""})
	}
	return list
}

// Node draws the screen.
func (m Unlocking) Node() node.Node {
	section := func(id string, title lang.Key, items ...node.Item) node.Node {
		return node.Section(append([]node.Item{node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), m.t(title))}, items...)...)
	}
	var add node.Node
	switch {
	case !m.Able:
		add = m.p("strong", lang.PasskeysUnable)
	case m.Full:
		add = m.p("strong", lang.PasskeysFull)
	default:
		add = m.button(ActPasskeyForm, "", lang.PasskeysAdd, node.ID("passkey-add"), iconPlus.draw(""))
	}
	list := m.p("sub", lang.PasskeysNone)
	if len(m.Passkeys) > 0 {
		list = node.Ul(node.Class("openers"), node.Each(m.Passkeys, func(p Passkey) node.Node {
			name := node.ID("passkey-" + p.ID)
			return node.Li(node.Div(node.P(node.Class("strong"), name, node.Text(p.Name)), m.p("sub", lang.PasskeysAdded, "date", m.Lang.Date(p.Added))),
				m.button(ActPasskeyRemove, "", lang.PasskeysRemove, append(with(FieldPasskey, p.ID), node.ID("passkey-"+p.ID+"-remove"), node.Aria("describedby", "passkey-"+p.ID))...))
		}))
	}
	return m.inside(page{"unlocking", true, "narrow"},
		node.H1(m.t(lang.UnlockingTitle)),
		section("unlocking-pass", lang.PassField, m.p("", lang.UnlockingPass),
			m.button(ActPassChange, "", lang.SettingsPassChange)),
		section("unlocking-keys", lang.PasskeysTitle, m.p("", lang.PasskeysText), list, add,
			node.If(m.Able || len(m.Passkeys) > 0, m.p("hint", lang.PasskeysSync))),
		section("unlocking-lock", lang.LockTitle, m.p("", lang.LockText),
			form("lock-after", ActLockAfter, node.Live(ActLockAfter),
				field{Base: m.Base, name: FieldHidden, label: lang.LockHidden}.chips("", m.Hidden.chips(m.Base, FieldHidden)),
				field{Base: m.Base, name: FieldIdle, label: lang.LockIdle}.chips("", m.Idle.chips(m.Base, FieldIdle)))),
		section("unlocking-forget", lang.ForgetTitle, m.p("", lang.ForgetText),
			m.button(ActForget, "alarm", lang.ForgetOpen, node.ID("forget"))),
		node.If(m.Mine, section("unlocking-erase", lang.EraseTitle, m.p("", lang.EraseText),
			m.button(ActErase, "alarm", lang.EraseOpen, node.ID("erase")))))
}

// Node draws the screen.
func (m PasskeyForm) Node() node.Node {
	name := field{Base: m.Base, name: FieldPasskeyName, label: lang.PasskeyName, hint: lang.PasskeyNameHint, problems: m.Problems}
	var lead, pass, caps, wait node.Node
	do := lang.PasskeyDo
	if m.Proved {
		do = lang.PasskeyAgain
	} else {
		lead, caps = m.p("lead", lang.PasskeyLead), m.capsLock()
		pass = m.currentPass(m.Problems)
	}
	if m.Asking {
		wait = node.P(node.Class("panel calm"), node.Role("status"), iconClock.draw(""), node.Span(m.t(lang.PasskeyAsking)))
	}
	return m.inside(page{"passkey", true, "narrow"},
		node.H1(m.t(lang.PasskeysAdd)), lead,
		m.summary(m.Problems),
		form("passkey", ActPasskeyAdd,
			pass, caps,
			name.input(m.Name, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60)),
			wait,
			node.Div(node.Class("actions"), m.submit(do), m.button(ActBack, "quiet", lang.Cancel))))
}

// currentPass asks for the passphrase that this device is unlocked with.
func (b Base) currentPass(problems []Problem) node.Node {
	f := field{Base: b, name: FieldPassphrase, label: lang.PassField, problems: problems}
	return f.around("", node.Input(append(f.attrs(), node.Type("password"), node.Autocomplete("current-password"),
		node.Set("autocapitalize", "off"), node.Set("spellcheck", "false"))...))
}

// capsLock is seen while the key is on. The page sets the attribute for it.
func (b Base) capsLock() node.Node {
	return node.P(node.Class("caps"), node.Role("status"), iconAlert.draw("small"), node.Span(b.t(lang.CapsLock)))
}

// Node draws the screen.
func (m Forget) Node() node.Node {
	tick := func(i icon, items ...node.Item) node.Node {
		return node.Li(i.draw("small"), node.Span(items...))
	}
	warn := node.Node{}
	if m.Unsent > 0 || m.NoSheet {
		warn = node.Div(node.Class("panel alarm"), iconAlert.draw(""), node.Div(
			node.If(m.Unsent > 0, node.P(node.Class("strong"), m.n(lang.ForgetUnsent, m.Unsent))),
			node.If(m.NoSheet, m.p("", lang.ForgetNoSheet))))
	}
	stays, entries := lang.ForgetStays1, lang.ForgetGoes1
	if m.Role == Centre {
		stays, entries = lang.ForgetStays1Centre, lang.ForgetGoes1Centre
	}
	return m.inside(page{"forget", true, "narrow"},
		node.H1(m.t(lang.ForgetTitle)), m.p("lead", lang.ForgetLead),
		warn,
		node.Section(node.Class("card"), node.Aria("labelledby", "forget-goes"), node.H2(node.ID("forget-goes"), m.t(lang.ForgetGoes)),
			node.Ul(node.Class("ticks no"),
				tick(iconClose, m.n(entries, m.Entries)),
				tick(iconClose, m.t(lang.ForgetGoes2)),
				node.If(m.Passkeys > 0, tick(iconClose, m.n(lang.ForgetGoes3, m.Passkeys))),
				tick(iconClose, m.t(lang.ForgetGoes4)))),
		node.Section(node.Class("card"), node.Aria("labelledby", "forget-stays"), node.H2(node.ID("forget-stays"), m.t(lang.ForgetStays)),
			node.Ul(node.Class("ticks yes"),
				tick(iconCheck, m.t(stays)),
				tick(iconCheck, m.t(lang.ForgetStays2)),
				node.If(m.Passkeys > 0, tick(iconCheck, m.t(lang.ForgetStays3))))),
		node.Div(node.Class("actions"),
			m.button(ActForgetDo, "alarm", lang.ForgetDo, node.ID("forget-do")),
			m.button(ActBack, "quiet", lang.Cancel)))
}

// Node draws the screen.
func (m Forgotten) Node() node.Node {
	return m.bare("forgotten",
		node.H1(m.t(lang.ForgottenTitle)),
		node.Div(node.Class("panel good"), iconCheck.draw(""), node.Div(
			node.P(node.Class("strong"), m.t(lang.ForgottenAt, "when", m.Lang.When(m.Now, m.At))),
			node.If(m.Known, node.P(m.n(lang.ForgottenEntries, m.Entries))),
			node.If(m.Known && m.Passkeys > 0, node.P(m.n(lang.ForgetGoes3, m.Passkeys))),
			m.p("", lang.ForgottenKeys))),
		node.If(m.Unsent > 0, node.Div(node.Class("panel alarm"), iconAlert.draw(""), node.P(m.n(lang.ForgottenUnsent, m.Unsent)))),
		node.If(!m.Known, m.p("", lang.ForgottenUnknown)),
		m.p("", lang.ForgottenOthers),
		node.If(m.Passkeys > 0, m.p("", lang.ForgetStays3)),
		m.button(ActReload, "primary block", lang.ForgottenClose, node.ID("forgotten-close")))
}
