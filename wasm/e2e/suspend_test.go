package e2e

import (
	"regexp"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
)

func (p *person) status() (st app.Status) {
	p.Look(func(l app.Look) { st = l.Status() })
	return st
}

func TestASuspendedCentreLosesNothing(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	early := must(pat.Record(t.Context(), note("before the suspension")))(t)
	doc.until("the doctor sees it", func() bool { return doc.sees(n, diary.ID{}, hasNote("before the suspension")) })
	m := regexp.MustCompile(`tenant_[0-9A-Z]+`).FindString(r.run("tenant", "list", "-store", r.store))
	r.run("tenant", "suspend", "-reason", "unpaid", "-store", r.store, m)

	// A relay that serves hears of it within seconds; until then it stores.
	var held []diary.ID
	pat.until("the relay refuses", func() bool {
		if len(held) < 200 {
			held = append(held, must(pat.Record(t.Context(), note("while suspended")))(t))
			time.Sleep(50 * time.Millisecond)
		}
		return pat.status().Refusal != 0
	})
	late := must(pat.Record(t.Context(), note("the last")))(t)
	check(t, doc.Say(t.Context(), n, "Guten Tag", diary.ID{}))
	if st := pat.status(); st.Refusal != wire.TenantSuspended || st.Waiting == 0 {
		t.Fatalf("%+v", st)
	}
	doc.until("the doctor hears of it too", func() bool { return doc.status().Refusal == wire.TenantSuspended })
	pat.Look(func(l app.Look) {
		if l.Delivery(0, late) != app.Queued || l.Delivery(0, early) != app.Sent {
			t.Error("the diary does not tell what was sent and what waits")
		}
	})
	// Everything can be read meanwhile, also after the browser was closed.
	pat.reopen()
	if !pat.sees(0, late, hasNote("the last")) || pat.status().Waiting == 0 {
		t.Fatal("what waited is gone after unlocking")
	}
	pat.until("the relay refuses again", func() bool { return pat.status().Refusal == wire.TenantSuspended })
	doc.reopen()
	if !doc.sees(n, diary.ID{}, hasNote("before the suspension")) {
		t.Fatal("the doctor cannot read any more")
	}

	r.run("tenant", "resume", "-reason", "paid", "-store", r.store, m)
	for what, p := range map[string]*person{"the patient's": pat, "the doctor's": doc} {
		p.until(what+" entries are sent", func() bool {
			st := p.status()
			return st.Waiting == 0 && st.Refusal == 0
		})
	}
	doc.until("the doctor has all of it", func() bool {
		count := 0
		doc.Look(func(l app.Look) {
			info, _ := l.Patient(n)
			count = len(info.Diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindNote}}))
		})
		return count == len(held)+2
	})
	pat.until("the patient has the message", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil })
	})
	if st := pat.status(); st.Alarm || st.Missing != 0 {
		t.Fatalf("%+v", st)
	}
	check(t, r.sound())
}
