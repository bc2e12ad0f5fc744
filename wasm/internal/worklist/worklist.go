// Package worklist decides what needs a person at a centre, most urgent first.
//
// It asks a patient's diary the questions that package diary answers, and adds
// two things: limits, which a centre sets for all its patients or for one, and
// what the team has said about items: who has one in hand, until when it was put
// off, why it was closed.
//
// What holds:
//   - an item has the same Ref on every colleague's device, since it is made of
//     what the diary's entries say; what is said about it stays with it;
//   - what comes anew, such as another bleed, another dose from the same lot or a
//     dose missed after the item was closed, is another item, or is open again;
//   - statements about items amount to the same in any order.
//
// It gives no medical advice: that nothing is listed does not mean that all is
// well. It holds no display text.
package worklist

import (
	"bytes"
	"cmp"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
)

const (
	hour = int64(3_600_000) // ms
	day  = 24 * hour
)

// A Kind is what an item is about. Its number is in statements: numbers are
// never given to something else.
type Kind uint8

const (
	RedFlag     Kind = 1 + iota // a bleed in a place that means: call now
	NoRelief                    // a treatment that did not help
	LotUsed                     // a dose from a lot that had expired, or that was recalled
	Reaction                    // a reaction to a dose
	NewBleed                    // any other bleed
	Message                     // nobody has answered
	TargetJoint                 // a joint has become a target joint
	Missed                      // doses missed by the plan
	Stock                       // packs have to be ordered
	NoAnswer                    // nobody said how a treatment worked
	Silence                     // no entries
	YearlyCheck                 // the diary is due for its yearly check
	Restriction                 // the patient asks not to use entries
)

var kindKeys = [...]string{"redflag", "norelief", "lotused", "reaction", "newbleed", "message", "targetjoint", "missed", "stock", "noanswer", "silence", "yearlycheck", "restriction"}

// Key is the catalogue key, "work.redflag".
func (k Kind) Key() string {
	if k == 0 || int(k) > len(kindKeys) {
		return "work.unknown"
	}
	return "work." + kindKeys[k-1]
}

// MaxWhat is how long Ref.What can be, in bytes.
const MaxWhat = 255

// A Ref names an item of one patient.
type Ref struct {
	Kind Kind
	What string // what it is about, in the kind's own spelling; 1 to MaxWhat bytes
}

// An Urgency is how soon somebody has to look.
type Urgency uint8

const (
	Now Urgency = iota
	Today
	Soon
)

// An Item is one thing that needs a person.
type Item struct {
	Ref
	Urgency Urgency
	Since   int64    // ms
	Entry   diary.ID // that shows it; zero: the patient's page does

	Places  []diary.Place   // of a bleed, or a joint
	Again   bool            // the bleed is one that came back
	Product diary.ProductID // of a dose, a plan or the stock
	Name    string          // of a product with Typed set
	Batch   string
	Recall  bool   // the lot was recalled; else it had expired
	N       int    // doses missed, doses from the lot, messages, days without entries, days that the stock lasts
	Reserve bool   // of the stock: what lacks is the dose kept for a bleed
	Text    string // the reaction, or the last message

	Mark Mark // what the team said
}

// Hidden tells whether the team has put the item off, or closed it.
func (it *Item) Hidden(now int64) bool {
	f := it.Mark.Fate
	return f != nil && (f.Act == Closed || f.Act == Snoozed && f.Until > now)
}

// An Act is what somebody did with an item. Its number is in statements.
type Act uint8

const (
	Opened   Act = 1 + iota // has it in hand
	Answered                // has written to the patient about it
	Snoozed                 // put it off
	Closed
	Reopened // took Snoozed or Closed back
)

// A Reason is why an item was closed. Its number is in statements.
type Reason uint8

const (
	Settled   Reason = 1 + iota // it was dealt with
	Called                      // the patient was called
	Visit                       // at a visit
	NotNeeded                   // there is nothing to do
)

var reasonKeys = [...]string{"settled", "called", "visit", "notneeded"}

// Key is the catalogue key, "closed.called".
func (r Reason) Key() string {
	if r == 0 || int(r) > len(reasonKeys) {
		return "closed.unknown"
	}
	return "closed." + reasonKeys[r-1]
}

// Reasons lists the reasons that can be chosen.
func Reasons() []Reason { return []Reason{Settled, Called, Visit, NotNeeded} }

// ParseReason is the inverse of Key.
func ParseReason(s string) (Reason, bool) {
	for _, r := range Reasons() {
		if r.Key() == s {
			return r, true
		}
	}
	return 0, false
}

// A Say is one statement about an item.
type Say struct {
	Act    Act
	Until  int64  // ms; of Snoozed
	Reason Reason // of Closed
	Note   string // of Snoozed and Closed
	By     [32]byte
	At     int64 // ms
	Hash   [32]byte
}

// A Mark is what the statements about an item amount to. Who has it in hand and
// what became of it are two things: who opens an item that a colleague has just
// closed does not open it for all.
type Mark struct {
	Hand *Say // the latest Opened or Answered; nil: nobody
	Fate *Say // the latest of the others; nil: it is open

	closed, reopened int64 // when this was said last, ms
}

// Take adds a statement. Of each of the two the latest time counts, then the
// greater hash.
func (m *Mark) Take(s Say) {
	switch s.Act {
	case Closed:
		m.closed = max(m.closed, s.At)
	case Reopened:
		m.reopened = max(m.reopened, s.At)
	}
	at := &m.Fate
	if s.Act == Opened || s.Act == Answered {
		at = &m.Hand
	}
	if old := *at; old == nil || cmp.Or(cmp.Compare(old.At, s.At), bytes.Compare(old.Hash[:], s.Hash[:])) < 0 {
		*at = &s
	}
}

// Since is when the item was closed last, in ms, so that only what came later
// counts; 0 if it never was, or if that was taken back.
func (m *Mark) Since() int64 {
	if m.closed > m.reopened {
		return m.closed
	}
	return 0
}

// anew is the mark of what came after the item was closed: only what was said
// since then is about it.
func (m *Mark) anew() (out Mark) {
	if m.Hand != nil && m.Hand.At > m.closed {
		out.Hand = m.Hand
	}
	if m.Fate != nil && m.Fate.Act == Snoozed {
		out.Fate = m.Fate
	}
	return out
}

// A Patient is what Items looks at.
type Patient struct {
	Diary  *diary.Diary
	Joined int64 // ms: when the diary began to be shared
	Limits Limits
	Marks  map[Ref]*Mark
	More   []Item // found elsewhere than in the diary
}

// Items lists all items of a patient at now, hidden ones too, most urgent first.
// Unless something is added to the diary, to the limits or to the marks, the list
// holds until a time, in ms.
func Items(p Patient, now diary.Moment) (items []Item, until int64) {
	today, _ := now.Wall()
	w := &search{Patient: p, now: now, until: today.AddDays(1).At(0, now.Offset).Ms}
	w.bleeds()
	w.targets()
	w.treatments()
	w.recalls()
	w.messages()
	w.missed()
	w.stock()
	w.silence()
	for _, it := range p.More {
		w.found(it)
	}
	Sort(w.items)
	return w.items, w.until
}

// Sort puts items in order: by urgency, then by kind, then by who waits longest.
func Sort(items []Item) { arrange.By(items, Compare) }

// Compare is the order of Sort. Of equal items the one that is named first comes
// first.
func Compare(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Urgency, b.Urgency), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Since, b.Since), cmp.Compare(a.What, b.What))
}

// A search goes through one diary.
type search struct {
	Patient
	now   diary.Moment
	until int64
	items []Item
}

// found adds an item with what was said about it.
func (w *search) found(it Item) {
	if m := w.Marks[it.Ref]; m != nil {
		it.Mark = *m
	}
	w.items = append(w.items, it)
}

// later notes that something is to be looked at again at a time.
func (w *search) later(at int64) {
	if at > w.now.Ms {
		w.until = min(w.until, at)
	}
}

// limit is a limit in force.
func (w *search) limit(l Limit) int64 { return int64(w.Limits.Of(l)) }

// about names an item by an entry, and by something of it.
func about(id diary.ID, more string) string { return string(id[:]) + more }
