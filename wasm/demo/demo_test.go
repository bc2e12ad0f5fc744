package main

import (
	"bytes"
	"crypto/sha256"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
)

func TestTheDemonstrationOpensWithItsSheets(t *testing.T) {
	dir := t.TempDir()
	relay := filepath.Join(dir, "relay")
	if out, err := exec.Command("go", "build", "-o", relay, "vialog/relay").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + l.Addr().String()
	l.Close()
	t.Setenv("VIALOG_APP", "none")
	o := options{
		origin: origin, store: filepath.Join(dir, "new", "relay.sqlite"), relay: relay, lang: "en",
		patients: 3, years: 1, seed: 5, workers: 2, check: true, stop: true,
	}
	var out bytes.Buffer
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if n := strings.Count(out.String(), origin+"/#sheet="); n != 2 {
		t.Fatalf("%d links:\n%s", n, out.String())
	}
	if fsck, err := exec.Command(relay, "fsck", "-store", o.store).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, fsck)
	}
}

func TestAShorterDiaryRefersToNothingLeftOut(t *testing.T) {
	until := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	from := until.AddDate(-1, 0, 0).UnixMilli()
	for _, c := range sample.Cases(1, 10, until, "de") {
		kept := make(map[diary.ID]bool)
		steps := since(c.Steps, from)
		if len(steps) == 0 || len(steps) == len(c.Steps) {
			t.Fatalf("%s: %d of %d steps", c.Note("de"), len(steps), len(c.Steps))
		}
		for _, s := range steps {
			h := s.Entry.Top()
			if _, plan := s.Entry.(*diary.Plan); s.At < from && !plan {
				t.Fatalf("%s: an older entry", c.Note("de"))
			}
			if !h.Supersedes.IsZero() && !kept[h.Supersedes] {
				t.Fatalf("%s: a correction of nothing", c.Note("de"))
			}
			if b, ok := s.Entry.(*diary.Bleed); ok && !b.Again.IsZero() && !kept[b.Again] {
				t.Fatalf("%s: a bleed comes back that never was", c.Note("de"))
			}
			kept[h.ID] = true
		}
		if short := shortOf(t, steps, until); short != 0 {
			t.Errorf("%s: %d more vials used than received", c.Note("de"), short)
		}
		if whole := since(c.Steps, 0); len(whole) != len(c.Steps) {
			t.Fatalf("%s: %d of %d steps without a limit", c.Note("de"), len(whole), len(c.Steps))
		}
	}
}

func TestWhatIsWrongIsSaidWithWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    options
		says string
	}{
		{"no relay elsewhere", options{origin: "https://relay.invalid", lang: "de", patients: 1, years: 1, workers: 1}, "-relay"},
		{"no program", options{origin: "http://127.0.0.1:1", relay: "nowhere/relay", lang: "de", patients: 1, years: 1, workers: 1}, "make relay"},
		{"no origin", options{origin: "localhost", lang: "de", patients: 1, years: 1, workers: 1}, "http://localhost:8080"},
		{"no such language", options{origin: "http://127.0.0.1:1", lang: "fr", patients: 1, years: 1, workers: 1}, "-lang"},
		{"too many years", options{origin: "http://127.0.0.1:1", lang: "de", patients: 1, years: 11, workers: 1}, "-years"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := run(t.Context(), tt.o, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("%v", err)
			}
		})
	}
}

// shortOf counts the vials that were used and are in no pack.
func shortOf(t *testing.T, steps []sample.Step, at time.Time) (n int) {
	t.Helper()
	d := new(diary.Diary)
	for i, s := range steps {
		body, err := diary.Encode(s.Entry)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Add(diary.Record{
			Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At, Seq: uint64(i),
			Hash: sha256.Sum256(append(body, byte(i), byte(i>>8))),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	holdings := d.Supply(diary.MomentOf(at))
	if len(holdings) == 0 {
		t.Fatal("no stock")
	}
	for _, h := range holdings {
		n += h.Short
	}
	return n
}
