//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Sizes of the write-ahead log, by the file format of SQLite, section 4.1.
const (
	walPage  = 4096
	walFrame = 24 + walPage
)

// A wreck is the file of a store and its log as a power cut left them.
type wreck struct{ file, log []byte }

func readWreck(t *testing.T, path string) wreck {
	t.Helper()
	var w wreck
	var err error
	if w.file, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if w.log, err = os.ReadFile(path + "-wal"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return w
}

// recovered opens the wreck and returns how many boxes the channel has. All of
// the store's invariants hold, and a client that sends the batch again, because
// it had no answer, finds each box where it is, once.
func (w wreck) recovered(t *testing.T, name string, c store.Channel, acknowledged, batch []wire.Box) (had uint64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	for name, b := range map[string][]byte{path: w.file, path + "-wal": w.log} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(path)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	was, err := s.Lookup(t.Context(), c.ID)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if _, err := s.Append(t.Context(), c.ID, c.Access, batch, 0); err != nil {
		t.Fatalf("%s: sent again: %v", name, err)
	}
	all := append(acknowledged[:len(acknowledged):len(acknowledged)], batch...)
	got, head, err := s.After(t.Context(), c.ID, 0, 1<<20, nil)
	if err != nil || head != uint64(len(all)) || len(got) != len(all) {
		t.Fatalf("%s: %d boxes, head %d, want %d: %v", name, len(got), head, len(all), err)
	}
	for i, b := range got {
		if b.ID != all[i].ID || string(b.Data) != string(all[i].Data) {
			t.Errorf("%s: another box at position %d", name, b.Pos)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("%s: after it was sent again: %v", name, err)
	}
	return was.Head
}

// batches returns boxes to acknowledge and boxes that are cut off.
func batches() (acknowledged, batch []wire.Box) {
	for i := range uint64(5) {
		b := boxOf(i+1, 300)
		if i > 1 {
			b = boxOf(i+1, 5000)
		}
		for j := range b.Data {
			b.Data[j] = byte(i + 1)
		}
		if i < 2 {
			acknowledged = append(acknowledged, b)
		} else {
			batch = append(batch, b)
		}
	}
	return acknowledged, batch
}

func TestAnAppendIsWhollyThereOrNotAtAllAtEachStepOfItsWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	acknowledged, batch := batches()
	if _, err := s.Append(t.Context(), c.ID, c.Access, acknowledged, 0); err != nil {
		t.Fatal(err)
	}
	before := readWreck(t, path)
	if _, err := s.Append(t.Context(), c.ID, c.Access, batch, 0); err != nil {
		t.Fatal(err)
	}
	after := readWreck(t, path)
	if string(after.file) != string(before.file) || len(after.log) < len(before.log)+3*walFrame || !strings.HasPrefix(string(after.log), string(before.log)) {
		t.Fatalf("the log went from %d bytes to %d", len(before.log), len(after.log))
	}
	had, none := uint64(len(acknowledged)), 0
	for at := len(before.log); at <= len(after.log); at += walFrame {
		// Before a frame, within its header, at its page, within its page, and all but a byte of it.
		for _, more := range []int{0, 11, 24, 24 + walPage/2, walFrame - 1} {
			if at+more > len(after.log) || testing.Short() && more%2 == 1 {
				continue
			}
			w := wreck{after.file, after.log[:at+more]}
			got := w.recovered(t, fmt.Sprintf("%d bytes of the log", at+more), c, acknowledged, batch)
			switch whole := at+more == len(after.log); {
			case whole && got != had+3:
				t.Errorf("what was written wholly is not there: head %d", got)
			case !whole && got != had:
				t.Errorf("%d bytes of the log of %d: head %d", at+more, len(after.log), got)
			case !whole:
				none++
			}
		}
	}
	if none < 10 {
		t.Errorf("cut off at %d places only", none)
	}
	// The disk wrote everything but one sector: it may keep its own order.
	for at := len(before.log); at < len(after.log); at += walFrame {
		for _, sector := range []int{0, walFrame / 2} {
			torn := append([]byte(nil), after.log...)
			clear(torn[at+sector : at+sector+512])
			if string(torn) == string(after.log) {
				continue // it is of zeros
			}
			if got := (wreck{after.file, torn}).recovered(t, fmt.Sprintf("without the sector at %d", at+sector), c, acknowledged, batch); got != had {
				t.Errorf("without the sector at %d: head %d", at+sector, got)
			}
		}
	}
}

// The log is copied into the file from time to time. A power cut in the middle
// leaves some pages of the file new, others old, one torn, and the log whole.
func TestNothingIsLostAtAnyStepOfACheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	acknowledged, batch := batches()
	all := append(acknowledged, batch...)
	if _, err := s.Append(t.Context(), c.ID, c.Access, all, 0); err != nil {
		t.Fatal(err)
	}
	before := readWreck(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := readWreck(t, path)
	if len(after.log) != 0 || string(after.file) == string(before.file) {
		t.Fatal("closing copied nothing")
	}
	old := append(before.file, make([]byte, max(0, len(after.file)-len(before.file)))...)
	for at := 0; at <= len(after.file); at += walPage {
		for _, torn := range []int{0, 512} {
			if at+torn > len(after.file) || testing.Short() && torn > 0 {
				continue
			}
			file := append(append([]byte(nil), after.file[:at+torn]...), old[at+torn:]...)
			if got := (wreck{file, before.log}).recovered(t, fmt.Sprintf("%d bytes copied", at+torn), c, all, nil); got != uint64(len(all)) {
				t.Errorf("%d bytes copied: head %d", at+torn, got)
			}
		}
	}
}

func TestAStoreThatBecameReadOnlyRefusesAndKeepsReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	s, c := seeded(t, path)
	acknowledged, batch := batches()
	if _, err := s.Append(t.Context(), c.ID, c.Access, acknowledged, 0); err != nil {
		t.Fatal(err)
	}
	s.w.do(t.Context(), 0, func(tx *tx) error { // which fails: it cannot be committed any more
		return tx.query(context.Background(), `PRAGMA query_only = 1`, func([]driver.Value) error { return nil })
	})
	for range 3 {
		if pos, err := s.Append(t.Context(), c.ID, c.Access, batch, 0); err == nil {
			t.Fatalf("appended at %d", pos)
		}
	}
	if err := s.Delete(t.Context(), c.ID); err == nil {
		t.Fatal("deleted")
	}
	got, head, err := s.After(t.Context(), c.ID, 0, 1<<20, nil)
	if err != nil || head != 2 || len(got) != 2 {
		t.Fatalf("reading: %d boxes, head %d, %v", len(got), head, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openIn(t, path)
	if pos, err := s.Append(t.Context(), c.ID, c.Access, batch, 0); err != nil || pos[0] != 3 {
		t.Fatalf("once it can be written: %d, %v", pos, err)
	}
}
