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

// Adding treatments of several days in one form. What belongs to all of them is typed
// once; a row is a day, or a second planned dose of one. Rows are named by
// their date and a number, and their fields live in the form like all others,
// so that a draft keeps them.

const (
	backfillDays = 14 // shown at first, and with each "more"
	backfillMost = 60

	// fieldDays is how many days are shown. It is kept with the form and is none of the
	// page's, so that several taps on "more" count one by one.
	fieldDays = "days"
)

// A backfillRow is a dose that an entry can be added for.
type backfillRow struct {
	key     string
	date    diary.Date
	clock   string // of the planned dose; empty: none is planned
	planned bool   // and the diary has no entry for it
}

// beginBackfill opens the form, filled from the plan and the last dose.
func (g *Guide) beginBackfill() {
	fields := map[string]string{fieldDays: strconv.Itoa(backfillDays)}
	g.env.Client.Look(func(l app.Look) {
		d := l.Diary()
		now := diary.MomentOf(g.local(g.now()))
		for _, p := range d.Plans(now) {
			if !p.Shadowed && !p.Plan.Schedule.OnDemand() {
				fields[view.FieldProduct] = string(p.Plan.Product)
				break
			}
		}
		if used := d.Used(1); fields[view.FieldProduct] == "" && len(used) > 0 {
			if p, ok := diary.Products.Find(used[0]); ok && !p.Once {
				fields[view.FieldProduct] = string(used[0])
			}
		}
	})
	g.beginForm(atBackfill, "", fields)
	if !g.form.typed {
		g.planBackfill()
	}
}

// planBackfill fills in what the plan and the last dose of the product say.
func (g *Guide) planBackfill() {
	f := g.form.fields
	for k := range f {
		if strings.HasPrefix(k, view.FieldDay) || strings.HasPrefix(k, view.FieldDayTime) || strings.HasPrefix(k, view.FieldDayMissed) {
			delete(f, k)
		}
	}
	product := diary.ProductID(f[view.FieldProduct])
	delete(f, view.FieldAmount)
	g.env.Client.Look(func(l app.Look) {
		d := l.Diary()
		now := diary.MomentOf(g.local(g.now()))
		if last := d.LastOf(product); last != nil {
			t := last.Treatment()
			f[view.FieldAmount], f[view.FieldOther] = g.lang.Milli(int64(t.Amount)), t.ProductName
			f[view.FieldTime] = t.Taken.Time().Format("15:04")
			if t.Reason == diary.ReasonProphylaxis || f[view.FieldReason] == "" {
				set(f, view.FieldReason, t.Reason)
			}
		}
		for _, p := range d.Plans(now) {
			if p.Plan.Product == product && !p.Shadowed && !p.Plan.Schedule.OnDemand() {
				f[view.FieldAmount] = g.lang.Milli(int64(p.Plan.Amount))
				set(f, view.FieldReason, p.Plan.Reason)
				f[view.FieldTime] = clockOf(int(p.Plan.Schedule.Times[0]))
				break
			}
		}
	})
	g.planDays(0)
}

// planDays ticks the planned doses without an entry that lie more than skip
// days back.
func (g *Guide) planDays(skip int) {
	shown := g.daysShown()
	g.env.Client.Look(func(l app.Look) {
		today, _ := diary.MomentOf(g.local(g.now())).Wall()
		for _, r := range g.backfillRows(l.Diary(), shown) {
			if r.planned && r.date.Before(today.AddDays(1-skip)) {
				g.form.fields[view.FieldDay+r.key] = "1"
				g.form.fields[view.FieldDayTime+r.key] = r.clock
			}
		}
	})
}

func (g *Guide) daysShown() int {
	return min(backfillMost, max(backfillDays, int(number(g.form.get(fieldDays)))))
}

// backfillRows are the rows of so many days, newest first.
func (g *Guide) backfillRows(d *diary.Diary, shown int) []backfillRow {
	now := diary.MomentOf(g.local(g.now()))
	today, _ := now.Wall()
	product := diary.ProductID(g.form.get(view.FieldProduct))
	first := today.AddDays(1 - shown)
	planned := make(map[diary.Date][]diary.Dose)
	for _, dose := range d.Doses(first.At(0, now.Offset).Ms, now.Ms, now) {
		if dose.Plan.Plan.Product == product {
			on, _ := dose.Due.Wall()
			planned[on] = append(planned[on], dose)
		}
	}
	var out []backfillRow
	for on := today; !on.Before(first); on = on.AddDays(-1) {
		doses := planned[on]
		for i := range max(1, len(doses)) {
			r := backfillRow{key: on.String() + "." + strconv.Itoa(i), date: on}
			if i < len(doses) {
				_, minute := doses[i].Due.Wall()
				r.clock, r.planned = clockOf(minute), doses[i].Treatment == nil
			}
			out = append(out, r)
		}
	}
	return out
}

func (g *Guide) backfill(l app.Look, f view.Frame) view.Screen {
	x, d := &g.form, l.Diary()
	shown := g.daysShown()
	m := view.Backfill{
		Frame: f, Products: g.products(l), Product: x.get(view.FieldProduct), Other: x.get(view.FieldOther), Amount: x.get(view.FieldAmount),
		Reason: x.get(view.FieldReason), Time: x.get(view.FieldTime), More: shown < backfillMost, Problems: g.problems,
	}
	if p, ok := diary.Products.Find(diary.ProductID(m.Product)); ok {
		m.Typed, m.Unit = p.Typed, p.Unit
	}
	rows := g.backfillRows(d, shown)
	has := g.entriesByDay(d, diary.ProductID(m.Product), rows[len(rows)-1].date)
	for _, r := range rows {
		row := view.BackfillDay{
			Key: r.key, Date: time.Date(int(r.date.Year), time.Month(r.date.Month), int(r.date.Day), 12, 0, 0, 0, f.Now.Location()), Planned: r.planned,
			On: x.get(view.FieldDay+r.key) != "", Time: x.get(view.FieldDayTime + r.key), Because: x.get(view.FieldDayMissed + r.key),
		}
		if strings.HasSuffix(r.key, ".0") {
			row.Has = has[r.date]
		}
		if row.Time == "" {
			row.Time = m.Time
		}
		m.Days = append(m.Days, row)
	}
	return m
}

// entriesByDay says what the diary has of a product, by the day on the writer's wall.
func (g *Guide) entriesByDay(d *diary.Diary, product diary.ProductID, since diary.Date) map[diary.Date][]string {
	out := make(map[diary.Date][]string)
	for _, it := range d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, From: since.AddDays(-1).At(0, 0).Ms}) {
		t := it.Treatment()
		if t.Product != product {
			continue
		}
		what := g.lang.Milli(int64(t.Amount)) + "\u00a0" + unitOf(g.lang, product) + ", " + g.lang.Clock(t.Taken.Time())
		if t.NotGiven != 0 {
			what = g.lang.T(lang.BackfillNotGiven, "why", g.lang.Label(t.NotGiven.Key()))
		}
		on, _ := t.Taken.Wall()
		out[on] = append(out[on], what)
	}
	return out
}

func unitOf(l lang.Lang, id diary.ProductID) string {
	p, _ := diary.Products.Find(id)
	return l.Label(p.Unit.Key())
}

// saveBackfill writes an entry for each day that is ticked. All are looked at
// before the first is written. If the device cannot store one, those before it
// are kept, and the form holds the rest.
func (g *Guide) saveBackfill() {
	g.problems = nil
	now := diary.MomentOf(g.local(g.now()))
	var rows []backfillRow
	g.env.Client.Look(func(l app.Look) {
		for _, r := range g.backfillRows(l.Diary(), g.daysShown()) {
			if g.form.get(view.FieldDay+r.key) != "" {
				rows = append(rows, r)
			}
		}
	})
	slices.Reverse(rows) // the oldest first
	entries := g.backfilled(rows, now)
	if len(g.problems) > 0 {
		return
	}
	for i, t := range entries {
		if err := g.record(t); err != nil {
			if i == 0 {
				g.bad("", unkept(err))
			} else {
				g.bad(view.FieldDay, lang.ProblemSomeSaved, "n", g.lang.Int(i), "of", g.lang.Int(len(entries)))
			}
			g.keepDraft()
			return
		}
		delete(g.form.fields, view.FieldDay+rows[i].key)
	}
	g.saved()
	if len(entries) > 1 {
		g.say(lang.NoticeBackfilled, "n", g.lang.Int(len(entries)))
		g.offerUndo()
	}
}

// backfilled are the entries of the rows that are ticked; what is wrong with
// them becomes problems, once beside the field that all share.
func (g *Guide) backfilled(rows []backfillRow, now diary.Moment) []*diary.Treatment {
	f := &g.form
	base := diary.Treatment{Product: diary.ProductID(f.get(view.FieldProduct))}
	product, known := diary.Products.Find(base.Product)
	if !known {
		g.bad(view.FieldProduct, lang.ProblemChoose)
	} else if product.Typed {
		base.ProductName = diary.Clean(f.get(view.FieldOther), false)
	}
	base.Reason, _ = diary.ParseReason(f.get(view.FieldReason))
	given := func(r backfillRow) bool { return f.get(view.FieldDayMissed+r.key) == "" }
	base.Amount = g.typedAmount(len(rows) > 0 && !slices.ContainsFunc(rows, given))
	if len(rows) == 0 {
		g.bad(view.FieldDay, lang.ProblemNoDay)
		// What all share is looked at all the same.
		rows = []backfillRow{{key: "-"}}
	}
	var out []*diary.Treatment
	for _, r := range rows {
		t := base
		if !given(r) {
			t.NotGiven, _ = diary.ParseNotGiven(f.get(view.FieldDayMissed + r.key))
		}
		t.ID, t.Entered, t.Taken = diary.NewID(), now, now
		if r.key != "-" {
			clock := f.get(view.FieldDayTime + r.key)
			if clock == "" {
				clock = f.get(view.FieldTime)
			}
			at, field, k := g.momentAt(r.date.String(), clock)
			if field != "" {
				g.bad(view.FieldDayTime+r.key, k)
			} else {
				t.Taken = at
			}
		}
		names := map[string]string{
			"product": view.FieldProduct, "productname": view.FieldOther, "amount": view.FieldAmount, "reason": view.FieldReason, "taken": view.FieldDayTime + r.key,
		}
		g.problemsOf(t.Validate(now, diary.Products), names)
		g.problems = append(g.problems, g.lotProblems(&t)...)
		out = append(out, &t)
	}
	return out
}
