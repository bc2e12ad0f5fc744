package view

import (
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Measured is one measured value as the list shows it.
type Measured struct {
	ID         string
	At         time.Time
	Value      string // in the user's spelling, without its unit
	Lab        string
	Note       string
	By         Writer
	MayCorrect bool
}

// A MeasuredGroup is the values of one thing, newest first.
type MeasuredGroup struct {
	What diary.Measured
	List []Measured
}

// Measures lists the measured values. At a centre Patient says whose.
type Measures struct {
	Frame
	Pseudonym string
	Patient   string
	Groups    []MeasuredGroup
}

// MeasureForm records or corrects a measured value.
type MeasureForm struct {
	Frame
	Entry     string // corrected; empty: a new one
	Pseudonym string
	Patient   string
	What      string // a diary.Measured's Key
	Value     string
	Date      string
	Time      string
	Lab       string
	Note      string
	Why       string
	Problems  []Problem
}

// Node draws the screen.
func (m Measures) Node() node.Node {
	items := func() []node.Item {
		if m.Patient == "" {
			return nil
		}
		return with(FieldPatient, m.Patient)
	}
	enter := m.button(ActMeasureNew, "primary", lang.MeasureNew, append(items(), iconPlus.draw(""))...)
	title := node.H1(m.t(lang.MeasuresTitle))
	if m.Patient != "" {
		title = node.Div(node.P(node.Class("sub num"), node.Text(m.Pseudonym)), title)
	}
	p, text := page{"measures." + m.Patient, true, "narrow"}, lang.MeasuresText
	if m.Patient != "" {
		text = lang.MeasuresTextCentre
	}
	if len(m.Groups) == 0 {
		return m.inside(p, title, node.Section(node.Class("card"), m.empty(iconFigures, lang.MeasuresEmptyTitle, text, enter)))
	}
	body := []node.Item{node.Div(node.Class("head"), title, enter)}
	for i, g := range m.Groups {
		unit := m.Lang.Label(g.What.UnitKey())
		id := "measured-" + string(rune('a'+i))
		list := node.Ul(node.Class("values"))
		for _, x := range g.List {
			value := x.Value + nbsp + unit
			line := node.Div(node.P(node.Strong(node.Class("num"), node.Text(value)), node.Text(" "), m.when(x.At)),
				node.If(x.Lab != "", node.P(node.Class("sub"), node.Text(x.Lab))),
				node.If(x.Note != "", node.P(node.Class("sub"), node.Text(x.Note))),
				node.P(node.Class("sub"), node.Text(lang.Title(m.author(x.By)))))
			row := node.Li(line)
			if x.MayCorrect {
				row = row.With(node.Button(node.ID("correct-"+x.ID), node.Type("button"), node.Class("btn quiet"), node.Act(ActMeasureCorrect), node.Name(FieldEntry), node.Value(x.ID),
					node.Span(m.t(lang.EntryCorrect)), hidden(" "+value)))
			}
			list = list.With(row)
		}
		body = append(body, node.Section(node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), node.Text(m.Lang.Label(g.What.Key()))), list))
	}
	return m.inside(p, body...)
}

// Node draws the screen.
func (m MeasureForm) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	title := node.H1(m.t(lang.MeasureTitle))
	if m.Entry != "" {
		title = node.H1(m.t(lang.MeasureTitleFix))
	}
	if m.Patient != "" {
		title = node.Div(node.P(node.Class("sub num"), node.Text(m.Pseudonym)), title)
	}
	var unit string
	if what, ok := diary.ParseMeasured(m.What); ok {
		unit = m.Lang.Label(what.UnitKey())
	}
	value := f(FieldValue, lang.MeasureValue)
	lab := f(FieldLab, lang.MeasureLab)
	note := f(FieldNote, lang.FieldNoteName)
	lab.optional, note.optional = true, true
	end := node.Div(node.Class("actions save"), m.submit(lang.MeasureSave), m.button(ActFormCancel, "quiet", lang.Cancel))
	if m.Entry != "" {
		end = node.Div(node.Class("actions save"), m.submit(lang.CorrectSave), m.button(ActMeasureRetract, "", lang.EntryRetract), m.button(ActFormCancel, "quiet", lang.Cancel))
	}
	var whose node.Node
	if m.Patient != "" {
		whose = carry(FieldPatient, m.Patient)
	}
	return m.inside(page{"measure." + m.Entry, true, "narrow"},
		title,
		m.summary(m.Problems),
		form("measure", ActMeasureSave, node.Live(ActDraft), whose,
			node.Div(node.Class("card"),
				f(FieldWhat, lang.MeasureWhat).pick(node.Group(option("", m.Lang.T(lang.MeasurePick), m.What),
					node.Each(diary.AllMeasured(), func(w diary.Measured) node.Node { return option(w.Key(), m.Lang.Label(w.Key()), m.What) })), node.Live(ActMeasureShape)),
				value.around("amount", node.Div(node.Class("joined"),
					node.Input(append(value.attrs(), append(exact("text", "decimal"), node.Class("num"), node.Value(m.Value))...)...),
					node.If(unit != "", node.Span(node.Class("unit"), node.Text(unit))))),
				m.moment(lang.FieldWhen, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false),
				lab.input(m.Lab, node.Type("text"), node.Autocomplete("off"), node.Maxlength(120)),
				note.area(m.Note, 2, node.Maxlength(diary.MaxNote))),
			m.why(m.Entry, m.Why, m.Problems),
			end))
}
