package view

import (
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Registries and studies: at a centre what patients said and what goes out, at a
// patient's what is asked and what was said.

// A Study is a registry or a study.
type Study struct {
	ID        string
	Name      string
	Recipient string
	What      string
	Since     time.Time
	By        string
	Yes       int // patients who agreed
	No        int
	Silent    int // who said nothing
	Left      int // who parted with the centre, those who died apart
	Died      int
	Withheld  int       // of Yes, whose entries are kept and not used
	Ended     *StudyEnd // nil: it goes on
}

// A StudyEnd is that one has ended.
type StudyEnd struct {
	At      time.Time
	By      string
	Why     string
	Receipt string
}

// Studies lists those of a centre.
type Studies struct {
	Frame
	List []Study
	May  bool // a lead or a doctor
}

// StudyForm describes another one.
type StudyForm struct {
	Frame
	Name      string
	Recipient string
	What      string
	Problems  []Problem
}

// An ExtractLook is what an extract would hold.
type ExtractLook struct {
	Steps    [extract.Steps]int // patients
	Smallest int
}

// An ExtractLine is one that was made.
type ExtractLine struct {
	At          time.Time
	By          string
	First, Last int // years
	Given       int
	Few         int
	Without     int
}

// StudyPage is one of them, where extracts are made.
type StudyPage struct {
	Frame
	Study
	May         bool
	Lead        bool
	Years       []int // to choose from, the latest first
	First, Last int
	Look        *ExtractLook // of those years; nil: not looked at
	Log         []ExtractLine
	Problems    []Problem
}

// ConsentState is what was said last.
type ConsentState uint8

const (
	ConsentOpen ConsentState = iota
	ConsentYes
	ConsentNo
	ConsentOther // yes, to other terms
)

func (s ConsentState) text() lang.Key {
	return [...]lang.Key{lang.ConsentIsOpen, lang.ConsentIsYes, lang.ConsentIsNo, lang.ConsentIsOther}[s]
}

// A Consent is a question with its answer.
type Consent struct {
	Study
	State   ConsentState
	At      time.Time
	ByName  string // at the centre, who noted it
	Noted   bool   // by the centre
	Own     bool   // the patient has answered in the app
	Signed  time.Time
	Remark  string
	Born    int
	Sex     extract.Sex
	Receipt string
	Given   []ExtractLine
	Named   string // at a centre, for who is in an extract: under what name
}

// Consents lists what a patient is asked for.
type Consents struct {
	Frame
	ID        string // of the centre at a patient's, of the patient at a centre's
	Centre    string
	Pseudonym string
	CaseNote  string
	List      []Consent
}

// ConsentPage is one question.
type ConsentPage struct {
	Frame
	Consent
	Centre    string
	Pseudonym string
	CaseNote  string
	May       bool // answer, or note an answer
	Over      bool // patient and centre have parted: nothing is asked
	Typed     map[string]string
	Problems  []Problem
}

// Node draws the screen.
func (m Studies) Node() node.Node {
	items := []node.Item{node.H1(m.t(lang.StudiesTitle)), m.p("lead", lang.StudiesLead)}
	add := m.button(ActStudyForm, "primary", lang.StudyNew)
	if !m.May {
		add = m.p("hint", lang.StudyOnlyDoctors)
	}
	if len(m.List) == 0 {
		return m.inside(page{"studies", true, "medium"}, append(items, node.Div(node.Class("card"), m.empty(iconFigures, lang.StudiesNone, lang.StudiesNoneText, add)))...)
	}
	for _, s := range m.List {
		items = append(items, node.Section(node.Class("card"), node.Aria("labelledby", "study-"+s.ID),
			node.H2(node.ID("study-"+s.ID), node.Text(s.Name)), node.P(node.Class("sub"), node.Text(s.Recipient)),
			node.If(s.Ended != nil, node.P(m.ended(), node.Text(" "), node.Group(m.endedOn(s.Ended)))),
			node.Dl(node.Class("facts"), m.count(lang.StudyYes, s.Yes), m.count(lang.StudyNo, s.No), m.count(lang.StudySilent, s.Silent)),
			m.button(ActStudy, "", lang.StudyOpen, append(with(FieldStudy, s.ID), node.Aria("describedby", "study-"+s.ID))...)))
	}
	return m.inside(page{"studies", true, "medium"}, append(items, add)...)
}

func (b Base) count(k lang.Key, n int) node.Node {
	return b.fact(k, node.Class("num"), node.Text(b.Lang.Int(n)))
}

// Node draws the screen.
func (m StudyForm) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	return m.inside(page{"study-form", true, "narrow"},
		node.H1(m.t(lang.StudyNew)), m.p("lead", lang.StudyNewLead), m.summary(m.Problems),
		form("study", ActStudyAdd, node.Live(ActDraft),
			node.Div(node.Class("card"),
				f(FieldStudyName, lang.StudyName).input(m.Name, node.Type("text"), node.Autocomplete("off"), node.Maxlength(90)),
				f(FieldRecipient, lang.StudyRecipient).input(m.Recipient, node.Type("text"), node.Autocomplete("off"), node.Maxlength(90)),
				f(FieldStudyWhat, lang.StudyWhat).area(m.What, 6, node.Maxlength(1900))),
			m.ticked("yes", lang.ConsentOut, iconCheck, goesOut), m.ticked("no", lang.ConsentKept, iconClose, staysIn),
			m.end("", lang.StudyAsk)))
}

// goesOut and staysIn are the contents of version 1, in words.
var (
	goesOut = []lang.Key{lang.ConsentOut1, lang.ConsentOut2, lang.ConsentOut3, lang.ConsentOut4, lang.ConsentOut5, lang.ConsentOut6}
	staysIn = []lang.Key{lang.ConsentKept1, lang.ConsentKept2, lang.ConsentKept3}
)

// years writes one or a range.
func (x ExtractLine) years() string {
	if x.First == x.Last {
		return strconv.Itoa(x.First)
	}
	return strconv.Itoa(x.First) + "–" + strconv.Itoa(x.Last)
}

// Node draws the screen.
func (m StudyPage) Node() node.Node {
	answers := node.Dl(node.Class("facts"), m.count(lang.StudyYes, m.Yes), m.count(lang.StudyNo, m.No), m.count(lang.StudySilent, m.Silent),
		m.count(lang.StudyLeft, m.Left), m.count(lang.StudyDied, m.Died))
	items := []node.Item{node.H1(node.Text(m.Name)), m.summary(m.Problems),
		node.Div(node.Class("card"), node.Dl(node.Class("facts"), m.fact(lang.StudyGets, node.Text(m.Recipient)),
			m.fact(lang.StudySince, node.Class("num"), node.Text(m.Lang.Date(m.Since))), m.fact(lang.StudyBy, node.Text(m.By)), m.fact(lang.ConsentWhat, node.Class("lines"), node.Text(m.What)))),
		node.Section(node.Class("card"), node.Aria("labelledby", "study-answers"), node.H2(node.ID("study-answers"), m.t(lang.StudyAnswers)), answers)}
	if m.Ended != nil {
		return m.inside(page{"study." + m.ID, true, "medium"}, slices.Insert(append(items, m.log()), 1, node.Item(m.over()))...)
	}
	if m.Withheld > 0 {
		items = append(items, node.P(node.Class("hint"), m.n(lang.StudyRestricted, m.Withheld)))
	}
	if m.May {
		items = append(items, m.making())
		if m.Look != nil {
			items = append(items, m.look(*m.Look))
		}
	} else {
		items = append(items, m.p("hint", lang.StudyOnlyDoctors))
	}
	items = append(items, m.log())
	if m.Lead {
		items = append(items, m.button(ActStudyEndForm, "quiet", lang.StudyEnd, node.ID("study-end-form")))
	} else if m.May {
		items = append(items, m.p("hint", lang.StudyOnlyLeads))
	}
	return m.inside(page{"study." + m.ID, true, "medium"}, items...)
}

// over is the receipt of an end.
func (m StudyPage) over() node.Node {
	facts := node.Dl(node.Class("facts"), m.fact(lang.StudyEndedOn, m.when(m.Ended.At)), m.fact(lang.StudyEndedBy, node.Text(m.Ended.By)))
	if m.Ended.Why != "" {
		facts = facts.With(m.fact(lang.StudyEndedWhy, node.Class("lines"), node.Text(m.Ended.Why)))
	}
	return node.Section(node.ID("study-over"), node.Class("card"), node.Aria("labelledby", "study-over-title"),
		node.H2(node.ID("study-over-title"), m.t(lang.StudyEnded)),
		facts.With(m.fact(lang.ConsentReceipt, node.Class("num"), node.Text(m.Ended.Receipt))),
		m.endPoints(m.Recipient), m.button(ActSheetPrint, "quiet", lang.PapersPrint, iconPrint.draw("small")))
}

// endPoints say what an end means, before and after it.
func (f Frame) endPoints(recipient string) node.Node {
	return node.Ul(node.Class("ticks"), node.Each([]lang.Key{lang.StudyEnd1, lang.StudyEnd2, lang.StudyEnd3, lang.StudyEnd4, lang.StudyEnd5}, func(k lang.Key) node.Node {
		return node.Li(iconCheck.draw("small"), node.Span(f.t(k, "recipient", recipient)))
	}))
}

func (b Base) ended() node.Node { return badge("", iconClose.draw("small"), b.t(lang.StudyEnded)) }

func (b Base) endedOn(x *StudyEnd) node.Node {
	if x == nil {
		return node.Node{}
	}
	return node.Span(node.Class("sub num"), node.Text(b.Lang.Date(x.At)))
}

// StudyEndForm asks before one is ended.
type StudyEndForm struct {
	Frame
	Study
	Why      string
	Problems []Problem
}

// Node draws the screen.
func (m StudyEndForm) Node() node.Node {
	why := field{Base: m.Base, name: FieldWhy, label: lang.StudyEndWhy, hint: lang.StudyEndWhyHint, optional: true, problems: m.Problems}
	return m.inside(page{"study-end." + m.ID, true, "narrow"},
		node.H1(m.t(lang.StudyEndTitle)), node.P(node.Class("strong"), node.Text(m.Name)), m.p("lead", lang.StudyEndLead), m.summary(m.Problems), m.endPoints(m.Recipient),
		form("study-end", ActStudyEnd, node.Live(ActDraft),
			why.area(m.Why, 2, node.Maxlength(480)),
			node.Div(node.Class("actions"),
				node.Button(node.ID("study-end-do"), node.Type("submit"), node.Class("btn alarm"), node.Span(m.t(lang.StudyEndDo))),
				m.button(ActFormCancel, "quiet", lang.Cancel))))
}

func (m StudyPage) making() node.Node {
	years := func(chosen int) node.Node {
		return node.Each(m.Years, func(y int) node.Node {
			return option(strconv.Itoa(y), strconv.Itoa(y), strconv.Itoa(chosen))
		})
	}
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "study-extract"), node.H2(node.ID("study-extract"), m.t(lang.StudyExtract)),
		form("study-look", ActStudyLook, node.Div(node.Class("two"),
			f(FieldFirst, lang.StudyFirst).pick(years(m.First)), f(FieldLast, lang.StudyLast).pick(years(m.Last))),
			node.Div(node.Class("actions"), m.submit(lang.StudyLook))))
}

func (m StudyPage) look(x ExtractLook) node.Node {
	given := 0
	t := table{named: true, heads: []string{m.Lang.T(lang.StudyTold), m.Lang.T(lang.StudyPatients)}}
	for s, n := range x.Steps {
		if extract.Step(s) != extract.Suppressed {
			given += n
		}
		if n > 0 {
			t.rows = append(t.rows, []string{m.Lang.Label(extract.Step(s).Key()), m.Lang.Int(n)})
		}
	}
	box := node.Section(node.ID("study-would"), node.Class("card"), node.Aria("labelledby", "study-would-title"),
		node.H2(node.ID("study-would-title"), m.t(lang.StudyWould)))
	k := m.Lang.Int(extract.K)
	if given == 0 {
		return box.With(m.p("strong", lang.StudyNobody, "k", k))
	}
	return box.With(m.p("strong", lang.StudyWouldText, "given", m.Lang.Int(given), "k", k, "few", m.Lang.Int(x.Steps[extract.Suppressed])),
		m.p("sub", lang.StudySmallest, "n", m.Lang.Int(x.Smallest)),
		t.draw("study-steps", m.Lang.T(lang.StudyTold)),
		node.Details(node.ID("study-out"), node.Class("more"), node.Summary(m.t(lang.ConsentOut)),
			m.ticked("yes", lang.ConsentOut, iconCheck, goesOut), m.ticked("no", lang.ConsentKept, iconClose, staysIn)),
		m.how("how-extract", "", extract.Rule),
		m.p("hint", lang.StudySaveText),
		node.Div(node.Class("actions"),
			m.button(ActStudySave, "primary", lang.StudySaveTable, append(with(FieldForm, "table"), node.ID("study-table"))...),
			m.button(ActStudySave, "", lang.StudySaveBundle, append(with(FieldForm, "bundle"), node.ID("study-bundle"))...)))
}

func (m StudyPage) log() node.Node {
	box := node.Section(node.Class("card"), node.Aria("labelledby", "study-log"), node.H2(node.ID("study-log"), m.t(lang.StudyLog)))
	if len(m.Log) == 0 {
		return box.With(m.p("sub", lang.StudyLogNone))
	}
	w, head := m.wide(lang.FactWhen, lang.StudyBy, lang.StudyYears, lang.StudyPatients, lang.StudyFew, lang.StudyWithout)
	body := w.tbody(node.Each(m.Log, func(x ExtractLine) node.Node {
		return w.tr(w.th(node.Class("num"), node.Text(m.Lang.When(m.Now, x.At))), w.td(1, "", node.Text(x.By)), w.td(2, "num", node.Text(x.years())),
			w.td(3, "num", node.Text(m.Lang.Int(x.Given))), w.td(4, "num", node.Text(m.Lang.Int(x.Few))), w.td(5, "num", node.Text(m.Lang.Int(x.Without))))
	}))
	return box.With(node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "study-log"),
		w.table("plain", node.Caption(node.Class("vh"), m.t(lang.StudyLog)), head, body)))
}

// Node draws the screen.
func (m Consents) Node() node.Node {
	items := []node.Item{node.H1(m.t(lang.StudiesTitle))}
	if m.Role == Centre {
		items = append(items, m.whom(m.Pseudonym, m.CaseNote), m.p("lead", lang.ConsentsLeadCentre))
	} else {
		items = append(items, m.p("lead", lang.ConsentsLead, "centre", m.Centre))
	}
	for _, k := range m.List {
		items = append(items, node.Section(node.Class("card"), node.Aria("labelledby", "study-"+k.ID),
			node.H2(node.ID("study-"+k.ID), node.Text(k.Name)), node.P(node.Class("sub"), node.Text(k.Recipient)), node.P(node.If(k.Ended == nil, m.state(k.State)), node.If(k.Ended != nil, m.ended())),
			m.button(ActConsent, "", lang.StudyOpen, append(with(FieldStudy, k.ID), node.Aria("describedby", "study-"+k.ID))...)))
	}
	return m.inside(page{"consents." + m.ID, true, "narrow"}, items...)
}

func (b Base) whom(pseudonym, note string) node.Node {
	return node.P(node.Class("sub"), node.Span(node.Class("num"), node.Text(pseudonym)), node.If(note != "", node.Text(" · "+note)))
}

func (b Base) state(s ConsentState) node.Node {
	tone, i := "", iconClock
	switch s {
	case ConsentYes:
		tone, i = "good", iconCheck
	case ConsentNo:
		i = iconClose
	}
	return badge(tone, i.draw("small"), b.t(s.text()))
}

// Node draws the screen.
func (m ConsentPage) Node() node.Node {
	key := page{"consent." + m.ID, true, "narrow"}
	what := node.Section(node.Class("card"), node.Aria("labelledby", "consent-what"), node.H2(node.ID("consent-what"), m.t(lang.ConsentWhat)), node.P(node.Class("lines"), node.Text(m.What)))
	if m.Role == Centre {
		return m.inside(key, node.H1(node.Text(m.Name)), m.whom(m.Pseudonym, m.CaseNote), m.summary(m.Problems), m.said(), m.paper())
	}
	if m.Ended != nil {
		return m.inside(key, node.H1(node.Text(m.Name)), m.p("lead", lang.ConsentEnded, "centre", m.Centre, "recipient", m.Recipient), m.summary(m.Problems),
			node.If(m.State == ConsentYes, m.p("", lang.ConsentEndedYes)), node.If(len(m.Given) > 0, m.p("", lang.ConsentEndedGiven, "recipient", m.Recipient)), m.said(), what)
	}
	return m.inside(key, node.H1(node.Text(m.Name)), m.p("lead", lang.ConsentAsks, "centre", m.Centre, "recipient", m.Recipient), m.summary(m.Problems), what,
		m.ticked("yes", lang.ConsentOut, iconCheck, goesOut), m.ticked("no", lang.ConsentKept, iconClose, staysIn), m.said(), m.answer())
}

// said is the answer that counts, as a receipt, and what followed from it.
func (m ConsentPage) said() node.Node {
	facts := node.Dl(node.Class("facts"))
	if m.Ended != nil {
		facts = facts.With(m.fact(lang.StudyEndedOn, m.when(m.Ended.At)))
		if m.Ended.Why != "" {
			facts = facts.With(m.fact(lang.StudyEndedWhy, node.Class("lines"), node.Text(m.Ended.Why)))
		}
	}
	facts = facts.With(m.fact(lang.ConsentState, m.state(m.State)))
	if m.State != ConsentOpen {
		by := m.Lang.T(lang.ConsentByApp)
		if m.Noted {
			by = m.Lang.T(lang.ConsentByCentre, "name", m.ByName)
		}
		facts = facts.With(m.fact(lang.FactWhen, m.when(m.At), node.Text(", "+by)))
	}
	if !m.Signed.IsZero() {
		facts = facts.With(m.fact(lang.ConsentSigned, node.Class("num"), node.Text(m.Lang.Date(m.Signed))))
	}
	if m.Remark != "" {
		facts = facts.With(m.fact(lang.ConsentRemark, node.Class("lines"), node.Text(m.Remark)))
	}
	if m.Born != 0 {
		facts = facts.With(m.fact(lang.ConsentBorn, node.Class("num"), node.Text(decade(m.Born))))
	}
	if m.Sex != 0 {
		facts = facts.With(m.fact(lang.ConsentSex, node.Text(m.Lang.Label(m.Sex.Key()))))
	}
	if m.Receipt != "" {
		facts = facts.With(m.fact(lang.ConsentReceipt, node.Class("num"), node.Text(m.Receipt)))
	}
	if m.Named != "" {
		facts = facts.With(m.fact(lang.ConsentNamed, node.Class("num"), node.Text(m.Named)))
	}
	given := m.p("sub", lang.ConsentGivenNone)
	if len(m.Given) > 0 {
		t := table{named: true, heads: []string{m.Lang.T(lang.FactWhen), m.Lang.T(lang.StudyBy), m.Lang.T(lang.StudyYears)}}
		for _, x := range m.Given {
			t.rows = append(t.rows, []string{m.Lang.When(m.Now, x.At), x.By, x.years()})
		}
		given = node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "consent-given"), t.draw("consent-given-lines", m.Lang.T(lang.ConsentGiven)))
	}
	return node.Section(node.ID("consent-said"), node.Class("card"), node.Aria("labelledby", "consent-state"), node.H2(node.ID("consent-state"), node.Tabindex(-1), m.t(lang.ConsentSaid)), facts,
		node.H3(node.ID("consent-given"), m.t(lang.ConsentGiven)), given,
		node.If(m.State != ConsentOpen, m.button(ActSheetPrint, "quiet", lang.PapersPrint, iconPrint.draw("small"))))
}

func decade(from int) string { return strconv.Itoa(from) + "–" + strconv.Itoa(from+9) }

// about asks what the diary does not know.
func (m ConsentPage) about() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, optional: true, problems: m.Problems}
	}
	born := []node.Node{option("", m.Lang.T(lang.NotStated), m.Typed[FieldBorn])}
	for y := m.Now.Year() / 10 * 10; y >= extract.FirstDecade; y -= 10 {
		born = append(born, option(strconv.Itoa(y), decade(y), m.Typed[FieldBorn]))
	}
	return node.Group(f(FieldBorn, lang.ConsentBorn).pick(node.Group(born...)),
		f(FieldSex, lang.ConsentSex).chips("thirds", radios(m.Base, FieldSex, extract.Sexes(), m.Typed[FieldSex])))
}

// answer is the patient's form.
func (m ConsentPage) answer() node.Node {
	switch {
	case m.Over:
		return node.Node{}
	case !m.May:
		return m.p("hint", lang.ConsentReads)
	case m.State == ConsentYes:
		return node.Div(node.Class("card"), m.p("", lang.ConsentFree), m.button(ActConsentNo, "", lang.ConsentWithdraw, node.ID("consent-no")))
	}
	return form("consent", ActConsentYes, node.Class("card"), node.Live(ActDraft), m.p("", lang.ConsentFree), m.about(),
		node.Div(node.Class("actions"), m.submit(lang.ConsentYes), node.If(m.State != ConsentNo, m.button(ActConsentNo, "", lang.ConsentNo, node.ID("consent-no")))))
}

// paper is the centre's form for what was signed on paper.
func (m ConsentPage) paper() node.Node {
	switch {
	case m.Over || m.Ended != nil:
		return node.Node{}
	case !m.May:
		return m.p("hint", lang.StudyOnlyDoctors)
	}
	box := node.Section(node.Class("card"), node.Aria("labelledby", "consent-paper"), node.H2(node.ID("consent-paper"), m.t(lang.ConsentPaper)))
	no := node.If(m.State != ConsentNo, m.button(ActConsentNo, "", lang.ConsentPaperNo, node.ID("consent-no")))
	if m.Own || m.State == ConsentYes {
		return box.With(node.If(m.Own, m.p("sub", lang.ProblemConsentOwn)), no)
	}
	signed := field{Base: m.Base, name: FieldSigned, label: lang.ConsentSigned, problems: m.Problems}
	remark := field{Base: m.Base, name: FieldRemark, label: lang.ConsentRemark, optional: true, problems: m.Problems}
	return box.With(m.p("sub", lang.ConsentPaperText), form("consent", ActConsentYes, node.Live(ActDraft),
		signed.input(m.Typed[FieldSigned], node.Type("date")), remark.area(m.Typed[FieldRemark], 2, node.Maxlength(480)), m.about(),
		node.Div(node.Class("actions"), m.submit(lang.ConsentPaperYes), no)))
}
