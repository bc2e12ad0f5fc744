package app

import (
	"bytes"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/seal"
)

// everything is an entry of each kind with every identifier it can hold.
func everything(id func() diary.ID) []diary.Entry {
	at := diary.MomentOf(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC))
	sorted := func(n int) []diary.ID {
		out := make([]diary.ID, n)
		for i := range out {
			out[i] = id()
			out[i][0] = byte(i)
		}
		return out
	}
	head := func() diary.Head {
		return diary.Head{
			ID: id(), Entered: at, Supersedes: id(), Also: sorted(3), Because: "mistyped",
			Extra: []diary.Field{{Number: 4000, Value: idBytes16(id())}},
		}
	}
	bare := func() diary.Head { // of kinds that are never corrected
		h := head()
		h.Supersedes, h.Also, h.Because = diary.ID{}, nil, ""
		return h
	}
	return []diary.Entry{
		&diary.Treatment{Head: head(), Taken: at, Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.ReasonProphylaxis, Bleed: id()},
		&diary.Bleed{Head: head(), Start: at, Places: []diary.Place{diary.LeftKnee}, Again: id()},
		&diary.Note{Head: head(), Text: "a", About: id()},
		&diary.Message{Head: head(), Text: "b", About: id(), ReplyTo: id()},
		&diary.Plan{Head: head(), Product: "fviii.advate", Amount: diary.Units(1500), From: diary.DateOf(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC))},
		&diary.Pack{Head: head(), Received: at, Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1"}}, Serials: []string{"4711"}},
		&diary.Removal{Head: head(), At: at, Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1"}}, Why: diary.WhyBroken},
		&diary.Recall{Head: head(), Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1"}}},
		&diary.Measure{Head: head(), Taken: at, What: diary.MeasuredWeight, Value: 70_000},
		&diary.About{Head: head(), Diagnosis: diary.DiagnosisA},
		&diary.Contact{Head: head(), Phone: "030 1234"},
		&diary.Photo{Head: head(), About: id(), Blob: id(), Size: 1, Hash: [32]byte{1}, Width: 1, Height: 1, Type: diary.PhotoJPEG, Preview: []byte{0xff, 0xd8, 0xff, 0}},
		&diary.Seen{Head: bare(), Entries: sorted(5)},
		&diary.Retract{Head: bare(), Entry: id(), Reason: "twice"},
	}
}

func idBytes16(id diary.ID) []byte { return id[:] }

func TestACentresCopyHoldsNoIdentifierOfHome(t *testing.T) {
	var home []diary.ID
	n := byte(0)
	draw := func() diary.ID {
		n++
		id := diary.ID(bytes.Repeat([]byte{n}, 16))
		return id
	}
	entries := everything(draw)
	kinds := make(map[diary.Kind]bool)
	keyA, keyB := seal.NewSecret(), seal.NewSecret()
	for _, e := range entries {
		kinds[e.Kind()] = true
		home = home[:0]
		note := func(key seal.Secret) func(diary.ID) diary.ID {
			return func(id diary.ID) diary.ID {
				if !id.IsZero() {
					home = append(home, id)
				}
				return foreign(key, id)
			}
		}
		before, err := diary.Encode(e)
		if err != nil {
			t.Fatalf("kind %d: %v", e.Kind(), err)
		}
		var copies [2][]byte
		for i, key := range []seal.Secret{keyA, keyB} {
			c, err := relabel(e, note(key))
			if err != nil {
				t.Fatalf("kind %d: %v", e.Kind(), err)
			}
			if copies[i], err = diary.Encode(c); err != nil {
				t.Fatalf("kind %d: %v", e.Kind(), err)
			}
			// Eight equal bytes are part of no text or number here.
			for k := byte(1); k <= n; k++ {
				if bytes.Contains(copies[i], bytes.Repeat([]byte{k}, 8)) {
					t.Errorf("kind %d: an identifier of home is in the copy", e.Kind())
				}
			}
		}
		if len(home) < 2*2 {
			t.Errorf("kind %d: only %d identifiers were translated", e.Kind(), len(home))
		}
		for _, id := range home {
			if a, b := foreign(keyA, id), foreign(keyB, id); a == b || bytes.Contains(copies[1], a[:]) || bytes.Contains(copies[0], b[:]) {
				t.Errorf("kind %d: two centres know one identifier", e.Kind())
			}
		}
		if after, _ := diary.Encode(e); !bytes.Equal(before, after) {
			t.Errorf("kind %d: the original was changed", e.Kind())
		}
	}
	for k := diary.Kind(16); k < 32; k++ {
		_, err := diary.Decode(k, nil)
		if known := err != nil && kinds[k]; !known && mayWrite(diary.Patient, k) && shared(k) {
			t.Errorf("kind %d is not among those that were tried", k)
		}
	}
}

func TestTwoCentresDoNotSeeTheSameSerial(t *testing.T) {
	e := &diary.Pack{
		Head: diary.Head{ID: diary.NewID(), Entered: diary.MomentOf(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC))}, Received: diary.MomentOf(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC)),
		Product: "fviii.advate", Lots: []diary.Lot{{Batch: "A1"}}, Serials: []string{"4711"},
	}
	c, err := relabel(e, func(id diary.ID) diary.ID { return foreign(seal.NewSecret(), id) })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.(*diary.Pack).Serials) != 0 || len(e.Serials) != 1 {
		t.Error("the number of a single pack went to a centre")
	}
	if shared(diary.KindCard) {
		t.Error("whom to call in an emergency went to a centre")
	}
}

func TestWhoWritesWhat(t *testing.T) {
	both := []diary.Kind{diary.KindMessage, diary.KindSeen, diary.KindRetract, diary.KindPlan, diary.KindRecall, diary.KindMeasure}
	home := []diary.Kind{diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindPack, diary.KindRemoval, diary.KindAbout, diary.KindPhoto, diary.KindCard}
	centre := []diary.Kind{diary.KindContact, diary.KindOpened}
	for _, k := range both {
		if !mayWrite(diary.Patient, k) || !mayWrite(diary.Carer, k) || !mayWrite(diary.Centre, k) {
			t.Errorf("kind %d is for both", k)
		}
	}
	for _, k := range home {
		if !mayWrite(diary.Patient, k) || !mayWrite(diary.Carer, k) || mayWrite(diary.Centre, k) {
			t.Errorf("kind %d is for home", k)
		}
	}
	for _, k := range centre {
		if mayWrite(diary.Patient, k) || mayWrite(diary.Carer, k) || !mayWrite(diary.Centre, k) {
			t.Errorf("kind %d is for the centre", k)
		}
	}
}
