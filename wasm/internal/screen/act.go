package screen

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/passphrase"
	"vialog/wasm/internal/view"
)

// act does what a button or form asks for. What is not for now, such as an act
// on a vault that has just been locked, is left alone.
func (g *Guide) act(e node.Event) {
	if g.busy != 0 || g.fatal != nil || g.second || g.keys.receipt != nil {
		switch {
		case e.Act == view.ActReload:
			g.reload()
		case e.Act == view.ActTabTake && g.second:
			g.env.Take()
		case e.Act == view.ActWipe && g.fatal != nil && g.fatal.Fault == view.FaultHeader && g.busy == 0:
			g.outside(e.Act, nil)
		}
		return
	}
	f := e.Fields
	if f == nil {
		f = map[string]string{}
	}
	if g.outside(e.Act, f) || !g.open || g.refusesAct(e.Act) || g.refusesAtCentre(e.Act) {
		return
	}
	if e.Act != view.ActUndo {
		g.notice, g.undo = nil, nil
	}
	switch e.Act {
	case view.ActDiaryMore, view.ActBackfillMore, view.ActPhotosMore, view.ActTeamLogMore:
		g.showMore()
	}
	switch {
	case g.places(e.Act, f), g.recording(e.Act, f), g.centreActs(e.Act, f), g.talking(e.Act, f):
	default:
		for _, p := range parts() {
			if p.act(g, e, f) {
				return
			}
		}
	}
}

// outside are the acts that need no open vault.
func (g *Guide) outside(act string, f map[string]string) bool {
	if g.devicesOutside(act, f) || g.carersOutside(act, f) || g.teamOutside(act, f) {
		return true
	}
	switch act {
	case view.ActJoinCode:
		g.joinCode(f[view.FieldCode], view.FieldCode)
	case view.ActStartAlone:
		g.startAlone()
	case view.ActRegisterCentre:
		g.centreCode(f[view.FieldCentreCode])
	case view.ActRestore:
		if words, typed := f[view.FieldSheetWords]; typed {
			g.restoreFrom(words)
		}
	case view.ActPassSave:
		g.savePassphrase(f[view.FieldOldPassphrase], f[view.FieldPassphrase])
	case view.ActPassWeigh:
		g.weighed, g.sure = g.weighPass(f[view.FieldPassphrase]), ""
	case view.ActPassShow, view.ActUnlockShow:
		g.shown = !g.shown
	case view.ActPassAnother:
		g.suggest = passphrase.Draw()
	case view.ActUnlock:
		if !g.open {
			g.unlock(f[view.FieldPassphrase])
		}
	case view.ActWipe:
		if !g.wiping {
			g.wiping = true
			return true
		}
		g.wipe()
	case view.ActUnlockPasskey:
		g.unlockPasskey()
	case view.ActReload:
		g.reload()
	case view.ActJoinAccept:
		g.joinAccept(f)
	case view.ActJoinDecline:
		g.preview, g.code, g.goal = nil, "", nil
		if g.founded() {
			g.home()
		} else {
			g.back = nil
			g.goTo(place{name: atWelcome})
		}
	case view.ActLang:
		if l, ok := lang.Parse(f[view.FieldLang]); ok {
			g.lang = l
			g.saveLook()
		}
	case view.ActFoundCentre:
		if g.open {
			g.foundCentre(f[view.FieldName], f[view.FieldOwnName])
		}
	case view.ActBack:
		if g.at.name == atUnlock || g.at.name == atWelcome || g.at.name == atCarerWait || g.at.name == atDeviceWait {
			return true
		}
		if len(g.back) == 0 && !g.founded() {
			g.goTo(place{name: atWelcome})
			return true
		}
		g.leaveForm()
		if g.at.name == atLimits {
			g.dropTyped(limitKey(patientField(g.at.n), ""))
		}
		g.endPassphrase()
		g.keys.forgetAsking()
		g.out()
	default:
		return false
	}
	return true
}

// places are the ways between screens.
func (g *Guide) places(act string, f map[string]string) bool {
	switch act {
	case view.ActGoToday:
		g.leaveForm()
		g.home()
	case view.ActGoPatients:
		g.leaveForm()
		g.toPatients()
	case view.ActGoDiary:
		g.leaveForm()
		g.into(place{name: atDiary})
	case view.ActGoCentre:
		g.leaveForm()
		g.into(place{name: atCentre})
		g.seenHere()
	case view.ActGoSettings:
		g.leaveForm()
		g.into(place{name: atSettings})
		g.env.Page.Command("storage")
	case view.ActGoRecord:
		g.into(place{name: atRecord})
	case view.ActSheetShow:
		g.showSheet()
	case view.ActSheetPrint:
		g.env.Page.Command("print")
	case view.ActSheetCheck:
		g.proveSheet()
	case view.ActSheetDone:
		g.sheetDone(f[view.FieldWordA], f[view.FieldWordB])
	case view.ActSheetLater:
		g.env.Client.SheetLater(g.ctx) // or it is asked for once more
		g.home()
	case view.ActJoinSeen:
		g.home()
	case view.ActNoticeClose:
		g.notice = nil
	case view.ActTheme:
		g.setTheme([...]string{"", "light", "dark"}[view.ThemeOf(f[view.FieldTheme])])
		g.saveLook()
	case view.ActLock:
		g.lock(false)
	case view.ActKeepStored:
		g.env.Page.Command("keep")
	case view.ActPassChange:
		g.beginPassphrase(true)
	case view.ActDiaryMore:
		g.at.shown += pageSize
	case view.ActDiaryFilter, view.ActPatientFilter:
		g.at.filter, g.at.shown = view.FilterOf(f[view.FieldFilter]), pageSize
	case view.ActEntryOpen:
		g.into(place{name: atEntry, id: f[view.FieldEntry], n: g.patientHere()})
		g.seenHere()
	default:
		return false
	}
	return true
}

// patientHere is the patient whose page or entry is shown, 0 at home.
func (g *Guide) patientHere() uint32 {
	if g.at.name == atPatient || g.at.name == atEntry {
		return g.at.n
	}
	return 0
}

// centreActs are a centre's own.
func (g *Guide) centreActs(act string, f map[string]string) bool {
	switch act {
	case view.ActInviteForm:
		g.note = ""
		g.into(place{name: atInviteForm})
	case view.ActInviteNew:
		g.invite(f[view.FieldCaseNote])
	case view.ActInviteOpen:
		g.into(place{name: atInvite, id: f[view.FieldInvite]})
	case view.ActInviteCopy:
		g.env.Client.Look(func(l app.Look) {
			if i, ok := l.Invite(inviteID(f[view.FieldInvite])); ok {
				g.env.Page.Command("copy", "text", i.Link)
				g.copied = true
			}
		})
	case "copy-failed":
		g.copied = false
	case view.ActInviteRevoke:
		id := inviteID(f[view.FieldInvite])
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Revoke(ctx, id) }, func(err error) {
			if err != nil {
				g.wrong("", err)
				return
			}
			g.toPatients()
			g.say(lang.NoticeInviteRevoked)
		})
	case view.ActJoinConfirm:
		g.confirm(f[view.FieldInvite])
	case view.ActJoinDiffer:
		if err := g.env.Client.Refuse(g.ctx, inviteID(f[view.FieldInvite])); err != nil {
			g.wrong("", err)
			return true
		}
		g.toPatients()
		g.say(lang.NoticeInviteRevoked)
	case view.ActPatientOpen:
		n := number(f[view.FieldPatient])
		if id, ok := f[view.FieldInvite]; ok && n == 0 {
			n = g.patientOf(inviteID(id))
		}
		g.openPatient(n)
	case view.ActPatientsFind:
		g.find, g.at.shown, g.aloud = f[view.FieldFind], pageSize, found
	case view.ActPatientsSort:
		g.sorted, g.aloud = g.sorted.Flip(view.PatientColumn(f[view.FieldColumn])), sorted
		g.keepList()
	case view.ActPatientsOnly:
		g.only, g.at.shown, g.aloud = view.OnlyOf(f[view.FieldOnly]), pageSize, found
		g.keepList()
	case view.ActCaseNoteEdit:
		g.editing, g.focus = true, view.FieldID(view.FieldCaseNote)
	case view.ActCaseNoteCancel:
		g.editing, g.focus = false, "case-note-edit"
	case view.ActCaseNoteSave:
		if err := g.env.Client.SetCaseNote(g.ctx, number(f[view.FieldPatient]), diary.Clean(f[view.FieldCaseNote], false)); err != nil {
			g.wrong(view.FieldCaseNote, err)
			return true
		}
		g.editing, g.problems, g.focus = false, nil, "case-note-edit"
		g.say(lang.NoticeSaved)
	default:
		return false
	}
	return true
}

// openPatient shows a patient's page.
func (g *Guide) openPatient(n uint32) {
	g.into(place{name: atPatient, n: n})
	g.seenHere()
}

func (g *Guide) invite(note string) {
	g.problems = nil
	note = diary.Clean(note, false)
	g.note = note
	var id [16]byte
	g.elsewhere(lang.BusyNote, func(ctx context.Context) (err error) {
		id, err = g.env.Client.Invite(ctx, join.Patient, note)
		return err
	}, func(err error) {
		if err != nil {
			g.wrong(view.FieldCaseNote, err)
			return
		}
		g.toPatients()
		g.into(place{name: atInvite, id: hex.EncodeToString(id[:])})
	})
}

// toPatients shows the list of patients; behind it there is nothing.
func (g *Guide) toPatients() {
	g.back = nil
	g.goTo(place{name: atPatients})
}

func (g *Guide) confirm(id string) {
	var who string
	g.env.Client.Look(func(l app.Look) {
		i, _ := l.Invite(inviteID(id))
		who = i.Pseudonym
	})
	g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Confirm(ctx, inviteID(id)) }, func(err error) {
		if err != nil {
			g.wrong("", err)
			return
		}
		g.toPatients()
		g.say(lang.NoticePatientJoined, "id", who)
	})
}

// patientOf finds the patient who came with an invitation.
func (g *Guide) patientOf(id [16]byte) (n uint32) {
	g.env.Client.Look(func(l app.Look) {
		for _, p := range l.Patients() {
			if p.Invite == id {
				n = p.N
			}
		}
	})
	return n
}

// talking are the acts of a conversation.
func (g *Guide) talking(act string, f map[string]string) bool {
	switch act {
	case view.ActMessageSend:
		n := number(f[view.FieldPatient] + f[view.FieldCentre])
		key := messageKey(f)
		text := diary.Clean(f[view.FieldText], true)
		g.problems = nil
		if text == "" {
			g.bad(view.FieldText, lang.ProblemEmpty)
			return true
		}
		if over := len(text) - diary.MaxMessage; over > 0 {
			g.draft[key] = text
			g.bad(view.FieldText, lang.ProblemLong, "n", g.lang.Int(over))
			return true
		}
		about, _ := diary.ParseID(f[view.FieldEntry])
		if err := g.env.Client.Say(g.ctx, n, text, about); err != nil {
			g.draft[key] = text
			g.wrong(view.FieldText, err)
			return true
		}
		g.sent++
		delete(g.draft, key)
		g.keepDraft()
	case view.ActCentreOpen:
		g.at.n = number(f[view.FieldCentre])
		g.seenHere()
	case view.ActCentreAdd:
		g.joinCode(f[view.FieldCode], view.FieldCode)
	default:
		return false
	}
	return true
}

// seenHere tells the other side that what is shown was seen: the messages, and
// for a centre the entries on the first page.
func (g *Guide) seenHere() {
	seen := make(map[uint32][]diary.ID) // by the space that it is said in
	g.env.Client.Look(func(l app.Look) {
		said := func(n uint32) diary.Filter {
			return diary.Filter{
				Kinds: []diary.Kind{diary.KindMessage}, Limit: pageSize, Match: func(it *diary.Item) bool { return l.SaidBy(n, it.ID) },
			}
		}
		note := func(n uint32, d *diary.Diary, side diary.Who, f diary.Filter) {
			for _, it := range d.Unseen(side, f) {
				seen[n] = append(seen[n], it.Entry.Top().ID)
			}
		}
		p, at := l.PatientHere(g.at.n)
		switch {
		case g.at.name == atPatient && at:
			note(p.N, p.Diary, diary.Centre, diary.Filter{Limit: pageSize})
		case g.at.name == atEntry && at:
			note(p.N, p.Diary, diary.Centre, aboutEntry(p.Diary, g.at.id, said(p.N)))
		case g.at.name == atEntry:
			for _, c := range l.Centres() {
				note(c.N, l.Diary(), diary.Patient, aboutEntry(l.Diary(), g.at.id, said(c.N)))
			}
		case g.at.name == atCentre:
			n := g.at.n
			if cs := l.Centres(); n == 0 && len(cs) > 0 {
				n = cs[0].N
			}
			note(n, l.Diary(), diary.Patient, said(n))
		}
	})
	for n, ids := range seen {
		// Not being able to say so is no reason to disturb anybody: it is
		// said with the next look.
		g.env.Client.Tell(g.ctx, n, seenEntry(ids))
	}
}

// aboutEntry narrows a filter to the messages about one entry.
func aboutEntry(d *diary.Diary, entry string, f diary.Filter) diary.Filter {
	about := make(map[diary.ID]bool)
	if id, ok := diary.ParseID(entry); ok {
		if it, ok := d.Get(id); ok {
			for _, m := range d.About(it) {
				about[m.ID] = true
			}
		}
	}
	match := f.Match
	f.Match = func(it *diary.Item) bool { return about[it.ID] && match(it) }
	return f
}

func seenEntry(ids []diary.ID) *diary.Seen {
	arrange.By(ids, func(a, b diary.ID) int { return slices.Compare(a[:], b[:]) })
	return &diary.Seen{Entries: slices.Compact(ids)}
}

func number(s string) uint32 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

func inviteID(s string) (id [16]byte) {
	b, err := hex.DecodeString(s)
	if err == nil {
		copy(id[:], b)
	}
	return id
}
