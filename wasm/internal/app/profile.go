package app

import (
	"context"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A profile is what a device is, in the vault under "profile".
type profile struct {
	role      Role
	seed      seal.Secret // of all device keys of this device
	next      uint32      // index of the next space on this device
	sheet     join.Sheet  // until it is on paper
	sheetMade time.Time   // zero: not yet
	name      string      // of the centre
	code      wire.Code   // one-time code of a centre that is not registered yet
	hasCode   bool
	tenant    wire.TenantID
	account   [32]byte // the account of the home or team space
	team      [32]byte
	locker    []byte // message that waits for its channel, nil when it is there
	admission []byte // what this device may create channels with
	tenantGen uint32 // generation of the team whose key the relay has for the centre; 0: the first

	heir        join.Sheet      // the sheet that is to take the place of the one in force
	heirMade    time.Time       // when it was put on paper; zero: not yet
	heirChange  keyring.Raw     // that puts it in its place, once signed
	retiring    join.Sheet      // by which this device came back, until it is replaced
	restored    time.Time       // when it came back, until somebody has confirmed what the relay showed
	useSeen     []seal.DeviceID // devices let in by a sheet that the person knows of
	drillNext   time.Time       // not to be reminded of the drill before
	printNext   time.Time       // nor of the new sheet
	oldLockers  []oldLocker     // of sheets that were replaced, to be deleted
	lockersNext time.Time       // but not before
	pictures    seal.Secret     // names the records of pictures, if that is not seed
	vain        []inVain        // removals that came to nothing, and the person has not heard of it
	sheetKept   []seal.DeviceID // removed devices that may know where the sheet leads, and the person keeps it all the same
}

const (
	fieldRole = iota + 1
	fieldSeed
	fieldNext
	fieldSheet
	fieldSheetMade
	fieldName
	fieldCode
	fieldTenant
	fieldAccount
	fieldTeam
	fieldLocker
	fieldAdmission
	fieldTenantGen
)

// Those of recovery.go's and sheet.go's matters.
const (
	fieldHeir = iota + 60
	fieldHeirMade
	fieldHeirChange
	fieldRetiring
	fieldRestored
	fieldUseSeen
	fieldDrillNext
	fieldPrintNext
	fieldPictures
	fieldOldLockers
	fieldLockersNext
	fieldSheetKept
	fieldVain
)

func (p *profile) record() vault.Record {
	f := make(fields)
	f.setNumber(fieldRole, uint64(p.role))
	f[fieldSeed] = p.seed.Bytes()
	f.setNumber(fieldNext, uint64(p.next))
	if p.sheet.Valid() {
		f[fieldSheet] = p.sheet.Bytes()
	}
	if !p.sheetMade.IsZero() {
		f.setNumber(fieldSheetMade, uint64(p.sheetMade.UnixMilli()))
	}
	if p.name != "" {
		f[fieldName] = []byte(p.name)
	}
	if p.hasCode {
		f[fieldCode] = p.code[:]
	}
	if p.tenant != (wire.TenantID{}) {
		f[fieldTenant] = p.tenant[:]
	}
	f[fieldAccount], f[fieldTeam] = p.account[:], p.team[:]
	if p.locker != nil {
		f[fieldLocker] = p.locker
	}
	if p.admission != nil {
		f[fieldAdmission] = p.admission
	}
	if p.tenantGen != 0 {
		f.setNumber(fieldTenantGen, uint64(p.tenantGen))
	}
	for n, s := range map[uint16]join.Sheet{fieldHeir: p.heir, fieldRetiring: p.retiring} {
		if s.Valid() {
			f[n] = s.Bytes()
		}
	}
	for n, t := range map[uint16]time.Time{fieldHeirMade: p.heirMade, fieldRestored: p.restored, fieldDrillNext: p.drillNext, fieldPrintNext: p.printNext, fieldLockersNext: p.lockersNext} {
		if !t.IsZero() {
			f.setNumber(n, uint64(t.UnixMilli()))
		}
	}
	for _, o := range p.oldLockers {
		f[fieldOldLockers] = append(append(f[fieldOldLockers], o.sheet[:]...), o.root.Bytes()...)
	}
	for _, v := range p.vain {
		f[fieldVain] = append(append(f[fieldVain], uint8(v.kind)), v.id[:]...)
	}
	if p.pictures.Valid() {
		f[fieldPictures] = p.pictures.Bytes()
	}
	if p.heirChange != nil {
		f[fieldHeirChange] = p.heirChange
	}
	for n, list := range map[uint16][]seal.DeviceID{fieldUseSeen: p.useSeen, fieldSheetKept: p.sheetKept} {
		for _, id := range list {
			f[n] = append(f[n], id[:]...)
		}
	}
	return vault.Record{Key: "profile", Value: f.bytes()}
}

func parseProfile(raw []byte) (*profile, error) {
	f, err := parseFields(raw)
	if err != nil {
		return nil, err
	}
	p := &profile{role: Role(f.number(fieldRole)), next: uint32(f.number(fieldNext)), name: f.text(fieldName)}
	if p.seed, err = seal.SecretFrom(f[fieldSeed]); err != nil {
		return nil, err
	}
	if b, ok := f[fieldSheet]; ok {
		if p.sheet, err = join.SheetFrom(b); err != nil {
			return nil, err
		}
	}
	if ms := f.number(fieldSheetMade); ms != 0 {
		p.sheetMade = time.UnixMilli(int64(ms))
	}
	if b, ok := f[fieldCode]; ok && copy(p.code[:], b) == len(p.code) {
		p.hasCode = true
	}
	copy(p.tenant[:], f[fieldTenant])
	copy(p.account[:], f[fieldAccount])
	copy(p.team[:], f[fieldTeam])
	p.locker, p.admission, p.tenantGen = f[fieldLocker], f[fieldAdmission], uint32(f.number(fieldTenantGen))
	for n, s := range map[uint16]*join.Sheet{fieldHeir: &p.heir, fieldRetiring: &p.retiring} {
		if b, ok := f[n]; ok {
			if *s, err = join.SheetFrom(b); err != nil {
				return nil, err
			}
		}
	}
	for n, t := range map[uint16]*time.Time{fieldHeirMade: &p.heirMade, fieldRestored: &p.restored, fieldDrillNext: &p.drillNext, fieldPrintNext: &p.printNext, fieldLockersNext: &p.lockersNext} {
		if ms := f.number(n); ms != 0 {
			*t = time.UnixMilli(int64(ms))
		}
	}
	old := f[fieldOldLockers]
	for ; len(old) >= 64; old = old[64:] {
		o := oldLocker{sheet: seal.DeviceID(old[:32])}
		if o.root, err = seal.SecretFrom(old[32:64]); err != nil {
			return nil, err
		}
		p.oldLockers = append(p.oldLockers, o)
	}
	if len(old) != 0 {
		return nil, errFields
	}
	vain := f[fieldVain]
	for ; len(vain) >= 33; vain = vain[33:] {
		p.vain = append(p.vain, inVain{intentKind(vain[0]), [32]byte(vain[1:33])})
	}
	if len(vain) != 0 {
		return nil, errFields
	}
	if b, ok := f[fieldPictures]; ok {
		if p.pictures, err = seal.SecretFrom(b); err != nil {
			return nil, err
		}
	}
	p.heirChange = f[fieldHeirChange]
	for n, list := range map[uint16]*[]seal.DeviceID{fieldUseSeen: &p.useSeen, fieldSheetKept: &p.sheetKept} {
		b := f[n]
		for ; len(b) >= 32; b = b[32:] {
			*list = append(*list, seal.DeviceID(b[:32]))
		}
		if len(b) != 0 {
			return nil, errFields
		}
	}
	return p, nil
}

// pictureSeed is what the names of pictures' records come from.
func (p *profile) pictureSeed() seal.Secret {
	if p.pictures.Valid() {
		return p.pictures
	}
	return p.seed
}

// device returns the keys of this device for the persona with an index. No two
// personas have anything in common that a centre could see.
func (p *profile) device(persona uint32) *seal.Device {
	return seal.DeviceFromSeed(p.seed.Derive(seal.LabelAppDevice, number(persona)))
}

func number(n uint32) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

// A spaceRole says what a space is to this device.
type spaceRole uint8

const (
	roleHome    spaceRole = 1 // a patient's whole diary
	roleCentre  spaceRole = 2 // what a patient shares with one centre
	roleTeam    spaceRole = 3 // a centre's own
	rolePatient spaceRole = 4 // what one patient shares with this centre
)

// A space is one replica with what the app knows of it, in the vault under
// "x/" and its number.
type space struct {
	n       uint32
	role    spaceRole
	persona uint32 // index of the device keys
	account keyring.AccountID
	idKey   seal.Secret // centre: identifiers of entries

	// Centre, while joining: the talk with the inviter.
	invite  []byte
	offer   []byte
	request []byte
	heard   time.Time // when the centre was last heard of, besides its statements
	state   CentreState
	check   string // the short code, once known

	centre   []byte // the card that home is still to be told; see centreCard
	mirrored int    // how many entries of home are known to stand here

	// Home and centre: the media channel.
	mediaMade  bool // it has been created
	media      *link.Media
	mediaSeen  *link.Session // on which its length was last compared
	mediaWhy   wire.Refusal  // why the relay took no photo; 0: it did, or may
	mediaNone  bool          // there is none, and this device cannot create it
	mediaTries int
	mediaNext  time.Time                        // not before
	mediaLed   uint32                           // the epoch whose key they have
	owned      uint32                           // the generation whose key owns the channels; 0: the first
	lost       bool                             // the relay takes no key of ours for the owner's
	ticket     *given                           // what a centre gave its patient to create channels with
	store      wire.StoreID                     // of the relay at which the above is true; zero: unknown
	lockerAt   wire.StoreID                     // home or team: of the relay that has the sheet's locker; zero: unknown
	doorTries  int                              // to renew keys at the relay
	doorNext   time.Time                        // not before
	places     map[link.BlobID][]link.BlobPlace // of blobs, in the order they were told

	// Patient of a centre: the card in the team's space, and what was last
	// said of the team's membership.
	card     *card
	told     keyring.Hash
	welcomed bool
	toldAt   time.Time

	ticketGen uint32    // the latest generation of which a ticket was given
	ticketAt  time.Time // when the last one was given

	parting  *Parting // of the patient and the centre; nil: none
	answered bool     // the centre has said so as well

	erased     *erased      // home: its diary is erased at the relay; nil: it is not
	erasedDone time.Time    // when this device saw that it is gone; zero: not yet
	erasedIn   wire.StoreID // from which store

	device  *seal.Device
	book    *link.Book
	replica *link.Replica
	view    diaryView
	diary   *diary.Diary // patient of a centre; most rest where there are many
	gist    gist         // of it
	called  string       // that patient's pseudonym, once it was asked for
	listed  *listed      // what that patient needs, as last worked out
	read    bool         // all that the relay had, as last heard
	visits  []visit      // a patient's, at the centre: who has opened it
	asked   asked        // centre, and a patient's at the centre: about registries and studies

	restrict restrictions // likewise: entries that are kept and not used
	less     lessened     // a patient's, at the centre: the diary without them
	bared    time.Time    // when this device began to show them; zero: it has not
	sharings sharings     // centre, and a patient's at the centre: who agreed, to which words
	toAgree  []byte       // centre: the agreement that it is still to be told, before anything else

	unrecorded []unrecorded // a patient's, at the centre

	absorbed int // of the replica's statements

	writers map[seal.DeviceID]keyring.AccountID // other devices that wrote here
	vouched map[seal.DeviceID]bool              // whom this device has named, or need not
	named   bool                                // another device has named this one
	wrote   bool                                // this device has written here
}

// CentreState is how far a patient is with a centre.
type CentreState uint8

// States of a patient's connection to a centre.
const (
	CentreAsked     CentreState = 0 // no answer yet
	CentreUnchecked CentreState = 1 // the code is there to be compared
	CentreConnected CentreState = 2
	CentreRefused   CentreState = 3 // the centre found another code
	CentreUsed      CentreState = 4 // somebody else used the invitation

	CentreLeft       CentreState = 5 // the patient has left it
	CentreDischarged CentreState = 6 // it has discharged the patient
)

const (
	fieldSpaceRole = iota + 1
	fieldPersona
	fieldSpaceAccount
	fieldIDKey
	fieldInvite
	fieldOffer
	fieldRequest
	fieldHeard
	fieldState
	fieldCheck
	fieldCard
	fieldCentre
	fieldMedia
	fieldMediaLed
	fieldOwned
	fieldStore
	fieldLockerStore
	fieldErasedDone
	fieldErasedStore
	fieldToAgree
)

func (s *space) key() string    { return "x/" + digits(s.n) }
func (s *space) prefix() string { return "s/" + digits(s.n) + "/" }

func digits(n uint32) string {
	const hex = "0123456789abcdef"
	var b [8]byte
	for i := 7; i >= 0; i-- {
		b[i] = hex[n&15]
		n >>= 4
	}
	return string(b[:])
}

func (s *space) record() vault.Record {
	f := make(fields)
	f.setNumber(fieldSpaceRole, uint64(s.role))
	f.setNumber(fieldPersona, uint64(s.persona))
	f[fieldSpaceAccount] = s.account[:]
	if s.idKey.Valid() {
		f[fieldIDKey] = s.idKey.Bytes()
	}
	if s.invite != nil {
		f[fieldInvite], f[fieldOffer], f[fieldRequest] = s.invite, s.offer, s.request
	}
	if !s.heard.IsZero() {
		f.setNumber(fieldHeard, uint64(s.heard.UnixMilli()))
	}
	f.setNumber(fieldState, uint64(s.state))
	if s.check != "" {
		f[fieldCheck] = []byte(s.check)
	}
	if s.card != nil {
		f[fieldCard] = s.card.id[:]
	}
	if s.centre != nil {
		f[fieldCentre] = s.centre
	}
	if s.toAgree != nil {
		f[fieldToAgree] = s.toAgree
	}
	if s.mediaMade {
		f.setNumber(fieldMedia, 1)
	}
	if s.owned != 0 {
		f.setNumber(fieldOwned, uint64(s.owned))
	}
	if s.mediaLed != 0 {
		f.setNumber(fieldMediaLed, uint64(s.mediaLed))
	}
	if s.store != (wire.StoreID{}) {
		f[fieldStore] = s.store[:]
	}
	if s.lockerAt != (wire.StoreID{}) {
		f[fieldLockerStore] = s.lockerAt[:]
	}
	if !s.erasedDone.IsZero() {
		f.setNumber(fieldErasedDone, uint64(s.erasedDone.UnixMilli()))
		f[fieldErasedStore] = s.erasedIn[:]
	}
	return vault.Record{Key: s.key(), Value: f.bytes()}
}

func parseSpace(n uint32, raw []byte) (*space, error) {
	f, err := parseFields(raw)
	if err != nil {
		return nil, err
	}
	s := &space{
		n: n, role: spaceRole(f.number(fieldSpaceRole)), persona: uint32(f.number(fieldPersona)),
		state: CentreState(f.number(fieldState)), check: f.text(fieldCheck),
		invite: f[fieldInvite], offer: f[fieldOffer], request: f[fieldRequest], centre: f[fieldCentre], toAgree: f[fieldToAgree],
		mediaMade: f.number(fieldMedia) == 1, mediaLed: uint32(f.number(fieldMediaLed)), owned: uint32(f.number(fieldOwned)),
	}
	copy(s.account[:], f[fieldSpaceAccount])
	copy(s.store[:], f[fieldStore])
	copy(s.lockerAt[:], f[fieldLockerStore])
	copy(s.erasedIn[:], f[fieldErasedStore])
	if ms := f.number(fieldErasedDone); ms != 0 {
		s.erasedDone = time.UnixMilli(int64(ms))
	}
	if b, ok := f[fieldIDKey]; ok {
		if s.idKey, err = seal.SecretFrom(b); err != nil {
			return nil, err
		}
	}
	if ms := f.number(fieldHeard); ms != 0 {
		s.heard = time.UnixMilli(int64(ms))
	}
	if id, ok := copy32(f[fieldCard]); ok {
		s.card = &card{id: id}
	}
	return s, nil
}

// keep writes the profile and the spaces' records in one transaction.
func (c *Client) keep(ctx context.Context, spaces ...*space) error {
	puts := []vault.Record{c.p.record()}
	for _, s := range spaces {
		puts = append(puts, s.record())
	}
	return c.v.Write(ctx, puts)
}

type vaultRecord = vault.Record
