package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/files"
	"vialog/relay/internal/hub"
	"vialog/relay/internal/monitor"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/postgres"
	"vialog/shared/release"
	"vialog/shared/wire"
	"vialog/web"
)

const (
	// drain is how long a shutdown waits for answers to be taken.
	drain = 10 * time.Second
	// handshake is how long of it those have who were about to get a socket.
	handshake = time.Second
)

// errServing reports a store that another process serves.
var errServing = errors.New("another process serves this store")

func (p *program) serve(ctx context.Context, c *config.Config) (err error) {
	logger := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: c.Log}))
	manager := serviceOf(p.env)
	sockets, err := passed(p.env)
	if err != nil {
		return err
	}
	listener := sockets[passedMain]
	if listener == nil {
		if listener, err = net.Listen("tcp", c.Listen); err != nil {
			return fmt.Errorf("%w; another program may use this port: choose one with -listen", err)
		}
	}
	defer listener.Close()
	c.ListensOn(listener.Addr())
	app, appFrom, err := appFiles(c)
	if err != nil {
		return err
	}
	if c.AppOnly {
		return p.serveApp(ctx, c, manager, sockets, listener, app, appFrom, logger)
	}
	s, unlock, err := p.openToServe(c)
	if err != nil {
		return err
	}
	defer unlock()
	defer func() { err = errors.Join(err, s.Close()) }()
	desk, err := admit.New(ctx, s)
	if err != nil {
		return err
	}
	cred, err := certificates(c)
	if err != nil {
		return err
	}
	var h *hub.Hub
	file := c.Store
	if c.InDatabase() {
		file = ""
	}
	observer := monitor.New(monitor.Source{
		Version: p.world.installed(), Store: file, Tenants: s.Tenants, Certificate: cred.until, Maintenance: desk.Pause,
		Hub: func() hub.Stats { return h.Stats() },
	})
	s.Observe(observer.Committed)
	h = hub.New(s, desk, hub.Options{
		Origins: c.Origins, AppOrigins: c.AppOrigins, Proxies: c.Proxies, Limits: c.Limits, Meter: observer, Logger: logger,
		Shared: c.InDatabase(),
	})

	mux := http.NewServeMux()
	mux.Handle(wire.Path, h)
	mux.Handle("GET /healthz", hub.Health(s))
	contact(mux, c, p.world.clock)
	mux.Handle("/", app)
	server := newServer(mux, cred.config, logger)
	closePlain, err := servePlain(c, sockets[passedHTTP], cred, logger)
	if err != nil {
		return err
	}
	defer closePlain()
	closeLocal, err := serveLocal(c, observer, logger)
	if err != nil {
		return err
	}
	defer closeLocal()
	background, stop := context.WithCancel(context.Background())
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { h.Run(background) })
	running.Go(func() {
		desk.Run(background, func(err error) {
			logger.Error("tenants could not be read; going on with what was known", "err", err)
		})
	})
	watched := make(chan error, 1)
	if nodes, ok := s.(*postgres.Store); ok {
		running.Go(func() { watched <- watch(background, nodes, h, desk, logger) })
	}
	running.Go(func() {
		manager.watch(background, func(ctx context.Context) error { return hub.Answers(ctx, s) }, func(err error) {
			logger.Error("the store does not answer, or the service manager does not listen", "err", err)
		})
	})
	served := begin(server, listener)
	go fetch(cred, logger)
	if err := p.welcome(ctx, c, s, listener, appFrom); err != nil {
		logger.Warn("could not read the tenants", "err", err)
	}
	logger.Info("serving", "store", s.ID().String())
	if err := manager.tell("READY=1"); err != nil {
		logger.Error("the service manager could not be told", "err", err)
	}

	select {
	case err := <-served:
		return err
	case err = <-watched:
		logger.Error("closing", "err", err)
	case <-ctx.Done():
	}
	fmt.Fprintln(p.out, "Closing: answering what was asked.")
	if err := manager.tell("STOPPING=1"); err != nil {
		logger.Error("the service manager could not be told", "err", err)
	}
	// The context has ended; closing has its own time.
	closing, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	listener.Close()
	// Who has just come in gets their socket, and is then told to come back.
	pages := make(chan error, 1)
	go func() { pages <- server.Shutdown(closing) }()
	select {
	case done := <-pages:
		pages <- done
	case <-time.After(handshake):
	}
	if err := h.Shutdown(closing); err != nil {
		logger.Warn("some connections were cut", "err", err)
	}
	if err := <-pages; err != nil {
		server.Close()
	}
	logger.Info("closed")
	return err
}

// serveApp serves the app's files alone: no store, no socket.
func (p *program) serveApp(ctx context.Context, c *config.Config, manager service, sockets map[string]net.Listener, l net.Listener, app http.Handler, from string, logger *slog.Logger) error {
	mux := http.NewServeMux()
	contact(mux, c, p.world.clock)
	mux.Handle("/", app)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "ok\n")
	})
	cred, err := certificates(c)
	if err != nil {
		return err
	}
	server := newServer(mux, cred.config, logger)
	closePlain, err := servePlain(c, sockets[passedHTTP], cred, logger)
	if err != nil {
		return err
	}
	defer closePlain()
	served := begin(server, l)
	go fetch(cred, logger)
	if err := manager.tell("READY=1"); err != nil {
		logger.Error("the service manager could not be told", "err", err)
	}
	fmt.Fprintf(p.out, "Vialog's app, without a relay, on %s (listening on %s)\n  app    %s\n", c.Origins[0], l.Addr(), from)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		server.Close()
	}
	return nil
}

// serveLocal serves what only this machine may see, and returns what ends that.
// Without a socket for it the relay does not start: nobody could ask it.
func serveLocal(c *config.Config, m *monitor.Monitor, logger *slog.Logger) (end func(), err error) {
	var servers []*http.Server
	end = func() {
		for _, s := range servers {
			s.Close()
		}
	}
	add := func(l net.Listener, h http.Handler) {
		s := newServer(h, nil, logger)
		servers = append(servers, s)
		begin(s, l)
	}
	if path := c.Socket(); path != "" {
		l, err := listenPrivate(path)
		if err != nil {
			return nil, fmt.Errorf("the socket for relay status, %s: %w; name another, of at most 103 bytes, with -status-socket, or none", path, err)
		}
		add(l, m.Socket())
	}
	if c.Metrics != "" {
		l, err := net.Listen("tcp", c.Metrics)
		if err != nil {
			end()
			return nil, fmt.Errorf("-metrics: %w", err)
		}
		add(l, m.Local())
	}
	return end, nil
}

// servePlain serves plain HTTP beside TLS, and returns what ends that.
func servePlain(c *config.Config, l net.Listener, cred credentials, logger *slog.Logger) (end func(), err error) {
	if cred.config == nil || l == nil && c.HTTPListen == "" {
		return func() {}, nil
	}
	if l == nil {
		if l, err = net.Listen("tcp", c.HTTPListen); err != nil {
			return nil, fmt.Errorf("-http-listen: %w", err)
		}
	}
	s := newServer(cred.plain(sendOn(c.Origins[0])), nil, logger)
	begin(s, l)
	return func() { s.Close() }, nil
}

// fetch has certificates fetched before somebody waits for them. It ends by
// itself; the next connection tries again.
func fetch(cred credentials, logger *slog.Logger) {
	if err := cred.fetch(); err != nil {
		logger.Error("no certificate could be fetched; the next connection tries again", "err", err)
	}
}

func newServer(mux http.Handler, tlsConfig *tls.Config, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           survive(mux, logger),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      5 * time.Minute, // the app, over a slow line
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		TLSConfig:         tlsConfig,
		ErrorLog:          log.New(io.Discard, "", 0), // its lines have addresses in them
	}
}

// begin serves in the background; what it ends with comes from the channel.
func begin(server *http.Server, l net.Listener) <-chan error {
	served := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			served <- server.ServeTLS(l, "", "")
		} else {
			served <- server.Serve(l)
		}
	}()
	return served
}

// welcome prints where the relay is and what to do next.
func (p *program) welcome(ctx context.Context, c *config.Config, s keeper, l net.Listener, app string) error {
	all, err := s.Tenants(ctx)
	fmt.Fprintf(p.out, "Vialog relay serves %s (listening on %s)\n", c.Origins[0], l.Addr())
	fmt.Fprintf(p.out, "  app    %s\n  store  %s\n", app, storeName(c))
	if !c.TLS() && !c.Proxy {
		fmt.Fprintln(p.out, "  No TLS: good for this machine only. Give -acme-domain, or -tls-cert and -tls-key, or put a proxy in front.")
	}
	active := 0
	for _, t := range all {
		if t.State == store.Active || t.State == store.Pending {
			active++
		}
	}
	if active == 0 && err == nil {
		where := c.StoreArgs()
		if c.AppLink() != "http://localhost:8080" {
			where += " -origin " + c.AppLink()
		}
		fmt.Fprintf(p.out, "\nNext, in another terminal:\n  relay tenant add%s \"My centre\"     prints the code for a treatment centre\n  relay tenant add%s -open \"Everyone\"  lets anybody keep a diary\n", where, where)
	} else if err == nil {
		fmt.Fprintf(p.out, "  %d tenants (relay tenant list)\n", active)
	}
	return err
}

// appFiles returns what serves the app, and where it comes from.
func appFiles(c *config.Config) (http.Handler, string, error) {
	var dir fs.FS
	from := "the one inside this program"
	switch c.App {
	case "":
		inside, ok := web.Dist()
		if !ok {
			return nil, "", errors.New("this program was built without the app inside. Build it with make, or give a folder with the app's files (-app web/dist), or serve no app (-app none)")
		}
		dir = inside
	case config.None:
		return http.NotFoundHandler(), "none", nil
	default:
		if _, err := os.Stat(c.App); err != nil {
			return nil, "", fmt.Errorf("-app: %w", err)
		}
		dir, from = os.DirFS(c.App), c.App
	}
	h, err := files.New(dir, files.Options{Signer: c.Signer, TLS: strings.HasPrefix(c.Origins[0], "https://")})
	if err != nil {
		return nil, "", fmt.Errorf("the app's files (%s) are not served: %w", from, err)
	}
	if h.Release.Relay == "" && c.AppOnly {
		return nil, "", fmt.Errorf("the app (%s) was built for a relay on its own origin, and there is none with -app-only. Build it for another one: make build RELAY=wss://relay.example.org", from)
	}
	signed := "not signed"
	if c.Signer != "" {
		signed = "signed by " + release.SignerName(c.Signer)
	}
	m := h.Release
	return h, fmt.Sprintf("%s: release %d (%s), %s, hash %x", from, m.Number, m.Name, signed, m.Hash()), nil
}

// survive keeps one request's panic from being all we know, and its address
// from being in the log.
func survive(next http.Handler, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				logger.Error("a request failed by a fault of ours", "stack", string(debug.Stack()))
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
