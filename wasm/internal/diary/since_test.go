package diary_test

import (
	"reflect"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
)

// A centre works out a thousand diaries of ten years: what it leaves out must
// change nothing.
func TestALedgerSinceADaySaysTheSameOfWhatComesAfter(t *testing.T) {
	for _, c := range sample.Cases(11, 15, until, "en") {
		d := new(diary.Diary)
		for i, s := range c.Steps {
			body, err := diary.Encode(s.Entry)
			if err != nil {
				t.Fatal(err)
			}
			if s.At > until.Add(-200*24*time.Hour).UnixMilli() && s.At < until.Add(-60*24*time.Hour).UnixMilli() && c.Number%3 == 0 {
				continue // months of silence
			}
			d.Add(diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Hash: [32]byte{byte(i), byte(i >> 8)}})
		}
		now := diary.MomentOf(until)
		whole := d.Ledger(now)
		for _, months := range []int{1, 3, 6, 12, 23} {
			p := diary.Period{From: whole.Today().AddMonths(-months).AddDays(1), To: whole.Today()}
			part := d.LedgerSince(now, p.From)
			if a, b := whole.Figures(p, diary.Period.Months), part.Figures(p, diary.Period.Months); !reflect.DeepEqual(a, b) {
				t.Errorf("case %d, %d months:\n%+v\n%+v", c.Number, months, a, b)
			}
			a, _ := whole.Mainstay(p)
			if b, _ := part.Mainstay(p); a != b {
				t.Errorf("case %d, %d months: %v and %v", c.Number, months, a, b)
			}
		}
	}
}

func BenchmarkLedgerOfTheLastYearOfTenYears(b *testing.B) {
	d := tenYears(b)
	now := diary.MomentOf(until)
	since := diary.YearBack(d.Ledger(now).Today()).From
	b.ReportAllocs()
	for b.Loop() {
		d.LedgerSince(now, since)
	}
}
