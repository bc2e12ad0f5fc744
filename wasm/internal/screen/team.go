package screen

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

// Those who work at a centre: a list, invitations, roles, removing and leaving;
// who has opened which diary; and in a new browser the way into a team.

const (
	atTeam placeName = placesTeam + iota
	atColleague
	atColleagueRemove
	atTeamForm
	atTeamLink
	atTeamLeave
	atTeamLog
	atTeamJoin // outside the vault
)

// A teaming is what was typed and chosen about a team.
type teaming struct {
	note string
	role view.TeamRole
	log  logChoice
}

// A logChoice narrows the access log.
type logChoice struct {
	who     string // account, in hex; empty: everybody
	patient uint32 // 0: all
	find    string // a patient, as typed
	shown   int
}

// refusesAtCentre reports an act that this colleague may not do, and says so.
func (g *Guide) refusesAtCentre(act string) bool {
	var k lang.Key
	g.env.Client.Look(func(l app.Look) {
		if l.Role() != app.Centre {
			return
		}
		r := view.TeamRole(l.TeamRole())
		_, expelled := l.Removal()
		if expelled {
			r = view.TeamReader
		}
		if r != view.NoRole {
			k = view.RefusesAtCentre(act, r)
		}
		if k != 0 && expelled {
			k = lang.AlarmRemovedTitle
		}
	})
	if k != 0 {
		g.notice = &view.Notice{Key: k, Bad: true}
	}
	return k != 0
}

func (g *Guide) colleague(k app.Colleague) view.Colleague {
	return view.Colleague{
		ID: hex.EncodeToString(k.Account[:]), Name: k.Name, Role: view.TeamRole(k.Role), Since: g.local(k.Since), Heard: g.local(k.Heard), Left: g.local(k.Left),
		Devices: k.Devices, Leaving: k.Leaving, You: k.You,
	}
}

func (g *Guide) sealing(l app.Look) (s view.Sealing) {
	r, busy := l.Renewal()
	return view.Sealing{Busy: busy, Done: r.Sealed, Shared: r.Shared}
}

// soleLead reports that this person is the only one who can change the team.
func soleLead(l app.Look) bool {
	leads := 0
	for _, k := range l.Colleagues() {
		if k.Role == keyring.Lead {
			leads++
		}
	}
	return leads == 1 && l.TeamRole() == keyring.Lead
}

func (g *Guide) teamList(l app.Look, f view.Frame) view.Screen {
	m := view.Team{Frame: f, CentreName: l.Name(), You: view.TeamRole(l.TeamRole()), Alone: soleLead(l), Sealing: g.sealing(l), ReviewDue: l.ReviewDue()}
	for _, k := range l.Colleagues() {
		m.List = append(m.List, g.colleague(k))
		m.Leaving = m.Leaving || k.You && k.Leaving
	}
	for _, k := range l.Former() {
		m.Gone = append(m.Gone, g.colleague(k))
	}
	if m.You == view.TeamLead {
		for _, i := range l.Invites() {
			if st := inviteState(i); i.Kind == join.Colleague && (st == view.InviteWaiting || st == view.InviteAsking) {
				m.Invites = append(m.Invites, view.TeamInvite{ID: hex.EncodeToString(i.ID[:]), Note: i.Note, Role: view.TeamRole(i.Role), State: st, Expires: g.local(i.Expires)})
			}
		}
	}
	return m
}

func (g *Guide) teamScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name < atTeam || g.at.name > atTeamLog {
		return nil
	}
	f.Place = view.PlaceSettings
	if l.Role() != app.Centre {
		return nil
	}
	lead := l.TeamRole() == keyring.Lead
	switch {
	case g.at.name == atTeamLeave:
		return view.TeamLeave{Frame: f, Last: soleLead(l), Problems: g.problems}
	case !lead:
	case g.at.name == atColleague, g.at.name == atColleagueRemove:
		for _, k := range l.Colleagues() {
			if c := g.colleague(k); c.ID == g.at.id && !c.You {
				if g.at.name == atColleagueRemove {
					return view.ColleagueRemove{Frame: f, Colleague: c, Patients: l.PatientCount(), Problems: g.problems}
				}
				return view.ColleaguePage{Frame: f, Colleague: c, Chosen: c.Role, Problems: g.problems}
			}
		}
	case g.at.name == atTeamForm:
		return view.TeamForm{Frame: f, Note: g.team.note, Chosen: g.team.role, Shown: g.shown, Problems: g.problems}
	case g.at.name == atTeamLink:
		if i, ok := l.Invite(inviteID(g.at.id)); ok && i.Kind == join.Colleague {
			return view.TeamLink{Frame: f, PersonLink: g.personLink(i), Role: view.TeamRole(i.Role)}
		}
	case g.at.name == atTeamLog:
		return g.teamLog(l, f)
	}
	return g.teamList(l, f)
}

// logged are the newest lines of the access log that the choice leaves, 0: all,
// and how many there are.
func (g *Guide) logged(l app.Look, limit int) ([]app.Visit, int) {
	return l.Visits(personID(g.team.log.who), g.team.log.patient, limit)
}

func (g *Guide) teamLog(l app.Look, f view.Frame) view.Screen {
	choice := &g.team.log
	m := view.TeamLog{Frame: f, Who: choice.who}
	find := finding{Finder: view.Finder{Find: choice.find}}
	if choice.patient != 0 {
		find.Value = strconv.Itoa(int(choice.patient))
	}
	notes := make(map[uint32]string)
	for _, p := range l.Patients() {
		notes[p.N] = p.Note
		find.take(strconv.Itoa(int(p.N)), p.Pseudonym, p.Note, "")
	}
	m.Patient = find.Finder
	for _, k := range append(l.Colleagues(), l.Former()...) {
		m.People = append(m.People, view.Choice{Value: hex.EncodeToString(k.Account[:]), Label: k.Name})
	}
	list, found := g.logged(l, choice.shown)
	m.Found, m.More = found, found > len(list)
	for _, v := range list {
		m.Lines = append(m.Lines, view.LogLine{By: v.Name, Pseudonym: v.Pseudonym, CaseNote: notes[v.Patient], At: g.local(v.At), Why: int(v.Why), Words: v.Words})
	}
	return m
}

// saveLog saves what the choice leaves of the access log: who, which patient,
// when in the form of RFC 3339.
func (g *Guide) saveLog() {
	sep, out := g.tableHead()
	out = papers.Row(out, sep, g.lang.T(lang.AccessWho), g.lang.T(lang.ColPatient), g.lang.T(lang.FactWhen), g.lang.T(lang.LogWhy))
	g.env.Client.Look(func(l app.Look) {
		list, _ := g.logged(l, 0)
		for _, v := range list {
			out = papers.Row(out, sep, v.Name, v.Pseudonym, g.local(v.At).Format(time.RFC3339), view.Logged(g.lang, int(v.Why), v.Words))
		}
	})
	name := "vialog-" + g.local(g.now()).Format(time.DateOnly) + "-access.csv"
	g.env.Page.Download(name, "text/csv;charset=utf-8", out)
	g.say(lang.NoticePapersSaved, "file", name)
}

func (g *Guide) teamAct(e node.Event, f map[string]string) bool {
	id, invite := f[view.FieldColleague], inviteID(f[view.FieldInvite])
	switch e.Act {
	case view.ActTeam:
		g.leaveForm()
		g.into(place{name: atTeam})
	case view.ActTeamForm:
		g.team.note, g.team.role, g.shown = "", view.TeamRoleOf(f[view.FieldTeamRole]), false
		if at := (place{name: atTeamForm}); g.at.name == atTeamLink {
			g.goTo(at)
		} else {
			g.into(at)
		}
	case view.ActTeamInvite:
		g.inviteColleague(f)
	case view.ActTeamLink:
		g.into(place{name: atTeamLink, id: f[view.FieldInvite]})
	case view.ActTeamVoid:
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Revoke(ctx, invite) }, func(err error) {
			if err != nil {
				g.wrongTeam(err)
				return
			}
			g.out()
			g.say(lang.NoticeCarerVoid)
		})
	case view.ActTeamSame:
		g.letIn(invite, atTeam, g.wrongTeam, func(name string) { g.say(lang.NoticeColleagueIn, "name", name) })
	case view.ActTeamDiffer:
		if err := g.env.Client.Refuse(g.ctx, invite); err != nil {
			g.wrongTeam(err)
		}
	case view.ActColleague:
		g.into(place{name: atColleague, id: id})
	case view.ActColleagueRole:
		g.problems = nil
		role := view.TeamRoleOf(f[view.FieldTeamRole])
		if role == view.NoRole {
			g.bad(view.FieldTeamRole, lang.ProblemEmpty)
			break
		}
		g.teamDone(g.env.Client.SetRole(g.ctx, personID(id), keyring.Role(role)), 1, lang.NoticeColleagueRole)
	case view.ActColleagueRemove:
		g.into(place{name: atColleagueRemove, id: id})
	case view.ActColleagueRemoveDo:
		g.problems = nil
		var name string
		g.env.Client.Look(func(l app.Look) {
			for _, k := range l.Colleagues() {
				if k.Account == personID(id) {
					name = k.Name
				}
			}
		})
		g.teamDone(g.env.Client.RemoveColleague(g.ctx, personID(id)), 2, lang.NoticeColleagueOut, "name", name)
	case view.ActTeamLeave:
		g.into(place{name: atTeamLeave})
	case view.ActTeamLeaveDo:
		g.problems = nil
		g.teamDone(g.env.Client.Leave(g.ctx), 1, lang.NoticeTeamLeft)
	case view.ActTeamLog:
		g.team.log = logChoice{who: id, patient: number(f[view.FieldPatient]), find: f[view.FieldFind], shown: pageSize}
		if g.at.name != atTeamLog {
			g.into(place{name: atTeamLog})
		}
	case view.ActTeamLogOf:
		g.team.log, g.focus = logChoice{who: g.team.log.who, patient: number(f[view.FieldPatient]), shown: pageSize}, "log-all"
	case view.ActTeamLogAll: // the form still carries the patient along
		g.team.log, g.focus = logChoice{who: g.team.log.who, shown: pageSize}, view.FieldID(view.FieldFind)
	case view.ActTeamLogMore:
		g.team.log.shown += pageSize
	case view.ActTeamLogSave:
		g.saveLog()
	default:
		return false
	}
	return true
}

// teamDone goes back that many places after a change, or says what is wrong.
func (g *Guide) teamDone(err error, back int, k lang.Key, args ...string) {
	if err != nil {
		g.wrongTeam(err)
		return
	}
	for range back {
		g.out()
	}
	g.say(k, args...)
}

// wrongTeam says why a change of the team was not made.
func (g *Guide) wrongTeam(err error) {
	switch {
	case errors.Is(err, keyring.ErrLast):
		field := ""
		if g.at.name == atColleague {
			field = view.FieldTeamRole
		}
		g.bad(field, lang.ProblemLastLead)
	case errors.Is(err, app.ErrMember), errors.Is(err, keyring.ErrMember):
		g.bad("", lang.ProblemTeamChanged)
	default:
		g.wrong("", err)
	}
}

// inviteColleague makes an invitation. An open screen does not show who sits
// there: the passphrase does.
func (g *Guide) inviteColleague(f map[string]string) {
	g.problems = nil
	g.team.note, g.team.role = strings.TrimSpace(f[view.FieldPersonNote]), view.TeamRoleOf(f[view.FieldTeamRole])
	if g.team.role == view.NoRole {
		g.bad(view.FieldTeamRole, lang.ProblemEmpty)
		return
	}
	note, role := g.team.note, keyring.Role(g.team.role)
	g.invitePerson(f[view.FieldPassphrase], func(ctx context.Context) ([16]byte, error) {
		return g.env.Client.InviteColleague(ctx, role, note)
	}, atTeamLink, g.wrongTeam)
}

/* ---- in the colleague's browser ---- */

// teamJoinScreen is the question whether to join.
func (g *Guide) teamJoinScreen(b view.Base) view.Screen {
	p := g.preview
	if p == nil {
		return view.Welcome{Base: b, OffersAlone: g.alone, OffersSheet: true, Offline: !g.online}
	}
	return view.TeamJoin{
		Base: b, CentreName: p.Centre, Inviter: p.Inviter, Role: view.TeamRole(p.Role), OwnName: g.care.name, Expires: g.local(p.Expires), Problems: g.problems,
	}
}

// teamOutside are the acts on the way into a team.
func (g *Guide) teamOutside(act string, f map[string]string) bool {
	if act != view.ActTeamJoin {
		return false
	}
	g.wish(atTeamJoin, f)
	return true
}

// newColleague is shown the recovery sheet first: nobody else can bring back
// what is lost with a colleague's only browser.
func (g *Guide) newColleague() {
	var centre string
	g.env.Client.Look(func(l app.Look) { centre = l.Name() })
	g.sheet, g.back = view.SheetWords, nil
	g.goTo(place{name: atSheet})
	g.say(lang.NoticeTeamWelcome, "centre", centre)
}

// trace notes in a patient's diary that this colleague looks at a page about it.
// If it cannot be noted now, the next look notes it.
func (g *Guide) trace(p place) {
	if p.n != 0 && g.open && g.role() == app.Centre {
		g.env.Client.Opened(g.ctx, p.n)
	}
}
