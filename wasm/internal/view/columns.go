package view

import (
	"slices"
	"strconv"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Columns of the list of patients. Their numbers are kept in vaults: what is new
// comes last. The first is what the list is sorted by at first: those who need
// somebody come before the others.
const (
	ColumnState = iota
	ColumnWho   // always there, and first
	ColumnNote
	ColumnLast
	ColumnNews
	ColumnDiagnosis
	ColumnSeverity
	ColumnProduct
	ColumnPlan
	ColumnABR
	ColumnAJBR
	ColumnTargets
	ColumnLastBleed
	ColumnAdherence
	ColumnStock
	ColumnWork
	ColumnCheck
	PatientColumns // how many there are
)

// UsualColumns are those of who has chosen none.
var UsualColumns = []int{ColumnNote, ColumnLast, ColumnState, ColumnNews}

// A columnKind says how a column is named, class its cells, and whether large
// values come first.
type columnKind struct {
	name    lang.Key
	class   string
	down    bool
	figures bool // its values are worked out from all of a diary
}

var columnKinds = [PatientColumns]columnKind{
	ColumnState:     {lang.ColState, "c-state", false, false},
	ColumnWho:       {lang.ColPatient, "c-id", false, false},
	ColumnNote:      {lang.ColCaseNote, "", false, false},
	ColumnLast:      {lang.ColLast, "", true, false},
	ColumnNews:      {lang.ColNews, "", true, false},
	ColumnDiagnosis: {lang.ColDiagnosis, "", false, true},
	ColumnSeverity:  {lang.ColSeverity, "", false, true},
	ColumnProduct:   {lang.ColProduct, "", false, true},
	ColumnPlan:      {lang.PlanLabel, "c-plan", false, true},
	ColumnABR:       {lang.CohortAll, "num", true, true},
	ColumnAJBR:      {lang.CohortJoint, "num", true, true},
	ColumnTargets:   {lang.ColTargets, "num", true, true},
	ColumnLastBleed: {lang.ColLastBleed, "num", true, true},
	ColumnAdherence: {lang.CohortAdherence, "num", false, true},
	ColumnStock:     {lang.ColStock, "num", false, true},
	ColumnWork:      {lang.ColWork, "num", true, false},
	ColumnCheck:     {lang.ColCheck, "num", false, false},
}

// PatientColumn reads a column, and whether its large values come first.
func PatientColumn(value string) (column int, down bool) {
	column = oneOf(value, PatientColumns-1)
	return column, columnKinds[column].down
}

// ColumnFigures tells whether a column needs PatientRow.Figures.
func ColumnFigures(column int) bool { return columnKinds[column].figures }

// GoodColumns tells whether columns can be chosen like that: each of them once,
// and without ColumnWho, which is always there.
func GoodColumns(list []int) bool {
	for i, c := range list {
		if c < 0 || c >= PatientColumns || c == ColumnWho || slices.Contains(list[:i], c) {
			return false
		}
	}
	return true
}

// MaxStockDays is the most that is said of a stock; from there on it is enough.
const MaxStockDays = 365

// A PatientFigures is what a row says that needs all of a diary. Figures are those
// of the last twelve months.
type PatientFigures struct {
	Diagnosis diary.Diagnosis
	Severity  diary.Grade
	Product   string // that is planned, else that was given last
	Plan      string
	ABR, AJBR diary.Rate
	Targets   int // joints that are target joints
	LastBleed diary.Moment
	Doses     diary.Adherence
	Stocked   bool // something is planned and kept in stock
	StockDays int  // until it runs out, at most MaxStockDays
}

// PatientText is what the list says of a patient in a column; the same words are
// searched. It is empty where nothing is known.
func (b Base) PatientText(r PatientRow, column int) string {
	l := b.Lang
	f := r.Figures
	if f == nil {
		f = new(PatientFigures)
	}
	rate := func(x diary.Rate) string {
		if v, ok := x.PerYear(); ok {
			return l.Number(v, 1)
		}
		return ""
	}
	switch column {
	case ColumnWho:
		return r.Pseudonym
	case ColumnNote:
		return r.CaseNote
	case ColumnState:
		if r.Bleeding {
			return l.T(lang.BleedOpen, "place", l.Label(r.Place.Key()))
		}
		return l.T(r.State.text())
	case ColumnLast:
		switch {
		case !r.Last.IsZero():
			return l.T(r.LastKind.name()) + " " + l.When(b.Now, r.Last)
		case r.ID != "":
			return l.T(lang.NoEntryYet)
		}
	case ColumnNews:
		if r.Unread > 0 {
			return l.N(lang.UnreadCount, r.Unread)
		}
	case ColumnDiagnosis:
		if f.Diagnosis != 0 {
			return l.Label(f.Diagnosis.Key())
		}
	case ColumnSeverity:
		if f.Severity != 0 {
			return l.Label(f.Severity.Key())
		}
	case ColumnProduct:
		return f.Product
	case ColumnPlan:
		return f.Plan
	case ColumnABR:
		return rate(f.ABR)
	case ColumnAJBR:
		return rate(f.AJBR)
	case ColumnTargets:
		if r.Figures != nil {
			return l.Int(f.Targets)
		}
	case ColumnLastBleed:
		if !f.LastBleed.IsZero() {
			return l.DateShort(f.LastBleed.Time())
		}
	case ColumnAdherence:
		if v, ok := f.Doses.Number(); ok {
			return l.Percent(v)
		}
	case ColumnStock:
		switch {
		case f.Stocked && f.StockDays == MaxStockDays:
			return l.T(lang.StockLong)
		case f.Stocked:
			return l.N(lang.DaysLong, f.StockDays)
		}
	case ColumnWork:
		if r.ID != "" && r.State != PatientLeft {
			return l.Int(r.Work)
		}
	case ColumnCheck:
		switch {
		case r.State == PatientLeft:
		case r.CheckDue != 0:
			return l.T(lang.CheckIsDue, "year", strconv.Itoa(r.CheckDue))
		default:
			return l.T(lang.CheckInJanuary, "year", strconv.Itoa(b.Now.Year()+1))
		}
	}
	return ""
}

// ColumnsForm is where the columns of the list of patients are chosen.
type ColumnsForm struct {
	Frame
	Chosen []int
}

// Placed says where a column is now. It is empty for one that is not shown, whose
// button says so.
func (m ColumnsForm) Placed(column int) string {
	at := slices.Index(m.Chosen, column)
	if at < 0 {
		return ""
	}
	return m.Lang.T(lang.ColumnAt, "column", m.Lang.T(columnKinds[column].name), "n", strconv.Itoa(at+1), "of", strconv.Itoa(len(m.Chosen)))
}

// Node draws the screen.
func (m ColumnsForm) Node() node.Node {
	list := node.Ol(node.Class("card columns-list"))
	item := func(c int, moves ...node.Node) node.Node {
		v, shown := strconv.Itoa(c), slices.Contains(m.Chosen, c)
		mark := iconPlus
		if shown {
			mark = iconCheck
		}
		return node.Li(node.ID("column-"+v), node.Button(node.ID("column-show-"+v), node.Type("button"), node.Class("column-name"), node.Act(ActColumnShow), node.Name(FieldColumn), node.Value(v),
			node.Aria("pressed", strconv.FormatBool(shown)), mark.draw("small"), node.Span(m.t(columnKinds[c].name))), node.Group(moves...))
	}
	move := func(act string, c int, label lang.Key, mark string, can bool) node.Node {
		v := strconv.Itoa(c)
		return node.Button(node.ID("column-"+act[len("columns."):]+"-"+v), node.Type("button"), node.Class("round"), node.Act(act), node.Name(FieldColumn), node.Value(v),
			node.Aria("disabled", strconv.FormatBool(!can)), node.Span(node.Aria("hidden", "true"), node.Text(mark)), hidden(m.Lang.T(label, "column", m.Lang.T(columnKinds[c].name))))
	}
	for i, c := range m.Chosen {
		list = list.With(item(c, move(ActColumnUp, c, lang.ColumnUp, "↑", i > 0), move(ActColumnDown, c, lang.ColumnDown, "↓", i < len(m.Chosen)-1)))
	}
	rest := node.Ul(node.Class("card columns-list"))
	for c := range PatientColumns {
		if c != ColumnWho && !slices.Contains(m.Chosen, c) {
			rest = rest.With(item(c))
		}
	}
	var more node.Node
	if len(rest.Children()) > 0 {
		more = node.Section(node.Aria("labelledby", "columns-rest"), node.H2(node.ID("columns-rest"), m.t(lang.ColumnsRest)), rest)
	}
	chosen := node.Section(node.Aria("labelledby", "columns-shown"), node.H2(node.ID("columns-shown"), m.t(lang.ColumnsShown)),
		node.If(len(m.Chosen) == 0, m.p("sub", lang.ColumnsNone)), node.If(len(m.Chosen) > 0, list))
	return m.inside(page{"columns", true, "narrow"},
		node.H1(m.t(lang.ColumnsTitle)), m.p("lead", lang.ColumnsLead), chosen, more,
		node.Div(node.Class("actions"), m.button(ActGoPatients, "primary", lang.ColumnsDone, node.ID("columns-done")),
			m.button(ActColumnsReset, "quiet", lang.ColumnsReset, node.ID("columns-reset"))),
		m.p("hint", lang.ColumnsHere))
}
