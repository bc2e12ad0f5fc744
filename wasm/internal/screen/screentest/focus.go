// Package screentest follows the focus of a person who works with the keyboard,
// over the drawings of a test.
//
// A page keeps an element while its place in the tree and its id are the same.
// With an element that goes, the focus on it is lost, and the page puts it on the
// heading above. That is right for what is closed or taken off a list, and wrong
// for what opens a field to type in: there the guide says that the focus belongs in
// the field.
//
// What holds when Focus.Lost is empty: each act that was told left the focus on
// what it was done with, on a new screen, on a heading above where no field was
// opened, or where a command put it, which is there and can have it; and an
// element without an id did not become another one under the finger. Acts on what
// is not on the page, such as those of a live field, are not looked at.
//
// And what somebody types stays: a field that is on the same screen before and after
// a drawing, with the same ids and keys of its own and of what it is in, is the same
// element. What was typed since the drawing before would be gone with another. A field
// whose key changes is to be filled in anew.
package screentest

import (
	"fmt"
	"slices"
	"strings"

	"vialog/wasm/internal/node"
)

// A Focus is where the focus is on a page. Its methods are those of a screen.Page
// and are called by it.
type Focus struct {
	Lost []string // one line for each act that lost it

	root *element
	key  string // of the screen

	act    string            // done last and not yet checked; empty: with nothing on the page
	on     *element          // what it was done with
	was    node.Node         // what that was
	heads  []*element        // the headings above it, the nearest first
	fields map[*element]bool // all that can be typed into or chosen
	here   bool              // the focus has a place after the act
	dark   bool              // nothing was drawn since

	dialog, opener *element // that is open, and what it was opened with
}

// An element is what the page has made of a node.
type element struct {
	n    node.Node
	up   *element
	kids []*element
}

// Act is told before the guide gets an act that a person did.
func (f *Focus) Act(e node.Event) {
	f.Settled()
	f.act, f.on, f.here, f.dark = "", nil, false, true
	if f.root == nil {
		return
	}
	f.on = f.root.find(func(x *element) bool { return x.does(e) })
	if f.on != nil {
		f.act, f.was, f.fields = e.Act, f.on.n, make(map[*element]bool)
		f.root.find(func(x *element) bool {
			if x.typed() {
				f.fields[x] = true
			}
			return false
		})
	}
}

// Render draws the next tree over the one before, as shell.js does.
func (f *Focus) Render(n node.Node) {
	f.look()
	if f.root == nil {
		f.root = &element{}
	}
	fields := f.root.fields()
	f.heads = nil
	for above := range f.root.all {
		if above == f.on {
			break
		}
		if t := above.n.Tag(); t == "h1" || t == "h2" || t == "h3" {
			f.heads = append(f.heads, above)
		}
	}
	slices.Reverse(f.heads)
	children(f.root, []node.Node{n})
	f.dialogs()
	main := f.root.find(func(x *element) bool { return x.n.Tag() == "main" })
	key := ""
	if main != nil {
		key = attr(main.n, "data-key")
	}
	if key != f.key {
		f.here = true
	} else {
		f.kept(fields)
	}
	f.key, f.dark = key, false
}

// fields are those in x that somebody can type into or choose in, if they have an id,
// by the ids and keys of them and of what they are in.
func (x *element) fields() map[string]*element {
	out := make(map[string]*element)
	for k := range x.all {
		if !k.typed() || attr(k.n, "id") == "" {
			continue
		}
		name := k.n.Tag()
		for up := k; up.up != nil; up = up.up {
			if id, key := attr(up.n, "id"), attr(up.n, "data-key"); id+key != "" {
				name += " in " + id + " " + key
			}
		}
		out[name] = k
	}
	return out
}

// kept looks whether the fields that were there are still the same elements.
func (f *Focus) kept(before map[string]*element) {
	for name, x := range f.root.fields() {
		if old := before[name]; old != nil && old != x {
			f.Lost = append(f.Lost, fmt.Sprintf("screen %s: another element takes the place of %s, and what was typed there is gone", f.key, said(x.n)))
		}
	}
}

// dialogs does what the browser does: a dialog that opens takes the focus, and one
// that closes gives it back to what had it before.
func (f *Focus) dialogs() {
	if f.dialog != nil && !f.dialog.under(f.root) {
		f.here = f.here || f.opener == nil || f.opener.under(f.root)
		f.dialog, f.opener = nil, nil
	}
	if d := f.root.find(func(x *element) bool { return x.n.Tag() == "dialog" }); d != nil && f.dialog == nil {
		f.dialog, f.here = d, true
		if f.act != "" {
			f.opener = f.on
		}
	}
}

// heading is where the page puts the focus when it is lost.
func (f *Focus) heading() *element {
	for _, h := range f.heads {
		if h.under(f.root) && (f.dialog == nil || h.under(f.dialog)) {
			return h
		}
	}
	if f.dialog != nil {
		return nil
	}
	return f.root.find(func(x *element) bool { return x.n.Tag() == "h1" })
}

// Command puts the focus somewhere, if it is one that does.
func (f *Focus) Command(name string, fields ...string) {
	if name != "focus" || f.act == "" {
		return
	}
	to := make(map[string]string)
	for i := 0; i+1 < len(fields); i += 2 {
		to[fields[i]] = fields[i+1]
	}
	for _, id := range []string{to["id"], to["or"]} {
		if x := f.root.find(func(x *element) bool { return id != "" && attr(x.n, "id") == id }); x != nil {
			if !x.takes() {
				f.lose("the focus is put on " + said(x.n) + ", which cannot have it")
			}
			f.here = true
			return
		}
	}
	f.lose("the focus is put on " + to["id"] + ", which is not there")
	f.here = true
}

// Settled looks a last time at what became of the focus since the last act.
func (f *Focus) Settled() {
	f.look()
	f.act = ""
}

// look looks at it once what followed the last drawing is done. While the focus
// stays on what the act was done with, it is followed.
func (f *Focus) look() {
	if f.act == "" || f.dark {
		return
	}
	switch {
	case f.here:
	case !f.on.under(f.root):
		if x := f.root.find(func(x *element) bool { return x.typed() && !f.fields[x] }); x != nil {
			f.lose("the focus was on " + said(f.was) + ", which is gone, and is not in the new field " + said(x.n))
		} else if f.heading() == nil {
			f.lose("the focus was on " + said(f.was) + ", which is gone, and nothing is above it")
		}
	case attr(f.on.n, "id") == "" && (attr(f.on.n, "data-act") != attr(f.was, "data-act") || attr(f.on.n, "value") != attr(f.was, "value")):
		f.lose("the focus was on " + said(f.was) + ", which has become " + said(f.on.n))
	default:
		return
	}
	f.act = ""
}

func (f *Focus) lose(why string) {
	f.Lost = append(f.Lost, fmt.Sprintf("%s on screen %s: %s", f.act, f.key, why))
}

func attr(n node.Node, name string) string {
	v, _ := n.Attribute(name)
	return v
}

// does tells whether somebody can do e with the element.
func (x *element) does(e node.Event) bool {
	switch x.n.Tag() {
	case "button":
		act := attr(x.n, "data-act")
		if attr(x.n, "type") == "submit" && act == "" {
			for up := x.up; up != nil; up = up.up {
				if up.n.Tag() == "form" {
					act = attr(up.n, "data-act")
					break
				}
			}
			// Of several forms that do the same, the one with the same hidden fields is meant.
			return act == e.Act && x.up.carries(e.Fields)
		}
		if act != e.Act {
			return false
		}
		name := attr(x.n, "name")
		return name == "" || e.Fields[name] == attr(x.n, "value")
	case "g", "path":
		return attr(x.n, "data-act") == e.Act && (e.ID == "" || e.ID == attr(x.n, "id"))
	}
	return false
}

// carries tells whether what the form of the element carries along is in fields.
func (x *element) carries(fields map[string]string) bool {
	form := x
	for form.up != nil && form.n.Tag() != "form" {
		form = form.up
	}
	return form.find(func(k *element) bool {
		return k.n.Tag() == "input" && attr(k.n, "type") == "hidden" && fields[attr(k.n, "name")] != attr(k.n, "value")
	}) == nil
}

// takes tells whether the element can have the focus.
func (x *element) takes() bool {
	switch x.n.Tag() {
	case "button", "input", "select", "textarea", "a", "summary":
		return true
	}
	_, ok := x.n.Attribute("tabindex")
	return ok
}

// said names an element by what it does.
func said(n node.Node) string {
	words := strings.Join(strings.Fields(n.Content()), " ")
	if len(words) > 60 {
		words = words[:60]
	}
	return fmt.Sprintf("%s %s %q", n.Tag(), strings.TrimSpace(attr(n, "data-act")+" "+attr(n, "id")), words)
}

func (x *element) find(ok func(*element) bool) *element {
	for _, k := range x.kids {
		if ok(k) {
			return k
		}
		if y := k.find(ok); y != nil {
			return y
		}
	}
	return nil
}

// all are the elements in x in the order of reading.
func (x *element) all(yield func(*element) bool) {
	x.find(func(k *element) bool { return !yield(k) })
}

// typed tells whether something can be typed into the element or chosen in it.
func (x *element) typed() bool {
	switch x.n.Tag() {
	case "textarea", "select":
		return true
	case "input":
		return attr(x.n, "type") != "hidden"
	}
	return false
}

func (x *element) under(root *element) bool {
	for ; x != nil; x = x.up {
		if x == root {
			return true
		}
	}
	return false
}

// children is what the function of that name does in shell.js: an element stays
// where tag, id and key do, and one without an id is known by what is in it, or else by
// its place. Text is left out, since it never has the focus.
func children(parent *element, list []node.Node) {
	old := parent.kids
	root := parent
	for root.up != nil {
		root = root.up
	}
	byID, own := make(map[string]*element), make(map[int]*element)
	ids, held := make(map[string]bool), make(map[*element]bool)
	for i, n := range list {
		if id := attr(n, "id"); id != "" {
			ids[id] = true
		} else if len(old) > 0 && n.Tag() != "" {
			if x := parent.holder(root, n, n.Tag()); x != nil {
				own[i], held[x] = x, true
			}
		}
	}
	for _, k := range old {
		if id := attr(k.n, "id"); id != "" {
			byID[id] = k
		}
	}
	used := make(map[*element]bool)
	at := 0
	skip := func(gone func(*element) bool) {
		for at < len(old) && (used[old[at]] || gone(old[at])) {
			at++
		}
	}
	unasked := func(x *element) bool { id := attr(x.n, "id"); return id != "" && !ids[id] }
	var next []*element
	for i, n := range list {
		if n.Tag() == "" {
			continue
		}
		skip(unasked)
		id := attr(n, "id")
		k := byID[id]
		if id == "" {
			if k = own[i]; k != nil && held[k] {
				delete(held, k)
				skip(func(x *element) bool { return x != k && !ids[attr(x.n, "id")] && !held[x] })
			} else if k = nil; at < len(old) && attr(old[at].n, "id") == "" && !held[old[at]] {
				k = old[at]
			}
		}
		if k == nil || k.n.Tag() != n.Tag() || attr(k.n, "id") != id || attr(k.n, "data-key") != attr(n, "data-key") {
			if id != "" && k != nil {
				used[k] = true
			}
			k = &element{}
		}
		used[k] = true
		k.n, k.up = n, parent
		children(k, n.Children())
		next = append(next, k)
	}
	for _, k := range old {
		if !used[k] {
			k.up = nil
		}
	}
	parent.kids = next
}

// holder is the child of x, with that tag and without an id, that has something of n in it.
func (x *element) holder(root *element, n node.Node, tag string) *element {
	for _, inside := range n.Children() {
		var k *element
		if id := attr(inside, "id"); id != "" {
			k = root.find(func(e *element) bool { return attr(e.n, "id") == id })
		}
		if k == nil {
			k = x.holder(root, inside, tag)
		}
		for k != nil && k.up != x {
			k = k.up
		}
		if k != nil && attr(k.n, "id") == "" && k.n.Tag() == tag {
			return k
		}
	}
	return nil
}
