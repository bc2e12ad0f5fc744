package app

import (
	"encoding/binary"
	"testing"
	"time"

	"vialog/wasm/internal/seal"
)

// dueAfter is how long after a key was made the calendar of a device that is
// always open has it renewed.
func dueAfter(every time.Duration, number uint32, dev seal.DeviceID, id []byte) time.Duration {
	then := time.UnixMilli(1793620800000)
	early, late := time.Duration(0), every+time.Hour // not due; due
	for late-early > time.Second {
		mid := (early + late) / 2
		c := &Client{env: Env{Now: func() time.Time { return then.Add(mid) }}}
		if c.calendar(then, every, number, dev, id) {
			late = mid
		} else {
			early = mid
		}
	}
	return late
}

// The spaces of a centre that were all made in one minute come apart, and so do
// the devices that may renew one of them, each time anew.
func TestTheCalendarSpreadsRenewals(t *testing.T) {
	const spaces = 1000
	every := seal.Current.Rotation.Epoch
	ids := make([][]byte, spaces)
	for n := range ids {
		h := seal.Hash(seal.LabelAppSlot, binary.BigEndian.AppendUint32([]byte("space"), uint32(n)))
		ids[n] = h[:]
	}
	minutes, hours, daily := make(map[time.Duration]int), make(map[time.Duration]int), make(map[time.Duration]int)
	near, again := 0, 0
	for _, id := range ids {
		first := dueAfter(every, 1, seal.DeviceID{1}, id)
		if first < every-epochSpread-deviceSpread || first > every {
			t.Fatalf("due after %v", first)
		}
		minutes[first/time.Minute]++
		hours[first/time.Hour]++
		daily[first/(24*time.Hour)]++
		if d := first - dueAfter(every, 1, seal.DeviceID{2}, id); d.Abs() < time.Hour {
			near++
		}
		if d := first - dueAfter(every, 2, seal.DeviceID{1}, id); d.Abs() < time.Hour {
			again++
		}
	}
	most := func(m map[time.Duration]int) (n int) {
		for _, k := range m {
			n = max(n, k)
		}
		return n
	}
	// 1,000 in 8 days are 5 an hour; of two devices with 2 days, 1 in 24 is
	// within an hour of the other.
	t.Logf("at most %d a minute, %d an hour, %d a day; %d of two devices within an hour, %d of two epochs", most(minutes), most(hours), most(daily), near, again)
	if most(minutes) > 4 || most(hours) > 16 || most(daily) > 200 {
		t.Errorf("%d in one minute, %d in one hour, %d in one day", most(minutes), most(hours), most(daily))
	}
	if near > spaces/12 || again > spaces/24 {
		t.Errorf("two devices are within an hour for %d spaces, two epochs for %d", near, again)
	}
}

// A device that was away for a year does not renew everything at once.
func TestTheCalendarIsPaced(t *testing.T) {
	then := time.UnixMilli(1793620800000)
	now := then.Add(366 * 24 * time.Hour)
	c := &Client{env: Env{Now: func() time.Time { return now }}}
	done, last := 0, time.Time{}
	for end := now.Add(10 * time.Minute); now.Before(end); now = now.Add(100 * time.Millisecond) {
		for n := range byte(3) {
			if c.calendar(then, seal.Current.Rotation.Epoch, 1, seal.DeviceID{1}, []byte{n}) {
				if done++; now.Sub(last) < calendarPause {
					t.Fatalf("%v after the one before", now.Sub(last))
				}
				last = now
			}
		}
	}
	if want := int(10 * time.Minute / calendarPause); done != want {
		t.Errorf("%d renewals in ten minutes, want %d", done, want)
	}
}
