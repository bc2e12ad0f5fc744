package view

import "time"

// Due is the next dose of one regimen.
type Due struct {
	Product string
	Amount  string // "1.500" in the user's spelling
	Unit    string
	At      time.Time
	Overdue bool
	Done    bool // taken today
}

// CentreKnows is the answer to: does my centre know?
type CentreKnows struct {
	CentreName  string
	Unconfirmed bool      // the check codes have not been compared
	Waiting     int       // entries not yet there
	SeenUntil   time.Time // the centre has looked at everything before; zero: never
	Unread      int
}

// Today is the patient's first screen.
type Today struct {
	Frame
	Due         []Due
	Planned     bool // there is a plan
	LastBleed   time.Time
	HasBleeds   bool
	OpenBleeds  []Entry
	Days        []DayMark // the last fourteen, oldest first
	Last        *Entry    // the last treatment, for "same again"
	Recent      []Entry   // the newest few
	Centres     []CentreKnows
	EntriesEver int
}
