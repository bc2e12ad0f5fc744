package diary_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
)

var until = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// tenThousand are the records of many patients as if they were one diary: more
// than a patient writes in twenty years.
func tenThousand(tb testing.TB) []diary.Record {
	var out []diary.Record
	for _, c := range sample.Cases(3, 40, until, "en") {
		for _, s := range c.Steps {
			if len(out) == 10_000 {
				return out
			}
			if p, ok := s.Entry.(*diary.Plan); ok && len(out) > 2000 {
				p.Until = p.From // many plans at once would be another story
			}
			body, err := diary.Encode(s.Entry)
			if err != nil {
				tb.Fatal(err)
			}
			r := diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Seq: uint64(len(out))}
			r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.Seq))
			out = append(out, r)
		}
	}
	tb.Fatalf("only %d records", len(out))
	return nil
}

func home(d *diary.Diary, now diary.Moment) {
	d.Timeline(diary.Filter{Limit: 30})
	d.NextDoses(now)
	d.OpenBleeds(now.Ms)
	d.Counters(now.Ms)
	d.Unread(diary.Patient)
	d.LastTreatment(0)
}

func BenchmarkReduce10000Shuffled(b *testing.B) {
	records := tenThousand(b)
	now := diary.MomentOf(until)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	b.ReportAllocs()
	for b.Loop() {
		d := new(diary.Diary)
		for _, r := range records {
			d.Add(r)
		}
		home(d, now)
	}
}

func BenchmarkHomeScreenOf10000(b *testing.B) {
	d := new(diary.Diary)
	for _, r := range tenThousand(b) {
		d.Add(r)
	}
	now := diary.MomentOf(until)
	b.ReportAllocs()
	for b.Loop() {
		home(d, now)
	}
}

// One more entry and a look at the timeline, on top of 9,000.
func BenchmarkAddOneTo9000(b *testing.B) {
	records := tenThousand(b)
	b.ReportAllocs()
	var d *diary.Diary
	n := len(records)
	for b.Loop() {
		if n == len(records) {
			b.StopTimer()
			d, n = new(diary.Diary), 9000
			for _, r := range records[:n] {
				d.Add(r)
			}
			d.Timeline(diary.Filter{Limit: 30})
			b.StartTimer()
		}
		d.Add(records[n])
		d.Timeline(diary.Filter{Limit: 30})
		n++
	}
}

func BenchmarkTwoYearsOfDoses(b *testing.B) {
	d := new(diary.Diary)
	c := sample.Cases(3, 1, until, "en")[0]
	for i, s := range c.Steps {
		body, _ := diary.Encode(s.Entry)
		d.Add(diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Hash: [32]byte{byte(i), byte(i >> 8)}})
	}
	now := diary.MomentOf(until)
	b.ReportAllocs()
	for b.Loop() {
		d.Doses(now.Ms-730*24*3600_000, now.Ms, now)
	}
}

// tenYears is a diary of 5,000 doses after a plan that was changed every year,
// beside a plan of home that the signed one shadows.
func tenYears(tb testing.TB) *diary.Diary {
	d := new(diary.Diary)
	n := uint64(0)
	add := func(e diary.Entry, who diary.Who) {
		n++
		binary.BigEndian.PutUint64(e.Top().ID[:], n)
		e.Top().Entered = diary.MomentOf(until)
		body, err := diary.Encode(e)
		if err != nil {
			tb.Fatal(err)
		}
		r := diary.Record{Kind: e.Kind(), Body: body, Author: diary.Author{Who: who}, Written: int64(n)}
		binary.BigEndian.PutUint64(r.Hash[:], n)
		d.Add(r)
	}
	plan := func(year uint16) *diary.Plan {
		return &diary.Plan{
			Product: "fviii.kovaltry", Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis, From: diary.Date{Year: year, Month: 1, Day: 1}, Clinician: "Dr. W.",
			Schedule: diary.Schedule{EveryDays: 1, Times: []uint16{7 * 60}},
		}
	}
	add(plan(2016), diary.Patient)
	var last diary.ID
	for year := uint16(2016); year < 2027; year++ {
		p := plan(year)
		if !last.IsZero() {
			p.Supersedes, p.Because = last, "weight"
		}
		add(p, diary.Centre)
		last = p.ID
	}
	for i := range 5000 {
		at := until.Add(-time.Duration(i) * 17 * time.Hour)
		add(&diary.Treatment{Taken: diary.MomentOf(at), Product: "fviii.kovaltry", Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis}, diary.Patient)
	}
	return d
}

func BenchmarkTenYearsOfDoses(b *testing.B) {
	d := tenYears(b)
	now := diary.MomentOf(until)
	if n := len(d.Doses(now.Ms-3650*24*3600_000, now.Ms, now)); n != 3650 {
		b.Fatalf("%d doses", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Doses(now.Ms-3650*24*3600_000, now.Ms, now)
	}
}

func BenchmarkNextDosesAfterTenYears(b *testing.B) {
	d := tenYears(b)
	now := diary.MomentOf(until)
	b.ReportAllocs()
	for b.Loop() {
		d.NextDoses(now)
	}
}
