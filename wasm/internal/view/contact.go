package view

import (
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Phones is how a centre is reached.
type Phones struct {
	Phone     string
	Emergency string
	Hours     string
	Note      string
}

// ContactForm is the centre's own numbers, for its patients. Values are as typed.
type ContactForm struct {
	Frame
	Phones
	Problems []Problem
}

// CodeForm asks for the operator's code once more. Code is as typed.
type CodeForm struct {
	Frame
	Code     string
	Problems []Problem
}

// AboutForm is what treatment goes by, and whom to call. Values are as typed;
// those of lists are the diary's keys.
type AboutForm struct {
	Frame
	Diagnosis string
	Severity  string
	Inhibitor string
	Allergies string
	Medicines string
	Note      string
	Contacts  string
	Phone     string
	Problems  []Problem
}

// A Visit is one look of somebody at a centre into the diary.
type Visit struct {
	By    string // name; empty: the centre
	At    time.Time
	Why   int    // of ShowWhys, of a look at what is restricted; 0: of another
	Words string // about it
}

// AccessLog is who at a centre has looked at the diary, newest first.
type AccessLog struct {
	Frame
	CentreName string
	Since      time.Time // when the centre was connected
	Visits     []Visit
	More       bool
}

var contactLabels = map[string]lang.Key{
	FieldPhone: lang.ContactPhone, FieldEmergency: lang.ContactEmergency, FieldHours: lang.ContactHours, FieldDiagnosis: lang.AboutDiagnosis,
	FieldGrade: lang.AboutSeverity, FieldInhibitor: lang.AboutInhibitor, FieldAllergies: lang.AboutAllergies, FieldMedicines: lang.AboutMedicines,
	FieldContacts: lang.AboutContacts,
}

// telephone is a number that can be called with a tap.
func (b Base) telephone(k lang.Key, number string) node.Node {
	if number == "" {
		return node.Node{}
	}
	return node.A(node.Class("btn"), node.Tel(number), iconPhone.draw(""), node.Span(b.t(k), node.Text(" "), node.Span(node.Class("num"), node.Text(number))))
}

// phones is how to reach a centre, nothing if it has not said.
func (b Base) phones(p Phones) node.Node {
	if p == (Phones{}) {
		return node.Node{}
	}
	lines := func(s string) node.Node {
		if s == "" {
			return node.Node{}
		}
		return node.P(node.Class("sub lines"), node.Text(s))
	}
	return node.Div(node.Class("phones"),
		b.telephone(lang.ContactCall, p.Phone), b.telephone(lang.ContactCallEmergency, p.Emergency), lines(p.Hours), lines(p.Note))
}

func (b Base) phoneInput(name string, label, hint lang.Key, value string, problems []Problem) node.Node {
	f := field{Base: b, name: name, label: label, hint: hint, optional: true, problems: problems}
	return f.input(value, append(exact("tel", "tel"), node.Class("num"), node.Maxlength(40))...)
}

// Node draws the screen.
func (m ContactForm) Node() node.Node {
	f := func(name string, label, hint lang.Key) field {
		return field{Base: m.Base, name: name, label: label, hint: hint, optional: true, problems: m.Problems}
	}
	return m.inside(page{"contact", true, "narrow"},
		node.H1(m.t(lang.ContactTitle)), m.p("lead", lang.ContactLead),
		m.summary(m.Problems),
		form("contact", ActContactSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				m.phoneInput(FieldPhone, lang.ContactPhone, 0, m.Phone, m.Problems),
				m.phoneInput(FieldEmergency, lang.ContactEmergency, lang.ContactEmergencyHint, m.Emergency, m.Problems),
				f(FieldHours, lang.ContactHours, 0).area(m.Hours, 3, node.Maxlength(1000)),
				f(FieldNote, lang.FieldNoteName, 0).area(m.Note, 3, node.Maxlength(1000))),
			m.end("", lang.Save)))
}

// Node draws the screen.
func (m CodeForm) Node() node.Node {
	code := field{Base: m.Base, name: FieldCentreCode, label: lang.WelcomeCentreCode, hint: lang.WelcomeCodeHint, problems: m.Problems}
	return m.inside(page{"code", true, "narrow"},
		node.H1(m.t(lang.CodeAgainTitle)), m.p("lead", lang.CodeAgainLead),
		m.summary(m.Problems),
		form("code", ActCodeSave,
			node.Div(node.Class("card"), code.input(m.Code, exact("text", "text")...)),
			m.end("", lang.CodeAgainDo)))
}

// Node draws the screen.
func (m AboutForm) Node() node.Node {
	f := func(name string, label, hint lang.Key) field {
		return field{Base: m.Base, name: name, label: label, hint: hint, optional: true, problems: m.Problems}
	}
	return m.inside(page{"about", true, "narrow"},
		node.H1(m.t(lang.AboutTitle)), m.p("lead", lang.AboutLead),
		m.summary(m.Problems),
		form("about", ActAboutSave, node.Live(ActDraft),
			node.Section(node.Class("card"), node.Aria("labelledby", "about-shared"),
				node.H2(node.ID("about-shared"), m.t(lang.AboutShared)), m.p("sub", lang.AboutSharedText),
				f(FieldDiagnosis, lang.AboutDiagnosis, 0).pick(options(m.Base, diary.Diagnoses(), m.Diagnosis)),
				f(FieldGrade, lang.AboutSeverity, lang.AboutSeverityHint).chips("thirds", radios(m.Base, FieldGrade, diary.Grades(), m.Severity)),
				f(FieldInhibitor, lang.AboutInhibitor, 0).chips("thirds", radios(m.Base, FieldInhibitor, diary.Inhibitors(), m.Inhibitor)),
				f(FieldAllergies, lang.AboutAllergies, 0).area(m.Allergies, 2, node.Maxlength(1000)),
				f(FieldMedicines, lang.AboutMedicines, 0).area(m.Medicines, 2, node.Maxlength(1000)),
				f(FieldNote, lang.AboutNote, lang.AboutNoteHint).area(m.Note, 3, node.Maxlength(4000))),
			node.Section(node.Class("card"), node.Aria("labelledby", "about-home"),
				node.H2(node.ID("about-home"), m.t(lang.AboutHome)), m.p("sub", lang.AboutHomeText),
				f(FieldContacts, lang.AboutContacts, lang.AboutContactsHint).area(m.Contacts, 3, node.Maxlength(1000)),
				m.phoneInput(FieldPhone, lang.AboutPhone, lang.AboutPhoneHint, m.Phone, m.Problems)),
			m.end("", lang.Save)))
}

// Node draws the screen.
func (m AccessLog) Node() node.Node {
	body := node.Div(node.Class("card"), m.p("sub", lang.AccessNone))
	if len(m.Visits) > 0 {
		body = node.Div(node.Class("card"),
			node.Table(node.Class("plain"),
				node.Caption(node.Class("vh"), m.t(lang.AccessTitle)),
				node.Thead(node.Tr(node.Th(node.Scope("col"), m.t(lang.AccessWho)), node.Th(node.Scope("col"), m.t(lang.FactWhen)))),
				node.Tbody(node.Each(m.Visits, func(v Visit) node.Node {
					by := v.By
					if by == "" {
						by = m.CentreName
					}
					return node.Tr(node.Th(node.Scope("row"), node.Text(by)), node.Td(node.Class("num"), m.when(v.At), node.If(v.Why != 0, node.P(node.Class("sub"), node.Text(Logged(m.Lang, v.Why, v.Words))))))
				}))))
	}
	return m.inside(page{"access", true, "narrow"},
		node.H1(m.t(lang.AccessTitle)), m.p("lead", lang.AccessLead, "centre", m.CentreName),
		body,
		node.If(m.More, m.button(ActDiaryMore, "block", lang.ShowMore)),
		m.p("hint", lang.AccessLimit))
}

// A Talk is what was said about an entry, and where to say more.
type Talk struct {
	Messages []Message
	To       []Choice // whom to write to: a centre's number, or the patient's
	Chosen   string
	Draft    string
	Problems []Problem
}

// about is the conversation about one entry, under the entry.
func (m EntryPage) about() node.Node {
	t := m.Talk
	if len(t.To) == 0 && len(t.Messages) == 0 {
		return node.Node{}
	}
	box := node.Section(node.Class("card messages"), node.Aria("labelledby", "talk-about"), node.H2(node.ID("talk-about"), m.t(lang.TalkTitle)))
	box = box.With(m.summary(t.Problems))
	if len(t.Messages) > 0 {
		box = box.With(m.talk(t.Messages, lang.TalkTitle))
	}
	if len(t.To) == 0 {
		return box
	}
	name := FieldCentre
	if m.Role == Centre {
		name = FieldPatient
	}
	to := carry(name, t.To[0].Value)
	if len(t.To) > 1 {
		to = field{Base: m.Base, name: name, label: lang.TalkTo, problems: t.Problems}.pick(node.Each(t.To, func(c Choice) node.Node { return option(c.Value, c.Label, t.Chosen) }))
	}
	text := field{Base: m.Base, name: FieldText, label: lang.TalkField, problems: t.Problems}
	if m.Role == Centre {
		text.label = lang.MessageField
	}
	return box.With(form("composer", ActMessageSend, node.Class("composer"), node.Live(ActDraft), carry(FieldEntry, m.Entry.ID), to,
		text.area(t.Draft, 2, m.sent("about"), node.Maxlength(4000)),
		m.submit(lang.MessageSend, iconSend.draw(""))),
		m.p("hint", lang.MessagesEmergency))
}
