package diary

import (
	"testing"
	"time"
)

func TestOneCentreDoesNotChangeWhatAnotherSaid(t *testing.T) {
	at := MomentOf(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC))
	var n byte
	add := func(d *Diary, who Who, centre uint32, e Entry) ID {
		n++
		h := e.Top()
		h.ID, h.Entered = ID{n}, at
		body, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Add(Record{Kind: e.Kind(), Body: body, Author: Author{Who: who, Centre: centre}, Written: at.Ms + int64(n), Hash: [32]byte{n}}); err != nil {
			t.Fatal(err)
		}
		return h.ID
	}
	for _, tt := range []struct {
		by   uint32
		gone bool
	}{{2, true}, {3, false}} {
		d := new(Diary)
		id := add(d, Centre, 2, &Contact{Emergency: "030 1"})
		add(d, Centre, tt.by, &Contact{Head: Head{Supersedes: id, Because: "moved"}, Emergency: "0900 6"})
		if it, _ := d.Get(id); (it.Entry.(*Contact).Emergency != "030 1") != tt.gone {
			t.Errorf("centre %d corrects what centre 2 said: %v", tt.by, !tt.gone)
		}
		add(d, Centre, tt.by, &Retract{Entry: id, Reason: "gone"})
		if it, _ := d.Get(id); (it.Retracted != nil) != tt.gone {
			t.Errorf("centre %d takes back what centre 2 said: %v", tt.by, !tt.gone)
		}
	}
}
