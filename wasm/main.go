//go:build js && wasm

// Command wasm is the app, as it runs in the browser's worker.
package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"vialog/shared/release"
	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/browser"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/screen"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/served"
	"vialog/wasm/internal/vault"
)

// What the build sets: the signer whose signature releases must have, and the
// number of this one where it is not that of the sources.
var signer, number string

func build() served.Build {
	b := served.Build{Number: release.Number, Name: release.Name, Policy: int(seal.Current.Version), Signer: signer}
	if n, err := strconv.Atoi(number); err == nil {
		b.Number = n
	}
	return b
}

func main() {
	if browser.Role() == "kdf" {
		browser.ServeKDF()
		return
	}
	ctx := context.Background()
	page := browser.Open()
	disk, err := browser.OpenDisk(ctx)
	if err != nil {
		screen.NoStorage(page, browser.Languages(), err)
		select {} // the page shows what to do
	}
	extra := func(ctx context.Context, op string, in []byte) ([]byte, error) {
		out, err := browser.Extra(ctx, op, in)
		if errors.Is(err, browser.ErrNotLoaded) {
			err = screen.ErrNotLoaded
		}
		return out, err
	}
	now := func() time.Time {
		t := time.Now()
		return t.In(time.FixedZone("", int(browser.Zone(t)/time.Second)))
	}
	var guide *screen.Guide
	client := app.New(app.Env{
		Disk: disk, Binder: disk, KDF: browser.Argon2, NFC: browser.NFC, Params: seal.NewKDFParams, Dial: dial,
		Origin: browser.Relay(), Links: browser.Origin(), Now: now, Changed: func() { guide.Changed() },
		Read:  func(l app.Look, n uint32) { guide.Read(l, n) },
		Admit: func(ctx context.Context, v *vault.Vault) error { return served.Admit(ctx, v, build(), browser.Fetch) },
	})
	guide = screen.New(screen.Env{
		Page: page, Client: client, Disk: disk, Zone: browser.Zone, Langs: browser.Languages(),
		Origin: browser.Origin(), Relay: browser.Relay(), Version: build().String(), Now: now,
		Build: build(), Loaded: browser.Loaded(), Fetch: browser.Fetch,
		Lock: func(ctx context.Context) (func(), bool) { return browser.HoldLock(ctx, "vialog") },
		Take: browser.TakeOver, Blob: browser.Blob, Extra: extra,
	})
	// Whatever comes first, it begins with a passphrase; not before the first screen is there.
	time.AfterFunc(300*time.Millisecond, browser.PrepareArgon2)
	guide.Run(ctx, page.Events())
}

// A conn is a link.Living.
type conn struct {
	*browser.Conn
	alive link.Sign
}

func dial(ctx context.Context, url string) (link.Conn, error) {
	alive := link.NewSign()
	c, err := browser.Dial(ctx, url, alive.Heard)
	if err != nil {
		return nil, err
	}
	return conn{c, alive}, nil
}

func (c conn) Alive(ctx context.Context) (agreed bool, err error) {
	if c.Subprotocol() != wire.SubprotocolAlive {
		return false, nil
	}
	return true, c.alive.Ask(ctx, c.Say)
}

func (c conn) Close() error {
	c.alive.End()
	return c.Conn.Close()
}
