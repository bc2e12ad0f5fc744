package view

import (
	"strconv"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Strength is an honest guess at how long a typed passphrase withstands
// somebody who has copied the browser's storage.
type Strength uint8

const (
	Unweighed Strength = iota // nothing typed
	TooWeak                   // found in less than a day
	Weak                      // in less than a year
	Fair                      // years
	Strong                    // centuries
)

// Passphrase asks for a new passphrase.
type Passphrase struct {
	Base
	Suggested string // six words
	Strength  Strength
	Lasts     Span
	Drawn     int // bits, if what is typed is what was suggested; else 0
	Shown     bool
	Changing  bool // an existing one is replaced
	Sure      bool // a weak one was sent once: the next time it is taken
	Centre    bool // a centre's: other consequences when it is forgotten
	Problems  []Problem
}

// A Span is a time that is known roughly.
type Span struct {
	N    int
	Unit SpanUnit
}

// SpanUnit is what a Span counts.
type SpanUnit uint8

const (
	Moments SpanUnit = iota // less than an hour
	Hours                   // less than a day
	Days
	Months
	Years
	Ages // more than 10,000 years
)

// Span is it in words, such as "about 3 years".
func (b Base) Span(s Span) string {
	switch s.Unit {
	case Moments:
		return b.Lang.T(lang.SpanMoments)
	case Hours:
		return b.Lang.T(lang.SpanHours)
	case Days:
		return b.Lang.N(lang.SpanDays, s.N)
	case Months:
		return b.Lang.N(lang.SpanMonths, s.N)
	case Years:
		return b.Lang.N(lang.SpanYears, s.N)
	}
	return b.Lang.T(lang.SpanAges)
}

// Unlock asks for the passphrase of the vault on this device.
type Unlock struct {
	Base
	Shown    bool
	Idle     bool // locked by itself after a while
	Draft    bool // a half-filled form is kept and will be back
	Wiping   bool // forgetting everything was asked for: once more, to be sure
	Passkeys bool // there are some, and this browser can ask them
	Asking   bool // it does so just now
	Missed   int  // wrong passphrases one after the other
	Problems []Problem
}

func (s Strength) text() lang.Key {
	return [...]lang.Key{lang.PassUnweighed, lang.PassTooWeak, lang.PassWeak, lang.PassFair, lang.PassStrong}[s]
}

// secret is the input for a passphrase with its button to show what is typed.
func (f field) secret(shown bool, toggle, autocomplete string, more ...node.Item) node.Node {
	kind, say, pressed := "password", lang.PassShow, "false"
	if shown {
		kind, say, pressed = "text", lang.PassHide, "true"
	}
	items := append(f.attrs(), node.Type(kind), node.Autocomplete(autocomplete), node.Set("autocapitalize", "off"), node.Set("spellcheck", "false"))
	return f.around("", node.Div(node.Class("joined"), node.Input(append(items, more...)...),
		node.Button(node.ID(fieldID(f.name)+"-show"), node.Type("button"), node.Class("btn"), node.Act(toggle), node.Aria("pressed", pressed), node.Aria("label", f.Lang.T(say)),
			node.If(shown, f.t(lang.Hide)), node.If(!shown, f.t(lang.Show)))))
}

// Node draws the screen.
func (m Passphrase) Node() node.Node {
	title, lead, forgot := lang.PassTitle, lang.PassLead, lang.PassForgotText
	if m.Changing {
		title = lang.PassTitleChange
	}
	if m.Centre {
		lead, forgot = lang.PassLeadCentre, lang.PassForgotCentre
	}
	f := field{Base: m.Base, name: FieldPassphrase, label: lang.PassField, problems: m.Problems}
	var old node.Node
	if m.Changing {
		f.label = lang.PassNew
		o := field{Base: m.Base, name: FieldOldPassphrase, label: lang.PassOld, problems: m.Problems}
		old = o.around("", node.Input(append(o.attrs(), node.Type("password"), node.Autocomplete("current-password"),
			node.Set("autocapitalize", "off"), node.Set("spellcheck", "false"))...))
	}
	save := lang.PassSave
	if m.Sure {
		save = lang.PassSaveWeak
	}
	var lasts node.Node
	if m.Strength != Unweighed {
		lasts = m.p("sub", lang.PassLasts, "time", m.Span(m.Lasts))
	}
	if m.Drawn > 0 {
		lasts = node.P(node.Class("sub"), m.t(lang.PassLasts, "time", m.Span(m.Lasts)), node.Text(" "), m.t(lang.PassDrawn, "n", strconv.Itoa(m.Drawn)))
	}
	level := node.Div(node.ID("strength"), node.Class("strength"), node.Data("state", string(rune('0'+m.Strength))),
		node.Div(node.Class("bars"), node.Aria("hidden", "true"), node.Span(), node.Span(), node.Span(), node.Span()),
		node.P(node.Role("status"), hidden(m.Lang.T(lang.PassStrength)+": "), m.t(m.Strength.text())), lasts)
	return m.bare("passphrase",
		node.H1(m.t(title)), m.p("lead", lead),
		m.summary(m.Problems),
		node.If(m.Suggested != "", node.Section(node.Class("panel calm suggestion"), node.Aria("labelledby", "suggestion-title"),
			node.H2(node.ID("suggestion-title"), m.t(lang.PassSuggestion)),
			node.P(node.ID("suggestion"), node.Class("words"), node.Text(m.Suggested)),
			m.p("sub", lang.PassSuggestionText),
			m.button(ActPassAnother, "quiet", lang.PassAnother, iconAgain.draw("small")))),
		form("passphrase", ActPassSave,
			old,
			f.secret(m.Shown, ActPassShow, "new-password", node.Live(ActPassWeigh)),
			m.capsLock(),
			level,
			m.submit(save, node.Class("block"))),
		node.If(m.Changing, m.p("hint", lang.PassChangeText)),
		node.Details(node.ID("pass-how"), node.Class("more"), node.Summary(m.t(lang.PassHow)), m.p("", lang.PassHowText), m.p("", lang.PassHowSpelt)),
		node.Details(node.ID("pass-forgot"), node.Class("more"), node.Summary(m.t(lang.PassForgot)), m.p("", forgot)),
		node.If(m.Changing, m.button(ActBack, "quiet block", lang.Cancel)))
}

// Node draws the screen.
func (m Unlock) Node() node.Node {
	f := field{Base: m.Base, name: FieldPassphrase, label: lang.PassField, problems: m.Problems}
	key := field{Base: m.Base, name: FieldPasskey, problems: m.Problems}
	wipe := lang.UnlockWipe
	if m.Wiping {
		wipe = lang.UnlockWipeDo
	}
	var help, passkey node.Node
	if m.Missed > 2 {
		help = node.Div(node.Class("panel calm"), iconNote.draw(""), node.Div(m.p("", lang.UnlockHelp), m.p("", lang.UnlockHelpSafe)))
	}
	if m.Passkeys {
		items := []node.Item{node.ID(fieldID(FieldPasskey)), iconKey.draw("")}
		if _, bad := key.problem(); bad {
			items = append(items, node.Aria("describedby", fieldID(FieldPasskey)+"-bad"))
		}
		passkey = node.Div(node.Class("field"), m.button(ActUnlockPasskey, "block", lang.UnlockPasskey, items...), key.bad(),
			node.If(m.Asking, node.P(node.Class("hint"), node.Role("status"), m.t(lang.PasskeyAsking))))
	}
	return m.bare("unlock",
		node.H1(m.t(lang.UnlockTitle)),
		node.If(m.Idle, m.p("lead", lang.UnlockIdle)),
		node.If(m.Draft, node.P(node.Class("panel calm"), iconNote.draw(""), node.Span(m.t(lang.UnlockDraft)))),
		form("unlock", ActUnlock,
			f.secret(m.Shown, ActUnlockShow, "current-password", node.Autofocus(true)),
			m.capsLock(),
			m.submit(lang.UnlockDo, node.Class("block"), iconLock.draw(""))),
		passkey,
		help,
		node.Details(node.ID("forgot"), node.Class("more"), node.Open(m.Wiping || m.Missed > 2), node.Summary(m.t(lang.UnlockForgot)),
			m.p("", lang.UnlockForgotText),
			m.p("gap", lang.UnlockWipeText),
			m.button(ActWipe, "alarm", wipe, node.ID("wipe")),
			node.If(m.Wiping, node.P(node.Class("bad"), node.Role("alert"), iconAlert.draw("small"), node.Span(m.t(lang.UnlockWipeSure))))),
		m.languages())
}
