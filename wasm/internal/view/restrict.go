package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A patient asks a centre to keep entries and not to use them: the wish, the answer,
// and what a centre sees while that is so.

// RestrictState is what became of a wish.
type RestrictState uint8

const (
	RestrictAsked RestrictState = iota
	RestrictInForce
	RestrictEnding
	RestrictEnded
	RestrictRefused
	RestrictBack
)

// Text is its name.
func (s RestrictState) Text() lang.Key {
	return [...]lang.Key{lang.RestrictIsAsked, lang.RestrictIsForce, lang.RestrictIsEnding, lang.RestrictIsEnded, lang.RestrictIsRefused, lang.RestrictIsBack}[s]
}

// RestrictWhys are why a patient asks, in the order of article 18 (1), from 1.
var RestrictWhys = [...]lang.Key{1: lang.RestrictDisputed, 2: lang.RestrictUnlawful, 3: lang.RestrictClaims, 4: lang.RestrictObjected}

// ShowWhys are why somebody looks at what is restricted, from 1.
var ShowWhys = [...]lang.Key{1: lang.ShowAgreed, 2: lang.ShowEmergency, 3: lang.ShowDuty, 4: lang.ShowOthers, 5: lang.ShowPublic}

// Values of FieldRestrictSpan and FieldRestrictAnswer.
const (
	SpanAll   = "all"
	SpanDays  = "days"
	AnswerYes = "yes"
	AnswerNo  = "no"
	AnswerEnd = "end"
)

// A Restriction is one wish.
type Restriction struct {
	ID       string // hash of the statement, in hex
	At       time.Time
	Why      int // of RestrictWhys
	From, To diary.Date
	Words    string
	State    RestrictState
	Due      time.Time // by when an answer has to come
	Said     time.Time // when it was answered, or taken back; zero: not
	By       string    // who at the centre answered
	Answer   string
	Ends     time.Time // as announced, or when it ended
	Receipt  string    // of the wish
}

// Restrictions are those between a patient and a centre.
type Restrictions struct {
	Frame
	ID        string // of the centre at a patient's, of the patient at a centre's
	Centre    string
	Pseudonym string
	CaseNote  string
	Over      bool          // the two have parted
	List      []Restriction // the latest first
	More      bool
	Problems  []Problem
}

// Which says which entries a restriction is about.
func (b Base) Which(from, to diary.Date) string {
	day := func(d diary.Date) string { return b.Lang.Date(d.Time()) }
	switch {
	case from.IsZero() && to.IsZero():
		return b.Lang.T(lang.RestrictAll)
	case to.IsZero():
		return b.Lang.T(lang.RestrictFrom, "from", day(from))
	case from.IsZero():
		return b.Lang.T(lang.RestrictTo, "to", day(to))
	}
	return b.Lang.T(lang.RestrictFromTo, "from", day(from), "to", day(to))
}

// restriction is what was asked and answered.
func (f Frame) restriction(r Restriction) node.Node {
	say := func(k lang.Key, text string) node.Node { return f.fact(k, node.Text(text)) }
	facts := node.Dl(node.Class("facts"),
		say(lang.RestrictWhich, f.Which(r.From, r.To)), say(lang.RestrictWhy, f.Lang.T(RestrictWhys[r.Why])))
	if r.Words != "" {
		whose := lang.RestrictWords
		if f.Role == Centre {
			whose = lang.RestrictTheirs
		}
		facts = facts.With(f.fact(whose, node.Class("lines"), node.Text(r.Words)))
	}
	facts = facts.With(say(lang.RestrictIsAsked, f.Lang.When(f.Now, r.At)))
	switch {
	case r.State == RestrictAsked:
		facts = facts.With(say(lang.RestrictDue, f.Lang.Date(r.Due)))
	case r.State == RestrictBack:
		facts = facts.With(say(lang.RestrictIsBack, f.Lang.When(f.Now, r.Said)))
	default:
		by := f.Lang.When(f.Now, r.Said)
		if r.By != "" {
			by = f.Lang.T(lang.RestrictSaidBy, "when", by, "name", r.By)
		}
		facts = facts.With(say(lang.RestrictSaid, by))
	}
	if r.Answer != "" {
		facts = facts.With(f.fact(lang.RestrictAnswered, node.Class("lines"), node.Text(r.Answer)))
	}
	if !r.Ends.IsZero() {
		facts = facts.With(say(lang.RestrictEnds, f.Lang.Date(r.Ends)))
	}
	return facts.With(f.fact(lang.RestrictReceipt, node.Class("num"), node.Text(r.Receipt)))
}

// Node draws the screen.
func (m Restrictions) Node() node.Node {
	title, lead, over := m.t(lang.RestrictTitle, "centre", m.Centre), lang.RestrictLead, lang.RestrictOver
	if m.Role == Centre {
		title, lead, over = m.t(lang.RestrictTitleOf, "id", m.Pseudonym), lang.RestrictLeadCentre, lang.RestrictOverCentre
	}
	items := []node.Item{node.H1(title)}
	if m.CaseNote != "" {
		items = append(items, node.P(node.Class("sub"), node.Text(m.CaseNote)))
	}
	items = append(items, m.p("lead", lead, "centre", m.Centre), m.summary(m.Problems))
	switch {
	case m.Over:
		items = append(items, m.p("hint", over))
	case m.Role == Patient:
		items = append(items, node.Div(node.Class("actions"), m.button(ActRestrictForm, "primary", lang.RestrictAsk, append(with(FieldCentre, m.ID), node.ID("restrict-ask"))...)))
	}
	if len(m.List) == 0 {
		items = append(items, node.Div(node.Class("card"), m.p("sub", lang.RestrictNone)))
	}
	for i, r := range m.List {
		head := "restriction-" + strconv.Itoa(i)
		card := node.Section(node.Class("card"), node.Aria("labelledby", head), node.H2(node.ID(head), m.t(r.State.Text())), m.restriction(r))
		if !m.Over {
			card = card.With(m.acts(r, head))
		}
		items = append(items, card)
	}
	if m.More {
		items = append(items, m.button(ActDiaryMore, "block", lang.ShowMore, node.ID("restrict-more")))
	}
	items = append(items, m.p("hint", lang.RestrictStays))
	return m.inside(page{"restrict." + m.ID, true, "medium"}, items...)
}

// acts are what can be done about a wish, under its heading.
func (m Restrictions) acts(r Restriction, head string) node.Node {
	do := func(act, tone string, k lang.Key, id string) node.Node {
		return node.Div(node.Class("actions"), m.button(act, tone, k, append(with(FieldWish, r.ID), node.ID(id+"-"+r.ID), node.Aria("describedby", head))...))
	}
	switch {
	case m.Role == Patient && (r.State == RestrictAsked || r.State == RestrictInForce || r.State == RestrictEnding):
		return do(ActRestrictBack, "quiet", lang.RestrictTakeBack, "restrict-back")
	case m.Role == Patient:
	case r.State == RestrictAsked:
		return do(ActRestrictAnswerForm, "primary", lang.RestrictAnswerGo, "restrict-answer")
	case r.State == RestrictRefused:
		return do(ActRestrictAnswerForm, "", lang.RestrictAnswerGo, "restrict-answer")
	case r.State == RestrictInForce:
		return do(ActRestrictAnswerForm, "quiet", lang.RestrictEndGo, "restrict-end")
	case r.State == RestrictEnding:
		return do(ActRestrictKeep, "", lang.RestrictKeep, "restrict-keep")
	}
	return node.Node{}
}

// RestrictForm is the wish. Values are as typed.
type RestrictForm struct {
	Frame
	Centre   string
	Span     string
	From, To string
	Why      string
	Words    string
	Problems []Problem
}

// whys are the reasons of a list as radio buttons, their numbers as values.
func (b Base) whys(name string, list []lang.Key, chosen string) (out []chip) {
	for i, k := range list {
		if v := strconv.Itoa(i); k != 0 {
			out = append(out, chip{"radio", name, v, b.Lang.T(k), v == chosen, ""})
		}
	}
	return out
}

var restrictLabels = map[string]lang.Key{
	FieldRestrictSpan: lang.RestrictSpan, FieldRestrictFirst: lang.RestrictFirst, FieldRestrictLast: lang.RestrictLast, FieldRestrictWhy: lang.RestrictWhy,
	FieldRestrictWords: lang.RestrictWords, FieldRestrictReply: lang.RestrictReason, FieldRestrictAnswer: lang.RestrictAnswerName,
}

// Node draws the screen.
func (m RestrictForm) Node() node.Node {
	f := func(name string, k lang.Key) field {
		return field{Base: m.Base, name: name, label: k, problems: m.Problems}
	}
	first, last := f(FieldRestrictFirst, lang.RestrictFirst), f(FieldRestrictLast, lang.RestrictLast)
	words := f(FieldRestrictWords, lang.RestrictWords)
	words.optional = true
	return m.inside(page{"restrict-form", true, "narrow"},
		node.H1(m.t(lang.RestrictAskTitle)), m.p("lead", lang.RestrictAskLead, "centre", m.Centre),
		m.summary(m.Problems),
		form("restrict-form", ActRestrictSend, node.Live(ActDraft),
			node.Div(node.Class("card"),
				f(FieldRestrictSpan, lang.RestrictSpan).chips("", []chip{
					{"radio", FieldRestrictSpan, SpanAll, m.Lang.T(lang.RestrictAll), m.Span == SpanAll, ""},
					{"radio", FieldRestrictSpan, SpanDays, m.Lang.T(lang.RestrictDays), m.Span == SpanDays, ""},
				}),
				m.p("hint", lang.RestrictDaysHint),
				node.Div(node.Class("two"), first.input(m.From, node.Type("date")), last.input(m.To, node.Type("date"))),
				f(FieldRestrictWhy, lang.RestrictWhy).chips("", m.whys(FieldRestrictWhy, RestrictWhys[:], m.Why)),
				words.area(m.Words, 3, node.Maxlength(500))),
			node.Div(node.Class("panel calm"), iconAlert.draw(""), node.Div(m.p("", lang.RestrictCare), m.p("sub", lang.RestrictStays))),
			m.end("", lang.RestrictSend)))
}

// RestrictAnswer is a centre's answer, or the end of a restriction. Values are as typed.
type RestrictAnswer struct {
	Frame
	Restriction
	Pseudonym string
	Chosen    string
	Reply     string
	Problems  []Problem
}

// Node draws the screen.
func (m RestrictAnswer) Node() node.Node {
	title, lead, do := lang.RestrictAnswerTitle, lang.RestrictLeadCentre, lang.RestrictAnswerDo
	words := field{Base: m.Base, name: FieldRestrictReply, label: lang.RestrictReason, hint: lang.RestrictReasonHint, problems: m.Problems}
	answer := field{Base: m.Base, name: FieldRestrictAnswer, label: lang.RestrictAnswerName, problems: m.Problems}.chips("", []chip{
		{"radio", FieldRestrictAnswer, AnswerYes, m.Lang.T(lang.RestrictAccept), m.Chosen == AnswerYes, ""},
		{"radio", FieldRestrictAnswer, AnswerNo, m.Lang.T(lang.RestrictRefuse), m.Chosen == AnswerNo, ""},
	})
	switch m.State {
	case RestrictInForce:
		title, lead, do = lang.RestrictEndTitle, lang.RestrictEndLead, lang.RestrictEndDo
		words.label, words.hint = lang.RestrictReasonEnd, lang.RestrictReasonEndHint
		answer = carry(FieldRestrictAnswer, AnswerEnd)
	case RestrictRefused: // a no was said already
		answer = carry(FieldRestrictAnswer, AnswerYes)
		do = lang.RestrictAccept
	}
	return m.inside(page{"restrict-answer." + m.ID, true, "narrow"},
		node.H1(m.t(title, "id", m.Pseudonym)), m.p("lead", lead),
		m.summary(m.Problems),
		node.Div(node.Class("card"), m.restriction(m.Restriction)),
		form("restrict-answer", ActRestrictAnswer, node.Live(ActDraft),
			node.Div(node.Class("card"), answer, words.area(m.Reply, 3, node.Maxlength(500))),
			m.end("", do)))
}

// RestrictShow asks why somebody wants to see what is restricted. Values are as typed.
type RestrictShow struct {
	Frame
	Pseudonym string
	Why       string
	Words     string
	Problems  []Problem
}

// Node draws the screen.
func (m RestrictShow) Node() node.Node {
	words := field{Base: m.Base, name: FieldRestrictWords, label: lang.ShowWords, optional: true, problems: m.Problems}
	return m.inside(page{"restrict-show", true, "narrow"},
		node.H1(m.t(lang.RestrictShowTitle, "id", m.Pseudonym)), m.p("lead", lang.RestrictShowLead),
		m.summary(m.Problems),
		form("restrict-show", ActRestrictShow, node.Live(ActDraft),
			node.Div(node.Class("card"),
				field{Base: m.Base, name: FieldRestrictWhy, label: lang.RestrictWhy, problems: m.Problems}.chips("", m.whys(FieldRestrictWhy, ShowWhys[:], m.Why)),
				words.area(m.Words, 2, node.Maxlength(500))),
			m.end("", lang.ShowDo)))
}

// Logged is what the access log says of a look at what is restricted; nothing of
// another.
func Logged(l lang.Lang, why int, words string) string {
	if why <= 0 || why >= len(ShowWhys) {
		return ""
	}
	s := l.T(lang.ShowLogged, "why", l.T(ShowWhys[why]))
	if words != "" {
		s += ". " + words
	}
	return s
}

// RestrictHere is what a patient's page at a centre says of restrictions.
type RestrictHere struct {
	Asked bool      // there is a wish without an answer
	Due   time.Time // by when the first of them needs one
	Holds bool      // entries are restricted
	Bared time.Time // until when they are shown here; zero: they are not
	Any   bool      // something was asked for, ever
}

// restricted is that, at the top of the page.
func (m PatientPage) restricted() node.Node {
	r := m.Restrict
	open := func(tone string) node.Node {
		return m.button(ActRestrictions, tone, lang.RestrictOpen, append(with(FieldPatient, m.ID), node.ID("restrictions"))...)
	}
	if !r.Asked && !r.Holds {
		return node.Node{}
	}
	box := node.Div(node.ID("restricted"), node.Class("panel calm"), iconLock.draw(""))
	body := node.Div()
	if r.Asked {
		body = body.With(node.P(node.Class("strong"), m.t(lang.RestrictHereAsked, "date", m.Lang.Date(r.Due))))
	}
	row := node.Div(node.Class("actions"), open(map[bool]string{true: "primary"}[r.Asked]))
	switch {
	case !r.Holds:
	case !r.Bared.IsZero():
		body = body.With(node.P(m.t(lang.RestrictBared, "time", m.Lang.Clock(r.Bared))))
	default:
		body = body.With(node.P(m.t(lang.RestrictHere)))
		row = row.With(m.button(ActRestrictShowForm, "quiet", lang.RestrictShowGo, append(with(FieldPatient, m.ID), node.ID("restrict-show"))...))
	}
	return box.With(body.With(row))
}

// Withheld stands where figures of a patient are asked for whose entries are restricted.
type Withheld struct {
	Frame
	ID        string
	Pseudonym string
}

// Node draws the screen.
func (m Withheld) Node() node.Node {
	return m.inside(page{"withheld." + m.ID, true, "narrow"},
		node.H1(m.t(lang.WithheldTitle, "id", m.Pseudonym)),
		node.Div(node.Class("panel calm"), iconLock.draw(""), node.Div(m.p("", lang.WithheldText),
			node.Div(node.Class("actions"), m.button(ActRestrictions, "", lang.RestrictOpen, with(FieldPatient, m.ID)...),
				m.button(ActRestrictShowForm, "quiet", lang.RestrictShowGo, with(FieldPatient, m.ID)...)))))
}

// RestrictNews is what a patient's first screen says of an answer.
type RestrictNews struct {
	ID     string // of the centre
	Centre string
	State  RestrictState
	Ends   time.Time
}

func (m Today) restrictNews() node.Node {
	return node.Each(m.Restrict, func(x RestrictNews) node.Node {
		k := lang.RestrictNewsForce
		switch x.State {
		case RestrictEnding:
			k = lang.RestrictNewsEnding
		case RestrictRefused:
			k = lang.RestrictNewsRefused
		}
		return node.Section(node.Class("card slim"), node.Aria("label", m.Lang.T(lang.RestrictOpen)), iconLock.draw(""), node.Div(node.P(m.t(k, "centre", x.Centre, "date", m.Lang.Date(x.Ends)))),
			m.button(ActRestrictions, "", lang.RestrictNewsGo, append(with(FieldCentre, x.ID), node.ID("restrict-news-"+x.ID))...))
	})
}
