package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

// A desk is a store with what is needed to back it up.
type desk struct {
	t      *testing.T
	s      *sqlite.Store
	f      Folder
	id     *age.HybridIdentity
	live   []store.Channel
	made   int
	boxes  uint64
	tenant wire.TenantID
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, f: Folder{Dir: filepath.Join(t.TempDir(), "backups")}, id: id, tenant: wire.TenantID{1}}
	if d.s, err = sqlite.Open(filepath.Join(t.TempDir(), "store")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.s.Close() })
	d.check(d.s.AddTenant(t.Context(), store.Tenant{ID: d.tenant, Name: "Centre", State: store.Active, Open: true}, store.Audit{Actor: "test", Act: "add"}))
	return d
}

func (d *desk) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) seal(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, d.id.Recipient()) }
func (d *desk) open(r io.Reader) (io.Reader, error)      { return age.Decrypt(r, d.id) }

func (d *desk) create() {
	d.t.Helper()
	d.made++
	var c store.Channel
	binary.BigEndian.PutUint64(c.Founding[:], uint64(d.made))
	binary.BigEndian.PutUint64(c.Access[:], uint64(d.made))
	c.ID, c.Tenant = wire.ChannelOf(c.Founding), d.tenant
	d.check(d.s.Create(d.t.Context(), c, store.TicketUse{}))
	d.live = append(d.live, c)
}

func (d *desk) append(i, n int) {
	d.t.Helper()
	var boxes []wire.Box
	for range n {
		d.boxes++
		b := wire.Box{Data: make([]byte, wire.MinBox+int(d.boxes%700))}
		binary.BigEndian.PutUint64(b.ID[:], d.boxes)
		boxes = append(boxes, b)
	}
	_, err := d.s.Append(d.t.Context(), d.live[i].ID, d.live[i].Access, boxes, 0)
	d.check(err)
}

func (d *desk) rotate(i int) {
	d.t.Helper()
	c := &d.live[i]
	next := c.Access
	next[31]++
	_, err := d.s.Rotate(d.t.Context(), c.ID, c.Access, next, []byte("note"), nil, 0)
	d.check(err)
	c.Access = next
}

func (d *desk) delete(i int) {
	d.t.Helper()
	d.check(d.s.Delete(d.t.Context(), d.live[i].ID))
	d.live = slices.Delete(d.live, i, i+1)
}

func (d *desk) backup() *Manifest {
	d.t.Helper()
	m, err := d.f.Make(d.t.Context(), d.s, Options{Seal: d.seal})
	d.check(err)
	return m
}

func (d *desk) restore(number int) (*sqlite.Store, error) {
	d.t.Helper()
	chain, err := d.f.Chain(number)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(d.t.TempDir(), "restored")
	if err := d.f.Restore(d.t.Context(), chain, d.open, path); err != nil {
		if _, e := os.Stat(path); !errors.Is(e, os.ErrNotExist) {
			d.t.Errorf("a restore that failed left a file (%v)", err)
		}
		return nil, err
	}
	s, err := sqlite.Open(path)
	d.check(err)
	d.t.Cleanup(func() { s.Close() })
	return s, nil
}

// dump writes out everything that a copy has to have.
func dump(t *testing.T, s *sqlite.Store) string {
	t.Helper()
	var all strings.Builder
	err := s.Snapshot(t.Context(), func(x *sqlite.Snapshot) error {
		tables, err := x.Tables(t.Context())
		if err != nil {
			return err
		}
		for _, one := range tables {
			var rows []string
			err := x.Rows(t.Context(), one, 0, func(row []driver.Value) error {
				if one.Name != "meta" { // which names the store and where it comes from
					for i, v := range row {
						if b, ok := v.([]byte); ok && len(b) > 64 {
							row[i] = fmt.Sprintf("%d bytes, %x", len(b), sha256.Sum256(b))
						}
					}
					rows = append(rows, fmt.Sprintf("%s %v", one.Name, row))
				}
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(rows)
			all.WriteString(strings.Join(rows, "\n") + "\n")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func (d *desk) same(number int, want string) {
	d.t.Helper()
	s, err := d.restore(number)
	d.check(err)
	if got := dump(d.t, s); got != want {
		d.t.Fatalf("backup %d holds something else:\n%s\nwant\n%s", number, got, want)
	}
	r, err := s.Examine(d.t.Context())
	d.check(err)
	for _, f := range r.Findings {
		if f.Check != "mode" { // of the folder of a test
			d.t.Fatalf("backup %d: %v", number, r.Findings)
		}
	}
	if s.ID() == d.s.ID() {
		d.t.Fatal("a restored store is called as before")
	}
	if m, ok, err := s.Restored(d.t.Context()); err != nil || !ok || m.From != d.s.ID() {
		d.t.Fatalf("%+v, %v, %v", m, ok, err)
	}
}

// Whatever happens between two backups, each of them brings back the store as
// it was then: also after rows were taken out and their numbers given again.
func TestEveryBackupBringsBackItsMoment(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	d := newDesk(t)
	d.f.PartSize = 4000 // so that there are several, and tables go on in the next
	var want []string
	later := 0
	for range 12 {
		for range rng.IntN(12) {
			switch {
			case len(d.live) == 0 || rng.IntN(4) == 0:
				d.create()
			case rng.IntN(4) == 0:
				d.delete(len(d.live) - 1) // the newest rows: their numbers come again
			case rng.IntN(8) == 0:
				d.delete(rng.IntN(len(d.live)))
			case rng.IntN(4) == 0:
				d.rotate(rng.IntN(len(d.live)))
			default:
				d.append(rng.IntN(len(d.live)), 1+rng.IntN(5))
			}
		}
		if rng.IntN(3) == 0 {
			// As after a start: what was deleted is swept, and numbers go on from there.
			r, err := d.s.Examine(t.Context())
			for d.check(err); r.Unswept > 0; d.check(err) {
				r, err = d.s.Examine(t.Context())
			}
		}
		if !d.backup().Full() {
			later++
		}
		want = append(want, dump(t, d.s))
	}
	for i, w := range want {
		d.same(i+1, w)
	}
	t.Logf("%d of %d hold only what was new", later, len(want))
}

func TestALaterBackupHoldsOnlyWhatIsNew(t *testing.T) {
	d := newDesk(t)
	d.create()
	d.append(0, 200)
	if m := d.backup(); !m.Full() || m.Holds[0] != 200 {
		t.Fatalf("%+v", m)
	}
	d.append(0, 3)
	m := d.backup()
	if m.Full() || m.Rows[slices.IndexFunc(m.Rows, func(c Count) bool { return c.Table == "boxes" })].N != 3 || m.Holds[0] != 203 {
		t.Fatalf("%+v", m)
	}
	// The newest rows go, and others come under their numbers.
	d.create()
	d.append(1, 5)
	d.backup()
	d.delete(1)
	for {
		if r, err := d.s.Examine(t.Context()); err != nil || r.Unswept == 0 {
			d.check(err)
			break
		}
	}
	d.create()
	d.append(1, 7)
	m = d.backup()
	n := m.Rows[slices.IndexFunc(m.Rows, func(c Count) bool { return c.Table == "boxes" })].N
	if m.Full() || n < 7 || n > 14 {
		t.Fatalf("%d boxes are copied, full %v", n, m.Full())
	}
	d.same(4, dump(t, d.s))
}

func TestAChainEndsAndAnotherBegins(t *testing.T) {
	d := newDesk(t)
	d.create()
	for range longest + 1 {
		d.append(0, 1)
		d.backup()
	}
	list, err := d.f.List()
	d.check(err)
	for i, b := range list {
		if b.Full() != (i == 0 || i == longest) {
			t.Errorf("backup %d: full %v", b.Number, b.Full())
		}
	}
	d.same(longest, dumpOf(t, d, longest))
	if m, err := d.f.Make(t.Context(), d.s, Options{Seal: d.seal, Full: true}); err != nil || !m.Full() {
		t.Errorf("asked for a full one: %v, %v", m, err)
	}
}

// dumpOf is what a backup holds, restored once more.
func dumpOf(t *testing.T, d *desk, number int) string {
	s, err := d.restore(number)
	d.check(err)
	return dump(t, s)
}

// Whatever is acknowledged before a backup begins is in it, while others go on
// appending, and nothing is in it by half.
func TestABackupOfAStoreThatIsBeingWrittenIsOfOneMoment(t *testing.T) {
	d := newDesk(t)
	for range 4 {
		d.create()
	}
	var stop atomic.Bool
	var acknowledged [4]atomic.Int64
	var writers sync.WaitGroup
	defer writers.Wait()
	defer stop.Store(true)
	for i, c := range d.live {
		writers.Go(func() {
			for n := uint64(1); !stop.Load(); n++ {
				b := wire.Box{Data: make([]byte, wire.MinBox)}
				binary.BigEndian.PutUint64(b.ID[:], n)
				if _, err := d.s.Append(context.Background(), c.ID, c.Access, []wire.Box{b}, 0); err != nil {
					t.Error(err)
					return
				}
				acknowledged[i].Store(int64(n))
			}
		})
	}
	for range 4 {
		var before [4]int64
		for i := range before {
			before[i] = acknowledged[i].Load()
		}
		m := d.backup()
		s, err := d.restore(m.Number)
		d.check(err)
		d.check(s.Check(t.Context()))
		for i, c := range d.live {
			if got, err := s.Lookup(t.Context(), c.ID); err != nil || int64(got.Head) < before[i] {
				t.Errorf("channel %d has %d boxes, %d were acknowledged; %v", i, got.Head, before[i], err)
			}
		}
		s.Close()
	}
}

func twoBackups(t *testing.T) *desk {
	d := newDesk(t)
	d.create()
	d.append(0, 20)
	d.rotate(0)
	d.backup()
	d.append(0, 20)
	d.backup()
	return d
}

func TestWhatWasDoneToAFolderIsNoticed(t *testing.T) {
	other := twoBackups(t)
	edit := func(d *desk, number int, change func(*Manifest)) {
		list, err := d.f.List()
		d.check(err)
		m := list[number-1].Manifest
		change(m)
		d.check(os.WriteFile(d.f.path(number, manifestExt), m.Encode(), 0o600))
	}
	replace := func(d *desk, to, from string) []byte {
		raw, err := os.ReadFile(from)
		d.check(err)
		d.check(os.WriteFile(to, raw, 0o600))
		return raw
	}
	part := func(d *desk, number, from int, source *desk) {
		raw := replace(d, d.f.part(number, 1), source.f.part(from, 1))
		edit(d, number, func(m *Manifest) { m.Parts[0] = partOf(raw) })
	}
	for _, tt := range []struct {
		claim string
		do    func(*desk)
		want  error
	}{
		{"a file is missing", func(d *desk) { d.check(os.Remove(d.f.part(1, 1))) }, ErrMissing},
		{"a file was cut", func(d *desk) { d.check(os.Truncate(d.f.part(2, 1), 500)) }, ErrHash},
		{"a byte was changed", func(d *desk) {
			raw, err := os.ReadFile(d.f.part(2, 1))
			d.check(err)
			raw[len(raw)-1] ^= 1
			d.check(os.WriteFile(d.f.part(2, 1), raw, 0o600))
		}, ErrHash},
		{"two parts were exchanged", func(d *desk) {
			a, err := os.ReadFile(d.f.part(1, 1))
			d.check(err)
			replace(d, d.f.part(1, 1), d.f.part(2, 1))
			d.check(os.WriteFile(d.f.part(2, 1), a, 0o600))
		}, ErrHash},
		{"two parts were exchanged, and the manifest was changed to fit", func(d *desk) { part(d, 2, 1, d) }, ErrElsewhere},
		{"a part is of another store", func(d *desk) {
			d.id = other.id
			part(d, 2, 2, other)
		}, nil}, // the first part of d is for d's identity: see below
		{"an older chain is continued", func(d *desk) { edit(d, 2, func(m *Manifest) { m.Follows[0] ^= 1 }) }, ErrChain},
		{"the backup before was changed", func(d *desk) { edit(d, 1, func(m *Manifest) { m.Taken = m.Taken.Add(time.Hour) }) }, ErrChain},
		{"the first of a chain is missing", func(d *desk) { d.check(os.Remove(d.f.path(1, manifestExt))) }, ErrChain},
		{"a manifest was cut", func(d *desk) { d.check(os.Truncate(d.f.path(2, manifestExt), 100)) }, ErrManifest},
		{"a manifest has another's name", func(d *desk) { replace(d, d.f.path(3, manifestExt), d.f.path(2, manifestExt)) }, ErrManifest},
		{"a manifest promises more rows", func(d *desk) { edit(d, 2, func(m *Manifest) { m.Rows[0].N++ }) }, ErrCounts},
		{"a manifest promises more boxes", func(d *desk) { edit(d, 2, func(m *Manifest) { m.Holds[0]++ }) }, ErrCounts},
		{"a manifest leaves rows standing that are replaced", func(d *desk) { edit(d, 2, func(m *Manifest) { m.Above[0]-- }) }, ErrCounts},
		{"it is of another layout", func(d *desk) {
			edit(d, 1, func(m *Manifest) { m.Layout++ })
			d.check(os.Remove(d.f.path(2, manifestExt)))
		}, ErrLayout},
		{"there is nothing", func(d *desk) {
			d.check(os.Remove(d.f.path(1, manifestExt)))
			d.check(os.Remove(d.f.path(2, manifestExt)))
		}, ErrNone},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			d := twoBackups(t)
			tt.do(d)
			_, err := d.restore(0)
			if tt.want == nil {
				// Encrypted to another operator as well as of another store.
				var no *age.NoIdentityMatchError
				if !errors.As(err, &no) {
					t.Errorf("got %v", err)
				}
				return
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func partOf(raw []byte) Part { return Part{int64(len(raw)), sha256.Sum256(raw)} }

func TestAPartOfAnotherStoreForTheSameOperatorIsRefused(t *testing.T) {
	d, other := twoBackups(t), newDesk(t)
	other.id = d.id
	other.create()
	other.append(0, 20)
	other.backup()
	raw, err := os.ReadFile(other.f.part(1, 1))
	d.check(err)
	d.check(os.WriteFile(d.f.part(1, 1), raw, 0o600))
	list, err := d.f.List()
	d.check(err)
	list[0].Parts[0] = partOf(raw)
	d.check(os.WriteFile(d.f.path(1, manifestExt), list[0].Encode(), 0o600))
	d.check(os.Remove(d.f.path(2, manifestExt)))
	if _, err := d.restore(1); !errors.Is(err, ErrElsewhere) {
		t.Errorf("got %v", err)
	}
}

func TestPartsOfOneBackupHaveTheirOrder(t *testing.T) {
	d := newDesk(t)
	d.f.PartSize = 4000
	d.create()
	d.append(0, 30)
	m := d.backup()
	if len(m.Parts) < 3 {
		t.Fatalf("%d parts", len(m.Parts))
	}
	d.same(1, dump(t, d.s))
	manifest := func(change func(*Manifest)) error {
		list, err := d.f.List()
		d.check(err)
		change(list[0].Manifest)
		d.check(os.WriteFile(d.f.path(1, manifestExt), list[0].Encode(), 0o600))
		_, err = d.restore(1)
		return err
	}
	// The last is left out, and the manifest says that there are no more.
	if err := manifest(func(m *Manifest) { m.Parts = m.Parts[:len(m.Parts)-1] }); !errors.Is(err, ErrPart) {
		t.Errorf("cut: %v", err)
	}
	a, b := d.f.part(1, 1), d.f.part(1, 2)
	d.check(os.Rename(a, a+"x"))
	d.check(os.Rename(b, a))
	d.check(os.Rename(a+"x", b))
	if err := manifest(func(m *Manifest) { m.Parts[0], m.Parts[1] = m.Parts[1], m.Parts[0] }); !errors.Is(err, ErrElsewhere) {
		t.Errorf("exchanged: %v", err)
	}
}

func TestTheWrongIdentityOpensNothing(t *testing.T) {
	d := twoBackups(t)
	var err error
	d.id, err = age.GenerateHybridIdentity()
	d.check(err)
	var no *age.NoIdentityMatchError
	if _, err := d.restore(0); !errors.As(err, &no) {
		t.Errorf("got %v", err)
	}
}

// small is a disk that has room for so many bytes more.
type small struct {
	File
	left *int
}

func (s small) Write(b []byte) (int, error) {
	if len(b) > *s.left {
		n, _ := s.File.Write(b[:*s.left])
		*s.left = 0
		return n, syscall.ENOSPC
	}
	*s.left -= len(b)
	return s.File.Write(b)
}

func TestADiskThatFillsUpLeavesNothingThatLooksWhole(t *testing.T) {
	d := twoBackups(t)
	want := dump(t, d.s)
	d.append(0, 300)
	before, err := os.ReadDir(d.f.Dir)
	d.check(err)
	refused := 0
	for room := 0; ; room += 20_000 {
		left := room
		f := Folder{Dir: d.f.Dir, Create: func(path string) (File, error) {
			file, err := createFile(path)
			return small{file, &left}, err
		}}
		_, err := f.Make(t.Context(), d.s, Options{Seal: d.seal})
		if err == nil {
			break
		}
		refused++
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d bytes of room: %v", room, err)
		}
		after, err := os.ReadDir(d.f.Dir)
		d.check(err)
		if len(after) != len(before) {
			t.Fatalf("%d bytes of room: %v", room, after)
		}
		d.same(0, want)
	}
	if refused < 3 {
		t.Fatalf("only %d tries failed", refused)
	}
	d.same(3, dump(t, d.s))
}

// Killed at any file, a backup leaves parts that the next one takes away.
func TestWhatAnInterruptedBackupLeftIsTakenAway(t *testing.T) {
	d := twoBackups(t)
	want := dump(t, d.s)
	for _, name := range []string{d.f.part(3, 1), d.f.part(3, 2) + tempExt, d.f.path(3, manifestExt) + tempExt} {
		d.check(os.WriteFile(name, []byte("half"), 0o600))
	}
	foreign := filepath.Join(d.f.Dir, "notes.age")
	d.check(os.WriteFile(foreign, []byte("not ours"), 0o600))
	d.same(0, want)
	d.append(0, 1)
	if m := d.backup(); m.Number != 3 || m.Full() {
		t.Errorf("%+v", m)
	}
	d.same(3, dump(t, d.s))
	names, err := os.ReadDir(d.f.Dir)
	d.check(err)
	if _, err := os.Stat(foreign); err != nil || len(names) != 7 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestKeepSparesTheNewestThatWasVerified(t *testing.T) {
	d := newDesk(t)
	d.create()
	for i := range 5 {
		d.append(0, 2)
		_, err := d.f.Make(t.Context(), d.s, Options{Seal: d.seal, Full: true})
		d.check(err)
		d.append(0, 1)
		d.backup()
		if i == 1 {
			list, err := d.f.List()
			d.check(err)
			d.check(d.f.Verified(list[3]))
		}
	}
	numbers := func() (out []int) {
		list, err := d.f.List()
		d.check(err)
		for _, b := range list {
			out = append(out, b.Number)
		}
		return out
	}
	if gone, err := d.f.Keep(2); err != nil || gone != 4 || !slices.Equal(numbers(), []int{3, 4, 7, 8, 9, 10}) {
		t.Fatalf("%d went, left are %v; %v", gone, numbers(), err)
	}
	if _, err := d.restore(4); err != nil {
		t.Error(err)
	}
	list, err := d.f.List()
	d.check(err)
	d.check(d.f.Verified(list[len(list)-1]))
	if gone, err := d.f.Keep(1); err != nil || gone != 4 || !slices.Equal(numbers(), []int{9, 10}) {
		t.Fatalf("%d went, left are %v; %v", gone, numbers(), err)
	}
	// A mark for another manifest is none.
	d.check(os.WriteFile(d.f.path(10, verifiedExt), []byte(strings.Repeat("0", 64)+"\n"), 0o600))
	if list, err = d.f.List(); err != nil || list[1].Verified {
		t.Errorf("verified %v, %v", list[1].Verified, err)
	}
}

func FuzzPart(f *testing.F) {
	at := place{wire.StoreID{1}, 2, [32]byte{3}, 1}
	good := appendTable(at.header(), sqlite.Table{Name: "boxes", Columns: []string{"n", "id", "data", "owner"}})
	good, err := appendRow(good, []driver.Value{int64(7), "text", []byte("bytes"), nil})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(appendEnd(good, true))
	f.Add(at.header())
	f.Fuzz(func(t *testing.T, raw []byte) {
		out := at.header()
		var last sqlite.Table
		var rows, again []string
		err := readPart(bytes.NewReader(raw), at, true, func(table sqlite.Table, row []driver.Value) (err error) {
			if table.Name != last.Name || !slices.Equal(table.Columns, last.Columns) {
				out, last = appendTable(out, table), table
			}
			rows = append(rows, fmt.Sprintf("%v %#v", table, row))
			out, err = appendRow(out, row)
			return err
		})
		if err != nil {
			return
		}
		// A table without rows is not told to the caller: so the rows have to be
		// the same, not the bytes.
		if err := readPart(bytes.NewReader(appendEnd(out, true)), at, true, func(table sqlite.Table, row []driver.Value) error {
			again = append(again, fmt.Sprintf("%v %#v", table, row))
			return nil
		}); err != nil || !slices.Equal(rows, again) {
			t.Fatalf("read %q, wrote %q, %v", rows, again, err)
		}
	})
}
