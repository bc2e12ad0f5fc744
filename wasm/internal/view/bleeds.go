package view

import (
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// BleedForm records or corrects a bleed. A place and a start are enough; they
// come first, and with a place where waiting is dangerous a telephone comes
// before them.
type BleedForm struct {
	Frame
	Photos      []DraftPhoto
	PhotosBusy  int        // pictures that the page is preparing
	PhotosWrong []lang.Key // what became of those that were not added
	Entry       string
	Places      []diary.Place // in the order in which they were chosen
	View        string        // of the body map
	ListOpen    bool          // the list twin stands open
	Bled        []diary.PlaceCount
	Same        *SameAgain // an earlier bleed there that this one may be again
	Date        string
	Time        string
	Stopped     bool
	EndDate     string
	EndTime     string
	Cause       string
	Kind        string // empty: follows from the places
	Severity    string
	Pain        string
	Signs       []string
	Treatments  []Choice // recent treatments to link
	Linked      []string // those linked
	Response8h  string
	Response72  string
	Ask8h       bool // late enough to ask how it answered
	Ask72h      bool
	Note        string
	Why         string
	Emergency   string // telephone of the centre, if it gave one
	More        bool
	Problems    []Problem
}

// SameAgain is an earlier bleed in the same place, with what tells whether this
// one is the same again.
type SameAgain struct {
	Entry   string // of the earlier bleed
	Place   string // it is in, in words
	Began   time.Time
	Dose    time.Time     // the last; zero: it was not treated
	Ended   time.Time     // zero: it has not
	Gap     time.Duration // from the dose, or from the end without one; not positive: it went on
	Suggest bool          // what the rule says
	Chosen  bool          // what stands in the form
}

// AgainNew is the value of FieldAgain for a bleed that is none again.
const AgainNew = "new"

// An Ask is a question for how a bleed answered to treatment.
type Ask struct {
	Entry string
	Place string // in words
	Late  bool   // after 72 hours; else after 8
	First time.Time
	Doses int
}

// A StepKind is what happened in the course of a bleed.
type StepKind uint8

const (
	StepBegan StepKind = iota
	StepDose
	StepAnswer8h
	StepAnswer72h
	StepAgain
	StepEnd
)

// A Step is one thing that happened in the course of a bleed.
type Step struct {
	Kind StepKind
	At   time.Time
	Text string // a dose, an answer or a bleed in words
	ID   string // of the entry it leads to; empty: none
}

// Course is what the page of a bleed says beside its facts.
type Course struct {
	Steps    []Step // oldest first
	Again    *Linked
	Came     []Linked // bleeds that are this one again
	Outcome  diary.Response
	Doses    int // within 72 hours of the first
	Ask      *Ask
	Counts   []diary.PlaceCount
	MayTreat bool
}

// joint and muscle tell whether such a place is chosen.
func (m BleedForm) has(k diary.BleedKind) bool {
	return slices.ContainsFunc(m.Places, func(p diary.Place) bool { return p.Kind() == k })
}

func (m BleedForm) red() bool { return slices.ContainsFunc(m.Places, diary.Place.RedFlag) }

// Node draws the screen.
func (m BleedForm) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, optional: true, problems: m.Problems}
	}
	title := lang.BleedTitle
	if m.Entry != "" {
		title = lang.BleedTitleFix
	}
	var red node.Node
	if m.red() {
		red = m.callNow(m.Emergency)
	}
	var pain []chip
	for n := 0; n <= 10; n++ {
		s := strconv.Itoa(n)
		pain = append(pain, chip{"radio", FieldPain, s, s, s == m.Pain, ""})
	}
	scale := f(FieldPain, lang.FieldPainName).chips("scale", pain)
	scale = scale.With(node.P(node.Class("ends"), node.Aria("hidden", "true"), node.Span(node.Text("0 = "+m.Lang.T(lang.PainNone))), node.Span(node.Text("10 = "+m.Lang.T(lang.PainWorst)))))

	var links []chip
	for _, c := range m.Treatments {
		links = append(links, chip{"checkbox", FieldTreatment + c.Value, "1", c.Label, slices.Contains(m.Linked, c.Value), ""})
	}
	start := field{Base: m.Base, name: FieldDate, problems: m.Problems}
	still := []chip{
		{"radio", FieldStopped, "no", m.Lang.T(lang.StillYes), !m.Stopped, ""},
		{"radio", FieldStopped, "yes", m.Lang.T(lang.StillNo), m.Stopped, ""},
	}
	more := m.More || badIn(m.Problems, FieldKind, FieldNote, FieldTreatment)
	return m.inside(page{"bleed." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		m.summary(m.Problems),
		red,
		form("bleed", ActBleedSave, node.Live(ActDraft),
			m.where(),
			m.same(),
			node.Div(node.Class("card"),
				start.Base.moment(lang.FieldStartName, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false),
				field{Base: m.Base, name: FieldStopped, label: lang.FieldStillName}.chips("halves", still, node.Live(ActBleedShape)),
				node.If(m.Stopped, m.moment(lang.FieldEndName, 0, FieldEndDate, m.EndDate, FieldEndTime, m.EndTime, m.Problems, false))),
			node.Div(node.Class("card"),
				f(FieldCause, lang.FieldCauseName).chips("", radios(m.Base, FieldCause, diary.Causes(), m.Cause)),
				f(FieldSeverity, lang.FieldSeverityName).chips("thirds", radios(m.Base, FieldSeverity, diary.Severities(), m.Severity)),
				scale,
				m.signs()),
			node.Details(node.ID("more"), node.Class("more card"), node.Open(more), node.Summary(m.t(lang.MoreDetails)),
				f(FieldKind, lang.FieldKindName).pick(m.kinds()),
				node.If(len(links) > 0, field{Base: m.Base, name: "linked", label: lang.FieldLinkedTreatments, optional: true}.chips("lines", links)),
				node.If(m.Ask8h, f(FieldResponse8, lang.Response8h).pick(options(m.Base, diary.Responses(), m.Response8h))),
				node.If(m.Ask72h, f(FieldResponse72, lang.Response72h).pick(options(m.Base, diary.Responses(), m.Response72))),
				f(FieldNote, lang.FieldNoteName).area(m.Note, 3)),
			m.draftPhotos(m.Photos, m.PhotosBusy, m.PhotosWrong),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.BleedSave).With(node.Class("held"))))
}

// where is the body map with its list twin and what has been chosen.
func (m BleedForm) where() node.Node {
	f := field{Base: m.Base, name: FieldPlace, label: lang.FieldPlaceName, problems: m.Problems}
	view := parseMapView(m.View)
	set := node.Fieldset(node.Class("card field places-set"), node.ID(fieldID(FieldPlace)), node.Tabindex(-1), node.Legend(m.t(lang.FieldPlaceName)))
	if bad := f.bad(); !bad.IsZero() {
		set = set.With(bad, node.Aria("describedby", fieldID(FieldPlace)+"-bad"))
	}
	chosen := node.P(node.Class("hint"), m.t(lang.PlacesHint))
	if len(m.Places) > 0 {
		chosen = node.Ul(node.Class("chosen"), node.Aria("label", m.Lang.T(lang.PlacesChosen)), node.Each(m.Places, func(p diary.Place) node.Node {
			name := m.Lang.Label(p.Key())
			return node.Li(node.Button(node.ID("chosen-"+p.Key()), node.Type("button"), node.Class("toggle"), node.Act(ActBleedPlace), node.Name(FieldPlace), node.Value(p.Key()),
				node.Aria("label", m.Lang.T(lang.PlaceRemove, "place", name)), node.Span(node.Text(name)), iconClose.draw("small")))
		}))
	}
	tabs := node.Div(node.Class("filter map-tabs"), node.Role("group"), node.Aria("label", m.Lang.T(lang.MapTabs)))
	for v := range mapViews {
		tabs = tabs.With(node.Button(node.ID("map-view-"+mapViewKeys[v]), node.Type("button"), node.Act(ActBleedView), node.Name(FieldView), node.Value(mapViewKeys[v]),
			node.Aria("pressed", strconv.FormatBool(v == view)), m.t(v.name())))
	}
	return set.With(node.Div(node.Role("status"), chosen), tabs, m.chooser(view), m.legend(), m.placeList())
}

// legend explains the marks of the map.
func (m BleedForm) legend() node.Node {
	sign := func(class, d string) node.Node {
		return node.SVG(node.Class("legend-sign"), node.ViewBox("-11 -11 22 22"), node.Width("20"), node.Height("20"), node.Aria("hidden", "true"), node.Set("focusable", "false"),
			node.Path(node.Class(class), node.D(d)))
	}
	pair := func(sign, text node.Node) node.Node { return node.Span(node.Class("pair-sign"), sign, node.Span(text)) }
	return node.P(node.Class("legend"), node.Aria("hidden", "true"),
		pair(sign("map-sign", markRed), m.t(lang.MapLegendRed)),
		pair(sign("map-sign", markMore), m.t(lang.MapLegendMore)),
		node.If(len(m.Bled) > 0, pair(sign("map-drop", markDrop), m.t(lang.MapLegendBled))))
}

// same asks whether an earlier bleed in the place is this one.
func (m BleedForm) same() node.Node {
	s := m.Same
	if s == nil {
		return node.Node{}
	}
	when := func(t time.Time) string { return m.Lang.When(m.Now, t) }
	facts := []string{m.Lang.T(lang.SameEarlier, "place", s.Place, "when", when(s.Began))}
	switch span := m.Lang.Duration(s.Gap); {
	case !s.Dose.IsZero() && s.Gap <= 0:
		facts = append(facts, m.Lang.T(lang.SameOnTreatment, "when", when(s.Dose)))
	case !s.Dose.IsZero():
		facts = append(facts, m.Lang.T(lang.SameDose, "when", when(s.Dose), "span", span))
	case !s.Ended.IsZero():
		facts = append(facts, m.Lang.T(lang.SameEnded, "when", when(s.Ended), "span", span))
	}
	if s.Ended.IsZero() {
		facts = append(facts, m.Lang.T(lang.SameOpen))
	}
	rule := lang.SameRuleNew
	switch {
	case s.Suggest && s.Dose.IsZero():
		rule = lang.SameRuleUntreated
	case s.Suggest:
		rule = lang.SameRuleSame
	case s.Dose.IsZero():
		rule = lang.SameRuleNewUntreated
	}
	list := []chip{
		{"radio", FieldAgain, s.Entry, m.Lang.T(lang.SameYes), s.Chosen, ""},
		{"radio", FieldAgain, AgainNew, m.Lang.T(lang.SameNo), !s.Chosen, ""},
	}
	shown := AgainNew
	if s.Suggest {
		shown = s.Entry
	}
	return node.Div(node.Class("card same"), node.Div(node.Role("status"), node.Each(facts, func(s string) node.Node { return node.P(node.Text(s)) })),
		field{Base: m.Base, name: FieldAgain, label: lang.SameTitle, hint: rule}.chips("halves", list),
		carry(FieldAgainShown, shown),
		node.If(s.Ended.IsZero() && m.Entry == "", m.button(ActBleedMore, "quiet", lang.SameMore, with(FieldEntry, s.Entry)...)))
}

// signs are the check boxes, with what makes a joint bleed and a muscle bleed by
// the ISTH and the World Federation.
func (m BleedForm) signs() node.Node {
	var list []chip
	var set diary.Signs
	for _, s := range diary.AllSigns() {
		on := slices.Contains(m.Signs, s.Key())
		if on {
			set |= s
		}
		list = append(list, chip{"checkbox", s.Key(), "1", m.Lang.Label(s.Key()), on, ""})
	}
	f := field{Base: m.Base, name: "signs", label: lang.FieldSignsName, optional: true}
	switch {
	case m.has(diary.BleedJoint):
		f.hint = lang.SignsJoint
	case m.has(diary.BleedMuscle):
		f.hint = lang.SignsMuscle
	}
	box := f.chips("", list)
	if m.has(diary.BleedJoint) && set.JointBleed() {
		box = box.With(node.P(node.Class("hint fits"), node.Role("status"), iconCheck.draw("small"), node.Span(m.t(lang.SignsFit))))
	}
	return box
}

// kinds are the options of the kind, the first being that of the places.
func (m BleedForm) kinds() node.Node {
	auto := m.Lang.T(lang.KindFromPlace)
	if k := diary.KindOf(m.Places); k != 0 {
		auto = m.Lang.T(lang.KindByPlace, "kind", m.Lang.Label(k.Key()))
	}
	return node.Group(option("", auto, m.Kind), node.Each(diary.BleedKinds(), func(k diary.BleedKind) node.Node {
		return option(k.Key(), m.Lang.Label(k.Key()), m.Kind)
	}))
}

// callNow is what stands first when a place means danger.
func (b Base) callNow(telephone string) node.Node {
	return node.Div(node.ID("call-now"), node.Class("panel alarm"), node.Role("alert"), iconPhone.draw(""),
		node.Div(node.P(node.Class("strong"), b.t(lang.RedTitle)), b.p("", lang.RedText),
			node.Div(node.Class("actions"),
				node.If(telephone != "", node.A(node.Class("btn alarm"), node.Tel(telephone), iconPhone.draw(""), node.Span(b.t(lang.RedCentre)))),
				node.A(node.Class("btn alarm"), node.Tel("112"), iconPhone.draw(""), node.Span(b.t(lang.Red112))))))
}

// openBleed is a bleed that goes on, with what can be done about it at once.
func (f Frame) openBleed(e Entry) node.Node {
	return node.Div(node.Class("bleeding"), iconBleed.draw(""),
		node.Div(node.P(node.Class("strong"), node.Text(e.Title(f.Lang))), node.P(node.Class("sub"), f.t(lang.OpenBleedSince, "when", f.Lang.When(f.Now, e.At)))),
		node.Div(node.Class("actions"),
			f.button(ActBleedStop, "", lang.OpenBleedEnd, with(FieldEntry, e.ID)...),
			f.button(ActBleedTreat, "", lang.OpenBleedTreat, with(FieldEntry, e.ID)...),
			f.button(ActBleedMore, "quiet", lang.OpenBleedMore, with(FieldEntry, e.ID)...)))
}

// ask asks how a bleed answered to treatment; one tap answers.
func (f Frame) ask(a Ask, later bool) node.Node {
	key := a.Entry + "-8h"
	title, after, reliefs := lang.Ask8hTitle, "8h", diary.Reliefs()
	if a.Late {
		key, title, after = a.Entry+"-72h", lang.Ask72hTitle, "72h"
		reliefs = []diary.Relief{diary.ReliefFull, diary.ReliefClear, diary.ReliefNone, diary.ReliefUnknown}
	}
	answers := node.Div(node.Class("answers"))
	for _, r := range reliefs {
		text := f.Lang.Label(r.Key())
		if a.Late && r == diary.ReliefClear {
			text = f.Lang.T(lang.ReliefNotGone)
		}
		tone := "btn"
		if r == diary.ReliefUnknown {
			tone = "btn quiet"
		}
		answers = answers.With(node.Button(node.ID("answer-"+key+"-"+strconv.Itoa(int(r))), node.Type("submit"), node.Class(tone), node.Name(FieldRelief), node.Value(r.Key()), node.Span(node.Text(text))))
	}
	if later {
		answers = answers.With(f.button(ActBleedLater, "quiet", lang.AskLater, append(with(FieldEntry, a.Entry), node.ID("later-"+key))...))
	}
	return node.Section(node.Class("card ask"), node.Aria("labelledby", "ask-"+key),
		node.H2(node.ID("ask-"+key), iconBleed.draw(""), node.Span(node.Text(a.Place+": "), f.t(title))),
		node.P(node.Class("sub"), f.n(lang.AskDoses, a.Doses, "when", f.Lang.When(f.Now, a.First))),
		node.Form(node.ID("ask-form-"+key), node.Act(ActBleedAnswer), carry(FieldEntry, a.Entry), carry(FieldAfter, after), answers))
}

// asked is the question that stands first on the page of a bleed when it is time.
func (m EntryPage) asked() node.Node {
	if m.Course == nil || m.Course.Ask == nil {
		return node.Node{}
	}
	return m.ask(*m.Course.Ask, false)
}

// course is the part of a bleed's page that only a bleed has.
func (m EntryPage) course() node.Node {
	c := m.Course
	if c == nil {
		return node.Node{}
	}
	var again node.Node
	if c.Again != nil || len(c.Came) > 0 {
		again = node.Div(node.Class("card"), node.H2(m.t(lang.ChainTitle)))
		if c.Again != nil {
			again = again.With(node.P(m.t(lang.ChainOf)), m.link(c.Again.ID, c.Again.Title))
		}
		if len(c.Came) > 0 {
			again = again.With(node.P(m.t(lang.ChainCame)), node.Ul(node.Each(c.Came, func(l Linked) node.Node { return node.Li(m.link(l.ID, l.Title)) })))
		}
	}
	var steps node.Node
	if len(c.Steps) > 0 {
		steps = node.Section(node.Class("card"), node.Aria("labelledby", "course"), node.H2(node.ID("course"), m.t(lang.CourseTitle)), courseLine(c.Steps, m.Now),
			node.Ol(node.Class("course"), node.Each(c.Steps, m.step)),
			node.If(c.Outcome != 0 && c.Outcome != diary.ResponseUnknown, node.P(node.Class("sub"), m.n(lang.OutcomeText, c.Doses, "response", m.Lang.Label(c.Outcome.Key())))))
	}
	return node.Group(steps, again,
		node.Section(node.Class("card"), node.Aria("labelledby", "bled"), node.H2(node.ID("bled"), m.t(lang.MapBledTitle)), m.bodyMap(c.Counts, m.Entry.Bleed.Places, m.Role == Patient)))
}

// step is a line of the course in words.
func (f Frame) step(s Step) node.Node {
	k := [...]lang.Key{lang.CourseBegan, lang.CourseDose, lang.Response8h, lang.Response72h, lang.CourseAgain, lang.CourseEnd}[s.Kind]
	what := node.Span(f.t(k))
	line := node.Li(stepSign(s.Kind), node.Div(node.P(node.Strong(what), node.Text(" "), f.when(s.At))))
	if s.Text == "" {
		return line
	}
	if s.ID == "" {
		return line.With(node.P(node.Class("step-text"), node.Text(s.Text)))
	}
	return line.With(node.Div(node.Class("step-text"), f.link(s.ID, s.Text)))
}

// stepMark is a drop for a bleed, a dot for a dose, a square for an answer, a ring for the end.
func stepMark(k StepKind, x string) node.Node {
	at := node.Set("transform", "translate("+x+" 11)")
	switch k {
	case StepBegan, StepAgain:
		return node.Path(node.Class("map-drop"), node.D(markDrop), at)
	case StepDose:
		return node.Circle(node.Class("m-treat"), node.Set("r", "5"), at)
	case StepEnd:
		return node.Circle(node.Class("m-end"), node.Set("r", "6"), at)
	}
	return node.Rect(node.Class("m-answer"), node.Set("x", "-5"), node.Set("y", "-5"), node.Width("10"), node.Height("10"), at)
}

func stepSign(k StepKind) node.Node {
	return node.SVG(node.Class("legend-sign"), node.ViewBox("0 0 22 22"), node.Width("22"), node.Height("22"), node.Aria("hidden", "true"), node.Set("focusable", "false"), stepMark(k, "11"))
}

// courseLine draws the steps along time; the list below says the same.
func courseLine(steps []Step, now time.Time) node.Node {
	first, last := steps[0].At, steps[len(steps)-1].At
	open := !slices.ContainsFunc(steps, func(s Step) bool { return s.Kind == StepEnd })
	if open && now.After(last) {
		last = now
	}
	span := last.Sub(first)
	if span <= 0 {
		return node.Node{}
	}
	svg := node.SVG(node.Class("course-line"), node.ViewBox("0 0 320 22"), node.Aria("hidden", "true"), node.Set("focusable", "false"),
		node.Line(node.Class("course-axis"), node.Set("x1", "12"), node.Set("x2", "308"), node.Set("y1", "11"), node.Set("y2", "11")))
	for _, s := range steps {
		at := 12 + int(296*float64(s.At.Sub(first))/float64(span))
		svg = svg.With(stepMark(s.Kind, strconv.Itoa(min(max(at, 12), 308))))
	}
	return svg
}
