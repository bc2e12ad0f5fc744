package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"filippo.io/age"

	"vialog/relay/internal/backup"
	"vialog/relay/internal/config"
	"vialog/relay/internal/monitor"
	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
)

// What these verbs encrypt is encrypted to the operator by age, a program of
// its own reputation. What it encrypts are sealed boxes, which stay sealed.

var errBackupBusy = errors.New("another process makes or removes backups in this folder")

func (p *program) folder(dir string) (f backup.Folder, unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return f, nil, err
	}
	unlock, err = lock(filepath.Join(dir, "lock"))
	if errors.Is(err, errServing) {
		err = errBackupBusy
	}
	return backup.Folder{Dir: dir}, unlock, err
}

func (p *program) backup(ctx context.Context, c *config.Config) (err error) {
	if c.Backup.To == "" || len(c.Backup.Recipients) == 0 {
		return errors.New("give the folder (-to) and who can open the backup (-recipient); relay backup keygen makes a recipient")
	}
	recipients, err := age.ParseRecipients(strings.NewReader(strings.Join(c.Backup.Recipients, "\n")))
	if err != nil {
		return fmt.Errorf("-recipient: %w", err)
	}
	if c.Backup.Keep < 0 {
		return errors.New("-keep must not be negative")
	}
	k, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	s, ok := k.(*sqlite.Store)
	if !ok {
		return errors.New("this store is not a file: back it up with its database's own tools")
	}
	f, unlock, err := p.folder(c.Backup.To)
	if err != nil {
		return err
	}
	defer unlock()
	m, err := f.Make(ctx, s, backup.Options{
		Full: c.Backup.Full, Seal: func(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, recipients...) },
	})
	if err != nil {
		return fmt.Errorf("no backup was made: %w", err)
	}
	kind := fmt.Sprintf("what is new since backup %d", m.Number-1)
	if m.Full() {
		kind = "everything"
	}
	fmt.Fprintf(p.out, "Backup %d holds %s: %s in %d files. It is not verified yet (relay backup verify).\nNote this elsewhere, to know this backup again (-expect):\n\n    %d %x\n",
		m.Number, kind, amount(uint64(m.Size()), "bytes"), len(m.Parts), m.Number, m.Hash())
	if err := monitor.NoteBackup(c.Store, m.Taken); err != nil {
		return fmt.Errorf("the backup was made, but relay status will not know: %w", err)
	}
	if c.Backup.Keep > 0 {
		gone, err := f.Keep(c.Backup.Keep)
		if err != nil {
			return fmt.Errorf("the backup was made, but old ones could not be removed: %w", err)
		}
		if gone > 0 {
			fmt.Fprintf(p.out, "\n%d old backups were removed.\n", gone)
		}
	}
	return nil
}

func (p *program) backupKeygen(_ context.Context, c *config.Config) error {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.Args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "# made %s by relay backup keygen; opens every backup for\n# %s\n%s\n", time.Now().UTC().Format(time.RFC3339), id.Recipient(), id)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, `%s opens your backups. Without it they are lost: copy it to two
safe places away from this machine, and then take it from here. Whoever
makes backups needs the recipient only:

    relay backup -to FOLDER -recipient %s
`, c.Args[0], id.Recipient())
	return nil
}

func (p *program) backupList(_ context.Context, c *config.Config) error {
	list, err := backup.Folder{Dir: c.Args[0]}.List()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return backup.ErrNone
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NO\tTAKEN\tHOLDS\tBYTES\tBOXES\tVERIFIED\tSTORE\tHASH")
	for _, b := range list {
		holds, verified := "what is new", "no"
		if b.Full() {
			holds = "everything"
		}
		if b.Verified {
			verified = "yes"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\t%s\t%x\n", b.Number, b.Taken.Format(time.RFC3339), holds, b.Size(), b.Holds[0], verified, b.Store, b.Hash())
	}
	return w.Flush()
}

// chain finds the backup that was asked for.
func chain(f backup.Folder, c *config.Config) ([]backup.Backup, error) {
	list, err := f.Chain(c.Backup.Number)
	if err != nil {
		return nil, err
	}
	newest := list[len(list)-1]
	hash := newest.Hash()
	if e := c.Backup.Expect; e != "" && !strings.EqualFold(e, hex.EncodeToString(hash[:])) {
		return nil, fmt.Errorf("backup %d has the hash %x, which is not the one expected", newest.Number, hash)
	}
	return list, nil
}

// opener reads the file with the identity.
func opener(c *config.Config) (func(io.Reader) (io.Reader, error), error) {
	if c.Backup.Identity == "" {
		return nil, errors.New("give the file with the identity (-identity)")
	}
	file, err := os.Open(c.Backup.Identity)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ids, err := age.ParseIdentities(bufio.NewReader(io.LimitReader(file, 1<<20)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Backup.Identity, err)
	}
	return func(r io.Reader) (io.Reader, error) {
		plain, err := age.Decrypt(r, ids...)
		var no *age.NoIdentityMatchError
		if errors.As(err, &no) {
			err = errors.New("it was encrypted for somebody else: this identity does not open it")
		}
		return plain, err
	}, nil
}

func (p *program) backupVerify(ctx context.Context, c *config.Config) error {
	f, unlock, err := p.folder(c.Args[0])
	if err != nil {
		return err
	}
	defer unlock()
	list, err := chain(f, c)
	if err != nil {
		return err
	}
	newest := list[len(list)-1]
	if c.Backup.Quick {
		if err := f.CheckFiles(ctx, list); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "The files of backup %d, and of the %d it needs, are those that were written.\nWhether they can be opened and restored only shows with -identity.\n", newest.Number, len(list)-1)
		return nil
	}
	open, err := opener(c)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "vialog-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "store")
	if err := f.Restore(ctx, list, open, path); err != nil {
		return err
	}
	r, err := examine(ctx, path, nil)
	if err != nil {
		return err
	}
	if err := f.Verified(newest); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Backup %d of %s was restored elsewhere and is sound: %d channels, %d boxes, %d tenants.\n", newest.Number, newest.Taken.Format(time.RFC3339), r.Channels, r.Boxes, r.Tenants)
	return nil
}

// examine opens a store that was just restored, and refuses one that is not sound.
func examine(ctx context.Context, path string, act *store.Audit) (r sqlite.Report, err error) {
	s, err := sqlite.Open(path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if act != nil {
		if err := s.Record(ctx, *act); err != nil {
			return r, err
		}
	}
	if r, err = s.Examine(ctx); err == nil && len(r.Findings) > 0 {
		err = fmt.Errorf("what was restored is damaged:\n%s", findings(r))
	}
	return r, err
}

func (p *program) restore(ctx context.Context, c *config.Config) (err error) {
	if c.InDatabase() {
		return errors.New("a restore makes a file: bring the database back with its own tools, then tell clients with relay restored")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if _, err := os.Lstat(c.Store + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; a restore makes a new file: give another name with -store, or move the old store away with its -wal and -shm", c.Store+suffix)
		}
	}
	unlock, err := lock(c.Store + ".serving")
	if err != nil {
		return err
	}
	defer unlock()
	open, err := opener(c)
	if err != nil {
		return err
	}
	f := backup.Folder{Dir: c.Args[0]}
	list, err := chain(f, c)
	if err != nil {
		return err
	}
	newest := list[len(list)-1]
	half := c.Store + ".restoring"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(half + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // of a restore that was interrupted
		}
	}
	if err := f.Restore(ctx, list, open, half); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(half)
		}
	}()
	hash := newest.Hash()
	again, err := eraseAgain(ctx, half, c.Backup.Erased)
	if err != nil {
		return err
	}
	r, err := examine(ctx, half, &store.Audit{
		Time: time.Now(), Actor: c.Actor, Act: "restore", Subject: newest.Store.String(),
		Detail: fmt.Sprintf("backup %d of %s, %x; %d channels erased again", newest.Number, newest.Taken.Format(time.RFC3339), hash[:8], again),
	})
	if err != nil {
		return err
	}
	if _, err := os.Lstat(half + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("a part of the store is still in its log; another program has the new file open")
	}
	if err := os.Rename(half, c.Store); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(c.Store))
	if err != nil {
		return err
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, `%s holds backup %d and is sound: %d channels, %d boxes, %d tenants.
It is as it was at %s, under a new identifier: clients
notice, and send again what was written since.

Do again by hand what you did since (the audit log ends then): tenants that
were added, suspended or removed. A tenant that took its code since needs a
new one.
`, c.Store, newest.Number, r.Channels, r.Boxes, r.Tenants, newest.Taken.Local().Format("2 January 2006 15:04:05 MST"))
	if c.Backup.Erased != "" {
		fmt.Fprintf(p.out, "Channels that people had erased since, and that are erased here again: %d.\n", again)
	} else {
		fmt.Fprintln(p.out, "What people erased since is here again, until a device of theirs that knows comes\nback. If the old store can be read, restore once more with -erased.")
	}
	return nil
}

// eraseAgain erases in the store at path what was erased in another, if one is named.
func eraseAgain(ctx context.Context, path, in string) (n int, err error) {
	if in == "" {
		return 0, nil
	}
	if _, err := os.Stat(in); err != nil {
		return 0, err
	}
	s, err := sqlite.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if n, err = s.TakeErased(ctx, in); err != nil {
		return n, fmt.Errorf("what was erased could not be read from %s: %w", in, err)
	}
	return n, nil
}

func (p *program) fsck(ctx context.Context, c *config.Config) (err error) {
	s, err := p.open(c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	file, ok := s.(*sqlite.Store)
	if !ok {
		return p.fsckOther(ctx, c, s)
	}
	r, err := file.Examine(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(p.out)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	if len(r.Findings) > 0 {
		return fmt.Errorf("the store is damaged; keep a copy of the file before anything else:\n%s", findings(r))
	}
	if !c.JSON {
		fmt.Fprintf(p.out, "The store is sound: %d tenants, %d channels, %d boxes of %d bytes, %d notes, %d acts. %d of %d pages are free for what comes.\n",
			r.Tenants, r.Channels, r.Boxes, r.Bytes, r.Notes, r.Audits, r.FreePages, r.Pages)
		if r.Restored != "" {
			fmt.Fprintf(p.out, "It was restored on %s.\n", r.Restored)
		}
	}
	return nil
}

// fsckOther checks a store that is not a file.
func (p *program) fsckOther(ctx context.Context, c *config.Config, s keeper) error {
	bad := s.Check(ctx)
	if c.JSON {
		r := struct {
			Findings []sqlite.Finding `json:"findings"`
		}{[]sqlite.Finding{}}
		if bad != nil {
			r.Findings = append(r.Findings, sqlite.Finding{Check: "store", Text: bad.Error()})
		}
		if err := json.NewEncoder(p.out).Encode(r); err != nil {
			return err
		}
	}
	if bad != nil {
		return fmt.Errorf("the store is damaged; keep a copy of it before anything else:\n%w", bad)
	}
	if !c.JSON {
		fmt.Fprintln(p.out, "The store is sound.")
	}
	return nil
}

func findings(r sqlite.Report) string {
	var lines []string
	for i, f := range r.Findings {
		if i == 100 {
			lines = append(lines, fmt.Sprintf("and %d more (-json)", len(r.Findings)-i))
			break
		}
		lines = append(lines, f.Check+": "+f.Text)
	}
	return strings.Join(lines, "\n")
}
