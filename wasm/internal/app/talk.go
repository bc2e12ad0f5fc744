package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
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

// A talk is what has been said at one rendezvous, seen from either side.
type talk struct {
	rv      *join.Rendezvous
	inv     join.Invitation
	book    keyring.Book // what the talk itself brought
	offer   *join.Offer
	request *join.Request
	nonce   *join.Nonce
	check   string
	done    *join.Done
	late    bool // there is an offer, and its time is over
	stop    context.CancelFunc
}

func newTalk(inv join.Invitation) *talk {
	return &talk{rv: inv.Rendezvous(), inv: inv, book: keyring.NewBook()}
}

// hear takes one message in the order of the channel. The first of each kind
// that verifies counts; all else is noise.
func (t *talk) hear(msg []byte, now time.Time) {
	switch join.TagOf(msg) {
	case join.IsOffer:
		if t.offer == nil {
			o, err := t.rv.ReadOffer(msg, t.inv, t.book, now)
			if err == nil {
				t.offer = o
			}
			t.late = t.late || errors.Is(err, join.ErrExpired)
		}
	case join.IsRequest:
		if t.offer != nil && t.request == nil {
			if q, err := t.rv.ReadRequest(msg, t.offer, t.book); err == nil {
				t.request = q
			}
		}
	case join.IsReveal:
		if t.offer != nil && t.request != nil && t.nonce == nil {
			if n, err := join.ReadReveal(msg, t.offer); err == nil {
				t.nonce = &n
				t.check = t.rv.ShortCode(t.offer, t.request, n)
			}
		}
	case join.IsDone:
		if t.offer != nil && t.request != nil && t.done == nil {
			if d, err := t.rv.ReadDone(msg, t.offer, t.request, t.inv, t.book); err == nil {
				t.done = d
			}
		}
	}
}

// listen follows a rendezvous until step says that it is over, across lost
// connections. step runs after each batch of messages, and first without any.
func (c *Client) listen(ctx context.Context, rv *join.Rendezvous, step func(msgs [][]byte) (over bool)) (gone bool) {
	pause := time.Second
	for ctx.Err() == nil {
		over, err := c.listenOnce(ctx, rv, step)
		if over {
			return false
		}
		var no *link.Refusal
		if errors.As(err, &no) && (no.Code == wire.NoAccess || no.Code == wire.Deleted || no.Code == wire.Expired) {
			return true
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(pause*2, 20*time.Second)
	}
	return false
}

func (c *Client) listenOnce(ctx context.Context, rv *join.Rendezvous, step func([][]byte) bool) (over bool, err error) {
	s, err := link.Dial(ctx, c.env.Dial, c.env.Origin)
	if err != nil {
		return false, err
	}
	defer s.Close()
	if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
		return false, err
	}
	inbox := make(chan link.Reply, 4)
	if _, err := s.Follow(rv.Channel(), 0, inbox); err != nil {
		return false, err
	}
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			// A connection may have died silently, or an answer of ours did
			// not get through.
			if err := ping(ctx, s); err != nil {
				return false, err
			}
			if step(nil) {
				return true, nil
			}
		case rep := <-inbox:
			b, ok := rep.Frame.(*wire.Boxes)
			if !ok {
				return false, errors.New("app: the relay ended the rendezvous")
			}
			var msgs [][]byte
			for _, box := range b.Boxes {
				if m, err := rv.Open(box.Data); err == nil {
					msgs = append(msgs, m)
				}
			}
			if step(msgs) {
				return true, nil
			}
		case <-s.Done():
			return false, link.ErrClosed
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func ping(ctx context.Context, s *link.Session) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return s.Alive(ctx)
}

// post leaves messages at a rendezvous.
func (c *Client) post(ctx context.Context, rv *join.Rendezvous, msgs ...[]byte) error {
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
		return err
	}
	for _, m := range msgs {
		if err := leave(ctx, s, rv, m); err != nil {
			return err
		}
	}
	return nil
}

// errLeft reports a message that the relay acknowledged and does not have.
var errLeft = errors.New("app: the relay did not keep what it acknowledged")

// leave appends a message to an opened rendezvous or locker and reads it there:
// nobody is on the other side yet to say that it never came.
func leave(ctx context.Context, s *link.Session, rv *join.Rendezvous, msg []byte) error {
	box := rv.Box(msg)
	for range 2 {
		at, err := s.Append(ctx, rv.Channel(), []wire.Box{box})
		if err != nil {
			return err
		}
		got, err := s.Read(ctx, rv.Channel(), at[0]-1)
		if err != nil {
			return err
		}
		if len(got.Boxes) > 0 && got.Boxes[0].Pos == at[0] {
			if there, err := rv.Open(got.Boxes[0].Data); err == nil && bytes.Equal(there, msg) {
				return nil
			}
		}
		rand.Read(box.ID[:]) // something else has that name there
	}
	return errLeft
}

// inviteLife is how long an invitation may be used. A further device stands
// beside the first.
func inviteLife(k join.Kind) time.Duration {
	if k == join.Device {
		return seal.Current.Invitation.Device
	}
	return seal.Current.Invitation.Valid
}

// inviteGrace is how long the rendezvous of a further device stands after its
// invitation has expired, so that who was let in hears of it. The relay's clock
// decides nothing: after the end no request is answered and nobody confirmed.
const inviteGrace = time.Hour

// channelLife is when the rendezvous goes.
func (i *invite) channelLife() time.Time {
	if i.inv.Kind() == join.Device {
		return i.expires.Add(inviteGrace)
	}
	return i.expires
}

// over reports that an invitation has expired. Only the inviting device's clock
// and record count.
func (c *Client) over(i *invite) bool { return !c.env.Now().Before(i.expires) }

// Invite makes an invitation and leaves its offer at the relay.
func (c *Client) Invite(ctx context.Context, kind join.Kind, note string) ([16]byte, error) {
	return c.invite(ctx, kind, 0, 0, note)
}

// invite is Invite; right is what a carer is to have, role what a colleague is to be.
func (c *Client) invite(ctx context.Context, kind join.Kind, right keyring.Right, role keyring.Role, note string) ([16]byte, error) {
	if (kind == join.Colleague) != (role != 0) {
		return [16]byte{}, ErrRight
	}
	var none [16]byte
	if kind == join.Patient || kind == join.Colleague {
		if err := c.freshTenant(ctx); err != nil {
			return none, err
		}
	}
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return none, ErrLocked
	}
	prim := c.primary()
	if c.p.role == Patient && kind != join.Device && c.homeRight() != keyring.Own {
		c.mu.Unlock()
		return none, ErrRight
	}
	if mine := c.teamRole(); kind == join.Colleague && mine != keyring.Lead || kind == join.Patient && mine == keyring.Reader {
		c.mu.Unlock()
		return none, ErrRight
	}
	now := c.env.Now()
	i := &invite{right: right, role: role, nonce: join.NewNonce(), created: now, expires: now.Add(inviteLife(kind)).Truncate(time.Second), note: note}
	rand.Read(i.id[:])
	if prim.role == roleHome || kind != join.Patient {
		// Who let somebody into an account or a team says so alone: others who
		// read this space must not be able to take the guest's place.
		if err := c.sealInvite(i, kind); err != nil {
			c.mu.Unlock()
			return none, err
		}
	}
	o := join.Offer{Kind: kind, Role: role, Created: now, Expires: i.expires}
	admission, ok := c.admission()
	var err error
	switch kind {
	case join.Device:
		prim.book.Lock()
		o.Chains = chainsOf(prim.book.Book, keyring.TeamID{}, prim.account)
		if a, known := prim.book.Account(prim.account); known && activeDevices(a) >= MaxDevices {
			err = keyring.ErrLimit
		}
		prim.book.Unlock()
		if c.p.role == Patient && ok {
			o.Admission = &admission // the new device may add another one later
		}
	case join.Patient, join.Colleague:
		if kind == join.Patient {
			i.inv = join.New(kind, c.p.team)
			if say := c.desk.information.now(); say != nil {
				o.Information = say.body
			}
		}
		prim.book.Lock()
		o.Chains = chainsOf(prim.book.Book, c.p.team)
		prim.book.Unlock()
		// Home, centre and locker; a few more for later.
		var t wire.Ticket
		if t, err = c.ticket(8, i.expires.Add(30*24*time.Hour)); err == nil {
			o.Admission = &wire.Admission{Kind: wire.ByTicket, Ticket: t}
		}
		if t, err2 := c.ticket(1, i.expires); err2 == nil {
			admission, ok = wire.Admission{Kind: wire.ByTicket, Ticket: t}, true
		}
	case join.Carer:
		prim.book.Lock()
		o.Chains = chainsOf(prim.book.Book, keyring.TeamID{}, prim.account)
		prim.book.Unlock()
		if ok {
			o.Admission = &admission // for further devices, and for what an owner needs
		}
	default:
		err = errors.New("app: not a kind of invitation")
	}
	c.mu.Unlock()
	if err != nil {
		return none, err
	}
	if !ok {
		return none, errors.New("app: this device may not create channels")
	}
	rv := i.inv.Rendezvous()
	msg := rv.Offer(o, i.nonce, prim.device, prim.account)
	s, err := c.env.session(ctx)
	if err != nil {
		return none, err
	}
	err = s.Create(ctx, rv.Founding, rv.Access, i.channelLife(), admission)
	s.Close()
	if err != nil {
		return none, err
	}
	if err := c.post(ctx, rv, msg); err != nil {
		return none, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return none, ErrLocked
	}
	if err := c.write(ctx, prim, typeInvitation, i.body()); err != nil {
		return none, err
	}
	c.poke()
	return i.id, nil
}

func (c *Client) admission() (wire.Admission, bool) {
	if c.p.admission == nil {
		return wire.Admission{}, false
	}
	return link.ParseAdmission(c.p.admission)
}

// host follows every open invitation of this device's account or team. It is
// called by upkeep; the caller holds mu.
func (c *Client) host() {
	for _, id := range c.desk.order {
		i := c.desk.invites[id]
		t := c.talks[id]
		open := i.state == InviteOpen && !c.over(i)
		switch {
		case open && t == nil:
			t = newTalk(i.inv)
			ctx, stop := context.WithCancel(c.ctx)
			t.stop = stop
			c.talks[id] = t
			c.work.Add(1)
			go func() { defer c.work.Done(); c.hostOne(ctx, i, t) }()
		case !open && t != nil && t.stop != nil:
			t.stop()
			t.stop = nil
		}
	}
}

func (c *Client) hostOne(ctx context.Context, i *invite, t *talk) {
	gone := c.listen(ctx, t.rv, func(msgs [][]byte) bool {
		c.mu.Lock()
		for _, m := range msgs {
			t.hear(m, i.created)
		}
		answer := t.request != nil && t.nonce == nil && !c.over(i) && c.pin(ctx, i, t)
		over := t.done != nil
		c.mu.Unlock()
		if answer {
			// The nonce is shown only now that the request cannot change.
			if err := c.post(ctx, t.rv, join.Reveal(i.nonce)); err != nil {
				return false // comes again
			}
		}
		c.env.Changed()
		return over
	})
	if gone {
		c.dropTalk(i.id, t)
	}
	c.env.Changed()
}

// dropTalk lets upkeep begin a talk anew: that its channel is gone is only what
// the relay says.
func (c *Client) dropTalk(id [16]byte, t *talk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.talks[id] == t {
		delete(c.talks, id)
	}
}

// pin states durably which request this device answers, and reports whether it
// is this one. Whoever holds the invitation can delete the channel and make it
// anew; once the nonce is known, a request could be chosen to give any short
// code. So the first answer is the only one. The caller holds mu.
func (c *Client) pin(ctx context.Context, i *invite, t *talk) bool {
	if c.v == nil {
		return false
	}
	prim := c.primary()
	if i.by != prim.device.ID() {
		return false // the device that invited answers
	}
	to, found, ok := c.desk.pinned(i)
	switch {
	case !found:
		return c.write(ctx, prim, typeInviteState, pinBody(i.id, t.pinned())) == nil
	case ok && to == t.pinned():
		return true
	}
	// Another request than the one that was answered: the invitation is burnt.
	if i.state == InviteOpen {
		c.write(ctx, prim, typeInviteState, inviteStateBody(i.id, InviteRefused))
		c.poke()
	}
	return false
}

// pinned names the offer and request of a talk.
func (t *talk) pinned() (to [64]byte) {
	o, q := t.offer.Hash(), t.request.Hash()
	copy(to[:], o[:])
	copy(to[32:], q[:])
	return to
}

// code is the short code of a talk, once the inviting device has bound itself
// to exactly this request.
func (d *desk) code(i *invite, t *talk) string {
	if t.request == nil {
		return ""
	}
	if to, _, ok := d.pinned(i); !ok || to != t.pinned() {
		return ""
	}
	return t.check
}

// Confirm ends a talk with the one who joined: somebody has compared the code.
func (c *Client) Confirm(ctx context.Context, id [16]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	i, t := c.desk.invites[id], c.talks[id]
	if i == nil || t == nil || c.desk.code(i, t) == "" {
		return errors.New("app: nobody has answered this invitation")
	}
	if i.state != InviteOpen {
		return ErrRevoked
	}
	if i.inv.Kind() == join.Device && c.over(i) {
		return join.ErrExpired
	}
	if mine := c.teamRole(); i.inv.Kind() == join.Colleague && mine != keyring.Lead || i.inv.Kind() == join.Patient && mine == keyring.Reader {
		return ErrRight
	}
	prim := c.primary()
	done := join.Done{Accepted: true, By: join.Party{Device: prim.device.ID(), Account: prim.account}}
	var err error
	switch i.inv.Kind() {
	case join.Patient:
		err = c.admitPatient(ctx, i, t)
	case join.Colleague:
		done.Chains, err = c.admitColleague(ctx, i, t)
		done.Space, done.Origin = prim.replica.Chain(), prim.replica.Relay()
	case join.Carer:
		done.Chains, err = c.admitCarer(ctx, i, t)
		done.Space, done.Origin = prim.replica.Chain(), prim.replica.Relay()
	case join.Device:
		done.Chains, err = c.admitDevice(ctx, t)
		done.Space, done.Origin = prim.replica.Chain(), prim.replica.Relay()
	}
	if errors.Is(err, join.ErrMessage) {
		// Nothing that could be let in: the invitation is over.
		if err := c.write(ctx, prim, typeInviteState, inviteStateBody(id, InviteRefused)); err != nil {
			return err
		}
		c.poke()
		return ErrRevoked
	}
	if err != nil {
		return err
	}
	// The answer is kept first: a browser that is closed in between must not
	// leave somebody a member who never hears of it.
	c.answer(ctx, i.inv, t.rv.Done(done, t.offer, t.request, prim.device))
	c.poke()
	return c.write(ctx, prim, typeInviteState, inviteStateBody(id, InviteUsed))
}

// answerPrefix begins the keys of talks whose end has not arrived yet.
const answerPrefix = "t/"

// answer keeps the end of a talk and posts it in the background. If it cannot
// be kept, it is posted all the same, for as long as the vault is open.
func (c *Client) answer(ctx context.Context, inv join.Invitation, msg []byte) {
	ch := inv.Rendezvous().Channel()
	key := answerPrefix + hex.EncodeToString(ch[:8])
	f := fields{fieldInvite: inv.Bytes(), fieldRequest: msg}
	c.v.Write(ctx, []vaultRecord{{Key: key, Value: f.bytes()}})
	c.deliver(key, inv, msg)
}

// answers posts what did not arrive before the vault was locked.
func (c *Client) answers() {
	records, err := c.v.Scan(c.ctx, answerPrefix)
	if err != nil {
		return // with the next unlocking
	}
	for _, rec := range records {
		if f, err := parseFields(rec.Value); err == nil {
			if inv, err := join.Parse(f[fieldInvite]); err == nil {
				c.deliver(rec.Key, inv, f[fieldRequest])
			}
		}
	}
}

func (c *Client) deliver(key string, inv join.Invitation, msg []byte) {
	ctx, v, rv := c.ctx, c.v, inv.Rendezvous()
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		for pause := time.Second; ctx.Err() == nil; pause = min(pause*2, 30*time.Second) {
			err := c.post(ctx, rv, msg)
			var no *link.Refusal
			if err == nil || errors.As(err, &no) && no.Code.Advice() != wire.Retry {
				v.Write(ctx, []vaultRecord{{Key: key}})
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
}

// Refuse ends a talk: the codes differ.
func (c *Client) Refuse(ctx context.Context, id [16]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	if err := c.write(ctx, prim, typeInviteState, inviteStateBody(id, InviteRefused)); err != nil {
		return err
	}
	if t := c.talks[id]; t != nil && t.request != nil {
		done := join.Done{By: join.Party{Device: prim.device.ID(), Account: prim.account}}
		c.answer(ctx, t.inv, t.rv.Done(done, t.offer, t.request, prim.device))
	}
	c.poke()
	return nil
}

// Revoke makes an unused invitation void, at the relay as well.
func (c *Client) Revoke(ctx context.Context, id [16]byte) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	i := c.desk.invites[id]
	if i == nil {
		c.mu.Unlock()
		return ErrRevoked
	}
	err := c.write(ctx, c.primary(), typeInviteState, inviteStateBody(id, InviteRevoked))
	c.poke()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	s, err := c.env.session(ctx)
	if err != nil {
		return nil // the record counts; at the relay it expires by itself
	}
	defer s.Close()
	var no *link.Refusal
	if err := s.Delete(ctx, i.inv.Rendezvous().Founding); err != nil && !errors.As(err, &no) {
		return err
	}
	return nil
}

// admitPatient takes a patient's space into the centre's. What the request
// brought is tried out before anything of it is kept.
func (c *Client) admitPatient(ctx context.Context, i *invite, t *talk) error {
	q := t.request
	if err := c.tryRequest(ctx, q); err != nil {
		return errors.Join(join.ErrMessage, err)
	}
	k := &card{invite: i.id, chains: q.Chains, chain: q.Space, origin: q.Origin, note: i.note}
	prim := c.primary()
	before := len(c.desk.cards)
	if err := c.write(ctx, prim, typeCard, k.body()); err != nil {
		return err
	}
	if len(c.desk.cards) == before {
		return nil // a colleague was faster
	}
	// What fails from here on, upkeep does again: the card stands.
	if s, err := c.takeCard(ctx, c.desk.cards[len(c.desk.cards)-1]); err == nil {
		c.write(ctx, s, typeWelcome, nil)
	}
	return nil
}

// tryRequest checks that a request brings a space of the one who asks, which
// this centre may read and treat in.
func (c *Client) tryRequest(ctx context.Context, q *join.Request) error {
	prim := c.primary()
	probe := &space{role: rolePatient, account: prim.account, device: prim.device, book: link.NewBook()}
	prim.book.Lock()
	chains := append(chainsOf(prim.book.Book, c.p.team), q.Chains...)
	prim.book.Unlock()
	cfg := c.config(probe)
	cfg.Keeper = vault.NewMemory()
	r, err := link.Join(ctx, cfg, chains, q.Space, q.Origin)
	if err != nil {
		return err
	}
	sp := r.Space()
	if sp.Kind() != keyring.Centre || sp.Owner() != keyring.AccountRef(q.By.Account) {
		return errors.New("app: the request brought another kind of space")
	}
	for _, m := range sp.Members() {
		if m.Ref == keyring.TeamRef(c.p.team) && m.Right == keyring.Treat {
			return nil
		}
	}
	return errors.New("app: the request brought a space without this centre")
}

// takeCards makes replicas of those patients' spaces that this device has none of. What
// fails is tried again in the next round. The caller holds mu, which others may have in
// between: a colleague's first day brings a thousand.
func (c *Client) takeCards(ctx context.Context) {
	have := make(map[link.Hash]bool)
	for _, s := range c.spaces {
		if s.card != nil {
			have[s.card.id] = true
		}
	}
	for _, k := range slices.Clone(c.desk.cards) {
		if have[k.id] || c.desk.closed[k.id] != nil {
			continue
		}
		if c.giveWay(ctx); c.v == nil || ctx.Err() != nil {
			return
		}
		if !slices.ContainsFunc(c.spaces, func(s *space) bool { return s.card == k }) { // taken meanwhile
			c.takeCard(ctx, k)
		}
	}
}

// takeCard makes the replica of a patient's space on this device.
func (c *Client) takeCard(ctx context.Context, k *card) (*space, error) {
	prim := c.primary()
	s := &space{n: c.p.next, role: rolePatient, persona: prim.persona, account: prim.account, card: k}
	c.prepare(s)
	var err error
	if s.replica, err = link.Join(ctx, c.config(s), k.chains, k.chain, k.origin); err != nil {
		return nil, err
	}
	c.p.next++
	return s, c.add(ctx, s)
}

// admitColleague adds an account to the team.
func (c *Client) admitColleague(ctx context.Context, i *invite, t *talk) ([]link.Chain, error) {
	prim := c.primary()
	// Those that an earlier version of the app wrote the new colleague could read, and use.
	if err := c.revoke(ctx, func(o *invite) bool { return o.sealed == nil && o.inv.Kind() == join.Colleague && o.id != i.id }); err != nil {
		return nil, err
	}
	chains, err := c.growTeam(prim, i, t)
	if err != nil {
		return nil, err
	}
	// Everybody who must believe the new colleague hears of the new chain:
	// colleagues at once, patients by upkeep.
	return chains, c.write(ctx, prim, link.TypeChain, link.ChainsBody(chains...))
}

func (c *Client) growTeam(prim *space, i *invite, t *talk) ([]link.Chain, error) {
	prim.book.Lock()
	defer prim.book.Unlock()
	for _, ch := range t.request.Chains {
		if err := ch.AddTo(prim.book.Book); err != nil {
			return nil, err
		}
	}
	member := t.request.By.Account
	team, _ := prim.book.Team(c.p.team)
	if _, already := team.RoleOf(member); !already {
		by := keyring.Author{Device: prim.device, Account: prim.account}
		raw, err := team.AddMember(by, member, i.as(), c.env.Now())
		if err != nil {
			return nil, err
		}
		if _, err := prim.book.AddTeam(append(team.Raws(), raw)); err != nil {
			return nil, err
		}
	}
	return chainsOf(prim.book.Book, c.p.team), nil
}

// admitDevice adds a device to this device's own account.
func (c *Client) admitDevice(ctx context.Context, t *talk) ([]link.Chain, error) {
	prim := c.primary()
	if t.offer.By.Account != prim.account {
		return nil, join.ErrMessage // another owner's invitation to a device of their own
	}
	chains, err := c.growAccount(prim, t)
	if err != nil {
		return nil, err
	}
	return chains, c.write(ctx, prim, link.TypeChain, link.ChainsBody(chains...))
}

func activeDevices(a *keyring.Account) (n int) {
	for _, d := range a.Devices() {
		if d.Active() {
			n++
		}
	}
	return n
}

func (c *Client) growAccount(prim *space, t *talk) ([]link.Chain, error) {
	accounts := prim.replica.Space().Accounts()
	prim.book.Lock()
	defer prim.book.Unlock()
	if _, err := addDevice(prim, prim.device, *t.request.Public, c.env.Now()); err != nil {
		return nil, err
	}
	return chainsOf(prim.book.Book, c.p.team, append(accounts, prim.account)...), nil
}
