//go:build linux

// Command bench drives a relay in a process of its own over the wire, and peers
// that are installed with the same loads in the same run, each message durable
// before it is acknowledged. It prints figures, and medians of ratios by round:
// the disk and the machine drift, so only what was measured in one round compares.
//
// The load comes from the same machine and shares its processors. CPU and memory
// are the server's alone, from /proc.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"
)

// A server is what is driven. Its channels are numbered from 0.
type server interface {
	name() string
	start(dir string) (*exec.Cmd, error) // and takes connections
	prepare(channels int) error          // makes channels up to this one
	dial(channel int) (client, error)    // a connection on which the channel is open
}

// A client is one connection. One goroutine sends and another receives.
type client interface {
	send(messages, size int) error // one request to append so many messages
	acked() error                  // waits for the answer to one request, in the order of sending
	follow(after bool) error       // what comes from now on or, after, what is there already
	next() (messages int, err error)
	close()
}

// A figure is what one load gave in one round.
type figure struct {
	rate     float64 // per second
	p50, p99 time.Duration
	cpu      float64 // of the server, in µs for each
	memory   float64 // of the server, in KiB: what the load says
}

// A load is driven in each round with a server that has just been started.
type load struct {
	name, unit string
	memory     string // what of it is told, "" for nothing
	run        func(*driven) (figure, error)
}

// A driven server runs.
type driven struct {
	server
	pid int
}

const (
	size         = 512     // bytes of a message
	clientBuffer = 8 << 10 // of a client, for what it receives
)

func main() {
	relay := flag.String("relay", "", "the relay's `PROGRAM`")
	nats := flag.String("nats", "", "the `PROGRAM` of NATS, or nothing")
	redis := flag.String("redis", "", "the `PROGRAM` of Redis, or nothing")
	rounds := flag.Int("rounds", 3, "how `OFTEN`")
	span := flag.Duration("time", 3*time.Second, "for each load that has no end of its own")
	idle := flag.Int("idle", 10_000, "idle `CONNECTIONS`")
	only := flag.String("only", "", "loads whose names hold this `TEXT`")
	dir := flag.String("dir", "", "a `FOLDER` on the disk to measure (default: that for temporary files)")
	flag.Parse()
	if err := run(*relay, *nats, *redis, *rounds, *span, *idle, *only, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(relay, nats, redis string, rounds int, span time.Duration, idle int, only, dir string) error {
	if relay == "" {
		return errors.New("name the relay: -relay build/relay")
	}
	servers := []server{&vialog{program: relay}}
	if nats != "" {
		servers = append(servers, &natsServer{program: nats}, &natsServer{program: nats, one: true})
	} else {
		fmt.Println("NATS is not here: measured without it.")
	}
	if redis != "" {
		servers = append(servers, &redisServer{program: redis})
	} else {
		fmt.Println("Redis is not here: measured without it.")
	}
	if most := raiseFiles(); most < idle+500 {
		fmt.Printf("A process may have %d files open: %d idle connections instead of %d. Raise the hard limit (ulimit -Hn).\n", most, most-500, idle)
		idle = most - 500
	}
	loads := []load{
		{"append, 64 connections, 1 in flight", "acknowledged", "", appends(64, 1, 1, span)},
		{"append, 64 connections, 16 in flight", "acknowledged", "", appends(64, 16, 1, span)},
		{"append, 16 connections, 4 in flight, 16 in each", "messages", "", appends(16, 4, 16, span)},
		{"fan-out to 1,000, 1 in flight", "delivered", "", fanOut(1000, 0, 1, span)},
		{"fan-out to 1,000, 32 in flight", "delivered", "", fanOut(1000, 0, 32, span)},
		{"fan-out to 100 beside 200 that read nothing", "delivered", "grown by, KiB", fanOut(100, 200, 32, span)},
		{"catch-up, 100,000 of one channel", "messages", "", catchUp(100_000)},
		{"connection storm, 2,000", "opened", "", connections(2000, "")},
		{"idle connections, " + fmt.Sprint(idle), "opened", "KiB each", connections(idle, "each")},
	}
	loads = slices.DeleteFunc(loads, func(l load) bool { return !strings.Contains(l.name, only) })
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "%d bytes a message, durable before it is acknowledged; medians of %d rounds\n\n", size, rounds)
	for _, l := range loads {
		got := make([][]figure, len(servers))
		failed := make([]error, len(servers))
		for range rounds {
			for i, s := range servers {
				if failed[i] != nil {
					continue
				}
				f, err := drive(s, l, dir)
				if err != nil {
					failed[i] = err
					continue
				}
				got[i] = append(got[i], f)
			}
		}
		fmt.Fprintf(out, "%s\t%s/s\tp50 ms\tp99 ms\tCPU µs\t%s\tratios by round: rate, p99, CPU, memory\t\n", l.name, l.unit, l.memory)
		for i, s := range servers {
			if failed[i] != nil {
				if i == 0 {
					return fmt.Errorf("%s: %w", l.name, failed[i])
				}
				fmt.Fprintf(out, "%s\tfailed: %v\t\n", s.name(), failed[i])
				continue
			}
			m := func(of func(figure) float64) float64 { return median(got[i], of) }
			fmt.Fprintf(out, "%s\t%.0f\t%s\t%s\t%.1f\t%s\t", s.name(), m(rate), number(m(p50)), number(m(p99)), m(cpu), number(m(memory)))
			if i > 0 {
				for _, of := range []func(figure) float64{rate, p99, cpu, memory} {
					fmt.Fprintf(out, " %s", ratio(got[0], got[i], of))
				}
			}
			fmt.Fprint(out, "\t\n")
		}
		fmt.Fprintln(out)
		out.Flush()
	}
	fmt.Println("A ratio is the relay's figure by the peer's: above 1 is better for the rate, below 1 for the others.")
	return nil
}

func rate(f figure) float64   { return f.rate }
func p50(f figure) float64    { return f.p50.Seconds() * 1000 }
func p99(f figure) float64    { return f.p99.Seconds() * 1000 }
func cpu(f figure) float64    { return f.cpu }
func memory(f figure) float64 { return f.memory }

func number(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", v)
}

func median(all []figure, of func(figure) float64) float64 {
	var v []float64
	for _, f := range all {
		v = append(v, of(f))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// ratio is the median over rounds of ours by theirs.
func ratio(ours, theirs []figure, of func(figure) float64) string {
	var v []float64
	for i := range min(len(ours), len(theirs)) {
		if b := of(theirs[i]); b != 0 {
			v = append(v, of(ours[i])/b)
		}
	}
	if len(v) == 0 {
		return "-"
	}
	slices.Sort(v)
	if m := v[len(v)/2]; m != 0 {
		return fmt.Sprintf("%.2f", m)
	}
	return "-"
}

func drive(s server, l load, dir string) (figure, error) {
	dir, err := os.MkdirTemp(dir, "vialog-bench-")
	if err != nil {
		return figure{}, err
	}
	defer os.RemoveAll(dir)
	dir, err = filepath.Abs(dir)
	if err != nil {
		return figure{}, err
	}
	cmd, err := s.start(dir)
	if err != nil {
		return figure{}, err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	return l.run(&driven{s, cmd.Process.Pid})
}

// crowd dials so many connections, many at a time. Each has a channel of its own,
// or all have the first.
func (d *driven) crowd(n int, own bool) (all []client, err error) {
	all = make([]client, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for range min(n, 32) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				ch := 0
				if own {
					ch = i
				}
				c, err := d.dial(ch)
				if err != nil {
					failed.Store(&err)
					return
				}
				all[i] = c
			}
		})
	}
	wg.Wait()
	if e := failed.Load(); e != nil {
		leave(all)
		return nil, *e
	}
	return all, nil
}

func leave(all []client) {
	for _, c := range all {
		if c != nil {
			c.close()
		}
	}
}

func appends(conns, window, each int, span time.Duration) func(*driven) (figure, error) {
	return func(d *driven) (figure, error) {
		if err := d.prepare(conns); err != nil {
			return figure{}, err
		}
		all, err := d.crowd(conns, true)
		if err != nil {
			return figure{}, err
		}
		defer leave(all)
		var wg sync.WaitGroup
		took := make([][]time.Duration, conns)
		errs := make(chan error, 2*conns)
		cpuBefore, began := cpuOf(d.pid), time.Now()
		for i, c := range all {
			sent := make(chan time.Time, window)
			slots := make(chan struct{}, window)
			wg.Go(func() {
				defer close(sent)
				for time.Since(began) < span {
					slots <- struct{}{}
					at := time.Now()
					if err := c.send(each, size); err != nil {
						errs <- err
						return
					}
					sent <- at
				}
			})
			wg.Go(func() {
				for at := range sent {
					if err := c.acked(); err != nil {
						errs <- err
						<-slots
						for range sent {
							<-slots
						}
						return
					}
					took[i] = append(took[i], time.Since(at))
					<-slots
				}
			})
		}
		wg.Wait()
		lasted, spent := time.Since(began), cpuOf(d.pid)-cpuBefore
		select {
		case err := <-errs:
			return figure{}, err
		default:
		}
		f := spread(slices.Concat(took...))
		n := float64(f.n * each)
		return figure{rate: n / lasted.Seconds(), p50: f.p50, p99: f.p99, cpu: micros(spent) / n}, nil
	}
}

type latency struct {
	n        int
	p50, p99 time.Duration
}

func spread(all []time.Duration) latency {
	if len(all) == 0 {
		return latency{}
	}
	slices.Sort(all)
	return latency{len(all), all[len(all)/2], all[len(all)*99/100]}
}

func micros(d time.Duration) float64 { return float64(d) / 1000 }

// fanOut publishes to readers, beside some that follow and read nothing.
func fanOut(readers, deaf, window int, span time.Duration) func(*driven) (figure, error) {
	return func(d *driven) (figure, error) {
		if err := d.prepare(1); err != nil {
			return figure{}, err
		}
		all, err := d.crowd(readers+deaf+1, false)
		if err != nil {
			return figure{}, err
		}
		defer leave(all)
		for _, c := range all[1:] {
			if err := c.follow(false); err != nil {
				return figure{}, err
			}
		}
		var delivered, published atomic.Int64
		ended := make(chan struct{}) // nothing more is published
		var reading, wg sync.WaitGroup
		errs := make(chan error, readers+2)
		before, cpuBefore, began := memoryOf(d.pid), cpuOf(d.pid), time.Now()
		for _, c := range all[1+deaf:] {
			reading.Go(func() {
				for got := int64(0); ; {
					n, err := c.next()
					if err != nil {
						errs <- err
						return
					}
					got += int64(n)
					delivered.Add(int64(n))
					select {
					case <-ended:
						if got >= published.Load() {
							return
						}
					default:
					}
				}
			})
		}
		c := all[0]
		slots := make(chan struct{}, window)
		sent := make(chan struct{}, window)
		wg.Go(func() {
			defer close(sent)
			for {
				slots <- struct{}{}
				last := time.Since(began) > span
				published.Add(1)
				if last {
					close(ended) // before the last is sent, so that all see both
				}
				if err := c.send(1, size); err != nil {
					errs <- err
					return
				}
				sent <- struct{}{}
				if last {
					return
				}
			}
		})
		wg.Go(func() {
			var failed error
			for range sent {
				if failed == nil {
					if failed = c.acked(); failed != nil {
						errs <- failed
					}
				}
				<-slots
			}
		})
		wg.Wait()
		done := make(chan struct{})
		go func() { reading.Wait(); close(done) }()
		select {
		case <-done:
		case err := <-errs:
			return figure{}, err
		case <-time.After(2 * time.Minute):
			return figure{}, fmt.Errorf("%d of %d were delivered", delivered.Load(), published.Load()*int64(readers))
		}
		lasted, spent := time.Since(began), cpuOf(d.pid)-cpuBefore
		f := figure{rate: float64(delivered.Load()) / lasted.Seconds(), cpu: micros(spent) / float64(delivered.Load())}
		if deaf > 0 {
			f.memory = max(1, memoryOf(d.pid)-before)
		}
		return f, nil
	}
}

func catchUp(n int) func(*driven) (figure, error) {
	return func(d *driven) (figure, error) {
		if err := d.prepare(1); err != nil {
			return figure{}, err
		}
		all, err := d.crowd(2, false)
		if err != nil {
			return figure{}, err
		}
		defer leave(all)
		const each, window = 16, 4
		slots, filled := make(chan struct{}, window), make(chan error, 1)
		go func() {
			for range n / each {
				if err := all[0].acked(); err != nil {
					filled <- err
					return
				}
				<-slots
			}
			filled <- nil
		}()
		for range n / each {
			select {
			case slots <- struct{}{}:
			case err := <-filled:
				return figure{}, err
			}
			if err := all[0].send(each, size); err != nil {
				return figure{}, err
			}
		}
		if err := <-filled; err != nil {
			return figure{}, err
		}
		cpuBefore, began := cpuOf(d.pid), time.Now()
		if err := all[1].follow(true); err != nil {
			return figure{}, err
		}
		got := 0
		for got < n/each*each {
			m, err := all[1].next()
			if err != nil {
				return figure{}, err
			}
			got += m
		}
		lasted, spent := time.Since(began), cpuOf(d.pid)-cpuBefore
		return figure{rate: float64(got) / lasted.Seconds(), cpu: micros(spent) / float64(got)}, nil
	}
}

// connections opens so many, and leaves them idle.
func connections(n int, keep string) func(*driven) (figure, error) {
	return func(d *driven) (figure, error) {
		if err := d.prepare(n); err != nil {
			return figure{}, err
		}
		before, cpuBefore, began := memoryOf(d.pid), cpuOf(d.pid), time.Now()
		all, err := d.crowd(n, true)
		if err != nil {
			return figure{}, err
		}
		defer leave(all)
		lasted, spent := time.Since(began), cpuOf(d.pid)-cpuBefore
		f := figure{rate: float64(n) / lasted.Seconds(), cpu: micros(spent) / float64(n)}
		if keep != "" {
			for _, c := range all {
				if err := c.follow(false); err != nil {
					return figure{}, err
				}
			}
			time.Sleep(5 * time.Second) // what was only for the opening can go
			f.memory = (memoryOf(d.pid) - before) / float64(n)
		}
		return f, nil
	}
}

// raiseFiles raises how many files this process and those it starts may open, and returns it.
func raiseFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 1024
	}
	l.Cur = l.Max
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
	}
	return int(min(l.Cur, 1<<30))
}
