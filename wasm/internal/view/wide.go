package view

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A wide table has too many columns for a phone: there each row is a card, on
// which a cell says what its column is. The roles are said, since browsers forget
// that it is a table once its rows are drawn otherwise.
type wide struct{ labels []string }

func (b Base) wide(keys ...lang.Key) (w wide, head node.Node) {
	head = node.Tr(node.Role("row"))
	for _, k := range keys {
		w.labels = append(w.labels, b.Lang.T(k))
		head = head.With(node.Th(node.Scope("col"), node.Role("columnheader"), b.t(k)))
	}
	return w, node.Thead(node.Role("rowgroup"), head)
}

// th is the first cell of a row, which names it.
func (w wide) th(items ...node.Item) node.Node {
	return node.Th(append([]node.Item{node.Scope("row"), node.Role("rowheader")}, items...)...)
}

// td is another cell. One that says nothing is left out of a card.
func (w wide) td(column int, class string, items ...node.Item) node.Node {
	said := node.Div(items...)
	if said.Content() == "" {
		return node.Td(node.Role("cell"))
	}
	return node.Td(node.Role("cell"), node.Class(class), node.Data("label", w.labels[column]), said)
}

func (w wide) tr(items ...node.Item) node.Node {
	return node.Tr(append([]node.Item{node.Role("row")}, items...)...)
}

// tbody holds rows.
func (w wide) tbody(items ...node.Item) node.Node {
	return node.Tbody(append([]node.Item{node.Role("rowgroup")}, items...)...)
}

func (w wide) table(class string, items ...node.Item) node.Node {
	return node.Table(append([]node.Item{node.Class("stacked " + class), node.Role("table")}, items...)...)
}
