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
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/view"
)

// What is printed.

// A usage sums up the doses of one product.
type usage struct {
	name         string
	product      diary.Product
	doses, bleed int
	amount       diary.Amount
}

// usages sums up doses that were given, by product, most used first.
func usages(list []*diary.Item) (out []*usage) {
	by := make(map[string]*usage)
	for _, it := range list {
		t := it.Treatment()
		if !it.Given() {
			continue
		}
		name, p := named(t.Product, t.ProductName)
		u := by[string(t.Product)+"\x00"+name]
		if u == nil {
			u = &usage{name: name, product: p}
			by[string(t.Product)+"\x00"+name] = u
			out = append(out, u)
		}
		u.doses++
		u.amount += t.Amount
		if t.Reason == diary.ReasonBleed || t.Reason == diary.ReasonFollowUp {
			u.bleed++
		}
	}
	arrange.By(out, func(a, b *usage) int { return b.doses - a.doses })
	return out
}

// visitTalk and visitMeasures bound what is listed of a period.
const (
	visitTalk     = 15
	visitMeasures = 20
)

func (g *Guide) visitSummary(l app.Look, f view.Frame) view.Screen {
	d, lg := l.Diary(), g.lang
	now := diary.MomentOf(f.Now)
	months := g.papers.months
	if months == 0 {
		months = 12
	}
	book := d.Ledger(now)
	today := book.Today()
	period := diary.Period{From: today.AddMonths(-months).AddDays(1), To: today}
	from := period.From.At(0, now.Offset)
	in := func(kinds ...diary.Kind) []*diary.Item {
		return d.Timeline(diary.Filter{Kinds: kinds, From: from.Ms, To: now.Ms + 1})
	}
	m := view.VisitSummary{Frame: f, Owner: knownAs(l), Months: months, From: from.Time(), To: f.Now}

	treatments := in(diary.KindTreatment)
	given, missed := 0, 0
	for _, it := range treatments {
		t := it.Treatment()
		if it.Given() {
			given++
		} else {
			missed++
		}
		if t.Reaction != "" {
			name, _ := named(t.Product, t.ProductName)
			m.Effects = append(m.Effects, view.Line{Head: lg.DateShort(it.When.Time()) + ", " + name, Text: t.Reaction})
		}
	}
	rates, seen := book.Rates(period, false), book.Observed(period)
	m.Facts = []view.Cell{
		{Label: lang.VisitDays, Value: lg.Int(seen.Days)}, {Label: lang.VisitBleeds, Value: lg.Int(rates.All.Count)},
		{Label: lang.VisitJointBleeds, Value: lg.Int(rates.Joint.Count)}, {Label: lang.VisitSpontaneous, Value: lg.Int(rates.Spontaneous.Count)},
		{Label: lang.VisitDoses, Value: lg.Int(given)}, {Label: lang.VisitMissed, Value: lg.Int(missed)},
	}
	if all, ok := rates.All.PerYear(); ok {
		joint, _ := rates.Joint.PerYear()
		spontaneous, _ := rates.Spontaneous.PerYear()
		m.Figures = append(m.Figures, view.Line{Head: lg.T(lang.VisitRate), Text: lg.T(lang.VisitRateValue, "all", lg.Number(all, 1),
			"joint", lg.Number(joint, 1), "spontaneous", lg.Number(spontaneous, 1), "days", lg.Int(rates.All.Days))})
	}
	if a := book.Adherence(period); a.Planned > 0 {
		m.Figures = append(m.Figures, view.Line{Head: lg.T(lang.VisitPlanned), Text: lg.T(lang.VisitPlannedValue, "taken", lg.Int(a.Given), "planned", lg.Int(a.Planned), "late", lg.Int(a.Given-a.Timely))})
	}
	if share, ok := seen.Completeness(); ok {
		m.Figures = append(m.Figures, view.Line{Head: lg.T(lang.VisitComplete), Text: lg.Int(int(share*100+.5)) + "\u00a0%"})
	}
	for _, u := range book.Uses(period) {
		if n, ok := u.PerKgYear(); ok {
			m.Figures = append(m.Figures, view.Line{Head: lg.T(lang.VisitPerKgName), Text: lg.T(lang.VisitPerKg, "group", lg.Label(u.Group.Key()), "n", lg.Number(n, 0), "unit", lg.Label(u.Unit.Key()))})
		}
	}
	for _, b := range d.Bleeds(diary.Filter{From: from.Ms, To: now.Ms + 1}, now.Ms) {
		m.Bleeds = append(m.Bleeds, g.visitBleed(b))
	}
	targets := make(map[diary.Place]diary.Date)
	for _, t := range book.TargetJoints(diary.ISTH2014) {
		if t.Off.IsZero() {
			targets[t.Place] = t.On
		}
	}
	places := d.BledPlaces(from.Ms, now.Ms+1)
	arrange.By(places, func(a, b diary.PlaceCount) int { return b.Bleeds - a.Bleeds })
	for _, p := range places {
		text := lg.N(lang.VisitBleedCount, p.Bleeds)
		if on, ok := targets[p.Place]; ok {
			text += ", " + lg.T(lang.VisitTarget, "date", lg.Date(on.At(0, now.Offset).Time()))
			delete(targets, p.Place)
		}
		m.Places = append(m.Places, view.Line{Head: lg.Label(p.Place.Key()), Text: text})
	}
	for _, p := range diary.Places() { // without a bleed in the period
		if on, ok := targets[p]; ok {
			m.Places = append(m.Places, view.Line{Head: lg.Label(p.Key()), Text: lg.T(lang.VisitTarget, "date", lg.Date(on.At(0, now.Offset).Time()))})
		}
	}
	for _, u := range usages(treatments) {
		m.Uses = append(m.Uses, view.VisitUse{Product: u.name, Doses: u.doses, Bleed: u.bleed, Sum: g.amount(u.amount, u.product)})
	}
	for _, p := range d.Plans(now) {
		if p.Shadowed {
			continue
		}
		name, product := named(p.Plan.Product, "")
		text := papers.Schedule(lg, p.Plan.Schedule) + " · " + lg.Label(p.Plan.Reason.Key())
		if p.Plan.Clinician != "" {
			text += " · " + p.Plan.Clinician
		}
		if p.Plan.Note != "" {
			text += "\n" + p.Plan.Note
		}
		m.Plans = append(m.Plans, view.Line{Head: name + " " + g.amount(p.Plan.Amount, product), Text: text})
	}
	for _, h := range d.Supply(now) {
		for _, x := range h.Lots {
			if x.Vials == 0 {
				continue
			}
			name, product := named(h.Product, h.Name)
			if x.Strength > 0 {
				name += " " + g.amount(x.Strength, product)
			}
			m.Stock = append(m.Stock, view.StockLine{Product: name, Batch: x.Batch, Expiry: g.expiry(x.Expiry), Vials: x.Vials})
		}
	}
	for _, it := range upTo(in(diary.KindMeasure), visitMeasures) {
		x := it.Entry.(*diary.Measure)
		m.Measures = append(m.Measures, view.Line{Head: lg.Label(x.What.Key()), Text: lg.Milli(int64(x.Value)) + "\u00a0" + lg.Label(x.What.UnitKey()) + ", " + lg.DateShort(it.When.Time())})
	}
	for _, it := range upTo(in(diary.KindMessage, diary.KindNote), visitTalk) {
		text := ""
		switch x := it.Entry.(type) {
		case *diary.Message:
			text = x.Text
		case *diary.Note:
			text = x.Text
		}
		by := it.First.Name
		if by == "" {
			by = lg.Label(it.First.Who.Key())
		}
		m.Talk = append(m.Talk, view.Line{Head: lg.DateShort(it.When.Time()) + ", " + by, Text: text})
	}
	return m
}

func upTo(list []*diary.Item, n int) []*diary.Item { return list[:min(len(list), n)] }

func (g *Guide) amount(a diary.Amount, p diary.Product) string {
	return g.lang.Milli(int64(a)) + "\u00a0" + g.lang.Label(p.Unit.Key())
}

func (g *Guide) expiry(d diary.Date) string {
	if d.IsZero() {
		return ""
	}
	return g.lang.Month(int(d.Year), int(d.Month), int(d.Day))
}

func (g *Guide) visitBleed(b diary.Bleeding) view.VisitBleed {
	x, l := b.Bleed(), g.lang
	var where, what, doses []string
	for _, p := range x.Places {
		where = append(where, l.Label(p.Key()))
	}
	for _, s := range []string{label(l, x.Cause), label(l, x.Severity)} {
		if s != "" {
			what = append(what, s)
		}
	}
	for _, u := range usages(b.Treatments) {
		doses = append(doses, strconv.Itoa(u.doses)+"\u00a0× "+u.name+" "+g.amount(u.amount/diary.Amount(u.doses), u.product))
	}
	out := view.VisitBleed{
		Start: b.When.Time(), Where: strings.Join(where, ", "), Again: b.Again != nil, What: strings.Join(what, ", "), Doses: strings.Join(doses, ", "),
		Outcome: label(l, b.Outcome()),
	}
	if out.Where == "" {
		out.Where = l.Label(x.Kind().Key())
	}
	if n, ok := x.Pain.Score(); ok {
		out.Pain = strconv.Itoa(n)
	}
	if !x.End.IsZero() {
		out.Duration = l.Duration(x.End.Time().Sub(x.Start.Time()))
	}
	return out
}

func (g *Guide) yearRecord(l app.Look, f view.Frame) view.Screen {
	d, lg := l.Diary(), g.lang
	m := view.YearRecord{Frame: f, Owner: knownAs(l), Year: g.papers.year}
	if m.Year == 0 {
		m.Year = f.Now.Year()
	}
	var list []*diary.Item
	has := map[int]bool{f.Now.Year(): true, m.Year: true}
	for _, it := range d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, Retracted: true}) {
		y := it.When.Time().Year()
		has[y] = true
		if y == m.Year {
			list = append(list, it)
		}
	}
	for y := range has {
		m.Years = append(m.Years, y)
	}
	slices.Sort(m.Years)
	slices.Reverse(m.Years)
	slices.Reverse(list) // oldest first
	for _, it := range list {
		t := it.Treatment()
		name, p := named(t.Product, t.ProductName)
		if it.Retracted != nil {
			head := lg.DateShort(it.When.Time()) + ", " + name
			if t.Amount != 0 {
				head += " " + g.amount(t.Amount, p)
			}
			m.Taken = append(m.Taken, view.Line{Head: head, Text: lg.DateShort(g.local(time.UnixMilli(it.Retracted.Written))) + ": " + it.Retracted.Reason})
			continue
		}
		row := view.YearDose{At: it.When.Time(), Product: name, Company: p.Company, Reason: label(lg, t.Reason)}
		if it.Versions > 1 {
			row.Corrected = lg.T(lang.YearCorrected, "date", lg.DateShort(g.local(time.UnixMilli(it.Written))), "why", t.Because)
		}
		if t.NotGiven != 0 {
			row.N, row.Why = len(m.Not)+1, label(lg, t.NotGiven)
			m.Not = append(m.Not, row)
			continue
		}
		row.N, row.Amount = len(m.Doses)+1, g.amount(t.Amount, p)
		for _, x := range t.Lots {
			var packs []string
			if x.Packs > 0 {
				packs = append(packs, strconv.Itoa(int(x.Packs)))
			}
			if x.Strength > 0 {
				packs = append(packs, g.amount(x.Strength, p))
			}
			row.Lots = append(row.Lots, view.YearLot{Packs: strings.Join(packs, "\u00a0× "), Batch: x.Batch, Expiry: g.expiry(x.Expiry), PZN: x.PZN})
		}
		if len(t.Lots) == 0 {
			m.NoBatch++
		}
		m.Doses = append(m.Doses, row)
	}
	standing := slices.DeleteFunc(list, func(it *diary.Item) bool { return it.Retracted != nil })
	for _, u := range usages(standing) {
		m.Sums = append(m.Sums, view.Line{Head: u.name, Text: lg.N(lang.VisitDoseCount, u.doses) + ", " + g.amount(u.amount, u.product)})
	}
	return m
}

func (g *Guide) urgentSheet(l app.Look, f view.Frame) view.Screen {
	d := l.Diary()
	now := diary.MomentOf(f.Now)
	m := view.Urgent{Frame: f, Owner: knownAs(l), Langs: []lang.Lang{g.lang}}
	if g.papers.langs == view.UrgentBoth {
		m.Langs = lang.All[:]
	} else if one, ok := lang.Parse(g.papers.langs); ok {
		m.Langs = []lang.Lang{one}
	}
	about, known := d.AboutPatient()
	card, carded := d.Card()
	m.About, m.Contacts, m.Empty = about, card.Contacts, known == nil && carded == nil
	var others []view.UrgentDose
	for _, p := range d.Plans(now) {
		name, product := named(p.Plan.Product, "")
		x := view.UrgentDose{
			Product: name, Substance: product.Substance, Milli: int64(p.Plan.Amount), Unit: product.Unit, When: p.Plan.Schedule, Note: p.Plan.Note,
			From: p.Plan.From.At(0, now.Offset).Time(),
		}
		if p.Signed {
			if x.Signed = p.Plan.Clinician; x.Signed == "" {
				x.Signed = p.Author.Name
			}
		}
		switch {
		case !p.Plan.Schedule.OnDemand():
			if !p.Shadowed {
				m.Regular = append(m.Regular, x)
			}
		case p.Plan.Reason == diary.ReasonBleed:
			m.Doses = append(m.Doses, x)
		case p.Plan.Reason != diary.ReasonActivity:
			others = append(others, x)
		}
	}
	if len(m.Doses) == 0 {
		m.Doses = others
	}
	for _, c := range l.CurrentCentres() {
		if x, ok := l.ContactOf(c.N); ok && (x.Phone != "" || x.Emergency != "") {
			m.Phones = append(m.Phones, view.Telephone{Name: c.Name, Phone: x.Phone, Emergency: x.Emergency})
		}
	}
	if card.Phone != "" {
		m.Phones = append(m.Phones, view.Telephone{Name: m.Langs[0].T(lang.PlaceCentreName), Phone: card.Phone})
	}
	return m
}
