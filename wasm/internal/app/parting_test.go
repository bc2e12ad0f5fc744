package app

import (
	"bytes"
	"testing"
	"time"

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
	return map[string][]byte{
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
	left, discharged := by(typeParting, keyring.Own, 1, partingBody(PartingWish)), by(typeParting, keyring.Treat, 2, partingBody(PartingMoved))
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
