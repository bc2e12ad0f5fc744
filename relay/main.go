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

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
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
	world    world
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
}, tenantVerbs, auditVerbs, ismsVerbs, []verb{
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
		begun := args[0] + " "
		if slices.ContainsFunc(verbs, func(v verb) bool { return strings.HasPrefix(v.Name, begun) }) {
			p.list(begun)
			return fmt.Errorf("relay %s needs one of the verbs above", args[0])
		}
		return fmt.Errorf("there is no verb %q; relay help lists them", args[0])
	}
	p.help()
	return nil
}

// list prints the verbs that begin so.
func (p *program) list(begin string) {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, v := range verbs {
		if strings.HasPrefix(v.Name, begin) {
			fmt.Fprintf(w, "  relay %s\t%s\n", strings.TrimSpace(v.Name+" "+v.Args), v.Help)
		}
	}
	w.Flush()
}

func (p *program) help() {
	fmt.Fprintln(p.out, "relay stores sealed boxes for Vialog diaries and hands them on, without being able to read them.")
	fmt.Fprintln(p.out)
	p.list("")
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
