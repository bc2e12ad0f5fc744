// Command demo fills a relay with a demonstration centre: invented patients
// who have kept a diary for years. It goes the way that people go, through the
// app's own clients and the relay's socket, so that what it leaves behind is
// what a real centre would.
//
// At the end it prints a recovery sheet for the doctor and one for a patient;
// a browser that opens such a link becomes one more device of theirs. The
// sheets are printed in a terminal, so nobody should keep a real diary here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/join"
)

type options struct {
	origin   string
	store    string
	relay    string // its program
	code     string
	name     string
	lang     string
	patients int
	years    int
	seed     uint64
	workers  int
	check    bool
	stop     bool
}

func main() {
	var o options
	flag.StringVar(&o.origin, "relay", "http://localhost:8080", "the `ORIGIN` of the relay; one is started if none answers there")
	flag.StringVar(&o.store, "store", "build/vialog.sqlite", "the relay's `FILE`")
	flag.StringVar(&o.relay, "relaybin", "build/relay", "the relay's `PROGRAM`")
	flag.StringVar(&o.code, "code", "", "a one-time `CODE` of a centre, instead of adding one to the store")
	flag.StringVar(&o.name, "name", "", "the centre's `NAME`")
	flag.StringVar(&o.lang, "lang", "de", "the language of what people write: de or en")
	flag.IntVar(&o.patients, "patients", 40, "how many patients")
	flag.IntVar(&o.years, "years", sample.Years, "how many years of diary")
	flag.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same diaries")
	flag.IntVar(&o.workers, "workers", 2*runtime.NumCPU(), "how many patients at a time")
	flag.BoolVar(&o.check, "check", false, "open both diaries with their sheets at the end, and count")
	flag.BoolVar(&o.stop, "stop", false, "end a relay that was started here, instead of letting it run")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func (o *options) verify() error {
	switch {
	case o.patients < 1 || o.patients > 1000:
		return errors.New("-patients: from 1 to 1000")
	case o.years < 1 || o.years > sample.Longest:
		return fmt.Errorf("-years: from 1 to %d", sample.Longest)
	case o.workers < 1:
		return errors.New("-workers: at least 1")
	case o.lang != "de" && o.lang != "en":
		return errors.New("-lang: de or en")
	}
	if err := wire.CheckOrigin(o.origin); err != nil {
		return fmt.Errorf("-relay %q: %w; give it as http://localhost:8080", o.origin, err)
	}
	if o.name == "" {
		o.name = map[string]string{"de": "Hämophiliezentrum Nord (Vorführung)", "en": "Haemophilia Centre North (demonstration)"}[o.lang]
	}
	return nil
}

func run(ctx context.Context, o options, out io.Writer) error {
	if err := o.verify(); err != nil {
		return err
	}
	ours, err := reach(ctx, o)
	if err != nil {
		return err
	}
	if ours != nil {
		defer ours.end()
		fmt.Fprintf(out, "No relay answered at %s, so one was started there on %s.\n", o.origin, o.store)
	}
	code, err := o.register(ctx)
	if err != nil {
		return err
	}
	made, err := fill(ctx, o, code, out)
	if err != nil {
		return ours.why(err)
	}
	if o.check {
		if err := made.verify(ctx, o, out); err != nil {
			return err
		}
	}
	made.print(o, out)
	if ours != nil && !o.stop {
		fmt.Fprintf(out, "\nThe relay runs on %s until Ctrl-C. Later: make run\n", o.origin)
		select {
		case <-ctx.Done():
		case <-ours.ended:
			return fmt.Errorf("the relay ended:\n%s", ours.log.String())
		}
	}
	return nil
}

// print shows the two ways in.
func (m *made) print(o options, out io.Writer) {
	fmt.Fprintf(out, "\n%s: %d patients, %d entries, in %s.\n", o.name, o.patients, m.entries, m.took.Round(time.Second))
	show := func(who string, s join.Sheet) {
		fmt.Fprintf(out, "\n%s\n\n    %s\n\n", who, s.Link(o.origin))
		w := s.Words()
		for i := 0; i < len(w); i += 6 {
			fmt.Fprintf(out, "    %s\n", strings.Join(w[i:i+6], " "))
		}
	}
	show("The doctor: open this link, or choose to restore and type the words.", m.doctor)
	show(fmt.Sprintf("A patient (%s, %s), in another browser or a private window:", m.note, m.pseudonym), m.patient)
	fmt.Fprintln(out, "\nAll of them are invented. Keep no real diary on this relay: these sheets were printed in clear.")
}

// register adds the centre as the operator does, and returns its code.
func (o *options) register(ctx context.Context) (wire.Code, error) {
	typed := o.code
	if typed == "" {
		out, err := exec.CommandContext(ctx, o.relay, "tenant", "add", "-store", o.store, "-origin", o.origin, o.name).CombinedOutput()
		if errors.Is(err, os.ErrNotExist) {
			return wire.Code{}, o.unbuilt()
		}
		if err != nil {
			return wire.Code{}, fmt.Errorf("adding the centre to %s: %w\n%s", o.store, err, out)
		}
		m := regexp.MustCompile(`#register=([0-9A-Za-z-]+)`).FindSubmatch(out)
		if m == nil {
			return wire.Code{}, fmt.Errorf("%s is another version: it printed no code. Build it again: make relay", o.relay)
		}
		typed = string(m[1])
	}
	code, err := wire.ParseCode(typed)
	if err != nil {
		return code, fmt.Errorf("-code: %w; it is what relay tenant add printed", err)
	}
	return code, nil
}

func (o *options) unbuilt() error {
	return fmt.Errorf("there is no program %s. Build it with make relay, or name it with -relaybin", o.relay)
}

// A child is a relay that was started here.
type child struct {
	cmd   *exec.Cmd
	log   strings.Builder // written until ended is closed
	ended chan struct{}
}

// why adds to a failure what a relay that was started here and has ended said last.
func (c *child) why(err error) error {
	if c == nil {
		return err
	}
	select {
	case <-c.ended:
		log := c.log.String()
		return fmt.Errorf("%w\nthe relay has ended (%v):\n%s", err, c.cmd.ProcessState, log[max(0, len(log)-4096):])
	default:
		return err
	}
}

func (c *child) end() {
	c.cmd.Process.Signal(syscall.SIGTERM)
	<-c.ended
}

func healthy(ctx context.Context, origin string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/healthz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 16))
	return resp.StatusCode == http.StatusOK && string(b) == "ok\n"
}

// reach makes sure that there is a relay, and returns it if it is ours.
func reach(ctx context.Context, o options) (*child, error) {
	if healthy(ctx, o.origin) {
		return nil, nil
	}
	u, err := url.Parse(o.origin)
	if err != nil {
		return nil, err
	}
	if h := u.Hostname(); u.Scheme != "http" || h != "localhost" && h != "127.0.0.1" {
		return nil, fmt.Errorf("no relay answers at %s. Start it, or give another with -relay", o.origin)
	}
	if _, err := os.Stat(o.relay); err != nil {
		return nil, o.unbuilt()
	}
	if err := os.MkdirAll(filepath.Dir(o.store), 0o700); err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	c := &child{ended: make(chan struct{})}
	// Ctrl-C goes to the whole group; the relay then ends by our hand. What a thousand
	// people do in ten years comes from one address here, within minutes.
	c.cmd = exec.Command(o.relay, "serve", "-listen", net.JoinHostPort("", port), "-store", o.store, "-origin", o.origin,
		"-limit", "address-work=1000000", "-limit", "tenant-bytes=4294967296", "-limit", "boxes=1000000")
	c.cmd.Stdout, c.cmd.Stderr = &c.log, &c.log
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.cmd.Wait(); close(c.ended) }()
	for range 100 {
		if healthy(ctx, o.origin) {
			return c, nil
		}
		select {
		case <-c.ended:
			return nil, fmt.Errorf("the relay would not start:\n%s", c.log.String())
		case <-ctx.Done():
			c.end()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	c.end()
	return nil, fmt.Errorf("the relay started but does not answer at %s:\n%s", o.origin, c.log.String())
}
