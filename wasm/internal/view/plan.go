package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// PlanState says whether a regimen is in force.
type PlanState uint8

const (
	PlanInForce PlanState = iota
	PlanAhead
	PlanEnded
)

// A Regimen is one plan with all its versions.
type Regimen struct {
	ID        string
	State     PlanState
	Product   string
	Amount    string // per dose
	Unit      string
	Reason    diary.Reason
	Schedule  string // "Mon Wed Fri, 07:00"
	From      time.Time
	Until     time.Time // the last day; zero: until further notice
	Next      time.Time // next dose; zero: none is planned
	Clinician string
	Note      string
	Signed    bool // by a centre
	Shadowed  bool // a signed plan stands above it
	By        Writer
	Written   time.Time // this version
	Newer     string    // a version that begins later, in one line
	Read      bool      // the home side says it has read this version
	ReadAt    time.Time
	MayEdit   bool
	History   []Version
}

// Plans is the page of all regimens, of a patient or, at a centre, of one patient.
type Plans struct {
	Frame
	PatientID string // at a centre
	Pseudonym string
	Regimens  []Regimen // in force, then ahead, then ended
	Alone     bool      // no centre shares the diary
}

// title is what the regimen is for: 1,500 IU of Advate.
func (b Base) regimen(r Regimen) node.Node {
	return node.Group(node.Text(r.Product+" "), node.Span(node.Class("num"), node.Text(r.Amount+nbsp+r.Unit)))
}

// signed says who answers for a plan.
func (m Plans) signed(r Regimen) node.Node {
	when := m.Lang.Date(r.Written)
	if r.Signed {
		return m.t(lang.PlanSigned, "who", r.Clinician, "when", when)
	}
	return m.t(lang.PlanOwnBy, "who", r.Clinician, "when", when)
}

func (m Plans) card(r Regimen) node.Node {
	id := "plan-" + r.ID
	badges := node.Span(node.Class("badges wrap"), badge("", node.Text(m.Lang.Label(r.Reason.Key()))))
	switch {
	case r.State == PlanAhead:
		badges = badges.With(badge("accent", m.t(lang.PlanIsAhead)))
	case r.State == PlanEnded:
		badges = badges.With(badge("", m.t(lang.PlanIsEnded)))
	case r.Shadowed:
		badges = badges.With(badge("", m.t(lang.PlanIsShadowed)))
	}
	if !r.Signed {
		badges = badges.With(badge("accent", m.t(lang.PlanIsOwn)))
	}
	facts := node.Dl(node.Class("facts"), m.fact(lang.PlanWhen, node.Class("num"), node.Text(r.Schedule)))
	if !r.Next.IsZero() {
		facts = facts.With(m.fact(lang.PlanNext, node.Class("num"), node.Text(lang.Title(m.Lang.When(m.Now, r.Next)))))
	}
	days := m.t(lang.PlanSince, "from", m.Lang.Date(r.From))
	if !r.Until.IsZero() {
		days = m.t(lang.PlanSinceUntil, "from", m.Lang.Date(r.From), "until", m.Lang.Date(r.Until))
	}
	facts = facts.With(m.fact(lang.PlanDays, node.Class("num"), days), m.fact(lang.PlanFromWhom, m.signed(r)))
	if r.Note != "" {
		facts = facts.With(m.fact(lang.FieldNoteName, node.Class("lines"), node.Text(r.Note)))
	}
	card := node.Section(node.Class("card regimen"), node.Aria("labelledby", id),
		node.H3(node.ID(id), m.regimen(r)), badges, facts,
		node.If(r.Newer != "", node.P(node.Class("panel calm"), iconClock.draw(""), node.Span(m.t(lang.PlanNewer, "plan", r.Newer)))))
	if r.State != PlanEnded {
		card = card.With(m.read(r))
	}
	if r.MayEdit {
		card = card.With(node.Div(node.Class("actions"),
			m.button(ActPlanEdit, "", lang.PlanEdit, append(with(FieldEntry, r.ID), node.ID("edit-"+r.ID))...),
			m.button(ActPlanEnd, "quiet", lang.PlanEnd, append(with(FieldEntry, r.ID), node.ID("end-"+r.ID))...)))
	}
	if len(r.History) > 1 {
		steps := node.Ol(node.Class("steps"))
		for i, v := range r.History {
			steps = steps.With(node.Li(m.version(v, i == len(r.History)-1)))
		}
		card = card.With(node.Details(node.ID("versions-"+r.ID), node.Class("more"), node.Summary(m.n(lang.PlanVersions, len(r.History))), steps))
	}
	return card
}

// read says whether the patient has read a signed plan, and lets them say so.
func (m Plans) read(r Regimen) node.Node {
	if !r.Signed {
		return node.Node{}
	}
	line := func(i icon, text node.Node) node.Node {
		return node.P(node.Class("read"), i.draw("small"), node.Span(text))
	}
	switch {
	case r.Read && m.Role == Centre:
		return line(iconSeen, m.t(lang.PlanReadPatient, "when", m.Lang.When(m.Now, r.ReadAt)))
	case r.Read:
		return line(iconSeen, m.t(lang.PlanReadYou, "when", m.Lang.When(m.Now, r.ReadAt)))
	case m.Role == Centre:
		return line(iconClock, m.t(lang.PlanNotRead))
	}
	return node.Div(node.Class("panel calm"), iconPlan.draw(""),
		node.Div(m.p("", lang.PlanReadAsk), m.button(ActPlanRead, "primary", lang.PlanReadDo, append(with(FieldEntry, r.ID), node.ID("read-"+r.ID))...)))
}

// Node draws the screen.
func (m Plans) Node() node.Node {
	title, lead := lang.PlansTitle, lang.PlansLead
	switch {
	case m.Role == Centre:
		lead = lang.PlansLeadCentre
	case m.Alone:
		lead = lang.PlansLeadAlone
	}
	var parts [3]node.Node
	for i := range parts {
		parts[i] = node.Section(node.Class("plans"), node.Aria("labelledby", "plans-"+strconv.Itoa(i)),
			node.H2(node.ID("plans-"+strconv.Itoa(i)), m.t([...]lang.Key{lang.PlansNow, lang.PlansAhead, lang.PlansEnded}[i])))
	}
	var has [3]bool
	for _, r := range m.Regimens {
		parts[r.State] = parts[r.State].With(m.card(r))
		has[r.State] = true
	}
	if !has[PlanInForce] {
		parts[PlanInForce] = parts[PlanInForce].With(node.Div(node.Class("card"), m.p("sub", lang.PlansNone)))
	}
	body := []node.Item{
		node.H1(m.t(title)), node.If(m.Pseudonym != "", node.P(node.Class("sub num"), node.Text(m.Pseudonym))), m.p("lead", lead),
		parts[PlanInForce]}
	for _, s := range []PlanState{PlanAhead, PlanEnded} {
		if has[s] {
			body = append(body, parts[s])
		}
	}
	add := lang.PlanNew
	if m.Role == Patient {
		add = lang.PlanNewOwn
	}
	foot := node.Div(node.Class("actions"), m.button(ActPlanNew, "", add, node.ID("plan-new"), iconPlus.draw("")))
	if m.Role == Patient && len(m.Regimens) > 0 {
		foot = foot.With(m.button(ActGoReminders, "quiet", lang.RemindersGo, node.ID("go-reminders"), iconClock.draw("")))
	}
	changed := has[PlanEnded]
	for _, r := range m.Regimens {
		changed = changed || len(r.History) > 1
	}
	body = append(body, foot, node.If(m.Role == Patient && changed, m.p("hint", lang.CalendarStale)))
	return m.inside(page{"plans." + m.PatientID, true, "narrow"}, body...)
}

// PlanForm writes or changes a regimen. Values are as typed.
type PlanForm struct {
	Frame
	Entry     string // changed; empty: a new one
	Pseudonym string // at a centre
	Products  []ProductGroup
	Templates []string // keys
	Template  string   // chosen last
	Filled    string   // changes when the app has filled the fields
	Source    string   // of that template
	Product   string
	Amount    string
	Unit      diary.Unit // of the product; 0: none chosen
	PerKg     string     // typed: amount per kg
	Sum       string     // "3 mg/kg × 35 kg = 105 mg"; empty: nothing to show
	SumAmount string     // "105"
	Weighed   time.Time  // when the weight was taken; zero: no weight is known
	Reason    string
	Rhythm    string // RhythmDays, RhythmWeek, RhythmDemand
	Every     string
	Weekdays  diary.Weekdays
	Times     []string // at least one
	From      string
	Until     string
	Clinician string
	Note      string
	Why       string
	Next      []time.Time // the first days of the plan as it stands in the form
	Beside    []string    // other plans in force with this product for this reason
	Problems  []Problem
}

// Rhythms of a plan, as FieldRhythm has them.
const (
	RhythmDays   = "days"
	RhythmWeek   = "week"
	RhythmDemand = "demand"
)

// Node draws the screen.
func (m PlanForm) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	optional := func(name string, label, hint lang.Key) field {
		return field{Base: m.Base, name: name, label: label, hint: hint, optional: true, problems: m.Problems}
	}
	own := m.Role == Patient
	title := lang.PlanTitle
	switch {
	case m.Entry != "":
		title = lang.PlanTitleFix
	case own:
		title = lang.PlanTitleOwn
	}
	// What the app fills in takes the place of what was typed.
	key := node.Key("plan-" + m.Filled)

	var templates node.Node
	if m.Entry == "" {
		pick := f(FieldTemplate, lang.PlanTemplate)
		pick.hint, pick.optional = lang.PlanTemplateHint, true
		templates = node.Div(node.Class("card"),
			pick.pick(node.Group(option("", m.Lang.T(lang.PlanTemplateNone), m.Template),
				node.Each(m.Templates, func(k string) node.Node { return option(k, m.Lang.Label(k), m.Template) })), node.Live(ActPlanShape)),
			node.If(m.Source != "", node.P(node.Class("hint"), m.t(lang.PlanTemplateSource, "source", m.Source))))
	}
	products := node.Group(option("", m.Lang.T(lang.FieldProductPick), m.Product),
		node.Each(m.Products, func(g ProductGroup) node.Node {
			return node.Group(node.Option(node.Disabled(true), node.Value("-"), node.Text(m.Lang.Label(g.Group.Key()))),
				node.Each(g.Products, func(c Choice) node.Node { return option(c.Value, c.Label, m.Product) }))
		}))
	unit := ""
	if m.Unit != 0 {
		unit = m.Lang.Label(m.Unit.Key())
	}
	number := func(f field, value, unit string, more ...node.Item) node.Node {
		items := append(append(f.attrs(), exact("text", "decimal")...), node.Class("num"), node.Value(value), key)
		return f.around("amount", node.Div(node.Class("joined"), node.Input(append(items, more...)...),
			node.If(unit != "", node.Span(node.Class("unit"), node.Text(unit)))))
	}
	amount := f(FieldAmount, lang.PlanAmount)
	perKg := optional(FieldPerKg, lang.PlanPerKg, lang.PlanPerKgHint)
	var sum node.Node
	switch {
	case m.Sum != "":
		sum = node.Div(node.Class("sum"), node.P(node.Class("num"), node.Text(m.Sum)),
			m.p("hint", lang.PlanWeighed, "date", m.Lang.Date(m.Weighed)),
			m.button(ActPlanSum, "", lang.PlanSumUse, append(with(FieldSum, m.SumAmount), node.ID("plan-sum"))...).With(hidden(" "+m.SumAmount+nbsp+unit)))
	case m.Weighed.IsZero() && m.PerKg != "":
		sum = m.p("hint", lang.PlanNoWeight)
	}

	rhythm := f(FieldRhythm, lang.PlanRhythm).chips("", []chip{
		{"radio", FieldRhythm, RhythmDays, m.Lang.T(lang.PlanRhythmDays), m.Rhythm == RhythmDays, ""},
		{"radio", FieldRhythm, RhythmWeek, m.Lang.T(lang.PlanRhythmWeek), m.Rhythm == RhythmWeek, ""},
		{"radio", FieldRhythm, RhythmDemand, m.Lang.T(lang.PlanRhythmDemand), m.Rhythm == RhythmDemand, ""},
	}, node.Live(ActPlanShape), key)
	var when []node.Item
	switch m.Rhythm {
	case RhythmDays:
		every := f(FieldEvery, lang.PlanEveryName)
		every.hint = lang.PlanEveryHint
		when = append(when, number(every, m.Every, m.Lang.T(lang.PlanEveryUnit), node.Maxlength(3), node.Live(ActPlanShape)))
	case RhythmWeek:
		var days []chip
		for d := range 7 {
			k := diary.WeekdayKey(d)
			days = append(days, chip{"checkbox", k, "1", m.Lang.Label(k), m.Weekdays.Has(d), ""})
		}
		when = append(when, f(FieldWeekdays, lang.PlanWeekdays).chips("", days, node.Live(ActPlanShape), key))
	}
	if m.Rhythm == RhythmDays || m.Rhythm == RhythmWeek {
		times := node.Fieldset(node.ID("times"), node.Class("field times"), node.Legend(m.t(lang.PlanTimes)))
		for i, t := range m.Times {
			n := strconv.Itoa(i)
			x := field{Base: m.Base, name: FieldTimes + n, label: lang.PlanTimeOf, args: []string{"n", strconv.Itoa(i + 1)}, problems: m.Problems}
			times = times.With(x.input(t, node.Type("time"), key, node.Live(ActPlanShape)))
		}
		if len(m.Times) < diary.MaxTimes {
			times = times.With(m.button(ActPlanTime, "quiet", lang.PlanTimeAdd, node.ID("time-add"), iconPlus.draw("small")))
		}
		when = append(when, times)
	}
	from := f(FieldFrom, lang.PlanFrom)
	if m.Entry != "" {
		from.hint = lang.PlanFromFix
	}
	until := optional(FieldUntil, lang.PlanUntil, lang.PlanUntilHint)
	var next node.Node
	if len(m.Next) > 0 {
		s := ""
		for i, d := range m.Next {
			if i > 0 {
				s += ", "
			}
			s += m.Lang.WeekdayShort(d) + nbsp + m.Lang.DayMonth(d)
		}
		next = node.P(node.ID("plan-next"), node.Class("hint num"), m.t(lang.PlanFirstDays, "days", s))
	}
	who := f(FieldClinician, lang.PlanClinician)
	if own {
		who = f(FieldClinician, lang.PlanClinicianOwn)
	}
	whenCard := node.Div(node.Class("card"), rhythm)
	return m.inside(page{"plan." + m.Entry, true, "narrow"},
		node.H1(m.t(title)), node.If(m.Pseudonym != "", node.P(node.Class("sub num"), node.Text(m.Pseudonym))),
		node.If(own, node.P(node.Class("panel calm"), iconAlert.draw(""), node.Span(m.t(lang.PlanOwnNote)))),
		m.summary(m.Problems),
		form("plan", ActPlanSave, node.Live(ActDraft),
			templates,
			node.Div(node.Class("card"),
				f(FieldProduct, lang.FieldProductName).pick(products, node.Live(ActPlanShape), key),
				number(amount, m.Amount, unit),
				node.If(m.Unit != 0, node.Group(number(perKg, m.PerKg, m.Lang.T(lang.PlanPerKgUnit, "unit", unit), node.Live(ActPlanShape)), sum)),
				f(FieldReason, lang.FieldReasonName).chips("", radios(m.Base, FieldReason, diary.Reasons(), m.Reason), node.Live(ActPlanShape), key)),
			node.Each(m.Beside, func(other string) node.Node {
				return node.P(node.Class("panel calm"), iconAlert.draw(""), node.Span(m.t(lang.PlanBeside, "plan", other)))
			}),
			whenCard.With(when...).With(
				from.input(m.From, node.Type("date"), key, node.Live(ActPlanShape)), until.input(m.Until, node.Type("date"), key, node.Live(ActPlanShape)),
				next),
			node.Div(node.Class("card"),
				who.input(m.Clinician, node.Type("text"), node.Autocomplete("off"), node.Maxlength(100)),
				optional(FieldNote, lang.FieldNoteName, lang.PlanNoteHint).area(m.Note, 3)),
			m.why(m.Entry, m.Why, m.Problems),
			node.Div(node.Class("actions save"), m.submit(m.saveWord()), m.button(ActFormCancel, "quiet", lang.Cancel))))
}

func (m PlanForm) saveWord() lang.Key {
	if m.Role == Centre {
		return lang.PlanSign
	}
	return lang.PlanSave
}

// PlanEnd ends a regimen.
type PlanEnd struct {
	Frame
	Regimen   Regimen
	Pseudonym string
	Until     string
	Why       string
	Problems  []Problem
}

// Node draws the screen.
func (m PlanEnd) Node() node.Node {
	until := field{Base: m.Base, name: FieldUntil, label: lang.PlanLastDay, problems: m.Problems}
	why := field{Base: m.Base, name: FieldWhy, label: lang.PlanEndWhy, problems: m.Problems}
	lead := lang.PlanEndText
	if m.Regimen.State == PlanAhead {
		lead = lang.PlanDropText
	}
	return m.inside(page{"plan-end." + m.Regimen.ID, true, "narrow"},
		node.H1(m.t(lang.PlanEndTitle)), node.If(m.Pseudonym != "", node.P(node.Class("sub num"), node.Text(m.Pseudonym))), m.p("lead", lead),
		m.summary(m.Problems),
		form("plan-end", ActPlanEndSave, node.Live(ActDraft), carry(FieldEntry, m.Regimen.ID),
			node.Div(node.Class("card"),
				node.P(node.Class("strong"), m.regimen(m.Regimen)), node.P(node.Class("sub num"), node.Text(m.Regimen.Schedule)),
				node.If(m.Regimen.State != PlanAhead, until.input(m.Until, node.Type("date"))),
				why.area(m.Why, 2, node.Maxlength(500))),
			node.Div(node.Class("actions save"), m.submit(lang.PlanEndDo), m.button(ActFormCancel, "quiet", lang.Cancel))))
}
