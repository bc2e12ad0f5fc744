package screen

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/view"
)

// Recalls: a centre writes one into the diary of each patient; somebody at home
// may have heard of one.

func (g *Guide) recallAct(act string, f map[string]string) bool {
	switch act {
	case view.ActRecallHeard, view.ActRecallForm:
		g.beginForm(atRecall, "", map[string]string{})
	case view.ActRecallSave:
		g.typedIn(f)
		g.saveRecall()
	case view.ActRecallOpen:
		g.into(place{name: atRecalled, id: f[view.FieldRecall]})
	case view.ActRecallMore:
		g.recallMore(f[view.FieldRecall])
	case view.ActRecallTell:
		g.tellRecalled(f[view.FieldRecall], f[view.FieldText])
	case view.ActRecallUndo:
		g.undoRecall(f[view.FieldRecall], f[view.FieldWhy])
	case view.ActRecallAside:
		g.putAside(f[view.FieldEntry])
	case view.ActRecallRead:
		g.readRecall(f[view.FieldEntry])
	default:
		return false
	}
	return true
}

func batchesOf(lots []diary.Lot) (out []string) {
	for _, l := range lots {
		out = append(out, l.Batch)
	}
	return out
}

// warnings are the recalls that concern the person.
func (g *Guide) warnings(l app.Look, f view.Frame) []view.RecallWarning {
	d := l.Diary()
	var out []view.RecallWarning
	for _, w := range d.Warnings(diary.MomentOf(f.Now)) {
		r := w.Trace.Recall
		m := view.RecallWarning{
			ID: w.ID.String(), Product: brand(r.Product, r.ProductName), Batches: batchesOf(r.Lots), At: g.local(time.UnixMilli(w.Written)), Note: r.Note,
			By: g.recalledBy(l, w.Item), Read: w.Seen, Phone: l.EmergencyPhone(),
		}
		for _, x := range w.Held {
			m.Held = append(m.Held, g.stockLot(r.Product, x))
		}
		if !w.Seen {
			for _, it := range w.Used {
				m.Used = append(m.Used, view.Linked{ID: it.ID.String(), Title: g.title(d, it)})
			}
		}
		out = append(out, m)
	}
	return out
}

// recalledBy is who said a recall: a person and the centre; empty for home.
func (g *Guide) recalledBy(l app.Look, it *diary.Item) string {
	if it.Author.Who != diary.Centre {
		return ""
	}
	by := it.Author.Name
	for _, c := range l.Centres() {
		if l.SaidBy(c.N, it.ID) && c.Name != "" {
			if by != "" {
				by += ", "
			}
			by += c.Name
		}
	}
	return cmp.Or(by, l.Name(), g.lang.T(lang.PlaceCentreName))
}

// putAside takes what there is of recalled lots out of the stock.
func (g *Guide) putAside(entry string) {
	now := diary.MomentOf(g.local(g.now()))
	out := make(map[string]*diary.Removal) // by the name of the product, where it is typed
	g.env.Client.Look(func(l app.Look) {
		id, _ := diary.ParseID(entry)
		it, ok := l.Diary().Get(id)
		if !ok {
			return
		}
		r, ok := it.Entry.(*diary.Recall)
		if !ok {
			return
		}
		for _, x := range l.Diary().Trace(r, now.Ms, now).Held {
			e := out[x.Name]
			if e == nil {
				e = &diary.Removal{At: now, Product: r.Product, ProductName: x.Name, Why: diary.WhyRecalled}
				out[x.Name] = e
			}
			x.Lot.Packs = uint16(x.Vials)
			if len(e.Lots) < diary.MaxLots {
				e.Lots = append(e.Lots, x.Lot)
			}
		}
	})
	for _, e := range out {
		if g.record(e) != nil {
			g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
			return
		}
	}
	g.say(lang.NoticePutAside)
	g.offerUndo()
}

// readRecall tells the centres that said a recall that it was read.
func (g *Guide) readRecall(entry string) {
	var id diary.ID
	var to []uint32
	g.item(entry, func(it *diary.Item) { id = it.Entry.Top().ID })
	g.env.Client.Look(func(l app.Look) {
		for _, c := range l.Centres() {
			if l.SaidBy(c.N, id) {
				to = append(to, c.N)
			}
		}
	})
	for _, n := range to {
		if err := g.env.Client.Tell(g.ctx, n, seenEntry([]diary.ID{id})); err != nil {
			g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
			if k := unkept(err); k != lang.ProblemStorage {
				g.notice.Key = k
			}
			return
		}
	}
	g.say(lang.NoticeSaved)
}

func (g *Guide) recallForm(l app.Look, f view.Frame) view.Screen {
	x := &g.form
	m := view.RecallForm{
		Frame: f, Entry: x.entry, Products: g.products(l), Product: x.get(view.FieldProduct), Other: x.get(view.FieldOther), Lots: x.lotFields(),
		Note: x.get(view.FieldNote), Why: x.get(view.FieldWhy), Problems: g.problems,
	}
	m.Place = view.PlaceRecord
	if p, ok := diary.Products.Find(diary.ProductID(m.Product)); ok {
		m.Typed = p.Typed
	}
	if l.Role() == app.Centre {
		m.Place = view.PlacePatients
		for _, r := range recallsOf(l) {
			m.Earlier = append(m.Earlier, view.RecallRow{ID: r.key, Product: brand(r.recall.Product, r.recall.ProductName), Batches: batchesOf(r.recall.Lots), At: g.local(time.UnixMilli(r.at)), Sent: r.sent})
		}
	}
	return m
}

func (g *Guide) saveRecall() {
	g.problems = nil
	e := g.typedRecall()
	names := map[string]string{"product": view.FieldProduct, "productname": view.FieldOther, "note": view.FieldNote, "because": view.FieldWhy}
	switch {
	case g.role() == app.Centre:
		e.ID, e.Entered = diary.NewID(), diary.MomentOf(g.local(g.now()))
		if g.problemsOf(e.Validate(e.Entered, diary.Products), names); len(g.problems) == 0 {
			g.lookFor(e)
		}
	case g.write(e, names):
		g.savedStock()
	}
}

// typedRecall reads the form; what cannot be read becomes a problem.
func (g *Guide) typedRecall() *diary.Recall {
	x := &g.form
	e := &diary.Recall{Product: diary.ProductID(x.get(view.FieldProduct)), Note: diary.Clean(x.get(view.FieldNote), true)}
	p, known := diary.Products.Find(e.Product)
	if !known {
		g.bad(view.FieldProduct, lang.ProblemChoose)
	} else if p.Typed {
		e.ProductName = diary.Clean(x.get(view.FieldOther), false)
	}
	e.Lots = g.stockLots(func(_ int, _ string, l *diary.Lot) bool { return l.Batch != "" || !l.Expiry.IsZero() })
	return e
}

// A tracing is a recall that was looked for, and whom the record names.
type tracing struct {
	recall *diary.Recall // that was typed, and perhaps never sent
	key    string        // of the one that recorded is about
	rows   int           // of the record then
	by     map[keyring.SpaceID][]record.Row
	order  []keyring.SpaceID // who used it last comes first
}

// lookFor shows whom a recall concerns, before anything is sent. What was typed stays.
func (g *Guide) lookFor(r *diary.Recall) {
	g.tracing = tracing{recall: r}
	g.leaveForm()
	g.into(place{name: atRecalled, id: app.RecallKey(r)})
}

// recorded are the patients whom the record names.
func (g *Guide) recorded(l app.Look, r *diary.Recall) *tracing {
	t := &g.tracing
	if key, rows := app.RecallKey(r), l.Record().Len(); t.by == nil || t.key != key || t.rows != rows {
		t.key, t.rows, t.by, t.order = key, rows, make(map[keyring.SpaceID][]record.Row), nil
		for _, x := range l.Record().Recall(r) {
			t.by[x.Patient], t.order = x.Rows, append(t.order, x.Patient)
		}
	}
	return t
}

// A sentRecall is one recall as it stands in the diaries of a centre's patients.
type sentRecall struct {
	key    string
	recall *diary.Recall
	by     diary.Author
	at     int64 // ms; when it was first written
	sent   int   // patients
}

// recallsOf lists the recalls that the centre has sent and that stand, latest first,
// and those that are on their way.
func recallsOf(l app.Look) []*sentRecall {
	var out []*sentRecall
	by := make(map[string]*sentRecall)
	of := func(key string, r *diary.Recall, who diary.Author, at int64) *sentRecall {
		s := by[key]
		if s == nil {
			s = &sentRecall{key: key, recall: r, by: who, at: at}
			by[key] = s
			out = append(out, s)
		}
		if at < s.at {
			s.at, s.by, s.recall = at, who, r
		}
		return s
	}
	l.Warnings(func(_ uint32, w *app.Warned) { of(w.About, w.Recall, w.By, w.At).sent++ })
	for _, m := range l.Mailings() {
		if m.Kind == app.MailRecall {
			of(m.About, m.Recall, diary.Author{Name: l.OwnName()}, m.At.UnixMilli())
		}
	}
	arrange.By(out, func(a, b *sentRecall) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.key, b.key)) })
	return out
}

// recallOf is the recall that a page is about: one that was sent, or that was typed.
func (g *Guide) recallOf(l app.Look, key string) (s *sentRecall) {
	for _, s := range recallsOf(l) {
		if s.key == key {
			return s
		}
	}
	if r := g.tracing.recall; r != nil && app.RecallKey(r) == key {
		return &sentRecall{key: key, recall: r}
	}
	return nil
}

// recall is recallOf for an act.
func (g *Guide) recall(key string) (r *diary.Recall) {
	g.env.Client.Look(func(l app.Look) {
		if s := g.recallOf(l, key); s != nil {
			r = s.recall
		}
	})
	return r
}

// recallMore warns the patients who do not have a recall: all, the first time.
func (g *Guide) recallMore(key string) {
	g.problems = nil
	r := g.recall(key)
	if r == nil {
		return
	}
	e := *r
	e.Entered = diary.MomentOf(g.local(g.now()))
	if err := g.env.Client.SendRecall(g.ctx, &e); err != nil {
		g.bad("", unmailed(err))
		return
	}
	if g.kept.at == atRecall {
		g.dropForm()
	}
	g.back = slices.DeleteFunc(g.back, func(p place) bool { return p.name == atRecall })
	g.focus = "recall-state" // the button has gone
}

// unmailed is why a mailing could not be begun.
func unmailed(err error) lang.Key {
	switch {
	case errors.Is(err, app.ErrMailing):
		return lang.ProblemRecallBack
	case errors.Is(err, app.ErrRight):
		return lang.ProblemRight
	}
	return unkept(err)
}

// undoRecall takes a recall back in the diary of each patient.
func (g *Guide) undoRecall(key, why string) {
	g.problems = nil
	why = diary.Clean(why, true)
	if why == "" {
		g.bad(view.FieldWhy, lang.ProblemWhy)
		return
	}
	r := g.recall(key)
	if r == nil {
		return
	}
	if err := g.env.Client.UndoRecall(g.ctx, r, why); err != nil {
		g.bad(view.FieldWhy, unmailed(err))
		return
	}
	g.tracing = tracing{}
	g.home()
	g.say(lang.NoticeRecallUndone)
}

// tellRecalled writes to each patient whom a recall concerns, about the recall.
func (g *Guide) tellRecalled(key, text string) {
	g.problems = nil
	draft := "recall/" + key
	text = diary.Clean(text, true)
	g.draft[draft] = text
	if text == "" {
		g.bad(view.FieldText, lang.ProblemEmpty)
		return
	}
	if over := len(text) - diary.MaxMessage; over > 0 {
		g.bad(view.FieldText, lang.ProblemLong, "n", g.lang.Int(over))
		return
	}
	r := g.recall(key)
	if r == nil {
		return
	}
	if err := g.env.Client.TellRecalled(g.ctx, r, text); err != nil {
		g.bad(view.FieldText, unmailed(err))
		return
	}
	delete(g.draft, draft)
	g.keepDraft()
	g.say(lang.NoticeRecallTold)
}

func (g *Guide) recallPage(l app.Look, f view.Frame) (view.Screen, bool) {
	s := g.recallOf(l, g.at.id)
	if s == nil {
		return nil, false
	}
	m := view.RecallPage{
		Frame: f, ID: s.key, Product: brand(s.recall.Product, s.recall.ProductName), Batches: batchesOf(s.recall.Lots), Note: s.recall.Note, By: s.by.Name,
		Draft: s.at == 0, Patients: l.Reachable(), Problems: g.problems, Text: g.draft["recall/"+s.key],
	}
	if !m.Draft {
		m.At = g.local(time.UnixMilli(s.at))
	}
	for _, x := range l.Mailings() {
		if x.About == s.key {
			p := view.RecallSending{Done: x.Done, Of: x.Of, Failed: x.Failed != nil}
			switch x.Kind {
			case app.MailRecall:
				m.Sending = &p
			case app.MailTell:
				m.Telling = &p
			}
		}
	}
	g.traced(l, s, &m)
	return m, true
}

// A hit is a patient whom a recall concerns.
type hit struct {
	app.Traced
	rows []record.Row // of the record, and what is to be recorded, the latest first
	gone bool
	late bool // the diary is still to be read
}

// traced lists the patients whom a recall concerns: by what their stock holds and they
// wrote down last, and by the legal record, which knows also what was corrected and who
// has left. Those who hold it come first, then who used it last.
func (g *Guide) traced(l app.Look, s *sentRecall, m *view.RecallPage) {
	rec := g.recorded(l, s.recall)
	t := l.Trace(s.recall, rec.by)
	m.Sent, m.Missing, m.Unread = t.Sent, t.Missing, t.Unread
	if m.Sending != nil {
		m.Missing = 0
	}
	var hits []hit
	shown := make(map[keyring.SpaceID]bool)
	for _, x := range t.Found {
		rows := rec.by[x.Space]
		if shown[x.Space] = true; len(x.Since) > 0 {
			rows = slices.Concat(x.Since, rows)
			arrange.By(rows, func(a, b record.Row) int { return cmp.Compare(b.Taken.Ms, a.Taken.Ms) })
		}
		hits = append(hits, hit{x, rows, x.Parting != nil, false})
	}
	for _, id := range rec.order {
		if !shown[id] {
			p := l.RecordedPatient(id)
			hits = append(hits, hit{app.Traced{PatientInfo: app.PatientInfo{Pseudonym: p.Pseudonym, Note: p.Note}, Space: id}, rec.by[id], p.Gone, p.Unread})
		}
	}
	last := func(h hit) int64 {
		if len(h.rows) == 0 {
			return 0
		}
		return h.rows[0].Taken.Ms
	}
	holds := func(h hit) int { return min(len(h.Held), 1) }
	arrange.By(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(holds(b), holds(a)), cmp.Compare(last(b), last(a)), cmp.Compare(a.Pseudonym, b.Pseudonym))
	})
	var sums [256]diary.Amount
	for _, h := range hits {
		for _, r := range h.rows {
			if r.State == record.Stands {
				m.Doses++
				sums[r.Product.Unit] += r.Amount
			}
		}
		for _, x := range h.Held {
			m.Vials += x.Vials
		}
		m.Holding += holds(h)
		if h.Has != nil && !h.gone {
			m.Reached++
		}
	}
	for u, a := range sums {
		if a > 0 {
			m.Sums = append(m.Sums, g.sized(a, diary.Unit(u)))
		}
	}
	m.Total = len(hits)
	for _, h := range hits[:min(len(hits), g.at.shown)] {
		m.Hits = append(m.Hits, g.recallHit(h))
	}
}

// usesShown is how many doses of a patient are listed one by one.
const usesShown = 6

func (g *Guide) recallHit(h hit) view.RecallHit {
	out := view.RecallHit{Pseudonym: h.Pseudonym, CaseNote: h.Note, Gone: h.gone, Unread: h.late}
	if h.N != 0 {
		out.PatientID = strconv.Itoa(int(h.N))
	}
	if w := h.Has; w != nil {
		out.Sent, out.ReadAt = true, g.stamp(w.ReadAt)
		for _, t := range w.Told {
			out.Told, out.ToldRead = true, g.stamp(t.ReadAt)
		}
	}
	for _, x := range h.Held {
		out.Held = append(out.Held, view.StockLot{Batch: x.Lot.Batch, Vials: x.Vials})
	}
	var sums [256]diary.Amount
	for i, r := range h.rows {
		if r.State == record.Stands {
			out.Doses++
			sums[r.Product.Unit] += r.Amount
		}
		if i < usesShown {
			out.Used = append(out.Used, view.RecallUse{At: r.Taken.Time(), Amount: g.sized(r.Amount, r.Product.Unit), Batches: batchesOf(r.Lots), State: r.State})
		}
	}
	for u, a := range sums {
		if a > 0 {
			out.Sums = append(out.Sums, g.sized(a, diary.Unit(u)))
		}
	}
	if out.More = len(h.rows) - len(out.Used); out.More > 0 {
		out.First = h.rows[len(h.rows)-1].Taken.Time()
	}
	return out
}

// stamp is a time in ms on the wall; zero for none.
func (g *Guide) stamp(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return g.local(time.UnixMilli(ms))
}
