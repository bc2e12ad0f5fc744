package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// t is a text of the catalogue as a node.
func (b Base) t(k lang.Key, args ...string) node.Node { return node.Text(b.Lang.T(k, args...)) }

// n is a text that depends on a count.
func (b Base) n(p lang.Plural, n int, args ...string) node.Node {
	return node.Text(b.Lang.N(p, n, args...))
}

// p is a paragraph of one text.
func (b Base) p(class string, k lang.Key, args ...string) node.Node {
	return node.P(node.Class(class), b.t(k, args...))
}

// when is a moment for people and for machines.
func (b Base) when(t time.Time) node.Node {
	return node.Time(node.Datetime(t.Format(time.RFC3339)), node.Text(b.Lang.When(b.Now, t)))
}

// hidden is text for screen readers only.
func hidden(s string) node.Node { return node.Span(node.Class("vh"), node.Text(s)) }

// button is a button with an action. Its tone is a class: "primary", "", "quiet", "alarm".
func (b Base) button(act, tone string, k lang.Key, more ...node.Item) node.Node {
	items := []node.Item{node.Type("button"), node.Class("btn " + tone), node.Act(act)}
	return node.Button(append(append(items, more...), node.Span(b.t(k)))...)
}

// submit sends the form it is in.
func (b Base) submit(k lang.Key, more ...node.Item) node.Node {
	items := []node.Item{node.Type("submit"), node.Class("btn primary")}
	return node.Button(append(append(items, more...), node.Span(b.t(k)))...)
}

// with gives a button the value it sends along.
func with(field, value string) []node.Item { return []node.Item{node.Name(field), node.Value(value)} }

// form is a form with its action; our own words say what is wrong, so the
// browser's are off.
func form(id, act string, items ...node.Item) node.Node {
	return node.Form(append([]node.Item{node.ID(id), node.Act(act), node.Bool("novalidate", true)}, items...)...)
}

// carry is a field the user does not see.
func carry(name, value string) node.Node {
	return node.Input(node.Type("hidden"), node.Name(name), node.Value(value))
}

// FieldID is the id of the control of that name.
func FieldID(name string) string { return fieldID(name) }

func fieldID(name string) string {
	b := []byte("f-" + name)
	for i, c := range b {
		if c == '.' {
			b[i] = '-'
		}
	}
	return string(b)
}

// A field is a labelled input.
type field struct {
	Base
	name     string
	label    lang.Key
	args     []string
	hint     lang.Key // 0: none
	hintArgs []string
	optional bool
	problems []Problem
}

func (f field) problem() (Problem, bool) {
	for _, p := range f.problems {
		if p.Field == f.name {
			return p, true
		}
	}
	return Problem{}, false
}

// attrs are those every control of a field has.
func (f field) attrs() []node.Item {
	id := fieldID(f.name)
	items := []node.Item{node.ID(id), node.Name(f.name)}
	if _, bad := f.problem(); bad {
		items = append(items, node.Aria("invalid", "true"))
	}
	return append(items, f.described())
}

// described ties hint and problem to the control or the set of controls.
func (f field) described() node.Attr {
	id := fieldID(f.name)
	var by []string
	if f.hint != 0 {
		by = append(by, id+"-hint")
	}
	if _, bad := f.problem(); bad {
		by = append(by, id+"-bad")
	}
	if len(by) == 0 {
		return node.Attr{}
	}
	return node.Aria("describedby", strings.Join(by, " "))
}

// around puts label, hint and problem around a control.
func (f field) around(class string, control ...node.Node) node.Node {
	id := fieldID(f.name)
	return node.Div(node.Class("field "+class),
		node.Label(node.For(id), f.t(f.label, f.args...), f.mark()),
		f.hintNode(),
		node.Group(control...),
		f.bad(),
	)
}

func (f field) mark() node.Node {
	if !f.optional {
		return node.Node{}
	}
	return node.Small(node.Class("opt"), node.Text(" ("+f.Lang.T(lang.Optional)+")"))
}

func (f field) hintNode() node.Node {
	if f.hint == 0 {
		return node.Node{}
	}
	return node.P(node.Class("hint"), node.ID(fieldID(f.name)+"-hint"), f.t(f.hint, f.hintArgs...))
}

func (f field) bad() node.Node {
	p, bad := f.problem()
	if !bad {
		return node.Node{}
	}
	return node.P(node.Class("bad"), node.ID(fieldID(f.name)+"-bad"), iconAlert.draw("small"), node.Span(p.node(f.Base)))
}

func (p Problem) node(b Base) node.Node {
	if p.Diary != "" {
		return node.Text(b.Lang.Label(p.Diary.Key()))
	}
	return b.t(p.Key, p.Args...)
}

// input is the field with an input; more are attributes of the input.
func (f field) input(value string, more ...node.Item) node.Node {
	items := append(f.attrs(), node.Value(value))
	return f.around("", node.Input(append(items, more...)...))
}

// exact makes an input that keyboards leave alone: codes, numbers, words.
func exact(kind, mode string) []node.Item {
	return []node.Item{node.Type(kind), node.Inputmode(mode), node.Autocomplete("off"),
		node.Set("autocapitalize", "off"), node.Set("spellcheck", "false")}
}

// area is the field with several lines.
func (f field) area(value string, rows int, more ...node.Item) node.Node {
	items := append(f.attrs(), node.Rows(rows))
	items = append(items, more...)
	return f.around("", node.Textarea(append(items, node.Text(value))...))
}

// pick is the field with a list.
func (f field) pick(options node.Node, more ...node.Item) node.Node {
	return f.around("", node.Select(append(append(f.attrs(), more...), options)...))
}

func option(value, label string, chosen string) node.Node {
	return node.Option(node.Value(value), node.Selected(value == chosen), node.Text(label))
}

// keyed is a value of an enumeration.
type keyed interface{ Key() string }

// options are the values of an enumeration, after one for saying nothing.
func options[E keyed](b Base, values []E, chosen string) node.Node {
	return node.Group(option("", b.Lang.T(lang.NotStated), chosen),
		node.Each(values, func(e E) node.Node { return option(e.Key(), b.Lang.Label(e.Key()), chosen) }))
}

// A chip is one of the big radio buttons or check boxes.
type chip struct {
	kind, name, value, label string
	on                       bool
	class                    string
}

func (c chip) draw(id string, more ...node.Item) node.Node {
	items := []node.Item{node.Type(c.kind), node.Name(c.name), node.Value(c.value), node.ID(id), node.Checked(c.on)}
	return node.Label(node.Class("chip "+c.class), node.For(id), node.Input(append(items, more...)...), node.Span(node.Text(c.label)))
}

// chips is a fieldset of radio buttons. The first has the field's id, so that
// the summary's link leads somewhere.
func (f field) chips(class string, list []chip, more ...node.Item) node.Node {
	id := fieldID(f.name)
	items := []node.Item{node.Class("field choices " + class), node.ID(id + "-set"), node.Legend(f.t(f.label, f.args...), f.mark())}
	items = append(items, f.described())
	items = append(items, more...)
	items = append(items, f.hintNode())
	box := node.Div(node.Class("chips"))
	for i, c := range list {
		at := id
		if i > 0 {
			at += "-" + strconv.Itoa(i)
		}
		box = box.With(c.draw(at))
	}
	return node.Fieldset(append(items, box, f.bad())...)
}

// radios are chips for the values of an enumeration.
func radios[E keyed](b Base, name string, values []E, chosen string) []chip {
	var out []chip
	for _, v := range values {
		out = append(out, chip{"radio", name, v.Key(), b.Lang.Label(v.Key()), v.Key() == chosen, ""})
	}
	return out
}

// moment is a date and a time side by side.
func (b Base) moment(legend lang.Key, hint lang.Key, dateName, date, timeName, clock string, problems []Problem, optional bool) node.Node {
	d := field{Base: b, name: dateName, label: lang.FieldDateName, problems: problems}
	c := field{Base: b, name: timeName, label: lang.FieldTimeName, problems: problems}
	l := field{Base: b, name: dateName, hint: hint, optional: optional}
	return node.Fieldset(node.Class("field pair"), node.Legend(b.t(legend), l.mark()), l.described(),
		l.hintNode(),
		node.Div(node.Class("two"),
			d.input(date, node.Type("date")),
			c.input(clock, node.Type("time"))))
}

// summary lists what is wrong, each linked to its field.
func (b Base) summary(problems []Problem) node.Node {
	if len(problems) == 0 {
		return node.Node{}
	}
	return node.Section(node.ID("problems"), node.Class("panel alarm"), node.Role("alert"), node.Tabindex(-1), node.Aria("labelledby", "problems-title"),
		node.H2(node.ID("problems-title"), iconAlert.draw(""), node.Span(b.n(lang.ProblemsTitle, len(problems)))),
		node.Ul(node.Each(problems, func(p Problem) node.Node {
			if p.Field == "" {
				return node.Li(p.node(b))
			}
			return node.Li(node.A(node.Href("#"+fieldID(p.Field)), node.Act(ActFocus), b.about(p), p.node(b)))
		})))
}

// about names the field of a problem, for the summary.
func (b Base) about(p Problem) node.Node {
	if day, ok := dayOf(b, p.Field); ok {
		return node.Text(lang.Title(day) + ": ")
	}
	k, args := labelOf(p.Field)
	if k == 0 {
		return node.Node{}
	}
	label := b.Lang.T(k, args...)
	if !strings.HasSuffix(label, "?") {
		label += ":"
	}
	return node.Text(label + " ")
}

// partLabels are the labels of fields that stand in one part of the app only.
var partLabels = []map[string]lang.Key{
	// Treatments and back-filling.
	{FieldMissed: lang.MissedWhy, FieldDay: lang.BackfillDays},

	// Stock.
	stockLabels,

	// Plan.
	{
		FieldTemplate: lang.PlanTemplate, FieldPerKg: lang.PlanPerKg, FieldRhythm: lang.PlanRhythm, FieldEvery: lang.PlanEveryName,
		FieldWeekdays: lang.PlanWeekdays, FieldTimes + "0": lang.PlanTimes, FieldFrom: lang.PlanFrom, FieldUntil: lang.PlanUntil,
		FieldClinician: lang.PlanClinician, FieldWord: lang.CalendarWord,
	},

	// Figures and measures.
	{FieldWhat: lang.MeasureWhat, FieldValue: lang.MeasureValue, FieldLab: lang.MeasureLab},

	// Legal record and recall.
	{FieldBatch: lang.LegalBatch},

	// Printing, export and import.
	{FieldForm: lang.PapersWhat, FieldFile: lang.ImportField},

	// Contact, card and access log.
	contactLabels,

	// Devices.
	{FieldDeviceName: lang.DeviceName},

	// Carers.
	{FieldRight: lang.CarerMay, FieldPersonName: lang.CarerJoinName, FieldPersonNote: lang.CarerNote},

	// The work-list.
	workLabels,

	// Passkeys and the passphrase.
	{FieldOldPassphrase: lang.PassOld},

	// The team.
	{FieldTeamRole: lang.ColleagueRole},

	// Rights.
	restrictLabels,

	// Sharing with a centre.
	{
		FieldSignatory: lang.ShareWho, FieldAgree: lang.ShareTickName, FieldSaysResponsible: lang.SaysResponsible, FieldSaysContact: lang.SaysContact,
		FieldSaysOfficer: lang.SaysOfficer, FieldSaysGround: lang.SaysGround, FieldSaysKeeping: lang.SaysKeeping,
	},

	// Registries and research.
	{
		FieldStudyName: lang.StudyName, FieldRecipient: lang.StudyRecipient, FieldStudyWhat: lang.StudyWhat, FieldFirst: lang.StudyFirst,
		FieldLast: lang.StudyLast, FieldBorn: lang.ConsentBorn, FieldSex: lang.ConsentSex, FieldSigned: lang.ConsentSigned,
	},
}

// labelOf is the label of the field of that name, 0 if the summary needs none:
// on a screen with a single field its problem says enough.
func labelOf(name string) (lang.Key, []string) {
	switch name {
	case FieldWordA, FieldWordB, FieldPassphrase, FieldCode, FieldCentreCode, FieldSheetWords, FieldText:
		return 0, nil
	case FieldName:
		return lang.FoundName, nil
	case FieldOwnName:
		return lang.FoundOwnName, nil
	case FieldCaseNote:
		return lang.CaseNote, nil
	case FieldProduct:
		return lang.FieldProductName, nil
	case FieldOther:
		return lang.FieldOtherName, nil
	case FieldAmount:
		return lang.FieldAmountName, nil
	case FieldEndDate, FieldEndTime:
		return lang.FieldEndName, nil
	case FieldDate:
		return lang.FieldDateName, nil
	case FieldTime:
		return lang.FieldTimeName, nil
	case FieldReason:
		return lang.FieldReasonName, nil
	case FieldBleed:
		return lang.FieldLinkedBleed, nil
	case FieldSite:
		return lang.FieldSiteName, nil
	case FieldGivenBy:
		return lang.FieldByName, nil
	case FieldReaction:
		return lang.FieldReactionName, nil
	case FieldPlace:
		return lang.FieldPlaceName, nil
	case FieldKind:
		return lang.FieldKindName, nil
	case FieldCause:
		return lang.FieldCauseName, nil
	case FieldSeverity:
		return lang.FieldSeverityName, nil
	case FieldPain:
		return lang.FieldPainName, nil
	case FieldNote:
		return lang.FieldNoteName, nil
	case FieldWhy:
		return lang.FieldWhyName, nil
	case FieldResponse8:
		return lang.Response8h, nil
	case FieldResponse72:
		return lang.Response72h, nil
	}
	for _, part := range partLabels {
		if k := part[name]; k != 0 {
			return k, nil
		}
	}
	for prefix, k := range map[string]lang.Key{FieldLot: lang.LotName, FieldExpiry: lang.LotExpiryOf, FieldPacks: lang.LotVialsOf, FieldStrength: lang.LotStrengthOf} {
		if n, err := strconv.Atoi(strings.TrimPrefix(name, prefix)); err == nil && strings.HasPrefix(name, prefix) {
			return k, []string{"n", strconv.Itoa(n + 1)}
		}
	}
	return 0, nil
}

// empty is what stands where a list has nothing yet: what it is for and what
// to do next.
func (b Base) empty(i icon, title, text lang.Key, do ...node.Node) node.Node {
	return node.Div(node.Class("empty"), i.draw("large"),
		node.P(node.Class("strong"), b.t(title)), b.p("", text), node.Group(do...))
}

// badge is a word or two about a state.
func badge(tone string, children ...node.Item) node.Node {
	return node.Span(append([]node.Item{node.Class("badge " + tone)}, children...)...)
}

// digits writes a check code in two groups of three.
func digits(code string) node.Node {
	if len(code) != 6 {
		return node.P(node.Class("check num"), node.Text(code))
	}
	return node.P(node.Class("check num"), node.Span(node.Text(code[:3])), node.Text(" "), node.Span(node.Text(code[3:])))
}

// draw is the code as one path, dark on white whatever the theme, with the
// quiet zone that readers need.
func (q QR) draw(label string) node.Node {
	if len(q) == 0 {
		return node.Node{}
	}
	var d []byte
	for y, row := range q {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			run := 1
			for x+run < len(row) && row[x+run] {
				run++
			}
			d = append(d, 'M')
			d = strconv.AppendInt(d, int64(x+4), 10)
			d = append(d, ' ')
			d = strconv.AppendInt(d, int64(y+4), 10)
			d = append(d, 'h')
			d = strconv.AppendInt(d, int64(run), 10)
			d = append(d, "v1h-"...)
			d = strconv.AppendInt(d, int64(run), 10)
			d = append(d, 'z')
			x += run
		}
	}
	size := strconv.Itoa(len(q) + 8)
	return node.SVG(node.Class("qr"), node.ViewBox("0 0 "+size+" "+size), node.Role("img"), node.Aria("label", label),
		node.Rect(node.Width(size), node.Height(size), node.Fill("#fff")),
		node.Path(node.D(string(d)), node.Fill("#000")))
}

// split takes a code apart at its dashes and spaces.
func split(code string) []string {
	return strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == ' ' })
}
