// Package backup copies a relay's store into a folder while the relay serves,
// and brings it back.
//
// When Make succeeds, everything that the store had acknowledged before is in
// the folder, on disk, encrypted by whatever the caller gave. An interrupted
// Make leaves nothing that looks like a backup. When Restore succeeds, the new
// file holds exactly that, under an identifier of its own.
//
// It does not promise that a backup is genuine: see FORMAT.md. It encrypts
// nothing itself and has no keys.
package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/relay/internal/store/sqlite"
)

// Errors by which a folder is refused.
var (
	ErrNone    = errors.New("there is no backup")
	ErrMissing = errors.New("a file of the backup is missing")
	ErrHash    = errors.New("a file is not the one that the manifest names")
	ErrChain   = errors.New("backup does not follow on the one before")
	ErrLayout  = errors.New("backup is of another layout of the store")
	ErrCounts  = errors.New("backup does not hold what its manifest says")
)

// longest is how many backups a chain has before the next is full: what a
// restore reads, and what one damaged file takes with it, stays bounded.
const longest = 30

const (
	manifestExt = ".manifest"
	verifiedExt = ".verified"
	partExt     = ".age"
	tempExt     = ".tmp"
)

// A Folder holds backups. One process at a time may change it.
type Folder struct {
	Dir string

	// Create makes the files; nil means os.OpenFile.
	Create func(path string) (File, error)

	// PartSize is after how many bytes another part begins; 0: the most there may be.
	PartSize int64
}

// A File is what a Folder needs of a file that it writes.
type File interface {
	io.WriteCloser
	Sync() error
}

func createFile(path string) (File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// A Backup is one that is in the folder, whole as far as names and sizes tell.
type Backup struct {
	*Manifest
	Verified bool
}

func (f Folder) path(number int, ext string) string {
	return filepath.Join(f.Dir, fmt.Sprintf("%06d%s", number, ext))
}

func (f Folder) part(number, index int) string {
	return f.path(number, fmt.Sprintf(".%03d%s", index, partExt))
}

// List returns every backup in the folder, oldest first.
func (f Folder) List() (list []Backup, err error) {
	names, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		digits, ok := strings.CutSuffix(e.Name(), manifestExt)
		if !ok {
			continue
		}
		number, err := strconv.Atoi(digits)
		if err != nil || f.path(number, manifestExt) != filepath.Join(f.Dir, e.Name()) {
			return nil, fmt.Errorf("%s: %w", e.Name(), ErrManifest)
		}
		raw, err := readSmall(filepath.Join(f.Dir, e.Name()))
		if err != nil {
			return nil, err
		}
		m, err := ParseManifest(raw)
		if err == nil && m.Number != number {
			err = ErrManifest
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		mark, err := readSmall(f.path(number, verifiedExt))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		sum := m.Hash()
		list = append(list, Backup{m, err == nil && string(mark) == hex.EncodeToString(sum[:])+"\n"})
	}
	slices.SortFunc(list, func(a, b Backup) int { return a.Number - b.Number })
	return list, nil
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxManifest+1))
}

// Chain returns what is needed to restore the backup with a number, the full
// one first; 0 is the newest.
func (f Folder) Chain(number int) (chain []Backup, err error) {
	list, err := f.List()
	if err != nil {
		return nil, err
	}
	i := len(list) - 1
	if number != 0 {
		i = slices.IndexFunc(list, func(b Backup) bool { return b.Number == number })
	}
	if i < 0 {
		return nil, ErrNone
	}
	for {
		chain = append(chain, list[i])
		if list[i].Full() {
			break
		}
		after := list[i]
		if i--; i < 0 {
			return nil, fmt.Errorf("%w: %d is the first in the folder and not full", ErrChain, after.Number)
		}
		if before := list[i]; before.Hash() != after.Follows || before.Store != after.Store || before.Layout != after.Layout {
			return nil, fmt.Errorf("%w: %d does not name %d", ErrChain, after.Number, before.Number)
		}
	}
	slices.Reverse(chain)
	return chain, nil
}

// CheckFiles compares every file of a chain with the manifests.
func (f Folder) CheckFiles(ctx context.Context, chain []Backup) error {
	for _, b := range chain {
		for i, p := range b.Parts {
			if err := f.checkFile(ctx, b.Number, i+1, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f Folder) checkFile(ctx context.Context, number, index int, p Part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path := f.part(number, index)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", filepath.Base(path), ErrMissing)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err == nil && (n != p.Size || [32]byte(h.Sum(nil)) != p.Hash) {
		err = fmt.Errorf("%s: %w", filepath.Base(path), ErrHash)
	}
	return err
}

// Options of a backup.
type Options struct {
	Seal func(io.Writer) (io.WriteCloser, error)
	Full bool // also if less would do
}

// Make adds a backup to the folder, which it makes if there is none.
func (f Folder) Make(ctx context.Context, s *sqlite.Store, o Options) (m *Manifest, err error) {
	if f.Create == nil {
		f.Create = createFile
	}
	if f.PartSize <= 0 || f.PartSize > maxPart {
		f.PartSize = maxPart
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, err
	}
	list, err := f.List()
	if err != nil {
		return nil, err
	}
	next := 1
	if len(list) > 0 {
		next = list[len(list)-1].Number + 1
	}
	if err := f.clear(); err != nil {
		return nil, err
	}
	taken := time.Now().UTC().Truncate(time.Second)
	err = s.Snapshot(ctx, func(x *sqlite.Snapshot) error {
		m = &Manifest{Store: x.ID(), Number: next, Taken: taken}
		var err error
		if m.Layout, err = x.Layout(); err != nil {
			return err
		}
		if !o.Full && len(list) > 0 {
			if err := f.goOn(ctx, x, m, list); err != nil {
				return err
			}
		}
		for i, table := range grown {
			if m.Anchors[i], err = x.Anchors(ctx, table); err != nil {
				return err
			}
			if m.Holds[i], err = x.Count(table); err != nil {
				return err
			}
		}
		w := &writer{f: f, m: m, seal: o.Seal}
		if err := w.write(ctx, x); err != nil {
			return errors.Join(err, f.clear()) // what was begun is of no use
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := f.put(f.path(next, manifestExt), m.Encode()); err != nil {
		return nil, errors.Join(err, f.clear())
	}
	return m, nil
}

// goOn makes m follow on the newest backup, if it can.
func (f Folder) goOn(ctx context.Context, x *sqlite.Snapshot, m *Manifest, list []Backup) error {
	last := list[len(list)-1]
	chain, err := f.Chain(last.Number)
	if err != nil || last.Store != m.Store || last.Layout != m.Layout || len(chain) >= longest || !f.complete(chain) {
		return nil // a full one then
	}
	var above [2]int64
	for i, table := range grown {
		n, ok, err := x.Mark(ctx, table, last.Anchors[i])
		if err != nil || !ok {
			return err
		}
		above[i] = n
	}
	m.Above, m.Follows = above, last.Hash()
	return nil
}

// complete reports that all files are there with the right size.
func (f Folder) complete(chain []Backup) bool {
	for _, b := range chain {
		for i, p := range b.Parts {
			if info, err := os.Stat(f.part(b.Number, i+1)); err != nil || info.Size() != p.Size {
				return false
			}
		}
	}
	return true
}

// clear takes away what was left by a backup, or by its removal, that was
// interrupted: parts without a manifest.
func (f Folder) clear() error {
	names, err := os.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range names {
		digits, rest, _ := strings.Cut(e.Name(), ".")
		number, err := strconv.Atoi(digits)
		if err != nil {
			continue // not ours
		}
		_, whole := os.Stat(f.path(number, manifestExt))
		if strings.HasSuffix(rest, tempExt) || strings.HasSuffix(rest, partExt[1:]) && errors.Is(whole, fs.ErrNotExist) {
			errs = append(errs, os.Remove(filepath.Join(f.Dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// put writes a small file whole or not at all.
func (f Folder) put(path string, data []byte) error {
	create := f.Create
	if create == nil {
		create = createFile
	}
	os.Remove(path + tempExt) // an earlier try's
	file, err := create(path + tempExt)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path+tempExt))
	}
	return f.settle(path)
}

// settle gives a file that is on disk its name, on disk as well.
func (f Folder) settle(path string) error {
	if err := os.Rename(path+tempExt, path); err != nil {
		return err
	}
	dir, err := os.Open(f.Dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// A writer writes the parts of one backup.
type writer struct {
	f    Folder
	m    *Manifest
	seal func(io.Writer) (io.WriteCloser, error)

	file   File
	hash   hash.Hash
	size   int64 // of the file
	sealed io.WriteCloser
	plain  *bufio.Writer
	n      int64 // bytes of plain
	buf    []byte
}

func (w *writer) write(ctx context.Context, x *sqlite.Snapshot) error {
	defer func() {
		if w.file != nil { // an error came first, and is what counts
			w.file.Close()
		}
	}()
	tables, err := x.Tables(ctx)
	if err != nil {
		return err
	}
	if err := w.open(); err != nil {
		return err
	}
	for _, t := range tables {
		above := int64(0)
		if i := slices.Index(grown, t.Name); i >= 0 {
			above = w.m.Above[i]
		}
		count := Count{Table: t.Name}
		if err := w.record(appendTable(w.buf[:0], t)); err != nil {
			return err
		}
		err := x.Rows(ctx, t, above, func(row []driver.Value) error {
			count.N++
			if w.n >= w.f.PartSize {
				if err := w.close(false); err != nil {
					return err
				}
				if err := w.open(); err != nil {
					return err
				}
				if err := w.record(appendTable(w.buf[:0], t)); err != nil {
					return err
				}
			}
			b, err := appendRow(w.buf[:0], row)
			if err != nil {
				return err
			}
			return w.record(b)
		})
		if err != nil {
			return err
		}
		w.m.Rows = append(w.m.Rows, count)
	}
	return w.close(true)
}

// Write takes what is encrypted.
func (w *writer) Write(b []byte) (int, error) {
	n, err := w.file.Write(b)
	w.hash.Write(b[:n])
	w.size += int64(n)
	return n, err
}

func (w *writer) at() place {
	return place{w.m.Store, w.m.Number, w.m.Follows, len(w.m.Parts) + 1}
}

func (w *writer) open() (err error) {
	at := w.at()
	if at.index > maxParts {
		return errors.New("the store is larger than a backup can be")
	}
	if w.file, err = w.f.Create(w.f.part(at.number, at.index) + tempExt); err != nil {
		w.file = nil
		return err
	}
	w.hash, w.size, w.n = sha256.New(), 0, 0
	if w.sealed, err = w.seal(w); err != nil {
		return err
	}
	w.plain = bufio.NewWriterSize(w.sealed, 1<<16)
	return w.record(at.header())
}

func (w *writer) record(b []byte) error {
	w.buf = b
	w.n += int64(len(b))
	_, err := w.plain.Write(b)
	return err
}

func (w *writer) close(last bool) error {
	err := w.record(appendEnd(w.buf[:0], last))
	if err == nil {
		err = w.plain.Flush()
	}
	if err == nil {
		err = w.sealed.Close()
	}
	if err == nil {
		err = w.file.Sync()
	}
	err = errors.Join(err, w.file.Close())
	w.file = nil
	if err != nil {
		return err
	}
	at := w.at()
	w.m.Parts = append(w.m.Parts, Part{Size: w.size, Hash: [32]byte(w.hash.Sum(nil))})
	return w.f.settle(w.f.part(at.number, at.index))
}

// Restore makes a store in a new file from a chain, and gives it a new
// identifier. Where it fails it leaves no file.
func (f Folder) Restore(ctx context.Context, chain []Backup, open func(io.Reader) (io.Reader, error), path string) (err error) {
	if err := f.CheckFiles(ctx, chain); err != nil {
		return err
	}
	newest := chain[len(chain)-1]
	if newest.Layout != sqlite.Layout {
		return fmt.Errorf("%w: %d, and this release has %d. Restore it with the release that made it, and open it with this one", ErrLayout, newest.Layout, sqlite.Layout)
	}
	r, err := sqlite.NewRestorer(ctx, path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.Close()
			err = errors.Join(err, os.Remove(path))
		}
	}()
	for _, b := range chain {
		if err := f.restore(ctx, r, b, open); err != nil {
			return fmt.Errorf("backup %d: %w", b.Number, err)
		}
	}
	_, err = r.Finish(sqlite.Restored{From: newest.Store, Taken: newest.Taken, At: time.Now()})
	return err
}

func (f Folder) restore(ctx context.Context, r *sqlite.Restorer, b Backup, open func(io.Reader) (io.Reader, error)) error {
	if err := r.Begin(b.Above[0], b.Above[1]); err != nil {
		return err
	}
	counts := make(map[string]int64)
	for i := range b.Parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		file, err := os.Open(f.part(b.Number, i+1))
		if err != nil {
			return err
		}
		plain, err := open(bufio.NewReaderSize(file, 1<<16))
		if err == nil {
			err = readPart(plain, place{b.Store, b.Number, b.Follows, i + 1}, i+1 == len(b.Parts), func(t sqlite.Table, row []driver.Value) error {
				counts[t.Name]++
				return r.Row(t, row)
			})
		}
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(file.Name()), err)
		}
	}
	for _, c := range b.Rows {
		if counts[c.Table] != c.N {
			return fmt.Errorf("%w: %d rows of %s, not %d", ErrCounts, counts[c.Table], c.Table, c.N)
		}
		delete(counts, c.Table)
	}
	boxes, notes, err := r.End()
	switch {
	case err != nil:
		return err
	case len(counts) > 0:
		return fmt.Errorf("%w: rows of more tables", ErrCounts)
	case [2]int64{boxes, notes} != b.Holds:
		return fmt.Errorf("%w: %d boxes and %d notes, not %d and %d", ErrCounts, boxes, notes, b.Holds[0], b.Holds[1])
	}
	return nil
}

// Verified notes that a backup was read back and found sound.
func (f Folder) Verified(b Backup) error {
	sum := b.Hash()
	return f.put(f.path(b.Number, verifiedExt), []byte(hex.EncodeToString(sum[:])+"\n"))
}

// VerifiedAt returns when that was noted last.
func (f Folder) VerifiedAt(b Backup) (time.Time, error) {
	info, err := os.Stat(f.path(b.Number, verifiedExt))
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// Keep takes away all chains but the newest n, and spares the newest that has
// a verified backup. It returns how many backups went.
func (f Folder) Keep(n int) (gone int, err error) {
	list, err := f.List()
	if err != nil {
		return 0, err
	}
	var chains [][]Backup
	for _, b := range list {
		if b.Full() || len(chains) == 0 {
			chains = append(chains, nil)
		}
		chains[len(chains)-1] = append(chains[len(chains)-1], b)
	}
	sound := len(chains) - 1
	for sound >= 0 && !slices.ContainsFunc(chains[sound], func(b Backup) bool { return b.Verified }) {
		sound--
	}
	for i, chain := range chains[:max(len(chains)-n, 0)] {
		if i == sound {
			continue
		}
		// The newest first: what is left, if this is interrupted, is a chain.
		for _, b := range slices.Backward(chain) {
			if err := f.remove(b); err != nil {
				return gone, err
			}
			gone++
		}
	}
	return gone, nil
}

func (f Folder) remove(b Backup) error {
	if err := os.Remove(f.path(b.Number, manifestExt)); err != nil {
		return err
	}
	errs := []error{os.Remove(f.path(b.Number, verifiedExt))}
	for i := range b.Parts {
		errs = append(errs, os.Remove(f.part(b.Number, i+1)))
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
