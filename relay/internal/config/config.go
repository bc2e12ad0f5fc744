// Package config reads what an operator set: flags, for each flag a variable of
// the environment, VIALOG_ with the flag's name, and a file. A flag wins over the
// environment, and the environment over the file.
//
// A Config that Parse returned can be used as it is: origins have the form that
// clients sign, and files that belong together are both named.
package config

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/relay/internal/hub"
	"vialog/shared/release"
	"vialog/shared/wire"
)

// A Config is what all verbs of the relay's command may be told.
type Config struct {
	Store      string // a file, or the address of a database
	StoreFile  string // where that address was read from; "" for none
	Listen     string
	Origins    []string // of this relay
	AppOrigins []string // that serve the app, if not the relay itself
	App        string   // folder with the app's files; "" for those inside; None for none
	AppOnly    bool     // serve the app and no relay
	Signer     string   // the verifier whose signature the app's manifest must have
	TLSCert    string
	TLSKey     string
	Proxy      bool
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed; none unless Proxy
	Log        slog.Level
	Limits     hub.Limits

	Open     bool
	Channels int
	Bytes    uint64
	Actor    string

	Backup Backup
	JSON   bool // of fsck and status
	Register
	ISMS

	Contacts     []string // for reports of weaknesses, as addresses that begin with https: or mailto:
	ContactKeys  []string // to encrypt such reports with, as addresses of keys
	Metrics      string   // where the metrics and the page are; "" for nowhere
	StatusSocket string

	ACMEDomains   []string // for which certificates are fetched
	ACMECache     string   // the folder that keeps them
	ACMEEmail     string
	ACMEDirectory string
	HTTPListen    string // where plain HTTP is sent on to HTTPS; "" for nowhere

	Alive bool
	Until time.Time

	File string   // with settings; "" for none
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
func (c *Config) TLS() bool { return c.TLSCert != "" || len(c.ACMEDomains) > 0 }

// Socket is where the relay that serves the store can be asked, "" for nowhere.
func (c *Config) Socket() string {
	switch c.StatusSocket {
	case "":
		if c.InDatabase() {
			return "" // several relays may serve it from here
		}
		return c.shortened(c.Store + ".status")
	case None:
		return ""
	}
	return c.StatusSocket
}

// longestSocket is how long the name of a socket may be everywhere: 104 bytes with
// the zero at its end, on macOS.
const longestSocket = 103

// shortened returns another place for a socket whose name is too long: one that
// everybody finds who names the same store.
func (c *Config) shortened(path string) string {
	if len(path) <= longestSocket {
		return path
	}
	whole, err := filepath.Abs(c.Store)
	if err != nil {
		return path
	}
	sum := sha256.Sum256([]byte(whole))
	return filepath.Join(os.TempDir(), fmt.Sprintf("vialog-%x.status", sum[:8]))
}

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
	Code  bool   // it prints a code, with a link to the app
	Quota bool   // the flags of a quota

	Status bool // the flags of status
	Pause  bool // the flags of maintenance on
}

// ErrHelp reports that help was asked for and printed.
var ErrHelp = flag.ErrHelp

// Parse reads args, the environment, and the file that they name with -config.
func Parse(v Verb, args []string, env func(string) string, help io.Writer) (*Config, error) {
	// Once to find the file, and once to put each source above the one before.
	first := &Config{}
	f := first.flags(v)
	if err := first.args(v, f, args, help); err != nil {
		return nil, err
	}
	typed := given(f)
	c := &Config{File: first.File}
	f = c.flags(v)
	if c.File == "" {
		c.File = env(variable(configFlag))
	}
	lines, err := c.readFile(v, f)
	if err != nil {
		return nil, err
	}
	again(f)
	f.VisitAll(func(one *flag.Flag) {
		value := env(variable(one.Name))
		if value == "" || one.Name == configFlag {
			return
		}
		delete(lines, one.Name)
		if e := f.Set(one.Name, value); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", variable(one.Name), e))
		}
	})
	if err != nil {
		return nil, err
	}
	again(f)
	if err := c.args(v, f, args, help); err != nil {
		return nil, err
	}
	for name := range typed {
		delete(lines, name)
	}
	if err := c.resolveStore(typed["store"]); err != nil {
		return nil, err
	}
	had := given(f)
	c.GaveChannels, c.GaveBytes = had["channels"], had["bytes"]
	if c.Key == "" {
		c.Key = c.besideStore(".audit-key")
	}
	if c.Open {
		if !had["channels"] {
			c.Channels = OpenChannels
		}
		if !had["bytes"] {
			c.Bytes = OpenBytes
		}
	}
	if v.Serve || v.Add || v.Code || v.Quota {
		if err := c.check(); err != nil {
			var s *SettingError
			if errors.As(err, &s) && lines[s.Name] != 0 {
				err = fmt.Errorf("%s line %d: %w", c.File, lines[s.Name], err)
			}
			return nil, err
		}
	}
	return c, nil
}

// variable is the name of a flag in the environment.
func variable(name string) string {
	return "VIALOG_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

const configFlag = "config"

// flags returns the flags of v, which set c.
func (c *Config) flags(v Verb) *flag.FlagSet {
	f := flag.NewFlagSet("relay "+v.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.File, configFlag, c.File, "a `FILE` with settings, one \"name = value\" a line; relay config example prints one")
	c.storeFlags(f)
	if v.Serve || v.Add || v.Code {
		f.Var(&list{to: &c.Origins}, "origin", "an `ORIGIN` under which clients reach this relay; repeat for more (default: http://localhost and the port)")
		f.Var(&list{to: &c.AppOrigins}, "app-origin", "an `ORIGIN` that serves the app, if not this relay; repeat for more")
	}
	if v.Serve {
		c.serveFlags(f)
	}
	if v.Add {
		f.BoolVar(&c.Open, "open", false, "admit anybody, without a code or tickets")
		f.IntVar(&c.Channels, "channels", 0, "how many channels it may have, 0 for no limit (default with -open: 1000)")
		f.Uint64Var(&c.Bytes, "bytes", 0, "how many bytes it may store, 0 for no limit (default with -open: 10 GiB)")
	}
	if v.Serve || v.Status {
		f.StringVar(&c.StatusSocket, "status-socket", "", "the `FILE` of the socket that relay status asks, or \"none\" (default: the store's name with .status, or one in the folder for temporary files if that is longer than a socket's may be; none for a database)")
	}
	if v.Status {
		f.BoolVar(&c.JSON, "json", false, "print the status for a program to read")
		f.BoolVar(&c.Alive, "alive", false, "end with 0 if the relay answers, whatever else needs a person")
	}
	if v.Pause {
		f.Var((*moment)(&c.Until), "until", "when it will probably be over, as a `TIME` (2026-11-27T06:00:00Z or \"2026-11-27 06:00\") or a span (2h30m)")
		f.StringVar(&c.Reason, "reason", "", "why, for the audit log and relay status")
	}
	if strings.HasPrefix(v.Name, "tenant ") || strings.HasPrefix(v.Name, "maintenance ") || v.Name == "restored" {
		f.StringVar(&c.Actor, "actor", operator(), "who does this, for the audit log")
	}
	c.backupFlags(f, v.Name)
	if v.Quota {
		f.IntVar(&c.Channels, "channels", 0, "how many channels it may have, 0 for no limit (default: as it is)")
		f.Uint64Var(&c.Bytes, "bytes", 0, "how many bytes it may store, 0 for no limit (default: as it is)")
	}
	c.Register.flags(v, f)
	c.ISMS.flags(v, c, f)
	return f
}

func (c *Config) serveFlags(f *flag.FlagSet) {
	f.StringVar(&c.Listen, "listen", ":8080", "the `ADDRESS` to listen on, unless systemd passes a socket")
	f.StringVar(&c.App, "app", "", "a `FOLDER` with the app's files, or \"none\" (default: the app inside this program)")
	f.BoolVar(&c.AppOnly, "app-only", false, "serve the app's files and no relay: for another organisation than that of the relay")
	f.StringVar(&c.Signer, "signer", "", "refuse an app that is not signed by this `VERIFIER` (name+hash+key)")
	f.StringVar(&c.TLSCert, "tls-cert", "", "a `FILE` with the certificate chain, read again when it changes")
	f.StringVar(&c.TLSKey, "tls-key", "", "a `FILE` with its key")
	f.Var(&list{to: &c.ACMEDomains}, "acme-domain", "a `DOMAIN` for which to fetch certificates, and renew them; this accepts the terms of the authority. Repeat for more")
	f.StringVar(&c.ACMECache, "acme-cache", "vialog-acme", "the `FOLDER` that keeps these certificates and their keys")
	f.StringVar(&c.ACMEEmail, "acme-email", "", "where the authority may write to, an `ADDRESS`")
	f.StringVar(&c.ACMEDirectory, "acme-directory", "https://acme-v02.api.letsencrypt.org/directory", "the `URL` of the authority")
	f.StringVar(&c.HTTPListen, "http-listen", "", "with TLS, a second `ADDRESS` (:80) that sends browsers on to HTTPS, and answers the authority of -acme-domain")
	f.BoolVar(&c.Proxy, "behind-proxy", false, "a proxy is in front and speaks TLS: believe what -trusted-proxy says of X-Forwarded-For, for limits per address")
	f.Var(&networks{to: &c.Proxies}, "trusted-proxy", "with -behind-proxy, a `NETWORK` (10.0.0.0/8) or address whose X-Forwarded-For is believed; repeat for more (default: this machine and private networks)")
	f.StringVar(&c.Metrics, "metrics", "", "an `ADDRESS` of this machine (127.0.0.1:9464) for Prometheus at /metrics and a page at /; none by default")
	f.Var(&list{to: &c.Contacts}, "security-contact", "a `URL` (mailto:security@example.org, https://example.org/report) where weaknesses are reported, for /.well-known/security.txt; repeat for more, the best first; without one there is no such file")
	f.Var(&list{to: &c.ContactKeys}, "security-key", "a `URL` (https://example.org/key.asc, openpgp4fpr:…) of a key with which reports of weaknesses can be encrypted, for the same file; repeat for more")
	f.TextVar(&c.Log, "log-level", slog.LevelInfo, "debug, info, warn or error")
	f.Var(&limits{&c.Limits}, "limit", "`NAME=NUMBER`; repeat for more. "+hub.LimitNames())
}

// args reads what was typed. Flags may also follow the arguments.
func (c *Config) args(v Verb, f *flag.FlagSet, args []string, help io.Writer) error {
	for len(args) > 0 {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(help, "relay %s [flags] %s\n\n%s\n\nflags (or VIALOG_… in the environment, as VIALOG_STORE for -store):\n", v.Name, v.Args, v.Help)
			f.SetOutput(help)
			f.PrintDefaults()
			return ErrHelp
		} else if err != nil {
			return fmt.Errorf("%w; see relay %s -help", err, v.Name)
		}
		if args = f.Args(); len(args) > 0 {
			c.Args, args = append(c.Args, args[0]), args[1:]
		}
	}
	return nil
}

// given returns the names of the flags that were set.
func given(f *flag.FlagSet) map[string]bool {
	names := make(map[string]bool)
	f.Visit(func(one *flag.Flag) { names[one.Name] = true })
	return names
}

// again has the next value of each list replace what another source said.
func again(f *flag.FlagSet) {
	f.VisitAll(func(one *flag.Flag) {
		switch l := one.Value.(type) {
		case *list:
			l.again = true
		case *networks:
			l.again = true
		}
	})
}

// A SettingError is about one setting, however it was given.
type SettingError struct {
	Name string // the flag, without its dash
	Err  error
}

func (e *SettingError) Error() string { return "-" + e.Name + ": " + e.Err.Error() }
func (e *SettingError) Unwrap() error { return e.Err }

func bad(name, format string, args ...any) error {
	return &SettingError{name, fmt.Errorf(format, args...)}
}

func (c *Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		name := "tls-cert"
		if c.TLSCert == "" {
			name = "tls-key"
		}
		return bad(name, "-tls-cert and -tls-key belong together: give both or none")
	}
	if err := c.checkACME(); err != nil {
		return err
	}
	if len(c.Origins) == 0 {
		_, port, err := net.SplitHostPort(c.Listen)
		if c.Listen != "" && err != nil {
			return bad("listen", "%q: give it as :8080 or 127.0.0.1:8080", c.Listen)
		}
		c.Origins, c.local = local(port, c.TLS()), true
	}
	if err := origins("origin", c.Origins); err != nil {
		return err
	}
	if err := origins("app-origin", c.AppOrigins); err != nil {
		return err
	}
	if c.AppOnly && c.App == None {
		return bad("app-only", "-app-only and -app none leave nothing to serve")
	}
	if err := contacts(c.Contacts); err != nil {
		return err
	}
	if err := contactKeys(c.Contacts, c.ContactKeys); err != nil {
		return err
	}
	if c.Metrics != "" {
		host, _, err := net.SplitHostPort(c.Metrics)
		ip, e := netip.ParseAddr(host)
		switch {
		case err != nil:
			return bad("metrics", "%q: give it as 127.0.0.1:9464", c.Metrics)
		case host != "localhost" && (e != nil || !ip.IsLoopback()):
			return bad("metrics", "%q is not of this machine alone: use 127.0.0.1 or [::1], and a proxy that asks who comes if others must see it", c.Metrics)
		case c.AppOnly:
			return bad("metrics", "tells of a relay, and with -app-only there is none")
		}
	}
	if len(c.Proxies) > 0 && !c.Proxy {
		return bad("trusted-proxy", "says whom to believe with -behind-proxy, which is not given")
	}
	if c.Proxy && len(c.Proxies) == 0 {
		c.Proxies = nearby
	}
	if c.Signer != "" {
		if _, err := note.NewVerifier(c.Signer); err != nil {
			return bad("signer", "%w", release.ErrVerifier)
		}
	}
	if c.Channels < 0 {
		return bad("channels", "must not be negative")
	}
	return nil
}

func origins(name string, all []string) error {
	for _, o := range all {
		if err := wire.CheckOrigin(o); err != nil {
			return bad(name, "%q: %w", o, err)
		}
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
	again bool // the next value replaces what another source said
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

// nearby are the networks that a proxy is expected in.
var nearby = mustPrefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10")

func mustPrefixes(all ...string) (out []netip.Prefix) {
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// networks is a list of networks or addresses.
type networks struct {
	to    *[]netip.Prefix
	again bool // the next value replaces what another source said
}

func (n *networks) String() string { return "" }

func (n *networks) Set(s string) error {
	if n.again {
		*n.to, n.again = nil, false
	}
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		p, err := netip.ParsePrefix(one)
		if err != nil {
			a, e := netip.ParseAddr(one)
			if e != nil || a.Zone() != "" {
				return fmt.Errorf("%q is no network: give it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7", one)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		*n.to = append(*n.to, p.Masked())
	}
	return nil
}

// moment is a time to come, given as such or as a span from now.
type moment time.Time

func (m *moment) String() string { return "" }

func (m *moment) Set(s string) error {
	if d, err := time.ParseDuration(s); err == nil {
		*m = moment(time.Now().Add(d))
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		*m = moment(t)
		return nil
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.Local)
	if err != nil {
		return fmt.Errorf("%q: give it as 2026-11-27T06:00:00Z, \"2026-11-27 06:00\" or 2h30m", s)
	}
	*m = moment(t)
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
