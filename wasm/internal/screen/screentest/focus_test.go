package screentest_test

import (
	"strings"
	"testing"

	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen/screentest"
)

func page(items ...node.Item) node.Node {
	return node.Div(node.ID("frame"), node.Main(append([]node.Item{node.ID("main"), node.Key("here"), node.H1(node.Text("Here"))}, items...)...))
}

func press(id, act string, more ...node.Item) node.Node {
	items := []node.Item{node.Type("button"), node.Act(act), node.Text(act)}
	if id != "" {
		items = append(items, node.ID(id))
	}
	return node.Button(append(items, more...)...)
}

func TestALostFocusIsFound(t *testing.T) {
	edit := press("edit", "note.edit")
	field := node.Input(node.ID("f-note"), node.Name("note"), node.Type("text"))
	for _, c := range []struct {
		what    string
		before  node.Node
		after   node.Node
		command []string
		lost    string // empty: it is not
	}{
		{"what was pressed stays", page(edit), page(edit, field), nil, ""},
		{"it moves down", page(edit), page(node.P(node.Text("news")), edit), nil, ""},
		{"it goes, and the heading above stays", page(edit), page(), nil, ""},
		{"a new screen comes", page(edit), node.Div(node.ID("frame"), node.Main(node.ID("main"), node.Key("there"), field)), nil, ""},
		{"a field comes in its place", page(edit), page(field), nil, "is not in the new field"},
		{"and takes the focus", page(edit), page(field), []string{"id", "f-note"}, ""},
		{"the focus is sent nowhere", page(edit), page(field), []string{"id", "f-other"}, "is not there"},
		{"or to what cannot have it", page(edit), page(node.P(node.ID("said"))), []string{"id", "said"}, "cannot have it"},
		{"or else to what can", page(edit), page(field), []string{"id", "problems", "or", "f-note"}, ""},
		{"another button slips under the finger", page(press("", "note.edit"), press("", "note.burn")), page(press("", "note.burn")), nil, "which has become"},
		{"a heading before it does not help where a dialog is open", page(edit), page(node.Dialog(node.ID("d"), node.Open(true), press("x", "x"))), nil, ""},
	} {
		var f screentest.Focus
		f.Render(c.before)
		f.Act(node.Event{Kind: "act", Act: "note.edit"})
		f.Render(c.after)
		if c.command != nil {
			f.Command("focus", c.command...)
		}
		f.Settled()
		if got := strings.Join(f.Lost, "; "); (got == "") != (c.lost == "") || !strings.Contains(got, c.lost) {
			t.Errorf("%s: %q", c.what, got)
		}
	}
}

// A dialog that closes gives the focus back to what it was opened with; what goes
// inside one that stays needs a heading in it.
func TestADialogKeepsTheFocusInside(t *testing.T) {
	open := press("open", "open")
	dialog := func(items ...node.Item) node.Node {
		return node.Dialog(append([]node.Item{node.ID("d"), node.Open(true)}, items...)...)
	}
	var f screentest.Focus
	f.Render(page(open))
	f.Act(node.Event{Act: "open"})
	f.Render(page(open, dialog(press("ask", "ask"), press("close", "close"))))
	f.Act(node.Event{Act: "close"})
	f.Render(page(open))
	if f.Settled(); len(f.Lost) > 0 {
		t.Error(f.Lost)
	}
	f.Act(node.Event{Act: "open"})
	f.Render(page(open, dialog(press("ask", "ask"))))
	f.Act(node.Event{Act: "ask"})
	f.Render(page(open, dialog(node.P(node.Text("Sure?")))))
	if f.Settled(); len(f.Lost) != 1 || !strings.Contains(f.Lost[0], "nothing is above it") {
		t.Errorf("%q", f.Lost)
	}
}

// What is typed stays where something comes before it, or goes, in what has no id.
func TestAFieldStaysWhatItIs(t *testing.T) {
	row := func(key string, more ...node.Item) node.Node {
		return node.Div(append([]node.Item{node.Input(node.ID("f-lot"), node.Key(key), node.Name("lot"), node.Type("text"))}, more...)...)
	}
	other := node.Div(node.Input(node.ID("f-other"), node.Name("other"), node.Type("text")))
	offers := node.Div(node.Class("offers"), press("offer", "offer"))
	hint := node.Div(node.Class("hint"))
	for what, c := range map[string]struct {
		before, after node.Node
		lost          bool
	}{
		"something with an id inside comes before it":     {page(row("1")), page(offers, row("1")), false},
		"something without one comes before it":           {page(row("1")), page(hint, row("1")), false},
		"both go again":                                   {page(offers, hint, row("1")), page(row("1")), false},
		"something comes inside":                          {page(row("1")), page(row("1", press("remove", "remove"))), false},
		"two rows change places":                          {page(row("1"), other), page(other, row("1")), false},
		"it is to be filled in anew":                      {page(row("1")), page(row("2")), false},
		"what it is in becomes another kind of element":   {page(row("1")), page(node.Section(row("1").Children()[0])), true},
		"what it is in is divided, and the rest is first": {page(node.Div(row("1"), other)), page(node.Div(other), node.Div(row("1"))), true},
	} {
		var f screentest.Focus
		f.Render(c.before)
		f.Render(c.after)
		if got := len(f.Lost) > 0; got != c.lost {
			t.Errorf("%s: %q", what, f.Lost)
		}
	}
}
