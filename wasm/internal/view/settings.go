package view

import "time"

// Theme is the choice of colours.
type Theme uint8

const (
	ThemeAuto Theme = iota
	ThemeLight
	ThemeDark
)

// SheetState is what is known about the recovery sheet.
type SheetState uint8

const (
	SheetMissing SheetState = iota
	SheetMade
)

// A PolicyRow is one line of the crypto policy: purpose in plain words, the
// algorithms by name, until when.
type PolicyRow struct {
	What  string
	With  string
	Until string // may be empty
}

// Settings is about this device.
type Settings struct {
	Frame
	Theme       Theme
	Sheet       SheetState
	SheetMadeAt time.Time
	OwnID       string // pseudonym or centre's name
	Policy      []PolicyRow
	PolicyNo    int
	Version     string
	Entries     int
	Bytes       int64
	Persistent  bool // the browser promised to keep the storage
	LockAfter   time.Duration
	LockHidden  time.Duration
	Relay       string // host name
}
