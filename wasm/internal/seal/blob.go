package seal

import (
	"crypto/cipher"
	"crypto/subtle"

	"golang.org/x/crypto/chacha20poly1305"
)

const blobHeader = 2 + 32 + chacha20poly1305.NonceSizeX

// BlobOverhead is what SealBlob adds to content.
const BlobOverhead = blobHeader + chacha20poly1305.Overhead

// A BlobKey seals and opens blobs for one purpose, faster than SealBlob and
// OpenBlob, which derive it anew. It may be used by several goroutines.
type BlobKey struct{ k veiled[blobKey] }

type blobKey struct {
	aead   cipher.AEAD
	label  Label
	commit [32]byte
}

func (BlobKey) String() string   { return "seal.BlobKey" + hidden }
func (BlobKey) GoString() string { return "seal.BlobKey" + hidden }

// NewBlobKey derives the key for the purpose l.
func NewBlobKey(key Secret, l Label) *BlobKey {
	return &BlobKey{veil(&blobKey{
		aead:   must(chacha20poly1305.NewX(key.Derive(LabelBlobKey, []byte(l)).must())),
		label:  l,
		commit: [32]byte(key.Derive(LabelBlobCommit, []byte(l)).must()),
	})}
}

// Seal seals content, not padded, and authenticates aad with it.
func (k *BlobKey) Seal(aad, content []byte) []byte {
	out := make([]byte, blobHeader, BlobOverhead+len(content))
	out[0], out[1] = version, suite
	copy(out[2:34], k.k.get().commit[:])
	random(out[34:blobHeader])
	return k.k.get().aead.Seal(out, out[34:blobHeader], content, appendFramed(nil, k.k.get().label, out[:blobHeader], aad))
}

// Open undoes Seal. Every failure is ErrOpen.
func (k *BlobKey) Open(aad, blob []byte) ([]byte, error) { return k.open(nil, aad, blob) }

// OpenInPlace is Open with the content in the memory of blob, which is lost.
func (k *BlobKey) OpenInPlace(aad, blob []byte) ([]byte, error) {
	return k.open(blob[min(blobHeader, len(blob)):], aad, blob)
}

// open appends the content to dst[:0].
func (k *BlobKey) open(dst, aad, blob []byte) ([]byte, error) {
	if len(blob) < BlobOverhead || blob[0] != version || blob[1] != suite ||
		subtle.ConstantTimeCompare(blob[2:34], k.k.get().commit[:]) != 1 {
		return nil, ErrOpen
	}
	content, err := k.k.get().aead.Open(dst[:0], blob[34:blobHeader], blob[blobHeader:], appendFramed(nil, k.k.get().label, blob[:blobHeader], aad))
	if err != nil {
		return nil, ErrOpen
	}
	return content, nil
}

// SealBlob seals content for local storage or the rendezvous: not padded,
// bound to l and aad, and to the key by a commitment.
func SealBlob(key Secret, l Label, aad, content []byte) []byte {
	return NewBlobKey(key, l).Seal(aad, content)
}

// OpenBlob undoes SealBlob. Every failure is ErrOpen.
func OpenBlob(key Secret, l Label, aad, blob []byte) ([]byte, error) {
	return NewBlobKey(key, l).Open(aad, blob)
}
