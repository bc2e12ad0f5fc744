package screen

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// What a centre tells the operator of its relay about how it is run.

const (
	atEvidence placeName = placesEvidence + iota
)

func (g *Guide) evidenceScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atEvidence || l.Role() != app.Centre {
		return nil
	}
	f.Place = view.PlaceSettings
	if l.TeamRole() != keyring.Lead {
		return g.teamList(l, f)
	}
	m := view.Evidence{Frame: f, Review: view.Reviewing{Due: l.ReviewDue()}, Problems: g.problems}
	if r, ok := l.Reviewed(); ok {
		m.Review.At, m.Review.By = g.local(r.At), r.Name
	}
	for _, a := range l.Evidence() {
		m.List = append(m.List, view.Stated{ID: hex.EncodeToString(a.Hash[:]), At: g.local(a.Made), By: a.Name, Says: a.Statement})
	}
	return m
}

func (g *Guide) evidenceAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActEvidence:
		g.leaveForm()
		g.into(place{name: atEvidence})
	case view.ActReviewed:
		g.problems = nil
		g.teamDone(g.env.Client.Review(g.ctx), 0, lang.NoticeReviewed)
	case view.ActAttest:
		g.problems = nil
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Attest(ctx, g.env.Build.Number) }, func(err error) {
			g.teamDone(err, 0, lang.NoticeAttested)
		})
	case view.ActEvidenceSave:
		g.saveEvidence(f[view.FieldStatement])
	default:
		return false
	}
	return true
}

// saveEvidence saves the statement with that hash as the operator gets it.
func (g *Guide) saveEvidence(id string) {
	var found *app.Attested
	g.env.Client.Look(func(l app.Look) {
		for _, a := range l.Evidence() {
			if hex.EncodeToString(a.Hash[:]) == id {
				found = &a
			}
		}
	})
	if found == nil {
		return // it is of a page that was drawn for another centre
	}
	name := "vialog-" + g.local(found.Made).Format(time.DateOnly) + "-evidence-" + strconv.Itoa(int(found.Number)) + ".txt"
	g.env.Page.Download(name, "text/plain;charset=utf-8", found.File)
	g.say(lang.NoticePapersSaved, "file", name)
}
