package app

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A Preview is what an invitation offers, checked against its fingerprint.
type Preview struct {
	Kind    join.Kind
	Centre  string       // the centre's name, empty for devices
	Inviter string       // the name of who invites a colleague
	Role    keyring.Role // as what; 0: not said
	Expires time.Time
	Device  DeviceKind   // what a further device says it is, set by who asks
	Says    *Information // what the centre says of itself; nil: nothing

	talk  *talk
	offer []byte
}

// Preview reads an invitation at the relay. Nothing is kept and nothing sent.
func (c *Client) Preview(ctx context.Context, inv join.Invitation) (*Preview, error) {
	t := newTalk(inv)
	s, err := c.env.session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Open(ctx, t.rv.Channel(), t.rv.Access); err != nil {
		var no *link.Refusal
		if errors.As(err, &no) && no.Code.Advice() != wire.Retry {
			return nil, ErrRevoked
		}
		return nil, err
	}
	boxes, err := s.Read(ctx, t.rv.Channel(), 0)
	if err != nil {
		return nil, err
	}
	p := &Preview{Kind: inv.Kind(), talk: t}
	if c.knows(inv) {
		return nil, ErrOwn
	}
	now := c.env.Now()
	for _, b := range boxes.Boxes {
		msg, err := t.rv.Open(b.Data)
		if err != nil {
			continue
		}
		t.hear(msg, now)
		if t.offer != nil && p.offer == nil {
			p.offer = msg
		}
	}
	switch {
	case t.offer == nil && t.late:
		return nil, join.ErrExpired
	case t.offer == nil:
		return nil, ErrRevoked
	case t.request != nil:
		return nil, ErrUsed
	}
	p.Expires = t.offer.Expires
	if team, ok := t.offer.Team(inv, t.book); ok {
		p.Centre = team.Name()
	}
	if t.offer.Information != nil {
		if p.Says, err = parseInformation(t.offer.Information); err != nil {
			return nil, join.ErrMessage
		}
	}
	if p.Kind == join.Colleague {
		p.Role = t.offer.Role
		if a, ok := t.book.Account(t.offer.By.Account); ok {
			p.Inviter = a.Name()
		}
	}
	return p, nil
}

// knows reports an invitation that is of no use on this device: it is a
// centre's, the diary is shared with that centre already, or there is a diary
// that an invitation to another one does not replace.
func (c *Client) knows(inv join.Invitation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return false
	}
	if inv.Kind() != join.Patient {
		return c.primary() != nil
	}
	for _, s := range c.spaces {
		if s.role != roleCentre || s.state != CentreConnected {
			continue
		}
		for _, m := range s.replica.Space().Members() {
			if m.Ref.Type == keyring.ToTeam && inv.From(m.Ref.ID) {
				return true
			}
		}
	}
	return c.p.role == Centre
}

// JoinCentre shares this diary with the centre of a preview, by the words that
// somebody has agreed to. A device without a diary founds one first, on the centre's
// account at the relay.
func (c *Client) JoinCentre(ctx context.Context, p *Preview, a Agreement) error {
	if p.Kind != join.Patient {
		return errors.New("app: not an invitation for patients")
	}
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	fresh := c.primary() == nil
	if !fresh && c.homeRight() != keyring.Own {
		c.mu.Unlock()
		return ErrRight
	}
	outdated := c.outdated(typeSharing)
	c.mu.Unlock()
	switch {
	case !a.Good():
		return ErrSharing
	case outdated:
		return ErrOutdated
	}
	if p.talk.offer.Admission == nil {
		return join.ErrMessage
	}
	if fresh {
		if err := c.foundDiary(ctx, *p.talk.offer.Admission); err != nil {
			return err
		}
	}
	s, err := c.shareWith(ctx, p, a)
	if err != nil {
		return err
	}
	// The request is kept with the space; upkeep sends it until it is there.
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != nil {
		c.guest(s)
	}
	return nil
}

// shareWith founds the space for a centre and tells the other devices.
func (c *Client) shareWith(ctx context.Context, p *Preview, a Agreement) (*space, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return nil, ErrLocked
	}
	team, ok := p.talk.offer.Team(p.talk.inv, p.talk.book)
	if !ok {
		return nil, join.ErrFingerprint
	}
	home := c.primary()
	for _, s := range c.spaces {
		if s.role == roleCentre && bytes.Equal(s.invite, p.talk.inv.Bytes()) && s.sharing() {
			return s, nil // an earlier try got this far
		}
	}
	s := &space{
		n: c.p.next, role: roleCentre, persona: c.p.next, idKey: seal.NewSecret(),
		invite: p.talk.inv.Bytes(), offer: p.offer, heard: p.talk.offer.Created, toAgree: agreementBody(a, p.Says.ID()),
	}
	c.prepare(s)
	for _, ch := range p.talk.offer.Chains {
		if err := ch.AddTo(s.book.Book); err != nil {
			return nil, err
		}
	}
	paperSeed := seal.NewSecret()
	paper := seal.DeviceFromSeed(paperSeed).Public()
	genesis, e1, err := c.foundSpace(s, keyring.Centre, &paper,
		[]keyring.Member{{Ref: keyring.TeamRef(team.ID()), Right: keyring.Treat}})
	if err != nil {
		return nil, err
	}
	own := chainsOf(s.book.Book, keyring.TeamID{}, s.account)
	chains := append(own, p.talk.offer.Chains...)
	if s.replica, err = link.Found(ctx, c.config(s), chains, genesis, e1, c.env.Origin, *p.talk.offer.Admission); err != nil {
		return nil, err
	}
	q := join.Request{
		Kind: join.Patient, Chains: own, Space: s.replica.Chain(), Origin: c.env.Origin,
		By: join.Party{Device: s.device.ID(), Account: s.account},
	}
	s.request = p.talk.rv.Request(q, p.talk.offer, s.device)
	c.p.next++
	home.book.Lock()
	keys, err := accountKeys(home)
	home.book.Unlock()
	if err != nil {
		return nil, err
	}
	k := &centreCard{
		persona: s.persona, account: s.account, idKey: s.idKey, paperGen: keys.Newest(),
		paper:  seal.SealSecret(keys.Key(keys.Newest()), seal.LabelAppAccount, s.account[:], paperSeed),
		chains: chains, chain: s.replica.Chain(), origin: c.env.Origin,
	}
	// One write makes the space and what home has to be told of it durable;
	// the rest is done now or by upkeep.
	s.centre = k.body()
	if err := c.add(ctx, s); err != nil {
		return nil, err
	}
	if c.tellAgreed(ctx, s) == nil {
		c.tellHome(ctx, s)
		c.shareHistory(ctx, s, 0)
	}
	return s, nil
}

// tellHome writes the card of a centre's space into home, where the other
// devices and the recovery sheet find the way to it.
func (c *Client) tellHome(ctx context.Context, s *space) {
	if s.centre == nil || s.toAgree != nil {
		return // what was agreed to comes before anything that others may add
	}
	there := slices.ContainsFunc(c.desk.centres, func(k *centreCard) bool { return k.account == s.account })
	if !there && c.write(ctx, c.primary(), typeCentre, s.centre) != nil {
		return
	}
	was := s.centre
	s.centre = nil
	if c.keep(ctx, s) != nil {
		s.centre = was
	}
}

// guest sends the request of a space that waits for its centre and follows the
// talk to its end. The caller holds mu.
func (c *Client) guest(s *space) {
	if s.request == nil || s.state >= CentreConnected || c.talks[guestID(s)] != nil {
		return
	}
	inv, err := join.Parse(s.invite)
	if err != nil {
		return
	}
	t := newTalk(inv)
	ctx, stop := context.WithCancel(c.ctx)
	t.stop = stop
	c.talks[guestID(s)] = t
	c.work.Add(1)
	go func() { defer c.work.Done(); c.guestOne(ctx, s, t) }()
}

func guestID(s *space) (id [16]byte) {
	copy(id[:], s.key())
	return id
}

func (c *Client) guestOne(ctx context.Context, s *space, t *talk) {
	asked := false
	gone := c.listen(ctx, t.rv, func(msgs [][]byte) bool {
		c.mu.Lock()
		for _, m := range msgs {
			t.hear(m, time.Time{})
		}
		if t.offer != nil && t.request == nil && !asked {
			asked = true
			c.mu.Unlock()
			if c.post(ctx, t.rv, s.request) != nil {
				asked = false
			}
			return false
		}
		defer c.env.Changed()
		defer c.mu.Unlock()
		if c.v == nil {
			return true
		}
		if s.parting != nil {
			return true
		}
		was, code := s.state, s.check
		switch {
		case t.request == nil:
		case t.request.By.Device != s.device.ID():
			s.state = CentreUsed
		case t.done != nil && t.done.Accepted:
			s.state = CentreConnected
		case t.done != nil:
			s.state = CentreRefused
		case t.check != "" && s.state == CentreAsked:
			s.state, s.check = CentreUnchecked, t.check
			s.heard = c.env.Now()
		}
		if was != s.state || code != s.check {
			if c.keep(ctx, s) != nil {
				return false
			}
		}
		return s.state >= CentreConnected
	})
	if gone {
		c.dropTalk(guestID(s), t)
	}
}

// pendingKey keeps the wish of a device or colleague that waits to be let in.
const pendingKey = "pending"

// Wish keeps a request to become a colleague of a centre or a further device of
// an account; Await sends it and goes on with it, after any restart. ownName is
// the colleague's, or what the device is to be called.
func (c *Client) Wish(ctx context.Context, p *Preview, ownName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if c.primary() != nil {
		return ErrOwn // there is a diary or a centre here, and it stays what it is
	}
	dev := c.p.device(0)
	q := join.Request{Kind: p.Kind, By: join.Party{Device: dev.ID()}}
	switch p.Kind {
	case join.Device:
		q.By.Account = p.talk.offer.By.Account
	case join.Colleague, join.Carer:
		var paper *seal.DevicePublic
		if p.Kind == join.Colleague {
			c.p.sheet = join.NewSheet()
			pub := c.p.sheet.Device().Public()
			paper = &pub
		}
		raw, err := keyring.FoundAccount(dev, ownName, paper, c.env.Now())
		if err != nil {
			return err
		}
		a, err := keyring.ReplayAccount([]keyring.Raw{raw})
		if err != nil {
			return err
		}
		q.By.Account = a.ID()
		q.Chains = []link.Chain{{Raws: a.Raws()}}
	}
	w := wish{
		inv: p.talk.inv, offer: p.offer, request: p.talk.rv.Request(q, p.talk.offer, dev), expires: p.Expires, name: ownName, kind: p.Device,
	}
	c.asked = ""
	return c.v.Write(ctx, []vaultRecord{c.p.record(), w.record()})
}

// Ask makes a wish and returns the short code to compare, once the other side
// has answered; Await goes on from there.
func (c *Client) Ask(ctx context.Context, p *Preview, ownName string) (check string, err error) {
	if err := c.Wish(ctx, p, ownName); err != nil {
		return "", err
	}
	t, err := c.attend(ctx, func(t *talk) bool { return t.check != "" })
	if err != nil {
		return "", err
	}
	return t.check, nil
}

// Await sends the request of a wish if it is not there yet, and waits until
// somebody lets this device in; then it sets it up. It is ErrUsed if somebody
// else has used the invitation, ErrDiffer if the other side found that the codes
// differ, ErrRevoked or join.ErrExpired if nobody can let it in any more: then
// the wish has come to its end.
func (c *Client) Await(ctx context.Context) error {
	t, err := c.attend(ctx, func(t *talk) bool { return t.done != nil })
	if err == nil && !t.done.Accepted {
		err = ErrDiffer
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if err != nil {
		if errors.Is(err, ErrUsed) || errors.Is(err, ErrDiffer) || errors.Is(err, ErrRevoked) || errors.Is(err, join.ErrExpired) {
			c.v.Write(ctx, []vaultRecord{{Key: pendingKey}}) // if this fails it ends like this again
		}
		return err
	}
	w, err := c.wish(ctx)
	switch {
	case err != nil:
		return err
	case w == nil:
		return ErrRevoked // given up meanwhile
	}
	if c.primary() == nil { // or the browser was closed between the two
		if err := c.adopt(ctx, t.request.By.Account, t.done.Chains, t.done.Space, t.done.Origin); err != nil {
			return err
		}
	}
	if t.offer.Admission != nil {
		c.p.admission = link.AdmissionBytes(*t.offer.Admission)
	}
	if c.p.sheet.Valid() {
		c.p.locker = join.Locker{Role: uint8(c.p.role), Chains: t.done.Chains, Space: t.done.Space, Origin: t.done.Origin}.Message()
	}
	if w.inv.Kind() == join.Device && goodDeviceName(w.name) {
		prim := c.primary()
		if err := c.write(ctx, prim, typeDevice, deviceBody(prim.device.ID(), w.name, w.kind)); err != nil {
			return err
		}
	}
	return c.v.Write(ctx, []vaultRecord{c.p.record(), {Key: pendingKey}})
}

// attend follows the talk of this device's wish until enough has been said, and
// sends the request if it is not there. Locking ends it.
func (c *Client) attend(ctx context.Context, enough func(*talk) bool) (*talk, error) {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return nil, ErrLocked
	}
	w, err := c.wish(ctx)
	if err != nil || w == nil {
		c.mu.Unlock()
		if err == nil {
			err = ErrRevoked
		}
		return nil, err
	}
	dev := c.p.device(0).ID()
	c.work.Add(1)
	defer c.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	c.mu.Unlock()

	t := newTalk(w.inv)
	asked, late := false, false
	gone := c.listen(ctx, t.rv, func(msgs [][]byte) bool {
		for _, m := range msgs {
			t.hear(m, time.Time{})
		}
		if t.offer != nil && t.request == nil && !asked {
			asked = true
			if c.post(ctx, t.rv, w.request) != nil {
				asked = false // with the next tick or connection
			}
			return false
		}
		if t.request != nil && t.request.By.Device != dev {
			return true
		}
		if t.check != "" {
			c.mu.Lock()
			news := c.asked != t.check
			c.asked = t.check
			c.mu.Unlock()
			if news {
				c.env.Changed()
			}
		}
		// Who was let in before the end is told so after it too.
		late = t.done == nil && !w.expires.IsZero() && c.env.Now().After(w.expires.Add(inviteGrace))
		return late || enough(t)
	})
	switch {
	case t.request != nil && t.request.By.Device != dev:
		return nil, ErrUsed
	case enough(t):
		return t, nil
	case late, gone && !w.expires.IsZero() && c.env.Now().After(w.expires):
		return nil, join.ErrExpired
	case gone:
		return nil, ErrRevoked
	}
	return nil, ctx.Err()
}

// adopt makes this device a member of an existing home or team, from its
// chains. What else there is, upkeep finds in that space.
func (c *Client) adopt(ctx context.Context, account keyring.AccountID, chains []link.Chain, chain []keyring.Raw, origin string) error {
	s := &space{n: c.p.next, account: account}
	// The kind of the space tells the role.
	probe := keyring.NewBook()
	for _, ch := range chains {
		if err := ch.AddTo(probe); err != nil {
			return err
		}
	}
	sp, err := keyring.ReplaySpace(chain, probe)
	if err != nil {
		return err
	}
	switch sp.Kind() {
	case keyring.Home:
		c.p.role, s.role = Patient, roleHome
	case keyring.TeamSpace:
		c.p.role, s.role = Centre, roleTeam
		c.p.team = sp.Owner().ID
		if team, ok := probe.Team(c.p.team); ok {
			c.p.name = team.Name()
		}
	default:
		return errors.New("app: not a space to begin with")
	}
	c.p.account = account
	c.prepare(s)
	if s.replica, err = link.Join(ctx, c.config(s), chains, chain, origin); err != nil {
		return err
	}
	c.p.next++
	if err := c.add(ctx, s); err != nil {
		return err
	}
	c.startUpkeep()
	return nil
}

// Restore sets this device up from a recovery sheet, as one more device of the
// account. The vault must be fresh.
func (c *Client) Restore(ctx context.Context, sheet join.Sheet) error {
	rv := sheet.Locker()
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
		var no *link.Refusal
		if errors.As(err, &no) && no.Code.Advice() != wire.Retry {
			return ErrNoLocker
		}
		return err
	}
	boxes, err := s.Read(ctx, rv.Channel(), 0)
	if err != nil {
		return err
	}
	var l *join.Locker
	for _, b := range boxes.Boxes {
		if msg, err := rv.Open(b.Data); err == nil {
			if got, err := join.ReadLocker(msg); err == nil {
				l = got // the newest counts
			}
		}
	}
	if l == nil {
		return ErrNoLocker
	}
	// Locking waits for this, and ends it.
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	c.work.Add(1)
	defer c.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	c.mu.Unlock()
	return c.rejoin(ctx, sheet, l)
}

// rejoin adds this device to the sheet's account, by the sheet. The sheet first
// reads everything, as a device of its own: what it adds must follow on the
// account as it is today.
func (c *Client) rejoin(ctx context.Context, sheet join.Sheet, l *join.Locker) error {
	probe := &space{role: roleHome, device: sheet.Device(), book: link.NewBook()}
	if Role(l.Role) == Centre {
		probe.role = roleTeam
	}
	var team [32]byte
	for _, ch := range l.Chains {
		if err := ch.AddTo(probe.book.Book); err != nil {
			return err
		}
		if ch.Team && len(ch.Raws) > 0 {
			team = [32]byte(keyring.HashOf(ch.Raws[0]))
		}
	}
	c.mu.Lock()
	c.p.team = team
	device := c.p.device(0)
	c.mu.Unlock()
	id, _, ok := probe.book.FindDevice(probe.device.ID())
	if !ok {
		return ErrNoLocker
	}
	probe.account = id
	cfg := c.config(probe)
	cfg.Keeper = vault.NewMemory()
	r, err := link.Join(ctx, cfg, nil, l.Space, l.Origin)
	if errors.Is(err, keyring.ErrNoKey) {
		return ErrNoLocker // it is older than the sheet, or was not the sheet's
	}
	if err != nil {
		return err
	}
	if err := c.restored(ctx, r); err != nil {
		return err
	}
	if a, _ := probe.book.Account(id); !a.HasDevice(probe.device.ID()) {
		return ErrNoLocker // it was replaced, and the relay has kept the old way back
	}
	chain, sp := r.Chain(), r.Space()
	probe.book.Lock()
	_, err = addDevice(probe, probe.device, device.Public(), c.env.Now())
	chains := chainsOf(probe.book.Book, team, append(sp.Accounts(), probe.account)...)
	probe.book.Unlock()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return ErrLocked
	}
	was := *c.p
	c.p.retiring, c.p.heir, c.p.restored = sheet, join.NewSheet(), c.env.Now()
	if err := c.adopt(ctx, id, chains, chain, l.Origin); err != nil {
		*c.p = was
		return err
	}
	return c.write(ctx, c.primary(), link.TypeChain, link.ChainsBody(chains...))
}
