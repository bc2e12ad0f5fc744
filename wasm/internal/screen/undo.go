package screen

import (
	"errors"
	"strconv"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// A step is one entry that has just been written and that the person may want
// back at once.
type step struct {
	version diary.ID    // just written
	before  diary.Entry // the version that it corrected; nil: a new entry
}

// record keeps an entry of the person's own diary and notes it for the undo of
// this act.
func (g *Guide) record(e diary.Entry) error {
	before := g.current(e.Top().Supersedes)
	if _, err := g.env.Client.Record(g.ctx, e); err != nil {
		return err
	}
	g.undo = append(g.undo, step{e.Top().ID, before})
	return nil
}

// offerUndo puts the button that takes back what was written into the notice,
// and after it others.
func (g *Guide) offerUndo(more ...view.NoticeDo) {
	if g.notice != nil && len(g.undo) > 0 {
		g.notice.Do = append([]view.NoticeDo{{Act: view.ActUndo, Label: lang.UndoDo}}, more...)
	}
}

// undoAll takes back what the last act wrote, the latest first. Entries are
// never deleted: a new one is taken back and says so; a correction is followed by one that says
// again what stood before.
func (g *Guide) undoAll() {
	steps := g.undo
	g.undo = nil
	if len(steps) == 0 {
		return
	}
	fresh := 0
	for i := len(steps) - 1; i >= 0; i-- {
		if err := g.takeBack(steps[i]); err != nil {
			g.undo = steps[:i+1]
			g.notice = &view.Notice{Key: lang.NoticeUndoFailed, Bad: true}
			g.offerUndo()
			return
		}
		if steps[i].before == nil {
			fresh++
		}
	}
	switch {
	case fresh == 0:
		g.say(lang.NoticeUndoneFix)
	case fresh == 1:
		g.say(lang.NoticeUndone)
	default:
		g.say(lang.NoticeUndoneMany, "n", g.lang.Int(fresh))
	}
}

// errChanged reports an entry that somebody has corrected since.
var errChanged = errors.New("screen: the entry has changed since")

func (g *Guide) takeBack(s step) error {
	now := diary.MomentOf(g.local(g.now()))
	why := g.lang.T(lang.UndoReason)
	var e diary.Entry
	err := errChanged
	g.item(s.version.String(), func(it *diary.Item) {
		switch {
		case it.Retracted != nil:
			err = nil // done already, perhaps by an attempt whose answer was lost
		case s.before == nil:
			e, err = &diary.Retract{Entry: it.ID, Reason: why}, nil
		case it.Entry.Top().ID == s.version:
			e, err = restore(it, s.before, now, why)
		}
	})
	if err != nil || e == nil {
		return err
	}
	_, err = g.env.Client.Record(g.ctx, e)
	return err
}

// restore is a correction of it that says again what before says.
func restore(it *diary.Item, before diary.Entry, now diary.Moment, why string) (diary.Entry, error) {
	fixed, err := diary.Amend(it, now, why)
	if err != nil {
		return nil, err
	}
	body, err := diary.Encode(before)
	if err != nil {
		return nil, err
	}
	e, err := diary.Decode(before.Kind(), body)
	if err != nil {
		return nil, err
	}
	h, extra := *fixed.Top(), e.Top().Extra
	*e.Top() = h
	e.Top().Extra = extra
	return e, nil
}

// current is the entry that stands under an ID, nil if there is none.
func (g *Guide) current(id diary.ID) (e diary.Entry) {
	if !id.IsZero() {
		g.item(id.String(), func(it *diary.Item) { e = it.Entry })
	}
	return e
}

// doseOf reads what view.FieldDose says: a plan and when its dose is due.
func doseOf(l app.Look, value string, now diary.Moment) (diary.Dose, bool) {
	if len(value) < 35 || value[34] != '@' {
		return diary.Dose{}, false
	}
	id, ok := diary.ParseID(value[:34])
	ms, err := strconv.ParseInt(value[35:], 10, 64)
	if !ok || err != nil || ms <= 0 || ms > now.Ms+366*24*3600_000 {
		return diary.Dose{}, false
	}
	for _, g := range l.Diary().Doses(ms, ms, now) {
		if g.Plan.ID == id {
			return g, true
		}
	}
	return diary.Dose{}, false
}

// doseValue is the inverse of doseOf.
func doseValue(d diary.Dose) string {
	return d.Plan.ID.String() + "@" + strconv.FormatInt(d.Due.Ms, 10)
}
