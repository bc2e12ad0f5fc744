package link

import (
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// A Type says what a statement's body is. 1 to 15 belong to this package,
// 16 to 31 to the diary, 32 and above to the app.
type Type uint16

// Statement types of this package.
const (
	TypeChain Type = 1 // changes of an account or team that members of the space need
	TypeLease Type = 2 // "this is the team's head today"
	TypePoint Type = 3 // checkpoint: the heads of all devices, signed hybrid
	TypeBlobs Type = 4 // where blobs of the media channel stand
)

// A Hash names a statement: BLAKE2b-256 over its bytes without the signature.
type Hash [32]byte

// A Head is the newest statement of a device that somebody has seen.
type Head struct {
	Device seal.DeviceID
	Seq    uint64
	Hash   Hash
}

// Bounds of a statement, checked before anything is allocated.
const (
	MaxBody  = 512 << 10 // bytes; photos go to a blob channel
	maxHeads = 256
)

// A Statement is one signed line of a device in a space.
type Statement struct {
	Space   keyring.SpaceID
	Epoch   uint32 // the newest epoch the author knew
	Device  seal.DeviceID
	Account keyring.AccountID
	Seq     uint64 // from 1, per device and space
	Prev    Hash   // the device's previous statement; zero for the first
	Heads   []Head // of other devices, those that are new since Prev, by device
	Time    int64  // unix ms, claimed by the author
	Type    Type
	Body    []byte

	Sig  [64]byte
	hash Hash // set by parse and sign
}

// Hash names the statement.
func (s *Statement) Hash() Hash { return s.hash }

const statementVersion = 1

// errStatement reports bytes that are no statement; boxes carry their position.
var errStatement = errors.New("link: malformed statement")

func (s *Statement) unsigned() []byte {
	b := cryptobyte.NewBuilder(make([]byte, 0, 224+len(s.Heads)*72+len(s.Body)))
	b.AddUint8(statementVersion)
	b.AddBytes(s.Space[:])
	b.AddUint32(s.Epoch)
	b.AddBytes(s.Device[:])
	b.AddBytes(s.Account[:])
	b.AddUint64(s.Seq)
	b.AddBytes(s.Prev[:])
	b.AddUint16(uint16(len(s.Heads)))
	for _, h := range s.Heads {
		b.AddBytes(h.Device[:])
		b.AddUint64(h.Seq)
		b.AddBytes(h.Hash[:])
	}
	b.AddUint64(uint64(s.Time))
	b.AddUint16(uint16(s.Type))
	b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(s.Body) })
	return b.BytesOrPanic()
}

// sign completes s and returns its bytes.
func (s *Statement) sign(d *seal.Device) []byte {
	raw := s.unsigned()
	s.hash = Hash(seal.Hash(seal.LabelStatementHash, raw))
	s.Sig = d.Sign(seal.LabelStatement, s.hash[:])
	return append(raw, s.Sig[:]...)
}

// Offsets of what every statement has, and the size of one without heads and body.
const (
	spaceAt   = 1
	epochAt   = spaceAt + 32
	deviceAt  = epochAt + 4
	accountAt = deviceAt + 32
	seqAt     = accountAt + 32
	prevAt    = seqAt + 8
	countAt   = prevAt + 32
	headsAt   = countAt + 2
	headSize  = 32 + 8 + 32
	restSize  = 8 + 2 + 3 // time, type and length of the body
	sigSize   = 64
)

// ParseStatement reads one statement. Signature and links are not checked:
// a Replica does that for many at once. Body and Heads refer to raw.
func ParseStatement(raw []byte) (*Statement, error) {
	s := new(Statement)
	if !s.parse(raw) {
		return nil, errStatement
	}
	return s, nil
}

// parse reads by offsets: ten thousand statements are read at once when a
// diary is opened.
func (s *Statement) parse(raw []byte) bool {
	if len(raw) < headsAt+restSize+sigSize || raw[0] != statementVersion {
		return false
	}
	heads := int(binary.BigEndian.Uint16(raw[countAt:]))
	if heads > maxHeads || len(raw) < headsAt+heads*headSize+restSize+sigSize {
		return false
	}
	s.Space = keyring.SpaceID(raw[spaceAt:])
	s.Epoch = binary.BigEndian.Uint32(raw[epochAt:])
	s.Device = seal.DeviceID(raw[deviceAt:])
	s.Account = keyring.AccountID(raw[accountAt:])
	s.Seq = binary.BigEndian.Uint64(raw[seqAt:])
	s.Prev = Hash(raw[prevAt:])
	if s.Seq == 0 || (s.Seq == 1) != (s.Prev == Hash{}) {
		return false
	}
	rest := raw[headsAt:]
	if heads > 0 {
		s.Heads = make([]Head, heads)
	}
	for i := range s.Heads {
		h := &s.Heads[i]
		h.Device, h.Seq, h.Hash = seal.DeviceID(rest), binary.BigEndian.Uint64(rest[32:]), Hash(rest[40:])
		rest = rest[headSize:]
		if h.Seq == 0 || h.Device == s.Device || i > 0 && compare(s.Heads[i-1].Device, h.Device) >= 0 {
			return false
		}
	}
	time := binary.BigEndian.Uint64(rest)
	s.Type = Type(binary.BigEndian.Uint16(rest[8:]))
	body := int(rest[10])<<16 | int(rest[11])<<8 | int(rest[12])
	rest = rest[restSize:]
	if time >= 1<<53 || s.Type == 0 || body > MaxBody || len(rest) != body+sigSize {
		return false
	}
	s.Time, s.Body, s.Sig = int64(time), rest[:body:body], [sigSize]byte(rest[body:])
	s.hash = Hash(seal.Hash(seal.LabelStatementHash, raw[:len(raw)-sigSize]))
	return true
}

func compare(a, b seal.DeviceID) int {
	for i := range a {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return 0
}

// Contents of a box: one byte tells what follows.
const (
	contentStatement = 1
	contentChange    = 2 // a membership change
	contentNote      = 3 // left by a rotation: chains, then the change
)
