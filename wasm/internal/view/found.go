package view

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Found asks for what a new centre needs.
type Found struct {
	Base
	Name     string // the centre's
	OwnName  string // shown to colleagues and patients
	Problems []Problem
}

// Node draws the screen.
func (m Found) Node() node.Node {
	name := field{Base: m.Base, name: FieldName, label: lang.FoundName, hint: lang.FoundNameHint, problems: m.Problems}
	own := field{Base: m.Base, name: FieldOwnName, label: lang.FoundOwnName, hint: lang.FoundOwnNameHint, problems: m.Problems}
	return m.bare("found",
		node.H1(m.t(lang.FoundTitle)), m.p("lead", lang.FoundLead),
		m.summary(m.Problems),
		form("found", ActFoundCentre,
			name.input(m.Name, node.Type("text"), node.Autocomplete("organization"), node.Maxlength(80)),
			own.input(m.OwnName, node.Type("text"), node.Autocomplete("name"), node.Maxlength(80)),
			m.submit(lang.FoundDo, node.Class("block"))))
}
