package screen

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/pack"
	"vialog/wasm/internal/view"
)

// Stock: packs that come, what is taken out, counts. Recalls are in recall.go,
// what the treatment's form knows of the stock in lots.go.

const (
	atStock placeName = placesStock + iota
	atPack
	atCount
	atOut
	atRecall
	atRecalled // what became of a centre's recall
)

// Fields of the forms that the page does not have.
const (
	stockSerial = "serial." // followed by a number: of a single pack
	stockGTIN   = "gtin"
	stockKnown  = "known" // how many of the lots the stock knew
)

// movesShown is how many movements of a product are listed.
const movesShown = 30

func (g *Guide) stockScreen(l app.Look, f view.Frame) view.Screen {
	switch g.at.name {
	case atStock:
		f.Place = view.PlaceToday
		return g.stockPage(l, f)
	case atPack:
		f.Place = view.PlaceRecord
		return g.packForm(l, f)
	case atCount, atOut:
		f.Place = view.PlaceRecord
		return g.shelfForm(l, f)
	case atRecall:
		return g.recallForm(l, f)
	case atRecalled:
		f.Place = view.PlacePatients
		if m, ok := g.recallPage(l, f); ok {
			return m
		}
	}
	return nil
}

func (g *Guide) stockAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActStock:
		g.leaveForm()
		g.into(place{name: atStock})
	case view.ActPackIn:
		g.beginForm(atPack, "", g.blankPack())
	case view.ActPackScan:
		g.typedIn(f)
		g.scan(g.scannedPack)
	case view.ActPackSave:
		g.typedIn(f)
		g.savePack()
	case view.ActStockCount, view.ActStockOut:
		g.beginShelf(e.Act == view.ActStockCount, f[view.FieldStock])
	case view.ActShelfSave:
		g.typedIn(f)
		g.saveShelf()
	case view.ActLotOffer:
		g.typedIn(f)
		g.takeOffer(f[view.FieldOffer])
	default:
		return g.recallAct(e.Act, f)
	}
	return true
}

// stockKey names a product of the stock in a page, and back.
func stockKey(p diary.ProductID, name string) string {
	if name == "" {
		return string(p)
	}
	return string(p) + " " + name
}

func parseStockKey(s string) (diary.ProductID, string) {
	id, name, _ := strings.Cut(s, " ")
	return diary.ProductID(id), name
}

// brand is a product's name as people know it.
func brand(p diary.ProductID, name string) string {
	if x, ok := diary.Products.Find(p); ok && x.Brand != "" {
		return x.Brand
	}
	return name
}

// amountOf is an amount with the product's unit, empty for nothing.
func (g *Guide) amountOf(p diary.ProductID, a diary.Amount) string {
	if a == 0 {
		return ""
	}
	x, _ := diary.Products.Find(p)
	return g.lang.Milli(int64(a)) + "\u00a0" + g.lang.Label(x.Unit.Key())
}

func (g *Guide) stockLot(p diary.ProductID, x diary.LotLeft) view.StockLot {
	return view.StockLot{
		Batch: x.Batch, Expiry: x.Expiry, Strength: g.amountOf(p, x.Strength), Vials: x.Vials, Short: x.Short, Late: x.Late, First: x.First,
		Expired: x.State.Expired, Recalled: x.State.Recall != nil,
	}
}

func (g *Guide) stockProduct(h diary.Holding) view.StockProduct {
	out := view.StockProduct{
		ID: stockKey(h.Product, h.Name), Name: brand(h.Product, h.Name), Amount: g.amountOf(h.Product, h.Amount), Vials: h.Vials, Next: h.Next,
		Planned: h.Planned, Days: h.Days, Doses: h.Doses, Reserve: g.amountOf(h.Product, h.Reserve), Kept: h.Kept, Low: h.Low(), Unsized: h.Unsized,
		Short: h.Short, Assumed: h.Assumed,
	}
	if !h.Out.IsZero() {
		out.Out = time.Date(int(h.Out.Year), time.Month(h.Out.Month), int(h.Out.Day), 12, 0, 0, 0, g.local(g.now()).Location())
	}
	for _, x := range h.Lots {
		out.Lots = append(out.Lots, g.stockLot(h.Product, x))
	}
	return out
}

// stockCard is what the first screen and the centre's page say of the stock.
func (g *Guide) stockCard(d *diary.Diary, now diary.Moment) []view.StockProduct {
	var out []view.StockProduct
	for _, h := range d.Supply(now) {
		if len(out) < 3 {
			out = append(out, g.stockProduct(h))
		}
	}
	return out
}

func (g *Guide) stockPage(l app.Look, f view.Frame) view.Screen {
	d := l.Diary()
	m := view.Stock{Frame: f, Warnings: g.warnings(l, f), Problems: g.problems}
	now := diary.MomentOf(f.Now)
	moves := make(map[string][]diary.Movement)
	for _, s := range d.Stocked() {
		m.Ever = true
		moves[stockKey(s.Product, s.Name)] = s.Moves
	}
	for _, h := range d.Supply(now) {
		p := g.stockProduct(h)
		for i, x := range moves[p.ID] {
			if p.More = i == movesShown; p.More {
				break
			}
			p.Moves = append(p.Moves, stockMove(x))
		}
		m.Products = append(m.Products, p)
	}
	return m
}

func stockMove(x diary.Movement) view.StockMove {
	out := view.StockMove{ID: x.ID.String(), At: x.When.Time(), Change: x.Change, Left: x.Left, Assumed: x.Assumed}
	switch e := x.Entry.(type) {
	case *diary.Pack:
		out.Kind = view.KindPack
	case *diary.Removal:
		out.Kind, out.Why = view.KindRemoval, e.Why
	}
	return out
}

// stockEntry is an entry about the stock as screens show it, nil if it is about
// something else.
func (g *Guide) stockEntry(e diary.Entry) (kind view.EntryKind, s *view.StockEntry, note string) {
	lots := func(list []diary.Lot) (out []view.Lot) {
		for _, x := range list {
			out = append(out, view.Lot{Batch: x.Batch, Expiry: x.Expiry, Packs: int(x.Packs)})
		}
		return out
	}
	switch x := e.(type) {
	case *diary.Pack:
		s = &view.StockEntry{Product: brand(x.Product, x.ProductName), Lots: lots(x.Lots), Vials: int(x.Vials), Serials: len(x.Serials)}
		for i, l := range x.Lots {
			s.Lots[i].Packs = max(1, s.Lots[i].Packs)
			if l.Strength != 0 {
				s.Strength = g.amountOf(x.Product, l.Strength)
			}
			if l.PZN != "" && !slices.Contains(s.PZN, l.PZN) {
				s.PZN = append(s.PZN, l.PZN)
			}
		}
		return view.KindPack, s, x.Note
	case *diary.Removal:
		return view.KindRemoval, &view.StockEntry{Product: brand(x.Product, x.ProductName), Lots: lots(x.Lots), Why: x.Why}, x.Note
	case *diary.Recall:
		return view.KindRecall, &view.StockEntry{Product: brand(x.Product, x.ProductName), Lots: lots(x.Lots)}, x.Note
	}
	return 0, nil, ""
}

// stockFacts are an entry's fields in words, for comparing versions.
func (g *Guide) stockFacts(e diary.Entry, when func(diary.Moment) string) []fact {
	kind, s, note := g.stockEntry(e)
	if s == nil {
		return nil
	}
	var at diary.Moment
	if kind != view.KindRecall {
		at = diary.When(e)
	}
	var lots []string
	for _, x := range s.Lots {
		t := x.Batch
		if !x.Expiry.IsZero() {
			t += " (" + g.expiryText(x.Expiry) + ")"
		}
		switch {
		case kind == view.KindRemoval && x.Packs == 0 && s.Why != diary.WhyCounted:
			t += ": " + g.lang.T(lang.StockAllOfIt)
		case kind != view.KindRecall:
			t += " × " + strconv.Itoa(x.Packs)
		}
		lots = append(lots, t)
	}
	vials := ""
	if s.Vials > 1 {
		vials = strconv.Itoa(s.Vials)
	}
	return []fact{
		{lang.FactWhen, when(at)}, {lang.FieldProductName, s.Product}, {lang.FactLots, strings.Join(lots, ", ")}, {lang.StockWhyOut, label(g.lang, s.Why)},
		{lang.StockVialsEach, vials}, {lang.StockStrength, s.Strength}, {lang.StockPZN, strings.Join(s.PZN, ", ")}, {lang.FieldNoteName, note},
	}
}

// blankPack is a form for packs of the product that came last.
func (g *Guide) blankPack() map[string]string {
	fields := g.blank()
	g.env.Client.Look(func(l app.Look) {
		last := l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPack}, Limit: 1})
		if len(last) == 0 {
			return
		}
		p := last[0].Entry.(*diary.Pack)
		g.fillPackProduct(fields, p)
	})
	return fields
}

func (g *Guide) fillPackProduct(fields map[string]string, p *diary.Pack) {
	fields[view.FieldProduct], fields[view.FieldOther] = string(p.Product), p.ProductName
	if p.Vials > 1 {
		fields[view.FieldVials] = strconv.Itoa(int(p.Vials))
	}
	x, _ := diary.Products.Find(p.Product)
	for _, l := range p.Lots {
		if l.Strength == 0 {
			continue
		}
		fields[view.FieldPackStrength] = l.Strength.String()
		if len(x.Strengths) == 0 {
			fields[view.FieldPackStrength] = g.lang.Milli(int64(l.Strength))
		}
	}
}

// fillStock writes an entry about the stock into the fields of its form.
func (g *Guide) fillStock(fields map[string]string, e diary.Entry) placeName {
	lots := func(list []diary.Lot, numbers bool) {
		for i, l := range list {
			n := strconv.Itoa(i)
			fields[view.FieldLot+n] = l.Batch
			if !l.Expiry.IsZero() {
				fields[view.FieldExpiry+n] = g.expiryField(l.Expiry)
			}
			if numbers && l.Packs > 0 {
				fields[view.FieldPacks+n] = strconv.Itoa(int(l.Packs))
			}
		}
	}
	switch x := e.(type) {
	case *diary.Pack:
		g.fillPackProduct(fields, x)
		lots(x.Lots, true)
		g.fillMoment(fields, view.FieldDate, view.FieldTime, x.Received)
		fields[view.FieldNote], fields[stockGTIN] = x.Note, x.GTIN
		for _, l := range x.Lots {
			if l.PZN != "" {
				fields[view.FieldPackPZN] = l.PZN
			}
		}
		for i, s := range x.Serials {
			fields[stockSerial+strconv.Itoa(i)] = s
		}
		return atPack
	case *diary.Removal:
		lots(x.Lots, true)
		g.fillMoment(fields, view.FieldDate, view.FieldTime, x.At)
		fields[view.FieldStock], fields[view.FieldNote] = stockKey(x.Product, x.ProductName), x.Note
		fields[stockKnown] = strconv.Itoa(len(x.Lots))
		if x.Why == diary.WhyCounted {
			for i, l := range x.Lots {
				fields[view.FieldPacks+strconv.Itoa(i)] = strconv.Itoa(int(l.Packs))
			}
			return atCount
		}
		set(fields, view.FieldRemoval, x.Why)
		return atOut
	case *diary.Recall:
		fields[view.FieldProduct], fields[view.FieldOther], fields[view.FieldNote] = string(x.Product), x.ProductName, x.Note
		lots(x.Lots, false)
		return atRecall
	}
	return atNote
}

// lotFields are the lots of a form as typed.
func (f *form) lotFields() []view.LotField {
	var out []view.LotField
	for i := range max(1, f.lots) {
		n := strconv.Itoa(i)
		out = append(out, view.LotField{Batch: f.get(view.FieldLot + n), Expiry: f.get(view.FieldExpiry + n), Packs: f.get(view.FieldPacks + n)})
	}
	return out
}

func (g *Guide) packForm(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	m := view.PackForm{
		Frame: f, Entry: x.entry, Products: g.products(l), Product: x.get(view.FieldProduct), Other: x.get(view.FieldOther), Strength: x.get(view.FieldPackStrength),
		Vials: x.get(view.FieldVials), PZN: x.get(view.FieldPackPZN), Lots: x.lotFields(), Date: x.get(view.FieldDate), Time: x.get(view.FieldTime),
		Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Scanned: len(x.serials()), Scans: x.scans, Problems: g.problems,
	}
	if p, ok := diary.Products.Find(diary.ProductID(m.Product)); ok {
		m.Typed, m.Unit = p.Typed, p.Unit
		m.Strengths = g.strengths(p)
	}
	return m
}

// serials are the serial numbers that were scanned, each once.
func (f *form) serials() []string {
	var out []string
	for i := 0; ; i++ {
		s, ok := f.fields[stockSerial+strconv.Itoa(i)]
		if !ok {
			slices.Sort(out)
			return slices.Compact(out)
		}
		out = append(out, s)
	}
}

// scannedPack adds one pack to the form: to its lot, or as a new one.
func (g *Guide) scannedPack(c pack.Code) {
	x := &g.form
	g.problems = nil
	filled := slices.ContainsFunc(x.lotFields(), func(l view.LotField) bool { return strings.TrimSpace(l.Batch) != "" })
	refuse := func(k lang.Key, args ...string) { g.notice = &view.Notice{Key: k, Args: args, Bad: true} }
	if c.Batch == "" {
		refuse(lang.ScanNoBatch)
		return
	}
	// What the code means is known from earlier packs.
	known, twice := make(map[string]string), false
	product := diary.ProductID(x.get(view.FieldProduct))
	g.env.Client.Look(func(l app.Look) {
		d := l.Diary()
		if it := d.PackLike(c.PZN, c.GTIN); it != nil {
			g.fillPackProduct(known, it.Entry.(*diary.Pack))
		} else if p, ok := productOf(d, c); ok {
			known[view.FieldProduct] = string(p.ID)
			if it := d.PackHolding(p.ID, c.Lot()); it != nil {
				g.fillPackProduct(known, it.Entry.(*diary.Pack))
			}
		}
		if p := known[view.FieldProduct]; p != "" {
			product = diary.ProductID(p)
		}
		it := d.PackWith(product, c.Serial)
		twice = c.Serial != "" && (it != nil && it.ID.String() != x.entry || slices.Contains(x.serials(), c.Serial))
	})
	differs := c.PZN != "" && x.get(view.FieldPackPZN) != "" && x.get(view.FieldPackPZN) != c.PZN
	for _, name := range []string{view.FieldProduct, view.FieldOther, view.FieldPackStrength} {
		differs = differs || known[name] != "" && x.get(name) != "" && known[name] != x.get(name)
	}
	switch {
	case twice:
		refuse(lang.PackScannedTwice, "serial", c.Serial)
		return
	case filled && differs:
		refuse(lang.PackScannedOther)
		return
	case c.Serial != "" && len(x.serials()) >= diary.MaxLots:
		refuse(lang.PackFull)
		return
	}
	at := g.packRow(c)
	if at < 0 {
		refuse(lang.PackFull)
		return
	}
	if !filled {
		// The first pack says what this is about. What was there came from the packs before.
		for _, name := range []string{view.FieldPackPZN, stockGTIN} {
			delete(x.fields, name)
		}
		switch {
		case known[view.FieldProduct] != "":
			for _, name := range []string{view.FieldProduct, view.FieldOther, view.FieldPackStrength, view.FieldVials} {
				x.fields[name] = known[name]
			}
		case x.entry == "" && c.Article() != "":
			for _, name := range []string{view.FieldProduct, view.FieldOther, view.FieldPackStrength, view.FieldVials} {
				delete(x.fields, name)
			}
		}
	}
	if c.PZN != "" {
		x.fields[view.FieldPackPZN] = c.PZN
	}
	if c.GTIN != "" {
		x.fields[stockGTIN] = c.GTIN
	}
	n := strconv.Itoa(at)
	if x.get(view.FieldLot+n) == "" {
		x.fields[view.FieldLot+n], x.fields[view.FieldPacks+n] = c.Batch, "0"
		if !c.Expiry.IsZero() {
			x.fields[view.FieldExpiry+n] = g.expiryField(c.Expiry)
		}
	}
	have := number(x.get(view.FieldPacks + n))
	if strings.TrimSpace(x.get(view.FieldPacks+n)) == "" {
		have = 1
	}
	x.fields[view.FieldPacks+n] = strconv.Itoa(int(have) + 1)
	if c.Serial != "" {
		x.fields[stockSerial+strconv.Itoa(len(x.serials()))] = c.Serial
	}
	switch {
	case !c.Expiry.IsZero() && c.Expiry.Before(diary.DateOf(g.local(g.now()))):
		refuse(lang.ScanExpired, "expiry", g.expiryText(c.Expiry))
	case x.get(view.FieldProduct) == "":
		g.say(lang.PackScannedNew)
	case c.Serial != "":
		g.say(lang.PackScannedOne, "serial", c.Serial, "lot", c.Batch)
	default:
		g.say(lang.PackScannedLot, "lot", c.Batch)
	}
	g.redrawLots()
}

// packRow is the row of the form for a code: that of its lot, the first empty
// one, or a new one; -1 if there can be no more.
func (g *Guide) packRow(c pack.Code) int {
	x := &g.form
	free := -1
	for i, l := range x.lotFields() {
		e, ok := parseExpiry(strings.TrimSpace(l.Expiry))
		if diary.SameBatch(l.Batch, c.Batch) && (!ok || c.Expiry.IsZero() || !e.Before(c.Expiry) && !c.Expiry.Before(e)) {
			return i
		}
		if free < 0 && strings.TrimSpace(l.Batch) == "" {
			free = i
		}
	}
	if free < 0 && x.lots < diary.MaxLots {
		free = x.lots
		x.lots++
	}
	return free
}

// typedVials reads a number of vials or packs; ok is false if it is none.
func typedVials(s string) (n int, ok bool) {
	v, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	return int(v), err == nil && v < 10_000
}

// packFields are the form's names of the fields of packs.
var packFields = map[string]string{
	"received": view.FieldDate, "product": view.FieldProduct, "productname": view.FieldOther, "vials": view.FieldVials, "gtin": view.FieldPackPZN,
	"note": view.FieldNote, "because": view.FieldWhy,
}

func (g *Guide) savePack() {
	g.problems = nil
	if g.write(g.typedPack(), packFields) {
		g.savedStock()
	}
}

// typedPack reads the form; what cannot be read becomes a problem.
func (g *Guide) typedPack() *diary.Pack {
	x := &g.form
	var before diary.Moment
	g.item(x.entry, func(it *diary.Item) { before = it.When })
	e := &diary.Pack{
		Product: diary.ProductID(x.get(view.FieldProduct)), Note: diary.Clean(x.get(view.FieldNote), true), GTIN: x.get(stockGTIN), Serials: x.serials(),
	}
	product, known := diary.Products.Find(e.Product)
	if !known {
		g.bad(view.FieldProduct, lang.ProblemChoose)
	} else if product.Typed {
		e.ProductName = diary.Clean(x.get(view.FieldOther), false)
	}
	strength := g.packStrength(product, known)
	if s := strings.TrimSpace(x.get(view.FieldVials)); s != "" {
		n, ok := typedVials(s)
		if !ok {
			g.bad(view.FieldVials, lang.ProblemAmount, "example", "5")
		}
		e.Vials = uint16(n)
	}
	pzn := ""
	if s := strings.TrimSpace(x.get(view.FieldPackPZN)); s != "" {
		c, err := pack.Parse(s)
		if pzn = c.PZN; err != nil || pzn == "" {
			g.bad(view.FieldPackPZN, lang.ProblemPZN)
		}
	}
	e.Received = g.moment(view.FieldDate, view.FieldTime, before)
	e.Lots = g.stockLots(func(i int, s string, l *diary.Lot) bool {
		l.Strength, l.PZN = strength, pzn
		if s == "" {
			return l.Batch != "" || !l.Expiry.IsZero()
		}
		n, ok := typedVials(s)
		if !ok || n == 0 {
			g.bad(view.FieldPacks+strconv.Itoa(i), lang.ProblemAmount, "example", "2")
		}
		l.Packs = uint16(n)
		return true
	})
	return e
}

// packStrength reads what a vial holds.
func (g *Guide) packStrength(p diary.Product, known bool) diary.Amount {
	s := strings.TrimSpace(g.form.get(view.FieldPackStrength))
	switch {
	case !known || s == "" && p.Typed:
		return 0
	case len(p.Strengths) > 0:
		a, ok := diary.ParseAmount(s)
		if !ok || !slices.Contains(p.Strengths, a) {
			g.bad(view.FieldPackStrength, lang.ProblemChoose)
			return 0
		}
		return a
	}
	a, ok := g.lang.ParseMilli(s)
	if !ok || a <= 0 {
		g.bad(view.FieldPackStrength, lang.ProblemStrength)
		return 0
	}
	return diary.Amount(a)
}

// stockLots reads the lots of a form. Number reads what was typed as their
// number, and says whether the lot is meant at all.
func (g *Guide) stockLots(number func(i int, typed string, l *diary.Lot) bool) []diary.Lot {
	var out []diary.Lot
	for i, f := range g.form.lotFields() {
		n := strconv.Itoa(i)
		l := diary.Lot{Batch: diary.Clean(f.Batch, false)}
		if s := strings.TrimSpace(f.Expiry); s != "" {
			var ok bool
			if l.Expiry, ok = parseExpiry(s); !ok {
				g.bad(view.FieldExpiry+n, lang.ProblemExpiry)
			}
		}
		if number(i, strings.TrimSpace(f.Packs), &l) {
			out = append(out, l)
		}
	}
	return out
}

// savedStock ends a form of the stock there.
func (g *Guide) savedStock() {
	g.saved()
	notice := g.notice
	g.into(place{name: atStock})
	g.notice = notice
}

// beginShelf opens the form for counting a product, or for taking out of it.
// After the product, what names it may have a lot that is to go.
func (g *Guide) beginShelf(counting bool, what string) {
	what, all, _ := strings.Cut(what, "\n")
	fields := g.blank()
	fields[view.FieldStock] = what
	product, name := parseStockKey(what)
	now := g.local(g.now())
	g.env.Client.Look(func(l app.Look) {
		h := holdingOf(l.Diary(), product, name, diary.MomentOf(now))
		n := 0
		for _, x := range h.Lots {
			if x.Vials == 0 && !counting || n == diary.MaxLots {
				continue
			}
			i := strconv.Itoa(n)
			fields[view.FieldLot+i] = x.Batch
			if !x.Expiry.IsZero() {
				fields[view.FieldExpiry+i] = g.expiryField(x.Expiry)
			}
			if counting || x.Batch == all {
				fields[view.FieldPacks+i] = strconv.Itoa(x.Vials)
			}
			if x.Batch == all {
				why := diary.WhyExpired
				if x.State.Recall != nil {
					why = diary.WhyRecalled
				}
				set(fields, view.FieldRemoval, why)
			}
			n++
		}
		fields[stockKnown] = strconv.Itoa(n)
	})
	at := atOut
	if counting {
		at = atCount
	}
	g.beginForm(at, "", fields)
}

// holdingOf is the stock of one product, empty if there is none.
func holdingOf(d *diary.Diary, p diary.ProductID, name string, now diary.Moment) diary.Holding {
	for _, h := range d.Supply(now) {
		if h.Product == p && strings.EqualFold(strings.TrimSpace(h.Name), strings.TrimSpace(name)) {
			return h
		}
	}
	return diary.Holding{Product: p, Name: name}
}

func (g *Guide) shelfForm(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	product, name := parseStockKey(x.get(view.FieldStock))
	m := view.ShelfForm{
		Frame: f, Entry: x.entry, Counting: g.at.name == atCount, Product: brand(product, name), Reason: x.get(view.FieldRemoval), Date: x.get(view.FieldDate),
		Time: x.get(view.FieldTime), Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Problems: g.problems,
	}
	h := holdingOf(l.Diary(), product, name, diary.MomentOf(f.Now))
	known := int(number(x.get(stockKnown)))
	if known == 0 && m.Counting {
		x.lots = max(1, x.lots)
	}
	for i, typed := range x.lotFields() {
		row := view.ShelfRow{Value: typed.Packs, New: i >= known, Batch: typed.Batch, Until: typed.Expiry}
		if row.New && !m.Counting {
			break
		}
		if !row.New {
			e, _ := parseExpiry(strings.TrimSpace(typed.Expiry))
			row.Lot = view.StockLot{Batch: typed.Batch, Expiry: e}
			for _, y := range h.Lots {
				if y.Batch == typed.Batch && y.Expiry == e {
					row.Lot = g.stockLot(product, y)
					row.Lot.First, row.Lot.Late = false, 0
				}
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func (g *Guide) saveShelf() {
	g.problems = nil
	if g.write(g.typedShelf(), map[string]string{"at": view.FieldDate, "why": view.FieldRemoval, "note": view.FieldNote, "because": view.FieldWhy}) {
		g.savedStock()
	}
}

// typedShelf reads the form of a count or of what is taken out; what cannot be
// read becomes a problem.
func (g *Guide) typedShelf() *diary.Removal {
	x := &g.form
	product, name := parseStockKey(x.get(view.FieldStock))
	e := &diary.Removal{Product: product, ProductName: name, Why: diary.WhyCounted, Note: diary.Clean(x.get(view.FieldNote), true)}
	counting := g.at.name == atCount
	if !counting {
		e.Why = 0
		if w, ok := diary.ParseWhy(x.get(view.FieldRemoval)); ok && w != diary.WhyCounted {
			e.Why = w
		}
	}
	var before diary.Moment
	g.item(x.entry, func(it *diary.Item) { before = it.When })
	e.At = g.moment(view.FieldDate, view.FieldTime, before)
	var h diary.Holding
	g.env.Client.Look(func(l app.Look) { h = holdingOf(l.Diary(), product, name, diary.MomentOf(g.local(g.now()))) })
	known := int(number(x.get(stockKnown)))
	e.Lots = g.stockLots(func(i int, s string, l *diary.Lot) bool {
		for _, y := range h.Lots {
			if l.Strength == 0 || y.Batch == l.Batch && y.Expiry == l.Expiry {
				l.Strength = y.Strength // a lot that nobody knew has that of another
			}
		}
		switch {
		case s == "" && (!counting || i >= known && l.Batch == "" && l.Expiry.IsZero()):
			return false
		case i >= known && !counting:
			return false
		}
		n, ok := typedVials(s)
		if !ok {
			g.bad(view.FieldPacks+strconv.Itoa(i), lang.ProblemAmount, "example", "2")
		}
		l.Packs = uint16(n)
		return counting || n > 0 || !ok
	})
	if len(e.Lots) == 0 && !counting {
		g.bad(view.FieldPacks+"0", lang.ProblemNoneOut)
		e.Lots = []diary.Lot{{Batch: "-"}} // the rest is checked all the same
	}
	return e
}
