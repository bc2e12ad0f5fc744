package keyring

import (
	"encoding/base32"
	"errors"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// Limits, checked before anything is allocated or verified.
const (
	MaxRaw     = 128 << 10 // bytes of one change
	MaxChain   = 4096      // changes of one chain, void ones included
	MaxMembers = 96        // members of a team or space; their wraps fit one change
	MaxDevices = 32        // active devices of an account
	MaxName    = 100       // bytes
	maxOps     = 128
	maxMerged  = 64
)

// Reasons to refuse a change or a key. They come inside a ChangeError where a
// position is known.
var (
	ErrFormat     = errors.New("malformed change")
	ErrLimit      = errors.New("beyond a limit")
	ErrKind       = errors.New("change of another kind of chain")
	ErrLink       = errors.New("does not follow a known change")
	ErrFork       = errors.New("two beginnings of one chain")
	ErrSettled    = errors.New("would undo what is settled")
	ErrTime       = errors.New("earlier than the change before")
	ErrUnknown    = errors.New("needs a newer account or team than is known")
	ErrSigner     = errors.New("signer does not belong to the account, as far as it is known")
	ErrRetired    = errors.New("signer was retired")
	ErrRight      = errors.New("signer has no right to this")
	ErrSignature  = errors.New("signature does not verify")
	ErrMember     = errors.New("already a member, or not one")
	ErrSelf       = errors.New("signer would remove itself and know the new key")
	ErrLast       = errors.New("nobody would be left in charge")
	ErrRollback   = errors.New("key number is not the next one")
	ErrRecipients = errors.New("key is not sealed to exactly the members")
	ErrRotation   = errors.New("needs a new key in the same change")
	ErrCommitment = errors.New("key does not match its commitment")
	ErrNoKey      = errors.New("no key for this reader")
)

// A ChangeError tells which change of a chain was refused, and why.
type ChangeError struct {
	Index int // position in the chain, from 0
	Err   error
}

func (e *ChangeError) Error() string {
	return "change " + strconv.Itoa(e.Index) + ": " + e.Err.Error()
}
func (e *ChangeError) Unwrap() error { return e.Err }

// A Raw is one signed change as it is stored and sent.
type Raw []byte

// A Hash names a change.
type Hash [32]byte

// HashOf returns the name of a change.
func HashOf(r Raw) Hash { return seal.Hash(seal.LabelChange, r) }

func (h Hash) String() string { return "change_" + short(h[:]) }

// Identifiers are the hash of the chain's first change.
type (
	AccountID [32]byte
	TeamID    [32]byte
	SpaceID   [32]byte
)

func (id AccountID) String() string { return "acc_" + short(id[:]) }
func (id TeamID) String() string    { return "team_" + short(id[:]) }
func (id SpaceID) String() string   { return "space_" + short(id[:]) }

func short(b []byte) string {
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(b[:10])
}

// A ChainKind tells accounts, teams and spaces apart.
type ChainKind uint8

const (
	AccountChain ChainKind = iota + 1
	TeamChain
	SpaceChain
)

func (k ChainKind) label() seal.Label {
	switch k {
	case AccountChain:
		return seal.LabelAccountChange
	case TeamChain:
		return seal.LabelTeamChange
	}
	return seal.LabelSpaceChange
}

// RefType says what a Ref points to.
type RefType uint8

const (
	toDevice RefType = iota + 1 // inside accounts only
	ToAccount
	ToTeam
)

// A Ref names a member: an account or a team.
type Ref struct {
	Type RefType
	ID   [32]byte
}

// AccountRef and TeamRef name members of a space.
func AccountRef(id AccountID) Ref { return Ref{ToAccount, id} }
func TeamRef(id TeamID) Ref       { return Ref{ToTeam, id} }

func (r Ref) String() string {
	switch r.Type {
	case toDevice:
		return seal.DeviceID(r.ID).String()
	case ToAccount:
		return AccountID(r.ID).String()
	case ToTeam:
		return TeamID(r.ID).String()
	}
	return "ref_none"
}

func (r Ref) less(q Ref) bool {
	if r.Type != q.Type {
		return r.Type < q.Type
	}
	return string(r.ID[:]) < string(q.ID[:])
}

// An author says who signs and by what authority: the device, its account at
// a generation, and the team at a generation if the account acts for one.
type author struct {
	device  seal.DeviceID
	account AccountID
	gen     uint32
	via     bool
	team    TeamID
	teamGen uint32
}

func (a author) ref() Ref {
	if a.via {
		return TeamRef(a.team)
	}
	return AccountRef(a.account)
}

type change struct {
	kind   ChainKind
	index  uint32
	prev   Hash
	time   uint64 // ms since 1970, claimed
	author author
	ops    []op

	raw    Raw
	hash   Hash
	signed int // length of what the signature covers
}

// A wrap is a key sealed to one member at one generation of it.
type wrap struct {
	to     Ref
	gen    uint32 // 0 for devices
	sealed []byte
}

type op interface{ append(b *cryptobyte.Builder) }

const (
	codeFound = iota + 1
	codeAdd
	codeRemove
	codeSet // role or right
	codeRename
	codeKey // generation or epoch
	codeMerge
)

type (
	opFoundAccount struct {
		nonce   [32]byte
		name    string
		devices []foundDevice
	}
	foundDevice struct {
		sheet  bool
		public seal.DevicePublic
	}
	opFoundTeam struct {
		nonce [32]byte
		name  string
	}
	opFoundSpace struct {
		nonce    [32]byte
		kind     SpaceKind
		owner    Ref
		founding [32]byte
	}
	opAddDevice struct {
		foundDevice
		wrap *wrap
	}
	opAdd struct { // team or space
		ref  Ref
		as   uint8 // Role or Right
		wrap *wrap
	}
	opRemove struct{ ref Ref }
	opSet    struct {
		ref Ref
		as  uint8
	}
	opRename struct{ name string }
	opKey    struct {
		number     uint32
		commitment [32]byte
		kem        *seal.KEMPublic // nil in spaces
		link       []byte          // nil: none
		wraps      []wrap
	}
	opMerge struct{ heads []Hash }
)

func add(b *cryptobyte.Builder, code uint8, f func(b *cryptobyte.Builder)) {
	b.AddUint8(code)
	b.AddUint24LengthPrefixed(f)
}

func addName(b *cryptobyte.Builder, s string) {
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(s)) })
}

func addRef(b *cryptobyte.Builder, r Ref) {
	b.AddUint8(uint8(r.Type))
	b.AddBytes(r.ID[:])
}

func addBool(b *cryptobyte.Builder, v bool) {
	if v {
		b.AddUint8(1)
	} else {
		b.AddUint8(0)
	}
}

func (d foundDevice) append(b *cryptobyte.Builder) {
	addBool(b, d.sheet)
	b.AddBytes(d.public.Append(nil))
}

func (w *wrap) append(b *cryptobyte.Builder) {
	addRef(b, w.to)
	b.AddUint32(w.gen)
	b.AddBytes(w.sealed)
}

func addOptional(b *cryptobyte.Builder, w *wrap) {
	addBool(b, w != nil)
	if w != nil {
		w.append(b)
	}
}

func (o *opFoundAccount) append(b *cryptobyte.Builder) {
	add(b, codeFound, func(b *cryptobyte.Builder) {
		b.AddBytes(o.nonce[:])
		addName(b, o.name)
		b.AddUint8(uint8(len(o.devices)))
		for _, d := range o.devices {
			d.append(b)
		}
	})
}

func (o *opFoundTeam) append(b *cryptobyte.Builder) {
	add(b, codeFound, func(b *cryptobyte.Builder) {
		b.AddBytes(o.nonce[:])
		addName(b, o.name)
	})
}

func (o *opFoundSpace) append(b *cryptobyte.Builder) {
	add(b, codeFound, func(b *cryptobyte.Builder) {
		b.AddBytes(o.nonce[:])
		b.AddUint8(uint8(o.kind))
		addRef(b, o.owner)
		b.AddBytes(o.founding[:])
	})
}

func (o *opAddDevice) append(b *cryptobyte.Builder) {
	add(b, codeAdd, func(b *cryptobyte.Builder) {
		o.foundDevice.append(b)
		addOptional(b, o.wrap)
	})
}

func (o *opAdd) append(b *cryptobyte.Builder) {
	add(b, codeAdd, func(b *cryptobyte.Builder) {
		addRef(b, o.ref)
		b.AddUint8(o.as)
		addOptional(b, o.wrap)
	})
}

func (o *opRemove) append(b *cryptobyte.Builder) {
	add(b, codeRemove, func(b *cryptobyte.Builder) { addRef(b, o.ref) })
}

func (o *opSet) append(b *cryptobyte.Builder) {
	add(b, codeSet, func(b *cryptobyte.Builder) {
		addRef(b, o.ref)
		b.AddUint8(o.as)
	})
}

func (o *opRename) append(b *cryptobyte.Builder) {
	add(b, codeRename, func(b *cryptobyte.Builder) { addName(b, o.name) })
}

func (o *opKey) append(b *cryptobyte.Builder) {
	add(b, codeKey, func(b *cryptobyte.Builder) {
		b.AddUint32(o.number)
		b.AddBytes(o.commitment[:])
		if o.kem != nil {
			b.AddBytes(o.kem[:])
		}
		addBool(b, o.link != nil)
		b.AddBytes(o.link)
		b.AddUint8(uint8(len(o.wraps)))
		for i := range o.wraps {
			o.wraps[i].append(b)
		}
	})
}

func (o *opMerge) append(b *cryptobyte.Builder) {
	add(b, codeMerge, func(b *cryptobyte.Builder) {
		b.AddUint8(uint8(len(o.heads)))
		for _, h := range o.heads {
			b.AddBytes(h[:])
		}
	})
}

// appendBody appends what the signature covers.
func (c *change) appendBody(b *cryptobyte.Builder) {
	b.AddUint8(1) // version
	b.AddUint8(1) // suite
	b.AddUint8(uint8(c.kind))
	b.AddUint32(c.index)
	b.AddBytes(c.prev[:])
	b.AddUint64(c.time)
	b.AddBytes(c.author.device[:])
	b.AddBytes(c.author.account[:])
	b.AddUint32(c.author.gen)
	addBool(b, c.author.via)
	if c.author.via {
		b.AddBytes(c.author.team[:])
		b.AddUint32(c.author.teamGen)
	}
	b.AddUint8(uint8(len(c.ops)))
	for _, o := range c.ops {
		o.append(b)
	}
}

func (c *change) encode() ([]byte, error) {
	var b cryptobyte.Builder
	c.appendBody(&b)
	return b.Bytes()
}

// sign encodes and signs c. It checks nothing but the size.
func (c *change) sign(d *seal.Device) (Raw, error) {
	body, err := c.encode()
	if err != nil || len(body)+seal.HybridSize > MaxRaw || len(c.ops) > maxOps {
		return nil, ErrLimit
	}
	return append(body, d.SignHybrid(c.kind.label(), body)...), nil
}

// verify checks the signature.
func (c *change) verify(p *seal.DevicePublic) error {
	if p.VerifyHybrid(c.kind.label(), c.raw[:c.signed], c.raw[c.signed:]) != nil {
		return ErrSignature
	}
	return nil
}

type reader struct{ cryptobyte.String }

func (r *reader) bool(v *bool) bool {
	var n uint8
	if !r.ReadUint8(&n) || n > 1 {
		return false
	}
	*v = n == 1
	return true
}

func (r *reader) ref(v *Ref) bool {
	var t uint8
	if !r.ReadUint8(&t) || t < uint8(toDevice) || t > uint8(ToTeam) {
		return false
	}
	v.Type = RefType(t)
	return r.CopyBytes(v.ID[:])
}

func (r *reader) name(v *string) bool {
	var s cryptobyte.String
	if !r.ReadUint8LengthPrefixed(&s) || !goodName(string(s)) {
		return false
	}
	*v = string(s)
	return true
}

func goodName(s string) bool {
	if len(s) > MaxName || !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if !unicode.IsPrint(c) {
			return false
		}
	}
	return true
}

func (r *reader) device(v *foundDevice) bool {
	var b []byte
	if !r.bool(&v.sheet) || !r.ReadBytes(&b, seal.DevicePublicSize) {
		return false
	}
	p, err := seal.ParseDevicePublic(b)
	v.public = p
	return err == nil
}

func (r *reader) wrap(v *wrap) bool {
	return r.ref(&v.to) && r.ReadUint32(&v.gen) && r.ReadBytes(&v.sealed, seal.WrapSize)
}

func (r *reader) optional(v **wrap) bool {
	var has bool
	if !r.bool(&has) {
		return false
	}
	if !has {
		return true
	}
	*v = new(wrap)
	return r.wrap(*v)
}

// parse decodes exactly one change. It checks the form, not the content.
func parse(raw Raw) (*change, error) {
	if len(raw) > MaxRaw {
		return nil, ErrLimit
	}
	if len(raw) < seal.HybridSize {
		return nil, ErrFormat
	}
	c := &change{raw: raw, hash: HashOf(raw), signed: len(raw) - seal.HybridSize}
	r := &reader{cryptobyte.String(raw[:c.signed])}
	var ver, suite, kind, n uint8
	if !r.ReadUint8(&ver) || !r.ReadUint8(&suite) || !r.ReadUint8(&kind) || ver != 1 || suite != 1 ||
		kind < uint8(AccountChain) || kind > uint8(SpaceChain) {
		return nil, ErrFormat
	}
	c.kind = ChainKind(kind)
	a := &c.author
	if !r.ReadUint32(&c.index) || !r.CopyBytes(c.prev[:]) || !r.ReadUint64(&c.time) || c.time > 1<<52 ||
		!r.CopyBytes(a.device[:]) || !r.CopyBytes(a.account[:]) || !r.ReadUint32(&a.gen) || !r.bool(&a.via) {
		return nil, ErrFormat
	}
	if a.via && (!r.CopyBytes(a.team[:]) || !r.ReadUint32(&a.teamGen)) {
		return nil, ErrFormat
	}
	if !r.ReadUint8(&n) || n == 0 {
		return nil, ErrFormat
	}
	if n > maxOps {
		return nil, ErrLimit
	}
	c.ops = make([]op, n)
	for i := range c.ops {
		var code uint8
		var body cryptobyte.String
		if !r.ReadUint8(&code) || !r.ReadUint24LengthPrefixed(&body) {
			return nil, ErrFormat
		}
		o, err := parseOp(c.kind, code, &reader{body})
		if err != nil {
			return nil, err
		}
		c.ops[i] = o
	}
	if !r.Empty() {
		return nil, ErrFormat
	}
	return c, nil
}

func parseOp(kind ChainKind, code uint8, r *reader) (op, error) {
	var o op
	ok := false
	switch {
	case code == codeFound && kind == AccountChain:
		f := &opFoundAccount{}
		var n uint8
		ok = r.CopyBytes(f.nonce[:]) && r.name(&f.name) && r.ReadUint8(&n) && n >= 1 && n <= 2
		for i := uint8(0); ok && i < n; i++ {
			var d foundDevice
			ok = r.device(&d)
			f.devices = append(f.devices, d)
		}
		o = f
	case code == codeFound && kind == TeamChain:
		f := &opFoundTeam{}
		ok = r.CopyBytes(f.nonce[:]) && r.name(&f.name) && f.name != ""
		o = f
	case code == codeFound && kind == SpaceChain:
		f := &opFoundSpace{}
		var k uint8
		ok = r.CopyBytes(f.nonce[:]) && r.ReadUint8(&k) && r.ref(&f.owner) && r.CopyBytes(f.founding[:]) &&
			k >= uint8(Home) && k <= uint8(TeamSpace) && f.owner.Type != toDevice && !wire.WeakKey(f.founding)
		f.kind = SpaceKind(k)
		o = f
	case code == codeAdd && kind == AccountChain:
		a := &opAddDevice{}
		ok = r.device(&a.foundDevice) && r.optional(&a.wrap)
		o = a
	case code == codeAdd:
		a := &opAdd{}
		ok = r.ref(&a.ref) && r.ReadUint8(&a.as) && goodAs(kind, a.as) && memberOf(kind, a.ref) && r.optional(&a.wrap)
		o = a
	case code == codeRemove:
		m := &opRemove{}
		ok = r.ref(&m.ref) && memberOf(kind, m.ref)
		o = m
	case code == codeSet && kind != AccountChain:
		s := &opSet{}
		ok = r.ref(&s.ref) && memberOf(kind, s.ref) && r.ReadUint8(&s.as) && goodAs(kind, s.as)
		o = s
	case code == codeRename && kind == TeamChain:
		m := &opRename{}
		ok = r.name(&m.name) && m.name != ""
		o = m
	case code == codeKey:
		k := &opKey{}
		ok = r.ReadUint32(&k.number) && k.number > 0 && r.CopyBytes(k.commitment[:])
		if kind != SpaceChain {
			k.kem = new(seal.KEMPublic)
			ok = ok && r.CopyBytes(k.kem[:])
		}
		var has bool
		var n uint8
		ok = ok && r.bool(&has) && (!has || r.ReadBytes(&k.link, seal.SealedSecretSize)) && r.ReadUint8(&n)
		if ok && n > MaxMembers {
			return nil, ErrLimit
		}
		for i := uint8(0); ok && i < n; i++ {
			var w wrap
			ok = r.wrap(&w)
			k.wraps = append(k.wraps, w)
		}
		o = k
	case code == codeMerge:
		m := &opMerge{}
		var n uint8
		ok = r.ReadUint8(&n) && n > 0
		if ok && n > maxMerged {
			return nil, ErrLimit
		}
		for i := uint8(0); ok && i < n; i++ {
			var h Hash
			ok = r.CopyBytes(h[:]) && (i == 0 || string(m.heads[i-1][:]) < string(h[:]))
			m.heads = append(m.heads, h)
		}
		o = m
	}
	if !ok || !r.Empty() {
		return nil, ErrFormat
	}
	return o, nil
}

// memberOf says whether chains of this kind have such members.
func memberOf(kind ChainKind, r Ref) bool {
	switch kind {
	case AccountChain:
		return r.Type == toDevice
	case TeamChain:
		return r.Type == ToAccount
	}
	return r.Type == ToAccount || r.Type == ToTeam
}

func goodAs(kind ChainKind, as uint8) bool {
	if kind == TeamChain {
		return as >= uint8(Lead) && as <= uint8(Reader)
	}
	return as >= uint8(Own) && as <= uint8(Read)
}

// EpochOf tells whether a change introduces an epoch of a space, and which.
// The change is not verified.
func EpochOf(r Raw) (n uint32, ok bool) {
	c, err := parse(r)
	if err != nil || c.kind != SpaceChain {
		return 0, false
	}
	k := c.key()
	if k == nil {
		return 0, false
	}
	return k.number, true
}

// KindOf tells which kind of chain a change belongs to, its position and what
// it follows. The change is not verified.
func KindOf(r Raw) (kind ChainKind, index uint32, prev Hash, err error) {
	c, err := parse(r)
	if err != nil {
		return 0, 0, Hash{}, err
	}
	return c.kind, c.index, c.prev, nil
}

func (c *change) key() *opKey {
	for _, o := range c.ops {
		if k, ok := o.(*opKey); ok {
			return k
		}
	}
	return nil
}

func (c *change) removes() bool {
	for _, o := range c.ops {
		if _, ok := o.(*opRemove); ok {
			return true
		}
	}
	return false
}

func millis(t time.Time) uint64 {
	if ms := t.UnixMilli(); ms > 0 {
		return uint64(ms)
	}
	return 0
}

func moment(ms uint64) time.Time { return time.UnixMilli(int64(ms)).UTC() }
