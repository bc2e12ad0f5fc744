package app

import (
	"context"
	"errors"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// FoundAlone founds a diary without a centre, where the operator offers that.
func (c *Client) FoundAlone(ctx context.Context) error {
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	tenant := s.Hello.OpenTenant
	s.Close()
	if tenant == (wire.TenantID{}) {
		return ErrNoAlone
	}
	return c.foundDiary(ctx, wire.Admission{Kind: wire.ByOpenTenant, Tenant: tenant})
}

// foundDiary founds a patient's account and home space.
func (c *Client) foundDiary(ctx context.Context, admission wire.Admission) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	c.p.role = Patient
	if !c.p.sheet.Valid() {
		c.p.sheet = join.NewSheet()
	}
	c.p.admission = link.AdmissionBytes(admission)
	s := &space{n: c.p.next, role: roleHome}
	c.prepare(s)
	paper := c.p.sheet.Device().Public()
	genesis, e1, err := c.foundSpace(s, keyring.Home, &paper, nil)
	if err != nil {
		return err
	}
	c.p.account = s.account
	chains := chainsOf(s.book.Book, keyring.TeamID{}, s.account)
	if s.replica, err = link.Found(ctx, c.config(s), chains, genesis, e1, c.env.Origin, admission); err != nil {
		return err
	}
	c.p.locker = join.Locker{Role: uint8(Patient), Chains: chains, Space: s.replica.Chain(), Origin: c.env.Origin}.Message()
	c.p.next++
	if err := c.add(ctx, s); err != nil {
		return err
	}
	c.startUpkeep()
	return nil
}

// foundSpace founds a patient's account for one space, and the space.
func (c *Client) foundSpace(s *space, kind keyring.SpaceKind, paper *seal.DevicePublic, others []keyring.Member) (keyring.Raw, seal.Secret, error) {
	now := c.env.Now()
	var account *keyring.Account
	var err error
	if kind == keyring.Home {
		account, err = foundAccount(s.device, paper, now)
	} else {
		account, err = foundPersona(s.device, *paper, now)
	}
	if err != nil {
		return nil, seal.Secret{}, err
	}
	keys, err := account.Keys(s.device)
	if err != nil {
		return nil, seal.Secret{}, err
	}
	if _, err := s.book.AddAccount(account.Raws()); err != nil {
		return nil, seal.Secret{}, err
	}
	s.account = account.ID()
	founding := foundingKey(keys.Key(1)).Public()
	by := keyring.Author{Device: s.device, Account: s.account}
	return keyring.FoundSpace(kind, by, keyring.AccountRef(s.account), others, founding, s.book.Book, now)
}

func foundAccount(first *seal.Device, sheet *seal.DevicePublic, now time.Time) (*keyring.Account, error) {
	raw, err := keyring.FoundAccount(first, "", sheet, now)
	if err != nil {
		return nil, err
	}
	return keyring.ReplayAccount([]keyring.Raw{raw})
}

// foundPersona founds an account for a centre's space with its paper device.
// Every device of the person holds that one's seed, so it has no rank above them.
func foundPersona(first *seal.Device, paper seal.DevicePublic, now time.Time) (*keyring.Account, error) {
	account, err := foundAccount(first, nil, now)
	if err != nil {
		return nil, err
	}
	keys, err := account.Keys(first)
	if err != nil {
		return nil, err
	}
	raw, err := account.AddDevice(first, paper, keys, now)
	if err != nil {
		return nil, err
	}
	return account.Apply(raw)
}

// RegisterAgain redeems an operator's code at a relay that does not know the
// centre, such as one that was restored from before it was registered. A code
// that was redeemed since is good again there, or another is. A refusal is a
// *link.Refusal.
func (c *Client) RegisterAgain(ctx context.Context, code wire.Code) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	if c.p.tenant == (wire.TenantID{}) {
		c.mu.Unlock()
		return errors.New("app: the centre was never registered")
	}
	err := c.keepProfile(ctx, func(p *profile) { p.code, p.hasCode = code, true })
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err := c.redeem(ctx); err != nil {
		return err
	}
	c.Wake()
	return nil
}

// BeginCentre keeps the operator's code and the centre's name, and makes the
// keys. Nothing is said to the relay yet: a lost answer must find the same keys.
func (c *Client) BeginCentre(ctx context.Context, code wire.Code, name, ownName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if s := c.primary(); s != nil {
		c.p.code, c.p.hasCode = code, true // another try with another code
		return c.keep(ctx)
	}
	c.p.role, c.p.name = Centre, name
	c.p.sheet = join.NewSheet()
	c.p.code, c.p.hasCode = code, true
	s := &space{n: c.p.next, role: roleTeam}
	c.prepare(s)
	now := c.env.Now()
	paper := c.p.sheet.Device().Public()
	raw, err := keyring.FoundAccount(s.device, ownName, &paper, now)
	if err != nil {
		return err
	}
	account, err := keyring.ReplayAccount([]keyring.Raw{raw})
	if err != nil {
		return err
	}
	if _, err := s.book.AddAccount(account.Raws()); err != nil {
		return err
	}
	s.account, c.p.account = account.ID(), account.ID()
	traw, err := keyring.FoundTeam(s.device, account, name, now)
	if err != nil {
		return err
	}
	if _, err := s.book.AddTeam([]keyring.Raw{traw}); err != nil {
		return err
	}
	c.p.team = [32]byte(keyring.HashOf(traw))
	keys, err := c.teamKeys(s)
	if err != nil {
		return err
	}
	by := keyring.Author{Device: s.device, Account: s.account}
	genesis, e1, err := keyring.FoundSpace(keyring.TeamSpace, by, keyring.TeamRef(c.p.team), nil, foundingKey(keys.Key(1)).Public(), s.book.Book, now)
	if err != nil {
		return err
	}
	chains := chainsOf(s.book.Book, c.p.team)
	if s.replica, err = link.Found(ctx, c.config(s), chains, genesis, e1, c.env.Origin, wire.Admission{}); err != nil {
		return err
	}
	c.p.locker = join.Locker{Role: uint8(Centre), Chains: chains, Space: s.replica.Chain(), Origin: c.env.Origin}.Message()
	c.p.next++
	if err := c.keep(ctx, s); err != nil {
		return err
	}
	c.spaces = append(c.spaces, s)
	c.absorb(s, s.replica.Entries())
	return nil
}

// RegisterCentre redeems the code that BeginCentre kept. A refusal is a
// *link.Refusal; BeginCentre with another code may follow.
func (c *Client) RegisterCentre(ctx context.Context) error {
	if err := c.redeem(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	c.connect(c.primary())
	c.startUpkeep()
	return nil
}

// redeem makes the centre known to the relay by the code that is kept.
func (c *Client) redeem(ctx context.Context) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	code, has := c.p.code, c.p.hasCode
	signer, err := c.tenantSigner()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if !has {
		return errors.New("app: no code was entered")
	}
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	tenant, err := s.Register(ctx, code, signer)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	was, done := *c.p, false
	defer func() {
		if !done {
			*c.p = was // the code finds the same tenant again
		}
	}()
	c.p.tenant, c.p.code, c.p.hasCode = tenant, wire.Code{}, false
	ticket, err := c.ticket(16, c.env.Now().Add(365*24*time.Hour))
	if err != nil {
		return err
	}
	c.p.admission = link.AdmissionBytes(wire.Admission{Kind: wire.ByTicket, Ticket: ticket})
	team := c.primary()
	if err := team.replica.Admit(ctx, wire.Admission{Kind: wire.ByTicket, Ticket: ticket}); err != nil {
		return err
	}
	f := fields{fieldInviteID: tenant[:]}
	if err := c.write(ctx, team, typeTenant, f.bytes()); err != nil {
		return err
	}
	if err := c.keep(ctx); err != nil {
		return err
	}
	done = true
	return nil
}

// Registered reports whether a centre's device has got through to the end.
func (c *Client) Registered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.p != nil && c.p.tenant != (wire.TenantID{})
}

// tenantSigner derives the key that signs tickets from the team's key, so that
// every member of the team has it: from the first one, and after a removal from
// the one that the relay was told of since.
func (c *Client) tenantSigner() (*seal.Signer, error) {
	prim := c.primary()
	if prim == nil || prim.role != roleTeam {
		return nil, errors.New("app: not a centre's device")
	}
	prim.book.Lock()
	defer prim.book.Unlock()
	keys, err := c.teamKeys(prim)
	if err != nil {
		return nil, err
	}
	return tenantKey(keys.Key(max(c.p.tenantGen, 1)))
}

func tenantKey(root seal.Secret) (*seal.Signer, error) {
	if !root.Valid() {
		return nil, keyring.ErrNoKey
	}
	return seal.SignerFromSecret(root, seal.LabelTenantKey), nil
}

// ticket signs a ticket for a number of channels.
func (c *Client) ticket(channels uint16, until time.Time) (wire.Ticket, error) {
	signer, err := c.tenantSigner()
	if err != nil {
		return wire.Ticket{}, err
	}
	t := wire.Ticket{Tenant: c.p.tenant, Channels: channels, Expires: uint64(until.Unix())}
	id := seal.NewSecret().Bytes()
	copy(t.ID[:], id)
	return link.SignTicket(t, signer), nil
}

// startUpkeep begins the chores of a device that has just been set up.
func (c *Client) startUpkeep() {
	c.answers()
	c.work.Add(1)
	ctx := c.ctx
	go func() { defer c.work.Done(); c.upkeep(ctx) }()
	c.poke()
}
