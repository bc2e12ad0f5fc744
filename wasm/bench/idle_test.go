package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"vialog/shared/wire"
)

const idle = 5000

// BenchmarkIdleConnection measures what the relay's resident memory grows by
// for each of 5,000 connections that follow a channel of their own and say
// nothing. Garbage of 5,000 handshakes is in it; the goroutine stacks are too.
func BenchmarkIdleConnection(b *testing.B) {
	raise(b)
	r := startRelay(b)
	// The channels are there before: their rows are not the connections'.
	var wg sync.WaitGroup
	failed := make(chan error, 64)
	fail := func(err error) {
		select {
		case failed <- err:
		default:
		}
	}
	const makers = 10
	for m := range makers {
		wg.Go(func() {
			c, err := r.dial(0)
			if err != nil {
				fail(err)
				return
			}
			defer c.Close()
			for i := m; i < idle; i += makers {
				if err := c.create(keyOf(i)); err != nil {
					fail(err)
					return
				}
			}
		})
	}
	wg.Wait()
	time.Sleep(2 * time.Second)
	before := r.resident(b)

	var mu sync.Mutex // guards conns
	var conns []*conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	const dialers = 16
	for d := range dialers {
		wg.Go(func() {
			for i := d; i < idle; i += dialers {
				c, err := r.dial(512)
				if err == nil {
					err = c.open(keyOf(i))
				}
				if err == nil {
					_, err = call[*wire.Boxes](c, &wire.Follow{Req: c.next(), Channel: keyOf(i).channel()})
				}
				if err != nil {
					fail(fmt.Errorf("connection %d: %w", i, err))
					return
				}
				mu.Lock()
				conns = append(conns, c)
				mu.Unlock()
				go c.receive() // answers pings; nothing else comes
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		b.Fatal(err)
	default:
	}
	time.Sleep(5 * time.Second)
	after := r.resident(b)
	b.ReportMetric(float64(after-before)/idle, "KiB/conn")
	b.ReportMetric(float64(before)/1024, "MiB-before")
	b.ReportMetric(float64(after)/1024, "MiB-after")
	b.ReportMetric(0, "ns/op")
}

// resident is the relay's resident memory in KiB.
func (r *relay) resident(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.pid))
	if err != nil {
		b.Skip("this system does not tell the memory of a process: ", err)
	}
	for _, line := range bytes.Split(status, []byte("\n")) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "VmRSS:" {
			n, err := strconv.Atoi(string(f[1]))
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// raise lets this process and the relay, which does so itself, have a socket
// for each connection.
func raise(b *testing.B) {
	b.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		b.Fatal(err)
	}
	if l.Max < idle+200 {
		b.Skipf("%d open files are allowed; ulimit -Hn %d would do", l.Max, idle+200)
	}
	l.Cur = l.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		b.Fatal(err)
	}
}
