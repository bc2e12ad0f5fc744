package screen

import (
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

// What a person has a right to, beside what the diary itself does: entries that a
// centre is to keep and not to use, and the receipts of all such acts.

const (
	atRestrict placeName = placesParting + 5 + iota
	atRestrictForm
	atRestrictAnswer
	atRestrictShow
	atReceipts
)

// newsDays is how long a patient's first screen says what a centre has answered.
const newsDays = 7

func (g *Guide) restriction(r app.Restriction) view.Restriction {
	return view.Restriction{
		ID: hex.EncodeToString(r.ID[:]), At: g.local(r.At), Why: int(r.Why), From: r.From, To: r.To, Words: r.Words, State: view.RestrictState(r.State),
		Due: g.local(r.At.Add(app.RestrictAnswer)), Said: g.local(r.Said), By: r.By, Answer: r.Answer, Ends: g.local(r.Ends), Receipt: receiptNumber(r.ID),
	}
}

// wishAt is the patient or centre, and the wish, that a form is about.
func (g *Guide) wishAt() (n uint32, id [32]byte) {
	of, wish, _ := strings.Cut(g.form.entry, "/")
	b, err := hex.DecodeString(wish)
	if err == nil && len(b) == len(id) {
		copy(id[:], b)
	}
	return number(of), id
}

func (g *Guide) rightsScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name < atRestrict || g.at.name > atReceipts {
		return nil
	}
	x, centre := &g.form, l.Role() == app.Centre
	f.Place = view.PlaceCentre
	if centre {
		f.Place = view.PlacePatients
	}
	n, id := g.wishAt()
	switch g.at.name {
	case atReceipts:
		f.Place = view.PlaceSettings
		return g.receipts(l, f)
	case atRestrict:
		m := view.Restrictions{Frame: f, ID: strconv.Itoa(int(g.at.n)), Problems: g.problems}
		m.Centre, m.Pseudonym, m.CaseNote = g.between(l, g.at.n)
		if m.Centre == "" {
			return nil
		}
		p, _ := l.Patient(g.at.n)
		m.Over = p.Parting != nil
		for _, c := range l.Centres() {
			m.Over = m.Over || c.N == g.at.n && c.Parting != nil
		}
		list := l.Restrictions(g.at.n)
		if m.More = len(list) > g.at.shown; m.More {
			list = list[:g.at.shown]
		}
		for _, r := range list {
			m.List = append(m.List, g.restriction(r))
		}
		return m
	case atRestrictForm:
		m := view.RestrictForm{
			Frame: f, Span: cmp.Or(x.get(view.FieldRestrictSpan), view.SpanAll), From: x.get(view.FieldRestrictFirst), To: x.get(view.FieldRestrictLast),
			Why: x.get(view.FieldRestrictWhy), Words: x.get(view.FieldRestrictWords), Problems: g.problems,
		}
		if m.Centre, _, _ = g.between(l, n); m.Centre == "" || centre {
			return nil
		}
		return m
	case atRestrictAnswer:
		m := view.RestrictAnswer{Frame: f, Chosen: x.get(view.FieldRestrictAnswer), Reply: x.get(view.FieldRestrictReply), Problems: g.problems}
		_, m.Pseudonym, _ = g.between(l, n)
		for _, r := range l.Restrictions(n) {
			if r.ID == id && centre {
				m.Restriction = g.restriction(r)
				return m
			}
		}
	case atRestrictShow:
		m := view.RestrictShow{Frame: f, Why: x.get(view.FieldRestrictWhy), Words: x.get(view.FieldRestrictWords), Problems: g.problems}
		if _, m.Pseudonym, _ = g.between(l, n); centre && m.Pseudonym != "" {
			return m
		}
	}
	return nil
}

func (g *Guide) rightsAct(e node.Event, f map[string]string) bool {
	n := number(cmp.Or(f[view.FieldPatient], f[view.FieldCentre]))
	switch e.Act {
	case view.ActReceipts:
		g.leaveForm()
		g.into(place{name: atReceipts})
	case view.ActRestrictions:
		g.leaveForm()
		g.into(place{name: atRestrict, n: n})
	case view.ActRestrictForm:
		g.beginForm(atRestrictForm, strconv.Itoa(int(n))+"/", make(map[string]string))
	case view.ActRestrictSend:
		if g.at.name == atRestrictForm {
			g.typedIn(f)
			g.askRestriction()
		}
	case view.ActRestrictBack:
		if g.at.name == atRestrict {
			g.saidRestriction(g.env.Client.TakeRestrictionBack(g.ctx, g.at.n, wishOf(f[view.FieldWish])))
		}
	case view.ActRestrictKeep:
		if g.at.name == atRestrict {
			g.saidRestriction(g.env.Client.AnswerRestriction(g.ctx, g.at.n, wishOf(f[view.FieldWish]), app.AcceptRestriction, ""))
		}
	case view.ActRestrictAnswerForm:
		if g.at.name == atRestrict {
			g.beginForm(atRestrictAnswer, strconv.Itoa(int(g.at.n))+"/"+f[view.FieldWish], make(map[string]string))
		}
	case view.ActRestrictAnswer:
		if g.at.name == atRestrictAnswer {
			g.typedIn(f)
			g.answerRestriction()
		}
	case view.ActRestrictShowForm:
		g.beginForm(atRestrictShow, strconv.Itoa(int(n))+"/", make(map[string]string))
	case view.ActRestrictShow:
		if g.at.name == atRestrictShow {
			g.typedIn(f)
			g.showRestricted()
		}
	default:
		return false
	}
	return true
}

func wishOf(s string) (id [32]byte) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(id) {
		copy(id[:], b)
	}
	return id
}

// restrictWords reads what was said about a restriction.
func (g *Guide) restrictWords(field string) string {
	words := diary.Clean(g.form.get(field), true)
	if over := len(words) - app.MaxRestrictText; over > 0 {
		g.bad(field, lang.ProblemLong, "n", g.lang.Int(over))
	}
	return words
}

// chosenWhy reads the number of a reason.
func (g *Guide) chosenWhy(list []lang.Key) uint8 {
	why := number(g.form.get(view.FieldRestrictWhy))
	if why == 0 || int(why) >= len(list) {
		g.bad(view.FieldRestrictWhy, lang.ProblemChoose)
		return 0
	}
	return uint8(why)
}

func (g *Guide) askRestriction() {
	g.problems = nil
	n, _ := g.wishAt()
	x := &g.form
	var from, to diary.Date
	if x.get(view.FieldRestrictSpan) == view.SpanDays {
		from, to = g.dayIn(view.FieldRestrictFirst, 1970, 2199), g.dayIn(view.FieldRestrictLast, 1970, 2199)
		if len(g.problems) == 0 && (from.IsZero() && to.IsZero() || !from.IsZero() && !to.IsZero() && to.Before(from)) {
			g.bad(view.FieldRestrictFirst, lang.ProblemRestrictDays)
		}
	}
	why, words := g.chosenWhy(view.RestrictWhys[:]), g.restrictWords(view.FieldRestrictWords)
	if len(g.problems) > 0 {
		return
	}
	var name string
	g.env.Client.Look(func(l app.Look) { name, _, _ = g.between(l, n) })
	err := g.env.Client.AskRestriction(g.ctx, n, app.RestrictWhy(why), from, to, words)
	if err != nil {
		g.wrongRestriction(err)
		return
	}
	g.leaveFor(n)
	g.say(lang.NoticeRestrictAsked, "centre", name)
}

func (g *Guide) answerRestriction() {
	g.problems = nil
	n, id := g.wishAt()
	words := g.restrictWords(view.FieldRestrictReply)
	var a app.RestrictAnswering
	switch g.form.get(view.FieldRestrictAnswer) {
	case view.AnswerYes:
		a = app.AcceptRestriction
	case view.AnswerNo:
		a = app.RefuseRestriction
	case view.AnswerEnd:
		a = app.EndRestriction
	default:
		g.bad(view.FieldRestrictAnswer, lang.ProblemChoose)
	}
	if a != app.AcceptRestriction && words == "" {
		g.bad(view.FieldRestrictReply, lang.ProblemEmpty)
	}
	if len(g.problems) > 0 {
		return
	}
	if err := g.env.Client.AnswerRestriction(g.ctx, n, id, a, words); err != nil {
		g.wrongRestriction(err)
		return
	}
	g.leaveFor(n)
	g.say(lang.NoticeRestrictSaid)
}

func (g *Guide) showRestricted() {
	g.problems = nil
	n, _ := g.wishAt()
	why, words := g.chosenWhy(view.ShowWhys[:]), g.restrictWords(view.FieldRestrictWords)
	if len(g.problems) > 0 {
		return
	}
	if err := g.env.Client.ShowRestricted(g.ctx, n, app.ShowWhy(why), words); err != nil {
		g.wrongRestriction(err)
		return
	}
	g.dropForm()
	g.out()
	if g.at.name != atPatient || g.at.n != n {
		g.openPatient(n)
	}
}

// leaveFor goes from a form to the list of wishes.
func (g *Guide) leaveFor(n uint32) {
	g.dropForm()
	g.out()
	if g.at.name != atRestrict || g.at.n != n {
		g.into(place{name: atRestrict, n: n})
	}
}

// saidRestriction stays at the list of wishes.
func (g *Guide) saidRestriction(err error) {
	g.problems = nil
	if err != nil {
		g.wrongRestriction(err)
		return
	}
	g.say(lang.NoticeSaved)
}

func (g *Guide) wrongRestriction(err error) {
	switch {
	case errors.Is(err, app.ErrMoved):
		g.bad("", lang.ProblemRestrictMoved)
	case errors.Is(err, app.ErrTerms):
		g.bad("", lang.ProblemRestrictMany)
	default:
		g.wrongStudy("", err)
	}
}

// restrictHere is what a patient's page says of restrictions.
func (g *Guide) restrictHere(l app.Look, p app.PatientInfo) view.RestrictHere {
	list := l.Restrictions(p.N)
	h := view.RestrictHere{Any: len(list) > 0, Holds: p.Restricted, Bared: g.local(l.Bared(p.N))}
	for _, r := range list { // the latest first
		if r.State == app.RestrictAsked && p.Parting == nil {
			h.Asked, h.Due = true, g.local(r.At.Add(app.RestrictAnswer))
		}
	}
	return h
}

// restrictNews are the answers that a patient has not had long, and ends to come.
func (g *Guide) restrictNews(l app.Look) (out []view.RestrictNews) {
	for _, c := range l.CurrentCentres() {
		for _, r := range l.Restrictions(c.N) {
			fresh := g.now().Sub(r.Said) < newsDays*24*time.Hour
			if r.State == app.RestrictEnding || fresh && (r.State == app.RestrictInForce || r.State == app.RestrictRefused) {
				out = append(out, view.RestrictNews{ID: strconv.Itoa(int(c.N)), Centre: c.Name, State: view.RestrictState(r.State), Ends: g.local(r.Ends)})
				break // one of each centre: its page has the others
			}
		}
	}
	return out
}

// restrictOf is what became of the latest wish to a centre; empty: there is none.
func (g *Guide) restrictOf(l app.Look, n uint32) string {
	for _, r := range l.Restrictions(n) {
		return g.lang.T(view.RestrictState(r.State).Text())
	}
	return ""
}

// receipts lists what was done by the rights of a person.
func (g *Guide) receipts(l app.Look, f view.Frame) view.Screen {
	if l.Role() == app.Centre {
		return nil
	}
	m := view.Receipts{Frame: f, Owner: knownAs(l)}
	list, found := l.Receipts(g.at.shown)
	m.More = found > len(list)
	for _, r := range list {
		m.List = append(m.List, g.receipt(l, f.Base, r))
	}
	return m
}

func (g *Guide) receipt(l app.Look, b view.Base, r app.Receipt) view.Receipt {
	v := view.Receipt{At: g.local(r.At), By: r.By, You: r.You, ByCentre: r.ByCentre, Centres: r.Centres, Words: r.Words, Number: receiptNumber(r.Number)}
	what := func(k lang.Key, args ...string) { v.What, v.Args = k, args }
	entry := func(k lang.Key) {
		name := ""
		if it, ok := l.Diary().Get(r.Entry); ok {
			name = g.entry(l, l.Diary(), 0, it).Title(g.lang) + ", " + g.lang.DateShort(it.When.Time())
		}
		what(k, "what", name)
		v.Entry, v.State = true, view.Sent
		if r.Delivery == app.Queued {
			v.State = view.Queued
		}
		v.Words = g.because(r.Words)
	}
	switch r.Kind {
	case app.ReceiptSaved:
		form := g.lang.T(lang.ReceiptIsFile)
		if slices.Contains(append([]papers.Form{papers.Archive, papers.Bundle}, papers.Tables()...), papers.Form(r.Form)) {
			form = g.lang.Label(papers.Form(r.Form).Key())
		}
		what(lang.ReceiptIsSaved, "what", form, "size", g.lang.Bytes(r.Size))
		v.File = hex.EncodeToString(r.File[:])
	case app.ReceiptCorrected:
		entry(lang.ReceiptIsCorrected)
	case app.ReceiptTakenBack:
		entry(lang.ReceiptIsTakenBack)
	case app.ReceiptReviewed:
		what(lang.ReceiptIsReviewed)
	case app.ReceiptConsent:
		k := lang.ReceiptIsNo
		if r.Yes {
			k = lang.ReceiptIsYes
		}
		what(k, "what", r.Study)
	case app.ReceiptAsked:
		what(lang.ReceiptIsAsked, "what", b.Which(r.From, r.To)+". "+g.lang.T(view.RestrictWhys[r.Why]))
	case app.ReceiptAccepted:
		what(lang.ReceiptIsAccepted)
	case app.ReceiptRefused:
		what(lang.ReceiptIsRefused)
	case app.ReceiptEnding:
		what(lang.ReceiptIsEnding, "date", g.lang.Date(g.local(r.Ends)))
	case app.ReceiptShown:
		what(lang.ReceiptIsShown, "what", g.lang.T(view.ShowWhys[r.Why]))
	case app.ReceiptWithdrawn:
		what(lang.ReceiptIsWithdrawn)
	case app.ReceiptAgreed:
		what(lang.ReceiptIsAgreed, "n", g.lang.Int(int(r.Version)))
	case app.ReceiptInformed:
		what(lang.ReceiptIsInformed)
	case app.ReceiptParted:
		k := lang.ReceiptIsLeft
		if r.ByCentre {
			k = lang.ReceiptIsDischarged
		}
		what(k)
	case app.ReceiptErased:
		what(lang.ReceiptIsErased)
		v.Erasing, v.Done = true, g.local(r.Done)
	}
	return v
}

// keepReceipt keeps a receipt of a file that was made, and says how that went.
func (g *Guide) keepReceipt(form papers.Form, name string, data []byte) {
	err := g.env.Client.FileSaved(g.ctx, uint8(form), data)
	g.say(lang.NoticePapersSaved, "file", name)
	if err != nil {
		g.notice = &view.Notice{Key: lang.ReceiptUnkept, Args: []string{"file", name}, Bad: true}
	}
}
