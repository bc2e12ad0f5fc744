package join

import (
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// english is the list of BIP-39, whose SHA-256 a test knows.
//
//go:embed english.txt
var english string

var words = sync.OnceValue(func() []string { return strings.Fields(english) })

// Words returns the list that sheets are written with: 2,048 words of which
// the first four letters tell them apart.
func Words() []string { return words() }

// A Sheet is a recovery sheet: a device made of paper.
type Sheet struct{ seed seal.Secret }

func (Sheet) String() string   { return "join.Sheet(hidden)" }
func (Sheet) GoString() string { return "join.Sheet(hidden)" }

// NewSheet makes a sheet.
func NewSheet() Sheet { return Sheet{seal.NewSecret()} }

// SheetFrom reads Bytes back.
func SheetFrom(b []byte) (Sheet, error) {
	s, err := seal.SecretFrom(b)
	return Sheet{s}, err
}

// Bytes is the seed, for sealed storage until the sheet is on paper.
func (s Sheet) Bytes() []byte { return s.seed.Bytes() }

// Valid reports whether there is a seed.
func (s Sheet) Valid() bool { return s.seed.Valid() }

// Device is the account member that the sheet is.
func (s Sheet) Device() *seal.Device {
	return seal.DeviceFromSeed(s.seed.Derive(seal.LabelSheetDevice))
}

// Locker is the channel where the sheet's holder finds the way back.
func (s Sheet) Locker() *Rendezvous {
	return newRendezvous(newRoot(seal.LabelSheet, s.seed.Bytes()))
}

// Words writes the seed as 24 words after BIP-39.
func (s Sheet) Words() []string { return mnemonic(s.seed.Bytes()) }

func mnemonic(seed []byte) []string {
	sum := sha256.Sum256(seed)
	bits := append(slices.Clip(seed), sum[0])
	out := make([]string, 24)
	for i := range out {
		v := 0
		for j := i * 11; j < i*11+11; j++ {
			v = v<<1 | int(bits[j/8]>>(7-j%8)&1)
		}
		out[i] = words()[v]
	}
	return out
}

// ParseSheet reads 24 words or a sheet's code, as a person types them: the
// first four letters of a word are enough.
func ParseSheet(text string) (Sheet, error) {
	if s, err := parseSheetCode(text); err == nil {
		return s, nil
	}
	typed := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z')
	})
	if len(typed) != 24 {
		return Sheet{}, ErrCode
	}
	var bits [33]byte
	for i, w := range typed {
		v := wordIndex(w)
		if v < 0 {
			return Sheet{}, ErrCode
		}
		for j := range 11 {
			k := i*11 + j
			bits[k/8] |= byte(v>>(10-j)&1) << (7 - k%8)
		}
	}
	sum := sha256.Sum256(bits[:32])
	if subtle.ConstantTimeByteEq(sum[0], bits[32]) != 1 {
		return Sheet{}, ErrCode
	}
	return SheetFrom(bits[:32])
}

func wordIndex(w string) int {
	found := -1
	for i, x := range words() {
		if x == w {
			return i
		}
		if len(w) >= 4 && strings.HasPrefix(x, w) && found < 0 {
			found = i
		}
	}
	return found
}

// Code is the sheet for a QR code.
func (s Sheet) Code() string {
	seed := s.seed.Bytes()
	h := seal.Hash(seal.LabelSheetCheck, seed)
	return encode(append(seed, h[:2]...))
}

// Link opens the app with the sheet.
func (s Sheet) Link(origin string) string { return origin + "/#sheet=" + s.Code() }

func parseSheetCode(text string) (Sheet, error) {
	b, err := decode(text, 34)
	if err != nil {
		return Sheet{}, err
	}
	h := seal.Hash(seal.LabelSheetCheck, b[:32])
	if subtle.ConstantTimeCompare(h[:2], b[32:]) != 1 {
		return Sheet{}, ErrCode
	}
	return SheetFrom(b[:32])
}

// A Locker is what a new browser needs to act as the paper device.
type Locker struct {
	Role   uint8 // the app's
	Chains []link.Chain
	Space  []keyring.Raw
	Origin string
}

// Message writes the locker's one message.
func (l Locker) Message() []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(tagLocker)
	b.AddUint8(l.Role)
	link.AppendChains(b, l.Chains)
	link.AppendRaws(b, l.Space)
	b.AddUint8LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(l.Origin)) })
	return b.BytesOrPanic()
}

// ReadLocker reads what Message wrote.
func ReadLocker(raw []byte) (*Locker, error) {
	in := cryptobyte.String(raw)
	l := new(Locker)
	var tag uint8
	if !in.ReadUint8(&tag) || tag != tagLocker || !in.ReadUint8(&l.Role) {
		return nil, ErrMessage
	}
	var parts Request
	if err := parts.readParts(&in, false); err != nil {
		return nil, err
	}
	if !in.Empty() {
		return nil, ErrMessage
	}
	l.Chains, l.Space, l.Origin = parts.Chains, parts.Space, parts.Origin
	return l, nil
}
