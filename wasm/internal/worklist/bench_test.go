package worklist_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/worklist"
)

// BenchmarkAThousandPatients lists what a hundred patients with two years each
// need, ten times over: all of them the first time, and then again.
func BenchmarkAThousandPatients(b *testing.B) {
	until := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	now := diary.MomentOf(until)
	cases := sample.Cases(1, 100, until, "en")
	build := func() (all []worklist.Patient) {
		for _, c := range cases {
			p := worklist.Patient{Diary: new(diary.Diary), Joined: 1}
			for i, s := range c.Steps {
				body, err := diary.Encode(s.Entry)
				if err != nil {
					b.Fatal(err)
				}
				p.Diary.Add(diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Hash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))})
			}
			p.Diary.Timeline(diary.Filter{Limit: 1})
			all = append(all, p)
		}
		return all
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for range 10 {
				b.StopTimer()
				all := build()
				b.StartTimer()
				for _, p := range all {
					items, _ := worklist.Items(p, now)
					n += len(items)
				}
			}
			b.ReportMetric(float64(n), "items")
		}
	})
	b.Run("again", func(b *testing.B) {
		all := build()
		for b.Loop() {
			for range 10 {
				for _, p := range all {
					worklist.Items(p, now)
				}
			}
		}
	})
}
