package view

import (
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Record chooses what to record.
type Record struct {
	Frame
	Last *Entry // the last treatment, for "same again"
	Open []Entry
}

// NoteForm records or corrects a note.
type NoteForm struct {
	Frame
	Entry    string
	Text     string
	Why      string
	Problems []Problem
}

// Node draws the screen.
func (m Record) Node() node.Node {
	choice := func(act string, i icon, title, text lang.Key, more ...node.Item) node.Node {
		items := []node.Item{node.ID("choose-" + act[strings.IndexByte(act, '.')+1:]), node.Type("button"), node.Class("choice"), node.Act(act)}
		items = append(items, more...)
		return node.Li(node.Button(append(items, node.Span(node.Class("entry-icon"), i.draw("")),
			node.Span(node.Strong(m.t(title)), node.Small(m.t(text))), iconNext.draw("small"))...))
	}
	var again node.Node
	if m.Last != nil && m.Last.Treatment != nil {
		again = node.Li(node.Button(node.ID("choose-again"), node.Type("button"), node.Class("choice"), node.Act(ActRecordAgain), node.Name(FieldEntry), node.Value(m.Last.ID),
			node.Span(node.Class("entry-icon"), iconAgain.draw("")),
			node.Span(node.Strong(m.t(lang.RecordAgain)), node.Small(node.Class("num"), node.Text(m.Last.Title(m.Lang)+", "+m.Lang.When(m.Now, m.Last.At)))),
			iconNext.draw("small")))
	}
	var open node.Node
	if len(m.Open) > 0 {
		open = node.Section(node.Class("recent"), node.Aria("labelledby", "open-bleeds"), node.H2(node.ID("open-bleeds"), m.t(lang.OpenBleedsTitle)),
			node.Each(m.Open, func(e Entry) node.Node { return m.openBleed(e).With(node.Class("card")) }))
	}
	return m.inside(page{"record", true, "narrow"},
		node.H1(m.t(lang.RecordTitle)),
		node.Ul(node.Class("choices-list"), again,
			choice(ActRecordTreatment, iconTreatment, lang.RecordTreatment, lang.RecordTreatmentText),
			choice(ActRecordBleed, iconBleed, lang.RecordBleed, lang.RecordBleedText),
			choice(ActRecordNote, iconNote, lang.RecordNote, lang.RecordNoteText),
			choice(ActPackIn, iconVial, lang.StockIn, lang.StockInText)),
		open)
}

// why asks for the reason of a correction.
func (b Base) why(entry, why string, problems []Problem) node.Node {
	if entry == "" {
		return node.Node{}
	}
	f := field{Base: b, name: FieldWhy, label: lang.FieldWhyName, hint: lang.FieldWhyHint, problems: problems}
	return node.Div(node.Class("card"), carry(FieldEntry, entry), f.area(why, 2, node.Maxlength(500)))
}

// end is the row of buttons under a form.
func (b Base) end(entry string, save lang.Key) node.Node {
	if entry != "" {
		save = lang.CorrectSave
	}
	return node.Div(node.Class("actions save"), b.submit(save), b.button(ActFormCancel, "quiet", lang.Cancel))
}

// badIn tells whether one of the fields under details has a problem: then they open.
func badIn(problems []Problem, names ...string) bool {
	for _, p := range problems {
		for _, n := range names {
			if p.Field == n || strings.HasSuffix(n, ".") && strings.HasPrefix(p.Field, n) {
				return true
			}
		}
	}
	return false
}

// Node draws the screen.
func (m NoteForm) Node() node.Node {
	title := lang.NoteTitle
	if m.Entry != "" {
		title = lang.NoteTitleFix
	}
	text := field{Base: m.Base, name: FieldText, label: lang.FieldNoteName, problems: m.Problems}
	return m.inside(page{"note." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		m.summary(m.Problems),
		form("note", ActNoteSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				text.area(m.Text, 6, node.Maxlength(diary.MaxNote))),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.NoteSave)))
}
