package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vialog/relay/internal/config"
	"vialog/relay/internal/ledger"
)

var auditVerbs = []verb{
	{config.Verb{Name: "audit list", Help: "Print the record of every administrative act."}, (*program).auditList},
	{config.Verb{Name: "audit verify", Help: "Check that no record was altered or taken out, since a head noted earlier if one is given."}, (*program).auditVerify},
	{config.Verb{Name: "audit key", Args: "NAME", Help: "Make the key that signs the log's heads, named like relay.example.org/audit, and print its verifier."}, (*program).auditKey},
	{config.Verb{Name: "audit head", Help: "Sign and print the newest head, to be kept elsewhere."}, (*program).auditHead},
	{config.Verb{Name: "audit prove", Args: "NO", Help: "Print a proof that a record is in the log, for somebody without the store."}, (*program).auditProve},
	{config.Verb{Name: "audit growth", Help: "Print a proof that the log only grew since an earlier head."}, (*program).auditGrowth},
	{config.Verb{Name: "audit export", Help: "Print the whole log as JSON lines with its head."}, (*program).auditExport},
	{config.Verb{Name: "audit check", Args: "FILE", Help: "Check a head, a proof or an export, without the store."}, (*program).auditCheck},
}

// withLog calls do with the audit log of the store.
func (p *program) withLog(c *config.Config, do func(ledger.Log) error) (err error) {
	s, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

func (p *program) auditList(ctx context.Context, c *config.Config) error {
	return p.withLog(c, func(l ledger.Log) error {
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NO\tTIME\tACTOR\tACT\tSUBJECT\tDETAIL\tHASH")
		for after := uint64(0); ; {
			page, err := l.Audits(ctx, after, 500)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				return w.Flush()
			}
			for _, a := range page {
				if strings.HasPrefix(a.Act, "isms.") {
					a.Subject, _, _ = strings.Cut(a.Subject, " sha256")
					a.Detail = fmt.Sprintf("%d bytes (relay isms report)", len(a.Detail))
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%x\n", a.Index, a.Time.Format(time.RFC3339), a.Actor, a.Act, a.Subject, a.Detail, a.Hash[:8])
				after = a.Index
			}
		}
	})
}

func (p *program) auditVerify(ctx context.Context, c *config.Config) error {
	earlier, from, err := earlierHead(c)
	if err != nil {
		return err
	}
	return p.withLog(c, func(l ledger.Log) error {
		t, err := ledger.Verify(ctx, l, earlier)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s, none altered or missing before the last.\n", count(t.Size(), "record"))
		if earlier != nil {
			fmt.Fprintf(p.out, "They continue the head of %s in %s.\n", count(earlier.Size, "record"), from)
			return nil
		}
		fmt.Fprintln(p.out, "Whether the end was cut off, or all of it written anew, shows only against a head that somebody else keeps: relay audit head prints one, and relay audit verify -head FILE compares.")
		return nil
	})
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (p *program) auditKey(_ context.Context, c *config.Config) error {
	verifier, err := ledger.MakeKey(c.Key, c.Args[0])
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is never replaced; choose another file with -key", c.Key)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, `The key is in %s: keep a copy of it apart from the store, and let nobody read it.
Whoever checks the log needs this verifier, which is no secret:

    %s

Next: relay audit head, and hand what it prints to somebody else.
`, c.Key, verifier)
	return nil
}

// signed returns the newest head, signed and noted beside the key: one that
// does not continue the last that was signed is never signed.
func signed(ctx context.Context, c *config.Config, l ledger.Log) (head []byte, s note.Signer, v note.Verifier, err error) {
	fail := func(err error) ([]byte, note.Signer, note.Verifier, error) { return nil, nil, nil, err }
	s, v, err = ledger.ReadKey(c.Key)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(fmt.Errorf("there is no key %s; make one with relay audit key NAME, or say where it is with -key", c.Key))
	}
	if err != nil {
		return fail(err)
	}
	last, err := lastSigned(c, v)
	if err != nil {
		return fail(err)
	}
	t, err := ledger.Verify(ctx, l, last)
	if errors.Is(err, ledger.ErrCutOff) || errors.Is(err, ledger.ErrAltered) {
		return fail(fmt.Errorf("%w, and this key will not sign that. If the store was restored from a backup, make another key (relay audit key NAME -key FILE), and tell those who keep heads of the old one", err))
	}
	if err != nil {
		return fail(err)
	}
	h, err := ledger.HeadOf(s.Name(), t)
	if err != nil {
		return fail(err)
	}
	head, err = h.Sign(s)
	if err != nil {
		return fail(err)
	}
	if last == nil || *last != h {
		err = writeWhole(c.Key+".signed", head)
	}
	return head, s, v, err
}

// lastSigned returns the last head that this key signed, nil if none.
func lastSigned(c *config.Config, v note.Verifier) (*ledger.Head, error) {
	path := c.Key + ".signed"
	b, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h, err := ledger.OpenHead(b, v)
	if err != nil {
		return nil, fmt.Errorf("%s should hold the head that was signed last: %w", path, err)
	}
	return &h, nil
}

// writeWhole replaces a file, so that after a power cut it is the old or the new one.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// readBounded reads a small file that somebody else may have written.
func readBounded(path string) ([]byte, error) {
	const most = 1 << 20
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s is too large", path)
	}
	return b, err
}

func (p *program) auditHead(ctx context.Context, c *config.Config) error {
	return p.withLog(c, func(l ledger.Log) error {
		head, _, _, err := signed(ctx, c, l)
		if err != nil {
			return err
		}
		_, err = p.out.Write(head)
		return err
	})
}

func (p *program) auditProve(ctx context.Context, c *config.Config) error {
	n, err := strconv.ParseUint(c.Args[0], 10, 63)
	if err != nil {
		return fmt.Errorf("%q is not the number of a record; relay audit list shows them", c.Args[0])
	}
	return p.withLog(c, func(l ledger.Log) error {
		head, _, v, err := signed(ctx, c, l)
		if err != nil {
			return err
		}
		proof, err := ledger.Prove(ctx, l, n, head, v)
		if errors.Is(err, ledger.ErrNoRecord) {
			return fmt.Errorf("%w; relay audit list shows them", err)
		}
		if err != nil {
			return err
		}
		_, err = p.out.Write(proof)
		return err
	})
}

func (p *program) auditGrowth(ctx context.Context, c *config.Config) error {
	if c.Head == "" {
		return errors.New("say since when: -head FILE, with a head that relay audit head printed")
	}
	earlier, _, err := earlierHead(c)
	if err != nil {
		return err
	}
	return p.withLog(c, func(l ledger.Log) error {
		head, _, v, err := signed(ctx, c, l)
		if err != nil {
			return err
		}
		proof, err := ledger.ProveGrowth(ctx, l, *earlier, head, v)
		if err != nil {
			return err
		}
		_, err = p.out.Write(proof)
		return err
	})
}

func (p *program) auditExport(ctx context.Context, c *config.Config) error {
	return p.withLog(c, func(l ledger.Log) error {
		_, s, _, err := signed(ctx, c, l)
		if err != nil {
			return err
		}
		_, err = ledger.Export(ctx, l, p.out, s)
		return err
	})
}

// earlierHead returns the head that the log must continue, and where it is: the
// one that was named, or the last that was signed here, or none.
func earlierHead(c *config.Config) (h *ledger.Head, from string, err error) {
	if c.Head == "" {
		if _, v, err := ledger.ReadKey(c.Key); err == nil {
			h, err := lastSigned(c, v)
			return h, c.Key + ".signed", err
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", err
		}
		return nil, "", nil
	}
	v, err := verifierOf(c)
	if err != nil {
		return nil, "", err
	}
	b, err := readBounded(c.Head)
	if err != nil {
		return nil, "", err
	}
	got, err := ledger.OpenHead(b, v)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", c.Head, err)
	}
	return &got, c.Head, nil
}

// verifierOf returns who must have signed: the verifier that was named, or the
// key that is here.
func verifierOf(c *config.Config) (note.Verifier, error) {
	if c.Verifier != "" {
		v, err := note.NewVerifier(c.Verifier)
		if err != nil {
			return nil, errors.New("-verifier: give it as relay audit key printed it, NAME+HASH+KEY")
		}
		return v, nil
	}
	_, v, err := ledger.ReadKey(c.Key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("say whose signature to expect: -verifier NAME+HASH+KEY, as relay audit key printed it")
	}
	return v, err
}

func (p *program) auditCheck(_ context.Context, c *config.Config) error {
	v, err := verifierOf(c)
	if err != nil {
		return err
	}
	var earlier *ledger.Head
	if c.Head != "" {
		if earlier, _, err = earlierHead(c); err != nil {
			return err
		}
	}
	path := c.Args[0]
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	start := make([]byte, 32)
	n, err := io.ReadFull(f, start)
	switch {
	case err == io.EOF:
		return fmt.Errorf("%s is empty", path)
	case err != nil && err != io.ErrUnexpectedEOF:
		return err
	}
	start = start[:n]
	if start[0] == '{' {
		h, err := ledger.CheckExport(io.MultiReader(bytes.NewReader(start), f), v, earlier)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintf(p.out, "A whole log of %s, as %s signed it%s.\n", count(h.Size, "record"), h.Origin, continues(earlier))
		return nil
	}
	b, err := readBounded(path)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(start, []byte("c2sp.org/tlog-proof@")):
		a, h, err := ledger.CheckProof(b, v)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if earlier != nil && (h.Size < earlier.Size || h.Size == earlier.Size && h != *earlier) {
			return fmt.Errorf("%s: proved for another head than that in %s", path, c.Head)
		}
		fmt.Fprintf(p.out, "Record %d is in the log of %s, which had %s then:\n\n", a.Index, h.Origin, count(h.Size, "record"))
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "time\t%s\nactor\t%q\nact\t%q\nsubject\t%q\ndetail\t%q\n", a.Time.Format(time.RFC3339), a.Actor, a.Act, a.Subject, a.Detail)
		return w.Flush()
	case bytes.HasPrefix(start, []byte("vialog/relay/v1/growth")):
		if earlier == nil {
			return errors.New("a proof of growth is about an earlier head: give the one you kept with -head FILE")
		}
		h, err := ledger.CheckGrowth(b, *earlier, v)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintf(p.out, "The log of %s grew from %s to %d, and what was there was not changed.\n", h.Origin, count(earlier.Size, "record"), h.Size)
		return nil
	}
	h, err := ledger.OpenHead(b, v)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(p.out, "The head of a log of %s, signed by %s.\n", count(h.Size, "record"), h.Origin)
	return nil
}

func continues(earlier *ledger.Head) string {
	if earlier == nil {
		return ""
	}
	return ", and they continue your head of " + count(earlier.Size, "record")
}
