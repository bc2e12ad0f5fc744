package isms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vialog/relay/internal/ledger"
	"vialog/relay/internal/store"
)

// ErrChain reports a report or an act that is not the one of which a later report tells.
var ErrChain = errors.New("the chain of reports is broken")

const (
	maxFiles    = 20
	maxFileName = 64
	actsLabel   = "vialog/isms/v1/acts\n"
)

// An Issue is a report that was handed out. It names the one before and
// everything that was known then (FORMAT.md).
type Issue struct {
	Number int               `json:"number"`
	Cycle  int               `json:"cycle"`
	Before string            `json:"before"`
	Acts   string            `json:"acts"`
	Files  map[string]string `json:"files"` // name to SHA-256
}

func (i *Issue) wellFormed() bool {
	if i.Number < 1 || i.Cycle < 1 || !(i.Before == "" || isDigest(i.Before)) || !isDigest(i.Acts) || len(i.Files) == 0 || len(i.Files) > maxFiles {
		return false
	}
	for name, digest := range i.Files {
		if name == "" || len(name) > maxFileName || !isDigest(digest) {
			return false
		}
	}
	return true
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

func newCommit() hash.Hash {
	h := sha256.New()
	h.Write([]byte(actsLabel))
	return h
}

func (e *Entry) commitTo(h hash.Hash) {
	act, _ := e.act()
	fmt.Fprintf(h, "%x %s %s %d\n", e.Digest, act, e.Actor, e.Time.UnixMilli())
}

// committed is the digest over all acts so far.
func (h *History) committed() [sha256.Size]byte { return [sha256.Size]byte(h.commit.Sum(nil)) }

// VerifyReports reports the first report that does not follow the one before, or
// tells of other acts than there are (ErrChain).
func (h *History) VerifyReports() error {
	before := ""
	for i, e := range h.Reports {
		switch {
		case e.Issue.Number != i+1:
			return fmt.Errorf("%w: record %d is report %d, and %d of them come before", ErrChain, e.Number, e.Issue.Number, i)
		case e.Issue.Before != before:
			return fmt.Errorf("%w: report %d (record %d) followed another one than that which is there", ErrChain, e.Issue.Number, e.Number)
		case e.Issue.Acts != hex.EncodeToString(h.acts[i][:]):
			return fmt.Errorf("%w: before report %d (record %d) there were other acts than those which are there", ErrChain, e.Issue.Number, e.Number)
		}
		before = hex.EncodeToString(e.Digest[:])
	}
	return nil
}

// A Chronicle keeps records, and reads them.
type Chronicle interface {
	ledger.Log
	Recorder
}

// HandOut makes the files of a report and records it, unless the last that was
// handed out is the same (ErrNoRun, store.ErrAudit). A chain that is broken goes on,
// and stays broken where it is.
func HandOut(ctx context.Context, in Chronicle, now time.Time, actor string, makeReport func(*History) (*Report, error)) (*Report, map[string][]byte, error) {
	for {
		h, err := Read(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		report, err := makeReport(h)
		if err != nil {
			return nil, nil, err
		}
		next := Issue{Number: 1, Cycle: report.Run.Cycle}
		if n := len(h.Reports); n > 0 {
			last := h.Reports[n-1]
			files, err := report.files(last.Issue.Number, last.Issue.Before)
			if err != nil || maps.Equal(digests(files), last.Issue.Files) {
				return report, files, err
			}
			next.Number, next.Before = last.Issue.Number+1, hex.EncodeToString(last.Digest[:])
		}
		files, err := report.files(next.Number, next.Before)
		if err != nil {
			return nil, nil, err
		}
		acts := h.committed()
		next.Acts, next.Files = hex.EncodeToString(acts[:]), digests(files)
		entry := Entry{Time: now, Actor: actor, Issue: &next}
		records, err := entry.Records()
		if err != nil {
			return nil, nil, err
		}
		if len(records) != 1 || !next.wellFormed() {
			panic("isms: the record of a report is not as FORMAT.md says")
		}
		records[0].Index = h.Size + 1
		switch err := in.Record(ctx, records[0]); {
		case err == nil:
			return report, files, nil
		case !errors.Is(err, store.ErrConflict):
			return nil, nil, err
		}
		// Something was recorded meanwhile: see what.
	}
}

// files are those of the report, in both languages.
func (out *Report) files(number int, before string) (map[string][]byte, error) {
	out.Number, out.Before = number, before
	files := out.OSCAL()
	for _, lang := range []string{"en", "de"} {
		page, err := out.HTML(lang)
		if err != nil {
			return nil, err
		}
		files["report-"+lang+".html"] = page
	}
	return files, nil
}

func digests(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, b := range files {
		d := sha256.Sum256(b)
		out[name] = hex.EncodeToString(d[:])
	}
	return out
}

// FindReport returns the report of which the files in a folder are, if each of
// them is as it was handed out, and how many there are. Other files do not count.
func (h *History) FindReport(folder string) (report *Entry, n int, err error) {
	found := map[string]string{}
	for _, name := range h.fileNames() {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		d := sha256.Sum256(b)
		found[name] = hex.EncodeToString(d[:])
	}
	if len(found) == 0 {
		return nil, 0, fmt.Errorf("%s has no file of a report", folder)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !slices.ContainsFunc(h.Reports, func(e Entry) bool { return e.Issue.Files[name] == found[name] }) {
			return nil, 0, fmt.Errorf("%w: %s is not as it was ever handed out here", ErrChain, filepath.Join(folder, name))
		}
	}
	for _, e := range slices.Backward(h.Reports) {
		all := true
		for name, digest := range found {
			all = all && e.Issue.Files[name] == digest
		}
		if all {
			return &e, len(found), nil
		}
	}
	return nil, 0, fmt.Errorf("%w: the files in %s are of different reports", ErrChain, folder)
}

// fileNames are all that reports have had so far.
func (h *History) fileNames() []string {
	names := map[string]bool{}
	for _, e := range h.Reports {
		for name := range e.Issue.Files {
			if filepath.IsLocal(name) && filepath.Base(name) == name {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
