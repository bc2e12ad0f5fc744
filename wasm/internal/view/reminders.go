package view

import (
	"strconv"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Leave is what the browser says about notes on the screen.
type Leave uint8

const (
	LeaveUnasked Leave = iota
	LeaveGiven
	LeaveDenied
	LeaveNone // the browser cannot
)

// Reminders is how a person is reminded: by this device, or by their calendar.
type Reminders struct {
	Frame
	On       bool // the person asked for notes
	Leave    Leave
	Planned  bool // there are times to put into a calendar
	Gone     bool // there were others, which a calendar may still have
	Word     string
	Before   int // minutes
	Problems []Problem
}

// Befores are the minutes before a dose at which a calendar may remind.
var Befores = []int{0, 15, 60}

// Node draws the screen.
func (m Reminders) Node() node.Node {
	device := node.Section(node.Class("card"), node.Aria("labelledby", "remind"), node.H2(node.ID("remind"), m.t(lang.RemindersOpen)),
		m.p("", lang.RemindersOpenText), m.p("sub", lang.RemindersClosed))
	switch {
	case m.Leave == LeaveNone:
		device = device.With(m.p("strong", lang.RemindersNone))
	case m.Leave == LeaveDenied:
		device = device.With(m.p("strong", lang.RemindersDenied))
	case m.On && m.Leave == LeaveGiven:
		device = device.With(node.P(node.Class("read"), iconCheck.draw("small"), node.Span(m.t(lang.RemindersAreOn))),
			m.button(ActRemindOff, "", lang.RemindersOff, node.ID("remind-off")))
	default:
		device = device.With(m.button(ActRemindOn, "primary", lang.RemindersOn, node.ID("remind-on")))
	}
	calendar := node.Section(node.Class("card"), node.Aria("labelledby", "calendar"), node.H2(node.ID("calendar"), m.t(lang.CalendarTitle)), m.p("", lang.CalendarText))
	if !m.Planned {
		return m.reminders(device, calendar.With(m.p("strong", lang.CalendarNone)), m.takeOut())
	}
	word := field{Base: m.Base, name: FieldWord, label: lang.CalendarWord, problems: m.Problems}
	before := field{Base: m.Base, name: FieldBefore, label: lang.CalendarBefore}
	var list []chip
	for _, n := range Befores {
		s := strconv.Itoa(n)
		text := m.Lang.T(lang.CalendarMinutes, "n", s)
		if n == 0 {
			text = m.Lang.T(lang.CalendarAtTime)
		}
		list = append(list, chip{"radio", FieldBefore, s, text, n == m.Before, ""})
	}
	return m.reminders(device, calendar.With(
		form("calendar-form", ActCalendar,
			word.input(m.Word, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60)),
			before.chips("", list),
			node.Div(node.Class("actions"), m.submit(lang.CalendarDo))),
		m.p("hint", lang.CalendarAgain)), m.takeOut())
}

// takeOut ends the reminders of a calendar, which knows nothing of the plan.
func (m Reminders) takeOut() node.Node {
	if !m.Planned && !m.Gone {
		return node.Node{}
	}
	return node.Section(node.ID("calendar-out"), node.Class("card"), node.Aria("labelledby", "calendar-out-title"),
		node.H2(node.ID("calendar-out-title"), m.t(lang.CalendarOutTitle)), m.p("", lang.CalendarOutText),
		node.Ol(node.Class("steps"), node.Each([]lang.Key{lang.CalendarOut1, lang.CalendarOut2, lang.CalendarOut3}, func(k lang.Key) node.Node { return node.Li(m.t(k)) })),
		node.Div(node.Class("actions"),
			node.If(m.Gone && m.Planned, m.button(ActCalendarOut, "", lang.CalendarOutGone, append(with(FieldForm, "gone"), node.ID("calendar-out-gone"))...)),
			m.button(ActCalendarOut, "quiet", lang.CalendarOutAll, append(with(FieldForm, "all"), node.ID("calendar-out-all"))...)))
}

func (m Reminders) reminders(items ...node.Item) node.Node {
	return m.inside(page{"reminders", true, "narrow"}, append([]node.Item{node.H1(m.t(lang.RemindersTitle)), m.summary(m.Problems)}, items...)...)
}

// due stands on every place but today while a dose is due.
func (f Frame) due() node.Node {
	if !f.Due || f.Place == PlaceToday || f.Place == PlaceRecord {
		return node.Node{}
	}
	return node.Div(node.ID("due-now"), node.Class("panel calm"), node.Role("status"), iconClock.draw(""),
		node.Div(node.P(node.Class("strong"), f.t(lang.RemindersDue)), f.button(ActGoToday, "", lang.RemindersLook, node.ID("due-look"))))
}
