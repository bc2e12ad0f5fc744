// Package join brings people and devices together without believing the relay.
//
// An Invitation is a secret that one person hands to another. It leads both to
// a rendezvous channel, whose messages authenticate each to the other: the
// invited checks the inviter's fingerprint, which came with the secret, and
// both compare a short code over everything that was said.
//
// When a request verifies, its sender held the invitation. That it is the
// right person, only the comparison of the code shows.
//
// FORMAT.md gives the bytes.
package join

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"strings"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// A Kind says what an invitation is for.
type Kind uint8

// Kinds of invitation.
const (
	Patient   Kind = 1
	Colleague Kind = 2
	Device    Kind = 3
	Carer     Kind = 4
)

// An Invitation is the secret and whose it is.
type Invitation struct {
	kind        Kind
	secret      *[16]byte
	fingerprint [8]byte
}

func (Invitation) String() string   { return "join.Invitation(hidden)" }
func (Invitation) GoString() string { return "join.Invitation(hidden)" }

// ErrCode reports a code that was mistyped or is not an invitation.
var ErrCode = errors.New("join: not a valid code")

// New makes an invitation by the team or account with this identifier.
func New(k Kind, inviter [32]byte) Invitation {
	i := Invitation{kind: k, secret: new([16]byte)}
	rand.Read(i.secret[:])
	copy(i.fingerprint[:], inviter[:])
	return i
}

// Of is the invitation with a secret that was drawn before.
func Of(k Kind, inviter [32]byte, secret [16]byte) Invitation {
	i := Invitation{kind: k, secret: &secret}
	copy(i.fingerprint[:], inviter[:])
	return i
}

// Kind says what the invitation is for.
func (i Invitation) Kind() Kind { return i.kind }

// From reports whether the identifier is the inviter's.
func (i Invitation) From(id [32]byte) bool {
	return subtle.ConstantTimeCompare(i.fingerprint[:], id[:8]) == 1
}

func (i Invitation) body() []byte {
	b := append([]byte{byte(i.kind)}, i.secret[:]...)
	return append(b, i.fingerprint[:]...)
}

func inviteCheck(body []byte) []byte {
	h := seal.Hash(seal.LabelInviteCheck, body)
	return h[:3]
}

// Bytes is the invitation for sealed storage.
func (i Invitation) Bytes() []byte {
	b := i.body()
	return append(b, inviteCheck(b)...)
}

// Parse reads Bytes back.
func Parse(b []byte) (Invitation, error) {
	if len(b) != 28 || subtle.ConstantTimeCompare(inviteCheck(b[:25]), b[25:]) != 1 || b[0] < 1 || b[0] > byte(Carer) {
		return Invitation{}, ErrCode
	}
	i := Invitation{kind: Kind(b[0]), secret: new([16]byte)}
	copy(i.secret[:], b[1:])
	copy(i.fingerprint[:], b[17:])
	return i, nil
}

// Code is the invitation to type, in nine groups of five.
func (i Invitation) Code() string { return group(encode(i.Bytes())) }

// Link opens the app with the invitation.
func (i Invitation) Link(origin string) string {
	return origin + "/#join=" + encode(i.Bytes())
}

// ParseCode reads what Code printed, as a person types it.
func ParseCode(s string) (Invitation, error) {
	b, err := decode(s, 28)
	if err != nil {
		return Invitation{}, err
	}
	return Parse(b)
}

func (i Invitation) root() root { return newRoot(seal.LabelInvite, i.body()) }

// A root is what a shared secret derives: a channel and its keys.
type root struct {
	id       [32]byte
	secret   seal.Secret
	Founding *seal.Signer
	Access   *seal.Signer
}

func newRoot(l seal.Label, secret []byte) root {
	h := seal.Hash(l, secret)
	s, err := seal.SecretFrom(h[:])
	if err != nil {
		panic("join: " + err.Error())
	}
	return rootOf(s)
}

func rootOf(s seal.Secret) root {
	return root{
		id:       seal.Hash(seal.LabelInviteID, s.Bytes()),
		secret:   s,
		Founding: seal.SignerFromSecret(s, seal.LabelInviteFounding),
		Access:   seal.SignerFromSecret(s, seal.LabelInviteAccess),
	}
}

func (r root) channel() wire.Channel { return wire.ChannelOf(wire.FoundingKey(r.Founding.Public())) }

// A Rendezvous is a channel that all holders of one secret can open.
type Rendezvous struct {
	root
	key *seal.BoxKey
}

func newRendezvous(r root) *Rendezvous {
	return &Rendezvous{root: r, key: seal.NewBoxKey(r.secret, r.channel())}
}

// Rendezvous is where an invitation's messages are left.
func (i Invitation) Rendezvous() *Rendezvous { return newRendezvous(i.root()) }

// Channel names the rendezvous at the relay.
func (r *Rendezvous) Channel() wire.Channel { return r.channel() }

// Box seals a message. The same message always has the same identifier, so
// that colleagues who answer at once leave one box.
func (r *Rendezvous) Box(message []byte) wire.Box {
	id := seal.Hash(seal.LabelBoxID, r.secret.Bytes(), message)
	return wire.Box{ID: wire.BoxID(id[:16]), Data: r.key.Seal(1, message)}
}

// Open opens a box of the rendezvous.
func (r *Rendezvous) Open(box []byte) ([]byte, error) { return r.key.Open(box) }

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func encode(b []byte) string {
	var out strings.Builder
	var acc uint32
	bits := 0
	for _, x := range b {
		acc, bits = acc<<8|uint32(x), bits+8
		for bits >= 5 {
			bits -= 5
			out.WriteByte(alphabet[acc>>bits&31])
		}
	}
	if bits > 0 {
		out.WriteByte(alphabet[acc<<(5-bits)&31])
	}
	return out.String()
}

func group(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if i > 0 && i%5 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// decode reads n bytes from what a person typed.
func decode(s string, n int) ([]byte, error) {
	if len(s) > 400 {
		return nil, ErrCode
	}
	out := make([]byte, 0, n)
	var acc uint32
	bits, chars := 0, 0
	for _, c := range strings.ToUpper(s) {
		switch c {
		case ' ', '-', '\t', '\n', '\r', '–', '‑', '\u00a0':
			continue
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		v := strings.IndexRune(alphabet, c)
		if v < 0 || len(out) == n && bits == 0 {
			return nil, ErrCode
		}
		acc, bits, chars = acc<<5|uint32(v), bits+5, chars+1
		if bits >= 8 && len(out) < n {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	if len(out) != n || chars != (n*8+4)/5 || acc&(1<<bits-1) != 0 {
		return nil, ErrCode
	}
	return out, nil
}
