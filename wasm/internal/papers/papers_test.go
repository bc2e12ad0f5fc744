package papers

import (
	"bytes"
	"reflect"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

var anOrder = Order{
	Form: Treatments, Excel: true, Lang: "de", Now: diary.Moment{Ms: 1_795_000_000_000, Offset: -210}, Owner: "VK7-3QMW-9TXA", Version: "1",
	Records: []diary.Record{
		{Kind: diary.KindNote, Body: []byte{1, 2, 3}, Author: diary.Author{Who: diary.Centre, Name: "Dr. Ä"}, Written: 5, Hash: [32]byte{7}},
		{Kind: 999, Body: []byte{}, Author: diary.Author{Who: diary.Patient}, Written: 6, Own: true},
	},
	File: []byte("a,b"), Pictures: []Picture{{diary.ID{5}, []byte{0xff, 0xd8}}}, Missing: 3,
}

var someFindings = Findings{
	Form: Bundle, Owner: "VK7", Made: 77, Mark: "00ff", Added: []Entry{{diary.KindBleed, []byte{9}}}, Known: []Count{{diary.KindNote, 4}}, Left: []Count{{diary.KindMessage, 2}},
	Refused: 600, Refusals: []Refusal{{3, "amount", NotNumber}, {0, "", Broken}}, Ignored: []string{"farbe"},
}

func TestOrdersAndFindingsAreReadBack(t *testing.T) {
	raw, err := anOrder.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseOrder(raw); err != nil || !reflect.DeepEqual(got, anOrder) {
		t.Errorf("%v: %+v", err, got)
	}
	for i := range raw {
		if _, err := ParseOrder(raw[:i]); err == nil {
			t.Fatalf("cut after %d bytes it is still an order", i)
		}
	}
	raw, err = someFindings.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseFindings(raw); err != nil || !reflect.DeepEqual(got, someFindings) {
		t.Errorf("%v: %+v", err, got)
	}
	for i := range raw {
		if _, err := ParseFindings(raw[:i]); err == nil {
			t.Fatalf("cut after %d bytes they are still findings", i)
		}
	}
}

func TestFormsHaveNames(t *testing.T) {
	for _, f := range append([]Form{Archive, Bundle}, Tables()...) {
		if got, ok := ParseForm(f.Key()); !ok || got != f || f.Table() != (f > Bundle) || f.Name() == "" {
			t.Errorf("form %d: %s", f, f.Key())
		}
	}
	if _, ok := ParseForm("form.unknown"); ok || Form(0).Key() != "form.unknown" || Form(99).Key() != "form.unknown" {
		t.Error("an unknown form has a name")
	}
}

func TestFormsAndReasonsHaveLabels(t *testing.T) {
	for _, l := range lang.All {
		for f := Archive; f < forms; f++ {
			if s := l.Label(f.Key()); s == "" || s == l.Label("form.unknown") {
				t.Errorf("%s has no label in %s", f.Key(), l.Tag())
			}
		}
		for _, r := range []Reason{NotAFile, TooLarge, Broken, NotNumber, NotTime, NotDate, NotID, NoSuch, Missing, Differs, Twice, Mismatch, Newer} {
			if s := l.Label(string(r)); s == "" || s == l.Label("refused.unknown") {
				t.Errorf("%s has no label in %s", r, l.Tag())
			}
		}
	}
}

func FuzzParseOrder(f *testing.F) {
	raw, _ := anOrder.Bytes()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o, err := ParseOrder(raw); err == nil {
			if again, err := o.Bytes(); err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("%v: written back as %x", err, again)
			}
		}
	})
}

func FuzzParseFindings(f *testing.F) {
	raw, _ := someFindings.Bytes()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if x, err := ParseFindings(raw); err == nil {
			if again, err := x.Bytes(); err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("%v: written back as %x", err, again)
			}
		}
	})
}
