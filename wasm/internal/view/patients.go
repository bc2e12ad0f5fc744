package view

import (
	"time"

	"vialog/wasm/internal/diary"
)

// InviteState is what has become of an invitation.
type InviteState uint8

const (
	InviteWaiting InviteState = iota // nobody has used it
	InviteAsking                     // somebody has, the codes are to be compared
	InviteUsed                       // a patient joined with it
	InviteExpired
	InviteRevoked
)

// PatientState is how a patient stands with the centre.
type PatientState uint8

const (
	PatientActive PatientState = iota
	PatientQuiet               // nothing for longer than usual
	PatientLeft                // no longer shares with the centre
)

// A PatientRow is one line of the list.
type PatientRow struct {
	ID        string
	Pseudonym string
	CaseNote  string
	Last      time.Time // zero: nothing yet
	LastKind  EntryKind
	Bleeding  bool        // an open bleed
	Place     diary.Place // where
	Unread    int
	State     PatientState
}

// An InviteRow is an invitation that is not used up.
type InviteRow struct {
	ID       string
	CaseNote string
	State    InviteState
	Expires  time.Time
}

// Patients is the centre's first screen.
type Patients struct {
	Frame
	CentreName string
	Rows       []PatientRow // those who need somebody first
	Invites    []InviteRow
	Total      int    // before narrowing
	Find       string // what the list is narrowed to
}

// Invitation shows one invitation.
type Invitation struct {
	Frame
	ID        string
	State     InviteState
	CaseNote  string
	QR        QR
	Link      string
	Code      string // in groups, as it is typed
	Expires   time.Time
	Pseudonym string // once somebody has used it
	Check     string // six digits
	Copied    bool
	Problems  []Problem
}

// InviteForm asks for the centre's own note before an invitation is made.
type InviteForm struct {
	Frame
	CaseNote string
	Problems []Problem
}
