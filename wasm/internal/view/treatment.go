package view

import (
	"strconv"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// LotField is one lot as typed.
type LotField struct {
	Batch, Expiry, Packs string
	Strength             string // of one vial: a Value of TreatmentForm.Strengths, or empty
	PZN                  string // as scanned; it is not shown
}

// A ProductGroup is the products of one group in the list to choose from. The
// group 0 holds those that were used last.
type ProductGroup struct {
	Group    diary.Group
	Products []Choice
}

// An APCCHint tells that activated prothrombin complex meets emicizumab.
type APCCHint struct {
	Sum   string // U in 24 hours, in the user's spelling
	PerKg string // U/kg; empty: no weight is known
	Over  bool   // more than the label's limit
}

// TreatmentForm records or corrects a treatment. Values are as typed; those of
// lists are the diary's keys.
type TreatmentForm struct {
	Frame
	Entry     string // corrected entry; empty: a new one
	Products  []ProductGroup
	Product   string       // diary.ProductID
	Typed     bool         // the product's name is typed
	Other     string       // that name
	Unit      diary.Unit   // of the product; 0: none chosen
	Route     diary.Route  // likewise
	Sites     []diary.Site // those that fit the product
	LastSite  diary.Site   // of the last dose of the product, for rotation
	Strengths []Choice     // what a vial of the product can contain
	Amount    string
	Filled    int        // counts amounts that the lots have filled in
	Contents  string     // what the lots contain together; empty: not known
	Differs   bool       // from the amount
	Lots      []LotField // at least one
	Date      string
	Time      string
	Reason    string
	Bleeds    []Choice // recent bleeds to link
	Bleed     string
	Site      string
	GivenBy   string
	Reaction  string
	Note      string
	Missed    bool   // it was not given
	Because   string // why not: a diary.NotGiven's key
	APCC      *APCCHint
	Why       string
	Again     bool // filled from the last treatment
	More      bool // details stand open
	Scans     int  // codes scanned so far: what they filled in is shown over what was typed
	LotGuard       // what the stock says
	Problems  []Problem
}

// products are the options of a list of products.
func (b Base) products(groups []ProductGroup, chosen string) node.Node {
	return node.Group(option("", b.Lang.T(lang.FieldProductPick), chosen),
		node.Each(groups, func(g ProductGroup) node.Node {
			name := b.Lang.T(lang.ProductsUsed)
			if g.Group != 0 {
				name = b.Lang.Label(g.Group.Key())
			}
			return node.Group(node.Option(node.Disabled(true), node.Value("-"), node.Text(name)),
				node.Each(g.Products, func(c Choice) node.Node { return option(c.Value, c.Label, chosen) }))
		}))
}

// amountOf is the field of an amount with its unit.
func (b Base) amountOf(value string, unit diary.Unit, problems []Problem, key int, below node.Node) node.Node {
	f := field{Base: b, name: FieldAmount, label: lang.FieldAmountName, problems: problems}
	name := node.Node{}
	if unit != 0 {
		name = node.Span(node.Class("unit"), node.Text(b.Lang.Label(unit.Key())))
	}
	return f.around("amount", node.Div(node.Class("joined"),
		node.Input(append(f.attrs(), append(exact("text", "decimal"), node.Key(strconv.Itoa(key)), node.Class("num"), node.Value(value))...)...), name), below)
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
	var contents node.Node
	if m.Contents != "" && !m.Missed {
		k := lang.LotsContain
		if m.Differs {
			k = lang.LotsDiffer
		}
		contents = m.p("hint", k, "amount", m.Contents+nbsp+m.Lang.Label(m.Unit.Key()))
	}
	contents = node.Div(node.ID("contents"), node.Role("status"), contents)

	var linked node.Node
	if len(m.Bleeds) > 0 && (m.Reason == diary.ReasonBleed.Key() || m.Reason == diary.ReasonFollowUp.Key() || m.Bleed != "") {
		linked = f(FieldBleed, lang.FieldLinkedBleed).pick(node.Group(option("", m.Lang.T(lang.FieldLinkedNone), m.Bleed),
			node.Each(m.Bleeds, func(c Choice) node.Node { return option(c.Value, c.Label, m.Bleed) })))
	}
	site := optional(FieldSite, lang.FieldSiteName, 0)
	if m.LastSite != 0 {
		site.hint, site.hintArgs = lang.SiteLast, []string{"site", m.Lang.Label(m.LastSite.Key())}
	}
	where := site.pick(options(m.Base, m.Sites, m.Site))
	rotates := m.Route == diary.RouteSkin // the place changes from dose to dose, so it is asked for at once
	if m.Missed {
		where, rotates = node.Node{}, false
	}
	var missed node.Node
	if m.Missed {
		missed = f(FieldMissed, lang.MissedWhy).chips("", radios(m.Base, FieldMissed, diary.NotGivens(), m.Because))
	}
	more := m.More || badIn(m.Problems, FieldSite, FieldGivenBy, FieldReaction, FieldNote)
	return m.inside(page{"treatment." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		node.If(m.Again, node.P(node.Class("panel calm"), iconAgain.draw(""), node.Span(m.t(lang.TreatmentAgainNote)))),
		m.summary(m.Problems),
		form("treatment", ActTreatmentSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				f(FieldProduct, lang.FieldProductName).pick(m.products(m.Products, m.Product), node.Live(ActTreatmentShape)),
				node.If(m.Typed, f(FieldOther, lang.FieldOtherName).input(m.Other, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80))),
				m.tick(FieldWasMissed, m.t(lang.MissedTick), m.Missed),
				missed,
				m.amountOf(m.Amount, m.Unit, m.Problems, m.Filled, contents),
				f(FieldReason, lang.FieldReasonName).chips("", radios(m.Base, FieldReason, diary.Reasons(), m.Reason), node.Live(ActTreatmentShape)),
				linked,
				m.moment(lang.FieldWhen, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false),
				node.If(rotates, where)),
			node.Div(node.ID("apcc"), node.Role("status"), m.apcc(m.APCC)),
			node.If(!m.Missed, m.lots()),
			node.If(!m.Missed, m.refused(m.LotGuard)),
			node.Details(node.ID("more"), node.Class("more card"), node.Open(more), node.Summary(m.t(lang.MoreDetails)),
				node.If(!rotates, where),
				node.If(!m.Missed, optional(FieldGivenBy, lang.FieldByName, 0).chips("", radios(m.Base, FieldGivenBy, diary.Givens(), m.GivenBy))),
				node.If(!m.Missed, optional(FieldReaction, lang.FieldReactionName, lang.FieldReactionHint).area(m.Reaction, 2)),
				optional(FieldNote, lang.FieldNoteName, 0).area(m.Note, 3)),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.TreatmentSave)))
}

// tick is a line with a box to tick that changes the form.
func (b Base) tick(name string, label node.Node, on bool, more ...node.Item) node.Node {
	items := []node.Item{node.Type("checkbox"), node.ID(fieldID(name)), node.Name(name), node.Value("1"), node.Checked(on), node.Live(ActTreatmentShape)}
	return node.Label(node.Class("tick-line"), node.For(fieldID(name)), node.Input(append(items, more...)...), node.Span(label))
}

// apcc is what a person who uses emicizumab should know about aPCC. It says
// where that comes from, and holds nobody back.
func (b Base) apcc(h *APCCHint) node.Node {
	if h == nil {
		return node.Node{}
	}
	tone, title := "calm", lang.APCCTitle
	if h.Over {
		tone, title = "alarm", lang.APCCOver
	}
	sum := b.t(lang.APCCNoWeight, "sum", h.Sum)
	if h.PerKg != "" {
		sum = b.t(lang.APCCSum, "sum", h.Sum, "kg", h.PerKg)
	}
	return node.Div(node.Class("panel "+tone), iconAlert.draw(""),
		node.Div(node.P(node.Class("strong"), b.t(title)), node.P(node.Class("num"), sum), b.p("", lang.APCCText), b.p("sub", lang.APCCSource)))
}

// lots are the batches used. Their fields' keys change with their number, so
// that taking one out moves what was typed in the others.
func (m TreatmentForm) lots() node.Node {
	lots := m.Lots
	if len(lots) == 0 {
		lots = []LotField{{}}
	}
	set := node.Fieldset(node.ID("lots"), node.Class("card lots"), node.Legend(m.t(lang.LotsName)),
		m.p("hint", lang.LotNumberHint), m.scanButton(ActScanLot, node.ID("scan-lot")), m.offers(m.LotGuard))
	fresh := strconv.Itoa(len(lots)) + "." + strconv.Itoa(m.Scans)
	key := node.Key(fresh)
	for i, x := range lots {
		n := strconv.Itoa(i)
		no := []string{"n", strconv.Itoa(i + 1)}
		batch := field{Base: m.Base, name: FieldLot + n, label: lang.LotNumber, problems: m.Problems}
		if len(lots) > 1 {
			batch.label, batch.args = lang.LotName, no
		}
		expiry := field{Base: m.Base, name: FieldExpiry + n, label: lang.LotExpiry, problems: m.Problems}
		packs := field{Base: m.Base, name: FieldPacks + n, label: lang.LotVials, problems: m.Problems}
		strength := field{Base: m.Base, name: FieldStrength + n, label: lang.LotStrength, problems: m.Problems}
		row := node.Div(node.Class("lot"),
			batch.input(x.Batch, append(exact("text", "text"), key, node.Class("num"), node.Maxlength(32))...),
			expiry.input(x.Expiry, append(exact("text", "numeric"), key, node.Class("num"), node.Placeholder(m.Lang.T(lang.LotExpiryHint)), node.Maxlength(10))...),
			packs.input(x.Packs, append(exact("text", "numeric"), key, node.Class("num"), node.Maxlength(3))...),
			node.If(len(m.Strengths) > 0, strength.pick(node.Group(option("", m.Lang.T(lang.NotStated), x.Strength),
				node.Each(m.Strengths, func(c Choice) node.Node { return option(c.Value, c.Label, x.Strength) })), node.Key(m.Product+"."+fresh))),
			node.If(x.PZN != "", carry(FieldPZN+n, x.PZN)))
		if len(lots) > 1 {
			row = row.With(node.Button(node.ID("lot-remove-"+n), node.Type("button"), node.Class("round"), node.Act(ActLotRemove), node.Name(FieldIndex), node.Value(n),
				iconClose.draw("small"), hidden(m.Lang.T(lang.LotRemove, no...))))
		}
		set = set.With(row)
	}
	return set.With(m.button(ActLotAdd, "quiet", lang.LotAdd, node.ID("lot-add"), iconPlus.draw("small")))
}

// doseActs is what can be done about a dose that is due: give it, or say why not.
func (b Base) doseActs(d Due, i int) node.Node {
	if d.Plan == "" {
		return node.Node{}
	}
	n := strconv.Itoa(i)
	word, tone := lang.DoseGive, "primary block"
	if d.State == diary.DoseMissed {
		word, tone = lang.DoseGaveThen, "block"
	}
	give := b.button(ActDose, tone, word, append(with(FieldDose, d.Plan), node.ID("give-"+n))...)
	if d.Last != nil {
		give = node.Button(node.ID("give-"+n), node.Type("button"), node.Class("btn primary block again"), node.Act(ActRepeat), node.Name(FieldEntry), node.Value(d.Last.ID),
			iconCheck.draw(""), node.Span(node.Strong(b.t(lang.DoseGiven)), node.Small(node.Class("num"), node.Text(b.asLast(*d.Last)))))
	}
	return node.Group(give,
		node.Details(node.ID("not-given-"+n), node.Class("not-given"), node.Summary(b.t(lang.DoseNotGiven)),
			form("missed-"+n, ActMissed, carry(FieldDose, d.Plan),
				b.p("hint", lang.MissedWhy),
				node.Div(node.Class("chips"), node.Each(diary.NotGivens(), func(w diary.NotGiven) node.Node {
					return node.Button(node.Type("submit"), node.Class("btn"), node.Name(FieldMissed), node.Value(w.Key()), node.Text(b.Lang.Label(w.Key())))
				})))))
}

// asLast says in a line what "same as last time" records.
func (b Base) asLast(e Entry) string {
	s := e.Title(b.Lang)
	if lots := e.Treatment.batches(); lots != "" {
		s += ", " + b.Lang.T(lang.EntryLot, "lot", lots)
	}
	return s
}
