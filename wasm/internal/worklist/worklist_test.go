package worklist_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/worklist"
)

// now is nine o'clock in Berlin.
var now = diary.MomentOf(time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 3600)))

const (
	hour = 3_600_000
	day  = 24 * hour
)

func ago(ms int64) diary.Moment { return now.Add(-ms) }

// A world is one patient with what the team says.
type world struct {
	t testing.TB
	worklist.Patient
	n uint64
}

func newWorld(t testing.TB) *world {
	return &world{t: t, Patient: worklist.Patient{Diary: new(diary.Diary), Joined: ago(10 * day).Ms, Marks: make(map[worklist.Ref]*worklist.Mark)}}
}

// home and centre write an entry at the time that it names.
func (w *world) home(at diary.Moment, e diary.Entry) diary.ID   { return w.write(diary.Patient, at, e) }
func (w *world) centre(at diary.Moment, e diary.Entry) diary.ID { return w.write(diary.Centre, at, e) }

func (w *world) write(who diary.Who, at diary.Moment, e diary.Entry) diary.ID {
	w.t.Helper()
	w.n++
	h := e.Top()
	if h.ID.IsZero() {
		binary.BigEndian.PutUint64(h.ID[:], w.n)
	}
	h.Entered = at
	body, err := diary.Encode(e)
	if err != nil {
		w.t.Fatal(err)
	}
	r := diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who}, Written: at.Ms, Seq: w.n}
	r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(nil, w.n))
	if err := w.Diary.Add(r); err != nil {
		w.t.Fatal(err)
	}
	return h.ID
}

func (w *world) say(r worklist.Ref, s worklist.Say) {
	m := w.Marks[r]
	if m == nil {
		m = new(worklist.Mark)
		w.Marks[r] = m
	}
	m.Take(s)
}

func (w *world) items(at diary.Moment) []worklist.Item {
	items, _ := worklist.Items(w.Patient, at)
	return items
}

// open are the kinds of the open items, in order.
func (w *world) open(at diary.Moment) string {
	var out []string
	for _, it := range w.items(at) {
		if !it.Hidden(at.Ms) {
			out = append(out, strings.TrimPrefix(it.Kind.Key(), "work."))
		}
	}
	return strings.Join(out, " ")
}

func bleed(at diary.Moment, p diary.Place, change ...func(*diary.Bleed)) *diary.Bleed {
	b := &diary.Bleed{Start: at, Places: []diary.Place{p}, Type: p.Kind()}
	for _, f := range change {
		f(b)
	}
	return b
}

func spontaneous(b *diary.Bleed) { b.Cause = diary.CauseSpontaneous }

func dose(at diary.Moment, change ...func(*diary.Treatment)) *diary.Treatment {
	t := &diary.Treatment{Taken: at, Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis}
	for _, f := range change {
		f(t)
	}
	return t
}

func forBleed(id diary.ID) func(*diary.Treatment) {
	return func(t *diary.Treatment) { t.Bleed, t.Reason = id, diary.ReasonBleed }
}

func lot(batch string, expiry diary.Date) func(*diary.Treatment) {
	return func(t *diary.Treatment) { t.Lots = []diary.Lot{{Batch: batch, Expiry: expiry, Packs: 1}} }
}

func plan(product diary.ProductID, from diary.Moment, every uint16) *diary.Plan {
	on, _ := from.Wall()
	return &diary.Plan{Product: product, Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis, From: on, Clinician: "Dr. W.", Schedule: diary.Schedule{EveryDays: every, Times: []uint16{7 * 60}}}
}

// redFlag is a place that means: call now.
func redFlag(t testing.TB) diary.Place {
	for _, p := range diary.Places() {
		if p.RedFlag() {
			return p
		}
	}
	t.Fatal("no place is dangerous")
	return 0
}

func TestWhatNeedsAPersonAndWhatDoesNotYet(t *testing.T) {
	note := func(w *world, at int64) { w.home(ago(at), &diary.Note{Text: "x"}) }
	for _, tt := range []struct {
		what string
		do   func(w *world)
		want string
	}{
		{"an empty diary of ten days", func(w *world) {}, ""},
		{"a bleed in the knee", func(w *world) { w.home(ago(hour), bleed(ago(hour), diary.LeftKnee)) }, "newbleed"},
		{"one that is new for a last hour", func(w *world) { w.home(ago(14*day-hour), bleed(ago(14*day-hour), diary.LeftKnee)) }, "newbleed"},
		{"one that is not new any more", func(w *world) { w.home(ago(14*day), bleed(ago(14*day), diary.LeftKnee)) }, ""},
		{"one of long ago, written down today", func(w *world) { w.home(ago(hour), bleed(ago(40*day), diary.LeftKnee)) }, "newbleed"},
		{"one that came along with years of diary", func(w *world) { w.home(ago(hour), bleed(ago(61*day), diary.LeftKnee)) }, ""},
		{"one by a clock that is ahead", func(w *world) { w.home(ago(-hour), bleed(ago(-hour), diary.LeftKnee)) }, "newbleed"},
		{"one that the centre has a shorter limit for", func(w *world) {
			w.Limits = worklist.Limits{worklist.NewDays: 2}
			w.home(ago(2*day), bleed(ago(2*day), diary.LeftKnee))
		}, ""},
		{"one that was taken back", func(w *world) {
			w.home(ago(hour), &diary.Retract{Entry: w.home(ago(2*hour), bleed(ago(2*hour), diary.LeftKnee)), Reason: "no"})
		}, ""},
		{"a bleed in a dangerous place", func(w *world) { w.home(ago(hour), bleed(ago(hour), redFlag(w.t))) }, "redflag"},
		{"one, open and heard of within two weeks", func(w *world) { w.home(ago(14*day), bleed(ago(14*day), redFlag(w.t))) }, "redflag"},
		{"one that is over", func(w *world) {
			w.home(ago(15*day), bleed(ago(15*day), redFlag(w.t), func(b *diary.Bleed) { b.End = ago(14 * day) }))
		}, ""},
		{"no relief", func(w *world) {
			b := bleed(ago(day), diary.LeftKnee, func(b *diary.Bleed) { b.Response8h = diary.ResponseNone })
			w.home(ago(23*hour), dose(ago(23*hour), forBleed(w.home(ago(day), b))))
		}, "norelief"},
		{"clear relief", func(w *world) {
			b := bleed(ago(day), diary.LeftKnee, func(b *diary.Bleed) { b.Response8h = diary.ResponseGood })
			w.home(ago(23*hour), dose(ago(23*hour), forBleed(w.home(ago(day), b))))
		}, "newbleed"},
		{"no word four days after the first dose", func(w *world) {
			w.home(ago(4*day), dose(ago(4*day), forBleed(w.home(ago(20*day), bleed(ago(20*day), diary.LeftKnee)))))
		}, "noanswer"},
		{"an hour earlier", func(w *world) {
			w.home(ago(4*day-hour), dose(ago(4*day-hour), forBleed(w.home(ago(20*day), bleed(ago(20*day), diary.LeftKnee)))))
		}, ""},
		{"that nobody is asked for", func(w *world) {
			w.Limits = worklist.Limits{worklist.AnswerDays: 0}
			w.home(ago(4*day), dose(ago(4*day), forBleed(w.home(ago(20*day), bleed(ago(20*day), diary.LeftKnee)))))
		}, ""},
		{"a third spontaneous bleed of a knee in half a year", func(w *world) {
			for _, n := range []int64{160, 100, 20} {
				w.home(ago(n*day), bleed(ago(n*day), diary.LeftKnee, spontaneous))
			}
			note(w, day)
		}, "targetjoint"},
		{"a third of more than half a year", func(w *world) {
			for _, n := range []int64{210, 100, 20} {
				w.home(ago(n*day), bleed(ago(n*day), diary.LeftKnee, spontaneous))
			}
			note(w, day)
		}, ""},
		{"a third that was not spontaneous", func(w *world) {
			w.home(ago(160*day), bleed(ago(160*day), diary.LeftKnee, spontaneous))
			w.home(ago(100*day), bleed(ago(100*day), diary.LeftKnee, spontaneous))
			w.home(ago(20*day), bleed(ago(20*day), diary.LeftKnee))
		}, ""},
		{"a joint that became one long ago", func(w *world) {
			for _, n := range []int64{300, 250, 190} {
				w.home(ago(n*day), bleed(ago(n*day), diary.LeftKnee, spontaneous))
			}
			note(w, day)
		}, ""},
		{"a reaction", func(w *world) {
			w.home(ago(hour), dose(ago(hour), func(t *diary.Treatment) { t.Reaction = "rash" }))
		}, "reaction"},
		{"a reaction of two weeks ago", func(w *world) {
			w.home(ago(14*day), dose(ago(14*day), func(t *diary.Treatment) { t.Reaction = "rash" }))
		}, ""},
		{"a lot that expired the day before", func(w *world) {
			w.home(ago(2*day), dose(ago(2*day), lot("A1", diary.Date{Year: 2026, Month: 11, Day: 20})))
		}, "lotused"},
		{"on its last day", func(w *world) {
			w.home(ago(2*day), dose(ago(2*day), lot("A1", diary.Date{Year: 2026, Month: 11, Day: 21})))
		}, ""},
		{"a lot that had expired, a month ago", func(w *world) {
			w.home(ago(30*day), dose(ago(30*day), lot("A1", diary.Date{Year: 2026, Month: 1, Day: 1})))
			note(w, day)
		}, ""},
		{"a recalled lot", func(w *world) {
			w.home(ago(40*day), dose(ago(40*day), lot("A1", diary.Date{})))
			w.centre(ago(day), &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "a-1"}}})
			note(w, day)
		}, "lotused"},
		{"another lot", func(w *world) {
			w.home(ago(40*day), dose(ago(40*day), lot("A2", diary.Date{})))
			w.centre(ago(day), &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "a-1"}}})
			note(w, day)
		}, ""},
		{"a message", func(w *world) { w.home(ago(hour), &diary.Message{Text: "x"}) }, "message"},
		{"a message that was answered", func(w *world) {
			w.home(ago(2*hour), &diary.Message{Text: "x"})
			w.centre(ago(hour), &diary.Message{Text: "y"})
		}, ""},
		{"a message that may wait a day", func(w *world) {
			w.Limits = worklist.Limits{worklist.MessageHours: 24}
			w.home(ago(24*hour-1), &diary.Message{Text: "x"})
		}, ""},
		{"and has", func(w *world) {
			w.Limits = worklist.Limits{worklist.MessageHours: 24}
			w.home(ago(24*hour), &diary.Message{Text: "x"})
		}, "message"},
		{"two doses missed", func(w *world) {
			w.centre(ago(20*day), plan("fviii.advate", ago(5*day), 2)) // due 5, 3 and 1 days ago
			w.home(ago(day), dose(ago(day)))
		}, "missed"},
		{"one dose missed", func(w *world) {
			w.centre(ago(20*day), plan("fviii.advate", ago(5*day), 2))
			w.home(ago(day), dose(ago(day)))
			w.home(ago(3*day), dose(ago(3*day)))
		}, ""},
		{"one that was not given, with a reason", func(w *world) {
			w.centre(ago(20*day), plan("fviii.advate", ago(5*day), 2))
			w.home(ago(day), dose(ago(day)))
			w.home(ago(3*day), dose(ago(3*day), func(t *diary.Treatment) { t.NotGiven, t.Amount = diary.NotGivenAdvised, 0 }))
		}, ""},
		{"one of a dose every four weeks", func(w *world) {
			w.centre(ago(90*day), plan("nonfactor.hemlibra", ago(44*day), 28)) // due 44 and 16 days ago
			w.home(ago(44*day), dose(ago(44*day), func(t *diary.Treatment) { t.Product = "nonfactor.hemlibra" }))
			note(w, day)
		}, "missed"},
		{"one of those that can still be given", func(w *world) {
			w.centre(ago(90*day), plan("nonfactor.hemlibra", ago(41*day), 28)) // due 41 and 13 days ago
			w.home(ago(41*day), dose(ago(41*day), func(t *diary.Treatment) { t.Product = "nonfactor.hemlibra" }))
			note(w, day)
		}, ""},
		{"packs for thirteen days", func(w *world) { w.stocked(13) }, "stock"},
		{"packs for fourteen days", func(w *world) { w.stocked(14) }, ""},
		{"packs for two days", func(w *world) { w.stocked(2) }, "stock"},
		{"no entry for 28 days", func(w *world) {
			note(w, 28*day)
			w.centre(ago(40*day), plan("fviii.advate", ago(-2*day), 2)) // begins the day after tomorrow: not in force
			w.centre(ago(40*day), plan("fviii.nuwiq", ago(1*day), 28))  // of today on
			w.Limits = worklist.Limits{worklist.MissedDoses: 0}
		}, ""},
		{"a day more than the plan's interval twice", func(w *world) {
			note(w, 28*day)
			w.centre(ago(40*day), plan("fviii.nuwiq", ago(1*day), 13))
		}, "silence"},
		{"a day less", func(w *world) {
			note(w, 27*day)
			w.centre(ago(40*day), plan("fviii.nuwiq", ago(1*day), 13))
		}, ""},
		{"a year without a plan", func(w *world) { note(w, 365*day) }, "silence"},
		{"a day less than a year", func(w *world) { note(w, 364*day) }, ""},
		{"nothing ever, since the year before", func(w *world) { w.Joined = ago(365 * day).Ms }, "silence"},
	} {
		w := newWorld(t)
		tt.do(w)
		if got := w.open(now); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.what, got, tt.want)
		}
	}
}

// stocked has a dose every day at seven and vials for some days from tomorrow on.
func (w *world) stocked(days int) {
	w.centre(ago(30*day), plan("fviii.advate", ago(0), 1))
	w.home(ago(hour), dose(ago(2*hour)))
	w.home(ago(hour), &diary.Pack{Received: ago(hour), Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1", Packs: uint16(days), Strength: diary.Units(1000), Expiry: diary.Date{Year: 2029, Month: 1}}}})
}

func TestTheMostUrgentComesFirst(t *testing.T) {
	w := newWorld(t)
	w.home(ago(3*hour), &diary.Message{Text: "x"})
	w.home(ago(2*hour), bleed(ago(2*hour), diary.LeftKnee))
	w.home(ago(hour), bleed(ago(hour), redFlag(t)))
	w.home(ago(3*hour), dose(ago(3*hour), func(t *diary.Treatment) { t.Reaction = "rash" }))
	w.home(ago(30*hour), bleed(ago(30*hour), diary.RightKnee))
	w.stocked(10)
	if got := w.open(now); got != "redflag reaction newbleed newbleed message stock" {
		t.Error(got)
	}
	if items := w.items(now); items[2].Places[0] != diary.RightKnee {
		t.Error("who waits longer does not come first")
	}
}

func TestAnItemIsTakenPutOffClosedAndOpenedAgain(t *testing.T) {
	w := newWorld(t)
	w.home(ago(hour), bleed(ago(hour), diary.LeftKnee))
	r := w.items(now)[0].Ref
	w.say(r, worklist.Say{Act: worklist.Opened, By: [32]byte{1}, At: 1})
	if it := w.items(now)[0]; it.Mark.Hand == nil || it.Mark.Hand.By != [32]byte{1} || it.Hidden(now.Ms) {
		t.Errorf("opened, it is %+v", it)
	}
	w.say(r, worklist.Say{Act: worklist.Snoozed, Until: now.Ms + hour, At: 2})
	if got := w.open(now) + "," + w.open(now.Add(hour-1)) + "," + w.open(now.Add(hour)); got != ",,newbleed" {
		t.Errorf("put off for an hour, there is %q", got)
	}
	w.say(r, worklist.Say{Act: worklist.Closed, Reason: worklist.Called, At: 3})
	if got := w.open(now.Add(2 * hour)); got != "" {
		t.Errorf("closed, there is %q", got)
	}
	// A colleague who had it open does not open it for all.
	w.say(r, worklist.Say{Act: worklist.Opened, By: [32]byte{2}, At: 4})
	if got := w.open(now); got != "" {
		t.Errorf("opened by a colleague after it was closed, there is %q", got)
	}
	w.say(r, worklist.Say{Act: worklist.Reopened, At: 5})
	if got := w.open(now); got != "newbleed" {
		t.Errorf("opened again, there is %q", got)
	}
}

func TestWhatComesAnewIsAnotherItem(t *testing.T) {
	close := func(w *world, at diary.Moment) {
		for _, it := range w.items(at) {
			w.say(it.Ref, worklist.Say{Act: worklist.Closed, Reason: worklist.Settled, At: at.Ms})
		}
		if got := w.open(at); got != "" {
			w.t.Fatalf("all was closed, and there is %q", got)
		}
	}
	for _, tt := range []struct {
		what     string
		do, more func(w *world)
		want     string
	}{
		{"a second bleed", func(w *world) { w.home(ago(2*hour), bleed(ago(2*hour), diary.LeftKnee)) },
			func(w *world) { w.home(ago(hour), bleed(ago(hour), diary.LeftKnee)) }, "newbleed"},
		{"a correction of the same", func(w *world) { w.home(ago(2*hour), bleed(ago(2*hour), diary.LeftKnee)) },
			func(w *world) {
				it := w.Diary.Timeline(diary.Filter{})[0]
				e, err := diary.Amend(it, ago(hour), "pain")
				if err != nil {
					w.t.Fatal(err)
				}
				e.(*diary.Bleed).Pain = diary.PainOf(7)
				w.home(ago(hour), e)
			}, ""},
		{"one more message", func(w *world) { w.home(ago(2*hour), &diary.Message{Text: "x"}) },
			func(w *world) { w.home(ago(hour), &diary.Message{Text: "y"}) }, "message"},
		{"the recalled lot used again", func(w *world) {
			w.home(ago(9*day), dose(ago(9*day), lot("A1", diary.Date{})))
			w.centre(ago(8*day), &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1"}}})
		}, func(w *world) { w.home(ago(hour), dose(ago(hour), lot("A1", diary.Date{}))) }, "lotused"},
		{"a delivery that runs low", func(w *world) { w.stocked(13) }, func(w *world) {
			w.home(now, &diary.Removal{At: now, Product: "fviii.advate", Why: diary.WhyCounted, Lots: []diary.Lot{{Batch: "A1", Packs: 12, Strength: diary.Units(1000), Expiry: diary.Date{Year: 2029, Month: 1}}}})
		}, "stock"},
		{"what was low is nearly out", func(w *world) { w.stocked(13) }, func(w *world) {
			w.home(now, &diary.Removal{At: now, Product: "fviii.advate", Why: diary.WhyBroken, Lots: []diary.Lot{{Batch: "A1", Packs: 11}}})
		}, "stock"},
		{"what was low is lower", func(w *world) { w.stocked(13) }, func(w *world) {
			w.home(now, &diary.Removal{At: now, Product: "fviii.advate", Why: diary.WhyBroken, Lots: []diary.Lot{{Batch: "A1", Packs: 1}}})
		}, ""},
	} {
		w := newWorld(t)
		tt.do(w)
		close(w, now)
		tt.more(w)
		if got := w.open(now); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.what, got, tt.want)
		}
	}
}

func TestDosesMissedAfterItWasClosedOpenItAgain(t *testing.T) {
	w := newWorld(t)
	w.centre(ago(20*day), plan("fviii.advate", ago(5*day), 2)) // due 5, 3, 1 days ago, then every other day
	if got := w.open(now); got != "missed" {
		t.Fatalf("there is %q", got)
	}
	w.say(w.items(now)[0].Ref, worklist.Say{Act: worklist.Closed, Reason: worklist.Called, At: now.Ms})
	for days, want := range []string{"", "", "", "", "missed"} { // those of tomorrow and of the day after that but one
		if got := w.open(now.Add(int64(days) * day)); got != want {
			t.Errorf("%d days later there is %q", days, got)
		}
	}
	if it := w.items(now.Add(4 * day))[0]; it.N != 2 {
		t.Errorf("%d doses are counted again", it.N)
	}
	w.say(w.items(now)[0].Ref, worklist.Say{Act: worklist.Reopened, At: now.Ms + 1})
	if got := w.open(now); got != "missed" {
		t.Errorf("taken back, there is %q", got)
	}
}

func TestAListHoldsUntilItSays(t *testing.T) {
	w := newWorld(t)
	if _, until := worklist.Items(w.Patient, now); until != time.Date(2026, 11, 24, 0, 0, 0, 0, time.FixedZone("", 3600)).UnixMilli() {
		t.Error("not until midnight where the doctor is")
	}
	w.Limits = worklist.Limits{worklist.MessageHours: 3}
	w.home(ago(hour), &diary.Message{Text: "x"})
	if _, until := worklist.Items(w.Patient, now); until != now.Ms+2*hour {
		t.Errorf("a message waits for three hours, the list holds for %d minutes", (until-now.Ms)/60_000)
	}
	w = newWorld(t)
	w.home(ago(4*day-hour), dose(ago(4*day-hour), forBleed(w.home(ago(20*day), bleed(ago(20*day), diary.LeftKnee)))))
	if _, until := worklist.Items(w.Patient, now); until != now.Ms+hour {
		t.Errorf("word is waited for until in an hour, the list holds for %d minutes", (until-now.Ms)/60_000)
	}
}

func TestALimitThatDoesNotFitIsTheDefault(t *testing.T) {
	for _, b := range worklist.Bounds {
		for n, want := range map[int]int{b.Min: b.Min, b.Max: b.Max, b.Max + 1: b.Default, -1: b.Default} {
			if got := (worklist.Limits{b.Limit: n}).Of(b.Limit); got != want {
				t.Errorf("limit %d said to be %d is %d", b.Limit, n, got)
			}
		}
		if got, want := (worklist.Limits{b.Limit: 0}).Of(b.Limit) == 0, b.Off || b.Min == 0; got != want {
			t.Errorf("limit %d can be off: %v", b.Limit, got)
		}
		own := worklist.Limits{b.Limit: b.Min}
		if got := own.Over(worklist.Limits{b.Limit: b.Max}).Of(b.Limit); got != b.Min {
			t.Errorf("limit %d: the patient’s own is %d", b.Limit, got)
		}
		if got := (worklist.Limits{}).Over(worklist.Limits{b.Limit: b.Max}).Of(b.Limit); got != b.Max {
			t.Errorf("limit %d: the centre’s is %d", b.Limit, got)
		}
	}
}

func TestARefComesBackFromThePage(t *testing.T) {
	for _, r := range []worklist.Ref{{worklist.RedFlag, "\x00\xff"}, {worklist.Silence, "never"}, {255, strings.Repeat("x", worklist.MaxWhat)}} {
		if got, ok := worklist.ParseRef(r.String()); !ok || got != r {
			t.Errorf("%v comes back as %v", r, got)
		}
	}
	for _, s := range []string{"", "1", "1.", "0.00", "256.00", "1.0", "1.zz", "1." + strings.Repeat("00", worklist.MaxWhat+1)} {
		if _, ok := worklist.ParseRef(s); ok {
			t.Errorf("%q is taken", s)
		}
	}
}

// Whatever order entries and statements come in, the list is the same.
func TestAListIsTheSameInAnyOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	whole := newWorld(t)
	for n := int64(1); n < 12; n++ {
		id := whole.home(ago(n*day), bleed(ago(n*day), diary.Places()[int(n)%5], spontaneous))
		whole.home(ago(n*day-hour), dose(ago(n*day-hour), forBleed(id), lot("A1", diary.Date{Year: 2026, Month: 10})))
	}
	whole.home(ago(hour), &diary.Message{Text: "x"})
	whole.stocked(5)
	type saying struct {
		r worklist.Ref
		s worklist.Say
	}
	var says []saying
	items := whole.items(now)
	if len(items) < 20 {
		t.Fatalf("%d items", len(items))
	}
	for i := range 300 {
		s := worklist.Say{Act: worklist.Act(1 + rng.IntN(5)), At: int64(rng.IntN(5)), By: [32]byte{byte(i)}, Hash: [32]byte{byte(i), byte(i >> 8)}}
		if s.Act == worklist.Snoozed {
			s.Until = now.Ms + int64(rng.IntN(3)-1)*hour
		}
		says = append(says, saying{items[rng.IntN(len(items))].Ref, s})
	}
	records := whole.Diary.Records()
	var want []worklist.Item
	for range 30 {
		rng.Shuffle(len(says), func(a, b int) { says[a], says[b] = says[b], says[a] })
		rng.Shuffle(len(records), func(a, b int) { records[a], records[b] = records[b], records[a] })
		w := newWorld(t)
		for _, r := range records {
			w.Diary.Add(r)
		}
		for _, s := range says {
			w.say(s.r, s.s)
		}
		got := w.items(now)
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\nis not\n%v", fmt.Sprint(got), fmt.Sprint(want))
		}
	}
}
