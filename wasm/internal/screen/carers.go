package screen

import (
	"context"
	"encoding/hex"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Those who share a diary: a list, invitations, what each may do; a diary that
// is handed over; and in a new browser the way to share somebody else's.

const (
	atPeople placeName = placesCarers + iota
	atPerson
	atPersonRemove
	atCarerForm
	atCarerLink
	atHandover
	atHanded
	atCarerJoin // outside the vault, like the next
	atCarerWait
)

// A caring is what was typed about people, and a browser on its way to a diary.
type caring struct {
	note  string
	name  string
	share view.Share
	over  view.Over
	run   int // which waiting counts
}

// shareOf is a right as screens know it, rightOf the inverse.
func shareOf(r keyring.Right) view.Share {
	return map[keyring.Right]view.Share{keyring.Own: view.ShareOwn, keyring.Care: view.ShareCare, keyring.Read: view.ShareRead}[r]
}

func rightOf(s view.Share) keyring.Right {
	return map[view.Share]keyring.Right{view.ShareOwn: keyring.Own, view.ShareCare: keyring.Care, view.ShareRead: keyring.Read}[s]
}

// helps tells what a person may not do with the diary that they share.
func helps(l app.Look) (helper, reader bool) {
	r := l.HomeRight()
	return r == keyring.Care || r == keyring.Read, r == keyring.Read
}

// refusesAct reports an act that this person may not do, and says so.
func (g *Guide) refusesAct(act string) bool {
	var k lang.Key
	g.env.Client.Look(func(l app.Look) {
		if l.Role() == app.Centre {
			return
		}
		helper, reader := helps(l)
		_, expelled := l.Removal()
		if helper || expelled {
			k = view.Refuses(act, reader || expelled)
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

func personID(s string) (id keyring.AccountID) {
	if b, err := hex.DecodeString(s); err == nil {
		copy(id[:], b)
	}
	return id
}

func (g *Guide) people(l app.Look) (list, gone []view.Person) {
	for _, p := range l.People() {
		v := view.Person{
			ID: hex.EncodeToString(p.ID[:]), Name: p.Name, Share: shareOf(p.Right), You: p.You, Keeper: p.Keeper, Since: g.local(p.Since), Seen: g.local(p.Seen),
			Changing: p.Changing, Becomes: shareOf(p.Becomes), Centres: p.Centres,
		}
		if p.Gone {
			gone = append(gone, v)
		} else {
			list = append(list, v)
		}
	}
	return list, gone
}

func (g *Guide) person(l app.Look, id string) (view.Person, bool) {
	list, _ := g.people(l)
	for _, p := range list {
		if p.ID == id {
			return p, true
		}
	}
	return view.Person{}, false
}

func (g *Guide) peopleScreen(l app.Look, f view.Frame) view.Screen {
	m := view.People{Frame: f, Centres: len(l.CurrentCentres()), Problems: g.problems}
	m.List, m.Gone = g.people(l)
	for _, p := range m.List {
		if p.You {
			m.OwnName = p.Name
		}
	}
	if len(g.problems) > 0 {
		m.OwnName = g.care.name
	}
	for _, i := range l.Invites() {
		if st := inviteState(i); i.Kind == join.Carer && (st == view.InviteWaiting || st == view.InviteAsking) {
			m.Invites = append(m.Invites, view.CarerInvite{ID: hex.EncodeToString(i.ID[:]), Note: i.Note, Share: shareOf(i.Right), State: st, Expires: g.local(i.Expires)})
		}
	}
	for _, h := range l.Handovers() {
		m.Handed = append(m.Handed, view.HandedOver{
			To: hex.EncodeToString(h.To[:]), From: g.called(h.FromName), ToName: g.called(h.ToName), Yours: h.Yours && !h.Done, Done: h.Done && h.FromRight == h.Right,
		})
	}
	return m
}

// called is a name, or what stands for one.
func (g *Guide) called(name string) string {
	if name == "" {
		return g.lang.T(lang.PersonKeeper)
	}
	return name
}

// caringOutside draws the places before a diary is shared.
func (g *Guide) caringOutside(b view.Base) view.Screen {
	if g.at.name == atCarerJoin && g.preview != nil {
		return view.CarerJoin{Base: b, Name: g.care.name, Expires: g.local(g.preview.Expires), Problems: g.problems}
	}
	m := view.CarerWait{Base: b, Offline: !g.online, Over: g.care.over}
	if w, ok := g.env.Client.Waiting(g.ctx); ok {
		m.Check = w.Check
	}
	return m
}

func (g *Guide) carersScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	switch g.at.name {
	case atPeople:
	case atPerson, atPersonRemove:
		p, ok := g.person(l, g.at.id)
		if !ok || p.You || p.Share == view.ShareOwn {
			break
		}
		if g.at.name == atPersonRemove {
			return view.PersonRemove{Frame: f, Person: p, Problems: g.problems}
		}
		return view.PersonPage{Frame: f, Person: p, Chosen: p.Share, Problems: g.problems}
	case atCarerForm:
		return view.CarerForm{Frame: f, Note: g.care.note, Chosen: g.care.share, Shown: g.shown, Problems: g.problems}
	case atHandover:
		return view.Handover{Frame: f, Note: g.care.note, Shown: g.shown, Problems: g.problems}
	case atCarerLink:
		if i, ok := l.Invite(inviteID(g.at.id)); ok && i.Kind == join.Carer {
			return view.CarerLink{Frame: f, PersonLink: g.personLink(i), Share: shareOf(i.Right)}
		}
	case atHanded:
		if m, ok := g.handed(l, f); ok {
			return m
		}
	default:
		return nil
	}
	return g.peopleScreen(l, f)
}

// handed is how far a handing over is.
func (g *Guide) handed(l app.Look, f view.Frame) (view.Handed, bool) {
	for _, h := range l.Handovers() {
		if h.To != personID(g.at.id) {
			continue
		}
		m := view.Handed{
			Frame: f, From: g.called(h.FromName), To: g.called(h.ToName), FromID: hex.EncodeToString(h.From[:]), Begun: g.local(h.Begun), Ended: g.local(h.Ended),
			Becomes: shareOf(h.Right), Owns: h.ToRight == keyring.Own, All: len(l.Centres()), Sheet: l.SheetInfo().Made || l.SheetInfo().NextMade, Yours: h.Yours,
			Chosen: view.ShareCare, Problems: g.problems,
		}
		m.Holds = h.Done && h.FromRight == h.Right
		for _, p := range l.People() {
			if p.ID == h.To {
				m.Known = p.Centres
			}
			if p.ID == h.From && p.Right != 0 && p.Centres < m.All {
				m.Holds = false
			}
		}
		return m, true
	}
	return view.Handed{}, false
}

// handedNotice asks the new keeper of a diary to go on.
func (g *Guide) handedNotice(l app.Look) *view.Notice {
	for _, h := range l.Handovers() {
		if h.Yours && !h.Done {
			return &view.Notice{Key: lang.HandedYours, Args: []string{"from", g.called(h.FromName)}, Do: []view.NoticeDo{
				{Act: view.ActHanded, Label: lang.HandedOpen, Field: view.FieldPerson, Value: hex.EncodeToString(h.To[:])}}}
		}
	}
	return nil
}

func (g *Guide) carersAct(e node.Event, f map[string]string) bool {
	id := f[view.FieldPerson]
	invite := inviteID(f[view.FieldInvite])
	switch e.Act {
	case view.ActPeople:
		g.leaveForm()
		g.into(place{name: atPeople})
	case view.ActPersonOpen:
		g.into(place{name: atPerson, id: id})
	case view.ActPersonSave:
		g.problems = nil
		right := rightOf(view.ShareOf(f[view.FieldRight]))
		g.settle(g.env.Client.SetRight(g.ctx, personID(id), right), lang.NoticePersonChanged, 1)
	case view.ActPersonRemove:
		g.into(place{name: atPersonRemove, id: id})
	case view.ActPersonRemoveDo:
		g.problems = nil
		g.settle(g.env.Client.RemovePerson(g.ctx, personID(id)), lang.NoticePersonChanged, 2)
	case view.ActPersonName:
		if g.personName(f) {
			if err := g.env.Client.SetOwnName(g.ctx, g.care.name); err != nil {
				g.bad("", unkept(err))
				break
			}
			g.say(lang.NoticeSaved)
		}
	case view.ActCarerForm, view.ActHandover:
		g.care.note, g.care.share, g.shown = "", view.ShareNone, false
		at := place{name: atCarerForm}
		if e.Act == view.ActHandover {
			at.name = atHandover
		}
		if g.at.name == atCarerLink {
			g.goTo(at)
		} else {
			g.into(at)
		}
	case view.ActCarerInvite:
		g.inviteCarer(f, rightOf(view.ShareOf(f[view.FieldRight])))
	case view.ActHandoverDo:
		g.inviteCarer(f, keyring.Own)
	case view.ActCarerLink:
		g.into(place{name: atCarerLink, id: f[view.FieldInvite]})
	case view.ActCarerVoid:
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Revoke(ctx, invite) }, func(err error) {
			if err != nil {
				g.wrong("", err)
				return
			}
			g.out()
			g.say(lang.NoticeCarerVoid)
		})
	case view.ActCarerSame:
		g.letIn(invite, atPeople, g.notDone, g.carerIn)
	case view.ActCarerDiffer:
		if err := g.env.Client.Refuse(g.ctx, invite); err != nil {
			g.wrong("", err)
		}
	case view.ActHanded:
		g.into(place{name: atHanded, id: id})
	case view.ActHandedSheet:
		if err := g.env.Client.BeginSheet(g.ctx); err != nil {
			g.wrong("", err)
			break
		}
		g.showSheet()
	case view.ActHandedDecide:
		g.problems = nil
		if err := g.env.Client.TakeOver(g.ctx, personID(id), rightOf(view.ShareOf(f[view.FieldRight]))); err != nil {
			g.wrong("", err)
		}
	default:
		return false
	}
	return true
}

// settle goes back that many places after a change, or says what is wrong.
func (g *Guide) settle(err error, k lang.Key, back int) {
	if err != nil {
		g.bad("", unkept(err))
		return
	}
	for range back {
		g.out()
	}
	g.say(k)
}

// personName reads the name by which somebody wants to be known.
func (g *Guide) personName(f map[string]string) bool {
	g.problems = nil
	g.care.name = diary.Clean(f[view.FieldPersonName], false)
	if g.care.name == "" {
		g.bad(view.FieldPersonName, lang.ProblemEmpty)
	} else if over := len(g.care.name) - app.MaxName; over > 0 {
		g.bad(view.FieldPersonName, lang.ProblemLong, "n", g.lang.Int(over))
	}
	return len(g.problems) == 0
}

// inviteCarer makes an invitation. An open screen does not show who sits there:
// the passphrase does.
func (g *Guide) inviteCarer(f map[string]string, right keyring.Right) {
	g.problems = nil
	g.care.note, g.care.share = diary.Clean(f[view.FieldPersonNote], false), shareOf(right)
	if right == 0 {
		g.bad(view.FieldRight, lang.ProblemEmpty)
		return
	}
	note := g.care.note
	g.invitePerson(f[view.FieldPassphrase], func(ctx context.Context) ([16]byte, error) {
		return g.env.Client.InviteCarer(ctx, right, note)
	}, atCarerLink, g.notDone)
}

// carerIn says who was let in.
func (g *Guide) carerIn(name string) {
	if name == "" {
		name = g.lang.T(lang.CarerCheckName)
	}
	g.say(lang.NoticeCarerIn, "name", name)
}

/* ---- in the carer's browser ---- */

// carersOutside are the acts on the way to somebody's diary.
func (g *Guide) carersOutside(act string, f map[string]string) bool {
	switch act {
	case view.ActCarerJoin:
		g.wish(atCarerJoin, f)
	case view.ActCarerGiveUp:
		if g.at.name == atCarerWait {
			g.care.run++
			g.elsewhere(lang.BusyOpening, func(ctx context.Context) error { return g.env.Client.Wipe(ctx) }, func(error) { g.reload() })
		}
	default:
		return false
	}
	return true
}

// resumeCarer goes on with a wish to share a diary, or to work at a centre, that was made before the page
// was closed.
func (g *Guide) resumeCarer() bool {
	w, waits := g.env.Client.Waiting(g.ctx)
	if waits = waits && (w.Kind == join.Carer || w.Kind == join.Colleague); waits {
		g.awaitCarer()
	}
	return waits
}

// awaitCarer shows the waiting until the other side has decided.
func (g *Guide) awaitCarer() {
	g.preview, g.code, g.back = nil, "", nil
	g.care = caring{run: g.care.run + 1}
	g.goTo(place{name: atCarerWait})
	run, ctx := g.care.run, g.ctx
	go func() {
		err := g.env.Client.Await(ctx)
		select {
		case g.do <- func() { g.wasLetIn(run, err) }:
		case <-ctx.Done():
		}
	}()
}

func (g *Guide) wasLetIn(run int, err error) {
	if run != g.care.run || !g.open {
		return // given up, or locked
	}
	if g.care.over = whyNot(err); g.care.over == view.NotOver {
		if g.role() == app.Centre {
			g.newColleague()
			return
		}
		g.home()
		g.say(lang.NoticeCarerWelcome)
	}
}
