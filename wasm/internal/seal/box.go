package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	headerSize = 1 + 1 + 4 + chacha20poly1305.NonceSizeX

	// boxOverhead is what a box needs beside content: header, tag, length.
	boxOverhead = headerSize + chacha20poly1305.Overhead + 4

	// MaxBox is the largest box, MaxContent the largest content of one.
	MaxBox     = 1 << 20
	MaxContent = MaxBox - boxOverhead

	boxStep  = 1024 // up to maxSteps boxes grow in steps, above it by Padmé
	maxSteps = 4096
)

// A BoxKey seals and opens the boxes of one epoch of one space. It may be
// used by several goroutines.
type BoxKey struct{ k veiled[boxKey] }

type boxKey struct {
	aead   cipher.AEAD
	prefix []byte // associated data before the header
	pool   sync.Pool
}

func (BoxKey) String() string   { return "seal.BoxKey" + hidden }
func (BoxKey) GoString() string { return "seal.BoxKey" + hidden }

// NewBoxKey derives the key of an epoch.
func NewBoxKey(epochSecret Secret, space [32]byte) *BoxKey {
	return newBoxKey(epochSecret.Derive(LabelBoxKey, space[:]), LabelBox, space)
}

// NewMediaKey derives the key of one blob of a space's media channel. Boxes
// under it open as no other blob, and not as boxes of the space.
func NewMediaKey(epochSecret Secret, space [32]byte, blob [16]byte) *BoxKey {
	return newBoxKey(epochSecret.Derive(LabelMediaKey, space[:], blob[:]), LabelMediaBox, space)
}

func newBoxKey(key Secret, l Label, space [32]byte) *BoxKey {
	k := &boxKey{aead: must(chacha20poly1305.NewX(key.must()))}
	k.prefix = append(append([]byte(l), 0), space[:]...)
	k.pool.New = func() any {
		b := make([]byte, len(k.prefix)+headerSize)
		copy(b, k.prefix)
		return &b
	}
	return &BoxKey{veil(k)}
}

// BoxSize returns the size of a box with n bytes of content.
func BoxSize(n int) int {
	if n < 0 || n > MaxContent {
		panic("seal: content does not fit a box")
	}
	n += boxOverhead
	if n <= maxSteps {
		return (n + boxStep - 1) / boxStep * boxStep
	}
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	return (n + mask) &^ mask
}

// Seal pads and seals content, which must be at most MaxContent bytes.
func (k *BoxKey) Seal(epoch uint32, content []byte) []byte {
	key := k.k.get()
	box := make([]byte, BoxSize(len(content)))
	box[0], box[1] = version, suite
	binary.BigEndian.PutUint32(box[2:], epoch)
	random(box[6:headerSize])
	padded := box[headerSize : len(box)-chacha20poly1305.Overhead]
	copy(padded, content)
	binary.BigEndian.PutUint32(padded[len(padded)-4:], uint32(len(content)))
	aad := key.pool.Get().(*[]byte)
	copy((*aad)[len(key.prefix):], box[:headerSize])
	key.aead.Seal(padded[:0], box[6:headerSize], padded, *aad)
	key.pool.Put(aad)
	return box
}

// Open returns the content of a box. Every failure is ErrOpen.
func (k *BoxKey) Open(box []byte) ([]byte, error) { return k.OpenInto(nil, box) }

// OpenInto is Open into the storage of dst, which must not overlap box. It
// does not allocate if dst has the capacity of the box.
func (k *BoxKey) OpenInto(dst, box []byte) ([]byte, error) {
	if len(box) < boxStep || len(box) > MaxBox || box[0] != version || box[1] != suite {
		return nil, ErrOpen
	}
	key := k.k.get()
	aad := key.pool.Get().(*[]byte)
	copy((*aad)[len(key.prefix):], box[:headerSize])
	padded, err := key.aead.Open(dst[:0], box[6:headerSize], box[headerSize:], *aad)
	key.pool.Put(aad)
	if err != nil {
		return nil, ErrOpen
	}
	room := len(padded) - 4
	n := binary.BigEndian.Uint32(padded[room:])
	if uint64(n) > uint64(room) || BoxSize(int(n)) != len(box) {
		return nil, ErrOpen
	}
	var or byte
	for _, b := range padded[n:room] {
		or |= b
	}
	if or != 0 {
		return nil, ErrOpen
	}
	return padded[:n], nil
}

// BoxEpoch returns the epoch that a box says it belongs to. It is
// authenticated only by opening the box.
func BoxEpoch(box []byte) (uint32, error) {
	if len(box) < boxStep || len(box) > MaxBox || box[0] != version || box[1] != suite {
		return 0, ErrOpen
	}
	return binary.BigEndian.Uint32(box[2:]), nil
}
