package keyring

import (
	"errors"
	"slices"
	"testing"
)

// What only the owner of a space may do, tried by everybody else in it, with
// the space's real secret.
func TestNobodyButTheOwnerChangesWhoIsInASpace(t *testing.T) {
	c := newCast(t)
	for name, by := range map[string]Author{"carer": c.carer, "reader": c.aunt, "lead of the centre": c.lead, "doctor": c.doctor, "former member": c.former, "outsider": c.other} {
		for what, try := range map[string]func() error{
			"adds a carer": func() error {
				_, _, err := c.space.AddMember(by, Member{ref(c.other), Care}, c.secret, false, at(60))
				return err
			},
			"adds a centre": func() error {
				_, _, err := c.space.AddMember(by, Member{TeamRef(c.centre2.ID()), Treat}, c.secret, true, at(60))
				return err
			},
			"removes the patient": func() error { _, _, err := c.space.RemoveMember(by, ref(c.anna), c.secret, at(60)); return err },
			"removes the centre": func() error {
				_, _, err := c.space.RemoveMember(by, TeamRef(c.team.ID()), c.secret, at(60))
				return err
			},
			"makes itself owner": func() error {
				_, _, err := c.space.SetRight(by, Member{ref(by), Own}, c.secret, at(60))
				return err
			},
			"lowers the patient": func() error {
				_, _, err := c.space.SetRight(by, Member{ref(c.anna), Read}, c.secret, at(60))
				return err
			},
			"raises the reader": func() error {
				_, _, err := c.space.SetRight(by, Member{ref(c.aunt), Care}, c.secret, at(60))
				return err
			},
		} {
			if err := try(); !errors.Is(err, ErrRight) && !errors.Is(err, ErrRetired) && !errors.Is(err, ErrMember) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
}

func TestASpaceTellsOfMembersOfThePast(t *testing.T) {
	c := newCast(t)
	s := c.space
	if got := s.Accounts(); !slices.Equal(got, []AccountID{c.anna.Account, c.carer.Account, c.aunt.Account, c.former.Account}) {
		t.Errorf("accounts %v", got)
	}
	if !s.Ever(ref(c.former)) || s.RightOf(ref(c.former)) != 0 || s.Ever(ref(c.other)) || !s.Joined(ref(c.former)).Equal(at(30)) || !s.Joined(ref(c.other)).IsZero() {
		t.Error("former member")
	}
	if s.RightOf(ref(c.carer)) != Care || s.RightOf(TeamRef(c.team.ID())) != Treat {
		t.Error("rights")
	}
	lower := func(m Member, by Author) {
		t.Helper()
		raw, e, err := s.SetRight(by, m, c.secret, at(61))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = s.Apply(raw); err != nil {
			t.Fatal(err)
		}
		c.secret = e
	}
	lower(Member{ref(c.carer), Read}, c.anna)
	for n, want := range map[uint32]Right{1: Care, 2: Care, 3: 0, 4: 0} {
		if got := s.Lowered(n, c.carer.Account); got != want {
			t.Errorf("in epoch %d the carer could %v, want %v", n, got, want)
		}
	}
	if s.Lowered(1, c.anna.Account) != 0 || s.Lowered(1, c.former.Account) != 0 || s.Lowered(1, c.other.Account) != 0 {
		t.Error("lowered without a change")
	}
	lower(Member{ref(c.carer), Own}, c.anna) // more than ever
	if s.Lowered(1, c.carer.Account) != 0 || s.RightOf(ref(c.carer)) != Own {
		t.Error("raised again")
	}
	lower(Member{ref(c.anna), Care}, c.carer) // the diary is handed over
	if s.Lowered(3, c.anna.Account) != Own || s.RightOf(ref(c.anna)) != Care {
		t.Error("handed over")
	}
	if _, _, err := s.SetRight(c.anna, Member{ref(c.anna), Own}, c.secret, at(62)); !errors.Is(err, ErrRight) {
		t.Errorf("who gave it away takes it back: %v", err)
	}
	if _, _, err := s.SetRight(c.tablet, Member{ref(c.carer), Read}, c.secret, at(62)); !errors.Is(err, ErrRight) {
		t.Errorf("nor with another device: %v", err)
	}
	if _, _, err := s.SetRight(c.sheet, Member{ref(c.carer), Read}, c.secret, at(62)); !errors.Is(err, ErrRight) {
		t.Errorf("nor with the recovery sheet: %v", err)
	}
}
