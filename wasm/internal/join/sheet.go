package join

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/arrange"
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

// LockerKey is the root of the locker. It owns and reads the locker and is of
// no other use: the sheet cannot be found from it.
func (s Sheet) LockerKey() seal.Secret { return s.Locker().secret }

// LockerOf is the locker of the sheet that LockerKey came from.
func LockerOf(key seal.Secret) *Rendezvous { return newRendezvous(rootOf(key)) }

// Words writes the seed as 24 words after BIP-39.
func (s Sheet) Words() []string { return mnemonic(s.seed.Bytes()) }

func mnemonic(seed []byte) []string {
	out := make([]string, 24)
	for i := range out {
		out[i] = words()[wordAt(seed, i)]
	}
	return out
}

// wordAt is the number of the word at a place of the sheet.
func wordAt(seed []byte, place int) (v int) {
	sum := sha256.Sum256(seed)
	bits := append(slices.Clip(seed), sum[0])
	for j := place * 11; j < place*11+11; j++ {
		v = v<<1 | int(bits[j/8]>>(7-j%8)&1)
	}
	return v
}

// A SheetError tells what is wrong with a sheet as it was typed. It is an ErrCode.
type SheetError struct {
	Words int    // how many were read
	Sum   bool   // 24 of the list that do not belong together
	Word  int    // the number of the word that is not on the list, from 1
	Typed string // that word
	Like  string // the word of the list that is nearest to it; empty: none is near
	Code  bool   // a code rather than words: it has a wrong length, or does not add up
}

func (e *SheetError) Error() string { return ErrCode.Error() }

func (e *SheetError) Unwrap() error { return ErrCode }

// ParseSheet reads 24 words, a sheet's code or its link, as a person types
// them: the first four letters of a word are enough. Every error is a
// *SheetError. Of wrong words one in 256 adds up all the same: they are another
// sheet, for which there is nothing at any relay.
func ParseSheet(text string) (Sheet, error) {
	if _, code, ok := strings.Cut(text, "#sheet="); ok {
		text = code
	}
	s, err := parseSheetCode(text)
	if err == nil {
		return s, nil
	}
	typed := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(unicode.IsLetter(r) || r == '\'' || r == '’')
	})
	if codeLike(text) {
		return Sheet{}, &SheetError{Code: true}
	}
	if len(typed) != 24 {
		return Sheet{}, &SheetError{Words: len(typed)}
	}
	var bits [33]byte
	for i, w := range typed {
		v := wordIndex(w)
		if v < 0 {
			return Sheet{}, &SheetError{Words: 24, Word: i + 1, Typed: w, Like: nearest(w)}
		}
		for j := range 11 {
			k := i*11 + j
			bits[k/8] |= byte(v>>(10-j)&1) << (7 - k%8)
		}
	}
	sum := sha256.Sum256(bits[:32])
	if subtle.ConstantTimeByteEq(sum[0], bits[32]) != 1 {
		return Sheet{}, &SheetError{Words: 24, Sum: true}
	}
	if s, err = SheetFrom(bits[:32]); err != nil {
		return Sheet{}, &SheetError{Words: 24, Sum: true} // all zeros are nobody's
	}
	return s, nil
}

// codeLike reports a digit beside a letter, as in no list of words.
func codeLike(text string) bool {
	last := rune(' ')
	for _, r := range text {
		if unicode.IsDigit(r) && unicode.IsLetter(last) || unicode.IsLetter(r) && unicode.IsDigit(last) {
			return true
		}
		last = r
	}
	return false
}

// wordIndex finds a word, or the one that begins with at least four letters.
func wordIndex(w string) int {
	i, found := slices.BinarySearch(words(), w)
	if found || len(w) >= 4 && i < len(words()) && strings.HasPrefix(words()[i], w) {
		return i
	}
	return -1
}

// nearest is the word of the list that takes the fewest slips from what was
// typed, at most two and no more than a third of it; empty if there are several.
func nearest(typed string) (like string) {
	most, several := min(2, len(typed)/3), false
	for _, w := range words() {
		switch n := slips(typed, w); {
		case n < most || n == most && like == "":
			most, like, several = n, w, false
		case n == most:
			several = true
		}
	}
	if several {
		return ""
	}
	return like
}

// slips counts the letters to change, leave out, add or swap with their
// neighbour between two words.
func slips(a, b string) int {
	if len(a) > 16 || len(b) > 16 {
		return len(a) + len(b)
	}
	var d [17][17]int
	for i := range len(a) + 1 {
		for j := range len(b) + 1 {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// A Word is one word of a sheet with its place, from 0, as a number of the list.
type Word struct {
	Place uint8
	Index uint16
}

// Is reports whether somebody typed this word: the first four letters are
// enough.
func (w Word) Is(typed string) bool {
	i := wordIndex(strings.ToLower(strings.TrimSpace(typed)))
	return i >= 0 && subtle.ConstantTimeEq(int32(i), int32(w.Index)) == 1
}

// Draw chooses n different words of the sheet, in ascending places: they
// prove later that somebody has the sheet, while the rest is forgotten.
func (s Sheet) Draw(n int) (out []Word) {
	seed := s.seed.Bytes()
	defer clear(seed)
	for len(out) < n {
		var b [1]byte
		rand.Read(b[:])
		place := b[0]
		if place >= 240 {
			continue // without bias
		}
		place %= 24
		if slices.ContainsFunc(out, func(w Word) bool { return w.Place == place }) {
			continue
		}
		out = append(out, Word{place, uint16(wordAt(seed, int(place)))})
	}
	arrange.By(out, func(a, b Word) int { return int(a.Place) - int(b.Place) })
	return out
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
