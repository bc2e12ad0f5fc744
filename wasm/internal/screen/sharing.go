package screen

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/view"
)

// Sharing a diary with a centre: the words that somebody agrees to, before and after
// it, and what the centre says of itself.

const (
	atSharing placeName = placesSeen + 1 + iota
	atShare
)

// agreeing is what was chosen below a text, while it is wrong.
type agreeing struct {
	by  view.Signatory
	yes bool
}

func says(i *app.Information) sharing.Information {
	if i == nil {
		return sharing.Information{}
	}
	return sharing.Information{Responsible: i.Responsible, Contact: i.Contact, Officer: i.Officer, Ground: i.Ground, Keeping: i.Keeping}
}

// toAgree is what somebody would agree to now, in the language that is shown.
func (g *Guide) toAgree(centre string, i *app.Information) app.Agreement {
	return app.Agreement{Version: sharing.Version, Language: g.lang.Tag(), Text: sharing.Text(g.lang, centre, says(i))}
}

func hexOf(h [32]byte) string { return hex.EncodeToString(h[:]) }

func (g *Guide) agreeingTo(centre string, i *app.Information) view.Agreeing {
	a := g.toAgree(centre, i)
	return view.Agreeing{CentreName: centre, Text: a.Text, Words: hexOf(a.Hash()), By: g.agreeing.by, Yes: g.agreeing.yes, Problems: g.problems}
}

// agrees reads a form below a text. It is false where something is missing, or where
// the person has read other words.
func (g *Guide) agrees(a *app.Agreement, f map[string]string) bool {
	g.problems = nil
	g.agreeing = agreeing{view.SignatoryOf(f[view.FieldSignatory]), f[view.FieldAgree] == "yes"}
	a.By = app.Signatory(g.agreeing.by)
	if f[view.FieldWords] != hexOf(a.Hash()) {
		g.agreeing.yes = false
		g.bad(view.FieldAgree, lang.ProblemShareWords)
		return false
	}
	if g.agreeing.by == 0 {
		g.bad(view.FieldSignatory, lang.ProblemShareWho)
	}
	if !g.agreeing.yes {
		g.bad(view.FieldAgree, lang.ProblemShareTick)
	}
	return len(g.problems) == 0
}

// shareWhy is why a person is to read the words again.
func shareWhy(x app.Sharing) view.ShareWhy {
	switch {
	case !x.May || !x.Ready:
		return view.ShareNot
	case len(x.Agreed) == 0:
		return view.ShareFirst
	case x.Lapsed:
		return view.ShareLapsed
	case x.Agreed[0].Version < sharing.Version:
		return view.ShareNew
	}
	return view.ShareNot
}

// shareNotes are what a person is to read about sharing.
func shareNotes(l app.Look) (out []view.ShareNote) {
	for _, c := range l.CurrentCentres() {
		x, _ := l.Sharing(c.N)
		n := view.ShareNote{ID: strconv.Itoa(int(c.N)), Centre: c.Name, Why: shareWhy(x)}
		if n.Why != view.ShareNot || x.May && x.Ready && x.Changed {
			out = append(out, n)
		}
	}
	return out
}

func (g *Guide) sharingScreen(l app.Look, f view.Frame) view.Screen {
	x, ok := l.Sharing(g.at.n)
	if g.at.name != atSharing && g.at.name != atShare || !ok {
		return nil
	}
	id := strconv.Itoa(int(g.at.n))
	centre, pseudonym, note := g.between(l, g.at.n)
	f.Place = view.PlaceCentre
	if l.Role() == app.Centre {
		f.Place = view.PlacePatients
	}
	if why := shareWhy(x); g.at.name == atShare && why != view.ShareNot {
		return view.ShareForm{Frame: f, Agreeing: g.agreeingTo(centre, x.Now), ID: id, Why: why}
	}
	m := view.SharingPage{
		Frame: f, ID: id, Centre: centre, Pseudonym: pseudonym, CaseNote: note, Changed: x.Changed && x.Ready, Ask: shareWhy(x), May: x.May, Over: g.parting(x.Over),
	}
	if i := x.Now; i != nil && l.Role() == app.Patient {
		m.Number, m.Said = int(i.Number), g.local(i.Said)
		now, before := says(i).Items(), says(x.Before).Items()
		for n, it := range now {
			m.Says = append(m.Says, view.Told{Item: it, New: m.Changed && x.Before != nil && it.Text != before[n].Text})
		}
	}
	for _, a := range x.Agreed {
		m.Agreed = append(m.Agreed, g.agreed(a))
	}
	return m
}

func (g *Guide) agreed(a app.Agreed) view.Agreed {
	name := a.Language // of a language that this release does not speak
	for _, l := range lang.All {
		if l.Tag() == a.Language {
			name = l.Name()
		}
	}
	return view.Agreed{
		At: g.local(a.At), You: a.You, Name: a.Name, By: view.Signatory(a.By), Version: int(a.Version), Language: name,
		Receipt: receiptNumber(a.Receipt), Hash: hexOf(a.Hash()), Text: a.Text,
	}
}

func (g *Guide) sharingAct(e node.Event, f map[string]string) bool {
	n := number(f[view.FieldCentre] + f[view.FieldPatient])
	switch e.Act {
	case view.ActSharing:
		g.leaveForm()
		g.into(place{name: atSharing, n: n})
	case view.ActShareForm:
		g.leaveForm()
		g.agreeing = agreeing{}
		g.into(place{name: atShare, n: n})
	case view.ActShareAgree:
		g.shareAgree(n, f)
	case view.ActInformationRead:
		g.problems = nil
		if err := g.env.Client.ReadInformation(g.ctx, n); err != nil {
			g.wrong("", err)
			return true
		}
		g.say(lang.NoticeInformationRead)
	case view.ActInformation:
		var have sharing.Information
		g.env.Client.Look(func(l app.Look) { have = says(l.Information()) })
		typed := make(map[string]string)
		for i, it := range have.Items() {
			typed[view.InformationFields[i]] = it.Text
		}
		g.beginForm(atInformation, "", typed)
	case view.ActInformationSave:
		g.typedIn(f)
		g.saveInformation()
	default:
		return false
	}
	return true
}

// shareAgree is the yes of somebody whose diary is shared already.
func (g *Guide) shareAgree(n uint32, f map[string]string) {
	var a app.Agreement
	var quoted app.InformationID
	g.env.Client.Look(func(l app.Look) {
		x, _ := l.Sharing(n)
		centre, _, _ := g.between(l, n)
		a, quoted = g.toAgree(centre, x.Now), x.Now.ID()
	})
	if !g.agrees(&a, f) {
		return
	}
	err := g.env.Client.Agree(g.ctx, n, a, quoted)
	switch {
	case errors.Is(err, app.ErrSharing): // the centre has said something else this moment
		g.agreeing.yes = false
		g.bad(view.FieldAgree, lang.ProblemShareWords)
		return
	case err != nil:
		g.bad("", unkept(err))
		return
	}
	g.agreeing = agreeing{}
	g.out()
	g.say(lang.NoticeAgreed)
}

// joinAccept is the patient's yes to an invitation.
func (g *Guide) joinAccept(f map[string]string) {
	p := g.preview
	if p == nil {
		g.goTo(place{name: atWelcome})
		return
	}
	a := g.toAgree(p.Centre, p.Says)
	if !g.agrees(&a, f) {
		return
	}
	g.withVault(func(ctx context.Context) error { return g.env.Client.JoinCentre(ctx, p, a) }, lang.BusyJoining, func(err error) {
		if err != nil {
			g.goTo(place{name: atJoin})
			g.wrong("", err)
			return
		}
		g.preview, g.code, g.agreeing = nil, "", agreeing{}
		g.back = nil
		var n uint32
		g.env.Client.Look(func(l app.Look) {
			if cs := l.Centres(); len(cs) > 0 {
				n = cs[len(cs)-1].N
			}
		})
		g.goTo(place{name: atJoined, n: n})
	})
}

// informationScreen is the form for what a centre says of itself.
func (g *Guide) informationScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	x := &g.form
	m := view.InformationForm{Frame: f, Problems: g.problems, Says: sharing.Information{
		Responsible: x.get(view.FieldSaysResponsible), Contact: x.get(view.FieldSaysContact), Officer: x.get(view.FieldSaysOfficer),
		Ground: x.get(view.FieldSaysGround), Keeping: x.get(view.FieldSaysKeeping),
	}}
	if i := l.Information(); i != nil {
		m.Number, m.Said = int(i.Number), g.local(i.Said)
	}
	return m
}

func (g *Guide) saveInformation() {
	g.problems = nil
	get := func(field string) string {
		s := diary.Clean(g.form.get(field), true)
		if over := len(s) - app.MaxInformation; over > 0 {
			g.bad(field, lang.ProblemLong, "n", g.lang.Int(over))
		}
		return s
	}
	i := app.Information{
		Responsible: get(view.FieldSaysResponsible), Contact: get(view.FieldSaysContact), Officer: get(view.FieldSaysOfficer),
		Ground: get(view.FieldSaysGround), Keeping: get(view.FieldSaysKeeping),
	}
	if len(g.problems) > 0 {
		return
	}
	if err := g.env.Client.SetInformation(g.ctx, i); err != nil {
		g.bad("", unkept(err))
		return
	}
	g.dropForm()
	g.out()
	g.say(lang.NoticeInformation)
}
