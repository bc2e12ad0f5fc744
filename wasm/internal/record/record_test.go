package record

import (
	"encoding/hex"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

func lot(batch string, packs uint16) diary.Lot {
	return diary.Lot{Batch: batch, Expiry: diary.Date{Year: 2028, Month: 6}, Packs: packs, Strength: diary.Units(1000)}
}

func at(day int) diary.Moment {
	return diary.MomentOf(time.Date(2026, 3, day, 7, 30, 0, 0, time.FixedZone("", 3600)))
}

// history is what one patient's diary says, one statement after the other.
type history struct {
	patient keyring.SpaceID
	n       byte
	records []Record
}

func (h *history) says(e diary.Entry) diary.ID {
	h.n++
	hd := e.Top()
	hd.ID = diary.ID{h.patient[0], h.n}
	r, ok := Of(h.patient, link.Hash{h.patient[0], h.n, 9}, int64(h.n)*1000, e)
	if ok {
		h.records = append(h.records, r)
	}
	return hd.ID
}

func dose(day int, lots ...diary.Lot) *diary.Treatment {
	return &diary.Treatment{Taken: at(day), Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis, Lots: lots}
}

func corrects(id diary.ID, e *diary.Treatment) *diary.Treatment {
	e.Supersedes, e.Because = id, "slip"
	return e
}

func bookOf(t testing.TB, records ...Record) *Book {
	b := NewBook()
	for i, raw := range Batches(records) {
		if _, err := b.Add(raw, By{At: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

var ada, ben = keyring.SpaceID{1}, keyring.SpaceID{2}

func TestACorrectedDoseStaysAndIsSaidToBeCorrected(t *testing.T) {
	h := &history{patient: ada}
	first := h.says(dose(1, lot("A-1", 2)))
	second := h.says(corrects(first, dose(1, lot("A-2", 2))))
	h.says(corrects(second, dose(1, lot("A-3", 2))))
	b := bookOf(t, h.records...)
	for batch, want := range map[string]State{"a1": Corrected, "A 2": Corrected, "A-3": Stands} {
		hits := b.Search(Query{Product: "fviii.advate", Lots: []diary.Lot{{Batch: batch}}})
		if len(hits.Rows) != 1 || hits.Rows[0].State != want {
			t.Fatalf("%s: %+v", batch, hits)
		}
		if now := hits.Rows[0].Now; (want == Corrected) != (now != nil) || now != nil && now.Lots[0].Batch != "A-3" {
			t.Errorf("%s: now it is %+v", batch, now)
		}
	}
	if h := b.Search(Query{}); h.Total != 3 || h.Doses != 1 || h.Patients != 1 || !slices.Equal(h.Sums, []Sum{{diary.UnitIU, diary.Units(2000)}}) {
		t.Errorf("in all: %+v", h)
	}
}

func TestWhatWasTakenBackStays(t *testing.T) {
	for name, undo := range map[string]func(h *history, id diary.ID){
		"taken back": func(h *history, id diary.ID) { h.says(&diary.Retract{Entry: id, Reason: "twice"}) },
		"corrected, then back": func(h *history, id diary.ID) {
			h.says(&diary.Retract{Entry: h.says(corrects(id, dose(2, lot("A", 1))))})
		},
		"back by its first version": func(h *history, id diary.ID) {
			h.says(corrects(id, dose(2, lot("A", 1))))
			h.says(&diary.Retract{Entry: id})
		},
		"was not given": func(h *history, id diary.ID) {
			e := corrects(id, dose(1))
			e.NotGiven, e.Amount = diary.NotGivenForgotten, 0
			h.says(e)
		},
	} {
		h := &history{patient: ada}
		h.says(dose(3, lot("A", 1))) // another one, which stands
		undo(h, h.says(dose(1, lot("A", 1))))
		b := bookOf(t, h.records...)
		got := b.Search(Query{Lots: []diary.Lot{{Batch: "A"}}})
		back := 0
		for _, r := range got.Rows {
			if r.State != Stands {
				back++
			}
		}
		if got.Doses != 1 || back == 0 || b.Len() != len(h.records) {
			t.Errorf("%s: %d stand, %d do not, of %d records", name, got.Doses, back, b.Len())
		}
		if y := b.YearOf(ada, 2026); y.Doses != 1 || y.Withdrawn != 1 {
			t.Errorf("%s: the year is %+v", name, y)
		}
	}
}

func TestWhatTheLawDoesNotAskForIsNotRecorded(t *testing.T) {
	h := &history{patient: ada}
	missed := dose(1)
	missed.NotGiven, missed.Amount = diary.NotGivenForgotten, 0
	h.says(missed)
	h.says(&diary.Note{Text: "x"})
	if len(h.records) != 0 {
		t.Errorf("recorded: %+v", h.records)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	none, nameless, strengthless := dose(1), dose(1, lot("", 1)), dose(1, diary.Lot{Batch: "X", Packs: 1})
	pzn := dose(1, diary.Lot{Batch: "X", PZN: "03752864"})
	typed := dose(1, lot("X", 1))
	typed.Product, typed.ProductName = "other.iu", "Neu"
	for name, c := range map[string]struct {
		e    *diary.Treatment
		want Missing
	}{
		"complete": {dose(1, lot("X", 1)), 0}, "no lot": {none, NoLot}, "a lot without a name": {nameless, NoLot},
		"no strength": {strengthless, NoStrength}, "a PZN instead": {pzn, 0}, "a product that nobody knows": {typed, NoCompany},
	} {
		h := &history{patient: ada}
		h.says(c.e)
		b := bookOf(t, h.records...)
		got := b.Search(Query{Incomplete: true})
		if (c.want != 0) != (len(got.Rows) == 1) || c.want != 0 && got.Rows[0].Missing != c.want {
			t.Errorf("%s: %+v", name, got.Rows)
		}
	}
}

// The record is a function of the set of records: any two writers, any order,
// any batches.
func TestAnyOrderAndAnyTwoWritersGiveTheSameRecord(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		var all []Record
		for _, p := range []keyring.SpaceID{ada, ben} {
			h := &history{patient: p}
			var ids []diary.ID
			for range 1 + rng.IntN(12) {
				switch {
				case len(ids) > 0 && rng.IntN(4) == 0:
					h.says(&diary.Retract{Entry: ids[rng.IntN(len(ids))]})
				case len(ids) > 0 && rng.IntN(2) == 0:
					ids = append(ids, h.says(corrects(ids[rng.IntN(len(ids))], dose(1+rng.IntN(28), lot(string(rune('A'+rng.IntN(4))), 1)))))
				default:
					ids = append(ids, h.says(dose(1+rng.IntN(28), lot(string(rune('A'+rng.IntN(4))), 1))))
				}
			}
			all = append(all, h.records...)
		}
		if rng.IntN(3) == 0 { // a writer that is wrong
			odd := all[0]
			odd.Written++
			all = append(all, odd)
		}
		say := func() (raw [][]byte, by []By) {
			for range 1 + rng.IntN(3) {
				part := slices.Clone(all)
				rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
				raw = append(raw, Batches(part[:1+rng.IntN(len(part))])...)
			}
			raw = append(raw, Batches(all)...)
			for i := range raw {
				by = append(by, By{At: 5, Hash: [32]byte{byte(i)}})
			}
			return raw, by
		}
		// One writes everything last, so both have heard it.
		raw, by := say()
		read := func() *Book {
			b := NewBook()
			for _, i := range rng.Perm(len(raw)) {
				if _, err := b.Add(raw[i], by[i]); err != nil {
					t.Fatal(err)
				}
			}
			return b
		}
		x, y := read(), read()
		for _, q := range []Query{{}, {Incomplete: true}, {Batch: "a"}, {Patient: ada}, {Limit: 3}} {
			if a, b := x.Search(q), y.Search(q); !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v:\n%+v\n%+v", q, a, b)
			}
			if a, b := x.All(q), y.All(q); !reflect.DeepEqual(a, b) {
				t.Fatalf("all of %+v:\n%+v\n%+v", q, a, b)
			}
		}
		for _, p := range []keyring.SpaceID{ada, ben} {
			a, b := x.YearOf(p, 2026), y.YearOf(p, 2026)
			a.rows, b.rows = nil, nil
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("years:\n%+v\n%+v", a, b)
			}
		}
		if x.Len() != len(slices.CompactFunc(slices.SortedFunc(slices.Values(all), func(a, b Record) int { return compare(&a, &b) }), func(a, b Record) bool { return compare(&a, &b) == 0 })) {
			t.Fatalf("%d of %d", x.Len(), len(all))
		}
	}
}

func TestTwoRecordsOfOneStatementThatDifferBothStay(t *testing.T) {
	h := &history{patient: ada}
	h.says(dose(1, lot("A", 1)))
	odd := h.records[0]
	odd.Lots = []diary.Lot{lot("B", 1)}
	b := bookOf(t, h.records[0], odd)
	for _, batch := range []string{"A", "B"} {
		if got := b.Search(Query{Batch: batch}); len(got.Rows) != 1 || !got.Rows[0].Differs {
			t.Errorf("%s: %+v", batch, got.Rows)
		}
	}
	d := b.Compare(ada, 2026, []Said{{Record: h.records[0], First: h.records[0].Entry}})
	if !slices.ContainsFunc(d, func(d Difference) bool { return d.Finding == RecordsDiffer }) {
		t.Errorf("the check does not show it: %+v", d)
	}
}

func TestADoseThatTwoDevicesSentIsOneDose(t *testing.T) {
	h := &history{patient: ada}
	id := h.says(dose(1, lot("A", 1)))
	h.says(corrects(id, dose(1, lot("B", 1))))
	var all []Record
	for i, r := range h.records {
		again := r
		again.Source[0] ^= 0x80
		again.Written += int64(i) + 1
		all = append(all, again, r)
	}
	b := bookOf(t, all...)
	if got := b.Search(Query{}); got.Total != 2 || got.Doses != 1 {
		t.Errorf("%+v", got)
	}
	if y := b.YearOf(ada, 2026); y.Doses != 1 || y.Corrected != 1 {
		t.Errorf("the year is %+v", y)
	}
	if got := b.All(Query{}); len(got) != 4 {
		t.Errorf("%d of 4 are kept", len(got))
	}
}

func TestACheckShowsWhatDiffers(t *testing.T) {
	said := func(r Record) Said { return Said{Record: r, First: r.Entry} }
	for name, c := range map[string]struct {
		build func(h *history) []Said
		want  []Finding
	}{
		"nothing": {func(h *history) []Said { h.says(dose(1, lot("A", 1))); return []Said{said(h.records[0])} }, nil},
		"a dose that is not recorded": {func(h *history) []Said {
			h.says(dose(1, lot("A", 1)))
			s := said(h.records[0])
			h.records = nil
			return []Said{s}
		}, []Finding{Unrecorded}},
		"a dose that the diary lacks": {func(h *history) []Said { h.says(dose(1, lot("A", 1))); return nil }, []Finding{Gone}},
		"another amount": {func(h *history) []Said {
			h.says(dose(1, lot("A", 1)))
			s := said(h.records[0])
			s.Amount++
			return []Said{s}
		}, []Finding{Otherwise}},
		"taken back in the diary alone": {func(h *history) []Said {
			h.says(dose(1, lot("A", 1)))
			s := said(h.records[0])
			s.Back = true
			return []Said{s}
		}, []Finding{Otherwise}},
		"a correction": {func(h *history) []Said {
			h.says(corrects(h.says(dose(1, lot("A", 1))), dose(1, lot("B", 1))))
			s := said(h.records[1])
			s.First = h.records[0].Entry
			return []Said{s}
		}, []Finding{WasCorrected}},
		"taken back": {func(h *history) []Said {
			h.says(&diary.Retract{Entry: h.says(dose(1, lot("A", 1)))})
			s := said(h.records[0])
			s.Back = true
			return []Said{s}
		}, []Finding{WasWithdrawn}},
		"no lot": {func(h *history) []Said { h.says(dose(1)); return []Said{said(h.records[0])} }, []Finding{IsIncomplete}},
	} {
		h := &history{patient: ada}
		now := c.build(h)
		var got []Finding
		for _, d := range bookOf(t, h.records...).Compare(ada, 2026, now) {
			got = append(got, d.Finding)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

func TestALaterRecordChangesTheStateOfItsYearsOnly(t *testing.T) {
	h := &history{patient: ada}
	id := h.says(dose(1, lot("A", 1)))
	old := dose(1, lot("A", 1))
	old.Taken = old.Taken.Add(-400 * 24 * 3600_000)
	h.says(old)
	other := &history{patient: ben}
	other.says(dose(1, lot("A", 1)))
	state := func(p keyring.SpaceID, year int) [32]byte {
		return bookOf(t, append(h.records, other.records...)...).YearOf(p, year).State
	}
	was, past, bens := state(ada, 2026), state(ada, 2025), state(ben, 2026)
	h.says(&diary.Retract{Entry: id})
	if state(ada, 2026) == was || state(ada, 2025) != past || state(ben, 2026) != bens {
		t.Error("the wrong state has changed")
	}
	if y := bookOf(t, h.records...).Years(ada); !slices.Equal(y, []int{2025, 2026}) {
		t.Errorf("years are %v", y)
	}
}

func TestARecallFindsEveryVersionOfEveryPatient(t *testing.T) {
	a, b := &history{patient: ada}, &history{patient: ben}
	a.says(dose(4, lot("AB-12", 1)))
	a.says(dose(9, lot("ab12", 1), lot("ZZ", 1)))
	b.says(corrects(b.says(dose(2, lot("AB12", 1))), dose(2, lot("AB13", 1))))
	wrongDate := lot("AB12", 1)
	wrongDate.Expiry = diary.Date{Year: 2027, Month: 1}
	b.says(dose(3, wrongDate))
	got := bookOf(t, append(a.records, b.records...)...).Recall(&diary.Recall{Product: "fviii.advate", Lots: []diary.Lot{{Batch: "AB 12", Expiry: diary.Date{Year: 2028, Month: 6}}}})
	if len(got) != 2 || got[0].Patient != ada || len(got[0].Rows) != 2 || got[0].Rows[0].Taken != at(9) || len(got[1].Rows) != 1 || got[1].Rows[0].State != Corrected {
		t.Errorf("%+v", got)
	}
}

func TestVersionsThatCorrectEachOtherInACircleEndNowhere(t *testing.T) {
	h := &history{patient: ada}
	h.says(corrects(diary.ID{1, 2}, dose(1, lot("A", 1))))
	h.says(corrects(diary.ID{1, 1}, dose(1, lot("A", 1))))
	b := bookOf(t, h.records...)
	if got := b.Search(Query{}); got.Total != 2 {
		t.Errorf("%+v", got)
	}
	b.YearOf(ada, 2026)
	b.Compare(ada, 2026, nil)
}

// vectors are batches by the name of their file; those to be refused are made
// from the first.
func vectors() map[string][]byte {
	h := &history{patient: ada}
	id := h.says(dose(1, lot("A-1", 2), diary.Lot{Batch: "B", PZN: "03752864"}))
	h.says(corrects(id, dose(2, lot("A-1", 1))))
	h.says(&diary.Retract{Entry: id})
	o := &history{patient: ben}
	o.says(dose(3))
	good := encode(append(slices.Clone(h.records), o.records...))
	one := encode(h.records[:1])
	v := map[string][]byte{"accept-batch": good, "accept-batch-one": one, "accept-batch-retraction": encode(h.records[2:])}
	with := func(name string, raw []byte, f func(b []byte) []byte) { v["reject-batch-"+name] = f(slices.Clone(raw)) }
	dict := 1 + 2 + 32 + 2 + (3 + len("fviii.advate") + len("Advate") + len("Takeda") + 1) + 2 + (1 + 3 + 4 + 5 + 1) + (1 + 1 + 4 + 5 + 1 + 8) // of one: where n stands
	rec := dict + 2
	with("version-2", one, func(b []byte) []byte { b[0] = 2; return b })
	with("empty", one, func(b []byte) []byte { return nil })
	with("truncated", one, func(b []byte) []byte { return b[:len(b)-1] })
	with("trailing-byte", one, func(b []byte) []byte { return append(b, 0) })
	with("no-record", one, func(b []byte) []byte { return []byte{1, 0, 0, 0, 0, 0, 0, 0, 0} })
	with("kind-4", one, func(b []byte) []byte { b[rec+32] = 4; return b })
	with("no-entry", one, func(b []byte) []byte { clear(b[rec+16 : rec+32]); return b })
	with("patient-beyond-list", one, func(b []byte) []byte { b[rec+40] = 1; return b })
	with("moment-zero", one, func(b []byte) []byte { clear(b[rec+41 : rec+47]); return b })
	with("offset-beyond-14-hours", one, func(b []byte) []byte { b[rec+47] = 0x7f; return b })
	with("flag-2", one, func(b []byte) []byte { b[rec+57] = 2; return b })
	with("dose-not-given", one, func(b []byte) []byte { b[rec+57] = 1; return b })
	with("lots-33", one, func(b []byte) []byte { b[rec+58] = 33; return b })
	with("lot-beyond-list", one, func(b []byte) []byte { b[rec+60] = 2; return b })
	with("lot-not-used", one, func(b []byte) []byte { b[rec+64] = 0; return b })
	with("month-13", one, func(b []byte) []byte { b[dict-20-14+1+3+2] = 13; return b })
	with("count-beyond-end", one, func(b []byte) []byte { b[dict] = 0x03; return b })
	patients := []byte(string(ben[:]) + string(ada[:]))
	with("patients-descending", good, func(b []byte) []byte { copy(b[3:], patients); return b })
	with("twice", one, func(b []byte) []byte {
		b[dict+1] = 2
		return append(b, b[rec:]...)
	})
	return v
}

func TestVectors(t *testing.T) {
	made := vectors()
	if *addVectors {
		for name, raw := range made {
			path := filepath.Join("testdata", name+".txt")
			if _, err := os.Stat(path); err != nil {
				if err := os.WriteFile(path, []byte(hex.EncodeToString(raw)+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < len(made) {
		t.Fatalf("%d files, %d vectors: %v", len(files), len(made), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		if want, ok := made[name]; ok && !slices.Equal(want, raw) {
			t.Errorf("%s is not what is made today", name)
		}
		records, err := Decode(raw)
		if ok := strings.HasPrefix(name, "accept-"); ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !slices.Equal(encode(records), raw) {
			t.Errorf("%s is written back otherwise", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, raw := range vectors() {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		records, err := Decode(raw)
		if err != nil {
			return
		}
		if !slices.Equal(encode(records), raw) {
			t.Errorf("%x is written back as %x", raw, encode(records))
		}
		b := NewBook()
		if n, err := b.Add(raw, By{}); err != nil || n != len(records) {
			t.Errorf("%d of %d: %v", n, len(records), err)
		}
		if n, _ := b.Add(raw, By{}); n != 0 {
			t.Errorf("%d came twice", n)
		}
		b.Search(Query{Limit: 3})
		b.Year(2026)
	})
}

func TestBatchesKeepTheirBounds(t *testing.T) {
	h := &history{}
	var all []Record
	for i := range 2500 {
		h.patient, h.n, h.records = keyring.SpaceID{byte(i), byte(i >> 8)}, byte(i), nil
		var lots []diary.Lot
		for k := range 1 + i%diary.MaxLots {
			lots = append(lots, lot(strings.Repeat("L", 20)+string(rune('A'+k))+string(rune('A'+i%26)), 1))
		}
		h.says(dose(1+i%28, lots...))
		all = append(all, h.records...)
	}
	n := 0
	for _, raw := range Batches(all) {
		records, err := Decode(raw)
		if err != nil || len(raw) > MaxBatch {
			t.Fatalf("%d bytes: %v", len(raw), err)
		}
		n += len(records)
	}
	if n != len(all) {
		t.Errorf("%d of %d", n, len(all))
	}
}

// decade is what a centre of 1,000 patients records in ten years: three doses a
// week, some thirty of a batch.
func decade(patients, doses int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var out [][]byte
	var day []Record
	start := time.Date(2016, 11, 1, 6, 0, 0, 0, time.UTC).UnixMilli()
	n := uint64(0)
	for d := range doses {
		for p := range patients {
			n++
			r := Record{Patient: keyring.SpaceID{byte(p), byte(p >> 8), 7}, Kind: Use, Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis}
			for i := range 8 {
				r.Source[i], r.Entry[i] = byte(rng.Uint32()), byte(n>>(8*i))
			}
			r.Entry[15] = 1
			r.Taken = diary.Moment{Ms: start + int64(d)*7*24*3600_000/3 + int64(p)*1000, Offset: 60}
			r.Written = r.Taken.Ms + 60_000
			maker := p % 20
			r.Product = Product{diary.ProductID("fviii.p" + string(rune('a'+maker))), "Product " + string(rune('A'+maker)), "Company", diary.UnitIU}
			r.Lots = []diary.Lot{{Batch: "L" + string(rune('A'+maker)) + string(rune('A'+p/20%10)) + string(rune('A'+d/15%26)) + string(rune('A'+d/15/26)), Expiry: diary.Date{Year: 2028, Month: 6}, Packs: 2, Strength: diary.Units(1000)}}
			day = append(day, r)
		}
		if len(day) >= 900 {
			out = append(out, Batches(day)...)
			day = nil
		}
	}
	return append(out, Batches(day)...)
}

func BenchmarkRecall(b *testing.B) {
	raw := decade(1000, 1560)
	bytes := 0
	for _, r := range raw {
		bytes += len(r)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	book := NewBook()
	for i, r := range raw {
		if _, err := book.Add(r, By{At: int64(i)}); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	r := &diary.Recall{Product: "fviii.pa", Lots: []diary.Lot{{Batch: "la ab-a"}, {Batch: "LAABA"}}}
	found := 0
	for b.Loop() {
		found = len(book.Recall(r))
	}
	if found == 0 {
		b.Fatal("nobody was found")
	}
	n := float64(book.Len())
	b.ReportMetric(n, "records")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/record")
	b.ReportMetric(float64(bytes)/n, "B/record-sealed")
	b.ReportMetric(took.Seconds(), "s-to-load")
	b.ReportMetric(float64(found), "patients-found")
	runtime.KeepAlive(raw)
}
