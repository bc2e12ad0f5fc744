package store

import (
	"errors"
	"testing"
	"time"
)

func chain(n int) []Audit {
	var out []Audit
	var last Audit
	for i := range n {
		last = Audit{Time: time.UnixMilli(int64(1000 * i)), Actor: "operator", Act: "suspend", Subject: "tenant", Detail: "because"}.Following(last)
		out = append(out, last)
	}
	return out
}

func TestChainOfActsVerifies(t *testing.T) {
	all := chain(5)
	last, err := VerifyAudits(Audit{}, all)
	if err != nil || last != all[4] {
		t.Errorf("got %d, %v", last.Index, err)
	}
	last, err = VerifyAudits(all[1], all[2:])
	if err != nil || last != all[4] {
		t.Errorf("from the middle: got %d, %v", last.Index, err)
	}
	if last, err = VerifyAudits(all[4], nil); err != nil || last != all[4] {
		t.Errorf("nothing new: got %d, %v", last.Index, err)
	}
}

func TestAnyAlterationBreaksTheChain(t *testing.T) {
	for _, tt := range []struct {
		claim string
		alter func([]Audit) []Audit
	}{
		{"actor", func(a []Audit) []Audit { a[2].Actor = "other"; return a }},
		{"act", func(a []Audit) []Audit { a[2].Act = "resume"; return a }},
		{"subject", func(a []Audit) []Audit { a[2].Subject = ""; return a }},
		{"detail", func(a []Audit) []Audit { a[2].Detail += "\x00"; return a }},
		{"time", func(a []Audit) []Audit { a[2].Time = a[2].Time.Add(time.Millisecond); return a }},
		{"a text moved to its neighbour", func(a []Audit) []Audit { a[2].Actor, a[2].Act = "operators", "uspend"; return a }},
		{"hash", func(a []Audit) []Audit { a[2].Hash[0]++; return a }},
		{"hash of the one before", func(a []Audit) []Audit { a[2].Prev[0]++; return a }},
		{"altered with a new hash", func(a []Audit) []Audit { a[2].Act = "resume"; a[2].Hash = a[2].Sum(); return a }},
		{"one taken out", func(a []Audit) []Audit { return append(a[:2], a[3:]...) }},
		{"one taken out, the rest counted anew", func(a []Audit) []Audit {
			a = append(a[:2], a[3:]...)
			for i := range a {
				a[i].Index = uint64(i) + 1
			}
			return a
		}},
		{"the first taken out", func(a []Audit) []Audit { return a[1:] }},
		{"two exchanged", func(a []Audit) []Audit { a[2], a[3] = a[3], a[2]; return a }},
		{"one twice", func(a []Audit) []Audit { a[3] = a[2]; return a }},
	} {
		if last, err := VerifyAudits(Audit{}, tt.alter(chain(5))); !errors.Is(err, ErrAudit) {
			t.Errorf("%s: got %v after record %d", tt.claim, err, last.Index)
		}
	}
}

func TestStatesFollowEachOtherAsSaid(t *testing.T) {
	all := []State{0, Requested, Pending, Active, Suspended, Leaving, Erased, 9}
	allowed := map[[2]State]bool{
		{Requested, Requested}: true, {Requested, Pending}: true, {Pending, Pending}: true,
		{Active, Suspended}: true, {Suspended, Active}: true, {Active, Active}: true, {Suspended, Suspended}: true,
		{Active, Leaving}: true, {Suspended, Leaving}: true, {Leaving, Leaving}: true,
		{Requested, Erased}: true, {Pending, Erased}: true, {Erased, Erased}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if got := from.Follows(to); got != allowed[[2]State{from, to}] {
				t.Errorf("%v to %v: %v", from, to, got)
			}
		}
	}
}
