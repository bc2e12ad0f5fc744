package bench

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vialog/shared/wire"
)

const (
	writers = 64
	boxSize = 1024 // the size of nearly every box of a diary
	rounds  = 4
	turn    = 2 * time.Second
)

// BenchmarkDurableAppend has 64 WebSocket writers append a box at a time to a
// channel each, waiting for one answer or for sixteen, through a relay process.
// In turns with it, as many callers append as much to a bare file, which is
// written and synchronised in groups and could not find anything again. The
// ratio is the median over the rounds.
func BenchmarkDurableAppend(b *testing.B) {
	for _, window := range []int{1, 16} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			r := startRelay(b)
			conns := make([]*conn, writers)
			for i := range conns {
				c, err := r.dial(32 << 10)
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				if err := c.create(keyOf(i)); err != nil {
					b.Fatal(err)
				}
				if err := c.open(keyOf(i)); err != nil {
					b.Fatal(err)
				}
				conns[i] = c
			}
			file := newBareFile(b)
			var mine, bare, ratio []float64
			var took []time.Duration
			for range rounds {
				n, lat := drive(b, conns, window)
				took = append(took, lat...)
				m := file.drive(b, writers*window)
				mine, bare, ratio = append(mine, n), append(bare, m), append(ratio, n/m)
			}
			slices.Sort(took)
			b.ReportMetric(median(mine), "appends/s")
			b.ReportMetric(median(bare), "bare/s")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// drive appends for one turn, and returns the rate and each answer's delay.
func drive(b *testing.B, conns []*conn, window int) (perSecond float64, took []time.Duration) {
	b.Helper()
	data := make([]byte, boxSize)
	rand.Read(data)
	all := make([][]time.Duration, len(conns))
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	end := start.Add(turn)
	for i, c := range conns {
		slots := make(chan struct{}, window)
		stamps := make([]time.Time, 4*window) // by request, of those under way
		var mu sync.Mutex                     // guards stamps
		sent := make(chan int, 1)
		wg.Go(func() {
			n := 0
			for time.Now().Before(end) {
				slots <- struct{}{}
				f := &wire.AppendBoxes{Req: c.next(), Channel: keyOf(i).channel(), Boxes: []wire.Box{{ID: boxID(), Data: data}}}
				mu.Lock()
				stamps[int(f.Req)%len(stamps)] = time.Now()
				mu.Unlock()
				if err := c.send(f); err != nil {
					failed.Store(&err)
					break
				}
				n++
			}
			sent <- n
			if err := c.send(&wire.Ping{Req: c.next()}); err != nil { // its answer wakes the reader
				failed.Store(&err)
			}
		})
		wg.Go(func() {
			total := 0
			for n, done := 0, false; !done || n != total; {
				f, err := c.receive()
				if err != nil {
					failed.Store(&err)
					return
				}
				switch f := f.(type) {
				case *wire.Appended:
					mu.Lock()
					all[i] = append(all[i], time.Since(stamps[int(f.Req)%len(stamps)]))
					mu.Unlock()
					n++
					<-slots
				case *wire.Done:
					total, done = <-sent, true
				default:
					err := fmt.Errorf("the relay answered %T: %+v", f, f)
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	took = slices.Concat(all...)
	return float64(len(took)) / time.Since(start).Seconds(), took
}

func boxID() (id wire.BoxID) {
	rand.Read(id[:])
	return id
}

// A bareFile is what the disk allows: records gathered while the last group is
// being synchronised, then one write and one fdatasync.
type bareFile struct {
	f   *os.File
	ops chan bareOp
}

type bareOp struct {
	b    []byte
	done chan error
}

func newBareFile(b *testing.B) *bareFile {
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	w := &bareFile{f, make(chan bareOp, 4096)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var buf []byte
		var group []bareOp
		for o := range w.ops {
			buf, group = append(buf[:0], o.b...), append(group[:0], o)
			for more := true; more; {
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

// drive appends for one turn.
func (w *bareFile) drive(b *testing.B, callers int) (perSecond float64) {
	b.Helper()
	var n atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for i := range callers {
		wg.Go(func() {
			record := make([]byte, 64+boxSize) // with channel, position and identifier
			binary.BigEndian.PutUint64(record, uint64(i))
			o := bareOp{record, make(chan error, 1)}
			for time.Since(start) < turn {
				w.ops <- o
				if err := <-o.done; err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return float64(n.Load()) / time.Since(start).Seconds()
}
