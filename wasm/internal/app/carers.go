package app

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// Carers are members of home with accounts of their own. What somebody may do
// in the centres' spaces follows from what they may do at home: each member
// makes an account for each centre, and the devices of those who own the diary
// let these in, change what they may do and take them out again. Home's
// membership and statements are all that they go by, so it does not matter
// which device does it, or how often it is interrupted.

// ErrRight reports something that the account of this device may not do.
var ErrRight = errors.New("app: this account may not do that")

// InviteCarer makes an invitation to share this diary, with a right: to own it,
// which hands it over, to care or to read.
func (c *Client) InviteCarer(ctx context.Context, right keyring.Right, note string) ([16]byte, error) {
	if !homeRights(right) {
		return [16]byte{}, ErrRight
	}
	return c.invite(ctx, join.Carer, right, 0, note)
}

// An invitation of a diary's own account stands in home, which carers read. Who
// knows code and nonce could choose a request that gives the short code which
// two people are comparing, so they come from a seed that only the account's
// devices can open.

// from draws code and nonce of an invitation from its seed.
func (i *invite) from(seed seal.Secret, kind join.Kind, inviter [32]byte) {
	i.inv = join.Of(kind, inviter, [16]byte(seed.Derive(seal.LabelAppInvite, []byte{1}).Bytes()))
	copy(i.nonce[:], seed.Derive(seal.LabelAppInvite, []byte{2}).Bytes())
}

// sealInvite gives an invitation its code and nonce.
func (c *Client) sealInvite(i *invite, kind join.Kind) error {
	home := c.primary()
	home.book.Lock()
	keys, err := accountKeys(home)
	home.book.Unlock()
	if err != nil {
		return err
	}
	seed := seal.NewSecret()
	i.gen = keys.Newest()
	i.sealed = seal.SealSecret(keys.Key(i.gen), seal.LabelAppInvited, i.id[:], seed)
	by := [32]byte(home.account)
	if kind == join.Colleague {
		by = c.p.team
	}
	i.from(seed, kind, by)
	return nil
}

// openInvite opens the seed of an invitation of this account.
func (c *Client) openInvite(i *invite) (seal.Secret, bool) {
	home := c.primary()
	home.book.Lock()
	defer home.book.Unlock()
	keys, err := accountKeys(home)
	if err != nil {
		return seal.Secret{}, false
	}
	return unseal(keys, i.gen, seal.LabelAppInvited, i.id[:], i.sealed)
}

// homeRights are the rights that a member of home can have.
func homeRights(r keyring.Right) bool {
	return r == keyring.Own || r == keyring.Care || r == keyring.Read
}

// admitCarer adds the account of who joined to home.
func (c *Client) admitCarer(ctx context.Context, i *invite, t *talk) ([]link.Chain, error) {
	home, id := c.primary(), t.request.By.Account
	if c.homeRight() != keyring.Own {
		return nil, ErrRight
	}
	ref := keyring.AccountRef(id)
	if home.replica.Space().RightOf(ref) == 0 {
		home.book.Lock()
		err := addChains(home.book.Book, t.request.Chains)
		home.book.Unlock()
		if err != nil || len(t.request.Chains) != 1 {
			return nil, errors.Join(join.ErrMessage, err)
		}
		if err := c.revokeReadable(ctx, i); err != nil {
			return nil, err
		}
		// Readers who do not know the account yet could not check the change.
		if err := c.write(ctx, home, link.TypeChain, link.ChainsBody(t.request.Chains...)); err != nil {
			return nil, err
		}
		if err := c.letIn(ctx, home, keyring.Member{Ref: ref, Right: i.right}); err != nil {
			return nil, err
		}
	}
	if i.right == keyring.Own && !c.people.hands(id) {
		if err := c.write(ctx, home, typeHandover, handoverBody(id, 0)); err != nil {
			return nil, err
		}
	}
	return chainsIn(home), nil
}

// revokeReadable makes void what is open and not sealed, but for one: an earlier
// version of the app wrote code and nonce of its invitations for all members to
// read, of whom there were none but its own devices.
func (c *Client) revokeReadable(ctx context.Context, but *invite) error {
	return c.revoke(ctx, func(i *invite) bool { return i.sealed == nil && i.id != but.id })
}

func addChains(book keyring.Book, chains []link.Chain) error {
	for _, ch := range chains {
		if err := ch.AddTo(book); err != nil {
			return err
		}
	}
	return nil
}

// chainsIn lists the chains that somebody needs to check the membership of a
// space: of all accounts that are or were in it, and of its team.
func chainsIn(s *space) []link.Chain {
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	return chainsOf(s.book.Book, teamIn(sp), sp.Accounts()...)
}

// teamIn is the team that is in a space, if there is one.
func teamIn(sp *keyring.Space) (id keyring.TeamID) {
	for _, m := range sp.Members() {
		if m.Ref.Type == keyring.ToTeam {
			id = m.Ref.ID
		}
	}
	return id
}

// letIn adds a member to a space, with everything that was written before.
func (c *Client) letIn(ctx context.Context, s *space, m keyring.Member) error {
	_, secret := s.replica.Epoch()
	sp := s.replica.Space()
	s.book.Lock()
	raw, _, err := sp.AddMember(s.author(), m, secret, false, c.env.Now())
	s.book.Unlock()
	if err != nil {
		return err
	}
	return c.publish(ctx, s, raw)
}

func (c *Client) publish(ctx context.Context, s *space, change keyring.Raw) error {
	u, err := s.replica.Publish(ctx, change)
	if err == nil {
		c.absorb(s, u.Entries)
		c.poke()
	}
	return err
}

func (s *space) author() keyring.Author { return keyring.Author{Device: s.device, Account: s.account} }

/* ---- what the owner changes ---- */

// wantPrefix begins the keys of rights that are to be changed.
const wantPrefix = "w/"

func wantRecord(id keyring.AccountID, right keyring.Right) vaultRecord {
	f := fields{fieldCardAccount: id[:]}
	f.setNumber(fieldPeopleRight, uint64(right))
	return vaultRecord{Key: wantPrefix + hex.EncodeToString(id[:16]), Value: f.bytes()}
}

// loadWanted reads what was still to be changed when the vault was locked.
func (c *Client) loadWanted(ctx context.Context) error {
	records, err := c.v.Scan(ctx, wantPrefix)
	if err != nil {
		return err
	}
	for _, rec := range records {
		id, right, err := parseWanted(rec.Value)
		if err != nil {
			return err
		}
		c.wanted[id] = right
	}
	return nil
}

func parseWanted(raw []byte) (id keyring.AccountID, right keyring.Right, err error) {
	f, err := parseFields(raw)
	if err != nil {
		return id, 0, err
	}
	account, ok := copy32(f[fieldCardAccount])
	if right = keyring.Right(f.number(fieldPeopleRight)); !ok || right != 0 && !homeRights(right) {
		return id, 0, errFields
	}
	return account, right, nil
}

// SetRight changes what somebody who shares this diary may do: to care or to
// read, at home and at every centre. What is less is in force as soon as the
// relay has the new key.
func (c *Client) SetRight(ctx context.Context, id keyring.AccountID, right keyring.Right) error {
	if right != keyring.Care && right != keyring.Read {
		return ErrRight
	}
	return c.want(ctx, id, right)
}

// RemovePerson ends somebody's share in this diary, at home and at every centre.
func (c *Client) RemovePerson(ctx context.Context, id keyring.AccountID) error {
	return c.want(ctx, id, 0)
}

func (c *Client) want(ctx context.Context, id keyring.AccountID, right keyring.Right) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	home, err := c.homeSpace()
	if err != nil {
		return err
	}
	if c.homeRight() != keyring.Own || id == home.account || home.replica.Space().RightOf(keyring.AccountRef(id)) == 0 {
		return ErrRight
	}
	return c.wantNow(ctx, id, right)
}

func (c *Client) wantNow(ctx context.Context, id keyring.AccountID, right keyring.Right) error {
	if err := c.v.Write(ctx, []vault.Record{wantRecord(id, right)}); err != nil {
		return err
	}
	c.wanted[id] = right
	c.poke()
	return nil
}

// SetOwnName says what this person is to be called by the others who share the
// diary. Centres do not hear of it.
func (c *Client) SetOwnName(ctx context.Context, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	home, err := c.homeSpace()
	if err != nil {
		return err
	}
	if !goodPersonName(name) {
		return errFields
	}
	return c.write(ctx, home, typeName, nameBody(name))
}

// changeMember makes a member's right another, or with 0 removes it. What is
// less comes with a new epoch, and with the word of what was seen before.
func (c *Client) changeMember(ctx context.Context, s *space, ref keyring.Ref, right keyring.Right) error {
	if now := s.replica.Space().RightOf(ref); right == 0 || right > now {
		u, err := s.replica.Checkpoint(ctx)
		if err != nil {
			return err
		}
		c.absorb(s, u.Entries)
	}
	_, err := c.change(ctx, s, func(sp *keyring.Space, by keyring.Author, current seal.Secret, now time.Time) (keyring.Raw, seal.Secret, error) {
		if right == 0 {
			return sp.RemoveMember(by, ref, current, now)
		}
		return sp.SetRight(by, keyring.Member{Ref: ref, Right: right}, current, now)
	})
	return err
}

/* ---- upkeep ---- */

// tendPeople does what home's membership asks for. The caller holds mu.
func (c *Client) tendPeople(ctx context.Context) {
	home := c.primary()
	if !c.caughtUp(home) {
		return // what was changed meanwhile is known only after reading it all
	}
	c.makePersonas(ctx)
	for _, k := range c.desk.centres {
		c.enter(ctx, k)
	}
	if c.homeRight() != keyring.Own {
		return
	}
	c.takeOver(ctx)
	c.doWanted(ctx)
	c.tellMedia(ctx, home)
	for _, s := range c.spaces {
		if s.role == roleCentre && (s.sharing() || s.parting != nil) && c.caughtUp(s) && !s.replica.Rotating() && c.rightIn(s) == keyring.Own {
			c.tendSpace(ctx, s)
			c.tellMedia(ctx, s)
		}
	}
}

// makePersonas founds this account's accounts for the centres' spaces.
func (c *Client) makePersonas(ctx context.Context) {
	home := c.primary()
	if c.homeRight() == 0 {
		return
	}
	for _, card := range c.desk.centres {
		space := card.space()
		if c.people.personas[personaKey{space, home.account}] != nil {
			continue
		}
		p := &persona{space: space, holder: home.account, index: c.p.next}
		// The number is not given again, whatever becomes of the account.
		c.p.next++
		if c.keep(ctx) != nil {
			return
		}
		dev, seed := c.p.device(p.index), seal.NewSecret()
		paper := seal.DeviceFromSeed(seed).Public()
		account, err := foundPersona(dev, paper, c.env.Now())
		if err != nil {
			return
		}
		p.chain, p.account = link.Chain{Raws: account.Raws()}, account.ID()
		home.book.Lock()
		keys, err := accountKeys(home)
		home.book.Unlock()
		if err != nil {
			return
		}
		p.paperGen = keys.Newest()
		p.paper = seal.SealSecret(keys.Key(p.paperGen), seal.LabelAppAccount, p.account[:], seed)
		p.proof = dev.SignHybrid(seal.LabelAppPersona, personaMessage(space, home.account))
		if c.write(ctx, home, typePersona, p.body()) != nil {
			return
		}
	}
}

// enter makes the replica of a centre's space that this device's own persona
// was let into. Further devices of the account come in by its paper device.
func (c *Client) enter(ctx context.Context, card *centreCard) {
	p := c.people.personas[personaKey{card.space(), c.primary().account}]
	if p == nil || !p.own || slices.ContainsFunc(c.spaces, func(s *space) bool { return s.role == roleCentre && s.account == p.account }) {
		return
	}
	a := c.people.admitted[p.account]
	if a == nil {
		return
	}
	s := &space{n: c.p.next, role: roleCentre, persona: p.index, account: p.account, idKey: card.idKey}
	c.prepare(s)
	var err error
	if s.replica, err = link.Join(ctx, c.config(s), a.chains, a.chain, a.origin); err != nil {
		return // again in the next round
	}
	c.p.next++
	c.add(ctx, s)
}

// doWanted does what is still to be changed at home, and forgets it when it
// holds at every centre.
func (c *Client) doWanted(ctx context.Context) {
	home := c.primary()
	for id, right := range c.wanted {
		ref := keyring.AccountRef(id)
		now := home.replica.Space().RightOf(ref)
		switch {
		case now != right && now != 0:
			if !home.replica.Rotating() {
				c.changeMember(ctx, home, ref, right) // again in the next round if it fails
			}
		case c.everywhere(id, now):
			if c.v.Write(ctx, []vault.Record{{Key: wantRecord(id, 0).Key}}) == nil {
				delete(c.wanted, id)
			}
		}
	}
}

// everywhere reports that an account's right at home holds in every centre's space.
func (c *Client) everywhere(id keyring.AccountID, right keyring.Right) bool {
	for _, s := range c.spaces {
		if s.role != roleCentre {
			continue
		}
		sp := s.replica.Space()
		if p := c.people.personas[personaKey{sp.ID(), id}]; p != nil && sp.Ever(keyring.AccountRef(p.account)) && sp.RightOf(keyring.AccountRef(p.account)) != right {
			return false
		}
	}
	return true
}

// tendSpace makes the membership of a centre's space follow that of home. What
// was removed there stays removed and what was made less stays less, but for
// what this device was asked for: a relay that shows an old state of home must
// not bring anybody back.
func (c *Client) tendSpace(ctx context.Context, s *space) {
	home, sp := c.primary().replica.Space(), s.replica.Space()
	for _, m := range sp.Members() {
		holder, known := c.people.holders[keyring.AccountID(m.Ref.ID)]
		if m.Ref.Type != keyring.ToAccount || !known || keyring.AccountID(m.Ref.ID) == s.account {
			continue
		}
		right := home.RightOf(keyring.AccountRef(holder))
		wanted, asked := c.wanted[holder]
		if right == 0 || right > m.Right || right < m.Right && asked && wanted == right {
			c.changeMember(ctx, s, m.Ref, right)
			return // one at a time
		}
	}
	for at, p := range c.people.personas {
		right := home.RightOf(keyring.AccountRef(at.holder))
		ref := keyring.AccountRef(p.account)
		if at.space != sp.ID() || right == 0 || p.chain.Raws == nil {
			continue
		}
		if !sp.Ever(ref) {
			s.book.Lock()
			err := p.chain.AddTo(s.book.Book)
			s.book.Unlock()
			if err != nil || c.write(ctx, s, link.TypeChain, link.ChainsBody(p.chain)) != nil || c.letIn(ctx, s, keyring.Member{Ref: ref, Right: right}) != nil {
				continue
			}
			sp = s.replica.Space()
		}
		if sp.RightOf(ref) != 0 && c.people.admitted[p.account] == nil {
			a := &admitted{account: p.account, chains: chainsIn(s), chain: s.replica.Chain(), origin: s.replica.Relay()}
			c.write(ctx, c.primary(), typeAdmitted, a.body())
		}
	}
}

// tellMedia says at home which media channel a space has: who did not found
// the space cannot derive it.
func (c *Client) tellMedia(ctx context.Context, s *space) {
	id := s.replica.Space().ID()
	if _, told := c.people.media[id]; told || !s.mediaMade || len(c.primary().replica.Space().Accounts()) == 1 {
		return
	}
	f := mediaFounding(s)
	if f == nil {
		return
	}
	c.write(ctx, c.primary(), typeMedia, mediaChannelBody(id, mediaChannel(f)))
}

/* ---- handing a diary over ---- */

// A Handover is a diary that goes from who kept it to another.
type Handover struct {
	handover
	FromRight keyring.Right // now; 0: left
	ToRight   keyring.Right
	Yours     bool // this device's account takes it over
	You       bool // this device's account gives it
	FromName  string
	ToName    string
}

// Handovers lists them, the newest last.
func (l Look) Handovers() (out []Handover) {
	home := l.c.primary()
	if home == nil || home.role != roleHome {
		return nil
	}
	sp := home.replica.Space()
	for _, h := range l.c.people.handed {
		out = append(out, Handover{
			handover: *h, FromRight: sp.RightOf(keyring.AccountRef(h.From)), ToRight: sp.RightOf(keyring.AccountRef(h.To)),
			Yours: h.To == home.account, You: h.From == home.account, FromName: l.c.nameOfMember(h.From), ToName: l.c.nameOfMember(h.To),
		})
	}
	return out
}

func (p *people) hands(to keyring.AccountID) bool {
	return slices.ContainsFunc(p.handed, func(h *handover) bool { return h.To == to })
}

// TakeOver ends a handover: the new owner decides what becomes of who kept the
// diary, care, read, or 0 to leave. What is decided is said at home first; the
// new owner's devices do it, one of them is enough.
func (c *Client) TakeOver(ctx context.Context, from keyring.AccountID, right keyring.Right) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	home, err := c.homeSpace()
	if err != nil {
		return err
	}
	if c.homeRight() != keyring.Own || right != 0 && right != keyring.Care && right != keyring.Read {
		return ErrRight
	}
	for _, h := range c.people.handed {
		if h.From == from && h.To == home.account && !h.Done {
			if right == 0 {
				right = keyring.Own // says that nobody is left to have one
			}
			if err := c.write(ctx, home, typeHandover, handoverBody(from, right)); err != nil {
				return err
			}
			c.poke()
			return nil
		}
	}
	return ErrRight
}

// takeOver does what this account has decided as a new owner.
func (c *Client) takeOver(ctx context.Context) {
	home := c.primary()
	for _, h := range c.people.handed {
		if _, already := c.wanted[h.From]; h.Done && !already && h.To == home.account && home.replica.Space().RightOf(keyring.AccountRef(h.From)) == keyring.Own {
			c.wantNow(ctx, h.From, h.Right)
		}
	}
}
