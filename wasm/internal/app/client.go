package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A Client is one device of one person.
type Client struct {
	env Env

	mu     sync.Mutex
	v      *vault.Vault
	p      *profile
	spaces []*space
	book   *link.Book                    // centre: of the team and all patients
	own    *diary.Diary                  // patient: home and what the centres added
	stale  bool                          // own has to be read again
	peers  map[string]*link.Peer         // by group of spaces that may be linked
	hang   map[string]context.CancelFunc // ends what runs such a peer
	talks  map[[16]byte]*talk
	desk   *desk
	people *people
	wanted map[keyring.AccountID]keyring.Right // that members of home are to have; 0: none

	leaving map[keyring.AccountID]time.Time // colleagues who asked to be taken out of the team

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	wake chan struct{} // capacity 1: something for upkeep to do

	heard   map[seal.DeviceID]int64 // devices of the own account, and at a centre of colleagues: when they wrote last, in ms
	witness int64                   // when devices other than this wrote last, by their clocks, in ms
	known   map[knownDevice]bool    // what the person knows of other devices
	chosen  pendingChoice           // how the list of patients is to be shown, until that is told
	asked   string                  // the short code of this device's own wish, once there is one

	intents  intents  // what is to be removed or renewed
	renewals renewals // how renewing goes, in memory

	enrolling  map[keyring.AccountID]comingIn
	againLeft  bool // something may be left to be written again
	lostSheet  bool // a sheet that was in force no longer is
	busyPhotos bool // upkeep is sending photos
	busyDoors  bool // upkeep is renewing keys at the relay
	doorsLeft  int  // spaces whose channels somebody may own who was shut out
	cache      []cached
	legal      legal    // centre
	evidence   attested // centre
	studies    studies
	texts      map[[32]byte]string            // that were agreed to, by their hashes
	said       map[InformationID]*Information // what centres say of themselves
	cacheLimit int

	open      []*space // centre: patients whose diaries are in memory, the one that was asked last at the end
	openLimit int      // their records
	unread    error    // why a diary that rested could not be read again, or one not at all
	reading   reading  // centre: the diaries that are still to be read after unlocking
	mail      mail     // centre: what is on its way to many patients
	held      turns    // how long upkeep has held mu
}

// New returns a client without a vault.
func New(env Env) *Client {
	if env.Changed == nil {
		env.Changed = func() {}
	}
	if env.Links == "" {
		env.Links = env.Origin
	}
	return &Client{env: env}
}

// Exists reports whether this browser holds a vault.
func (c *Client) Exists(ctx context.Context) (bool, error) { return vault.Exists(ctx, c.env.Disk) }

// Create makes a vault for a device that will be used in a role. The passphrase
// never leaves the device.
func (c *Client) Create(ctx context.Context, pass []byte) error {
	v, err := vault.Create(ctx, c.env.host(), pass, c.env.Params())
	if err != nil {
		return err
	}
	if err := c.admit(ctx, v); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin(v, &profile{seed: seal.NewSecret()})
	return nil
}

// admit locks a vault again in which this release may not go on.
func (c *Client) admit(ctx context.Context, v *vault.Vault) error {
	if c.env.Admit == nil {
		return nil
	}
	err := c.env.Admit(ctx, v)
	if err != nil {
		v.Lock()
	}
	return err
}

func (c *Client) begin(v *vault.Vault, p *profile) {
	c.v, c.p = v, p
	c.spaces, c.desk, c.people, c.wanted = nil, newDesk(), newPeople(), make(map[keyring.AccountID]keyring.Right)
	c.desk.open, c.desk.team = c.openInvite, func() [32]byte { return c.p.team }
	c.leaving = make(map[keyring.AccountID]time.Time)
	c.book, c.own = link.NewBook(), new(diary.Diary)
	c.peers, c.talks = make(map[string]*link.Peer), make(map[[16]byte]*talk)
	c.hang = make(map[string]context.CancelFunc)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.wake = make(chan struct{}, 1)
	c.enrolling = make(map[keyring.AccountID]comingIn)
	c.intents, c.renewals = intents{}, renewals{}
	c.witness = 0
	c.heard, c.known, c.asked = make(map[seal.DeviceID]int64), make(map[knownDevice]bool), ""
	c.chosen = pendingChoice{}
	c.cache, c.cacheLimit, c.busyPhotos, c.busyDoors = nil, cacheBytes, false, false
	c.againLeft = true
	c.legal, c.evidence = legal{book: record.NewBook()}, attested{}
	c.studies = studies{}
	c.texts, c.said = make(map[[32]byte]string), make(map[InformationID]*Information)
	c.open, c.openLimit, c.unread, c.reading = nil, openRecords, nil, reading{}
	c.mail = mail{wake: make(chan struct{}, 1)}
	if c.env.OpenRecords > 0 {
		c.openLimit = c.env.OpenRecords
	}
}

// Unlock opens the vault and everything in it, and connects. What is due about
// the vault's header is written: costs that the policy has raised since.
// A wrong passphrase is vault.ErrPassphrase.
func (c *Client) Unlock(ctx context.Context, pass []byte) error {
	v, err := vault.Open(ctx, c.env.host(), pass)
	if err != nil {
		return err
	}
	// Before anything is written: the right release may not know this one's header.
	if err := c.admit(ctx, v); err != nil {
		return err
	}
	// If it cannot be written now, the next unlocking tries again; costs below
	// the policy's floor are not put up with.
	late := v.Renew(ctx, pass, c.env.Params())
	err = c.take(ctx, v)
	if errors.Is(err, vault.ErrLocked) {
		return late
	}
	return err
}

// take reads what is in a vault in which this release may go on.
func (c *Client) take(ctx context.Context, v *vault.Vault) error {
	raw, err := v.Get(ctx, "profile")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if raw == nil {
		// The browser was closed between the passphrase and the first act.
		c.begin(v, &profile{seed: seal.NewSecret()})
		return nil
	}
	p, err := parseProfile(raw)
	clear(raw)
	if err != nil {
		return err
	}
	c.begin(v, p)
	c.legal.lazy = true
	err = c.load(ctx)
	c.legal.lazy = false
	if err != nil {
		c.stop()
		c.v = nil
		return err
	}
	c.start()
	if len(c.reading.left)+len(c.legal.unfiled) > 0 {
		c.startReading()
	}
	return nil
}

// load reads every space but many patients', which follow. Team first: the
// patients' membership refers to it.
func (c *Client) load(ctx context.Context) error {
	raw, err := c.v.Get(ctx, mediaKey)
	if err != nil {
		return err
	}
	if c.cache, err = parseCache(raw); err != nil {
		return err
	}
	if raw, err = c.v.Get(ctx, knownKey); err != nil {
		return err
	}
	if c.known, err = parseKnown(raw); err != nil {
		return err
	}
	if raw, err = c.v.Get(ctx, choiceKey); err != nil {
		return err
	}
	if c.chosen, err = parsePending(raw); err != nil {
		c.chosen = pendingChoice{} // of a later release: the usual columns
	}
	if err := c.loadWanted(ctx); err != nil {
		return err
	}
	if raw, err = c.v.Get(ctx, intentsKey); err != nil {
		return err
	}
	if c.intents, err = parseIntents(raw); err != nil {
		return err
	}
	if err := c.loadMail(ctx); err != nil {
		return err
	}
	records, err := c.v.Scan(ctx, "x/")
	if err != nil {
		return err
	}
	for _, rec := range records {
		n, err := strconv.ParseUint(rec.Key[2:], 16, 32)
		if err != nil {
			return errFields
		}
		s, err := parseSpace(uint32(n), rec.Value)
		if err != nil {
			return err
		}
		if s.role == rolePatient {
			if c.reading.of++; c.reading.of > cmp.Or(c.env.ReadAtOnce, readAtOnce) {
				c.reading.left = append(c.reading.left, s)
				continue
			}
		}
		if err := c.loadSpace(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// prepare gives a space its keys and its book.
func (c *Client) prepare(s *space) {
	// A centre's device is one and the same in all spaces, and making its keys takes
	// a millisecond and 100 KB.
	if i := slices.IndexFunc(c.spaces, func(o *space) bool { return o.persona == s.persona }); i >= 0 {
		s.device = c.spaces[i].device
	} else {
		s.device = c.p.device(s.persona)
	}
	s.book = c.book
	if c.p.role == Patient {
		s.book = link.NewBook() // nothing of one centre is known to another
	}
	s.view, s.diary = newDiaryView(), new(diary.Diary)
	s.writers, s.vouched = make(map[seal.DeviceID]keyring.AccountID), make(map[seal.DeviceID]bool)
}

func (c *Client) config(s *space) link.Config {
	return link.Config{
		Keeper: c.v, Prefix: s.prefix(), Book: s.book, Device: s.device, Account: s.account,
		OpenEpoch: func(sp *keyring.Space, n uint32) (seal.Secret, error) { return c.openEpoch(s, sp, n) },
		OpenVoid:  func(sp *keyring.Space, n uint32) []seal.Secret { return c.openVoid(s, sp, n) },
		Founding:  func() *seal.Signer { return c.founding(s) },
		Owners:    func() []*seal.Signer { return c.spaceOwners(s) },
		Admissions: func(open wire.TenantID) []wire.Admission {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.admissionsFor(s, open)
		},
		Now:      c.env.Now,
		MaxBytes: maxBytes(s.role),
	}
}

// maxBytes bounds what this device takes in of a space. A patient's diary of
// thirty years is some 20 MB; a centre that opens many must not be flooded by one.
func maxBytes(r spaceRole) uint64 {
	if r == rolePatient {
		return 64 << 20
	}
	return 0 // link's
}

// openEpoch opens an epoch as whatever member of the space this device is.
func (c *Client) openEpoch(s *space, sp *keyring.Space, n uint32) (seal.Secret, error) {
	keys, err := c.memberKeys(s)
	if err != nil {
		return seal.Secret{}, err
	}
	return sp.OpenEpoch(n, keys)
}

// openVoid is openEpoch for the epochs that concurrent changes made void.
func (c *Client) openVoid(s *space, sp *keyring.Space, n uint32) []seal.Secret {
	keys, err := c.memberKeys(s)
	if err != nil {
		return nil
	}
	return sp.OpenVoid(n, keys)
}

// memberKeys are the keys to which epochs of a space are sealed for this device.
func (c *Client) memberKeys(s *space) (keyring.Unwrapper, error) {
	if s.role == roleTeam || s.role == rolePatient {
		return c.teamKeys(s)
	}
	return accountKeys(s)
}

// accountKeys are the secrets of this device's account in a space. The caller
// holds the mutex of the space's book or is alone with it.
func accountKeys(s *space) (*keyring.AccountKeys, error) {
	a, ok := s.book.Account(s.account)
	if !ok {
		return nil, errors.New("app: own account is unknown")
	}
	return a.Keys(s.device)
}

// unseal opens a secret that a device of the own account has sealed under the
// account's key of a generation: as it is now, or as it was in a branch of the
// account that became void.
func unseal(keys *keyring.AccountKeys, gen uint32, l seal.Label, info, sealed []byte) (seal.Secret, bool) {
	for _, key := range append([]seal.Secret{keys.Key(gen)}, keys.Void()...) {
		if !key.Valid() {
			continue
		}
		if s, err := seal.OpenSecret(key, l, info, sealed); err == nil {
			return s, true
		}
	}
	return seal.Secret{}, false
}

// teamKeys are the secrets of this centre, likewise.
func (c *Client) teamKeys(s *space) (*keyring.TeamKeys, error) {
	keys, err := accountKeys(s)
	if err != nil {
		return nil, err
	}
	team, ok := s.book.Team(c.p.team)
	if !ok {
		return nil, errors.New("app: own team is unknown")
	}
	return team.KeysWith(keys)
}

// founding derives the key that owns a space's channel: for patients from
// their account in it, for the team's space from the team. Nothing is kept.
func (c *Client) founding(s *space) *seal.Signer {
	var root seal.Secret
	if s.erased != nil {
		return nil // it is not to come back
	}
	switch s.role {
	case roleHome, roleCentre:
		if keys, err := accountKeys(s); err == nil {
			root = keys.Key(1)
		}
	case roleTeam:
		if keys, err := c.teamKeys(s); err == nil {
			root = keys.Key(1)
		}
	}
	if !root.Valid() {
		return nil
	}
	return foundingKey(root)
}

func foundingKey(root seal.Secret) *seal.Signer {
	return seal.SignerFromSecret(root.Derive(seal.LabelAppSpace), seal.LabelChannelFounding)
}

// primary is the home space or the team's; nil before there is one.
func (c *Client) primary() *space {
	for _, s := range c.spaces {
		if s.role == roleHome || s.role == roleTeam {
			return s
		}
	}
	return nil
}

// add takes a new space into the client: durable, connected, shown.
func (c *Client) add(ctx context.Context, s *space) error {
	if err := c.keep(ctx, s); err != nil {
		return err
	}
	c.spaces = append(c.spaces, s)
	c.mapCentre(s)
	c.absorb(s, s.replica.Entries())
	c.connect(s)
	c.poke()
	return nil
}

// group names the connection that a space uses. A patient's spaces use one
// each, so that the relay does not see by the connection that they belong
// together; a centre's share one.
func (c *Client) group(s *space) string {
	if c.p.role == Centre {
		return "team"
	}
	return s.key()
}

func (c *Client) connect(s *space) {
	g := c.group(s)
	p := c.peers[g]
	if p == nil {
		p = link.NewPeer(s.replica.Relay(), c.env.Dial, c.notify)
		p.Hold = func(r *link.Replica) bool { return c.hold(r) }
		c.peers[g] = p
		c.work.Add(1)
		ctx, cancel := context.WithCancel(c.ctx)
		c.hang[g] = cancel
		go func() { defer c.work.Done(); p.Run(ctx) }()
	}
	p.Add(s.replica)
}

// hangUp ends the connection that a space has to itself.
func (c *Client) hangUp(s *space) {
	g := c.group(s)
	if cancel := c.hang[g]; cancel != nil {
		cancel()
	}
	delete(c.hang, g)
	delete(c.peers, g)
}

// start connects all spaces and begins upkeep.
func (c *Client) start() {
	if c.p.role == Centre && !c.registered() {
		return
	}
	for _, s := range c.spaces {
		c.connect(s)
	}
	if len(c.reading.left) == 0 {
		c.startUpkeep()
	}
	c.startMail()
}

// registered reports that the relay knows the centre. A colleague's device
// learns the tenant from the team's space.
func (c *Client) registered() bool { return c.p.tenant != (wire.TenantID{}) || !c.p.hasCode }

// Lock closes the vault and forgets every key. The two that all others come
// from are overwritten; what Go has copied meanwhile is left to its collector.
func (c *Client) Lock() {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return
	}
	c.stop()
	v := c.v
	c.mu.Unlock()
	c.work.Wait()
	c.mu.Lock()
	v.Lock()
	c.p.seed.Wipe()
	c.v, c.p, c.spaces, c.book, c.peers, c.talks, c.desk, c.own, c.people, c.wanted = nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
	c.legal, c.evidence = legal{}, attested{}
	c.studies, c.texts, c.said = studies{}, nil, nil
	c.open, c.unread, c.reading, c.mail = nil, nil, reading{}, mail{}
	c.mu.Unlock()
}

// Wipe forgets everything on this device.
func (c *Client) Wipe(ctx context.Context) error {
	c.Lock()
	return c.env.Disk.Wipe(ctx)
}

// Wake tries the relay at once: the network is said to be back.
func (c *Client) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		p.Wake()
	}
}

func (c *Client) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// notify hears from peers what a replica took in.
func (c *Client) notify(r *link.Replica, u link.Update) {
	c.mu.Lock()
	if c.v != nil {
		for _, s := range c.spaces {
			if s.replica != r {
				continue
			}
			c.absorb(s, u.Entries)
			// Some chores wait until everything has been read.
			if read := c.caughtUp(s); read != s.read {
				s.read = read
				if read {
					c.poke()
				}
			}
			break
		}
		if len(u.Entries) > 0 || u.Membership || c.againLeft || c.sheetWork() || !c.busyPhotos && c.p.role == Patient && len(c.errands()) > 0 {
			c.poke()
		}
	}
	c.mu.Unlock()
	c.env.Changed()
}

// absorb takes accepted statements into what is shown.
func (c *Client) absorb(s *space, entries []*link.Entry) {
	s.absorbed += len(entries)
	for _, e := range entries {
		s.met(e)
		if e.Device != s.device.ID() {
			c.witness = max(c.witness, e.Time)
		}
		centre := e.Right == keyring.Treat
		if e.Account == s.account || s.role == roleTeam || s.role == rolePatient && (centre || e.Right == keyring.Read) {
			c.heard[e.Device] = max(c.heard[e.Device], e.Time)
		}
		switch {
		case e.Type == link.TypeBlobs:
			s.placed(e)
		case e.Type >= 16 && e.Type < 32:
			c.show(s, e)
			if s.role == rolePatient {
				c.recordable(s, e)
			}
		case e.Type == typeRecord || e.Type == typeCheck:
			if s.role == roleTeam && (centre || e.Right == keyring.Own) {
				c.legal.take(e)
			}
		case e.Type == typeEvidence || e.Type == typeReview:
			if s.role == roleTeam && (centre || e.Right == keyring.Own) || s.role == roleHome && e.Type == typeReview && e.Right == keyring.Own {
				c.evidence.take(e)
			}
		case e.Type == typePurpose || e.Type == typeExtract || e.Type == typeStudyEnd:
			if s.role == roleTeam && (centre || e.Right == keyring.Own) {
				c.studies.take(e)
			}
		case e.Type == typeQuestion || e.Type == typeConsent || e.Type == typeGiven || e.Type == typeAskedEnd:
			if s.role == roleCentre || s.role == rolePatient {
				s.asked.take(e)
			}
		case e.Type == typeRestriction:
			if s.role == roleCentre || s.role == rolePatient {
				s.restrict.take(e)
			}
		case e.Type == typeSharing:
			if (s.role == roleCentre || s.role == rolePatient) && e.Right == keyring.Own {
				c.takeSharing(s, e)
			}
		case e.Type == typeInformation:
			switch {
			case s.role == roleTeam && (centre || e.Right == keyring.Own):
				c.takeInformation(&c.desk.information, e, maxAgreed)
			case s.role == roleCentre && centre:
				c.takeInformation(&s.sharings, e, maxAgreed)
			case s.role == rolePatient && centre:
				c.takeInformation(&s.sharings, e, 1) // only which it has
			}
		case e.Type == typeClosed && s.role == roleTeam && (centre || e.Right == keyring.Own):
			c.desk.takeClosed(e)
		case e.Type == typeDeath && s.role == roleTeam && (centre || e.Right == keyring.Own):
			c.desk.takeDeath(e)
		case e.Type == typeLooked && s.role == roleTeam && e.Right != 0:
			c.desk.takeLooked(e)
		case e.Type == typeChoice && s.role == roleTeam && e.Right != 0:
			c.desk.takeChoice(e)
		case e.Type == typeLeave && s.role == roleTeam:
			c.takeLeave(e)
		case e.Type == typeDevice && (s.role == roleHome || s.role == roleTeam):
			c.desk.take(e)
		case (e.Type == typeSheet || e.Type == typeDrill) && (s.role == roleHome || s.role == roleTeam):
			c.desk.takeSheet(e)
		case e.Type == typeWorkItem || e.Type == typeWorkLimits || e.Type == typeTeamNote:
			if s.role == roleTeam && (centre || e.Right == keyring.Own) {
				c.desk.work.take(said{e.Type, e.Body, e.Account, e.Time, e.Hash()})
			}
		case e.Type == typeTicket && centre && (s.role == roleCentre || s.role == rolePatient):
			c.takeTicket(s, e)
		case s.role == roleHome && (e.Type == typeClaim || e.Type == typePaper):
			if e.Account == s.account {
				c.desk.takeClaim(e)
			}
		case s.role == roleHome && e.Type == typeErased:
			if e.Right == keyring.Own {
				s.takeErased(e, c.env.Now())
			}
		case e.Type == typeSaved:
			// Receipts read it where it stands.
		case s.role == roleHome && e.Type >= typePersona && e.Type < typePersona+10:
			c.stale = c.people.take(e) || c.stale
		case s.role == roleTeam && (centre || e.Right == keyring.Own || s.ownInvitation(e)), s.role == roleHome && (e.Right == keyring.Own || s.ownInvitation(e)):
			c.desk.take(e)
			if e.Type == typeCentre && len(c.desk.centres) > 0 {
				c.people.founder(c.desk.centres[len(c.desk.centres)-1], e.Account)
			}
			if e.Type == typeTenant && s.role == roleTeam {
				c.learnTenant(e.Body)
			}
		case (s.role == roleCentre || s.role == rolePatient) && e.Type == typeParting:
			s.takeParting(e)
		case s.role == roleCentre && e.Type == typeWelcome && centre:
			if s.parting == nil {
				s.state = CentreConnected
			}
		case s.role == rolePatient && e.Type == typeWelcome && centre:
			s.welcomed = true
		case s.role == rolePatient && e.Type == link.TypeLease && centre && len(e.Body) == len(s.told):
			copy(s.told[:], e.Body)
			s.toldAt = time.UnixMilli(e.Time)
		}
		if s.role == roleCentre && centre {
			// A centre whose clock is far ahead would never be overdue.
			if t := time.UnixMilli(e.Time); t.After(s.heard) && t.Before(c.env.Now().Add(24*time.Hour)) {
				s.heard = t
			}
		}
	}
	// A centre's devices open the diaries of all patients, for years. What a
	// statement says is known now, and only what waits for the relay is asked for again.
	if (s.role == rolePatient || s.role == roleTeam) && s.replica.Waiting() == 0 {
		s.replica.LetGo()
	}
	if s.role == rolePatient && !s.diary.Resting() && (len(c.open) == 0 || c.open[len(c.open)-1] != s) {
		c.keepOpen(s)
	}
}

func (c *Client) learnTenant(body []byte) {
	if f, err := parseFields(body); err == nil {
		copy(c.p.tenant[:], f[fieldInviteID])
	}
}

// leaseTime is how long a client writes to a team that it has not heard of.
var leaseTime = seal.Current.Lease

// hold stops the sending to a centre that refused, or was not heard of for so
// long that its list of members may be out of date, and to any space that
// somebody could read who was shut out. Reading goes on.
func (c *Client) hold(r *link.Replica) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spaces {
		if s.replica == r {
			if s.parting != nil && s.role == roleCentre {
				return c.silenced(s) || c.exposed(s)
			}
			return s.shutUp() || c.mail.held && s.role == rolePatient || s.role == roleCentre && (!s.sharing() || c.overdue(s)) || c.exposed(s)
		}
	}
	return false
}

// overdue reports that a centre was not heard of for longer than the lease, or
// not at all yet, on a device that has just been added.
func (c *Client) overdue(s *space) bool {
	return s.role == roleCentre && c.env.Now().Sub(s.heard) > leaseTime
}

// silent reports that a centre was heard of, but too long ago.
func (c *Client) silent(s *space) bool {
	return !s.heard.IsZero() && s.parting == nil && c.overdue(s)
}

// caughtUp reports that all the relay had for a space was read since this
// device connected.
func (c *Client) caughtUp(s *space) bool {
	p := c.peers[c.group(s)]
	if p == nil {
		return false
	}
	st, _ := p.State(s.replica)
	return st == link.Current
}

// introduce tells a patient who this device of the centre is before its first
// word: they know the devices that were there when they joined. And it tells them of
// a team that has changed before the next word: what somebody writes whom they
// take for a reader still, they would not believe. The caller holds mu.
func (c *Client) introduce(ctx context.Context, s *space, t link.Type) error {
	if s.role != rolePatient {
		return nil
	}
	if !s.wrote {
		s.book.Lock()
		a, ok := s.book.Account(s.account)
		chains := chainsOf(s.book.Book, keyring.TeamID{}, s.account)
		s.book.Unlock()
		if ok && a.Length() > 1 {
			u, err := s.replica.Write(ctx, link.TypeChain, link.ChainsBody(chains...))
			if err != nil {
				return err
			}
			c.absorb(s, u.Entries)
		}
	}
	if t == link.TypeChain || t == link.TypeLease || t == link.TypePoint || s.parting != nil {
		return nil
	}
	if now := c.standing(); now.new(s) && c.teamRole() != keyring.Reader {
		return c.lease(ctx, s, now)
	}
	return nil
}

// write keeps a statement in a space and shows it. The caller holds mu.
func (c *Client) write(ctx context.Context, s *space, t link.Type, body []byte) error {
	if c.idle(s, t) {
		return ErrRight
	}
	if c.outdated(t) {
		return ErrOutdated
	}
	if s.toAgree != nil && t >= 16 && t != typeSharing {
		if err := c.tellAgreed(ctx, s); err != nil && t != typeParting {
			return err
		}
	}
	if err := c.introduce(ctx, s, t); err != nil {
		return err
	}
	u, err := s.replica.Write(ctx, t, body)
	if err != nil {
		return err
	}
	c.absorb(s, u.Entries)
	return nil
}

// chainsOf lists the chains in a book that newcomers to a space need:
// accounts before teams. The caller holds the book's mutex.
func chainsOf(book keyring.Book, team keyring.TeamID, accounts ...keyring.AccountID) []link.Chain {
	var chains []link.Chain
	t, isTeam := book.Team(team)
	if isTeam {
		for _, m := range t.Accounts() {
			if !slices.Contains(accounts, m) {
				accounts = append(accounts, m)
			}
		}
	}
	for i, id := range accounts {
		if slices.Contains(accounts[:i], id) {
			continue
		}
		if a, ok := book.Account(id); ok {
			chains = append(chains, link.Chain{Raws: a.Raws()})
		}
	}
	if isTeam {
		chains = append(chains, link.Chain{Team: true, Raws: t.Raws()})
	}
	return chains
}
