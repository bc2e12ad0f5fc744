package e2e

import (
	"context"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/vault"
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
	t.Parallel()
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

// Whatever is interrupted on the way from one sheet to the next, there is a
// sheet that leads back at that moment, and the way goes on to its end.
func TestReplacingASheetSurvivesEveryFault(t *testing.T) {
	for n := 1; n <= 6; n++ {
		for _, kept := range []bool{false, true} {
			for _, off := range []bool{false, true} {
				if off && !kept {
					continue
				}
				name := "write " + strconv.Itoa(n)
				switch {
				case off:
					name += ", then the relay is killed"
				case kept:
					name += " kept, answer lost"
				default:
					name += " lost"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					r := startRelay(t)
					doc := r.centre("Centre A")
					pat, _ := doc.patient(r, "")
					must(pat.Record(t.Context(), note("kept")))(t)
					first := pat.onPaper()
					pat.until("the patient has a ticket and has sent all", func() bool {
						ok := false
						pat.Look(func(l app.Look) { st := l.Status(); ok = st.Waiting == 0 && st.Online && !st.Trying })
						return ok
					})
					check(t, pat.BeginSheet(t.Context()))
					var sheet join.Sheet
					pat.Look(func(l app.Look) { sheet, _ = l.Sheet() })
					second := must(join.ParseSheet(sheet.Code()))(t)
					pat.disk.FailIn(n, kept)
					if err := pat.SheetDone(t.Context()); err != nil {
						pat.reopen()
						check(t, pat.SheetDone(t.Context()))
					}
					if off {
						time.Sleep(time.Duration(n*n) * 10 * time.Millisecond)
						r.kill()
						time.Sleep(50 * time.Millisecond)
						r.start()
					}
					pat.reopen() // killed in the middle
					r.oneOf(first, second)
					pat.until("the way goes on to its end", func() bool { i := pat.sheetInfo(); return i.ID == second.Device().ID() && !i.Next })
					r.dead(first)
					back := r.back(second)
					back.until("all is back", func() bool { return back.sees(0, diary.ID{}, hasNote("kept")) })
				})
			}
		}
	}
}

// oneOf states that at least one of two sheets leads back at this moment: the
// relay holds its locker, and the account in there has it as a device. Nobody
// comes back by it here, because that would change the account.
func (r *relay) oneOf(sheets ...join.Sheet) {
	r.t.Helper()
	s := must(link.Dial(r.t.Context(), dial, r.origin))(r.t)
	defer s.Close()
	for _, sheet := range sheets {
		rv := sheet.Locker()
		if _, err := s.Open(r.t.Context(), rv.Channel(), rv.Access); err != nil {
			continue
		}
		l := must(join.ReadLocker(r.locker(sheet)))(r.t)
		book := keyring.NewBook()
		for _, ch := range l.Chains {
			check(r.t, ch.AddTo(book))
		}
		if id, _, ok := book.FindDevice(sheet.Device().ID()); ok {
			if a, _ := book.Account(id); a.HasDevice(sheet.Device().ID()) {
				return
			}
		}
	}
	r.t.Fatal("no sheet leads back")
}

// A person who lost the sheet, or fears that somebody saw it, replaces it with
// the device that they have; one who has an older device has to use that.
func TestALostSheetIsReplacedByTheOldestDevice(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, _ := doc.patient(r, "")
	must(pat.Record(t.Context(), note("kept")))(t)
	first := pat.onPaper()
	tablet := pat.admitted(r, join.Device, "")
	if i := tablet.sheetInfo(); !i.Made || !i.Stuck || len(i.Above) != 1 {
		t.Errorf("the tablet knows of the sheet: %+v", i)
	}
	if err := tablet.BeginSheet(t.Context()); err != app.ErrSheetRank {
		t.Errorf("the tablet may replace the sheet: %v", err)
	}
	check(t, pat.BeginSheet(t.Context()))
	check(t, pat.KeepSheet(t.Context()))
	if _, ok := func() (s join.Sheet, ok bool) { pat.Look(func(l app.Look) { s, ok = l.Sheet() }); return }(); ok {
		t.Error("the new sheet is still there")
	}
	check(t, pat.BeginSheet(t.Context()))
	second := pat.onPaper()
	r.dead(first)
	back := r.back(second)
	back.until("all is back", func() bool { return back.sees(0, diary.ID{}, hasNote("kept")) })

	// A thief with the sheet is seen by every device, once.
	for _, p := range []*person{pat, tablet} {
		uses := func() (u []app.SheetUse) { p.Look(func(l app.Look) { u = l.SheetUses() }); return u }
		p.until("the others hear that the sheet was used", func() bool { return len(uses()) == 1 })
		check(t, p.SheetUseSeen(t.Context(), uses()[0].Device))
		if len(uses()) != 0 {
			t.Error("it is told again")
		}
		p.reopen()
		if len(uses()) != 0 {
			t.Error("it is told again after unlocking")
		}
	}
	if u := func() (u []app.SheetUse) { back.Look(func(l app.Look) { u = l.SheetUses() }); return u }(); len(u) != 0 {
		t.Error("the new device is told of itself")
	}
}

func TestADrillFindsTheSheetOrSaysSo(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, _ := doc.patient(r, "")
	for _, p := range []*person{doc, pat} {
		sheet := p.onPaper()
		if i := p.sheetInfo(); i.Due || !i.Asks || i.Drill != 0 {
			t.Errorf("after printing: %+v", i)
		}
		year := p.env
		year.Now = func() time.Time { return time.Now().Add(200 * 24 * time.Hour) }
		p.env = year
		p.reopen()
		if i := p.sheetInfo(); !i.Due {
			t.Errorf("half a year later: %+v", i)
		}
		places := make(map[int]bool)
		for turn := range 6 {
			ask, ok := p.DrillAsk(turn)
			if !ok || ask[0] >= ask[1] {
				t.Fatalf("asks for %v", ask)
			}
			places[ask[0]], places[ask[1]] = true, true
			w := sheet.Words()
			wrong := must(p.DrillWords(t.Context(), ask, [2]string{w[ask[0]-1], "zoo"}))(t)
			if wrong[0] || !wrong[1] && w[ask[1]-1] != "zoo" {
				t.Errorf("the words are judged %v", wrong)
			}
		}
		if len(places) != 6 {
			t.Errorf("%d places are asked for", len(places))
		}
		if wrong := must(p.DrillWords(t.Context(), [2]int{25, 26}, [2]string{"zoo", "zoo"}))(t); !wrong[0] || !wrong[1] {
			t.Error("words of no sheet are right")
		}
		if i := p.sheetInfo(); i.Drill != 0 || !i.Due {
			t.Errorf("after wrong words: %+v", i)
		}
		ask, _ := p.DrillAsk(1)
		w := sheet.Words()
		if wrong := must(p.DrillWords(t.Context(), ask, [2]string{w[ask[0]-1], " " + w[ask[1]-1][:min(4, len(w[ask[1]-1]))]}))(t); wrong[0] || wrong[1] {
			t.Error("the right words are wrong")
		}
		if i := p.sheetInfo(); i.Drill != app.DrillWords || i.Due {
			t.Errorf("after two words: %+v", i)
		}
		if err := p.DrillSheet(within(t, 90*time.Second), join.NewSheet()); err != app.ErrOtherSheet {
			t.Errorf("any sheet is proved: %v", err)
		}
		// The whole sheet also mends a relay that lost its locker.
		s := must(link.Dial(t.Context(), dial, r.origin))(t)
		check(t, s.Delete(t.Context(), sheet.Locker().Founding))
		s.Close()
		check(t, p.DrillSheet(within(t, 90*time.Second), sheet))
		if i := p.sheetInfo(); i.Drill != app.DrillWhole || i.Due {
			t.Errorf("after the whole sheet: %+v", i)
		}
		r.locker(sheet)
		check(t, p.DrillLost(t.Context()))
		if i := p.sheetInfo(); i.Drill != app.DrillLost {
			t.Errorf("not found: %+v", i)
		}
	}
}

// A relay that went back shows who comes back by the sheet an old state that
// fits together. The device doubts it until somebody else has spoken, and then
// has everything.
func TestWhatARestoredDeviceIsShownIsDoubtedUntilSomebodySpeaks(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	sheet := pat.onPaper()
	must(pat.Record(t.Context(), note("before the copy")))(t)
	doc.until("the doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("before the copy")) })
	sent := func() bool {
		w := 1
		pat.Look(func(l app.Look) { w = l.Status().Waiting })
		return w == 0
	}
	pat.until("all is sent", sent)
	doc.Lock()
	pat.Lock()
	r.kill()
	old := r.copyStore()
	r.start()
	pat.reopen()
	doc.reopen()
	must(pat.Record(t.Context(), note("after the copy")))(t)
	doc.until("the doctor has that too", func() bool { return doc.sees(n, diary.ID{}, hasNote("after the copy")) })
	pat.until("all is sent", sent)
	tablet := pat.admitted(r, join.Device, "")
	tablet.until("the tablet has it", func() bool { return tablet.sees(0, diary.ID{}, hasNote("after the copy")) })
	doc.Lock()
	pat.Lock()
	tablet.Lock()
	r.kill()
	r.useStore(old)
	r.start()

	back := r.back(sheet)
	doubt := func() (at time.Time) {
		back.Look(func(l app.Look) { at = l.Status().Unconfirmed })
		return at
	}
	back.until("the old state is there", func() bool { return back.sees(0, diary.ID{}, hasNote("before the copy")) && back.centreCount() == 1 })
	must(back.Record(t.Context(), note("by the new device")))(t)
	time.Sleep(300 * time.Millisecond)
	if doubt().IsZero() || back.sees(0, diary.ID{}, hasNote("after the copy")) {
		t.Fatal("the relay's old state is believed")
	}
	back.reopen()
	if doubt().IsZero() {
		t.Fatal("after unlocking the old state is believed")
	}
	pat.reopen()
	tablet.reopen()
	back.until("what came later is there", func() bool { return back.sees(0, diary.ID{}, hasNote("after the copy")) })
	back.until("the state is confirmed", func() bool { return doubt().IsZero() })
	doc.reopen()
	for _, p := range []*person{pat, tablet, back} {
		p.until("all devices agree", func() bool {
			return p.sees(0, diary.ID{}, hasNote("after the copy")) && p.sees(0, diary.ID{}, hasNote("by the new device"))
		})
		p.Look(func(l app.Look) {
			if l.Status().Forked {
				t.Error("a device is said to have gone back")
			}
		})
	}
	doc.until("the doctor believes all of them", func() bool {
		return doc.sees(n, diary.ID{}, hasNote("after the copy")) && doc.sees(n, diary.ID{}, hasNote("by the new device"))
	})
	must(tablet.Record(t.Context(), note("the tablet goes on")))(t)
	back.until("the tablet still belongs to them", func() bool { return back.sees(0, diary.ID{}, hasNote("the tablet goes on")) })
}

// A browser whose storage goes back to an older state is noticed once it writes
// again. It sets itself up again with new keys: what it had not sent is written
// again, nothing is counted twice, and the old keys are worth nothing.
func TestADeviceThatWentBackSetsItselfUpAgain(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	phone, n := doc.patient(r, "")
	tablet := phone.admitted(r, join.Device, "")
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	must(phone.Record(t.Context(), note("before the copy")))(t)
	sent := func(p *person) func() bool {
		return func() bool {
			ok := false
			p.Look(func(l app.Look) { st := l.Status(); ok = st.Waiting == 0 && st.Online && !st.Trying })
			return ok
		}
	}
	phone.until("all is sent", sent(phone))
	phone.Lock()
	copied := copyDisk(t, phone.disk)
	phone.reopen()
	for range 3 {
		must(phone.Record(t.Context(), note("after the copy")))(t)
	}
	check(t, phone.Say(t.Context(), phone.firstCentre(), "asked after the copy", diary.ID{}))
	phone.until("all is sent", sent(phone))
	doc.until("the doctor has it", func() bool { return doc.sees(n, diary.ID{}, hasNote("after the copy")) })
	phone.Lock()

	phone.disk = copyDisk(t, copied)
	phone.env.Disk = phone.disk
	phone.env.Dial = func(context.Context, string) (link.Conn, error) { return nil, errors.New("no network") }
	phone.reopen()
	unsent := must(phone.Record(t.Context(), note("without a network")))(t)
	check(t, phone.Say(t.Context(), phone.firstCentre(), "asked without a network", diary.ID{}))
	phone.env.Dial = r.dial
	phone.reopen()
	forked := func() (yes bool) { phone.Look(func(l app.Look) { yes = l.Status().Forked }); return }
	phone.until("it is noticed", func() bool {
		read := false
		phone.Look(func(l app.Look) { read = l.Status().Online && !l.Status().Trying })
		return read && forked()
	})
	if _, err := phone.Record(t.Context(), note("no")); err == nil {
		t.Error("it writes on")
	}
	var st app.Status
	phone.Look(func(l app.Look) { st = l.Status() })
	if st.Unsent == 0 {
		t.Error("what was not sent is not counted")
	}
	phone.until("it can be set up again", func() bool {
		err := phone.SetUpAgain(t.Context())
		if err != nil && !errors.Is(err, app.ErrOffline) {
			t.Fatal(err)
		}
		return err == nil
	})
	if forked() {
		t.Fatal("it is still said to have gone back")
	}
	must(phone.Record(t.Context(), note("and goes on")))(t)
	for _, p := range []struct {
		name string
		*person
		n uint32
	}{{"the phone", phone, 0}, {"the tablet", tablet, 0}, {"the doctor", doc, n}} {
		for text, times := range map[string]int{"before the copy": 1, "after the copy": 3, "without a network": 1, "and goes on": 1} {
			p.until(p.name+" has "+text, func() bool { return p.count(p.n, hasNote(text)) == times })
		}
		for _, text := range []string{"asked after the copy", "asked without a network"} {
			p.until(p.name+" has "+text, func() bool {
				return p.count(p.n, func(it *diary.Item) bool { return it.Message() != nil && it.Message().Text == text }) == 1
			})
		}
	}
	phone.Look(func(l app.Look) {
		if _, ok := l.Diary().Get(unsent); !ok {
			t.Error("the entry has another name now")
		}
	})
	tablet.until("the keys from before are removed", func() bool {
		gone := 0
		tablet.Look(func(l app.Look) {
			for _, d := range l.Devices() {
				if !d.Active() {
					gone++
				}
			}
		})
		return gone == 1
	})
	phone.until("a sound device is not set up again", func() bool {
		err := phone.SetUpAgain(t.Context())
		if err != app.ErrSound && err != app.ErrOffline { // it may be opening a channel again
			t.Fatalf("a sound device is set up again: %v", err)
		}
		return err == app.ErrSound
	})
	phone.reopen()
	phone.until("nothing is left to be sent", sent(phone))

	// Whoever has the copy gets nowhere with it.
	clone := newPerson(t, r)
	clone.Lock()
	clone.env.Disk, clone.env.Binder = copied, phone.env.Binder
	clone.reopen()
	time.Sleep(time.Second)
	if _, err := clone.Record(t.Context(), note("by the copy")); err == nil {
		clone.Wake()
		time.Sleep(time.Second)
	}
	for _, p := range []*person{phone, tablet} {
		if p.sees(0, diary.ID{}, hasNote("by the copy")) {
			t.Error("the copy is believed")
		}
	}
	if doc.sees(n, diary.ID{}, hasNote("by the copy")) {
		t.Error("the doctor believes the copy")
	}
}

// copyDisk is a second disk with what one holds now.
func copyDisk(t testing.TB, d *vault.MemoryDisk) *vault.MemoryDisk {
	t.Helper()
	out := vault.NewMemory()
	check(t, out.Write(t.Context(), must(d.Scan(t.Context(), ""))(t)))
	return out
}

func (p *person) firstCentre() (n uint32) {
	p.Look(func(l app.Look) { n = l.Centres()[0].N })
	return n
}

// count counts the entries of a diary that are as asked for.
func (p *person) count(n uint32, match func(*diary.Item) bool) (times int) {
	p.Look(func(l app.Look) {
		d := l.Diary()
		if n != 0 {
			info, _ := l.Patient(n)
			d = info.Diary
		}
		times = len(d.Timeline(diary.Filter{Match: match}))
	})
	return times
}

// copyStore copies the files of a store whose relay does not run.
func (r *relay) copyStore() map[string][]byte {
	r.t.Helper()
	out := make(map[string][]byte)
	for _, end := range []string{"", "-wal", "-shm"} {
		if b, err := os.ReadFile(r.store + end); err == nil {
			out[end] = b
		}
	}
	return out
}

func (r *relay) useStore(files map[string][]byte) {
	r.t.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Remove(r.store + end)
		if b, ok := files[end]; ok {
			check(r.t, os.WriteFile(r.store+end, b, 0o600))
		}
	}
}

// locker reads what the relay holds for a sheet.
func (r *relay) locker(sheet join.Sheet) []byte {
	t := r.t
	t.Helper()
	rv := sheet.Locker()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	must(s.Open(t.Context(), rv.Channel(), rv.Access))(t)
	boxes := must(s.Read(t.Context(), rv.Channel(), 0))(t)
	return must(rv.Open(boxes.Boxes[len(boxes.Boxes)-1].Data))(t)
}

// putLocker makes a locker anew, as a thief can who kept what was in it.
func (r *relay) putLocker(sheet join.Sheet, msg []byte, by *person) {
	t := r.t
	t.Helper()
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	check(t, by.LeaveLocker(t.Context(), s, sheet.Locker(), msg))
}

// A device that was removed knows where the sheet leads, for ever, and can delete
// that. Every other device of its person asks for a new sheet until there is one,
// or until the person decides to keep the old one; the next removal asks again.
func TestARemovalAsksForANewSheet(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, _ := doc.patient(r, "")
	must(pat.Record(t.Context(), note("kept")))(t)
	first := pat.onPaper()
	admit := func() *person {
		p := pat.admitted(r, join.Device, "")
		p.until("it knows of the sheet", func() bool { return p.sheetInfo().Asks })
		return p
	}
	tablet, phone := admit(), admit()
	asks := func(p *person) bool { i := p.sheetInfo(); return !i.Exposed.IsZero() }
	if asks(pat) || pat.sheetInfo().Renew {
		t.Error("a new sheet is asked for though nobody was removed")
	}

	// What the removed one does.
	check(t, pat.RemoveDevice(t.Context(), phone.this()))
	for _, p := range []*person{pat, tablet} {
		p.until("a new sheet is asked for", func() bool { return asks(p) && p.sheetInfo().Renew })
		p.settled()
	}
	s := must(link.Dial(t.Context(), dial, r.origin))(t)
	defer s.Close()
	check(t, s.Delete(t.Context(), join.LockerOf(first.LockerKey()).Founding))
	r.dead(first)

	// The whole sheet puts it right, and nothing else has changed.
	check(t, pat.DrillSheet(t.Context(), first))
	r.oneOf(first)
	if !asks(pat) {
		t.Error("a drill ends what the removed device can do")
	}

	// Tomorrow, then never for this removal, then again for the next.
	check(t, pat.SheetLater(t.Context()))
	if i := pat.sheetInfo(); i.Renew || i.Exposed.IsZero() {
		t.Errorf("put off until tomorrow: %+v", i)
	}
	pat.move(25 * time.Hour)
	if !pat.sheetInfo().Renew {
		t.Error("tomorrow it is not asked for")
	}
	check(t, pat.SheetStays(t.Context()))
	for range 2 {
		if asks(pat) {
			t.Error("it is asked for after it was declined")
		}
		pat.reopen()
	}
	check(t, pat.RemoveDevice(t.Context(), tablet.this()))
	pat.until("the next removal asks for it", func() bool { return asks(pat) })
	pat.settled()

	// A new sheet ends it: no device that was removed holds what its root is sealed to.
	check(t, pat.BeginSheet(t.Context()))
	second := pat.onPaper()
	if asks(pat) {
		t.Error("it is asked for though there is a new one")
	}
	r.dead(first)
	back := r.back(second)
	back.until("all is back", func() bool { return back.sees(0, diary.ID{}, hasNote("kept")) })
}
