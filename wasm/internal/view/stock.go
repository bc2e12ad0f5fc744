package view

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/record"
)

// A StockLot is one lot at home.
type StockLot struct {
	Batch    string
	Expiry   diary.Date
	Strength string // "1.000 I.E."; empty: not known
	Vials    int
	Short    int // vials more used than received
	Late     int // vials that will expire unused
	First    bool
	Expired  bool
	Recalled bool
}

// A StockMove is one entry that changed the stock.
type StockMove struct {
	ID      string // the entry
	At      time.Time
	Kind    EntryKind
	Why     diary.Why // of what was taken out
	Change  int       // vials
	Left    int
	Assumed bool // no lot was named
}

// StockProduct is what there is of one product.
type StockProduct struct {
	ID      string // the value that its actions send
	Name    string
	Amount  string // "9.000 I.E." in usable vials; empty: not known
	Vials   int    // usable
	Next    diary.Date
	Planned bool
	Days    int       // of the plan
	Out     time.Time // day of the first dose that cannot be given; zero: in more than a year
	Doses   int
	Reserve string // "3.000 I.E." for a bleed; empty: none is planned
	Kept    bool   // there is enough for it
	Low     bool
	Unsized int // vials whose strength is not known
	Short   int
	Assumed int
	Lots    []StockLot
	Moves   []StockMove // newest first
	More    bool        // there are older ones
}

// A RecallWarning is a recall that concerns the person.
type RecallWarning struct {
	ID      string // the entry
	Product string
	Batches []string
	By      string // who said it; empty: somebody at home
	At      time.Time
	Note    string // what to do
	Held    []StockLot
	Used    []Linked
	Read    bool
	Phone   string // of the centre
}

// Stock is the stock at home.
type Stock struct {
	Frame
	Products []StockProduct
	Warnings []RecallWarning
	Ever     bool // something was received once
	Problems []Problem
}

// PackForm records packs that came, or corrects that. Values are as typed.
type PackForm struct {
	Frame
	Entry     string
	Products  []ProductGroup
	Product   string
	Typed     bool
	Other     string
	Unit      diary.Unit
	Strengths []Choice // of the product; empty: it is typed
	Strength  string
	Vials     string // in each pack
	PZN       string
	Lots      []LotField
	Date      string
	Time      string
	Note      string
	Why       string
	Scanned   int // single packs whose serial number was read
	Scans     int // codes scanned so far: what they filled in is shown over what was typed
	Problems  []Problem
}

// A ShelfRow is one lot in the forms for counting and taking out.
type ShelfRow struct {
	Lot   StockLot
	Value string // vials as typed
	New   bool   // a lot that the stock does not have: batch and expiry are typed
	Batch string
	Until string // expiry as typed
}

// ShelfForm counts what is there of a product, or takes some of it out.
type ShelfForm struct {
	Frame
	Entry    string
	Counting bool
	Product  string
	Rows     []ShelfRow
	Reason   string // why it is taken out
	Date     string
	Time     string
	Note     string
	Why      string // of the correction
	Problems []Problem
}

// RecallForm says that lots must not be used: a centre to its patients, or
// somebody at home who heard of it.
type RecallForm struct {
	Frame
	Entry    string
	Products []ProductGroup
	Product  string
	Typed    bool
	Other    string
	Lots     []LotField
	Note     string
	Why      string
	Earlier  []RecallRow // of the centre
	Problems []Problem
}

// A RecallRow is a recall that a centre has sent.
type RecallRow struct {
	ID      string // value of FieldRecall
	Product string
	Batches []string
	At      time.Time
	Sent    int // patients who got it
}

// A RecallHit is a patient who has or used recalled lots.
type RecallHit struct {
	PatientID string
	Pseudonym string
	CaseNote  string
	Held      []StockLot
	Doses     int         // that stand
	Sums      []string    // of them
	Used      []RecallUse // newest first
	More      int         // doses that are not listed
	First     time.Time   // the earliest of them
	Gone      bool        // the diary is not shared any more: known from the legal record
	Unread    bool        // it is still to be read
	Sent      bool        // has the recall, so that more can be said about it
	ReadAt    time.Time   // zero: not yet
	Told      bool        // somebody at the centre has written about it
	ToldRead  time.Time   // when that was read; zero: not yet
}

// A RecallUse is a dose from a recalled lot.
type RecallUse struct {
	At      time.Time
	Amount  string
	Batches []string
	State   record.State // of the dose in the legal record
}

// A RecallSending is something that is on its way to many patients.
type RecallSending struct {
	Done, Of int
	Failed   bool // this device cannot store it; it is tried again
}

// RecallPage is whom a recall concerns, and what became of it.
type RecallPage struct {
	Frame
	ID       string
	Product  string
	Batches  []string
	Note     string
	By       string
	At       time.Time
	Draft    bool // nothing was sent
	Patients int  // that it would be sent to
	Sent     int
	Sending  *RecallSending // nil: it is not under way
	Telling  *RecallSending // a message to those concerned
	Missing  int            // patients whose diary does not have it
	Unread   int            // diaries that are still being read
	Total    int            // patients concerned
	Hits     []RecallHit    // the first of them
	Reached  int            // of all, that have the recall
	Doses    int            // that stand, of all
	Sums     []string
	Holding  int // patients who have some at home
	Vials    int
	Text     string // of a message to all of them
	Problems []Problem
}

// A LotOffer is a lot of the stock that a treatment can use.
type LotOffer struct {
	Value string // value of FieldOffer
	Lot   StockLot
	Use   int // vials of it that the dose needs
}

// A LotRefusal says why a typed lot must not be used.
type LotRefusal struct {
	Batch    string
	Expired  diary.Date // zero: it has not
	Recalled time.Time  // zero: it was not
	By       string     // who said so; empty: somebody at home
}

// LotGuard is what the treatment's form knows of the stock.
type LotGuard struct {
	Offers   []LotOffer
	Refusals []LotRefusal
	Given    bool // "it was given all the same" is ticked
	Phone    string
}

// StockEntry is an entry about the stock: packs, what was taken out, a recall.
type StockEntry struct {
	Product  string
	Lots     []Lot // Packs counts packs or vials
	Vials    int   // in each pack
	Strength string
	PZN      []string
	Serials  int
	Why      diary.Why
}

var stockLabels = map[string]lang.Key{
	FieldPackStrength: lang.StockStrength, FieldVials: lang.StockVialsEach, FieldPackPZN: lang.StockPZN, FieldRemoval: lang.StockWhyOut, FieldGivenAnyway: lang.LotGivenAnyway,
}

func (e StockEntry) batches() string {
	var out []string
	for _, x := range e.Lots {
		out = append(out, x.Batch)
	}
	return strings.Join(out, ", ")
}

// stockFacts are the facts of an entry about the stock.
func (f Frame) stockFacts(kind EntryKind, s StockEntry) node.Node {
	l := f.Lang
	list := []node.Node{f.fact(lang.FieldProductName, node.Text(s.Product))}
	count := lang.PacksCount
	if kind != KindPack {
		count = lang.VialsCount
	}
	list = append(list, f.fact(lang.FactLots, node.Each(s.Lots, func(x Lot) node.Node {
		text := x.Batch
		if !x.Expiry.IsZero() {
			text += ", " + l.T(lang.FactExpiry, "date", l.Month(int(x.Expiry.Year), int(x.Expiry.Month), int(x.Expiry.Day)))
		}
		switch {
		case kind == KindRecall:
		case kind == KindRemoval && x.Packs == 0 && s.Why != diary.WhyCounted:
			text += ": " + l.T(lang.StockAllOfIt)
		default:
			text += ": " + l.N(count, x.Packs)
		}
		return node.P(node.Class("num"), node.Text(text))
	})))
	if kind == KindRemoval {
		list = append(list, f.fact(lang.StockWhyOut, node.Text(l.Label(s.Why.Key()))))
	}
	if s.Vials > 1 {
		list = append(list, f.fact(lang.StockVialsEach, node.Class("num"), node.Text(l.Int(s.Vials))))
	}
	if s.Strength != "" {
		list = append(list, f.fact(lang.StockStrength, node.Class("num"), node.Text(s.Strength)))
	}
	if len(s.PZN) > 0 {
		list = append(list, f.fact(lang.StockPZN, node.Class("num"), node.Text(strings.Join(s.PZN, ", "))))
	}
	if s.Serials > 0 {
		list = append(list, f.fact(lang.StockScanned, node.Text(l.N(lang.PacksCount, s.Serials))))
	}
	return node.Group(list...)
}

func (b Base) expiry(d diary.Date) string {
	if d.IsZero() {
		return b.Lang.T(lang.StockNoExpiry)
	}
	return b.Lang.T(lang.FactExpiry, "date", b.Lang.Month(int(d.Year), int(d.Month), int(d.Day)))
}

// lotState are the badges of a lot, in words.
func (b Base) lotState(x StockLot) node.Node {
	out := node.Span(node.Class("badges wrap"))
	if x.Recalled {
		out = out.With(badge("alarm", b.t(lang.LotRecalled)))
	}
	if x.Expired {
		out = out.With(badge("alarm", b.t(lang.LotExpired)))
	}
	if x.First {
		out = out.With(badge("accent", b.t(lang.LotFirst)))
	}
	if x.Late > 0 {
		out = out.With(badge("", b.n(lang.LotLate, x.Late)))
	}
	if x.Short > 0 {
		out = out.With(badge("", b.n(lang.LotShort, x.Short)))
	}
	if len(out.Children()) == 0 {
		return node.Node{}
	}
	return out
}

// lasts says how long a product lasts: a large word and a sentence.
func (b Base) lasts(p StockProduct) (node.Node, node.Node) {
	l := b.Lang
	switch {
	case !p.Planned && p.Reserve != "" && p.Kept:
		return b.t(lang.StockForBleed), b.t(lang.StockReserve, "amount", p.Reserve)
	case !p.Planned && p.Reserve != "":
		return b.t(lang.StockNotForBleed), b.t(lang.StockReserve, "amount", p.Reserve)
	case !p.Planned:
		return b.n(lang.VialsCount, p.Vials), b.t(lang.StockNoPlan)
	case p.Out.IsZero():
		return b.t(lang.StockYear), b.t(lang.StockYearText)
	case p.Doses == 0 && p.Vials > 0 && p.Reserve != "":
		return b.n(lang.StockDays, p.Days), b.t(lang.StockOnlyReserve, "amount", p.Reserve)
	case p.Doses == 0:
		return b.n(lang.StockDays, p.Days), b.t(lang.StockNoDose, "day", l.Day(b.Now, p.Out))
	}
	return b.n(lang.StockDays, p.Days), b.n(lang.StockDoses, p.Doses, "day", l.Day(b.Now, p.Out))
}

// product is one product of the stock.
func (m Stock) product(i int, p StockProduct) node.Node {
	n := strconv.Itoa(i)
	title := "stock-" + n
	send := func(id string) []node.Item { return append(with(FieldStock, p.ID), node.ID(id+"-"+n)) }
	big, text := m.lasts(p)
	card := node.Section(node.Class("card stock"), node.Aria("labelledby", title),
		node.Div(node.Class("head"), node.H2(node.ID(title), node.Text(p.Name)), node.If(p.Low, badge("alarm", iconAlert.draw("small"), m.t(lang.StockLow)))),
		node.P(node.Class("lasts"), node.Strong(big)),
		node.P(node.Class("sub"), text))
	if p.Low && p.Planned {
		card = card.With(m.p("strong", lang.StockLowText))
	}
	if p.Planned && p.Reserve != "" && p.Doses > 0 {
		card = card.With(m.p("sub", lang.StockReserveKept, "amount", p.Reserve))
	}
	usable := m.n(lang.VialsCount, p.Vials)
	if p.Amount != "" && p.Vials > 0 {
		usable = node.Group(node.Text(p.Amount+" · "), usable)
	}
	facts := node.Dl(node.Class("facts"), m.fact(lang.StockUsable, node.Class("num"), usable))
	if !p.Next.IsZero() {
		facts = facts.With(m.fact(lang.StockNext, node.Class("num"), node.Text(m.Lang.Month(int(p.Next.Year), int(p.Next.Month), int(p.Next.Day)))))
	}
	card = card.With(facts)
	if p.Unsized > 0 {
		card = card.With(m.p("sub", lang.StockUnsized))
	}
	if p.Short > 0 {
		card = card.With(node.Div(node.Class("panel calm"), iconAlert.draw(""), node.Div(
			node.P(node.Class("strong"), m.n(lang.StockShort, p.Short)),
			m.p("", lang.StockShortText),
			m.button(ActStockCount, "", lang.StockCountDo, send("short-count")...))))
	}
	if len(p.Lots) > 0 {
		list := node.Ul(node.Class("shelf"), node.Aria("label", m.Lang.T(lang.FactLots)))
		for k, x := range p.Lots {
			list = list.With(m.lot(p, n, strconv.Itoa(k), x))
		}
		card = card.With(list)
	}
	do := node.Div(node.Class("actions"), m.button(ActStockCount, "", lang.StockCountDo, send("count")...))
	if slices.ContainsFunc(p.Lots, func(x StockLot) bool { return x.Vials > 0 }) {
		do = do.With(m.button(ActStockOut, "", lang.StockOutDo, send("out")...))
	}
	card = card.With(do)
	if len(p.Moves) > 0 {
		card = card.With(m.moves(n, p))
	}
	return card
}

func (m Stock) lot(p StockProduct, n, k string, x StockLot) node.Node {
	what := m.Lang.N(lang.VialsCount, x.Vials)
	if x.Strength != "" {
		what += " · " + x.Strength
	}
	item := node.Li(node.Div(node.Class("shelf-lot"),
		node.P(node.Span(node.Class("strong num"), node.Text(x.Batch)), node.Text(" "), node.Span(node.Class("sub num"), node.Text(m.expiry(x.Expiry)))),
		node.P(node.Class("num"), node.Text(what)),
		m.lotState(x)))
	if x.Vials > 0 && (x.Expired || x.Recalled) {
		item = item.With(m.button(ActStockOut, "", lang.LotAside, append(with(FieldStock, p.ID+"\n"+x.Batch), node.ID("aside-"+n+"-"+k))...).With(hidden(": " + x.Batch)))
	}
	return item
}

// moves are what went in and out, as a table.
func (m Stock) moves(n string, p StockProduct) node.Node {
	th := func(k lang.Key) node.Node { return node.Th(node.Scope("col"), m.t(k)) }
	body := node.Tbody()
	for _, x := range p.Moves {
		what := m.Lang.T(x.Kind.name())
		if x.Why != 0 {
			what = m.Lang.Label(x.Why.Key())
		}
		change := m.Lang.Int(x.Change)
		if x.Change > 0 {
			change = "+" + change
		}
		row := node.Tr(node.Th(node.Scope("row"), node.Button(node.Type("button"), node.Class("link"), node.Act(ActEntryOpen), node.Name(FieldEntry), node.Value(x.ID), node.Text(what)),
			node.Small(node.Class("sub"), node.Text(" "+m.Lang.When(m.Now, x.At))),
			node.If(x.Assumed, node.Small(node.Class("sub"), node.Text(" "), m.t(lang.StockAssumed)))),
			node.Td(node.Class("num"), node.Text(change)), node.Td(node.Class("num"), node.Text(m.Lang.Int(x.Left))))
		body = body.With(row)
	}
	return node.Details(node.ID("moves-"+n), node.Class("more"), node.Summary(m.t(lang.StockHistory)),
		node.Table(node.Class("plain moves"), node.Caption(node.Class("vh"), node.Text(m.Lang.T(lang.StockHistory)+": "+p.Name)),
			node.Thead(node.Tr(th(lang.StockMove), th(lang.StockChange), th(lang.StockLeft))), body),
		node.If(p.More, m.p("sub", lang.StockHistoryMore)),
		node.If(p.Assumed > 0, node.P(node.Class("sub"), m.n(lang.StockAssumedSum, p.Assumed))))
}

// Node draws the screen.
func (m Stock) Node() node.Node {
	in := m.button(ActPackIn, "primary", lang.StockIn, node.ID("pack-in"), iconPlus.draw(""))
	heard := m.button(ActRecallHeard, "quiet", lang.StockHeard, node.ID("recall-heard"))
	items := []node.Item{
		node.Div(node.Class("head"), node.H1(m.t(lang.StockTitle)), node.If(m.Ever, in)),
		m.summary(m.Problems), m.recalls(m.Warnings)}
	if len(m.Products) == 0 {
		text := lang.StockEmptyText
		if m.Ever {
			text = lang.StockUsedUp
		}
		empty := m.empty(iconVial, lang.StockEmptyTitle, text)
		if !m.Ever {
			empty = m.empty(iconVial, lang.StockEmptyTitle, text, in)
		}
		items = append(items, node.Div(node.Class("card"), empty))
	}
	for i, p := range m.Products {
		items = append(items, m.product(i, p))
	}
	return m.inside(page{"stock", true, "medium"}, append(items,
		node.Details(node.ID("stock-how"), node.Class("more card"), node.Summary(m.t(lang.StockHow)),
			m.p("sub", lang.StockHow1), m.p("sub", lang.StockHow2), m.p("sub", lang.StockHow3), m.p("sub", lang.StockHow4)),
		heard)...)
}

// recalls are the alarms about recalled lots.
func (f Frame) recalls(list []RecallWarning) node.Node {
	return node.Each(list, func(w RecallWarning) node.Node {
		l := f.Lang
		who := f.t(lang.RecallByHome, "when", l.Day(f.Now, w.At))
		if w.By != "" {
			who = f.t(lang.RecallBy, "who", w.By, "when", l.Day(f.Now, w.At))
		}
		id := "recall-" + w.ID
		box := node.Div(node.P(node.Class("strong"), f.t(lang.RecallAlarm, "product", w.Product, "lots", strings.Join(w.Batches, ", "))), node.P(who))
		if w.Note != "" {
			box = box.With(node.P(node.Class("lines"), node.Text(w.Note)))
		}
		if len(w.Held) > 0 {
			n := 0
			for _, x := range w.Held {
				n += x.Vials
			}
			box = box.With(node.P(f.n(lang.RecallHeld, n)))
		}
		if len(w.Used) > 0 {
			box = box.With(f.p("", lang.RecallUsed), node.Ul(node.Each(w.Used, func(u Linked) node.Node { return node.Li(f.link(u.ID, u.Title)) })))
		}
		do := node.Div(node.Class("actions"))
		if len(w.Held) > 0 {
			do = do.With(f.button(ActRecallAside, "alarm", lang.RecallAside, append(with(FieldEntry, w.ID), node.ID(id+"-aside"))...))
		}
		if !w.Read {
			do = do.With(f.button(ActRecallRead, "", lang.RecallRead, append(with(FieldEntry, w.ID), node.ID(id+"-read"))...))
		}
		if w.Phone != "" {
			do = do.With(node.A(node.Class("btn"), node.Tel(w.Phone), iconPhone.draw(""), node.Span(f.t(lang.RedCentre))))
		}
		return node.Div(node.ID(id), node.Class("panel alarm"), node.Role("alert"), iconAlert.draw(""), box.With(do))
	})
}

// stock is the card on the first screen: how long it lasts, and what is low.
func (m Today) stock() node.Node {
	if len(m.Stock) == 0 {
		return node.Node{}
	}
	card := node.Section(node.Class("card stock-card"), node.Aria("labelledby", "stock"), node.H2(node.ID("stock"), m.t(lang.StockTitle)))
	for _, p := range m.Stock {
		big, text := m.lasts(p)
		row := node.Div(node.Class("dose"), node.P(node.Class("dose-what"), node.Text(p.Name+": "), node.Span(node.Class("num"), big)))
		if p.Low {
			row = row.With(node.P(badge("alarm", iconAlert.draw("small"), m.t(lang.StockLow))))
		}
		row = row.With(node.P(node.Class("sub"), text))
		if p.Short > 0 {
			row = row.With(node.P(node.Class("sub"), m.n(lang.StockShort, p.Short)))
		}
		card = card.With(row)
	}
	return card.With(m.button(ActStock, "quiet", lang.StockOpen, node.ID("go-stock")))
}

// stock is the line on a patient's page at the centre.
func (m PatientPage) stock() node.Node {
	if len(m.Stock) == 0 {
		return node.Node{}
	}
	return node.Section(node.Class("card stock-card"), node.Aria("labelledby", "stock"), node.H2(node.ID("stock"), m.t(lang.StockTitle)),
		node.Ul(node.Each(m.Stock, func(p StockProduct) node.Node {
			big, _ := m.lasts(p)
			line := node.Li(node.Strong(node.Text(p.Name)), node.Text(": "), node.Span(node.Class("num"), m.n(lang.StockUsableVials, p.Vials)))
			if p.Amount != "" && p.Vials > 0 {
				line = line.With(node.Text(", "), node.Span(node.Class("num"), node.Text(p.Amount)))
			}
			if p.Planned || p.Reserve != "" {
				line = line.With(node.Text(", "), node.Span(node.Class("num"), big))
			}
			if p.Low {
				line = line.With(node.Text(" "), badge("alarm", m.t(lang.StockLow)))
			}
			if p.Short > 0 {
				line = line.With(node.Text(" "), badge("", m.n(lang.LotShort, p.Short)))
			}
			return line
		})))
}

// productFields are the choice of a product and, where it is needed, its name.
func (b Base) productFields(groups []ProductGroup, product, other string, typed bool, problems []Problem, more ...node.Item) node.Node {
	list := node.Group(option("", b.Lang.T(lang.FieldProductPick), product),
		node.Each(groups, func(g ProductGroup) node.Node {
			return node.Group(node.Option(node.Disabled(true), node.Value("-"), node.Text(b.Lang.Label(g.Group.Key()))),
				node.Each(g.Products, func(c Choice) node.Node { return option(c.Value, c.Label, product) }))
		}))
	var named node.Node
	if typed {
		name := field{Base: b, name: FieldOther, label: lang.FieldOtherName, problems: problems}
		named = name.input(other, node.Type("text"), node.Autocomplete("off"), node.Maxlength(80))
	}
	return node.Group(field{Base: b, name: FieldProduct, label: lang.FieldProductName, problems: problems}.pick(list, more...), named)
}

// lotRows are lots as they are typed. Their keys change with their number.
func (b Base) lotRows(lots []LotField, packs, hint lang.Key, scans int, problems []Problem) node.Node {
	set := node.Fieldset(node.ID("lots"), node.Class("card lots"), node.Legend(b.t(lang.FactLots)), b.p("hint", hint))
	key := node.Key(strconv.Itoa(len(lots)) + "." + strconv.Itoa(scans))
	for i, x := range lots {
		n := strconv.Itoa(i)
		no := []string{"n", strconv.Itoa(i + 1)}
		batch := field{Base: b, name: FieldLot + n, label: lang.LotNumber, problems: problems}
		if len(lots) > 1 {
			batch.label, batch.args = lang.LotName, no
		}
		row := node.Div(node.Class("lot"),
			batch.input(x.Batch, append(exact("text", "text"), key, node.Class("num"), node.Maxlength(32))...),
			field{Base: b, name: FieldExpiry + n, label: lang.LotExpiry, problems: problems}.input(x.Expiry,
				append(exact("text", "numeric"), key, node.Class("num"), node.Placeholder(b.Lang.T(lang.LotExpiryHint)), node.Maxlength(10))...))
		if packs != 0 {
			row = row.With(field{Base: b, name: FieldPacks + n, label: packs, problems: problems}.input(x.Packs,
				append(exact("text", "numeric"), key, node.Class("num"), node.Maxlength(3))...))
		}
		if len(lots) > 1 {
			row = row.With(node.Button(node.ID("lot-remove-"+n), node.Type("button"), node.Class("round"), node.Act(ActLotRemove), node.Name(FieldIndex), node.Value(n),
				iconClose.draw("small"), hidden(b.Lang.T(lang.LotRemove, no...))))
		}
		set = set.With(row)
	}
	return set.With(b.button(ActLotAdd, "quiet", lang.LotAdd, node.ID("lot-add"), iconPlus.draw("small")))
}

// Node draws the screen.
func (m PackForm) Node() node.Node {
	title := lang.PackTitle
	if m.Entry != "" {
		title = lang.PackTitleFix
	}
	unit := ""
	if m.Unit != 0 {
		unit = m.Lang.Label(m.Unit.Key())
	}
	strength := field{Base: m.Base, name: FieldPackStrength, label: lang.StockStrength, hint: lang.StockStrengthHint, problems: m.Problems}
	var strengthBox node.Node
	if len(m.Strengths) > 0 {
		strengthBox = strength.pick(node.Group(option("", m.Lang.T(lang.FieldProductPick), m.Strength),
			node.Each(m.Strengths, func(c Choice) node.Node { return option(c.Value, c.Label, m.Strength) })))
	} else if m.Product != "" {
		strengthBox = strength.around("amount", node.Div(node.Class("joined"),
			node.Input(append(strength.attrs(), append(exact("text", "decimal"), node.Class("num"), node.Value(m.Strength))...)...),
			node.If(unit != "", node.Span(node.Class("unit"), node.Text(unit)))))
	}
	number := func(name string, label, hint lang.Key, value string, most int) node.Node {
		return field{Base: m.Base, name: name, label: label, hint: hint, optional: true, problems: m.Problems}.input(value,
			append(exact("text", "numeric"), node.Class("num"), node.Maxlength(most))...)
	}
	var scanned node.Node
	if m.Scanned > 0 {
		scanned = node.P(node.Class("panel calm"), iconCheck.draw(""), node.Span(m.n(lang.PackScanned, m.Scanned)))
	}
	return m.inside(page{"pack." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		m.summary(m.Problems),
		m.button(ActPackScan, "block", lang.PackScan, node.ID("pack-scan"), iconScan.draw("")), scanned,
		form("pack", ActPackSave, node.Live(ActDraft),
			node.Div(node.Class("card"),
				m.productFields(m.Products, m.Product, m.Other, m.Typed, m.Problems, node.Live(ActTreatmentShape)),
				strengthBox),
			m.lotRows(m.Lots, lang.StockPacks, lang.LotNumberHint, m.Scans, m.Problems),
			node.Div(node.Class("card"),
				number(FieldVials, lang.StockVialsEach, lang.StockVialsEachHint, m.Vials, 3),
				m.moment(lang.StockReceived, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false)),
			node.Details(node.ID("more"), node.Class("more card"), node.Open(badIn(m.Problems, FieldPackPZN, FieldNote)), node.Summary(m.t(lang.MoreDetails)),
				number(FieldPackPZN, lang.StockPZN, lang.StockPZNHint, m.PZN, 12),
				field{Base: m.Base, name: FieldNote, label: lang.FieldNoteName, optional: true, problems: m.Problems}.area(m.Note, 3)),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, lang.PackSave)))
}

// Node draws the screen.
func (m ShelfForm) Node() node.Node {
	title, lead, each, save := lang.OutTitle, lang.OutLead, lang.OutVials, lang.OutSave
	if m.Counting {
		title, lead, each, save = lang.CountTitle, lang.CountLead, lang.CountVials, lang.CountSave
	}
	set := node.Fieldset(node.ID("lots"), node.Class("card lots"), node.Legend(node.Text(m.Product)), m.p("hint", lead))
	key := node.Key(strconv.Itoa(len(m.Rows)))
	for i, r := range m.Rows {
		n := strconv.Itoa(i)
		vials := field{Base: m.Base, name: FieldPacks + n, label: each, args: []string{"lot", r.Lot.Batch}, problems: m.Problems}
		if r.New {
			vials.label = lang.LotVials
			set = set.With(node.Div(node.Class("lot"),
				field{Base: m.Base, name: FieldLot + n, label: lang.LotNumber, problems: m.Problems}.input(r.Batch, append(exact("text", "text"), key, node.Class("num"), node.Maxlength(32))...),
				field{Base: m.Base, name: FieldExpiry + n, label: lang.LotExpiry, problems: m.Problems}.input(r.Until, append(exact("text", "numeric"), key, node.Class("num"), node.Placeholder(m.Lang.T(lang.LotExpiryHint)), node.Maxlength(10))...),
				vials.input(r.Value, append(exact("text", "numeric"), key, node.Class("num"), node.Maxlength(4))...)))
			continue
		}
		what := m.Lang.T(lang.ShelfThere, "vials", m.Lang.N(lang.VialsCount, r.Lot.Vials)) + " · " + m.expiry(r.Lot.Expiry)
		if r.Lot.Strength != "" {
			what += " · " + r.Lot.Strength
		}
		set = set.With(node.Div(node.Class("shelf-row"),
			vials.input(r.Value, append(exact("text", "numeric"), key, node.Class("num"), node.Maxlength(4))...),
			node.P(node.Class("sub num"), node.Text(what)), m.lotState(r.Lot)))
	}
	if m.Counting {
		set = set.With(m.button(ActLotAdd, "quiet", lang.CountAdd, node.ID("lot-add"), iconPlus.draw("small")))
	}
	kind := "out"
	var why node.Node
	if m.Counting {
		kind = "count"
	} else {
		whys := diary.Whys()
		why = field{Base: m.Base, name: FieldRemoval, label: lang.StockWhyOut, problems: m.Problems}.chips("", radios(m.Base, FieldRemoval, whys[:len(whys)-1], m.Reason))
	}
	return m.inside(page{kind + "." + m.Entry, true, "narrow"},
		node.H1(m.t(title)),
		m.summary(m.Problems),
		form("shelf", ActShelfSave, node.Live(ActDraft),
			set,
			node.Div(node.Class("card"), why,
				m.moment(lang.FieldWhen, 0, FieldDate, m.Date, FieldTime, m.Time, m.Problems, false),
				field{Base: m.Base, name: FieldNote, label: lang.FieldNoteName, optional: true, problems: m.Problems}.area(m.Note, 2)),
			m.why(m.Entry, m.Why, m.Problems),
			m.end(m.Entry, save)))
}

// Node draws the screen.
func (m RecallForm) Node() node.Node {
	title, lead, save := lang.RecallHeardTitle, lang.RecallHeardLead, node.Group(m.end(m.Entry, lang.RecallHeardSave))
	if m.Entry != "" {
		title = lang.RecallTitleFix
	}
	if m.Role == Centre {
		title, lead = lang.RecallTitle, lang.RecallLead
		save = node.Div(node.Class("actions save"), m.submit(lang.RecallLook), m.button(ActFormCancel, "quiet", lang.Cancel))
	}
	note := field{Base: m.Base, name: FieldNote, label: lang.RecallNote, hint: lang.RecallNoteHint, optional: true, problems: m.Problems}
	items := []node.Item{node.H1(m.t(title)), m.p("lead", lead), m.summary(m.Problems),
		form("recall", ActRecallSave, node.Live(ActDraft),
			node.Div(node.Class("card"), m.productFields(m.Products, m.Product, m.Other, m.Typed, m.Problems, node.Live(ActTreatmentShape))),
			m.lotRows(m.Lots, 0, lang.RecallLotsHint, 0, m.Problems),
			node.Div(node.Class("card"), note.area(m.Note, 3)),
			m.why(m.Entry, m.Why, m.Problems),
			save)}
	if len(m.Earlier) > 0 {
		list := node.Ul(node.Class("entries"))
		for i, r := range m.Earlier {
			list = list.With(node.Li(node.Class("entry"), node.Button(node.ID("recalled-"+strconv.Itoa(i)), node.Type("button"), node.Class("entry-open"), node.Act(ActRecallOpen), node.Name(FieldRecall), node.Value(r.ID),
				node.Span(node.Class("entry-icon"), iconAlert.draw("")),
				node.Span(node.Class("entry-main"), node.Span(node.Class("entry-title"), node.Text(r.Product+" "+strings.Join(r.Batches, ", ")))),
				node.Span(node.Class("entry-side"), node.Span(node.Class("num"), node.Text(m.Lang.Day(m.Now, r.At)))),
				node.Span(node.Class("entry-sub"), m.n(lang.RecallSent, r.Sent)))))
		}
		items = append(items, node.Section(node.Class("recent"), node.Aria("labelledby", "recalled"), node.H2(node.ID("recalled"), m.t(lang.RecallEarlier)), list))
	}
	return m.inside(page{"recall." + m.Entry, true, "narrow"}, items...)
}

// Node draws the screen.
func (m RecallPage) Node() node.Node {
	lots := []string{"product", m.Product, "lots", strings.Join(m.Batches, ", ")}
	items := []node.Item{node.If(m.Draft, node.H1(m.t(lang.RecallWhoHas, lots...))), node.If(!m.Draft, node.H1(m.t(lang.RecallOf, lots...)))}
	if !m.Draft {
		who := m.Lang.T(lang.RecallByHome, "when", m.Lang.Day(m.Now, m.At))
		if m.By != "" {
			who = m.Lang.T(lang.RecallBy, "who", m.By, "when", m.Lang.Day(m.Now, m.At))
		}
		items = append(items, node.P(node.Class("sub"), node.Text(who)))
	}
	items = append(items, m.summary(m.Problems), node.If(m.Note != "", node.P(node.Class("lines"), node.Text(m.Note))), m.sending())
	if m.Unread > 0 {
		items = append(items, node.P(node.ID("recall-unread"), node.Class("panel calm"), node.Role("status"), iconClock.draw(""), node.Span(m.n(lang.RecallReading, m.Unread))))
	}
	items = append(items, node.H2(m.n(lang.RecallFound, m.Total)))
	if m.Total == 0 {
		items = append(items, m.p("sub", lang.RecallNobody))
	} else {
		items = append(items, m.recallSums(), m.recallTable())
		if m.Total > len(m.Hits) {
			items = append(items, m.button(ActDiaryMore, "block", lang.ShowMoreRows, node.ID("recall-rows")))
		}
		if m.Reached > 0 {
			text := field{Base: m.Base, name: FieldText, label: lang.RecallTellLabel, problems: m.Problems}
			items = append(items, node.Section(node.Class("card"), node.Aria("labelledby", "recall-tell-title"), node.H2(node.ID("recall-tell-title"), m.t(lang.RecallTell)), m.p("sub", lang.RecallTellText),
				form("recall-tell", ActRecallTell, carry(FieldRecall, m.ID), text.area(m.Text, 3), node.Div(node.Class("actions"), m.submit(lang.RecallTellDo)))))
		}
	}
	if !m.Draft {
		why := field{Base: m.Base, name: FieldWhy, label: lang.RetractWhy, hint: lang.RetractWhyHint, problems: m.Problems}
		items = append(items, node.Details(node.ID("recall-undo"), node.Class("more card"), node.Open(badIn(m.Problems, FieldWhy)), node.Summary(m.t(lang.RecallUndo)),
			m.p("sub", lang.RecallUndoText),
			form("recall-back", ActRecallUndo, carry(FieldRecall, m.ID), why.area("", 2, node.Maxlength(500)),
				node.Div(node.Class("actions"), m.submit(lang.RecallUndo)))))
	}
	return m.inside(page{"recalled", true, "wide"}, items...)
}

// sending says how far the warning is, and offers to send it.
func (m RecallPage) sending() node.Node {
	id := func(name string, more ...node.Item) []node.Item {
		return append(append(with(FieldRecall, m.ID), node.ID(name)), more...)
	}
	var out []node.Node
	way := func(name string, s *RecallSending, k lang.Key) {
		class, icon, text := "panel calm", iconClock, m.t(k, "done", m.Lang.Int(s.Done), "of", m.Lang.Int(s.Of))
		if s.Failed {
			class, icon, text = "panel alarm", iconAlert, m.t(lang.RecallStuck)
		}
		out = append(out, node.P(node.ID(name), node.Tabindex(-1), node.Class(class), node.Role("status"), icon.draw(""), node.Span(text)))
	}
	switch {
	case m.Sending != nil:
		way("recall-state", m.Sending, lang.RecallSending)
	case m.Draft:
		out = append(out, node.Div(node.Class("card"), m.p("", lang.RecallDraft), node.Div(node.Class("actions"),
			node.Button(append([]node.Item{node.Type("button"), node.Class("btn primary"), node.Act(ActRecallMore)}, id("recall-send", node.Span(m.n(lang.RecallSend, m.Patients)))...)...),
			m.button(ActBack, "quiet", lang.RecallChange, node.ID("recall-change")))))
	default:
		out = append(out, node.P(node.ID("recall-state"), node.Tabindex(-1), node.Class("panel good"), node.Role("status"), iconCheck.draw(""), node.Span(m.n(lang.RecallSent, m.Sent))))
	}
	if m.Missing > 0 && !m.Draft {
		out = append(out, node.Div(node.Class("panel calm"), iconAlert.draw(""), node.Div(node.P(m.n(lang.RecallMissing, m.Missing)),
			m.button(ActRecallMore, "", lang.RecallMoreDo, id("recall-more")...))))
	}
	if m.Telling != nil {
		way("recall-telling", m.Telling, lang.RecallTelling)
	}
	return node.Group(out...)
}

// recallSums is what was used, and what is at home, of all patients.
func (m RecallPage) recallSums() node.Node {
	l := m.Lang
	var parts []string
	if m.Doses > 0 {
		parts = append(parts, l.T(lang.RecallUsedAll, "doses", l.N(lang.RecallDoses, m.Doses), "amount", strings.Join(m.Sums, ", ")))
	}
	if m.Holding > 0 {
		parts = append(parts, l.T(lang.RecallHeldAll, "vials", l.N(lang.VialsCount, m.Vials), "patients", l.N(lang.PatientsCount, m.Holding)))
	}
	return node.P(node.ID("recall-sums"), node.Class("count"), node.Text(strings.Join(parts, " ")))
}

func (m RecallPage) recallTable() node.Node {
	l := m.Lang
	keys := []lang.Key{lang.ColPatient, lang.RecallColHeld, lang.RecallColUsed}
	if !m.Draft {
		keys = append(keys, lang.RecallColRead, lang.RecallColTold)
	}
	w, head := m.wide(keys...)
	body := w.tbody()
	for _, h := range m.Hits {
		held := node.Group(node.Each(h.Held, func(x StockLot) node.Node {
			return node.P(node.Class("num"), node.Text(x.Batch+": "+l.N(lang.VialsCount, x.Vials)))
		}))
		if h.Unread {
			held = node.P(node.Class("sub"), m.t(lang.RecallHeldUnread))
		}
		var used []node.Item
		if h.Doses > 0 {
			used = append(used, node.P(node.Class("num"), node.Strong(node.Text(l.N(lang.RecallDoses, h.Doses)+", "+strings.Join(h.Sums, ", ")))))
		}
		for _, u := range h.Used {
			line := l.When(m.Now, u.At) + ": " + u.Amount + ", " + strings.Join(u.Batches, ", ")
			switch u.State {
			case record.Corrected:
				line += " (" + l.T(lang.RecallCorrected) + ")"
			case record.Withdrawn:
				line += " (" + l.T(lang.LegalWithdrawn) + ")"
			}
			used = append(used, node.P(node.Class("num"), node.Text(line)))
		}
		if h.More > 0 {
			used = append(used, node.P(node.Class("sub"), m.n(lang.RecallMoreUses, h.More, "when", l.Day(m.Now, h.First))))
		}
		who := node.Span(node.Class("num"), node.Text(h.Pseudonym))
		if h.PatientID != "" {
			who = node.Button(node.ID("hit-"+h.PatientID), node.Type("button"), node.Class("link num"), node.Act(ActPatientOpen), node.Name(FieldPatient), node.Value(h.PatientID), node.Text(h.Pseudonym))
		}
		if h.CaseNote != "" {
			who = node.Group(who, node.Small(node.Class("sub"), node.Text(" "+h.CaseNote)))
		}
		if m.Draft && h.Gone {
			who = node.Group(who, node.P(node.Class("sub"), m.t(lang.RecallGone)))
		}
		cells := []node.Item{w.th(who), w.td(1, "", held), w.td(2, "", used...)}
		if !m.Draft {
			cells = append(cells, w.td(3, "", m.recallRead(h)), w.td(4, "", m.recallTold(h)))
		}
		body = body.With(w.tr(cells...))
	}
	return node.Div(node.Class("card scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", l.T(lang.RecallWho)),
		w.table("plain", node.Caption(node.Class("vh"), m.t(lang.RecallWho)), head, body))
}

func (m RecallPage) recallRead(h RecallHit) node.Node {
	switch {
	case h.Gone:
		return m.t(lang.RecallGone)
	case !h.ReadAt.IsZero():
		return m.t(lang.RecallReadOn, "when", m.Lang.When(m.Now, h.ReadAt))
	}
	return m.t(lang.RecallUnread)
}

func (m RecallPage) recallTold(h RecallHit) node.Node {
	switch {
	case h.Told && !h.ToldRead.IsZero():
		return m.t(lang.RecallToldRead, "when", m.Lang.When(m.Now, h.ToldRead))
	case h.Told:
		return m.t(lang.RecallTold)
	}
	return node.Node{}
}

// offers are the lots of the stock that the treatment can use, one tap each.
func (b Base) offers(g LotGuard) node.Node {
	if len(g.Offers) == 0 {
		return node.Node{}
	}
	row := node.Div(node.Class("offers"), node.Role("group"), node.Aria("label", b.Lang.T(lang.OfferLabel)), b.p("hint", lang.OfferLabel))
	for i, o := range g.Offers {
		text := o.Lot.Batch + " · " + b.expiry(o.Lot.Expiry)
		row = row.With(node.Button(node.ID("offer-"+strconv.Itoa(i)), node.Type("button"), node.Class("btn offer"), node.Act(ActLotOffer), node.Name(FieldOffer), node.Value(o.Value),
			node.Span(node.Strong(node.Class("num"), node.Text(text)),
				node.Small(node.Class("num"), b.n(lang.OfferUse, o.Use), node.Text(" · "), b.t(lang.ShelfThere, "vials", b.Lang.N(lang.VialsCount, o.Lot.Vials)))),
			node.If(o.Lot.First, badge("accent", b.t(lang.LotFirst)))))
	}
	return row
}

// says is why a lot is refused.
func (b Base) says(r LotRefusal) string {
	l := b.Lang
	switch {
	case !r.Recalled.IsZero() && r.By != "":
		return l.T(lang.LotRefusedRecall, "lot", r.Batch, "when", l.Day(b.Now, r.Recalled), "who", r.By)
	case !r.Recalled.IsZero():
		return l.T(lang.LotRefusedHome, "lot", r.Batch, "when", l.Day(b.Now, r.Recalled))
	}
	return l.T(lang.LotRefusedExpired, "lot", r.Batch, "date", l.Month(int(r.Expired.Year), int(r.Expired.Month), int(r.Expired.Day)))
}

// refused says which of the typed lots must not be used. What was given already
// can be recorded after a tick of its own.
func (b Base) refused(g LotGuard) node.Node {
	if len(g.Refusals) == 0 {
		return node.Node{}
	}
	box := node.Div()
	for _, r := range g.Refusals {
		box = box.With(node.P(node.Class("strong"), node.Text(b.says(r))))
	}
	id := fieldID(FieldGivenAnyway)
	box = box.With(b.p("", lang.LotRefusedDo),
		chip{"checkbox", FieldGivenAnyway, "1", b.Lang.T(lang.LotGivenAnyway), g.Given, ""}.draw(id))
	if g.Given {
		box = box.With(b.p("", lang.LotGivenCall))
	}
	if g.Phone != "" {
		box = box.With(node.Div(node.Class("actions"), node.A(node.Class("btn alarm"), node.Tel(g.Phone), iconPhone.draw(""), node.Span(b.t(lang.RedCentre)))))
	}
	return node.Div(node.ID("lots-refused"), node.Class("panel alarm"), node.Role("alert"), iconAlert.draw(""), box)
}
