package screen

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// The bleed's form, body map and prompts.

func (g *Guide) bleedsAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActBleedPlace:
		key := f[view.FieldPlace]
		if key == "" { // a shape of the map
			key = strings.TrimPrefix(e.ID, "map-")
		}
		delete(f, view.FieldPlace)
		g.typedIn(f)
		g.togglePlace(key)
		if strings.HasPrefix(e.ID, "chosen-") {
			g.focus = view.FieldID(view.FieldPlace) // the button has gone
		}
		g.keepDraft()
	case view.ActBleedView:
		if f[view.FieldView] == "" {
			_, f[view.FieldView], _ = strings.Cut(e.ID, "-to-")
			g.focus = "map-view-" + f[view.FieldView] // the shape has gone
		}
		g.typedIn(f)
	case view.ActBleedMore:
		g.moreAbout(f)
	case view.ActBleedStop:
		g.stopBleed(f[view.FieldEntry])
	case view.ActBleedTreat:
		g.treatBleed(f[view.FieldEntry])
	case view.ActBleedAnswer:
		g.answer(f[view.FieldEntry], f[view.FieldAfter], f[view.FieldRelief])
	case view.ActBleedLater:
		if g.later == nil {
			g.later = make(map[string]bool)
		}
		g.later[f[view.FieldEntry]+f[view.FieldAfter]] = true
	default:
		return false
	}
	return true
}

// placesTyped are the places chosen in the form, in the order of choosing.
func (g *Guide) placesTyped() []diary.Place {
	var out []diary.Place
	for _, key := range strings.Split(g.form.get(view.FieldPlaces), ",") {
		if p, ok := diary.ParsePlace(key); ok {
			out = append(out, p)
		}
	}
	return out
}

func placesText(places []diary.Place) string {
	keys := make([]string, len(places))
	for i, p := range places {
		keys[i] = p.Key()
	}
	return strings.Join(keys, ",")
}

// togglePlace chooses a place or takes it out. One where waiting is dangerous
// brings the telephone into view.
func (g *Guide) togglePlace(key string) {
	p, ok := diary.ParsePlace(key)
	if !ok {
		return
	}
	places := g.placesTyped()
	if i := slices.Index(places, p); i >= 0 {
		places = slices.Delete(places, i, i+1)
	} else {
		places = append(places, p)
		if p.RedFlag() {
			g.scroll = "call-now"
		}
	}
	g.form.fields[view.FieldPlaces] = placesText(places)
	g.problems = slices.DeleteFunc(g.problems, func(p view.Problem) bool { return p.Field == view.FieldPlace })
}

func (g *Guide) fillBleed(fields map[string]string, b *diary.Bleed) {
	g.fillMoment(fields, view.FieldDate, view.FieldTime, b.Start)
	g.fillMoment(fields, view.FieldEndDate, view.FieldEndTime, b.End)
	fields[view.FieldStopped] = "no"
	if !b.End.IsZero() {
		fields[view.FieldStopped] = "yes"
	}
	fields[view.FieldPlaces] = placesText(b.Places)
	if len(b.Places) > 0 {
		fields[view.FieldView] = view.MapViewOf(b.Places[0])
	}
	fields[view.FieldAgain] = view.AgainNew
	if !b.Again.IsZero() {
		fields[view.FieldAgain] = b.Again.String()
	}
	if b.Type != diary.KindOf(b.Places) {
		set(fields, view.FieldKind, b.Type)
	}
	set(fields, view.FieldCause, b.Cause)
	set(fields, view.FieldSeverity, b.Severity)
	if n, ok := b.Pain.Score(); ok {
		fields[view.FieldPain] = strconv.Itoa(n)
	}
	for _, s := range b.Signs.Each() {
		fields[s.Key()] = "1"
	}
	set(fields, view.FieldResponse8, b.Response8h)
	set(fields, view.FieldResponse72, b.Response72h)
	fields[view.FieldNote] = b.Note
}

// fillLinks ticks the treatments that are tied to a bleed.
func (g *Guide) fillLinks(fields map[string]string, entry string) {
	id, ok := diary.ParseID(entry)
	if !ok {
		return
	}
	g.env.Client.Look(func(l app.Look) {
		it, ok := l.Diary().Get(id)
		if !ok || it.Bleed() == nil {
			return
		}
		for _, t := range l.Diary().Bleeding(it, g.now().UnixMilli()).Treatments {
			fields[view.FieldTreatment+t.ID.String()] = "1"
		}
	})
}

// linkable are the treatments that a bleed's form offers: the latest, and those
// tied to the bleed.
func (g *Guide) linkable(d *diary.Diary, entry string) []*diary.Item {
	out := d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Limit: 6, Match: (*diary.Item).Given})
	if id, ok := diary.ParseID(entry); ok {
		if it, ok := d.Get(id); ok && it.Bleed() != nil {
			for _, t := range d.Bleeding(it, g.now().UnixMilli()).Treatments {
				if !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// earlier is the bleed that the one in the form may be again, and whether the form
// says that it is. What the person has not answered follows the rule.
func (g *Guide) earlier(d *diary.Diary) (e diary.Earlier, again, ok bool) {
	var before diary.Moment
	var linked diary.ID
	self, _ := diary.ParseID(g.form.entry)
	if it, found := d.Get(self); found && it.Bleed() != nil {
		before, linked = it.Bleed().Start, it.Bleed().Again
	}
	problems, lead := g.problems, g.lead
	start := g.moment(view.FieldDate, view.FieldTime, before)
	g.problems, g.lead = problems, lead // said when the form is saved
	now := g.now().UnixMilli()
	if start.IsZero() {
		return e, false, false
	}
	if from, found := d.Get(linked); found {
		e, ok = d.After(from, start, now)
	}
	if !ok {
		if e, ok = d.Earlier(g.placesTyped(), start, self, now); !ok {
			return e, false, false
		}
	}
	rule := view.AgainNew
	if e.Same {
		rule = e.ID.String()
	}
	said := g.form.get(view.FieldAgain)
	if said != view.AgainNew {
		id, _ := diary.ParseID(said)
		if it, found := d.Get(id); !found || it != e.Item {
			said = "" // about another bleed, or nothing
		} else {
			said = e.ID.String()
		}
	}
	if said == "" || said == g.form.get(view.FieldAgainShown) {
		said = rule
	}
	return e, said != view.AgainNew, true
}

func (g *Guide) saveBleed() {
	g.problems = nil
	b := g.typedBleed()
	if !g.write(b, map[string]string{
		"start": view.FieldDate, "end": view.FieldEndDate, "places": view.FieldPlace, "cause": view.FieldCause, "type": view.FieldKind,
		"severity": view.FieldSeverity, "pain": view.FieldPain, "signs": view.FieldSign, "note": view.FieldNote, "because": view.FieldWhy,
		"response8h": view.FieldResponse8, "response72h": view.FieldResponse72,
	}) {
		return
	}
	g.linkTreatments(b)
	root := b.ID
	if !b.Supersedes.IsZero() {
		g.item(g.form.entry, func(it *diary.Item) { root = it.ID })
	}
	if failed := g.savePhotos(root); len(failed) > 0 {
		// The bleed is kept. The form stays, as a correction of it, with the
		// pictures that exist nowhere else: saving again tries again.
		g.form.entry = root.String()
		g.form.fields[view.FieldWhy] = g.lang.T(lang.PhotosTitle)
		g.setFormPhotos(failed)
		g.keepDraft()
		g.notice = &view.Notice{Key: lang.NoticePhotoFailed, Bad: true}
		return
	}
	g.saved()
}

// typedBleed reads the form; what cannot be read becomes a problem.
func (g *Guide) typedBleed() *diary.Bleed {
	f := &g.form
	b := &diary.Bleed{Note: diary.Clean(f.get(view.FieldNote), true), Places: g.placesTyped()}
	var start, end diary.Moment
	var again diary.ID
	g.item(f.entry, func(it *diary.Item) {
		if old := it.Bleed(); old != nil {
			start, end, again = old.Start, old.End, old.Again
		}
	})
	if len(b.Places) == 0 {
		g.bad(view.FieldPlace, lang.ProblemChoose)
	}
	if k, ok := diary.ParseBleedKind(f.get(view.FieldKind)); ok {
		b.Type = k
	} else {
		b.Type = diary.KindOf(b.Places)
	}
	b.Start = g.moment(view.FieldDate, view.FieldTime, start)
	if f.get(view.FieldStopped) == "yes" {
		b.End = g.moment(view.FieldEndDate, view.FieldEndTime, end)
	}
	g.env.Client.Look(func(l app.Look) {
		if e, same, ok := g.earlier(l.Diary()); ok {
			if same {
				b.Again = e.ID
			}
		} else if _, arrived := l.Diary().Get(again); !arrived {
			b.Again = again // of a bleed that this device does not have yet
		}
	})
	b.Cause, _ = diary.ParseCause(f.get(view.FieldCause))
	b.Severity, _ = diary.ParseSeverity(f.get(view.FieldSeverity))
	if n, err := strconv.Atoi(f.get(view.FieldPain)); err == nil && n >= 0 && n <= 10 {
		b.Pain = diary.PainOf(n)
	}
	for _, s := range diary.AllSigns() {
		if f.get(s.Key()) != "" {
			b.Signs |= s
		}
	}
	b.Response8h, _ = diary.ParseResponse(f.get(view.FieldResponse8))
	b.Response72h, _ = diary.ParseResponse(f.get(view.FieldResponse72))
	return b
}

// linkTreatments ties the ticked treatments to a bleed that has just been
// written, and unties those that were tied and are no longer ticked: a correction
// of each.
func (g *Guide) linkTreatments(b *diary.Bleed) {
	root := b.ID
	if !b.Supersedes.IsZero() {
		g.item(g.form.entry, func(it *diary.Item) { root = it.ID })
	}
	now := diary.MomentOf(g.local(g.now()))
	var fixed []diary.Entry
	g.env.Client.Look(func(l app.Look) {
		d := l.Diary()
		for _, it := range g.linkable(d, root.String()) {
			tied, ok := d.Get(it.Treatment().Bleed)
			is := ok && tied.ID == root
			want := g.form.get(view.FieldTreatment+it.ID.String()) != ""
			if is == want {
				continue
			}
			if e, err := diary.Amend(it, now, g.lang.T(lang.FieldLinkedTreatments)); err == nil {
				e.(*diary.Treatment).Bleed = diary.ID{}
				if want {
					e.(*diary.Treatment).Bleed = root
				}
				fixed = append(fixed, e)
			}
		}
	})
	for _, e := range fixed {
		if err := g.record(e); err != nil {
			g.notice = &view.Notice{Key: unkept(err), Bad: true}
		}
	}
}

func (g *Guide) bleedForm(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	d := l.Diary()
	now := g.now().UnixMilli()
	m := view.BleedForm{
		Frame: f, Entry: x.entry, Places: g.placesTyped(), View: x.get(view.FieldView), Cause: x.get(view.FieldCause), Kind: x.get(view.FieldKind), Severity: x.get(view.FieldSeverity),
		Pain: x.get(view.FieldPain), Date: x.get(view.FieldDate), Time: x.get(view.FieldTime), Stopped: x.get(view.FieldStopped) == "yes",
		EndDate: x.get(view.FieldEndDate), EndTime: x.get(view.FieldEndTime), Response8h: x.get(view.FieldResponse8), Response72: x.get(view.FieldResponse72),
		Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Emergency: l.EmergencyPhone(), Problems: g.problems, Bled: d.BledPlaces(now-365*dayMs, now+1),
	}
	m.Photos, m.PhotosBusy, m.PhotosWrong = g.draftPhotos(), g.shots.busy, g.shots.wrong
	if m.Stopped && m.EndDate == "" && m.EndTime == "" {
		blank := g.blank()
		m.EndDate, m.EndTime = blank[view.FieldDate], blank[view.FieldTime]
	}
	for _, s := range diary.AllSigns() {
		if x.get(s.Key()) != "" {
			m.Signs = append(m.Signs, s.Key())
		}
	}
	if id, ok := diary.ParseID(x.entry); ok {
		if it, ok := d.Get(id); ok && it.Bleed() != nil {
			b := d.Bleeding(it, now)
			m.Ask8h, m.Ask72h = b.Ask8h || it.Bleed().Response8h != 0, b.Ask72h || it.Bleed().Response72h != 0
		}
	}
	for _, t := range g.linkable(d, x.entry) {
		id := t.ID.String()
		m.Treatments = append(m.Treatments, view.Choice{Value: id, Label: g.title(d, t)})
		if x.get(view.FieldTreatment+id) != "" {
			m.Linked = append(m.Linked, id)
		}
	}
	if e, same, ok := g.earlier(d); ok {
		m.Same = &view.SameAgain{
			Entry: e.ID.String(), Place: g.placeNames(e.Bleed()), Began: e.When.Time(), Gap: time.Duration(e.Since) * time.Millisecond, Suggest: e.Same, Chosen: same,
		}
		if e.Last != nil {
			m.Same.Dose = e.Last.When.Time()
		}
		if !e.Bleed().End.IsZero() {
			m.Same.Ended = e.Bleed().End.Time()
		}
	}
	return m
}

const dayMs = int64(24 * time.Hour / time.Millisecond)

func (g *Guide) placeNames(b *diary.Bleed) string {
	return view.Entry{Kind: view.KindBleed, Bleed: &view.Bleed{Places: b.Places}}.Title(g.lang)
}

// moreAbout goes on in the form of an earlier bleed, and takes along what has been
// typed about the new one.
func (g *Guide) moreAbout(f map[string]string) {
	entry := f[view.FieldEntry]
	typed := make(map[string]string)
	if g.at.name == atBleed && g.form.entry == "" {
		g.typedIn(f)
		typed = g.form.fields
		g.dropForm()
		g.at = place{name: atRecord} // back leads there
	}
	fields := make(map[string]string)
	g.item(entry, func(it *diary.Item) {
		b := it.Bleed()
		if b == nil {
			return
		}
		entry = it.ID.String()
		g.fillBleed(fields, b)
	})
	if len(fields) == 0 {
		return
	}
	g.fillLinks(fields, entry)
	fields[view.FieldWhy] = g.lang.T(lang.MoreWhy)
	for k, v := range typed {
		switch {
		case v == "":
		case k == view.FieldPain, k == view.FieldSeverity, strings.HasPrefix(k, view.FieldSign), strings.HasPrefix(k, view.FieldTreatment):
			fields[k] = v
		case k == view.FieldCause && fields[k] == "":
			fields[k] = v
		case k == view.FieldNote:
			fields[k] = strings.TrimSpace(fields[k] + "\n" + v)
		case k == view.FieldPlaces:
			for _, key := range strings.Split(v, ",") {
				if !slices.Contains(strings.Split(fields[k], ","), key) {
					fields[k] += "," + key
				}
			}
		}
	}
	g.beginForm(atBleed, entry, fields)
	g.form.typed = g.form.typed || len(typed) > 0
	g.keepDraft()
}

// amendBleed writes a correction of a bleed that one tap asks for. What cannot be
// written so is shown in its form.
func (g *Guide) amendBleed(entry, why string, change func(*diary.Bleed, diary.Bleeding)) (*diary.Bleed, bool) {
	now := diary.MomentOf(g.local(g.now()))
	var b *diary.Bleed
	g.item(entry, func(it *diary.Item) {
		if it.Bleed() == nil || it.Retracted != nil {
			return
		}
		fixed, err := diary.Amend(it, now, why)
		if err != nil {
			return
		}
		b = fixed.(*diary.Bleed)
	})
	if b == nil {
		return nil, false
	}
	g.env.Client.Look(func(l app.Look) {
		if it, ok := l.Diary().Get(b.Supersedes); ok {
			change(b, l.Diary().Bleeding(it, now.Ms))
		}
	})
	if b.Validate(now, diary.Products) != nil {
		g.correct(entry, false)
		return nil, false
	}
	if err := g.record(b); err != nil {
		g.notice = &view.Notice{Key: unkept(err), Bad: true}
		return nil, false
	}
	return b, true
}

// automatic are the reasons that the app gives for corrections.
var automatic = [...]lang.Key{lang.OpenBleedEnd, lang.Answer8hWhy, lang.Answer72hWhy, lang.MoreWhy, lang.FieldLinkedTreatments, lang.UndoReason}

// because is a reason as the reader reads it: one that the app gave was written in
// the language of whoever tapped.
func (g *Guide) because(why string) string {
	for _, k := range automatic {
		for _, l := range lang.All {
			if l.T(k) == why {
				return g.lang.T(k)
			}
		}
	}
	return why
}

// stopBleed ends a bleed now.
func (g *Guide) stopBleed(entry string) {
	b, ok := g.amendBleed(entry, g.lang.T(lang.OpenBleedEnd), func(b *diary.Bleed, _ diary.Bleeding) {
		if b.End = diary.MomentOf(g.local(g.now())); b.End.Ms < b.Start.Ms {
			b.End = b.Start // another device's clock is ahead
		}
	})
	if !ok {
		return
	}
	if g.at.name == atRecord {
		g.home()
	}
	g.say(lang.NoticeBleedStopped, "place", g.placeNames(b), "when", g.lang.When(g.local(g.now()), b.End.Time()))
	g.offerUndo(view.NoticeDo{Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: entry})
}

// treatBleed begins a treatment for a bleed, like the last one for a bleed.
func (g *Guide) treatBleed(entry string) {
	fields := g.blank()
	g.item(entry, func(it *diary.Item) { fields[view.FieldBleed] = it.ID.String() })
	if fields[view.FieldBleed] == "" {
		return
	}
	fields[view.FieldReason] = diary.ReasonBleed.Key()
	g.env.Client.Look(func(l app.Look) {
		last := l.Diary().LastTreatment(diary.ReasonBleed)
		if last == nil {
			if list := l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Limit: 1, Match: stopsBleeds}); len(list) > 0 {
				last = list[0]
			}
		}
		if last == nil {
			return
		}
		like := make(map[string]string)
		g.fillTreatment(like, last.Treatment())
		for _, k := range []string{view.FieldProduct, view.FieldOther, view.FieldAmount, view.FieldSite, view.FieldGivenBy} {
			if like[k] != "" {
				fields[k] = like[k]
			}
		}
	})
	g.into(place{name: atTreatment})
	g.form = form{fields: fields, lots: 1}
}

// stopsBleeds tells whether a treatment is a dose of what can stop a bleed: what
// only prevents bleeds is not offered for one.
func stopsBleeds(it *diary.Item) bool {
	if !it.Given() {
		return false
	}
	p, ok := diary.Products.Find(it.Treatment().Product)
	switch p.Group {
	case diary.GroupEmicizumab, diary.GroupAntiTFPI, diary.GroupFitusiran:
		return false
	}
	return ok
}

// answer keeps how a bleed responded to treatment.
func (g *Guide) answer(entry, after, relief string) {
	r, ok := diary.ParseRelief(relief)
	if !ok {
		return
	}
	late := after == "72h"
	why := lang.Answer8hWhy
	if late {
		why = lang.Answer72hWhy
	}
	var said diary.Response
	if _, ok := g.amendBleed(entry, g.lang.T(why), func(b *diary.Bleed, x diary.Bleeding) {
		if late {
			said = x.Respond72h(r)
			b.Response72h = said
		} else {
			said = x.Respond8h(r)
			b.Response8h = said
		}
	}); ok {
		g.say(lang.NoticeAnswered, "response", g.lang.Label(said.Key()))
		g.offerUndo()
	}
}

// asks are the questions that it is time for, two at most. What was put off is
// asked when the diary is next opened.
func (g *Guide) asks(d *diary.Diary) []view.Ask {
	var out []view.Ask
	for _, b := range d.Prompts(g.now().UnixMilli()) {
		if a := g.askFor(b); a != nil && !g.later[a.Entry+after(a)] {
			if out = append(out, *a); len(out) == 2 {
				break
			}
		}
	}
	return out
}

func after(a *view.Ask) string {
	if a.Late {
		return "72h"
	}
	return "8h"
}

// askFor is the question that it is time for with a bleed, the earlier one first.
func (g *Guide) askFor(b diary.Bleeding) *view.Ask {
	if !b.Ask8h && !b.Ask72h {
		return nil
	}
	return &view.Ask{Entry: b.ID.String(), Place: g.placeNames(b.Bleed()), Late: !b.Ask8h, First: b.Treatments[0].When.Time(), Doses: b.Doses72h}
}

// course is what the page of a bleed says beside its facts.
func (g *Guide) course(d *diary.Diary, it *diary.Item, own bool) *view.Course {
	if it.Bleed() == nil || it.Retracted != nil {
		return nil
	}
	now := g.now().UnixMilli()
	b, x := d.Bleeding(it, now), it.Bleed()
	c := &view.Course{Outcome: b.Outcome(), Doses: b.Doses72h, Counts: d.BledPlaces(now-365*dayMs, now+1), MayTreat: own && now-it.When.Ms < 30*dayMs}
	step := func(k view.StepKind, at time.Time, text, id string) {
		c.Steps = append(c.Steps, view.Step{Kind: k, At: at, Text: text, ID: id})
	}
	step(view.StepBegan, it.When.Time(), "", "")
	for _, t := range b.Treatments {
		v := g.treatment(d, t.Treatment())
		step(view.StepDose, t.When.Time(), v.Product+" "+v.Amount+" "+g.lang.Label(v.Unit.Key()), t.ID.String())
	}
	if len(b.Treatments) > 0 {
		first := b.Treatments[0].When
		if x.Response8h != 0 {
			step(view.StepAnswer8h, first.Add(8*int64(time.Hour/time.Millisecond)).Time(), g.lang.Label(x.Response8h.Key()), "")
		}
		if x.Response72h != 0 {
			step(view.StepAnswer72h, first.Add(3*dayMs).Time(), g.lang.Label(x.Response72h.Key()), "")
		}
	}
	if !x.End.IsZero() {
		step(view.StepEnd, x.End.Time(), "", "")
	}
	if b.Again != nil {
		c.Again = &view.Linked{ID: b.Again.ID.String(), Title: g.title(d, b.Again)}
	}
	for _, r := range d.Chain(it) {
		if d.Bleeding(r, now).Again == it {
			c.Came = append(c.Came, view.Linked{ID: r.ID.String(), Title: g.title(d, r)})
			step(view.StepAgain, r.When.Time(), g.placeNames(r.Bleed()), r.ID.String())
		}
	}
	arrange.By(c.Steps, func(a, b view.Step) int { return a.At.Compare(b.At) })
	if own {
		c.Ask = g.askFor(b)
	}
	return c
}
