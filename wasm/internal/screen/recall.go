package screen

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
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
		m.Patients = len(l.CurrentPatients())
		for _, r := range recallsOf(l) {
			m.Earlier = append(m.Earlier, view.RecallRow{ID: r.key, Product: brand(r.recall.Product, r.recall.ProductName), Batches: batchesOf(r.recall.Lots), At: g.local(time.UnixMilli(r.at)), Sent: len(r.items)})
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
			g.sendRecall(e)
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

// A sentRecall is one recall as it stands in the diaries of a centre's patients.
type sentRecall struct {
	key    string
	recall *diary.Recall
	by     diary.Author
	at     int64                  // ms; when it was first written
	items  map[uint32]*diary.Item // by patient
}

// recallKey names a recall by what it says, since each patient has an entry of
// his or her own.
func recallKey(r *diary.Recall) string {
	var lots []string
	for _, l := range r.Lots {
		lots = append(lots, l.Batch+" "+l.Expiry.String())
	}
	slices.Sort(lots)
	return string(r.Product) + "/" + r.ProductName + "/" + strings.Join(lots, "/")
}

// recallsOf lists the recalls that the centre has sent and that stand, latest first.
func recallsOf(l app.Look) []*sentRecall {
	var out []*sentRecall
	by := make(map[string]*sentRecall)
	for _, p := range l.CurrentPatients() {
		if !l.HasRecalls(p.N) {
			continue
		}
		for _, it := range p.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindRecall}}) {
			if it.Author.Who != diary.Centre {
				continue
			}
			r := it.Entry.(*diary.Recall)
			k := recallKey(r)
			s := by[k]
			if s == nil {
				s = &sentRecall{key: k, recall: r, by: it.First, at: it.Began, items: make(map[uint32]*diary.Item)}
				by[k] = s
				out = append(out, s)
			}
			if it.Began < s.at {
				s.at, s.by, s.recall = it.Began, it.First, r
			}
			s.items[p.N] = it
		}
	}
	arrange.By(out, func(a, b *sentRecall) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.key, b.key)) })
	return out
}

// sendRecall writes a recall into the diary of each patient who does not have it.
func (g *Guide) sendRecall(r *diary.Recall) {
	key := recallKey(r)
	var to []uint32
	g.env.Client.Look(func(l app.Look) {
		for _, p := range l.CurrentPatients() {
			to = append(to, p.N)
		}
		for _, s := range recallsOf(l) {
			if s.key == key {
				to = slices.DeleteFunc(to, func(n uint32) bool { return s.items[n] != nil })
			}
		}
	})
	entered := diary.MomentOf(g.local(g.now()))
	g.elsewhere(lang.BusySending, func(ctx context.Context) error {
		for _, n := range to {
			e := *r
			e.Head = diary.Head{ID: diary.NewID(), Entered: entered}
			if err := g.env.Client.Tell(ctx, n, &e); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			// Those that have it are not written to again.
			g.bad("", unkept(err))
			return
		}
		g.dropForm()
		g.home()
		g.into(place{name: atRecalled, id: key})
	})
}

func (g *Guide) recallMore(key string) {
	var r *diary.Recall
	g.env.Client.Look(func(l app.Look) {
		for _, s := range recallsOf(l) {
			if s.key == key {
				r = s.recall
			}
		}
	})
	if r != nil {
		g.sendRecall(r)
	}
}

// undoRecall takes a recall back in the diary of each patient.
func (g *Guide) undoRecall(key, why string) {
	g.problems = nil
	why = diary.Clean(why, true)
	if why == "" {
		g.bad(view.FieldWhy, lang.ProblemWhy)
		return
	}
	items := make(map[uint32]diary.ID)
	g.env.Client.Look(func(l app.Look) {
		for _, s := range recallsOf(l) {
			if s.key != key {
				continue
			}
			for n, list := range s.items {
				items[n] = list.ID
			}
		}
	})
	g.elsewhere(lang.BusySending, func(ctx context.Context) error {
		for n, id := range items {
			if err := g.env.Client.Tell(ctx, n, &diary.Retract{Entry: id, Reason: why}); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			// Where it was taken back, it is not listed any more.
			g.bad(view.FieldWhy, unkept(err))
			return
		}
		g.home()
		g.say(lang.NoticeRecallUndone)
	})
}

func (g *Guide) recallPage(l app.Look, f view.Frame) (view.Screen, bool) {
	for _, s := range recallsOf(l) {
		if s.key != g.at.id {
			continue
		}
		m := view.RecallPage{
			Frame: f, ID: s.key, Product: brand(s.recall.Product, s.recall.ProductName), Batches: batchesOf(s.recall.Lots), Note: s.recall.Note, By: s.by.Name,
			At: g.local(time.UnixMilli(s.at)), Sent: len(s.items), Problems: g.problems,
		}
		m.Text = g.draft["recall/"+s.key]
		m.Hits, m.Missing = g.recallHits(l, s, diary.MomentOf(f.Now))
		return m, true
	}
	return nil, false
}

// recallHits are the patients whom a recall concerns: by their diary and stock
// as they are today, and by the legal record, which knows also what was
// corrected and who has left. Those who can be reached come first.
func (g *Guide) recallHits(l app.Look, s *sentRecall, now diary.Moment) (hits []view.RecallHit, missing int) {
	kept := make(map[keyring.SpaceID][]record.Row)
	var order []keyring.SpaceID
	for _, r := range l.Record().Recall(s.recall) {
		kept[r.Patient], order = r.Rows, append(order, r.Patient)
	}
	uses := func(rows []record.Row) (out []view.RecallUse) {
		for _, r := range rows {
			out = append(out, view.RecallUse{At: r.Taken.Time(), Amount: g.sized(r.Amount, r.Product.Unit), Batches: batchesOf(r.Lots), State: r.State})
		}
		return out
	}
	for _, p := range l.Patients() {
		if s.items[p.N] == nil && p.Parting == nil {
			missing++
		}
		id, _ := l.SpaceOf(p.N)
		var t diary.Trace
		if l.MayTrace(p.N, s.recall) {
			t = p.Diary.Trace(s.recall, 0, now)
		}
		if !t.Found() && len(kept[id]) == 0 {
			continue
		}
		hit := view.RecallHit{PatientID: strconv.Itoa(int(p.N)), Pseudonym: p.Pseudonym, CaseNote: p.Note, Used: uses(kept[id]), Gone: p.Parting != nil}
		delete(kept, id)
		if it := s.items[p.N]; it != nil {
			hit.Sent = true
			hit.Read = p.Diary.Seen(it, diary.Patient) == diary.SeenCurrent
			hit.ReadAt = g.seenAt(p.Diary, it)
			for _, about := range p.Diary.About(it) {
				if about.Message() != nil && about.Author.Who == diary.Centre {
					hit.Told, hit.ToldRead = true, g.seenAt(p.Diary, about)
				}
			}
		}
		for _, x := range t.Held {
			hit.Held = append(hit.Held, g.stockLot(s.recall.Product, x))
		}
		for _, it := range t.Used {
			if l.Record().HasEntry(id, it.Entry.Top().ID) {
				continue
			}
			x := it.Treatment()
			hit.Used = append(hit.Used, view.RecallUse{At: it.When.Time(), Amount: g.amountOf(x.Product, x.Amount), Batches: batchesOf(x.Lots)})
		}
		arrange.By(hit.Used, func(a, b view.RecallUse) int { return b.At.Compare(a.At) })
		hits = append(hits, hit)
	}
	for _, id := range order {
		if rows, ok := kept[id]; ok {
			p := l.RecordedPatient(id)
			hits = append(hits, view.RecallHit{Pseudonym: p.Pseudonym, Gone: true, Used: uses(rows)})
		}
	}
	return hits, missing
}

// seenAt is when somebody at home first saw an item as it stands; zero: nobody has.
func (g *Guide) seenAt(d *diary.Diary, it *diary.Item) time.Time {
	for _, s := range d.Sightings(it) {
		if s.By.Who.Home() && s.Current {
			return g.local(time.UnixMilli(s.At))
		}
	}
	return time.Time{}
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
	to := make(map[uint32]diary.ID)
	g.env.Client.Look(func(l app.Look) {
		for _, s := range recallsOf(l) {
			if s.key != key {
				continue
			}
			hits, _ := g.recallHits(l, s, diary.MomentOf(g.local(g.now())))
			for _, h := range hits {
				if n := number(h.PatientID); h.Sent && !g.saidAbout(l, n, s.items[n], text) {
					to[n] = s.items[n].ID
				}
			}
		}
	})
	g.elsewhere(lang.BusySending, func(ctx context.Context) error {
		for n, id := range to {
			if err := g.env.Client.Say(ctx, n, text, id); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			// Those that have it are not written to again.
			g.bad(view.FieldText, unkept(err))
			return
		}
		delete(g.draft, draft)
		g.say(lang.NoticeRecallTold)
	})
}

// saidAbout tells whether a patient was sent the same words about an item before.
func (g *Guide) saidAbout(l app.Look, n uint32, it *diary.Item, text string) bool {
	p, ok := l.Patient(n)
	return ok && slices.ContainsFunc(p.Diary.About(it), func(a *diary.Item) bool {
		return a.Message() != nil && a.Author.Who == diary.Centre && a.Message().Text == text
	})
}
