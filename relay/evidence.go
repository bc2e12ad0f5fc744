package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	cycle "vialog/relay/internal/isms"

	"vialog/relay/internal/config"
	"vialog/shared/evidence"
	"vialog/shared/isms"
)

func (p *program) ismsImport(ctx context.Context, c *config.Config) error {
	file, err := readBounded(c.Args[0])
	if err != nil {
		return err
	}
	return p.withHistory(ctx, c, func(s keeper, h *cycle.History, _ *isms.Register) error {
		tenants, err := s.Tenants(ctx)
		if err != nil {
			return err
		}
		now := p.world.clock()
		taken, st, err := h.Import(file, tenants, now)
		switch {
		case errors.Is(err, evidence.ErrSignature):
			return fmt.Errorf("%s: %w of today: if somebody has left the team since, ask its leads for a new one, take that in first, and then this one", c.Args[0], err)
		case err != nil:
			return fmt.Errorf("%s: %w", c.Args[0], err)
		}
		if err := cycle.Add(ctx, s, cycle.Entry{Time: now, Actor: c.Actor, Import: taken}); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Statement %d of %s, made %s, is taken in: %d people, %d devices. Next: relay isms check\n",
			st.Number, st.Tenant, st.Made.Format(time.RFC3339), st.People(), st.Devices())
		return nil
	})
}
