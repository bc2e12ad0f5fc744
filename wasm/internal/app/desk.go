package app

import (
	"bytes"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// The app's own statements. FORMAT.md lists their fields.
const (
	typeCentre      link.Type = 32 // home: a centre that this diary is shared with
	typeInvitation  link.Type = 33 // home and team: an invitation and its secret
	typeInviteState link.Type = 34 // what became of it
	typeCard        link.Type = 35 // team: a patient
	typeCaseNote    link.Type = 36 // team: the centre's own note on a patient
	typeWelcome     link.Type = 37 // centre: the centre has compared the code
	typeTenant      link.Type = 38 // team: what the relay knows the centre by
	typeContact     link.Type = 39 // team: how the centre is reached
)

// InviteState is what has become of an invitation.
type InviteState uint8

// States of an invitation. A higher one wins over a lower.
const (
	InviteOpen    InviteState = 0
	InviteRevoked InviteState = 1
	InviteRefused InviteState = 2 // the codes differed
	InviteUsed    InviteState = 3
)

// An invite is one invitation as the statements of the primary space tell.
type invite struct {
	id      [16]byte
	inv     join.Invitation
	nonce   join.Nonce
	created time.Time
	expires time.Time
	note    string
	state   InviteState
	right   keyring.Right // of a carer
	role    keyring.Role  // of a colleague
	sealed  []byte        // home: the seed of code and nonce, which carers must not learn
	gen     uint32        // of the account's key that seals it
	by      [32]byte      // the device that invited: only it answers requests
}

// A pin is what the inviting device has said it answers, before it showed the
// nonce: from then on nobody can choose a request that steers the short code.
type pin struct {
	by [32]byte // device
	to [64]byte // hashes of the offer and the request
}

// pinned returns what an invitation's device answers. It is not ok if there is
// nothing yet, or if there are two: then somebody has tried to steer.
func (d *desk) pinned(i *invite) (to [64]byte, found, ok bool) {
	for _, p := range d.pins[i.id] {
		if p.by != i.by {
			continue
		}
		if found && to != p.to {
			return to, true, false
		}
		to, found = p.to, true
	}
	return to, found, found
}

// A card is one patient in the team's space.
type card struct {
	id     [32]byte // hash of the statement
	invite [16]byte
	chains []link.Chain
	chain  []keyring.Raw
	origin string
	joined time.Time
	note   string
	noteAt int64
	noteBy [32]byte
}

// A desk is what the statements of a primary space amount to, in any order.
type desk struct {
	invites     map[[16]byte]*invite
	order       [][16]byte
	states      map[[16]byte]InviteState
	pins        map[[16]byte][]pin
	cards       []*card
	byID        map[[32]byte]*card
	bySpace     map[keyring.SpaceID]*card
	centres     []*centreCard
	notes       map[[32]byte]*card // newest note for a card, also before the card
	contact     *contactCard
	closed      map[[32]byte]*closed          // by card
	looked      map[keyring.SpaceID][]visit   // of diaries that are not shared any more
	deaths      map[keyring.SpaceID]*death    // when patients died
	choices     map[keyring.AccountID]*choice // how each wants to see the list of patients
	labels      map[labelOf]label
	information sharings                  // what the centre says of itself
	claims      map[claim][]seal.DeviceID // of devices at home to those of personas
	papers      map[keyring.AccountID][]paper

	// open opens the sealed seed of an invitation of this account.
	open   func(i *invite) (seal.Secret, bool)
	team   func() [32]byte // whose space it is, zero at home
	sheets map[sheetOf]*sheetCard
	drills map[sheetOf]drill
	work   works
}

func newDesk() *desk {
	return &desk{
		invites: make(map[[16]byte]*invite), states: make(map[[16]byte]InviteState), pins: make(map[[16]byte][]pin), notes: make(map[[32]byte]*card),
		sheets: make(map[sheetOf]*sheetCard), drills: make(map[sheetOf]drill), closed: make(map[[32]byte]*closed), byID: make(map[[32]byte]*card), bySpace: make(map[keyring.SpaceID]*card),
		labels: make(map[labelOf]label), claims: make(map[claim][]seal.DeviceID), papers: make(map[keyring.AccountID][]paper),
		open: func(*invite) (seal.Secret, bool) { return seal.Secret{}, false },
		team: func() (home [32]byte) { return home },
	}
}

const (
	fieldInviteID = iota + 1
	fieldInviteCode
	fieldInviteNonce
	fieldInviteCreated
	fieldInviteExpires
	fieldInviteNote
	fieldInviteNewState
	fieldCardChains
	fieldCardSpace
	fieldCardOrigin
	fieldCardOf
	fieldCardNote
	fieldCardIDKey
	fieldCardPersona
	fieldCardPaper
	fieldCardPaperGen
	fieldCardAccount
	fieldInvitePin
)

func (i *invite) body() []byte {
	f := fields{fieldInviteID: i.id[:], fieldInviteNote: []byte(i.note)}
	if i.sealed != nil {
		f[fieldPeopleInvite] = i.sealed
		f.setNumber(fieldPeopleKind, uint64(i.inv.Kind()))
		f.setNumber(fieldCardPaperGen, uint64(i.gen))
	} else {
		f[fieldInviteCode], f[fieldInviteNonce] = i.inv.Bytes(), i.nonce[:]
	}
	f.setNumber(fieldInviteCreated, uint64(i.created.UnixMilli()))
	f.setNumber(fieldInviteExpires, uint64(i.expires.Unix()))
	if i.right != 0 {
		f.setNumber(fieldPeopleRight, uint64(i.right))
	}
	if i.role != 0 {
		f.setNumber(fieldTeamRole, uint64(i.role))
	}
	return f.bytes()
}

func pinBody(id [16]byte, to [64]byte) []byte {
	return fields{fieldInviteID: id[:], fieldInvitePin: to[:]}.bytes()
}

func inviteStateBody(id [16]byte, st InviteState) []byte {
	f := fields{fieldInviteID: id[:]}
	f.setNumber(fieldInviteNewState, uint64(st))
	return f.bytes()
}

func (k *card) body() []byte {
	return fields{
		fieldInviteID: k.invite[:], fieldCardChains: link.ChainsBody(k.chains...), fieldCardSpace: rawsBody(k.chain),
		fieldCardOrigin: []byte(k.origin), fieldCardNote: []byte(k.note),
	}.bytes()
}

func rawsBody(raws []keyring.Raw) []byte {
	b := cryptobyte.NewBuilder(nil)
	link.AppendRaws(b, raws)
	return b.BytesOrPanic()
}

func parseRaws(body []byte) ([]keyring.Raw, error) {
	in := cryptobyte.String(body)
	raws, err := link.ReadRaws(&in)
	if err != nil || !in.Empty() {
		return nil, errFields
	}
	return raws, nil
}

// take adds a statement of the primary space.
func (d *desk) take(e *link.Entry) {
	if e.Type < typeCentre {
		return
	}
	if e.Type == typeCentre {
		if k, err := parseCentreCard(e.Body); err == nil {
			k.by = e.Device
			d.centres = append(d.centres, k)
		}
		return
	}
	if e.Type == typeDevice {
		d.takeDevice(e)
		return
	}
	if e.Type == typeContact {
		d.takeContact(e)
		return
	}
	f, err := parseFields(e.Body)
	if err != nil {
		return
	}
	var id [16]byte
	switch e.Type {
	case typeInvitation:
		i := &invite{note: f.text(fieldInviteNote)}
		if len(f[fieldInviteID]) != len(i.id) {
			return
		}
		copy(i.id[:], f[fieldInviteID])
		if i.sealed = f[fieldPeopleInvite]; i.sealed != nil {
			i.gen = uint32(f.number(fieldCardPaperGen))
			kind := join.Kind(f.number(fieldPeopleKind))
			seed, ok := d.open(i)
			by := [32]byte(e.Account)
			switch kind {
			case join.Device:
			case join.Carer:
				ok = ok && d.team() == [32]byte{}
			case join.Colleague:
				by, ok = d.team(), ok && d.team() != [32]byte{} && f[fieldTeamRole] != nil
			default:
				ok = false
			}
			if !ok {
				return // of another account, or not to be invited here
			}
			i.from(seed, kind, by)
		} else {
			if len(f[fieldInviteNonce]) != len(i.nonce) {
				return
			}
			copy(i.nonce[:], f[fieldInviteNonce])
			if i.inv, err = join.Parse(f[fieldInviteCode]); err != nil {
				return
			}
		}
		i.created = time.UnixMilli(int64(f.number(fieldInviteCreated)))
		i.expires = time.Unix(int64(f.number(fieldInviteExpires)), 0)
		i.by, i.right = e.Device, keyring.Right(f.number(fieldPeopleRight))
		if i.inv.Kind() == join.Carer && !homeRights(i.right) {
			return
		}
		if i.inv.Kind() == join.Colleague {
			var ok bool
			if i.role, ok = invitedRole(f); !ok {
				return
			}
		}
		if d.invites[i.id] == nil {
			d.invites[i.id] = i
			d.order = append(d.order, i.id)
			i.state = d.states[i.id]
		}
	case typeInviteState:
		st := InviteState(f.number(fieldInviteNewState))
		if len(f[fieldInviteID]) != len(id) || st > InviteUsed {
			return
		}
		copy(id[:], f[fieldInviteID])
		if to := f[fieldInvitePin]; len(to) == 64 && len(d.pins[id]) < 8 {
			d.pins[id] = append(d.pins[id], pin{e.Device, [64]byte(to)})
		}
		d.states[id] = max(d.states[id], st)
		if i := d.invites[id]; i != nil {
			i.state = d.states[id]
		}
	case typeCard:
		k := &card{id: e.Hash(), origin: f.text(fieldCardOrigin), note: f.text(fieldCardNote), joined: time.UnixMilli(e.Time)}
		copy(k.invite[:], f[fieldInviteID])
		if k.chains, err = link.ParseChains(f[fieldCardChains]); err != nil {
			return
		}
		if k.chain, err = parseRaws(f[fieldCardSpace]); err != nil || len(k.chain) == 0 {
			return
		}
		if d.bySpace[k.space()] != nil {
			return // two colleagues confirmed at once
		}
		d.cards = append(d.cards, k)
		d.byID[k.id], d.bySpace[k.space()] = k, k
		d.note(k.id)
	case typeCaseNote:
		of, ok := copy32(f[fieldCardOf])
		if !ok {
			return
		}
		n := &card{note: f.text(fieldCardNote), noteAt: e.Time, noteBy: e.Hash()}
		if old := d.notes[of]; old == nil || old.noteAt < n.noteAt || old.noteAt == n.noteAt && bytes.Compare(old.noteBy[:], n.noteBy[:]) < 0 {
			d.notes[of] = n
			d.note(of)
		}
	}
}

// cardOf is the card of a patient's space, nil while the team has not said it.
func (c *Client) cardOf(s *space) *card {
	if s.card == nil {
		return nil
	}
	return c.desk.byID[s.card.id]
}

// space is the patient's.
func (k *card) space() keyring.SpaceID { return keyring.SpaceID(keyring.HashOf(k.chain[0])) }

// note puts the newest note on its card.
func (d *desk) note(of [32]byte) {
	if n, k := d.notes[of], d.byID[of]; n != nil && k != nil {
		k.note = n.note
	}
}

// centreCard is what a patient's devices need to know of a centre's space.
type centreCard struct {
	persona  uint32
	by       seal.DeviceID // the device at home that founded it
	account  keyring.AccountID
	idKey    seal.Secret
	paper    []byte // seed of the persona's paper device, sealed under the home account's key
	paperGen uint32
	chains   []link.Chain
	chain    []keyring.Raw
	origin   string
}

func (k *centreCard) body() []byte {
	f := fields{
		fieldCardIDKey: k.idKey.Bytes(), fieldCardPaper: k.paper, fieldCardAccount: k.account[:],
		fieldCardChains: link.ChainsBody(k.chains...), fieldCardSpace: rawsBody(k.chain), fieldCardOrigin: []byte(k.origin),
	}
	f.setNumber(fieldCardPersona, uint64(k.persona))
	f.setNumber(fieldCardPaperGen, uint64(k.paperGen))
	return f.bytes()
}

func parseCentreCard(body []byte) (*centreCard, error) {
	f, err := parseFields(body)
	if err != nil {
		return nil, err
	}
	k := &centreCard{
		persona: uint32(f.number(fieldCardPersona)), paper: f[fieldCardPaper], paperGen: uint32(f.number(fieldCardPaperGen)),
		origin: f.text(fieldCardOrigin),
	}
	copy(k.account[:], f[fieldCardAccount])
	if k.idKey, err = seal.SecretFrom(f[fieldCardIDKey]); err != nil {
		return nil, err
	}
	if k.chains, err = link.ParseChains(f[fieldCardChains]); err != nil {
		return nil, err
	}
	if k.chain, err = parseRaws(f[fieldCardSpace]); err != nil || len(k.chain) == 0 {
		return nil, errFields
	}
	return k, nil
}
