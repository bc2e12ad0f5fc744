package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// tells writes down what a centre's device says of its patients, those in the given
// order first.
func (p *person) tells(order []uint32) string {
	var b strings.Builder
	p.Look(func(l app.Look) {
		now := diary.MomentOf(p.env.Now())
		recalls, held := make(map[uint32][]string), make(map[uint32][]diary.HeldLot)
		l.Warnings(func(n uint32, w *app.Warned) {
			recalls[n] = append(recalls[n], fmt.Sprint(w.ID, w.About, w.By, w.At, w.ReadAt, w.Told))
		})
		for _, x := range l.Trace(&diary.Recall{Product: "fviii.kovaltry", Lots: []diary.Lot{{Batch: "lot-7"}}}, nil).Found {
			held[x.N] = x.Held
		}
		for _, n := range order {
			who, ok := l.Patient(n)
			fmt.Fprintf(&b, "%d %v %s: %d records, %d entries, unread %d, recalls %v, held %v\n", n, ok, who.Pseudonym, who.Diary.Len(), l.EntryCount(n),
				who.Diary.Unread(diary.Centre), recalls[n], held[n])
			for _, it := range who.Diary.Timeline(diary.Filter{Retracted: true}) {
				fmt.Fprintf(&b, "  %v %v %v %v said here %v, way %d\n", it.ID, it.Kind(), it.Author, it.Versions, l.SaidBy(n, it.ID), l.Delivery(n, it.ID))
			}
			for _, x := range l.Said(n) {
				fmt.Fprintf(&b, "  dose %v %v\n", x.First, x.Record.Amount)
			}
			for _, it := range l.WorkOf(n, now) {
				fmt.Fprintf(&b, "  work %v %v\n", it.Ref, it.Urgency)
			}
			_, visits := l.Visits(keyring.AccountID{}, n, 1)
			fmt.Fprintf(&b, "  visits %d\n", visits)
		}
		st := l.Status()
		fmt.Fprintf(&b, "all: %d entries, %d unsent, %d missing, unread %v\n", st.Entries, st.Unsent, st.Missing, l.Unread())
	})
	return b.String()
}

// A centre whose diaries rest says the same as one that has all of them in memory:
// after unlocking, in whatever order it is asked, and with what came meanwhile.
func TestDiariesThatRestSayTheSame(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var pats []*person
	var order []uint32
	for i := range 3 {
		pat, n := doc.patient(r, "")
		pats, order = append(pats, pat), append(order, n)
		at := diary.MomentOf(pat.env.Now().Add(-time.Hour))
		for k := range 2 + i {
			must(pat.Record(t.Context(), &diary.Treatment{
				Taken: at, Product: "fviii.kovaltry", Amount: diary.Units(500 * (k + 1)), Reason: diary.ReasonProphylaxis,
				Lots: []diary.Lot{{Batch: fmt.Sprintf("LOT %d", 6+i), Packs: 1}},
			}))(t)
		}
		must(pat.Record(t.Context(), &diary.Bleed{Start: at, Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseTrauma}))(t)
		pat.sent()
	}
	has := func(n uint32, records int) {
		t.Helper()
		doc.until("the diary is there", func() bool {
			got := 0
			doc.Look(func(l app.Look) {
				for _, p := range l.Patients() {
					if p.N == n {
						got = p.Diary.Len()
					}
				}
			})
			return got >= records
		})
	}
	for i, n := range order {
		has(n, 3+i)
	}
	same := func(what string) {
		t.Helper()
		doc.settled()
		doc.env.OpenRecords = 1 << 30
		doc.reopen()
		doc.settled()
		want := doc.tells(order)
		if strings.Count(want, "\n") < 20 {
			t.Fatalf("%s: too little to compare:\n%s", what, want)
		}
		doc.env.OpenRecords, doc.env.ReadAtOnce = 1, 1
		doc.reopen()
		doc.settled()
		back := slices.Clone(order)
		slices.Reverse(back)
		doc.tells(back)
		for range 2 {
			if got := doc.tells(order); got != want {
				t.Fatalf("%s: where diaries rest\n%s\nelse\n%s", what, got, want)
			}
		}
	}
	same("at first")
	check(t, doc.Say(t.Context(), order[1], "how are you?", diary.ID{}))
	must(pats[0].Record(t.Context(), &diary.Note{Text: "later"}))(t)
	pats[0].sent()
	has(order[0], 4)
	doc.settled()
	before := doc.tells(order)
	same("with what came while it rested")
	if got := doc.tells(order); got != before {
		t.Fatalf("after unlocking\n%s\nbefore\n%s", got, before)
	}
	// The disk fails: that is said, and not taken for an empty diary.
	doc.disk.FailReads(1 << 20)
	doc.tells(order)
	doc.disk.FailReads(0)
	var unread error
	doc.Look(func(l app.Look) { unread = l.Unread() })
	if unread == nil {
		t.Fatal("a diary that could not be read was not missed")
	}
	x := doc.screen()
	doc.disk.FailReads(1 << 20)
	defer doc.disk.FailReads(0)
	for _, n := range order {
		x.press(view.ActPatientOpen, view.FieldPatient, strconv.Itoa(int(n)))
	}
	doc.reads(x, "Something stored on this device can no longer be read")
}

// A shutDisk is a disk on which records with a prefix cannot be read before it opens.
type shutDisk struct {
	*vault.MemoryDisk
	prefix string
	open   chan struct{}
}

func (d shutDisk) Scan(ctx context.Context, prefix string) ([]vault.Record, error) {
	if prefix == d.prefix {
		select {
		case <-d.open:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return d.MemoryDisk.Scan(ctx, prefix)
}

// A device with many patients is open before all diaries are read. What was read is
// there, that there is more to come is said, and what would ask all of them waits.
func TestAWorkListComesWhileDiariesAreRead(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	var last uint32
	for i := range 3 {
		pat, n := doc.patient(r, fmt.Sprint("F-220", i))
		must(pat.Record(t.Context(), &diary.Bleed{Start: diary.MomentOf(pat.env.Now().Add(-time.Hour)), Places: []diary.Place{diary.LeftKnee}, Type: diary.BleedJoint, Cause: diary.CauseTrauma}))(t)
		pat.sent()
		last = n
	}
	items := func() (n int) {
		doc.Look(func(l app.Look) { n = len(l.Work(diary.MomentOf(doc.env.Now()))) })
		return n
	}
	doc.until("all bleeds are listed", func() bool { return items() == 3 })
	doc.settled()

	shut := shutDisk{doc.disk, fmt.Sprintf("s/%08x/", last), make(chan struct{})}
	doc.env.ReadAtOnce, doc.env.Disk = 1, shut
	x := doc.screen()
	for _, words := range []string{"2 of 3 diaries are read", "F-2200", "F-2201"} {
		doc.reads(x, words)
	}
	if p := x.page(); strings.Contains(p, "F-2202") || strings.Contains(p, "Up to date") {
		t.Fatalf("not all is read, and it is not said:\n%s", p)
	}
	x.press(view.ActLegal)
	doc.reads(x, "The diaries are still being read")
	x.press(view.ActEvidence)
	doc.reads(x, "The diaries are still being read")
	if err := doc.Attest(t.Context(), 0); !errors.Is(err, app.ErrReading) {
		t.Fatalf("a statement that counts some of the patients: %v", err)
	}
	x.press(view.ActLegal)
	if left := items(); left != 2 {
		t.Fatalf("%d items of two patients", left)
	}
	close(shut.open)
	doc.reads(x, `data-key="legal"`)
	doc.until("everything is read", func() bool { return items() == 3 && !doc.status().Trying })
	patients := 0
	doc.settled()
	doc.Look(func(l app.Look) { patients = len(l.Patients()) })
	if patients != 3 {
		t.Fatalf("%d patients", patients)
	}

	// One that cannot be read is not taken for one that is not there.
	doc.env.Disk = doc.disk
	doc.env.Read = func(app.Look, uint32) { doc.disk.FailReads(1 << 20) }
	doc.reopen()
	doc.until("it is said", func() (said bool) {
		doc.Look(func(l app.Look) { left, of := l.Reading(); said = l.Unread() != nil && left == 1 && of == 3 })
		return said
	})
	doc.disk.FailReads(0)
}
