//go:build !js

package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"vialog/relay/internal/storetest"
	"vialog/shared/wire"
)

const (
	writers = 64
	boxSize = 512
)

// BenchmarkAppend has 64 writers append to a channel each, with so many calls
// in flight at once, or so many boxes in a call, beside a bare file that is
// appended to and synchronised in groups by the same means. The two take turns;
// the ratio is the median over the rounds.
func BenchmarkAppend(b *testing.B) {
	for _, tt := range []struct{ window, batch int }{{1, 1}, {16, 1}, {1, 16}} {
		b.Run(fmt.Sprintf("window=%d/batch=%d", tt.window, tt.batch), func(b *testing.B) {
			const rounds = 3
			dir := b.TempDir()
			s := openIn(b, filepath.Join(dir, "store.sqlite"))
			channels := storetest.Fill(b, s, writers)
			bare := newBareFile(b, filepath.Join(dir, "bare"))
			box := make([]byte, boxSize)
			var mine, theirs, ratio []float64
			var latency []time.Duration
			calls := max(b.N/tt.batch/rounds, 1)
			b.ResetTimer()
			for round := range rounds {
				t, lat := storetest.Drive(b, writers*tt.window, calls, func(w, i int) error {
					batch := make([]wire.Box, tt.batch)
					for j := range batch {
						batch[j] = wire.Box{ID: storetest.BoxName(round, w, i*tt.batch+j), Data: box}
					}
					c := channels[w%writers]
					_, err := s.Append(b.Context(), c.ID, c.Access, batch, 0)
					return err
				})
				latency = append(latency, lat...)
				per := float64(calls*tt.batch) / t.Seconds()
				b.StopTimer()
				t, _ = storetest.Drive(b, writers*tt.window, calls, func(w, i int) error { return bare.append(make([]byte, tt.batch*(boxSize+40))) })
				b.StartTimer()
				other := float64(calls*tt.batch) / t.Seconds()
				mine, theirs, ratio = append(mine, per), append(theirs, other), append(ratio, per/other)
			}
			b.StopTimer()
			slices.Sort(latency)
			b.ReportMetric(storetest.Median(mine), "appends/s")
			b.ReportMetric(storetest.Median(theirs), "bare/s")
			b.ReportMetric(storetest.Median(ratio), "ratio")
			b.ReportMetric(float64(latency[len(latency)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(latency[len(latency)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkAfter reads one of 64 channels whose boxes were written in turns.
func BenchmarkAfter(b *testing.B) {
	s := openIn(b, filepath.Join(b.TempDir(), "store.sqlite"))
	channels := storetest.Fill(b, s, writers)
	const each = 1000
	storetest.Drive(b, writers, writers*each/50, func(w, i int) error {
		batch := make([]wire.Box, 50)
		for j := range batch {
			batch[j] = wire.Box{ID: storetest.BoxName(0, w, i*50+j), Data: make([]byte, boxSize)}
		}
		_, err := s.Append(b.Context(), channels[w].ID, channels[w].Access, batch, 0)
		return err
	})
	var boxes int
	var pos uint64
	for i := 0; b.Loop(); {
		got, head, err := s.After(b.Context(), channels[i%writers].ID, pos, 60<<10, nil)
		if err != nil {
			b.Fatal(err)
		}
		boxes += len(got)
		if pos += uint64(len(got)); pos >= head {
			pos = 0
			i++
		}
	}
	b.ReportMetric(float64(boxes)/b.Elapsed().Seconds(), "boxes/s")
}

// A bareFile is what the disk allows: groups of records, one write and one
// fdatasync each, and nothing that would find a record again. A group is who waits:
// unlike the store's queue it lets nobody have a turn before.
type bareFile struct {
	f   *os.File
	ops chan bareOp
}

type bareOp struct {
	b    []byte
	done chan error
}

func newBareFile(b *testing.B, path string) *bareFile {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := &bareFile{f, make(chan bareOp, groupOps)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var buf []byte
		var group []bareOp
		for o := range w.ops {
			buf, group = append(buf[:0], o.b...), append(group[:0], o)
			for more := true; more && len(group) < groupOps; {
				select {
				case o, ok := <-w.ops:
					if more = ok; ok {
						buf, group = append(buf, o.b...), append(group, o)
					}
				default:
					more = false
				}
			}
			_, err := f.Write(buf)
			if err == nil {
				err = syscall.Fdatasync(int(f.Fd()))
			}
			for _, o := range group {
				o.done <- err
			}
		}
	}()
	b.Cleanup(func() {
		close(w.ops)
		<-ended
		f.Close()
	})
	return w
}

func (w *bareFile) append(b []byte) error {
	o := bareOp{b, make(chan error, 1)}
	w.ops <- o
	return <-o.done
}
