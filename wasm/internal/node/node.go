// Package node is what a screen is made of: a tree of elements and text that
// can express only the tags and attributes this app uses.
//
// A screen is built from functions, one for each tag, that take attributes and
// children in any order:
//
//	node.Section(node.ID("next"), node.Class("card"),
//		node.H2(node.Text("Next dose")),
//		node.Button(node.Act("record"), node.Text("Record")))
//
// What holds for every Node:
//   - its tags, attribute names and classes are from the tables in this package,
//     so no script, style, frame, event handler or foreign address can be in it;
//   - a link leads to a place in the app, a telephone number or a file the page
//     has just made, and nowhere else;
//   - all text is escaped when it is written, as JSON for the page and as HTML
//     for golden files.
//
// Asking for anything else is a mistake of the caller and panics. Text is never
// a mistake: any string, valid UTF-8 or not, is carried as text.
//
// The package does not promise that a tree is sensible HTML; Check finds what
// would break the page, such as an id used twice.
package node

import "strings"

// An Item is what an element is built from: an Attr or a Node.
type Item interface{ addTo(*Node) }

type kind uint8

const (
	nothing kind = iota
	text
	element
	group
)

// A Node is an element, a piece of text, several of these, or nothing. The zero
// Node is nothing. Nodes are values and may be used in several places.
type Node struct {
	kind  kind
	tag   string
	text  string
	attrs []Attr
	kids  []Node
}

// An Attr is one attribute of an element. The zero Attr is none.
type Attr struct {
	name  string
	value string
	bare  bool // a boolean attribute that is set
}

func (n Node) addTo(to *Node) {
	switch n.kind {
	case nothing:
	case group:
		to.kids = append(to.kids, n.kids...)
	default:
		to.kids = append(to.kids, n)
	}
}

func (a Attr) addTo(to *Node) {
	if a.name == "" {
		return
	}
	for i := range to.attrs {
		if to.attrs[i].name == a.name {
			if a.name != "class" {
				panic("node: attribute " + a.name + " given twice to " + to.tag)
			}
			to.attrs[i].value += " " + a.value
			return
		}
	}
	to.attrs = append(to.attrs, a)
}

// Text is a piece of text.
func Text(s string) Node {
	if s == "" {
		return Node{}
	}
	return Node{kind: text, text: strings.ToValidUTF8(s, "\uFFFD")}
}

// Group is several nodes that stand where one is expected.
func Group(nodes ...Node) Node {
	g := Node{kind: group}
	for _, n := range nodes {
		n.addTo(&g)
	}
	return g
}

// If is the item when cond is true, and nothing otherwise.
func If(cond bool, it Item) Item {
	if cond {
		return it
	}
	return Node{}
}

// Each is one node for every element of list.
func Each[T any](list []T, f func(T) Node) Node {
	g := Node{kind: group}
	for _, v := range list {
		f(v).addTo(&g)
	}
	return g
}

// IsZero reports whether n is nothing at all.
func (n Node) IsZero() bool { return n.kind == nothing || n.kind == group && len(n.kids) == 0 }

// Tag is the tag of an element, and empty for text.
func (n Node) Tag() string { return n.tag }

// Children are the nodes inside an element.
func (n Node) Children() []Node { return n.kids }

// Content is the text of n and of everything inside it.
func (n Node) Content() string {
	if n.kind == text {
		return n.text
	}
	var b strings.Builder
	for _, k := range n.kids {
		b.WriteString(k.Content())
	}
	return b.String()
}

// Attribute is the value of an attribute of n, and whether it has it.
func (n Node) Attribute(name string) (string, bool) {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// With is a copy of the element n with more attributes and children.
func (n Node) With(items ...Item) Node {
	if n.kind != element {
		panic("node: With on what is not an element")
	}
	c := Node{kind: element, tag: n.tag}
	c.attrs = append(c.attrs, n.attrs...)
	c.kids = append(c.kids, n.kids...)
	for _, it := range items {
		if it != nil {
			it.addTo(&c)
		}
	}
	c.checkSelf()
	return c
}

func el(tag string, items []Item) Node {
	n := Node{kind: element, tag: tag}
	for _, it := range items {
		if it != nil {
			it.addTo(&n)
		}
	}
	n.checkSelf()
	return n
}

// checkSelf panics when an element is one that the page must not make.
func (n Node) checkSelf() {
	if void[n.tag] && len(n.kids) > 0 {
		panic("node: " + n.tag + " has no content")
	}
	for _, a := range n.attrs {
		switch a.name {
		case "href":
			if n.tag != "a" {
				panic("node: href on " + n.tag)
			}
		case "src":
			if n.tag != "img" {
				panic("node: src on " + n.tag)
			}
		case "type":
			if n.tag == "input" && !inputTypes[a.value] || n.tag == "button" && !buttonTypes[a.value] {
				panic("node: no type " + a.value + " of " + n.tag)
			}
			if n.tag != "input" && n.tag != "button" {
				panic("node: type on " + n.tag)
			}
		}
	}
}

// Without is a copy of the element n without what drop is true of, inside it.
func (n Node) Without(drop func(Node) bool) Node {
	c := n
	c.kids = nil
	for _, k := range n.kids {
		if k.kind == element && drop(k) {
			continue
		}
		c.kids = append(c.kids, k.Without(drop))
	}
	return c
}
