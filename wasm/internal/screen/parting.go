package screen

import (
	"cmp"
	"strconv"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// A patient leaves a centre, or a centre discharges one: the question, and the
// receipt.

const (
	atPart placeName = placesParting + iota
	atParted
	atDied
)

// mourned tells whether a centre has entered that who kept this diary has died, and
// nobody has written in it since: then it reminds of nothing. Should it have been
// a mistake, the next entry brings the reminders back.
func mourned(l app.Look) bool {
	for _, c := range l.Centres() {
		p := c.Parting
		if p == nil || !p.ByCentre || p.Reason != app.PartingDied {
			continue
		}
		since := func(it *diary.Item) bool { return it.Author.Who.Home() && it.Written > p.At.UnixMilli() }
		return len(l.Diary().Timeline(diary.Filter{Limit: 1, Match: since})) == 0
	}
	return false
}

func (g *Guide) parting(p *app.Parting) *view.Parting {
	if p == nil {
		return nil
	}
	return &view.Parting{At: g.local(p.At), Reason: view.PartingReason(p.Reason), ByCentre: p.ByCentre, By: p.By, Shut: p.Shut}
}

func (g *Guide) partingScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atPart && g.at.name != atParted && g.at.name != atDied {
		return nil
	}
	m := view.PartingReceipt{Frame: f, ID: strconv.Itoa(int(g.at.n))}
	var end *app.Parting
	if l.Role() == app.Centre {
		p, ok := l.Patient(g.at.n)
		if !ok {
			return nil
		}
		m.Place = view.PlacePatients
		m.Centre, m.Pseudonym, m.CaseNote, end = l.Name(), p.Pseudonym, p.Note, p.Parting
	} else {
		m.Place = view.PlaceCentre
		for _, c := range l.Centres() {
			if c.N == g.at.n {
				m.Centre, m.Pseudonym, end = c.Name, c.Pseudonym, c.Parting
			}
		}
	}
	if v := g.parting(end); v != nil {
		m.Parting = *v
		return m
	}
	if g.at.name == atDied {
		return view.DeathForm{Frame: m.Frame, ID: m.ID, Pseudonym: m.Pseudonym, Problems: g.problems}
	}
	return view.PartingForm{Frame: m.Frame, ID: m.ID, Centre: m.Centre, Pseudonym: m.Pseudonym, Problems: g.problems}
}

func (g *Guide) partingAct(e node.Event, f map[string]string) bool {
	n := number(cmp.Or(f[view.FieldPatient], f[view.FieldCentre]))
	switch e.Act {
	case view.ActPartForm:
		g.leaveForm()
		g.into(place{name: atPart, n: n})
	case view.ActDiedForm:
		g.leaveForm()
		g.into(place{name: atDied, n: n})
	case view.ActPartReceipt:
		g.into(place{name: atParted, n: n})
	case view.ActPart:
		g.problems = nil
		why := app.PartingReason(view.PartingReasonOf(f[view.FieldReason]))
		var centre bool
		g.env.Client.Look(func(l app.Look) { centre = l.Role() == app.Centre })
		part := g.env.Client.LeaveCentre
		if centre {
			part = g.env.Client.Discharge
		}
		if err := part(g.ctx, n, why); err != nil {
			g.wrong("", err)
			break
		}
		delete(g.draft, strconv.Itoa(int(n)))
		g.keepDraft()
		g.goTo(place{name: atParted, n: n})
	default:
		return false
	}
	return true
}
