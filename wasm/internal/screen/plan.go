package screen

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Plans: those that a centre signs for a patient, and those of home.

const (
	atPlans placeName = placesPlan + iota
	atPlanForm
	atPlanEnd
	atReminders
)

func (g *Guide) planScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceToday
	if l.Role() == app.Centre {
		f.Place = view.PlacePatients
	}
	switch g.at.name {
	case atPlans:
		if b, ok := planBook(l, g.at.n); ok {
			return view.Plans{Frame: f, PatientID: b.id(), Pseudonym: b.pseudonym, Regimens: g.regimens(l, b), Alone: b.n == 0 && len(l.CurrentCentres()) == 0}
		}
	case atReminders:
		return g.remindersScreen(l, f)
	case atPlanForm:
		if m, ok := g.planForm(l, f); ok {
			return m
		}
	case atPlanEnd:
		n, entry := splitPlan(g.form.entry)
		if b, ok := planBook(l, n); ok {
			for _, r := range g.regimens(l, b) {
				if r.ID == entry {
					return view.PlanEnd{
						Frame: f, Regimen: r, Pseudonym: b.pseudonym, Until: g.form.get(view.FieldUntil), Why: g.form.get(view.FieldWhy), Problems: g.problems,
					}
				}
			}
		}
	}
	return nil
}

func (g *Guide) planAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActGoPlan:
		g.into(place{name: atPlans, n: g.patientHere()})
	case view.ActPlanNew:
		g.beginPlan(g.at.n, "")
	case view.ActPlanEdit:
		g.beginPlan(g.at.n, f[view.FieldEntry])
	case view.ActPlanShape:
		g.typedIn(f)
		g.useTemplate()
	case view.ActPlanSum:
		g.typedIn(f)
		g.fill(map[string]string{view.FieldAmount: f[view.FieldSum]})
	case view.ActPlanTime:
		g.typedIn(f)
		g.form.lots = min(g.form.lots+1, diary.MaxTimes)
		g.keepDraft()
	case view.ActPlanSave:
		g.typedIn(f)
		g.savePlan()
	case view.ActPlanEnd:
		entry := planKey(g.at.n, f[view.FieldEntry])
		g.beginForm(atPlanEnd, entry, map[string]string{view.FieldUntil: g.local(g.now()).Format(time.DateOnly)})
	case view.ActPlanEndSave:
		g.typedIn(f)
		g.endPlan()
	case view.ActPlanRead:
		g.planRead(f[view.FieldEntry])
	default:
		return g.remindersAct(e.Act, f)
	}
	return true
}

// A book is a diary whose plans are looked at: one's own, or that of patient n.
type book struct {
	*diary.Diary
	n         uint32
	pseudonym string
}

func (b book) id() string {
	if b.n == 0 {
		return ""
	}
	return strconv.Itoa(int(b.n))
}

// planBook is the diary of patient n, or one's own for 0.
func planBook(l app.Look, n uint32) (book, bool) {
	if n == 0 {
		return book{Diary: l.Diary()}, l.Role() != app.Centre
	}
	p, ok := l.PatientHere(n)
	return book{p.Diary, n, p.Pseudonym}, ok
}

// planKey names what a plan's form is about, so that a draft never comes back
// at another patient: "3/e_…", and "3/" for a new one.
func planKey(n uint32, entry string) string { return strconv.Itoa(int(n)) + "/" + entry }

func splitPlan(key string) (n uint32, entry string) {
	a, entry, _ := strings.Cut(key, "/")
	return number(a), entry
}

func wallDate(d diary.Date, in time.Time) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, in.Location())
}

// regimens lists the plans of a diary: in force, to come, ended.
func (g *Guide) regimens(l app.Look, b book) []view.Regimen {
	now := diary.MomentOf(g.local(g.now()))
	next := make(map[diary.ID]time.Time)
	for _, x := range b.NextDoses(now) {
		next[x.Plan.ID] = x.Due.Time()
	}
	var out []view.Regimen
	has := make(map[diary.ID]bool)
	for _, p := range b.Plans(now) {
		has[p.ID] = true
		r := g.regimen(l, b, p, view.PlanInForce)
		r.Next = next[p.ID]
		if p.Plan != p.Item.Plan() {
			r.Newer = planLine(g.lang, p.Item.Plan()) + ", " + g.lang.T(lang.PlanSince, "from", g.lang.Date(wallDate(p.Item.Plan().From, g.now())))
		}
		out = append(out, r)
	}
	ahead, ended := b.PlanVersions(now)
	for _, p := range ahead {
		if !has[p.ID] {
			r := g.regimen(l, b, p, view.PlanAhead)
			r.Next = next[p.ID]
			out = append(out, r)
		}
	}
	slices.Reverse(ended)
	for _, p := range ended {
		out = append(out, g.regimen(l, b, p, view.PlanEnded))
	}
	return out
}

func (g *Guide) regimen(l app.Look, b book, p diary.PlanItem, state view.PlanState) view.Regimen {
	prod, _ := diary.Products.Find(p.Plan.Product)
	zone := g.local(g.now())
	r := view.Regimen{
		ID: p.ID.String(), State: state, Product: prod.Brand, Amount: g.lang.Milli(int64(p.Plan.Amount)), Unit: g.lang.Label(prod.Unit.Key()),
		Reason: p.Plan.Reason, Schedule: scheduleLine(g.lang, p.Plan.Schedule), From: wallDate(p.Plan.From, zone), Until: wallDate(p.Plan.Until, zone),
		Clinician: p.Plan.Clinician, Note: p.Plan.Note, Signed: p.Signed, Shadowed: p.Shadowed, By: g.writer(p.Author, p.Own, b.n),
		Written: g.local(time.UnixMilli(p.Said)), MayEdit: state != view.PlanEnded && p.Signed == (b.n != 0), History: g.history(b.Diary, p.Item, b.n),
	}
	if prod.Brand == "" {
		r.Product = g.lang.Label(prod.Group.Key())
	}
	for _, s := range b.Sightings(p.Item) {
		if s.Current && s.By.Who.Home() {
			r.Read, r.ReadAt = true, g.local(time.UnixMilli(s.At))
			break
		}
	}
	return r
}

// due lists the doses to think of: of each plan the last one if nothing was
// written about it, then what is due or next, then what is settled today.
func (g *Guide) due(m *view.Today, d *diary.Diary, now diary.Moment) {
	today, _ := now.Wall()
	next := d.NextDoses(now)
	from := now.Ms
	for _, x := range next {
		from = min(from, x.Due.Ms)
	}
	// Of every plan in force the dose before the next one lies in this span.
	const longest = 730 * 24 * time.Hour
	span := 31 * 24 * time.Hour
	for _, p := range d.Plans(now) {
		span = max(span, min(longest, time.Duration(p.Plan.Schedule.EveryDays)*24*time.Hour))
	}
	var missed, settled []diary.Dose
	last := make(map[diary.ID]int) // of a plan, in missed
	for _, x := range d.Doses(min(from, now.Ms-span.Milliseconds()), now.Ms+24*time.Hour.Milliseconds(), now) {
		if x.State.Open() {
			continue
		}
		if i, ok := last[x.Plan.ID]; ok {
			missed[i] = x // the older one is past
		} else {
			last[x.Plan.ID] = len(missed)
			missed = append(missed, x)
		}
		if x.State != diary.DoseMissed && (onDay(x.Due, today) || onDay(x.Treatment.When, today)) {
			settled = append(settled, x)
		}
	}
	missed = slices.DeleteFunc(missed, func(x diary.Dose) bool {
		return x.State != diary.DoseMissed || !slices.ContainsFunc(next, func(n diary.Dose) bool { return n.Plan.ID == x.Plan.ID })
	})
	for _, x := range slices.Concat(missed, next, settled) {
		p, _ := diary.Products.Find(x.Plan.Plan.Product)
		due := view.Due{
			Product: p.Brand, Amount: g.lang.Milli(int64(x.Plan.Plan.Amount)), Unit: g.lang.Label(p.Unit.Key()), At: x.Due.Time(), State: x.State,
		}
		if p.Brand == "" {
			due.Product = g.lang.Label(p.Group.Key())
		}
		switch x.State {
		case diary.DoseMissed:
			due.Plan, due.Missed = doseValue(x), d.MissedRule(x, now)
		case diary.DoseOverdue, diary.DoseDue:
			due.Plan, due.Last = doseValue(x), g.offered(d, &x, now)
			if due.Last != nil && m.Last != nil && due.Last.ID == m.Last.ID {
				m.Last = nil // the dose offers it
			}
			if x.State == diary.DoseOverdue {
				due.Missed = d.MissedRule(x, now)
			}
		case diary.DoseNotGiven:
			due.NotGiven = x.Treatment.Treatment().NotGiven
		case diary.DoseTaken, diary.DoseEarly, diary.DoseLate:
			due.At = x.Treatment.When.Time()
			due.Amount = g.lang.Milli(int64(x.Treatment.Treatment().Amount))
		}
		m.Due = append(m.Due, due)
	}
}

func onDay(m diary.Moment, day diary.Date) bool {
	on, _ := m.Wall()
	return on == day
}

// plansUnread counts the plans of centres, not ended, that nobody at home has
// said to have read as they stand.
func plansUnread(d *diary.Diary, now diary.Moment) (n int) {
	today, _ := now.Wall()
	for _, it := range d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}}) {
		until := it.Plan().Until
		if it.Author.Who == diary.Centre && (until.IsZero() || !until.Before(today)) && d.Seen(it, diary.Patient) != diary.SeenCurrent {
			n++
		}
	}
	return n
}

// planRead tells the centre that signed a plan that its version has been read.
// Nothing else does: looking is not reading.
func (g *Guide) planRead(entry string) {
	var version diary.ID
	var centre uint32
	g.env.Client.Look(func(l app.Look) {
		id, ok := diary.ParseID(entry)
		if !ok {
			return
		}
		it, ok := l.Diary().Get(id)
		if !ok || it.Plan() == nil || l.Diary().Seen(it, diary.Patient) == diary.SeenCurrent {
			return
		}
		version = it.Entry.Top().ID
		for _, c := range l.Centres() {
			if l.SaidBy(c.N, version) {
				centre = c.N
			}
		}
	})
	if centre == 0 {
		return
	}
	if err := g.env.Client.Tell(g.ctx, centre, seenEntry([]diary.ID{version})); err != nil {
		g.notice = &view.Notice{Key: unkept(err), Bad: true}
		return
	}
	g.say(lang.NoticePlanRead)
}

// beginPlan opens the form of a new plan of patient n, or of a version of one.
func (g *Guide) beginPlan(n uint32, entry string) {
	today := diary.DateOf(g.local(g.now()))
	fields := map[string]string{view.FieldFrom: today.String()}
	times := 1
	g.env.Client.Look(func(l app.Look) {
		fields[view.FieldClinician] = l.OwnName()
		if n == 0 {
			fields[view.FieldClinician] = g.lang.T(lang.PlanMyself)
		}
		b, ok := planBook(l, n)
		if !ok || entry == "" {
			return
		}
		id, _ := diary.ParseID(entry)
		it, ok := b.Get(id)
		if !ok || it.Plan() == nil {
			return
		}
		p := it.Plan()
		g.fillPlan(fields, p)
		times = max(1, len(p.Schedule.Times))
		// The change holds from the next dose, which keeps the rhythm.
		from := today
		if days := p.Upcoming(today, 1); len(days) > 0 {
			from = days[0]
		}
		if p.From.Before(from) {
			fields[view.FieldFrom] = from.String()
		}
	})
	g.beginForm(atPlanForm, planKey(n, entry), fields)
	if !g.form.typed {
		g.form.lots = times
	}
}

func (g *Guide) fillPlan(fields map[string]string, p *diary.Plan) {
	fields[view.FieldProduct], fields[view.FieldAmount] = string(p.Product), g.lang.Milli(int64(p.Amount))
	set(fields, view.FieldReason, p.Reason)
	fields[view.FieldFrom], fields[view.FieldClinician], fields[view.FieldNote] = p.From.String(), p.Clinician, p.Note
	if !p.Until.IsZero() {
		fields[view.FieldUntil] = p.Until.String()
	}
	g.fillSchedule(fields, p.Schedule)
}

func (g *Guide) fillSchedule(fields map[string]string, s diary.Schedule) {
	switch {
	case s.EveryDays != 0:
		fields[view.FieldRhythm], fields[view.FieldEvery] = view.RhythmDays, strconv.Itoa(int(s.EveryDays))
	case s.Weekdays != 0:
		fields[view.FieldRhythm] = view.RhythmWeek
		for d := range 7 {
			if s.Weekdays.Has(d) {
				fields[diary.WeekdayKey(d)] = "1"
			}
		}
	default:
		fields[view.FieldRhythm] = view.RhythmDemand
	}
	for i, t := range s.Times {
		fields[view.FieldTimes+strconv.Itoa(i)] = clockOf(int(t))
	}
}

func clockOf(minutes int) string {
	return time.Date(2024, 1, 1, minutes/60, minutes%60, 0, 0, time.UTC).Format("15:04")
}

// filled counts how often the app has filled in fields; chosen is the template
// that was used. Both are kept with the form.
const (
	fieldFilled = "filled"
	fieldChosen = "chosen"
)

// fill puts values into the form in place of what was typed.
func (g *Guide) fill(values map[string]string) {
	for k, v := range values {
		g.form.fields[k] = v
	}
	g.form.fields[fieldFilled] = strconv.Itoa(int(number(g.form.get(fieldFilled))) + 1)
	g.keepDraft()
}

// useTemplate fills the form if another template was chosen.
func (g *Guide) useTemplate() {
	x := &g.form
	if x.get(view.FieldTemplate) == x.get(fieldChosen) {
		return
	}
	x.fields[fieldChosen] = x.get(view.FieldTemplate)
	t, ok := diary.FindTemplate(x.get(view.FieldTemplate))
	if !ok {
		return
	}
	for d := range 7 {
		delete(x.fields, diary.WeekdayKey(d))
	}
	from, ok := diary.ParseDate(x.get(view.FieldFrom))
	if !ok {
		from = diary.DateOf(g.local(g.now()))
	}
	v := map[string]string{view.FieldFrom: from.String(), view.FieldAmount: "", view.FieldPerKg: "", view.FieldUntil: "", view.FieldEvery: ""}
	if t.Product != "" {
		v[view.FieldProduct] = string(t.Product)
	}
	if t.Amount != 0 {
		v[view.FieldAmount] = g.lang.Milli(int64(t.Amount))
	}
	if t.PerKg != 0 {
		v[view.FieldPerKg] = g.lang.Milli(int64(t.PerKg))
	}
	if u := t.Until(from); !u.IsZero() {
		v[view.FieldUntil] = u.String()
	}
	set(v, view.FieldReason, t.Reason)
	s := diary.Schedule{EveryDays: t.EveryDays, Weekdays: t.Weekdays}
	if !s.OnDemand() && x.get(view.FieldTimes+"0") == "" {
		s.Times = []uint16{7 * 60}
	}
	g.fillSchedule(v, s)
	g.fill(v)
}

// schedule reads the rhythm of the form. What is wrong with it becomes a
// problem if told to say so.
func (g *Guide) schedule(say bool) (s diary.Schedule) {
	x := &g.form
	bad := func(field string, k lang.Key) diary.Schedule {
		if say {
			g.bad(field, k)
		}
		return diary.Schedule{}
	}
	switch x.get(view.FieldRhythm) {
	case view.RhythmDays:
		n, err := strconv.ParseUint(strings.TrimSpace(x.get(view.FieldEvery)), 10, 16)
		if err != nil || n == 0 || n > 730 {
			return bad(view.FieldEvery, lang.ProblemEvery)
		}
		s.EveryDays = uint16(n)
	case view.RhythmWeek:
		for d := range 7 {
			if x.get(diary.WeekdayKey(d)) != "" {
				s.Weekdays |= diary.WeekdaysOf(d)
			}
		}
		if s.Weekdays == 0 {
			return bad(view.FieldWeekdays, lang.ProblemChoose)
		}
	case view.RhythmDemand:
		return s
	default:
		return bad(view.FieldRhythm, lang.ProblemChoose)
	}
	for i := range x.lots {
		name := view.FieldTimes + strconv.Itoa(i)
		text := strings.TrimSpace(x.get(name))
		if text == "" {
			continue
		}
		t, err := time.Parse("15:04", text[:min(len(text), 5)])
		if err != nil {
			return bad(name, lang.ProblemTime)
		}
		s.Times = append(s.Times, uint16(t.Hour()*60+t.Minute()))
	}
	if len(s.Times) == 0 {
		return bad(view.FieldTimes+"0", lang.ProblemTimes)
	}
	slices.Sort(s.Times)
	s.Times = slices.Compact(s.Times)
	return s
}

func (g *Guide) planForm(l app.Look, f view.Frame) (view.Screen, bool) {
	x := &g.form
	n, entry := splitPlan(x.entry)
	b, ok := planBook(l, n)
	if !ok {
		return nil, false
	}
	m := view.PlanForm{
		Frame: f, Entry: entry, Pseudonym: b.pseudonym, Template: x.get(view.FieldTemplate), Filled: x.get(fieldFilled), Product: x.get(view.FieldProduct),
		Amount: x.get(view.FieldAmount), PerKg: x.get(view.FieldPerKg), Reason: x.get(view.FieldReason), Rhythm: x.get(view.FieldRhythm), Every: x.get(view.FieldEvery),
		From: x.get(view.FieldFrom), Until: x.get(view.FieldUntil), Clinician: x.get(view.FieldClinician), Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy),
		Problems: g.problems,
	}
	if t, ok := diary.FindTemplate(m.Template); ok {
		m.Source = t.Source
	}
	for _, t := range diary.Templates {
		m.Templates = append(m.Templates, t.Key)
	}
	for _, group := range diary.Groups() {
		pg := view.ProductGroup{Group: group}
		for _, p := range diary.Products.Products {
			if p.Group == group && !p.Typed {
				pg.Products = append(pg.Products, view.Choice{Value: string(p.ID), Label: p.Brand})
			}
		}
		if len(pg.Products) > 0 {
			m.Products = append(m.Products, pg)
		}
	}
	for d := range 7 {
		if x.get(diary.WeekdayKey(d)) != "" {
			m.Weekdays |= diary.WeekdaysOf(d)
		}
	}
	for i := range max(1, x.lots) {
		m.Times = append(m.Times, x.get(view.FieldTimes+strconv.Itoa(i)))
	}
	if p, ok := diary.Products.Find(diary.ProductID(m.Product)); ok {
		m.Unit = p.Unit
		g.weigh(&m, b)
	}
	p := diary.Plan{Schedule: g.schedule(false)}
	p.From, _ = diary.ParseDate(m.From)
	p.Until, _ = diary.ParseDate(m.Until)
	if !p.From.IsZero() && !p.Schedule.OnDemand() {
		for _, d := range p.Upcoming(p.From, 3) {
			m.Next = append(m.Next, wallDate(d, f.Now))
		}
	}
	for _, o := range b.Plans(diary.MomentOf(f.Now)) {
		if o.ID.String() != entry && o.Signed == (n != 0) && string(o.Plan.Product) == m.Product && o.Plan.Reason.Key() == m.Reason {
			m.Beside = append(m.Beside, planLine(g.lang, o.Plan))
		}
	}
	return m, true
}

// weigh works out a dose by weight, for the person to look at.
func (g *Guide) weigh(m *view.PlanForm, b book) {
	weights := b.Measures(diary.MeasuredWeight)
	if len(weights) == 0 {
		return
	}
	last := weights[len(weights)-1]
	kg := last.Entry.(*diary.Measure).Value
	m.Weighed = last.When.Time()
	per, ok := g.lang.ParseMilli(m.PerKg)
	if !ok || per <= 0 {
		return
	}
	amount := diary.PerKg(diary.Amount(per), kg)
	if amount == 0 {
		return
	}
	m.SumAmount = g.lang.Milli(int64(amount))
	m.Sum = g.lang.T(lang.PlanSumText, "kg", g.lang.Milli(per), "weight", g.lang.Milli(int64(kg)), "amount", m.SumAmount, "unit", g.lang.Label(m.Unit.Key()))
}

// typedPlan reads the form; what cannot be read becomes a problem.
func (g *Guide) typedPlan(p *diary.Plan) {
	x := &g.form
	p.Product = diary.ProductID(x.get(view.FieldProduct))
	amount, ok := g.lang.ParseMilli(x.get(view.FieldAmount))
	if !ok || amount < 0 {
		g.bad(view.FieldAmount, lang.ProblemAmount, "example", g.lang.Int(1500))
	}
	p.Amount = diary.Amount(amount)
	p.Reason, _ = diary.ParseReason(x.get(view.FieldReason))
	p.Schedule = g.schedule(true)
	p.From, p.Until = g.dayIn(view.FieldFrom, 0, math.MaxUint16), g.dayIn(view.FieldUntil, 0, math.MaxUint16)
	p.Clinician, p.Note = diary.Clean(x.get(view.FieldClinician), false), diary.Clean(x.get(view.FieldNote), true)
}

// amended is a correction of a plan of patient n, to be filled in.
func (g *Guide) amended(n uint32, entry string, now diary.Moment, why string) (p *diary.Plan) {
	id, ok := diary.ParseID(entry)
	if !ok {
		return nil
	}
	g.env.Client.Look(func(l app.Look) {
		b, ok := planBook(l, n)
		if !ok {
			return
		}
		if it, ok := b.Get(id); ok && it.Plan() != nil {
			if e, err := diary.Amend(it, now, why); err == nil {
				p = e.(*diary.Plan)
			}
		}
	})
	return p
}

// tellPlan keeps what was written about a plan: at home, or for patient n.
func (g *Guide) tellPlan(n uint32, e diary.Entry) bool {
	var err error
	if n == 0 {
		_, err = g.env.Client.Record(g.ctx, e)
	} else {
		err = g.env.Client.Tell(g.ctx, n, e)
	}
	if err != nil {
		// Nothing was kept; the form still holds everything.
		g.bad("", unkept(err))
	}
	return err == nil
}

// planFields are the form's names of what the diary checks.
var planFields = map[string]string{
	"product": view.FieldProduct, "amount": view.FieldAmount, "every": view.FieldEvery, "weekdays": view.FieldWeekdays, "times": view.FieldTimes + "0",
	"reason": view.FieldReason, "from": view.FieldFrom, "until": view.FieldUntil, "clinician": view.FieldClinician, "note": view.FieldNote, "because": view.FieldWhy,
}

func (g *Guide) savePlan() {
	g.problems = nil
	n, entry := splitPlan(g.form.entry)
	now := diary.MomentOf(g.local(g.now()))
	p := new(diary.Plan)
	if entry != "" {
		why := diary.Clean(g.form.get(view.FieldWhy), true)
		if why == "" {
			g.bad(view.FieldWhy, lang.ProblemWhy)
		}
		if p = g.amended(n, entry, now, why); p == nil {
			g.dropForm()
			g.out()
			return
		}
	}
	g.typedPlan(p)
	p.Entered = now
	if p.ID.IsZero() {
		p.ID = diary.NewID()
	}
	if err, ok := p.Validate(now, diary.Products).(diary.FieldErrors); ok {
		for _, x := range err {
			field := planFields[x.Field]
			if field == "" {
				field = x.Field // times.N
			}
			if !g.has(field) {
				g.problems, g.lead = append(g.problems, view.Problem{Field: field, Diary: x.Problem}), true
			}
		}
	}
	if len(g.problems) > 0 || !g.tellPlan(n, p) {
		return
	}
	g.dropForm()
	g.out()
	if n == 0 {
		g.say(lang.NoticeSaved)
	} else {
		g.say(lang.NoticePlanSigned)
	}
}

// endPlan ends the version in force, and with it what was to come. A plan that
// has not begun is taken back.
func (g *Guide) endPlan() {
	g.problems = nil
	n, entry := splitPlan(g.form.entry)
	now := diary.MomentOf(g.local(g.now()))
	why := diary.Clean(g.form.get(view.FieldWhy), true)
	if why == "" {
		g.bad(view.FieldWhy, lang.ProblemWhy)
	}
	var root diary.ID
	var holds *diary.Plan
	g.env.Client.Look(func(l app.Look) {
		b, ok := planBook(l, n)
		if !ok {
			return
		}
		id, _ := diary.ParseID(entry)
		if it, ok := b.Get(id); ok && it.Retracted == nil {
			root = it.ID
		}
		for _, p := range b.Plans(now) {
			if p.ID == root {
				holds = p.Plan
			}
		}
	})
	var e diary.Entry
	switch {
	case root.IsZero():
		g.dropForm()
		g.out()
		return
	case holds == nil:
		e = &diary.Retract{Entry: root, Reason: why}
	default:
		until, ok := diary.ParseDate(strings.TrimSpace(g.form.get(view.FieldUntil)))
		switch {
		case !ok || until.Day == 0:
			g.bad(view.FieldUntil, lang.ProblemDate)
		case until.Before(holds.From):
			g.bad(view.FieldUntil, lang.ProblemPlanEnd)
		}
		p := g.amended(n, entry, now, why)
		if p == nil {
			return
		}
		head := p.Head
		*p = *holds
		p.Head, p.Until = head, until
		e = p
	}
	if over := len(why) - 500; over > 0 {
		g.bad(view.FieldWhy, lang.ProblemLong, "n", g.lang.Int(over))
	}
	if len(g.problems) > 0 || !g.tellPlan(n, e) {
		return
	}
	g.dropForm()
	g.out()
	g.say(lang.NoticePlanEnded)
}

// scheduleLine says when doses are due.
func scheduleLine(l lang.Lang, s diary.Schedule) string {
	var out string
	switch {
	case s.OnDemand():
		return l.T(lang.PlanOnDemand)
	case s.EveryDays == 1:
		out = l.T(lang.PlanDaily)
	case s.EveryDays == 7:
		out = l.T(lang.PlanWeekly)
	case s.EveryDays%7 == 0 && s.EveryDays != 0:
		out = l.T(lang.PlanWeeks, "n", l.Int(int(s.EveryDays/7)))
	case s.EveryDays != 0:
		out = l.T(lang.PlanEvery, "n", l.Int(int(s.EveryDays)))
	default:
		monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 7 {
			if s.Weekdays.Has(i) {
				out += " " + l.WeekdayShort(monday.AddDate(0, 0, i))
			}
		}
		out = strings.TrimSpace(out)
	}
	for _, t := range s.Times {
		out += ", " + clockOf(int(t))
	}
	return out
}

// planLine says a regimen in one line.
func planLine(l lang.Lang, p *diary.Plan) string {
	prod, _ := diary.Products.Find(p.Product)
	return prod.Brand + " " + l.Milli(int64(p.Amount)) + " " + l.Label(prod.Unit.Key()) + ", " + scheduleLine(l, p.Schedule)
}

// planFacts are a plan's fields in words, for its history.
func (g *Guide) planFacts(p *diary.Plan) []fact {
	prod, _ := diary.Products.Find(p.Product)
	date := func(d diary.Date) string {
		if d.IsZero() {
			return ""
		}
		return g.lang.Date(wallDate(d, g.now()))
	}
	return []fact{
		{lang.FieldProductName, prod.Brand}, {lang.PlanAmount, g.lang.Milli(int64(p.Amount)) + " " + g.lang.Label(prod.Unit.Key())},
		{lang.PlanWhen, scheduleLine(g.lang, p.Schedule)}, {lang.FieldReasonName, label(g.lang, p.Reason)}, {lang.PlanFrom, date(p.From)}, {lang.PlanUntil, date(p.Until)},
		{lang.PlanClinician, p.Clinician}, {lang.FieldNoteName, p.Note},
	}
}
