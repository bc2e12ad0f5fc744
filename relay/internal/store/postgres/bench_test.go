package postgres

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vialog/relay/internal/store/sqlite"
	"vialog/relay/internal/storetest"
	"vialog/relay/postgrestest"
	"vialog/shared/wire"
)

const (
	writers = 64
	boxSize = 512
)

// BenchmarkAppend has 64 writers append to a channel each, over one node or
// two, with so many calls in flight at once, beside SQLite under the same load.
// They take turns; the ratio is the median over the rounds.
func BenchmarkAppend(b *testing.B) {
	for _, tt := range []struct{ nodes, window, batch int }{{1, 1, 1}, {1, 16, 1}, {1, 1, 16}, {2, 1, 1}, {2, 16, 1}} {
		b.Run(fmt.Sprintf("nodes=%d/window=%d/batch=%d", tt.nodes, tt.window, tt.batch), func(b *testing.B) {
			const rounds = 3
			url := postgrestest.Get(b).URL()
			var nodes []storetest.Store
			for range tt.nodes {
				nodes = append(nodes, openAt(b, url))
			}
			file, err := sqlite.Open(filepath.Join(b.TempDir(), "store.sqlite"))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			channels := storetest.Fill(b, nodes[0], writers)
			storetest.Fill(b, file, writers) // the same
			box := make([]byte, boxSize)
			calls := max(b.N/tt.batch/rounds, 1)
			run := func(round int, stores ...storetest.Store) (float64, []time.Duration) {
				t, lat := storetest.Drive(b, writers*tt.window, calls, func(w, i int) error {
					batch := make([]wire.Box, tt.batch)
					for j := range batch {
						batch[j] = wire.Box{ID: storetest.BoxName(round, w, i*tt.batch+j), Data: box}
					}
					c := channels[w%writers]
					_, err := stores[w%len(stores)].Append(b.Context(), c.ID, c.Access, batch, 0)
					return err
				})
				return float64(calls*tt.batch) / t.Seconds(), lat
			}
			var mine, theirs, ratio []float64
			var latency []time.Duration
			b.ResetTimer()
			for round := range rounds {
				per, lat := run(round, nodes...)
				latency = append(latency, lat...)
				b.StopTimer()
				other, _ := run(round, file)
				b.StartTimer()
				mine, theirs, ratio = append(mine, per), append(theirs, other), append(ratio, per/other)
			}
			b.StopTimer()
			slices.Sort(latency)
			b.ReportMetric(storetest.Median(mine), "appends/s")
			b.ReportMetric(storetest.Median(theirs), "sqlite/s")
			b.ReportMetric(storetest.Median(ratio), "ratio")
			b.ReportMetric(float64(latency[len(latency)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(latency[len(latency)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
