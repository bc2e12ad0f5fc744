// Command relay stores sealed boxes for diaries and hands them on. It cannot
// read them: it has no key, and no code that would open a box.
//
// This file connects the parts; relay help lists what it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{out: os.Stdout, log: os.Stderr, env: os.Getenv}
	if err := p.run(ctx, os.Args[1:]); errors.Is(err, errPerson) {
		os.Exit(1) // it was said already
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// A program is one run of the command.
type program struct {
	out, log io.Writer
	env      func(string) string
}

type verb struct {
	config.Verb
	run func(p *program, ctx context.Context, c *config.Config) error
}

var verbs = slices.Concat([]verb{
	{config.Verb{Name: "serve", Help: "Serve the app and the socket.", Serve: true}, (*program).serve},
	{config.Verb{Name: "status", Help: "Ask the relay that is serving how it is. Ends with 1 if something needs a person.", Status: true}, (*program).status},
	{config.Verb{Name: "maintenance on", Help: "Take nothing new, and tell clients when to come back. Reading goes on.", Pause: true}, (*program).maintenanceOn},
	{config.Verb{Name: "maintenance off", Help: "End maintenance."}, (*program).maintenanceOff},
	{config.Verb{Name: "config example", Help: "Print a file with every setting of serve and what it does."}, (*program).configExample},
	{config.Verb{Name: "config check", Help: "Look through what serve would be told, by -config FILE and the environment.", Serve: true}, (*program).configCheck},
	{config.Verb{Name: "tenant add", Args: "NAME", Help: "Add a tenant, for example a treatment centre, and print its one-time code.", Add: true}, (*program).tenantAdd},
	{config.Verb{Name: "tenant list", Help: "List tenants with what they hold."}, (*program).tenantList},
	{config.Verb{Name: "tenant suspend", Args: "ID", Help: "Let a tenant neither create channels nor append. Reading goes on."}, setState(store.Suspended)},
	{config.Verb{Name: "tenant resume", Args: "ID", Help: "End a suspension."}, setState(store.Active)},
	{config.Verb{Name: "tenant remove", Args: "ID", Help: "De-register a tenant for good. What it stored can still be read and deleted by its users."}, setState(store.Leaving)},
}, auditVerbs, []verb{
	{config.Verb{Name: "backup keygen", Args: "FILE", Help: "Make the key that opens backups, and print who they are to be made for."}, (*program).backupKeygen},
	{config.Verb{Name: "backup list", Args: "FOLDER", Help: "List the backups in a folder."}, (*program).backupList},
	{config.Verb{Name: "backup verify", Args: "FOLDER", Help: "Restore a backup elsewhere and check it."}, (*program).backupVerify},
	{config.Verb{Name: "backup", Help: "Copy what is new, encrypted, while the relay serves."}, (*program).backup},
	{config.Verb{Name: "restore", Args: "FOLDER", Help: "Make a new store from a backup."}, (*program).restore},
	{config.Verb{Name: "restored", Help: "Tell clients that a database was brought back to an earlier moment by its own tools."}, (*program).restored},
	{config.Verb{Name: "fsck", Help: "Check the whole store, its file, and who may read it."}, (*program).fsck},
	{config.Verb{Name: "version", Help: "Print the version."}, (*program).version},
})

func (p *program) run(ctx context.Context, args []string) error {
	line := strings.Join(args, " ") + " "
	for _, v := range verbs {
		if !strings.HasPrefix(line, v.Name+" ") {
			continue
		}
		c, err := config.Parse(v.Verb, args[len(strings.Fields(v.Name)):], p.env, p.out)
		if errors.Is(err, config.ErrHelp) {
			return nil
		}
		if err != nil {
			return err
		}
		if want := len(strings.Fields(v.Args)); len(c.Args) != want {
			return fmt.Errorf("usage: relay %s [flags] %s", v.Name, v.Args)
		}
		return v.run(p, ctx, c)
	}
	if len(args) > 0 && args[0] != "help" && args[0] != "-help" && args[0] != "--help" && args[0] != "-h" {
		return fmt.Errorf("there is no verb %q; relay help lists them", args[0])
	}
	p.help()
	return nil
}

func (p *program) help() {
	fmt.Fprintln(p.out, "relay stores sealed boxes for Vialog diaries and hands them on, without being able to read them.")
	fmt.Fprintln(p.out)
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, v := range verbs {
		fmt.Fprintf(w, "  relay %s\t%s\n", strings.TrimSpace(v.Name+" "+v.Args), v.Help)
	}
	w.Flush()
	fmt.Fprintln(p.out, "\nrelay VERB -help lists its flags. Each may also be set in the environment (VIALOG_STORE for -store)\nor in a file (-config FILE; relay config example prints one).")
}

func (p *program) desk(ctx context.Context, c *config.Config, create bool) (keeper, *admit.Desk, error) {
	s, err := p.open(c, create)
	if err != nil {
		return nil, nil, err
	}
	d, err := admit.New(ctx, s)
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return s, d, nil
}

func (p *program) tenantAdd(ctx context.Context, c *config.Config) (err error) {
	s, d, err := p.desk(ctx, c, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	t, code, err := d.Add(ctx, c.Actor, c.Args[0], c.Open, admit.Quota{Channels: c.Channels, Bytes: c.Bytes})
	if errors.Is(err, store.ErrExists) {
		return errors.New("there is an open tenant already; remove it first (relay tenant list)")
	}
	if err != nil {
		return err
	}
	if c.Open {
		fmt.Fprintf(p.out, "%s is open as %s: anybody can keep a diary here.\n", t.Name, t.ID)
		fmt.Fprintf(p.out, "It may hold %s and %s; -channels and -bytes set other limits.\n", amount(uint64(c.Channels), "channels"), amount(c.Bytes, "bytes"))
		return nil
	}
	typed := wire.FormatCode(code)
	fmt.Fprintf(p.out, `%s is %s. Hand this code to the person who will lead it, once, by a safe way:

    %s

or as a link that opens the app:

    %s/#register=%s

It works once, until %s. It is not kept and cannot be printed again.
`, t.Name, t.ID, typed, c.AppLink(), typed, t.CodeExpires.Local().Format("2 January 2006 15:04"))
	return nil
}

func (p *program) tenantList(ctx context.Context, c *config.Config) (err error) {
	s, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(p.out, `No tenants yet. Add one: relay tenant add "My centre"`)
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tCHANNELS\tBYTES\tADDED\tNAME")
	for _, t := range all {
		state := t.State.String()
		if t.Open {
			state += ", open"
		}
		if t.State == store.Pending && time.Now().After(t.CodeExpires) {
			state = "code expired"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, state, of(uint64(t.Channels), uint64(t.MaxChannels)), of(t.Bytes, t.MaxBytes), t.Created.Format(time.DateOnly), t.Name)
	}
	return w.Flush()
}

func of(n, limit uint64) string {
	if limit == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d of %d", n, limit)
}

// amount writes a limit with its unit, as people read it.
func amount(limit uint64, unit string) string {
	switch {
	case limit == 0:
		return "any number of " + unit
	case limit%(1<<30) == 0 && unit == "bytes":
		limit, unit = limit>>30, "GiB"
	}
	digits := fmt.Sprint(limit)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + unit
}

func setState(to store.State) func(*program, context.Context, *config.Config) error {
	return func(p *program, ctx context.Context, c *config.Config) (err error) {
		s, d, err := p.desk(ctx, c, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		t, err := d.Find(ctx, c.Args[0])
		if errors.Is(err, store.ErrNoTenant) {
			return errors.New("no such tenant; relay tenant list shows their IDs")
		}
		if err != nil {
			return err
		}
		if err := d.SetState(ctx, c.Actor, t.ID, to); errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("%s is %s and cannot become %s", t.Name, t.State, to)
		} else if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s (%s) is %s. A relay that is serving knows within seconds.\n", t.Name, t.ID, to)
		return nil
	}
}

func (p *program) version(context.Context, *config.Config) error {
	fmt.Fprintf(p.out, "relay %s, protocol %d\n", version(), wire.Version)
	return nil
}

func version() string {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
		version += revision + " " + info.GoVersion
	}
	return version
}
