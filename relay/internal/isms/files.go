package isms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"vialog/relay/internal/backup"
	"vialog/shared/isms"
)

// newest is the last backup of the folder.
func (s *Site) newest() (*backup.Backup, []backup.Backup, *Result) {
	next := both("relay backup -to FOLDER -recipient …", "relay backup -to ORDNER -recipient …")
	if s.Backups == "" {
		r := none("No folder with backups was named.", "Es wurde kein Ordner mit Sicherungen genannt.",
			"Name it: relay isms check -backups FOLDER. What a database makes itself is declared.", "Nennen Sie ihn: relay isms check -backups ORDNER. Was eine Datenbank selbst sichert, wird erklärt.")
		return nil, nil, &r
	}
	list, err := backup.Folder{Dir: s.Backups}.List()
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(list) == 0:
		r := fail(next, "There is no backup in the folder.", "Im Ordner ist keine Sicherung.")
		return nil, nil, &r
	case errors.Is(err, backup.ErrManifest):
		r := fail(next, "The folder is damaged: %v.", "Der Ordner ist beschädigt: %v.", err)
		return nil, nil, &r
	case err != nil:
		r := unread(err)
		return nil, nil, &r
	}
	return &list[len(list)-1], list, nil
}

func checkBackup(ctx context.Context, s *Site) Result {
	b, _, r := s.newest()
	if r != nil {
		return *r
	}
	f := backup.Folder{Dir: s.Backups}
	chain, err := f.Chain(b.Number)
	if err == nil {
		err = f.CheckFiles(ctx, chain)
	}
	if err != nil {
		if ctx.Err() != nil {
			return unread(err)
		}
		return fail(both("Look at the disk of the backups, and make a full one: relay backup -full.", "Sehen Sie nach dem Datenträger der Sicherungen und machen Sie eine volle: relay backup -full."),
			"Backup %d cannot be used: %v.", "Sicherung %d ist unbrauchbar: %v.", b.Number, err)
	}
	hours := s.Plan.Target("backup-hours")
	if age := s.Now.Sub(b.Taken); age > time.Duration(hours)*time.Hour || age < -time.Hour {
		return fail(both("Look at why there is no newer one: relay backup.", "Klären Sie, warum es keine neuere gibt: relay backup."),
			"Backup %d is of %s: more than %d hours.", "Sicherung %d ist vom %s: mehr als %d Stunden.", b.Number, b.Taken.UTC().Format(time.RFC3339), hours)
	}
	return pass("Backup %d of %s; its files are those that were written.", "Sicherung %d vom %s; ihre Dateien sind die geschriebenen.", b.Number, b.Taken.UTC().Format(time.RFC3339))
}

func checkRestore(_ context.Context, s *Site) Result {
	_, list, r := s.newest()
	if r != nil {
		return *r
	}
	next := both("relay backup verify FOLDER -identity FILE, where the key is.", "relay backup verify ORDNER -identity DATEI, dort wo der Schlüssel ist.")
	days := s.Plan.Target("restore-days")
	for _, b := range slices.Backward(list) {
		if !b.Verified {
			continue
		}
		at, err := backup.Folder{Dir: s.Backups}.VerifiedAt(b)
		if err != nil {
			return unread(err)
		}
		// Neither an old backup that is verified now, nor an old verification, says much of today.
		if s.Now.Sub(at) > time.Duration(days)*24*time.Hour || s.Now.Sub(b.Taken) > time.Duration(days)*24*time.Hour {
			return fail(next, "The last one that was restored and verified is backup %d of %s, on %s.", "Zuletzt wurde Sicherung %d vom %s wiederhergestellt und geprüft, am %s.",
				b.Number, b.Taken.UTC().Format(time.DateOnly), at.UTC().Format(time.DateOnly))
		}
		return pass("Backup %d of %s was restored and verified on %s.", "Sicherung %d vom %s wurde am %s wiederhergestellt und geprüft.", b.Number, b.Taken.UTC().Format(time.DateOnly), at.UTC().Format(time.DateOnly))
	}
	return fail(next, "Backups: %d; none was restored and verified.", "Sicherungen: %d; keine wurde wiederhergestellt und geprüft.", len(list))
}

const (
	maxInput = 256 << 20
	maxItem  = 1_000_000 // values of a stream
)

// stream reads a file of JSON values, one after the other.
func stream[T any](path string, each func(*T)) (digest [sha256.Size]byte, at time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return digest, at, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return digest, at, err
	}
	if info.Size() > maxInput {
		return digest, at, fmt.Errorf("%s is larger than %d bytes", path, maxInput)
	}
	h := sha256.New()
	d := json.NewDecoder(io.TeeReader(f, h))
	for range maxItem {
		var v T
		switch err := d.Decode(&v); err {
		case nil:
			each(&v)
		case io.EOF:
			return [sha256.Size]byte(h.Sum(nil)), info.ModTime(), nil
		default:
			return digest, at, fmt.Errorf("%s: %w", path, err)
		}
	}
	return digest, at, fmt.Errorf("%s has too many values", path)
}

// A message of govulncheck -format json, as far as it is needed here.
type message struct {
	Config *struct {
		Scanner string    `json:"scanner_name"`
		Level   string    `json:"scan_level"`
		Updated time.Time `json:"db_last_modified"`
	} `json:"config"`
	Finding *struct {
		OSV   string `json:"osv"`
		Trace []struct {
			Function string `json:"function"`
		} `json:"trace"`
	} `json:"finding"`
}

func checkScan(_ context.Context, s *Site) Result {
	scan := both("govulncheck -mode binary -format json RELAY > FILE, then relay isms check -scan FILE.", "govulncheck -mode binary -format json RELAY > DATEI, dann relay isms check -scan DATEI.")
	if s.Scan == "" {
		return none("No result of a scan was given.", "Es wurde kein Ergebnis einer Suche angegeben.", scan.EN, scan.DE)
	}
	var database time.Time
	scanned := false
	reached, in := map[string]bool{}, map[string]bool{}
	_, at, err := stream(s.Scan, func(m *message) {
		if m.Config != nil {
			// One that looks at modules alone does not tell what is reached.
			scanned, database = m.Config.Scanner == "govulncheck" && m.Config.Level == "symbol", m.Config.Updated
		}
		if m.Finding != nil && m.Finding.OSV != "" {
			in[m.Finding.OSV] = true
			if len(m.Finding.Trace) > 0 && m.Finding.Trace[0].Function != "" {
				reached[m.Finding.OSV] = true
			}
		}
	})
	days := s.Plan.Target("scan-days")
	old := time.Duration(days) * 24 * time.Hour
	switch {
	case err != nil:
		return unread(err)
	case !scanned:
		return none("The file is no result of govulncheck at the level of symbols.", "Die Datei ist kein Ergebnis von govulncheck auf der Ebene der Symbole.", scan.EN, scan.DE)
	case len(reached) > 0:
		return fail(both("Update to a release without them; see SECURITY in the README.", "Wechseln Sie zu einer Ausgabe ohne sie; siehe SECURITY im README."),
			"The program reaches %s.", "Das Programm erreicht %s.", some(slices.Sorted(maps.Keys(reached))))
	case s.Now.Sub(at) > old || s.Now.Sub(database) > old:
		return fail(scan, "The scan is of %s, its database of %s: more than %d days.", "Die Suche ist vom %s, ihre Datenbank vom %s: mehr als %d Tage.",
			at.UTC().Format(time.DateOnly), database.UTC().Format(time.DateOnly), days)
	}
	return pass("The program reaches none; %d are in modules that it contains. Database of %s.", "Das Programm erreicht keine; %d stehen in enthaltenen Modulen. Datenbank vom %s.", len(in), database.UTC().Format(time.DateOnly))
}

// A module of go list -m -u -json all.
type module struct {
	Path   string
	Time   time.Time // of the version that is used
	Update *struct{ Version string }
}

func checkModules(_ context.Context, s *Site) Result {
	list := both("go list -m -u -json all > FILE in the sources, then relay isms check -modules FILE.", "go list -m -u -json all > DATEI bei den Quellen, dann relay isms check -modules DATEI.")
	if s.Modules == "" {
		return none("No list of modules was given.", "Es wurde keine Liste der Module angegeben.", list.EN, list.DE)
	}
	days := s.Plan.Target("update-days")
	seen := map[string]bool{}
	updates := false
	var late []string
	_, at, err := stream(s.Modules, func(m *module) {
		seen[m.Path] = true
		updates = updates || m.Update != nil
		if m.Update != nil && s.Now.Sub(m.Time) > time.Duration(days)*24*time.Hour && slices.Contains(s.Linked, m.Path) {
			late = append(late, m.Path)
		}
	})
	missing := slices.DeleteFunc(slices.Clone(s.Linked), func(p string) bool { return seen[p] })
	scanDays := s.Plan.Target("scan-days")
	switch {
	case err != nil:
		return unread(err)
	case len(s.Linked) == 0:
		return none("This program does not say which modules it has.", "Dieses Programm sagt nicht, welche Module es enthält.", "Use one that was built with make.", "Verwenden Sie eines, das mit make gebaut wurde.")
	case !updates: // of all that Go knows of, some have one
		return none("The list does not say which modules have newer versions: it was made without -u.", "Die Liste sagt nicht, welche Module neuere Fassungen haben: Sie wurde ohne -u gemacht.", list.EN, list.DE)
	case len(missing) > 0:
		r := none("", "", list.EN, list.DE)
		r.Finding = both("The list does not name %s.", "Die Liste nennt nicht %s.", some(missing))
		return r
	case len(late) > 0:
		slices.Sort(late)
		return fail(both("Update to a newer release.", "Wechseln Sie zu einer neueren Ausgabe."), "Older than %d days, and there is a newer version: %s.", "Älter als %d Tage, und es gibt eine neuere Fassung: %s.", days, some(late))
	case s.Now.Sub(at) > time.Duration(scanDays)*24*time.Hour:
		return fail(list, "The list is of %s: more than %d days.", "Die Liste ist vom %s: mehr als %d Tage.", at.UTC().Format(time.DateOnly), scanDays)
	}
	return pass("Modules: %d; none with a newer version is older than %d days.", "Module: %d; keines mit einer neueren Fassung ist älter als %d Tage.", len(s.Linked), days)
}

// Tests are the last results of the tests that the register names.
type Tests struct {
	Digest string   `json:"digest"` // of the file that go test -json wrote
	Passed []string `json:"passed"` // relay/internal/admit#TestACode
	Failed []string `json:"failed"`
}

// an event of go test -json.
type event struct {
	Action, Package, Test string
	Time                  time.Time
}

// testsAge is how old a result may be. An older one shows nothing about today's
// release, nor does one without a time or of the future.
const testsAge = 180 * 24 * time.Hour

// ReadTests reads what go test -json printed, as far as the register names it. A
// test that was skipped did not run, one that ran too long ago did not either, and of
// one that ran again the last result counts.
func ReadTests(path string, r *isms.Register, now time.Time) (*Tests, error) {
	named := map[string]bool{}
	for e := range evidence(r) {
		if e.Kind == isms.ByTest {
			named[e.Path+"#"+e.ID] = true
		}
	}
	last := map[string]string{}
	digest, _, err := stream(path, func(e *event) {
		path, _ := strings.CutPrefix(e.Package, "vialog/")
		if name := path + "#" + e.Test; named[name] && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip") {
			if age := now.Sub(e.Time); age > testsAge || age < -24*time.Hour {
				return
			}
			last[name] = e.Action
		}
	})
	if err != nil {
		return nil, err
	}
	t := &Tests{Digest: hex.EncodeToString(digest[:]), Passed: []string{}, Failed: []string{}}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		switch last[name] {
		case "pass":
			t.Passed = append(t.Passed, name)
		case "fail":
			t.Failed = append(t.Failed, name)
		}
	}
	return t, nil
}
