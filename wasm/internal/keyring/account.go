package keyring

import (
	"crypto/rand"
	"slices"
	"time"

	"vialog/wasm/internal/seal"
)

// An Account is a person as others see it: the devices that act for it. It is
// never changed; Apply returns a new one.
type Account struct{ chain[*accountState] }

type accountState struct {
	id      AccountID
	anchor  [32]byte
	name    string
	devices []deviceRecord
	ranks   uint32 // given out so far
	gens    []*generation
}

type deviceRecord struct {
	id      seal.DeviceID
	public  *seal.DevicePublic
	sheet   bool
	rank    uint32 // 0 for the recovery sheet; a smaller number is a higher rank
	added   uint64
	removed uint64        // 0: active
	from    uint32        // first generation it holds
	until   uint32        // first generation it does not hold; 0: active
	by      seal.DeviceID // which added it; the founding device itself for those of the first change
	gone    seal.DeviceID // which removed it
}

// activeIn says whether the device was active while gen was in force.
func (d *deviceRecord) activeIn(gen uint32) bool {
	return d.from <= gen && (d.until == 0 || gen < d.until)
}

// A DeviceInfo describes one device of an account.
type DeviceInfo struct {
	ID      seal.DeviceID
	Public  seal.DevicePublic
	Sheet   bool
	Rank    int // 0 is the recovery sheet, the highest
	Added   time.Time
	Removed time.Time // zero: active

	AddedBy   seal.DeviceID // the founding device, for those of the first change
	RemovedBy seal.DeviceID // zero: active
	Until     uint32        // the first generation that it does not hold; 0: active
}

// Active reports whether the device may still act.
func (d DeviceInfo) Active() bool { return d.Removed.IsZero() }

var accountRules = rules[*accountState]{
	kind:  AccountChain,
	apply: applyAccount,
	rank: func(fork *accountState, a author) uint32 {
		if d := fork.device(a.device); d != nil && d.until == 0 {
			return d.rank
		}
		return noRank
	},
	removes: func(_ *accountState, c *change, victim author) removal {
		for _, o := range c.ops {
			if r, ok := o.(*opRemove); ok && r.ref.ID == victim.device {
				return byRank
			}
		}
		return not
	},
}

func (s *accountState) device(id seal.DeviceID) *deviceRecord {
	for i := range s.devices {
		if s.devices[i].id == id {
			return &s.devices[i]
		}
	}
	return nil
}

func (s *accountState) active() []*deviceRecord {
	var out []*deviceRecord
	for i := range s.devices {
		if s.devices[i].until == 0 {
			out = append(out, &s.devices[i])
		}
	}
	return out
}

func applyAccount(before *accountState, c *change) (*accountState, error) {
	if err := shape(c, before == nil); err != nil {
		return nil, err
	}
	if c.author.via {
		return nil, ErrFormat
	}
	var s *accountState
	if before == nil {
		var err error
		if s, err = foundAccount(c); err != nil {
			return nil, err
		}
	} else {
		d := before.device(c.author.device)
		switch {
		case c.author.account != before.id || d == nil:
			return nil, ErrSigner
		case d.until != 0:
			return nil, ErrRetired
		case int(c.author.gen) != len(before.gens):
			return nil, ErrRollback
		}
		if err := c.verify(d.public); err != nil {
			return nil, err
		}
		t := *before
		s = &t
		s.devices = slices.Clone(s.devices)
		s.gens = slices.Clone(s.gens)
	}
	rotate := false
	for _, o := range c.ops {
		gen := uint32(len(s.gens))
		switch o := o.(type) {
		case *opAddDevice:
			if err := s.add(c, o.foundDevice, gen); err != nil {
				return nil, err
			}
			if o.wrap != nil {
				if o.wrap.to != (Ref{toDevice, o.public.ID()}) || o.wrap.gen != 0 {
					return nil, ErrRecipients
				}
				s.gens[gen-1] = s.gens[gen-1].adding(o.wrap)
			}
		case *opRemove:
			d := s.device(o.ref.ID)
			switch {
			case d == nil || d.until != 0:
				return nil, ErrMember
			case d.id == c.author.device && !(d.sheet && c.addsSheet()):
				return nil, ErrSelf
			}
			d.until, d.removed, d.gone = gen+1, c.time, c.author.device
			rotate = true
		case *opKey:
			var to []Ref
			for _, d := range s.active() {
				to = append(to, Ref{toDevice, d.id})
			}
			if err := checkKey(o, s.gens, to, true); err != nil {
				return nil, err
			}
			for _, w := range o.wraps {
				if w.gen != 0 {
					return nil, ErrRecipients
				}
			}
			s.gens = append(s.gens, &generation{*o, c.index, c.time})
			rotate = false
		}
	}
	if rotate {
		return nil, ErrRotation
	}
	return s, nil
}

func foundAccount(c *change) (*accountState, error) {
	f := c.ops[0].(*opFoundAccount)
	if c.author.account != (AccountID{}) || c.author.gen != 0 {
		return nil, ErrFormat
	}
	s := &accountState{id: AccountID(c.hash), anchor: anchorOf(c, f.nonce), name: f.name}
	for _, d := range f.devices {
		if err := s.add(nil, d, 1); err != nil {
			return nil, err
		}
		d := &s.devices[len(s.devices)-1]
		d.added, d.by = c.time, c.author.device
	}
	d := s.device(c.author.device)
	if d == nil || d.sheet {
		return nil, ErrSigner
	}
	return s, c.verify(d.public)
}

// addsSheet reports that a change adds a recovery sheet: then the one before
// may sign it and go.
func (c *change) addsSheet() bool {
	return slices.ContainsFunc(c.ops, func(o op) bool {
		a, ok := o.(*opAddDevice)
		return ok && a.sheet
	})
}

// add adds a device. A recovery sheet has the highest rank: there is one at a
// time, and only the highest device then active may add another, or the one
// that goes in the same change.
func (s *accountState) add(c *change, d foundDevice, gen uint32) error {
	id := d.public.ID()
	if old := s.device(id); old != nil {
		if old.until != 0 {
			return ErrRetired
		}
		return ErrMember
	}
	active := s.active()
	if len(active) >= MaxDevices {
		return ErrLimit
	}
	r := deviceRecord{id: id, public: &d.public, sheet: d.sheet, from: gen}
	if c != nil {
		r.added, r.by = c.time, c.author.device
	}
	if d.sheet {
		for _, a := range active {
			if a.sheet {
				return ErrMember
			}
			if c != nil && a.rank < s.device(c.author.device).rank {
				return ErrRight
			}
		}
	} else {
		s.ranks++
		r.rank = s.ranks
	}
	s.devices = append(s.devices, r)
	return nil
}

// FoundAccount returns the first change of a new account. The name may be
// empty, and is for patients. The sheet may be nil.
func FoundAccount(first *seal.Device, name string, sheet *seal.DevicePublic, now time.Time) (Raw, error) {
	if !goodName(name) {
		return nil, ErrFormat
	}
	f := &opFoundAccount{name: name, devices: []foundDevice{{false, first.Public()}}}
	rand.Read(f.nonce[:])
	to := []recipient{{Ref{toDevice, first.ID()}, 0, first.Public().KEM}}
	if sheet != nil {
		f.devices = append(f.devices, foundDevice{true, *sheet})
		to = append(to, recipient{Ref{toDevice, sheet.ID()}, 0, sheet.KEM})
	}
	c := &change{kind: AccountChain, time: millis(now), author: author{device: first.ID()}}
	k, err := newKey(accountKeyLabels, anchorOf(c, f.nonce), 1, seal.NewSecret(), seal.Secret{}, to)
	if err != nil {
		return nil, err
	}
	c.ops = []op{f, k}
	raw, err := c.sign(first)
	if err != nil {
		return nil, err
	}
	if _, err := ReplayAccount([]Raw{raw}); err != nil {
		return nil, err
	}
	return raw, nil
}

// ReplayAccount verifies a set of changes, in any order.
func ReplayAccount(raws []Raw) (*Account, error) {
	c, err := replay(accountRules, raws)
	if err != nil {
		return nil, err
	}
	return &Account{c}, nil
}

// Apply returns the account after one more change. A change that is known
// already changes nothing.
func (a *Account) Apply(r Raw) (*Account, error) {
	c, err := a.with(r)
	if err != nil {
		return nil, err
	}
	return &Account{c}, nil
}

// Settle returns an account in which nothing that is in force now can become
// void. Otherwise a device that was retired long ago could, with a change that
// claims to be from before, outrank those that came after it: it is refused
// with ErrSettled instead. Nothing but tests settles yet; FORMAT.md says what
// has to be solved first. The mark is not part of Raws.
func (a *Account) Settle() *Account {
	c := a.chain
	c.settled = c.head
	return &Account{c}
}

// ID names the account: the hash of its first change.
func (a *Account) ID() AccountID { return a.head.state.id }

// Name is what the account calls itself; empty for patients.
func (a *Account) Name() string { return a.head.state.name }

// Generation is the number of the key in force, from 1.
func (a *Account) Generation() uint32 { return uint32(len(a.head.state.gens)) }

// GenerationTime is when the key in force was introduced, by its author's clock.
func (a *Account) GenerationTime() time.Time {
	g := a.head.state.gens
	return moment(g[len(g)-1].time)
}

// KEM is the public key in force.
func (a *Account) KEM() seal.KEMPublic {
	g := a.head.state.gens
	return *g[len(g)-1].kem
}

// HasDevice reports whether the device is active.
func (a *Account) HasDevice(id seal.DeviceID) bool {
	d := a.head.state.device(id)
	return d != nil && d.until == 0
}

// Device returns the keys of a device, active or retired.
func (a *Account) Device(id seal.DeviceID) (seal.DevicePublic, bool) {
	d := a.head.state.device(id)
	if d == nil {
		return seal.DevicePublic{}, false
	}
	return *d.public, true
}

// Ever returns the keys of a device that any known change added, also one that
// lost against a concurrent one: what it signed meanwhile is authentic.
func (a *Account) Ever(id seal.DeviceID) (seal.DevicePublic, bool) {
	if pub, ok := a.Device(id); ok {
		return pub, true
	}
	for _, n := range a.void {
		if d := n.state.device(id); d != nil {
			return *d.public, true
		}
	}
	return seal.DevicePublic{}, false
}

// Devices lists all devices, retired ones included, in the order they came.
func (a *Account) Devices() []DeviceInfo {
	var out []DeviceInfo
	for _, d := range a.head.state.devices {
		i := DeviceInfo{ID: d.id, Public: *d.public, Sheet: d.sheet, Rank: int(d.rank), Added: moment(d.added), AddedBy: d.by}
		if d.until != 0 {
			i.Removed, i.RemovedBy, i.Until = moment(max(d.removed, 1)), d.gone, d.until
		}
		out = append(out, i)
	}
	return out
}

// Sheet returns the recovery sheet that is active.
func (a *Account) Sheet() (DeviceInfo, bool) {
	for _, d := range a.Devices() {
		if d.Sheet && d.Active() {
			return d, true
		}
	}
	return DeviceInfo{}, false
}

// MayReplaceSheet reports whether a device may put another recovery sheet in
// the place of the active one: the highest of the other devices, or the sheet
// itself.
func (a *Account) MayReplaceSheet(id seal.DeviceID) bool {
	s := a.head.state
	by := s.device(id)
	if by == nil || by.until != 0 {
		return false
	}
	for _, d := range s.active() {
		if !d.sheet && d.rank < by.rank {
			return false
		}
	}
	return true
}

// Undone lists the devices that were added by changes of one device which lost
// against concurrent ones, and that are not known to the account otherwise.
func (a *Account) Undone(by seal.DeviceID) (out []seal.DevicePublic) {
	for _, n := range a.void {
		if n.author.device != by {
			continue
		}
		for _, o := range n.ops {
			if d, ok := o.(*opAddDevice); ok && !d.sheet && a.head.state.device(d.public.ID()) == nil {
				out = append(out, d.public)
			}
		}
	}
	return out
}

// LostSheet finds a recovery sheet that a change added which lost against a
// concurrent one, and that is not known to the account otherwise, with when.
func (a *Account) LostSheet(id seal.DeviceID) (seal.DevicePublic, time.Time, bool) {
	for _, n := range a.void {
		for _, o := range n.ops {
			if d, ok := o.(*opAddDevice); ok && d.sheet && d.public.ID() == id && a.head.state.device(id) == nil {
				return d.public, moment(n.time), true
			}
		}
	}
	return seal.DevicePublic{}, time.Time{}, false
}

// NeedsRotation reports that concurrent changes were merged and no new key
// has answered that yet: call Rotate.
func (a *Account) NeedsRotation() bool { return len(a.unmerged()) > 0 }

// AccountKeys are the secrets of an account that one device can reach.
type AccountKeys struct{ memberKeys }

// Keys opens the account's keys with a device: the newest by the device's own
// key, older ones by the links.
func (a *Account) Keys(d *seal.Device) (*AccountKeys, error) {
	s := a.head.state
	open := func(_ uint32, l seal.Label, info, wrapped []byte) (seal.Secret, error) {
		return d.Unwrap(l, info, wrapped)
	}
	secrets, err := reach(accountKeyLabels, s.anchor, s.gens, Ref{toDevice, d.ID()}, open)
	if err != nil {
		return nil, err
	}
	var void []voidKey
	for _, v := range a.void {
		void = appendVoid(void, accountKeyLabels, s.anchor, v.state.gens, v.index, Ref{toDevice, d.ID()}, open)
	}
	return &AccountKeys{memberKeys{ref: AccountRef(s.id), label: seal.LabelAccountKEM, secrets: secrets, gens: s.gens, void: void}}, nil
}

func (a *Account) author(d *seal.Device) author {
	return author{device: d.ID(), account: a.ID(), gen: a.Generation()}
}

// AddDevice adds a device, which can then read everything the account can.
func (a *Account) AddDevice(by *seal.Device, pub seal.DevicePublic, keys *AccountKeys, now time.Time) (Raw, error) {
	return a.addDevice(by, foundDevice{false, pub}, keys, now)
}

// AddSheet adds a recovery sheet where none is active.
func (a *Account) AddSheet(by *seal.Device, pub seal.DevicePublic, keys *AccountKeys, now time.Time) (Raw, error) {
	return a.addDevice(by, foundDevice{true, pub}, keys, now)
}

func (a *Account) addDevice(by *seal.Device, d foundDevice, keys *AccountKeys, now time.Time) (Raw, error) {
	if err := d.public.Check(); err != nil {
		return nil, err
	}
	gen, s := a.Generation(), a.head.state
	secret := keys.Key(gen)
	if !secret.Valid() {
		return nil, ErrNoKey
	}
	to := recipient{Ref{toDevice, d.public.ID()}, 0, d.public.KEM}
	w, err := wrapFor(accountKeyLabels, s.anchor, gen, to, secret)
	if err != nil {
		return nil, err
	}
	return a.next(by, a.author(by), now, &opAddDevice{d, w})
}

// RemoveDevice retires a device for ever and introduces a new key.
func (a *Account) RemoveDevice(by *seal.Device, id seal.DeviceID, now time.Time) (Raw, error) {
	return a.rekey(by, now, &opRemove{Ref{toDevice, id}})
}

// Replace retires devices for ever, adds one if in is not nil, and introduces a
// new key: all in one change, so that nobody can have one half without the other.
func (a *Account) Replace(by *seal.Device, out []seal.DeviceID, in *seal.DevicePublic, now time.Time) (Raw, error) {
	var ops []op
	for _, id := range out {
		ops = append(ops, &opRemove{Ref{toDevice, id}})
	}
	if in != nil {
		if err := in.Check(); err != nil {
			return nil, err
		}
		ops = append(ops, &opAddDevice{foundDevice{false, *in}, nil})
	}
	return a.rekey(by, now, ops...)
}

// Rotate introduces a new key for the same devices.
func (a *Account) Rotate(by *seal.Device, now time.Time) (Raw, error) {
	return a.rekey(by, now)
}

// ReplaceSheet retires the active recovery sheet, if there is one, and adds
// another in the same change, with a new key: there is a sheet at any moment.
// The sheet that goes may sign this itself; see MayReplaceSheet.
func (a *Account) ReplaceSheet(by *seal.Device, sheet seal.DevicePublic, now time.Time) (Raw, error) {
	if err := sheet.Check(); err != nil {
		return nil, err
	}
	var ops []op
	if d, ok := a.Sheet(); ok {
		ops = append(ops, &opRemove{Ref{toDevice, d.ID}})
	}
	return a.rekey(by, now, append(ops, &opAddDevice{foundDevice{true, sheet}, nil})...)
}

// rekey introduces a new key, sealed to those who are in the account after ops.
func (a *Account) rekey(by *seal.Device, now time.Time, ops ...op) (Raw, error) {
	keys, err := a.Keys(by)
	if err != nil {
		return nil, err
	}
	gen, s := a.Generation(), a.head.state
	if !keys.Key(gen).Valid() {
		return nil, ErrNoKey
	}
	var to []recipient
	for _, d := range s.active() {
		gone := slices.ContainsFunc(ops, func(o op) bool {
			r, ok := o.(*opRemove)
			return ok && r.ref.ID == d.id
		})
		if !gone {
			to = append(to, recipient{Ref{toDevice, d.id}, 0, d.public.KEM})
		}
	}
	for _, o := range ops {
		if d, ok := o.(*opAddDevice); ok {
			to = append(to, recipient{Ref{toDevice, d.public.ID()}, 0, d.public.KEM})
		}
	}
	k, err := newKey(accountKeyLabels, s.anchor, gen+1, seal.NewSecret(), keys.Key(gen), to)
	if err != nil {
		return nil, err
	}
	return a.next(by, a.author(by), now, append(ops, k)...)
}

// Enrolment is a device's proof, for whoever adds it, that it holds the keys
// it shows and means this account.
func Enrolment(d *seal.Device, id AccountID) []byte { return d.SignHybrid(seal.LabelEnrol, id[:]) }

// CheckEnrolment checks what Enrolment made, and the keys themselves.
func CheckEnrolment(p seal.DevicePublic, id AccountID, proof []byte) error {
	if err := p.Check(); err != nil {
		return err
	}
	return p.VerifyHybrid(seal.LabelEnrol, id[:], proof)
}
