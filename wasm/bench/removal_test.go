package bench

import (
	"context"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
)

// What it takes to remove a doctor: from the press until the relay has turned the
// removed browser away, until the team and every patient's space have new keys, and
// the longest that a screen of the lead waited meanwhile. The devices are native.
//
//	VIALOG_PATIENTS=1000 VIALOG_YEARS=1 go test ./wasm/bench -run ^$ -bench Removal -benchtime 1x -timeout 0
func BenchmarkRemoval(b *testing.B) {
	relay, link, patients := centre(b, "none")
	sheet, err := join.ParseSheet(link)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	renewed := func(l app.Look) bool {
		_, busy := l.Renewal()
		st := l.Status()
		left, _ := l.Reading()
		return l.PatientCount() == patients && left == 0 && !busy && st.Online && !st.Trying && st.Missing == 0 && st.Waiting == 0 && st.Unsent == 0
	}
	lead := newDesk(b, relay.Origin)
	if err := lead.Create(ctx, lead.pass); err != nil {
		b.Fatal(err)
	}
	if err := lead.Restore(ctx, sheet); err != nil {
		b.Fatal(err)
	}
	defer lead.Lock()
	lead.until(b, "for the diaries", renewed)

	leaves := newDesk(b, relay.Origin)
	began := time.Now()
	hire(b, lead, leaves)
	defer leaves.Lock()
	leaves.until(b, "for the colleague's diaries", renewed)
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "join-ms")
	lead.until(b, "for the keys of the colleague", renewed)

	var who keyring.AccountID
	lead.Look(func(l app.Look) {
		for _, m := range l.Colleagues() {
			if m.Name == "Dr. Rot" {
				who = m.Account
			}
		}
	})
	began = time.Now()
	if err := lead.RemoveColleague(ctx, who); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "press-ms")
	out := make(chan time.Duration, 1)
	go func() {
		for {
			gone := false
			leaves.Look(func(l app.Look) { _, gone = l.Removal() })
			if gone {
				out <- time.Since(began)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	var longest time.Duration
	for done := false; !done; time.Sleep(10 * time.Millisecond) {
		asked := time.Now()
		lead.Look(func(l app.Look) { done = renewed(l) })
		longest = max(longest, time.Since(asked))
		if time.Since(began) > 30*time.Minute {
			lead.Look(func(l app.Look) { r, busy := l.Renewal(); b.Logf("%+v %v %+v", r, busy, l.Status()) })
			b.Fatal("not done after half an hour")
		}
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "all-keys-ms")
	b.ReportMetric(float64(longest.Microseconds())/1000, "screen-ms")
	select {
	case took := <-out:
		b.ReportMetric(float64(took.Milliseconds()), "out-ms")
	case <-time.After(time.Minute):
		b.Fatal("the removed browser has not heard of it")
	}
	b.ReportMetric(float64(patients), "patients")
	b.ReportMetric(0, "ns/op")
	b.Logf("load of the machine: %s", load())
}

// hire takes a doctor into the lead's centre.
func hire(b *testing.B, lead, guest *desk) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := guest.Create(ctx, guest.pass); err != nil {
		b.Fatal(err)
	}
	id, err := lead.InviteColleague(ctx, keyring.Doctor, "")
	if err != nil {
		b.Fatal(err)
	}
	var inv app.InviteInfo
	look := func(l app.Look) { inv, _ = l.Invite(id) }
	lead.until(b, "for the invitation", func(l app.Look) bool { look(l); return inv.Code != "" })
	code, err := join.ParseCode(inv.Code)
	if err != nil {
		b.Fatal(err)
	}
	preview, err := guest.Preview(ctx, code)
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := guest.Ask(ctx, preview, "Dr. Rot")
	if err != nil {
		b.Fatal(err)
	}
	lead.until(b, "for the check code", func(l app.Look) bool { look(l); return inv.Check != "" })
	if inv.Check != theirs {
		b.Fatalf("the check codes differ: %s and %s", inv.Check, theirs)
	}
	if err := lead.Confirm(ctx, id); err != nil {
		b.Fatal(err)
	}
	if err := guest.Await(ctx); err != nil {
		b.Fatal(err)
	}
}
