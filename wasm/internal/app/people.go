package app

import (
	"bytes"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// Statements about the people who share a diary. FORMAT.md lists their fields.
const (
	typePersona  link.Type = 50 // home: the account by which a member acts in a centre's space
	typeAdmitted link.Type = 51 // home: that account is a member there, and how it gets in
	typeName     link.Type = 52 // home: what a member is called
	typeHandover link.Type = 53 // home: the diary is handed over, and what becomes of who kept it
	typeMedia    link.Type = 54 // home: the media channel of a space
)

const (
	fieldPeopleSpace = iota + 30
	fieldPeopleName
	fieldPeopleRight
	fieldPeopleProof
	fieldPeopleChannel
	fieldPeopleInvite
	fieldPeopleKind
)

// MaxName is how long a person's name may be, in bytes.
const MaxName = keyring.MaxName

// A persona is the account by which a member of home acts in a centre's space.
type persona struct {
	space    keyring.SpaceID
	holder   keyring.AccountID // at home
	account  keyring.AccountID // there
	chain    link.Chain
	proof    []byte        // that its first device means this holder and this space
	index    uint32        // of the device keys, on the device that founded it
	own      bool          // this device founded it
	by       seal.DeviceID // at home, which founded it
	paper    []byte        // seed of its paper device, sealed under the holder's key
	paperGen uint32
}

// An admitted persona is a member of the centre's space.
type admitted struct {
	account keyring.AccountID
	chains  []link.Chain
	chain   []keyring.Raw
	origin  string
}

type personaKey struct {
	space  keyring.SpaceID
	holder keyring.AccountID
}

type saying struct {
	text string
	at   int64
	hash link.Hash
}

// after says which of two statements counts: the later, then the greater hash.
func (a saying) after(at int64, h link.Hash) bool {
	return a.at > at || a.at == at && bytes.Compare(a.hash[:], h[:]) >= 0
}

// A handover is what was said about one, by both sides.
type handover struct {
	To    keyring.AccountID
	From  keyring.AccountID
	Right keyring.Right // of who kept it until now, once that is decided; 0: they leave
	Done  bool          // the new owner has decided
	Begun time.Time
	Ended time.Time
}

// people is what the statements of home say about those who share it.
type people struct {
	personas map[personaKey]*persona
	holders  map[keyring.AccountID]keyring.AccountID // of accounts in centres' spaces
	admitted map[keyring.AccountID]*admitted
	names    map[keyring.AccountID]saying
	media    map[keyring.SpaceID]wire.Channel
	handed   []*handover
	decided  map[[2]keyring.AccountID]decision // by the new owner and who kept it
}

type decision struct {
	right keyring.Right
	at    time.Time
}

func newPeople() *people {
	return &people{
		personas: make(map[personaKey]*persona), holders: make(map[keyring.AccountID]keyring.AccountID),
		admitted: make(map[keyring.AccountID]*admitted), names: make(map[keyring.AccountID]saying), media: make(map[keyring.SpaceID]wire.Channel),
		decided: make(map[[2]keyring.AccountID]decision),
	}
}

// founder notes by which account a home account owns a centre's space.
func (p *people) founder(k *centreCard, holder keyring.AccountID) {
	space := k.space()
	at := personaKey{space, holder}
	if p.personas[at] == nil && p.holders[k.account] == (keyring.AccountID{}) {
		p.personas[at] = &persona{space: space, holder: holder, account: k.account}
		p.holders[k.account] = holder
	}
}

// space names the space that a card leads to.
func (k *centreCard) space() keyring.SpaceID { return keyring.SpaceID(keyring.HashOf(k.chain[0])) }

// take adds a statement of home. It tells whether something to show changed.
func (p *people) take(e *link.Entry) bool {
	if e.Type < typePersona || e.Type > typeMedia || e.Right == keyring.Treat || e.Right == 0 {
		return false
	}
	if e.Right != keyring.Own && e.Type != typePersona && e.Type != typeName {
		return false
	}
	f, err := parseFields(e.Body)
	if err != nil {
		return false
	}
	switch e.Type {
	case typePersona:
		p.takePersona(e, f)
	case typeAdmitted:
		if a, err := parseAdmitted(f); err == nil && p.admitted[a.account] == nil {
			p.admitted[a.account] = a
		}
	case typeName:
		name := f.text(fieldPeopleName)
		if !goodPersonName(name) || p.names[e.Account].after(e.Time, e.Hash()) {
			return false
		}
		p.names[e.Account] = saying{name, e.Time, e.Hash()}
		return true
	case typeHandover:
		p.takeHandover(e, f)
	case typeMedia:
		if id, ch, err := parseMediaChannel(f); err == nil {
			if _, known := p.media[id]; !known {
				p.media[id] = ch
			}
		}
	}
	return false
}

// goodPersonName reports a name as people write them: one line without control
// characters and without blanks around it.
func goodPersonName(s string) bool { return s != "" && len(s) <= MaxName && diary.Clean(s, false) == s }

func nameBody(name string) []byte { return fields{fieldPeopleName: []byte(name)}.bytes() }

func parseAdmitted(f fields) (*admitted, error) {
	a := &admitted{origin: f.text(fieldCardOrigin)}
	id, ok := copy32(f[fieldCardAccount])
	if !ok || wire.CheckOrigin(a.origin) != nil {
		return nil, errFields // it would be dialled
	}
	a.account = id
	var err error
	if a.chains, err = link.ParseChains(f[fieldCardChains]); err != nil {
		return nil, err
	}
	if a.chain, err = parseRaws(f[fieldCardSpace]); err != nil || len(a.chain) == 0 {
		return nil, errFields
	}
	return a, nil
}

func mediaChannelBody(id keyring.SpaceID, ch wire.Channel) []byte {
	return fields{fieldPeopleSpace: id[:], fieldPeopleChannel: ch[:]}.bytes()
}

func parseMediaChannel(f fields) (id keyring.SpaceID, ch wire.Channel, err error) {
	space, ok := copy32(f[fieldPeopleSpace])
	channel, ok2 := copy32(f[fieldPeopleChannel])
	if !ok || !ok2 {
		return id, ch, errFields
	}
	return space, channel, nil
}

// personaMessage is what a persona's first device signs: nobody can take
// somebody else's for their own.
func personaMessage(space keyring.SpaceID, holder keyring.AccountID) []byte {
	return append(space[:], holder[:]...)
}

func (p *people) takePersona(e *link.Entry, f fields) {
	k, err := parsePersona(f, e.Account)
	if err != nil {
		return
	}
	at := personaKey{k.space, e.Account}
	if p.personas[at] != nil || p.holders[k.account] != (keyring.AccountID{}) {
		return
	}
	k.own, k.by = e.Own, e.Device
	p.personas[at], p.holders[k.account] = k, e.Account
}

// parsePersona reads what an account says is its own account for a space.
func parsePersona(f fields, holder keyring.AccountID) (*persona, error) {
	space, ok := copy32(f[fieldPeopleSpace])
	if !ok {
		return nil, errFields
	}
	chains, err := link.ParseChains(f[fieldCardChains])
	if err != nil {
		return nil, err
	}
	if len(chains) != 1 || chains[0].Team {
		return nil, errFields
	}
	a, err := keyring.ReplayAccount(chains[0].Raws)
	if err != nil {
		return nil, err
	}
	if a.Name() != "" {
		return nil, errFields // the centre would read it
	}
	for _, d := range a.Devices() {
		if !d.Sheet && d.Public.VerifyHybrid(seal.LabelAppPersona, personaMessage(space, holder), f[fieldPeopleProof]) == nil {
			return &persona{
				space: space, holder: holder, account: a.ID(), chain: chains[0], proof: f[fieldPeopleProof], index: uint32(f.number(fieldCardPersona)),
				paper: f[fieldCardPaper], paperGen: uint32(f.number(fieldCardPaperGen)),
			}, nil
		}
	}
	return nil, errFields
}

func (k *persona) body() []byte {
	f := fields{
		fieldPeopleSpace: k.space[:], fieldCardChains: link.ChainsBody(k.chain), fieldPeopleProof: k.proof, fieldCardPaper: k.paper,
	}
	f.setNumber(fieldCardPersona, uint64(k.index))
	f.setNumber(fieldCardPaperGen, uint64(k.paperGen))
	return f.bytes()
}

func (a *admitted) body() []byte {
	return fields{
		fieldCardAccount: a.account[:], fieldCardChains: link.ChainsBody(a.chains...), fieldCardSpace: rawsBody(a.chain),
		fieldCardOrigin: []byte(a.origin),
	}.bytes()
}

func parseHandover(f fields) (account keyring.AccountID, right keyring.Right, err error) {
	id, ok := copy32(f[fieldCardAccount])
	right = keyring.Right(f.number(fieldPeopleRight))
	if !ok || right != 0 && !homeRights(right) {
		return account, 0, errFields
	}
	return id, right, nil
}

func (p *people) takeHandover(e *link.Entry, f fields) {
	id, right, err := parseHandover(f)
	if err != nil || id == e.Account {
		return
	}
	if right == 0 { // begun by who keeps the diary: the account is the new owner's
		if !p.hands(id) {
			p.handed = append(p.handed, &handover{From: e.Account, To: id, Begun: time.UnixMilli(e.Time)})
		}
	} else if at := [2]keyring.AccountID{e.Account, id}; p.decided[at].right == 0 { // the account is that of who kept it
		p.decided[at] = decision{right, time.UnixMilli(e.Time)}
	}
	for _, h := range p.handed {
		if d, ok := p.decided[[2]keyring.AccountID{h.To, h.From}]; ok && !h.Done {
			h.Done, h.Ended = true, d.at
			if d.right != keyring.Own {
				h.Right = d.right
			}
		}
	}
}

// handoverBody says that a diary is handed to an account, or with decided what
// becomes of the one that kept it: its right, or 1 if it leaves.
func handoverBody(account keyring.AccountID, decided keyring.Right) []byte {
	f := fields{fieldCardAccount: account[:]}
	if decided != 0 {
		f.setNumber(fieldPeopleRight, uint64(decided))
	}
	return f.bytes()
}

// nameOfMember is what a home account is called: what it says last, else what
// it was founded with.
func (c *Client) nameOfMember(id keyring.AccountID) string {
	if n, ok := c.people.names[id]; ok {
		return n.text
	}
	if home := c.primary(); home != nil && home.role == roleHome {
		home.book.Lock()
		defer home.book.Unlock()
		if a, ok := home.book.Account(id); ok {
			return a.Name()
		}
	}
	return ""
}

// cards lists the ways into centres' spaces that this device's account has: of
// spaces that it founded, and of those it was let into.
func (c *Client) cards() []*centreCard {
	var out []*centreCard
	for _, k := range c.desk.centres {
		if p := c.people.personas[personaKey{k.space(), c.p.account}]; p == nil || p.account == k.account {
			out = append(out, k)
			continue
		}
		p := c.people.personas[personaKey{k.space(), c.p.account}]
		if a := c.people.admitted[p.account]; a != nil {
			out = append(out, &centreCard{
				persona: p.index, by: p.by, account: p.account, idKey: k.idKey, paper: p.paper, paperGen: p.paperGen, chains: a.chains, chain: a.chain, origin: a.origin,
			})
		}
	}
	return out
}

// HomeRight is what this device's account may do with its diary: 0 on a
// centre's device, and before there is a diary.
func (l Look) HomeRight() keyring.Right { return l.c.homeRight() }

func (c *Client) homeRight() keyring.Right {
	home := c.primary()
	if home == nil || home.role != roleHome {
		return 0
	}
	return c.rightIn(home)
}

// rightIn is what this device may do in a space.
func (c *Client) rightIn(s *space) keyring.Right {
	sp := s.replica.Space()
	s.book.Lock()
	defer s.book.Unlock()
	r, _, _ := sp.Right(s.device.ID(), s.account)
	return r
}

// A Person is somebody who shares this diary, or did.
type Person struct {
	ID       keyring.AccountID
	Name     string // as they say; empty: they did not
	Right    keyring.Right
	You      bool
	Keeper   bool // founded the diary
	Since    time.Time
	Seen     time.Time     // their newest statement; zero: none
	Centres  int           // that their right holds at as well
	Changing bool          // a change of their right is under way
	Becomes  keyring.Right // what it is to be; 0: they leave
	Gone     bool          // was a member
}

// People lists those who share this diary, those who left last.
func (l Look) People() []Person {
	home := l.c.primary()
	if home == nil || home.role != roleHome {
		return nil
	}
	sp := home.replica.Space()
	seen := make(map[keyring.AccountID]int64)
	for _, e := range home.replica.Entries() {
		seen[e.Account] = max(seen[e.Account], e.Time)
	}
	var out []Person
	for _, id := range sp.Accounts() {
		ref := keyring.AccountRef(id)
		p := Person{
			ID: id, Name: l.c.nameOfMember(id), Right: sp.RightOf(ref), You: id == home.account, Keeper: ref == sp.Owner(), Since: sp.Joined(ref),
			Gone: sp.RightOf(ref) == 0,
		}
		if ms := seen[id]; ms > 0 {
			p.Seen = time.UnixMilli(ms)
		}
		for _, s := range l.c.spaces {
			if s.role != roleCentre {
				continue
			}
			if k := l.c.people.personas[personaKey{s.replica.Space().ID(), id}]; k != nil && s.replica.Space().RightOf(keyring.AccountRef(k.account)) == p.Right {
				p.Centres++
			}
		}
		p.Becomes, p.Changing = l.c.wanted[id]
		out = append(out, p)
	}
	arrange.By(out, func(a, b Person) int {
		if a.Gone != b.Gone {
			if a.Gone {
				return 1
			}
			return -1
		}
		return 0
	})
	return out
}
