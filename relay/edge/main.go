//go:build js

// Edge is the relay as a Worker: a program for a Durable Object, which keeps its
// store, its sockets and everybody's connections. worker.mjs starts it, and hands
// it requests.
//
// It is the same hub, admission and store as in the relay of one machine. What
// differs is who listens, and where the operator acts: over HTTP, with a key.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"syscall/js"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/hub"
	"vialog/relay/internal/operator"
	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

// An object has 128 MiB for the program and everything that it knows.
const memory = 96 << 20

// limits are those of one object. The rest is as ever.
var limits = hub.Limits{
	Connections:  4_000,
	WaitingBytes: 24 << 20,
	TailBytes:    8 << 20,
}

func main() {
	// What the glue left there for us, and only until we run.
	object := js.Global().Get("vialog")
	js.Global().Delete("vialog")
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	logger.Error("the relay ends", "err", serve(object, logger))
	os.Exit(1)
}

// serve returns with an error only.
func serve(object js.Value, logger *slog.Logger) error {
	debug.SetMemoryLimit(memory)
	hub.On(object.Get("ctx"))
	ctx := context.Background()
	s, err := sqlite.Open(object)
	if err != nil {
		return err
	}
	desk, err := admit.New(ctx, s)
	if err != nil {
		return err
	}
	setting := func(name string) string {
		if v := object.Get("env").Get(name); v.Type() == js.TypeString {
			return v.String()
		}
		return ""
	}
	origin, apps := object.Get("origin").String(), strings.Fields(setting("APP_ORIGINS"))
	for _, o := range append([]string{origin}, apps...) {
		if err := wire.CheckOrigin(o); err != nil {
			return err
		}
	}
	h := hub.New(s, desk, hub.Options{Origins: []string{origin}, AppOrigins: apps, Limits: limits, Logger: logger})
	mux := http.NewServeMux()
	mux.Handle(wire.Path, h)
	mux.Handle("GET /healthz", hub.Health(s))
	if key := setting("OPERATOR_KEY"); key != "" {
		acts, err := operator.New(desk, s, key, append(apps, origin)[0], logger)
		if err != nil {
			return fmt.Errorf("OPERATOR_KEY: %w", err)
		}
		mux.Handle(operator.Path, acts)
	}
	kept, ended := object.Get("sockets"), 0
	for i := range kept.Length() {
		one := kept.Index(i)
		if err := h.Resume(one.Index(0), one.Index(1).String()); err != nil {
			ended++
		}
	}
	// What the host hands over wakes us where we are, or comes after we were started for it.
	stirred := make(chan struct{}, 1)
	on := func(do func(args []js.Value)) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			do(args)
			select {
			case stirred <- struct{}{}:
			default:
			}
			return nil
		})
	}
	object.Call("ready", map[string]any{
		"serve":   on(func(args []js.Value) { go answer(mux, object, args[0], setting("ADDRESS_HEADER")) }),
		"message": on(func(args []js.Value) { hub.Message(args[0], args[1]) }),
		"closed":  on(func(args []js.Value) { hub.Closed(args[0]) }),
		"wake":    on(func([]js.Value) {}),
	})
	logger.Info("serving", "store", s.ID().String(), "resumed", kept.Length()-ended, "ended", ended)
	h.RunDozing(ctx, stirred) // the desk need not run: nobody but itself changes what it knows
	return ctx.Err()
}
