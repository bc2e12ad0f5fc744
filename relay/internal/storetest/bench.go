package storetest

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// BoxName names a box of a benchmark: spread as random names would be, and
// never twice.
func BoxName(round, writer, i int) (id wire.BoxID) {
	x := uint64(round)<<56 | uint64(writer)<<40 | uint64(i)
	binary.BigEndian.PutUint64(id[:], x*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], x)
	return id
}

// Fill makes an open tenant with so many channels.
func Fill(b *testing.B, s Store, channels int) []store.Channel {
	b.Helper()
	n := store.Tenant{ID: wire.TenantID{1}, Name: "Centre", State: store.Active, Open: true}
	if err := s.AddTenant(b.Context(), n, store.Audit{}); err != nil {
		b.Fatal(err)
	}
	var out []store.Channel
	for i := range channels {
		c := store.Channel{Founding: wire.FoundingKey{byte(i), 1}, Access: wire.AccessKey{byte(i), 1}, Tenant: n.ID}
		c.ID = wire.ChannelOf(c.Founding)
		if err := s.Create(b.Context(), c, store.TicketUse{}); err != nil {
			b.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// Drive has so many callers call, each one call after the other, calls in all.
func Drive(b *testing.B, callers, calls int, call func(w, i int) error) (time.Duration, []time.Duration) {
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(calls))
	all := make([][]time.Duration, callers)
	start := time.Now()
	for w := range callers {
		wg.Go(func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				begun := time.Now()
				if err := call(w, i); err != nil {
					b.Error(err)
					return
				}
				all[w] = append(all[w], time.Since(begun))
			}
		})
	}
	wg.Wait()
	return time.Since(start), slices.Concat(all...)
}

// Median returns the median of what rounds gave.
func Median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
