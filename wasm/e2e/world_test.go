// Package e2e drives whole clients against a real relay process.
package e2e

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

var relayBinary = sync.OnceValues(func() (string, error) {
	out, err := filepath.Abs("../../build/test/relay") // where the walks have it, too
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", out, "vialog/relay")
	cmd.Stderr = os.Stderr
	return out, cmd.Run()
})

// A relay is one relay process on one store, which can be killed and started again.
type relay struct {
	t        testing.TB
	bin      string
	store    string
	where    []string // what names the store to the relay's verbs
	database string   // where the store is in one
	addr     string
	origin   string
	args     []string
	dial     link.Dialer // of the people's clients
	edge     *edge       // nil: the relay is one of this machine

	mu  sync.Mutex
	cmd *exec.Cmd
	log strings.Builder
}

func startRelay(t testing.TB, args ...string) *relay {
	t.Helper()
	store := filepath.Join(t.TempDir(), "relay.sqlite")
	r := newRelay(t, "-store", store)
	r.store = store
	if os.Getenv("VIALOG_WORKERD") != "" {
		r.edge = newEdge(t, args)
	}
	r.serve(r.origin, args...)
	return r
}

// newRelay is a relay that has an address and does not serve yet.
func newRelay(t testing.TB, where ...string) *relay {
	t.Helper()
	bin, err := relayBinary()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	return &relay{t: t, bin: bin, where: where, addr: addr, origin: "http://" + addr, dial: dial}
}

// serve starts it under an origin, until the test ends.
func (r *relay) serve(origin string, args ...string) {
	r.t.Helper()
	r.origin = origin
	r.args = append(append([]string{"serve", "-listen", r.addr, "-origin", origin, "-app", "none"}, r.where...), args...)
	r.start()
	r.t.Cleanup(func() {
		r.kill()
		if r.t.Failed() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.t.Logf("the relay said:\n%s", r.log.String())
		}
	})
}

func (r *relay) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd = exec.Command(r.bin, r.args...)
	if r.edge != nil {
		r.cmd = r.edge.command(r)
	}
	pipe, err := r.cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	r.cmd.Stdout = r.cmd.Stderr
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(pipe); s.Scan(); {
			r.mu.Lock()
			r.log.WriteString(s.Text() + "\n")
			r.mu.Unlock()
		}
	}()
	for range 6000 { // a minute
		if c, err := net.Dial("tcp", r.addr); err == nil {
			c.Close()
			if r.edge != nil {
				r.edge.find(r)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("the relay does not listen:\n%s", r.log.String())
}

// kill ends the process as a power cut would.
func (r *relay) kill() {
	r.mu.Lock()
	cmd := r.cmd
	r.cmd = nil
	r.mu.Unlock()
	if cmd != nil {
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
	}
}

func (r *relay) run(args ...string) string {
	r.t.Helper()
	if r.edge != nil {
		return r.edge.run(r, args)
	}
	out, err := exec.Command(r.bin, args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("relay %v: %v\n%s", args, err, out)
	}
	return string(out)
}

var codePattern = regexp.MustCompile(`#register=([0-9A-Za-z-]+)`)

// tenant registers a centre as the operator does, and returns its code.
func (r *relay) tenant(name string) wire.Code {
	r.t.Helper()
	out := r.run(append([]string{"tenant", "add", "-origin", r.origin, name}, r.where...)...)
	m := codePattern.FindStringSubmatch(out)
	if m == nil {
		r.t.Fatalf("no link in what the operator sees:\n%s", out)
	}
	code, err := wire.ParseCode(m[1])
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// A person is one device with its disk, which can be closed and opened again.
type person struct {
	*app.Client
	t      testing.TB
	env    app.Env
	disk   *vault.MemoryDisk
	change chan struct{}
	ahead  *atomic.Int64 // of its clock
}

var pass = []byte("kohlrabi drei bleistift")

func params() seal.KDFParams {
	p := seal.NewKDFParams()
	p.MiB, p.Time = seal.Current.Passphrase.Floor.MiB, seal.Current.Passphrase.Floor.Time
	return p
}

func newPerson(t testing.TB, r *relay) *person {
	ahead := new(atomic.Int64)
	p := &person{t: t, disk: vault.NewMemory(), change: make(chan struct{}, 1), ahead: ahead}
	p.env = app.Env{
		Disk: p.disk, Binder: vault.NewSoftware(), KDF: native.KDF, Params: params, Dial: r.dial,
		Origin: r.origin, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		OpenRecords: 1, // but for one, every diary at a centre rests
		Changed: func() {
			select {
			case p.change <- struct{}{}:
			default:
			}
		},
	}
	p.Client = app.New(p.env)
	if err := p.Create(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Lock() })
	return p
}

// move sets the device's clock.
func (p *person) move(ahead time.Duration) { p.ahead.Store(int64(ahead)) }

// reopen closes the browser and comes back.
func (p *person) reopen() {
	p.t.Helper()
	p.Lock()
	p.Client = app.New(p.env)
	if err := p.Unlock(p.t.Context(), pass); err != nil {
		p.t.Fatal(err)
	}
}

// until waits for something that other devices bring about.
func (p *person) until(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.After(90 * time.Second)
	for !ok() {
		select {
		case <-p.change:
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			p.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
