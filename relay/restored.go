package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vialog/relay/internal/config"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/postgres"
)

// restored marks a database that its own tools brought back to an earlier
// moment, as relay restore does for a file.
func (p *program) restored(ctx context.Context, c *config.Config) (err error) {
	if !c.InDatabase() {
		return errors.New("this is for a store in PostgreSQL; relay restore marks a file by itself")
	}
	s, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	id, err := s.(*postgres.Store).Renew(ctx, func(from, to string) store.Audit {
		return store.Audit{Time: time.Now(), Actor: c.Actor, Act: "store.restored", Subject: to, Detail: "before: " + from}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "The store is %s now. Clients notice, and send again what it has lost.\nNodes that are serving end, and serve it when they are started again.\n", id)
	return nil
}
