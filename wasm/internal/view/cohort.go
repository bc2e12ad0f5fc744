package view

import (
	"cmp"
	"slices"
	"strconv"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/cohort"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// CohortPeriods are the months that a cohort can be looked at over.
var CohortPeriods = []int{6, 12, 24}

// CohortApart is the class of those who are compared with nobody, in FieldClass.
const CohortApart = "apart"

// A Named is how a patient is called at the centre.
type Named struct{ Pseudonym, CaseNote string }

// Cohort compares the patients of a centre.
type Cohort struct {
	Frame
	Is       cohort.Cohort // of those with the severity
	Names    map[uint32]Named
	Months   int
	Severity diary.Grade   // 0: all
	Class    string        // the stratum's name, or CohortApart
	Letter   cohort.Letter // only this group
	Loose    bool          // only those in none
	Order    Order
	Shown    int // rows

	Restricted int // patients who are left out: entries of theirs are kept and not used
}

// An Order is by which column rows are sorted.
type Order struct {
	Column int
	Down   bool
}

// Flip is the order after a press on a column's head: another column begins the
// way it is read, the same one turns round.
func (o Order) Flip(column int, down bool) Order {
	if o.Column == column {
		return Order{column, !o.Down}
	}
	return Order{column, down}
}

// Columns of the cohort's table; the figures follow the group.
const (
	cohortWho = iota
	cohortGroup
	cohortFigures
	cohortDays = cohortFigures + int(cohort.Figures)
)

// CohortColumn reads a column, and whether its large values come first.
func CohortColumn(value string) (column int, down bool) {
	column = oneOf(value, cohortDays)
	return column, column >= cohortFigures
}

func figureName(f cohort.Figure) lang.Key {
	return [...]lang.Key{lang.CohortJoint, lang.CohortAll, lang.CohortUse, lang.CohortAdherence, lang.CohortComplete}[f]
}

// figure writes the value of f, a dash where it is not known.
func (b Base) figure(f cohort.Figure, v float64, ok bool) string {
	switch {
	case !ok:
		return "–"
	case f >= cohort.Adherence:
		return b.Lang.Percent(v)
	case f == cohort.UsePerKg:
		return b.number(v)
	}
	return b.Lang.Number(v, 1)
}

func (m Cohort) className(c cohort.Class) string {
	return m.Lang.Label(c.Diagnosis.Key()) + " · " + m.Lang.Label(c.Therapy.Group.Key())
}

// unit is what use is counted in.
func (m Cohort) unit(s cohort.Stratum) string {
	return m.Lang.T(lang.CohortUnit, "unit", m.Lang.Label(s.Therapy.Unit.Key()))
}

// Node draws the screen.
func (m Cohort) Node() node.Node {
	p := page{"cohort", true, "wide"}
	title := node.H1(m.t(lang.CohortTitle))
	if len(m.Names) == 0 {
		return m.inside(p, title, node.Section(node.Class("card"), m.empty(iconPatients, lang.PatientsEmptyTitle, lang.PatientsEmptyText)))
	}
	items := []node.Item{node.Div(node.Class("head"), title, node.Div(node.Class("actions"),
		m.button(ActStudies, "quiet", lang.StudiesTitle, node.ID("studies")),
		m.button(ActSheetPrint, "quiet", lang.PapersPrint, node.ID("cohort-print"), iconPrint.draw("small")),
		m.button(ActCohortSave, "quiet", lang.CohortSave, node.ID("cohort-save")))),
		m.p("lead", lang.CohortLead), node.If(m.Restricted > 0, node.P(node.Class("hint"), m.n(lang.CohortRestricted, m.Restricted))), m.choices()}
	s, ok := m.Is.Stratum(m.Class)
	switch {
	case m.Class == CohortApart:
		items = append(items, node.H2(m.t(lang.CohortApart)), m.p("sub", lang.CohortApartText), m.table(m.Is.Apart(), cohort.Stratum{}))
	case ok:
		items = append(items, m.stratum(s)...)
	default:
		items = append(items, node.Div(node.Class("card"), m.p("sub", lang.CohortNobody)))
	}
	return m.inside(p, append(items, node.Section(node.Class("card"), node.Aria("labelledby", "cohort-rules"), node.H2(node.ID("cohort-rules"), m.t(lang.CohortRules)),
		m.how("how-cohort", "", cohort.Rule, diary.RuleMainstay, diary.RuleRate, diary.RuleConsumption, diary.RuleAdherence, diary.RuleObserved)))...)
}

// choices are what the cohort is looked at by. They count as soon as they are made.
func (m Cohort) choices() node.Node {
	f := func(name string, k lang.Key) field { return field{Base: m.Base, name: name, label: k} }
	live := node.Live(ActCohortBy)
	var classes []node.Node
	for _, s := range m.Is.Strata {
		classes = append(classes, option(s.Name(), m.className(s.Class)+" ("+m.Lang.Int(s.N)+")", m.Class))
	}
	if n := len(m.Is.Apart()); n > 0 || m.Class == CohortApart || len(m.Is.Strata) == 0 {
		classes = append(classes, option(CohortApart, m.Lang.T(lang.CohortApart)+" ("+m.Lang.Int(n)+")", m.Class))
	}
	var periods []node.Node
	for _, n := range CohortPeriods {
		periods = append(periods, option(strconv.Itoa(n), m.Lang.N(lang.VisitMonths, n), strconv.Itoa(m.Months)))
	}
	grade := ""
	if m.Severity != 0 {
		grade = m.Severity.Key()
	}
	grades := []node.Node{option("", m.Lang.T(lang.CohortEverybody), grade)}
	for _, g := range diary.Grades() {
		grades = append(grades, option(g.Key(), m.Lang.Label(g.Key()), grade))
	}
	return form("cohort-by", ActCohortBy, node.Class("cohort-by"),
		f(FieldClass, lang.CohortClass).pick(node.Group(classes...), live),
		f(FieldSeverity, lang.CohortSeverity).pick(node.Group(grades...), live),
		f(FieldMonths, lang.CohortPeriod).pick(node.Group(periods...), live))
}

func (m Cohort) stratum(s cohort.Stratum) []node.Item {
	all := m.Is.In(s.Class)
	shown := all
	if m.Letter != cohort.Ungrouped || m.Loose {
		shown = slices.DeleteFunc(slices.Clone(all), func(x cohort.Member) bool { return x.Letter != m.Letter })
	}
	items := []node.Item{node.H2(node.Text(m.className(s.Class)))}
	if s.Cut() {
		items = append(items, m.p("sub", lang.CohortMeans, "joint", m.Lang.Number(s.Joint, 2), "use", m.number(s.Use), "unit", m.unit(s), "n", m.Lang.Int(s.Counted)), m.groups(s))
	} else {
		items = append(items, m.p("sub", lang.CohortSmall, "n", m.Lang.Int(cohort.LeastAlike)))
	}
	charts := node.Div(node.Class("charts"), m.histogram(cohort.JointPerYear, "cohort-joint", all, s), m.histogram(cohort.UsePerKg, "cohort-use", all, s))
	return append(items, node.Div(node.Class("cohort-pair"), m.table(shown, s), m.scatter(all, s)), m.spreads(all, s), charts)
}

// groups are the four, and who is in none. A press shows only those, another one
// all again.
func (m Cohort) groups(s cohort.Stratum) node.Node {
	box := node.Div(node.Class("cohort-groups"), node.Role("group"), node.Aria("label", m.Lang.T(lang.CohortGroups)))
	for _, l := range append(cohort.Letters(), cohort.Ungrouped) {
		n := s.Groups[l]
		if l == cohort.Ungrouped && n == 0 {
			continue
		}
		on := l == m.Letter && (l != cohort.Ungrouped || m.Loose)
		name, sub := m.Lang.T(lang.CohortLoose), ""
		if l != cohort.Ungrouped {
			name = m.Lang.T(lang.CohortGroup, "letter", letterOf(l))
			sub = m.Lang.Label(l.Key())
		}
		count := m.Lang.N(lang.PatientsCount, n)
		if l != cohort.Ungrouped && s.Counted > 0 {
			count += " · " + m.Lang.Percent(float64(n)/float64(s.Counted))
		}
		box = box.With(node.Button(node.ID("cohort-"+strconv.Itoa(int(l))), node.Type("button"), node.Class("cohort-group"), node.Act(ActCohortGroup), node.Name(FieldLetter), node.Value(strconv.Itoa(int(l))),
			node.Aria("pressed", strconv.FormatBool(on)), node.Strong(node.Text(name)), node.Span(node.Class("num"), node.Text(count)), node.If(sub != "", node.Small(node.Text(sub)))))
	}
	return box
}

// letterOf is that of a group; of who is in none, nothing is drawn.
func letterOf(l cohort.Letter) string { return string('A' + rune(l-cohort.A)) }

// sortHead is the head of a column that sorts by it.
func (b Base) sortHead(act, id string, column int, label string, o Order) node.Node {
	way := "none"
	mark := ""
	if o.Column == column {
		way, mark = "ascending", "↑"
		if o.Down {
			way, mark = "descending", "↓"
		}
	}
	v := strconv.Itoa(column)
	return node.Th(node.Scope("col"), node.Role("columnheader"), node.Aria("sort", way),
		node.Button(node.ID(id+"-"+v), node.Type("button"), node.Class("sort"), node.Act(act), node.Name(FieldColumn), node.Value(v), node.Text(label),
			node.Span(node.Class("sort-mark"), node.Aria("hidden", "true"), node.Text(mark))))
}

// sorted says in words what the mark in a head shows.
func (b Base) sorted(label string, o Order) string {
	if o.Down {
		return b.Lang.T(lang.SortedDown, "column", label)
	}
	return b.Lang.T(lang.SortedUp, "column", label)
}

// Sorted says by what the table is sorted.
func (m Cohort) Sorted() string { return m.sorted(m.head(m.Order.Column), m.Order) }

// head is what a column of the table is called.
func (b Base) head(column int) string {
	switch column {
	case cohortWho:
		return b.Lang.T(lang.ColPatient)
	case cohortGroup:
		return b.Lang.T(lang.CohortGroupHead)
	case cohortDays:
		return b.Lang.T(lang.CohortDays)
	}
	return b.Lang.T(figureName(cohort.Figure(column - cohortFigures)))
}

// table is the members, each with a way to the patient.
func (m Cohort) table(list []cohort.Member, s cohort.Stratum) node.Node {
	list = slices.Clone(list)
	arrange.By(list, func(a, b cohort.Member) int { return m.compare(a, b) })
	head := node.Tr(node.Role("row"))
	var w wide
	for c := range cohortDays + 1 {
		label := m.head(c)
		head = head.With(m.sortHead(ActCohortSort, "cohort-by", c, label, m.Order))
		w.labels = append(w.labels, label)
	}
	body := w.tbody()
	shown := list[:min(len(list), m.Shown)]
	for _, x := range shown {
		id, who := strconv.Itoa(int(x.N)), m.Names[x.N]
		group := m.Lang.Label(x.Why.Key())
		if x.Letter != cohort.Ungrouped {
			group = letterOf(x.Letter)
		}
		row := w.tr(node.ID("cohort-row-"+id), w.th(node.Button(node.ID("cohort-who-"+id), node.Type("button"), node.Class("link num"), node.Act(ActPatientOpen), node.Name(FieldPatient), node.Value(id), node.Text(who.Pseudonym)),
			node.If(who.CaseNote != "", node.Span(node.Class("sub"), node.Text(" "+who.CaseNote)))),
			w.td(cohortGroup, "", node.Text(group)))
		for f := range cohort.Figures {
			v, ok := x.Figure(f)
			row = row.With(w.td(cohortFigures+int(f), "num", node.Text(m.figure(f, v, ok))))
		}
		body = body.With(row.With(w.td(cohortDays, "num", node.Text(m.Lang.Int(x.Observed.Days)))))
	}
	caption := m.Lang.T(lang.CohortCount, "n", m.Lang.Int(len(shown)), "of", m.Lang.Int(len(list)))
	if s.N > 0 {
		caption += " " + m.Lang.T(lang.CohortUseIn, "unit", m.unit(s))
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "cohort-table"),
		node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "cohort-table"),
			w.table("data cohort-table", node.Caption(node.ID("cohort-table"), node.Text(caption)), node.Thead(node.Role("rowgroup"), head), body)),
		node.If(len(shown) < len(list), m.button(ActDiaryMore, "block", lang.ShowMoreRows, node.ID("cohort-more"))))
}

// compare orders two members; who has no value is last either way.
func (m Cohort) compare(a, b cohort.Member) int {
	way := 1
	if m.Order.Down {
		way = -1
	}
	c := 0
	switch at := m.Order.Column; {
	case at == cohortGroup:
		if (a.Letter == 0) != (b.Letter == 0) {
			return first(b.Letter == 0)
		}
		c = cmp.Or(cmp.Compare(a.Letter, b.Letter), cmp.Compare(a.Why, b.Why))
	case at == cohortDays:
		c = cmp.Compare(a.Observed.Days, b.Observed.Days)
	case at >= cohortFigures:
		x, known := a.Figure(cohort.Figure(at - cohortFigures))
		y, also := b.Figure(cohort.Figure(at - cohortFigures))
		if known != also {
			return first(known)
		}
		c = cmp.Compare(x, y)
	}
	if c != 0 {
		return way * c
	}
	if c = cmp.Compare(m.Names[a.N].Pseudonym, m.Names[b.N].Pseudonym); m.Order.Column == cohortWho {
		c *= way
	}
	return c
}

func first(yes bool) int {
	if yes {
		return -1
	}
	return 1
}

// cohortHeight is the height of the drawing, here and in the style sheet, in pixels.
const cohortHeight = 280

// scatter is a dot for each member with both figures, cut at the means. A dot
// leads to the patient, as the rows of the table do.
func (m Cohort) scatter(list []cohort.Member, s cohort.Stratum) node.Node {
	type dot struct {
		cohort.Member
		x, y float64
	}
	var dots []dot
	wide, high := s.Use, s.Joint
	for _, x := range list {
		joint, a := x.Figure(cohort.JointPerYear)
		use, b := x.Figure(cohort.UsePerKg)
		if a && b {
			dots = append(dots, dot{x, use, joint})
			wide, high = max(wide, use), max(high, joint)
		}
	}
	if len(dots) == 0 {
		return node.Node{}
	}
	const width = 1000
	across, up := scaleOf(wide, false), scaleOf(high, false)
	x := func(v float64) float64 { return width * v / across.high }
	y := func(v float64) float64 { return up.at(v, cohortHeight) }
	stroke := node.Set("vector-effect", "non-scaling-stroke")
	lines := new(path)
	for _, v := range up.ticks() {
		lines.line(0, y(v), width, y(v))
	}
	for _, v := range across.ticks() {
		lines.line(x(v), y(0), x(v), y(up.high))
	}
	title := m.Lang.T(lang.CohortChart)
	svg := node.SVG(node.Class("area cohort-area"), node.ViewBox("0 0 "+strconv.Itoa(width)+" "+strconv.Itoa(cohortHeight)), node.Set("preserveAspectRatio", "none"), node.Role("group"), node.Aria("label", m.Lang.T(lang.CohortSaid, "n", m.Lang.Int(len(dots)))),
		node.Path(node.Class("grid"), node.D(lines.String()), stroke))
	if s.Cut() {
		cut := new(path).line(0, y(s.Joint), width, y(s.Joint)).line(x(s.Use), y(0), x(s.Use), y(up.high))
		svg = svg.With(node.Path(node.Class("cohort-cut"), node.D(cut.String()), stroke))
	}
	for i, d := range dots {
		id := strconv.Itoa(int(d.N))
		group := m.Lang.Label(d.Why.Key())
		if d.Letter != cohort.Ungrouped {
			group = m.Lang.T(lang.CohortGroup, "letter", letterOf(d.Letter))
		}
		class, tab := "cohort-dot", -1
		if i == 0 {
			tab = 0
		}
		if (m.Letter != cohort.Ungrouped || m.Loose) && d.Letter != m.Letter {
			class += " aside"
		}
		svg = svg.With(node.Path(node.ID("dot-"+id), node.Class(class), node.Role("button"), node.Tabindex(tab), node.Act(ActCohortDot),
			node.Aria("label", m.Lang.T(lang.CohortDot, "who", m.Names[d.N].Pseudonym, "group", group, "joint", m.Lang.Number(d.y, 1), "use", m.number(d.x), "unit", m.unit(s))),
			node.D(new(path).dot(x(d.x), y(d.y)).String()), stroke))
	}
	ticks := node.Div(node.Class("axis-x"))
	for _, v := range across.ticks() {
		if v < across.high {
			ticks = ticks.With(node.Span(node.Text(m.Lang.Number(v, across.decimals()))))
		}
	}
	var corners node.Node
	if s.Cut() {
		corners = node.Div(node.Class("cohort-corners"), node.Aria("hidden", "true"), node.Each([]cohort.Letter{cohort.D, cohort.C, cohort.A, cohort.B}, func(l cohort.Letter) node.Node {
			return node.Span(node.Text(letterOf(l)))
		}))
	}
	return node.Figure(node.ID("cohort-chart"), node.Class("card scatter"),
		node.Figcaption(node.H3(node.Text(title)), node.P(node.Class("sub"), m.t(lang.CohortAxes, "unit", m.unit(s)))),
		node.Div(node.Class("plot"), up.beside(m.Lang, "", cohortHeight), node.Div(node.Class("cohort-plot"), svg, corners), ticks),
		node.If(s.Cut(), m.p("hint", lang.CohortCuts)))
}

// spreads is how each figure is distributed.
func (m Cohort) spreads(list []cohort.Member, s cohort.Stratum) node.Node {
	t := table{heads: []string{m.Lang.T(lang.CohortFigure), m.Lang.T(lang.CohortN), m.Lang.T(lang.CohortMin), m.Lang.T(lang.CohortQ1), m.Lang.T(lang.CohortMedian), m.Lang.T(lang.CohortQ3), m.Lang.T(lang.CohortMax), m.Lang.T(lang.CohortMean)}}
	for f := range cohort.Figures {
		d := cohort.SpreadOf(values(list, f))
		name := m.Lang.T(figureName(f))
		if f == cohort.UsePerKg {
			name += ", " + m.unit(s)
		}
		row := []string{name, m.Lang.Int(d.N)}
		for _, v := range [...]float64{d.Min, d.Q1, d.Median, d.Q3, d.Max, d.Mean} {
			row = append(row, m.figure(f, v, d.N > 0))
		}
		t.rows = append(t.rows, row)
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "cohort-spread"), node.H3(node.ID("cohort-spread"), m.t(lang.CohortSpread)),
		node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "cohort-spread"), t.draw("cohort-spreads", m.Lang.T(lang.CohortSpreadIs))))
}

func values(list []cohort.Member, f cohort.Figure) []float64 {
	var out []float64
	for _, x := range list {
		if v, ok := x.Figure(f); ok {
			out = append(out, v)
		}
	}
	return out
}

// histogram counts members by a figure, in at most twelve bins of a round width.
func (m Cohort) histogram(f cohort.Figure, id string, list []cohort.Member, s cohort.Stratum) node.Node {
	got := values(list, f)
	if len(got) == 0 {
		return node.Node{}
	}
	most := slices.Max(got)
	width := scaleOf(most/3, f == cohort.JointPerYear && most > 3).step
	counts := cohort.Bins(got, width, int(most/width)+1)
	decimals := scale{step: width}.decimals()
	edge := func(i int) string { return m.Lang.Number(float64(i)*width, decimals) }
	c := chart{Base: m.Base, id: id, table: table{heads: []string{m.Lang.T(figureName(f)), m.Lang.T(lang.CohortN)}}}
	c.finding, c.axis = m.Lang.T(figureName(f)), m.Lang.T(lang.CohortBars)
	if f == cohort.UsePerKg {
		c.finding += ", " + m.unit(s)
	}
	var columns []column
	top := 0
	for i, n := range counts {
		columns = append(columns, column{label: edge(i), pieces: []float64{float64(n)}, plan: -1})
		c.table.rows = append(c.table.rows, []string{m.Lang.T(lang.CohortBin, "from", edge(i), "to", edge(i+1)), m.Lang.Int(n)})
		top = max(top, n)
	}
	d := cohort.SpreadOf(got)
	c.said = m.Lang.T(lang.CohortBarsSaid, "what", c.finding, "median", m.figure(f, d.Median, true), "low", m.figure(f, d.Min, true), "high", m.figure(f, d.Max, true))
	c.plot = m.bars(columns, scaleOf(float64(top), true), "", solid)
	return c.draw()
}
