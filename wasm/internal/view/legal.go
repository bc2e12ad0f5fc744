package view

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/record"
)

// The centre's legal record, and the yearly check of each diary.

// A LegalRow is one dose of the record, or a version of one.
type LegalRow struct {
	PatientID string // empty: nothing of the diary is here
	Gone      bool   // the diary is not shared any more
	Death     string // because the patient has died: that, and when
	Pseudonym string
	CaseNote  string
	At        time.Time
	Product   string
	Company   string
	Amount    string
	Lots      []LegalLot
	Reason    diary.Reason
	State     record.State
	Now       string // what counts instead
	Missing   record.Missing
	Differs   bool
	Kept      time.Time // when it was recorded
	By        string    // by whom
}

// A LegalLot is a lot in the record.
type LegalLot struct {
	Batch    string
	Expiry   diary.Date
	Strength string // of a pack
	PZN      string
	Vials    int
}

// LegalQuery is what the record is narrowed to, as typed.
type LegalQuery struct {
	Product    string // value of a choice
	Batch      string
	Patient    string // the patient's space, in hex
	From       string
	Until      string
	Incomplete bool
}

// LegalRecord is the record with what a search finds.
type LegalRecord struct {
	Frame
	Records  int       // all of them
	Since    time.Time // of the first dose
	Patients int       // of whom
	Left     int       // of them, those whose diary is not shared any more
	Waiting  int       // received and not recorded yet
	Lacking  int       // doses that stand and are incomplete

	Query    LegalQuery
	Products []Choice
	Who      Finder

	Found    int // doses and their versions
	Doses    int // that stand
	Of       int // patients
	Sums     []string
	Rows     []LegalRow
	More     bool
	Problems []Problem
}

// Node draws the screen.
func (m LegalRecord) Node() node.Node {
	q := m.Query
	pick := func(name string, label, all lang.Key, list []Choice, chosen string) node.Node {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}.pick(node.Group(option("", m.Lang.T(all), chosen),
			node.Each(list, func(c Choice) node.Node { return option(c.Value, c.Label, chosen) })))
	}
	facts := node.Dl(node.Class("facts"), m.fact(lang.LegalRecords, node.Class("num"), node.Text(m.Lang.Int(m.Records))))
	if !m.Since.IsZero() {
		facts = facts.With(m.fact(lang.LegalSince, node.Class("num"), node.Text(m.Lang.Date(m.Since))))
	}
	whom := m.Lang.N(lang.PatientsCount, m.Patients)
	if m.Left > 0 {
		whom += " (" + m.Lang.N(lang.LegalLeft, m.Left) + ")"
	}
	facts = facts.With(m.fact(lang.LegalOf, node.Class("num"), node.Text(whom)))
	waits := node.P(node.ID("legal-waiting"), node.Class("panel good"), node.Role("status"), iconCheck.draw(""), node.Span(m.t(lang.LegalComplete)))
	if m.Waiting > 0 {
		waits = node.P(node.ID("legal-waiting"), node.Class("panel calm"), node.Role("status"), iconClock.draw(""), node.Span(m.n(lang.LegalWaiting, m.Waiting)))
	}
	items := []node.Item{
		node.H1(m.t(lang.LegalTitle)), m.p("lead", lang.LegalLead),
		node.Div(node.Class("card"), facts), waits,
		node.Div(node.Class("actions screen"), m.button(ActYears, "", lang.YearlyListTitle, node.ID("legal-years"), iconCheck.draw("small")),
			m.button(ActRecallForm, "quiet", lang.RecallDo, node.ID("recall-form"), iconAlert.draw("small"))),
	}
	if m.Records == 0 {
		items = append(items, node.Div(node.Class("card"), m.empty(iconDiary, lang.LegalEmptyTitle, lang.LegalEmptyText)))
		return m.inside(page{"legal", true, "wide"}, items...)
	}
	if m.Lacking > 0 {
		items = append(items, node.Div(node.Class("panel calm"), iconAlert.draw(""), node.Div(node.P(m.n(lang.LegalLacking, m.Lacking)),
			m.button(ActLegal, "", lang.LegalLackingDo, append(with(FieldIncomplete, "yes"), node.ID("legal-lacking"))...))))
	}
	items = append(items, m.summary(m.Problems),
		node.Section(node.Class("card screen"), node.Aria("labelledby", "legal-find"), node.H2(node.ID("legal-find"), m.t(lang.LegalFind)),
			form("legal", ActLegalFind,
				node.Div(node.Class("legal-form"),
					field{Base: m.Base, name: FieldBatch, label: lang.LegalBatch, hint: lang.LegalBatchHint, optional: true, problems: m.Problems}.input(q.Batch, append(exact("text", "text"), node.Maxlength(32))...),
					pick(FieldProduct, lang.FieldProductName, lang.LegalAllProducts, m.Products, q.Product),
					field{Base: m.Base, name: FieldFrom, label: lang.LegalFrom, optional: true, problems: m.Problems}.input(q.From, node.Type("date")),
					field{Base: m.Base, name: FieldUntil, label: lang.LegalUntil, optional: true, problems: m.Problems}.input(q.Until, node.Type("date"))),
				m.finder(m.Who, "legal-who", ActLegalOf, ActLegalEverybody, node.Live(ActLegalWho)),
				node.Div(node.Class("chips"), chip{"checkbox", FieldIncomplete, "yes", m.Lang.T(lang.LegalOnlyLacking), q.Incomplete, ""}.draw(fieldID(FieldIncomplete))),
				node.Div(node.Class("actions"), m.submit(lang.LegalFindDo), m.button(ActLegal, "quiet", lang.LegalAll, node.ID("legal-all"))))))
	sum := m.Lang.N(lang.LegalFound, m.Found) + ", " + m.Lang.N(lang.PatientsCount, m.Of) + "; " + m.Lang.N(lang.LegalStand, m.Doses)
	if len(m.Sums) > 0 {
		sum += ": " + strings.Join(m.Sums, ", ")
	}
	items = append(items, node.P(node.ID("legal-count"), node.Class("count"), node.Role("status"), node.Text(sum)))
	if len(m.Rows) == 0 {
		items = append(items, node.Div(node.Class("card"), m.p("sub", lang.LegalNone)))
	} else {
		items = append(items, node.Div(node.Class("card"), m.legalTable(m.Rows)))
	}
	items = append(items, node.Div(node.Class("actions screen"),
		node.If(m.More, m.button(ActDiaryMore, "", lang.ShowMoreRows, node.ID("legal-more"))),
		node.If(m.Found > 0, m.button(ActLegalSave, "", lang.LegalSave, node.ID("legal-save"))),
		m.button(ActSheetPrint, "", lang.PapersPrint, node.ID("legal-print"), iconPrint.draw(""))),
		m.p("hint", lang.LegalLaw))
	return m.inside(page{"legal", true, "wide"}, items...)
}

// legalTable lists doses: all that the law asks for in each row.
func (b Base) legalTable(rows []LegalRow) node.Node {
	w, head := b.wide(lang.FactWhen, lang.ColPatient, lang.FieldProductName, lang.FieldAmountName, lang.LegalLots, lang.ColState)
	body := w.tbody()
	for i, r := range rows {
		body = body.With(w.tr(
			w.th(node.Class("num"), node.Text(b.Lang.DateShort(r.At)+" "+b.Lang.Clock(r.At))),
			w.td(1, "", b.legalPatient(r, "legal-"+strconv.Itoa(i))),
			w.td(2, "", node.Text(r.Product), node.If(r.Company != "", node.Small(node.Class("sub"), node.Text(" "+r.Company)))),
			w.td(3, "num", node.Text(r.Amount)),
			w.td(4, "", node.Each(r.Lots, func(l LegalLot) node.Node { return node.P(node.Class("num"), node.Text(b.legalLot(l))) })),
			w.td(5, "", b.legalState(r))))
	}
	return node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", b.Lang.T(lang.LegalTitle)),
		w.table("plain legal", node.Caption(node.Class("vh"), b.t(lang.LegalTitle)), head, body))
}

func (b Base) legalPatient(r LegalRow, at string) node.Node {
	name := node.Span(node.Class("num"), node.Text(r.Pseudonym))
	if r.PatientID != "" {
		name = node.Button(node.ID(at), node.Type("button"), node.Class("link num"), node.Act(ActPatientOpen), node.Name(FieldPatient), node.Value(r.PatientID), node.Text(r.Pseudonym))
	}
	beside := func(s string) node.Node { return node.Small(node.Class("sub"), node.Text(" "+s)) }
	if r.Gone {
		name = node.Group(name, beside(cmp.Or(r.Death, b.Lang.T(lang.LegalGone))))
	}
	if r.CaseNote != "" {
		name = node.Group(name, beside(r.CaseNote))
	}
	return name
}

func (b Base) legalLot(l LegalLot) string {
	parts := []string{l.Batch}
	if l.Batch == "" {
		parts[0] = b.Lang.T(lang.LegalNoBatch)
	}
	if l.Vials > 0 {
		v := b.Lang.N(lang.VialsCount, l.Vials)
		if l.Strength != "" {
			v += " " + b.Lang.T(lang.LegalEach, "amount", l.Strength)
		}
		parts = append(parts, v)
	} else if l.Strength != "" {
		parts = append(parts, l.Strength)
	}
	if l.PZN != "" {
		parts = append(parts, "PZN "+l.PZN)
	}
	return strings.Join(parts, " · ")
}

func (b Base) legalState(r LegalRow) node.Node {
	out := node.Div(node.Class("legal-state"))
	switch r.State {
	case record.Stands:
		out = out.With(node.P(b.t(lang.LegalStands)))
	case record.Corrected:
		out = out.With(node.P(badge("", b.t(lang.LegalCorrected))), node.If(r.Now != "", node.P(node.Class("num"), b.t(lang.LegalNow, "what", r.Now))))
	case record.Withdrawn:
		out = out.With(node.P(badge("", b.t(lang.LegalWithdrawn))))
	}
	for _, k := range MissingKeys(r.Missing) {
		if r.State == record.Stands {
			out = out.With(node.P(badge("accent", b.t(k))))
		}
	}
	if r.Differs {
		out = out.With(node.P(badge("alarm", b.t(lang.LegalDiffers))))
	}
	if !r.Kept.IsZero() {
		out = out.With(node.P(node.Class("sub num"), b.t(lang.LegalKept, "when", b.Lang.DateShort(r.Kept), "who", r.By)))
	}
	return out
}

// MissingKeys says what a record lacks.
func MissingKeys(m record.Missing) (out []lang.Key) {
	for _, x := range []struct {
		bit record.Missing
		k   lang.Key
	}{{record.NoLot, lang.LegalNoLot}, {record.NoAmount, lang.LegalNoAmount}, {record.NoStrength, lang.LegalNoStrength}, {record.NoCompany, lang.LegalNoCompany}} {
		if m&x.bit != 0 {
			out = append(out, x.k)
		}
	}
	return out
}

// YearState is how a patient's year stands with the check.
type YearState uint8

// States of a check.
const (
	YearDue     YearState = iota
	YearRunning           // the year is not over
	YearChecked
	YearChanged // the record has changed since the check
)

func (s YearState) text() lang.Key {
	return [...]lang.Key{lang.YearlyDue, lang.YearlyRunning, lang.YearlyChecked, lang.YearlyChanged}[s]
}

// A YearRow is one patient's year.
type YearRow struct {
	Space      string // value of FieldSpace
	Pseudonym  string
	CaseNote   string
	Gone       bool // the diary is not shared any more
	Doses      int
	Incomplete int
	State      YearState
	By         string
	At         time.Time
}

// CheckYears lists the patients of a year with what is still to be checked.
type CheckYears struct {
	Frame
	Year  int
	Years []int
	Due   int
	Rows  []YearRow // what is due first
}

// Node draws the screen.
func (m CheckYears) Node() node.Node {
	list := make([]node.Node, 0, len(m.Years))
	for _, y := range m.Years {
		list = append(list, option(strconv.Itoa(y), strconv.Itoa(y), strconv.Itoa(m.Year)))
	}
	items := []node.Item{node.H1(m.t(lang.YearlyListTitle)), m.p("lead", lang.YearlyListLead),
		form("years", ActYears, node.Live(ActYears), node.Class("screen"), field{Base: m.Base, name: FieldYear, label: lang.YearlyListYear}.pick(node.Group(list...)))}
	if len(m.Rows) == 0 {
		items = append(items, node.Div(node.Class("card"), m.p("sub", lang.YearlyListNone, "year", strconv.Itoa(m.Year))))
		return m.inside(page{"years", true, "wide"}, items...)
	}
	w, head := m.wide(lang.ColPatient, lang.YearlyListDoses, lang.YearlyListIncomplete, lang.ColState)
	body := w.tbody()
	for i, r := range m.Rows {
		state := m.t(r.State.text())
		switch r.State {
		case YearDue, YearChanged:
			state = badge("accent", state)
		}
		by := node.Node{}
		if r.By != "" {
			by = node.Small(node.Class("sub num"), node.Text(" "+r.By+", "+m.Lang.Date(r.At)))
		}
		body = body.With(w.tr(
			w.th(node.Button(node.ID("year-"+strconv.Itoa(i)), node.Type("button"), node.Class("link num"), node.Act(ActYearOpen), node.Name(FieldSpace), node.Value(r.Space), node.Text(r.Pseudonym)),
				node.If(r.CaseNote != "", node.Small(node.Class("sub"), node.Text(" "+r.CaseNote))),
				node.If(r.Gone, node.Small(node.Class("sub"), node.Text(" "+m.Lang.T(lang.LegalGone))))),
			w.td(1, "num", node.Text(m.Lang.Int(r.Doses))),
			w.td(2, "num", node.Text(m.Lang.Int(r.Incomplete))),
			w.td(3, "", state, by)))
	}
	items = append(items, node.P(node.ID("years-due"), node.Class("count"), node.Role("status"), m.n(lang.YearlyListDue, m.Due)),
		node.Div(node.Class("card"), node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", m.Lang.T(lang.YearlyListTitle)),
			w.table("plain", node.Caption(node.Class("vh"), m.t(lang.YearlyListTitle)), head, body))),
		node.Div(node.Class("actions screen"), m.button(ActSheetPrint, "", lang.PapersPrint, iconPrint.draw(""))))
	return m.inside(page{"years", true, "wide"}, items...)
}

// A YearFinding is one thing that a check shows.
type YearFinding struct {
	Kind    record.Finding
	At      time.Time
	Was     string
	Now     string
	Missing record.Missing
}

func findingText(f record.Finding) lang.Key {
	return map[record.Finding]lang.Key{
		record.Unrecorded: lang.FoundUnrecorded, record.Gone: lang.FoundGone, record.Otherwise: lang.FoundOtherwise, record.WasCorrected: lang.FoundCorrected,
		record.WasWithdrawn: lang.FoundWithdrawn, record.IsIncomplete: lang.FoundIncomplete, record.RecordsDiffer: lang.FoundDiffer,
	}[f]
}

// A YearSigned is a check that was signed.
type YearSigned struct {
	By      string
	At      time.Time
	Doses   int
	Found   int
	Note    string
	Changed bool // the record has changed since
}

// YearCheck is the check of one patient's year.
type YearCheck struct {
	Frame
	Space     string
	Patient   string // number of a patient whose diary is shared
	Pseudonym string
	CaseNote  string
	Year      int
	Doses     int
	Lacking   int
	Corrected int
	Withdrawn int
	Findings  []YearFinding
	Unshared  bool // there is no diary to compare with
	Signed    []YearSigned
	State     string // value of FieldState: what is signed
	Note      string
	Problems  []Problem
}

// maxFindings is how many findings the screen lists.
const maxFindings = 200

// Node draws the screen.
func (m YearCheck) Node() node.Node {
	year := strconv.Itoa(m.Year)
	facts := node.Dl(node.Class("facts"), m.fact(lang.YearlyListDoses, node.Class("num"), node.Text(m.Lang.Int(m.Doses))),
		m.fact(lang.YearlyListIncomplete, node.Class("num"), node.Text(m.Lang.Int(m.Lacking))),
		m.fact(lang.YearlyCorrected, node.Class("num"), node.Text(m.Lang.Int(m.Corrected))),
		m.fact(lang.YearlyWithdrawn, node.Class("num"), node.Text(m.Lang.Int(m.Withdrawn))))
	whose := m.Pseudonym
	if m.CaseNote != "" {
		whose += " · " + m.CaseNote
	}
	items := []node.Item{node.H1(m.t(lang.YearlyTitleOf, "year", year)), node.P(node.Class("sub num"), node.Text(whose)), m.summary(m.Problems), node.Div(node.Class("card"), facts)}
	if m.Unshared {
		items = append(items, node.P(node.Class("panel calm"), iconAlert.draw(""), node.Span(m.t(lang.YearlyUnshared))))
	}
	items = append(items, node.H2(node.ID("year-found"), m.n(lang.YearlyFound, len(m.Findings))))
	if len(m.Findings) == 0 {
		items = append(items, node.P(node.Class("panel good"), iconCheck.draw(""), node.Span(m.t(lang.YearlyNothing))))
	} else {
		w, head := m.wide(lang.FactWhen, lang.YearlyWhat, lang.YearlyWas, lang.YearlyNow)
		body := w.tbody()
		for _, f := range m.Findings[:min(len(m.Findings), maxFindings)] {
			what := node.Div(m.t(findingText(f.Kind)))
			for _, k := range MissingKeys(f.Missing) {
				what = what.With(node.P(node.Class("sub"), m.t(k)))
			}
			body = body.With(w.tr(w.th(node.Class("num"), node.Text(m.Lang.DateShort(f.At)+" "+m.Lang.Clock(f.At))), w.td(1, "", what),
				w.td(2, "num", node.Text(f.Was)), w.td(3, "num", node.Text(f.Now))))
		}
		items = append(items, node.Div(node.Class("card"), node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "year-found"),
			w.table("plain legal", node.Caption(node.Class("vh"), m.n(lang.YearlyFound, len(m.Findings))), head, body)),
			node.If(len(m.Findings) > maxFindings, m.p("sub", lang.YearlyMore, "n", m.Lang.Int(maxFindings)))))
	}
	if len(m.Signed) > 0 {
		items = append(items, node.H2(m.t(lang.YearlySigned)), node.Ul(node.Class("card plain-list"), node.Each(m.Signed, func(s YearSigned) node.Node {
			li := node.Li(node.P(m.t(lang.YearlySignedBy, "who", s.By, "when", m.Lang.When(m.Now, s.At), "doses", m.Lang.N(lang.LegalStand, s.Doses), "found", m.Lang.N(lang.YearlyFound, s.Found))),
				node.If(s.Note != "", node.P(node.Class("lines"), node.Text(s.Note))))
			if s.Changed {
				return li.With(node.P(badge("accent", m.t(lang.YearlyChanged))))
			}
			return li
		})))
	}
	more := node.Div(node.Class("actions screen"))
	if m.Patient != "" {
		more = more.With(m.button(ActPatientOpen, "", lang.YearlyOpenDiary, append(with(FieldPatient, m.Patient), node.ID("year-diary"))...))
	}
	more = more.With(m.button(ActSheetPrint, "", lang.PapersPrint, iconPrint.draw("")))
	switch m.Team {
	case TeamLead, TeamDoctor:
		note := field{Base: m.Base, name: FieldNote, label: lang.YearlyNote, optional: true, problems: m.Problems}
		items = append(items, node.Section(node.Class("card screen"), node.Aria("labelledby", "year-sign"), node.H2(node.ID("year-sign"), m.t(lang.YearlySign)), m.p("sub", lang.YearlySignLead),
			form("sign", ActYearSign, carry(FieldSpace, m.Space), carry(FieldYear, year), carry(FieldState, m.State), note.area(m.Note, 3, node.Maxlength(1000)),
				node.Div(node.Class("actions"), m.submit(lang.YearlySignDo, iconCheck.draw(""))))))
	default:
		items = append(items, m.p("hint", lang.YearlyOnlyDoctors))
	}
	return m.inside(page{"year." + m.Space + year, true, "wide"}, append(items, more)...)
}
