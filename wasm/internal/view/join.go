package view

import "time"

// Join asks a patient whether to join the centre of an invitation.
type Join struct {
	Base
	CentreName string
	Further    bool // another centre is joined already
	Expires    time.Time
	Problems   []Problem
}

// Joined shows the pseudonym and the check code after joining.
type Joined struct {
	Base
	CentreName string
	Pseudonym  string
	Check      string // six digits
	Confirmed  bool
}
