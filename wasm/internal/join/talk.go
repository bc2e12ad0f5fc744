package join

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// Why a message of the rendezvous is not believed.
var (
	ErrMessage     = errors.New("join: malformed message")
	ErrFingerprint = errors.New("join: the offer is not by the one who invited")
	ErrSignature   = errors.New("join: the message is not by whom it says")
	ErrExpired     = errors.New("join: the invitation has expired")
)

const (
	tagOffer   = 1
	tagRequest = 2
	tagReveal  = 3
	tagDone    = 4
	tagLocker  = 5
)

const (
	maxOriginLen   = 200
	maxInformation = 8192
)

// A Party is a device that speaks, with the account it belongs to.
type Party struct {
	Device  seal.DeviceID
	Account keyring.AccountID
}

// A Nonce is committed to in the offer and shown after the request.
type Nonce [32]byte

// NewNonce makes one for a new invitation.
func NewNonce() (n Nonce) { rand.Read(n[:]); return n }

func (n Nonce) commit() [32]byte { return seal.Hash(seal.LabelInviteConfirm, n[:]) }

// An Offer is what the inviter leaves at the rendezvous.
type Offer struct {
	Kind      Kind
	Created   time.Time
	Expires   time.Time
	Commit    [32]byte
	Chains    []link.Chain
	Admission *wire.Admission // for channels of the one who joins
	Role      keyring.Role    // Colleague: as what; 0: the offer does not say

	Information []byte // Patient: what the centre says of itself; nil: nothing
	By          Party

	raw []byte
}

// Hash names the offer with its signature.
func (o *Offer) Hash() [32]byte { return seal.Hash(seal.LabelInviteTranscript, o.raw) }

// Offer signs the message that opens the talk.
func (r *Rendezvous) Offer(o Offer, nonce Nonce, by *seal.Device, account keyring.AccountID) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(tagOffer)
	b.AddUint8(uint8(o.Kind))
	b.AddUint64(uint64(o.Created.UnixMilli()))
	b.AddUint64(uint64(o.Expires.Unix()))
	commit := nonce.commit()
	b.AddBytes(commit[:])
	link.AppendChains(b, o.Chains)
	if o.Admission == nil {
		b.AddUint8(0)
	} else {
		b.AddUint8(1)
		link.AppendAdmission(b, *o.Admission)
	}
	if o.Kind == Colleague && o.Role != 0 {
		b.AddUint8(uint8(o.Role))
	}
	if o.Kind == Patient && len(o.Information) > 0 {
		b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(o.Information) })
	}
	return r.finish(b, seal.LabelInviteOffer, by, account, nil)
}

// finish adds the speaker and the signature.
func (r *Rendezvous) finish(b *cryptobyte.Builder, l seal.Label, by *seal.Device, account keyring.AccountID, before []byte) []byte {
	id := by.ID()
	b.AddBytes(id[:])
	b.AddBytes(account[:])
	raw := b.BytesOrPanic()
	text := seal.Hash(l, r.id[:], before, raw)
	sig := by.Sign(l, text[:])
	return append(raw, sig[:]...)
}

func (r *Rendezvous) verify(raw []byte, l seal.Label, pub seal.DevicePublic, before []byte) error {
	n := len(raw) - 64
	text := seal.Hash(l, r.id[:], before, raw[:n])
	if pub.Verify(l, text[:], raw[n:]) != nil {
		return ErrSignature
	}
	return nil
}

// partySize is how long the end of a message is that says who speaks, and signs.
const partySize = 32 + 32 + 64

func readParty(in *cryptobyte.String) (p Party, ok bool) {
	ok = in.CopyBytes(p.Device[:]) && in.CopyBytes(p.Account[:]) && in.Skip(64) && in.Empty()
	return p, ok
}

// key returns what a party signs with, if its device is active in the account
// it names. Asking for the device alone would let any account claim it.
func (p Party) key(book keyring.Book) (seal.DevicePublic, bool) {
	a, ok := book.Account(p.Account)
	if !ok || !a.HasDevice(p.Device) {
		return seal.DevicePublic{}, false
	}
	return a.Device(p.Device)
}

// ReadOffer reads and checks an offer: its sender is an active device of the
// team or account that the invitation names. The chains it brings are added to
// the book, which should be a fresh one.
func (r *Rendezvous) ReadOffer(raw []byte, inv Invitation, book keyring.Book, now time.Time) (*Offer, error) {
	in := cryptobyte.String(raw)
	o := &Offer{raw: raw}
	var tag, kind, has uint8
	var created, expires uint64
	if !in.ReadUint8(&tag) || tag != tagOffer || !in.ReadUint8(&kind) || Kind(kind) != inv.kind ||
		!in.ReadUint64(&created) || created > 1<<53 || !in.ReadUint64(&expires) || expires > 1<<43 || !in.CopyBytes(o.Commit[:]) {
		return nil, ErrMessage
	}
	o.Kind, o.Created, o.Expires = Kind(kind), time.UnixMilli(int64(created)), time.Unix(int64(expires), 0)
	chains, err := link.ReadChains(&in)
	if err != nil || !in.ReadUint8(&has) || has > 1 {
		return nil, ErrMessage
	}
	o.Chains = chains
	if has == 1 {
		a, ok := link.ReadAdmission(&in)
		if !ok {
			return nil, ErrMessage
		}
		o.Admission = &a
	}
	if o.Kind == Colleague && len(in) == partySize+1 {
		var role uint8
		if !in.ReadUint8(&role) || role < uint8(keyring.Lead) || role > uint8(keyring.Reader) {
			return nil, ErrMessage
		}
		o.Role = keyring.Role(role)
	}
	if o.Kind == Patient && len(in) > partySize {
		var b cryptobyte.String
		if !in.ReadUint16LengthPrefixed(&b) || len(b) == 0 || len(b) > maxInformation {
			return nil, ErrMessage
		}
		o.Information = bytes.Clone(b)
	}
	ok := false
	if o.By, ok = readParty(&in); !ok {
		return nil, ErrMessage
	}
	for _, c := range chains {
		if err := c.AddTo(book); err != nil {
			return nil, err
		}
	}
	pub, ok := o.By.key(book)
	if !ok {
		return nil, ErrFingerprint
	}
	if err := r.verify(raw, seal.LabelInviteOffer, pub, nil); err != nil {
		return nil, err
	}
	switch inv.kind {
	case Device, Carer:
		if !inv.From(o.By.Account) {
			return nil, ErrFingerprint
		}
	default:
		if _, ok := o.Team(inv, book); !ok {
			return nil, ErrFingerprint
		}
	}
	if now.After(o.Expires) {
		return nil, ErrExpired
	}
	return o, nil
}

// Team returns the team that the invitation is from, with the account that
// speaks for it as a member.
func (o *Offer) Team(inv Invitation, book keyring.Book) (*keyring.Team, bool) {
	for _, c := range o.Chains {
		if !c.Team || len(c.Raws) == 0 {
			continue
		}
		id := keyring.TeamID(keyring.HashOf(c.Raws[0]))
		team, ok := book.Team(id)
		if !ok || !inv.From(id) {
			continue
		}
		if _, member := team.RoleOf(o.By.Account); member {
			return team, true
		}
	}
	return nil, false
}

// A Request is what the invited answers.
type Request struct {
	Kind   Kind
	Chains []link.Chain
	Space  []keyring.Raw      // the space that the patient founded for this centre
	Origin string             // of the relay that keeps it
	Public *seal.DevicePublic // Device: the keys that want to be added
	Proof  []byte             // Device: keyring.Enrolment of these keys
	By     Party

	raw []byte
}

// Hash names the request with its signature.
func (q *Request) Hash() [32]byte { return seal.Hash(seal.LabelInviteTranscript, q.raw) }

// Request signs the answer to an offer.
func (r *Rendezvous) Request(q Request, o *Offer, by *seal.Device) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(tagRequest)
	b.AddUint8(uint8(q.Kind))
	nonce := NewNonce()
	b.AddBytes(nonce[:])
	link.AppendChains(b, q.Chains)
	link.AppendRaws(b, q.Space)
	b.AddUint8LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(q.Origin)) })
	if q.Kind == Device {
		b.AddBytes(by.Public().Append(nil))
		b.AddBytes(keyring.Enrolment(by, o.By.Account))
	}
	h := o.Hash()
	return r.finish(b, seal.LabelInviteRequest, by, q.By.Account, h[:])
}

// ReadRequest reads and checks a request. Its chains are added to the book.
func (r *Rendezvous) ReadRequest(raw []byte, o *Offer, book keyring.Book) (*Request, error) {
	in := cryptobyte.String(raw)
	q := &Request{raw: raw}
	var tag, kind uint8
	var nonce [32]byte
	if !in.ReadUint8(&tag) || tag != tagRequest || !in.ReadUint8(&kind) || Kind(kind) != o.Kind || !in.CopyBytes(nonce[:]) {
		return nil, ErrMessage
	}
	q.Kind = Kind(kind)
	if err := q.readParts(&in, q.Kind == Device); err != nil {
		return nil, err
	}
	ok := false
	if q.By, ok = readParty(&in); !ok {
		return nil, ErrMessage
	}
	pub, err := q.speaker(book)
	if err != nil {
		return nil, err
	}
	h := o.Hash()
	if err := r.verify(raw, seal.LabelInviteRequest, pub, h[:]); err != nil {
		return nil, err
	}
	if q.Kind == Device {
		return q, keyring.CheckEnrolment(pub, o.By.Account, q.Proof)
	}
	return q, nil
}

func (q *Request) readParts(in *cryptobyte.String, device bool) (err error) {
	if q.Chains, err = link.ReadChains(in); err != nil {
		return err
	}
	if q.Space, err = link.ReadRaws(in); err != nil {
		return err
	}
	var origin cryptobyte.String
	if !in.ReadUint8LengthPrefixed(&origin) || len(origin) > maxOriginLen {
		return ErrMessage
	}
	q.Origin = string(origin)
	if q.Origin != "" && wire.CheckOrigin(q.Origin) != nil {
		return ErrMessage // it would be dialled
	}
	if device {
		var b []byte
		if !in.ReadBytes(&b, seal.DevicePublicSize) {
			return ErrMessage
		}
		pub, err := seal.ParseDevicePublic(b)
		if err != nil {
			return err
		}
		q.Public = &pub
		if !in.ReadBytes(&q.Proof, seal.HybridSize) {
			return ErrMessage
		}
	}
	return nil
}

// speaker finds the keys that must have signed.
func (q *Request) speaker(book keyring.Book) (seal.DevicePublic, error) {
	if q.Public != nil {
		if q.Public.ID() != q.By.Device {
			return seal.DevicePublic{}, ErrSignature
		}
		return *q.Public, nil
	}
	for _, c := range q.Chains {
		if err := c.AddTo(book); err != nil {
			return seal.DevicePublic{}, err
		}
	}
	pub, ok := q.By.key(book)
	if !ok {
		return seal.DevicePublic{}, ErrSignature
	}
	return pub, nil
}

// Reveal opens the offer's commitment.
func Reveal(n Nonce) []byte { return append([]byte{tagReveal}, n[:]...) }

// ReadReveal reads the nonce that the offer committed to.
func ReadReveal(raw []byte, o *Offer) (n Nonce, err error) {
	if len(raw) != 33 || raw[0] != tagReveal {
		return n, ErrMessage
	}
	copy(n[:], raw[1:])
	if c := n.commit(); subtle.ConstantTimeCompare(c[:], o.Commit[:]) != 1 {
		return n, ErrSignature
	}
	return n, nil
}

// ShortCode is what both sides compare: six digits over all that was said.
func (r *Rendezvous) ShortCode(o *Offer, q *Request, n Nonce) string {
	oh, qh := o.Hash(), q.Hash()
	h := seal.Hash(seal.LabelInviteShortCode, r.id[:], oh[:], qh[:], n[:])
	v := binary.BigEndian.Uint64(h[:]) % 1_000_000
	var digits [6]byte
	for i := 5; i >= 0; i-- {
		digits[i] = '0' + byte(v%10)
		v /= 10
	}
	return string(digits[:])
}

// A Done ends the talk.
type Done struct {
	Accepted bool
	Chains   []link.Chain  // with the one who joined
	Space    []keyring.Raw // the space to begin with: the team's, or home
	Origin   string
	By       Party
}

// Done signs the end of the talk.
func (r *Rendezvous) Done(d Done, o *Offer, q *Request, by *seal.Device) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(tagDone)
	if d.Accepted {
		b.AddUint8(1)
	} else {
		b.AddUint8(0)
	}
	link.AppendChains(b, d.Chains)
	link.AppendRaws(b, d.Space)
	b.AddUint8LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(d.Origin)) })
	return r.finish(b, seal.LabelInviteDone, by, d.By.Account, transcript(o, q))
}

func transcript(o *Offer, q *Request) []byte {
	oh, qh := o.Hash(), q.Hash()
	return append(oh[:], qh[:]...)
}

// ReadDone reads and checks the end. The speaker must be in the book that the
// offer filled, as a device of the inviting account or team.
func (r *Rendezvous) ReadDone(raw []byte, o *Offer, q *Request, inv Invitation, book keyring.Book) (*Done, error) {
	in := cryptobyte.String(raw)
	var tag, accepted uint8
	if !in.ReadUint8(&tag) || tag != tagDone || !in.ReadUint8(&accepted) || accepted > 1 {
		return nil, ErrMessage
	}
	var parts Request
	if err := parts.readParts(&in, false); err != nil {
		return nil, err
	}
	by, ok := readParty(&in)
	if !ok {
		return nil, ErrMessage
	}
	for _, c := range parts.Chains {
		if err := c.AddTo(book); err != nil {
			return nil, err
		}
	}
	pub, ok := by.key(book)
	if !ok {
		return nil, ErrSignature
	}
	switch inv.kind {
	case Device, Carer:
		if by.Account != o.By.Account {
			return nil, ErrFingerprint
		}
	default:
		if _, ok := (&Offer{Chains: o.Chains, By: by}).Team(inv, book); !ok {
			return nil, ErrFingerprint
		}
	}
	if err := r.verify(raw, seal.LabelInviteDone, pub, transcript(o, q)); err != nil {
		return nil, err
	}
	return &Done{Accepted: accepted == 1, Chains: parts.Chains, Space: parts.Space, Origin: parts.Origin, By: by}, nil
}

// Tag tells what a message of the rendezvous claims to be.
type Tag uint8

// Tags of messages.
const (
	IsOffer   Tag = tagOffer
	IsRequest Tag = tagRequest
	IsReveal  Tag = tagReveal
	IsDone    Tag = tagDone
	IsLocker  Tag = tagLocker
)

// TagOf returns a message's first byte.
func TagOf(raw []byte) Tag {
	if len(raw) == 0 {
		return 0
	}
	return Tag(raw[0])
}
