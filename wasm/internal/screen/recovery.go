package screen

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/view"
)

// The recovery sheet after it was made: its page, the drill, what the first
// screen says about it, and the way out for a device whose storage went back.

const (
	atRecovery placeName = placesRecovery + iota
	atDrill
	atAgain
)

// A drilling is a look for the sheet.
type drilling struct {
	ask   [2]int // places of two words, from 1; zero: the whole sheet
	words string // the whole sheet, as typed
	thief bool   // somebody else may have used it
}

func (g *Guide) recoveryScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	switch g.at.name {
	case atRecovery:
		i := l.SheetInfo()
		m := view.Recovery{
			Frame: f, Made: i.Made, Since: g.local(i.Since), Found: view.SheetFound(i.Drill), FoundAt: g.local(i.Drilled),
			Next: i.Next && !i.NextMade, Placing: i.NextMade, Offline: f.Link == view.Offline, Restored: i.Restored, Stuck: i.Stuck, Thief: g.drilling.thief,
			Exposed: g.local(i.Exposed),
		}
		if i.Stuck {
			names := make(map[seal.DeviceID]string)
			for _, d := range l.Devices() {
				if names[d.ID] = d.Name; d.Name == "" {
					names[d.ID] = g.lang.T(lang.SheetDeviceUnnamed, "date", g.lang.Date(g.local(d.Added)))
				}
			}
			for _, id := range i.Above {
				m.Older = append(m.Older, names[id])
			}
		}
		return m
	case atDrill:
		return view.Drill{Frame: f, Ask: g.drilling.ask, Words: g.drilling.words, Problems: g.problems}
	case atAgain:
		return view.Again{Frame: f, Unsent: l.Status().Unsent}
	}
	return nil
}

// sheetNote is what the first screen says about the recovery sheet: one thing
// at a time.
func (g *Guide) sheetNote(l app.Look) view.SheetNote {
	i := l.SheetInfo()
	if uses := l.SheetUses(); len(uses) > 0 {
		u := uses[0]
		return view.SheetNote{Matter: view.SheetUsed, At: g.local(u.When), Device: hex.EncodeToString(u.Device[:]), Gone: !u.Active}
	}
	_, waits := l.Sheet()
	switch {
	case i.Next && i.Print && i.Restored:
		return view.SheetNote{Matter: view.SheetUsedHere}
	case i.Next && i.Print:
		return view.SheetNote{Matter: view.SheetWaiting}
	case i.Next:
	case waits && l.SheetMade().IsZero():
		return view.SheetNote{Matter: view.SheetUnmade}
	case i.Renew && !i.Stuck:
		return view.SheetNote{Matter: view.SheetExposed, At: g.local(i.Exposed)}
	case i.Lost:
		return view.SheetNote{Matter: view.SheetLost, At: g.local(i.Drilled)}
	case i.Due:
		at := i.Drilled
		if i.Since.After(at) {
			at = i.Since
		}
		return view.SheetNote{Matter: view.SheetDue, At: g.local(at)}
	}
	return view.SheetNote{}
}

func (g *Guide) recoveryAct(e node.Event, f map[string]string) bool {
	c := g.env.Client
	switch e.Act {
	case view.ActRecovery, view.ActRecoveryHelp:
		g.drilling = drilling{thief: e.Act == view.ActRecoveryHelp}
		g.into(place{name: atRecovery})
	case view.ActSheetAside:
		if err := c.SheetLater(g.ctx); err != nil {
			g.wrong("", err)
		}
	case view.ActSheetReplace:
		if err := c.BeginSheet(g.ctx); err != nil && !errors.Is(err, app.ErrSheetRank) { // the page says whose turn it is
			g.wrong("", err)
		} else if err == nil {
			g.showSheet()
		}
	case view.ActSheetKeep:
		if err := c.KeepSheet(g.ctx); err != nil {
			g.wrong("", err)
		}
	case view.ActSheetStays:
		if err := c.SheetStays(g.ctx); err != nil {
			g.wrong("", err)
		} else {
			g.say(lang.NoticeSheetStays)
		}
	case view.ActSheetUseKnown:
		id := deviceID(f[view.FieldDevice])
		if err := errors.Join(c.SheetUseSeen(g.ctx, id), c.KnowDevice(g.ctx, id)); err != nil {
			g.wrong("", err)
		}
	case view.ActDrill:
		g.drilling = drilling{}
		if ask, ok := c.DrillAsk(pick(3)); ok {
			g.drilling.ask = ask
		}
		g.into(place{name: atDrill})
	case view.ActDrillWords:
		g.drillWords([2]string{f[view.FieldWordA], f[view.FieldWordB]})
	case view.ActDrillSheet:
		g.drillSheet(f[view.FieldSheetWords])
	case view.ActDrillLost:
		if err := c.DrillLost(g.ctx); err != nil {
			g.wrong("", err)
			return true
		}
		g.drilling = drilling{}
		g.goTo(place{name: atRecovery})
	case view.ActAgain:
		g.into(place{name: atAgain})
	case view.ActAgainDo:
		g.problems = nil
		g.elsewhere(lang.BusyAgain, c.SetUpAgain, func(err error) {
			switch {
			case errors.Is(err, app.ErrOffline):
				g.notice = &view.Notice{Key: lang.AgainOffline, Bad: true}
			case err != nil && !errors.Is(err, app.ErrSound):
				g.notice = &view.Notice{Key: lang.AgainFailed, Args: []string{"code", clip(err.Error())}, Bad: true}
			default:
				g.home()
				g.say(lang.NoticeAgain)
			}
		})
	default:
		return false
	}
	return true
}

func (g *Guide) drillWords(typed [2]string) {
	g.problems = nil
	ask := g.drilling.ask
	wrong, err := g.env.Client.DrillWords(g.ctx, ask, typed)
	if err != nil {
		g.wrong("", err)
		return
	}
	for i, field := range [...]string{view.FieldWordA, view.FieldWordB} {
		if wrong[i] {
			g.bad(field, lang.ProblemWord, "n", g.lang.Int(ask[i]))
		}
	}
	if len(g.problems) == 0 {
		g.out()
		g.say(lang.NoticeDrillDone)
	}
}

// drillSheet proves a whole sheet, also one whose code was scanned with the
// camera of a telephone, which opens the app with it.
func (g *Guide) drillSheet(typed string) {
	g.problems, g.drilling.words = nil, typed
	sheet, err := join.ParseSheet(typed)
	if err != nil {
		g.wrong(view.FieldSheetWords, err)
		return
	}
	g.elsewhere(lang.BusySheet, func(ctx context.Context) error { return g.env.Client.DrillSheet(ctx, sheet) }, func(err error) {
		if err != nil {
			g.wrong(view.FieldSheetWords, err)
			return
		}
		g.drilling = drilling{}
		g.out()
		g.say(lang.NoticeDrillDone)
	})
}

// sheetProblem says what is wrong with a sheet as it was typed.
func (g *Guide) sheetProblem(field string, e *join.SheetError) {
	n := strconv.Itoa(e.Word)
	switch {
	case e.Code:
		g.bad(field, lang.ProblemSheetCode)
	case e.Word > 0 && e.Like != "":
		g.bad(field, lang.ProblemSheetWordLike, "n", n, "word", clip(e.Typed), "like", e.Like)
	case e.Word > 0:
		g.bad(field, lang.ProblemSheetWord, "n", n, "word", clip(e.Typed))
	case e.Sum:
		g.bad(field, lang.ProblemSheetWords)
	default:
		g.bad(field, lang.ProblemSheetCount, "n", g.lang.Int(e.Words))
	}
}
