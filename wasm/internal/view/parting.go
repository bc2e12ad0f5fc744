package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A patient and a centre part: the question before it, and the receipt after it.

// PartingReason is why.
type PartingReason uint8

const (
	PartingUnsaid PartingReason = iota
	PartingOther
	PartingMoved
	PartingWish
	PartingDied
	PartingMistake
)

// PartingReasonOf reads what a form sends; what is none is PartingUnsaid.
func PartingReasonOf(s string) PartingReason { return PartingReason(oneOf(s, int(PartingMistake))) }

func (r PartingReason) text(role Role) lang.Key {
	if r == PartingWish && role == Patient {
		return lang.PartWishPatient
	}
	return [...]lang.Key{lang.PartUnsaid, lang.PartOther, lang.PartMoved, lang.PartWish, lang.PartDied, lang.PartMistake}[r]
}

// A Parting is an end as pages show it.
type Parting struct {
	At       time.Time
	Reason   PartingReason
	ByCentre bool
	By       string     // who at the centre
	Shut     bool       // the centre's keys are out of the shared space
	Died     diary.Date // at a centre, of who died: when; zero: not known
	Agreed   time.Time  // when the agreement was given that the patient took back; zero: there is none
	Receipt  string     // its number
}

// PartingForm asks before a patient leaves a centre, or is discharged.
type PartingForm struct {
	Frame
	ID        string // of the centre at a patient's, of the patient at a centre's
	Centre    string // its name
	Pseudonym string
	Agreed    time.Time // what leaving takes back; zero: nothing
	Problems  []Problem
}

func (f Frame) partField() string {
	if f.Role == Centre {
		return FieldPatient
	}
	return FieldCentre
}

// Node draws the screen.
func (m PartingForm) Node() node.Node {
	title, lead, do := lang.PartTitlePatient, lang.PartLeadPatient, lang.PartDoPatient
	points := []lang.Key{lang.PartPatient1, lang.PartPatient2, lang.PartPatient3, lang.PartPatient4}
	reasons := []PartingReason{PartingOther, PartingMoved, PartingWish, PartingUnsaid}
	if m.Role == Centre {
		title, lead, do = lang.PartTitleCentre, lang.PartLeadCentre, lang.PartDoCentre
		points = []lang.Key{lang.PartCentre1, lang.PartCentre2, lang.PartCentre3, lang.PartCentre4}
		reasons = []PartingReason{PartingOther, PartingMoved, PartingWish, PartingMistake, PartingUnsaid}
	}
	var chips []chip
	for _, r := range reasons {
		chips = append(chips, chip{"radio", FieldReason, strconv.Itoa(int(r)), m.Lang.T(r.text(m.Role)), r == PartingUnsaid, ""})
	}
	why := field{Base: m.Base, name: FieldReason, label: lang.PartWhy, problems: m.Problems}
	return m.inside(page{"part." + m.ID, true, "narrow"},
		node.H1(m.t(title, "centre", m.Centre, "id", m.Pseudonym)), m.p("lead", lead, "centre", m.Centre, "id", m.Pseudonym),
		m.summary(m.Problems),
		m.partPoints(points, m.Centre, m.Pseudonym), node.If(!m.Agreed.IsZero(), m.p("", lang.PartWithdraws, "date", m.Lang.Date(m.Agreed))),
		form("part", ActPart, carry(m.partField(), m.ID),
			why.chips("", chips),
			node.Div(node.Class("actions"),
				node.Button(node.ID("part-do"), node.Type("submit"), node.Class("btn alarm"), node.Span(m.t(do))),
				m.button(ActBack, "quiet", lang.Cancel))))
}

// DeathForm asks before a centre enters that a patient has died: an act of its own,
// which asks for nothing else.
type DeathForm struct {
	Frame
	ID        string
	Pseudonym string
	Date      string // as typed
	Dating    bool   // the death was entered; only the day is asked for
	Problems  []Problem
}

// Node draws the screen.
func (m DeathForm) Node() node.Node {
	day := field{Base: m.Base, name: FieldDate, label: lang.FactDied, hint: lang.DeathHint, optional: true, problems: m.Problems}.
		input(m.Date, node.Type("date"), node.Set("max", m.Now.Format(time.DateOnly)))
	if m.Dating {
		return m.inside(page{"death." + m.ID, true, "narrow"},
			node.H1(m.t(lang.DeathTitle, "id", m.Pseudonym)), m.p("lead", lang.DeathLead),
			m.summary(m.Problems),
			form("death", ActDeathSave, carry(FieldPatient, m.ID), day,
				node.Div(node.Class("actions"), m.submit(lang.Save), m.button(ActBack, "quiet", lang.Cancel))))
	}
	return m.inside(page{"died." + m.ID, true, "narrow"},
		node.H1(m.t(lang.DiedTitle, "id", m.Pseudonym)), m.p("lead", lang.DiedLead, "id", m.Pseudonym),
		m.summary(m.Problems),
		m.partPoints([]lang.Key{lang.Died1, lang.Died2, lang.Died3, lang.Died4}, "", m.Pseudonym),
		form("died", ActPart, carry(FieldPatient, m.ID), carry(FieldReason, strconv.Itoa(int(PartingDied))),
			day,
			node.Div(node.Class("actions"),
				node.Button(node.ID("died-do"), node.Type("submit"), node.Class("btn primary"), node.Span(m.t(lang.DiedDo))),
				m.button(ActBack, "quiet", lang.Cancel))))
}

func (f Frame) partPoints(points []lang.Key, centre, id string) node.Node {
	return node.Ul(node.Class("ticks"), node.Each(points, func(k lang.Key) node.Node {
		return node.Li(iconCheck.draw("small"), node.Span(f.t(k, "centre", centre, "id", id)))
	}))
}

// PartingReceipt is what is printed of an end.
type PartingReceipt struct {
	Frame
	Parting
	ID        string
	Centre    string
	Pseudonym string
	CaseNote  string
}

// title says who parted from whom.
func (p Parting) title(role Role) lang.Key {
	switch {
	case role == Patient && p.ByCentre && p.Reason == PartingDied:
		return lang.PartedQuietly
	case role == Centre && p.Reason == PartingDied:
		return lang.PartedDied
	case role == Patient && p.ByCentre:
		return lang.PartedByCentre
	case role == Patient:
		return lang.PartedByYou
	case p.ByCentre:
		return lang.PartedDischarged
	}
	return lang.PartedLeft
}

// Node draws the screen.
func (m PartingReceipt) Node() node.Node {
	points := []lang.Key{lang.PartPatient2, lang.PartPatient3, lang.PartPatient4}
	shut := lang.PartedShutPatient
	if m.Role == Centre {
		points = []lang.Key{lang.PartCentre2, lang.PartCentre4}
		shut = lang.PartedShutCentre
	}
	died := m.Reason == PartingDied
	switch {
	case died && m.Role == Centre:
		points = []lang.Key{lang.PartCentre2, lang.Died2}
	case died && m.ByCentre:
		points = []lang.Key{lang.DiedHome1, lang.DiedHome2, lang.PartPatient2}
	}
	switch {
	case m.Shut:
	case m.Role == Centre && !m.ByCentre:
		shut = lang.PartedSoonCentre
	case m.Role == Centre:
		shut = lang.PartedOpenCentre
	default:
		shut = lang.PartedOpenPatient
	}
	when := lang.FactWhen
	if died && m.Role == Centre {
		when = lang.FactEntered // on another day than it happened
	}
	facts := node.Dl(node.Class("facts"),
		m.fact(when, node.Text(m.Lang.When(m.Now, m.At))),
		m.fact(lang.PartedCentre, node.Text(m.Centre)),
		m.fact(lang.PartedKnownAs, node.Class("num"), node.Text(m.Pseudonym)))
	if m.CaseNote != "" {
		facts = facts.With(m.fact(lang.CaseNote, node.Text(m.CaseNote)))
	}
	if m.Reason != PartingUnsaid && !(died && m.Role == Patient) {
		facts = facts.With(m.fact(lang.PartWhy, m.t(m.Reason.text(m.Role))))
	}
	if !m.Agreed.IsZero() {
		facts = facts.With(m.fact(lang.PartedWithdrew, m.t(lang.PartedWithdrewText, "date", m.Lang.Date(m.Agreed), "n", m.Receipt)))
	}
	more := m.button(ActSharing, "", lang.SharingOpen, append(with(m.partField(), m.ID), node.ID("parted-sharing"))...)
	if died && m.Role == Centre {
		facts = facts.With(m.fact(lang.FactDied, node.Text(m.dayOfDeath(m.Died))))
		more = node.Group(more, m.button(ActDeathForm, "", lang.DeathGo, append(with(FieldPatient, m.ID), node.ID("death-form"))...))
	}
	if m.Role == Patient {
		more = node.Group(more, m.p("hint", lang.CalendarParted), m.button(ActGoReminders, "", lang.RemindersGo, node.ID("parted-reminders")))
	}
	if m.By != "" {
		facts = facts.With(m.fact(lang.PartedBy, node.Text(m.By)))
	}
	return m.paper("parted."+m.ID, "", more,
		node.Div(node.Class("paper-head"), node.H1(m.t(m.title(m.Role), "centre", m.Centre, "id", m.Pseudonym)),
			node.P(node.Class("sub num"), m.t(lang.PaperMade, "date", m.Lang.Date(m.Now)))),
		facts, node.P(m.t(shut, "centre", m.Centre)), m.partPoints(points, m.Centre, m.Pseudonym))
}

// parted says on a page that it is over, with the way to the receipt.
func (f Frame) parted(p Parting, id, centre, pseudonym string) node.Node {
	when := node.P(node.Class("sub num"), f.when(p.At))
	if p.Reason == PartingDied && f.Role == Centre { // on another day than it was entered
		when = node.Group(node.P(f.t(lang.FactDied), node.Text(": "+f.dayOfDeath(p.Died))),
			node.P(node.Class("sub num"), f.t(lang.PartedEntered, "when", f.Lang.When(f.Now, p.At))))
	}
	return node.Section(node.ID("parted"), node.Class("panel calm"),
		node.P(node.Class("strong"), f.t(p.title(f.Role), "centre", centre, "id", pseudonym)),
		when,
		f.button(ActPartReceipt, "quiet", lang.PartReceipt, append(with(f.partField(), id), iconPrint.draw("small"))...))
}

// dayOfDeath is the day in words, also that nobody knows it.
func (b Base) dayOfDeath(d diary.Date) string {
	if d.IsZero() {
		return b.Lang.T(lang.DeathUnknown)
	}
	return b.Lang.Date(d.Time())
}

// said is a conversation that is over.
func (f Frame) said(list []Message) node.Node {
	if len(list) == 0 {
		return node.Node{}
	}
	return node.Section(node.Class("card messages"), node.Aria("labelledby", "messages"),
		node.H2(node.ID("messages"), f.t(lang.MessagesTitle)),
		node.Div(node.Class("talk-scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", "messages"), f.talk(list, lang.MessagesTitle)))
}
