package app

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

func decodeClosed(b []byte) ([]byte, error) {
	card, p, err := parseClosed(b)
	return closedBody(card, &p), err
}

var aParting = Parting{At: time.UnixMilli(1793620800000), Reason: PartingMoved, ByCentre: true}

// partingCases are the vectors of the statements about an end.
func partingCases(t *testing.T) map[string][]byte {
	edit, number := fieldEditor(t), asNumber
	closed := closedBody([32]byte{5}, &aParting)
	dead := deathBody([32]byte{5}, diary.Date{Year: 2026, Month: 2, Day: 28})
	return map[string][]byte{
		"accept-death":                      dead,
		"accept-death-unknown":              deathBody([32]byte{5}, diary.Date{}),
		"reject-death-truncated":            dead[:len(dead)-1],
		"reject-death-without-space":        edit(dead, fieldWorkSpace, nil),
		"reject-death-space-of-31-bytes":    edit(dead, fieldWorkSpace, fill(31, 1)),
		"reject-death-on-29-february":       edit(dead, fieldDied, number(2026_02_29)),
		"reject-death-in-1969":              edit(dead, fieldDied, number(1969_12_31)),
		"reject-death-in-2200":              edit(dead, fieldDied, number(2200_01_01)),
		"reject-death-on-no-day":            edit(dead, fieldDied, number(0)),
		"accept-closed":                     closed,
		"accept-closed-left-without-reason": closedBody([32]byte{5}, &Parting{At: aParting.At}),
		"reject-closed-truncated":           closed[:len(closed)-1],
		"reject-closed-without-card":        edit(closed, fieldCardOf, nil),
		"reject-closed-card-of-31-bytes":    edit(closed, fieldCardOf, fill(31, 1)),
		"reject-closed-without-time":        edit(closed, fieldClosedAt, nil),
		"reject-closed-at-2-53":             edit(closed, fieldClosedAt, number(1<<53)),
		"reject-closed-by-2":                edit(closed, fieldClosedCentre, number(2)),
	}
}

func decodeDeath(b []byte) ([]byte, error) {
	id, d, err := parseDeath(b)
	return deathBody(id, d), err
}

// Two who enter the day: the last counts in whatever order they come. A day that
// had not come when it was said is none, and nothing is said of who has not died.
func TestTheDayOfADeathIsWhatWasSaidLast(t *testing.T) {
	id := keyring.SpaceID{5}
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	say := func(n uint64, d diary.Date, after time.Duration) *link.Entry {
		e := by(typeDeath, keyring.Treat, n, deathBody(id, d))
		e.Time = noon.Add(after).UnixMilli()
		return e
	}
	day := func(d uint8) diary.Date { return diary.Date{Year: 2026, Month: 11, Day: d} }
	died := &Parting{Reason: PartingDied}
	for _, x := range []struct {
		name string
		said []*link.Entry
		want diary.Date
	}{
		{"one", []*link.Entry{say(1, day(20), 0)}, day(20)},
		{"corrected", []*link.Entry{say(1, day(20), 0), say(2, day(19), time.Minute)}, day(19)},
		{"not known after all", []*link.Entry{say(1, day(20), 0), say(2, diary.Date{}, time.Minute)}, diary.Date{}},
		{"the 28th, which has begun in Kiribati", []*link.Entry{say(1, day(28), 0)}, day(28)},
		{"the 28th, which has begun nowhere", []*link.Entry{say(1, day(28), -3*time.Hour)}, diary.Date{}},
		{"a day to come does not take the place of one", []*link.Entry{say(1, day(20), 0), say(2, day(29), time.Minute)}, day(20)},
	} {
		for range 2 {
			d := newDesk()
			for _, e := range x.said {
				d.takeDeath(e)
			}
			if got := d.diedOn(id, died); got != x.want {
				t.Errorf("%s: %v", x.name, got)
			}
			if got := d.diedOn(id, &Parting{Reason: PartingMoved}); !got.IsZero() {
				t.Errorf("%s: who has moved died on %v", x.name, got)
			}
			slices.Reverse(x.said)
		}
	}
}

func FuzzDeath(f *testing.F) {
	f.Add(deathBody([32]byte{5}, diary.Date{Year: 2026, Month: 2, Day: 28}))
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := decodeDeath(b)
		if err != nil {
			return
		}
		if twice, err := decodeDeath(once); err != nil || !bytes.Equal(once, twice) {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func TestAReasonOfALaterVersionIsReadAsNone(t *testing.T) {
	later := fields{}
	later.setNumber(fieldPartingReason, 77)
	s := &space{role: rolePatient}
	s.takeParting(by(typeParting, keyring.Own, 1, later.bytes()))
	if s.parting == nil || s.parting.Reason != PartingUnsaid {
		t.Fatalf("%+v", s.parting)
	}
}

// Two who say at once that it is over: all devices keep the same of the two.
func TestOfTwoEndsTheFirstCountsInAnyOrder(t *testing.T) {
	left, discharged := by(typeParting, keyring.Own, 1, partingBody(PartingWish, link.Hash{})), by(typeParting, keyring.Treat, 2, partingBody(PartingMoved, link.Hash{}))
	for _, x := range []struct {
		name string
		gap  int64 // ms from the first to the second
		want bool  // the centre's
	}{{"the patient first", 5, false}, {"the centre first", -5, true}} {
		left.Time, discharged.Time = 1793620800000, 1793620800000+x.gap
		for _, order := range [][]*link.Entry{{left, discharged}, {discharged, left}} {
			s := &space{role: roleCentre}
			for _, e := range order {
				s.takeParting(e)
			}
			if s.parting.ByCentre != x.want || s.state == CentreDischarged != x.want {
				t.Errorf("%s: the centre's: %v, state %d", x.name, s.parting.ByCentre, s.state)
			}
		}
	}
	one, two := newDesk(), newDesk()
	a, b := by(typeClosed, keyring.Own, 1, closedBody([32]byte{5}, &aParting)), by(typeClosed, keyring.Treat, 2, closedBody([32]byte{5}, &Parting{At: aParting.At}))
	a.Time, b.Time = 10, 10
	for _, e := range []*link.Entry{a, b} {
		one.takeClosed(e)
	}
	for _, e := range []*link.Entry{b, a} {
		two.takeClosed(e)
	}
	if one.closed[[32]byte{5}].hash != two.closed[[32]byte{5}].hash {
		t.Error("two orders, two ends")
	}
}

func FuzzClosed(f *testing.F) {
	f.Add(closedBody([32]byte{5}, &aParting))
	f.Fuzz(func(t *testing.T, b []byte) {
		card, p, err := parseClosed(b)
		if err != nil {
			return
		}
		again := closedBody(card, &p)
		if c, q, err := parseClosed(again); err != nil || c != card || !q.At.Equal(p.At) || q.Reason != p.Reason || q.ByCentre != p.ByCentre || !bytes.Equal(closedBody(c, &q), again) {
			t.Fatal("what was read does not come back as it was")
		}
	})
}
