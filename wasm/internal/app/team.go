package app

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/pseudonym"
)

// The people of a centre: who is in the team and as what, how somebody is
// invited, given another role or leaves, and who has opened which diary.
//
// Roles are enforced by every reader, through the team's chain (package keyring):
// only leads change the team, readers write nothing that counts. Doctors and
// nurses have the same rights in the eyes of others; what only doctors do, such
// as signing the yearly check, is a rule for the device that writes.

// typeLeave says, in the team's space, that its author wants to leave the team.
// It has no body. A lead's device carries it out.
const typeLeave link.Type = 82

// fieldTeamRole is what a colleague is invited as, in a statement of type 33.
const fieldTeamRole = 80

// as is the role that an invitation for a colleague gives. Those written before
// there were roles made leads.
func (i *invite) as() keyring.Role {
	if i.inv.Kind() == join.Colleague && i.role == 0 {
		return keyring.Lead
	}
	return i.role
}

// invitedRole is the role that an invitation states, 0 if it states none.
func invitedRole(f fields) (keyring.Role, bool) {
	if f[fieldTeamRole] == nil {
		return 0, true
	}
	n := f.number(fieldTeamRole)
	return keyring.Role(n), n >= uint64(keyring.Lead) && n <= uint64(keyring.Reader)
}

// teamRole is the role of this device's account in its centre, 0 if it has none.
// The caller holds mu, and no book's mutex.
func (c *Client) teamRole() keyring.Role {
	s := c.primary()
	if s == nil || s.role != roleTeam {
		return 0
	}
	s.book.Lock()
	defer s.book.Unlock()
	if team, ok := s.book.Team(c.p.team); ok {
		role, _ := team.RoleOf(s.account)
		return role
	}
	return 0
}

// TeamRole is the role of this device's account in its centre, 0 elsewhere and
// for who is not in the team any more.
func (l Look) TeamRole() keyring.Role { return l.c.teamRole() }

// idle reports a statement that this device's account, which may only read at
// its centre, would write in vain: nobody believes it.
func (c *Client) idle(s *space, t link.Type) bool {
	if s.role != roleTeam && s.role != rolePatient || c.teamRole() != keyring.Reader {
		return false
	}
	switch t {
	case link.TypeChain, link.TypePoint, typeInvitation, typeInviteState, typeDevice, typeSheet, typeDrill, typeLeave, typeChoice, link.Type(diary.KindOpened):
		return false
	}
	return true
}

// InviteColleague makes an invitation to work at this centre. Only leads may.
func (c *Client) InviteColleague(ctx context.Context, role keyring.Role, note string) ([16]byte, error) {
	return c.invite(ctx, join.Colleague, 0, role, note)
}

// SetRole gives a colleague another role. Only leads may, and one lead has to
// remain. A lower role comes with new keys, of the centre and of all patients.
func (c *Client) SetRole(ctx context.Context, id keyring.AccountID, role keyring.Role) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.actingAtCentre()
	if err != nil {
		return err
	}
	if id == s.account {
		return ErrMember
	}
	s.book.Lock()
	team, ok := s.book.Team(c.p.team)
	if !ok {
		s.book.Unlock()
		return ErrMember
	}
	mine, _ := team.RoleOf(s.account)
	was, there := team.RoleOf(id)
	var raw keyring.Raw
	if there && mine == keyring.Lead && was != role {
		raw, err = team.SetRole(s.author(), id, role, c.env.Now())
	}
	s.book.Unlock()
	switch {
	case !there:
		return ErrMember
	case mine != keyring.Lead:
		return ErrRight
	case err != nil || was == role:
		return err
	}
	if err := c.tellTeam(ctx, raw); err != nil {
		return err
	}
	c.poke()
	return nil
}

// Leave asks to be taken out of the team. A device of a lead does it as soon as
// it hears of it: whoever leaves cannot make the keys that shut them out. The
// last lead cannot leave.
func (c *Client) Leave(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.actingAtCentre()
	if err != nil {
		return err
	}
	s.book.Lock()
	team, ok := s.book.Team(c.p.team)
	last := ok && len(team.Leads()) == 1 && team.Leads()[0] == s.account
	s.book.Unlock()
	switch {
	case !ok:
		return ErrMember
	case last:
		return keyring.ErrLast
	case !c.leaving[s.account].IsZero():
		return nil
	}
	return c.write(ctx, s, typeLeave, nil)
}

// takeLeave keeps who wants to leave. The first time counts.
func (c *Client) takeLeave(e *link.Entry) {
	if at := time.UnixMilli(e.Time); len(e.Body) == 0 && e.Right != 0 && c.leaving[e.Account].IsZero() {
		c.leaving[e.Account] = at
	}
}

// letGo takes those out of the team who want to leave it, on a lead's device.
// The caller holds mu.
func (c *Client) letGo(ctx context.Context) {
	s := c.primary()
	if len(c.leaving) == 0 || !c.mayChange(s) || c.teamRole() != keyring.Lead {
		return
	}
	var out []keyring.AccountID
	s.book.Lock()
	if team, ok := s.book.Team(c.p.team); ok {
		for _, m := range team.Members() {
			if !c.leaving[m.Account].IsZero() && m.Account != s.account {
				out = append(out, m.Account)
			}
		}
	}
	s.book.Unlock()
	for _, id := range out {
		asked := slices.ContainsFunc(c.intents.list, func(i intent) bool { return i.kind == intentColleague && i.id == id })
		if !asked {
			c.intend(ctx, intent{kind: intentColleague, id: id}) // or in the next round
		}
	}
}

// A Colleague is one account of a centre.
type Colleague struct {
	Account keyring.AccountID
	Name    string
	Role    keyring.Role // 0: not in the team any more
	Since   time.Time    // in this role
	Devices int          // in use
	Heard   time.Time    // when a device of theirs last wrote anything that arrived here; zero: never
	Leaving bool         // asked to be taken out
	Left    time.Time    // zero: in the team
	You     bool
}

// Colleagues lists who belongs to the centre, in the order they came.
func (l Look) Colleagues() []Colleague { return l.colleagues(true) }

// Former lists who belonged to the centre and does not any more.
func (l Look) Former() []Colleague { return l.colleagues(false) }

func (l Look) colleagues(now bool) (out []Colleague) {
	s := l.c.primary()
	if s == nil || s.role != roleTeam {
		return nil
	}
	s.book.Lock()
	defer s.book.Unlock()
	team, ok := s.book.Team(l.c.p.team)
	if !ok {
		return nil
	}
	if now {
		for _, m := range team.Members() {
			out = append(out, Colleague{Account: m.Account, Role: m.Role, Since: m.Since})
		}
	} else {
		for _, id := range team.Accounts() {
			if at, left := team.Left(id); left {
				out = append(out, Colleague{Account: id, Left: at})
			}
		}
	}
	latest := l.c.env.Now().UnixMilli()
	for i := range out {
		k := &out[i]
		k.You, k.Leaving = k.Account == s.account, !l.c.leaving[k.Account].IsZero()
		a, ok := s.book.Account(k.Account)
		if !ok {
			continue
		}
		k.Name = a.Name()
		var heard int64
		for _, d := range a.Devices() {
			if d.Active() && !d.Sheet {
				k.Devices++
			}
			heard = max(heard, l.c.heard[d.ID])
		}
		if heard != 0 {
			k.Heard = time.UnixMilli(min(heard, latest)) // a clock may be ahead
		}
	}
	return out
}

// ofCentre reports that an account is or was in the team that is or was a member
// of a shared space. The caller holds mu, and no book's mutex.
func (c *Client) ofCentre(s *space, id keyring.AccountID) bool {
	if s.role != roleCentre && s.role != rolePatient {
		return false
	}
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	for _, team := range sp.Teams() {
		if t, ok := s.book.Team(team); ok && slices.Contains(t.Accounts(), id) {
			return true
		}
	}
	return false
}

// A Visit says who of the centre opened which patient's diary, and when, by the
// clock of their device.
type Visit struct {
	Account   keyring.AccountID
	Name      string
	Patient   uint32
	Pseudonym string
	At        time.Time
	Why       ShowWhy // of a look at what is restricted; 0: of another
	Words     string  // about it
}

// visit is one entry of kind opened in a patient's space, or a statement of the
// team about a space that is closed.
type visit struct {
	account keyring.AccountID
	at      int64
	why     ShowWhy
	words   string
}

// visitsOf are those of one patient's diary, in no order.
func (c *Client) visitsOf(s *space) iter.Seq[visit] {
	return func(yield func(visit) bool) {
		for _, list := range [...][]visit{s.visits, c.desk.looked[s.replica.Space().ID()]} {
			for _, v := range list {
				if !yield(v) {
					return
				}
			}
		}
		for _, x := range s.restrict.shows {
			if !yield(visit{x.account, x.at, ShowWhy(x.why), x.words}) {
				return
			}
		}
	}
}

// Visits lists the access log of this centre, newest first: of all diaries that
// this device holds, also what was taken back. Of account and patient zero is
// everybody. No more than limit are listed, 0: all; found counts them all.
func (l Look) Visits(account keyring.AccountID, patient uint32, limit int) (list []Visit, found int) {
	type line struct {
		visit
		s *space
	}
	var lines []line
	for _, s := range l.c.spaces {
		if s.role != rolePatient || patient != 0 && s.n != patient {
			continue
		}
		for v := range l.c.visitsOf(s) {
			if account != (keyring.AccountID{}) && v.account != account {
				continue
			}
			found++
			switch {
			case limit == 0 || len(lines) < limit:
				lines = append(lines, line{v, s})
				if len(lines) < limit || limit == 0 {
					continue
				}
				arrange.By(lines, func(a, b line) int { return cmp.Compare(b.at, a.at) })
			case v.at > lines[limit-1].at:
				at, _ := slices.BinarySearchFunc(lines, v.at, func(x line, t int64) int { return cmp.Compare(t, x.at) })
				copy(lines[at+1:], lines[at:])
				lines[at] = line{v, s}
			}
		}
	}
	arrange.By(lines, func(a, b line) int { return cmp.Compare(b.at, a.at) })
	names, pseudonyms := make(map[keyring.AccountID]string), make(map[*space]string)
	for _, x := range lines {
		name, ok := names[x.account]
		if !ok {
			name = cmp.Or(l.c.nameOf(x.s, x.account, diary.Centre), l.c.nameOf(l.c.primary(), x.account, diary.Centre))
			names[x.account] = name
		}
		if pseudonyms[x.s] == "" {
			pseudonyms[x.s] = pseudonym.Of(x.s.replica.Space().ID()).String()
		}
		list = append(list, Visit{x.account, name, x.s.n, pseudonyms[x.s], time.UnixMilli(x.at), x.why, x.words})
	}
	return list, found
}
