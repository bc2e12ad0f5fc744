package view

import (
	"strconv"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Record chooses what to record.
type Record struct {
	Frame
	Last *Entry // the last treatment, for "same again"
	Open []Entry
}

// LotField is one lot as typed.
type LotField struct{ Batch, Expiry, Packs string }

// A ProductGroup is the products of one group in the list to choose from.
type ProductGroup struct {
	Group    diary.Group
	Products []Choice
}

// TreatmentForm records or corrects a treatment. Values are as typed; those of
// lists are the diary's keys.
type TreatmentForm struct {
	Frame
	Entry    string // corrected entry; empty: a new one
	Products []ProductGroup
	Product  string       // diary.ProductID
	Typed    bool         // the product's name is typed
	Other    string       // that name
	Unit     diary.Unit   // of the product; 0: none chosen
	Sites    []diary.Site // those that fit the product
	Amount   string
	Lots     []LotField // at least one
	Date     string
	Time     string
	Reason   string
	Bleeds   []Choice // recent bleeds to link
	Bleed    string
	Site     string
	GivenBy  string
	Reaction string
	Note     string
	Why      string
	Again    bool // filled from the last treatment
	More     bool // details stand open
	Scans    int  // codes scanned so far: what they filled in is shown over what was typed
	Problems []Problem
}

// NoteForm records or corrects a note.
type NoteForm struct {
	Frame
	Entry    string
	Text     string
	Why      string
	Problems []Problem
}

// Node draws the screen.
func (m Record) Node() node.Node {
	choice := func(act string, i icon, title, text lang.Key, more ...node.Item) node.Node {
		items := []node.Item{node.ID("choose-" + act[len("record."):]), node.Type("button"), node.Class("choice"), node.Act(act)}
		items = append(items, more...)
		return node.Li(node.Button(append(items, node.Span(node.Class("entry-icon"), i.draw("")),
			node.Span(node.Strong(m.t(title)), node.Small(m.t(text))), iconNext.draw("small"))...))
	}
	var again node.Node
	if m.Last != nil && m.Last.Treatment != nil {
		again = node.Li(node.Button(node.ID("choose-again"), node.Type("button"), node.Class("choice"), node.Act(ActRecordAgain), node.Name(FieldEntry), node.Value(m.Last.ID),
			node.Span(node.Class("entry-icon"), iconAgain.draw("")),
			node.Span(node.Strong(m.t(lang.RecordAgain)), node.Small(node.Class("num"), node.Text(m.Last.Title(m.Lang)+", "+m.Lang.When(m.Now, m.Last.At)))),
			iconNext.draw("small")))
	}
	var open node.Node
	if len(m.Open) > 0 {
		open = node.Section(node.Class("recent"), node.Aria("labelledby", "open-bleeds"), node.H2(node.ID("open-bleeds"), m.t(lang.OpenBleedsTitle)),
			node.Each(m.Open, func(e Entry) node.Node { return m.openBleed(e).With(node.Class("card")) }))
	}
	return m.inside(page{"record", true, "narrow"},
		node.H1(m.t(lang.RecordTitle)),
		node.Ul(node.Class("choices-list"), again,
			choice(ActRecordTreatment, iconTreatment, lang.RecordTreatment, lang.RecordTreatmentText),
			choice(ActRecordBleed, iconBleed, lang.RecordBleed, lang.RecordBleedText),
			choice(ActRecordNote, iconNote, lang.RecordNote, lang.RecordNoteText)),
		open)
}

// why asks for the reason of a correction.
func (b Base) why(entry, why string, problems []Problem) node.Node {
	if entry == "" {
		return node.Node{}
	}
	f := field{Base: b, name: FieldWhy, label: lang.FieldWhyName, hint: lang.FieldWhyHint, problems: problems}
	return node.Div(node.Class("card"), carry(FieldEntry, entry), f.area(why, 2, node.Maxlength(500)))
}

// end is the row of buttons under a form.
func (b Base) end(entry string, save lang.Key) node.Node {
	if entry != "" {
		save = lang.CorrectSave
	}
	return node.Div(node.Class("actions save"), b.submit(save), b.button(ActFormCancel, "quiet", lang.Cancel))
}

// badIn tells whether one of the fields under details has a problem: then they open.
func badIn(problems []Problem, names ...string) bool {
	for _, p := range problems {
		for _, n := range names {
			if p.Field == n || strings.HasSuffix(n, ".") && strings.HasPrefix(p.Field, n) {
				return true
			}
		}
	}
	return false
}

// Node draws the screen.
func (m TreatmentForm) Node() node.Node {
	f := func(name string, label lang.Key) field {
		return field{Base: m.Base, name: name, label: label, problems: m.Problems}
	}
	optional := func(name string, label, hint lang.Key) field {
		return field{Base: m.Base, name: name, label: label, hint: hint, optional: true, problems: m.Problems}
	}
	title := lang.TreatmentTitle
	if m.Entry != "" {
		title = lang.TreatmentTitleFix
	}
	products := node.Group(option("", m.Lang.T(lang.FieldProductPick), m.Product),
		node.Each(m.Products, func(g ProductGroup) node.Node {
			return node.Group(node.Option(node.Disabled(true), node.Value("-"), node.Text(m.Lang.Label(g.Group.Key()))),
				node.Each(g.Products, func(c Choice) node.Node { return option(c.Value, c.Label, m.Product) }))
		}))
	var unit string
	if m.Unit != 0 {
		unit = m.Lang.Label(m.Unit.Key())
	}
	amount := f(FieldAmount, lang.FieldAmountName)
	amountBox := amount.around("amount", node.Div(node.Class("joined"),
		node.Input(append(amount.attrs(), append(exact("text", "decimal"), node.Class("num"), node.Value(m.Amount))...)...),
		node.If(unit != "", node.Span(node.Class("unit"), node.Text(unit)))))

	var linked node.Node
	if len(m.Bleeds) > 0 && (m.Reason == diary.ReasonBleed.Key() || m.Reason == diary.ReasonFollowUp.Key() || m.Bleed != "") {
		linked = f(FieldBleed, lang.FieldLinkedBleed).pick(node.Group(option("", m.Lang.T(lang.FieldLinkedNone), m.Bleed),
			node.Each(m.Bleeds, func(c Choice) node.Node { return option(c.Value, c.Label, m.Bleed) })))
	}
	more := m.More || badIn(m.Problems, FieldSite, FieldGivenBy, FieldReaction, FieldNote)
	return m.inside(page{"treatment." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		node.If(m.Again, node.P(node.Class("panel calm"), iconAgain.draw(""), node.Span(m.t(lang.TreatmentAgainNote)))),
		m.summary(m.Problems),
		form("treatment", ActTreatmentSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				f(FieldProduct, lang.FieldProductName).pick(products, node.Live(ActTreatmentShape)),
				node.If(m.Typed, f(FieldOther, lang.FieldOtherName).input(m.Other, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80))),
				amountBox,
				f(FieldReason, lang.FieldReasonName).chips("", radios(m.Base, FieldReason, diary.Reasons(), m.Reason), node.Live(ActTreatmentShape)),
				linked,
				m.moment(lang.FieldWhen, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false)),
			m.lots(),
			node.Details(node.ID("more"), node.Class("more card"), node.Open(more), node.Summary(m.t(lang.MoreDetails)),
				optional(FieldSite, lang.FieldSiteName, 0).pick(options(m.Base, m.Sites, m.Site)),
				optional(FieldGivenBy, lang.FieldByName, 0).chips("", radios(m.Base, FieldGivenBy, diary.Givens(), m.GivenBy)),
				optional(FieldReaction, lang.FieldReactionName, lang.FieldReactionHint).area(m.Reaction, 2),
				optional(FieldNote, lang.FieldNoteName, 0).area(m.Note, 3)),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.TreatmentSave)))
}

// lots are the batches used. Their fields' keys change with their number, so
// that taking one out moves what was typed in the others.
func (m TreatmentForm) lots() node.Node {
	lots := m.Lots
	if len(lots) == 0 {
		lots = []LotField{{}}
	}
	set := node.Fieldset(node.ID("lots"), node.Class("card lots"), node.Legend(m.t(lang.LotsName)),
		m.p("hint", lang.LotNumberHint))
	set = set.With(m.scanButton(ActScanLot, node.ID("scan-lot")))
	key := node.Key(strconv.Itoa(len(lots)) + "." + strconv.Itoa(m.Scans))
	for i, x := range lots {
		n := strconv.Itoa(i)
		no := []string{"n", strconv.Itoa(i + 1)}
		batch := field{Base: m.Base, name: FieldLot + n, label: lang.LotNumber, problems: m.Problems}
		if len(lots) > 1 {
			batch.label, batch.args = lang.LotName, no
		}
		expiry := field{Base: m.Base, name: FieldExpiry + n, label: lang.LotExpiry, problems: m.Problems}
		packs := field{Base: m.Base, name: FieldPacks + n, label: lang.LotVials, problems: m.Problems}
		row := node.Div(node.Class("lot"),
			batch.input(x.Batch, append(exact("text", "text"), key, node.Class("num"), node.Maxlength(32))...),
			expiry.input(x.Expiry, append(exact("text", "numeric"), key, node.Class("num"), node.Placeholder(m.Lang.T(lang.LotExpiryHint)), node.Maxlength(10))...),
			packs.input(x.Packs, append(exact("text", "numeric"), key, node.Class("num"), node.Maxlength(3))...))
		if len(lots) > 1 {
			row = row.With(node.Button(node.ID("lot-remove-"+n), node.Type("button"), node.Class("round"), node.Act(ActLotRemove), node.Name(FieldIndex), node.Value(n),
				iconClose.draw("small"), hidden(m.Lang.T(lang.LotRemove, no...))))
		}
		set = set.With(row)
	}
	return set.With(m.button(ActLotAdd, "quiet", lang.LotAdd, node.ID("lot-add"), iconPlus.draw("small")))
}

// Node draws the screen.
func (m NoteForm) Node() node.Node {
	title := lang.NoteTitle
	if m.Entry != "" {
		title = lang.NoteTitleFix
	}
	text := field{Base: m.Base, name: FieldText, label: lang.FieldNoteName, problems: m.Problems}
	return m.inside(page{"note." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		m.summary(m.Problems),
		form("note", ActNoteSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				text.area(m.Text, 6, node.Maxlength(diary.MaxNote))),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.NoteSave)))
}
