package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// SheetStage is how far the user is with the sheet.
type SheetStage uint8

const (
	SheetWords SheetStage = iota // the words to print or copy
	SheetProof                   // two words are asked
)

// Sheet is the recovery sheet.
type Sheet struct {
	Base
	Stage    SheetStage
	Words    [24]string
	QR       QR
	Whose    string // pseudonym or centre's name, printed on the sheet
	Made     time.Time
	Ask      [2]int // the positions asked for, from 1
	Centre   bool   // a centre's, else a patient's
	Later    bool   // may be put off: patients only, or if another one is in force
	Instead  bool   // it takes the place of another
	Used     bool   // by which this device came back
	Problems []Problem
}

// Node draws the screen.
func (m Sheet) Node() node.Node {
	if m.Stage == SheetProof {
		return m.proof()
	}
	lead := lang.SheetLead
	if m.Centre {
		lead = lang.SheetLeadCentre
	}
	later := lang.SheetLaterText
	if m.Instead {
		later = lang.RecoveryLaterText
	}
	list := node.Ol(node.Class("sheet-words"), node.Aria("label", m.Lang.T(lang.SheetWordsLabel)))
	for i, w := range m.Words {
		list = list.With(node.Li(node.Span(node.Class("num"), node.Text(strconv.Itoa(i+1))), node.Strong(node.Text(w))))
	}
	return m.bare("sheet",
		node.H1(m.t(lang.SheetTitle)), m.p("lead screen", lead),
		node.If(m.Instead && !m.Used, m.p("screen", lang.RecoveryInstead)),
		node.If(m.Used, node.P(node.Class("panel calm screen"), iconKey.draw(""), node.Span(m.t(lang.RecoveryUsedUp)))),
		node.Section(node.Class("sheet"), node.Aria("label", m.Lang.T(lang.SheetTitle)),
			node.Div(node.Class("sheet-head"),
				node.Div(m.brand(),
					node.If(m.Whose != "", node.P(node.Class("strong num"), node.Text(m.Whose))),
					m.p("sub", lang.SheetMadeOn, "date", m.Lang.Date(m.Made))),
				m.QR.draw(m.Lang.T(lang.SheetQRLabel))),
			list,
			node.Div(node.Class("sheet-foot"),
				node.P(node.Class("warn"), iconAlert.draw("small"), node.Span(m.t(lang.SheetWarn))),
				m.p("print", lang.SheetHowText))),
		node.Div(node.Class("actions screen"),
			m.button(ActSheetPrint, "", lang.SheetPrint, iconPrint.draw("")),
			m.button(ActSheetCheck, "primary", lang.SheetHave)),
		node.If(m.Later, node.Div(node.Class("screen later"), m.button(ActSheetLater, "quiet", lang.SheetLater), m.p("hint", later))))
}

func (m Sheet) proof() node.Node {
	word := func(name string, n int) node.Node {
		f := field{Base: m.Base, name: name, label: lang.SheetProofWord, args: []string{"n", strconv.Itoa(n)}, problems: m.Problems}
		return f.input("", exact("text", "text")...)
	}
	return m.bare("sheet-proof",
		node.H1(m.t(lang.SheetProofTitle)), m.p("lead", lang.SheetProofLead),
		m.summary(m.Problems),
		form("proof", ActSheetDone, word(FieldWordA, m.Ask[0]), word(FieldWordB, m.Ask[1]),
			m.submit(lang.SheetProofDo, node.Class("block"))),
		m.button(ActSheetShow, "quiet block", lang.SheetProofBack),
		node.If(m.Later, m.button(ActSheetLater, "quiet block", lang.SheetLater)))
}
