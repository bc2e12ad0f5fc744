package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// CentreKnows is the answer to: does my centre know?
type CentreKnows struct {
	CentreName  string
	Unconfirmed bool      // the check codes have not been compared
	Waiting     int       // entries not yet there
	SeenUntil   time.Time // the centre has looked at everything before; zero: never
	Unread      int
}

// Today is the patient's first screen.
type Today struct {
	Frame
	Due         []Due
	Planned     bool // there is a plan
	Regimens    bool // there are plans to look at, in force or not
	PlansUnread int  // signed by a centre, and nobody here has said to have read them
	LastBleed   time.Time
	HasBleeds   bool
	OpenBleeds  []Entry
	Asks        []Ask     // how bleeds answered to treatment
	Days        []DayMark // the last fourteen, oldest first
	Last        *Entry    // what "same as last time" records, where no dose above offers it
	APCC        *APCCHint // of the last 24 hours
	Gene        *Entry    // a gene therapy, if no plan is in force
	Blood       *BloodTest
	Recent      []Entry // the newest few
	Centres     []CentreKnows
	Stock       []StockProduct  // that a plan needs, or that are low
	Warnings    []RecallWarning // recalled lots at home or used
	EntriesEver int
	AccessDue   bool // who can read the diary should be looked through
	Restrict    []RestrictNews
	Share       []ShareNote
}

// BloodTest is the next test of the blood after a gene therapy.
type BloodTest struct {
	After   string // the product
	Factor  diary.Measured
	Due     time.Time
	Week    int
	Overdue bool
}

// Node draws the screen.
func (m Today) Node() node.Node {
	// One question at a time stands before what is due; the others wait below.
	body, asks := node.Div(node.Class("today")), m.Asks
	if m.Sheet.Matter == SheetUsed {
		body = body.With(m.sheetNote())
	}
	if len(asks) > 0 {
		body, asks = body.With(m.ask(asks[0], true)), asks[1:]
	}
	body = body.With(node.Each(m.Share, m.shareAsk))
	if m.PlansUnread > 0 {
		body = body.With(node.Section(node.Class("card slim"), iconPlan.draw(""), node.Div(node.H2(m.n(lang.PlansUnread, m.PlansUnread))),
			m.button(ActGoPlan, "primary", lang.PlanReadGo, node.ID("read-plan"))))
	}
	body = body.With(m.restrictNews())
	if m.EntriesEver == 0 {
		body = body.With(node.Section(node.Class("card"), m.empty(iconTreatment, lang.TodayEmptyTitle, lang.TodayEmptyText,
			m.button(ActGoRecord, "primary", lang.RecordButton, iconPlus.draw("")))))
	}
	if m.APCC != nil {
		body = body.With(node.Div(node.ID("apcc"), m.apcc(m.APCC)))
	}
	if m.EntriesEver > 0 || m.Planned {
		body = body.With(m.due(), m.doing())
	}
	body = body.With(m.knows(), node.Each(asks, func(a Ask) node.Node { return m.ask(a, true) }), m.stock())
	if m.Sheet.Matter != SheetUsed {
		body = body.With(m.sheetNote())
	}
	if m.AccessDue {
		body = body.With(m.accessDue(m.button(ActWhoSees, "", lang.SeenOpen, node.ID("access-check"))))
	}
	if len(m.Recent) > 0 {
		body = body.With(node.Section(node.Class("recent"), node.Aria("labelledby", "recent"), node.H2(node.ID("recent"), m.t(lang.RecentTitle)),
			node.Ul(node.Class("entries"), node.Each(m.Recent, func(e Entry) node.Node {
				return m.line(e, m.Lang.When(m.Now, e.At), false)
			}))))
	}
	return m.inside(page{key: "today"},
		node.Div(node.Class("head"), node.H1(m.t(lang.TodayTitle)), node.P(node.Class("sub"), node.Text(m.Lang.Weekday(m.Now)+", "+m.Lang.DayMonth(m.Now)))),
		m.recalls(m.Warnings), body)
}

// due answers: what is due?
func (m Today) due() node.Node {
	card := node.Section(node.Class("card due"), node.Aria("labelledby", "due"), node.Div(node.Class("head"), node.H2(node.ID("due"), m.t(lang.DueTitle)),
		node.If(m.Regimens, m.button(ActGoPlan, "quiet", lang.PlanGo, node.ID("go-plan")))))
	for i, d := range m.Due {
		card = card.With(m.dose(d, i))
	}
	again := node.Node{}
	if m.Last != nil && m.Last.Treatment != nil {
		again = node.Button(node.ID("again"), node.Type("button"), node.Class("btn block again"), node.Act(ActRepeat), node.Name(FieldEntry), node.Value(m.Last.ID),
			iconAgain.draw(""), node.Span(node.Strong(m.t(lang.AgainTitle)), node.Small(node.Class("num"), node.Text(m.asLast(*m.Last)))))
	}
	switch {
	case len(m.Due) > 0:
	case m.Gene != nil:
		card = card.With(m.p("strong", lang.GeneTitle, "what", m.Gene.Treatment.Product, "when", m.Lang.Date(m.Gene.At)), m.p("sub", lang.GeneText))
	case m.Planned:
		card = card.With(m.p("strong", lang.DueNothing))
	case len(m.Centres) == 0:
		card = card.With(m.p("sub", lang.DueNoPlanAlone))
	default:
		card = card.With(m.p("sub", lang.DueNoPlan))
	}
	if t := m.Blood; t != nil {
		text := lang.BloodTestDue
		if t.Overdue {
			text = lang.BloodTestOverdue
		}
		card = card.With(m.p("strong", text, "factor", m.Lang.Label(t.Factor.Key()), "day", m.Lang.Day(m.Now, t.Due), "week", m.Lang.Int(t.Week), "what", t.After),
			m.p("hint", lang.BloodTestText, "source", diary.BloodTestSource),
			m.button(ActMeasureNew, "", lang.BloodTestEnter))
	}
	return card.With(again, m.button(ActBackfill, "quiet", lang.BackfillOpen, iconPlus.draw("small")))
}

// doing answers: how am I doing?
func (m Today) doing() node.Node {
	card := node.Section(node.Class("card doing"), node.Aria("labelledby", "doing"), node.H2(node.ID("doing"), m.t(lang.HowTitle)))
	switch {
	case len(m.OpenBleeds) > 0:
		for _, e := range m.OpenBleeds {
			card = card.With(m.openBleed(e))
		}
	case m.HasBleeds:
		n := lang.Days(m.Now, m.LastBleed)
		text := lang.HowBleedFree
		if n == 1 {
			text = lang.HowBleedFreeOne
		}
		card = card.With(node.P(node.Class("figure"), node.Span(node.Class("big num"), node.Text(m.Lang.Int(n))), node.Text(" "), node.Span(m.t(text))))
	default:
		card = card.With(m.p("strong", lang.HowNoBleed))
	}
	if len(m.Days) == 0 {
		return card
	}
	strip := node.Ol(node.Class("fortnight"), node.Aria("label", m.Lang.T(lang.HowStripLabel)))
	for i, d := range m.Days {
		said := ""
		if d.Treatments > 0 {
			said += ", " + m.Lang.N(lang.HowTreatments, d.Treatments)
		}
		if d.Bleeds > 0 {
			said += ", " + m.Lang.N(lang.HowBleeds, d.Bleeds)
		}
		if said == "" {
			said = ", " + m.Lang.T(lang.HowNothing)
		}
		strip = strip.With(node.Li(node.If(i == len(m.Days)-1, node.Aria("current", "date")),
			node.Span(node.Aria("hidden", "true"), node.Text(m.Lang.WeekdayShort(d.Date)[:2])),
			dayMark(d),
			node.Span(node.Class("num"), node.Aria("hidden", "true"), node.Text(strconv.Itoa(d.Date.Day()))),
			hidden(m.Lang.Day(m.Now, d.Date)+said)))
	}
	return card.With(strip, node.P(node.Class("legend"), node.Aria("hidden", "true"),
		dayMark(DayMark{Treatments: 1}), node.Span(m.t(lang.HowTreated)), dayMark(DayMark{Bleeds: 1}), node.Span(m.t(lang.HowBled))))
}

// dayMark is a dot for a treatment, a drop for a bleed, both, or a faint ring.
func dayMark(d DayMark) node.Node {
	mark := node.SVG(node.Class("mark-day"), node.ViewBox("0 0 16 26"), node.Width("16"), node.Height("26"), node.Aria("hidden", "true"), node.Set("focusable", "false"))
	drop := node.Path(node.Class("m-bleed"), node.D("M8 1.5c2.4 3 4 5 4 7.100a4 4 0 0 1-8 0c0-2.100 1.600-4.100 4-7.100z"))
	dot := func(y string) node.Node {
		return node.Circle(node.Class("m-treat"), node.Set("cx", "8"), node.Set("cy", y), node.Set("r", "4"))
	}
	switch {
	case d.Bleeds > 0 && d.Treatments > 0:
		return mark.With(drop, dot("20"))
	case d.Bleeds > 0:
		return mark.With(drop.With(node.Set("transform", "translate(0 6)")))
	case d.Treatments > 0:
		return mark.With(dot("13"))
	}
	return mark.With(node.Circle(node.Class("m-none"), node.Set("cx", "8"), node.Set("cy", "13"), node.Set("r", "1.5")))
}

// knows answers: does my centre know?
func (m Today) knows() node.Node {
	card := node.Section(node.Class("card knows"), node.Aria("labelledby", "knows"), node.H2(node.ID("knows"), m.t(lang.KnowsTitle)))
	if len(m.Centres) == 0 {
		return card.With(m.p("", lang.KnowsNobody), m.button(ActGoCentre, "quiet", lang.KnowsInvite))
	}
	return card.With(node.Each(m.Centres, func(c CentreKnows) node.Node {
		i, first := iconCheck, m.t(lang.KnowsAll, "centre", c.CentreName)
		switch {
		case c.Unconfirmed:
			i, first = iconClock, m.t(lang.KnowsUnconfirmed, "centre", c.CentreName)
		case c.Waiting > 0:
			i, first = iconClock, m.n(lang.KnowsWaiting, c.Waiting, "centre", c.CentreName)
		}
		seen := m.t(lang.KnowsNotSeen)
		if !c.SeenUntil.IsZero() {
			seen = m.t(lang.KnowsSeen, "when", m.Lang.When(m.Now, c.SeenUntil))
		}
		return node.Div(node.Class("known"), i.draw(""),
			node.Div(node.P(first),
				node.If(!c.Unconfirmed, node.P(node.Class("sub"), seen)),
				node.If(c.Unread > 0, m.button(ActGoCentre, "quiet", lang.PlaceCentreName).With(node.Text(" "), badge("accent", m.n(lang.UnreadCount, c.Unread))))))
	}))
}
