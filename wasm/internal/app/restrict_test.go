package app

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/worklist"
)

var aWish = &restrictSay{
	act: restrictAsk, why: uint8(RestrictDisputed), from: diary.Date{Year: 2026, Month: 2, Day: 28}, to: diary.Date{Year: 2026, Month: 3, Day: 1}, words: "Not my doses.",
}

func decodeRights(kind string, b []byte) ([]byte, error) {
	if kind == "saved" {
		x, err := parseSaved(b)
		return x.body(), err
	}
	x, err := parseRestriction(b)
	return x.body(), err
}

// rightsCases are the vectors of the statements about rights.
func rightsCases(t *testing.T) map[string][]byte {
	edit, number := fieldEditor(t), asNumber
	ask := aWish.body()
	say := func(x restrictSay) []byte { return x.body() }
	back, yes := say(restrictSay{act: restrictBack, of: [32]byte{7}}), say(restrictSay{act: restrictAccept, of: [32]byte{7}, words: "ja"})
	no := say(restrictSay{act: restrictRefuse, of: [32]byte{7}, words: "They are right."})
	end := say(restrictSay{act: restrictEnd, of: [32]byte{7}, words: "Looked into.", ends: 1793620800000})
	show := say(restrictSay{act: restrictShow, why: uint8(ShowPublic), words: "x"})
	file := saved{2, [32]byte{9}, 1 << 20}.body()
	return map[string][]byte{
		"accept-restriction":                       ask,
		"accept-restriction-of-everything":         say(restrictSay{act: restrictAsk, why: uint8(RestrictObjected)}),
		"accept-restriction-of-one-day":            edit(ask, fieldRestrictTo, number(2026_02_28)),
		"accept-restriction-words-of-500-bytes":    edit(ask, fieldRestrictWords, bytes.Repeat([]byte{'w'}, 500)),
		"reject-restriction-truncated":             ask[:len(ask)-1],
		"reject-restriction-without-act":           edit(ask, fieldRestrictAct, nil),
		"reject-restriction-act-7":                 edit(ask, fieldRestrictAct, number(7)),
		"reject-restriction-without-why":           edit(ask, fieldRestrictWhy, nil),
		"reject-restriction-why-0":                 edit(ask, fieldRestrictWhy, number(0)),
		"reject-restriction-why-5":                 edit(ask, fieldRestrictWhy, number(5)),
		"reject-restriction-why-257":               edit(ask, fieldRestrictWhy, number(257)),
		"reject-restriction-days-descending":       edit(ask, fieldRestrictTo, number(2026_02_27)),
		"reject-restriction-from-30-february":      edit(ask, fieldRestrictFrom, number(2026_02_30)),
		"reject-restriction-from-0":                edit(ask, fieldRestrictFrom, number(0)),
		"reject-restriction-to-2200":               edit(ask, fieldRestrictTo, number(2200_01_01)),
		"reject-restriction-words-of-501-bytes":    edit(ask, fieldRestrictWords, bytes.Repeat([]byte{'w'}, 501)),
		"reject-restriction-words-with-blank":      edit(ask, fieldRestrictWords, []byte("w ")),
		"reject-restriction-words-empty":           edit(ask, fieldRestrictWords, []byte{}),
		"reject-restriction-asked-of-another":      edit(ask, fieldRestrictOf, fill(32, 1)),
		"reject-restriction-asked-with-end":        edit(ask, fieldRestrictEnds, number(1793620800000)),
		"accept-restriction-taken-back":            back,
		"reject-restriction-taken-back-of-nothing": edit(back, fieldRestrictOf, nil),
		"reject-restriction-taken-back-of-31":      edit(back, fieldRestrictOf, fill(31, 1)),
		"reject-restriction-taken-back-of-zero":    edit(back, fieldRestrictOf, make([]byte, 32)),
		"reject-restriction-taken-back-with-words": edit(back, fieldRestrictWords, []byte("w")),
		"reject-restriction-taken-back-with-day":   edit(back, fieldRestrictFrom, number(2026_02_28)),
		"accept-restriction-accepted":              yes,
		"accept-restriction-accepted-silently":     edit(yes, fieldRestrictWords, nil),
		"reject-restriction-accepted-with-why":     edit(yes, fieldRestrictWhy, number(1)),
		"reject-restriction-accepted-until":        edit(yes, fieldRestrictEnds, number(1793620800000)),
		"accept-restriction-refused":               no,
		"reject-restriction-refused-silently":      edit(no, fieldRestrictWords, nil),
		"accept-restriction-ending":                end,
		"reject-restriction-ending-silently":       edit(end, fieldRestrictWords, nil),
		"reject-restriction-ending-at-no-time":     edit(end, fieldRestrictEnds, nil),
		"reject-restriction-ending-at-0":           edit(end, fieldRestrictEnds, number(0)),
		"reject-restriction-ending-at-2-53":        edit(end, fieldRestrictEnds, number(1<<53)),
		"accept-restriction-shown":                 show,
		"reject-restriction-shown-without-why":     edit(show, fieldRestrictWhy, nil),
		"reject-restriction-shown-why-6":           edit(show, fieldRestrictWhy, number(6)),
		"reject-restriction-shown-of-one":          edit(show, fieldRestrictOf, fill(32, 1)),
		"accept-saved":                             file,
		"accept-saved-form-of-later":               edit(file, fieldSavedForm, number(255)),
		"accept-saved-nothing":                     edit(file, fieldSavedSize, number(0)),
		"reject-saved-truncated":                   file[:len(file)-1],
		"reject-saved-form-0":                      edit(file, fieldSavedForm, number(0)),
		"reject-saved-form-256":                    edit(file, fieldSavedForm, number(256)),
		"reject-saved-hash-of-31-bytes":            edit(file, fieldSavedHash, fill(31, 1)),
		"reject-saved-without-size":                edit(file, fieldSavedSize, nil),
		"reject-saved-size-of-9-bytes":             edit(file, fieldSavedSize, make([]byte, 9)),
		"reject-saved-size-2-32":                   edit(file, fieldSavedSize, number(1<<32)),
	}
}

func FuzzRights(f *testing.F) {
	f.Add(aWish.body())
	f.Add((&restrictSay{act: restrictEnd, of: [32]byte{1}, words: "x", ends: 5}).body())
	f.Add(saved{1, [32]byte{2}, 3}.body())
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"restriction", "saved"} {
			if raw, err := decodeRights(kind, b); err == nil {
				if again, err := decodeRights(kind, raw); err != nil || string(again) != string(raw) {
					t.Errorf("%s: %x becomes %x, %v", kind, raw, again, err)
				}
			}
		}
	})
}

// teller makes statements with hashes of their own, of whom and when one likes.
func teller(t *testing.T) func(right keyring.Right, typ link.Type, body []byte, at int64) *link.Entry {
	_, s := told(t, roleHome)
	return func(right keyring.Right, typ link.Type, body []byte, at int64) *link.Entry {
		u := must(s.replica.Write(t.Context(), typ, body))(t)
		x := *u.Entries[0].Statement
		x.Time, x.Account = at, keyring.AccountID{byte(right), 9}
		return &link.Entry{Statement: &x, Right: right}
	}
}

// What was said of one wish, each a day after the one before: A is the wish, b that it
// is taken back, y and n are the centre's yes and no, e announces the end, E does so
// for a day too early, and w is a month in which nobody says anything.
func TestWhatBecomesOfAWish(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	tell := teller(t)
	const day = int64(24 * time.Hour / time.Millisecond)
	for _, x := range []struct {
		said string
		want RestrictState
	}{
		{"A", RestrictAsked},
		{"Ay", RestrictInForce},
		{"An", RestrictRefused},
		{"Any", RestrictInForce}, // another doctor thinks otherwise
		{"Ayn", RestrictInForce}, // no no ends what was accepted
		{"Ayw", RestrictInForce},
		{"Aye", RestrictEnding},
		{"AyE", RestrictInForce},
		{"Ayew", RestrictEnded},
		{"AyeEw", RestrictEnded},
		{"Ayey", RestrictInForce}, // the end is called off
		{"Ayeyw", RestrictInForce},
		{"Ayewy", RestrictInForce},
		{"Ayeye", RestrictEnding},
		{"Ae", RestrictAsked},
		{"Aw", RestrictAsked},
		{"Ab", RestrictBack},
		{"Aby", RestrictBack},
		{"Anb", RestrictBack},
		{"Ayeb", RestrictBack},
		{"Aywb", RestrictBack},
	} {
		var list []*link.Entry
		var ask link.Hash
		now := int64(1793620800000)
		for _, what := range x.said {
			now += day
			right, say := keyring.Treat, restrictSay{of: ask, words: "x"}
			switch what {
			case 'w':
				now += 30 * day
				continue
			case 'A':
				right, say = keyring.Own, *aWish
			case 'b':
				right, say = keyring.Own, restrictSay{act: restrictBack, of: ask}
			case 'y':
				say.act = restrictAccept
			case 'n':
				say.act = restrictRefuse
			case 'e':
				say.act, say.ends = restrictEnd, now+14*day
			case 'E':
				say.act, say.ends = restrictEnd, now+14*day-1
			}
			e := tell(right, typeRestriction, say.body(), now)
			if what == 'A' {
				ask = e.Hash()
			}
			list = append(list, e)
		}
		for range 8 {
			var r restrictions
			rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for _, e := range list {
				r.take(e)
			}
			if got, _ := r.state(r.asks[0], now); got != x.want {
				t.Errorf("%q: %d, not %d", x.said, got, x.want)
				break
			}
			if days, _ := r.inForce(now); (len(days) == 1) != x.want.Holds() {
				t.Errorf("%q: %d spans of days in force", x.said, len(days))
				break
			}
		}
	}
}

// Two who announce an end in the same moment: the later one counts, for all.
func TestOfTwoEndsOfARestrictionTheLaterCounts(t *testing.T) {
	tell := teller(t)
	ask := tell(keyring.Own, typeRestriction, aWish.body(), 5)
	say := func(at int64, x restrictSay) *link.Entry {
		x.of = ask.Hash()
		return tell(keyring.Treat, typeRestriction, x.body(), at)
	}
	yes := say(6, restrictSay{act: restrictAccept})
	early, late := say(10, restrictSay{act: restrictEnd, words: "x", ends: 2e9}), say(10, restrictSay{act: restrictEnd, words: "x", ends: 3e9})
	for _, order := range [][]*link.Entry{{ask, yes, early, late}, {late, early, yes, ask}, {early, ask, late, yes}} {
		var r restrictions
		for _, e := range order {
			r.take(e)
		}
		if st, by := r.state(r.asks[0], 2e9+1); st != RestrictEnding || by.ends != 3e9 {
			t.Errorf("%d, ends %d", st, by.ends)
		}
		if _, until := r.inForce(2e9 + 1); until != 3e9 {
			t.Errorf("sure until %d", until)
		}
	}
}

// restrictedDiary is a centre's client with one patient, and what adds to the diary
// and to what is said of restrictions.
func restrictedDiary(t *testing.T) (c *Client, s *space, add func(diary.Entry) diary.ID, say func(keyring.Right, restrictSay) link.Hash) {
	c, s = told(t, rolePatient)
	n := byte(0)
	take := func(right keyring.Right, typ link.Type, body []byte) link.Hash {
		u := must(s.replica.Write(t.Context(), typ, body))(t)
		x := *u.Entries[0].Statement
		x.Account = keyring.AccountID{byte(right), 9}
		e := &link.Entry{Statement: &x, Right: right}
		c.absorb(s, []*link.Entry{e})
		return e.Hash()
	}
	return c, s, func(e diary.Entry) diary.ID {
			n++
			e.Top().ID, e.Top().Entered = diary.ID{n, 9}, diary.MomentOf(time.Now().UTC())
			right := keyring.Own
			switch e.(type) {
			case *diary.Plan, *diary.Recall:
				right = keyring.Treat
			}
			take(right, link.Type(e.Kind()), must(diary.Encode(e))(t))
			return e.Top().ID
		}, func(right keyring.Right, x restrictSay) link.Hash {
			return take(right, typeRestriction, x.body())
		}
}

func at(d diary.Date) diary.Moment { return d.At(10*60, 0) }

// What a page is given is without what is restricted: of the days asked for and of no
// others, with what is about it, and without what keeps somebody safe or is needed to
// speak with each other. It is there again when the restriction is over.
func TestWhatIsRestrictedIsLeftOutOfPagesAndNothingElse(t *testing.T) {
	c, s, add, say := restrictedDiary(t)
	first, last := aWish.from, aWish.to
	dose := func(d diary.Date) *diary.Treatment {
		return &diary.Treatment{Taken: at(d), Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis}
	}
	bleed := add(&diary.Bleed{Start: at(first), Places: []diary.Place{diary.LeftKnee}})
	hidden := map[string]diary.ID{
		"a dose of the first day": add(dose(first)), "a dose of the last": add(dose(last)), "a bleed": bleed,
		"a comment on it":     add(&diary.Note{Text: "It hurts.", About: bleed}),
		"a photo of it":       add(&diary.Photo{About: bleed, Taken: at(last.AddDays(9)), Blob: diary.ID{3}, Size: 9, Width: 4, Height: 4, Type: diary.PhotoJPEG, Preview: []byte{0xff, 0xd8, 0xff, 0xe0}, Hash: [32]byte{1}}),
		"a measured value":    add(&diary.Measure{What: diary.MeasuredWeight, Value: 70_000, Taken: at(first)}),
		"a pack that arrived": add(&diary.Pack{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A2", Packs: 1}}, Vials: 3, Received: at(last)}),
	}
	kept := map[string]diary.ID{
		"a dose of the day before": add(dose(first.AddDays(-1))), "a dose of the day after": add(dose(last.AddDays(1))),
		"a message about the bleed": add(&diary.Message{Text: "I do not agree.", About: bleed}),
		"a plan":                    add(&diary.Plan{Product: "fviii.advate", Amount: diary.Units(1000), Schedule: diary.Schedule{EveryDays: 2, Times: []uint16{480}}, Reason: diary.ReasonProphylaxis, From: first, Clinician: "Dr. Blau"}),
	}
	look := func(want bool, when string) {
		t.Helper()
		d := newLook(c).patient(s).Diary
		for name, id := range hidden {
			if _, ok := s.diary.Get(id); !ok {
				t.Fatalf("%s is not in the diary", name)
			}
			if _, ok := d.Get(id); ok != want {
				t.Errorf("%s: %s is shown: %v", when, name, ok)
			}
		}
		for name, id := range kept {
			if _, ok := d.Get(id); !ok {
				t.Errorf("%s: %s is not shown", when, name)
			}
		}
	}
	look(true, "before")
	ask := say(keyring.Own, *aWish)
	look(true, "asked")
	say(keyring.Treat, restrictSay{act: restrictAccept, of: ask})
	look(false, "accepted")
	if !c.restricted(s) || !newLook(c).patient(s).Restricted {
		t.Error("nobody says that it is restricted")
	}
	shown := newLook(c).patient(s).Diary
	if again := newLook(c).patient(s).Diary; again != shown {
		t.Error("another diary each time: nothing worked out of it could be kept")
	}
	// What comes later is in it, and what was rested is read again.
	kept["a note of today"] = add(&diary.Note{Text: "fine"})
	hidden["another dose of those days"] = add(dose(first))
	look(false, "later")
	say(keyring.Own, restrictSay{act: restrictBack, of: ask})
	look(true, "taken back")
	if c.restricted(s) || newLook(c).patient(s).Diary != s.diary {
		t.Error("it still is restricted")
	}
}

// Of what needs a person only that is left which cannot wait, and what does not come
// from restricted entries.
func TestWhatIsRestrictedNeedsNobodyButInAnEmergency(t *testing.T) {
	c, s, add, say := restrictedDiary(t)
	now := diary.MomentOf(time.Now().UTC())
	today, _ := now.Wall()
	yesterday := today.AddDays(-1)
	listed := func() string {
		var b strings.Builder
		for _, it := range newLook(c).workOf(s, now) {
			fmt.Fprint(&b, it.Kind.Key(), " ")
		}
		return b.String()
	}
	add(&diary.Bleed{Start: at(yesterday), Places: []diary.Place{diary.LeftKnee}})
	add(&diary.Bleed{Start: at(yesterday), Places: []diary.Place{diary.Place(diary.SkullInside) << 2}})
	add(&diary.Treatment{Taken: at(yesterday), Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis, Reaction: "rash", Lots: []diary.Lot{{Batch: "A1", Expiry: today.AddDays(-30)}}})
	add(&diary.Plan{Product: "fviii.advate", Amount: diary.Units(1000), Schedule: diary.Schedule{EveryDays: 1, Times: []uint16{480}}, Reason: diary.ReasonProphylaxis, From: today.AddDays(-20), Clinician: "Dr. Blau"})
	before := listed()
	for _, k := range []worklist.Kind{worklist.NewBleed, worklist.RedFlag, worklist.Reaction, worklist.LotUsed, worklist.Missed} {
		if !strings.Contains(before, k.Key()+" ") {
			t.Fatalf("%s is not listed at all: %s", k.Key(), before)
		}
	}
	ask := say(keyring.Own, restrictSay{act: restrictAsk, why: uint8(RestrictObjected)})
	second := say(keyring.Own, restrictSay{act: restrictAsk, why: uint8(RestrictClaims), to: diary.Date{Year: 2020, Month: 1, Day: 1}})
	if got := listed(); strings.Count(got, worklist.Restriction.Key()) != 1 || !strings.Contains(got, worklist.NewBleed.Key()) {
		t.Errorf("asked: %s", got)
	}
	say(keyring.Treat, restrictSay{act: restrictAccept, of: ask})
	got := listed()
	for k, want := range map[worklist.Kind]bool{
		worklist.NewBleed: false, worklist.Missed: false, worklist.RedFlag: true, worklist.Reaction: true, worklist.LotUsed: true, worklist.Restriction: true,
	} {
		if strings.Contains(got, k.Key()+" ") != want {
			t.Errorf("%s is listed: %v; %s", k.Key(), !want, got)
		}
	}
	say(keyring.Treat, restrictSay{act: restrictRefuse, of: second, words: "x"})
	if got := listed(); strings.Contains(got, worklist.Restriction.Key()) {
		t.Errorf("answered: %s", got)
	}
	say(keyring.Own, restrictSay{act: restrictBack, of: ask})
	if got := listed(); got != before {
		t.Errorf("taken back: %s, before %s", got, before)
	}
}
