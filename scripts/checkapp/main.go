// Command checkapp checks what a server sends as Vialog's app. Anyone can run
// it, and the more people do from different places, the more it says.
//
//	go run ./scripts/checkapp -manifest release.txt https://diary.example.org
//	go run ./scripts/checkapp -signer VERIFIER https://diary.example.org
//	go run ./scripts/checkapp -against https://app.example.net https://diary.example.org
//
// The first compares with a manifest that you have, the second with the one that
// the server sends, if VERIFIER has signed it, the third with another server.
// Every file is fetched as different users would: other browsers, languages,
// codings, versions of HTTP, for the first time and again. Each byte and each
// header must be as published, nothing may be missing or more, and all must be
// told the same.
//
// It ends with 0 if all is as published, with 1 if not, and with 2 if it could
// not find out. A server that knows the checker, or its address, can send it
// other files than you: that is why it should run in many places, and not by
// the server's operator alone.
package main

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"vialog/shared/release"
	"vialog/shared/wire"
)

const (
	same      = 0
	differs   = 1
	unknown   = 2
	perAnswer = 2 * time.Minute
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "checkapp:", err)
	}
	stop()
	os.Exit(code)
}

var errUsage = errors.New("usage: checkapp [-ca FILE] [-least NUMBER] (-manifest FILE [-signer VERIFIER] | -signer VERIFIER | -against ORIGIN) ORIGIN")

func run(ctx context.Context, args []string, out io.Writer) (int, error) {
	f := flag.NewFlagSet("checkapp", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	manifest := f.String("manifest", "", "the manifest of what was published")
	signer := f.String("signer", "", "whose signature it must have")
	against := f.String("against", "", "another origin to compare with")
	least := f.Int("least", 0, "the lowest number that the release may have")
	ca := f.String("ca", "", "certificates of a private authority, as PEM")
	if err := f.Parse(args); err != nil {
		return unknown, fmt.Errorf("%w\n%w", err, errUsage)
	}
	if f.NArg() != 1 || *against != "" && (*manifest != "" || *signer != "") || *against == "" && *manifest == "" && *signer == "" {
		return unknown, errUsage
	}
	c := &checker{origin: strings.TrimSuffix(f.Arg(0), "/"), roots: nil}
	for _, o := range []string{c.origin, *against} {
		if o = strings.TrimSuffix(o, "/"); o != "" && wire.CheckOrigin(o) != nil {
			return unknown, fmt.Errorf("%s is not an origin; it looks like https://diary.example.org", o)
		}
	}
	if *ca != "" {
		b, err := os.ReadFile(*ca)
		if err != nil {
			return unknown, err
		}
		c.roots = x509.NewCertPool()
		if !c.roots.AppendCertsFromPEM(b) {
			return unknown, fmt.Errorf("%s holds no certificate", *ca)
		}
	}
	want, m, err := c.wanted(ctx, *manifest, *signer, strings.TrimSuffix(*against, "/"))
	if err != nil {
		return unknown, err
	}
	if m != nil {
		fmt.Fprintf(out, "Release %d (%s) of %s, %s\nhash %x\n", m.Number, m.Name, m.Date, by(m, *signer), m.Hash())
		for _, fault := range release.Faults(m) {
			c.find("", "(manifest)", "the published headers protect less than they should: "+fault)
		}
		if m.Number < *least {
			c.find("", "(manifest)", fmt.Sprintf("release %d is older than %d", m.Number, *least))
		}
	}
	visitors := c.visitors()
	if err := c.check(ctx, want, visitors); err != nil {
		return unknown, err
	}
	if n := c.report(out, visitors); n > 0 {
		fmt.Fprintf(out, "%d differences: what %s sends is not what was published.\n", n, c.origin)
		return differs, nil
	}
	fmt.Fprintf(out, "%s sends %d files and their headers as published, to %d kinds of users alike.\n", c.origin, len(want.files), len(visitors))
	fmt.Fprintln(out, "This is what it sent from here and now. A server that recognises this program could send others something else.")
	return same, nil
}

func by(m *release.Manifest, signer string) string {
	if signer == "" {
		return "signature not looked at (no -signer)"
	}
	if m.Signer != signer {
		return "signed by " + release.SignerName(signer) + ", while the app in it asks for " + m.Signer
	}
	return "signed by " + release.SignerName(signer)
}

// wanted is what the origin should send.
func (c *checker) wanted(ctx context.Context, file, signer, against string) (*wanted, *release.Manifest, error) {
	if against != "" {
		want, err := c.like(ctx, against)
		return want, nil, err
	}
	var note []byte
	var err error
	if file != "" {
		note, err = readFile(file)
	} else {
		// The manifest has to be there as for any user; what is signed cannot be made up.
		var got *answer
		if got, err = c.get(ctx, c.origin, c.visitors()[0], release.Path, release.MaxNote); err == nil {
			if got.status != 200 {
				err = fmt.Errorf("%s%s: status %d", c.origin, release.Path, got.status)
			}
			note = got.body
		}
	}
	if err != nil {
		return nil, nil, err
	}
	var m *release.Manifest
	if signer != "" {
		m, err = release.Verify(note, signer)
	} else {
		m, err = release.Read(note)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the manifest: %w", err)
	}
	want := &wanted{files: map[string]expected{}, every: heads(m.Headers)}
	for _, f := range m.Files {
		want.files[f.Path] = expected{hash: f.Hash, size: f.Size, headers: heads(m.Headers, f.Headers)}
	}
	want.files["/"] = want.files[release.Index]
	// The manifest that the server sends may have more signatures than the file here.
	want.note, want.noteHeaders = m.Text(), heads(m.Headers, release.Own(release.Path, nil))
	return want, m, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, release.MaxNote+1))
}

func heads(lists ...[]release.Header) map[string]string {
	out := map[string]string{}
	for _, l := range lists {
		for _, h := range l {
			out[h.Name] = h.Value
		}
	}
	return out
}
