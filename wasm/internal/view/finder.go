package view

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Finder finds one patient by typing a part of the pseudonym or of the case
// note, on a page that can be narrowed to one.
type Finder struct {
	Find     string   // as typed
	Matches  []Choice // who is called like that, at most MaxMatches
	Match    int      // how many there are
	Value    string   // of who is chosen; empty: all
	Chosen   string   // how they are called
	Problems []Problem
}

// MaxMatches is how many patients are offered: of a thousand nobody picks one
// from a list.
const MaxMatches = 8

// finder draws it, with identifiers that begin with at. One act chooses the patient
// in FieldPatient, the other all patients; items are more of the field that is typed into.
func (b Base) finder(m Finder, at, of, all string, items ...node.Item) node.Node {
	if m.Value != "" {
		return node.Div(node.Class("field"), node.P(node.ID(at+"-chosen"), node.Class("strong"), b.t(lang.LogChosen, "name", m.Chosen)), carry(FieldPatient, m.Value),
			b.button(all, "", lang.LogAll, node.ID(at+"-all")))
	}
	find := field{Base: b, name: FieldFind, label: lang.LogFind, problems: m.Problems}
	out := node.Div(find.input(m.Find, append(append(exact("search", "search"), node.Aria("controls", at+"-matches")), items...)...))
	var said node.Node
	switch {
	case m.Find == "":
	case m.Match == 0:
		said = b.t(lang.LogNobody)
	case m.Match > len(m.Matches):
		said = b.t(lang.LogTooMany, "n", b.Lang.Int(m.Match))
	default:
		said = b.n(lang.PatientsCount, m.Match)
	}
	list := node.Ul(node.ID(at+"-matches"), node.Class("plain-list"))
	for _, c := range m.Matches {
		list = list.With(node.Li(node.Button(append([]node.Item{node.ID(at + "-patient-" + c.Value), node.Type("button"), node.Class("btn quiet num"), node.Act(of), node.Text(c.Label)}, with(FieldPatient, c.Value)...)...)))
	}
	return out.With(node.P(node.ID(at+"-found"), node.Class("sub"), node.Role("status"), said), list)
}
