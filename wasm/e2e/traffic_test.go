package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/link"
)

// A sight is one box as the relay sees it come.
type sight struct {
	channel wire.Channel
	size    int
	at      time.Time // by the clock of whoever sent it
}

// An onlooker notes the boxes that one person sends, each once, however often it
// has to be sent.
type onlooker struct {
	mu   sync.Mutex
	now  func() time.Time
	seen []sight
	ids  map[wire.BoxID]bool
}

type watched struct {
	link.Conn
	o *onlooker
}

func (c watched) Send(b []byte) error {
	c.o.note(b)
	return c.Conn.Send(b)
}

func (o *onlooker) note(b []byte) {
	f, err := wire.Parse(b)
	if err != nil {
		return
	}
	a, ok := f.(*wire.AppendBoxes)
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range a.Boxes {
		if !o.ids[x.ID] {
			o.ids[x.ID] = true
			o.seen = append(o.seen, sight{a.Channel, len(x.Data), o.now()})
		}
	}
}

// all returns what was seen, and forgets it.
func (o *onlooker) all() []sight {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.seen
	o.seen = nil
	return out
}

// watch has an onlooker at the line of the person that make brings in.
func (r *relay) watch(make func() *person) (*person, *onlooker) {
	o := &onlooker{now: time.Now, ids: map[wire.BoxID]bool{}}
	was := r.dial
	r.dial = func(ctx context.Context, url string) (link.Conn, error) {
		c, err := dial(ctx, url)
		return watched{c, o}, err
	}
	p := make()
	r.dial = was
	o.mu.Lock()
	o.now = p.env.Now
	o.mu.Unlock()
	return p, o
}

// sizes lists the sizes of boxes for each channel, the channels by what is in
// them: whoever is compared has channels of other names.
func sizes(seen []sight) (out []string) {
	by := make(map[wire.Channel][]int)
	for _, s := range seen {
		by[s.channel] = append(by[s.channel], s.size)
	}
	for _, l := range by {
		slices.Sort(l)
		out = append(out, fmt.Sprint(l))
	}
	slices.Sort(out)
	return out
}

// A doctor chooses what is written to a patient so that it repeats what the
// patient writes, or would be of use to who compresses, or is as unlike it as can
// be. The patient's device sends the same number of boxes, of the same sizes.
func TestWhatOthersSendDoesNotChangeWhatADeviceSends(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	secret := "Blutung im linken Knie nach dem Fußball, Faktor um 7:40 gespritzt; "
	notes := []string{secret, strings.Repeat(secret, 14), strings.Repeat(secret, 40), strings.Repeat(secret, 20) + "ENDE"}
	rng := rand.New(rand.NewPCG(56, 1))
	noise := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "[rng.IntN(63)]
		}
		return "x" + string(b[1:n-1]) + "x" // no blanks at an end
	}
	var want []string
	for _, tt := range []struct {
		claim string
		sends func(text string) string // in place of what the patient is going to write
	}{
		{"what has nothing to do with it", func(text string) string { return noise(len(text)) }},
		{"the very same", func(text string) string {
			return strings.TrimSpace(text) + strings.Repeat(";", len(text)-len(strings.TrimSpace(text)))
		}},
		{"what can be compressed to nothing", func(text string) string { return strings.Repeat("a", len(text)) }},
	} {
		var n uint32
		pat, line := r.watch(func() (p *person) { p, n = doc.patient(r, ""); return p })
		fine(t, "before", doc, pat)
		for _, text := range notes {
			told := tt.sends(text)
			check(t, doc.Say(t.Context(), n, told, diary.ID{}))
			pat.until("the patient has what was sent", func() bool { return pat.sees(0, diary.ID{}, said(told)) })
		}
		fine(t, "between", doc, pat)
		line.all()
		for _, text := range notes {
			must(pat.Record(t.Context(), note(text)))(t)
			doc.until("the doctor has the note", func() bool { return doc.sees(n, diary.ID{}, hasNote(text)) })
		}
		must(pat.Record(t.Context(), dose(secret)))(t)
		must(pat.Record(t.Context(), bleed()))(t)
		pat.settled()
		got := sizes(line.all())
		if len(got) != 2 || strings.Count(strings.Join(got, " "), " ") < 2*(len(notes)+1) {
			t.Fatalf("%s: the patient has sent %v", tt.claim, got)
		}
		if want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("%s: the patient sends %v, and without it %v", tt.claim, got, want)
		}
	}
}

// What times tell is told to people in shared/THREATS.md, and it is this. Three
// patients live for 30 days with one centre. Without any address, from times
// alone, a relay finds which two channels are one person's. It does not find out
// what was written, and looking at a diary tells it nothing more than that table.
func TestTimesTellTheRelayWhatTheTableSays(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc, desk := r.watch(func() *person { return r.centre("Centre A") })
	type patient struct {
		*person
		line         *onlooker
		n            uint32 // at the centre
		home, shared wire.Channel
	}
	var people []*patient
	for range 3 {
		p := new(patient)
		p.person, p.line = r.watch(func() (q *person) { q, p.n = doc.patient(r, ""); return q })
		people = append(people, p)
	}
	everybody := []*person{doc}
	for _, p := range people {
		everybody = append(everybody, p.person)
	}
	fine(t, "the first day", everybody...)
	at := make(map[wire.Channel][]time.Time)
	watch := func(seen []sight) {
		for _, s := range seen {
			at[s.channel] = append(at[s.channel], s.at)
		}
	}

	// An entry is one box of home and one of the centre's, of one size whatever it is.
	kinds := []func() diary.Entry{
		func() diary.Entry { return dose("") },
		func() diary.Entry { return bleed() },
		func() diary.Entry { return note("Heute war nichts.") },
	}
	told := make(map[string]int) // kind and size of box: how often
	rng := rand.New(rand.NewPCG(58, 1))
	for day := 1; day <= 30; day++ {
		for i, p := range people {
			for range rng.IntN(2 + i) { // some write more than others
				clock := time.Duration(day)*24*time.Hour + time.Duration(rng.IntN(14*60*60))*time.Second
				for _, q := range everybody {
					q.move(clock)
				}
				p.sentAll()
				watch(p.line.all())
				kind := rng.IntN(len(kinds))
				must(p.Record(t.Context(), kinds[kind]()))(t)
				p.sentAll()
				seen := p.line.all()
				watch(seen)
				for _, s := range seen {
					told[fmt.Sprint(kind, " ", s.size)]++
				}
			}
		}
	}
	desk.all()

	// Which channels are whose, as only the people know.
	for _, p := range people {
		must(p.Record(t.Context(), note("the last")))(t)
		doc.until("the doctor has the last of them", func() bool { return doc.sees(p.n, diary.ID{}, hasNote("the last")) })
		p.sentAll()
		seen := p.line.all()
		check(t, doc.Say(t.Context(), p.n, "answer", diary.ID{}))
		doc.sentAll()
		answered := make(map[wire.Channel]bool)
		for _, s := range desk.all() {
			answered[s.channel] = true
		}
		for _, s := range seen {
			if answered[s.channel] {
				p.shared = s.channel
			} else {
				p.home = s.channel
			}
		}
		watch(seen)
		if p.home == (wire.Channel{}) || p.shared == (wire.Channel{}) {
			t.Fatalf("of %v", sizes(seen))
		}
	}
	for _, p := range people {
		best, most := wire.Channel{}, -1
		for _, q := range people {
			if n := together(at[p.home], at[q.shared]); n > most {
				best, most = q.shared, n
			}
		}
		if best != p.shared {
			t.Errorf("times do not tell that two channels are one person's; then the table says too much")
		}
	}

	// The size tells the kind no better than who always guesses the commonest.
	bySize, byKind, total := make(map[string]map[string]int), make(map[string]int), 0
	for what, n := range told {
		kind, size, _ := strings.Cut(what, " ")
		if bySize[size] == nil {
			bySize[size] = make(map[string]int)
		}
		bySize[size][kind] += n
		byKind[kind] += n
		total += n
	}
	right := 0
	for _, l := range bySize {
		right += slices.Max(slices.Collect(maps.Values(l)))
	}
	if guess := slices.Max(slices.Collect(maps.Values(byKind))); total < 60 || float64(right) > 1.1*float64(guess) {
		t.Errorf("of %d boxes the kind of %d can be told from their size, of %d by guessing: %v", total, right, guess, bySize)
	}

	// A look at a diary is an entry, and a box, at most once an hour; what a patient
	// reads is none.
	p := people[0]
	fine(t, "before looking", everybody...)
	p.line.all()
	clock := time.Duration(doc.ahead.Load())
	looks := func() (n int) {
		doc.Look(func(l app.Look) {
			i, _ := l.Patient(p.n)
			n = len(i.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}}))
		})
		return n
	}
	for _, look := range []struct {
		minute time.Duration
		total  int
	}{{0, 1}, {20, 1}, {59, 1}, {61, 2}} {
		for _, q := range everybody {
			q.move(clock + look.minute*time.Minute)
		}
		check(t, doc.Opened(t.Context(), p.n))
		if n := looks(); n != look.total {
			t.Errorf("%d minutes after the first look at a diary there are %d in it, want %d", look.minute, n, look.total)
		}
	}
	doc.sentAll()
	p.until("the patient can read who looked", func() bool {
		n := 0
		p.Look(func(l app.Look) { n = len(l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}})) })
		return n == 2
	})
	p.sentAll()
	for _, s := range p.line.all() {
		if s.size == 1024 { // larger ones are summaries and keys, which are due by the calendar
			t.Error("reading has sent something")
		}
	}
}

// together counts the boxes of a that came within ten seconds of one of b.
func together(a, b []time.Time) (n int) {
	for _, x := range a {
		if slices.ContainsFunc(b, func(y time.Time) bool { return x.Sub(y).Abs() < 10*time.Second }) {
			n++
		}
	}
	return n
}
