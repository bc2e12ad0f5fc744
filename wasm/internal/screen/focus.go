package screen

import (
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// land puts the focus where the last act says that it belongs. Without a word of
// the guide it stays where it is or, if that has gone, the page puts it on the
// heading above.
func (g *Guide) land(n node.Node) {
	g.landOn(n)
	if g.focus != "" {
		g.env.Page.Command("focus", "id", g.focus)
		g.focus = ""
	}
	if g.lead {
		// To what has to be put right: the summary, or the field where there is none.
		g.lead = false
		if len(g.problems) > 0 {
			g.env.Page.Command("focus", "id", "problems", "or", view.FieldID(g.problems[0].Field))
		}
	}
}

// sayAloud says what the last act changed where no words on the screen are read out
// by themselves.
func (g *Guide) sayAloud(s view.Screen) {
	say := g.aloud
	g.aloud = nil
	if say == nil {
		return
	}
	if text := say(s); text != "" {
		g.env.Page.Command("say", "text", text)
	}
}

// found says how many patients a list is narrowed to.
func found(s view.Screen) string {
	if m, ok := s.(view.Patients); ok {
		return m.Found()
	}
	return ""
}

// sorted says by what a list is sorted.
func sorted(s view.Screen) string {
	if m, ok := s.(interface{ Sorted() string }); ok {
		return m.Sorted()
	}
	return ""
}

// showMore notes what is there, before an act shows more of a list.
func (g *Guide) showMore() {
	g.before = make(map[string]bool)
	ids(g.screen().Node(), func(id string) bool {
		g.before[id] = true
		return true
	})
}

// landOn leads to the first of what was added to a list: who goes by the keyboard
// or by ear goes on there, and not at the button below it.
func (g *Guide) landOn(n node.Node) {
	if g.before == nil {
		return
	}
	ids(n, func(id string) bool {
		if !g.before[id] {
			g.focus = id
		}
		return g.before[id]
	})
	g.before = nil
}

// ids gives the ids of what can have the focus, in the order of reading, while yield wants more.
func ids(n node.Node, yield func(string) bool) bool {
	switch n.Tag() {
	case "button", "a", "input", "select", "textarea", "summary":
		if id, ok := n.Attribute("id"); ok && !yield(id) {
			return false
		}
	}
	for _, k := range n.Children() {
		if !ids(k, yield) {
			return false
		}
	}
	return true
}
