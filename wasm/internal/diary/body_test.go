package diary

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestExamplesReadBack(t *testing.T) {
	for _, e := range examples() {
		body, err := Encode(e)
		if err != nil {
			t.Errorf("%s: %v", e.Kind().Key(), err)
			continue
		}
		back, err := Decode(e.Kind(), body)
		if err != nil || !reflect.DeepEqual(back, e) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", e.Kind().Key(), err, back, e)
		}
	}
}

func TestEncodeSortsSets(t *testing.T) {
	a := fullBleed()
	a.Places = []Place{RightKnee, LeftElbow, RightKnee}
	x, err := Encode(a)
	if err != nil {
		t.Fatal(err)
	}
	y, _ := Encode(fullBleed())
	if !bytes.Equal(x, y) {
		t.Error("the same set has two spellings")
	}
	if a.Places[0] != RightKnee {
		t.Error("Encode changed the entry")
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	long := fullTreatment()
	long.Note = strings.Repeat("x", MaxNote+1)
	batch := fullTreatment()
	batch.Lots[0].Batch = strings.Repeat("x", 300)
	twice := fullTreatment()
	twice.Extra = []Field{{16, []byte{1}}}
	large := fullTreatment()
	for n := range uint16(4) {
		large.Extra = append(large.Extra, Field{100 + n, make([]byte, 9000)})
	}
	for name, e := range map[string]Entry{"long text": long, "long batch": batch, "field twice": twice, "large body": large, "no ID": &Note{Text: "x"}} {
		if _, err := Encode(e); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestFieldsOfALaterVersionAreKept(t *testing.T) {
	e := fullBleed()
	body, err := Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	later := append(bytes.Clone(body), 0, 200, 0, 0, 3, 'n', 'e', 'w')
	got, err := Decode(KindBleed, later)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Encode(got); err != nil || !bytes.Equal(back, later) {
		t.Errorf("written back as %x, %v", back, err)
	}
	got.(*Bleed).Note = "" // an older app edits
	if back, _ := Encode(got); !bytes.HasSuffix(back, later[len(body):]) {
		t.Error("an edit loses what the later version wrote")
	}
	head := got.Top()
	head.Extra = append([]Field{{7, []byte{1}}}, head.Extra...) // reserved for heads
	if back, err := Encode(got); err != nil || !bytes.Contains(back, []byte{0, 7, 0, 0, 1, 1}) {
		t.Errorf("a field between known ones: %v", err)
	}
}

// vector reads a file of testdata: comment lines with #, the kind, the bytes in hex.
func vector(t testing.TB, path string) (Kind, []byte) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			fields = append(fields, strings.Fields(line)...)
		}
	}
	kind, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(path, err)
	}
	body, err := hex.DecodeString(strings.Join(fields[1:], ""))
	if err != nil {
		t.Fatal(path, err)
	}
	return Kind(kind), body
}

func TestVectors(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.txt")
	if len(paths) == 0 {
		t.Fatal("no vectors")
	}
	for _, path := range paths {
		kind, body := vector(t, path)
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		e, err := Decode(kind, body)
		if strings.HasPrefix(name, "reject-") {
			var refused *BodyError
			if !errors.As(err, &refused) {
				t.Errorf("%s: accepted, %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if back, err := Encode(e); err != nil || !bytes.Equal(back, body) {
			t.Errorf("%s: written back as %x, %v", name, back, err)
		}
	}
}

func fuzz(f *testing.F, kind Kind) {
	for _, e := range examples() {
		if e.Kind() == kind {
			body, err := Encode(e)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body)
		}
	}
	paths, _ := filepath.Glob("testdata/*.txt")
	for _, path := range paths {
		if k, body := vector(f, path); k == kind {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Decode(kind, body)
		if err != nil {
			return
		}
		back, err := Encode(e)
		if err != nil || !bytes.Equal(back, body) {
			t.Fatalf("accepted %x, wrote back %x, %v", body, back, err)
		}
		e.Validate(now, Products) // must not panic
	})
}

func FuzzTreatment(f *testing.F) { fuzz(f, KindTreatment) }
func FuzzBleed(f *testing.F)     { fuzz(f, KindBleed) }
func FuzzNote(f *testing.F)      { fuzz(f, KindNote) }
func FuzzMessage(f *testing.F)   { fuzz(f, KindMessage) }
func FuzzPlan(f *testing.F)      { fuzz(f, KindPlan) }
func FuzzSeen(f *testing.F)      { fuzz(f, KindSeen) }
func FuzzRetract(f *testing.F)   { fuzz(f, KindRetract) }
func FuzzPack(f *testing.F)      { fuzz(f, KindPack) }
func FuzzRemoval(f *testing.F)   { fuzz(f, KindRemoval) }
func FuzzRecall(f *testing.F)    { fuzz(f, KindRecall) }
func FuzzMeasure(f *testing.F)   { fuzz(f, KindMeasure) }
func FuzzAbout(f *testing.F)     { fuzz(f, KindAbout) }
func FuzzContact(f *testing.F)   { fuzz(f, KindContact) }
func FuzzOpened(f *testing.F)    { fuzz(f, KindOpened) }
func FuzzPhoto(f *testing.F)     { fuzz(f, KindPhoto) }
func FuzzCard(f *testing.F)      { fuzz(f, KindCard) }
