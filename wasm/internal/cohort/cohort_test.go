package cohort

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
)

var until = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// written is a diary of a year in which 20 doses of so many IU were given to
// somebody of 100 kg, and so many joints bled.
type written struct {
	diagnosis diary.Diagnosis
	product   diary.ProductID
	units     int
	joints    int
	kg        int
	days      int // of the diary
}

func (w written) diary(t testing.TB) *diary.Diary {
	t.Helper()
	d := new(diary.Diary)
	n := 0
	add := func(e diary.Entry) {
		n++
		e.Top().ID, e.Top().Entered = diary.ID{14: byte(n >> 8), 15: byte(n)}, diary.MomentOf(until)
		body, err := diary.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Add(diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: diary.Patient}, Written: int64(n), Hash: [32]byte{byte(n >> 8), byte(n)}}); err != nil {
			t.Fatal(err)
		}
	}
	ago := func(days int) diary.Moment { return diary.MomentOf(until.AddDate(0, 0, -days).Add(-time.Hour)) }
	if w.diagnosis != 0 {
		add(&diary.About{Diagnosis: w.diagnosis, Severity: diary.GradeSevere})
	}
	if w.kg != 0 {
		add(&diary.Measure{Taken: ago(w.days - 1), What: diary.MeasuredWeight, Value: diary.Units(w.kg)})
	}
	if w.product != "" {
		for i := range 20 {
			add(&diary.Treatment{Taken: ago(w.days - 1 - i*(w.days-1)/20), Product: w.product, Amount: diary.Units(w.units), Reason: diary.ReasonProphylaxis})
		}
	} else if w.days > 0 {
		add(&diary.Bleed{Start: ago(w.days - 1), Places: []diary.Place{diary.PlaceOf(diary.Nose, diary.NoSide)}, Type: diary.BleedMucosal})
	}
	for i := range w.joints {
		add(&diary.Bleed{Start: ago(w.days - 2 - i*(w.days-4)/max(1, w.joints)), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseSpontaneous})
	}
	return d
}

func people(t testing.TB, list []written) []Person {
	now := diary.MomentOf(until)
	today, _ := now.Wall()
	var out []Person
	for i, w := range list {
		out = append(out, PersonOf(uint32(i+1), w.diary(t), now, diary.YearBack(today)))
	}
	return out
}

const kovaltry, idelvion, hemlibra = "fviii.kovaltry", "fix.idelvion", "nonfactor.hemlibra"

func year(units, joints int) written {
	return written{diary.DiagnosisA, kovaltry, units, joints, 100, 365}
}

// The cohort of the source has 2.25 joint bleeds a year in the mean, and the
// four groups by that and by the mean use.
func TestTheFourGroupsAreCutAtTheMeans(t *testing.T) {
	c := Of(people(t, []written{
		year(1000, 0), year(1000, 2), // A: 200 IU/kg
		year(3000, 1), year(3000, 2), // B: 600 IU/kg
		year(3000, 4), year(3000, 3), // C
		year(1000, 3), year(1000, 3), // D
	}))
	if len(c.Strata) != 1 {
		t.Fatalf("strata %+v", c.Strata)
	}
	s := c.Strata[0]
	if math.Abs(s.Joint-2.25*365.25/365) > 1e-9 || math.Abs(s.Use-400*365.25/365) > 1e-6 || s.Counted != 8 || s.Groups != [5]int{0, 2, 2, 2, 2} {
		t.Errorf("cut at %v joint bleeds and %v IU/kg, of %d: %v", s.Joint, s.Use, s.Counted, s.Groups)
	}
	for i, want := range []Letter{A, A, B, B, C, C, D, D} {
		if got := c.Members[i].Letter; got != want {
			t.Errorf("member %d is in %s, want %s", i, got.Key(), want.Key())
		}
	}
}

func TestWhoIsAtTheMeanIsNotAboveIt(t *testing.T) {
	for name, list := range map[string][]written{
		"nobody bleeds, all use the same": slices.Repeat([]written{year(1000, 0)}, 6),
		"all bleed alike":                 slices.Repeat([]written{year(1000, 2)}, 6),
	} {
		if c := Of(people(t, list)); c.Strata[0].Groups != [5]int{0, 6, 0, 0, 0} {
			t.Errorf("%s: %v", name, c.Strata[0].Groups)
		}
	}
}

func TestWhoCannotBeGroupedIsToldWhy(t *testing.T) {
	alike := slices.Repeat([]written{year(1000, 1)}, 5)
	for _, c := range []struct {
		w    written
		want Why
	}{
		{year(1000, 1), Grouped},
		{written{0, kovaltry, 1000, 1, 100, 365}, NoDiagnosis},
		{written{diary.DiagnosisA, "", 0, 1, 100, 365}, NoProduct},
		{written{}, NoDiagnosis},
		{written{diary.DiagnosisA, kovaltry, 1000, 1, 100, 60}, ShortlySeen},
		{written{diary.DiagnosisA, kovaltry, 1000, 1, 0, 365}, NoWeight},
		{written{diary.DiagnosisB, idelvion, 1000, 1, 100, 365}, TooFewAlike},
		{written{diary.DiagnosisA, hemlibra, 150, 1, 100, 365}, TooFewAlike},
		{written{diary.DiagnosisA, "gene.roctavian", 100, 1, 100, 365}, OneOff},
	} {
		all := people(t, append(slices.Clone(alike), c.w))
		got := Of(all)
		m := got.Members[5]
		if len(got.Members) != 6 || m.Why != c.want || (m.Letter == Ungrouped) != (c.want != Grouped) {
			t.Errorf("%+v: %s, in %s, want %s", c.w, m.Why.Key(), m.Letter.Key(), c.want.Key())
		}
		// Whoever is not grouped moves no mean.
		if c.want != Grouped && got.Strata[0].Counted != 5 {
			t.Errorf("%s: the means are of %d", c.want.Key(), got.Strata[0].Counted)
		}
	}
}

// Milligrams of an antibody are not compared with units of a factor.
func TestMeansAreTakenAmongThoseWithTheSameTherapy(t *testing.T) {
	var list []written
	for range 5 {
		list = append(list, year(1000, 1), written{diary.DiagnosisA, hemlibra, 150, 0, 100, 365}, written{diary.DiagnosisB, kovaltry, 3000, 1, 100, 365})
	}
	c := Of(people(t, list))
	if len(c.Strata) != 3 {
		t.Fatalf("%d strata", len(c.Strata))
	}
	for _, s := range c.Strata {
		if s.Groups != [5]int{0, 5, 0, 0, 0} {
			t.Errorf("%v: %v", s.Class, s.Groups)
		}
	}
}

// Every figure is that of the patient's own page.
func TestTheFiguresAreThoseOfTheDiary(t *testing.T) {
	now := diary.MomentOf(until)
	for i, c := range sample.Cases(5, 15, until, "en") {
		d := new(diary.Diary)
		for k, s := range c.Steps {
			body, err := diary.Encode(s.Entry)
			if err != nil {
				t.Fatal(err)
			}
			d.Add(diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Hash: [32]byte{byte(k), byte(k >> 8)}})
		}
		l := d.Ledger(now)
		p := diary.YearBack(l.Today())
		got, want := PersonOf(uint32(i), d, now, p), l.Figures(p, diary.Period.Months)
		if got.Observed != want.Observed || got.All != want.All.All || got.Joint != want.All.Joint || got.Doses != want.Doses {
			t.Errorf("case %d: %+v, its page says %+v", i, got, want)
		}
		if c.Regimen != 0 && got.Therapy.Group != c.Regimen {
			t.Errorf("case %d is treated with %s, not %s", i, got.Therapy.Group.Key(), c.Regimen.Key())
		}
		for _, u := range want.Uses {
			use, ok := u.PerKgYear()
			if got.Therapy != (diary.Therapy{Group: u.Group, Unit: u.Unit}) {
				continue
			}
			if v, known := got.Figure(UsePerKg); v != use || known != ok {
				t.Errorf("case %d used %v %v, its page says %v %v", i, v, known, use, ok)
			}
		}
	}
}

func TestTheOrderOfPatientsDoesNotMatter(t *testing.T) {
	var list []written
	rng := rand.New(rand.NewPCG(7, 9))
	for range 40 {
		list = append(list, written{diary.Diagnosis(rng.IntN(3)), []diary.ProductID{kovaltry, hemlibra, ""}[rng.IntN(3)], 1 + rng.IntN(3000), rng.IntN(6), rng.IntN(2) * 73, 30 + rng.IntN(335)})
	}
	all := people(t, list)
	want := Of(all)
	for range 50 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := Of(all); !reflect.DeepEqual(got, want) {
			t.Fatalf("another order gives another cohort:\n%+v\n%+v", got, want)
		}
	}
	n := 0
	for _, s := range want.Strata {
		for _, m := range s.Groups {
			n += m
		}
	}
	for _, m := range want.Members {
		if m.Why == NoDiagnosis || m.Why == NoProduct {
			n++
		}
	}
	if n != len(all) || len(want.Members) != len(all) {
		t.Errorf("%d of %d are somewhere", n, len(all))
	}
}

// R: quantile(c(0, 1, 1, 4, 6, 9, 30)) is 0, 1, 4, 7.5, 30; quantile(1:4) is 1, 1.75, 2.5, 3.25, 4.
func TestQuartilesAreThoseOfR(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{1, 3, 3, 3, 3, 3, 3}},
		{[]float64{4, 2, 3, 1}, Spread{4, 1, 1.75, 2.5, 3.25, 4, 2.5}},
		{[]float64{30, 0, 1, 4, 1, 9, 6}, Spread{7, 0, 1, 4, 7.5, 30, 51.0 / 7}},
	} {
		got := SpreadOf(c.values)
		if math.Abs(got.Mean-c.want.Mean) < 1e-12 {
			got.Mean = c.want.Mean
		}
		if got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
	}
}

func TestEveryValueIsInOneBin(t *testing.T) {
	if got := Bins([]float64{0, 0.9, 1, 2.5, 99, 1e300}, 1, 5); !slices.Equal(got, []int{2, 1, 1, 0, 2}) {
		t.Errorf("%v", got)
	}
	if got := Bins(nil, 1, 5); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// A thousand patients with ten years each: what the first look at a cohort costs.
func BenchmarkThousandPatientsOfTenYears(b *testing.B) {
	now := diary.MomentOf(until)
	today, _ := now.Wall()
	const n, alike = 1000, 20 // diaries that differ; the rest are these again
	var diaries []*diary.Diary
	for i := range alike {
		d := new(diary.Diary)
		k := uint64(0)
		for year, c := range sample.Cases(uint64(i)+1, 5, until, "en") {
			back := time.Duration(year*sample.Years) * 365 * 24 * time.Hour
			for _, s := range c.Steps {
				if p, ok := s.Entry.(*diary.Plan); ok && year > 0 {
					p.Until = p.From
				}
				shift(s.Entry, back)
				k++
				body, err := diary.Encode(s.Entry)
				if err != nil {
					b.Fatal(err)
				}
				d.Add(diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At - back.Milliseconds(), Hash: [32]byte{byte(k), byte(k >> 8), byte(k >> 16)}})
			}
		}
		diaries = append(diaries, d)
	}
	PersonOf(0, diaries[0], now, diary.YearBack(today))
	b.ReportAllocs()
	for b.Loop() {
		var all []Person
		for i := range n {
			all = append(all, PersonOf(uint32(i), diaries[i%alike], now, diary.YearBack(today)))
		}
		Of(all)
	}
}

// shift puts an entry back in time.
func shift(e diary.Entry, by time.Duration) {
	switch x := e.(type) {
	case *diary.Treatment:
		x.Taken.Ms -= by.Milliseconds()
	case *diary.Bleed:
		x.Start.Ms -= by.Milliseconds()
		if !x.End.IsZero() {
			x.End.Ms -= by.Milliseconds()
		}
	case *diary.Measure:
		x.Taken.Ms -= by.Milliseconds()
	}
}
