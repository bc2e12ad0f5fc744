package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// TeamRole is what somebody is in a centre.
type TeamRole uint8

const (
	NoRole TeamRole = iota
	TeamLead
	TeamDoctor
	TeamNurse
	TeamReader
)

// teamRoles are those that can be given.
var teamRoles = [...]TeamRole{TeamLead, TeamDoctor, TeamNurse, TeamReader}

// TeamRoleOf is the role that FieldTeamRole names, NoRole if none.
func TeamRoleOf(value string) TeamRole { return TeamRole(oneOf(value, int(TeamReader))) }

func (r TeamRole) name() lang.Key {
	return [...]lang.Key{lang.RoleNone, lang.RoleLead, lang.RoleDoctor, lang.RoleNurse, lang.RoleReader}[r]
}

func (r TeamRole) may() lang.Key {
	return [...]lang.Key{lang.RoleNone, lang.RoleLeadMay, lang.RoleDoctorMay, lang.RoleNurseMay, lang.RoleReaderMay}[r]
}

// A Colleague is somebody who works at the centre, or did.
type Colleague struct {
	ID      string
	Name    string
	Role    TeamRole
	Since   time.Time
	Heard   time.Time // zero: not yet
	Left    time.Time // zero: in the team
	Devices int
	Leaving bool // asked to be taken out
	You     bool
}

// A TeamInvite is an open invitation.
type TeamInvite struct {
	ID      string
	Note    string
	Role    TeamRole
	State   InviteState
	Expires time.Time
}

// Sealing is how far the renewal of keys is, after somebody was removed.
type Sealing struct {
	Busy         bool
	Done, Shared int // diaries of patients: with new keys, and all
}

// Team lists who works at the centre.
type Team struct {
	Frame
	CentreName string
	List, Gone []Colleague
	Invites    []TeamInvite
	You        TeamRole
	Alone      bool // you are the only lead
	Leaving    bool // you have asked to be taken out
	Sealing    Sealing
	ReviewDue  bool // you should look through the team
}

// sealing tells how far the renewal is, nothing if there is none.
func (b Base) sealing(s Sealing) node.Node {
	if !s.Busy {
		return node.Node{}
	}
	bar := node.Node{}
	if s.Shared > 0 {
		bar = node.Progress(node.ID("team-progress"), node.Aria("label", b.Lang.T(lang.TeamSealing)), node.Max(strconv.Itoa(s.Shared)), node.Value(strconv.Itoa(s.Done)))
	}
	return node.Section(node.ID("team-sealing"), node.Class("panel calm"), node.Role("status"),
		node.P(node.Class("strong"), b.t(lang.TeamSealing)), node.If(s.Shared > 0, b.p("num", lang.TeamSealed, "done", b.Lang.Int(s.Done), "of", b.Lang.Int(s.Shared))),
		bar, b.p("sub", lang.TeamSealingNote))
}

func (b Base) colleagueFacts(k Colleague) node.Node {
	if !k.Left.IsZero() {
		return node.Dl(node.Class("facts"), b.fact(lang.ColleagueLeft, b.when(k.Left)))
	}
	heard := b.t(lang.DeviceHeardNever)
	switch {
	case k.You:
		heard = b.t(lang.DeviceHeardNow)
	case !k.Heard.IsZero():
		heard = b.when(k.Heard)
	}
	return node.Dl(node.Class("facts"),
		b.fact(lang.ColleagueRole, b.t(k.Role.name())),
		b.fact(lang.ColleagueSince, node.Text(b.Lang.Date(k.Since))),
		b.fact(lang.ColleagueDevices, node.Text(b.Lang.Int(k.Devices))),
		b.fact(lang.DeviceHeard, heard))
}

// alone asks the only lead for a second one.
func (b Base) alone() node.Node {
	return node.Div(node.ID("team-alone"), node.Class("panel calm"), iconAlert.draw(""), node.Div(
		node.P(node.Class("strong"), b.t(lang.TeamAlone)), b.p("", lang.TeamAloneText),
		b.button(ActTeamForm, "", lang.TeamAloneDo, append(with(FieldTeamRole, strconv.Itoa(int(TeamLead))), node.ID("team-alone-do"))...)))
}

func (m Team) row(k Colleague) node.Node {
	card := node.Li(node.ID("colleague-"+k.ID), node.Class("card person"),
		node.H2(node.Text(k.Name), node.If(k.You, node.Group(node.Text(" "), badge("accent", m.t(lang.PersonYou))))),
		node.If(k.Leaving && k.Left.IsZero(), node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(m.t(lang.ColleagueLeaving)))),
		m.colleagueFacts(k))
	if m.You == TeamLead && !k.You && k.Left.IsZero() {
		card = card.With(node.Button(append(with(FieldColleague, k.ID), node.Type("button"), node.Class("btn"), node.Act(ActColleague), node.Span(m.t(lang.PersonOpen, "name", k.Name)))...))
	}
	return card
}

// Node draws the screen.
func (m Team) Node() node.Node {
	var invites, gone, log, told node.Node
	if len(m.Invites) > 0 {
		invites = node.Section(node.Class("invites"), node.Aria("labelledby", "team-invites"), node.H2(node.ID("team-invites"), m.t(lang.PeopleInvites)),
			node.Ul(node.Class("entries"), node.Each(m.Invites, func(v TeamInvite) node.Node {
				note, tone := v.Note, ""
				if note == "" {
					note = m.Lang.T(lang.InviteNoNote)
				}
				if v.State == InviteAsking {
					tone = "accent"
				}
				return node.Li(node.Class("entry"), node.Button(append(with(FieldInvite, v.ID), node.ID("team-"+v.ID), node.Type("button"), node.Class("entry-open"), node.Act(ActTeamLink),
					node.Span(node.Class("entry-icon"), iconInvite.draw("")),
					node.Span(node.Class("entry-main"), node.Span(node.Class("entry-title"), node.Text(note))),
					node.Span(node.Class("entry-side"), badge(tone, m.t(v.State.text()))),
					node.Span(node.Class("entry-sub"), m.t(v.Role.name()), node.Text(", "), m.t(lang.InviteUntil, "when", m.Lang.When(m.Now, v.Expires))))...))
			})))
	}
	if len(m.Gone) > 0 {
		gone = node.Details(node.ID("team-gone"), node.Class("more"), node.Summary(m.t(lang.TeamGone)),
			node.Ul(node.Class("people"), node.Each(m.Gone, m.row)))
	}
	do := node.Div(node.Class("actions"))
	if m.You == TeamLead {
		do = do.With(m.button(ActTeamForm, "primary", lang.TeamInvite, iconInvite.draw("")))
		log = node.Section(node.Class("card"), node.Aria("labelledby", "team-log"), node.H2(node.ID("team-log"), m.t(lang.LogTitle)), m.p("sub", lang.LogShort), m.button(ActTeamLog, "", lang.LogOpen))
		told = node.Section(node.Class("card"), node.Aria("labelledby", "team-evidence"), node.H2(node.ID("team-evidence"), m.t(lang.EvidenceTitle)), m.p("sub", lang.EvidenceShort), m.button(ActEvidence, "", lang.EvidenceOpen, node.ID("team-evidence-open")))
	}
	var leave node.Node
	if !m.Leaving && m.You != NoRole {
		leave = node.Section(node.Class("card"), node.Aria("labelledby", "team-leave"), node.H2(node.ID("team-leave"), m.t(lang.TeamLeave)), m.p("sub", lang.TeamLeaveShort),
			m.button(ActTeamLeave, "", lang.TeamLeave))
	}
	return m.inside(page{key: "team", back: true, width: "medium"},
		node.H1(m.t(lang.TeamTitle)), m.p("lead", lang.TeamLeadText, "centre", m.CentreName),
		m.sealing(m.Sealing), node.If(m.Alone, m.alone()), node.If(m.ReviewDue, m.reviewDue(m.button(ActReviewed, "", lang.EvidenceReviewDo))),
		node.Ul(node.Class("people"), node.Each(m.List, m.row)),
		do, invites, log, told, gone, leave)
}

// roleChips ask as what somebody is to work here.
func (b Base) roleChips(label, hint lang.Key, chosen TeamRole, problems []Problem, args ...string) node.Node {
	var list []chip
	for _, r := range teamRoles {
		list = append(list, chip{"radio", FieldTeamRole, strconv.Itoa(int(r)), b.Lang.T(r.name()), r == chosen, ""})
	}
	return node.Group(field{Base: b, name: FieldTeamRole, label: label, args: args, hint: hint, problems: problems}.chips("halves", list), b.roles())
}

// roles says what each role means.
func (b Base) roles() node.Node {
	return node.Dl(node.Class("facts"), node.Each(teamRoles[:], func(r TeamRole) node.Node { return b.fact(r.name(), b.t(r.may())) }))
}

// ColleaguePage changes a colleague's role, and is the way to remove them.
type ColleaguePage struct {
	Frame
	Colleague Colleague
	Chosen    TeamRole
	Problems  []Problem
}

// Node draws the screen.
func (m ColleaguePage) Node() node.Node {
	k := m.Colleague
	return m.inside(page{key: "colleague." + k.ID, back: true, width: "narrow"},
		node.H1(node.Text(k.Name)), m.summary(m.Problems),
		node.Div(node.Class("card"), m.colleagueFacts(k)),
		node.Div(node.Class("card"), form("colleague", ActColleagueRole, carry(FieldColleague, k.ID),
			m.roleChips(lang.ColleagueMay, lang.ColleagueMayHint, m.Chosen, m.Problems, "name", k.Name), m.submit(lang.Save))),
		node.Section(node.Class("card"), node.Aria("labelledby", "colleague-out"), node.H2(node.ID("colleague-out"), m.t(lang.PersonRemove)), m.p("", lang.ColleagueRemoveLead),
			m.button(ActColleagueRemove, "alarm", lang.PersonRemove, with(FieldColleague, k.ID)...)))
}

// ColleagueRemove asks whether a colleague is to be removed.
type ColleagueRemove struct {
	Frame
	Colleague Colleague
	Patients  int
	Problems  []Problem
}

// Node draws the screen.
func (m ColleagueRemove) Node() node.Node {
	args := []string{"name", m.Colleague.Name, "n", m.Lang.Int(m.Patients)}
	return m.inside(page{key: "colleague-remove." + m.Colleague.ID, back: true, width: "narrow"},
		node.H1(m.t(lang.PersonRemoveTitle, args...)), m.summary(m.Problems),
		m.ticked("yes", lang.PersonRemoveNow, iconCheck, []lang.Key{lang.ColleagueRemoveNow1, lang.ColleagueRemoveNow2, lang.ColleagueRemoveNow3, lang.ColleagueRemoveNow4}, args...),
		m.ticked("no", lang.PersonRemoveNot, iconClose, []lang.Key{lang.PersonRemoveNot1, lang.ColleagueRemoveNot2, lang.ColleagueRemoveNot3}, args...),
		node.Div(node.Class("actions stack"),
			m.button(ActColleagueRemoveDo, "alarm block", lang.PersonRemoveYes, with(FieldColleague, m.Colleague.ID)...),
			m.button(ActBack, "quiet block", lang.Cancel)))
}

// TeamForm asks as what a colleague is invited.
type TeamForm struct {
	Frame
	Note     string
	Chosen   TeamRole
	Shown    bool // the passphrase is readable
	Problems []Problem
}

// Node draws the screen.
func (m TeamForm) Node() node.Node {
	return m.inside(page{key: "team-form", back: true, width: "narrow"},
		node.H1(m.t(lang.TeamInvite)), m.p("lead", lang.TeamInviteLead), m.summary(m.Problems),
		node.Div(node.Class("card"), form("team", ActTeamInvite,
			m.carerNote(lang.CarerNote, m.Note, m.Problems),
			m.roleChips(lang.TeamInviteAs, 0, m.Chosen, m.Problems),
			m.carerPass(m.Shown, m.Problems),
			m.submit(lang.CarerInviteDo, iconInvite.draw("")))))
}

// TeamLink shows an invitation for a colleague, then the digits to compare.
type TeamLink struct {
	Frame
	PersonLink
	Role TeamRole
}

// Node draws the screen.
func (m TeamLink) Node() node.Node {
	whom := node.P(node.Class("strong"), m.t(m.Role.name()))
	if m.Note != "" {
		whom = node.P(node.Class("strong"), node.Text(m.Note+": "), m.t(m.Role.name()))
	}
	return m.personLink(m.PersonLink, personWords{
		page: "team-link", whom: whom, check: m.p("", lang.TeamCheckLead, "name", m.Name, "role", m.Lang.T(m.Role.name())),
		same: ActTeamSame, differ: ActTeamDiffer, void: ActTeamVoid,
		again: ActTeamForm, againText: lang.TeamInvite, list: ActTeam, listText: lang.TeamOpen,
	})
}

// TeamJoin asks, in a new browser, whether to work at a centre.
type TeamJoin struct {
	Base
	CentreName string
	Inviter    string
	Role       TeamRole // NoRole: the invitation does not say
	OwnName    string   // as typed
	Expires    time.Time
	Problems   []Problem
}

// Node draws the screen.
func (m TeamJoin) Node() node.Node {
	var role node.Node
	if m.Role != NoRole {
		role = node.Dl(node.Class("facts"), m.fact(lang.TeamJoinRole, m.t(m.Role.name())), m.fact(lang.TeamJoinMay, m.t(m.Role.may())))
	}
	name := field{Base: m.Base, name: FieldPersonName, label: lang.FoundOwnName, hint: lang.TeamJoinNameHint, problems: m.Problems}
	return m.bare("team-join",
		node.H1(m.t(lang.TeamJoinTitle, "centre", m.CentreName)), m.p("lead", lang.TeamJoinLead, "name", m.Inviter, "centre", m.CentreName), role, m.summary(m.Problems),
		node.P(node.Class("panel calm"), iconShield.draw(""), node.Span(m.t(lang.TeamJoinWarn))),
		node.Div(node.Class("card"), form("team-join", ActTeamJoin,
			name.input(m.OwnName, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60)), m.submit(lang.CarerJoinDo, node.Class("block")))),
		m.button(ActJoinDecline, "quiet block", lang.JoinDecline),
		m.p("hint", lang.JoinUntil, "when", m.Lang.When(m.Now, m.Expires)))
}

// TeamLeave asks whether somebody wants to leave the team.
type TeamLeave struct {
	Frame
	Last     bool // the only lead, who cannot
	Problems []Problem
}

// Node draws the screen.
func (m TeamLeave) Node() node.Node {
	if m.Last {
		return m.inside(page{key: "team-leave", back: true, width: "narrow"}, node.H1(m.t(lang.TeamLeaveTitle)), m.p("lead", lang.TeamLeaveLast),
			node.Div(node.Class("actions"), m.button(ActTeam, "primary", lang.TeamOpen)))
	}
	return m.inside(page{key: "team-leave", back: true, width: "narrow"},
		node.H1(m.t(lang.TeamLeaveTitle)), m.summary(m.Problems),
		m.ticked("yes", lang.TeamLeaveThen, iconCheck, []lang.Key{lang.TeamLeaveThen1, lang.TeamLeaveThen2, lang.TeamLeaveThen3}),
		m.ticked("no", lang.PersonRemoveNot, iconClose, []lang.Key{lang.TeamLeaveNot1, lang.TeamLeaveNot2}),
		node.Div(node.Class("actions stack"),
			m.button(ActTeamLeaveDo, "alarm block", lang.TeamLeaveYes),
			m.button(ActBack, "quiet block", lang.Cancel)))
}

// A LogLine says who opened which patient's page, and when.
type LogLine struct {
	By        string
	Pseudonym string
	CaseNote  string
	At        time.Time
	Why       int    // of ShowWhys, of a look at what is restricted; 0: of another
	Words     string // about it
}

// TeamLog is the access log of the centre, newest first.
type TeamLog struct {
	Frame
	Lines   []LogLine
	Found   int // lines in all that the choice leaves
	People  []Choice
	Who     string // chosen; empty: everybody
	Patient Finder
	More    bool
}

// Node draws the screen.
func (m TeamLog) Node() node.Node {
	pick := func(name string, label, all lang.Key, list []Choice, chosen string) node.Node {
		return field{Base: m.Base, name: name, label: label}.pick(node.Group(option("", m.Lang.T(all), chosen),
			node.Each(list, func(c Choice) node.Node { return option(c.Value, c.Label, chosen) })))
	}
	w, head := m.wide(lang.AccessWho, lang.ColPatient, lang.FactWhen)
	body := node.Div(node.Class("card"), m.p("sub", lang.LogNone))
	if len(m.Lines) > 0 {
		body = node.Div(node.Class("card"),
			node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", m.Lang.T(lang.LogTitle)),
				w.table("plain log", node.Caption(node.Class("vh"), m.t(lang.LogTitle)), head,
					w.tbody(node.Each(m.Lines, func(v LogLine) node.Node {
						whose := node.Text(v.Pseudonym)
						if v.CaseNote != "" {
							whose = node.Text(v.Pseudonym + " (" + v.CaseNote + ")")
						}
						when := node.Group(m.when(v.At))
						if v.Why != 0 {
							when = node.Group(when, node.P(node.Class("sub"), node.Text(Logged(m.Lang, v.Why, v.Words))))
						}
						return w.tr(w.th(node.Text(v.By)), w.td(1, "num", whose), w.td(2, "num", when))
					})))))
	}
	return m.inside(page{key: "team-log", back: true, width: "medium"},
		node.H1(m.t(lang.LogTitle)), m.p("lead", lang.LogLead),
		node.Div(node.Class("card"), form("team-log", ActTeamLog, node.Live(ActTeamLog),
			pick(FieldColleague, lang.LogWho, lang.LogEverybody, m.People, m.Who),
			m.finder(m.Patient, "log", ActTeamLogOf, ActTeamLogAll))),
		node.P(node.ID("log-count"), node.Class("count"), node.Role("status"), m.n(lang.LogLines, m.Found)),
		body,
		node.Div(node.Class("actions"),
			node.If(m.More, m.button(ActTeamLogMore, "", lang.LogMore)),
			node.If(m.Found > 0, m.button(ActTeamLogSave, "", lang.LogSave, node.ID("log-save")))),
		m.p("hint", lang.AccessLimit))
}

// leading are the acts of a centre's leads.
var leading = map[string]bool{
	ActTeamForm: true, ActTeamInvite: true, ActTeamLink: true, ActTeamSame: true, ActTeamDiffer: true, ActTeamVoid: true, ActColleague: true, ActColleagueRole: true,
	ActColleagueRemove: true, ActColleagueRemoveDo: true, ActTeamLog: true, ActTeamLogOf: true, ActTeamLogAll: true, ActTeamLogMore: true, ActTeamLogSave: true,
	ActEvidence: true, ActReviewed: true, ActAttest: true, ActEvidenceSave: true, ActInformation: true, ActInformationSave: true,
}

// treating are the acts by which a centre writes. Who may only read is offered
// none of them.
var treating = map[string]bool{
	ActRecallTell: true, ActYearSign: true, ActPartForm: true, ActDiedForm: true, ActDeathForm: true, ActDeathSave: true, ActPart: true,
	ActInviteForm: true, ActInviteNew: true, ActInviteOpen: true, ActInviteCopy: true, ActInviteRevoke: true, ActJoinConfirm: true, ActJoinDiffer: true,
	ActCaseNoteEdit: true, ActCaseNoteSave: true, ActMessageSend: true, ActRestrictShowForm: true, ActRestrictShow: true, ActContact: true, ActContactSave: true, ActCodeForm: true, ActCodeSave: true,
	ActPlanNew: true, ActPlanEdit: true, ActPlanSave: true, ActPlanEnd: true, ActPlanEndSave: true, ActPlanRead: true,
	ActMeasureNew: true, ActMeasureCorrect: true, ActMeasureSave: true, ActMeasureRetract: true, ActRecallForm: true, ActRecallSave: true, ActRecallMore: true, ActRecallUndo: true,
	ActWorkActs: true, ActLimits: true, ActWorkAnswer: true, ActWorkLater: true, ActWorkUntil: true, ActWorkClose: true, ActWorkAgain: true, ActLimitsSave: true, ActTeamNoteSave: true, ActTeamNoteEdit: true,
}

// toPatient are those of them that write to a patient, or end the care. There is
// nobody to hear them once a patient has left.
var toPatient = map[string]bool{
	ActMessageSend: true, ActPlanNew: true, ActPlanEdit: true, ActPlanSave: true, ActPlanEnd: true, ActPlanEndSave: true,
	ActMeasureNew: true, ActMeasureCorrect: true, ActMeasureSave: true, ActMeasureRetract: true, ActPartForm: true, ActDiedForm: true, ActPart: true,
	ActConsentYes: true, ActConsentNo: true, ActRestrictAnswerForm: true, ActRestrictAnswer: true, ActRestrictKeep: true,
}

// doctoring are those that leads and doctors do.
var doctoring = map[string]bool{
	ActStudyForm: true, ActStudyAdd: true, ActStudyLook: true, ActStudySave: true, ActConsentYes: true, ActConsentNo: true,
	ActRestrictAnswerForm: true, ActRestrictAnswer: true, ActRestrictKeep: true,
}

// RefusesAtCentre tells why a colleague is not to do an act, 0 if they may.
func RefusesAtCentre(act string, r TeamRole) lang.Key {
	switch {
	case leading[act] && r != TeamLead:
		return lang.RoleOnlyLead
	case treating[act] && r == TeamReader:
		return lang.RoleOnlyReads
	case doctoring[act] && r != TeamLead && r != TeamDoctor:
		return lang.StudyOnlyDoctors
	}
	return 0
}
