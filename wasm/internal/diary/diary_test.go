package diary

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var (
	patient = Author{Who: Patient, Device: [32]byte{1}}
	carer   = Author{Who: Carer, Device: [32]byte{2}}
	centre  = Author{Who: Centre, Device: [32]byte{3}, Name: "Dr. W."}
)

// record is e as by wrote it, minutes after now. The hash follows from all of it.
func record(e Entry, by Author, minutes int64) Record {
	body, err := Encode(e)
	if err != nil {
		panic(err)
	}
	r := Record{Kind: e.Kind(), Body: body, Author: by, Written: now.Ms + minutes*minute}
	h := sha256.New()
	h.Write(body)
	h.Write(by.Device[:])
	binary.Write(h, binary.BigEndian, r.Written)
	h.Sum(r.Hash[:0])
	return r
}

func diaryOf(t testing.TB, records ...Record) *Diary {
	t.Helper()
	d := new(Diary)
	for _, r := range records {
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func note(h Head, text string) *Note { return &Note{Head: h, Text: text} }

// print writes down everything a diary says.
func (d *Diary) print() string {
	var b strings.Builder
	history := func(list []Version) {
		for _, v := range list {
			fmt.Fprintf(&b, "    %v %v %d %q %s current=%v own=%v copies=%d\n", v.ID, v.Author, v.Written, v.Because, v.Fate.Key(), v.Current, v.Own, v.Copies)
		}
	}
	doses := func(list []Dose) {
		for _, g := range list {
			fmt.Fprintf(&b, "  dose %v %d %s", g.Plan.ID, g.Due.Ms, g.State.Key())
			if g.Treatment != nil {
				fmt.Fprintf(&b, " by %v", g.Treatment.ID)
			}
			b.WriteByte('\n')
		}
	}
	for _, it := range d.Timeline(Filter{Retracted: true}) {
		fmt.Fprintf(&b, "%v %s %+v when=%v by=%v %d own=%v first=%v %d versions=%d conflict=%v orphan=%v", it.ID, it.Kind().Key(), it.Entry, it.When, it.Author, it.Written, it.Own, it.First, it.Began, it.Versions, it.Conflict, it.Orphan)
		if it.Retracted != nil {
			fmt.Fprintf(&b, " retracted=%v %d %q", it.Retracted.By, it.Retracted.Written, it.Retracted.Reason)
		}
		fmt.Fprintf(&b, "\n  seen home=%s centre=%s %v\n", d.Seen(it, Patient).Key(), d.Seen(it, Centre).Key(), d.Sightings(it))
		history(d.History(it.ID))
		for _, o := range d.About(it) {
			fmt.Fprintf(&b, "  about it: %v\n", o.ID)
		}
		if it.Bleed() != nil {
			g := d.Bleeding(it, now.Ms)
			fmt.Fprintf(&b, "  open=%v stale=%v 8h=%v 72h=%v doses=%d", g.Open, g.Stale, g.Ask8h, g.Ask72h, g.Doses72h)
			for _, o := range g.Treatments {
				fmt.Fprintf(&b, " %v", o.ID)
			}
			if g.Again != nil {
				fmt.Fprintf(&b, " again %v", g.Again.ID)
			}
			for _, o := range d.Chain(it) {
				fmt.Fprintf(&b, " chain %v", o.ID)
			}
			if e, ok := d.Earlier(it.Bleed().Places, it.When, it.ID, now.Ms); ok {
				fmt.Fprintf(&b, " after %v %d %v", e.ID, e.Since, e.Same)
			}
			b.WriteByte('\n')
		}
		if got, ok := d.Get(it.Entry.Top().ID); !ok || got != it {
			b.WriteString("  Get finds another item\n")
		}
	}
	fmt.Fprintf(&b, "messages %d unread %d %d unseen %d counters %+v len %d unknown %d unreadable %d\n", len(d.Messages(0)), d.Unread(Patient), d.Unread(Centre), len(d.Unseen(Centre, Filter{})), d.Counters(now.Ms), d.Len(), len(d.Unknown()), len(d.Unreadable()))
	if it := d.LastTreatment(0); it != nil {
		fmt.Fprintf(&b, "last %v\n", it.ID)
	}
	fmt.Fprintf(&b, "places %+v\n", d.BledPlaces(now.Ms-10*day, now.Ms))
	for _, g := range d.Prompts(now.Ms) {
		fmt.Fprintf(&b, "ask %v\n", g.ID)
	}
	for _, p := range d.Plans(now) {
		fmt.Fprintf(&b, "plan %v %v signed=%v shadowed=%v\n", p.ID, p.Plan.ID, p.Signed, p.Shadowed)
	}
	doses(d.NextDoses(now))
	doses(d.Doses(now.Ms-20*day, now.Ms+10*day, now))
	b.WriteString("ignored\n")
	history(d.Ignored())
	return b.String()
}

// some invents a handful of records under few IDs, so that they correct,
// contradict, retract and go round in circles.
func some(rng *rand.Rand) []Record {
	ids := 3 + rng.IntN(8)
	any := func() ID { return id(byte(1 + rng.IntN(ids))) }
	at := func() Moment { return now.Add(-int64(rng.IntN(20*24*60)) * minute) }
	var out []Record
	for range 1 + rng.IntN(18) {
		h := Head{ID: any(), Entered: at()}
		corrects := rng.IntN(5) < 2
		if old := any(); corrects && old != h.ID {
			h.Supersedes, h.Because = old, "corrected"
			for rng.IntN(4) == 0 {
				h.Also = append(h.Also, any())
			}
		}
		var e Entry
		switch rng.IntN(10) {
		case 0, 1, 2:
			tr := &Treatment{Head: h, Taken: at(), Product: "fviii.kovaltry", Amount: Units(2000), Reason: Reason(1 + rng.IntN(3))}
			if rng.IntN(2) == 0 {
				tr.Bleed = any()
			}
			if rng.IntN(5) == 0 {
				tr.NotGiven = NotGivenTravel
			}
			e = tr
		case 3, 4:
			b := &Bleed{Head: h, Start: at(), Places: []Place{LeftKnee, RightKnee}[:1+rng.IntN(2)]}
			if again := any(); rng.IntN(2) == 0 && again != h.ID {
				b.Again = again
			}
			if rng.IntN(2) == 0 {
				b.End = now
			}
			e = b
		case 5:
			e = &Note{Head: h, Text: "note", About: any()}
		case 6:
			e = &Message{Head: h, Text: "message", About: any(), ReplyTo: any()}
		case 7:
			e = &Plan{Head: h, Product: "fviii.kovaltry", Amount: Units(2000), Reason: ReasonProphylaxis, From: Date{2026, 11, uint8(1 + rng.IntN(28))},
				Schedule: Schedule{EveryDays: uint16(1 + rng.IntN(7)), Times: []uint16{420}}}
		case 8:
			h.Supersedes, h.Because, h.Also = ID{}, "", nil
			e = &Seen{Head: h, Entries: []ID{any(), any(), any()}}
		case 9:
			h.Supersedes, h.Because, h.Also = ID{}, "", nil
			e = &Retract{Head: h, Entry: any(), Reason: "wrong"}
		}
		by := []Author{patient, patient, carer, centre}[rng.IntN(4)]
		r := record(e, by, int64(rng.IntN(5)))
		r.Own = by.Who == Patient
		out = append(out, r)
		if rng.IntN(8) == 0 { // the same entry, read from another space
			r.Hash[0]++
			out = append(out, r)
		}
		if rng.IntN(20) == 0 {
			r.Kind, r.Hash[1] = 99, r.Hash[1]+1
			out = append(out, r)
		}
		if rng.IntN(20) == 0 {
			r.Kind, r.Body, r.Hash[2] = KindNote, []byte{1}, r.Hash[2]+1
			out = append(out, r)
		}
	}
	return out
}

func TestAnyOrderRepetitionAndSplitGiveTheSameDiary(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 400
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range rounds {
		records := some(rng)
		first := new(Diary)
		for _, r := range records {
			first.Add(r)
		}
		want := first.print()
		again := slices.Clone(records)
		for range rng.IntN(4) {
			again = append(again, records[rng.IntN(len(records))])
		}
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		d := new(Diary)
		for _, r := range again {
			d.Add(r)
			if rng.IntN(3) == 0 {
				d.print() // a query in between changes nothing
			}
		}
		if got := d.print(); got != want {
			t.Fatalf("seed %d round %d\nfirst:\n%s\nthen:\n%s", seed, round, want, got)
		}
		if d.print() != want {
			t.Fatalf("seed %d round %d: a second look differs", seed, round)
		}
	}
}

func TestNothingIsLost(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range 500 {
		records := some(rng)
		d := new(Diary)
		for _, r := range records {
			d.Add(r)
		}
		listed := map[[32]byte]bool{}
		copies := 0
		note := func(list []Version) {
			for _, v := range list {
				if !listed[v.rec.Hash] {
					copies += v.Copies
				}
				listed[v.rec.Hash] = true
			}
		}
		for _, it := range d.Timeline(Filter{Retracted: true}) {
			note(d.History(it.ID))
		}
		note(d.Ignored())
		for _, r := range append(d.Unknown(), d.Unreadable()...) {
			listed[r.Hash] = true
		}
		// What was seen is not listed as such; count it.
		for _, s := range d.slots {
			if v := s.holder(); v != nil && v.rec.Kind == KindSeen && !listed[v.rec.Hash] {
				listed[v.rec.Hash] = true
				copies += v.copies
			}
		}
		if len(listed)+copies != d.Len() {
			t.Fatalf("seed %d round %d: %d listed and %d copies of %d records\n%s", seed, round, len(listed), copies, d.Len(), d.print())
		}
	}
}

func TestCorrections(t *testing.T) {
	for _, c := range []struct {
		name     string
		records  []Record
		text     string // of the current version
		versions int
		conflict int
		orphan   bool
		ignored  []Fate
	}{
		{"never corrected", []Record{record(note(head(1), "a"), patient, 0)}, "a", 1, 0, false, nil},
		{"corrected", []Record{record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), patient, 1)}, "b", 2, 0, false, nil},
		{"corrected by a carer", []Record{record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), carer, 1)}, "b", 2, 0, false, nil},
		{"correction arrives first", []Record{record(note(correction(2, 1, "x"), "b"), patient, 1), record(note(head(1), "a"), patient, 0)}, "b", 2, 0, false, nil},
		{"the corrected entry never arrives", []Record{record(note(correction(2, 1, "x"), "b"), patient, 1)}, "b", 1, 0, true, nil},
		{"corrected by the centre", []Record{record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), centre, 1)}, "a", 1, 0, false, []Fate{WrongAuthor}},
		{"a correction of an ignored one", []Record{
			record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), centre, 1), record(note(correction(3, 2, "x"), "c"), patient, 2),
		}, "a", 1, 0, false, []Fate{WrongAuthor, WrongAuthor}},
		{"corrected by another kind", []Record{record(note(head(1), "a"), patient, 0), record(&Message{Head: correction(2, 1, "x"), Text: "b"}, patient, 1)}, "a", 1, 0, false, []Fate{WrongKind}},
		{"two devices correct at once", []Record{
			record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "early"), patient, 1), record(note(correction(3, 1, "x"), "late"), carer, 2),
		}, "late", 3, 1, false, nil},
		{"one of two goes on", []Record{
			record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), patient, 1), record(note(correction(3, 1, "x"), "c"), carer, 2),
			record(note(correction(4, 2, "x"), "d"), patient, 3),
		}, "d", 4, 1, false, nil},
		{"a third settles the conflict", []Record{
			record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), patient, 1), record(note(correction(3, 1, "x"), "c"), carer, 2),
			record(note(Head{ID: id(4), Entered: now, Supersedes: id(3), Also: []ID{id(2)}, Because: "both"}, "d"), patient, 3),
		}, "d", 4, 0, false, nil},
		{"a correction after the settlement", []Record{
			record(note(head(1), "a"), patient, 0), record(note(correction(2, 1, "x"), "b"), patient, 1), record(note(correction(3, 1, "x"), "c"), carer, 2),
			record(note(Head{ID: id(4), Entered: now, Supersedes: id(3), Also: []ID{id(2)}, Because: "both"}, "d"), patient, 3), record(note(correction(5, 4, "x"), "e"), patient, 4),
		}, "e", 5, 0, false, nil},
		{"the centre takes the patient's ID with an older date", []Record{record(note(head(1), "a"), patient, 5), record(note(head(1), "b"), centre, 0)}, "a", 1, 0, false, []Fate{IDTaken}},
		{"the same entry from two spaces", []Record{record(note(head(1), "a"), patient, 0), record(note(head(1), "a"), patient, 3)}, "a", 1, 0, false, nil},
	} {
		d := diaryOf(t, c.records...)
		list := d.Timeline(Filter{})
		if len(list) != 1 {
			t.Errorf("%s: %d items", c.name, len(list))
			continue
		}
		it := list[0]
		if it.Note().Text != c.text || it.Versions != c.versions || len(it.Conflict) != c.conflict || it.Orphan != c.orphan {
			t.Errorf("%s: %q, %d versions, conflict with %d, orphan %v", c.name, it.Note().Text, it.Versions, len(it.Conflict), it.Orphan)
		}
		var fates []Fate
		for _, v := range d.Ignored() {
			fates = append(fates, v.Fate)
		}
		if !slices.Equal(fates, c.ignored) {
			t.Errorf("%s: ignored %v, want %v", c.name, fates, c.ignored)
		}
		if h := d.History(it.ID); len(h) != c.versions+len(c.ignored) {
			t.Errorf("%s: a history of %d", c.name, len(h))
		}
	}
}

func TestCorrectionsInACircleDoNotCount(t *testing.T) {
	d := diaryOf(t, record(note(correction(1, 2, "x"), "a"), patient, 0))
	if len(d.Timeline(Filter{})) != 1 {
		t.Error("half a circle is an orphan")
	}
	d.Add(record(note(correction(3, 1, "x"), "c"), patient, 2))
	d.Add(record(note(correction(2, 1, "x"), "b"), patient, 1))
	if n := len(d.Timeline(Filter{})); n != 0 {
		t.Errorf("%d items from a circle", n)
	}
	for _, v := range d.Ignored() {
		if v.Fate != Circular {
			t.Errorf("%v is %s", v.ID, v.Fate.Key())
		}
	}
	if len(d.Ignored()) != 3 {
		t.Errorf("%d of 3 listed", len(d.Ignored()))
	}
}

func TestRetractions(t *testing.T) {
	entry := record(note(head(1), "a"), patient, 0)
	fix := record(note(correction(2, 1, "x"), "b"), patient, 1)
	take := func(by Author, of byte) Record {
		return record(&Retract{Head: head(9), Entry: id(of), Reason: "twice"}, by, 2)
	}
	for _, c := range []struct {
		name    string
		records []Record
		gone    bool
		ignored []Fate
	}{
		{"by its author", []Record{entry, take(patient, 1)}, true, nil},
		{"by a carer", []Record{entry, take(carer, 1)}, true, nil},
		{"by the centre", []Record{entry, take(centre, 1)}, false, []Fate{WrongAuthor}},
		{"before it arrives", []Record{take(patient, 1), entry}, true, nil},
		{"a version of it", []Record{entry, fix, take(patient, 2)}, true, nil},
		{"the first of two versions", []Record{fix, take(patient, 1), entry}, true, nil},
		{"something that never arrives", []Record{entry, take(patient, 7)}, false, []Fate{Waiting}},
		{"a retraction", []Record{entry, take(patient, 1), record(&Retract{Head: head(8), Entry: id(9), Reason: "no"}, patient, 3)}, true, []Fate{WrongKind}},
	} {
		d := diaryOf(t, c.records...)
		if gone := len(d.Timeline(Filter{})) == 0; gone != c.gone {
			t.Errorf("%s: gone %v", c.name, gone)
		}
		if len(d.Timeline(Filter{Retracted: true})) != 1 {
			t.Errorf("%s: lost", c.name)
		}
		var fates []Fate
		for _, v := range d.Ignored() {
			fates = append(fates, v.Fate)
		}
		if !slices.Equal(fates, c.ignored) {
			t.Errorf("%s: ignored %v", c.name, fates)
		}
	}
}

func TestAmendKeepsWhatItDoesNotKnowAndSettlesAConflict(t *testing.T) {
	first := note(head(1), "a")
	first.Extra = []Field{{300, []byte("later")}}
	d := diaryOf(t, record(first, patient, 0))
	for n, text := range map[byte]string{2: "b", 3: "c"} {
		e := note(correction(n, 1, "x"), text)
		e.Extra = first.Extra
		d.Add(record(e, patient, int64(n)))
	}
	it, _ := d.Get(id(1))
	e, err := Amend(it, now, "settled")
	if err != nil {
		t.Fatal(err)
	}
	e.(*Note).Text = "d"
	if err := e.Validate(now, Products); err != nil {
		t.Error(err)
	}
	d.Add(record(e, patient, 5))
	it, _ = d.Get(id(1))
	if it.Note().Text != "d" || len(it.Conflict) != 0 || len(it.Note().Extra) != 1 || it.ID != id(1) {
		t.Errorf("%+v", it)
	}
}

func TestTimelineIsNewestFirstAndPages(t *testing.T) {
	d := new(Diary)
	for n := range byte(20) {
		d.Add(record(&Bleed{Head: head(n + 1), Start: now.Add(-int64(n*7%20) * day), Places: []Place{LeftKnee}}, patient, 0))
		d.Timeline(Filter{})
	}
	d.Add(record(&Treatment{Head: head(40), Taken: now.Add(-3*day - hour), Product: "fviii.advate", Amount: 1}, patient, 0))
	all := d.Timeline(Filter{})
	if len(all) != 21 || !slices.IsSortedFunc(all, func(a, b *Item) int { return compareItems(b, a) }) {
		t.Fatal("not newest first")
	}
	var paged []*Item
	for skip := 0; skip < 21; skip += 5 {
		paged = append(paged, d.Timeline(Filter{Skip: skip, Limit: 5})...)
	}
	if !slices.Equal(all, paged) {
		t.Error("pages are not the whole")
	}
	if n := len(d.Timeline(Filter{From: now.Ms - 5*day, To: now.Ms - 2*day})); n != 4 {
		t.Errorf("%d items from five to two days ago, want 4", n)
	}
	if n := len(d.Timeline(Filter{Kinds: []Kind{KindTreatment}})); n != 1 {
		t.Errorf("%d treatments", n)
	}
	// A correction moves an entry in time.
	d.Add(record(&Treatment{Head: correction(41, 40, "wrong day"), Taken: now.Add(-30 * day), Product: "fviii.advate", Amount: 1}, patient, 1))
	if all = d.Timeline(Filter{}); len(all) != 21 || all[20].ID != id(40) {
		t.Error("the corrected entry did not move to the end")
	}
}

func TestBleedsHaveTheirTreatments(t *testing.T) {
	dose := func(n, bleed byte, after int64) Record {
		return record(&Treatment{Head: head(n), Taken: now.Add(-4*day + after), Product: "fviii.advate", Amount: Units(2000), Reason: ReasonBleed, Bleed: id(bleed)}, patient, 0)
	}
	bleed := &Bleed{Head: head(1), Start: now.Add(-4 * day), Places: []Place{LeftKnee}}
	d := diaryOf(t, dose(10, 1, hour), record(bleed, patient, 0), dose(11, 2, 25*hour), dose(12, 1, 80*hour))
	ask := func() Bleeding {
		t.Helper()
		list := d.OpenBleeds(now.Ms)
		if len(list) != 1 {
			t.Fatalf("%d open bleeds", len(list))
		}
		return list[0]
	}
	b := ask()
	if len(b.Treatments) != 2 || b.Doses72h != 1 || !b.Ask8h || !b.Ask72h || b.Stale {
		t.Errorf("%+v", b)
	}
	fixed := *bleed
	fixed.Head, fixed.Response8h = correction(2, 1, "course"), ResponseGood
	d.Add(record(&fixed, patient, 1))
	if b = ask(); len(b.Treatments) != 3 || b.Doses72h != 2 || b.Ask8h {
		t.Errorf("a dose may name any version: %d, %d in 72 hours", len(b.Treatments), b.Doses72h)
	}
	if b = d.Bleeding(b.Item, now.Ms+30*day); !b.Stale || b.Ask72h {
		t.Error("a month later nobody remembers")
	}
	over := fixed
	over.Head, over.End = correction(3, 2, "over"), now
	d.Add(record(&over, patient, 2))
	if len(d.OpenBleeds(now.Ms)) != 0 || len(d.Bleeds(Filter{}, now.Ms)) != 1 {
		t.Error("an ended bleed is not open")
	}
	skull := &Bleed{Places: []Place{PlaceOf(SkullInside, NoSide)}}
	if over.RedFlag() || !over.Joint() || !skull.RedFlag() || skull.Joint() {
		t.Error("a knee is a joint, a skull is a red flag")
	}
}

func TestSeenIsPerVersionAndPerSide(t *testing.T) {
	d := diaryOf(t, record(&Seen{Head: head(9), Entries: []ID{id(1)}}, centre, 1), record(note(head(1), "a"), patient, 0))
	it, _ := d.Get(id(1))
	if d.Seen(it, Centre) != SeenCurrent || d.Seen(it, Carer) != SeenCurrent {
		t.Error("the centre has looked, and home wrote it")
	}
	if s := d.Sightings(it); len(s) != 1 || s[0].By != centre || !s[0].Current {
		t.Errorf("%+v", s)
	}
	d.Add(record(note(correction(2, 1, "x"), "b"), patient, 2))
	it, _ = d.Get(id(1))
	if d.Seen(it, Centre) != SeenEarlier || len(d.Unseen(Centre, Filter{})) != 1 {
		t.Error("what the centre saw was corrected since")
	}
	d.Add(record(&Message{Head: head(5), Text: "call us"}, centre, 3))
	if d.Unread(Patient) != 1 || d.Unread(Centre) != 0 {
		t.Error("a message of the centre is unread at home")
	}
	d.Add(record(&Seen{Head: head(6), Entries: []ID{id(5)}}, carer, 4))
	if d.Unread(Patient) != 0 {
		t.Error("a carer has read it")
	}
}

func TestMessagesReadInOrderAndBelongToEntries(t *testing.T) {
	d := diaryOf(t,
		record(&Message{Head: Head{ID: id(3), Entered: now.Add(2)}, Text: "yes", About: id(1), ReplyTo: id(2)}, centre, 2),
		record(&Message{Head: Head{ID: id(2), Entered: now.Add(1)}, Text: "again?", About: id(1)}, patient, 1),
		record(&Bleed{Head: head(1), Start: now, Places: []Place{LeftKnee}}, patient, 0),
		record(&Message{Head: correction(4, 2, "typo"), Text: "Again?", About: id(1)}, patient, 9),
	)
	it, _ := d.Get(id(1))
	for name, list := range map[string][]*Item{"conversation": d.Messages(0), "about the bleed": d.About(it), "last two": d.Messages(2)} {
		if len(list) != 2 || list[0].Message().Text != "Again?" || list[1].Message().Text != "yes" {
			t.Errorf("%s: %d", name, len(list))
		}
	}
}

func TestUnknownKindsAndUnreadableBodiesAreKeptAndCounted(t *testing.T) {
	d := new(Diary)
	for range 2 {
		if err := d.Add(Record{Kind: 77, Body: []byte("later"), Hash: [32]byte{1}}); err != nil {
			t.Error(err)
		}
	}
	if err := d.Add(Record{Kind: KindNote, Body: []byte("junk"), Hash: [32]byte{2}}); err == nil {
		t.Error("junk is an entry")
	}
	if len(d.Unknown()) != 1 || string(d.Unknown()[0].Body) != "later" || len(d.Unreadable()) != 1 || d.Len() != 2 || len(d.Timeline(Filter{})) != 0 {
		t.Error(d.print())
	}
}

func TestCountersStandBesideDaysObserved(t *testing.T) {
	bleed := func(n byte, ago int64, p Place) Record {
		return record(&Bleed{Head: head(n), Start: now.Add(-ago * day), Places: []Place{p}}, patient, 0)
	}
	d := diaryOf(t, bleed(1, 5, LeftKnee), bleed(2, 20, PlaceOf(Nose, NoSide)), bleed(3, 40, LeftKnee))
	if c := d.Counters(now.Ms); c != (Counters{Days30: 30, Days365: 40, Bleeds30: 2, Bleeds365: 3, Joint30: 1, Joint365: 2}) {
		t.Errorf("%+v", c)
	}
	d.Add(bleed(4, 400, LeftKnee))
	d.Add(record(&Retract{Head: head(9), Entry: id(1), Reason: "x"}, patient, 1))
	if c := d.Counters(now.Ms); c != (Counters{Days30: 30, Days365: 365, Bleeds30: 1, Bleeds365: 2, Joint365: 1}) {
		t.Errorf("%+v", c)
	}
	if c := new(Diary).Counters(now.Ms); c != (Counters{}) {
		t.Errorf("an empty diary counts %+v", c)
	}
}

func TestLastTreatmentIsOneThatWasGiven(t *testing.T) {
	dose := func(n byte, ago int64, r Reason, not NotGiven) Record {
		return record(&Treatment{Head: head(n), Taken: now.Add(-ago * hour), Product: "fviii.advate", Amount: Units(1000), Reason: r, NotGiven: not}, patient, 0)
	}
	d := diaryOf(t, dose(1, 1, ReasonProphylaxis, NotGivenTravel), dose(2, 2, ReasonBleed, 0), dose(3, 3, ReasonProphylaxis, 0))
	if d.LastTreatment(0).ID != id(2) || d.LastTreatment(ReasonProphylaxis).ID != id(3) || d.LastTreatment(ReasonSurgery) != nil {
		t.Error("wrong dose")
	}
}

// A single entry corrected thousands of times must not stall the app.
func TestALongChainOfCorrectionsStaysCheap(t *testing.T) {
	const n = 5000
	var records []Record
	for i := range n {
		h := Head{ID: ID{1, byte(i >> 8), byte(i)}, Entered: now}
		if i > 0 {
			h.Supersedes, h.Because = ID{1, byte((i - 1) >> 8), byte(i - 1)}, "again"
		}
		records = append(records, record(note(h, "x"), patient, int64(i)))
	}
	slices.Reverse(records)
	d := diaryOf(t, records...)
	steps := d.pass
	list := d.Timeline(Filter{})
	if len(list) != 1 || list[0].Versions != n || d.pass != steps+1 {
		t.Errorf("%d items after %d settles", len(list), d.pass-steps)
	}
}
