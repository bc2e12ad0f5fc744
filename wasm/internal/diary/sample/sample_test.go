package sample

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
)

var until = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

func TestSameSeedGivesSameDiaries(t *testing.T) {
	print := func(cases []Case) (sum [32]byte) {
		h := sha256.New()
		for _, c := range cases {
			for _, s := range c.Steps {
				body, err := diary.Encode(s.Entry)
				if err != nil {
					t.Fatal(err)
				}
				h.Write(body)
			}
		}
		return [32]byte(h.Sum(nil))
	}
	a, b := print(Cases(7, 6, until, "de")), print(Cases(7, 6, until, "de"))
	if a != b {
		t.Error("two runs of one seed differ")
	}
	if c := print(Cases(8, 6, until, "de")); a == c {
		t.Error("two seeds give the same diaries")
	}
}

func TestEveryStepIsValidWhenItIsWritten(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		for _, c := range Cases(1, 30, until, lang) {
			last := int64(0)
			there := make(map[diary.ID]bool)
			for _, s := range c.Steps {
				for _, id := range named(s.Entry) {
					if !id.IsZero() && !there[id] {
						t.Errorf("%s, %s: names an entry that nobody has written yet", c.Note(lang), s.Entry.Kind().Key())
					}
				}
				there[s.Entry.Top().ID] = true
				if err := s.Entry.Validate(local(s.At), diary.Products); err != nil {
					t.Errorf("%s, %s: %v", c.Note(lang), s.Entry.Kind().Key(), err)
				}
				if s.Entry.Top().Entered.Ms != s.At {
					t.Errorf("%s: entered and written differ", c.Note(lang))
				}
				if s.At < last || s.At > until.UnixMilli() {
					t.Fatalf("%s: steps out of order or in the future", c.Note(lang))
				}
				last = s.At
			}
		}
	}
}

// named lists the entries that an entry refers to.
func named(e diary.Entry) []diary.ID {
	ids := append([]diary.ID{e.Top().Supersedes}, e.Top().Also...)
	switch e := e.(type) {
	case *diary.Treatment:
		return append(ids, e.Bleed)
	case *diary.Bleed:
		return append(ids, e.Again)
	case *diary.Note:
		return append(ids, e.About)
	case *diary.Message:
		return append(ids, e.About, e.ReplyTo)
	case *diary.Retract:
		return append(ids, e.Entry)
	case *diary.Seen:
		return append(ids, e.Entries...)
	}
	return ids
}

// diaryOf is the diary of a case as its centre reads it.
func diaryOf(t testing.TB, c Case) *diary.Diary {
	d := new(diary.Diary)
	for i, s := range c.Steps {
		body, err := diary.Encode(s.Entry)
		if err != nil {
			t.Fatal(err)
		}
		r := diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who, Device: [32]byte{byte(s.Who)}}, Written: s.At, Seq: uint64(i)}
		r.Hash = sha256.Sum256(append(bytes.Clone(body), byte(i), byte(i>>8)))
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestDiariesShowWhatADemonstrationNeeds(t *testing.T) {
	now := local(until.UnixMilli())
	var given, missed, notGiven, late, corrected, retracted, bleeds, treated, unseen, answers, lots int
	var targets, again, summer, winter int
	for _, c := range Cases(1, 30, until, "de") {
		d := diaryOf(t, c)
		if n := len(d.Ignored()); n != 0 {
			t.Errorf("%s: %d records ignored", c.Note("de"), n)
		}
		for _, g := range d.Doses(now.Ms-Years*365*day, now.Ms, now) {
			switch g.State {
			case diary.DoseMissed:
				missed++
			case diary.DoseNotGiven:
				notGiven++
			case diary.DoseLate:
				late++
			case diary.DoseTaken:
				given++
			}
		}
		seen := map[string]bool{}
		for _, it := range d.Timeline(diary.Filter{Retracted: true}) {
			if it.Versions > 1 {
				corrected++
			}
			if it.Retracted != nil {
				retracted++
			}
			if m := it.Message(); m != nil && !m.ReplyTo.IsZero() {
				answers++
			}
			if tr := it.Treatment(); tr != nil {
				for _, l := range tr.Lots {
					seen[l.Batch] = true
				}
			}
		}
		lots += len(seen)
		unseen += len(d.Unseen(diary.Centre, diary.Filter{}))
		last := int64(0)
		list := d.Bleeds(diary.Filter{}, now.Ms)
		slices.Reverse(list)
		for _, b := range list {
			bleeds++
			treated += min(1, len(b.Treatments))
			at, _ := b.When.Wall()
			if b.Bleed().Cause == diary.CauseTrauma {
				if at.Month >= 6 && at.Month <= 8 {
					summer++
				} else {
					winter++
				}
			}
			if len(c.Places) > 0 && b.Bleed().Places[0] == c.Places[0] {
				targets++
				if last != 0 && b.When.Ms-last < 60*day {
					again++
				}
				last = b.When.Ms
			}
		}
	}
	t.Logf("taken %d late %d missed %d not given %d; bleeds %d treated %d; target %d again within 60 days %d; trauma in summer %d else %d; corrected %d retracted %d unseen %d answers %d lots %d",
		given, late, missed, notGiven, bleeds, treated, targets, again, summer, winter, corrected, retracted, unseen, answers, lots)
	for what, n := range map[string]int{"missed doses": missed, "doses not given": notGiven, "late doses": late, "corrections": corrected, "retractions": retracted, "entries not yet seen": unseen, "answers": answers} {
		if n == 0 {
			t.Errorf("no %s", what)
		}
	}
	if missed+notGiven > given/4 {
		t.Errorf("%d of %d doses missed: nobody would believe it", missed+notGiven, given)
	}
	if again*3 < targets {
		t.Errorf("only %d of %d bleeds of target joints follow another", again, targets)
	}
	if summer*2 < winter {
		t.Errorf("%d traumatic bleeds in summer, %d else", summer, winter)
	}
}

func TestDiariesShowWhatElsePatientsKeep(t *testing.T) {
	now := local(until.UnixMilli())
	var weights, again, acknowledged, unread, broken, low, held, kept int
	for i, c := range Cases(1, 30, until, "de") {
		d := diaryOf(t, c)
		about, it := d.AboutPatient()
		if it == nil || about.Diagnosis == 0 || about.Severity == 0 || about.Inhibitor == 0 {
			t.Errorf("%s: about: %+v", c.Note("de"), about)
		}
		var first, last int64
		kinds := []diary.Kind{diary.KindMeasure, diary.KindBleed, diary.KindPlan, diary.KindRemoval}
		for _, it := range d.Timeline(diary.Filter{Kinds: kinds}) {
			switch e := it.Entry.(type) {
			case *diary.Measure:
				weights++
				if first == 0 {
					last = it.When.Ms
				}
				first = it.When.Ms
			case *diary.Bleed:
				if !e.Again.IsZero() {
					again++
					if len(d.Chain(it)) != 2 {
						t.Errorf("%s: a bleed comes back and continues none", c.Note("de"))
					}
					from, _ := d.Get(e.Again)
					if judged, _ := d.After(from, it.When, now.Ms); !judged.Same {
						t.Errorf("%s: a bleed comes back too late to be the same", c.Note("de"))
					}
				}
			case *diary.Plan:
				if d.Seen(it, diary.Patient) == diary.SeenCurrent {
					acknowledged++
				} else {
					unread++
				}
			case *diary.Removal:
				broken++
			}
		}
		if last-first < 365*day {
			t.Errorf("%s: weights over %d days", c.Note("de"), (last-first)/day)
		}
		for _, h := range d.Supply(now) {
			kept++
			if h.Short != 0 || h.Assumed != 0 {
				t.Errorf("%s: %s: %d vials short, %d assumed", c.Note("de"), h.Product, h.Short, h.Assumed)
			}
			if h.Low() != (i%15 == short && h.Product == c.Product) {
				t.Errorf("%s: %s: low %v: %+v", c.Note("de"), h.Product, h.Low(), h.Outlook)
			}
			if h.Low() {
				low++
			}
		}
		for _, w := range d.Warnings(now) {
			if i != recalled || len(w.Trace.Held) == 0 || len(w.Trace.Used) == 0 {
				t.Errorf("%s: a recall: %+v", c.Note("de"), w.Trace)
			}
			held++
		}
	}
	t.Logf("weights %d, bleeds again %d, plans acknowledged %d and not %d, packs broken %d, stocks %d, low %d, with a recalled lot %d",
		weights, again, acknowledged, unread, broken, kept, low, held)
	for what, n := range map[string]int{"bleeds again": again, "plans read": acknowledged, "plans unread": unread, "broken packs": broken, "low stocks": low} {
		if n == 0 {
			t.Errorf("no %s", what)
		}
	}
	if held != 1 {
		t.Errorf("%d patients have a recalled lot", held)
	}
}
