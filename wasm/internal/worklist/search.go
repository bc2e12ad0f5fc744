package worklist

import (
	"encoding/hex"
	"strconv"
	"strings"

	"vialog/wasm/internal/diary"
)

// Nothing older is searched: who joins brings years along, and what was then is
// seen on the patient's page.
const (
	bleedsBack   = 60  // days
	messagesBack = 60  // days
	recallsBack  = 366 // days
	targetsBack  = 182 // days since a joint became a target joint
	answerWithin = 14  // days after the first dose; later nobody remembers (diary.Prompts)
	outDays      = 3   // a stock that lasts less cannot wait
	weekly       = 7   // days between doses from which on each one missed counts
)

// skew is how far ahead the clock of somebody at home may be: what they write
// counts nevertheless.
const skew = day

// learned is when something happened or was written down, whichever is later.
func learned(it *diary.Item) int64 { return max(it.When.Ms, it.Entry.Top().Entered.Ms) }

// bleeds finds new bleeds, and those whose treatment did not help or of which
// nobody has said so. Nobody is asked about a bleed at three places at once: a
// bleed whose treatment did not help is not listed as new as well.
func (w *search) bleeds() {
	now := w.now.Ms
	for _, b := range w.Diary.Bleeds(diary.Filter{From: now - bleedsBack*day, To: now + skew}, now) {
		fresh := now-learned(b.Item) < w.limit(NewDays)*day
		it := Item{Since: b.When.Ms, Entry: b.ID, Places: b.Bleed().Places, Again: b.Again != nil}
		item := func(k Kind, u Urgency, since int64) {
			it.Ref, it.Urgency, it.Since = Ref{k, about(b.ID, "")}, u, since
			w.found(it)
		}
		first := int64(0)
		for _, t := range b.Treatments {
			if t.When.Ms <= now {
				first = t.When.Ms
				break
			}
		}
		helpless := first != 0 && now-first < answerWithin*day && b.Outcome() == diary.ResponseNone
		if helpless {
			item(NoRelief, Now, first)
		}
		switch {
		case b.Bleed().RedFlag() && (fresh || b.Open && !b.Stale):
			item(RedFlag, Now, b.When.Ms)
		case fresh && !helpless:
			item(NewBleed, Today, b.When.Ms)
		}
		if wait := w.limit(AnswerDays); wait > 0 && first != 0 && b.Bleed().Response72h == 0 && !helpless {
			at := first + wait*day
			if w.later(at); b.Ask72h && now >= at {
				item(NoAnswer, Soon, at)
			}
		}
	}
}

// targets finds the joints that have become target joints (ISTH 2014). A joint
// that becomes one again later is another item.
func (w *search) targets() {
	// All is laid out only for who can have one: three spontaneous bleeds of a
	// joint in the half-year before, or since.
	spontaneous := make(map[diary.Place]int)
	may := false
	from := w.now.Ms - (targetsBack+190)*day
	for _, it := range w.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindBleed}, From: from}) {
		if b := it.Bleed(); b.Cause == diary.CauseSpontaneous {
			for _, p := range b.Places {
				if p.Joint() {
					spontaneous[p]++
					may = may || spontaneous[p] >= diary.ISTH2014.Bleeds
				}
			}
		}
	}
	if !may {
		return
	}
	today, _ := w.now.Wall()
	for _, t := range w.Diary.Ledger(w.now).TargetJoints(diary.ISTH2014) {
		if t.Off.IsZero() && !t.On.Before(today.AddDays(-targetsBack)) {
			w.found(Item{
				Ref: Ref{TargetJoint, strconv.Itoa(int(t.Place)) + " " + t.On.String()}, Urgency: Today, Since: t.On.At(0, w.now.Offset).Ms, Places: []diary.Place{t.Place},
			})
		}
	}
}

// treatments finds reactions and doses from expired lots.
func (w *search) treatments() {
	back := max(w.limit(NewDays), w.limit(ExpiredDays), bleedsBack)
	for _, x := range w.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment}, From: w.now.Ms - back*day, To: w.now.Ms + skew}) {
		if !x.Given() {
			continue
		}
		t := x.Treatment()
		it := Item{Since: x.When.Ms, Entry: x.ID, Product: t.Product, Name: t.ProductName, N: 1}
		if t.Reaction != "" && w.now.Ms-learned(x) < w.limit(NewDays)*day {
			it.Ref, it.Urgency, it.Text = Ref{Reaction, about(x.ID, "")}, Now, t.Reaction
			w.found(it)
		}
		if w.now.Ms-x.When.Ms >= w.limit(ExpiredDays)*day {
			continue
		}
		for _, l := range t.Lots {
			if w.Diary.LotState(t.Product, l, x.When).Expired {
				it.Ref, it.Urgency, it.Batch, it.Text = Ref{LotUsed, clip(about(x.ID, l.Batch))}, Today, l.Batch, ""
				w.found(it)
			}
		}
	}
}

// recalls finds recalled lots that were used. One used again is another item;
// used after the recall was said, it cannot wait.
func (w *search) recalls() {
	for _, r := range w.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindRecall}}) {
		e := r.Entry.(*diary.Recall)
		trace := w.Diary.Trace(e, w.now.Ms-recallsBack*day, w.now)
		if len(trace.Used) == 0 {
			continue
		}
		last := trace.Used[0]
		u := Today
		if last.When.Ms > r.When.Ms {
			u = Now
		}
		it := Item{
			Ref: Ref{LotUsed, about(r.ID, string(last.ID[:]))}, Urgency: u, Since: last.When.Ms, Entry: last.ID, Product: e.Product, Name: e.ProductName, Recall: true, N: len(trace.Used),
		}
		if len(e.Lots) > 0 {
			it.Batch = e.Lots[0].Batch
		}
		for _, l := range last.Treatment().Lots {
			if w.Diary.LotState(e.Product, l, last.When).Recall != nil {
				it.Batch = l.Batch
			}
		}
		w.found(it)
	}
}

// messages finds what nobody at the centre has answered. All of it is one item,
// and one more message makes it another.
func (w *search) messages() {
	var waiting []*diary.Item
	for _, it := range w.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindMessage}, From: w.now.Ms - messagesBack*day}) {
		if !it.First.Who.Home() {
			break
		}
		waiting = append(waiting, it)
	}
	if len(waiting) == 0 {
		return
	}
	last, first := waiting[0], waiting[len(waiting)-1]
	at := first.When.Ms + w.limit(MessageHours)*hour
	if w.later(at); w.now.Ms >= at {
		w.found(Item{Ref: Ref{Message, about(last.ID, "")}, Urgency: Today, Since: first.When.Ms, N: len(waiting), Text: last.Message().Text})
	}
}

// missed finds products of whose planned doses too many were missed. Where a
// week or more lies between two doses, one is too many. The item is named by the
// product alone: what is missed after it was closed opens it again.
func (w *search) missed() {
	most := w.limit(MissedDoses)
	if most == 0 {
		return
	}
	window := w.limit(MissedDays)
	longest := window
	for _, p := range w.Diary.Plans(w.now) {
		if n := apart(p.Plan.Schedule); n >= weekly {
			longest = max(longest, 2*n)
		}
	}
	type tally struct {
		product       diary.ProductID
		rare          bool
		n, first      int64 // how many were missed, and when the first
		closed        int64 // when the item was closed, ms
		again, first2 int64 // how many were missed since, and when the first
	}
	var order []*tally
	by := make(map[diary.ProductID]*tally)
	for _, g := range w.Diary.Doses(w.now.Ms-longest*day, w.now.Ms, w.now) {
		p := g.Plan.Plan
		span := apart(p.Schedule)
		rare := span >= weekly
		if g.State != diary.DoseMissed || !rare && g.Due.Ms <= w.now.Ms-window*day || rare && g.Due.Ms <= w.now.Ms-2*span*day {
			continue
		}
		t := by[p.Product]
		if t == nil {
			t = &tally{product: p.Product, first: g.Due.Ms}
			if m := w.Marks[Ref{Missed, string(p.Product)}]; m != nil {
				t.closed = m.Since()
			}
			by[p.Product] = t
			order = append(order, t)
		}
		t.n++
		t.rare = t.rare || rare
		if g.Due.Ms > t.closed {
			if t.again == 0 {
				t.first2 = g.Due.Ms
			}
			t.again++
		}
	}
	enough := func(t *tally, n int64) bool { return n >= most || t.rare && n > 0 }
	for _, t := range order {
		it := Item{Ref: Ref{Missed, string(t.product)}, Urgency: Today, Product: t.product}
		switch {
		case t.closed != 0 && enough(t, t.again):
			it.N, it.Since = int(t.again), t.first2
			it.Mark = w.Marks[it.Ref].anew()
			w.items = append(w.items, it)
		case enough(t, t.n):
			it.N, it.Since = int(t.n), t.first
			w.found(it)
		}
	}
}

// apart is how many days lie between two days of a schedule with doses, at most.
func apart(s diary.Schedule) int64 {
	if s.EveryDays != 0 {
		return int64(s.EveryDays)
	}
	days := 0
	for i := range 7 {
		if s.Weekdays&diary.WeekdaysOf(i) != 0 {
			days++
		}
	}
	if days == 1 {
		return 7
	}
	return 1 // at most six; less than a week is all that matters
}

// stock finds what has to be ordered. The item is named by the last delivery or
// count: when the next one runs low, that is another item, and so is a stock that
// was only low and now is nearly out.
func (w *search) stock() {
	limit := w.limit(StockDays)
	if limit == 0 {
		return
	}
	var stocked []diary.Stocked
	for _, h := range w.Diary.Supply(w.now) {
		runs := h.Planned && !h.Out.IsZero() && int64(h.Days) < limit
		lacks := h.Reserve > 0 && !h.Kept
		if !runs && !lacks {
			continue
		}
		if stocked == nil {
			stocked = w.Diary.Stocked()
		}
		var came *diary.Item
		for _, s := range stocked {
			if s.Product != h.Product || !strings.EqualFold(s.Name, h.Name) {
				continue
			}
			for _, m := range s.Moves {
				if r, ok := m.Entry.(*diary.Removal); m.Kind() == diary.KindPack || ok && r.Why == diary.WhyCounted {
					came = m.Item
					break
				}
			}
		}
		if came == nil {
			continue
		}
		it := Item{Ref: Ref{Stock, about(came.ID, "low")}, Urgency: Soon, Since: w.now.Ms, Product: h.Product, Name: h.Name, N: h.Days, Reserve: !runs}
		if runs && h.Days < outDays || h.Vials == 0 {
			it.What, it.Urgency = about(came.ID, "out"), Today
		}
		// It has been so since the last that was taken out.
		for _, s := range stocked {
			if s.Product == h.Product && strings.EqualFold(s.Name, h.Name) && len(s.Moves) > 0 {
				it.Since = min(it.Since, s.Moves[0].When.Ms)
			}
		}
		w.found(it)
	}
}

// written are the kinds of entries that show that a diary is kept.
var written = []diary.Kind{
	diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindMessage, diary.KindPack, diary.KindRemoval, diary.KindMeasure, diary.KindPhoto, diary.KindAbout,
}

// silence finds a diary in which home has written nothing for long. The item is
// named by the day of the last entry.
func (w *search) silence() {
	span := int64(0) // between planned doses; 0: none are planned
	for _, p := range w.Diary.Plans(w.now) {
		if !p.Plan.Schedule.OnDemand() && !p.Shadowed {
			span = max(span, apart(p.Plan.Schedule))
		}
	}
	limit := w.limit(SilentUnplannedDays)
	if span > 0 {
		limit = w.limit(SilentDays)
	}
	if limit == 0 {
		return
	}
	limit = max(limit, 2*span)
	last, id := w.Joined, diary.ID{}
	heard := w.Diary.Timeline(diary.Filter{Kinds: written, Limit: 30, Match: func(it *diary.Item) bool { return it.First.Who.Home() && it.When.Ms <= w.now.Ms+skew }})
	for i, it := range heard {
		if at := learned(it); i == 0 || at > last {
			last, id = at, it.ID
		}
	}
	if last == 0 {
		return
	}
	since := diary.Moment{Ms: last, Offset: w.now.Offset}
	on, _ := since.Wall()
	today, _ := w.now.Wall()
	days := int64(0)
	for d := on; d.Before(today) && days < 3660; d = d.AddDays(1) {
		days++
	}
	if days < limit {
		return
	}
	it := Item{Ref: Ref{Silence, on.String()}, Urgency: Soon, Since: last, N: int(days)}
	if id.IsZero() {
		it.What = "never"
	}
	w.found(it)
}

func clip(s string) string {
	if len(s) > MaxWhat {
		return s[:MaxWhat]
	}
	return s
}

// String is the Ref as it stands in a page: kind, dot, hex digits.
func (r Ref) String() string {
	return strconv.Itoa(int(r.Kind)) + "." + hex.EncodeToString([]byte(r.What))
}

// ParseRef is the inverse of String.
func ParseRef(s string) (r Ref, ok bool) {
	kind, what, ok := strings.Cut(s, ".")
	n, err := strconv.ParseUint(kind, 10, 8)
	b, err2 := hex.DecodeString(what)
	if !ok || err != nil || err2 != nil || n == 0 || len(b) == 0 || len(b) > MaxWhat {
		return Ref{}, false
	}
	return Ref{Kind(n), string(b)}, true
}
