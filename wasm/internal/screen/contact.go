package screen

import (
	"context"
	"strconv"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// How a centre is reached, what treatment goes by, whom to call, who has
// looked at the diary, and what was said about one entry.

const (
	atContact placeName = placesContact + iota
	atAbout
	atAccess
	atCode
	atInformation
)

func (g *Guide) contactScreen(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	switch g.at.name {
	case atContact:
		f.Place = view.PlaceSettings
		return view.ContactForm{Frame: f, Problems: g.problems, Phones: view.Phones{
			Phone: x.get(view.FieldPhone), Emergency: x.get(view.FieldEmergency), Hours: x.get(view.FieldHours), Note: x.get(view.FieldNote),
		}}
	case atInformation:
		return g.informationScreen(l, f)
	case atCode:
		f.Place = view.PlaceSettings
		if f.Alarm == view.AlarmUnknownCentre {
			f.Alarm = view.NoAlarm // this is what to do about it
		}
		return view.CodeForm{Frame: f, Code: g.centre, Problems: g.problems}
	case atAbout:
		f.Place = view.PlaceSettings
		return view.AboutForm{
			Frame: f, Diagnosis: x.get(view.FieldDiagnosis), Severity: x.get(view.FieldGrade), Inhibitor: x.get(view.FieldInhibitor),
			Allergies: x.get(view.FieldAllergies), Medicines: x.get(view.FieldMedicines), Note: x.get(view.FieldNote),
			Contacts: x.get(view.FieldContacts), Phone: x.get(view.FieldPhone), Problems: g.problems,
		}
	case atAccess:
		f.Place = view.PlaceCentre
		return g.accessLog(l, f)
	}
	return nil
}

func (g *Guide) contactAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActContact:
		var have diary.Contact
		g.env.Client.Look(func(l app.Look) { have, _ = l.Contact() })
		g.beginForm(atContact, "", map[string]string{
			view.FieldPhone: have.Phone, view.FieldEmergency: have.Emergency, view.FieldHours: have.Hours, view.FieldNote: have.Note,
		})
	case view.ActContactSave:
		g.typedIn(f)
		g.saveContact()
	case view.ActCodeForm:
		g.centre = ""
		g.into(place{name: atCode})
	case view.ActCodeSave:
		g.registerAgain(f[view.FieldCentreCode])
	case view.ActAbout:
		g.beginForm(atAbout, "", g.aboutFields())
	case view.ActAboutSave:
		g.typedIn(f)
		g.saveAbout()
	case view.ActAccessLog:
		g.into(place{name: atAccess, n: number(f[view.FieldCentre])})
	default:
		return false
	}
	return true
}

func phonesOf(c diary.Contact, _ bool) view.Phones {
	return view.Phones{Phone: c.Phone, Emergency: c.Emergency, Hours: c.Hours, Note: c.Note}
}

// check shows what is wrong with an entry beside its fields; names translates.
func (g *Guide) check(e diary.Entry, names map[string]string) bool {
	now := diary.MomentOf(g.local(g.now()))
	h := e.Top()
	h.ID, h.Entered = diary.NewID(), now
	if err, ok := e.Validate(now, diary.Products).(diary.FieldErrors); ok {
		for _, p := range err {
			g.problems, g.lead = append(g.problems, view.Problem{Field: names[p.Field], Diary: p.Problem}), true
		}
	}
	return len(g.problems) == 0
}

func (g *Guide) saveContact() {
	g.problems = nil
	x := &g.form
	say := diary.Contact{
		Phone: diary.Clean(x.get(view.FieldPhone), false), Emergency: diary.Clean(x.get(view.FieldEmergency), false),
		Hours: diary.Clean(x.get(view.FieldHours), true), Note: diary.Clean(x.get(view.FieldNote), true),
	}
	if !g.check(&say, map[string]string{"phone": view.FieldPhone, "emergency": view.FieldEmergency, "hours": view.FieldHours, "note": view.FieldNote}) {
		return
	}
	if err := g.env.Client.SetContact(g.ctx, say); err != nil {
		g.bad("", unkept(err))
		return
	}
	g.dropForm()
	g.out()
	g.say(lang.NoticeSaved)
}

// registerAgain redeems the operator's code at a relay that does not know the
// centre any more.
func (g *Guide) registerAgain(typed string) {
	code, ok := g.operatorsCode(typed)
	if !ok {
		return
	}
	g.elsewhere(lang.BusyFounding, func(ctx context.Context) error { return g.env.Client.RegisterAgain(ctx, code) }, func(err error) {
		if err != nil {
			g.wrong(view.FieldCentreCode, err)
			return
		}
		g.centre = ""
		g.out()
		g.say(lang.NoticeCodeTaken)
	})
}

// aboutFields is what the diary says of the patient, as typed.
func (g *Guide) aboutFields() map[string]string {
	f := make(map[string]string)
	g.env.Client.Look(func(l app.Look) {
		a, _ := l.Diary().AboutPatient()
		c, _ := l.Diary().Card()
		set(f, view.FieldDiagnosis, a.Diagnosis)
		set(f, view.FieldGrade, a.Severity)
		set(f, view.FieldInhibitor, a.Inhibitor)
		f[view.FieldAllergies], f[view.FieldMedicines], f[view.FieldNote] = a.Allergies, a.Medicines, a.Note
		f[view.FieldContacts], f[view.FieldPhone] = c.Contacts, c.Phone
	})
	return f
}

// saveAbout writes what has changed: a new version of what is there, or the
// first of it. What a later app has written beside it is kept.
func (g *Guide) saveAbout() {
	g.problems = nil
	x := &g.form
	about, card := new(diary.About), new(diary.Card)
	var aboutWas, cardWas *diary.Item
	g.env.Client.Look(func(l app.Look) {
		_, aboutWas = l.Diary().AboutPatient()
		_, cardWas = l.Diary().Card()
	})
	now := diary.MomentOf(g.local(g.now()))
	if aboutWas != nil {
		if e, err := diary.Amend(aboutWas, now, g.lang.T(lang.AboutTitle)); err == nil {
			about = e.(*diary.About)
		}
	}
	if cardWas != nil {
		if e, err := diary.Amend(cardWas, now, g.lang.T(lang.AboutTitle)); err == nil {
			card = e.(*diary.Card)
		}
	}
	before, cardBefore := *about, *card
	about.Diagnosis, _ = diary.ParseDiagnosis(x.get(view.FieldDiagnosis))
	about.Severity, _ = diary.ParseGrade(x.get(view.FieldGrade))
	about.Inhibitor, _ = diary.ParseInhibitor(x.get(view.FieldInhibitor))
	about.Allergies, about.Medicines = diary.Clean(x.get(view.FieldAllergies), true), diary.Clean(x.get(view.FieldMedicines), true)
	about.Note = diary.Clean(x.get(view.FieldNote), true)
	card.Contacts, card.Phone = diary.Clean(x.get(view.FieldContacts), true), diary.Clean(x.get(view.FieldPhone), false)

	changed := about.Diagnosis != before.Diagnosis || about.Severity != before.Severity || about.Inhibitor != before.Inhibitor ||
		about.Allergies != before.Allergies || about.Medicines != before.Medicines || about.Note != before.Note
	cardChanged := card.Contacts != cardBefore.Contacts || card.Phone != cardBefore.Phone
	ok := g.check(about, map[string]string{"allergies": view.FieldAllergies, "medicines": view.FieldMedicines, "note": view.FieldNote})
	if !g.check(card, map[string]string{"contacts": view.FieldContacts, "phone": view.FieldPhone}) || !ok {
		return
	}
	for _, w := range []struct {
		changed bool
		e       diary.Entry
	}{{changed, about}, {cardChanged, card}} {
		if !w.changed {
			continue
		}
		if _, err := g.env.Client.Record(g.ctx, w.e); err != nil {
			g.bad("", unkept(err))
			return
		}
	}
	g.dropForm()
	g.out()
	g.say(lang.NoticeSaved)
}

func (g *Guide) accessLog(l app.Look, f view.Frame) view.Screen {
	m := view.AccessLog{Frame: f}
	n := g.at.n
	for _, c := range l.Centres() {
		if c.N == n || n == 0 && m.CentreName == "" {
			n, m.CentreName, m.Since = c.N, c.Name, g.local(c.Since)
		}
	}
	visits := l.Diary().Timeline(diary.Filter{
		Kinds: []diary.Kind{diary.KindOpened}, Retracted: true, Limit: g.at.shown + 1, Match: func(it *diary.Item) bool { return l.SaidBy(n, it.ID) },
	})
	for _, it := range visits {
		m.Visits = append(m.Visits, view.Visit{By: it.Author.Name, At: g.local(time.UnixMilli(it.Written))})
	}
	for _, v := range l.ShownOf(n) {
		m.Visits = append(m.Visits, view.Visit{By: v.Name, At: g.local(v.At), Why: int(v.Why), Words: v.Words})
	}
	arrange.By(m.Visits, func(a, b view.Visit) int { return b.At.Compare(a.At) })
	if m.More = len(m.Visits) > g.at.shown; m.More {
		m.Visits = m.Visits[:g.at.shown]
	}
	return m
}

// talkAbout is what was said about an entry, and to whom more can be said.
func (g *Guide) talkAbout(l app.Look, d *diary.Diary, n uint32, it *diary.Item) view.Talk {
	var t view.Talk
	if it.Kind() == diary.KindMessage {
		return t
	}
	mine := diary.Patient
	if n != 0 {
		mine = diary.Centre
		if p, ok := l.Patient(n); ok && p.Parting == nil {
			t.To = []view.Choice{{Value: strconv.Itoa(int(n))}}
		}
	} else {
		for _, c := range l.Centres() {
			if c.State == app.CentreConnected || c.State == app.CentreUnchecked {
				t.To = append(t.To, view.Choice{Value: strconv.Itoa(int(c.N)), Label: c.Name})
			}
		}
	}
	about := make(map[diary.ID]bool)
	for _, m := range d.About(it) {
		about[m.ID] = m.Kind() == diary.KindMessage
	}
	t.Messages = g.messages(l, d, n, mine, func(m *diary.Item) bool { return about[m.ID] })
	for i := range t.Messages {
		t.Messages[i].About = "" // they stand below it
	}
	for _, p := range g.problems {
		if p.Field == view.FieldText {
			t.Problems = append(t.Problems, p)
		}
	}
	for _, c := range t.To {
		if text, ok := g.draft[c.Value+"/"+it.ID.String()]; ok {
			t.Draft, t.Chosen = text, c.Value
		}
	}
	return t
}
