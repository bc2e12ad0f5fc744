package screen

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Registries and studies. At a centre: what patients said, and extracts, which are
// looked at first, then logged, then saved. At a patient's: questions and answers.

const (
	atStudies placeName = placesStudies + iota
	atStudyForm
	atStudy
	atConsents
	atConsent
	atStudyEnd
)

// studying is the extract under way. It is gone when the vault locks.
type studying struct {
	first, last int
	of          string // the purpose that was looked at
	look        *view.ExtractLook
}

func (s *studying) clear() { s.of, s.look = "", nil }

// years are those to choose from.
func (g *Guide) studyYears() (out []int) {
	for y := g.local(g.now()).Year(); len(out) < extract.MaxYears; y-- {
		out = append(out, y)
	}
	return out
}

func purposeID(s string) (id app.PurposeID, ok bool) {
	raw, err := hex.DecodeString(s)
	return id, err == nil && copy(id[:], raw) == len(id) && len(raw) == len(id)
}

func (g *Guide) study(p app.Purpose) view.Study {
	s := view.Study{ID: hex.EncodeToString(p.ID[:]), Name: p.Name, Recipient: p.Recipient, What: p.What, Since: g.local(p.At), By: p.By}
	if e := p.End; e != nil {
		s.Ended = &view.StudyEnd{At: g.local(e.At), By: e.By, Why: e.Why, Receipt: receiptNumber(e.Receipt)}
	}
	return s
}

// receiptNumber is what people compare of a statement's hash.
func receiptNumber(hash [32]byte) string {
	s := strings.ToUpper(hex.EncodeToString(hash[:8]))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// countedStudy is a study with what the patients said.
func (g *Guide) countedStudy(l app.Look, p app.Purpose) view.Study {
	s := g.study(p)
	part := func(end *app.Parting) {
		if end.Reason == app.PartingDied {
			s.Died++
		} else {
			s.Left++
		}
	}
	for _, k := range l.Candidates(p.ID) {
		switch {
		case k.Parting != nil:
			part(k.Parting)
		case k.Agreed:
			if s.Yes++; k.Restricted {
				s.Withheld++
			}
		case k.Said:
			s.No++
		default:
			s.Silent++
		}
	}
	for _, k := range l.FormerPatients() {
		part(&k.Parting)
	}
	return s
}

func mayStudy(l app.Look) bool {
	r := l.TeamRole()
	return r == keyring.Lead || r == keyring.Doctor
}

// openQuestions counts what a centre asks a patient, and what has no answer.
func openQuestions(l app.Look, n uint32) (asked, open int) {
	for _, q := range l.Questions(n) {
		asked++
		if q.Last == nil && q.End == nil {
			open++
		}
	}
	return asked, open
}

// consentAt is the patient or centre and the question that the person looks at. A
// form that came back from a draft knows them, the place does not.
func (g *Guide) consentAt() (n uint32, id string) {
	if g.at.id != "" {
		return g.at.n, g.at.id
	}
	of, id, _ := strings.Cut(g.form.entry, "/")
	return number(of), id
}

func (g *Guide) studiesScreen(l app.Look, f view.Frame) view.Screen {
	atCentre := l.Role() == app.Centre
	f.Place = view.PlaceCentre
	if atCentre {
		f.Place = view.PlacePatients
	}
	x := &g.form
	switch g.at.name {
	case atStudies, atStudyForm, atStudy, atStudyEnd:
		if !atCentre {
			return nil
		}
	case atConsents:
		m := view.Consents{Frame: f, ID: strconv.Itoa(int(g.at.n))}
		m.Centre, m.Pseudonym, m.CaseNote = g.between(l, g.at.n)
		for _, q := range l.Questions(g.at.n) {
			m.List = append(m.List, g.question(q))
		}
		return m
	case atConsent:
		n, id := g.consentAt()
		m := view.ConsentPage{Frame: f, May: !f.Helper, Typed: x.fields, Problems: g.problems}
		if atCentre {
			m.May = mayStudy(l)
			p, ok := l.Patient(n)
			m.Over = !ok || p.Parting != nil
		}
		for _, c := range l.Centres() {
			m.Over = m.Over || c.N == n && c.Parting != nil
		}
		m.Centre, m.Pseudonym, m.CaseNote = g.between(l, n)
		for _, q := range l.Questions(n) {
			if hex.EncodeToString(q.ID[:]) == id {
				m.Consent = g.question(q)
				if name, ok := l.Exported(q.ID, n); ok && m.May && len(q.Given) > 0 {
					m.Named = name.String()
				}
				return m
			}
		}
		return nil
	default:
		return nil
	}
	switch g.at.name {
	case atStudyForm:
		return view.StudyForm{Frame: f, Name: x.get(view.FieldStudyName), Recipient: x.get(view.FieldRecipient), What: x.get(view.FieldStudyWhat), Problems: g.problems}
	case atStudy:
		return g.studyPage(l, f)
	case atStudyEnd:
		for _, p := range l.Purposes() {
			if hex.EncodeToString(p.ID[:]) == x.entry {
				return view.StudyEndForm{Frame: f, Study: g.study(p), Why: x.get(view.FieldWhy), Problems: g.problems}
			}
		}
		return nil
	}
	m := view.Studies{Frame: f, May: mayStudy(l)}
	for _, ended := range []bool{false, true} {
		for _, p := range l.Purposes() {
			if (p.End != nil) == ended {
				m.List = append(m.List, g.countedStudy(l, p))
			}
		}
	}
	return m
}

// between names the two who share a space.
func (g *Guide) between(l app.Look, n uint32) (centre, pseudonym, note string) {
	if p, ok := l.Patient(n); ok {
		return l.Name(), p.Pseudonym, p.Note
	}
	for _, c := range l.Centres() {
		if c.N == n {
			return c.Name, c.Pseudonym, ""
		}
	}
	return "", "", ""
}

func (g *Guide) question(q app.Question) view.Consent {
	c := view.Consent{Study: g.study(q.Purpose), Own: q.Own}
	for _, x := range q.Given {
		c.Given = append(c.Given, view.ExtractLine{At: g.local(x.At), By: x.By, First: x.First, Last: x.Last})
	}
	k := q.Last
	if k == nil {
		return c
	}
	c.State = view.ConsentNo
	switch {
	case q.Agreed:
		c.State = view.ConsentYes
	case k.Yes:
		c.State = view.ConsentOther
	}
	c.At, c.ByName, c.Noted, c.Remark, c.Born, c.Sex = g.local(k.At), k.By, k.ByCentre, k.Remark, k.Born, k.Sex
	if !k.Signed.IsZero() {
		c.Signed = k.Signed.Time()
	}
	c.Receipt = receiptNumber(k.Receipt)
	return c
}

func (g *Guide) studyPage(l app.Look, f view.Frame) view.Screen {
	id, _ := purposeID(g.at.id)
	for _, p := range l.Purposes() {
		if p.ID != id {
			continue
		}
		s := &g.studying
		years := g.studyYears()
		s.first, s.last = cmp.Or(s.first, years[1]), cmp.Or(s.last, years[1])
		m := view.StudyPage{Frame: f, Study: g.countedStudy(l, p), May: mayStudy(l), Lead: l.TeamRole() == keyring.Lead, Years: years, First: s.first, Last: s.last, Problems: g.problems}
		if s.of == g.at.id {
			m.Look = s.look
		}
		for _, x := range l.Extracts(id) {
			m.Log = append(m.Log, view.ExtractLine{At: g.local(x.At), By: x.By, First: x.First, Last: x.Last, Given: x.Given, Few: x.Few, Without: x.Without})
		}
		return m
	}
	return nil
}

func (g *Guide) studiesAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActStudies:
		g.leaveForm()
		g.into(place{name: atStudies})
	case view.ActStudyForm:
		g.beginForm(atStudyForm, "", make(map[string]string))
	case view.ActStudyAdd:
		g.typedIn(f)
		g.addStudy()
	case view.ActStudy:
		g.studying.clear()
		g.into(place{name: atStudy, id: f[view.FieldStudy]})
	case view.ActStudyLook:
		g.lookAtExtract(f)
	case view.ActStudySave:
		if g.at.name == atStudy && g.studying.look != nil && g.studying.of == g.at.id {
			form := extract.Table
			if f[view.FieldForm] == "bundle" {
				form = extract.Bundle
			}
			g.extract(form)
		}
	case view.ActStudyEndForm:
		if g.at.name == atStudy {
			g.beginForm(atStudyEnd, g.at.id, make(map[string]string))
		}
	case view.ActStudyEnd:
		if g.at.name == atStudyEnd {
			g.typedIn(f)
			g.endStudy()
		}
	case view.ActConsents:
		g.leaveForm()
		g.into(place{name: atConsents, n: number(cmp.Or(f[view.FieldPatient], f[view.FieldCentre]))})
	case view.ActConsent:
		if g.at.name == atConsents {
			g.openConsent(g.at.n, f[view.FieldStudy])
		}
	case view.ActConsentYes:
		if g.at.name == atConsent {
			g.typedIn(f)
			g.sayConsent(true)
		}
	case view.ActConsentNo:
		if g.at.name == atConsent {
			g.sayConsent(false)
			g.focus = "consent-state" // the answer that counts now; a form opens below it
		}
	default:
		return false
	}
	return true
}

func (g *Guide) openConsent(n uint32, id string) {
	g.into(place{name: atConsent, n: n, id: id})
	g.form = form{fields: make(map[string]string), lots: 1, entry: strconv.Itoa(int(n)) + "/" + id}
	if k := g.kept; k.at == atConsent && k.form.entry == g.form.entry {
		g.form, g.kept = k.form, kept{}
		g.say(lang.NoticeDraftBack)
	}
}

func (g *Guide) addStudy() {
	g.problems = nil
	x := &g.form
	name, recipient := diary.Clean(x.get(view.FieldStudyName), false), diary.Clean(x.get(view.FieldRecipient), false)
	what := diary.Clean(x.get(view.FieldStudyWhat), true)
	for _, p := range []struct {
		field, text string
		most        int
	}{{view.FieldStudyName, name, app.MaxName}, {view.FieldRecipient, recipient, app.MaxName}, {view.FieldStudyWhat, what, app.MaxPurposeText}} {
		switch {
		case p.text == "":
			g.bad(p.field, lang.ProblemEmpty)
		case len(p.text) > p.most:
			g.bad(p.field, lang.ProblemLong)
		}
	}
	if len(g.problems) > 0 {
		return
	}
	id, err := g.env.Client.AddPurpose(g.ctx, name, recipient, what)
	if err != nil {
		g.wrongStudy("", err)
		return
	}
	g.dropForm()
	g.out()
	g.into(place{name: atStudy, id: hex.EncodeToString(id[:])})
	g.say(lang.StudyAsked)
}

func (g *Guide) endStudy() {
	g.problems = nil
	id, ok := purposeID(g.form.entry)
	if !ok {
		return
	}
	if err := g.env.Client.EndStudy(g.ctx, id, diary.Clean(g.form.get(view.FieldWhy), true)); err != nil {
		if errors.Is(err, app.ErrTerms) {
			g.bad(view.FieldWhy, lang.ProblemLong)
		} else {
			g.wrongStudy("", err)
		}
		return
	}
	g.dropForm()
	g.studying.clear()
	g.out()
	g.into(place{name: atStudy, id: hex.EncodeToString(id[:])})
}

func (g *Guide) wrongStudy(field string, err error) {
	switch {
	case errors.Is(err, app.ErrNoDoctor):
		g.bad(field, lang.StudyOnlyDoctors)
	case errors.Is(err, app.ErrConsent), errors.Is(err, app.ErrParted):
		g.bad(field, lang.ProblemStudyMoved)
	case errors.Is(err, app.ErrRestricted):
		g.bad(field, lang.ProblemStudyRestricted)
	case errors.Is(err, app.ErrStudyEnded):
		g.bad(field, lang.ProblemStudyEnded)
	case errors.Is(err, app.ErrAnswered):
		g.bad(field, lang.ProblemConsentOwn)
	case errors.Is(err, ErrNotLoaded):
		g.bad(field, lang.ProblemPapersLoad)
	default:
		g.wrong(field, err)
	}
}

func (g *Guide) sayConsent(yes bool) {
	g.problems = nil
	n, hexID := g.consentAt()
	id, ok := purposeID(hexID)
	if !ok {
		return
	}
	k := app.Consent{Yes: yes}
	centre := g.role() == app.Centre
	if yes {
		x := &g.form
		k.Born = int(number(x.get(view.FieldBorn)))
		for _, s := range extract.Sexes() {
			if s.Key() == x.get(view.FieldSex) {
				k.Sex = s
			}
		}
		if centre {
			k.Signed, ok = diary.ParseDate(strings.TrimSpace(x.get(view.FieldSigned)))
			today, _ := diary.MomentOf(g.local(g.now())).Wall()
			if !ok || k.Signed.Day == 0 || k.Signed.Year < 1970 || today.Before(k.Signed) {
				g.bad(view.FieldSigned, lang.ProblemConsentDate)
				return
			}
			k.Remark = diary.Clean(x.get(view.FieldRemark), true)
		}
	}
	say, notice := g.env.Client.SayConsent, lang.NoticeConsent
	if centre {
		say, notice = g.env.Client.NoteConsent, lang.NoticeConsentNoted
	}
	if err := say(g.ctx, n, id, k); err != nil {
		switch {
		case errors.Is(err, app.ErrParted):
			g.wrong("", err)
		case errors.Is(err, app.ErrTerms):
			g.bad(view.FieldRemark, lang.ProblemLong)
		default:
			g.wrongStudy("", err)
		}
		return
	}
	g.at.n, g.at.id = n, hexID
	g.dropForm()
	g.form = form{fields: make(map[string]string), lots: 1, entry: strconv.Itoa(int(n)) + "/" + hexID}
	g.say(notice)
}

func (g *Guide) lookAtExtract(f map[string]string) {
	if g.at.name != atStudy {
		return
	}
	s := &g.studying
	g.problems = nil
	s.clear()
	s.first, s.last = int(number(f[view.FieldFirst])), int(number(f[view.FieldLast]))
	if years := g.studyYears(); s.first > s.last || s.last > years[0] || s.first < years[len(years)-1] {
		g.bad(view.FieldFirst, lang.ProblemStudyYears)
		return
	}
	g.extract(extract.Preview)
}

// extract works out the years that were chosen, for those who consented, and has
// the second program make them alike. A file goes out only once it is logged.
func (g *Guide) extract(form extract.Form) {
	s := &g.studying
	id, ok := purposeID(g.at.id)
	if !ok {
		return
	}
	hexID, first, last := g.at.id, s.first, s.last
	o := extract.Order{Form: form, Purpose: hexID, Made: g.now().UnixMilli()}
	now := diary.MomentOf(g.local(g.now()))
	var people []uint32
	var without int
	g.env.Client.Look(func(l app.Look) {
		for _, p := range l.Purposes() {
			if p.ID == id {
				o.Name, o.Recipient = p.Name, p.Recipient
			}
		}
		for _, k := range l.Candidates(id) {
			switch {
			case k.Parting != nil, k.Restricted:
			case k.InForce != nil:
				people = append(people, k.N)
			default:
				without++
			}
		}
	})
	c := &g.compared // which shows how far it is
	c.done, c.of = 0, len(people)
	var found extract.Result
	g.problems = nil
	g.elsewhere(lang.BusyStudy, func(ctx context.Context) error {
		told := time.Now()
		for i, n := range people {
			g.env.Client.Look(func(l app.Look) {
				p, ok := l.Patient(n)
				name, known := l.Exported(id, n)
				k := inForce(l, id, n)
				if !ok || !known || k == nil {
					return // Log says so
				}
				x := extract.Of(name.String(), p.Diary, now, first, last)
				if l.Unread() != nil {
					return
				}
				x.Born, x.Sex, x.OnPaper = k.Born, k.Sex, k.ByCentre
				o.People = append(o.People, x)
			})
			if len(o.People) != i+1 {
				return app.ErrConsent
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			runtime.Gosched()
			if time.Since(told) > 200*time.Millisecond {
				told = time.Now()
				select {
				case g.do <- func() { c.done = i + 1 }:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		raw, err := o.Bytes()
		if err != nil {
			return err
		}
		if raw, err = g.env.Extra(ctx, extract.Op, raw); err != nil {
			return err
		}
		if found, err = extract.ParseResult(raw); err != nil || form == extract.Preview {
			return err
		}
		in := make([]uint32, 0, len(people))
		out := found.Out
		for i, n := range people {
			if len(out) > 0 && out[0] == i {
				out = out[1:]
			} else {
				in = append(in, n)
			}
		}
		if len(in) == 0 {
			return app.ErrConsent
		}
		return g.env.Client.LogExtract(ctx, app.Extract{Purpose: id, First: first, Last: last, Form: form, Few: len(found.Out), Without: without}, in)
	}, func(err error) {
		c.done, c.of = 0, 0
		if err != nil {
			s.clear()
			g.wrongStudy("", err)
			return
		}
		s.of, s.look = hexID, &view.ExtractLook{Steps: found.Steps, Smallest: found.Smallest}
		if form == extract.Preview {
			return
		}
		name := "vialog-" + g.local(g.now()).Format(time.DateOnly) + "-extract"
		mime := "text/csv;charset=utf-8"
		if name += ".csv"; form == extract.Bundle {
			name, mime = strings.TrimSuffix(name, ".csv")+".json", "application/fhir+json"
		}
		g.env.Page.Download(name, mime, found.File)
		g.say(lang.StudySaved, "file", name)
	})
}

// inForce is a patient's consent to a purpose; nil if there is none.
func inForce(l app.Look, id app.PurposeID, n uint32) *app.Consent {
	for _, q := range l.Questions(n) {
		if q.ID == id && q.InForce {
			return q.Last
		}
	}
	return nil
}
