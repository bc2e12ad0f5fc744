package view

import (
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A BackfillDay is a day, or one of several doses of a day, that an entry can
// be added for.
type BackfillDay struct {
	Key     string    // "2026-11-22.0"
	Date    time.Time // of the day
	On      bool      // to be added
	Planned bool      // the plan has a dose then, and the diary has none
	Has     []string  // what the diary has on that day: "1,500 IU, 07:40"
	Time    string
	Because string // it was not given: a diary.NotGiven's key; empty: it was
}

// Backfill adds treatments of several days in one go.
type Backfill struct {
	Frame
	Products []ProductGroup
	Product  string
	Typed    bool
	Other    string
	Unit     diary.Unit
	Amount   string
	Reason   string
	Time     string        // of the days that name no other
	Days     []BackfillDay // newest first
	More     bool          // there are older days to show
	Problems []Problem
}

// Node draws the screen.
func (m Backfill) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	ticked := 0
	list := node.Ul(node.Class("days-list"))
	for _, d := range m.Days {
		if d.On {
			ticked++
		}
		list = list.With(m.day(d))
	}
	days := field{Base: m.Base, name: FieldDay, label: lang.BackfillDays, problems: m.Problems}
	return m.inside(page{"backfill", true, "narrow"},
		node.H1(m.t(lang.BackfillTitle)), m.p("lead", lang.BackfillText),
		m.summary(m.Problems),
		form("backfill", ActBackfillSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				f(FieldProduct, lang.FieldProductName).pick(m.products(m.Products, m.Product), node.Live(ActTreatmentShape)),
				node.If(m.Typed, f(FieldOther, lang.FieldOtherName).input(m.Other, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80))),
				m.amountOf(m.Amount, m.Unit, m.Problems, keyOf(m.Product), node.Node{}),
				f(FieldReason, lang.FieldReasonName).chips("", radios(m.Base, FieldReason, diary.Reasons(), m.Reason)),
				field{Base: m.Base, name: FieldTime, label: lang.BackfillTime, hint: lang.BackfillTimeHint, problems: m.Problems}.input(m.Time, node.Type("time"), node.Key(m.Product))),
			node.Fieldset(node.Class("card lots"), node.ID(fieldID(FieldDay)), days.described(), node.Tabindex(-1), node.Legend(m.t(lang.BackfillDays)), m.p("hint", lang.BackfillDaysHint), days.bad(), list,
				node.If(m.More, m.button(ActBackfillMore, "quiet", lang.BackfillMore, node.ID("backfill-more"), iconPlus.draw("small")))),
			node.Div(node.Class("actions save"),
				node.Button(node.Type("submit"), node.Class("btn primary"), node.Span(m.n(lang.BackfillSave, ticked))),
				m.button(ActFormCancel, "quiet", lang.Cancel))))
}

// keyOf tells products apart, so that what the plan fills in is not kept from
// the product before.
func keyOf(product string) int {
	n := 0
	for i := range len(product) {
		n = (n*31 + int(product[i])) & 0xffffff
	}
	return n
}

func (m Backfill) day(d BackfillDay) node.Node {
	clock, given := fieldID(FieldDayTime+d.Key), fieldID(FieldDayMissed+d.Key)
	name := lang.Title(m.Lang.Day(m.Now, d.Date))
	state := node.Node{}
	switch {
	case len(d.Has) > 0:
		state = node.Small(node.Class("num"), iconCheck.draw("small"), m.t(lang.BackfillHas, "what", strings.Join(d.Has, "; ")))
	case d.Planned:
		state = node.Small(m.t(lang.BackfillPlanned))
	}
	row := node.Li(node.Class("day-row"), node.ID("row-"+d.Key),
		m.tick(FieldDay+d.Key, node.Group(node.Strong(node.Text(name)), state), d.On, node.Key(m.Product)))
	if !d.On {
		return row
	}
	f := field{Base: m.Base, name: FieldDayTime + d.Key, problems: m.Problems}
	return row.With(node.Div(node.Class("two"),
		node.Label(node.Class("vh"), node.For(clock), m.t(lang.BackfillTimeOf, "day", name)),
		node.Input(append(f.attrs(), node.Type("time"), node.Value(d.Time), node.Key(m.Product))...),
		node.Label(node.Class("vh"), node.For(given), m.t(lang.BackfillGivenOf, "day", name)),
		node.Select(node.ID(given), node.Name(FieldDayMissed+d.Key), node.Key(m.Product), option("", m.Lang.T(lang.BackfillGiven), d.Because),
			node.Each(diary.NotGivens(), func(w diary.NotGiven) node.Node {
				return option(w.Key(), m.Lang.T(lang.BackfillNotGiven, "why", m.Lang.Label(w.Key())), d.Because)
			}))), f.bad())
}

// dayOf is the day that a field of a back-filled day belongs to.
func dayOf(b Base, name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, FieldDayTime)
	if !ok || len(rest) < len(time.DateOnly) {
		return "", false
	}
	t, err := time.ParseInLocation(time.DateOnly, rest[:len(time.DateOnly)], b.Now.Location())
	return b.Lang.Day(b.Now, t), err == nil
}
