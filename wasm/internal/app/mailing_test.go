package app

import (
	"reflect"
	"testing"

	"vialog/wasm/internal/diary"
)

func aMailing(kind MailKind, text string) *mailing {
	r := &diary.Recall{Head: diary.Head{ID: diary.ID{7}, Entered: diary.Moment{Ms: 1_000_000, Offset: 60}}, Product: "fviii.advate", Lots: []diary.Lot{{Batch: "AB-12"}}, Note: "x"}
	return &mailing{key: mailPrefix + digits(3), kind: kind, at: 1_000_001, recall: r, about: RecallKey(r), text: text, done: make(map[uint32]bool)}
}

// What is under way comes back from the vault as it was, and nothing else does.
func TestAMailingComesBackAsItWas(t *testing.T) {
	for _, m := range []*mailing{aMailing(MailRecall, ""), aMailing(MailUndo, "why"), aMailing(MailTell, "call us")} {
		rec := must(m.record())(t)
		if got := must(parseMailing(rec.Key, rec.Value))(t); !reflect.DeepEqual(got, m) {
			t.Errorf("%+v came back as %+v", m, got)
		}
	}
	good := must(aMailing(MailTell, "call us").record())(t).Value
	edit, number := fieldEditor(t), asNumber
	for what, raw := range map[string][]byte{
		"cut":                     good[:len(good)-1],
		"without a kind":          edit(good, fieldMailKind, nil),
		"of a kind of later":      edit(good, fieldMailKind, number(4)),
		"without a time":          edit(good, fieldMailAt, nil),
		"without a recall":        edit(good, fieldMailRecall, nil),
		"with half a recall":      edit(good, fieldMailRecall, good[30:40]),
		"a message without words": edit(good, fieldMailText, nil),
		"a recall with words":     edit(good, fieldMailKind, number(uint64(MailRecall))),
	} {
		if m, err := parseMailing(mailPrefix+"00000001", raw); err == nil {
			t.Errorf("%s: %+v", what, m)
		}
	}
}

// One recall has one name, however its lots are written, and another has another.
func TestARecallIsNamedByWhatItSays(t *testing.T) {
	name := func(p diary.ProductID, brand string, lots ...diary.Lot) string {
		return RecallKey(&diary.Recall{Product: p, ProductName: brand, Lots: lots})
	}
	a, b := diary.Lot{Batch: "AB-12"}, diary.Lot{Batch: "X1", Expiry: diary.Date{Year: 2028, Month: 6}}
	want := name("fviii.advate", "", a, b)
	for _, same := range []string{
		name("fviii.advate", "", b, a), name("fviii.advate", "", diary.Lot{Batch: " ab 12"}, b), name("fviii.advate", "", a, b, diary.Lot{Batch: "ab12"}),
	} {
		if same != want {
			t.Errorf("%q is not %q", same, want)
		}
	}
	for _, other := range []string{
		name("fviii.kovaltry", "", a, b), name("fviii.advate", "", a), name("fviii.advate", "", a, diary.Lot{Batch: "X1"}), name("fviii.advate", "", diary.Lot{Batch: "AB-13"}, b),
	} {
		if other == want {
			t.Errorf("%q is taken for the same", other)
		}
	}
	if name("other.iu", "Faktor X", a) == name("other.iu", "Faktor Y", a) || name("other.iu", "Faktor X", a) != name("other.iu", " faktor x", a) {
		t.Error("brands that people type are told apart by their letters only")
	}
}

// What is kept up of a diary with what the centre writes is what would be read out of it.
func TestWhatIsKnownOfRecallsIsWhatTheDiarySays(t *testing.T) {
	s := &space{role: rolePatient, diary: new(diary.Diary)}
	n := byte(0)
	add := func(who diary.Who, e diary.Entry) diary.ID {
		t.Helper()
		n++
		if h := e.Top(); h.ID.IsZero() {
			h.ID = diary.NewID()
		}
		e.Top().Entered = diary.Moment{Ms: int64(n)}
		rec := diary.Record{Kind: e.Kind(), Body: must(diary.Encode(e))(t), Author: diary.Author{Who: who}, Written: int64(n), Hash: [32]byte{n}}
		if err := s.diary.Add(rec); err != nil {
			t.Fatal(err)
		}
		s.follow(rec)
		return e.Top().ID
	}
	recall := func(batch string, id diary.ID) *diary.Recall {
		return &diary.Recall{Head: diary.Head{ID: id}, Product: "fviii.advate", Lots: []diary.Lot{{Batch: batch}}}
	}
	add(diary.Patient, &diary.Pack{Received: diary.Moment{Ms: 1}, Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1", Packs: 2}}})
	s.brief()
	kept, renewed := 0, 0
	check := func(what string) {
		t.Helper()
		if s.hasGist() {
			kept++
		} else {
			renewed++
		}
		got := *s.brief()
		s.gist = gist{}
		want := *s.brief()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: kept\n%+v\nfresh\n%+v", what, got, want)
		}
	}
	id := add(diary.Centre, recall("A1", diary.ID{}))
	check("a recall")
	add(diary.Centre, &diary.Opened{})
	check("a look")
	said := add(diary.Centre, &diary.Message{Text: "call us", About: id})
	check("a message about it")
	add(diary.Patient, &diary.Seen{Entries: []diary.ID{id}})
	check("read")
	add(diary.Patient, &diary.Seen{Entries: []diary.ID{said}})
	check("the message is read")
	add(diary.Centre, &diary.Message{Text: "hello"})
	check("another message")
	add(diary.Centre, recall("A1", id))
	check("a colleague's at the same time")
	add(diary.Centre, &diary.Retract{Entry: id, Reason: "wrong"})
	check("taken back")
	add(diary.Centre, &diary.Message{Text: "never mind", About: id})
	check("a message about what was taken back")
	add(diary.Patient, recall("B1", diary.ID{}))
	check("the patient's own")
	mine := add(diary.Patient, &diary.Note{Text: "a note"})
	add(diary.Centre, recall("B1", mine))
	check("one whose identifier is taken")
	if kept < 4 || renewed < 4 {
		t.Errorf("%d were kept up, %d read again", kept, renewed)
	}
	if got := s.brief().recalls; len(got) != 2 || !got[0].Back || !got[1].Back || got[1].BackAt != 0 {
		t.Errorf("in the end: %+v", got)
	}
}

// A list is worked out again when somebody else than the centre has written, or when a
// recall may concern the patient, and not for each of a thousand recalls.
func TestARecallStirsOnlyWhomItMayConcern(t *testing.T) {
	s := &space{role: rolePatient, diary: new(diary.Diary)}
	n := byte(0)
	add := func(who diary.Who, e diary.Entry) {
		n++
		e.Top().ID, e.Top().Entered = diary.NewID(), diary.Moment{Ms: int64(n)}
		rec := diary.Record{Kind: e.Kind(), Body: must(diary.Encode(e))(t), Author: diary.Author{Who: who}, Written: int64(n), Hash: [32]byte{n}}
		s.diary.Add(rec)
		s.follow(rec)
	}
	add(diary.Patient, &diary.Pack{Received: diary.Moment{Ms: 1}, Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1", Packs: 2}}})
	holds := func() bool {
		defer func() { s.listed = &listed{entries: s.diary.Stirred()} }()
		s.brief()
		return s.listed != nil && s.listed.entries == s.diary.Stirred()
	}
	holds()
	for _, c := range []struct {
		what string
		who  diary.Who
		e    diary.Entry
		want bool
	}{
		{"of another lot", diary.Centre, &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "B1"}}}, true},
		{"a look", diary.Centre, &diary.Opened{}, true},
		{"of the lot", diary.Centre, &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "a 1"}}}, false},
		{"the patient's own", diary.Patient, &diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "B1"}}}, false},
		{"a message", diary.Centre, &diary.Message{Text: "hello"}, false},
	} {
		if add(c.who, c.e); holds() != c.want {
			t.Errorf("%s: the list holds %v", c.what, !c.want)
		}
	}
}
