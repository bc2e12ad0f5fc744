package view

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Range is how far the figures look back.
type Range uint8

const (
	RangeYear Range = iota
	RangeQuarter
	RangeAll
)

// RangeOf is the range that FieldRange names, a year if none.
func RangeOf(value string) Range { return Range(oneOf(value, int(RangeAll))) }

// A Value is a measured value on a day.
type Value struct {
	On     diary.Date
	Amount diary.Amount
}

// Values are the values of one thing, oldest first.
type Values struct {
	What diary.Measured
	List []Value
}

// Figures are a diary in numbers. At a centre Patient says whose.
type Figures struct {
	Frame
	Pseudonym string
	Patient   string
	Range     Range
	First     diary.Date // the first day observed; zero: there is none
	Is        diary.Figures
	Free      diary.Free
	Targets   []diary.TargetJoint
	Days      []diary.DayMark // from a Monday on
	Values    []Values
}

// pieces says how charts over time are cut.
type pieces uint8

const (
	byWeek pieces = iota
	byMonth
	byQuarter
)

// cut is the period that r shows of a ledger, and its pieces. Three months are
// thirteen weeks, so that a rate can be told from them.
func (r Range) cut(l *diary.Ledger) (diary.Period, pieces) {
	switch r {
	case RangeQuarter:
		return diary.DaysBack(l.Today(), 91), byWeek
	case RangeAll:
		if p := l.All(); p.Days() > 2*366 {
			return p, byQuarter
		} else if p.Days() > 91 {
			return p, byMonth
		} else {
			return p, byWeek
		}
	}
	if p := l.All(); p.Days() <= 91 {
		return diary.YearBack(l.Today()), byWeek
	}
	return diary.YearBack(l.Today()), byMonth
}

func (k pieces) of() func(diary.Period) []diary.Period {
	return [...]func(diary.Period) []diary.Period{diary.Period.Weeks, diary.Period.Months, diary.Period.Quarters}[k]
}

// FiguresOf fills the screen from a ledger.
func FiguresOf(f Frame, r Range, l *diary.Ledger, values []Values) Figures {
	m := Figures{Frame: f, Range: r}
	first, ok := l.First()
	if ok {
		m.First = first
	}
	period, by := r.cut(l)
	m.Is = l.Figures(period, by.of())
	m.Free, m.Targets = l.Free(), l.TargetJoints(diary.ISTH2014)
	if ok {
		weeks := 4 * blockWeeks
		if r == RangeQuarter || l.All().Days() <= 91 {
			weeks = blockWeeks
		}
		today := l.Today()
		m.Days = l.Days(diary.Period{From: today.AddDays(-today.Weekday() - 7*(weeks-1)), To: today})
	}
	for _, v := range values {
		if r != RangeAll {
			v.List = slices.DeleteFunc(slices.Clone(v.List), func(x Value) bool { return !period.Has(x.On) })
		}
		if len(v.List) > 1 {
			m.Values = append(m.Values, v)
		}
	}
	return m
}

// Node draws the screen.
func (m Figures) Node() node.Node {
	p := page{key: "figures", width: "wide"}
	title := node.H1(m.t(lang.FiguresTitle))
	if m.Patient != "" {
		p.key, p.back = "figures."+m.Patient, true
		title = node.Div(node.P(node.Class("sub num"), node.Text(m.Pseudonym)), title)
	}
	values := m.button(ActMeasures, "", lang.MeasuresAll, m.carried()...)
	about := lang.MeasuresText
	if m.Patient != "" {
		about = lang.MeasuresTextCentre
	}
	if m.First.IsZero() {
		text := lang.FiguresEmptyText
		do := []node.Node{m.button(ActGoRecord, "primary", lang.RecordButton, iconPlus.draw("")), values}
		if m.Patient != "" {
			text, do = lang.FiguresEmptyCentre, []node.Node{values}
		}
		return m.inside(p, title, node.Section(node.Class("card"), m.empty(iconFigures, lang.FiguresEmptyTitle, text, do...)))
	}
	return m.inside(p,
		node.Div(node.Class("head"), title, m.ranges()),
		node.H2(m.t(m.spanKey(), "date", m.date(m.Is.Period.From))),
		node.Div(node.Class("trio"), m.bleeds(), m.doses(), m.use()),
		node.Div(node.Class("charts"), node.Group(m.charts()...)),
		node.Div(node.Class("duo"), m.targets(), m.rates(), m.answers(),
			node.Section(node.Class("card"), node.Aria("labelledby", "values"), node.H2(node.ID("values"), m.t(lang.MeasuresTitle)), m.p("sub", about),
				node.Div(node.Class("actions"), m.button(ActMeasureNew, "", lang.MeasureNew, append(m.carried(), iconPlus.draw(""))...), values))))
}

// carried is what a button at a centre says about whom it means.
func (m Figures) carried() []node.Item {
	if m.Patient == "" {
		return nil
	}
	return with(FieldPatient, m.Patient)
}

func (m Figures) ranges() node.Node {
	row := node.Div(node.Class("filter"), node.Role("group"), node.Aria("label", m.Lang.T(lang.FiguresRange)))
	for _, r := range [...]struct {
		r Range
		k lang.Key
	}{{RangeQuarter, lang.FiguresQuarter}, {RangeYear, lang.FiguresYear}, {RangeAll, lang.FiguresAll}} {
		v := strconv.Itoa(int(r.r))
		row = row.With(node.Button(node.ID("range-"+v), node.Type("button"), node.Act(ActFiguresRange), node.Name(FieldRange), node.Value(v),
			node.Aria("pressed", strconv.FormatBool(m.Range == r.r)), m.t(r.k)))
	}
	return row
}

// spanKey says since when: the range, or the diary's first day if it is younger.
func (m Figures) spanKey() lang.Key {
	switch whole := m.Is.Period.From == m.First; {
	case whole:
		return lang.FiguresSince
	case m.Range == RangeQuarter:
		return lang.FiguresLastQuarter
	}
	return lang.FiguresLastYear
}

func (b Base) date(d diary.Date) string { return b.Lang.Date(d.Time()) }

// number writes a figure: with a decimal where it is small.
func (b Base) number(v float64) string {
	if v < 10 {
		return b.Lang.Number(v, 1)
	}
	return b.Lang.Number(v, 0)
}

// bleedCount says how many bleeds, and how many of them in joints.
func (m Figures) bleedCount() string {
	l, n, joints := m.Lang, m.Is.All.All.Count, m.Is.All.Joint.Count
	switch {
	case n == 0:
		return l.T(lang.FiguresBleedNone)
	case n == 1 && joints == 0:
		return l.T(lang.FiguresBleedOne)
	case n == 1:
		return l.T(lang.FiguresBleedOneJoint)
	case joints == 0:
		return l.T(lang.FiguresBleedsNoJoint, "n", l.Int(n))
	}
	return l.N(lang.FiguresBleedsJoints, joints, "bleeds", l.Int(n))
}

// perYear is the rate as a sentence, or when there will be one.
func (m Figures) perYear(r diary.Rate) string {
	if v, ok := r.PerYear(); ok {
		return m.Lang.T(lang.FiguresPerYear, "rate", m.Lang.Number(v, 1))
	}
	return m.Lang.N(lang.FiguresEarly, diary.MinObserved-r.Days)
}

// basis says what the sentences rest on.
func (m Figures) basis() node.Node {
	l, o := m.Lang, m.Is.Observed
	s := l.N(lang.FiguresObservedOnly, o.Days)
	if share, ok := o.Completeness(); ok {
		s = l.N(lang.FiguresObserved, o.Days, "share", l.Percent(share))
	} else if o.Weeks > 1 {
		s = l.N(lang.FiguresObservedWeeks, o.Days, "written", l.Int(o.Written), "weeks", l.Int(o.Weeks))
	}
	if o.Silent > 0 {
		s += " " + l.N(lang.FiguresSilent, o.Silent)
	}
	return node.P(node.Class("sub"), node.Text(s))
}

// explain tells the rules of a figure of a period, and what it rests on.
func (m Figures) explain(id string, rules ...diary.Rule) node.Node {
	o := m.Is.Observed
	if _, ok := o.Completeness(); !ok {
		return m.how(id, "", rules...)
	}
	return m.how(id, m.Lang.T(lang.FiguresComplete, "accounted", m.Lang.Int(o.Accounted), "planned", m.Lang.Int(o.Planned)), rules...)
}

// how tells the rules of a figure.
func (b Base) how(id, first string, rules ...diary.Rule) node.Node {
	return node.Details(node.ID(id), node.Class("how"), node.Summary(b.t(lang.FiguresHow)),
		node.If(first != "", node.P(node.Text(first))),
		node.Each(rules, func(r diary.Rule) node.Node {
			from := b.Lang.T(lang.FiguresRuleOwn, "n", strconv.Itoa(r.Version))
			if r.Source != "" {
				from = b.Lang.T(lang.FiguresRule, "n", strconv.Itoa(r.Version), "source", r.Source)
			}
			return node.Group(node.P(node.Text(b.Lang.Label(r.Key))), node.P(node.Class("hint"), node.Text(from)))
		}))
}

func (m Figures) bleeds() node.Node {
	l := m.Lang
	card := node.Section(node.Class("card"), node.Aria("labelledby", "bleeds"), node.H3(node.ID("bleeds"), iconBleed.draw(""), node.Span(m.t(lang.FiguresBleeds))),
		node.P(node.Class("say"), node.Text(m.bleedCount()+" "+m.perYear(m.Is.All.All))))
	switch {
	case !m.Free.Bled:
	case m.Free.Since == 0:
		card = card.With(m.p("", lang.FiguresFreeToday))
	default:
		card = card.With(node.P(m.n(lang.FiguresFree, m.Free.Since)))
	}
	if n := m.Free.Longest.Days(); m.Free.Bled && n > m.Free.Since {
		card = card.With(node.P(m.n(lang.FiguresLongest, n, "from", m.date(m.Free.Longest.From), "to", m.date(m.Free.Longest.To))))
	}
	if m.Is.Again > 0 {
		card = card.With(node.P(node.Class("sub"), node.Text(l.N(lang.FiguresAgain, m.Is.Again))))
	}
	return card.With(m.basis(), m.explain("how-bleeds", diary.RuleRate, diary.RuleObserved, diary.RuleFree))
}

func (m Figures) doses() node.Node {
	l, a := m.Lang, m.Is.Doses
	card := node.Section(node.Class("card"), node.Aria("labelledby", "doses"), node.H3(node.ID("doses"), iconPlan.draw(""), node.Span(m.t(lang.FiguresDoses))))
	share, ok := a.Number()
	if !ok {
		return card.With(m.p("", lang.FiguresNoPlan), m.explain("how-doses", diary.RuleAdherence, diary.RuleObserved))
	}
	card = card.With(m.p("say", lang.FiguresGiven, "share", l.Percent(share), "given", l.Int(a.Given), "planned", l.Int(a.Planned)))
	var parts []string
	if amount, ok := a.Amount(); ok {
		parts = append(parts, l.T(lang.FiguresAmount, "share", l.Percent(amount)))
	}
	if timely, ok := a.OnTime(); ok {
		parts = append(parts, l.T(lang.FiguresOnTime, "share", l.Percent(timely)))
	}
	card = card.With(node.P(node.Text(strings.Join(parts, " "))))
	parts = nil
	for _, x := range [...]struct {
		n int
		k lang.Plural
	}{{a.NotGiven, lang.FiguresNotGiven}, {a.Missed, lang.FiguresMissed}, {a.Advised, lang.FiguresAdvised}} {
		if x.n > 0 {
			parts = append(parts, l.N(x.k, x.n))
		}
	}
	if len(parts) > 0 {
		card = card.With(node.P(node.Text(strings.Join(parts, " "))))
	}
	if class := a.Class(diary.Dutch); m.Patient != "" && class != diary.ClassUnknown {
		card = card.With(m.p("", lang.FiguresClass, "class", l.Label(class.Key())))
	}
	rules := []diary.Rule{diary.RuleAdherence, diary.RuleObserved}
	if m.Patient != "" {
		rules = append(rules, diary.Dutch.Rule)
	}
	return card.With(m.basis(), m.explain("how-doses", rules...))
}

// used says what was used of one group.
func (m Figures) used(u diary.Use) string {
	l := m.Lang
	args := []string{"group", l.Label(u.Group.Key()), "unit", l.Label(u.Unit.Key()), "amount", ""}
	at := len(args) - 1
	if v, ok := u.PerKgYear(); ok && (u.Unit == diary.UnitIU || u.Unit == diary.UnitU) {
		args[at] = m.number(v)
		return l.T(lang.FiguresUseKg, args...)
	}
	if v, ok := u.PerYear(); ok {
		args[at] = m.number(v)
		return l.T(lang.FiguresUseYear, args...)
	}
	args[at] = l.Milli(int64(u.Amount))
	return l.T(lang.FiguresUseSum, args...)
}

func (m Figures) use() node.Node {
	card := node.Section(node.Class("card"), node.Aria("labelledby", "use"), node.H3(node.ID("use"), iconVial.draw(""), node.Span(m.t(lang.FiguresUse))))
	if len(m.Is.Uses) == 0 {
		return card.With(m.p("", lang.FiguresNoUse), m.explain("how-use", diary.RuleConsumption))
	}
	weigh := false
	for _, u := range m.Is.Uses {
		card = card.With(node.P(node.Class("say"), node.Text(m.used(u))))
		weigh = weigh || !u.Weighed() && (u.Unit == diary.UnitIU || u.Unit == diary.UnitU)
	}
	if m.Is.Observed.Days < diary.MinObserved {
		card = card.With(node.P(m.n(lang.FiguresEarly, diary.MinObserved-m.Is.Observed.Days)))
	}
	if weigh {
		card = card.With(m.p("", lang.FiguresWeight),
			m.button(ActMeasureNew, "", lang.FiguresWeightDo, append(m.carried(), node.ID("enter-weight"), iconPlus.draw(""))...))
	}
	return card.With(m.basis(), m.explain("how-use", diary.RuleConsumption, diary.RuleObserved))
}

// by is how charts over time were cut.
func (m Figures) by() pieces {
	if len(m.Is.Parts) > 0 {
		switch n := m.Is.Parts[len(m.Is.Parts)/2].Period.Days(); {
		case n > 31:
			return byQuarter
		case n > 7:
			return byMonth
		}
	}
	return byWeek
}

// over is the axis of a chart over time.
func (m Figures) over(what string) string {
	return m.Lang.T([...]lang.Key{lang.ChartByWeek, lang.ChartByMonth, lang.ChartByQuarter}[m.by()], "what", what)
}

// labels are the words under the columns: few enough not to touch.
func (m Figures) labels() []string {
	out := make([]string, len(m.Is.Parts))
	last := -9
	for i, p := range m.Is.Parts {
		t := p.Period.From.Time()
		s, apart := "", 3
		switch m.by() {
		case byWeek:
			s = m.Lang.DayShort(t)
		case byMonth:
			s = m.Lang.MonthShort(t)
			apart = max(2, (len(out)+5)/6)
		default:
			if p.Period.From.Month < 4 {
				s = strconv.Itoa(t.Year())
			}
			apart = max(4, len(out)/24*8)
		}
		if s != "" && i-last >= apart && i+1 < len(out)+1 {
			out[i], last = s, i
		}
	}
	return out
}

// name is a piece of time in the table.
func (m Figures) name(p diary.Period) string {
	l, from, to := m.Lang, p.From.Time(), p.To.Time()
	whole := p.From.Day == 1 && to.AddDate(0, 0, 1).Day() == 1
	switch {
	case whole && m.by() == byMonth:
		return l.MonthYear(from)
	case whole && m.by() == byQuarter && p.From.Month%3 == 1 && p.Days() > 62:
		return l.T(lang.ChartQuarter, "n", strconv.Itoa(int(p.From.Month+2)/3), "year", strconv.Itoa(from.Year()))
	}
	return l.DateShort(from) + " – " + l.DateShort(to)
}

func (m Figures) charts() []node.Node {
	out := []node.Node{m.calendarChart(m.Days)}
	if m.Is.All.All.Count > 0 {
		out = append(out, m.bleedChart())
		if len(m.Is.Places) > 0 {
			out = append(out, m.placeChart())
		}
	}
	if m.Is.Doses.Planned > 0 {
		out = append(out, m.doseChart())
	}
	for i, u := range m.Is.Uses {
		if u.Group != diary.GroupGene {
			out = append(out, m.useChart(i, u))
		}
	}
	for _, v := range m.Values {
		out = append(out, m.valueChart(v))
	}
	return out
}

func (m Figures) bleedChart() node.Node {
	l := m.Lang
	names := []string{l.Label(diary.BleedJoint.Key()), l.Label(diary.BleedMuscle.Key()), l.Label(diary.BleedOther.Key())}
	c := chart{Base: m.Base, id: "over-time", axis: m.over(l.T(lang.ChartNewBleeds)), legend: legendOf(sign{solid, names[0]}, sign{striped, names[1]}, sign{hollow, names[2]}),
		table: table{heads: append([]string{l.T(lang.ChartTime)}, names...)}}
	var all diary.Tissues
	var columns []column
	half, early, late, most := m.Is.Period.From.AddDays(m.Is.Period.Days()/2), 0, 0, 0
	labels := m.labels()
	for i, p := range m.Is.Parts {
		b := p.Bleeds
		n := b.Joint + b.Muscle + b.Other
		all = diary.Tissues{Joint: all.Joint + b.Joint, Muscle: all.Muscle + b.Muscle, Other: all.Other + b.Other}
		most = max(most, n)
		if p.Period.To.Before(half) {
			early += n
		} else {
			late += n
		}
		columns = append(columns, column{labels[i], []float64{float64(b.Joint), float64(b.Muscle), float64(b.Other)}, -1})
		c.table.rows = append(c.table.rows, []string{m.name(p.Period), l.Int(b.Joint), l.Int(b.Muscle), l.Int(b.Other)})
	}
	args := []string{"early", l.Int(early), "late", l.Int(late)}
	switch {
	case early+late == 1:
		c.finding = l.T(lang.ChartBleedsOne)
	case late < early:
		c.finding = l.T(lang.ChartBleedsFewer, args...)
	case late > early:
		c.finding = l.T(lang.ChartBleedsMore, args...)
	default:
		c.finding = l.T(lang.ChartBleedsSame, args...)
	}
	c.said = l.T(lang.ChartBleedsSaid, "joint", l.Int(all.Joint), "muscle", l.Int(all.Muscle), "other", l.Int(all.Other))
	c.plot = m.bars(columns, scaleOf(float64(max(most, 2)), true), "", solid, striped, hollow)
	return c.draw()
}

// placesShown is how many places the chart has; the table has all.
const placesShown = 8

func (m Figures) placeChart() node.Node {
	l := m.Lang
	list := slices.Clone(m.Is.Places)
	arrange.By(list, func(a, b diary.PlaceCount) int { return b.Bleeds - a.Bleeds })
	c := chart{Base: m.Base, id: "by-place", axis: l.T(lang.ChartPlaces), table: table{heads: []string{l.T(lang.ChartPlace), l.T(lang.ChartNewBleeds), l.T(lang.ChartLast)}}}
	var rungs []rung
	var top, said []string
	for i, p := range list {
		name := l.Label(p.Place.Key())
		if p.Bleeds == list[0].Bleeds {
			top = append(top, name)
		}
		if i < placesShown {
			rungs = append(rungs, rung{name, float64(p.Bleeds), l.Int(p.Bleeds)})
			said = append(said, name+" "+l.Int(p.Bleeds))
		}
		c.table.rows = append(c.table.rows, []string{name, l.Int(p.Bleeds), l.DateShort(time.UnixMilli(p.Last).In(m.Now.Location()))})
	}
	c.finding = l.N(lang.ChartMost, list[0].Bleeds, "places", strings.Join(top, ", "))
	c.said = l.T(lang.ChartPlaces) + ": " + strings.Join(said, ", ")
	c.plot = ladder(rungs)
	c.legend = node.Div(node.Class("placed"), m.bodyMap(m.Is.Places, nil, m.Role == Patient)) // the same on the body
	return c.draw()
}

func (m Figures) doseChart() node.Node {
	l := m.Lang
	names := []string{l.T(lang.ChartGiven), l.T(lang.HeatNotGiven), l.T(lang.HeatMissed)}
	c := chart{Base: m.Base, id: "planned-doses", axis: m.over(l.T(lang.ChartDoses)), legend: legendOf(sign{solid, names[0]}, sign{striped, names[1]}, sign{hollow, names[2]}),
		table: table{heads: append([]string{l.T(lang.ChartTime), l.T(lang.ChartPlanned)}, names...)}}
	var columns []column
	low, where, usual := 2.0, "", 0
	for _, p := range m.Is.Parts {
		usual = max(usual, p.Doses.Planned) // a piece with a few doses says little
	}
	labels := m.labels()
	for i, p := range m.Is.Parts {
		a := p.Doses
		pieces := []float64{0, 0, 0}
		if share, ok := a.Number(); ok {
			all := float64(a.Planned) / 100
			pieces = []float64{float64(a.Given) / all, float64(a.NotGiven) / all, float64(a.Missed) / all}
			if 2*a.Planned >= usual && share < low {
				low, where = share, m.name(p.Period)
			}
		}
		columns = append(columns, column{labels[i], pieces, -1})
		c.table.rows = append(c.table.rows, []string{m.name(p.Period), l.Int(a.Planned), l.Int(a.Given), l.Int(a.NotGiven), l.Int(a.Missed)})
	}
	share, _ := m.Is.Doses.Number()
	c.finding = l.T(lang.ChartDosesAll)
	if share < 1 {
		c.finding = l.T(lang.ChartDosesLow, "share", l.Percent(share), "low", l.Percent(low), "when", where)
	}
	a := m.Is.Doses
	c.said = l.T(lang.ChartDosesSaid, "given", l.Int(a.Given), "planned", l.Int(a.Planned), "not", l.Int(a.NotGiven), "missed", l.Int(a.Missed))
	c.plot = m.bars(columns, scale{0, 100, 25}, l.PercentSign(), solid, striped, hollow)
	return c.draw()
}

func (m Figures) useChart(i int, u diary.Use) node.Node {
	l := m.Lang
	unit, group := l.Label(u.Unit.Key()), l.Label(u.Group.Key())
	c := chart{Base: m.Base, id: "use-" + strconv.Itoa(i), axis: m.over(l.T(lang.ChartUse, "group", group, "unit", unit)),
		table: table{heads: []string{l.T(lang.ChartTime), l.T(lang.ChartUsed) + ", " + unit}}}
	var used, asked, most diary.Amount
	for _, p := range m.Is.Parts {
		s := p.Supplies[i]
		used, asked, most = used+s.Used, asked+s.Planned, max(most, s.Used, s.Planned)
	}
	if asked > 0 {
		c.table.heads = append(c.table.heads, l.T(lang.ChartPlanned)+", "+unit)
		c.legend = legendOf(sign{solid, l.T(lang.ChartUsed)}, sign{planned, l.T(lang.ChartPlanned)})
		c.finding = l.T(lang.ChartUsePlan, "share", l.Percent(float64(used)/float64(asked)), "group", group)
	} else {
		c.finding = l.T(lang.ChartUseSum, "group", group, "amount", l.Milli(int64(used)), "unit", unit)
	}
	var columns []column
	labels := m.labels()
	for k, p := range m.Is.Parts {
		s := p.Supplies[i]
		row := []string{m.name(p.Period), l.Milli(int64(s.Used))}
		x := column{labels[k], []float64{float64(s.Used) / 1000}, -1}
		if asked > 0 {
			x.plan = float64(s.Planned) / 1000
			row = append(row, l.Milli(int64(s.Planned)))
		}
		columns = append(columns, x)
		c.table.rows = append(c.table.rows, row)
	}
	c.said = l.T(lang.ChartUseSaid, "used", l.Milli(int64(used)), "planned", l.Milli(int64(asked)), "unit", unit)
	c.plot = m.bars(columns, scaleOf(float64(most)/1000, false), "", solid)
	return c.draw()
}

func (m Figures) valueChart(v Values) node.Node {
	l := m.Lang
	what, unit := l.Label(v.What.Key()), l.Label(v.What.UnitKey())
	first, last := v.List[0], v.List[len(v.List)-1]
	value := func(a diary.Amount) string { return l.Milli(int64(a)) + nbsp + unit }
	c := chart{Base: m.Base, id: "value-" + strings.TrimPrefix(v.What.Key(), "measured."), axis: l.T(lang.ChartValue, "what", what, "unit", unit),
		finding: l.T(lang.ChartValueLast, "what", what, "value", value(last.Amount), "date", m.date(last.On)),
		said:    l.T(lang.ChartValueSaid, "n", l.Int(len(v.List)), "first", value(first.Amount), "from", m.date(first.On), "last", value(last.Amount), "to", m.date(last.On)),
		table:   table{heads: []string{l.T(lang.ChartDate), what + ", " + unit}}}
	low, high := first.Amount, first.Amount
	days := max(1, diary.Period{From: first.On, To: last.On}.Days()-1)
	var points []point
	for _, x := range v.List {
		low, high = min(low, x.Amount), max(high, x.Amount)
		at := float64(diary.Period{From: first.On, To: x.On}.Days()-1) / float64(days)
		points = append(points, point{at, float64(x.Amount) / 1000})
		c.table.rows = append(c.table.rows, []string{l.DateShort(x.On.Time()), l.Milli(int64(x.Amount))})
	}
	c.plot = m.thread(points, between(float64(low)/1000, float64(high)/1000, false), l.DateShort(first.On.Time()), l.DateShort(last.On.Time()))
	return c.draw()
}

// targets are the joints that are or were target joints.
func (m Figures) targets() node.Node {
	l := m.Lang
	card := node.Section(node.Class("card"), node.Aria("labelledby", "targets"), node.H2(node.ID("targets"), m.t(lang.TargetsTitle)))
	if len(m.Targets) == 0 {
		card = card.With(m.p("", lang.TargetsNone))
	} else {
		card = card.With(node.Ul(node.Class("says"), node.Each(m.Targets, func(t diary.TargetJoint) node.Node {
			name := l.Label(t.Place.Key())
			if t.Off.IsZero() {
				return node.Li(node.Strong(m.t(lang.TargetNow, "place", name, "date", m.date(t.On))), node.Text(" "), m.n(lang.TargetYear, t.Year))
			}
			return node.Li(m.t(lang.TargetPast, "place", name, "from", m.date(t.On), "to", m.date(t.Off)))
		})))
	}
	return card.With(m.how("how-targets", "", diary.ISTH2014.Rule, diary.RuleObserved))
}

// rates is the table of the annualised rates.
func (m Figures) rates() node.Node {
	l := m.Lang
	cell := func(r diary.Rate) string {
		if v, ok := r.PerYear(); ok {
			return l.Number(v, 1) + " (" + l.Int(r.Count) + ")"
		}
		return "(" + l.Int(r.Count) + ")"
	}
	t := table{heads: []string{l.T(lang.RatesOf), l.T(lang.RatesAll), l.T(lang.RatesTreated)}}
	for _, x := range [...]struct {
		k            lang.Key
		all, treated diary.Rate
	}{
		{lang.RatesABR, m.Is.All.All, m.Is.Treated.All}, {lang.RatesAJBR, m.Is.All.Joint, m.Is.Treated.Joint},
		{lang.RatesAsBR, m.Is.All.Spontaneous, m.Is.Treated.Spontaneous}, {lang.RatesAtBR, m.Is.All.Traumatic, m.Is.Treated.Traumatic},
	} {
		t.rows = append(t.rows, []string{l.T(x.k), cell(x.all), cell(x.treated)})
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "rates"), node.H2(node.ID("rates"), m.t(lang.RatesTitle)),
		node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "rates-caption"), t.draw("rates-caption", l.T(lang.RatesNote))),
		m.basis(), m.explain("how-rates", diary.RuleRate, diary.RuleObserved))
}

// answers are how treated bleeds answered.
func (m Figures) answers() node.Node {
	l, a := m.Lang, m.Is.Answers
	if a.Treated == 0 {
		return node.Node{}
	}
	card := node.Section(node.Class("card"), node.Aria("labelledby", "answers"), node.H2(node.ID("answers"), m.t(lang.AnswersTitle)),
		m.p("", lang.AnswersKnown, "known", l.Int(a.Known()), "treated", l.Int(a.Treated)))
	if a.Known() > 0 {
		list := node.Ul(node.Class("says"))
		for r := diary.ResponseExcellent; r <= diary.ResponseNone; r++ {
			list = list.With(node.Li(node.Strong(node.Class("num"), node.Text(l.Int(a.Of[r])+" ")), node.Text(l.Label(r.Key()))))
		}
		card = card.With(list)
	}
	if minutes, ok := a.Median(); ok {
		n, of := a.Within(120)
		card = card.With(m.p("", lang.AnswersWait, "time", l.Duration(time.Duration(minutes)*time.Minute), "n", l.Int(n), "of", l.Int(of)))
	}
	return card.With(m.how("how-answers", "", diary.RuleResponse))
}

// brief is the figures on a patient's page at a centre.
func (m Figures) brief() node.Node {
	l := m.Lang
	section := node.Section(node.Class("card brief"), node.Aria("labelledby", "figures"), node.H2(node.ID("figures"), m.t(lang.FiguresTitle)))
	open := m.button(ActFiguresOpen, "", lang.FiguresOpen, with(FieldPatient, m.Patient)...)
	enter := m.button(ActMeasureNew, "quiet", lang.MeasureNew, with(FieldPatient, m.Patient)...)
	if m.First.IsZero() {
		return section.With(m.p("sub", lang.FiguresEmptyCentre), node.Div(node.Class("actions"), enter))
	}
	list := node.Dl(node.Class("facts"))
	list = list.With(m.fact(lang.FiguresBleeds, node.Text(m.bleedCount()+" "+m.perYear(m.Is.All.All))))
	if r := m.Is.Treated; r.All.Count > 0 {
		if _, ok := r.All.PerYear(); ok {
			all, _ := r.All.PerYear()
			joint, _ := r.Joint.PerYear()
			list = list.With(m.fact(lang.RatesTreated, m.t(lang.BriefTreated, "abr", l.Number(all, 1), "ajbr", l.Number(joint, 1))))
		}
	}
	if share, ok := m.Is.Doses.Number(); ok {
		said := l.T(lang.FiguresGiven, "share", l.Percent(share), "given", l.Int(m.Is.Doses.Given), "planned", l.Int(m.Is.Doses.Planned))
		if class := m.Is.Doses.Class(diary.Dutch); class != diary.ClassUnknown {
			said += " " + l.T(lang.FiguresClass, "class", l.Label(class.Key()))
		}
		list = list.With(m.fact(lang.FiguresDoses, node.Text(said)))
	}
	var used []string
	for _, u := range m.Is.Uses {
		used = append(used, m.used(u))
	}
	if len(used) > 0 {
		list = list.With(m.fact(lang.FiguresUse, node.Each(used, func(s string) node.Node { return node.P(node.Text(s)) })))
	}
	var joints []node.Node
	var marked []diary.Place
	for _, t := range m.Targets {
		if t.Off.IsZero() {
			marked = append(marked, t.Place)
			joints = append(joints, node.P(badge("accent", m.t(lang.TargetNow, "place", l.Label(t.Place.Key()), "date", l.DateShort(t.On.Time())))))
		}
	}
	if len(joints) == 0 {
		joints = append(joints, m.t(lang.TargetsNone))
	}
	list = list.With(m.fact(lang.TargetsTitle, node.Group(joints...)))
	var body node.Node
	if len(m.Is.Places) > 0 {
		body = node.Div(node.Class("brief-map"), node.H3(m.t(lang.MapBledTitle)), m.bodyMap(m.Is.Places, marked, false))
	}
	return section.With(m.p("sub", m.spanKey(), "date", m.date(m.Is.Period.From)), list, m.basis(), body,
		node.Div(node.Class("actions"), open, enter))
}

// ValuesOf are the measured values of a diary, by what was measured.
func ValuesOf(d *diary.Diary) []Values {
	var out []Values
	for _, what := range diary.AllMeasured() {
		v := Values{What: what}
		for _, it := range d.Measures(what) {
			on, _ := it.When.Wall()
			v.List = append(v.List, Value{on, it.Entry.(*diary.Measure).Value})
		}
		if len(v.List) > 0 {
			out = append(out, v)
		}
	}
	return out
}
