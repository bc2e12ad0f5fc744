package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
)

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// crowd draws n patients who differ in everything; few of them in much.
func crowd(r *rand.Rand, n int) []Person {
	var out []Person
	for i := range n {
		p := Person{
			Name: "X-" + string(rune('A'+i/26/26)) + string(rune('A'+i/26%26)) + string(rune('A'+i%26)), Diagnosis: pick(r, diary.DiagnosisA, diary.DiagnosisA, diary.DiagnosisA, diary.DiagnosisB, 0),
			Severity: pick(r, diary.GradeSevere, diary.GradeSevere, diary.GradeMild, 0), Inhibitor: diary.Inhibitor(r.IntN(4)),
			Born: pick(r, 0, 1980, 1990, 2000, 2010), Sex: Sex(r.IntN(4)), Weight: pick(r, -1, 0, 20, 60, 80), OnPaper: r.IntN(2) == 0,
		}
		list := []diary.Therapy{{Group: diary.GroupFVIII, Unit: diary.UnitIU}, {Group: diary.GroupEmicizumab, Unit: diary.UnitMg}, {Group: diary.GroupBypassing, Unit: diary.UnitU}}
		p.Main = pick(r, list[0], list[0], list[1], diary.Therapy{})
		if r.IntN(2) == 0 { // one of many who are much alike
			p.Diagnosis, p.Severity, p.Inhibitor, p.Sex, p.Main = diary.DiagnosisA, diary.GradeSevere, diary.InhibitorNever, Male, list[0]
			p.Born, p.Weight = pick(r, 1980, 1990), pick(r, 60, 60, 60, 80)
		}
		for y := 2024; y <= 2025; y++ {
			year := Year{Year: y, Days: r.IntN(367), Bleeds: r.IntN(9), Joint: r.IntN(5), Targets: r.IntN(2), Planned: 100, Accounted: r.IntN(101)}
			for _, t := range list {
				if t == p.Main || r.IntN(12) == 0 {
					year.Uses = append(year.Uses, Use{t, r.IntN(150), float64(r.IntN(4000)), r.IntN(2) == 0})
				}
			}
			p.Years = append(p.Years, year)
		}
		out = append(out, p)
	}
	return out
}

// Whatever patients there are: no combination is rarer than K, nobody is lost or
// told of twice, and a row tells nothing that its combination does not.
func TestNoCombinationIsRarerThanK(t *testing.T) {
	reached := [Steps]bool{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		people := crowd(r, r.IntN(120))
		rows, steps := Alike(people)
		if n := Smallest(rows); len(rows) > 0 && n < K {
			t.Fatalf("seed %d: a combination has %d patients", seed, n)
		}
		total := 0
		for s, n := range steps {
			total += n
			reached[s] = reached[s] || n > 0
		}
		if total != len(people) || len(rows) != total-steps[Suppressed] {
			t.Fatalf("seed %d: %d patients, %d counted, %d rows", seed, len(people), total, len(rows))
		}
		of := make(map[string]*Person)
		for i := range people {
			of[people[i].Name] = &people[i]
		}
		for _, row := range rows {
			p := of[row.Name]
			if p == nil || row.Class != p.ClassAt(row.Step) || len(row.Years) != len(p.Years) {
				t.Fatalf("seed %d: %s is told of as somebody else, or twice", seed, row.Name)
			}
			delete(of, row.Name)
			told := strings.Split(row.Class.Products, "+")
			for _, y := range row.Years {
				for _, u := range y.Uses {
					if !slices.Contains(told, code(u.Therapy.Group.Key())) {
						t.Fatalf("seed %d: %s tells of %v, its combination of %v", seed, row.Name, u.Therapy.Group.Key(), told)
					}
				}
			}
		}
		for i := range people {
			j := r.IntN(i + 1)
			people[i], people[j] = people[j], people[i]
		}
		if again, _ := Alike(people); !reflect.DeepEqual(again, rows) {
			t.Fatalf("seed %d: the order of the patients matters", seed)
		}
	}
	for s, yes := range reached {
		if !yes {
			t.Errorf("no patient came to step %s", Step(s).Key())
		}
	}
}

// Each step tells less than the one before: who is alike stays alike.
func TestEachStepTellsLess(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(1, 2)), 200)
	for s := Full; s+1 < Suppressed; s++ {
		next := make(map[Class]Class)
		for i := range people {
			a, b := people[i].ClassAt(s), people[i].ClassAt(s+1)
			if s+1 == MainProduct {
				a.Products, b.Products = "", "" // the main group does not follow from all of them
			}
			if was, ok := next[a]; ok && was != b {
				t.Fatalf("step %s: %+v becomes %+v and %+v", s.Key(), a, was, b)
			}
			next[a] = b
		}
	}
}

func TestSmallCentresGiveNothing(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(3, 4)), 4)
	if rows, steps := Alike(people); len(rows) != 0 || steps[Suppressed] != 4 {
		t.Errorf("%d rows of four patients: %v", len(rows), steps)
	}
}

// What Of says is what the diary's own figures say.
func TestAPersonIsWhatTheDiarySays(t *testing.T) {
	now := diary.Moment{Ms: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixMilli(), Offset: 60}
	bleeds, used := 0, 0
	for _, c := range sample.Cases(11, 8, now.Time(), "en") {
		d := new(diary.Diary)
		for i, s := range c.Steps {
			body, err := diary.Encode(s.Entry)
			if err != nil {
				t.Fatal(err)
			}
			r := diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Seq: uint64(i)}
			r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(body, uint64(i)))
			d.Add(r)
		}
		b, u := compareWith(t, d, now)
		bleeds, used = bleeds+b, used+u
	}
	if bleeds == 0 || used == 0 {
		t.Errorf("%d bleeds, %d uses: nothing was compared", bleeds, used)
	}
}

func compareWith(t *testing.T, d *diary.Diary, now diary.Moment) (bleeds, used int) {
	p := Of("X-1", d, now, 2024, 2026)
	if len(p.Years) != 3 || p.Weight%WeightStep != 0 {
		t.Fatalf("%+v", p)
	}
	l := d.Ledger(now)
	for _, y := range p.Years {
		over := diary.Period{From: diary.Date{Year: uint16(y.Year), Month: 1, Day: 1}, To: diary.Date{Year: uint16(y.Year), Month: 12, Day: 31}}
		r := l.Rates(over, false)
		if y.Bleeds != r.All.Count || y.Joint != r.Joint.Count || y.Days != r.All.Days || y.Joint+y.Muscle+y.Other != y.Bleeds || y.Quarters[0]+y.Quarters[1]+y.Quarters[2]+y.Quarters[3] != y.Bleeds {
			t.Errorf("%d: %+v, the diary has %+v", y.Year, y, r)
		}
		for i, u := range l.Uses(over) {
			perKg, ok := u.PerKgYear()
			if x := y.Uses[i]; x.Therapy != (diary.Therapy{Group: u.Group, Unit: u.Unit}) || x.Doses != u.Doses || x.PerKg != perKg || x.Known != ok {
				t.Errorf("%d: used %+v, the diary has %+v", y.Year, x, u)
			}
			used++
		}
		bleeds += y.Bleeds
	}
	return bleeds, used
}

func TestOrdersAndResultsAreReadBack(t *testing.T) {
	o := Order{Form: Bundle, Purpose: "p", Name: "Registry", Recipient: "Somebody", Made: 1, People: crowd(rand.New(rand.NewPCG(5, 6)), 30)}
	raw, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseOrder(raw); err != nil || !reflect.DeepEqual(got, o) {
		t.Errorf("an order is read as %+v, %v", got, err)
	}
	r := Result{Steps: [Steps]int{1, 2, 3}, Smallest: 5, Out: []int{0, 7}, File: []byte("x")}
	if raw, err = r.Bytes(); err != nil {
		t.Fatal(err)
	}
	if got, err := ParseResult(raw); err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("a result is read as %+v, %v", got, err)
	}
}

func FuzzParseOrder(f *testing.F) {
	raw, _ := Order{People: crowd(rand.New(rand.NewPCG(5, 6)), 2)}.Bytes()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := ParseOrder(raw)
		if err != nil {
			return
		}
		if again, err := o.Bytes(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x is written back as %x, %v", raw, again, err)
		}
	})
}

func FuzzParseResult(f *testing.F) {
	raw, _ := Result{Out: []int{3}, File: []byte("x")}.Bytes()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseResult(raw)
		if err != nil {
			return
		}
		if again, err := r.Bytes(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x is written back as %x, %v", raw, again, err)
		}
	})
}
