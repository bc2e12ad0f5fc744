package diary

import (
	"crypto/rand"
	"encoding/hex"
)

// An ID names an entry. Its writer draws it at random; it never changes. A
// correction is an entry of its own with its own ID.
type ID [16]byte

// NewID draws an ID.
func NewID() (id ID) {
	rand.Read(id[:])
	return id
}

// String is the ID as e_ and 32 hex digits.
func (id ID) String() string { return "e_" + hex.EncodeToString(id[:]) }
func (id ID) IsZero() bool   { return id == ID{} }

// ParseID is the inverse of String.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 34 || s[:2] != "e_" {
		return ID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(s[2:])); err != nil || id.String() != s {
		return ID{}, false
	}
	return id, true
}

// An Entry is a *Treatment, *Bleed, *Note, *Message, *Plan, *Seen, *Retract,
// *Pack, *Removal, *Recall, *Measure, *About, *Contact, *Opened, *Photo or *Card.
type Entry interface {
	Kind() Kind
	// Top is what every entry has.
	Top() *Head
	// Validate says what is wrong with an entry about to be written at now,
	// nil if nothing is. Reading is more lenient than writing: see Decode.
	Validate(now Moment, c *Catalogue) error

	fields() *writer
	set(number uint16, value []byte) (bool, error)
	check() error
}

// A Head is what every entry has.
type Head struct {
	ID      ID
	Entered Moment // when the writer wrote it, with the writer's offset

	Supersedes ID     // zero: an entry of its own; else the entry this one corrects
	Also       []ID   // other versions this one settles, after a conflict; ascending
	Because    string // why it was corrected; required with Supersedes

	Extra []Field // fields a later version knows; kept, ascending
}

// Top makes a Head part of every entry.
func (h *Head) Top() *Head { return h }

// A Lot is a batch that a treatment used.
type Lot struct {
	Batch    string
	Expiry   Date   // zero: not given
	Packs    uint16 // 0: not given
	Strength Amount // of one pack; 0: not given
	PZN      string // German pharmacy number, eight digits; empty: not given
}

// A Treatment is a dose that was given, or one that was planned and not given.
type Treatment struct {
	Head
	Taken       Moment // for a dose not given: when it was due
	Product     ProductID
	ProductName string // only for a product with Typed set
	Lots        []Lot
	Amount      Amount // in the product's unit; 0 only with NotGiven
	Reason      Reason
	Site        Site
	GivenBy     Given
	Reaction    string
	Bleed       ID // the bleed it was given for
	NotGiven    NotGiven
	Note        string
}

// A Bleed is one bleeding, from its start to its end.
type Bleed struct {
	Head
	Start       Moment
	End         Moment // zero: not over, or not known
	Places      []Place
	Cause       Cause
	Type        BleedKind
	Severity    Severity
	Pain        Pain
	Signs       Signs
	Response8h  Response
	Response72h Response
	Note        string
	Again       ID // the earlier bleed that this one is again, a re-bleed; zero: a new bleed
}

// A Note is free text, of its own or about an entry.
type Note struct {
	Head
	Text  string
	About ID
}

// A Message is a line of the conversation between home and centre.
type Message struct {
	Head
	Text    string
	About   ID // the entry it is about
	ReplyTo ID // the message it answers
}

// A Schedule says when doses are due: every so many days, or on days of the
// week, at times of the day by the patient's own clock. The zero Schedule is a
// plan on demand.
type Schedule struct {
	EveryDays uint16 // counted from Plan.From; 0: by Weekdays
	Weekdays  Weekdays
	Times     []uint16 // minutes of the day, ascending
}

// OnDemand tells whether no dose is ever due.
func (s Schedule) OnDemand() bool { return s.EveryDays == 0 && s.Weekdays == 0 }

// Weekdays is a set of days of the week; bit 0 is Monday.
type Weekdays uint8

// WeekdaysOf is the set of these days; Monday is 0.
func WeekdaysOf(days ...int) (w Weekdays) {
	for _, d := range days {
		w |= 1 << (d % 7)
	}
	return w
}

// Has tells whether day is in the set; Monday is 0.
func (w Weekdays) Has(day int) bool { return w&(1<<(day%7)) != 0 }

// WeekdayKey is the catalogue key of a day, "weekday.0" for Monday.
func WeekdayKey(day int) string { return "weekday." + string(rune('0'+day%7)) }

// A Plan is a regimen. Several may be in force at once; a newer version
// supersedes an older one. Who signed it is the record's author; the name is
// what the patient reads.
type Plan struct {
	Head
	Product   ProductID
	Amount    Amount // per dose
	Schedule  Schedule
	Reason    Reason
	From      Date
	Until     Date // last day; zero: until further notice
	Clinician string
	Note      string
}

// A Seen says that the writer's side has looked at these entries. Of a centre's
// plan home writes it when somebody there says to have read it, not before.
type Seen struct {
	Head
	Entries []ID // ascending, at most 256
}

// A Retract takes an entry back. It stays in the history.
type Retract struct {
	Head
	Entry  ID
	Reason string
}

func (*Treatment) Kind() Kind { return KindTreatment }
func (*Bleed) Kind() Kind     { return KindBleed }
func (*Note) Kind() Kind      { return KindNote }
func (*Message) Kind() Kind   { return KindMessage }
func (*Plan) Kind() Kind      { return KindPlan }
func (*Seen) Kind() Kind      { return KindSeen }
func (*Retract) Kind() Kind   { return KindRetract }

// When is the time an entry is about: the dose, the start of the bleed, the
// arrival of the pack, else the time of writing.
func When(e Entry) Moment {
	if m := happened(e); !m.IsZero() {
		return m
	}
	return e.Top().Entered
}

// happened is the time that an entry itself names, zero if it names none.
func happened(e Entry) Moment {
	switch e := e.(type) {
	case *Treatment:
		return e.Taken
	case *Bleed:
		return e.Start
	case *Pack:
		return e.Received
	case *Removal:
		return e.At
	case *Measure:
		return e.Taken
	case *Photo:
		return e.Taken
	}
	return Moment{}
}
