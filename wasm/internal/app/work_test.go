package app

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/worklist"
)

func decodeWork(kind string, b []byte) ([]byte, error) {
	switch kind {
	case "work":
		id, r, s, err := parseWorkItem(b)
		return workItemBody(id, r, s), err
	case "limits":
		id, l, err := parseWorkLimits(b)
		return workLimitsBody(id, l), err
	case "looked":
		id, why, err := parseLooked(b)
		return lookedBody(id, why), err
	}
	id, n, err := parseTeamNote(b)
	return teamNoteBody(id, n), err
}

var aBleed = worklist.Ref{Kind: worklist.NewBleed, What: strings.Repeat("b", 16)}

func closedItem() []byte {
	return workItemBody([32]byte{5}, aBleed, worklist.Say{Act: worklist.Closed, Reason: worklist.Called, Note: "ruft morgen an"})
}

// fieldEditor returns what puts another value into fields, or takes it out.
func fieldEditor(t *testing.T) func(b []byte, n uint16, v []byte) []byte {
	return func(b []byte, n uint16, v []byte) []byte {
		f := maps.Clone(must(parseFields(b))(t))
		if f[n] = v; v == nil {
			delete(f, n)
		}
		return f.bytes()
	}
}

// asNumber is a number as the value of a field.
func asNumber(n uint64) []byte {
	f := make(fields)
	f.setNumber(1, n)
	return f[1]
}

// workCases are the vectors of the statements about the team's work.
func workCases(t *testing.T) map[string][]byte {
	edit, number := fieldEditor(t), asNumber
	say := func(s worklist.Say) []byte { return workItemBody([32]byte{5}, aBleed, s) }
	opened, closed := say(worklist.Say{Act: worklist.Opened}), closedItem()
	snoozed := say(worklist.Say{Act: worklist.Snoozed, Until: 1793620800000})
	limits := workLimitsBody([32]byte{5}, worklist.Limits{worklist.NewDays: 7, worklist.StockDays: 0, worklist.SilentDays: 40})
	limit := func(pairs ...byte) []byte { return edit(limits, fieldWorkLimits, append([]byte{}, pairs...)) }
	note := teamNoteBody([32]byte{5}, teamNote{text: "Mutter anrufen,\nnicht den Vater"})
	corrected := teamNoteBody([32]byte{5}, teamNote{text: "x", corrects: [32]byte{9}})
	looked, barely := lookedBody([32]byte{5}, nil), lookedBody([32]byte{5}, &restrictSay{why: uint8(ShowDuty), words: "Gericht"})
	return map[string][]byte{
		"accept-looked":                         looked,
		"reject-looked-truncated":               looked[:len(looked)-1],
		"reject-looked-without-space":           edit(looked, fieldWorkSpace, nil),
		"reject-looked-space-of-31-bytes":       edit(looked, fieldWorkSpace, fill(31, 1)),
		"accept-looked-at-restricted":           barely,
		"reject-looked-why-0":                   edit(barely, fieldRestrictWhy, number(0)),
		"reject-looked-why-6":                   edit(barely, fieldRestrictWhy, number(6)),
		"reject-looked-why-257":                 edit(barely, fieldRestrictWhy, number(257)),
		"reject-looked-words-of-501-bytes":      edit(barely, fieldRestrictWords, bytes.Repeat([]byte{'r'}, 501)),
		"accept-work-opened":                    opened,
		"accept-work-answered":                  say(worklist.Say{Act: worklist.Answered}),
		"accept-work-put-off":                   snoozed,
		"accept-work-closed":                    closed,
		"accept-work-again":                     say(worklist.Say{Act: worklist.Reopened}),
		"accept-work-kind-of-later":             edit(opened, fieldWorkKind, number(255)),
		"accept-work-reason-of-later":           edit(closed, fieldWorkReason, number(255)),
		"accept-work-what-of-255-bytes":         edit(opened, fieldWorkWhat, bytes.Repeat([]byte{0}, 255)),
		"accept-work-remark-of-500-bytes":       edit(closed, fieldWorkRemark, bytes.Repeat([]byte{'r'}, 500)),
		"reject-work-truncated":                 opened[:len(opened)-1],
		"reject-work-without-space":             edit(opened, fieldWorkSpace, nil),
		"reject-work-space-of-31-bytes":         edit(opened, fieldWorkSpace, fill(31, 1)),
		"reject-work-kind-0":                    edit(opened, fieldWorkKind, number(0)),
		"reject-work-kind-256":                  edit(opened, fieldWorkKind, number(256)),
		"reject-work-without-what":              edit(opened, fieldWorkWhat, nil),
		"reject-work-what-of-256-bytes":         edit(opened, fieldWorkWhat, bytes.Repeat([]byte{0}, 256)),
		"reject-work-act-0":                     edit(opened, fieldWorkAct, number(0)),
		"reject-work-act-6":                     edit(opened, fieldWorkAct, number(6)),
		"reject-work-opened-until":              edit(opened, fieldWorkUntil, number(1793620800000)),
		"reject-work-put-off-without-until":     edit(snoozed, fieldWorkUntil, nil),
		"reject-work-put-off-until-0":           edit(snoozed, fieldWorkUntil, number(0)),
		"reject-work-put-off-until-beyond-2-53": edit(snoozed, fieldWorkUntil, number(1<<53+1)),
		"reject-work-closed-without-reason":     edit(closed, fieldWorkReason, nil),
		"reject-work-reason-0":                  edit(closed, fieldWorkReason, number(0)),
		"reject-work-reason-256":                edit(closed, fieldWorkReason, number(256)),
		"reject-work-opened-with-reason":        edit(opened, fieldWorkReason, number(1)),
		"reject-work-opened-with-remark":        edit(opened, fieldWorkRemark, []byte("r")),
		"reject-work-remark-of-501-bytes":       edit(closed, fieldWorkRemark, bytes.Repeat([]byte{'r'}, 501)),
		"reject-work-remark-with-blank":         edit(closed, fieldWorkRemark, []byte("r ")),
		"reject-work-remark-not-utf-8":          edit(closed, fieldWorkRemark, []byte{0xff}),

		"accept-limits":                   limits,
		"accept-limits-of-all":            workLimitsBody(keyring.SpaceID{}, worklist.Limits{worklist.MessageHours: 24}),
		"accept-limits-none":              limit(),
		"reject-limits-truncated":         limits[:len(limits)-1],
		"reject-limits-absent":            edit(limits, fieldWorkLimits, nil),
		"reject-limits-of-space-zero":     edit(limits, fieldWorkSpace, make([]byte, 32)),
		"reject-limits-space-of-33-bytes": edit(limits, fieldWorkSpace, fill(33, 1)),
		"reject-limits-half-a-value":      limit(1, 0),
		"reject-limits-limit-0":           limit(0, 0, 7),
		"reject-limits-twice":             limit(1, 0, 7, 1, 0, 8),
		"reject-limits-descending":        limit(5, 0, 7, 1, 0, 8),

		"accept-teamnote":                       note,
		"accept-teamnote-corrected":             corrected,
		"accept-teamnote-of-4000-bytes":         edit(note, fieldTeamNote, bytes.Repeat([]byte{'n'}, MaxTeamNote)),
		"reject-teamnote-truncated":             note[:len(note)-1],
		"reject-teamnote-without-space":         edit(note, fieldWorkSpace, nil),
		"reject-teamnote-without-text":          edit(note, fieldTeamNote, nil),
		"reject-teamnote-of-4001-bytes":         edit(note, fieldTeamNote, bytes.Repeat([]byte{'n'}, MaxTeamNote+1)),
		"reject-teamnote-with-line-break-after": edit(note, fieldTeamNote, []byte("n\n")),
		"reject-teamnote-with-control":          edit(note, fieldTeamNote, []byte("n\x07n")),
		"reject-teamnote-corrects-31-bytes":     edit(corrected, fieldTeamNoteCorrects, fill(31, 1)),
		"reject-teamnote-corrects-zero":         edit(corrected, fieldTeamNoteCorrects, make([]byte, 32)),
	}
}

// A limit of a later version, and a value of one, count as absent.
func TestALimitThatIsNotKnownCountsAsAbsent(t *testing.T) {
	b := fields{fieldWorkLimits: {1, 0, 7, 3, 255, 255, 200, 0, 1}}.bytes()
	_, l, err := parseWorkLimits(b)
	if want := (worklist.Limits{worklist.NewDays: 7}); err != nil || !reflect.DeepEqual(l, want) {
		t.Errorf("read as %v, %v", l, err)
	}
}

func FuzzWork(f *testing.F) {
	for _, kind := range []string{"work", "limits", "teamnote", "looked"} {
		f.Add(kind, closedItem())
	}
	f.Add("looked", lookedBody([32]byte{5}, nil))
	f.Add("looked", lookedBody([32]byte{5}, &restrictSay{why: 3, words: "x"}))
	f.Add("limits", workLimitsBody([32]byte{5}, worklist.Limits{worklist.StockDays: 7}))
	f.Add("teamnote", teamNoteBody([32]byte{5}, teamNote{text: "x", corrects: [32]byte{9}}))
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		if !slices.Contains([]string{"work", "limits", "teamnote", "looked"}, kind) {
			return
		}
		once, err := decodeWork(kind, b)
		if err != nil {
			return
		}
		// What a later version adds is left out; the rest comes back as it was.
		if twice, err := decodeWork(kind, once); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("what was read does not come back as it was: %v", err)
		}
	})
}

// describe is all that the statements about the team's work amount to.
func (w *works) describe() string {
	var b strings.Builder
	for _, n := range []byte{0, 5, 6} {
		p := w.of(keyring.SpaceID{n})
		var refs []worklist.Ref
		for r := range p.marks {
			refs = append(refs, r)
		}
		slices.SortFunc(refs, func(a, b worklist.Ref) int { return strings.Compare(a.String(), b.String()) })
		for _, r := range refs {
			m := p.marks[r]
			fmt.Fprintln(&b, n, r, m.Since())
			for _, s := range []*worklist.Say{m.Hand, m.Fate} {
				if s != nil {
					fmt.Fprintln(&b, *s)
				}
			}
		}
		fmt.Fprintln(&b, p.limits)
		for _, g := range p.noteGroups() {
			fmt.Fprintln(&b, g)
		}
	}
	return b.String()
}

func TestWhatTheTeamSaysIsTheSameInAnyOrder(t *testing.T) {
	var all []said
	n := byte(0)
	add := func(at int64, typ link.Type, body []byte) link.Hash {
		n++
		e := said{typ, body, keyring.AccountID{n}, at, link.Hash{n * 151}}
		all = append(all, e)
		return e.hash
	}
	for _, at := range []int64{10, 20, 20, 30} { // two at the same time
		for act := worklist.Opened; act <= worklist.Reopened; act++ {
			s := worklist.Say{Act: act}
			if act == worklist.Snoozed {
				s.Until = 99
			}
			if act == worklist.Closed {
				s.Reason = worklist.Settled
			}
			for _, id := range []keyring.SpaceID{{5}, {6}} {
				add(at+int64(act)%3, typeWorkItem, workItemBody(id, aBleed, s))
			}
		}
		add(at, typeWorkLimits, workLimitsBody(keyring.SpaceID{}, worklist.Limits{worklist.StockDays: int(at)}))
		add(at, typeWorkLimits, workLimitsBody(keyring.SpaceID{5}, worklist.Limits{worklist.NewDays: int(n)}))
	}
	first := add(10, typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "first"}))
	second := add(20, typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "second", corrects: first}))
	add(30, typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "third", corrects: second}))
	add(30, typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "at the same time", corrects: second}))
	add(40, typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "of one that is not there", corrects: link.Hash{9}}))
	add(50, typeTeamNote, teamNoteBody([32]byte{6}, teamNote{text: "of another patient’s", corrects: first}))
	add(60, typeWorkItem, []byte{1})
	var want string
	for seed := range uint64(100) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		var w works
		for _, e := range all {
			w.take(e)
		}
		got := w.describe()
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("seed %d:\n%s\nnot\n%s", seed, got, want)
		}
		notes := w.of(keyring.SpaceID{5}).noteGroups()
		if len(notes) != 2 || len(notes[1]) != 4 || notes[1][3].text != "first" {
			t.Fatalf("seed %d: the notes are %v", seed, notes)
		}
	}
}

func TestAYearThatNobodyHasSignedIsListedOnceItIsOver(t *testing.T) {
	c, s := told(t, rolePatient)
	body, err := diary.Encode(&diary.Treatment{
		Head: diary.Head{ID: diary.ID{1}, Entered: diary.MomentOf(time.Date(2025, 12, 31, 20, 0, 0, 0, time.UTC))}, Taken: diary.MomentOf(time.Date(2025, 12, 31, 20, 0, 0, 0, time.UTC)),
		Product: "fviii.advate", Amount: diary.Units(1000), Reason: diary.ReasonProphylaxis,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.diary.Add(diary.Record{Kind: diary.KindTreatment, Body: body, Author: diary.Author{Who: diary.Patient}, Written: 1, Hash: [32]byte{1}})
	listed := func(at time.Time) (n int) {
		for _, it := range newLook(c).workOf(s, diary.MomentOf(at)) {
			if it.Kind == worklist.YearlyCheck && it.What == "2025" {
				n++
			}
		}
		return n
	}
	over := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if a, b := listed(over.Add(-time.Millisecond)), listed(over); a != 0 || b != 1 {
		t.Errorf("listed %d times before the year is over, %d times after", a, b)
	}
	if n := listed(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); n != 0 {
		t.Errorf("listed %d times after a year without a dose", n)
	}
	c.legal.checks = append(c.legal.checks, Check{Patient: s.replica.Space().ID(), Year: 2024})
	if n := listed(over); n != 1 {
		t.Errorf("listed %d times though another year was signed", n)
	}
	c.legal.checks = append(c.legal.checks, Check{Patient: s.replica.Space().ID(), Year: 2025})
	if n := listed(over); n != 0 {
		t.Errorf("listed %d times though it was signed", n)
	}
}
