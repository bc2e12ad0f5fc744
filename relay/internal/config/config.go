// Package config reads what an operator set: flags, and for each flag a
// variable of the environment, VIALOG_ with the flag's name. A flag wins.
//
// A Config that Parse returned can be used as it is: origins have the form that
// clients sign, and files that belong together are both named.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/user"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"vialog/relay/internal/hub"
	"vialog/shared/release"
	"vialog/shared/wire"
)

// A Config is what all verbs of the relay's command may be told.
type Config struct {
	Store      string
	Listen     string
	Origins    []string // of this relay
	AppOrigins []string // that serve the app, if not the relay itself
	App        string   // folder with the app's files; "" for those inside; None for none
	AppOnly    bool     // serve the app and no relay
	Signer     string   // the verifier whose signature the app's manifest must have
	TLSCert    string
	TLSKey     string
	Proxy      bool
	Log        slog.Level
	Limits     hub.Limits

	Open     bool
	Channels int
	Bytes    uint64
	Actor    string

	Args []string // what follows the flags

	local bool // no origin was given
}

// Bounds of an open tenant whose operator names none: anybody may fill it.
const (
	OpenChannels = 1000
	OpenBytes    = 10 << 30
)

// None as the app's folder makes a relay that serves no app.
const None = "none"

// TLS reports whether the relay itself speaks TLS.
func (c *Config) TLS() bool { return c.TLSCert != "" }

// ListensOn completes a Config that was told no origin and to take any free port.
func (c *Config) ListensOn(a net.Addr) {
	if _, port, err := net.SplitHostPort(a.String()); err == nil && c.local {
		c.Origins = local(port, c.TLS())
	}
}

// AppLink is where users find the app.
func (c *Config) AppLink() string {
	if len(c.AppOrigins) > 0 {
		return c.AppOrigins[0]
	}
	return c.Origins[0]
}

// A Verb says which flags there are.
type Verb struct {
	Name  string // as typed after "relay"
	Args  string // for the help: "NAME"
	Help  string // one sentence
	Serve bool   // the flags of serve
	Add   bool   // the flags of tenant add
}

// ErrHelp reports that help was asked for and printed.
var ErrHelp = flag.ErrHelp

// Parse reads args and the environment.
func Parse(v Verb, args []string, env func(string) string, help io.Writer) (*Config, error) {
	c := &Config{}
	f := flag.NewFlagSet("relay "+v.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.Store, "store", "vialog.sqlite", "the `FILE` that holds everything")
	if v.Serve || v.Add {
		f.Var(&list{to: &c.Origins}, "origin", "an `ORIGIN` under which clients reach this relay; repeat for more (default: http://localhost and the port)")
		f.Var(&list{to: &c.AppOrigins}, "app-origin", "an `ORIGIN` that serves the app, if not this relay; repeat for more")
	}
	if v.Serve {
		f.StringVar(&c.Listen, "listen", ":8080", "the `ADDRESS` to listen on")
		f.StringVar(&c.App, "app", "", "a `FOLDER` with the app's files, or \"none\" (default: the app inside this program)")
		f.BoolVar(&c.AppOnly, "app-only", false, "serve the app's files and no relay: for another organisation than that of the relay")
		f.StringVar(&c.Signer, "signer", "", "refuse an app that is not signed by this `VERIFIER` (name+hash+key)")
		f.StringVar(&c.TLSCert, "tls-cert", "", "a `FILE` with the certificate chain, read again when it changes")
		f.StringVar(&c.TLSKey, "tls-key", "", "a `FILE` with its key")
		f.BoolVar(&c.Proxy, "behind-proxy", false, "trust the last entry of X-Forwarded-For, for limits per address")
		f.TextVar(&c.Log, "log-level", slog.LevelInfo, "debug, info, warn or error")
		f.Var(&limits{&c.Limits}, "limit", "`NAME=NUMBER`; repeat for more. "+hub.LimitNames())
	}
	if v.Add {
		f.BoolVar(&c.Open, "open", false, "admit anybody, without a code or tickets")
		f.IntVar(&c.Channels, "channels", 0, "how many channels it may have, 0 for no limit (default with -open: 1000)")
		f.Uint64Var(&c.Bytes, "bytes", 0, "how many bytes it may store, 0 for no limit (default with -open: 10 GiB)")
	}
	if strings.HasPrefix(v.Name, "tenant ") {
		f.StringVar(&c.Actor, "actor", operator(), "who does this, for the audit log")
	}
	usage := func() {
		fmt.Fprintf(help, "relay %s [flags] %s\n\n%s\n\nflags (or VIALOG_… in the environment, as VIALOG_STORE for -store):\n", v.Name, v.Args, v.Help)
		f.SetOutput(help)
		f.PrintDefaults()
	}
	var err error
	f.VisitAll(func(one *flag.Flag) {
		name := "VIALOG_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		if value := env(name); value != "" && err == nil {
			if e := f.Set(one.Name, value); e != nil {
				err = fmt.Errorf("%s: %w", name, e)
			}
			if l, ok := one.Value.(*list); ok {
				l.again = true
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// Flags may also follow the arguments.
	for len(args) > 0 {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			usage()
			return nil, ErrHelp
		} else if err != nil {
			return nil, fmt.Errorf("%w; see relay %s -help", err, v.Name)
		}
		if args = f.Args(); len(args) > 0 {
			c.Args, args = append(c.Args, args[0]), args[1:]
		}
	}
	if c.Open {
		given := make(map[string]bool)
		f.Visit(func(one *flag.Flag) { given[one.Name] = true })
		if !given["channels"] {
			c.Channels = OpenChannels
		}
		if !given["bytes"] {
			c.Bytes = OpenBytes
		}
	}
	if v.Serve || v.Add {
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("-tls-cert and -tls-key belong together: give both or none")
	}
	if len(c.Origins) == 0 {
		_, port, err := net.SplitHostPort(c.Listen)
		if c.Listen != "" && err != nil {
			return fmt.Errorf("-listen %q: give it as :8080 or 127.0.0.1:8080", c.Listen)
		}
		c.Origins, c.local = local(port, c.TLS()), true
	}
	for _, o := range slices.Concat(c.Origins, c.AppOrigins) {
		if err := wire.CheckOrigin(o); err != nil {
			return fmt.Errorf("origin %q: %w", o, err)
		}
	}
	if c.AppOnly && c.App == None {
		return errors.New("-app-only and -app none leave nothing to serve")
	}
	if c.Signer != "" {
		if _, err := note.NewVerifier(c.Signer); err != nil {
			return fmt.Errorf("-signer: %w", release.ErrVerifier)
		}
	}
	if c.Channels < 0 {
		return errors.New("-channels must not be negative")
	}
	return nil
}

// local are the origins of a relay that was told none: for trying it out.
func local(port string, tls bool) []string {
	scheme, standard := "http", "80"
	if tls {
		scheme, standard = "https", "443"
	}
	switch port {
	case "":
		port = ":8080"
	case standard:
		port = ""
	default:
		port = ":" + port
	}
	return []string{scheme + "://localhost" + port, scheme + "://127.0.0.1" + port}
}

func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "operator"
}

// list is a flag that may be given more than once. In the environment commas separate.
type list struct {
	to    *[]string
	again bool // the next value replaces what the environment said
}

func (l *list) String() string {
	if l.to == nil {
		return ""
	}
	return strings.Join(*l.to, ",")
}

func (l *list) Set(s string) error {
	if l.again {
		*l.to, l.again = nil, false
	}
	for one := range strings.SplitSeq(s, ",") {
		*l.to = append(*l.to, strings.TrimSpace(one))
	}
	return nil
}

type limits struct{ to *hub.Limits }

func (l *limits) String() string { return "" }

func (l *limits) Set(s string) error {
	for one := range strings.SplitSeq(s, ",") {
		if err := l.to.Set(strings.TrimSpace(one)); err != nil {
			return err
		}
	}
	return nil
}
