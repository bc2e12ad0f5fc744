package screen

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// What the list of patients and the frame say of a diary is worked out once, and
// again when the diary has another entry or when time has passed that matters:
// with a thousand patients no drawing can go through all diaries.

// A stamp says of which diary something was worked out, and how long it holds.
type stamp struct {
	diary        *diary.Diary
	size         int   // of what was looked at
	began, until int64 // ms
	offset       int16
}

// holds tells whether it still stands.
func (s stamp) holds(d *diary.Diary, size int, now diary.Moment) bool {
	return s.diary == d && s.size == size && s.offset == now.Offset && now.Ms >= s.began && now.Ms < s.until
}

// A brief is what every list needs of a diary.
type brief struct {
	stamp
	row view.PatientRow // without name, note and work
}

// holds is stamp's: what a centre writes of recalls, and that it was here, changes nothing.
func (b brief) holds(d *diary.Diary, now diary.Moment) bool {
	return b.stamp.holds(d, d.Stirred(), now)
}

// A counting is what only some columns need. It takes longer.
type counting struct {
	stamp
	is *view.PatientFigures
}

func (c counting) holds(d *diary.Diary, now diary.Moment) bool { return c.stamp.holds(d, d.Len(), now) }

// rows are those of all patients. They are gone when the vault locks.
type rows struct {
	briefs  map[uint32]brief
	figures map[uint32]counting
	lang    lang.Lang // of figures
	busy    bool      // figures are being worked out
	run     int       // what was begun before a lock is forgotten
}

const (
	newsMonths = 3  // what is older is not counted as news
	quietDays  = 21 // without an entry of home
)

// endOfDay is when the day on the wall of now ends, ms.
func endOfDay(now diary.Moment) int64 {
	today, _ := now.Wall()
	return today.AddDays(1).At(0, now.Offset).Ms
}

// briefOf works a brief out.
func briefOf(d *diary.Diary, now diary.Moment) brief {
	var r view.PatientRow
	until := endOfDay(now)
	later := func(at int64) {
		if at > now.Ms {
			until = min(until, at)
		}
	}
	today, _ := now.Wall()
	since := today.AddMonths(-newsMonths).At(0, now.Offset).Ms
	r.Unread = len(d.Unseen(diary.Centre, diary.Filter{From: since, Limit: 99}))
	if last := d.Timeline(diary.Filter{Limit: 1, Match: func(it *diary.Item) bool { return it.Author.Who.Home() }}); len(last) > 0 {
		r.Last = last[0].When.Time()
		r.LastKind = map[diary.Kind]view.EntryKind{
			diary.KindTreatment: view.KindTreatment, diary.KindBleed: view.KindBleed, diary.KindNote: view.KindNote, diary.KindMessage: view.KindMessage, diary.KindPlan: view.KindPlan,
		}[last[0].Kind()]
		quiet := last[0].When.Ms + quietDays*24*time.Hour.Milliseconds() + 1
		if later(quiet); now.Ms >= quiet {
			r.State = view.PatientQuiet
		}
	}
	for _, b := range d.OpenBleeds(now.Ms) {
		if later(b.Holds); b.Stale || r.Bleeding {
			continue
		}
		r.Bleeding = true
		if ps := b.Bleed().Places; len(ps) > 0 {
			r.Place = ps[0]
		}
	}
	return brief{stamp{d, d.Stirred(), now.Ms, until, now.Offset}, r}
}

// brief is that of a patient, worked out anew if it has to be.
func (r *rows) brief(n uint32, d *diary.Diary, now diary.Moment) view.PatientRow {
	b, ok := r.briefs[n]
	if !ok || !b.holds(d, now) {
		if b = briefOf(d, now); r.briefs == nil {
			r.briefs = make(map[uint32]brief)
		}
		r.briefs[n] = b
	}
	return b.row
}

// inTime is brief, or, where a diary rests and there is no time to read it again, what
// was worked out of it before. Then it is late.
func (r *rows) inTime(l app.Look, n uint32, d *diary.Diary, now diary.Moment) (row view.PatientRow, late bool) {
	if b := r.briefs[n]; !b.holds(d, now) {
		if !l.MayWake(n) {
			return b.row, true
		}
		l.WorkOf(n, now) // while the diary is in memory: it may rest again
	}
	return r.brief(n, d, now), false
}

// withNews counts the patients of whom the centre has not seen everything, and lists
// those whose diary has to be read again for it.
func (r *rows) withNews(l app.Look, now diary.Moment) (n int, late []uint32) {
	l.Diaries(func(p uint32, d *diary.Diary, parted bool) {
		row, old := r.inTime(l, p, d, now)
		if old {
			late = append(late, p)
		}
		if !parted && row.Unread > 0 {
			n++
		}
	})
	return n, late
}

// Read is told of each patient whose diary was read after unlocking. It may be called
// within a Look from any goroutine, and works out what every list needs.
func (g *Guide) Read(l app.Look, n uint32) {
	now := diary.MomentOf(g.local(g.now()))
	p, ok := l.Patient(n)
	if !ok {
		return
	}
	l.WorkOf(n, now)
	b := briefOf(p.Diary, now)
	g.read.mu.Lock()
	defer g.read.mu.Unlock()
	if g.read.briefs == nil {
		g.read.briefs = make(map[uint32]brief)
	}
	g.read.briefs[n] = b
}

// readings are the briefs that other goroutines have worked out since the last drawing.
type readings struct {
	mu     sync.Mutex
	briefs map[uint32]brief // guarded by mu
	busy   bool             // of the guide alone: diaries are being read again
}

// bringRead takes over what was worked out beside everything else.
func (g *Guide) bringRead() {
	g.read.mu.Lock()
	defer g.read.mu.Unlock()
	if g.rows.briefs == nil {
		g.rows.briefs = make(map[uint32]brief)
	}
	maps.Copy(g.rows.briefs, g.read.briefs)
	clear(g.read.briefs)
}

// readAgain reads diaries again that rest and of which something is out of date,
// beside everything else: the client is free between one and the next, and what is
// there is shown.
func (g *Guide) readAgain(list []uint32) {
	if g.read.busy || len(list) == 0 {
		return // what is missing then is begun afterwards
	}
	g.read.busy = true
	ctx := g.ctx
	go func() {
		told := time.Now()
		for _, n := range list {
			g.env.Client.Look(func(l app.Look) { g.Read(l, n) })
			if time.Since(told) > readShown {
				g.Changed()
				told = time.Now()
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Millisecond): // in a browser all of it is one thread
			}
		}
		select {
		case g.do <- func() { g.read.busy = false }:
		case <-ctx.Done():
		}
	}()
}

// readShown lies between two drawings while diaries are read again.
const readShown = 300 * time.Millisecond

// progress says how far the diaries are read, of a centre that has many.
func (g *Guide) progress(l app.Look, f *view.Frame) {
	now := diary.MomentOf(f.Now)
	g.bringRead()
	var late []uint32
	f.Unread, late = g.rows.withNews(l, now) // first, since it works out all that the lists need
	f.Work = l.WorkCount(now)
	g.work.count = f.Work
	left, of := l.Reading()
	if left > 0 {
		f.Read, f.ReadOf = of-left, of
		return // what is out of date is read again afterwards
	}
	for _, n := range l.Behind(now) {
		if !slices.Contains(late, n) {
			late = append(late, n)
		}
	}
	if len(late) > 0 {
		of := 0
		l.Diaries(func(uint32, *diary.Diary, bool) { of++ })
		f.Read, f.ReadOf = of-len(late), of
		g.readAgain(late)
	}
}

// needsAll tells whether a place of a centre is of no use before all diaries are read.
func needsAll(at placeName) bool {
	return at >= placesRecord && at < placesParting && at != atColumns || at >= placesStudies && at < placesEvidence || at == atEvidence
}

// countingOf works out what the columns of figures say.
func countingOf(d *diary.Diary, now diary.Moment, in lang.Lang) counting {
	f := new(view.PatientFigures)
	about, _ := d.AboutPatient()
	f.Diagnosis, f.Severity = about.Diagnosis, about.Severity
	today, _ := now.Wall()
	year := diary.YearBack(today)
	bleeds := d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindBleed}})
	ledger := d.LedgerSince(now, year.From)
	if mayHaveTargets(bleeds) {
		ledger = d.Ledger(now) // a joint is released after a year without silences
		for _, t := range ledger.TargetJoints(diary.ISTH2014) {
			if t.Off.IsZero() {
				f.Targets++
			}
		}
	}
	rates := ledger.Rates(year, false)
	f.ABR, f.AJBR, f.Doses = rates.All, rates.Joint, ledger.Adherence(year)
	if len(bleeds) > 0 {
		f.LastBleed = bleeds[0].When
	}
	for i, p := range d.Plans(now) {
		if i == 0 {
			product, _ := diary.Products.Find(p.Plan.Product)
			f.Product = product.Brand
		} else {
			f.Plan += "; "
		}
		f.Plan += planLine(in, p.Plan)
	}
	if last := d.LastTreatment(0); f.Product == "" && last != nil {
		t := last.Treatment()
		product, _ := diary.Products.Find(t.Product)
		if f.Product = product.Brand; f.Product == "" {
			f.Product = t.ProductName
		}
	}
	for _, h := range d.Supply(now) {
		if !h.Planned {
			continue
		}
		days := view.MaxStockDays
		if !h.Out.IsZero() {
			days = min(days, h.Days)
		}
		if !f.Stocked || days < f.StockDays {
			f.Stocked, f.StockDays = true, days
		}
	}
	return counting{stamp{d, d.Len(), now.Ms, d.DosesHold(now), now.Offset}, f}
}

// mayHaveTargets tells whether a joint bled often enough to be a target joint.
func mayHaveTargets(bleeds []*diary.Item) bool {
	n := make(map[diary.Place]int)
	for _, it := range bleeds {
		for _, p := range it.Bleed().Places {
			if n[p]++; p.Joint() && n[p] >= diary.ISTH2014.Bleeds {
				return true
			}
		}
	}
	return false
}

// attach puts the figures that are known beside the rows and returns whose are
// missing or out of date. A few are worked out at once.
func (r *rows) attach(list []view.PatientRow, diaries map[string]*diary.Diary, now diary.Moment, in lang.Lang) (missing []uint32) {
	if r.figures == nil || r.lang != in {
		r.figures, r.lang = make(map[uint32]counting), in
	}
	few := fewDiaries
	for i := range list {
		d := diaries[list[i].ID]
		if d == nil {
			continue
		}
		n := number(list[i].ID)
		c, ok := r.figures[n]
		if !ok || !c.holds(d, now) {
			if few > 0 && !r.busy {
				few--
				c = countingOf(d, now, in)
				r.figures[n] = c
			} else {
				missing = append(missing, n)
			}
		}
		list[i].Figures = c.is
	}
	return missing
}

// countRows works out the figures of many patients beside everything else: the
// client is free between one and the next, and what is there is shown.
func (g *Guide) countRows(list []uint32, now diary.Moment) {
	if g.rows.busy {
		return // what is missing then is begun afterwards
	}
	g.rows.busy = true
	run, in, ctx := g.rows.run, g.lang, g.ctx
	tell := func(part map[uint32]counting, end bool) bool {
		select {
		case g.do <- func() {
			if g.rows.run != run {
				return
			}
			if g.rows.lang == in && g.rows.figures != nil {
				maps.Copy(g.rows.figures, part)
			}
			g.rows.busy = !end
		}:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		part, told := make(map[uint32]counting), time.Now()
		for _, n := range list {
			g.env.Client.Look(func(l app.Look) {
				if p, ok := l.Patient(n); ok {
					part[n] = countingOf(p.Diary, now, in)
				}
			})
			runtime.Gosched()
			if time.Since(told) > 300*time.Millisecond {
				if !tell(part, false) {
					return
				}
				part, told = make(map[uint32]counting), time.Now()
			}
		}
		tell(part, true)
	}()
}
