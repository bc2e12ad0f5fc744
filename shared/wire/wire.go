// Package wire is what a client and the relay say to each other.
//
// A frame is one binary WebSocket message. Append writes it, Parse reads it;
// PROTOCOL.md gives the bytes and the order of the talk, testdata a vector for
// every rule.
//
// When Parse succeeds:
//   - Append writes exactly the bytes that were read;
//   - every length and count is within the limits below;
//   - nothing was allocated that is larger than the input.
//
// Parse does not check a signature and does not know who may do what: the
// relay does, and a client trusts the relay for neither.
package wire

import (
	"crypto/sha256"
	"errors"
)

// Where and how the socket is found.
const (
	Path        = "/v1/socket"
	Subprotocol = "vialog.v1"
	Version     = 1

	// SubprotocolAlive is the same with a sign of life as text: whoever asks
	// AliveQuestion is told AliveAnswer, also by a host while the relay sleeps.
	SubprotocolAlive = "vialog.v1.alive"
	AliveQuestion    = "alive?"
	AliveAnswer      = "alive"
)

// The limits of the protocol. A relay may announce lower ones in Hello.
const (
	MinBox   = 256       // bytes in a sealed box
	MaxBox   = 1 << 20   // bytes in a sealed box
	MaxFrame = 4 << 20   // bytes in a frame
	MaxBatch = 256       // boxes in a frame
	MaxNote  = 256 << 10 // bytes left for a replaced access key
	MaxRead  = 1 << 20   // bytes of boxes in an answer to Read, however many are asked for

	// MaxPending is how many requests a client may have unanswered on one
	// connection. A relay allows at least as many.
	MaxPending = 64

	// maxNumber keeps 64-bit numbers exact where they pass through a float64.
	maxNumber = 1<<53 - 1
	maxOrigin = 200 // bytes
)

// Identifiers and keys. Each prints as a short form with its own prefix, for
// people and logs; the printed form cannot be turned back into the value.
type (
	Channel     [32]byte // names a channel; see ChannelOf
	BoxID       [16]byte // chosen by the client, unique in its channel
	AccessKey   [32]byte // Ed25519 public key that opens a channel
	FoundingKey [32]byte // Ed25519 public key that owns a channel
	TenantID    [16]byte // chosen by the relay
	TenantKey   [32]byte // Ed25519 public key that signs tickets
	StoreID     [16]byte // tells one store of boxes from another, or from an older copy's successor
	TicketID    = [16]byte
	Nonce       [32]byte // fresh for every connection
	Signature   [64]byte // Ed25519
)

// ChannelOf returns the identifier of the channel that k founds. Nobody without
// the private half of k can create a channel with this identifier.
func ChannelOf(k FoundingKey) Channel {
	h := sha256.New()
	h.Write([]byte("vialog/wire/v1/channel\x00"))
	h.Write(k[:])
	var c Channel
	h.Sum(c[:0])
	return c
}

func (c Channel) String() string     { return "channel_" + short(c[:]) }
func (b BoxID) String() string       { return "box_" + short(b[:]) }
func (k AccessKey) String() string   { return "access_" + short(k[:]) }
func (k FoundingKey) String() string { return "founding_" + short(k[:]) }
func (t TenantID) String() string    { return "tenant_" + short(t[:]) }
func (k TenantKey) String() string   { return "tenantkey_" + short(k[:]) }
func (s StoreID) String() string     { return "store_" + short(s[:]) }
func (n Nonce) String() string       { return "nonce_" + short(n[:]) }
func (s Signature) String() string   { return "signature_" + short(s[:]) }

// short prints the first 40 bits: enough to tell things apart in a list, too
// little to look one up.
func short(b []byte) string {
	out := make([]byte, 0, 8)
	var acc uint64
	for _, x := range b[:5] {
		acc = acc<<8 | uint64(x)
	}
	for shift := 35; shift >= 0; shift -= 5 {
		out = append(out, alphabet[acc>>shift&31])
	}
	return string(out)
}

// A Box is sealed content under a name that makes sending it twice harmless.
type Box struct {
	ID   BoxID
	Data []byte // MinBox to MaxBox bytes
}

// A Stored box has its place in a channel. The first position is 1.
type Stored struct {
	Pos uint64
	Box
}

// boxOverhead is what a Box takes in a frame beyond its data.
const boxOverhead = 16 + 3

// Fit returns how many of the first boxes go into one AppendBoxes frame under
// the limits of h. It is at least 1 if there is a box, even one that is too
// large: the relay refuses that one by itself.
func Fit(boxes []Box, h *Hello) int {
	left := int(h.MaxFrame) - (1 + 4 + 32 + 2)
	for i, b := range boxes {
		left -= boxOverhead + len(b.Data)
		if i > 0 && (left < 0 || i >= int(h.MaxBatch)) {
			return i
		}
	}
	return len(boxes)
}

// ErrOrigin reports a relay's origin that is not written in the one form that
// is signed.
var ErrOrigin = errors.New("origin must read like https://relay.example or http://localhost:8080, in lower case, without a path or a default port")

// CheckOrigin returns nil if o is an origin as it is signed: scheme, host and
// a port that is not the scheme's own. Contexts panic with any other.
func CheckOrigin(o string) error {
	var host, standard string
	switch {
	case len(o) > maxOrigin:
		return ErrOrigin
	case len(o) > 8 && o[:8] == "https://":
		host, standard = o[8:], ":443"
	case len(o) > 7 && o[:7] == "http://":
		host, standard = o[7:], ":80"
	default:
		return ErrOrigin
	}
	if n := len(host) - len(standard); n >= 0 && host[n:] == standard {
		return ErrOrigin
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-', c == ':', c == '[', c == ']':
		default:
			return ErrOrigin
		}
	}
	if host[0] == ':' || host[len(host)-1] == ':' {
		return ErrOrigin
	}
	return nil
}
