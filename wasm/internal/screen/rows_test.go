package screen

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// A growing is a diary to which a test adds.
type growing struct {
	diary *diary.Diary
	n     uint64
}

func (g *growing) add(t testing.TB, at int64, who diary.Who, e diary.Entry) {
	t.Helper()
	if e.Top().ID.IsZero() {
		e.Top().ID = diary.NewID()
	}
	if e.Top().Entered.IsZero() {
		e.Top().Entered = diary.Moment{Ms: at}
	}
	body, err := diary.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	g.n++
	g.diary.Add(diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who}, Written: at, Hash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, g.n))})
}

// What is kept of a diary is at any time what would be worked out anew: whatever
// was written meanwhile, also ahead of time, whatever time has passed, and in
// whatever zone the doctor is.
func TestAKeptRowIsWhatTheDiarySaysAtAnyTime(t *testing.T) {
	keptRows(t, 1795775482162607554) // a late dose before a gap in the plan
	keptRows(t, uint64(time.Now().UnixNano()))
}

func keptRows(t *testing.T, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	until := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	hour := time.Hour.Milliseconds()
	served, renewed := 0, 0
	for i, c := range sample.Cases(seed, 15, until, "en") {
		g := growing{diary: new(diary.Diary)}
		now := diary.Moment{Ms: until.UnixMilli() - 30*24*hour, Offset: 60}
		var r rows
		r.figures = make(map[uint32]counting)
		rest := c.Steps
		for now.Ms < until.UnixMilli()+40*24*hour {
			for len(rest) > 0 && rest[0].At <= now.Ms {
				g.add(t, rest[0].At, rest[0].Who, rest[0].Entry)
				rest = rest[1:]
			}
			if rng.IntN(12) == 0 {
				g.surprise(t, rng, now)
			}
			if was, ok := r.briefs[1]; ok && was.holds(g.diary, now) {
				served++
			} else {
				renewed++
			}
			if got, want := r.brief(1, g.diary, now), briefOf(g.diary, now).row; got != want {
				t.Fatalf("case %d at %v:\nkept  %+v\nfresh %+v", i, now.Time(), got, want)
			}
			list := []view.PatientRow{{ID: "1"}}
			r.attach(list, map[string]*diary.Diary{"1": g.diary}, now, lang.English)
			if got, want := list[0].Figures, countingOf(g.diary, now, lang.English).is; !reflect.DeepEqual(got, want) {
				t.Fatalf("case %d at %v:\nkept  %+v\nfresh %+v", i, now.Time(), got, want)
			}
			switch rng.IntN(8) {
			case 0:
				now.Offset = []int16{0, 60, 120, -300}[rng.IntN(4)]
			case 1:
				now.Ms += rng.Int64N(9 * 24 * hour)
			case 2:
				// To the very moment at which something may change, and around it.
				if b := r.figures[1]; b.until > now.Ms {
					now.Ms = b.until - 1 + rng.Int64N(3)
				}
			case 3:
				if b := r.briefs[1]; b.until > now.Ms {
					now.Ms = b.until - 1 + rng.Int64N(3)
				}
			default:
				now.Ms += rng.Int64N(5 * hour)
			}
		}
	}
	if served < renewed/4 || renewed == 0 {
		t.Errorf("%d rows were kept, %d worked out", served, renewed)
	}
}

// surprise adds what people also write: ahead of time, without an end, late.
func (g *growing) surprise(t testing.TB, rng *rand.Rand, now diary.Moment) {
	day := 24 * time.Hour.Milliseconds()
	when := diary.Moment{Ms: now.Ms + rng.Int64N(6*day) - 3*day, Offset: now.Offset}
	switch rng.IntN(4) {
	case 0:
		b := &diary.Bleed{Start: when, Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseSpontaneous}
		g.add(t, now.Ms, diary.Patient, b)
		g.add(t, now.Ms, diary.Patient, &diary.Treatment{
			Taken: diary.Moment{Ms: when.Ms + rng.Int64N(20*day), Offset: when.Offset}, Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, Bleed: b.ID,
		})
	case 1:
		g.add(t, now.Ms, diary.Patient, &diary.Message{Text: "hello"})
	case 2:
		on, _ := when.Wall()
		g.add(t, now.Ms, diary.Centre, &diary.Plan{
			Product: "fviii.advate", Amount: diary.Units(1500), Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{7 * 60, 19 * 60}}, Reason: diary.ReasonProphylaxis, From: on, Until: on.AddDays(rng.IntN(5)),
		})
	case 3:
		g.add(t, now.Ms, diary.Patient, &diary.Treatment{Taken: when, Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis})
	}
}

// thousand are the diaries of as many patients, two years each.
func thousand(t testing.TB) (list []*diary.Diary, now diary.Moment) {
	until := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	for _, c := range sample.Cases(1, 100, until, "en") {
		for range 10 {
			g := growing{diary: new(diary.Diary)}
			for _, s := range c.Steps {
				g.add(t, s.At, s.Who, s.Entry)
			}
			g.diary.Timeline(diary.Filter{Limit: 1})
			list = append(list, g.diary)
		}
	}
	return list, diary.MomentOf(until)
}

// BenchmarkRows draws on the rows of a thousand patients: what a drawing cost
// when it went through all diaries, what it costs now, and their ratio.
func BenchmarkRows(b *testing.B) {
	list, now := thousand(b)
	var r rows
	for i, d := range list {
		r.brief(uint32(i), d, now)
	}
	began := time.Now()
	for _, d := range list {
		briefOf(d, now)
	}
	fresh := time.Since(began)
	began = time.Now()
	for _, d := range list {
		countingOf(d, now, lang.English)
	}
	figures := time.Since(began)
	var each time.Duration
	for b.Loop() {
		began := time.Now()
		for i, d := range list {
			r.brief(uint32(i), d, now)
		}
		each += time.Since(began)
	}
	kept := each / time.Duration(b.N)
	b.ReportMetric(float64(fresh.Microseconds()), "fresh-µs")
	b.ReportMetric(float64(figures.Milliseconds()), "figures-ms")
	b.ReportMetric(float64(kept.Microseconds()), "kept-µs")
	b.ReportMetric(float64(fresh)/float64(kept), "ratio")
}

func TestColumnsAreKeptAsTheyWereChosenAndNothingElseIsTaken(t *testing.T) {
	x := unlocked(t)
	if !slices.Equal(x.columns(), view.UsualColumns) {
		t.Fatalf("at first %v", x.columns())
	}
	show := func(act string, column int) { x.press(act, view.FieldColumn, strconv.Itoa(column)) }
	show(view.ActColumnShow, view.ColumnAJBR)
	show(view.ActColumnShow, view.ColumnNews)
	show(view.ActColumnShow, view.ColumnWho) // always there
	show(view.ActColumnUp, view.ColumnAJBR)
	if last := x.page.commands[len(x.page.commands)-1]; last != "focus id column-up-10" {
		t.Errorf("the focus goes nowhere: %q", last)
	}
	show(view.ActColumnDown, view.ColumnNote)
	show(view.ActColumnUp, view.ColumnLast) // already the first
	want := []int{view.ColumnLast, view.ColumnNote, view.ColumnAJBR, view.ColumnState}
	if !slices.Equal(x.columns(), want) {
		t.Fatalf("chosen %v, want %v", x.columns(), want)
	}
	x.press(view.ActPatientsSort, view.FieldColumn, strconv.Itoa(view.ColumnAJBR))
	x.press(view.ActPatientsOnly, view.FieldOnly, strconv.Itoa(int(view.OnlyNews)))
	bring := func() { x.listed, x.chosen = []byte{0}, nil; x.env.Client.Look(x.bringList) }
	if bring(); !slices.Equal(x.columns(), want) || x.sorted != (view.Order{Column: view.ColumnAJBR, Down: true}) || x.only != view.OnlyNews {
		t.Errorf("kept %v, by %v, only %v", x.columns(), x.sorted, x.only)
	}
	x.press(view.ActPatientsOnly, view.FieldOnly, "0")
	show(view.ActColumnShow, view.ColumnAJBR)
	if x.sorted != (view.Order{}) {
		t.Error("sorted by a column that is not there")
	}
	for _, c := range want {
		if c != view.ColumnAJBR {
			show(view.ActColumnShow, c)
		}
	}
	if bring(); x.columns() == nil || len(x.columns()) != 0 {
		t.Errorf("nothing but the name: %v", x.columns())
	}
	x.press(view.ActColumnsReset)
	if bring(); !slices.Equal(x.columns(), view.UsualColumns) {
		t.Errorf("reset %v", x.columns())
	}
	for name, raw := range map[string][]byte{
		"none": nil, "empty": {}, "a later version": {3, 0, 0, 0, 0}, "a column that is unknown": {1, 250}, "one twice": {1, 3, 3}, "the name": {1, view.ColumnWho},
		"cut": {2, 0, 0, 0}, "a state that is unknown": {2, byte(view.Onlys), 0, 0, 0}, "half turned": {2, 0, 0, 2, 0}, "half chosen": {2, 0, 0, 0, 2},
		"usual and chosen": {2, 0, 0, 0, 0, 3}, "by what is not shown": {2, 0, view.ColumnAJBR, 0, 0}, "one twice, of this version": {2, 1, 0, 0, 1, 3, 3},
	} {
		if chosen, o, only := parseList(raw); chosen != nil || o != (view.Order{}) || only != view.OnlyAll {
			t.Errorf("%s: %v is taken for %v, %v, %v", name, raw, chosen, o, only)
		}
	}
	if chosen, _, _ := parseList([]byte{1, view.ColumnLast}); !slices.Equal(chosen, []int{view.ColumnLast}) {
		t.Errorf("what an older release kept is %v", chosen)
	}
	all := make([]int, 0, view.PatientColumns)
	for c := range view.PatientColumns {
		if c != view.ColumnWho {
			all = append(all, c)
		}
	}
	most := packList(all, view.Order{Column: view.ColumnCheck, Down: true}, view.OnlyQuiet)
	if chosen, o, only := parseList(most); !slices.Equal(chosen, all) || o.Column != view.ColumnCheck || !o.Down || only != view.OnlyQuiet || len(most) > app.MaxChoice {
		t.Errorf("all columns, in %d bytes: %v, %v, %v", len(most), chosen, o, only)
	}
}
