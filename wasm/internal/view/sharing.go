package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/sharing"
)

// Sharing a diary with a centre: the words that somebody agrees to, before and after,
// and what the centre says of itself.

// Signatory is who agrees.
type Signatory uint8

const (
	ForMyself Signatory = 1 + iota
	ForChild
	ForAdult
)

// SignatoryOf reads what a form sends; what is none is 0.
func SignatoryOf(s string) Signatory { return Signatory(oneOf(s, int(ForAdult))) }

func (s Signatory) text() lang.Key {
	return [...]lang.Key{lang.NotStated, lang.ShareForMyself, lang.ShareForChild, lang.ShareForAdult}[min(s, ForAdult)]
}

// Agreeing is a text and what was chosen below it. Nothing is chosen at first.
type Agreeing struct {
	CentreName string
	Text       string
	Words      string // the hash of the text, which comes back with the form
	By         Signatory
	Yes        bool
	Problems   []Problem
}

// words is a text as it is read: the same before and after somebody agrees.
func words(text string, heading func(...node.Item) node.Node) node.Node {
	out := node.Div(node.Class("agree-text"))
	var list, quote node.Node
	end := func() {
		if !list.IsZero() {
			out, list = out.With(list), node.Node{}
		}
		if !quote.IsZero() {
			out, quote = out.With(quote), node.Node{}
		}
	}
	for _, x := range sharing.Lines(text) {
		switch x.Kind {
		case sharing.Point:
			if list.IsZero() {
				end()
				list = node.Ul()
			}
			list = list.With(node.Li(node.Text(x.Text)))
			continue
		case sharing.Quote:
			if quote.IsZero() {
				end()
				quote = node.Div(node.Class("quote"))
			}
			quote = quote.With(node.P(node.Text(x.Text)))
			continue
		}
		end()
		if x.Kind == sharing.Heading {
			out = out.With(heading(node.Text(x.Text)))
		} else {
			out = out.With(node.P(node.Text(x.Text)))
		}
	}
	end()
	return out
}

// agree is the text with the form below it.
func (b Base) agree(m Agreeing, act, id string, do ...node.Item) node.Node {
	var who []chip
	for s := ForMyself; s <= ForAdult; s++ {
		who = append(who, chip{"radio", FieldSignatory, strconv.Itoa(int(s)), b.Lang.T(s.text()), m.By == s, ""})
	}
	tick := field{Base: b, name: FieldAgree, label: lang.ShareTickName, problems: m.Problems}
	at := fieldID(FieldAgree)
	box := []node.Item{node.Type("checkbox"), node.Name(FieldAgree), node.Value("yes"), node.ID(at), node.Checked(m.Yes)}
	bad := tick.bad()
	if !bad.IsZero() {
		box = append(box, node.Aria("invalid", "true"), node.Aria("describedby", at+"-bad"))
	}
	return node.Group(
		node.Article(node.ID("agree-words"), node.Class("card paper"), words(m.Text, node.H2)),
		form("agree", act, node.Class("card"), carry(FieldWords, m.Words), carry(FieldCentre, id),
			field{Base: b, name: FieldSignatory, label: lang.ShareWho, problems: m.Problems}.chips("lines", who),
			node.Div(node.Class("field"), node.Label(node.Class("tick-line"), node.For(at), node.Input(box...), node.Span(b.t(lang.ShareTick, "centre", m.CentreName))), bad),
			node.Div(append([]node.Item{node.Class("actions stack")}, do...)...)))
}

// ShareForm asks somebody whose diary is shared already to agree to a text.
type ShareForm struct {
	Frame
	Agreeing
	ID  string // of the centre
	Why ShareWhy
}

// ShareWhy is why somebody is asked.
type ShareWhy uint8

const (
	ShareNot    ShareWhy = iota // they are not
	ShareFirst                  // nobody has agreed yet
	ShareNew                    // the words have changed
	ShareLapsed                 // who agreed does not keep the diary any more
)

func (w ShareWhy) text() lang.Key {
	return [...]lang.Key{lang.SharingAgreed, lang.ShareAskFirst, lang.ShareAskNew, lang.ShareAskLapsed}[w]
}

// Node draws the screen.
func (m ShareForm) Node() node.Node {
	return m.inside(page{"share." + m.ID, true, "narrow"},
		node.H1(m.t(lang.ShareAsk, "centre", m.CentreName)), m.p("lead", m.Why.text()),
		m.summary(m.Problems),
		m.agree(m.Agreeing, ActShareAgree, m.ID, m.submit(lang.ShareDo, node.ID("share-do")), m.button(ActBack, "quiet", lang.ShareLater)),
		m.button(ActPartForm, "quiet", lang.ShareDecline, append(with(FieldCentre, m.ID), node.ID("share-decline"))...))
}

// A Told is one thing that a centre says of itself.
type Told struct {
	sharing.Item
	New bool // it has changed since it was read
}

// An Agreed is one agreement.
type Agreed struct {
	At       time.Time
	You      bool
	Name     string // of who agreed, at home
	By       Signatory
	Version  int
	Language string // its name
	Receipt  string
	Hash     string
	Text     string
}

// SharingPage is how a diary came to be shared, and with whom: to read and to print.
type SharingPage struct {
	Frame
	ID        string // of the centre at a patient's, of the patient at a centre's
	Centre    string
	Pseudonym string
	CaseNote  string
	Says      []Told    // nil: nothing
	Number    int       // of what it says
	Said      time.Time // when
	Changed   bool      // and this person has not said that it was read
	Ask       ShareWhy
	May       bool     // this person may agree
	Agreed    []Agreed // the latest first
	Over      *Parting // nil: it goes on
}

// Node draws the screen.
func (m SharingPage) Node() node.Node {
	title := m.t(lang.SharingTitle, "centre", m.Centre)
	whom := node.P(node.Class("sub num"), m.t(lang.PartedKnownAs), node.Text(" "+m.Pseudonym+" · "), m.t(lang.PaperMade, "date", m.Lang.Date(m.Now)))
	if m.Role == Centre {
		title = m.t(lang.SharingTitleCentre, "id", m.Pseudonym)
		known := m.Centre
		if m.CaseNote != "" {
			known += " · " + m.CaseNote
		}
		whom = node.P(node.Class("sub num"), node.Text(known+" · "), m.t(lang.PaperMade, "date", m.Lang.Date(m.Now)))
	}
	var asks []node.Node
	if m.May && m.Changed {
		asks = append(asks, m.asks(lang.SharingChanged, lang.SharingChangedText, m.button(ActInformationRead, "primary", lang.SharingRead, append(with(FieldCentre, m.ID), node.ID("information-read"))...)))
	}
	if m.May && m.Ask != ShareNot {
		asks = append(asks, m.asks(lang.ShareAsk, m.Ask.text(), m.button(ActShareForm, "primary", lang.ShareAskGo, append(with(FieldCentre, m.ID), node.ID("share-read"))...)))
	}
	agreed := []node.Item{}
	switch {
	case len(m.Agreed) > 0:
		agreed = append(agreed, m.agreement(m.Agreed[0]))
	case m.Role == Centre:
		agreed = append(agreed, m.p("", lang.SharingNoneCentre))
	default:
		agreed = append(agreed, m.p("", lang.SharingNone))
	}
	if p := m.Over; p != nil {
		over := lang.SharingTaken
		if p.ByCentre {
			over = lang.SharingEnded
		}
		agreed = append([]node.Item{m.p("strong", over, "date", m.Lang.Date(p.At))}, agreed...)
	}
	for i, a := range m.Agreed[min(1, len(m.Agreed)):] {
		agreed = append(agreed, node.Details(node.ID("agreed-"+strconv.Itoa(i+1)), node.Class("more"), node.Summary(m.t(lang.SharingEarlier, "date", m.Lang.Date(a.At))), m.agreement(a)))
	}
	var says node.Node
	if m.Role == Patient {
		says = m.part(lang.AgreeSays, m.says())
	}
	return m.paper("sharing."+m.ID, "", node.Group(asks...),
		node.Div(node.Class("paper-head"), node.H1(title), whom),
		says, m.part(lang.SharingAgreed, agreed...),
		node.If(m.May && m.Over == nil, node.Div(node.Class("screen"), m.button(ActPartForm, "quiet", lang.PartGoPatient, append(with(FieldCentre, m.ID), node.ID("sharing-part"))...))))
}

// asks is what the person is to do, above the paper.
func (m SharingPage) asks(title, text lang.Key, do node.Node) node.Node {
	return node.Div(node.Class("panel calm"), iconCentre.draw(""),
		node.Div(node.P(node.Class("strong"), m.t(title, "centre", m.Centre)), m.p("", text), do))
}

// agreement is one of them, word for word.
func (m SharingPage) agreement(a Agreed) node.Node {
	by := m.Lang.T(a.By.text())
	switch {
	case a.You && m.Role == Patient:
		by += " (" + m.Lang.T(lang.SharingByYou) + ")"
	case a.Name != "":
		by += " (" + a.Name + ")"
	}
	return node.Group(m.lines([]Line{
		{m.Lang.T(lang.SharingWhen), m.Lang.Date(a.At) + ", " + m.Lang.Clock(a.At)},
		{m.Lang.T(lang.SharingBy), by},
		{m.Lang.T(lang.SharingWords), m.Lang.T(lang.SharingVersion, "n", strconv.Itoa(a.Version), "lang", a.Language)},
		{m.Lang.T(lang.SharingNumber), a.Receipt},
	}), node.Div(node.Class("agreed-words"), words(a.Text, node.H3)),
		node.P(node.Class("sub"), m.t(lang.SharingHash), node.Text(" "), node.Span(node.Class("verifier"), node.Text(a.Hash))))
}

// says is what the centre says of itself, and what it does not say.
func (m SharingPage) says() node.Node {
	if m.Says == nil {
		return m.p("", lang.SharingSaysNone)
	}
	list := node.Dl(node.Class("paper-lines"), node.Each(m.Says, func(x Told) node.Node {
		text, class := x.Text, "lines"
		if text == "" {
			text, class = m.Lang.T(lang.SharingUnsaid), "sub"
		}
		return node.Div(node.Dt(m.t(x.Label), node.If(x.New, node.Group(node.Text(" "), badge("accent", m.t(lang.SharingNew))))), node.Dd(node.Class(class), node.Text(text)))
	}))
	return node.Group(list, m.p("sub num", lang.SharingAsOf, "n", strconv.Itoa(m.Number), "date", m.Lang.Date(m.Said)))
}

// A ShareNote is what a person should read about sharing with a centre.
type ShareNote struct {
	ID     string
	Centre string
	Why    ShareWhy // ShareNot: the centre has changed what it says of itself
}

// shareAsk asks somebody to read the words. It stops nothing.
func (f Frame) shareAsk(x ShareNote) node.Node {
	title, text, act := lang.ShareAsk, x.Why.text(), ActShareForm
	if x.Why == ShareNot {
		title, text, act = lang.SharingChanged, lang.SharingChangedText, ActSharing
	}
	return node.Section(node.ID("share-ask-"+x.ID), node.Class("card slim"), iconCentre.draw(""),
		node.Div(node.H2(f.t(title, "centre", x.Centre)), f.p("sub", text)),
		f.button(act, "primary", lang.ShareAskGo, append(with(FieldCentre, x.ID), node.ID("share-read-"+x.ID))...))
}

// InformationForm is what a centre says of itself, as typed.
type InformationForm struct {
	Frame
	Says     sharing.Information
	Number   int // of what was said last; 0: nothing
	Said     time.Time
	Problems []Problem
}

// InformationFields are the names of its fields, in the order of sharing's items.
var InformationFields = [...]string{FieldSaysResponsible, FieldSaysContact, FieldSaysOfficer, FieldSaysGround, FieldSaysKeeping}

// Node draws the screen.
func (m InformationForm) Node() node.Node {
	hints := [...]lang.Key{lang.SaysResponsibleHint, lang.SaysContactHint, lang.SaysOfficerHint, lang.SaysGroundHint, lang.SaysKeepingHint}
	card := node.Div(node.Class("card"))
	for i, x := range m.Says.Items() {
		card = card.With(field{Base: m.Base, name: InformationFields[i], label: x.Label, hint: hints[i], optional: true, problems: m.Problems}.area(x.Text, 3, node.Maxlength(900)))
	}
	return m.inside(page{"information", true, "narrow"},
		node.H1(m.t(lang.InformationTitle)), m.p("lead", lang.InformationLead),
		node.If(m.Number > 0, m.p("sub num", lang.SharingAsOf, "n", strconv.Itoa(m.Number), "date", m.Lang.Date(m.Said))),
		m.summary(m.Problems),
		form("information", ActInformationSave, node.Live(ActDraft), card, m.end("", lang.Save)))
}

// information is that part of a centre's settings.
func (m Settings) information() node.Node {
	box := node.Section(node.Class("card"), node.Aria("labelledby", "set-information"), node.H2(node.ID("set-information"), m.t(lang.InformationTitle)))
	missing := m.Says.Missing()
	switch {
	case m.SaysNumber == 0:
		box = box.With(m.p("", lang.InformationNone))
	default:
		box = box.With(node.Dl(node.Class("facts"), node.Each(m.Says.Items(), func(x sharing.Item) node.Node {
			if x.Text == "" {
				return node.Node{}
			}
			return m.fact(x.Label, node.Class("lines"), node.Text(x.Text))
		})), m.p("sub num", lang.SharingAsOf, "n", strconv.Itoa(m.SaysNumber), "date", m.Lang.Date(m.Said)))
	}
	if m.SaysNumber > 0 && missing > 0 {
		box = box.With(node.P(node.Class("waiting"), iconClock.draw("small"), node.Span(m.n(lang.InformationMissing, missing))))
	}
	if m.Team != NoRole && m.Team != TeamLead {
		return box.With(m.p("hint", lang.InformationLeads))
	}
	return box.With(m.button(ActInformation, "", lang.InformationOpen, node.ID("information-edit")))
}
