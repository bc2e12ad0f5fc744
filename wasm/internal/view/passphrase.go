package view

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Strength is an honest guess at how long a typed passphrase withstands
// somebody who has copied the device's storage.
type Strength uint8

const (
	Unweighed Strength = iota // nothing typed
	TooWeak                   // found within hours
	Weak                      // days to months
	Fair                      // years
	Strong                    // centuries
)

// Passphrase asks for a new passphrase.
type Passphrase struct {
	Base
	Suggested string // six words
	Strength  Strength
	Shown     bool
	Changing  bool // an existing one is replaced
	Centre    bool // a centre's: other consequences when it is forgotten
	Problems  []Problem
}

// Unlock asks for the passphrase of the vault on this device.
type Unlock struct {
	Base
	Shown       bool
	Idle        bool // locked by itself after a while
	Draft       bool // a half-filled form is kept and will be back
	Wiping      bool // forgetting everything was asked for: once more, to be sure
	OffersSheet bool // beginning again from a recovery sheet
	Problems    []Problem
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
	level := node.Div(node.ID("strength"), node.Class("strength"), node.Data("state", string(rune('0'+m.Strength))),
		node.Div(node.Class("bars"), node.Aria("hidden", "true"), node.Span(), node.Span(), node.Span(), node.Span()),
		node.P(node.Role("status"), hidden(m.Lang.T(lang.PassStrength)+": "), m.t(m.Strength.text())))
	return m.bare("passphrase",
		node.H1(m.t(title)), m.p("lead", lead),
		m.summary(m.Problems),
		node.If(m.Suggested != "", node.Section(node.Class("panel calm suggestion"), node.Aria("labelledby", "suggestion-title"),
			node.H2(node.ID("suggestion-title"), m.t(lang.PassSuggestion)),
			node.P(node.ID("suggestion"), node.Class("words"), node.Text(m.Suggested)),
			m.p("sub", lang.PassSuggestionText),
			m.button(ActPassAnother, "quiet", lang.PassAnother, iconAgain.draw("small")))),
		form("passphrase", ActPassSave,
			f.secret(m.Shown, ActPassShow, "new-password", node.Live(ActPassWeigh)),
			level,
			m.submit(lang.PassSave, node.Class("block"))),
		node.Details(node.Class("more"), node.Summary(m.t(lang.PassForgot)), m.p("", forgot)),
		node.If(m.Changing, m.button(ActBack, "quiet block", lang.Cancel)))
}

// Node draws the screen.
func (m Unlock) Node() node.Node {
	f := field{Base: m.Base, name: FieldPassphrase, label: lang.PassField, problems: m.Problems}
	wipe := lang.UnlockWipe
	if m.Wiping {
		wipe = lang.UnlockWipeDo
	}
	return m.bare("unlock",
		node.H1(m.t(lang.UnlockTitle)),
		node.If(m.Idle, m.p("lead", lang.UnlockIdle)),
		node.If(m.Draft, node.P(node.Class("panel calm"), iconNote.draw(""), node.Span(m.t(lang.UnlockDraft)))),
		form("unlock", ActUnlock,
			f.secret(m.Shown, ActUnlockShow, "current-password", node.Autofocus(true)),
			m.submit(lang.UnlockDo, node.Class("block"), iconLock.draw(""))),
		node.Details(node.ID("forgot"), node.Class("more"), node.Open(m.Wiping), node.Summary(m.t(lang.UnlockForgot)),
			m.p("", lang.UnlockForgotText),
			node.If(m.OffersSheet, m.button(ActRestore, "", lang.WelcomeSheet)),
			m.p("gap", lang.UnlockWipeText),
			m.button(ActWipe, "alarm", wipe, node.ID("wipe")),
			node.If(m.Wiping, node.P(node.Class("bad"), node.Role("alert"), iconAlert.draw("small"), node.Span(m.t(lang.UnlockWipeSure))))),
		m.languages())
}
