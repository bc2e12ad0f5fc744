package e2e

import (
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
)

// Removing a doctor: each patient's space gets a new epoch, made by the browser
// of who is left. The patients' browsers are closed. It measures one patient's
// share of the time until all keys are new, and how long a screen that is drawn
// meanwhile waits at most.
//
//	go test ./wasm/e2e -run ^$ -bench RemovingADoctor -benchtime 100x
func BenchmarkRemovingADoctor(b *testing.B) {
	r := startRelay(b)
	lead := r.centre("Centre A")
	for range b.N {
		pat, _ := lead.patient(r, "")
		pat.settled()
		pat.Lock()
	}
	gone := lead.admitted(r, join.Colleague, "Dr. Rot")
	gone.until("the diaries are there", func() bool { return gone.patientCount() == b.N })
	gone.settled()
	gone.Lock()
	lead.settled()
	b.ResetTimer()
	if err := lead.RemoveColleague(b.Context(), lead.colleague("Dr. Rot")); err != nil {
		b.Fatal(err)
	}
	var most time.Duration
	for busy := true; busy; time.Sleep(10 * time.Millisecond) {
		began := time.Now()
		lead.Look(func(l app.Look) { _, busy = l.Renewal() })
		most = max(most, time.Since(began))
	}
	b.StopTimer()
	lead.settled()
	b.ReportMetric(float64(most.Milliseconds()), "ms-to-look-at-most")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/patient")
}
