package screen

import (
	"cmp"
	"strconv"
	"strings"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// A patient leaves a centre, or a centre discharges one: the question, and the
// receipt.

const (
	atPart placeName = placesParting + iota
	atParted
	atDied
	atDeath
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
	return &view.Parting{At: g.local(p.At), Reason: view.PartingReason(p.Reason), ByCentre: p.ByCentre, By: p.By, Shut: p.Shut, Died: p.Died}
}

func (g *Guide) partingScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name < atPart || g.at.name > atDeath {
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
		if g.at.name == atDeath && v.Reason == view.PartingDied && l.Role() == app.Centre {
			day := ""
			if !v.Died.IsZero() {
				day = v.Died.String()
			}
			return view.DeathForm{Frame: m.Frame, ID: m.ID, Pseudonym: m.Pseudonym, Date: day, Dating: true, Problems: g.problems}
		}
		m.Parting = *v
		x, _ := l.Sharing(g.at.n)
		for _, a := range x.Agreed {
			if a.Receipt == end.Withdrew {
				m.Agreed, m.Receipt = g.local(a.At), receiptNumber(a.Receipt)
			}
		}
		return m
	}
	if g.at.name == atDied {
		return view.DeathForm{Frame: m.Frame, ID: m.ID, Pseudonym: m.Pseudonym, Problems: g.problems}
	}
	form := view.PartingForm{Frame: m.Frame, ID: m.ID, Centre: m.Centre, Pseudonym: m.Pseudonym, Problems: g.problems}
	if x, _ := l.Sharing(g.at.n); x.May && len(x.Agreed) > 0 {
		form.Agreed = g.local(x.Agreed[0].At)
	}
	return form
}

// dayOfDeath reads the day that may be left out.
func (g *Guide) dayOfDeath(f map[string]string) (diary.Date, bool) {
	d := g.legalDay(strings.TrimSpace(f[view.FieldDate]), view.FieldDate)
	switch {
	case len(g.problems) > 0:
		return d, false
	case !d.IsZero() && diary.DateOf(g.local(g.now())).Before(d):
		g.bad(view.FieldDate, lang.ProblemDeathAhead)
		return d, false
	case !d.IsZero() && d.Year < 1970:
		g.bad(view.FieldDate, lang.ProblemDate)
		return d, false
	}
	return d, true
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
	case view.ActDeathForm:
		g.into(place{name: atDeath, n: n})
	case view.ActDeathSave:
		g.problems = nil
		day, ok := g.dayOfDeath(f)
		if !ok {
			break
		}
		if err := g.env.Client.SetDeath(g.ctx, n, day); err != nil {
			g.wrong("", err)
			break
		}
		g.out()
		g.say(lang.NoticeSaved)
	case view.ActPartReceipt:
		g.into(place{name: atParted, n: n})
	case view.ActPart:
		g.problems = nil
		why := app.PartingReason(view.PartingReasonOf(f[view.FieldReason]))
		var centre bool
		g.env.Client.Look(func(l app.Look) { centre = l.Role() == app.Centre })
		part := g.env.Client.LeaveCentre
		var day diary.Date
		if centre {
			part = g.env.Client.Discharge
			if why == app.PartingDied {
				var ok bool
				if day, ok = g.dayOfDeath(f); !ok {
					break
				}
			}
		}
		if err := part(g.ctx, n, why); err != nil {
			g.wrong("", err)
			break
		}
		delete(g.draft, strconv.Itoa(int(n)))
		// A colleague may have entered another end before: then there is no day to keep.
		var died bool
		g.env.Client.Look(func(l app.Look) {
			p, _ := l.Patient(n)
			died = p.Parting != nil && p.Parting.Reason == app.PartingDied
		})
		if died && !day.IsZero() {
			if err := g.env.Client.SetDeath(g.ctx, n, day); err != nil {
				g.goTo(place{name: atDeath, n: n})
				g.bad("", unkept(err))
				break
			}
		}
		g.keepDraft()
		g.goTo(place{name: atParted, n: n})
	default:
		return false
	}
	return true
}
