package main

import (
	"context"
	"fmt"

	"vialog/relay/internal/config"
)

func (p *program) configExample(context.Context, *config.Config) error {
	return config.Example(p.out)
}

// configCheck says what serve would say, without a listener and without a store.
func (p *program) configCheck(_ context.Context, c *config.Config) error {
	if _, _, err := appFiles(c); err != nil {
		return err
	}
	if _, err := certificates(c); err != nil {
		return err
	}
	from := "The environment and the flags say"
	if c.File != "" {
		from = c.File + " says"
	}
	fmt.Fprintf(p.out, "%s how to serve %s from %s, and nothing that is wrong.\n", from, c.Origins[0], storeName(c))
	return nil
}
