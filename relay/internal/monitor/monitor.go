// Package monitor tells operators how their relay is: as metrics for Prometheus,
// as a status for the command line, and as a page for those who would rather look.
//
// What it tells are counts, sizes and times of the whole relay. It never learns
// an address, a channel or a box, so it cannot tell them; tenants it counts.
//
// The metrics and the page belong on a listener that only this machine reaches:
// how much is written at what hour says something about the people who write.
package monitor

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vialog/relay/internal/hub"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A Source is what a Monitor asks. All functions may be called at any time.
type Source struct {
	Version     string
	Store       string // the store's file; "" if it is kept elsewhere
	Tenants     func(context.Context) ([]store.Tenant, error)
	Hub         func() hub.Stats
	Certificate func() time.Time     // its end; zero: the relay speaks no TLS itself
	Maintenance func() store.Pause   // zero: none
	Up          func() time.Duration // by a clock that nobody can set; nil: since New
	Now         func() time.Time     // nil: time.Now
}

// A Monitor watches one relay. It is a hub.Meter.
type Monitor struct {
	source   Source
	started  time.Time
	registry *prometheus.Registry
	metrics

	appended atomic.Uint64 // requests to append that were acknowledged
	failing  atomic.Int64  // since when, in Unix milliseconds, appends fail; 0: they do not
}

// New returns a Monitor of s.
func New(s Source) *Monitor {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Up == nil {
		start := time.Now()
		s.Up = func() time.Duration { return time.Since(start) }
	}
	m := &Monitor{source: s, started: s.Now().Round(0), registry: prometheus.NewRegistry()}
	m.register()
	return m
}

// Connected counts a client that got its socket.
func (m *Monitor) Connected() { m.connected.Inc() }

// TurnedAway counts one that did not.
func (m *Monitor) TurnedAway(status int) { m.turnedAway(status).Inc() }

// Received counts a frame from a client.
func (m *Monitor) Received(bytes, boxes int) { m.in.count(bytes, boxes) }

// Sent counts a frame to a client.
func (m *Monitor) Sent(bytes, boxes int) { m.out.count(bytes, boxes) }

// Appended tells how long a client waited for boxes to be durable.
func (m *Monitor) Appended(took time.Duration) {
	m.appends.Observe(took.Seconds())
	m.appended.Add(1)
	m.failing.Store(0)
}

// Erased counts a channel that its owner erased for good.
func (m *Monitor) Erased() { m.erased.Inc() }

// Refused counts a request that was answered with a refusal.
func (m *Monitor) Refused(code wire.Refusal) {
	m.refusal(code).Inc()
	if code == wire.DiskFull || code == wire.Failed {
		m.failing.CompareAndSwap(0, m.source.Now().UnixMilli())
	}
}

// Committed tells of one synchronous write of the store.
func (m *Monitor) Committed(changes int, took time.Duration) {
	m.commits.Observe(float64(changes))
	m.commitTime.Observe(took.Seconds())
}
