package e2e

import (
	"errors"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
)

// onPaper puts the sheet that waits on paper, and returns it once the relay
// holds what it leads to and the device has forgotten it.
func (p *person) onPaper() join.Sheet {
	p.t.Helper()
	var sheet join.Sheet
	p.Look(func(l app.Look) { sheet, _ = l.Sheet() })
	if !sheet.Valid() {
		p.t.Fatal("there is no sheet to print")
	}
	check(p.t, p.SheetDone(p.t.Context()))
	p.until("the sheet stands", func() bool {
		stands := false
		p.Look(func(l app.Look) {
			_, left := l.Sheet()
			stands = !left && l.SheetInfo().Made && !l.SheetInfo().Next
		})
		return stands
	})
	return must(join.ParseSheet(joinWords(sheet.Words())))(p.t)
}

func (p *person) sheetInfo() (i app.SheetInfo) {
	p.Look(func(l app.Look) { i = l.SheetInfo() })
	return i
}

// back restores from a sheet on a new browser with nothing else.
func (r *relay) back(sheet join.Sheet) *person {
	r.t.Helper()
	fresh := newPerson(r.t, r)
	check(r.t, fresh.Restore(within(r.t, 20*time.Second), sheet))
	return fresh
}

// dead states that a sheet leads nowhere, and that trying it leaves nothing.
func (r *relay) dead(sheet join.Sheet) {
	r.t.Helper()
	fresh := newPerson(r.t, r)
	if err := fresh.Restore(within(r.t, 20*time.Second), sheet); !errors.Is(err, app.ErrNoLocker) {
		r.t.Fatalf("a retired sheet: %v", err)
	}
	fresh.Look(func(l app.Look) {
		if l.Founded() || l.Role() != app.NoRole {
			r.t.Error("a retired sheet left something behind")
		}
	})
}

// A patient and a centre each lose every device. The sheet brings them back, a
// new one takes its place, and so on; the old one leads nowhere from then on,
// whoever kept what the relay held for it.
func TestAUsedSheetIsReplaced(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	must(pat.Record(t.Context(), note("kept")))(t)
	doc.until("the doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("kept")) })
	for _, who := range []struct {
		name string
		p    **person
		has  func(*person) bool
	}{
		{"patient", &pat, func(p *person) bool { return p.sees(0, diary.ID{}, hasNote("kept")) && p.centreCount() == 1 }},
		{"centre", &doc, func(p *person) bool {
			if p.patientCount() != 1 {
				return false
			}
			p.Look(func(l app.Look) { n = l.Patients()[0].N })
			return p.sees(n, diary.ID{}, hasNote("kept"))
		}},
	} {
		first := (*who.p).onPaper()
		kept := r.locker(first)
		(*who.p).Lock()
		second := r.back(first)
		if i := second.sheetInfo(); !i.Restored || !i.Next || i.NextMade {
			t.Errorf("%s: after coming back: %+v", who.name, i)
		}
		second.until("all is back", func() bool { return who.has(second) })
		next := second.onPaper()
		if i := second.sheetInfo(); i.Restored || i.Next || !i.Made {
			t.Errorf("%s: with the new sheet: %+v", who.name, i)
		}
		r.dead(first)
		r.putLocker(first, kept, second)
		r.dead(first)
		second.Lock()
		third := r.back(next)
		third.until("all is back with the next sheet", func() bool { return who.has(third) })
		*who.p = third
	}
	// Both go on, with each other.
	must(pat.Record(t.Context(), note("and goes on")))(t)
	doc.until("the doctor believes the new device", func() bool { return doc.sees(n, diary.ID{}, hasNote("and goes on")) })
	check(t, doc.Say(t.Context(), n, "good to see you", diary.ID{}))
	pat.until("and the patient the doctor's", func() bool {
		return pat.sees(0, diary.ID{}, func(it *diary.Item) bool { return it.Message() != nil })
	})
	// The centre can still let somebody in.
	other, m := doc.patient(r, "later")
	must(other.Record(t.Context(), note("new here")))(t)
	doc.until("a new patient comes in", func() bool { return doc.sees(m, diary.ID{}, hasNote("new here")) })
}

// locker reads what the relay holds for a sheet.
func (r *relay) locker(sheet join.Sheet) []byte {
	t := r.t
	t.Helper()
	rv := sheet.Locker()
	s := must(link.Dial(t.Context(), native.Dial, r.origin))(t)
	defer s.Close()
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
	return must(rv.Open(boxes.Boxes[len(boxes.Boxes)-1].Data))(t)
}

// putLocker makes a locker anew, as a thief can who kept what was in it.
func (r *relay) putLocker(sheet join.Sheet, msg []byte, by *person) {
	t := r.t
	t.Helper()
	s := must(link.Dial(t.Context(), native.Dial, r.origin))(t)
	defer s.Close()
	check(t, by.LeaveLocker(t.Context(), s, sheet.Locker(), msg))
}
