package app

import (
	"time"

	"vialog/wasm/internal/keyring"
)

// A CentreTeam is who a centre's people are, as far as this device has heard.
type CentreTeam struct {
	Roles [4]int    // how many there are: leads, doctors, nurses, readers
	Since time.Time // when the centre got a key
	Heard time.Time // when the centre was last heard of; zero: not yet
}

// CentreTeam counts the people of a centre, who can all read what is shared with
// it; false: this device does not know them.
func (l Look) CentreTeam(n uint32) (t CentreTeam, ok bool) {
	s := l.c.space(n)
	if s == nil || s.role != roleCentre {
		return t, false
	}
	t.Heard = s.heard
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	for _, m := range sp.Members() {
		team, known := s.book.Team(m.Ref.ID)
		if !known {
			continue
		}
		ok, t.Since = true, sp.Joined(m.Ref)
		for _, p := range team.Members() {
			switch p.Role {
			case keyring.Lead:
				t.Roles[0]++
			case keyring.Doctor:
				t.Roles[1]++
			case keyring.Nurse:
				t.Roles[2]++
			default:
				t.Roles[3]++
			}
		}
	}
	return t, ok
}
