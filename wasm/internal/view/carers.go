package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Share is what somebody may do with a diary.
type Share uint8

const (
	ShareNone Share = iota // leaves, or has left
	ShareOwn
	ShareCare
	ShareRead
)

// ShareOf is what FieldRight names, ShareNone if nothing.
func ShareOf(value string) Share { return Share(oneOf(value, int(ShareRead))) }

func (s Share) value() string { return strconv.Itoa(int(s)) }

// says is the right as the end of a sentence.
func (s Share) says(b Base) string {
	return b.Lang.T([...]lang.Key{ShareNone: lang.ChipLeave, ShareOwn: lang.RightOwn, ShareCare: lang.RightCare, ShareRead: lang.RightRead}[s])
}

// A Person is somebody who shares the diary, or did.
type Person struct {
	ID       string
	Name     string // empty: they have not said
	Share    Share
	You      bool
	Keeper   bool // has founded the diary
	Since    time.Time
	Seen     time.Time // zero: not yet
	Changing bool      // to what Becomes says, ShareNone if they leave
	Becomes  Share
	Centres  int // at which the right holds
}

func (p Person) title(b Base) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.You:
		return b.Lang.T(lang.PersonYou)
	case p.Share == ShareOwn:
		return b.Lang.T(lang.PersonKeeper)
	}
	return b.Lang.T(lang.PersonUnnamed)
}

// A CarerInvite is an open invitation.
type CarerInvite struct {
	ID      string
	Note    string
	Share   Share
	State   InviteState
	Expires time.Time
}

// People lists who shares the diary.
type People struct {
	Frame
	List     []Person
	Gone     []Person
	Invites  []CarerInvite
	Centres  int    // of this diary
	OwnName  string // as typed
	Handed   []HandedOver
	Problems []Problem
}

// HandedOver is one handing over, in a line.
type HandedOver struct {
	To     string // identifier of who takes it
	From   string // names
	ToName string
	Yours  bool // it waits for this person
	Done   bool
}

func (m People) state(p Person) node.Node {
	var items []node.Item
	switch {
	case p.Changing && p.Becomes == ShareNone:
		items = append(items, m.t(lang.PersonLeaving))
	case p.Changing:
		items = append(items, m.t(lang.PersonChanging, "right", p.Becomes.says(m.Base)))
	case p.Centres < m.Centres && !p.You:
		items = append(items, m.t(lang.PersonSomewhere, "n", m.Lang.Int(p.Centres), "all", m.Lang.Int(m.Centres)))
	default:
		return node.Node{}
	}
	return node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(items...))
}

func (b Base) personFacts(p Person) node.Node {
	seen := b.t(lang.PersonSeenNever)
	if !p.Seen.IsZero() {
		seen = b.when(p.Seen)
	}
	return node.Dl(node.Class("facts"),
		b.fact(lang.PersonRight, node.Text(p.Share.says(b))),
		b.fact(lang.PersonSince, node.Text(b.Lang.Date(p.Since))),
		b.fact(lang.PersonSeen, seen))
}

// Node draws the screen.
func (m People) Node() node.Node {
	lead := lang.PeopleLead
	if m.Helper {
		lead = lang.PeopleLeadHelper
	}
	row := func(p Person) node.Node {
		title := p.title(m.Base)
		head := node.H2(node.Text(title), node.If(p.You && p.Name != "", node.Group(node.Text(" "), badge("accent", m.t(lang.PersonYou)))))
		card := node.Li(node.ID("person-"+p.ID), node.Class("card person"), head, m.state(p), m.personFacts(p))
		if !m.Helper && !p.You && p.Share != ShareOwn {
			card = card.With(node.Button(append(with(FieldPerson, p.ID), node.Type("button"), node.Class("btn"), node.Act(ActPersonOpen), node.Span(m.t(lang.PersonOpen, "name", title)))...))
		}
		return card
	}
	invites := node.Node{}
	if len(m.Invites) > 0 {
		invites = node.Section(node.Class("invites"), node.Aria("labelledby", "carer-invites"), node.H2(node.ID("carer-invites"), m.t(lang.PeopleInvites)),
			node.Ul(node.Class("entries"), node.Each(m.Invites, func(v CarerInvite) node.Node {
				note := v.Note
				if note == "" {
					note = m.Lang.T(lang.InviteNoNote)
				}
				tone := ""
				if v.State == InviteAsking {
					tone = "accent"
				}
				return node.Li(node.Class("entry"), node.Button(append(with(FieldInvite, v.ID), node.ID("carer-"+v.ID), node.Type("button"), node.Class("entry-open"), node.Act(ActCarerLink),
					node.Span(node.Class("entry-icon"), iconInvite.draw("")),
					node.Span(node.Class("entry-main"), node.Span(node.Class("entry-title"), node.Text(note))),
					node.Span(node.Class("entry-side"), badge(tone, m.t(v.State.text()))),
					node.Span(node.Class("entry-sub"), m.t(lang.InviteUntil, "when", m.Lang.When(m.Now, v.Expires))))...))
			})))
	}
	name := field{Base: m.Base, name: FieldPersonName, label: lang.PeopleOwnName, hint: lang.PeopleOwnNameHint, problems: m.Problems}
	own := node.Div(node.Class("card"), form("own-name", ActPersonName, name.input(m.OwnName, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60)), m.submit(lang.Save)))
	var gone, over, do node.Node
	if len(m.Gone) > 0 {
		gone = node.Details(node.ID("people-gone"), node.Class("more"), node.Summary(m.t(lang.PeopleGone)),
			node.Ul(node.Class("people"), node.Each(m.Gone, func(p Person) node.Node {
				return node.Li(node.ID("person-"+p.ID), node.Class("card person"), node.H2(node.Text(p.title(m.Base))), node.Dl(node.Class("facts"), m.fact(lang.PersonSince, node.Text(m.Lang.Date(p.Since)))))
			})))
	}
	handed := node.Each(m.Handed, func(h HandedOver) node.Node {
		text, args := lang.HandedTitle, []string(nil)
		switch {
		case h.Yours:
			text, args = lang.HandedYours, []string{"from", h.From}
		case h.Done:
			text = lang.HandedDoneTitle
		}
		return node.Div(node.Class("panel calm"), iconKey.draw(""), node.Div(node.P(node.Class("strong"), m.t(text, args...)),
			m.button(ActHanded, "", lang.HandedOpen, append(with(FieldPerson, h.To), node.ID("handed-"+h.To))...)))
	})
	if !m.Helper {
		do = node.Div(node.Class("actions"), m.button(ActCarerForm, "primary", lang.PeopleInvite, iconInvite.draw("")))
		over = node.Section(node.Class("card"), node.Aria("labelledby", "hand-over"), node.H2(node.ID("hand-over"), m.t(lang.HandoverTitle)), m.p("sub", lang.HandoverShort), m.button(ActHandover, "", lang.HandoverTitle))
	}
	return m.inside(page{key: "people", back: true, width: "medium"},
		node.H1(m.t(lang.PeopleTitle)), m.p("lead", lead), m.summary(m.Problems), handed,
		node.Ul(node.Class("people"), node.Each(m.List, row)),
		node.If(len(m.List) == 1, m.p("sub", lang.PeopleAlone)),
		do, invites, own, gone, over)
}

// PersonPage changes what somebody may do.
type PersonPage struct {
	Frame
	Person   Person
	Chosen   Share
	Problems []Problem
}

// rightChips are the rights that can be given.
func (b Base) rightChips(label, hint lang.Key, chosen Share, leave bool, problems []Problem, args ...string) node.Node {
	list := []chip{
		{"radio", FieldRight, ShareCare.value(), b.Lang.T(lang.ChipCare), chosen == ShareCare, ""},
		{"radio", FieldRight, ShareRead.value(), b.Lang.T(lang.ChipRead), chosen == ShareRead, ""},
	}
	if leave {
		list = append(list, chip{"radio", FieldRight, ShareNone.value(), b.Lang.T(lang.ChipLeave), chosen == ShareNone, ""})
	}
	return field{Base: b, name: FieldRight, label: label, args: args, hint: hint, problems: problems}.chips("", list)
}

// Node draws the screen.
func (m PersonPage) Node() node.Node {
	title := m.Person.title(m.Base)
	return m.inside(page{key: "person." + m.Person.ID, back: true, width: "narrow"},
		node.H1(node.Text(title)), m.summary(m.Problems),
		node.Div(node.Class("card"), m.personFacts(m.Person)),
		node.Div(node.Class("card"), form("person", ActPersonSave, carry(FieldPerson, m.Person.ID),
			m.rightChips(lang.PersonMay, lang.PersonMayHint, m.Chosen, false, m.Problems, "name", title), m.submit(lang.Save))),
		node.Section(node.Class("card"), node.Aria("labelledby", "person-out"), node.H2(node.ID("person-out"), m.t(lang.PersonRemove)), m.p("", lang.PersonRemoveLead),
			m.button(ActPersonRemove, "alarm", lang.PersonRemove, with(FieldPerson, m.Person.ID)...)))
}

// PersonRemove asks whether somebody's share is to end.
type PersonRemove struct {
	Frame
	Person   Person
	Problems []Problem
}

// ticked is a list of what holds, or of what does not.
func (b Base) ticked(class string, title lang.Key, i icon, keys []lang.Key, args ...string) node.Node {
	return node.Section(node.Class("card "+class), node.H2(b.t(title)),
		node.Ul(node.Class("ticks"), node.Each(keys, func(k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(b.t(k, args...))) })))
}

// Node draws the screen.
func (m PersonRemove) Node() node.Node {
	name := []string{"name", m.Person.title(m.Base)}
	return m.inside(page{key: "person-remove." + m.Person.ID, back: true, width: "narrow"},
		node.H1(m.t(lang.PersonRemoveTitle, name...)), m.summary(m.Problems),
		m.ticked("yes", lang.PersonRemoveNow, iconCheck, []lang.Key{lang.PersonRemoveNow1, lang.PersonRemoveNow2, lang.PersonRemoveNow3}, name...),
		m.ticked("no", lang.PersonRemoveNot, iconClose, []lang.Key{lang.PersonRemoveNot1, lang.PersonRemoveNot2}, name...),
		node.Div(node.Class("actions stack"),
			m.button(ActPersonRemoveDo, "alarm block", lang.PersonRemoveYes, with(FieldPerson, m.Person.ID)...),
			m.button(ActBack, "quiet block", lang.Cancel)))
}

// CarerForm asks what an invitation is to allow.
type CarerForm struct {
	Frame
	Note     string
	Chosen   Share
	Shown    bool // the passphrase is readable
	Problems []Problem
}

func (b Base) carerNote(label lang.Key, typed string, problems []Problem) node.Node {
	return field{Base: b, name: FieldPersonNote, label: label, hint: lang.CarerNoteHint, optional: true, problems: problems}.
		input(typed, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60))
}

func (b Base) carerPass(shown bool, problems []Problem) node.Node {
	return field{Base: b, name: FieldPassphrase, label: lang.PassField, hint: lang.CarerPass, problems: problems}.secret(shown, ActPassShow, "current-password")
}

// Node draws the screen.
func (m CarerForm) Node() node.Node {
	return m.inside(page{key: "carer-form", back: true, width: "narrow"},
		node.H1(m.t(lang.CarerInviteTitle)), m.p("lead", lang.CarerInviteLead), m.summary(m.Problems),
		m.ticked("yes", lang.CarerSees, iconCheck, []lang.Key{lang.CarerSees1, lang.CarerSees2}),
		m.ticked("no", lang.CarerNot, iconClose, []lang.Key{lang.CarerNot1, lang.CarerNot2}),
		node.Div(node.Class("card"), form("carer", ActCarerInvite,
			m.carerNote(lang.CarerNote, m.Note, m.Problems),
			m.rightChips(lang.CarerMay, 0, m.Chosen, false, m.Problems),
			m.carerPass(m.Shown, m.Problems),
			m.submit(lang.CarerInviteDo, iconInvite.draw("")))))
}

// CarerLink shows an invitation for a carer, then the digits to compare.
type CarerLink struct {
	Frame
	PersonLink
	Share Share
}

// Node draws the screen.
func (m CarerLink) Node() node.Node {
	name := m.Name
	if name == "" {
		name = m.Lang.T(lang.CarerCheckName)
	}
	whom := m.t(lang.CarerLinkForNobody, "right", m.Share.says(m.Base))
	if m.Note != "" {
		whom = m.t(lang.CarerLinkFor, "name", m.Note, "right", m.Share.says(m.Base))
	}
	return m.personLink(m.PersonLink, personWords{
		page: "carer-link", whom: node.P(node.Class("strong"), whom), check: m.p("", lang.CarerCheckLead, "name", name, "right", m.Share.says(m.Base)),
		same: ActCarerSame, differ: ActCarerDiffer, void: ActCarerVoid,
		again: ActCarerForm, againText: lang.PeopleInvite, list: ActPeople, listText: lang.PeopleOpen,
	})
}

// CarerJoin asks, in a new browser, whether to share somebody's diary.
type CarerJoin struct {
	Base
	Name     string // as typed
	Expires  time.Time
	Problems []Problem
}

// Node draws the screen.
func (m CarerJoin) Node() node.Node {
	name := field{Base: m.Base, name: FieldPersonName, label: lang.CarerJoinName, hint: lang.CarerJoinNameHint, problems: m.Problems}
	return m.bare("carer-join",
		node.H1(m.t(lang.CarerJoinTitle)), m.p("lead", lang.CarerJoinLead), m.summary(m.Problems),
		node.P(node.Class("panel calm"), iconShield.draw(""), node.Span(m.t(lang.CarerJoinWarn))),
		node.Div(node.Class("card"), form("carer-join", ActCarerJoin,
			name.input(m.Name, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60)), m.submit(lang.CarerJoinDo, node.Class("block")))),
		m.button(ActJoinDecline, "quiet block", lang.JoinDecline),
		m.p("hint", lang.JoinUntil, "when", m.Lang.When(m.Now, m.Expires)))
}

// CarerWait is what a carer's browser shows until it is let in.
type CarerWait struct {
	Base
	Check   string // empty: the other side has not answered
	Offline bool
	Over    Over
}

// Node draws the screen.
func (m CarerWait) Node() node.Node {
	if m.Over != NotOver {
		text := [...]lang.Key{OverDiffer: lang.CarerOverDiffer, OverUsed: lang.CarerOverUsed, OverVoid: lang.CarerOverVoid, OverExpired: lang.CarerOverExpired}[m.Over]
		return m.bare("carer-over", node.H1(m.t(lang.CarerOverTitle)), m.p("lead", text), m.button(ActCarerGiveUp, "primary block", lang.CarerOverDo))
	}
	i, said := iconClock, lang.CarerWaitWaiting
	if m.Offline {
		i, said = iconOffline, lang.CarerWaitOffline
	}
	wait := node.P(node.Class("waiting"), node.Role("status"), i.draw("small"), node.Span(m.t(said)))
	if m.Check == "" {
		return m.bare("carer-wait", node.H1(m.t(lang.CarerWaitTitle)), m.p("lead", lang.CarerWaitText), wait,
			m.button(ActCarerGiveUp, "quiet block", lang.CarerWaitStop))
	}
	return m.bare("carer-check", node.H1(m.t(lang.CheckTitle)),
		node.Section(node.Class("card centred"), node.Aria("label", m.Lang.T(lang.CheckLabel)), digits(m.Check), m.p("", lang.CarerWaitLead), wait),
		m.button(ActCarerGiveUp, "block", lang.CheckDiffer, iconClose.draw("")))
}

// Handover explains how a diary is handed over.
type Handover struct {
	Frame
	Note     string
	Shown    bool
	Problems []Problem
}

// Node draws the screen.
func (m Handover) Node() node.Node {
	steps := []lang.Key{lang.HandoverStep1, lang.HandoverStep2, lang.HandoverStep3, lang.HandoverStep4}
	return m.inside(page{key: "handover", back: true, width: "narrow"},
		node.H1(m.t(lang.HandoverTitle)), m.p("lead", lang.HandoverLead), m.summary(m.Problems),
		m.ticked("yes", lang.HandoverGoes, iconCheck, []lang.Key{lang.HandoverGoes1, lang.HandoverGoes2, lang.HandoverGoes3}),
		m.ticked("no", lang.HandoverStays, iconClose, []lang.Key{lang.HandoverStays1, lang.HandoverStays2, lang.HandoverStays3}),
		node.Section(node.Class("card"), node.H2(m.t(lang.HandoverSteps)),
			node.Ol(node.Class("steps"), node.Each(steps, func(k lang.Key) node.Node { return node.Li(m.t(k)) })), m.p("sub", lang.HandoverSafe)),
		node.Div(node.Class("card"), form("handover", ActHandoverDo,
			m.carerNote(lang.HandoverFor, m.Note, m.Problems), m.carerPass(m.Shown, m.Problems),
			m.submit(lang.CarerInviteDo, iconInvite.draw("")))))
}

// Handed is how far a diary's handing over is, and in the end the receipt.
type Handed struct {
	Frame
	From, To   string // names
	FromID     string
	Begun      time.Time
	Ended      time.Time // zero: not decided
	Becomes    Share     // what was decided
	Holds      bool      // and is in force
	Owns       bool      // the new keeper is one
	Known, All int       // centres
	Sheet      bool      // the new keeper's is on paper, as far as that is known here
	Yours      bool      // this person takes it over
	Chosen     Share
	Problems   []Problem
}

// Node draws the screen.
func (m Handed) Node() node.Node {
	from, to := []string{"from", m.From}, []string{"to", m.To}
	step := func(done bool, k lang.Key, args ...string) node.Node {
		i, said := iconClock, lang.HandedStepOpen
		if done {
			i, said = iconCheck, lang.HandedStepDone
		}
		return node.Li(i.draw("small"), node.Span(m.t(k, args...), hidden(" ("+m.Lang.T(said)+")")))
	}
	sheet := step(m.Sheet, lang.HandedSheet)
	if !m.Yours {
		sheet = step(m.Holds, lang.HandedSheetTheirs, to...)
	}
	title := lang.HandedTitle
	if m.Holds {
		title = lang.HandedDoneTitle
	}
	end := node.Node{}
	switch {
	case m.Ended.IsZero():
	case m.Becomes == ShareNone:
		end = m.p("", lang.HandedEndGone, append(from, "when", m.Lang.When(m.Now, m.Ended))...)
	default:
		end = m.p("", lang.HandedEnd, append(from, "when", m.Lang.When(m.Now, m.Ended), "right", m.Becomes.says(m.Base))...)
	}
	var ask node.Node
	if m.Yours && m.Ended.IsZero() {
		if !m.Sheet {
			ask = node.Div(node.Class("panel calm"), iconKey.draw(""), node.Div(m.p("", lang.HandedSheetFirst), m.button(ActHandedSheet, "primary", lang.SettingsSheetMake)))
		} else {
			ask = node.Div(node.Class("card"), form("handed", ActHandedDecide, carry(FieldPerson, m.FromID),
				m.rightChips(lang.HandedAsk, 0, m.Chosen, true, m.Problems, from...),
				m.p("hint", lang.HandedAskWarn, from...), m.submit(lang.HandedAskDo)))
		}
	}
	return m.inside(page{key: "handed." + m.FromID, back: true, width: "narrow"},
		node.H1(m.t(title)), m.p("lead", lang.HandedLead, append(append(from, to...), "when", m.Lang.When(m.Now, m.Begun))...),
		m.summary(m.Problems),
		node.Section(node.Class("card"), node.Aria("label", m.Lang.T(lang.HandoverSteps)), node.Ul(node.Class("ticks"),
			step(m.Owns, lang.HandedIn, to...),
			step(m.Owns && m.Known == m.All, lang.HandedCentres, "n", m.Lang.Int(m.Known), "all", m.Lang.Int(m.All)),
			sheet,
			step(!m.Ended.IsZero(), lang.HandedDecided, from...),
			step(m.Holds, lang.HandedHolds)), end),
		ask,
		node.If(m.Holds, m.p("hint", lang.HandedKept)))
}

// writing are the acts by which a diary is written. A person who may only read
// is offered none of them.
var writing = map[string]bool{
	ActGoRecord: true, ActRecordTreatment: true, ActRecordBleed: true, ActRecordNote: true, ActRecordAgain: true, ActTreatmentSave: true,
	ActBleedSave: true, ActNoteSave: true, ActEntryCorrect: true, ActEntryRetract: true, ActRetractSave: true, ActBleedEnd: true,
	ActRepeat: true, ActDose: true, ActMissed: true, ActUndo: true, ActBackfill: true, ActBackfillSave: true, ActBleedMore: true, ActBleedStop: true,
	ActBleedTreat: true, ActBleedAnswer: true, ActBleedLater: true, ActPhotoCaption: true, ActPhotoRemove: true, ActPhotoRemoveDo: true,
	ActPackIn: true, ActPackScan: true, ActPackSave: true, ActStockCount: true, ActStockOut: true, ActShelfSave: true,
	ActRecallHeard: true, ActRecallAside: true, ActRecallRead: true, ActPlanNew: true, ActPlanEdit: true, ActPlanSave: true, ActPlanEnd: true,
	ActPlanEndSave: true, ActPlanRead: true, ActMeasureNew: true, ActMeasureCorrect: true, ActMeasureSave: true, ActMeasureRetract: true,
	ActImport: true, ActImportLook: true, ActImportDo: true, ActAbout: true, ActAboutSave: true, ActMessageSend: true,
}

// keeping are the acts of whoever keeps a diary.
var keeping = map[string]bool{
	ActCentreAdd: true, ActSheetShow: true, ActSheetCheck: true, ActSheetDone: true, ActSheetPrint: true, ActCarerForm: true, ActCarerInvite: true, ActCarerLink: true,
	ActCarerSame: true, ActCarerDiffer: true, ActCarerVoid: true, ActPersonOpen: true, ActPersonSave: true, ActPersonRemove: true, ActPersonRemoveDo: true,
	ActPartForm: true, ActPart: true, ActHandover: true, ActHandoverDo: true, ActHandedSheet: true, ActHandedDecide: true,
	ActConsentYes: true, ActConsentNo: true, ActRestrictForm: true, ActRestrictSend: true, ActRestrictBack: true, ActShareForm: true, ActShareAgree: true, ActInformationRead: true,
}

// Refuses tells why somebody who does not keep the diary is not to do an act, 0
// if they may; reader says that they may not write either.
func Refuses(act string, reader bool) lang.Key {
	switch {
	case keeping[act]:
		return lang.CarerNotYours
	case reader && writing[act]:
		return lang.CarerOnlyReads
	}
	return 0
}

// offered takes out of a screen what its person may not do.
func (f Frame) offered(n node.Node) node.Node {
	refuses := func(act string) bool { return Refuses(act, f.ReadOnly) != 0 }
	switch {
	case f.Expelled && f.Role == Centre:
		refuses = func(act string) bool { return RefusesAtCentre(act, TeamReader) != 0 }
	case f.Expelled:
		refuses = func(act string) bool { return Refuses(act, true) != 0 }
	case f.Role == Centre && (f.Over || f.Team != NoRole && f.Team != TeamLead):
		refuses = func(act string) bool {
			return f.Over && toPatient[act] || f.Team != NoRole && RefusesAtCentre(act, f.Team) != 0
		}
	case !f.Helper:
		return n
	}
	return n.Without(func(k node.Node) bool {
		act, _ := k.Attribute("data-act")
		return act != "" && refuses(act)
	})
}
