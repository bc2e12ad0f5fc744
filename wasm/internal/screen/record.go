package screen

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// A form is what has been typed into one of the recording screens, in the
// spelling of the person. It is kept as fields so that a draft can be sealed
// and brought back whatever the form's state.
type form struct {
	fields map[string]string
	entry  string // corrected; empty: a new one
	lots   int
	again  bool
	typed  bool // something has been typed
	scans  int  // codes that filled lots
	filled int  // counts amounts that lots have filled in
}

func (f *form) get(name string) string { return f.fields[name] }

// recording are the acts of the forms.
func (g *Guide) recording(act string, f map[string]string) bool {
	switch act {
	case view.ActRecordTreatment:
		g.beginForm(atTreatment, "", g.blank())
	case view.ActRecordBleed:
		g.beginForm(atBleed, "", g.blank())
	case view.ActRecordNote:
		g.beginForm(atNote, "", g.blank())
	case view.ActRecordAgain:
		g.again(f[view.FieldEntry])
	case view.ActDraft, view.ActTreatmentShape, view.ActBleedShape:
		if g.typedWork(f) {
			return true
		}
		if g.at.name == atPatient || g.at.name == atCentre || g.at.name == atEntry || g.at.name == atWork {
			g.typedMessage(f)
			return true
		}
		if g.at.name == atTreatment {
			g.typedTreatmentIn(f)
			return true
		}
		product := g.form.get(view.FieldProduct)
		g.typedIn(f)
		if g.at.name == atBackfill && g.form.get(view.FieldProduct) != product {
			g.planBackfill()
		}
	case view.ActLotAdd:
		g.typedIn(f)
		g.form.lots = min(g.form.lots+1, diary.MaxLots)
	case view.ActLotRemove:
		g.typedIn(f)
		g.removeLot(int(number(f[view.FieldIndex])))
	case view.ActTreatmentSave:
		g.typedIn(f)
		g.saveTreatment()
	case view.ActBleedSave:
		g.typedIn(f)
		g.saveBleed()
	case view.ActNoteSave:
		g.typedIn(f)
		g.saveNote()
	case view.ActFormCancel:
		g.dropForm()
		g.out()
	case view.ActEntryCorrect, view.ActBleedEnd:
		g.correct(f[view.FieldEntry], act == view.ActBleedEnd)
	case view.ActEntryRetract:
		g.into(place{name: atRetract, id: f[view.FieldEntry]})
	case view.ActRetractSave:
		g.retract(f[view.FieldEntry], f[view.FieldWhy])
	default:
		return false
	}
	return true
}

// blank is a form about now.
func (g *Guide) blank() map[string]string {
	now := g.local(g.now())
	return map[string]string{view.FieldDate: now.Format(time.DateOnly), view.FieldTime: now.Format("15:04")}
}

// beginForm opens the form of a new entry, or of the correction of one. What was
// typed into such a form before, and left, is there again.
func (g *Guide) beginForm(name placeName, entry string, fields map[string]string) {
	g.into(place{name: name})
	g.form = form{fields: fields, lots: max(1, countLots(fields)), entry: entry}
	if k := g.kept; k.at == name && k.form.entry == entry && !k.form.again {
		g.form, g.kept = k.form, kept{}
		g.say(lang.NoticeDraftBack)
	}
}

// typedIn takes over what the page sent. Fields that a form does not show stay.
func (g *Guide) typedIn(f map[string]string) {
	if g.form.fields == nil {
		g.form = form{fields: make(map[string]string), lots: 1}
	}
	// Boxes that are not ticked are not sent.
	for k := range g.form.fields {
		if strings.HasPrefix(k, view.FieldSign) || strings.HasPrefix(k, view.FieldTreatment) || strings.HasPrefix(k, view.FieldWeekday) ||
			strings.HasPrefix(k, view.FieldDay) || k == view.FieldWasMissed || k == view.FieldGivenAnyway {
			delete(g.form.fields, k)
		}
	}
	for k, v := range f {
		g.form.fields[k] = v
	}
	g.form.typed = true
	g.keepDraft()
}

// messageKey names a message under way by whom it goes to and what it is about.
func messageKey(f map[string]string) string {
	key := strconv.Itoa(int(number(f[view.FieldPatient] + f[view.FieldCentre])))
	if about := f[view.FieldEntry]; about != "" {
		key += "/" + about
	}
	return key
}

// typedMessage keeps a message under way.
func (g *Guide) typedMessage(f map[string]string) {
	key := messageKey(f)
	if text := f[view.FieldText]; text != "" {
		g.draft[key] = text
	} else {
		delete(g.draft, key)
	}
	g.keepDraft()
}

func (g *Guide) removeLot(i int) {
	for _, name := range []string{view.FieldLot, view.FieldExpiry, view.FieldPacks, view.FieldStrength, view.FieldPZN} {
		for j := i; j < g.form.lots; j++ {
			g.form.fields[name+strconv.Itoa(j)] = g.form.fields[name+strconv.Itoa(j+1)]
		}
		delete(g.form.fields, name+strconv.Itoa(g.form.lots))
	}
	g.form.lots = max(1, g.form.lots-1)
	g.keepDraft()
}

// again fills the form from an earlier treatment.
func (g *Guide) again(entry string) {
	fields := g.blank()
	dropped := false
	g.env.Client.Look(func(l app.Look) {
		id, _ := diary.ParseID(entry)
		if it, ok := l.Diary().Get(id); ok && it.Treatment() != nil {
			t := *it.Treatment()
			t.Lots, dropped = l.Diary().StillGood(&t, diary.MomentOf(g.local(g.now())))
			g.fillTreatment(fields, &t)
		}
	})
	for _, name := range []string{view.FieldReaction, view.FieldNote, view.FieldBleed} {
		delete(fields, name)
	}
	now := g.blank()
	fields[view.FieldDate], fields[view.FieldTime] = now[view.FieldDate], now[view.FieldTime]
	g.into(place{name: atTreatment})
	g.form = form{fields: fields, lots: max(1, countLots(fields)), again: true}
	if dropped {
		g.say(lang.NoticeLotsLeftOut)
	}
}

func countLots(fields map[string]string) int {
	for n := 0; ; n++ {
		if _, ok := fields[view.FieldLot+strconv.Itoa(n)]; !ok {
			return n
		}
	}
}

func (g *Guide) fillTreatment(fields map[string]string, t *diary.Treatment) {
	g.fillMoment(fields, view.FieldDate, view.FieldTime, t.Taken)
	fields[view.FieldProduct], fields[view.FieldOther] = string(t.Product), t.ProductName
	if t.Amount > 0 {
		fields[view.FieldAmount] = g.lang.Milli(int64(t.Amount))
	}
	if t.NotGiven != 0 {
		fields[view.FieldWasMissed], fields[view.FieldMissed] = "1", t.NotGiven.Key()
	}
	for i, l := range t.Lots {
		n := strconv.Itoa(i)
		fields[view.FieldLot+n] = l.Batch
		fields[view.FieldExpiry+n] = g.expiryText(l.Expiry)
		if l.Expiry.Day != 0 && g.lang != lang.German {
			fields[view.FieldExpiry+n] = l.Expiry.String() // what parseExpiry reads
		}
		if l.Packs > 0 {
			fields[view.FieldPacks+n] = strconv.Itoa(int(l.Packs))
		}
		if l.Strength > 0 {
			fields[view.FieldStrength+n] = l.Strength.String()
		}
		if l.PZN != "" {
			fields[view.FieldPZN+n] = l.PZN
		}
	}
	set(fields, view.FieldReason, t.Reason)
	set(fields, view.FieldSite, t.Site)
	set(fields, view.FieldGivenBy, t.GivenBy)
	fields[view.FieldReaction], fields[view.FieldNote] = t.Reaction, t.Note
	if !t.Bleed.IsZero() {
		fields[view.FieldBleed] = t.Bleed.String()
	}
}

// set writes the key of an enumeration, if there is a value.
func set[T interface {
	~uint8
	Key() string
}](fields map[string]string, name string, v T) {
	if v != 0 {
		fields[name] = v.Key()
	}
}

func (g *Guide) fillMoment(fields map[string]string, date, clock string, m diary.Moment) {
	if !m.IsZero() {
		fields[date], fields[clock] = m.Time().Format(time.DateOnly), m.Time().Format("15:04")
	}
}

func (g *Guide) expiryText(d diary.Date) string {
	if d.IsZero() {
		return ""
	}
	return g.lang.Month(int(d.Year), int(d.Month), int(d.Day))
}

// item finds an entry of the person's own diary.
func (g *Guide) item(entry string, f func(*diary.Item)) {
	id, ok := diary.ParseID(entry)
	if !ok {
		return
	}
	g.env.Client.Look(func(l app.Look) {
		if it, ok := l.Diary().Get(id); ok {
			f(it)
		}
	})
}

// correct opens the form of an entry with its values.
func (g *Guide) correct(entry string, end bool) {
	plan := false
	g.item(entry, func(it *diary.Item) { plan = it.Plan() != nil })
	if plan {
		g.beginPlan(0, entry)
		return
	}
	fields := make(map[string]string)
	at := placeName(atNote)
	g.item(entry, func(it *diary.Item) {
		entry = it.ID.String()
		switch e := it.Entry.(type) {
		case *diary.Treatment:
			at = atTreatment
			g.fillTreatment(fields, e)
		case *diary.Bleed:
			at = atBleed
			g.fillBleed(fields, e)
			if end && e.End.IsZero() {
				now := g.blank()
				fields[view.FieldStopped] = "yes"
				fields[view.FieldEndDate], fields[view.FieldEndTime] = now[view.FieldDate], now[view.FieldTime]
				fields[view.FieldWhy] = g.lang.T(lang.OpenBleedEnd)
			}
		case *diary.Note:
			fields[view.FieldText] = e.Text
		default:
			at = g.fillStock(fields, e)
		}
	})
	if at == atBleed {
		g.fillLinks(fields, entry)
	}
	g.beginForm(at, entry, fields)
}

// moment reads a date and a time as the person's clock showed it then. A
// correction that leaves both as they were keeps the moment before, wherever
// the person is now.
func (g *Guide) moment(date, clock string, before diary.Moment) (m diary.Moment) {
	was := make(map[string]string)
	if g.fillMoment(was, date, clock, before); len(was) > 0 && was[date] == g.form.get(date) && was[clock] == g.form.get(clock) {
		return before
	}
	m, field, k := g.momentAt(g.form.get(date), g.form.get(clock))
	switch field {
	case view.FieldDate:
		g.bad(date, k)
	case view.FieldTime:
		g.bad(clock, k)
	}
	return m
}

// momentAt reads a date and a time as the person's clock showed it then; field
// says which of both cannot be read, and k why. Of an hour that the clocks
// showed twice it is the first; an hour that they left out is taken as if they had not been changed yet.
func (g *Guide) momentAt(date, clock string) (m diary.Moment, field string, k lang.Key) {
	d, t := strings.TrimSpace(date), strings.TrimSpace(clock)
	day, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return m, view.FieldDate, lang.ProblemDate
	}
	hour, err := time.Parse("15:04", t[:min(len(t), 5)])
	if err != nil {
		return m, view.FieldTime, lang.ProblemTime
	}
	wall := day.Add(time.Duration(hour.Hour())*time.Hour + time.Duration(hour.Minute())*time.Minute)
	// The offset of that moment, not of now. The clocks before and after a change differ by hours, so a day before
	// and a day after know both offsets there can be.
	early, late := g.env.Zone(wall.Add(-24*time.Hour)), g.env.Zone(wall.Add(24*time.Hour))
	off := early
	if g.env.Zone(wall.Add(-early)) != early && g.env.Zone(wall.Add(-late)) == late {
		off = late
	}
	at := wall.Add(-off)
	return diary.MomentOf(at.In(time.FixedZone("", int(off/time.Second)))), "", 0
}

// write checks an entry and keeps it. The problems that the diary finds are
// shown beside their fields.
func (g *Guide) write(e diary.Entry, names map[string]string) bool {
	now := diary.MomentOf(g.local(g.now()))
	h := e.Top()
	h.ID, h.Entered = diary.NewID(), now
	if g.form.entry != "" {
		why := diary.Clean(g.form.get(view.FieldWhy), true)
		if why == "" {
			g.bad(view.FieldWhy, lang.ProblemWhy)
		}
		g.item(g.form.entry, func(it *diary.Item) {
			if fixed, err := diary.Amend(it, now, why); err == nil {
				old := fixed.Top()
				h.Supersedes, h.Also, h.Because, h.Extra = old.Supersedes, old.Also, why, old.Extra
			}
		})
	}
	g.problemsOf(e.Validate(now, diary.Products), names)
	if len(g.problems) > 0 {
		return false
	}
	if err := g.record(e); err != nil {
		// Nothing was kept; the form still holds everything.
		g.bad("", unkept(err))
		return false
	}
	return true
}

func (g *Guide) has(field string) bool {
	return slices.ContainsFunc(g.problems, func(p view.Problem) bool { return p.Field == field })
}

// lotField translates "lots.0.batch".
func lotField(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) != 3 {
		return view.FieldLot + "0"
	}
	switch parts[2] {
	case "expiry":
		return view.FieldExpiry + parts[1]
	case "packs":
		return view.FieldPacks + parts[1]
	}
	return view.FieldLot + parts[1]
}

// saved ends a form: the draft goes, and the person hears where the entry is.
func (g *Guide) saved() {
	corrected := g.form.entry != ""
	g.dropForm()
	g.home()
	k := lang.NoticeSaved
	g.env.Client.Look(func(l app.Look) {
		switch {
		case corrected:
			k = lang.NoticeCorrected
		case len(l.CurrentCentres()) == 0:
		case g.online && l.Status().Online:
			k = lang.NoticeSavedSent
		default:
			k = lang.NoticeSavedWaiting
		}
	})
	g.say(k)
	g.offerUndo()
}

// parseExpiry reads "08/2028", "08.2028", "31.08.2028", "2028-08" and "2028-08-31".
func parseExpiry(s string) (diary.Date, bool) {
	for _, layout := range []string{"01/2006", "1/2006", "01.2006", "1.2006", "2006-01", "01/06", "1/06"} {
		if t, err := time.Parse(layout, s); err == nil {
			return diary.Date{Year: uint16(t.Year()), Month: uint8(t.Month())}, true
		}
	}
	for _, layout := range []string{"02.01.2006", "2.1.2006", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return diary.DateOf(t), true
		}
	}
	return diary.Date{}, false
}

func (g *Guide) saveNote() {
	g.problems = nil
	n := &diary.Note{Text: diary.Clean(g.form.get(view.FieldText), true)}
	g.item(g.form.entry, func(it *diary.Item) {
		if old := it.Note(); old != nil {
			n.About = old.About
		}
	})
	if n.Text == "" {
		g.bad(view.FieldText, lang.ProblemEmpty)
	}
	if g.write(n, map[string]string{"text": view.FieldText, "because": view.FieldWhy}) {
		g.saved()
	}
}

func (g *Guide) retract(entry, why string) {
	g.problems = nil
	why = diary.Clean(why, true)
	if why == "" {
		g.bad(view.FieldWhy, lang.ProblemWhy)
		return
	}
	var r *diary.Retract
	g.item(entry, func(it *diary.Item) { r = &diary.Retract{Entry: it.ID, Reason: why} })
	if r == nil {
		g.home()
		return
	}
	if _, err := g.env.Client.Record(g.ctx, r); err != nil {
		g.wrong(view.FieldWhy, err)
		return
	}
	g.back = nil
	g.home()
	g.say(lang.NoticeRetracted)
}
