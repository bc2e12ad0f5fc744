package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"vialog/relay/internal/config"
	"vialog/relay/internal/monitor"
)

// errPerson reports that the relay serves and that something needs a person.
var errPerson = errors.New("something needs a person")

func (p *program) status(ctx context.Context, c *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	socket := c.Socket()
	if socket == "" {
		return errors.New("name the socket of the relay to ask: -status-socket, for relay serve too")
	}
	s, err := monitor.Ask(ctx, socket)
	switch {
	case errors.Is(err, os.ErrNotExist), isRefused(err):
		return fmt.Errorf("no relay serves this store: nobody answers at %s", socket)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s is for the user that the relay runs as: ask as that user", socket)
	case err != nil:
		return fmt.Errorf("asking the relay: %w", err)
	}
	if c.JSON {
		out := json.NewEncoder(p.out)
		out.SetIndent("", "  ")
		if err := out.Encode(s); err != nil {
			return err
		}
	} else {
		p.printStatus(s)
	}
	if len(s.Problems) > 0 && !c.Alive {
		return errPerson
	}
	return nil
}

func (p *program) printStatus(s monitor.Status) {
	if len(s.Problems) == 0 {
		fmt.Fprintln(p.out, "All is well.")
	}
	for _, problem := range s.Problems {
		fmt.Fprintf(p.out, "NEEDS A PERSON  %s\n", problem.Text)
	}
	fmt.Fprintln(p.out)
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	if m := s.Maintenance; m != nil {
		until := "nobody said until when"
		if !m.Until.IsZero() {
			until = "until " + moment(m.Until)
		}
		if m.Reason != "" {
			until += ": " + m.Reason
		}
		line("maintenance", "since %s, %s", moment(m.Since), until)
	}
	line("version", "%s, protocol %d", s.Version, s.Protocol)
	line("up", "since %s (%s)", moment(s.Started), s.Clock.Sub(s.Started))
	line("clock", "%s", moment(s.Clock))
	line("connections", "%d, with %d channels", s.Connections, s.ChannelsOpen)
	line("appends", "%d acknowledged since then", s.Appends)
	var tenants []string
	for _, state := range slices.Sorted(maps.Keys(s.Tenants)) {
		tenants = append(tenants, fmt.Sprintf("%d %s", s.Tenants[state], state))
	}
	if len(tenants) == 0 {
		tenants = []string{"none"}
	}
	line("tenants", "%s", strings.Join(tenants, ", "))
	line("stored", "%d channels, %s", s.Channels, monitor.Size(s.StoredBytes))
	if s.StoreBytes > 0 {
		line("store", "%s, and %s of log", monitor.Size(s.StoreBytes), monitor.Size(s.WALBytes))
	}
	if s.DiskBytes > 0 {
		line("disk", "%s free of %s", monitor.Size(s.DiskFreeBytes), monitor.Size(s.DiskBytes))
	}
	backup := "none known"
	if !s.Backup.IsZero() {
		backup = moment(s.Backup)
	}
	line("backup", "%s", backup)
	certificate := "none: no TLS here"
	if !s.Certificate.IsZero() {
		certificate = "until " + moment(s.Certificate)
	}
	line("certificate", "%s", certificate)
	w.Flush()
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
