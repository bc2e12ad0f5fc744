// Package view draws the screens.
//
// A screen is a plain struct, its model, and one pure function of it, Node, that
// makes the tree of nodes. What a screen can ask for is an action with fields; both
// are named in actions.go. Every word comes from lang.
//
// Names that become part of an id in the page, every field called ID, have
// letters, digits, '-', '_' and '.' only.
//
// A view decides nothing: it checks no rights, keeps no state and believes the
// model. What the user is typing belongs to the page until a form is sent.
package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Screen is the model of one screen. Node depends on nothing but the model.
type Screen interface{ Node() node.Node }

// Base is what every screen knows.
type Base struct {
	Lang lang.Lang
	Now  time.Time // in the user's zone: it decides what "today" means
}

// Role says whose places the frame shows.
type Role uint8

const (
	Patient Role = iota
	Centre
)

// Place is one of the places of the bottom bar or side bar.
type Place uint8

const (
	Nowhere Place = iota
	PlaceToday
	PlaceDiary
	PlaceFigures
	PlaceCentre
	PlacePatients
	PlaceSettings
	PlaceRecord
	PlaceWork
)

// Link is how the device stands with the relay.
type Link uint8

const (
	Offline Link = iota
	Connecting
	Online
)

// Alarm is what the strip says first, whatever else holds.
type Alarm uint8

const (
	NoAlarm            Alarm = iota
	AlarmHistory             // the relay shows a history that does not fit what was signed
	AlarmStale               // the centre's signed list of members is too old to write to
	AlarmStorage             // the device could not store the last entry
	AlarmRemoved             // this device no longer has access
	AlarmUnprotected         // the browser may clear its storage
	AlarmRefused             // the relay takes nothing, for the Refusal
	AlarmMissing             // others have seen what has not arrived here
	AlarmForked              // this device's storage went back, and what it says is not sent
	AlarmFull                // a member sent more than this device takes in
	AlarmUnconfirmed         // this device came back by the recovery sheet, and nobody else has spoken since
	AlarmMaintenance         // the relay takes nothing for a while, as its operator means it
	AlarmOutdated            // what this release seals with has ended: nothing new is written
	AlarmEnding              // and will soon
	AlarmUnknownCentre       // the relay does not know the key of the centre
	AlarmErased              // the diary was erased at the relay, or is being
	AlarmFiles               // the server sends other files of the app than its publisher signed
)

// A Notice is one sentence about what just happened, and what can be done
// about it.
type Notice struct {
	Key  lang.Key
	Args []string // name, value, name, value
	Bad  bool
	Do   []NoticeDo
}

// A NoticeDo is a button in a notice. Field and Value travel with it.
type NoticeDo struct {
	Act          string
	Label        lang.Key
	Field, Value string
}

// A Refusal is the sentence that says why the relay refuses.
type Refusal struct {
	Key  lang.Key
	Args []string // name, value, name, value
}

// Frame is what every screen inside an open vault shares.
type Frame struct {
	Base
	Role     Role
	Place    Place
	Link     Link
	Waiting  int     // entries not yet acknowledged by the relay
	Alarm    Alarm   // what needs attention
	Refusal  Refusal // why, with AlarmRefused
	Unread   int     // messages (patient) or patients with news (centre)
	Work     int     // open items that cannot wait (centre)
	Read     int     // diaries that are read (centre)
	ReadOf   int     // of how many; 0: all are
	Notice   *Notice
	Sheet    SheetNote
	Restored time.Time // with AlarmUnconfirmed
	Due      bool      // a dose is due, by the clock
	Helper   bool      // this person does not keep the diary
	ReadOnly bool      // and may not write in it either; at a centre: only reads
	Team     TeamRole  // of this person, at a centre
	Expelled bool      // this device was removed: what is written here reaches nobody
	Over     bool      // the patient whom this page is about has left the centre
	Sent     int       // messages and notes that were sent from this page: each empties the field it was typed into
	Scanner  *Scanner
	Vain     []Unremoved // removals that came to nothing; on first screens
	News     []Device    // what happened to devices, and is not known here; on first screens
}

// A Problem is what is wrong with one field, told beside it and in the summary.
type Problem struct {
	Field string // one of the Field names; empty: of the whole form
	Key   lang.Key
	Args  []string
	Diary diary.Problem // said instead of Key, unless it is empty
}

// A Choice is one option of a list whose entries come from the diary, not from
// the catalogue: a product, an earlier bleed.
type Choice struct{ Value, Label string }

// QR is the modules of a code, row by row, true where it is dark, without the
// quiet zone.
type QR [][]bool

// A DayMark is one day of the strip on the patient's first screen.
type DayMark struct {
	Date       time.Time
	Treatments int
	Bleeds     int
}

// FilterOf is the filter that FieldFilter names, FilterAll if none.
func FilterOf(value string) Filter { return Filter(oneOf(value, int(FilterStock))) }

// ThemeOf is the theme that FieldTheme names, ThemeAuto if none.
func ThemeOf(value string) Theme { return Theme(oneOf(value, int(ThemeDark))) }

func oneOf(value string, last int) int {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= last {
		return n
	}
	return 0
}
