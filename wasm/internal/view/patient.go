package view

import "time"

// A Message is one message of the conversation.
type Message struct {
	ID    string
	At    time.Time
	Mine  bool
	By    string // name at the centre; empty for the patient
	Text  string
	About string // the entry it belongs to, if any: its title
	Entry string // that entry's ID
	State Delivery
	New   bool // not read before
}

// Filter chooses kinds of entries.
type Filter uint8

const (
	FilterAll Filter = iota
	FilterTreatments
	FilterBleeds
	FilterNotes
)

// PatientPage is one patient at the centre.
type PatientPage struct {
	Frame
	ID          string
	Pseudonym   string
	CaseNote    string
	EditingNote bool
	State       PatientState
	Since       time.Time // joined
	Plan        string    // one line; empty: none
	OpenBleeds  []Entry
	Days        []Day
	More        bool
	Filter      Filter
	Messages    []Message
	Draft       string // a message that could not be sent
	Problems    []Problem
}
