package view

import (
	"time"

	"vialog/wasm/internal/diary"
)

// EntryKind is what an entry is about.
type EntryKind uint8

const (
	KindTreatment EntryKind = iota
	KindBleed
	KindNote
	KindPlan
	KindMessage
)

// Delivery is how far an entry or message has come.
type Delivery uint8

const (
	Kept   Delivery = iota // only on this device, with no centre to send it to
	Queued                 // waits to be sent
	Sent                   // acknowledged by the relay
	Seen                   // the other side has read it
)

// Writer says who wrote an entry.
type Writer struct {
	You  bool
	Role Role
	Name string // may be empty
}

// A Lot is one batch used in a treatment.
type Lot struct {
	Batch  string
	Expiry diary.Date // zero: not given
	Packs  int        // 0: not given
}

// Treatment is what an entry of that kind shows.
type Treatment struct {
	Product  string
	Amount   string // in the user's spelling
	Unit     diary.Unit
	Lots     []Lot
	Reason   diary.Reason
	Site     diary.Site
	GivenBy  diary.Given
	Reaction string
	Bleed    string // the linked bleed: its title
	BleedID  string
}

// Bleed is what an entry of that kind shows.
type Bleed struct {
	Places     []diary.Place
	Cause      diary.Cause
	Severity   diary.Severity
	Pain       diary.Pain
	Signs      diary.Signs
	End        time.Time // zero: open
	Treatments []Linked
	Response8h diary.Response
	Response72 diary.Response
}

// Linked is an entry that another one names.
type Linked struct{ ID, Title string }

// A Change is one field that a correction changed.
type Change struct {
	Label string // of the field, in the user's language
	From  string
	To    string
}

// A Version is one step in an entry's history, newest first.
type Version struct {
	At      time.Time
	By      Writer
	Why     string // empty for the first
	Changes []Change
	Removed bool // this step took the entry back
}

// Entry is one entry as lists and the detail screen show it.
type Entry struct {
	ID        string
	Kind      EntryKind
	At        time.Time
	Recorded  time.Time // when it was written down
	Treatment *Treatment
	Bleed     *Bleed
	Note      string // of any kind; the text itself for notes
	By        Writer
	State     Delivery
	History   []Version // empty: never corrected
	Retracted bool
}

// A Day is the entries of one day, newest first.
type Day struct {
	Date    time.Time
	Entries []Entry
}

// EntryPage shows one entry with its history.
type EntryPage struct {
	Frame
	Entry      Entry
	Pseudonym  string // at a centre: whose; with PatientID
	PatientID  string
	MayCorrect bool
}

// Retract asks why an entry is taken back.
type Retract struct {
	Frame
	Entry    Entry
	Why      string
	Problems []Problem
}

// Diary is the patient's timeline.
type Diary struct {
	Frame
	Days   []Day
	More   bool
	Filter Filter
}
