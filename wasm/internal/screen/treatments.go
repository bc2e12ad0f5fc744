package screen

import (
	"errors"
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

// Treatments and back-filling.

const atBackfill = placesTreatments

func (g *Guide) treatmentsScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name == atBackfill {
		f.Place = view.PlaceRecord
		return g.backfill(l, f)
	}
	return nil
}

func (g *Guide) treatmentsAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActRepeat:
		g.repeat(f[view.FieldEntry])
	case view.ActDose:
		g.beginDose(f[view.FieldDose])
	case view.ActMissed:
		g.missed(f[view.FieldDose], f[view.FieldMissed])
	case view.ActUndo:
		g.undoAll()
	case view.ActBackfill:
		g.beginBackfill()
	case view.ActBackfillMore:
		shown := g.daysShown()
		g.typedIn(f)
		g.form.fields[fieldDays] = strconv.Itoa(min(backfillMost, shown+backfillDays))
		g.planDays(shown)
		g.keepDraft()
	case view.ActBackfillSave:
		g.typedIn(f)
		g.saveBackfill()
	default:
		return false
	}
	return true
}

// lotProblems is checkLots for who is not in a Look.
func (g *Guide) lotProblems(t *diary.Treatment) (out []view.Problem) {
	g.env.Client.Look(func(l app.Look) { out = g.checkLots(l, t) })
	return out
}

// tooSoon is how soon after a dose of a product another tap on "same as last
// time" is taken for the same tap.
const tooSoon = 10 * time.Minute

// asLast is what one tap would record at now: for the product of a planned dose
// that is due, if due is not nil, else for the product used last. It is nil if
// there is nothing to repeat; a gene therapy is never repeated.
func asLast(d *diary.Diary, due *diary.Dose, now diary.Moment) (old *diary.Item, t *diary.Treatment, dropped bool) {
	if due != nil {
		old = d.LastOf(due.Plan.Plan.Product)
	} else {
		for _, p := range d.Used(3) {
			if x, ok := diary.Products.Find(p); ok && !x.Once {
				old = d.LastOf(p)
				break
			}
		}
	}
	if old == nil {
		return nil, nil, false
	}
	t, dropped = d.Again(old.Treatment(), due, now)
	return old, t, dropped
}

// repeat records an earlier treatment once more, now.
func (g *Guide) repeat(entry string) {
	now := diary.MomentOf(g.local(g.now()))
	var t *diary.Treatment
	var last *diary.Item // of the product
	var dropped bool
	g.env.Client.Look(func(l app.Look) {
		d := l.Diary()
		id, _ := diary.ParseID(entry)
		it, ok := d.Get(id)
		if !ok || !it.Given() {
			return
		}
		old := it.Treatment()
		last = d.LastOf(old.Product)
		var due *diary.Dose
		if x, ok := d.DueOf(old.Product, now); ok {
			due = &x
		}
		t, dropped = d.Again(old, due, now)
	})
	if t == nil {
		g.home()
		return
	}
	if last != nil && now.Ms-last.When.Ms < tooSoon.Milliseconds() && last.When.Ms <= now.Ms+tooSoon.Milliseconds() {
		g.home()
		g.say(lang.NoticeTwice, "what", g.doseText(last.Treatment()), "time", g.lang.Clock(last.When.Time()))
		if last.Own && last.Versions == 1 {
			g.undo = []step{{last.Entry.Top().ID, nil}}
		}
		g.offerUndo(view.NoticeDo{Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: last.ID.String()})
		return
	}
	if p, ok := diary.Products.Find(t.Product); !ok || p.Once {
		g.again(entry)
		return
	}
	t.ID, t.Entered = diary.NewID(), now
	if bad := g.lotProblems(t); len(bad) > 0 || t.Validate(now, diary.Products) != nil {
		// What cannot be recorded at once is looked at in the form.
		g.again(entry)
		g.problems, g.lead = bad, len(bad) > 0
		return
	}
	if err := g.record(t); err != nil {
		g.home()
		g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
		return
	}
	g.home()
	k := lang.NoticeRepeated
	if dropped && len(t.Lots) == 0 {
		k = lang.NoticeRepeatedNoLot
	}
	g.say(k, "what", g.doseText(t), "time", g.lang.Clock(now.Time()))
	g.offerUndo(view.NoticeDo{Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: t.ID.String()})
}

// amountText is an amount as it is shown, empty for none: a dose that was not
// given may have no amount.
func (g *Guide) amountText(a diary.Amount) string {
	if a == 0 {
		return ""
	}
	return g.lang.Milli(int64(a))
}

// withUnit is an amount with its unit, empty for none.
func (g *Guide) withUnit(a diary.Amount, u diary.Unit) string {
	if a == 0 {
		return ""
	}
	return g.lang.Milli(int64(a)) + "\u00a0" + g.lang.Label(u.Key())
}

// doseText is an amount and a product: 1,500 IU Advate.
func (g *Guide) doseText(t *diary.Treatment) string {
	p, _ := diary.Products.Find(t.Product)
	name := p.Brand
	if name == "" {
		name = t.ProductName
	}
	return strings.TrimSpace(g.withUnit(t.Amount, p.Unit) + " " + name)
}

// beginDose opens the form of a planned dose, filled from the plan.
func (g *Guide) beginDose(value string) {
	fields := g.blank()
	g.env.Client.Look(func(l app.Look) {
		dose, ok := doseOf(l, value, diary.MomentOf(g.local(g.now())))
		if !ok {
			return
		}
		p := dose.Plan.Plan
		fields[view.FieldProduct], fields[view.FieldAmount] = string(p.Product), g.lang.Milli(int64(p.Amount))
		set(fields, view.FieldReason, p.Reason)
		if dose.State == diary.DoseMissed {
			g.fillMoment(fields, view.FieldDate, view.FieldTime, dose.Due) // it was given then, and not written down
		}
	})
	g.beginForm(atTreatment, "", fields)
}

// missed records that a planned dose was not given.
func (g *Guide) missed(value, why string) {
	now := diary.MomentOf(g.local(g.now()))
	reason, ok := diary.ParseNotGiven(why)
	var dose diary.Dose
	g.env.Client.Look(func(l app.Look) {
		var found bool
		dose, found = doseOf(l, value, now)
		ok = ok && found
	})
	g.home()
	if !ok {
		return
	}
	if old := dose.Treatment; old != nil {
		g.say(lang.NoticeTwice, "what", g.doseText(old.Treatment()), "time", g.lang.Clock(old.When.Time()))
		return
	}
	p := dose.Plan.Plan
	t := &diary.Treatment{Taken: dose.Due, Product: p.Product, Amount: p.Amount, Reason: p.Reason, NotGiven: reason}
	if t.Taken.Ms > now.Ms {
		t.Taken = now // it is told before its time
	}
	t.ID, t.Entered = diary.NewID(), now
	if x, ok := diary.Products.Find(p.Product); ok && x.Typed {
		t.ProductName = g.lang.Label(x.Group.Key())
	}
	if t.Validate(now, diary.Products) != nil {
		// A plan of something that this version does not know.
		g.beginDose(value)
		g.form.fields[view.FieldWasMissed], g.form.fields[view.FieldMissed] = "1", reason.Key()
		return
	}
	if err := g.record(t); err != nil {
		g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
		return
	}
	g.say(lang.NoticeMissed, "why", g.lang.Label(reason.Key()))
	g.offerUndo(view.NoticeDo{Act: view.ActEntryCorrect, Label: lang.NoticeChange, Field: view.FieldEntry, Value: t.ID.String()})
}

// productName is a product in a list. What comes in two ways says which it is.
func (g *Guide) productName(p diary.Product) string {
	route := g.lang.Label(p.Route.Key())
	if p.Typed {
		return g.lang.T(lang.FieldOtherName) + " (" + g.lang.Label(p.Unit.Key()) + ", " + route + ")"
	}
	for _, other := range diary.Products.Products {
		if other.Brand == p.Brand && other.ID != p.ID {
			return p.Brand + " (" + route + ")"
		}
	}
	return p.Brand
}

// products lists what can be chosen: what was used last, then by group.
func (g *Guide) products(l app.Look) []view.ProductGroup {
	used := l.Diary().Used(5)
	choice := func(p diary.Product) view.Choice { return view.Choice{Value: string(p.ID), Label: g.productName(p)} }
	var out []view.ProductGroup
	var first view.ProductGroup
	for _, id := range used {
		if p, ok := diary.Products.Find(id); ok {
			first.Products = append(first.Products, choice(p))
		}
	}
	if len(first.Products) > 0 {
		out = append(out, first)
	}
	for _, group := range diary.Groups() {
		pg := view.ProductGroup{Group: group}
		for _, p := range diary.Products.Products {
			if p.Group == group && !slices.Contains(used, p.ID) {
				pg.Products = append(pg.Products, choice(p))
			}
		}
		if len(pg.Products) > 0 {
			out = append(out, pg)
		}
	}
	return out
}

func (g *Guide) treatmentForm(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	m := view.TreatmentForm{
		Frame: f, Entry: x.entry, Product: x.get(view.FieldProduct), Other: x.get(view.FieldOther), Amount: x.get(view.FieldAmount), Filled: x.filled,
		Date: x.get(view.FieldDate), Time: x.get(view.FieldTime), Reason: x.get(view.FieldReason), Bleed: x.get(view.FieldBleed), Site: x.get(view.FieldSite),
		GivenBy: x.get(view.FieldGivenBy), Reaction: x.get(view.FieldReaction), Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Again: x.again,
		Missed: x.get(view.FieldWasMissed) != "", Because: x.get(view.FieldMissed), Scans: x.scans, LotGuard: g.guard(l), Problems: g.problems,
	}
	d := l.Diary()
	m.Products = g.products(l)
	m.Sites = diary.Sites()
	p, known := diary.Products.Find(diary.ProductID(m.Product))
	if known {
		m.Typed, m.Unit, m.Route, m.Sites = p.Typed, p.Unit, p.Route, p.Sites()
		m.Strengths = g.strengths(p)
		if last := d.LastOf(p.ID); last != nil && last.ID.String() != x.entry {
			m.LastSite = last.Treatment().Site
		}
	}
	for i := range max(1, x.lots) {
		n := strconv.Itoa(i)
		lot := view.LotField{
			Batch: x.get(view.FieldLot + n), Expiry: x.get(view.FieldExpiry + n), Packs: x.get(view.FieldPacks + n),
			Strength: x.get(view.FieldStrength + n), PZN: x.get(view.FieldPZN + n),
		}
		if known && lot.Strength != "" && !slices.ContainsFunc(m.Strengths, func(c view.Choice) bool { return c.Value == lot.Strength }) {
			// From a pack that the reference data does not know.
			if a, ok := diary.ParseAmount(lot.Strength); ok {
				m.Strengths = append(m.Strengths, view.Choice{Value: lot.Strength, Label: g.lang.Milli(int64(a)) + "\u00a0" + g.lang.Label(p.Unit.Key())})
			}
		}
		m.Lots = append(m.Lots, lot)
	}
	if sum := g.contents(); sum > 0 {
		amount, ok := g.lang.ParseAmount(m.Amount)
		m.Contents, m.Differs = g.lang.Milli(int64(sum)), !ok || diary.Amount(amount) != sum
	}
	for _, bl := range d.Bleeds(diary.Filter{Limit: 8}, g.now().UnixMilli()) {
		m.Bleeds = append(m.Bleeds, view.Choice{Value: bl.ID.String(), Label: g.title(d, bl.Item)})
	}
	if known && p.APCC && !m.Missed {
		at, field, _ := g.momentAt(m.Date, m.Time)
		amount, ok := g.lang.ParseAmount(m.Amount)
		if field == "" && ok {
			except, _ := diary.ParseID(x.entry)
			m.APCC = g.apcc(d, at, diary.Amount(amount), except)
		}
	}
	return m
}

// apcc is the hint about a dose of aPCC at a moment, nil if emicizumab is not in use.
func (g *Guide) apcc(d *diary.Diary, at diary.Moment, dose diary.Amount, except diary.ID) *view.APCCHint {
	a, in := d.WithEmicizumab(at, dose, except, diary.Products)
	if !in || a.Sum == 0 {
		return nil
	}
	h := &view.APCCHint{Sum: g.lang.Milli(int64(a.Sum)), Over: a.Over}
	if a.PerKg > 0 {
		h.PerKg = g.lang.Milli(int64(a.PerKg+500) / 1000 * 1000)
	}
	return h
}

// strengths lists what a vial of p can contain. The values are as Amount writes them.
func (g *Guide) strengths(p diary.Product) []view.Choice {
	var out []view.Choice
	for _, s := range p.Strengths {
		out = append(out, view.Choice{Value: s.String(), Label: g.lang.Milli(int64(s)) + "\u00a0" + g.lang.Label(p.Unit.Key())})
	}
	return out
}

// typedLots reads the lots; the fields that cannot be read are told.
func (g *Guide) typedLots(bad func(field string, k lang.Key, args ...string)) []diary.Lot {
	f := &g.form
	var out []diary.Lot
	for i := range f.lots {
		n := strconv.Itoa(i)
		lot := diary.Lot{Batch: diary.Clean(f.get(view.FieldLot+n), false)}
		if s := strings.TrimSpace(f.get(view.FieldExpiry + n)); s != "" {
			var ok bool
			if lot.Expiry, ok = parseExpiry(s); !ok {
				bad(view.FieldExpiry+n, lang.ProblemExpiry)
			}
		}
		if s := strings.TrimSpace(f.get(view.FieldPacks + n)); s != "" {
			packs, err := strconv.ParseUint(s, 10, 8)
			if err != nil {
				bad(view.FieldPacks+n, lang.ProblemAmount, "example", "2")
			}
			lot.Packs = uint16(packs)
		}
		if lot.Batch == "" && lot.Expiry.IsZero() && lot.Packs == 0 {
			continue
		}
		lot.Strength, _ = diary.ParseAmount(f.get(view.FieldStrength + n))
		lot.PZN = f.get(view.FieldPZN + n)
		out = append(out, lot)
	}
	return out
}

// contents is what the typed lots contain together, 0 if that is not known. Of
// a product with one strength no lot has to say it.
func (g *Guide) contents() diary.Amount {
	lots := g.typedLots(func(string, lang.Key, ...string) {})
	if p, ok := diary.Products.Find(diary.ProductID(g.form.get(view.FieldProduct))); ok && len(p.Strengths) == 1 {
		for i := range lots {
			if lots[i].Strength == 0 {
				lots[i].Strength = p.Strengths[0]
			}
		}
	}
	return diary.Contents(lots)
}

// typedTreatmentIn takes over what the page sent of a treatment's form, and lets
// the amount follow the lots as long as it is theirs.
func (g *Guide) typedTreatmentIn(f map[string]string) {
	product, sum := g.form.get(view.FieldProduct), g.contents()
	g.typedIn(f)
	if now := g.form.get(view.FieldProduct); now != product && product != "" {
		// Strengths, codes and sites belong to the product before.
		for name := range g.form.fields {
			if strings.HasPrefix(name, view.FieldStrength) || strings.HasPrefix(name, view.FieldPZN) {
				delete(g.form.fields, name)
			}
		}
		if p, ok := diary.Products.Find(diary.ProductID(now)); ok {
			if s, ok := diary.ParseSite(g.form.get(view.FieldSite)); ok && !slices.Contains(p.Sites(), s) {
				delete(g.form.fields, view.FieldSite)
			}
		}
	}
	now := g.contents()
	amount, ok := g.lang.ParseAmount(g.form.get(view.FieldAmount))
	if now != sum && now > 0 && (strings.TrimSpace(g.form.get(view.FieldAmount)) == "" || ok && sum > 0 && diary.Amount(amount) == sum) {
		g.form.fields[view.FieldAmount] = g.lang.Milli(int64(now))
		g.form.filled++
	}
	g.keepDraft()
}

// saveTreatment writes what the form says.
func (g *Guide) saveTreatment() {
	g.problems = nil
	t := g.typedTreatment()
	if bad := g.lotProblems(t); len(bad) > 0 {
		g.problems, g.lead = append(g.problems, bad...), true
	}
	owned := g.ownUp(t)
	if g.write(t, treatmentFields) {
		g.saved()
		if owned {
			g.say(lang.NoticeGivenAnyway)
			g.offerUndo()
		}
	}
}

// treatmentFields are the form's names of a treatment's fields.
var treatmentFields = map[string]string{
	"taken": view.FieldDate, "product": view.FieldProduct, "productname": view.FieldOther, "amount": view.FieldAmount, "reason": view.FieldReason,
	"site": view.FieldSite, "givenby": view.FieldGivenBy, "reaction": view.FieldReaction, "note": view.FieldNote, "bleed": view.FieldBleed,
	"notgiven": view.FieldMissed, "because": view.FieldWhy,
}

// typedTreatment reads the form; what cannot be read becomes a problem.
func (g *Guide) typedTreatment() *diary.Treatment {
	f := &g.form
	var before diary.Moment
	g.item(f.entry, func(it *diary.Item) {
		if old := it.Treatment(); old != nil {
			before = old.Taken
		}
	})
	t := &diary.Treatment{Product: diary.ProductID(f.get(view.FieldProduct)), Note: diary.Clean(f.get(view.FieldNote), true)}
	product, known := diary.Products.Find(t.Product)
	if !known {
		g.bad(view.FieldProduct, lang.ProblemChoose)
	} else if product.Typed {
		t.ProductName = diary.Clean(f.get(view.FieldOther), false)
	}
	missed := f.get(view.FieldWasMissed) != ""
	if missed {
		var ok bool
		if t.NotGiven, ok = diary.ParseNotGiven(f.get(view.FieldMissed)); !ok {
			g.bad(view.FieldMissed, lang.ProblemChoose)
		}
	}
	t.Amount = g.typedAmount(missed)
	t.Taken = g.moment(view.FieldDate, view.FieldTime, before)
	t.Reason, _ = diary.ParseReason(f.get(view.FieldReason))
	t.Bleed, _ = diary.ParseID(f.get(view.FieldBleed))
	if missed {
		return t
	}
	t.Site, _ = diary.ParseSite(f.get(view.FieldSite))
	t.GivenBy, _ = diary.ParseGiven(f.get(view.FieldGivenBy))
	t.Reaction = diary.Clean(f.get(view.FieldReaction), true)
	t.Lots = g.typedLots(g.bad)
	return t
}

// typedAmount reads the amount. It may be left out of a dose that was not given.
func (g *Guide) typedAmount(missed bool) diary.Amount {
	s := g.form.get(view.FieldAmount)
	if missed && strings.TrimSpace(s) == "" {
		return 0
	}
	amount, ok := g.lang.ParseAmount(s)
	if !ok {
		g.bad(view.FieldAmount, lang.ProblemAmount, "example", g.lang.Int(1500))
	}
	return diary.Amount(amount)
}

// problemsOf adds what Validate found, each beside its field.
func (g *Guide) problemsOf(err error, names map[string]string) {
	var fe diary.FieldErrors
	if !errors.As(err, &fe) {
		if err != nil {
			g.wrong("", err)
		}
		return
	}
	for _, p := range fe {
		field := names[p.Field]
		if strings.HasPrefix(p.Field, "lots.") {
			field = lotField(p.Field)
		}
		if g.has(field) || field == view.FieldWhy {
			continue
		}
		g.problems, g.lead = append(g.problems, view.Problem{Field: field, Diary: p.Problem}), true
	}
}
