package view

import "time"

// CentreState is how far the connection to a centre is.
type CentreState uint8

const (
	CentreAsked     CentreState = iota // the centre has not answered yet
	CentreUnchecked                    // it has; the codes are still to be compared
	CentreConnected
	CentreRefused // it said the codes differ
	CentreEnded
)

// CentreLink is one centre of a patient.
type CentreLink struct {
	ID        string
	Name      string
	Pseudonym string
	State     CentreState
	Check     string // six digits, while unconfirmed
	Since     time.Time
	SeenUntil time.Time
	Waiting   int
	Unread    int
}

// CentrePage is the patient's side of the conversation.
type CentrePage struct {
	Frame
	Centres  []CentreLink
	Open     int // index of the one shown
	Messages []Message
	Draft    string
	Code     string // of another centre's invitation
	Problems []Problem
}
