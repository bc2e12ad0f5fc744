package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
)

// Papers is where a diary is printed, saved as a file, or taken in from one.
type Papers struct {
	Frame
	Form     string // the chosen one, by its key
	Excel    bool
	Problems []Problem
}

// Node draws the screen.
func (m Papers) Node() node.Node {
	way := func(act string, i icon, title, text lang.Key) node.Node {
		return node.Li(node.Button(node.Type("button"), node.Class("choice"), node.Act(act), node.Span(node.Class("entry-icon"), i.draw("")),
			node.Span(node.Strong(m.t(title)), node.Small(m.t(text))), iconNext.draw("small")))
	}
	form_ := m.Form
	if form_ == "" {
		form_ = papers.Archive.Key()
	}
	list := make([]node.Node, 0, 8)
	for _, f := range append([]papers.Form{papers.Archive, papers.Bundle}, papers.Tables()...) {
		list = append(list, option(f.Key(), m.Lang.Label(f.Key()), form_))
	}
	return m.inside(page{"papers", true, "medium"},
		node.H1(m.t(lang.PapersTitle)), m.p("lead", lang.PapersLead),
		node.Section(node.Aria("labelledby", "papers-paper"),
			node.H2(node.ID("papers-paper"), m.t(lang.PapersPaper)),
			node.Ul(node.Class("choices-list gap"),
				way(ActUrgent, iconAlert, lang.UrgentTitle, lang.PapersSheetText),
				way(ActVisit, iconCentre, lang.VisitTitle, lang.PapersVisitText),
				way(ActYear, iconDiary, lang.YearTitle, lang.PapersYearText))),
		node.Section(node.Class("card"), node.Aria("labelledby", "papers-file"),
			node.H2(node.ID("papers-file"), m.t(lang.PapersFile)),
			m.summary(m.Problems),
			form("papers-save", ActPapersSave,
				field{Base: m.Base, name: FieldForm, label: lang.PapersWhat, problems: m.Problems}.pick(node.Group(list...)),
				node.Div(node.Class("chips"), chip{"checkbox", FieldExcel, "yes", m.Lang.T(lang.PapersExcel), m.Excel, ""}.draw(fieldID(FieldExcel))),
				node.Div(node.Class("panel calm"), iconAlert.draw(""), m.p("", lang.PapersWarn)),
				m.submit(lang.PapersSave))),
		node.Section(node.Class("card"), node.Aria("labelledby", "papers-take"),
			node.H2(node.ID("papers-take"), m.t(lang.PapersTake)), m.p("sub", lang.PapersTakeText),
			m.button(ActImport, "", lang.PapersTake)))
}

// Import asks for a file, shows what it would add, and then what was added.
type Import struct {
	Frame
	Found    bool // a file has been read
	Form     papers.Form
	File     string // its name
	Made     time.Time
	Owner    string // the pseudonym it names
	Foreign  bool   // and that is not this diary's
	New      []KindCount
	Known    []KindCount
	Left     []KindCount
	Refused  int
	Refusals []papers.Refusal
	Ignored  string
	Plans    bool // there are plans among the new
	Shared   bool // the diary is shared with a centre
	Done     bool
	Added    int
	Problems []Problem
}

// A KindCount is how many entries of a kind there are.
type KindCount struct {
	Kind string // catalogue key
	N    int
}

func total(list []KindCount) (n int) {
	for _, c := range list {
		n += c.N
	}
	return n
}

// shownRefusals is how many refusals the screen lists; the report has more.
const shownRefusals = 50

// Node draws the screen.
func (m Import) Node() node.Node {
	if !m.Found {
		return m.inside(page{"import", true, "narrow"},
			node.H1(m.t(lang.PapersTake)), m.p("lead", lang.PapersTakeText),
			m.summary(m.Problems),
			form("import", ActImportLook,
				field{Base: m.Base, name: FieldFile, label: lang.ImportField, hint: lang.ImportHint, problems: m.Problems}.around("",
					node.Input(append(field{Base: m.Base, name: FieldFile, hint: lang.ImportHint, problems: m.Problems}.attrs(), node.Type("file"), node.Set("accept", ".zip,.json,.csv"))...)),
				m.submit(lang.ImportLook)))
	}
	facts := node.Dl(node.Class("facts"), m.fact(lang.ImportField, node.Text(m.File)), m.fact(lang.ImportIs, node.Text(m.Lang.Label(m.Form.Key()))))
	if !m.Made.IsZero() {
		facts = facts.With(m.fact(lang.ImportMade, node.Text(m.Lang.Date(m.Made))))
	}
	if m.Owner != "" {
		facts = facts.With(m.fact(lang.ImportOwner, node.Class("num"), node.Text(m.Owner)))
	}
	body := []node.Item{node.H1(m.t(lang.ImportPreview))}
	if m.Done {
		body = []node.Item{node.H1(m.t(lang.ImportDone)), m.summary(m.Problems), node.P(node.Class("lead"), m.n(lang.ImportAdded, m.Added))}
	} else {
		body = append(body, m.p("lead", lang.ImportPreviewText), m.summary(m.Problems))
	}
	body = append(body, node.Div(node.Class("card"), facts))
	if m.Foreign && !m.Done {
		body = append(body, node.Div(node.Class("panel alarm"), iconAlert.draw(""), m.p("", lang.ImportForeign)))
	}
	body = append(body, m.counts())
	if len(m.Left) > 0 {
		body = append(body, m.p("hint", lang.ImportLeftText))
	}
	if m.Ignored != "" {
		body = append(body, m.p("hint", lang.ImportIgnored, "names", m.Ignored))
	}
	body = append(body, m.refusals())
	n := total(m.New)
	row := node.Div(node.Class("actions"))
	switch {
	case m.Done:
		row = row.With(m.button(ActImportReport, "primary", lang.ImportReport), m.button(ActGoDiary, "", lang.PlaceDiaryName))
	case n == 0:
		body = append(body, m.p("strong", lang.ImportNothing))
		row = row.With(m.button(ActImportReport, "", lang.ImportReport), m.button(ActBack, "quiet", lang.Back))
	default:
		if m.Plans {
			body = append(body, m.p("hint", lang.ImportPlans))
		}
		if m.Shared {
			body = append(body, m.p("hint", lang.ImportShared))
		}
		row = row.With(node.Button(node.ID("import-do"), node.Type("button"), node.Class("btn primary"), node.Act(ActImportDo), node.Span(m.n(lang.ImportAdd, n))),
			m.button(ActBack, "quiet", lang.Cancel))
	}
	return m.inside(page{"import." + strconv.FormatBool(m.Done), true, "narrow"}, append(body, row)...)
}

// counts is the table of what is new, there already, and left.
func (m Import) counts() node.Node {
	var kinds []string
	seen := make(map[string][3]int)
	for i, list := range [...][]KindCount{m.New, m.Known, m.Left} {
		for _, c := range list {
			x, ok := seen[c.Kind]
			if !ok {
				kinds = append(kinds, c.Kind)
			}
			x[i] += c.N
			seen[c.Kind] = x
		}
	}
	if len(kinds) == 0 {
		return node.Node{}
	}
	return node.Div(node.Class("card scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", m.Lang.T(lang.ImportPreview)), node.Table(node.Class("plain"),
		node.Caption(node.Class("vh"), m.t(lang.ImportPreview)),
		node.Thead(node.Tr(node.Th(node.Scope("col"), m.t(lang.ImportKind)), node.Each([]lang.Key{lang.ImportNew, lang.ImportKnown, lang.ImportLeft}, func(k lang.Key) node.Node {
			return node.Th(node.Scope("col"), node.Class("num"), m.t(k))
		}))),
		node.Tbody(node.Each(kinds, func(k string) node.Node {
			row := node.Tr(node.Th(node.Scope("row"), node.Text(m.Lang.Label(k))))
			for _, n := range seen[k] {
				s := "–"
				if n > 0 {
					s = m.Lang.Int(n)
				}
				row = row.With(node.Td(node.Class("num"), node.Text(s)))
			}
			return row
		}))))
}

func (m Import) refusals() node.Node {
	if m.Refused == 0 {
		return node.Node{}
	}
	list := m.Refusals[:min(len(m.Refusals), shownRefusals)]
	box := node.Section(node.Class("card"), node.Aria("labelledby", "import-refused"),
		node.H2(node.ID("import-refused"), m.n(lang.ImportRefused, m.Refused)), m.p("sub", lang.ImportRefusedText),
		node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "import-refused"), node.Table(node.Class("plain"),
			node.Thead(node.Tr(node.Th(node.Scope("col"), m.t(lang.ImportRow)), node.Th(node.Scope("col"), m.t(lang.ImportColumn)), node.Th(node.Scope("col"), m.t(lang.ImportWhy)))),
			node.Tbody(node.Each(list, func(r papers.Refusal) node.Node {
				row := "–"
				if r.Row > 0 {
					row = strconv.Itoa(r.Row)
				}
				return node.Tr(node.Th(node.Scope("row"), node.Class("num"), node.Text(row)), node.Td(node.Text(r.Column)), node.Td(node.Text(m.Lang.Label(string(r.Why)))))
			})))))
	if n := m.Refused - len(list); n > 0 {
		box = box.With(node.P(node.Class("hint"), m.n(lang.ImportMore, n)))
	}
	return box
}
