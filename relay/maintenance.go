package main

import (
	"context"
	"errors"
	"fmt"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
)

func (p *program) maintenanceOn(ctx context.Context, c *config.Config) (err error) {
	s, d, err := p.desk(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	pause, err := d.BeginPause(ctx, c.Actor, c.Until, c.Reason)
	switch {
	case errors.Is(err, admit.ErrUntil):
		return fmt.Errorf("-until: %w", err)
	case errors.Is(err, admit.ErrReason):
		return fmt.Errorf("-reason: %w", err)
	case err != nil:
		return err
	}
	until := "Clients ask again about once a minute."
	if !pause.Until.IsZero() {
		until = "Clients are told to come back at " + pause.Until.Local().Format("2 January 2006 15:04") + "."
	}
	fmt.Fprintf(p.out, "Maintenance is on. A relay that is serving takes nothing new within seconds; reading goes on, and clients keep what they have.\n%s\nIt stays on, also over a restart, until: relay maintenance off\n", until)
	return nil
}

func (p *program) maintenanceOff(ctx context.Context, c *config.Config) (err error) {
	s, d, err := p.desk(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := d.EndPause(ctx, c.Actor); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "Maintenance is off. Clients send what they kept within five minutes.")
	return nil
}
