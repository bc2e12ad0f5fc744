package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	cycle "vialog/relay/internal/isms"

	"vialog/relay/internal/config"
	"vialog/relay/internal/ledger"
	"vialog/relay/internal/monitor"
	"vialog/shared/isms"
)

var ismsVerbs = []verb{
	{config.Verb{Name: "isms plan", Help: "Begin a cycle of the ISMS, with its targets."}, (*program).ismsPlan},
	{config.Verb{Name: "isms check", Help: "Check the relay that is serving against the register, and keep what was found. Ends with 1 if something failed.", Serve: true}, (*program).ismsCheck},
	{config.Verb{Name: "isms declare", Args: "DOCUMENT", Help: "Declare, signed and until a date, that a document of the organisation is in force."}, (*program).ismsDeclare},
	{config.Verb{Name: "isms import", Args: "FILE", Help: "Take in a statement of evidence that a centre's app has made."}, (*program).ismsImport},
	{config.Verb{Name: "isms act", Args: "NUMBER", Help: "Decide what is done about a nonconformity, by whom and by when, or close it."}, (*program).ismsAct},
	{config.Verb{Name: "isms verify", Help: "Check that reports and what they tell of were not altered, and with -files that files are those which were handed out."}, (*program).ismsVerify},
	{config.Verb{Name: "isms report", Help: "Write the Statement of Applicability, risks, nonconformities and what changed, as a page and as OSCAL."}, (*program).ismsReport},
}

// A world is what the verbs of the ISMS see beside the store. The zero world is
// the real one.
type world struct {
	now          func() time.Time
	synchronised func() (bool, error)
	version      string
	linked       []string
	roots        *tls.Config
	register     *isms.Register
}

func (w *world) clock() time.Time {
	if w.now != nil {
		return w.now().UTC()
	}
	return time.Now().UTC()
}

// installed is the version of this program.
func (w *world) installed() string {
	if w.version != "" {
		return w.version
	}
	return version()
}

func (w *world) loaded() (*isms.Register, error) {
	if w.register != nil {
		return w.register, nil
	}
	return isms.Load()
}

// modules are those of this program.
func (w *world) modules() (paths []string) {
	if w.linked != nil {
		return w.linked
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			paths = append(paths, m.Path)
		}
	}
	return paths
}

// withHistory calls do with what was planned, found, declared and decided so far.
func (p *program) withHistory(ctx context.Context, c *config.Config, do func(keeper, *cycle.History, *isms.Register) error) (err error) {
	r, err := p.world.loaded()
	if err != nil {
		return err
	}
	s, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	h, err := cycle.Read(ctx, s)
	if err != nil {
		return fmt.Errorf("the audit log: %w (relay audit verify)", err)
	}
	return do(s, h, r)
}

var errNoPlan = errors.New("no cycle has begun yet: relay isms plan")

func (p *program) ismsPlan(ctx context.Context, c *config.Config) error {
	return p.withHistory(ctx, c, func(s keeper, h *cycle.History, r *isms.Register) error {
		before := h.Plan()
		if before != nil && !h.Checked(before.Cycle) {
			return fmt.Errorf("cycle %d was not checked yet: relay isms check", before.Cycle)
		}
		now := p.world.clock()
		set, err := cycle.SetTargets(before, c.Targets)
		if err != nil {
			return err
		}
		plan := &cycle.Plan{Cycle: 1, Targets: set, Until: cycle.Day{Time: c.Day}, Reason: c.Reason}
		if before != nil {
			plan.Cycle = before.Cycle + 1
		}
		if c.Day.IsZero() {
			plan.Until = cycle.DayOf(now.AddDate(1, 0, 0))
		}
		if !plan.Until.After(now) {
			return errors.New("-until: the date has passed already")
		}
		if before != nil {
			if _, _, err := p.issue(ctx, c, s, r); err != nil {
				return err
			}
		}
		if err := cycle.Add(ctx, s, cycle.Entry{Time: now, Actor: c.Actor, Plan: plan}); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Cycle %d has begun; the next begins by %s. Next: relay isms check\n\n", plan.Cycle, plan.Until)
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		for _, t := range cycle.Targets {
			fmt.Fprintf(w, "  %s=%d\t%s\n", t.Name, plan.Target(t.Name), t.Says.EN)
		}
		return w.Flush()
	})
}

// site is the deployment that the settings describe.
func (p *program) site(c *config.Config, s keeper, h *cycle.History, r *isms.Register) *cycle.Site {
	site := &cycle.Site{
		Now: p.world.clock(), Register: r, History: h, Plan: h.Plan(),
		Origin: c.Origins[0], Version: p.world.installed(), Signer: c.Signer, TLS: p.world.roots, Reach: c.Reach,
		Tenants: s.Tenants, Activity: s.Activity, Sound: s.Check, Log: s,
		Backups: c.Backups, Scan: c.Scan, Modules: c.Modules, Linked: p.world.modules(), Synchronised: p.world.synchronised,
		Status: func(ctx context.Context) (monitor.Status, error) {
			socket := c.Socket()
			if socket == "" {
				return monitor.Status{}, errors.New("no -status-socket is named")
			}
			return monitor.Ask(ctx, socket)
		},
	}
	switch {
	case len(c.AppOrigins) > 0:
		site.App = c.AppOrigins[0]
	case c.App != config.None:
		site.App = c.Origins[0]
	}
	if site.Synchronised == nil {
		site.Synchronised = synchronised
	}
	site.Head, _, site.HeadErr = earlierHead(c)
	return site
}

func (p *program) ismsCheck(ctx context.Context, c *config.Config) error {
	return p.withHistory(ctx, c, func(s keeper, h *cycle.History, r *isms.Register) error {
		plan := h.Plan()
		if plan == nil {
			return errNoPlan
		}
		site := p.site(c, s, h, r)
		run := &cycle.Run{Cycle: plan.Cycle, Origin: site.Origin, Version: site.Version, Results: cycle.Check(ctx, site)}
		if c.Tests != "" {
			t, err := cycle.ReadTests(c.Tests, r, site.Now)
			if err != nil {
				return fmt.Errorf("-tests: %w", err)
			}
			run.Tests = t
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		entry := cycle.Entry{Time: site.Now, Actor: c.Actor, Run: run}
		if err := cycle.Add(ctx, s, entry); err != nil {
			return err
		}
		h.Entries = append(h.Entries, entry)
		return p.tellRun(run, h, plan)
	})
}

// tellRun prints what was found, what failed first.
func (p *program) tellRun(run *cycle.Run, h *cycle.History, plan *cycle.Plan) error {
	count := map[cycle.State]int{}
	for _, state := range []cycle.State{cycle.Failed, cycle.NotEvidenced, cycle.Passed} {
		for _, r := range run.Results {
			if r.State != state {
				continue
			}
			count[state]++
			fmt.Fprintf(p.out, "%-13s %s: %s\n", strings.ToUpper(string(state)), r.Check, r.Finding.EN)
			if r.Next.EN != "" {
				fmt.Fprintf(p.out, "%-13s → %s\n", "", r.Next.EN)
			}
		}
	}
	fmt.Fprintf(p.out, "\n%d passed, %d failed, %d not evidenced.\n", count[cycle.Passed], count[cycle.Failed], count[cycle.NotEvidenced])
	for _, n := range h.Nonconformities(p.world.clock(), plan.Target("action-days")) {
		switch {
		case !n.Closed.IsZero():
		case !n.Resolved.IsZero():
			fmt.Fprintf(p.out, "%s (%s) passes again: relay isms act %s -close\n", n.ID, n.Check, n.ID)
		case n.Action == "":
			fmt.Fprintf(p.out, "%s (%s) is open: relay isms act %s -action … -who … -due …\n", n.ID, n.Check, n.ID)
		default:
			fmt.Fprintf(p.out, "%s (%s) is to be done by %s, by %s: %s\n", n.ID, n.Check, n.Due, n.Who, n.Action)
		}
	}
	if plan.Over(p.world.clock()) {
		fmt.Fprintf(p.out, "The next cycle was to begin by %s: relay isms plan\n", plan.Until)
	}
	if h.Interrupted > 0 {
		fmt.Fprintf(p.out, "Acts that were interrupted, and do not count: %d\n", h.Interrupted)
	}
	if count[cycle.Failed] > 0 {
		return errPerson
	}
	return nil
}

func (p *program) ismsDeclare(ctx context.Context, c *config.Config) error {
	return p.withHistory(ctx, c, func(s keeper, _ *cycle.History, r *isms.Register) error {
		now := p.world.clock()
		d := cycle.Declaration{Document: c.Args[0], Role: c.Role, Says: c.Says, Day: cycle.DayOf(now), Until: cycle.Day{Time: c.Day}}
		if path := c.ISMS.File; path != "" {
			f, err := os.Open(path)
			if err != nil {
				return fmt.Errorf("-file: %w", err)
			}
			defer f.Close()
			h := sha256.New()
			if _, err := io.Copy(h, f); err != nil {
				return fmt.Errorf("-file: %w", err)
			}
			d.File = fmt.Sprintf("%x", h.Sum(nil))
		}
		signer, _, err := ledger.ReadKey(c.Key)
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("there is no key %s; make one with relay audit key NAME, or say where it is with -key", c.Key)
		}
		if err != nil {
			return err
		}
		key, err := verifierText(c.Key)
		if err != nil {
			return err
		}
		d, err = cycle.Declare(r, d, key, signer)
		switch {
		case errors.Is(err, cycle.ErrDocument):
			var ids []string
			for _, doc := range r.Documents {
				ids = append(ids, doc.ID)
			}
			return fmt.Errorf("%w; there are: %s", err, strings.Join(ids, ", "))
		case errors.Is(err, cycle.ErrSays):
			return fmt.Errorf("%w: -role and -says", err)
		case err != nil:
			return err
		}
		if err := cycle.Add(ctx, s, cycle.Entry{Time: now, Actor: c.Actor, Declaration: &d}); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s is declared by %s and signed by %s, until %s.\n", d.Document, d.Role, d.Signer(), d.Until)
		return nil
	})
}

// verifierText reads the verifier from the file of a key, which ReadKey took.
func verifierText(file string) (string, error) {
	b, err := readBounded(file)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(rest, "\n"), nil
}

func (p *program) ismsAct(ctx context.Context, c *config.Config) error {
	return p.withHistory(ctx, c, func(s keeper, h *cycle.History, _ *isms.Register) error {
		if h.Plan() == nil {
			return errNoPlan
		}
		now := p.world.clock()
		d := &cycle.Decision{Item: c.Args[0], Action: c.Action, Who: c.Who, Due: cycle.Day{Time: c.Day}, Close: c.Close, Reason: c.Reason}
		switch {
		case d.Close && (d.Action != "" || d.Who != "" || !c.Day.IsZero()):
			return errors.New("-close stands alone; decide first, close later")
		case !d.Close && (d.Action == "" || d.Who == "" || c.Day.IsZero()):
			return errors.New("say what is done, by whom and by when: -action, -who and -due; or -close")
		case !d.Close && d.Due.Before(cycle.DayOf(now).Time):
			return errors.New("-due: the date has passed already")
		}
		if err := h.Decide(d); err != nil {
			return fmt.Errorf("%s: %w", d.Item, err)
		}
		if err := cycle.Add(ctx, s, cycle.Entry{Time: now, Actor: c.Actor, Decision: d}); err != nil {
			return err
		}
		if d.Close {
			fmt.Fprintf(p.out, "%s is closed.\n", d.Item)
		} else {
			fmt.Fprintf(p.out, "%s: %s does it by %s. Then: relay isms check\n", d.Item, d.Who, d.Due)
		}
		return nil
	})
}

func (p *program) ismsReport(ctx context.Context, c *config.Config) error {
	if c.Lang != "en" && c.Lang != "de" {
		return errors.New("-lang: en or de")
	}
	return p.withHistory(ctx, c, func(s keeper, _ *cycle.History, r *isms.Register) error {
		report, files, err := p.issue(ctx, c, s, r)
		if errors.Is(err, cycle.ErrNoRun) {
			return errors.New("nothing was checked yet: relay isms plan, then relay isms check")
		}
		if err != nil {
			return err
		}
		for _, lang := range []string{"en", "de"} {
			if lang != c.Lang {
				delete(files, "report-"+lang+".html")
			}
		}
		if err := os.MkdirAll(c.To, 0o700); err != nil {
			return err
		}
		for name, b := range files {
			if err := writeWhole(filepath.Join(c.To, name), b); err != nil {
				return err
			}
		}
		fmt.Fprintf(p.out, "Report %d, of cycle %d, is in %s: report-%s.html for people, and OSCAL for programs.\n", report.Number, report.Run.Cycle, c.To, c.Lang)
		return nil
	})
}

// issue makes the report of what was found so far, and notes it in the audit log.
func (p *program) issue(ctx context.Context, c *config.Config, s keeper, r *isms.Register) (*cycle.Report, map[string][]byte, error) {
	return cycle.HandOut(ctx, s, p.world.clock(), c.Actor, func(h *cycle.History) (*cycle.Report, error) { return cycle.Make(r, h) })
}

func (p *program) ismsVerify(ctx context.Context, c *config.Config) error {
	earlier, from, err := earlierHead(c)
	if err != nil {
		return err
	}
	return p.withHistory(ctx, c, func(s keeper, h *cycle.History, _ *isms.Register) error {
		if _, err := ledger.Verify(ctx, s, earlier); err != nil {
			return err
		}
		if err := h.VerifyReports(); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s, each naming the one before, and the acts that each tells of.\n", count(int64(len(h.Reports)), "report"))
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		for _, e := range h.Reports {
			fmt.Fprintf(w, "  report %d\tcycle %d\t%s\t%s\t%x\n", e.Issue.Number, e.Issue.Cycle, e.Time.Format(time.DateOnly), e.Actor, e.Digest)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if earlier != nil {
			fmt.Fprintf(p.out, "The audit log continues the head of %s in %s.\n", count(earlier.Size, "record"), from)
		}
		if c.ISMS.Files == "" {
			fmt.Fprintln(p.out, "Whether all of it was written anew shows against a report that somebody keeps (its page names the hash of the one before; or relay isms verify -files FOLDER), or a signed head (-head FILE).")
			return nil
		}
		report, n, err := h.FindReport(c.ISMS.Files)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s in %s: those of report %d, of cycle %d, which %s handed out on %s.\n", count(int64(n), "file"), c.ISMS.Files,
			report.Issue.Number, report.Issue.Cycle, report.Actor, report.Time.Format(time.DateOnly))
		return nil
	})
}
